//! `tutee atlas`: what is learned, what is not, and how one can tell. Each cell is a teacher, an input or a data set outside the
//! theorem, with what should come of it, what did, and a word that follows from the curve by one rule for all ([`cell::RULE`]).

mod cell;
mod expectations;
mod faster;
mod lab;
mod layers;
mod mixings;
mod moments;
mod noise;
pub mod number;
mod page;
mod picture;
mod sampled;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use serde::Serialize;
use strsim::jaro;
use tutee::Error;

use self::cell::{Cell, Found, Word};
use crate::failure::{Ended, Failure, Unfinished};
use crate::files::{Sink, unwritable};
use crate::interrupt::Interrupt;
use crate::output::{beside_page, write_json};
use crate::parallel::each;
use crate::progress::{bar, bars};
use crate::record::Provenance;
use crate::streams::print;
use crate::tables::columns;
use crate::text::{LONGEST_NAME, shown};

/// The page's name in its folder.
const PAGE: &str = "atlas.html";
/// Where the page goes unless the command line says otherwise.
const DEFAULT_DIRECTORY: &str = "results";

/// What was guessed before the first measurement, where that was wrong.
const FIRST_GUESSES: [(&str, &str); 6] = [
    ("laplacian", "a floor, reached from zero"),
    ("top-two-layer", "learned"),
    ("equal-tokens", "stuck, W and S alike"),
    ("tokens-of-another-sum", "stuck, whatever the sum"),
    ("equicorrelated", "attention later by 1 / (1 - rho), which is true of its start alone"),
    ("small-data", "noise fitted whole up to p / (J M) pairs, p the number of parameters"),
];

/// A cell that has not been measured.
struct Entry {
    name: &'static str,
    what: &'static str,
    student: &'static str,
    prediction: &'static str,
    expected: Word,
    measure: fn() -> Result<Found, Error>,
}

const POSITION: &str = "position";
const LAYER: &str = "layer";

const fn entry(
    name: &'static str,
    student: &'static str,
    (what, prediction): (&'static str, &'static str),
    expected: Word,
    measure: fn() -> Result<Found, Error>,
) -> Entry {
    Entry { name, what, student, prediction, expected, measure }
}

