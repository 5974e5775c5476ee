//! The library's steps beside those of what a user would pick instead, in the same run. `bench/peers/run` builds the peers
//! and starts this.

mod case;
mod check;
mod contest;
mod layer;
mod one_percent;
mod program;

use std::path::PathBuf;

use tutee::Scalar;
use tutee::step::Descent;
use tutee::vector::Level;
use tutee_bench::level::name;
use tutee_bench::steps::{Gradient, SIZES, Task, train};

use crate::table::{Table, number};
use case::{Case, Precision};
use check::Check;
use contest::{Contender, Effort, Tutee};
use program::Program;

/// Steps a second in one case: the library's, and those of each program that takes such steps.
struct Row {
    case: Case,
    /// Plain updates, as those of the programs are.
    tutee: f64,
    /// Compensated updates, which are the library's own choice and more work.
    compensated: f64,
    peers: Vec<Option<f64>>,
}

impl Row {
    /// The fastest program, by its place among them.
    fn fastest(&self) -> Option<(usize, f64)> {
        let timed = self.peers.iter().enumerate().filter_map(|(i, speed)| Some((i, (*speed)?)));
        timed.max_by(|(_, x), (_, y)| x.total_cmp(y))
    }
}

/// Prints the table, the versions, and how long 1 % of the loss takes.
pub(crate) fn run(paths: &[PathBuf], quick: bool, layers_alone: bool) -> Result<(), String> {
    let mut programs = paths.iter().map(|path| Program::start(path)).collect::<Result<Vec<_>, _>>()?;
    let (effort, sizes) = if quick { (Effort::QUICK, &SIZES[..2]) } else { (Effort::FULL, &SIZES[..]) };
    let mut rows = vec![];
    for case in if layers_alone { vec![] } else { Case::all(sizes) } {
        eprintln!("{case}");
        rows.push(match case.precision {
            Precision::F32 => row::<f32>(case, &mut programs, effort),
            Precision::F64 => row::<f64>(case, &mut programs, effort),
        }?);
    }
    print(&programs, &rows);
    let of_layers = layer::run(&mut programs, effort, quick)?;
    if !quick && !layers_alone {
        one_percent::run(|sizes| {
            let row = rows.iter().find(|row| row.case.gradient == Gradient::Online && row.case.sizes == sizes)?;
            row.fastest().map(|(i, speed)| (programs[i].name.clone(), speed))
        })?;
    }
    let compared = of_layers + rows.iter().map(|row| row.peers.iter().flatten().count()).sum::<usize>();
    println!("\nproved: in {compared} cases a peer computes what the library computes");
    Ok(())
}

/// Checks every program, and times those that take such steps, in turn with the library.
fn row<T: Scalar>(case: Case, programs: &mut [Program], effort: Effort) -> Result<Row, String> {
    let shown = |error: tutee::Error| error.to_string();
    let check = Check::new(&case)?;
    const FACTORS: [f64; 2] = [1.0, 1.0];
    let mut takes_part = vec![];
    for program in &mut *programs {
        let passes = check.passes(program)?;
        takes_part.push(passes && program.begin(&case, check.task(), FACTORS)?);
    }
    let task = Task::<T>::new(case.sizes).map_err(shown)?;
    let compensated = case.descent(FACTORS);
    let plain = Descent { compensated: false, ..compensated };
    let speeds = train(&task, case.gradient, case.batch, 1, |first| {
        train(&task, case.gradient, case.batch, 1, |second| {
            let mut tutee = Tutee { training: first, descent: plain };
            let mut careful = Tutee { training: second, descent: compensated };
            let peers = programs.iter_mut().zip(&takes_part).filter(|(_, takes)| **takes);
            let mut contenders: Vec<&mut dyn Contender> = vec![&mut tutee, &mut careful];
            contenders.extend(peers.map(|(program, _)| program as &mut dyn Contender));
            effort.fastest(&mut contenders)
        })
    });
    let mut speeds = speeds.map_err(shown)?.map_err(shown)??.into_iter();
    let [tutee, compensated] = [speeds.next(), speeds.next()].map(|speed| speed.ok_or("the library was timed first"));
    let peers = takes_part.into_iter().map(|takes| if takes { speeds.next() } else { None }).collect();
    Ok(Row { case, tutee: tutee?, compensated: compensated?, peers })
}

fn print(programs: &[Program], rows: &[Row]) {
    let names = programs.iter().map(|program| &*program.name);
    let head: Vec<&str> =
        ["step", "steps/s"].into_iter().chain(names).chain(["ahead of the fastest by", "compensated"]).collect();
    let mut table = Table::new(1, &head);
    for row in rows {
        let times = |speed: &f64| format!("{:.2}", row.tutee / speed);
        let mut cells = vec![row.case.to_string(), number(row.tutee)];
        cells.extend(row.peers.iter().map(|speed| speed.as_ref().map_or("–".into(), times)));
        cells.extend(row.fastest().map(|(i, speed)| format!("{} ({})", times(&speed), programs[i].name)));
        cells.extend(row.fastest().map(|(_, speed)| format!("{:.2}", row.compensated / speed)));
        table.row(cells);
    }
    if !rows.is_empty() {
        table.print(
        "Steps a second here, and how many times as many as each peer's, updates plain as theirs are; last, how far ahead with \
         compensated ones; one thread, best of all rounds",
        );
    }
    println!("- the library: {} registers", name(Level::best()));
    for program in programs {
        println!("- {}: {}", program.name, program.version);
    }
}
