//! Graph convolution: every node averages over its neighbourhood.
//!
//! A token is a node and there is one output a node, so the mixing is square. With A the adjacency matrix of an
//! undirected graph and D the diagonal matrix of the row sums of what is normalised,
//!
//! ```text
//! mixing = D^-1 (A + I)   with self-loops:     a node averages itself and its neighbours
//! mixing = D^-1 A         without:             a node averages its neighbours alone
//! mixing = D^-1/2 (A + I) D^-1/2               the symmetric normalisation of Kipf and Welling's graph convolution
//! ```
//!
//! The first two are averages ([`from_edges`]): a node whose neighbourhood has K members gets K entries `1/K`. The rows of the
//! third ([`symmetric`]) sum to one only where a node's neighbours have as many neighbours as itself; a student, whose
//! attention does sum to one, can come no nearer than that allows.
//!
//! The graph need not be regular, that is, K may differ from node to node; the guarantees of the paper are for regular
//! graphs. Its experiment is the [`cycle`] with K = 3, whose mixing is circulant and tridiagonal.

use crate::error::Error;
use crate::matrix::{MatrixView, MatrixViewMut};
use crate::scalar::Scalar;

/// Whether a node belongs to its own neighbourhood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfLoops {
    /// Every node does: `D^-1 (A + I)`.
    Add,
    /// No node does: `D^-1 A`.
    Omit,
}

/// Fills `mixing` (`tokens x tokens`) with averages on a cycle: each node takes itself and its `reach` nearest nodes on
/// either side, `K = 2 * reach + 1`. A reach of 1 is the paper's graph, a reach of 0 leaves every node alone.
///
/// # Errors
/// The mixing stays as it was:
/// * [`Error::Length`]: it is not square;
/// * [`Error::OutOfRange`]: K exceeds the number of nodes, so that a node would be counted twice.
pub fn cycle<T: Scalar>(mut mixing: MatrixViewMut<'_, T>, reach: usize) -> Result<(), Error> {
    let nodes = check_square(mixing.view())?;
    let group = match reach.checked_mul(2).and_then(|both_sides| both_sides.checked_add(1)) {
        Some(group) if group <= nodes => group,
        _ => return Err(Error::OutOfRange { what: "2 * reach + 1 must not exceed the number of nodes" }),
    };
    let share = T::ONE / T::from_usize(group);
    for (node, row) in mixing.iter_rows_mut().enumerate() {
        for (other, entry) in row.iter_mut().enumerate() {
            let one_way = node.abs_diff(other);
            let near = one_way <= reach || nodes - one_way <= reach;
            *entry = if near { share } else { T::ZERO };
        }
    }
    Ok(())
}

/// Fills `mixing` (`tokens x tokens`) with the neighbourhood averages of an undirected graph. An edge is a pair of
/// nodes, `(usize, usize)`, `[usize; 2]` or any type that turns into the former; it is listed once, in either
/// direction.
///
/// Without self-loops no list of edges may leave a node alone; with them an empty list is a graph without edges.
///
/// The search for repeated edges takes O(E^2) comparisons for E edges and the search for lonely nodes O(E * tokens),
/// because the mixing is the only memory there is and has to survive a refusal.
///
/// # Errors
/// The mixing stays as it was. The first fault in the order of the list is reported:
/// * [`Error::Length`]: the mixing is not square;
/// * [`Error::IndexOutOfRange`]: an edge ends at a node that does not exist;
/// * [`Error::OutOfRange`]: an edge joins a node to itself (that is what [`SelfLoops`] is for);
/// * [`Error::Duplicate`]: an edge is listed twice, in the same or in opposite directions;
/// * [`Error::EmptyNeighbourhood`]: without self-loops, a node has no edge.
pub fn from_edges<T: Scalar, E: Copy + Into<(usize, usize)>>(
    mut mixing: MatrixViewMut<'_, T>,
    edges: &[E],
    self_loops: SelfLoops,
) -> Result<(), Error> {
    let nodes = check_square(mixing.view())?;
    check_edges(nodes, edges)?;
    if self_loops == SelfLoops::Omit {
        check_no_node_alone(nodes, edges)?;
    }

    // First one where the adjacency matrix has one, then each row over its sum.
    mixing.as_mut_slice().fill(T::ZERO);
    for &edge in edges {
        let (a, b) = edge.into();
        put(&mut mixing, a, b, T::ONE);
        put(&mut mixing, b, a, T::ONE);
    }
    for (node, row) in mixing.iter_rows_mut().enumerate() {
        if let (SelfLoops::Add, Some(entry)) = (self_loops, row.get_mut(node)) {
            *entry = T::ONE;
        }
        let share = T::ONE / T::from_usize(row.iter().filter(|&&entry| entry != T::ZERO).count());
        for entry in row {
            if *entry != T::ZERO {
                *entry = share;
            }
        }
    }
    Ok(())
}

