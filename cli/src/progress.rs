//! How far runs are: bars on a terminal, a line now and then where there is none, and nothing under `--quiet`.

use std::io::{IsTerminal, Write, stderr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use indicatif::{HumanCount, HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Bytes of a stack on which a line is written.
const STACK: usize = 1 << 17;

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

/// Of one thing that has so many `parts`, such as steps; no length while that is not known.
pub fn bar(among: &MultiProgress, name: &str, parts: &'static str, length: Option<u64>) -> ProgressBar {
    let bar = among.add(length.map_or_else(ProgressBar::no_length, ProgressBar::new));
    let template = format!("{{prefix}} {{bar:24}} {{human_pos:>10}} of {{human_len}} {parts}, {{eta}} to go  {{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.set_prefix(name.to_owned());
    bar.tick();
    if !QUIET.load(Ordering::Relaxed) && !stderr().is_terminal() {
        tell(&bar, parts);
    }
    bar
}

/// Moves a bar to where a run is: looked at after every step, and moved after some.
pub fn at(bar: &ProgressBar, steps: u64) {
    if steps.is_multiple_of(64) {
        bar.set_position(steps);
    }
}

/// A line now and then for as long as the bar is in use and not finished.
fn tell(bar: &ProgressBar, parts: &'static str) {
    let (weak, name) = (bar.downgrade(), bar.prefix().trim().to_owned());
    let pause = Duration::from_secs(SECONDS.load(Ordering::Relaxed));
    // A thread that the system refuses tells nothing. It needs next to no memory of what there may be a limit on.
    let _ = thread::Builder::new().stack_size(STACK).spawn(move || {
        loop {
            thread::sleep(pause);
            let Some(bar) = weak.upgrade().filter(|bar| !bar.is_finished()) else { return };
            // Of one that waits for its turn there is nothing to say.
            if bar.position() == 0 {
                continue;
            }
            let of = bar.length().map(|length| format!(" of {}", HumanCount(length))).unwrap_or_default();
            let (done, eta, said) = (HumanCount(bar.position()), HumanDuration(bar.eta()), bar.message());
            let line = format!("{name}: {done}{of} {parts}, {eta} to go  {said}");
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(stderr(), "{}", line.trim_end());
        }
    });
}
