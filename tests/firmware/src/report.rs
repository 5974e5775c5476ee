//! What is printed, the same on every machine: equal bits make equal lines.

use core::fmt;
use core::marker::PhantomData;

use tutee::matrix::Rows;
use tutee::student::StudentView;
use tutee::teacher::TeacherView;
use tutee::{Error, Scalar};

use crate::lesson::{Lesson, Outcome};

/// The heads of the columns of a [`Line`].
pub const HEAD: &str =
    "task             type  mode        steps  excess loss  min cosine  attention error            digest";

/// One training and what has come of it, in columns, and what is wrong with it, if anything.
#[derive(Debug)]
pub struct Line<'a, T> {
    lesson: Lesson,
    outcome: &'a Result<Outcome, Error>,
    precision: PhantomData<T>,
}

impl<'a, T: Scalar> Line<'a, T> {
    /// The line of a training in the precision `T`.
    pub fn new(lesson: Lesson, outcome: &'a Result<Outcome, Error>) -> Self {
        Self { lesson, outcome, precision: PhantomData }
    }

    /// Whether the teacher was recovered.
    pub fn passed(&self) -> bool {
        self.outcome.is_ok_and(|found| found.check(self.lesson.task).is_ok())
    }
}

impl<T: Scalar> fmt::Display for Line<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Lesson { task, mode } = self.lesson;
        write!(f, "{:<17}f{:<5}{:<12}", task.name(), T::BITS, mode.name())?;
        match self.outcome {
            Ok(found) => {
                let Outcome { steps, excess_loss: [_, excess], cosine_min, attention_error, digest } = found;
                write!(f, "{steps:>5}{excess:>13.3e}{cosine_min:>12.7}{attention_error:>17.4}  {digest:016x}")?;
                match found.check(task) {
                    Ok(()) => Ok(()),
                    Err(missing) => write!(f, " FAILED: {missing}"),
                }
            }
            Err(error) => write!(f, "FAILED: {error}"),
        }
    }
}

/// A matrix, a row a line.
struct Grid<'a, T> {
    elements: &'a [T],
    columns: usize,
}

impl<T: Scalar> fmt::Display for Grid<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in Rows::new(self.elements, self.columns) {
            for x in row {
                write!(f, "{x:>8.4}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// What a student has found out, beside what its teacher knows.
#[derive(Clone, Copy, Debug)]
pub struct Findings<'a, T> {
    /// The teacher.
    pub teacher: TeacherView<'a, T>,
    /// The student.
    pub student: StudentView<'a, T>,
    /// The student's attention, `outputs x tokens`.
    pub attention: &'a [T],
}

impl<T: Scalar> fmt::Display for Findings<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = self.student.shape();
        writeln!(f, "filters of the teacher, a row each")?;
        write!(f, "{}", Grid { elements: self.teacher.value(), columns: shape.features() })?;
        writeln!(f, "filters of the student")?;
        write!(f, "{}", Grid { elements: self.student.value(), columns: shape.features() })?;
        writeln!(f, "attention of the student, a row for each output")?;
        write!(f, "{}", Grid { elements: self.attention, columns: shape.tokens() })
    }
}
