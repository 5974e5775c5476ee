//! No option is silently ignored: each decides something wherever it may stand, or is refused where it would not, with one line that names it.

mod common;
#[path = "common/help.rs"]
mod help;
#[path = "common/npy.rs"]
mod npy;

use std::fs;

use common::{contents, folder, tutee};
use help::{commands, help, options};
use npyz::Order;

/// Of each command the options that decide something whatever stands beside them: of the result, of where it goes, or of how it is made.
const ALWAYS: [(&str, &[&str]); 12] = [
    (
        "learn",
        &[
            "mode",
            "steps",
            "seed",
            "scalar",
            "test-input",
            "student",
            "stop-loss",
            "stop-relative",
            "threads",
            "checkpoint",
            "json",
            "weights",
            "npy",
            "out",
        ],
    ),
    (
        "mnist",
        &[
            "data",
            "steps",
            "batch",
            "rate",
            "attention-rate",
            "filters",
            "patch",
            "stride",
            "window",
            "seed",
            "checkpoint",
            "json",
            "weights",
            "npy",
            "out",
        ],
    ),
    (
        "fit",
        &[
            "x",
            "y",
            "batch",
            "steps",
            "rate",
            "activation",
            "scalar",
            "student",
            "checkpoint",
            "json",
            "weights",
            "npy",
            "out",
        ],
    ),
    ("rerun", &["level", "threads"]),
    ("paper", &["quick", "data", "checkpoint", "threads", "json", "out"]),
    ("atlas", &["threads", "json", "out"]),
    ("sweep", &["shard", "resume", "out", "threads"]),
    ("collect", &["csv", "parquet", "page", "partial", "seconds"]),
    ("budget", &["tokens", "features", "filters", "outputs", "scalar"]),
    ("fingerprint", &["json"]),
    ("completions", &[]),
    ("man", &[]),
];

/// What all commands take: arguments, and what is said on the way, where something is.
const EVERYWHERE: [&str; 5] = ["", "help", "version", "quiet", "progress"];

