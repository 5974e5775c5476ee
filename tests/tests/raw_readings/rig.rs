//! Memory for training on readings, recordings of bodies on springs, and what was found in them.

use tutee::activation::Activation;
use tutee::error::Error;
use tutee::gradient::raw_samples::{Powers, RawDescent, RawSamples, RawScratchViewMut, raw_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::readings::{Centre, Explanation, Observed, Preparation, StandardizerViewMut, standardizer_len};
use tutee::scalar::Scalar;
use tutee::shape::Shape;
use tutee::student::{StudentViewMut, student_len};

/// Memory for training on readings of some sizes.
pub struct Bench<T> {
    pub readings: Shape,
    pub preparation: Preparation,
    pub shape: Shape,
    pub standardizer: (Vec<T>, Observed<T>),
    pub student: (Vec<T>, u64),
    pub scratch: (Vec<T>, BatchLoss<T>),
    pub raw: (Vec<T>, Powers<T>),
}

impl<T: Scalar> Bench<T> {
    pub fn new(sizes: [usize; 4], preparation: Preparation) -> Self {
        let [filters, features, tokens, outputs] = sizes;
        let readings = Shape::new(filters, features, tokens, outputs).unwrap();
        let shape = preparation.shape(readings).unwrap();
        Self {
            readings,
            preparation,
            shape,
            standardizer: (vec![T::ZERO; standardizer_len(readings)], Observed::ZERO),
            student: (vec![T::ZERO; student_len(shape)], 0),
            scratch: (vec![T::ZERO; sample_scratch_len(shape)], BatchLoss::ZERO),
            raw: (vec![T::ZERO; raw_scratch_len(shape)], Powers::ZERO),
        }
    }

    /// A training, once `pairs` have been looked at.
    pub fn train(&mut self, activation: Activation<T>, pairs: &[(Vec<T>, Vec<T>)]) -> Result<RawSamples<'_, T>, Error> {
        let mut standardizer =
            StandardizerViewMut::new(self.readings, &mut self.standardizer.0, &mut self.standardizer.1)?;
        for (x, y) in pairs {
            standardizer.observe(self.readings, Centre::of(activation), x, y)?;
        }
        let mut student = StudentViewMut::new(self.shape, &mut self.student.0, &mut self.student.1)?;
        if self.preparation.signed {
            // Beside their negations, all tokens average to nothing: something has to break the balance.
            student.set_value(&vec![T::HALF; self.shape.value_len()])?;
        }
        let scratch = SampleScratchViewMut::new(self.shape, &mut self.scratch.0, &mut self.scratch.1)?;
        let raw = RawScratchViewMut::new(self.shape, &mut self.raw.0, &mut self.raw.1)?;
        let samples = Samples::new(student, activation, scratch)?;
        RawSamples::new(self.readings, self.preparation, standardizer, samples, raw)
    }
}

/// Uniform in [-1, 1).
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

pub const BODIES: usize = 12;

/// Bodies on a ring of springs, and one spring across it that nobody knows of.
pub fn springs() -> Vec<(usize, usize)> {
    ring_with((2, 7))
}

pub fn ring_with(across: (usize, usize)) -> Vec<(usize, usize)> {
    (0..BODIES).map(|i| (i, (i + 1) % BODIES)).chain([across]).collect()
}

/// Bodies in time, kicked now and then: pairs (positions, forces) as they are recorded, one after the other, in a unit of length
/// and with an offset of each sensor.
pub fn record<T: Scalar>(pairs: usize, seed: u64, unit: f64, offset: f64) -> Vec<(Vec<T>, Vec<T>)> {
    record_of(&springs(), pairs, seed, unit, offset)
}

