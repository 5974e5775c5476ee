//! `--checkpoint` of `learn`, `fit` and `mnist`: a run that is ended, however, goes on as if it had not been.
#![cfg(unix)]

mod common;
#[path = "common/npy.rs"]
mod npy;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
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

/// The checkpoints of a folder.
type Files = BTreeMap<String, Vec<u8>>;

fn checkpoints(folder: &Path) -> Files {
    let names =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files = names.filter(|name| name.ends_with(".tutee"));
    files.filter_map(|name| Some((name.clone(), fs::read(folder.join(name)).ok()?))).collect()
}

/// Waits until the checkpoints of a folder are others than before, so many times; none where the run ends before.
fn next_checkpoints(folder: &Path, mut before: Files, times: usize, child: &mut Child) -> Option<Files> {
    let start = Instant::now();
    for _ in 0..times {
        loop {
            let files = checkpoints(folder);
            if !files.is_empty() && files != before {
                before = files;
                break;
            }
            if child.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "no checkpoint");
            thread::sleep(Duration::from_millis(2));
        }
    }
    Some(before)
}

/// Kills a run that keeps checkpoints in a folder of this name, each time after so many more of them, and interrupts it; then holds what it
/// comes to at its end, and at the end of a longer run, to what it comes to at once. How many files it leaves.
fn ended_and_gone_on_with(folder: &Path, name: &str, args: &[&str], after: &[usize], threads: &[&str]) -> usize {
    let whole = found(folder, args);
    let kept = ["--checkpoint", name, "--checkpoint-every", "0.01"];
    // Where other programs run, this one may wait for longer than the run takes: then all of it is begun anew.
    let killed = (0..20).any(|_| {
        let (mut last, mut kills) = (Files::new(), 0);
        for (i, &after) in after.iter().enumerate() {
            let mut child = start(folder, &[args, &kept, &["--resume"]].concat());
            let Some(files) = next_checkpoints(&folder.join(name), last, after, &mut child) else { break };
            last = files;
            thread::sleep(Duration::from_millis(5));
            let signal = if i == 2 { "-INT" } else { "-KILL" };
            let status = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
            assert!(status.success());
            kills += usize::from(child.wait().unwrap().code() != Some(0));
        }
        let all = kills == after.len();
        if !all {
            drop(fs::remove_dir_all(folder.join(name)));
        }
        all
    });
    assert!(killed, "{name}: the run is over too soon to be killed");
    let resume = [&["--resume"], threads].concat();
    let gone_on = found(folder, &[args, &kept, &resume].concat());
    assert_eq!(gone_on, whole, "{name}");
    assert!(gone_on["curve"].as_array().unwrap().len() > 15, "{name}");
    // What has ended is there at once, and may go on to more steps than were asked for.
    assert_eq!(found(folder, &[args, &kept, &resume].concat()), whole, "{name}, again");
    let steps = args.iter().position(|word| *word == "--steps").unwrap() + 1;
    let longer = (args[steps].parse::<u64>().unwrap() * 5 / 4).to_string();
    let mut args = args.to_vec();
    args[steps] = &longer;
    assert_eq!(found(folder, &[&args[..], &kept, &["--resume"]].concat()), found(folder, &args), "{name}, longer");
    let names = contents(&folder.join(name));
    assert!(names.iter().all(|name| name.ends_with(".tutee")), "{names:?}");
    names.len()
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
        (
            "own-activation",
            "learn conv-relu --mode online --student-activation identity --batch 40 --tokens 8 --steps 3000 --json -",
        ),
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
        assert_eq!(ended_and_gone_on_with(&folder, name, args, &[1, 1, 1], &["--threads", "3"]), 1, "{name}");
    }
}

