//! A result says all that made it: `tutee rerun` trains again from it, and names the first step that differs.

#[path = "common/rerun.rs"]
mod again;
mod common;

use std::fs;
use std::path::Path;

use common::{contents, folder, tutee};
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
        error.trim().rsplit(' ').next().unwrap().parse::<u64>().unwrap_or_else(|_| panic!("{error}"))
    };
    // The rate matters from the first step on, as W leaves zero.
    assert_eq!(differing(&|run| run["rate"] = 0.2.into()), 1);
    assert_eq!(differing(&|run| run["attention_rate"] = 0.2.into()), 2, "S has no gradient at W = 0");
    assert_eq!(differing(&|run| run["teacher_mixing"][3][5] = 1e-9.into()), 1);
    assert_eq!(differing(&|run| run["digest"] = "0000000000000000".into()), 100);
    let at = good["runs"][0]["curve"][20]["step"].as_u64().unwrap();
    assert_eq!(differing(&|run| run["curve"][20]["digest"] = "0000000000000000".into()), at);
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
