//! `tutee fit` on files: it gives the parameters of the independent programs, reads what NumPy writes, and refuses the rest.

#[path = "common/rerun.rs"]
mod again;
mod common;
#[path = "common/npy.rs"]
mod npy;

use std::fs;
use std::path::Path;

use npyz::{Deserialize, NpyFile, Order};
use serde_json::Value;
use tutee::activation::Activation;
use tutee::layer::{
    Codes, Embedding, Form, KeyQuery, LayerSettings, LayerShape, LayerViewMut, Parameter, Queries, layer_len,
};
use tutee::snapshot::{LayerContext, layer_snapshot_len, save_layer};
use tutee::{Scalar, Shape};

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

/// The sides of an array in NumPy's format and its numbers.
fn read<N: Deserialize>(path: &Path) -> (Vec<usize>, Vec<N>) {
    let file = NpyFile::new(fs::File::open(path).unwrap()).unwrap();
    (file.shape().iter().map(|&side| side as usize).collect(), file.into_vec().unwrap())
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

/// The start of a case as a snapshot: its matrices, and codes that another draws.
fn start_of(run: &Value) -> Vec<u8> {
    let size = |of: &Value| of.as_u64().unwrap() as usize;
    let [filters, features, tokens, outputs] =
        ["filters", "features", "tokens", "outputs"].map(|side| size(&run["shape"][side]));
    let width = size(&run["code_width"]);
    let form = Form {
        embedding: match run["embedding"].as_str().unwrap() {
            "content" => Embedding::Content,
            "concatenated" => Embedding::Concatenated,
            _ => Embedding::Added,
        },
        codes: match run["encoding"].as_str().unwrap() {
            "none" => Codes::None,
            "learned" => Codes::Learned { width },
            _ => Codes::Fixed { width },
        },
        key_query: run["keys"].as_u64().map_or(KeyQuery::Merged, |keys| KeyQuery::Separate { keys: keys as usize }),
        queries: match run["queries"].as_str().unwrap() {
            "tokens" => Queries::Tokens,
            "sets" => Queries::Sets,
            _ => Queries::Vectors { width: size(&run["query_width"]) },
        },
    };
    let shape = LayerShape::new(Shape::new(filters, features, tokens, outputs).unwrap(), form).unwrap();
    let (mut memory, mut steps) = (vec![0.0_f64; layer_len(shape)], 0);
    let mut layer = LayerViewMut::new(shape, &mut memory, &mut steps).unwrap();
    let matrices = [
        (Parameter::Value, &run["start"]["value"]),
        (Parameter::KeyQuery, &run["start"]["w_kq"]),
        (Parameter::Key, &run["start"]["w_k"]),
        (Parameter::Query, &run["start"]["w_q"]),
        (Parameter::Codes, &run["start"]["codes"]),
        (Parameter::Codes, &run["fixed_codes"]),
    ];
    for (parameter, matrix) in matrices.into_iter().filter(|(_, matrix)| matrix.is_array()) {
        layer.set(parameter, &array(matrix).1).unwrap();
    }
    let context = LayerContext { stream: None, settings: LayerSettings::new(shape, Activation::Identity) };
    let mut bytes = vec![0; layer_snapshot_len::<f64>(shape)];
    save_layer(layer.view(), &context, &mut bytes).unwrap();
    bytes
}

/// Puts a snapshot into the one checkpoint of a folder, behind its first line.
fn replace_snapshot(folder: &Path, snapshot: &[u8]) {
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    let [file] = &files[..] else { panic!("one checkpoint is expected: {files:?}") };
    let kept = fs::read(file).unwrap();
    let end = kept.iter().position(|&byte| byte == b'\n').unwrap();
    fs::write(file, [&kept[..=end], snapshot].concat()).unwrap();
}

/// Every case of the independent program but those whose codes are drawn anew with every sample, which pairs in files have not: from zero
/// as the command sets out, and from the program's own start, W_K and W_Q and codes that are learned or orthonormal, where that is drawn.
#[test]
fn a_layer_has_the_parameters_of_the_independent_program() {
    let vectors = vectors("layers.json");
    let mut tried = vec![];
    for run in vectors["runs"].as_array().unwrap() {
        let text = |field: &str| run[field].as_str().unwrap_or_default();
        if text("encoding") == "signs" {
            continue;
        }
        let drawn = run["keys"].is_number() || ["orthonormal", "learned"].contains(&text("encoding"));
        let folder = common::folder(&format!("fit-{}", text("name")));
        let samples: Vec<_> = run["samples"].as_array().unwrap().iter().collect();
        let x = written(&folder, "x.npy", &samples, "input");
        let y = written(&folder, "y.npy", &samples, "output");
        let number = |field: &str| run[field].to_string();
        let mut arguments: Vec<String> = ["--student", "layer", "--x", &x, "--y", &y].map(str::to_owned).into();
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
        if run["keys"].is_number() {
            say("--attention", "separate".to_owned());
            say("--keys", number("keys"));
        }
        let mut arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        if drawn {
            arguments.extend(["--checkpoint", "kept"]);
            fit(&folder, &[&arguments[..], &["--steps", "1"]].concat());
            replace_snapshot(&folder.join("kept"), &start_of(run));
            arguments.push("--resume");
        }
        let found = fit(&folder, &[&arguments[..], &["--steps", "500"]].concat());
        let expected = run["checkpoints"].as_array().unwrap().last().unwrap();
        for matrix in ["value", "w_kq", "w_k", "w_q", "codes"] {
            if expected[matrix].is_array() {
                close(&format!("{}: {matrix}", text("name")), &found[matrix], &expected[matrix]);
            }
        }
        close(text("name"), &found["training_loss"], &expected["loss"]);
        assert_eq!((&found["steps"], &found["mode"]), (&500.into(), &"pairs".into()));
        tried.push(text("name").to_owned());
    }
    assert_eq!(tried.len(), 57, "{tried:?}");
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

/// Of three pairs a half shows nothing: then nobody has confirmed a link, and the text does not say that both halves did.
#[test]
fn links_that_no_halves_could_confirm_are_told_as_such() {
    let folder = common::folder("fit-few");
    sums(&folder);
    let x: Vec<f64> = (0..24).map(|i| f64::from(i * i * 7 % 17) / 8.0 - 1.0).collect();
    let y: Vec<f64> = x.chunks(8).map(|x| x[5]).collect();
    write(&folder.join("few-x.npy"), Order::C, &[3, 8, 1], &x);
    write(&folder.join("few-y.npy"), Order::C, &[3, 1, 1], &y);
    for (pairs, confirmed, not) in
        [("few-", "no students of halves", "?"), ("", "? where not both halves", "no students of halves")]
    {
        let (x, y) = (format!("{pairs}x.npy"), format!("{pairs}y.npy"));
        let output = common::tutee(&folder, &["fit", "--x", &x, "--y", &y, "--steps", "1000", "--together", "--quiet"]);
        let text = String::from_utf8(output.stdout).unwrap();
        let links = text.split_once("who depends on whom").unwrap_or_else(|| panic!("{text}")).1;
        assert!(links.contains(confirmed) && !links.contains(not), "{text}");
    }
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

/// Answers of chance: from some step on what is learned is of these pairs alone, and pairs held out are answered worse. Of answers that follow from
/// the readings a part of the loss is reached.
#[test]
fn a_fit_stops_by_pairs_that_it_does_not_see() {
    let folder = common::folder("fit-stop");
    sums(&folder);
    let chance: Vec<f64> = (0..10).map(|i| f64::from(i * i * 7 % 11) - 5.0).collect();
    write(&folder.join("chance.npy"), Order::C, &[10, 1, 1], &chance);
    write(&folder.join("other.npy"), Order::C, &[10, 1, 1], &chance.iter().rev().copied().collect::<Vec<_>>());
    let run = |y: &str, test_y: &str, more: &[&str]| {
        let common = ["--x", "x.npy", "--y", y, "--test-x", "x.npy", "--test-y", test_y, "--steps", "3000"];
        fit(&folder, &[&common[..], &["--together", "--stop-every", "10"], more].concat())
    };
    let (steps, test_loss) =
        (|run: &Value| run["steps"].as_u64().unwrap(), |run: &Value| run["test_loss"].as_f64().unwrap());
    let said = |run: &Value, word: &str, why: &str| {
        assert_eq!(run["stopped"], word);
        assert!(run["reason"].as_str().unwrap().ends_with(why), "{}", run["reason"]);
        assert_eq!((steps(run) % 10, run["stop_every"].as_u64()), (0, Some(10)));
    };
    let rising = run("chance.npy", "other.npy", &["--stop-rising", "0.05"]);
    said(&rising, "test_loss_rises", "; stopped: the loss of pairs held out rises");
    let whole = run("chance.npy", "other.npy", &["--stop-loss", "0"]);
    assert_eq!((steps(&whole), whole["stopped"].as_str()), (3000, Some("steps")));
    assert!(!whole["reason"].as_str().unwrap().contains("stopped"), "{}", whole["reason"]);
    assert!(steps(&rising) < 1000 && test_loss(&rising) < test_loss(&whole), "{} {whole}", steps(&rising));

    let small = run("y.npy", "y.npy", &["--stop-relative", "0.25"]);
    said(&small, "test_loss", "; stopped: the loss of pairs held out is as small as was asked for");
    let first = small["curve"][0]["test_loss"].as_f64().unwrap();
    assert!(test_loss(&small) <= 0.25 * first && test_loss(&small) > 0.1 * first, "{} {first}", test_loss(&small));
    let goal = (0.25 * first).to_string();
    let same = run("y.npy", "y.npy", &["--stop-loss", &goal]);
    assert_eq!((&same["digest"], &same["steps"]), (&small["digest"], &small["steps"]));
}

/// The best student of a fit that learns what is chance in its answers: the one of a fit that ends there, to the bit.
#[test]
fn the_best_student_of_pairs_held_out_is_reported() {
    let folder = common::folder("fit-best");
    sums(&folder);
    // Each place answers for itself, with noise that is the other way round in the pairs held out.
    let x: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 17) / 8.0 - 1.0).collect();
    for (name, noise) in [("noisy.npy", 0.1), ("other.npy", -0.1)] {
        let chance = |i: usize| noise * (f64::from(i as u32 * i as u32 * 7 % 11) - 5.0);
        let y: Vec<f64> = x.chunks(2).enumerate().map(|(i, x)| x[0] + x[1] + chance(i)).collect();
        write(&folder.join(name), Order::C, &[10, 3, 1], &y);
    }
    let pairs = ["--x", "x.npy", "--y", "noisy.npy", "--test-x", "x.npy", "--test-y", "other.npy"];
    for more in
        [&["--together"][..], &["--rate", "0.3", "--attention-rate", "3"], &["--rate", "0.3", "--student", "layer"]]
    {
        let run = |args: &[&str]| fit(&folder, &[&pairs[..], more, args].concat());
        let number = |run: &Value, field: &str| run[field].as_f64().unwrap();
        let last = run(&["--steps", "3000"]);
        assert_eq!((&last["reported"], &last["reported_step"]), (&"last".into(), &last["steps"]), "{more:?}");
        let risen = |run: &Value| run["notes"].to_string().contains("--best reports the student that had the least");
        assert!(
            risen(&last) && number(&last, "least_test_loss") < 0.99 * number(&last, "test_loss"),
            "{more:?} {last}"
        );
        let best = run(&["--steps", "3000", "--best", "--stop-every", "1"]);
        let step = best["reported_step"].as_u64().unwrap();
        assert_eq!((&best["reported"], best["steps"].as_u64()), (&"best".into(), Some(3000)));
        assert!(0 < step && step < 3000 && !risen(&best), "{more:?} {step} {}", best["notes"]);
        assert_eq!((&best["least_test_loss"], &best["least_test_step"]), (&best["test_loss"], &best["reported_step"]));
        assert!(number(&best, "test_loss") <= number(&last, "least_test_loss"), "{more:?}");
        // Whatever else it is followed for.
        assert_eq!((&best["curve"], &best["verdict"]), (&last["curve"], &last["verdict"]));
        let there = run(&["--steps", &step.to_string()]);
        for field in [
            "digest",
            "value",
            "bias",
            "logits",
            "mean_attention",
            "training_loss",
            "test_loss",
            "explained_test",
            "rate",
            "attention_rate",
            "gradient_norm",
            "w_kq",
        ] {
            assert_eq!(best[field], there[field], "{more:?} {field}");
        }
    }
    // Of answers that follow from the readings the last is the best.
    let pairs = ["--x", "x.npy", "--y", "y.npy", "--test-x", "x.npy", "--test-y", "y.npy", "--steps", "500", "--best"];
    let run = fit(&folder, &[&pairs[..], &["--together"]].concat());
    assert_eq!(
        (&run["reported"], &run["reported_step"], &run["notes"]),
        (&"best".into(), &500.into(), &Value::Array(vec![]))
    );
}

/// The best student of a fit that diverges later is the one of a fit that ends before, to the bit, and all that is said of it says so, too.
#[test]
fn the_best_student_of_a_fit_that_diverges_is_reported_as_such() {
    let folder = common::folder("fit-best-diverged");
    sums(&folder);
    // One pair after the other, the last of which is so large that no step could follow it.
    let x: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 17) / 8.0 - 1.0).collect();
    let y: Vec<f64> = x.chunks(2).map(|x| x[0] + x[1]).collect();
    let large = |from: usize, of: &[f64]| -> Vec<f64> {
        of.iter().enumerate().map(|(i, x)| if i < from { *x } else { 1e8 * (x + 2.0) }).collect()
    };
    write(&folder.join("x.npy"), Order::C, &[10, 3, 2], &x);
    write(&folder.join("y.npy"), Order::C, &[10, 3, 1], &y);
    write(&folder.join("large-x.npy"), Order::C, &[10, 3, 2], &large(54, &x));
    write(&folder.join("large-y.npy"), Order::C, &[10, 3, 1], &large(27, &y));
    let held_out = ["--test-x", "x.npy", "--test-y", "y.npy", "--batch", "1", "--rate", "0.1"];
    let pairs = [&["--x", "large-x.npy", "--y", "large-y.npy"], &held_out[..]].concat();
    for more in [&["--attention-rate", "1"][..], &["--student", "layer"], &["--scalar", "f32"]] {
        let run = |args: &[&str]| {
            let output = common::tutee(&folder, &[&["fit"], &pairs[..], more, args, &["--json", "-"]].concat());
            let said = String::from_utf8(output.stderr).unwrap();
            (output.status.code(), said, serde_json::from_slice::<Value>(&output.stdout).unwrap())
        };
        let (code, said, plain) = run(&["--steps", "40"]);
        assert_eq!((code, plain["unfinished"][0]["why"].as_str()), (Some(1), Some("diverged")), "{more:?} {said}");
        let best = ["--best", "--stop-every", "1"];
        let (code, said, found) = run(&[&["--steps", "40"][..], &best].concat());
        assert_eq!((code, found["unfinished"].as_array().map(Vec::len)), (Some(1), Some(0)), "{more:?} {said}");
        let found = &found["runs"][0];
        let number = |field: &str| found[field].as_u64().unwrap();
        let (step, steps) = (number("reported_step"), number("steps"));
        assert!(0 < step && step <= steps && steps < 40, "{more:?} {step} {steps}");
        for (field, word) in [("stopped", "diverged"), ("verdict", "diverged"), ("reported", "best")] {
            assert_eq!(found[field], word, "{more:?}");
        }
        let why = found["reason"].as_str().unwrap();
        assert!(why.starts_with(&format!("training diverged after {steps} steps at --rate 0.1")), "{why}");
        assert!(said.starts_with("tutee: large-x: diverged: training diverged after "), "{said}");
        let (code, _, before) = run(&[&["--steps", &step.to_string()][..], &best].concat());
        let before = &before["runs"][0];
        assert_eq!((code, &before["reported_step"]), (Some(0), &step.into()), "{more:?}");
        for field in ["digest", "value", "mean_attention", "training_loss", "test_loss", "rate", "w_kq"] {
            assert_eq!(found[field], before[field], "{more:?} {field}");
        }
        // Its matrices go where they were asked for.
        run(&["--steps", "40", "--best", "--stop-every", "1", "--npy", "kept"]);
        let written = folder.join("kept/value.npy");
        if more[0] == "--scalar" {
            let value: Vec<f64> = read::<f32>(&written).1.into_iter().map(f64::from).collect();
            assert_eq!(value, array(&found["value"]).1, "{more:?}");
        } else {
            assert_eq!(read::<f64>(&written).1, array(&found["value"]).1, "{more:?}");
        }
        fs::remove_dir_all(folder.join("kept")).unwrap();
        // Where none has learned by then nothing is reported.
        let (code, _, none) = run(&["--steps", "40", "--best", "--stop-every", "40"]);
        assert_eq!((code, none["unfinished"][0]["why"].as_str()), (Some(1), Some("diverged")), "{more:?}");
    }
}

