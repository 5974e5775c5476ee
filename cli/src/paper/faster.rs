//! Beyond the paper: step rules that are faster than plain descent, with the lines along which they should fall, from 16 tokens on;
//! and what becomes of two of them beyond the limits of their steps.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tutee::Shape;
use tutee::digest::digest;
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::ruled::{RuledPopulation, length_limit, ruled_scratch_len};
use tutee::recovery::law;
use tutee::recovery::laws::mirror_law;
use tutee::recovery::verdict::{Circumstances, Law, Verdict, judge, resolution};
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::training::Measured;

use super::kept::{from_sizes, sizes};
use super::line::{slope, tail};
use super::record::{Check, Curve, Figure, Measured as Number, Plot};
use super::told::{Setting, of_run};
use crate::args::{LearnArgs, Mode};
use crate::atlas::number::short;
use crate::failure::{Ended, Failure};
use crate::interrupt::Interrupt;
use crate::learn::step_rules;
use crate::memory::zeros;
use crate::report::axes::MOST_DECADES;
use crate::step_rules::{self, Line, RuleName, Seen, StepRules};
use crate::task::{BuiltIn, Task};
use crate::watch::{Watched, follow};

/// K of all teachers.
const GROUP: usize = 4;
/// The part of the start up to which times are compared.
const NEAR: f64 = 1e-6;
/// The part of the start below which, at 16 tokens, a projected Polyak has to be.
const END: f64 = 1e-26;
/// Down to where double precision ends.
const DECADES: f64 = 34.0;
/// Normalised steps beyond their limit, in its units.
const BEYOND: [f64; 2] = [1.1, 2.0];

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Purpose {
    /// One rule beside the others.
    Beside,
    /// A normalised step of so many times its limit.
    Longer(f64),
    /// A projected Polyak whose theta lets rows run apart.
    Apart,
}

/// What is to be trained, checked.
#[derive(Debug)]
pub struct Course {
    words: String,
    task: Task,
    rules: StepRules,
    rate: f64,
    attention_rate: f64,
    seed: u64,
    steps: u64,
    purpose: Purpose,
}

/// A point of a curve.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Point {
    step: u64,
    excess: f64,
    /// Of the steps alone.
    seconds: f64,
}

/// A run at its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    rules: StepRules,
    purpose: Purpose,
    #[serde(serialize_with = "sizes", deserialize_with = "from_sizes")]
    shape: Shape,
    attention_rate: f64,
    /// `q |V*|^2`.
    power: f64,
    points: Vec<Point>,
    pub digest: u64,
}

const fn tokens(quick: bool) -> &'static [usize] {
    if quick { &[16, 64] } else { &[16, 64, 256] }
}

/// Theta with which outputs that share projected values stay together: at most 4 K / (D + K), and 1.
fn theta(tokens: usize) -> f64 {
    if 4 * GROUP >= tokens { 1.0 } else { (3 * GROUP) as f64 / tokens as f64 }
}

/// All rules at all sizes; the largest first, which take longest.
///
/// # Errors
/// None: the settings are constants.
pub fn courses(quick: bool) -> Result<Vec<Course>, Failure> {
    let mut courses = Vec::new();
    for &tokens in tokens(quick).iter().rev() {
        // Rates of the attention grow with D, of which a logit follows a D-th.
        let (eight, two, tenth) = (8 * tokens, 2 * tokens, tokens as f64 / 10.0);
        let [plain, mirror, normalised, polyak, adam] = match (quick, tokens) {
            (true, _) => [40_000, 10_000, 4_000, 600, 2_000],
            (_, 16) => [200_000, 40_000, 1_000, 200, 10_000],
            (_, 64) => [100_000, 30_000, 4_000, 600, 10_000],
            _ => [100_000, 50_000, 12_000, 2_000, 4_000],
        };
        for rule in [
            format!("--attention-rate {eight} --steps {plain}"),
            format!("--rule mirror --attention-rate {two} --steps {mirror}"),
            format!("--rule normalised --steps {normalised}"),
            format!("--rule polyak --value-rule projected --theta {} --steps {polyak}", theta(tokens)),
            format!("--rule adam --attention-rate {tenth} --steps {adam}"),
        ] {
            courses.push(Course::new(tokens, &rule, Purpose::Beside)?);
        }
        if tokens == 16 {
            for times in BEYOND {
                courses.push(Course::new(tokens, "--rule normalised --steps 1000", Purpose::Longer(times))?);
            }
        } else {
            let rule = "--rule polyak --value-rule projected --theta 1 --steps 200";
            courses.push(Course::new(tokens, rule, Purpose::Apart)?);
        }
    }
    Ok(courses)
}

