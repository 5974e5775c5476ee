//! What happens to results when their place is a pipe, a full disk or a file of an earlier run, when the run is ended before
//! its time, and when the system has no more threads or memory.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{contents, folder, tutee};
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

const SHORT: [&str; 4] = ["learn", "conv-relu", "--steps", "50"];

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

#[test]
fn a_file_is_replaced_when_the_new_one_is_whole() {
    let folder = folder("replaced");
    fs::write(folder.join("real.json"), "earlier").unwrap();
    fs::set_permissions(folder.join("real.json"), fs::Permissions::from_mode(0o604)).unwrap();
    symlink("real.json", folder.join("link.json")).unwrap();
    symlink("nothing-yet.json", folder.join("dangling.json")).unwrap();
    for name in ["link.json", "dangling.json", "new.json"] {
        assert_eq!(tutee(&folder, &[&SHORT[..], &["--json", name]].concat()).status.code(), Some(0));
    }
    for name in ["real.json", "nothing-yet.json", "new.json"] {
        assert_eq!(read_json(&folder.join(name))["runs"][0]["task"], "conv-relu");
        let own = fs::symlink_metadata(folder.join(name)).unwrap();
        let mode = own.permissions().mode() & 0o777;
        assert!(
            own.is_file() && if name == "real.json" { mode == 0o604 } else { mode & 0o600 == 0o600 },
            "{name}: {mode:o}"
        );
    }
    assert!(fs::symlink_metadata(folder.join("link.json")).unwrap().is_symlink());
    // The same mask as any other new file.
    fs::write(folder.join("other"), "").unwrap();
    let mode = |name| fs::metadata(folder.join(name)).unwrap().permissions().mode();
    assert_eq!(mode("new.json"), mode("other"));
    assert_eq!(contents(&folder).len(), 6, "{:?}", contents(&folder));
    // In a folder that this very run makes.
    let args = [&SHORT[..], &["--out", "made/here", "--json", "made/here/run.json"]].concat();
    assert_eq!(tutee(&folder, &args).status.code(), Some(0));
    assert!(read_json(&folder.join("made/here/run.json"))["runs"][0].is_object());
}

/// Limits of a file's size stand in for a full disk.
const FULL_AFTER_1_KB: &str = "trap '' XFSZ && ulimit -f 1";

#[test]
fn a_full_disk_leaves_what_was_there() {
    let folder = folder("full_files");
    let args = ["learn", "conv-relu", "--steps", "3000", "--json", "r.json", "--out", "out"];
    let output = limited(&folder, FULL_AFTER_1_KB, &args).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8(output.stdout.clone()).unwrap().starts_with("task"), "the table is printed all the same");
    let told = line(&output);
    assert!(told.contains("r.json: File too large") && told.contains("out/index.html: "), "{told}");
    assert_eq!(contents(&folder), ["out".to_owned()].into(), "no half of a file");
    assert!(contents(&folder.join("out")).is_empty());

    assert_eq!(tutee(&folder, &args).status.code(), Some(0));
    let (earlier, page) = (read_json(&folder.join("r.json")), fs::read(folder.join("out/index.html")).unwrap());
    let pictures = contents(&folder.join("out"));
    let other = ["learn", "graph-relu", "--steps", "3000", "--json", "r.json", "--out", "out"];
    let output = limited(&folder, FULL_AFTER_1_KB, &other).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(line(&output).contains("the file there is an earlier one"), "{}", line(&output));
    assert_eq!(read_json(&folder.join("r.json")), earlier);
    assert_eq!((fs::read(folder.join("out/index.html")).unwrap(), contents(&folder.join("out"))), (page, pictures));
}

