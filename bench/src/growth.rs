//! How the cost of a step grows with each size, the others held: the exact step costs `O(M d + M J + J D)`, a sample of
//! the online step `O(M D d + M J D)`. On logarithmic axes the cost is a line whose slope is the exponent; what does
//! not grow bends it at small sizes, so that the slope is fitted over the upper half.

use std::f64::consts::LN_2;

use tutee::Scalar;
use tutee::vector::Level;
use tutee_bench::loops::Number;
use tutee_bench::steps::{Gradient, Sizes, with};

use crate::table::{Table, number};
use crate::timing::Timer;

/// Sizes that are held.
const HELD: Sizes = [16; 4];
/// Powers of two that a size goes through.
const POWERS: [u32; 7] = [4, 5, 6, 7, 8, 9, 10];
/// Samples of an online step.
const BATCH: u32 = 4;
/// What grows, and where it stands in [`Sizes`].
const GROWING: [(&str, usize); 4] = [("D", 2), ("d", 1), ("M", 0), ("J", 3)];

/// Prints the table.
pub(crate) fn run(timer: Timer) -> Result<(), String> {
    Level::WIDEST.limit();
    let sizes = POWERS.map(|power| (1_usize << power).to_string());
    let head: Vec<_> = ["step", "type", "size"].into_iter().chain(sizes.each_ref().map(String::as_str)).collect();
    let mut table = Table::new(3, &[&head[..], &["exponent"]].concat());
    rows::<f32>(timer, &mut table)?;
    rows::<f64>(timer, &mut table)?;
    let [held, ..] = HELD;
    table.print(&format!(
        "Growth: microseconds a step with one size growing, the others {held} ({BATCH} samples a step online), and the \
         exponent over the upper half"
    ));
    Ok(())
}

fn rows<T: Number>(timer: Timer, table: &mut Table) -> Result<(), String> {
    for gradient in Gradient::ALL {
        for (name, place) in GROWING {
            let mut points = vec![];
            for power in POWERS {
                let mut sizes = HELD;
                sizes[place] = 1 << power;
                let time = with::<T, _>(gradient, sizes, BATCH, |step| timer.nanoseconds(step));
                points.push((f64::from(power), time.map_err(|error| error.to_string())?));
            }
            let mut row = vec![gradient.name().to_owned(), T::NAME.to_owned(), name.to_owned()];
            row.extend(points.iter().map(|(_, time)| number(time / 1e3)));
            let upper = &points[points.len() / 2..];
            row.push(format!("{:.2}", slope(upper.iter().map(|(power, time)| (*power, Scalar::ln(*time) / LN_2)))));
            table.row(row);
        }
    }
    Ok(())
}

/// The slope of the line that misses the points by the least squares.
fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let count = points.clone().count() as f64;
    let (x, y) = points.clone().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (along, across) = points.fold((0.0, 0.0), |(along, across), point| {
        (along + (point.0 - x) * (point.1 - y), across + (point.0 - x) * (point.0 - x))
    });
    along / across
}
