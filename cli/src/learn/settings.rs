//! Settings of a run: what the options say, defaults for the rest, and what is refused.

use tutee::Scalar;
use tutee::gradient::ruled::length_limit;
use tutee::recovery::least_loss::attainable;
use tutee::step::{Descent, Rule, ValueRule};
use tutee::teacher::TeacherView;

use crate::args::{LearnArgs, Mode, Precision};
use crate::checkpoint::Named;
use crate::failure::Failure;
use crate::input::InputName;
use crate::layer::options::{Encoding, name};
use crate::matrices::group;
use crate::record::ActivationRecord;
use crate::step_rules::{RuleName, StepRules, ValueRuleName};
use crate::task::Task;
use crate::text::{LONGEST_NAME, shown, told};
use crate::watch::Goals;

/// Steps of a run unless the command line says otherwise.
const POPULATION_STEPS: u64 = 1_000_000;
const ONLINE_STEPS: u64 = 20_000;
const FASTER_STEPS: u64 = 100_000;
const GEOMETRIC_STEPS: u64 = 1_000;
/// Samples a step in online mode, likewise.
pub const BATCH: u32 = 64;

/// Length of a normalised step where no limit is known.
const LENGTH: f64 = 0.1;

/// Everything that a run needs beside its teacher.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) mode: Mode,
    pub(super) precision: Precision,
    pub(super) steps: u64,
    pub(super) rate: f64,
    pub(super) attention_rate: f64,
    pub(super) batch: u32,
    pub(super) seed: u64,
    pub(super) noise: f64,
    pub(super) noise_mean: f64,
    pub(super) input: InputName,
    pub(super) test_input: InputName,
    pub(super) rules: StepRules,
    /// What ends the run before its last step, which changes no bit before.
    pub(super) goals: Option<Goals>,
    /// None of a student with the teacher's.
    pub(super) student_activation: Option<ActivationRecord>,
    /// How likely a label is flipped; none where answers are no labels.
    pub(super) flips: Option<f64>,
    /// Whether the position codes that W_KQ is said for are drawn, orthonormal, and not unit vectors: no step depends on it.
    pub(super) orthonormal: bool,
}

impl Settings {
    /// Of a task, whose answers may be labels.
    pub(super) fn new(args: &LearnArgs, task: &Task, labels: bool) -> Result<Self, Failure> {
        // K of an irregular teacher varies; the smallest group is the safe choice.
        let default = smallest_group(task) as f64 / task.shape.outputs() as f64;
        let flips = labels.then(|| args.student.flips.unwrap_or(0.0));
        let rate = args.rate.unwrap_or_else(|| match flips {
            // A filter that does not grow for ever stays where the loss bends: by D^2 / 4 at most.
            Some(flips) if flips > 0.0 => default.smaller(4.0 * default * default),
            _ => default,
        });
        let settings = Self {
            mode: args.mode,
            precision: args.scalar,
            steps: args.steps.unwrap_or(match (args.mode, args.rules.rule) {
                (Mode::Online, _) => ONLINE_STEPS,
                (Mode::Population, RuleName::Gd) => POPULATION_STEPS,
                (Mode::Population, RuleName::Mirror | RuleName::Adam) => FASTER_STEPS,
                (Mode::Population, RuleName::Normalised | RuleName::Polyak) => GEOMETRIC_STEPS,
            }),
            rate,
            attention_rate: args.attention_rate.unwrap_or_else(|| match args.rate {
                // The law is that of W alone: attention has to come sooner.
                None if labels => rate * (task.shape.tokens() * task.shape.tokens()) as f64,
                _ => attention_rate(args, task, rate),
            }),
            batch: batch(args),
            seed: args.seed,
            noise: args.noise.unwrap_or(0.0),
            noise_mean: args.noise_mean.unwrap_or(0.0),
            input: args.input.unwrap_or(InputName::GAUSSIAN),
            test_input: args.test_input,
            rules: step_rules(args, task, rate)?,
            goals: args.stop.goals(args.mode)?,
            student_activation: own_activation(args, task),
            flips,
            orthonormal: args.student.encoding == Some(Encoding::Orthonormal),
        };
        settings.check_labels(task)?;
        settings.check_activation(task)?;
        settings.check_in_its_type(task)?;
        Ok(settings)
    }

