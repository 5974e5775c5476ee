//! How long a call takes.

use std::time::{Duration, Instant};

/// How much time is spent on a figure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    rounds: u32,
    /// A round is long beside the clock's resolution and short beside the operating system's time slice.
    round: Duration,
    /// Once this has passed, there are no more rounds than a fifth of them.
    budget: Duration,
    /// Whether only to see that everything runs.
    pub(crate) quick: bool,
}

impl Timer {
    pub(crate) const fn new(quick: bool) -> Self {
        let (rounds, round, budget) = if quick { (1, 200, 1) } else { (15, 2_000, 400) };
        Self { rounds, round: Duration::from_micros(round), budget: Duration::from_millis(budget), quick }
    }

    /// Nanoseconds a call of `work`: those of the shortest round, which others disturbed least.
    pub(crate) fn nanoseconds(&self, mut work: impl FnMut()) -> f64 {
        let [each] = self.side_by_side([&mut work]);
        each
    }

    /// Nanoseconds a call of each of several, whose rounds alternate, so that their ratios hold even while the processor
    /// changes its clock.
    pub(crate) fn side_by_side<const N: usize>(&self, mut works: [&mut dyn FnMut(); N]) -> [f64; N] {
        let calls = works.each_mut().map(|work| self.calls(*work));
        let mut shortest = [f64::INFINITY; N];
        let start = Instant::now();
        for round in 0..self.rounds {
            if round > self.rounds / 5 && start.elapsed() > self.budget {
                break;
            }
            for ((work, shortest), &calls) in works.iter_mut().zip(&mut shortest).zip(&calls) {
                let each = time(calls, *work).as_secs_f64() * 1e9 / f64::from(calls);
                *shortest = if each < *shortest { each } else { *shortest };
            }
        }
        shortest
    }

    /// How many calls make a round.
    fn calls(&self, work: &mut dyn FnMut()) -> u32 {
        let mut calls = 1;
        loop {
            let took = time(calls, work);
            if took >= self.round {
                return calls;
            }
            // Infinite where the clock did not move.
            let missing = self.round.as_secs_f64() / took.as_secs_f64();
            // A first call is slow: never more than ten times as many at once.
            calls = (f64::from(calls) * missing.clamp(1.2, 10.0)).ceil() as u32;
        }
    }
}

fn time(calls: u32, work: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        work();
    }
    start.elapsed()
}
