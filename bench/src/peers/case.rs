//! The steps that are timed beside those of peers.

use std::fmt;

use tutee::Scalar;
use tutee::step::Descent;
use tutee_bench::steps::{BATCH, GROUP, Gradient, Sizes};

/// The number type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Precision {
    F32,
    F64,
}

impl Precision {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }
}

/// One kind of step at one size in one precision. There are as many outputs as tokens.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) gradient: Gradient,
    pub(super) precision: Precision,
    pub(super) sizes: Sizes,
    /// Samples of an online step.
    pub(super) batch: u32,
}

impl Case {
    pub(super) const fn new(gradient: Gradient, precision: Precision, sizes: Sizes) -> Self {
        Self { gradient, precision, sizes, batch: BATCH }
    }

    /// All cases over these sizes. Online training in double precision would only halve everybody's speed.
    pub(super) fn all(sizes: &[Sizes]) -> Vec<Self> {
        use {Gradient::*, Precision::*};
        let kinds = [(Online, F32), (Exact, F64), (Exact, F32)];
        let of = |(gradient, precision)| sizes.iter().map(move |&sizes| Self::new(gradient, precision, sizes));
        kinds.into_iter().flat_map(of).collect()
    }

    /// K / J times what the factors say, for the value matrix and for the attention.
    pub(super) fn descent<T: Scalar>(&self, [value, attention]: [f64; 2]) -> Descent<T> {
        let [.., outputs] = self.sizes;
        let rate = GROUP as f64 / outputs as f64;
        Descent::new(T::from_f64(rate * value)).with_attention_rate(T::from_f64(rate * attention))
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [filters, features, tokens, _] = self.sizes;
        let (gradient, precision) = (self.gradient.name(), self.precision.name());
        write!(f, "{gradient}, d {features}, D = J = {tokens}, M {filters}, {precision}")
    }
}
