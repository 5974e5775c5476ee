//! Verdicts through C: those of Rust, word and sentence, and what is refused.

use std::ffi::{CStr, c_char};

use tutee::Scalar;
use tutee::recovery::verdict::{Circumstances, Law, Verdict, judge};
use tutee_abi::tutee_status::*;
use tutee_abi::*;

const KNOWN: tutee_known = tutee_known {
    best_loss: 0.0,
    row_sum: 0.0,
    attention_rate: 0.0,
    group: 0,
    outputs: 0,
    tokens: 0,
    scalar_bits: 64,
    refused: 0,
    sampled: 0,
    noisy: 0,
    reserved: 0,
};
const POISON: tutee_judgement =
    tutee_judgement { steps_needed: 77, verdict: 77, failed: 77, reason: [77; TUTEE_REASON_BYTES] };

fn curve(steps: u64, loss: impl Fn(f64) -> f64) -> Vec<tutee_curve_point> {
    let spaced = (0..).map(|i| Scalar::exp(f64::from(i) * std::f64::consts::LN_10 / 20.0) as u64);
    let mut at: Vec<_> = std::iter::once(0).chain(spaced.take_while(|&step| step < steps)).collect();
    at.push(steps);
    at.dedup();
    at.into_iter().map(|step| tutee_curve_point { step, loss: loss(step as f64) }).collect()
}

fn judged(curve: &[tutee_curve_point], known: &tutee_known) -> Result<tutee_judgement, tutee_status> {
    let mut judgement = POISON;
    // SAFETY: the array is as long as is said.
    match unsafe { tutee_curve_judge(curve.as_ptr(), curve.len(), known, &mut judgement) } {
        TUTEE_OK => Ok(judgement),
        status => {
            assert_eq!(judgement, POISON);
            Err(status)
        }
    }
}

fn sentence(judgement: &tutee_judgement) -> String {
    let bytes = judgement.reason.map(|c: c_char| c as u8);
    CStr::from_bytes_until_nul(&bytes).expect("an end").to_str().expect("a sentence").into()
}

#[test]
fn verdicts_are_those_of_rust() {
    let law = Law { group: 4, outputs: 16, tokens: 16, attention_rate: 0.25 };
    let along = |t: f64| 4.0 / (1.0 + t * 4.0 / law.excess(1));
    let exact = Circumstances {
        law: None,
        best_loss: None,
        row_sum: None,
        sampled: false,
        noisy: false,
        epsilon: f64::EPSILON,
    };
    let (lawful, regular) = (
        Circumstances { law: Some(law), ..exact },
        tutee_known { group: 4, outputs: 16, tokens: 16, attention_rate: 0.25, ..KNOWN },
    );
    let swing = |t: f64| if (t as u64).is_multiple_of(2) { 2.0 } else { 4.0 };
    let best = 1.17;
    let runs = [
        (curve(1_000_000, along), lawful, regular, Verdict::Asymptotic),
        (curve(1_000_000, along), exact, KNOWN, Verdict::Asymptotic),
        (
            curve(1_000_000, along),
            Circumstances { row_sum: Some(2.0), ..lawful },
            tutee_known { row_sum: 2.0, ..regular },
            Verdict::Scale,
        ),
        (curve(1_000, along), lawful, regular, Verdict::Transient),
        (curve(20_000, |t| 1.17 + 1.0 / (1.0 + t)), exact, KNOWN, Verdict::Plateau),
        (
            curve(20_000, |t| best + 1.0 / (1.0 + t)),
            Circumstances { best_loss: Some(best), ..exact },
            tutee_known { best_loss: best, ..KNOWN },
            Verdict::Floor,
        ),
        (curve(20_000, |_| 9.36), exact, KNOWN, Verdict::Stuck),
        (curve(20_000, swing), exact, KNOWN, Verdict::Oscillating),
        (
            curve(20_000, |t| 3.0 + swing(t) / 20.0),
            Circumstances { sampled: true, ..exact },
            tutee_known { sampled: 1, ..KNOWN },
            Verdict::Plateau,
        ),
        (
            curve(20_000, |t| 0.01 + 1.0 / (1.0 + t)),
            Circumstances { sampled: true, noisy: true, ..exact },
            tutee_known { sampled: 1, noisy: 1, ..KNOWN },
            Verdict::Floor,
        ),
        (
            curve(20_000, |t| 1.0 / (1.0 + t * t * t)),
            Circumstances { epsilon: f32::EPSILON.into(), ..exact },
            tutee_known { scalar_bits: 32, ..KNOWN },
            Verdict::Floor,
        ),
        (vec![], exact, KNOWN, Verdict::Transient),
    ];
    for (curve, circumstances, known, verdict) in runs {
        let expected = judge(curve.iter().map(|point| (point.step, point.loss)), &circumstances);
        let found = judged(&curve, &known).unwrap();
        assert_eq!(expected.verdict, verdict);
        assert_eq!(sentence(&found), expected.reason);
        assert_eq!(found.steps_needed, expected.steps_needed.unwrap_or(0));
        assert_eq!(found.failed, i32::from(verdict.failed()));
        let names = [
            Verdict::Asymptotic,
            Verdict::Transient,
            Verdict::Plateau,
            Verdict::Oscillating,
            Verdict::Stuck,
            Verdict::Floor,
            Verdict::Diverged,
            Verdict::Scale,
        ];
        assert_eq!(names[found.verdict as usize], verdict);
    }
    let refused = judged(&curve(1_000, along), &tutee_known { refused: 1, ..KNOWN }).unwrap();
    assert_eq!((refused.verdict, refused.failed), (tutee_verdict::TUTEE_VERDICT_DIVERGED as i32, 1));
    assert_eq!(sentence(&refused), "a step was refused because it could diverge");
}

