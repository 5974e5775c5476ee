//! `tutee fit` on files: it gives the parameters of the independent programs, reads what NumPy writes, and refuses the rest.

mod common;
#[path = "common/npy.rs"]
mod npy;

use std::fs;
use std::path::Path;

use npyz::Order;
use serde_json::Value;

use npy::write;

/// How far a parameter may be from the independent program's, after 500 steps.
const TOLERANCE: f64 = 1e-10;

fn vectors(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The sides of nested lists and all their numbers.
fn array(lists: &Value) -> (Vec<usize>, Vec<f64>) {
    match lists {
        Value::Array(items) => {
            let parts: Vec<_> = items.iter().map(array).collect();
            let shape = std::iter::once(items.len()).chain(parts[0].0.iter().copied()).collect();
            (shape, parts.into_iter().flat_map(|(_, numbers)| numbers).collect())
        }
        number => (vec![], vec![number.as_f64().unwrap()]),
    }
}

/// Writes one field of all samples and returns its file.
fn written(folder: &Path, file: &str, samples: &[&Value], field: &str) -> String {
    let all = Value::Array(samples.iter().map(|sample| sample[field].clone()).collect());
    let (shape, numbers) = array(&all);
    if field == "sets" {
        let tokens: Vec<i64> = numbers.iter().map(|&x| x as i64).collect();
        write(&folder.join(file), Order::C, &shape, &tokens);
    } else {
        // A label stands alone.
        let labels = shape[1..].iter().all(|&side| side == 1);
        write(&folder.join(file), Order::C, if labels { &shape[..1] } else { &shape }, &numbers);
    }
    file.to_owned()
}

fn fit(folder: &Path, arguments: &[&str]) -> Value {
    let output = common::tutee(folder, &[&["fit"], arguments, &["--json", "-"]].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    result["runs"][0].clone()
}

fn activation(of: &Value) -> String {
    match of.as_str() {
        Some(name) => name.to_owned(),
        None => format!("leaky_relu:{}", of["leaky_relu"]),
    }
}

fn close(what: &str, found: &Value, expected: &Value) {
    let ((shape, found), (other, expected)) = (array(found), array(expected));
    assert_eq!(shape, other, "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= TOLERANCE, "{what}: {found} {expected}");
    }
}

/// Every case of the independent program that sets out from zero.
#[test]
fn a_layer_has_the_parameters_of_the_independent_program() {
    let vectors = vectors("layers.json");
    let mut tried = vec![];
    for run in vectors["runs"].as_array().unwrap() {
        let text = |field: &str| run[field].as_str().unwrap_or_default();
        // Other starts and codes are not what a command draws.
        if run["keys"].is_number() || ["orthonormal", "learned", "signs"].contains(&text("encoding")) {
            continue;
        }
        let folder = common::folder(&format!("fit-{}", text("name")));
        let samples: Vec<_> = run["samples"].as_array().unwrap().iter().collect();
        let x = written(&folder, "x.npy", &samples, "input");
        let y = written(&folder, "y.npy", &samples, "output");
        let number = |field: &str| run[field].to_string();
        let mut arguments: Vec<String> =
            ["--student", "layer", "--x", &x, "--y", &y, "--steps", "500"].map(str::to_owned).into();
        let mut say = |option: &str, value: String| arguments.extend([option.to_owned(), value]);
        say("--rate", number("rate"));
        say("--scale", number("scale"));
        say("--embedding", text("embedding").to_owned());
        say("--activation", activation(&run["activation"]));
        say("--loss", text("loss").to_owned());
        if text("encoding") != "none" {
            say("--encoding", text("encoding").to_owned());
            say("--code-width", number("code_width"));
        }
        match text("queries") {
            "sets" => say("--sets", written(&folder, "sets.npy", &samples, "sets")),
            "vectors" => say("--queries", written(&folder, "queries.npy", &samples, "queries")),
            _ => {}
        }
        if let Some(blocks) = run["train"].as_array() {
            say("--train", blocks.iter().map(|block| block.as_str().unwrap()).collect::<Vec<_>>().join(","));
        }
        let found = fit(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let expected = run["checkpoints"].as_array().unwrap().last().unwrap();
        for matrix in ["value", "w_kq"] {
            close(&format!("{}: {matrix}", text("name")), &found[matrix], &expected[matrix]);
        }
        close(text("name"), &found["training_loss"], &expected["loss"]);
        assert_eq!((&found["steps"], &found["mode"]), (&500.into(), &"pairs".into()));
        tried.push(text("name").to_owned());
    }
    assert!(tried.len() >= 20, "{tried:?}");
}

/// Position-only attention is the layer of two blocks: content of its values, and logits for every pair of positions.
#[test]
fn attention_on_positions_has_the_parameters_of_the_independent_program() {
    let vectors = vectors("layers.json");
    let mut runs = vectors["runs"].as_array().unwrap().iter();
    let run = runs.find(|run| run["name"] == "position_only").unwrap();
    let folder = common::folder("fit-position");
    let samples: Vec<_> = run["samples"].as_array().unwrap().iter().collect();
    let (x, y) = (written(&folder, "x.npy", &samples, "input"), written(&folder, "y.npy", &samples, "output"));
    let rate = run["rate"].to_string();
    // A batch of as many as there are is the whole, in the same order.
    let batch = samples.len().to_string();
    let found = fit(&folder, &["--x", &x, "--y", &y, "--rate", &rate, "--steps", "500", "--batch", &batch]);
    let last = run["checkpoints"].as_array().unwrap().last().unwrap();
    let size = |side: &str| run["shape"][side].as_u64().unwrap() as usize;
    let (features, tokens) = (size("features"), size("tokens"));
    let value: Vec<Value> = last["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap()[..features].to_vec().into())
        .collect();
    close("value", &found["value"], &value.into());
    let logit = |j: usize, i: usize| {
        run["scale"].as_f64().unwrap() * last["w_kq"][features + i][features + j].as_f64().unwrap()
    };
    let logits: Vec<Vec<f64>> = (0..tokens).map(|j| (0..tokens).map(|i| logit(j, i)).collect()).collect();
    close("logits", &found["logits"], &serde_json::json!(logits));
    close("loss", &found["training_loss"], &last["loss"]);
}

/// Ten pairs of three tokens with two features; the one output is the first token's sum.
fn sums(folder: &Path) {
    let x: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 17) / 8.0 - 1.0).collect();
    let y: Vec<f64> = x.chunks(6).map(|x| x[0] + x[1]).collect();
    write(&folder.join("x.npy"), Order::C, &[10, 3, 2], &x);
    write(&folder.join("y.npy"), Order::C, &[10, 1, 1], &y);
    let turned: Vec<f64> = (0..60).map(|i| x[i % 10 * 6 + i / 10 % 3 * 2 + i / 30]).collect();
    write(&folder.join("turned.npy"), Order::Fortran, &[10, 3, 2], &turned);
    let single: Vec<f32> = x.iter().map(|&x| x as f32).collect();
    write(&folder.join("single.npy"), Order::C, &[10, 3, 2], &single);
}

#[test]
fn either_order_and_precision_is_read_and_a_fit_says_what_it_found() {
    let folder = common::folder("fit-files");
    sums(&folder);
    let run = |x: &str, more: &[&str]| {
        let common = ["--x", x, "--y", "y.npy", "--rate", "0.3", "--attention-rate", "3", "--steps", "3000"];
        fit(&folder, &[&common[..], more].concat())
    };
    let plain = run("x.npy", &["--test-x", "turned.npy", "--test-y", "y.npy"]);
    assert_eq!(plain["digest"], run("turned.npy", &[])["digest"]);
    assert_eq!(plain["scalar"], "f64");
    assert_eq!(plain["training_loss"], plain["test_loss"]);
    let loss = plain["training_loss"].as_f64().unwrap();
    assert!(loss < 0.01 * plain["constant_loss"].as_f64().unwrap(), "{loss}");
    // The output attends to the first token.
    let link = &plain["links"][0];
    assert_eq!((&link["output"], &link["token"]), (&0.into(), &0.into()));
    assert!(link["weight"].as_f64().unwrap() > 0.8);
    let single = run("single.npy", &[]);
    assert_eq!(single["scalar"], "f32");
    assert!((single["training_loss"].as_f64().unwrap() - loss).abs() < 1e-3 * plain["constant_loss"].as_f64().unwrap());
    assert!(!plain["verdict"].as_str().unwrap().is_empty() && plain["curve"].as_array().unwrap().len() > 60);
}

#[test]
fn what_is_no_pairs_is_refused_in_one_line() {
    let folder = common::folder("fit-refused");
    sums(&folder);
    write(&folder.join("flat.npy"), Order::C, &[10, 6], &[0.0_f64; 60]);
    write(&folder.join("fewer.npy"), Order::C, &[9, 1, 1], &[0.0_f64; 9]);
    write(&folder.join("nan.npy"), Order::C, &[1, 3, 2], &[0.0, 1.0, f64::NAN, 0.0, 0.0, 0.0]);
    write(&folder.join("whole.npy"), Order::C, &[10, 3, 2], &[0_i64; 60]);
    write(&folder.join("same.npy"), Order::C, &[10, 3, 2], &[293.0_f64; 60]);
    write(&folder.join("equal.npy"), Order::C, &[10, 1, 1], &[4.0_f64; 10]);
    write(&folder.join("label.npy"), Order::C, &[10], &[0.5_f64; 10]);
    write(&folder.join("sets.npy"), Order::C, &[10, 1, 2], &[3_i64; 20]);
    let cut = fs::read(folder.join("x.npy")).unwrap();
    fs::write(folder.join("cut.npy"), &cut[..cut.len() - 8]).unwrap();
    fs::write(folder.join("text.npy"), "1,2,3\n").unwrap();
    let pairs = ["--x", "x.npy", "--y", "y.npy", "--rate", "0.1"];
    let with = |more: &[&'static str]| [&pairs[..], more].concat();
    let x = |file: &'static str| vec!["--x", file, "--y", "y.npy", "--rate", "0.1"];
    let y = |file: &'static str| vec!["--x", "x.npy", "--y", file, "--rate", "0.1"];
    let unrated = |more: &[&'static str]| [&["--x", "x.npy", "--y", "y.npy"], more].concat();
    let refused: [(Vec<&str>, &[&str]); 26] = [
        (unrated(&["--attention-rate", "1"]), &["--rate"]),
        (unrated(&["--whiten"]), &["--whiten", "--standardise"]),
        (unrated(&["--student", "layer"]), &["--student layer", "no rate from them", "--rate R"]),
        (unrated(&["--loss", "logistic"]), &["--loss", "--student layer"]),
        (vec!["--x", "same.npy", "--y", "y.npy"], &["no feature varies"]),
        (vec!["--x", "x.npy", "--y", "equal.npy"], &["--y", "every answer is the same"]),
        (with(&["--signed"]), &["--signed", "--standardise"]),
        (with(&["--spare"]), &["--spare", "no --rate"]),
        (with(&["--student", "layer", "--standardise"]), &["--standardise", "as they are"]),
        (x("none.npy"), &["--x none.npy", "NumPy"]),
        (x("text.npy"), &["--x text.npy", "NumPy"]),
        (x("flat.npy"), &["--x flat.npy", "[10, 6]", "pairs x tokens x features"]),
        (x("cut.npy"), &["--x cut.npy", "60 numbers"]),
        (x("nan.npy"), &["--x nan.npy", "element 2", "NaN"]),
        (x("whole.npy"), &["--x whole.npy", "i8", "f4 or f8"]),
        (y("fewer.npy"), &["--y fewer.npy", "9 pairs", "expected 10"]),
        (y("label.npy"), &["--y label.npy", "pairs x outputs x filters"]),
        (with(&["--batch", "11"]), &["--batch 11", "at most 10"]),
        (with(&["--batch", "some"]), &["--batch", "whole"]),
        (with(&["--activation", "leaky_relu:2"]), &["--activation", "from 0 to 1"]),
        (with(&["--sets", "sets.npy"]), &["--sets", "--student layer"]),
        (with(&["--embedding", "added"]), &["--embedding", "--student layer"]),
        (with(&["--student", "layer"]), &["one for each token that asks"]),
        (with(&["--student", "layer", "--sets", "sets.npy"]), &["token of a set"]),
        (with(&["--student", "layer", "--sets", "sets.npy", "--encoding", "signs"]), &["--encoding signs"]),
        (with(&["--test-x", "x.npy"]), &["--test-y"]),
    ];
    for (arguments, expected) in refused {
        let output = common::tutee(&folder, &[&["fit"], &arguments[..]].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{arguments:?}: {error}");
        assert!(expected.iter().all(|part| error.contains(part)), "{arguments:?}: {error}; expected {expected:?}");
    }
    let mut labels = y("label.npy");
    labels.extend(["--student", "layer", "--loss", "logistic"]);
    let output = common::tutee(&folder, &[&["fit"], &labels[..]].concat());
    assert!(String::from_utf8_lossy(&output.stderr).contains("a label must be +1 or -1"));
    let before = common::contents(&folder);
    let output = common::tutee(&folder, &[&["fit"], &pairs[..], &["--json", "x.npy"]].concat());
    assert_eq!(output.status.code(), Some(2), "it would be written over");
    assert_eq!(before, common::contents(&folder));
}
