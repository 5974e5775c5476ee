//! The whole layer on the command line: every task, what is refused, and that neither threads nor a second run change a bit.

#[path = "common/rerun.rs"]
mod again;
mod common;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

const LAYER: [&str; 5] = ["learn", "--student", "layer", "--mode", "online"];

fn folder(test: &str) -> PathBuf {
    let folder = common::folder(&format!("layer-{test}"));
    fs::write(folder.join("kite.txt"), "0 1\n2 1\n0 2\n3 2\n").unwrap();
    folder
}

/// The runs of a command that ends well, and what is beside the input then.
fn runs(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = common::tutee(folder, &[arguments, &["--json", "-"]].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(common::contents(folder).iter().all(|name| name == "kite.txt"), "JSON alone was asked for");
    result["runs"].as_array().unwrap().clone()
}

fn layer(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    runs(folder, &[&LAYER[..], arguments].concat())
}

fn number(run: &Value, field: &str) -> f64 {
    run[field].as_f64().unwrap_or_else(|| panic!("{field}: {}", run[field]))
}

fn numbers(matrix: &Value) -> Vec<f64> {
    matrix.as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap()).map(|x| x.as_f64().unwrap()).collect()
}

/// Blocks of W_KQ, those that content asks for first.
const OF_KEY_QUERY: [&str; 4] = ["content_content", "position_content", "content_position", "position_position"];

#[test]
fn every_task_is_learned_and_described() {
    let tasks = [
        "conv-relu",
        "conv-leaky",
        "graph-relu",
        "graph-leaky",
        "token-selection",
        "group-sparse",
        "graph:kite.txt",
        "graph-symmetric:kite.txt",
        "selection-per-sample",
        "top-k",
        "learned-weights",
        "self-attention",
        "group-sparse-classification",
    ];
    let folder = folder("tasks");
    let options = ["--tokens", "8", "--features", "3", "--steps", "150", "--rate", "0.1", "--threads"];
    let alone = layer(&folder, &[&tasks[..], &options, &["1"]].concat());
    let together = layer(&folder, &[&tasks[..], &options, &["2"]].concat());
    assert_eq!((alone.len(), together.len()), (tasks.len(), tasks.len()));
    for ((run, again), task) in alone.iter().zip(&together).zip(tasks) {
        assert_eq!((&run["task"], &run["digest"]), (&task.into(), &again["digest"]));
        let said =
            ["student", "embedding", "encoding", "attention", "scale", "start", "input"].map(|field| &run[field]);
        assert_eq!(said, ["layer", "concatenated", "identity", "merged", "tokens", "zero", "gaussian"], "{task}");
        assert_eq!((&run["batch"], &run["keys"], &run["w_q"]), (&64.into(), &Value::Null, &Value::Null), "{task}");
        let loss = if task == "group-sparse-classification" { "logistic" } else { "squared" };
        assert_eq!(run["loss"], loss, "{task}");
        let filters = run["filters"].as_u64().unwrap() as usize;
        // Sets ask with the sum of their codes, tokens with all that they are.
        let query = if task == "selection-per-sample" { 8 } else { 11 };
        assert_eq!((numbers(&run["value"]).len(), numbers(&run["w_kq"]).len()), (filters * 11, 11 * query), "{task}");
        assert_eq!(numbers(&run["codes"]).iter().sum::<f64>(), 8.0, "{task}");
        let attention = numbers(&run["mean_attention"]);
        assert_eq!(attention.len(), 64);
        assert!((attention.iter().sum::<f64>() - 8.0).abs() < 1e-9, "{task}: rows of probabilities");
        // Labels teach slowly: the logistic loss has only begun to fall.
        let most = if loss == "logistic" { 0.95 } else { 0.9 };
        assert!(number(run, "excess_loss") < most * number(run, "excess_loss_start"), "{task}");
        let curve = run["curve"].as_array().unwrap();
        assert!(curve.len() > 30 && curve[0]["step"] == 0 && curve[0]["ood_excess"].is_f64(), "{task}");
        assert_eq!(curve.last().unwrap()["digest"], run["digest"]);
        assert!(!run["reason"].as_str().unwrap().is_empty() && run["verdict"].is_string(), "{task}");
        // What weights should be is known where they are the same for every sample.
        let fixed = !["selection-per-sample", "top-k", "learned-weights", "self-attention"].contains(&task)
            && loss == "squared";
        assert!(curve.iter().all(|point| point["attention_error"].is_f64() == fixed), "{task}");
        // Sets have no content.
        let of_kq = match task {
            "selection-per-sample" => &OF_KEY_QUERY[2..],
            _ => &OF_KEY_QUERY,
        };
        let sum = |blocks: &[&str]| blocks.iter().map(|block| number(&run["shares"], block)).sum::<f64>();
        for share in [sum(&["value_content", "value_position"]), sum(of_kq)] {
            assert!((share - 1.0).abs() < 1e-12, "{task}: {share}");
        }
    }
}

