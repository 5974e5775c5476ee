//! Step rules on the command line: each trains, is judged by its own line and trains again to the same bits; what a rule cannot
//! do is refused in one line.

#[path = "common/rerun.rs"]
mod again;
mod common;

use std::fs;
use std::path::Path;

use common::{contents, folder, tutee};
use serde_json::Value;

/// The first run of a result.
fn learn(folder: &Path, arguments: &[&str]) -> Value {
    judged(folder, arguments, Some(0))
}

/// A run that ends with this code, or any.
fn judged(folder: &Path, arguments: &[&str], code: Option<i32>) -> Value {
    let output = tutee(folder, &[&["learn"], arguments, &["--json", "result.json"]].concat());
    let ended = output.status.code();
    assert!(code.is_none() || ended == code, "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let result: Value = serde_json::from_slice(&fs::read(folder.join("result.json")).unwrap()).unwrap();
    result["runs"][0].clone()
}

#[test]
fn every_rule_is_judged_by_its_own_line_and_runs_again() {
    let folder = folder("rules");
    let any = f64::NAN;
    // Rule, value rule, other options; theta, verdict, and what it does over what was derived.
    type Row<'a> = (&'a str, &'a str, &'a [&'a str], Value, Value, f64);
    let rows: [Row<'_>; 8] = [
        ("gd", "gd", &["--steps", "3000"], Value::Null, "transient".into(), any),
        ("gd", "projected", &["--steps", "3000"], Value::Null, Value::Null, any),
        ("mirror", "gd", &["--steps", "60000", "--attention-rate", "4"], Value::Null, "asymptotic".into(), 1.0),
        ("normalised", "gd", &["--steps", "60", "--theta", "0.2"], 0.2.into(), "asymptotic".into(), 1.0),
        ("normalised", "projected", &["--steps", "60"], 0.1.into(), Value::Null, any),
        ("polyak", "projected", &["--steps", "20", "--theta", "1.5"], 1.5.into(), "asymptotic".into(), 1.0),
        ("polyak", "projected", &["--scalar", "f32"], 1.0.into(), "floor".into(), any),
        ("adam", "gd", &["--steps", "2000"], Value::Null, Value::Null, any),
    ];
    for (rule, value_rule, options, theta, verdict, ratio) in rows {
        let asked = [&["conv-leaky", "--rule", rule, "--value-rule", value_rule], options].concat();
        let run = learn(&folder, &asked);
        assert_eq!((&run["rule"], &run["value_rule"]), (&rule.into(), &value_rule.into()));
        assert_eq!((&run["theta"], &run["verdict"]), (&theta, &verdict), "{asked:?}: {}", run["reason"]);
        assert_eq!(run["law_ratio"].is_null(), rule != "gd" || value_rule != "gd", "the law is that of plain descent");
        if ratio.is_nan() {
            continue;
        }
        let found = run["line_ratio"].as_f64().unwrap();
        assert!((found - ratio).abs() < 0.02, "{asked:?}: {found}");
    }
    // Polyak's rule turns the sign of what it moves where the values lag behind: training then is refused, after some steps.
    let again = [
        ("mirror", "gd", "30"),
        ("normalised", "gd", "30"),
        ("polyak", "projected", "30"),
        ("polyak", "gd", "2"),
        ("adam", "projected", "30"),
    ];
    for (rule, value_rule, steps) in again {
        for scalar in ["f32", "f64"] {
            let options = ["token-selection", "--steps", steps, "--scalar", scalar];
            let asked = [&["--rule", rule, "--value-rule", value_rule], &options[..]].concat();
            let output = tutee(&folder, &[&["learn"], &asked[..], &["--json", "result.json"]].concat());
            assert!(output.status.code() <= Some(1), "{asked:?}: {}", String::from_utf8_lossy(&output.stderr));
            let output = again::rerun(&folder, "result.json");
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!((output.status.code(), said.starts_with("equal ")), (Some(0), true), "{asked:?}: {said}");
            // Another rule, other bits.
            let mut result: Value = serde_json::from_slice(&fs::read(folder.join("result.json")).unwrap()).unwrap();
            (result["runs"][0]["rule"], result["runs"][0]["theta"]) = ("gd".into(), Value::Null);
            fs::write(folder.join("result.json"), result.to_string()).unwrap();
            assert_eq!(tutee(&folder, &["rerun", "result.json"]).status.code(), Some(1), "{asked:?}");
        }
    }
}

/// Where the value matrix does not settle, whatever theta, it is not theta that is said to be at fault.
#[test]
fn a_value_rate_that_is_too_high_is_told_from_a_theta() {
    let folder = folder("rules-steep");
    let said = |rate: &str, theta: &str| {
        let options =
            ["learn", "conv-relu", "--rule", "normalised", "--rate", rate, "--theta", theta, "--steps", "3000"];
        let output = tutee(&folder, &[&options[..], &["--json", "-"]].concat());
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        let word = |field: &str| result["runs"][0][field].as_str().unwrap().to_owned();
        (output.status.code(), word("verdict"), word("reason"))
    };
    // 2 K / (q J) is 1 here: four of sixteen tokens, and a ReLU.
    for (theta, expected) in [("0.1", (Some(0), "plateau")), ("0.01", (Some(1), "oscillating"))] {
        let (code, verdict, reason) = said("1.1", theta);
        assert_eq!((code, verdict.as_str()), expected, "{reason}");
        assert!(reason.contains("a lower rate may help") && !reason.contains("lower theta"), "{reason}");
    }
    assert!(!said("0.6", "0.1").2.contains("a lower rate"));
}

/// Above K / (q J) values overshoot, and a step that they follow is shorter; half the limit, the default, and close to it keep the line.
#[test]
fn normalised_steps_fit_any_value_rate() {
    let folder = folder("rules-overshoot");
    for (task, limit) in [
        (&["conv-relu", "--tokens", "8", "--rate", "1.8"][..], 0.3156),
        (&["token-selection", "--group", "8", "--rate", "0.9"], 0.4463),
        (&["conv-relu", "--rate", "0.9"], 0.3865),
    ] {
        let theta = format!("{}", 0.95 * limit);
        for theta in [&[][..], &["--theta", &theta]] {
            let run = learn(&folder, &[task, &["--rule", "normalised", "--steps", "2000"], theta].concat());
            let ratio = run["line_ratio"].as_f64().unwrap();
            assert_eq!(
                (&run["verdict"], (ratio - 1.0).abs() < 0.01),
                (&"floor".into(), true),
                "{task:?} {theta:?} {ratio}"
            );
        }
        let theta = format!("{}", 1.01 * limit);
        let output = tutee(&folder, &[&["learn"], task, &["--rule", "normalised", "--theta", &theta]].concat());
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code() == Some(2)
                && stderr.contains(&format!("expected at most {}", limit.to_string().get(..5).unwrap())),
            "{stderr}"
        );
    }
    let steep = judged(&folder, &["group-sparse", "--rule", "normalised", "--rate", "1.9"], Some(1));
    assert!(steep["reason"].as_str().unwrap().contains("a lower rate may help"), "{}", steep["reason"]);
}

/// Values that are solved for keep the noise of labels: a floor whatever the seed, and no rate lowers it.
#[test]
fn label_noise_under_projected_values_is_no_oscillation() {
    let folder = folder("rules-noise");
    let options = [
        "conv-relu",
        "--mode",
        "online",
        "--tokens",
        "8",
        "--batch",
        "16",
        "--steps",
        "1000",
        "--value-rule",
        "projected",
    ];
    for (rule, noise, verdict) in [
        ("polyak", "0.3", Some("floor")),
        ("mirror", "0.3", Some("floor")),
        ("mirror", "3", None),
        ("gd", "30", Some("diverged")),
    ] {
        for seed in ["1", "2", "3", "4"] {
            let run =
                judged(&folder, &[&options[..], &["--rule", rule, "--noise", noise, "--seed", seed]].concat(), None);
            assert!(verdict.is_none_or(|verdict| run["verdict"] == verdict), "{rule} {seed}: {}", run["verdict"]);
            let reason = run["reason"].as_str().unwrap();
            assert!(reason.contains("larger") && reason.contains("--value-rule gd"), "{rule} {noise} {seed}: {reason}");
        }
    }
}

/// What is said of exact runs is no advice for others.
#[test]
fn advice_is_of_the_run() {
    let folder = folder("rules-advice");
    let uneven = r#"{"activation": "relu", "value": [[1, 0.5], [-0.3, 1]],
        "mixing": [[0.5, 0.3, 0.2, 0, 0, 0], [0, 0.5, 0.3, 0.2, 0, 0], [0, 0, 0, 0.5, 0.3, 0.2]]}"#;
    fs::write(folder.join("uneven.json"), uneven).unwrap();
    let run = judged(&folder, &["--teacher", "uneven.json", "--rule", "polyak", "--value-rule", "projected"], Some(1));
    assert_eq!(run["verdict"], "oscillating", "{}", run["reason"]);
    assert!(!run["reason"].as_str().unwrap().contains("theta"), "{}", run["reason"]);
    let run = learn(&folder, &["conv-relu", "--steps", "300"]);
    assert!(run["reason"].as_str().unwrap().ends_with("above the least that a student can reach"), "{}", run["reason"]);
    // Past rounding there is no line, and of next to no fall neither.
    let run = learn(&folder, &["conv-relu", "--rule", "mirror", "--attention-rate", "1000", "--scalar", "f32"]);
    assert!(run["line_ratio"].as_f64().is_none_or(|ratio| ratio > 0.5), "{}", run["line_ratio"]);
    let run = learn(&folder, &["conv-relu", "--rule", "normalised", "--theta", "1e-9"]);
    assert_eq!(run["line_ratio"], Value::Null);
}

