//! One loop, compiled for several vector widths, so that all of them run on one machine.

use std::fmt::{Display, Formatter, Result};

/// What the compiler may use for a loop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// What every processor of the target has: SSE2 on x86-64, NEON on 64-bit ARM.
    Baseline,
    /// 256-bit vectors.
    Avx2,
    /// 512-bit vectors.
    Avx512,
}

impl Level {
    /// Those that this machine can run, the narrowest first.
    pub fn available() -> Vec<Level> {
        let mut levels = vec![Level::Baseline];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                levels.push(Level::Avx2);
            }
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
            {
                levels.push(Level::Avx512);
            }
        }
        levels
    }

    /// `output[i] = f(input[i])` in a plain loop.
    pub fn map<A: Copy, B>(self, f: impl Fn(A) -> B, input: &[A], output: &mut [B]) {
        assert_eq!(input.len(), output.len());
        match self {
            Level::Baseline => baseline(f, input, output),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => {
                assert!(is_x86_feature_detected!("avx2"));
                // SAFETY: the processor has it.
                unsafe { avx2(f, input, output) }
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => {
                assert!(Level::available().contains(&self));
                // SAFETY: the processor has all four.
                unsafe { avx512(f, input, output) }
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => unreachable!("{self} is not available"),
        }
    }
}

impl Display for Level {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.pad(match self {
            Level::Baseline => "baseline",
            Level::Avx2 => "AVX2",
            Level::Avx512 => "AVX-512",
        })
    }
}

#[inline(always)]
fn plain<A: Copy, B>(f: impl Fn(A) -> B, input: &[A], output: &mut [B]) {
    for (y, &x) in output.iter_mut().zip(input) {
        *y = f(x);
    }
}

#[inline(never)]
fn baseline<A: Copy, B>(f: impl Fn(A) -> B, input: &[A], output: &mut [B]) {
    plain(f, input, output);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<A: Copy, B>(f: impl Fn(A) -> B, input: &[A], output: &mut [B]) {
    plain(f, input, output);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn avx512<A: Copy, B>(f: impl Fn(A) -> B, input: &[A], output: &mut [B]) {
    plain(f, input, output);
}