/// A command in which an option would decide nothing, and the option.
const IGNORED: [(&str, &str); 83] = [
    ("learn conv-relu --teacher own.json", "teacher"),
    ("learn --teacher own.json --tokens 5", "tokens"),
    ("learn --teacher own.json --features 5", "features"),
    ("learn --teacher own.json --filters 5", "filters"),
    ("learn --teacher own.json --group 2", "group"),
    ("learn graph:edges --group 2", "group"),
    ("learn learned-weights --student layer --mode online --group 2", "group"),
    ("learn --teacher own.json --chosen 2", "chosen"),
    ("learn conv-relu --chosen 2", "chosen"),
    ("learn graph:edges --chosen 2", "chosen"),
    ("learn top-k --student layer --mode online --chosen 2", "chosen"),
    ("learn --batch 5", "batch"),
    ("learn --noise 0.1", "noise"),
    ("learn --noise-mean 0.1", "noise-mean"),
    ("learn --input uniform", "input"),
    ("learn selection-per-sample --student layer --batch 5", "batch"),
    ("learn selection-per-sample --student layer --noise 0.1", "noise"),
    ("learn group-sparse-classification --student layer --mode online --noise 0.1", "noise"),
    ("learn group-sparse-classification --student layer --mode online --noise-mean 0.1", "noise-mean"),
    ("learn --rule polyak --value-rule projected --rate 0.1", "rate"),
    ("learn --rule normalised --attention-rate 0.1", "attention-rate"),
    ("learn --rule polyak --attention-rate 0.1", "attention-rate"),
    ("learn conv-relu --student layer --mode online --train value-content --attention-rate 0.1", "attention-rate"),
    ("learn conv-relu --student-activation leaky_relu:0.3", "student-activation"),
    ("learn conv-relu --student layer --mode online --rule adam", "rule"),
    ("learn conv-relu --student layer --mode online --value-rule projected", "value-rule"),
    ("learn conv-relu --student layer --mode online --theta 1", "theta"),
    ("learn --theta 1", "theta"),
    ("learn --rule adam --theta 1", "theta"),
    ("learn --rule mirror --theta 1", "theta"),
    ("learn --embedding content", "embedding"),
    ("learn --encoding sine", "encoding"),
    ("learn conv-relu --student layer --mode online --embedding content --encoding sine", "encoding"),
    ("learn --code-width 5", "code-width"),
    ("learn conv-relu --student layer --mode online --embedding content --code-width 16", "code-width"),
    ("learn --attention merged", "attention"),
    ("learn --keys 2", "keys"),
    ("learn conv-relu --student layer --mode online --keys 2", "keys"),
    ("learn --scale 1", "scale"),
    ("learn --start zero", "start"),
    ("learn --train value-content", "train"),
    ("learn conv-relu --student layer --mode online --embedding content --train value-position", "train"),
    ("learn --loss squared", "loss"),
    ("learn conv-relu --student layer --mode online --loss logistic", "loss"),
    ("learn --flips 0.1", "flips"),
    ("learn conv-relu --student layer --mode online --flips 0.1", "flips"),
    ("learn --mode online --stop-unchanged", "stop-unchanged"),
    ("learn conv-relu --student layer --mode online --stop-gradient 1", "stop-gradient"),
    ("learn conv-relu --mode online --student-activation identity --stop-gradient 1", "stop-gradient"),
    ("learn --stop-every 5", "stop-every"),
    ("learn --checkpoint-every 5", "checkpoint-every"),
    ("learn --resume", "resume"),
    ("mnist --checkpoint-every 5", "checkpoint-every"),
    ("mnist --resume", "resume"),
    ("fit --x X.npy --y Y.npy --tokens 5", "tokens"),
    ("fit --x X.npy --y Y.npy --features 5", "features"),
    ("fit --x X.npy --y Y.npy --outputs 5", "outputs"),
    ("fit --x X.npy --y Y.npy --filters 5", "filters"),
    ("fit --x X.npy --y L.npy --student layer --loss logistic --rate 0.1 --outputs 5", "outputs"),
    ("fit --x X.npy --y L.npy --student layer --loss logistic --rate 0.1 --filters 5", "filters"),
    ("fit --x X.npy --y Y.npy --sets S.npy", "sets"),
    ("fit --x X.npy --y Y.npy --queries X.npy", "queries"),
    ("fit --x X.npy --y Y.npy --test-x X.npy", "test-y"),
    ("fit --x X.npy --y Y.npy --test-y Y.npy", "test-x"),
    ("fit --x X.npy --y Y.npy --test-x X.npy --test-y Y.npy --test-sets S.npy", "test-sets"),
    ("fit --x X.npy --y Y.npy --test-x X.npy --test-y Y.npy --test-queries X.npy", "test-queries"),
    ("fit --x X.npy --y Y.npy --stop-loss 0.1", "stop-loss"),
    ("fit --x X.npy --y Y.npy --stop-relative 0.1", "stop-relative"),
    ("fit --x X.npy --y Y.npy --stop-rising 0.1", "stop-rising"),
    ("fit --x X.npy --y Y.npy --test-x X.npy --test-y Y.npy --stop-every 5", "stop-every"),
    ("fit --x X.npy --y Y.npy --best", "best"),
    ("fit --x X.npy --y Y.npy --attention-rate 1", "rate"),
    ("fit --x X.npy --y Y.npy --student layer --rate 0.1 --train value-content --attention-rate 1", "attention-rate"),
    ("fit --x X.npy --y Y.npy --student layer --rate 0.1 --standardise", "standardise"),
    ("fit --x X.npy --y Y.npy --student layer --rate 0.1 --whiten", "whiten"),
    ("fit --x X.npy --y Y.npy --rate 0.1 --apart", "apart"),
    ("fit --x X.npy --y Y.npy --rate 0.1 --together", "together"),
    ("fit --x X.npy --y Y.npy --rate 0.1 --spare", "spare"),
    ("fit --x X.npy --y Y.npy --rate 0.1 --signed", "signed"),
    ("fit --x X.npy --y Y.npy --seed 2", "seed"),
    ("fit --x X.npy --y Y.npy --checkpoint-every 5", "checkpoint-every"),
    ("fit --x X.npy --y Y.npy --resume", "resume"),
    ("paper --resume", "resume"),
];

/// What a fit has of a layer is refused of attention on positions as `learn` refuses it.
const OF_A_LAYER: [(&str, &str); 10] = [
    ("embedding", "content"),
    ("encoding", "sine"),
    ("code-width", "5"),
    ("attention", "merged"),
    ("keys", "2"),
    ("scale", "1"),
    ("start", "zero"),
    ("train", "value-content"),
    ("loss", "logistic"),
    ("flips", "0.1"),
];

