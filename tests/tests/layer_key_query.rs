//! W_KQ of a layer beside that of a teacher with finite logits, without what no answer depends on.

use tutee::Shape;
use tutee::activation::Activation;
use tutee::gradient::layer::{LayerOnline, LayerSource, layer_drawn_len};
use tutee::layer::{
    Codes, Embedding, Form, KeyQuery, LayerInput, LayerSettings, LayerShape, Parameter, Queries, Start,
};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::recovery::key_query::key_query_recovery;
use tutee::step::Descent;
use tutee::teacher::per_sample::{Map, SelfAttention};
use tutee::training::Training;
use tutee_tests::layer::LayerModel;
use tutee_tests::random::Random;

const TOKENS: usize = 4;
const FEATURES: usize = 2;

fn model(form: Form) -> LayerModel<f64> {
    let shape = LayerShape::new(Shape::new(2, FEATURES, TOKENS, TOKENS).unwrap(), form).unwrap();
    LayerModel::new(shape, LayerSettings { scale: 1.0, ..LayerSettings::new(shape, Activation::Identity) })
}

fn orthonormal() -> Vec<f64> {
    let mut p = vec![0.0; TOKENS * TOKENS];
    codes::orthonormal(MatrixViewMut::new("codes", &mut p, TOKENS, TOKENS).unwrap(), 7).unwrap();
    p
}

/// What [`key_query_recovery`] says that it is, of one form after the other, from tables of logits.
fn of_tables(ours: &[f64], theirs: &[f64], p: &[f64], width: usize, added: bool) -> (f64, f64) {
    let first = if added { 0 } else { FEATURES };
    let entries = first + width;
    let unit = |k: usize| (0..entries).map(|n| f64::from(u8::from(n == k))).collect::<Vec<_>>();
    let code =
        |i: usize| (0..entries).map(|n| if n < first { 0.0 } else { p[i * width + n - first] }).collect::<Vec<_>>();
    let contents: Vec<_> = (0..FEATURES).map(unit).collect();
    let places: Vec<_> = (0..TOKENS).map(code).collect();
    let mut sums = [0.0; 4];
    for (queries, query_weight) in [(&contents, 1.0), (&places, 1.0 / TOKENS as f64)] {
        for (keys, key_weight, centred) in [(&contents, 1.0, false), (&places, 1.0 / TOKENS as f64, true)] {
            for u in queries {
                let logits = [ours, theirs].map(|b| {
                    let of = |z: &Vec<f64>| -> f64 {
                        (0..entries * entries).map(|n| z[n / entries] * b[n] * u[n % entries]).sum()
                    };
                    let all: Vec<f64> = keys.iter().map(of).collect();
                    let mean = if centred { all.iter().sum::<f64>() / TOKENS as f64 } else { 0.0 };
                    all.into_iter().map(|a| a - mean).collect::<Vec<_>>()
                });
                for (a, b) in logits[0].iter().zip(&logits[1]) {
                    let of = [a * b, a * a, b * b, (a - b) * (a - b)];
                    sums.iter_mut().zip(of).for_each(|(sum, x)| *sum += query_weight * key_weight * x);
                }
            }
        }
    }
    (sums[0] / (sums[1] * sums[2]).sqrt(), (sums[3] / sums[2]).sqrt())
}

