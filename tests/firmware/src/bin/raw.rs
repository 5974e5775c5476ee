//! Raw counts of a 12-bit converter on the chip: eight sensors in a ring, whose readings drift slowly and have an offset each, are learned as
//! they come, by default settings. Says what is left of the answers' variance in pairs that were held out, and what standardiser and
//! rates from the data cost in bytes and instructions, beside the plain steps of `smallest` on numbers that a person has
//! centred and scaled, at rates that a person has chosen. Fails when more is left than a thousandth, or a sample costs more than its bound.
#![no_std]
#![no_main]

// Brings what `take` needs on a Cortex-M0.
#[cfg(target_arch = "arm")]
use cortex_m as _;
use semihosting::{println, process};
use static_cell::ConstStaticCell;
use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::raw_samples::{RawDescent, RawSamples, RawScratch};
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::readings::{Centre, Preparation, Standardizer};
use tutee::step::Descent;
use tutee::student::Student;
use tutee::{Error, Shape};

#[path = "../machine/mod.rs"]
mod machine;

use machine::Machine;

const OBSERVED: u32 = 200;
const BATCHES: u32 = 8000;
const BATCH: u32 = 4;
const HELD_OUT: u32 = 100;
/// Of the answers' variance, after training.
const LEFT: f32 = 1e-3;
/// The most instructions of a sample, with single precision in hardware; without, 32,000 samples take too long to wait for.
const BOUND: u64 = if cfg!(target_arch = "arm") { 12_000 } else { 16_000 };

const READINGS: Shape = match Shape::new(1, 1, 8, 8) {
    Ok(shape) => shape,
    Err(_) => panic!("sizes"),
};

type Pupil = Student<f32, 1, 1, 8, 8>;
type Samplings = SampleScratch<f32, 1, 1, 8, 8>;
type Known = Standardizer<f32, 1, 1, 8, 8>;
type Beside = RawScratch<f32, 1, 1, 8, 8>;

static STUDENT: ConstStaticCell<Pupil> = ConstStaticCell::new(Pupil::ZERO);
static SCRATCH: ConstStaticCell<Samplings> = ConstStaticCell::new(Samplings::ZERO);
static STANDARDIZER: ConstStaticCell<Known> = ConstStaticCell::new(Known::ZERO);
static RAW: ConstStaticCell<Beside> = ConstStaticCell::new(Beside::ZERO);

/// What a training came to: the share of the answers' variance that is left, and the student.
struct Learned {
    left: f32,
    digest: u64,
}

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let mut machine = Machine::take();
    let (student, scratch, known, beside) = (STUDENT.take(), SCRATCH.take(), STANDARDIZER.take(), RAW.take());
    let (plain, plain_cost) = machine.measure(|| by_hand(student, scratch));
    let (looked, look_cost) = machine.measure(|| observe(known));
    let (raw, raw_cost) = machine.measure(|| from_counts(student, scratch, known, beside));
    let (Ok(plain), Ok(()), Ok(raw)) = (plain, looked, raw) else {
        println!("refused");
        process::exit(1)
    };
    let bytes = [size_of::<Pupil>() + size_of::<Samplings>(), size_of::<Known>() + size_of::<Beside>()];
    let samples = u64::from(BATCHES * BATCH);
    let sample = |instructions: u64| instructions / samples;
    println!("by hand: left of the variance {:.1e}, digest {:016x}", plain.left, plain.digest);
    println!(
        "| {} bytes; {} instructions a sample, {} of stack",
        bytes[0],
        sample(plain_cost.instructions),
        plain_cost.stack
    );
    println!("raw counts: left of the variance {:.1e}, digest {:016x}", raw.left, raw.digest);
    println!(
        "| {} bytes more; {} instructions a sample, {} of stack",
        bytes[1],
        sample(raw_cost.instructions),
        raw_cost.stack
    );
    println!("| {} instructions a pair that is looked at", look_cost.instructions / u64::from(OBSERVED));
    println!(
        "| deepest stack: {} bytes; searched: {}; all statics: {}",
        machine.deepest_stack(),
        machine::capacity(),
        machine::static_memory()
    );
    process::exit(if raw.left < LEFT && sample(raw_cost.instructions) <= BOUND { 0 } else { 1 })
}

/// Means and scales from the first counts.
fn observe(known: &mut Known) -> Result<(), Error> {
    let (mut plant, mut standardizer) = (Plant::START, known.view_mut());
    for _ in 0..OBSERVED {
        let (x, y) = plant.counts();
        standardizer.observe(READINGS, Centre::Token, &x, &y)?;
    }
    Ok(())
}

