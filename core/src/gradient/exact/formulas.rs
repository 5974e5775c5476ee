//! The formulas of the exact gradient, element by element.

use super::memory::FILTER_TERMS;
use super::terms::{Constants, FilterGradient, FilterTerms, RowGradient};
use crate::elementary::angle::Roots;
use crate::kernel::angle::{versine_of_cosines, versine_of_product};
use crate::kernel::formula::Elementwise;
use crate::kernel::update::advanced;
use crate::scalar::Scalar;
use crate::vector::lane::Lane;

/// Reads the teacher's row, replaces exponentials by weights, and compares the two: `|s|^2`, `<s, s*>`, `<s - s*, s>`,
/// `|s - s*|^2`.
pub(super) struct CompareRow<T> {
    pub normalise: T,
}

impl<T: Scalar> Elementwise<T, 1, 1, 4> for CompareRow<T> {
    const NO_TERMS_OF_ZEROS: bool = true;

    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [target]: [L; 1], [exponential]: [L; 1]) -> ([L; 1], [L; 4]) {
        let s = exponential * target.with(self.normalise);
        let difference = s - target;
        ([s], [s * s, s * target, difference * s, difference * difference])
    }
}

/// What each row's statistics mean: reads `<s, s*>` and `|s*|`; replaces `|s|^2` by `|s|`, `<s - s*, s>` by the versine of
/// the angle between s and s*, and `|s - s*|^2` by `|s| - |s*|`.
pub(super) struct RowGeometry;

impl<T: Scalar> Elementwise<T, 2, 3, 0> for RowGeometry {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [inner, teacher_norm]: [L; 2], old: [L; 3]) -> ([L; 3], [L; 0]) {
        let [squared, difference_inner, difference_squared] = old;
        let (zero, one) = (squared.with(T::ZERO), squared.with(T::ONE));
        // A softmax is never zero: there is no such row, and nothing is to be divided by its norm.
        let norm = squared.if_at_most(zero, one, squared).root();
        let versine = versine_of_cosines(inner, difference_inner, difference_squared, norm, teacher_norm);
        let difference = (difference_inner + difference_inner - difference_squared) / (norm + teacher_norm);
        ([norm, versine, difference], [])
    }
}

/// What one filter and each row say of each other. Reads the row's versine, `<s, s*>`, `|s|`, `|s*|` and
/// `|s| - |s*|`; adds to `sum_m theta <v, w>` and `sum_m |v| |w| sin(theta)`; the terms are those of `sum_j theta <s*, s>`,
/// of `sum_j |s*| |s| sin(theta)` and, when measured, of the loss.
pub(super) struct Angles<T, const MEASURED: bool> {
    pub versine: T,
    pub inner: T,
    /// `|w|`
    pub norm: T,
    /// `|w| - |v|`
    pub difference: T,
    /// `|v| |w|`
    pub norms: T,
    pub angle_at_zero: T,
}

impl<T: Scalar, const MEASURED: bool> Angles<T, MEASURED> {
    /// Of the filter with these terms.
    #[inline(always)]
    pub(super) fn of(terms: &[T; FILTER_TERMS], angle_at_zero: T) -> Self {
        let FilterTerms { teacher_norm, norm, difference, inner, versine, .. } = FilterTerms::of(terms);
        Self { versine, inner, norm, difference, norms: teacher_norm * norm, angle_at_zero }
    }

    /// What takes longest: the roots, from the row's versine.
    #[inline(always)]
    pub(super) fn roots<L: Lane<T>>(&self, row_versine: L) -> Roots<L> {
        T::angle_roots(versine_of_product(row_versine, row_versine.with(self.versine)))
    }

