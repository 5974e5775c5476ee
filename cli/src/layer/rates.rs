//! The rate at which a layer trains unless the command line says another: one that plain descent bears.
//!
//! Near its teacher half the squared error is a quadratic of the parameters, and descent is stable below twice the inverse of its largest
//! curvature. That of W_V and that of W_KQ are estimated, for J outputs that average K tokens each:
//!
//! ```text
//! of W_V    J max( 1/K, h )              h = min( sigma^2 / K, max |p_i|^2 ), of the codes that outputs average
//! of W_KQ   J scale^2 q k                q = largest eigenvalue of the second moment of the queries
//!                                        k = |V*|^2 (spectral) by content of the keys, h |V*|_F^2 / K by their position
//! ```
//!
//! sigma^2 is the largest eigenvalue of `P^T P`. Where tokens ask, q is 1 of their content and sigma^2 / D of their position, times two
//! and more, as content that asks multiplies that of the keys. A set of K tokens asks with a sum of codes, of mean `K/D sum p_i`:
//! q = K^2/D for orthonormal ones, which is why sets of nearly all tokens are steep. Of blocks that do not train nothing counts; of
//! concatenated tokens the larger of content and position counts, of added ones the sum. The tokens of a top-k teacher are the largest
//! along one direction, where they have the second moment `1/K + ln(D/K)`, about. Separate matrices are stiffer than their product by
//! their own squares, and learned codes grow: both by a factor that was measured.
//!
//! Gradients are of a batch of B. That of one sample along a filter is `m <m, .>` with m of d entries, so that a batch adds `(d + 2) / B`
//! to the mean's curvature: from 2 (d + 2) samples on that does not matter, and below the rate is less by that factor.
//!
//! The rate is K / J, or the inverse of the larger curvature where that is less.

use tutee::Scalar;
use tutee::layer::{LayerShape, Parameter, Queries};

use super::design::Design;
use super::model::start_codes;
use super::options::{EmbeddingName, Encoding};
use crate::failure::Ended;
use crate::task::Task;

/// By how much content that asks for content is steeper than content that position asks for, measured; of few tokens it is more, as a
/// token then often asks for itself.
const CONTENT_ASKS: f64 = 2.0;
/// By how much W_K and W_Q are steeper than W_KQ, measured.
const SEPARATE: f64 = 4.0;
/// Product of rate and curvature of W_V where tokens are the largest of all: less than two, for what differs between samples.
const LARGEST: f64 = 1.5;
/// By how much W_KQ is steeper where codes that it multiplies grow with it, measured.
const LEARNED: f64 = 6.0;
/// Rounds of a power iteration, whose result is an estimate from below.
const ROUNDS: usize = 64;

/// What a rate depends on beside the sizes.
#[derive(Debug)]
pub struct Teaching<'a> {
    pub task: &'a Task,
    /// K of the output that averages fewest.
    pub smallest: usize,
    /// Of a teacher that takes the largest K scores.
    pub largest_of: Option<usize>,
    pub batch: u32,
    pub seed: u64,
}

