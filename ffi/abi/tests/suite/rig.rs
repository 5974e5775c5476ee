//! A small model in memory of its own, through the C interface alone.

use std::ptr;

use tutee_abi::tutee_status::TUTEE_OK;
use tutee_abi::*;

pub use crate::names::*;

pub const SHAPE: tutee_shape = tutee_shape { filters: 2, features: 3, tokens: 4, outputs: 4 };
pub const VALUE: [Real; 6] = [0.5, -1.0, 0.25, 0.75, 0.125, -0.5];
pub const N_VALUE: usize = 6;
pub const N_MIXING: usize = 16;
pub const N_X: usize = 12;
pub const N_Y: usize = 8;
pub const LEAKY: i32 = tutee_activation::TUTEE_LEAKY_RELU as i32;
pub const SLOPE: Real = 0.125;

/// Larger than anything of this shape needs.
pub const WORDS: usize = 128;
pub const SCRATCH: usize = 256;

/// Where a snapshot is to say none.
pub const NO_ACTIVATION: i32 = tutee_activation::TUTEE_NO_ACTIVATION as i32;

/// Teacher, student and sampler, and room for everything that a call takes.
pub struct Rig {
    /// Kept alive; everything is read and written through the pointers below.
    _memory: [Vec<u64>; 3],
    pub teacher: *mut tutee_teacher<Real>,
    pub student: *mut tutee_student<Real>,
    pub sampler: *mut tutee_sampler<Real>,
    pub descent: tutee_descent<Real>,
    pub scratch: Vec<Real>,
    pub x: Vec<Real>,
    pub y: Vec<Real>,
}

impl Rig {
    /// A pooled convolution, a student of zeros, a sampler without a batch, and one pair.
    pub fn new() -> Self {
        let mut memory = [vec![0; WORDS], vec![0; WORDS], vec![0; WORDS]];
        let (mut teacher, mut student, mut sampler) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        let mut descent = tutee_descent { value_rate: 0.0, attention_rate: 0.0, value_limit: 0.0, compensated: 0 };
        let [a, b, c] = &mut memory;
        // SAFETY: the arrays are as long as is said, and live as long as the rig: a vector does not move its elements.
        unsafe {
            let (a, b, c) = (a.as_mut_ptr(), b.as_mut_ptr(), c.as_mut_ptr());
            let value = VALUE.as_ptr();
            ok(teacher_of(
                (a, WORDS, &SHAPE, LEAKY, SLOPE, value, N_VALUE),
                |m, n| mixing_convolution(&SHAPE, 2, m, n),
                &mut teacher,
            ));
            ok(student_init(b, WORDS, &SHAPE, &mut student));
            ok(sampler_init(c, WORDS, &SHAPE, &mut sampler));
            ok(descent_default(0.25, &mut descent));
        }
        let x = (0..N_X).map(|i| ((i * 5) % 7) as Real - 3.0).collect();
        let mut rig = Rig {
            _memory: memory,
            teacher,
            student,
            sampler,
            descent,
            scratch: vec![0.0; SCRATCH],
            x,
            y: vec![0.0; N_Y],
        };
        rig.answer();
        rig
    }

    fn answer(&mut self) {
        let (x, y, scratch) = (self.x.as_ptr(), self.y.as_mut_ptr(), self.scratch.as_mut_ptr());
        // SAFETY: the arrays are as long as is said.
        unsafe { ok(teacher_answer(self.teacher, 1, x, N_X, scratch, SCRATCH, y, N_Y)) }
    }

    pub fn population_step(&mut self) -> tutee_status {
        let Self { student, teacher, descent, scratch, .. } = self;
        // SAFETY: the arrays are as long as is said.
        unsafe { population_step(*student, *teacher, descent, scratch.as_mut_ptr(), SCRATCH) }
    }

    pub fn begin(&mut self) -> tutee_status {
        // SAFETY: the objects are alive.
        unsafe { samples_begin(self.student, self.sampler, LEAKY, SLOPE) }
    }

