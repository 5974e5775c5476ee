//! Classification by the same group along a new direction (Zhang, Meng and Cao 2025): attention is kept from the first task and v
//! learned anew from n labels, beside the same layer from scratch and logistic regression on all inputs.

use tutee::Shape;
use tutee::activation::Activation;
use tutee::gradient::layer::{LayerOnline, LayerSource, layer_drawn_len};
use tutee::layer::{Form, LayerInput, LayerSettings, LayerShape, Parameter};
use tutee::loss::{Loss, logistic};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::step::Descent;
use tutee::teacher::per_sample::GroupSign;
use tutee::training::Training;
use tutee_tests::layer::LayerModel;
use tutee_tests::random::Random;

const FEATURES: usize = 4;
const TOKENS: usize = 8;
const GROUP: usize = 5;
const INPUTS: usize = FEATURES * TOKENS;
/// Labels that a test asks for.
const TEST: usize = 2000;
/// Over how many draws of direction and labels a mean is taken.
const DRAWS: u64 = 6;
/// Steps over all n labels; with each of them the three have long found a direction that they keep.
const STEPS: usize = 300;

fn model() -> LayerModel<f64> {
    let shape = LayerShape::new(Shape::new(1, FEATURES, TOKENS, TOKENS).unwrap(), Form::concatenated(TOKENS)).unwrap();
    let settings =
        LayerSettings { loss: Loss::Logistic, scale: 1.0, ..LayerSettings::new(shape, Activation::Identity) };
    let mut model = LayerModel::new(shape, settings);
    let mut p = vec![0.0; TOKENS * TOKENS];
    codes::identity(MatrixViewMut::new("codes", &mut p, TOKENS, TOKENS).unwrap()).unwrap();
    model.layer().set(Parameter::Codes, &p).unwrap();
    model
}

/// W_KQ after 3,000 steps of 32 labels along the first direction.
fn attention_of_the_first_task() -> Vec<f64> {
    let mut model = model();
    let direction = [0.5, -0.5, 0.5, 0.5];
    let teacher = GroupSign::new(model.shape.shape(), &direction, GROUP).unwrap();
    let mut memory = vec![0.0; layer_drawn_len(model.shape)];
    let mut online =
        LayerOnline::new(model.samples(), teacher, LayerSource::gaussian(8, 32), &mut memory, &mut []).unwrap();
    for _ in 0..3000 {
        online.step(&Descent::new(0.2)).unwrap();
    }
    online.layer().get(Parameter::KeyQuery).to_vec()
}

/// Inputs with the labels that `direction` gives them.
fn labelled(direction: &[f64], count: usize, random: &mut Random) -> Vec<(Vec<f64>, f64)> {
    let label = |x: Vec<f64>| {
        let side: f64 = x[GROUP * FEATURES..].iter().zip(direction).map(|(x, v)| x * v).sum();
        (x, if side >= 0.0 { 1.0 } else { -1.0 })
    };
    (0..count).map(|_| label(random.normals(INPUTS, 1.0))).collect()
}

/// The share of labels that a logit has the wrong sign for.
fn error(test: &[(Vec<f64>, f64)], mut logit: impl FnMut(&[f64]) -> f64) -> f64 {
    test.iter().filter(|(x, label)| logit(x) * label <= 0.0).count() as f64 / test.len() as f64
}

/// A layer with this W_KQ and v = 0, trained on all pairs at once.
fn of_a_layer(kq: Option<&[f64]>, pairs: &[(Vec<f64>, f64)], test: &[(Vec<f64>, f64)]) -> f64 {
    let mut model = model();
    if let Some(kq) = kq {
        model.layer().set(Parameter::KeyQuery, kq).unwrap();
    }
    let mut samples = model.samples();
    for _ in 0..STEPS {
        for (x, label) in pairs {
            samples.accumulate(&LayerInput::of(x), &[*label]).unwrap();
        }
        samples.step(&Descent::new(0.2)).unwrap();
    }
    error(test, |x| {
        let mut logit = [0.0];
        samples.predict(&LayerInput::of(x), &mut logit).unwrap();
        logit[0]
    })
}

/// Logistic regression on all numbers of an input, by plain descent from zero.
fn of_regression(pairs: &[(Vec<f64>, f64)], test: &[(Vec<f64>, f64)]) -> f64 {
    let product = |w: &[f64], x: &[f64]| -> f64 { w.iter().zip(x).map(|(w, x)| w * x).sum() };
    let mut w = vec![0.0; INPUTS];
    for _ in 0..10 * STEPS {
        let mut gradient = vec![0.0; INPUTS];
        for (x, label) in pairs {
            let (slope, _) = logistic(product(&w, x), *label);
            gradient.iter_mut().zip(x).for_each(|(g, x)| *g += slope * x / pairs.len() as f64);
        }
        w.iter_mut().zip(&gradient).for_each(|(w, g)| *w -= 0.5 * g);
    }
    error(test, |x| product(&w, x))
}

/// The figure: error against the number of labels; each draw has its direction, and begins with the same labels for every number.
#[test]
fn attention_that_was_learned_is_worth_labels() {
    let kq = attention_of_the_first_task();
    let counts = [10, 20, 40, 80, 160];
    let mut figure = [[0.0; 3]; 5];
    for draw in 0..DRAWS {
        let mut random = Random::new(100 + draw);
        let direction = random.normals(FEATURES, 1.0);
        let (test, pairs) = (labelled(&direction, TEST, &mut random), labelled(&direction, 160, &mut random));
        for (count, mean) in counts.into_iter().zip(&mut figure) {
            let pairs = &pairs[..count];
            let errors =
                [of_a_layer(Some(&kq), pairs, &test), of_a_layer(None, pairs, &test), of_regression(pairs, &test)];
            mean.iter_mut().zip(errors).for_each(|(mean, error)| *mean += error / DRAWS as f64);
        }
    }
    println!("labels  transfer  from scratch  logistic regression on {INPUTS} inputs");
    for (count, [transfer, scratch, regression]) in counts.into_iter().zip(figure) {
        println!("{count:>6}  {transfer:>8.3}  {scratch:>12.3}  {regression:>12.3}");
    }
    for (count, [transfer, scratch, regression]) in counts.into_iter().zip(figure) {
        assert!(transfer < 0.6 * regression && transfer < 0.4 * scratch, "{count}");
    }
    assert!(figure.windows(2).all(|pair| pair[1][0] < pair[0][0]), "more labels are better: {figure:?}");
}
