//! Where results go: a table for people, JSON for programs, a folder of pictures.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::failure::{Failure, Unfinished};
use crate::files::{Pending, Sink, probe, resolved, same_file, unwritable};
use crate::fit::{self, record::FitRecord};
use crate::layer::record::LayerRecord;
use crate::record::{DigitsRecord, Output, RunRecord, Summary};
use crate::report::{self, Report};
use crate::streams::{print, same_as_stdout};
use crate::tables;
use crate::text::{LONGEST_NAME, shown};
use crate::watch::Ending;
use crate::weights::{ARRAYS, Matrices, file_name, npy, safetensors};

/// Where pictures and tables go unless the command line says otherwise.
const DEFAULT_DIRECTORY: &str = "results";

/// What the command line asked for.
#[derive(Debug)]
pub struct Destination {
    json: Option<Sink>,
    weights: Option<Sink>,
    /// Folder of matrices in NumPy's format.
    arrays: Option<PathBuf>,
    directory: Option<PathBuf>,
    /// Folders that were made for it, the innermost first.
    made: Vec<PathBuf>,
}

impl Destination {
    /// Makes the folder, and sees that everything can be written, before any time is spent on training. `inputs` are files
    /// that were read, with the options that named them.
    ///
    /// # Errors
    /// One line that names what cannot be written, or would be written over an input.
    pub fn new(json: Option<&Path>, directory: Option<&Path>, inputs: &[(&str, PathBuf)]) -> Result<Self, Failure> {
        let default = json.is_none().then(|| PathBuf::from(DEFAULT_DIRECTORY));
        Self::within(json, directory.map(Path::to_owned).or(default), inputs)
    }

    /// With a folder only where one is named.
    fn within(json: Option<&Path>, directory: Option<PathBuf>, inputs: &[(&str, PathBuf)]) -> Result<Self, Failure> {
        for (option, input) in inputs {
            spared((option, input), ("--json", json), directory.as_deref())?;
        }
        if let (Some(json), Some(directory)) = (json.filter(|&json| json != Path::new("-")), &directory) {
            apart("--json", json, directory)?;
        }
        let ancestors = directory.iter().flat_map(|directory| directory.ancestors());
        let missing = ancestors.take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let missing: Vec<_> = missing.map(Path::to_owned).collect();
        let made = directory.as_ref().map_or(Ok(()), |directory| {
            let made = fs::create_dir_all(directory).and_then(|()| probe(&directory.join(report::PAGE)));
            made.map_err(|error| unwritable(directory, &error))
        });
        // The folder first: the file may be meant to lie in it.
        match made.and_then(|()| json.map(Sink::new).transpose()) {
            Ok(json) => Ok(Self { json, weights: None, arrays: None, directory: directory.clone(), made: missing }),
            Err(failure) => {
                unmake(&missing);
                Err(failure)
            }
        }
    }

    /// Of a fit, with its matrices; else as [`Destination::new`], but that there is no folder unless one is named.
    ///
    /// # Errors
    /// One line that names what cannot be written, or would be written over an input.
    pub fn of_fit(
        json: Option<&Path>,
        matrices: (Option<&Path>, Option<&Path>),
        directory: Option<&Path>,
        inputs: &[(&str, PathBuf)],
    ) -> Result<Self, Failure> {
        Self::within(json, directory.map(Path::to_owned), inputs)?.with_matrices(json, matrices, inputs)
    }

    /// With the matrices of each run, too.
    ///
    /// # Errors
    /// One line that names what cannot be written, or would be written over an input.
    pub fn with_matrices(
        self,
        json: Option<&Path>,
        (weights, arrays): (Option<&Path>, Option<&Path>),
        inputs: &[(&str, PathBuf)],
    ) -> Result<Self, Failure> {
        let spared = arrays
            .map_or(Ok(()), |folder| spared_by_arrays(folder, inputs, &[("--json", json), ("--weights", weights)]));
        let weights = spared.and_then(|()| weights_sink(json, weights, self.directory.as_deref(), inputs));
        let weights = weights.and_then(|weights| {
            let made = arrays.map_or(Ok(()), |folder| {
                let made = fs::create_dir_all(folder).and_then(|()| probe(&folder.join("value.npy")));
                made.map_err(|error| unwritable(folder, &error))
            });
            made.map(|()| weights)
        });
        match weights {
            Ok(weights) => Ok(Self { weights, arrays: arrays.map(Path::to_owned), ..self }),
            Err(failure) => {
                unmake(&self.made);
                Err(failure)
            }
        }
    }

