//! Whether the readings of a token share one W, or have links of their own: what parts of the pairs say of each other.
//!
//! One W for all links has fewer parameters and finds more of them, where it can say what is there. Where it leaves much of the
//! answers unexplained in pairs that it has not seen, students of either kind are trained on all pairs but a fourth, for each
//! fourth, and readings are taken apart where that predicts the fourth left out better by more than the error of the difference.

use serde::Serialize;
use tutee::Scalar;

/// Share of the variance that one W may leave unexplained before anything else is tried.
const ENOUGH: f64 = 0.05;

/// Parts of the pairs, each of which is predicted by students of all others.
///
/// Of two parts, students of half the pairs would judge: of 160 pairs of README's twelve bodies neither kind of these is better, and
/// chance would choose.
pub const FOLDS: usize = 4;

/// Mean losses of a student that has seen all parts of the pairs but one.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Over the part that it has not seen.
    pub others: f64,
    /// Over those that it was trained on.
    pub own: f64,
    /// Of the best constant of those, over the part not seen.
    pub constant: f64,
    /// Of the best function of the mean of all tokens, from those, over the part not seen.
    pub position_free: f64,
}

impl Held {
    /// The loss in pairs not seen that is expected of a student of all pairs, of which this one has not seen one of `parts`.
    ///
    /// What a student of n pairs has of chance adds about as much to the loss in others as it takes from its own, and falls as 1/n:
    /// with the pairs of one more part that is less by one of `parts`. Without this the kind with more parameters would be judged
    /// by what it does with too few pairs.
    fn expected(&self, parts: usize) -> f64 {
        self.others - 0.5 * (self.others - self.own) / parts as f64
    }
}

/// Share of the variance of the answers that a student of all pairs is expected to leave unexplained in others, from those that have
/// not seen one of the parts each.
pub fn unexplained(parts: &[Held]) -> f64 {
    let sum = |of: &dyn Fn(&Held) -> f64| parts.iter().map(of).sum::<f64>();
    sum(&|held| held.expected(parts.len())) / sum(&|held| held.constant)
}

/// Share of the variance of the answers that those who have not seen one of the parts each explain there; none where nothing varies.
pub fn explained(parts: &[Held]) -> Option<f64> {
    let sum = |of: fn(&Held) -> f64| parts.iter().map(of).sum::<f64>();
    Some(1.0 - sum(|held| held.others) / sum(|held| held.constant)).filter(|share| share.is_finite())
}

/// Pairs from which on it can be told whether readings have links of their own: the students that are asked, of all parts but one,
/// have no fewer answers than parameters. `parameters` are those of a student with readings apart, `answers` those of a pair.
///
/// With fewer pairs such a student can fit whatever it is shown. With one W behind the answers readings were taken apart in 4 of 12
/// draws of 6 pairs, 3 of 8 pairs, 1 of 10, none of 12 and of 16 to 48 (six tokens of two features, a fifth of the variance
/// noise: this asks for 16).
pub fn fewest(parameters: usize, answers: usize) -> usize {
    let seen = parameters.div_ceil(answers.max(1));
    seen.saturating_mul(FOLDS).div_ceil(FOLDS - 1).max(FOLDS)
}

/// What was chosen, and why.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// Whether each reading is a token of its own.
    pub apart: bool,
    /// Share of the variance of the answers that one W is expected to leave unexplained in pairs not seen: from students of all
    /// fourths of the pairs but one, and from those of either half where readings apart were not tried; none where halves have none.
    pub unexplained_together: Option<f64>,
    /// That share with each reading as a token of its own; none where it was not tried, as one W leaves too little, or of too few
    /// pairs.
    pub unexplained_apart: Option<f64>,
    /// Standard error of the difference of the two, over the fourths of the pairs.
    pub error: Option<f64>,
    /// Pairs that are needed to try readings apart, where there are fewer.
    pub pairs_needed: Option<usize>,
}

impl Choice {
    /// Between one W, of which students of halves of the pairs expect that it leaves `by_halves` unexplained, and readings apart; of
    /// so many pairs where so many are needed. Where one W leaves much `folds` is asked: what students of one W, and those of
    /// readings apart, do in the parts of the pairs that they have not seen.
    ///
    /// # Errors
    /// Those of `folds`.
    pub fn between<E>(
        by_halves: Option<f64>,
        (pairs, needed): (usize, usize),
        folds: impl FnOnce() -> Result<Option<[Vec<Held>; 2]>, E>,
    ) -> Result<Self, E> {
        let together = Self {
            apart: false,
            unexplained_together: by_halves,
            unexplained_apart: None,
            error: None,
            pairs_needed: None,
        };
        if by_halves.is_some_and(|share| share <= ENOUGH || share.is_nan()) {
            return Ok(together);
        }
        if pairs < needed {
            return Ok(Self { pairs_needed: Some(needed), ..together });
        }
        let Some([one, other]) = folds()? else { return Ok(together) };
        let [left, left_apart] = [&one, &other].map(|held| unexplained(held));
        let constant = one.iter().map(|held| held.constant).sum::<f64>() / one.len() as f64;
        let gain = |(one, other): (&Held, &Held)| (one.expected(FOLDS) - other.expected(FOLDS)) / constant;
        let error = standard_error(one.iter().zip(&other).map(gain));
        // What predicts no better than a constant says nothing of links.
        let apart = left - left_apart > error && left_apart < 1.0;
        Ok(Self {
            apart,
            unexplained_together: Some(left),
            unexplained_apart: Some(left_apart),
            error: Some(error),
            pairs_needed: None,
        })
    }

