//! Digits as tokens: every image framed, cut into patches and pooled, once, before anything is trained.
//!
//! ```text
//! 28 x 28 pixels, 4 pixels of background on each side        36 x 36
//! patches of 3 x 3 side by side                              12 x 12 tokens of 9 features (grey level / 255)
//! pooling windows of 3 x 3 patches side by side              4 x 4 groups of 9 tokens
//! ```
//!
//! The frame makes the windows come out even, and leaves groups that are nearly always blank all around the digit and
//! four that are full of ink: both kinds are of interest (see [`super`]).

use tutee::Error;
use tutee::teacher::convolution::WindowPooling;
use tutee::teacher::patches::PatchGrid;

use super::idx::{Digits, SIDE};

/// Pixels a side of a patch; patches lie side by side.
pub const PATCH: usize = 3;
/// Patches a side of a pooling window; windows lie side by side.
pub const WINDOW: usize = 3;
/// Pixels of background on each side of the image.
const PADDING: usize = 4;
/// Patches a side of the grid.
pub const GRID: usize = (SIDE + 2 * PADDING) / PATCH;
/// Groups a side of the grid of groups.
pub const GROUPS_SIDE: usize = GRID / WINDOW;
/// d: pixels of a patch.
pub const FEATURES: usize = PATCH * PATCH;
/// D: patches of an image.
pub const TOKENS: usize = GRID * GRID;
/// J: groups of an image.
pub const GROUPS: usize = GROUPS_SIDE * GROUPS_SIDE;
/// K: patches of a group.
pub const GROUP_SIZE: usize = WINDOW * WINDOW;
/// Numbers of one image's tokens.
pub const INPUT_LEN: usize = TOKENS * FEATURES;
/// Numbers of one image's pooled patches.
pub const POOLED_LEN: usize = GROUPS * FEATURES;

const _: () = assert!(GRID * PATCH == SIDE + 2 * PADDING && GROUPS_SIDE * WINDOW == GRID, "the sizes come out even");

/// The windows, as the teacher's constructor wants to know them.
pub const POOLING: WindowPooling =
    WindowPooling { grid_rows: GRID, grid_cols: GRID, window_rows: WINDOW, window_cols: WINDOW };

/// Whether a group touches the border of the image.
pub const fn is_border(group: usize) -> bool {
    let (row, col) = (group / GROUPS_SIDE, group % GROUPS_SIDE);
    row == 0 || col == 0 || row + 1 == GROUPS_SIDE || col + 1 == GROUPS_SIDE
}

/// The group that a patch belongs to.
const fn group_of(token: usize) -> usize {
    let (row, col) = (token / GRID, token % GRID);
    row / WINDOW * GROUPS_SIDE + col / WINDOW
}

/// The tokens of a set of digits.
pub struct Tokens {
    inputs: Vec<f32>,
    pooled: Vec<f32>,
}

impl Tokens {
    /// Cuts every digit.
    ///
    /// # Errors
    /// None: the constants of this file fit each other.
    pub fn new(digits: &Digits) -> Result<Self, Error> {
        let grid = PatchGrid::new(SIDE, SIDE, PATCH, PATCH, PATCH, PADDING)?;
        let mut inputs = vec![0.0; digits.len() * INPUT_LEN];
        let mut pooled = vec![0.0; digits.len() * POOLED_LEN];
        let mut patches = [0_u8; INPUT_LEN];
        let images = inputs.chunks_exact_mut(INPUT_LEN).zip(pooled.chunks_exact_mut(POOLED_LEN));
        for (pixels, (input, means)) in digits.images().zip(images) {
            grid.extract(pixels, 0, &mut patches)?;
            for (x, &level) in input.iter_mut().zip(&patches) {
                *x = f32::from(level) / 255.0;
            }
            for (token, patch) in input.chunks_exact(FEATURES).enumerate() {
                for (mean, &x) in means[group_of(token) * FEATURES..].iter_mut().zip(patch) {
                    *mean += x * (1.0 / GROUP_SIZE as f32);
                }
            }
        }
        Ok(Self { inputs, pooled })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.inputs.len() / INPUT_LEN
    }