impl Course {
    fn new(tokens: usize, rule: &str, purpose: Purpose) -> Result<Self, Failure> {
        let words = format!("conv-relu --tokens {tokens} --group {GROUP} {rule}");
        let args = LearnArgs::of(&words)?;
        let [name] = args.tasks.as_slice() else { return Err(Failure::usage("expected one task")) };
        let built_in = BuiltIn::read(name)?;
        let shape = built_in.sizes(&args)?;
        let task = Task::built_in(&built_in, shape, &args)?;
        let rate = GROUP as f64 / shape.outputs() as f64;
        let rules = step_rules(&args, &task, rate)?;
        let (attention_rate, steps) = (args.attention_rate.unwrap_or(rate), args.steps.unwrap_or(1));
        Ok(Self { words, task, rules, rate, attention_rate, seed: args.seed, steps, purpose })
    }

    /// Of its run.
    pub fn name(&self) -> String {
        let of = match self.purpose {
            Purpose::Beside => String::new(),
            Purpose::Longer(times) => format!(", {times} times its limit"),
            Purpose::Apart => format!(", theta = {}", short(self.rules.theta.unwrap_or(f64::NAN))),
        };
        format!("{}{of}, D = {}", name(self.rules), self.task.shape.tokens())
    }

    /// What the JSON says of a run.
    pub fn told(&self, run: &Run) -> Map<String, Value> {
        let setting = Setting {
            task: &self.task,
            mode: Mode::Population,
            rules: run.rules,
            rate: self.rate,
            attention_rate: self.attention_rate,
            seed: self.seed,
            batch: None,
            noise: None,
        };
        let curve = run.points.iter().map(|point| (point.step, point.excess, json!({})));
        let law_ratio = run.law_ratio().filter(|_| run.rules.plain());
        let line_ratio = run.line_ratio().filter(|_| !run.rules.plain());
        of_run(&setting, curve, json!({ "law_ratio": law_ratio, "line_ratio": line_ratio }))
    }

    /// What may follow `tutee learn`; nothing where that refuses such steps.
    pub fn words(&self) -> Option<&str> {
        (!matches!(self.purpose, Purpose::Longer(_))).then_some(&self.words)
    }

    /// Trains.
    ///
    /// # Errors
    /// What the core refuses, an interruption, or a lack of memory.
    pub fn run(&self, interrupt: &Interrupt) -> Result<Run, Ended> {
        let shape = self.task.shape;
        let owned = self.task.teacher::<f64>()?;
        let teacher = owned.view()?;
        let mut rules = self.rules;
        if let Purpose::Longer(times) = self.purpose {
            rules.theta = length_limit(teacher, self.rate).map(|limit| times * limit);
        }
        let (mut memory, mut steps) = (zeros(student_len(shape))?, 0);
        let student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
        let mut scratch = zeros(population_scratch_len(shape))?;
        let scratch = PopulationScratchViewMut::new(shape, &mut scratch)?;
        let run = |points, digest| {
            let power = teacher.activation().second_moment() * teacher.value().iter().map(|v| v * v).sum::<f64>();
            Run { rules, purpose: self.purpose, shape, attention_rate: self.attention_rate, power, points, digest }
        };
        if rules.plain() {
            let mut training = Population::new(student, teacher, scratch)?;
            let points = self.follow(&mut training, interrupt)?;
            return Ok(run(points, digest(training.student())));
        }
        let cast = rules.cast::<f64>();
        let (mut state, mut work) = (zeros(cast.attention.state_len(shape))?, zeros(ruled_scratch_len(shape))?);
        let mut training = RuledPopulation::new(student, teacher, scratch, cast, &mut state, &mut work)?;
        if matches!(self.purpose, Purpose::Longer(_)) {
            training = training.beyond_limit();
        }
        let points = self.follow(&mut training, interrupt)?;
        Ok(run(points, digest(training.student())))
    }

