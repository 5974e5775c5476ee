//! The small network whose first layer becomes the teacher: a convolution without bias over patches that lie side by
//! side, average pooling, an activation, and a linear classifier.
//!
//! ```text
//! u_g    = V p_g                       p_g: mean of the patches of group g; V: filters x features
//! logits = C act(u) + b                act(u): groups x filters, in one row
//! loss   = - ln softmax(logits)[label]
//! ```
//!
//! Convolution and pooling are linear and act on different indices, so the mean of the filtered patches is the filtered
//! mean patch: the network only ever needs the `p_g`, which are computed once an image.
//!
//! Training is plain descent, or Adam (Kingma & Ba 2015) with its usual constants, on the mean gradient of a batch, from PyTorch's
//! default start: every parameter uniform in `+-1/sqrt(number of inputs of its unit)`.

use tutee::activation::Activation;
use tutee::kernel::reduce::dot;
use tutee::kernel::softmax::softmax;
use tutee::scalar::Scalar;

use super::draws::{Draws, Passes};

/// Adam's step size.
const RATE: f64 = 1e-3;
/// Adam's memory of the gradient and of its square, and the number that keeps its division finite.
const MEAN_MEMORY: f64 = 0.9;
const SQUARE_MEMORY: f64 = 0.999;
const FLOOR: f64 = 1e-8;

/// How the network's parameters follow the mean gradient of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimiser {
    /// Adam with its usual constants.
    Adam,
    /// Plain descent at a rate.
    Descent(f64),
}

/// The sizes and the activation of a network.
#[derive(Clone, Copy, Debug)]
pub struct Architecture<T> {
    /// Filters of the convolution.
    pub filters: usize,
    /// Pixels of one patch.
    pub features: usize,
    /// Pooling groups.
    pub groups: usize,
    /// Classes to tell apart.
    pub classes: usize,
    /// Activation of the hidden layer.
    pub activation: Activation<T>,
}

impl<T: Scalar> Architecture<T> {
    const fn hidden(&self) -> usize {
        self.groups * self.filters
    }

    /// Elements of the filters, of the classifier's weights and of its biases.
    const fn lengths(&self) -> [usize; 3] {
        [self.filters * self.features, self.classes * self.hidden(), self.classes]
    }
}

/// The network: filters (`filters x features`), weights (`classes x (groups filters)`) and biases (`classes`), in one
/// row, so that the optimiser need not tell them apart.
#[derive(Clone, Debug)]
pub struct Network<T> {
    architecture: Architecture<T>,
    parameters: Vec<T>,
}

/// Working memory: what one image leaves on its way through the network.
struct Forward<T> {
    /// `u`, `groups x filters`.
    before: Vec<T>,
    /// `act(u)`.
    hidden: Vec<T>,
    logits: Vec<T>,
    /// The softmax of the logits, then what is left of it after the label's one is taken off.
    shares: Vec<T>,
    d_hidden: Vec<T>,
}

impl<T: Scalar> Forward<T> {
    fn new(architecture: &Architecture<T>) -> Self {
        let hidden = || vec![T::ZERO; architecture.hidden()];
        let classes = || vec![T::ZERO; architecture.classes];
        Self { before: hidden(), hidden: hidden(), logits: classes(), shares: classes(), d_hidden: hidden() }
    }
}

impl<T: Scalar> Network<T> {
    /// A network at its random start.
    pub fn new(architecture: Architecture<T>, draws: &mut Draws) -> Self {
        let mut parameters = Vec::new();
        let inputs = [architecture.features, architecture.hidden(), architecture.hidden()];
        for (length, inputs) in architecture.lengths().into_iter().zip(inputs) {
            let bound = 1.0 / Scalar::sqrt(inputs as f64);
            parameters.extend((0..length).map(|_| T::from_f64(draws.symmetric(bound))));
        }
        Self { architecture, parameters }
    }

    /// The filters of the convolution, `filters x features`.
    pub fn filters(&self) -> &[T] {
        self.split().0
    }

    fn split(&self) -> (&[T], &[T], &[T]) {
        let [filters, weights, _] = self.architecture.lengths();
        let (filters, rest) = self.parameters.split_at(filters);
        let (weights, biases) = rest.split_at(weights);
        (filters, weights, biases)
    }

    /// Sends one image, as the means of its groups (`groups x features`), through the network.
    fn forward(&self, pooled: &[T], state: &mut Forward<T>) {
        let Architecture { features, filters: channels, activation, .. } = self.architecture;
        let (filters, weights, biases) = self.split();
        let groups = pooled.chunks_exact(features).zip(state.before.chunks_exact_mut(channels));
        for (mean, before) in groups {
            for (filter, u) in filters.chunks_exact(features).zip(before) {
                *u = dot(filter, mean);
            }
        }
        for (&u, hidden) in state.before.iter().zip(&mut state.hidden) {
            *hidden = activation.apply(u);
        }
        for ((logit, row), &bias) in state.logits.iter_mut().zip(weights.chunks_exact(state.hidden.len())).zip(biases) {
            *logit = dot(row, &state.hidden) + bias;
        }
    }

