//! A fit from its start to its record.

use std::ops::ControlFlow;

use indicatif::ProgressBar;
use tutee::activation::Activation;
use tutee::layer::Queries;
use tutee::recovery::log_log_slope;
use tutee::recovery::verdict::{Circumstances, Judgement, Verdict, judge};
use tutee::step::Descent;
use tutee::{Error, Scalar};

use super::answers::Answers;
use super::baselines;
use super::choice::{Choice, FOLDS, Held, explained, fewest, unexplained};
use super::condition;
use super::diagnosis::{
    Diagnosis, Evidence, UNIFORM_ATTENTION, far_on_one_side, has_risen, is_worse, rounding, worse_than_constant,
};
use super::found::Fitting;
use super::links::{confirm, ranked};
use super::look::{Seen, least};
use super::pairs::Pairs;
use super::plan::{Plan, Pupil, Read, Sees};
use super::raw::Treatment;
use super::record::{Attention, FitPoint, FitRecord, Unknown};
use super::sensors;
use super::signs;
use super::stop::{Least, StopRecord};
use crate::args::Precision;
use crate::checkpoint::{Arrived, Aside, Kept, Way};
use crate::failure::{Ended, Unfinished};
use crate::interrupt::Interrupt;
use crate::layer::options::{Block, LossName, name};
use crate::layer::train::of_loss;
use crate::memory::collected;
use crate::position_codes::w_kq;
use crate::progress::{at, bar, bars};
use crate::record::{Output, Provenance, concatenated, stopped};
use crate::text::{LONGEST_NAME, several, shown};
use crate::watch::Ending;

/// Of fewer pairs a half says nothing.
const FEWEST_TO_HALVE: usize = 4;

/// Where a student explains less than this of its own pairs, answers far from zero behind an activation are told.
const LITTLE: f64 = 0.9;

/// Two students, each of one half of the pairs.
struct Halves {
    /// S of both.
    attention: Vec<Vec<Vec<f64>>>,
    /// What each does in the half that it has not seen.
    held: Vec<Held>,
}

/// What students of parts of the pairs say; none where they end, but for lack of memory: the fit itself is done, whatever becomes
/// of these.
fn done<R>(students: Result<R, Ended>) -> Result<Option<R>, Ended> {
    match students {
        Ok(students) => Ok(Some(students)),
        Err(Ended::Refused(_) | Ended::Interrupted) => Ok(None),
        Err(Ended::Memory) => Err(Ended::Memory),
    }
}

/// What a student goes on from.
fn snapshot_of(kept: Option<&Kept<FitPoint>>) -> Option<&[u8]> {
    Some(kept?.earlier()?.snapshot.as_slice())
}

/// What the student of a checkpoint had seen.
fn aside_of(kept: Option<&Kept<FitPoint>>) -> Option<&Aside> {
    Some(&kept?.earlier()?.aside)
}

/// How a training went.
struct Taken {
    /// Wall time of its steps.
    seconds: f64,
    /// Why it went no further.
    ending: Ending,
    /// Steps that it took.
    steps: u64,
    /// The least loss of pairs held out that was seen.
    least: Option<Least>,
}

impl Plan {
    /// Trains.
    pub fn run(&self, interrupt: &Interrupt) -> Output<FitRecord> {
        let bars = bars();
        let shown = shown(&self.name, LONGEST_NAME);
        let bar = bar(&bars, &shown, "steps", Some(self.steps));
        let result = match self.precision {
            Precision::F32 => self.train::<f32>(&bar, interrupt),
            Precision::F64 => self.train::<f64>(&bar, interrupt),
        };
        bar.finish();
        match result {
            Ok(run) => Output { runs: vec![run], unfinished: Vec::new() },
            Err(ended) => {
                let unfinished = Unfinished::new(&self.name, &self.name, &self.settings(), ended);
                Output { runs: Vec::new(), unfinished: vec![unfinished] }
            }
        }
    }

    /// At which rates it trains, and what may be changed about them where it diverges.
    fn settings(&self) -> String {
        match self.rates {
            Some((rate, attention_rate)) => {
                // A layer takes none from the data.
                let or = if self.layer.is_some() { "" } else { ", or none, for rates from the data" };
                format!(" at --rate {rate:?} --attention-rate {attention_rate:?}; a lower rate may help{or}")
            }
            None => " at rates from the data; larger batches may help".to_owned(),
        }
    }

