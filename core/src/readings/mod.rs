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
//!
//! # Your own data
//!
//! **What the model can say.** `y_j = act( W sum_i S_ji x_i + b_j )`: each output j reads every token i with one weight, never
//! negative and together one, and then sums features by a W that is the same at every place. That suits a plant of places that
//! are alike: rooms, tanks, bodies, stations. [`Preparation::signed`] gives weights of either sign (a force that pulls back),
//! [`Preparation::spare`] lets them sum to less than one (heat that leaks). It cannot say that a link depends on what is read
//! ([`layer`](crate::layer) can), nor that a link is a cause: of two sensors that always agree, either may have it.
//!
//! **The steps.** 1. Tokens are the places, features what is read at each, outputs the places to be explained, filters what is
//! answered there. 2. Let a [`Standardizer`] observe some hundred pairs as they come, with their offsets and in their units.
//! 3. Give [`RawSamples`](crate::gradient::raw_samples::RawSamples) pairs in batches, and step: rates come from the readings. 4. Keep
//! the last part of a recording for the test, never pairs between those of training, which are nearly the same. 5. Read the result in
//! the readings' own units ([`StandardizerViewMut::explain`]), links by rank, and those that the halves of the data agree on
//! ([`sure_links`]).
//!
//! **The lag.** The answer is a later reading, a rate of change, or a force; the time between is that of a change on its way to the
//! next place. At several times that everybody depends on everybody: eight rooms in a row, one tick later, show all of 24 links, and
//! eight of them 60 ticks later, where .04 of the variance is explained.
//!
//! **What failure looks like.** A step is refused where the loss says that the student runs away, and the last sane one comes back.
//! [`RawSamples::diagnose`](crate::gradient::raw_samples::RawSamples::diagnose) names outputs that are dead behind a ReLU, attention
//! that is still uniform, and features that never vary; [`judge`](crate::recovery::verdict::judge) a run that stands still. A high share of
//! the variance alone proves no link: with 12 pairs of those rooms it is .995, and 17 of 24 links are found.

mod centre;
mod explain;
mod jacobi;
mod link;
mod powers;
mod preparation;
mod spread;
mod standardizer;
mod strayed;
mod whitener;

pub use centre::Centre;
pub use explain::Explanation;
pub use jacobi::diagonalize;
pub use link::{Link, Outstanding, SureLink, sure_links};
pub(crate) use link::{rank, sure};
pub use powers::Powers;
pub use preparation::Preparation;
pub use standardizer::{Observed, Standardizer, StandardizerViewMut, standardizer_len};
pub use strayed::Strayed;
pub use whitener::{Whitened, Whitener, WhitenerViewMut, whitener_len};
