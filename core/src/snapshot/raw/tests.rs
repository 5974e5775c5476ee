extern crate std;

use std::vec;
use std::vec::Vec;

use super::super::PIECE_LEN;
use super::super::head::crc32;
use super::super::store::{RECORD_LEN, seal as seal_slot, seal_pieces};
use super::super::{inspect, load, snapshot_len};
use super::*;
use crate::activation::Activation;
use crate::digest::digest;
use crate::gradient::raw_samples::{RawDescent, RawSamples, RawScratchViewMut, raw_scratch_len};
use crate::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len};
use crate::input::SampleStream;
use crate::readings::Centre;
use crate::shape::checked_shape;

const READINGS: Shape = checked_shape(2, 3, 4, 2);
const ALL: Preparation = Preparation { intercept: true, spare: true, signed: true };
const BESIDE: [Preparation; 4] =
    [Preparation::NONE, Preparation::INTERCEPT, Preparation { spare: true, ..Preparation::NONE }, ALL];
const LEAKY: Activation<f64> = Activation::LeakyRelu(0.1);

/// Everything that a training needs to go on.
struct Memory<T> {
    student: Vec<T>,
    steps: u64,
    known: Vec<T>,
    observed: Observed<T>,
    powers: Powers<T>,
    preparation: Preparation,
}

impl<T: Scalar> Memory<T> {
    fn new(preparation: Preparation) -> Self {
        let shape = preparation.shape(READINGS).unwrap();
        Self {
            student: vec![T::ZERO; student_len(shape)],
            steps: 0,
            known: vec![T::ZERO; standardizer_len(READINGS)],
            observed: Observed::ZERO,
            powers: Powers::ZERO,
            preparation,
        }
    }

    fn shape(&self) -> Shape {
        self.preparation.shape(READINGS).unwrap()
    }

    fn observe(&mut self, pairs: &[(Vec<T>, Vec<T>)]) {
        let mut standardizer = StandardizerViewMut::new(READINGS, &mut self.known, &mut self.observed).unwrap();
        for (x, y) in pairs {
            standardizer.observe(READINGS, Centre::Feature, x, y).unwrap();
        }
        let shape = self.shape();
        let mut student = StudentViewMut::new(shape, &mut self.student, &mut self.steps).unwrap();
        student.set_value(&vec![T::HALF; shape.value_len()]).unwrap();
    }

    /// Takes a step for every eight pairs; gives a snapshot of what is there then.
    fn train(&mut self, pairs: &[(Vec<T>, Vec<T>)]) -> Vec<u8> {
        let shape = self.shape();
        let (mut scratch, mut loss) = (vec![T::ZERO; sample_scratch_len(shape)], BatchLoss::ZERO);
        let mut raw_scratch = vec![T::ZERO; raw_scratch_len(shape)];
        let student = StudentViewMut::new(shape, &mut self.student, &mut self.steps).unwrap();
        let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut loss).unwrap();
        let samples = Samples::new(student, LEAKY.cast(), scratch).unwrap();
        let standardizer = StandardizerViewMut::new(READINGS, &mut self.known, &mut self.observed).unwrap();
        let raw_scratch = RawScratchViewMut::new(shape, &mut raw_scratch, &mut self.powers).unwrap();
        let mut raw = RawSamples::new(READINGS, self.preparation, standardizer, samples, raw_scratch).unwrap();
        for batch in pairs.chunks(8) {
            for (x, y) in batch {
                raw.accumulate(x, y).unwrap();
            }
            raw.step(&RawDescent::default()).unwrap();
        }
        let mut bytes = vec![0; raw_snapshot_len::<T>(READINGS, self.preparation)];
        let stream = Some(SampleStream::at(7, 8));
        raw.save(stream, &mut bytes).unwrap();
        // In pieces, and through a slot, it is the same bytes.
        let mut pieces = vec![];
        let keep = |piece: &[u8]| -> Result<(), Error> {
            pieces.push(piece.to_vec());
            Ok(())
        };
        raw.save_pieces(stream, keep).unwrap();
        assert_eq!(pieces.concat(), bytes);
        let (last, whole) = pieces.split_last().unwrap();
        assert!(whole.iter().all(|piece| piece.len() == PIECE_LEN) && (1..=PIECE_LEN).contains(&last.len()));
        let mut image = [&[0; RECORD_LEN], &bytes[..]].concat();
        seal_slot(&mut image, 9).unwrap();
        let mut slot = vec![];
        let write = |piece: &[u8]| -> Result<(), Error> {
            slot.extend_from_slice(piece);
            Ok(())
        };
        seal_pieces(bytes.len(), 9, |sink| raw.save_pieces(stream, sink), write).unwrap();
        assert_eq!(slot, image);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> Result<Context<T>, Error> {
        let (shape, preparation) = (self.shape(), self.preparation);
        let mut student = StudentViewMut::new(shape, &mut self.student, &mut self.steps).unwrap();
        let mut standardizer = StandardizerViewMut::new(READINGS, &mut self.known, &mut self.observed).unwrap();
        load_raw(bytes, preparation, &mut student, &mut standardizer, &mut self.powers)
    }

