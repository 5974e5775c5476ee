//! The distribution of the input `X`.
//!
//! The exact gradient and the theory stand on standard Gaussian entries; the others are there to test a student out of
//! distribution, and all of them have unit variance so that losses stay comparable.

use super::correlated::correlate;
use super::draw;
use super::interleaved::{GENERATORS, Interleaved};
use super::stream::{SampleRng, SampleStream};
use crate::error::Error;
use crate::matrix::BlocksMut;
use crate::scalar::Scalar;
use crate::vector::{Plain, Vector};

/// Legal degrees of freedom of [`Input::StudentT`]. Two or fewer have no variance; from 64 up the distribution is
/// Gaussian for every practical purpose.
const DEGREES_OF_FREEDOM: core::ops::RangeInclusive<u32> = 3..=64;

/// A distribution of inputs. Entries are independent unless said otherwise, and have unit variance; [`Self::moments`]
/// has the table.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Input<T> {
    /// Standard normal: what training uses.
    Gaussian,
    /// Exponential with mean 1, not centred.
    Exponential,
    /// Uniform on `[-sqrt(3), sqrt(3)]`.
    Uniform,
    /// Laplace (two-sided exponential).
    Laplace,
    /// Gumbel (extreme values of type I, the long tail upwards), with mean 0 and variance 1.
    Gumbel,
    /// Student's t, scaled to unit variance.
    StudentT {
        /// From 3 to 64. The kurtosis is finite from 5 up only; below that, averages of squared losses converge slowly
        /// or not at all. With 3, the resolution of the stream ends the tails at 2048 and the variance is 0.9996.
        degrees_of_freedom: u32,
    },
    /// Standard normal entries that follow each other in a first-order autoregression along the features of a token:
    /// features `i` and `j` of one token have correlation `correlation^|i - j|`. Tokens are independent.
    Correlated {
        /// Correlation of neighbouring features, strictly between -1 and 1.
        correlation: T,
    },
    /// Normal with unit variance around a mean.
    Shifted {
        /// Mean of each entry; finite.
        mean: T,
    },
}

/// The first four moments of one entry. `None` where a moment does not exist or is infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments<T> {
    /// Mean.
    pub mean: T,
    /// Variance.
    pub variance: T,
    /// Third central moment over the cube of the standard deviation.
    pub skewness: Option<T>,
    /// Fourth central moment over the square of the variance (3 for a Gaussian).
    pub kurtosis: Option<T>,
}

impl<T: Scalar> Input<T> {
    /// Refuses parameters outside their range.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], naming the parameter.
    pub fn check(self) -> Result<(), Error> {
        let (legal, what) = match self {
            Input::Gaussian | Input::Exponential | Input::Uniform | Input::Laplace | Input::Gumbel => return Ok(()),
            Input::StudentT { degrees_of_freedom } => (
                DEGREES_OF_FREEDOM.contains(&degrees_of_freedom),
                "the degrees of freedom of a Student-t input must lie in 3..=64",
            ),
            Input::Correlated { correlation } => {
                (correlation.abs() < T::ONE, "the correlation of the features must lie strictly between -1 and 1")
            }
            Input::Shifted { mean } => (mean.is_finite(), "the mean of a shifted input must be finite"),
        };
        if legal { Ok(()) } else { Err(Error::OutOfRange { what }) }
    }

    /// The distribution in another number type; its parameter is rounded to that.
    #[inline]
    pub fn cast<U: Scalar>(self) -> Input<U> {
        match self {
            Input::Gaussian => Input::Gaussian,
            Input::Exponential => Input::Exponential,
            Input::Uniform => Input::Uniform,
            Input::Laplace => Input::Laplace,
            Input::Gumbel => Input::Gumbel,
            Input::StudentT { degrees_of_freedom } => Input::StudentT { degrees_of_freedom },
            Input::Correlated { correlation } => Input::Correlated { correlation: U::from_f64(correlation.to_f64()) },
            Input::Shifted { mean } => Input::Shifted { mean: U::from_f64(mean.to_f64()) },
        }
    }

