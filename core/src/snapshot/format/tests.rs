use std::vec::Vec;
use std::{format, vec};

use super::super::head::{CHECKSUM_LEN, COMMON_LEN, crc32};
use super::super::inspect;
use super::*;
use crate::digest::digest;
use crate::gradient::online::{Online, OnlineScratch, Source};
use crate::gradient::population::{Population, PopulationScratch};
use crate::gradient::ruled_online::RuledOnline;
use crate::step::{Descent, Rule, RuleState};
use crate::student::Student;
use crate::teacher::{Teacher, convolution};
use crate::training::Training;

const M: usize = 2;
const F: usize = 3;
const D: usize = 4;
const J: usize = 2;

fn shape() -> Shape {
    Shape::new(M, F, D, J).unwrap()
}

fn teacher<T: Scalar>() -> Teacher<T, M, F, D, J> {
    let mut value = crate::matrix::Matrix::ZERO;
    SampleStream::new(3).sample().gaussian_fill(value.as_mut_slice());
    let mut teacher = Teacher::ZERO;
    teacher
        .fill(Activation::LeakyRelu(T::from_f64(0.1)), &value, |mixing| convolution::average_pooling(mixing, 2))
        .unwrap();
    teacher
}

/// A student in which every parameter and every carry is something else than zero.
fn trained<T: Scalar>(steps: u32) -> Student<T, M, F, D, J> {
    let (teacher, mut student, mut scratch) = (teacher(), Student::ZERO, PopulationScratch::ZERO);
    let mut training = Population::of(&mut student, &teacher, &mut scratch);
    for _ in 0..steps {
        training.step(&Descent::new(T::from_f64(0.3))).unwrap();
    }
    student
}

fn snapshot<T: Scalar>(student: &Student<T, M, F, D, J>, stream: Option<SampleStream>) -> Vec<u8> {
    let mut bytes = vec![0; snapshot_len::<T>(shape())];
    save(student.view(), stream, &mut bytes).unwrap();
    let mut pieces = vec![];
    let keep = |piece: &[u8]| -> Result<(), Error> {
        pieces.extend_from_slice(piece);
        Ok(())
    };
    save_pieces(student.view(), &Context { stream, activation: None }, keep).unwrap();
    assert_eq!(pieces, bytes);
    bytes
}

