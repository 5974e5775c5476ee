//! Searches one machine's images for panic paths, formatting, allocators and what is undefined, after seeing that each of
//! these would be found.

use std::fs;

use crate::machines::Machine;
use crate::project::Project;
use crate::symbols::Kind;

/// Faults by the names that the faulty library and the faulted programs give them, and what must be found of each.
const FAULTS: [(&str, Kind); 3] = [("index", Kind::Panic), ("format", Kind::Format), ("allocate", Kind::Allocation)];
/// The program of `images/image` that those of `images/faulted` are but for their faults.
const FAULTED: &str = "training";
/// Where the faults are built: one machine of either family, since each takes a build.
const CONTROLS: [&str; 2] = ["Cortex-M4F", "RV32IMAC"];
/// The header declared as many functions when this was written.
const FEWEST: usize = 80;

/// Names of all functions that the header declares.
pub(crate) fn functions(project: &Project) -> Result<Vec<String>, String> {
    let path = project.root.join("include/tutee.h");
    let header = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let names = declared(&header);
    if names.len() < FEWEST {
        return Err(format!("the header declares {} functions only", names.len()));
    }
    Ok(names)
}

fn declared(header: &str) -> Vec<String> {
    let name = |line: &str| {
        // A declaration begins a line with its type; comments begin with a blank and a star.
        let (before, _) = line.split_once('(')?;
        let (kind, name) = before.rsplit_once([' ', '*'])?;
        let kinds = ["tutee_status", "const char", "uint32_t", "const char "];
        (name.starts_with("tutee_") && kinds.contains(&kind)).then(|| name.to_owned())
    };
    header.lines().filter_map(name).collect()
}

/// Searches the C library and the Rust image; says what was proved.
pub(crate) fn search(project: &Project, machine: &Machine) -> Result<String, String> {
    let names = functions(project)?;
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    for level in ["small", "release"] {
        let library = project.library(machine, level, false)?;
        let image = project.link(machine, &library, &names)?;
        clean(project, machine, &image, &format!("the C library ({level})"))?;
    }

    let program = ["every_function"];
    let folder = project.images(machine, "small", &program)?;
    let image = folder.join(program[0]);
    clean(project, machine, &image, "the Rust image")?;
    let worst = project.program(machine, &image)?.worst("body")?;
    let mut ran = String::new();
    if machine.memory != "microbit.ld" {
        let said = project.run(machine, &image)?;
        if worst.indirect.is_empty() && said.stack > worst.bytes {
            return Err(format!("every function: used {} bytes of stack, the worst is {}", said.stack, worst.bytes));
        }
        ran = format!("; it runs, and comes to {:08x}", said.number);
    }
    let mut controls = String::new();
    if CONTROLS.contains(&machine.name) {
        // The faulty library is clean as long as nothing keeps a fault.
        let faulty = project.library(machine, "small", true)?;
        let image = project.link(machine, &faulty, &names)?;
        clean(project, machine, &image, "the faulty library without its faults")?;
        for (fault, kind) in FAULTS {
            let name = format!("fault_{fault}");
            let image = project.link(machine, &faulty, &[&names[..], &[&name]].concat())?;
            found(project, machine, &image, kind, fault)?;
        }
        unlinkable(project.link(machine, &faulty, &[&names[..], &["fault_undefined"]].concat()).map(drop))?;
        let image = project.images(machine, "small", &[FAULTED])?.join(FAULTED);
        clean(project, machine, &image, "the Rust program without its faults")?;
        for (fault, kind) in FAULTS {
            let image = project.faulted(machine, fault)?;
            found(project, machine, &image, kind, fault)?;
        }
        unlinkable(project.faulted(machine, "undefined").map(drop))?;
        controls = format!("; {} deliberate faults found", 2 * (FAULTS.len() + 1));
    }
    Ok(format!(
        "no panic, formatting, allocator or undefined symbol in {} C functions (2 builds) and the Rust image\
         {controls}{ran}",
        names.len()
    ))
}

fn clean(project: &Project, machine: &Machine, image: &std::path::Path, what: &str) -> Result<(), String> {
    let found = project.search(machine, image)?;
    if found.is_empty() {
        return Ok(());
    }
    let found: Vec<_> = found.iter().map(|(kind, name)| format!("{}: {name}", kind.name())).collect();
    Err(format!("{what} contains\n{}", found.join("\n")))
}

fn found(project: &Project, machine: &Machine, image: &std::path::Path, kind: Kind, fault: &str) -> Result<(), String> {
    if project.search(machine, image)?.iter().any(|(found, _)| *found == kind) {
        return Ok(());
    }
    Err(format!("control: {} is not found in an image with `{fault}`", kind.name()))
}

/// That a link failed for want of a symbol.
fn unlinkable(linked: Result<(), String>) -> Result<(), String> {
    match linked {
        Err(error) if error.contains("tutee_budget_missing") => Ok(()),
        Err(error) => Err(error),
        Ok(()) => Err("control: an undefined symbol is linked".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_read() {
        let header = "tutee_status tutee_a_f32(const float *x,\n                         size_t n);\n\
                      uint32_t tutee_b(void);\nconst char *tutee_c(tutee_status status);\n\
                      #define TUTEE_D(x) (x)\n * tutee_status tutee_e(x) in a comment\ntypedef tutee_next (*tutee_f)(int);\n";
        assert_eq!(declared(header), ["tutee_a_f32", "tutee_b", "tutee_c"]);
    }
}
