//! The C interface as C sees it: the programs under `clients/` and the C examples, compiled with the system's compiler
//! and run. `clients/run` does the same under more compilers, sanitizers and valgrind.
//!
//! Without a C compiler nothing here can be tested: that is said, and in CI it is a failure.

#[path = "clients/digests.rs"]
mod digests;
#[path = "clients/radiators.rs"]
mod radiators;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
    fs::create_dir_all(&folder).expect("a temporary folder");
    folder
}

/// The output of a program that must succeed.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let [said, complained] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{command:?}: {}\n{said}\n{complained}", output.status);
    said
}

/// Whether a tool is there. A missing one leaves a test out, but never in CI.
fn have(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        println!("SKIPPED, for want of {tool}");
        assert!(env::var("CI").as_deref() != Ok("true"), "there is no {tool}");
    }
    found
}

fn tool(variable: &str, name: &str) -> Option<String> {
    let tool = env::var(variable).unwrap_or_else(|_| name.into());
    have(&tool).then_some(tool)
}

/// The folder of libtutee.a and libtutee.so, built as an embedder builds them.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        // Where the tests are built, too: whatever else needs the library finds it there.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--release", "--package", "tutee-ffi", "--target-dir"]).arg(target);
        // Whatever the tests were built for, the C compiler builds for the host.
        output(cargo.current_dir(root()).env_remove("CARGO_BUILD_TARGET"));
        target.join("release")
    })
}

/// Compiles with every warning an error, and runs.
fn run(compiler: &str, name: &str, flags: &[&str], sources: &[&str]) -> String {
    let program = folder().join(name);
    let mut compile = Command::new(compiler);
    compile.args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-O1", "-Iinclude"]).args(flags).args(sources);
    // No client forgets a status, whatever GCC would say on its own.
    compile.arg("-DTUTEE_MUST_USE=__attribute__((warn_unused_result))");
    compile.args(["-x", "none"]).arg(library().join("libtutee.a")).args(["-lm", "-pthread", "-o"]).arg(&program);
    output(compile.current_dir(root()));
    output(&mut Command::new(program))
}

fn run_c(name: &str, sources: &[&str]) -> Option<String> {
    Some(run(&tool("CC", "cc")?, name, &["-std=c99"], sources))
}

/// The last line, which says what was done.
fn last(said: &str) -> &str {
    said.lines().last().unwrap_or_default()
}

/// Every function that the header declares.
fn declared() -> BTreeSet<String> {
    let header = fs::read_to_string(root().join("include/tutee.h")).expect("the header");
    let code: String = header.split("/*").map(|part| part.split_once("*/").map_or(part, |(_, code)| code)).collect();
    let letter = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let before_parentheses = code.split('(').map(|text| text.rsplit(|c| !letter(c)).next().unwrap_or_default());
    before_parentheses.filter(|name| name.starts_with("tutee_")).map(String::from).collect()
}

/// The functions are those that the header declares: none is missing, none is too many.
fn assert_declared<'a>(found: impl Iterator<Item = &'a String>) {
    let (found, declared): (BTreeSet<String>, _) = (found.cloned().collect(), declared());
    assert!(declared.len() > 90, "functions were lost: {declared:?}");
    let different: Vec<&String> = found.symmetric_difference(&declared).collect();
    assert!(different.is_empty(), "in the header or here, but not in both: {different:?}");
}

/// The names that `nm` lists, without what it says of them.
fn names(arguments: &[&str], file: &str) -> Vec<String> {
    names_of(None, arguments, file)
}

/// Those of one kind: a letter, as `nm` has it.
fn names_of(kind: Option<&str>, arguments: &[&str], file: &str) -> Vec<String> {
    let listed = output(Command::new("nm").args(arguments).arg(library().join(file)));
    let is_listed = |found: &str| found.len() == 1 && kind.is_none_or(|kind| kind == found);
    let symbols = listed.lines().filter(|line| line.split(' ').rev().nth(1).is_some_and(is_listed));
    symbols.filter_map(|line| line.rsplit(' ').next().map(String::from)).collect()
}

#[test]
fn the_shared_library_exports_what_the_header_declares_and_nothing_else() {
    if !have("nm") {
        return;
    }
    assert_declared(names(&["-D", "--defined-only"], "libtutee.so").iter());
}

/// Whatever else is global in it is a name that a C program does not have: reserved, no identifier at all, the name and
/// version of a library inside, or Rust's own for what an unwinder asks, which is weak and so gives way to another.
#[test]
fn the_static_library_takes_no_name_from_a_program() {
    if !have("nm") {
        return;
    }
    let reserved = |name: &str| {
        let mut letters = name.chars();
        letters.next() == Some('_') && letters.next().is_some_and(|c| c == '_' || c.is_ascii_uppercase())
    };
    let names = names(&["-g", "--defined-only"], "libtutee.a");
    assert_declared(names.iter().filter(|name| name.starts_with("tutee_")));
    let ours = |name: &str| ["tutee_", "libpulp_v"].iter().any(|prefix| name.starts_with(prefix));
    let gives_way = names_of(Some("W"), &["-g", "--defined-only"], "libtutee.a");
    let weak = |name: &String| name == "rust_eh_personality" && gives_way.contains(name);
    let taken: Vec<&String> =
        names.iter().filter(|name| !ours(name) && !reserved(name) && !name.contains('.') && !weak(name)).collect();
    assert!(taken.is_empty(), "{taken:?}");
}

