//! Eight 64-bit integers in registers of x86-64.

use pulp::x86::{V3, V4};
use pulp::{Simd, u64x4, u64x8};

use super::columns;
use crate::vector::registers::words;
use crate::vector::words::{WORDS, Words};

words!(U64V3, V3, u64x4, [0 1], shl_const_u64x4 shr_const_u64x4 words_v3);
words!(U64V4, V4, u64x8, [0], shl_const_u64x8 shr_const_u64x8 words_v4);
