//! The atlas: its certificates hold, its words follow from what was measured, and its bits from nothing else.

#[path = "common/rerun.rs"]
mod again;
mod common;
mod page;

use std::fs;

use common::{contents, folder, tutee};
use serde_json::Value;

/// Cells that take less than a second.
const QUICK: [&str; 8] = [
    "all-tokens",
    "sharpening",
    "laplacian",
    "mixing-by-filter",
    "deterministic-walk",
    "equal-tokens",
    "tokens-of-one-sum",
    "absolute-value",
];

#[test]
fn certificates_hold_and_bits_do_not_depend_on_threads() {
    let folder = folder("atlas");
    let run = |threads: &str| -> Value {
        let output = tutee(
            &folder,
            &[&["atlas", "--json", "atlas.json", "--out", "page", "--threads", threads], &QUICK[..]].concat(),
        );
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let table = String::from_utf8(output.stdout).unwrap();
        assert!(QUICK.iter().all(|name| table.contains(name)), "{table}");
        serde_json::from_slice(&fs::read(folder.join("atlas.json")).unwrap()).unwrap()
    };
    let [mut one, mut two] = ["1", "2"].map(run);
    for cells in [&mut one, &mut two].map(|result| result["cells"].as_array_mut().unwrap()) {
        for cell in cells {
            assert!(cell["agrees"].as_bool().unwrap(), "{cell}");
            // All but the time that it took.
            cell.as_object_mut().unwrap().remove("seconds").unwrap();
        }
    }
    assert_eq!(one["cells"], two["cells"]);
    assert!(one["rule"].as_str().unwrap().starts_with("Tried in this order"));

    let cells = one["cells"].as_array().unwrap();
    let cell = |name: &str| cells.iter().find(|cell| cell["name"] == name).unwrap();
    let number = |name: &str, what: &str| -> [f64; 2] {
        let numbers = cell(name)["numbers"].as_array().unwrap();
        let number = numbers.iter().find(|number| number["what"].as_str().unwrap().starts_with(what));
        let number = number.unwrap_or_else(|| panic!("{name}: {what}: {numbers:?}"));
        ["predicted", "measured"].map(|field| number[field].as_f64().unwrap())
    };
    for name in ["laplacian", "deterministic-walk", "tokens-of-one-sum", "absolute-value"] {
        assert_eq!(cell(name)["verdict"], "stuck");
    }
    assert_eq!(number("laplacian", "entries of the gradient"), [0.0, 0.0]);
    for (name, least) in [("sharpening", Some(4.0)), ("laplacian", Some(16.0)), ("mixing-by-filter", Some(2.0))] {
        let [predicted, constructed] = number(name, "loss of the best predictor");
        assert!((constructed / predicted - 1.0).abs() <= 1e-6, "{name}: {constructed} {predicted}");
        // By hand: 1/2 |V*|^2 D 2/16; 1/2 |V*|^2 D 1/2; J/K 1/2.
        assert!(least.is_none_or(|least| (predicted - least).abs() < 1e-9), "{name}: {predicted}");
    }
    // Plain descent is on its way to the floor, mirror descent is there.
    let [least, reached] = number("sharpening", "loss that mirror descent reaches");
    assert!((reached / least - 1.0).abs() <= 1e-6, "{reached} {least}");
    let page = fs::read_to_string(folder.join("page/atlas.html")).unwrap();
    let markup = page::without_scripts(&page);
    let drawn = roxmltree::Document::parse(&markup).unwrap();
    assert_eq!(drawn.descendants().filter(|node| node.attribute("data-name").is_some()).count(), QUICK.len());
    assert!(!markup.contains("NaN") && !markup.contains("http"), "nothing is fetched");
    assert_eq!(markup.matches("half the sum of the squared differences").count(), 1);
}

