//! Counts the instructions of a pair of one's own and of an exact step for 5 to 20 tokens, sizes in types, so that sizes that are dear
//! for what they do stand out. Prints rows of a table.
//!
//! Leaves with status 1 when a step is refused.
#![no_std]
#![no_main]

#[path = "../clock.rs"]
mod clock;

use clock::Clock;
use semihosting::{println, process};
use tutee::activation::Activation;
use tutee::gradient::population::{Population, PopulationScratch};
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::input::SampleStream;
use tutee::matrix::Matrix;
use tutee::step::Descent;
use tutee::student::Student;
use tutee::teacher::family::unit_filters;
use tutee::teacher::{Teacher, graph};
use tutee::training::Training;

const FILTERS: usize = 2;
const FEATURES: usize = 4;
const STEPS: u16 = 20;
const BATCH: u16 = 4;
const RATE: f32 = 0.05;

/// Instructions of a pair, its share of the step included.
#[inline(never)]
fn pair<const TOKENS: usize>(clock: &mut Clock) -> Option<u32> {
    let mut student = Student::<f32, FILTERS, FEATURES, TOKENS, TOKENS>::ZERO;
    let mut scratch = SampleScratch::<f32, FILTERS, FEATURES, TOKENS, TOKENS>::ZERO;
    let (mut x, mut y) = ([[0.0; FEATURES]; TOKENS], [[0.0; FILTERS]; TOKENS]);
    let mut numbers = SampleStream::new(1).sample();
    numbers.gaussian_fill(x.as_flattened_mut());
    numbers.gaussian_fill(y.as_flattened_mut());
    let mut samples = Samples::of(&mut student, Activation::Relu, &mut scratch).ok()?;
    let (descent, mut done) = (Descent::new(RATE), Ok(()));
    let counted = clock.instructions(|| {
        done = (0..STEPS).try_for_each(|_| {
            (0..BATCH).try_for_each(|_| samples.accumulate(x.as_flattened(), y.as_flattened()))?;
            samples.step(&descent)
        });
    });
    done.ok()?;
    Some(counted? / u32::from(STEPS * BATCH))
}

/// Instructions of a step along the exact gradient.
#[inline(never)]
fn exact<const TOKENS: usize>(clock: &mut Clock) -> Option<u32> {
    let mut student = Student::<f32, FILTERS, FEATURES, TOKENS, TOKENS>::ZERO;
    let mut scratch = PopulationScratch::<f32, FILTERS, TOKENS, TOKENS>::ZERO;
    let mut teacher = Teacher::<f32, FILTERS, FEATURES, TOKENS, TOKENS>::ZERO;
    let mut value = [[0.0; FEATURES]; FILTERS];
    unit_filters(value.as_flattened_mut(), FEATURES, &mut SampleStream::new(1).sample());
    teacher.fill(Activation::Relu, &Matrix::from_rows(value), |mixing| graph::cycle(mixing, 1)).ok()?;
    let mut training = Population::of(&mut student, &teacher, &mut scratch);
    let (descent, mut done) = (Descent::new(RATE), Ok(()));
    let counted = clock.instructions(|| {
        done = (0..STEPS).try_for_each(|_| training.step(&descent));
    });
    done.ok()?;
    Some(counted? / u32::from(STEPS))
}

/// Prints the row of one size.
fn row<const TOKENS: usize>(clock: &mut Clock) -> Option<()> {
    let (pair, exact) = (pair::<TOKENS>(clock)?, exact::<TOKENS>(clock)?);
    // Of a pair: W X and its gradient, and the three products with the attention.
    let products = FILTERS * TOKENS * (2 * FEATURES + 3 * TOKENS);
    println!(
        "| {TOKENS} | {pair} | {:.2} | {exact} | {:.1} |",
        pair as f32 / products as f32,
        exact as f32 / (TOKENS * TOKENS) as f32
    );
    Some(())
}

fn rows(clock: &mut Clock) -> Option<()> {
    row::<5>(clock)?;
    row::<6>(clock)?;
    row::<7>(clock)?;
    row::<8>(clock)?;
    row::<9>(clock)?;
    row::<10>(clock)?;
    row::<11>(clock)?;
    row::<12>(clock)?;
    row::<13>(clock)?;
    row::<14>(clock)?;
    row::<15>(clock)?;
    row::<16>(clock)?;
    row::<17>(clock)?;
    row::<18>(clock)?;
    row::<19>(clock)?;
    row::<20>(clock)
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let done = Clock::take().and_then(|mut clock| rows(&mut clock));
    process::exit(if done.is_some() { 0 } else { 1 })
}
