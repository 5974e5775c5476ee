//! Runs of a sweep that differ in nothing but their seeds, and what several of them say together: the median of a number and where the
//! middle half of its values lies.

use std::collections::BTreeMap;

use super::folder::Found;
use super::plan::Plan;
use crate::report::number::short;
use crate::report::plot::Spread;

const SEED: &str = "seed";

/// A setting with several values in the plan.
#[derive(Debug)]
pub struct Setting<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its values in the order of the plan.
    pub values: &'a [String],
}

impl Setting<'_> {
    /// The values as numbers, where all of them are.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        self.values.iter().map(|value| value.parse().ok().filter(|x: &f64| x.is_finite())).collect()
    }

    /// A value with what it is of; a task says that itself.
    pub fn told(&self, place: usize) -> String {
        let value = self.values.get(place).map_or("", String::as_str);
        if self.name == "task" { value.to_owned() } else { format!("{} {value}", self.name.replace('-', " ")) }
    }
}

/// Runs that differ in their seeds alone.
#[derive(Debug)]
pub struct Group<'a> {
    /// Which value of each varied setting it has.
    pub places: Vec<usize>,
    /// Its results, in the order of the plan.
    pub runs: Vec<&'a Found>,
}

/// All results of a plan in groups, in the plan's order.
#[derive(Debug)]
pub struct Groups<'a> {
    /// What makes groups differ: settings with several values, but for the seed.
    pub varied: Vec<Setting<'a>>,
    /// The groups.
    pub all: Vec<Group<'a>>,
}

impl<'a> Groups<'a> {
    /// Of a plan and the results of its runs.
    pub fn new(plan: &'a Plan, found: &'a [(usize, Found)]) -> Self {
        let several = plan.values().filter(|(name, values)| values.len() > 1 && *name != SEED);
        let varied: Vec<_> = several.map(|(name, values)| Setting { name, values }).collect();
        let mut all: BTreeMap<Vec<usize>, Vec<&Found>> = BTreeMap::new();
        for (index, run) in found {
            let settings = plan.settings(*index);
            let place = |setting: &Setting<'_>| {
                let (_, value) = settings.iter().find(|(name, _)| *name == setting.name)?;
                setting.values.iter().position(|other| other == value)
            };
            let places = varied.iter().filter_map(place).collect();
            all.entry(places).or_default().push(run);
        }
        let all = all.into_iter().map(|(places, runs)| Group { places, runs }).collect();
        Self { varied, all }
    }

    /// What a group is, in words.
    pub fn told(&self, group: &Group<'_>) -> String {
        let told: Vec<_> = self.varied.iter().zip(&group.places).map(|(setting, &place)| setting.told(place)).collect();
        if told.is_empty() { "all runs".to_owned() } else { told.join(", ") }
    }
}

impl Group<'_> {
    /// How many runs ended in which way, the most frequent first: verdicts, or `diverged` and the like of those without one.
    pub fn verdicts(&self) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for run in &self.runs {
            let verdict = run.value("verdict").and_then(|verdict| verdict.as_str()).unwrap_or(run.ended());
            *counts.entry(verdict.to_owned()).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    /// Those in one line.
    pub fn judged(&self) -> String {
        let told: Vec<_> = self.verdicts().into_iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
        told.join(", ")
    }

    /// The values of a number, smallest first; runs without it are left out.
    pub fn numbers(&self, column: &str) -> Vec<f64> {
        sorted(self.runs.iter().filter_map(|run| run.value(column)?.as_f64()))
    }

    /// The middle of a number, at a place across.
    pub fn spread(&self, across: f64, column: &str) -> Option<Spread> {
        let values = self.numbers(column);
        spread(across, &values, &format!("; {}", self.judged()))
    }

    /// The middle of a number of the curves, at the steps at which every run that has a curve has a point after the start.
    pub fn over_steps(&self, column: &str) -> Vec<Spread> {
        let mut steps: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        let mut curves = 0;
        for curve in self.runs.iter().filter_map(|run| run.value("curve")?.as_array()) {
            curves += 1;
            for point in curve {
                let (step, value) =
                    (point.get("step").and_then(|step| step.as_u64()), point.get(column).and_then(|y| y.as_f64()));
                if let (Some(step), Some(value)) = (step.filter(|&step| step > 0), value) {
                    steps.entry(step).or_default().push(value);
                }
            }
        }
        let common = steps.into_iter().filter(|(_, values)| values.len() == curves);
        common.filter_map(|(step, values)| spread(step as f64, &sorted(values.into_iter()), "")).collect()
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.filter(|value| value.is_finite()).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The median of sorted values, and where their middle half lies; nothing of none.
fn spread(across: f64, values: &[f64], more: &str) -> Option<Spread> {
    let (low, middle, high) = (quantile(values, 0.25)?, quantile(values, 0.5)?, quantile(values, 0.75)?);
    let note = match values.len() {
        1 => format!("1 run{more}"),
        n => format!("{n} runs, middle half {} to {}{more}", short(low), short(high)),
    };
    Some(Spread { across, low, middle, high, note })
}

/// The value below which a part of sorted values lies, between two of them in proportion: type 7 of Hyndman and Fan 1996, which
/// R and NumPy take by default.
pub fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let place = part * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted.get(place.floor() as usize)?, sorted.get(place.ceil() as usize)?);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_other_programs() {
        // numpy.quantile([1, 2, 4, 8], [0.25, 0.5, 0.75])
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!([0.25, 0.5, 0.75].map(|part| quantile(&values, part)), [Some(1.75), Some(3.0), Some(5.0)]);
        assert_eq!(quantile(&[3.0], 0.25), Some(3.0));
        assert_eq!(quantile(&[], 0.5), None);
        let one = spread(1.0, &[3.0], "; 1 stuck").unwrap();
        assert_eq!((one.low, one.high, one.note.as_str()), (3.0, 3.0, "1 run; 1 stuck"));
        assert_eq!(spread(1.0, &values, "").unwrap().note, "4 runs, middle half 1.8 to 5.0");
    }
}
