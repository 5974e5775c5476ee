//! Readings of features that say nearly the same, from a stream, in fixed memory: what a standardizer alone does not learn of
//! them, and a whitener before it does; what is read back is for readings as they come.

use tutee::activation::Activation;
use tutee::error::{Error, SnapshotFault};
use tutee::gradient::raw_samples::{Powers, RawDescent, RawSamples, RawScratchViewMut, raw_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::readings::{
    Centre, Explanation, Link, Observed, Preparation, StandardizerViewMut, Whitened, Whitener, WhitenerViewMut,
    diagonalize, standardizer_len, whitener_len,
};
use tutee::scalar::Scalar;
use tutee::shape::Shape;
use tutee::snapshot::{
    Model, inspect, load, load_whitener, save, save_whitener, save_whitener_pieces, snapshot_len, whitener_snapshot_len,
};
use tutee::student::{StudentViewMut, student_len};

const ROOMS: usize = 8;
type Pair<T> = (Vec<T>, Vec<T>);

/// Uniform in [-1, 1).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

fn rooms() -> Shape {
    Shape::new(1, 2, ROOMS, ROOMS).unwrap()
}

/// Whose radiator a room feels: its own, and those of the next room and of the one three further on.
fn behind(room: usize) -> [usize; 3] {
    [room, (room + 1) % ROOMS, (room + 3) % ROOMS]
}

/// Water enters each radiator at 310 to 350 K and leaves it some two K colder. What a room gets is 100 W for each K, a third of
/// what is behind each of its doors.
fn heated<T: Scalar>(pairs: usize, seed: u64) -> Vec<Pair<T>> {
    let mut noise = Noise(seed);
    let pair = |_| {
        let water: Vec<[f64; 2]> = (0..ROOMS)
            .map(|_| {
                let entering = 330.0 + 20.0 * noise.next();
                [entering, entering - 2.0 - 0.5 * noise.next()]
            })
            .collect();
        let heat = |room: usize| behind(room).iter().map(|&i| 100.0 * (water[i][0] - water[i][1]) / 3.0).sum();
        let y = (0..ROOMS).map(|room| T::from_f64(heat(room))).collect();
        (water.iter().flatten().map(|&x| T::from_f64(x)).collect(), y)
    };
    (0..pairs).map(pair).collect()
}

/// What whitened ones are of a few pairs.
fn whitened<T: Scalar>(whitener: &WhitenerViewMut<'_, T>, pairs: &[Pair<T>]) -> Vec<Pair<T>> {
    let white = |(x, y): &Pair<T>| {
        let mut to = vec![T::ZERO; x.len()];
        whitener.whiten(rooms(), x, &mut to).unwrap();
        (to, y.clone())
    };
    pairs.iter().map(white).collect()
}

/// What a student has learned: W, b and S, the share of the variance that it leaves of pairs held out, links found, and its
/// answers to these.
struct Learned<T> {
    value: Vec<T>,
    bias: Vec<T>,
    mixing: Vec<T>,
    left: f64,
    hits: usize,
    answers: Vec<T>,
}

fn learn<T: Scalar>(pairs: &[Pair<T>], held_out: &[Pair<T>], steps: usize) -> Learned<T> {
    let (readings, preparation) = (rooms(), Preparation::INTERCEPT);
    let shape = preparation.shape(readings).unwrap();
    let (mut known, mut observed) = (vec![T::ZERO; standardizer_len(readings)], Observed::ZERO);
    let (mut student, mut taken) = (vec![T::ZERO; student_len(shape)], 0);
    let (mut scratch, mut loss) = (vec![T::ZERO; sample_scratch_len(shape)], BatchLoss::ZERO);
    let (mut raw, mut powers) = (vec![T::ZERO; raw_scratch_len(shape)], Powers::ZERO);
    let mut standardizer = StandardizerViewMut::new(readings, &mut known, &mut observed).unwrap();
    for (x, y) in pairs {
        standardizer.observe(readings, Centre::Token, x, y).unwrap();
    }
    let student = StudentViewMut::new(shape, &mut student, &mut taken).unwrap();
    let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut loss).unwrap();
    let samples = Samples::new(student, Activation::Identity, scratch).unwrap();
    let raw = RawScratchViewMut::new(shape, &mut raw, &mut powers).unwrap();
    let mut training = RawSamples::new(readings, preparation, standardizer, samples, raw).unwrap();
    for _ in 0..steps {
        for (x, y) in pairs {
            training.accumulate(x, y).unwrap();
        }
        training.step(&RawDescent::default()).unwrap();
    }
    let (mut missed, mut nothing, mut answers) = (0.0, 0.0, vec![]);
    for (x, y) in held_out {
        let cost = training.cost(x, y).unwrap();
        (missed, nothing) = (missed + cost.loss.to_f64(), nothing + cost.nothing.to_f64());
        let mut answer = vec![T::ZERO; y.len()];
        training.predict(x, &mut answer).unwrap();
        answers.extend(answer);
    }
    let mut links = [Link { output: 0, token: 0, weight: T::ZERO }; 3 * ROOMS];
    training.links(&mut links).unwrap();
    let hit = |link: &&Link<T>| behind(link.output as usize).contains(&(link.token as usize));
    let hits = links.iter().filter(hit).count();
    let mut value = vec![T::ZERO; readings.value_len()];
    let (mut bias, mut mixing) = (vec![T::ZERO; readings.output_len()], vec![T::ZERO; readings.mixing_len()]);
    training.explain(Explanation { value: &mut value, bias: &mut bias, mixing: &mut mixing }).unwrap();
    Learned { value, bias, mixing, left: missed / nothing, hits, answers }
}