    fn train<T: Scalar>(&self, bar: &ProgressBar, interrupt: &Interrupt) -> Result<FitRecord, Ended> {
        let pairs = self.training.pairs::<T>()?;
        let test = self.test.as_ref().map(Read::pairs::<T>).transpose()?;
        let (mut treatment, mut halves, mut choice) = (self.treatment, None, None);
        if let Some(together) = treatment.filter(|_| self.chooses) {
            bar.set_message("parts of the pairs");
            halves = self.halves(treatment, &pairs, interrupt)?;
            let chosen = self.choose(together, halves.as_ref(), &pairs, interrupt)?;
            if chosen.apart {
                treatment = Some(together.taken_apart());
                halves = self.halves(treatment, &pairs, interrupt)?;
            }
            choice = Some(chosen);
        }
        if interrupt.raised() {
            // What was chosen then is what was known by then.
            return Err(Ended::Interrupted);
        }
        let kept = self.kept_of(Pupil { sees: Sees::All, treatment });
        let mut run = self.start(treatment, &pairs, snapshot_of(kept), |fit| {
            self.train_on(fit, treatment, (&pairs, test.as_ref()), kept, (bar, interrupt))
        })?;
        if !self.chooses {
            halves = self.halves(treatment, &pairs, interrupt)?;
        }
        if let Some(halves) = &halves {
            confirm(&mut run.links, &run.mean_attention, &halves.attention)?;
            run.explained_halves = explained(&halves.held);
        }
        if self.layer.is_none() {
            self.note_what_holds(&mut run, halves.as_ref().map(|halves| &halves.held[..]), (&pairs, test.as_ref()));
        }
        if let Some(halves) = &halves {
            let beside = run.standardised.as_ref().filter(|_| self.activation == Activation::Identity);
            run.notes
                .extend(beside.and_then(|beside| signs::lacking(beside, &pairs, &halves.held, self.sizes.tokens())));
        }
        run.notes.extend(choice.and_then(|choice| choice.note(pairs.count)));
        Ok(FitRecord { choice, ..run })
    }

