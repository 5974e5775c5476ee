//! The usual settings.

use tutee::Scalar;
use tutee::step::Descent;

use crate::memory::Output;
use crate::settings;
use crate::status::Outcome;
use crate::types::{tutee_descent, tutee_input, tutee_source, tutee_stop};

/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn descent<T: Scalar>(rate: T, out: *mut tutee_descent<T>) -> Outcome {
    let out = Output::one(out)?;
    let Descent { value_rate, attention_rate, value_limit, compensated } = Descent::new(rate);
    let descent = tutee_descent { value_rate, attention_rate, value_limit, compensated: i32::from(compensated) };
    settings::descent(descent)?;
    // SAFETY: as promised.
    unsafe { out.write(descent) };
    Ok(())
}

/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn stop<T: Scalar>(steps: u64, out: *mut tutee_stop<T>) -> Outcome {
    let stop = tutee_stop { steps, check_every: 1, excess_loss: T::ZERO, gradient_norm: T::ZERO };
    // SAFETY: as promised.
    unsafe { Output::one(out)?.write(stop) };
    Ok(())
}

/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn source<T: Scalar>(seed: u64, batch: u32, out: *mut tutee_source<T>) -> Outcome {
    let out = Output::one(out)?;
    let source = tutee_source {
        seed,
        index: 0,
        batch,
        input: tutee_input::TUTEE_GAUSSIAN as i32,
        parameter: T::ZERO,
        noise_mean: T::ZERO,
        noise_deviation: T::ZERO,
    };
    settings::source(source)?;
    // SAFETY: as promised.
    unsafe { out.write(source) };
    Ok(())
}
