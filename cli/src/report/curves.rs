//! The pictures of training over time: excess loss and its law, excess loss out of distribution, cosine of the filters. Where a student cannot
//! become its teacher, or nobody knows, they speak of the loss, and draw the least that is known.
//!
//! The law of plain descent says `excess -> c / steps`, that of labels `c / steps^(1/3)`. Its `c` is read back from a run's `law_ratio`, which is the excess over the
//! law at the last step: the pictures then cannot disagree with the table. What other rules say is in [`super::lines`].

use tutee::Scalar;

use super::axes::{Axes, Axis, MOST_DECADES, Scale, step};
use super::drawing::{Drawing, fitting};
use super::lines::{decay, expectation, line_points};
use super::number::{extent, fixed, fixed_or_nothing, log10, short};
use super::plot::{Curve, Ink, Stroke, curves};
use super::section::{Level, Picture, Section};
use crate::record::{CurvePoint, RunRecord, loss_name};

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
        introduction: format!(
            "{} On these axes each grid line is a factor of ten, so a straight line is a power law.{}",
            if is_excess(runs) {
                "The excess loss is how much worse the student answers than the best possible student: 0 means that it has become its teacher."
            } else {
                "The loss is how much worse the student answers than its teacher. Not every student of this page can become its teacher: \
                 where the least loss is known it stands below the table, and as a dotted line in the pictures."
            },
            if is_excess(runs) { format!(" {}", expectation(runs)) } else { String::new() }
        ),
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
            introduction: format!(
                "The student learned from bell-shaped (Gaussian) inputs. Here it is examined on inputs of another kind, with a lopsided \
                 error on the labels. Such an exam is harder: a small error of the parameters shows in full and not squared{}",
                if is_excess(runs) {
                    ", so this excess should fall with the square root of the loss above; where that falls like 1/steps, a hundred times \
                     the steps are a tenth of the excess."
                } else {
                    ". What stands here is the student's loss less its teacher's."
                }
            ),
            level: Level::Part,
            pictures,
        });
    }
    if runs.iter().any(|run| cosines(run).next().is_some()) {
        sections.push(Section {
            id: "cosine".to_owned(),
            heading: "Do the filters point the right way, and are they as long?".to_owned(),
            introduction: "Each row of the student's value matrix imitates one filter of the teacher. The cosine of \
                           the angle between the two is 1 when they point the same way, 0 when they have nothing to \
                           do with each other; it says nothing of their lengths. The errors of the matrices do: the norm of \
                           the difference from the teacher's, over the norm of the teacher's."
                .to_owned(),
            level: Level::Part,
            pictures: vec![cosine_overview(runs), errors(runs)],
        });
    }
    sections
}

/// Whether the loss of all runs is all excess.
fn is_excess(runs: &[RunRecord]) -> bool {
    runs.iter().all(|run| run.summary.loss_is_excess())
}

/// The least loss of any student of this teacher, where it is known and above zero.
fn least(run: &RunRecord, across: Axis<'_>) -> Option<Curve> {
    let least = run.summary.best_loss.filter(|&least| least > 0.0)?;
    Some(Curve::level(&format!("least loss of {}", fitting(&run.summary.task)), Stroke::Dotted, across, least))
}

/// The name of a picture with the loss in it, as a sentence begins.
fn titled_loss(runs: &[RunRecord], rest: &str) -> String {
    format!("{}{rest}", if is_excess(runs) { "Excess loss" } else { "Loss" })
}

/// The law's constant: `loss - least = c / f(steps)` in the limit.
fn law(run: &RunRecord) -> Option<f64> {
    let above = run.summary.excess_loss? - ground(run);
    let c = above * slowed(run, run.summary.steps as f64) / run.summary.law_ratio?;
    (c > 0.0 && c.is_finite()).then_some(c)
}

/// Above which loss the law is one: of a student without the activation of its teacher the least that it can reach.
fn ground(run: &RunRecord) -> f64 {
    run.summary.student_activation.and(run.summary.best_loss).unwrap_or(0.0)
}

/// By what the law falls: the steps, or of labels the third root of them.
fn slowed(run: &RunRecord, steps: f64) -> f64 {
    if run.kind.labels() { Scalar::exp(Scalar::ln(steps) / 3.0) } else { steps }
}

fn excess(run: &RunRecord) -> impl Iterator<Item = (f64, f64)> {
    after_start(run, |point| Some(point.excess_loss))
}