/// A block that the layer does not have is no number in a result and `-` in every table, where one with nothing in it is zero.
#[test]
fn a_block_that_a_layer_does_not_have_has_no_share() {
    let folder = folder("no-block");
    let task = ["top-k", "--tokens", "5", "--features", "3", "--rate", "0.1", "--steps", "50"];
    let absent = |form: &[&str]| -> Vec<String> {
        let run = layer(&folder, &[&task[..], form].concat()).remove(0);
        let shares = run["shares"].as_object().unwrap();
        shares.iter().filter(|(_, share)| share.is_null()).map(|(block, _)| block.clone()).collect()
    };
    let of_position = ["content_position", "position_content", "position_position", "value_position"];
    assert_eq!(absent(&["--embedding", "content"]), of_position);
    assert_eq!(absent(&["--embedding", "added", "--encoding", "sinusoidal"]), of_position);
    assert!(absent(&[]).is_empty() && absent(&["--train", "value-content,position-position"]).is_empty());
    let position_column = |form: &[&str]| {
        let arguments = [&LAYER[..], &task, form].concat();
        let told = String::from_utf8(common::tutee(&folder, &arguments).stdout).unwrap();
        let run = told.lines().find(|line| line.starts_with("top-k ")).unwrap();
        run.split_whitespace().nth_back(2).unwrap().to_owned()
    };
    assert_eq!(position_column(&["--embedding", "content"]), "-");
    assert_eq!(position_column(&["--train", "value-content,content-content"]), "0.0000");
}

/// The law of the late phase is that of the squared loss.
#[test]
fn a_logistic_loss_that_falls_is_on_its_way() {
    let folder = folder("logistic");
    let task = ["group-sparse-classification", "--tokens", "4", "--rate", "0.5", "--steps", "2000"];
    let run = &layer(&folder, &task)[0];
    assert_eq!(run["verdict"], "transient", "{}", run["reason"]);
    assert!(run["reason"].as_str().unwrap().contains("the squared loss alone"), "{}", run["reason"]);
    // After three steps nobody has seen it fall.
    let short = &layer(&folder, &["group-sparse-classification", "--tokens", "4", "--rate", "1e-3", "--steps", "3"])[0];
    assert_eq!(
        (&short["verdict"], &short["reason"]),
        (&"transient".into(), &"too few steps to say how the loss falls".into())
    );
}

/// Labels of a coin teach nothing, whatever the test loss does on the way; of more flips than not a layer learns the opposite of what its test
/// asks.
#[test]
fn labels_that_say_nothing_are_told_as_such() {
    let folder = folder("chance");
    let said = |flips: &str, steps: &str| {
        let task =
            ["group-sparse-classification", "--tokens", "4", "--rate", "0.5", "--flips", flips, "--steps", steps];
        let output = common::tutee(&folder, &[&LAYER[..], &task, &["--json", "-"]].concat());
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        (result["runs"][0]["verdict"].clone(), result["runs"][0]["reason"].as_str().unwrap().to_owned())
    };
    let (verdict, reason) = said("0.5", "500");
    assert!(verdict == "floor" && reason.contains("pure chance"), "{verdict}: {reason}");
    let (verdict, reason) = said("0.95", "500");
    assert!(verdict == "diverged" && reason.contains("the opposite of the teacher"), "{verdict}: {reason}");
    let (_, reason) = said("0.2", "500");
    assert!(!reason.contains("chance") && !reason.contains("opposite"), "{reason}");
}

