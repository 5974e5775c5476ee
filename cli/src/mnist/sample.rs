//! The sample of real digits that ships inside the program: what `tutee mnist` learns from when it is given no data.
//!
//! Authors, licence and how the sample was cut: `data/README.md`.

use super::idx::{Digits, Source, read};
use crate::failure::Failure;

/// Where the sample comes from, in a few words for a caption.
pub const CAPTION: &str = "the sample of MNIST digits that ships with tutee (LeCun, Cortes, Burges; CC BY-SA 3.0)";

macro_rules! part {
    ($part:literal) => {
        (
            concat!($part, "-images-idx3-ubyte.gz"),
            include_bytes!(concat!("../../data/", $part, "-images-idx3-ubyte.gz")).as_slice(),
            concat!($part, "-labels-idx1-ubyte.gz"),
            include_bytes!(concat!("../../data/", $part, "-labels-idx1-ubyte.gz")).as_slice(),
        )
    };
}

/// The training and the test digits of the sample; at most the first `limits.0` and `limits.1` of them.
///
/// # Errors
/// None, unless the program was built from damaged files.
pub fn read_sample(limits: (usize, usize)) -> Result<(Digits, Digits), Failure> {
    let unpack = |(images_name, images, labels_name, labels): (&str, &'static [u8], &str, &'static [u8]), limit| {
        let images = Source { name: format!("shipped sample, {images_name}"), bytes: images };
        let labels = Source { name: format!("shipped sample, {labels_name}"), bytes: labels };
        read(images, labels, limit)
    };
    Ok((unpack(part!("train"), limits.0)?, unpack(part!("t10k"), limits.1)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mnist::idx::CLASSES;

    #[test]
    fn the_sample_holds_every_digit_often_enough() {
        let (train, test) = read_sample((usize::MAX, usize::MAX)).unwrap();
        assert_eq!((train.len(), test.len()), (2000, 500));
        for (digits, least) in [(&train, 150), (&test, 40)] {
            let mut seen = [0; CLASSES];
            for &label in digits.labels() {
                seen[usize::from(label)] += 1;
            }
            assert!(seen.iter().all(|&n| n >= least), "{seen:?}");
            assert_eq!(digits.images().count(), digits.len());
        }
        // The first labels of the published files.
        assert_eq!(train.labels()[..8], [5, 0, 4, 1, 9, 2, 1, 3]);
        assert_eq!(test.labels()[..8], [7, 2, 1, 0, 4, 1, 4, 9]);
        let (train, test) = read_sample((10, 20)).unwrap();
        assert_eq!((train.len(), test.len()), (10, 20));
    }
}