    /// The moments of one entry:
    ///
    /// | input | mean | variance | skewness | kurtosis |
    /// |---|---|---|---|---|
    /// | Gaussian, correlated | 0 | 1 | 0 | 3 |
    /// | shifted | `mean` | 1 | 0 | 3 |
    /// | exponential | 1 | 1 | 2 | 9 |
    /// | uniform | 0 | 1 | 0 | 9/5 |
    /// | Laplace | 0 | 1 | 0 | 6 |
    /// | Gumbel | 0 | 1 | `12 sqrt(6) zeta(3) / pi^3` = 1.1395 | 27/5 |
    /// | Student-t | 0 | 1 | 0, none up to 3 degrees | `3 + 6 / (degrees - 4)`, none up to 4 degrees |
    pub fn moments(self) -> Moments<T> {
        let [three, six, nine] = [3, 6, 9].map(T::from_u32);
        let symmetric =
            |kurtosis| Moments { mean: T::ZERO, variance: T::ONE, skewness: Some(T::ZERO), kurtosis: Some(kurtosis) };
        match self {
            Input::Gaussian | Input::Correlated { .. } => symmetric(three),
            Input::Shifted { mean } => Moments { mean, ..symmetric(three) },
            Input::Exponential => {
                Moments { mean: T::ONE, variance: T::ONE, skewness: Some(T::TWO), kurtosis: Some(nine) }
            }
            Input::Uniform => symmetric(nine / T::from_u32(5)),
            Input::Laplace => symmetric(six),
            Input::Gumbel => Moments {
                skewness: Some(T::from_f64(1.139_547_099_404_648_7)),
                ..symmetric(T::from_u32(27) / T::from_u32(5))
            },
            Input::StudentT { degrees_of_freedom } => {
                let beyond_four = T::from_u32(degrees_of_freedom) - T::from_u32(4);
                Moments {
                    skewness: (degrees_of_freedom > 3).then_some(T::ZERO),
                    kurtosis: (degrees_of_freedom > 4).then_some(three + six / beyond_four),
                    ..symmetric(three)
                }
            }
        }
    }

    /// Whether entries have mean zero, variance one, and no correlation with each other.
    pub fn is_white(self) -> bool {
        match self {
            Input::Gaussian | Input::Uniform | Input::Laplace | Input::StudentT { .. } | Input::Gumbel => true,
            Input::Exponential => false,
            Input::Correlated { correlation } => correlation == T::ZERO,
            Input::Shifted { mean } => mean == T::ZERO,
        }
    }

    /// No direction of a token's features has a larger variance: 1, but of correlated ones, where it is the limit for many features.
    pub(crate) fn largest_variance(self) -> T {
        match self {
            Input::Correlated { correlation } => (T::ONE + correlation.abs()) / (T::ONE - correlation.abs()),
            _ => T::ONE,
        }
    }

    /// Fills `x` (`tokens x features`, the whole input of one sample) from the sample's generator. Takes
    /// `ceil(x.len() / 2)` words, `x.len()` for Student-t.
    ///
    /// Parameters that [`Self::check`] refuses give meaningless values.
    #[inline]
    pub fn fill(self, rng: &mut SampleRng, features: usize, x: &mut [T]) {
        if let Input::Gaussian = self {
            rng.gaussian_fill(x);
        } else {
            self.fill_with(Plain, rng, features, x);
        }
    }

    /// Fills the inputs of the next samples of `stream`, each of `len` elements, as many as `x` has room for, and hands the
    /// generator of each to `done` when it has made its input.
    #[inline(always)]
    pub(crate) fn fill_samples<V: Vector>(
        self,
        vector: V,
        mut stream: SampleStream,
        (features, len): (usize, usize),
        x: &mut [T],
        mut done: impl FnMut(SampleRng),
    ) {
        for x in BlocksMut::new(x, GENERATORS * len) {
            if let Input::Gaussian | Input::Correlated { .. } | Input::Shifted { .. } = self {
                Interleaved::new(stream).gaussian_fill(vector, len, x, &mut done);
                stream = stream.after(GENERATORS as u64);
                for x in BlocksMut::new(x, len) {
                    self.transform(features, x);
                }
            } else {
                for x in BlocksMut::new(x, len) {
                    let mut rng = stream.sample();
                    self.fill_with(vector, &mut rng, features, x);
                    done(rng);
                }
            }
        }
    }

