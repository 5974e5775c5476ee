//! A layer as teacher: attention on content whose keys and queries are one map of the tokens, beside fixed weights.

use super::filters::{Filters, dot, weigh};
use crate::activation::Activation;
use crate::error::Error;
use crate::matrix::{Rows, RowsMut, check_finite, check_length};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::teacher::labels::Labels;

/// What the tokens are as keys and as queries, and how sharply they look at each other.
#[derive(Clone, Copy, Debug)]
pub struct Map<'a, T> {
    /// Q*, a row of `features` entries for each entry of a key.
    pub rows: &'a [T],
    /// By what products of keys and queries are multiplied; finite.
    pub scale: T,
}

/// `y_j = act(V* sum_i T_ji x_i)`, `T_j = (1 - w) softmax_i(scale <Q* x_i, Q* x_j>) + w A_j`. Each token asks for an output of its own
/// (Cui, Behrens, Krzakala and Zdeborova 2024, with V* = I and no activation).
#[derive(Clone, Copy, Debug)]
pub struct SelfAttention<'a, T> {
    filters: Filters<'a, T>,
    map: Map<'a, T>,
    fixed: &'a [T],
    share: T,
}

impl<'a, T: Scalar> SelfAttention<'a, T> {
    /// A teacher of `value`, `filters x features`, that looks at tokens by `map`, and at positions by `fixed`, `tokens x tokens`
    /// with a row for each output, of which it takes the share `share`, w.
    ///
    /// # Errors
    /// [`Error::Length`], also when there are not as many outputs as tokens or no row of the map; [`Error::NotFinite`];
    /// [`Error::OutOfRange`] for the activation, a scale that is not finite, and a share that is not between zero and one.
    pub fn new(
        shape: Shape,
        activation: Activation<T>,
        value: &'a [T],
        map: Map<'a, T>,
        (fixed, share): (&'a [T], T),
    ) -> Result<Self, Error> {
        let filters = Filters::new(shape, activation, value)?;
        let (expected, found) = (shape.tokens(), shape.outputs());
        if found != expected {
            return Err(Error::Length { what: "the outputs, one for each token that asks,", expected, found });
        }
        // At least one row, and whole ones.
        let rows = map.rows.len().checked_div(shape.features()).unwrap_or(0).max(1);
        check_length("the map of keys and queries", map.rows, rows.saturating_mul(shape.features()))?;
        check_finite("the map of keys and queries", map.rows)?;
        check_length("fixed weights", fixed, shape.mixing_len())?;
        check_finite("fixed weights", fixed)?;
        if !map.scale.is_finite() {
            return Err(Error::OutOfRange { what: "the scale must be finite" });
        }
        if !(share >= T::ZERO && share <= T::ONE) {
            return Err(Error::OutOfRange { what: "the share of fixed weights must lie between zero and one" });
        }
        Ok(Self { filters, map, fixed, share })
    }
}

/// Costs for a map of r rows `D^2 d (2 r + M)` additions and multiplications and `D^2` exponentials an answer. The sums of a product of
/// keys run over their entries.
impl<T: Scalar> Labels<T> for SelfAttention<'_, T> {
    type Query = ();

    fn shape(&self) -> Shape {
        self.filters.shape
    }

    fn activation(&self) -> Activation<T> {
        self.filters.activation
    }

    fn answer(&self, x: &[T], (): &(), hidden: &mut [T], y: &mut [T]) -> Result<(), Error> {
        let Filters { shape, activation, value } = self.filters;
        self.filters.check_sample(x, hidden, y)?;
        let features = shape.features();
        let outputs = Rows::new(x, features).zip(RowsMut::new(y, shape.filters()));
        for ((query, y), fixed) in outputs.zip(Rows::new(self.fixed, shape.tokens())) {
            for (score, key) in hidden.iter_mut().zip(Rows::new(x, features)) {
                let mut product = T::ZERO;
                for row in Rows::new(self.map.rows, features) {
                    product += dot(row, key) * dot(row, query);
                }
                *score = self.map.scale * product;
            }
            weigh(hidden, T::ONE);
            for (weight, &fixed) in hidden.iter_mut().zip(fixed) {
                *weight = (T::ONE - self.share) * *weight + self.share * fixed;
            }
            for (y, w) in y.iter_mut().zip(Rows::new(value, features)) {
                let mut u = T::ZERO;
                for (&weight, x) in hidden.iter().zip(Rows::new(x, features)) {
                    u += weight * dot(w, x);
                }
                *y = activation.apply(u);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: [f64; 4] = [1.0, 2.0, -1.0, 0.5];
    const FIXED: [f64; 9] = [0.0, 1.0, 0.0, 0.5, 0.5, 0.0, 0.25, 0.25, 0.5];

    fn shape() -> Shape {
        Shape::new(1, 2, 3, 3).unwrap()
    }

    fn teacher(rows: &[f64], scale: f64, share: f64) -> Result<SelfAttention<'_, f64>, Error> {
        SelfAttention::new(shape(), Activation::Identity, &[1.0, -2.0], Map { rows, scale }, (&FIXED, share))
    }

    #[test]
    fn answers_are_those_of_attention_and_of_fixed_weights() {
        let x = [0.5, 1.0, -1.0, 0.25, 2.0, -0.5];
        let keys: std::vec::Vec<[f64; 2]> = x.chunks(2).map(|x| [x[0] + 2.0 * x[1], 0.5 * x[1] - x[0]]).collect();
        for (scale, share) in [(0.7, 0.3), (0.7, 0.0), (-2.0, 1.0), (0.0, 0.5)] {
            let (mut hidden, mut y) = ([0.0; 3], [9.0; 3]);
            teacher(&MAP, scale, share).unwrap().answer(&x, &(), &mut hidden, &mut y).unwrap();
            for (j, &found) in y.iter().enumerate() {
                let score = |i: usize| libm::exp(scale * (keys[i][0] * keys[j][0] + keys[i][1] * keys[j][1]));
                let sum: f64 = (0..3).map(score).sum();
                let weight = |i: usize| (1.0 - share) * score(i) / sum + share * FIXED[3 * j + i];
                let expected: f64 = (0..3).map(|i| weight(i) * (x[2 * i] - 2.0 * x[2 * i + 1])).sum();
                assert!((found - expected).abs() < 1e-14, "{scale} {share} {j}: {found} {expected}");
            }
        }
    }

    #[test]
    fn what_is_no_layer_is_refused() {
        assert!(teacher(&MAP, 1.0, 0.5).is_ok() && teacher(&MAP[..2], 1.0, 0.5).is_ok());
        assert!(matches!(teacher(&MAP[..3], 1.0, 0.5), Err(Error::Length { expected: 2, found: 3, .. })));
        assert!(matches!(teacher(&[], 1.0, 0.5), Err(Error::Length { expected: 2, found: 0, .. })));
        assert!(matches!(teacher(&[1.0, f64::NAN], 1.0, 0.5), Err(Error::NotFinite { index: 1, .. })));
        for (scale, share) in [(f64::INFINITY, 0.5), (1.0, -0.1), (1.0, 1.1), (1.0, f64::NAN)] {
            assert!(matches!(teacher(&MAP, scale, share), Err(Error::OutOfRange { .. })), "{scale} {share}");
        }
        let fewer = Shape::new(1, 2, 3, 2).unwrap();
        let map = Map { rows: &MAP, scale: 1.0 };
        let refused = SelfAttention::new(fewer, Activation::Identity, &[1.0, -2.0], map, (&FIXED[..6], 0.5));
        assert!(matches!(refused, Err(Error::Length { expected: 3, found: 2, .. })));
    }
}
