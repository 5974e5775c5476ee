//! What a result and its repetition have in common, a line for each part.

use std::fmt::Write as _;

use crate::failure::Failure;
use crate::streams::print;
use crate::text::several;

/// What was compared with a file so far.
#[derive(Debug)]
pub struct Comparison {
    file: String,
    text: String,
    failures: Vec<Failure>,
}

impl Comparison {
    /// Of nothing yet.
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), text: String::new(), failures: Vec::new() }
    }

    /// A line of what is as it was.
    pub fn equal(&mut self, name: &str, what: &str) {
        writeln!(self.text, "equal      {name}: {what}").ok();
    }

    /// A line of what is not.
    pub fn different(&mut self, name: &str, how: &str) {
        writeln!(self.text, "different  {name}: {how}").ok();
        self.failures.push(Failure::check(format!("{name}: differs from the result in {} {how}", self.file)));
    }

    /// What the file has no result of.
    pub fn unfinished(&mut self, count: usize) {
        if count > 0 {
            writeln!(self.text, "unfinished {} of the file, not compared", several(count as u64, "result")).ok();
        }
    }

    /// Prints the lines.
    ///
    /// # Errors
    /// All that differs.
    pub fn finish(self) -> Result<(), Failure> {
        print(&self.text)?;
        Failure::all(self.failures.into_iter())
    }
}
