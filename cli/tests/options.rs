//! Options of `tutee learn` that choose tokens, bias labels and end a run early: each decides what it says it does, is in the result, and
//! `rerun` finds the result equal.

mod common;
mod page;

use std::fs;
use std::path::Path;

use common::{contents, folder, tutee};
use npyz::NpyFile;
use safetensors::SafeTensors;
use serde_json::Value;

/// The runs of a command, whose result is then found equal by `rerun`.
fn runs(folder: &Path, args: &[&str]) -> Vec<Value> {
    let output = tutee(folder, &[args, &["--json", "result.json"]].concat());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let result: Value = serde_json::from_slice(&fs::read(folder.join("result.json")).expect(&error)).unwrap();
    let again = tutee(folder, &["rerun", "result.json"]);
    assert_eq!(again.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&again.stderr));
    fs::remove_file(folder.join("result.json")).unwrap();
    result["runs"].as_array().unwrap().clone()
}

fn run(folder: &Path, args: &[&str]) -> Value {
    runs(folder, args).swap_remove(0)
}

fn refused(folder: &Path, args: &[&str], parts: &[&str]) {
    let output = tutee(folder, args);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{args:?}: {error}");
    assert!(parts.iter().all(|part| error.contains(part)), "{args:?}: {error:?} does not name all of {parts:?}");
}

#[test]
fn tokens_are_chosen() {
    let folder = folder("options-chosen");
    for student in [&["--steps", "50"][..], &["--steps", "3", "--student", "layer", "--mode", "online"]] {
        let of = |task: &str, chosen: &str| run(&folder, &[&["learn", task, "--chosen", chosen], student].concat());
        let selection = of("token-selection", "9,2,14,3");
        let row: Vec<f64> = (0..16).map(|token| if [2, 3, 9, 14].contains(&token) { 0.25 } else { 0.0 }).collect();
        for mixing in selection["teacher_mixing"].as_array().unwrap() {
            assert_eq!(*mixing, Value::from(row.clone()));
        }
        assert_eq!(selection["group"], 4);
        let sparse = of("group-sparse", "7");
        assert_eq!(sparse["teacher_mixing"][0][7], 1.0);
    }
    assert_eq!(
        run(&folder, &["learn", "token-selection", "--steps", "5", "--chosen", "9,2,3"])["chosen"],
        Value::from(vec![2, 3, 9])
    );
    // Nothing chosen: drawn, and said.
    assert_eq!(run(&folder, &["learn", "token-selection", "--steps", "5"])["chosen"].as_array().unwrap().len(), 3);
    assert_eq!(run(&folder, &["learn", "conv-relu", "--steps", "5"])["chosen"], Value::Null);

    refused(
        &folder,
        &["learn", "token-selection", "--chosen", "1,16"],
        &["token-selection", "--chosen: 16", "from 0 to 15"],
    );
    refused(&folder, &["learn", "token-selection", "--chosen", "1,5,1"], &["--chosen: 1;", "each token once"]);
    refused(&folder, &["learn", "token-selection", "--chosen", "1,-5"], &["--chosen", "-5", "whole number from 0"]);
    refused(
        &folder,
        &["learn", "token-selection", "--chosen", "1,2", "--group", "3"],
        &["--group 3", "--chosen names 2"],
    );
    refused(&folder, &["learn", "group-sparse", "--chosen", "1,2"], &["group-sparse", "--chosen", "expected 1"]);
    refused(&folder, &["learn", "conv-relu", "--chosen", "1"], &["conv-relu: --chosen", "token-selection"]);
    refused(&folder, &["learn", "--chosen", "1"], &["conv-relu: --chosen"]);
    let layer = ["--student", "layer", "--mode", "online", "--chosen", "1"];
    refused(&folder, &[&["learn", "top-k"], &layer[..]].concat(), &["top-k: --chosen", "every sample"]);
}

