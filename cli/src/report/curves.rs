//! The pictures of training over time: excess loss and its law, excess loss out of distribution, cosine of the filters.
//!
//! The law says `excess -> c / steps`. Its `c` is read back from a run's `law_ratio`, which is the excess over the law
//! at the last step: the pictures then cannot disagree with the table.

use super::axes::Scale;
use super::chart::{self, Axes, Entry, LONGEST_LINE, Mark, Panel, fitting, series};
use super::number::{extent, fixed, fixed_or_nothing, log10, short};
use super::section::{Level, Picture, Section};
use crate::record::{CurvePoint, RunRecord};

const STEPS: &str = "gradient steps";

/// The pictures of the curves of all runs.
pub fn sections(runs: &[RunRecord]) -> Vec<Section> {
    if runs.is_empty() {
        return Vec::new();
    }
    let mut loss = vec![loss_overview(runs)];
    if runs.len() > 1 {
        loss.push(loss_by_task(runs));
    }
    if runs.iter().any(|run| law(run).is_some()) {
        loss.push(law_ratio(runs));
    }
    let mut sections = vec![Section {
        id: "loss".to_owned(),
        heading: "Does the loss fall along its law?".to_owned(),
        introduction: "The excess loss is how much worse the student answers than the best possible student: 0 means \
                       that it has become its teacher. On these axes each grid line is a factor of ten, so a \
                       straight line is a power law. Where every output averages the same number K of tokens, theory \
                       predicts where the curve ends from nothing but sizes and rate: excess = K J (D − K) / (4 · \
                       rate · steps). Ten times the steps, a tenth of the loss."
            .to_owned(),
        level: Level::Part,
        pictures: loss,
    }];
    if runs.iter().any(|run| ood(run).next().is_some()) {
        let mut pictures = vec![ood_overview(runs)];
        if runs.len() > 1 {
            pictures.push(ood_by_task(runs));
        }
        sections.push(Section {
            id: "out-of-distribution".to_owned(),
            heading: "Does the student cope with inputs it never saw?".to_owned(),
            introduction: "The student learned from bell-shaped (Gaussian) inputs. Here it is examined on inputs of \
                           another kind, with a lopsided error on the labels. Such an exam is harder: a small error \
                           of the parameters shows in full and not squared, so the excess loss should fall with the \
                           square root of the steps: a hundred times the steps, a tenth of the excess."
                .to_owned(),
            level: Level::Part,
            pictures,
        });
    }
    if runs.iter().any(|run| cosines(run).next().is_some()) {
        sections.push(Section {
            id: "cosine".to_owned(),
            heading: "Do the filters point the right way?".to_owned(),
            introduction: "Each row of the student's value matrix imitates one filter of the teacher. The cosine of \
                           the angle between the two is 1 when they point the same way, 0 when they have nothing to \
                           do with each other. Drawn is the worst filter of each run."
                .to_owned(),
            level: Level::Part,
            pictures: vec![cosine_overview(runs)],
        });
    }
    sections
}

/// The law's constant: `excess = c / steps` in the limit.
fn law(run: &RunRecord) -> Option<f64> {
    let c = run.summary.excess_loss? * run.summary.steps as f64 / run.summary.law_ratio?;
    (c > 0.0 && c.is_finite()).then_some(c)
}

fn excess(run: &RunRecord) -> impl Iterator<Item = (f64, f64)> {
    positive(run, |point| Some(point.excess_loss))
}

fn ood(run: &RunRecord) -> impl Iterator<Item = (f64, f64)> {
    positive(run, |point| point.ood_excess.map(f64::abs))
}

fn ood_first_order(run: &RunRecord) -> impl Iterator<Item = (f64, f64)> {
    positive(run, |point| point.ood_first_order.map(f64::abs))
}

fn cosines(run: &RunRecord) -> impl Iterator<Item = (f64, f64)> {
    let after_start = run.curve.iter().filter(|point| point.step > 0);
    after_start.filter_map(|point| Some((point.step as f64, point.value_cosine_min.filter(|c| c.is_finite())?)))
}

