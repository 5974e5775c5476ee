//! Controls: the matrix must go red, and name the operation, when one summation order or one constant is changed in a
//! copy of the project; and a program that was compiled to contract products and sums must find that out by itself.

use std::fs;
use std::path::Path;
use std::thread;

use tutee_reference::COMMITTED;

use crate::comparison::compare;
use crate::project::Project;
use crate::targets::{Cpu, Target};

struct Control {
    what: &'static str,
    file: &'static str,
    original: &'static str,
    changed: &'static str,
    /// The first operation that must differ.
    operation: &'static str,
}

const CONTROLS: [Control; 2] = [
    Control {
        what: "the order in which the lanes of a sum are added",
        file: "core/src/vector/lane.rs",
        original: "(lanes[0] + lanes[2]) + (lanes[1] + lanes[3])",
        changed: "(lanes[0] + lanes[1]) + (lanes[2] + lanes[3])",
        operation: "f32/sum",
    },
    Control {
        what: "the last digits of a constant of the exponential",
        file: "core/src/elementary/coefficients.rs",
        original: "0.16666521",
        changed: "0.16666821",
        operation: "f32/exp",
    },
];

/// Proves every control on one target, each in a copy of its own in `scratch`, which is emptied first; and that it is not
/// the copy that made it red. All at once: a build is mostly one compiler that works alone.
pub(crate) fn prove(project: &Project, target: &Target, scratch: &Path) -> Result<(), String> {
    let _ = fs::remove_dir_all(scratch);
    let copied = |name: String| -> Result<Project, String> {
        let (root, build) = (scratch.join(&name).join("project"), scratch.join(&name).join("target"));
        copy(&project.root, &root, &project.cache).map_err(|error| format!("copying the project: {error}"))?;
        Ok(Project { root, build, ..project.clone() })
    };
    thread::scope(|scope| {
        let unchanged = scope.spawn(|| {
            compare(&copied("unchanged".to_owned())?.print(target)?, COMMITTED)
                .map(drop)
                .map_err(|error| format!("the unchanged copy: {error}"))
        });
        let changed = CONTROLS.iter().enumerate().map(|(i, control)| {
            let copied = &copied;
            scope.spawn(move || one(&copied(i.to_string())?, target, control))
        });
        let contracted = scope.spawn(|| contracted(project, scratch));
        let proofs: Vec<_> = changed.collect::<Vec<_>>().into_iter().chain([unchanged, contracted]).collect();
        proofs.into_iter().try_for_each(|proof| proof.join().map_err(|_| "a control panicked")?)
    })
}

/// Where the compiler is told to contract, the environment is refused: by code for wide registers, which has fused
/// instructions at hand always, and by the rest, which has them for processors that are known to.
fn contracted(project: &Project, scratch: &Path) -> Result<(), String> {
    if !Cpu::has_fused_instructions() {
        println!("not proved: this processor has no fused instructions");
        return Ok(());
    }
    for flags in ["", "-Ctarget-feature=+fma"] {
        let project = Project { build: scratch.join(format!("contracted{flags}")), ..project.clone() };
        match project.contracted(flags) {
            Ok(_) => return Err(format!("contracted {flags}: the environment is found to be right")),
            Err(error) if error.contains("fuse") => println!("proved red: contracted {flags}; {error}"),
            Err(error) => return Err(format!("contracted {flags}: {error}")),
        }
    }
    Ok(())
}

fn one(copied: &Project, target: &Target, control: &Control) -> Result<(), String> {
    let Control { what, file, original, changed, operation } = control;
    let replace = |text: String| (text.matches(original).count() == 1).then(|| text.replace(original, changed));
    change(&copied.root.join(file), replace)?;
    match compare(&copied.print(target)?, COMMITTED) {
        Ok(_) => Err(format!("changed {what}, and every digest is equal")),
        Err(error) if error.starts_with(&format!("the first operation that differs is {operation}:")) => {
            println!("proved red on {}: changed {what}; {error}", target.name);
            Ok(())
        }
        Err(error) => Err(format!("changed {what}, expected {operation} to differ first: {error}")),
    }
}

fn change(file: &Path, to: impl FnOnce(String) -> Option<String>) -> Result<(), String> {
    let say = |error| format!("{}: {error}", file.display());
    let text = fs::read_to_string(file).map_err(say)?;
    let text = to(text).ok_or_else(|| format!("{}: the text to change is not there once", file.display()))?;
    fs::write(file, text).map_err(say)
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
