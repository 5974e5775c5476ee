//! Readings as they are recorded: the bits of Rust, what is read back, and what is refused.

use std::ptr;

use tutee::Shape;
use tutee::activation::Activation;
use tutee::gradient::raw_samples::{Powers, RawDescent, RawSamples, RawScratchViewMut, raw_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::readings::{Centre, Explanation, Observed, Preparation, StandardizerViewMut, standardizer_len};
use tutee::student::{StudentViewMut, student_len};
use tutee_abi::tutee_status::*;
use tutee_abi::*;

use super::rig::*;

const IDENTITY: i32 = tutee_activation::TUTEE_IDENTITY as i32;
const RELU: i32 = tutee_activation::TUTEE_RELU as i32;
const INTERCEPT: i32 = tutee_preparation::TUTEE_INTERCEPT as i32;
const SPARE: i32 = tutee_preparation::TUTEE_SPARE as i32;
const SIGNED: i32 = tutee_preparation::TUTEE_SIGNED as i32;
const ALL: i32 = INTERCEPT | SPARE | SIGNED;

/// Two features, of which the second is stuck; three tokens, two outputs.
const READINGS: tutee_shape = tutee_shape { filters: 1, features: 2, tokens: 3, outputs: 2 };
const READ: usize = 6;
const ANSWERS: usize = 2;
const UNFIT: tutee_raw_fit<Real> = tutee_raw_fit { loss: -7.0, nothing: -7.0, explained: -7.0 };

/// A student of raw readings through C.
struct Raw {
    memory: Vec<u64>,
}

impl Raw {
    fn new(shape: tutee_shape, preparation: i32, activation: i32) -> Self {
        let (mut words, mut raw) = (0, ptr::null_mut());
        // SAFETY: the arrays are as long as is said.
        unsafe { ok(raw_words(&shape, preparation, &mut words)) };
        let mut memory = vec![u64::MAX; words];
        // SAFETY: as above.
        unsafe { ok(raw_init(memory.as_mut_ptr(), words, &shape, preparation, activation, 0.0, &mut raw)) };
        assert_eq!(raw.cast(), memory.as_mut_ptr());
        Self { memory }
    }

    fn raw(&mut self) -> *mut tutee_raw<Real> {
        self.memory.as_mut_ptr().cast()
    }

    fn observe(&mut self, pairs: usize, (x, y): &(Vec<Real>, Vec<Real>)) -> tutee_status {
        // SAFETY: the arrays are as long as is said.
        unsafe { raw_observe(self.raw(), pairs, x.as_ptr(), x.len(), y.as_ptr(), y.len()) }
    }

    fn begin(&mut self) -> tutee_status {
        // SAFETY: the object is alive.
        unsafe { raw_begin(self.raw()) }
    }

    fn accumulate(&mut self, pairs: usize, (x, y): &(Vec<Real>, Vec<Real>)) -> tutee_status {
        // SAFETY: the arrays are as long as is said.
        unsafe { raw_accumulate(self.raw(), pairs, x.as_ptr(), x.len(), y.as_ptr(), y.len()) }
    }

    fn step(&mut self, descent: &tutee_raw_descent<Real>) -> Result<tutee_raw_stepped<Real>, tutee_status> {
        let mut stepped = tutee_raw_stepped { fit: UNFIT, value_rate: -7.0, attention_rate: -7.0 };
        let untouched = stepped;
        // SAFETY: references are valid pointers.
        match unsafe { raw_step(self.raw(), descent, &mut stepped) } {
            TUTEE_OK => Ok(stepped),
            status => {
                assert_eq!(stepped, untouched);
                Err(status)
            }
        }
    }

    fn loss(&mut self, pairs: usize, (x, y): &(Vec<Real>, Vec<Real>)) -> Result<tutee_raw_fit<Real>, tutee_status> {
        let mut fit = UNFIT;
        // SAFETY: the arrays are as long as is said.
        match unsafe { raw_loss(self.raw(), pairs, x.as_ptr(), x.len(), y.as_ptr(), y.len(), &mut fit) } {
            TUTEE_OK => Ok(fit),
            status => Err(status),
        }
    }

    fn diagnose(&mut self) -> Result<tutee_raw_diagnosis<Real>, tutee_status> {
        let mut found = tutee_raw_diagnosis { pairs: 7, steps: 7, fit: UNFIT, beside_uniform: -7.0, dead_filter: -7 };
        // SAFETY: a reference is a valid pointer.
        match unsafe { raw_diagnose(self.raw(), &mut found) } {
            TUTEE_OK => Ok(found),
            status => Err(status),
        }
    }

    fn predict(&mut self, x: &[Real], answers: usize) -> Vec<Real> {
        let mut y = vec![-7.0; answers];
        // SAFETY: the arrays are as long as is said.
        unsafe { ok(raw_predict(self.raw(), 1, x.as_ptr(), x.len(), y.as_mut_ptr(), answers)) };
        y
    }

    /// W, bias and S.
    fn explain(&mut self, lengths: [usize; 3]) -> [Vec<Real>; 3] {
        let [mut value, mut bias, mut mixing] = lengths.map(|len| vec![-7.0; len]);
        let (w, b, s) = (value.as_mut_ptr(), bias.as_mut_ptr(), mixing.as_mut_ptr());
        let [m, n, o] = lengths;
        // SAFETY: the arrays are as long as is said.
        unsafe { ok(raw_explain(self.raw(), w, m, b, n, s, o)) };
        [value, bias, mixing]
    }

    fn save(&mut self, shape: &tutee_shape, preparation: i32) -> Vec<u8> {
        let mut n = 0;
        // SAFETY: a reference is a valid pointer.
        unsafe { ok(raw_snapshot_bytes(shape, preparation, &mut n)) };
        let mut bytes = vec![7; n];
        // SAFETY: the array is as long as is said.
        unsafe { ok(raw_save(self.raw(), bytes.as_mut_ptr(), n)) };
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> tutee_status {
        // SAFETY: the array is as long as is said.
        unsafe { raw_load(self.raw(), bytes.as_ptr(), bytes.len()) }
    }

    /// Takes a step for every four of the pairs.
    fn learn(&mut self, (x, y): &(Vec<Real>, Vec<Real>)) {
        for (x, y) in x.chunks(4 * READ).zip(y.chunks(4 * ANSWERS)) {
            ok(self.accumulate(4, &(x.to_vec(), y.to_vec())));
            self.step(&usual()).unwrap();
        }
    }

    fn links(&mut self, count: usize) -> Vec<(u32, u32, Real)> {
        let mut links = vec![tutee_link { output: 77, token: 77, weight: -7.0 }; count];
        // SAFETY: the array is as long as is said.
        unsafe { ok(raw_links(self.raw(), links.as_mut_ptr(), count)) };
        links.iter().map(|link| (link.output, link.token, link.weight)).collect()
    }
}

fn usual() -> tutee_raw_descent<Real> {
    let mut descent =
        tutee_raw_descent { value_share: 0.0, attention_share: 0.0, row_limit: 0.0, loss_limit: 0.0, compensated: 7 };
    // SAFETY: a reference is a valid pointer.
    unsafe { ok(raw_descent_default(&mut descent)) };
    descent
}

/// A plant, read in milli-units with an offset of 300: the first output follows the first token, the second takes from the
/// third what the second has.
fn recorded(pairs: usize, seed: u64) -> (Vec<Real>, Vec<Real>) {
    let (mut x, mut y, mut state) = (vec![], vec![], seed);
    for _ in 0..pairs {
        let [a, b, c] = [(); 3].map(|()| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 40) as Real / (1 << 23) as Real - 1.0
        });
        for token in [a, b, c] {
            x.extend([1000.0 * token + 300.0, 42.0]);
        }
        y.extend([20.0 + 3.0 * a, 1.5 * c - 1.5 * b]);
    }
    (x, y)
}