/// The points that have a place on axes of decades.
fn positive(run: &RunRecord, value: impl Fn(&CurvePoint) -> Option<f64>) -> impl Iterator<Item = (f64, f64)> {
    let after_start = run.curve.iter().filter(|point| point.step > 0);
    after_start
        .filter_map(move |point| Some((point.step as f64, value(point)?)))
        .filter(|&(_, y)| y > 0.0 && y.is_finite())
}

fn steps(runs: &[RunRecord]) -> Scale {
    Scale::from_least_to_most(runs.iter().flat_map(|run| &run.curve).map(|point| point.step as f64))
}

fn curve(class: String, points: impl Iterator<Item = (f64, f64)>) -> Mark {
    Mark::Curve { class, points: points.collect() }
}

fn law_line(n: usize, run: &RunRecord) -> Option<Mark> {
    let class = format!("dashed {}", series(n).trim_start_matches("curve "));
    law(run).map(|c| Mark::PowerLaw { class, log_c: log10(c), exponent: -1.0, since: 0.0 })
}

fn names(runs: &[RunRecord]) -> Vec<Entry> {
    let entry =
        |(n, run): (usize, &RunRecord)| Entry { class: series(n), text: fitting(&run.summary.task, LONGEST_LINE) };
    runs.iter().enumerate().map(entry).collect()
}

fn loss_axes(runs: &[RunRecord]) -> Axes<'static> {
    Axes {
        across: steps(runs),
        across_title: STEPS,
        up: Scale::decades(runs.iter().flat_map(excess).map(|(_, y)| y)),
        up_title: "excess loss",
    }
}

fn loss_overview(runs: &[RunRecord]) -> Picture {
    let laws = runs.iter().enumerate().filter_map(|(n, run)| law_line(n, run));
    let curves = runs.iter().enumerate().map(|(n, run)| curve(series(n), excess(run)));
    let marks: Vec<Mark> = laws.chain(curves).collect();
    let mut legend = names(runs);
    if runs.iter().any(|run| law(run).is_some()) {
        legend.push(Entry { class: "guide dashed".to_owned(), text: "law of each task".to_owned() });
    }
    let caption = if runs.iter().any(|run| law(run).is_some()) {
        "Solid: what training did. Dashed: the law. Look for the end of every solid curve lying on its dashed line."
    } else {
        "What training did. No law is known for this run; look for a steady fall."
    };
    Picture {
        name: "loss".to_owned(),
        title: "Excess loss over training".to_owned(),
        caption: caption.to_owned(),
        svg: chart::overview(&loss_axes(runs), 400.0, &marks, &legend),
    }
}

fn loss_by_task(runs: &[RunRecord]) -> Picture {
    let panel = |(n, run): (usize, &RunRecord)| Panel {
        heading: Entry { class: series(n), text: fitting(&run.summary.task, LONGEST_LINE) },
        marks: law_line(n, run).into_iter().chain([curve(series(n), excess(run))]).collect(),
        note: format!(
            "slope {}, law × {}",
            fixed_or_nothing(run.summary.slope, 3),
            fixed_or_nothing(run.summary.law_ratio, 3)
        ),
    };
    let panels: Vec<Panel> = runs.iter().enumerate().map(panel).collect();
    Picture {
        name: "loss-by-task".to_owned(),
        title: "Excess loss, task by task".to_owned(),
        caption: "The same curves apart. The slope is measured over the last half decade of steps and should be near \
                  −1; the last point should be near 1 times the law."
            .to_owned(),
        svg: chart::small_multiples(&loss_axes(runs), &panels),
    }
}

