//! What is said of a run whose loss is the logistic one. `tutee::recovery::verdict` judges by 1/t, the law of the squared loss, of which only that the
//! loss falls holds here.

use tutee::recovery::verdict::{Judgement, Verdict};

/// Of labels that are flipped half of the time.
const CHANCE: &str = "labels that are flipped half of the time are pure chance: there is nothing to learn from them";
/// Of labels of which more are flipped, by a loss that knows the teacher's.
const OPPOSITE: &str = "more labels are flipped than not: what is learned is the opposite of the teacher, by which the test loss is measured";

/// What is left of a judgement where the loss has another law: asymptotic where it was seen to fall along that, with this reason; else a loss
/// that falls is on its way, with the other.
pub fn by_another_law(judged: Judgement, along: Option<&'static str>, otherwise: &'static str) -> Judgement {
    match along {
        _ if !judged.falls() => judged,
        Some(reason) => Judgement { verdict: Verdict::Asymptotic, reason, ..judged },
        None => Judgement { verdict: Verdict::Transient, reason: otherwise, ..judged },
    }
}

/// Whether labels that are flipped so often say nothing of what they label.
pub fn is_chance(flips: f64) -> bool {
    flips == 0.5
}

/// What is said of a run whose labels are flipped this often; `by_teacher` where the loss that was judged knows nothing of flips. Of chance
/// nobody can learn anything, so that the loss is where it stays, whatever noise moves it; what has failed has failed.
pub fn with_flips(judged: Judgement, flips: f64, by_teacher: bool) -> Judgement {
    if is_chance(flips) {
        let worse = matches!(judged.verdict, Verdict::Diverged | Verdict::Oscillating);
        let verdict = if worse { judged.verdict } else { Verdict::Floor };
        Judgement { verdict, reason: CHANCE, steps_needed: None }
    } else if flips > 0.5 && by_teacher && judged.verdict == Verdict::Diverged {
        Judgement { reason: OPPOSITE, ..judged }
    } else {
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Verdict; 8] = [
        Verdict::Asymptotic,
        Verdict::Transient,
        Verdict::Plateau,
        Verdict::Oscillating,
        Verdict::Stuck,
        Verdict::Floor,
        Verdict::Diverged,
        Verdict::Scale,
    ];

    fn judged(verdict: Verdict) -> Judgement {
        Judgement { verdict, reason: "as it is", steps_needed: None }
    }

    #[test]
    fn another_law_is_met_or_not_by_what_falls() {
        for verdict in ALL {
            let falls = matches!(verdict, Verdict::Asymptotic | Verdict::Transient | Verdict::Scale);
            let said = [Some("along it"), None].map(|along| by_another_law(judged(verdict), along, "falls"));
            let said = said.map(|said| (said.verdict, said.reason));
            let expected = if falls {
                [(Verdict::Asymptotic, "along it"), (Verdict::Transient, "falls")]
            } else {
                [(verdict, "as it is"); 2]
            };
            assert_eq!(said, expected, "{verdict:?}");
        }
    }

    #[test]
    fn chance_is_told_as_such() {
        for verdict in ALL {
            let said = with_flips(judged(verdict), 0.5, true);
            let worse = matches!(verdict, Verdict::Diverged | Verdict::Oscillating);
            assert_eq!((said.verdict, said.reason), (if worse { verdict } else { Verdict::Floor }, CHANCE));
            for flips in [0.0, 0.499, 0.501, 1.0] {
                let opposite = flips > 0.5 && verdict == Verdict::Diverged;
                let reason = if opposite { OPPOSITE } else { "as it is" };
                assert_eq!(with_flips(judged(verdict), flips, true), Judgement { reason, ..judged(verdict) });
                assert_eq!(with_flips(judged(verdict), flips, false), judged(verdict));
            }
        }
    }
}