    /// Steps, excess loss and seconds of steps alone, along the way.
    fn follow<L: Measured<f64>>(&self, training: &mut L, interrupt: &Interrupt) -> Result<Vec<Point>, Ended> {
        let descent = Descent::new(self.rate).with_attention_rate(self.attention_rate);
        let watch = |_, _| if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let (mut points, start, mut looking) = (Vec::new(), Instant::now(), Duration::ZERO);
        follow(training, &descent, &Watched { steps: self.steps, watch: &watch }, |training| {
            let pause = Instant::now();
            let excess = training.measure().check()?.excess_loss;
            points.push(Point {
                step: training.student().steps(),
                excess,
                seconds: (pause - start - looking).as_secs_f64(),
            });
            looking += pause.elapsed();
            Ok(())
        })?;
        Ok(points)
    }
}

/// What a curve is drawn over.
type Across = fn(&Point) -> f64;
const STEPS: Across = |point| point.step as f64;

/// The name of a rule in figures.
fn name(rules: StepRules) -> &'static str {
    match rules.rule {
        RuleName::Gd => "plain",
        RuleName::Mirror => "mirror",
        RuleName::Normalised => "normalised",
        RuleName::Polyak => "Polyak",
        RuleName::Adam => "Adam",
    }
}

impl Run {
    fn tokens(&self) -> usize {
        self.shape.tokens()
    }

    /// Whether its steps are longer than values can follow, on purpose.
    pub fn beyond_limit(&self) -> bool {
        matches!(self.purpose, Purpose::Longer(_))
    }

    /// What its curve means, by the rules of `tutee learn`.
    pub fn judged(&self) -> (Option<Verdict>, &'static str) {
        let (outputs, tokens) = (self.shape.outputs(), self.tokens());
        let law = Law { group: GROUP, outputs, tokens, attention_rate: self.attention_rate };
        let known = Circumstances {
            law: self.rules.plain().then_some(law),
            best_loss: Some(0.0),
            row_sum: Some(1.0),
            sampled: false,
            noisy: false,
            epsilon: f64::EPSILON,
        };
        let judged = judge(self.points.iter().map(|point| (point.step, point.excess)), &known);
        let curve: Vec<_> = self.points.iter().map(|point| (point.step as f64, point.excess)).collect();
        let seen = Seen {
            line_ratio: self.line_ratio(),
            lined: self.line().is_some(),
            rises: slope(tail(&curve, 0.5)).is_some_and(|slope| slope.slope > 0.25),
            white: true,
            // W moves at a rate of K/J, along a curvature of at most J/K.
            steep: false,
            losses: [self.start(), self.points.last().map_or(f64::NAN, |point| point.excess)],
            noise_mean: false,
            even: true,
        };
        step_rules::judge(self.rules, judged, &seen, &known)
    }

    /// What the excess loss should be in the end, of the rules for which that is known with its constant.
    fn law(&self, steps: u64) -> Option<f64> {
        let (outputs, tokens) = (self.shape.outputs(), self.tokens());
        match self.rules.rule {
            RuleName::Gd => Some(law(GROUP, outputs, tokens, self.attention_rate, steps)),
            RuleName::Mirror => Some(mirror_law(GROUP, outputs, tokens, self.power, self.attention_rate, steps)),
            _ => None,
        }
    }

    /// Excess loss over its law, at the end.
    fn law_ratio(&self) -> Option<f64> {
        let last = self.points.last()?;
        Some(last.excess / self.law(last.step)?)
    }

    fn line(&self) -> Option<Line> {
        self.rules.line(GROUP, self.tokens())
    }

    /// What it does over what its line says.
    fn line_ratio(&self) -> Option<f64> {
        let curve: Vec<_> = self.points.iter().map(|point| (point.step, point.excess)).collect();
        self.line()?.ratio(&curve, resolution(f64::EPSILON, None))
    }

    fn start(&self) -> f64 {
        self.points.first().map_or(f64::NAN, |point| point.excess)
    }

    /// When the excess loss comes to a part of the start: steps and their seconds, between two points of the curve along the line
    /// between these, of logarithms of losses, and of steps where the rule's is no geometric line.
    fn reaches(&self, part: f64) -> Option<(f64, f64)> {
        let goal = part * self.start();
        let after = self.points.iter().position(|point| point.excess <= goal)?;
        let (Some(before), Some(after)) =
            (after.checked_sub(1).and_then(|n| self.points.get(n)), self.points.get(after))
        else {
            return Some((0.0, 0.0));
        };
        let ln = tutee::Scalar::ln;
        let way = ln(before.excess / goal) / ln(before.excess / after.excess);
        let [from, to] = [before.step, after.step].map(|step| step as f64);
        let steps = if from < 1.0 || matches!(self.line(), Some(Line::Geometric { .. })) {
            from + way * (to - from)
        } else {
            from * tutee::Scalar::exp(way * ln(to / from))
        };
        let share = (steps - from) / (to - from);
        // The last step is a whole one.
        Some((steps.ceil(), before.seconds + share * (after.seconds - before.seconds)))
    }