fn ood(run: &RunRecord) -> impl Iterator<Item = (f64, f64)> {
    // An exam of labels has no lopsided error, and what is said of that is not of them.
    after_start(run, |point| point.ood_excess.filter(|_| !run.kind.labels()))
}

fn ood_first_order(run: &RunRecord) -> impl Iterator<Item = (f64, f64)> {
    after_start(run, |point| point.ood_first_order)
}

fn cosines(run: &RunRecord) -> impl Iterator<Item = (f64, f64)> {
    after_start(run, |point| point.value_cosine_min)
}

/// A finite number of each point after the start, which has no place on an axis of decades.
fn after_start(run: &RunRecord, value: impl Fn(&CurvePoint) -> Option<f64>) -> impl Iterator<Item = (f64, f64)> {
    let points = run.curve.iter().filter(|point| point.step > 0);
    points.filter_map(move |point| Some((point.step as f64, value(point).filter(|y| y.is_finite())?)))
}

fn steps(runs: &[RunRecord]) -> Axis<'static> {
    let scale = Scale::from_least_to_most(runs.iter().flat_map(|run| &run.curve).map(|point| point.step as f64));
    Axis { title: STEPS, scale }
}

/// A run's curve under the run's name.
fn curve(n: usize, run: &RunRecord, points: impl Iterator<Item = (f64, f64)>) -> Curve {
    Curve::new(fitting(&run.summary.task), Ink::Run(n), Stroke::Solid, points.collect())
}

/// The law at the steps of the curve, or the line of another rule.
fn law_line(n: usize, run: &RunRecord) -> Option<Curve> {
    let along_law = |c: f64| excess(run).map(|(t, _)| (t, ground(run) + c / slowed(run, t))).collect();
    let points = law(run).map(along_law).or_else(|| line_points(run))?;
    let name = format!("law of {}", fitting(&run.summary.task));
    Some(Curve::new(name, Ink::Run(n), Stroke::Dashed, points))
}

/// A drawing with its name beside it in a row of drawings.
fn panel(name: &str, n: usize, run: &RunRecord, axes: &Axes<'_>, note: &str, lines: &[Curve]) -> Drawing {
    let heading = format!("{}: {note}", fitting(&run.summary.task));
    curves(&format!("{name}-{}", n + 1), &heading, axes, 250, lines)
}

/// How far down pictures go. Some rules go to where double precision ends, in a straight fall; what plain descent leaves there is
/// rounding.
fn decades(runs: &[RunRecord]) -> f64 {
    if runs.iter().all(|run| run.kind.rules().plain()) { MOST_DECADES } else { 34.0 }
}

fn loss_axes(runs: &[RunRecord]) -> Axes<'static> {
    let scale = Scale::decades_down(runs.iter().flat_map(excess).map(|(_, y)| y), decades(runs));
    Axes { across: steps(runs), up: Axis { title: loss_name(runs.iter().map(|run| &run.summary)), scale } }
}

fn loss_overview(runs: &[RunRecord]) -> Picture {
    let laws = runs.iter().enumerate().filter_map(|(n, run)| law_line(n, run)).map(Curve::unlisted);
    let least = runs.iter().filter_map(|run| least(run, steps(runs))).map(Curve::unlisted);
    let curves_of = runs.iter().enumerate().map(|(n, run)| curve(n, run, excess(run)));
    let lines: Vec<Curve> = least.chain(laws).chain(curves_of).collect();
    let caption = if runs.iter().any(|run| run.summary.best_loss.is_some_and(|least| least > 0.0)) {
        "Solid: what training did. Dotted: the least loss that any student can reach. Look for the end of every solid curve lying on its dotted \
         line."
    } else if runs.iter().enumerate().any(|(n, run)| law_line(n, run).is_some()) {
        "Solid: what training did. Dashed: the law. Look for the end of every solid curve lying on its dashed line, or along it."
    } else {
        "What training did. No law is known for this run; look for a steady fall."
    };
    Picture {
        title: titled_loss(runs, " over training"),
        caption: caption.to_owned(),
        drawings: vec![curves("loss", "", &loss_axes(runs), 440, &lines)],
    }
}

