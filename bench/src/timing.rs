//! How long a call takes.

use std::time::{Duration, Instant};

const ROUNDS: usize = 15;
/// A round is long beside the clock's resolution and short beside the operating system's time slice.
const ROUND: Duration = Duration::from_millis(2);

/// Nanoseconds a call of `work`: those of the shortest of [`ROUNDS`] rounds, which others disturbed least.
pub(crate) fn nanoseconds(mut work: impl FnMut()) -> f64 {
    let (mut shortest, mut calls, mut round) = (f64::INFINITY, 1_u32, 0);
    while round < ROUNDS {
        let start = Instant::now();
        for _ in 0..calls {
            work();
        }
        let took = start.elapsed();
        if took < ROUND {
            calls *= 2;
            continue;
        }
        let each = took.as_secs_f64() * 1e9 / f64::from(calls);
        shortest = if each < shortest { each } else { shortest };
        round += 1;
    }
    shortest
}
