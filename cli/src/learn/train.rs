//! One training run, watched and recorded.

use std::cell::Cell;
use std::ops::ControlFlow;

use indicatif::ProgressBar;
use tutee::Scalar;
use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::executor::Executor;
use tutee::gradient::label::{GroupLabel, LabelPopulation, label_population_len};
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_parallel_len};
use tutee::gradient::pair_training::PairTraining;
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::ruled::{RuledPopulation, ruled_scratch_len};
use tutee::gradient::ruled_online::RuledOnline;
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_wide_len};
use tutee::input::{LabelNoise, SampleStream};
use tutee::recovery::least_loss::{attainable, best_loss, row_sum};
use tutee::recovery::out_of_distribution::{TestSet, test_scratch_wide_len};
use tutee::recovery::verdict::{Circumstances, Law, Verdict, judge, resolution};
use tutee::recovery::{log_log_slope, recovery};
use tutee::snapshot::{Context, load_ruled, ruled_snapshot_len, save_ruled};
use tutee::step::{Descent, RuleState};
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::TeacherView;

use super::cost::{TEST_NOISE_MEAN, test_samples};
use super::imitation::{self, Answered, Imitation, Linear, tested};
use super::job::Job;
use super::label;
use super::learning::Learning;
use super::settings::smallest_group;
use crate::args::Mode;
use crate::checkpoint::{Arrived, Kept, Progress, Way, snapshot};
use crate::executor::Threads;
use crate::failure::Ended;
use crate::input::InputName;
use crate::interrupt::Interrupt;
use crate::matrices::{group, relative_error, rows};
use crate::memory::zeros;
use crate::position_codes::{orthonormal_codes, w_kq};
use crate::progress::at;
use crate::record::{CurvePoint, Kind, Provenance, RunRecord, StopRecord, Summary, stopped};
use crate::step_rules::{self, Seen};
use crate::watch::{Rest, bits_of};

/// Trains one student on one teacher.
pub(super) fn train<T: Scalar>(
    job: &Job,
    executor: &Threads,
    bar: &ProgressBar,
    interrupt: &Interrupt,
) -> Result<RunRecord, Ended> {
    let Job { task, settings, .. } = job;
    let shape = task.shape;
    let owned = task.teacher::<T>()?;
    let teacher = owned.view()?;
    let descent = settings.descent(teacher);
    let (mut memory, mut steps) = (zeros(student_len(shape))?, 0);
    let mut student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
    let earlier = job.checkpoint.as_ref().and_then(Kept::earlier);
    let rules = settings.rules.cast();
    let own = settings.student_activation.map(|own| Activation::<f64>::from(own).cast());
    let mut kept = zeros(rules.attention.state_len(shape))?;
    let load = |earlier: &Progress<_>| load_ruled(&earlier.snapshot, &mut student, rules.attention.kind(), &mut kept);
    let stream = earlier.map(load).transpose()?.flatten();
    match settings.mode {
        Mode::Population => {
            if let (Some(flips), Some(token)) = (settings.flips, task.token()) {
                let label = GroupLabel::new(teacher.value(), token, T::ONE, T::from_f64(flips))?;
                let mut memory = zeros(label_population_len(shape))?;
                let mut training = LabelPopulation::new(student, label, &mut memory)?;
                return record(&mut training, job, teacher, &descent, (bar, interrupt));
            }
            let mut scratch = zeros(population_scratch_len(shape))?;
            let scratch = PopulationScratchViewMut::new(shape, &mut scratch)?;
            if own.is_some() {
                // Of students with an activation of their own those without one alone come here.
                let linear = Linear::new(teacher)?;
                let mut training = linear.training(Population::new(student, linear.teacher(teacher)?, scratch)?);
                return record(&mut training, job, teacher, &descent, (bar, interrupt));
            }
            if settings.rules.plain() {
                let mut training = Population::new(student, teacher, scratch)?;
                return record(&mut training, job, teacher, &descent, (bar, interrupt));
            }
            let mut memory = zeros(ruled_scratch_len(shape))?;
            let mut training = RuledPopulation::new(student, teacher, scratch, rules, &mut kept, &mut memory)?;
            record(&mut training, job, teacher, &descent, (bar, interrupt))
        }
        Mode::Online => {
            let source = Source {
                stream: stream.unwrap_or(SampleStream::new(settings.seed)),
                input: settings.input.0.cast(),
                noise: LabelNoise {
                    mean: T::from_f64(settings.noise_mean),
                    standard_deviation: T::from_f64(settings.noise),
                },
                batch: settings.batch,
            };
            if let Some(activation) = own {
                let (mut scratch, mut batch_loss) = (zeros(sample_scratch_wide_len(shape))?, BatchLoss::ZERO);
                let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
                let samples = Samples::new(student, activation, scratch)?;
                let (mut answered, stream) = (Answered::new(teacher, source)?, Cell::new(source.stream));
                let training = PairTraining::new(samples, |samples| answered.fill(samples, &stream));
                let mut training = Imitation::new((training, &stream), teacher, activation, in_distribution(job))?;
                return record(&mut training, job, teacher, &descent, (bar, interrupt));
            }
            let scratch_len = online_scratch_parallel_len(shape, settings.batch, executor.size());
            let (mut scratch, mut batch_loss) = (zeros(scratch_len)?, BatchLoss::ZERO);
            let scratch = OnlineScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
            let mut online = Online::with_executor(student, teacher, source, scratch, executor)?;
            if settings.rules.plain() {
                return record(&mut online, job, teacher, &descent, (bar, interrupt));
            }
            let rule = RuleState::new(shape, rules.attention, &mut kept)?.with_value_rule(rules.value);
            let mut training = RuledOnline::new(online, rule)?;
            record(&mut training, job, teacher, &descent, (bar, interrupt))
        }
    }
}

