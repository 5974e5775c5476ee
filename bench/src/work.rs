//! How much work there is, counted from the formulas: additions, subtractions, multiplications, divisions and square
//! roots, all of which count as one; comparisons, selections and operations on integers do not count.

use std::cell::Cell;
use std::ops::{Add, Div, Mul, Sub};

use tutee::Scalar;
use tutee::vector::lane::LANES;
use tutee::vector::lane::Lane;
use tutee_bench::loops::{Kernel, Number, PRODUCT};
use tutee_bench::steps::{GROUP, Gradient, Sizes};

/// Floating-point operations, and bytes between registers and memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) operations: f64,
    pub(crate) bytes: f64,
}

/// What an element takes.
pub(crate) fn of_element<T: Number>(kernel: Kernel) -> Work {
    let number = f64::from(T::BITS / 8);
    // Numbers read and written for each element.
    let (operations, numbers) = match kernel {
        // Whatever `libm` takes, this is what is asked of it.
        Kernel::Exp | Kernel::LibmExp => (exp::<T>(), 2),
        Kernel::Ln => (ln::<T>(), 2),
        Kernel::AngleAndSine => (angle_and_sine::<T>() + 1.0, 2),
        Kernel::Root => (1.0, 2),
        Kernel::NearRoot => (near_root::<T>(), 2),
        // Largest: reads; exponential of a difference, and the sum: reads and writes; normalised: reads and writes.
        Kernel::Softmax => (exp::<T>() + 3.0, 5),
        Kernel::Sum => (1.0, 1),
        Kernel::Dot => (2.0, 2),
        // A difference, four products, four sums.
        Kernel::Compare => (9.0, 2),
        Kernel::Gaussian => (draw::<T>(), 1),
        // Reads the step, reads and writes parameter and carry.
        Kernel::Advance => (4.0, 5),
        // Reads a column of the right factor, writes one of the result; the left factor stays near.
        Kernel::Product => (2.0 * (PRODUCT[0] * PRODUCT[1]) as f64, (PRODUCT[0] + PRODUCT[1]) as u32),
    };
    Work { operations, bytes: number * f64::from(numbers) }
}

/// What a step takes, and how many bytes it works on.
pub(crate) fn of_step<T: Number>(gradient: Gradient, sizes: Sizes, batch: u32) -> (Work, usize) {
    let [m, d, tokens, outputs] = sizes.map(|size| size as f64);
    let elements = outputs * tokens;
    let number = f64::from(T::BITS / 8);
    let (operations, numbers) = match gradient {
        Gradient::Exact => {
            // Where the teacher's row is not zero, in whole sixteens.
            let within = outputs * tokens.smaller(GROUP.next_multiple_of(LANES) as f64);
            // Softmax: difference, exponential, sum. Compare: weight, difference, four products and sums. The mean: six
            // for dL/ds, a product, a sum. The step: six for dL/ds, less the mean, times the weight and the rate, and
            // four for the update.
            let inside = exp::<T>() + 2.0 + 10.0 + 8.0 + 13.0;
            // Outside, dL/ds is a multiple of the weight: the square and its sum; the weight, its multiple, less the
            // mean, times the weight; the update.
            let outside = exp::<T>() + 2.0 + 2.0 + 4.0 + 4.0;
            // For every filter and row the product of the cosines, angle and sine, two sums of products each way.
            let pair = 3.0 + angle_and_sine::<T>() + 9.0;
            // Compare nine; dL/dw six, the rate, the update.
            let filter = 9.0 + 6.0 + 1.0 + 4.0;
            let all = within * inside + (elements - within) * outside + m * outputs * pair + m * d * filter;
            // Logits and carries are read and written; weights stay near.
            (all, 4.0 * elements)
        }
        Gradient::Online => {
            // Of the teacher's rows only what is not zero.
            let forward = 2.0 * m * tokens * d * 2.0 + 2.0 * m * outputs * (tokens + GROUP as f64);
            let backward = 2.0 * m * outputs * tokens * 2.0 + 2.0 * m * tokens * d;
            let sample = forward + backward + tokens * d * draw::<T>();
            // The softmax, its gradient, and the update.
            let row = exp::<T>() + 3.0 + 5.0 + 5.0;
            // Logits, carries and the gradient are read and written, the attention is written and read.
            (f64::from(batch) * sample + elements * row, 8.0 * elements)
        }
    };
    let held = match gradient {
        // Logits and carries, and the teacher's rows.
        Gradient::Exact => 3.0 * elements,
        // And attention and gradient.
        Gradient::Online => 5.0 * elements,
    };
    (Work { operations, bytes: number * numbers }, (number * held) as usize)
}

/// Counted by the formula itself.
fn exp<T: Scalar>() -> f64 {
    operations(|x| _ = T::exp_not_positive(x))
}

/// Counted by the formula itself.
fn angle_and_sine<T: Scalar>() -> f64 {
    operations(|x| _ = T::angle_and_sine(x))
}

/// A polynomial of so many coefficients takes one operation less than two for each.
fn polynomial(coefficients: u32) -> f64 {
    f64::from(2 * coefficients - 1)
}

/// The exponent two, `f` one, `s` two, its square, half of the square of `f` two, the product with the polynomial,
/// eight for the sum.
fn ln<T: Scalar>() -> f64 {
    17.0 + polynomial(if T::BITS == 32 { 3 } else { 7 })
}

/// Half of the number, four for each iteration, and six for the last.
fn near_root<T: Scalar>() -> f64 {
    7.0 + 4.0 * if T::BITS == 32 { 2.0 } else { 3.0 }
}

/// The square, three for the sine and two for the cosine beside their polynomials.
fn sine_and_cosine<T: Scalar>() -> f64 {
    6.0 + 2.0 * polynomial(if T::BITS == 32 { 4 } else { 7 })
}

/// One of a pair: from integers two and one, the sign and the double, two products.
fn draw<T: Scalar>() -> f64 {
    (7.0 + ln::<T>() + near_root::<T>() + sine_and_cosine::<T>()) / 2.0
}

/// A number that counts what is done to it.
#[derive(Clone, Copy)]
struct Counted;

thread_local! {
    static OPERATIONS: Cell<u32> = const { Cell::new(0) };
}

fn count() -> Counted {
    OPERATIONS.set(OPERATIONS.get() + 1);
    Counted
}

/// Additions, subtractions, multiplications, divisions and square roots of `formula`.
fn operations(formula: impl FnOnce(Counted)) -> f64 {
    OPERATIONS.set(0);
    formula(Counted);
    OPERATIONS.get().into()
}

macro_rules! operator {
    ($($trait:ident $method:ident),*) => {$(
        impl $trait for Counted {
            type Output = Self;
            fn $method(self, _: Self) -> Self {
                count()
            }
        }
    )*};
}
operator!(Add add, Sub sub, Mul mul, Div div);

impl<T: Scalar> Lane<T> for Counted {
    fn with(self, _: T) -> Self {
        self
    }
    fn root(self) -> Self {
        count()
    }
    fn if_less(self, _: Self, _: Self, _: Self) -> Self {
        self
    }
    fn if_at_most(self, _: Self, _: Self, _: Self) -> Self {
        self
    }
    fn at_least(self, _: Self) -> Self {
        self
    }
    fn at_most(self, _: Self) -> Self {
        self
    }
    /// Never: some angles are wide, which are more work.
    fn all_at_most(self, _: Self) -> bool {
        false
    }
    fn low_bits_to_exponent(self) -> Self {
        self
    }
}
