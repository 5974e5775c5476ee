//! Several things at a time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::failure::Ended;
use crate::interrupt::Interrupt;

/// Does `count` things, as many at a time as there are threads; those that are not begun when `interrupt` is raised end so.
pub fn each<R: Send>(
    count: usize,
    threads: usize,
    interrupt: &Interrupt,
    work: impl Fn(usize) -> Result<R, Ended> + Sync,
) -> Vec<Result<R, Ended>> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Result<R, Ended>>> = (0..count).map(|_| Mutex::new(Err(Ended::Interrupted))).collect();
    let work = || {
        while !interrupt.raised() {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(slot) = results.get(i) else { return };
            let result = work(i);
            if let Ok(mut slot) = slot.lock() {
                *slot = result;
            }
        }
    };
    thread::scope(|scope| {
        // A thread that the system refuses leaves its tasks to the others, and one needs none.
        let _ = (1..threads).try_for_each(|_| thread::Builder::new().spawn_scoped(scope, work).map(drop));
        work();
    });
    results.into_iter().map(|slot| slot.into_inner().unwrap_or(Err(Ended::Interrupted))).collect()
}
