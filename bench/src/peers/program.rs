//! A peer: a program that answers on its standard input and output, as `bench/peers/README.md` says.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tutee::{Scalar, Shape};
use tutee_bench::steps::{GROUP, Task};

use super::case::Case;
use super::contest::Contender;

pub(super) struct Program {
    pub(super) name: String,
    pub(super) version: String,
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// A student that a program or the library trained, in double precision whatever it was trained in.
pub(super) struct Trained {
    pub(super) value: Vec<f64>,
    pub(super) logits: Vec<f64>,
}

impl Program {
    /// Starts a program, which says who it is.
    pub(super) fn start(path: &Path) -> Result<Self, String> {
        let failed = |error| format!("{}: {error}", path.display());
        let mut command = Command::new(path);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a child without pipes".into());
        };
        let name = path.display().to_string();
        let mut program = Self { name, version: String::new(), child, requests, answers: BufReader::new(answers) };
        let introduction = program.answer()?;
        let (name, version) =
            introduction.split_once('\t').ok_or_else(|| format!("{}: said {introduction:?}", program.name))?;
        (program.name, program.version) = (name.to_owned(), version.to_owned());
        Ok(program)
    }

    /// Sets out from zero; false when this program does not take such steps. `factors` as for [`Case::descent`].
    pub(super) fn begin(&mut self, case: &Case, task: &Task<f64>, factors: [f64; 2]) -> Result<bool, String> {
        let Case { gradient, precision, sizes: [filters, features, tokens, _], batch } = case;
        let (gradient, precision) = (gradient.name(), precision.name());
        let descent = case.descent::<f64>(factors);
        let (value_rate, logits_rate) = (descent.value_rate, descent.attention_rate / *tokens as f64);
        let request = format!(
            "start {gradient} {precision} {filters} {features} {tokens} {GROUP} {batch} {value_rate} {logits_rate} 1"
        );
        self.start_task(&request, task.value())
    }

    /// Sets out on a task, of which the request says all but V; false when this program does not take such steps.
    pub(super) fn start_task(&mut self, request: &str, value: &[f64]) -> Result<bool, String> {
        let mut request = request.to_owned();
        for x in value {
            request.push_str(&format!(" {x}"));
        }
        match &*self.ask(&request)? {
            "ready" => Ok(true),
            "none" => Ok(false),
            other => Err(format!("{}: answered {other:?} to a task", self.name)),
        }
    }

    /// What has been trained so far.
    pub(super) fn student(&mut self, shape: Shape) -> Result<Trained, String> {
        let mut value = self.entries(shape.value_len() + shape.mixing_len())?;
        let logits = value.split_off(shape.value_len());
        Ok(Trained { value, logits })
    }

    /// All entries of what has been trained so far, so many.
    pub(super) fn entries(&mut self, expected: usize) -> Result<Vec<f64>, String> {
        let answer = self.ask("student")?;
        let entries: Result<Vec<f64>, _> = answer.split_whitespace().map(str::parse).collect();
        let entries = entries.map_err(|error| format!("{}: a student's entry: {error}", self.name))?;
        if entries.len() != expected {
            return Err(format!("{}: a student of {} entries, expected {expected}", self.name, entries.len()));
        }
        Ok(entries)
    }

    fn ask(&mut self, request: &str) -> Result<String, String> {
        let sent = writeln!(self.requests, "{request}").and_then(|()| self.requests.flush());
        sent.map_err(|error| format!("{}: {error}", self.name))?;
        self.answer()
    }

    fn answer(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(0) => Err(format!("{}: ended without an answer", self.name)),
            Ok(_) => Ok(line.trim_end().to_owned()),
            Err(error) => Err(format!("{}: {error}", self.name)),
        }
    }
}

impl Contender for Program {
    fn steps(&mut self, count: u64) -> Result<(), String> {
        match &*self.ask(&format!("steps {count}"))? {
            "done" => Ok(()),
            other => Err(format!("{}: answered {other:?} to steps", self.name)),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has nothing to save.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Trained {
    pub(super) fn of<T: Scalar>(student: tutee::student::StudentView<'_, T>) -> Self {
        let wide = |entries: &[T]| entries.iter().map(|x| x.to_f64()).collect();
        Self { value: wide(student.value()), logits: wide(student.logits()) }
    }
}