/// A link at given rates says how many students of either half of the pairs, at these rates, have it; that of a layer does not.
#[test]
fn links_at_given_rates_are_sure_where_halves_have_them() {
    let folder = common::folder("fit-halves");
    let x: Vec<f64> = (0..240).map(|i| f64::from(i * i * 37 % 101) / 50.0 - 1.0).collect();
    let run = |x: &str, y: &str, more: &[&str]| {
        let common = ["--x", x, "--y", y, "--rate", "0.3", "--steps", "600"];
        fit(&folder, &[&common[..], more].concat())
    };
    let moving = ["--attention-rate", "3"];
    let place = |link: &Value| (link["output"].as_u64().unwrap(), link["token"].as_u64().unwrap());
    let links = |of: &Value| of["links"].as_array().unwrap().clone();
    let attention =
        |of: &Value| serde_json::from_value::<Vec<Vec<f64>>>(of["mean_attention"].clone()).unwrap().concat();
    // All pairs tell of two tokens; or the later half tells of one of them alone.
    let late = [[1.0, 1.0], [1.9, 0.1]];
    let sure = late.map(|late| {
        let y: Vec<f64> = (0..40)
            .map(|pair| {
                let [of_first, of_second] = if pair < 20 { [1.0, 1.0] } else { late };
                of_first * x[6 * pair] + of_second * x[6 * pair + 2]
            })
            .collect();
        for (name, x, y) in [("", &x[..], &y[..]), ("0", &x[..120], &y[..20]), ("1", &x[120..], &y[20..])] {
            write(&folder.join(format!("x{name}.npy")), Order::C, &[y.len(), 3, 2], x);
            write(&folder.join(format!("y{name}.npy")), Order::C, &[y.len(), 1, 1], y);
        }
        let whole = run("x.npy", "y.npy", &moving);
        let halves = [run("x0.npy", "y0.npy", &moving), run("x1.npy", "y1.npy", &moving)];
        // By what weights of the halves differ from those of all, and by what one of a half exceeds the mean of those that are not listed.
        let all = attention(&whole);
        let apart: f64 = halves.iter().flat_map(attention).zip(all.repeat(2)).map(|(a, b)| (a - b) * (a - b)).sum();
        let apart = (apart / 6.0).sqrt();
        let above = |half: &Value, (_, token): (u64, u64)| {
            let row = attention(half);
            let weight = row[token as usize];
            let listed = |token: usize| links(half).iter().any(|link| place(link).1 == token as u64);
            let rest: Vec<f64> = (0..row.len()).filter(|&token| !listed(token)).map(|token| row[token]).collect();
            weight - rest.iter().sum::<f64>() / rest.len().max(1) as f64
        };
        let found = links(&whole).into_iter().map(|link| {
            let found = halves.iter().filter(|half| links(half).iter().any(|other| place(other) == place(&link)));
            let found = found.filter(|half| above(half, place(&link)) > 3.0 * apart).count();
            assert_eq!(link["halves"], found, "{link}");
            found
        });
        found.collect::<Vec<_>>()
    });
    assert_eq!(sure[0], [2, 2]);
    assert!(sure[1].contains(&1), "{sure:?}");
    sums(&folder);
    write(&folder.join("sets.npy"), Order::C, &[10, 1, 2], &[0_i64, 2].repeat(10));
    let layer = run("x.npy", "y.npy", &["--student", "layer", "--sets", "sets.npy"]);
    assert!(links(&layer).iter().all(|link| link["halves"].is_null()));
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
    write(&folder.join("q.npy"), Order::C, &[10, 1, 2], &[0.5_f64; 20]);
    let asked = |more: &[&'static str]| with(&[&["--student", "layer", "--queries", "q.npy"], more].concat());
    let refused: [(Vec<&str>, &[&str]); 34] = [
        (asked(&["--attention", "separate", "--start", "zero"]), &["--start zero", "cannot move", "gaussian:SD"]),
        (asked(&["--train", "position-content"]), &["--train: ", "cannot move", "value-content"]),
        (asked(&["--scale", "keys"]), &["--scale keys", "--attention separate"]),
        (unrated(&["--attention-rate", "1"]), &["--rate"]),
        (unrated(&["--whiten", "--standardise"]), &["--whiten", "--standardise"]),
        (unrated(&["--whiten", "--apart"]), &["--whiten", "--apart"]),
        (with(&["--student", "layer", "--whiten"]), &["--whiten", "as they are"]),
        (unrated(&["--apart", "--activation", "relu"]), &["--apart", "--activation identity"]),
        (with(&["--apart"]), &["--apart", "--standardise"]),
        (with(&["--together"]), &["--together", "--standardise"]),
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
        (with(&["--student", "layer"]), &["--y y.npy: 1 output;", "expected 3, one for each token that asks"]),
        (with(&["--student", "layer", "--sets", "sets.npy"]), &["--sets sets.npy: element 0 is 3;", "below 3"]),
        (asked(&["--encoding", "signs"]), &["--encoding signs"]),
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
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("--y label.npy: element 0 is 0.5; expected a label, +1 or -1"), "{error}");
    let before = common::contents(&folder);
    let output = common::tutee(&folder, &[&["fit"], &pairs[..], &["--json", "x.npy"]].concat());
    assert_eq!(output.status.code(), Some(2), "it would be written over");
    assert_eq!(before, common::contents(&folder));
}

/// A table of text, a pair a row.
fn text(path: &Path, heading: &str, width: usize, numbers: &[f64]) {
    let row = |row: &[f64]| row.iter().map(|x| format!("{x:?}")).collect::<Vec<_>>().join(",") + "\n";
    fs::write(path, heading.to_owned() + &numbers.chunks(width).map(row).collect::<String>()).unwrap();
}

const SIZES: [&str; 8] = ["--tokens", "3", "--features", "2", "--outputs", "1", "--filters", "1"];

#[test]
fn a_table_of_text_is_read_as_the_array_of_its_numbers() {
    let folder = common::folder("fit-table");
    sums(&folder);
    let x: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 17) / 8.0 - 1.0).collect();
    let y: Vec<f64> = x.chunks(6).map(|x| x[0] + x[1]).collect();
    text(&folder.join("plain.csv"), "", 6, &x);
    text(&folder.join("x.CSV"), "\u{feff}a 1,b 1,a 2,b 2,\"a, 3\",b 3\n", 6, &x);
    text(&folder.join("y.csv"), "sum\n", 1, &y);
    let run = |x: &str, y: &str| fit(&folder, &[&["--x", x, "--y", y, "--steps", "50"], &SIZES[..]].concat());
    let array = run("x.npy", "y.npy");
    for (x, y) in [("plain.csv", "y.csv"), ("x.CSV", "y.csv"), ("x.npy", "y.csv")] {
        assert_eq!(run(x, y)["digest"], array["digest"], "{x} {y}");
    }
    // What asks is read from tables, too.
    write(&folder.join("sets.npy"), Order::C, &[10, 1, 2], &[[0_i64, 2]; 10].concat());
    fs::write(folder.join("sets.csv"), "0,2\n".repeat(10)).unwrap();
    let layer = |sets: &str| {
        let asked = ["--student", "layer", "--rate", "0.1", "--steps", "50", "--x", "x.CSV", "--y", "y.csv", "--sets"];
        fit(&folder, &[&asked[..], &[sets], &SIZES[..]].concat())["digest"].clone()
    };
    assert_eq!(layer("sets.npy"), layer("sets.csv"));
}