/// What learned weights ask for is a form of content asked for by position: `<a, x_i> / (temperature scale)` by every code. Beside it stands, form
/// by form, what W_KQ makes of the codes.
#[test]
fn learned_weights_are_beside_w_kq() {
    let folder = folder("weights");
    const TOKENS: usize = 5;
    const FEATURES: usize = 3;
    let task = ["learned-weights", "--tokens", "5", "--features", "3", "--filters", "2", "--rate", "0.1"];
    for form in [
        &["--steps", "100"][..],
        &["--steps", "100", "--encoding", "orthonormal", "--scale", "0.7"],
        &["--steps", "100", "--encoding", "sine", "--attention", "separate"],
        &["--steps", "100", "--encoding", "learned", "--code-width", "7"],
    ] {
        let run = layer(&folder, &[&task[..], form].concat()).remove(0);
        let rows = |field: &str| -> Vec<Vec<f64>> {
            run[field].as_array().unwrap().iter().map(|row| numbers(&serde_json::json!([row]))).collect()
        };
        let codes = rows("codes");
        let width = FEATURES + codes[0].len();
        let w_kq = if run["w_kq"].is_null() {
            let (k, q) = (rows("w_k"), rows("w_q"));
            let entry = |i: usize, j: usize| k.iter().zip(&q).map(|(k, q)| k[i] * q[j]).sum();
            (0..width).map(|i| (0..width).map(|j| entry(i, j)).collect()).collect()
        } else {
            rows("w_kq")
        };
        // A form as a list of weighted numbers, whose squares are those of `recovery::key_query`.
        let at = |code: &[f64]| -> Vec<f64> { [&[0.0; FEATURES][..], code].concat() };
        let product = |key: &[f64], query: &[f64]| -> f64 {
            w_kq.iter().zip(key).map(|(row, k)| k * row.iter().zip(query).map(|(b, q)| b * q).sum::<f64>()).sum()
        };
        let square = |x: f64| x * x;
        let unit = |k: usize| -> Vec<f64> { (0..width).map(|i| if i == k { 1.0 } else { 0.0 }).collect() };
        let mean: Vec<f64> =
            (0..width - FEATURES).map(|k| codes.iter().map(|p| p[k]).sum::<f64>() / TOKENS as f64).collect();
        let centred = |p: &[f64]| at(&p.iter().zip(&mean).map(|(p, mean)| p - mean).collect::<Vec<_>>());
        let scale = match run["scale"].as_str().unwrap() {
            "tokens" => 1.0 / (TOKENS as f64).sqrt(),
            number => number.parse().unwrap(),
        };
        let factor = 1.0 / (number(&run, "teacher_temperature") * scale);
        let direction = numbers(&serde_json::json!([run["teacher_direction"]]));
        let places = TOKENS as f64;
        let (mut ours, mut theirs, mut both) = (0.0, 0.0, 0.0);
        for (k, along) in direction.iter().enumerate() {
            ours += (0..FEATURES).map(|q| square(product(&unit(k), &unit(q)))).sum::<f64>();
            for code in &codes {
                let (own, asked) = (product(&unit(k), &at(code)), factor * along);
                ours += own * own / places;
                theirs += asked * asked / places;
                both += own * asked / places;
            }
        }
        for key in &codes {
            ours += (0..FEATURES).map(|q| square(product(&centred(key), &unit(q))) / places).sum::<f64>();
            ours += codes.iter().map(|code| square(product(&centred(key), &at(code)) / places)).sum::<f64>();
        }
        let expected = [both / (ours * theirs).sqrt(), ((ours - 2.0 * both + theirs) / theirs).sqrt()];
        let found = ["cosine", "error"].map(|field| number(&run["key_query_recovery"], field));
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9 && *found > 0.05 && *found < 0.999, "{form:?}: {found} {expected}");
        }
    }
    // A layer that has learned them has them, and one that has position alone has nothing of them.
    let learned = layer(&folder, &[&task[..], &["--steps", "4000"]].concat()).remove(0);
    let told = ["cosine", "error"].map(|field| number(&learned["key_query_recovery"], field));
    assert!(told[0] > 0.99 && told[1] < 0.2, "{told:?}");
    let two = ["--steps", "200", "--train", "value-content,position-position"];
    let two = layer(&folder, &[&task[..], &two].concat()).remove(0);
    assert!(number(&two["key_query_recovery"], "error") >= 1.0, "{}", two["key_query_recovery"]);
    // None where no W_KQ has such logits: without position, with codes that are another for every sample or fewer than the tokens.
    for form in [
        &["--embedding", "content"][..],
        &["--embedding", "added", "--encoding", "sine"],
        &["--encoding", "signs"],
        &["--encoding", "sine", "--code-width", "2"],
    ] {
        let run = layer(&folder, &[&task[..], form, &["--steps", "20"]].concat()).remove(0);
        assert!(run["key_query_recovery"].is_null(), "{form:?}: {}", run["key_query_recovery"]);
    }
}

