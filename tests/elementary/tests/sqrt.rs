//! The square root against the processor's, bit for bit.

use tutee::elementary::sqrt::{near_sqrt_f32, near_sqrt_f64, sqrt_f32, sqrt_f64};
use tutee_elementary::bounds;
use tutee_elementary::double_double::Dd;
use tutee_elementary::points::{near_powers, neighbours, of_exponents, uniform};
use tutee_elementary::ulp::{Largest, double, single};

const MANY: usize = 1_000_000;

fn singles(stride: usize) {
    let (mut count, mut largest) = (0u64, Largest::default());
    for bits in (0..=u32::MAX).step_by(stride) {
        let x = f32::from_bits(bits);
        let (found, exact) = (sqrt_f32(x), x.sqrt());
        assert!(found.to_bits() == exact.to_bits() || found.is_nan() && exact.is_nan(), "{bits:#x}: {found}, {exact}");
        if x.is_normal() && x > 0.0 {
            largest.take(x.into(), single(near_sqrt_f32(x), f64::from(x).sqrt()));
        }
        count += 1;
    }
    println!("sqrt f32: {count} arguments, correctly rounded");
    largest.assert_within("near sqrt f32", bounds::NEAR_SQRT.0);
}

#[test]
fn some_single_arguments() {
    singles(251);
}

#[test]
#[ignore = "a minute"]
fn all_single_arguments() {
    singles(1);
}

#[test]
fn double_arguments() {
    let (mut count, mut largest) = (0u64, Largest::default());
    let mut check = |x: f64| {
        let (found, exact) = (sqrt_f64(x), x.sqrt());
        assert!(found.to_bits() == exact.to_bits() || found.is_nan() && exact.is_nan(), "{x:e}: {found:e}, {exact:e}");
        if x.is_normal() && x > 0.0 && x < 1e290 && x > 1e-290 {
            largest.take(x, double(near_sqrt_f64(x), Dd::from(x).sqrt()));
        }
        count += 1;
    };
    of_exponents(-1022, 1024).take(10 * MANY).for_each(&mut check);
    uniform(0.5, 2.0).take(10 * MANY).for_each(&mut check);
    near_powers(-1022, 1023, &[1.0, 1.5, 1.999_999_999_999]).for_each(&mut check);
    // Squares, and the nearest that there is to squares of what lies between two neighbours.
    for root in uniform(0.5, 2.0).take(MANY) {
        let (short, half) = (root as f32 as f64, root + root * f64::EPSILON / 4.0);
        neighbours(short * short).for_each(&mut check);
        neighbours(root * root).for_each(&mut check);
        neighbours(half * half).for_each(&mut check);
    }
    (0..MANY as u64).map(|i| f64::from_bits(i * 4_503_599_627)).for_each(&mut check);
    [0.0, -0.0, -1.0, 5e-324, -5e-324, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MAX]
        .into_iter()
        .for_each(&mut check);
    println!("sqrt f64: {count} arguments, correctly rounded");
    largest.assert_within("near sqrt f64", bounds::NEAR_SQRT.1);
}
