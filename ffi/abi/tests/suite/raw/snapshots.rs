//! Trainings that are saved and gone on with, and snapshots that are refused.

use std::ptr;

use tutee_abi::tutee_status::*;
use tutee_abi::*;

use super::rig::*;

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
