//! What a fit is to do: options and files, checked before anything begins; and the student at its start.

use std::fmt;
use std::path::{Path, PathBuf};

use tutee::activation::Activation;
use tutee::digest::Digest;
use tutee::gradient::raw_samples::{Powers, RawSamples, RawScratchViewMut, raw_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_wide_len};
use tutee::layer::{LayerShape, Queries};
use tutee::readings::{Centre, Observed, Preparation, StandardizerViewMut, standardizer_len};
use tutee::snapshot::{inspect, inspect_layer, inspect_raw, load, load_raw};
use tutee::student::{StudentViewMut, student_len};
use tutee::{Error, Scalar, Shape};

use super::arrays::{Array, Wanted};
use super::choice::FOLDS;
use super::diagnosis::FEW_OUTPUTS;
use super::found::Fitting;
use super::magnitude::out_of_range;
use super::pairs::{LayerFit, Pairs, PositionFit};
use super::raw::{RawFit, Treatment};
use super::record::{Files, FitPoint};
use super::stop::HeldOut;
use super::whitening::Whitening;
use crate::args::{ActivationName, CheckpointArgs, FitArgs, Precision};
use crate::checkpoint::{Kept, sizes};
use crate::failure::{Ended, Failure};
use crate::layer::design::{Design, sides};
use crate::layer::model::{Model, start_codes};
use crate::layer::options::{Encoding, LossName, Student, name};
use crate::learn::check_numbers;
use crate::memory::{collected, zeros};
use crate::task::check_sizes;
use crate::text::{LONGEST_NAME, several, shown, told};

/// Seed unless the command line says otherwise.
const SEED: u64 = 1;

/// Steps unless the command line says otherwise.
const STEPS: u64 = 2000;
/// At most so many times as many.
const MOST_TIMES: usize = 8;

/// Steps at rates from the data unless the command line says otherwise: those rates fall as 1/D, and with few outputs nothing makes up for
/// that. One output of 64 tokens leaves its plateau after 4,000 steps, of 100 after 12,000.
fn steps(sizes: Shape) -> u64 {
    let (most, outputs) = (STEPS * MOST_TIMES as u64, FEW_OUTPUTS * sizes.outputs());
    (STEPS * sizes.tokens() as u64 / outputs as u64).clamp(STEPS, most)
}

/// What one set of pairs holds, as it was read.
#[derive(Debug)]
pub struct Read {
    x: Array<f64>,
    y: Array<f64>,
    sets: Option<Array<u32>>,
    queries: Option<Array<f64>>,
}

/// A fit with every option checked and nothing begun.
#[derive(Debug)]
pub struct Plan {
    pub(super) name: String,
    pub(super) sizes: Shape,
    /// None of attention on positions alone.
    pub(super) layer: Option<(LayerShape, Design)>,
    pub(super) activation: Activation<f64>,
    pub(super) precision: Precision,
    pub(super) training: Read,
    pub(super) test: Option<Read>,
    pub(super) batch: usize,
    pub(super) steps: u64,
    /// What it looks for in pairs held out, if anything.
    pub(super) stop: Option<HeldOut>,
    /// Of W and of W_KQ; none where they come from the data.
    pub(super) rates: Option<(f64, f64)>,
    /// None where the numbers are taken as they are.
    pub(super) treatment: Option<Treatment>,
    /// Whether the data may choose between one W for all links of a token and links of their own for its readings.
    pub(super) chooses: bool,
    /// What was done to the features of every token that was read; none where they are as they were.
    pub(super) whitening: Option<Whitening>,
    pub(super) seed: u64,
    pub(super) files: Files,
    /// Of every student that may be trained, where checkpoints are asked for.
    kept: Vec<(Pupil, Kept<FitPoint>)>,
}

/// One of the students that a fit trains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pupil {
    /// The pairs that it sees.
    pub sees: Sees,
    /// How their readings are treated.
    pub treatment: Option<Treatment>,
}

