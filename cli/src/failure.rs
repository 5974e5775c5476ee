//! How a command fails: one line on standard error, and an exit code.

use std::fmt;

/// Exit code and the line that explains it.
#[derive(Debug)]
pub struct Failure {
    /// 1: a check failed. 2: bad usage or bad input.
    pub code: u8,
    message: String,
}

impl Failure {
    /// A check failed: divergence, a digest that differs. Exit code 1.
    pub fn check(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// Bad usage or bad input. Exit code 2. The message names the file, the field and what was expected.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line, whatever a file's name or a parser's message contains.
        for part in self.message.split(['\n', '\r']).enumerate() {
            match part {
                (0, line) => f.write_str(line)?,
                (_, line) => write!(f, " {}", line.trim())?,
            }
        }
        Ok(())
    }
}
