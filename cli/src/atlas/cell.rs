//! What a cell says: what was predicted, what was measured, and the word that follows from the curve by rule.

use serde::{Serialize, Serializer};
use tutee::Scalar;
use tutee::recovery::log_log_slope;

use super::number::short;

/// A curve: steps and loss.
pub type Curve = Vec<(u64, f64)>;

/// What became of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Learned,
    Slower,
    Floor,
    Stuck,
    Diverged,
}

impl Word {
    /// The name that tables and files have.
    pub fn name(self) -> &'static str {
        match self {
            Self::Learned => "learned",
            Self::Slower => "learned slower",
            Self::Floor => "floor",
            Self::Stuck => "stuck",
            Self::Diverged => "diverged",
        }
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The rule, as page and documentation say it.
pub const RULE: &str = "Tried in this order. Stuck: at no point of the curve was the loss further from its start than a part in \
10^9. Diverged: a step was refused, or the loss ended more than a twentieth above its start. Floor: there is a least loss above zero, and the loss ended \
within 10 % of it; or the loss ended above a thousandth of its start on a slope above -0.1. Learned: the loss ended below a millionth \
of its start; or, where the theorem has a law for these sizes, within 1.5 times that law; or, where there is none, below a hundredth \
of its start. Learned slower: everything else. Over pairs the gap between test and training stands for the loss. A cell is as predicted \
where this word is, and each of its numbers is within its tolerance, a part of the prediction, and three standard errors where it was \
sampled.";

/// The word for a curve; `least` is the least loss that there is for this student, `law` what the theorem says of its last step.
pub fn word(curve: &Curve, least: Option<f64>, law: Option<f64>) -> Word {
    let (Some(&(_, start)), Some(&(steps, last))) = (curve.first(), curve.last()) else { return Word::Diverged };
    if curve.iter().all(|&(_, loss)| (loss - start).abs() <= 1e-9 * start.abs()) {
        return Word::Stuck;
    }
    if !last.is_finite() || last > 1.05 * start {
        return Word::Diverged;
    }
    let from = steps as f64 / Scalar::sqrt(10.0_f64);
    let late = curve.iter().filter(|point| point.0 as f64 >= from).map(|&(step, loss)| (step as f64, loss));
    let flat = log_log_slope(late).is_none_or(|slope| slope > -0.1);
    if least.is_some_and(|least| least > 0.0 && last <= 1.1 * least) || flat && last > 1e-3 * start {
        return Word::Floor;
    }
    let learned = last <= 1e-6 * start || law.map_or(last <= 0.01 * start, |law| last <= 1.5 * law);
    if learned { Word::Learned } else { Word::Slower }
}

/// A number that was measured, beside what it should be.
#[derive(Clone, Debug, Serialize)]
pub struct Number {
    /// What it is.
    pub what: &'static str,
    /// Derived beforehand.
    pub predicted: f64,
    /// Found.
    pub measured: f64,
    /// Standard error of what was found, where it was sampled.
    pub error: Option<f64>,
    /// How far the two may be apart, relative to the prediction, beside three standard errors.
    pub tolerance: f64,
}

impl Number {
    /// Exact but for rounding and for how near the end the run is.
    pub fn exact(what: &'static str, predicted: f64, measured: f64, tolerance: f64) -> Self {
        Self { what, predicted, measured, error: None, tolerance }
    }

    /// From samples.
    pub fn sampled(what: &'static str, predicted: f64, (measured, error): (f64, f64), tolerance: f64) -> Self {
        Self { what, predicted, measured, error: Some(error), tolerance }
    }

    /// How far the two may be apart, as people write it.
    pub fn within(&self) -> String {
        let percent = short(100.0 * self.tolerance);
        match (self.tolerance > 0.0, self.error) {
            (true, None) => format!("within {percent} %"),
            (true, Some(_)) => format!("within {percent} % and three errors"),
            (false, Some(_)) => "within three errors".to_owned(),
            (false, None) => "exactly".to_owned(),
        }
    }

    /// Whether the two agree.
    pub fn agrees(&self) -> bool {
        let room = self.tolerance * self.predicted.abs() + 3.0 * self.error.unwrap_or(0.0);
        (self.measured - self.predicted).abs() <= room
    }
}

/// What most curves run over.
pub const STEPS: &str = "gradient steps";

/// What a cell found.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// Numbers beside their predictions, the most telling first.
    pub numbers: Vec<Number>,
    /// What followed from the curve.
    pub verdict: Word,
    /// One sentence.
    pub why: &'static str,
    /// Of gradient steps, or of pairs, and loss.
    pub curve: Curve,
    /// What the curves run over.
    pub over: &'static str,
    /// The least loss, where there is one above zero.
    pub least: Option<f64>,
    /// Other curves for the picture, with names.
    pub beside: Vec<(&'static str, Curve)>,
}

impl Found {
    /// A curve over gradient steps, with nothing beside it and no least loss.
    pub fn new(numbers: Vec<Number>, verdict: Word, why: &'static str, curve: Curve) -> Self {
        Self { numbers, verdict, why, curve, over: STEPS, least: None, beside: vec![] }
    }
}

/// A row of the atlas, measured.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    pub name: &'static str,
    /// What is unusual.
    pub what: &'static str,
    /// Which student.
    pub student: &'static str,
    /// What should come of it, in words.
    pub prediction: &'static str,
    /// What was guessed before, where that was wrong.
    pub first_guess: Option<&'static str>,
    /// The word that was predicted.
    pub expected: Word,
    #[serde(flatten)]
    pub found: Found,
    /// Whether all numbers and the word are as predicted.
    pub agrees: bool,
    pub seconds: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_has_its_curve() {
        let curve = |loss: &dyn Fn(f64) -> f64| (0..2000_u64).map(|t| (t, loss(t as f64))).collect::<Curve>();
        let falling = curve(&|t| 1.0 / (1.0 + t));
        assert_eq!(word(&curve(&|_| 2.0), None, None), Word::Stuck);
        assert_eq!(word(&curve(&|t| 1.0 + t), None, None), Word::Diverged);
        assert_eq!(word(&curve(&|t| 0.5 + 0.5 / (1.0 + t)), None, None), Word::Floor);
        assert_eq!(word(&falling, Some(4.8e-4), None), Word::Floor, "within a tenth of the least");
        assert_eq!(word(&falling, None, None), Word::Learned);
        assert_eq!(word(&falling, None, Some(1e-4)), Word::Slower);
        assert_eq!(word(&falling, None, Some(4e-4)), Word::Learned);
        assert_eq!(word(&curve(&|t| Scalar::exp(-0.01 * t)), None, Some(1e-9)), Word::Learned);
        assert_eq!(word(&curve(&|t| 1.0 / (1.0 + 0.01 * t)), None, None), Word::Slower);
    }

    #[test]
    fn numbers_agree_within_tolerance_and_error() {
        assert!(Number::exact("", 2.0, 2.1, 0.051).agrees() && !Number::exact("", 2.0, 2.1, 0.049).agrees());
        assert!(
            Number::sampled("", 2.0, (2.1, 0.034), 0.0).agrees()
                && !Number::sampled("", 2.0, (2.1, 0.03), 0.0).agrees()
        );
        assert!(!Number::exact("", 1.0, f64::NAN, 10.0).agrees());
    }
}
