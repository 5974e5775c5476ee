//! What a training means: its curve, what is known of it, one word and one sentence.

use core::ffi::c_char;

/// One look at a training.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_curve_point {
    /// Gradient steps taken so far.
    pub step: u64,
    /// The loss then, of pairs of one's own; the excess loss where there is a teacher. Any unit.
    pub loss: f64,
}

/// What is known of a training beside its curve. All zero but scalar_bits is right for pairs of one's own, of which a step takes all.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_known {
    /// The least loss of any student of this kind; 0 where it is zero or not known.
    pub best_loss: f64,
    /// What each row of a teacher's mixing sums to; 0 where they differ or there is none.
    pub row_sum: f64,
    /// The rate of W_KQ, for the law of a regular teacher; not looked at where `group` is 0.
    pub attention_rate: f64,
    /// K, the tokens that one output of a regular teacher averages; 0 where there is no law.
    pub group: u32,
    /// J, for the law.
    pub outputs: u32,
    /// D, for the law.
    pub tokens: u32,
    /// 32 or 64: float or double was trained in.
    pub scalar_bits: u32,
    /// 1: a step was refused with TUTEE_ERROR_DIVERGED. Else 0.
    pub refused: i32,
    /// 1: gradients are from samples, so that the loss jitters: a batch is not all pairs. Else 0.
    pub sampled: i32,
    /// 1: labels were given noise of known kind, as the library's sources do. Else 0.
    pub noisy: i32,
    /// 0.
    pub reserved: i32,
}

/// What a curve means, one word. The list may grow.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_verdict {
    /// The loss falls as theory says that it does for ever.
    TUTEE_VERDICT_ASYMPTOTIC = 0,
    /// The loss falls, and not yet as it will in the end.
    TUTEE_VERDICT_TRANSIENT = 1,
    /// The loss hardly falls: a plateau, from which some runs go on after many steps, or what this student can reach.
    TUTEE_VERDICT_PLATEAU = 2,
    /// The loss goes up and down.
    TUTEE_VERDICT_OSCILLATING = 3,
    /// The loss has not moved at all.
    TUTEE_VERDICT_STUCK = 4,
    /// The loss is as small as it can become.
    TUTEE_VERDICT_FLOOR = 5,
    /// A step was refused because it could diverge, or the loss ran away.
    TUTEE_VERDICT_DIVERGED = 6,
    /// Learned, but for a factor between attention and filters that nobody can see from outside.
    TUTEE_VERDICT_SCALE = 7,
}

/// Bytes of the sentence of a judgement.
pub const TUTEE_REASON_BYTES: usize = 192;

/// A verdict and why.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_judgement {
    /// Total steps from which on the law should hold, where there is one and it does not hold yet; else 0.
    pub steps_needed: u64,
    /// One of tutee_verdict.
    pub verdict: i32,
    /// 1 when a training that is judged so has failed: TUTEE_VERDICT_DIVERGED, _OSCILLATING, _STUCK. Else 0.
    pub failed: i32,
    /// Why: one sentence, without a full stop; ends in a NUL, and the bytes behind it are zero.
    pub reason: [c_char; TUTEE_REASON_BYTES],
}
