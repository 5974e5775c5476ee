//! The promise of the descent: every student that an accepted step leaves is finite and inside the limit, whatever finite
//! numbers student, teacher, pairs and settings are made of. Numbers come from the whole range of exponents, at every level of
//! vector registers that the machine has, and every level has the same bits.

use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_wide_len};
use tutee::gradient::population::{Population, PopulationScratchViewMut, measure, population_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_wide_len};
use tutee::snapshot::{load, save, snapshot_len};
use tutee::step::Descent;
use tutee::student::{StudentView, StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::training::{Measured, Training};
use tutee::vector::{Level, MAY_BE_WIDE};
use tutee::{Error, Scalar, Shape};
use tutee_tests::random::Random;

const CASES: u64 = 4000;
const STEPS: usize = 4;

/// The exponents of the smallest and of the largest numbers, and the digits of a number.
fn range<T: Scalar>() -> (f64, f64, i32) {
    if T::BITS == 32 { (-149.0, 127.99, 24) } else { (-1074.0, 1023.99, 53) }
}

/// How large the numbers of one matrix are.
#[derive(Clone, Copy)]
enum Scale {
    /// About as large as one power of two.
    Near(f64),
    /// From the whole range, each for itself.
    Any,
}

impl Scale {
    fn new<T: Scalar>(random: &mut Random) -> Self {
        let (lowest, highest, _) = range::<T>();
        match random.bits() % 4 {
            0 => Self::Any,
            1 => Self::Near(lowest + (highest - 4.0 - lowest) * random.uniform()),
            // Where squares begin to overflow and to underflow.
            2 => Self::Near(
                (if random.bits().is_multiple_of(2) { lowest } else { highest } + 12.0 * random.normal()) / 2.0,
            ),
            _ => Self::Near(0.0),
        }
    }

    fn number<T: Scalar>(self, random: &mut Random) -> T {
        let (lowest, highest, _) = range::<T>();
        let exponent = match self {
            Self::Near(exponent) => exponent + random.normal(),
            Self::Any => lowest + (highest - lowest) * random.uniform(),
        };
        let magnitude = T::from_f64(libm::exp2(exponent.clamp(lowest, highest)));
        match random.bits() % 8 {
            0 => T::ZERO,
            1..4 => -magnitude,
            _ => magnitude,
        }
    }

    fn positive<T: Scalar>(self, random: &mut Random) -> T {
        self.number::<T>(random).abs()
    }
}

/// A matrix whose rows may be of different scales.
fn matrix<T: Scalar>(random: &mut Random, len: usize, row: usize) -> Vec<T> {
    let whole = Scale::new::<T>(random);
    let each = random.bits().is_multiple_of(3);
    let mut scale = whole;
    (0..len)
        .map(|i| {
            if each && i % row == 0 {
                scale = Scale::new::<T>(random);
            }
            scale.number(random)
        })
        .collect()
}

struct Case<T> {
    shape: Shape,
    activation: Activation<T>,
    value: Vec<T>,
    mixing: Vec<T>,
    student: Vec<T>,
    descents: Vec<Descent<T>>,
    pairs: Vec<(Vec<T>, Vec<T>)>,
}

impl<T: Scalar> Case<T> {
    fn new(seed: u64) -> Self {
        let random = &mut Random::new(seed);
        let mut size = |sizes: &[usize]| sizes[random.bits() as usize % sizes.len()];
        let sizes = [size(&[1, 1, 2, 3]), size(&[1, 2, 4, 5]), size(&[1, 2, 3, 8, 16, 17]), size(&[1, 2, 4, 17])];
        let [filters, features, tokens, outputs] = sizes;
        let shape = Shape::new(filters, features, tokens, outputs).unwrap();
        let activation = match random.bits() % 6 {
            0 => Activation::Identity,
            1 => Activation::LeakyRelu(T::from_f64(0.1)),
            2 => Activation::LeakyRelu(T::ONE - T::EPSILON),
            3 => Activation::LeakyRelu(Scale::Near(-20.0).positive::<T>(random).smaller(T::ONE)),
            _ => Activation::Relu,
        };
        let value = matrix(random, shape.value_len(), features);
        let mut mixing: Vec<T> = matrix(random, shape.mixing_len(), tokens);
        if random.bits().is_multiple_of(2) {
            mixing.iter_mut().for_each(|s| *s = s.abs().smaller(T::ONE));
        }
        let mut student = vec![T::ZERO; student_len(shape)];
        let (values, logits) = student.split_at_mut(2 * shape.value_len());
        if !random.bits().is_multiple_of(4) {
            values[..shape.value_len()].copy_from_slice(&matrix(random, shape.value_len(), features));
        }
        if random.bits().is_multiple_of(8) {
            values[shape.value_len()..].copy_from_slice(&matrix(random, shape.value_len(), features));
        }
        if random.bits().is_multiple_of(2) {
            let logit = |random: &mut Random| T::from_f64(3.0 * random.normal());
            logits[..shape.mixing_len()].iter_mut().for_each(|a| *a = logit(random));
        } else if random.bits().is_multiple_of(2) {
            logits[..shape.mixing_len()].copy_from_slice(&matrix(random, shape.mixing_len(), tokens));
            logits[shape.mixing_len()..].copy_from_slice(&matrix(random, shape.mixing_len(), tokens));
        }
        let rate = |random: &mut Random| match random.bits() % 5 {
            0 => T::ZERO,
            1 => Scale::Any.positive(random),
            2 => T::EPSILON * T::EPSILON,
            _ => T::from_f64(0.1),
        };
        let descents = (0..STEPS).map(|_| {
            let mut descent = Descent::new(rate(random)).with_attention_rate(rate(random));
            descent.compensated = !random.bits().is_multiple_of(3);
            let (lowest, highest, _) = range::<T>();
            match random.bits() % 4 {
                0 => {}
                1 => descent.value_limit = Scale::Any.positive(random),
                2 => descent.value_limit = T::from_f64(libm::exp2((highest - 0.1) / 2.0)),
                _ => descent.value_limit = T::from_f64(libm::exp2((lowest * 0.85) / 2.0 + 150.0 * random.uniform())),
            }
            descent
        });
        let descents = descents.filter(|descent| descent.check().is_ok()).collect();
        let pairs =
            (0..2).map(|_| (matrix(random, shape.input_len(), features), matrix(random, shape.output_len(), filters)));
        let pairs = pairs.collect();
        Self { shape, activation, value, mixing, student, descents, pairs }
    }
}

/// What came of the cases.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    students_refused: usize,
    accepted: usize,
    refused: usize,
    measured: usize,
    beyond: usize,
    gradients: usize,
    gradients_refused: usize,
}