#[test]
fn training_gives_the_bits_of_rust() {
    for (preparation, flags) in [
        (Preparation::NONE, 0),
        (Preparation::INTERCEPT, INTERCEPT),
        (Preparation { intercept: true, spare: true, signed: true }, ALL),
    ] {
        let (pairs, held_out) = (recorded(20, 1), recorded(9, 2));
        let mut raw = Raw::new(READINGS, flags, IDENTITY);
        ok(raw.observe(20, &pairs));
        ok(raw.begin());

        let readings = Shape::new(1, 2, 3, 2).unwrap();
        let shape = preparation.shape(readings).unwrap();
        let mut known = (vec![0.0; standardizer_len(readings)], Observed::<Real>::ZERO);
        let mut standardizer = StandardizerViewMut::new(readings, &mut known.0, &mut known.1).unwrap();
        for (x, y) in pairs.0.chunks(READ).zip(pairs.1.chunks(ANSWERS)) {
            standardizer.observe(readings, Centre::Token, x, y).unwrap();
        }
        let mut parameters = (vec![0.0; student_len(shape)], 0);
        let mut student = StudentViewMut::new(shape, &mut parameters.0, &mut parameters.1).unwrap();
        if preparation.signed {
            student.set_value(&vec![0.5; shape.value_len()]).unwrap();
        }
        let mut scratch = (vec![0.0; sample_scratch_len(shape)], BatchLoss::ZERO);
        let scratch = SampleScratchViewMut::new(shape, &mut scratch.0, &mut scratch.1).unwrap();
        let mut working = (vec![0.0; raw_scratch_len(shape)], Powers::ZERO);
        let working = RawScratchViewMut::new(shape, &mut working.0, &mut working.1).unwrap();
        let samples = Samples::new(student, Activation::Identity, scratch).unwrap();
        let mut core = RawSamples::new(readings, preparation, standardizer, samples, working).unwrap();

        for _ in 0..30 {
            ok(raw.accumulate(20, &pairs));
            for (x, y) in pairs.0.chunks(READ).zip(pairs.1.chunks(ANSWERS)) {
                core.accumulate(x, y).unwrap();
            }
            let (found, expected) = (raw.step(&usual()).unwrap(), core.step(&RawDescent::default()).unwrap());
            assert_eq!(found.value_rate.to_bits(), expected.descent.value_rate.to_bits());
            assert_eq!(found.attention_rate.to_bits(), expected.descent.attention_rate.to_bits());
            assert_eq!(found.fit.loss.to_bits(), expected.loss.to_bits());
            assert_eq!(found.fit.explained.to_bits(), expected.explained().to_bits());
        }
        let mut y = [0.0; ANSWERS];
        core.predict(&held_out.0[..READ], &mut y).unwrap();
        assert_eq!(raw.predict(&held_out.0[..READ], ANSWERS), y);
        let (mut value, mut bias, mut mixing) = ([0.0; 2], [0.0; 2], [0.0; 6]);
        core.explain(Explanation { value: &mut value, bias: &mut bias, mixing: &mut mixing }).unwrap();
        assert_eq!(raw.explain([2, 2, 6]), [&value[..], &bias, &mixing]);

        // A loss that is held out is that of predictions, in units of how far answers spread.
        let fit = raw.loss(9, &held_out).unwrap();
        let (mut loss, mut scale, mut mean) = (0.0, 0.0, [0.0; 2]);
        let mut unused = ([0.0; 6], [0.0; 2]);
        let [m, s, a] = [unused.0.as_mut_ptr(), unused.1.as_mut_ptr(), mean.as_mut_ptr()];
        // SAFETY: the arrays are as long as is said.
        unsafe { ok(raw_moments(raw.raw(), m, 6, s, 2, a, 2, &mut scale)) };
        for (x, y) in held_out.0.chunks(READ).zip(held_out.1.chunks(ANSWERS)) {
            let missed: Real = raw.predict(x, 2).iter().zip(y).map(|(f, y)| (f - y) * (f - y)).sum();
            loss += missed / 2.0 / scale / scale / 9.0;
        }
        assert!((fit.loss - loss).abs() <= 1e-3 * loss, "{fit:?} {loss}");
        assert_eq!(unused.1[1], 0.0, "the second feature was stuck");
    }
}