    /// Draws with the registers at hand.
    #[inline(always)]
    pub(crate) fn fill_with<V: Vector>(self, vector: V, rng: &mut SampleRng, features: usize, x: &mut [T]) {
        match self {
            Input::Gaussian => rng.gaussian_fill_with(vector, x),
            Input::Exponential => rng.pairs_with(
                vector,
                x,
                |word| draw::each_half(word, draw::exponential),
                #[inline(always)]
                |(high, low), pairs| draw::exponential_pairs_of((high, low), pairs),
            ),
            Input::Uniform => rng.pairs(x, |word| draw::each_half(word, draw::uniform), |x, u| *x = u),
            Input::Laplace => rng.pairs(x, |word| draw::each_half(word, draw::laplace), |x, l| *x = l),
            Input::Gumbel => rng.pairs_with(
                vector,
                x,
                |word| draw::each_half(word, draw::gumbel),
                #[inline(always)]
                |(high, low), pairs| draw::gumbel_pairs_of((high, low), pairs),
            ),
            Input::StudentT { degrees_of_freedom } => {
                let degrees_of_freedom = T::from_u32(degrees_of_freedom);
                for x in x {
                    *x = draw::student_t(rng.uniform_bits(), degrees_of_freedom);
                }
            }
            Input::Correlated { .. } | Input::Shifted { .. } => {
                rng.gaussian_fill_with(vector, x);
                self.transform(features, x);
            }
        }
    }

