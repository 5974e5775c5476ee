use std::vec;
use std::vec::Vec;

use super::*;

fn shape() -> Shape {
    Shape::new(2, 4, 8, 8).unwrap()
}

fn made<K: Kind>(state: K::State) -> Vec<u64> {
    made_of::<K>(K::words(shape()).unwrap(), state)
}

/// An object in so many words.
fn made_of<K: Kind>(words: usize, state: K::State) -> Vec<u64> {
    let mut memory = vec![0; words];
    let place = Object::<K>::place(memory.as_mut_ptr(), memory.len(), shape()).unwrap();
    // SAFETY: the memory is large enough and ours.
    unsafe { place.establish(state) };
    memory
}

fn opens<K: Kind>(memory: &[u64]) -> Outcome {
    // SAFETY: the memory holds at least a header.
    unsafe { Object::open(memory.as_ptr().cast::<K>()) }.map(|_| ())
}

#[test]
fn every_flip_of_a_bit_of_the_header_is_seen() {
    fn check<K: Kind>(mut memory: Vec<u64>) {
        assert_eq!(opens::<K>(&memory), Ok(()));
        for bit in 0..HEADER_WORDS * 64 {
            memory[bit / 64] ^= 1 << (bit % 64);
            assert_eq!(opens::<K>(&memory), Err(TUTEE_ERROR_OBJECT), "bit {bit}");
            memory[bit / 64] ^= 1 << (bit % 64);
        }
        assert_eq!(opens::<K>(&memory), Ok(()));
    }
    check::<tutee_student<f64>>(made::<tutee_student<f64>>(StudentState::NEW));
    check::<tutee_sampler<f64>>(made::<tutee_sampler<f64>>(EMPTY_SAMPLER));
    check::<tutee_sampler<f64>>(wide_sampler());
}

fn wide_sampler() -> Vec<u64> {
    made_of::<tutee_sampler<f64>>(tutee_sampler::<f64>::wide_words(shape()).unwrap(), EMPTY_SAMPLER)
}

/// Scalars of a sampler that must open.
fn scalars_of(memory: &[u64]) -> usize {
    // SAFETY: the memory holds an object.
    unsafe { Object::open(memory.as_ptr().cast::<tutee_sampler<f64>>()).unwrap().scalars().len() }
}

#[test]
fn words_and_magic_of_a_sampler_belong_together() {
    type Sampler = tutee_sampler<f64>;
    let (few, many) = (sample_scratch_len(shape()), sample_scratch_wide_len(shape()));
    let many = if MAY_BE_WIDE { many } else { few };
    let (ordinary, wide) = (made::<Sampler>(EMPTY_SAMPLER), wide_sampler());
    assert_eq!((scalars_of(&ordinary), scalars_of(&wide)), (few, many));
    let almost = made_of::<Sampler>(wide.len() - 1, EMPTY_SAMPLER);
    assert_eq!(scalars_of(&almost), few, "one word less makes an ordinary one");
    let more = made_of::<Sampler>(wide.len() + 7, EMPTY_SAMPLER);
    assert_eq!(scalars_of(&more), many);
    // A magic alone that was overwritten by the other is seen; with its check word it says what is within the memory, as
    // long as the memory is a wide one's.
    for (mut memory, other) in [(ordinary.clone(), &wide), (wide.clone(), &ordinary)] {
        memory[0] = other[0];
        let seen = if MAY_BE_WIDE { Err(TUTEE_ERROR_OBJECT) } else { Ok(()) };
        assert_eq!(opens::<Sampler>(&memory), seen);
    }
    let mut memory = wide;
    memory[..HEADER_WORDS].copy_from_slice(&ordinary[..HEADER_WORDS]);
    assert_eq!(scalars_of(&memory), few);
}

#[test]
fn an_object_of_another_kind_or_precision_is_refused() {
    let objects = [
        made::<tutee_teacher<f32>>(NO_BATCH),
        made::<tutee_teacher<f64>>(NO_BATCH),
        made::<tutee_student<f32>>(StudentState::NEW),
        made::<tutee_student<f64>>(StudentState::NEW),
        made::<tutee_sampler<f32>>(EMPTY_SAMPLER),
        made::<tutee_sampler<f64>>(EMPTY_SAMPLER),
        wide_sampler(),
        vec![0; 100],
    ];
    let open: [fn(&[u64]) -> Outcome; 6] = [
        opens::<tutee_teacher<f32>>,
        opens::<tutee_teacher<f64>>,
        opens::<tutee_student<f32>>,
        opens::<tutee_student<f64>>,
        opens::<tutee_sampler<f32>>,
        opens::<tutee_sampler<f64>>,
    ];
    for (i, object) in objects.iter().enumerate() {
        for (j, open) in open.iter().enumerate() {
            // The sixth and the seventh are of one kind.
            let fits = i == j || (i, j) == (6, 5);
            assert_eq!(open(object), if fits { Ok(()) } else { Err(TUTEE_ERROR_OBJECT) }, "{i} as {j}");
        }
    }
}

/// Two filters, four features, eight tokens and outputs: what firmware with a kilobyte and a half can train.
#[test]
fn student_and_sampler_of_a_small_board_fit_into_1536_bytes() {
    let shape = Shape::new(2, 4, 8, 8).unwrap();
    let words = tutee_student::<f32>::words(shape).unwrap() + tutee_sampler::<f32>::words(shape).unwrap();
    assert!(words * 8 <= 1536, "{} bytes", words * 8);
}

#[test]
fn an_identity_depends_on_every_number_and_on_every_change() {
    let shape = Shape::new(2, 3, 2, 2).unwrap();
    let mut memory = vec![0.5; student_len(shape)];
    let of = |memory: &[f64], steps, noted| identity(noted, StudentView::resume(shape, memory, steps).unwrap());
    let noted = |changes: u32| {
        let mut noted = StudentState::NEW.identity;
        (0..changes).for_each(|_| changed(&mut noted));
        noted
    };
    let mut identities = vec![of(&memory, 1, noted(0)), of(&memory, 2, noted(0))];
    for changes in 1..100 {
        identities.push(of(&memory, 1, noted(changes)));
    }
    for place in 0..memory.len() {
        memory[place] = 0.25;
        identities.push(of(&memory, 1, noted(0)));
        memory[place] = 0.5;
    }
    // Changes from an identity that was asked for.
    for i in 0..20 {
        let mut noted = identities[i];
        changed(&mut noted);
        identities.push(of(&memory, 1, noted));
    }
    let count = identities.len();
    // What was asked for is noted, and is the answer from then on.
    assert!(identities.iter().all(|&now| of(&memory, 7, now) == now));
    identities.sort();
    identities.dedup();
    assert_eq!(identities.len(), count);
}
