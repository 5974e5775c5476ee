//! From the plain numbers of C to the settings of the core, and back.

use tutee::Scalar;
use tutee::activation::Activation;
use tutee::gradient::online::Source;
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::step::{Descent, Rule, RuleKind, Rules, ValueRule};
use tutee::training::{StopRule, Stopped};

use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{
    tutee_activation, tutee_descent, tutee_input, tutee_rule, tutee_rules, tutee_source, tutee_stop, tutee_stopped,
    tutee_value_rule,
};

/// Refuses numbers that are infinite or NaN.
fn finite<T: Scalar, const N: usize>(numbers: [T; N]) -> Outcome {
    if numbers.iter().all(|number| number.is_finite()) { Ok(()) } else { Err(TUTEE_ERROR_NOT_FINITE) }
}

/// The slope is looked at for a leaky ReLU alone.
pub(crate) fn activation<T: Scalar>(activation: i32, slope: T) -> Outcome<Activation<T>> {
    let activation = match activation {
        i if i == tutee_activation::TUTEE_IDENTITY as i32 => Activation::Identity,
        i if i == tutee_activation::TUTEE_RELU as i32 => Activation::Relu,
        i if i == tutee_activation::TUTEE_LEAKY_RELU as i32 => {
            finite([slope])?;
            Activation::LeakyRelu(slope)
        }
        _ => return Err(TUTEE_ERROR_ENUM),
    };
    activation.check()?;
    Ok(activation)
}

/// What stands in an object for an activation: its number and the bits of its slope.
pub(crate) fn activation_to_words<T: Scalar>(activation: Activation<T>) -> [u64; 2] {
    match activation {
        Activation::Identity => [tutee_activation::TUTEE_IDENTITY as u64, 0],
        Activation::Relu => [tutee_activation::TUTEE_RELU as u64, 0],
        Activation::LeakyRelu(slope) => [tutee_activation::TUTEE_LEAKY_RELU as u64, slope.to_bits_u64()],
    }
}

/// Back from an object; `None` for words that no activation leaves.
pub(crate) fn activation_from_words<T: Scalar>([number, slope]: [u64; 2]) -> Option<Activation<T>> {
    activation(i32::try_from(number).ok()?, T::from_bits_u64(slope)).ok()
}

pub(crate) fn rules<T: Scalar>(settings: tutee_rules<T>) -> Outcome<Rules<T>> {
    let tutee_rules { theta, attention, value } = settings;
    let kind = rule_kind(attention)?;
    if matches!(kind, RuleKind::Normalised | RuleKind::Polyak) {
        finite([theta])?;
    }
    let attention = match kind {
        RuleKind::GradientDescent => Rule::GradientDescent,
        RuleKind::Mirror => Rule::Mirror,
        RuleKind::Normalised => Rule::Normalised { length: theta },
        RuleKind::Polyak => Rule::Polyak { theta },
        RuleKind::Adam => Rule::Adam,
        // What is new in the core has its number here before it can be asked for.
        _ => return Err(TUTEE_ERROR_ENUM),
    };
    attention.check()?;
    let value = match value {
        i if i == tutee_value_rule::TUTEE_VALUE_DESCENT as i32 => ValueRule::GradientDescent,
        i if i == tutee_value_rule::TUTEE_VALUE_PROJECTED as i32 => ValueRule::Projected,
        _ => return Err(TUTEE_ERROR_ENUM),
    };
    Ok(Rules { attention, value })
}

pub(crate) fn rule_kind(rule: i32) -> Outcome<RuleKind> {
    Ok(match rule {
        i if i == tutee_rule::TUTEE_RULE_DESCENT as i32 => RuleKind::GradientDescent,
        i if i == tutee_rule::TUTEE_RULE_MIRROR as i32 => RuleKind::Mirror,
        i if i == tutee_rule::TUTEE_RULE_NORMALISED as i32 => RuleKind::Normalised,
        i if i == tutee_rule::TUTEE_RULE_POLYAK as i32 => RuleKind::Polyak,
        i if i == tutee_rule::TUTEE_RULE_ADAM as i32 => RuleKind::Adam,
        _ => return Err(TUTEE_ERROR_ENUM),
    })
}

