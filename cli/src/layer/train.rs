//! One training run of a layer, watched and recorded.

use std::cell::RefCell;
use std::ops::ControlFlow;

use indicatif::ProgressBar;
use tutee::activation::Activation;
use tutee::digest::layer_digest;
use tutee::gradient::layer::{DrawnQuery, LayerOnline, LayerSource, layer_drawn_len};
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::layer::{Codes, LayerInput, LayerSettings, LayerView, Parameter, Queries, Trained};
use tutee::recovery::verdict::{Circumstances, Judgement, Law, judge};
use tutee::recovery::{cosine, log_log_slope};
use tutee::snapshot::{LayerContext, layer_snapshot_len, save_layer};
use tutee::step::Descent;
use tutee::teacher::labels::Labels;
use tutee::teacher::per_sample::{GroupSign, LearnedWeights, Map, Selection, SelfAttention, TopK};
use tutee::training::Measure;
use tutee::{Error, Scalar};

use super::job::{Choice, Job};
use super::model::{Model, start_codes};
use super::options::{AttentionName, Block, Encoding, LossName, StartName, name};
use super::record::{LayerPoint, LayerRecord};
use super::shares::{beside_map, beside_weights, moved_codes, shares};
use super::training::{ExactMemory, ExactTraining, LayerTraining};
use crate::args::Mode;
use crate::checkpoint::{Arrived, Kept, Way, snapshot};
use crate::failure::Ended;
use crate::interrupt::Interrupt;
use crate::logistic;
use crate::matrices::{relative_error, rows};
use crate::memory::{collected, zeros};
use crate::progress::at;
use crate::record::{Provenance, StopRecord, Summary, stopped};
use crate::watch::{Rest, bits_of};

/// Samples of a test.
const TEST_SAMPLES: u32 = 500;

/// Trains one layer on one teacher.
///
/// # Errors
/// What the core refuses, an interruption, or a lack of memory.
pub fn train<T: Scalar>(job: &Job, bar: &ProgressBar, interrupt: &Interrupt) -> Result<LayerRecord, Ended> {
    let cast = |numbers: &[f64]| collected(numbers.iter().map(|&x| T::from_f64(x)), numbers.len());
    let (shape, activation) = (job.task.shape, Activation::from(job.task.activation).cast());
    let value = cast(&job.task.value)?;
    let told = (bar, interrupt);
    match &job.choice {
        Choice::Fixed => run(job, job.task.teacher::<T>()?.view()?, &value, told),
        Choice::Selection { .. } => run(job, Selection::new(shape, activation, &value)?, &value, told),
        Choice::TopK { direction, count } => {
            run(job, TopK::new(shape, activation, &value, &cast(direction)?, *count)?, &value, told)
        }
        Choice::LearnedWeights { direction, temperature } => {
            let temperature = T::from_f64(*temperature);
            run(job, LearnedWeights::new(shape, activation, &value, &cast(direction)?, temperature)?, &value, told)
        }
        Choice::SelfAttention(looks) => {
            let (rows, fixed, share) = (cast(&looks.map)?, cast(&job.task.mixing)?, T::from_f64(looks.share));
            let map = Map { rows: &rows, scale: T::from_f64(looks.scale) };
            run(job, SelfAttention::new(shape, activation, &value, map, (&fixed, share))?, &value, told)
        }
        Choice::Label { token } => run(job, GroupSign::new(shape, &value, *token)?, &value, told),
    }
}

/// Mean loss of a layer over samples of an input, always the same, so that a curve shows the layer and not the sampling; with its mean attention
/// there, where there is a place for it.
type MeanLoss<'a, T> = dyn Fn(LayerView<'_, T>, Input<f64>, Option<&mut [T]>) -> Result<f64, Ended> + 'a;

