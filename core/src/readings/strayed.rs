//! How far readings lie from those that a standardizer has looked at, and which sensor lies farthest.

use super::standardizer::StandardizerViewMut;
use crate::error::Error;
use crate::matrix::{check_finite, check_length};
use crate::memory::Sizes;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// The sensors whose readings lie farthest from what was taken from those that were looked at: one of inputs, one of answers, each
/// with the mean of its squares as a student sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Strayed<T> {
    /// Of the input that lies farthest.
    pub input: T,
    /// The token of that input.
    pub token: usize,
    /// Its feature.
    pub feature: usize,
    /// Of the answer that lies farthest.
    pub answer: T,
    /// The output of that answer.
    pub output: usize,
    /// Its filter.
    pub filter: usize,
}

/// The largest of the mean squares of every number of a pair about its mean, in squares of its scale, and which number that is: of equal
/// ones the first. `known` has mean and scale of each; one that never varied does not count.
fn farthest<T: Scalar>(numbers: &[T], pairs: usize, known: impl Iterator<Item = (T, T)>) -> (T, usize) {
    let of_one = numbers.len().checked_div(pairs).map_or(1, |of_one| of_one.max(1));
    let mut most = (T::ZERO, 0);
    for (place, (mean, scale)) in known.enumerate() {
        if scale > T::ZERO {
            let mut squares = T::ZERO;
            for &number in numbers.iter().skip(place).step_by(of_one) {
                let deviation = (number - mean) / scale;
                squares += deviation * deviation;
            }
            if squares > most.0 {
                most = (squares, place);
            }
        }
    }
    (most.0 / T::from_usize(pairs), most.1)
}

/// Row and column of an element of a matrix with so many columns.
fn place_in(element: usize, columns: usize) -> (usize, usize) {
    (element.checked_div(columns).unwrap_or(0), element.checked_rem(columns).unwrap_or(0))
}