    /// Writes the matrices of runs, where they are asked for.
    fn matrices(&self, runs: impl Iterator<Item = Matrices>) -> Result<(), Failure> {
        if self.weights.is_none() && self.arrays.is_none() {
            return Ok(());
        }
        let runs: Vec<_> = runs.collect();
        if let Some(sink) = self.weights.as_ref().filter(|_| !runs.is_empty()) {
            let bytes = safetensors(&runs).map_err(Failure::check)?;
            sink.write(|writer| writer.write_all(&bytes))?;
        }
        let Some(folder) = &self.arrays else { return Ok(()) };
        let files = runs.iter().flat_map(|run| run.matrices.iter().map(move |matrix| (run, matrix)));
        for (run, (name, matrix)) in files {
            let path = folder.join(file_name(&run.run, runs.len() == 1, name));
            let written = Pending::new(&path, |writer| npy(matrix, run.single, writer));
            let told =
                |error: std::io::Error| Failure::check(format!("{}: {error}; it is not written", path.display()));
            written.map_err(told)?.name()?;
        }
        Ok(())
    }

    /// Prints, writes and draws a fit.
    ///
    /// # Errors
    /// One line that names what has no result, has failed, or could not be written.
    pub fn fit(&self, fits: &Output<FitRecord>) -> Result<(), Failure> {
        let written = self.json(fits);
        let weights = self.matrices(fits.runs.iter().map(Matrices::of_fit));
        let table = tables::fits(&fits.runs);
        let said = fits.runs.first().map(fit::text::lines);
        let printed = self.print(&[table, said]);
        let unfinished: Vec<_> = fits.unfinished.iter().collect();
        let cells = tables::fits_csv(&fits.runs);
        let drawn = self.draw(&Report {
            runs: &[],
            layers: &[],
            fits: &fits.runs,
            digits: None,
            unfinished: &unfinished,
            table: cells.as_deref(),
        });
        let judged = fits.runs.iter().filter(|run| run.failed);
        let judged = judged.map(|run| {
            // That a training diverged is more than what was noticed of the student from before.
            let noted = run.notes.first().filter(|_| run.stop.stopped != Ending::Diverged.word());
            let why = noted.map_or(run.reason, String::as_str);
            Failure::check(format!("{}: {}: {why}", shown(&run.task, LONGEST_NAME), run.verdict))
        });
        let failures = Unfinished::failure(&unfinished, fits.runs.len()).into_iter().chain(judged);
        Failure::all(failures.chain([written, weights, printed, drawn].into_iter().filter_map(Result::err)))
    }

    /// Prints, writes and draws layers.
    ///
    /// # Errors
    /// One line that names what has no result, has failed, or could not be written.
    pub fn layers(&self, layers: &Output<LayerRecord>) -> Result<(), Failure> {
        let written = self.json(layers).and(self.matrices(layers.runs.iter().map(Matrices::of_layer)));
        let unfinished: Vec<_> = layers.unfinished.iter().collect();
        let table = tables::layers_csv(&layers.runs);
        self.finish(
            written,
            &[layers.runs.first().map(|_| tables::layers(&layers.runs))],
            &Report {
                runs: &[],
                layers: &layers.runs,
                fits: &[],
                digits: None,
                unfinished: &unfinished,
                table: table.as_deref(),
            },
            layers.runs.len(),
        )
    }

