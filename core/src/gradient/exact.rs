//! The exact population gradient for inputs whose tokens are independent standard Gaussian vectors: no samples, no
//! sampling noise, O(M d + M J + J D) per step.
//!
//! For filter m and output j let `a = |v_m| |s*_j|`, `b = |w_m| |s_j|`, `theta` the angle between `v_m s*_j^T` and
//! `w_m s_j^T`, `k` the slope of the activation, `q = (1 + k^2) / 2`, `r = (1 - k)^2`. With the first arc-cosine kernel
//! (Cho & Saul 2009) the excess loss is a sum of `1/2 (q a^2 + q b^2 - 2 F)`, where
//! `F = k c + r a b h(theta)` and `c = a b cos(theta)`. Differentiating,
//!
//! ```text
//! dL/dw_m = sum_j ( q |s_j|^2 w_m - p <s*_j, s_j> v_m - r/(2 pi) |v_m| |s*_j| |s_j| sin(theta) w_m / |w_m| )
//! dL/ds_j = sum_m ( q |w_m|^2 s_j - p <v_m, w_m> s*_j - r/(2 pi) |v_m| |w_m| |s*_j| sin(theta) s_j / |s_j| )
//! p = dF/dc = k + r (pi - theta) / (2 pi) = q - r theta / (2 pi)
//! ```
//!
//! **Without cancellation.** Once training works, both loss and gradient as written subtract nearly equal numbers. Put
//! `p = q - r theta / (2 pi)` in, and form the differences before anything is summed:
//!
//! ```text
//! dL/dw = C1 (w - v) + C2 v - C3 w         C1 = q sum_j |s|^2
//!                                          C2 = q sum_j <s - s*, s> + r/(2 pi) sum_j theta <s*, s>
//!                                          C3 = r/(2 pi) |v|/|w| sum_j |s*| |s| sin(theta)
//! dL/ds = R1 (s - s*) + R2 s* - R3 s       R1 = q sum_m |w|^2
//!                                          R2 = q sum_m <w - v, w> + r/(2 pi) sum_m theta <v, w>
//!                                          R3 = r/(2 pi) |s*|/|s| sum_m |v| |w| sin(theta)
//! excess = k/2 |Delta|^2 + r/4 (a - b)^2 + r/2 a b ( 1 - cos(theta) + (theta cos(theta) - sin(theta)) / pi )
//! |Delta|^2 = |v - w|^2 |s*|^2 + 2 <v - w, w> <s*, s* - s> + |w|^2 |s* - s|^2
//! ```
//!
//! The angle comes from differences, too (see [`crate::kernel::angle`]).
//!
//! **At w = 0** the student's slope is the right derivative, 1, whatever the input: `dL/dw = -(1 + k)/2 sum_j <s*, s> v`.
//! That is the formula above with `theta = -pi k / (1 - k)` and `sin(theta) = 0`.

use super::scratch::{FILTER_TERMS, PopulationScratchViewMut};
use crate::activation::Activation;
use crate::descent::{Descent, Measure};
use crate::error::Error;
use crate::kernel::angle::{angle_and_sine, kink_loss, versine, versine_of_product};
use crate::kernel::reduce::{compare, dot};
use crate::kernel::softmax::softmax;
use crate::kernel::update::advance;
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;
use crate::student::{StudentView, StudentViewMut};
use crate::teacher::TeacherView;

/// The teacher and the working memory: everything but the student.
#[derive(Debug)]
pub(crate) struct Exact<'a, T> {
    teacher: TeacherView<'a, T>,
    scratch: PopulationScratchViewMut<'a, T>,
    /// Frobenius norm of V*.
    teacher_value_norm: T,
    /// Largest `|s*_j|`.
    largest_mixing_norm: T,
}

/// What the activation contributes.
#[derive(Clone, Copy, Debug)]
struct Constants<T> {
    /// k
    slope: T,
    /// q
    second_moment: T,
    /// r
    kink: T,
    /// r / (2 pi)
    turn: T,
    /// The angle that stands for the right derivative at w = 0; see the module's documentation.
    angle_at_zero: T,
}

