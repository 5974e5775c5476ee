//! Digits as tokens: every image framed, cut into patches and pooled, once, before anything is trained.
//!
//! ```text
//!                                 framed                             resized
//! 28 x 28 pixels become           36 x 36, by a frame of background  27 x 27
//! patches of 3 x 3 side by side   12 x 12 tokens of 9 features       9 x 9 tokens        (grey level / 255)
//! windows of 3 x 3 patches        4 x 4 groups of 9 tokens           3 x 3 groups
//! ```
//!
//! Either makes the windows come out even. The frame leaves groups that are nearly always blank all around the digit and four that
//! are full of ink, and both kinds are of interest (see [`super`]); resized images are those of the paper.

use tutee::Error;
use tutee::teacher::convolution::WindowPooling;
use tutee::teacher::patches::PatchGrid;

use super::idx::{Digits, SIDE};

/// Pixels a side of a patch; patches lie side by side.
pub const PATCH: usize = 3;
/// Patches a side of a pooling window; windows lie side by side.
pub const WINDOW: usize = 3;
/// d: pixels of a patch.
pub const FEATURES: usize = PATCH * PATCH;
/// K: patches of a group.
pub const GROUP_SIZE: usize = WINDOW * WINDOW;

/// How many pixels an image has when it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Pixels a side, to which the image is resized; at most [`SIDE`].
    side: usize,
    /// Pixels of background on each side.
    padding: usize,
}

impl Geometry {
    /// In a frame.
    pub const FRAMED: Self = Self { side: SIDE, padding: 4 };
    /// Resized, as the paper has it.
    pub const RESIZED: Self = Self { side: 27, padding: 0 };

    /// Patches a side of the grid.
    pub const fn grid(self) -> usize {
        (self.side + 2 * self.padding) / PATCH
    }

    /// Groups a side of the grid of groups.
    const fn groups_side(self) -> usize {
        self.grid() / WINDOW
    }

    /// D: patches of an image.
    pub const fn tokens(self) -> usize {
        self.grid() * self.grid()
    }

    /// J: groups of an image.
    pub const fn groups(self) -> usize {
        self.groups_side() * self.groups_side()
    }

    /// Numbers of one image's tokens.
    pub const fn input_len(self) -> usize {
        self.tokens() * FEATURES
    }

    /// Numbers of one image's pooled patches.
    pub const fn pooled_len(self) -> usize {
        self.groups() * FEATURES
    }

    /// The windows, as the teacher's constructor wants to know them.
    pub const fn pooling(self) -> WindowPooling {
        let grid = self.grid();
        WindowPooling { grid_rows: grid, grid_cols: grid, window_rows: WINDOW, window_cols: WINDOW }
    }

    /// Whether a group touches the border of the image.
    pub const fn is_border(self, group: usize) -> bool {
        let side = self.groups_side();
        let (row, col) = (group / side, group % side);
        row == 0 || col == 0 || row + 1 == side || col + 1 == side
    }

    /// The group that a patch belongs to.
    const fn group_of(self, token: usize) -> usize {
        let (row, col) = (token / self.grid(), token % self.grid());
        row / WINDOW * self.groups_side() + col / WINDOW
    }

    const fn comes_out_even(self) -> bool {
        self.side <= SIDE
            && self.grid() * PATCH == self.side + 2 * self.padding
            && self.groups_side() * WINDOW == self.grid()
    }
}

const _: () = assert!(Geometry::FRAMED.comes_out_even() && Geometry::RESIZED.comes_out_even());

/// An image of `side` pixels a side: each pixel the mean of the area of the image that it covers, to the nearest grey level.
fn resized(pixels: &[u8], side: usize) -> Vec<u8> {
    // Lengths in parts of which an old pixel has `side` and a new one SIDE.
    let overlap = |new: usize, old: usize| {
        let (from, to) = ((new * SIDE).max(old * side), ((new + 1) * SIDE).min((old + 1) * side));
        to.saturating_sub(from)
    };
    let covered = |new: usize| (new * SIDE / side..SIDE).take_while(move |&old| overlap(new, old) > 0);
    let area = SIDE * SIDE;
    let pixel = |row: usize, col: usize| {
        let parts = covered(row).flat_map(|r| covered(col).map(move |c| (r, c)));
        let sum: usize =
            parts.map(|(r, c)| overlap(row, r) * overlap(col, c) * usize::from(pixels[r * SIDE + c])).sum();
        ((sum + area / 2) / area) as u8
    };
    (0..side).flat_map(|row| (0..side).map(move |col| (row, col))).map(|(row, col)| pixel(row, col)).collect()
}

/// The tokens of a set of digits.
pub struct Tokens {
    geometry: Geometry,
    inputs: Vec<f32>,
    pooled: Vec<f32>,
}

