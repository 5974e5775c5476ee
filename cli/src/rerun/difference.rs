//! The first thing in which a repetition differs from what a result says, with both values.
//!
//! A curve comes first, in the order of its steps, then all else that a result has of a run: every number, word and matrix that is made
//! again. What a repetition has and the file has not is passed over, as results of an earlier day have fewer fields.

use serde_json::{Map, Value};

use crate::text::{several, shown};

/// What is another at every repetition: when and where it was made.
const PASSING: [&str; 5] = ["seconds", "version", "commit", "command", "time"];

/// What says why a run ended, before all that follows from it.
const FIRST: [&str; 3] = ["steps", "stopped", "digest"];

/// Characters of a value, of which a sentence may differ at its end.
const LONGEST_VALUE: usize = 400;

/// The first difference of two results of a run, as `at step 7: excess_loss 0.5, not 0.4` or `in law_ratio: 1.0, not 1.1`; the value that is made
/// now stands first.
pub fn of_run(then: &Value, now: &Value) -> Option<String> {
    let points = |run: &Value| run.get("curve").and_then(Value::as_array).cloned().unwrap_or_default();
    of_curve(&points(then), &points(now), now).or_else(|| of_fields("", then, now))
}

/// The first difference of all but curves and what passes.
pub fn of_fields(path: &str, then: &Value, now: &Value) -> Option<String> {
    let (Value::Object(before), Value::Object(after)) = (then, now) else { return of_values(path, then, now) };
    let compared = |name: &str| !PASSING.contains(&name) && name != "curve";
    let field = |name: &str| {
        let (then, now) = (before.get(name)?, after.get(name)?);
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        of_fields(&path, then, now)
    };
    let others = after.keys().map(String::as_str).filter(|name| !FIRST.contains(name));
    FIRST.into_iter().chain(others).filter(|name| compared(name)).find_map(field)
}

/// The first difference of two values, those of a list in its order.
fn of_values(path: &str, then: &Value, now: &Value) -> Option<String> {
    match (then, now) {
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            let pairs = before.iter().zip(after).enumerate();
            pairs.into_iter().find_map(|(i, (then, now))| of_fields(&format!("{path}[{i}]"), then, now))
        }
        _ => (!same(then, now)).then(|| format!("in {path}: {}, not {}", told(now), told(then))),
    }
}

/// The first point of a curve that differs, or is in one alone.
fn of_curve(then: &[Value], now: &[Value], run: &Value) -> Option<String> {
    let step = |point: &Value| point.get("step").and_then(Value::as_u64).unwrap_or_default();
    let ended = || {
        let field = |name: &str| run.get(name).map(told).unwrap_or_default();
        format!("at step {}: the run ends there, stopped by {}", field("steps"), field("stopped"))
    };
    let extra = |step: u64| format!("at step {step}: a point of the curve that the result has not");
    let end = now.last().map(step);
    let mut after = now.iter().peekable();
    for point in then {
        let at = step(point);
        match after.next_if(|now| step(now) == at) {
            Some(now) => {
                if let Some(how) = of_point(point, now) {
                    return Some(format!("at step {at}: {how}"));
                }
            }
            None => {
                return Some(match after.peek().map(|now| step(now)) {
                    None => ended(),
                    Some(next) if next < at && Some(next) == end => ended(),
                    Some(next) if next < at => extra(next),
                    Some(_) => format!("at step {at}: no point of the curve"),
                });
            }
        }
    }
    after.next().map(|point| extra(step(point)))
}

/// What differs in a point: the digest, of which all follows, or the first of its numbers.
fn of_point(then: &Value, now: &Value) -> Option<String> {
    let (before, after) = (fields(then)?, fields(now)?);
    let names = FIRST.into_iter().chain(after.keys().map(String::as_str));
    names.into_iter().find_map(|name| {
        let (then, now) = (before.get(name)?, after.get(name)?);
        (!same(then, now)).then(|| format!("{name} {}, not {}", told(now), told(then)))
    })
}

fn fields(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object()
}

/// Whether two values are one; a program that writes 1 for 1.0 changes nothing.
fn same(then: &Value, now: &Value) -> bool {
    match (then, now) {
        (Value::Number(then), Value::Number(now)) if then.is_f64() || now.is_f64() => then.as_f64() == now.as_f64(),
        _ => then == now,
    }
}