#[test]
#[cfg_attr(miri, ignore = "a training of hours there")]
fn what_a_plant_hides_is_read_back_in_its_own_units() {
    let (pairs, held_out) = (recorded(64, 3), recorded(64, 4));
    let mut raw = Raw::new(READINGS, ALL, IDENTITY);
    ok(raw.observe(64, &pairs));
    ok(raw.begin());
    let begun = raw.diagnose();
    assert_eq!(begun, Err(TUTEE_ERROR_NO_SAMPLES));
    ok(raw.accumulate(64, &pairs));
    assert_eq!(raw.diagnose().unwrap().beside_uniform, 0.0);
    for _ in 0..3000 {
        raw.step(&usual()).unwrap();
        ok(raw.accumulate(64, &pairs));
    }
    let diagnosis = raw.diagnose().unwrap();
    assert_eq!((diagnosis.pairs, diagnosis.steps, diagnosis.dead_filter), (64, 3000, -1));
    assert!(diagnosis.fit.explained > 0.99 && diagnosis.beside_uniform > 0.5, "{diagnosis:?}");
    let fit = raw.loss(64, &held_out).unwrap();
    assert!(fit.explained > 0.99, "{fit:?}");

    let [value, bias, mixing] = raw.explain([2, 2, 6]);
    assert_eq!(value[1], 0.0);
    let weight = |j: usize, i: usize| 1000.0 * value[0] * mixing[3 * j + i];
    for (place, expected) in [((0, 0), 3.0), ((0, 1), 0.0), ((1, 0), 0.0), ((1, 1), -1.5), ((1, 2), 1.5)] {
        let found = weight(place.0, place.1);
        assert!((found - expected).abs() < 0.2, "{place:?}: {found}, not {expected}");
    }
    let x = &held_out.0[..READ];
    let told: Vec<Real> =
        (0..2).map(|j| (0..3).map(|i| mixing[3 * j + i] * value[0] * x[2 * i]).sum::<Real>() + bias[j]).collect();
    for (told, y) in told.iter().zip(raw.predict(x, 2)) {
        assert!((told - y).abs() < 1e-2, "{told} {y}");
    }
    // The three links, then what is none; the list of all is the matrix.
    let all = raw.links(6);
    assert_eq!(raw.links(3), all[..3]);
    let mut first: Vec<_> = all[..3].iter().map(|&(output, token, _)| (output, token)).collect();
    first.sort_unstable();
    assert_eq!(first, [(0, 0), (1, 1), (1, 2)]);
    assert!(all.is_sorted_by(|a, b| a.2.abs() >= b.2.abs()));
    for (output, token, weight) in all {
        assert_eq!(mixing[(3 * output + token) as usize], weight);
    }
}