/// `|W|`, where squares of its elements need not be numbers.
fn norm<T: Scalar>(value: &[T]) -> f64 {
    let largest = value.iter().fold(0.0_f64, |largest, w| largest.larger(w.to_f64().abs()));
    if largest == 0.0 {
        return 0.0;
    }
    largest * value.iter().map(|w| w.to_f64() / largest).map(|x| x * x).sum::<f64>().sqrt()
}

/// Whether the student keeps the promise.
fn good<T: Scalar>(student: StudentView<'_, T>, limit: T) -> Result<(), String> {
    let parts = [student.value(), student.value_carry(), student.logits(), student.logits_carry()];
    if let Some(bad) = parts.iter().flat_map(|part| part.iter()).find(|x| !x.is_finite()) {
        return Err(format!("{bad} in {student:?}"));
    }
    let (norm, limit) = (norm(student.value()), limit.to_f64());
    // Each sum of squares is rounded.
    if norm > limit * (1.0 + 64.0 * T::EPSILON.to_f64()) {
        return Err(format!("|W| = {norm:e} is beyond {limit:e}"));
    }
    let shape = student.shape();
    let mut bytes = vec![0; snapshot_len::<T>(shape)];
    save(student, None, &mut bytes).map_err(|error| format!("save: {error}"))?;
    let (mut memory, mut steps) = (vec![T::ZERO; student_len(shape)], 0);
    let mut loaded = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
    load(&bytes, &mut loaded).map_err(|error| format!("load: {error}"))?;
    if digest(loaded.view()) != digest(student) {
        return Err("another student comes back".into());
    }
    Ok(())
}

