//! What a fit reads: arrays in NumPy's format, or tables of text.

use super::arrays::{Array, Wanted, whole};
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

    /// Reads a label for each pair, +1 or -1.
    ///
    /// # Errors
    /// One line that names the file, the element or the place, and what was expected.
    pub fn labels(&self) -> Result<Array<f64>, Failure> {
        const EXPECTED: &str = "a label, +1 or -1";
        let label = |y: &f64| [1.0, -1.0].contains(y);
        if is_table(self) {
            return table::read(self, |field| field.parse().ok().filter(label), EXPECTED);
        }
        let (array, _) = self.floats()?;
        match array.numbers.iter().enumerate().find(|&(_, y)| !label(y)) {
            Some((index, y)) => Err(self.refuse(&format!("element {index} is {y:?}; expected {EXPECTED}"))),
            None => Ok(array),
        }
    }

    /// Reads sets of tokens, the members of each side by side: numbers below `limit`, no one twice in a set.
    ///
    /// # Errors
    /// One line that names the file, the element or the place, and what was expected.
    pub fn sets(&self, limit: usize) -> Result<Array<u32>, Failure> {
        let array = if is_table(self) {
            let parsed = |field: &str| field.parse().ok().or_else(|| whole(field.parse().ok()?));
            let token = |field: &str| parsed(field).filter(|&token: &u32| (token as usize) < limit);
            table::read(self, token, &format!("a token's number, from 0 and below {limit}"))?
        } else {
            self.indices(limit).and_then(|array| self.sized(array))?
        };
        let size = array.shape.last().copied().unwrap_or(1).max(1);
        // Where each token was met last, counted from 1.
        let mut met = vec![0_usize; limit];
        for (index, &token) in array.numbers.iter().enumerate() {
            let Some(last) = met.get_mut(token as usize) else { continue };
            if *last > index - index % size {
                let why = format!("element {index} is {token}, as is element {} of the same set", *last - 1);
                return Err(self.refuse(&format!("{why}; expected each token once")));
            }
            *last = index + 1;
        }
        Ok(array)
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
