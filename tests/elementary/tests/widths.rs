//! The bits of a loop are those of single calls, at every vector width that this machine has.

use std::hint::black_box;
use tutee::elementary::{angle, exp, ln, sin_cos, sqrt};
use tutee_elementary::level::Level;
use tutee_elementary::points::words;

/// No multiple of any vector's length, so that the rest of the loop is looked at, too.
const LENGTH: usize = 100_003;

/// NaN has many bit patterns, which the functions do not choose between.
fn bits_f32(x: f32) -> u64 {
    if x.is_nan() { u64::MAX } else { x.to_bits().into() }
}

fn bits_f64(x: f64) -> u64 {
    if x.is_nan() { u64::MAX - 1 } else { x.to_bits() }
}

fn same<A: Copy, B: Copy + Default>(what: &str, f: impl Fn(A) -> B + Copy, x: &[A], bits: impl Fn(B) -> u64) {
    let singly: Vec<u64> = x.iter().map(|&x| bits(black_box(f)(black_box(x)))).collect();
    for level in Level::available() {
        let mut output = vec![B::default(); x.len()];
        level.map(f, x, &mut output);
        for (i, (&y, &expected)) in output.iter().zip(&singly).enumerate() {
            assert_eq!(bits(y), expected, "{what}, {level}, element {i}");
        }
    }
    println!("{what}: {} arguments, {:?}: the bits of single calls", x.len(), Level::available());
}

/// Any bit pattern, and then numbers of `[-1, 1]` times `size`.
fn singles(size: f32) -> Vec<f32> {
    let any = words().map(|word| f32::from_bits(word as u32)).take(LENGTH / 2);
    let near = words().map(|word| (word as i32) as f32 / libm::ldexpf(1.0, 31) * size).take(LENGTH - LENGTH / 2);
    any.chain(near).collect()
}

fn doubles(size: f64) -> Vec<f64> {
    let any = words().map(f64::from_bits).take(LENGTH / 2);
    let near = words().map(|word| (word as i64) as f64 / libm::ldexp(1.0, 63) * size).take(LENGTH - LENGTH / 2);
    any.chain(near).collect()
}

#[test]
fn single_precision() {
    let pair = |(a, b): (f32, f32)| bits_f32(a).rotate_left(32) ^ bits_f32(b);
    same("exp f32", exp::exp_f32, &singles(90.0), bits_f32);
    same("exp, not positive, f32", |x: f32| exp::exp_not_positive_f32(-x.abs()), &singles(90.0), bits_f32);
    same("ln f32", ln::ln_f32, &singles(2.0), bits_f32);
    same("ln, normal, f32", ln::ln_normal_f32, &singles(2.0), bits_f32);
    same("sin, cos f32", |w| sin_cos::sin_cos_f32(w.to_bits(), w), &singles(0.125), pair);
    same("sin, cos of turns f32", sin_cos::sin_cos_turns_f32, &singles(1.0), pair);
    same("angle and sine f32", |v: f32| angle::angle_and_sine_f32(v.abs()), &singles(2.0), pair);
    same("kink loss f32", |v: f32| angle::kink_loss_f32(v.abs(), 2.0 * v.abs()), &singles(2.0), bits_f32);
    same("sqrt f32", sqrt::sqrt_f32, &singles(2.0), bits_f32);
    same("near sqrt f32", sqrt::near_sqrt_f32, &singles(2.0), bits_f32);
}

#[test]
fn double_precision() {
    let pair = |(a, b): (f64, f64)| bits_f64(a).rotate_left(32) ^ bits_f64(b);
    same("exp f64", exp::exp_f64, &doubles(720.0), bits_f64);
    same("exp, not positive, f64", |x: f64| exp::exp_not_positive_f64(-x.abs()), &doubles(720.0), bits_f64);
    same("ln f64", ln::ln_f64, &doubles(2.0), bits_f64);
    same("ln, normal, f64", ln::ln_normal_f64, &doubles(2.0), bits_f64);
    same("sin, cos f64", |w| sin_cos::sin_cos_f64(w.to_bits() as u32, w), &doubles(0.125), pair);
    same("sin, cos of turns f64", sin_cos::sin_cos_turns_f64, &doubles(1.0), pair);
    same("angle and sine f64", |v: f64| angle::angle_and_sine_f64(v.abs()), &doubles(2.0), pair);
    same("kink loss f64", |v: f64| angle::kink_loss_f64(v.abs(), 2.0 * v.abs()), &doubles(2.0), bits_f64);
    same("sqrt f64", sqrt::sqrt_f64, &doubles(2.0), bits_f64);
    same("near sqrt f64", sqrt::near_sqrt_f64, &doubles(2.0), bits_f64);
}
