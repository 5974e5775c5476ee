//! A series that was really recorded, as a converter's counts, and what answers it: four heat meters that say how cold it was.
//!
//! The series is four years of weather in Seattle, a day a reading: highest and lowest temperature and the wind (`data/NOTICE`). A
//! pair has the eight days up to the one that it is about as tokens. What answers is a device, whose inside the student
//! does not know: each of four meters has the mean of two of the eight days, and says by how much it was colder then, by
//! both temperatures and the wind, than its threshold; nothing where it was not. It answers in counts of its own, too.

use core::fmt;

use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::raw_samples::{RawDescent, RawSamples, RawScratch};
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::readings::{Centre, Explanation, Link, Preparation, Standardizer};
use tutee::step::Descent;
use tutee::student::Student;
use tutee::{Error, Shape};

/// Two bytes a count, the least significant first; [`CHANNELS`] counts a day.
static COUNTS: &[u8] = include_bytes!("../data/seattle.counts");
const CHANNELS: usize = 3;
const DAYS: usize = 8;
const METERS: usize = 4;
/// A channel more, which is always one: thresholds.
const FEATURES: usize = CHANNELS + 1;
/// Three years are learned from, with a step after every two pairs, again and again; the fourth is held out.
const LEARNED: usize = 1096;
const BATCH: usize = 2;
const BATCHES: usize = 40_000;
/// Pairs of the first year, by which readings are prepared.
pub const OBSERVED: usize = 365;
/// Pairs that a training on counts sees.
pub const SAMPLES: u64 = (BATCHES * BATCH) as u64;
/// Pairs that the shorter training by hand sees.
pub const SAMPLES_BY_HAND: u64 = SAMPLES / 10;

const READINGS: Shape = match Shape::new(1, CHANNELS, DAYS, METERS) {
    Ok(shape) => shape,
    Err(_) => panic!("sizes"),
};

type Input = [f32; DAYS * CHANNELS];
type Answer = [f32; METERS];

/// Inside the device: the two days of each meter, counted from the first of the eight.
const OF_METER: [[usize; 2]; METERS] = [[0, 3], [1, 6], [2, 7], [4, 5]];
/// By how much more a meter says for a degree and for a meter a second: counts.
const PER_UNIT: f32 = 140.0;
/// Of the highest temperature, of the lowest, and of the wind.
const WEIGHTS: [f32; CHANNELS] = [-0.55, -0.45, 0.6];
/// From this temperature on, in still air, a meter says nothing: degrees.
const THRESHOLD: f32 = 16.0;
/// Units a count, and what a count of zero means.
const UNITS: [f32; CHANNELS] = [70.0 / 4095.0, 70.0 / 4095.0, 20.0 / 4095.0];
const ZERO: [f32; CHANNELS] = [-20.0, -20.0, 0.0];

/// What a person takes for the mean and the deviation of each channel.
const BY_HAND: [(f32, f32); CHANNELS] = [(2130.0, 430.0), (1650.0, 290.0), (660.0, 290.0)];

/// The pair that begins on a day: counts of eight days, and what the meters say.
fn pair(first: usize) -> (Input, Answer) {
    let bytes = COUNTS.chunks_exact(2).skip(first * CHANNELS);
    let mut x = [0.0; DAYS * CHANNELS];
    for (x, bytes) in x.iter_mut().zip(bytes) {
        *x = bytes.iter().rev().fold(0, |count: u16, &byte| count << 8 | u16::from(byte)).into();
    }
    let mut cold = [0.0; DAYS];
    for (cold, day) in cold.iter_mut().zip(x.chunks_exact(CHANNELS)) {
        *cold = THRESHOLD;
        for (((count, unit), zero), weight) in day.iter().zip(UNITS).zip(ZERO).zip(WEIGHTS) {
            *cold += weight * (unit * count + zero);
        }
    }
    let say = |days: [usize; 2]| {
        let cold: f32 = days.iter().filter_map(|&day| cold.get(day)).sum();
        let counts = PER_UNIT * 0.5 * cold;
        // As a converter does: whole numbers, nothing below zero.
        if counts > 0.0 { (counts + 0.5) as u16 as f32 } else { 0.0 }
    };
    (x, OF_METER.map(say))
}

/// Pairs of the three years, in their order.
fn learned() -> impl Iterator<Item = (Input, Answer)> + Clone {
    (0..=LEARNED - DAYS).map(pair)
}

/// Pairs of the fourth year, of which no day was learned from.
fn held_out() -> impl Iterator<Item = (Input, Answer)> {
    (LEARNED..=COUNTS.len() / (2 * CHANNELS) - DAYS).map(pair)
}

/// What a student takes, and what rates and units from the data take beside it.
#[derive(Debug)]
pub struct Memory {
    student: Student<f32, 1, FEATURES, DAYS, METERS>,
    scratch: SampleScratch<f32, 1, FEATURES, DAYS, METERS>,
    known: Standardizer<f32, 1, CHANNELS, DAYS, METERS>,
    beside: RawScratch<f32, 1, FEATURES, DAYS, METERS>,
}

/// What a training came to.
#[derive(Debug)]
pub struct Learned {
    /// Of the answers' variance in the fourth year.
    pub left: f32,
    digest: u64,
    /// Of the eight largest entries of S, those that are inside the device.
    links: usize,
    /// W, a degree and a meter a second, and the threshold, in degrees.
    weights: [f32; CHANNELS],
    threshold: f32,
}

impl Learned {
    /// Whether every link inside the device was found.
    pub const fn found_all(&self) -> bool {
        self.links == 2 * METERS
    }
}

