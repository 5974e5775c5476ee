//! The whole attention layer: gradients against differences of the loss, for all that a layer can be.

use tutee::activation::Activation;
use tutee::digest::layer_digest;
use tutee::gradient::layer::{LayerSamples, LayerScratch, LayerScratchViewMut, layer_scratch_len};
use tutee::gradient::samples::BatchLoss;
use tutee::layer::{
    Codes, Embedding, Form, KeyQuery, Layer, LayerInput, LayerPredictScratch, LayerSettings, LayerShape, LayerView,
    LayerViewMut, Parameter, Queries, Query, Scale, Sizes, Start, Trained, layer_len, layer_predict_scratch_len,
    predict,
};
use tutee::loss::Loss;
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::step::Descent;
use tutee::{Error, Shape};
use tutee_tests::layer::{LayerModel, Pair};
use tutee_tests::layer_vectors::LayerVectors;
use tutee_tests::model::{ACTIVATIONS, Model, entrywise_distance, largest, relative_distance};
use tutee_tests::random::Random;
use tutee_tests::tolerance::{FINITE_DIFFERENCE, SELECTION_LAW, TRAJECTORY};

const FEATURES: usize = 3;
const TOKENS: usize = 5;
const CODE: usize = 4;

/// Every form there is, each with one matrix and with two.
fn forms() -> Vec<Form> {
    let mut forms = vec![];
    for embedding in [Embedding::Content, Embedding::Concatenated, Embedding::Added] {
        let width = if embedding == Embedding::Added { FEATURES } else { CODE };
        for codes in [Codes::None, Codes::Fixed { width }, Codes::Learned { width }, Codes::Fresh { width }] {
            for key_query in [KeyQuery::Merged, KeyQuery::Separate { keys: 2 }] {
                for queries in [Queries::Tokens, Queries::Sets, Queries::Vectors { width: 6 }] {
                    let form = Form { embedding, codes, key_query, queries };
                    if layer_of(form, Loss::Squared).is_ok() {
                        forms.push(form);
                    }
                }
            }
        }
    }
    forms
}

/// A small layer of this form; fewer outputs than tokens where the form allows it.
fn layer_of(form: Form, loss: Loss) -> Result<LayerShape, Error> {
    let filters = if loss == Loss::Logistic { 1 } else { 2 };
    let outputs = if form.queries == Queries::Tokens { TOKENS } else { 2 };
    LayerShape::new(Shape::new(filters, FEATURES, TOKENS, outputs)?, form)
}

/// What a layer of the form is trained for: every loss and activation.
const GOALS: [(Loss, Activation<f64>); 4] = [
    (Loss::Squared, Activation::Identity),
    (Loss::Squared, Activation::Relu),
    (Loss::Squared, Activation::LeakyRelu(0.1)),
    (Loss::Logistic, Activation::Identity),
];

/// A layer somewhere, and three samples.
fn somewhere(
    form: Form,
    (loss, activation): (Loss, Activation<f64>),
    random: &mut Random,
) -> (LayerModel<f64>, Vec<Pair>) {
    let shape = layer_of(form, loss).unwrap();
    let settings = LayerSettings { loss, scale: 0.6, ..LayerSettings::new(shape, activation) };
    let mut model = LayerModel::new(shape, settings);
    model.scatter(0.7, random);
    let pairs = (0..3).map(|_| Pair::anything(shape, loss, random)).collect();
    (model, pairs)
}

#[test]
fn gradients_are_the_differences_of_the_loss() {
    let forms = forms();
    assert_eq!(forms.len(), 46, "forms that a layer can have");
    let mut random = Random::new(15);
    for form in forms {
        for goal in GOALS {
            let (mut model, pairs) = somewhere(form, goal, &mut random);
            for parameter in Parameter::ALL {
                let gradient = model.gradient(parameter, &pairs);
                if gradient.is_empty() {
                    continue;
                }
                let at = model.layer().view().get(parameter).to_vec();
                let mut differences = vec![0.0; at.len()];
                for (i, difference) in differences.iter_mut().enumerate() {
                    let mut side = |step: f64| {
                        let mut moved = at.clone();
                        moved[i] += step;
                        model.layer().set(parameter, &moved).unwrap();
                        model.loss(&pairs)
                    };
                    *difference = (side(1e-5) - side(-1e-5)) / 2e-5;
                }
                model.layer().set(parameter, &at).unwrap();
                let distance = relative_distance(&gradient, &differences);
                assert!(distance <= FINITE_DIFFERENCE.value, "{form:?} {goal:?} {parameter:?}: {distance:e}");
                assert!(gradient.iter().any(|d| d.abs() > 1e-4), "{form:?} {goal:?} {parameter:?}: nothing to see");
            }
        }
    }
}

