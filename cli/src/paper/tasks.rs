//! Figures 2 and 3: the six tasks at the paper's sizes, online with batches of 100 and noise as in the paper, and exactly.

use tutee::Scalar;

use super::batch::{Batches, Excess, crossover};
use super::line::{Slope, median, slope, tail};
use super::record::{Check, Curve, Figure, Matrices, MatrixRecord, Measured, Plot};
use super::train::{BATCH, Course, Point, Run, Tests};
use crate::failure::Failure;
use crate::report::axes::MOST_DECADES;

/// A task and its sizes as the paper has them, and rates that are ours: one at which the online loss stays well above the floor that
/// noise and rate of W_V make, and one for the exact gradient.
struct Setting {
    words: &'static str,
    online_rate: f64,
    exact_rate: f64,
    /// Standard deviation of the test's noise, such that the crossover lies well inside the run.
    test_noise: f64,
}

const fn setting(words: &'static str, online_rate: f64, exact_rate: f64, test_noise: f64) -> Setting {
    Setting { words, online_rate, exact_rate, test_noise }
}

const SETTINGS: [Setting; 6] = [
    setting("conv-relu --tokens 36 --group 4", 8.0, 36.0, 4.0),
    setting("conv-leaky --tokens 36 --group 4", 8.0, 36.0, 4.0),
    setting("graph-relu --tokens 20 --group 3", 4.0, 20.0, 3.0),
    setting("graph-leaky --tokens 20 --group 3", 4.0, 20.0, 3.0),
    setting("token-selection --tokens 20 --group 4", 4.0, 20.0, 3.0),
    setting("group-sparse --tokens 20 --group 1", 4.0, 20.0, 1.0),
];

/// Standard deviation of the noise in training.
const NOISE: f64 = 0.05;
/// Test batches over which medians are taken; the first of them is the paper's.
const BATCHES: u64 = 16;
/// The larger batch.
const LARGER: u32 = 40_000;

/// Steps of the two modes.
const fn steps(quick: bool) -> (u64, u64) {
    if quick { (4_000, 200_000) } else { (10_000, 1_000_000) }
}

/// How many tasks a quick run has: the last two, which are small.
const fn first(quick: bool) -> usize {
    if quick { 4 } else { 0 }
}

/// The online runs, then the exact ones.
///
/// # Errors
/// None: the settings are constants.
pub fn courses(quick: bool) -> Result<[Vec<Course>; 2], Failure> {
    let (online_steps, exact_steps) = steps(quick);
    let of = |(i, setting): (usize, &Setting), online: bool| {
        // Draws of different tasks have nothing in common.
        let seed = 0xBA7C4 ^ (i as u64) << 32;
        let batches = Batches { seed, samples: BATCH, deviation: setting.test_noise };
        let larger = Some(Batches { seed: !seed, samples: LARGER, deviation: setting.test_noise });
        if online {
            let words =
                format!("{} --mode online --batch {BATCH} --noise {NOISE} --steps {online_steps}", setting.words);
            let tests = Tests { batches, count: 1, larger: None };
            Course::new(&format!("{words} --attention-rate {}", setting.online_rate), Some(tests))
        } else {
            let words = format!("{} --steps {exact_steps} --attention-rate {}", setting.words, setting.exact_rate);
            Course::new(&words, Some(Tests { batches, count: BATCHES, larger }))
        }
    };
    let all = |online: bool| {
        SETTINGS.iter().enumerate().skip(first(quick)).map(|setting| of(setting, online)).collect::<Result<_, _>>()
    };
    Ok([all(true)?, all(false)?])
}

