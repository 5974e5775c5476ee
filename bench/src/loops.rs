//! The inner loops, through the public interface of the library.
//!
//! Elementary functions run over lanes where the level has registers for them, as in the library's passes, and over a
//! plain loop elsewhere. Reductions, softmax and draws are called as a user calls them, from code that is compiled for
//! the level: those that are not inlined keep the level that the library chose for them.

use std::hint::black_box;

use tutee::Scalar;
use tutee::input::{SampleRng, SampleStream};
use tutee::kernel::compare::compare;
use tutee::kernel::product::product;
use tutee::kernel::reduce::{dot, sum};
use tutee::kernel::softmax::softmax;
use tutee::kernel::update::advance;
use tutee::vector::Vector;
use tutee::vector::lane::{LANES, Lane, Lanes};

use crate::level::Loop;

/// A number type whose exponential the `libm` crate has, too.
pub trait Number: Scalar {
    /// What tables call the type.
    const NAME: &'static str;
    /// `libm`'s exponential.
    fn libm_exp(self) -> Self;
}

impl Number for f32 {
    const NAME: &'static str = "f32";
    #[inline(always)]
    fn libm_exp(self) -> Self {
        libm::expf(self)
    }
}

impl Number for f64 {
    const NAME: &'static str = "f64";
    #[inline(always)]
    fn libm_exp(self) -> Self {
        libm::exp(self)
    }
}

/// An inner loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// The exponential of numbers that are not positive.
    Exp,
    /// The exponential of the `libm` crate, to compare.
    LibmExp,
    /// The natural logarithm of normal numbers.
    Ln,
    /// Angle and sine from the versine, added up.
    AngleAndSine,
    /// The square root, correctly rounded.
    Root,
    /// The square root without an instruction for it.
    NearRoot,
    /// The softmax of a row.
    Softmax,
    /// The sum of a row.
    Sum,
    /// The inner product of two rows.
    Dot,
    /// Four sums of a row beside another.
    Compare,
    /// Standard normal draws of one sample.
    Gaussian,
    /// The compensated update.
    Advance,
    /// The product of 64 x 256 numbers and 256 x n: what 64 filters say of 256 tokens, averaged for n outputs.
    Product,
}

/// Rows and terms of [`Kernel::Product`].
pub const PRODUCT: [usize; 2] = [64, 256];

impl Kernel {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Exp,
        Self::LibmExp,
        Self::Ln,
        Self::AngleAndSine,
        Self::Root,
        Self::NearRoot,
        Self::Softmax,
        Self::Sum,
        Self::Dot,
        Self::Compare,
        Self::Gaussian,
        Self::Advance,
        Self::Product,
    ];

    /// What tables call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exp => "exp",
            Self::LibmExp => "libm's exp",
            Self::Ln => "ln",
            Self::AngleAndSine => "angle and sine",
            Self::Root => "sqrt",
            Self::NearRoot => "near sqrt",
            Self::Softmax => "softmax",
            Self::Sum => "sum",
            Self::Dot => "dot",
            Self::Compare => "compare",
            Self::Gaussian => "Gaussian draws",
            Self::Advance => "advance",
            Self::Product => "product, a column",
        }
    }
}

/// Lengths of rows in tables: the tokens of the three sizes of [`steps`](crate::steps).
pub const LENGTHS: [usize; 3] = [16, 64, 256];

/// A loop with what it runs over.
#[derive(Clone, Debug)]
pub struct Inner<T> {
    kernel: Kernel,
    x: Vec<T>,
    y: Vec<T>,
    z: Vec<T>,
    carry: Vec<T>,
    rng: SampleRng,
}

impl<T: Number> Inner<T> {
    /// The loop over `n` elements, each of which is in the domain of its function.
    pub fn new(kernel: Kernel, n: usize) -> Self {
        let part = |i: usize| T::from_f64((i as f64 * 0.618_033_988_75).fract());
        let [rows, terms] = PRODUCT;
        let [x_len, y_len, z_len] =
            if kernel == Kernel::Product { [rows * terms, terms * n, rows * n] } else { [n; 3] };
        let x = (0..x_len).map(|i| match kernel {
            Kernel::Exp | Kernel::LibmExp | Kernel::Softmax => T::ZERO - T::from_u32(10) * part(i),
            Kernel::AngleAndSine => T::TWO * part(i),
            _ => part(i) + T::EPSILON,
        });
        Self {
            kernel,
            x: x.collect(),
            y: (0..y_len).map(|i| part(i + n)).collect(),
            z: vec![T::ZERO; z_len],
            carry: vec![T::ZERO; n],
            rng: SampleStream::new(1).sample(),
        }
    }
}

impl<T: Number> Loop for Inner<T> {
    #[inline(always)]
    fn run<V: Vector>(&mut self, vector: V) {
        let Self { kernel, x, y, z, carry, rng } = self;
        let (x, y, z) = (black_box(x.as_slice()), black_box(y.as_slice()), black_box(z.as_mut_slice()));
        match kernel {
            Kernel::Exp => apply::<_, _, Exp>(vector, x, z),
            Kernel::LibmExp => each(x, z, T::libm_exp),
            Kernel::Ln => each(x, z, T::ln_normal),
            Kernel::AngleAndSine => apply::<_, _, AngleAndSine>(vector, x, z),
            Kernel::Root => apply::<_, _, Root>(vector, x, z),
            Kernel::NearRoot => each(x, z, T::near_sqrt),
            Kernel::Softmax => softmax(x, z),
            Kernel::Sum => _ = black_box(sum(x)),
            Kernel::Dot => _ = black_box(dot(x, y)),
            Kernel::Compare => _ = black_box(compare(x, y)),
            Kernel::Product => {
                let [rows, terms] = PRODUCT;
                black_box(product(x, y, z, (rows, terms, z.len() / rows))).expect("lengths that fit");
            }
            Kernel::Gaussian => rng.gaussian_fill(z),
            Kernel::Advance => {
                for ((z, carry), &x) in z.iter_mut().zip(carry).zip(x) {
                    advance(z, carry, x, true);
                }
            }
        }
    }
}

/// A function of one number, or of a register of them.
trait Function<T> {
    fn of<L: Lane<T>>(x: L) -> L;
}

struct Exp;

impl<T: Scalar> Function<T> for Exp {
    #[inline(always)]
    fn of<L: Lane<T>>(x: L) -> L {
        T::exp_not_positive(x)
    }
}

struct AngleAndSine;

impl<T: Scalar> Function<T> for AngleAndSine {
    #[inline(always)]
    fn of<L: Lane<T>>(x: L) -> L {
        let (angle, sine) = T::angle_and_sine(x);
        angle + sine
    }
}

struct Root;

impl<T: Scalar> Function<T> for Root {
    #[inline(always)]
    fn of<L: Lane<T>>(x: L) -> L {
        x.root()
    }
}

/// Over a number of elements that is a multiple of sixteen; what is left over stays as it is.
#[inline(always)]
fn apply<T: Scalar, V: Vector, F: Function<T>>(vector: V, x: &[T], z: &mut [T]) {
    if V::WIDE {
        for (x, z) in x.as_chunks::<LANES>().0.iter().zip(z.as_chunks_mut::<LANES>().0) {
            F::of(T::Lanes::<V>::load(vector, x)).store(z);
        }
    } else {
        each(x, z, F::of::<T>);
    }
}

#[inline(always)]
fn each<T: Scalar>(x: &[T], z: &mut [T], function: impl Fn(T) -> T) {
    for (&x, z) in x.iter().zip(z) {
        *z = function(x);
    }
}
