//! Convolution with average pooling: every output averages one block of tokens.
//!
//! The tokens are the patches that a convolution looks at, so its filters are the rows of the value matrix and one
//! token is one position of the sliding window ([`patches`](super::patches) makes tokens from an image). Pooling then
//! averages K neighbouring positions:
//!
//! ```text
//! mixing[j][t] = 1/K   when token t lies in the block of output j
//!                0     otherwise
//! ```
//!
//! Blocks tile the tokens: either K consecutive tokens ([`average_pooling`]), or the `kh x kw` windows of a patch grid
//! ([`window_pooling`], `K = kh * kw`).
//!
//! Both come in two sizes, told apart by the number of outputs:
//!
//! * `outputs == tokens` (J = D, the form of the paper): output j averages the block that token j lies in, so the K
//!   outputs of one block are equal and the mixing is block-diagonal up to the order of the tokens.
//! * `outputs == tokens / K`: output j averages block j. It says the same with 1/K of the work.

use core::num::NonZeroUsize;

use crate::error::Error;
use crate::matrix::MatrixViewMut;
use crate::scalar::Scalar;

/// Fills `mixing` (`outputs x tokens`) with averages over blocks of `group` consecutive tokens: block b holds the
/// tokens `b * group .. (b + 1) * group`. `outputs` is `tokens` or `tokens / group`, see the [module](self).
///
/// # Errors
/// The mixing stays as it was:
/// * [`Error::Zero`]: `group` is zero;
/// * [`Error::GroupDoesNotDivide`]: `group` does not divide the number of tokens;
/// * [`Error::OutOfRange`]: there are neither as many outputs as tokens nor as many as blocks.
pub fn average_pooling<T: Scalar>(mixing: MatrixViewMut<'_, T>, group: usize) -> Result<(), Error> {
    let blocks = divide("tokens", mixing.cols(), "group", group)?;
    fill(mixing, blocks.count, group, |token| token / blocks.size)
}

/// The windows of a pooling over a grid of patches. Plain data; [`window_pooling`] checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowPooling {
    /// Rows of the patch grid.
    pub grid_rows: usize,
    /// Columns of the patch grid. Token `r * grid_cols + c` is the patch in row r, column c.
    pub grid_cols: usize,
    /// Rows of one window, kh; divides `grid_rows`.
    pub window_rows: usize,
    /// Columns of one window, kw; divides `grid_cols`.
    pub window_cols: usize,
}

/// Fills `mixing` (`outputs x tokens`) with averages over the windows that tile a grid of patches. The windows are
/// numbered row by row, like the tokens. `outputs` is `tokens` or the number of windows, see the [module](self).
///
/// # Errors
/// The mixing stays as it was:
/// * [`Error::Zero`]: one of the four sizes is zero;
/// * [`Error::GroupDoesNotDivide`]: a side of the window does not divide its side of the grid;
/// * [`Error::TooLarge`] or [`Error::Length`]: the grid has not as many patches as the mixing has tokens;
/// * [`Error::OutOfRange`]: there are neither as many outputs as tokens nor as many as windows.
pub fn window_pooling<T: Scalar>(mixing: MatrixViewMut<'_, T>, pooling: &WindowPooling) -> Result<(), Error> {
    let WindowPooling { grid_rows, grid_cols, window_rows, window_cols } = *pooling;
    let Some(row_length) = NonZeroUsize::new(grid_cols) else { return Err(Error::Zero { what: "grid_cols" }) };
    if grid_rows == 0 {
        return Err(Error::Zero { what: "grid_rows" });
    }
    let down = divide("grid_rows", grid_rows, "window_rows", window_rows)?;
    let across = divide("grid_cols", grid_cols, "window_cols", window_cols)?;
    let Some(expected) = grid_rows.checked_mul(grid_cols) else { return Err(Error::TooLarge { what: "the grid" }) };
    if mixing.cols() != expected {
        return Err(Error::Length { what: "a row of the mixing", expected, found: mixing.cols() });
    }
    // Neither product overflows: a window is not larger than the grid, nor are there more windows than patches.
    fill(mixing, down.count * across.count, window_rows * window_cols, |token| {
        let (row, col) = (token / row_length, token % row_length);
        row / down.size * across.count + col / across.size
    })
}

