//! Steps by another rule than gradient descent, and what a rule keeps from step to step.

use tutee::gradient::population::{PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::ruled::RuledPopulation;
use tutee::step::{RuleKind, RuleState, Rules};
use tutee::training::Training;
use tutee::{Error, Scalar, Shape};

use super::batch;
use super::online::{Place, SCRATCH_LEN as ONLINE_SCRATCH_LEN};
use super::population::{Objects, Opened, ScratchLen};
use super::ruled_population_len;
use crate::environment;
use crate::memory::{Output, disjoint, settings};
use crate::object::changed;
use crate::settings::{descent, rules};
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_descent, tutee_rules, tutee_sampler, tutee_source, tutee_student};

/// Rules of a step, and the caller's array of what they keep.
pub(crate) struct Ruling<T> {
    pub(crate) rules: *const tutee_rules<T>,
    pub(crate) kept: *mut T,
    pub(crate) n_kept: usize,
}

impl<T: Scalar> Ruling<T> {
    /// # Safety
    /// The pointer keeps the promises of the header.
    unsafe fn rules(&self) -> Outcome<Rules<T>> {
        // SAFETY: as promised.
        rules(unsafe { settings(self.rules)? })
    }
}

/// What a rule keeps; of a rule that keeps nothing, nothing, wherever the pointer points to.
pub(super) fn kept<T>(ptr: *mut T, len: usize, rule: RuleKind, shape: Shape) -> Outcome<Output<T>> {
    match rule.state_len(shape) {
        0 if len == 0 => Ok(Output::nothing()),
        expected => Output::new(ptr, len, expected),
    }
}

/// One exact step.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn population<T: Scalar>(
    objects: Objects<T>,
    ruling: Ruling<T>,
    settings_of_step: *const tutee_descent<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (descent, rules) = unsafe { (descent(settings(settings_of_step)?)?, ruling.rules()?) };
    let len = ScratchLen { least: ruled_population_len, most: ruled_population_len };
    // SAFETY: as promised.
    let Opened { student, teacher, scratch } = unsafe { objects.open(len, [])? };
    let shape = student.shape;
    let kept = kept(ruling.kept, ruling.n_kept, rules.attention.kind(), shape)?;
    disjoint(&[kept.span], &[student.span, teacher.span, scratch.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let (student, identity) = unsafe { student.view_mut()? };
    // SAFETY: as above.
    let (teacher, scratch, kept) = unsafe { (teacher.view()?, scratch.slice(), kept.slice()) };
    let (terms, memory) = scratch.split_at_mut_checked(population_scratch_len(shape)).ok_or(TUTEE_ERROR_INTERNAL)?;
    let terms = PopulationScratchViewMut::new(shape, terms)?;
    RuledPopulation::new(student, teacher, terms, rules, kept, memory)?.step(&descent)?;
    changed(identity);
    Ok(())
}

/// One step along a batch of the caller's.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn samples<T: Scalar>(
    student: *mut tutee_student<T>,
    sampler: *mut tutee_sampler<T>,
    ruling: Ruling<T>,
    settings_of_step: *const tutee_descent<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (student, sampler) = unsafe { batch::open(student, sampler)? };
    // SAFETY: as promised.
    let (descent, rules) = unsafe { (descent(settings(settings_of_step)?)?, ruling.rules()?) };
    let kept = kept(ruling.kept, ruling.n_kept, rules.attention.kind(), student.shape)?;
    disjoint(&[kept.span], &[student.span, sampler.span])?;
    // SAFETY: as promised; all three are apart.
    let mut rule = unsafe { kept_by(rules, &kept, student.shape)? };
    // SAFETY: as above.
    unsafe { batch::step_along(student, sampler, |samples| samples.step_by(&descent, &mut rule)) }
}

/// One step along a batch that the library draws.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn online<T: Scalar>(
    objects: Objects<T>,
    source: *mut tutee_source<T>,
    ruling: Ruling<T>,
    settings_of_step: *const tutee_descent<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (descent, rules) = unsafe { (descent(settings(settings_of_step)?)?, ruling.rules()?) };
    // SAFETY: as promised.
    let (mut place, shape) = unsafe { (Place::new(source)?, objects.open(ONLINE_SCRATCH_LEN, [])?.student.shape) };
    let kept = kept(ruling.kept, ruling.n_kept, rules.attention.kind(), shape)?;
    // SAFETY: as promised; `train` compares what is written with everything else before anything is made of it.
    unsafe { place.train(&objects, [kept.span], |online| online.step_by(&descent, &mut kept_by(rules, &kept, shape)?)) }
}

/// The rules with their memory.
///
/// # Safety
/// The memory is the caller's for writing, and apart from everything else.
unsafe fn kept_by<'s, T: Scalar>(rules: Rules<T>, kept: &Output<T>, shape: Shape) -> Result<RuleState<'s, T>, Error> {
    // SAFETY: as promised.
    Ok(RuleState::new(shape, rules.attention, unsafe { kept.slice() })?.with_value_rule(rules.value))
}
