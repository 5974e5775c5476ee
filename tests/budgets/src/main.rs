//! Counts the bytes of images for bare processors, and searches them for what must not be there.
//!
//! ```text
//! budgets                  all machines; fails when a number is above its bound, or a search finds something
//! budgets --write          the same, and makes the numbers found the bounds
//! budgets --machine NAME   one machine
//! ```
//!
//! What it builds goes into the cache (TUTEE_CACHE, default target/ci), but for the C library as it is released.

mod count;
mod machines;
mod project;
mod search;
mod stack;
mod symbols;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use count::Counted;
use machines::{MACHINES, Machine};
use project::Project;
use table::{Row, Table};

/// Each builds in folders of its own, and one alone leaves most of its time a processor idle.
const WORKERS: usize = 2;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [] => all(&MACHINES, false),
        ["--write"] => all(&MACHINES, true),
        ["--machine", name] => match MACHINES.iter().find(|machine| machine.name == *name) {
            Some(machine) => all(&[*machine], false),
            None => Err(format!("no machine {name:?}; there are {}", MACHINES.map(|machine| machine.name).join(", "))),
        },
        _ => Err("usage: budgets [--write | --machine NAME]".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// This checkout.
fn project() -> Result<Project, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().map_err(|error| format!("{}: {error}", root.display()))?;
    let folder = |variable: &str, default: &str| {
        let path = env::var_os(variable).map_or_else(|| root.join(default), PathBuf::from);
        std::path::absolute(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let (target, cache) = (folder("CARGO_TARGET_DIR", "target")?, folder("TUTEE_CACHE", "target/ci")?);
    Ok(Project { target, build: cache.join("budgets"), root })
}

/// What one machine gave.
struct Outcome {
    counted: Counted,
    searched: String,
}

fn one(project: &Project, machine: &Machine) -> Result<Outcome, String> {
    let about = |error| format!("{}: {error}", machine.name);
    let counted = count::count(project, machine).map_err(about)?;
    let searched = search::search(project, machine).map_err(about)?;
    Ok(Outcome { counted, searched })
}

fn all(machines: &[Machine], write: bool) -> Result<(), String> {
    let project = project()?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(machine) = machines.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = one(&project, machine);
            if let Ok(Outcome { searched, .. }) = &outcome {
                println!("{}: {searched}", machine.name);
            }
            done.push((machine.name, outcome));
        }
        done
    };
    let mut outcomes: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    outcomes.sort_by_key(|(name, _)| machines.iter().position(|machine| machine.name == *name));

    let (mut table, mut errors, mut numbers) = (Table::default(), Vec::new(), Vec::new());
    for (name, outcome) in outcomes {
        match outcome {
            Ok(Outcome { counted: Counted { compiler, rows, numbers: found, notes }, .. }) => {
                table.compiler = compiler;
                table.rows.extend(rows);
                numbers.push((name, found));
                notes.iter().for_each(|note| println!("{name}: {note}"));
            }
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() || numbers.len() != machines.len() {
        return Err(errors.join("\n"));
    }
    print!("{}", table.render());
    if let Some((name, _)) = numbers.iter().find(|(_, found)| Some(found) != numbers.first().map(|(_, first)| first)) {
        return Err(format!("the programs of {name} come to other numbers than those of the first machine"));
    }
    println!("proved: {} programs come to the same numbers on {} machines", numbers[0].1.len(), numbers.len());
    count::goals(&table);
    bounds(&project, &table, machines.len() == MACHINES.len(), write)
}

/// Compares the numbers with the committed ones, after showing that the comparison can fail.
fn bounds(project: &Project, table: &Table, whole: bool, write: bool) -> Result<(), String> {
    let folder = project.root.join("tests/budgets");
    let (file, readme) = (folder.join("budgets.csv"), folder.join("README.md"));
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let save = |path: &Path, text: &str| fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()));
    if write {
        save(&file, &table.write())?;
        let text = table::replace(&read(&readme)?, &table.render()).ok_or("the README has no markers")?;
        save(&readme, &text)?;
        println!("written: {} rows", table.rows.len());
    }
    let committed = Table::read(&read(&file)?)?;
    if table::find(&read(&readme)?) != Some(committed.render().as_str()) {
        return Err("the README's table is not that of budgets.csv; --write renews both".to_owned());
    }
    if whole && committed.rows.len() != table.rows.len() {
        return Err(format!("{} rows are committed, {} were counted", committed.rows.len(), table.rows.len()));
    }
    // The control: every bound below what was counted by the least that must be seen.
    let tight = Table { rows: table.rows.iter().map(Row::tightened).collect(), ..table.clone() };
    let counted: usize =
        table.rows.iter().map(|row| row.numbers().iter().filter(|(_, bytes)| *bytes > 0).count()).sum();
    if table.above(&tight).len() != counted {
        return Err("control: numbers above their bounds are not seen".to_owned());
    }
    let above = table.above(&committed);
    if !above.is_empty() {
        return Err(format!(
            "above the bounds of rustc {}, with {}:\n{}",
            committed.compiler,
            table.compiler,
            above.join("\n")
        ));
    }
    println!(
        "proved: {counted} numbers are within their bounds (rustc {}, bounds by {}); a bound that is too low by a byte is seen for each",
        table.compiler, committed.compiler
    );
    Ok(())
}
