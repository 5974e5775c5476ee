//! Instructions of a step, counted by valgrind's callgrind: the same from run to run, whatever else the machine does.
//! The program counts itself, twice, with different numbers of steps; the difference is what the steps took.
//!
//! Valgrind does not know AVX-512, so there are two levels.

use std::env;
use std::process::{Command, Stdio};

use clap::Args;
use tutee::vector::Level;
use tutee_bench::layers::{self, Matrices};
use tutee_bench::level::name;
use tutee_bench::loops::Number;
use tutee_bench::steps::{Gradient, SIZES, Step, with, with_fixed};

use crate::table::{Table, number};
use crate::timing::Timer;

const LEVELS: [Level; 2] = [Level::Baseline, Level::Avx2];
/// Steps that are counted at each size, after a first one that is not.
const STEPS: [u32; 3] = [20, 4, 1];

/// What to take.
#[derive(Args, Clone, Copy)]
pub(crate) struct Steps {
    /// Position of the gradient in the list of all; behind them those of a layer's matrices
    gradient: usize,
    /// Bits of a number
    bits: u32,
    /// Position of the sizes in the list of all
    sizes: usize,
    /// Position of the vector level in the list of all
    level: usize,
    count: u32,
    /// Samples of an online step
    batch: u32,
    /// The sizes in the types
    #[arg(long)]
    fixed: bool,
}

impl Steps {
    /// Takes them, and prints the level at which.
    pub(crate) fn take(self) -> Result<(), String> {
        if self.bits == 32 { self.take_as::<f32>() } else { self.take_as::<f64>() }
    }

    fn take_as<T: Number>(self) -> Result<(), String> {
        LEVELS.get(self.level).ok_or("no such level")?.limit();
        let take = |step: &mut Step<'_>| (0..self.count).for_each(|_| step());
        let taken = if let Some(gradient) = Gradient::ALL.get(self.gradient) {
            let sizes = SIZES.get(self.sizes).ok_or("no such sizes")?;
            if self.fixed {
                with_fixed::<T, _>(*gradient, *sizes, self.batch, take)
            } else {
                with::<T, _>(*gradient, *sizes, self.batch, take)
            }
        } else {
            let matrices = Matrices::ALL.get(self.gradient - Gradient::ALL.len()).ok_or("no such gradient")?;
            let sizes = layers::SIZES.get(self.sizes).ok_or("no such sizes")?;
            layers::with::<T, _>(*matrices, *sizes, self.batch, take)
        };
        taken.map_err(|error| error.to_string())?;
        println!("{}", name(Level::best()));
        Ok(())
    }

    /// Instructions of the whole program; `None` if the level is not to be had.
    fn counted(self) -> Result<Option<u64>, String> {
        let own = env::current_exe().map_err(|error| format!("this program: {error}"))?;
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(own).arg("steps");
        let Self { gradient, bits, sizes, level, count, batch, fixed } = self;
        // In the order in which they are declared.
        let numbers = [gradient as u64, bits.into(), sizes as u64, level as u64, count.into(), batch.into()];
        valgrind.args(numbers.map(|number| number.to_string()));
        if fixed {
            valgrind.arg("--fixed");
        }
        let found = valgrind.output().map_err(|error| format!("valgrind: {error}"))?;
        let (printed, said) = (String::from_utf8_lossy(&found.stdout), String::from_utf8_lossy(&found.stderr));
        if !found.status.success() {
            return Err(format!("valgrind: {}\n{said}", found.status));
        }
        if LEVELS.get(level).is_none_or(|&level| printed.trim() != name(level)) {
            return Ok(None);
        }
        let collected = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
        collected.map(Some).ok_or_else(|| format!("valgrind did not say what it counted:\n{said}"))
    }
}