impl<T: Scalar> Constants<T> {
    fn of(activation: Activation<T>) -> Self {
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

/// Sums over the filters, before any row is seen.
#[derive(Clone, Copy, Debug, Default)]
struct ValueSums<T> {
    /// `sum_m |w|^2`
    squared: T,
    /// `sum_m <w - v, w>`
    difference_inner: T,
    /// `sum_m |w - v|^2`
    difference_squared: T,
}

/// Sums over the rows.
#[derive(Clone, Copy, Debug, Default)]
struct RowSums<T> {
    /// `sum_j |s|^2`
    squared: T,
    /// `sum_j <s - s*, s>`
    difference_inner: T,
    /// `sum_j |s - s*|^2`
    difference_squared: T,
    /// `sum_j |s*|^2`
    teacher_squared: T,
    /// `sum_mj (a - b)^2 / 2 + a b kink_loss(theta)`; gathered only when asked for
    kink_loss: T,
}

/// `dL/ds = difference * (s - s*) + teacher * s* - student * s`, and its mean under the weights s.
#[derive(Clone, Copy, Debug)]
struct RowGradient<T> {
    difference: T,
    teacher: T,
    student: T,
    mean: T,
}

impl<T: Scalar> RowGradient<T> {
    /// `dL/da` of one logit, given its weight and its teacher's.
    #[inline]
    fn logit(&self, weight: T, star: T) -> T {
        let d_weight = self.difference * (weight - star) + self.teacher * star - self.student * weight;
        weight * (d_weight - self.mean)
    }
}

/// `dL/dw = difference * (w - v) + teacher * v - student * w`.
#[derive(Clone, Copy, Debug)]
struct FilterGradient<T> {
    difference: T,
    teacher: T,
    student: T,
}

impl<T: Scalar> FilterGradient<T> {
    #[inline]
    fn entry(&self, w: T, v: T) -> T {
        self.difference * (w - v) + self.teacher * v - self.student * w
    }
}

/// `|x| - |y|` from `<x - y, x>` and `|x - y|^2`, without cancellation.
#[inline]
fn norm_difference<T: Scalar>(difference_inner: T, difference_squared: T, norm: T, teacher_norm: T) -> T {
    let norms = norm + teacher_norm;
    if norms > T::ZERO { (T::TWO * difference_inner - difference_squared) / norms } else { T::ZERO }
}

/// The pass over the rows of the attention: softmax, its statistics, the coefficients of its gradient.
struct RowPass<'p, T> {
    constants: Constants<T>,
    value: ValueSums<T>,
    filters: &'p mut [[T; FILTER_TERMS]],
    /// Whether to gather the excess loss, too.
    measured: bool,
    sums: RowSums<T>,
}

impl<T: Scalar> RowPass<'_, T> {
    /// Writes the softmax of `logits` to `weights`, and gathers what the row says about every filter.
    #[inline]
    fn row(&mut self, logits: &[T], star: &[T], star_norm: T, weights: &mut [T]) -> RowGradient<T> {
        softmax(logits, weights);
        let row = compare(weights, star);
        let norm = row.squared.sqrt();
        self.sums.squared += row.squared;
        self.sums.difference_inner += row.difference_inner;
        self.sums.difference_squared += row.difference_squared;
        self.sums.teacher_squared += star_norm * star_norm;
        let Constants { second_moment: q, kink, turn, angle_at_zero, .. } = self.constants;
        let (mut turned, mut bent) = (T::ZERO, T::ZERO);
        if kink > T::ZERO {
            let row_versine = versine(&row, norm, star_norm);
            let row_difference = norm_difference(row.difference_inner, row.difference_squared, norm, star_norm);
            let norms = star_norm * norm;
            for terms in self.filters.iter_mut() {
                let [teacher_norm, filter_norm, filter_difference, inner, filter_versine, all_turned, all_bent] = terms;
                let both = versine_of_product(row_versine, *filter_versine);
                let (mut angle, sine) = angle_and_sine(both);
                if self.measured {
                    let difference = *filter_difference * star_norm + *filter_norm * row_difference;
                    let product = *teacher_norm * *filter_norm * norms;
                    self.sums.kink_loss += T::HALF * difference * difference + product * kink_loss(both, angle, sine);
                }
                if *filter_norm <= T::ZERO {
                    angle = angle_at_zero;
                }
                turned += angle * *inner;
                bent += *teacher_norm * *filter_norm * sine;
                *all_turned += angle * row.inner;
                *all_bent += norms * sine;
            }
        }
        let (difference, teacher) = (q * self.value.squared, q * self.value.difference_inner + turn * turned);
        let student = turn * star_norm / norm * bent;
        let mean = difference * row.difference_inner + teacher * row.inner - student * row.squared;
        RowGradient { difference, teacher, student, mean }
    }

    /// The coefficients of one filter's gradient, after all rows.
    #[inline]
    fn filter(constants: &Constants<T>, terms: &[T; FILTER_TERMS], rows: &RowSums<T>) -> FilterGradient<T> {
        let [teacher_norm, norm, _, _, _, turned, bent] = *terms;
        FilterGradient {
            difference: constants.second_moment * rows.squared,
            teacher: constants.second_moment * rows.difference_inner + constants.turn * turned,
            student: if norm > T::ZERO { constants.turn * teacher_norm / norm * bent } else { T::ZERO },
        }
    }
}