/// The two blocks of position-only attention, trained on identity codes, are that student.
#[test]
fn two_blocks_are_position_only_attention() {
    let folder = folder("two-blocks");
    let task = ["graph-leaky", "--steps", "400", "--noise", "0.2", "--seed", "5", "--input", "laplace"];
    let two = &layer(&folder, &[&task[..], &["--train", "value-content,position-position"]].concat())[0];
    let position = &runs(&folder, &[&["learn", "--mode", "online"], &task[..]].concat())[0];
    let content: Vec<f64> = numbers(&two["value"]).chunks(22).flat_map(|row| row[..6].to_vec()).collect();
    for (found, expected) in content.iter().zip(numbers(&position["value"])) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
    for (found, expected) in numbers(&two["mean_attention"]).iter().zip(numbers(&position["attention"])) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }
    let error = |run: &Value| number(run["curve"].as_array().unwrap().last().unwrap(), "attention_error");
    assert!(error(two) > 0.0 && (error(two) - error(position)).abs() < 1e-6, "{} {}", error(two), error(position));
    assert_eq!((number(&two["shares"], "value_content"), number(&two["shares"], "position_position")), (1.0, 1.0));
    // The held-out loss is an average over samples of the loss that the exact one is the mean of.
    let ratio = number(two, "excess_loss") / number(position, "excess_loss");
    assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
}

/// Content is followed by content blocks alone.
#[test]
fn a_choice_by_content_needs_content_blocks() {
    let folder = folder("content");
    let task = ["learned-weights", "--tokens", "4", "--features", "2", "--filters", "2", "--steps", "1500"];
    let all = &layer(&folder, &task)[0];
    let two = &layer(&folder, &[&task[..], &["--train", "value-content,position-position"]].concat())[0];
    let (all, two) = (number(all, "excess_loss"), number(two, "excess_loss"));
    assert!(two > 100.0 * all, "{all} beside {two}");
}

/// A layer as teacher, from the seed and from a file: content blocks learn what it looks at, position alone ends on a floor; of fixed
/// weights alone it is the teacher with their mixing.
#[test]
fn a_layer_teaches_a_layer() {
    let folder = folder("teaches");
    let task = ["self-attention", "--tokens", "4", "--features", "2", "--filters", "2", "--steps", "2000"];
    let all = &layer(&folder, &task)[0];
    let two = &layer(&folder, &[&task[..], &["--train", "value-content,position-position"]].concat())[0];
    // What it looks by is recovered as far as answers tell; position has nothing in common with it.
    let beside = |run: &Value| ["cosine", "error"].map(|field| run["key_query_recovery"][field].as_f64().unwrap());
    let ([cosine, error], [none, apart]) = (beside(all), beside(two));
    assert!(cosine > 0.999 && error < 0.05, "{cosine} {error}");
    assert!(none.abs() < 0.01 && apart > 0.99, "{none} {apart}");
    assert!(number(two, "excess_loss") > 30.0 * number(all, "excess_loss"), "{} {}", all["reason"], two["reason"]);
    assert_eq!(
        (numbers(&all["teacher_map"]).len(), &all["teacher_share"], &all["teacher_mixing"]),
        (4, &0.0.into(), &Value::Null)
    );

    let file = |share: f64| {
        let text = format!(
            r#"{{"activation": "relu", "value": [[1, 2]], "mixing": [[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]], "map": [[1, -1]],
                "scale": 0.5, "share": {share}}}"#
        );
        fs::write(folder.join("kite.txt"), text).unwrap();
        layer(&folder, &["--teacher", "kite.txt", "--steps", "60"]).remove(0)
    };
    let (half, whole) = (file(0.5), file(1.0));
    assert_eq!([&half["teacher_share"], &half["teacher_scale"]], [&Value::from(0.5), &Value::from(0.5)]);
    assert_ne!(half["digest"], whole["digest"]);
    let plain = r#"{"activation": "relu", "value": [[1, 2]], "mixing": [[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]]}"#;
    fs::write(folder.join("kite.txt"), plain).unwrap();
    // Without --rate the mixing's groups would choose another.
    let plain = &layer(&folder, &["--teacher", "kite.txt", "--steps", "60", "--rate", &whole["rate"].to_string()])[0];
    let apart = (number(plain, "excess_loss") / number(&whole, "excess_loss") - 1.0).abs();
    assert!(apart < 1e-9, "{apart}");

    fs::write(folder.join("result.json"), serde_json::json!({ "runs": [all, half] }).to_string()).unwrap();
    let output = again::rerun(&folder, "result.json");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(0) && said.matches("equal ").count() == 2, "{said}");
    fs::write(
        folder.join("layer.json"),
        r#"{"activation": "identity", "value": [[1]], "mixing": [[1]], "map": [[1]]}"#,
    )
    .unwrap();
    let output = common::tutee(&folder, &["learn", "--teacher", "layer.json"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(2) && error.contains("--student layer") && error.lines().count() == 1,
        "{error}"
    );
}

