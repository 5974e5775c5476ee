//! `tutee fit`: trains a student on pairs of one's own, from files, by plain descent on the numbers as they are.

mod arrays;
mod pairs;
pub mod record;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use indicatif::{MultiProgress, ProgressBar};
use tutee::activation::Activation;
use tutee::digest::{digest, layer_digest};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_wide_len};
use tutee::layer::{LayerShape, Parameter, Queries};
use tutee::recovery::log_log_slope;
use tutee::recovery::verdict::{Circumstances, judge};
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::{Error, Scalar, Shape};

use self::arrays::{Array, Wanted};
use self::pairs::{Fitted, LayerFit, Pairs, PositionFit, constant_loss};
use self::record::{FitPoint, FitRecord};
use crate::args::{FitArgs, Precision};
use crate::failure::{Ended, Failure, Unfinished};
use crate::interrupt::Interrupt;
use crate::layer::design::Design;
use crate::layer::model::Model;
use crate::layer::options::{Block, Encoding, LossName, Student, name};
use crate::layer::record::Shares;
use crate::layer::shares::shares;
use crate::learn::{bar, check_numbers, rows};
use crate::memory::{collected, zeros};
use crate::record::{Output, Provenance};
use crate::task::check_sizes;
use crate::text::{LONGEST_NAME, shown};
use crate::watch::{Followed, Watched, follow};

/// What one set of pairs holds, as it was read.
#[derive(Debug)]
struct Read {
    x: Array<f64>,
    y: Array<f64>,
    sets: Option<Array<u32>>,
    queries: Option<Array<f64>>,
}

/// A fit with every option checked and nothing begun.
#[derive(Debug)]
pub struct Plan {
    name: String,
    sizes: Shape,
    /// None of attention on positions alone.
    layer: Option<(LayerShape, Design)>,
    activation: Activation<f64>,
    precision: Precision,
    training: Read,
    test: Option<Read>,
    batch: usize,
    steps: u64,
    rate: f64,
    attention_rate: f64,
    seed: u64,
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
        args.student.refuse_for_position()?;
        for (option, given) in [("--sets", args.sets.is_some()), ("--queries", args.queries.is_some())] {
            if given {
                let expected = "expected --student layer with it";
                return Err(Failure::usage(format!("{option}: attention on positions alone is not asked; {expected}")));
            }
        }
    }
    let (training, single) = read(
        [("--x", &args.x), ("--y", &args.y)],
        args.sets.as_deref().map(|path| ("--sets", path)),
        args.queries.as_deref().map(|path| ("--queries", path)),
        labels,
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
            let (test, _) = read([("--test-x", x), ("--test-y", y)], sets, queries, labels)?;
            for (option, found, expected) in
                [("--test-x", &test.x.shape, &training.x.shape), ("--test-y", &test.y.shape, &training.y.shape)]
            {
                if found.get(1..) != expected.get(1..) {
                    let (found, expected) = (found.get(1..), expected.get(1..));
                    return Err(Failure::usage(format!("{option}: pairs of {found:?}; expected {expected:?}")));
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
    if let Some(asked) = asked.filter(|&asked| asked != outputs) {
        return Err(Failure::usage(format!("--y: {outputs} outputs; expected {asked}, as many as ask")));
    }
    let sizes =
        Shape::new(filters, features, tokens, outputs).map_err(|error| Failure::usage(format!("--x: {error}")))?;
    check_sizes("--x", sizes)?;
    let queries = match (&training.sets, &training.queries) {
        (Some(_), _) => Queries::Sets,
        (_, Some(queries)) => Queries::Vectors { width: side(queries, 2) },
        _ => Queries::Tokens,
    };
    let layer = match args.student.student {
        Student::Position => None,
        Student::Layer => Some(Design::new(&args.student, sizes, queries, labels).map_err(Failure::usage)?),
    };
    if layer.as_ref().is_some_and(|(_, design)| design.encoding == Some(Encoding::Signs)) {
        let why = "codes that are drawn anew for every sample would have to be in a file";
        return Err(Failure::usage(format!("--encoding signs: {why}; expected another encoding")));
    }
    let count = side(&training.x, 0);
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
        steps: args.steps,
        rate: args.rate,
        attention_rate: args.attention_rate.unwrap_or(args.rate),
        seed: args.seed,
    };
    match plan.precision {
        Precision::F32 => plan.check::<f32>()?,
        Precision::F64 => plan.check::<f64>()?,
    }
    Ok(plan)
}

/// Reads one set of pairs; says whether the inputs are of single precision.
fn read(
    [x, y]: [(&str, &PathBuf); 2],
    sets: Option<(&str, &Path)>,
    queries: Option<(&str, &Path)>,
    labels: bool,
) -> Result<(Read, bool), Failure> {
    let wanted = |(option, path), sides, dimensions| Wanted { option, path, sides, dimensions };
    let x = wanted((x.0, x.1.as_path()), "pairs x tokens x features", 3);
    let y = (y.0, y.1.as_path());
    let y = if labels { wanted(y, "a label for each pair", 1) } else { wanted(y, "pairs x outputs x filters", 3) };
    let sets = sets.map(|sets| wanted(sets, "pairs x outputs x tokens of a set", 3));
    let queries = queries.map(|queries| wanted(queries, "pairs x outputs x width of a query", 3));
    let (inputs, single) = x.numbers()?;
    let count = inputs.shape.first().copied().unwrap_or(0);
    let agrees = |wanted: &Wanted<'_>, shape: &[usize]| match shape.first() {
        Some(&found) if found != count => {
            Err(wanted.refuse(&format!("{found} pairs; expected {count}, as in {}", x.option)))
        }
        _ => Ok(()),
    };
    let (answers, _) = y.numbers()?;
    agrees(&y, &answers.shape)?;
    let sets = sets.map(|wanted| {
        let sets = wanted.indices()?;
        agrees(&wanted, &sets.shape).map(|()| sets)
    });
    let queries = queries.map(|wanted| {
        let (queries, _) = wanted.numbers()?;
        agrees(&wanted, &queries.shape).map(|()| queries)
    });
    Ok((Read { x: inputs, y: answers, sets: sets.transpose()?, queries: queries.transpose()? }, single))
}

