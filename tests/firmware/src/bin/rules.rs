//! Step rules on the chip: eight sensors in a ring are learned from pairs, as `smallest` learns them, with the attention moved by
//! gradient descent and by every rule that steps from samples. Says of each where it ends and what a sample costs, its share of the
//! step included, and fails when a rule is not ahead of descent, or a sample costs more than its bound.
#![no_std]
#![no_main]

// Brings what `take` needs on a Cortex-M0.
#[cfg(target_arch = "arm")]
use cortex_m as _;
use semihosting::{println, process};
use static_cell::ConstStaticCell;
use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::step::{Descent, Rule, RuleKind, RuleState};
use tutee::student::Student;
use tutee::{Error, Shape};

#[path = "../machine/mod.rs"]
mod machine;

use machine::Machine;

const BATCHES: u32 = 150;
const BATCH: u32 = 4;
/// The most instructions of a sample: with single precision in hardware, and without.
const BOUND: u64 = match (cfg!(float_unit), cfg!(target_arch = "arm")) {
    (true, true) => 14_000,
    (true, false) => 18_000,
    (false, _) => 400_000,
};
const RULES: [(&str, Rule<f32>); 4] = [
    ("descent", Rule::GradientDescent),
    ("mirror", Rule::Mirror),
    ("normalised", Rule::Normalised { length: 0.05 }),
    ("adam", Rule::Adam),
];

const SHAPE: Shape = match Shape::new(2, 4, 8, 8) {
    Ok(shape) => shape,
    Err(_) => panic!("sizes"),
};
const KEPT: usize = RuleKind::Adam.state_len(SHAPE);

static STUDENT: ConstStaticCell<Student<f32, 2, 4, 8, 8>> = ConstStaticCell::new(Student::ZERO);
static SCRATCH: ConstStaticCell<SampleScratch<f32, 2, 4, 8, 8>> = ConstStaticCell::new(SampleScratch::ZERO);
static MOMENTS: ConstStaticCell<[f32; KEPT]> = ConstStaticCell::new([0.0; KEPT]);

/// What a rule came to.
struct Learned {
    loss: f32,
    digest: u64,
}

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let mut machine = Machine::take();
    let (student, scratch, kept) = (STUDENT.take(), SCRATCH.take(), MOMENTS.take());
    let (mut well, mut by_descent) = (true, f32::INFINITY);
    for (name, rule) in RULES {
        let (learned, cost) = machine.measure(|| learn(rule, student, scratch, kept));
        match learned {
            Ok(Learned { loss, digest }) => {
                let sample = cost.instructions / u64::from(BATCHES * BATCH);
                println!("{name}: loss of the last batches {loss:.5}, digest {digest:016x}");
                println!("| {sample} instructions a sample, {} bytes of stack", cost.stack);
                well &= loss < by_descent && sample <= BOUND;
                by_descent = if by_descent == f32::INFINITY { 0.7 * loss } else { by_descent };
            }
            Err(refused) => {
                println!("{name}: {refused}");
                process::exit(1)
            }
        }
    }
    println!(
        "| deepest stack: {} bytes; searched: {}; all statics: {}",
        machine.deepest_stack(),
        machine::capacity(),
        machine::static_memory()
    );
    process::exit(if well { 0 } else { 1 })
}

/// Trains from zero; the mean loss of the last ten batches.
fn learn(
    rule: Rule<f32>,
    student: &mut Student<f32, 2, 4, 8, 8>,
    scratch: &mut SampleScratch<f32, 2, 4, 8, 8>,
    kept: &mut [f32; KEPT],
) -> Result<Learned, Error> {
    student.reset();
    kept.fill(0.0);
    let kept = kept.get_mut(..rule.state_len(SHAPE)).unwrap_or_default();
    let mut rule = RuleState::new(SHAPE, rule, kept)?;
    let mut samples = Samples::of(student, Activation::Relu, scratch)?;
    let (descent, mut state, mut loss) = (Descent::new(0.3), 1, 0.0);
    for batch in 0..BATCHES {
        for _ in 0..BATCH {
            let (x, y) = sample(&mut state);
            samples.accumulate(x.as_flattened(), y.as_flattened())?;
        }
        if batch + 10 >= BATCHES {
            loss += samples.batch_loss().mean_loss().unwrap_or(0.0) / 10.0;
        }
        samples.step_by(&descent, &mut rule)?;
    }
    Ok(Learned { loss, digest: digest(samples.student()) })
}

/// In place of sensors: readings, and responses that are those of a sensor and its neighbours together.
fn sample(state: &mut u32) -> ([[f32; 4]; 8], [[f32; 2]; 8]) {
    let (mut readings, mut responses) = ([[0.0; 4]; 8], [[0.0; 2]; 8]);
    for reading in readings.as_flattened_mut() {
        // Marsaglia's xorshift, and noise between -1.7 and 1.7: of variance 1.
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        *reading = ((*state >> 8) as f32 / 8_388_608.0 - 1.0) * 1.7;
    }
    for (place, response) in responses.iter_mut().enumerate() {
        for neighbour in [place + 7, place, place + 1] {
            let [a, b, c, d] = readings[neighbour % 8];
            response[0] += (0.5 * a - 0.5 * b + 0.5 * c + 0.5 * d) / 3.0;
            response[1] += (0.8 * a + 0.6 * d) / 3.0;
        }
        for r in response {
            *r = if *r > 0.0 { *r } else { 0.0 };
        }
    }
    (readings, responses)
}