/// A length cut into equal pieces. The size is non-zero by type, so that dividing by it cannot panic.
struct Pieces {
    size: NonZeroUsize,
    count: usize,
}

fn divide(what: &'static str, length: usize, piece: &'static str, size: usize) -> Result<Pieces, Error> {
    let Some(size) = NonZeroUsize::new(size) else { return Err(Error::Zero { what: piece }) };
    if length % size != 0 {
        return Err(Error::GroupDoesNotDivide { what, group: size.get(), size: length });
    }
    Ok(Pieces { size, count: length / size })
}

/// Every output averages one of `blocks` blocks of `group` tokens each; `block_of` gives the block of a token.
fn fill<T: Scalar>(
    mut mixing: MatrixViewMut<'_, T>,
    blocks: usize,
    group: usize,
    block_of: impl Fn(usize) -> usize,
) -> Result<(), Error> {
    let (outputs, tokens) = (mixing.rows(), mixing.cols());
    if outputs != tokens && outputs != blocks {
        return Err(Error::OutOfRange { what: "outputs must equal tokens, or the number of pooled blocks" });
    }
    let share = T::ONE / T::from_usize(group);
    for (output, row) in mixing.iter_rows_mut().enumerate() {
        let block = if outputs == tokens { block_of(output) } else { output };
        for (token, entry) in row.iter_mut().enumerate() {
            *entry = if block_of(token) == block { share } else { T::ZERO };
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Matrix;

    const OLD: f64 = 7.0;
    const NEITHER: Error = Error::OutOfRange { what: "outputs must equal tokens, or the number of pooled blocks" };

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
    fn blocks_in_the_square_form() {
        let mut mixing = Matrix::from_rows([[OLD; 6]; 6]);
        average_pooling(mixing.view_mut(), 2).unwrap();
        let (a, b, c) =
            ([0.5, 0.5, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.5, 0.5]);
        assert_eq!(mixing, Matrix::from_rows([a, a, b, b, c, c]));
    }

    #[test]
    fn blocks_with_one_output_each() {
        let mut mixing = Matrix::from_rows([[OLD as f32; 6]; 2]);
        average_pooling(mixing.view_mut(), 3).unwrap();
        let third = 1.0_f32 / 3.0;
        assert_eq!(
            mixing,
            Matrix::from_rows([[third, third, third, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, third, third, third]])
        );
    }

    #[test]
    fn smallest_and_largest_group() {
        let mut mixing = Matrix::from_rows([[OLD; 3]; 3]);
        average_pooling(mixing.view_mut(), 1).unwrap();
        assert_eq!(mixing, Matrix::from_rows([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]));

        let mut mixing = Matrix::from_rows([[OLD; 4]; 1]);
        average_pooling(mixing.view_mut(), 4).unwrap();
        assert_eq!(mixing, Matrix::from_rows([[0.25; 4]]));
    }

    #[test]
    fn bad_groups_are_refused() {
        refused::<6, 6>(|m| average_pooling(m, 0), Error::Zero { what: "group" });
        refused::<6, 6>(|m| average_pooling(m, 4), Error::GroupDoesNotDivide { what: "tokens", group: 4, size: 6 });
        refused::<6, 6>(|m| average_pooling(m, 12), Error::GroupDoesNotDivide { what: "tokens", group: 12, size: 6 });
        // Twice 3 tokens: 2 or 6 outputs, nothing between, below or above.
        refused::<1, 6>(|m| average_pooling(m, 3), NEITHER);
        refused::<3, 6>(|m| average_pooling(m, 3), NEITHER);
        refused::<7, 6>(|m| average_pooling(m, 3), NEITHER);
    }

    /// A 2 x 6 grid under windows of 2 x 3: wide and tall sides differ, so that a swap of the two shows.
    const WIDE: WindowPooling = WindowPooling { grid_rows: 2, grid_cols: 6, window_rows: 2, window_cols: 3 };

    #[test]
    fn windows_with_one_output_each() {
        let mut mixing = Matrix::from_rows([[OLD; 12]; 2]);
        window_pooling(mixing.view_mut(), &WIDE).unwrap();
        let s = 1.0 / 6.0;
        let left = [s, s, s, 0.0, 0.0, 0.0, s, s, s, 0.0, 0.0, 0.0];
        let right = [0.0, 0.0, 0.0, s, s, s, 0.0, 0.0, 0.0, s, s, s];
        assert_eq!(mixing, Matrix::from_rows([left, right]));
    }

    #[test]
    fn windows_in_the_square_form() {
        let mut mixing = Matrix::from_rows([[OLD; 12]; 12]);
        window_pooling(mixing.view_mut(), &WIDE).unwrap();
        let s = 1.0 / 6.0;
        let left = [s, s, s, 0.0, 0.0, 0.0, s, s, s, 0.0, 0.0, 0.0];
        let right = [0.0, 0.0, 0.0, s, s, s, 0.0, 0.0, 0.0, s, s, s];
        let (l, r) = (left, right);
        assert_eq!(mixing, Matrix::from_rows([l, l, l, r, r, r, l, l, l, r, r, r]));
    }

    #[test]
    fn windows_are_numbered_row_by_row() {
        // 4 x 2 patches under 2 x 1 windows: windows 0 and 1 lie side by side, 2 and 3 below them.
        let mut mixing = Matrix::from_rows([[OLD; 8]; 4]);
        let tall = WindowPooling { grid_rows: 4, grid_cols: 2, window_rows: 2, window_cols: 1 };
        window_pooling(mixing.view_mut(), &tall).unwrap();
        let h = 0.5;
        let expected = [
            [h, 0.0, h, 0.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, h, 0.0, h, 0.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, h, 0.0, h, 0.0],
            [0.0, 0.0, 0.0, 0.0, 0.0, h, 0.0, h],
        ];
        assert_eq!(mixing, Matrix::from_rows(expected));
    }

    #[test]
    fn a_grid_of_one_row_is_plain_pooling() {
        let (mut windows, mut blocks) = (Matrix::from_rows([[OLD; 8]; 8]), Matrix::from_rows([[0.0; 8]; 8]));
        let flat = WindowPooling { grid_rows: 1, grid_cols: 8, window_rows: 1, window_cols: 4 };
        window_pooling(windows.view_mut(), &flat).unwrap();
        average_pooling(blocks.view_mut(), 4).unwrap();
        assert_eq!(windows, blocks);
    }

    #[test]
    fn bad_windows_are_refused() {
        let no = |what| Error::Zero { what };
        refused::<12, 12>(|m| window_pooling(m, &WindowPooling { grid_rows: 0, ..WIDE }), no("grid_rows"));
        refused::<12, 12>(|m| window_pooling(m, &WindowPooling { grid_cols: 0, ..WIDE }), no("grid_cols"));
        refused::<12, 12>(|m| window_pooling(m, &WindowPooling { window_rows: 0, ..WIDE }), no("window_rows"));
        refused::<12, 12>(|m| window_pooling(m, &WindowPooling { window_cols: 0, ..WIDE }), no("window_cols"));
        refused::<12, 12>(
            |m| window_pooling(m, &WindowPooling { window_rows: 3, ..WIDE }),
            Error::GroupDoesNotDivide { what: "grid_rows", group: 3, size: 2 },
        );
        refused::<12, 12>(
            |m| window_pooling(m, &WindowPooling { window_cols: 4, ..WIDE }),
            Error::GroupDoesNotDivide { what: "grid_cols", group: 4, size: 6 },
        );
        refused::<10, 10>(
            |m| window_pooling(m, &WIDE),
            Error::Length { what: "a row of the mixing", expected: 12, found: 10 },
        );
        let huge = WindowPooling { grid_rows: usize::MAX, grid_cols: 2, window_rows: usize::MAX, window_cols: 1 };
        refused::<12, 12>(|m| window_pooling(m, &huge), Error::TooLarge { what: "the grid" });
        refused::<3, 12>(|m| window_pooling(m, &WIDE), NEITHER);
    }
}
