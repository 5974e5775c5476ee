//! Every doc comment can be read alone, as rustdoc and an editor show it: none leans on what stands before it in the file.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

/// Adds the sources and headers under a folder, but not what was built or fetched.
fn add_sources(folder: &Path, sources: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry of a folder").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            add_sources(&path, sources);
        } else if [".rs", ".h", ".hpp"].iter().any(|end| name.ends_with(end)) {
            sources.push(path);
        }
    }
}

/// The text of a line of documentation, and whether the line opens a comment by itself.
fn documentation(line: &str) -> Option<(&str, bool)> {
    let line = line.trim_start();
    let slashes = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")).map(|text| (text, false));
    slashes.or_else(|| line.strip_prefix("/**").map(|text| (text, true)))
}

/// The first lines of doc comments that lean on another one, with their numbers.
fn leaning(source: &str) -> Vec<(usize, &str)> {
    let (mut found, mut inside) = (Vec::new(), false);
    for (number, line) in (1..).zip(source.lines()) {
        let Some((text, opens)) = documentation(line) else {
            // cbindgen's comments open on a line of their own.
            let text = line.trim_start().strip_prefix("* ");
            if let (true, Some(text)) = (inside, text) {
                found.extend(leans(text).then_some((number, text)));
            }
            inside = false;
            continue;
        };
        if (opens || !inside) && leans(text) {
            found.push((number, text));
        }
        inside = !opens || text.trim().is_empty();
    }
    found
}

fn leans(text: &str) -> bool {
    ["As ", "The same ", "The same;", "Same "].iter().any(|word| text.trim_start().starts_with(word))
}

#[test]
fn no_doc_comment_leans_on_another() {
    let (mut wrong, mut sources) = (Vec::new(), Vec::new());
    add_sources(root(), &mut sources);
    assert!(sources.len() > 300, "{} sources", sources.len());
    for path in sources {
        let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.strip_prefix(root()).expect("a source of the repository").display().to_string();
        wrong.extend(leaning(&source).into_iter().map(|(line, text)| format!("{name}:{line}:{text}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn comments_that_lean_are_found() {
    let source = "/// As before.\nfn a() {}\n/// Many.\n/// As many as there are.\nfn b() {}\n    //! The same of c.\n/** The same; d. */\n\
                  /**\n * As e.\n */\n/** F.\n    As f. */\n// As g.\n";
    assert_eq!(leaning(source).iter().map(|&(line, _)| line).collect::<Vec<_>>(), [1, 6, 7, 9]);
}
