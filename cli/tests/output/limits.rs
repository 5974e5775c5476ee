//! What happens when the system has no more threads or memory.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::common::{folder, tutee};
use crate::{SHORT, limited, line};

/// A user who may have so many processes and threads. Root may have any number, and becomes somebody else who owns none; the
/// program is copied to where that user can read it.
fn with_threads(program: &Path, allowed: u32, args: &[&str]) -> Output {
    static USER: AtomicU32 = AtomicU32::new(0);
    let mut command = Command::new("bash");
    let script = format!("ulimit -u {allowed} && exec \"$0\" \"$@\"");
    command.current_dir("/").args(["-c", &script]).arg(program).args(args).stdin(Stdio::null());
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        // Numbers that nobody has, another one for every call.
        command.uid(1_900_000_000 + std::process::id() % 1_000_000 * 64 + USER.fetch_add(1, Ordering::Relaxed));
    }
    command.output().unwrap()
}

#[test]
fn a_refused_thread_is_one_thread_fewer() {
    let folder = folder("threads");
    let program = std::env::temp_dir().join(format!("tutee-threads-{}", std::process::id()));
    fs::copy(env!("CARGO_BIN_EXE_tutee"), &program).unwrap();
    let digests = |output: &Output| {
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        result["runs"].as_array().unwrap().iter().map(|run| run["digest"].clone()).collect::<Vec<_>>()
    };
    let shared = ["learn", "conv-relu", "--mode", "online", "--tokens", "64", "--batch", "256", "--steps", "2"];
    let cases: [&[&str]; 6] = [
        &["learn", "conv-relu", "--steps", "10", "--threads", "1"],
        &["learn", "--steps", "20"],
        &["learn", "--steps", "20", "--threads", "8"],
        &shared,
        &[&shared[..], &["--threads", "8"]].concat(),
        &["mnist", "--steps", "5"],
    ];
    for args in cases {
        let args = [args, &["--json", "-"]].concat();
        let free = digests(&tutee(&folder, &args));
        for allowed in [1, 3] {
            assert_eq!(digests(&with_threads(&program, allowed, &args)), free, "{args:?}, {allowed} allowed");
        }
    }
    fs::remove_file(program).unwrap();
}

#[test]
fn memory_that_is_not_there_is_one_line() {
    let folder = folder("memory");
    let numbers = "0.25,".repeat(3_000_000);
    let numbers = numbers.trim_end_matches(',');
    let teacher = format!(r#"{{"activation": "relu", "value": [[1]], "mixing": [[{numbers}]]}}"#);
    fs::write(folder.join("large.json"), teacher).unwrap();
    let limit = |kilobytes: u32| format!("ulimit -v {kilobytes}");
    let cases: [(u32, &[&str], &str); 5] = [
        (1_500_000, &["learn", "--tokens", "8192"], "--tokens 8192"),
        (1_500_000, &["learn", "conv-relu", "--tokens", "8192", "--scalar", "f32"], "--tokens 8192"),
        (1_500_000, &["learn", "--tokens", "4096", "--mode", "online", "--batch", "4e9"], "--tokens 4096"),
        (300_000, &["learn", "conv-relu", "--tokens", "16", "--features", "1e6"], "--features 1000000"),
        (200_000, &["learn", "--teacher", "large.json"], "large.json"),
    ];
    for (kilobytes, args, named) in cases {
        let output = limited(&folder, &limit(kilobytes), args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        let line = line(&output);
        assert!(line.contains(named) && line.contains("memory"), "{args:?}: {line}");
        assert!(!folder.join("results").exists());
    }
    // What there is memory for is trained.
    let args = [&SHORT[..], &["--json", "-"]].concat();
    assert_eq!(limited(&folder, &limit(300_000), &args).output().unwrap().status.code(), Some(0));
}