/// Every bit of the parameters.
fn bits(model: &mut LayerModel<f64>) -> Vec<u64> {
    let layer = model.layer();
    let parameters = Parameter::ALL.into_iter().flat_map(|parameter| layer.view().get(parameter));
    parameters.map(|x| x.to_bits()).collect()
}

/// The loss that a batch adds up is the one that is measured, to the bit.
#[test]
fn the_loss_of_a_batch_is_that_of_its_samples() {
    let mut random = Random::new(16);
    for form in forms() {
        for goal in GOALS {
            let (mut model, pairs) = somewhere(form, goal, &mut random);
            let shape = model.shape;
            let mut samples = model.samples();
            for pair in &pairs {
                let loss = samples.loss(&pair.input(shape), &pair.y).unwrap();
                samples.begin();
                samples.accumulate(&pair.input(shape), &pair.y).unwrap();
                let found = samples.batch_loss().mean_loss().unwrap();
                // The sums of the batch run over all filters, those of the measure too.
                assert_eq!(found.to_bits(), loss.to_bits(), "{form:?} {goal:?}");
            }
        }
    }
}

/// Frozen blocks keep every bit, the others move, and the gradient says which.
#[test]
fn what_does_not_train_does_not_move() {
    let mut random = Random::new(17);
    for form in forms() {
        let shape = layer_of(form, Loss::Squared).unwrap();
        let all = Trained::all(shape);
        let one = [
            Trained { value_content: true, ..Trained::NONE },
            Trained { value_position: true, ..Trained::NONE },
            Trained { content_content: true, ..Trained::NONE },
            Trained { content_position: true, ..Trained::NONE },
            Trained { position_content: true, ..Trained::NONE },
            Trained { position_position: true, ..Trained::NONE },
            Trained { encoding: true, ..Trained::NONE },
        ];
        let mut moved_by_all = 0;
        let mut moved_by_one = 0;
        for trained in one.into_iter().chain([all]).filter(|trained| trained.check(shape).is_ok()) {
            let (mut model, pairs) = somewhere(form, GOALS[0], &mut random);
            model.settings.trained = trained;
            let before = bits(&mut model);
            let gradients: Vec<f64> =
                Parameter::ALL.into_iter().flat_map(|parameter| model.gradient(parameter, &pairs)).collect();
            let mut samples = model.samples();
            for pair in &pairs {
                samples.accumulate(&pair.input(shape), &pair.y).unwrap();
            }
            samples.step(&Descent { compensated: false, ..Descent::new(0.1) }).unwrap();
            let after = bits(&mut model);
            let moved = before.iter().zip(&after).filter(|(a, b)| a != b).count();
            let slopes = gradients.iter().filter(|&&d| d != 0.0).count();
            assert_eq!(moved, slopes, "{form:?} {trained:?}");
            assert!(moved > 0, "{form:?} {trained:?}");
            *(if trained == all { &mut moved_by_all } else { &mut moved_by_one }) += moved;
        }
        if form.key_query == KeyQuery::Merged {
            assert_eq!(moved_by_one, moved_by_all, "{form:?}: the blocks are all there is, and no two overlap");
        }
    }
}