impl<T: Scalar> Case<T> {
    fn teacher(&self) -> TeacherView<'_, T> {
        TeacherView::new(self.shape, self.activation, &self.value, &self.mixing).unwrap()
    }

    fn measure(&self, student: StudentView<'_, T>, counts: &mut Counts) -> Result<(), String> {
        let mut scratch = vec![T::from_f64(7.0); population_scratch_len(self.shape)];
        let scratch = PopulationScratchViewMut::new(self.shape, &mut scratch).unwrap();
        match measure(student, self.teacher(), scratch) {
            Ok(measure) if measure.excess_loss.is_finite() && measure.gradient_norm.is_finite() => counts.measured += 1,
            Err(Error::NotFinite { .. }) => counts.beyond += 1,
            other => return Err(format!("measured {other:?}")),
        }
        Ok(())
    }

    /// The exact gradient, which must be finite or refused.
    fn gradient(&self, student: StudentViewMut<'_, T>, counts: &mut Counts) -> Result<(), String> {
        let mut scratch = vec![T::from_f64(7.0); population_scratch_len(self.shape)];
        let scratch = PopulationScratchViewMut::new(self.shape, &mut scratch).unwrap();
        let old = T::from_f64(7.0);
        let (mut d_value, mut d_logits) = (vec![old; self.shape.value_len()], vec![old; self.shape.mixing_len()]);
        let mut training = Population::new(student, self.teacher(), scratch).unwrap();
        let given = training.gradient(&mut d_value, &mut d_logits);
        let mut written = d_value.iter().chain(&d_logits);
        match given {
            Ok(()) if written.all(|d| d.is_finite()) => counts.gradients += 1,
            Err(Error::OutOfRange { .. }) if written.all(|&d| d == old) => counts.gradients_refused += 1,
            other => return Err(format!("a gradient is {other:?}, with {d_value:?} and {d_logits:?}")),
        }
        Ok(())
    }

    /// Takes the steps by `step`; the digests of every student on the way.
    fn run(
        &self,
        counts: &mut Counts,
        mut step: impl FnMut(StudentViewMut<'_, T>, &Descent<T>) -> Result<(), Error>,
    ) -> Result<Vec<u64>, String> {
        let (mut memory, mut steps) = (self.student.clone(), 0);
        let mut digests = Vec::new();
        let mut student = match StudentViewMut::new(self.shape, &mut memory, &mut steps) {
            Ok(student) => student,
            Err(Error::NotFinite { .. }) => {
                counts.students_refused += 1;
                return Ok(digests);
            }
            Err(other) => return Err(format!("a student is refused: {other}")),
        };
        self.measure(student.view(), counts)?;
        self.gradient(student.reborrow(), counts)?;
        for descent in &self.descents {
            let before = digest(student.view());
            match step(student.reborrow(), descent) {
                Ok(()) => {
                    counts.accepted += 1;
                    good(student.view(), descent.value_limit).map_err(|what| format!("{descent:?}: {what}"))?;
                    self.measure(student.view(), counts)?;
                }
                // Of pairs that are given, what overflowed is not the rate's.
                Err(Error::Diverged | Error::NotFinite { what: "the gradient of the batch", .. })
                    if digest(student.view()) == before =>
                {
                    counts.refused += 1;
                }
                other => return Err(format!("{descent:?}: {other:?}, or the student was changed")),
            }
            digests.push(digest(student.view()));
        }
        Ok(digests)
    }

    fn population(&self, counts: &mut Counts) -> Result<Vec<u64>, String> {
        let mut scratch = vec![T::from_f64(7.0); population_scratch_len(self.shape)];
        self.run(counts, |student, descent| {
            let scratch = PopulationScratchViewMut::new(self.shape, &mut scratch)?;
            Population::new(student, self.teacher(), scratch)?.step(descent)
        })
    }

    fn samples(&self, counts: &mut Counts) -> Result<Vec<u64>, String> {
        let (mut scratch, mut batch_loss) =
            (vec![T::from_f64(7.0); sample_scratch_wide_len(self.shape)], BatchLoss::ZERO);
        self.run(counts, |student, descent| {
            let scratch = SampleScratchViewMut::new(self.shape, &mut scratch, &mut batch_loss)?;
            let mut samples = Samples::new(student, self.activation, scratch)?;
            for (x, y) in &self.pairs {
                samples.accumulate(x, y)?;
            }
            samples.step(descent)
        })
    }

    fn online(&self, counts: &mut Counts) -> Result<Vec<u64>, String> {
        let (mut scratch, mut batch_loss) =
            (vec![T::from_f64(7.0); online_scratch_wide_len(self.shape)], BatchLoss::ZERO);
        self.run(counts, |student, descent| {
            let scratch = OnlineScratchViewMut::new(self.shape, &mut scratch, &mut batch_loss)?;
            Online::new(student, self.teacher(), Source::gaussian(1, 3), scratch)?.step(descent)
        })
    }
}

