//! What happens to results when their place is a pipe, a full disk, a closed stream or standard output under another name.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::FileTypeExt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{folder, tutee};
use crate::{SHORT, command, limited, line, read_json, wait};

/// Every way to standard output.
fn printing() -> Vec<Vec<&'static str>> {
    vec![
        vec!["--help"],
        vec!["help"],
        vec!["learn", "--help"],
        vec!["--version"],
        vec!["fingerprint"],
        vec!["fingerprint", "--json", "-"],
        [&SHORT[..], &["--out", "out"]].concat(),
        [&SHORT[..], &["--json", "-"]].concat(),
        [&SHORT[..], &["--json", "/dev/stdout"]].concat(),
        vec!["mnist", "--steps", "5", "--out", "out"],
        vec!["mnist", "--steps", "5", "--json", "-"],
    ]
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = folder("closed");
    for args in printing() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(&folder, &args).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_full_disk_under_standard_output_ends_with_1() {
    let folder = folder("full");
    for args in printing() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command(&folder, &args).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        let line = line(&output);
        assert!(line.starts_with("tutee: standard output: No space left"), "{args:?}: {line}");
        assert_eq!(line.matches("No space left").count(), 1, "{args:?}: {line}");
    }
    assert!(folder.join("out/index.html").exists(), "what can be written is");
}

/// In place of a closed stream there is the null device, where results once went without a word.
#[test]
fn a_closed_standard_output_ends_with_1() {
    let folder = folder("no_stdout");
    for args in printing() {
        let output = limited(&folder, "exec >&-", &args).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(line(&output), "tutee: standard output: it is closed\n", "{args:?}");
    }
    assert!(folder.join("out/index.html").exists(), "what can be written is");
    let args = [&SHORT[..], &["--json", "r.json"]].concat();
    let output = limited(&folder, "exec >&-", &args).output().unwrap();
    assert_eq!((output.status.code(), line(&output).contains("standard output")), (Some(1), true));
    assert!(read_json(&folder.join("r.json"))["runs"][0].is_object());
    // Nobody is left to tell, but for the exit code.
    let args = [&SHORT[..], &["--json", "/dev/stderr"]].concat();
    assert_eq!(limited(&folder, "exec 2>&-", &args).output().unwrap().status.code(), Some(1));
    // Whoever opens the null device himself wants no output, in whatever way it is opened.
    for opened in ["exec >/dev/null", "exec 1<>/dev/null"] {
        assert_eq!(limited(&folder, opened, &SHORT).output().unwrap().status.code(), Some(0), "{opened}");
    }
}

#[test]
fn a_pipe_is_written_once() {
    let folder = folder("pipe");
    for (name, args) in [("a", &SHORT[..]), ("b", &["fingerprint"]), ("c", &["mnist", "--steps", "5"])] {
        let pipe = folder.join(name);
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let path = pipe.clone();
        let reader = thread::spawn(move || {
            let mut text = String::new();
            File::open(path).unwrap().read_to_string(&mut text).map(|_| text)
        });
        let mut child = command(&folder, &[args, &["--json", name]].concat()).stdout(Stdio::null()).spawn().unwrap();
        assert_eq!(wait(&mut child).code(), Some(0));
        let text = reader.join().unwrap().unwrap();
        assert!(serde_json::from_str::<Value>(&text).unwrap().is_object(), "{text}");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo(), "the pipe is still one");
    }
    // A reader that goes away is no error here, either; a device that is full is.
    let output = tutee(&folder, &[&SHORT[..], &["--json", "/dev/full"]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(line(&output).contains("/dev/full: No space left"), "{}", line(&output));
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("task"), "the table is printed all the same");
}

#[test]
fn standard_output_has_one_writer_under_all_of_its_names() {
    let folder = folder("stdout");
    let log = folder.join("log");
    for name in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "log"] {
        let mnist = ["mnist", "--steps", "5"];
        for args in [&SHORT[..], &["fingerprint"], &mnist].into_iter().take(if name == "/dev/stdout" { 3 } else { 2 }) {
            fs::write(&log, "earlier\n").unwrap();
            let file = File::options().append(true).open(&log).unwrap();
            let args = [args, &["--json", name]].concat();
            assert_eq!(command(&folder, &args).stdout(file).status().unwrap().code(), Some(0), "{args:?}");
            let text = fs::read_to_string(&log).unwrap();
            let result = text.strip_prefix("earlier\n").unwrap_or_else(|| panic!("{args:?}: {text}"));
            serde_json::from_str::<Value>(result).unwrap_or_else(|error| panic!("{args:?}: {error}"));
        }
    }
    let output = tutee(&folder, &[&SHORT[..], &["--json", "/dev/stderr"]].concat());
    assert!(serde_json::from_slice::<Value>(&output.stderr).unwrap().is_object());
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("task"));
}

/// Where there is no terminal a line says now and then how far each run is; a run that is over before that says nothing.
#[test]
fn without_a_terminal_a_line_says_how_far_a_run_is() {
    let folder = folder("progress");
    fs::write(folder.join("p.toml"), "task = 'conv-relu'\nsteps = [10, 20, 1e12]\n").unwrap();
    let learn = ["learn", "conv-relu", "--steps", "1e10", "--json", "r.json", "--progress", "1"];
    let layer = ["learn", "top-k", "--student", "layer", "--mode", "online", "--steps", "1e9", "--json", "r.json"];
    // Of the sweep's runs two are over at once, and the third will never be: no time can be told.
    let cases: [(&[&str], &str, bool); 4] = [
        (&learn, "conv-relu: ", true),
        (&[&layer[..], &["--progress", "1"]].concat(), "top-k: ", true),
        (&["sweep", "p.toml", "--progress", "1"], "sweep: 2 of 3 runs", false),
        (&[&learn[..], &["--quiet"]].concat(), "", false),
    ];
    for (args, said, left) in cases {
        let place = folder.join("said");
        let error = File::create(&place).unwrap();
        let mut child = command(&folder, args).stdout(Stdio::null()).stderr(error).spawn().unwrap();
        let start = Instant::now();
        let told = || fs::read_to_string(&place).unwrap();
        let patience = Duration::from_secs(if said.is_empty() { 3 } else { 60 });
        // The first lines come before there is a pace to tell the time from.
        while !told().contains(if left { " to go" } else { "\n" }) && start.elapsed() < patience {
            thread::sleep(Duration::from_millis(20));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let told = told();
        assert_eq!(told.is_empty(), said.is_empty(), "{args:?}: {told}");
        for line in told.lines() {
            assert!(line.starts_with(said) && line.contains(" of "), "{args:?}: {line}");
        }
        assert_eq!(told.contains(" to go"), left, "{args:?}: {told}");
    }
    let over = command(&folder, &["learn", "conv-relu", "--steps", "50", "--json", "r.json", "--progress", "1"])
        .output()
        .unwrap();
    assert!(over.stderr.is_empty(), "{}", String::from_utf8_lossy(&over.stderr));
}
