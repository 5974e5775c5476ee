//! `tutee fingerprint`: the reference runs on this machine, against the committed list.

use std::fmt::Write as _;

use serde::Serialize;
use tutee_reference::{Memory, committed, compute};

use crate::args::FingerprintArgs;
use crate::failure::Failure;
use crate::files::Sink;
use crate::interrupt::Interrupt;
use crate::output::write_json;
use crate::streams::print;

/// One entry of the list.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    digest: String,
    committed: Option<String>,
    equal: bool,
}

/// What a bug report needs to say of the machine.
#[derive(Debug, Serialize)]
struct Machine {
    tutee: &'static str,
    target: &'static str,
    compiler: &'static str,
    profile: &'static str,
    cpu: String,
    features: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Fingerprint {
    equal: bool,
    machine: Machine,
    entries: Vec<Entry>,
}

/// Computes the list, prints what is equal and what is not.
///
/// # Errors
/// Exit code 1 on any difference, naming the first operation that differs.
pub fn fingerprint(args: &FingerprintArgs) -> Result<(), Failure> {
    let sink = args.json.as_deref().map(Sink::new).transpose()?;
    let mut memory = Box::new(Memory::ZERO);
    let mut entries = vec![];
    compute(&mut memory, |name, digest| {
        let expected = committed(name);
        entries.push(Entry {
            name: name.to_string(),
            digest: format!("{digest:016x}"),
            committed: expected.map(|digest| format!("{digest:016x}")),
            equal: expected == Some(digest),
        });
    });
    let machine = machine();
    let different = entries.iter().filter(|entry| !entry.equal).count();
    let result = Fingerprint { equal: different == 0, machine, entries };
    // What is written now becomes whole, whoever asks the program to end.
    let _deferred = Interrupt::watch();
    let written = sink.as_ref().map_or(Ok(()), |sink| write_json(sink, &result));
    let printed = if sink == Some(Sink::Stdout) { Ok(()) } else { print(&describe(&result)) };
    let differs = result.entries.iter().find(|entry| !entry.equal).map(|first| {
        Failure::check(format!(
            "{different} of {} digests differ; the first operation that differs is {}",
            result.entries.len(),
            first.name
        ))
    });
    Failure::all(differs.into_iter().chain([written, printed].into_iter().filter_map(Result::err)))
}

fn describe(result: &Fingerprint) -> String {
    let Fingerprint { machine, entries, .. } = result;
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:9} {value}");
    };
    line("tutee", &format!("{} ({})", machine.tutee, machine.profile));
    line("target", machine.target);
    line("compiler", machine.compiler);
    line("cpu", &machine.cpu);
    line("features", &machine.features.join(" "));
    if let Some(list) = entries.last() {
        line("list", &list.digest);
    }
    let equal = entries.iter().filter(|entry| entry.equal).count();
    line("equal", &format!("{equal} of {} digests", entries.len()));
    for entry in entries.iter().filter(|entry| !entry.equal) {
        let expected = entry.committed.as_deref().unwrap_or("not on the list");
        let _ = writeln!(text, "differs   {}: {} here, {expected} committed", entry.name, entry.digest);
    }
    text
}

fn machine() -> Machine {
    Machine {
        tutee: env!("CARGO_PKG_VERSION"),
        target: env!("TUTEE_TARGET"),
        compiler: env!("TUTEE_COMPILER"),
        profile: env!("TUTEE_PROFILE"),
        cpu: cpu(),
        features: features(),
    }
}

/// The processor's own name, where the system tells.
fn cpu() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let names = ["model name", "cpu model", "uarch", "Processor", "cpu"];
        names.iter().find_map(|name| {
            let line = text.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == *name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
    });
    told.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// Vector extensions of the processor, whether or not this build uses them.
fn features() -> Vec<&'static str> {
    #[allow(unused_mut)]
    let mut features = vec![];
    #[cfg(target_arch = "x86_64")]
    {
        let all = [
            ("sse2", std::is_x86_feature_detected!("sse2")),
            ("avx", std::is_x86_feature_detected!("avx")),
            ("avx2", std::is_x86_feature_detected!("avx2")),
            ("fma", std::is_x86_feature_detected!("fma")),
            ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ];
        features.extend(all.into_iter().filter_map(|(name, present)| present.then_some(name)));
    }
    #[cfg(target_arch = "aarch64")]
    if std::arch::is_aarch64_feature_detected!("neon") {
        features.push("neon");
    }
    features
}