/// All cells, in the order of the page.
static ENTRIES: [Entry; 40] = [
    entry(
        "all-tokens",
        POSITION,
        ("every output averages all tokens", "S is right from the start; W converges linearly"),
        Word::Learned,
        mixings::all_tokens,
    ),
    entry(
        "all-but-one",
        POSITION,
        ("every output averages all tokens but one", "the law K J (D - K) / (4 rate t) with K = D - 1"),
        Word::Learned,
        mixings::all_but_one,
    ),
    entry(
        "irregular-graph",
        POSITION,
        ("a graph whose nodes have two to eight neighbours, averaged", "each row its own law, and their sum"),
        Word::Learned,
        mixings::irregular_graph,
    ),
    entry(
        "symmetric-graph",
        POSITION,
        ("the same graph, weighed by D^-1/2 (A + I) D^-1/2", "a floor in closed form: W has one scale for all rows"),
        Word::Floor,
        mixings::symmetric_graph,
    ),
    entry(
        "positive-weights",
        POSITION,
        ("different weights, none of them zero", "an optimum inside: linear convergence, along its smallest curvature"),
        Word::Learned,
        mixings::positive_weights,
    ),
    entry(
        "weights-and-zeros",
        POSITION,
        ("four different weights a row, the others zero", "1/t, by the law of equal weights"),
        Word::Learned,
        mixings::positive_weights_and_zeros,
    ),
    entry(
        "sharpening",
        POSITION,
        ("rows 3/2, -1/4, -1/4", "a floor in closed form: the distance from one scale of the simplex"),
        Word::Floor,
        mixings::sharpening,
    ),
    entry(
        "laplacian",
        POSITION,
        ("rows 1, -1/2, -1/2", "a floor in closed form - and stuck above it, at the start"),
        Word::Stuck,
        mixings::laplacian,
    ),
    entry(
        "mixing-by-filter",
        POSITION,
        ("each filter averages other tokens", "a floor: one head is of rank one"),
        Word::Floor,
        moments::mixing_by_filter,
    ),
    entry(
        "max-pooling",
        POSITION,
        ("the largest of four tokens", "a floor, E max^2 - 1/4 a number"),
        Word::Floor,
        sampled::max_pooling,
    ),
    entry(
        "relu-before-pooling",
        POSITION,
        ("a ReLU before the average; the student has one, too", "a floor, from the moments of two correlated ReLUs"),
        Word::Floor,
        sampled::relu_before_pooling,
    ),
    entry(
        "bias",
        POSITION,
        ("a bias of 1/2 in every answer", "a floor, bias^2 / 2 a number"),
        Word::Floor,
        sampled::biased,
    ),
    entry(
        "tanh",
        POSITION,
        ("the tanh of three times the average", "a floor, by Stein's lemma"),
        Word::Floor,
        sampled::tanh,
    ),
    entry("gelu", POSITION, ("GELU after the average", "a floor, by Stein's lemma"), Word::Floor, sampled::gelu),
    entry(
        "relu-for-linear",
        POSITION,
        ("the teacher has a ReLU, the student none", "a floor, a quarter of the variance before the ReLU"),
        Word::Floor,
        sampled::relu_teacher,
    ),
    entry(
        "linear-for-relu",
        POSITION,
        ("the student has a ReLU, the teacher none", "a floor, half of the teacher's variance"),
        Word::Floor,
        sampled::relu_student,
    ),
    entry(
        "top-two",
        POSITION,
        ("the two tokens with the largest first entry", "a floor: the variance that positions do not explain"),
        Word::Floor,
        sampled::top_two,
    ),
    entry(
        "top-two-layer",
        LAYER,
        (
            "the two tokens with the largest first entry",
            "a floor: the best softmax of scores, with the best W and its offset",
        ),
        Word::Floor,
        layers::top_two,
    ),
    entry(
        "learned-weights",
        POSITION,
        ("the softmax of twice the first entry", "a floor: the variance that positions do not explain"),
        Word::Floor,
        sampled::learned_weights,
    ),
    entry(
        "learned-weights-layer",
        LAYER,
        ("the softmax of twice the first entry", "learned"),
        Word::Learned,
        layers::learned_weights,
    ),
    entry(
        "sets",
        POSITION,
        ("each output averages a set that comes with the sample", "a floor: the set is not shown"),
        Word::Floor,
        sampled::sets,
    ),
    entry(
        "sets-layer",
        LAYER,
        ("an output averages a set that the query names", "the law (T - 1) / (4 rate t)"),
        Word::Learned,
        layers::sets,
    ),
    entry(
        "parity",
        LAYER,
        ("the product of four signs", "not learned by one layer from zero: no better than a constant"),
        Word::Floor,
        layers::parity,
    ),
    entry(
        "matching-of-three",
        LAYER,
        ("whether three tokens add up to zero", "not learned by one layer from zero: no better than a constant"),
        Word::Floor,
        layers::matching,
    ),
    entry(
        "deterministic-walk",
        POSITION,
        ("the next state of a walk that goes around a circle", "stuck: the gradient is zero, bit for bit"),
        Word::Stuck,
        moments::deterministic_walk,
    ),
    entry(
        "equal-tokens",
        POSITION,
        ("all tokens of an input are equal", "S stuck: its gradient is zero, bit for bit; W learned"),
        Word::Floor,
        moments::equal_tokens,
    ),
    entry(
        "tokens-of-one-sum",
        POSITION,
        ("tokens that add up to zero", "stuck: the gradient is zero, bit for bit"),
        Word::Stuck,
        moments::tokens_of_one_sum,
    ),
    entry(
        "tokens-of-another-sum",
        POSITION,
        (
            "tokens that add up to one number that is not zero",
            "learned in 1/t: W's first gradient is V* c c' / D, c the sum",
        ),
        Word::Learned,
        moments::tokens_of_another_sum,
    ),
    entry(
        "absolute-value",
        POSITION,
        ("a leaky ReLU of slope -1 in the teacher", "stuck: the gradient is zero, bit for bit"),
        Word::Stuck,
        moments::mirrored_activation,
    ),
    entry(
        "equicorrelated",
        POSITION,
        (
            "tokens with a correlation of 1/2",
            "the same law; attention sets out at 1 - rho of the pace, and takes 2/3 of the steps of white tokens in the end",
        ),
        Word::Learned,
        moments::equicorrelated,
    ),
    entry(
        "other-inputs",
        POSITION,
        (
            "uniform, Laplace, Student's t and Gumbel inputs in training",
            "the law of Gaussian inputs; with a ReLU another constant on the way",
        ),
        Word::Learned,
        sampled::other_inputs,
    ),
    entry(
        "heavy-tails",
        POSITION,
        ("Student's t with two degrees of freedom", "no population loss: training diverges or wanders"),
        Word::Diverged,
        sampled::heavy_tails,
    ),
    entry(
        "inputs-with-a-mean",
        POSITION,
        ("inputs with a mean of one", "slower by the condition number, by which its rate is smaller"),
        Word::Slower,
        moments::inputs_with_a_mean,
    ),
    entry(
        "scaled-features",
        POSITION,
        ("a feature four times as large as the other", "slower by the condition number, by which its rate is smaller"),
        Word::Slower,
        moments::scaled_features,
    ),
    entry(
        "label-noise",
        POSITION,
        (
            "noisy labels, online, attention held on the teacher's",
            "W's floor (J / K) M d rate tau^2 / (4 N) to first order; exact training as without noise",
        ),
        Word::Floor,
        sampled::label_noise,
    ),
    entry(
        "small-data",
        POSITION,
        (
            "a fixed data set with noisy labels, over its size",
            "the gap between test and training is p tau^2 / n, p the statistical dimension of small changes of W S; below D / 2 pairs training fits the noise",
        ),
        Word::Learned,
        sampled::small_data,
    ),
    entry(
        "surpasses-its-teacher",
        POSITION,
        ("answers that are rounded to halves", "the student's error is below its teacher's"),
        Word::Learned,
        sampled::surpasses,
    ),
    entry(
        "translation",
        POSITION,
        ("a pooled teacher, its input shifted", "the student forgives what its teacher forgives"),
        Word::Learned,
        mixings::translation,
    ),
    entry(
        "step-rules",
        POSITION,
        (
            "average pooling of 16 tokens, by other steps than plain descent",
            "e^(-theta t), t^-2 and e^(-2 s sqrt(kappa) t)",
        ),
        Word::Learned,
        faster::at_16,
    ),
    entry(
        "polyak-from-samples",
        POSITION,
        (
            "Polyak's step with projected values, along the gradient of a batch",
            "1/t: the rate that it takes settles, for the noise is all there is of a late gradient",
        ),
        Word::Learned,
        noise::polyak_from_samples,
    ),
];

