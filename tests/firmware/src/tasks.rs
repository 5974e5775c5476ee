//! The six teachers: what a student is to find out.

use tutee::activation::Activation;
use tutee::input::SampleStream;
use tutee::kernel::reduce::dot;
use tutee::matrix::{Matrix, RowsMut};
use tutee::teacher::{Teacher, convolution, graph, group_sparse, token_selection};
use tutee::{Error, Scalar};

/// Who averages whom: K tokens for every output.
#[derive(Clone, Copy, Debug)]
enum Mixing {
    /// Blocks of K consecutive tokens.
    Blocks(usize),
    /// Every node of a ring and its two neighbours.
    Ring,
    /// The same chosen tokens for every output.
    Tokens(&'static [usize]),
    /// One group.
    Group(usize),
}

/// A teacher: its activation and its mixing. The filters come from a seeded stream.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// What the paper's experiment is called, here and by the `tutee` command.
    pub name: &'static str,
    activation: Activation<f64>,
    mixing: Mixing,
}

const RELU: Activation<f64> = Activation::Relu;
const LEAKY: Activation<f64> = Activation::LeakyRelu(0.1);
const IDENTITY: Activation<f64> = Activation::Identity;

/// The paper's tasks. The last are linear predictors that look at one group of features only.
pub static TASKS: [Task; 6] = [
    Task { name: "conv-relu", activation: RELU, mixing: Mixing::Blocks(4) },
    Task { name: "conv-leaky", activation: LEAKY, mixing: Mixing::Blocks(4) },
    Task { name: "graph-relu", activation: RELU, mixing: Mixing::Ring },
    Task { name: "graph-leaky", activation: LEAKY, mixing: Mixing::Ring },
    Task { name: "token-selection", activation: IDENTITY, mixing: Mixing::Tokens(&[1, 2, 6]) },
    Task { name: "group-sparse", activation: IDENTITY, mixing: Mixing::Group(5) },
];

/// Seed of the filters.
const SEED: u64 = 1;

impl Task {
    /// K, the number of tokens that one output averages.
    pub const fn group(&self) -> usize {
        match self.mixing {
            Mixing::Blocks(group) => group,
            Mixing::Ring => 3,
            Mixing::Tokens(tokens) => tokens.len(),
            Mixing::Group(_) => 1,
        }
    }

    /// Makes `teacher` the teacher of this task, with filters of norm 1.
    ///
    /// # Errors
    /// What the mixing refuses: blocks that do not divide the tokens, a token that does not exist.
    #[inline(never)]
    pub fn fill<T: Scalar, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>(
        &self,
        teacher: &mut Teacher<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    ) -> Result<(), Error> {
        let mut filters = Matrix::<T, FILTERS, FEATURES>::ZERO;
        let mut rng = SampleStream::new(SEED).sample();
        for filter in RowsMut::new(filters.as_mut_slice(), FEATURES) {
            rng.gaussian_fill(filter);
            let norm = dot(filter, filter).sqrt();
            for v in filter {
                *v /= norm;
            }
        }
        let activation = match self.activation {
            Activation::Identity => Activation::Identity,
            Activation::Relu => Activation::Relu,
            Activation::LeakyRelu(slope) => Activation::LeakyRelu(T::from_f64(slope)),
        };
        teacher.fill(activation, &filters, |mixing| match self.mixing {
            Mixing::Blocks(group) => convolution::average_pooling(mixing, group),
            Mixing::Ring => graph::cycle(mixing, 1),
            Mixing::Tokens(tokens) => token_selection::select(mixing, tokens),
            Mixing::Group(group) => group_sparse::select_group(mixing, group),
        })
    }
}
