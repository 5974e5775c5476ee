//! The core follows the committed trajectories of an independent program: regular, irregular, non-square and degenerate
//! teachers, exact gradient and samples, every parameter and the loss at every checkpoint.

use tutee::matrix::{MatrixView, MatrixViewMut};
use tutee::position::{kq_to_logits, logits_to_kq};
use tutee::step::Descent;
use tutee::training::{Measured, Training};
use tutee_tests::model::{Model, entrywise_distance};
use tutee_tests::oracle;
use tutee_tests::tolerance::TRAJECTORY;
use tutee_tests::vectors::{Checkpoint, Run, Vectors};

fn model(run: &Run) -> Model<f64> {
    Model::new(run.shape(), run.activation(), &run.value.concat(), &run.mixing.concat())
}

fn descent(run: &Run) -> Descent<f64> {
    Descent::new(run.rate).with_attention_rate(run.attention_rate)
}

fn check(run: &Run, checkpoint: &Checkpoint, what: &str, found: &[f64], expected: &[f64]) {
    let distance = entrywise_distance(found, expected);
    assert!(distance <= TRAJECTORY.value, "{}, step {}: {what} is {distance:e} off", run.name, checkpoint.step);
}

#[test]
fn exact_training_follows_the_independent_program() {
    let vectors = Vectors::committed();
    assert!(vectors.population.len() >= 15, "cases were lost from the file");
    for run in &vectors.population {
        let mut model = model(run);
        let mut training = model.population();
        for checkpoint in &run.checkpoints {
            while training.student().steps() < checkpoint.step {
                training.step(&descent(run)).unwrap();
            }
            let measure = training.measure();
            let student = training.student();
            check(run, checkpoint, "W", student.value(), &checkpoint.value.concat());
            check(run, checkpoint, "A", student.logits(), &checkpoint.logits.concat());
            check(run, checkpoint, "the loss", &[measure.excess_loss], &[checkpoint.excess_loss.unwrap()]);
        }
        assert_eq!(training.student().steps(), run.steps, "{}: the last checkpoint is the end", run.name);
    }
}

#[test]
fn sample_training_follows_the_independent_program() {
    let vectors = Vectors::committed();
    assert!(vectors.samples.len() >= 3, "cases were lost from the file");
    for run in &vectors.samples {
        let mut model = model(run);
        let pair = |sample: &tutee_tests::vectors::Sample| (sample.input.concat(), sample.output.concat());
        let every_pair: Vec<_> = run.batches.iter().flatten().map(pair).collect();
        let mut steps = 0;
        for checkpoint in &run.checkpoints {
            while steps < checkpoint.step {
                let mut samples = model.samples();
                for (x, y) in run.batches[steps as usize % run.batches.len()].iter().map(pair) {
                    samples.accumulate(&x, &y).unwrap();
                }
                samples.step(&descent(run)).unwrap();
                steps += 1;
            }
            let (_, loss) = model.sample_gradient(&every_pair);
            let student = model.student();
            let student = student.view();
            check(run, checkpoint, "W", student.value(), &checkpoint.value.concat());
            check(run, checkpoint, "A", student.logits(), &checkpoint.logits.concat());
            check(run, checkpoint, "the loss", &[loss], &[checkpoint.loss.unwrap()]);
        }
        assert_eq!(steps, run.steps, "{}: the last checkpoint is the end", run.name);
    }
}

/// The independent program trained W_KQ itself; the logits' trajectory gives the same matrix, and the matrix the logits.
#[test]
fn logits_stand_for_an_explicit_key_query_matrix() {
    let vectors = Vectors::committed();
    let mut seen = 0;
    for run in vectors.population.iter().filter(|run| run.position.is_some()) {
        let tokens = run.shape().tokens();
        let position = run.position.as_ref().unwrap().concat();
        let position = MatrixView::new("P", &position, tokens, tokens).unwrap();
        let mut model = model(run);
        let mut training = model.population();
        for checkpoint in &run.checkpoints {
            while training.student().steps() < checkpoint.step {
                training.step(&descent(run)).unwrap();
            }
            let expected = checkpoint.key_query.as_ref().expect("a run with P has W_KQ at every checkpoint").concat();
            let logits = MatrixView::new("A", training.student().logits(), run.shape().outputs(), tokens).unwrap();
            let mut found = vec![0.0; tokens * tokens];
            logits_to_kq(position, logits, MatrixViewMut::new("W_KQ", &mut found, tokens, tokens).unwrap()).unwrap();
            check(run, checkpoint, "W_KQ", &found, &expected);
            let key_query = MatrixView::new("W_KQ", &expected, tokens, tokens).unwrap();
            let mut found = vec![0.0; run.shape().mixing_len()];
            let logits = MatrixViewMut::new("A", &mut found, run.shape().outputs(), tokens).unwrap();
            kq_to_logits(position, key_query, logits).unwrap();
            check(run, checkpoint, "A of W_KQ", &found, &checkpoint.logits.concat());
            seen += 1;
        }
    }
    assert!(seen >= 5, "the run with an explicit W_KQ was lost from the file");
}

/// The oracle is itself held to the vectors.
#[test]
fn the_oracle_follows_the_independent_program() {
    let vectors = Vectors::committed();
    for run in vectors.population.iter().chain(&vectors.samples) {
        let mut model = model(run);
        let (teacher, mut student) = (model.oracle_teacher(), model.oracle_student());
        let mut steps = 0;
        for checkpoint in &run.checkpoints {
            while steps < checkpoint.step {
                let gradient = if run.batches.is_empty() {
                    oracle::d_excess_loss(&teacher, &student)
                } else {
                    oracle_batch_gradient(run, steps, &teacher, &student)
                };
                oracle::descend(&mut student, &gradient, run.rate, run.attention_rate);
                steps += 1;
            }
            check(run, checkpoint, "W", &student.value.concat(), &checkpoint.value.concat());
            check(run, checkpoint, "A", &student.logits.concat(), &checkpoint.logits.concat());
            if let Some(expected) = checkpoint.excess_loss {
                let found = oracle::excess_loss(&teacher, &student);
                check(run, checkpoint, "the loss", &[found], &[expected]);
            } else {
                let pairs: Vec<_> = run.batches.iter().flatten().collect();
                let losses = pairs.iter().map(|p| oracle::sample_loss(teacher.slope, &student, &p.input, &p.output));
                let found = losses.sum::<f64>() / pairs.len() as f64;
                check(run, checkpoint, "the loss", &[found], &[checkpoint.loss.unwrap()]);
            }
        }
    }
}

fn oracle_batch_gradient(
    run: &Run,
    steps: u64,
    teacher: &oracle::Teacher,
    student: &oracle::Student,
) -> oracle::Student {
    let batch = &run.batches[steps as usize % run.batches.len()];
    let shape = run.shape();
    let mut mean = oracle::Student {
        value: oracle::zeros(shape.filters(), shape.features()),
        logits: oracle::zeros(shape.outputs(), shape.tokens()),
    };
    for sample in batch {
        let gradient = oracle::d_sample_loss(teacher.slope, student, &sample.input, &sample.output);
        // A descent of rate -1/n on a matrix of sums adds an n-th of the gradient; the logits' rate is per token.
        let share = -1.0 / batch.len() as f64;
        oracle::descend(&mut mean, &gradient, share, share * shape.tokens() as f64);
    }
    mean
}
