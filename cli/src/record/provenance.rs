//! What made a result.

use std::env;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::words::{Word, word, word_or_none};

/// What made a result, beside the settings of its run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of the program.
    #[serde(deserialize_with = "word")]
    pub version: Word,
    /// Commit that it was built from, where its sources were a clone.
    #[serde(deserialize_with = "word_or_none")]
    pub commit: Option<Word>,
    /// The command line.
    pub command: String,
    /// When the program was started: UTC, as in RFC 3339.
    pub time: String,
}

impl Provenance {
    /// Of this program, called as it was, now.
    pub fn now() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            commit: Some(env!("TUTEE_COMMIT")).filter(|commit| !commit.is_empty()),
            command: env::args_os().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" "),
            time: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        }
    }
}
