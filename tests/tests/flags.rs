//! Ordinary numbers raise no floating-point exception but that a result was rounded: neither invalid nor division by zero nor
//! overflow, at any level of vector registers. (A host program may trap these, and then a quotient of two lanes that nothing
//! stands in would end it.)
#![cfg(all(target_arch = "x86_64", not(miri)))]

use std::arch::asm;

use tutee::activation::Activation;
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_len, online_scratch_wide_len};
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len, sample_scratch_wide_len};
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::recovery::out_of_distribution::{TestSet, test_excess, test_scratch_len, test_scratch_wide_len};
use tutee::recovery::recovery;
use tutee::snapshot::{load, save, snapshot_len};
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::training::{Measured, Training};
use tutee::vector::Level;
use tutee::{Scalar, Shape};

/// Of the control and status register of the SSE unit.
const INVALID: u32 = 1;
const DIVISION_BY_ZERO: u32 = 4;
const OVERFLOW: u32 = 8;
const ALL_FLAGS: u32 = 0x3F;

fn status() -> u32 {
    let mut status = 0_u32;
    // SAFETY: stores the register where the pointer says.
    unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut status) };
    status
}

/// What `work` raises of the three.
fn raised(work: impl FnOnce()) -> u32 {
    let cleared = status() & !ALL_FLAGS;
    // SAFETY: the register is as it was, but for the flags.
    unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const cleared) };
    work();
    status() & (INVALID | DIVISION_BY_ZERO | OVERFLOW)
}

/// M, d, D, J: full registers, parts of them, and rows of blocks that are not full.
const SHAPES: [[usize; 4]; 8] = [
    [1, 1, 1, 1],
    [2, 8, 16, 16],
    [3, 7, 17, 15],
    [4, 16, 32, 33],
    [1, 4, 8, 3],
    [5, 9, 33, 31],
    [6, 3, 4, 20],
    [8, 5, 64, 17],
];

const INPUTS: [Input<f64>; 8] = [
    Input::Gaussian,
    Input::Exponential,
    Input::Uniform,
    Input::Laplace,
    Input::StudentT { degrees_of_freedom: 3 },
    Input::Correlated { correlation: 0.5 },
    Input::Shifted { mean: 1.0 },
    Input::Gumbel,
];

/// A mixing whose rows weigh few tokens, many, or none.
fn mixing<T: Scalar>(tokens: usize, outputs: usize) -> Vec<T> {
    let mut mixing = vec![T::ZERO; tokens * outputs];
    for (j, row) in mixing.chunks_mut(tokens).enumerate() {
        let (first, count) = ((j * 5) % tokens, [3, 1, tokens, 0][j % 4]);
        let count = count.min(tokens - first);
        row[first..first + count].fill(T::ONE / T::from_usize(count.max(1)));
    }
    mixing
}

