//! Every inner loop and every whole step at each vector level that this machine has.

use tutee::vector::Level;
use tutee_bench::level::{levels, name, repeat};
use tutee_bench::loops::{Inner, Kernel, LENGTHS, Number};
use tutee_bench::steps::{BATCH, Gradient, SIZES, Sizes, with, with_fixed};

use crate::table::{Table, number};
use crate::timing::Timer;

/// Passes through a loop in one call, so that to enter code of another level is not what is timed.
const PASSES: u32 = 16;

/// Prints the tables.
pub(crate) fn run(timer: Timer) -> Result<(), String> {
    loops(timer);
    steps(timer)
}

/// The columns of all levels: a figure for each, and its ratio to the first.
fn head<'h>(words: &[&'h str], levels: &[Level]) -> Vec<&'h str> {
    let mut head = words.to_vec();
    for &level in levels {
        head.push(name(level));
        if level != Level::Baseline {
            head.push("ratio");
        }
    }
    head
}

/// Times of all levels, and how many times as fast as the first each is.
fn compared(times: &[f64], figure: impl Fn(f64) -> String) -> Vec<String> {
    let mut cells = vec![];
    for (i, &time) in times.iter().enumerate() {
        cells.push(figure(time));
        if i > 0 {
            cells.push(format!("{:.2}", times[0] / time));
        }
    }
    cells
}

/// Nanoseconds an element.
pub(crate) fn loop_time<T: Number>(timer: Timer, level: Level, kernel: Kernel, n: usize) -> f64 {
    level.limit();
    let mut inner = Inner::<T>::new(kernel, n);
    timer.nanoseconds(|| repeat(level, PASSES, &mut inner)) / (f64::from(PASSES) * n as f64)
}

fn loops(timer: Timer) {
    let levels: Vec<_> = levels().collect();
    let mut table = Table::new(2, &head(&["loop", "type", "n"], &levels));
    let mut exponentials =
        Table::new(1, &head(&["type", "n"], &levels).into_iter().filter(|&h| h != "ratio").collect::<Vec<_>>());
    rows::<f32>(timer, &levels, &mut table, &mut exponentials);
    rows::<f64>(timer, &levels, &mut table, &mut exponentials);
    table.print("Inner loops: nanoseconds an element, n elements in a row; how many times as fast as the baseline");
    exponentials.print("The exponential: its time divided by that of `libm`'s in the same loop");
}

fn rows<T: Number>(timer: Timer, levels: &[Level], table: &mut Table, exponentials: &mut Table) {
    let times =
        |kernel, n| -> Vec<f64> { levels.iter().map(|&level| loop_time::<T>(timer, level, kernel, n)).collect() };
    for kernel in Kernel::ALL {
        for n in LENGTHS {
            let words = [kernel.name().to_owned(), T::NAME.to_owned(), n.to_string()];
            table.row(words.into_iter().chain(compared(&times(kernel, n), number)));
        }
    }
    for n in LENGTHS {
        let (own, other) = (times(Kernel::Exp, n), times(Kernel::LibmExp, n));
        let ratios = own.iter().zip(other).map(|(own, other)| format!("{:.3}", own / other));
        exponentials.row([T::NAME.to_owned(), n.to_string()].into_iter().chain(ratios));
    }
}

/// Nanoseconds a step: sizes known at run time, and in the types.
pub(crate) fn step_times<T: Number>(
    timer: Timer,
    level: Level,
    gradient: Gradient,
    sizes: Sizes,
) -> Result<[f64; 2], String> {
    level.limit();
    let batch = batch(timer);
    let both = with::<T, _>(gradient, sizes, batch, |run_time| {
        with_fixed::<T, _>(gradient, sizes, batch, |fixed| timer.side_by_side([run_time, fixed]))
    });
    both.and_then(|both| both).map_err(|error| error.to_string())
}

/// Samples of an online step.
pub(crate) const fn batch(timer: Timer) -> u32 {
    if timer.quick { 4 } else { BATCH }
}

fn steps(timer: Timer) -> Result<(), String> {
    let levels: Vec<_> = levels().collect();
    let words = ["step", "type", "M", "d", "D = J"];
    let mut table = Table::new(2, &head(&words, &levels));
    let mut doors = Table::new(2, &[&words[..], &levels.iter().map(|&level| name(level)).collect::<Vec<_>>()].concat());
    for gradient in Gradient::ALL {
        for sizes in SIZES {
            step_rows::<f32>(timer, &levels, gradient, sizes, [&mut table, &mut doors])?;
            step_rows::<f64>(timer, &levels, gradient, sizes, [&mut table, &mut doors])?;
        }
    }
    let batch = batch(timer);
    table.print(&format!(
        "Whole steps a second, sizes known at run time, {batch} samples a step online; how many times as fast as \
         the baseline"
    ));
    doors.print("Sizes in the types: time of a step divided by that with sizes known at run time");
    Ok(())
}

fn step_rows<T: Number>(
    timer: Timer,
    levels: &[Level],
    gradient: Gradient,
    sizes: Sizes,
    [table, doors]: [&mut Table; 2],
) -> Result<(), String> {
    let [filters, features, tokens, _] = sizes;
    let words = [gradient.name().to_owned(), T::NAME.to_owned()];
    let words = words.into_iter().chain([filters, features, tokens].map(|size| size.to_string()));
    let mut times = vec![];
    let mut ratios = vec![];
    for &level in levels {
        let [run_time, fixed] = step_times::<T>(timer, level, gradient, sizes)?;
        times.push(run_time);
        ratios.push(format!("{:.3}", fixed / run_time));
    }
    table.row(words.clone().chain(compared(&times, |time| number(1e9 / time))));
    doors.row(words.chain(ratios));
    Ok(())
}
