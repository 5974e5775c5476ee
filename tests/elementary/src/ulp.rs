//! Distances in units in the last place: of the binade in which the exact value lies, half a unit being the error of
//! correct rounding.

use crate::double_double::Dd;

/// Of `found` from an exact value that is known to 53 bits; results of `f32` that are normal.
pub fn single(found: f32, exact: f64) -> f64 {
    let exponent = (((exact.to_bits() >> 52) & 0x7FF) as i32 - 1023).max(-126);
    (f64::from(found) - exact).abs() / libm::ldexp(1.0, exponent - 23)
}

/// Of `found` from an exact value; normal results whose unit is, too.
pub fn double(found: f64, exact: Dd) -> f64 {
    let exponent = ((exact.high.to_bits() >> 52) & 0x7FF) as i32 - 1023;
    ((found - exact.high) - exact.low).abs() / libm::ldexp(1.0, exponent - 52)
}

/// The largest of many errors, and where it was found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Largest {
    /// In units in the last place.
    pub error: f64,
    /// The argument.
    pub at: f64,
    /// How many were looked at.
    pub count: u64,
}

impl Largest {
    /// Takes in one error. One that is not a number counts as infinite.
    pub fn take(&mut self, at: f64, error: f64) {
        self.count += 1;
        let error = if error.is_nan() { f64::INFINITY } else { error };
        if error > self.error {
            (self.error, self.at) = (error, at);
        }
    }

    /// Prints the error, and panics if it exceeds its bound or if nothing was looked at.
    pub fn assert_within(self, what: &str, bound: f64) {
        println!("{what}: {:.4} ulp at {:e}, of {} arguments; bound {bound}", self.error, self.at, self.count);
        assert!(self.count > 0 && self.error <= bound, "{what}: {} ulp at {:e}, bound {bound}", self.error, self.at);
    }
}
