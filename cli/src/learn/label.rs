//! Labels of one token, learned by attention on positions alone with the exact gradient of the mean logistic loss: what is said of
//! such a run in place of what is said of answers. The loss falls along `C^(2/3) (3 D^2 rate steps)^(-1/3)`
//! (`tutee::recovery::laws`), whatever the rate of the attention, which comes sooner; where labels are flipped it ends on what a
//! linear logit costs, and W goes back and forth at rates above some `8 / D^2`.

use tutee::gradient::label::GroupLabel;
use tutee::input::SampleStream;
use tutee::loss::logistic;
use tutee::recovery::laws::group_label_law;
use tutee::recovery::out_of_distribution::TestSet;
use tutee::recovery::verdict::Judgement;
use tutee::student::StudentView;
use tutee::teacher::TeacherView;
use tutee::{Error, Scalar, Shape};

use crate::logistic::{by_another_law, is_chance, with_flips};

/// The power of the steps with which the loss falls.
const POWER: f64 = -1.0 / 3.0;

/// What the loss falls along; none where some labels are flipped, and of other outputs than one a token. Where all are they are those of the
/// opposite teacher.
pub(super) fn law(shape: Shape, rate: f64, flips: f64, steps: u64) -> Option<f64> {
    let lawful = (flips == 0.0 || flips == 1.0) && shape.outputs() == shape.tokens() && steps > 0;
    lawful.then(|| group_label_law(shape.tokens(), 1.0, rate, steps))
}

/// The least excess loss of any student.
pub(super) fn best_loss(flips: f64) -> Option<f64> {
    // What is left of it there is rounding.
    if is_chance(flips) {
        return Some(0.0);
    }
    let label = GroupLabel::new(&[1.0], 0, 1.0, flips).ok()?;
    Some((label.least_loss() - label.entropy()).larger(0.0))
}

/// The mean logistic loss over a test, of labels that are not flipped. `memory` is at least that of `test_excess`.
///
/// # Errors
/// [`Error::NotFinite`] where it is no number.
pub(super) fn mean_loss<T: Scalar>(
    student: StudentView<'_, T>,
    (teacher, token): (TeacherView<'_, T>, usize),
    test: &TestSet<T>,
    memory: &mut [T],
) -> Result<f64, Error> {
    let shape = student.shape();
    let (tokens, features) = (shape.tokens(), shape.features());
    let (attention, memory) = memory.split_at_mut_checked(shape.mixing_len()).unwrap_or_default();
    let (x, memory) = memory.split_at_mut_checked(shape.input_len()).unwrap_or_default();
    let mass = memory.get_mut(..tokens).unwrap_or_default();
    student.attention(attention)?;
    mass.fill(T::ZERO);
    for row in attention.chunks(tokens) {
        mass.iter_mut().zip(row).for_each(|(r, &s)| *r += s);
    }
    let along = |filter: &[T], token: &[T]| filter.iter().zip(token).fold(T::ZERO, |sum, (&v, &x)| sum + v * x);
    let (mut stream, mut sum) = (SampleStream::new(test.seed), 0.0);
    for _ in 0..test.samples {
        test.input.fill(&mut stream.sample(), features, x);
        let logit =
            mass.iter().zip(x.chunks(features)).fold(T::ZERO, |sum, (&r, x)| sum + r * along(student.value(), x));
        let right = x.chunks(features).nth(token).is_some_and(|x| along(teacher.value(), x) >= T::ZERO);
        sum += logistic(logit, if right { T::ONE } else { -T::ONE }).1.to_f64();
    }
    let mean = sum / f64::from(test.samples);
    if mean.is_finite() { Ok(mean) } else { Err(Error::NotFinite { what: "the loss of a test", index: 0 }) }
}

/// What is said of a run, by its slope and by its law, of both of which there must be one for a run that is said to follow it.
pub(super) fn judge(judged: Judgement, flips: f64, slope: Option<f64>, law_ratio: Option<f64>) -> Judgement {
    let met =
        slope.zip(law_ratio).is_some_and(|(slope, ratio)| (slope - POWER).abs() <= 0.05 && (ratio - 1.0).abs() <= 0.1);
    let otherwise = match law_ratio {
        None if flips > 0.0 => "the loss falls to the least of any student, which flipped labels keep above zero",
        _ => "the loss falls, and is not yet where the law of labels says that it ends",
    };
    let along = met.then_some("the loss falls along its law, like 1/t^(1/3)");
    with_flips(by_another_law(judged, along, otherwise), flips, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_judged_by_their_own_law() {
        use tutee::recovery::verdict::Verdict;

        let judged = |verdict| Judgement { verdict, reason: "as it is", steps_needed: None };
        let said = |verdict, slope, ratio| judge(judged(verdict), 0.0, slope, ratio).verdict;
        assert_eq!(said(Verdict::Transient, Some(-0.35), Some(1.04)), Verdict::Asymptotic);
        // Neither the slope alone nor the ratio alone is the law; 1/t is not.
        assert_eq!(said(Verdict::Asymptotic, Some(-1.0), Some(1.04)), Verdict::Transient);
        assert_eq!(said(Verdict::Transient, Some(-0.35), Some(1.2)), Verdict::Transient);
        // Nor is it met where one of the two is not known, whatever the law of another loss has said.
        for verdict in [Verdict::Transient, Verdict::Asymptotic, Verdict::Scale] {
            assert_eq!(said(verdict, Some(-0.35), None), Verdict::Transient);
            assert_eq!(said(verdict, None, Some(1.0)), Verdict::Transient);
        }
        for verdict in [Verdict::Stuck, Verdict::Plateau, Verdict::Floor, Verdict::Diverged, Verdict::Oscillating] {
            assert_eq!(said(verdict, Some(-0.35), Some(1.0)), verdict);
        }
        assert!(judge(judged(Verdict::Transient), 0.1, Some(-0.35), None).reason.contains("flipped labels"));
    }

    #[test]
    fn flips_cost_what_they_do() {
        assert_eq!(best_loss(0.0), Some(0.0));
        let [few, some] = [0.01, 0.2].map(|flips| best_loss(flips).unwrap());
        assert!(few > 0.0 && some > 0.0, "{few} {some}");
        // Labels of a coin: nothing can be learned, and nothing is missed; those that are all flipped are as good as none.
        assert_eq!((best_loss(0.5), best_loss(1.0)), (Some(0.0), Some(0.0)));
    }
}