#[test]
fn a_dead_filter_is_named() {
    // Answers that are never above zero, behind a ReLU that sets out from a half.
    let shape = tutee_shape { filters: 1, features: 1, tokens: 1, outputs: 1 };
    let mut raw = Raw::new(shape, INTERCEPT, RELU);
    let pairs = (vec![1.0, 2.0], vec![-1.0, -2.0]);
    ok(raw.observe(2, &pairs));
    ok(raw.begin());
    for _ in 0..50 {
        ok(raw.accumulate(2, &pairs));
        raw.step(&usual()).unwrap();
    }
    ok(raw.accumulate(2, &pairs));
    let diagnosis = raw.diagnose().unwrap();
    assert_eq!((diagnosis.dead_filter, diagnosis.fit.explained), (0, 0.0), "{diagnosis:?}");
}

#[test]
fn a_batch_belongs_to_what_was_observed() {
    let pairs = recorded(8, 5);
    let mut raw = Raw::new(READINGS, ALL, IDENTITY);
    let memory = raw.memory.clone();
    assert_eq!(raw.begin(), TUTEE_ERROR_CANNOT_MOVE, "nothing was observed");
    assert_eq!(raw.accumulate(8, &pairs), TUTEE_ERROR_BATCH);
    assert_eq!(raw.loss(8, &pairs), Err(TUTEE_ERROR_BATCH));
    assert_eq!(raw.diagnose(), Err(TUTEE_ERROR_BATCH));
    assert_eq!(raw.step(&usual()), Err(TUTEE_ERROR_BATCH));
    let mut y = [7.0; ANSWERS];
    // SAFETY: the arrays are as long as is said.
    unsafe {
        let x = pairs.0.as_ptr();
        assert_eq!(raw_predict(raw.raw(), 1, x, READ, y.as_mut_ptr(), ANSWERS), TUTEE_ERROR_BATCH);
    }
    assert_eq!((&raw.memory, y), (&memory, [7.0; ANSWERS]));

    // Readings that are all equal.
    let still = (vec![1.5; 9 * READ], vec![2.0; 9 * ANSWERS]);
    ok(raw.observe(9, &still));
    let memory = raw.memory.clone();
    assert_eq!(raw.begin(), TUTEE_ERROR_CANNOT_MOVE);
    assert_eq!(raw.memory, memory);

    ok(raw.observe(8, &pairs));
    ok(raw.begin());
    ok(raw.accumulate(8, &pairs));
    // Begun again, the batch is dropped.
    ok(raw.begin());
    assert_eq!(raw.diagnose(), Err(TUTEE_ERROR_NO_SAMPLES));
    ok(raw.accumulate(8, &pairs));
    // Pairs that are looked at now scale readings in another way.
    ok(raw.observe(8, &pairs));
    assert_eq!(raw.step(&usual()), Err(TUTEE_ERROR_BATCH));
    ok(raw.begin());
    ok(raw.accumulate(8, &pairs));
    raw.step(&usual()).unwrap();
}