/// What W, b and S answer to readings as they come.
fn answered<T: Scalar>(learned: &Learned<T>, x: &[T]) -> Vec<f64> {
    let token = |i: usize| (0..2).map(|n| learned.value[n].to_f64() * x[2 * i + n].to_f64()).sum::<f64>();
    let answer = |j: usize| (0..ROOMS).map(|i| learned.mixing[j * ROOMS + i].to_f64() * token(i)).sum::<f64>();
    (0..ROOMS).map(|j| answer(j) + learned.bias[j].to_f64()).collect()
}

#[path = "clients/radiators.rs"]
mod in_c;

/// One number for the bits of W, b and S.
fn digest_of_learned<T: Scalar>(learned: &Learned<T>) -> u64 {
    let numbers = learned.value.iter().chain(&learned.bias).chain(&learned.mixing);
    numbers.fold(0xcbf2_9ce4_8422_2325_u64, |hash, x| {
        (hash ^ x.to_bits_u64()).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
    })
}

fn radiators<T: Scalar>(rounding: f64, digest: u64) {
    let (pairs, held_out) = (heated::<T>(200, 1), heated::<T>(100, 2));
    let alone = learn(&pairs, &held_out, 400);
    assert!(alone.left > 0.9, "{}", alone.left);
    let (mut memory, mut state) = (vec![T::ZERO; whitener_len(rooms())], Whitened::ZERO);
    let mut whitener = WhitenerViewMut::new(rooms(), &mut memory, &mut state).unwrap();
    for (x, _) in &pairs {
        whitener.observe(rooms(), Centre::Token, x).unwrap();
    }
    whitener.settle(rooms()).unwrap();
    let mut learned = learn(&whitened(&whitener, &pairs), &whitened(&whitener, &held_out), 400);
    let (condition, found) = (whitener.condition().to_f64(), (alone.left, alone.hits, learned.left, learned.hits));
    println!("condition {condition:.3e}, left and links alone and whitened {found:?}");
    assert!(condition > 1e3 && whitener.left_out() == 0, "{condition}");
    assert!(learned.left < 0.02 && learned.hits == 3 * ROOMS && alone.hits < 2 * ROOMS, "{found:?}");
    whitener.restore(rooms(), &mut learned.value, &mut learned.bias, &learned.mixing).unwrap();
    assert_eq!(digest_of_learned(&learned), digest, "{:016x}", digest_of_learned(&learned));
    // Of 100 and -100 W, as long as S gives a little to rooms that have no door there.
    let [entering, leaving] = [learned.value[0].to_f64(), learned.value[1].to_f64()];
    assert!((90.0..130.0).contains(&entering) && (entering + leaving).abs() < 2.0, "{entering} {leaving}");
    for ((x, _), answers) in held_out.iter().zip(learned.answers.chunks(ROOMS)) {
        for (found, expected) in answered(&learned, x).into_iter().zip(answers) {
            // W times 330 K is taken away by the bias.
            assert!((found - expected.to_f64()).abs() < rounding * 100.0 * 330.0, "{found} {expected}");
        }
    }
}

#[test]
fn what_features_differ_in_is_found_through_a_whitener() {
    radiators::<f64>(1e-13, in_c::RADIATORS[1].1);
}

#[test]
fn in_single_precision_it_is_found_too() {
    radiators::<f32>(1e-5, in_c::RADIATORS[0].1);
}

