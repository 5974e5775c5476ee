//! Registers of x86-64.

use pulp::x86::{V3, V4};

mod columns;
mod fold;
mod lanes;
mod masks;
mod words;

use self::lanes::{F32V3, F32V4, F64V3, F64V4};
use self::words::{U64V3, U64V4};
use super::registers::Inlined;
use super::work::{Vector, Work};

impl Vector for V3 {
    const WIDE: bool = true;
    const REGISTERS: usize = 16;
    type F32 = F32V3;
    type F64 = F64V3;
    type U64 = U64V3;
    #[inline(always)]
    fn outline<W: Work>(self, work: W) -> W::Output {
        self.vectorize(Inlined { work, vector: self })
    }
    #[inline(always)]
    fn apart<R>(self, work: impl FnOnce(Self) -> R) -> R {
        self.vectorize(
            #[inline(always)]
            || work(self),
        )
    }
}

impl Vector for V4 {
    const WIDE: bool = true;
    const REGISTERS: usize = 32;
    type F32 = F32V4;
    type F64 = F64V4;
    type U64 = U64V4;
    #[inline(always)]
    fn outline<W: Work>(self, work: W) -> W::Output {
        self.vectorize(Inlined { work, vector: self })
    }
    #[inline(always)]
    fn apart<R>(self, work: impl FnOnce(Self) -> R) -> R {
        self.vectorize(
            #[inline(always)]
            || work(self),
        )
    }
}