#[test]
fn of_pairs_that_are_wrong_none_is_taken() {
    let pairs = recorded(8, 6);
    let mut raw = Raw::new(READINGS, ALL, IDENTITY);
    ok(raw.observe(8, &pairs));
    ok(raw.begin());
    ok(raw.accumulate(8, &pairs));
    let memory = raw.memory.clone();
    // The last of eight: no number; a number whose square no type holds; one that no deviation can be taken of.
    for (number, observed) in [
        (Real::NAN, TUTEE_ERROR_NOT_FINITE),
        (Real::MAX, TUTEE_ERROR_OUT_OF_RANGE),
        (-Real::MAX, TUTEE_ERROR_OUT_OF_RANGE),
    ] {
        for of_x in [true, false] {
            let mut wrong = pairs.clone();
            let numbers = if of_x { &mut wrong.0 } else { &mut wrong.1 };
            *numbers.last_mut().unwrap() = number;
            if of_x {
                // The last feature is stuck, and is not looked at: the one before it.
                numbers[8 * READ - 1] = 42.0;
                numbers[8 * READ - 2] = number;
            }
            assert_eq!(raw.observe(8, &wrong), observed, "{number} {of_x}");
            assert_eq!(raw.accumulate(8, &wrong), TUTEE_ERROR_NOT_FINITE, "{number} {of_x}");
            assert_eq!(raw.loss(8, &wrong), Err(TUTEE_ERROR_NOT_FINITE), "{number} {of_x}");
        }
    }
    assert_eq!(raw.diagnose().unwrap().pairs, 8);
    // Beside the batch there is working memory; parameters, what is known and the batch are the same.
    ok(raw.accumulate(8, &pairs));
    let mut other = Raw { memory };
    ok(other.accumulate(8, &pairs));
    assert_eq!(raw.step(&usual()).unwrap(), other.step(&usual()).unwrap());
    assert_eq!(raw.memory, other.memory);
}

#[test]
fn a_share_that_is_too_large_diverges_and_the_last_sane_student_comes_back() {
    let pairs = recorded(8, 7);
    let mut raw = Raw::new(READINGS, INTERCEPT, IDENTITY);
    ok(raw.observe(8, &pairs));
    ok(raw.begin());
    let steep = tutee_raw_descent { value_share: 40.0, ..usual() };
    let mut answers = vec![];
    let diverged = (0..20).find_map(|_| {
        ok(raw.accumulate(8, &pairs));
        answers.push(raw.explain([2, 2, 6]));
        raw.step(&steep).err()
    });
    assert_eq!(diverged, Some(TUTEE_ERROR_DIVERGED));
    // The one whose batch cost little enough, and which the last step that was taken left.
    assert_eq!(raw.explain([2, 2, 6])[1], answers[answers.len() - 2][1]);
    assert_eq!(raw.diagnose(), Err(TUTEE_ERROR_NO_SAMPLES));
    for _ in 0..50 {
        ok(raw.accumulate(8, &pairs));
        raw.step(&usual()).unwrap();
    }

    // Settings that are none change nothing.
    ok(raw.accumulate(8, &pairs));
    let memory = raw.memory.clone();
    for (wrong, status) in [
        (tutee_raw_descent { value_share: 0.0, ..usual() }, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_raw_descent { value_share: Real::INFINITY, ..usual() }, TUTEE_ERROR_NOT_FINITE),
        (tutee_raw_descent { attention_share: -1.0, ..usual() }, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_raw_descent { row_limit: Real::NAN, ..usual() }, TUTEE_ERROR_NOT_FINITE),
        (tutee_raw_descent { row_limit: 0.0, ..usual() }, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_raw_descent { loss_limit: 1.0, ..usual() }, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_raw_descent { compensated: 2, ..usual() }, TUTEE_ERROR_ENUM),
    ] {
        assert_eq!(raw.step(&wrong), Err(status), "{wrong:?}");
    }
    assert_eq!(raw.memory, memory);
}

