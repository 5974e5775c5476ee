//! A result says all that made it: `tutee rerun` trains again from it, compares all that is made again, and names the first thing that differs.

#[path = "common/rerun.rs"]
mod again;
mod common;
#[path = "common/help.rs"]
mod help;
#[path = "common/npy.rs"]
mod npy;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{contents, folder, tutee};
use help::{commands, help, options};
use npyz::Order;
use serde_json::Value;

/// What `rerun` says of a result: exit code, standard output, standard error.
fn rerun(folder: &Path, result: &Value) -> (Option<i32>, String, String) {
    fs::write(folder.join("result.json"), result.to_string()).unwrap();
    let output = again::rerun(folder, "result.json");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn result(folder: &Path, command: &[&str]) -> Value {
    let output = tutee(folder, &[command, &["--json", "-"]].concat());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_kind_of_result_is_found_equal() {
    let folder = folder("rerun-equal");
    let teacher = r#"{"activation": {"leaky_relu": 0.3}, "value": [[1, 0.1], [0.7, -2]], "mixing": [[0.25, 0.75, 0], [1, 0, 0]]}"#;
    fs::write(folder.join("own.json"), teacher).unwrap();
    let commands: [&[&str]; 6] = [
        &["learn", "--steps", "300", "--seed", "9"],
        &["learn", "graph-leaky", "--steps", "200", "--scalar", "f32", "--attention-rate", "0.7", "--tokens", "9"],
        &[
            "learn",
            "conv-relu",
            "--mode",
            "online",
            "--steps",
            "40",
            "--batch",
            "5",
            "--noise",
            "0.4",
            "--input",
            "correlated:-0.3",
        ],
        &["learn", "--mode", "online", "--steps", "30", "--batch", "5", "--input", "gumbel", "--test-input", "gumbel"],
        &["learn", "--teacher", "own.json", "--steps", "150"],
        &["mnist", "--steps", "25", "--batch", "3"],
    ];
    for command in commands {
        let result = result(&folder, command);
        // The teacher is in the result, not in its file.
        let (code, said, error) = rerun(&folder, &result);
        let runs = result["runs"].as_array().unwrap();
        assert_eq!((code, said.lines().count(), error.as_str()), (Some(0), runs.len(), ""), "{command:?}: {said}");
        for (line, run) in said.lines().zip(runs) {
            assert!(line.starts_with("equal ") && line.contains(run["digest"].as_str().unwrap()), "{line}");
        }
        let run = &runs[0];
        assert_eq!(run["command"].as_str().unwrap().split(' ').skip(1).take(1).collect::<Vec<_>>(), &command[..1]);
        assert_eq!((run["student"].as_str(), run["rule"].as_str()), (Some("position"), Some("gd")));
        assert!(run["version"].is_string() && run["time"].as_str().unwrap().ends_with('Z'), "{}", run["time"]);
    }
    assert_eq!(contents(&folder).into_iter().collect::<Vec<_>>(), ["own.json", "result.json"]);
}

#[test]
fn the_first_step_that_differs_is_named() {
    let folder = folder("rerun-different");
    let good = result(&folder, &["learn", "token-selection", "--steps", "100"]);
    let differing = |change: &dyn Fn(&mut Value)| {
        let mut result = good.clone();
        change(&mut result["runs"][0]);
        let (code, said, error) = rerun(&folder, &result);
        assert_eq!(code, Some(1), "{said}{error}");
        assert!(said.starts_with("different "), "{said}");
        let step = error.split(" at step ").nth(1).and_then(|rest| rest.split(": ").next());
        step.and_then(|step| step.parse::<u64>().ok()).unwrap_or_else(|| panic!("{error}"))
    };
    // The rate matters from the first step on, as W leaves zero.
    assert_eq!(differing(&|run| run["rate"] = 0.2.into()), 1);
    assert_eq!(differing(&|run| run["attention_rate"] = 0.2.into()), 2, "S has no gradient at W = 0");
    assert_eq!(differing(&|run| run["teacher_mixing"][3][5] = 1e-9.into()), 0, "as far from another S*");
    let at = good["runs"][0]["curve"][20]["step"].as_u64().unwrap();
    assert_eq!(differing(&|run| run["curve"][20]["digest"] = "0000000000000000".into()), at);
}

/// With every digest as it was: numbers, words and matrices are compared, too, and both values named.
#[test]
fn what_was_altered_beside_the_digests_is_named_with_both_values() {
    let folder = folder("rerun-altered");
    let good =
        result(&folder, &["learn", "token-selection", "--steps", "9000", "--stop-loss", "0.5", "--stop-every", "10"]);
    let run = &good["runs"][0];
    assert_eq!((run["stopped"].as_str(), run["curve"].as_array().unwrap().len() > 30), (Some("excess_loss"), true));
    let steps = run["steps"].as_u64().unwrap();
    let differing = |change: &dyn Fn(&mut Value), expected: &str| {
        let mut result = good.clone();
        change(&mut result["runs"][0]);
        let (code, said, error) = rerun(&folder, &result);
        assert_eq!((code, said.lines().count(), error.lines().count()), (Some(1), 1, 1), "{expected}: {said}{error}");
        assert!(said.starts_with(&format!("different  token-selection: {expected}")), "{expected}: {said}");
        assert!(error.contains(&format!("differs from the result in result.json {expected}")), "{expected}: {error}");
    };
    let point = &run["curve"][7];
    let (step, loss) = (&point["step"], &point["excess_loss"]);
    differing(
        &|run| run["curve"][7]["excess_loss"] = 0.125.into(),
        &format!("at step {step}: excess_loss {loss}, not 0.125"),
    );
    let next: Value = loss.as_f64().unwrap().next_up().into();
    differing(
        &|run| run["curve"][7]["excess_loss"] = next.clone(),
        &format!("at step {step}: excess_loss {loss}, not {next}"),
    );
    for field in ["ood_excess", "ood_first_order", "value_cosine_min", "value_error", "attention_error"] {
        let now = &point[field];
        differing(&|run| run["curve"][7][field] = (-3.5).into(), &format!("at step {step}: {field} {now}, not -3.5"));
    }
    differing(
        &|run| drop(run["curve"].as_array_mut().unwrap().remove(7)),
        &format!("at step {step}: a point of the curve that the result has not"),
    );
    for field in ["law_ratio", "slope", "excess_loss", "ood_slope", "value_cosine_min", "attention_error_max"] {
        differing(&|run| run[field] = 0.125.into(), &format!("in {field}: {}, not 0.125", run[field]));
    }
    differing(
        &|run| run["verdict"] = "plateau".into(),
        &format!("in verdict: {}, not plateau", run["verdict"].as_str().unwrap()),
    );
    differing(&|run| run["value"][1][0] = 0.5.into(), &format!("in value[1][0]: {}, not 0.5", run["value"][1][0]));
    differing(
        &|run| run["attention"][2][3] = 0.5.into(),
        &format!("in attention[2][3]: {}, not 0.5", run["attention"][2][3]),
    );
    differing(&|run| run["chosen"][0] = 15.into(), &format!("in chosen[0]: {}, not 15", run["chosen"][0]));
    differing(&|run| run["group"] = 4.into(), "in group: 3, not 4");
    differing(
        &|run| run["digest"] = "0000000000000000".into(),
        &format!("in digest: {}, not 0000", run["digest"].as_str().unwrap()),
    );
    // Why it stopped: what is said must be what its rules make of it.
    differing(&|run| run["stopped"] = "steps".into(), "in stopped: excess_loss, not steps");
    differing(&|run| run["stopped"] = "unchanged".into(), "in stopped: excess_loss, not unchanged");
    differing(&|run| run["stop_loss"] = Value::Null, "in stopped: steps, not excess_loss");
    differing(&|run| run["stop_loss"] = 0.1.into(), "in stopped: steps, not excess_loss");
    // A looser rule ends it before the step that the result has.
    let looser = result(&folder, &["learn", "token-selection", "--stop-relative", "0.1", "--stop-every", "10"]);
    let sooner = looser["runs"][0]["steps"].as_u64().unwrap();
    assert!(sooner < steps, "{sooner} {steps}");
    let ends = format!("at step {sooner}: the run ends there, stopped by excess_loss");
    differing(&|run| run["stop_relative"] = 0.1.into(), &ends);
    // A step more than there is a loss for.
    differing(&|run| run["steps"] = (steps + 1).into(), &format!("in steps: {steps}, not {}", steps + 1));
}

#[test]
fn what_is_no_result_is_refused_by_name() {
    let folder = folder("rerun-refused");
    let good = result(&folder, &["learn", "token-selection", "--steps", "10"]);
    let refused = |change: &dyn Fn(&mut Value), expected: &str| {
        let mut result = good.clone();
        change(&mut result);
        let (code, said, error) = rerun(&folder, &result);
        assert_eq!((code, said.as_str(), error.lines().count()), (Some(2), "", 1), "{error}");
        assert!(error.contains(expected), "{error}; expected {expected}");
    };
    refused(&|result| *result = Value::Null, "result.json: ");
    refused(&|result| result["runs"] = Value::Array(vec![]), "runs: none");
    refused(
        &|result| {
            result["runs"][0]["stop_loss"] = 0.1.into();
            result["runs"][0]["stop_every"] = 0.into();
        },
        "runs[0].stop_every: 0; expected a number from 1",
    );
    refused(&|result| result["runs"][0]["mode"] = "sideways".into(), r#"runs[0].mode: "sideways"; expected"#);
    refused(
        &|result| result["runs"][0]["test_input"] = "normal".into(),
        r#"runs[0].test_input: "normal"; expected gaussian"#,
    );
    refused(&|result| result["runs"][0]["rate"] = (-1.0).into(), "--rate: -1.0; expected a positive number");
    refused(&|result| result["runs"][0]["teacher_value"] = Value::Null, "runs[0].teacher_value: ");
    refused(&|result| result["runs"][0]["teacher_mixing"][0] = Value::Array(vec![]), "runs[0].teacher_mixing: ");
    refused(&|result| drop(result["runs"][0].as_object_mut().unwrap().remove("seed")), "runs[0]: missing field `seed`");
    let output = tutee(&folder, &["rerun", "nothing.json"]);
    assert_eq!(output.status.code(), Some(2));
}

/// Commands whose results are trained again, together with every option that decides a result, and every word that such an option takes.
const AGAIN: [&str; 38] = [
    "learn --mode population --student position --rule gd --scalar f64 --steps 120 --seed 9",
    "learn graph-leaky --steps 200 --scalar f32 --rate 0.2 --attention-rate 0.7 --tokens 9 --filters 3 --features 5 --group 5",
    "learn conv-relu --mode online --steps 40 --batch 5 --noise 0.4 --noise-mean -1 --input correlated:-0.3 --test-input gumbel",
    "learn --teacher own.json --steps 150",
    "learn graph:kite.txt graph-symmetric:kite.txt --steps 100",
    "learn token-selection --chosen 2,5,11 --steps 50 --encoding orthonormal",
    "learn conv-relu --rule mirror --value-rule gd --steps 60",
    "learn conv-relu --rule normalised --theta 0.05 --steps 60",
    "learn conv-relu --rule polyak --value-rule projected --steps 30",
    "learn graph-relu --rule adam --rate 0.01 --steps 60",
    "learn conv-relu --mode online --rule adam --value-rule projected --rate 0.01 --steps 30",
    "learn conv-relu --steps 9000 --stop-loss 0.5 --stop-every 10",
    "learn conv-leaky --steps 9000 --stop-relative 0.1",
    "learn group-sparse --steps 9000 --stop-gradient 0.2",
    "learn --teacher saddle.json --steps 9000 --stop-unchanged",
    "learn conv-relu graph-leaky --mode online --student-activation identity --steps 40",
    "learn selection-per-sample --student layer --tokens 8 --steps 20 --encoding orthonormal --scale 0.3 --stop-loss 0.01",
    "learn top-k learned-weights self-attention --student layer --mode online --tokens 8 --steps 20 --embedding content --attention separate --keys 4 \
     --start gaussian:0.2",
    "learn group-sparse-classification --student layer --mode online --tokens 8 --steps 20 --loss logistic --flips 0.1 --encoding sine",
    "learn group-sparse-classification --tokens 6 --steps 50 --flips 0.1 --loss logistic",
    "learn conv-relu --student layer --mode online --tokens 8 --steps 20 --embedding added --encoding sinusoidal --code-width 6 --loss squared",
    "learn conv-relu --student layer --mode online --tokens 8 --steps 20 --embedding concatenated --encoding learned --attention merged \
     --train value-content,value-position,content-content,content-position,position-content,position-position,encoding",
    "learn graph-relu --student layer --mode online --tokens 5 --steps 20 --encoding signs --student-activation leaky_relu:0.5",
    "learn graph-relu --student layer --mode online --tokens 5 --steps 20 --encoding identity --scalar f32 --stop-relative 0.5",
    "mnist --steps 25 --batch 3 --seed 3 --rate 0.1 --attention-rate 3 --filters 5 --patch 4 --stride 2 --window 5",
    "mnist --data digits --steps 10",
    "fit --x X.npy --y Y.npy --test-x X2.npy --test-y Y2.npy --student position --steps 40",
    "fit --x X.csv --y Y.csv --tokens 3 --features 2 --outputs 3 --filters 1 --together --spare --signed --steps 30",
    "fit --x X.npy --y Y.npy --apart --scalar f32 --steps 30",
    "fit --x X.npy --y Y.npy --test-x X2.npy --test-y Y2.npy --whiten --steps 30",
    "fit --x X.npy --y Y.npy --test-x X2.npy --test-y Y2.npy --stop-loss 1e-9 --stop-relative 0.5 --stop-rising 0.01 --stop-every 3 --steps 30",
    "fit --x X.npy --y Y.npy --test-x X2.npy --test-y Y2.npy --best --stop-every 2 --steps 30",
    "fit --x X.npy --y Y.npy --whiten --rate 0.1 --signed --scalar f32 --steps 30",
    "fit --x X.npy --y Y.npy --standardise --rate 0.1 --attention-rate 0.2 --batch 5 --scalar f64 --activation relu --steps 30",
    "fit --x X.npy --y Y.npy --student layer --rate 0.05 --sets S.npy --test-x X2.npy --test-y Y2.npy --test-sets S2.npy --encoding sine \
     --steps 30",
    "fit --x X.npy --y Y.npy --student layer --rate 0.05 --queries Q.npy --test-x X2.npy --test-y Y2.npy --test-queries Q2.npy --seed 4 \
     --embedding content --attention separate --keys 2 --scale keys --start gaussian:0.3 --steps 30",
    "fit --x X.npy --y L.npy --student layer --rate 0.05 --loss logistic --embedding added --encoding sinusoidal --code-width 2 \
     --attention merged --steps 30",
    "fit --x X.npy --y Y.npy --student layer --rate 0.05 --embedding concatenated --encoding learned --loss squared --steps 30 \
     --train value-content,value-position,content-content,content-position,position-content,position-position,encoding",
];

/// Kinds of results that take longer, and the tests that make them again.
const ELSEWHERE: [(&str, &str); 3] = [("atlas", "atlas.rs"), ("paper", "figures.rs"), ("sweep", "sweep.rs")];

/// Commands that train nothing that `rerun` could train again.
const NOTHING: [&str; 8] = ["rerun", "collect", "budget", "fingerprint", "completions", "man", "help", "everything"];

/// Options that say where a run happens and where its result goes.
const PLACES: [&str; 12] = [
    "threads",
    "checkpoint",
    "checkpoint-every",
    "resume",
    "json",
    "weights",
    "npy",
    "out",
    "quiet",
    "progress",
    "help",
    "version",
];

/// What `fit` refuses of the options that it shares with `learn`, and what all of these have been seen with.
const REFUSED: [(&str, &str, &str); 4] = [
    ("fit", "flips", ""),
    ("fit", "encoding", "signs"),
    ("fit", "encoding", "orthonormal"),
    ("fit", "encoding", "identity"),
];

/// The words of a command: options with what follows them, arguments under no name.
fn said(command: &str) -> Vec<(String, String)> {
    let (mut said, mut name) = (Vec::new(), String::new());
    for word in command.split_whitespace().skip(1) {
        if let Some(option) = word.strip_prefix("--") {
            name = option.to_owned();
            said.push((name.clone(), String::new()));
        } else {
            said.extend(word.split(',').map(|word| (name.clone(), word.split(":kite").next().unwrap().to_owned())));
            name.clear();
        }
    }
    said
}

/// Data for `fit` and `mnist`, a graph, and teachers: one of them has a stationary point at zero.
fn data(folder: &Path) {
    let mut state = 7_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 23) - 1.0
    };
    for (end, pairs) in [("", 12), ("2", 7)] {
        let mut floats = |shape: &[usize]| (0..shape.iter().product()).map(|_| draw()).collect::<Vec<_>>();
        let (x, y, q) = (floats(&[pairs, 3, 2]), floats(&[pairs, 3, 1]), floats(&[pairs, 3, 2]));
        let labels: Vec<f64> = y.chunks(3).map(|y| y[0].signum()).collect();
        let sets: Vec<i64> = (0..pairs * 3).flat_map(|i| [i as i64 % 3, (i as i64 + 1) % 3]).collect();
        let place = |name: &str| folder.join(format!("{name}{end}.npy"));
        npy::write(&place("X"), Order::C, &[pairs, 3, 2], &x);
        npy::write(&place("Y"), Order::C, &[pairs, 3, 1], &y);
        npy::write(&place("Q"), Order::C, &[pairs, 3, 2], &q);
        npy::write(&place("L"), Order::C, &[pairs], &labels);
        npy::write(&place("S"), Order::C, &[pairs, 3, 2], &sets);
        for (name, numbers, width) in [("X", x, 6), ("Y", y, 3)] {
            let line = |row: &[f64]| row.iter().map(f64::to_string).collect::<Vec<_>>().join(",") + "\n";
            fs::write(folder.join(format!("{name}{end}.csv")), numbers.chunks(width).map(line).collect::<String>())
                .unwrap();
        }
    }
    fs::write(folder.join("kite.txt"), "0 1\n2 1\n0 2\n3 2\n").unwrap();
    let own = r#"{"activation": {"leaky_relu": 0.3}, "value": [[1, 0.1], [0.7, -2]], "mixing": [[0.25, 0.75, 0], [1, 0, 0]]}"#;
    fs::write(folder.join("own.json"), own).unwrap();
    let saddle = r#"{"activation": "identity", "value": [[1, 0.5]], "mixing": [[1, -1], [-1, 1]]}"#;
    fs::write(folder.join("saddle.json"), saddle).unwrap();
    let digits = folder.join("digits");
    fs::create_dir(&digits).unwrap();
    for (part, count) in [("train", 40_u32), ("t10k", 10)] {
        let head = |magic: u32, sides: &[u32]| {
            std::iter::once(&magic).chain(sides).flat_map(|number| number.to_be_bytes()).collect::<Vec<_>>()
        };
        let pixels = (0..count * 784).map(|_| if draw() > 0.5 { 200 } else { 0 });
        let images = head(2051, &[count, 28, 28]).into_iter().chain(pixels).collect::<Vec<u8>>();
        let labels = head(2049, &[count]).into_iter().chain((0..count).map(|i| (i % 10) as u8)).collect::<Vec<u8>>();
        fs::write(digits.join(format!("{part}-images-idx3-ubyte")), images).unwrap();
        fs::write(digits.join(format!("{part}-labels-idx1-ubyte")), labels).unwrap();
    }
}

/// A command, an option or a word that is new fails here until a result of it is made again.
#[test]
fn every_command_option_and_word_that_decides_a_result_has_a_result_that_is_made_again() {
    let folder = folder("rerun-kinds");
    let mut missing = Vec::new();
    for command in &commands(&folder) {
        let command = command.as_str();
        if let Some((_, file)) = ELSEWHERE.into_iter().find(|(name, _)| *name == command) {
            let tests = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file)).unwrap();
            assert!(tests.contains("again::rerun(&folder") || tests.contains("\"rerun\""), "{file}");
            continue;
        }
        if NOTHING.contains(&command) {
            continue;
        }
        let again: Vec<_> = AGAIN.into_iter().filter(|line| line.split(' ').next() == Some(command)).collect();
        let said: BTreeSet<_> = again.iter().flat_map(|line| said(line)).collect();
        if again.is_empty() {
            missing.push(command.to_owned());
        }
        for (option, words) in options(&help(&folder, &[command])) {
            let refused = |word: &str| REFUSED.contains(&(command, option.as_str(), word));
            if PLACES.contains(&option.as_str()) || refused("") {
                continue;
            }
            if !option.is_empty() && !said.contains(&(option.clone(), String::new())) {
                missing.push(format!("{command} --{option}"));
            }
            // The six tasks stand together without a name.
            let six = |word: &str| {
                option.is_empty() && again.iter().any(|line| said_nothing(line)) && !word.contains("per-sample")
            };
            for word in words.iter().filter(|word| !refused(word) && !six(word)) {
                if !said.contains(&(option.clone(), word.clone())) {
                    missing.push(format!("{command} --{option} {word}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "no result is made again of {missing:#?}");
}

/// Whether a command of `learn` names no task, which means the paper's six.
fn said_nothing(command: &str) -> bool {
    command.starts_with("learn")
        && !command.contains("--teacher")
        && said(command).iter().all(|(name, _)| !name.is_empty())
}

#[test]
fn what_every_option_decides_is_in_the_result() {
    let folder = folder("rerun-options");
    data(&folder);
    for command in AGAIN {
        let words: Vec<_> = command.split_whitespace().collect();
        let output = tutee(&folder, &[&words[..], &["--json", "result.json"]].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        // What is stuck, as it is meant to be, says so by its exit code.
        let stuck = command.contains("saddle");
        assert_eq!(output.status.code(), Some(i32::from(stuck)), "{command}: {error}");
        let result: Value = serde_json::from_slice(&fs::read(folder.join("result.json")).unwrap()).unwrap();
        let again = tutee(&folder, &["rerun", "result.json"]);
        let said = String::from_utf8(again.stdout).unwrap();
        let error = String::from_utf8_lossy(&again.stderr).into_owned();
        let runs = result["runs"].as_array().unwrap();
        assert!(again.status.success() && said.lines().count() == runs.len(), "{command}: {said}{error}");
        for (line, run) in said.lines().zip(runs) {
            assert!(line.starts_with("equal ") && line.contains(run["digest"].as_str().unwrap()), "{command}: {line}");
        }
    }
}
