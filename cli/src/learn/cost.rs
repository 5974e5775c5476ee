//! What an answer costs, and how many samples a test takes therefore.

use tutee::Shape;

/// The out-of-distribution test: exponential inputs, and label noise whose mean is that of an exponential, too. Models
/// larger than the default ones are tested on fewer samples, so that looking at a run does not take longer than the run.
const TEST_SAMPLES: usize = 2_000;
const FEWEST_TEST_SAMPLES: usize = 50;
pub(super) const TEST_NOISE_MEAN: f64 = 1.0;

/// So many samples that they cost what 2,000 cost at the default sizes.
pub(super) fn test_samples(shape: Shape) -> u32 {
    let samples = TEST_SAMPLES * cost(4, 6, 16, 16) / sample_cost(shape);
    samples.clamp(FEWEST_TEST_SAMPLES, TEST_SAMPLES) as u32
}

/// Multiplications of an answer to one sample.
pub(super) fn sample_cost(shape: Shape) -> usize {
    cost(shape.filters(), shape.features(), shape.tokens(), shape.outputs())
}

fn cost(filters: usize, features: usize, tokens: usize, outputs: usize) -> usize {
    filters.saturating_mul(tokens).saturating_mul(features.saturating_add(outputs))
}
