//! One digest for each operation, from the bottom of the library to its top: where two machines differ, the first of these
//! that differs is the operation to look at.

use tutee::Scalar;
use tutee::digest::Digest;
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::kernel::angle::{versine, versine_of_product};
use tutee::kernel::compare::compare;
use tutee::kernel::reduce::{dot, sum};
use tutee::kernel::softmax::{d_softmax, softmax};
use tutee::kernel::update::advance;
use tutee::matrix::Matrix;
use tutee::position;

use crate::name::Name;

/// Longest vector, an odd number past two lane widths.
const LONGEST: usize = 35;
/// Points at which a function of one number is taken.
const POINTS: u32 = 200;

/// Digests of single operations in one precision.
pub(crate) fn all<T: Scalar>(precision: &str, entry: &mut impl FnMut(Name<'_>, u64)) {
    let mut give = |operation: &str, digest: Digest| entry(Name([precision, operation, ""]), digest.finish());

    // Elementary functions, over their arguments in training.
    give("divide", over(|u: T| [T::ONE / (u + T::EPSILON), u / (T::ONE + u)]));
    give("sqrt", over(|u: T| [u.sqrt(), (u * T::from_f64(1e-30)).sqrt()]));
    give("exp", over(|u: T| [(u * T::from_f64(-100.0)).exp(), (-u).exp()]));
    give("ln", over(|u: T| [(u + T::EPSILON).ln(), (u * T::from_f64(1e-9) + T::EPSILON * T::EPSILON).ln()]));
    give("near_sqrt", over(|u: T| [u.near_sqrt(), (u * T::from_f64(1e-30)).near_sqrt()]));
    give("sin_cos", over(|u: T| <[T; 2]>::from((u * T::TWO).sin_cos_turns())));

    // Kernels, over vectors of every length.
    give("sum", over_pairs(|x: &[T], _: &[T]| [sum(x)]));
    give("dot", over_pairs(|x: &[T], y: &[T]| [dot(x, y)]));
    give(
        "compare",
        over_pairs(|x: &[T], y: &[T]| {
            let c = compare(x, y);
            [c.squared, c.inner, c.difference_inner, c.difference_squared]
        }),
    );
    give("softmax", over_buffers(|x: &[T], _: &[T], buffer: &mut [T]| softmax(x, buffer)));
    give(
        "d_softmax",
        over_buffers(|x: &[T], y: &[T], buffer: &mut [T]| {
            for (b, &y) in buffer.iter_mut().zip(y) {
                *b = y;
            }
            d_softmax(x, buffer);
        }),
    );
    give("advance", {
        let mut digest = Digest::new();
        let (mut parameter, mut carry) = (T::ONE, T::ZERO);
        for i in 0..POINTS {
            advance(&mut parameter, &mut carry, T::EPSILON / T::from_u32(i + 3), i % 16 != 15);
            digest.scalars(&[parameter, carry]);
        }
        digest
    });
    give("versine", over_pairs(|x: &[T], y: &[T]| [versine(&compare(x, y), dot(x, x).sqrt(), dot(y, y).sqrt())]));
    give("angle", over(|u: T| <[T; 2]>::from(T::angle_and_sine(versine_of_product::<T, T>(u, u * T::from_f64(1e-3))))));
    give(
        "kink_loss",
        over(|u: T| {
            let both = u * T::TWO;
            let small = u * T::from_f64(1e-3);
            [T::kink_loss(both, T::angle_and_sine(both).0), T::kink_loss(small, T::angle_and_sine(small).0)]
        }),
    );

    // Draws.
    let ten = T::from_u32(10);
    let inputs = [
        ("gaussian", Input::Gaussian),
        ("exponential", Input::Exponential),
        ("uniform", Input::Uniform),
        ("laplace", Input::Laplace),
        ("student-t", Input::StudentT { degrees_of_freedom: 5 }),
        ("correlated", Input::Correlated { correlation: T::from_u32(3) / ten }),
        ("shifted", Input::Shifted { mean: T::ONE / ten }),
    ];
    for (name, input) in inputs {
        let (mut digest, mut x) = (Digest::new(), [T::ZERO; LONGEST]);
        let mut stream = SampleStream::at(0x0D1C_E5ED, u64::MAX - 1);
        for _ in 0..10 {
            let mut rng = stream.sample();
            input.fill(&mut rng, 3, &mut x);
            LabelNoise { mean: T::HALF, standard_deviation: T::TWO }.add(&mut rng, &mut x);
            digest.scalars(&x);
        }
        give(name, digest);
    }

    // Position encodings.
    type Fill<T> = fn(&mut Matrix<T, 4, 4>) -> bool;
    let encodings: [(&str, Fill<T>); 4] = [
        ("hadamard", |p| position::hadamard(p.view_mut()).is_ok()),
        ("cosine", |p| position::cosine(p.view_mut()).is_ok()),
        ("sinusoidal", |p| position::sinusoidal(p.view_mut()).is_ok()),
        ("random-orthonormal", |p| position::random_orthonormal(p.view_mut(), 1).is_ok()),
    ];
    let logits = Matrix::<T, 3, 4>::from_rows([[T::ONE, T::HALF, T::ZERO, T::TWO], [T::PI; 4], [T::HALF; 4]]);
    for (name, fill) in encodings {
        let (mut p, mut kq) = (Matrix::<T, 4, 4>::ZERO, Matrix::<T, 4, 4>::ZERO);
        let mut digest = Digest::new();
        if fill(&mut p) && position::logits_to_kq(p.view(), logits.view(), kq.view_mut()).is_ok() {
            digest.scalars(p.as_slice());
            digest.scalars(kq.as_slice());
        }
        give(name, digest);
    }
}

/// A function of one number, at evenly spaced points of the unit interval.
fn over<T: Scalar, const N: usize>(function: impl Fn(T) -> [T; N]) -> Digest {
    let mut digest = Digest::new();
    for i in 0..=POINTS {
        digest.scalars(&function(T::from_u32(i) / T::from_u32(POINTS)));
    }
    digest
}

/// Two vectors whose sums depend on the order of summation.
fn vectors<T: Scalar>() -> ([T; LONGEST], [T; LONGEST]) {
    let (mut x, mut y) = ([T::ZERO; LONGEST], [T::ZERO; LONGEST]);
    let three = T::from_u32(3);
    for (i, (x, y)) in x.iter_mut().zip(&mut y).enumerate() {
        let n = T::from_usize(i);
        *x = T::ONE / (n + three) - T::from_usize(i % 3) / T::from_u32(7);
        *y = *x + T::ONE / (n * n * n + three);
    }
    (x, y)
}

/// A function of two vectors, at every length.
fn over_pairs<T: Scalar, const N: usize>(function: impl Fn(&[T], &[T]) -> [T; N]) -> Digest {
    let (x, y) = vectors();
    let mut digest = Digest::new();
    for n in 0..=LONGEST {
        if let (Some(x), Some(y)) = (x.get(..n), y.get(..n)) {
            digest.scalars(&function(x, y));
        }
    }
    digest
}

/// A function of two vectors that writes a third, at every length but zero.
fn over_buffers<T: Scalar>(function: impl Fn(&[T], &[T], &mut [T])) -> Digest {
    let (x, y) = vectors();
    let mut digest = Digest::new();
    for n in 1..=LONGEST {
        let mut buffer = [T::ZERO; LONGEST];
        if let (Some(x), Some(y), Some(buffer)) = (x.get(..n), y.get(..n), buffer.get_mut(..n)) {
            function(x, y, buffer);
            digest.scalars(buffer);
        }
    }
    digest
}
