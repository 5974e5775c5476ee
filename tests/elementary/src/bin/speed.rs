//! Time of one element of each function in a plain loop, at every vector width that the machine has, beside `libm`'s.

use std::hint::black_box;
use std::time::{Duration, Instant};
use tutee::elementary::{angle, exp, ln, sin_cos, sqrt};
use tutee_elementary::level::Level;
use tutee_elementary::points::uniform;

/// Few enough to stay in the first-level cache.
const LENGTH: usize = 1024;
const REPETITIONS: usize = 400;

/// Nanoseconds an element; the best of several attempts, which the other users of the machine disturb least.
fn time<A: Copy, B: Default + Clone>(level: Level, f: impl Fn(A) -> B + Copy, input: &[A]) -> f64 {
    let mut output = vec![B::default(); input.len()];
    let mut best = Duration::MAX;
    for _ in 0..15 {
        let start = Instant::now();
        for _ in 0..REPETITIONS {
            level.map(f, black_box(input), black_box(&mut output));
        }
        best = best.min(start.elapsed());
    }
    best.as_secs_f64() / (REPETITIONS * input.len()) as f64 * 1e9
}

fn row<A: Copy, B: Default + Clone>(name: &str, ours: impl Fn(A) -> B + Copy, theirs: impl Fn(A) -> B + Copy, x: &[A]) {
    print!("{name:24}");
    let levels = Level::available();
    for &level in &levels {
        print!(" {:9.3}", time(level, ours, x));
    }
    let (ours, theirs) = (time(levels[levels.len() - 1], ours, x), time(Level::Baseline, theirs, x));
    println!(" {theirs:9.3} {:7.1}", theirs / ours);
}

fn main() {
    let doubles = |low, high| uniform(low, high).take(LENGTH).collect::<Vec<f64>>();
    let singles = |low, high| doubles(low, high).iter().map(|&x| x as f32).collect::<Vec<f32>>();
    print!("ns an element           ");
    for level in Level::available() {
        print!(" {level:>9}");
    }
    println!("      libm   ratio");
    let tau = std::f64::consts::TAU;

    let (x, x_single) = (doubles(-20.0, 0.0), singles(-20.0, 0.0));
    row("exp, x <= 0, f32", exp::exp_not_positive_f32, libm::expf, &x_single);
    row("exp, x <= 0, f64", exp::exp_not_positive_f64, libm::exp, &x);
    row("exp f32", exp::exp_f32, libm::expf, &x_single);
    row("exp f64", exp::exp_f64, libm::exp, &x);

    let (x, x_single) = (doubles(0.0, 1.0), singles(0.0, 1.0));
    row("ln, normal x, f32", ln::ln_normal_f32, libm::logf, &x_single);
    row("ln, normal x, f64", ln::ln_normal_f64, libm::log, &x);
    row("ln f32", ln::ln_f32, libm::logf, &x_single);
    row("ln f64", ln::ln_f64, libm::log, &x);
    row("sin, cos of turns f32", sin_cos::sin_cos_turns_f32, |u| libm::sincosf(u * tau as f32), &x_single);
    row("sin, cos of turns f64", sin_cos::sin_cos_turns_f64, |u| libm::sincos(u * tau), &x);
    let below = |x: &Vec<f32>| x.iter().map(|x| x - 0.5).collect::<Vec<f32>>();
    let halves = below(&x_single);
    row("sin, cos, 1/8 f32", |w| sin_cos::sin_cos_f32(1, w * 0.25), |w| libm::sincosf(w * 0.25 * tau as f32), &halves);

    let (x, x_single) = (doubles(0.0, 2.0), singles(0.0, 2.0));
    let angle_single = |v: f32| {
        if v <= 1.0 {
            2.0 * libm::asinf(libm::sqrtf(v * 0.5))
        } else {
            std::f32::consts::PI - 2.0 * libm::asinf(libm::sqrtf((2.0 - v) * 0.5))
        }
    };
    let angle_double = |v: f64| {
        if v <= 1.0 {
            2.0 * libm::asin(libm::sqrt(v * 0.5))
        } else {
            std::f64::consts::PI - 2.0 * libm::asin(libm::sqrt((2.0 - v) * 0.5))
        }
    };
    row("angle f32", |v| angle::angle_f32(angle::roots_f32(v)), angle_single, &x_single);
    row("angle f64", |v| angle::angle_f64(angle::roots_f64(v)), angle_double, &x);
    row("sqrt f32", sqrt::sqrt_f32, libm::sqrtf, &x_single);
    row("sqrt of std f32", f32::sqrt, libm::sqrtf, &x_single);
    row("near sqrt f32", sqrt::near_sqrt_f32, libm::sqrtf, &x_single);
    row("sqrt f64", sqrt::sqrt_f64, libm::sqrt, &x);
    row("sqrt of std f64", f64::sqrt, libm::sqrt, &x);
    row("near sqrt f64", sqrt::near_sqrt_f64, libm::sqrt, &x);
}
