//! The paper's six tasks at any size, as the tests use them.

use tutee::activation::Activation;
use tutee::input::SampleStream;
use tutee::matrix::MatrixViewMut;
use tutee::teacher::TeacherView;
use tutee::teacher::family::unit_filters;
use tutee::teacher::paper::PaperTask;
use tutee::{Scalar, Shape};

/// A teacher with the rate that suits it.
#[derive(Clone, Debug)]
pub struct Case<T> {
    /// Name of the task.
    pub name: &'static str,
    /// The sizes.
    pub shape: Shape,
    /// The activation.
    pub activation: Activation<T>,
    /// V*.
    pub value: Vec<T>,
    /// S*.
    pub mixing: Vec<T>,
    /// K.
    pub group: usize,
}

impl<T: Scalar> Case<T> {
    /// The teacher as the core takes it.
    pub fn teacher(&self) -> TeacherView<'_, T> {
        TeacherView::new(self.shape, self.activation, &self.value, &self.mixing).expect("a legal teacher")
    }

    /// K / J.
    pub fn rate(&self) -> T {
        T::from_usize(self.group) / T::from_usize(self.shape.outputs())
    }
}

/// Filters of norm one from the stream of `seed`.
pub fn seeded_filters<T: Scalar>(filters: usize, features: usize, seed: u64) -> Vec<T> {
    let mut value = vec![T::ZERO; filters * features];
    unit_filters(&mut value, features, &mut SampleStream::new(seed).sample());
    value
}

/// All six tasks with `tokens` tokens and outputs (a multiple of 4) and six features.
pub fn six<T: Scalar>(tokens: usize) -> Vec<Case<T>> {
    let case = |task: PaperTask| {
        let shape = Shape::new(task.filters(), 6, tokens, tokens).expect("legal sizes");
        let chosen = match task {
            PaperTask::GroupSparse => vec![tokens / 3],
            _ => vec![1, tokens / 2, tokens - 1],
        };
        let mut mixing = vec![T::ZERO; shape.mixing_len()];
        let view = MatrixViewMut::new("mixing", &mut mixing, tokens, tokens).expect("legal sizes");
        task.family(task.group(), &chosen).and_then(|family| family.fill(view)).expect("a legal description");
        let value = seeded_filters(task.filters(), 6, 7);
        Case { name: task.name(), shape, activation: task.activation(), value, mixing, group: task.group() }
    };
    PaperTask::ALL.map(case).into()
}

/// Convolution, cycle and selection, each with no activation, ReLU and leaky ReLU; four filters of six features.
pub fn nine<T: Scalar>(tokens: usize) -> Vec<Case<T>> {
    let teachers = six::<T>(tokens).into_iter().step_by(2);
    let activations = [Activation::Identity, Activation::Relu, Activation::LeakyRelu(T::from_f64(0.1))];
    teachers.flat_map(|case| activations.map(|activation| Case { activation, ..case.clone() })).collect()
}