    fn train_on<'a, T: Scalar>(
        &self,
        fit: &mut (dyn Fitting<T> + 'a),
        treatment: Option<Treatment>,
        (pairs, test): (&Pairs<T>, Option<&Pairs<T>>),
        kept: Option<&Kept<FitPoint>>,
        (bar, interrupt): (&ProgressBar, &Interrupt),
    ) -> Result<FitRecord, Ended> {
        let mut look = |fit: &mut (dyn Fitting<T> + 'a)| -> Result<Option<FitPoint>, Ended> {
            let training_loss = fit.mean_loss(pairs)?;
            let test_loss = test.map(|test| fit.mean_loss(test)).transpose()?;
            if !(training_loss.is_finite() && test_loss.is_none_or(f64::is_finite)) {
                return Err(Error::Diverged.into());
            }
            let (rate, attention_rate) = fit.taken().unzip();
            let (step, digest) = (fit.steps(), fit.digest());
            bar.set_position(fit.steps());
            bar.set_message(format!("loss {training_loss:.2e}"));
            Ok(Some(FitPoint { step, training_loss, test_loss, rate, attention_rate, digest }))
        };
        let watch = |steps, _| {
            at(bar, steps);
            if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let seen = Seen::of(aside_of(kept));
        let (descent, aside) = (self.descent(pairs), || seen.aside());
        // The best student so far is worth as much where the training diverges later.
        let has_kept = || seen.has_kept();
        let way = Way { has_kept: Some(&has_kept), ..self.way(&descent, kept, &aside, &watch) };
        let Arrived { seconds, curve, ending } =
            way.follow(fit, &self.goal(test, &seen), &mut look, &|fit| fit.snapshot())?;
        let taken = Taken { seconds, ending, steps: fit.steps(), least: least(&curve, seen.least()) };
        let last = curve.last().copied();
        let compared =
            if ending == Ending::Diverged { Some(f64::INFINITY) } else { last.and_then(|last| last.test_loss) };
        let Some((best, image)) = compared.and_then(|loss| seen.better_than(loss)) else {
            return self.record(fit, last, curve, taken, (pairs, test));
        };
        self.start(treatment, pairs, Some(&image), |fit| {
            let (rate, attention_rate) = best.rates.unzip();
            let (training_loss, test_loss) = (fit.mean_loss(pairs)?, Some(best.least.loss));
            let (step, digest) = (fit.steps(), fit.digest());
            let point = FitPoint { step, training_loss, test_loss, rate, attention_rate, digest };
            self.record(fit, Some(point), curve, taken, (pairs, test))
        })
    }

    /// The way of one of the students.
    fn way<'a, T>(
        &self,
        descent: &'a Descent<T>,
        kept: Option<&'a Kept<FitPoint>>,
        aside: &'a dyn Fn() -> Aside,
        watch: &'a dyn Fn(u64, u64) -> ControlFlow<()>,
    ) -> Way<'a, T, FitPoint> {
        Way { steps: self.steps, descent, kept, aside: self.stop.map(|_| aside), has_kept: None, watch }
    }

    /// What ends a training sooner, by pairs that it does not see; the student that does best there is kept where it is to be reported.
    fn goal<'a, T: Scalar>(
        &self,
        held_out: Option<&Pairs<T>>,
        seen: &Seen,
    ) -> impl Fn(u64, &mut (dyn Fitting<T> + 'a)) -> Option<Ending> {
        move |steps, fit| {
            let (goals, pairs) = self.stop.zip(held_out).filter(|(goals, _)| goals.due(steps))?;
            let (is_least, ending) = seen.look(&goals, steps, fit.mean_loss(pairs).ok()?);
            if let (true, Ok(image)) = (is_least && goals.best, fit.snapshot()) {
                seen.keep(image, fit.taken());
            }
            ending
        }
    }

    /// Two more students, each of one half of the pairs, at the rates of the one that is asked for where those are given; none of a
    /// layer, whose attention depends on what is read, where a half shows nothing, and where somebody asks the program to end.
    fn halves<T: Scalar>(
        &self,
        treatment: Option<Treatment>,
        pairs: &Pairs<T>,
        interrupt: &Interrupt,
    ) -> Result<Option<Halves>, Ended> {
        if self.layer.is_some() || pairs.count < FEWEST_TO_HALVE {
            return Ok(None);
        }
        let middle = pairs.count / 2;
        let (early, late) = (pairs.stretch(0, middle)?, pairs.stretch(middle, pairs.count - middle)?);
        let both = [(0, &early, &late), (1, &late, &early)];
        let both = both.into_iter().map(|(half, part, other)| {
            self.held_out(Pupil { sees: Sees::Half(half), treatment }, part, other, interrupt)
        });
        let Some(both) = done(both.collect::<Result<Vec<_>, _>>())? else { return Ok(None) };
        let (attention, held): (Vec<_>, Vec<_>) = both.into_iter().unzip();
        Ok(Some(Halves { attention, held }))
    }

    /// Whether readings that may share one W are taken apart.
    fn choose<T: Scalar>(
        &self,
        together: Treatment,
        halves: Option<&Halves>,
        pairs: &Pairs<T>,
        interrupt: &Interrupt,
    ) -> Result<Choice, Ended> {
        let apart = together.taken_apart();
        let needed = fewest(apart.parameters(self.sizes)?, self.sizes.output_len());
        Choice::between(halves.map(|halves| unexplained(&halves.held)), (pairs.count, needed), || {
            let Some(together) = self.folds(together, pairs, interrupt)? else { return Ok(None) };
            Ok(self.folds(apart, pairs, interrupt)?.map(|apart| [together, apart]))
        })
    }

    /// Of each part of the pairs, what a student of all others does there; none where one of them cannot be had.
    fn folds<T: Scalar>(
        &self,
        treatment: Treatment,
        pairs: &Pairs<T>,
        interrupt: &Interrupt,
    ) -> Result<Option<Vec<Held>>, Ended> {
        let edge = |fold: usize| fold * pairs.count / FOLDS;
        let fold = |fold: usize| {
            let (first, count) = (edge(fold), edge(fold + 1) - edge(fold));
            let (part, other) = (pairs.without(first, count)?, pairs.stretch(first, count)?);
            let pupil = Pupil { sees: Sees::AllBut(fold), treatment: Some(treatment) };
            self.held_out(pupil, &part, &other, interrupt).map(|(_, held)| held)
        };
        done((0..FOLDS).map(fold).collect())
    }

    /// S of a student of some pairs, and what it does in others.
    fn held_out<T: Scalar>(
        &self,
        pupil: Pupil,
        part: &Pairs<T>,
        other: &Pairs<T>,
        interrupt: &Interrupt,
    ) -> Result<(Vec<Vec<f64>>, Held), Ended> {
        let kept = self.kept_of(pupil);
        self.start(pupil.treatment, part, snapshot_of(kept), |fit| {
            let watch = |_, _| if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
            // By the same rule, on the pairs that this one does not see.
            let seen = Seen::of(aside_of(kept));
            let (descent, aside) = (self.descent(part), || seen.aside());
            let way = self.way(&descent, kept, &aside, &watch);
            way.follow(fit, &self.goal(Some(other), &seen), &mut |_| Ok(None), &|fit| fit.snapshot())?;
            let constant = baselines::constant(part, Some(other), false).1.unwrap_or(f64::NAN);
            let (features, filters) = (self.sizes.features(), self.sizes.filters());
            let position_free = baselines::position_free(part, Some(other), features, filters).1.unwrap_or(f64::NAN);
            let told = |fit: &mut dyn Fitting<T>| {
                let held = Held { others: fit.mean_loss(other)?, own: fit.mean_loss(part)?, constant, position_free };
                Ok((fit.found(self.sizes)?.attention, held))
            };
            match seen.better_than(fit.mean_loss(other)?) {
                Some((_, image)) => self.start(pupil.treatment, part, Some(&image), told),
                None => told(fit),
            }
        })
    }

    /// The settings of a step.
    fn descent<T: Scalar>(&self, pairs: &Pairs<T>) -> Descent<T> {
        // Rates that come from the data take the place of these at every step.
        let (rate, attention_rate) = self.rates.unwrap_or_default();
        let largest = pairs.y.iter().map(|y| y.to_f64().abs()).fold(1.0, Scalar::larger);
        // Of which the square is still a number: 1 / MIN_POSITIVE is a quarter of the largest.
        let most = Scalar::sqrt(1.0 / T::MIN_POSITIVE.to_f64());
        Descent {
            // Far beyond any overshoot of a run that converges, whatever the scale of the answers.
            value_limit: T::from_f64((1e9 * largest).smaller(most)),
            ..Descent::new(T::from_f64(rate)).with_attention_rate(T::from_f64(attention_rate))
        }
    }

    /// What is said of a training that diverged after so many steps, and reports the student after so many.
    fn diverged(&self, steps: u64, reported: u64) -> Judgement {
        let reason = format!(
            "training diverged after {}{}; reported is the student after {}, which did best of pairs held out before",
            several(steps, "step"),
            self.settings(),
            several(reported, "step")
        );
        Judgement { verdict: Verdict::Diverged, reason: reason.leak(), steps_needed: None }
    }

    fn record<T: Scalar>(
        &self,
        fit: &mut dyn Fitting<T>,
        reported: Option<FitPoint>,
        curve: Vec<FitPoint>,
        Taken { seconds, ending, steps, least }: Taken,
        (pairs, test): (&Pairs<T>, Option<&Pairs<T>>),
    ) -> Result<FitRecord, Ended> {
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
        let loss = self.layer.as_ref().map_or(LossName::Squared, |(_, design)| design.loss);
        let judgement = match ending {
            Ending::Diverged => self.diverged(steps, fit.steps()),
            _ => of_loss(loss, judge(curve.iter().map(|point| (point.step, point.training_loss)), &known)),
        };
        let labels = loss == LossName::Logistic;
        let (constant_loss, constant_test_loss) = baselines::constant(pairs, test, labels);
        let (features, filters) = (self.sizes.features(), self.sizes.filters());
        let position_free = (!labels).then(|| baselines::position_free(pairs, test, features, filters));
        let mut found = fit.found(self.sizes)?;
        let advice = self.advice(pairs, fit.steps());
        let Diagnosis { dead_filters, mut notes } = match &self.layer {
            Some(_) => Diagnosis::default(),
            None => Diagnosis::of(&found, self.activation, pairs, fit.steps(), advice.as_deref()),
        };
        let gradient_norm = match fit.gradient_norm() {
            Ok(norm) => Some(norm).filter(|norm| norm.is_finite()),
            // Numbers so large that it overflows: the fit itself is done.
            Err(Ended::Refused(_)) => None,
            Err(ended) => return Err(ended),
        };
        let (seen, width) = fit.seen();
        let condition = condition::condition(seen, width);
        notes.extend(condition::note(seen, width, self.whitening.is_some()));
        if self.layer.is_none() {
            notes.extend(sensors::notes(pairs, (self.sizes.features(), self.sizes.filters())));
        }
        let first = curve.first().map_or(f64::NAN, |point| point.training_loss);
        let training_loss = reported.map_or(first, |point| point.training_loss);
        let test_loss = reported.and_then(|point| point.test_loss);
        let share = |loss: f64, constant: f64| (constant > 0.0 && !labels).then(|| 1.0 - loss / constant);
        let explained = share(training_loss, constant_loss);
        let explained_test = test_loss.zip(constant_test_loss).and_then(|(loss, constant)| share(loss, constant));
        let allowed = rounding(pairs, constant_loss);
        let mut explained_filters = Vec::new();
        if self.layer.is_none() {
            let answers = Answers { found: &found, activation: self.activation };
            let of_training = is_worse(explained, allowed) || !is_worse(explained_test, allowed);
            explained_filters = answers.explained(pairs, test.filter(|_| !of_training).unwrap_or(pairs));
            let beside = (allowed, advice.as_deref(), &Evidence::default());
            let worse = of_training
                .then(|| worse_than_constant((explained, None), &explained_filters, self.activation, beside))
                .flatten();
            // Behind filters that are dead it is the cause of all that follows.
            notes.splice(dead_filters.len()..dead_filters.len(), worse);
            let little = explained.is_some_and(|share| share < LITTLE);
            let offset = little.then(|| far_on_one_side(pairs, self.activation, self.sizes.filters())).flatten();
            notes.retain(|note| offset.is_none() || !note.starts_with(UNIFORM_ATTENTION));
            notes.extend(offset);
        }
        if let (Some(whitening), Some(bias)) = (&self.whitening, &mut found.bias) {
            whitening.undo(&mut found.value, bias, &found.attention)?;
        }
        let left_out = self.whitening.as_ref().map_or(0, |whitening| whitening.left_out);
        if left_out > 0 {
            notes.push(format!(
                "of what features say together {} never {}, and {} left out",
                several(left_out, "direction"),
                if left_out == 1 { "varies" } else { "vary" },
                if left_out == 1 { "was" } else { "were" }
            ));
        }
        let links = ranked(&found.attention);
        notes.extend(reported.zip(least).and_then(|(point, least)| has_risen(&point, least)));
        // Of a student that went on from its end, and of one that was kept, the point knows.
        let known = reported.and_then(|point| point.rate.zip(point.attention_rate));
        let taken = self.rates.or(fit.taken()).or(known).unwrap_or_default();
        let design = self.layer.as_ref().map(|(_, design)| design);
        let kq = match &found.logits {
            Some(logits) => {
                let columns = logits.first().map_or(0, Vec::len);
                let logits = logits.iter().flatten().map(|&logit| T::from_f64(logit));
                w_kq(&collected(logits, self.sizes.outputs() * columns)?, columns, None)?
            }
            None => found.w_kq,
        };
        Ok(FitRecord {
            provenance: Provenance::now(),
            student: if design.is_some() { "layer" } else { "position" },
            embedding: design.map_or_else(|| concatenated().to_owned(), |design| name(design.embedding)),
            encoding: design.map_or_else(|| Some("identity".to_owned()), |design| design.encoding.map(name)),
            code_width: self
                .layer
                .as_ref()
                .filter(|(_, design)| design.encoding.is_some())
                .map(|(shape, _)| shape.code_width()),
            attention: match design {
                Some(design) => Attention::Form(if design.keys.is_some() { "separate" } else { "merged" }),
                None => Attention::Weights(found.attention.clone()),
            },
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
            files: self.files.clone(),
            batch: (self.batch < pairs.count).then_some(self.batch),
            rates: if self.rates.is_some() { "given" } else { "data" },
            rate: taken.0,
            attention_rate: taken.1,
            steps,
            seed: self.seed,
            training_loss_start: first,
            training_loss,
            test_loss,
            constant_loss,
            constant_test_loss,
            position_free_loss: position_free.map(|losses| losses.0),
            position_free_test_loss: position_free.and_then(|losses| losses.1),
            explained,
            explained_test,
            explained_halves: None,
            gradient_norm,
            condition,
            slope,
            verdict: judgement.verdict.name(),
            reason: stopped(judgement.reason, ending),
            stop: StopRecord::new(self.stop.as_ref(), (self.steps, ending), fit.steps(), least),
            failed: judgement.verdict.failed()
                // Descent at a rate that was given need not have left its start.
                || (self.rates.is_none() && is_worse(explained, allowed))
                || (self.stop.is_some_and(|goals| goals.best) && fit.steps() == 0)
                || (!dead_filters.is_empty() && dead_filters.len() == self.sizes.filters()),
            notes,
            dead_filters,
            seconds,
            digest: format!("{:016x}", fit.digest()),
            whitened: self.whitening.clone(),
            standardised: found.standardised,
            choice: None,
            value: found.value,
            bias: found.bias,
            logits: found.logits,
            w_kq: kq,
            w_k: found.w_k,
            w_q: found.w_q,
            codes: found.codes,
            codes_recovery: found.codes_recovery,
            shares: found.shares,
            explained_filters,
            mean_attention: found.attention,
            mean_attention_apart: found.apart,
            links,
            unknown: Unknown::default(),
            curve,
        })
    }
}