    fn curve(&self, name: &str, across: Across) -> Curve {
        let points = self.points.iter().filter(|point| point.step > 0 && point.excess > 0.0);
        let points = points.map(|point| (across(point), point.excess)).collect();
        Curve { name: name.to_owned(), dashed: false, points }
    }

    /// The line along which it should fall: with its constant where that is known, else through the middle of the fall, in decades.
    fn predicted(&self) -> Option<Curve> {
        let steps = || self.points.iter().filter(|point| point.step > 0).map(|point| point.step);
        let (start, end) = (self.start(), self.points.last()?.excess);
        let points: Vec<_> = if let Some(Line::Geometric { rate }) = self.line() {
            let middle = tutee::Scalar::sqrt(start * end);
            let from = self.points.iter().find(|point| point.excess <= middle)?;
            let at = |step: u64| from.excess * tutee::Scalar::exp(-rate * (step as f64 - from.step as f64));
            steps().map(|step| (step as f64, at(step))).collect()
        } else {
            steps().filter_map(|step| Some((step as f64, self.law(step)?))).collect()
        };
        let inside = |point: &&(f64, f64)| point.1 <= 10.0 * start && point.1 >= 0.1 * end;
        let points: Vec<_> = points.iter().filter(inside).copied().collect();
        (points.len() > 1).then(|| Curve { name: format!("{}, predicted", name(self.rules)), dashed: true, points })
    }
}

/// The figure.
pub fn faster(runs: &[Run]) -> Figure {
    let beside =
        |rule: RuleName| runs.iter().filter(move |run| run.purpose == Purpose::Beside && run.rules.rule == rule);
    let each = |rule: RuleName, of: fn(&Run) -> Option<f64>| -> Vec<Number> {
        beside(rule).map(|run| Number::plain(&format!("D = {}", run.tokens()), of(run))).collect()
    };
    let longer = runs.iter().filter_map(|run| match run.purpose {
        Purpose::Longer(times) => Some(Number::plain(&format!("{times} times"), run.line_ratio())),
        _ => None,
    });
    let apart = runs.iter().filter(|run| run.purpose == Purpose::Apart);
    let last = beside(RuleName::Polyak).filter(|run| run.tokens() == 16);
    let checks = vec![
        Check::ours(
            "plain descent: excess loss over K J (D - K) / (4 rate t), each D",
            "1",
            (0.99, 1.01),
            each(RuleName::Gd, Run::law_ratio),
        ),
        Check::ours(
            "mirror: excess loss over J D^2 (D - K) / (2 q |V*|^2 rate^2 t^2), each D",
            "1",
            (0.95, 1.05),
            each(RuleName::Mirror, Run::law_ratio),
        ),
        Check::ours(
            "mirror: slope",
            "-2",
            (-2.02, -1.98),
            each(RuleName::Mirror, |run| run.line_ratio().map(|ratio| -2.0 * ratio)),
        ),
        Check::ours(
            "normalised, half its limit: rate over 2 s sqrt(kappa), each D",
            "1",
            (0.99, 1.01),
            each(RuleName::Normalised, Run::line_ratio),
        ),
        Check::ours(
            "Polyak, W projected: rate over theta, each D",
            "1",
            (0.999, 1.001),
            each(RuleName::Polyak, Run::line_ratio),
        ),
        Check::ours(
            "Polyak, W projected, theta = 1, D = 16: steps to 1e-26 of the start",
            "at most 65",
            (1.0, 65.0),
            last.map(|run| Number::plain("steps", run.reaches(END).map(|(steps, _)| steps))),
        ),
        Check::ours(
            "normalised beyond its limit: rate over 2 s sqrt(kappa)",
            "below 1: W cannot follow, gradients change their sign",
            (-0.5, 0.9),
            longer,
        ),
        Check::ours(
            "Polyak, W projected, theta = 1 above 4 K / (D + K): rate over theta, each D",
            "below 1: outputs run apart out of their last digits, by a factor of theta (D + K) / (2 K) - 1 a step",
            (0.0, 0.9),
            apart.map(|run| Number::plain(&format!("D = {}", run.tokens()), run.line_ratio())),
        ),
    ];
    let sizes: Vec<_> = beside(RuleName::Gd).map(Run::tokens).collect();
    let largest = sizes.iter().copied().max().unwrap_or(0);
    let setting = format!(
        "Convolution with average pooling and a ReLU, K = 4, d = 6, M = 4, J = D, exact gradient in double precision, seed 1; rate of W_V \
         K/J, of W_KQ 8 D by plain descent, 2 D by mirror steps, D/10 by Adam. A normalised step has half the length that W can follow. \
         Polyak's theta is 1 for 4 K >= D, else 3 K/D, with which the loss falls along its line, and in more steps than with 1. {}",
        times(runs, largest)
    );
    let mut figure = Figure::new("beyond the paper", "Faster than 1/t", setting, checks);
    // The largest ran first.
    for &tokens in sizes.iter().rev() {
        figure.plots.push(rules("Excess loss", "gradient steps", runs, tokens, STEPS, true));
    }
    for &tokens in sizes.iter().rev().filter(|&&tokens| tokens == 16 || tokens == largest) {
        figure.plots.push(rules("Excess loss over time", "seconds", runs, tokens, |point| point.seconds, false));
    }
    figure.plots.push(beyond(runs));
    figure
}