impl fmt::Display for Learned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { left, digest, links, weights: [high, low, wind], threshold } = self;
        writeln!(
            f,
            "left of the fourth year's variance {left:.2e}, links {links} of {}, digest {digest:016x}",
            2 * METERS
        )?;
        write!(f, "weights of highest, lowest and wind {high:.3} {low:.3} {wind:.3}, threshold {threshold:.2}")
    }
}

impl Memory {
    /// A student of zeros, which has seen nothing.
    pub const ZERO: Self = Self {
        student: Student::ZERO,
        scratch: SampleScratch::ZERO,
        known: Standardizer::ZERO,
        beside: RawScratch::ZERO,
    };

    /// Bytes of student and working memory, and of what rates and units from the data take beside them.
    pub const BYTES: [usize; 2] = [
        size_of::<Student<f32, 1, FEATURES, DAYS, METERS>>()
            + size_of::<SampleScratch<f32, 1, FEATURES, DAYS, METERS>>(),
        size_of::<Standardizer<f32, 1, CHANNELS, DAYS, METERS>>()
            + size_of::<RawScratch<f32, 1, FEATURES, DAYS, METERS>>(),
    ];

    /// Looks at the pairs of the first year: means and scales.
    ///
    /// # Errors
    /// Those of [`Standardizer`](tutee::readings::StandardizerViewMut::observe).
    pub fn observe(&mut self) -> Result<(), Error> {
        let mut standardizer = self.known.view_mut();
        learned().take(OBSERVED).try_for_each(|(x, y)| standardizer.observe(READINGS, Centre::Feature, &x, &y))
    }

    /// Learns from zero on counts as they come, by default settings.
    ///
    /// # Errors
    /// Those of [`RawSamples`].
    pub fn from_counts(&mut self) -> Result<Learned, Error> {
        self.raw(&RawDescent::default(), BATCHES)
    }

    /// The best that a student comes to that has the mean of all eight days, whatever it makes of it.
    ///
    /// # Errors
    /// Those of [`RawSamples`].
    pub fn from_means(&mut self) -> Result<f32, Error> {
        let still = RawDescent { attention_share: 0.0, ..RawDescent::default() };
        self.raw(&still, BATCHES / 10).map(|learned| learned.left)
    }

    fn raw(&mut self, descent: &RawDescent<f32>, batches: usize) -> Result<Learned, Error> {
        self.student.reset();
        let samples = Samples::of(&mut self.student, Activation::Relu, &mut self.scratch)?;
        let (known, beside) = (self.known.view_mut(), self.beside.view_mut());
        let mut training = RawSamples::new(READINGS, Preparation::INTERCEPT, known, samples, beside)?;
        let mut pairs = learned().cycle();
        for _ in 0..batches {
            for (x, y) in pairs.by_ref().take(BATCH) {
                training.accumulate(&x, &y)?;
            }
            training.step(descent)?;
        }
        let left = left(|x| {
            let mut answer = [0.0; METERS];
            training.predict(x, &mut answer).map(|()| answer)
        })?;
        let mut links = [Link::default(); 2 * METERS];
        training.links(&mut links)?;
        let inside = |link: &&Link<f32>| {
            OF_METER.get(link.output as usize).is_some_and(|days| days.contains(&(link.token as usize)))
        };
        let (mut value, mut bias, mut mixing) = ([0.0; CHANNELS], [0.0; METERS], [0.0; METERS * DAYS]);
        training.explain(Explanation { value: &mut value, bias: &mut bias, mixing: &mut mixing })?;
        let [b, ..] = bias;
        let mut threshold = b / PER_UNIT;
        for ((weight, unit), zero) in value.iter_mut().zip(UNITS).zip(ZERO) {
            *weight /= unit * PER_UNIT;
            threshold -= *weight * zero;
        }
        let links = links.iter().filter(inside).count();
        Ok(Learned { left, digest: digest(training.student()), links, weights: value, threshold })
    }

    /// Learns from zero on numbers that a person has centred and scaled, at rates that a person has chosen, a tenth as long: what
    /// the same student costs by itself.
    ///
    /// # Errors
    /// Those of [`Samples`].
    pub fn by_hand(&mut self) -> Result<u64, Error> {
        self.student.reset();
        let mut training = Samples::of(&mut self.student, Activation::Relu, &mut self.scratch)?;
        let descent = Descent::new(0.012).with_attention_rate(1.0);
        let mut pairs = learned().cycle();
        for _ in 0..BATCHES / 10 {
            for (counts, answer) in pairs.by_ref().take(BATCH) {
                let mut x = [1.0; DAYS * FEATURES];
                for (to, day) in x.chunks_exact_mut(FEATURES).zip(counts.chunks_exact(CHANNELS)) {
                    for ((to, count), (mean, scale)) in to.iter_mut().zip(day).zip(BY_HAND) {
                        *to = (count - mean) / scale;
                    }
                }
                training.accumulate(&x, &answer.map(|y| y / 1000.0))?;
            }
            training.step(&descent)?;
        }
        Ok(digest(training.student()))
    }
}

/// Share of the answers' variance in the fourth year that predictions leave.
fn left(mut predict: impl FnMut(&Input) -> Result<Answer, Error>) -> Result<f32, Error> {
    let (mut means, mut pairs) = ([0.0; METERS], 0.0);
    for (_, y) in held_out() {
        means.iter_mut().zip(y).for_each(|(mean, y)| *mean += y);
        pairs += 1.0;
    }
    let means = means.map(|sum| sum / pairs);
    let square =
        |from: Answer, to: Answer| from.iter().zip(to).map(|(from, to)| (from - to) * (from - to)).sum::<f32>();
    let (mut missed, mut variance) = (0.0, 0.0);
    for (x, y) in held_out() {
        missed += square(predict(&x)?, y);
        variance += square(means, y);
    }
    Ok(missed / variance)
}
