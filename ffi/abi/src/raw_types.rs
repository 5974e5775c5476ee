//! What training on readings as they are recorded has: what a student is given beside them, how it steps, what it says.

use crate::memory::Opaque;
use crate::types::tutee_shape;

/// What a student of raw readings is given beside them, to be added up for arguments called `preparation`: 0 is nothing. Tokens stand
/// in this order: the readings' own, each of them negated, the spare one.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_preparation {
    /// A feature that is one in every token. What the student learns of it is a constant of every filter, before the activation:
    /// without it readings with an offset are learned by identity alone.
    TUTEE_INTERCEPT = 1,
    /// A token that is zero. What an output gives to it is taken from its sum over the others, as by a leak: rows of S may add up
    /// to less than one.
    TUTEE_SPARE = 2,
    /// Every token once more, negated: an output may take from a token with either sign. W then starts at 1/2, not at zero, from where
    /// it could not move.
    TUTEE_SIGNED = 4,
}

/// A student of recorded pairs in any unit and with any offset, what is known of the readings, and the working memory of its
/// training with the batch in the making, in the caller's memory. One thread at a time.
pub struct tutee_raw<T>(Opaque<T>);

/// What is known of how the features of readings say the same, and the matrix that takes it out of them, in the caller's memory. One
/// thread at a time.
pub struct tutee_whitener<T>(Opaque<T>);

/// How far a whitener has come.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_whitened<T> {
    /// Inputs that it has looked at.
    pub inputs: u64,
    /// Directions of the features that these did not have, or only as rounding, and that are left out: features that never varied, or that
    /// others make. W says nothing along them.
    pub left_out: u64,
    /// The largest over the smallest eigenvalue of the features' correlations, of the directions that were kept: as many times longer does
    /// descent take along the least of them where nothing is whitened. 0 before it has settled.
    pub condition: T,
}

/// How a student of raw readings steps: at rates that come from the data.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_raw_descent<T> {
    /// Rate of W times the mean squared norm of a prepared input: positive, 0.5 by default; one and more diverges on some data.
    pub value_share: T,
    /// Rate of W_KQ times the mean squared norm of an output's prepared answer, by the number of tokens: not negative, 0.2 by
    /// default; 0 freezes the attention.
    pub attention_share: T,
    /// No row of logits moves further than this in a step, as a Euclidean length: positive, 0.25 by default.
    pub row_limit: T,
    /// A batch that costs more than this many times what predicting nothing does ends in TUTEE_ERROR_DIVERGED: above 1, 10 by
    /// default.
    pub loss_limit: T,
    /// 1: the rounding error of every update is carried into the next (the default). 0: not.
    pub compensated: i32,
}

/// How well a student answers, of answers that are centred and scaled: no number depends on the units of the readings.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_raw_fit<T> {
    /// Mean loss, 1/2 || y - f ||^2.
    pub loss: T,
    /// What predicting nothing costs: half the mean squared norm of an answer.
    pub nothing: T,
    /// The share of the answers' variance that the student explains, 1 - loss / nothing: below zero where it is worse than
    /// predicting nothing, zero where there is nothing to explain.
    pub explained: T,
}

/// What a step did.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_raw_stepped<T> {
    /// How well the student answered the batch, before the step. What predicting nothing costs is that of the batch or the mean of all
    /// before it, whichever is more.
    pub fit: tutee_raw_fit<T>,
    /// The rate of W that was chosen.
    pub value_rate: T,
    /// The rate of W_KQ that was chosen.
    pub attention_rate: T,
}

/// What a batch says of the student as it stands.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_raw_diagnosis<T> {
    /// Pairs in the batch.
    pub pairs: u64,
    /// Gradient steps taken since the object was made.
    pub steps: u64,
    /// How well the student answers the batch.
    pub fit: tutee_raw_fit<T>,
    /// The farthest that a weight of the attention is from 1 / tokens, times the tokens: near zero while every output still averages all.
    pub beside_uniform: T,
    /// The first filter that answers nothing to every input of the batch and cannot move, although it should answer: a dead ReLU, whose
    /// W needs another start. -1 when there is none.
    pub dead_filter: i32,
}

/// One entry of S: how much an output takes from a token.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_link<T> {
    /// Who takes.
    pub output: u32,
    /// From whom.
    pub token: u32,
    /// How much.
    pub weight: T,
}

/// The sensors whose readings lie farthest from those that were looked at, one of inputs and one of answers: mean squares of what the
/// student sees of them.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_raw_spread<T> {
    /// Of the input that lies farthest.
    pub input: T,
    /// Of the answer that lies farthest.
    pub answer: T,
    /// The token of that input.
    pub token: u32,
    /// Its feature.
    pub feature: u32,
    /// The output of that answer.
    pub output: u32,
    /// Its filter.
    pub filter: u32,
}

/// An entry of S that stands out, and how sure it is.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_sure_link<T> {
    /// Who takes.
    pub output: u32,
    /// From whom.
    pub token: u32,
    /// How much.
    pub weight: T,
    /// In how many students of parts of the data it stands out, too, with this sign, and by more than they differ by chance.
    pub found: u32,
    /// How many of them there are.
    pub parts: u32,
}

/// What a snapshot of a student of raw readings says of itself: what there must be before it can be loaded.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_raw_info {
    /// Gradient steps taken.
    pub steps: u64,
    /// Pairs that were looked at.
    pub pairs: u64,
    /// Batches that were stepped on.
    pub batches: u64,
    /// Slope below zero for TUTEE_LEAKY_RELU; else 0.
    pub slope: f64,
    /// Sizes of the readings.
    pub shape: tutee_shape,
    /// What the student is given beside them, a sum of tutee_preparation.
    pub preparation: i32,
    /// One of tutee_activation; TUTEE_NO_ACTIVATION when none was saved, as a program in Rust may do.
    pub activation: i32,
    /// 32 or 64.
    pub scalar_bits: u32,
    /// Version of the format.
    pub version: u32,
}
