//! The columns of sixteen rows of eight numbers, each in the registers of sixteen lanes.

use pulp::bytemuck::cast;
use pulp::{f32x4, f64x2, u32x4, u64x2};

use super::kind::V128;
use super::operations::Operations;
use crate::vector::lane::LANES;

#[inline(always)]
pub(super) fn f32_v128(v: V128, rows: [&[f32; 8]; LANES]) -> [[f32x4; 4]; 8] {
    let mut columns = [[cast([0.0_f32; 4]); 4]; 8];
    for (quarter, rows) in rows.as_chunks::<4>().0.iter().enumerate() {
        let rows = rows.map(
            #[inline(always)]
            |row| cast::<[f32; 8], [u32x4; 2]>(*row),
        );
        for (half, columns) in columns.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let rows = rows.map(
                #[inline(always)]
                |row| row[half],
            );
            for (to, column) in columns.iter_mut().zip(four(v, rows)) {
                to[quarter] = cast(column);
            }
        }
    }
    columns
}

/// The columns of four rows.
#[inline(always)]
fn four(v: V128, [a, b, c, d]: [u32x4; 4]) -> [u64x2; 4] {
    let (ab, cd) = (cast(v.interleave_low(a, b)), cast(v.interleave_low(c, d)));
    let (ab_high, cd_high) = (cast(v.interleave_high(a, b)), cast(v.interleave_high(c, d)));
    [v.low(ab, cd), v.high(ab, cd), v.low(ab_high, cd_high), v.high(ab_high, cd_high)]
}

#[inline(always)]
pub(super) fn f64_v128(v: V128, rows: [&[f64; 8]; LANES]) -> [[f64x2; 8]; 8] {
    let mut columns = [[cast([0.0_f64; 2]); 8]; 8];
    for (i, [a, b]) in rows.as_chunks::<2>().0.iter().enumerate() {
        let (a, b) = (cast::<[f64; 8], [u64x2; 4]>(**a), cast::<[f64; 8], [u64x2; 4]>(**b));
        for (j, [even, odd]) in columns.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            (even[i], odd[i]) = (cast(v.low(a[j], b[j])), cast(v.high(a[j], b[j])));
        }
    }
    columns
}

/// Eight rows and columns of words.
#[inline(always)]
pub(super) fn words_v128(v: V128, rows: [[u64x2; 4]; 8]) -> [[u64x2; 4]; 8] {
    let mut columns = [[cast([0_u64; 2]); 4]; 8];
    for (i, [a, b]) in rows.as_chunks::<2>().0.iter().enumerate() {
        for (j, [even, odd]) in columns.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            (even[i], odd[i]) = (v.low(a[j], b[j]), v.high(a[j], b[j]));
        }
    }
    columns
}