/// Every parameter and the loss at every checkpoint of every training that the independent program did.
#[test]
fn training_follows_the_independent_program() {
    let vectors = LayerVectors::committed();
    assert!(vectors.runs.len() >= 66, "cases were lost from the file");
    for loss in ["squared", "logistic"] {
        for separate in [false, true] {
            let encodings = ["identity", "orthonormal", "sinusoidal", "sine", "learned", "signs"];
            let coded = ["concatenated", "added"].into_iter().flat_map(|embedding| encodings.map(|e| (embedding, e)));
            for (embedding, encoding) in coded.chain([("content", "none")]) {
                let wanted = (embedding, encoding, loss, separate);
                assert!(vectors.runs.iter().any(|run| run.combination() == wanted), "{wanted:?} is missing");
            }
        }
    }
    for run in &vectors.runs {
        if let (Some(found), Some(expected)) = (run.filled_codes(), &run.fixed_codes) {
            let worst = largest(&found.iter().zip(expected.concat()).map(|(a, b)| a - b).collect::<Vec<_>>());
            assert!(worst <= 4.0 * f64::EPSILON, "{}: codes are {worst:e} off", run.name);
        }
        let (mut model, pairs) = (run.model(), run.pairs());
        let shape = model.shape;
        let mut steps = 0;
        for checkpoint in &run.checkpoints {
            let mut samples = model.samples();
            while steps < checkpoint.step {
                for pair in &pairs {
                    samples.accumulate(&pair.input(shape), &pair.y).unwrap();
                }
                samples.step(&Descent::new(run.rate)).unwrap();
                steps += 1;
            }
            let close = |what: &str, found: &[f64], expected: &[f64]| {
                let distance = entrywise_distance(found, expected);
                assert!(distance <= TRAJECTORY.value, "{}, step {steps}: {what} is {distance:e} off", run.name);
            };
            for parameter in Parameter::ALL {
                if let Some(expected) = checkpoint.matrices.get(parameter) {
                    close(&format!("{parameter:?}"), samples.layer().get(parameter), &expected);
                }
            }
            close("the loss", &[model.loss(&pairs)], &[checkpoint.loss]);
        }
        assert_eq!(steps, run.steps, "{}: the last checkpoint is the end", run.name);
    }
}

/// Position-only attention is the layer of which two blocks train, at the paper's scale, for every orthonormal code.
#[test]
fn two_blocks_are_the_position_only_model() {
    let (filters, features, tokens) = (2, 3, 6);
    let shape = Shape::new(filters, features, tokens, tokens).unwrap();
    let layer_shape = LayerShape::new(shape, Form::concatenated(tokens)).unwrap();
    for seed in [None, Some(3)] {
        for activation in ACTIVATIONS {
            let mut random = Random::new(18);
            let pairs: Vec<(Vec<f64>, Vec<f64>)> = (0..4)
                .map(|_| (random.normals(shape.input_len(), 1.0), random.normals(shape.output_len(), 1.0)))
                .collect();

            let mut only = Model::new(shape, activation, &vec![0.0; shape.value_len()], &vec![0.0; shape.mixing_len()]);
            let trained = Trained::POSITION_ONLY;
            let scale = Scale::Tokens.number(layer_shape).unwrap();
            let settings = LayerSettings { trained, scale, ..LayerSettings::new(layer_shape, activation) };
            let mut layer = LayerModel::new(layer_shape, settings);
            let mut p = vec![0.0; tokens * tokens];
            let view = MatrixViewMut::new("codes", &mut p, tokens, tokens).unwrap();
            match seed {
                None => codes::identity(view).unwrap(),
                Some(seed) => codes::orthonormal(view, seed).unwrap(),
            }
            layer.layer().set(Parameter::Codes, &p).unwrap();

            let descent = Descent::new(0.2).with_attention_rate(0.5);
            let (mut samples, mut layer_samples) = (only.samples(), layer.samples());
            for _ in 0..300 {
                for (x, y) in &pairs {
                    samples.accumulate(x, y).unwrap();
                    layer_samples.accumulate(&LayerInput::of(x), y).unwrap();
                }
                let losses =
                    [samples.batch_loss().mean_loss(), layer_samples.batch_loss().mean_loss()].map(Option::unwrap);
                assert!((losses[0] - losses[1]).abs() <= TRAJECTORY.value * losses[0], "{losses:?}");
                samples.step(&descent).unwrap();
                layer_samples.step(&descent).unwrap();
            }

            let (student, layer) = (samples.student(), layer_samples.layer());
            let width = features + tokens;
            let value: Vec<f64> =
                layer.get(Parameter::Value).chunks(width).flat_map(|row| &row[..features]).copied().collect();
            let distance = entrywise_distance(&value, student.value());
            assert!(distance <= TRAJECTORY.value, "{activation:?} {seed:?}: W is {distance:e} off");
            let kq = layer.get(Parameter::KeyQuery);
            let logits: Vec<f64> = (0..tokens * tokens)
                .map(|n| {
                    let (j, i) = (n / tokens, n % tokens);
                    let term = |a: usize, b: usize| {
                        p[i * tokens + a] * kq[(features + a) * width + features + b] * p[j * tokens + b]
                    };
                    scale * (0..tokens).map(|a| (0..tokens).map(|b| term(a, b)).sum::<f64>()).sum::<f64>()
                })
                .collect();
            let distance = relative_distance(&logits, student.logits());
            assert!(distance <= TRAJECTORY.value, "{activation:?} {seed:?}: A is {distance:e} off");
            let moved = |x: &&f64| **x != 0.0;
            assert_eq!(layer.get(Parameter::Value).iter().filter(moved).count(), filters * features);
            assert_eq!(kq.iter().filter(moved).count(), tokens * tokens);
        }
    }
}

