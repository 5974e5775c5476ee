//! Images to tokens: a token is a patch, the piece of the image under one position of a sliding window.
//!
//! The image is row-major with one number a pixel. It is framed with `padding` pixels of background on all four
//! sides, and the window moves over the framed image in steps of `stride`:
//!
//! ```text
//! rows  = (image_rows + 2 padding - patch_rows) / stride + 1        (rounded down), columns likewise
//! token = r * cols + c             the patch in row r, column c of the grid
//! feature = i * patch_cols + k     its pixel in row i, column k
//! tokens[token * features + feature] = framed[r * stride + i][c * stride + k]
//! ```
//!
//! What is left over at the bottom and on the right, because the last step would leave the framed image, is dropped:
//! patches of 3 x 3 with a stride of 3 see the first 27 rows and columns of a 28 x 28 image. To drop from the other
//! sides, crop first.

use crate::error::Error;
use crate::matrix::{RowsMut, check_length};

/// How an image is cut into patches. All sizes are in pixels; there is at least one patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatchGrid {
    image_rows: usize,
    image_cols: usize,
    patch_rows: usize,
    patch_cols: usize,
    stride: usize,
    padding: usize,
    rows: usize,
    cols: usize,
}

impl PatchGrid {
    /// Cuts an image of `image_rows x image_cols`, framed with `padding` pixels of background, into patches of
    /// `patch_rows x patch_cols`, `stride` apart in both directions. Patches overlap when the stride is below their
    /// side, and leave pixels out when it is above.
    ///
    /// # Errors
    /// * [`Error::Zero`]: a side of the image or of the patch, or the stride, is zero;
    /// * [`Error::TooLarge`]: the number of pixels, framed or in all patches together, overflows;
    /// * [`Error::OutOfRange`]: the patch is larger than the framed image.
    pub const fn new(
        image_rows: usize,
        image_cols: usize,
        patch_rows: usize,
        patch_cols: usize,
        stride: usize,
        padding: usize,
    ) -> Result<Self, Error> {
        if image_rows == 0 {
            return Err(Error::Zero { what: "image_rows" });
        }
        if image_cols == 0 {
            return Err(Error::Zero { what: "image_cols" });
        }
        if patch_rows == 0 {
            return Err(Error::Zero { what: "patch_rows" });
        }
        if patch_cols == 0 {
            return Err(Error::Zero { what: "patch_cols" });
        }
        let (Some(framed_rows), Some(framed_cols)) = (framed(image_rows, padding), framed(image_cols, padding)) else {
            return Err(Error::TooLarge { what: "the framed image" });
        };
        if framed_rows.checked_mul(framed_cols).is_none() {
            return Err(Error::TooLarge { what: "the framed image" });
        }
        let Some(spare_rows) = framed_rows.checked_sub(patch_rows) else {
            return Err(Error::OutOfRange { what: "patch_rows must not exceed image_rows + 2 * padding" });
        };
        let Some(spare_cols) = framed_cols.checked_sub(patch_cols) else {
            return Err(Error::OutOfRange { what: "patch_cols must not exceed image_cols + 2 * padding" });
        };
        let (Some(row_steps), Some(col_steps)) = (spare_rows.checked_div(stride), spare_cols.checked_div(stride))
        else {
            return Err(Error::Zero { what: "stride" });
        };
        let (rows, cols) = (row_steps + 1, col_steps + 1);
        // A grid has no more patches than the framed image has pixels, and a patch no more pixels.
        if (rows * cols).checked_mul(patch_rows * patch_cols).is_none() {
            return Err(Error::TooLarge { what: "the patches" });
        }
        Ok(Self { image_rows, image_cols, patch_rows, patch_cols, stride, padding, rows, cols })
    }

    /// Rows of the grid.
    #[inline]
    pub const fn rows(self) -> usize {
        self.rows
    }

    /// Columns of the grid.
    #[inline]
    pub const fn cols(self) -> usize {
        self.cols
    }

    /// Number of patches, D.
    #[inline]
    pub const fn tokens(self) -> usize {
        self.rows * self.cols
    }

    /// Pixels of a patch, d.
    #[inline]
    pub const fn features(self) -> usize {
        self.patch_rows * self.patch_cols
    }

    /// Pixels of the image, without the frame.
    #[inline]
    pub const fn pixels(self) -> usize {
        self.image_rows * self.image_cols
    }

    /// Where in the image, row-major, the pixel `feature` of the patch `token` lies; `None` in the frame, and for a
    /// token or feature that does not exist.
    pub fn pixel(self, token: usize, feature: usize) -> Option<usize> {
        if token >= self.tokens() || feature >= self.features() {
            return None;
        }
        let (grid_row, grid_col) = (token.checked_div(self.cols)?, token.checked_rem(self.cols)?);
        let (patch_row, patch_col) = (feature.checked_div(self.patch_cols)?, feature.checked_rem(self.patch_cols)?);
        let row = (grid_row * self.stride + patch_row).checked_sub(self.padding)?;
        let col = (grid_col * self.stride + patch_col).checked_sub(self.padding)?;
        (row < self.image_rows && col < self.image_cols).then(|| row * self.image_cols + col)
    }

