//! Threads that share the work inside a batch.

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tutee::crew::Crew;

use crate::failure::Failure;

/// Some threads, or the calling one alone.
#[derive(Debug)]
pub struct Threads {
    pool: Option<ThreadPool>,
}

impl Threads {
    /// `count` threads; they live as long as this does.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn new(count: usize) -> Result<Self, Failure> {
        if count <= 1 {
            return Ok(Self { pool: None });
        }
        let pool = ThreadPoolBuilder::new().num_threads(count).build();
        let pool = pool.map_err(|error| Failure::usage(format!("--threads: no {count} threads: {error}")))?;
        Ok(Self { pool: Some(pool) })
    }
}

impl Crew for Threads {
    fn size(&self) -> usize {
        self.pool.as_ref().map_or(1, ThreadPool::current_num_threads)
    }

    fn each<P: Send>(&self, pieces: &mut [P], work: impl Fn(&mut P) + Sync) {
        match &self.pool {
            Some(pool) => pool.install(|| pieces.par_iter_mut().with_max_len(1).for_each(&work)),
            None => pieces.iter_mut().for_each(work),
        }
    }
}
