//! What a run leaves behind: the numbers of the table, the curve, and the matrices that the pictures show.
//!
//! The names are an interface: `--json` prints them, and scripts read them. A field that does not apply is `null`.

mod activation;
mod digits;
mod kind;
mod provenance;
mod run;
mod stop;
mod summary;
mod words;

use serde::{Serialize, Serializer};

use crate::failure::Unfinished;

pub use self::activation::ActivationRecord;
pub use self::digits::DigitsRecord;
pub use self::kind::{Kind, concatenated};
pub use self::provenance::Provenance;
pub use self::run::{CurvePoint, RunRecord};
pub use self::stop::{StopRecord, stopped};
pub use self::summary::{Summary, loss_name};
pub use self::words::{Word, from_hexadecimal, hexadecimal, word};

/// The object that `--json` prints.
#[derive(Debug, Serialize)]
pub struct Output<R> {
    /// One entry a run that took its last step.
    pub runs: Vec<R>,
    /// Those that did not, and why; with what made them, as none of the runs may be there to say it.
    #[serde(serialize_with = "with_provenance")]
    pub unfinished: Vec<Unfinished>,
}

fn with_provenance<S: Serializer>(unfinished: &[Unfinished], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Told<'a> {
        #[serde(flatten)]
        run: &'a Unfinished,
        #[serde(flatten)]
        provenance: &'a Provenance,
    }
    let provenance = &Provenance::now();
    serializer.collect_seq(unfinished.iter().map(|run| Told { run, provenance }))
}
