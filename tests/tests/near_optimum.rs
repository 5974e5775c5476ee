//! `f32` near the optimum. Once the excess loss is a millionth of its start, `q a^2 + q b^2 - 2 F` is a difference of
//! numbers that agree in nearly all the digits that `f32` has. The core forms its differences before it sums, and keeps the digits; what
//! is compared is the arithmetic alone: f64 at exactly the parameters, and the teacher, that the f32 model holds.

use tutee::Shape;
use tutee::activation::Activation;
use tutee::step::Descent;
use tutee::training::{Measured, Training};
use tutee_tests::model::{Model, largest, relative_distance, widened};
use tutee_tests::oracle;
use tutee_tests::random::Random;
use tutee_tests::tolerance::{LONG_STUDENT, NEAR_OPTIMUM, NEAR_OPTIMUM_LAST_DIGITS, UNNORMALISED};

const RELU: Activation<f64> = Activation::Relu;
const LEAKY: Activation<f64> = Activation::LeakyRelu(0.1);

/// Name, activation, filters, features, tokens, and who averages whom.
type Task = (&'static str, Activation<f64>, usize, usize, usize, Vec<Vec<usize>>);

/// The six tasks of the paper, and teachers that are irregular, not square, or without any symmetry to help them.
fn tasks() -> Vec<Task> {
    let blocks: Vec<Vec<usize>> = (0..16).map(|j| (j / 4 * 4..j / 4 * 4 + 4).collect()).collect();
    let cycle: Vec<Vec<usize>> = (0..16).map(|j| vec![(j + 15) % 16, j, (j + 1) % 16]).collect();
    let star = (0..7).map(|j| if j == 0 { (0..7).collect() } else { vec![0, j] }).collect();
    vec![
        ("convolution", RELU, 4, 6, 16, blocks.clone()),
        ("convolution", LEAKY, 4, 6, 16, blocks),
        ("cycle", RELU, 4, 6, 16, cycle.clone()),
        ("cycle", LEAKY, 4, 6, 16, cycle),
        ("selection", Activation::Identity, 4, 6, 16, vec![vec![2, 7, 11]; 16]),
        ("group", Activation::Identity, 1, 6, 16, vec![vec![5]; 16]),
        ("star graph", RELU, 3, 5, 7, star),
        ("pooled", LEAKY, 2, 9, 9, vec![vec![0, 1, 2], vec![3, 4, 5], vec![6, 7, 8]]),
        ("one selected set", RELU, 2, 3, 31, vec![vec![4, 9, 30]]),
    ]
}

fn model(task: &Task) -> Model<f64> {
    let (_, activation, filters, features, tokens, groups) = task;
    let mut random = Random::new(6);
    let value: Vec<f64> = random
        .matrix(*filters, *features, 1.0)
        .iter()
        .flat_map(|row| {
            let norm = libm::sqrt(row.iter().map(|x| x * x).sum());
            row.iter().map(move |x| x / norm).collect::<Vec<_>>()
        })
        .collect();
    let mut mixing = vec![0.0; groups.len() * tokens];
    for (j, group) in groups.iter().enumerate() {
        for t in group {
            mixing[j * tokens + t] = 1.0 / group.len() as f64;
        }
    }
    let shape = Shape::new(*filters, *features, *tokens, groups.len()).unwrap();
    Model::new(shape, *activation, &value, &mixing)
}

/// Trains until the excess loss is a millionth of its start. With one rate that would take hundreds of millions of steps,
/// for the attention is learned ever more slowly; so the attention's rate grows with them.
fn train_to_a_millionth(task: &Task, model: &mut Model<f64>) {
    let outputs = model.shape().outputs() as f64;
    let smallest = task.5.iter().map(Vec::len).min().unwrap() as f64;
    let rate = 0.5 * smallest / outputs;
    let mut training = model.population();
    let start = training.measure().excess_loss;
    for step in 1..=100_000 {
        let attention_rate = rate * (1.0 + f64::from(step) / 5.0);
        training.step(&Descent::new(rate).with_attention_rate(attention_rate)).unwrap();
        if step % 16 == 0 && training.measure().excess_loss <= 1e-6 * start {
            return;
        }
    }
    panic!("{}: the excess loss is still {:e} of {start:e}", task.0, training.measure().excess_loss);
}

/// The trained model in f32, and the same numbers in f64.
fn narrowed(trained: &mut Model<f64>, value: &[f64], activation: Activation<f64>) -> (Model<f32>, Model<f64>) {
    let (teacher, student) = (trained.oracle_teacher(), trained.oracle_student());
    let mut narrow = Model::new(trained.shape(), activation, &teacher.value.concat(), &teacher.mixing.concat());
    narrow.place(value, &student.logits.concat());
    let wide = narrow.to_f64();
    (narrow, wide)
}

fn check(what: &str, found: &[f64], expected: &[f64]) {
    let distance = relative_distance(found, expected);
    assert!(distance <= NEAR_OPTIMUM.value, "{what} is {distance:e} off");
}

/// Where training passes by. There W has followed the attention to where dL/dW nearly vanishes, far below what the last
/// digit of an f32 W makes of it: all that f32 can promise is a gradient that is right for some W within that digit.
#[test]
fn f32_keeps_three_digits_where_training_passes_a_millionth_of_the_first_loss() {
    for task in tasks() {
        let what = format!("{} {:?}", task.0, task.1);
        let mut trained = model(&task);
        let start = trained.measure().excess_loss;
        train_to_a_millionth(&task, &mut trained);
        let value = trained.oracle_student().value.concat();
        let (mut narrow, mut wide) = narrowed(&mut trained, &value, task.1);
        let loss = wide.measure().excess_loss;
        assert!(loss < 1.1e-6 * start, "{what}: rounding to f32 has moved the parameters off the optimum: {loss:e}");
        check(&format!("{what}: the loss"), &[f64::from(narrow.measure().excess_loss)], &[loss]);
        let (d_value, d_logits) = narrow.population_gradient();
        let (expected_value, expected_logits) = wide.population_gradient();
        check(&format!("{what}: dL/dA"), &widened(&d_logits), &expected_logits);

        let (slope, attention) = (wide.oracle_teacher().slope, oracle::attention(&wide.oracle_student().logits));
        let curvature = 0.5 * (1.0 + slope * slope) * attention.iter().flatten().map(|s| s * s).sum::<f64>();
        let last_digit = curvature * largest(&value) * f64::from(f32::EPSILON);
        let wrong: Vec<f64> = widened(&d_value).iter().zip(&expected_value).map(|(d, e)| d - e).collect();
        let digits = largest(&wrong) / last_digit;
        assert!(digits <= NEAR_OPTIMUM_LAST_DIGITS.value, "{what}: dL/dW is off by {digits} last digits of W");
    }
}

/// Near the optimum, but off the path of training: W is up to a thousandth away from where it wants to be.
#[test]
fn f32_keeps_three_digits_beside_the_path_of_training() {
    let mut random = Random::new(9);
    for task in tasks() {
        let what = format!("{} {:?}", task.0, task.1);
        let mut trained = model(&task);
        let start = trained.measure().excess_loss;
        train_to_a_millionth(&task, &mut trained);
        let mut value = trained.oracle_student().value.concat();
        for w in &mut value {
            *w += 3e-4 * random.normal();
        }
        let (mut narrow, mut wide) = narrowed(&mut trained, &value, task.1);
        let loss = wide.measure().excess_loss;
        assert!(loss < 3e-6 * start, "{what}: too far off: {loss:e}");
        check(&format!("{what}: the loss"), &[f64::from(narrow.measure().excess_loss)], &[loss]);
        let (found, expected) = (narrow.measure().gradient_norm, wide.measure().gradient_norm);
        check(&format!("{what}: the gradient's norm"), &[f64::from(found)], &[expected]);
        let ((d_value, d_logits), (expected_value, expected_logits)) =
            (narrow.population_gradient(), wide.population_gradient());
        let found = [widened(&d_value), widened(&d_logits)].concat();
        check(&format!("{what}: the gradient"), &found, &[expected_value, expected_logits].concat());
    }
}

/// Far from it, where a student is many times as large as its teacher: angles from differences alone were off by the square
/// of that ratio, and the loss by 3e-3.
#[test]
fn f32_knows_the_loss_of_a_student_thousands_of_times_its_teacher() {
    let mut random = Random::new(12);
    let mut worst: f64 = 0.0;
    for task in tasks() {
        let mut model = model(&task);
        let shape = model.shape();
        let aligned = model.oracle_teacher().value.concat();
        for ratio in [10.0, 15.9, 16.1, 40.0, 100.0, 562.0, 1e3, 3e3, 6e3] {
            for direction in 0..4 {
                let other = random.normals(shape.value_len(), 1.0);
                let value: Vec<f64> = match direction {
                    0 => aligned.iter().map(|v| ratio * v).collect(),
                    1 => aligned.iter().map(|v| -ratio * v).collect(),
                    2 => aligned.iter().zip(&other).map(|(v, x)| ratio * (v + 0.01 * x)).collect(),
                    _ => other.iter().map(|x| ratio * x).collect(),
                };
                model.place(&value, &random.normals(shape.mixing_len(), 2.0));
                let (mut narrow, mut wide) = narrowed(&mut model, &value, task.1);
                let (found, expected) = (f64::from(narrow.measure().excess_loss), wide.measure().excess_loss);
                let distance = (found / expected - 1.0).abs();
                worst = if distance > worst { distance } else { worst };
                let what = format!("{} {:?}, {ratio} times, direction {direction}", task.0, task.1);
                assert!(distance <= LONG_STUDENT.value, "{what}: {found:e}, not {expected:e}: {distance:e} off");
            }
        }
    }
    println!("the loss of long students is at most {worst:e} off");
}

/// Teachers that do not average, but weigh with sums of c: beside their optimum, W = c V*, parts of the loss cancel that are
/// `(c - 1)^2` or `(1/c - 1)^2` times as large as the loss of a student of zeros.
#[test]
fn f32_knows_the_loss_beside_a_teacher_that_does_not_average() {
    let mut random = Random::new(14);
    let mut worst: f64 = 0.0;
    for (sum, activation) in [0.125, 0.5, 0.75, 1.5, 4.0, 30.0].into_iter().flat_map(|c| [(c, RELU), (c, LEAKY)]) {
        for near in [0.0, 1e-5, 1e-4, 1e-3] {
            let shape = Shape::new(3, 5, 7, 7).unwrap();
            let (value, logits) = (random.normals(shape.value_len(), 0.7), random.normals(shape.mixing_len(), 1.0));
            let mixing = oracle::attention(&oracle::rows(&logits, shape.tokens())).concat();
            let mixing: Vec<f64> = mixing.iter().map(|s| sum * s).collect();
            let mut model = Model::new(shape, activation, &value, &mixing);
            let zero = model.measure().excess_loss;
            let mut beside = |x: &[f64], scale| -> Vec<f64> {
                x.iter().map(|x| scale * x * (1.0 + near * random.normal())).collect()
            };
            let (value, logits) = (beside(&value, sum), beside(&logits, 1.0));
            model.place(&value, &logits);
            let (mut narrow, mut wide) = narrowed(&mut model, &value, activation);
            let (found, expected) = (f64::from(narrow.measure().excess_loss), wide.measure().excess_loss);
            let apart = if sum > 1.0 { sum - 1.0 } else { 1.0 / sum - 1.0 };
            let unit = f64::from(f32::EPSILON) * apart * apart * zero;
            // Beside it what any sum of so many terms loses of itself.
            let units = ((found - expected).abs() - NEAR_OPTIMUM.value * expected) / unit;
            worst = if units > worst { units } else { worst };
            assert!(units <= UNNORMALISED.value, "{sum} {activation:?} {near}: {found:e}, not {expected:e}: {units}");
        }
    }
    println!("the loss beside teachers that do not average is at most {worst} units off");
}