#[test]
fn labels_have_a_bias() {
    let folder = folder("options-noise-mean");
    let online = ["learn", "token-selection", "--mode", "online", "--tokens", "4", "--steps", "400", "--batch", "16"];
    let biased = |mean: &str| run(&folder, &[&online[..], &["--noise-mean", mean]].concat());
    let (none, zero, one) = (run(&folder, &online), biased("0"), biased("1"));
    assert_eq!(none["digest"], zero["digest"]);
    assert_ne!(none["digest"], one["digest"]);
    assert_eq!((&one["noise_mean"], &one["noise"], &none["noise_mean"]), (&1.0.into(), &0.0.into(), &0.0.into()));
    // Inputs have mean zero, so that a bias is a noise that no W fits, and whose size the batches leave in it.
    let loss = |run: &Value| run["excess_loss"].as_f64().unwrap();
    assert!(loss(&one) > 3.0 * loss(&none), "{} {}", loss(&one), loss(&none));
    // Its law is not that of labels without one.
    assert!(none["law_ratio"].is_f64() && one["law_ratio"].is_null());
    // A ReLU can follow a bias, and must not: the excess loss ends on a floor.
    let relu = |mean: &str| {
        run(
            &folder,
            &["learn", "conv-relu", "--mode", "online", "--tokens", "4", "--steps", "400", "--noise-mean", mean],
        )
    };
    assert!(loss(&relu("-0.5")) > 10.0 * loss(&relu("0")));

    let layer =
        ["learn", "token-selection", "--student", "layer", "--mode", "online", "--tokens", "4", "--steps", "30"];
    let (plain, biased) = (run(&folder, &layer), run(&folder, &[&layer[..], &["--noise-mean", "-2"]].concat()));
    assert_ne!(plain["digest"], biased["digest"]);
    assert_eq!((&plain["noise_mean"], &biased["noise_mean"]), (&0.0.into(), &(-2.0).into()));

    refused(&folder, &["learn", "--noise-mean", "1"], &["--noise-mean", "--mode online"]);
    refused(&folder, &["learn", "--mode", "online", "--noise-mean", "inf"], &["--noise-mean", "inf", "finite"]);
    refused(
        &folder,
        &["learn", "--mode", "online", "--scalar", "f32", "--noise-mean", "1e39"],
        &["--noise-mean: 1e39", "f32"],
    );
    let labels =
        ["learn", "group-sparse-classification", "--student", "layer", "--mode", "online", "--noise-mean", "1"];
    refused(&folder, &labels, &["--noise-mean", "label"]);
}

#[test]
fn runs_end_where_enough_is_reached() {
    let folder = folder("options-stop");
    let until = |more: &[&str]| run(&folder, &[&["learn", "conv-relu", "--steps", "20000"], more].concat());
    let number = |run: &Value, field: &str| run[field].as_f64().unwrap_or_else(|| panic!("{field}: {}", run[field]));
    let whole = until(&[]);
    assert_eq!(
        (whole["stopped"].as_str(), number(&whole, "steps"), &whole["stop_every"]),
        (Some("steps"), 2e4, &Value::Null)
    );

    // By the law, of the loss and of its norm of the gradient.
    let loss = until(&["--stop-loss", "0.2"]);
    assert_eq!(
        (loss["stopped"].as_str(), number(&loss, "stop_loss"), number(&loss, "stop_every")),
        (Some("excess_loss"), 0.2, 100.0)
    );
    let steps = number(&loss, "steps");
    assert!(steps > 100.0 && steps < 2e4 && steps % 100.0 == 0.0, "{steps}");
    assert!(number(&loss, "excess_loss") <= 0.2, "{}", loss["excess_loss"]);
    let curve = loss["curve"].as_array().unwrap();
    assert_eq!(number(curve.last().unwrap(), "step"), steps, "the curve ends there");
    // A hundred steps before it was not there yet.
    let before = run(&folder, &["learn", "conv-relu", "--steps", &format!("{}", steps - 100.0)]);
    assert!(number(&before, "excess_loss") > 0.2);

    let exactly = until(&["--stop-loss", "0.2", "--stop-every", "1"]);
    let first = number(&exactly, "steps");
    assert!(first > steps - 100.0 && first <= steps, "{first} {steps}");
    assert_ne!(first % 100.0, 0.0, "of every step, not of a hundredth");

    let relative = until(&["--stop-relative", "0.1"]);
    let part = number(&relative, "excess_loss") / number(&relative, "excess_loss_start");
    assert!(part <= 0.1 && part > 0.05, "{part}");
    assert_eq!((relative["stopped"].as_str(), number(&relative, "stop_relative")), (Some("excess_loss"), 0.1));

    let gradient = until(&["--stop-gradient", "0.006"]);
    assert_eq!((gradient["stopped"].as_str(), number(&gradient, "stop_gradient")), (Some("gradient_norm"), 0.006));
    assert!(number(&gradient, "steps") < 2e4, "{}", gradient["steps"]);

    let online = run(&folder, &["learn", "conv-relu", "--mode", "online", "--stop-relative", "0.2", "--steps", "5000"]);
    assert_eq!(online["stopped"], "excess_loss");

    // A checkpoint of a run that has ended so goes on where nothing ends it.
    let kept = ["learn", "conv-relu", "--steps", "3000", "--checkpoint", "kept"];
    tutee(&folder, &[&kept[..], &["--stop-loss", "1"]].concat());
    let (on, straight) = (run(&folder, &[&kept[..], &["--resume"]].concat()), run(&folder, &kept[..4]));
    assert_eq!(
        (&on["digest"], on["curve"].as_array().unwrap().len()),
        (&straight["digest"], straight["curve"].as_array().unwrap().len())
    );

    refused(&folder, &["learn", "--stop-loss", "-1"], &["--stop-loss", "-1", "from 0"]);
    refused(&folder, &["learn", "--stop-relative", "1.5"], &["--stop-relative", "1.5", "from 0 to 1"]);
    refused(&folder, &["learn", "--stop-gradient", "nan"], &["--stop-gradient", "nan", "from 0"]);
    refused(&folder, &["learn", "--stop-every", "5"], &["--stop-every", "--stop-loss"]);
    refused(&folder, &["learn", "--stop-loss", "1", "--stop-every", "0"], &["--stop-every", "0", "from 1"]);
}

