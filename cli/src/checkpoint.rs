//! `--checkpoint`: what a run has done, in a file that the next call goes on from with the same bits; and the run itself, from one
//! checkpoint to the next.
//!
//! The file is a line (a checksum in eight hexadecimal digits, and JSON: the run that it is of, the curve so far) and a snapshot of the core's
//! after it, which has a checksum of its own; where a run keeps an earlier student, too, that one's snapshot comes last. It is replaced whole. A point of the curve is taken where an uninterrupted run takes it, and nowhere else, so that nothing tells one from
//! the other but the clock.

use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flate2::Crc;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tutee::step::Descent;
use tutee::training::{Stopped, Training};
use tutee::{Error, Scalar, Shape};

use crate::args::CheckpointArgs;
use crate::failure::{Ended, Failure};
use crate::files::{Pending, probe, unwritable};
use crate::text::{several, told};
use crate::watch::{Aimed, Ending, Watched, follow_on, is_point};

/// All that decides a run's bits, each with the option or the word that says it.
pub type Named = Vec<(&'static str, String)>;

/// M, d, D and J by their options.
pub fn sizes(shape: Shape) -> [(&'static str, String); 4] {
    let sizes = [shape.filters(), shape.features(), shape.tokens(), shape.outputs()];
    let mut sizes = sizes.into_iter();
    ["--filters", "--features", "--tokens", "--outputs"].map(|option| (option, told(sizes.next())))
}

/// Where the checkpoint of a run is, and when it is due.
#[derive(Debug)]
struct Checkpoint {
    path: PathBuf,
    /// All that decides the run's bits.
    run: Named,
    /// From one checkpoint to the next.
    interval: Duration,
}

/// What a run has done; P is a point of its curve.
#[derive(Clone, Debug)]
pub struct Progress<P> {
    /// Wall time of its steps.
    pub seconds: f64,
    /// The curve so far.
    pub curve: Vec<P>,
    /// Whether its last step has changed nothing, as far as is known.
    pub at_rest: bool,
    /// What learns, the stream that it learns from, and what its rule keeps.
    pub snapshot: Vec<u8>,
    /// What it has seen beside its curve.
    pub aside: Aside,
}

/// What a run has seen beside its curve, and goes on from.
#[derive(Clone, Debug, Default)]
pub struct Aside {
    /// In its own words; none of a run that looks at nothing else.
    pub told: Option<Value>,
    /// A student that it came by and keeps; of no bytes where it keeps none.
    pub image: Vec<u8>,
}

#[derive(Serialize)]
struct Head<'a, P> {
    version: &'a str,
    run: &'a [(&'static str, String)],
    seconds: f64,
    at_rest: bool,
    curve: &'a [P],
    #[serde(skip_serializing_if = "Option::is_none")]
    aside: Option<&'a Value>,
    /// Bytes of the student that it keeps, at the end of the file.
    #[serde(skip_serializing_if = "is_zero")]
    aside_bytes: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(bytes: &usize) -> bool {
    *bytes == 0
}

/// A checkpoint with what is there already.
#[derive(Debug)]
pub struct Kept<P> {
    checkpoint: Checkpoint,
    earlier: Option<Progress<P>>,
    /// Whether it was to go on from there.
    resume: bool,
}

impl<P: DeserializeOwned> Kept<P> {
    /// What the command line asks for, if it does. `run` says all that decides the run's bits, but for the number of its `steps`: a run
    /// that has ended may go on. `steps_of` checks a snapshot and says after how many steps it was made.
    ///
    /// # Errors
    /// One line that names a file that is there and cannot be gone on from.
    pub fn new(
        args: &CheckpointArgs,
        run: Named,
        steps: u64,
        steps_of: impl Fn(&[u8]) -> Result<u64, Error>,
    ) -> Result<Option<Self>, Failure> {
        args.check()?;
        let Some(folder) = &args.checkpoint else { return Ok(None) };
        let checkpoint = Checkpoint::new(folder, run, args.interval());
        let earlier = checkpoint.earlier(args.resume, steps, steps_of)?;
        Ok(Some(Self { checkpoint, earlier, resume: args.resume }))
    }
}

impl<P> Kept<P> {
    /// What is there already.
    pub const fn earlier(&self) -> Option<&Progress<P>> {
        self.earlier.as_ref()
    }