    fn bits(&mut self) -> (u64, Vec<u64>, [u64; 5], u64, u64) {
        let student =
            StudentViewMut::new(self.preparation.shape(READINGS).unwrap(), &mut self.student, &mut self.steps);
        let digest = digest(student.unwrap().view());
        let [a, b, c] = self.observed.scalars();
        let scalars = [a, b, c, self.powers.input, self.powers.answer].map(T::to_bits_u64);
        let known = self.known.iter().map(|x| x.to_bits_u64()).collect();
        (digest, known, scalars, self.observed.pairs(), self.powers.batches)
    }
}

/// Pairs in kelvin that drift, whose answers follow the first token.
fn pairs<T: Scalar>(count: usize) -> Vec<(Vec<T>, Vec<T>)> {
    let mut stream = SampleStream::new(5);
    let pair = |_| {
        let (mut x, mut y) = (vec![T::ZERO; READINGS.input_len()], vec![T::ZERO; READINGS.output_len()]);
        stream.sample().gaussian_fill(&mut x);
        for (n, x) in x.iter_mut().enumerate() {
            *x = T::from_f64(293.0 + n as f64) + *x * T::from_f64(0.1 + n as f64);
        }
        for (n, y) in y.iter_mut().enumerate() {
            *y = (x[n % 3] - T::from_f64(293.0)) * T::from_f64(3.0);
        }
        (x, y)
    };
    (0..count).map(pair).collect()
}

fn goes_on<T: Scalar>() {
    let pairs = pairs::<T>(160);
    for preparation in BESIDE {
        let (mut through, mut stopped, mut resumed) =
            (Memory::<T>::new(preparation), Memory::new(preparation), Memory::new(preparation));
        for memory in [&mut through, &mut stopped] {
            memory.observe(&pairs[..40]);
        }
        let expected = through.train(&pairs);
        let bytes = stopped.train(&pairs[..72]);
        let context = resumed.load(&bytes).unwrap();
        assert_eq!(context, Context { stream: Some(SampleStream::at(7, 8)), activation: Some(LEAKY.cast()) });
        assert_eq!(resumed.bits(), stopped.bits());
        assert_eq!(resumed.train(&pairs[72..]), expected, "{preparation:?}");
        assert_eq!((resumed.bits(), resumed.steps), (through.bits(), 20));
        let header = inspect_raw(&bytes).unwrap();
        assert_eq!((header.preparation, header.readings, header.pairs, header.batches), (preparation, READINGS, 40, 9));
        assert_eq!(inspect(&bytes), Ok(header.header));
        // Observing goes on, too.
        let again = |memory: &mut Memory<T>| {
            memory.observe(&pairs[40..90]);
            memory.bits().1
        };
        assert_eq!(again(&mut resumed), again(&mut through));
    }
}

#[test]
fn a_training_on_readings_goes_on_with_the_same_bits() {
    goes_on::<f32>();
    goes_on::<f64>();
}

fn sealed(mut bytes: Vec<u8>, at: usize, byte: u8) -> Vec<u8> {
    bytes[at] = byte;
    let body = bytes.len() - 4;
    let checksum = crc32(&bytes[..body]).to_le_bytes();
    bytes[body..].copy_from_slice(&checksum);
    bytes
}