/// On batches: judged without a line, ahead of plain descent, and again the same bits, with any number of threads.
#[test]
fn rules_on_batches() {
    let folder = folder("rules-online");
    let options = ["conv-relu", "--mode", "online", "--batch", "16", "--steps", "400", "--tokens", "8"];
    let plain = learn(&folder, &options)["excess_loss"].as_f64().unwrap();
    // Half of the longest step that W follows is too long for the noise of sixteen samples.
    let long = learn(&folder, &[&options[..], &["--rule", "normalised"]].concat());
    assert_eq!(long["verdict"], "floor", "{}", long["reason"]);
    assert!(long["reason"].as_str().unwrap().ends_with("a lower theta lowers it"), "{}", long["reason"]);
    let rows: [(&str, &[&str]); 3] = [("mirror", &[]), ("normalised", &["--theta", "0.01"]), ("adam", &[])];
    for (rule, theta) in rows {
        let asked = [&options[..], &["--rule", rule], theta].concat();
        let one = learn(&folder, &[&asked[..], &["--threads", "1"]].concat());
        assert_eq!((&one["rule"], &one["mode"]), (&rule.into(), &"online".into()));
        assert!(one["excess_loss"].as_f64().unwrap() < 0.5 * plain, "{rule}: {} of {plain}", one["excess_loss"]);
        assert!(one["line_ratio"].is_null() && one["law_ratio"].is_null(), "{rule}");
        let output = tutee(&folder, &["rerun", "result.json"]);
        assert_eq!(output.status.code(), Some(0), "{rule}: {}", String::from_utf8_lossy(&output.stdout));
        let two = learn(&folder, &[&asked[..], &["--threads", "2"]].concat());
        assert_eq!(one["digest"], two["digest"], "{rule}");
    }
}

