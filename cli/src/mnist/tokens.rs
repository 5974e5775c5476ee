//! Digits as tokens: every image framed, cut into patches and pooled, once, before anything is trained.
//!
//! ```text
//!                                 framed                             resized
//! 28 x 28 pixels become           36 x 36, by a frame of background  27 x 27
//! patches of 3 x 3 side by side   12 x 12 tokens of 9 features       9 x 9 tokens        (grey level / 255)
//! windows of 3 x 3 patches        4 x 4 groups of 9 tokens           3 x 3 groups
//! ```
//!
//! Patches, the way from one to the next and windows may have other sizes, and the frame is then the smallest that makes them come out
//! even. Either makes the windows come out even. The frame leaves groups that are nearly always blank all around the digit and four that
//! are full of ink, and both kinds are of interest (see [`super`]); resized images are those of the paper.

use tutee::Error;
use tutee::teacher::convolution::WindowPooling;
use tutee::teacher::patches::PatchGrid;

use super::idx::{Digits, SIDE};

/// Pixels a side of a patch, from one to the next, and patches a side of a window, of [`Geometry::FRAMED`] and
/// [`Geometry::RESIZED`].
const PATCH: usize = 3;
const STRIDE: usize = 3;
const WINDOW: usize = 3;

/// How an image is cut. Windows lie side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Pixels a side, to which the image is resized; at most [`SIDE`].
    side: usize,
    /// Pixels of background on each side.
    padding: usize,
    /// Pixels a side of a patch.
    patch: usize,
    /// Pixels from one patch to the next.
    stride: usize,
    /// Patches a side of a pooling window.
    window: usize,
}

impl Geometry {
    /// In a frame.
    pub const FRAMED: Self = Self { side: SIDE, padding: 4, patch: PATCH, stride: STRIDE, window: WINDOW };
    /// Resized, as the paper has it.
    pub const RESIZED: Self = Self { side: 27, padding: 0, patch: PATCH, stride: STRIDE, window: WINDOW };

    /// With these sizes, in the smallest frame that makes patches and windows come out even.
    ///
    /// # Errors
    /// What was expected of which option.
    pub fn framed(patch: usize, stride: usize, window: usize) -> Result<Self, String> {
        for (option, pixels) in [("--patch", patch), ("--stride", stride), ("--window", window)] {
            if !(1..=SIDE).contains(&pixels) {
                return Err(format!("{option} {pixels}: expected a number from 1 to {SIDE}"));
            }
        }
        let framed = |padding| Self { side: SIDE, padding, patch, stride, window };
        let sizes = format!("--patch {patch} --stride {stride} --window {window}");
        let Some(geometry) = (0..=SIDE).map(framed).find(|geometry| geometry.comes_out_even()) else {
            return Err(format!(
                "{sizes}: expected sizes that come out even in a frame of at most {SIDE} pixels around 28 x 28"
            ));
        };
        // Fewer have no group inside.
        if geometry.groups_side() < 3 {
            return Err(format!("{sizes}: {} windows a side; expected at least 3", geometry.groups_side()));
        }
        Ok(geometry)
    }

    /// Pixels a side of a patch.
    pub const fn patch(self) -> usize {
        self.patch
    }

    /// Pixels from one patch to the next.
    pub const fn stride(self) -> usize {
        self.stride
    }

    /// Patches a side of a pooling window.
    pub const fn window(self) -> usize {
        self.window
    }

    /// d: pixels of a patch.
    pub const fn features(self) -> usize {
        self.patch * self.patch
    }

    /// K: patches of a group.
    pub const fn group_size(self) -> usize {
        self.window * self.window
    }

    /// Patches a side of the grid.
    pub const fn grid(self) -> usize {
        (self.side + 2 * self.padding - self.patch) / self.stride + 1
    }

    /// Groups a side of the grid of groups.
    const fn groups_side(self) -> usize {
        self.grid() / self.window
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
        self.tokens() * self.features()
    }

    /// Numbers of one image's pooled patches.
    pub const fn pooled_len(self) -> usize {
        self.groups() * self.features()
    }

