//! What each generated file of the C interface should be: the functions for `float` are made from those for `double`, the header from
//! all of them, sizes in it from the core's declarations of working memory. Nothing of the interface or of the core is used, so that it is
//! made even where it does not compile as it stands.

mod sizes;

use std::fs;
use std::path::{Path, PathBuf};

/// How every generated file is made, for its first line.
const MADE: &str = "Made by `cargo run -p tutee-generate`; not to be edited.";

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Makes all files and hands each to `settle`, with its place.
///
/// The order matters: the header is made from the sources as they stand, and so from the functions for `float`, too.
pub fn each(mut settle: impl FnMut(&Path, &str)) {
    let sources = root().join("ffi/abi/src");
    for file in
        ["mod.rs", "teacher.rs", "student.rs", "training.rs", "snapshot.rs", "layer.rs", "raw.rs", "whitener.rs"]
    {
        let source = fs::read_to_string(sources.join("f64").join(file)).unwrap();
        settle(&sources.join("generated/f32").join(file), &for_float(file, &source));
    }
    settle(&root().join("include/tutee.h"), &header());
}

/// A file of functions for `float` from that for `double`: all but the documentation of the module.
fn for_float(file: &str, source: &str) -> String {
    let (_, code) = source.split_once("\n\n").unwrap();
    let code = code.replace("f64", "f32").replace("_F64", "_F32");
    format!("// {MADE}\n//! The functions for `float`, from those of `f64/{file}`.\n\n{code}")
}

/// The header, by cbindgen with what stands in `header` before and between.
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
    let macros = sizes::Layouts::of(&root().join("core/src")).fill(&macros);
    config.header = Some(format!("/* {MADE} */\n{}", introduction.trim_end()));
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
