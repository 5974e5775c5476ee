//! Training by the exact population gradient with the step rules of [`crate::step::rules`].

use super::Exact;
use super::projection::Projection;
use super::row_by_row::{Row, With};
use super::terms::Constants;
use crate::error::Error;
use crate::kernel::softmax::softmax;
use crate::kernel::update::{advance, advanced};
use crate::matrix::{Rows, RowsMut, check_finite, check_length, copy};
use crate::memory::{Cut, Need, Sizes};
use crate::recovery::least_loss::attainable;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::step::adam::Adam;
use crate::step::row::{multiply, scaled};
use crate::step::{Descent, LOGIT_STEP_LIMIT, Rule, Rules, ValueRule};
use crate::student::{StudentView, StudentViewMut};
use crate::teacher::TeacherView;
use crate::training::{Measure, Measured, Training};
use crate::vector::Plain;

use super::memory::PopulationScratchViewMut;

/// What is said of a normalised step above its limit.
pub(crate) const TOO_LONG: &str = "a normalised step must be no longer than -ln|1 - q rate J / G| / sqrt(D / (K (D - K))), for G = D and for G = K, for W to follow";

/// Elements of the working memory that [`RuledPopulation::new`] takes beside that of plain training: `M d + 2 J D + D`.
pub const fn ruled_scratch_len(shape: Shape) -> usize {
    let steps = shape.mixing_len().saturating_mul(2);
    shape.value_len().saturating_add(steps).saturating_add(shape.tokens())
}

/// What is said of Polyak's rule with other teachers.
pub(crate) const LEAST_LOSS_UNKNOWN: &str = "a Polyak step needs a teacher whose weights have one sign and whose rows have one sum, so that its least loss is zero";

/// Training a student on a teacher by the exact population gradient, with rules of its own for logits and value matrix. A step
/// costs O(M d + M J + J D), one row after the other: some times as long as one of plain descent.
///
/// Rows share a W that is solved for: one that is ahead changes the sign of the others' gradients. With it a Polyak step has one
/// length for all rows, from the whole excess loss; by row, differences in the last digit grow by `1 + theta (D - K) / (2 K)` a step.
/// With one length what one row is ahead of the others changes by the factor `1 - theta (D + K) / (2 K)` a step: above
/// `theta = 4 K / (D + K)` rows that average different tokens run apart out of their last digits, and in time the loss falls slower than
/// `e^-theta`. All of it is of rows with equal weights: where weights differ the gradient of the logits within a row does not vanish
/// with the loss as fast, and steps as long as Polyak's overshoot there.
///
/// Rules that divide by a row's gradient (normalised, Polyak) let a row rest once its excess loss is no more than what the
/// rounding of W makes of it: the direction would be one of rounding errors.
#[derive(Debug)]
pub struct RuledPopulation<'a, T> {
    student: StudentViewMut<'a, T>,
    exact: Exact<'a, T>,
    weights: &'a mut [T],
    rules: Rules<T>,
    /// Of Adam: first and second moments, then the two sums of the weights that each has gathered.
    state: &'a mut [T],
    /// W projected, then `dL/dW`.
    value: &'a mut [T],
    gradient: &'a mut [T],
    steps: &'a mut [T],
    row: &'a mut [T],
    /// What limits a normalised step; none where steps may be of any length.
    groups: Option<Groups<T>>,
}