/// Pairs of five places with two readings each, of which an answer has one from the next place and one from the one after that.
fn pairs(folder: &Path) {
    const PAIRS: usize = 60;
    const PLACES: usize = 5;
    let mut state = 1_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 23) - 1.0
    };
    let x: Vec<f64> = (0..PAIRS * PLACES * 2).map(|_| draw()).collect();
    let answer = |x: &[f64], j: usize| x[(j + 1) % PLACES * 2] + 0.8 * x[(j + 2) % PLACES * 2 + 1];
    let y: Vec<f64> =
        x.chunks(PLACES * 2).flat_map(|x| (0..PLACES).map(move |j| answer(x, j))).map(|y| y + 0.05 * draw()).collect();
    npy::write(&folder.join("X.npy"), npyz::Order::C, &[PAIRS, PLACES, 2], &x);
    npy::write(&folder.join("Y.npy"), npyz::Order::C, &[PAIRS, PLACES, 1], &y);
}

const PAIRS: [&str; 5] = ["fit", "--x", "X.npy", "--y", "Y.npy"];

/// A fit whose readings are chosen to be taken apart trains thirteen students: two of halves of the pairs, eight of all but a fourth,
/// two of halves once more, and the one that is asked for.
#[test]
fn a_killed_fit_goes_on_with_the_same_bits_whichever_of_its_students_it_was_at() {
    let folder = folder("checkpoint-fit");
    pairs(&folder);
    let chosen = [&PAIRS[..], &["--steps", "4000", "--json", "-"]].concat();
    let whole = found(&folder, &chosen);
    assert!(whole["choice"]["apart"] == true && whole["links"][0]["halves"].is_u64(), "{:?}", whole["choice"]);
    assert_eq!(ended_and_gone_on_with(&folder, "chosen", &chosen, &[1, 4, 2, 7, 3], &[]), 13);
    // Batches go around the pairs.
    let batches = ["--batch", "7", "--rate", "0.1", "--scalar", "f32", "--steps", "40000", "--json", "-"];
    assert_eq!(ended_and_gone_on_with(&folder, "plain", &[&PAIRS[..], &batches].concat(), &[1, 1, 2], &[]), 3);
    let rates = ["--batch", "7", "--rate", "0.1", "--standardise", "--signed", "--steps", "25000", "--json", "-"];
    assert_eq!(ended_and_gone_on_with(&folder, "rates", &[&PAIRS[..], &rates].concat(), &[1, 1, 2], &[]), 3);
    let layer = ["--student", "layer", "--batch", "7", "--rate", "0.1", "--encoding", "learned", "--json", "-"];
    let layer = [&PAIRS[..], &layer, &["--steps", "6000"]].concat();
    assert_eq!(ended_and_gone_on_with(&folder, "layer", &layer, &[1, 1, 1], &[]), 1);
}

/// Losses of pairs held out that a stop rule compares with, and the student that had the least, are in the checkpoint.
#[test]
fn a_killed_fit_compares_with_the_losses_that_it_had_seen() {
    let folder = folder("checkpoint-held-out");
    pairs(&folder);
    let held_out = ["--test-x", "X.npy", "--test-y", "Y.npy", "--batch", "7", "--scalar", "f32"];
    let common = [&PAIRS[..], &held_out, &["--rate", "0.1", "--stop-every", "10", "--json", "-"]].concat();
    for (name, rules) in [
        // Small batches move the student around what is best, so that the last is not.
        ("best", &["--best", "--steps", "25000"][..]),
        ("all", &["--best", "--stop-relative", "0.0001", "--stop-rising", "0.9", "--steps", "25000"]),
    ] {
        let args = [&common[..], rules].concat();
        let whole = found(&folder, &args);
        assert!(whole["reported_step"].as_u64().unwrap() < 25_000 && whole["reported"] == "best", "{name}");
        assert_eq!(ended_and_gone_on_with(&folder, name, &args, &[1, 1, 2], &[]), 3, "{name}");
    }
    // A rule that ends the run ends it where it does without a stop, with what it compares with from before the stop.
    // The first look after the last of the stops is the one that ends it, and all that it compares with was before.
    let held_out = ["--test-x", "X.npy", "--test-y", "Y.npy", "--batch", "2", "--scalar", "f32", "--rate", "0.3"];
    let common = [&PAIRS[..], &held_out, &["--stop-every", "10", "--json", "-"]].concat();
    for (name, rule) in [("relative", ["--stop-relative", "0.5"]), ("rising", ["--stop-rising", "0.05"])] {
        let stopping = |steps, kept: &[&str]| found(&folder, &[&common[..], &rule, &["--steps", steps], kept].concat());
        let kept = ["--checkpoint", name, "--resume"];
        let whole = stopping("4000", &[]);
        let steps = whole["steps"].as_u64().unwrap();
        assert!(20 < steps && steps < 4000, "{name}: {steps}");
        let (early, late) = ((steps / 2).to_string(), (steps - 1).to_string());
        for steps in [&early, &late] {
            assert_eq!(stopping(steps, &kept)["stopped"], "steps", "{name}");
        }
        for _ in 0..2 {
            assert_eq!(stopping("4000", &kept), whole, "{name}");
        }
    }
}

