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

/// The law of the excess loss for selection of a set that comes with the sample
/// ([`SelectionPopulation`](crate::gradient::layer::SelectionPopulation)): trained from zero on orthonormal codes, it ends on
/// `(D - 1) / (4 scale^2 rate t)` after t steps, whatever the size of the sets (but all tokens), the filters, their rate, the activation
/// and the number of outputs. A number only for a positive rate and a positive number of steps.
pub fn selection_law(tokens: usize, scale: f64, attention_rate: f64, steps: u64) -> f64 {
    (f64::from_usize(tokens) - 1.0) / (4.0 * scale * scale * attention_rate * steps as f64)
}

/// The law of the excess loss for mirror steps ([`Rule::Mirror`](crate::step::Rule::Mirror)) on a regular teacher, trained from zero
/// with W by gradient descent: `J D^2 (D - K) / (2 p rate^2 t^2)` after t steps, with `p = q |V*|^2`, the squared Frobenius norm of the
/// teacher's filters times the second moment of the activation ([`second_moment`](crate::activation::Activation::second_moment)). Of a
/// row with the mass eps off its set the loss is `p eps^2 / (2 (D - K))` once W has followed, its derivative by eps is what the gap of
/// the row's logits moves along, and eps falls with the exponential of that gap. A number only for positive arguments.
pub fn mirror_law(group: usize, outputs: usize, tokens: usize, power: f64, attention_rate: f64, steps: u64) -> f64 {
    let [k, j, d] = [group, outputs, tokens].map(f64::from_usize);
    let moved = attention_rate * steps as f64 / d;
    j * (d - k) / (2.0 * power * moved * moved)
}

/// What of the attention stands on a set of `size` of `tokens` tokens whose logits are larger by `advantage` than those of all
/// others: `q e^a / (q e^a + D - q)`.
pub fn selection_mass(size: usize, tokens: usize, advantage: f64) -> f64 {
    let (size, others) = (f64::from_usize(size), f64::from_usize(tokens.saturating_sub(size)));
    // The exponential of what is not positive does not overflow.
    if advantage > 0.0 {
        size / (size + others * Scalar::exp(-advantage))
    } else {
        let weighed = size * Scalar::exp(advantage);
        weighed / (weighed + others)
    }
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

    #[test]
    fn the_law_of_selection() {
        assert!((selection_law(8, 1.0, 0.5, 20_000) - 7.0 / 40_000.0).abs() < 1e-18);
        assert!((selection_law(16, 0.25, 0.5, 20_000) / selection_law(16, 1.0, 0.5, 20_000) - 16.0).abs() < 1e-12);
    }

    #[test]
    fn mass_is_the_softmax_of_two_levels() {
        for (size, tokens, advantage) in [(2, 8, 0.0), (2, 8, 5.0), (3, 9, -4.0), (1, 1, 3.0)] {
            let weights: std::vec::Vec<f64> =
                (0..tokens).map(|i| libm::exp(if i < size { advantage } else { 0.0 })).collect();
            let expected = weights[..size].iter().sum::<f64>() / weights.iter().sum::<f64>();
            assert!((selection_mass(size, tokens, advantage) - expected).abs() < 1e-15, "{size} {tokens} {advantage}");
        }
        assert_eq!((selection_mass(2, 8, 1e4), selection_mass(2, 8, -1e4)), (1.0, 0.0));
    }
}