fn loss_by_task(runs: &[RunRecord]) -> Picture {
    let axes = loss_axes(runs);
    let drawing = |(n, run): (usize, &RunRecord)| {
        let slope = fixed_or_nothing(run.summary.slope, 3);
        let ratio = run.summary.law_ratio.or(run.summary.line_ratio);
        let note = format!("slope {slope}, law × {}", fixed_or_nothing(ratio, 3));
        let lines: Vec<Curve> = least(run, axes.across)
            .into_iter()
            .chain(law_line(n, run))
            .chain([curve(n, run, excess(run))])
            .map(Curve::unlisted)
            .collect();
        panel("loss-by-task", n, run, &axes, &note, &lines)
    };
    Picture {
        title: titled_loss(runs, ", task by task"),
        caption: if runs.iter().any(|run| run.kind.labels()) {
            "The same curves apart. The slope is measured over the last half decade of steps and should be near −1, of labels near −1/3; \
             the last point should be near 1 times the law."
        } else if !is_excess(runs) {
            "The same curves apart, with the slope over the last half decade of steps. Dashed: the law or the line of the rule, where one is \
             known. Dotted: the least loss of any student, where that is known and above zero."
        } else if runs.iter().all(|run| run.kind.rules().plain()) {
            "The same curves apart. The slope is measured over the last half decade of steps and should be near −1; the last point \
             should be near 1 times the law."
        } else {
            "The same curves apart, with the slope over the last half decade of steps; where a line is known, the curve should fall as fast \
             as it: 1 times the law."
        }
        .to_owned(),
        drawings: runs.iter().enumerate().map(drawing).collect(),
    }
}

fn law_ratio(runs: &[RunRecord]) -> Picture {
    let ratio = |run: &RunRecord| -> Vec<(f64, f64)> {
        law(run)
            .map(|c| excess(run).map(|(t, y)| (t, (y - ground(run)) * slowed(run, t) / c)).collect())
            .unwrap_or_default()
    };
    let drawn = || runs.iter().enumerate().filter(|(_, run)| law(run).is_some());
    let lines = |across: Axis<'_>| -> Vec<Curve> {
        let level = Curve::level("exactly the law", Stroke::Dashed, across, 1.0);
        let named = |(n, run): (usize, &RunRecord)| {
            let last = fixed_or_nothing(run.summary.law_ratio, 4);
            Curve { name: format!("{}: {last}", fitting(&run.summary.task)), ..curve(n, run, ratio(run).into_iter()) }
        };
        std::iter::once(level).chain(drawn().map(named)).collect()
    };
    let all_excess = is_excess(runs);
    let up_title = if all_excess { "excess loss / law" } else { "loss above the least / law" };
    let across = steps(runs);
    let scale = Scale::decades(runs.iter().flat_map(ratio).map(|(_, y)| y).chain([1.0, 10.0]));
    let whole = curves("law-ratio", "", &Axes { across, up: Axis { title: up_title, scale } }, 300, &lines(across));

    // The end, by the per cent: the last half decade, as far from 1 as the farthest last point is, and a little more.
    let last =
        extent(drawn().flat_map(|(_, run)| run.curve.last()).map(|point| point.step as f64)).map_or(1.0, |(_, t)| t);
    let end = Axis { title: STEPS, scale: Scale::Decades { low: log10(last) - 0.5, high: log10(last) } };
    let far = extent(drawn().filter_map(|(_, run)| run.summary.law_ratio).map(|ratio| (ratio - 1.0).abs()));
    let far = (1.5 * far.map_or(0.0, |(_, far)| far)).larger(0.04);
    let step = if far <= 0.06 { 0.01 } else { step(2.0 * far) };
    let scale = Scale::Even { low: (1.0 - far).larger(0.0), high: 1.0 + far, step };
    let close =
        curves("law-ratio-end", "", &Axes { across: end, up: Axis { title: up_title, scale } }, 300, &lines(end));
    Picture {
        title: if all_excess { "Excess loss divided by its law" } else { "Loss above the least, divided by its law" }.to_owned(),
        caption: "The loss seen through a magnifying glass: divided by the law, agreement is the level line at 1. \
                  Early steps have not heard of the law yet; then attention is still being found and the loss stands \
                  above it. Look for every curve lying down on the line at the right end. Below, the last half decade on a scale of \
                  its own, where a per cent can be read; the legend gives the last value."
            .to_owned(),
        drawings: vec![whole, close],
    }
}

