//! Snapshots through the C interface.

use std::ptr;

use tutee_abi::tutee_status::*;
use tutee_abi::*;

use super::rig::*;

fn saved(rig: &Rig, stream: *const tutee_stream) -> Vec<u8> {
    let mut len = 0;
    // SAFETY: references are valid pointers.
    unsafe { ok(snapshot_bytes(&SHAPE, &mut len)) };
    let mut bytes = vec![0; len];
    // SAFETY: the array is as long as is said.
    unsafe { ok(student_save(rig.student, stream, NO_ACTIVATION, 0.0, bytes.as_mut_ptr(), len)) };
    bytes
}

fn load(rig: &Rig, bytes: &[u8], stream: *mut tutee_stream) -> tutee_status {
    // SAFETY: the array is as long as is said.
    unsafe { student_load(rig.student, bytes.as_ptr(), bytes.len(), stream) }
}

const UNREAD: tutee_stream = tutee_stream { seed: 7, index: 7 };

#[test]
fn a_run_goes_on_with_the_same_bits() {
    let mut rig = Rig::new();
    for _ in 0..10 {
        ok(rig.population_step());
    }
    let stream = tutee_stream { seed: 3, index: 1 << 40 };
    let (with, without) = (saved(&rig, &stream), saved(&rig, ptr::null()));
    for _ in 0..10 {
        ok(rig.population_step());
    }
    for (bytes, expected) in [(with, stream), (without, tutee_stream { seed: 0, index: 0 })] {
        let (mut other, mut found) = (Rig::new(), UNREAD);
        ok(load(&other, &bytes, &mut found));
        assert_eq!(found, expected);
        ok(load(&other, &bytes, ptr::null_mut()));
        for _ in 0..10 {
            ok(other.population_step());
        }
        assert_eq!(other.digest(), rig.digest());
    }
}

#[test]
fn a_snapshot_says_what_it_holds() {
    let mut rig = Rig::new();
    ok(rig.population_step());
    let stream = tutee_stream { seed: 3, index: 4 };
    let mut info = tutee_snapshot_info {
        steps: 7,
        stream: UNREAD,
        shape: tutee_shape { filters: 0, features: 0, tokens: 0, outputs: 0 },
        scalar_bits: 0,
        has_stream: 7,
        version: 7,
        model: 7,
        has_activation: 7,
        activation: 7,
        slope: 7.0,
    };
    let inspect = |bytes: &[u8], info: &mut tutee_snapshot_info| {
        // SAFETY: the array is as long as is said.
        unsafe { tutee_snapshot_inspect(bytes.as_ptr(), bytes.len(), info) }
    };
    let untouched = info;
    let mut bytes = saved(&rig, &stream);
    bytes[60] ^= 1;
    assert_eq!(inspect(&bytes, &mut info), TUTEE_ERROR_SNAPSHOT_ALTERED);
    assert_eq!(info, untouched);
    bytes[60] ^= 1;
    ok(inspect(&bytes, &mut info));
    let scalar_bits = 8 * size_of::<Real>() as u32;
    let expected = tutee_snapshot_info {
        steps: 1,
        stream,
        shape: SHAPE,
        scalar_bits,
        has_stream: 1,
        version: 2,
        model: tutee_model::TUTEE_MODEL_POSITION as i32,
        has_activation: 0,
        activation: 0,
        slope: 0.0,
    };
    assert_eq!(info, expected);
    ok(inspect(&saved(&rig, ptr::null()), &mut info));
    assert_eq!((info.has_stream, info.stream), (0, tutee_stream { seed: 0, index: 0 }));
}

#[test]
fn a_snapshot_says_which_activation_it_was_trained_with() {
    let rig = Rig::new();
    let mut bytes = saved(&rig, ptr::null());
    for (activation, slope, expected) in [
        (tutee_activation::TUTEE_IDENTITY, Real::NAN, 0.0),
        (tutee_activation::TUTEE_RELU, 0.25, 0.0),
        (tutee_activation::TUTEE_LEAKY_RELU, 0.5, 0.5),
    ] {
        let mut info = std::mem::MaybeUninit::uninit();
        // SAFETY: the arrays are as long as is said; the place is written when the call succeeds.
        let info = unsafe {
            ok(student_save(rig.student, ptr::null(), activation as i32, slope, bytes.as_mut_ptr(), bytes.len()));
            ok(tutee_snapshot_inspect(bytes.as_ptr(), bytes.len(), info.as_mut_ptr()));
            info.assume_init()
        };
        assert_eq!((info.has_activation, info.activation, info.slope), (1, activation as i32, expected));
        ok(load(&rig, &bytes, ptr::null_mut()));
    }
}

