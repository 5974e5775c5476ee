//! `tutee fit`: trains a student on pairs of one's own, from files. Without a rate the readings are standardised and rates come
//! from them; with one it is plain descent on the numbers as they are.

mod answers;
mod arrays;
mod baselines;
mod choice;
mod condition;
mod diagnosis;
mod files;
mod found;
mod holds;
mod links;
mod look;
mod magnitude;
mod moved;
mod pairs;
mod plan;
mod raw;
pub mod record;
pub mod recorded;
mod sensors;
mod signs;
pub mod stop;
mod table;
pub mod text;
mod train;
mod whitening;

pub use plan::plan;