/// Everything that is done in one shape; with as much memory as makes for speed, or with little.
fn everything<T: Scalar>(
    sizes: [usize; 4],
    activation: Activation<T>,
    wide: bool,
    logit: T,
    check: &dyn Fn(&str, u32),
) {
    let [filters, features, tokens, outputs] = sizes;
    let shape = Shape::new(filters, features, tokens, outputs).unwrap();
    let len = |narrow: fn(Shape) -> usize, all: fn(Shape) -> usize| if wide { all(shape) } else { narrow(shape) };
    let mut value = vec![T::ZERO; shape.value_len()];
    SampleStream::new(9).sample().gaussian_fill(&mut value);
    let mixing = mixing(tokens, outputs);
    let teacher = TeacherView::new(shape, activation, &value, &mixing).unwrap();
    let descent = Descent::new(T::from_f64(0.01));
    let (mut memory, mut steps) = (vec![T::ZERO; student_len(shape)], 0);
    let mut student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
    student.set_logits(&vec![logit; shape.mixing_len()]).unwrap();

    let mut scratch = vec![T::ZERO; population_scratch_len(shape)];
    let flags = raised(|| {
        let scratch = PopulationScratchViewMut::new(shape, &mut scratch).unwrap();
        let mut population = Population::new(student.reborrow(), teacher, scratch).unwrap();
        for step in 0..4 {
            population.step(&Descent { compensated: step != 1, ..descent }).unwrap();
            population.measure();
        }
        let (mut d_value, mut d_logits) = (vec![T::ZERO; shape.value_len()], vec![T::ZERO; shape.mixing_len()]);
        population.gradient(&mut d_value, &mut d_logits).unwrap();
    });
    check("exact", flags);

    let (mut x, mut y) = (vec![T::ZERO; 3 * shape.input_len()], vec![T::ZERO; 3 * shape.output_len()]);
    SampleStream::new(4).sample().gaussian_fill(&mut x);
    SampleStream::new(5).sample().gaussian_fill(&mut y);
    let (mut scratch, mut batch_loss) =
        (vec![T::ZERO; len(sample_scratch_len, sample_scratch_wide_len)], BatchLoss::ZERO);
    let flags = raised(|| {
        let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
        let mut samples = Samples::new(student.reborrow(), activation, scratch).unwrap();
        for _ in 0..2 {
            samples.accumulate_many(2, &x[..2 * shape.input_len()], &y[..2 * shape.output_len()]).unwrap();
            samples.accumulate(&x[2 * shape.input_len()..], &y[2 * shape.output_len()..]).unwrap();
            samples.step(&descent).unwrap();
        }
    });
    check("own pairs", flags);

    for drawn in INPUTS {
        let (mut scratch, mut batch_loss) =
            (vec![T::ZERO; len(online_scratch_len, online_scratch_wide_len)], BatchLoss::ZERO);
        let noise = LabelNoise { mean: T::HALF, standard_deviation: T::HALF };
        let source = Source { input: drawn.cast(), noise, ..Source::gaussian(1, 3) };
        let flags = raised(|| {
            let scratch = OnlineScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
            let mut online = Online::new(student.reborrow(), teacher, source, scratch).unwrap();
            for _ in 0..2 {
                online.step(&Descent::new(T::from_f64(1e-4))).unwrap();
            }
        });
        check(&format!("online, {drawn:?}"), flags);
        let mut scratch = vec![T::ZERO; len(test_scratch_len, test_scratch_wide_len)];
        let test = TestSet { input: drawn.cast(), seed: 3, samples: 9, noise_mean: T::HALF };
        let flags = raised(|| _ = test_excess(student.view(), teacher, &test, &mut scratch).unwrap());
        check(&format!("test, {drawn:?}"), flags);
    }

    let (mut row, mut bytes) = (vec![T::ZERO; tokens], vec![0; snapshot_len::<T>(shape)]);
    let flags = raised(|| {
        recovery(student.view(), teacher, &mut row).unwrap();
        save(student.view(), None, &mut bytes).unwrap();
        load(&bytes, &mut student).unwrap();
    });
    check("recovery and snapshot", flags);
}

fn no_flags<T: Scalar>(level: Level) {
    for sizes in SHAPES {
        for activation in [Activation::Relu, Activation::LeakyRelu(T::from_f64(0.1)), Activation::Identity] {
            for (wide, logit) in [(false, 0.0), (true, 0.0), (true, -1000.0)] {
                everything(sizes, activation, wide, T::from_f64(logit), &|what, flags| {
                    assert_eq!(flags, 0, "f{}, {level:?}, {sizes:?}, {activation:?}, {logit}: {what}", T::BITS);
                });
            }
        }
    }
}

/// One test and not several, because the level is the whole program's.
#[test]
fn ordinary_numbers_raise_no_flag() {
    let zero = std::hint::black_box(0.0_f64);
    assert_eq!(raised(|| _ = std::hint::black_box(zero / zero)), INVALID, "flags are seen");
    assert_eq!(raised(|| _ = std::hint::black_box(1.0 / zero)), DIVISION_BY_ZERO, "flags are seen");
    let best = Level::best();
    for level in Level::ALL.into_iter().filter(|&level| level <= best) {
        level.limit();
        no_flags::<f32>(level);
        no_flags::<f64>(level);
    }
    assert!(best > Level::Baseline || std::env::var_os("CI").is_none(), "nothing was tried with wide registers");
}
