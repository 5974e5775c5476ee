//! Eight 64-bit integers in registers.

use pulp::x86::{V3, V4};
use pulp::{Simd, u64x4, u64x8};

use super::columns;
use crate::vector::words::{WORDS, Words};

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

words!(U64V3, V3, u64x4, [0 1], shl_const_u64x4 shr_const_u64x4 words_v3);
words!(U64V4, V4, u64x8, [0], shl_const_u64x8 shr_const_u64x8 words_v4);
