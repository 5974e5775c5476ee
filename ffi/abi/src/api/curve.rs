//! What a training means.

use core::ffi::c_char;

use tutee::recovery::verdict::{Circumstances, Judgement, Law, Verdict, judge as judged};

use crate::curve_types::{TUTEE_REASON_BYTES, tutee_curve_point, tutee_judgement, tutee_known, tutee_verdict};
use crate::environment;
use crate::memory::{Input, Output, disjoint, settings};
use crate::status::Outcome;
use crate::status::tutee_status::*;

fn flag(number: i32) -> Outcome<bool> {
    match number {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(TUTEE_ERROR_ENUM),
    }
}

/// What a C program knows of a training, and whether a step was refused.
fn circumstances(known: tutee_known) -> Outcome<(Circumstances, bool)> {
    let tutee_known { best_loss, row_sum, attention_rate, group, outputs, tokens, scalar_bits, .. } = known;
    if ![best_loss, row_sum, attention_rate].iter().all(|number| number.is_finite()) {
        return Err(TUTEE_ERROR_NOT_FINITE);
    }
    let epsilon = match scalar_bits {
        32 => f32::EPSILON.into(),
        64 => f64::EPSILON,
        _ => return Err(TUTEE_ERROR_ENUM),
    };
    let (refused, sampled, noisy) = (flag(known.refused)?, flag(known.sampled)?, flag(known.noisy)?);
    if known.reserved != 0 {
        return Err(TUTEE_ERROR_ENUM);
    }
    // No student beats the best one, and the law is of positive numbers.
    let lawful = group == 0 || (attention_rate > 0.0 && outputs > 0 && group < tokens);
    if best_loss < 0.0 || !lawful {
        return Err(TUTEE_ERROR_OUT_OF_RANGE);
    }
    // Each fits: usize has 32 bits or more.
    let size = |size: u32| size as usize;
    let law =
        (group > 0).then(|| Law { group: size(group), outputs: size(outputs), tokens: size(tokens), attention_rate });
    let some = |number: f64| Some(number).filter(|&number| number != 0.0);
    let known = Circumstances { law, best_loss: some(best_loss), row_sum: some(row_sum), sampled, noisy, epsilon };
    Ok((known, refused))
}

/// Judges a curve.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn judge(
    (curve, n_curve): (*const tutee_curve_point, usize),
    known: *const tutee_known,
    judgement: *mut tutee_judgement,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (known, refused) = circumstances(unsafe { settings(known)? })?;
    let curve = Input::any(curve, n_curve)?;
    let out = Output::one(judgement)?;
    disjoint(&[out.span], &[curve.span])?;
    // SAFETY: as promised; nothing is written yet.
    let curve = unsafe { curve.slice() };
    if !curve.iter().all(|point| point.loss.is_finite()) {
        return Err(TUTEE_ERROR_NOT_FINITE);
    }
    if !curve.is_sorted_by(|a, b| a.step < b.step) {
        return Err(TUTEE_ERROR_OUT_OF_RANGE);
    }
    let Judgement { verdict, reason, steps_needed } = if refused {
        let reason = "a step was refused because it could diverge";
        Judgement { verdict: Verdict::Diverged, reason, steps_needed: None }
    } else {
        judged(curve.iter().map(|point| (point.step, point.loss)), &known)
    };
    let mut text = [0; TUTEE_REASON_BYTES];
    // The last byte stays a NUL.
    for (to, &byte) in text.iter_mut().zip(reason.as_bytes()).take(TUTEE_REASON_BYTES - 1) {
        *to = byte as c_char;
    }
    let judgement = tutee_judgement {
        steps_needed: steps_needed.unwrap_or(0),
        verdict: number(verdict) as i32,
        failed: i32::from(verdict.failed()),
        reason: text,
    };
    // SAFETY: as promised; apart from the curve.
    unsafe { out.write(judgement) };
    Ok(())
}

/// The number that a verdict has in C.
fn number(verdict: Verdict) -> tutee_verdict {
    match verdict {
        Verdict::Asymptotic => tutee_verdict::TUTEE_VERDICT_ASYMPTOTIC,
        Verdict::Transient => tutee_verdict::TUTEE_VERDICT_TRANSIENT,
        Verdict::Plateau => tutee_verdict::TUTEE_VERDICT_PLATEAU,
        Verdict::Oscillating => tutee_verdict::TUTEE_VERDICT_OSCILLATING,
        Verdict::Stuck => tutee_verdict::TUTEE_VERDICT_STUCK,
        Verdict::Floor => tutee_verdict::TUTEE_VERDICT_FLOOR,
        Verdict::Diverged => tutee_verdict::TUTEE_VERDICT_DIVERGED,
        Verdict::Scale => tutee_verdict::TUTEE_VERDICT_SCALE,
    }
}