    /// Each with its option, but for the number of steps, which changes no bit before, and for the codes, which change none.
    pub(super) fn named(&self) -> Named {
        let Self { mode, precision, steps: _, rate, attention_rate, batch, seed, noise, noise_mean, input, .. } = *self;
        let Self { test_input, rules, goals, student_activation, flips, .. } = *self;
        let StepRules { rule, value_rule, theta } = rules;
        let mut named = vec![
            ("--mode", name(mode)),
            ("--scalar", name(precision)),
            ("--rate", format!("{rate:?}")),
            ("--attention-rate", format!("{attention_rate:?}")),
            ("--batch", batch.to_string()),
            ("--seed", seed.to_string()),
            ("--noise", format!("{noise:?}")),
            ("--noise-mean", format!("{noise_mean:?}")),
            ("--input", input.to_string()),
            ("--test-input", test_input.to_string()),
            ("--rule", rule.name().to_owned()),
            ("--value-rule", value_rule.name().to_owned()),
            ("--theta", told(theta)),
            ("--student-activation", student_activation.map_or_else(|| "none".to_owned(), |own| own.to_string())),
            ("--flips", told(flips)),
        ];
        named.extend(Goals::named(goals.as_ref()));
        named
    }

    pub(super) fn check_in_its_type(&self, task: &Task) -> Result<(), Failure> {
        match self.precision {
            Precision::F32 => self.check::<f32>(task),
            Precision::F64 => self.check::<f64>(task),
        }
    }

    /// Refuses numbers that are no legal settings in the number type of the run.
    pub(super) fn check<T: Scalar>(&self, task: &Task) -> Result<(), Failure> {
        task.check_range::<T>()?;
        check_numbers::<T>(self.rate, self.attention_rate, (self.noise, self.noise_mean))?;
        self.check_rules::<T>(task)
    }

    /// Refuses what is not known of labels.
    pub(super) fn check_labels(&self, task: &Task) -> Result<(), Failure> {
        let Some(flips) = self.flips else { return Ok(()) };
        let name = shown(&task.name, LONGEST_NAME);
        let refuse = |told: &str| Err(Failure::usage(format!("{name}: {told}")));
        if self.mode == Mode::Online {
            return refuse(
                "--mode online: attention on positions alone learns labels by the exact gradient; expected --mode population, or --student \
                 layer with it",
            );
        }
        if !self.rules.plain() {
            return refuse(
                "--rule: labels are learned by gradient descent alone; expected neither --rule nor --value-rule",
            );
        }
        if self.student_activation.is_some() {
            return refuse("--student-activation: labels are of the sum of all outputs; expected none");
        }
        if task.token().is_none() || task.shape.filters() != 1 {
            return refuse(
                "teacher_mixing: a label is of one filter and one token; expected rows with one weight, which is 1",
            );
        }
        if !(0.0..=1.0).contains(&flips) {
            return refuse(&format!("flips: {flips:?}; expected a number from 0 to 1"));
        }
        Ok(())
    }

    /// Refuses what is not known of a student with an activation of its own. Without one its gradient over all inputs is that of a linear
    /// teacher.
    pub(super) fn check_activation(&self, task: &Task) -> Result<(), Failure> {
        let Some(own) = self.student_activation else { return Ok(()) };
        let name = shown(&task.name, LONGEST_NAME);
        let refuse = |why: &str| Err(Failure::usage(format!("{name}: --student-activation: {why}")));
        if self.mode == Mode::Population && own != ActivationRecord::Identity {
            let without =
                if self.goals.is_some_and(|goals| goals.unchanged) { ", and no --stop-unchanged" } else { "" };
            return refuse(&format!(
                "the gradient over all inputs is known of a student with the teacher's activation or with none; expected --mode online with it\
                 {without}"
            ));
        }
        if !self.rules.plain() {
            return refuse(
                "a student with an activation of its own moves by gradient descent; expected neither --rule nor --value-rule",
            );
        }
        if self.mode == Mode::Online && self.goals.is_some_and(|goals| goals.gradient.is_some()) {
            return refuse("its gradient over all inputs is not known; expected no --stop-gradient");
        }
        Ok(())
    }

