//! Eight 64-bit integers in registers of 128 bits.

use pulp::{Simd, u64x2};

use super::columns;
use super::kind::V128;
use super::operations::Operations;
use crate::vector::registers::words;
use crate::vector::words::{WORDS, Words};

words!(U64V128, V128, u64x2, [0 1 2 3], up_u64s down_u64s words_v128);
