//! What the README shows of C and C++ stands in the examples, line for line, and those are compiled and run; what it says of
//! the reference list is so.

use std::fs;
use std::path::Path;

#[test]
fn excerpts_stand_in_the_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let mut examples = String::new();
    for entry in fs::read_dir(root.join("ffi/examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "c" || extension == "cpp") {
            examples += &fs::read_to_string(path).unwrap();
        }
    }
    let mut excerpts = 0;
    for language in ["```c\n", "```cpp\n"] {
        for rest in readme.split(language).skip(1) {
            let excerpt = rest.split("```").next().unwrap();
            assert!(examples.contains(excerpt), "not in an example:\n{excerpt}");
            excerpts += 1;
        }
    }
    assert!(excerpts >= 3, "{excerpts} excerpts");
}

/// Once the README had 292 operations and `tutee fingerprint` 293 digests: the last line of the list is the digest of the
/// others.
#[test]
fn the_readme_and_the_list_have_one_number_and_one_digest() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let mut lines: Vec<&str> = tutee_reference::COMMITTED.lines().collect();
    let digest = lines.pop().unwrap().strip_prefix("list ").unwrap();
    // Wherever its lines end.
    let words = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        format!("`tests/reference` lists {} operations and trainings, and the digest of them all", lines.len()),
        format!(": {} digests. `cargo run --release -p tutee-targets`", lines.len() + 1),
    ] {
        assert!(words.contains(&said), "not in the README: {said}");
    }
    let (_, table) = readme.split_once("<!-- matrix -->").unwrap();
    let (table, _) = table.split_once("<!-- /matrix -->").unwrap();
    let rows: Vec<&str> = table.lines().filter(|line| line.ends_with("| yes |")).collect();
    assert!(rows.len() >= 14 && rows.iter().all(|row| row.contains(digest)), "other digests than {digest}");
}

/// Once the README had bytes of a state long past: `tests/budgets/run --write` renews the table, and the README's sentence has
/// its numbers.
#[test]
fn the_readme_has_the_bytes_of_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let table = fs::read_to_string(root.join("tests/budgets/budgets.csv")).unwrap();
    let words = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    // Code of the library, variables, stack.
    let bytes = |image: &str| {
        let row = table.lines().find(|line| line.starts_with(&format!("Cortex-M4F,{image},"))).unwrap();
        let numbers: Vec<String> = row.split(',').skip(4).map(grouped).collect();
        [numbers[0].clone(), numbers[1].clone(), numbers[2].clone()]
    };
    let ([code, state, stack], layer) = (bytes("training"), bytes("layer"));
    for said in [
        format!(
            "is {code} bytes of code for the library, {state} bytes of state and working memory and {stack} bytes of stack"
        ),
        format!("{} bytes of code, {} of state and working memory and {} of stack", layer[0], layer[1], layer[2]),
    ] {
        assert!(words.contains(&said), "not in the README: {said}");
    }
}

/// A whole number with commas between its thousands.
fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
