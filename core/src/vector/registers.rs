//! What every kind of registers has in common, whatever their width.
//!
//! Where [`lanes`] is used, there are modules `columns`, `fold` and `masks` with a function for each kind of lanes.

use pulp::NullaryFnOnce;

use super::work::{Vector, Work};

/// Work that is inlined into a function for one kind of registers.
pub(super) struct Inlined<W, V> {
    pub work: W,
    pub vector: V,
}

impl<W: Work, V: Vector> NullaryFnOnce for Inlined<W, V> {
    type Output = W::Output;

    #[inline(always)]
    fn call(self) -> W::Output {
        self.work.run(self.vector)
    }
}

/// What is left of `x` from `first` on.
#[inline(always)]
pub(super) fn beyond<T>(x: &[T], first: usize) -> &[T] {
    x.get(first..).unwrap_or_default()
}

/// Registers `$register` of `$vector`, numbered `$i`, as many as hold [`LANES`] numbers of type `$t`. Written out instead of
/// in loops, which would take the compiler minutes to unroll.
macro_rules! lanes {
    (
        $name:ident, $t:ident, $vector:ident, $register:ident, [$($i:literal)*],
        $add:ident $sub:ident $mul:ident $div:ident $sqrt:ident $splat:ident $less:ident $up_to:ident $select:ident
        $slices:ident $slices_mut:ident $to_bits:ident $from_bits:ident $shift:ident $amount:ident
        $mul_add:ident $reduce_sum:ident $max:ident $min:ident $reduce_max:ident
        $partial_load:ident $partial_store:ident $mask:ident $mask_t:ident $each:ident
    ) => {
        /// Sixteen numbers.
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            vector: $vector,
            registers: [<$vector as Simd>::$register; [$($i),*].len()],
        }

        impl $name {
            /// Numbers in each register.
            const WIDTH: usize = LANES / [$($i),*].len();

            /// The numbers there are, and zeros for the rest: parts of a register take a function of its own each.
            #[inline(always)]
            fn register(vector: $vector, x: &[$t]) -> <$vector as Simd>::$register {
                match $vector::$slices(x).0.first() {
                    Some(register) => *register,
                    None if x.is_empty() => vector.$splat(0.0),
                    None => vector.$partial_load(x),
                }
            }
        }

        impl Add for $name {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                Self { vector: v, registers: [$(v.$add(x[$i], y[$i])),*] }
            }
        }

        impl Sub for $name {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                Self { vector: v, registers: [$(v.$sub(x[$i], y[$i])),*] }
            }
        }

        impl Mul for $name {
            type Output = Self;
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                Self { vector: v, registers: [$(v.$mul(x[$i], y[$i])),*] }
            }
        }

        impl Div for $name {
            type Output = Self;
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                Self { vector: v, registers: [$(v.$div(x[$i], y[$i])),*] }
            }
        }

        impl Lane<$t> for $name {
            #[inline(always)]
            fn with(self, x: $t) -> Self {
                Self::splat(self.vector, x)
            }
            #[inline(always)]
            fn root(self) -> Self {
                let (v, x) = (self.vector, self.registers);
                Self { vector: v, registers: [$(v.$sqrt(x[$i])),*] }
            }
            #[inline(always)]
            fn if_less(self, other: Self, then: Self, otherwise: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                let (a, b) = (then.registers, otherwise.registers);
                Self { vector: v, registers: [$(v.$select(v.$less(x[$i], y[$i]), a[$i], b[$i])),*] }
            }
            #[inline(always)]
            fn zero_if_less(self, other: Self, otherwise: Self) -> Self {
                let (v, x, y, b) = (self.vector, self.registers, other.registers, otherwise.registers);
                Self { vector: v, registers: [$(masks::zeros::$each(v, v.$less(x[$i], y[$i]), b[$i])),*] }
            }
            #[inline(always)]
            fn if_at_most(self, other: Self, then: Self, otherwise: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                let (a, b) = (then.registers, otherwise.registers);
                Self { vector: v, registers: [$(v.$select(v.$up_to(x[$i], y[$i]), a[$i], b[$i])),*] }
            }
            #[inline(always)]
            fn at_least(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                // The instruction yields its second operand where they compare equal or are not in order.
                Self { vector: v, registers: [$(v.$max(y[$i], x[$i])),*] }
            }
            #[inline(always)]
            fn at_most(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                Self { vector: v, registers: [$(v.$min(y[$i], x[$i])),*] }
            }
            #[inline(always)]
            fn all_at_most(self, other: Self) -> bool {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                let mut all = true;
                $(all &= masks::$each(v, v.$up_to(x[$i], y[$i]));)*
                all
            }
            #[inline(always)]
            fn plus_exact(self, a: Self, b: Self) -> Self {
                let (v, x, a, b) = (self.vector, self.registers, a.registers, b.registers);
                Self { vector: v, registers: [$(v.$mul_add(a[$i], b[$i], x[$i])),*] }
            }
            #[inline(always)]
            fn low_bits_to_exponent(self) -> Self {
                const DIGITS: $amount = $t::MANTISSA_DIGITS as $amount - 1;
                let (v, x) = (self.vector, self.registers);
                Self { vector: v, registers: [$(v.$from_bits(v.$shift::<DIGITS>(v.$to_bits(x[$i])))),*] }
            }
        }

        impl Lanes<$t, $vector> for $name {
            const REGISTERS: usize = [$($i),*].len();
            #[inline(always)]
            fn splat(vector: $vector, x: $t) -> Self {
                Self { vector, registers: [vector.$splat(x); [$($i),*].len()] }
            }
            #[inline(always)]
            fn load(vector: $vector, x: &[$t; LANES]) -> Self {
                match $vector::$slices(x).0.first_chunk() {
                    Some(&registers) => Self { vector, registers },
                    None => Self::splat(vector, 0.0),
                }
            }
            #[inline(always)]
            fn store(self, x: &mut [$t; LANES]) {
                if let Some(registers) = $vector::$slices_mut(x).0.first_chunk_mut() {
                    *registers = self.registers;
                }
            }
            #[inline(always)]
            fn load_first(vector: $vector, x: &[$t]) -> Self {
                Self { vector, registers: [$(Self::register(vector, $crate::vector::registers::beyond(x, $i * Self::WIDTH))),*] }
            }
            #[inline(always)]
            fn store_first(self, x: &mut [$t]) {
                let mut rest = x;
                $(
                    let at = if rest.len() < Self::WIDTH { rest.len() } else { Self::WIDTH };
                    let (now, then) = rest.split_at_mut_checked(at).unwrap_or_default();
                    if let Some(register) = $vector::$slices_mut(now).0.first_mut() {
                        *register = self.registers[$i];
                    } else if !now.is_empty() {
                        self.vector.$partial_store(now, self.registers[$i]);
                    }
                    rest = then;
                )*
                let _ = rest;
            }
            #[inline(always)]
            fn first(self, count: usize) -> Self {
                let (v, x) = (self.vector, self.registers);
                let zero = v.$splat(0.0);
                let masks = [$(v.$mask(0, (count as $mask_t).saturating_sub($i * Self::WIDTH as $mask_t)).mask()),*];
                Self { vector: v, registers: [$(v.$select(masks[$i], x[$i], zero)),*] }
            }
            #[inline(always)]
            fn largest(self) -> $t {
                let (v, mut x) = (self.vector, self.registers);
                let mut count = x.len();
                while count > 1 {
                    count /= 2;
                    for i in 0..count {
                        x[i] = v.$max(x[i], x[i + count]);
                    }
                }
                v.$reduce_max(x[0])
            }
            type Halved = <$vector as Simd>::$register;
            #[inline(always)]
            fn halved(self) -> Self::Halved {
                let (v, mut x) = (self.vector, self.registers);
                let mut count = x.len();
                while count > 1 {
                    count /= 2;
                    for i in 0..count {
                        x[i] = v.$add(x[i], x[i + count]);
                    }
                }
                x[0]
            }
            #[inline(always)]
            fn fold(self) -> $t {
                self.vector.$reduce_sum(self.halved())
            }
            #[inline(always)]
            fn fold_four(vector: $vector, each: [Self::Halved; 4]) -> [$t; 4] {
                fold::$each(vector, each)
            }
            #[inline(always)]
            fn columns(vector: $vector, rows: [&[$t; 8]; LANES]) -> [Self; 8] {
                columns::$each(vector, rows).map(
                    #[inline(always)]
                    |registers| Self { vector, registers },
                )
            }
        }
    };
}

