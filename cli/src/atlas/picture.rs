//! A small picture of a cell: loss over steps on logarithmic axes, the floor dashed. Plain SVG inside the page, in the page's colours.

use std::fmt::Write;

use tutee::Scalar;

use super::cell::Found;
use super::lab::Curve;
use super::number::short;
use crate::report::number::log10;

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 170.0;
/// Room for the numbers.
const LEFT: f64 = 46.0;
const BOTTOM: f64 = 22.0;
const EDGE: f64 = 8.0;
const RIGHT: f64 = 20.0;

/// Decades that an axis shows.
#[derive(Clone, Copy)]
struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn new(numbers: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let logs = numbers.filter(|x| *x > 0.0 && x.is_finite()).map(log10);
        let (low, high) =
            logs.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.smaller(x), high.larger(x)));
        if low > high {
            return Self { low: 0.0, high: 1.0, from, to };
        }
        // Whole decades where there are some, else a fifth of one on either side.
        let (floor, ceiling) = (low.floor(), high.ceil());
        let wide = high - low > 0.7;
        let (low, high) = if wide { (floor, ceiling) } else { (low - 0.2, high + 0.2) };
        Self { low, high, from, to }
    }

    fn at(&self, x: f64) -> f64 {
        self.at_power(log10(x))
    }

    /// Where this power of ten lies.
    fn at_power(&self, power: f64) -> f64 {
        self.from + (power - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// What to write beside the axis, and where: powers of ten, five at most, or the ends of an axis that has not two of them.
    fn ticks(&self) -> Vec<(String, f64)> {
        let (first, last) = (self.low.ceil() as i32, self.high.floor() as i32);
        if last <= first {
            let end = |power: f64| (short(Scalar::exp(power * Scalar::ln(10.0))), self.at_power(power));
            return vec![end(self.low), end(self.high)];
        }
        let every = (last - first + 3) / 4;
        (first..=last).step_by(every as usize).map(|n| (power(n), self.at_power(f64::from(n)))).collect()
    }
}

/// A power of ten as people write it.
fn power(n: i32) -> String {
    match n {
        -2 => "0.01".to_owned(),
        -1 => "0.1".to_owned(),
        0..=4 => 10_u64.pow(n as u32).to_string(),
        _ => format!("1e{n}"),
    }
}

/// The picture.
pub fn picture(name: &str, found: &Found) -> String {
    let curves: Vec<(&str, &Curve)> =
        found.beside.iter().map(|(name, curve)| (*name, curve)).chain([("", &found.curve)]).collect();
    let points = || curves.iter().flat_map(|(_, curve)| curve.iter()).filter(|point| point.0 > 0);
    let x = Axis::new(points().map(|point| point.0 as f64), LEFT, WIDTH - RIGHT);
    let y = Axis::new(points().map(|point| point.1).chain(found.least), HEIGHT - BOTTOM, EDGE);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{name}: loss over steps\">\n\
         <path class=\"axis\" d=\"M{LEFT} {EDGE}V{}H{}\"/>\n",
        HEIGHT - BOTTOM,
        WIDTH - RIGHT
    );
    for (text, at) in x.ticks() {
        writeln!(svg, "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>", HEIGHT - 6.0).ok();
    }
    for (text, at) in y.ticks() {
        writeln!(svg, "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{:.1}\"/>", WIDTH - RIGHT).ok();
        writeln!(svg, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>", LEFT - 5.0, at + 4.0).ok();
    }
    if let Some(least) = found.least.filter(|least| *least > 0.0) {
        writeln!(svg, "<path class=\"least\" d=\"M{LEFT} {0:.1}H{1:.1}\"/>", y.at(least), WIDTH - RIGHT).ok();
    }
    for (k, (label, curve)) in curves.iter().enumerate() {
        let points = curve.iter().filter(|&&(step, loss)| step > 0 && loss > 0.0 && loss.is_finite());
        let path: Vec<String> =
            points.map(|&(step, loss)| format!("{:.1},{:.1}", x.at(step as f64), y.at(loss))).collect();
        let class = if k + 1 == curves.len() { "own" } else { "beside" };
        writeln!(svg, "<polyline class=\"{class}\" points=\"{}\"><title>{label}</title></polyline>", path.join(" "))
            .ok();
    }
    svg.push_str("</svg>\n");
    svg
}
