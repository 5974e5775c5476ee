//! The columns of sixteen rows of eight numbers, each in the registers of sixteen lanes.

use pulp::bytemuck::cast;
use pulp::x86::{V3, V4};
use pulp::{f32x8, f32x16, f64x4, f64x8, u64x4, u64x8};

use crate::vector::lane::LANES;

#[inline(always)]
pub(super) fn f32_v4(v: V4, rows: [&[f32; 8]; LANES]) -> [[f32x16; 1]; 8] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = rows;
    let first = quarters(v, [[*a, *e], [*b, *f], [*c, *g], [*d, *h]]);
    let second = quarters(v, [[*i, *m], [*j, *n], [*k, *o], [*l, *p]]);
    let mut columns = [[cast([0.0_f32; 16])]; 8];
    for (column, (first, second)) in first.into_iter().zip(second).enumerate() {
        let (first, second) = (cast(first), cast(second));
        columns[column] = [cast(v.avx512f._mm512_shuffle_f32x4::<0x88>(first, second))];
        columns[column + 4] = [cast(v.avx512f._mm512_shuffle_f32x4::<0xDD>(first, second))];
    }
    columns
}

/// Of rows `i` and `i + 4`, for `i` from 0 to 3, in the quarters of register `j`: column `j` of the first four rows, column
/// `j + 4` of these; and both of the other rows.
#[inline(always)]
fn quarters(v: V4, rows: [[[f32; 8]; 2]; 4]) -> [f32x16; 4] {
    let v = v.avx512f;
    let [a, b, c, d] = rows;
    let (a, b, c, d) = (cast(a), cast(b), cast(c), cast(d));
    let (ab, cd) = (v._mm512_unpacklo_ps(a, b), v._mm512_unpacklo_ps(c, d));
    let (ab_high, cd_high) = (v._mm512_unpackhi_ps(a, b), v._mm512_unpackhi_ps(c, d));
    [
        cast(v._mm512_shuffle_ps::<0x44>(ab, cd)),
        cast(v._mm512_shuffle_ps::<0xEE>(ab, cd)),
        cast(v._mm512_shuffle_ps::<0x44>(ab_high, cd_high)),
        cast(v._mm512_shuffle_ps::<0xEE>(ab_high, cd_high)),
    ]
}

#[inline(always)]
pub(super) fn f64_v4(v: V4, rows: [&[f64; 8]; LANES]) -> [[f64x8; 2]; 8] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = rows;
    let upper = eight(v, [*a, *b, *c, *d, *e, *f, *g, *h]);
    let lower = eight(v, [*i, *j, *k, *l, *m, *n, *o, *p]);
    let mut columns = [[cast([0.0_f64; 8]); 2]; 8];
    for (column, (upper, lower)) in columns.iter_mut().zip(upper.into_iter().zip(lower)) {
        *column = [upper, lower];
    }
    columns
}

/// The columns of eight rows.
#[inline(always)]
fn eight(v: V4, rows: [[f64; 8]; 8]) -> [f64x8; 8] {
    let v = v.avx512f;
    let [a, b, c, d, e, f, g, h] = rows;
    let (a, b, c, d, e, f, g, h) = (cast(a), cast(b), cast(c), cast(d), cast(e), cast(f), cast(g), cast(h));
    let mut columns = [cast([0.0_f64; 8]); 8];
    // Two rows side by side, of every other column.
    let even = [
        v._mm512_unpacklo_pd(a, b),
        v._mm512_unpacklo_pd(c, d),
        v._mm512_unpacklo_pd(e, f),
        v._mm512_unpacklo_pd(g, h),
    ];
    let odd = [
        v._mm512_unpackhi_pd(a, b),
        v._mm512_unpackhi_pd(c, d),
        v._mm512_unpackhi_pd(e, f),
        v._mm512_unpackhi_pd(g, h),
    ];
    for (first, [ab, cd, ef, gh]) in [(0, even), (1, odd)] {
        let (upper, lower) = (v._mm512_shuffle_f64x2::<0x88>(ab, cd), v._mm512_shuffle_f64x2::<0x88>(ef, gh));
        columns[first] = cast(v._mm512_shuffle_f64x2::<0x88>(upper, lower));
        columns[first + 4] = cast(v._mm512_shuffle_f64x2::<0xDD>(upper, lower));
        let (upper, lower) = (v._mm512_shuffle_f64x2::<0xDD>(ab, cd), v._mm512_shuffle_f64x2::<0xDD>(ef, gh));
        columns[first + 2] = cast(v._mm512_shuffle_f64x2::<0x88>(upper, lower));
        columns[first + 6] = cast(v._mm512_shuffle_f64x2::<0xDD>(upper, lower));
    }
    columns
}