    /// Prints, writes and draws the tasks, and the digits beside them: all that can be, whatever else fails.
    ///
    /// # Errors
    /// One line that names what has no result, or else what could not be written.
    pub fn tasks(&self, tasks: &Output<RunRecord>, digits: Option<&Output<DigitsRecord>>) -> Result<(), Failure> {
        let written = self.json(tasks).and(self.matrices(tasks.runs.iter().map(Matrices::of_run)));
        let drawn = digits.and_then(|digits| digits.runs.first());
        let parts = [tasks.runs.first().map(|_| tables::tasks(&tasks.runs)), drawn.map(tables::digits)];
        let unfinished: Vec<_> =
            tasks.unfinished.iter().chain(digits.into_iter().flat_map(|digits| &digits.unfinished)).collect();
        let finished = tasks.runs.len() + digits.map_or(0, |digits| digits.runs.len());
        let table = tables::tasks_csv(&tasks.runs);
        self.finish(
            written,
            &parts,
            &Report {
                runs: &tasks.runs,
                layers: &[],
                fits: &[],
                digits: drawn,
                unfinished: &unfinished,
                table: table.as_deref(),
            },
            finished,
        )
    }

    /// Prints, writes and draws the digits.
    ///
    /// # Errors
    /// One line that names what has no result, or else what could not be written.
    pub fn digits(&self, digits: &Output<DigitsRecord>) -> Result<(), Failure> {
        let matrices = digits.runs.iter().map(|digits| Matrices::of_run(&digits.run));
        let written = self.json(digits).and(self.matrices(matrices));
        let drawn = digits.runs.first();
        let unfinished: Vec<_> = digits.unfinished.iter().collect();
        self.finish(
            written,
            &[drawn.map(tables::digits)],
            &Report { runs: &[], layers: &[], fits: &[], digits: drawn, unfinished: &unfinished, table: None },
            digits.runs.len(),
        )
    }

    fn json(&self, result: &impl Serialize) -> Result<(), Failure> {
        self.json.as_ref().map_or(Ok(()), |sink| write_json(sink, result))
    }

    fn finish(
        &self,
        written: Result<(), Failure>,
        parts: &[Option<String>],
        report: &Report<'_>,
        finished: usize,
    ) -> Result<(), Failure> {
        let told: Vec<_> =
            report.unfinished.iter().map(|run| format!("{} ({})", shown(&run.task, LONGEST_NAME), run.why)).collect();
        let told = (!told.is_empty()).then(|| format!("not finished: {}", told.join(", ")));
        let printed = self.print(&[parts, &[told]].concat());
        let drawn = self.draw(report);
        let digits = report.digits.map(|digits| &digits.run.summary);
        let judged = report.summaries().chain(digits).filter_map(judged);
        let failures = Unfinished::failure(report.unfinished, finished).into_iter().chain(judged);
        Failure::all(failures.chain([written, printed, drawn].into_iter().filter_map(Result::err)))
    }

    fn print(&self, parts: &[Option<String>]) -> Result<(), Failure> {
        if self.json == Some(Sink::Stdout) || self.weights == Some(Sink::Stdout) {
            return Ok(());
        }
        let parts: Vec<_> = parts.iter().flatten().map(|part| part.trim_end()).collect();
        if parts.is_empty() { Ok(()) } else { print(&format!("{}\n", parts.join("\n\n"))) }
    }

    fn draw(&self, report: &Report<'_>) -> Result<(), Failure> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let written = report::write(directory, report)?;
        let page = written.files.first().map_or(directory.as_path(), PathBuf::as_path).display().to_string();
        let cleared = match written.cleared {
            0 => String::new(),
            n => format!(" ({n} {} of an earlier run removed)", if n == 1 { "file" } else { "files" }),
        };
        self.print(&[Some(format!("\npictures and tables: {}{cleared}", shown(&page, usize::MAX)))])
    }
}

/// Leaves no folder that was not there.
fn unmake(folders: &[PathBuf]) {
    folders.iter().for_each(|folder| drop(fs::remove_dir(folder)));
}

/// Where matrices go as one file.
fn weights_sink(
    json: Option<&Path>,
    weights: Option<&Path>,
    directory: Option<&Path>,
    inputs: &[(&str, PathBuf)],
) -> Result<Option<Sink>, Failure> {
    for (option, input) in inputs {
        spared((option, input), ("--weights", weights), None)?;
    }
    if let (Some(json), Some(weights)) = (json, weights)
        && (json == weights || same_file(json, weights) || resolved(json) == resolved(weights))
    {
        return Err(Failure::usage(format!("--weights {}: expected another file than --json's", weights.display())));
    }
    if let (Some(weights), Some(directory)) = (weights, directory) {
        apart("--weights", weights, directory)?;
    }
    weights.map(Sink::new).transpose()
}