/// All rules at one size.
fn rules(what: &str, across: &'static str, runs: &[Run], tokens: usize, x: Across, predicted: bool) -> Plot {
    let of = || runs.iter().filter(|run| run.purpose == Purpose::Beside && run.tokens() == tokens);
    let curves = of().map(|run| run.curve(name(run.rules), x));
    // The one without a line is the last, so that the others have the colours of theirs.
    let lines = of().filter(|_| predicted).filter_map(Run::predicted);
    Plot {
        title: format!("{what}, {tokens} tokens"),
        across,
        up: "excess loss",
        logarithmic: true,
        decades: if predicted { DECADES } else { MOST_DECADES },
        level: None,
        curves: curves.chain(lines).collect(),
    }
}

/// Two rules within and beyond their limits.
fn beyond(runs: &[Run]) -> Plot {
    let curve = |run: &Run| match (run.purpose, run.rules.rule) {
        (Purpose::Longer(times), _) => Some(run.curve(&format!("normalised, {times} times"), STEPS)),
        (Purpose::Apart, _) => Some(run.curve(&format!("Polyak 1, D = {}", run.tokens()), STEPS)),
        (Purpose::Beside, RuleName::Normalised) if run.tokens() == 16 => {
            Some(run.curve("normalised, 0.5 times", STEPS))
        }
        (Purpose::Beside, RuleName::Polyak) if run.tokens() == 16 => Some(run.curve("Polyak 1, D = 16", STEPS)),
        _ => None,
    };
    let mut curves: Vec<_> = runs.iter().filter_map(curve).collect();
    curves.sort_by(|a, b| a.name.cmp(&b.name));
    Plot {
        title: "Beyond the limits: normalised steps of 16 tokens that are too long, and Polyak's with theta = 1"
            .to_owned(),
        across: "gradient steps",
        up: "excess loss",
        logarithmic: true,
        decades: DECADES,
        level: None,
        curves,
    }
}

/// How long each rule takes.
fn times(runs: &[Run], tokens: usize) -> String {
    let of = runs.iter().filter(|run| !matches!(run.purpose, Purpose::Longer(_)) && run.tokens() == tokens);
    let said: Vec<_> = of
        .map(|run| match (run.reaches(NEAR), run.points.last()) {
            (Some((steps, seconds)), _) => {
                let theta = run.rules.theta.filter(|_| run.rules.rule == RuleName::Polyak);
                let theta = theta.map(|theta| format!(" with theta {}", short(theta))).unwrap_or_default();
                format!("{}{theta} {} s ({} steps)", name(run.rules), short(seconds), steps)
            }
            (None, Some(last)) if run.rules.rule == RuleName::Gd => {
                let longer = last.excess / (NEAR * run.start());
                let (steps, seconds) = (last.step as f64 * longer, last.seconds * longer);
                format!("plain {} s ({} steps, by its law)", short(seconds), short(steps))
            }
            (None, Some(last)) => format!("{} not in {} s ({} steps)", name(run.rules), short(last.seconds), last.step),
            (None, None) => String::new(),
        })
        .collect();
    format!(
        "Time to a millionth of the start with {tokens} tokens, one thread, other runs at the same time: {}.",
        said.join(", ")
    )
}