#[test]
fn a_run_ends_where_a_step_changes_nothing() {
    let folder = folder("options-rest");
    // The average of all tokens: W comes nearer by a factor at every step, until it is there to the last bit.
    let all = ["learn", "token-selection", "--group", "16", "--rate", "0.1", "--steps", "100000"];
    let rests = [&all[..], &["--stop-unchanged"]].concat();
    let rest = run(&folder, &rests);
    assert_eq!((rest["stopped"].as_str(), &rest["stop_unchanged"]), (Some("unchanged"), &true.into()));
    let steps = rest["steps"].as_u64().unwrap();
    assert!(steps < 5_000 && steps % 100 == 1, "{steps}");
    assert!(rest["reason"].as_str().unwrap().ends_with("; stopped: a step changes nothing"), "{}", rest["reason"]);
    let whole = run(&folder, &all);
    assert_eq!((&whole["value"], &whole["logits"]), (&rest["value"], &rest["logits"]), "nor does any other");
    assert_eq!((whole["stopped"].as_str(), &whole["stop_unchanged"]), (Some("steps"), &Value::Null));
    let every = run(&folder, &[&rests[..], &["--stop-every", "1"]].concat());
    let first = every["steps"].as_u64().unwrap();
    assert!(first > steps - 101 && first < steps, "{first} {steps}");
    let before = run(
        &folder,
        &["learn", "token-selection", "--group", "16", "--rate", "0.1", "--steps", &(first - 2).to_string()],
    );
    let at = run(
        &folder,
        &["learn", "token-selection", "--group", "16", "--rate", "0.1", "--steps", &(first - 1).to_string()],
    );
    assert!((&at["value"], &at["logits"]) == (&rest["value"], &rest["logits"]));
    assert_ne!(before["digest"], at["digest"]);

    // Gone on with from before, from there, and from there without an end.
    let timeless = |run: &Value| {
        let mut run = run.as_object().unwrap().clone();
        ["seconds", "time", "command"].iter().for_each(|field| drop(run.remove(*field)));
        run
    };
    let kept = ["--checkpoint", "kept", "--resume"];
    run(
        &folder,
        &[&["learn", "token-selection", "--group", "16", "--rate", "0.1", "--steps", "250"], &kept[..]].concat(),
    );
    for _ in 0..2 {
        assert_eq!(timeless(&run(&folder, &[&rests[..], &kept].concat())), timeless(&rest));
    }
    assert_eq!(timeless(&run(&folder, &[&all[..], &kept].concat())), timeless(&whole));

    // Zero is a saddle of this teacher: a step of it is no step.
    let saddle = r#"{"activation": "identity", "value": [[1, 0.5]], "mixing": [[1, -1], [-1, 1]]}"#;
    fs::write(folder.join("saddle.json"), saddle).unwrap();
    let output = tutee(&folder, &["learn", "--teacher", "saddle.json", "--stop-unchanged", "--out", "page"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("saddle: stuck: ") && said.contains("; stopped: a step changes nothing"), "{said}");

    // What Adam keeps goes on changing for a while.
    let adam = [
        "learn",
        "token-selection",
        "--group",
        "16",
        "--rate",
        "0.1",
        "--rule",
        "adam",
        "--steps",
        "3000",
        "--stop-unchanged",
    ];
    assert!(["steps", "unchanged"].contains(&run(&folder, &adam)["stopped"].as_str().unwrap()));
    refused(
        &folder,
        &["learn", "--mode", "online", "--stop-unchanged"],
        &["--stop-unchanged", "next samples", "none with --mode online"],
    );
}

#[test]
fn a_layer_ends_where_enough_is_reached() {
    let folder = folder("options-stop-layer");
    let of = |more: &[&str]| run(&folder, &[&["learn", "selection-per-sample", "--student", "layer"], more].concat());
    let number = |run: &Value, field: &str| run[field].as_f64().unwrap_or_else(|| panic!("{field}: {}", run[field]));
    let exact = ["--tokens", "6", "--group", "2", "--steps", "4000"];
    let whole = of(&exact);
    assert_eq!((whole["stopped"].as_str(), &whole["stop_every"]), (Some("steps"), &Value::Null));
    let goal = number(&whole, "excess_loss") * 4.0;
    let loss = of(&[&exact[..], &["--stop-loss", &goal.to_string()]].concat());
    let steps = number(&loss, "steps");
    assert_eq!((loss["stopped"].as_str(), number(&loss, "stop_loss")), (Some("excess_loss"), goal));
    assert!(steps % 100.0 == 0.0 && steps < 4000.0 && number(&loss, "excess_loss") <= goal, "{steps}");
    assert_eq!(number(loss["curve"].as_array().unwrap().last().unwrap(), "step"), steps, "the curve ends there");
    let before = of(&["--tokens", "6", "--group", "2", "--steps", &(steps - 100.0).to_string()]);
    assert!(number(&before, "excess_loss") > goal);
    let gradient = of(&[&exact[..], &["--stop-gradient", "0.02", "--stop-every", "10"]].concat());
    assert_eq!(gradient["stopped"], "gradient_norm");
    let steps = number(&gradient, "steps");
    // Along a law of 1/t the norm falls as its power of 3/2.
    let later = of(&[&exact[..], &["--stop-gradient", "0.0025", "--stop-every", "10"]].concat());
    let factor = number(&later, "steps") / steps;
    assert!(steps % 10.0 == 0.0 && factor > 2.0 && factor < 8.0, "{steps} {factor}");
    // Of all tokens there is one set, and no attention to learn.
    let rest = of(&["--tokens", "6", "--group", "6", "--steps", "20000", "--stop-unchanged"]);
    assert_eq!((rest["stopped"].as_str(), number(&rest, "steps") % 100.0), (Some("unchanged"), 1.0));
    assert!(rest["reason"].as_str().unwrap().ends_with("; stopped: a step changes nothing"), "{}", rest["reason"]);
    let longer = of(&["--tokens", "6", "--group", "6", "--steps", "20000"]);
    assert_eq!((&rest["value"], &rest["w_kq"]), (&longer["value"], &longer["w_kq"]));

    let online = ["learn", "conv-relu", "--student", "layer", "--mode", "online", "--tokens", "8", "--steps", "1500"];
    let relative = run(&folder, &[&online[..], &["--stop-relative", "0.5", "--stop-every", "20"]].concat());
    let part = number(&relative, "excess_loss") / number(&relative, "excess_loss_start");
    assert!(relative["stopped"] == "excess_loss" && part <= 0.5 && part > 0.3, "{part}");
    assert_eq!(number(&relative, "steps") % 20.0, 0.0);
    // A run that was ended goes on where nothing ends it, and one that goes on ends where it would have ended.
    let kept = ["--checkpoint", "kept", "--resume"];
    let again = run(&folder, &[&online[..], &["--stop-relative", "0.5", "--stop-every", "20"], &kept].concat());
    let twice = run(&folder, &[&online[..], &["--stop-relative", "0.5", "--stop-every", "20"], &kept].concat());
    assert!(again["digest"] == relative["digest"] && twice["digest"] == relative["digest"]);
    let (on, straight) = (run(&folder, &[&online[..], &kept].concat()), run(&folder, &online));
    assert_eq!((&on["digest"], &on["curve"]), (&straight["digest"], &straight["curve"]));

    refused(
        &folder,
        &[&online[..], &["--stop-gradient", "1"]].concat(),
        &["conv-relu: --stop-gradient", "selection-per-sample", "--stop-loss"],
    );
    refused(&folder, &[&online[..], &["--stop-unchanged"]].concat(), &["--stop-unchanged", "none with --mode online"]);
    let many =
        ["learn", "selection-per-sample", "--student", "layer", "--tokens", "20", "--group", "8", "--stop-unchanged"];
    refused(&folder, &many, &["selection-per-sample: --stop-unchanged", "sets", "fewer --tokens"]);
}

#[test]
fn a_student_may_have_an_activation_of_its_own() {
    let folder = folder("options-activation");
    let small = ["learn", "conv-relu", "--tokens", "4", "--group", "2", "--filters", "1", "--features", "2"];
    let online = ["--mode", "online", "--rate", "0.05", "--attention-rate", "2", "--batch", "256", "--steps", "3000"];
    let of = |more: &[&str]| run(&folder, &[&small[..], &online, more].concat());
    let number = |run: &Value, field: &str| run[field].as_f64().unwrap_or_else(|| panic!("{field}: {}", run[field]));
    // The best linear function of the inputs has half of the teacher's filters, and leaves a quarter of their power.
    let linear = of(&["--student-activation", "identity"]);
    assert_eq!((&linear["activation"], &linear["student_activation"]), (&"relu".into(), &"identity".into()));
    for (w, v) in numbers(&linear["value"]).iter().zip(numbers(&linear["teacher_value"])) {
        assert!((w - 0.5 * v).abs() < 0.05, "{w} {v}");
    }
    let best = number(&linear, "best_loss");
    // 1/2 of four outputs, each the mean of two tokens, times 1/4.
    assert!((best - 0.25).abs() < 0.02 && number(&linear, "excess_loss") < 1.05 * best, "{best}");
    assert!(number(&linear, "excess_loss") > 0.99 * best && number(&linear, "attention_error_max") < 0.1);
    assert_eq!(linear["verdict"], "floor");
    // What its answers cannot be is noise to its batches: no law.
    assert!(linear["law_ratio"].is_null() && linear["line_ratio"].is_null() && linear["steps_needed"].is_null());
    let usual = of(&[]);
    assert!(usual["student_activation"].is_null() && number(&usual, "best_loss") == 0.0, "{}", usual["best_loss"]);
    assert!(number(&usual, "excess_loss") < 0.1 * best, "{}", usual["excess_loss"]);
    // One that is the teacher's is no other.
    assert_eq!(of(&["--student-activation", "relu"])["digest"], usual["digest"]);
    let exact = [&small[..], &["--steps", "50"]].concat();
    let (named, plain) =
        (run(&folder, &[&exact[..], &["--student-activation", "relu"]].concat()), run(&folder, &exact));
    assert_eq!((&named["digest"], &named["student_activation"]), (&plain["digest"], &Value::Null));
    // No best is known of it, and it is nearer.
    let leaky = of(&["--student-activation", "leaky_relu:0.3"]);
    assert_eq!(leaky["student_activation"]["leaky_relu"], 0.3);
    assert!(leaky["best_loss"].is_null() && number(&leaky, "excess_loss") < 0.5 * best, "{}", leaky["excess_loss"]);

    let output =
        tutee(&folder, &[&small[..], &online[..6], &["--steps", "30", "--student-activation", "identity"]].concat());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("; the student has no activation, the teacher ReLU, which is noise to its batches"),
        "{said}"
    );
    assert!(said.contains("where it is not linear: no law is known"), "{said}");
    let leaky = ["--steps", "30", "--student-activation", "leaky_relu:0.5"];
    let output = tutee(&folder, &[&small[..], &online[..6], &leaky].concat());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("the teacher ReLU; no law is known of such a student"), "{said}");
    let goal = of(&["--student-activation", "identity", "--stop-relative", "0.7"]);
    assert_eq!(goal["stopped"], "excess_loss");

    // Over all inputs, too: the gradient is that of the linear part of the teacher, and the loss above the least falls along its law.
    let exact =
        run(&folder, &["learn", "conv-relu", "--tokens", "8", "--student-activation", "identity", "--steps", "100000"]);
    let number = |field: &str| exact[field].as_f64().unwrap_or_else(|| panic!("{field}: {}", exact[field]));
    // 1/8 |V*|^2 |S*|^2, four filters of norm one, eight outputs of four tokens each.
    assert!((number("best_loss") - 1.0).abs() < 1e-9, "{}", number("best_loss"));
    assert_eq!(exact["verdict"], "floor");
    let law = 4.0 * 8.0 * (8.0 - 4.0) / (4.0 * number("attention_rate") * number("steps"));
    let ratio = (number("excess_loss") - number("best_loss")) / law;
    assert!((ratio - 1.0).abs() < 0.02, "{ratio}");
    assert!((number("law_ratio") - ratio).abs() < 1e-9 && exact["line_ratio"].is_null(), "{}", number("law_ratio"));
    for (v, w) in numbers(&exact["teacher_value"]).into_iter().zip(numbers(&exact["value"])) {
        assert!((w - 0.5 * v).abs() < 0.02, "{w} {v}");
    }

    let layer = ["learn", "conv-relu", "--student", "layer", "--mode", "online", "--tokens", "8", "--steps", "40"];
    let own = run(&folder, &[&layer[..], &["--student-activation", "identity", "--weights", "w.safetensors"]].concat());
    assert_eq!((&own["activation"], &own["student_activation"]), (&"relu".into(), &"identity".into()));
    assert_ne!(own["digest"], run(&folder, &layer)["digest"]);
    // Who uses the matrices needs the student's.
    let bytes = fs::read(folder.join("w.safetensors")).unwrap();
    let (_, head) = SafeTensors::read_metadata(&bytes).unwrap();
    let told: Value = serde_json::from_str(&head.metadata().as_ref().unwrap()["tutee"]).unwrap();
    assert_eq!(told["activation"], "identity");

    let refuse = |more: &[&str], said: &[&str]| refused(&folder, &[&small[..], more].concat(), said);
    let own = "--student-activation";
    refuse(&[own, "leaky_relu:0.3"], &["conv-relu: --student-activation", "--mode online"]);
    refuse(&[own, "identity", "--rule", "adam"], &["conv-relu: --student-activation", "--rule"]);
    refuse(&[own, "identity", "--mode", "online", "--rule", "adam"], &["conv-relu: --student-activation", "--rule"]);
    refuse(
        &[own, "identity", "--mode", "online", "--stop-gradient", "1"],
        &["--student-activation", "--stop-gradient"],
    );
    refuse(&[own, "tanh", "--mode", "online"], &["--student-activation", "tanh", "leaky_relu:K"]);
    refuse(&[own, "leaky_relu:2", "--mode", "online"], &["leaky_relu:2", "K from 0 to 1"]);
    refused(
        &folder,
        &["learn", "selection-per-sample", "--student", "layer", own, "relu"],
        &["selection-per-sample: --student-activation", "--mode online"],
    );
}