#[test]
fn a_copy_goes_on_where_its_original_stands_and_overwritten_words_are_refused() {
    let pairs = recorded(2, 8);
    let mut raw = Raw::new(READINGS, ALL, IDENTITY);
    ok(raw.observe(2, &pairs));
    ok(raw.begin());
    ok(raw.accumulate(2, &pairs));
    let mut copy = Raw { memory: raw.memory.clone() };
    assert_eq!(raw.step(&usual()).unwrap(), copy.step(&usual()).unwrap());
    assert_eq!(raw.memory, copy.memory);
    // No word of an object can make a call crash; a header is told.
    for word in 0..copy.memory.len() {
        // Header and state; of the numbers behind them NaN does.
        let values = [0x7FF0_0000_7FC0_0000, 0, 1, u64::MAX];
        for value in values.into_iter().take(if word < 21 { 4 } else { 1 }) {
            let mut spoilt = Raw { memory: copy.memory.clone() };
            spoilt.memory[word] = value;
            let changed = spoilt.memory != copy.memory;
            let found = spoilt.accumulate(2, &pairs);
            if word < 5 && changed {
                assert_eq!(found, TUTEE_ERROR_OBJECT, "word {word}");
            }
            let _ = (spoilt.step(&usual()), spoilt.diagnose(), spoilt.loss(2, &pairs), spoilt.begin());
        }
    }
}

fn inspected(bytes: &[u8]) -> Result<tutee_raw_info, tutee_status> {
    let shape = tutee_shape { filters: 7, features: 7, tokens: 7, outputs: 7 };
    let mut info = tutee_raw_info {
        steps: 7,
        pairs: 7,
        batches: 7,
        slope: 7.0,
        shape,
        preparation: 7,
        activation: 7,
        scalar_bits: 7,
        version: 7,
    };
    // SAFETY: the array is as long as is said.
    match unsafe { tutee_raw_inspect(bytes.as_ptr(), bytes.len(), &mut info) } {
        TUTEE_OK => Ok(info),
        status => Err(status),
    }
}

/// An interpreter takes a second for what a processor does in a millisecond.
const PAIRS: usize = if cfg!(miri) { 8 } else { 40 };

#[test]
fn a_training_that_was_saved_goes_on_with_the_bits_of_one_that_was_not() {
    for (flags, activation) in [(0, IDENTITY), (INTERCEPT, RELU), (ALL, IDENTITY)] {
        let (first, later) = (recorded(PAIRS, 7), recorded(PAIRS, 8));
        let mut through = Raw::new(READINGS, flags, activation);
        ok(through.observe(PAIRS, &first));
        ok(through.begin());
        through.learn(&first);
        // A batch that was begun is not saved.
        let saved = through.save(&READINGS, flags);
        ok(through.accumulate(PAIRS, &first));
        assert_eq!(through.save(&READINGS, flags), saved);
        ok(through.begin());
        through.learn(&later);

        // One that has seen nothing, and would have had another activation; one that was trained on something else.
        let mut busy = Raw::new(READINGS, flags, activation);
        ok(busy.observe(PAIRS, &later));
        ok(busy.begin());
        busy.learn(&later);
        ok(busy.accumulate(PAIRS, &first));
        for mut other in [Raw::new(READINGS, flags, tutee_activation::TUTEE_LEAKY_RELU as i32), busy] {
            ok(other.load(&saved));
            assert_eq!(other.step(&usual()), Err(TUTEE_ERROR_NO_SAMPLES));
            assert_eq!(other.save(&READINGS, flags), saved);
            other.learn(&later);
            assert_eq!(other.save(&READINGS, flags), through.save(&READINGS, flags));
            assert_eq!(other.predict(&later.0[..READ], ANSWERS), through.predict(&later.0[..READ], ANSWERS));
            assert_eq!(other.links(6), through.links(6));
        }
        let info = inspected(&saved).unwrap();
        assert_eq!(
            (info.steps, info.pairs, info.batches, info.shape),
            (PAIRS as u64 / 4, PAIRS as u64, PAIRS as u64 / 4, READINGS)
        );
        assert_eq!((info.preparation, info.activation, info.slope), (flags, activation, 0.0));
        assert_eq!((info.scalar_bits, info.version), (8 * size_of::<Real>() as u32, 2));
    }
}