impl Read {
    fn pairs<T: Scalar>(&self) -> Result<Pairs<T>, Ended> {
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
    /// Refuses what the core refuses, before any step.
    fn check<T: Scalar>(&self) -> Result<(), Failure> {
        check_numbers::<T>(self.rate, self.attention_rate, 0.0)?;
        let refuse = |ended: Ended| match ended {
            Ended::Refused(error) => Failure::usage(format!("{}: {error}", shown(&self.name, LONGEST_NAME))),
            _ => Failure::check(format!("{}: the system gave no memory", shown(&self.name, LONGEST_NAME))),
        };
        let read = [Some(&self.training), self.test.as_ref()];
        for read in read.into_iter().flatten() {
            let pairs = read.pairs::<T>().map_err(refuse)?;
            self.start(&pairs, |fit| fit.mean_loss(&pairs).map_err(Ended::from)).map_err(refuse)?;
        }
        Ok(())
    }

    /// Does something with the student at its start and the pairs that it is to train on.
    fn start<T: Scalar, R>(
        &self,
        pairs: &Pairs<T>,
        with: impl FnOnce(&mut dyn Fitting<T>) -> Result<R, Ended>,
    ) -> Result<R, Ended> {
        let (batch, next) = (self.batch.min(pairs.count), 0);
        match &self.layer {
            Some((shape, design)) => {
                let mut model = Model::<T>::new(*shape, design, self.activation, self.seed)?;
                with(&mut LayerFit { samples: model.samples()?, pairs, batch, next })
            }
            None => {
                let (mut memory, mut steps) = (zeros(student_len(self.sizes))?, 0);
                let student = StudentViewMut::new(self.sizes, &mut memory, &mut steps)?;
                let (mut scratch, mut batch_loss) = (zeros(sample_scratch_wide_len(self.sizes))?, BatchLoss::ZERO);
                let scratch = SampleScratchViewMut::new(self.sizes, &mut scratch, &mut batch_loss)?;
                let samples = Samples::new(student, self.activation.cast(), scratch)?;
                with(&mut PositionFit { samples, pairs, batch, next })
            }
        }
    }

    /// Trains.
    pub fn run(&self, interrupt: &Interrupt) -> Output<FitRecord> {
        let bars = MultiProgress::new();
        let shown = shown(&self.name, LONGEST_NAME);
        let bar = bar(&bars, &shown, shown.chars().count(), self.steps);
        let result = match self.precision {
            Precision::F32 => self.train::<f32>(&bar, interrupt),
            Precision::F64 => self.train::<f64>(&bar, interrupt),
        };
        bar.finish();
        match result {
            Ok(run) => Output { runs: vec![run], unfinished: Vec::new() },
            Err(ended) => {
                let settings = format!(
                    " at --rate {:?} --attention-rate {:?}; a lower rate may help",
                    self.rate, self.attention_rate
                );
                let unfinished = Unfinished::new(&self.name, &self.name, &settings, ended);
                Output { runs: Vec::new(), unfinished: vec![unfinished] }
            }
        }
    }

    fn train<T: Scalar>(&self, bar: &ProgressBar, interrupt: &Interrupt) -> Result<FitRecord, Ended> {
        let pairs = self.training.pairs::<T>()?;
        let test = self.test.as_ref().map(Read::pairs::<T>).transpose()?;
        self.start(&pairs, |fit| self.train_on(fit, (&pairs, test.as_ref()), bar, interrupt))
    }

    fn train_on<T: Scalar, F: Fitting<T> + ?Sized>(
        &self,
        fit: &mut F,
        (pairs, test): (&Pairs<T>, Option<&Pairs<T>>),
        bar: &ProgressBar,
        interrupt: &Interrupt,
    ) -> Result<FitRecord, Ended> {
        let largest = pairs.y.iter().map(|y| y.to_f64().abs()).fold(1.0, Scalar::larger);
        let descent = Descent {
            // Far beyond any overshoot of a run that converges, whatever the scale of the answers.
            value_limit: T::from_f64(1e9 * largest),
            ..Descent::new(T::from_f64(self.rate)).with_attention_rate(T::from_f64(self.attention_rate))
        };
        let mut curve = Vec::new();
        let look = |fit: &mut F| -> Result<(), Ended> {
            let training_loss = fit.mean_loss(pairs)?;
            let test_loss = test.map(|test| fit.mean_loss(test)).transpose()?;
            if !(training_loss.is_finite() && test_loss.is_none_or(f64::is_finite)) {
                return Err(Error::Diverged.into());
            }
            curve.push(FitPoint { step: fit.steps(), training_loss, test_loss, digest: fit.digest() });
            bar.set_position(fit.steps());
            bar.set_message(format!("loss {training_loss:.2e}"));
            Ok(())
        };
        let watch = |_, _| if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let watched = Watched { steps: self.steps, watch: &watch };
        let Followed { seconds, .. } = follow(fit, &descent, &watched, look)?;
        self.record(fit, curve, seconds, (pairs, test))
    }

    fn record<T: Scalar, F: Fitting<T> + ?Sized>(
        &self,
        fit: &mut F,
        curve: Vec<FitPoint>,
        seconds: f64,
        (pairs, test): (&Pairs<T>, Option<&Pairs<T>>),
    ) -> Result<FitRecord, Ended> {
        let steps = fit.steps();
        let from = steps as f64 / Scalar::sqrt(10.0_f64);
        let late = curve.iter().filter(|point| point.step as f64 >= from);
        let slope = log_log_slope(late.map(|point| (point.step as f64, point.training_loss)));
        let known = Circumstances {
            law: None,
            best_loss: None,
            row_sum: None,
            sampled: self.batch < pairs.count,
            noisy: false,
            epsilon: T::EPSILON.to_f64(),
        };
        let judgement = judge(curve.iter().map(|point| (point.step, point.training_loss)), &known);
        let labels = self.layer.as_ref().is_some_and(|(_, design)| design.loss == LossName::Logistic);
        let (constant_loss, constant_test_loss) = constant_loss(pairs, test, labels);
        let found = fit.found(self.sizes)?;
        let even = 1.0 / self.sizes.tokens() as f64;
        let mut attends = Vec::new();
        for (output, row) in found.attention.iter().enumerate() {
            let mut row: Vec<_> = row.iter().copied().enumerate().filter(|&(_, s)| s > even).collect();
            row.sort_by(|a, b| b.1.total_cmp(&a.1));
            attends.extend(row.into_iter().map(|(token, weight)| (output, token, weight)));
        }
        let first = curve.first().map_or(f64::NAN, |point| point.training_loss);
        let last = curve.last();
        let design = self.layer.as_ref().map(|(_, design)| design);
        Ok(FitRecord {
            provenance: Provenance::now(),
            student: if design.is_some() { "layer" } else { "position" },
            embedding: design.map(|design| name(design.embedding)),
            encoding: design.map_or_else(|| Some("identity".to_owned()), |design| design.encoding.map(name)),
            code_width: self
                .layer
                .as_ref()
                .filter(|(_, design)| design.encoding.is_some())
                .map(|(shape, _)| shape.code_width()),
            attention: design.map(|design| if design.keys.is_some() { "separate" } else { "merged" }),
            keys: design.and_then(|design| design.keys),
            scale: design.map_or_else(|| "tokens".to_owned(), |design| design.scale.to_string()),
            start: design.map_or_else(|| "zero".to_owned(), |design| design.start.to_string()),
            queries: self.layer.as_ref().map(|(shape, _)| match shape.form().queries {
                Queries::Tokens => "tokens",
                Queries::Sets => "sets",
                Queries::Vectors { .. } => "vectors",
            }),
            train: design.map_or_else(
                || vec!["value-content".to_owned(), "position-position".to_owned()],
                |design| Block::list(design.trained),
            ),
            loss: name(design.map_or(LossName::Squared, |design| design.loss)),
            rule: "gd",
            value_rule: "gd",
            task: self.name.clone(),
            scalar: if T::BITS == 32 { "f32" } else { "f64" },
            mode: "pairs",
            activation: self.activation.into(),
            filters: self.sizes.filters(),
            features: self.sizes.features(),
            tokens: self.sizes.tokens(),
            outputs: self.sizes.outputs(),
            pairs: pairs.count,
            test_pairs: test.map(|test| test.count),
            batch: (self.batch < pairs.count).then_some(self.batch),
            rate: self.rate,
            attention_rate: self.attention_rate,
            steps,
            seed: self.seed,
            training_loss_start: first,
            training_loss: last.map_or(first, |point| point.training_loss),
            test_loss: last.and_then(|point| point.test_loss),
            constant_loss,
            constant_test_loss,
            slope,
            verdict: judgement.verdict.name(),
            reason: judgement.reason,
            failed: judgement.verdict.failed(),
            seconds,
            digest: format!("{:016x}", fit.digest()),
            value: found.value,
            logits: found.logits,
            w_kq: found.w_kq,
            w_k: found.w_k,
            w_q: found.w_q,
            codes: found.codes,
            shares: found.shares,
            mean_attention: found.attention,
            attends,
            curve,
        })
    }
}

/// The matrices of a student.
struct Matrices {
    value: Vec<Vec<f64>>,
    logits: Option<Vec<Vec<f64>>>,
    w_kq: Option<Vec<Vec<f64>>>,
    w_k: Option<Vec<Vec<f64>>>,
    w_q: Option<Vec<Vec<f64>>>,
    codes: Option<Vec<Vec<f64>>>,
    shares: Option<Shares>,
    attention: Vec<Vec<f64>>,
}

/// A student on pairs that can be looked at.
trait Fitting<T: Scalar>: Fitted<T> {
    /// Digest of its parameters.
    fn digest(&self) -> u64;