#[test]
fn a_killed_student_of_digits_goes_on_with_the_same_bits() {
    let folder = folder("checkpoint-digits");
    let digits = ["mnist", "--steps", "4000", "--batch", "3", "--json", "-"];
    assert_eq!(ended_and_gone_on_with(&folder, "digits", &digits, &[1, 1, 1], &[]), 1);
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
    pairs(&folder);
    fs::write(folder.join("file"), "").unwrap();
    refused(&["learn", "--resume"], "--checkpoint");
    refused(&["mnist", "--resume"], "--checkpoint");
    refused(&[&PAIRS[..], &["--resume"]].concat(), "--checkpoint");
    for command in [&["learn"][..], &["mnist"], &PAIRS] {
        refused(
            &[command, &["--checkpoint-every", "5"]].concat(),
            "--checkpoint-every: nothing is kept; expected --checkpoint DIR with it",
        );
    }
    let fit = [&PAIRS[..], &["--rate", "0.1", "--steps", "40"]].concat();
    let layer = [&fit[..], &["--student", "layer"]].concat();
    // Another seed, another number type, other sizes: another run, which has another file beside it.
    let runs: [(&[&str], &[&str], &str); 4] = [
        (&["learn", "conv-relu", "--steps", "40"], &["--seed", "2"], "--seed 2, not 1"),
        (&["mnist", "--steps", "40"], &["--seed", "2"], "--seed 2, not 1"),
        (&fit, &["--scalar", "f32"], "--scalar f32, not f64"),
        (&layer, &["--attention", "separate"], "--keys 2, not none"),
    ];
    for (i, (run, other, option)) in runs.into_iter().enumerate() {
        let name = format!("here-{i}");
        let run = [run, &["--json", "-", "--checkpoint", &name]].concat();
        let resume = [&run[..], &["--resume"]].concat();
        let whole = found(&folder, &run);
        let here = folder.join(&name);
        let listed = || contents(&here).into_iter().map(|name| here.join(name)).collect::<Vec<_>>();
        let mut names = listed();
        refused(&run, "a checkpoint of this run; expected --resume to go on, or another folder");
        assert_eq!(found(&folder, &resume), whole);
        refused(&[&run[..], &["--checkpoint-every", "0"]].concat(), "--checkpoint-every");
        let elsewhere: Vec<_> = run.iter().map(|&word| if word == name { "file/deeper" } else { word }).collect();
        refused(&elsewhere, "file/deeper");
        let shorter: Vec<_> = resume.iter().map(|word| if *word == "40" { "30" } else { *word }).collect();
        refused(&shorter, "of 40 steps; expected --steps from there on");

        let other = found(&folder, &[&resume[..], other].concat());
        assert_ne!(other["digest"], whole["digest"]);
        // A fit that tells how sure its links are has students of both halves of the pairs, too.
        let own = names.len();
        assert_eq!(own, if i == 2 { 3 } else { 1 }, "{names:?}");
        let others: Vec<_> = listed().into_iter().filter(|name| !names.contains(name)).collect();
        names.extend(others);
        assert_eq!(names.len(), 2 * own, "{names:?}");
        let files: Vec<_> = names.iter().map(|path| fs::read(path).unwrap()).collect();
        let put = |files: &[Vec<u8>]| names.iter().zip(files).for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
        let exchanged = [&files[own..], &files[..own]].concat();
        put(&exchanged);
        let message = format!("a checkpoint of another run: {option}; expected it elsewhere, or another folder");
        let kept = |names: &[PathBuf]| names.iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>();
        // Without --resume, too: nothing of it is written over.
        for args in [&resume, &run] {
            put(&exchanged);
            refused(args, &message);
            assert_eq!(kept(&names), exchanged);
            for foreign in [&b"a list of mine\n"[..], b"0123456789abcdef", b"{\"version\":\"0.1.0\"}", b"\n"] {
                let foreign = vec![foreign.to_vec(); names.len()];
                put(&foreign);
                refused(args, "no checkpoint, and it stays as it is; expected another folder");
                assert_eq!(kept(&names), foreign);
            }
        }
        // A bit in the middle of the parameters, half of a file, none of it.
        let spoilt = files.iter().map(|file| {
            let (mut file, place) = (file.clone(), file.len() - 100);
            file[place] ^= 1;
            file
        });
        // A bit of what stands before them: sixteen places of the line, the last its end.
        for sixteenth in 1..=16 {
            let broken = files.iter().map(|file| {
                let mut file = file.clone();
                let end = file.iter().position(|&byte| byte == b'\n').unwrap();
                file[end * sixteenth / 16] ^= 1;
                file
            });
            put(&broken.collect::<Vec<_>>());
            refused(&resume, ": a damaged checkpoint, ");
            refused(&run, "; without the file the run begins anew");
        }
        let halves: Vec<_> = files.iter().map(|file| file[..file.len() - 20].to_vec()).collect();
        for broken in [spoilt.collect(), halves, vec![vec![]; names.len()]] {
            put(&broken);
            refused(&resume, ".tutee: a damaged checkpoint, ");
            refused(&run, ".tutee: a damaged checkpoint, ");
            let left: Vec<_> = names.iter().map(|path| fs::read(path).unwrap()).collect();
            assert_eq!(left, broken, "what is refused stays as it is");
        }
        // The words of this run before the numbers of another one, of which the seed alone does not show.
        if i >= 2 {
            let parts = |i: usize| files[i].split_at(files[i].iter().position(|&byte| byte == b'\n').unwrap() + 1);
            let mixed: Vec<_> =
                (0..files.len()).map(|i| [parts(i).0, parts((i + own) % files.len()).1].concat()).collect();
            put(&mixed);
            let said =
                ["X: the snapshot holds scalars of another width", "X: the snapshot is of a model of other sizes"];
            refused(&resume, said[i - 2]);
        }
        put(&files);
        assert_eq!(found(&folder, &resume), whole);
    }
    // What is read comes first.
    fs::remove_file(folder.join("X.npy")).unwrap();
    refused(&[&fit[..], &["--checkpoint", "here-2", "--resume"]].concat(), "X.npy");
}

