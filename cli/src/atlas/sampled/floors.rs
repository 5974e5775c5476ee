//! Teachers beyond the student's reach that weigh tokens by position: of another activation, with a bias, or that pool otherwise.

use std::cell::Cell;

use tutee::activation::Activation;
use tutee::input::SampleRng;
use tutee::{Error, Scalar};

use super::setting::{FILTERS, OUTPUTS, SIZES, on_a_floor};
use crate::atlas::cell::Found;
use crate::atlas::expectations::{largest_beside_mean, normal_mean, relu_product};
use crate::atlas::lab::{Student, Teacher, answers, gaussian};

/// The loss of a student beside `g` of what a filter makes of the mean of its group, a normal number of this variance: answers of the
/// student to tokens along each filter are those to all inputs that have the same mean there.
fn loss_beside(best: &Student, teacher: &Teacher, variance: f64, g: impl Fn(f64) -> f64) -> Result<f64, Error> {
    let (features, filters) = (teacher.shape.features(), teacher.shape.filters());
    let mut loss = 0.0;
    for (m, v) in teacher.value.chunks(features).enumerate() {
        let refused = Cell::new(None);
        loss += normal_mean(variance, |u| {
            let x: Vec<f64> = (0..teacher.shape.tokens()).flat_map(|_| v.iter().map(move |v| u * v)).collect();
            let own = |answers: Vec<f64>| answers.chunks(filters).map(|y| 0.5 * (g(u) - y[m]) * (g(u) - y[m])).sum();
            best.answers(&x).map(own).unwrap_or_else(|error| {
                refused.set(Some(error));
                f64::NAN
            })
        });
        if let Some(error) = refused.take() {
            return Err(error);
        }
    }
    Ok(loss)
}

/// A teacher `g` of the mean of a group of four, and the linear student that is nearest to it: by Stein's lemma `W = c V*`,
/// `c = E u g(u) / E u^2`.
fn pointwise(g: fn(f64) -> f64, why: &'static str) -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 4, Activation::Identity)?;
    let variance = 0.25;
    let along = normal_mean(variance, |u| u * g(u));
    let least = 0.5 * FILTERS * OUTPUTS * (normal_mean(variance, |u| g(u) * g(u)) - along * along / variance);
    let value = teacher.value.iter().map(|v| along / variance * v).collect();
    let best = Student::constructed(teacher.shape, teacher.activation, value, teacher.mixing.clone());
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| g(h.iter().skip(j / 4 * 4).take(4).sum::<f64>() / 4.0));
        Ok(())
    };
    let integrated = loss_beside(&best, &teacher, variance, g)?;
    on_a_floor(&teacher, (least, Some(integrated)), &best, (0.25, 160_000), &draw, why)
}

/// `tanh(u)`.
fn tangent(u: f64) -> f64 {
    1.0 - 2.0 / (Scalar::exp(2.0 * u) + 1.0)
}

pub fn tanh() -> Result<Found, Error> {
    pointwise(|u| tangent(3.0 * u), "tanh bends both ways, and a linear student is its best straight line")
}

pub fn gelu() -> Result<Found, Error> {
    let g = |u: f64| 0.5 * u * (1.0 + tangent((2.0 / std::f64::consts::PI).sqrt() * (u + 0.044_715 * u * u * u)));
    pointwise(g, "what is left is GELU's even part, which no linear student has")
}

pub fn biased() -> Result<Found, Error> {
    pointwise(
        |u| u + 0.5,
        "a student without bias answers zero to zero, and the bias is orthogonal to everything it can learn",
    )
}

pub fn relu_teacher() -> Result<Found, Error> {
    pointwise(|u| u.larger(0.0), "half of the ReLU is linear and learned, the other half is an absolute value")
}

pub fn relu_student() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 4, Activation::Identity)?;
    let best = Student::constructed(teacher.shape, Activation::Relu, teacher.value.clone(), teacher.mixing.clone());
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| h.iter().skip(j / 4 * 4).take(4).sum::<f64>() / 4.0);
        Ok(())
    };
    let least = 0.5 * FILTERS * OUTPUTS * 0.125;
    let integrated = loss_beside(&best, &teacher, 0.25, |u| u)?;
    on_a_floor(
        &teacher,
        (least, Some(integrated)),
        &best,
        (0.2, 100_000),
        &draw,
        "answers below zero are out of a ReLU's reach, and those above are learned",
    )
}

pub fn max_pooling() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 4, Activation::Identity)?;
    let best = Student::constructed(teacher.shape, teacher.activation, teacher.value.clone(), teacher.mixing.clone());
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| {
            h.iter().skip(j / 4 * 4).take(4).copied().fold(f64::NEG_INFINITY, Scalar::larger)
        });
        Ok(())
    };
    // The largest of four normal numbers has the mean square 1 + sqrt(3) / pi, and as a linear function it is their mean.
    let least = 0.5 * FILTERS * OUTPUTS * (1.0 + 3.0_f64.sqrt() / std::f64::consts::PI - 0.25);
    let integrated = 0.5 * FILTERS * OUTPUTS * largest_beside_mean(4);
    on_a_floor(
        &teacher,
        (least, Some(integrated)),
        &best,
        (0.05, 60_000),
        &draw,
        "which token is largest depends on the input, and weights by position do not",
    )
}

pub fn relu_before_pooling() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 4, Activation::Identity)?;
    // Of an answer y, the mean of four ReLUs, and r, the ReLU of the mean: E y^2, E y r (two normal numbers of correlation 1/2, one of
    // deviation 1/2) and E r^2. The best multiple of r is E y r / E r^2, and so is that of V*.
    let square = 0.125 + 0.75 / std::f64::consts::TAU;
    let both = 0.5 * (0.75_f64.sqrt() + std::f64::consts::PI / 3.0) / std::f64::consts::TAU;
    let own = 0.125;
    let value = teacher.value.iter().map(|v| both / own * v).collect();
    let best = Student::constructed(teacher.shape, Activation::Relu, value, teacher.mixing.clone());
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| h.iter().skip(j / 4 * 4).take(4).map(|h| h.larger(0.0)).sum::<f64>() / 4.0);
        Ok(())
    };
    let least = 0.5 * FILTERS * OUTPUTS * (square - both * both / own);
    let factor = both / own;
    let of_teacher = (4.0 * relu_product([1.0, 1.0], 1.0) + 12.0 * relu_product([1.0, 1.0], 0.0)) / 16.0;
    let together = factor * relu_product([1.0, 0.5], 0.5);
    let of_student = factor * factor * relu_product([0.5, 0.5], 1.0);
    let integrated = 0.5 * FILTERS * OUTPUTS * (of_teacher - 2.0 * together + of_student);
    on_a_floor(
        &teacher,
        (least, Some(integrated)),
        &best,
        (0.1, 150_000),
        &draw,
        "a student bends after it has averaged, the teacher before",
    )
}
