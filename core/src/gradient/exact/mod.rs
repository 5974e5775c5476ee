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
//! Where a student is many times as large as its teacher its own square rules: in `f32` the loss is then right to 1e-5 up to
//! some dozens of tokens and to 3e-4 up to 8,192 (measured, ratios to 6,000), and the gradient to about epsilon times the
//! ratio.
//!
//! Where all rows of `S*` sum to a `c` other than 1, which a softmax does not, the optimum is `W = c V*` and `S = S*/c`. Near it
//! parts cancel that are `(c - 1)^2` times the loss of a student of zeros, or `(1/c - 1)^2` times if that is more: the excess
//! loss is right to a few epsilon of them, and not of itself.
//!
//! **At w = 0** the student's slope is the right derivative, 1, whatever the input: `dL/dw = -(1 + k)/2 sum_j <s*, s> v`.
//! That is the formula above with `theta = -pi k / (1 - k)` and `sin(theta) = 0`. A filter whose `|w|^2` is no normal number
//! (`|w|` below 1.1e-19 in `f32`, 1.5e-154 in `f64`) has no direction that could be relied on, and counts as zero.

mod block;
mod descend_rows;
mod formulas;
mod fused_step;
mod measurement;
pub(super) mod memory;
pub mod population;
mod projection;
mod row_by_row;
mod rows;
pub mod ruled;
mod short_rows;
mod terms;

use self::block::{BlockGradient, TeacherRows};
use self::memory::TermsViewMut;
use self::rows::RowPass;
use self::terms::{Constants, FilterGradient, FilterTerms, RowSums, ValueSums, norm_difference};
use super::overflow::GRADIENT_TOO_LARGE;
use crate::activation::Activation;
use crate::error::Error;
use crate::kernel::angle::versine;
use crate::kernel::compare::compare_with;
use crate::kernel::elementwise::elementwise;
use crate::kernel::reduce::dot;
use crate::kernel::support::{bounds, support_of};
use crate::matrix::{Blocks, BlocksMut, Rows, RowsMut};
use crate::pass::pass;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::step::Descent;
use crate::student::StudentView;
use crate::teacher::TeacherView;
use crate::teacher::labels::{FixedMixing, Labels};
use crate::vector::lane::LANES;
use crate::vector::{Level, Vector, Work};

/// A fixed teacher and what the closed form keeps of it: everything but the student and the room for rows.
#[derive(Debug)]
pub struct Exact<'a, T> {
    pub(in crate::gradient) teacher: TeacherView<'a, T>,
    terms: TermsViewMut<'a, T>,
    /// Frobenius norm of V*.
    teacher_value_norm: T,
    /// Largest `|s*_j|`.
    largest_mixing_norm: T,
    /// Whether every output's support is its whole row.
    whole: bool,
    level: Level,
}

impl<'a, T: Scalar> Exact<'a, T> {
    /// Stores the teacher's norms in the working memory, which must be of its shape. Costs O(M d + J D).
    pub(crate) fn new(teacher: TeacherView<'a, T>, terms: TermsViewMut<'a, T>) -> Self {
        let shape = teacher.shape();
        let mut squared = T::ZERO;
        for (terms, v) in terms.filters.iter_mut().zip(Rows::new(teacher.value(), shape.features())) {
            let norm_squared = dot(v, v);
            *FilterTerms::teacher_norm_in(terms) = norm_squared.sqrt();
            squared += norm_squared;
        }
        let mut largest = T::ZERO;
        let outputs = terms.norms.iter_mut().zip(terms.supports.iter_mut());
        for ((norm, support), row) in outputs.zip(Rows::new(teacher.mixing(), shape.tokens())) {
            *norm = dot(row, row).sqrt();
            *support = support_of(row);
            // Once it is not finite it stays so, and every step is refused.
            largest = if *norm <= largest || !largest.is_finite() { largest } else { *norm };
        }
        let whole = terms.supports.iter().all(|&support| {
            let (begin, end) = bounds(support);
            begin == 0 && end >= shape.tokens()
        });
        Self {
            teacher,
            terms,
            teacher_value_norm: norm_at_most(squared, shape),
            largest_mixing_norm: largest,
            whole,
            level: Level::best(),
        }
    }

