//! `tutee budget`: its bytes are those that chips were measured to take, and those of the README's formulas.

mod common;

use std::fs;
use std::path::Path;

/// The number in the row that begins with these words.
fn bytes(text: &str, what: &str) -> usize {
    let row =
        text.lines().find_map(|line| line.trim_start().strip_prefix(what)).unwrap_or_else(|| panic!("{what}: {text}"));
    row.trim().parse().unwrap_or_else(|error| panic!("{what}: {row:?}: {error}"))
}

fn budget([filters, features, tokens, outputs]: [usize; 4], scalar: &str) -> String {
    let folder = common::folder(&format!("budget-{scalar}-{filters}-{features}-{tokens}-{outputs}"));
    let sizes = format!("--filters {filters} --features {features} --tokens {tokens} --outputs {outputs}");
    let arguments: Vec<_> = ["budget", "--scalar", scalar].into_iter().chain(sizes.split(' ')).collect();
    let output = common::tutee(&folder, &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// `tests/budgets/run` counts the variables of images: no size function of the library was asked for those.
#[test]
fn every_chip_was_measured_to_take_what_is_said() {
    let text = budget([2, 4, 8, 8], "f32");
    let training = bytes(&text, "together");
    let predicting = training + bytes(&text, "attention and a row, to predict");
    let rules = training + bytes(&text, "moments of adam");
    let layer = bytes(&text, "layer ") + bytes(&text, "its working memory, pairs");
    let smallest = predicting + bytes(&text, "teacher");
    let table = file("tests/budgets/budgets.csv");
    let mut checked = 0;
    for row in table.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let cells: Vec<_> = row.split(',').collect();
        let expected = match cells[1] {
            "training" => training,
            "predicting" => predicting,
            "rules" => rules,
            "layer" => layer,
            "smallest" => smallest,
            _ => continue,
        };
        assert_eq!(cells[5], expected.to_string(), "{row}");
        checked += 1;
        // Code and stack are the table's.
        if cells[1] != "smallest" {
            let said = text.lines().filter(|line| line.trim_start().starts_with(cells[0]));
            let [library, stack] = [cells[4], cells[6]];
            assert!(said.into_iter().any(|line| line.ends_with(&format!("{library:>8}{stack:>8}"))), "{row}: {text}");
        }
    }
    assert_eq!(checked % 5, 0);
    assert!(checked >= 35, "{checked}");
    assert!(text.contains("f32 (these sizes)"), "{text}");
    assert!(budget([2, 4, 8, 8], "f64").contains("these sizes only, not for yours"));
}

/// The README's formulas are for people; the command asks the library.
#[test]
fn the_formulas_of_the_readme_are_the_librarys() {
    let readme = file("README.md");
    assert!(readme.contains("`16 J D + 12 M d + 8 D + 4 J + 24` bytes in `f32`"));
    assert!(readme.contains("`32 J D + 24 M d + 16 D + 8 J + 24` in `f64`"));
    for sizes in [[1, 1, 1, 1], [2, 4, 8, 8], [1, 3, 5, 2], [3, 2, 7, 4], [4, 6, 64, 64], [5, 1, 12, 30]] {
        let [m, d, tokens, j] = sizes;
        for (scalar, half) in [("f32", 1_usize), ("f64", 2)] {
            let formula = half * (16 * j * tokens + 12 * m * d + 8 * tokens + 4 * j) + 24;
            // Rounded up to a multiple of eight, as the README says.
            let expected = formula.next_multiple_of(8);
            assert_eq!(bytes(&budget(sizes, scalar), "together"), expected, "{sizes:?} {scalar}");
        }
    }
}

#[test]
fn sizes_that_no_student_can_have_are_refused() {
    let folder = common::folder("budget-refused");
    for arguments in [
        &["budget", "--filters", "0", "--features", "4", "--tokens", "8"][..],
        &["budget", "--filters", "1", "--features", "4"],
        &["budget", "--filters", "1", "--features", "4", "--tokens", "100000"],
    ] {
        let output = common::tutee(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
        assert!(common::contents(&folder).is_empty());
    }
}