/// Trains from the start, or from a checkpoint, on what one kind of teacher answers.
fn run<T: Scalar, L: Labels<T> + Copy>(
    job: &Job,
    labels: L,
    teacher_value: &[T],
    told: (&ProgressBar, &Interrupt),
) -> Result<LayerRecord, Ended>
where
    L::Query: DrawnQuery,
{
    let Job { task, choice, shape, settings, checkpoint } = job;
    let shape = *shape;
    let model = || Model::<T>::new(shape, &settings.design, job.activation(), settings.seed);
    let (mut model, mut measured) = (model()?, model()?);
    let set = if let Choice::Selection { size } = choice { size * task.shape.outputs() } else { 0 };
    let earlier = checkpoint.as_ref().and_then(Kept::earlier);
    let stream = earlier.map(|earlier| model.load(&earlier.snapshot)).transpose()?.flatten();
    let stream = stream.unwrap_or(SampleStream::new(settings.seed));
    let layer_settings = model.settings;
    let source = |stream: SampleStream, input: Input<f64>, (mean, noise, flips): (f64, f64, f64)| LayerSource {
        stream,
        input: input.cast(),
        noise: LabelNoise { mean: T::from_f64(mean), standard_deviation: T::from_f64(noise) },
        flips: T::from_f64(flips),
        batch: settings.batch,
    };
    let test_seed = settings.seed ^ 0x7E57;
    let test_stream = SampleStream::new(test_seed);
    let tests = RefCell::new((&mut measured, zeros(layer_drawn_len(shape))?, vec![0_u32; set]));
    let mean_loss = |layer: LayerView<'_, T>, input: Input<f64>, attention: Option<&mut [T]>| -> Result<f64, Ended> {
        let (measured, memory, sets) = &mut *tests.borrow_mut();
        let source = source(test_stream, input, (0.0, 0.0, 0.0));
        let mut test = LayerOnline::new(measured.copy_of(layer)?, labels, source, memory, sets)?;
        let Some(attention) = attention else {
            return Ok(test.mean_loss(test_stream, TEST_SAMPLES)?.to_f64());
        };
        attention.fill(T::ZERO);
        let mut sum = 0.0;
        for i in 0..TEST_SAMPLES {
            sum += test.mean_loss(SampleStream::at(test_seed, u64::from(i)), 1)?.to_f64();
            for (mean, &s) in attention.iter_mut().zip(test.samples().attention()) {
                *mean += s / T::from_u32(TEST_SAMPLES);
            }
        }
        Ok(sum / f64::from(TEST_SAMPLES))
    };
    let (mut exact, mut exact_memory, mut online, mut memory, mut sets);
    let training: &mut dyn LayerTraining<T> = match (settings.mode, choice) {
        (Mode::Population, Choice::Selection { size }) => {
            exact_memory = ExactMemory::new(shape, *size)?;
            exact = ExactTraining::new(&mut model, teacher_value, (stream, test_stream), &mut exact_memory)?;
            &mut exact
        }
        _ => {
            let drawn = source(stream, settings.input.0, (settings.noise_mean, settings.noise, settings.flips));
            (memory, sets) = (zeros(layer_drawn_len(shape))?, vec![0_u32; set]);
            online = LayerOnline::new(model.samples()?, labels, drawn, &mut memory, &mut sets)?;
            &mut online
        }
    };
    let run = record(training, &mean_loss, job, (teacher_value, layer_settings), told)?;
    Ok(LayerRecord { position_attention: position_attention(&mut measured, training.layer())?, ..run })
}

/// What the course of a loss means. The law of the late phase is that of the squared loss: a logistic one that falls is on its way.
pub fn of_loss(loss: LossName, judgement: Judgement) -> Judgement {
    match loss {
        LossName::Logistic => {
            let unknown = "the loss falls; what it should fall like is known of the squared loss alone";
            logistic::by_another_law(judgement, None, unknown)
        }
        LossName::Squared => judgement,
    }
}