#[test]
fn what_is_no_curve_is_refused() {
    let good = curve(100, |t| 1.0 / (1.0 + t));
    let mut wrong = good.clone();
    wrong[3].loss = f64::NAN;
    assert_eq!(judged(&wrong, &KNOWN), Err(TUTEE_ERROR_NOT_FINITE));
    let mut wrong = good.clone();
    wrong[3].step = wrong[2].step;
    assert_eq!(judged(&wrong, &KNOWN), Err(TUTEE_ERROR_OUT_OF_RANGE));
    let law = tutee_known { group: 2, outputs: 4, tokens: 4, attention_rate: 0.5, ..KNOWN };
    judged(&good, &law).unwrap();
    for (known, status) in [
        (tutee_known { scalar_bits: 0, ..KNOWN }, TUTEE_ERROR_ENUM),
        (tutee_known { refused: 2, ..KNOWN }, TUTEE_ERROR_ENUM),
        (tutee_known { sampled: -1, ..KNOWN }, TUTEE_ERROR_ENUM),
        (tutee_known { noisy: 2, ..KNOWN }, TUTEE_ERROR_ENUM),
        (tutee_known { reserved: 1, ..KNOWN }, TUTEE_ERROR_ENUM),
        (tutee_known { best_loss: f64::INFINITY, ..KNOWN }, TUTEE_ERROR_NOT_FINITE),
        (tutee_known { best_loss: -1.0, ..KNOWN }, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_known { group: 4, ..law }, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_known { outputs: 0, ..law }, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_known { attention_rate: 0.0, ..law }, TUTEE_ERROR_OUT_OF_RANGE),
    ] {
        assert_eq!(judged(&good, &known), Err(status), "{known:?}");
    }
}

/// What the header says of curves with hardly a point, and of which verdicts are failures.
#[test]
fn few_points_say_what_they_can() {
    use tutee_verdict::*;
    let of = |points: &[(u64, f64)], known: &tutee_known| {
        let curve: Vec<_> = points.iter().map(|&(step, loss)| tutee_curve_point { step, loss }).collect();
        let judgement = judged(&curve, known).unwrap();
        (judgement.verdict, judgement.failed, sentence(&judgement))
    };
    let (best, noisy) = (tutee_known { best_loss: 0.5, ..KNOWN }, tutee_known { noisy: 1, ..KNOWN });
    for (points, known, verdict, failed) in [
        (&[][..], &KNOWN, TUTEE_VERDICT_TRANSIENT, 0),
        (&[(0, 1.0)], &KNOWN, TUTEE_VERDICT_TRANSIENT, 0),
        (&[(0, 0.0)], &KNOWN, TUTEE_VERDICT_TRANSIENT, 0),
        (&[(7, 1.0)], &KNOWN, TUTEE_VERDICT_STUCK, 1),
        (&[(7, 0.5)], &best, TUTEE_VERDICT_FLOOR, 0),
        (&[(0, 1.0), (7, 1.0)], &KNOWN, TUTEE_VERDICT_STUCK, 1),
        (&[(0, 1.0), (7, 1.06)], &KNOWN, TUTEE_VERDICT_DIVERGED, 1),
        (&[(0, 1.0), (7, 1.04)], &KNOWN, TUTEE_VERDICT_TRANSIENT, 0),
        (&[(0, 1.0), (7, 0.01)], &KNOWN, TUTEE_VERDICT_TRANSIENT, 0),
        (&[(0, 1.0), (7, 0.01)], &noisy, TUTEE_VERDICT_FLOOR, 0),
        (&[(0, 1.0), (7, 0.501)], &best, TUTEE_VERDICT_FLOOR, 0),
        (&[(0, 1.0), (7, 1e-29)], &KNOWN, TUTEE_VERDICT_FLOOR, 0),
        (&[(0, 0.0), (7, 0.0)], &KNOWN, TUTEE_VERDICT_FLOOR, 0),
        (&[(0, 0.0), (7, 1e-9)], &KNOWN, TUTEE_VERDICT_TRANSIENT, 0),
        (&[(0, 1.0), (6, 0.5), (7, 0.5), (8, 0.5)], &KNOWN, TUTEE_VERDICT_TRANSIENT, 0),
        (&[(0, 1.0), (60, 0.5), (70, 0.5), (80, 0.5)], &KNOWN, TUTEE_VERDICT_PLATEAU, 0),
    ] {
        let found = of(points, known);
        assert_eq!((found.0, found.1), (verdict as i32, failed), "{points:?}: {}", found.2);
    }
    assert_eq!(of(&[], &KNOWN).2, "nothing was recorded");
    assert_eq!(of(&[(0, 1.0)], &KNOWN).2, "no step was taken");
    assert_eq!(of(&[(0, 1.0), (7, 0.1)], &KNOWN).2, "too few steps to say how the loss falls");
    assert_eq!(of(&[], &tutee_known { refused: 1, ..KNOWN }).0, TUTEE_VERDICT_DIVERGED as i32);
}
