//! Counts the bytes of one machine's images.

use crate::machines::Machine;
use crate::project::{Project, Sizes};
use crate::search::functions;
use crate::stack::Worst;
use crate::table::{Row, Table};

/// Programs with more and more of the library, two with step rules of their own, and one that trains a whole layer; the first has
/// nothing of it.
const PROGRAMS: [&str; 7] = ["empty", "training", "predicting", "smallest", "rules", "exact_rules", "layer"];
/// How firmware is built: a level and its profile. A program is built by either, and the smaller one is counted.
const SMALL: (&str, &str) = ("s", "small");
const SMALLEST: (&str, &str) = ("z", "smallest");
/// How `cargo build --release` builds.
const RELEASED: (&str, &str) = ("release", "release");
const SELF_TEST: &str = "tutee_self_test";
/// What a program in C calls that does what `training` does in Rust.
const TRAINING_IN_C: [&str; 7] = [
    "tutee_student_init_f32",
    "tutee_sampler_init_f32",
    "tutee_descent_default_f32",
    "tutee_samples_begin_f32",
    "tutee_samples_accumulate_f32",
    "tutee_samples_step_f32",
    "tutee_student_get_f32",
];
/// Goals on this machine: library code and variables of what trains, and its stack.
const GOAL_MACHINE: &str = "Cortex-M4F";
const GOALS: [(&str, [u32; 3]); 1] = [("training", [7700, 1536, 768])];

/// What was counted on one machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted {
    pub(crate) compiler: String,
    pub(crate) rows: Vec<Row>,
    /// What the programs came to, by which machines are compared.
    pub(crate) numbers: Vec<u32>,
    /// Remarks for whoever reads.
    pub(crate) notes: Vec<String>,
}

/// Builds, measures and runs the programs and the library.
pub(crate) fn count(project: &Project, machine: &Machine) -> Result<Counted, String> {
    let mut counted = Counted::default();
    let built = |(level, profile)| Ok((level, project.images(machine, profile, &PROGRAMS)?));
    let folders = [SMALL, SMALLEST].map(built).into_iter().collect::<Result<Vec<_>, String>>()?;
    for program in &PROGRAMS[1..] {
        let mut rows = Vec::new();
        for (level, folder) in &folders {
            let empty = project.sizes(machine, &folder.join("empty"))?;
            let image = folder.join(program);
            let said = project.run(machine, &image)?;
            let worst = project.program(machine, &image)?.worst("body")?;
            if !worst.indirect.is_empty() {
                return Err(format!("{program}: calls through a pointer in {}", worst.indirect.join(", ")));
            }
            if said.stack > worst.bytes {
                return Err(format!(
                    "{program}: used {} bytes of stack, more than the worst, {}",
                    said.stack, worst.bytes
                ));
            }
            counted.numbers.push(said.number);
            counted.compiler = project.compiler(machine, &image)?;
            let sizes = project.sizes(machine, &image)?;
            let row = Row {
                machine: machine.name.to_owned(),
                image: (*program).to_owned(),
                level: (*level).to_owned(),
                text: sizes.text,
                library: sizes.text.saturating_sub(empty.text),
                ram: sizes.ram.saturating_sub(empty.ram),
                stack: worst.bytes,
                painted: said.stack,
            };
            rows.push((row, worst));
        }
        if let Some((row, worst)) = rows.into_iter().min_by_key(|(row, _)| row.text) {
            counted.notes.push(note(&row, &worst));
            counted.rows.push(row);
        }
    }
    let functions = functions(project)?;
    let mut functions: Vec<_> = functions.iter().map(String::as_str).collect();
    for (level, image) in [(SMALL, "library"), (RELEASED, "library as built")] {
        counted.rows.push(library(project, machine, level, image, &functions, &mut counted.notes)?);
    }
    let training = TRAINING_IN_C;
    if let Some(name) = training.iter().find(|name| !functions.contains(name)) {
        return Err(format!("{name}: no function of the header"));
    }
    for (level, image) in [(SMALL, "training in C"), (RELEASED, "training in C as built")] {
        counted.rows.push(library(project, machine, level, image, &training, &mut counted.notes)?);
    }
    // It has its memory on the stack.
    functions.retain(|name| *name == SELF_TEST);
    counted.rows.push(library(project, machine, SMALL, "self-test", &functions, &mut counted.notes)?);
    Ok(counted)
}

/// Functions of the C library as it is built at this level, by this profile.
fn library(
    project: &Project,
    machine: &Machine,
    (level, profile): (&str, &str),
    image: &str,
    functions: &[&str],
    notes: &mut Vec<String>,
) -> Result<Row, String> {
    let library = project.library(machine, profile, false)?;
    let linked = project.link(machine, &library, functions)?;
    let Sizes { text, ram } = project.sizes(machine, &linked)?;
    if ram != 0 {
        return Err(format!("the library has {ram} bytes of variables, and promises none"));
    }
    let program = project.program(machine, &linked)?;
    let mut worst = Worst { bytes: 0, chain: Vec::new(), indirect: Vec::new() };
    for name in functions {
        let found = program.worst(name)?;
        if found.bytes > worst.bytes && (*name != SELF_TEST || functions.len() == 1) {
            worst = found;
        }
    }
    let row = Row {
        machine: machine.name.to_owned(),
        image: image.to_owned(),
        level: level.to_owned(),
        text,
        library: text,
        ram,
        stack: worst.bytes,
        painted: 0,
    };
    notes.push(note(&row, &worst));
    Ok(row)
}

/// The chain of calls that makes the worst stack, and where it ends at a function of the caller's.
fn note(row: &Row, worst: &Worst) -> String {
    let chain: Vec<_> = worst.chain.iter().map(|(name, bytes)| format!("{name} {bytes}")).collect();
    let mut note = format!("{}, {}: deepest stack: {}", row.image, row.level, chain.join(" > "));
    if !worst.indirect.is_empty() {
        note += &format!("; not counted: what {} calls through a pointer", worst.indirect.join(", "));
    }
    note
}

/// Says which goals were reached.
pub(crate) fn goals(table: &Table) {
    for (image, goals) in GOALS {
        let Some(row) = table.rows.iter().find(|row| row.machine == GOAL_MACHINE && row.image == image) else {
            continue;
        };
        let found = [("library code", row.library), ("state and workspace", row.ram), ("stack", row.stack)];
        for ((what, bytes), goal) in found.into_iter().zip(goals) {
            let word = if bytes <= goal { "reached" } else { "not reached" };
            println!("goal on {GOAL_MACHINE}, {image}: {what} {bytes}, at most {goal}: {word}");
        }
    }
}
