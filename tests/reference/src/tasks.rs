//! The teachers of the reference runs: the six tasks, small, and a few of awkward sizes.

use tutee::activation::Activation;
use tutee::input::SampleStream;
use tutee::matrix::MatrixViewMut;
use tutee::teacher::{convolution, graph, group_sparse, token_selection};
use tutee::{Error, Scalar, Shape};

/// Who averages whom.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mixing {
    Blocks(usize),
    Windows(convolution::WindowPooling),
    Cycle,
    Edges(&'static [(usize, usize)]),
    Tokens(&'static [usize]),
    Group(usize),
    /// Entries from the seeded stream, of any sign.
    Any,
}

/// A task: sizes (filters, features, tokens, outputs), slope of the activation in tenths, mixing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub(crate) name: &'static str,
    sizes: (usize, usize, usize, usize),
    slope_in_tenths: u32,
    mixing: Mixing,
}

const fn task(name: &'static str, sizes: (usize, usize, usize, usize), slope_in_tenths: u32, mixing: Mixing) -> Task {
    Task { name, sizes, slope_in_tenths, mixing }
}

/// A slope of 1 is the identity, 0 is ReLU.
pub(crate) const TASKS: [Task; 15] = [
    task("conv-relu", (2, 3, 8, 8), 0, Mixing::Blocks(4)),
    task("conv-leaky", (2, 3, 8, 8), 1, Mixing::Blocks(4)),
    task("graph-relu", (2, 3, 8, 8), 0, Mixing::Cycle),
    task("graph-leaky", (2, 3, 8, 8), 1, Mixing::Cycle),
    task("token-selection", (2, 3, 8, 8), 10, Mixing::Tokens(&[1, 2, 6])),
    task("group-sparse", (1, 3, 8, 8), 10, Mixing::Group(5)),
    task("conv-identity", (3, 5, 9, 3), 10, Mixing::Blocks(3)),
    task("windows-leaky", (2, 4, 12, 3), 2, Mixing::Windows(WINDOWS)),
    task("irregular-graph", (2, 2, 7, 7), 0, Mixing::Edges(&[(0, 1), (1, 2), (2, 0), (3, 4), (5, 1)])),
    task("one-of-each", (1, 1, 1, 1), 0, Mixing::Group(0)),
    task("one-output", (4, 1, 17, 1), 0, Mixing::Tokens(&[0, 16])),
    task("more-outputs", (1, 2, 3, 11), 1, Mixing::Any),
    // More rows than lanes, and a row whose stretch has tokens before and after it.
    task("many-outputs", (2, 1, 4, 18), 1, Mixing::Tokens(&[1, 3])),
    task("long-rows", (2, 1, 35, 2), 0, Mixing::Tokens(&[17, 20])),
    task("any-mixing", (3, 7, 8, 6), 5, Mixing::Any),
];

const WINDOWS: convolution::WindowPooling =
    convolution::WindowPooling { grid_rows: 2, grid_cols: 6, window_rows: 2, window_cols: 2 };

impl Task {
    pub(crate) fn shape(&self) -> Result<Shape, Error> {
        let (filters, features, tokens, outputs) = self.sizes;
        Shape::new(filters, features, tokens, outputs)
    }

    pub(crate) fn activation<T: Scalar>(&self) -> Activation<T> {
        match self.slope_in_tenths {
            0 => Activation::Relu,
            10 => Activation::Identity,
            slope => Activation::LeakyRelu(T::from_u32(slope) / T::from_u32(10)),
        }
    }

    /// A rate below the limit of stability.
    pub(crate) fn rate<T: Scalar>(&self) -> T {
        let (_, _, _, outputs) = self.sizes;
        T::ONE / T::from_usize(outputs)
    }

    /// Fills in V* and S*.
    pub(crate) fn fill<T: Scalar>(&self, value: &mut [T], mixing: &mut [T]) -> Result<(), Error> {
        let (_, _, tokens, outputs) = self.sizes;
        let mut rng = SampleStream::at(0x7EAC_4E12, 0).sample();
        rng.gaussian_fill(value);
        if let Mixing::Any = self.mixing {
            rng.gaussian_fill(mixing);
            return Ok(());
        }
        let mixing = MatrixViewMut::new("mixing", mixing, outputs, tokens)?;
        match self.mixing {
            Mixing::Blocks(group) => convolution::average_pooling(mixing, group),
            Mixing::Windows(windows) => convolution::window_pooling(mixing, &windows),
            Mixing::Cycle => graph::cycle(mixing, 1),
            Mixing::Edges(edges) => graph::from_edges(mixing, edges, graph::SelfLoops::Add),
            Mixing::Tokens(tokens) => token_selection::select(mixing, tokens),
            Mixing::Group(group) => group_sparse::select_group(mixing, group),
            Mixing::Any => Ok(()),
        }
    }
}