/// Fills `mixing` (`tokens x tokens`) with the symmetric normalisation `D^-1/2 (A + I) D^-1/2` of an undirected graph: nodes
/// `i` and `j` that are joined, or are one, get `1 / sqrt(K_i K_j)`, with K the number of a node's neighbours and itself. An
/// edge is a pair of nodes, listed once, in either direction, as for [`from_edges`].
///
/// The square root of the product of two whole numbers is rounded once and its reciprocal once, so that the mixing is
/// symmetric to the bit. A row sums to one if all neighbours of its node have as many neighbours as it has.
///
/// The search for repeated edges takes O(E^2) comparisons for E edges, the sizes of the neighbourhoods O(E * tokens).
///
/// # Errors
/// The mixing stays as it was. The first fault in the order of the list is reported:
/// * [`Error::Length`]: the mixing is not square;
/// * [`Error::IndexOutOfRange`]: an edge ends at a node that does not exist;
/// * [`Error::OutOfRange`]: an edge joins a node to itself;
/// * [`Error::Duplicate`]: an edge is listed twice, in the same or in opposite directions.
pub fn symmetric<T: Scalar, E: Copy + Into<(usize, usize)>>(
    mut mixing: MatrixViewMut<'_, T>,
    edges: &[E],
) -> Result<(), Error> {
    let nodes = check_square(mixing.view())?;
    check_edges(nodes, edges)?;

    // The sizes of the neighbourhoods stand on the diagonal until the edges have been weighed.
    mixing.as_mut_slice().fill(T::ZERO);
    for node in 0..nodes {
        let touches = |&&edge: &&E| {
            let (a, b) = edge.into();
            a == node || b == node
        };
        let members = 1 + edges.iter().filter(touches).count();
        put(&mut mixing, node, node, T::from_usize(members));
    }
    for &edge in edges {
        let (a, b) = edge.into();
        let weight = T::ONE / (get(&mixing, a) * get(&mixing, b)).sqrt();
        put(&mut mixing, a, b, weight);
        put(&mut mixing, b, a, weight);
    }
    for node in 0..nodes {
        let share = T::ONE / get(&mixing, node);
        put(&mut mixing, node, node, share);
    }
    Ok(())
}

/// An entry of the diagonal.
fn get<T: Scalar>(mixing: &MatrixViewMut<'_, T>, node: usize) -> T {
    mixing.view().row(node).and_then(|row| row.get(node)).copied().unwrap_or(T::ONE)
}

fn put<T: Scalar>(mixing: &mut MatrixViewMut<'_, T>, node: usize, other: usize, weight: T) {
    if let Some(entry) = mixing.row_mut(node).and_then(|row| row.get_mut(other)) {
        *entry = weight;
    }
}

/// The number of nodes of a square mixing.
fn check_square<T: Scalar>(mixing: MatrixView<'_, T>) -> Result<usize, Error> {
    let (outputs, nodes) = (mixing.rows(), mixing.cols());
    if outputs != nodes {
        return Err(Error::Length { what: "a column of the mixing", expected: nodes, found: outputs });
    }
    Ok(nodes)
}

fn check_edges<E: Copy + Into<(usize, usize)>>(nodes: usize, edges: &[E]) -> Result<(), Error> {
    for (position, &edge) in edges.iter().enumerate() {
        let (a, b) = edge.into();
        for node in [a, b] {
            if node >= nodes {
                return Err(Error::IndexOutOfRange { what: "node of an edge", index: node, limit: nodes });
            }
        }
        if a == b {
            return Err(Error::OutOfRange { what: "an edge must join two different nodes" });
        }
        let same = |&earlier: &E| {
            let earlier = earlier.into();
            earlier == (a, b) || earlier == (b, a)
        };
        if edges.iter().take(position).any(same) {
            return Err(Error::Duplicate { what: "edges", position });
        }
    }
    Ok(())
}

