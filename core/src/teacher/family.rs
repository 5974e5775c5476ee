//! The families of teachers as one value, and filters to go with them.
//!
//! Each family fills a mixing from its own description and lives in a file of its own; [`Family`] is for programs that
//! choose among them at run time, as the command line, a reference list or a firmware with several tasks do. A program that
//! knows its family calls that file's function and links nothing else.

use super::convolution::{self, WindowPooling};
use super::graph::{self, SelfLoops};
use super::{group_sparse, token_selection};
use crate::error::Error;
use crate::input::SampleRng;
use crate::matrix::{MatrixViewMut, RowsMut};
use crate::scalar::Scalar;

/// Who averages whom: a family of teachers with the description that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family<'a> {
    /// Convolution with average pooling: output `j` averages the `j`-th group of consecutive tokens, or the group it stands
    /// in where there are as many outputs as tokens ([`convolution::average_pooling`]).
    Pooling {
        /// Tokens in a group, K.
        group: usize,
    },
    /// Convolution with average pooling over windows of a grid of patches ([`convolution::window_pooling`]).
    Windows(
        /// Sizes of grid and window.
        WindowPooling,
    ),
    /// Graph convolution on a cycle: every node averages itself and `reach` nodes on either side ([`graph::cycle`]).
    Cycle {
        /// Nodes on either side; `K = 2 * reach + 1`.
        reach: usize,
    },
    /// Graph convolution on any undirected graph ([`graph::from_edges`]).
    Edges {
        /// The edges, each listed once.
        edges: &'a [(usize, usize)],
        /// Whether a node belongs to its own neighbourhood.
        self_loops: SelfLoops,
    },
    /// Graph convolution with the symmetric normalisation of any undirected graph, each node its own neighbour
    /// ([`graph::symmetric`]).
    SymmetricEdges {
        /// The edges, each listed once.
        edges: &'a [(usize, usize)],
    },
    /// Sparse token selection: every output averages the same tokens ([`token_selection::select`]).
    Selection {
        /// The chosen tokens.
        tokens: &'a [usize],
    },
    /// Group-sparse predictor: every output reads one group alone ([`group_sparse::select_group`]).
    Group {
        /// The label-relevant group.
        group: usize,
    },
}

impl Family<'_> {
    /// Fills `mixing` (`outputs x tokens`): each row with the weights of one output over the tokens. They sum to one, but
    /// for [`Family::SymmetricEdges`].
    ///
    /// # Errors
    /// What the family refuses of its description or of the sizes; the mixing stays as it was.
    pub fn fill<T: Scalar>(self, mixing: MatrixViewMut<'_, T>) -> Result<(), Error> {
        match self {
            Self::Pooling { group } => convolution::average_pooling(mixing, group),
            Self::Windows(windows) => convolution::window_pooling(mixing, &windows),
            Self::Cycle { reach } => graph::cycle(mixing, reach),
            Self::Edges { edges, self_loops } => graph::from_edges(mixing, edges, self_loops),
            Self::SymmetricEdges { edges } => graph::symmetric(mixing, edges),
            Self::Selection { tokens } => token_selection::select(mixing, tokens),
            Self::Group { group } => group_sparse::select_group(mixing, group),
        }
    }
}

/// Fills `value` with filters (rows of `features` entries) of norm one and of uniformly random direction: Gaussian draws, all
/// of them in order, then each filter divided by its norm, whose squares are summed in sequence. A filter of which every draw
/// is zero stays zero.
pub fn unit_filters<T: Scalar>(value: &mut [T], features: usize, rng: &mut SampleRng) {
    rng.gaussian_fill(value);
    for filter in RowsMut::new(value, features) {
        let norm = filter.iter().fold(T::ZERO, |sum, &v| sum + v * v).sqrt();
        if norm > T::ZERO {
            for v in filter {
                *v /= norm;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::SampleStream;
    use crate::matrix::Matrix;

    const OLD: f64 = 7.0;
    const EDGES: [(usize, usize); 2] = [(0, 1), (3, 2)];

    /// Each family next to the function of its own file.
    #[test]
    fn every_family_fills_what_its_own_function_fills() {
        let windows = WindowPooling { grid_rows: 2, grid_cols: 2, window_rows: 1, window_cols: 2 };
        let old = || Matrix::from_rows([[OLD; 4]; 4]);
        let mut expected = [old(), old(), old(), old(), old(), old()];
        let [pooled, cycle, edges, symmetric, chosen, group] = &mut expected;
        convolution::average_pooling(pooled.view_mut(), 2).unwrap();
        graph::cycle(cycle.view_mut(), 1).unwrap();
        graph::from_edges(edges.view_mut(), &EDGES, SelfLoops::Omit).unwrap();
        graph::symmetric(symmetric.view_mut(), &EDGES).unwrap();
        token_selection::select(chosen.view_mut(), &[3, 1]).unwrap();
        group_sparse::select_group(group.view_mut(), 2).unwrap();
        let families = [
            Family::Pooling { group: 2 },
            Family::Cycle { reach: 1 },
            Family::Edges { edges: &EDGES, self_loops: SelfLoops::Omit },
            Family::SymmetricEdges { edges: &EDGES },
            Family::Selection { tokens: &[3, 1] },
            Family::Group { group: 2 },
        ];
        for (family, expected) in families.into_iter().zip(expected) {
            let mut mixing = Matrix::from_rows([[OLD; 4]; 4]);
            family.fill(mixing.view_mut()).unwrap();
            assert_eq!(mixing, expected, "{family:?}");
        }
        let (mut mixing, mut expected) = (Matrix::from_rows([[OLD; 4]; 2]), Matrix::from_rows([[OLD; 4]; 2]));
        Family::Windows(windows).fill(mixing.view_mut()).unwrap();
        convolution::window_pooling(expected.view_mut(), &windows).unwrap();
        assert_eq!(mixing, expected);
    }

    #[test]
    fn a_refused_description_leaves_the_mixing() {
        for family in [Family::Pooling { group: 3 }, Family::Selection { tokens: &[] }, Family::Group { group: 4 }] {
            let mut mixing = Matrix::from_rows([[OLD; 4]; 4]);
            assert!(family.fill(mixing.view_mut()).is_err(), "{family:?}");
            assert_eq!(mixing, Matrix::from_rows([[OLD; 4]; 4]), "{family:?}");
        }
    }

    #[test]
    fn filters_have_norm_one_and_other_directions() {
        let mut value = [0.0_f64; 15];
        unit_filters(&mut value, 5, &mut SampleStream::new(3).sample());
        let mut rows = value.chunks_exact(5);
        let (first, second) = (rows.next().unwrap(), rows.next().unwrap());
        for row in value.chunks_exact(5) {
            let norm: f64 = row.iter().map(|v| v * v).sum();
            assert!((norm - 1.0).abs() < 1e-15, "{norm}");
        }
        let inner: f64 = first.iter().zip(second).map(|(a, b)| a * b).sum();
        assert!(inner.abs() < 0.999, "{inner}");
    }
}
