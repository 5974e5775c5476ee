//! A whole layer at every vector level, with the least memory and with the most: the bits are those of one sample after the
//! other without wide registers. Sizes leave rests of every kind beside tiles, and batches beside what is worked on together.

use tutee::activation::Activation;
use tutee::digest::layer_digest;
use tutee::gradient::layer::{
    LayerOnline, LayerSamples, LayerScratchViewMut, LayerSource, layer_drawn_len, layer_scratch_len,
    layer_scratch_wide_len,
};
use tutee::gradient::samples::BatchLoss;
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::layer::{
    Codes, Embedding, Form, KeyQuery, LayerSettings, LayerShape, LayerViewMut, Parameter, Queries, Query, layer_len,
};
use tutee::loss::Loss;
use tutee::step::Descent;
use tutee::teacher::TeacherView;
use tutee::teacher::per_sample::Selection;
use tutee::training::Training;
use tutee::vector::Level;
use tutee::{Scalar, Shape};
use tutee_tests::layer::Pair;
use tutee_tests::random::Random;

/// M, d, D, J, entries of a code and of a key: of every form.
const SMALL: [[usize; 6]; 3] = [[1, 1, 1, 1, 1, 1], [2, 3, 5, 4, 3, 2], [3, 17, 15, 18, 5, 33]];
/// Of a few forms.
const LARGE: [[usize; 6]; 4] =
    [[4, 8, 16, 16, 16, 16], [5, 16, 33, 31, 17, 9], [9, 5, 40, 50, 21, 18], [17, 33, 20, 3, 33, 4]];
/// One more than are worked on together, at most, and a few.
const SAMPLES: usize = 35;

fn forms(features: usize, code: usize, key: usize) -> Vec<Form> {
    let mut forms = vec![];
    for embedding in [Embedding::Content, Embedding::Concatenated, Embedding::Added] {
        let code = if embedding == Embedding::Added { features } else { code };
        for codes in
            [Codes::None, Codes::Fixed { width: code }, Codes::Learned { width: code }, Codes::Fresh { width: code }]
        {
            for key_query in [KeyQuery::Merged, KeyQuery::Separate { keys: key }] {
                for queries in [Queries::Tokens, Queries::Sets, Queries::Vectors { width: features }] {
                    forms.push(Form { embedding, codes, key_query, queries });
                }
            }
        }
    }
    forms
}

/// Tokens of content and code that ask, or sets of codes, with codes of each kind, and merged or separate matrices.
fn few_forms(code: usize, key: usize) -> Vec<Form> {
    let form = Form::concatenated(code);
    let (separate, learned) = (KeyQuery::Separate { keys: key }, Codes::Learned { width: code });
    vec![
        form,
        Form { key_query: separate, ..form },
        Form { queries: Queries::Sets, ..form },
        Form { queries: Queries::Sets, key_query: separate, ..form },
        Form { codes: learned, ..form },
        Form { codes: learned, key_query: separate, ..form },
    ]
}

fn narrowed<T: Scalar>(numbers: &[f64]) -> Vec<T> {
    numbers.iter().map(|&x| T::from_f64(x)).collect()
}

