//! `tutee budget`: what training takes on a chip, before anything is built for one.
//!
//! Bytes of memory come from the library's own size functions, which are the same on every processor; what a desktop adds for
//! wide registers is left out. They are for slices: a `PopulationScratch`, whose sizes are in its type, has rows for sixteen
//! outputs even where there are fewer. Code and stack are known where they were measured, and no number is made up for other
//! sizes: the rows are those of the committed table, for the sizes it was measured at.

use std::fmt::Write;
use std::mem::size_of;

use serde::Deserialize;
use tutee::Scalar;
use tutee::activation::Activation;
use tutee::gradient::layer::layer_scratch_len;
use tutee::gradient::online::online_scratch_len;
use tutee::gradient::population::population_scratch_len;
use tutee::gradient::samples::{BatchLoss, sample_scratch_len};
use tutee::layer::{Form, KeyQuery, LayerShape, layer_len};
use tutee::shape::Shape;
use tutee::step::RuleKind;
use tutee::student::student_len;

use crate::args::{BudgetArgs, Precision};
use crate::failure::Failure;
use crate::streams::print;

/// What `tests/budgets/run` measured last.
const MEASURED: &str = include_str!("../data/budgets.csv");

/// The sizes that it measures all programs at, in f32: filters, features, tokens, outputs.
const MEASURED_AT: [usize; 4] = [2, 4, 8, 8];

/// Programs of the table that train, and what they do.
const PROGRAMS: [(&str, &str); 4] = [
    ("training", "train from pairs"),
    ("predicting", "train from pairs, and predict"),
    ("rules", "train from pairs, the attention by adam"),
    ("layer", "train a whole layer from pairs"),
];

/// A row of the committed table.
#[derive(Deserialize)]
struct Row {
    machine: String,
    image: String,
    library: usize,
    stack: usize,
}

/// Bytes of what a program owns.
struct Memory {
    student: usize,
    pairs: usize,
    adam: usize,
    predicting: usize,
    teacher: usize,
    population: usize,
    online: usize,
    pair: usize,
    /// The whole layer that is measured, with what its training takes; none where there are not as many outputs as tokens.
    layer: Option<[usize; 2]>,
}

impl Memory {
    fn of<T: Scalar>(shape: Shape) -> Self {
        // Counters have 64 bits, and are aligned to them on every chip.
        let whole = |bytes: usize| bytes.next_multiple_of(size_of::<u64>());
        let numbers = |count: usize| count.saturating_mul(size_of::<T>());
        // Tokens beside their codes ask for themselves, by separate matrices with as many rows as there are features.
        let form =
            Form { key_query: KeyQuery::Separate { keys: shape.features() }, ..Form::concatenated(shape.tokens()) };
        let layer = LayerShape::new(shape, form).ok().map(|layer| {
            let parameters = whole(numbers(layer_len(layer)) + size_of::<u64>());
            [parameters, whole(numbers(layer_scratch_len(layer)) + size_of::<BatchLoss<T>>())]
        });
        Self {
            layer,
            student: whole(numbers(student_len(shape)) + size_of::<u64>()),
            pairs: whole(numbers(sample_scratch_len(shape)) + size_of::<BatchLoss<T>>()),
            adam: numbers(RuleKind::Adam.state_len(shape)),
            predicting: numbers(shape.mixing_len() + shape.tokens()),
            teacher: numbers(shape.value_len() + shape.mixing_len()) + size_of::<Activation<T>>(),
            population: numbers(population_scratch_len(shape)),
            online: whole(numbers(online_scratch_len(shape)) + size_of::<BatchLoss<T>>()),
            pair: numbers(shape.input_len() + shape.output_len()),
        }
    }
}

/// Prints what a student of these sizes takes, and what is known of code and stack.
///
/// # Errors
/// Exit code 2 for sizes that no student can have, or what standard output says.
pub fn budget(args: &BudgetArgs) -> Result<(), Failure> {
    let outputs = args.outputs.unwrap_or(args.tokens);
    let shape = Shape::new(args.filters, args.features, args.tokens, outputs)
        .map_err(|error| Failure::usage(error.to_string()))?;
    let (name, memory) = match args.scalar {
        Precision::F32 => ("f32", Memory::of::<f32>(shape)),
        Precision::F64 => ("f64", Memory::of::<f64>(shape)),
    };
    print(&text(shape, name, &memory)?)
}

fn text(shape: Shape, scalar: &str, memory: &Memory) -> Result<String, Failure> {
    let mut text = format!("{}, {scalar}: bytes on a chip, whichever it is\n\n", sizes(shape));
    let rows = [
        ("student", memory.student),
        ("working memory, pairs of your own", memory.pairs),
        ("    together", memory.student + memory.pairs),
        ("one pair", memory.pair),
        ("moments of adam", memory.adam),
        ("attention and a row, to predict", memory.predicting),
        ("teacher", memory.teacher),
        ("working memory, exact gradient", memory.population),
        ("working memory, online", memory.online),
    ];
    for (what, bytes) in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {what:<36}{bytes:>10}");
    }
    if let Some([layer, training]) = memory.layer {
        let what = "whole layer, W_K and W_Q of so many rows as features, codes of so many entries as tokens";
        let _ = writeln!(
            text,
            "\n{what}\n\n  {:<36}{layer:>10}\n  {:<36}{training:>10}",
            "layer", "its working memory, pairs"
        );
    }
    let [filters, features, tokens, outputs] = MEASURED_AT;
    let measured = Shape::new(filters, features, tokens, outputs).map_err(|error| Failure::usage(error.to_string()))?;
    let here = if shape == measured && scalar == "f32" { "these sizes" } else { "these sizes only, not for yours" };
    let _ = write!(
        text,
        "\nBytes of code and of stack, measured for {}, f32 ({here}):\n\n  {:<12}{:<42}{:>8}{:>8}\n",
        sizes(measured),
        "processor",
        "program",
        "code",
        "stack"
    );
    let mut known = Vec::new();
    for row in csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(MEASURED.as_bytes()).deserialize() {
        let row: Row = row.map_err(|error| Failure::check(format!("the table of measured programs: {error}")))?;
        known.push(row);
    }
    for row in &known {
        if let Some((_, what)) = PROGRAMS.iter().find(|(image, _)| *image == row.image) {
            let _ = writeln!(text, "  {:<12}{what:<42}{:>8}{:>8}", row.machine, row.library, row.stack);
        }
    }
    Ok(text)
}

fn sizes(shape: Shape) -> String {
    let (filters, features, tokens, outputs) = (shape.filters(), shape.features(), shape.tokens(), shape.outputs());
    format!("{filters} filters, {features} features, {tokens} tokens, {outputs} outputs")
}