    /// Adds the gradient of one image's loss to `gradient`, which is laid out like the parameters; returns the loss.
    fn accumulate(&self, pooled: &[T], label: usize, state: &mut Forward<T>, gradient: &mut [T]) -> T {
        let Architecture { features, filters: channels, activation, .. } = self.architecture;
        let [filters_len, weights_len, _] = self.architecture.lengths();
        let (_, weights, _) = self.split();
        self.forward(pooled, state);
        softmax(&state.logits, &mut state.shares);
        // A share that has underflowed counts as the smallest one that has not.
        let loss = -state.shares[label].larger(T::from_f64(f64::from(f32::MIN_POSITIVE))).ln();
        state.shares[label] -= T::ONE;

        let (d_filters, rest) = gradient.split_at_mut(filters_len);
        let (d_weights, d_biases) = rest.split_at_mut(weights_len);
        let hidden = state.hidden.len();
        state.d_hidden.fill(T::ZERO);
        let rows = weights.chunks_exact(hidden).zip(d_weights.chunks_exact_mut(hidden));
        for ((&d_logit, d_bias), (row, d_row)) in state.shares.iter().zip(d_biases).zip(rows) {
            *d_bias += d_logit;
            for (d_weight, &h) in d_row.iter_mut().zip(&state.hidden) {
                *d_weight += d_logit * h;
            }
            for (d_h, &weight) in state.d_hidden.iter_mut().zip(row) {
                *d_h += d_logit * weight;
            }
        }
        for (d_h, &u) in state.d_hidden.iter_mut().zip(&state.before) {
            *d_h *= activation.derivative(u);
        }
        for (mean, d_before) in pooled.chunks_exact(features).zip(state.d_hidden.chunks_exact(channels)) {
            for (d_filter, &d_u) in d_filters.chunks_exact_mut(features).zip(d_before) {
                for (d, &x) in d_filter.iter_mut().zip(mean) {
                    *d += d_u * x;
                }
            }
        }
        loss
    }

    /// Trains for `steps` steps of `batch` images each, drawn by `passes` from the images in `pooled` (`groups x
    /// features` an image) and their `labels`.
    pub fn train(
        &mut self,
        (pooled, labels): (&[T], &[u8]),
        optimiser: Optimiser,
        (steps, batch): (u64, usize),
        passes: &mut Passes,
    ) {
        let image_len = self.architecture.groups * self.architecture.features;
        let mut state = Forward::new(&self.architecture);
        let mut gradient = vec![T::ZERO; self.parameters.len()];
        let mut adam = Adam::new(self.parameters.len());
        let mean = T::ONE / T::from_usize(batch);
        for _ in 0..steps {
            gradient.fill(T::ZERO);
            for image in passes.take(batch) {
                let pooled = &pooled[image * image_len..][..image_len];
                self.accumulate(pooled, usize::from(labels[image]), &mut state, &mut gradient);
            }
            for d in &mut gradient {
                *d *= mean;
            }
            match optimiser {
                Optimiser::Adam => adam.step(&mut self.parameters, &gradient),
                Optimiser::Descent(rate) => {
                    let rate = T::from_f64(rate);
                    for (parameter, &g) in self.parameters.iter_mut().zip(&gradient) {
                        *parameter -= rate * g;
                    }
                }
            }
        }
    }

    /// Share of the images whose largest logit is that of their label.
    pub fn accuracy(&self, pooled: &[T], labels: &[u8]) -> f64 {
        let image_len = self.architecture.groups * self.architecture.features;
        let mut state = Forward::new(&self.architecture);
        let mut right = 0_u32;
        for (pooled, &label) in pooled.chunks_exact(image_len).zip(labels) {
            self.forward(pooled, &mut state);
            let own = state.logits[usize::from(label)];
            // A tie counts as wrong.
            right += u32::from(state.logits.iter().filter(|&&logit| logit >= own).count() == 1);
        }
        f64::from(right) / labels.len() as f64
    }
}

/// The optimiser's memory.
struct Adam<T> {
    means: Vec<T>,
    squares: Vec<T>,
    /// What the memories' powers have decayed to; takes the start from zero out of the estimates.
    mean_decay: f64,
    square_decay: f64,
}

impl<T: Scalar> Adam<T> {
    fn new(length: usize) -> Self {
        Self { means: vec![T::ZERO; length], squares: vec![T::ZERO; length], mean_decay: 1.0, square_decay: 1.0 }
    }