#[test]
fn what_is_refused_changes_nothing() {
    let pairs = pairs::<f32>(24);
    let mut memory = Memory::<f32>::new(ALL);
    memory.observe(&pairs);
    let bytes = memory.train(&pairs);
    let mut other = Memory::<f32>::new(ALL);
    other.observe(&pairs[..7]);
    let before = other.bits();
    let fault = |fault| Err(Error::Snapshot(fault));
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        assert!(other.load(&altered).is_err() && inspect_raw(&altered).is_err(), "byte {at}");
        assert!(other.load(&bytes[..at]).is_err(), "cut at {at}");
    }
    // Behind six entries of the table: what stands beside the readings, zeros.
    let form = 72 + 12 * 6;
    let cases = [
        (sealed(bytes.clone(), form, 8), SnapshotFault::Foreign),
        (sealed(bytes.clone(), form, 3), SnapshotFault::Foreign),
        (sealed(bytes.clone(), form + 3, 1), SnapshotFault::Foreign),
        (sealed(bytes.clone(), 57, 1), SnapshotFault::Unknown { what: SnapshotField::Loss, number: 1 }),
        (sealed(bytes.clone(), 54, 0), SnapshotFault::OtherModel),
        ([&bytes[..], &[0]].concat(), SnapshotFault::Trailing),
    ];
    for (bytes, expected) in cases {
        assert_eq!(other.load(&bytes).map(|_| ()), fault(expected));
    }
    // An infinity as the last power.
    let (end, infinity) = (bytes.len() - 8, f32::INFINITY.to_le_bytes());
    let mut infinite = bytes.clone();
    infinite[end..end + 4].copy_from_slice(&infinity);
    let index = (bytes.len() - 4 - form - 24) / 4 - 1;
    let last = infinite[end];
    assert_eq!(other.load(&sealed(infinite, end, last)).map(|_| ()), Err(Error::NotFinite { what: "snapshot", index }));
    let mut wide = Memory::<f64>::new(ALL);
    assert_eq!(wide.load(&bytes).map(|_| ()), fault(SnapshotFault::OtherScalar));
    let mut unsigned = Memory::<f32>::new(Preparation { signed: false, ..ALL });
    assert_eq!(unsigned.load(&bytes).map(|_| ()), fault(SnapshotFault::OtherShape));
    assert_eq!(other.bits(), before);
    // A student alone is another kind.
    let shape = other.shape();
    let mut student = StudentViewMut::new(shape, &mut other.student, &mut other.steps).unwrap();
    assert_eq!(load(&bytes, &mut student).map(|_| ()), fault(SnapshotFault::OtherModel));
    let mut alone = vec![0; snapshot_len::<f32>(shape)];
    super::super::save(student.view(), None, &mut alone).unwrap();
    assert_eq!(inspect_raw(&alone).map(|_| ()), fault(SnapshotFault::OtherModel));
}

#[test]
fn a_negated_token_is_no_spare_one() {
    // Of one token both make two.
    let readings = checked_shape(1, 1, 1, 1);
    let (signed, spare) =
        (Preparation { signed: true, ..Preparation::NONE }, Preparation { spare: true, ..Preparation::NONE });
    let shape = signed.shape(readings).unwrap();
    assert_eq!(spare.shape(readings), Ok(shape));
    let (mut student, mut steps) = (vec![0.5_f32; student_len(shape)], 0);
    student[1..].fill(0.0);
    let (mut known, mut observed, mut powers) = (vec![0.0; standardizer_len(readings)], Observed::ZERO, Powers::ZERO);
    let mut student = StudentViewMut::new(shape, &mut student, &mut steps).unwrap();
    let mut standardizer = StandardizerViewMut::new(readings, &mut known, &mut observed).unwrap();
    let mut bytes = vec![0; raw_snapshot_len::<f32>(readings, signed)];
    let state = RawState { student: student.view(), standardizer: &standardizer, preparation: signed, powers: &powers };
    save_raw(&state, &Context { stream: None, activation: None }, &mut bytes).unwrap();
    let mut load = |preparation| load_raw(&bytes, preparation, &mut student, &mut standardizer, &mut powers);
    assert_eq!(load(spare).map(|_| ()), Err(Error::Snapshot(SnapshotFault::OtherShape)));
    assert_eq!(load(signed).map(|_| ()), Ok(()));
}