pub fn record_of<T: Scalar>(
    springs: &[(usize, usize)],
    pairs: usize,
    seed: u64,
    unit: f64,
    offset: f64,
) -> Vec<(Vec<T>, Vec<T>)> {
    let mut noise = Noise(seed);
    let (mut position, mut velocity) = ([0.0; BODIES], [0.0; BODIES]);
    let offsets: Vec<f64> = (0..BODIES).map(|_| offset * (1.0 + 0.1 * noise.next())).collect();
    let mut recorded = vec![];
    for tick in 0..pairs * 10 {
        let mut force = [0.0; BODIES];
        for &(a, b) in springs {
            let pull = position[b] - position[a];
            force[a] += pull;
            force[b] -= pull;
        }
        if tick % 10 == 0 {
            let x = position.iter().zip(&offsets).map(|(x, offset)| T::from_f64(unit * (x + offset))).collect();
            recorded.push((x, force.iter().map(|f| T::from_f64(*f)).collect()));
        }
        for i in 0..BODIES {
            velocity[i] += 0.1 * (force[i] - 0.2 * velocity[i]) + 0.3 * noise.next();
            position[i] += 0.1 * velocity[i] - 0.01 * position[i];
        }
    }
    recorded
}

pub const PREPARATION: Preparation = Preparation { intercept: true, spare: true, signed: true };

/// Goes through what was recorded so many times, in batches of 64 pairs; returns what the last batch explained.
pub fn learn<T: Scalar>(training: &mut RawSamples<'_, T>, recorded: &[(Vec<T>, Vec<T>)], times: usize) -> f64 {
    let mut explained = T::ZERO;
    for batch in (0..times).flat_map(|_| recorded.chunks(64)) {
        for (x, y) in batch {
            training.accumulate(x, y).unwrap();
        }
        explained = training.step(&RawDescent::default()).unwrap().explained();
    }
    explained.to_f64()
}

/// How many of the links that there are (and each body itself) are among the largest entries of their row, and how many there
/// are.
pub fn hits<T: Scalar>(training: &RawSamples<'_, T>) -> (usize, usize) {
    hits_of(&springs(), training)
}

pub fn hits_of<T: Scalar>(springs: &[(usize, usize)], training: &RawSamples<'_, T>) -> (usize, usize) {
    let mixing = mixing(training);
    let (mut hit, mut all) = (0, 0);
    for (j, row) in mixing.chunks(BODIES).enumerate() {
        let linked = |i: usize| i == j || springs.iter().any(|&(a, b)| (a, b) == (i, j) || (b, a) == (i, j));
        let count = (0..BODIES).filter(|&i| linked(i)).count();
        let mut ranked: Vec<usize> = (0..BODIES).collect();
        ranked.sort_by(|&a, &b| row[b].abs().partial_cmp(&row[a].abs()).unwrap());
        hit += ranked.iter().take(count).filter(|&&i| linked(i)).count();
        all += count;
    }
    (hit, all)
}

/// What each body's readings weigh in each answer, a row an answer.
pub fn mixing<T: Scalar>(training: &RawSamples<'_, T>) -> Vec<T> {
    mixing_of(training, Shape::new(1, 1, BODIES, BODIES).unwrap(), PREPARATION)
}

/// Likewise of readings of any sizes, prepared in any way.
pub fn mixing_of<T: Scalar>(training: &RawSamples<'_, T>, readings: Shape, preparation: Preparation) -> Vec<T> {
    let (mut value, mut mixing) = (vec![T::ZERO; readings.value_len()], vec![T::ZERO; readings.mixing_len()]);
    let mut bias = vec![T::ZERO; readings.output_len()];
    let mut attention = vec![T::ZERO; training.student().shape().mixing_len()];
    training.student().attention(&mut attention).unwrap();
    let to = Explanation { value: &mut value, bias: &mut bias, mixing: &mut mixing };
    training.standardizer().explain(readings, preparation, training.student(), &attention, to).unwrap();
    mixing
}

/// Pairs of one token, feature and filter.
pub fn scalars(pairs: &[(f32, f32)]) -> Vec<(Vec<f32>, Vec<f32>)> {
    pairs.iter().map(|&(x, y)| (vec![x], vec![y])).collect()
}