/// Prints the table, or why there is none.
pub(crate) fn run(timer: Timer) -> Result<(), String> {
    let in_ci = env::var("CI").is_ok_and(|ci| ci == "true");
    if !have_valgrind(in_ci) {
        if in_ci {
            return Err("there is no valgrind, and it could not be installed".to_owned());
        }
        println!("left out, for want of valgrind: instructions of a step\n");
        return Ok(());
    }
    let batch = if timer.quick { 1 } else { 4 };
    let mut table = Table::new(
        2,
        &["step", "type", "M", "d", "D = J", name(LEVELS[0]), name(LEVELS[1]), "ratio", "in types", "ratio"],
    );
    for (gradient, which) in Gradient::ALL.into_iter().zip(0..) {
        for ((sizes, size), steps) in SIZES.into_iter().zip(0..).zip(STEPS) {
            for bits in [32, 64] {
                let [filters, features, tokens, _] = sizes;
                let mut row = vec![gradient.name().to_owned(), format!("f{bits}")];
                row.extend([filters, features, tokens].map(|size| size.to_string()));
                let step = |level, fixed| -> Result<Option<f64>, String> {
                    let take =
                        |count| Steps { gradient: which, bits, sizes: size, level, count, batch, fixed }.counted();
                    let (Some(first), Some(all)) = (take(1)?, take(1 + steps)?) else { return Ok(None) };
                    Ok(Some(all.saturating_sub(first) as f64 / f64::from(steps)))
                };
                let (baseline, wide, fixed) = (step(0, false)?, step(1, false)?, step(1, true)?);
                let cell = |count: Option<f64>| count.map(number).unwrap_or_default();
                let ratio = |a: Option<f64>, b| a.zip(b).map(|(a, b)| format!("{:.3}", a / b)).unwrap_or_default();
                row.extend([cell(baseline), cell(wide), ratio(wide, baseline), cell(fixed), ratio(fixed, wide)]);
                table.row(row);
            }
        }
    }
    table.print(&format!(
        "Instructions of a step by callgrind, {batch} samples a step online; their ratio to the baseline; and, at the \
         wider level, with sizes in the types, and their ratio to those with sizes known at run time"
    ));
    of_layers(batch)
}

/// Prints the table of a whole layer's steps.
fn of_layers(batch: u32) -> Result<(), String> {
    let mut table = Table::new(2, &["layer", "type", "M", "d", "D = J", name(LEVELS[0]), name(LEVELS[1]), "ratio"]);
    for (matrices, which) in Matrices::ALL.into_iter().zip(Gradient::ALL.len()..) {
        for ((sizes, size), steps) in layers::SIZES.into_iter().zip(0..).zip(STEPS) {
            for bits in [32, 64] {
                let [filters, features, tokens, _] = sizes;
                let mut row = vec![matrices.name().to_owned(), format!("f{bits}")];
                row.extend([filters, features, tokens].map(|size| size.to_string()));
                let step = |level| -> Result<Option<f64>, String> {
                    let take = |count| {
                        Steps { gradient: which, bits, sizes: size, level, count, batch, fixed: false }.counted()
                    };
                    let (Some(first), Some(all)) = (take(1)?, take(1 + steps)?) else { return Ok(None) };
                    Ok(Some(all.saturating_sub(first) as f64 / f64::from(steps)))
                };
                let (baseline, wide) = (step(0)?, step(1)?);
                row.extend([baseline, wide].map(|count| count.map(number).unwrap_or_default()));
                row.extend(wide.zip(baseline).map(|(wide, baseline)| format!("{:.3}", wide / baseline)));
                table.row(row);
            }
        }
    }
    table.print(&format!("Instructions of a layer's online step by callgrind, {batch} samples a step; their ratio"));
    Ok(())
}

/// Whether there is valgrind; in CI it is installed from Debian's packages if it was missing.
fn have_valgrind(in_ci: bool) -> bool {
    let silent = |program: &str, arguments: &[&str]| {
        let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let present = || silent("valgrind", &["--version"]);
    let install = || silent("apt-get", &["install", "-y", "-qq", "valgrind"]);
    present() || (in_ci && (install() || (silent("apt-get", &["update", "-qq"]) && install())) && present())
}