/// Sets of tokens that come with the sample. With the mean over all sets and all inputs the excess loss ends on
/// `(T - 1) / (4 eta t)`, and W_KQ is `alpha I + beta 1 1^T`. All sets ask at once, one an output, so that the loss is a sum over
/// sets and the rate divides by their number; inputs with one entry `sqrt(T)` each, whose second moments are those of
/// normal ones, give the mean over inputs, because the loss is quadratic in them.
#[test]
fn selection_of_a_given_set_ends_on_its_law() {
    let (tokens, eta, steps) = (5, 0.5, 20_000);
    let sets: Vec<u32> = (0..tokens).flat_map(|a| (a + 1..tokens).flat_map(move |b| [a as u32, b as u32])).collect();
    let count = sets.len() / 2;
    let form = Form { queries: Queries::Sets, ..Form::concatenated(tokens) };
    let shape = LayerShape::new(Shape::new(1, 1, tokens, count).unwrap(), form).unwrap();
    let trained = Trained::POSITION_ONLY;
    let settings = LayerSettings { trained, scale: 1.0, ..LayerSettings::new(shape, Activation::Identity) };
    let mut model = LayerModel::new(shape, settings);
    let mut p = vec![0.0; tokens * tokens];
    codes::identity(MatrixViewMut::new("codes", &mut p, tokens, tokens).unwrap()).unwrap();
    model.layer().set(Parameter::Codes, &p).unwrap();

    let pairs: Vec<(Vec<f64>, Vec<f64>)> = (0..tokens)
        .map(|token| {
            let x: Vec<f64> = (0..tokens).map(|i| if i == token { libm::sqrt(tokens as f64) } else { 0.0 }).collect();
            let y = sets.chunks(2).map(|set| 0.5 * (x[set[0] as usize] + x[set[1] as usize])).collect();
            (x, y)
        })
        .collect();
    let query = Query::Sets(&sets);
    let descent = Descent::new(eta / count as f64);
    let mut samples = model.samples();
    for _ in 0..steps {
        for (x, y) in &pairs {
            samples.accumulate(&LayerInput { x, query, codes: &[] }, y).unwrap();
        }
        samples.step(&descent).unwrap();
    }
    for (x, y) in &pairs {
        samples.accumulate(&LayerInput { x, query, codes: &[] }, y).unwrap();
    }
    let excess = samples.batch_loss().mean_loss().unwrap() / count as f64;
    let ratio = excess / ((tokens - 1) as f64 / (4.0 * eta * steps as f64));
    assert!((ratio - 1.0).abs() <= SELECTION_LAW.value, "excess loss over its law: {ratio}");

    let kq = samples.layer().get(Parameter::KeyQuery);
    let entry = |i: usize, j: usize| kq[(1 + i) * tokens + j];
    let (inside, outside) = (entry(0, 0), entry(0, 1));
    for i in 0..tokens {
        for j in 0..tokens {
            let expected = if i == j { inside } else { outside };
            assert!((entry(i, j) - expected).abs() <= TRAJECTORY.value, "W_KQ is alpha I + beta 1 1^T: {kq:?}");
        }
    }
    let weight = libm::exp(inside - outside);
    let mass = 2.0 * weight / (2.0 * weight + tokens as f64 - 2.0);
    let found = samples.attention()[0] + samples.attention()[1];
    assert!((found - mass).abs() < 1e-12 && mass > 0.97, "{found} {mass}");
}

/// Sizes of the layer whose types know them.
struct Small;

impl Sizes for Small {
    const SHAPE: LayerShape = {
        let Ok(shape) = Shape::new(2, 3, 4, 3) else { panic!("sizes") };
        let codes = Codes::Learned { width: 5 };
        let (key_query, queries) = (KeyQuery::Separate { keys: 2 }, Queries::Sets);
        let form = Form { codes, key_query, queries, embedding: Embedding::Concatenated };
        let Ok(shape) = LayerShape::new(shape, form) else { panic!("form") };
        shape
    };
}