fn sizes(quick: bool) -> String {
    let tasks = if quick {
        "Token selection with D = 20 and K = 4 and the group-sparse predictor with D = 20 and K = 1, smaller runs of two of the six tasks; J = D"
    } else {
        "All six tasks: convolution with D = 36 and K = 4, cycle graph with D = 20 and K = 3, token selection with D = 20 and K = 4, \
         group-sparse predictor with D = 20 and K = 1; J = D"
    };
    let (online, exact) = steps(quick);
    let plain = |number: &dyn Fn(&Setting) -> f64| {
        let mut all: Vec<f64> = SETTINGS.iter().skip(first(quick)).map(number).collect();
        all.sort_unstable_by(f64::total_cmp);
        all.dedup();
        all.iter().rev().map(f64::to_string).collect::<Vec<_>>().join(" and ")
    };
    format!(
        "{tasks}. Ours, as the paper does not say: d = 6, M = 4 filters of norm 1 (group-sparse 1), leak 0.1, rate of W_V K/J, rate of \
         W_KQ {} online and {} exact, {online} and {exact} steps, seed 1. Online: {BATCH} fresh Gaussian inputs a step, labels with noise of \
         standard deviation {NOISE}.",
        plain(&|setting| setting.online_rate),
        plain(&|setting| setting.exact_rate),
    )
}

fn each<'a>(runs: &'a [Run], of: impl Fn(&Run) -> Option<f64> + 'a) -> impl Iterator<Item = Measured> + 'a {
    runs.iter().map(move |run| Measured::plain(&run.name, of(run)))
}

/// Slopes over the end of a number's curves.
fn slopes<'a>(
    runs: &'a [Run],
    decades: f64,
    of: impl Fn(&Point) -> Option<f64> + Copy + 'a,
) -> impl Iterator<Item = Measured> + 'a {
    runs.iter().map(move |run| Slope::measured(&run.name, slope(tail(&run.curve(of), decades))))
}

fn curves(runs: &[Run], suffix: &str, dashed: bool, of: impl Fn(&Point) -> Option<f64> + Copy) -> Vec<Curve> {
    runs.iter().map(|run| Curve { name: format!("{}{suffix}", run.name), dashed, points: run.curve(of) }).collect()
}

fn plot(title: &str, up: &'static str, curves: Vec<Curve>) -> Plot {
    let title = title.to_owned();
    Plot { title, across: "gradient steps", up, logarithmic: true, decades: MOST_DECADES, level: None, curves }
}

/// Figure 2 (a).
pub fn training_loss(online: &[Run], exact: &[Run], quick: bool) -> Figure {
    let excess = |point: &Point| Some(point.excess);
    let checks = vec![
        Check::paper(
            "slope of the excess loss over the last half decade, online with noise",
            "-1",
            (-1.15, -0.85),
            slopes(online, 0.5, excess),
        ),
        Check::paper("the same, exact gradient", "-1", (-1.05, -0.95), slopes(exact, 0.5, excess)),
        Check::ours(
            "excess loss over its law K J (D - K) / (4 rate T) at the end, exact",
            "1",
            (0.95, 1.05),
            each(exact, Run::law_ratio),
        ),
        Check::ours("the same, online with noise", "1", (0.8, 1.25), each(online, Run::law_ratio)),
    ];
    let mut figure = Figure::new("2 (a)", "Excess training loss", sizes(quick), checks);
    figure.plots =
        vec![plot("Online, batches of 100 with noise (dashed: exact gradient at its own rate)", "excess loss", {
            [curves(online, "", false, excess), curves(exact, ", exact", true, excess)].concat()
        })];
    figure
}

fn squared(x: f64) -> f64 {
    x * x
}

/// The part of a run where the noise-free excess of a batch lies between two bounds.
fn window(run: &Run, batch: usize, low: f64, high: f64) -> impl Iterator<Item = (f64, &Excess)> {
    let tests = run.points.iter().filter_map(move |point| Some((point.step, point.tests.get(batch)?)));
    tests.filter(move |(step, test)| *step > 0.0 && test.clean >= low && test.clean <= high)
}