    /// Cuts `image` (`pixels()` elements, row-major) into `tokens` (`tokens() * features()` elements,
    /// `x[token][feature]`). The frame holds `background`.
    ///
    /// # Errors
    /// [`Error::Length`] for either slice; `tokens` stays as it was.
    pub fn extract<T: Copy>(&self, image: &[T], background: T, tokens: &mut [T]) -> Result<(), Error> {
        check_length("image", image, self.pixels())?;
        check_length("tokens", tokens, self.tokens() * self.features())?;
        let mut patches = RowsMut::new(tokens, self.features());
        for grid_row in 0..self.rows {
            for (grid_col, patch) in patches.by_ref().take(self.cols).enumerate() {
                for (patch_row, line) in RowsMut::new(patch, self.patch_cols).enumerate() {
                    let pixels = (grid_row * self.stride + patch_row)
                        .checked_sub(self.padding)
                        .and_then(|row| image.get(row * self.image_cols..)?.get(..self.image_cols));
                    for (patch_col, entry) in line.iter_mut().enumerate() {
                        let col = (grid_col * self.stride + patch_col).checked_sub(self.padding);
                        let pixel = pixels.zip(col).and_then(|(pixels, col)| pixels.get(col));
                        *entry = pixel.copied().unwrap_or(background);
                    }
                }
            }
        }
        Ok(())
    }
}

