//! Training on readings as they are recorded, in any unit and with any offset: what goes wrong with plain steps, and what is
//! found with a standardizer and rates from the data.

mod chance;
mod dead;
mod diverging;
mod rig;
mod structure;