/// No allocator, no I/O, no thread, no unwinding: it calls nothing but what moves and compares memory.
#[test]
fn the_library_needs_no_other() {
    if !have("nm") {
        return;
    }
    for name in names(&["-D", "--undefined-only"], "libtutee.so") {
        // The last four are weak, and every shared object's.
        let known = ["memcpy", "memmove", "memset", "memcmp", "bcmp"].contains(&name.as_str())
            || ["_ITM_", "__cxa_finalize", "__gmon_start__"].iter().any(|weak| name.starts_with(weak));
        assert!(known, "{name}");
    }
}

#[test]
fn every_illegal_argument_of_every_function_is_refused() {
    let sources = ["world", "sweep", "sweep_pointers", "sweep_numbers", "sweep_snapshots"];
    let sources = sources.map(|name| format!("tests/clients/{name}.c"));
    let Some(said) = run_c("sweep", &sources.each_ref().map(String::as_str)) else { return };
    // A line for each function: its name, and how often it was called with an illegal argument.
    let swept = said.lines().filter_map(|line| line.split_once(' ')).filter(|(name, _)| name.starts_with("tutee_"));
    let swept: Vec<(String, u32)> =
        swept.map(|(name, calls)| (name.into(), calls.parse().expect("a number of calls"))).collect();
    assert_declared(swept.iter().map(|(name, _)| name));
    // These take no argument.
    let without = ["tutee_abi_version", "tutee_version", "tutee_float_environment", "tutee_self_test"];
    for (name, calls) in &swept {
        assert_eq!(*calls == 0, without.contains(&name.as_str()), "{name} was called {calls} times");
    }
    println!("{}", last(&said));
}

#[test]
fn sizes_by_macro_and_by_function_are_equal() {
    let source = "tests/clients/sizes.c";
    if let Some(said) = run_c("sizes", &[source]) {
        println!("C: {}", last(&said));
    }
    if let Some(compiler) = tool("CXX", "c++") {
        let said = run(&compiler, "sizes_as_cpp", &["-std=c++17", "-x", "c++"], &[source]);
        println!("C++: {}", last(&said));
    }
}

#[test]
fn another_floating_point_environment_is_refused() {
    if let Some(said) = run_c("environment", &["tests/clients/environment.c", "tests/clients/world.c"]) {
        println!("{}", last(&said));
    }
}

/// A plant's observer that is stopped half way goes on in another process with the bits of one that never stopped.
#[test]
fn an_observer_is_started_again_in_another_process() {
    let Some(said) = run_c("restart", &["tests/clients/restart.c"]) else { return };
    println!("{}", last(&said));
    let (program, file) = (folder().join("restart"), folder().join("observer.snapshot"));
    let part = |which: &str| output(Command::new(&program).arg(which).arg(&file));
    part("first");
    let (second, through) = (part("second"), part("through"));
    assert!(through.starts_with("digest "), "{through}");
    assert_eq!(second, through);
}

/// What features differ in is found from C with the bits that Rust finds: those of `whitening.rs`, which has the digests, too.
#[test]
fn radiators_are_found_from_c_as_from_rust() {
    let Some(said) = run_c("radiators", &["tests/clients/radiators.c"]) else { return };
    let expected = radiators::RADIATORS.map(|(scalar, digest)| format!("radiators in {scalar}: digest {digest:016x}"));
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

/// Linked with -ffast-math, a program starts with subnormal numbers flushed.
#[test]
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn the_remedy_for_fast_math_helps() {
    let source = "tests/clients/fast_math.c";
    let Some(compiler) = tool("CC", "cc") else { return };
    println!("{}", last(&run(&compiler, "fast_math", &["-std=c99", "-ffast-math"], &[source])));
}

#[test]
fn two_threads_train_two_students() {
    if let Some(said) = run_c("threads", &["tests/clients/threads.c"]) {
        println!("{}", last(&said));
    }
}

#[test]
fn a_power_cut_at_any_byte_loses_nothing() {
    if let Some(said) = run_c("power_cut", &["tests/clients/power_cut.c"]) {
        println!("{}", last(&said));
    }
}

#[test]
fn every_training_gives_the_same_bits_from_c_and_from_rust() {
    let Some(said) = run_c("digests", &["tests/clients/digests.c"]) else { return };
    let (found, expected) = (said.lines().collect::<Vec<_>>(), digests::lines());
    assert_eq!((found.len(), expected.len()), (44, 44));
    let different: BTreeSet<&str> = found.iter().copied().collect();
    assert_eq!(different.len(), 44);
    for (found, expected) in found.into_iter().zip(expected) {
        assert_eq!(found, expected);
    }
}

#[test]
fn the_examples_run() {
    for (name, proof) in [
        ("heat_ring", "largest errors"),
        ("moving_averages", "12 of 12 windows"),
        ("rooms", "18 of 18 links"),
        ("static_memory", "recovery: done"),
    ] {
        let Some(said) = run_c(name, &[&format!("ffi/examples/{name}.c")]) else { return };
        assert!(last(&said).starts_with(proof), "{said}");
    }
}