    /// Makes the folder that checkpoints of these runs are in. Where they were to go on and none of them can, it is said on standard
    /// error that they begin anew, and in what the nearest run that is there differs.
    ///
    /// # Errors
    /// One line that names the folder.
    pub fn prepare<'a>(runs: impl Iterator<Item = &'a Self>) -> Result<(), Failure>
    where
        P: 'a,
    {
        let runs: Vec<_> = runs.collect();
        let wanted: Vec<_> = runs.iter().map(|kept| &kept.checkpoint).collect();
        if runs.iter().all(|kept| kept.resume && kept.earlier.is_none())
            && let Some(Checkpoint { path, .. }) = wanted.first()
        {
            let folder = path.parent().unwrap_or(Path::new("."));
            let why = nearest(folder, &wanted).map_or_else(
                || "no checkpoint is there; the run begins anew".to_owned(),
                |(name, how)| format!("no checkpoint of this run, which begins anew; {name} is of another run: {how}"),
            );
            // As of a checkpoint that cannot be written: whoever reads results alone is not disturbed.
            let _ = writeln!(std::io::stderr(), "tutee: {}: {why}", folder.display());
        }
        wanted.into_iter().try_for_each(Checkpoint::prepare)
    }
}

/// The checkpoint in a folder whose run has most in common with one of those that are wanted, and in what they differ.
fn nearest(folder: &Path, wanted: &[&Checkpoint]) -> Option<(String, String)> {
    let files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let mut runs: Vec<_> = files.filter_map(|path| Some((name_of(&path)?, run_of(&path)?))).collect();
    // Folders are listed in any order.
    runs.sort();
    let pairs = runs.iter().flat_map(|there| wanted.iter().map(move |wanted| (there, &wanted.run)));
    let differing = |there: &[(String, String)], wanted: &Named| {
        let common =
            wanted.iter().filter(|&(name, value)| there.iter().any(|there| there.0 == *name && there.1 == *value));
        there.len().max(wanted.len()) - common.count()
    };
    let ((name, there), wanted) = pairs.min_by_key(|((_, there), wanted)| differing(there, wanted))?;
    Some((name.clone(), difference(there, wanted)))
}

/// The name of a file that a checkpoint may be in.
fn name_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    (name.starts_with("checkpoint-") && name.ends_with(".tutee")).then(|| name.to_owned())
}

/// The run that a checkpoint is of, as far as it can be read.
fn run_of(path: &Path) -> Option<Vec<(String, String)>> {
    #[derive(Deserialize)]
    struct Run {
        run: Vec<(String, String)>,
    }
    let bytes = fs::read(path).ok()?;
    let head = bytes.split(|&byte| byte == b'\n').next()?;
    Some(serde_json::from_slice::<Run>(head.get(9..)?).ok()?.run)
}

/// A point of a curve.
pub trait Point: Clone + Serialize {
    /// Its step.
    fn step(&self) -> u64;
}

/// A run on its way to its end.
pub struct Way<'a, T, P> {
    /// Steps of the whole run.
    pub steps: u64,
    /// Settings of each.
    pub descent: &'a Descent<T>,
    /// Where it keeps what it has done; nowhere if none.
    pub kept: Option<&'a Kept<P>>,
    /// What it has seen beside its curve, if it looks at anything else.
    pub aside: Option<&'a dyn Fn() -> Aside>,
    /// Whether a run that diverges has kept something by then that is reported all the same; never, if none.
    pub has_kept: Option<&'a dyn Fn() -> bool>,
    /// Is told, before the first step and after every one, the steps done and their total, and may break off.
    pub watch: &'a dyn Fn(u64, u64) -> ControlFlow<()>,
}

/// What a run leaves behind at its end.
pub struct Arrived<P> {
    /// Wall time of the gradient steps alone.
    pub seconds: f64,
    /// Its curve.
    pub curve: Vec<P>,
    /// Why it went no further.
    pub ending: Ending,
}