/// The half of the limit is what a normalised step takes of itself: ln(1 / (1 - 1/8)) / sqrt(1/3) / 2 for ReLU.
#[test]
fn a_normalised_step_knows_its_limit() {
    let folder = folder("rules-limit");
    let limit = 2.0 * learn(&folder, &["conv-relu", "--rule", "normalised", "--steps", "5"])["theta"].as_f64().unwrap();
    assert!((limit - 0.231_283).abs() < 1e-6, "{limit}");
    let long = format!("{}", limit * 1.001);
    let output = tutee(&folder, &["learn", "conv-relu", "--rule", "normalised", "--theta", &long]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(&format!("expected at most {limit:?}")), "{error}");
    // Nothing follows where the values are solved for.
    let projected =
        ["conv-relu", "--rule", "normalised", "--value-rule", "projected", "--theta", &long, "--steps", "5"];
    assert_eq!(learn(&folder, &projected)["theta"].as_f64(), long.parse().ok());
}

#[test]
fn what_a_rule_cannot_do_is_refused_by_name() {
    let folder = folder("rules-refused");
    let teacher = r#"{"activation": "identity", "value": [[1, 0.5]], "mixing": [[0.5, 0.6], [0, 1]]}"#;
    fs::write(folder.join("uneven.json"), teacher).unwrap();
    let refused: [(&[&str], &str); 13] = [
        (
            &["--rule", "polyak", "--attention-rate", "1"],
            "--attention-rate: steps of --rule polyak find their own length",
        ),
        (&["--rule", "normalised", "--attention-rate", "1"], "--attention-rate: steps of --rule normalised find"),
        (
            &["--rule", "polyak", "--value-rule", "projected", "--mode", "online", "--rate", "1"],
            "--rate: values that are solved for take no rate; expected --theta",
        ),
        (
            &["--rule", "mirror", "--value-rule", "projected", "--rate", "1", "--attention-rate", "2"],
            "--rate: values that are solved for take no rate; expected --attention-rate alone",
        ),
        (
            &["--value-rule", "projected", "--mode", "online", "--input", "shifted:0.5"],
            "--value-rule projected: takes inputs of mean zero, without correlation; expected another --input than shifted:0.5",
        ),
        (&["--teacher", "uneven.json", "--rule", "polyak", "--mode", "online"], "--rule polyak: needs the least loss"),
        (
            &["--rule", "adam", "--student", "layer", "--mode", "online"],
            "--rule adam: a layer moves by gradient descent",
        ),
        (&["--rule", "polyak", "--theta", "2.1"], "--theta 2.1: out of range"),
        (&["--rule", "polyak", "--theta", "0"], "'--theta <TH>': expected a positive number"),
        (&["--rule", "adam", "--theta", "1"], "--theta: an option of --rule normalised and polyak"),
        (&["--theta", "1"], "--theta: an option of --rule normalised and polyak"),
        (&["--rule", "newton"], "invalid value 'newton'"),
        (&["--teacher", "uneven.json", "--rule", "polyak"], "--rule polyak: needs the least loss"),
    ];
    for (arguments, expected) in refused {
        let output = tutee(&folder, &[&["learn"], arguments].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{arguments:?}: {error}");
        assert!(error.contains(expected), "{error}; expected {expected}");
    }
    assert_eq!(contents(&folder).into_iter().collect::<Vec<_>>(), ["uneven.json"]);
}

/// From samples the rate of Polyak's step settles, and the loss falls like 1/t, of every task.
#[test]
fn polyak_from_samples_falls_along_its_line() {
    let folder = folder("rules-samples");
    let rules =
        ["--rule", "polyak", "--value-rule", "projected", "--mode", "online", "--batch", "32", "--steps", "3000"];
    let output = tutee(&folder, &[&["learn", "--json", "runs.json"], &rules[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results: Value = serde_json::from_slice(&fs::read(folder.join("runs.json")).unwrap()).unwrap();
    let runs = results["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 6);
    for run in runs {
        let [start, end] = ["excess_loss_start", "excess_loss"].map(|name| run[name].as_f64().unwrap());
        assert!(end < 0.001 * start, "{}: {end} of {start}", run["task"]);
        assert!((run["line_ratio"].as_f64().unwrap() - 1.0).abs() < 0.2, "{run}");
        assert_eq!((&run["theta"], &run["value_rule"]), (&1.0.into(), &"projected".into()));
    }
}

/// What does not converge says why, and what to do instead.
#[test]
fn polyak_says_what_it_needs() {
    let folder = folder("rules-polyak");
    let output = tutee(&folder, &["learn", "conv-relu", "--rule", "polyak"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("expected --value-rule projected"), "{error}");

    // Thirds to seven digits: W follows the whole of the loss, and what is between the three moves with the length of that.
    let thirds = r#"{"activation": "identity", "value": [[1, 0.5]], "mixing": [[0.3333333, 0.3333333, 0.3333334, 0, 0, 0],
                     [0, 0, 0, 0.3333333, 0.3333333, 0.3333334]]}"#;
    fs::write(folder.join("thirds.json"), thirds).unwrap();
    let output =
        tutee(&folder, &["learn", "--teacher", "thirds.json", "--rule", "polyak", "--value-rule", "projected"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("rows of equal weights"), "{error}");
}

/// Theta is 1 unless told otherwise, whatever the size: above 4 K / (D + K) the loss leaves its line, and is sooner at its end.
#[test]
fn polyak_is_soonest_at_its_end_as_it_comes() {
    let folder = folder("rules-theta");
    let asked = ["conv-relu", "--tokens", "64", "--rule", "polyak", "--value-rule", "projected", "--steps", "600"];
    let steps = |theta: &[&str]| {
        let run = learn(&folder, &[&asked[..], theta].concat());
        assert_eq!(run["verdict"], "floor", "{}", run["reason"]);
        let start = run["excess_loss_start"].as_f64().unwrap();
        let there = |point: &&Value| point["excess_loss"].as_f64().unwrap() <= 1e-26 * start;
        run["curve"].as_array().unwrap().iter().find(there).unwrap()["step"].as_u64().unwrap()
    };
    let (own, along) = (steps(&[]), steps(&["--theta", "0.1875"]));
    assert!(own <= 130 && along > 2 * own, "{own}, {along}");
    // On its way down.
    let run = learn(&folder, &[&asked[..7], &["--steps", "40"]].concat());
    assert_eq!((&run["theta"], &run["verdict"]), (&1.0.into(), &"transient".into()));
    assert!(run["reason"].as_str().unwrap().contains("a lower theta keeps the line, and takes more steps"), "{run}");
}

/// What tables and the page say of a run by another rule is about that rule.
#[test]
fn tables_and_page_speak_of_the_rule() {
    let folder = folder("rules-page");
    let said = |arguments: &[&str]| {
        let output = tutee(&folder, &[&["learn"], arguments].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read = |name: &str| fs::read_to_string(folder.join("page").join(name)).unwrap();
        (String::from_utf8(output.stdout).unwrap(), read("index.html"), read("table.csv"))
    };
    let asked = ["conv-relu", "token-selection", "--out", "page"];
    let polyak = ["--rule", "polyak", "--value-rule", "projected", "--theta", "0.5", "--steps", "60"];
    let (table, page, csv) = said(&[&asked[..], &polyak].concat());
    assert!(table.starts_with("steps by --rule polyak --value-rule projected\n"), "{table}");
    assert!(table.contains("theta  line ratio") && table.contains("0.5000") && !table.contains("law ratio"), "{table}");
    let lines: Vec<_> = csv.lines().map(|line| line.split(',').rev().take(6).collect::<Vec<_>>()).collect();
    assert_eq!(lines[0], ["least loss", "loss", "line ratio", "theta", "value rule", "rule"]);
    assert_eq!((lines[1][0], &lines[1][3..]), ("0.000e0", &["0.5000", "projected", "polyak"][..]));
    assert!((lines[1][2].parse::<f64>().unwrap() - 1.0).abs() < 0.01, "{csv}");
    for (words, there) in [
        ("by Polyak's steps", true),
        ("the excess loss says, theta 0.5)", true),
        ("a factor of exp(−theta)", true),
        ("line ratio", true),
        ("law of conv-relu", true),
        ("plain gradient descent", false),
        ("law ratio", false),
        ("K J (D − K)", false),
        ("slope −1/2", false),
    ] {
        assert_eq!(page.contains(words), there, "{words}");
    }
    let (_, page, _) = said(&[&asked[..], &["--rule", "mirror", "--attention-rate", "4", "--steps", "20000"]].concat());
    for words in ["by mirror steps", "should fall like 1/steps²", "→ −2", "slope −1, to compare"] {
        assert!(page.contains(words), "{words}");
    }
    let (table, page, csv) = said(&[&asked[..], &["--steps", "20000"]].concat());
    assert!(table.contains("law ratio") && !table.contains("theta"), "{table}");
    assert!(page.contains("plain gradient descent") && page.contains("K J (D − K)") && page.contains("slope −1/2"));
    assert!(csv.lines().nth(1).unwrap().contains(",gd,gd,-,-,"), "{csv}");
}

/// A result whose theta its rule does not take names the field.
#[test]
fn a_theta_of_a_result_is_checked() {
    let folder = folder("rules-rerun");
    learn(&folder, &["conv-relu", "--rule", "polyak", "--value-rule", "projected", "--steps", "5"]);
    let path = folder.join("result.json");
    let result: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let polyak = "a number above 0 and at most 2 of --rule polyak";
    for (rule, theta, expected) in [
        ("polyak", Value::Null, polyak),
        ("polyak", (-1.0).into(), polyak),
        ("polyak", 3.0.into(), polyak),
        ("normalised", 0.0.into(), "a number above 0 of --rule normalised"),
        ("mirror", 1.0.into(), "null of --rule mirror"),
    ] {
        let mut broken = result.clone();
        (broken["runs"][0]["theta"], broken["runs"][0]["rule"]) = (theta.clone(), rule.into());
        fs::write(&path, broken.to_string()).unwrap();
        let output = tutee(&folder, &["rerun", "result.json"]);
        let error = String::from_utf8(output.stderr).unwrap();
        let line = format!("tutee: result.json: runs[0].theta: {theta}; expected {expected}\n");
        assert_eq!((output.status.code(), error), (Some(2), line));
    }
}