/// Makes the checksum fit whatever the bytes have become.
fn forge(bytes: &mut [u8]) {
    let end = bytes.len() - CHECKSUM_LEN;
    let checksum = crc32(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
}

fn refused<T: Scalar>(bytes: &[u8], expected: Error) {
    let mut student = trained::<T>(5);
    let before = snapshot(&student, None);
    assert_eq!(load(bytes, &mut student.view_mut()), Err(expected));
    assert_eq!(snapshot(&student, None), before, "a refused snapshot changes nothing");
}

#[test]
fn crc32_of_the_published_check_string() {
    assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    assert_eq!(crc32(b""), 0);
}

#[test]
fn the_format_is_as_written_down() {
    let mut student = Student::<f32, M, F, D, J>::ZERO;
    student.view_mut().set_value(&[1.0, -2.0, 0.5, -0.0, 0.0, 1.0]).unwrap();
    student.view_mut().set_logits(&[1.0; 8]).unwrap();
    student.view_mut().set_steps(0x0102_0304_0506_0708);
    let context = Context {
        stream: Some(SampleStream::at(0x1112_1314_1516_1718, 9)),
        activation: Some(Activation::LeakyRelu(0.5)),
    };
    let mut bytes = vec![0; snapshot_len::<f32>(shape())];
    save_with(student.view(), &context, &mut bytes).unwrap();
    let mut expected = vec![0x89, b'T', b'U', b'T', b'E', b'E', 13, 10, 2, 0, 32, 1];
    expected.extend([2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0]);
    expected.extend([8, 7, 6, 5, 4, 3, 2, 1]);
    expected.extend([0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 9, 0, 0, 0, 0, 0, 0, 0]);
    expected.extend([96, 0, 0, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3F, 0, 0, 0, 0]);
    expected.extend([1, 1, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0]);
    assert_eq!(expected.len(), HEADER_LEN);
    expected.extend([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0x80, 0x3F]);
    expected.extend([0; 24]);
    expected.extend([0, 0, 0x80, 0x3F].repeat(8));
    expected.extend([0; 32]);
    assert_eq!(bytes[..bytes.len() - 4], expected);
    assert_eq!(bytes[bytes.len() - 4..], crc32(&expected).to_le_bytes());
    assert_eq!(bytes.len(), 96 + 2 * (6 + 8) * 4 + 4);
}

fn comes_back<T: Scalar>() {
    let student = trained::<T>(9);
    assert!(student.view().value_carry().iter().any(|&carry| carry != T::ZERO), "the carries are tested, too");
    assert!(student.view().logits_carry().iter().any(|&carry| carry != T::ZERO));
    for stream in [None, Some(SampleStream::new(0)), Some(SampleStream::at(u64::MAX, 1 << 60))] {
        let bytes = snapshot(&student, stream);
        let (model, scalar_bits, rule) = (Model::Position, T::BITS, RuleKind::GradientDescent);
        let header =
            Header { version: 2, model, scalar_bits, shape: shape(), steps: 9, stream, rule, activation: (0, 0) };
        assert_eq!(header.activation(), None);
        assert_eq!(inspect(&bytes), Ok(header));
        let mut loaded = trained::<T>(2);
        assert_eq!(load(&bytes, &mut loaded.view_mut()), Ok(stream));
        assert_eq!(digest(loaded.view()), digest(student.view()));
    }
}

#[test]
fn what_is_saved_comes_back() {
    comes_back::<f32>();
    comes_back::<f64>();
}

#[test]
fn a_population_run_goes_on_with_the_same_bits() {
    let (teacher, mut scratch) = (teacher::<f32>(), PopulationScratch::ZERO);
    let mut resumed = Student::ZERO;
    load(&snapshot(&trained::<f32>(20), None), &mut resumed.view_mut()).unwrap();
    for _ in 0..30 {
        Population::of(&mut resumed, &teacher, &mut scratch).step(&Descent::new(0.3)).unwrap();
    }
    assert_eq!(digest(resumed.view()), digest(trained::<f32>(50).view()));
}

#[test]
fn an_online_run_goes_on_with_the_same_bits() {
    let (teacher, descent) = (teacher::<f64>(), Descent::new(0.2));
    let run = |student: &mut Student<f64, M, F, D, J>, stream: SampleStream, steps: u32| {
        let mut scratch = OnlineScratch::ZERO;
        let source = Source { stream, ..Source::gaussian(0, 3) };
        let mut training = Online::of(student, &teacher, source, &mut scratch).unwrap();
        for _ in 0..steps {
            training.step(&descent).unwrap();
        }
        training.stream()
    };
    let (mut through, mut stopped, mut resumed) = (Student::ZERO, Student::ZERO, Student::ZERO);
    run(&mut through, SampleStream::new(8), 50);
    let stream = run(&mut stopped, SampleStream::new(8), 20);
    let stream = load(&snapshot(&stopped, Some(stream)), &mut resumed.view_mut()).unwrap().unwrap();
    assert_eq!(stream, SampleStream::at(8, 60));
    run(&mut resumed, stream, 30);
    assert_eq!(digest(resumed.view()), digest(through.view()));
}

#[test]
fn every_single_bit_flip_is_refused() {
    let mut bytes = snapshot(&trained::<f32>(5), Some(SampleStream::at(7, 8)));
    let (mut student, untouched) = (trained::<f32>(6), digest(trained::<f32>(6).view()));
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(inspect(&bytes).is_err(), "bit {bit}");
        assert!(load(&bytes, &mut student.view_mut()).is_err(), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    assert_eq!(digest(student.view()), untouched);
    assert!(inspect(&bytes).is_ok());
}

#[test]
fn truncated_and_trailing_bytes_are_refused() {
    let mut bytes = snapshot(&trained::<f64>(5), None);
    for end in 0..bytes.len() {
        refused::<f64>(&bytes[..end], Error::Snapshot(SnapshotFault::Truncated));
    }
    for _ in 0..9 {
        bytes.push(0);
        refused::<f64>(&bytes, Error::Snapshot(SnapshotFault::Trailing));
    }
}

#[test]
fn foreign_scalars_and_sizes_are_refused() {
    let narrow = snapshot(&trained::<f32>(5), None);
    refused::<f64>(&narrow, Error::Snapshot(SnapshotFault::OtherScalar));
    // Two of the same length, one longer, one shorter.
    for other in [Shape::new(1, 6, 4, 2), Shape::new(2, 3, 2, 4), Shape::new(3, 3, 4, 2), Shape::new(1, 3, 4, 2)] {
        let shape = other.unwrap();
        let (mut memory, mut steps) = (vec![0.0f64; student_len(shape)], 5);
        let student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
        let mut bytes = vec![0; snapshot_len::<f64>(shape)];
        save(student.view(), None, &mut bytes).unwrap();
        refused::<f64>(&bytes, Error::Snapshot(SnapshotFault::OtherShape));
    }
}

#[test]
fn an_activation_comes_back() {
    fn one<T: Scalar>(activation: Activation<T>) {
        let context = Context { stream: None, activation: Some(activation) };
        let mut bytes = vec![0; snapshot_len::<T>(shape())];
        save_with(trained::<T>(3).view(), &context, &mut bytes).unwrap();
        let found = inspect(&bytes).unwrap().activation().unwrap();
        let same = found.cast::<T>();
        assert_eq!(same, activation);
        assert_eq!(same.slope().to_bits_u64(), activation.slope().to_bits_u64());
        assert_eq!(load(&bytes, &mut trained::<T>(2).view_mut()), Ok(None));
    }
    fn all<T: Scalar>() {
        one::<T>(Activation::Identity);
        one::<T>(Activation::Relu);
        for slope in [0.0, -0.0, 1e-30, 0.1, 0.5, 1.0] {
            one(Activation::LeakyRelu(T::from_f64(slope)));
        }
        for slope in [-1e-30, 1.0 + 2e-7, f64::INFINITY, f64::NAN] {
            let context = Context { stream: None, activation: Some(Activation::LeakyRelu(T::from_f64(slope))) };
            let mut bytes = vec![7; snapshot_len::<T>(shape())];
            let refusal = save_with(trained::<T>(3).view(), &context, &mut bytes);
            assert!(matches!(refusal, Err(Error::OutOfRange { .. })));
            assert!(bytes.iter().all(|&byte| byte == 7));
        }
    }
    all::<f32>();
    all::<f64>();
}

/// A snapshot of version 1, which nobody writes any more: the fields of all versions, then the parameters.
fn first_version(bytes: &[u8]) -> Vec<u8> {
    let mut old = [&bytes[..COMMON_LEN], &bytes[HEADER_LEN..]].concat();
    old[8] = 1;
    forge(&mut old);
    old
}

#[test]
fn headers_that_nobody_writes_are_refused_even_with_a_good_checksum() {
    let new = snapshot(&trained::<f64>(5), None);
    let fault = Error::Snapshot;
    let unknown = |what, number| fault(SnapshotFault::Unknown { what, number });
    let foreign = fault(SnapshotFault::Foreign);
    let refused = |good: &[u8], offset: usize, byte: u8, expected: Error| {
        let mut bytes = good.to_vec();
        bytes[offset] = byte;
        if offset >= 10 {
            refused::<f64>(&bytes, fault(SnapshotFault::Altered));
        }
        forge(&mut bytes);
        refused::<f64>(&bytes, expected);
    };
    let old = first_version(&new);
    for good in [&new, &old] {
        refused(good, 0, 0x88, foreign);
        refused(good, 8, 0, foreign);
        refused(good, 8, 3, unknown(SnapshotField::Version, 3));
        refused(good, 9, 1, unknown(SnapshotField::Version, 256 + u16::from(good[8])));
        refused(good, 10, 16, unknown(SnapshotField::ScalarWidth, 16));
        refused(good, 11, 2, unknown(SnapshotField::Flag, 2));
        refused(good, 36, 1, foreign);
        refused(good, 44, 1, foreign);
        // Sizes of no student, whether the checksum fits or not.
        for (offset, byte, expected) in
            [(12, 0, Error::Zero { what: "filters" }), (27, 255, Error::TooLarge { what: "outputs" })]
        {
            let mut bytes = good.to_vec();
            bytes[offset] = byte;
            self::refused::<f64>(&bytes, expected);
            forge(&mut bytes);
            self::refused::<f64>(&bytes, expected);
        }
    }
    // What only version 2 says, a byte of each field.
    for (offset, what) in [
        (54, SnapshotField::Model),
        (57, SnapshotField::Loss),
        (58, SnapshotField::Rule),
        (59, SnapshotField::Distribution),
        (56, SnapshotField::Activation),
        (72, SnapshotField::Block),
        (84, SnapshotField::Block),
    ] {
        refused(&new, offset, 11, unknown(what, 11));
    }
    refused(&new, 72, 0, unknown(SnapshotField::Block, 0));
    for (offset, byte) in [
        // Lengths of the header and numbers of blocks.
        (52, 95),
        (53, 1),
        (55, 0),
        (55, 1),
        // State of a rule that has none; a slope of what has none, and none of what has one is 0.
        (60, 1),
        (63, 0x80),
        (64, 1),
        (71, 0x3F),
        // Blocks in another order, without a carry, with padding, of other sizes.
        (72, 2),
        (84, 1),
        (73, 0),
        (73, 2),
        (74, 1),
        (87, 1),
        (76, 3),
        (83, 0x80),
        (88, 4),
        (92, 2),
    ] {
        refused(&new, offset, byte, foreign);
    }
    // Slopes outside [0, 1]: 2, -1, NaN.
    let mut leaky = new.clone();
    leaky[56] = 3;
    forge(&mut leaky);
    assert!(inspect(&leaky).is_ok());
    for byte in [0x40, 0xBF, 0x7F, 0xFF] {
        leaky[70] = 0xF8;
        refused(&leaky, 71, byte, foreign);
    }
}

/// A student moved by Adam a few times, and what Adam keeps.
fn adam<T: Scalar>(from: (&mut Student<T, M, F, D, J>, &mut [T]), stream: SampleStream, steps: u32) -> SampleStream {
    let (teacher, mut scratch) = (teacher::<T>(), OnlineScratch::ZERO);
    let (student, kept) = from;
    let source = Source { stream, ..Source::gaussian(0, 3) };
    let online = Online::of(student, &teacher, source, &mut scratch).unwrap();
    let mut training = RuledOnline::new(online, RuleState::new(shape(), Rule::Adam, kept).unwrap()).unwrap();
    for _ in 0..steps {
        training.step(&Descent::new(T::from_f64(0.2))).unwrap();
    }
    training.stream()
}

/// A run with moments goes on to the same bits; without them it would not, and no other rule takes them for its own.
#[test]
fn a_rule_goes_on_with_what_it_kept() {
    fn check<T: Scalar>() {
        let kept_len = RuleKind::Adam.state_len(shape());
        assert_eq!(kept_len, 2 * J * D + 2);
        let new = || (Student::ZERO, vec![T::ZERO; kept_len]);
        let ((mut through, mut through_kept), (mut stopped, mut stopped_kept)) = (new(), new());
        adam((&mut through, &mut through_kept), SampleStream::new(8), 50);
        let stream = adam((&mut stopped, &mut stopped_kept), SampleStream::new(8), 20);
        let context = Context { stream: Some(stream), activation: None };
        let mut bytes = vec![0; ruled_snapshot_len::<T>(shape(), RuleKind::Adam)];
        save_ruled(stopped.view(), &context, (RuleKind::Adam, &stopped_kept), &mut bytes).unwrap();
        let mut pieces = vec![];
        let keep = |piece: &[u8]| -> Result<(), Error> {
            pieces.extend_from_slice(piece);
            Ok(())
        };
        save_ruled_pieces(stopped.view(), &context, (RuleKind::Adam, &stopped_kept), keep).unwrap();
        assert_eq!(pieces, bytes);
        let header = inspect(&bytes).unwrap();
        assert_eq!((header.rule, header.steps, header.stream), (RuleKind::Adam, 20, Some(stream)));
        assert_eq!(bytes[58..64], [4, 0, (kept_len * T::BITS as usize / 8) as u8, 0, 0, 0]);

        let (mut resumed, mut kept) = new();
        kept.fill(T::ONE);
        let found = load_ruled(&bytes, &mut resumed.view_mut(), RuleKind::Adam, &mut kept).unwrap();
        assert_eq!((found, &kept), (Some(stream), &stopped_kept));
        adam((&mut resumed, &mut kept), stream, 30);
        assert_eq!((digest(resumed.view()), &kept), (digest(through.view()), &through_kept));

        // The student alone.
        let mut alone = Student::ZERO;
        assert_eq!(load(&bytes, &mut alone.view_mut()), Ok(Some(stream)));
        assert_eq!(digest(alone.view()), digest(stopped.view()));
        adam((&mut alone, &mut vec![T::ZERO; kept_len]), stream, 30);
        assert_ne!(digest(alone.view()), digest(through.view()));

        // Refused, and nothing changed: another rule, too little room, moments that are not finite, a state cut short.
        let state = |student: &Student<T, M, F, D, J>, kept: &[T]| (digest(student.view()), kept.to_vec());
        let before = state(&alone, &kept);
        let mut refused = |bytes: &[u8], rule: RuleKind, room: usize, expected: Error| {
            assert_eq!(load_ruled(bytes, &mut alone.view_mut(), rule, &mut kept[..room]), Err(expected));
            assert_eq!(state(&alone, &kept), before);
        };
        let other = Error::Snapshot(SnapshotFault::OtherRule);
        refused(&bytes, RuleKind::Mirror, 0, other);
        refused(&snapshot(&stopped, None), RuleKind::Adam, kept_len, other);
        let short = Error::Length { what: "rule state", expected: kept_len, found: 3 };
        refused(&bytes, RuleKind::Adam, 3, short);
        let mut bad = bytes.clone();
        let end = bad.len() - CHECKSUM_LEN;
        bad[end - 2..end].fill(0xFF);
        forge(&mut bad);
        let last = student_len(shape()) + kept_len - 1;
        refused(&bad, RuleKind::Adam, kept_len, Error::NotFinite { what: "snapshot", index: last });
        // Mirror keeps nothing, so that these bytes are too many for it.
        let mut mirror = bytes.clone();
        mirror[58] = 1;
        forge(&mut mirror);
        refused(&mirror, RuleKind::Mirror, 0, Error::Snapshot(SnapshotFault::Foreign));
        let save = |kept: &[T], bytes: &mut [u8]| save_ruled(stopped.view(), &context, (RuleKind::Adam, kept), bytes);
        assert_eq!(
            save(&stopped_kept[1..], &mut bytes),
            Err(Error::Length { what: "rule state", expected: kept_len, found: kept_len - 1 })
        );
        stopped_kept[4] = T::from_f64(f64::NAN);
        assert_eq!(save(&stopped_kept, &mut bytes), Err(Error::NotFinite { what: "rule state", index: 4 }));
    }
    check::<f32>();
    check::<f64>();
}

/// Rules that keep nothing are named all the same.
#[test]
fn a_rule_without_a_state_is_named() {
    let student = trained::<f32>(3);
    for rule in [RuleKind::Mirror, RuleKind::Normalised, RuleKind::Polyak] {
        let mut bytes = vec![0; ruled_snapshot_len::<f32>(shape(), rule)];
        let context = Context { stream: None, activation: None };
        save_ruled(student.view(), &context, (rule, &[]), &mut bytes).unwrap();
        assert_eq!(inspect(&bytes).map(|header| header.rule), Ok(rule));
        let mut loaded = Student::<f32, M, F, D, J>::ZERO;
        assert_eq!(load_ruled(&bytes, &mut loaded.view_mut(), rule, &mut []), Ok(None));
        assert_eq!(digest(loaded.view()), digest(student.view()));
    }
    assert_eq!(ruled_snapshot_len::<f32>(shape(), RuleKind::Mirror), snapshot_len::<f32>(shape()));
}

#[test]
fn the_lengths_that_a_header_can_claim_are_checked_against_the_bytes_there_are() {
    let new = snapshot(&trained::<f64>(5), None);
    let old = first_version(&new);
    let lens: &[_] = &[(12, 4), (16, 4), (20, 4), (24, 4), (52, 2), (55, 1), (60, 4), (76, 4), (80, 4)];
    // Version 1 has only the sizes.
    for (good, lens) in [(&new, lens), (&old, &lens[..4])] {
        for &(at, len) in lens {
            for byte in [0x01, 0x7F, 0x80, 0xFF] {
                let mut bytes = good.clone();
                bytes[at..at + len].fill(byte);
                assert!(inspect(&bytes).is_err(), "{at} {byte:#x}");
                forge(&mut bytes);
                assert!(inspect(&bytes).is_err(), "{at} {byte:#x}, with a checksum that fits");
            }
        }
    }
}

#[test]
fn the_first_version_is_loaded_and_seen_through_as_the_second_is() {
    let student = trained::<f32>(5);
    let stream = Some(SampleStream::at(7, 8));
    let mut bytes = first_version(&snapshot(&student, stream));
    let header = inspect(&bytes).unwrap();
    assert_eq!((header.version, header.model, header.activation()), (1, Model::Position, None));
    assert_eq!((header.shape, header.steps, header.stream), (shape(), 5, stream));
    let mut loaded = trained::<f32>(2);
    assert_eq!(load(&bytes, &mut loaded.view_mut()), Ok(stream));
    assert_eq!(digest(loaded.view()), digest(student.view()));
    for end in 0..bytes.len() {
        refused::<f32>(&bytes[..end], Error::Snapshot(SnapshotFault::Truncated));
    }
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(load(&bytes, &mut loaded.view_mut()).is_err(), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    bytes.push(0);
    refused::<f32>(&bytes, Error::Snapshot(SnapshotFault::Trailing));
}

#[test]
fn parameters_that_are_no_numbers_are_refused_even_with_a_good_checksum() {
    let good = snapshot(&trained::<f32>(5), None);
    for index in 0..student_len(shape()) {
        for broken in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut bytes = good.clone();
            bytes[HEADER_LEN + 4 * index..][..4].copy_from_slice(&broken.to_le_bytes());
            forge(&mut bytes);
            refused::<f32>(&bytes, Error::NotFinite { what: "snapshot", index });
        }
    }
}

/// A logit and its carry that were both the largest number were once loaded, and two accepted steps later were NaN.
#[test]
fn carries_that_make_their_parameter_infinite_are_refused_even_with_a_good_checksum() {
    // The first value and its carry, the last logit and its carry.
    let (values, logits) = (M * F, J * D);
    for (parameter, carry) in [(0, values), (2 * values + logits - 1, 2 * values + 2 * logits - 1)] {
        let mut bytes = snapshot(&trained::<f32>(5), None);
        for element in [parameter, carry] {
            let at = HEADER_LEN + 4 * element;
            bytes[at..at + 4].copy_from_slice(&f32::MAX.to_le_bytes());
        }
        forge(&mut bytes);
        refused::<f32>(&bytes, Error::NotFinite { what: "snapshot", index: carry });
    }
}

/// What is refused when it is loaded is refused when it is saved, and no byte is written.
#[test]
fn a_student_that_could_not_be_loaded_is_not_saved() {
    let (mut memory, mut steps) = (vec![0.0_f64; student_len(shape())], 0);
    memory[0] = f64::MAX;
    memory[M * F] = f64::MAX;
    let student = StudentViewMut::resume(shape(), &mut memory, &mut steps).unwrap();
    let mut bytes = vec![7; snapshot_len::<f64>(shape())];
    let refusal = save(student.view(), None, &mut bytes);
    assert_eq!(refusal, Err(Error::NotFinite { what: "student", index: M * F }));
    assert!(bytes.iter().all(|&byte| byte == 7));
    let never = |_: &[u8]| -> Result<(), Error> { panic!("a piece of what is refused") };
    let context = Context { stream: None, activation: None };
    assert_eq!(save_pieces(student.view(), &context, never), refusal);
    let rule = (RuleKind::Adam, &[0.0; 3][..]);
    let length = Error::Length { what: "rule state", expected: 2 * J * D + 2, found: 3 };
    assert_eq!(save_ruled_pieces(student.view(), &context, rule, never), Err(length));
}

#[test]
fn a_slice_of_another_length_is_not_written_to() {
    let student = trained::<f32>(5);
    let expected = snapshot_len::<f32>(shape());
    for found in [0, expected - 1, expected + 1] {
        let mut bytes = vec![0xAA; found];
        let refusal = save(student.view(), None, &mut bytes);
        assert_eq!(refusal, Err(Error::Length { what: "snapshot", expected, found }));
        assert!(bytes.iter().all(|&byte| byte == 0xAA));
    }
}

#[test]
fn every_fault_says_something_of_its_own() {
    use SnapshotFault::*;
    let unknown = [(SnapshotField::Model, 3), (SnapshotField::Block, 9), (SnapshotField::Version, 3)];
    let unknown = unknown.map(|(what, number)| Unknown { what, number });
    assert_eq!(
        format!("{}", Error::Snapshot(unknown[1])),
        "the snapshot has kind of block 9, which this version of the library does not know"
    );
    let faults = [
        Foreign,
        unknown[0],
        unknown[1],
        unknown[2],
        Truncated,
        Trailing,
        Altered,
        OtherModel,
        OtherRule,
        OtherScalar,
        OtherShape,
    ];
    let mut texts: Vec<_> = faults.into_iter().map(|fault| format!("{}", Error::Snapshot(fault))).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), faults.len());
}
