//! How features say nearly the same, learned from a stream of readings, and taken out of them.
//!
//! ```text
//! x' = Z (x - m)     m: means     Z = R^(-1/2) diag(1 / s)     s: standard deviations     R: correlations of the features
//! W  = W' Z          b = b' - sum_i S_ji W m_i                 for readings as they come, of W' and b' for x'
//! ```
//!
//! Z is one for all tokens, and of all that whiten the one that leaves readings nearest to what they were. Descent on x' learns
//! every direction of the features equally fast; on readings that are scaled alone it takes as many times longer along the least
//! of them as R's largest eigenvalue is larger than its least.

use super::centre::Centre;
use super::explain::answer_to_means;
use super::jacobi::diagonalize;
use crate::error::Error;
use crate::matrix::{Rows, RowsMut, check_finite, check_length, copy};
use crate::memory::{Cut, Sizes, layout};
use crate::scalar::Scalar;
use crate::shape::Shape;

/// How many inputs a [`Whitener`] has seen, and what it made of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Whitened<T> {
    pub(crate) inputs: u64,
    pub(crate) condition: T,
    pub(crate) left_out: u64,
}

impl<T: Scalar> Whitened<T> {
    /// None yet, and nothing.
    pub const ZERO: Self = Self { inputs: 0, condition: T::ZERO, left_out: 0 };
}

layout! {
    /// What is known of how features say the same, with the sizes of the readings in its type.
    pub struct Whitener<FEATURES, TOKENS>;
    /// What is known of how features say the same, and the matrix that takes it out. It stands before a
    /// [standardizer](crate::readings::Standardizer), and who does not want it has nothing of it:
    ///
    /// 1. [`observe`](Self::observe) the first inputs, then [`settle`](Self::settle) on a matrix, once;
    /// 2. [`whiten`](Self::whiten) every input that standardizer and [`RawSamples`](crate::gradient::raw_samples::RawSamples) are given,
    ///    or that is to be predicted from;
    /// 3. [`restore`](Self::restore) what `explain` wrote: W and b then are for readings as they come.
    ///
    /// Fixed memory, and one order of operations: inputs in the order in which they come, tokens and then features in sequence.
    pub struct WhitenerViewMut: "whitener" with whitened: Whitened<T> {
        mean: matrix(TOKENS, FEATURES),
        // Matrices of d by d, whose size no shape has checked.
        /// The largest deviation of each feature, and sums of products of two features' in these units.
        unit: matrix(FEATURES),
        products: matrices(FEATURES, FEATURES, 1),
        matrix: matrices(FEATURES, FEATURES, 1),
        vectors: matrices(FEATURES, FEATURES, 1),
        row: matrix(FEATURES),
        whitened: state(whitened, Whitened<T>),
    }
    /// Elements of the memory that [`WhitenerViewMut::new`] takes: `D d + 3 d^2 + 2 d`.
    pub const fn whitener_len;
}

/// A direction that has less than this share of the power of the largest has none: what is there is rounding.
fn none<T: Scalar>() -> T {
    T::EPSILON * T::from_u32(64)
}

/// What whitener knows of how a feature varies: its largest deviation, sums of products in this unit, and the means.
#[derive(Clone, Copy)]
struct Variation<'a, T> {
    products: &'a [T],
    mean: &'a [T],
    features: usize,
    /// Tokens seen.
    each: T,
}

impl<T: Scalar> Variation<'_, T> {
    /// The standard deviation of feature n in its unit; zero where it is within four roundings of the largest of its means: readings
    /// that differ in their last digits alone say nothing.
    fn deviation_in(self, unit: T, n: usize) -> T {
        let square = self.products.get(n * self.features + n).copied().unwrap_or(T::ZERO);
        let means = Rows::new(self.mean, self.features).filter_map(|token| token.get(n));
        let size = means.fold(T::ZERO, |size, mean| size.larger(mean.abs()));
        let own = if square > T::ZERO { (square / self.each).sqrt() } else { T::ZERO };
        if unit * own > T::EPSILON * T::from_u32(4) * size { own } else { T::ZERO }
    }
}

