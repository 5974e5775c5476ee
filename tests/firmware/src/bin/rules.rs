//! Step rules on the chip: eight sensors in a ring are learned from pairs, as `smallest` learns them, with the attention moved by
//! gradient descent and by every rule that steps from pairs alone. Says of each where it ends and what a sample costs, its share of the
//! step included, and fails when a rule is not ahead of descent, or a sample costs more than its bound. Then a teacher that the chip has
//! is learned along the exact gradient, by Polyak's steps with values that are solved for: to the end of single precision.
#![no_std]
#![no_main]

// Brings what `take` needs on a Cortex-M0.
#[cfg(target_arch = "arm")]
use cortex_m as _;
use semihosting::{println, process};
use static_cell::ConstStaticCell;
use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::population::{PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::ruled::{RuledPopulation, ruled_scratch_len};
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::step::{Descent, Rule, RuleKind, RuleState, Rules, ValueRule};
use tutee::student::Student;
use tutee::teacher::TeacherView;
use tutee::training::{Measured, Training};
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

/// Steps along the exact gradient, and what is left of the excess loss by then.
const EXACT_STEPS: u32 = 40;
const LEFT: f32 = 1e-11;
/// The most instructions of such a step.
const EXACT_BOUND: u64 = match (cfg!(float_unit), cfg!(target_arch = "arm")) {
    (true, true) => 48_000,
    (true, false) => 60_000,
    (false, _) => 1_500_000,
};

const SHAPE: Shape = match Shape::new(2, 4, 8, 8) {
    Ok(shape) => shape,
    Err(_) => panic!("sizes"),
};
const KEPT: usize = RuleKind::Adam.state_len(SHAPE);

static STUDENT: ConstStaticCell<Student<f32, 2, 4, 8, 8>> = ConstStaticCell::new(Student::ZERO);
static SCRATCH: ConstStaticCell<SampleScratch<f32, 2, 4, 8, 8>> = ConstStaticCell::new(SampleScratch::ZERO);
static MOMENTS: ConstStaticCell<[f32; KEPT]> = ConstStaticCell::new([0.0; KEPT]);

static TERMS: ConstStaticCell<[f32; population_scratch_len(SHAPE)]> =
    ConstStaticCell::new([0.0; population_scratch_len(SHAPE)]);
static WORK: ConstStaticCell<[f32; ruled_scratch_len(SHAPE)]> = ConstStaticCell::new([0.0; ruled_scratch_len(SHAPE)]);

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
    let (terms, work) = (TERMS.take(), WORK.take());
    let (learned, cost) = machine.measure(|| learn_exactly(student, terms, work));
    match learned {
        Ok(Learned { loss, digest }) => {
            let step = cost.instructions / u64::from(EXACT_STEPS);
            println!(
                "polyak, projected: {EXACT_STEPS} exact steps leave {loss:.1e} of the excess, digest {digest:016x}"
            );
            println!("| {step} instructions a step, {} bytes of stack", cost.stack);
            well &= loss <= LEFT && step <= EXACT_BOUND;
        }
        Err(refused) => {
            println!("polyak, projected: {refused}");
            process::exit(1)
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

/// Trains from zero by the exact gradient, towards filters and neighbours that [`sample`] has; the part of the excess loss that is left.
#[inline(never)]
fn learn_exactly(
    student: &mut Student<f32, 2, 4, 8, 8>,
    terms: &mut [f32],
    work: &mut [f32],
) -> Result<Learned, Error> {
    student.reset();
    let value = [0.5, -0.5, 0.5, 0.5, 0.8, 0.0, 0.0, 0.6];
    let mut mixing = [[0.0; 8]; 8];
    for (place, row) in mixing.iter_mut().enumerate() {
        for neighbour in [place + 7, place, place + 1] {
            row[neighbour % 8] = 1.0 / 3.0;
        }
    }
    let teacher = TeacherView::new(SHAPE, Activation::Relu, &value, mixing.as_flattened())?;
    let rules = Rules { attention: Rule::Polyak { theta: 1.0 }, value: ValueRule::Projected };
    let terms = PopulationScratchViewMut::new(SHAPE, terms)?;
    let mut training = RuledPopulation::new(student.view_mut(), teacher, terms, rules, &mut [], work)?;
    let (descent, first) = (Descent::new(0.3), training.measure().excess_loss);
    for _ in 0..EXACT_STEPS {
        training.step(&descent)?;
    }
    Ok(Learned { loss: training.measure().excess_loss / first, digest: digest(training.student()) })
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