    /// The tokens of one image, `x[token][feature]`.
    pub fn input(&self, image: usize) -> &[f32] {
        &self.inputs[image * INPUT_LEN..][..INPUT_LEN]
    }

    /// The mean patch of every group of every image, `[image][group][feature]`.
    pub fn pooled(&self) -> &[f32] {
        &self.pooled
    }

    /// Share of the images with ink in each patch, row-major over the grid.
    pub fn ink(&self) -> Vec<f64> {
        let mut counts = vec![0_u32; TOKENS];
        for input in self.inputs.chunks_exact(INPUT_LEN) {
            for (count, patch) in counts.iter_mut().zip(input.chunks_exact(FEATURES)) {
                *count += u32::from(patch.iter().any(|&x| x > 0.0));
            }
        }
        counts.iter().map(|&count| f64::from(count) / self.len() as f64).collect()
    }
}

#[cfg(test)]
mod tests {
    use tutee::matrix::MatrixViewMut;
    use tutee::teacher::convolution::window_pooling;

    use super::*;
    use crate::mnist::idx::{PIXELS, Source, read};

    /// Two digits: bright at one pixel each.
    fn digits(at: [(usize, usize); 2]) -> Digits {
        let mut images = [2051_u32, 2, 28, 28].map(u32::to_be_bytes).concat();
        for (row, col) in at {
            let start = images.len();
            images.resize(start + PIXELS, 0);
            images[start + row * SIDE + col] = 51;
        }
        let labels = [0, 0, 8, 1, 0, 0, 0, 2, 0, 1];
        let source = |bytes| Source { name: String::new(), bytes };
        read(source(images.as_slice()), source(labels.as_slice()), 2).unwrap()
    }

    #[test]
    fn a_pixel_arrives_at_its_place() {
        // Row 9 of the image is row 13 of the framed one: row 1 of patch row 4. Column 0 is column 4: column 1 of patch 1.
        let tokens = Tokens::new(&digits([(9, 0), (27, 27)])).unwrap();
        assert_eq!(tokens.len(), 2);
        let place = (4 * 12 + 1) * 9 + 3 + 1;
        for (i, &x) in tokens.input(0).iter().enumerate() {
            assert_eq!(x, if i == place { 0.2 } else { 0.0 }, "{i}");
        }
        // Patch (4, 1) belongs to group (1, 0).
        for (i, &x) in tokens.pooled()[..POOLED_LEN].iter().enumerate() {
            assert!((x - if i == 4 * 9 + 4 { 0.2 / 9.0 } else { 0.0 }).abs() < 1e-8, "{i}");
        }
        // Pixel (27, 27) is (31, 31) of the framed image: pixel (1, 1) of patch (10, 10).
        assert_eq!(tokens.input(1)[(10 * 12 + 10) * 9 + 4], 0.2);
        let ink = tokens.ink();
        assert_eq!((ink.len(), ink[4 * 12 + 1], ink[10 * 12 + 10]), (TOKENS, 0.5, 0.5));
        assert_eq!(ink.iter().sum::<f64>(), 1.0);
    }

    #[test]
    fn groups_are_those_of_the_teacher() {
        let mut mixing = vec![0.0_f32; GROUPS * TOKENS];
        window_pooling(MatrixViewMut::new("mixing", &mut mixing, GROUPS, TOKENS).unwrap(), &POOLING).unwrap();
        for token in 0..TOKENS {
            for group in 0..GROUPS {
                assert_eq!(mixing[group * TOKENS + token] != 0.0, group == group_of(token), "{group} {token}");
            }
        }
        assert_eq!((0..GROUPS).filter(|&group| !is_border(group)).collect::<Vec<_>>(), [5, 6, 9, 10]);
    }
}