#[test]
fn a_wrong_snapshot_changes_nothing() {
    let pairs = recorded(PAIRS, 9);
    let mut raw = Raw::new(READINGS, ALL, IDENTITY);
    let (mut bytes, mut n) = (vec![0; 2000], 0);
    // SAFETY: the array is longer than is said.
    unsafe {
        ok(raw_snapshot_bytes(&READINGS, ALL, &mut n));
        assert_eq!(raw_save(raw.raw(), bytes.as_mut_ptr(), n), TUTEE_ERROR_BATCH, "nothing was begun");
    }
    ok(raw.observe(PAIRS, &pairs));
    ok(raw.begin());
    raw.learn(&pairs);
    let saved = raw.save(&READINGS, ALL);
    raw.learn(&pairs);
    ok(raw.accumulate(PAIRS, &pairs));
    let memory = raw.memory.clone();

    let fewer = tutee_shape { outputs: 1, ..READINGS };
    let mut others = vec![];
    for (shape, flags) in [(READINGS, INTERCEPT), (fewer, ALL)] {
        let mut other = Raw::new(shape, flags, IDENTITY);
        let answers = pairs.1.chunks(ANSWERS).flat_map(|y| y[..shape.outputs as usize].to_vec()).collect();
        let pairs = (pairs.0.clone(), answers);
        ok(other.observe(PAIRS, &pairs));
        ok(other.begin());
        others.push((other.save(&shape, flags), TUTEE_ERROR_SNAPSHOT_SHAPE));
    }
    others.push((saved[..saved.len() - 1].to_vec(), TUTEE_ERROR_SNAPSHOT_TRUNCATED));
    others.push(([&saved[..], &[0]].concat(), TUTEE_ERROR_SNAPSHOT_TRAILING));
    let (rig, mut n) = (Rig::new(), 0);
    // SAFETY: the array is as long as is said.
    let of_student = unsafe {
        ok(snapshot_bytes(&SHAPE, &mut n));
        let mut bytes = vec![0; n];
        ok(student_save(rig.student, ptr::null(), NO_ACTIVATION, 0.0, bytes.as_mut_ptr(), n));
        bytes
    };
    others.push((of_student, TUTEE_ERROR_SNAPSHOT_MODEL));
    others.push((b"no snapshot".to_vec(), TUTEE_ERROR_SNAPSHOT_FOREIGN));
    for place in [170, 200, saved.len() - 1] {
        let mut altered = saved.clone();
        altered[place] ^= 16;
        others.push((altered, TUTEE_ERROR_SNAPSHOT_ALTERED));
    }
    for (bytes, status) in others {
        assert_eq!(raw.load(&bytes), status);
        assert_eq!(raw.memory, memory, "{status:?}");
        let known = inspected(&bytes).err();
        assert_eq!(known, Some(status).filter(|&status| status != TUTEE_ERROR_SNAPSHOT_SHAPE));
    }
    ok(raw.load(&saved));
    assert_eq!(raw.save(&READINGS, ALL), saved);
}

#[test]
#[cfg_attr(miri, ignore = "a training of hours there")]
fn a_link_is_sure_that_both_halves_find() {
    let pairs = recorded(64, 10);
    let half = |first: usize| {
        let part = |all: &[Real], of_one: usize| all[first * of_one..(first + 32) * of_one].to_vec();
        (part(&pairs.0, READ), part(&pairs.1, ANSWERS))
    };
    let trained = |count: usize, pairs: &(Vec<Real>, Vec<Real>)| {
        let mut raw = Raw::new(READINGS, ALL, IDENTITY);
        ok(raw.observe(count, pairs));
        ok(raw.begin());
        for _ in 0..1500 {
            ok(raw.accumulate(count, pairs));
            raw.step(&usual()).unwrap();
        }
        raw
    };
    let [_, _, mixing] = trained(64, &pairs).explain([2, 2, 6]);
    let mut parts: Vec<Real> = vec![];
    for first in [0, 32] {
        let [_, _, mixing] = trained(32, &half(first)).explain([2, 2, 6]);
        parts.extend(mixing);
    }
    let none = tutee_sure_link { output: 77, token: 77, weight: -7.0, found: 77, parts: 77 };
    let sure_of = |mixing: &[Real], parts: &[Real], places: usize| {
        let (mut links, mut count) = (vec![none; places], 777);
        // SAFETY: the arrays are as long as is said.
        match unsafe {
            let parts_at = if parts.is_empty() { ptr::null() } else { parts.as_ptr() };
            let (at, links_at) = (mixing.as_ptr(), links.as_mut_ptr());
            mixing_links(&READINGS, at, mixing.len(), parts_at, parts.len(), links_at, places, &mut count)
        } {
            TUTEE_OK => Ok((count, links)),
            status => {
                assert_eq!((count, &links), (777, &vec![none; places]));
                Err(status)
            }
        }
    };
    let sure = |parts: &[Real], places: usize| sure_of(&mixing, parts, places);
    let (count, links) = sure(&parts, 6).unwrap();
    assert_eq!(count, 3, "{links:?}");
    assert_eq!(links[3..], [none; 3]);
    let mut places: Vec<_> = links[..3].iter().map(|link| (link.output, link.token, link.found, link.parts)).collect();
    places.sort_unstable();
    assert_eq!(places, [(0, 0, 2, 2), (1, 1, 2, 2), (1, 2, 2, 2)]);
    assert!(links[..3].is_sorted_by(|a, b| a.weight.abs() >= b.weight.abs()));
    let (count, first) = sure(&parts, 2).unwrap();
    assert_eq!((count, &first[..]), (3, &links[..2]));
    // The second half says the opposite of what 0 takes from 0, and nothing of what 1 takes.
    let (_, second_half) = parts.split_at_mut(6);
    second_half[0] = -second_half[0];
    second_half[3..].fill(0.25);
    let (_, doubtful) = sure(&parts, 3).unwrap();
    assert!(doubtful.iter().all(|link| (link.found, link.parts) == (1, 2)), "{doubtful:?}");
    let (_, unknown) = sure(&[], 3).unwrap();
    assert!(unknown.iter().all(|link| (link.found, link.parts) == (0, 0)));
    for (wrong, places) in [(&parts[..11], 3), (&parts[..], 0), (&parts[..], 7)] {
        assert_eq!(sure(wrong, places), Err(TUTEE_ERROR_LENGTH));
    }
    parts[7] = Real::NAN;
    assert_eq!(sure(&parts, 3), Err(TUTEE_ERROR_NOT_FINITE));
    assert_eq!(sure_of(&parts[6..], &[], 3), Err(TUTEE_ERROR_NOT_FINITE));
    assert_eq!(sure_of(&mixing[1..], &[], 3), Err(TUTEE_ERROR_LENGTH));
}

