//! Inner loops over slices. Every reduction has one written order of summation, which depends on the length alone:
//! never on the width of a vector register.
//!
//! Slices that belong together must have equal lengths; the callers' types see to it. None of these functions panics;
//! the public ones ignore what is in excess.

pub mod angle;
pub mod compare;
pub(crate) mod elementwise;
pub(crate) mod elementwise_plain;
pub(crate) mod elementwise_rows;
pub(crate) mod elementwise_short;
pub(crate) mod formula;
pub mod product;
pub mod reduce;
pub(crate) mod sequence;
pub mod softmax;
pub(crate) mod softmax_columns;
pub(crate) mod support;
pub mod update;