/// What the loss of a student is measured on where no closed form is known.
fn in_distribution<T: Scalar>(job: &Job) -> TestSet<T> {
    let seed = job.settings.seed ^ 0x7E57_7E57;
    TestSet { input: InputName::GAUSSIAN.0.cast(), seed, samples: test_samples(job.task.shape), noise_mean: T::ZERO }
}

/// Runs a training to its end and records what it does on the way.
fn record<'a, T: Scalar>(
    training: &mut (dyn Learning<T> + 'a),
    job: &Job,
    teacher: TeacherView<'_, T>,
    descent: &Descent<T>,
    (bar, interrupt): (&ProgressBar, &Interrupt),
) -> Result<RunRecord, Ended> {
    let Job { task, settings, checkpoint, .. } = job;
    let shape = task.shape;
    let mut row = zeros(shape.tokens())?;
    let mut scratch = zeros(test_scratch_wide_len(shape))?;
    let own = settings.student_activation.map(|own| Activation::<f64>::from(own).cast());
    // The test inputs are common to the whole run, so that the curve shows the student and not the sampling.
    let test = TestSet {
        input: settings.test_input.0.cast(),
        seed: settings.seed ^ 0x7E57,
        samples: test_samples(shape),
        noise_mean: T::from_f64(TEST_NOISE_MEAN),
    };
    let mut attention = zeros(shape.mixing_len())?;
    let labelled = settings.flips.and_then(|flips| Some((flips, task.token()?)));
    let becomes = if labelled.is_some() { settings.flips == Some(0.0) } else { own.is_none() && attainable(teacher) };
    let loss_name = if becomes { "excess loss" } else { "loss" };
    let mut look = |training: &mut (dyn Learning<T> + 'a)| -> Result<Option<CurvePoint>, Ended> {
        let step = training.student().steps();
        let excess_loss = training.measure().excess_loss.to_f64();
        let student = training.student();
        let recovered = recovery(student, teacher, &mut row)?;
        let (excess, first_order) = match labelled {
            Some((_, token)) => (label::mean_loss(student, (teacher, token), &test, &mut scratch)?, None),
            None => {
                let (excess, first_order) = tested(student, teacher, own, &test, &mut scratch)?;
                (excess, Some(first_order))
            }
        };
        student.attention(&mut attention)?;
        bar.set_position(step);
        bar.set_message(format!("{loss_name} {excess_loss:.2e}"));
        Ok(Some(CurvePoint {
            step,
            excess_loss,
            ood_excess: Some(excess),
            ood_first_order: first_order,
            value_cosine_min: recovered.value_cosine_min.map(T::to_f64),
            // W grows for ever along a direction that decides labels.
            value_error: if labelled.is_some() { None } else { relative_error(student.value(), teacher.value()) },
            attention_error: relative_error(&attention, teacher.mixing()),
            digest: digest(student),
        }))
    };
    // Of a run that goes on, too.
    let earlier = checkpoint.as_ref().and_then(|kept| kept.earlier()?.curve.first());
    let first = match (settings.goals, earlier) {
        (None, _) => 0.0,
        (_, Some(point)) => point.excess_loss,
        (_, None) => training.measure().excess_loss.to_f64(),
    };
    let rest = Rest::new(checkpoint.as_ref().and_then(Kept::earlier).is_some_and(|earlier| earlier.at_rest));
    let goal = |steps, training: &mut (dyn Learning<T> + 'a)| {
        let goals = settings.goals?;
        goals.reached(first, steps, || training.measure()).or_else(|| {
            let student = training.student();
            let parts = [student.value(), student.value_carry(), student.logits(), student.logits_carry()];
            goals.at_rest(&rest, steps, || bits_of(parts.into_iter().chain([training.kept()])))
        })
    };
    let watch = |steps, _| {
        at(bar, steps);
        if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let saved = |training: &(dyn Learning<T> + 'a)| {
        let (rule, kept) = (settings.rules.cast::<T>().attention.kind(), training.kept());
        let (student, context) = (training.student(), Context { stream: training.stream(), activation: None });
        snapshot(ruled_snapshot_len::<T>(shape, rule), |bytes| save_ruled(student, &context, (rule, kept), bytes))
    };
    let way =
        Way { steps: settings.steps, descent, kept: checkpoint.as_ref(), aside: None, has_kept: None, watch: &watch };
    let Arrived { seconds, curve, ending } = way.follow(training, &goal, &mut look, &saved)?;
    let mut attention = zeros(shape.mixing_len())?;
    training.student().attention(&mut attention)?;

    let student = training.student();
    let recovered = recovery(student, teacher, &mut row)?;
    let steps = student.steps();
    let slope_over = |decades: f64, y: fn(&CurvePoint) -> Option<f64>| {
        let from = steps as f64 / Scalar::exp(decades * std::f64::consts::LN_10);
        let late = curve.iter().filter(move |point| point.step as f64 >= from);
        log_log_slope(late.filter_map(move |point| Some((point.step as f64, y(point)?))))
    };
    let excess_loss = curve.last().map(|point| point.excess_loss);
    // The law is one of standard Gaussian inputs, plain descent and the teacher's activation, for rows of any sum: W takes the factor. By the
    // exact gradient it is that of a student without an activation, too, of its loss above the least: a linear teacher's gradient.
    let lawful = |&group: &usize| {
        group < shape.tokens()
            && settings.input == InputName::GAUSSIAN
            && settings.noise_mean == 0.0
            && (own.is_none() || settings.mode == Mode::Population)
            && labelled.is_none()
    };
    let group = group(&task.mixing, shape.tokens()).filter(lawful);
    let law = group.filter(|_| settings.rules.plain()).map(|group| Law {
        group,
        outputs: shape.outputs(),
        tokens: shape.tokens(),
        attention_rate: settings.attention_rate,
    });
    let best = match own {
        None if labelled.is_some() => label::best_loss(settings.flips.unwrap_or(0.0)),
        None => best_loss(teacher),
        Some(_) if settings.mode == Mode::Population => Linear::new(teacher)?.least(teacher)?,
        Some(own) => imitation::best_loss(teacher, own, &in_distribution(job))?,
    };
    let known = Circumstances {
        // What is judged is the loss, of which the law is one only where that is all excess.
        law: law.filter(|_| own.is_none()),
        best_loss: best,
        // Nothing is learned of filters that nobody sees.
        row_sum: row_sum(teacher).filter(|&sum| sum != 0.0 && own.is_none() && labelled.is_none()),
        sampled: settings.mode == Mode::Online,
        noisy: settings.noise > 0.0 || settings.noise_mean != 0.0,
        epsilon: T::EPSILON.to_f64(),
    };
    let losses: Vec<_> = curve.iter().map(|point| (point.step, point.excess_loss)).collect();
    let judgement = judge(losses.iter().copied(), &known);
    let line = group.filter(|_| own.is_none()).and_then(|group| match settings.mode {
        Mode::Population => settings.rules.line(group, shape.tokens()),
        Mode::Online => settings.rules.line_from_samples(known.noisy),
    });
    // Two points lie on every line.
    let line_ratio =
        line.filter(|_| steps >= 5).and_then(|line| line.ratio(&losses, resolution(known.epsilon, known.row_sum)));
    // Close to the end W moves along a curvature of q J / K.
    let curvature =
        teacher.activation().second_moment().to_f64() * shape.outputs() as f64 / smallest_group(task) as f64;
    let slope = slope_over(0.5, |point| Some(point.excess_loss));
    let found = Seen {
        line_ratio,
        lined: line.is_some(),
        rises: slope.is_some_and(|slope| slope > 0.25),
        white: settings.mode == Mode::Population || settings.input.0.is_white(),
        steep: settings.rate * curvature >= 2.0,
        losses: [curve.first().map_or(f64::NAN, |point| point.excess_loss), excess_loss.unwrap_or(f64::NAN)],
        noise_mean: settings.noise_mean != 0.0,
        even: task.mixing.chunks(shape.tokens()).all(|row| crate::matrices::group(row, shape.tokens()).is_some()),
    };
    let law_ratio = match labelled {
        Some((flips, _)) => label::law(shape, settings.rate, flips, steps).and_then(|law| Some(excess_loss? / law)),
        None => law.and_then(|law| {
            let least = if own.is_some() { best? } else { 0.0 };
            Some((excess_loss? - least) / law.excess(steps))
        }),
    };
    let (verdict, reason) = match labelled {
        Some((flips, _)) => {
            let judged = label::judge(judgement, flips, slope, law_ratio);
            (Some(judged.verdict), judged.reason)
        }
        None => step_rules::judge(settings.rules, judgement, &found, &known),
    };
    let kind = Kind::position(settings.rules, Some(settings.input), Some(settings.test_input))
        .coded(if settings.orthonormal { "orthonormal" } else { "identity" });
    let codes = settings.orthonormal.then(|| orthonormal_codes::<T>(shape.tokens(), settings.seed)).transpose()?;
    Ok(RunRecord {
        summary: Summary {
            provenance: Provenance::now(),
            task: task.name.clone(),
            scalar: if T::BITS == 32 { "f32" } else { "f64" },
            mode: match settings.mode {
                Mode::Population => "population",
                Mode::Online => "online",
            },
            activation: task.activation,
            student_activation: settings.student_activation,
            filters: shape.filters(),
            features: shape.features(),
            tokens: shape.tokens(),
            outputs: shape.outputs(),
            group: task.group,
            rate: settings.rate,
            attention_rate: settings.attention_rate,
            steps,
            seed: settings.seed,
            excess_loss_start: curve.first().map(|point| point.excess_loss),
            excess_loss,
            slope,
            law_ratio,
            line_ratio,
            verdict: verdict.map(Verdict::name),
            reason: Some(stopped(reason, ending)),
            failed: verdict.is_some_and(Verdict::failed),
            steps_needed: judgement.steps_needed,
            best_loss: known.best_loss,
            value_cosine_min: recovered.value_cosine_min.map(T::to_f64),
            attention_error_max: Some(recovered.attention_error_max.to_f64()),
            ood_slope: slope_over(1.0, |point| point.ood_excess),
            seconds,
            digest: format!("{:016x}", digest(student)),
            teacher_value: rows(teacher.value(), shape.features())?,
        },
        kind: if labelled.is_some() { kind.of_labels() } else { kind },
        batch: (settings.mode == Mode::Online).then_some(settings.batch),
        noise: (settings.mode == Mode::Online).then_some(settings.noise),
        noise_mean: (settings.mode == Mode::Online).then_some(settings.noise_mean),
        flips: labelled.map(|(flips, _)| flips),
        teacher_token: labelled.map(|(_, token)| token),
        chosen: task.chosen.clone(),
        stop: StopRecord::new(settings.goals.as_ref(), ending),
        ood_first_order_slope: slope_over(1.0, |point| point.ood_first_order),
        value: rows(student.value(), shape.features())?,
        attention: rows(&attention, shape.tokens())?,
        logits: rows(student.logits(), shape.tokens())?,
        w_kq: w_kq(student.logits(), shape.tokens(), codes.as_deref())?,
        codes: codes.map(|codes| rows(&codes, shape.tokens())).transpose()?,
        teacher_mixing: rows(teacher.mixing(), shape.tokens())?,
        curve,
    })
}