/// Everything that can be seen of a layer after two steps: its digest, a gradient of every matrix, losses, answers.
fn trained<T: Scalar>(shape: LayerShape, loss: Loss, wide: bool) -> (u64, u64, Vec<u64>) {
    let mut random = Random::new(31);
    let (mut memory, mut steps) = (vec![T::ZERO; layer_len(shape)], 0);
    for parameter in Parameter::ALL {
        let numbers = narrowed(&random.normals(shape.parameter_len(parameter), 0.3));
        LayerViewMut::new(shape, &mut memory, &mut steps).unwrap().set(parameter, &numbers).unwrap();
    }
    let pairs: Vec<Pair> = (0..SAMPLES).map(|_| Pair::anything(shape, loss, &mut random)).collect();
    let len = if wide { layer_scratch_wide_len(shape) } else { layer_scratch_len(shape) };
    let (mut scratch, mut batch_loss) = (vec![T::from_f64(7.0); len], BatchLoss::ZERO);
    let activation =
        if loss == Loss::Squared { Activation::LeakyRelu(T::from_f64(0.25)) } else { Activation::Identity };
    let settings = LayerSettings { loss, ..LayerSettings::new(shape, activation) };
    let layer = LayerViewMut::new(shape, &mut memory, &mut steps).unwrap();
    let scratch = LayerScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
    let mut samples = LayerSamples::new(layer, settings, scratch).unwrap();
    let mut seen = vec![];
    for step in 0..2 {
        let converted: Vec<[Vec<T>; 4]> = pairs
            .iter()
            .map(|pair| [&pair.x, &pair.vectors, &pair.codes, &pair.y].map(|numbers| narrowed(numbers)))
            .collect();
        let inputs = pairs.iter().zip(&converted).map(|(pair, [x, vectors, codes, y])| {
            let query = match shape.form().queries {
                Queries::Tokens => Query::Tokens,
                Queries::Sets => Query::Sets(&pair.sets),
                Queries::Vectors { .. } => Query::Vectors(vectors),
            };
            (tutee::layer::LayerInput { x, query, codes }, &y[..])
        });
        let inputs: Vec<_> = inputs.collect();
        samples.accumulate_many(&inputs[..SAMPLES - 1]).unwrap();
        samples.accumulate(&inputs[SAMPLES - 1].0, inputs[SAMPLES - 1].1).unwrap();
        seen.push(samples.loss(&inputs[3].0, inputs[3].1).unwrap());
        let mut answer = vec![T::ZERO; settings.targets_len(shape)];
        samples.predict(&inputs[4].0, &mut answer).unwrap();
        seen.extend(answer);
        seen.extend_from_slice(samples.attention());
        for parameter in Parameter::ALL {
            let fixed = parameter == Parameter::Codes && !matches!(shape.form().codes, Codes::Learned { .. });
            let mut gradient = vec![T::ZERO; if fixed { 0 } else { shape.parameter_len(parameter) }];
            samples.gradient(parameter, &mut gradient).unwrap();
            seen.extend(gradient);
        }
        if step == 0 {
            samples.step(&Descent::new(T::from_f64(0.02))).unwrap();
        }
    }
    let mean = samples.batch_loss().mean_loss().unwrap();
    let count = samples.batch_loss().count();
    assert_eq!(count, SAMPLES as u64);
    (layer_digest(samples.layer()), mean.to_bits_u64(), seen.iter().map(|x| x.to_bits_u64()).collect())
}

/// The digest of a layer after steps on samples that are drawn, with an awkward number of them.
fn online<T: Scalar>(shape: LayerShape, input: Input<T>, noise: LabelNoise<T>, wide: bool) -> (u64, u64) {
    let sizes = shape.shape();
    let mut random = Random::new(32);
    let (mut memory, mut steps) = (vec![T::ZERO; layer_len(shape)], 0);
    for parameter in Parameter::ALL {
        let numbers = narrowed(&random.normals(shape.parameter_len(parameter), 0.3));
        LayerViewMut::new(shape, &mut memory, &mut steps).unwrap().set(parameter, &numbers).unwrap();
    }
    let (value, mut mixing) = (narrowed(&random.normals(sizes.value_len(), 0.5)), vec![T::ZERO; sizes.mixing_len()]);
    // Few tokens, many, or none.
    for (j, row) in mixing.chunks_mut(sizes.tokens()).enumerate() {
        let (first, count) = ((j * 5) % sizes.tokens(), [3, 1, sizes.tokens(), 0][(j / 3) % 4]);
        let count = count.min(sizes.tokens() - first);
        row[first..first + count].fill(T::ONE / T::from_usize(count.max(1)));
    }
    let len = if wide { layer_scratch_wide_len(shape) } else { layer_scratch_len(shape) };
    let (mut scratch, mut batch_loss) = (vec![T::from_f64(7.0); len], BatchLoss::ZERO);
    let settings = LayerSettings::new(shape, Activation::Relu);
    let layer = LayerViewMut::new(shape, &mut memory, &mut steps).unwrap();
    let scratch = LayerScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
    let samples = LayerSamples::new(layer, settings, scratch).unwrap();
    let source = LayerSource { input, noise, ..LayerSource::gaussian(5, 35) };
    let mut drawn = vec![T::from_f64(7.0); layer_drawn_len(shape)];
    let descent = Descent::new(T::from_f64(0.02));
    let asked = shape.form().queries == Queries::Sets;
    let mut sets = vec![0; if asked { sizes.outputs() } else { 0 }];
    if asked {
        let teacher = Selection::new(sizes, Activation::Relu, &value).unwrap();
        let mut online = LayerOnline::new(samples, teacher, source, &mut drawn, &mut sets).unwrap();
        (0..3).for_each(|_| online.step(&descent).unwrap());
        (layer_digest(online.layer()), online.mean_loss(SampleStream::new(8), 3).unwrap().to_bits_u64())
    } else {
        let teacher = TeacherView::new(sizes, Activation::Relu, &value, &mixing).unwrap();
        let mut online = LayerOnline::new(samples, teacher, source, &mut drawn, &mut sets).unwrap();
        (0..3).for_each(|_| online.step(&descent).unwrap());
        assert_eq!(online.source().stream.index(), 3 * 35);
        (layer_digest(online.layer()), online.mean_loss(SampleStream::new(8), 3).unwrap().to_bits_u64())
    }
}

