//! What a run means: from the curve of its excess loss, one word and one sentence.
//!
//! A small number at the end of a run may be success, the first plateau of a run that has hardly begun, or one swing of an
//! oscillation. These are the rules, tried in this order; E is the excess loss, E0 before the first step, the *end* of a curve
//! its last half decade of steps, and its slope that of `ln E` over `ln steps` there.
//!
//! | verdict | rule |
//! |---|---|
//! | stuck | at no step of the curve E was further from E0 than a part in 10^9 |
//! | diverged | all of the end is more than a twentieth above E0: the student answers worse than at its start; not where E0 is zero |
//! | floor | E is within 1 % of the least that any student can reach, where that is known and not zero; or at the end of what the number type resolves ([`resolution`]; the whole factor of 64^2 only once E falls no more); or, with label noise, E fell below `E0 / 10` (or E0 is zero) and the slope is above -1/4 |
//! | oscillating | what E rises by at the end, summed, is more than a twentieth of its largest value there (half of it where gradients are from samples), and E does not fall all the same: to a ten-thousandth of that value, or by a slope below -1/4 that over the last decade of steps is below zero by three times its standard error |
//! | plateau | the slope is above -1/4, over three points or more and after thirty steps or more |
//! | asymptotic | the slope is within 0.05 of -1, and E within a tenth of the law, where there is one; without, the slope is within 0.1 of -1 over the half decade before, too, and within 0.25 over the one before that |
//! | scale | asymptotic, or at the end of what the number type resolves, where the rows of the teacher's mixing sum to another number than 1 |
//! | transient | everything else |
//!
//! The constants were chosen so that runs whose end is known (the paper's tasks at 16 to 128 tokens, at a tenth and ten times
//! the rate; saddles; signed mixings) come out right; the tests hold them.

use super::{law, log_log_line, log_log_slope};
use crate::scalar::Scalar;

/// What a run means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The loss falls as theory says that it does for ever.
    Asymptotic,
    /// The loss falls, and not yet as it will in the end.
    Transient,
    /// The loss hardly falls: a plateau, from which some runs go on after many steps.
    Plateau,
    /// The loss goes up and down.
    Oscillating,
    /// The loss has not moved at all.
    Stuck,
    /// The loss is as small as it can become.
    Floor,
    /// A step was refused because it could diverge, or the loss ended above its start.
    Diverged,
    /// The student has become its teacher but for a factor between attention and filters that nobody can see from outside.
    Scale,
}

impl Verdict {
    /// The word that tables and files have for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asymptotic => "asymptotic",
            Self::Transient => "transient",
            Self::Plateau => "plateau",
            Self::Oscillating => "oscillating",
            Self::Stuck => "stuck",
            Self::Floor => "floor",
            Self::Diverged => "diverged",
            Self::Scale => "scale",
        }
    }

    /// Whether a run that ends so has failed.
    pub const fn failed(self) -> bool {
        matches!(self, Self::Diverged | Self::Oscillating | Self::Stuck)
    }
}

/// The law of a regular teacher, `K J (D - K) / (4 rate T)` after T steps: see [`law`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Law {
    /// K, tokens that one output averages.
    pub group: usize,
    /// J.
    pub outputs: usize,
    /// D.
    pub tokens: usize,
    /// Rate of W_KQ.
    pub attention_rate: f64,
}

impl Law {
    /// The law of selection of sets that come with the sample, [`selection_law`](super::laws::selection_law), for logits of this
    /// `scale`: that of one output with one token, at the rate by which logits move. Its `steps_needed` is not.
    pub fn selection(tokens: usize, scale: f64, attention_rate: f64) -> Self {
        Self { group: 1, outputs: 1, tokens, attention_rate: scale * scale * attention_rate }
    }

    /// Excess loss after `steps` steps.
    pub fn excess(&self, steps: u64) -> f64 {
        law(self.group, self.outputs, self.tokens, self.attention_rate, steps)
    }