fn law_ratio(runs: &[RunRecord]) -> Picture {
    let ratio = |run: &RunRecord| -> Vec<(f64, f64)> {
        law(run).map(|c| excess(run).map(|(t, y)| (t, y * t / c)).collect()).unwrap_or_default()
    };
    let marks: Vec<Mark> = std::iter::once(Mark::Level { class: "guide thin".to_owned(), y: 1.0 })
        .chain(runs.iter().enumerate().map(|(n, run)| curve(series(n), ratio(run).into_iter())))
        .collect();
    let axes = Axes {
        across: steps(runs),
        across_title: STEPS,
        up: Scale::decades(runs.iter().flat_map(ratio).map(|(_, y)| y).chain([1.0, 10.0])),
        up_title: "excess loss / law",
    };
    let mut legend = names(runs);
    legend.push(Entry { class: "guide thin".to_owned(), text: "exactly the law".to_owned() });
    Picture {
        name: "law-ratio".to_owned(),
        title: "Excess loss divided by its law".to_owned(),
        caption: "The loss seen through a magnifying glass: divided by the law, agreement is the level line at 1. \
                  Early steps have not heard of the law yet; then attention is still being found and the loss stands \
                  above it. Look for every curve lying down on the line at the right end."
            .to_owned(),
        svg: chart::overview(&axes, 250.0, &marks, &legend),
    }
}

fn ood_axes(runs: &[RunRecord]) -> Axes<'static> {
    Axes {
        across: steps(runs),
        across_title: STEPS,
        up: Scale::decades(runs.iter().flat_map(ood).map(|(_, y)| y)),
        up_title: "|out-of-distribution excess|",
    }
}

/// A line of slope -1/2 over the last two decades, a little above the geometric mean of the last decade of the curves.
fn square_root_guide(runs: &[RunRecord]) -> Option<Mark> {
    const SHIFT: f64 = 0.4;
    let (_, last) = extent(runs.iter().flat_map(|run| &run.curve).map(|point| point.step as f64))?;
    let late = runs.iter().flat_map(ood).filter(|&(t, _)| t * 10.0 >= last);
    let logs: Vec<f64> = late.map(|(t, y)| log10(y) + 0.5 * log10(t)).collect();
    let log_c = logs.iter().sum::<f64>() / logs.len() as f64 + SHIFT;
    let guide = Mark::PowerLaw { class: "guide dashed".to_owned(), log_c, exponent: -0.5, since: last / 100.0 };
    (!logs.is_empty()).then_some(guide)
}

fn ood_overview(runs: &[RunRecord]) -> Picture {
    let curves = runs.iter().enumerate().map(|(n, run)| curve(series(n), ood(run)));
    let marks: Vec<Mark> = square_root_guide(runs).into_iter().chain(curves).collect();
    let mut legend = names(runs);
    legend.push(Entry { class: "guide dashed".to_owned(), text: "slope −1/2, to compare".to_owned() });
    Picture {
        name: "out-of-distribution".to_owned(),
        title: "Excess loss on inputs of another kind".to_owned(),
        caption: "The size of the excess, whatever its sign: an exam with a lopsided error can come out in the \
                  student's favour. A curve that changes sign dives to zero in between. Look for the right end of \
                  the curves running parallel to the dashed guide, half as steep as before."
            .to_owned(),
        svg: chart::overview(&ood_axes(runs), 360.0, &marks, &legend),
    }
}