fn every_level<T: Scalar>(levels: &[Level]) -> usize {
    let mut compared = 0;
    let small = SMALL.into_iter().map(|sizes| (sizes, forms(sizes[1], sizes[4], sizes[5])));
    let large = LARGE.into_iter().map(|sizes| (sizes, few_forms(sizes[4], sizes[5])));
    for ([filters, features, tokens, outputs, _, _], forms) in small.chain(large) {
        for form in forms {
            let outputs = if form.queries == Queries::Tokens { tokens } else { outputs };
            for (loss, filters) in [(Loss::Squared, filters), (Loss::Logistic, 1)] {
                let shape = Shape::new(filters, features, tokens, outputs).unwrap();
                let Ok(shape) = LayerShape::new(shape, form) else { continue };
                Level::Baseline.limit();
                let narrow = trained::<T>(shape, loss, false);
                for &level in levels {
                    level.limit();
                    for wide in [false, true] {
                        assert_eq!(trained::<T>(shape, loss, wide), narrow, "{shape:?} {loss:?} {level:?} {wide}");
                        compared += 1;
                    }
                }
            }
            let shape = Shape::new(filters, features, tokens, outputs).unwrap();
            let Ok(shape) = LayerShape::new(shape, form) else { continue };
            if matches!(form.queries, Queries::Vectors { .. }) {
                continue;
            }
            let noise = LabelNoise { mean: T::HALF, standard_deviation: T::ONE };
            for (input, noise) in [(Input::Gaussian, LabelNoise::ZERO), (Input::Laplace, noise)] {
                Level::Baseline.limit();
                let narrow = online::<T>(shape, input, noise, false);
                for &level in levels {
                    level.limit();
                    for wide in [false, true] {
                        assert_eq!(online::<T>(shape, input, noise, wide), narrow, "{shape:?} {level:?} {wide}");
                        compared += 1;
                    }
                }
            }
        }
    }
    compared
}

/// Answers that overflow are refused by the same words everywhere, and where they were drawn.
fn overflow_is_refused_alike<T: Scalar>(levels: &[Level], large: T) {
    let shape = LayerShape::new(Shape::new(1, 3, 4, 4).unwrap(), Form::concatenated(2)).unwrap();
    let (value, mut mixing) = (vec![large; 3], vec![T::ZERO; 16]);
    mixing.chunks_mut(4).for_each(|row| row[1] = T::ONE);
    let teacher = TeacherView::new(shape.shape(), Activation::Identity, &value, &mixing).unwrap();
    let found: Vec<_> = levels
        .iter()
        .map(|level| {
            level.limit();
            let (mut memory, mut steps) = (vec![T::ZERO; layer_len(shape)], 0);
            let (mut scratch, mut batch_loss) = (vec![T::ZERO; layer_scratch_wide_len(shape)], BatchLoss::ZERO);
            let layer = LayerViewMut::new(shape, &mut memory, &mut steps).unwrap();
            let scratch = LayerScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
            let settings = LayerSettings::new(shape, Activation::Identity);
            let samples = LayerSamples::new(layer, settings, scratch).unwrap();
            let mut drawn = vec![T::ZERO; layer_drawn_len(shape)];
            let source = LayerSource::gaussian(5, 40);
            let mut online = LayerOnline::new(samples, teacher, source, &mut drawn, &mut []).unwrap();
            let refused = online.step(&Descent::new(T::ONE));
            assert_eq!((online.source().stream.index(), online.layer().steps()), (0, 0));
            refused
        })
        .collect();
    assert!(matches!(found[0], Err(tutee::Error::NotFinite { what: "y", .. })), "{found:?}");
    assert!(found.iter().all(|refused| refused == &found[0]), "{found:?}");
}

/// One test and not several, because the level is the whole program's.
#[test]
fn levels_have_equal_bits() {
    let best = Level::best();
    let levels: Vec<Level> = Level::ALL.into_iter().filter(|&level| level <= best).collect();
    let compared = every_level::<f32>(&levels) + every_level::<f64>(&levels);
    overflow_is_refused_alike(&levels, f32::MAX);
    overflow_is_refused_alike(&levels, f64::MAX);
    println!("{compared} runs equal at {levels:?}");
    assert!(compared >= 1000 * levels.len(), "{compared}");
    if cfg!(target_arch = "x86_64") && levels.len() < Level::ALL.len() {
        println!("left out, for want of a processor that has them: {:?}", &Level::ALL[levels.len()..]);
        assert!(levels.len() > 1 || std::env::var_os("CI").is_none(), "nothing was compared with wide registers");
    }
}