/// What is called an excess loss is one: where no student can be its teacher, or nobody knows, table, CSV and page speak of the loss.
#[test]
fn a_loss_that_cannot_be_zero_is_no_excess() {
    let folder = folder("options-loss-names");
    let signed = r#"{"activation": "identity", "value": [[1, 0.5]], "mixing": [[1, -0.5, 0.5], [0.5, 1, -0.5]]}"#;
    fs::write(folder.join("signed.json"), signed).unwrap();
    fs::write(folder.join("signed-relu.json"), signed.replace("identity", "relu")).unwrap();
    let own = [
        "conv-relu",
        "--mode",
        "online",
        "--student-activation",
        "identity",
        "--steps",
        "200",
        "--attention-rate",
        "1",
    ];
    // The arguments, what the loss is called, whether its excess over the least is known.
    let cases: [(&[&str], &str, bool); 6] = [
        (&["conv-relu", "token-selection", "--steps", "200"], "excess loss", true),
        (&["conv-relu", "--mode", "online", "--noise", "0.3", "--steps", "200"], "excess loss", true),
        (&own, "loss", true),
        (&["conv-relu", "--mode", "online", "--student-activation", "leaky_relu:0.5", "--steps", "50"], "loss", false),
        (&["--teacher", "signed.json", "--steps", "20000"], "loss", true),
        (&["--teacher", "signed-relu.json", "--steps", "200"], "loss", false),
    ];
    for (args, name, known) in cases {
        let output = tutee(&folder, &[&["learn"], args, &["--out", "page"]].concat());
        let table = String::from_utf8(output.stdout).unwrap();
        let headings = table.lines().next().unwrap();
        assert!(
            headings.contains(&format!("steps  {name}")) || headings.contains(&format!(" {name}  ")),
            "{args:?}: {table}"
        );
        let excess = name == "excess loss";
        assert_eq!(headings.contains("excess"), excess, "{args:?}: {table}");
        let mut csv = csv::Reader::from_path(folder.join("page/table.csv")).unwrap();
        let headings = csv.headers().unwrap().clone();
        let column = |name: &str| headings.iter().position(|heading| heading == name).unwrap();
        for row in csv.records().map(Result::unwrap) {
            let [loss, least, over] = ["loss", "least loss", "excess loss"].map(|name| row[column(name)].to_owned());
            let number = |cell: &str| cell.parse::<f64>().unwrap();
            assert_eq!((least == "-", over == "-"), (!known, !known), "{row:?}");
            if known {
                assert!((number(&loss) - number(&least) - number(&over)).abs() <= 2e-3 * number(&loss), "{row:?}");
                assert_eq!(number(&least) == 0.0, excess, "{row:?}");
            }
        }
        let page = fs::read_to_string(folder.join("page/index.html")).unwrap();
        assert_eq!(page::without_scripts(&page).to_ascii_lowercase().contains("excess"), excess, "{args:?}");
        assert_eq!(page.contains("\"least loss of "), known && !excess, "{args:?}");
        assert_eq!(page.contains("<td>→ −1</td>"), excess, "{args:?}");
    }
}