/// A side of the image with the frame on both ends.
const fn framed(side: usize, padding: usize) -> Option<usize> {
    match padding.checked_mul(2) {
        Some(both) => side.checked_add(both),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec;
    use std::vec::Vec;

    /// Every pixel its own number, from 1 up.
    fn numbered(grid: &PatchGrid) -> Vec<u32> {
        (1..).take(grid.pixels()).collect()
    }

    fn cut(grid: &PatchGrid) -> Vec<u32> {
        let mut tokens = vec![99; grid.tokens() * grid.features()];
        grid.extract(&numbered(grid), 0, &mut tokens).unwrap();
        tokens
    }

    #[test]
    fn patches_side_by_side() {
        // 1 2 3 4
        // 5 6 7 8
        let grid = PatchGrid::new(2, 4, 2, 1, 1, 0).unwrap();
        assert_eq!((grid.rows(), grid.cols(), grid.tokens(), grid.features(), grid.pixels()), (1, 4, 4, 2, 8));
        assert_eq!(cut(&grid), [1, 5, 2, 6, 3, 7, 4, 8]);
    }

    #[test]
    fn what_does_not_fit_is_dropped() {
        //  1  2  3  4  5
        //  6  7  8  9 10
        // 11 12 13 14 15
        let grid = PatchGrid::new(3, 5, 2, 2, 2, 0).unwrap();
        assert_eq!((grid.rows(), grid.cols()), (1, 2));
        assert_eq!(cut(&grid), [1, 2, 6, 7, 3, 4, 8, 9]);
    }

    #[test]
    fn a_stride_below_the_patch_overlaps_and_one_above_leaves_out() {
        // 1 2 3
        // 4 5 6
        let overlapping = PatchGrid::new(2, 3, 2, 2, 1, 0).unwrap();
        assert_eq!(cut(&overlapping), [1, 2, 4, 5, 2, 3, 5, 6]);
        let sparse = PatchGrid::new(2, 3, 1, 1, 2, 0).unwrap();
        assert_eq!(cut(&sparse), [1, 3]);
    }

    #[test]
    fn the_frame_holds_the_background() {
        // 0 0 0 0
        // 0 1 2 0
        // 0 3 4 0
        // 0 0 0 0
        let grid = PatchGrid::new(2, 2, 2, 2, 2, 1).unwrap();
        assert_eq!(cut(&grid), [0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0, 0]);

        let mut tokens = [9.0_f32; 16];
        grid.extract(&[1.0, 2.0, 3.0, 4.0], -0.5, &mut tokens).unwrap();
        assert_eq!(tokens[..4], [-0.5, -0.5, -0.5, 1.0]);
    }

    #[test]
    fn a_patch_that_lies_in_the_frame_is_all_background() {
        let grid = PatchGrid::new(1, 1, 1, 1, 1, 1).unwrap();
        assert_eq!(cut(&grid), [0, 0, 0, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn the_sizes_of_handwritten_digits() {
        let sizes = |grid: PatchGrid| (grid.rows(), grid.cols(), grid.features());
        assert_eq!(sizes(PatchGrid::new(28, 28, 3, 3, 3, 0).unwrap()), (9, 9, 9));
        assert_eq!(sizes(PatchGrid::new(28, 28, 2, 2, 2, 1).unwrap()), (15, 15, 4));
        assert_eq!(sizes(PatchGrid::new(28, 28, 3, 3, 3, 4).unwrap()), (12, 12, 9));
        assert_eq!(sizes(PatchGrid::new(28, 28, 6, 6, 2, 0).unwrap()), (12, 12, 36));
    }

    /// `pixel` finds each place by division, `extract` walks over all of them.
    #[test]
    fn pixel_and_extract_agree() {
        for (image_rows, image_cols, patch_rows, patch_cols, stride, padding) in [
            (1, 1, 1, 1, 1, 0),
            (5, 7, 2, 3, 1, 0),
            (5, 7, 2, 3, 2, 1),
            (7, 5, 3, 2, 3, 2),
            (4, 4, 6, 5, 1, 1),
            (3, 8, 2, 2, 5, 4),
        ] {
            let grid = PatchGrid::new(image_rows, image_cols, patch_rows, patch_cols, stride, padding).unwrap();
            let (image, tokens) = (numbered(&grid), cut(&grid));
            for token in 0..grid.tokens() {
                for feature in 0..grid.features() {
                    let expected = grid.pixel(token, feature).map_or(0, |pixel| image[pixel]);
                    assert_eq!(tokens[token * grid.features() + feature], expected, "{grid:?} {token} {feature}");
                }
            }
        }
    }

    #[test]
    fn pixels_of_a_token() {
        let grid = PatchGrid::new(4, 6, 2, 3, 2, 1).unwrap();
        // The grid is 3 x 3; token 5 starts at framed (2, 4), which is (1, 3) of the image.
        assert_eq!((grid.rows(), grid.cols()), (3, 3));
        let pixels: Vec<_> = (0..grid.features()).map(|feature| grid.pixel(5, feature)).collect();
        assert_eq!(pixels, [Some(9), Some(10), Some(11), Some(15), Some(16), Some(17)]);
        assert_eq!(grid.pixel(0, 0), None);
        assert_eq!(grid.pixel(9, 0), None);
        assert_eq!(grid.pixel(4, 6), None);
        assert_eq!(grid.pixel(usize::MAX, usize::MAX), None);
        // The row that is dropped belongs to no token.
        let dropping = PatchGrid::new(3, 5, 2, 2, 2, 0).unwrap();
        assert_eq!((dropping.pixel(1, 3), dropping.pixel(2, 0)), (Some(8), None));
    }

    #[test]
    fn bad_sizes_are_refused() {
        let zero = |what| Err(Error::Zero { what });
        assert_eq!(PatchGrid::new(0, 4, 2, 2, 1, 0), zero("image_rows"));
        assert_eq!(PatchGrid::new(4, 0, 2, 2, 1, 0), zero("image_cols"));
        assert_eq!(PatchGrid::new(4, 4, 0, 2, 1, 0), zero("patch_rows"));
        assert_eq!(PatchGrid::new(4, 4, 2, 0, 1, 0), zero("patch_cols"));
        assert_eq!(PatchGrid::new(4, 4, 2, 2, 0, 0), zero("stride"));

        let too_large = |what| Err(Error::TooLarge { what });
        assert_eq!(PatchGrid::new(4, 4, 2, 2, 1, usize::MAX), too_large("the framed image"));
        assert_eq!(PatchGrid::new(4, 4, 2, 2, 1, usize::MAX / 2), too_large("the framed image"));
        assert_eq!(PatchGrid::new(usize::MAX, 2, 1, 1, 1, 0), too_large("the framed image"));
        // Patches of a quarter of the image, a quarter as many as it has pixels.
        let side = 1 << (usize::BITS / 2 - 4);
        assert_eq!(PatchGrid::new(side, side, side / 2, side / 2, 1, 0), too_large("the patches"));

        let too_far = |what| Err(Error::OutOfRange { what });
        let rows = "patch_rows must not exceed image_rows + 2 * padding";
        let cols = "patch_cols must not exceed image_cols + 2 * padding";
        assert_eq!(PatchGrid::new(4, 5, 5, 5, 1, 0), too_far(rows));
        assert_eq!(PatchGrid::new(5, 4, 5, 5, 1, 0), too_far(cols));
        assert_eq!(PatchGrid::new(4, 9, 7, 1, 1, 1), too_far(rows));
    }

    #[test]
    fn slices_of_the_wrong_length_are_refused() {
        let grid = PatchGrid::new(2, 3, 2, 2, 1, 0).unwrap();
        for (image, tokens, what, expected) in
            [(5, 8, "image", 6), (7, 8, "image", 6), (6, 7, "tokens", 8), (6, 9, "tokens", 8)]
        {
            let mut out = vec![7_u8; tokens];
            let found = if what == "image" { image } else { tokens };
            let error = grid.extract(&vec![1; image], 0, &mut out);
            assert_eq!(error, Err(Error::Length { what, expected, found }));
            assert_eq!(out, vec![7; tokens]);
        }
    }
}
