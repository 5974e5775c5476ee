//! Threads that share the work inside a batch.

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tutee::executor::Executor;

/// Some threads, or the calling one alone.
#[derive(Debug)]
pub struct Threads {
    pool: Option<ThreadPool>,
}

impl Threads {
    /// `count` threads, or fewer where the system has no more: the bits do not depend on it. They live as long as this
    /// does.
    pub fn new(count: usize) -> Self {
        let counts = std::iter::successors(Some(count), |&count| (count > 2).then_some(count / 2));
        let mut pools =
            counts.filter(|&count| count > 1).map(|count| ThreadPoolBuilder::new().num_threads(count).build());
        Self { pool: pools.find_map(Result::ok) }
    }
}

impl Executor for Threads {
    fn size(&self) -> usize {
        self.pool.as_ref().map_or(1, ThreadPool::current_num_threads)
    }

    fn for_each<P: Send>(&self, items: &mut [P], work: impl Fn(&mut P) + Sync) {
        match &self.pool {
            Some(pool) => pool.install(|| items.par_iter_mut().with_max_len(1).for_each(&work)),
            None => items.iter_mut().for_each(work),
        }
    }
}