    /// Its matrices.
    fn found(&mut self, sizes: Shape) -> Result<Matrices, Ended>;
}

impl<T: Scalar> Fitting<T> for LayerFit<'_, T> {
    fn digest(&self) -> u64 {
        layer_digest(self.samples.layer())
    }

    fn found(&mut self, sizes: Shape) -> Result<Matrices, Ended> {
        let mut attention = zeros::<T>(sizes.mixing_len())?;
        for i in 0..self.pairs.count {
            self.samples.loss(&self.pairs.input(i), self.pairs.answer(i))?;
            for (mean, &s) in attention.iter_mut().zip(self.samples.attention()) {
                *mean += s / T::from_usize(self.pairs.count);
            }
        }
        let layer = self.samples.layer();
        let matrix = |parameter: Parameter| {
            layer.shape().dimensions(parameter).map(|(_, cols)| rows(layer.get(parameter), cols)).transpose()
        };
        Ok(Matrices {
            value: rows(layer.get(Parameter::Value), layer.shape().token_width())?,
            logits: None,
            w_kq: matrix(Parameter::KeyQuery)?,
            w_k: matrix(Parameter::Key)?,
            w_q: matrix(Parameter::Query)?,
            codes: matrix(Parameter::Codes)?,
            shares: Some(shares(layer)),
            attention: rows(&attention, sizes.tokens())?,
        })
    }
}

impl<T: Scalar> Fitting<T> for PositionFit<'_, T> {
    fn digest(&self) -> u64 {
        digest(self.samples.student())
    }

    fn found(&mut self, sizes: Shape) -> Result<Matrices, Ended> {
        let student = self.samples.student();
        let mut attention = zeros(sizes.mixing_len())?;
        student.attention(&mut attention)?;
        Ok(Matrices {
            value: rows(student.value(), sizes.features())?,
            logits: Some(rows(student.logits(), sizes.tokens())?),
            w_kq: None,
            w_k: None,
            w_q: None,
            codes: None,
            shares: None,
            attention: rows(&attention, sizes.tokens())?,
        })
    }
}
