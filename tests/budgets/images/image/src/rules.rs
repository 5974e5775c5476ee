//! Every step rule, with the exact gradient, from pairs and on samples that are drawn; and what a rule keeps, saved and loaded.

use core::hint::black_box;

use tutee::activation::Activation;
use tutee::digest::Digest;
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_len};
use tutee::gradient::population::{PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::ruled::{RuledPopulation, ruled_scratch_len};
use tutee::gradient::ruled_online::RuledOnline;
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::snapshot::{Context, load_ruled, ruled_snapshot_len, save_ruled};
use tutee::step::{Descent, Rule, RuleKind, RuleState, Rules, ValueRule};
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::training::{Measured, Training};
use tutee::{Error, Scalar, Shape};

const SHAPE: Shape = match Shape::new(1, 2, 4, 3) {
    Ok(shape) => shape,
    Err(_) => panic!("sizes"),
};
const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}
const SCRATCH: usize =
    larger(larger(population_scratch_len(SHAPE), online_scratch_len(SHAPE)), sample_scratch_len(SHAPE));
const SNAPSHOT: usize = ruled_snapshot_len::<f64>(SHAPE, RuleKind::Adam);

/// What rules of one precision take.
pub struct Ruled<T> {
    student: [T; student_len(SHAPE)],
    scratch: [T; SCRATCH],
    kept: [T; RuleKind::Adam.state_len(SHAPE)],
    memory: [T; ruled_scratch_len(SHAPE)],
    bytes: [u8; SNAPSHOT],
}

impl<T: Scalar> Ruled<T> {
    /// Nothing yet.
    pub const ZERO: Self = Self {
        student: [T::ZERO; student_len(SHAPE)],
        scratch: [T::ZERO; SCRATCH],
        kept: [T::ZERO; RuleKind::Adam.state_len(SHAPE)],
        memory: [T::ZERO; ruled_scratch_len(SHAPE)],
        bytes: [0; SNAPSHOT],
    };
}

/// A step by every rule in every way.
///
/// # Errors
/// What the library refuses, which is nothing here.
pub fn rules<T: Scalar>(place: &mut Ruled<T>, digest: &mut Digest) -> Result<(), Error> {
    let Ruled { student, scratch, kept, memory, bytes } = place;
    let numbers = |i: usize| T::from_f64(0.5 + i as f64 / 8.0);
    let (value, mixing): ([T; 2], [T; 12]) = (core::array::from_fn(numbers), black_box([T::HALF * T::HALF; 12]));
    let teacher = TeacherView::new(SHAPE, Activation::Relu, &value, &mixing)?;
    let (descent, small) = (Descent::new(T::from_f64(0.125)), T::from_f64(0.0625));
    let all = [
        Rule::GradientDescent,
        Rule::Mirror,
        Rule::Normalised { length: small },
        Rule::Polyak { theta: T::ONE },
        Rule::Adam,
    ];
    for attention in all {
        let attention = black_box(attention);
        let (kind, len) = (attention.kind(), attention.state_len(SHAPE));
        let kept = kept.get_mut(..len).unwrap_or_default();
        kept.fill(T::ZERO);
        let mut steps = 0;
        student.fill(T::ZERO);
        for value in [ValueRule::GradientDescent, ValueRule::Projected] {
            let rules = Rules { attention, value: black_box(value) };
            let student = StudentViewMut::new(SHAPE, student, &mut steps)?;
            let terms = scratch.get_mut(..population_scratch_len(SHAPE)).unwrap_or_default();
            let terms = PopulationScratchViewMut::new(SHAPE, terms)?;
            let mut training = RuledPopulation::new(student, teacher, terms, rules, kept, memory)?;
            training.step(&descent)?;
            digest.scalars(&[training.measure().excess_loss, training.length_limit(small).unwrap_or(T::ZERO)]);
        }
        if kind == RuleKind::Polyak {
            continue;
        }
        let mut batch_loss = BatchLoss::ZERO;
        {
            let student = StudentViewMut::new(SHAPE, student, &mut steps)?;
            let scratch = SampleScratchViewMut::new(SHAPE, scratch, &mut batch_loss)?;
            let mut samples = Samples::new(student, Activation::Relu, scratch)?;
            samples.accumulate(&[numbers(1); 8], &[numbers(2); 3])?;
            samples.step_by(&descent, &mut RuleState::new(SHAPE, attention, kept)?)?;
        }
        let student_view = StudentViewMut::new(SHAPE, student, &mut steps)?;
        let scratch = OnlineScratchViewMut::new(SHAPE, scratch, &mut batch_loss)?;
        let online = Online::new(student_view, teacher, Source::gaussian(black_box(3), 2), scratch)?;
        let mut training = RuledOnline::new(online, RuleState::new(SHAPE, attention, kept)?)?;
        training.step(&descent)?;
        digest.scalars(&[training.measure().excess_loss]);
        let context = Context { stream: Some(training.stream()), activation: Some(Activation::Relu) };
        let mut view = StudentViewMut::new(SHAPE, student, &mut steps)?;
        let bytes = bytes.get_mut(..ruled_snapshot_len::<T>(SHAPE, kind)).unwrap_or_default();
        save_ruled(view.view(), &context, (kind, kept), bytes)?;
        load_ruled(bytes, &mut view, kind, kept)?;
        digest.scalars(view.view().logits());
        digest.scalars(kept);
    }
    Ok(())
}