impl<T: Scalar> StandardizerViewMut<'_, T> {
    /// Which sensor of recorded pairs, `x[pair][token][feature]` and `y[pair][output][filter]`, lies farthest from the means that were
    /// taken, and how far: the largest of all sensors' mean squares over these pairs, in squares of the scales. One sensor whose
    /// offset has moved by m deviations is told by 1 + m^2 however many others there are.
    ///
    /// Features have one scale for all tokens, answers one for all. Where sensors vary alike each has 1 on average over pairs like
    /// those that were looked at; where they do not, or where an activation leaves tokens of a feature their own means
    /// ([`Centre::Feature`](super::Centre::Feature)), the liveliest has up to as many as share the scale, and what these first
    /// pairs give is what to compare with. Chance alone makes 2 or 3 of the largest of many over some ten pairs, and more of fewer.
    /// A feature that was constant does not count. Costs a division a number, and no memory.
    ///
    /// # Errors
    /// [`Error::Length`], also of no pair, [`Error::NotFinite`], naming the slice; [`Error::CannotMove`] where nothing was looked at,
    /// or nothing that varies. Of finite numbers it may be infinite.
    pub fn strayed(&self, shape: Shape, x: &[T], y: &[T]) -> Result<Strayed<T>, Error> {
        self.check(Sizes::of(shape))?;
        let pairs = x.len().checked_div(shape.input_len()).map_or(1, |pairs| pairs.max(1));
        for (what, numbers, of_one) in [("x", x, shape.input_len()), ("y", y, shape.output_len())] {
            check_length(what, numbers, pairs.saturating_mul(of_one))?;
            check_finite(what, numbers)?;
        }
        if self.is_constant() {
            return Err(Error::CannotMove { what: "no feature varies in the readings that were observed" });
        }
        let scales = self.scale.iter().copied().cycle();
        let (input, sensor) = farthest(x, pairs, self.mean.iter().copied().zip(scales));
        let (token, feature) = place_in(sensor, shape.features());
        let scale = self.observed.answer_scale;
        let (answer, sensor) = farthest(y, pairs, self.answer_mean.iter().map(|&mean| (mean, scale)));
        let (output, filter) = place_in(sensor, shape.filters());
        Ok(Strayed { input, token, feature, answer, output, filter })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readings::{Centre, Standardizer};
    use crate::shape::checked_shape;

    const SHAPE: Shape = checked_shape(1, 2, 2, 2);

    #[test]
    fn readings_that_moved_lie_far_from_those_that_were_looked_at() {
        let mut standardizer = Standardizer::<f64, 1, 2, 2, 2>::ZERO;
        let mut view = standardizer.view_mut();
        // The second feature is stuck.
        let pair = |i: f64| ([1000.0 * i, 7.0, 300.0 - 500.0 * i * i, 7.0], [i, 40.0 - i]);
        assert!(matches!(view.strayed(SHAPE, &pair(1.0).0, &pair(1.0).1), Err(Error::CannotMove { .. })));
        let all = [0.0, 1.0, 3.0, -1.0];
        for i in all {
            view.observe(SHAPE, Centre::Token, &pair(i).0, &pair(i).1).unwrap();
        }
        let far = |offset: f64, gain: f64| {
            let moved = all.map(|i| ([pair(i).0[0] + offset, 7.0, pair(i).0[2], 8.0], pair(i).1.map(|y| gain * y)));
            let (x, y) = (moved.map(|(x, _)| x), moved.map(|(_, y)| y));
            view.strayed(SHAPE, x.as_flattened(), y.as_flattened()).unwrap()
        };
        // What the second token has of its feature's variance, and the second answer of the answers': by the definition, by hand.
        let (first, second) = (all.map(|i| 1000.0 * i), all.map(|i| 300.0 - 500.0 * i * i));
        let spread = |of: [f64; 4]| {
            let mean = of.iter().sum::<f64>() / 4.0;
            of.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 4.0
        };
        let share = 2.0 * spread(second) / (spread(first) + spread(second));
        let own = far(0.0, 1.0);
        assert!((own.input - share).abs() < 1e-12 && (own.answer - 1.0).abs() < 1e-12, "{own:?} {share}");
        assert_eq!((own.token, own.feature), (1, 0));
        let moved = far(-9000.0, 10.0);
        assert!(moved.input > 16.0 && (moved.token, moved.feature) == (0, 0), "{moved:?}");
        assert!(moved.answer > 50.0 && (moved.output, moved.filter) == (1, 0), "{moved:?}");
        let length = |what, expected, found| Err(Error::Length { what, expected, found });
        assert_eq!(view.strayed(SHAPE, &[0.0; 3], &[0.0; 2]), length("x", 4, 3));
        assert_eq!(view.strayed(SHAPE, &[], &[]), length("x", 4, 0));
        assert_eq!(view.strayed(SHAPE, &[0.0; 9], &[0.0; 4]), length("x", 8, 9));
        assert_eq!(view.strayed(SHAPE, &[0.0; 8], &[0.0; 2]), length("y", 4, 2));
        let not = [f64::NAN, 0.0];
        assert_eq!(view.strayed(SHAPE, &[0.0; 4], &not), Err(Error::NotFinite { what: "y", index: 0 }));
    }

    #[test]
    fn one_sensor_of_many_that_moved_is_named() {
        const MANY: Shape = checked_shape(1, 2, 12, 12);
        let mut standardizer = Standardizer::<f64, 1, 2, 12, 12>::ZERO;
        let mut view = standardizer.view_mut();
        // 24 inputs and 12 answers, each between -1 and 1 about an offset of its own: variance 1/3.
        let drawn = |pair: u32, sensor: usize| {
            let mut bits = (u64::from(pair) * 64 + sensor as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            bits = (bits ^ bits >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
            ((bits ^ bits >> 32) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0 + 20.0 * sensor as f64
        };
        let pair = |i: u32| {
            (core::array::from_fn::<_, 24, _>(|n| drawn(i, n)), core::array::from_fn::<_, 12, _>(|n| drawn(i, n + 24)))
        };
        for i in 0..400 {
            let (x, y) = pair(i);
            view.observe(MANY, Centre::Token, &x, &y).unwrap();
        }
        let deviation = (1.0_f64 / 3.0).sqrt();
        for sensor in [0, 5, 23] {
            let moved = core::array::from_fn::<_, 16, _>(|i| {
                let (mut x, mut y) = pair(i as u32 + 1000);
                x[sensor] += 4.5 * deviation;
                y[sensor / 2] -= 4.5 * deviation;
                (x, y)
            });
            let found =
                view.strayed(MANY, moved.map(|(x, _)| x).as_flattened(), moved.map(|(_, y)| y).as_flattened()).unwrap();
            assert_eq!(
                (found.token, found.feature, found.output, found.filter),
                (sensor / 2, sensor % 2, sensor / 2, 0)
            );
            assert!(found.input > 12.0 && found.input < 30.0 && found.answer > 12.0, "{found:?}");
        }
        let still = core::array::from_fn::<_, 16, _>(|i| pair(i as u32 + 1000));
        let found =
            view.strayed(MANY, still.map(|(x, _)| x).as_flattened(), still.map(|(_, y)| y).as_flattened()).unwrap();
        assert!(found.input < 3.0 && found.answer < 3.0, "{found:?}");
    }
}
