//! Sums of the lanes of four registers at once, with the additions of [`fold`](crate::vector::lane::fold): upper half to
//! lower half until one is left. What is left of two is brought into one register, so that an addition is one for both.

use pulp::bytemuck::cast;
use pulp::x86::{V3, V4};
use pulp::{f32x8, f32x16, f64x4, f64x8};

#[inline(always)]
pub(super) fn f64_v4(v: V4, each: [f64x8; 4]) -> [f64; 4] {
    let (v, [a, b, c, d]) = (v.avx512f, cast(each));
    let ac = v._mm512_add_pd(v._mm512_shuffle_f64x2::<0x44>(a, c), v._mm512_shuffle_f64x2::<0xEE>(a, c));
    let bd = v._mm512_add_pd(v._mm512_shuffle_f64x2::<0x44>(b, d), v._mm512_shuffle_f64x2::<0xEE>(b, d));
    let acbd = v._mm512_add_pd(v._mm512_shuffle_f64x2::<0x88>(ac, bd), v._mm512_shuffle_f64x2::<0xDD>(ac, bd));
    let sums: f64x8 = cast(v._mm512_add_pd(acbd, v._mm512_permute_pd::<0x55>(acbd)));
    [sums.0, sums.4, sums.2, sums.6]
}

#[inline(always)]
pub(super) fn f32_v4(v: V4, each: [f32x16; 4]) -> [f32; 4] {
    let (v, [a, b, c, d]) = (v.avx512f, cast(each));
    let ab = v._mm512_add_ps(v._mm512_shuffle_f32x4::<0x44>(a, b), v._mm512_shuffle_f32x4::<0xEE>(a, b));
    let cd = v._mm512_add_ps(v._mm512_shuffle_f32x4::<0x44>(c, d), v._mm512_shuffle_f32x4::<0xEE>(c, d));
    let abcd = v._mm512_add_ps(v._mm512_shuffle_f32x4::<0x88>(ab, cd), v._mm512_shuffle_f32x4::<0xDD>(ab, cd));
    let abcd = v._mm512_add_ps(abcd, v._mm512_permute_ps::<0x4E>(abcd));
    let sums: f32x16 = cast(v._mm512_add_ps(abcd, v._mm512_permute_ps::<0xB1>(abcd)));
    [sums.0, sums.4, sums.8, sums.12]
}

#[inline(always)]
pub(super) fn f64_v3(v: V3, each: [f64x4; 4]) -> [f64; 4] {
    let (v, [a, b, c, d]) = (v.avx, cast(each));
    let ab = v._mm256_add_pd(v._mm256_permute2f128_pd::<0x20>(a, b), v._mm256_permute2f128_pd::<0x31>(a, b));
    let cd = v._mm256_add_pd(v._mm256_permute2f128_pd::<0x20>(c, d), v._mm256_permute2f128_pd::<0x31>(c, d));
    let sums: f64x4 = cast(v._mm256_add_pd(v._mm256_unpacklo_pd(ab, cd), v._mm256_unpackhi_pd(ab, cd)));
    [sums.0, sums.2, sums.1, sums.3]
}

#[inline(always)]
pub(super) fn f32_v3(v: V3, each: [f32x8; 4]) -> [f32; 4] {
    let (v, [a, b, c, d]) = (v.avx, cast(each));
    let ab = v._mm256_add_ps(v._mm256_permute2f128_ps::<0x20>(a, b), v._mm256_permute2f128_ps::<0x31>(a, b));
    let cd = v._mm256_add_ps(v._mm256_permute2f128_ps::<0x20>(c, d), v._mm256_permute2f128_ps::<0x31>(c, d));
    let acbd = v._mm256_add_ps(v._mm256_shuffle_ps::<0x44>(ab, cd), v._mm256_shuffle_ps::<0xEE>(ab, cd));
    let sums: f32x8 = cast(v._mm256_add_ps(acbd, v._mm256_permute_ps::<0xB1>(acbd)));
    [sums.0, sums.4, sums.2, sums.6]
}