/// The atlas, checked and not begun.
pub struct Plan {
    entries: Vec<&'static Entry>,
    threads: usize,
    json: Option<Sink>,
    page: Option<(Sink, PathBuf)>,
}

/// What `--json` writes.
#[derive(Serialize)]
struct Output<'a> {
    #[serde(flatten)]
    provenance: Provenance,
    rule: &'static str,
    cells: &'a [Cell],
    /// Cells without a result.
    unfinished: &'a [Unfinished],
}

/// Checks what the options ask for.
///
/// # Errors
/// One line that names the cell, or the place that cannot be written.
pub fn plan(
    names: &[String],
    threads: Option<usize>,
    json: Option<&Path>,
    directory: Option<&Path>,
) -> Result<Plan, Failure> {
    let plan = plan_again(names, threads)?;
    beside_page(json, directory.map(|directory| directory.join(PAGE)).as_deref())?;
    let default = json.is_none().then(|| PathBuf::from(DEFAULT_DIRECTORY));
    let page = directory.map(Path::to_owned).or(default).map(|directory| {
        let made = fs::create_dir_all(&directory).map_err(|error| unwritable(&directory, &error));
        let path = directory.join(PAGE);
        made.and_then(|()| Ok((Sink::new(&path)?, path)))
    });
    Ok(Plan { page: page.transpose()?, json: json.map(Sink::new).transpose()?, ..plan })
}

/// Some cells, or all of none, to be measured and not written.
///
/// # Errors
/// One line that names what is no cell.
pub fn plan_again(asked: &[String], threads: Option<usize>) -> Result<Plan, Failure> {
    let chosen = asked.iter().map(|name| {
        ENTRIES.iter().find(|entry| entry.name == name).ok_or_else(|| {
            let all: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
            // As near as the command line's own suggestions are.
            let meant = all.iter().map(|&other| (jaro(name, other), other)).filter(|&(near, _)| near > 0.7);
            let meant = meant.fold((0.0, ""), |best, near| if near.0 > best.0 { near } else { best }).1;
            let meant = if meant.is_empty() { String::new() } else { format!("; a similar one exists: {meant}") };
            let name = shown(name, LONGEST_NAME);
            Failure::usage(format!("{name}: no such cell{meant}; expected {}", all.join(", ")))
        })
    });
    let chosen: Vec<&Entry> = chosen.collect::<Result<_, _>>()?;
    // In their own order, each once.
    let asked = |entry: &&Entry| chosen.is_empty() || chosen.iter().any(|chosen| chosen.name == entry.name);
    let entries: Vec<_> = ENTRIES.iter().filter(asked).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Ok(Plan { threads: threads.unwrap_or(cores).min(entries.len()).max(1), entries, page: None, json: None })
}