#[test]
fn digits_are_cut_and_learned_as_asked() {
    let folder = folder("options-mnist");
    let of = |more: &[&str]| run(&folder, &[&["mnist", "--steps", "12", "--batch", "2"], more].concat());
    let size =
        |run: &Value| ["filters", "features", "tokens", "outputs", "group"].map(|field| run[field].as_u64().unwrap());
    let usual = of(&[]);
    assert_eq!(size(&usual), [8, 9, 144, 16, 9]);
    assert_eq!(["patch", "stride", "window"].map(|field| usual[field].as_u64().unwrap()), [3, 3, 3]);

    // One pixel of frame, 15 patches of 2 x 2 a side, 5 windows of 3.
    let small = of(&["--patch", "2", "--filters", "5"]);
    assert_eq!(size(&small), [5, 4, 225, 25, 9]);
    assert_eq!((small["stride"].as_u64(), small["grid"].as_u64()), (Some(2), Some(15)));
    // 28 + 2 x 2 pixels, 15 patches that overlap, 3 windows of 5.
    let near = of(&["--patch", "4", "--stride", "2", "--window", "5"]);
    assert_eq!(size(&near), [8, 16, 225, 9, 25]);

    let rates = of(&["--rate", "0.125", "--attention-rate", "3"]);
    assert_eq!((rates["rate"].as_f64(), rates["attention_rate"].as_f64()), (Some(0.125), Some(3.0)));
    assert_eq!(rates["teacher_value"], usual["teacher_value"], "the network is the same");
    assert_ne!(rates["digest"], usual["digest"]);

    let pictures =
        tutee(&folder, &["mnist", "--steps", "5", "--patch", "4", "--stride", "2", "--window", "5", "--out", "page"]);
    assert!(pictures.status.success() && folder.join("page/index.html").exists());

    let digits = of(&["--npy", "arrays", "--weights", "w.safetensors"]);
    let file = NpyFile::new(fs::File::open(folder.join("arrays/w_kq.npy")).unwrap()).unwrap();
    let (shape, kq) = (file.shape().to_vec(), file.into_vec::<f32>().unwrap());
    let kq: Vec<f64> = kq.into_iter().map(f64::from).collect();
    let tokens = digits["tokens"].as_u64().unwrap();
    assert_eq!((shape, kq), (vec![tokens, tokens], numbers(&digits["w_kq"])));
    let bytes = fs::read(folder.join("w.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!((tensors.len(), contents(&folder.join("arrays")).len()), (4, 4));

    refused(
        &folder,
        &["mnist", "--patch", "3", "--stride", "2"],
        &["--patch 3 --stride 2 --window 3", "come out even"],
    );
    refused(&folder, &["mnist", "--window", "12"], &["--window 12", "windows a side; expected at least 3"]);
    refused(&folder, &["mnist", "--patch", "0"], &["--patch", "0", "from 1 to 28"]);
    refused(&folder, &["mnist", "--filters", "0"], &["--filters", "0", "from 1 to 1024"]);
    refused(&folder, &["mnist", "--rate", "-1"], &["--rate", "-1", "positive"]);
    refused(&folder, &["mnist", "--attention-rate", "1e60"], &["--attention-rate: 1e60", "f32"]);
}

/// A matrix of a file in NumPy's format: its sides, and its numbers row by row.
fn npy(path: &Path) -> (Vec<u64>, Vec<f64>) {
    let file = NpyFile::new(fs::File::open(path).unwrap()).unwrap();
    (file.shape().to_vec(), file.into_vec().unwrap())
}

fn numbers(matrix: &Value) -> Vec<f64> {
    let rows = matrix.as_array().unwrap().iter();
    rows.flat_map(|row| row.as_array().unwrap()).map(|x| x.as_f64().unwrap()).collect()
}

/// No step depends on the codes of attention on positions alone, and its W_KQ does: a logit is the product of the codes of key and query with it,
/// over the root of the number of tokens.
#[test]
fn codes_of_attention_on_positions_decide_its_w_kq() {
    let folder = folder("options-codes");
    let task = ["learn", "conv-relu", "--tokens", "8", "--steps", "300", "--seed", "4"];
    let arrays = ["--encoding", "orthonormal", "--npy", "arrays"];
    let (plain, coded) = (run(&folder, &task), run(&folder, &[&task[..], &arrays].concat()));
    assert_eq!((&plain["encoding"], &coded["encoding"]), (&"identity".into(), &"orthonormal".into()));
    assert_eq!((&plain["digest"], &plain["logits"]), (&coded["digest"], &coded["logits"]));
    let [codes, kq, logits] = ["codes", "w_kq", "logits"].map(|name| numbers(&coded[name]));
    assert_eq!(npy(&folder.join("arrays/codes.npy")), (vec![8, 8], codes.clone()));
    assert_eq!(npy(&folder.join("arrays/w_kq.npy")), (vec![8, 8], kq.clone()));
    assert_ne!(kq, numbers(&plain["w_kq"]));
    for (output, query) in codes.chunks(8).enumerate() {
        for (token, key) in codes.chunks(8).enumerate() {
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let asked: Vec<f64> = kq.chunks(8).map(|row| dot(row, query)).collect();
            let logit = dot(key, &asked) / 8.0_f64.sqrt();
            assert!((logit - logits[output * 8 + token]).abs() < 1e-12, "{output} {token}: {logit}");
            assert!((dot(key, query) - f64::from(u8::from(output == token))).abs() < 1e-12, "{output} {token}");
        }
    }
    // The layer that has these two blocks has these codes, and finds this W_KQ.
    let online = [&task[..], &["--mode", "online", "--encoding", "orthonormal"]].concat();
    let train = ["--student", "layer", "--train", "value-content,position-position"];
    let (position, layer) = (run(&folder, &online), run(&folder, &[&online[..], &train].concat()));
    assert_eq!(position["codes"], layer["codes"]);
    // Its rows and columns of content, 6 of 14, do not train.
    let block: Vec<f64> = numbers(&layer["w_kq"]).chunks(14).skip(6).flat_map(|row| row[6..].to_vec()).collect();
    for (found, expected) in block.iter().zip(numbers(&position["w_kq"])) {
        assert!((found - expected).abs() < 1e-9, "{found} {expected}");
    }

    let other = [&task[..], &["--encoding", "sinusoidal"]].concat();
    refused(&folder, &other, &["--encoding sinusoidal", "identity or orthonormal", "--student layer"]);
}

#[test]
fn matrices_are_written_for_other_programs() {
    let folder = folder("options-matrices");
    let one = run(&folder, &["learn", "conv-relu", "--steps", "60", "--weights", "w.safetensors", "--npy", "arrays"]);
    let bytes = fs::read(folder.join("w.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let (_, head) = SafeTensors::read_metadata(&bytes).unwrap();
    let told: Value = serde_json::from_str(&head.metadata().as_ref().unwrap()["tutee"]).unwrap();
    assert_eq!((&told["digest"], &told["activation"]), (&one["digest"], &"relu".into()));
    let tensor = |name: &str| {
        let tensor = tensors.tensor(name).unwrap();
        let bytes = tensor.data().chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()));
        (tensor.shape().iter().map(|&side| side as u64).collect::<Vec<_>>(), bytes.collect::<Vec<_>>())
    };
    for (name, shape) in [("value", [4, 6]), ("attention", [16, 16]), ("logits", [16, 16])] {
        let expected = (shape.to_vec(), numbers(&one[name]));
        assert_eq!(tensor(name), expected, "{name}");
        assert_eq!(npy(&folder.join("arrays").join(format!("{name}.npy"))), expected, "{name}");
    }
    // Keys by queries: a logit is an entry of it over the root of 16 tokens.
    let (logits, (shape, kq)) = (numbers(&one["logits"]), tensor("w_kq"));
    assert_eq!((shape, npy(&folder.join("arrays/w_kq.npy")).1), (vec![16, 16], kq.clone()));
    for (output, row) in logits.chunks(16).enumerate() {
        for (token, logit) in row.iter().enumerate() {
            assert_eq!(kq[token * 16 + output] / 4.0, *logit);
        }
    }
    assert!(logits.iter().any(|&logit| logit != 0.0));
    assert_eq!((numbers(&one["w_kq"]), &one["codes"]), (kq, &Value::Null));
    assert_eq!((&one["embedding"], &one["scale"]), (&"concatenated".into(), &"tokens".into()));
    assert_eq!(contents(&folder.join("arrays")).len(), 4);

    // Of several runs each has its own; in the number type that trained.
    let args = [
        "learn",
        "conv-relu",
        "token-selection",
        "--steps",
        "20",
        "--scalar",
        "f32",
        "--weights",
        "w.safetensors",
        "--npy",
        "two",
    ];
    let two = runs(&folder, &args);
    let bytes = fs::read(folder.join("w.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let value = tensors.tensor("token-selection.value").unwrap();
    let found: Vec<f64> =
        value.data().chunks_exact(4).map(|x| f64::from(f32::from_le_bytes(x.try_into().unwrap()))).collect();
    assert_eq!(found, numbers(&two[1]["value"]));
    assert_eq!(tensors.len(), 8);
    assert!(folder.join("two/token-selection.w_kq.npy").exists() && contents(&folder.join("two")).len() == 8);

    let layer = ["learn", "conv-relu", "--student", "layer", "--mode", "online", "--steps", "3", "--npy", "layer"];
    let layer = run(&folder, &layer);
    assert_eq!(npy(&folder.join("layer/w_kq.npy")), (vec![22, 22], numbers(&layer["w_kq"])));

    let short = ["learn", "conv-relu", "--steps", "3"];
    refused(
        &folder,
        &[&short[..], &["--weights", "no/such/w.safetensors"]].concat(),
        &["no/such/w.safetensors", "a place to write to"],
    );
    refused(&folder, &[&short[..], &["--npy", "w.safetensors"]].concat(), &["w.safetensors", "a place to write to"]);
    refused(
        &folder,
        &[&short[..], &["--json", "w", "--weights", "w"]].concat(),
        &["--weights w", "another file than --json's"],
    );
}