/// Figure 2 (b), and where its slope comes from.
pub fn out_of_distribution(online: &[Run], exact: &[Run], quick: bool) -> Figure {
    let level = |run: &Run| {
        let setting = SETTINGS.iter().find(|setting| setting.words.split(' ').next() == Some(run.name.as_str()));
        crossover(BATCH, setting.map_or(f64::NAN, |setting| setting.test_noise))
    };
    let over = |run: &Run, (low, high): (f64, f64), of: fn(&Excess) -> f64| {
        let slopes = (0..BATCHES as usize)
            .filter_map(|batch| slope(window(run, batch, low, high).map(|(step, test)| (step, of(test)))));
        slopes.map(|slope| slope.slope).collect::<Vec<_>>()
    };
    let start = |run: &Run| run.points.first().and_then(|point| point.tests.first()).map_or(0.0, |test| test.clean);
    let before = |run: &Run| (10.0 * level(run), 0.3 * start(run));
    let after = |run: &Run| (0.0, 0.1 * level(run));
    let noisy = |test: &Excess| test.excess;
    let clean = |test: &Excess| test.clean;
    let parts = |run: &Run| -> Vec<f64> {
        let all = (0..BATCHES as usize).flat_map(|batch| window(run, batch, 0.0, f64::INFINITY));
        let parts = all.filter(|(_, test)| test.clean > 0.0);
        parts.map(|(_, test)| squared(test.excess - test.clean) / (level(run) * test.clean)).collect()
    };
    let all: Vec<f64> = exact.iter().flat_map(parts).collect();
    let root = Scalar::sqrt(all.iter().sum::<f64>() / all.len() as f64);
    let ends: Vec<f64> = exact.iter().filter_map(Run::end).flat_map(|end| &end.tests).map(|test| test.excess).collect();
    let negative = ends.iter().filter(|excess| **excess < 0.0).count() as f64 / ends.len() as f64;
    // Over batches, where the noise-free excess of all is past the crossover.
    let root_mean_square = |run: &Run| {
        let past = run.points.iter().filter(|point| point.tests.iter().all(|test| test.clean <= after(run).1));
        slope(past.map(|point| (point.step, Scalar::sqrt(point.tests.iter().map(|test| squared(test.excess)).sum()))))
    };
    let checks = vec![
        Check::paper(
            "slope of the batch excess of exact students after the crossover, noise-free excess below tau^2 / (5 N): root mean square over 16 batches",
            "about -0.5",
            (-0.6, -0.45),
            exact.iter().map(|run| Slope::measured(&run.name, root_mean_square(run))),
        ),
        Check::paper(
            "the same batch by batch: median of 16, of either sign",
            "about -0.5",
            (-0.7, -0.3),
            each(exact, |run| median(over(run, after(run), noisy))),
        ),
        Check::ours(
            "the same without noise",
            "-1",
            (-1.1, -0.9),
            each(exact, |run| median(over(run, after(run), clean))),
        ),
        Check::ours(
            "the same with noise and 40,000 samples, noise-free excess from 1/20 to 1/2 of the crossover of 100",
            "-1, within what noise is left",
            (-1.25, -0.75),
            exact.iter().map(|run| {
                let larger = run.curve(|point| point.larger.map(|test| test.excess));
                Slope::measured(&run.name, slope(larger.into_iter()))
            }),
        ),
        Check::ours(
            "slope before the crossover, noise-free excess above 20 tau^2 / N, less that without noise: median of 16 batches",
            "0",
            (-0.15, 0.15),
            each(exact, |run| {
                let window = before(run);
                median(over(run, window, noisy).iter().zip(over(run, window, clean)).map(|(a, b)| a - b).collect())
            }),
        ),
        Check::ours(
            "root mean square of the noise part over sqrt(2 tau^2 L / N), all batches and steps",
            "1",
            (0.8, 1.25),
            [Measured::plain("all", Some(root))],
        ),
        Check::ours(
            "part of the batches on which the student beats its teacher at the end",
            "about half: the sign is not fixed",
            (0.25, 0.75),
            [Measured::plain("all", Some(negative))],
        ),
    ];
    let setting = format!(
        "The student's mean loss less the teacher's on a fixed batch of N = {BATCH} inputs from the exponential distribution, whose labels have \
         noise with mean zero and standard deviation tau (ours: 4 of convolutions, 3 of graphs and token selection, 1 of group-sparse). That is L + xi, with L the excess without noise and xi normal \
         with variance 2 tau^2 L / N over draws of the noise. L falls like 1/T, xi like the root of that, and rules once L is below \
         2 tau^2 / N. {}",
        sizes(quick)
    );
    let mut figure = Figure::new("2 (b)", "Excess loss on a batch of another distribution", setting, checks);
    let relative = |runs: &[Run], suffix: &str, dashed: bool, of: fn(&Point) -> Option<f64>| {
        let curve = |run: &Run| Curve {
            name: format!("{}{suffix}", run.name),
            dashed,
            points: run.curve(|point| of(point).map(|excess| excess / level(run))),
        };
        runs.iter().map(curve).collect::<Vec<_>>()
    };
    let noisy: fn(&Point) -> Option<f64> = |point| point.tests.first().map(|test| test.excess);
    let clean: fn(&Point) -> Option<f64> = |point| point.tests.first().map(|test| test.clean);
    let up = "|excess| over 2 tau^2 / N";
    let framed = |title, curves| Plot { level: Some(1.0), ..plot(title, up, curves) };
    figure.plots = vec![
        framed(
            "The paper's batch of 100, exact students (dashed: without noise; a circle: the student beats its teacher)",
            [relative(exact, "", false, noisy), relative(exact, ", no noise", true, clean)].concat(),
        ),
        framed(
            "The same batch, students trained online (a circle: the student beats its teacher)",
            relative(online, "", false, noisy),
        ),
        framed(
            "40,000 samples, past the crossover of 100",
            relative(exact, "", false, |point| point.larger.map(|test| test.excess)),
        ),
    ];
    figure
}