/// A value on one line; of a list and of an object how much there is.
fn told(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("a list of {}", several(list.len(), "entry").replace("entrys", "entries")),
        Value::Object(object) => {
            let names: Vec<_> = object.keys().map(String::as_str).collect();
            shown(&format!("an object of {}", names.join(", ")), LONGEST_VALUE)
        }
        Value::String(text) => shown(text, LONGEST_VALUE),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run() -> Value {
        let point = |step: u64, loss: f64| json!({"step": step, "excess_loss": loss, "ood_excess": null, "digest": format!("{step:016x}")});
        json!({
            "steps": 20, "stopped": "steps", "digest": "14", "slope": -1.0, "verdict": "transient", "value": [[1.0, 2.0], [3.0, 4.0]],
            "activation": {"leaky_relu": 0.1}, "shares": {"value_content": 1.0}, "seconds": 0.5, "time": "now", "group": 4,
            "curve": [point(0, 1.0), point(10, 0.5), point(20, 0.25)],
        })
    }

    #[test]
    fn the_first_thing_that_differs_is_named_with_both_values() {
        let now = run();
        assert_eq!(of_run(&now, &now), None);
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut then = run();
            change(&mut then);
            of_run(&then, &now).unwrap_or_default()
        };
        assert_eq!(
            changed(&|run| run["curve"][1]["excess_loss"] = 0.75.into()),
            "at step 10: excess_loss 0.5, not 0.75"
        );
        assert_eq!(changed(&|run| run["curve"][2]["ood_excess"] = 0.0.into()), "at step 20: ood_excess null, not 0.0");
        let later = |run: &mut Value| {
            run["curve"][1]["excess_loss"] = 0.75.into();
            run["curve"][2]["digest"] = "x".into();
        };
        assert_eq!(changed(&later), "at step 10: excess_loss 0.5, not 0.75");
        let one = |run: &mut Value| {
            run["curve"][1]["excess_loss"] = 0.75.into();
            run["curve"][1]["digest"] = "x".into();
        };
        assert_eq!(changed(&one), "at step 10: digest 000000000000000a, not x");
        assert_eq!(changed(&|run| run["slope"] = (-2).into()), "in slope: -1.0, not -2");
        assert_eq!(changed(&|run| run["verdict"] = "floor".into()), "in verdict: transient, not floor");
        assert_eq!(changed(&|run| run["value"][1][0] = 3.5.into()), "in value[1][0]: 3.0, not 3.5");
        assert_eq!(
            changed(&|run| run["value"][1] = json!([3.0])),
            "in value[1]: a list of 2 entries, not a list of 1 entry"
        );
        assert_eq!(
            changed(&|run| run["shares"]["value_content"] = 0.5.into()),
            "in shares.value_content: 1.0, not 0.5"
        );
        assert_eq!(
            changed(&|run| run["activation"]["leaky_relu"] = 0.2.into()),
            "in activation.leaky_relu: 0.1, not 0.2"
        );
        assert_eq!(
            changed(&|run| run["activation"] = "relu".into()),
            "in activation: an object of leaky_relu, not relu"
        );
        assert_eq!(changed(&|run| run["group"] = Value::Null), "in group: 4, not null");
        // What it stopped at comes before what follows from that.
        let stopped = |run: &mut Value| {
            run["stopped"] = "unchanged".into();
            run["slope"] = 0.0.into();
            run["digest"] = "15".into();
        };
        assert_eq!(changed(&stopped), "in stopped: steps, not unchanged");
        let longer = |run: &mut Value| run["curve"].as_array_mut().unwrap().push(json!({"step": 30}));
        assert_eq!(changed(&longer), "at step 20: the run ends there, stopped by steps");
        let sooner = |run: &mut Value| run["curve"][2]["step"] = 30.into();
        assert_eq!(changed(&sooner), "at step 20: the run ends there, stopped by steps");
        let between = |run: &mut Value| run["curve"].as_array_mut().unwrap().insert(1, json!({"step": 5}));
        assert_eq!(changed(&between), "at step 5: no point of the curve");
        let less = |run: &mut Value| drop(run["curve"].as_array_mut().unwrap().remove(1));
        assert_eq!(changed(&less), "at step 10: a point of the curve that the result has not");
        let shorter = |run: &mut Value| drop(run["curve"].as_array_mut().unwrap().pop());
        assert_eq!(changed(&shorter), "at step 20: a point of the curve that the result has not");
    }

    #[test]
    fn what_passes_and_what_an_earlier_day_did_not_have_is_no_difference() {
        let (mut then, now) = (run(), run());
        then["seconds"] = 9.0.into();
        then["time"] = "then".into();
        then["of_mine"] = 1.into();
        then["slope"] = (-1).into();
        let object = then.as_object_mut().unwrap();
        object.remove("shares");
        object.remove("stopped");
        for point in then["curve"].as_array_mut().unwrap() {
            point.as_object_mut().unwrap().remove("excess_loss");
        }
        assert_eq!(of_run(&then, &now), None);
    }
}