impl<'a, T: Scalar> RuledPopulation<'a, T> {
    /// Brings them together. `state` is what the rule keeps from step to step ([`Rule::state_len`] elements, zero at the start
    /// of training, to be kept with the student), `memory` is working memory of [`ruled_scratch_len`] elements, whatever is in
    /// it. Costs O(M d + J D).
    ///
    /// # Errors
    /// [`Error::Length`] when the parts are not of one shape; [`Error::NotFinite`] for a state that no step has left;
    /// [`Error::OutOfRange`]: a setting of the rule, or Polyak's rule with
    /// a teacher that no student equals, whose weights have both signs or whose rows different sums: its least loss is not known.
    pub fn new(
        student: StudentViewMut<'a, T>,
        teacher: TeacherView<'a, T>,
        scratch: PopulationScratchViewMut<'a, T>,
        rules: Rules<T>,
        state: &'a mut [T],
        memory: &'a mut [T],
    ) -> Result<Self, Error> {
        let shape = teacher.shape();
        student.shape().check_equal(shape)?;
        scratch.check(Sizes::of(shape))?;
        rules.attention.check()?;
        check_length("rule state", state, rules.attention.state_len(shape))?;
        check_finite("rule state", state)?;
        let (what, expected, found) = ("rule scratch", ruled_scratch_len(shape), memory.len());
        check_length(what, memory, expected)?;
        if matches!(rules.attention, Rule::Polyak { .. }) && !attainable(teacher) {
            return Err(Error::OutOfRange { what: LEAST_LOSS_UNKNOWN });
        }
        let mut cut = Cut::new(memory);
        let short = Error::Length { what, expected, found };
        let mut take = |elements| cut.take(Need::of(elements)).ok_or(short);
        let (value, gradient) = (take(shape.value_len())?, take(shape.mixing_len())?);
        let (steps, row) = (take(shape.mixing_len())?, take(shape.tokens())?);
        let groups = Groups::of(teacher);
        let PopulationScratchViewMut { terms, rows } = scratch;
        let exact = Exact::new(teacher, terms);
        Ok(Self { student, exact, weights: rows, rules, state, value, gradient, steps, row, groups })
    }

    /// The longest normalised step under which W at this rate still follows the attention: see [`length_limit`]. `None` where there is
    /// no such limit.
    pub fn length_limit(&self, value_rate: T) -> Option<T> {
        let follows = self.rules.value == ValueRule::GradientDescent;
        if follows { self.groups?.limit(self.exact.teacher, value_rate) } else { None }
    }

    /// With normalised steps above their limit taken instead of refused, to see what becomes of them: [`length_limit`] has none to
    /// say then. Costs nothing.
    ///
    /// [`length_limit`]: Self::length_limit
    #[must_use]
    pub fn beyond_limit(self) -> Self {
        Self { groups: None, ..self }
    }

    /// Everything that a step refuses, then the step.
    fn ruled_step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        let Self { student, exact, weights, rules, state, value, gradient, steps, row, .. } = self;
        let (shape, compensated) = (student.shape(), descent.compensated);
        let (tokens, rate) = (shape.tokens(), descent.logits_rate(shape));
        let teacher = exact.teacher;
        let constants = Constants::of(teacher.activation());
        let projected = rules.value == ValueRule::Projected;
        if projected {
            let mut projection = Projection::new(constants);
            let logits = Rows::new(student.logits, tokens).zip(Rows::new(teacher.mixing(), tokens));
            for ((logits, target), &norm) in logits.zip(&*exact.terms.norms) {
                softmax(logits, row);
                projection.add(row, target, norm);
            }
            scale(value, teacher.value(), projection.scale());
        } else {
            copy(student.value, value);
        }
        let sums = exact.filters(Plain, value);
        if !exact.bounds(&sums).iter().all(|bound| bound.is_finite()) {
            return Err(Error::Diverged);
        }