/// Takes a training to its end and records what it does on the way; S on an input of zeros is left out.
fn record<'a, T: Scalar>(
    training: &mut (dyn LayerTraining<T> + 'a),
    mean_loss: &MeanLoss<'_, T>,
    job: &Job,
    (teacher_value, layer_settings): (&[T], LayerSettings<T>),
    (bar, interrupt): (&ProgressBar, &Interrupt),
) -> Result<LayerRecord, Ended> {
    let Job { task, choice, shape, settings, checkpoint } = job;
    let (shape, sizes) = (*shape, task.shape);
    let design = &settings.design;
    let earlier = checkpoint.as_ref().and_then(Kept::earlier);
    let norm = Scalar::sqrt(task.value.iter().map(|v| v * v).sum::<f64>());
    let descent = Descent {
        // Far beyond any overshoot of a run that converges, whatever the scale of the teacher's filters.
        value_limit: T::from_f64(1e6 * norm.larger(1.0)),
        ..Descent::new(T::from_f64(settings.rate)).with_attention_rate(T::from_f64(settings.attention_rate))
    };
    let mut attention = zeros(sizes.mixing_len())?;
    let teacher_mixing = collected(task.mixing.iter().map(|&s| T::from_f64(s)), task.mixing.len())?;
    let token = shape.token_width();
    let mut content = zeros(sizes.value_len())?;
    let mut look = |training: &mut (dyn LayerTraining<T> + 'a)| -> Result<Option<LayerPoint>, Ended> {
        let step = training.steps();
        let known = training.excess_loss()?;
        let layer = training.layer();
        let sampled = mean_loss(layer, settings.input.0, Some(&mut attention))?;
        let excess_loss = known.unwrap_or(sampled);
        let ood_excess = mean_loss(layer, settings.test_input.0, None)?;
        if !(excess_loss.is_finite() && ood_excess.is_finite()) {
            return Err(Error::Diverged.into());
        }
        for (row, w) in content.chunks_mut(sizes.features()).zip(layer.get(Parameter::Value).chunks(token)) {
            row.iter_mut().zip(w).for_each(|(to, &from)| *to = from);
        }
        let cosines = content.chunks(sizes.features()).zip(teacher_value.chunks(sizes.features()));
        let cosines = cosines.filter_map(|(w, v)| cosine(w, v)).map(T::to_f64);
        bar.set_position(step);
        bar.set_message(format!("test loss {excess_loss:.2e}"));
        Ok(Some(LayerPoint {
            step,
            excess_loss,
            ood_excess,
            value_cosine_min: cosines.reduce(Scalar::smaller),
            value_error: relative_error(&content, teacher_value),
            attention_error: if matches!(choice, Choice::Fixed) {
                relative_error(&attention, &teacher_mixing)
            } else {
                None
            },
            digest: layer_digest(layer),
        }))
    };
    let loss_of = |training: &mut (dyn LayerTraining<T> + 'a), attention: Option<&mut [T]>| -> Result<f64, Ended> {
        match training.excess_loss()? {
            Some(known) => Ok(known),
            None => mean_loss(training.layer(), settings.input.0, attention),
        }
    };
    let start = match checkpoint.as_ref().and_then(|kept| kept.earlier()?.curve.first()) {
        Some(point) => point.excess_loss,
        // To the bit what the first look finds: of samples that are taken one by one.
        None if settings.goals.is_some() => loss_of(training, Some(&mut zeros(sizes.mixing_len())?))?,
        None => 0.0,
    };
    let rest = Rest::new(earlier.is_some_and(|earlier| earlier.at_rest));
    let goal = |steps, training: &mut (dyn LayerTraining<T> + 'a)| {
        let goals = settings.goals?;
        let measure = || {
            // What is refused here is no number that is small enough, and a look or a step says so.
            let excess_loss = T::from_f64(loss_of(training, None).unwrap_or(f64::INFINITY));
            let norm = if goals.gradient.is_some() { training.gradient_norm().ok().flatten() } else { None };
            Measure { excess_loss, gradient_norm: T::from_f64(norm.unwrap_or(f64::INFINITY)) }
        };
        goals.reached(start, steps, measure).or_else(|| {
            let layer = training.layer();
            let parts = Parameter::ALL.into_iter().flat_map(|of| [layer.get(of), layer.carry(of)]);
            goals.at_rest(&rest, steps, || bits_of(parts))
        })
    };
    let watch = |steps, _| {
        at(bar, steps);
        if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let saved = |training: &(dyn LayerTraining<T> + 'a)| {
        let context = LayerContext { stream: training.stream(), settings: layer_settings };
        snapshot(layer_snapshot_len::<T>(shape), |bytes| save_layer(training.layer(), &context, bytes))
    };
    let way = Way {
        steps: settings.steps,
        descent: &descent,
        kept: checkpoint.as_ref(),
        aside: None,
        has_kept: None,
        watch: &watch,
    };
    let Arrived { seconds, curve, ending } = way.follow(training, &goal, &mut look, &saved)?;
    // What goes on from its end has the point in its curve, and nothing else of the look.
    look(training)?;
    let steps = training.steps();
    let layer = training.layer();
    let slope_over = |decades: f64, y: fn(&LayerPoint) -> f64| {
        let from = steps as f64 / Scalar::exp(decades * std::f64::consts::LN_10);
        let late = curve.iter().filter(move |point| point.step as f64 >= from);
        log_log_slope(late.map(move |point| (point.step as f64, y(point))))
    };
    let exact = settings.mode == Mode::Population;
    let law = if exact { selection_law(job) } else { None };
    let known = Circumstances {
        law,
        best_loss: None,
        row_sum: None,
        sampled: !exact,
        noisy: settings.noise > 0.0 || settings.noise_mean != 0.0,
        epsilon: T::EPSILON.to_f64(),
    };
    let slope = slope_over(0.5, |point| point.excess_loss);
    let judgement = of_loss(design.loss, judge(curve.iter().map(|point| (point.step, point.excess_loss)), &known));
    let judgement = match choice {
        Choice::Label { .. } => logistic::with_flips(judgement, settings.flips, true),
        _ => judgement,
    };
    let matrix = |parameter: Parameter| {
        shape.dimensions(parameter).map(|(_, cols)| rows(layer.get(parameter), cols)).transpose()
    };
    let fixed = matches!(choice, Choice::Fixed);
    let looks = if let Choice::SelfAttention(looks) = choice { Some(looks) } else { None };
    let errors = attention.iter().zip(&task.mixing).map(|(s, t)| (s.to_f64() - t).abs());
    let last = curve.last();
    Ok(LayerRecord {
        summary: Summary {
            provenance: Provenance::now(),
            task: task.name.clone(),
            scalar: if T::BITS == 32 { "f32" } else { "f64" },
            mode: if exact { "population" } else { "online" },
            activation: task.activation,
            student_activation: settings.student_activation,
            filters: sizes.filters(),
            features: sizes.features(),
            tokens: sizes.tokens(),
            outputs: sizes.outputs(),
            group: task.group,
            rate: settings.rate,
            attention_rate: settings.attention_rate,
            steps,
            seed: settings.seed,
            excess_loss_start: curve.first().map(|point| point.excess_loss),
            excess_loss: last.map(|point| point.excess_loss),
            slope,
            law_ratio: law.zip(last).map(|(law, point)| point.excess_loss / law.excess(steps)),
            line_ratio: None,
            verdict: Some(judgement.verdict.name()),
            reason: Some(stopped(judgement.reason, ending)),
            failed: judgement.verdict.failed(),
            steps_needed: None,
            best_loss: None,
            value_cosine_min: last.and_then(|point| point.value_cosine_min),
            attention_error_max: if fixed { errors.reduce(Scalar::larger) } else { None },
            ood_slope: slope_over(1.0, |point| point.ood_excess),
            seconds,
            digest: format!("{:016x}", layer_digest(layer)),
            teacher_value: rows(teacher_value, sizes.features())?,
        },
        student: "layer",
        embedding: name(design.embedding),
        encoding: design.encoding.map(name),
        code_width: design.encoding.map(|_| shape.code_width()),
        attention: name(if design.keys.is_some() { AttentionName::Separate } else { AttentionName::Merged }),
        keys: design.keys,
        scale: design.scale.to_string(),
        start: design.start.to_string(),
        queries: if shape.form().queries == Queries::Sets { "sets" } else { "tokens" },
        train: Block::list(design.trained),
        loss: name(design.loss),
        rule: "gd",
        value_rule: "gd",
        input: settings.input.to_string(),
        test_input: settings.test_input.to_string(),
        batch: settings.batch,
        noise: settings.noise,
        noise_mean: settings.noise_mean,
        flips: settings.flips,
        test_samples: TEST_SAMPLES,
        stop: StopRecord::new(settings.goals.as_ref(), ending),
        shares: shares(layer),
        value: rows(layer.get(Parameter::Value), token)?,
        w_kq: matrix(Parameter::KeyQuery)?,
        w_k: matrix(Parameter::Key)?,
        w_q: matrix(Parameter::Query)?,
        codes: matrix(Parameter::Codes)?,
        codes_recovery: moved_codes(layer, &start_codes(shape, design, settings.seed)?)?,
        key_query_recovery: match choice {
            Choice::SelfAttention(looks) => beside_map(layer, layer_settings.scale, looks)?,
            Choice::LearnedWeights { direction, temperature } => {
                beside_weights(layer, layer_settings.scale, direction, *temperature)?
            }
            _ => None,
        },
        position_attention: None,
        mean_attention: rows(&attention, sizes.tokens())?,
        teacher_mixing: fixed.then(|| rows(&task.mixing, sizes.tokens())).transpose()?,
        teacher_direction: match choice {
            Choice::TopK { direction, .. } | Choice::LearnedWeights { direction, .. } => Some(direction.clone()),
            _ => None,
        },
        teacher_temperature: match choice {
            Choice::LearnedWeights { temperature, .. } => Some(*temperature),
            _ => None,
        },
        teacher_map: looks.map(|looks| rows(&looks.map, sizes.features())).transpose()?,
        teacher_scale: looks.map(|looks| looks.scale),
        teacher_share: looks.map(|looks| looks.share),
        teacher_fixed: looks.map(|_| rows(&task.mixing, sizes.tokens())).transpose()?,
        teacher_token: if let Choice::Label { token } = choice { Some(*token) } else { None },
        curve,
    })
}

/// S on an input of zeros, where nothing else comes with a sample.
fn position_attention<T: Scalar>(
    measured: &mut Model<T>,
    layer: LayerView<'_, T>,
) -> Result<Option<Vec<Vec<f64>>>, Ended> {
    let (form, sizes) = (layer.shape().form(), layer.shape().shape());
    if form.queries != Queries::Tokens || matches!(form.codes, Codes::Fresh { .. }) {
        return Ok(None);
    }
    let (x, mut answer) = (zeros(sizes.input_len())?, zeros(sizes.output_len())?);
    let mut samples = measured.copy_of(layer)?;
    let answer = answer.get_mut(..samples.settings().targets_len(layer.shape())).unwrap_or_default();
    samples.predict(&LayerInput::of(&x), answer)?;
    rows(samples.attention(), sizes.tokens()).map(Some)
}

/// The law of exact selection, where it holds: from zero, on orthonormal codes, with both blocks.
fn selection_law(job: &Job) -> Option<Law> {
    let Job { task, choice, shape, settings, .. } = job;
    let Choice::Selection { size } = choice else { return None };
    let orthonormal = matches!(settings.design.encoding, Some(Encoding::Identity | Encoding::Orthonormal));
    let trained = settings.design.trained == Trained::POSITION_ONLY;
    let holds = orthonormal && trained && settings.design.start == StartName::Zero && *size < task.shape.tokens();
    let scale = settings.design.scale.0.number(*shape).ok().filter(|_| holds)?;
    Some(Law::selection(task.shape.tokens(), scale, settings.attention_rate))
}

/// Refuses a training that the core refuses.
///
/// # Errors
/// What the core refuses, or [`Ended::Memory`].
pub fn check_training<T: Scalar>(job: &Job, mut model: Model<T>) -> Result<(), Ended> {
    match (job.settings.mode, &job.choice) {
        (Mode::Population, Choice::Selection { size }) => {
            let value = collected(job.task.value.iter().map(|&x| T::from_f64(x)), job.task.value.len())?;
            let mut memory = ExactMemory::new(job.shape, *size)?;
            let streams = (SampleStream::new(0), SampleStream::new(0));
            ExactTraining::new(&mut model, &value, streams, &mut memory).map(drop)
        }
        _ => model.samples().map(drop),
    }
}