/// Snapshots that the first version of the format wrote: committed, and loaded for ever.
#[test]
fn snapshots_of_the_first_version_are_loaded() {
    macro_rules! committed {
        ($name:literal) => {
            &include_bytes!(concat!("../../../../tests/vectors/snapshots/", $name))[..]
        };
    }
    let (bytes, digest) = match size_of::<Real>() {
        4 => (committed!("version-1-f32-stream.bin"), 0xAF0C_67EB_9FF5_2DBF),
        _ => (committed!("version-1-f64-stream.bin"), 0x6583_5BAF_5869_08C4_u64),
    };
    let shape = tutee_shape { filters: 2, features: 3, tokens: 4, outputs: 2 };
    let (mut memory, mut student, mut stream, mut found) = (vec![0; WORDS], ptr::null_mut(), UNREAD, 0);
    // SAFETY: the arrays are as long as is said.
    unsafe {
        ok(student_init(memory.as_mut_ptr(), WORDS, &shape, &mut student));
        ok(student_load(student, bytes.as_ptr(), bytes.len(), &mut stream));
        ok(student_digest(student, &mut found));
    }
    assert_eq!((stream, found), (tutee_stream { seed: 8, index: 60 }, digest));
}

#[test]
fn broken_snapshots_are_refused_each_with_its_status() {
    let mut rig = Rig::new();
    ok(rig.population_step());
    let good = saved(&rig, ptr::null());
    ok(rig.population_step());
    let before = rig.bits();
    let refused = |bytes: &[u8], expected: tutee_status| {
        let mut stream = UNREAD;
        assert_eq!(load(&rig, bytes, &mut stream), expected);
        assert_eq!(stream, UNREAD);
        assert_eq!(rig.bits(), before);
    };
    let altered = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        bytes
    };
    refused(&[], TUTEE_ERROR_SNAPSHOT_TRUNCATED);
    refused(&good[..good.len() - 1], TUTEE_ERROR_SNAPSHOT_TRUNCATED);
    refused(&[&good[..], &[0]].concat(), TUTEE_ERROR_SNAPSHOT_TRAILING);
    refused(&altered(0, 0), TUTEE_ERROR_SNAPSHOT_FOREIGN);
    refused(&altered(8, 3), TUTEE_ERROR_SNAPSHOT_VERSION);
    refused(&altered(28, 9), TUTEE_ERROR_SNAPSHOT_ALTERED);
    refused(&altered(good.len() - 1, good[good.len() - 1] ^ 0x80), TUTEE_ERROR_SNAPSHOT_ALTERED);
    // SAFETY: a length of 0 may come with NULL.
    let none = unsafe { student_load(rig.student, ptr::null(), 0, ptr::null_mut()) };
    assert_eq!(none, TUTEE_ERROR_SNAPSHOT_TRUNCATED);
    ok(load(&rig, &good, ptr::null_mut()));
}

#[test]
fn snapshots_of_another_shape_or_precision_are_refused() {
    let rig = Rig::new();
    let shape = tutee_shape { tokens: 5, ..SHAPE };
    let (mut memory, mut student) = (vec![0; WORDS], ptr::null_mut());
    let mut bytes = vec![0; 2000];
    let mut len = 0;
    // SAFETY: the arrays are as long as is said.
    unsafe {
        ok(student_init(memory.as_mut_ptr(), WORDS, &shape, &mut student));
        ok(snapshot_bytes(&shape, &mut len));
        ok(student_save(student, ptr::null(), NO_ACTIVATION, 0.0, bytes.as_mut_ptr(), len));
    }
    assert_eq!(load(&rig, &bytes[..len], ptr::null_mut()), TUTEE_ERROR_SNAPSHOT_SHAPE);

    // The other precision, whichever this one is.
    let wide = size_of::<Real>() == 8;
    // SAFETY: as above.
    unsafe {
        let memory = memory.as_mut_ptr();
        if wide {
            let mut student = ptr::null_mut();
            ok(tutee_student_init_f32(memory, WORDS, &SHAPE, &mut student));
            ok(tutee_snapshot_bytes_f32(&SHAPE, &mut len));
            ok(tutee_student_save_f32(student, ptr::null(), NO_ACTIVATION, 0.0, bytes.as_mut_ptr(), len));
        } else {
            let mut student = ptr::null_mut();
            ok(tutee_student_init_f64(memory, WORDS, &SHAPE, &mut student));
            ok(tutee_snapshot_bytes_f64(&SHAPE, &mut len));
            ok(tutee_student_save_f64(student, ptr::null(), NO_ACTIVATION, 0.0, bytes.as_mut_ptr(), len));
        }
    }
    assert_eq!(load(&rig, &bytes[..len], ptr::null_mut()), TUTEE_ERROR_SNAPSHOT_SCALAR);
}