    /// The rest: as [`Elementwise::apply`] of all but the row's versine.
    #[inline(always)]
    pub(super) fn rest<L: Lane<T>>(
        &self,
        roots: Roots<L>,
        read: [L; 4],
        [angle_sum, sine_sum]: [L; 2],
    ) -> ([L; 2], [L; 3]) {
        let [row_inner, row_norm, teacher_norm, row_difference] = read;
        let row_norms = row_norm * teacher_norm;
        let with = |x| row_inner.with(x);
        let (theta, sine) = (T::angle(roots), roots.sine);
        let loss = if const { MEASURED } {
            let difference = with(self.difference) * teacher_norm + with(self.norm) * row_difference;
            let product = with(self.norms) * row_norms;
            with(T::HALF) * difference * difference + product * T::kink_loss(roots.versine, theta)
        } else {
            with(T::ZERO)
        };
        let theta = if self.norm > T::ZERO { theta } else { with(self.angle_at_zero) };
        let written = [angle_sum + theta * with(self.inner), sine_sum + with(self.norms) * sine];
        (written, [theta * row_inner, row_norms * sine, loss])
    }
}

impl<T: Scalar, const MEASURED: bool> Elementwise<T, 5, 2, 3> for Angles<T, MEASURED> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [row_versine, read @ ..]: [L; 5], old: [L; 2]) -> ([L; 2], [L; 3]) {
        self.rest(self.roots(row_versine), read, old)
    }
}

/// The coefficients of each row's gradient. Reads `|s*|`; replaces `sum_m theta <v, w>`, `sum_m |v| |w| sin(theta)` and
/// `|s|` by those of s* and s, and that of s among tokens that the teacher does not weigh.
pub(super) struct Coefficients<'c, T> {
    pub constants: &'c Constants<T>,
    /// `sum_m |w|^2`, times q
    pub difference: T,
    /// `sum_m <w - v, w>`, times q
    pub difference_inner: T,
}

impl<T: Scalar> Elementwise<T, 1, 3, 0> for Coefficients<'_, T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [teacher_norm]: [L; 1], [angle_sum, sine_sum, norm]: [L; 3]) -> ([L; 3], [L; 0]) {
        let turn = norm.with(self.constants.turn);
        let teacher = norm.with(self.difference_inner) + turn * angle_sum;
        let zero = norm.with(T::ZERO);
        // Of lanes that no row stands in, too: nothing is divided by zero.
        let student = turn * teacher_norm / norm.if_at_most(zero, norm.with(T::ONE), norm) * sine_sum;
        ([teacher, student, norm.with(self.difference) - student], [])
    }
}

impl<T: Scalar> RowGradient<T> {
    /// `dL/ds`
    #[inline(always)]
    pub(super) fn weight<L: Lane<T>>(&self, s: L, target: L) -> L {
        s.with(self.difference) * (s - target) + s.with(self.teacher) * target - s.with(self.student) * s
    }

    /// `dL/da = s (dL/ds - mean)`
    #[inline(always)]
    fn logit<L: Lane<T>>(&self, s: L, target: L) -> L {
        s * (self.weight(s, target) - s.with(self.mean))
    }
}

/// Reads the teacher's row and the weights; the term is `s dL/ds`.
pub(super) struct Mean<T>(pub RowGradient<T>);

impl<T: Scalar> Elementwise<T, 2, 0, 1> for Mean<T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [target, s]: [L; 2], _: [L; 0]) -> ([L; 0], [L; 1]) {
        ([], [s * self.0.weight(s, target)])
    }
}

/// Reads the teacher's row and the weights; writes `dL/da`.
pub(super) struct Logits<T>(pub RowGradient<T>);

impl<T: Scalar> Elementwise<T, 2, 1, 0> for Logits<T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [target, s]: [L; 2], _: [L; 1]) -> ([L; 1], [L; 0]) {
        ([self.0.logit(s, target)], [])
    }
}

/// Reads the teacher's row and the weights; the term is the square of `dL/da`.
pub(super) struct LogitsSquared<T>(pub RowGradient<T>);

impl<T: Scalar> Elementwise<T, 2, 0, 1> for LogitsSquared<T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [target, s]: [L; 2], _: [L; 0]) -> ([L; 0], [L; 1]) {
        let d = self.0.logit(s, target);
        ([], [d * d])
    }
}

/// Reads the teacher's row and the weights; moves logits and carries by `-rate dL/da`.
pub(super) struct DescendLogits<T> {
    pub row: RowGradient<T>,
    pub rate: T,
    pub compensated: bool,
}

impl<T: Scalar> Elementwise<T, 2, 2, 0> for DescendLogits<T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [target, s]: [L; 2], [a, carry]: [L; 2]) -> ([L; 2], [L; 0]) {
        let step = s.with(-self.rate) * self.row.logit(s, target);
        (advanced(a, carry, step, self.compensated), [])
    }
}