impl<'a, T: Scalar> WhitenerViewMut<'a, T> {
    /// Takes `memory`, for readings of this shape, of which it asks tokens and features alone, and `whitened` as a whitener. All
    /// zero is one that has seen nothing; what another one left behind goes on from there, to the bit.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`whitener_len`] elements; [`Error::NotFinite`].
    pub fn new(shape: Shape, memory: &'a mut [T], whitened: &'a mut Whitened<T>) -> Result<Self, Error> {
        let (expected, found) = (whitener_len(shape), memory.len());
        check_length("whitener", memory, expected)?;
        check_finite("whitener", memory)?;
        let wrong = Error::Length { what: "whitener", expected, found };
        Self::cut(Sizes::of(shape), &mut Cut::new(memory), whitened).ok_or(wrong)
    }

    /// Inputs seen.
    pub const fn inputs(&self) -> u64 {
        self.whitened.inputs
    }

    /// The largest over the smallest eigenvalue of the features' correlations, of the directions that were kept: as many times
    /// longer does descent take along the least of them where nothing is whitened. Zero before [`settle`](Self::settle).
    pub const fn condition(&self) -> T {
        self.whitened.condition
    }

    /// Directions that the readings did not have, or only as rounding, and that are left out: features that never varied, or that
    /// others make. W says nothing along them.
    pub const fn left_out(&self) -> u64 {
        self.whitened.left_out
    }

    /// m, what is taken from every feature of every token, `tokens x features`, in units of its own.
    pub const fn means(&self) -> &[T] {
        self.mean
    }

    /// Z, what each token is multiplied by then, `features x features`. Zeros before [`settle`](Self::settle).
    pub const fn matrix(&self) -> &[T] {
        self.matrix
    }

    /// What of it outlives a moment, in its order, and how far it has come.
    pub(crate) const fn parts(&self) -> ([&[T]; 4], &Whitened<T>) {
        ([self.mean, self.unit, self.products, self.matrix], self.whitened)
    }

    /// That, to be replaced.
    pub(crate) const fn parts_mut(&mut self) -> ([&mut [T]; 4], &mut Whitened<T>) {
        ([self.mean, self.unit, self.products, self.matrix], self.whitened)
    }

    /// Refuses an input that [`observe`](Self::observe) would refuse, and changes nothing.
    ///
    /// # Errors
    /// Those of [`observe`](Self::observe).
    pub fn check_reading(&self, shape: Shape, x: &[T]) -> Result<(), Error> {
        self.check_input(shape, x)?;
        if !x.iter().all(|&n| (n * (T::TWO * T::TWO)).is_finite()) {
            return Err(Error::OutOfRange { what: "a reading must be below a quarter of the largest number" });
        }
        if self.has_settled() {
            return Err(Error::OutOfRange { what: "a whitener that has settled looks at no more inputs" });
        }
        Ok(())
    }

    /// Looks at one recorded input, `x[token][feature]`. Costs `D (d^2 + 3 d)` multiplications and divisions. A whitener that has
    /// settled looks at no more inputs: what was learned behind its matrix would be told of another one.
    ///
    /// # Errors
    /// Nothing is changed then:
    /// * [`Error::Length`], [`Error::NotFinite`], naming the slice;
    /// * [`Error::OutOfRange`]: a number beyond a quarter of the largest one there is, or a whitener that has settled.
    pub fn observe(&mut self, shape: Shape, centre: Centre, x: &[T]) -> Result<(), Error> {
        self.check_reading(shape, x)?;
        let (before, features) = (self.whitened.inputs, shape.features());
        self.whitened.inputs = before.saturating_add(1);
        match centre {
            Centre::Token => {
                let count = T::from_u64(self.whitened.inputs);
                for (token, x) in Rows::new(x, features).enumerate() {
                    self.follow(x, token, count);
                }
            }
            Centre::Feature => {
                let mut seen = before.saturating_mul(shape.tokens() as u64);
                for x in Rows::new(x, features) {
                    seen = seen.saturating_add(1);
                    self.follow(x, 0, T::from_u64(seen));
                }
                let (first, others) = self.mean.split_at_mut_checked(features).unwrap_or_default();
                for token in RowsMut::new(others, features) {
                    for (to, &from) in token.iter_mut().zip(&*first) {
                        *to = from;
                    }
                }
            }
        }
        Ok(())
    }

