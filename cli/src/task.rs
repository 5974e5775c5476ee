//! The teachers that the command knows by name, and the one that a file describes.

use tutee::activation::Activation;
use tutee::input::{SampleRng, SampleStream};
use tutee::matrix::MatrixViewMut;
use tutee::teacher::TeacherView;
use tutee::teacher::family::{Family, unit_filters};
use tutee::teacher::graph::SelfLoops;
use tutee::teacher::paper::PaperTask;
use tutee::{Error, Scalar, Shape};

use crate::args::{LearnArgs, TaskName};
use crate::edge_list::{self, EdgeList};
use crate::failure::{Ended, Failure};
use crate::layer::options::PerSample;
use crate::memory::{LARGEST, collected};
use crate::record::ActivationRecord;

/// Tokens of the paper's tasks unless the command line says otherwise.
pub const TOKENS: usize = 16;

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
    /// The tokens that a selection reads, where it is known to be one.
    pub chosen: Option<Vec<usize>>,
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
    /// A built-in task of these [`BuiltIn::sizes`].
    ///
    /// # Errors
    /// One line that names the option and what was expected.
    pub fn built_in(built_in: &BuiltIn, shape: Shape, args: &LearnArgs) -> Result<Self, Failure> {
        let name = built_in.name();
        let task = match built_in {
            BuiltIn::Paper(task) => *task,
            BuiltIn::Classification => return Self::classification(shape, args),
            BuiltIn::Graph { list, symmetric, .. } => {
                let refuse = |error: Error| Failure::usage(format!("{name}: {error}"));
                if args.group.is_some() {
                    return Err(Failure::usage(format!(
                        "{name}: --group: expected none; the edges say who averages whom"
                    )));
                }
                let family = if *symmetric {
                    Family::SymmetricEdges { edges: &list.edges }
                } else {
                    Family::Edges { edges: &list.edges, self_loops: SelfLoops::Add }
                };
                if args.chosen.is_some() {
                    return Err(unselected(&name));
                }
                let value = filters(shape, &mut teacher_rng(args));
                let mixing = mix(shape, |view| family.fill(view)).map_err(refuse)?;
                let activation = Activation::Identity;
                let group = TeacherView::new(shape, activation, &value, &mixing).map_err(refuse)?.group();
                return Ok(Self {
                    origin: name.clone(),
                    name,
                    shape,
                    activation: activation.into(),
                    value,
                    mixing,
                    group,
                    chosen: None,
                });
            }
        };
        let selects = matches!(task, PaperTask::TokenSelection | PaperTask::GroupSparse);
        if args.chosen.is_some() && !selects {
            return Err(unselected(&name));
        }
        let given = args.chosen.as_ref().map(|chosen| sorted(&name, chosen, shape.tokens())).transpose()?;
        let usual = match task {
            PaperTask::TokenSelection => task.group().min(shape.tokens()),
            _ => task.group(),
        };
        let group = args.group.or(given.as_ref().map(Vec::len)).unwrap_or(usual);
        let refuse = |error: Error| Failure::usage(format!("{name}: {error}"));
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
            let told = match &given {
                Some(given) if args.group.is_none() => format!("--chosen: {} tokens; expected {expected}", given.len()),
                _ => format!("--group {group}: expected {expected}"),
            };
            return Err(Failure::usage(format!("{name}: {told}")));
        }
        if let Some(given) = given.as_ref().filter(|given| given.len() != group) {
            let count = given.len();
            return Err(Failure::usage(format!("{name}: --group {group}: --chosen names {count}; expected as many")));
        }

        let mut rng = teacher_rng(args);
        let value = filters(shape, &mut rng);
        let chosen = match task {
            PaperTask::TokenSelection | PaperTask::GroupSparse => {
                given.unwrap_or_else(|| choose(shape.tokens(), group, &mut rng))
            }
            _ => vec![],
        };
        let mixing =
            mix(shape, |view| task.family(group, &chosen).and_then(|family| family.fill(view))).map_err(refuse)?;
        Ok(Self {
            name: name.clone(),
            origin: name,
            shape,
            activation: task.activation().into(),
            value,
            mixing,
            group: Some(group),
            chosen: selects.then_some(chosen),
        })
    }

    /// The classification by one token, whose attention should come to be on that token alone, at every output.
    fn classification(shape: Shape, args: &LearnArgs) -> Result<Self, Failure> {
        let name = PerSample::Classification.name().to_owned();
        if let Some(group) = args.group.filter(|&group| group != 1) {
            return Err(Failure::usage(format!("{name}: --group {group}: expected 1")));
        }
        if args.chosen.is_some() {
            return Err(unselected(&name));
        }
        let mut rng = teacher_rng(args);
        let value = filters(shape, &mut rng);
        let token = labelled_token(shape.tokens(), &mut rng);
        let mut mixing = vec![0.0; shape.mixing_len()];
        mixing.iter_mut().skip(token).step_by(shape.tokens()).for_each(|s| *s = 1.0);
        let (activation, origin) = (Activation::Identity.into(), name.clone());
        Ok(Self { name, origin, shape, activation, value, mixing, group: Some(1), chosen: None })
    }

    /// The token that all outputs read, with weight 1, if there is one.
    pub fn token(&self) -> Option<usize> {
        let mut rows = self.mixing.chunks(self.shape.tokens());
        let first = rows.next()?;
        let token = first.iter().position(|&s| s == 1.0)?;
        let alone = first.iter().filter(|&&s| s != 0.0).count() == 1;
        (alone && rows.all(|row| row == first)).then_some(token)
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

/// What is said of chosen tokens of a task that selects none.
fn unselected(name: &str) -> Failure {
    Failure::usage(format!("{name}: --chosen: expected none; token-selection and group-sparse alone choose tokens"))
}

/// Chosen tokens in ascending order, if they are different ones of so many.
fn sorted(name: &str, chosen: &[usize], tokens: usize) -> Result<Vec<usize>, Failure> {
    let mut sorted = chosen.to_vec();
    sorted.sort_unstable();
    let refuse =
        |token: usize, expected: String| Err(Failure::usage(format!("{name}: --chosen: {token}; expected {expected}")));
    if let Some(&token) = sorted.iter().find(|&&token| token >= tokens) {
        return refuse(token, format!("numbers from 0 to {}", tokens - 1));
    }
    match sorted.windows(2).find_map(|pair| (pair.first() == pair.last()).then(|| pair.first().copied())).flatten() {
        Some(token) => refuse(token, "each token once".to_owned()),
        None => Ok(sorted),
    }
}

/// The teacher's own randomness: a stream apart from the one that the inputs are drawn from.
pub fn teacher_rng(args: &LearnArgs) -> SampleRng {
    SampleStream::new(!args.seed).sample()
}

/// V* of a built-in task: directions drawn at random.
pub fn filters(shape: Shape, rng: &mut SampleRng) -> Vec<f64> {
    let mut value = vec![0.0; shape.value_len()];
    unit_filters(&mut value, shape.features(), rng);
    value
}

/// The token that a label is of.
pub fn labelled_token(tokens: usize, rng: &mut SampleRng) -> usize {
    (rng.uniform_bits() % tokens as u64) as usize
}

/// S* of a built-in task.
fn mix(shape: Shape, fill: impl FnOnce(MatrixViewMut<'_, f64>) -> Result<(), Error>) -> Result<Vec<f64>, Error> {
    let mut mixing = vec![0.0; shape.mixing_len()];
    fill(MatrixViewMut::new("mixing", &mut mixing, shape.outputs(), shape.tokens())?)?;
    Ok(mixing)
}

/// A built-in task with what its file says, if it has one.
#[derive(Debug)]
pub enum BuiltIn {
    /// One of the paper's.
    Paper(PaperTask),
    /// Graph convolution.
    Graph {
        /// The task as the command line names it.
        name: String,
        /// The file's edges.
        list: EdgeList,
        /// `D^-1/2 (A + I) D^-1/2` in place of the average.
        symmetric: bool,
    },
    /// The label of one token.
    Classification,
}

impl BuiltIn {
    /// Reads the task's file, if it has one.
    ///
    /// # Errors
    /// One line that names the file, the line and what was expected.
    pub fn read(task: &TaskName) -> Result<Self, Failure> {
        match task {
            &TaskName::Paper(task) => Ok(Self::Paper(task)),
            TaskName::Graph { path, symmetric } => {
                Ok(Self::Graph { name: task.to_string(), list: edge_list::read(path)?, symmetric: *symmetric })
            }
            TaskName::PerSample(PerSample::Classification) => Ok(Self::Classification),
            TaskName::PerSample(_) => {
                let why = "a teacher that chooses anew for every sample; expected --student layer with it";
                Err(Failure::usage(format!("{task}: {why}")))
            }
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Paper(task) => task.name().into(),
            Self::Graph { name, .. } => name.clone(),
            Self::Classification => PerSample::Classification.name().into(),
        }
    }

    /// The sizes, before anything of that size exists.
    ///
    /// # Errors
    /// One line that names the task, the size and what was expected.
    pub fn sizes(&self, args: &LearnArgs) -> Result<Shape, Failure> {
        let name = self.name();
        let (filters, tokens) = match self {
            Self::Paper(task) => (task.filters(), args.tokens.unwrap_or(TOKENS)),
            Self::Graph { list, .. } => {
                let tokens = args.tokens.unwrap_or(list.tokens);
                if tokens < list.tokens {
                    let expected = format!("at least {}, one more than the largest number in the file", list.tokens);
                    return Err(Failure::usage(format!("{name}: --tokens {tokens}: expected {expected}")));
                }
                (PaperTask::GraphRelu.filters(), tokens)
            }
            Self::Classification => (1, args.tokens.unwrap_or(TOKENS)),
        };
        if let (Self::Classification, Some(filters)) = (self, args.filters.filter(|&filters| filters != 1)) {
            return Err(Failure::usage(format!("{name}: --filters {filters}: expected 1; a label is of one filter")));
        }
        let shape = Shape::new(args.filters.unwrap_or(filters), args.features, tokens, tokens)
            .map_err(|error| Failure::usage(format!("{name}: {error}")))?;
        check_sizes(&name, shape)?;
        Ok(shape)
    }
}

/// Refuses matrices that are too large, before any is made.
///
/// # Errors
/// One line that names the task, the size and what was expected.
pub fn check_sizes(name: &str, shape: Shape) -> Result<(), Failure> {
    let lengths = [
        ("--tokens times --tokens", shape.mixing_len()),
        ("--filters times --features", shape.value_len()),
        ("--tokens times --features", shape.input_len()),
        ("--filters times --tokens", shape.output_len()),
    ];
    if let Some((what, length)) = lengths.into_iter().find(|&(_, length)| length > LARGEST) {
        let expected = format!("expected a matrix of at most {LARGEST} elements");
        return Err(Failure::usage(format!("{name}: {what} is {length}; {expected}")));
    }
    Ok(())
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
fn choose(limit: usize, count: usize, rng: &mut SampleRng) -> Vec<usize> {
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