/// Moves logits alone: updates that are not compensated leave carries as they are.
impl<T: Scalar> Elementwise<T, 2, 1, 0> for DescendLogits<T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [target, s]: [L; 2], [a]: [L; 1]) -> ([L; 1], [L; 0]) {
        ([a + s.with(-self.rate) * self.row.logit(s, target)], [])
    }
}

/// `dL/da` where the teacher weighs no token: `s (c s - mean)` with the weight `s = normalise * exponential`.
#[derive(Clone, Copy)]
pub(super) struct Outside<T> {
    pub normalise: T,
    /// `difference - student`
    pub coefficient: T,
    pub mean: T,
}

impl<T: Scalar> Outside<T> {
    #[inline(always)]
    fn logit<L: Lane<T>>(&self, exponential: L) -> L {
        let s = exponential * exponential.with(self.normalise);
        s * (s * s.with(self.coefficient) - s.with(self.mean))
    }
}

/// Reads the exponentials; writes `dL/da`.
impl<T: Scalar> Elementwise<T, 1, 1, 0> for Outside<T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [exponential]: [L; 1], _: [L; 1]) -> ([L; 1], [L; 0]) {
        ([self.logit(exponential)], [])
    }
}

/// Reads the exponentials; the term is the square of `dL/da`.
impl<T: Scalar> Elementwise<T, 1, 0, 1> for Outside<T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [exponential]: [L; 1], _: [L; 0]) -> ([L; 0], [L; 1]) {
        let d = self.logit(exponential);
        ([], [d * d])
    }
}

/// Reads the exponentials; moves logits and carries by `-rate dL/da`. Rate and sign are in coefficient and mean.
pub(super) struct DescendOutside<T> {
    pub stepped: Outside<T>,
    pub compensated: bool,
}

impl<T: Scalar> Elementwise<T, 1, 2, 0> for DescendOutside<T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [exponential]: [L; 1], [a, carry]: [L; 2]) -> ([L; 2], [L; 0]) {
        (advanced(a, carry, self.stepped.logit(exponential), self.compensated), [])
    }
}

/// Moves logits alone, outside the support.
impl<T: Scalar> Elementwise<T, 1, 1, 0> for DescendOutside<T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [exponential]: [L; 1], [a]: [L; 1]) -> ([L; 1], [L; 0]) {
        ([a + self.stepped.logit(exponential)], [])
    }
}

/// Reads the teacher's filter and the student's; writes `dL/dw`.
impl<T: Scalar> Elementwise<T, 2, 1, 0> for FilterGradient<T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [v, w]: [L; 2], _: [L; 1]) -> ([L; 1], [L; 0]) {
        ([self.entry(w, v)], [])
    }
}

/// Reads the teacher's filter and the student's; the term is the square of `dL/dw`.
pub(super) struct FilterSquared<'f, T>(pub &'f FilterGradient<T>);

impl<T: Scalar> Elementwise<T, 2, 0, 1> for FilterSquared<'_, T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [v, w]: [L; 2], _: [L; 0]) -> ([L; 0], [L; 1]) {
        let d = self.0.entry(w, v);
        ([], [d * d])
    }
}

/// Reads the teacher's filter; moves the student's and its carry by `-rate dL/dw`.
pub(super) struct DescendFilter<'f, T> {
    pub filter: &'f FilterGradient<T>,
    pub rate: T,
    pub compensated: bool,
}

impl<T: Scalar> Elementwise<T, 1, 2, 0> for DescendFilter<'_, T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [v]: [L; 1], [w, carry]: [L; 2]) -> ([L; 2], [L; 0]) {
        let step = w.with(-self.rate) * self.filter.entry(w, v);
        (advanced(w, carry, step, self.compensated), [])
    }
}

impl<T: Scalar> RowGradient<T> {
    /// `dL/da` outside the support, times `factor`.
    #[inline(always)]
    pub(super) fn outside(&self, factor: T) -> Outside<T> {
        Outside { normalise: self.normalise, coefficient: factor * self.outside, mean: factor * self.mean }
    }
}
