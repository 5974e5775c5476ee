//! Steps a second of several contenders, in turn: what disturbs the machine disturbs all of them.

use std::time::{Duration, Instant};

use tutee::Scalar;
use tutee::step::Descent;
use tutee::training::Measured;

/// Whoever takes steps.
pub(super) trait Contender {
    /// Takes so many steps, and returns when they are done.
    fn steps(&mut self, count: u64) -> Result<(), String>;
}

/// The library.
pub(super) struct Tutee<'t, T> {
    pub(super) training: &'t mut dyn Measured<T>,
    pub(super) descent: Descent<T>,
}

impl<T: Scalar> Contender for Tutee<'_, T> {
    fn steps(&mut self, count: u64) -> Result<(), String> {
        (0..count).try_for_each(|_| self.training.step(&self.descent)).map_err(|error| error.to_string())
    }
}

/// How long, and how often, everybody is timed.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    pub(super) rounds: usize,
    /// The least that a round of one contender takes.
    pub(super) round: Duration,
}

impl Effort {
    pub(super) const FULL: Self = Self { rounds: 15, round: Duration::from_millis(80) };
    pub(super) const QUICK: Self = Self { rounds: 1, round: Duration::from_millis(5) };

    /// Steps a second of every contender, each in its best round.
    pub(super) fn fastest(self, contenders: &mut [&mut dyn Contender]) -> Result<Vec<f64>, String> {
        let mut counts = Vec::new();
        for contender in &mut *contenders {
            // What is compiled or allocated at the first step is none of the time.
            contender.steps(1)?;
            counts.push(self.count(*contender)?);
        }
        let mut best = vec![0.0; counts.len()];
        for _ in 0..self.rounds {
            for ((contender, &count), best) in contenders.iter_mut().zip(&counts).zip(&mut best) {
                let speed = count as f64 / seconds(*contender, count)?;
                *best = if speed > *best { speed } else { *best };
            }
        }
        Ok(best)
    }

    /// Steps that fill a round.
    fn count(self, contender: &mut dyn Contender) -> Result<u64, String> {
        let (round, mut count) = (self.round.as_secs_f64(), 1);
        loop {
            let took = seconds(contender, count)?;
            if took >= round / 8.0 {
                return Ok((count as f64 * round / took).ceil() as u64);
            }
            count *= 2;
        }
    }
}

/// How long a contender takes for so many steps.
pub(super) fn seconds(contender: &mut dyn Contender, count: u64) -> Result<f64, String> {
    let start = Instant::now();
    contender.steps(count)?;
    Ok(start.elapsed().as_secs_f64())
}
