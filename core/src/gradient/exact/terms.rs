//! What the passes of the exact gradient hand to each other.

use super::memory::FILTER_TERMS;
use crate::activation::Activation;
use crate::kernel::compare::Comparison;
use crate::scalar::Scalar;
use crate::vector::lane::Lane;

/// What the activation contributes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Constants<T> {
    /// k
    pub slope: T,
    /// q
    pub second_moment: T,
    /// r
    pub kink: T,
    /// r / (2 pi)
    pub turn: T,
    /// The angle that stands for the right derivative at w = 0; see the module's documentation.
    pub angle_at_zero: T,
}

impl<T: Scalar> Constants<T> {
    pub(super) fn of(activation: Activation<T>) -> Self {
        let (slope, kink) = (activation.slope(), activation.kink());
        Self {
            slope,
            second_moment: activation.second_moment(),
            kink,
            turn: kink / (T::TWO * T::PI),
            angle_at_zero: if kink > T::ZERO { -(T::PI * slope) / (T::ONE - slope) } else { T::ZERO },
        }
    }
}

/// What the working memory keeps of a filter, by name. There it lies as [`FILTER_TERMS`] numbers in this order.
#[derive(Clone, Copy, Debug)]
pub(super) struct FilterTerms<T> {
    /// `|v|`
    pub teacher_norm: T,
    /// `|w|`
    pub norm: T,
    /// `|w| - |v|`
    pub difference: T,
    /// `<w, v>`
    pub inner: T,
    /// `versine(w, v)`
    pub versine: T,
    /// `sum_j theta <s*, s>`
    pub angle_sum: T,
    /// `sum_j |s*| |s| sin(theta)`
    pub sine_sum: T,
}

impl<T: Scalar> FilterTerms<T> {
    /// Those that lie there.
    #[inline(always)]
    pub(super) const fn of(kept: &[T; FILTER_TERMS]) -> Self {
        let [teacher_norm, norm, difference, inner, versine, angle_sum, sine_sum] = *kept;
        Self { teacher_norm, norm, difference, inner, versine, angle_sum, sine_sum }
    }

    /// These numbers as they are to lie there.
    #[inline(always)]
    pub(super) const fn kept(self) -> [T; FILTER_TERMS] {
        let Self { teacher_norm, norm, difference, inner, versine, angle_sum, sine_sum } = self;
        [teacher_norm, norm, difference, inner, versine, angle_sum, sine_sum]
    }

    /// Where `|v|` lies.
    #[inline(always)]
    pub(super) const fn teacher_norm_in(kept: &mut [T; FILTER_TERMS]) -> &mut T {
        let [teacher_norm, ..] = kept;
        teacher_norm
    }

    /// Adds what a block of rows says to the two sums over rows.
    #[inline(always)]
    pub(super) fn add_rows(kept: &mut [T; FILTER_TERMS], angle_sum: T, sine_sum: T) {
        let [.., all_angles, all_sines] = kept;
        *all_angles += angle_sum;
        *all_sines += sine_sum;
    }
}

/// Sums over the filters, before any row is seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ValueSums<T> {
    /// `sum_m |w|^2`
    pub squared: T,
    /// `sum_m <w - v, w>`
    pub difference_inner: T,
    /// `sum_m |w - v|^2`
    pub difference_squared: T,
}

impl<T: Scalar> ValueSums<T> {
    #[inline(always)]
    pub(super) fn add(&mut self, filter: &Comparison<T>) {
        self.squared += filter.squared;
        self.difference_inner += filter.difference_inner;
        self.difference_squared += filter.difference_squared;
    }
}

/// Sums over the rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RowSums<T> {
    /// `sum_j |s|^2`
    pub squared: T,
    /// `sum_j <s - s*, s>`
    pub difference_inner: T,
    /// `sum_j |s - s*|^2`
    pub difference_squared: T,
    /// `sum_j |s*|^2`
    pub teacher_squared: T,
    /// `sum_mj (a - b)^2 / 2 + a b kink_loss(theta)`; gathered only when asked for
    pub kink_loss: T,
}

/// `dL/dw = difference * (w - v) + teacher * v - student * (w * unit)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct FilterGradient<T> {
    difference: T,
    teacher: T,
    student: T,
    /// One; where `student` would overflow beside a filter that much shorter than its teacher's, `1 / |w|`.
    unit: T,
}

impl<T: Scalar> FilterGradient<T> {
    /// The coefficients of one filter's gradient, after all rows.
    #[inline(always)]
    pub(super) fn of(constants: &Constants<T>, terms: &[T; FILTER_TERMS], rows: &RowSums<T>) -> Self {
        let FilterTerms { teacher_norm, norm, angle_sum, sine_sum, .. } = FilterTerms::of(terms);
        // Chosen before the division: the compiler may divide first and choose afterwards.
        let (divisor, sine_sum) = if norm > T::ZERO { (norm, sine_sum) } else { (T::ONE, T::ZERO) };
        let student = constants.turn * teacher_norm / divisor * sine_sum;
        let fits = student.is_finite();
        Self {
            difference: constants.second_moment * rows.squared,
            teacher: constants.second_moment * rows.difference_inner + constants.turn * angle_sum,
            student: if fits { student } else { constants.turn * teacher_norm * sine_sum },
            unit: if fits { T::ONE } else { T::ONE / divisor },
        }
    }

    #[inline(always)]
    pub(super) fn entry<L: Lane<T>>(&self, w: L, v: L) -> L {
        w.with(self.difference) * (w - v) + w.with(self.teacher) * v - w.with(self.student) * (w * w.with(self.unit))
    }
}

/// `|x| - |y|` from `<x - y, x>` and `|x - y|^2`, without cancellation.
#[inline(always)]
pub(super) fn norm_difference<T: Scalar>(difference_inner: T, difference_squared: T, norm: T, teacher_norm: T) -> T {
    let norms = norm + teacher_norm;
    let (norms, difference) =
        if norms > T::ZERO { (norms, T::TWO * difference_inner - difference_squared) } else { (T::ONE, T::ZERO) };
    difference / norms
}

/// `dL/ds = difference * (s - s*) + teacher * s* - student * s` of a row, with what becomes of it in the softmax.
#[derive(Clone, Copy)]
pub(super) struct RowGradient<T> {
    pub difference: T,
    pub teacher: T,
    pub student: T,
    /// `difference - student`
    pub outside: T,
    /// `sum_t s_t dL/ds_t`
    pub mean: T,
    /// Makes weights of exponentials.
    pub normalise: T,
}
