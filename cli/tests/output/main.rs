//! What happens to results when their place is a pipe, a full disk or a file of an earlier run, when the run is ended before
//! its time, and when the system has no more threads or memory.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;
mod files;
mod limits;
mod signals;
mod streams;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longer than any of these runs takes, and short enough to see that one hangs.
const PATIENCE: Duration = Duration::from_secs(60);

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tutee"));
    command.current_dir(folder).args(args).stdin(Stdio::null());
    command
}

/// Under limits that only a shell can set. `exec` keeps it to one process.
fn limited(folder: &Path, limits: &str, args: &[&str]) -> Command {
    let mut command = Command::new("bash");
    let script = format!("{limits} && exec \"$0\" \"$@\"");
    command.current_dir(folder).args(["-c", &script, env!("CARGO_BIN_EXE_tutee")]).args(args).stdin(Stdio::null());
    command
}

fn wait(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("still running after {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("bash").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(status.success());
}

/// Waits until the folder of results is there: from then on a signal ends the runs and not the program.
fn wait_for(path: &Path, child: &mut Child) {
    let start = Instant::now();
    while !path.exists() {
        if child.try_wait().unwrap().is_some() || start.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("{} does not appear", path.display());
        }
        thread::sleep(Duration::from_millis(5));
    }
    // Some steps.
    thread::sleep(Duration::from_millis(200));
}

fn line(output: &Output) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Arguments of a run that takes no time.
const SHORT: [&str; 4] = ["learn", "conv-relu", "--steps", "50"];
