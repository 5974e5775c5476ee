//! Ours beside the paper's figures: attention that one classification learned is worth labels in the next, by the same token along another direction
//! (Zhang, Meng and Cao 2025). W_KQ is kept and v learned anew from n labels, beside the same layer from scratch and logistic regression on
//! all numbers of an input. What is to be expected of attention that is right to the last bit is logistic regression on that token alone.

use serde::{Deserialize, Serialize};
use tutee::activation::Activation;
use tutee::digest::layer_digest;
use tutee::gradient::layer::{
    LayerOnline, LayerSamples, LayerScratchViewMut, LayerSource, layer_drawn_len, layer_scratch_len,
};
use tutee::gradient::samples::BatchLoss;
use tutee::input::{Input, SampleStream};
use tutee::layer::{Form, LayerInput, LayerSettings, LayerShape, LayerViewMut, Parameter, layer_len};
use tutee::loss::{Loss, logistic};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::step::Descent;
use tutee::teacher::per_sample::GroupSign;
use tutee::training::Training;
use tutee::{Error, Shape};

use super::record::{Check, Curve, Figure, Measured, Plot};
use crate::failure::Ended;
use crate::interrupt::Interrupt;

const FEATURES: usize = 4;
const TOKENS: usize = 8;
/// The token that labels are of.
const TOKEN: usize = 5;
const INPUTS: usize = FEATURES * TOKENS;
/// Numbers of labels.
const COUNTS: [usize; 5] = [10, 20, 40, 80, 160];
/// Labels that a test asks for.
const TEST: usize = 2000;
/// Steps over all labels, after which each of the students has long found a direction that it keeps.
const STEPS: usize = 300;
const RATE: f64 = 0.2;
const SEED: u64 = 100;
/// Students, in the order of their errors.
const STUDENTS: [&str; 4] = ["attention kept", "from scratch", "regression on all inputs", "regression on the token"];

/// Directions of the second task, and labels, over which means are taken.
const DRAWS: u64 = 6;
/// What it is called among the runs.
pub const NAME: &str = "transfer";

/// What it found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Number of labels, and the mean share of a test that each of the students labels wrongly.
    pub errors: Vec<(usize, [f64; 4])>,
    /// Digest of the layer after its first task.
    pub digest: u64,
}

/// Inputs with their labels.
type Pairs = Vec<([f64; INPUTS], f64)>;

/// Learns the first task, and then the second from each number of labels.
///
/// # Errors
/// [`Ended::Interrupted`]; the settings are constants.
pub fn run(interrupt: &Interrupt) -> Result<Run, Ended> {
    let go_on = || if interrupt.raised() { Err(Ended::Interrupted) } else { Ok(()) };
    let mut first = Layer::new()?;
    let digest = first.learn_online(&go_on)?;
    let mut errors = COUNTS.map(|count| (count, [0.0; 4])).to_vec();
    for draw in 0..DRAWS {
        let mut stream = SampleStream::new(SEED + draw);
        let mut direction = [0.0; FEATURES];
        Input::<f64>::Gaussian.fill(&mut stream.sample(), FEATURES, &mut direction);
        let mut labelled = |count: usize| -> Pairs {
            let mut pair = || {
                let mut x = [0.0; INPUTS];
                Input::Gaussian.fill(&mut stream.sample(), FEATURES, &mut x);
                let side = product(token(&x), &direction);
                (x, if side >= 0.0 { 1.0 } else { -1.0 })
            };
            (0..count).map(|_| pair()).collect()
        };
        let (test, pairs) = (labelled(TEST), labelled(COUNTS.into_iter().max().unwrap_or(0)));
        for (count, mean) in &mut errors {
            let pairs: Pairs = pairs.iter().take(*count).copied().collect();
            let found = [
                Layer::after(Some(&first))?.error_after(&pairs, &test, &go_on)?,
                Layer::after(None)?.error_after(&pairs, &test, &go_on)?,
                regression(&pairs, &test, |x| x),
                regression(&pairs, &test, token),
            ];
            mean.iter_mut().zip(found).for_each(|(mean, error)| *mean += error / DRAWS as f64);
        }
    }
    Ok(Run { errors, digest })
}

fn product(w: &[f64], x: &[f64]) -> f64 {
    w.iter().zip(x).map(|(w, x)| w * x).sum()
}

/// The numbers of the token that labels are of.
fn token(x: &[f64]) -> &[f64] {
    x.chunks(FEATURES).nth(TOKEN).unwrap_or_default()
}

/// The share of labels that a logit has the wrong sign for.
fn share_wrong(logits: impl Iterator<Item = f64>, test: &Pairs) -> f64 {
    logits.zip(test).filter(|(logit, (_, label))| logit * label <= 0.0).count() as f64 / test.len() as f64
}

/// Logistic regression on what `seen` takes of an input, by plain descent from zero.
fn regression(pairs: &Pairs, test: &Pairs, seen: fn(&[f64]) -> &[f64]) -> f64 {
    let mut w = [0.0; INPUTS];
    for _ in 0..10 * STEPS {
        let mut gradient = [0.0; INPUTS];
        for (x, label) in pairs {
            let (slope, _) = logistic(product(&w, seen(x)), *label);
            gradient.iter_mut().zip(seen(x)).for_each(|(g, x)| *g += slope * x / pairs.len() as f64);
        }
        w.iter_mut().zip(&gradient).for_each(|(w, g)| *w -= 0.5 * g);
    }
    share_wrong(test.iter().map(|(x, _)| product(&w, seen(x))), test)
}

