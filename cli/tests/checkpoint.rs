//! `tutee learn --checkpoint`: a run that is ended, however, goes on as if it had not been.
#![cfg(unix)]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{contents, folder, tutee};
use serde_json::{Map, Value};

/// What a run found, without what is different each time.
fn found(folder: &Path, args: &[&str]) -> Map<String, Value> {
    let output = tutee(folder, args);
    let result: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{args:?}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    let mut run = result["runs"][0].as_object().unwrap().clone();
    ["seconds", "time", "command"].iter().for_each(|field| drop(run.remove(*field)));
    run
}

fn start(folder: &Path, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tutee"));
    command.current_dir(folder).args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the only file of a folder is another one than before, which is returned.
fn next_checkpoint(folder: &Path, before: Option<&[u8]>, child: &mut Child) -> Vec<u8> {
    let start = Instant::now();
    loop {
        let names = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        let file = names
            .filter(|path| path.extension().is_some_and(|extension| extension == "tutee"))
            .find_map(|path| fs::read(path).ok());
        if let Some(file) = file.filter(|file| Some(file.as_slice()) != before) {
            return file;
        }
        assert!(child.try_wait().unwrap().is_none(), "the run has ended before its checkpoint");
        assert!(start.elapsed() < Duration::from_secs(60), "no checkpoint");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_killed_run_goes_on_with_the_same_bits_and_the_same_curve() {
    let folder = folder("checkpoint");
    // Each takes a quarter of a second where nothing else runs: it is killed three times on the way.
    let runs: [(&str, &[&str]); 3] = [
        ("exact", &["learn", "conv-relu", "--steps", "100000", "--tokens", "8", "--json", "-"]),
        (
            "online",
            &[
                "learn",
                "graph-leaky",
                "--mode",
                "online",
                "--noise",
                "0.2",
                "--scalar",
                "f32",
                "--steps",
                "4000",
                "--json",
                "-",
            ],
        ),
        (
            "shared",
            &[
                "learn",
                "conv-relu",
                "--mode",
                "online",
                "--tokens",
                "32",
                "--filters",
                "16",
                "--steps",
                "500",
                "--json",
                "-",
            ],
        ),
    ];
    // What a rule keeps, and what a layer has; sets are drawn where there are too many to list.
    let others = [
        ("adam", "learn conv-relu --rule adam --steps 100000 --tokens 8 --json -"),
        ("adam-online", "learn graph-leaky --mode online --rule adam --rate 0.05 --scalar f32 --steps 6000 --json -"),
        ("mirror", "learn conv-relu --rule mirror --steps 100000 --tokens 8 --json -"),
        ("layer", "learn learned-weights --student layer --mode online --tokens 8 --scalar f32 --steps 1500 --json -"),
        (
            "codes",
            "learn conv-relu --student layer --mode online --tokens 8 --encoding learned --attention separate --steps 1000 --json -",
        ),
        ("sets", "learn selection-per-sample --student layer --tokens 16 --group 6 --steps 80 --json -"),
    ];
    let others: Vec<(&str, Vec<&str>)> = others.map(|(name, line)| (name, line.split(' ').collect())).into();
    let runs = runs.into_iter().chain(others.iter().map(|(name, args)| (*name, args.as_slice())));
    for (name, args) in runs {
        let whole = found(&folder, args);
        let kept = ["--checkpoint", name, "--checkpoint-every", "0.01"];
        let (mut last, mut kills) = (None, 0);
        for signal in ["KILL", "KILL", "INT"] {
            let mut child = start(&folder, &[args, &kept, &["--resume"]].concat());
            last = Some(next_checkpoint(&folder.join(name), last.as_deref(), &mut child));
            thread::sleep(Duration::from_millis(5));
            let status = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
            assert!(status.success());
            kills += usize::from(child.wait().unwrap().code() != Some(0));
        }
        assert_eq!(kills, 3, "{name}: the run is over too soon to be killed");
        let threads = ["--resume", "--threads", "3"];
        let gone_on = found(&folder, &[args, &kept, &threads].concat());
        assert_eq!(gone_on, whole, "{name}");
        assert!(gone_on["curve"].as_array().unwrap().len() > 15, "{name}");
        // What has ended is there at once, and may go on to more steps than were asked for.
        assert_eq!(found(&folder, &[args, &kept, &threads].concat()), whole, "{name}, again");
        let steps = args.iter().position(|word| *word == "--steps").unwrap() + 1;
        let longer = (args[steps].parse::<u64>().unwrap() * 5 / 4).to_string();
        let mut args = args.to_vec();
        args[steps] = &longer;
        assert_eq!(
            found(&folder, &[&args[..], &kept, &["--resume"]].concat()),
            found(&folder, &args),
            "{name}, longer"
        );
        let names = contents(&folder.join(name));
        assert_eq!(names.len(), 1, "{names:?}");
    }
}

#[test]
fn what_is_no_checkpoint_of_the_run_is_refused() {
    let folder = folder("checkpoint-refused");
    let refused = |args: &[&str], said: &str| {
        let output = tutee(&folder, args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{args:?}: {error}");
        assert!(error.contains(said), "{args:?}: {error}");
    };
    let run = ["learn", "conv-relu", "--steps", "40", "--json", "-", "--checkpoint", "here"];
    let resume = [&run[..], &["--resume"]].concat();
    let whole = found(&folder, &run);
    refused(&run, "a checkpoint of this run; expected --resume to go on, or another folder");
    assert_eq!(found(&folder, &resume), whole);
    refused(&["learn", "--resume"], "--checkpoint");
    refused(&[&run[..], &["--checkpoint-every", "0"]].concat(), "--checkpoint-every");
    fs::write(folder.join("file"), "").unwrap();
    refused(&["learn", "conv-relu", "--checkpoint", "file/deeper"], "file/deeper");
    let shorter: Vec<_> = resume.iter().map(|word| if *word == "40" { "30" } else { *word }).collect();
    refused(&shorter, "of 40 steps; expected --steps from there on");

    // Another run has another file beside it.
    found(&folder, &[&run[..], &["--seed", "2"]].concat());
    let names: Vec<_> = contents(&folder.join("here")).into_iter().map(|name| folder.join("here").join(name)).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let files: Vec<_> = names.iter().map(|path| fs::read(path).unwrap()).collect();
    fs::write(&names[0], &files[1]).unwrap();
    fs::write(&names[1], &files[0]).unwrap();
    refused(&resume, "no checkpoint; without the file the run begins anew");
    // A bit in the middle of the parameters, half of a file, none of it.
    let mut spoilt = files.clone();
    let place = spoilt[0].len() - 100;
    spoilt[0][place] ^= 1;
    let place = spoilt[1].len() - 100;
    spoilt[1][place] ^= 1;
    let halves: Vec<_> = files.iter().map(|file| file[..file.len() - 20].to_vec()).collect();
    for broken in [spoilt, halves, vec![vec![], vec![]]] {
        names.iter().zip(&broken).for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
        refused(&resume, ".tutee: ");
    }
    names.iter().zip(&files).for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    assert_eq!(found(&folder, &resume), whole);
}

/// What is in the folder of `paper` is taken only where it is what this version's runs of this plan leave, and nothing of it changes.
#[test]
fn kept_figures_are_those_of_this_plan_or_are_refused() {
    let folder = folder("checkpoint-paper");
    fs::create_dir(folder.join("kept")).unwrap();
    let file = folder.join("kept/run-001.json");
    let record = r#""record": {"run": "a", "learn": null, "digest": "0", "seconds": 1}"#;
    let other = format!(
        r#"{{"version": "{}", "run": "a run", {record}, "done": {{"Course": ["online", {{"name": "a", "shape": [1, 1, 2, 2], "group": 1,
            "norm": 1, "attention_rate": 1, "points": [], "attention": [], "mixing": [], "attention_error_max": 0, "digest": 0}}]}}}}"#,
        env!("CARGO_PKG_VERSION")
    );
    let older = other.replace(env!("CARGO_PKG_VERSION"), "0.0.1");
    for (content, resume, expected) in [
        (other.as_str(), false, "kept: results of 1 run are there; expected --resume to keep them, or another folder"),
        (
            "{\"version\":",
            true,
            "run-001.json: no result of a run of this version; without the file the run is made anew",
        ),
        (
            &other,
            true,
            "run-001.json: a result of another plan, version or data; expected --checkpoint with a folder of its own",
        ),
        (
            &older,
            true,
            "run-001.json: a result of another plan, version or data; expected --checkpoint with a folder of its own",
        ),
    ] {
        fs::write(&file, content).unwrap();
        let args = ["paper", "--quick", "--json", "paper.json", "--checkpoint", "kept", "--resume"];
        let output = tutee(&folder, &args[..args.len() - usize::from(!resume)]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(expected), "{told}");
        assert_eq!((output.status.code(), fs::read_to_string(&file).unwrap().as_str()), (Some(2), content));
        assert!(!folder.join("paper.json").exists());
    }
    let output = tutee(&folder, &["paper", "--quick", "--resume"]);
    assert_eq!(output.status.code(), Some(2));
}
