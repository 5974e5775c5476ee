//! Learns from pairs that something else produced, with sizes that are known at run time: a simulated row of stations, of
//! which each answers with the mean of its own and the next station's readings, weighed by a hidden filter.
//!
//! `cargo run --release -p tutee --example own_pairs`

use tutee::activation::Activation;
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_wide_len};
use tutee::input::SampleStream;
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::{Error, Shape};

const STATIONS: usize = 6;
const READINGS: usize = 3;
const HIDDEN: [f64; READINGS] = [0.8, -0.5, 0.3];
/// Pairs in a batch.
const PAIRS: usize = 64;

/// What the library is not told: how the stations answer.
fn simulate(readings: &[f64], answers: &mut [f64]) {
    let weighed: Vec<f64> = readings.chunks(READINGS).map(|x| x.iter().zip(HIDDEN).map(|(x, v)| x * v).sum()).collect();
    for (station, answer) in answers.iter_mut().enumerate() {
        *answer = (weighed[station] + weighed[(station + 1) % STATIONS]) / 2.0;
    }
}

fn main() -> Result<(), Error> {
    let shape = Shape::new(1, READINGS, STATIONS, STATIONS)?;
    let (mut memory, mut steps) = (vec![0.0; student_len(shape)], 0);
    let student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
    let (mut scratch, mut batch_loss) = (vec![0.0; sample_scratch_wide_len(shape)], BatchLoss::ZERO);
    let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
    let mut samples = Samples::new(student, Activation::Identity, scratch)?;

    let mut rng = SampleStream::new(7).sample();
    let mut readings = vec![0.0; PAIRS * shape.input_len()];
    let mut answers = vec![0.0; PAIRS * shape.output_len()];
    let descent = Descent::new(0.15).with_attention_rate(3.0);
    for batch in 1..=2_000 {
        rng.gaussian_fill(&mut readings);
        for (x, y) in readings.chunks(shape.input_len()).zip(answers.chunks_mut(shape.output_len())) {
            simulate(x, y);
        }
        samples.accumulate_many(PAIRS, &readings, &answers)?;
        if [1, 10, 100, 1_000, 2_000].contains(&batch) {
            println!("batch {batch:>5}  mean loss {:.3e}", samples.batch_loss().mean_loss().unwrap_or(0.0));
        }
        samples.step(&descent)?;
    }

    let student = samples.student();
    println!("filter found {:.3?}, hidden {HIDDEN:.3?}", student.value());
    let mut attention = vec![0.0; shape.mixing_len()];
    student.attention(&mut attention)?;
    for (station, row) in attention.chunks(STATIONS).enumerate() {
        let heard: Vec<usize> = (0..STATIONS).filter(|&other| row[other] > 0.25).collect();
        println!("station {station} answers from {heard:?}");
    }
    Ok(())
}
