//! How near each inner loop and each whole step comes to what this machine can do: the shortest time that its
//! operations or its bytes can take, whichever is longer, over the time that it took.

use tutee::vector::Level;
use tutee_bench::level::{levels, name};
use tutee_bench::loops::{Kernel, Number};
use tutee_bench::steps::{Gradient, SIZES};

use crate::levels::{batch, loop_time, step_times};
use crate::peak::{Distance, arithmetic, distances, memory};
use crate::table::{Table, number};
use crate::timing::Timer;
use crate::work::{Work, of_element, of_step};

/// Elements of a row: with all that belongs to it in the nearest cache.
const LENGTH: usize = 256;

/// The peaks at one level: operations, and bytes at each distance, a nanosecond.
struct Peak {
    level: Level,
    operations: f64,
    bytes: Vec<(Distance, f64)>,
}

impl Peak {
    fn measure<T: Number>(timer: Timer, level: Level) -> Self {
        let bytes = distances().map(|distance| {
            let bytes = memory::<T>(timer, level, &distance);
            (distance, bytes)
        });
        Self { level, operations: arithmetic::<T>(timer, level), bytes: bytes.into() }
    }

    /// Nanoseconds that `work` on so many bytes takes at least, and what binds it.
    fn bound(&self, work: Work, held: usize) -> (f64, &'static str) {
        let arithmetic = work.operations / self.operations;
        let fits = self.bytes.iter().find(|(distance, _)| held <= distance.bytes);
        let (place, bandwidth) = fits.or(self.bytes.last()).map_or(("nothing", f64::INFINITY), |(d, b)| (d.name, *b));
        let transfer = work.bytes / bandwidth;
        if transfer > arithmetic { (transfer, place) } else { (arithmetic, "arithmetic") }
    }
}

/// Prints the tables.
pub(crate) fn run(timer: Timer) -> Result<(), String> {
    let levels: Vec<_> = levels().collect();
    let names: Vec<_> = levels.iter().map(|&level| name(level)).collect();
    let distances = distances();
    let head: Vec<_> =
        ["level", "type", "multiply + add"].into_iter().chain(distances.each_ref().map(|d| d.name)).collect();
    let mut peaks = Table::new(2, &head);
    let bound: Vec<_> = names.iter().flat_map(|&name| [name, "bound by"]).collect();
    let mut loops = Table::new(2, &[&["loop", "type", "operations", "bytes"][..], &bound].concat());
    let words = ["step", "type", "M", "d", "D = J", "operations", "bytes"];
    let mut steps = Table::new(2, &[&words[..], &bound].concat());
    rows::<f32>(timer, &levels, [&mut peaks, &mut loops, &mut steps])?;
    rows::<f64>(timer, &levels, [&mut peaks, &mut loops, &mut steps])?;
    let sizes = distances.map(|d| format!("{} {} KiB", d.name, d.measured / 1024)).join(", ");
    peaks.print(&format!(
        "Peaks, measured: multiplications and additions (not fused) in 10^9 a second; `a = b + s c` in 10^9 \
         bytes a second, over {sizes}"
    ));
    loops.print(&format!(
        "Inner loops over {LENGTH} elements: operations and bytes of an element; what the binding peak would take, of \
         the time taken"
    ));
    steps.print(&format!(
        "Whole steps, sizes known at run time, {} samples a step online: operations and bytes of a step; what the \
         binding peak would take, of the time taken",
        batch(timer)
    ));
    Ok(())
}

fn rows<T: Number>(timer: Timer, levels: &[Level], [peaks, loops, steps]: [&mut Table; 3]) -> Result<(), String> {
    let measured: Vec<_> = levels.iter().map(|&level| Peak::measure::<T>(timer, level)).collect();
    for peak in &measured {
        let words = [name(peak.level).to_owned(), T::NAME.to_owned(), number(peak.operations)];
        peaks.row(words.into_iter().chain(peak.bytes.iter().map(|(_, bytes)| number(*bytes))));
    }
    // Nothing is known of the work of others.
    for kernel in Kernel::ALL.into_iter().filter(|&kernel| kernel != Kernel::LibmExp) {
        let work = of_element::<T>(kernel);
        let words = [kernel.name().to_owned(), T::NAME.to_owned(), number(work.operations), number(work.bytes)];
        let fractions = measured.iter().flat_map(|peak| {
            let (bound, place) = peak.bound(work, 0);
            share(bound, loop_time::<T>(timer, peak.level, kernel, LENGTH), place)
        });
        loops.row(words.into_iter().chain(fractions));
    }
    for gradient in Gradient::ALL {
        for sizes in SIZES {
            let [filters, features, tokens, _] = sizes;
            let (work, held) = of_step::<T>(gradient, sizes, batch(timer));
            let mut row = vec![gradient.name().to_owned(), T::NAME.to_owned()];
            row.extend([filters, features, tokens].map(|size| size.to_string()));
            row.extend([number(work.operations), number(work.bytes)]);
            for peak in &measured {
                let (bound, place) = peak.bound(work, held);
                let [run_time, _] = step_times::<T>(timer, peak.level, gradient, sizes)?;
                row.extend(share(bound, run_time, place));
            }
            steps.row(row);
        }
    }
    Ok(())
}

fn share(bound: f64, time: f64, place: &'static str) -> [String; 2] {
    [format!("{:.0} %", 100.0 * bound / time), place.to_owned()]
}
