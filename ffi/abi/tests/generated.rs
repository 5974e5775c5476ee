//! What is made from something else: the files of `src/f32` from those of `src/f64`, and the header from all of them.
//!
//! With `TUTEE_GENERATE=1` the files are written, without it they are compared:
//!
//! ```text
//! TUTEE_GENERATE=1 cargo test -p tutee-abi --test generated
//! ```

use std::path::{Path, PathBuf};
use std::{env, fs};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Writes the file, or compares it with what it should be.
fn settle(path: &Path, expected: &str) {
    if env::var_os("TUTEE_GENERATE").is_some() {
        fs::write(path, expected).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    let line = found.lines().zip(expected.lines()).take_while(|(found, expected)| found == expected).count() + 1;
    assert!(
        found == expected,
        "{} differs from what it is made from, first in line {line}; make it again with TUTEE_GENERATE=1",
        path.display()
    );
}

/// The order matters: the header is made from `src/f32`, too.
#[test]
fn generated_files_are_up_to_date() {
    let functions = root().join("ffi/abi/src");
    for file in ["mod.rs", "teacher.rs", "student.rs", "training.rs", "snapshot.rs"] {
        let source = fs::read_to_string(functions.join("f64").join(file)).unwrap();
        let (_, code) = source.split_once("\n\n").unwrap();
        let code = code.replace("f64", "f32").replace("_F64", "_F32");
        let narrow = format!("//! The functions for `float`, made from `f64/{file}`; never edited.\n\n{code}");
        settle(&functions.join("f32").join(file), &narrow);
    }
    settle(&root().join("include/tutee.h"), &header());
}

/// The rule of names in the header's introduction.
#[test]
fn every_function_begins_with_what_the_rule_names() {
    let header = fs::read_to_string(root().join("include/tutee.h")).unwrap();
    let (_, rule) = header.split_once(" * Names. ").unwrap();
    let (rule, _) = rule.split_once("\n *\n").unwrap();
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    let beginnings: Vec<String> = rule.match_indices("tutee_").map(|(at, _)| word(&rule[at..])).collect();
    let functions: Vec<String> = header
        .lines()
        .filter(|line| !line.starts_with([' ', '/', '#']))
        .filter_map(|line| line.split_once('(').map(|(declared, _)| declared))
        .filter_map(|declared| declared.find("tutee_").map(|_| declared.rsplit([' ', '*']).next().unwrap().to_string()))
        .filter(|name| name.starts_with("tutee_"))
        .collect();
    assert!(functions.len() > 80, "{functions:?}");
    for function in &functions {
        assert!(beginnings.iter().any(|beginning| function.starts_with(beginning.as_str())), "{function}");
    }
    for beginning in &beginnings {
        assert!(
            functions.iter().any(|function| function.starts_with(beginning.as_str())),
            "{beginning} is no function's"
        );
    }
}

fn header() -> String {
    let package = root().join("ffi/abi");
    let mut config = cbindgen::Config::from_file(package.join("cbindgen.toml")).unwrap();
    let introduction = fs::read_to_string(package.join("header/introduction.h")).unwrap();
    let mut macros = fs::read_to_string(package.join("header/macros.h")).unwrap();
    for (name, value) in [
        ("@VERSION@", env!("CARGO_PKG_VERSION")),
        ("@MAJOR@", env!("CARGO_PKG_VERSION_MAJOR")),
        ("@MINOR@", env!("CARGO_PKG_VERSION_MINOR")),
        ("@PATCH@", env!("CARGO_PKG_VERSION_PATCH")),
    ] {
        macros = macros.replace(name, value);
    }
    config.header = Some(introduction.trim_end().into());
    config.after_includes = Some(macros.trim_end().into());
    let mut header = Vec::new();
    cbindgen::Builder::new().with_config(config).with_crate(package).generate().unwrap().write(&mut header);
    plain_numbers(&String::from_utf8(header).unwrap())
}

/// Makes a plain integer and constants of every list of numbers.
///
/// Of `repr(i32)` cbindgen makes three types: in C++ and C23 an enum with a type of its own, which parsers of C refuse; before C23 a
/// typedef beside a tag of its name, which is no C++. What crosses the boundary is an `int32_t`, in every language.
fn plain_numbers(header: &str) -> String {
    let typed = "#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L\n  : int32_t\n\
                 #endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L\n {\n";
    let mut parts = header.split("\nenum tutee_");
    let mut plain = String::from(parts.next().unwrap());
    for part in parts {
        let (name, rest) = part.split_once('\n').unwrap();
        let typedef = format!("typedef int32_t tutee_{name};\n");
        let after = format!(
            "#ifndef __cplusplus\n#if __STDC_VERSION__ >= 202311L\ntypedef enum tutee_{name} tutee_{name};\n#else\n{typedef}\
             #endif // __STDC_VERSION__ >= 202311L\n#endif // __cplusplus\n"
        );
        let (constants, rest) = rest.strip_prefix(typed).unwrap().split_once(&after).unwrap();
        plain += &format!("\n{typedef}enum {{\n{constants}{rest}");
    }
    plain
}