#[test]
fn distance_and_angle_are_those_of_centred_logits() {
    let mut random = Random::new(3);
    for (embedding, width) in [(Embedding::Concatenated, TOKENS), (Embedding::Concatenated, 6), (Embedding::Added, 2)] {
        let form = Form { embedding, ..Form::concatenated(width) };
        let separate = Form { key_query: KeyQuery::Separate { keys: 3 }, ..form };
        let (mut merged, mut apart) = (model(form), model(separate));
        let entries = merged.shape.token_width();
        let p = random.normals(TOKENS * width, 1.0);
        let (keys, queries) = (random.normals(3 * entries, 1.0), random.normals(3 * entries, 1.0));
        let product: Vec<f64> = (0..entries * entries)
            .map(|n| (0..3).map(|h| keys[h * entries + n / entries] * queries[h * entries + n % entries]).sum())
            .collect();
        merged.layer().set(Parameter::Codes, &p).unwrap();
        merged.layer().set(Parameter::KeyQuery, &product).unwrap();
        apart.layer().set(Parameter::Codes, &p).unwrap();
        apart.layer().set(Parameter::Key, &keys).unwrap();
        apart.layer().set(Parameter::Query, &queries).unwrap();
        let theirs = random.normals(entries * entries, 1.0);
        let (cosine, error) = of_tables(&product, &theirs, &p, width, embedding == Embedding::Added);
        for layer in [merged.layer().view(), apart.layer().view()] {
            let found = key_query_recovery(layer, &theirs).unwrap();
            assert!((found.cosine.unwrap() - cosine).abs() < 1e-12, "{embedding:?} {width}: {found:?} {cosine}");
            assert!((found.error.unwrap() - error).abs() < 1e-12, "{embedding:?} {width}: {found:?} {error}");
            assert!(key_query_recovery(layer, &theirs[1..]).is_err(), "an entry is missing");
        }
        let zero = key_query_recovery(merged.layer().view(), &vec![0.0; entries * entries]).unwrap();
        assert_eq!((zero.cosine, zero.error), (None, None));
    }
}

/// A number for each query, and directions of no code, are in W_KQ and in no answer.
#[test]
fn what_no_answer_depends_on_is_left_out() {
    let mut random = Random::new(5);
    // Four orthonormal codes whose fifth entry is zero.
    let width = TOKENS + 1;
    let p: Vec<f64> = orthonormal().chunks(TOKENS).flat_map(|row| row.iter().copied().chain([0.0])).collect();
    let mut layer = model(Form::concatenated(width));
    let entries = FEATURES + width;
    let theirs = random.normals(entries * entries, 1.0);
    let m = random.normals(entries, 3.0);
    let spare = random.normals(2 * entries, 3.0);
    let mut ours = theirs.clone();
    for (n, entry) in ours.iter_mut().enumerate() {
        let (row, col) = (n / entries, n % entries);
        // The sum of all codes has the product one with each.
        let sum = row.checked_sub(FEATURES).map_or(0.0, |k| (0..TOKENS).map(|i| p[i * width + k]).sum::<f64>());
        *entry += sum * m[col];
        if row == entries - 1 {
            *entry += spare[col];
        }
        if col == entries - 1 {
            *entry += spare[entries + row];
        }
    }
    layer.layer().set(Parameter::Codes, &p).unwrap();
    let x = random.normals(TOKENS * FEATURES, 1.0);
    let mut attention = |w_kq: &[f64]| {
        layer.layer().set(Parameter::KeyQuery, w_kq).unwrap();
        let mut samples = layer.samples();
        samples.predict(&LayerInput::of(&x), &mut [0.0; 2 * TOKENS]).unwrap();
        samples.attention().to_vec()
    };
    let (before, after) = (attention(&theirs), attention(&ours));
    assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-12), "{before:?} {after:?}");
    let apart = ours.iter().zip(&theirs).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
    let found = key_query_recovery(layer.layer().view(), &theirs).unwrap();
    assert!(apart > 10.0 && found.error.unwrap() < 1e-12 && found.cosine.unwrap() > 1.0 - 1e-12, "{found:?} {apart}");
    // Of content nothing is left out.
    ours[1] += 1.0;
    layer.layer().set(Parameter::KeyQuery, &ours).unwrap();
    assert!(key_query_recovery(layer.layer().view(), &theirs).unwrap().error.unwrap() > 0.05);
}