        // Gradient, then steps: the numbers that are added to the logits.
        let with = if rules.attention == Rule::Mirror { With::Weights } else { With::Logits };
        let attention = rules.attention;
        let mut whole = Row { excess: T::ZERO, rounding: T::ZERO };
        let all = exact.row_by_row((&sums, student.logits), with, gradient, weights, |row, d_row| match attention {
            Rule::Normalised { length } => {
                let (largest, squared) = scaled(d_row);
                let factor = if may_move(&row, largest) { -(length / squared.sqrt()) } else { T::ZERO };
                multiply(d_row, factor);
            }
            Rule::Polyak { .. } if projected => {
                whole.excess += row.excess;
                whole.rounding += row.rounding;
            }
            Rule::Polyak { theta } => polyak(theta, &row, d_row),
            Rule::GradientDescent | Rule::Mirror => multiply(d_row, -rate),
            Rule::Adam => {}
        });
        if let (Rule::Polyak { theta }, true) = (attention, projected) {
            polyak(theta, &whole, gradient);
        }
        let mut adam = Adam::of(state, shape);
        if attention == Rule::Adam {
            adam.steps(rate, gradient, steps)?;
        } else {
            copy(gradient, steps);
        }
        let longest = T::from_f64(LOGIT_STEP_LIMIT);
        if !steps.iter().all(|step| step.abs() <= longest) {
            return Err(Error::Diverged);
        }

        // The value matrix.
        let mut squared = T::ZERO;
        if projected {
            let mut projection = Projection::new(constants);
            let logits = Rows::new(student.logits, tokens).zip(Rows::new(student.logits_carry, tokens));
            let rows = logits.zip(Rows::new(steps, tokens)).zip(Rows::new(teacher.mixing(), tokens));
            for ((((logits, carries), steps), target), &norm) in rows.zip(&*exact.terms.norms) {
                for (((to, &a), &carry), &step) in row.iter_mut().zip(logits).zip(carries).zip(steps) {
                    [*to, _] = advanced(a, carry, step, compensated);
                }
                if let Some(s) = RowsMut::new(weights, tokens).next() {
                    softmax(row, s);
                    projection.add(s, target, norm);
                }
            }
            scale(value, teacher.value(), projection.scale());
            for &w in &**value {
                squared += w * w;
            }
        } else {
            exact.d_value(student.value, &all, value);
            for ((&w, &carry), d) in student.value.iter().zip(&*student.value_carry).zip(value.iter_mut()) {
                *d = -(descent.value_rate * *d);
                let [moved, _] = advanced(w, carry, *d, compensated);
                squared += moved * moved;
            }
        }
        descent.check_move(squared, T::ZERO)?;

        // Nothing is refused from here on.
        for ((a, carry), &step) in student.logits.iter_mut().zip(&mut *student.logits_carry).zip(&**steps) {
            advance(a, carry, step, compensated);
        }
        for ((w, carry), &to) in student.value.iter_mut().zip(&mut *student.value_carry).zip(&**value) {
            if projected {
                (*w, *carry) = (to, T::ZERO);
            } else {
                advance(w, carry, to, compensated);
            }
        }
        if attention == Rule::Adam {
            adam.keep(gradient.iter().copied());
        }
        student.count_step();
        Ok(())
    }
}

impl<T> RuledPopulation<'_, T> {
    /// What the rule of the logits keeps from step to step: with it and the student the run can be gone on with.
    pub const fn kept(&self) -> &[T] {
        self.state
    }
}

impl<T: Scalar> Training<T> for RuledPopulation<'_, T> {
    fn steps(&self) -> u64 {
        self.student.view().steps()
    }

    /// # Errors
    /// Those of plain training; and [`Error::OutOfRange`] for a normalised step that is longer than
    /// [`length_limit`](RuledPopulation::length_limit). Neither the student nor the state has changed then.
    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        descent.check()?;
        if let Rule::Normalised { length } = self.rules.attention
            && self.length_limit(descent.value_rate).is_some_and(|limit| length > limit)
        {
            return Err(Error::OutOfRange { what: TOO_LONG });
        }
        self.ruled_step(descent)
    }
}

impl<T: Scalar> Measured<T> for RuledPopulation<'_, T> {
    fn student(&self) -> StudentView<'_, T> {
        self.student.view()
    }

    fn measure(&mut self) -> Measure<T> {
        self.exact.measure(self.student.view(), self.weights)
    }
}