pub(crate) fn descent<T: Scalar>(settings: tutee_descent<T>) -> Outcome<Descent<T>> {
    let tutee_descent { value_rate, attention_rate, value_limit, compensated } = settings;
    finite([value_rate, attention_rate, value_limit])?;
    let compensated = match compensated {
        0 => false,
        1 => true,
        _ => return Err(TUTEE_ERROR_ENUM),
    };
    let descent = Descent { value_rate, attention_rate, compensated, value_limit };
    descent.check()?;
    Ok(descent)
}

pub(crate) fn stop<T: Scalar>(settings: tutee_stop<T>) -> Outcome<StopRule<T>> {
    let tutee_stop { steps, check_every, excess_loss, gradient_norm } = settings;
    finite([excess_loss, gradient_norm])?;
    let threshold = |threshold: T| (threshold != T::ZERO).then_some(threshold);
    let stop =
        StopRule { steps, excess_loss: threshold(excess_loss), gradient_norm: threshold(gradient_norm), check_every };
    stop.check()?;
    Ok(stop)
}

pub(crate) fn source<T: Scalar>(settings: tutee_source<T>) -> Outcome<Source<T>> {
    let tutee_source { seed, index, batch, input, parameter, noise_mean, noise_deviation } = settings;
    finite([noise_mean, noise_deviation])?;
    let input = input_of(input, parameter)?;
    let noise = LabelNoise { mean: noise_mean, standard_deviation: noise_deviation };
    let source = Source { stream: SampleStream::at(seed, index), input, noise, batch };
    source.check()?;
    Ok(source)
}

fn input_of<T: Scalar>(input: i32, parameter: T) -> Outcome<Input<T>> {
    const NAMES: [tutee_input; 8] = [
        tutee_input::TUTEE_GAUSSIAN,
        tutee_input::TUTEE_EXPONENTIAL,
        tutee_input::TUTEE_UNIFORM,
        tutee_input::TUTEE_LAPLACE,
        tutee_input::TUTEE_STUDENT_T,
        tutee_input::TUTEE_CORRELATED,
        tutee_input::TUTEE_SHIFTED,
        tutee_input::TUTEE_GUMBEL,
    ];
    let name = NAMES.into_iter().find(|&name| name as i32 == input).ok_or(TUTEE_ERROR_ENUM)?;
    Ok(match name {
        tutee_input::TUTEE_GAUSSIAN => Input::Gaussian,
        tutee_input::TUTEE_EXPONENTIAL => Input::Exponential,
        tutee_input::TUTEE_UNIFORM => Input::Uniform,
        tutee_input::TUTEE_LAPLACE => Input::Laplace,
        tutee_input::TUTEE_STUDENT_T => {
            finite([parameter])?;
            // No other number is one of the degrees that the core accepts.
            let degrees = (0..=u8::MAX).map(u32::from).find(|&degrees| T::from_u32(degrees) == parameter);
            Input::StudentT { degrees_of_freedom: degrees.ok_or(TUTEE_ERROR_OUT_OF_RANGE)? }
        }
        tutee_input::TUTEE_CORRELATED => {
            finite([parameter])?;
            Input::Correlated { correlation: parameter }
        }
        tutee_input::TUTEE_SHIFTED => {
            finite([parameter])?;
            Input::Shifted { mean: parameter }
        }
        tutee_input::TUTEE_GUMBEL => Input::Gumbel,
    })
}

/// The number of a core's reason to stop.
pub(crate) fn stopped(stopped: Stopped) -> tutee_stopped {
    match stopped {
        Stopped::Steps => tutee_stopped::TUTEE_STOPPED_STEPS,
        Stopped::ExcessLoss => tutee_stopped::TUTEE_STOPPED_EXCESS_LOSS,
        Stopped::GradientNorm => tutee_stopped::TUTEE_STOPPED_GRADIENT_NORM,
        Stopped::Observer => tutee_stopped::TUTEE_STOPPED_CALLBACK,
    }
}
