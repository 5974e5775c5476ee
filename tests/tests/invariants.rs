//! What training from zero keeps for ever (Lemma C.2 of the paper), and where it ends (the asymptotic law).

use std::ops::ControlFlow;

use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::recovery::{law, log_log_slope, recovery};
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::trace::Schedule;
use tutee::training::{Measured, StopRule, run};
use tutee_tests::cases::{Case, six};
use tutee_tests::tolerance::INVARIANT;

/// Runs `case` and hands every recorded state to `look`.
fn follow(case: &Case<f64>, steps: u64, mut look: impl FnMut(&mut Population<'_, f64>)) {
    let (mut memory, mut count) = (vec![0.0; student_len(case.shape)], 0);
    let mut scratch = vec![0.0; population_scratch_len(case.shape)];
    let student = StudentViewMut::new(case.shape, &mut memory, &mut count).unwrap();
    let scratch = PopulationScratchViewMut::new(case.shape, &mut scratch).unwrap();
    let mut training = Population::new(student, case.teacher(), scratch).unwrap();
    let descent = Descent::new(case.rate());
    run(&mut training, &descent, &StopRule::steps(steps), Schedule::per_decade(20), |training| {
        look(training);
        ControlFlow::Continue(())
    })
    .unwrap();
}

#[test]
fn value_is_a_multiple_of_the_filters_and_logits_hold_two_values() {
    let tolerance = INVARIANT.value;
    for case in six::<f64>(16) {
        let mut looked_at = 0;
        follow(&case, 100_000, |training| {
            let student = training.student();
            // W(t) = C1(t) V*: C1 from the largest entry, then every entry must agree.
            let largest =
                case.value.iter().enumerate().fold(0, |at, (i, v)| if v.abs() > case.value[at].abs() { i } else { at });
            let c1 = student.value()[largest] / case.value[largest];
            for (w, v) in student.value().iter().zip(&case.value) {
                assert!(
                    (w - c1 * v).abs() <= tolerance,
                    "{} at step {}: {w} is not {c1} * {v}",
                    case.name,
                    student.steps()
                );
            }
            let tokens = case.shape.tokens();
            for (logits, mixing) in student.logits().chunks(tokens).zip(case.mixing.chunks(tokens)) {
                for right in [true, false] {
                    let of_kind: Vec<f64> = logits
                        .iter()
                        .zip(mixing)
                        .filter(|&(_, &target)| (target != 0.0) == right)
                        .map(|(&a, _)| a)
                        .collect();
                    for a in &of_kind {
                        assert!((a - of_kind[0]).abs() <= tolerance, "{} at step {}", case.name, student.steps());
                    }
                }
            }
            looked_at += 1;
        });
        assert!(looked_at > 80, "{looked_at} states were looked at");
    }
}

#[test]
fn excess_loss_approaches_the_law() {
    // At D = 8 a hundred thousand steps are as late as a million at D = 16.
    for case in six::<f64>(8) {
        let mut curve = vec![];
        let (mut cosine, mut error) = (None, 1.0);
        let mut row = vec![0.0; case.shape.tokens()];
        follow(&case, 200_000, |training| {
            curve.push((training.student().steps() as f64, training.measure().excess_loss));
            let found = recovery(training.student(), case.teacher(), &mut row).unwrap();
            (cosine, error) = (found.value_cosine_min, found.attention_error_max);
        });
        let &(steps, excess) = curve.last().unwrap();
        let expected = law(case.group, 8, 8, case.rate(), steps as u64);
        let ratio = excess / expected;
        assert!((0.97..=1.05).contains(&ratio), "{}: ratio {ratio}", case.name);
        let slope = log_log_slope(curve.iter().copied().filter(|&(x, _)| x >= steps / 3.163)).unwrap();
        assert!((-1.05..=-0.95).contains(&slope), "{}: slope {slope}", case.name);
        assert!(cosine.unwrap() > 0.9999, "{}: {cosine:?}", case.name);
        assert!(error < if case.group == 1 { 0.06 } else { 0.02 }, "{}: {error}", case.name);
        assert!(curve.windows(2).all(|pair| pair[1].1 <= pair[0].1), "{}: the excess loss rises", case.name);
    }
}