/// Sizes in types and sizes at run time give the same bits, of training and of a prediction.
#[test]
fn both_doors_give_the_same_bits() {
    let shape = Small::SHAPE;
    let settings = LayerSettings { scale: 0.5, ..LayerSettings::new(shape, Activation::LeakyRelu(0.1)) };
    let mut random = Random::new(19);
    let pairs: Vec<Pair> = (0..3).map(|_| Pair::anything(shape, Loss::Squared, &mut random)).collect();
    let mut model = LayerModel::new(shape, settings);
    let mut owner = Layer::<f64, Small, { layer_len(Small::SHAPE) }>::ZERO;
    let mut scratch = LayerScratch::<f64, Small, { layer_scratch_len(Small::SHAPE) }>::ZERO;
    let start = Start::Gaussian { deviation: 0.3, seed: 7 };
    let learned = random.normals(shape.parameter_len(Parameter::Codes), 1.0);
    for mut layer in [model.layer(), owner.view_mut()] {
        layer.start(start, settings.trained).unwrap();
        layer.set(Parameter::Codes, &learned).unwrap();
    }
    let mut run_time = model.samples();
    let mut typed = LayerSamples::of(&mut owner, settings, &mut scratch).unwrap();
    let (mut f, mut g) = ([0.0; 6], [0.0; 6]);
    for _ in 0..50 {
        for samples in [&mut run_time, &mut typed] {
            for pair in &pairs {
                samples.accumulate(&pair.input(shape), &pair.y).unwrap();
            }
            samples.step(&Descent::new(0.1)).unwrap();
        }
    }
    run_time.predict(&pairs[0].input(shape), &mut f).unwrap();
    assert_eq!(run_time.layer().steps(), 50);
    let bits = |layer: LayerView<'_, f64>| -> Vec<u64> {
        let parts = Parameter::ALL.into_iter().flat_map(|p| layer.get(p).iter().chain(layer.carry(p)));
        parts.map(|x| x.to_bits()).collect()
    };
    let expected = bits(run_time.layer());
    assert_eq!(bits(owner.view()), expected);
    let mut memory = LayerPredictScratch::<f64, Small, { layer_predict_scratch_len(Small::SHAPE) }>::ZERO;
    predict(owner.view(), &settings, &pairs[0].input(shape), &mut memory.view_mut(), &mut g).unwrap();
    assert_eq!(f.map(f64::to_bits), g.map(f64::to_bits));
    assert!(f.iter().any(|f| *f != 0.0));
}

/// The single precision layer does what the double precision one does.
#[test]
fn single_precision_follows_double() {
    let shape = layer_of(Form::concatenated(CODE), Loss::Squared).unwrap();
    let mut random = Random::new(20);
    let pairs: Vec<Pair> = (0..3).map(|_| Pair::anything(shape, Loss::Squared, &mut random)).collect();
    let p = random.normals(shape.parameter_len(Parameter::Codes), 0.7);
    let mut wide = LayerModel::new(shape, LayerSettings::new(shape, Activation::Relu));
    let mut single = LayerModel::new(shape, LayerSettings::new(shape, Activation::Relu));
    wide.layer().set(Parameter::Codes, &p).unwrap();
    let narrow = |x: &[f64]| -> Vec<f32> { x.iter().map(|&x| x as f32).collect() };
    single.layer().set(Parameter::Codes, &narrow(&p)).unwrap();
    let (mut wide, mut single) = (wide.samples(), single.samples());
    for _ in 0..200 {
        for pair in &pairs {
            wide.accumulate(&pair.input(shape), &pair.y).unwrap();
            single.accumulate(&LayerInput::of(&narrow(&pair.x)), &narrow(&pair.y)).unwrap();
        }
        wide.step(&Descent::new(0.05)).unwrap();
        single.step(&Descent::new(0.05)).unwrap();
    }
    for parameter in [Parameter::Value, Parameter::KeyQuery] {
        let found: Vec<f64> = single.layer().get(parameter).iter().map(|&x| f64::from(x)).collect();
        // 200 steps of a few EPSILON each, which the compensation takes away: 1e-6 is 8 of them.
        assert!(relative_distance(&found, wide.layer().get(parameter)) < 1e-5, "{parameter:?}");
    }
}