    /// The windows, as the teacher's constructor wants to know them.
    pub const fn pooling(self) -> WindowPooling {
        let (grid, window) = (self.grid(), self.window);
        WindowPooling { grid_rows: grid, grid_cols: grid, window_rows: window, window_cols: window }
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
        row / self.window * self.groups_side() + col / self.window
    }

    const fn comes_out_even(self) -> bool {
        let side = self.side + 2 * self.padding;
        self.side <= SIDE
            && side >= self.patch
            && (side - self.patch).is_multiple_of(self.stride)
            && self.grid().is_multiple_of(self.window)
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
        let grid = PatchGrid::new(side, side, geometry.patch, geometry.patch, geometry.stride, geometry.padding)?;
        let (input_len, pooled_len) = (geometry.input_len(), geometry.pooled_len());
        let (features, share) = (geometry.features(), 1.0 / geometry.group_size() as f32);
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
            for (token, patch) in input.chunks_exact(features).enumerate() {
                for (mean, &x) in means[geometry.group_of(token) * features..].iter_mut().zip(patch) {
                    *mean += x * share;
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

    /// An image as its patches show it: rows of pixels.
    pub fn image(&self, image: usize) -> Vec<Vec<f64>> {
        let Geometry { patch, stride, .. } = self.geometry;
        let side = stride * self.geometry.grid().saturating_sub(1) + patch;
        let mut pixels = vec![vec![0.0; side]; side];
        for (token, features) in self.input(image).chunks(self.geometry.features()).enumerate() {
            let (top, left) = (stride * (token / self.geometry.grid()), stride * (token % self.geometry.grid()));
            for (row, values) in pixels.iter_mut().skip(top).zip(features.chunks(patch)) {
                row.iter_mut().skip(left).zip(values).for_each(|(pixel, &value)| *pixel = f64::from(value));
            }
        }
        pixels
    }

    /// The mean patch of every group of every image, `[image][group][feature]`.
    pub fn pooled(&self) -> &[f32] {
        &self.pooled
    }

    /// Share of the images with ink in each patch, row-major over the grid.
    pub fn ink(&self) -> Vec<f64> {
        let mut counts = vec![0_u32; self.geometry.tokens()];
        for input in self.inputs.chunks_exact(self.geometry.input_len()) {
            for (count, patch) in counts.iter_mut().zip(input.chunks_exact(self.geometry.features())) {
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
    fn the_frame_is_the_smallest_that_comes_out_even() {
        assert_eq!(Geometry::framed(3, 3, 3), Ok(Geometry::FRAMED));
        // A pixel of background, and 15 patches of 2 x 2 in 5 windows of 3; 34 - 3 + 1 patches that overlap, in 8 windows of 4.
        let two = Geometry::framed(2, 2, 3).unwrap();
        assert_eq!((two.padding, two.grid(), two.groups(), two.features(), two.group_size()), (1, 15, 25, 4, 9));
        let near = Geometry::framed(3, 1, 4).unwrap();
        assert_eq!((near.padding, near.grid(), near.groups()), (1, 28, 49));
        let refused = |patch, stride, window| Geometry::framed(patch, stride, window).unwrap_err();
        assert!(refused(0, 3, 3).starts_with("--patch 0: expected a number from 1 to 28"));
        assert!(refused(3, 29, 3).starts_with("--stride 29: "));
        assert!(refused(3, 2, 3).contains("come out even"), "an even number of pixels more than 25");
        assert!(refused(14, 14, 1).contains("--patch 14 --stride 14 --window 1: 2 windows a side"));
        // Pixel (0, 0) is (1, 1) of the framed image, which four patches see, as they overlap.
        let tokens = Tokens::new(&digits([(0, 0), (27, 27)]), near).unwrap();
        let seen: Vec<usize> = (0..28 * 28).filter(|token| tokens.input(0)[token * 9..][..9].contains(&0.2)).collect();
        assert_eq!(seen, [0, 1, 28, 29]);
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