    /// Compares every filter with its teacher's and clears what the rows will gather.
    #[inline(always)]
    fn filters<V: Vector>(&mut self, vector: V, value: &[T]) -> ValueSums<T> {
        vector.apart(
            #[inline(always)]
            |vector| {
                let features = self.teacher.shape().features();
                let mut sums = ValueSums::default();
                let pairs = Rows::new(value, features).zip(Rows::new(self.teacher.value(), features));
                for (terms, (w, v)) in self.terms.filters.iter_mut().zip(pairs) {
                    let mut c = compare_with(vector, w, v);
                    let mut norm = c.squared.sqrt();
                    if c.squared < T::MIN_POSITIVE {
                        // Products with a filter far longer would have no bound that `|w|` knows of.
                        (norm, c.inner, c.difference_inner) = (T::ZERO, T::ZERO, T::ZERO);
                    }
                    let FilterTerms { teacher_norm, .. } = FilterTerms::of(terms);
                    let difference = norm_difference(c.difference_inner, c.difference_squared, norm, teacher_norm);
                    let (versine, inner) = (versine(&c, norm, teacher_norm), c.inner);
                    let (angle_sum, sine_sum) = (T::ZERO, T::ZERO);
                    *terms = FilterTerms { teacher_norm, norm, difference, inner, versine, angle_sum, sine_sum }.kept();
                    sums.add(&c);
                }
                sums
            },
        )
    }

    /// Bounds the step before anything is changed. All of `|s|`, `<s*, s> / |s*|` and `sin(theta)` are at most one, so
    /// with `S = max |s*_j|`
    ///
    /// ```text
    /// |dL/dW|   <= J ( |W| + (3 + 2 S) |V| )
    /// |dL/da_t| <= 2 (1 + S)^2 sqrt(D) ( |W|^2 + 2 |W| |V| )
    /// ```
    ///
    /// All sums on the way to a gradient are within the same bounds: if these are finite, so is what is stored. `carry` is
    /// what a compensated step adds to W.
    #[inline(always)]
    fn check_bounds(&self, sums: &ValueSums<T>, carry: &[T], descent: &Descent<T>) -> Result<(), Error> {
        let shape = self.teacher.shape();
        let [norm, d_value, d_logit] = self.bounds(sums);
        let carried = if descent.compensated { magnitudes(carry) } else { T::ZERO };
        let reached = norm + carried + descent.value_rate * d_value;
        descent.check_move(reached * reached, descent.logits_rate(shape) * d_logit)
    }

    /// `|W|`, and the bounds of `|dL/dW|` and `|dL/da_t|`.
    #[inline(always)]
    fn bounds(&self, sums: &ValueSums<T>) -> [T; 3] {
        let shape = self.teacher.shape();
        let mixing_norm = self.largest_mixing_norm;
        let (norm, teacher_norm) = (norm_at_most(sums.squared, shape), self.teacher_value_norm);
        let three = T::ONE + T::TWO;
        let d_value = T::from_usize(shape.outputs()) * (norm + (three + T::TWO * mixing_norm) * teacher_norm);
        let widest = T::TWO * (T::ONE + mixing_norm) * (T::ONE + mixing_norm) * T::from_usize(shape.tokens()).sqrt();
        let d_logit = widest * (sums.squared + T::TWO * norm * teacher_norm);
        [norm, d_value, d_logit]
    }

    /// The gradient element by element. The slices must have the lengths of W and A; they stay as they were where it might
    /// overflow.
    pub(crate) fn gradient(
        &mut self,
        student: StudentView<'_, T>,
        (d_value, d_logits): (&mut [T], &mut [T]),
        weights: &mut [T],
    ) -> Result<(), Error> {
        gradient(self.level, Gradient { exact: self, student, d_value, d_logits, weights })
    }

