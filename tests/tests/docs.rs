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

/// Functions of a header whose comments do not say what they cost: neither "costs" nor how long they take.
fn costless(header: &str) -> Vec<&str> {
    let comments = header.split("/**").skip(1);
    let with_function = comments.filter_map(|piece| {
        let (comment, code) = piece.split_once("*/")?;
        // What follows at once, without a definition between them.
        let declared = code.split_once(");").map(|(declared, _)| declared)?;
        let (before, _) = declared.split_once('(')?;
        let name = before.rsplit([' ', '*', '\n']).next()?;
        (name.starts_with("tutee_") && !before.contains(['#', ';', '{'])).then_some((name, comment))
    });
    let says = |comment: &str| ["Cost", "cost", "Takes", "takes about"].iter().any(|word| comment.contains(word));
    with_function.filter(|(_, comment)| !says(comment)).map(|(name, _)| name).collect()
}

#[test]
fn every_function_in_c_says_what_it_costs() {
    let header = fs::read_to_string(root().join("include/tutee.h")).expect("the header");
    // Sizes, usual settings, and strings that are there already: what they cost stands once, under CONVENTIONS.
    let rule = "Functions that tell a size";
    assert!(header.contains(rule), "the header does not say what sizes cost");
    let told = ["_words", "_scratch", "_kept", "_len", "_bytes", "_default", "_version", "_message"];
    let named = |name: &str| told.iter().any(|part| name.contains(part));
    let missing: Vec<&str> = costless(&header).into_iter().filter(|name| !named(name)).collect();
    assert_eq!(missing, [""; 0], "functions whose comments do not say what they cost");
}

#[test]
fn a_function_that_does_not_say_what_it_costs_is_found() {
    let header = "/** A type. */\ntypedef int a;\n/** Adds. Costs an addition. */\nint tutee_add(int a);\n\n/**\n * Multiplies.\n */\nTUTEE_USED tutee_status tutee_multiply(int a,\n    int b);\n";
    assert_eq!(costless(header), ["tutee_multiply"]);
}