/// Who asks a run to go on is told where it does not: that nothing is there, or whose checkpoint is.
#[test]
fn a_run_that_begins_anew_and_was_to_go_on_says_so() {
    let folder = folder("checkpoint-anew");
    pairs(&folder);
    let fit = [&PAIRS[..], &["--rate", "0.01"]].concat();
    let learn = ["learn", "token-selection", "group-sparse", "--mode", "online"];
    for (run, other, differs) in [
        (&learn[..], &["--seed", "7"][..], "--seed 1, not 7"),
        (&["learn", "top-k", "--student", "layer", "--mode", "online"], &["--seed", "7"], "--seed 1, not 7"),
        (&["mnist"], &["--seed", "7"], "--seed 1, not 7"),
        (&fit, &["--scalar", "f32"], "--scalar f64, not f32"),
    ] {
        let said = |more: &[&str]| {
            let output = tutee(&folder, &[run, &["--json", "-"], more].concat());
            assert_eq!(output.status.code(), Some(0), "{run:?} {more:?}");
            String::from_utf8(output.stderr).unwrap()
        };
        let name = format!("kept-{}-{}", run[0], run.len());
        let kept = ["--checkpoint", name.as_str(), "--resume", "--steps", "40"];
        assert_eq!(said(&kept), format!("tutee: {name}: no checkpoint is there; the run begins anew\n"));
        assert_eq!(said(&kept), "", "{run:?}: it goes on");
        // Where it was not asked to go on it begins, and nothing is to be said.
        assert_eq!(said(&[&["--checkpoint", name.as_str(), "--steps", "40"], other].concat()), "");
        checkpoints(&folder.join(&name)).keys().for_each(|file| {
            let bytes = fs::read(folder.join(&name).join(file)).unwrap();
            let wanted = differs.split(", not ").nth(1).unwrap();
            let option = differs.split(' ').next().unwrap();
            if String::from_utf8_lossy(&bytes).contains(&format!("[\"{option}\",\"{wanted}\"]")) {
                fs::remove_file(folder.join(&name).join(file)).unwrap();
            }
        });
        let anew = said(&[&kept[..], other].concat());
        let begins = format!("tutee: {name}: no checkpoint of this run, which begins anew; checkpoint-");
        assert!(anew.starts_with(&begins) && anew.lines().count() == 1, "{anew}");
        assert!(anew.ends_with(&format!(".tutee is of another run: {differs}\n")), "{anew}");
    }
}