/// A layer with its memory.
struct Layer {
    shape: LayerShape,
    settings: LayerSettings<f64>,
    parameters: Vec<f64>,
    taken: u64,
    scratch: Vec<f64>,
    loss: BatchLoss<f64>,
}

impl Layer {
    fn new() -> Result<Self, Error> {
        let shape = LayerShape::new(Shape::new(1, FEATURES, TOKENS, TOKENS)?, Form::concatenated(TOKENS))?;
        let usual = LayerSettings::new(shape, Activation::Identity);
        let mut made = Self {
            shape,
            settings: LayerSettings { loss: Loss::Logistic, scale: 1.0, ..usual },
            parameters: vec![0.0; layer_len(shape)],
            taken: 0,
            scratch: vec![0.0; layer_scratch_len(shape)],
            loss: BatchLoss::ZERO,
        };
        let mut unit = [0.0; TOKENS * TOKENS];
        codes::identity(MatrixViewMut::new("codes", &mut unit, TOKENS, TOKENS)?)?;
        made.view()?.set(Parameter::Codes, &unit)?;
        Ok(made)
    }

    /// One that has W_KQ of another, and v = 0.
    fn after(first: Option<&Self>) -> Result<Self, Error> {
        let mut made = Self::new()?;
        if let Some(first) = first {
            made.parameters.clone_from(&first.parameters);
            made.view()?.set(Parameter::Value, &[0.0; FEATURES + TOKENS])?;
        }
        Ok(made)
    }

    fn view(&mut self) -> Result<LayerViewMut<'_, f64>, Error> {
        LayerViewMut::new(self.shape, &mut self.parameters, &mut self.taken)
    }

    fn samples(&mut self) -> Result<LayerSamples<'_, f64>, Error> {
        let layer = LayerViewMut::new(self.shape, &mut self.parameters, &mut self.taken)?;
        LayerSamples::new(
            layer,
            self.settings,
            LayerScratchViewMut::new(self.shape, &mut self.scratch, &mut self.loss)?,
        )
    }

    /// The first task: 3,000 steps of 32 labels that are drawn.
    fn learn_online(&mut self, go_on: &dyn Fn() -> Result<(), Ended>) -> Result<u64, Ended> {
        let direction = [0.5, -0.5, 0.5, 0.5];
        let (sizes, mut memory) = (self.shape.shape(), vec![0.0; layer_drawn_len(self.shape)]);
        let teacher = GroupSign::new(sizes, &direction, TOKEN)?;
        let source = LayerSource::gaussian(8, 32);
        let mut online = LayerOnline::new(self.samples()?, teacher, source, &mut memory, &mut [])?;
        for _ in 0..3000 {
            go_on()?;
            online.step(&Descent::new(RATE))?;
        }
        Ok(layer_digest(online.layer()))
    }

    /// Learns from all pairs at every step, and is tested.
    fn error_after(
        &mut self,
        pairs: &Pairs,
        test: &Pairs,
        go_on: &dyn Fn() -> Result<(), Ended>,
    ) -> Result<f64, Ended> {
        let mut samples = self.samples()?;
        for _ in 0..STEPS {
            go_on()?;
            for (x, label) in pairs {
                samples.accumulate(&LayerInput::of(x), &[*label])?;
            }
            samples.step(&Descent::new(RATE))?;
        }
        let mut logits = Vec::new();
        for (x, _) in test {
            let mut logit = [0.0];
            samples.predict(&LayerInput::of(x), &mut logit)?;
            logits.extend(logit);
        }
        Ok(share_wrong(logits.into_iter(), test))
    }
}

/// The figure: error over labels.
pub fn figure(run: &Run) -> Figure {
    let over = |other: usize| {
        let of = move |&(count, errors): &(usize, [f64; 4])| {
            let [kept, ..] = errors;
            Measured::plain(&format!("{count} labels"), errors.get(other).map(|error| kept / error))
        };
        run.errors.iter().map(of).collect::<Vec<_>>()
    };
    let checks = vec![
        Check::ours(
            "error with attention kept over that of logistic regression on all inputs, each number of labels",
            "attention that was learned is worth labels",
            (0.0, 0.6),
            over(2),
        ),
        Check::ours("and over that of the layer from scratch", "the same", (0.0, 0.4), over(1)),
    ];
    let setting = format!(
        "Labels of the same token along a new direction; d = {FEATURES}, {TOKENS} tokens, concatenated identity codes, scale 1, logistic loss. W_KQ of \
         3,000 steps of 32 labels along the first direction, v = 0, then {STEPS} steps at a rate of {RATE} over all labels of the second; shares of \
         {TEST} test labels, means over {DRAWS} directions."
    );
    let mut figure = Figure::new(NAME, "Labels that learned attention is worth", setting, checks);
    let curve = |(n, name): (usize, &&str)| Curve {
        name: (*name).to_owned(),
        dashed: n == 3,
        points: run.errors.iter().filter_map(|&(count, errors)| Some((count as f64, *errors.get(n)?))).collect(),
    };
    figure.plots = vec![Plot {
        title: "Share of labels that are wrong, by labels seen".to_owned(),
        across: "labels of the second task",
        up: "share wrong",
        logarithmic: true,
        decades: 3.0,
        level: None,
        curves: STUDENTS.iter().enumerate().map(curve).collect(),
    }];
    figure
}