    /// Refuses a step rule that the core refuses, or would refuse at the first step.
    pub(super) fn check_rules<T: Scalar>(&self, task: &Task) -> Result<(), Failure> {
        let name = shown(&task.name, LONGEST_NAME);
        let told = |message: String| Err(Failure::usage(format!("{name}: {message}")));
        let rules = self.rules.cast::<T>();
        if let Err(error) = rules.attention.check() {
            return told(format!("--theta {:?}: {error}", self.rules.theta.unwrap_or_default()));
        }
        let white = self.mode == Mode::Population || self.input.0.is_white();
        if rules.value == ValueRule::Projected && !white {
            return told(format!(
                "--value-rule projected: takes inputs of mean zero, without correlation; expected another --input than {}, or \
                 --value-rule gd",
                self.input
            ));
        }
        let owned = task.teacher::<T>().map_err(|_| Failure::check(format!("{name}: the system gave no memory")))?;
        let teacher = owned.view().map_err(|error| Failure::usage(format!("{name}: {error}")))?;
        match rules.attention {
            Rule::Polyak { .. } if !attainable(teacher) => told(
                "--rule polyak: needs the least loss, which is known of teachers whose weights have one sign and whose rows have one sum; expected \
                 another rule"
                    .to_owned(),
            ),
            Rule::Normalised { length } if rules.value == ValueRule::GradientDescent => {
                match length_limit(teacher, T::from_f64(self.rate)) {
                    Some(limit) if length > limit => told(format!(
                        "--theta {:?}: longer than a normalised step under which the values follow at --rate {:?}; expected at most \
                         {:?}",
                        length.to_f64(),
                        self.rate,
                        limit.to_f64()
                    )),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    pub(super) fn descent<T: Scalar>(&self, teacher: TeacherView<'_, T>) -> Descent<T> {
        // Far beyond any overshoot of a run that converges, whatever the scale of the teacher's filters.
        let norm = Scalar::sqrt(teacher.value().iter().map(|v| v.to_f64() * v.to_f64()).sum::<f64>());
        Descent {
            value_limit: T::from_f64(1e6 * norm.larger(1.0)),
            ..Descent::new(T::from_f64(self.rate)).with_attention_rate(T::from_f64(self.attention_rate))
        }
    }
}

/// Refuses rates, and a deviation and a mean of noise, that are none in the number type of the run.
///
/// # Errors
/// One line that names the option and what was expected.
pub fn check_numbers<T: Scalar>(
    rate: f64,
    attention_rate: f64,
    (noise, noise_mean): (f64, f64),
) -> Result<(), Failure> {
    let in_type = |value: f64| T::from_f64(value);
    for (option, value) in [("--rate", rate), ("--attention-rate", attention_rate)] {
        if !(in_type(value) > T::ZERO && in_type(value).is_finite()) {
            return Err(Failure::usage(format!("{option}: {value:?}; expected a positive number in f{}", T::BITS)));
        }
    }
    if !(noise >= 0.0 && in_type(noise).is_finite()) {
        return Err(Failure::usage(format!("--noise: {noise:?}; expected a number from 0 in f{}", T::BITS)));
    }
    if !in_type(noise_mean).is_finite() {
        return Err(Failure::usage(format!("--noise-mean: {noise_mean:?}; expected a finite number in f{}", T::BITS)));
    }
    Ok(())
}

/// How many tokens the output that has fewest has.
pub(super) fn smallest_group(task: &Task) -> usize {
    let rows = task.mixing.chunks(task.shape.tokens());
    rows.map(|row| row.iter().filter(|&&s| s != 0.0).count()).min().unwrap_or(1).max(1)
}

/// The rules with the theta that they take: as given, or by default one under which the values can follow a normalised step, and 1 of
/// Polyak's.
///
/// # Errors
/// One line where there is no memory for a teacher.
pub fn step_rules(args: &LearnArgs, task: &Task, rate: f64) -> Result<StepRules, Failure> {
    let (rule, value_rule) = (args.rules.rule, args.rules.value_rule);
    let theta = match (rule, args.rules.theta) {
        (RuleName::Gd | RuleName::Mirror | RuleName::Adam, _) => None,
        (_, Some(theta)) => Some(theta),
        (RuleName::Polyak, None) => Some(1.0),
        (RuleName::Normalised, None) => {
            let name = shown(&task.name, LONGEST_NAME);
            let owned =
                task.teacher::<f64>().map_err(|_| Failure::check(format!("{name}: the system gave no memory")))?;
            let teacher = owned.view().map_err(|error| Failure::usage(format!("{name}: {error}")))?;
            let limit = length_limit(teacher, rate).filter(|_| value_rule == ValueRuleName::Gd);
            Some(limit.map_or(LENGTH, |limit| 0.5 * limit))
        }
    };
    Ok(StepRules { rule, value_rule, theta })
}

/// The rate of the attention unless told otherwise: that of the values, but where neither is given a rate that fits the size. At that of
/// the values the plateau of the exact gradient takes steps that grow as `D^2.5` with D tokens, and beyond 16 the default's steps would end
/// on it; from 512 tokens on, in groups of half of them, that would not be stable, hence no more than for 384. Mirror steps are on their line in time at 2 D, where all rows weigh as many
/// tokens alike; where weights differ they oscillate at such rates. Both are for filters with a square of four together, rows of sum 1
/// included: the curvature that the attention sees grows with the square of their product.
fn attention_rate(args: &LearnArgs, task: &Task, rate: f64) -> f64 {
    if args.rate.is_some() || args.mode != Mode::Population {
        return rate;
    }
    let tokens = task.shape.tokens();
    let sums = task.mixing.chunks(tokens).map(|row| row.iter().map(|s| s.abs()).sum::<f64>());
    let sum = sums.fold(0.0, Scalar::larger);
    let squared: f64 = task.value.iter().map(|v| v * v).sum();
    let share = (4.0 / (squared * sum * sum)).smaller(1.0);
    let wider = (tokens as f64 / 16.0).larger(1.0).smaller(24.0);
    let fitting = match args.rules.rule {
        RuleName::Mirror if group(&task.mixing, tokens).is_some() => 2.0 * tokens as f64 * share,
        RuleName::Gd => rate * wider * wider * wider.sqrt() * share,
        _ => rate,
    };
    fitting.larger(rate)
}

/// The activation of a student that has another one than its teacher.
pub fn own_activation(args: &LearnArgs, task: &Task) -> Option<ActivationRecord> {
    // A leaky ReLU of slope 1 is none, to the last bit, and one of slope 0 a ReLU.
    let plain = |activation| match activation {
        ActivationRecord::LeakyRelu(1.0) => ActivationRecord::Identity,
        ActivationRecord::LeakyRelu(0.0) => ActivationRecord::Relu,
        other => other,
    };
    args.student_activation.map(|name| plain(name.0.into())).filter(|&own| own != plain(task.activation))
}

pub(super) fn batch(args: &LearnArgs) -> u32 {
    args.batch.unwrap_or(BATCH)
}

/// Refuses options of samples beside the exact gradient.
///
/// # Errors
/// One line that names the option and what was expected.
pub fn refuse_samples(args: &LearnArgs) -> Result<(), Failure> {
    let online = [
        ("--batch", args.batch.is_some()),
        ("--noise", args.noise.is_some()),
        ("--noise-mean", args.noise_mean.is_some()),
        ("--input", args.input.is_some()),
    ];
    for (option, given) in online {
        if given {
            let why = "the exact gradient of --mode population is that of all Gaussian inputs, and has no samples; expected \
                       --mode online with it";
            return Err(Failure::usage(format!("{option}: {why}{}", args.stop.without())));
        }
    }
    Ok(())
}