/// Whatever is refused leaves every bit of layer and batch.
#[test]
fn what_is_refused_changes_nothing() {
    let mut random = Random::new(21);
    let queries = Queries::Sets;
    let form = Form { queries, codes: Codes::Fresh { width: CODE }, ..Form::concatenated(CODE) };
    let (mut model, pairs) = somewhere(form, GOALS[0], &mut random);
    let shape = model.shape;
    let before = bits(&mut model);
    let mut samples = model.samples();
    assert_eq!(samples.step(&Descent::new(0.1)), Err(Error::NoSamples));
    samples.accumulate(&pairs[0].input(shape), &pairs[0].y).unwrap();
    let look = |samples: &mut LayerSamples<'_, f64>| {
        let mut gradient = vec![0.0; shape.parameter_len(Parameter::KeyQuery)];
        samples.gradient(Parameter::KeyQuery, &mut gradient).unwrap();
        (gradient.into_iter().map(f64::to_bits).collect::<Vec<_>>(), *samples.batch_loss())
    };
    let batch = look(&mut samples);

    let good = pairs[0].input(shape);
    let (mut broken, short) = (pairs[0].x.clone(), &pairs[0].x[1..]);
    broken[4] = f64::NAN;
    let bad_codes = [f64::INFINITY; TOKENS * CODE];
    let refused = [
        (LayerInput { x: short, ..good }, Error::Length { what: "x", expected: 15, found: 14 }),
        (LayerInput { x: &broken, ..good }, Error::NotFinite { what: "x", index: 4 }),
        (
            LayerInput { codes: &[], ..good },
            Error::Length { what: "the position codes of a sample", expected: 20, found: 0 },
        ),
        (
            LayerInput { codes: &bad_codes, ..good },
            Error::NotFinite { what: "the position codes of a sample", index: 0 },
        ),
        (
            LayerInput { query: Query::Tokens, ..good },
            Error::OutOfRange { what: "the queries of a sample must be of the layer's kind" },
        ),
        (
            LayerInput { query: Query::Sets(&[0, 1, 2, 5]), ..good },
            Error::IndexOutOfRange { what: "token of a set", index: 5, limit: 5 },
        ),
    ];
    for (input, error) in refused {
        assert_eq!(samples.accumulate(&input, &pairs[0].y), Err(error));
        assert_eq!(samples.loss(&input, &pairs[0].y), Err(error));
        assert_eq!(samples.predict(&input, &mut [0.0; 4]), Err(error));
    }
    let y = &pairs[0].y;
    assert_eq!(samples.accumulate(&good, &y[1..]), Err(Error::Length { what: "y", expected: 4, found: 3 }));
    assert_eq!(samples.step(&Descent { value_limit: 1e-3, ..Descent::new(0.1) }), Err(Error::Diverged));
    assert_eq!(samples.step(&Descent::new(1e12)), Err(Error::Diverged));
    assert!(samples.step(&Descent::new(-1.0)).is_err());
    assert_eq!(look(&mut samples), batch);
    assert_eq!(samples.layer().steps(), 0);
    assert_eq!(samples.step(&Descent::new(0.1)), Ok(()));
    assert_ne!(bits(&mut model), before);
}

/// A logit that overflows is seen by the step, whatever the sample was.
#[test]
fn what_is_no_number_is_refused_by_the_step() {
    let mut random = Random::new(22);
    for form in forms() {
        let (mut model, pairs) = somewhere(form, GOALS[0], &mut random);
        model.settings.scale = 1e200;
        let shape = model.shape;
        let (before, mut pair) = (bits(&mut model), pairs[0].clone());
        for x in pair.x.iter_mut().chain(&mut pair.vectors).chain(&mut pair.codes) {
            *x *= 1e150;
        }
        let mut samples = model.samples();
        samples.accumulate(&pair.input(shape), &pair.y).unwrap();
        let mut gradient = vec![7.0; shape.parameter_len(Parameter::Value)];
        let refused = samples.gradient(Parameter::Value, &mut gradient);
        assert!(matches!(refused, Err(Error::OutOfRange { .. })), "{form:?}");
        assert!(gradient.iter().all(|d| *d == 7.0), "{form:?}");
        for rate in [0.1, 1e-300] {
            let refused = Err(Error::NotFinite { what: "the gradient of the batch", index: 0 });
            assert_eq!(samples.step(&Descent::new(rate)), refused, "{form:?}");
        }
        samples.begin();
        assert_eq!(samples.step(&Descent::new(0.1)), Err(Error::NoSamples), "{form:?}");
        assert_eq!(bits(&mut model), before);
    }
}