/// The longest normalised step under which a W that moves by gradient descent at this rate follows the attention, without a training; above
/// it signs flip, and training falls behind its line or stalls. Costs O(J D).
///
/// ```text
/// -ln(rho) / sqrt(kappa)      rho = 1 - q rate J / D, and |1 - q rate J / K| where q rate J > K;      kappa = D / (K (D - K))
/// ```
///
/// A step brings the weights nearer to the teacher's by the factor `e^(-length sqrt(kappa))`, and W by rho: the first one while attention is
/// even, the second at the end, where it can be what binds only once W overshoots. In kappa K is that of the row with the
/// largest one, in rho the harmonic mean over all rows. `None` where there is no such limit: where no rho lies between 0 and 1, and where
/// every output averages all tokens. Derived; trainings keep their line to 1 % up to nine tenths of it (six tasks at 16 and 64 tokens).
/// Closer to it rounding of the logits comes into W many times over, and the last digits may come later or not at all.
pub fn length_limit<T: Scalar>(teacher: TeacherView<'_, T>, value_rate: T) -> Option<T> {
    Groups::of(teacher)?.limit(teacher, value_rate)
}

/// What the rows of a teacher say of the attention close to it.
#[derive(Clone, Copy, Debug)]
struct Groups<T> {
    /// Largest `D / (K (D - K))` of a row: by its root times their length do normalised steps shrink the distance to it.
    steepest: T,
    /// The sum over the rows of `1 / K`, the squared length of weights that are alike.
    squared: T,
}

impl<T: Scalar> Groups<T> {
    /// None where every output averages all tokens.
    fn of(teacher: TeacherView<'_, T>) -> Option<Self> {
        let tokens = teacher.shape().tokens();
        let (mut steepest, mut squared) = (T::ZERO, T::ZERO);
        for target in Rows::new(teacher.mixing(), tokens) {
            let group = target.iter().filter(|&&s| s != T::ZERO).count();
            let others = tokens.saturating_sub(group);
            if group > 0 {
                let [tokens, group, others] = [tokens, group, others].map(T::from_usize);
                squared += T::ONE / group;
                if others > T::ZERO {
                    steepest = steepest.larger(tokens / (group * others));
                }
            }
        }
        (steepest > T::ZERO).then_some(Self { steepest, squared })
    }

    fn limit(self, teacher: TeacherView<'_, T>, value_rate: T) -> Option<T> {
        let shape = teacher.shape();
        let moment = teacher.activation().second_moment();
        // Of W's error as much goes a step, at the start, where weights are even, and at the end.
        let start = value_rate * (moment * T::from_usize(shape.outputs())) / T::from_usize(shape.tokens());
        let end = value_rate * (moment * self.squared);
        let longest = |share: T| -((T::ONE - share).abs().ln() / self.steepest.sqrt());
        let at_start = (start > T::ZERO && start < T::ONE).then(|| longest(start));
        let at_end = (end > T::ONE && end < T::TWO).then(|| longest(end));
        match (at_start, at_end) {
            (Some(one), Some(other)) => Some(one.smaller(other)),
            (one, other) => one.or(other),
        }
    }
}

/// Whether a row has a direction that is not one of rounding errors.
fn may_move<T: Scalar>(row: &Row<T>, largest: T) -> bool {
    row.excess > row.rounding && largest > T::ZERO
}

/// From gradient to step: so far that `theta` of the excess loss would go, were it linear.
fn polyak<T: Scalar>(theta: T, row: &Row<T>, gradient: &mut [T]) {
    let (largest, squared) = scaled(gradient);
    let factor = if may_move(row, largest) { -(theta * (row.excess / largest / squared)) } else { T::ZERO };
    multiply(gradient, factor);
}

fn scale<T: Scalar>(to: &mut [T], from: &[T], factor: T) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = factor * from;
    }
}
