//! How far runs are: bars on a terminal, a line now and then where there is none, and nothing under `--quiet`.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write, stderr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{
    HumanCount, HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};

/// Bytes of a stack on which a line is written.
const STACK: usize = 1 << 17;
/// From one look at how far a run is to the next, where there is no terminal.
const LOOK: Duration = Duration::from_millis(500);

static QUIET: AtomicBool = AtomicBool::new(false);
/// From one line to the next, where there is no terminal.
static SECONDS: AtomicU64 = AtomicU64::new(60);

/// Says how far runs are from now on: every so many seconds where there is no terminal, or never.
pub fn configure(quiet: bool, seconds: u64) {
    QUIET.store(quiet, Ordering::Relaxed);
    SECONDS.store(seconds, Ordering::Relaxed);
}

/// For bars that stand together.
pub fn bars() -> MultiProgress {
    if QUIET.load(Ordering::Relaxed) {
        return MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
    }
    MultiProgress::new()
}

/// Of one thing that has so many `parts`, such as steps; no length while that is not known. Where it waits for its turn, [`begin`] says
/// when it has come.
pub fn bar(among: &MultiProgress, name: &str, parts: &'static str, length: Option<u64>) -> ProgressBar {
    let bar = among.add(length.map_or_else(ProgressBar::no_length, ProgressBar::new));
    let pace = Arc::new(Mutex::new(Pace::default()));
    let template = format!("{{prefix}} {{bar:24}} {{human_pos:>10}} of {{human_len}} {parts}{{left}}  {{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        let pace = Arc::clone(&pace);
        bar.set_style(style.with_key("left", move |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            let _ = text.write_str(&left(&pace, state.elapsed(), state.pos(), state.len()));
        }));
    }
    bar.set_prefix(name.to_owned());
    bar.tick();
    if !QUIET.load(Ordering::Relaxed) && !stderr().is_terminal() {
        tell(&bar, parts, pace);
    }
    bar
}

/// From now on a bar's time runs.
pub fn begin(bar: &ProgressBar) {
    bar.reset_elapsed();
}

/// Moves a bar to where a run is: looked at after every step, and moved after some.
pub fn at(bar: &ProgressBar, steps: u64) {
    if steps.is_multiple_of(64) {
        bar.set_position(steps);
    }
}

/// A line now and then for as long as the bar is in use and not finished.
fn tell(bar: &ProgressBar, parts: &'static str, pace: Arc<Mutex<Pace>>) {
    let (weak, name) = (bar.downgrade(), bar.prefix().trim().to_owned());
    let pause = Duration::from_secs(SECONDS.load(Ordering::Relaxed));
    // A thread that the system refuses tells nothing. It needs next to no memory of what there may be a limit on.
    let _ = thread::Builder::new().stack_size(STACK).spawn(move || {
        let mut due = Instant::now() + pause;
        loop {
            thread::sleep(LOOK.min(due.saturating_duration_since(Instant::now())));
            let Some(bar) = weak.upgrade().filter(|bar| !bar.is_finished()) else { return };
            let left = left(&pace, bar.elapsed(), bar.position(), bar.length());
            if Instant::now() < due {
                continue;
            }
            due = Instant::now() + pause;
            // Of one that waits for its turn there is nothing to say.
            if bar.position() == 0 {
                continue;
            }
            let of = bar.length().map(|length| format!(" of {}", HumanCount(length))).unwrap_or_default();
            let line = format!("{name}: {}{of} {parts}{left}  {}", HumanCount(bar.position()), bar.message());
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(stderr(), "{}", line.trim_end());
        }
    });
}

/// What is said of the time that is left; nothing where nothing can be.
fn left(pace: &Mutex<Pace>, elapsed: Duration, done: u64, length: Option<u64>) -> String {
    let Ok(mut pace) = pace.lock() else { return String::new() };
    let mut text = String::new();
    if let Some(left) = length.and_then(|length| pace.left(elapsed, done, length)) {
        let _ = write!(text, ", {} to go", HumanDuration(left));
    }
    text
}

/// How fast a run is, over all that it has done since it began.
#[derive(Debug, Default)]
struct Pace {
    /// The time, and how much was done, when it had just begun: more than nothing where it goes on from a checkpoint.
    start: (Duration, u64),
}

impl Pace {
    /// Time in which a run begins.
    const BEGINNING: Duration = Duration::from_secs(1);
    /// From when on its pace tells something: after so long, and so many parts or one in so many of all. Few parts are runs, of which
    /// the longest may come first.
    const SETTLED: Duration = Duration::from_secs(3);
    const MANY: u64 = 1_000;
    const ONE_IN: u64 = 4;
    /// No run is waited for that long: ten years.
    const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);

    /// The time that is left, `elapsed` after the beginning with so many parts done; none as long as too little has been done to
    /// say.
    fn left(&mut self, elapsed: Duration, done: u64, total: u64) -> Option<Duration> {
        let (since, from) = self.start;
        if elapsed < Self::BEGINNING || elapsed < since || done < from {
            self.start = (elapsed, done);
            return None;
        }
        let (took, parts) = (elapsed - since, done - from);
        let enough = parts >= Self::MANY || parts.saturating_mul(Self::ONE_IN) >= total.saturating_sub(from);
        if took < Self::SETTLED || parts == 0 || !enough {
            return None;
        }
        let seconds = took.as_secs_f64() * (total.saturating_sub(done) as f64 / parts as f64);
        Duration::try_from_secs_f64(seconds).ok().filter(|&left| left <= Self::LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn nothing_is_said_before_enough_is_done() {
        let mut pace = Pace::default();
        // What was said of these once: 584942417355 years, and 14 weeks.
        assert_eq!(pace.left(Duration::ZERO, 0, 1_000_000), None);
        assert_eq!(pace.left(seconds(5), 0, 1_000_000), None, "it stands still");
        assert_eq!(pace.left(seconds(2), 1_999, 1_000_000), None, "so soon");
        assert_eq!(pace.left(seconds(40), 14, 60), None, "fourteen runs of sixty");
        assert_eq!(pace.left(seconds(40), 15, 60), Some(seconds(120)));
        assert_eq!(pace.left(seconds(4), 64, 1_000_000_000_000), None);
        assert_eq!(pace.left(seconds(4), 1_000, 1_001_000), Some(seconds(4_000)));
    }

    #[test]
    fn nothing_absurd_is_said() {
        let mut pace = Pace::default();
        assert_eq!(pace.left(seconds(100), 1_000, u64::MAX), None, "longer than anybody waits");
        assert_eq!(pace.left(Duration::MAX, 1_000, u64::MAX), None, "longer than can be counted");
        assert_eq!(pace.left(seconds(10), 2_000, 2_000), Some(Duration::ZERO));
        assert_eq!(pace.left(seconds(10), 2_100, 2_000), Some(Duration::ZERO), "more than all");
    }

    #[test]
    fn what_was_done_before_it_began_is_not_its_pace() {
        let mut pace = Pace::default();
        // From a checkpoint after 900,000 of a million steps.
        assert_eq!(pace.left(Duration::from_millis(100), 900_000, 1_000_000), None);
        assert_eq!(pace.left(Duration::from_millis(10_100), 910_000, 1_000_000), Some(seconds(90)));
        // Its turn comes: the time runs anew.
        assert_eq!(pace.left(Duration::from_millis(200), 0, 1_000), None);
        assert_eq!(pace.left(Duration::from_millis(10_200), 500, 1_000), Some(seconds(10)));
    }
}