#[test]
fn json_is_no_file_of_the_report() {
    let folder = folder("apart");
    fs::create_dir(folder.join("there")).unwrap();
    symlink("there", folder.join("link")).unwrap();
    symlink("there/loss.svg", folder.join("loss.json")).unwrap();
    let absolute = folder.join("new/index.html");
    for (json, out) in [
        ("new/index.html", "new"),
        ("new/table.csv", "./new/"),
        ("./new/loss.svg", "new"),
        ("there/../new/attention-conv-relu.svg", "new"),
        ("new/INDEX.HTML", "new"),
        (absolute.to_str().unwrap(), "new"),
        ("index.html", "."),
        ("link/index.html", "there"),
        ("there/table.csv", "link"),
        ("link/../new/table.csv", "new"),
        ("loss.json", "there"),
        ("new", "./new"),
    ] {
        for command in [&["learn", "conv-relu"][..], &["mnist"]] {
            let args = [command, &["--steps", "5", "--json", json, "--out", out]].concat();
            let output = tutee(&folder, &args);
            assert_eq!(output.status.code(), Some(2), "{args:?}");
            assert!(line(&output).starts_with(&format!("tutee: --json {json}: expected ")), "{}", line(&output));
            assert_eq!(contents(&folder).len(), 3, "{args:?}: {:?}", contents(&folder));
            assert!(contents(&folder.join("there")).is_empty(), "{args:?}");
        }
    }
    // A picture's name that leads to the file, the other way round.
    symlink("../r.json", folder.join("there/loss.svg")).unwrap();
    let output = tutee(&folder, &[&SHORT[..], &["--json", "r.json", "--out", "there"]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", line(&output));
    fs::remove_file(folder.join("there/loss.svg")).unwrap();
    // Names that only look alike.
    for json in ["index.html", "there/run.json", "there/index.html.json"] {
        let output = tutee(&folder, &[&SHORT[..], &["--json", json, "--out", "there"]].concat());
        assert_eq!(output.status.code(), Some(0), "{json}");
        assert!(read_json(&folder.join(json))["runs"][0].is_object());
    }
}

#[test]
fn a_limit_on_files_is_a_full_disk() {
    let folder = folder("limit");
    for args in [&["learn", "conv-relu", "--steps", "3000"][..], &["mnist", "--steps", "5"]] {
        let args = [args, &["--json", "r.json", "--out", "out"]].concat();
        let output = limited(&folder, "ulimit -f 1", &args).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
        assert!(line(&output).contains("r.json: File too large"), "{}", line(&output));
        assert_eq!(contents(&folder), ["out".to_owned()].into());
        assert!(contents(&folder.join("out")).is_empty());
    }
    // Standard output, too.
    let args = ["learn", "conv-relu", "--steps", "3000", "--json", "-"];
    let log = File::create(folder.join("log")).unwrap();
    let output = limited(&folder, "ulimit -f 1", &args).stdout(log).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(line(&output).starts_with("tutee: standard output: File too large"), "{}", line(&output));
}

/// Once the teacher was replaced by the result of its own training.
#[test]
fn what_is_read_is_not_written_over() {
    let folder = folder("inputs");
    let teacher = r#"{"activation": "relu", "value": [[1, 0.5]], "mixing": [[0.5, 0.5, 0]]}"#;
    fs::create_dir_all(folder.join("out")).unwrap();
    for name in ["t.json", "out/table.csv"] {
        fs::write(folder.join(name), teacher).unwrap();
    }
    symlink("t.json", folder.join("soft.json")).unwrap();
    fs::hard_link(folder.join("t.json"), folder.join("hard.json")).unwrap();
    symlink("../t.json", folder.join("out/loss.svg")).unwrap();
    let absolute = folder.join("t.json");
    let absolute = absolute.to_str().unwrap();
    let refused = |args: &[&str], named: [&str; 2]| {
        let output = tutee(&folder, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        let line = line(&output);
        assert!(named.iter().all(|name| line.contains(name)), "{args:?}: {line}");
        assert_eq!(fs::read_to_string(folder.join("t.json")).unwrap(), teacher);
        assert!(!folder.join("results").exists());
    };
    for (read, written) in [
        ("t.json", "t.json"),
        ("t.json", "./out/../t.json"),
        ("t.json", "soft.json"),
        ("t.json", "hard.json"),
        ("soft.json", "hard.json"),
        (absolute, "t.json"),
    ] {
        let (by, of) = (format!("--json {written}: "), format!("--teacher reads, {read}"));
        refused(&["learn", "--steps", "5", "--teacher", read, "--json", written], [&by, &of]);
    }
    for read in ["t.json", "out/table.csv"] {
        let of = format!("--teacher reads, {read}");
        refused(&["learn", "--steps", "5", "--teacher", read, "--out", "out"], ["--out out: ", &of]);
    }
    let log = File::options().append(true).open(folder.join("t.json")).unwrap();
    let args = ["learn", "--steps", "5", "--teacher", "t.json", "--json", "-"];
    let output = command(&folder, &args).stdout(log).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(line(&output).contains("standard output: expected a place of its own"), "{}", line(&output));
    assert_eq!(fs::read_to_string(folder.join("t.json")).unwrap(), teacher);

    // The digits, which are found under any of their names.
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    fs::create_dir(folder.join("digits")).unwrap();
    for entry in fs::read_dir(sample).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|extension| extension == "gz") {
            fs::copy(&entry, folder.join("digits").join(entry.file_name().unwrap())).unwrap();
        }
    }
    symlink("digits/t10k-labels-idx1-ubyte.gz", folder.join("labels")).unwrap();
    for written in ["digits/train-images-idx3-ubyte.gz", "labels"] {
        let args = ["mnist", "--steps", "5", "--data", "digits", "--json", written];
        refused(&args, [&format!("--json {written}: "), "--data reads, digits/"]);
    }
    // Another file is as good as ever.
    let args = ["learn", "--steps", "5", "--teacher", "t.json", "--json", "other.json"];
    assert_eq!(tutee(&folder, &args).status.code(), Some(0));
}

/// Root that replaces a file of somebody else's leaves it to its owner.
#[test]
fn a_replaced_file_keeps_owner_and_mode() {
    let folder = folder("owner");
    let path = folder.join("r.json");
    fs::write(&path, "earlier").unwrap();
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        std::os::unix::fs::chown(&path, Some(1_234), Some(4_321)).unwrap();
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let of = |path: &Path| fs::metadata(path).map(|found| (found.uid(), found.gid(), found.mode() & 0o7777)).unwrap();
    let before = of(&path);
    for args in [&SHORT[..], &["fingerprint"]] {
        // Held open, so that no other file gets its number.
        let earlier = File::open(&path).unwrap();
        assert_eq!(tutee(&folder, &[args, &["--json", "r.json"]].concat()).status.code(), Some(0));
        assert!(read_json(&path).is_object());
        assert_eq!(of(&path), before);
        let number = |found: fs::Metadata| found.ino();
        assert_ne!(number(fs::metadata(&path).unwrap()), number(earlier.metadata().unwrap()), "written into");
    }
}

/// Root may write everywhere unless it gives that up.
#[cfg(target_os = "linux")]
#[test]
fn a_file_is_enough_where_its_folder_is_closed() {
    let folder = folder("closed_folder");
    let closed = folder.join("closed");
    fs::create_dir(&closed).unwrap();
    fs::write(closed.join("r.json"), "earlier").unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let run = |args: &[&str]| {
        if root {
            let mut plain = Command::new("setpriv");
            plain.args(["--bounding-set", "-dac_override", "--", env!("CARGO_BIN_EXE_tutee")]).args(args);
            plain.current_dir(&folder).output().unwrap()
        } else {
            tutee(&folder, args)
        }
    };
    for args in [&SHORT[..], &["fingerprint"]] {
        let output = run(&[args, &["--json", "closed/r.json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(read_json(&closed.join("r.json")).is_object());
    }
    let output = run(&[&SHORT[..], &["--json", "closed/new.json"]].concat());
    assert_eq!(output.status.code(), Some(2), "the folder is closed for new files: {output:?}");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(contents(&closed), ["r.json".to_owned()].into());
}

#[test]
fn pictures_are_those_of_the_page() {
    let folder = folder("stale");
    let learn = |tasks: &[&str]| tutee(&folder, &[&["learn", "--steps", "50"], tasks].concat());
    assert_eq!(learn(&["conv-relu", "graph-relu"]).status.code(), Some(0));
    fs::write(folder.join("results/attention-mine.svg"), "mine").unwrap();
    let output = learn(&["graph-relu"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("4 files of an earlier run removed"));
    let there = contents(&folder.join("results"));
    assert!(there.contains("attention-graph-relu.svg") && there.contains("attention-mine.svg"), "{there:?}");
    assert!(!there.iter().any(|name| name.contains("conv-relu")), "{there:?}");
    assert_eq!(tutee(&folder, &["mnist", "--steps", "5"]).status.code(), Some(0));
    let there = contents(&folder.join("results"));
    assert!(there.contains("digits-maps.svg") && !there.contains("table.csv"), "{there:?}");
}

#[test]
fn one_that_diverges_leaves_the_others() {
    let folder = folder("one_diverges");
    fs::write(folder.join("r.json"), "an earlier result").unwrap();
    let args =
        ["learn", "conv-relu", "token-selection", "--steps", "3000", "--rate", "3", "--json", "r.json", "--out", "out"];
    let output = tutee(&folder, &args);
    assert_eq!(output.status.code(), Some(1));
    let told = line(&output);
    assert!(
        told.contains("token-selection: training diverged at --rate 3.0") && told.contains("(1 of 2 runs"),
        "{told}"
    );
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("\nconv-relu") && table.contains("not finished: token-selection (diverged)"), "{table}");
    let result = read_json(&folder.join("r.json"));
    assert_eq!(result["runs"].as_array().unwrap().len(), 1);
    assert_eq!(result["runs"][0]["task"], "conv-relu");
    assert_eq!(result["unfinished"][0]["task"], "token-selection");
    assert_eq!(result["unfinished"][0]["why"], "diverged");
    let page = fs::read_to_string(folder.join("out/index.html")).unwrap();
    assert!(page.contains("Not finished:</b> token-selection (diverged)"));
    assert_eq!(fs::read_to_string(folder.join("out/table.csv")).unwrap().lines().count(), 2);
}

#[test]
fn an_interrupted_run_keeps_what_is_finished_and_says_so() {
    let endless: [(&[&str], &str); 2] = [
        (&["learn", "conv-relu", "graph-relu", "--steps", "1000000000000", "--threads", "1"], "conv-relu"),
        (&["mnist", "--steps", "1000000000"], "mnist"),
    ];
    for (number, (args, task)) in endless.into_iter().enumerate() {
        for name in ["INT", "TERM", "HUP"] {
            let folder = folder(&format!("interrupted-{number}-{name}"));
            fs::write(folder.join("r.json"), "an earlier result").unwrap();
            let args = [args, &["--json", "r.json", "--out", "out"]].concat();
            let mut child = hanging_up("default", &folder, &args);
            wait_for(&folder.join("out"), &mut child);
            signal(&child, name);
            assert_eq!(wait(&mut child).code(), Some(1), "{args:?} {name}");
            let output = child.wait_with_output().unwrap();
            assert!(line(&output).contains("interrupted"), "{}", line(&output));
            let result = read_json(&folder.join("r.json"));
            assert_eq!(result["runs"], Value::Array(vec![]));
            assert_eq!(
                (&result["unfinished"][0]["task"], &result["unfinished"][0]["why"]),
                (&task.into(), &"interrupted".into())
            );
            assert!(fs::read_to_string(folder.join("out/index.html")).unwrap().contains("(interrupted)"));
            assert_eq!(contents(&folder), ["out".to_owned(), "r.json".to_owned()].into(), "nothing half-written stays");
        }
    }
}

/// With the signal that a terminal sends when it goes away set to `what`, where `env` can: tests may run under `nohup`
/// themselves.
fn hanging_up(what: &str, folder: &Path, args: &[&str]) -> Child {
    let mut command = command(folder, args);
    if cfg!(target_os = "linux") {
        command = Command::new("env");
        command.current_dir(folder).arg(format!("--{what}-signal=HUP")).arg(env!("CARGO_BIN_EXE_tutee")).args(args);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn under_nohup_the_end_of_a_terminal_is_no_request() {
    let folder = folder("nohup");
    let args = ["learn", "conv-relu", "--steps", "1000000000000", "--json", "r.json", "--out", "out"];
    let mut child = hanging_up("ignore", &folder, &args);
    wait_for(&folder.join("out"), &mut child);
    for _ in 0..2 {
        signal(&child, "HUP");
        thread::sleep(Duration::from_millis(200));
        assert!(child.try_wait().unwrap().is_none(), "the run goes on");
    }
    signal(&child, "TERM");
    assert_eq!(wait(&mut child).code(), Some(1));
}

/// The system tells it every second from the limit on, until a harder limit ends the program.
#[test]
fn a_limit_on_time_keeps_what_is_finished() {
    let folder = folder("time");
    let args = ["learn", "conv-relu", "--steps", "1000000000000", "--threads", "1", "--json", "r.json"];
    let output = limited(&folder, "ulimit -S -t 1", &args).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(line(&output).contains("interrupted"), "{}", line(&output));
    assert_eq!(read_json(&folder.join("r.json"))["unfinished"][0]["why"], "interrupted");
}

/// One task after the other: interrupted in the time that two or three of six take, whatever else the machine does.
#[test]
fn what_is_finished_before_the_interrupt_is_kept() {
    let folder = folder("kept");
    let six = ["conv-relu", "conv-leaky", "graph-relu", "graph-leaky", "conv-relu", "conv-leaky"];
    let args = |tasks: &[&'static str]| {
        [&["learn", "--steps", "100000", "--threads", "1", "--json", "r.json"], tasks].concat()
    };
    let start = Instant::now();
    assert!(tutee(&folder, &args(&six[..1])).status.success());
    let one = start.elapsed();
    fs::remove_file(folder.join("r.json")).unwrap();
    let mut child = command(&folder, &args(&six)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    thread::sleep(one * 5 / 2);
    signal(&child, "INT");
    assert_eq!(wait(&mut child).code(), Some(1));
    let output = child.wait_with_output().unwrap();
    let result = read_json(&folder.join("r.json"));
    let (finished, not) = (result["runs"].as_array().unwrap().len(), result["unfinished"].as_array().unwrap().len());
    assert!(finished >= 1 && not >= 1 && finished + not == 6, "{finished} {not}");
    assert!(line(&output).contains(&format!("interrupted ({finished} of 6 runs finished)")), "{}", line(&output));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("\nconv-relu ") && table.contains("not finished: "), "{table}");
}

#[test]
fn the_bare_command_can_be_interrupted() {
    let folder = folder("bare");
    let mut bare = command(&folder, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&folder.join("results"), &mut bare);
    signal(&bare, "INT");
    assert_eq!(wait(&mut bare).code(), Some(1));
    let output = bare.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(printed.contains("mnist (interrupted)"), "{printed}");
    assert!(line(&output).contains("of 7 runs finished"), "{}", line(&output));
    assert!(fs::read_to_string(folder.join("results/index.html")).unwrap().contains("mnist (interrupted)"));
}

#[test]
fn a_run_that_is_killed_leaves_no_file() {
    let folder = folder("killed");
    let args = ["learn", "conv-relu", "--steps", "1000000000000", "--json", "r.json", "--out", "out"];
    let mut child = command(&folder, &args).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&folder.join("out"), &mut child);
    signal(&child, "KILL");
    assert_eq!(wait(&mut child).signal(), Some(9));
    assert_eq!(contents(&folder), ["out".to_owned()].into());
    assert!(contents(&folder.join("out")).is_empty());
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    let folder = folder("second");
    // One step of this takes minutes, so that nobody looks at the flag.
    let slow = ["learn", "conv-relu", "--mode", "online", "--batch", "4000000000", "--out", "out", "--threads", "1"];
    let mut child = command(&folder, &slow).stderr(Stdio::null()).spawn().unwrap();
    wait_for(&folder.join("out"), &mut child);
    signal(&child, "INT");
    thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "the step goes on");
    signal(&child, "INT");
    assert_eq!(wait(&mut child).code(), Some(130));
}

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

#[test]
fn digits_are_found_where_an_archive_of_kaggles_unpacks_them() {
    let folder = folder("kaggle");
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    for (part, kind, ending) in [
        ("train", "images", "idx3"),
        ("train", "labels", "idx1"),
        ("t10k", "images", "idx3"),
        ("t10k", "labels", "idx1"),
    ] {
        let name = format!("{part}-{kind}-{ending}-ubyte");
        let packed = sample.join(format!("{name}.gz"));
        if kind == "images" {
            fs::create_dir_all(folder.join("data").join(&name)).unwrap();
            fs::copy(packed, folder.join("data").join(&name).join(&name)).unwrap();
        } else {
            fs::create_dir_all(folder.join("data")).unwrap();
            fs::copy(packed, folder.join("data").join(format!("{part}-{kind}.{ending}-ubyte"))).unwrap();
        }
    }
    let digest = |args: &[&str]| {
        let output = tutee(&folder, &[&["mnist", "--steps", "5", "--json", "-"], args].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["runs"][0]["digest"].clone()
    };
    assert_eq!(digest(&["--data", "data"]), digest(&[]));
}