    /// Steps from which on a run that starts at an excess loss of `start` follows the law to a tenth, within a factor of two:
    /// `400 sqrt(D / K)` times those after which the law itself is down to `start`. Measured, not derived: 520 to 1,180
    /// times for K from 1 to 8 of 16 and 32 tokens, 2,270 times for 4 of 128.
    pub fn steps_needed(&self, start: f64) -> Option<u64> {
        let ratio = f64::from_usize(self.tokens) / f64::from_usize(self.group);
        let steps = 400.0 * Scalar::sqrt(ratio) * self.excess(1) / start;
        (steps > 0.0 && steps < 1e18).then_some(steps as u64)
    }
}

/// What is known of a run beside its curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circumstances {
    /// The law, for a regular teacher that is not averaged over all tokens, and one start from zero.
    pub law: Option<Law>,
    /// The least excess loss of any student, where it is known: [`best_loss`](super::least_loss::best_loss).
    pub best_loss: Option<f64>,
    /// What each row of the teacher's mixing sums to, if all sum to the same.
    pub row_sum: Option<f64>,
    /// Gradients are from samples.
    pub sampled: bool,
    /// Labels are noisy.
    pub noisy: bool,
    /// Distance from 1 to the next number of the type that was trained in.
    pub epsilon: f64,
}

impl Circumstances {
    /// Whether the rows of the teacher's mixing have another sum than 1, which a student's rows have: its filters then are the
    /// teacher's times that number. Sums that differ from 1 by 64 `epsilon` or less are rounded.
    pub fn scaled(&self) -> bool {
        self.row_sum.is_some_and(|sum| (sum - 1.0).abs() > 64.0 * self.epsilon)
    }
}

/// The part of the excess loss at the start below which a loss is one of rounding errors, for numbers of this `epsilon` (distance from
/// 1 to the next one): `(64 epsilon)^2`, as the loss is formed of differences between student and teacher, which vanish one by one. Where
/// the rows of the teacher's mixing sum to another number c than 1 they do not, as the student's rows sum to 1 and its filters are c times
/// the teacher's: there it is `64 epsilon (c - 1)^2`, where that is more. Measured, not derived: trainings that have met rounding stay below
/// it for sums from 0.1 to 10, at 6 to 64 tokens. Costs O(1).
pub fn resolution(epsilon: f64, row_sum: Option<f64>) -> f64 {
    let unit = 64.0 * epsilon;
    let apart = row_sum.map_or(0.0, |sum| sum - 1.0);
    (unit * unit).larger(unit * (apart * apart))
}

/// A verdict and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// One word.
    pub verdict: Verdict,
    /// One sentence, without a full stop.
    pub reason: &'static str,
    /// Total steps from which on the law should hold, where it does not hold yet.
    pub steps_needed: Option<u64>,
}

impl Judgement {
    /// Whether the loss was seen to fall, whatever it falls like: of a loss whose law is not the one that it was judged by this is what is left
    /// of the judgement. A run of which too little was recorded is [transient](Verdict::Transient), and was not.
    pub fn falls(&self) -> bool {
        match self.verdict {
            Verdict::Asymptotic | Verdict::Scale => true,
            Verdict::Transient => ![NOTHING_RECORDED, NO_STEP, TOO_FEW_STEPS].contains(&self.reason),
            _ => false,
        }
    }
}

const NOTHING_RECORDED: &str = "nothing was recorded";
const NO_STEP: &str = "no step was taken";
const TOO_FEW_STEPS: &str = "too few steps to say how the loss falls";

/// The reason for a loss that jumps and is [transient](Verdict::Transient) all the same, for who knows better of such a run.
pub const FALLS_IN_JUMPS: &str = "the loss jumps, and falls all the same, by more than its jumps";

const HALF_DECADE: f64 = 3.162_277_660_168_379_5;