/// The rate of W_V and W_KQ.
///
/// # Errors
/// What the core refuses of the codes, or [`Ended::Memory`].
pub fn default_rate(shape: LayerShape, design: &Design, teaching: &Teaching<'_>) -> Result<f64, Ended> {
    let &Teaching { task, smallest, largest_of, batch, seed } = teaching;
    let sizes = task.shape;
    let [tokens, outputs, features] = [sizes.tokens(), sizes.outputs(), sizes.features()].map(|n| n as f64);
    let group = smallest as f64;
    let plain = group / outputs;
    let codes = start_codes::<f64>(shape, design, seed)?;
    let width = shape.dimensions(Parameter::Codes).map_or(shape.code_width(), |(_, width)| width);
    let (spread, longest, middle) = match design.encoding {
        None => (0.0, 0.0, 0.0),
        // Drawn anew for every sample; the largest eigenvalue of many such draws.
        Some(Encoding::Signs) => {
            let ratio = 1.0 + Scalar::sqrt(tokens / width as f64);
            (ratio * ratio, 1.0, 1.0 / tokens)
        }
        Some(_) => {
            let longest = codes.chunks(width).map(squared).fold(0.0, Scalar::larger);
            let mut mean = vec![0.0; width];
            for row in codes.chunks(width) {
                mean.iter_mut().zip(row).for_each(|(sum, p)| *sum += p / tokens);
            }
            (largest_eigenvalue(&codes, width), longest, squared(&mean))
        }
    };
    let both = |content: f64, position: f64| match design.embedding {
        EmbeddingName::Content => content,
        EmbeddingName::Concatenated => content.larger(position),
        EmbeddingName::Added => content + position,
    };
    let averaged = (spread / group).smaller(longest);
    let content = largest_of.map_or(1.0 / group, |count| {
        let count = count as f64;
        ((1.0 / count + Scalar::ln(tokens / count)) / LARGEST).larger(1.0)
    });
    let trained = design.trained;
    let value_curvature = outputs * both(content, if trained.value_position { averaged } else { 0.0 });

    let scale = design.scale.0.number(shape)?;
    let filters = largest_eigenvalue(&task.value, sizes.features());
    let by_content = trained.content_content || trained.content_position;
    let by_position = averaged * squared(&task.value) / group.larger(2.0);
    let answered = both(if by_content { filters } else { 0.0 }, by_position);
    let asked = match shape.form().queries {
        Queries::Sets if tokens > 1.0 => {
            let apart = group * (tokens - group) / (tokens * (tokens - 1.0)) * spread;
            (group * group * middle).larger(apart)
        }
        Queries::Sets => group * group * middle,
        _ => {
            let steeper = CONTENT_ASKS * (1.0 + 2.0 / tokens);
            let content_asks = trained.content_content || trained.position_content;
            both(if content_asks { steeper } else { 0.0 }, steeper * spread / tokens)
        }
    };
    let mut logit_curvature = outputs * scale * scale * asked * answered;
    if design.keys.is_some() {
        logit_curvature *= SEPARATE;
    }
    if trained.encoding {
        logit_curvature *= LEARNED;
    }
    let noisy = f64::from(batch) / (2.0 * (features + 2.0));
    let bound = noisy.smaller(1.0) / value_curvature.larger(logit_curvature);
    Ok(if bound < plain * (1.0 - 1e-9) { rounded_down(bound) } else { plain })
}

/// The first two digits of a number.
fn rounded_down(x: f64) -> f64 {
    let mut unit = 1.0;
    while x * unit < 10.0 && unit < 1e300 {
        unit *= 10.0;
    }
    let digits = x * unit;
    if digits < 100.0 { digits.floor() / unit } else { x }
}

fn squared(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x * x).sum()
}

/// The largest eigenvalue of `R^T R`, of a matrix R with rows of so many entries.
fn largest_eigenvalue(rows: &[f64], width: usize) -> f64 {
    // No symmetry of a matrix is that of this vector.
    let mut vector: Vec<f64> = (0..width).map(|i| 1.0 + 1.0 / (i + 2) as f64).collect();
    let mut found = 0.0;
    for _ in 0..ROUNDS {
        let length = Scalar::sqrt(squared(&vector));
        if length == 0.0 {
            return 0.0;
        }
        vector.iter_mut().for_each(|x| *x /= length);
        let mut next = vec![0.0; width];
        found = 0.0;
        for row in rows.chunks(width) {
            let along: f64 = row.iter().zip(&vector).map(|(a, b)| a * b).sum();
            found += along * along;
            next.iter_mut().zip(row).for_each(|(sum, r)| *sum += along * r);
        }
        vector = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_eigenvalue_is_found() {
        assert!((largest_eigenvalue(&[1.0, 0.0, 0.0, 3.0], 2) - 9.0).abs() < 1e-9);
        assert!((largest_eigenvalue(&[1.0, -1.0, 1.0, -1.0], 2) - 4.0).abs() < 1e-9);
        assert_eq!(largest_eigenvalue(&[0.0; 4], 2), 0.0);
    }

    #[test]
    fn two_digits_are_kept() {
        assert_eq!([0.123, 0.0999, 3.78, 0.5].map(rounded_down), [0.12, 0.099, 3.7, 0.5]);
    }
}
