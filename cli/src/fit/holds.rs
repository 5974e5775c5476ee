//! Whether what was learned holds on pairs that a student has not seen, and what may help where it does not.

use tutee::Scalar;
use tutee::activation::Activation;

use super::choice::Held;
use super::diagnosis::{
    Evidence, UNIFORM_ATTENTION, at_a_rate, halves_say, is_worse, on_its_way, places_say_nothing, rounding,
    worse_than_constant,
};
use super::moved::moved;
use super::pairs::Pairs;
use super::plan::Plan;
use super::record::FitRecord;
use super::{condition, sensors};

/// Where halves explain less of one another what moved between them is told.
const MUCH_HOLDS: f64 = 0.5;

impl Plan {
    /// What may help at a rate that was given, on numbers as they are.
    pub fn advice<T: Scalar>(&self, pairs: &Pairs<T>, steps: u64) -> Option<String> {
        let (rate, _) = self.rates.filter(|_| self.layer.is_none() && self.treatment.is_none())?;
        at_a_rate(pairs, (self.sizes.tokens(), self.sizes.features()), rate, steps)
    }

    /// Says whether what was learned holds on pairs that the student has not seen: those held out where there are any, else those of the
    /// other half.
    pub fn note_what_holds<T: Scalar>(
        &self,
        run: &mut FitRecord,
        halves: Option<&[Held]>,
        (pairs, test): (&Pairs<T>, Option<&Pairs<T>>),
    ) {
        let columns = (self.sizes.features(), self.sizes.filters());
        let allowed = rounding(pairs, run.constant_loss);
        let both = run.links.iter().filter(|link| link.halves == Some(2)).count();
        let middle = pairs.count / 2;
        let moved_halves =
            || moved(&(pairs, 0..middle), &(pairs, middle..pairs.count), columns, "between the halves of the pairs");
        let since = "between the pairs of training and those held out";
        let moved_since = |test: &Pairs<T>| moved(&(pairs, 0..pairs.count), &(test, 0..test.count), columns, since);
        let cause = test.map_or_else(moved_halves, moved_since).or_else(|| sensors::farthest(pairs, columns));
        let cause = self.advice(pairs, run.stop.reported_step).or(cause);
        let evidence = Evidence { links: halves.map(|_| (run.links.len(), both)), cause };
        if is_worse(run.explained_test, allowed) && !is_worse(run.explained, allowed) {
            let (shares, beside) = (&run.explained_filters, (allowed, None, &evidence));
            let worse = worse_than_constant((None, run.explained_test), shares, self.activation, beside);
            // Behind filters that are dead it is the cause of all that follows.
            run.notes.splice(run.dead_filters.len()..run.dead_filters.len(), worse);
        }
        if self.sizes.tokens() < 2 || is_worse(run.explained, allowed) {
            return;
        }
        let best = run.position_free_loss.filter(|_| run.constant_loss > 0.0);
        let best = best.filter(|_| self.activation == Activation::Identity && self.treatment.is_some());
        let best = best.filter(|_| run.condition.is_none_or(|condition| condition < condition::MUCH));
        let shares = best.map(|best| (run.explained, 1.0 - best / run.constant_loss));
        // What does not hold elsewhere is chance that is learned, and no start that is left.
        let elsewhere = run.explained_test.or(run.explained_halves).is_none_or(|share| share > 0.0);
        let shares = shares.filter(|_| run.stop.reported_step > 0 && elsewhere);
        let half = run.curve.iter().rev().find(|point| point.step <= run.stop.reported_step / 2);
        // What is faulty may be learned for long, too.
        let half = half.map(|half| 1.0 - half.training_loss / run.constant_loss).filter(|_| evidence.cause.is_none());
        let from_data = self.rates.is_none().then_some(self.sizes);
        let steps = run.stop.reported_step;
        let note = shares.and_then(|(share, best)| on_its_way(share, half, (best, allowed), steps, from_data));
        if let Some(note) = note {
            run.notes.retain(|note| !note.starts_with(UNIFORM_ATTENTION));
            run.notes.insert(run.dead_filters.len(), note);
            return;
        }
        let said = run.notes.len();
        match (test, halves) {
            // What is worse than a constant is told above.
            (Some(_), _) if is_worse(run.explained_test, allowed) && evidence.agreement().is_some() => {}
            (Some(_), _) => {
                let held_out = run.test_loss.zip(run.constant_test_loss).zip(run.position_free_test_loss);
                run.notes.extend(held_out.and_then(|((loss, nothing), best)| {
                    places_say_nothing("pairs held out", loss, best, nothing, &evidence)
                }));
            }
            (None, Some(halves)) => {
                run.notes.extend(halves_say(halves, &evidence));
                let little = run.explained_halves.is_some_and(|share| share < MUCH_HOLDS);
                let moved = moved_halves().filter(|_| little && run.notes.len() == said);
                run.notes.extend(moved.map(|moved| format!("{moved}: what moved is no link")));
            }
            (None, None) => {}
        }
    }
}