impl Tokens {
    /// Cuts every digit.
    ///
    /// # Errors
    /// None: the constants of this file fit each other.
    pub fn new(digits: &Digits, geometry: Geometry) -> Result<Self, Error> {
        let side = geometry.side;
        let grid = PatchGrid::new(side, side, PATCH, PATCH, PATCH, geometry.padding)?;
        let (input_len, pooled_len) = (geometry.input_len(), geometry.pooled_len());
        let mut inputs = vec![0.0; digits.len() * input_len];
        let mut pooled = vec![0.0; digits.len() * pooled_len];
        let mut patches = vec![0_u8; input_len];
        let images = inputs.chunks_exact_mut(input_len).zip(pooled.chunks_exact_mut(pooled_len));
        for (pixels, (input, means)) in digits.images().zip(images) {
            if side == SIDE {
                grid.extract(pixels, 0, &mut patches)?;
            } else {
                grid.extract(&resized(pixels, side), 0, &mut patches)?;
            }
            for (x, &level) in input.iter_mut().zip(&patches) {
                *x = f32::from(level) / 255.0;
            }
            for (token, patch) in input.chunks_exact(FEATURES).enumerate() {
                for (mean, &x) in means[geometry.group_of(token) * FEATURES..].iter_mut().zip(patch) {
                    *mean += x * (1.0 / GROUP_SIZE as f32);
                }
            }
        }
        Ok(Self { geometry, inputs, pooled })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.inputs.len() / self.geometry.input_len()
    }

    /// The tokens of one image, `x[token][feature]`.
    pub fn input(&self, image: usize) -> &[f32] {
        let length = self.geometry.input_len();
        &self.inputs[image * length..][..length]
    }

    /// The mean patch of every group of every image, `[image][group][feature]`.
    pub fn pooled(&self) -> &[f32] {
        &self.pooled
    }

    /// Share of the images with ink in each patch, row-major over the grid.
    pub fn ink(&self) -> Vec<f64> {
        let mut counts = vec![0_u32; self.geometry.tokens()];
        for input in self.inputs.chunks_exact(self.geometry.input_len()) {
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
        let tokens = Tokens::new(&digits([(9, 0), (27, 27)]), Geometry::FRAMED).unwrap();
        assert_eq!(tokens.len(), 2);
        let place = (4 * 12 + 1) * 9 + 3 + 1;
        for (i, &x) in tokens.input(0).iter().enumerate() {
            assert_eq!(x, if i == place { 0.2 } else { 0.0 }, "{i}");
        }
        // Patch (4, 1) belongs to group (1, 0).
        for (i, &x) in tokens.pooled()[..Geometry::FRAMED.pooled_len()].iter().enumerate() {
            assert!((x - if i == 4 * 9 + 4 { 0.2 / 9.0 } else { 0.0 }).abs() < 1e-8, "{i}");
        }
        // Pixel (27, 27) is (31, 31) of the framed image: pixel (1, 1) of patch (10, 10).
        assert_eq!(tokens.input(1)[(10 * 12 + 10) * 9 + 4], 0.2);
        let ink = tokens.ink();
        assert_eq!((ink.len(), ink[4 * 12 + 1], ink[10 * 12 + 10]), (144, 0.5, 0.5));
        assert_eq!(ink.iter().sum::<f64>(), 1.0);
    }

    #[test]
    fn a_resized_pixel_covers_its_part_of_the_image() {
        // A new pixel is 28/27 old ones wide: all of one old pixel and 1/27 of the next, or parts of two.
        let mut image = vec![0_u8; PIXELS];
        image[0] = 255;
        let corner = resized(&image, 27);
        // (27/28)^2 of 255 is 237.1.
        assert_eq!((corner.len(), corner[0], corner[1], corner[27]), (729, 237, 0, 0));
        let even = resized(&[200; PIXELS], 27);
        assert!(even.iter().all(|&level| level == 200));
        image = vec![0; PIXELS];
        image[13 * SIDE + 13] = 255;
        // Of the 27 parts of old pixel 13 a side, 13 lie in new pixel 12 and 14 in new pixel 13, which have 28 each.
        let middle = resized(&image, 27);
        assert_eq!([middle[12 * 27 + 12], middle[12 * 27 + 13], middle[13 * 27 + 13]], [55, 59, 64]);
        assert_eq!(resized(&image, SIDE), image);
    }

    #[test]
    fn groups_are_those_of_the_teacher() {
        for (geometry, inside) in [(Geometry::FRAMED, vec![5, 6, 9, 10]), (Geometry::RESIZED, vec![4])] {
            let (tokens, groups) = (geometry.tokens(), geometry.groups());
            let mut mixing = vec![0.0_f32; groups * tokens];
            let view = MatrixViewMut::new("mixing", &mut mixing, groups, tokens).unwrap();
            window_pooling(view, &geometry.pooling()).unwrap();
            for token in 0..tokens {
                for group in 0..groups {
                    assert_eq!(mixing[group * tokens + token] != 0.0, group == geometry.group_of(token));
                }
            }
            assert_eq!((0..groups).filter(|&group| !geometry.is_border(group)).collect::<Vec<_>>(), inside);
        }
    }
}
