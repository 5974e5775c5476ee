//! Options that end a run of `tutee learn` early: where enough is reached, and where a step changes nothing.

mod common;
#[path = "common/runs.rs"]
mod runs;

use std::fs;

use common::{contents, folder, tutee};
use serde_json::Value;

use runs::{refused, run};

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
    assert_eq!(
        contents(&folder).into_iter().collect::<Vec<_>>(),
        ["kept", "results"],
        "the others wrote a result alone"
    );
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