/// Refuses a folder of matrices where one would have the place of a file that was read, or that is written beside them.
fn spared_by_arrays(
    folder: &Path,
    inputs: &[(&str, PathBuf)],
    written: &[(&str, Option<&Path>)],
) -> Result<(), Failure> {
    for path in ARRAYS.map(|name| folder.join(file_name("", true, name))) {
        let read = inputs.iter().find(|(_, input)| same_file(input, &path)).map(|(option, _)| (*option, "reads"));
        let beside = |file: &Path| file != Path::new("-") && resolved(file) == resolved(&path);
        let beside = written.iter().find(|(_, file)| file.is_some_and(beside)).map(|(option, _)| (*option, "writes"));
        if let Some((option, does)) = read.or(beside) {
            let (folder, path) = (folder.display(), path.display());
            return Err(Failure::usage(format!(
                "--npy {folder}: expected another folder; {path} is what {option} {does}"
            )));
        }
    }
    Ok(())
}

/// Refuses to write over a file that was read, under whatever names it is known.
fn spared(input: (&str, &Path), (by, written): (&str, Option<&Path>), directory: Option<&Path>) -> Result<(), Failure> {
    let (option, file) = input;
    let refuse = |by: String, expected: &str| {
        Err(Failure::usage(format!("{by}: {expected}, not what {option} reads, {}", file.display())))
    };
    if let Some(written) = written.filter(|&written| written != Path::new("-") && same_file(file, written)) {
        return refuse(format!("{by} {}", written.display()), "expected a file of its own");
    }
    if fs::metadata(file).is_ok_and(|found| found.is_file() && same_as_stdout(&found)) {
        return refuse("standard output".to_owned(), "expected a place of its own");
    }
    let Some(directory) = directory else { return Ok(()) };
    let folder = resolved(directory);
    let there = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let replaced = there.filter(|path| path.file_name().and_then(OsStr::to_str).is_some_and(report::may_write));
    if replaced.into_iter().any(|path| same_file(file, &path)) {
        let by = format!("--out {}", directory.display());
        return refuse(by, "expected another folder; the report there may have a file of this name");
    }
    Ok(())
}

/// Refuses a file that the report in `directory` would replace, under whatever names the two are known.
fn apart(by: &str, written: &Path, directory: &Path) -> Result<(), Failure> {
    let refuse = |expected: &str| Err(Failure::usage(format!("{by} {}: {expected}", written.display())));
    let (file, folder) = (resolved(written), resolved(directory));
    if file == folder {
        return refuse("expected a file, not the folder of --out");
    }
    let of_report = |path: &Path| path.file_name().and_then(OsStr::to_str).is_some_and(report::may_write);
    let taken = file.parent() == Some(&folder) && of_report(&file);
    // A link of an earlier day that has the name of a picture is written through.
    let linked = || {
        let there = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        there.filter(|path| of_report(path)).any(|path| resolved(&path) == file)
    };
    if taken || linked() {
        return refuse("expected another name; the report in the folder of --out may have a file of this name");
    }
    Ok(())
}

/// Refuses a result in the place of the page that goes with it.
///
/// # Errors
/// One line that names the place.
pub fn beside_page(json: Option<&Path>, page: Option<&Path>) -> Result<(), Failure> {
    match (json, page) {
        (Some(json), Some(page)) if json != Path::new("-") && resolved(json) == resolved(page) => {
            Err(Failure::usage(format!("--json {}: expected another name; it is that of the page", json.display())))
        }
        _ => Ok(()),
    }
}

/// Writes a result as JSON.
///
/// # Errors
/// Exit code 1, and one line that names the place.
pub fn write_json(sink: &Sink, result: &impl Serialize) -> Result<(), Failure> {
    sink.write(|writer| {
        serde_json::to_writer(&mut *writer, result)?;
        writer.write_all(b"\n")
    })
}

/// A run that is finished and has failed all the same.
fn judged(run: &Summary) -> Option<Failure> {
    let judgement = run.judgement().filter(|_| run.failed)?;
    Some(Failure::check(format!("{}: {judgement}", shown(&run.task, LONGEST_NAME))))
}
