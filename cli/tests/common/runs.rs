//! Runs of a command whose result `rerun` finds equal, and commands that are refused in one line.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::tutee;

/// The runs of a command, whose result is then found equal by `rerun`.
pub fn runs(folder: &Path, args: &[&str]) -> Vec<Value> {
    let output = tutee(folder, &[args, &["--json", "result.json"]].concat());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let result: Value = serde_json::from_slice(&fs::read(folder.join("result.json")).expect(&error)).unwrap();
    let again = tutee(folder, &["rerun", "result.json"]);
    assert_eq!(again.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&again.stderr));
    fs::remove_file(folder.join("result.json")).unwrap();
    result["runs"].as_array().unwrap().clone()
}

pub fn run(folder: &Path, args: &[&str]) -> Value {
    runs(folder, args).swap_remove(0)
}

pub fn refused(folder: &Path, args: &[&str], parts: &[&str]) {
    let output = tutee(folder, args);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{args:?}: {error}");
    assert!(parts.iter().all(|part| error.contains(part)), "{args:?}: {error:?} does not name all of {parts:?}");
}
