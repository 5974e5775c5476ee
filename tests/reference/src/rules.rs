//! Trainings by the step rules beyond plain descent, on one task: along the exact gradient, and on batches.

use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_len, online_scratch_wide_len};
use tutee::gradient::population::{PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::ruled::{RuledPopulation, ruled_scratch_len};
use tutee::gradient::ruled_online::RuledOnline;
use tutee::input::SampleStream;
use tutee::snapshot::{Context, load_ruled, ruled_snapshot_len, save_ruled};
use tutee::step::{Descent, Rule, RuleState, Rules, ValueRule};
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::training::{Measured, Training};
use tutee::{Error, Scalar, Shape};

use crate::memory::{Part, part};
use crate::name::Name;
use crate::tasks::RULED;

/// Steps of either kind, and samples in a batch; halfway a resumed run is saved and erased.
const STEPS: u32 = 12;
const BATCH: u32 = 4;
/// Digests of all rules in one precision. A training that is refused has the digest 0, which no list holds.
pub(crate) fn all<T: Scalar>(
    precision: &str,
    memory: &mut Part<T>,
    snapshot: &mut [u8],
    entry: &mut impl FnMut(Name<'_>, u64),
) {
    let length = T::ONE / T::from_u32(20);
    let (normalised, polyak) = (Rule::Normalised { length }, Rule::Polyak { theta: T::HALF });
    let exact = [
        ("rule-projected", Rule::GradientDescent, ValueRule::Projected),
        ("rule-mirror", Rule::Mirror, ValueRule::GradientDescent),
        ("rule-normalised", normalised, ValueRule::GradientDescent),
        ("rule-polyak", polyak, ValueRule::Projected),
        ("rule-adam", Rule::Adam, ValueRule::GradientDescent),
    ];
    for (name, attention, value) in exact {
        let digest = population(Rules { attention, value }, memory);
        entry(Name([precision, name, "population"]), digest.unwrap_or_default());
    }
    for (name, attention, value) in [
        ("rule-mirror", Rule::Mirror, ValueRule::GradientDescent),
        ("rule-normalised", normalised, ValueRule::GradientDescent),
        ("rule-adam", Rule::Adam, ValueRule::GradientDescent),
        ("rule-polyak", polyak, ValueRule::Projected),
    ] {
        let rules = Rules { attention, value };
        entry(Name([precision, name, "online"]), online(rules, memory, None).unwrap_or_default());
        let resumed = online(rules, memory, Some(snapshot));
        entry(Name([precision, name, "online-resumed"]), resumed.unwrap_or_default());
    }
}

/// A task in its memory: student, its steps, and the rest.
struct Run<'m, T> {
    shape: Shape,
    teacher: TeacherView<'m, T>,
    student: &'m mut [T],
    steps: &'m mut u64,
    /// What the rule keeps.
    kept: &'m mut [T],
    scratch: &'m mut [T],
    batch_loss: &'m mut tutee::gradient::samples::BatchLoss<T>,
    descent: Descent<T>,
}

impl<'m, T: Scalar> Run<'m, T> {
    fn new(rule: Rule<T>, memory: &'m mut Part<T>) -> Result<Self, Error> {
        let shape = RULED.shape()?;
        let value = part(&mut memory.value, shape.value_len())?;
        let mixing = part(&mut memory.mixing, shape.mixing_len())?;
        RULED.fill(value, mixing)?;
        let student = part(&mut memory.student, student_len(shape))?;
        student.fill(T::ZERO);
        memory.steps = 0;
        let kept = rule.state_len(shape);
        let (kept, scratch) =
            memory.scratch.split_at_mut_checked(kept).ok_or(Error::TooLarge { what: "a reference run" })?;
        kept.fill(T::ZERO);
        Ok(Self {
            shape,
            teacher: TeacherView::new(shape, RULED.activation(), value, mixing)?,
            student,
            steps: &mut memory.steps,
            kept,
            scratch,
            batch_loss: &mut memory.batch_loss,
            descent: Descent::new(RULED.rate::<T>()).with_attention_rate(RULED.rate::<T>() * T::TWO),
        })
    }

    fn student(&mut self) -> Result<StudentViewMut<'_, T>, Error> {
        StudentViewMut::new(self.shape, self.student, self.steps)
    }
}

/// A frame of its own, as of the next: machines with little memory have room for one at a time.
#[inline(never)]
fn population<T: Scalar>(rules: Rules<T>, memory: &mut Part<T>) -> Result<u64, Error> {
    let Run { shape, teacher, student, steps, kept, scratch, descent, .. } = Run::new(rules.attention, memory)?;
    let len = population_scratch_len(shape);
    let (scratch, work) = scratch.split_at_mut_checked(len).ok_or(Error::TooLarge { what: "a reference run" })?;
    let student = StudentViewMut::new(shape, student, steps)?;
    let scratch = PopulationScratchViewMut::new(shape, scratch)?;
    let work = part(work, ruled_scratch_len(shape))?;
    let mut training = RuledPopulation::new(student, teacher, scratch, rules, kept, work)?;
    for _ in 0..STEPS {
        training.step(&descent)?;
    }
    Ok(digest(training.student()))
}

#[inline(never)]
fn online<T: Scalar>(rules: Rules<T>, memory: &mut Part<T>, mut snapshot: Option<&mut [u8]>) -> Result<u64, Error> {
    let rule = rules.attention;
    let mut run = Run::new(rule, memory)?;
    let mut stream = SampleStream::at(5, 1 << 40);
    for step in 0..STEPS {
        if let (Some(bytes), true) = (snapshot.as_deref_mut(), step == STEPS / 2) {
            let bytes = part(bytes, ruled_snapshot_len::<T>(run.shape, rule.kind()))?;
            let context = Context { stream: Some(stream), activation: None };
            let student = StudentViewMut::new(run.shape, run.student, run.steps)?;
            save_ruled(student.view(), &context, (rule.kind(), run.kept), bytes)?;
            run.student.fill(T::ZERO);
            run.kept.fill(T::ZERO);
            let mut student = StudentViewMut::new(run.shape, run.student, run.steps)?;
            stream = load_ruled(bytes, &mut student, rule.kind(), run.kept)?.ok_or(Error::NoSamples)?;
        }
        let Run { shape, teacher, descent, .. } = run;
        let wide = online_scratch_wide_len(shape);
        let len = if run.scratch.len() < wide { online_scratch_len(shape) } else { wide };
        let scratch = OnlineScratchViewMut::new(shape, part(run.scratch, len)?, run.batch_loss)?;
        let student = StudentViewMut::new(shape, run.student, run.steps)?;
        let online = Online::new(student, teacher, Source { stream, ..Source::gaussian(0, BATCH) }, scratch)?;
        let rule = RuleState::new(shape, rule, run.kept)?.with_value_rule(rules.value);
        let mut training = RuledOnline::new(online, rule)?;
        training.step(&descent)?;
        stream = training.stream();
    }
    Ok(digest(run.student()?.view()))
}