#[test]
fn every_form_trains_and_says_what_it_is() {
    let folder = folder("forms");
    let forms: [(&[&str], [Value; 6], [bool; 4]); 6] = [
        (
            &["--embedding", "content"],
            ["content".into(), Value::Null, "merged".into(), Value::Null, "tokens".into(), "zero".into()],
            [true, false, false, false],
        ),
        (
            &["--embedding", "added", "--encoding", "sinusoidal", "--start", "identity"],
            ["added".into(), "sinusoidal".into(), "merged".into(), Value::Null, "tokens".into(), "identity".into()],
            [true, false, false, true],
        ),
        (
            &["--attention", "separate", "--encoding", "orthonormal", "--scale", "keys"],
            [
                "concatenated".into(),
                "orthonormal".into(),
                "separate".into(),
                4.into(),
                "keys".into(),
                "gaussian:0.1".into(),
            ],
            [false, true, true, true],
        ),
        (
            &[
                "--attention",
                "separate",
                "--keys",
                "2",
                "--start",
                "identity",
                "--encoding",
                "sine",
                "--code-width",
                "5",
            ],
            ["concatenated".into(), "sine".into(), "separate".into(), 2.into(), "tokens".into(), "identity".into()],
            [false, true, true, true],
        ),
        (
            &["--encoding", "learned", "--code-width", "3", "--scale", "0.5", "--start", "gaussian:0.2"],
            [
                "concatenated".into(),
                "learned".into(),
                "merged".into(),
                Value::Null,
                "0.5".into(),
                "gaussian:0.2".into(),
            ],
            [true, false, false, true],
        ),
        (
            &["--encoding", "signs", "--scale", "1"],
            ["concatenated".into(), "signs".into(), "merged".into(), Value::Null, "1".into(), "zero".into()],
            [true, false, false, false],
        ),
    ];
    for (options, said, has) in forms {
        let task = ["top-k", "--tokens", "6", "--features", "4", "--steps", "60", "--rate", "0.02", "--scalar", "f32"];
        let run = &layer(&folder, &[&task[..], options].concat())[0];
        let found = ["embedding", "encoding", "attention", "keys", "scale", "start"].map(|field| run[field].clone());
        assert_eq!(found, said, "{options:?}");
        assert_eq!(["w_kq", "w_k", "w_q", "codes"].map(|field| run[field].is_array()), has, "{options:?}");
        assert!(number(run, "excess_loss") < number(run, "excess_loss_start"), "{options:?}");
    }
}