#[test]
fn each_kind_of_bad_table_is_one_line_that_names_the_place() {
    let folder = common::folder("fit-bad-table");
    sums(&folder);
    let row = "1,2,3,4,5,6\n";
    let bad: [(&str, Vec<u8>, &[&str]); 11] = [
        ("empty", vec![], &["no row of numbers"]),
        ("heading", b"a,b,c,d,e,f\n".to_vec(), &["no row of numbers"]),
        ("ragged", format!("{row}1,2,3\n").into(), &["line 2", "3 fields", "expected 6"]),
        ("narrow", b"1,2,3\n".to_vec(), &["3 numbers a row", "expected 6", "--tokens 3", "--features 2"]),
        ("word", format!("{row}1,2,x,4,5,6\n").into(), &["line 2, column 3", "\"x\"", "finite number"]),
        ("first", b"1,2,3,4,5,six\n".to_vec(), &["line 1, column 6", "\"six\""]),
        ("nan", format!("{row}1,2,nan,4,5,6\n").into(), &["line 2, column 3", "finite number"]),
        ("hole", format!("{row}1,2,,4,5,6\n").into(), &["line 2, column 3", "\"\""]),
        ("semicolons", b"a\n1;2;3;4;5;6\n".to_vec(), &["1 numbers a row", "expected 6"]),
        ("latin", b"1,2,3,4,5,6\n1,2,\xe4,4,5,6\n".to_vec(), &["line 2", "UTF-8"]),
        ("fewer", row.repeat(9).into(), &["10 pairs", "expected 9"]),
    ];
    let refused = |arguments: &[&str], expected: &[&str]| {
        let output = common::tutee(&folder, &[&["fit"], arguments].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{arguments:?}: {error}");
        assert!(expected.iter().all(|part| error.contains(part)), "{arguments:?}: {error}; expected {expected:?}");
    };
    for (name, bytes, expected) in bad {
        let file = format!("{name}.csv");
        fs::write(folder.join(&file), bytes).unwrap();
        refused(&[&["--x", &file, "--y", "y.npy"], &SIZES[..]].concat(), expected);
    }
    refused(&[&["--x", "none.csv", "--y", "y.npy"], &SIZES[..]].concat(), &["--x none.csv", "a pair a row"]);
    refused(&["--x", "word.csv", "--y", "y.npy"], &["word.csv", "--tokens and --features"]);
    refused(&["--x", "x.npy", "--y", "y.npy", "--tokens", "4"], &["--x x.npy", "[10, 3, 2]", "--tokens 4"]);
    let sets =
        ["--student", "layer", "--rate", "1", "--x", "x.npy", "--y", "y.npy", "--sets", "sets.csv", "--outputs", "1"];
    fs::write(folder.join("sets.csv"), "0,-1\n".repeat(10)).unwrap();
    refused(&sets, &["--sets sets.csv", "line 1, column 2", "a token's number"]);
}

/// Sets are numbers of tokens in whichever type NumPy has them, and the one that is none is named where it stands.
#[test]
fn sets_are_read_in_every_type_and_what_is_none_is_named_where_it_stands() {
    let folder = common::folder("fit-sets");
    sums(&folder);
    let whole: Vec<i64> = (0..10).flat_map(|pair| [pair % 3, (pair + 1) % 3]).collect();
    let floats: Vec<f64> = whole.iter().map(|&token| token as f64).collect();
    let place = |name: &str| folder.join(name);
    write(&place("i8.npy"), Order::C, &[10, 1, 2], &whole);
    write(&place("i4.npy"), Order::C, &[10, 1, 2], &whole.iter().map(|&x| x as i32).collect::<Vec<_>>());
    write(&place("u4.npy"), Order::C, &[10, 1, 2], &whole.iter().map(|&x| x as u32).collect::<Vec<_>>());
    write(&place("f8.npy"), Order::C, &[10, 1, 2], &floats);
    write(&place("f4.npy"), Order::C, &[10, 1, 2], &floats.iter().map(|&x| x as f32).collect::<Vec<_>>());
    // In Fortran's order the first members come first.
    let first_members = floats.iter().step_by(2).chain(floats.iter().skip(1).step_by(2));
    write(&place("f8-other.npy"), Order::Fortran, &[10, 1, 2], &first_members.copied().collect::<Vec<_>>());
    text(&place("sets.csv"), "", 2, &floats);
    let layer = ["--student", "layer", "--rate", "0.1", "--steps", "20", "--x", "x.npy", "--y", "y.npy"];
    let digest =
        |sets: &str| fit(&folder, &[&layer[..], &["--sets", sets, "--outputs", "1"]].concat())["digest"].clone();
    for sets in ["i4.npy", "u4.npy", "f8.npy", "f4.npy", "f8-other.npy", "sets.csv"] {
        assert_eq!(digest(sets), digest("i8.npy"), "{sets}");
    }

    let refused = |options: &[&str], expected: &str| {
        let output = common::tutee(&folder, &[&["fit"], &layer[..], options].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{options:?}: {error}");
        assert!(error.contains(expected), "{options:?}: {error}; expected {expected}");
    };
    let tests = |sets| ["--sets", "i8.npy", "--test-x", "x.npy", "--test-y", "y.npy", "--test-sets", sets];
    for (x, said) in [
        (-1.0, "-1.0"),
        (3.0, "3.0"),
        (1.5, "1.5"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "inf"),
        (1e300, "1e300"),
        (4_294_967_296.0, "4294967296.0"),
    ] {
        let mut sets = floats.clone();
        sets[14] = x;
        write(&place("none.npy"), Order::C, &[10, 1, 2], &sets);
        let expected = format!("sets none.npy: element 14 is {said}; expected a token's number, below 3");
        refused(&["--sets", "none.npy"], &format!("--{expected}"));
        refused(&tests("none.npy"), &format!("--test-{expected}"));
        text(&place("none.csv"), "", 2, &sets);
        refused(&["--sets", "none.csv", "--outputs", "1"], "--sets none.csv: line 8, column 1:");
    }
    for x in [-1, 3, 1 << 40] {
        let mut sets = whole.clone();
        sets[14] = x;
        write(&place("none.npy"), Order::C, &[10, 1, 2], &sets);
        refused(&["--sets", "none.npy"], &format!("none.npy: element 14 is {x}; expected a token's number, below 3"));
    }
    let mut twice = floats.clone();
    twice[15] = twice[14];
    write(&place("twice.npy"), Order::C, &[10, 1, 2], &twice);
    text(&place("twice.csv"), "", 2, &twice);
    for file in ["twice.npy", "twice.csv"] {
        let expected =
            format!("sets {file}: element 15 is 1, as is element 14 of the same set; expected each token once");
        refused(&["--sets", file, "--outputs", "1"], &expected);
    }
    write(&place("bytes.npy"), Order::C, &[10, 1, 2], &[0_u8, 1].repeat(10));
    refused(&["--sets", "bytes.npy"], "--sets bytes.npy: type '|u1'; expected f4, f8, i4, i8 or u4");
    // Of other pairs than those that it trains on.
    write(&place("two.npy"), Order::C, &[10, 2, 1], &whole);
    refused(&tests("two.npy"), "--test-sets two.npy: pairs of [2]; expected [1]");
    write(&place("wide.npy"), Order::C, &[10, 3, 1], &[0.5_f64; 30]);
    let wide = ["--sets", "i8.npy", "--test-sets", "i8.npy", "--test-y", "y.npy", "--test-x", "wide.npy"];
    refused(&wide, "--test-x wide.npy: pairs of [3, 1]; expected [3, 2]");
}

/// A label is +1 or -1, and what is none is named where it stands.
#[test]
fn a_label_that_is_none_is_named_where_it_stands() {
    let folder = common::folder("fit-labels-refused");
    sums(&folder);
    let mut labels = [1.0, -1.0].repeat(5);
    write(&folder.join("good.npy"), Order::C, &[10], &labels);
    labels[7] = 0.0;
    write(&folder.join("zero.npy"), Order::C, &[10], &labels);
    text(&folder.join("zero.csv"), "", 1, &labels);
    for (options, expected) in [
        ("--y zero.npy", "--y zero.npy: element 7 is 0.0; expected a label, +1 or -1"),
        ("--y zero.csv", "--y zero.csv: line 8, column 1: \"0.0\"; expected a label, +1 or -1"),
        ("--y good.npy --test-x x.npy --test-y zero.npy", "--test-y zero.npy: element 7 is 0.0; expected a label"),
    ] {
        let layer = "fit --student layer --loss logistic --rate 0.1 --x x.npy";
        let arguments: Vec<_> = layer.split(' ').chain(options.split(' ')).collect();
        let output = common::tutee(&folder, &arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{options}: {error}");
        assert!(error.contains(expected), "{options}: {error}");
    }
}

/// Of a layer's rates none comes from the data, and a training that diverges does not advise it.
#[test]
fn a_layer_that_diverges_is_not_told_to_leave_out_its_rate() {
    let folder = common::folder("fit-layer-diverges");
    sums(&folder);
    write(&folder.join("sets.npy"), Order::C, &[10, 1, 2], &[0_i64, 2].repeat(10));
    for (more, advised) in [("--student layer --sets sets.npy", false), ("--activation identity", true)] {
        let arguments = format!("fit --x x.npy --y y.npy --rate 1e6 --steps 500 {more}");
        let output = common::tutee(&folder, &arguments.split(' ').collect::<Vec<_>>());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
        assert!(error.contains("diverged") && error.contains("a lower rate may help"), "{error}");
        assert_eq!(error.contains("rates from the data"), advised, "{error}");
    }
}

#[test]
fn a_fit_is_run_again_from_its_result() {
    let folder = common::folder("fit-rerun");
    sums(&folder);
    write(&folder.join("sets.npy"), Order::C, &[10, 1, 2], &[[0_i64, 2]; 10].concat());
    let labels: Vec<f64> = (0..10).map(|i| f64::from(i % 3 % 2 * 2 - 1)).collect();
    write(&folder.join("labels.npy"), Order::C, &[10], &labels);
    let answers = ["--x", "x.npy", "--y", "y.npy", "--steps", "60"];
    let kinds: [&[&str]; 9] = [
        &[],
        &["--apart", "--spare", "--signed"],
        &["--scalar", "f32", "--spare", "--signed", "--batch", "4", "--test-x", "turned.npy", "--test-y", "y.npy"],
        &["--rate", "0.1", "--standardise", "--activation", "leaky_relu:0.2"],
        &["--rate", "0.1", "--attention-rate", "0.7", "--activation", "relu"],
        &["--rate", "0.1"],
        &["--rate", "0.1", "--student", "layer", "--sets", "sets.npy", "--train", "value-content,content-position"],
        &["--rate", "0.1", "--student", "layer", "--sets", "sets.npy", "--attention", "separate", "--seed", "9"],
        &["--rate", "0.1", "--student", "layer", "--sets", "sets.npy", "--embedding", "content", "--scale", "0.5"],
    ];
    let rerun = |result: &Value| {
        fs::write(folder.join("result.json"), result.to_string()).unwrap();
        let output = again::rerun(&folder, "result.json");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let mut results = vec![];
    for kind in kinds {
        results.push((kind, fit(&folder, &[&answers[..], kind].concat())));
    }
    let labelled = [
        "--x",
        "x.npy",
        "--y",
        "labels.npy",
        "--steps",
        "40",
        "--student",
        "layer",
        "--loss",
        "logistic",
        "--rate",
        "1",
    ];
    results.push((&[], fit(&folder, &labelled)));
    for (kind, run) in &results {
        let (code, said, error) = rerun(&serde_json::json!({"runs": [run]}));
        assert_eq!((code, error.as_str()), (Some(0), ""), "{kind:?}: {said}");
        assert!(said.starts_with("equal ") && said.contains(run["digest"].as_str().unwrap()), "{kind:?}: {said}");
    }
    let differing = |change: &dyn Fn(&mut Value)| {
        let mut result = serde_json::json!({"runs": [results[0].1]});
        change(&mut result["runs"][0]);
        rerun(&result)
    };
    let (code, said, error) = differing(&|run| run["curve"][7]["digest"] = "0123456789abcdef".into());
    let step = &results[0].1["curve"][7]["step"];
    assert_eq!(code, Some(1));
    assert!(said.starts_with("different ") && error.contains(&format!("at step {step}")), "{said} {error}");
    let (code, _, error) = differing(&|run| run["w_kq"][2][0] = 9.5.into());
    assert!(code == Some(1) && error.contains("in w_kq[2][0]: ") && error.contains("not 9.5"), "{error}");
    // As results were before they held these.
    let older = ["embedding", "attention", "w_kq"];
    let (code, said, error) = differing(&|run| older.into_iter().for_each(|field| run[field] = Value::Null));
    assert!(code == Some(0) && said.starts_with("equal "), "{said} {error}");
    let (code, _, error) = differing(&|run| run["rates"] = "some".into());
    assert!(code == Some(2) && error.contains("runs[0].rates: \"some\"; expected data or given"), "{error}");
    let (code, _, error) = differing(&|run| run["files"]["digest"] = "0123456789abcdef".into());
    assert!(code == Some(1) && error.contains("its files have changed"), "{error}");
    let (code, _, error) = differing(&|run| run["files"]["x"] = "gone.npy".into());
    assert!(code == Some(2) && error.contains("--x gone.npy"), "{error}");
}

#[test]
fn the_matrices_are_left_for_other_programs() {
    let folder = common::folder("fit-weights");
    sums(&folder);
    let position = ["attention", "logits", "mean_attention", "value", "w_kq"];
    let raw = ["attention", "bias", "logits", "mean_attention", "value", "w_kq"];
    let apart = ["attention", "bias", "logits", "mean_attention", "mean_attention_apart", "value", "w_kq"];
    let layer = ["codes", "mean_attention", "value", "w_kq"];
    // What was found in double precision after a fit in single precision is stored in it.
    let kinds: [(&[&str], &[&str], &[&str]); 6] = [
        (&["--x", "single.npy", "--together"], &raw, &[]),
        (&["--x", "single.npy", "--apart", "--spare", "--signed"], &apart, &["attention", "mean_attention"]),
        (&["--x", "single.npy", "--whiten"], &raw, &["bias", "value"]),
        (&["--x", "x.npy", "--rate", "0.1"], &position, &position),
        (&["--x", "x.npy", "--rate", "0.1", "--standardise", "--spare"], &raw, &raw),
        (&["--x", "single.npy", "--rate", "0.1", "--student", "layer", "--sets", "sets.npy"], &layer, &[]),
    ];
    write(&folder.join("sets.npy"), Order::C, &[10, 1, 2], &[0_i64, 2].repeat(10));
    for (i, (kind, names, double)) in kinds.into_iter().enumerate() {
        let arrays = format!("arrays-{i}");
        let common = ["--y", "y.npy", "--steps", "50", "--weights", "fit.safetensors", "--npy", &arrays];
        let run = fit(&folder, &[&common[..], kind].concat());
        let bytes = fs::read(folder.join("fit.safetensors")).unwrap();
        let (_, told) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        let told: Value = serde_json::from_str(&told.metadata().as_ref().unwrap()["tutee"]).unwrap();
        for field in ["student", "activation", "embedding", "scale", "digest"] {
            assert_eq!(told[field], run[field], "{kind:?}: {field}");
        }
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let mut found = file.names();
        found.sort_unstable();
        assert_eq!(found, names, "{kind:?}");
        let files: Vec<_> = names.iter().map(|name| format!("{name}.npy")).collect();
        assert_eq!(common::contents(&folder.join(&arrays)).into_iter().collect::<Vec<_>>(), files, "{kind:?}");
        for name in names {
            let (shape, numbers) = array(&run[name]);
            let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            let tensor = file.tensor(name).unwrap();
            let (stored, read): (Vec<f64>, _) = if double.contains(name) {
                let stored = tensor.data().chunks(8).map(|x| f64::from_le_bytes(x.try_into().unwrap()));
                (stored.collect(), read::<f64>(&folder.join(&arrays).join(format!("{name}.npy"))))
            } else {
                let stored = tensor.data().chunks(4).map(|x| f32::from_le_bytes(x.try_into().unwrap()).into());
                let (shape, read) = read::<f32>(&folder.join(&arrays).join(format!("{name}.npy")));
                (stored.collect(), (shape, read.into_iter().map(f64::from).collect()))
            };
            assert_eq!((tensor.shape(), bits(&stored)), (&shape[..], bits(&numbers)), "{kind:?}: {name}");
            assert_eq!((read.0, bits(&read.1)), (shape, bits(&numbers)), "{kind:?}: {name}");
        }
    }
    // A fit in double precision leaves doubles, and the same fit the same bytes.
    let double = ["--x", "x.npy", "--y", "y.npy", "--steps", "5", "--rate", "0.1", "--weights", "fit.safetensors"];
    fit(&folder, &double);
    let first = fs::read(folder.join("fit.safetensors")).unwrap();
    fit(&folder, &double);
    assert_eq!(first, fs::read(folder.join("fit.safetensors")).unwrap());
    let file = safetensors::SafeTensors::deserialize(&first).unwrap();
    assert_eq!(file.tensor("value").unwrap().dtype(), safetensors::Dtype::F64);
    fs::create_dir(folder.join("own")).unwrap();
    fs::copy(folder.join("x.npy"), folder.join("own/value.npy")).unwrap();
    let before = common::contents(&folder.join("own"));
    let refused: [(&[&str], &str); 7] = [
        (&["--weights", "x.npy"], "--x reads"),
        (&["--weights", "r.json", "--json", "r.json"], "--json"),
        (&["--weights", "no/where", "--out", "deep/page"], "no/where"),
        (&["--npy", "x.npy"], "x.npy"),
        (
            &["--x", "own/value.npy", "--npy", "own"],
            "--npy own: expected another folder; own/value.npy is what --x reads",
        ),
        (&["--npy", "own", "--weights", "own/w_kq.npy"], "own/w_kq.npy is what --weights writes"),
        (&["--npy", "own", "--json", "own/bias.npy"], "own/bias.npy is what --json writes"),
    ];
    for (more, told) in refused {
        let x: &[&str] = if more.contains(&"--x") { &[] } else { &["--x", "x.npy"] };
        let output = common::tutee(&folder, &[&["fit", "--y", "y.npy"], x, more].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{more:?}: {error}");
        assert!(error.contains(told), "{more:?}: {error}");
    }
    assert_eq!((before, folder.join("deep").exists()), (common::contents(&folder.join("own")), false));
    assert_eq!(fs::read(folder.join("x.npy")).unwrap(), fs::read(folder.join("own/value.npy")).unwrap());
}

/// A result of pairs says what one of `learn` says under the same names: W_KQ is that of unit vectors as codes, S stands under its name, and what only a
/// teacher would tell is null.
#[test]
fn a_fit_names_what_other_results_name() {
    let folder = common::folder("fit-names");
    sums(&folder);
    let taught = common::tutee(&folder, &["learn", "conv-relu", "--steps", "5", "--json", "-"]);
    let taught: Value = serde_json::from_slice(&taught.stdout).unwrap();
    let kinds: [&[&str]; 5] = [
        &["--x", "x.npy", "--rate", "0.1"],
        &["--x", "x.npy", "--spare"],
        &["--x", "x.npy", "--apart", "--signed"],
        &["--x", "single.npy", "--together"],
        &["--x", "single.npy", "--whiten", "--spare", "--signed"],
    ];
    for kind in kinds {
        let run = fit(&folder, &[&["--y", "y.npy", "--steps", "50"], kind].concat());
        let single = run["scalar"] == "f32";
        let ((sides, logits), (shape, kq)) = (array(&run["logits"]), array(&run["w_kq"]));
        let tokens = sides[1];
        assert_eq!(shape, [tokens, tokens], "{kind:?}");
        for (key, row) in kq.chunks(tokens).enumerate() {
            for (query, &entry) in row.iter().enumerate() {
                let logit = logits.get(query * tokens + key).copied().unwrap_or(0.0);
                let expected = match single {
                    true => f64::from((tokens as f32).sqrt() * logit as f32),
                    false => (tokens as f64).sqrt() * logit,
                };
                assert_eq!(entry, expected, "{kind:?}: {key} {query}");
            }
        }
        assert!(kq.iter().any(|&entry| entry != 0.0), "{kind:?}");
        assert_eq!(run["attention"], run["mean_attention"], "{kind:?}");
        assert_eq!(array(&run["attention"]).0, [1, 3], "{kind:?}");
        assert_eq!((&run["embedding"], &run["scale"]), (&taught["runs"][0]["embedding"], &"tokens".into()), "{kind:?}");
        for field in
            ["input", "test_input", "best_loss", "steps_needed", "excess_loss", "law_ratio", "group", "noise", "codes"]
        {
            assert_eq!(run.get(field), Some(&Value::Null), "{kind:?}: {field}");
            assert!(taught["runs"][0].get(field).is_some(), "{field}");
        }
    }
    // Of the numbers as they are S is the softmax of the logits.
    let plain =
        fit(&folder, &["--x", "x.npy", "--y", "y.npy", "--rate", "0.1", "--attention-rate", "3", "--steps", "90"]);
    let (logits, attention) = (array(&plain["logits"]).1, array(&plain["attention"]).1);
    let sum: f64 = logits.iter().map(|&logit| Scalar::exp(logit)).sum();
    for (logit, s) in logits.iter().zip(&attention) {
        assert!((Scalar::exp(*logit) / sum - s).abs() < 1e-12, "{logit} {s}");
    }
    // No W_KQ has the logits of more outputs than tokens.
    let answers: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 11)).collect();
    write(&folder.join("many.npy"), Order::C, &[10, 4, 1], &answers);
    let many = fit(&folder, &["--x", "x.npy", "--y", "many.npy", "--steps", "5", "--together"]);
    assert_eq!((many.get("w_kq"), array(&many["logits"]).0), (Some(&Value::Null), vec![4, 3]));
}

#[test]
fn a_page_is_drawn_where_a_folder_is_named() {
    let folder = common::folder("fit-page");
    sums(&folder);
    let pairs = ["--x", "x.npy", "--y", "y.npy", "--test-x", "turned.npy", "--test-y", "y.npy", "--steps", "50"];
    let run = fit(&folder, &[&pairs[..], &["--out", "page", "--signed"]].concat());
    assert_eq!(common::contents(&folder.join("page")).into_iter().collect::<Vec<_>>(), ["index.html", "table.csv"]);
    let page = fs::read_to_string(folder.join("page/index.html")).unwrap();
    for told in [run["digest"].as_str().unwrap(), run["reason"].as_str().unwrap(), "best without positions"] {
        assert!(page.contains(told), "{told}");
    }
    for name in ["attention-x", "filters-x", "loss-x"] {
        assert_eq!(page.matches(&format!("data-name=\"{name}\"")).count(), 1, "{name}");
    }
    assert_eq!(page.matches("half the sum of the squared differences").count(), 1);
    assert!(fs::read_to_string(folder.join("page/table.csv")).unwrap().starts_with("pairs,verdict,"));
    let before = common::contents(&folder);
    fit(&folder, &pairs);
    assert_eq!(before, common::contents(&folder), "no folder unless one is named");
    let output =
        common::tutee(&folder, &[&["fit"], &pairs[..], &["--weights", "page/a.svg", "--out", "page"]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

/// One token and one output, y = 3 x: a step from zero makes W `rate` times 7.5, and the gradient is 2.5 (W - 3). Of two tokens of two
/// features the second moment has the powers 9 and 1, or none along one direction.
#[test]
fn what_is_left_of_the_gradient_and_how_even_inputs_are() {
    let folder = common::folder("fit-condition");
    write(&folder.join("x.npy"), Order::C, &[2, 1, 1], &[1.0, 2.0]);
    write(&folder.join("y.npy"), Order::C, &[2, 1, 1], &[3.0, 6.0]);
    let of = |student: &[&str], x: &str, y: &str| {
        let files = ["--x", x, "--y", y, "--scalar", "f64"];
        fit(&folder, &[&files[..], &["--activation", "identity", "--rate", "0.1", "--steps", "1"], student].concat())
    };
    let position: &[&str] = &[];
    for student in [position, &["--student", "layer", "--embedding", "content"]] {
        let run = of(student, "x.npy", "y.npy");
        assert!(
            (run["gradient_norm"].as_f64().unwrap() - 5.625).abs() < 1e-12,
            "{student:?}: {}",
            run["gradient_norm"]
        );
        assert_eq!(run["condition"], 1.0, "{student:?}");
    }
    write(&folder.join("two.npy"), Order::C, &[1, 2, 2], &[3.0, 3.0, 1.0, -1.0]);
    write(&folder.join("flat.npy"), Order::C, &[1, 2, 2], &[1.0, 2.0, 2.0, 4.0]);
    write(&folder.join("one.npy"), Order::C, &[1, 1, 1], &[1.0]);
    assert!((of(position, "two.npy", "one.npy")["condition"].as_f64().unwrap() - 9.0).abs() < 1e-12);
    assert!(of(position, "flat.npy", "one.npy")["condition"].is_null());
}

/// Readings whose squares are just numbers of single precision: fitted at a rate for them, and refused by what is at fault, a bit larger. A
/// gradient that might overflow takes no result away.
#[test]
fn readings_as_large_as_can_be_are_fitted_and_larger_ones_are_named() {
    let folder = common::folder("fit-large");
    for (name, unit) in [("fits.npy", 5e18_f32), ("overflows.npy", 1e19)] {
        write(&folder.join(name), Order::C, &[2, 1, 1], &[unit, 2.0 * unit]);
    }
    let arguments = |name, rate| ["--x", name, "--y", name, "--activation", "identity", "--steps", "1", "--rate", rate];
    let run = fit(&folder, &arguments("fits.npy", "1e-38"));
    assert!(run["explained"].as_f64().unwrap() < 1.0 && run["gradient_norm"].as_f64().unwrap() > 1e36, "{run}");
    // W = 2.5 for 1: four times 1.5 times 6.25e37 is more than there is.
    let output = common::tutee(&folder, &[&["fit"], &arguments("fits.npy", "4e-38")[..], &["--json", "-"]].concat());
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(result["runs"][0]["gradient_norm"].is_null(), "{result}");
    assert!((result["runs"][0]["value"][0][0].as_f64().unwrap() - 2.5).abs() < 1e-5, "{result}");
    let output = common::tutee(&folder, &[&["fit"], &arguments("overflows.npy", "1e-38")[..]].concat());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("answers of up to 2.0e19: their squares are beyond f32") && !error.contains("interrupted"),
        "{error}"
    );
}