/// What tells a fit from another is said in words and numbers that a user has: no names of the program's own.
#[test]
fn another_run_of_a_fit_is_told_in_plain_words() {
    let folder = folder("checkpoint-words");
    pairs(&folder);
    let fit = [&PAIRS[..], &["--rate", "0.01", "--steps", "20", "--json", "-"]].concat();
    let said = |run: &[&str], kept: &str| {
        let output = tutee(&folder, &[run, &["--checkpoint", kept, "--resume"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!text.contains(['{', '"']) && !text.contains("Some") && !text.contains("None"), "{text}");
        text
    };
    said(&fit, "kept");
    let relu = said(&[&fit[..], &["--activation", "relu"]].concat(), "kept");
    assert!(relu.ends_with(" is of another run: --activation identity, not relu\n"), "{relu}");
    let layer = [&fit[..], &["--student", "layer"]].concat();
    said(&layer, "layer");
    let wide = said(&[&layer[..], &["--encoding", "sinusoidal", "--code-width", "7"]].concat(), "layer");
    assert!(wide.contains(" is of another run: --encoding identity, not sinusoidal"), "{wide}");
    // The files of a fit are written anew, with other numbers.
    let mut bytes = fs::read(folder.join("X.npy")).unwrap();
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    fs::write(folder.join("X.npy"), bytes).unwrap();
    let other = said(&fit, "kept");
    assert!(other.contains(" is of another run: the pairs ") && other.contains(" (60 to train on), not "), "{other}");
    assert!(other.ends_with(" (60 to train on)\n"), "{other}");
}

/// A rule that ends a run sooner makes another run: one that is past it is not gone on from as if it had stopped there.
#[test]
fn a_stop_rule_is_of_the_run() {
    let folder = folder("checkpoint-stop");
    let run = ["learn", "token-selection", "--steps", "20000", "--json", "-"];
    let kept = ["--checkpoint", "here", "--resume"];
    let whole = found(&folder, &[&run[..], &kept[..2]].concat());
    for goal in ["--stop-loss", "--stop-relative"] {
        let stopping = [&run[..], &[goal, "0.5"]].concat();
        let stopped = found(&folder, &stopping);
        assert!(stopped["steps"].as_u64().unwrap() < 20_000 && whole["steps"] == 20_000);
        assert_eq!(found(&folder, &[&stopping[..], &kept].concat()), stopped, "{goal}");
        assert_eq!(found(&folder, &[&stopping[..], &kept].concat()), stopped, "{goal}, again");
    }
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
        ("{\"version\":\"0.1", true, "run-001.json: a damaged result of a run; without the file the run is made anew"),
        ("{\"version\":\"0.1", false, "run-001.json: a damaged result of a run; without the file the run is made anew"),
        (
            "{\"mine\": 1}",
            true,
            "run-001.json: no result of a run of `tutee paper`, and it stays as it is; expected another",
        ),
        (
            "{\"mine\": 1}",
            false,
            "run-001.json: no result of a run of `tutee paper`, and it stays as it is; expected another",
        ),
        (&other, true, "run-001.json: a result of another run, plan or data: a run, not "),
        (&older, true, "run-001.json: a result of version 0.0.1, not "),
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
