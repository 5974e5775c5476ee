//! What the README shows of C and C++ stands in the examples, line for line, and those are compiled and run.

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