/// Inputs of two tokens: the second feature is nearly the first, in another unit; the third has nothing to do with them.
fn inputs(unit: f64) -> Vec<Vec<f64>> {
    let mut noise = Noise(5);
    let token = |offset: f64, noise: &mut Noise| {
        let (a, b, c) = (noise.next(), noise.next(), noise.next());
        [unit * (a + offset), 1e-3 * unit * (a + 0.05 * b), 7.0 * unit * c]
    };
    (0..60).map(|_| [token(300.0, &mut noise), token(280.0, &mut noise)].concat()).collect()
}

fn small() -> Shape {
    Shape::new(1, 3, 2, 1).unwrap()
}

#[test]
fn a_stream_gives_what_all_of_it_would_at_once() {
    for centre in [Centre::Token, Centre::Feature] {
        let mut first = vec![];
        for unit in [1.0, 1e-150, 1e150] {
            let inputs = inputs(unit);
            let mut whitener = Whitener::<f64, 3, 2>::ZERO;
            let mut view = whitener.view_mut();
            for x in &inputs {
                view.observe(small(), centre, x).unwrap();
            }
            view.settle(small()).unwrap();
            let mut moments = [[0.0; 3]; 3];
            for x in &inputs {
                let mut white = [0.0; 6];
                view.whiten(small(), x, &mut white).unwrap();
                for token in white.chunks(3) {
                    (0..3).for_each(|a| (0..3).for_each(|b| moments[a][b] += token[a] * token[b] / 120.0));
                }
            }
            for (a, row) in moments.iter().enumerate() {
                for (b, &moment) in row.iter().enumerate() {
                    let expected = if a == b { 1.0 } else { 0.0 };
                    assert!((moment - expected).abs() < 1e-7, "{centre:?} {unit:e} {a} {b}: {moment}");
                }
            }
            assert_eq!((view.left_out(), view.inputs()), (0, 60));
            // Z times the deviations is the symmetric root, in whatever unit.
            let scaled: Vec<f64> = view.matrix().iter().map(|z| z * unit).collect();
            if first.is_empty() {
                first = scaled.clone();
            }
            for (a, b) in scaled.iter().zip(&first) {
                assert!((a / b - 1.0).abs() < 1e-6, "{a} {b}");
            }
        }
    }
}

#[test]
fn directions_that_no_reading_has_are_left_out() {
    let mut whitener = Whitener::<f32, 3, 2>::ZERO;
    let mut view = whitener.view_mut();
    let mut noise = Noise(3);
    for _ in 0..50 {
        let [a, b] = [noise.next() as f32, noise.next() as f32];
        view.observe(small(), Centre::Token, &[a, 2.0 * a, 7.0, b, 2.0 * b, 7.0]).unwrap();
    }
    view.settle(small()).unwrap();
    assert_eq!(view.left_out(), 2);
    assert!((view.condition() - 1.0).abs() < 1e-6);
    let mut white = [1.0; 6];
    view.whiten(small(), &[0.25, 0.5, 7.0, -0.25, -0.5, 7.0], &mut white).unwrap();
    // Both have half of what there is of the one direction.
    assert!((white[0] - white[1]).abs() < 1e-5 && white[2] == 0.0, "{white:?}");
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut whitener = Whitener::<f32, 3, 2>::ZERO;
    let mut view = whitener.view_mut();
    let shape = small();
    let varies = Err(Error::CannotMove { what: "no feature varies in the readings that were observed" });
    let unsettled = Err(Error::CannotMove { what: "a whitener that has not settled has no matrix" });
    assert_eq!(view.settle(shape), varies);
    for _ in 0..3 {
        view.observe(shape, Centre::Token, &[5.0; 6]).unwrap();
    }
    assert_eq!(view.settle(shape), varies);
    let mut to = [9.0; 6];
    assert_eq!(view.whiten(shape, &[1.0; 6], &mut to), unsettled);
    let (mut value, mut bias, mixing) = ([1.0; 3], [2.0], [0.5; 2]);
    assert_eq!(view.restore(shape, &mut value, &mut bias, &mixing), unsettled);
    let too_large = Error::OutOfRange { what: "a reading must be below a quarter of the largest number" };
    for (x, error) in [
        (&[0.0, f32::NAN, 0.0, 0.0, 0.0, 0.0][..], Error::NotFinite { what: "x", index: 1 }),
        (&[0.0, 0.0, 2e38, 0.0, 0.0, 0.0], too_large),
        (&[0.0; 5], Error::Length { what: "x", expected: 6, found: 5 }),
    ] {
        assert_eq!(view.observe(shape, Centre::Feature, x), Err(error));
    }
    assert_eq!((view.means(), view.inputs()), (&[5.0; 6][..], 3));
    view.observe(shape, Centre::Token, &[5.0, 5.0, 5.0, 5.0, 5.0, 5.0 + 1e-5]).unwrap();
    view.settle(shape).unwrap();
    let matrix = view.matrix().to_vec();
    let settled = Err(Error::OutOfRange { what: "a whitener that has settled looks at no more inputs" });
    assert_eq!(view.observe(shape, Centre::Token, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), settled);
    let short = Err(Error::Length { what: "whitened", expected: 6, found: 5 });
    assert_eq!(view.whiten(shape, &[1.0; 6], &mut to[..5]), short);
    assert_eq!((view.matrix(), view.inputs(), to), (&matrix[..], 4, [9.0; 6]));
    assert_eq!((value, bias, mixing), ([1.0; 3], [2.0], [0.5; 2]));
    // What varies by less than a number can say.
    let mut faint = Whitener::<f32, 3, 2>::ZERO;
    let mut faint = faint.view_mut();
    for x in [0.0, 1e-40] {
        faint.observe(shape, Centre::Token, &[x; 6]).unwrap();
    }
    let normal = Err(Error::OutOfRange { what: "a feature that varies must vary by a normal number" });
    assert_eq!((faint.settle(shape), faint.has_settled()), (normal, false));
    let length = Error::Length { what: "matrix", expected: 4, found: 3 };
    assert_eq!(diagonalize(2, &mut [1.0_f64; 3], &mut [0.0; 4]), Err(length));
}