/// Measured again, on vector registers of every width, a result is found equal; what was changed in it is named.
#[test]
fn a_result_is_measured_again() {
    let folder = folder("atlas-again");
    let cells = ["all-tokens", "laplacian", "learned-weights-layer"];
    let output = tutee(&folder, &[&["atlas", "--json", "atlas.json"], &cells[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let written: Value = serde_json::from_slice(&fs::read(folder.join("atlas.json")).unwrap()).unwrap();
    let rerun = |result: &Value| {
        fs::write(folder.join("atlas.json"), result.to_string()).unwrap();
        let output = again::rerun(&folder, "atlas.json");
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said, error) = rerun(&written);
    assert_eq!((code, error.as_str()), (Some(0), ""), "{said}");
    let named = said.lines().zip(cells).all(|(line, name)| line.starts_with(&format!("equal      {name}: ")));
    assert!(named && said.lines().count() == 3, "{said}");

    let mut changed = written.clone();
    let point = &mut changed["cells"][2]["curve"][4];
    let (step, loss) = (point[0].as_u64().unwrap(), point[1].as_f64().unwrap());
    point[1] = loss.next_up().into();
    changed["cells"][0]["numbers"][0]["measured"] = 0.5.into();
    let (code, said, error) = rerun(&changed);
    assert_eq!(code, Some(1));
    for expected in [
        format!(
            "different  all-tokens: in numbers[0].measured: {}, not 0.5\n",
            written["cells"][0]["numbers"][0]["measured"]
        ),
        "equal      laplacian".to_owned(),
        format!("different  learned-weights-layer: at step {step}: {loss:?}, not {:?}\n", loss.next_up()),
    ] {
        assert!(said.contains(&expected), "{expected}: {said}");
    }
    assert!(
        error.contains(&format!("learned-weights-layer: differs from the result in atlas.json at step {step}")),
        "{error}"
    );

    for (field, value, expected) in [
        ("name", Value::from("laplacia"), "atlas.json: cells: laplacia: no such cell"),
        ("curve", Value::from("x"), "atlas.json: cells[1].curve: "),
    ] {
        let mut broken = written.clone();
        broken["cells"][1][field] = value;
        let (code, _, error) = rerun(&broken);
        assert!(code == Some(2) && error.contains(expected) && error.lines().count() == 1, "{error}");
    }
}

/// Before anything is run or made: the page would be written over by the result.
#[test]
fn a_result_in_the_place_of_the_page_is_refused() {
    let folder = folder("atlas-page");
    let output = tutee(&folder, &["atlas", "all-tokens", "--out", "page", "--json", "page/../page/atlas.html"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
    assert!(error.contains("--json page/../page/atlas.html: expected another name"), "{error}");
    assert!(contents(&folder).is_empty());
}

#[test]
fn what_is_no_cell_is_refused_by_name() {
    let folder = folder("atlas-refused");
    let output = tutee(&folder, &["atlas", "all-token"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
    let expected = "tutee: all-token: no such cell; a similar one exists: all-tokens; expected all-tokens, all-but-one";
    assert!(error.starts_with(expected), "{error}");
    let other = String::from_utf8(tutee(&folder, &["atlas", "xyz"]).stderr).unwrap();
    assert!(other.starts_with("tutee: xyz: no such cell; expected all-tokens"), "{other}");
    assert!(contents(&folder).is_empty());
}

/// A cell of a minute is left between two steps, and said to be interrupted; what is finished is kept.
#[cfg(unix)]
#[test]
fn a_cell_ends_where_somebody_asks_for_it() {
    use std::process::{Command, Stdio};
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    let folder = folder("atlas-interrupted");
    let arguments = ["atlas", "laplacian", "small-data", "label-noise", "--json", "atlas.json", "--threads", "2"];
    let mut program = Command::new(env!("CARGO_BIN_EXE_tutee"));
    let program = program.args(arguments).current_dir(&folder).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = program.spawn().unwrap();
    sleep(Duration::from_secs(3));
    let asked = Instant::now();
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    println!("ended after {:?}", asked.elapsed());
    let result: Value = serde_json::from_slice(&fs::read(folder.join("atlas.json")).unwrap()).unwrap();
    let names = |list: &str, field: &str| -> Vec<String> {
        let list = result[list].as_array().unwrap();
        list.iter().map(|entry| entry[field].as_str().unwrap().to_owned()).collect()
    };
    // The first is done in less than a second, but on a machine that has other things to do.
    let (cells, left) = (names("cells", "name"), names("unfinished", "task"));
    assert!(cells.iter().all(|name| name == "laplacian") && cells.len() + left.len() == 3, "{cells:?} {left:?}");
    assert!(["label-noise", "small-data"].iter().all(|&name| left.iter().any(|left| left == name)), "{left:?}");
    assert!(names("unfinished", "why").iter().all(|why| why == "interrupted"));
}