fn every_case<T: Scalar>(levels: &[Level]) {
    type Kind<T> = (&'static str, fn(&Case<T>, &mut Counts) -> Result<Vec<u64>, String>);
    let kinds: [Kind<T>; 3] = [("exact", Case::population), ("own pairs", Case::samples), ("online", Case::online)];
    for (kind, run) in kinds {
        let mut narrow = Vec::new();
        for &level in levels {
            level.limit();
            let (mut counts, mut found) = (Counts::default(), Vec::new());
            for seed in 0..CASES {
                let digests = run(&Case::new(seed), &mut counts);
                found.push(
                    digests.unwrap_or_else(|what| panic!("{kind}, f{}, {level:?}, case {seed}: {what}", T::BITS)),
                );
            }
            println!("{kind}, f{}, {level:?}: {counts:?}", T::BITS);
            assert!(counts.accepted > CASES as usize / 4 && counts.refused > CASES as usize / 4);
            assert!(counts.measured > CASES as usize / 4 && counts.beyond > CASES as usize / 10);
            assert!(counts.gradients > CASES as usize / 4 && counts.gradients_refused > CASES as usize / 10);
            assert!(counts.students_refused > 0);
            if narrow.is_empty() {
                narrow = found;
            } else if let Some(seed) = (0..found.len()).find(|&seed| found[seed] != narrow[seed]) {
                panic!("{kind}, f{}, {level:?}, case {seed}: other bits", T::BITS);
            }
        }
    }
}

/// One student beside one teacher of two features, two tokens and one filter, after some steps, in `f64`.
fn steps<T: Scalar>(value: [f64; 2], mixing: &[f64], start: [f64; 2], rate: f64) -> Vec<f64> {
    let of = |x: &[f64]| -> Vec<T> { x.iter().map(|&x| T::from_f64(x)).collect() };
    let shape = Shape::new(1, 2, 2, mixing.len() / 2).unwrap();
    let (mut memory, mut steps) = (vec![T::ZERO; student_len(shape)], 0);
    let mut student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
    student.set_value(&of(&start)).unwrap();
    let (value, mixing) = (of(&value), of(mixing));
    let teacher = TeacherView::new(shape, Activation::Relu, &value, &mixing).unwrap();
    let mut scratch = vec![T::ZERO; population_scratch_len(shape)];
    let scratch = PopulationScratchViewMut::new(shape, &mut scratch).unwrap();
    let mut training = Population::new(student, teacher, scratch).unwrap();
    let limit = T::from_f64(1e19);
    for _ in 0..10 {
        training.step(&Descent { value_limit: limit, ..Descent::new(T::from_f64(rate)) }).unwrap();
    }
    let student = training.student();
    student.value().iter().chain(student.logits()).map(|x| x.to_f64()).collect()
}

/// A row or a filter whose square underflows beside a student near one; a filter that is nothing beside its teacher's: single
/// precision, whose squares underflow, has what double precision has, whose squares do not.
fn small_beside_large() {
    type Start = ([f64; 2], [f64; 4], [f64; 2], f64);
    let rows = [1e-19, 1e-20, 1e-21, 1e-22, 1e-30, 1e-40];
    let rows = rows.map(|small| -> Start { ([1.0, 0.5], [0.5, 0.5, small, 0.0], [0.0, 0.0], 0.3) });
    let filters =
        [1e-18, 1e-20, 1e-22].map(|small| -> Start { ([small, small], [0.5, 0.5, 1.0, 0.0], [1.0, -0.5], 0.3) });
    let giants = [1e-15, 1e-22].map(|small| -> Start { ([1e18, 0.0], [0.5, 0.5, 1.0, 0.0], [small, small], 0.0) });
    for (value, mixing, start, rate) in rows.into_iter().chain(filters).chain(giants) {
        let (narrow, wide) = (steps::<f32>(value, &mixing, start, rate), steps::<f64>(value, &mixing, start, rate));
        let scale = wide.iter().fold(0.0_f64, |largest, x| largest.larger(x.abs()));
        for (narrow, wide) in narrow.iter().zip(&wide) {
            assert!((narrow - wide).abs() <= 1e-5 * scale, "{value:?}, {mixing:?}, {start:?}: {narrow:e} {wide:e}");
        }
    }
    // Hundreds of rows beside a filter that much shorter: the coefficient of the filter's own direction overflows.
    let start = [1.2e-19_f32, 0.9e-19].map(f64::from);
    let found = steps::<f32>([1.2e19, 0.0], &[1.0, 0.0].repeat(512), start, 0.0);
    assert_eq!(found[..2], start, "a step of rate zero");
    assert!(found[2..].iter().all(|&a| a == 0.0));
}

/// Gradient and loss beside a teacher of one filter, two features and two tokens, of a student whose filter is as long as its
/// square says: the bits of dL/dW, the largest entry of dL/dA, and the bits of the loss.
fn beside_unit_teacher<T: Scalar>(activation: Activation<T>, squared: f64) -> ([u64; 2], T, u64) {
    let of = |x: [f64; 2]| x.map(T::from_f64);
    let shape = Shape::new(1, 2, 2, 1).unwrap();
    let (mut memory, mut steps) = (vec![T::ZERO; student_len(shape)], 0);
    let mut student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
    let length = libm::sqrt(squared);
    student.set_value(&of([0.6 * length, -0.8 * length])).unwrap();
    student.set_logits(&of([1.0, -0.5])).unwrap();
    let (value, mixing) = (of([0.75, 0.5]), of([0.75, 0.25]));
    let teacher = TeacherView::new(shape, activation, &value, &mixing).unwrap();
    let mut scratch = vec![T::ZERO; population_scratch_len(shape)];
    let scratch = PopulationScratchViewMut::new(shape, &mut scratch).unwrap();
    let mut training = Population::new(student, teacher, scratch).unwrap();
    let (mut d_value, mut d_logits) = ([T::ZERO; 2], [T::ZERO; 2]);
    training.gradient(&mut d_value, &mut d_logits).unwrap();
    let largest = d_logits.iter().fold(T::ZERO, |largest, d| largest.larger(d.abs()));
    (d_value.map(T::to_bits_u64), largest, training.measure().excess_loss.to_bits_u64())
}

/// A filter whose square is no normal number counts as zero: no angle is taken from it, which a teacher as long as the type
/// allows would make infinite. One that is a little longer has a direction, and the gradient another value.
fn shortest_filters<T: Scalar>() {
    let smallest = T::MIN_POSITIVE.to_f64();
    for activation in [Activation::Relu, Activation::LeakyRelu(T::from_f64(0.125)), Activation::Identity] {
        let (at_zero, no_d_logits, loss) = beside_unit_teacher(activation, 0.0);
        assert_eq!(no_d_logits, T::ZERO);
        for share in [0.98, 0.5, 1e-3, 1e-6] {
            let found = beside_unit_teacher(activation, share * smallest);
            assert_eq!((found.0, found.2), (at_zero, loss), "f{}, {activation:?}, {share}", T::BITS);
            assert!(found.1 < T::MIN_POSITIVE, "f{}, {activation:?}, {share}: {}", T::BITS, found.1);
        }
        let (longer, d_logits, _) = beside_unit_teacher(activation, 1.02 * smallest);
        assert!(d_logits > T::from_f64(1e-3 * libm::sqrt(smallest)), "f{}, {activation:?}: {d_logits}", T::BITS);
        assert_eq!(longer == at_zero, activation == Activation::Identity, "f{}, {activation:?}", T::BITS);
    }
}

/// One test and not several, because the level is the whole program's.
#[test]
fn accepted_steps_keep_the_promise() {
    let best = Level::best();
    let levels: Vec<Level> = Level::ALL.into_iter().filter(|&level| level <= best).collect();
    for &level in &levels {
        level.limit();
        small_beside_large();
        shortest_filters::<f32>();
        shortest_filters::<f64>();
    }
    every_case::<f32>(&levels);
    every_case::<f64>(&levels);
    if MAY_BE_WIDE {
        assert!(levels.len() > 1 || std::env::var_os("CI").is_none(), "nothing was compared with wide registers");
    }
}
