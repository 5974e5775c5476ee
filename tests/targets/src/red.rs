//! Controls: the matrix must go red, and name the operation, when one summation order and one constant are changed in a
//! copy of the project; and a program that was compiled to contract products and sums must find that out by itself.

use std::fs;
use std::path::Path;
use std::thread;

use tutee_reference::COMMITTED;

use crate::comparison::{compare, differing};
use crate::project::Project;
use crate::targets::{Cpu, Target};

struct Control {
    what: &'static str,
    edits: &'static [Edit],
    /// The operation that must differ.
    operation: &'static str,
    /// One that is beside it in the list, or the same in the other precision, and must not.
    beside: &'static str,
}

struct Edit {
    file: &'static str,
    original: &'static str,
    changed: &'static str,
    /// How often the original stands there.
    times: usize,
}

/// In the order of their operations in the list.
const CONTROLS: [Control; 2] = [
    Control {
        what: "the last digits of a constant of the exponential",
        edits: &[Edit {
            file: "core/src/elementary/coefficients.rs",
            original: "0.16666521",
            changed: "0.16666821",
            times: 1,
        }],
        operation: "f32/exp",
        beside: "f64/exp",
    },
    Control {
        what: "the order in which the lanes of a sum are added",
        // Where lanes are in registers or in memory, where none is in memory, and where functions do the arithmetic.
        edits: &[
            Edit {
                file: "core/src/vector/lane.rs",
                original: "(lanes[0] + lanes[2]) + (lanes[1] + lanes[3])",
                changed: "(lanes[0] + lanes[1]) + (lanes[2] + lanes[3])",
                times: 1,
            },
            Edit {
                file: "core/src/kernel/elementwise_plain.rs",
                original: "            (these, those) = (those, these);",
                changed: "            if i == 1 { (these, those) = (those, these); }",
                times: 2,
            },
            Edit {
                file: "core/src/kernel/elementwise_plain.rs",
                original: "2, 10, 6, 14, 1, 9, 5, 13",
                changed: "1, 9, 5, 13, 2, 10, 6, 14",
                times: 1,
            },
        ],
        operation: "f32/sum",
        beside: "f32/sin_cos",
    },
];

/// Proves the controls: what one target says of a copy, made in `scratch` (which is emptied first), with all changes; and where
/// the compiler contracts.
pub(crate) fn prove(project: &Project, target: &Target, scratch: &Path) -> Result<(), String> {
    let _ = fs::remove_dir_all(scratch);
    // A build is mostly one compiler that works alone.
    thread::scope(|scope| {
        let contracted = scope.spawn(|| contracted(project));
        changed(project, target, scratch)?;
        contracted.join().map_err(|_| "a control panicked")?
    })
}

/// With all changes the first operation that was changed is named, every other one differs, and those beside them do not: it is
/// not the copy that made them red.
fn changed(project: &Project, target: &Target, scratch: &Path) -> Result<(), String> {
    let (root, build) = (scratch.join("project"), scratch.join("target"));
    copy(&project.root, &root, &project.cache).map_err(|error| format!("copying the project: {error}"))?;
    let copied = Project { root, target: build.clone(), build, ..project.clone() };
    for Edit { file, original, changed, times } in CONTROLS.iter().flat_map(|control| control.edits) {
        change(&copied.root.join(file), original, changed, *times)?;
    }
    let printed = copied.print(target)?;
    let first = CONTROLS[0].operation;
    let error = match compare(&printed, COMMITTED) {
        Ok(_) => return Err("changed a constant and an order, and every digest is equal".to_owned()),
        Err(error) if error.starts_with(&format!("the first operation that differs is {first}:")) => error,
        Err(error) => return Err(format!("expected {first} to differ first: {error}")),
    };
    println!("proved red on {}: {error}", target.name);
    let found = differing(&printed, COMMITTED);
    for Control { what, operation, beside, .. } in &CONTROLS {
        if !found.contains(operation) || found.contains(beside) {
            return Err(format!("changed {what}: expected {operation} to differ and {beside} not: {found:?}"));
        }
        println!("proved red on {}: changed {what}; {operation} differs, {beside} does not", target.name);
    }
    Ok(())
}

/// Where the compiler is told to contract, the environment is refused: by code for wide registers, which has fused
/// instructions at hand always, and by the rest, which has them for processors that are known to.
fn contracted(project: &Project) -> Result<(), String> {
    // A target is compiled for a processor that has them, and for the least of those that have otherwise.
    let Some(fused) = [Cpu::V4, Cpu::Fma].into_iter().find(|cpu| cpu.is_here()) else {
        println!("not proved: this processor has no fused instructions");
        return Ok(());
    };
    for cpu in [Cpu::Any, fused] {
        let name = cpu.name();
        match project.contracted(cpu) {
            Ok(_) => return Err(format!("contracted, {name}: the environment is found to be right")),
            Err(error) if error.contains("fuse") => println!("proved red: contracted, {name}; {error}"),
            Err(error) => return Err(format!("contracted, {name}: {error}")),
        }
    }
    Ok(())
}

fn change(file: &Path, original: &str, changed: &str, times: usize) -> Result<(), String> {
    let say = |error| format!("{}: {error}", file.display());
    let text = fs::read_to_string(file).map_err(say)?;
    let found = text.matches(original).count();
    if found != times {
        return Err(format!("{}: the text to change is there {found} times, not {times}", file.display()));
    }
    fs::write(file, text.replace(original, changed)).map_err(say)
}

/// Copies a folder without its history, what is built from it, and what is in the cache, where the copy lies.
fn copy(from: &Path, to: &Path, cache: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if name == "target" || name == ".git" || entry.path() == cache {
            continue;
        } else if kind.is_dir() {
            copy(&entry.path(), &to.join(name), cache)?;
        } else {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}
