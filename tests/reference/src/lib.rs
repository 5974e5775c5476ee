//! The reference runs: operations and trainings that every target must compute to the last bit.
//!
//! The list goes from the bottom of the library to its top: elementary functions, kernels, draws, gradients, and then
//! whole trainings of every task in every mode and both precisions. Where two machines differ, the first name on the list
//! whose digests differ therefore is the operation to look at; everything after it may differ in consequence. After these
//! come operations and trainings that depend on subnormal numbers, random programs, trainings of a whole layer, trainings by other
//! step rules than plain descent, and exact trainings of labels and of selection.
//!
//! No heap and no standard library: the same code runs on a workstation and on a microcontroller, which hands in the
//! [`Memory`] and a function that takes the names and digests as they come.
#![no_std]
#![forbid(unsafe_code)]

mod exact;
mod layers;
mod memory;
mod name;
mod operations;
mod programs;
mod rules;
mod subnormals;
mod tasks;
mod trainings;

pub use memory::Memory;
pub use name::Name;

pub use tutee::environment::check as environment;

use tutee::digest::Digest;

/// The committed list: a name and 16 hexadecimal digits a line.
pub const COMMITTED: &str = include_str!("../digests.txt");

/// Computes the whole list, in order, and hands every entry to `report`. The digest of the list itself comes last, under
/// the name `list`.
pub fn compute(memory: &mut Memory, mut report: impl FnMut(Name<'_>, u64)) {
    let mut whole = Digest::new();
    let mut entry = |name: Name<'_>, digest: u64| {
        add(&mut whole, name, digest);
        report(name, digest);
    };
    compute_trainings(memory, &mut entry);
    compute_programs(memory, &mut entry);
    compute_layers(memory, &mut entry);
    compute_rules(memory, &mut entry);
    compute_exact(memory, &mut entry);
    report(Name(["list", "", ""]), whole.finish());
}

/// Computes the first part of the list, for machines that do not hold the whole program: operations, trainings of the paper's teachers, and
/// what depends on subnormal numbers.
pub fn compute_trainings(memory: &mut Memory, mut entry: impl FnMut(Name<'_>, u64)) {
    operations::all::<f32>("f32", &mut entry);
    operations::all::<f64>("f64", &mut entry);
    trainings::all("f32", &mut memory.single, &mut memory.snapshot, &mut entry);
    trainings::all("f64", &mut memory.double, &mut memory.snapshot, &mut entry);
    subnormals::all("f32", &mut memory.single, &mut entry);
    subnormals::all("f64", &mut memory.double, &mut entry);
}

/// Computes the second part: random programs.
pub fn compute_programs(memory: &mut Memory, mut entry: impl FnMut(Name<'_>, u64)) {
    let mut name = [0; 10];
    for program in 0..programs::PROGRAMS {
        let digest = programs::run(program, &mut memory.single, &mut memory.snapshot);
        entry(Name(["f32", programs::name(program, &mut name), ""]), digest);
    }
    for program in 0..programs::PROGRAMS {
        let digest = programs::run(program, &mut memory.double, &mut memory.snapshot);
        entry(Name(["f64", programs::name(program, &mut name), ""]), digest);
    }
}

/// Computes the third part: trainings of whole layers from samples.
pub fn compute_layers(memory: &mut Memory, mut entry: impl FnMut(Name<'_>, u64)) {
    layers::all("f32", &mut memory.single, &mut memory.snapshot, &mut entry);
    layers::all("f64", &mut memory.double, &mut memory.snapshot, &mut entry);
}

/// Computes the fourth part: trainings by step rules.
pub fn compute_rules(memory: &mut Memory, mut entry: impl FnMut(Name<'_>, u64)) {
    rules::all("f32", &mut memory.single, &mut memory.snapshot, &mut entry);
    rules::all("f64", &mut memory.double, &mut memory.snapshot, &mut entry);
}

/// Computes the last part: exact trainings of labels and of selection. The digest of it all is not there; [`list_digest`] gives it.
pub fn compute_exact(memory: &mut Memory, mut entry: impl FnMut(Name<'_>, u64)) {
    exact::all("f32", &mut memory.single, &mut memory.snapshot, &mut entry);
    exact::all("f64", &mut memory.double, &mut memory.snapshot, &mut entry);
}

/// The digest of a list that was printed without it: a name and 16 hexadecimal digits a line. `None` for another line.
pub fn list_digest(printed: &str) -> Option<u64> {
    let mut whole = Digest::new();
    for line in printed.lines() {
        let (name, digits) = line.split_once(' ')?;
        let mut parts = name.split('/');
        let name = Name(core::array::from_fn(|_| parts.next().unwrap_or("")));
        if parts.next().is_some() {
            return None;
        }
        add(&mut whole, name, u64::from_str_radix(digits.trim(), 16).ok()?);
    }
    Some(whole.finish())
}

fn add(whole: &mut Digest, name: Name<'_>, digest: u64) {
    for part in name.0 {
        whole.bytes(part.as_bytes());
        whole.bytes(b"/");
    }
    whole.bytes(&digest.to_le_bytes());
}

/// What the random program of this number comes to, in `f32` and in `f64`: those of small numbers are on the list, and there
/// are as many more as anybody wants to compare. Zero, which is no digest, if it cannot be run.
pub fn program(memory: &mut Memory, program: u64) -> [u64; 2] {
    let Memory { single, double, snapshot } = memory;
    [programs::run(program, single, snapshot), programs::run(program, double, snapshot)]
}

/// The committed digest of an entry; `None` for a name that is not on the list.
pub fn committed(name: Name<'_>) -> Option<u64> {
    COMMITTED.lines().find_map(|line| {
        let (found, digits) = line.split_once(' ')?;
        let mut parts = found.split('/');
        let equal = name.0.iter().filter(|part| !part.is_empty()).all(|&part| parts.next() == Some(part));
        if equal && parts.next().is_none() { u64::from_str_radix(digits.trim(), 16).ok() } else { None }
    })
}