/// Trains from zero on counts as they come.
fn from_counts(
    student: &mut Pupil,
    scratch: &mut Samplings,
    known: &mut Known,
    beside: &mut Beside,
) -> Result<Learned, Error> {
    student.reset();
    let samples = Samples::of(student, Activation::Identity, scratch)?;
    let mut training = RawSamples::new(READINGS, Preparation::NONE, known.view_mut(), samples, beside.view_mut())?;
    let (mut plant, descent) = (Plant::START, RawDescent::default());
    for _ in 0..BATCHES {
        for _ in 0..BATCH {
            let (x, y) = plant.counts();
            training.accumulate(&x, &y)?;
        }
        training.step(&descent)?;
    }
    let (mut loss, mut nothing) = (0.0, 0.0);
    for _ in 0..HELD_OUT {
        let (x, y) = plant.counts();
        let cost = training.cost(&x, &y)?;
        (loss, nothing) = (loss + cost.loss, nothing + cost.nothing);
    }
    Ok(Learned { left: loss / nothing, digest: digest(training.student()) })
}

/// Trains from zero on counts that a person has centred and scaled, who knows the offsets.
fn by_hand(student: &mut Pupil, scratch: &mut Samplings) -> Result<Learned, Error> {
    student.reset();
    let mut training = Samples::of(student, Activation::Identity, scratch)?;
    let (mut plant, descent) = (Plant::START, Descent::new(0.05).with_attention_rate(1.6));
    let centred = |plant: &mut Plant| {
        let (mut x, mut y) = plant.counts();
        for (sensor, (x, y)) in x.iter_mut().zip(&mut y).enumerate() {
            let offset = OFFSETS[sensor % 8];
            (*x, *y) = ((*x - offset) / 270.0, (*y - 0.7 * offset - 200.0) / 120.0);
        }
        (x, y)
    };
    for _ in 0..BATCHES {
        for _ in 0..BATCH {
            let (x, y) = centred(&mut plant);
            training.accumulate(&x, &y)?;
        }
        training.step(&descent)?;
    }
    let (mut loss, mut nothing) = (0.0, 0.0);
    for _ in 0..HELD_OUT {
        let (x, y) = centred(&mut plant);
        training.accumulate(&x, &y)?;
        loss += training.batch_loss().mean_loss().unwrap_or(0.0);
        training.begin();
        nothing += y.iter().map(|y| 0.5 * y * y).sum::<f32>();
    }
    Ok(Learned { left: loss / nothing, digest: digest(training.student()) })
}

/// Of each sensor, in counts.
const OFFSETS: [f32; 8] = [2048.0, 2100.0, 1990.0, 2210.0, 1880.0, 2060.0, 2150.0, 1950.0];

/// In place of sensors: eight readings that drift, and what eight others say, each the mean of its own place (half) and its neighbours'.
struct Plant {
    state: u32,
    drift: [f32; 8],
}

impl Plant {
    const START: Self = Self { state: 1, drift: [0.0; 8] };

    /// What a converter says of both: whole numbers from 0 to 4,095.
    fn counts(&mut self) -> ([f32; 8], [f32; 8]) {
        let count = |x: f32| (x.max_of(0.0).min_of(4095.0) + 0.5) as u32 as f32;
        for drift in &mut self.drift {
            // Marsaglia's xorshift.
            self.state ^= self.state << 13;
            self.state ^= self.state >> 17;
            self.state ^= self.state << 5;
            let noise = (self.state >> 8) as f32 / 8_388_608.0 - 1.0;
            *drift = 0.8 * *drift + 280.0 * noise;
        }
        let at = |place: usize| self.drift[place % 8];
        let x = core::array::from_fn(|i| count(OFFSETS[i] + at(i)));
        let mean = |i: usize| 0.5 * at(i) + 0.25 * (at(i + 1) + at(i + 7));
        let y = core::array::from_fn(|i| count(0.7 * (OFFSETS[i] + mean(i)) + 200.0));
        (x, y)
    }
}

/// Without the methods whose zero's sign differs between machines.
trait Bounded {
    fn max_of(self, other: Self) -> Self;
    fn min_of(self, other: Self) -> Self;
}

impl Bounded for f32 {
    fn max_of(self, other: Self) -> Self {
        if self > other { self } else { other }
    }
    fn min_of(self, other: Self) -> Self {
        if self < other { self } else { other }
    }
}
