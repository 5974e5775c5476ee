//! Classification by one token with attention on positions alone: the exact logistic loss and its law on the command line.

#[path = "common/rerun.rs"]
mod again;
mod common;

use std::fs;
use std::path::Path;

use serde_json::Value;

const TASK: &str = "learn group-sparse-classification --mode population --tokens 5";

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn run(folder: &Path, arguments: &str) -> Value {
    let output = common::tutee(folder, &words(&format!("{arguments} --json -")));
    assert_eq!(output.status.code(), Some(0), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    result["runs"][0].clone()
}

fn number(run: &Value, field: &str) -> f64 {
    run[field].as_f64().unwrap_or_else(|| panic!("{field}: {}", run[field]))
}

/// The promise at 10,000 steps, the verdict, and what of a run says what it was.
#[test]
fn labels_are_learned_along_their_law() {
    let folder = common::folder("labels-law");
    let found = run(&folder, &format!("{TASK} --rate 0.5 --attention-rate 2.5 --steps 10000"));
    let ratio = number(&found, "law_ratio");
    assert!(ratio > 1.0 && ratio < 1.05, "{ratio}");
    // C^(2/3) (3 D^2 rate steps)^(-1/3), by hand.
    assert!((number(&found, "excess_loss") / 0.010_471_98 - ratio).abs() < 1e-6, "{}", found["excess_loss"]);
    assert_eq!((&found["verdict"], &found["loss"]), (&"asymptotic".into(), &"logistic".into()), "{}", found["reason"]);
    assert!((number(&found, "slope") + 1.0 / 3.0).abs() < 0.05, "{}", found["slope"]);
    assert!((number(&found, "excess_loss_start") - std::f64::consts::LN_2).abs() < 1e-15);
    let token = number(&found, "teacher_token") as usize;
    for row in found["attention"].as_array().unwrap() {
        assert!(row[token].as_f64().unwrap() > 0.99, "{row}");
    }
    assert!(1.0 - number(&found, "value_cosine_min") < 1e-12);
    let said = ["student", "mode", "flips", "filters", "best_loss", "batch", "noise"].map(|field| found[field].clone());
    let expected: [Value; 7] =
        ["position".into(), "population".into(), 0.0.into(), 1.into(), 0.0.into(), Value::Null, Value::Null];
    assert_eq!(said, expected);
    // Other inputs are labelled by the same token: what is left is of the same kind, and no error of a filter's length.
    let last = found["curve"].as_array().unwrap().last().unwrap().clone();
    assert!(last["ood_excess"].as_f64().unwrap() < 0.1 && last["value_error"].is_null(), "{last}");
    assert_eq!(last["digest"], found["digest"]);

    let early = run(&folder, &format!("{TASK} --rate 0.5 --attention-rate 2.5 --steps 300"));
    assert_eq!(early["verdict"], "transient", "{}", early["law_ratio"]);
    // Nothing but the default is needed for it.
    let default = run(&folder, &format!("{TASK} --steps 100000"));
    assert_eq!((&default["verdict"], number(&default, "attention_rate")), (&"asymptotic".into(), 5.0));
}

/// The layer that trains the two blocks on samples of the same teacher learns the same filter and token.
#[test]
fn the_teacher_is_that_of_the_layer() {
    let folder = common::folder("labels-layer");
    let exact = run(&folder, &format!("{TASK} --steps 3"));
    let layer = run(
        &folder,
        "learn group-sparse-classification --student layer --mode online --tokens 5 --steps 3 --train value-content,position-position",
    );
    for field in ["teacher_value", "teacher_token"] {
        assert_eq!(exact[field], layer[field], "{field}");
    }
}

/// What a linear logit costs where labels are flipped is a floor that is known.
#[test]
fn flipped_labels_end_on_the_least_loss() {
    let folder = common::folder("labels-flips");
    let found = run(&folder, &format!("{TASK} --flips 0.2 --steps 20000"));
    let (excess, best) = (number(&found, "excess_loss"), number(&found, "best_loss"));
    assert!(best > 0.01 && excess >= best * (1.0 - 1e-9) && excess < 1.01 * best, "{excess} {best}");
    assert_eq!((&found["verdict"], &found["law_ratio"]), (&"floor".into(), &Value::Null), "{}", found["reason"]);
}

/// Labels of a coin: there is nothing to learn, which is said and is no failure; of labels that are all flipped there is as much as of none.
#[test]
fn chance_and_the_opposite_are_told_apart() {
    let folder = common::folder("labels-chance");
    for more in ["", "--scalar f32", "--rate 1e-3"] {
        let found = run(&folder, &format!("{TASK} --flips 0.5 --steps 2000 {more}"));
        assert_eq!((&found["verdict"], &found["best_loss"]), (&"floor".into(), &0.0.into()), "{}", found["reason"]);
        assert!(found["reason"].as_str().unwrap().contains("pure chance"), "{}", found["reason"]);
        assert_eq!((&found["law_ratio"], &found["value_cosine_min"]), (&Value::Null, &Value::Null));
    }
    let output = common::tutee(&folder, &words(&format!("{TASK} --flips 0.5 --steps 100")));
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(table.lines().filter(|line| line.contains("pure chance")).count(), 1, "{table}");
    let none = run(&folder, &format!("{TASK} --rate 0.5 --attention-rate 2.5 --steps 10000"));
    let all = run(&folder, &format!("{TASK} --rate 0.5 --attention-rate 2.5 --steps 10000 --flips 1"));
    assert_eq!(all["verdict"], "asymptotic", "{}", all["reason"]);
    for field in ["excess_loss", "law_ratio"] {
        assert!(
            (number(&all, field) / number(&none, field) - 1.0).abs() < 1e-9,
            "{field}: {} {}",
            all[field],
            none[field]
        );
    }
    assert!((number(&all, "value_cosine_min") + 1.0).abs() < 1e-12);
}

/// Bits: a second run, both precisions, and a run that went on from a checkpoint.
#[test]
fn a_run_of_labels_is_made_again() {
    let folder = common::folder("labels-again");
    for more in ["", "--flips 0.1 --scalar f32", "--stop-loss 0.2"] {
        let found = run(&folder, &format!("{TASK} --steps 500 {more}"));
        fs::write(folder.join("result.json"), serde_json::json!({ "runs": [found] }).to_string()).unwrap();
        let output = again::rerun(&folder, "result.json");
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.code() == Some(0) && said.starts_with("equal "), "{more}: {said}");
    }
    let straight = run(&folder, &format!("{TASK} --steps 400"));
    run(&folder, &format!("{TASK} --steps 150 --checkpoint kept"));
    let on = run(&folder, &format!("{TASK} --steps 400 --checkpoint kept --resume"));
    assert_eq!((&on["digest"], &on["curve"]), (&straight["digest"], &straight["curve"]));
    // A result that says something else of its labels is refused in one line.
    let mut told = straight;
    told["teacher_mixing"][0] = serde_json::json!([0.5, 0.5, 0.0, 0.0, 0.0]);
    fs::write(folder.join("told.json"), serde_json::json!({ "runs": [told] }).to_string()).unwrap();
    let output = common::tutee(&folder, &["rerun", "told.json"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
    assert!(error.contains("one token"), "{error}");
}

/// The page's law is that of labels, and so is what it says.
#[test]
fn the_page_is_of_labels() {
    let folder = common::folder("labels-page");
    let output = common::tutee(&folder, &words(&format!("{TASK} --steps 2000 --out page")));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("law ratio"), "{table}");
    let page = fs::read_to_string(folder.join("page/index.html")).unwrap();
    for part in ["log-odds", "→ −⅓", "(C² / (3 D² · rate · steps))^⅓", "data-name=\"law-ratio\""] {
        assert!(page.contains(part), "{part}");
    }
    for part in ["id=\"out-of-distribution\"", "lopsided", "→ −1<"] {
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn what_labels_do_not_take_is_said_in_one_line() {
    let folder = common::folder("labels-refused");
    for (arguments, expected) in [
        ("--mode online", "--student layer"),
        ("--loss squared", "expected logistic"),
        ("--flips 1.5", "from 0 to 1"),
        ("--filters 2", "--filters 2: expected 1"),
        ("--group 2", "--group 2: expected 1"),
        ("--chosen 1", "--chosen"),
        ("--rule mirror", "--rule"),
        ("--value-rule projected", "--rule"),
        ("--student-activation relu", "--student-activation"),
        ("--noise 1", "--noise"),
        ("--batch 8", "--batch"),
        ("--encoding sine", "--encoding"),
        ("conv-relu --flips 0.1", "conv-relu: --flips: its answers are no labels"),
        ("conv-relu --loss logistic", "conv-relu: --loss logistic"),
        ("--student layer --mode population", "--student position"),
    ] {
        let output = common::tutee(&folder, &words(&format!("learn group-sparse-classification {arguments}")));
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{arguments}: {error}");
        assert!(error.contains(expected), "{arguments}: {error}");
    }
    assert!(common::contents(&folder).is_empty());
}
