//! Log-spaced steps and the bounded history of a run.

use heapless::Vec;

use crate::scalar::Scalar;

/// Steps at which a run is looked at: every decade holds `per_decade` of them, evenly spaced on a logarithmic axis, as
/// far as whole numbers allow; below 10 every step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    per_decade: u32,
}

impl Schedule {
    /// `per_decade` steps in each factor of ten; zero means never.
    pub const fn per_decade(per_decade: u32) -> Self {
        Self { per_decade }
    }

    /// Never: only the start and the end are looked at.
    pub const NEVER: Self = Self::per_decade(0);

    /// The first scheduled step after `step`; `u64::MAX` when there is none.
    pub fn next_after(self, step: u64) -> u64 {
        if self.per_decade == 0 {
            return u64::MAX;
        }
        let mut decade = 1u64;
        while let Some(above) = decade.checked_mul(10).filter(|&above| above <= step) {
            decade = above;
        }
        // The marks of one decade are round(decade * 10^(i / per_decade)): found from the left, so that equal roundings
        // at small steps fall together. 10^0 is exact, so every power of ten is a mark.
        for i in 0..=self.per_decade {
            let exponent = f64::from(i) / f64::from(self.per_decade) * core::f64::consts::LN_10;
            // Steps stay below 2^53, where f64 is exact.
            let mark = if i == self.per_decade {
                decade.saturating_mul(10)
            } else {
                (decade as f64 * Scalar::exp(exponent) + 0.5) as u64
            };
            if mark > step {
                return mark;
            }
        }
        u64::MAX
    }
}

/// One recorded step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TracePoint<T> {
    /// Steps taken so far.
    pub step: u64,
    /// Excess loss, exact.
    pub excess_loss: T,
}

/// A history of at most `N` points; what does not fit is not recorded, and [`Trace::is_complete`] says so. At 20 points
/// a decade, 160 reach a hundred million steps.
#[derive(Clone, Debug, Default)]
pub struct Trace<T, const N: usize> {
    points: Vec<TracePoint<T>, N>,
    missed: u64,
}

impl<T: Scalar, const N: usize> Trace<T, N> {
    /// An empty history.
    pub const fn new() -> Self {
        Self { points: Vec::new(), missed: 0 }
    }

    /// Records a point, or counts it as missed.
    pub fn record(&mut self, point: TracePoint<T>) {
        if self.points.push(point).is_err() {
            self.missed = self.missed.saturating_add(1);
        }
    }

    /// The points in the order of their recording.
    pub fn points(&self) -> &[TracePoint<T>] {
        &self.points
    }

    /// Whether every point found room.
    pub const fn is_complete(&self) -> bool {
        self.missed == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec as StdVec;

    fn marks(per_decade: u32, end: u64) -> StdVec<u64> {
        let mut marks = vec![];
        let mut step = 0;
        while step < end {
            step = Schedule::per_decade(per_decade).next_after(step);
            marks.push(step);
        }
        marks
    }

    #[test]
    fn schedule_is_log_spaced_and_holds_every_power_of_ten() {
        assert_eq!(marks(2, 1000), [1, 3, 10, 32, 100, 316, 1000]);
        let fine = marks(20, 1_000_000);
        for power in [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] {
            assert!(fine.contains(&power));
        }
        assert!(fine.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(fine.iter().filter(|&&m| (10_000..100_000).contains(&m)).count(), 20);
        assert_eq!(Schedule::NEVER.next_after(5), u64::MAX);
    }

    #[test]
    fn a_full_trace_says_so() {
        let mut trace = Trace::<f32, 2>::new();
        for step in 0..3 {
            assert!(trace.is_complete());
            trace.record(TracePoint { step, excess_loss: 1.0 });
        }
        assert!(!trace.is_complete());
        assert_eq!(trace.points().len(), 2);
    }
}