    /// The token's means move by one reading, of which there now are so many, and the products with them (Welford 1962).
    fn follow(&mut self, x: &[T], token: usize, count: T) {
        let features = x.len();
        // The product of two deviations from the means before times (n - 1) / n is that about the means before and after.
        let share = ((count - T::ONE) / count).sqrt();
        let Some(mean) = RowsMut::new(&mut *self.mean, features).nth(token) else { return };
        for ((to, mean), &x) in self.row.iter_mut().zip(mean).zip(x) {
            let deviation = x - *mean;
            *mean += deviation / count;
            *to = deviation * share;
        }
        for (feature, (unit, deviation)) in self.unit.iter_mut().zip(&mut *self.row).enumerate() {
            let size = deviation.abs();
            if size > *unit {
                let ratio = *unit / size;
                *unit = size;
                for (a, row) in RowsMut::new(&mut *self.products, features).enumerate() {
                    for (b, product) in row.iter_mut().enumerate() {
                        if a == feature {
                            *product *= ratio;
                        }
                        if b == feature {
                            *product *= ratio;
                        }
                    }
                }
            }
            *deviation = if *unit > T::ZERO { *deviation / *unit } else { T::ZERO };
        }
        for (row, &a) in RowsMut::new(&mut *self.products, features).zip(&*self.row) {
            for (product, &b) in row.iter_mut().zip(&*self.row) {
                *product += a * b;
            }
        }
    }

    /// Whether there is a matrix.
    pub fn has_settled(&self) -> bool {
        self.whitened.condition > T::ZERO
    }

    /// Makes the matrix out of all that was observed. Directions that have less than 64 roundings of one of the largest one's
    /// power (`64 * EPSILON`: 7.6e-6 in `f32`, 1.4e-14 in `f64`) are [left out](Self::left_out), as are features that vary by less than
    /// four roundings of their means. Costs up to thirty times `6 d^3` multiplications, once.
    ///
    /// # Errors
    /// Nothing is changed then:
    /// * [`Error::Length`] for another shape;
    /// * [`Error::CannotMove`] when nothing was observed, or no feature varies;
    /// * [`Error::OutOfRange`] when a feature varies, but by so little that what it is to be multiplied by is no number.
    pub fn settle(&mut self, shape: Shape) -> Result<(), Error> {
        self.check(Sizes::of(shape))?;
        let features = shape.features();
        let each = T::from_u64(self.whitened.inputs) * T::from_usize(shape.tokens());
        let variation = Variation { products: self.products, mean: self.mean, features, each };
        let mut varies = false;
        for (n, &unit) in self.unit.iter().enumerate() {
            let deviation = unit * variation.deviation_in(unit, n);
            if deviation > T::ZERO {
                varies = true;
                if !(T::ONE / (none::<T>() * deviation)).is_finite() {
                    return Err(Error::OutOfRange { what: "a feature that varies must vary by a normal number" });
                }
            }
        }
        if !varies {
            return Err(Error::CannotMove { what: "no feature varies in the readings that were observed" });
        }
        // The deviations, where eigenvalues will be.
        for (n, (to, &unit)) in self.row.iter_mut().zip(&*self.unit).enumerate() {
            *to = variation.deviation_in(unit, n);
        }
        let products = Rows::new(self.products, features);
        for ((row, products), &own) in RowsMut::new(&mut *self.matrix, features).zip(products).zip(&*self.row) {
            for ((to, &product), &other) in row.iter_mut().zip(products).zip(&*self.row) {
                let scale = own * other;
                *to = if scale > T::ZERO { product / each / scale } else { T::ZERO };
            }
        }
        diagonalize(features, self.matrix, self.vectors)?;
        let (mut largest, mut smallest, mut kept) = (T::ZERO, T::ZERO, 0);
        for (i, (to, row)) in self.row.iter_mut().zip(Rows::new(self.matrix, features)).enumerate() {
            *to = row.get(i).copied().unwrap_or(T::ZERO);
            largest = largest.larger(*to);
        }
        for value in &mut *self.row {
            if *value > none::<T>() * largest {
                smallest = if kept == 0 { *value } else { smallest.smaller(*value) };
                kept += 1;
            } else {
                *value = T::ZERO;
            }
        }
        for (a, row) in RowsMut::new(&mut *self.matrix, features).enumerate() {
            for ((b, to), &unit) in row.iter_mut().enumerate().zip(&*self.unit) {
                let mut root = T::ZERO;
                for (&value, vector) in self.row.iter().zip(Rows::new(self.vectors, features)) {
                    if let (true, Some(&x), Some(&y)) = (value > T::ZERO, vector.get(a), vector.get(b)) {
                        root += x * y / value.sqrt();
                    }
                }
                let deviation = unit * variation.deviation_in(unit, b);
                *to = if deviation > T::ZERO { root / deviation } else { T::ZERO };
            }
        }
        self.whitened.condition = largest / smallest;
        self.whitened.left_out = (features as u64).saturating_sub(kept);
        Ok(())
    }