/// The theorem's worst case.
pub fn worst_case(exact: &[Run], quick: bool) -> Figure {
    let worst = |point: &Point| Some(point.worst);
    let checks = vec![Check::paper(
        "slope of the part of the excess that is first order in the mean of the noise, over the last decade",
        "at most -1/2: O(1 / sqrt T)",
        (-0.55, -0.45),
        slopes(exact, 1.0, worst),
    )];
    let setting = format!(
        "Not the paper's experiment: labels whose noise has a mean of 1, on exponential inputs, where the bound of theorem 3.2 is reached. The \
         expectation over the noise is exact. {}",
        sizes(quick)
    );
    let mut figure = Figure::new("theorem 3.2", "Worst case: noise with a mean", setting, checks);
    figure.plots = vec![plot("First-order part of the excess (a circle: below zero)", "|first-order part|", {
        curves(exact, "", false, |point| Some(point.worst))
    })];
    figure
}

/// Figure 2 (c).
pub fn cosines(online: &[Run], exact: &[Run], quick: bool) -> Figure {
    let least = |run: &Run, from: f64| {
        let late = run.points.iter().filter(|point| point.step >= from);
        late.map(|point| point.cosine.unwrap_or(f64::NAN)).reduce(|a, b| if a < b { a } else { b })
    };
    let checks = vec![
        Check::paper(
            "cosine of the worst filter from step 100 on, online with noise: least",
            "above 0.9 early and after",
            (0.9, 1.0),
            each(online, |run| least(run, 100.0)),
        ),
        Check::paper(
            "the same from step 1 on, exact gradient",
            "W_V is a multiple of V* at every step",
            (1.0 - 1e-9, 1.0),
            each(exact, |run| least(run, 1.0)),
        ),
    ];
    let mut figure = Figure::new("2 (c)", "Cosine of W_V with V*", sizes(quick), checks);
    figure.plots = vec![Plot {
        logarithmic: false,
        decades: MOST_DECADES,
        level: Some(0.9),
        ..plot("Cosine of the worst filter, online", "cosine", curves(online, "", false, |point| point.cosine))
    }];
    figure
}