fn ood_axes(runs: &[RunRecord]) -> Axes<'static> {
    let scale = Scale::decades_down(runs.iter().flat_map(ood).map(|(_, y)| y.abs()), decades(runs));
    let title = if is_excess(runs) { "|out-of-distribution excess|" } else { "|loss − teacher's|" };
    Axes { across: steps(runs), up: Axis { title, scale } }
}

/// A line of half the slope that the loss has in the end, over the last two decades, a little above the geometric mean of the last
/// decade of the curves; none where the loss falls along no power.
fn square_root_guide(runs: &[RunRecord]) -> Option<Curve> {
    const SHIFT: f64 = 0.4;
    let half = 0.5 * decay(runs.first().filter(|_| is_excess(runs))?)?;
    let (_, last) = extent(runs.iter().flat_map(|run| &run.curve).map(|point| point.step as f64))?;
    let late = runs.iter().flat_map(ood).filter(|&(t, y)| t * 10.0 >= last && y != 0.0);
    let logs: Vec<f64> = late.map(|(t, y)| log10(y.abs()) + half * log10(t)).collect();
    let log_c = logs.iter().sum::<f64>() / logs.len() as f64 + SHIFT;
    let since = (last / 100.0).larger(1.0);
    let at = |t: f64| (t, Scalar::exp((log_c - half * log10(t)) * Scalar::ln(10.0)));
    let name = if half == 0.5 { "slope −1/2, to compare" } else { "slope −1, to compare" };
    let guide = Curve::new(name, Ink::Guide, Stroke::Dashed, vec![at(since), at(last)]);
    (!logs.is_empty()).then_some(guide)
}

/// A curve that has either sign.
fn signed(curve: Curve) -> Curve {
    Curve { stroke: Stroke::Signed, ..curve }
}

fn ood_overview(runs: &[RunRecord]) -> Picture {
    let lines = runs.iter().enumerate().map(|(n, run)| signed(curve(n, run, ood(run))));
    let lines: Vec<Curve> = square_root_guide(runs).into_iter().chain(lines).collect();
    let whole = curves("out-of-distribution", "", &ood_axes(runs), 400, &lines);
    if !is_excess(runs) {
        return Picture {
            title: titled_loss(runs, " on inputs of another kind"),
            caption: "An exam with a lopsided error can come out in the student's favour: where the student's loss is below its teacher's the \
                      points are open circles, and a curve that changes sign dives to zero in between."
                .to_owned(),
            drawings: vec![whole],
        };
    }
    if !runs.iter().all(|run| decay(run) == Some(1.0)) {
        return Picture {
            title: "Excess loss on inputs of another kind".to_owned(),
            caption: "An exam with a lopsided error can come out in the student's favour: where the excess is negative the points are \
                      open circles, and a curve that changes sign dives to zero in between. Look for curves that fall half as steeply as \
                      before."
                .to_owned(),
            drawings: vec![whole],
        };
    }
    let grown = |run: &RunRecord| ood(run).map(|(t, y)| (t, y * t.sqrt())).collect::<Vec<_>>();
    let across = steps(runs);
    let up =
        Axis { title: "excess × √steps", scale: Scale::around_zero(runs.iter().flat_map(grown).map(|(_, y)| y)) };
    let zero = Curve::level("zero", Stroke::Dashed, across, 0.0).unlisted();
    let lines = runs.iter().enumerate().map(|(n, run)| curve(n, run, grown(run).into_iter()));
    let lines: Vec<Curve> = std::iter::once(zero).chain(lines).collect();
    let level = curves("out-of-distribution-signed", "", &Axes { across, up }, 320, &lines);
    Picture {
        title: "Excess loss on inputs of another kind".to_owned(),
        caption: "An exam with a lopsided error can come out in the student's favour. Above, the size of the excess; where the \
                  excess is negative the points are open circles, and a curve that changes sign dives to zero in between. Look for the right \
                  end of the curves running parallel to the dashed guide, half as steep as before. Below, the excess with its \
                  sign, times the square root of the steps: what falls with that root ends level."
            .to_owned(),
        drawings: vec![whole, level],
    }
}