/// Registers `$i` of 64-bit integers, as many as hold [`WORDS`].
macro_rules! words {
    ($name:ident, $vector:ident, $register:ident, [$($i:literal)*], $up:ident $down:ident $columns:ident) => {
        /// Eight integers.
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            vector: $vector,
            registers: [$register; [$($i),*].len()],
        }

        impl Words<$vector> for $name {
            #[inline(always)]
            fn load(vector: $vector, x: &[u64; WORDS]) -> Self {
                match $vector::as_simd_u64s(x).0.first_chunk() {
                    Some(&registers) => Self { vector, registers },
                    None => Self { vector, registers: [vector.splat_u64s(0); [$($i),*].len()] },
                }
            }
            #[inline(always)]
            fn store(self, x: &mut [u64; WORDS]) {
                if let Some(registers) = $vector::as_mut_simd_u64s(x).0.first_chunk_mut() {
                    *registers = self.registers;
                }
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                Self { vector: v, registers: [$(v.add_u64s(x[$i], y[$i])),*] }
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                Self { vector: v, registers: [$(v.xor_u64s(x[$i], y[$i])),*] }
            }
            #[inline(always)]
            fn up_17(self) -> Self {
                let (v, x) = (self.vector, self.registers);
                Self { vector: v, registers: [$(v.$up::<17>(x[$i])),*] }
            }
            #[inline(always)]
            fn rotate_23(self) -> Self {
                let (v, x) = (self.vector, self.registers);
                Self { vector: v, registers: [$(v.or_u64s(v.$up::<23>(x[$i]), v.$down::<41>(x[$i]))),*] }
            }
            #[inline(always)]
            fn columns(vector: $vector, rows: [Self; WORDS]) -> [Self; WORDS] {
                let rows = rows.map(
                    #[inline(always)]
                    |row| row.registers,
                );
                columns::$columns(vector, rows).map(
                    #[inline(always)]
                    |registers| Self { vector, registers },
                )
            }
            #[inline(always)]
            fn rotate_45(self) -> Self {
                let (v, x) = (self.vector, self.registers);
                Self { vector: v, registers: [$(v.or_u64s(v.$up::<45>(x[$i]), v.$down::<19>(x[$i]))),*] }
            }
        }
    };
}

pub(super) use {lanes, words};