impl<T: Scalar, P: Point> Way<'_, T, P> {
    /// Takes the steps that are left from where `training` stands, which is where the checkpoint has it, if there is one. `look` makes a point
    /// of the curve where an uninterrupted run has one, and at the end; `goal` may end the run sooner; `snapshot` is all that the
    /// training needs to go on. A checkpoint that cannot be written is told on standard error, and the run goes on.
    ///
    /// A run that diverges, and has something to report all the same, arrives where it stands, [`Ending::Diverged`].
    ///
    /// # Errors
    /// What a look or a step refuses, or [`Ended::Interrupted`] where the watch breaks off before the last step; the checkpoint is then
    /// that of the last step of an interrupted run, and the last one that was good of a run that was refused.
    pub fn follow<L: Training<T> + ?Sized>(
        &self,
        training: &mut L,
        goal: &dyn Fn(u64, &mut L) -> Option<Ending>,
        look: &mut dyn FnMut(&mut L) -> Result<Option<P>, Ended>,
        snapshot: &dyn Fn(&L) -> Result<Vec<u8>, Unmade>,
    ) -> Result<Arrived<P>, Ended> {
        let earlier = self.kept.and_then(|kept| kept.earlier.clone());
        let (mut seconds, mut curve) = earlier.map_or((0.0, Vec::new()), |earlier| (earlier.seconds, earlier.curve));
        // The end of a shorter run is no point of this one's curve.
        curve.retain(|point: &P| is_point(point.step(), self.steps));
        let mut look = |training: &mut L, curve: &mut Vec<P>, last: bool| -> Result<(), Ended> {
            let step = training.steps();
            let known = curve.last().is_some_and(|last| last.step() >= step);
            if !known && (last || is_point(step, self.steps)) {
                curve.extend(look(training)?);
            }
            Ok(())
        };
        let diverged = |ended: Ended| {
            let reported = ended == Ended::Refused(Error::Diverged) && self.has_kept.is_some_and(|has_kept| has_kept());
            if reported { Ok(Ending::Diverged) } else { Err(ended) }
        };
        let ending = loop {
            let (since, asked) = (Instant::now(), Cell::new(false));
            let due = || self.kept.is_some_and(|kept| since.elapsed() >= kept.checkpoint.interval);
            let watch = |steps, total| {
                asked.set((self.watch)(steps, total).is_break());
                if asked.get() || due() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let aimed = Aimed::new(Watched { steps: self.steps, watch: &watch }, goal);
            let (more, stopped) =
                follow_on(training, self.descent, &aimed, |training: &mut L| look(training, &mut curve, false));
            seconds += more;
            let stopped = match stopped {
                Ok(stopped) => stopped,
                Err(ended) => break diverged(ended)?,
            };
            if let Some(kept) = self.kept
                && let Err(failure) = kept.checkpoint.save(
                    snapshot(training),
                    (seconds, aimed.reached() == Some(Ending::Unchanged)),
                    &curve,
                    &self.aside.map(|aside| aside()).unwrap_or_default(),
                )
            {
                // A run of days does not end for it.
                let _ = writeln!(std::io::stderr(), "tutee: {failure}");
            }
            match (aimed.reached(), stopped) {
                (Some(ending), _) => break ending,
                (None, Stopped::Observer) if asked.get() => return Err(Ended::Interrupted),
                (None, Stopped::Observer) => {}
                (None, _) => break Ending::Steps,
            }
        };
        let ending = match ending {
            Ending::Diverged => ending,
            _ => look(training, &mut curve, true).map_or_else(diverged, |()| Ok(ending))?,
        };
        Ok(Arrived { seconds, curve, ending })
    }
}

/// Why there is no snapshot.
pub struct Unmade(String);

/// A snapshot of so many bytes, all of them zero before `fill` writes them.
///
/// # Errors
/// What `fill` refuses, and a lack of memory.
pub fn snapshot(bytes: usize, fill: impl FnOnce(&mut [u8]) -> Result<(), Error>) -> Result<Vec<u8>, Unmade> {
    let mut image = Vec::new();
    image.try_reserve_exact(bytes).map_err(|error| Unmade(error.to_string()))?;
    image.resize(bytes, 0);
    fill(&mut image).map_err(|error| Unmade(error.to_string()))?;
    Ok(image)
}

/// What stands before a head.
fn checksum(head: &[u8]) -> String {
    let mut crc = Crc::new();
    crc.update(head);
    format!("{:08x} ", crc.sum())
}

/// What the line of a head begins with, after its checksum.
const MARK: &[u8] = b"{\"version\":\"";

/// Whether a file is one of these, be it damaged: by its checksum or by what follows it, of which one may be.
fn is_ours(bytes: &[u8]) -> bool {
    let sum = bytes.get(..9).is_some_and(|sum| {
        sum.iter().take(8).all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte)) && sum.ends_with(b" ")
    });
    sum || bytes.get(9..).is_some_and(|rest| rest.starts_with(MARK))
}