    pub fn accumulate(&mut self) -> tutee_status {
        // SAFETY: the arrays are as long as is said.
        unsafe { samples_accumulate(self.student, self.sampler, 1, self.x.as_ptr(), N_X, self.y.as_ptr(), N_Y) }
    }

    pub fn samples_step(&mut self) -> tutee_status {
        // SAFETY: the objects are alive.
        unsafe { samples_step(self.student, self.sampler, &self.descent) }
    }

    pub fn batch_loss(&self) -> (u64, Real) {
        let (mut count, mut loss) = (u64::MAX, Real::NAN);
        // SAFETY: the objects are alive.
        unsafe { ok(samples_loss(self.sampler, &mut count, &mut loss)) }
        (count, loss)
    }

    pub fn digest(&self) -> u64 {
        digest(self.student)
    }

    pub fn steps(&self) -> u64 {
        let mut steps = u64::MAX;
        // SAFETY: the object is alive.
        unsafe { ok(student_steps(self.student, &mut steps)) }
        steps
    }

    /// Every bit of the three objects.
    pub fn bits(&self) -> Vec<u64> {
        // SAFETY: read through the pointers that the calls write through.
        let object = |object: *const u64| unsafe { std::slice::from_raw_parts(object, WORDS).to_vec() };
        [object(self.teacher.cast()), object(self.student.cast()), object(self.sampler.cast())].concat()
    }
}

pub fn digest(student: *const tutee_student<Real>) -> u64 {
    let mut digest = 0;
    // SAFETY: the object is alive.
    unsafe { ok(student_digest(student, &mut digest)) }
    digest
}

/// The blocks of a student.
pub const VALUE_BLOCK: i32 = tutee_block::TUTEE_VALUE as i32;
pub const LOGITS: i32 = tutee_block::TUTEE_LOGITS as i32;
pub const ATTENTION: i32 = tutee_block::TUTEE_ATTENTION as i32;

/// Place, words, shape, activation, slope and value of a teacher.
pub type TeacherParts = (*mut u64, usize, *const tutee_shape, i32, Real, *const Real, usize);

/// A teacher of [`SHAPE`] whose mixing `fill` fills in, unless one of the two is refused.
///
/// # Safety
/// What the header says of the parts.
pub unsafe fn teacher_of(
    (memory, words, shape, activation, slope, value, n_value): TeacherParts,
    fill: impl FnOnce(*mut Real, usize) -> tutee_status,
    out: *mut *mut tutee_teacher<Real>,
) -> tutee_status {
    let mut mixing = [7.0; N_MIXING];
    let filled = fill(mixing.as_mut_ptr(), N_MIXING);
    if filled != TUTEE_OK {
        assert_eq!(mixing, [7.0; N_MIXING], "a refused description leaves the mixing");
        return filled;
    }
    let mixing = mixing.as_ptr();
    // SAFETY: as promised.
    unsafe { teacher_init(memory, words, shape, activation, slope, value, n_value, mixing, N_MIXING, out) }
}

#[track_caller]
pub fn ok(status: tutee_status) {
    assert_eq!(status, TUTEE_OK);
}

/// The start of the stream of seed 9, three samples a step.
pub fn source() -> tutee_source<Real> {
    let mut source =
        tutee_source { seed: 0, index: 0, batch: 0, input: 0, parameter: 0.0, noise_mean: 0.0, noise_deviation: 0.0 };
    // SAFETY: a reference is a valid pointer.
    unsafe { ok(source_default(9, 3, &mut source)) }
    source
}

pub fn stop_after(steps: u64) -> tutee_stop<Real> {
    let mut stop = tutee_stop { steps: 0, check_every: 0, excess_loss: 1.0, gradient_norm: 1.0 };
    // SAFETY: a reference is a valid pointer.
    unsafe { ok(stop_default(steps, &mut stop)) }
    stop
}

/// A result that no run leaves.
pub const UNTOUCHED: tutee_result<Real> =
    tutee_result { end: tutee_progress { steps: 77, excess_loss: -7.0, gradient_norm: -7.0 }, stopped: -7 };
