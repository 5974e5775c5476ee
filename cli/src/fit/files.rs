//! What a fit reads: arrays in NumPy's format, or tables of text.

use super::arrays::{Array, Wanted};
use super::table::{self, is_table};
use crate::failure::Failure;

impl Wanted<'_> {
    /// Reads floating-point numbers, all finite, in double precision; says whether the file holds single ones.
    ///
    /// # Errors
    /// One line that names the file and what was expected.
    pub fn floats(&self) -> Result<(Array<f64>, bool), Failure> {
        if is_table(self) {
            let finite = |field: &str| field.parse().ok().filter(|x: &f64| x.is_finite());
            return table::read(self, finite, "a finite number").map(|array| (array, false));
        }
        self.numbers().and_then(|(array, single)| self.sized(array).map(|array| (array, single)))
    }

    /// Reads whole numbers from 0.
    ///
    /// # Errors
    /// One line that names the file and what was expected.
    pub fn tokens(&self) -> Result<Array<u32>, Failure> {
        if is_table(self) {
            return table::read(self, |field| field.parse().ok(), "a token's number, from 0");
        }
        self.indices().and_then(|array| self.sized(array))
    }

    /// Refuses an array of other sizes than the options say.
    fn sized<N>(&self, array: Array<N>) -> Result<Array<N>, Failure> {
        for (&(option, size), &side) in self.pair.iter().zip(array.shape.iter().skip(1)) {
            if let Some(size) = size.filter(|&size| size != side) {
                return Err(self.refuse(&format!("shape {:?}; expected {option} {size} there", array.shape)));
            }
        }
        Ok(array)
    }
}
