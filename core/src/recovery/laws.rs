//! Laws on which losses end, in closed form: what a long training is compared with. [`law`](super::law) is that of the teachers that
//! average fixed tokens.

use crate::scalar::Scalar;

/// `sqrt(2/pi) pi^2 / 12`: the mean logistic loss is this over the standard deviation of the logit, once all labels are right.
pub const GROUP_LABEL_CONSTANT: f64 = 0.656_233_747_738_434_2;

/// The law of the logistic loss for classification by one group ([`crate::gradient::label`]): trained from zero, with D outputs,
/// inputs of standard deviation sigma, and logits that move by `rate dL/dA`,
/// `C^(2/3) (3 D^2 sigma^2 rate t)^(-1/3)` after t steps, whatever the number of features. The loss comes down to it: 3 % above at
/// `rate t = 1e4` for D = 5. A number only for positive arguments.
pub fn group_label_law(tokens: usize, deviation: f64, rate: f64, steps: u64) -> f64 {
    let d = f64::from_usize(tokens);
    let cubed = 3.0 * d * d * deviation * deviation * rate * steps as f64;
    let squared = GROUP_LABEL_CONSTANT * GROUP_LABEL_CONSTANT;
    Scalar::exp(Scalar::ln(squared / cubed) / 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_of_labels() {
        // (0.65623^2 / (3 * 25 * 0.5 * 10^4))^(1/3), by hand.
        assert!((group_label_law(5, 1.0, 0.5, 10_000) - 0.010_471_98).abs() < 5e-9);
        let (once, later) = (group_label_law(7, 0.5, 0.25, 300), group_label_law(7, 0.5, 0.25, 8 * 300));
        assert!((once / later - 2.0).abs() < 1e-14);
    }
}