impl fmt::Display for Pupil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sees {
            Sees::All => f.write_str("of all pairs")?,
            Sees::Half(half) => write!(f, "of half {} of the pairs", half + 1)?,
            Sees::AllBut(fold) => write!(f, "of all pairs but part {} of {FOLDS}", fold + 1)?,
        }
        let Some(Treatment { preparation, rates_from_data, apart }) = self.treatment else {
            return f.write_str(", of numbers as they are");
        };
        let Preparation { intercept, spare, signed } = preparation;
        let treated = [
            (rates_from_data, "at rates from them"),
            (apart, "readings apart"),
            (intercept, "with an intercept"),
            (spare, "with a spare token"),
            (signed, "with signs"),
        ];
        let mut words = treated.into_iter().filter(|&(is_so, _)| is_so);
        words.try_for_each(|(_, word)| write!(f, ", {word}"))
    }
}

/// Pairs that a student sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sees {
    /// All.
    All,
    /// One half.
    Half(usize),
    /// All but one of the parts.
    AllBut(usize),
}

/// Reads the files and checks what the options ask for.
///
/// # Errors
/// One line that names the option or the file and what was expected.
pub fn plan(args: &FitArgs) -> Result<Plan, Failure> {
    let labels = args.student.loss == Some(LossName::Logistic);
    if args.student.flips.is_some() {
        return Err(Failure::usage("--flips: labels of a file are as they are; expected none"));
    }
    if args.student.student == Student::Position {
        args.student.refuse_for_position(false, false)?;
        if args.seed.is_some() {
            let why = "attention on positions alone starts from zero, and nothing is drawn";
            return Err(Failure::usage(format!("--seed: {why}; expected --student layer with it")));
        }
        for (option, given) in [("--sets", args.sets.is_some()), ("--queries", args.queries.is_some())] {
            if given {
                let expected = "expected --student layer with it";
                return Err(Failure::usage(format!("{option}: attention on positions alone is not asked; {expected}")));
            }
        }
    }
    let treatment = treatment(args)?;
    let (training, single) = read(
        [("--x", &args.x), ("--y", &args.y)],
        args.sets.as_deref().map(|path| ("--sets", path)),
        args.queries.as_deref().map(|path| ("--queries", path)),
        (labels, args.sizes()),
    )?;
    let test = match (&args.test_x, &args.test_y) {
        (Some(x), Some(y)) => {
            let (sets, queries) = (args.test_sets.as_deref(), args.test_queries.as_deref());
            for (option, other, given, needed) in [
                ("--test-sets", "--sets", sets.is_some(), args.sets.is_some()),
                ("--test-queries", "--queries", queries.is_some(), args.queries.is_some()),
            ] {
                if given != needed {
                    return Err(Failure::usage(format!("{option}: expected exactly where there is {other}")));
                }
            }
            let sets = sets.map(|path| ("--test-sets", path));
            let queries = queries.map(|path| ("--test-queries", path));
            let (test, _) = read([("--test-x", x), ("--test-y", y)], sets, queries, (labels, args.sizes()))?;
            let of_pair = |array: &Array<f64>| array.shape.get(1..).unwrap_or_default().to_vec();
            let asking = |array: &Array<u32>| array.shape.get(1..2).unwrap_or_default().to_vec();
            let queried = |read: &Read| read.queries.as_ref().map(of_pair).unwrap_or_default();
            let chosen = |read: &Read| read.sets.as_ref().map(asking).unwrap_or_default();
            for (option, path, found, expected) in [
                ("--test-x", Some(x.as_path()), of_pair(&test.x), of_pair(&training.x)),
                ("--test-y", Some(y.as_path()), of_pair(&test.y), of_pair(&training.y)),
                ("--test-queries", args.test_queries.as_deref(), queried(&test), queried(&training)),
                ("--test-sets", args.test_sets.as_deref(), chosen(&test), chosen(&training)),
            ] {
                if let Some(path) = path.filter(|_| found != expected) {
                    let message = format!("pairs of {found:?}; expected {expected:?}, as those that it trains on");
                    return Err(refused(option, path, &message));
                }
            }
            Some(test)
        }
        _ => None,
    };
    let side = |array: &Array<f64>, n: usize| array.shape.get(n).copied().unwrap_or(1);
    let (tokens, features) = (side(&training.x, 1), side(&training.x, 2));
    let asked = training.sets.as_ref().and_then(|sets| sets.shape.get(1));
    let asked = asked.or(training.queries.as_ref().and_then(|queries| queries.shape.get(1))).copied();
    let (outputs, filters) =
        if labels { (asked.unwrap_or(tokens), 1) } else { (side(&training.y, 1), side(&training.y, 2)) };
    for (option, given, found) in [("--outputs", args.outputs, outputs), ("--filters", args.filters, filters)] {
        if let Some(given) = given.filter(|&given| labels && given != found) {
            let why = "a label is of one filter, and of an output for each set, query or token";
            return Err(Failure::usage(format!("{option} {given}: {why}; expected {found}, or none")));
        }
    }
    if let Some(asked) = asked.filter(|&asked| asked != outputs) {
        let message = format!("{}; expected {asked}, as many as ask", several(outputs, "output"));
        return Err(refused("--y", &args.y, &message));
    }
    if args.student.student == Student::Layer && asked.is_none() && outputs != tokens {
        let expected = format!("expected {tokens}, one for each token that asks, or --sets or --queries with it");
        return Err(refused("--y", &args.y, &format!("{}; {expected}", several(outputs, "output"))));
    }
    let sizes =
        Shape::new(filters, features, tokens, outputs).map_err(|error| Failure::usage(format!("--x: {error}")))?;
    check_sizes("--x", sizes)?;
    if let Some(treatment) = treatment {
        let beside = |error| Failure::usage(format!("--x: with what stands beside the readings, {error}"));
        let apart = treatment.sizes(sizes).map_err(|error| Failure::usage(format!("--apart: {error}")))?;
        check_sizes("--x", treatment.preparation.shape(apart).map_err(beside)?)?;
    }
    let queries = match (&training.sets, &training.queries) {
        (Some(_), _) => Queries::Sets,
        (_, Some(queries)) => Queries::Vectors { width: side(queries, 2) },
        _ => Queries::Tokens,
    };
    let layer = match args.student.student {
        Student::Position => None,
        Student::Layer => Some(Design::new(&args.student, sizes, queries, labels).map_err(Failure::usage)?),
    };
    if let Some((_, design)) = &layer {
        design.check_attention_rate(args.attention_rate.is_some()).map_err(Failure::usage)?;
    }
    if layer.as_ref().is_some_and(|(_, design)| design.encoding == Some(Encoding::Signs)) {
        let why = "codes that are drawn anew for every sample would have to be in a file";
        return Err(Failure::usage(format!("--encoding signs: {why}; expected another encoding")));
    }
    let count = side(&training.x, 0);
    // What links of its own a direction of whitened features has nobody could read.
    let chooses = !args.together
        && !args.whiten
        && treatment.is_some_and(|treatment| treatment.may_be_apart(sizes, args.activation.0));
    if let Some(batch) = args.batch.0.filter(|&batch| batch > count) {
        return Err(Failure::usage(format!(
            "--batch {batch}: expected whole, or at most {count}, the number of pairs"
        )));
    }
    let plan = Plan {
        name: args.x.file_stem().unwrap_or(args.x.as_os_str()).to_string_lossy().into_owned(),
        sizes,
        layer,
        activation: args.activation.0,
        precision: args.scalar.unwrap_or(if single { Precision::F32 } else { Precision::F64 }),
        training,
        test,
        batch: args.batch.0.unwrap_or(count),
        steps: args.steps.unwrap_or(if args.rate.is_none() { steps(sizes) } else { STEPS }),
        stop: args.stop.goals(args.test_x.is_some())?,
        rates: args.rate.map(|rate| (rate, args.attention_rate.unwrap_or(rate))),
        treatment,
        chooses,
        whitening: None,
        seed: args.seed.unwrap_or(SEED),
        files: Files {
            x: args.x.clone(),
            y: args.y.clone(),
            sets: args.sets.clone(),
            queries: args.queries.clone(),
            test_x: args.test_x.clone(),
            test_y: args.test_y.clone(),
            test_sets: args.test_sets.clone(),
            test_queries: args.test_queries.clone(),
            digest: String::new(),
        },
        kept: Vec::new(),
    };
    let mut plan = Plan { files: Files { digest: plan.read_digest(), ..plan.files.clone() }, ..plan };
    if args.whiten {
        plan.whiten()?;
    }
    match plan.precision {
        Precision::F32 => plan.check::<f32>()?,
        Precision::F64 => plan.check::<f64>()?,
    }
    Ok(Plan { kept: plan.kept(&args.kept)?, ..plan })
}