fn ood_by_task(runs: &[RunRecord]) -> Picture {
    let parts = runs.iter().any(|run| ood_first_order(run).next().is_some());
    let values = runs.iter().flat_map(|run| ood(run).chain(ood_first_order(run)));
    let scale = Scale::decades_down(values.map(|(_, y)| y.abs()), decades(runs));
    let up = Axis { scale, ..ood_axes(runs).up };
    let axes = Axes { up, ..ood_axes(runs) };
    let drawing = |(n, run): (usize, &RunRecord)| {
        let slope = fixed_or_nothing(run.summary.ood_slope, 3);
        let note = match run.ood_first_order_slope.filter(|_| decay(run).is_some()) {
            Some(first) => format!("slope {slope}, 1st order {}", fixed(first, 3)),
            None => format!("slope {slope}"),
        };
        let sizes = ood_first_order(run).map(|(t, y)| (t, y.abs())).collect();
        let first_order = Curve::new("first order, without its sign", Ink::Guide, Stroke::Dotted, sizes);
        let own = signed(curve(n, run, ood(run)));
        let lines = square_root_guide(std::slice::from_ref(run)).into_iter().chain([first_order, own]);
        panel("out-of-distribution-by-task", n, run, &axes, &note, &lines.map(Curve::unlisted).collect::<Vec<_>>())
    };
    let first_order = if parts && !is_excess(runs) {
        " Dotted: the part of it that is proportional to the lopsided error."
    } else if parts {
        " Dotted: the part of the excess that is proportional to the lopsided error; it alone follows the square root \
         exactly, the rest falls as the loss above and dies out."
    } else {
        ""
    };
    Picture {
        title: titled_loss(runs, " on inputs of another kind, task by task"),
        caption: match runs.first().filter(|_| is_excess(runs)).and_then(decay) {
            Some(1.0) => format!(
                "The same curves apart, with the slope over the last decade of steps, which should be near −0.5; dashed: \
                 exactly −1/2.{first_order}"
            ),
            _ => format!("The same curves apart, with the slope over the last decade of steps.{first_order}"),
        },
        drawings: runs.iter().enumerate().map(drawing).collect(),
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
    let scale = Scale::Even { low, high: 1.0 + (1.0 - low) * 0.06, step };
    let across = steps(runs);
    let axes = Axes { across, up: Axis { title: "cosine of the worst filter", scale } };
    let threshold = Curve::level("0.9, \"recovered\"", Stroke::Dashed, across, 0.9);
    // Curves may lie on top of one another: each is thinner than the one below it, so that every colour shows.
    let line = |(n, run): (usize, &RunRecord)| {
        let name = fitting(&run.summary.task);
        let name = cosines(run).last().map_or(name.clone(), |(_, last)| format!("{name}: {}", from_one(last)));
        let nested = 5_usize.saturating_sub(runs.len() - 1 - n);
        let stroke = Stroke::Wide(9.0 - 1.5 * nested as f64);
        Curve { name, stroke, ..curve(n, run, cosines(run)) }
    };
    let lines: Vec<Curve> = std::iter::once(threshold).chain(runs.iter().enumerate().map(line)).collect();
    Picture {
        title: "Cosine of the worst filter over training".to_owned(),
        caption: "Look for curves above the dashed line, the better the earlier. With exact gradients from a start \
                  at zero the direction is right from the very first step and only the length has to grow, so all \
                  curves lie on 1; with random samples they climb. The legend gives the last value."
            .to_owned(),
        drawings: vec![curves("cosine", "", &axes, 260, &lines)],
    }
}

/// Relative errors of both matrices, in norm.
fn errors(runs: &[RunRecord]) -> Picture {
    let drawing = |name: &str, heading: &str, value: fn(&CurvePoint) -> Option<f64>| {
        let values = runs.iter().flat_map(|run| after_start(run, value)).map(|(_, y)| y);
        let axes = Axes {
            across: steps(runs),
            up: Axis { title: "relative error", scale: Scale::decades_down(values, decades(runs)) },
        };
        let lines = runs.iter().enumerate().map(|(n, run)| curve(n, run, after_start(run, value)));
        curves(name, heading, &axes, 330, &lines.collect::<Vec<_>>())
    };
    Picture {
        title: "Errors of both matrices, in norm".to_owned(),
        caption: format!(
            "The Frobenius norm of W − V* over that of V*, and of S − S* over that of S*. A filter may point the right way and still be too \
             short: then its cosine is 1 and its error is not 0.{}",
            if is_excess(runs) { " Both errors should fall with the square root of the loss." } else { "" }
        ),
        drawings: vec![
            drawing("value-error", "filters, |W − V*| / |V*|", |point| point.value_error),
            drawing("attention-error", "attention, |S − S*| / |S*|", |point| point.attention_error),
        ],
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