#[test]
fn an_option_that_would_decide_nothing_is_refused_by_name() {
    let folder = folder("ignored");
    fs::write(folder.join("own.json"), r#"{"activation": "relu", "value": [[1, 0.5]], "mixing": [[0.5, 0.5, 0]]}"#)
        .unwrap();
    fs::write(folder.join("edges"), "0 1\n1 2\n").unwrap();
    let numbers: Vec<f64> = (0..72).map(|i| f64::from(i * i % 17) - 8.0).collect();
    npy::write(&folder.join("X.npy"), Order::C, &[12, 3, 2], &numbers);
    npy::write(&folder.join("Y.npy"), Order::C, &[12, 3, 1], &numbers[..36]);
    let labels: Vec<f64> = (0..12).map(|i| f64::from(i % 2 * 2 - 1)).collect();
    npy::write(&folder.join("L.npy"), Order::C, &[12], &labels);
    let sets: Vec<i64> = (0..72).map(|i| i % 3).collect();
    npy::write(&folder.join("S.npy"), Order::C, &[12, 3, 2], &sets);
    let before = contents(&folder);

    let of_a_layer = OF_A_LAYER.map(|(option, word)| (format!("fit --x X.npy --y Y.npy --{option} {word}"), option));
    let mut commands_with = IGNORED.map(|(command, option)| (command.to_owned(), option)).to_vec();
    commands_with.extend(of_a_layer);
    let every = commands(&folder);
    for (command, option) in &commands_with {
        let words: Vec<_> = command.split_whitespace().collect();
        let output = tutee(&folder, &words);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{command}: {error}");
        assert!(error.contains(&format!("--{option}")), "{command}: {error}");
        assert!(output.stdout.is_empty() && contents(&folder) == before, "{command}: something was done");
    }

    // An option that is new has a place in these lists.
    let mut missing = Vec::new();
    for command in every.iter().filter(|command| *command != "help") {
        let (_, always) = ALWAYS.iter().find(|(name, _)| name == command).unwrap_or_else(|| panic!("{command}"));
        let known = options(&help(&folder, &[command]));
        for option in known.keys().filter(|option| !EVERYWHERE.contains(&option.as_str())) {
            let refused = |(line, name): &(String, &str)| line.split(' ').next() == Some(command) && name == option;
            let (always, refused) = (always.contains(&option.as_str()), commands_with.iter().any(refused));
            if always == refused {
                missing.push(format!("{command} --{option}"));
            }
        }
        assert!(always.iter().all(|option| known.contains_key(*option)), "{command}: {always:?}");
    }
    let missing: Vec<_> = missing.into_iter().filter(|name| !TWICE.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "neither decides always nor is refused, or both: {missing:#?}");
}

/// Named where another one is refused for want of them, or with them.
const TWICE: [&str; 1] = ["fit --rate"];

/// Advice that is followed is not answered with advice that leads back.
#[test]
fn advice_does_not_go_in_circles() {
    let folder = folder("ignored-circles");
    for command in [
        "learn conv-relu --student layer --stop-unchanged",
        "learn conv-relu --student layer --mode online --stop-unchanged",
        "learn conv-relu --student-activation leaky_relu:0.3 --stop-unchanged",
        "learn conv-relu --mode online --student-activation identity --stop-unchanged",
        "learn conv-relu --batch 5 --stop-unchanged",
        "learn selection-per-sample --student layer --student-activation relu --stop-unchanged --tokens 5",
        "learn selection-per-sample --student layer --mode online --stop-unchanged",
    ] {
        let (mut words, mut seen) = (command.to_owned() + " --steps 3", Vec::new());
        loop {
            let output = tutee(&folder, &[&words.split(' ').collect::<Vec<_>>()[..], &["--json", "-"]].concat());
            let error = String::from_utf8(output.stderr).unwrap();
            if output.status.code() == Some(0) {
                break;
            }
            assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{words}: {error}");
            assert!(!seen.contains(&words), "{command} leads back to {words}: {error}");
            seen.push(words.clone());
            // As whoever reads it would.
            if error.contains("no --stop-unchanged") || error.contains("expected none with --mode online") {
                words = words.replace(" --stop-unchanged", "");
            }
            if error.contains("expected --mode online") {
                words = words.replace(" --mode population", "") + " --mode online";
            } else if error.contains("expected --mode population") {
                words = words.replace(" --mode online", "");
            }
        }
    }
}