/// A line that names the option and its file.
fn refused(option: &str, path: &Path, message: &str) -> Failure {
    Wanted { option, path, sides: "", dimensions: 0, pair: &[] }.refuse(message)
}

/// How the core says that all readings are equal.
const NOTHING_VARIES: &str = "no feature varies";

/// What the core refuses of the inputs of a file.
fn refused_inputs(path: &Path, error: Error) -> Failure {
    match error {
        Error::CannotMove { what } if what.starts_with(NOTHING_VARIES) => {
            refused("--x", path, "no feature varies in any pair; expected readings that do")
        }
        _ => refused("--x", path, &error.to_string()),
    }
}

/// Tokens, features, outputs and filters, with the options that say them.
type Sizes = [(&'static str, Option<usize>); 4];

/// How readings are treated; none where the numbers are taken as they are.
fn treatment(args: &FitArgs) -> Result<Option<Treatment>, Failure> {
    let asked = [
        ("--standardise", args.standardise),
        ("--whiten", args.whiten),
        ("--apart", args.apart),
        ("--together", args.together),
        ("--spare", args.spare),
        ("--signed", args.signed),
    ];
    if args.student.student == Student::Layer {
        return match (asked.iter().find(|&&(_, asked)| asked), args.rate) {
            (Some((option, _)), _) => {
                let why = "a layer takes the numbers as they are";
                Err(Failure::usage(format!("{option}: {why}; expected none with --student layer")))
            }
            (None, None) => {
                let why = "a layer takes the numbers as they are, and no rate from them";
                Err(Failure::usage(format!("--student layer: {why}; expected --rate R with it")))
            }
            (None, Some(_)) => Ok(None),
        };
    }
    if args.rate.is_some() && !args.standardise && !args.whiten {
        return match asked.iter().find(|&&(_, asked)| asked) {
            Some((option, _)) => {
                let why = "with --rate the numbers are taken as they are";
                Err(Failure::usage(format!(
                    "{option}: {why}; expected --standardise or --whiten with it, or no --rate"
                )))
            }
            None => Ok(None),
        };
    }
    if args.apart && args.activation.0 != Activation::Identity {
        let why = "means of single readings can be given back without an activation alone";
        return Err(Failure::usage(format!("--apart: {why}; expected --activation identity with it")));
    }
    let preparation = Preparation { intercept: true, spare: args.spare, signed: args.signed };
    Ok(Some(Treatment { preparation, rates_from_data: args.rate.is_none(), apart: args.apart }))
}

/// Reads one set of pairs; says whether the inputs are of single precision.
fn read(
    [x, y]: [(&str, &PathBuf); 2],
    sets: Option<(&str, &Path)>,
    queries: Option<(&str, &Path)>,
    (labels, sizes): (bool, Sizes),
) -> Result<(Read, bool), Failure> {
    let [tokens, features, outputs, filters] = sizes;
    let (of_input, of_answer) = ([tokens, features], [outputs, filters]);
    let wanted = |(option, path), sides, dimensions, pair| Wanted { option, path, sides, dimensions, pair };
    let x = wanted((x.0, x.1.as_path()), "pairs x tokens x features", 3, &of_input);
    let y = (y.0, y.1.as_path());
    let y = if labels {
        wanted(y, "a label for each pair", 1, &[])
    } else {
        wanted(y, "pairs x outputs x filters", 3, &of_answer)
    };
    let asking = &of_answer[..1];
    let sets = sets.map(|sets| wanted(sets, "pairs x outputs x tokens of a set", 3, asking));
    let queries = queries.map(|queries| wanted(queries, "pairs x outputs x width of a query", 3, asking));
    let (inputs, single) = x.floats()?;
    let count = inputs.shape.first().copied().unwrap_or(0);
    let agrees = |wanted: &Wanted<'_>, shape: &[usize]| match shape.first() {
        Some(&found) if found != count => {
            Err(wanted.refuse(&format!("{}; expected {count}, as in {}", several(found, "pair"), x.option)))
        }
        _ => Ok(()),
    };
    let answers = if labels { y.labels()? } else { y.floats()?.0 };
    agrees(&y, &answers.shape)?;
    let tokens = inputs.shape.get(1).copied().unwrap_or(0);
    let sets = sets.map(|wanted| {
        let sets = wanted.sets(tokens)?;
        agrees(&wanted, &sets.shape).map(|()| sets)
    });
    let queries = queries.map(|wanted| {
        let (queries, _) = wanted.floats()?;
        agrees(&wanted, &queries.shape).map(|()| queries)
    });
    Ok((Read { x: inputs, y: answers, sets: sets.transpose()?, queries: queries.transpose()? }, single))
}

impl Read {
    /// Its pairs, in the type that trains.
    ///
    /// # Errors
    /// [`Ended::Memory`].
    pub fn pairs<T: Scalar>(&self) -> Result<Pairs<T>, Ended> {
        let cast = |array: &Array<f64>| collected(array.numbers.iter().map(|&x| T::from_f64(x)), array.numbers.len());
        Ok(Pairs {
            count: self.x.shape.first().copied().unwrap_or(0),
            x: cast(&self.x)?,
            y: cast(&self.y)?,
            sets: self.sets.as_ref().map(|sets| sets.numbers.clone()).unwrap_or_default(),
            queries: self.queries.as_ref().map(&cast).transpose()?.unwrap_or_default(),
        })
    }
}

impl Plan {
    /// A checkpoint of every student that may be trained.
    fn kept(&self, args: &CheckpointArgs) -> Result<Vec<(Pupil, Kept<FitPoint>)>, Failure> {
        let apart = self.treatment.filter(|_| self.chooses).map(Treatment::taken_apart);
        let halves = (0..2).filter(|_| self.layer.is_none()).map(Sees::Half);
        let folds = (0..FOLDS).filter(|_| self.chooses).map(Sees::AllBut);
        let pupils = std::iter::once(Sees::All).chain(halves).chain(folds).flat_map(|sees| {
            let treatments = std::iter::once(self.treatment).chain(apart.map(Some));
            treatments.map(move |treatment| Pupil { sees, treatment })
        });
        let count = |read: &Read| read.x.shape.first().copied().unwrap_or(0);
        let test = self.test.as_ref().map_or_else(String::new, |test| format!(", {} to test on", count(test)));
        let pairs = format!("{} ({} to train on{test})", self.files.digest, count(&self.training));
        let (layer, activation) = (&self.layer, self.activation);
        let of = |pupil: Pupil| {
            let mut run = vec![
                ("the command", if layer.is_some() { "fit --student layer" } else { "fit" }.to_owned()),
                ("the pairs", pairs.clone()),
                ("--activation", ActivationName(activation).to_string()),
                ("--scalar", name(self.precision)),
                ("--batch", self.batch.to_string()),
                ("--rate", told(self.rates.map(|rates| rates.0))),
                ("--attention-rate", told(self.rates.map(|rates| rates.1))),
                ("--seed", self.seed.to_string()),
                // Its matrix follows from the pairs.
                ("--whiten", self.whitening.is_some().to_string()),
                ("the student", pupil.to_string()),
            ];
            run.extend(sizes(self.sizes));
            run.extend(HeldOut::named(self.stop.as_ref()));
            if let Some((shape, design)) = layer {
                run.extend(design.named());
                run.extend(sides(*shape));
            }
            let steps_of = |snapshot: &[u8]| match (layer, pupil.treatment) {
                (Some(_), _) => Ok(inspect_layer(snapshot)?.header.steps),
                (None, Some(_)) => Ok(inspect_raw(snapshot)?.header.steps),
                (None, None) => Ok(inspect(snapshot)?.steps),
            };
            Ok(Kept::new(args, run, self.steps, steps_of)?.map(|kept| (pupil, kept)))
        };
        pupils.filter_map(|pupil| of(pupil).transpose()).collect()
    }

    /// The checkpoint of a student.
    pub(super) fn kept_of(&self, pupil: Pupil) -> Option<&Kept<FitPoint>> {
        self.kept.iter().find(|(of, _)| *of == pupil).map(|(_, kept)| kept)
    }

    /// Makes the folder of checkpoints, before any time is spent.
    ///
    /// # Errors
    /// One line that names the folder.
    pub fn prepare(&self) -> Result<(), Failure> {
        Kept::prepare(self.kept.iter().map(|(_, kept)| kept))
    }

    /// Digest of all numbers that were read: a result holds it, and another training from that result compares.
    pub fn data_digest(&self) -> &str {
        &self.files.digest
    }

    fn read_digest(&self) -> String {
        let mut digest = Digest::new();
        for read in std::iter::once(&self.training).chain(&self.test) {
            digest.scalars(&read.x.numbers);
            digest.scalars(&read.y.numbers);
            let tokens = read.sets.iter().flat_map(|sets| &sets.numbers);
            tokens.for_each(|token| digest.bytes(&token.to_le_bytes()));
            read.queries.iter().for_each(|queries| digest.scalars(&queries.numbers));
        }
        format!("{:016x}", digest.finish())
    }

    /// Makes features uncorrelated, as those of the pairs for training are.
    fn whiten(&mut self) -> Result<(), Failure> {
        let path = self.files.x.clone();
        let refuse = |error: Error| refused_inputs(&path, error);
        let whitening =
            Whitening::of(&self.training.x.numbers, self.sizes, Centre::of(self.activation)).map_err(refuse)?;
        for read in std::iter::once(&mut self.training).chain(&mut self.test) {
            whitening.apply(&mut read.x.numbers).map_err(refuse)?;
        }
        self.whitening = Some(whitening);
        Ok(())
    }

    /// Refuses what the core refuses, before any step.
    fn check<T: Scalar>(&self) -> Result<(), Failure> {
        if let Some((rate, attention_rate)) = self.rates {
            check_numbers::<T>(rate, attention_rate, (0.0, 0.0))?;
        }
        let refuse = |ended: Ended| match ended {
            Ended::Refused(Error::CannotMove { what }) if what.starts_with(NOTHING_VARIES) => {
                refused_inputs(&self.files.x, Error::CannotMove { what })
            }
            Ended::Refused(error) => {
                let why = self.layer.as_ref().map_or_else(|| error.to_string(), |(_, design)| design.refusal(error));
                Failure::usage(format!("{}: {why}", shown(&self.name, LONGEST_NAME)))
            }
            _ => Failure::check(format!("{}: the system gave no memory", shown(&self.name, LONGEST_NAME))),
        };
        let pairs = self.training.pairs::<T>().map_err(refuse)?;
        let test = self.test.as_ref().map(Read::pairs::<T>).transpose().map_err(refuse)?;
        if self.layer.is_none() {
            for (of, pairs) in [("--", Some(&pairs)), ("--test-", test.as_ref())] {
                if let Some((option, why)) = pairs.and_then(|pairs| out_of_range(pairs, self.treatment.is_some())) {
                    let files = &self.files;
                    let path = match (of, option) {
                        ("--", "x") => Some(&files.x),
                        ("--", _) => Some(&files.y),
                        (_, "x") => files.test_x.as_ref(),
                        _ => files.test_y.as_ref(),
                    };
                    return Err(refused(&format!("{of}{option}"), path.unwrap_or(&files.x), &why));
                }
            }
        }
        let tried = self.start(self.treatment, &pairs, None, |fit| {
            fit.mean_loss(&pairs)?;
            test.as_ref().map(|test| fit.mean_loss(test)).transpose()?;
            Ok(fit.can_learn())
        });
        if tried.map_err(refuse)? {
            return Ok(());
        }
        Err(refused("--y", &self.files.y, "every answer is the same in all pairs; expected answers that vary"))
    }

    /// Does something with a student at its start, or at a snapshot of it, and the pairs that it is to train on, their readings treated
    /// so.
    ///
    /// # Errors
    /// What the core refuses, and [`Ended::Memory`].
    pub(super) fn start<T: Scalar, R>(
        &self,
        treatment: Option<Treatment>,
        pairs: &Pairs<T>,
        snapshot: Option<&[u8]>,
        with: impl FnOnce(&mut dyn Fitting<T>) -> Result<R, Ended>,
    ) -> Result<R, Ended> {
        let (mut with, mut done) = (Some(with), None);
        self.begin(treatment, pairs, snapshot, &mut |fit| done = with.take().map(|with| with(fit)))?;
        // Whatever begins is called.
        done.unwrap_or(Err(Ended::Interrupted))
    }

    /// Hands over a student at its start, or at a snapshot of it; whatever is done with it, this is compiled once.
    fn begin<T: Scalar>(
        &self,
        treatment: Option<Treatment>,
        pairs: &Pairs<T>,
        snapshot: Option<&[u8]>,
        with: &mut dyn FnMut(&mut dyn Fitting<T>),
    ) -> Result<(), Ended> {
        let batch = self.batch.min(pairs.count);
        let next_after = |steps: u64| ((u128::from(steps) * batch as u128) % pairs.count.max(1) as u128) as usize;
        if let Some((shape, design)) = &self.layer {
            let mut model = Model::<T>::new(*shape, design, self.activation, self.seed)?;
            snapshot.map(|snapshot| model.load(snapshot)).transpose()?;
            let samples = model.samples()?;
            let next = next_after(samples.layer().steps());
            let codes = start_codes(*shape, design, self.seed)?;
            with(&mut LayerFit { samples, pairs, batch, next, codes });
            return Ok(());
        }
        let readings = treatment.map_or(Ok(self.sizes), |treatment| treatment.sizes(self.sizes))?;
        let shape = treatment.map_or(Ok(readings), |treatment| treatment.preparation.shape(readings))?;
        let (mut memory, mut steps) = (zeros(student_len(shape))?, 0);
        let mut student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
        if treatment.is_some_and(|treatment| treatment.preparation.signed) {
            // Beside their negations all tokens average to nothing: from zeros nothing could move.
            student.set_value(&collected(std::iter::repeat(T::HALF), shape.value_len())?)?;
        }
        let (mut scratch, mut batch_loss) = (zeros(sample_scratch_wide_len(shape))?, BatchLoss::ZERO);
        let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
        let Some(treatment) = treatment else {
            snapshot.map(|snapshot| load(snapshot, &mut student)).transpose()?;
            let samples = Samples::new(student, self.activation.cast(), scratch)?;
            let next = next_after(samples.student().steps());
            with(&mut PositionFit { samples, pairs, batch, next });
            return Ok(());
        };
        let (mut known, mut observed) = (zeros(standardizer_len(readings))?, Observed::ZERO);
        let mut standardizer = StandardizerViewMut::new(readings, &mut known, &mut observed)?;
        let features = readings.features();
        let mut wide = collected(std::iter::repeat(T::ZERO), readings.input_len())?;
        for i in 0..pairs.count {
            let x = treatment.spread(features, pairs.reading(i), &mut wide);
            standardizer.observe(readings, Centre::of(self.activation), x, pairs.answer(i))?;
        }
        let (mut raw, mut powers, preparation) = (zeros(raw_scratch_len(shape))?, Powers::ZERO, treatment.preparation);
        let load = |bytes| load_raw(bytes, preparation, &mut student, &mut standardizer, &mut powers);
        snapshot.map(load).transpose()?;
        let samples = Samples::new(student, self.activation.cast(), scratch)?;
        let next = next_after(samples.student().steps());
        let raw = RawScratchViewMut::new(shape, &mut raw, &mut powers)?;
        let samples = RawSamples::new(readings, preparation, standardizer, samples, raw)?;
        let prepared = RawFit::prepared(&samples, (treatment, features), &mut wide, pairs)?;
        with(&mut RawFit { samples, prepared, batch, next, readings, treatment, wide, taken: None });
        Ok(())
    }
}
