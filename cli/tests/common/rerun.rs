//! `tutee rerun` at every level of vector registers that this processor has.

use std::path::Path;
use std::process::Output;

use tutee::vector::Level;

use crate::common::tutee;

/// What `rerun` says of a result, which is one thing at all levels.
pub fn rerun(folder: &Path, result: &str) -> Output {
    let said = tutee(folder, &["rerun", result]);
    for level in Level::ALL.into_iter().filter(|&level| level <= Level::best()) {
        let name = format!("{level:?}").to_ascii_lowercase();
        let at_level = tutee(folder, &["rerun", result, "--level", &name]);
        assert_eq!((at_level.status.code(), at_level.stdout), (said.status.code(), said.stdout.clone()), "{name}");
    }
    said
}