    /// Writes one input as standardizer and student are to see it: `x[token][feature]` with the means taken away, times the
    /// matrix. Of numbers very far from all that was observed it may be infinite, which the standardizer refuses. Costs `D d^2`
    /// multiplications.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::NotFinite`], naming the slice; [`Error::CannotMove`] where nothing was settled. Nothing is
    /// written then.
    pub fn whiten(&self, shape: Shape, x: &[T], whitened: &mut [T]) -> Result<(), Error> {
        self.check_input(shape, x)?;
        check_length("whitened", whitened, shape.input_len())?;
        self.check_settled()?;
        let features = shape.features();
        let tokens = Rows::new(x, features).zip(Rows::new(self.mean, features));
        for (to, (x, mean)) in RowsMut::new(whitened, features).zip(tokens) {
            for (to, row) in to.iter_mut().zip(Rows::new(self.matrix, features)) {
                let mut sum = T::ZERO;
                for ((&z, &x), &mean) in row.iter().zip(x).zip(mean) {
                    sum += z * (x - mean);
                }
                *to = sum;
            }
        }
        Ok(())
    }

    /// Makes a model of whitened readings, as `explain` of a [standardizer](super::StandardizerViewMut::explain) or a training
    /// behind it wrote it, one of readings as they come, in place: `W = W' Z`, and a bias that is less by `sum_i S_ji W m_i`. S
    /// is what it was. Once: what is restored again is wrong. `value` is W, `filters x features`; `bias` b, `outputs x filters`;
    /// `mixing` S, `outputs x tokens`. Costs `M d^2 + J M D d` multiplications.
    ///
    /// # Errors
    /// [`Error::Length`], naming the slice; [`Error::CannotMove`] where nothing was settled. Nothing is written then.
    pub fn restore(&mut self, shape: Shape, value: &mut [T], bias: &mut [T], mixing: &[T]) -> Result<(), Error> {
        self.check(Sizes::of(shape))?;
        check_length("value", value, shape.value_len())?;
        check_length("bias", bias, shape.output_len())?;
        check_length("mixing", mixing, shape.mixing_len())?;
        self.check_settled()?;
        let (features, filters) = (shape.features(), shape.filters());
        for (m, w) in RowsMut::new(value, features).enumerate() {
            for (n, to) in self.row.iter_mut().enumerate() {
                *to = T::ZERO;
                for (&w, row) in w.iter().zip(Rows::new(self.matrix, features)) {
                    *to += w * row.get(n).copied().unwrap_or(T::ZERO);
                }
            }
            copy(self.row, w);
            for (biases, weights) in RowsMut::new(bias, filters).zip(Rows::new(mixing, shape.tokens())) {
                if let Some(bias) = biases.get_mut(m) {
                    *bias -= answer_to_means(weights, w, self.mean);
                }
            }
        }
        Ok(())
    }

    fn check_input(&self, shape: Shape, x: &[T]) -> Result<(), Error> {
        self.check(Sizes::of(shape))?;
        check_length("x", x, shape.input_len())?;
        check_finite("x", x)
    }

    fn check_settled(&self) -> Result<(), Error> {
        if self.has_settled() {
            Ok(())
        } else {
            Err(Error::CannotMove { what: "a whitener that has not settled has no matrix" })
        }
    }
}