    /// Sets out on a pass over the rows, and hands out the teacher's rows in blocks.
    #[inline(always)]
    fn pass<const MEASURED: bool>(
        &mut self,
        value: ValueSums<T>,
    ) -> (RowPass<'_, T, MEASURED>, impl Iterator<Item = TeacherRows<'_, T>>) {
        let TermsViewMut { filters, norms, supports } = &mut self.terms;
        let constants = Constants::of(self.teacher.activation());
        let pass = RowPass { constants, value, filters, sums: RowSums::default() };
        let (tokens, whole) = (self.teacher.shape().tokens(), self.whole);
        let outputs = Blocks::new(norms, LANES).zip(Blocks::new(supports, LANES));
        let blocks = Blocks::new(self.teacher.mixing(), LANES * tokens).zip(outputs);
        let blocks =
            blocks.map(move |(mixing, (norms, supports))| TeacherRows { tokens, mixing, norms, supports, whole });
        (pass, blocks)
    }
}

/// The answers of the teacher itself.
impl<T: Scalar> Labels<T> for Exact<'_, T> {
    type Query = ();

    #[inline]
    fn shape(&self) -> Shape {
        self.teacher.shape()
    }

    #[inline]
    fn activation(&self) -> Activation<T> {
        self.teacher.activation()
    }

    #[inline]
    fn answer(&self, x: &[T], query: &(), hidden: &mut [T], y: &mut [T]) -> Result<(), Error> {
        self.teacher.answer(x, query, hidden, y)
    }

    #[inline]
    fn fixed_mixing(&self) -> Option<FixedMixing<'_, T>> {
        Some(FixedMixing { teacher: self.teacher, supports: self.terms.supports })
    }
}

/// The norm of a value matrix from its square; not less, though squares of its elements may have underflowed.
#[inline(always)]
fn norm_at_most<T: Scalar>(squared: T, shape: Shape) -> T {
    (squared + T::from_usize(shape.value_len()) * (T::EPSILON * T::MIN_POSITIVE)).sqrt()
}

/// The sum of the magnitudes of all elements, eight by eight, which no norm exceeds.
#[inline(always)]
fn magnitudes<T: Scalar>(x: &[T]) -> T {
    let (chunks, rest) = x.as_chunks::<8>();
    let mut lanes = [T::ZERO; 8];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += x.abs();
        }
    }
    lanes.iter().fold(T::ZERO, |sum, &lane| sum + lane) + rest.iter().fold(T::ZERO, |sum, x| sum + x.abs())
}

pass! {
    fn gradient(Gradient<'e, 'a: 'e, 's: 'e>) -> Result<(), Error>;
}

/// The gradient, element by element.
#[derive(Debug)]
struct Gradient<'e, 'a, 's, T> {
    exact: &'e mut Exact<'a, T>,
    student: StudentView<'s, T>,
    d_value: &'e mut [T],
    d_logits: &'e mut [T],
    weights: &'e mut [T],
}

impl<T: Scalar> Work for Gradient<'_, '_, '_, T> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) -> Result<(), Error> {
        let Self { exact, student, d_value, d_logits, weights } = self;
        let (features, tokens) = (exact.teacher.shape().features(), exact.teacher.shape().tokens());
        let sums = exact.filters(vector, student.value());
        if !exact.bounds(&sums).iter().all(|bound| bound.is_finite()) {
            return Err(GRADIENT_TOO_LARGE);
        }
        let (mut pass, teacher) = exact.pass::<false>(sums);
        let student_rows = Blocks::new(student.logits(), LANES * tokens).zip(BlocksMut::new(d_logits, LANES * tokens));
        let mut gradient = BlockGradient::ZERO;
        for (block, (logits, d_logits)) in teacher.zip(student_rows) {
            pass.block(vector, &mut gradient, block, (logits, weights));
            gradient.write(vector, block, weights, d_logits);
        }
        let (constants, row_sums) = (pass.constants, pass.sums);
        let filters = Rows::new(student.value(), features).zip(Rows::new(exact.teacher.value(), features));
        for ((d_w, (w, v)), terms) in RowsMut::new(d_value, features).zip(filters).zip(&*exact.terms.filters) {
            let gradient = FilterGradient::of(&constants, terms, &row_sums);
            elementwise(vector, &gradient, [v, w], [d_w]);
        }
        Ok(())
    }
}
