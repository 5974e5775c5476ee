//! Readings as they are recorded, made into what a student learns well: centred, of unit variance, with an intercept.
//!
//! A [`Standardizer`] looks at recorded pairs, in any unit and with any offset, and knows from then on how to centre and scale
//! them. A [`Preparation`] says what a student is given beside the readings: a feature that is always one, a token that is
//! always zero, every token once more with the other sign. What the student then has learned is put back into the units of the
//! readings by [`StandardizerViewMut::explain`]. [`RawSamples`](crate::gradient::raw_samples::RawSamples) trains with both.
//!
//! Behind a standardizer features stay as correlated as they are. Those that say nearly the same are learned more slowly along
//! what they differ in, by their condition, the largest over the smallest eigenvalue of their correlations. Above 1,000 or so a
//! program does well to put a [`Whitener`] before it, which makes them uncorrelated, as `tutee fit --whiten` does.

mod explain;
mod jacobi;
mod link;
mod powers;
mod preparation;
mod spread;
mod standardizer;
mod whitener;

pub use explain::Explanation;
pub use jacobi::diagonalize;
pub use link::{Link, Outstanding, SureLink, sure_links};
pub(crate) use link::{rank, sure};
pub use powers::Powers;
pub use preparation::Preparation;
pub use standardizer::{Centre, Observed, Standardizer, StandardizerViewMut, Strayed, standardizer_len};
pub use whitener::{Whitened, Whitener, WhitenerViewMut, whitener_len};
