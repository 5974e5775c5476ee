//! What a run of attention on positions says of itself in the JSON, by the names of `tutee learn --json`.

use serde::Serialize;
use serde_json::{Map, Value, json};
use tutee::recovery::log_log_slope;

use crate::args::Mode;
use crate::input::InputName;
use crate::matrices::rows;
use crate::record::Kind;
use crate::step_rules::StepRules;
use crate::task::Task;

/// What made a run.
pub struct Setting<'a> {
    pub task: &'a Task,
    pub mode: Mode,
    pub rules: StepRules,
    pub rate: f64,
    pub attention_rate: f64,
    pub seed: u64,
    /// Samples a step, and the deviation of their labels' noise; none of exact gradients.
    pub batch: Option<u32>,
    pub noise: Option<f64>,
}

/// The fields of a record but those that stand beside them, and what made the whole file.
pub fn fields(record: &impl Serialize) -> Map<String, Value> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(record) else { return Map::new() };
    for beside in
        ["run", "learn", "verdict", "reason", "failed", "digest", "seconds", "version", "commit", "command", "time"]
    {
        fields.remove(beside);
    }
    fields
}

/// The fields of a run: its setting; then its curve of step and excess loss, each point with more `fields`, and `numbers` of its end.
pub fn of_run(
    setting: &Setting<'_>,
    curve: impl Iterator<Item = (u64, f64, Value)> + Clone,
    numbers: Value,
) -> Map<String, Value> {
    let Setting { task, mode, rules, rate, attention_rate, seed, batch, noise } = setting;
    let shape = task.shape;
    let losses = || curve.clone().map(|(step, excess, _)| (step, excess));
    let (start, end) = (losses().next(), losses().last());
    let steps = end.map_or(0, |(step, _)| step);
    let from = steps as f64 / tutee::Scalar::exp(0.5 * std::f64::consts::LN_10);
    let late = losses().map(|(step, excess)| (step as f64, excess)).filter(|&(step, _)| step >= from);
    let points = curve.map(|(step, excess, mut point)| {
        if let Some(point) = point.as_object_mut() {
            point.insert("step".to_owned(), step.into());
            point.insert("excess_loss".to_owned(), excess.into());
        }
        point
    });
    let mut told = fields(&Kind::position(*rules, Some(InputName::GAUSSIAN), None));
    told.extend(fields(&json!({
        "task": task.name,
        "scalar": "f64",
        "mode": if *mode == Mode::Online { "online" } else { "population" },
        "activation": task.activation,
        "filters": shape.filters(),
        "features": shape.features(),
        "tokens": shape.tokens(),
        "outputs": shape.outputs(),
        "group": task.group,
        "rate": rate,
        "attention_rate": attention_rate,
        "seed": seed,
        "batch": batch,
        "noise": noise,
        "steps": steps,
        "excess_loss_start": start.map(|(_, excess)| excess),
        "excess_loss": end.map(|(_, excess)| excess),
        "slope": log_log_slope(late),
        "best_loss": 0.0,
        "teacher_value": rows(&task.value, shape.features()).ok(),
        "teacher_mixing": rows(&task.mixing, shape.tokens()).ok(),
        "curve": points.collect::<Vec<_>>(),
    })));
    told.extend(fields(&numbers));
    told
}