/// Eight rows and columns of words.
#[inline(always)]
pub(super) fn words_v4(v: V4, rows: [[u64x8; 1]; 8]) -> [[u64x8; 1]; 8] {
    eight(
        v,
        rows.map(
            #[inline(always)]
            |[row]| cast(row),
        ),
    )
    .map(
        #[inline(always)]
        |column| [cast(column)],
    )
}

#[inline(always)]
pub(super) fn f32_v3(v: V3, rows: [&[f32; 8]; LANES]) -> [[f32x8; 2]; 8] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = rows;
    let (a, b) = (halves(v, [*a, *b, *c, *d]), halves(v, [*e, *f, *g, *h]));
    let (c, d) = (halves(v, [*i, *j, *k, *l]), halves(v, [*m, *n, *o, *p]));
    let mut columns = [[cast([0.0_f32; 8]); 2]; 8];
    for column in 0..4 {
        let (a, b, c, d) = (cast(a[column]), cast(b[column]), cast(c[column]), cast(d[column]));
        columns[column] =
            [cast(v.avx._mm256_permute2f128_ps::<0x20>(a, b)), cast(v.avx._mm256_permute2f128_ps::<0x20>(c, d))];
        columns[column + 4] =
            [cast(v.avx._mm256_permute2f128_ps::<0x31>(a, b)), cast(v.avx._mm256_permute2f128_ps::<0x31>(c, d))];
    }
    columns
}

/// Of four rows, in the halves of register `j`: columns `j` and `j + 4`.
#[inline(always)]
fn halves(v: V3, rows: [[f32; 8]; 4]) -> [f32x8; 4] {
    let v = v.avx;
    let [a, b, c, d] = rows;
    let (a, b, c, d) = (cast(a), cast(b), cast(c), cast(d));
    let (ab, cd) = (v._mm256_unpacklo_ps(a, b), v._mm256_unpacklo_ps(c, d));
    let (ab_high, cd_high) = (v._mm256_unpackhi_ps(a, b), v._mm256_unpackhi_ps(c, d));
    [
        cast(v._mm256_shuffle_ps::<0x44>(ab, cd)),
        cast(v._mm256_shuffle_ps::<0xEE>(ab, cd)),
        cast(v._mm256_shuffle_ps::<0x44>(ab_high, cd_high)),
        cast(v._mm256_shuffle_ps::<0xEE>(ab_high, cd_high)),
    ]
}

#[inline(always)]
pub(super) fn f64_v3(v: V3, rows: [&[f64; 8]; LANES]) -> [[f64x4; 4]; 8] {
    let mut columns = [[cast([0.0_f64; 4]); 4]; 8];
    for (quarter, rows) in rows.as_chunks::<4>().0.iter().enumerate() {
        let rows = rows.map(
            #[inline(always)]
            |row| cast::<[f64; 8], [f64x4; 2]>(*row),
        );
        for (half, columns) in columns.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let rows = rows.map(
                #[inline(always)]
                |row| row[half],
            );
            for (to, column) in columns.iter_mut().zip(four(v, rows)) {
                to[quarter] = column;
            }
        }
    }
    columns
}

/// The columns of four rows.
#[inline(always)]
fn four(v: V3, rows: [f64x4; 4]) -> [f64x4; 4] {
    let v = v.avx;
    let [a, b, c, d] = rows;
    let (a, b, c, d) = (cast(a), cast(b), cast(c), cast(d));
    let (ab, cd) = (v._mm256_unpacklo_pd(a, b), v._mm256_unpacklo_pd(c, d));
    let (ab_high, cd_high) = (v._mm256_unpackhi_pd(a, b), v._mm256_unpackhi_pd(c, d));
    [
        cast(v._mm256_permute2f128_pd::<0x20>(ab, cd)),
        cast(v._mm256_permute2f128_pd::<0x20>(ab_high, cd_high)),
        cast(v._mm256_permute2f128_pd::<0x31>(ab, cd)),
        cast(v._mm256_permute2f128_pd::<0x31>(ab_high, cd_high)),
    ]
}

/// Eight rows and columns of words.
#[inline(always)]
pub(super) fn words_v3(v: V3, rows: [[u64x4; 2]; 8]) -> [[u64x4; 2]; 8] {
    let mut columns = [[cast([0_u64; 4]); 2]; 8];
    for (upper, rows) in rows.as_chunks::<4>().0.iter().enumerate() {
        for (half, columns) in columns.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let rows = rows.map(
                #[inline(always)]
                |row| cast(row[half]),
            );
            for (to, column) in columns.iter_mut().zip(four(v, rows)) {
                to[upper] = cast(column);
            }
        }
    }
    columns
}