impl<'a, T: Scalar> Exact<'a, T> {
    /// Stores the teacher's norms in the working memory, which must be of its shape. Costs O(M d + J D).
    pub(crate) fn new(teacher: TeacherView<'a, T>, scratch: PopulationScratchViewMut<'a, T>) -> Self {
        let shape = teacher.shape();
        let mut squared = T::ZERO;
        for (terms, v) in scratch.filters.iter_mut().zip(Rows::new(teacher.value(), shape.features())) {
            let [teacher_norm, ..] = terms;
            let norm_squared = dot(v, v);
            *teacher_norm = norm_squared.sqrt();
            squared += norm_squared;
        }
        let mut largest = T::ZERO;
        for (norm, star) in scratch.outputs.iter_mut().zip(Rows::new(teacher.mixing(), shape.tokens())) {
            *norm = dot(star, star).sqrt();
            // Once it is not finite it stays so, and every step is refused.
            largest = if *norm <= largest || !largest.is_finite() { largest } else { *norm };
        }
        Self { teacher, scratch, teacher_value_norm: squared.sqrt(), largest_mixing_norm: largest }
    }

    pub(crate) const fn teacher(&self) -> TeacherView<'a, T> {
        self.teacher
    }

    /// Compares every filter with its teacher's and clears what the rows will gather.
    fn filters(&mut self, value: &[T]) -> ValueSums<T> {
        let features = self.teacher.shape().features();
        let mut sums = ValueSums::default();
        let pairs = Rows::new(value, features).zip(Rows::new(self.teacher.value(), features));
        for (terms, (w, v)) in self.scratch.filters.iter_mut().zip(pairs) {
            let c = compare(w, v);
            let [teacher_norm, ..] = *terms;
            let norm = c.squared.sqrt();
            let difference = norm_difference(c.difference_inner, c.difference_squared, norm, teacher_norm);
            let filter_versine = versine(&c, norm, teacher_norm);
            *terms = [teacher_norm, norm, difference, c.inner, filter_versine, T::ZERO, T::ZERO];
            sums.squared += c.squared;
            sums.difference_inner += c.difference_inner;
            sums.difference_squared += c.difference_squared;
        }
        sums
    }

    /// Bounds the step before anything is changed. All of `|s|`, `<s*, s> / |s*|` and `sin(theta)` are at most one, so
    /// with `S = max |s*_j|`
    ///
    /// ```text
    /// |dL/dW|   <= J ( |W| + (3 + 2 S) |V| )
    /// |dL/da_t| <= 2 (1 + S)^2 sqrt(D) ( |W|^2 + 2 |W| |V| )
    /// ```
    fn check_bounds(&self, sums: &ValueSums<T>, descent: &Descent<T>) -> Result<(), Error> {
        let shape = self.teacher.shape();
        let star = self.largest_mixing_norm;
        let (norm, teacher_norm) = (sums.squared.sqrt(), self.teacher_value_norm);
        let three = T::ONE + T::TWO;
        let d_value = T::from_usize(shape.outputs()) * (norm + (three + T::TWO * star) * teacher_norm);
        let widest = T::TWO * (T::ONE + star) * (T::ONE + star) * T::from_usize(shape.tokens()).sqrt();
        let d_logit = widest * (sums.squared + T::TWO * norm * teacher_norm);
        let reached = norm + descent.value_rate * d_value;
        descent.check_move(reached * reached, descent.logits_rate(shape) * d_logit)
    }

    /// One step, in one pass: each row's softmax, statistics, gradient and update while it is at hand.
    pub(crate) fn step(&mut self, student: &mut StudentViewMut<'_, T>, descent: &Descent<T>) -> Result<(), Error> {
        let (features, tokens) = (self.teacher.shape().features(), self.teacher.shape().tokens());
        let (value_rate, logits_rate) = (descent.value_rate, descent.logits_rate(self.teacher.shape()));
        let sums = self.filters(student.view().value());
        self.check_bounds(&sums, descent)?;
        let (value, value_carry, logits, logits_carry) = student.parameters_mut();
        let stars = Rows::new(self.teacher.mixing(), tokens);
        let (mut pass, outputs, weights) = self.pass(sums, false);
        let rows = RowsMut::new(logits, tokens).zip(RowsMut::new(logits_carry, tokens));
        for ((logits, carry), (&star_norm, star)) in rows.zip(outputs.iter().zip(stars)) {
            let gradient = pass.row(logits, star, star_norm, weights);
            for (((a, carry), &weight), &star) in logits.iter_mut().zip(carry).zip(&*weights).zip(star) {
                advance(a, carry, -(logits_rate * gradient.logit(weight, star)), descent.compensated);
            }
        }
        let (constants, row_sums) = (pass.constants, pass.sums);
        let filters = RowsMut::new(value, features).zip(RowsMut::new(value_carry, features));
        let filters = filters.zip(Rows::new(self.teacher.value(), features)).zip(&*self.scratch.filters);
        for (((w, carry), v), terms) in filters {
            let gradient = RowPass::filter(&constants, terms, &row_sums);
            for ((w, carry), &v) in w.iter_mut().zip(carry).zip(v) {
                advance(w, carry, -(value_rate * gradient.entry(*w, v)), descent.compensated);
            }
        }
        student.count_step();
        Ok(())
    }

    /// The gradient element by element. The slices must have the lengths of W and A.
    pub(crate) fn gradient(&mut self, student: StudentView<'_, T>, d_value: &mut [T], d_logits: &mut [T]) {
        let (features, tokens) = (self.teacher.shape().features(), self.teacher.shape().tokens());
        let sums = self.filters(student.value());
        let stars = Rows::new(self.teacher.mixing(), tokens);
        let (mut pass, outputs, weights) = self.pass(sums, false);
        for ((logits, d_logits), (&star_norm, star)) in
            Rows::new(student.logits(), tokens).zip(RowsMut::new(d_logits, tokens)).zip(outputs.iter().zip(stars))
        {
            let gradient = pass.row(logits, star, star_norm, weights);
            for ((d, &weight), &star) in d_logits.iter_mut().zip(&*weights).zip(star) {
                *d = gradient.logit(weight, star);
            }
        }
        let (constants, row_sums) = (pass.constants, pass.sums);
        let filters = Rows::new(student.value(), features).zip(Rows::new(self.teacher.value(), features));
        for ((d_w, (w, v)), terms) in RowsMut::new(d_value, features).zip(filters).zip(&*self.scratch.filters) {
            let gradient = RowPass::filter(&constants, terms, &row_sums);
            for ((d, &w), &v) in d_w.iter_mut().zip(w).zip(v) {
                *d = gradient.entry(w, v);
            }
        }
    }

    /// Excess loss, and the norm of the gradient with respect to W and W_KQ: `|dL/dW_KQ|^2 = |dL/dA|^2 / D` for an
    /// orthonormal position encoding.
    pub(crate) fn measure(&mut self, student: StudentView<'_, T>) -> Measure<T> {
        let (features, tokens) = (self.teacher.shape().features(), self.teacher.shape().tokens());
        let sums = self.filters(student.value());
        let stars = Rows::new(self.teacher.mixing(), tokens);
        let (mut pass, outputs, weights) = self.pass(sums, true);
        let mut squared = T::ZERO;
        for (logits, (&star_norm, star)) in Rows::new(student.logits(), tokens).zip(outputs.iter().zip(stars)) {
            let gradient = pass.row(logits, star, star_norm, weights);
            for (&weight, &star) in weights.iter().zip(star) {
                let d = gradient.logit(weight, star);
                squared += d * d;
            }
        }
        squared /= T::from_usize(tokens);
        let (constants, rows) = (pass.constants, pass.sums);
        let filters = Rows::new(student.value(), features).zip(Rows::new(self.teacher.value(), features));
        for ((w, v), terms) in filters.zip(&*self.scratch.filters) {
            let gradient = RowPass::filter(&constants, terms, &rows);
            for (&w, &v) in w.iter().zip(v) {
                let d = gradient.entry(w, v);
                squared += d * d;
            }
        }
        // sum_mj |Delta|^2; <v - w, w> <s*, s* - s> summed is -difference_inner * (difference_squared - difference_inner).
        let delta = sums.difference_squared * rows.teacher_squared
            - T::TWO * sums.difference_inner * (rows.difference_squared - rows.difference_inner)
            + sums.squared * rows.difference_squared;
        let excess = T::HALF * (constants.slope * delta + constants.kink * rows.kink_loss);
        // Rounding may leave a negative zero of the order of epsilon squared.
        Measure { excess_loss: excess.larger(T::ZERO), gradient_norm: squared.sqrt() }
    }

    /// Sets out on a pass over the rows; also hands out the norms of the teacher's rows and room for one row.
    fn pass(&mut self, value: ValueSums<T>, measured: bool) -> (RowPass<'_, T>, &[T], &mut [T]) {
        let PopulationScratchViewMut { filters, outputs, row } = &mut self.scratch;
        let constants = Constants::of(self.teacher.activation());
        (RowPass { constants, value, filters, measured, sums: RowSums::default() }, outputs, row)
    }
}