fn check_no_node_alone<E: Copy + Into<(usize, usize)>>(nodes: usize, edges: &[E]) -> Result<(), Error> {
    for node in 0..nodes {
        let touches = |&edge: &E| {
            let (a, b) = edge.into();
            a == node || b == node
        };
        if !edges.iter().any(touches) {
            return Err(Error::EmptyNeighbourhood { node });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Matrix;

    const OLD: f64 = 7.0;
    const THIRD: f64 = 1.0 / 3.0;

    /// The call fails with `expected` and leaves a mixing of this size as it was.
    fn refused<const OUTPUTS: usize, const TOKENS: usize>(
        call: impl FnOnce(MatrixViewMut<'_, f64>) -> Result<(), Error>,
        expected: Error,
    ) {
        let mut mixing = Matrix::from_rows([[OLD; TOKENS]; OUTPUTS]);
        assert_eq!(call(mixing.view_mut()), Err(expected));
        assert_eq!(mixing, Matrix::from_rows([[OLD; TOKENS]; OUTPUTS]));
    }

    #[test]
    fn the_cycle_is_circulant_and_tridiagonal() {
        let mut mixing = Matrix::from_rows([[OLD; 5]; 5]);
        cycle(mixing.view_mut(), 1).unwrap();
        let (o, s) = (0.0, THIRD);
        let expected = [[s, s, o, o, s], [s, s, s, o, o], [o, s, s, s, o], [o, o, s, s, s], [s, o, o, s, s]];
        assert_eq!(mixing, Matrix::from_rows(expected));
    }

    #[test]
    fn reach_of_a_cycle() {
        let mut mixing = Matrix::from_rows([[OLD; 6]; 6]);
        cycle(mixing.view_mut(), 2).unwrap();
        // All but the node opposite.
        for (node, row) in mixing.view().iter_rows().enumerate() {
            for (other, &entry) in row.iter().enumerate() {
                assert_eq!(entry, if node.abs_diff(other) == 3 { 0.0 } else { 0.2 });
            }
        }

        let mut alone = Matrix::from_rows([[OLD; 2]; 2]);
        cycle(alone.view_mut(), 0).unwrap();
        assert_eq!(alone, Matrix::from_rows([[1.0, 0.0], [0.0, 1.0]]));

        let mut all = Matrix::from_rows([[OLD as f32; 3]; 3]);
        cycle(all.view_mut(), 1).unwrap();
        assert_eq!(all, Matrix::from_rows([[1.0_f32 / 3.0; 3]; 3]));
    }

    #[test]
    fn bad_cycles_are_refused() {
        let expected = Error::OutOfRange { what: "2 * reach + 1 must not exceed the number of nodes" };
        refused::<4, 4>(|m| cycle(m, 2), expected);
        refused::<2, 2>(|m| cycle(m, 1), expected);
        refused::<4, 4>(|m| cycle(m, usize::MAX / 2 + 1), expected);
        refused::<4, 4>(|m| cycle(m, usize::MAX), expected);
        let oblong = Error::Length { what: "a column of the mixing", expected: 4, found: 3 };
        refused::<3, 4>(|m| cycle(m, 1), oblong);
    }

    /// A triangle 0-1-2 with a tail 2-3: neighbourhoods of three sizes.
    const KITE: [(usize, usize); 4] = [(0, 1), (2, 1), (0, 2), (3, 2)];

    /// Neighbourhoods of 3, 3, 4 and 2.
    #[test]
    fn the_symmetric_normalisation_of_an_irregular_graph() {
        let mut mixing = Matrix::from_rows([[OLD; 4]; 4]);
        symmetric(mixing.view_mut(), &KITE).unwrap();
        let (third, far, tail) = (1.0 / 3.0, 1.0 / 12.0_f64.sqrt(), 1.0 / 8.0_f64.sqrt());
        let expected =
            [[third, third, far, 0.0], [third, third, far, 0.0], [far, far, 0.25, tail], [0.0, 0.0, tail, 0.5]];
        assert_eq!(mixing, Matrix::from_rows(expected));
    }

    /// Where all neighbourhoods are of one size it is their average.
    #[test]
    fn the_symmetric_normalisation_of_a_regular_graph_is_the_average() {
        let edges: [(usize, usize); 5] = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)];
        let (mut symmetrical, mut average) = (Matrix::from_rows([[OLD; 5]; 5]), Matrix::from_rows([[OLD; 5]; 5]));
        symmetric(symmetrical.view_mut(), &edges).unwrap();
        from_edges(average.view_mut(), &edges, SelfLoops::Add).unwrap();
        assert_eq!(symmetrical, average);
        let mut alone = Matrix::from_rows([[OLD as f32; 2]; 2]);
        symmetric(alone.view_mut(), &[] as &[(usize, usize)]).unwrap();
        assert_eq!(alone, Matrix::from_rows([[1.0, 0.0], [0.0, 1.0]]));
    }

    #[test]
    fn bad_edges_are_refused_for_the_symmetric_normalisation() {
        refused::<3, 4>(
            |m| symmetric(m, &KITE),
            Error::Length { what: "a column of the mixing", expected: 4, found: 3 },
        );
        let missing = Error::IndexOutOfRange { what: "node of an edge", index: 3, limit: 3 };
        refused::<3, 3>(|m| symmetric(m, &KITE), missing);
        refused::<4, 4>(|m| symmetric(m, &[(0, 1), (1, 0)]), Error::Duplicate { what: "edges", position: 1 });
        let itself = Error::OutOfRange { what: "an edge must join two different nodes" };
        refused::<4, 4>(|m| symmetric(m, &[(2, 2)]), itself);
    }

    #[test]
    fn an_irregular_graph_with_self_loops() {
        let mut mixing = Matrix::from_rows([[OLD; 4]; 4]);
        from_edges(mixing.view_mut(), &KITE, SelfLoops::Add).unwrap();
        let (s, q, h) = (THIRD, 0.25, 0.5);
        assert_eq!(mixing, Matrix::from_rows([[s, s, s, 0.0], [s, s, s, 0.0], [q, q, q, q], [0.0, 0.0, h, h]]));
    }

    #[test]
    fn an_irregular_graph_without_self_loops() {
        let mut mixing = Matrix::from_rows([[OLD; 4]; 4]);
        from_edges(mixing.view_mut(), &KITE, SelfLoops::Omit).unwrap();
        let (s, h) = (THIRD, 0.5);
        assert_eq!(
            mixing,
            Matrix::from_rows([[0.0, h, h, 0.0], [h, 0.0, h, 0.0], [s, s, 0.0, s], [0.0, 0.0, 1.0, 0.0]])
        );
    }

    #[test]
    fn the_cycle_from_its_edges() {
        let (mut listed, mut made) = (Matrix::from_rows([[OLD as f32; 7]; 7]), Matrix::from_rows([[0.0_f32; 7]; 7]));
        let edges: [[usize; 2]; 7] = core::array::from_fn(|node| [node, (node + 1) % 7]);
        from_edges(listed.view_mut(), &edges, SelfLoops::Add).unwrap();
        cycle(made.view_mut(), 1).unwrap();
        assert_eq!(listed, made);
    }

    #[test]
    fn no_edges_but_self_loops() {
        let mut mixing = Matrix::from_rows([[OLD; 2]; 2]);
        from_edges::<_, (usize, usize)>(mixing.view_mut(), &[], SelfLoops::Add).unwrap();
        assert_eq!(mixing, Matrix::from_rows([[1.0, 0.0], [0.0, 1.0]]));
    }

    #[test]
    fn bad_edges_are_refused() {
        for self_loops in [SelfLoops::Add, SelfLoops::Omit] {
            let outside = |index| Error::IndexOutOfRange { what: "node of an edge", index, limit: 4 };
            refused::<4, 4>(|m| from_edges(m, &[(0, 1), (4, 1)], self_loops), outside(4));
            refused::<4, 4>(|m| from_edges(m, &[(0, 1), (2, usize::MAX)], self_loops), outside(usize::MAX));
            let to_itself = Error::OutOfRange { what: "an edge must join two different nodes" };
            refused::<4, 4>(|m| from_edges(m, &[(0, 1), (2, 2)], self_loops), to_itself);
            let twice = Error::Duplicate { what: "edges", position: 2 };
            refused::<4, 4>(|m| from_edges(m, &[(0, 1), (2, 3), (0, 1)], self_loops), twice);
            refused::<4, 4>(|m| from_edges(m, &[(0, 1), (2, 3), (1, 0)], self_loops), twice);
            let oblong = Error::Length { what: "a column of the mixing", expected: 4, found: 5 };
            refused::<5, 4>(|m| from_edges(m, &KITE, self_loops), oblong);
        }
    }

    #[test]
    fn a_node_without_neighbours_is_refused() {
        let alone = |node| Error::EmptyNeighbourhood { node };
        refused::<5, 5>(|m| from_edges(m, &KITE, SelfLoops::Omit), alone(4));
        refused::<4, 4>(|m| from_edges::<_, (usize, usize)>(m, &[], SelfLoops::Omit), alone(0));
    }
}
