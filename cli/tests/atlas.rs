//! The atlas: its certificates hold, its words follow from what was measured, and its bits from nothing else.

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
    let page = fs::read_to_string(folder.join("page/atlas.html")).unwrap();
    let markup = page::without_scripts(&page);
    let drawn = roxmltree::Document::parse(&markup).unwrap();
    assert_eq!(drawn.descendants().filter(|node| node.attribute("data-name").is_some()).count(), QUICK.len());
    assert!(!markup.contains("NaN") && !markup.contains("http"), "nothing is fetched");
    assert_eq!(markup.matches("half the sum of the squared differences").count(), 1);
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
    assert!(error.starts_with("tutee: all-token: no such cell; expected all-tokens, all-but-one"), "{error}");
    assert!(contents(&folder).is_empty());
}