impl Plan {
    /// Measures all cells, as many at a time as there are threads; the bits do not depend on how many.
    pub fn measure(&self, interrupt: &Interrupt) -> (Vec<Cell>, Vec<Unfinished>) {
        lab::end_with(interrupt);
        let bar = bar(&bars(), "atlas", "cells", Some(self.entries.len() as u64));
        let results = each(self.entries.len(), self.threads, interrupt, |i| {
            let entry = self.entries.get(i).ok_or(Ended::Interrupted)?;
            let start = Instant::now();
            // What a cell that was broken off makes of it is no fault of the cell.
            let found = (entry.measure)()
                .map_err(|error| if interrupt.raised() { Ended::Interrupted } else { Ended::Refused(error) })?;
            let agrees = found.verdict == entry.expected && found.numbers.iter().all(cell::Number::agrees);
            let &Entry { name, what, student, prediction, expected, .. } = *entry;
            let first_guess = FIRST_GUESSES.iter().find(|guess| guess.0 == name).map(|guess| guess.1);
            let seconds = start.elapsed().as_secs_f64();
            bar.inc(1);
            Ok(Cell { name, what, student, prediction, first_guess, expected, found, agrees, seconds })
        });
        bar.finish();
        let (mut cells, mut unfinished) = (Vec::new(), Vec::new());
        for (entry, result) in self.entries.iter().zip(results) {
            match result {
                Ok(cell) => cells.push(cell),
                Err(ended) => unfinished.push(Unfinished::new(entry.name, entry.name, "", ended)),
            }
        }
        (cells, unfinished)
    }

    /// Measures all cells, and prints, writes and draws what is finished.
    ///
    /// # Errors
    /// One line that names the cells that are not as predicted or not finished, or what could not be written.
    pub fn run(&self, interrupt: &Interrupt) -> Result<(), Failure> {
        let (cells, unfinished) = self.measure(interrupt);
        let written = self.json.as_ref().map_or(Ok(()), |json| {
            let output =
                Output { provenance: Provenance::now(), rule: cell::RULE, cells: &cells, unfinished: &unfinished };
            write_json(json, &output)
        });
        let drawn = self
            .page
            .as_ref()
            .map_or(Ok(()), |(sink, _)| sink.write(|w| w.write_all(page::html(&cells, &unfinished).as_bytes())));
        let printed = if self.json == Some(Sink::Stdout) { Ok(()) } else { print(&self.table(&cells)) };
        let differing = cells.iter().filter(|cell| !cell.agrees);
        let differing = differing.map(|cell| Failure::check(format!("{}: not as predicted", cell.name)));
        let unfinished = Unfinished::failure(&unfinished.iter().collect::<Vec<_>>(), cells.len());
        let failures = unfinished.into_iter().chain(differing);
        Failure::all(failures.chain([written, drawn, printed].into_iter().filter_map(Result::err)))
    }

    fn table(&self, cells: &[Cell]) -> String {
        let rows: Vec<_> = cells.iter().map(row).collect();
        let mut text =
            columns(&["cell", "student", "verdict", "predicted", "measured", "error", "as predicted"], &rows);
        for cell in cells {
            let what = cell.found.numbers.first().map(|number| format!("; measured: {}", number.what));
            let (word, why) = (cell.found.verdict.name(), cell.found.why);
            text.push_str(&format!("{}: {word}: {why}{}\n", cell.name, what.unwrap_or_default()));
        }
        if let Some((_, path)) = &self.page {
            text.push_str(&format!("\npage: {}\n", path.display()));
        }
        text
    }
}

/// A line of the table: the most telling number of a cell.
fn row(cell: &Cell) -> [String; 7] {
    let number = cell.found.numbers.first();
    let of = |pick: fn(&cell::Number) -> f64| number.map_or_else(|| "-".into(), |number| number::short(pick(number)));
    [
        cell.name.into(),
        cell.student.into(),
        cell.found.verdict.name().into(),
        of(|number| number.predicted),
        of(|number| number.measured),
        number.and_then(|number| number.error).map_or_else(|| "-".into(), number::short),
        if cell.agrees { "yes" } else { "no" }.into(),
    ]
}