    /// Makes the input of one sample out of draws from the standard normal distribution.
    #[inline(always)]
    fn transform(self, features: usize, x: &mut [T]) {
        match self {
            Input::Correlated { correlation } => correlate(correlation, features, x),
            Input::Shifted { mean } => {
                for x in x {
                    *x = mean + *x;
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::statistics::{assert_count, assert_distributed, assert_moments, assert_uncorrelated};
    use super::super::stream::SampleStream;
    use super::*;
    use crate::vector::{Level, Work, dispatch};

    extern crate std;
    use std::vec;
    use std::vec::Vec;

    const SQRT_2: f64 = core::f64::consts::SQRT_2;
    const PI: f64 = core::f64::consts::PI;

    /// An odd length, so that every sample ends in half a pair.
    const LENGTH: usize = 101;

    /// About a million draws, from samples `0..` of a seed.
    fn draws<T: Scalar>(seed: u64, input: Input<T>, samples: usize) -> Vec<f64> {
        let mut stream = SampleStream::new(seed);
        let mut all = Vec::with_capacity(samples * LENGTH);
        for _ in 0..samples {
            let mut x = [T::ZERO; LENGTH];
            input.fill(&mut stream.sample(), 7, &mut x);
            all.extend(x.map(T::to_f64));
        }
        all
    }

    fn million<T: Scalar>(seed: u64, input: Input<T>) -> Vec<f64> {
        draws(seed, input, 10_000)
    }

    fn normal_cumulative(x: f64) -> f64 {
        0.5 * libm::erfc(-x / SQRT_2)
    }

    /// Abramowitz & Stegun 26.7.3 and 26.7.4: the finite sums for whole degrees of freedom.
    fn student_cumulative(degrees: u32, t: f64) -> f64 {
        let angle = libm::atan(t / libm::sqrt(degrees.into()));
        let (sin, cos) = libm::sincos(angle);
        let odd = degrees % 2 == 1;
        let mut term = if odd { cos } else { 1.0 };
        let mut sum = term;
        let mut k = if odd { 3 } else { 2 };
        while k + 2 <= degrees {
            term *= cos * cos * f64::from(k - 1) / f64::from(k);
            sum += term;
            k += 2;
        }
        let two_sided = if odd { 2.0 / PI * (angle + sin * sum) } else { sin * sum };
        0.5 + 0.5 * two_sided
    }

    fn every_input<T: Scalar>() -> [Input<T>; 9] {
        [
            Input::Gaussian,
            Input::Exponential,
            Input::Uniform,
            Input::Laplace,
            Input::StudentT { degrees_of_freedom: 5 },
            Input::StudentT { degrees_of_freedom: 8 },
            Input::Correlated { correlation: T::from_f64(-0.75) },
            Input::Shifted { mean: T::from_f64(2.5) },
            Input::Gumbel,
        ]
    }

    #[test]
    fn a_cast_keeps_kind_and_parameter() {
        for (single, double) in every_input::<f32>().into_iter().zip(every_input::<f64>()) {
            assert_eq!((single.cast(), double.cast()), (double, single));
        }
        assert_eq!(Input::<f64>::Shifted { mean: 0.1 }.cast(), Input::<f32>::Shifted { mean: 0.1 });
    }

    #[test]
    fn refuses_what_is_not_a_distribution() {
        for input in every_input::<f64>() {
            assert_eq!(input.check(), Ok(()));
        }
        let refused = |input: Input<f32>, part: &str| match input.check() {
            Err(Error::OutOfRange { what }) => what.contains(part),
            _ => false,
        };
        for degrees_of_freedom in [0, 1, 2, 65, u32::MAX] {
            assert!(refused(Input::StudentT { degrees_of_freedom }, "degrees of freedom"), "{degrees_of_freedom}");
        }
        for degrees_of_freedom in 3..=64 {
            assert_eq!(Input::<f32>::StudentT { degrees_of_freedom }.check(), Ok(()));
        }
        for correlation in [1.0, -1.0, 1.5, f32::NAN, f32::NEG_INFINITY] {
            assert!(refused(Input::Correlated { correlation }, "correlation"), "{correlation}");
        }
        assert_eq!(Input::Correlated { correlation: 1.0 - f32::EPSILON }.check(), Ok(()));
        for mean in [f32::NAN, f32::INFINITY] {
            assert!(refused(Input::Shifted { mean }, "mean"), "{mean}");
        }
    }

    #[test]
    fn refused_parameters_do_no_harm() {
        let mut x = [0.0_f32; 9];
        for degrees_of_freedom in [0, 2, u32::MAX] {
            Input::StudentT { degrees_of_freedom }.fill(&mut SampleStream::new(1).sample(), 3, &mut x);
        }
        Input::Correlated { correlation: 7.0 }.fill(&mut SampleStream::new(1).sample(), 3, &mut x);
        assert!(x.iter().any(|x| x.is_nan()));
    }

    #[test]
    fn each_takes_its_number_of_words() {
        for input in every_input::<f64>() {
            for length in 0..10 {
                let mut x = vec![f64::NAN; length];
                let mut rng = SampleStream::new(8).sample();
                let mut counted = rng.clone();
                input.fill(&mut rng, 3, &mut x);
                assert!(x.iter().all(|x| x.is_finite()));
                let words = if matches!(input, Input::StudentT { .. }) { length } else { length.div_ceil(2) };
                for _ in 0..words {
                    counted.uniform_bits();
                }
                assert_eq!(rng, counted, "{input:?}, {length} elements");
            }
        }
    }

    /// How far draws of the two types may be apart: the rounding of `u` in `f32` is an ulp of one in the square of a radius.
    #[test]
    fn both_types_draw_from_the_same_words() {
        for (single, double) in every_input::<f32>().into_iter().zip(every_input::<f64>()) {
            for (a, b) in draws(5, single, 100).into_iter().zip(draws(5, double, 100)) {
                assert!((a - b).abs() < 2e-6 * (1.0 + b.abs()) || (a * a - b * b).abs() < 1e-6, "{double:?}: {a}, {b}");
            }
        }
    }

    #[test]
    fn gaussian_moments_up_to_the_eighth() {
        let rows = [
            (1, 0.0, 1.0),
            (2, 1.0, 3.0),
            (3, 0.0, 15.0),
            (4, 3.0, 105.0),
            (5, 0.0, 945.0),
            (6, 15.0, 10_395.0),
            (7, 0.0, 135_135.0),
            (8, 105.0, 2_027_025.0),
        ];
        assert_moments("f64", &million(1, Input::<f64>::Gaussian), &rows);
        assert_moments("f32", &million(2, Input::<f32>::Gaussian), &rows);
    }

    /// The table of `moments` against a million draws. `sixth` and `eighth` central moments give the standard errors of
    /// the third and the fourth.
    #[test]
    fn moments_are_those_of_the_table() {
        fn check<T: Scalar>(seed: u64) {
            let student = Input::StudentT { degrees_of_freedom: 12 };
            let cases = [
                (Input::Gaussian, 15.0, 105.0),
                (Input::Shifted { mean: T::from_f64(-1.25) }, 15.0, 105.0),
                (Input::Exponential, 265.0, 14_833.0),
                (Input::Uniform, 27.0 / 7.0, 9.0),
                (Input::Laplace, 90.0, 2_520.0),
                (student, 31.25, 546.875),
                (Input::Gumbel, 91.414_247_346_19, 3_091.022_944_254),
            ];
            for (input, sixth, eighth) in cases {
                let Moments { mean, variance, skewness: Some(skewness), kurtosis: Some(kurtosis) } = input.moments()
                else {
                    panic!("{input:?} has four moments");
                };
                let deviation = libm::sqrt(variance.to_f64());
                let standardised: Vec<f64> =
                    million(seed, input).iter().map(|x| (x - mean.to_f64()) / deviation).collect();
                let (skewness, kurtosis) = (skewness.to_f64(), kurtosis.to_f64());
                let rows = [(1, 0.0, 1.0), (2, 1.0, kurtosis), (3, skewness, sixth), (4, kurtosis, eighth)];
                assert_moments(&std::format!("{input:?}"), &standardised, &rows);
            }
        }
        check::<f32>(3);
        check::<f64>(4);
    }

    #[test]
    fn heavy_tails_have_no_higher_moments() {
        let of = |degrees_of_freedom| Input::<f64>::StudentT { degrees_of_freedom }.moments();
        assert_eq!((of(3).skewness, of(3).kurtosis), (None, None));
        assert_eq!((of(4).skewness, of(4).kurtosis), (Some(0.0), None));
        assert_eq!((of(5).skewness, of(5).kurtosis), (Some(0.0), Some(9.0)));
        let correlated = Input::Correlated { correlation: 0.5 };
        assert_eq!(correlated.moments(), Input::<f64>::Gaussian.moments());
    }

    #[test]
    fn draws_have_their_distribution() {
        fn check<T: Scalar>(seed: u64) {
            let third = |input| draws::<T>(seed, input, 3_000);
            let laplace = |x: f64| {
                let tail = 0.5 * libm::exp(-SQRT_2 * x.abs());
                if x < 0.0 { tail } else { 1.0 - tail }
            };
            let half_width = libm::sqrt(3.0);
            assert_distributed("Gaussian", million(seed, Input::<T>::Gaussian), normal_cumulative);
            assert_distributed("exponential", third(Input::Exponential), |x| -libm::expm1(-x));
            assert_distributed("uniform", third(Input::Uniform), |x| 0.5 + 0.5 * x / half_width);
            assert_distributed("Laplace", third(Input::Laplace), laplace);
            let gumbel = |x: f64| libm::exp(-libm::exp(-(x * PI / libm::sqrt(6.0) + 0.577_215_664_901_532_9)));
            assert_distributed("Gumbel", third(Input::Gumbel), gumbel);
            let shifted = third(Input::Shifted { mean: T::from_f64(0.625) });
            assert_distributed("shifted", shifted, |x| normal_cumulative(x - 0.625));
            for degrees_of_freedom in [3, 4, 11, 64] {
                let x = third(Input::StudentT { degrees_of_freedom });
                let to_t = libm::sqrt(f64::from(degrees_of_freedom) / f64::from(degrees_of_freedom - 2));
                let what = std::format!("Student-t with {degrees_of_freedom} degrees");
                assert_distributed(&what, x, |x| student_cumulative(degrees_of_freedom, to_t * x));
            }
        }
        check::<f32>(5);
        check::<f64>(6);
    }

    #[test]
    fn tails_are_neither_cut_nor_fat() {
        fn check<T: Scalar>(seed: u64) {
            let x = draws(seed, Input::<T>::Gaussian, 100_000);
            let n = x.len() as f64;
            for sigmas in [3.0, 4.0, 4.5, 5.0] {
                let tail = n * 0.5 * libm::erfc(sigmas / SQRT_2);
                assert_count("upper tail", x.iter().filter(|&&x| x > sigmas).count(), tail);
                assert_count("lower tail", x.iter().filter(|&&x| x < -sigmas).count(), tail);
            }
            let x = million(seed, Input::<T>::StudentT { degrees_of_freedom: 5 });
            let to_t = libm::sqrt(5.0 / 3.0);
            for sigmas in [4.0, 8.0, 12.0] {
                let tail = x.len() as f64 * student_cumulative(5, -to_t * sigmas);
                assert_count("Student's upper tail", x.iter().filter(|&&x| x > sigmas).count(), tail);
                assert_count("Student's lower tail", x.iter().filter(|&&x| x < -sigmas).count(), tail);
            }
        }
        check::<f32>(7);
        check::<f64>(8);
    }

    #[test]
    fn entries_of_a_sample_are_independent() {
        for input in every_input::<f64>() {
            let Moments { mean, kurtosis: Some(kurtosis), .. } = input.moments() else {
                panic!("{input:?} has four moments");
            };
            if matches!(input, Input::Correlated { .. }) {
                continue;
            }
            let centred: Vec<f64> = million(9, input).iter().map(|x| x - mean).collect();
            for lag in [1, 2, 3] {
                let what = std::format!("{input:?}, lag {lag}");
                assert_uncorrelated(&what, &centred[lag..], &centred[..centred.len() - lag], kurtosis);
            }
        }
    }

    struct FillSamples<'a, T> {
        input: Input<T>,
        stream: SampleStream,
        shape: (usize, usize),
        x: &'a mut [T],
        rngs: &'a mut Vec<SampleRng>,
    }

    impl<T: Scalar> Work for FillSamples<'_, T> {
        type Output = ();

        #[inline(always)]
        fn run<V: Vector>(self, vector: V) {
            self.input.fill_samples(vector, self.stream, self.shape, self.x, |rng| self.rngs.push(rng));
        }
    }

    fn samples_are_those_of_one_after_the_other<T: Scalar>(level: Level, input: Input<T>) {
        for (features, tokens, samples) in [(1, 1, 3), (3, 5, 8), (8, 16, 9), (7, 41, 2)] {
            let (len, stream) = (features * tokens, SampleStream::at(3, 17));
            let (mut x, mut rngs) = (vec![T::ZERO; len * samples], Vec::new());
            dispatch(level, FillSamples { input, stream, shape: (features, len), x: &mut x, rngs: &mut rngs });
            assert_eq!(rngs.len(), samples);
            for (n, (x, rng)) in x.chunks(len).zip(rngs).enumerate() {
                let (mut alone, mut expected) = (stream.after(n as u64).sample(), vec![T::ZERO; len]);
                input.fill(&mut alone, features, &mut expected);
                assert_eq!((x, rng), (&expected[..], alone), "{level:?}, {input:?}: sample {n} of {samples}");
            }
        }
    }

    #[test]
    fn samples_side_by_side_are_those_of_one_after_the_other() {
        for level in Level::ALL.into_iter().filter(|&level| level <= Level::best()) {
            for input in [
                Input::Gaussian,
                Input::Exponential,
                Input::Uniform,
                Input::Laplace,
                Input::StudentT { degrees_of_freedom: 5 },
                Input::Correlated { correlation: 0.3 },
                Input::Shifted { mean: -0.7 },
                Input::Gumbel,
            ] {
                samples_are_those_of_one_after_the_other::<f64>(level, input);
            }
            samples_are_those_of_one_after_the_other::<f32>(level, Input::Correlated { correlation: -0.8 });
            samples_are_those_of_one_after_the_other::<f32>(level, Input::Shifted { mean: 0.1 });
            samples_are_those_of_one_after_the_other::<f32>(level, Input::Gumbel);
        }
    }
}