#[test]
fn readings_that_differ_in_their_last_digits_alone_are_left_out() {
    let mut whitener = Whitener::<f64, 3, 2>::ZERO;
    let mut view = whitener.view_mut();
    let mut noise = Noise(5);
    for i in 0..50 {
        // The third is 0.3, added up in two ways; the second varies by a millionth of a millionth of itself, thousands of roundings.
        let (third, far) = (if i % 2 == 0 { 0.1 + 0.2 } else { 0.3 }, 1e3 + 1e-9 * noise.next());
        view.observe(small(), Centre::Token, &[noise.next(), far, third, noise.next(), far, third]).unwrap();
    }
    view.settle(small()).unwrap();
    assert_eq!(view.left_out(), 1);
    assert_eq!(view.matrix()[6..], [0.0; 3]);
    assert!(view.matrix()[4] > 1e8, "{}", view.matrix()[4]);
}

/// Bits of all that a whitener says.
fn bits<T: Scalar>(view: &WhitenerViewMut<'_, T>) -> Vec<u64> {
    let numbers = view.means().iter().chain(view.matrix()).copied().chain([view.condition()]);
    numbers.map(T::to_bits_u64).chain([view.inputs(), view.left_out()]).collect()
}

/// The checksum that ends a snapshot: the reflected CRC-32 of Ethernet and gzip.
fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), bit))
}

