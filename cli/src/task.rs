//! The teachers that the command knows by name, and the one that a file describes.

use tutee::activation::Activation;
use tutee::input::SampleStream;
use tutee::matrix::MatrixViewMut;
use tutee::teacher::TeacherView;
use tutee::teacher::family::unit_filters;
use tutee::teacher::paper::PaperTask;
use tutee::{Error, Scalar, Shape};

use crate::args::LearnArgs;
use crate::failure::{Ended, Failure};
use crate::memory::{LARGEST, collected};
use crate::record::ActivationRecord;

/// A teacher, in double precision: both number types train on the same one.
#[derive(Clone, Debug)]
pub struct Task {
    /// Name of the task, or the teacher file's.
    pub name: String,
    /// What messages call it: the task, or the teacher file with its path.
    pub origin: String,
    /// The sizes.
    pub shape: Shape,
    /// The activation.
    pub activation: ActivationRecord,
    /// V*, `filters x features`.
    pub value: Vec<f64>,
    /// S*, `outputs x tokens`.
    pub mixing: Vec<f64>,
    /// K, where every output averages the same number of tokens.
    pub group: Option<usize>,
}

/// A teacher in the number type of its run; [`OwnedTeacher::view`] is what the core takes.
#[derive(Clone, Debug)]
pub struct OwnedTeacher<T> {
    shape: Shape,
    activation: Activation<T>,
    value: Vec<T>,
    mixing: Vec<T>,
}

impl Task {
    /// The sizes of a built-in task, before anything of that size exists.
    ///
    /// # Errors
    /// One line that names the task, the size and what was expected.
    pub fn sizes(task: PaperTask, args: &LearnArgs) -> Result<Shape, Failure> {
        let filters = args.filters.unwrap_or(task.filters());
        let shape = Shape::new(filters, args.features, args.tokens, args.tokens)
            .map_err(|error| Failure::usage(format!("{}: {error}", task.name())))?;
        let lengths = [
            ("--tokens times --tokens", shape.mixing_len()),
            ("--filters times --features", shape.value_len()),
            ("--tokens times --features", shape.input_len()),
            ("--filters times --tokens", shape.output_len()),
        ];
        if let Some((what, length)) = lengths.into_iter().find(|&(_, length)| length > LARGEST) {
            let expected = format!("expected a matrix of at most {LARGEST} elements");
            return Err(Failure::usage(format!("{}: {what} is {length}; {expected}", task.name())));
        }
        Ok(shape)
    }

    /// A built-in task of these [`Self::sizes`].
    ///
    /// # Errors
    /// One line that names the option and what was expected.
    pub fn built_in(task: PaperTask, shape: Shape, args: &LearnArgs) -> Result<Self, Failure> {
        let group = args.group.unwrap_or(task.group());
        let refuse = |error: Error| Failure::usage(format!("{}: {error}", task.name()));
        let (legal, expected) = match task {
            PaperTask::ConvRelu | PaperTask::ConvLeaky => (true, String::new()),
            // A node of the cycle averages itself and as many neighbours on either side.
            PaperTask::GraphRelu | PaperTask::GraphLeaky => {
                (group % 2 == 1 && group <= shape.tokens(), format!("an odd number from 1 to {}", shape.tokens()))
            }
            PaperTask::TokenSelection => {
                ((1..=shape.tokens()).contains(&group), format!("a number from 1 to {}", shape.tokens()))
            }
            PaperTask::GroupSparse => (group == 1, "1".to_owned()),
        };
        if !legal {
            return Err(Failure::usage(format!("{}: --group {group}: expected {expected}", task.name())));
        }

        // The teacher's own randomness: a stream apart from the one that the inputs are drawn from.
        let mut rng = SampleStream::new(!args.seed).sample();
        let mut value = vec![0.0; shape.value_len()];
        unit_filters(&mut value, shape.features(), &mut rng);
        let chosen = match task {
            PaperTask::TokenSelection | PaperTask::GroupSparse => choose(shape.tokens(), group, &mut rng),
            _ => vec![],
        };
        let mut mixing = vec![0.0; shape.mixing_len()];
        let view = MatrixViewMut::new("mixing", &mut mixing, shape.outputs(), shape.tokens()).map_err(refuse)?;
        task.family(group, &chosen).and_then(|family| family.fill(view)).map_err(refuse)?;
        Ok(Self {
            name: task.name().into(),
            origin: task.name().into(),
            shape,
            activation: task.activation().into(),
            value,
            mixing,
            group: Some(group),
        })
    }

    /// Refuses filters and rows of the mixing so large or so small that products of four norms leave the range of the
    /// number type: their training would be one of infinities or of zeros.
    ///
    /// # Errors
    /// One line that names the file, the field and what was expected.
    pub fn check_range<T: Scalar>(&self) -> Result<(), Failure> {
        let (smallest, largest) = if T::BITS == 32 { (1e-9, 1e9) } else { (1e-70, 1e70) };
        let parts = [
            ("value", &self.value, self.shape.features(), smallest, largest),
            ("mixing", &self.mixing, self.shape.tokens(), 1e-3, 1e3),
        ];
        for (field, matrix, cols, smallest, largest) in parts {
            for (i, row) in matrix.chunks(cols).enumerate() {
                // Scaled, so that the norm itself neither overflows nor underflows.
                let scale = row.iter().fold(0.0, |scale: f64, x| scale.larger(x.abs()));
                let norm = scale * Scalar::sqrt(row.iter().map(|x| (x / scale) * (x / scale)).sum::<f64>());
                if scale > 0.0 && !(smallest..=largest).contains(&norm) {
                    return Err(Failure::usage(format!(
                        "{}: {field}: row {i} has the norm {norm:?}; expected 0, or {smallest:?} to {largest:?} in f{}",
                        self.origin,
                        T::BITS
                    )));
                }
            }
        }
        Ok(())
    }

    /// The teacher in the number type of a run.
    ///
    /// # Errors
    /// [`Ended::Memory`].
    pub fn teacher<T: Scalar>(&self) -> Result<OwnedTeacher<T>, Ended> {
        let convert = |matrix: &[f64]| collected(matrix.iter().map(|&x| T::from_f64(x)), matrix.len());
        Ok(OwnedTeacher {
            shape: self.shape,
            activation: Activation::from(self.activation).cast(),
            value: convert(&self.value)?,
            mixing: convert(&self.mixing)?,
        })
    }
}

impl<T: Scalar> OwnedTeacher<T> {
    /// The teacher as the core takes it.
    ///
    /// # Errors
    /// What the core refuses.
    pub fn view(&self) -> Result<TeacherView<'_, T>, Error> {
        TeacherView::new(self.shape, self.activation, &self.value, &self.mixing)
    }
}

/// `count` different numbers below `limit`, in ascending order; `count` must not exceed `limit`.
fn choose(limit: usize, count: usize, rng: &mut tutee::input::SampleRng) -> Vec<usize> {
    // Selection sampling (Knuth, TAOCP 3.4.2, algorithm S): every subset with the same probability.
    let mut chosen = Vec::with_capacity(count);
    for i in 0..limit {
        let left = (limit - i) as u64;
        let wanted = (count - chosen.len()) as u64;
        if rng.uniform_bits() % left < wanted {
            chosen.push(i);
        }
    }
    chosen
}
