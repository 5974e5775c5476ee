//! The loss of one sample, and its slope `dL/dU` with respect to the outputs before the activation: nowhere else is either
//! written.
//!
//! ```text
//! squared     L = 1/2 || Y - act(U) ||^2              dL/dU = (act(U) - Y) act'(U)
//! logistic    L = log(1 + exp(-y F)),  F = sum_j U_j   dL/dU_j = -y / (1 + exp(y F)),   y = +1 or -1
//! ```
//!
//! The squared loss goes element by element. The logistic one is for a classifier with one filter: the sum of its outputs,
//! without an activation, is the logit of the label, and every output has the same slope. Neither of its two expressions may be
//! computed as it stands, because `exp` overflows and `1 + exp` rounds small exponentials away. With `e = exp(-|y F|)`,
//! which is at most 1,
//!
//! ```text
//! L = max(-y F, 0) + log1p(e)       dL/dU_j = -y e / (1 + e)  where y F >= 0,   -y / (1 + e)  where it is not
//! ```
//!
//! so both are right to a few units in the last place for any margin `y F`, but that they are zero where `exp` is
//! ([`Scalar::exp`]: margins from about 87 in `f32`, 708 in `f64`).

use crate::activation::{Activation, answer_and_slope};
use crate::error::Error;
use crate::matrix::Rows;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// What a training makes small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Loss {
    /// Half the squared distance of the answers from the targets, summed over outputs and filters.
    #[default]
    Squared,
    /// The negative log-likelihood of a label, +1 or -1, whose log-odds are the sum of all outputs. One filter, and no
    /// activation.
    Logistic,
}

impl Loss {
    /// Refuses the logistic loss for a model of several filters.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    pub const fn check(self, shape: Shape) -> Result<(), Error> {
        match self {
            Self::Logistic if shape.filters() != 1 => {
                Err(Error::OutOfRange { what: "the logistic loss takes one filter" })
            }
            _ => Ok(()),
        }
    }

    /// How many numbers the target of a sample has: `outputs x filters`, or one label.
    #[inline]
    pub const fn targets_len(self, shape: Shape) -> usize {
        match self {
            Self::Squared => shape.output_len(),
            Self::Logistic => 1,
        }
    }

    /// From the outputs U of one filter to `dL/dU` in their place. Returns the filter's part of the loss, summed over outputs
    /// in sequence. `targets` are those of the whole sample, of which this is filter number `filter` of `filters`. The logistic
    /// loss leaves the activation out.
    #[inline(always)]
    pub(crate) fn respond<T: Scalar>(
        self,
        activation: Activation<T>,
        u: &mut [T],
        targets: &[T],
        (filter, filters): (usize, usize),
    ) -> T {
        match self {
            Self::Squared => {
                let mut sum = T::ZERO;
                for (u, targets) in u.iter_mut().zip(Rows::new(targets, filters)) {
                    let Some(&target) = targets.get(filter) else { break };
                    let (d_output, loss) = squared((activation.apply(*u), activation.derivative(*u)), target);
                    sum += loss;
                    *u = d_output;
                }
                sum
            }
            Self::Logistic => {
                let logit = u.iter().fold(T::ZERO, |sum, &u| sum + u);
                let (d_logit, loss) = logistic(logit, targets.first().copied().unwrap_or(T::ZERO));
                u.fill(d_logit);
                loss
            }
        }
    }
}

/// `dL/du` and the squared loss of one output, of which answer and slope of the activation are known.
#[inline(always)]
fn squared<T: Scalar>((answer, slope): (T, T), target: T) -> (T, T) {
    let error = answer - target;
    (error * slope, T::HALF * error * error)
}

/// The squared loss of many outputs: `dL/du` in place of every `u`, and the loss in place of every target.
#[inline(always)]
pub(crate) fn squared_all<T: Scalar>(activation: Activation<T>, u: &mut [T], targets: &mut [T]) {
    let slope = activation.slope();
    for (u, target) in u.iter_mut().zip(targets) {
        (*u, *target) = squared(answer_and_slope(slope, *u), *target);
    }
}

/// `dL/dF` and the logistic loss for the logit F and a label. NaN where the logit is.
#[inline]
pub fn logistic<T: Scalar>(logit: T, label: T) -> (T, T) {
    let margin = label * logit;
    let confident = margin >= T::ZERO;
    let e = T::exp_not_positive(if confident { -margin } else { margin });
    let (numerator, linear) = if confident { (e, T::ZERO) } else { (T::ONE, -margin) };
    (-(label * (numerator / (T::ONE + e))), linear + log1p(e))
}