/// Codes that every sample brings have all directions; queries of sets are sums of codes, and those of vectors are content.
#[test]
fn other_codes_and_queries_count_as_what_they_are() {
    let of = |form: Form, add: &[(usize, f64)]| {
        let mut layer = model(form);
        let parameter = Parameter::KeyQuery;
        let len = layer.shape.parameter_len(parameter);
        let mut ours = vec![0.0; len];
        add.iter().for_each(|&(at, x)| ours[at] += x);
        if matches!(form.codes, Codes::Fixed { .. }) {
            layer.layer().set(Parameter::Codes, &orthonormal()).unwrap();
        }
        layer.layer().set(parameter, &ours).unwrap();
        let mut theirs = vec![0.0; len];
        theirs[0] = 1.0;
        key_query_recovery(layer.layer().view(), &theirs).unwrap().error.unwrap()
    };
    let fresh = Form { codes: Codes::Fresh { width: TOKENS }, ..Form::concatenated(TOKENS) };
    // One entry of content with content is 1; with a code 1/4 of its square, of a code with a code 1/16.
    for (at, squared) in [(1, 1.0), (FEATURES, 0.25), (FEATURES * (FEATURES + TOKENS + 1), 1.0 / 16.0)] {
        assert!((of(fresh, &[(0, 1.0), (at, 1.0)]) - f64::sqrt(squared)).abs() < 1e-12, "{at}");
    }
    // Each of four orthonormal codes asks for content: a quarter of an entry's square.
    let sets = Form { queries: Queries::Sets, ..Form::concatenated(TOKENS) };
    assert!((of(sets, &[(1, 1.0)]) - 2.0_f64.sqrt()).abs() < 1e-12);
    let vectors = Form { queries: Queries::Vectors { width: 3 }, ..Form::concatenated(TOKENS) };
    assert!((of(vectors, &[(1, 1.0)]) - 2.0_f64.sqrt()).abs() < 1e-12);
}

/// A layer as teacher: keys and queries are one map of the content. Separate matrices keep of their start what no answer depends on.
#[test]
fn a_layer_recovers_the_logits_of_a_layer() {
    let sizes = Shape::new(2, FEATURES, TOKENS, TOKENS).unwrap();
    let (value, map) = ([1.0, 0.0, 0.6, -0.8], [0.8, 0.6, -0.3, 1.0]);
    let fixed = vec![0.25; TOKENS * TOKENS];
    let teacher =
        SelfAttention::new(sizes, Activation::Identity, &value, Map { rows: &map, scale: 1.0 }, (&fixed, 0.0)).unwrap();
    let entries = FEATURES + TOKENS;
    let mut theirs = vec![0.0; entries * entries];
    for n in 0..FEATURES * FEATURES {
        let (row, col) = (n / FEATURES, n % FEATURES);
        theirs[row * entries + col] = map[row] * map[col] + map[FEATURES + row] * map[FEATURES + col];
    }
    let merged = Form::concatenated(TOKENS);
    let separate = Form { key_query: KeyQuery::Separate { keys: entries }, ..merged };
    for (form, start) in [(merged, Start::Zero), (separate, Start::Gaussian { deviation: 0.1, seed: 3 })] {
        let mut layer = model(form);
        let trained = layer.settings.trained;
        layer.layer().start(start, trained).unwrap();
        layer.layer().set(Parameter::Codes, &orthonormal()).unwrap();
        let mut memory = vec![0.0; layer_drawn_len(layer.shape)];
        let source = LayerSource::gaussian(1, 64);
        let mut online = LayerOnline::new(layer.samples(), teacher, source, &mut memory, &mut []).unwrap();
        let errors = [100, 1000, 4000].map(|steps| {
            while online.steps() < steps {
                online.step(&Descent::new(0.1)).unwrap();
            }
            let found = key_query_recovery(online.layer(), &theirs).unwrap();
            println!("{:?}, {steps} steps: {found:?}", form.key_query);
            assert!(found.cosine.unwrap() > 0.99, "{found:?}");
            found.error.unwrap()
        });
        assert!(errors[0] > errors[1] && errors[1] > errors[2] && errors[2] < 0.01, "{errors:?}");
    }
}