#[test]
fn a_label_is_plus_or_minus_one() {
    let mut random = Random::new(23);
    let (mut model, pairs) = somewhere(Form::concatenated(CODE), GOALS[3], &mut random);
    let shape = model.shape;
    let mut samples = model.samples();
    for label in [0.0, 0.5, 2.0] {
        let refused = Err(Error::OutOfRange { what: "a label must be +1 or -1" });
        assert_eq!(samples.accumulate(&pairs[0].input(shape), &[label]), refused);
    }
    let mut logit = [0.0];
    samples.predict(&pairs[0].input(shape), &mut logit).unwrap();
    let loss = samples.loss(&pairs[0].input(shape), &[-1.0]).unwrap();
    assert!((loss - libm::log1p(libm::exp(logit[0]))).abs() < 1e-12, "the answer is the logit of the loss");
}

/// Sizes, form, every number and every carry are in the digest, and in what tells a batch from others.
#[test]
fn a_batch_is_gone_on_with_for_its_layer_and_no_other() {
    let mut random = Random::new(24);
    let form = Form { codes: Codes::Learned { width: CODE }, ..Form::concatenated(CODE) };
    let shape = layer_of(form, Loss::Squared).unwrap();
    let settings = LayerSettings::new(shape, Activation::Relu);
    let pair = Pair::anything(shape, Loss::Squared, &mut random);
    let mut scratch = vec![0.0; layer_scratch_len(shape)];
    let (mut memory, mut steps, mut batch_loss) = (random.normals(layer_len(shape), 0.5), 3, BatchLoss::ZERO);
    let paused = {
        let layer = LayerViewMut::new(shape, &mut memory, &mut steps).unwrap();
        let scratch = LayerScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
        let mut samples = LayerSamples::new(layer, settings, scratch).unwrap();
        samples.accumulate(&pair.input(shape), &pair.y).unwrap();
        samples.pause()
    };
    let resume = |mut memory: Vec<f64>, mut steps: u64, mut scratch: Vec<f64>, mut batch_loss: BatchLoss<f64>| {
        let layer = LayerViewMut::new(shape, &mut memory, &mut steps).unwrap();
        let scratch = LayerScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
        LayerSamples::resume(layer, scratch, paused).and_then(|mut samples| samples.step(&Descent::new(0.1)))
    };
    let digest = |memory: &[f64], steps| layer_digest(LayerView::resume(shape, memory, steps).unwrap());
    assert_eq!(resume(memory.clone(), steps, scratch.clone(), batch_loss), Ok(()));
    assert_eq!(resume(memory.clone(), 4, scratch.clone(), batch_loss), Err(Error::Batch));
    assert_ne!(digest(&memory, 3), digest(&memory, 4));
    for place in 0..memory.len() {
        let mut other = memory.clone();
        other[place] += 0.25;
        assert_ne!(digest(&memory, 3), digest(&other, 3), "{place}");
        assert_eq!(resume(other, steps, scratch.clone(), batch_loss), Err(Error::Batch), "{place}");
    }
    let sums = shape.parameter_len(Parameter::Value) + shape.parameter_len(Parameter::KeyQuery);
    for place in 0..sums + shape.parameter_len(Parameter::Codes) {
        let mut other = scratch.clone();
        other[place] += 0.25;
        assert_eq!(resume(memory.clone(), steps, other, batch_loss), Err(Error::Batch), "{place}");
    }
    assert_eq!(resume(memory.clone(), steps, scratch.clone(), BatchLoss::ZERO), Err(Error::Batch));

    // Of one size, and all numbers zero: the form alone tells them apart.
    let forms = forms();
    let digests: std::collections::BTreeSet<u64> = forms
        .iter()
        .map(|&form| {
            let shape = layer_of(form, Loss::Squared).unwrap();
            layer_digest(LayerView::resume(shape, &vec![0.0; layer_len(shape)], 0).unwrap())
        })
        .collect();
    assert_eq!(digests.len(), forms.len());
}