/// `ln(1 + x)` for x in `[0, 1]`: what rounding has done to `1 + x` is undone by the quotient (Kahan).
#[inline]
fn log1p<T: Scalar>(x: T) -> T {
    let above = T::ONE + x;
    let rounded = above - T::ONE;
    if rounded == T::ZERO { x } else { above.ln() * (x / rounded) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Margin, `log(1 + exp(-margin))` and `1 / (1 + exp(margin))`, from sixty decimal digits; computed as they are written
    /// the last ones would be infinite, NaN, or zero where they are not.
    const LOGISTIC: [(f64, f64, f64); 13] = [
        (0.0, core::f64::consts::LN_2, 0.5),
        (0.5, 0.474_076_984_180_106_7, 0.377_540_668_798_145_4),
        (-0.5, 0.974_076_984_180_106_7, 0.622_459_331_201_854_6),
        (3.0, 0.048_587_351_573_742_06, 0.047_425_873_177_566_78),
        (-3.0, 3.048_587_351_573_742, 0.952_574_126_822_433_3),
        (12.5, 3.726_646_228_123_990_4e-6, 3.726_639_284_186_561_4e-6),
        (-12.5, 12.500_003_726_646_227, 0.999_996_273_360_715_8),
        (40.0, 4.248_354_255_291_589e-18, 4.248_354_255_291_589e-18),
        (-40.0, 40.0, 1.0),
        (86.0, 4.473_779_306_181_120_7e-38, 4.473_779_306_181_120_7e-38),
        (-86.0, 86.0, 1.0),
        (5000.0, 0.0, 0.0),
        (-5000.0, 5000.0, 1.0),
    ];

    #[test]
    fn logistic_loss_is_right_for_every_margin_and_label() {
        fn check<T: Scalar>() {
            for (margin, loss, slope) in LOGISTIC {
                for label in [1.0, -1.0] {
                    let found = logistic(T::from_f64(label * margin), T::from_f64(label));
                    for (found, expected) in [(found.0, -label * slope), (found.1, loss)] {
                        // Exponential, logarithm, and what rounds them: below three units in the last place, seen 1.5.
                        let error = (found.to_f64() - expected).abs();
                        assert!(error <= 3.0 * T::EPSILON.to_f64() * expected.abs(), "{margin} {label}: {found}");
                    }
                }
            }
            let largest = T::ONE / T::MIN_POSITIVE;
            assert_eq!(logistic(largest, T::ONE), (T::ZERO, T::ZERO));
            assert_eq!(logistic(largest, -T::ONE), (T::ONE, largest));
            assert!(logistic(T::ZERO / T::ZERO, T::ONE).1.to_f64().is_nan());
        }
        check::<f32>();
        check::<f64>();
    }

    #[test]
    fn a_slope_is_the_difference_of_losses() {
        let losses = [
            (Loss::Squared, Activation::LeakyRelu(0.25), std::vec![0.5, -1.0, 2.0]),
            (Loss::Logistic, Activation::Identity, std::vec![-1.0]),
        ];
        for (loss, activation, targets) in losses {
            let of = |mut u: [f64; 3]| (loss.respond(activation, &mut u, &targets, (0, 1)), u);
            let outputs = [0.75, -0.5, 1.5];
            let (_, slopes) = of(outputs);
            for (j, slope) in slopes.into_iter().enumerate() {
                let (mut up, mut down) = (outputs, outputs);
                up[j] += 1e-5;
                down[j] -= 1e-5;
                // Central differences at 1e-5: truncation 1e-10, rounding 1e-11.
                assert!((slope - (of(up).0 - of(down).0) / 2e-5).abs() < 1e-9, "{loss:?} {j}");
            }
        }
    }

    /// With an answer on either side of zero and on it.
    #[test]
    fn all_outputs_together_are_one_after_the_other() {
        let activation = Activation::LeakyRelu(0.1_f32);
        let (outputs, targets) = ([0.7, -0.3, 0.0, -0.0, -2.5], [0.3, 0.1, -0.7, 0.2, 0.9]);
        let (mut u, mut losses) = (outputs, targets);
        squared_all(activation, &mut u, &mut losses);
        let mut one = outputs;
        let sum = Loss::Squared.respond(activation, &mut one, &targets, (0, 1));
        assert_eq!(one.map(f32::to_bits), u.map(f32::to_bits));
        assert_eq!(sum.to_bits(), losses.iter().fold(0.0_f32, |sum, loss| sum + loss).to_bits());
    }

    #[test]
    fn several_filters_have_no_logit() {
        let refused = Err(Error::OutOfRange { what: "the logistic loss takes one filter" });
        let [one, two] = [1, 2].map(|filters| Shape::new(filters, 2, 3, 4).unwrap());
        assert_eq!(Loss::Logistic.check(two), refused);
        assert_eq!([Loss::Logistic.check(one), Loss::Squared.check(two)], [Ok(()); 2]);
        assert_eq!([Loss::Logistic.targets_len(one), Loss::Squared.targets_len(two)], [1, 8]);
    }
}