/// A result says all that made it, and a setting that is another one gives other bits.
#[test]
fn a_result_is_found_equal_when_it_is_trained_again() {
    let folder = folder("rerun");
    let short = ["--tokens", "6", "--steps", "40", "--rate", "0.02", "--seed", "7"];
    let tasks = ["selection-per-sample", "learned-weights", "group-sparse-classification", "graph:kite.txt"];
    let rerun = |result: &Value| {
        fs::write(folder.join("result.json"), result.to_string()).unwrap();
        let output = again::rerun(&folder, "result.json");
        fs::remove_file(folder.join("result.json")).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let form =
        ["--attention", "separate", "--encoding", "learned", "--scale", "0.3", "--noise", "0.2", "--scalar", "f32"];
    for arguments in [&tasks[..], &[&["top-k", "--train", "value-content,content-content"], &form[..]].concat()] {
        let runs = layer(&folder, &[arguments, &short].concat());
        let (code, said, error) = rerun(&serde_json::json!({ "runs": runs }));
        assert_eq!((code, said.lines().count()), (Some(0), runs.len()), "{said}{error}");
        assert!(said.lines().all(|line| line.starts_with("equal ")), "{said}");
    }
    let flipped = ["group-sparse-classification", "--flips", "0.3", "--tokens", "6", "--steps", "40", "--seed", "7"];
    let flipped = &layer(&folder, &flipped)[0];
    let clean = &layer(&folder, &["group-sparse-classification", "--tokens", "6", "--steps", "40", "--seed", "7"])[0];
    assert!(flipped["digest"] != clean["digest"] && flipped["flips"] == 0.3 && clean["flips"] == 0.0);
    let (code, said, error) = rerun(&serde_json::json!({ "runs": [flipped, clean] }));
    assert_eq!((code, said.matches("equal ").count()), (Some(0), 2), "{said}{error}");
    let good = &layer(&folder, &[&["top-k"], &form[..], &short].concat())[0];
    for (field, other) in [("start", "gaussian:0.2"), ("scale", "0.4"), ("encoding", "sine")] {
        let mut run = good.clone();
        run[field] = other.into();
        let (code, said, error) = rerun(&serde_json::json!({ "runs": [run] }));
        assert_eq!(code, Some(if field == "encoding" { 2 } else { 1 }), "{field}: {said}{error}");
    }
    // Keys that the attention does not have, or has not.
    let merged = &layer(&folder, &[&["top-k"], &short[..]].concat())[0];
    let contradictions = [
        (good, "attention", "merged".into(), "runs[0].attention: merged, which has no keys, and keys: 6; expected"),
        (good, "keys", Value::Null, "runs[0].attention: separate, and keys: null; expected"),
        (good, "attention", "both".into(), "runs[0].attention: \"both\"; expected merged or separate"),
        (merged, "keys", 3.into(), "runs[0].attention: merged, which has no keys, and keys: 3; expected"),
        (merged, "attention", "separate".into(), "runs[0].attention: separate, and keys: null; expected"),
    ];
    for (run, field, other, said) in contradictions {
        let mut run = run.clone();
        run[field] = other;
        let (code, _, error) = rerun(&serde_json::json!({ "runs": [run] }));
        assert_eq!((code, error.lines().count()), (Some(2), 1), "{error}");
        assert!(error.contains(said), "{error}; expected {said}");
    }
    for (field, other) in [("encoding", "sins"), ("scale", "token"), ("mode", "population"), ("student", "network")] {
        let mut run = good.clone();
        run[field] = other.into();
        let (code, _, error) = rerun(&serde_json::json!({ "runs": [run] }));
        assert_eq!((code, error.lines().count()), (Some(2), 1), "{error}");
        assert!(error.contains(&format!("runs[0].{field}: {other:?}; expected")), "{error}");
    }
}

/// Attention that is a softmax of one score cannot average the largest three, and sharpens on the first: a rate that suits an
/// average of three makes it jump, and the run fails as one that oscillates.
#[test]
fn top_k_comes_to_rest_at_the_rate_that_is_taken_unless_another_is_said() {
    let folder = folder("top-k");
    for (steps, verdict) in [("300", "transient"), ("600", "plateau"), ("1200", "plateau")] {
        let run =
            &layer(&folder, &["top-k", "--tokens", "8", "--features", "3", "--filters", "2", "--steps", steps])[0];
        assert_eq!((number(run, "rate"), &run["verdict"]), (1.0 / 8.0, &verdict.into()), "{steps}: {}", run["slope"]);
    }
}

/// Where nearly all tokens are averaged, where few tokens are, where codes are long or are learned and where matrices are separate, the
/// group over the outputs is too high a rate.
#[test]
fn no_run_oscillates_at_the_rate_that_is_taken_unless_another_is_said() {
    let folder = folder("rates");
    let sets = [[2, 1], [3, 2], [4, 3], [5, 3], [5, 4], [6, 5], [9, 8]]
        .map(|[tokens, group]| format!("selection-per-sample --tokens {tokens} --group {group} --steps 1500"));
    let others = [
        "token-selection --tokens 3 --group 2 --steps 1500",
        "token-selection --tokens 5 --steps 3000",
        "graph-relu --tokens 5 --steps 3000",
        "top-k --tokens 7 --group 1 --steps 3000",
        "selection-per-sample --tokens 6 --encoding sinusoidal --steps 1000",
        "token-selection --tokens 6 --encoding sine --embedding added --steps 1000",
        "token-selection --tokens 6 --encoding learned --embedding added --steps 1000",
        "selection-per-sample --tokens 6 --attention separate --scale 1 --steps 1500",
        "selection-per-sample --tokens 6 --scale 1 --steps 1500",
        "token-selection --tokens 4 --features 60 --batch 8 --steps 1000",
    ];
    for words in sets.iter().map(String::as_str).chain(others) {
        let run = &layer(&folder, &words.split(' ').collect::<Vec<_>>())[0];
        let fell = number(run, "excess_loss") < 0.8 * number(run, "excess_loss_start");
        let verdict = run["verdict"].as_str().unwrap();
        assert!(fell && verdict != "oscillating", "{words}: {verdict} at {}", run["rate"]);
        // From one that is stable the loss of sets falls like 1/t.
        let approaches = matches!(verdict, "asymptotic" | "transient");
        assert!(approaches || !sets.iter().any(|set| set == words), "{words}: {verdict}");
    }
    // What was stable keeps its rate.
    for (words, rate) in [("selection-per-sample", 3.0 / 16.0), ("token-selection", 3.0 / 16.0), ("conv-relu", 0.25)] {
        let run = &layer(&folder, &[words, "--steps", "1"])[0];
        assert_eq!(number(run, "rate"), rate, "{words}");
    }
}

#[test]
fn pictures_of_a_layer_are_drawn_where_they_are_asked_for() {
    let folder = folder("pictures");
    let short = ["--tokens", "4", "--steps", "20", "--rate", "0.1", "--out", "page"];
    let output =
        common::tutee(&folder, &[&LAYER[..], &["graph-relu", "top-k", "selection-per-sample"], &short].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let drawn = common::contents(&folder.join("page"));
    assert_eq!(drawn.into_iter().collect::<Vec<_>>(), ["index.html", "table.csv"]);
    let page = fs::read_to_string(folder.join("page/index.html")).unwrap();
    for name in ["layer-loss", "key-query-graph-relu", "value-selection-per-sample-student"] {
        assert!(page.contains(&format!("data-name=\"{name}\"")), "{name}");
    }
    // A set asks with codes alone, and an input of zeros says nothing of it.
    assert_eq!(page.matches("-position\"><script").count(), 2);
}

#[test]
fn what_a_layer_does_not_do_is_said_in_one_line() {
    let folder = folder("refused");
    let rows = r#"{"activation": "identity", "value": [[1]], "mixing": [[1, 0, 0], [0, 1, 0]]}"#;
    fs::write(folder.join("kite.txt"), rows).unwrap();
    let refused: [(&[&str], &[&str]); 35] = [
        (&["learn", "--student", "layer"], &["--student layer", "--mode online"]),
        (&["learn", "--student", "network"], &["network", "position", "layer"]),
        (&["learn", "top-k"], &["top-k", "--student layer"]),
        (&["learn", "selection-per-sample", "--mode", "online"], &["selection-per-sample", "--student layer"]),
        (&["learn", "--embedding", "content"], &["--embedding", "--student layer"]),
        (&["learn", "--encoding", "sine"], &["--encoding", "--student layer"]),
        (&["learn", "--code-width", "4"], &["--code-width", "--student layer"]),
        (&["learn", "--attention", "merged"], &["--attention", "--student layer"]),
        (&["learn", "--keys", "4"], &["--keys", "--student layer"]),
        (&["learn", "--scale", "1"], &["--scale", "--student layer"]),
        (&["learn", "--start", "zero"], &["--start", "--student layer"]),
        (&["learn", "--train", "encoding"], &["--train", "--student layer"]),
        (&["learn", "--loss", "squared"], &["--loss", "--student layer"]),
        (&["--keys", "4"], &["--keys", "--attention separate"]),
        (
            &["--attention", "separate", "--start", "zero"],
            &["--start zero", "cannot move", "W_K and W_Q", "gaussian:SD"],
        ),
        (&["--attention", "separate", "--start", "gaussian:0"], &["--start gaussian:0", "cannot move", "identity"]),
        (&["--attention", "separate", "--start", "zero", "--rate", "1"], &["--start zero", "cannot move"]),
        (&["--teacher", "kite.txt"], &["mixing: 2 rows; expected 3, one for each token that asks"]),
        (&["group-sparse-classification", "--filters", "3"], &["--filters 3: expected 1"]),
        (&["--attention", "separate", "--keys", "0"], &["--keys", "from 1"]),
        (&["--scale", "keys"], &["--scale keys", "--attention separate"]),
        (&["--scale", "nan"], &["--scale", "nan", "tokens, keys or a number"]),
        (&["--start", "gaussian:-1"], &["--start", "gaussian:SD"]),
        (&["--train", "value-content,keys"], &["--train", "keys", "position-position"]),
        (&["--train", "encoding"], &["does not have"]),
        (&["--train", "position-position"], &["--train: ", "cannot move", "W_V", "value-content"]),
        (&["--embedding", "content", "--encoding", "sine"], &["--encoding", "content"]),
        (&["--embedding", "added"], &["16 orthonormal codes", "6 entries", "sinusoidal"]),
        (&["--loss", "logistic"], &["--loss logistic", "squared"]),
        (&["group-sparse-classification", "--loss", "squared"], &["--loss squared", "logistic"]),
        (&["group-sparse-classification", "--noise", "1"], &["--noise", "label"]),
        (&["top-k", "--flips", "0.1"], &["--flips", "no labels"]),
        (&["group-sparse-classification", "--flips", "1.5"], &["--flips", "from 0 to 1"]),
        (&["learned-weights", "--group", "2"], &["--group 2", "weighed"]),
        (&["top-k", "--group", "17"], &["--group 17", "from 1 to 16"]),
    ];
    for (arguments, expected) in refused {
        let all = if arguments[0] == "learn" { arguments.to_vec() } else { [&LAYER[..], arguments].concat() };
        let output = common::tutee(&folder, &all);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{all:?}: {error}");
        assert!(expected.iter().all(|part| error.contains(part)), "{error}; expected {expected:?}");
    }
    assert_eq!(common::contents(&folder).into_iter().collect::<Vec<_>>(), ["kite.txt"]);
}

/// Selection of sets that come with the sample has an exact gradient and a law, by which it is judged.
#[test]
fn exact_selection_ends_on_its_law_and_is_judged_by_it() {
    let folder = folder("exact_selection");
    let task: Vec<&str> =
        "learn selection-per-sample --student layer --mode population --tokens 8 --group 2 --filters 3 --features 3 \
                           --scale 1 --encoding orthonormal --rate 0.1 --attention-rate 0.5 --steps 20000"
            .split_whitespace()
            .collect();
    let run = &runs(&folder, &task)[0];
    assert_eq!((&run["mode"], &run["verdict"]), (&Value::from("population"), &Value::from("asymptotic")), "{run}");
    assert!((number(run, "law_ratio") - 1.0).abs() < 0.01, "{}", run["law_ratio"]);
    assert!((number(run, "excess_loss") / (7.0 / (4.0 * 0.5 * 20_000.0)) - 1.0).abs() < 0.01, "{}", run["excess_loss"]);
    assert_eq!(run["train"], serde_json::json!(["value-content", "position-position"]));
    // Content alone, codes of each sample, other blocks, samples and other tasks have no such gradient.
    for (arguments, named) in [
        ("selection-per-sample --embedding content", "does not have"),
        ("selection-per-sample --encoding signs", "one W_KQ"),
        ("selection-per-sample --train value-content,value-position", "all else is zero"),
        ("selection-per-sample --batch 8", "--batch"),
        ("selection-per-sample top-k", "--mode online"),
    ] {
        let whole: Vec<&str> =
            ["learn", "--student", "layer"].into_iter().chain(arguments.split_whitespace()).collect();
        let output = common::tutee(&folder, &whole);
        let told = String::from_utf8(output.stderr).unwrap();
        let one_line = told.lines().count() == 1;
        assert!(output.status.code() == Some(2) && told.contains(named) && one_line, "{arguments}: {told}");
    }
    let short =
        ["learn", "selection-per-sample", "--student", "layer", "--tokens", "6", "--steps", "50", "--scalar", "f32"];
    let result = serde_json::json!({ "runs": runs(&folder, &short) });
    fs::write(folder.join("result.json"), result.to_string()).unwrap();
    let output = again::rerun(&folder, "result.json");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(0) && said.starts_with("equal "), "{said}");
}

/// Batches make the loss of a layer jump on its way down. Where it falls by more than its jumps, nothing has failed, though the fall be
/// slower than 1/t; where jumps are all, the run has, whatever a line through the last of them says.
#[test]
fn a_loss_that_falls_and_jumps_on_its_way_is_no_failure() {
    let folder = folder("jumps");
    let cycle = "graph-relu --tokens 10 --group 3 --attention separate --batch 50";
    let merged = "conv-relu --tokens 12 --group 4 --batch 100";
    let separate = "token-selection --tokens 20 --group 4 --attention separate --batch 100";
    for (words, rates, verdict, code, slopes) in [
        (cycle, "--rate 0.1 --attention-rate 0.5 --steps 3000", "transient", 0, -3.0..-1.0),
        (merged, "--rate 0.1 --attention-rate 0.7 --steps 6000 --seed 3", "transient", 0, -1.0..-0.5),
        (merged, "--rate 0.1 --attention-rate 1 --steps 6000", "oscillating", 1, -0.25..0.5),
        (separate, "--rate 0.05 --attention-rate 0.3 --steps 8000", "oscillating", 1, -2.0..-1.0),
    ] {
        let common = "learn --student layer --mode online --json -";
        let args: Vec<_> = [common, words, rates].into_iter().flat_map(|words| words.split(' ')).collect();
        let output = common::tutee(&folder, &args);
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        let run = &result["runs"][0];
        assert_eq!((&run["verdict"], output.status.code()), (&verdict.into(), Some(code)), "{}", run["reason"]);
        assert!(slopes.contains(&number(run, "slope")), "{}", run["slope"]);
    }
}