    fn step(&mut self, parameters: &mut [T], gradient: &[T]) {
        self.mean_decay *= MEAN_MEMORY;
        self.square_decay *= SQUARE_MEMORY;
        let rate = T::from_f64(RATE / (1.0 - self.mean_decay));
        let square_scale = T::from_f64(1.0 / (1.0 - self.square_decay));
        let (keep_mean, keep_square) = (T::from_f64(MEAN_MEMORY), T::from_f64(SQUARE_MEMORY));
        let floor = T::from_f64(FLOOR);
        let memories = self.means.iter_mut().zip(&mut self.squares);
        for ((parameter, &g), (mean, square)) in parameters.iter_mut().zip(gradient).zip(memories) {
            *mean = keep_mean * *mean + (T::ONE - keep_mean) * g;
            *square = keep_square * *square + (T::ONE - keep_square) * (g * g);
            *parameter -= rate * *mean / ((*square * square_scale).sqrt() + floor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn architecture<T: Scalar>(activation: Activation<T>) -> Architecture<T> {
        Architecture { filters: 3, features: 4, groups: 2, classes: 5, activation }
    }

    #[test]
    fn the_gradient_is_the_finite_difference() {
        for activation in [Activation::Identity, Activation::Relu, Activation::LeakyRelu(0.1)] {
            let mut draws = Draws::new(3, 0);
            let mut network = Network::<f64>::new(architecture(activation), &mut draws);
            let mut state = Forward::new(&network.architecture);
            let image: Vec<f64> = (0..8).map(|_| draws.symmetric(1.0)).collect();
            let mut gradient = vec![0.0; network.parameters.len()];
            let loss = network.accumulate(&image, 2, &mut state, &mut gradient);
            assert!(loss > 0.5 && loss < 3.0, "near ln 5 before training: {loss}");
            // Kinks must not lie inside the differences.
            assert!(state.before.iter().all(|u| u.abs() > 1e-4));
            let mut ignored = vec![0.0; gradient.len()];
            for (index, &found) in gradient.iter().enumerate() {
                let at = network.parameters[index];
                network.parameters[index] = at + 1e-5;
                let up = network.accumulate(&image, 2, &mut state, &mut ignored);
                network.parameters[index] = at - 1e-5;
                let down = network.accumulate(&image, 2, &mut state, &mut ignored);
                network.parameters[index] = at;
                let difference = (up - down) / 2e-5;
                // Truncation 1e-10, rounding 1e-11.
                assert!((found - difference).abs() < 1e-9, "{activation:?} {index}: {found} {difference}");
            }
        }
    }

    #[test]
    fn adam_takes_the_published_first_steps() {
        // With a constant gradient both estimates are exact from the start, so every step is the rate against its sign.
        let mut optimiser = Adam::<f64>::new(2);
        let mut parameters = [1.0, 1.0];
        for step in 1..=3 {
            optimiser.step(&mut parameters, &[0.5, -20.0]);
            let moved = RATE * f64::from(step);
            assert!((parameters[0] - (1.0 - moved)).abs() < 1e-10 && (parameters[1] - (1.0 + moved)).abs() < 1e-10);
        }
    }

    #[test]
    fn a_separable_problem_is_learned() {
        // Class = which feature of the second group is the brightest.
        let mut draws = Draws::new(4, 0);
        let (mut pooled, mut labels) = (vec![], vec![]);
        for image in 0..400_u32 {
            let label = (image % 4) as u8;
            let mut means: Vec<f32> = (0..8).map(|_| draws.symmetric(0.2) as f32).collect();
            means[4 + usize::from(label)] += 1.0;
            pooled.extend(means);
            labels.push(label);
        }
        let mut network = Network::<f32>::new(architecture(Activation::LeakyRelu(0.1)), &mut draws);
        let before = network.accuracy(&pooled, &labels);
        let passes = || Passes::new(Draws::new(4, 1), 400);
        network.train((&pooled, &labels), Optimiser::Adam, (2000, 32), &mut passes());
        let after = network.accuracy(&pooled, &labels);
        assert!(before < 0.6 && after > 0.98, "{before} {after}");
    }

    #[test]
    fn plain_descent_is_a_rate_times_the_mean_gradient() {
        let mut draws = Draws::new(8, 0);
        let mut network = Network::<f64>::new(architecture(Activation::LeakyRelu(0.1)), &mut draws);
        let pooled: Vec<f64> = (0..16).map(|_| draws.symmetric(1.0)).collect();
        let mut expected = network.parameters.clone();
        for (image, label) in [3, 1].into_iter().enumerate() {
            let mut gradient = vec![0.0; expected.len()];
            network.accumulate(
                &pooled[8 * image..][..8],
                label,
                &mut Forward::new(&network.architecture),
                &mut gradient,
            );
            expected.iter_mut().zip(&gradient).for_each(|(parameter, g)| *parameter -= 0.25 * 0.5 * g);
        }
        let passes = &mut Passes::new(Draws::new(8, 1), 2);
        network.train((&pooled, &[3, 1]), Optimiser::Descent(0.25), (1, 2), passes);
        for (found, expected) in network.parameters.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
    }

    #[test]
    fn a_tie_between_classes_is_no_success() {
        let mut network = Network::<f32>::new(architecture(Activation::Identity), &mut Draws::new(1, 0));
        network.parameters.fill(0.0);
        assert_eq!(network.accuracy(&[0.0; 8], &[0]), 0.0);
    }
}