fn ood_by_task(runs: &[RunRecord]) -> Picture {
    let parts = runs.iter().any(|run| ood_first_order(run).next().is_some());
    let panel = |(n, run): (usize, &RunRecord)| Panel {
        heading: Entry { class: series(n), text: fitting(&run.summary.task, LONGEST_LINE) },
        marks: square_root_guide(std::slice::from_ref(run))
            .into_iter()
            .chain([curve("guide dotted".to_owned(), ood_first_order(run)), curve(series(n), ood(run))])
            .collect(),
        note: match run.ood_first_order_slope {
            Some(slope) => {
                format!("slope {}, first order {}", fixed_or_nothing(run.summary.ood_slope, 3), fixed(slope, 3))
            }
            None => format!("slope {}", fixed_or_nothing(run.summary.ood_slope, 3)),
        },
    };
    let panels: Vec<Panel> = runs.iter().enumerate().map(panel).collect();
    let up = Scale::decades(runs.iter().flat_map(|run| ood(run).chain(ood_first_order(run))).map(|(_, y)| y));
    let first_order = if parts {
        " Dotted: the part of the excess that is proportional to the lopsided error; it alone follows the square root \
         exactly, the rest falls like 1/steps and dies out."
    } else {
        ""
    };
    Picture {
        name: "out-of-distribution-by-task".to_owned(),
        title: "Excess loss on inputs of another kind, task by task".to_owned(),
        caption: format!(
            "The same curves apart, with the slope over the last decade of steps, which should be near −0.5; dashed: \
             exactly −1/2.{first_order}"
        ),
        svg: chart::small_multiples(&Axes { up, ..ood_axes(runs) }, &panels),
    }
}

fn cosine_overview(runs: &[RunRecord]) -> Picture {
    let least = extent(runs.iter().flat_map(cosines).map(|(_, y)| y)).map_or(1.0, |(low, _)| low);
    let (low, step) = if least >= 0.85 {
        (0.85, 0.05)
    } else if least >= 0.0 {
        (0.0, 0.2)
    } else {
        (-1.0, 0.5)
    };
    // A little air above 1, so that the line at the goal is seen.
    let high = 1.0 + (1.0 - low) * 0.06;
    let up = Scale::Even { low, high, step, decimals: if step < 0.1 { 2 } else { 1 } };
    let axes = Axes { across: steps(runs), across_title: STEPS, up, up_title: "cosine of the worst filter" };
    let threshold = Mark::Level { class: "guide dashed".to_owned(), y: 0.9 };
    // Curves may lie on top of one another: each is thinner than the one below it, so that every colour shows.
    let nested = |n: usize| format!("{} nested{}", series(n), 5_usize.saturating_sub(runs.len() - 1 - n));
    let curves = runs.iter().enumerate().map(|(n, run)| curve(nested(n), cosines(run)));
    let marks: Vec<Mark> = std::iter::once(threshold).chain(curves).collect();
    let mut legend = names(runs);
    for (entry, run) in legend.iter_mut().zip(runs) {
        if let Some((_, last)) = cosines(run).last() {
            let last = from_one(last);
            let room = LONGEST_LINE.saturating_sub(last.chars().count() + 2);
            entry.text = format!("{}: {last}", fitting(&run.summary.task, room));
        }
    }
    legend.push(Entry { class: "guide dashed".to_owned(), text: "0.9, \"recovered\"".to_owned() });
    Picture {
        name: "cosine".to_owned(),
        title: "Cosine of the worst filter over training".to_owned(),
        caption: "Look for curves above the dashed line, the better the earlier. With exact gradients from a start \
                  at zero the direction is right from the very first step and only the length has to grow, so all \
                  curves lie on 1; with random samples they climb. The legend gives the last value."
            .to_owned(),
        svg: chart::overview(&axes, 210.0, &marks, &legend),
    }
}

/// A cosine: near 1 its decimals tell nothing apart, its distance from 1 does.
fn from_one(cosine: f64) -> String {
    let distance = 1.0 - cosine;
    if distance.abs() < 1e-12 {
        "1".to_owned()
    } else if distance.abs() < 1e-4 {
        format!("1 − {}", short(distance))
    } else {
        fixed(cosine, 4)
    }
}

#[cfg(test)]
mod tests {
    use super::from_one;

    #[test]
    fn a_cosine_near_one_is_given_by_its_distance() {
        assert_eq!(from_one(1.0 - 2e-16), "1");
        assert_eq!(from_one(1.0 - 2.5e-7), "1 − 2.5·10⁻⁷");
        assert_eq!(from_one(0.99917), "0.9992");
        assert_eq!(from_one(-0.25), "−0.2500");
    }
}
