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
    let output = tutee(folder, &[&["learn"], arguments, &["--json", "result.json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
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
            result["runs"][0]["rule"] = "gd".into();
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

/// On batches: judged without a line, ahead of plain descent, and again the same bits, with any number of threads.
#[test]
fn rules_on_batches() {
    let folder = folder("rules-online");
    let options = ["conv-relu", "--mode", "online", "--batch", "16", "--steps", "400", "--tokens", "8"];
    let plain = learn(&folder, &options)["excess_loss"].as_f64().unwrap();
    // Half of the longest step that W follows is too long for the noise of sixteen samples.
    let long = tutee(&folder, &[&["learn"], &options[..], &["--rule", "normalised"]].concat());
    let error = String::from_utf8(long.stderr).unwrap();
    assert!(long.status.code() == Some(1) && error.contains("oscillating") && error.contains("lower theta"), "{error}");
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
    let refused: [(&[&str], &str); 9] = [
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