/// Figure 3.
pub fn attention(online: &[Run], exact: &[Run], quick: bool) -> Figure {
    let relative = |run: &Run| Some(run.attention_error_max * run.group as f64);
    let checks = vec![
        Check::paper(
            "largest entry of |S - S*| over the teacher's weight 1/K, online with noise",
            "S looks like S*",
            (0.0, 0.2),
            each(online, relative),
        ),
        Check::paper("the same, exact gradient", "S looks like S*", (0.0, 0.1), each(exact, relative)),
    ];
    let mut figure = Figure::new("3", "Attention of the six tasks", sizes(quick), checks);
    let panel = |run: &Run| {
        let difference = run.attention.iter().zip(&run.mixing);
        let difference = difference.map(|(s, t)| s.iter().zip(t).map(|(s, t)| s - t).collect()).collect();
        let matrix = |title: &str, rows, signed| MatrixRecord {
            title: title.to_owned(),
            rows,
            signed,
            borders: None,
            frames: Vec::new(),
        };
        Matrices {
            run: run.name.clone(),
            matrices: vec![
                matrix("teacher S*", run.mixing.clone(), false),
                matrix("student S, online", run.attention.clone(), false),
                matrix("S - S*", difference, true),
            ],
        }
    };
    figure.matrices = online.iter().map(panel).collect();
    figure
}

/// Ours beside: how fast the parameters come, and their constants.
pub fn parameters(exact: &[Run], quick: bool) -> Figure {
    let identity: Vec<&Run> =
        exact.iter().filter(|run| matches!(run.name.as_str(), "token-selection" | "group-sparse")).collect();
    let sizes_of = |run: &Run| [run.shape.tokens(), run.group, run.shape.tokens() - run.group].map(|n| n as f64);
    let attention_constant = |run: &Run, end: &Point| {
        let [tokens, _, others] = sizes_of(run);
        tokens * Scalar::sqrt(others / (2.0 * run.attention_rate * end.step)) / run.norm
    };
    let value_constant = |run: &Run, end: &Point| {
        let [_, group, others] = sizes_of(run);
        others * Scalar::sqrt(group / (2.0 * run.attention_rate * end.step))
    };
    let measured = |of: fn(&Point) -> f64, constant: &dyn Fn(&Run, &Point) -> f64| -> Vec<Measured> {
        let ratio = |run: &&Run| run.end().map(|end| of(end) / constant(run, end));
        identity.iter().map(|run| Measured::plain(&run.name, ratio(run))).collect()
    };
    let checks = vec![
        Check::paper(
            "slope of |S - S*| over the last half decade, exact",
            "-1/2",
            (-0.55, -0.45),
            slopes(exact, 0.5, |point| Some(point.attention_error)),
        ),
        Check::paper(
            "slope of |W_V - V*| over the last half decade, exact",
            "-1/2",
            (-0.55, -0.45),
            slopes(exact, 0.5, |point| Some(point.value_error)),
        ),
        Check::ours(
            "|S - S*| at the end over D sqrt(D - K) / (|V*| sqrt(2 rate T)), identity",
            "1",
            (0.93, 1.07),
            measured(|end| end.attention_error, &attention_constant),
        ),
        Check::ours(
            "|W_V - V*| at the end over (D - K) sqrt(K / (2 rate T)), identity",
            "1",
            (0.93, 1.07),
            measured(|end| end.value_error, &value_constant),
        ),
    ];
    let mut figure = Figure::new("theorem 3.1", "Errors of the parameters and their constants", sizes(quick), checks);
    figure.plots = vec![
        plot("|S - S*|, Frobenius", "|S - S*|", curves(exact, "", false, |point| Some(point.attention_error))),
        plot("|W_V - V*|, Frobenius", "|W_V - V*|", curves(exact, "", false, |point| Some(point.value_error))),
    ];
    figure
}
