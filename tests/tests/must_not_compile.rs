//! Wrong shapes do not compile: each program under `must_not_compile/` is refused, with the message beside it.
//!
//! Compilers change their words. With another compiler than the one whose words were recorded, the programs must still
//! be refused, but the words are not compared.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

const RECORDED_WITH: &str = "rustc 1.95.";
const FOLDER: &str = "MUST_NOT_COMPILE_FOLDER";

#[test]
fn wrong_shapes_do_not_compile() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("rustc runs").stdout;
    if String::from_utf8_lossy(&version).starts_with(RECORDED_WITH) {
        trybuild::TestCases::new().compile_fail("must_not_compile/*.rs");
        return;
    }
    println!("messages not compared: they were recorded with {RECORDED_WITH}x");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("must_not_compile");
    fs::create_dir_all(&copy).expect("a temporary folder");
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("must_not_compile")).expect("the programs") {
        let path = entry.expect("a program").path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            fs::copy(&path, copy.join(path.file_name().expect("a file"))).expect("a copy");
        }
    }
    let mut again = Command::new(env::current_exe().expect("this test"));
    again.env("TRYBUILD", "overwrite").env(FOLDER, &copy).args(["--ignored", "--exact", "whatever_the_words"]);
    assert!(again.status().expect("this test runs").success());
}

#[test]
#[ignore = "run by the test above, under another compiler than the recorded one"]
fn whatever_the_words() {
    let folder = env::var(FOLDER).expect("the test above sets it");
    trybuild::TestCases::new().compile_fail(format!("{folder}/*.rs"));
}
