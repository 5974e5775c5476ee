//! **Tutee** trains a one-layer transformer by plain gradient descent to imitate a teacher, and recovers what is inside
//! the teacher: its filters and who averages whom. No heap, no `std`, no unsafe code, and the same bits on every target.
//!
//! The model is that of Zhang, Zhao, Gu and Cao, *Transformers Trained via Gradient Descent Can Provably Learn a Class
//! of Teacher Models* (arXiv 2603.22801). In its notation, with tokens as columns of `X`:
//!
//! ```text
//! teacher   f*(X) = act( V X S* )          S*: who averages whom, K entries 1/K in each column
//! student   f(X)  = act( W X S ),          S = softmax( P^T W_KQ P / sqrt(D) )
//! loss      L = 1/2 E || Y - f(X) ||^2,    Y = f*(X) + label noise
//! training  gradient descent on W and W_KQ, both from exactly zero
//! ```
//!
//! Sizes: `FILTERS` (M) rows of the value matrix, `FEATURES` (d) entries of a token, `TOKENS` (D) tokens of an input,
//! `OUTPUTS` (J) output positions. Storage is row-major and token-major: input `x[token][feature]`, output
//! `y[output][filter]`, attention and mixing `[output][token]` (the transpose of the paper's S: a row sums to one).
//!
//! There are two doors to the same algorithms. Firmware owns [`student::Student`] and [`teacher::Teacher`] with their
//! sizes in the type, so that wrong shapes do not compile; programs that learn their sizes at run time own slices and
//! use [`student::StudentViewMut`] and [`teacher::TeacherView`]. Both give the same bits.
//!
//! Pairs that something else produced, sizes in the type, all memory in two values that may be `static`:
//!
//! ```
//! use tutee::activation::Activation;
//! use tutee::gradient::samples::{SampleScratch, Samples};
//! use tutee::input::SampleStream;
//! use tutee::step::Descent;
//! use tutee::student::Student;
//!
//! // Four sensors with two readings each; a sensor's answer is the first reading of the next one.
//! let mut student = Student::<f32, 1, 2, 4, 4>::ZERO;
//! let mut scratch = SampleScratch::ZERO;
//! let mut samples = Samples::of(&mut student, Activation::Identity, &mut scratch)?;
//! let descent = Descent::new(0.5).with_attention_rate(60.0);
//! let mut readings = SampleStream::new(7).sample(); // in place of what is measured
//! let mut x = [[0.0; 2]; 4];
//! for _ in 0..1_000 {
//!     for _ in 0..8 {
//!         readings.gaussian_fill(x.as_flattened_mut());
//!         let y: [_; 4] = std::array::from_fn(|i| 0.5 * x[(i + 1) % 4][0]);
//!         samples.accumulate(x.as_flattened(), &y)?;
//!     }
//!     samples.step(&descent)?; // refuses to diverge
//! }
//! let mut attention = [0.0; 4 * 4];
//! samples.student().attention(&mut attention)?;
//! assert!((0..4).all(|i| attention[4 * i + (i + 1) % 4] > 0.9)); // who answers from whom
//! assert!((samples.student().value()[0] - 0.5).abs() < 0.05); // and how it weighs
//! let mut y = [0.0; 4];
//! samples.predict(&[0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0], &mut y)?;
//! assert!((y[0] - 1.0).abs() < 0.1);
//! # Ok::<(), tutee::Error>(())
//! ```
//!
//! Readings as sensors give them, in any unit and with any offset, need no preparation by hand:
//! [own data](readings#your-own-data) says what the model can tell of them, how, and what failure looks like.
//!
//! The bits rest on arithmetic as IEEE 754 has it by default, which a host program, a run-time library or a compiler's flags
//! can change without a word: [`environment::check`], called once at start, sees whether it is so.
//!
//! With the feature `defmt`, off by default, errors, sizes and settings can be logged by the crate of that name: an error takes a third of
//! the flash that the standard formatter takes.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(target_pointer_width = "16")]
compile_error!("sizes of 16 bits are too narrow; build for a processor whose usize has 32 bits or more");

#[cfg(test)]
extern crate std;

pub mod elementary;
pub mod vector;

pub mod scalar;

mod memory;
mod pass;

pub mod error;

pub mod matrix;
pub mod shape;

pub mod kernel;

pub mod activation;
pub mod input;
pub mod loss;

pub mod position;
pub mod teacher;

pub mod step;

pub mod predict;
pub mod student;

pub mod layer;

pub mod trace;

pub mod training;

pub mod executor;

pub mod gradient;

pub mod environment;

pub mod digest;
pub mod readings;
pub mod recovery;
pub mod snapshot;

pub use error::Error;
pub use scalar::Scalar;
pub use shape::Shape;