/// A step that runs away because a sensor was moved says the same as one whose share is too large; the readings tell them apart.
#[test]
#[cfg_attr(miri, ignore = "a training of hours there")]
fn sensors_that_moved_are_told_from_shares_that_are_too_large() {
    let pairs = recorded(64, 11);
    let strayed = |raw: &mut Raw, (x, y): &(Vec<Real>, Vec<Real>)| {
        let mut found = tutee_raw_spread { input: -7.0, answer: -7.0, token: 77, feature: 77, output: 77, filter: 77 };
        let count = x.len() / READ;
        // SAFETY: the arrays are as long as is said.
        match unsafe { raw_strayed(raw.raw(), count, x.as_ptr(), x.len(), y.as_ptr(), y.len(), &mut found) } {
            TUTEE_OK => Ok(found),
            status => Err(status),
        }
    };
    let mut raw = Raw::new(READINGS, ALL, IDENTITY);
    assert_eq!(strayed(&mut raw, &pairs), Err(TUTEE_ERROR_CANNOT_MOVE));
    ok(raw.observe(64, &pairs));
    let still = strayed(&mut raw, &pairs).unwrap();
    assert!((1.0..1.5).contains(&still.input) && (1.0..1.5).contains(&still.answer), "{still:?}");
    ok(raw.begin());
    for _ in 0..200 {
        ok(raw.accumulate(64, &pairs));
        raw.step(&usual()).unwrap();
    }
    // The first two sensors by seven metres, one up and one down, of the latter a little more; others of the same plant.
    let mut moved = recorded(64, 12);
    let others = strayed(&mut raw, &moved).unwrap();
    assert!(others.input < 2.0 && others.answer < 2.0, "{others:?}");
    for x in moved.0.chunks_mut(READ) {
        (x[0], x[2]) = (x[0] + 7000.0, x[2] - 8000.0);
    }
    ok(raw.accumulate(64, &moved));
    let memory = raw.memory.clone();
    let far = strayed(&mut raw, &moved).unwrap();
    assert!(far.input > 16.0 && far.answer < 2.0, "{far:?}");
    assert_eq!((far.token, far.feature, far.filter), (1, 0, 0));
    assert_eq!(raw.memory, memory);
    assert_eq!(raw.step(&usual()), Err(TUTEE_ERROR_DIVERGED));
    // An answer that is counted in another unit.
    let mut counted = recorded(64, 12);
    let answers = counted.1.len() / 64;
    for y in counted.1.chunks_mut(answers) {
        y[1] *= 10.0;
    }
    let louder = strayed(&mut raw, &counted).unwrap();
    assert!(louder.answer > 16.0 && (louder.output, louder.filter) == (1, 0), "{louder:?}");
    let mut not = moved.clone();
    not.0[3] = Real::NAN;
    assert_eq!(strayed(&mut raw, &not), Err(TUTEE_ERROR_NOT_FINITE));
    not.0[3] = 42.0;
    not.0[2] = Real::MAX;
    assert_eq!(strayed(&mut raw, &not), Err(TUTEE_ERROR_NOT_FINITE));
}
