//! The teachers of the reference runs: the six tasks, small, and a few of awkward sizes.

use tutee::activation::Activation;
use tutee::input::SampleStream;
use tutee::matrix::MatrixViewMut;
use tutee::teacher::convolution::WindowPooling;
use tutee::teacher::family::Family;
use tutee::teacher::graph::SelfLoops;
use tutee::{Error, Scalar, Shape};

/// Who averages whom.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mixing {
    /// A family of the class.
    Of(Family<'static>),
    /// Entries from the seeded stream, of any sign.
    Any,
}

/// Blocks of consecutive tokens.
const fn blocks(group: usize) -> Mixing {
    Mixing::Of(Family::Pooling { group })
}

const fn tokens(tokens: &'static [usize]) -> Mixing {
    Mixing::Of(Family::Selection { tokens })
}

const fn group(group: usize) -> Mixing {
    Mixing::Of(Family::Group { group })
}

/// The paper's cycle.
const CYCLE: Mixing = Mixing::Of(Family::Cycle { reach: 1 });
const EDGES: &[(usize, usize)] = &[(0, 1), (1, 2), (2, 0), (3, 4), (5, 1)];
const IRREGULAR: Mixing = Mixing::Of(Family::Edges { edges: EDGES, self_loops: SelfLoops::Add });
const WINDOWS: Mixing =
    Mixing::Of(Family::Windows(WindowPooling { grid_rows: 2, grid_cols: 6, window_rows: 2, window_cols: 2 }));

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
    task("conv-relu", (2, 3, 8, 8), 0, blocks(4)),
    task("conv-leaky", (2, 3, 8, 8), 1, blocks(4)),
    task("graph-relu", (2, 3, 8, 8), 0, CYCLE),
    task("graph-leaky", (2, 3, 8, 8), 1, CYCLE),
    task("token-selection", (2, 3, 8, 8), 10, tokens(&[1, 2, 6])),
    task("group-sparse", (1, 3, 8, 8), 10, group(5)),
    task("conv-identity", (3, 5, 9, 3), 10, blocks(3)),
    task("windows-leaky", (2, 4, 12, 3), 2, WINDOWS),
    task("irregular-graph", (2, 2, 7, 7), 0, IRREGULAR),
    task("one-of-each", (1, 1, 1, 1), 0, group(0)),
    task("one-output", (4, 1, 17, 1), 0, tokens(&[0, 16])),
    task("more-outputs", (1, 2, 3, 11), 1, Mixing::Any),
    // More rows than lanes, and a row whose support has tokens before and after it.
    task("many-outputs", (2, 1, 4, 18), 1, tokens(&[1, 3])),
    task("long-rows", (2, 1, 35, 2), 0, tokens(&[17, 20])),
    task("any-mixing", (3, 7, 8, 6), 5, Mixing::Any),
];

/// For step rules: rows that average different tokens, of which as many are left over. What Adam keeps fits in beside the student.
pub(crate) const RULED: Task = task("rules", (2, 3, 9, 3), 1, blocks(3));

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
        match self.mixing {
            Mixing::Of(family) => family.fill(MatrixViewMut::new("mixing", mixing, outputs, tokens)?),
            Mixing::Any => {
                rng.gaussian_fill(mixing);
                Ok(())
            }
        }
    }
}