    /// One sentence where it is not one W, and where nobody can tell.
    pub fn note(&self, pairs: usize) -> Option<String> {
        if let Some(needed) = self.pairs_needed {
            return Some(format!(
                "one W for all links was taken: whether readings have links of their own can be told of {needed} pairs \
                 or more, and not of {pairs}; --apart takes them so"
            ));
        }
        let together = self.unexplained_together.filter(|_| self.apart)?;
        let (apart, error) = self.unexplained_apart.zip(self.error)?;
        Some(format!(
            "each reading has links of its own: by fourths of the pairs, each predicted from the others, {apart:.3} of \
             the variance is left unexplained so, and {together:.3} with one W for all links, which --together takes (error \
             of the difference {error:.3})"
        ))
    }
}

/// Standard error of the mean of these.
fn standard_error(of: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = of.clone().count() as f64;
    let mean = of.clone().sum::<f64>() / count;
    let squares: f64 = of.map(|x| (x - mean) * (x - mean)).sum();
    Scalar::sqrt(squares / (count * (count - 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four parts in which the best constant loses 2, and a student so much in the part that it has not seen and in its own.
    fn held(losses: [(f64, f64); FOLDS]) -> Vec<Held> {
        losses.into_iter().map(|(others, own)| Held { others, own, constant: 2.0, position_free: 1.5 }).collect()
    }

    fn chosen(together: [(f64, f64); FOLDS], apart: [(f64, f64); FOLDS]) -> Choice {
        Choice::between(Some(0.4), (100, 20), || Ok::<_, ()>(Some([held(together), held(apart)]))).unwrap()
    }

    #[test]
    fn readings_are_taken_apart_where_that_predicts_better_by_more_than_the_error() {
        let one = [(0.8, 0.8), (0.7, 0.7), (0.9, 0.9), (0.8, 0.8)];
        let less = |by: [f64; FOLDS]| std::array::from_fn(|i| (one[i].0 - by[i], one[i].1 - by[i]));
        // Each part agrees, whatever the parts are among one another.
        let clear = chosen(one, less([0.02, 0.03, 0.02, 0.03]));
        assert!(clear.apart && clear.error.unwrap() < 0.002, "{clear:?}");
        assert!((clear.unexplained_together.unwrap() - 0.4).abs() < 1e-12);
        assert!((clear.unexplained_apart.unwrap() - 0.3875).abs() < 1e-12);
        // One part makes the whole difference, more than before: its error is as large.
        let doubtful = chosen(one, less([0.13, -0.01, 0.0, -0.01]));
        assert!(!doubtful.apart && doubtful.unexplained_apart < clear.unexplained_together, "{doubtful:?}");
        assert!(doubtful.note(100).is_none());
        assert!(!chosen(one, less([-0.02, -0.03, -0.02, -0.03])).apart);
        // Worse than a constant, the one more than the other.
        assert!(!chosen([(2.8, 2.8); FOLDS], [(2.6, 2.6); FOLDS]).apart);
        assert!(!chosen(one, [(f64::NAN, 0.1); FOLDS]).apart);
        let note = clear.note(100).unwrap();
        assert!(note.contains("0.388 of") && note.contains("0.400 with one W") && note.contains("0.001)"), "{note}");
    }

    #[test]
    fn what_chance_adds_is_less_with_all_pairs() {
        // An eighth of the difference: three fourths of the pairs have 4/3 of the chance that all have.
        let (one, other) = ([(0.80, 0.72); FOLDS], [(0.81, 0.57); FOLDS]);
        let choice = chosen(one, other);
        assert!((choice.unexplained_together.unwrap() - 0.395).abs() < 1e-12, "{choice:?}");
        assert!((choice.unexplained_apart.unwrap() - 0.39).abs() < 1e-12 && choice.apart, "{choice:?}");
        let halves = [Held { others: 3.0, own: 1.0, constant: 5.0, position_free: 4.0 }; 2];
        assert_eq!(unexplained(&halves), 0.5);
    }

    #[test]
    fn where_one_w_leaves_little_or_pairs_are_few_nothing_is_tried() {
        let untried = |by_halves, pairs| {
            Choice::between(by_halves, (pairs, 20), || Err::<Option<[Vec<Held>; 2]>, _>("was asked"))
                .map(|choice| (choice.apart, choice.pairs_needed, choice.note(pairs).is_some()))
        };
        assert_eq!(untried(Some(0.04), 100), Ok((false, None, false)));
        assert_eq!(untried(Some(0.04), 10), Ok((false, None, false)));
        assert_eq!(untried(Some(f64::NAN), 100), Ok((false, None, false)));
        assert_eq!(untried(Some(0.4), 19), Ok((false, Some(20), true)));
        assert_eq!(untried(None, 3), Ok((false, Some(20), true)));
        assert_eq!(untried(Some(0.4), 20), Err("was asked"));
        let refused = Choice::between(Some(0.4), (20, 20), || Ok::<_, ()>(None)).unwrap();
        assert_eq!((refused.apart, refused.unexplained_together, refused.note(20)), (false, Some(0.4), None));
    }

    #[test]
    fn students_of_three_fourths_have_no_fewer_answers_than_parameters() {
        assert_eq!([(279, 12), (1, 8), (0, 1), (usize::MAX, 1)].map(|(p, a)| fewest(p, a)), [32, 4, 4, usize::MAX / 3]);
        for (parameters, answers) in [(279, 12), (69, 6), (36, 6), (1000, 7), (29, 1)] {
            let seen = |pairs: usize| pairs - pairs.div_ceil(FOLDS);
            let pairs = fewest(parameters, answers);
            assert!(seen(pairs) * answers >= parameters && seen(pairs - 1) * answers < parameters, "{pairs}");
        }
    }
}