/// The first thing that differs between two runs, the one that is there first.
fn difference(there: &[(String, String)], wanted: &[(&'static str, String)]) -> String {
    let pairs = there.iter().zip(wanted);
    let first = pairs.into_iter().find(|(there, wanted)| there.0 != wanted.0 || there.1 != wanted.1);
    match first {
        Some((there, wanted)) if there.0 == wanted.0 => format!("{} {}, not {}", there.0, there.1, wanted.1),
        _ => "a run of another kind".to_owned(),
    }
}

/// A head as it is read.
#[derive(Deserialize)]
struct Found<P> {
    version: String,
    run: Vec<(String, String)>,
    seconds: f64,
    at_rest: bool,
    curve: Vec<P>,
    #[serde(default)]
    aside: Option<Value>,
    #[serde(default)]
    aside_bytes: usize,
}

impl Checkpoint {
    fn new(folder: &Path, run: Named, interval: Duration) -> Self {
        let mut crc = Crc::new();
        run.iter().for_each(|(name, value)| crc.update(format!("{name} {value}\n").as_bytes()));
        Self { path: folder.join(format!("checkpoint-{:08x}.tutee", crc.sum())), run, interval }
    }

    fn prepare(&self) -> Result<(), Failure> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let made = fs::create_dir_all(folder).and_then(|()| probe(&self.path));
        made.map_err(|error| unwritable(folder, &error))
    }

    /// What is there to go on from; none if nothing is. With `resume` it is taken, and without it is refused.
    fn earlier<P: DeserializeOwned>(
        &self,
        resume: bool,
        steps: u64,
        steps_of: impl Fn(&[u8]) -> Result<u64, Error>,
    ) -> Result<Option<Progress<P>>, Failure> {
        if !self.path.exists() {
            return Ok(None);
        }
        let refuse = |message: String| Failure::usage(format!("{}: {message}", self.path.display()));
        let damaged = |how: &str| refuse(format!("a damaged checkpoint, {how}; without the file the run begins anew"));
        let bytes = fs::read(&self.path).map_err(|error| refuse(error.to_string()))?;
        if bytes.is_empty() {
            return Err(damaged("of no bytes"));
        }
        if !is_ours(&bytes) {
            return Err(refuse("no checkpoint, and it stays as it is; expected another folder".to_owned()));
        }
        let end = bytes.iter().position(|&byte| byte == b'\n').ok_or_else(|| damaged("cut short"))?;
        let (head, snapshot) = bytes.split_at_checked(end + 1).ok_or_else(|| damaged("cut short"))?;
        let (sum, head) = head.trim_ascii_end().split_at_checked(9).ok_or_else(|| damaged("cut short"))?;
        if sum != checksum(head).as_bytes() {
            return Err(damaged("whose checksum is another"));
        }
        // Its checksum is right, so that it is of another state of the program, whatever its version.
        let head: Found<P> = serde_json::from_slice(head)
            .map_err(|_| refuse("a checkpoint of another version; without the file the run begins anew".to_owned()))?;
        if head.version != env!("CARGO_PKG_VERSION") {
            return Err(refuse(format!("of version {}; expected {}", head.version, env!("CARGO_PKG_VERSION"))));
        }
        let same = |(there, wanted): (&(String, String), &(&str, String))| there.0 == wanted.0 && there.1 == wanted.1;
        if head.run.len() != self.run.len() || !head.run.iter().zip(&self.run).all(same) {
            let how = difference(&head.run, &self.run);
            return Err(refuse(format!(
                "a checkpoint of another run: {how}; expected it elsewhere, or another folder"
            )));
        }
        let main = snapshot.len().checked_sub(head.aside_bytes).ok_or_else(|| damaged("cut short"))?;
        let (snapshot, image) = snapshot.split_at_checked(main).unwrap_or_default();
        let done = steps_of(snapshot).map_err(|error| damaged(&error.to_string()))?;
        if !image.is_empty() {
            steps_of(image).map_err(|error| damaged(&error.to_string()))?;
        }
        if !resume {
            return Err(refuse("a checkpoint of this run; expected --resume to go on, or another folder".to_owned()));
        }
        if done > steps {
            return Err(refuse(format!("of {}; expected --steps from there on", several(done, "step"))));
        }
        let Found { seconds, at_rest, curve, aside: told, .. } = head;
        let aside = Aside { told, image: image.to_vec() };
        Ok(Some(Progress { seconds, curve, at_rest, snapshot: snapshot.to_vec(), aside }))
    }

    /// Replaces the file by what a run has done so far.
    fn save<P: Serialize>(
        &self,
        snapshot: Result<Vec<u8>, Unmade>,
        (seconds, at_rest): (f64, bool),
        curve: &[P],
        Aside { told: aside, image: other }: &Aside,
    ) -> Result<(), Failure> {
        let told = |error: String| Failure::check(format!("{}: {error}; the run goes on", self.path.display()));
        let image = snapshot.map_err(|Unmade(error)| told(error))?;
        let (version, aside, aside_bytes) = (env!("CARGO_PKG_VERSION"), aside.as_ref(), other.len());
        let head = Head { version, run: &self.run, seconds, at_rest, curve, aside, aside_bytes };
        let head = serde_json::to_vec(&head).map_err(|error| told(error.to_string()))?;
        let pending = Pending::new(&self.path, |file| {
            file.write_all(checksum(&head).as_bytes())?;
            file.write_all(&head)?;
            file.write_all(b"\n")?;
            file.write_all(&image)?;
            file.write_all(other)
        });
        pending.map_err(|error| told(error.to_string()))?.name()
    }
}
