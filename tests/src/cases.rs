//! The paper's six tasks at any size, as the tests use them.

use tutee::activation::Activation;
use tutee::input::SampleStream;
use tutee::matrix::MatrixViewMut;
use tutee::teacher::{TeacherView, convolution, graph, group_sparse, token_selection};
use tutee::{Scalar, Shape};

/// A teacher with the rate that suits it.
#[derive(Clone, Debug)]
pub struct Case<T> {
    /// Name of the task.
    pub name: &'static str,
    /// The sizes.
    pub shape: Shape,
    /// The activation.
    pub activation: Activation<T>,
    /// V*.
    pub value: Vec<T>,
    /// S*.
    pub mixing: Vec<T>,
    /// K.
    pub group: usize,
}

impl<T: Scalar> Case<T> {
    /// The teacher as the core takes it.
    pub fn teacher(&self) -> TeacherView<'_, T> {
        TeacherView::new(self.shape, self.activation, &self.value, &self.mixing).expect("a legal teacher")
    }

    /// K / J.
    pub fn rate(&self) -> T {
        T::from_usize(self.group) / T::from_usize(self.shape.outputs())
    }
}

/// Unit-norm filters from the seeded stream.
pub fn unit_filters<T: Scalar>(filters: usize, features: usize, seed: u64) -> Vec<T> {
    let mut value = vec![T::ZERO; filters * features];
    SampleStream::new(seed).sample().gaussian_fill(&mut value);
    for filter in value.chunks_mut(features) {
        let norm = filter.iter().fold(T::ZERO, |sum, &v| sum + v * v).sqrt();
        for v in filter {
            *v /= norm;
        }
    }
    value
}

/// All six tasks with `tokens` tokens and outputs (a multiple of 4), six features and four filters (group-sparse: one).
pub fn six<T: Scalar>(tokens: usize) -> Vec<Case<T>> {
    let leaky = Activation::LeakyRelu(T::from_f64(0.1));
    [
        ("conv-relu", Activation::Relu, 4),
        ("conv-leaky", leaky, 4),
        ("graph-relu", Activation::Relu, 3),
        ("graph-leaky", leaky, 3),
        ("token-selection", Activation::Identity, 3),
        ("group-sparse", Activation::Identity, 1),
    ]
    .into_iter()
    .map(|(name, activation, group)| {
        let filters = if group == 1 { 1 } else { 4 };
        let shape = Shape::new(filters, 6, tokens, tokens).expect("legal sizes");
        let mut mixing = vec![T::ZERO; shape.mixing_len()];
        let view = MatrixViewMut::new("mixing", &mut mixing, tokens, tokens).expect("legal sizes");
        match name {
            "conv-relu" | "conv-leaky" => convolution::average_pooling(view, group),
            "graph-relu" | "graph-leaky" => graph::cycle(view, 1),
            "token-selection" => token_selection::select(view, &[1, tokens / 2, tokens - 1]),
            _ => group_sparse::select_group(view, tokens / 3),
        }
        .expect("a legal description");
        Case { name, shape, activation, value: unit_filters(filters, 6, 7), mixing, group }
    })
    .collect()
}