fn goes_on<T: Scalar>() {
    let inputs: Vec<Vec<T>> = inputs(1.0).into_iter().map(|x| x.into_iter().map(T::from_f64).collect()).collect();
    let mut whole = Whitener::<T, 3, 2>::ZERO;
    let mut whole = whole.view_mut();
    let mut bytes = vec![0; whitener_snapshot_len::<T>(small())];
    for (i, x) in inputs.iter().enumerate() {
        if i == 25 {
            save_whitener(small(), &whole, &mut bytes).unwrap();
        }
        whole.observe(small(), Centre::Token, x).unwrap();
    }
    whole.settle(small()).unwrap();
    let mut later = Whitener::<T, 3, 2>::ZERO;
    let mut later = later.view_mut();
    load_whitener(&bytes, small(), &mut later).unwrap();
    assert_eq!(later.inputs(), 25);
    for x in &inputs[25..] {
        later.observe(small(), Centre::Token, x).unwrap();
    }
    later.settle(small()).unwrap();
    assert_eq!(bits(&later), bits(&whole));
    // Once it has settled, too.
    save_whitener(small(), &whole, &mut bytes).unwrap();
    let mut pieces = vec![];
    let keep = |piece: &[u8]| -> Result<(), Error> {
        pieces.extend_from_slice(piece);
        Ok(())
    };
    save_whitener_pieces(small(), &whole, keep).unwrap();
    assert_eq!(pieces, bytes);
    let fewer = Shape::new(1, 2, 2, 1).unwrap();
    let refusal = save_whitener(fewer, &whole, &mut vec![0; whitener_snapshot_len::<T>(fewer)]);
    assert!(matches!(refusal, Err(Error::Length { .. })));
    let never = |_: &[u8]| -> Result<(), Error> { panic!("a piece of what is refused") };
    assert_eq!(save_whitener_pieces(fewer, &whole, never), refusal);
    let mut last = Whitener::<T, 3, 2>::ZERO;
    let mut last = last.view_mut();
    load_whitener(&bytes, small(), &mut last).unwrap();
    assert_eq!(bits(&last), bits(&whole));
    // Whatever of it is spoiled or missing is seen, and changes nothing.
    let before = bits(&last);
    for at in 0..bytes.len() {
        bytes[at] ^= 1;
        let refused = load_whitener(&bytes, small(), &mut last);
        // Sizes that no model can have are named.
        assert!(
            matches!(refused, Err(Error::Snapshot(_) | Error::Zero { .. } | Error::TooLarge { .. })),
            "{at}: {refused:?}"
        );
        bytes[at] ^= 1;
        assert!(matches!(load_whitener(&bytes[..at], small(), &mut last), Err(Error::Snapshot(_))), "{at}");
    }
    let fault = |fault| Err(Error::Snapshot(fault));
    let longer = [&bytes[..], &[0]].concat();
    assert!(load_whitener(&longer, small(), &mut last).is_err());
    assert_eq!(bits(&last), before);
    let wide = Shape::new(1, 2, 2, 1).unwrap();
    let mut other = Whitener::<T, 2, 2>::ZERO;
    assert_eq!(load_whitener(&bytes, wide, &mut other.view_mut()), fault(SnapshotFault::OtherShape));
    // What it says of itself; as a student it is another kind of model.
    let header = inspect(&bytes).unwrap();
    assert_eq!((header.model, header.scalar_bits, header.shape, header.steps), (Model::Whitener, T::BITS, small(), 60));
    let (mut memory, mut steps) = (vec![T::ZERO; student_len(small())], 0);
    let mut student = StudentViewMut::new(small(), &mut memory, &mut steps).unwrap();
    let other = Err(Error::Snapshot(SnapshotFault::OtherModel));
    assert_eq!(load(&bytes, &mut student), other);
    let mut alone = vec![0; snapshot_len::<T>(small())];
    save(student.view(), None, &mut alone).unwrap();
    assert_eq!(load_whitener(&alone, small(), &mut last), fault(SnapshotFault::OtherModel));
    // What no whitener has, though the checksum fits: sizes of a student, a stream, a block, an activation, a loss.
    for (at, bit) in [(12, 2), (24, 2), (11, 1), (55, 1), (56, 1), (57, 1), (60, 1)] {
        let mut odd = bytes.clone();
        odd[at] ^= bit;
        let (body, checksum) = odd.split_at_mut(bytes.len() - 4);
        checksum.copy_from_slice(&crc32(body).to_le_bytes());
        let refused = load_whitener(&odd, small(), &mut last);
        assert!(matches!(refused, Err(Error::Snapshot(_))), "{at}: {refused:?}");
    }
    assert_eq!(bits(&last), before);
    let found = bytes.len() - 1;
    let short = Err(Error::Length { what: "snapshot", expected: bytes.len(), found });
    assert_eq!(save_whitener(small(), &last, &mut bytes[..found]), short);
}

#[test]
fn a_whitener_goes_on_from_a_snapshot_to_the_bit() {
    goes_on::<f32>();
    goes_on::<f64>();
    let mut bytes = vec![0; whitener_snapshot_len::<f32>(small())];
    let mut empty = Whitener::<f32, 3, 2>::ZERO;
    save_whitener(small(), &empty.view_mut(), &mut bytes).unwrap();
    let mut other = Whitener::<f64, 3, 2>::ZERO;
    let refused = load_whitener(&bytes, small(), &mut other.view_mut());
    assert_eq!(refused, Err(Error::Snapshot(SnapshotFault::OtherScalar)));
}

/// One number for all bits of whiteners of a few seeded inputs.
fn digest_of<T: Scalar>() -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for centre in [Centre::Token, Centre::Feature] {
        let mut whitener = Whitener::<T, 3, 2>::ZERO;
        let mut view = whitener.view_mut();
        for x in inputs(1.0) {
            let x: Vec<T> = x.into_iter().map(T::from_f64).collect();
            view.observe(small(), centre, &x).unwrap();
        }
        view.settle(small()).unwrap();
        for bits in bits(&view) {
            hash = (hash ^ bits).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
        }
    }
    hash
}

#[test]
fn its_bits_are_those_of_every_target() {
    assert_eq!([digest_of::<f32>(), digest_of::<f64>()], [0xd076_ab16_5d99_42e9, 0x1084_0dbb_18ba_af03]);
}
