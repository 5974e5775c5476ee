//! What is kept when the run is ended before its time.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{contents, folder, tutee};
use crate::{command, limited, line, read_json, signal, wait, wait_for};

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

/// At any moment a name has what was there before, or all that is new. Figures of the paper are killed while they are measured; the
/// run that is short, at moments around its end, when it writes.
#[test]
fn a_run_that_is_killed_at_any_moment_leaves_no_half_file_at_a_name() {
    let folder = folder("killed-anywhere");
    let earlier = "what an earlier run has left\n";
    let short =
        ["learn", "group-sparse", "conv-relu", "--tokens", "32", "--steps", "20", "--json", "r.json", "--out", "out"];
    let start = Instant::now();
    assert!(tutee(&folder, &short).status.success());
    let whole = start.elapsed();
    let names: Vec<_> = contents(&folder.join("out")).into_iter().map(|name| folder.join("out").join(name)).collect();
    let all = || names.iter().cloned().chain([folder.join("r.json"), folder.join("out/paper.html")]);
    let mut seed = 1_u64;
    for i in 0..30 {
        all().for_each(|path| fs::write(path, earlier).unwrap());
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let part = (seed >> 40) as f64 / (1 << 24) as f64;
        let (args, moment) = match i % 3 {
            0 => (&["paper", "--quick", "--json", "r.json", "--out", "out"][..], Duration::from_secs(1).mul_f64(part)),
            _ => (&short[..], whole.mul_f64(0.6 + 0.5 * part)),
        };
        let mut child = command(&folder, args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(moment);
        // It may have ended.
        let _ = child.kill();
        child.wait().unwrap();
        for path in all() {
            // A page takes the pictures of an earlier one away.
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let good = match path.extension().and_then(|extension| extension.to_str()) {
                _ if text == earlier => true,
                Some("json") => {
                    serde_json::from_str(&text).is_ok_and(|json: Value| json["runs"][1]["digest"].is_string())
                }
                Some("svg") => roxmltree::Document::parse(&text).is_ok(),
                Some("html") => text.trim_end().ends_with("</html>"),
                _ => text.ends_with('\n') && text.lines().count() > 1,
            };
            assert!(good, "{} after {moment:?} of {args:?}: {} bytes", path.display(), text.len());
        }
    }
}

/// What is being written beside its name.
#[cfg(target_os = "linux")]
fn passing(folder: &Path) -> Vec<String> {
    let folders = [folder.to_owned(), folder.join("out")];
    let names = folders.iter().filter(|folder| folder.exists()).flat_map(|folder| contents(folder));
    names.filter(|name| name.starts_with(".tutee-")).collect()
}

/// The paper's result is killed where it is written, which an interrupted run does at once with what it has. The moments lie from the first
/// file beside a name on, thousandths of a second apart at random.
#[cfg(target_os = "linux")]
#[test]
fn the_papers_result_is_whole_or_not_there_when_it_is_killed_as_it_is_written() {
    let folder = folder("killed-writing");
    let args = ["paper", "--quick", "--json", "r.json", "--out", "out"];
    let (json, page) = (folder.join("r.json"), folder.join("out/paper.html"));
    fs::create_dir(folder.join("out")).unwrap();
    let earlier = "what an earlier run has left\n";
    let digests = |result: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        result["runs"].as_array().unwrap().iter().map(|run| (text(&run["run"]), text(&run["digest"]))).collect()
    };
    let (mut seed, mut half, mut finished) = (7_u64, 0, Vec::new());
    for i in 0..10 {
        [&json, &page].into_iter().for_each(|path| fs::write(path, earlier).unwrap());
        let mut child = command(&folder, &args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Places are tried before the first run is begun.
        thread::sleep(Duration::from_millis(1_000));
        signal(&child, "TERM");
        let patience = Instant::now();
        while passing(&folder).is_empty() && child.try_wait().unwrap().is_none() {
            assert!(patience.elapsed() < Duration::from_secs(240), "nothing is written");
        }
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The first few at once, the others further on.
        thread::sleep(Duration::from_micros((seed >> 44) % 1_000 * (i / 3)));
        let _ = child.kill();
        child.wait().unwrap();
        half += usize::from(!passing(&folder).is_empty());
        let text = fs::read_to_string(&json).unwrap();
        if text != earlier {
            finished.push(digests(&serde_json::from_str(&text).unwrap()));
        }
        let text = fs::read_to_string(&page).unwrap();
        assert!(text == earlier || text.trim_end().ends_with("</html>"), "{} bytes of a page", text.len());
    }
    assert!(half > 0, "no kill has met a file that was half written");

    // Whole, in the end: with the digests that the others had, and nothing of them left behind.
    let output = tutee(&folder, &args);
    let result = read_json(&json);
    assert_eq!((result["unfinished"].as_array().map(Vec::len), passing(&folder)), (Some(0), vec![]), "{output:?}");
    let whole = digests(&result);
    for run in finished.iter().flatten() {
        assert!(whole.contains(run), "{run:?}");
    }
    println!(
        "{half} of 10 killed within a file; {} results whole, with {:?} runs",
        finished.len(),
        finished.iter().map(Vec::len).collect::<Vec<_>>()
    );
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