/// Judges a curve of `(steps, excess loss)`, in the order of steps and best at steps that are spaced by a factor; the first
/// is before the first step. Costs four passes over the curve.
pub fn judge(curve: impl Iterator<Item = (u64, f64)> + Clone, known: &Circumstances) -> Judgement {
    let told = |verdict, reason| Judgement { verdict, reason, steps_needed: None };
    let (Some((_, start)), Some((steps, _))) = (curve.clone().next(), curve.clone().last()) else {
        return told(Verdict::Transient, NOTHING_RECORDED);
    };
    let between = |from: f64, to: f64| {
        let points = curve.clone().map(|(step, excess)| (step as f64, excess));
        points.filter(move |&(step, _)| step > 0.0 && step >= from && step <= to)
    };
    let total = steps as f64;
    let end = between(total / HALF_DECADE, total);
    if steps == 0 {
        return told(Verdict::Transient, NO_STEP);
    }
    let scaled = known.scaled();
    // Some of those constants are spare: a loss that is still on its way has not met rounding yet.
    let losses = curve.clone().map(|(_, excess)| excess);
    let [third, second, last] = losses.fold([f64::NAN; 3], |[_, third, second], last| [third, second, last]);
    let slope = log_log_slope(end.clone());
    let flat = slope.is_none_or(|slope| slope > -0.25);
    let falls = !flat && second < 0.99 * third && last < 0.99 * second;
    let resolved = resolution(known.epsilon, known.row_sum);
    if last <= known.epsilon * known.epsilon * start || (last <= resolved * start && !falls) {
        return if scaled {
            told(
                Verdict::Scale,
                "the loss is at the end of what the number type resolves; rows of the mixing do not sum to 1, so that the \
                 student's filters are the teacher's times that sum",
            )
        } else {
            told(Verdict::Floor, "the loss is at the end of what the number type resolves")
        };
    }
    if let Some(best) = known.best_loss.filter(|&best| best > 1e-12 * start)
        && last <= 1.01 * best
    {
        return told(Verdict::Floor, "the loss is within 1 % of the least that any student of this kind can reach");
    }
    if curve.clone().all(|(_, excess)| (excess - start).abs() <= 1e-9 * start) {
        return told(
            Verdict::Stuck,
            "the loss has not moved: the start is a stationary point, or the rate is too small",
        );
    }
    // A loss that is no number is above everything.
    let above = |excess: f64| excess.is_nan() || (excess > 1.05 * start && start > 0.0);
    if above(last) && end.clone().all(|(_, excess)| above(excess)) {
        return told(
            Verdict::Diverged,
            "the loss ended above its start: the student answers worse than it did before its first step; a lower rate may help",
        );
    }
    if known.noisy && flat && (last < 0.1 * start || start <= 0.0) {
        return told(
            Verdict::Floor,
            "label noise holds the loss where it is; a lower rate or a larger batch lowers it",
        );
    }
    let (mut risen, mut largest, mut before) = (0.0_f64, 0.0_f64, None::<f64>);
    let points = end.clone().count();
    for (_, excess) in end {
        risen += before.map_or(0.0, |before| (excess - before).larger(0.0));
        largest = excess.larger(largest);
        before = Some(excess);
    }
    if risen > largest * if known.sampled { 0.5 } else { 0.05 } && last > 1e-4 * largest {
        // Half a decade is too short to tell a fall from jumps of its size.
        let decade = log_log_line(between(total / (HALF_DECADE * HALF_DECADE), total));
        let falls = decade.is_some_and(|line| {
            line.slope < 0.0 && line.squared_error.is_some_and(|error| line.slope * line.slope > 9.0 * error)
        });
        return if falls && !flat {
            told(Verdict::Transient, FALLS_IN_JUMPS)
        } else {
            told(Verdict::Oscillating, "the loss goes up and down; a lower rate may help")
        };
    }
    let ratio = known.law.map(|law| last / law.excess(steps));
    let steps_needed = known.law.and_then(|law| law.steps_needed(start)).filter(|&needed| needed > steps);
    if flat && (points < 3 || steps < 30) {
        return Judgement { steps_needed, ..told(Verdict::Transient, TOO_FEW_STEPS) };
    }
    if flat {
        // What is near the least was said to be.
        let reason = if known.best_loss.is_some() {
            "the loss hardly falls; the run is on a plateau, above the least that a student can reach"
        } else {
            "the loss hardly falls; the run is on a plateau, or at the least that this student can reach"
        };
        return Judgement { steps_needed, ..told(Verdict::Plateau, reason) };
    }
    let near = |slope: Option<f64>, tolerance: f64| slope.is_some_and(|slope| (slope + 1.0).abs() <= tolerance);
    // A loss that leaves a plateau becomes steeper than 1/t, and on the way has that slope for most of a decade.
    let earlier = || {
        let first = total / HALF_DECADE;
        let second = first / HALF_DECADE;
        near(log_log_slope(between(second, first)), 0.1)
            && near(log_log_slope(between(second / HALF_DECADE, second)), 0.25)
    };
    if !near(slope, 0.05) {
        let reason = match slope {
            Some(slope) if slope < -1.0 => {
                "the loss falls faster than 1/t, as it does after a plateau, and where attention has nothing to learn"
            }
            _ => "the loss falls more slowly than 1/t",
        };
        return Judgement { steps_needed, ..told(Verdict::Transient, reason) };
    }
    match ratio {
        Some(ratio) if (ratio - 1.0).abs() > 0.1 => {
            let reason = "the loss falls like 1/t for the moment, and is not where the law says that it ends";
            return Judgement { steps_needed, ..told(Verdict::Transient, reason) };
        }
        None if !earlier() => return told(Verdict::Transient, "the loss has begun to fall like 1/t"),
        _ => {}
    }
    if scaled {
        return told(
            Verdict::Scale,
            "the loss falls like 1/t; rows of the mixing do not sum to 1, so that the student's filters are the teacher's \
             times that sum",
        );
    }
    let along = if ratio.is_some() {
        "the loss falls along its law"
    } else {
        "the loss falls like 1/t, over a decade and a half"
    };
    told(Verdict::Asymptotic, along)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: Circumstances = Circumstances {
        law: None,
        best_loss: None,
        row_sum: Some(1.0),
        sampled: false,
        noisy: false,
        epsilon: f64::EPSILON,
    };

    /// A curve at twenty steps a decade, up to `steps`.
    fn curve(steps: u64, excess: impl Fn(f64) -> f64) -> std::vec::Vec<(u64, f64)> {
        let spaced = (0..).map(|i| Scalar::exp(f64::from(i) * std::f64::consts::LN_10 / 20.0) as u64);
        let mut at: std::vec::Vec<_> = std::iter::once(0).chain(spaced.take_while(|&step| step < steps)).collect();
        at.push(steps);
        at.dedup();
        at.into_iter().map(|step| (step, excess(step as f64))).collect()
    }

    fn verdict(curve: &[(u64, f64)], known: &Circumstances) -> Verdict {
        judge(curve.iter().copied(), known).verdict
    }

    /// What is left where 1/t is not the law: a loss that was seen to fall, and none of which too little is known.
    #[test]
    fn a_loss_falls_or_was_not_seen_to() {
        let falls = |curve: &[(u64, f64)]| {
            let judged = judge(curve.iter().copied(), &EXACT);
            (judged.verdict, judged.falls())
        };
        for power in [0.5, 1.0, 2.0] {
            assert!(falls(&curve(10_000, |t| Scalar::exp(-power * Scalar::ln(1.0 + t)))).1, "{power}");
        }
        for (steps, told) in [(0, "no step"), (3, "few steps"), (20, "few steps and flat")] {
            assert_eq!(falls(&curve(steps, |t| 1.0 - 1e-3 * t)), (Verdict::Transient, false), "{told}");
        }
        assert_eq!(falls(&[]), (Verdict::Transient, false));
        assert_eq!(falls(&curve(10_000, |_| 1.0)), (Verdict::Stuck, false));
        assert_eq!(falls(&curve(10_000, |t| 1.0 - 1e-6 * t)), (Verdict::Plateau, false));
    }

    #[test]
    fn each_verdict_has_its_curve() {
        let law = Law { group: 4, outputs: 16, tokens: 16, attention_rate: 0.25 };
        let lawful = Circumstances { law: Some(law), ..EXACT };
        let along = |t: f64| 4.0 / (1.0 + t * 4.0 / law.excess(1));
        let run = curve(1_000_000, along);
        assert_eq!(verdict(&run, &lawful), Verdict::Asymptotic);
        assert_eq!(verdict(&run, &EXACT), Verdict::Asymptotic);
        assert_eq!(verdict(&run, &Circumstances { row_sum: Some(2.0), ..lawful }), Verdict::Scale);
        assert_eq!(verdict(&run[..61], &lawful), Verdict::Transient, "after a thousand steps");
        assert_eq!(verdict(&curve(1_000_000, |t| 2.4 * along(t)), &lawful), Verdict::Transient, "off the law");

        let wide = Law { group: 4, outputs: 128, tokens: 128, attention_rate: 0.031_25 };
        let early = Circumstances { law: Some(wide), ..EXACT };
        let plateau = judge(curve(20_000, |t| 26.6 + 5.0 / (1.0 + t)).into_iter(), &early);
        assert_eq!(plateau.verdict, Verdict::Plateau, "though the law says 25.4");
        assert!(plateau.steps_needed.is_some_and(|steps| steps > 10_000_000), "{plateau:?}");
        assert_eq!(verdict(&curve(20_000, |_| 9.36), &lawful), Verdict::Stuck);
        // Every other point is high.
        let swing = |t: f64| if (t as u64).is_multiple_of(2) { 2.0 } else { 4.0 };
        assert_eq!(verdict(&curve(20_000, swing), &lawful), Verdict::Oscillating);
        assert_eq!(verdict(&curve(20_000, |t| 1.17 + 1.0 / (1.0 + t)), &EXACT), Verdict::Plateau);
        let known = Circumstances { best_loss: Some(1.17), ..EXACT };
        assert_eq!(verdict(&curve(20_000, |t| 1.17 + 1.0 / (1.0 + t)), &known), Verdict::Floor);
        assert_eq!(verdict(&curve(100, |t| Scalar::exp(-t)), &EXACT), Verdict::Floor, "exp(-100)");
        let noisy = Circumstances { sampled: true, noisy: true, ..lawful };
        assert_eq!(verdict(&curve(20_000, |t| 0.01 + 1.0 / (1.0 + t)), &noisy), Verdict::Floor);
        // Rounding ends a run, too, that only its scale tells from its teacher.
        let double = Circumstances { row_sum: Some(2.0), ..EXACT };
        assert_eq!(verdict(&curve(100, |t| Scalar::exp(-t)), &double), Verdict::Scale);
        assert_eq!(verdict(&[], &EXACT), Verdict::Transient);
        assert_eq!(verdict(&[(0, 1.0)], &EXACT), Verdict::Transient);
    }

    /// Above its start a student answers worse than it did before it learned anything.
    #[test]
    fn a_loss_that_ends_above_its_start_has_diverged() {
        let sampled = Circumstances { sampled: true, noisy: true, ..EXACT };
        for known in [EXACT, sampled, Circumstances { best_loss: Some(0.25), ..EXACT }] {
            // To a plateau, on and on, down from a peak, and to no number at all.
            let level = |t: f64| if t < 1.0 { 1.0 } else { 1e4 - 1.0 / (1.0 + t) };
            assert_eq!(verdict(&curve(3_000, level), &known), Verdict::Diverged);
            assert_eq!(verdict(&curve(3_000, |t| 1.0 + t), &known), Verdict::Diverged);
            assert_eq!(verdict(&curve(3_000, |t| if t < 1.0 { 1.0 } else { 1e6 / t }), &known), Verdict::Diverged);
            assert_eq!(verdict(&curve(1, |t| 1.0 + t), &known), Verdict::Diverged);
            let no_number = |t: f64| if t < 1.0 { 1.0 } else { f64::NAN };
            assert_eq!(verdict(&curve(3_000, no_number), &known), Verdict::Diverged);
            // A rise that rounding, or a batch, makes of a plateau; and one from which the loss comes back.
            assert!(verdict(&curve(3_000, |t| 1.0 + 0.03 * t / (1.0 + t)), &known) != Verdict::Diverged);
            let swing = |t: f64| if (t as u64).is_multiple_of(2) { 0.5 } else { 4.0 };
            assert_eq!(verdict(&curve(20_000, swing), &known), Verdict::Oscillating);
        }
    }

    #[test]
    fn a_loss_that_falls_in_swings_falls() {
        // By a factor of ten in three steps, and up to thrice on the way.
        let falling = |t: f64| Scalar::exp(-0.7 * t) * if (t as u64).is_multiple_of(3) { 3.0 } else { 1.0 };
        assert_eq!(verdict(&curve(40, falling), &EXACT), Verdict::Transient);
    }

    /// Test losses of layers at twenty looks a decade, of which the early ones are left out: a merged convolution whose loss falls by
    /// a factor of nine over the last decade, in jumps; one that falls no more; and separate matrices that are thrown off again and again.
    #[test]
    fn a_loss_that_falls_by_more_than_its_jumps_does_not_oscillate() {
        let falling = [
            (0, 3.94),
            (708, 1.18),
            (794, 1.04),
            (891, 0.901),
            (1000, 0.765),
            (1122, 0.659),
            (1259, 0.569),
            (1413, 0.475),
            (1585, 0.413),
            (1778, 0.362),
            (1995, 0.314),
            (2239, 0.282),
            (2512, 0.254),
            (2818, 0.215),
            (3162, 0.192),
            (3548, 0.173),
            (3981, 0.233),
            (4467, 0.128),
            (5012, 0.166),
            (5623, 0.166),
            (6310, 0.0918),
            (7079, 0.0703),
            (7943, 0.206),
            (8913, 0.221),
            (10000, 0.0859),
        ];
        let held = [
            (0, 3.94),
            (1413, 0.396),
            (1585, 0.355),
            (1778, 0.317),
            (1995, 0.278),
            (2239, 0.247),
            (2512, 0.335),
            (2818, 0.219),
            (3162, 0.182),
            (3548, 0.232),
            (3981, 0.215),
            (4467, 0.375),
            (5012, 0.28),
            (5623, 0.237),
            (6310, 0.217),
            (7079, 0.101),
            (7943, 0.203),
            (8913, 0.264),
            (10000, 0.181),
            (11220, 0.198),
            (12589, 0.0997),
            (14125, 0.168),
            (15849, 0.145),
            (17783, 0.144),
            (19953, 0.215),
            (20000, 0.123),
        ];
        let thrown = [
            (0, 10.4),
            (282, 0.11),
            (316, 0.462),
            (355, 1.87),
            (398, 0.414),
            (447, 0.0467),
            (501, 0.0403),
            (562, 0.0477),
            (631, 0.0372),
            (708, 0.522),
            (794, 0.182),
            (891, 0.0202),
            (1000, 0.0259),
            (1122, 0.0313),
            (1259, 0.0433),
            (1413, 0.0798),
            (1585, 0.0297),
            (1778, 0.0107),
            (1995, 0.00756),
            (2239, 0.00891),
            (2512, 0.00732),
            (2818, 0.128),
            (3162, 0.0197),
            (3548, 0.0263),
            (3981, 0.0183),
            (4000, 0.0034),
        ];
        let thrown_longer = [
            (0, 10.4),
            (562, 0.0477),
            (631, 0.0372),
            (708, 0.522),
            (794, 0.182),
            (891, 0.0202),
            (1000, 0.0259),
            (1122, 0.0313),
            (1259, 0.0433),
            (1413, 0.0798),
            (1585, 0.0297),
            (1778, 0.0107),
            (1995, 0.00756),
            (2239, 0.00891),
            (2512, 0.00732),
            (2818, 0.128),
            (3162, 0.0197),
            (3548, 0.0263),
            (3981, 0.0183),
            (4467, 0.00344),
            (5012, 0.00518),
            (5623, 0.159),
            (6310, 0.0161),
            (7079, 0.00217),
            (7943, 0.00196),
            (8000, 0.0376),
        ];
        let sampled = Circumstances { sampled: true, ..EXACT };
        let judged = |curve: &[(u64, f64)]| judge(curve.iter().copied(), &sampled);
        let found = judged(&falling);
        assert!(found.verdict == Verdict::Transient && found.reason == FALLS_IN_JUMPS, "{found:?}");
        assert_eq!(verdict(&held, &sampled), Verdict::Oscillating);
        assert_eq!(verdict(&thrown, &sampled), Verdict::Oscillating);
        // By its last half decade alone this one would fall like 1/t or faster.
        let end = thrown_longer.iter().filter(|(step, _)| *step >= 2_530).map(|&(step, excess)| (step as f64, excess));
        assert!(log_log_slope(end).is_some_and(|slope| slope < -1.0));
        assert_eq!(verdict(&thrown_longer, &sampled), Verdict::Oscillating);
    }

    /// Rounding begins somewhere below the resolution: a loss that goes on falling has not met it.
    #[test]
    fn a_loss_that_falls_on_has_not_met_rounding() {
        let single = Circumstances { epsilon: f32::EPSILON.into(), ..EXACT };
        // By mirror steps, past 5.8e-11 of the start at 131,000 steps.
        let square = curve(300_000, |t| 1.0 / (1.0 + t) / (1.0 + t));
        assert_eq!(verdict(&square, &single), Verdict::Transient);
        let level = curve(300_000, |t| 1e-12 + 1.0 / (1.0 + t) / (1.0 + t));
        let met: std::vec::Vec<_> = level.iter().map(|&(t, excess)| (t, excess.larger(4e-11))).collect();
        assert_eq!(verdict(&met, &single), Verdict::Floor);
        assert_eq!(verdict(&curve(40, |t| Scalar::exp(-t)), &single), Verdict::Floor, "4e-18 of the start");
        // Noise of rounding falls now and then, too.
        let mut noise = curve(300, |t| Scalar::exp(-t) + 4e-12);
        let last = noise.len() - 1;
        (noise[last].1, noise[last - 1].1) = (3e-12, 3.5e-12);
        assert_eq!(verdict(&noise, &single), Verdict::Floor);
    }

    /// Where rows do not sum to 1, differences between student and teacher do not vanish, and rounding is of their size.
    #[test]
    fn rounding_is_larger_where_rows_do_not_sum_to_one() {
        let by = |row_sum: f64, floor: f64| {
            let known = Circumstances { row_sum: Some(row_sum), ..EXACT };
            verdict(&curve(300, |t| Scalar::exp(-t) + floor), &known)
        };
        for sum in [4.0, -2.0] {
            assert_eq!(by(sum, 2.9e-14), Verdict::Scale, "{sum}");
            assert_eq!(by(sum, 1e-11), Verdict::Plateau, "{sum}");
        }
        assert_eq!(by(0.999, 2.6e-21), Verdict::Scale);
        assert_eq!(by(0.999, 2.9e-14), Verdict::Plateau);
        assert_eq!(by(1.0, 2.6e-21), Verdict::Plateau);
    }

    /// A student that equals its teacher before the first step answers worse after any; that says nothing of the run.
    #[test]
    fn a_loss_that_starts_at_zero_has_not_diverged_by_rising() {
        let risen = |t: f64| if t < 1.0 { 0.0 } else { 0.01 };
        let noisy = Circumstances { sampled: true, noisy: true, ..EXACT };
        assert_eq!(verdict(&curve(300, risen), &noisy), Verdict::Floor);
        assert_eq!(verdict(&curve(300, risen), &EXACT), Verdict::Plateau);
        assert_eq!(verdict(&curve(300, |_| 0.0), &EXACT), Verdict::Floor);
    }

    #[test]
    fn a_few_steps_are_no_plateau() {
        let plain = |t: f64| 1.0 / (1.0 + 0.02 * t);
        for steps in [1, 2, 3, 7, 10, 29] {
            assert_eq!(verdict(&curve(steps, plain), &EXACT), Verdict::Transient, "{steps} steps");
        }
    }

    #[test]
    fn one_step_or_two_are_no_plateau() {
        let at_once = |t: f64| if t < 1.0 { 1.0 } else { 1e-13 };
        assert_eq!(verdict(&curve(1, at_once), &EXACT), Verdict::Transient);
        assert_eq!(verdict(&curve(2, at_once), &EXACT), Verdict::Transient);
        assert_eq!(verdict(&curve(200, at_once), &EXACT), Verdict::Plateau);
    }

    /// What two layers' test losses were at ten steps a decade. The first leaves a plateau: from 1,000 to 4,467 steps its slope is
    /// that of 1/t, then steeper for ten times as long. The second falls like 1/t from 2,000 steps on.
    #[test]
    fn a_loss_on_its_way_from_a_plateau_is_not_asymptotic_at_any_length() {
        let leaving = [
            (0, 1.0),
            (1, 0.558),
            (3, 0.402),
            (5, 0.371),
            (7, 0.364),
            (9, 0.36),
            (11, 0.36),
            (14, 0.357),
            (18, 0.356),
            (22, 0.362),
            (28, 0.357),
            (35, 0.349),
            (45, 0.346),
            (56, 0.342),
            (71, 0.338),
            (89, 0.335),
            (112, 0.325),
            (141, 0.313),
            (178, 0.304),
            (224, 0.285),
            (282, 0.263),
            (355, 0.239),
            (447, 0.215),
            (562, 0.18),
            (708, 0.148),
            (891, 0.117),
            (1122, 0.0945),
            (1413, 0.0742),
            (1778, 0.0581),
            (2239, 0.0469),
            (2818, 0.051),
            (3548, 0.0282),
            (4467, 0.0221),
            (5623, 0.0152),
            (7079, 0.0117),
            (8913, 0.00905),
            (11220, 0.00658),
            (14125, 0.00514),
            (17783, 0.00398),
            (20000, 0.00344),
        ];
        let lawful = [
            (0, 2.67),
            (1, 2.01),
            (3, 1.74),
            (5, 1.66),
            (7, 1.62),
            (9, 1.59),
            (11, 1.57),
            (14, 1.54),
            (18, 1.5),
            (22, 1.45),
            (28, 1.39),
            (35, 1.32),
            (45, 1.2),
            (56, 1.09),
            (71, 0.925),
            (89, 0.772),
            (112, 0.609),
            (141, 0.475),
            (178, 0.351),
            (224, 0.27),
            (282, 0.2),
            (355, 0.152),
            (447, 0.119),
            (562, 0.0854),
            (708, 0.0655),
            (891, 0.0514),
            (1122, 0.039),
            (1413, 0.0304),
            (1778, 0.0235),
            (2239, 0.0188),
            (2818, 0.0145),
            (3548, 0.0116),
            (4467, 0.00919),
            (5623, 0.00697),
            (7079, 0.00571),
            (8913, 0.00449),
            (11220, 0.00351),
            (14125, 0.00281),
            (17783, 0.00218),
            (20000, 0.00193),
        ];
        let at = |curve: &[(u64, f64)], length: usize| {
            judge(curve.iter().copied().take(length), &Circumstances { sampled: true, ..EXACT }).verdict
        };
        for (length, (steps, _)) in leaving.iter().enumerate() {
            assert!(at(&leaving, length + 1) != Verdict::Asymptotic, "after {steps} steps");
        }
        for (length, &(steps, _)) in lawful.iter().enumerate().filter(|(_, (steps, _))| !(5_000..8_000).contains(steps))
        {
            let expected = steps > 5_000;
            assert_eq!(at(&lawful, length + 1) == Verdict::Asymptotic, expected, "after {steps} steps");
        }
    }
}
