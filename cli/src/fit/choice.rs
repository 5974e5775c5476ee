//! Whether the readings of a token share one W, or have links of their own: what the halves of the pairs say of each other.
//!
//! One W for all links has fewer parameters and finds more of them, where it can say what is there. Where it leaves much of the
//! answers unexplained in pairs that it has not seen, students with readings apart are trained on both halves, too, and the
//! kind that predicts the other halves better is taken.

use serde::Serialize;

/// Share of the variance that one W may leave unexplained before anything else is tried.
const ENOUGH: f64 = 0.05;

/// The loss in pairs not seen that is expected of a student of all pairs, from those of students of a half: over the pairs that they
/// have not seen, and over their own.
///
/// What a student of n pairs has of chance adds about as much to the first as it takes from the second, and falls as 1/n: of twice
/// as many pairs half of that remains, a quarter of the difference less than the first. Without this the kind with more
/// parameters would be judged by what it does with too few pairs.
pub fn expected(others: f64, own: f64) -> f64 {
    others - 0.25 * (others - own)
}

/// What was chosen, and why.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Choice {
    /// Whether each reading is a token of its own.
    pub apart: bool,
    /// Share of the variance of the answers that one W is expected to leave unexplained in pairs not seen: from two students, each
    /// of one half of the pairs, on the other half and on their own.
    pub unexplained_together: f64,
    /// That share with each reading as a token of its own; none where it was not tried, as one W leaves too little.
    pub unexplained_apart: Option<f64>,
}

impl Choice {
    /// Between what one W leaves unexplained and what `apart` does, which is asked where that is much.
    ///
    /// # Errors
    /// Those of `apart`.
    pub fn between<E>(together: f64, apart: impl FnOnce() -> Result<Option<f64>, E>) -> Result<Self, E> {
        let other = if together > ENOUGH { apart()? } else { None };
        // What predicts no better than a constant says nothing of links.
        let better = other.is_some_and(|other| other < together && other < 1.0);
        Ok(Self { apart: better, unexplained_together: together, unexplained_apart: other })
    }

    /// One sentence where it is not one W.
    pub fn note(&self) -> Option<String> {
        let other = self.unexplained_apart.filter(|_| self.apart)?;
        Some(format!(
            "each reading has links of its own: by halves of the pairs {other:.3} of the variance is left unexplained so, and {:.3} \
             with one W for all links, which --together takes",
            self.unexplained_together
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_taken_apart_where_that_predicts_better_and_one_w_leaves_much() {
        let chosen = |together, apart| {
            Choice::between(together, || Ok::<_, ()>(Some(apart)))
                .map(|choice| (choice.apart, choice.unexplained_apart))
        };
        assert_eq!(chosen(0.4, 0.3), Ok((true, Some(0.3))));
        assert_eq!(chosen(0.3, 0.4), Ok((false, Some(0.4))));
        assert_eq!(chosen(1.4, 1.3), Ok((false, Some(1.3))));
        assert_eq!(chosen(0.04, 0.01), Ok((false, None)));
        assert_eq!(chosen(f64::NAN, 0.01), Ok((false, None)));
        assert_eq!(expected(3.0, 1.0), 2.5);
    }
}
