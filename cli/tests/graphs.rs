//! Graph convolution on the graph of a file: what is learned, what is refused, and that it can be run again.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A triangle with a tail: neighbourhoods of 3, 3, 4 and 2 with the token itself.
const KITE: &str = "# a kite\n0 1\n2 1\n\n0 2 # back\n3 2\n";

fn folder(test: &str) -> PathBuf {
    let folder = common::folder(&format!("graphs-{test}"));
    fs::write(folder.join("kite.txt"), KITE).unwrap();
    fs::write(folder.join("cycle.txt"), "0 1\n1 2\n2 3\n3 4\n4 5\n5 0\n").unwrap();
    folder
}

/// The runs, and that the result is found equal when it is trained again, after its graph is gone.
fn learn(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = common::tutee(folder, &[&["learn"], arguments, &["--json", "result.json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let result: Value = serde_json::from_slice(&fs::read(folder.join("result.json")).unwrap()).unwrap();
    for name in ["kite.txt", "cycle.txt"] {
        fs::remove_file(folder.join(name)).unwrap();
    }
    let again = common::tutee(folder, &["rerun", "result.json"]);
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));
    result["runs"].as_array().unwrap().clone()
}

#[test]
fn each_graph_has_its_mixing_and_its_verdict() {
    let tasks = ["graph:kite.txt", "graph-symmetric:kite.txt", "graph:cycle.txt", "graph-symmetric:cycle.txt"];
    let runs = learn(&folder("verdicts"), &[&tasks[..], &["--steps", "100000"]].concat());
    let names: Vec<_> = runs.iter().map(|run| run["task"].as_str().unwrap()).collect();
    assert_eq!(names, tasks);
    let (third, far, tail) = (1.0 / 3.0, 1.0 / 12.0_f64.sqrt(), 1.0 / 8.0_f64.sqrt());
    let average = [[third, third, third, 0.0], [third, third, third, 0.0], [0.25; 4], [0.0, 0.0, 0.5, 0.5]];
    let symmetric = [[third, third, far, 0.0], [third, third, far, 0.0], [far, far, 0.25, tail], [0.0, 0.0, tail, 0.5]];
    for (run, mixing) in runs.iter().zip([average, symmetric]) {
        assert_eq!(run["teacher_mixing"], serde_json::json!(mixing));
        assert_eq!((&run["tokens"], &run["filters"], &run["group"]), (&4.into(), &4.into(), &Value::Null));
    }
    let verdicts: Vec<_> = runs.iter().map(|run| run["verdict"].as_str().unwrap()).collect();
    // Rows of the symmetric one of the kite sum to different numbers.
    assert_eq!(verdicts, ["asymptotic", "floor", "asymptotic", "asymptotic"]);
    assert!(runs[1]["best_loss"].as_f64().unwrap() > 0.01);
    // Where all neighbourhoods are of one size the two are one.
    assert_eq!((&runs[2]["digest"], &runs[2]["group"]), (&runs[3]["digest"], &3.into()));
    assert!((runs[2]["law_ratio"].as_f64().unwrap() - 1.0).abs() < 0.01);
}

#[test]
fn samples_of_a_graph_with_more_tokens_than_edges_need() {
    let arguments = ["graph:kite.txt", "--mode", "online", "--steps", "300", "--tokens", "6", "--scalar", "f32"];
    let runs = learn(&folder("online"), &arguments);
    assert_eq!((&runs[0]["tokens"], &runs[0]["mode"]), (&6.into(), &"online".into()));
    assert_eq!(runs[0]["teacher_mixing"][5], serde_json::json!([0.0, 0.0, 0.0, 0.0, 0.0, 1.0]));
    assert!(runs[0]["excess_loss"].as_f64().unwrap() < 0.1 * runs[0]["excess_loss_start"].as_f64().unwrap());
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let folder = folder("refused");
    fs::write(folder.join("bad.txt"), "0 1\n1 two\n").unwrap();
    fs::write(folder.join("latin.txt"), b"0 1 # \xe9\n").unwrap();
    let refused: [(&[&str], &[&str]); 9] = [
        (&["graph:missing.txt"], &["missing.txt", "a list of edges"]),
        (&["graph:bad.txt"], &["bad.txt", "line 2", "two", "number of a token"]),
        (&["graph-symmetric:latin.txt"], &["latin.txt", "UTF-8"]),
        (&["graph:"], &["'graph:'", "graph:FILE", "graph-symmetric:FILE"]),
        (&["graph"], &["'graph'", "graph-relu", "graph:FILE"]),
        (&["graph:kite.txt", "--tokens", "3"], &["graph:kite.txt", "--tokens 3", "at least 4"]),
        (&["graph:kite.txt", "--group", "3"], &["graph:kite.txt", "--group", "edges"]),
        (&["graph:kite.txt", "--json", "./kite.txt"], &["--json", "TASK", "kite.txt"]),
        (&["graph:kite.txt", "--teacher", "bad.txt"], &["--teacher"]),
    ];
    for (arguments, expected) in refused {
        let output = common::tutee(&folder, &[&["learn"], arguments].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{arguments:?}: {error}");
        assert!(expected.iter().all(|part| error.contains(part)), "{error}; expected {expected:?}");
    }
    assert_eq!(fs::read_to_string(folder.join("kite.txt")).unwrap(), KITE);
    assert_eq!(
        common::contents(&folder).into_iter().collect::<Vec<_>>(),
        ["bad.txt", "cycle.txt", "kite.txt", "latin.txt"]
    );
}
