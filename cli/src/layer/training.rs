//! Where a layer's gradient comes from: samples that are drawn, or all inputs at once.

use tutee::gradient::layer::{DrawnQuery, LayerOnline, SelectionPopulation, Sets, selection_population_len, set_count};
use tutee::input::SampleStream;
use tutee::layer::{LayerShape, LayerView, Parameter};
use tutee::step::Descent;
use tutee::teacher::labels::Labels;
use tutee::training::Training;
use tutee::{Error, Scalar};

use super::model::Model;
use crate::failure::Ended;
use crate::memory::{Numbers, zeros};

/// So many sets are all listed; of more, as many are drawn.
const LISTED: u32 = 4096;

/// Whether every step takes all sets of so many tokens.
pub fn all_listed(tokens: usize, size: usize) -> bool {
    set_count(tokens, size).is_some_and(|count| count <= LISTED)
}

/// Memory of a mean over all inputs.
pub struct ExactMemory<T> {
    set: Vec<u32>,
    memory: Numbers<T>,
}

impl<T: Scalar> ExactMemory<T> {
    /// For sets of so many tokens.
    ///
    /// # Errors
    /// [`Ended::Memory`].
    pub fn new(shape: LayerShape, size: usize) -> Result<Self, Ended> {
        Ok(Self { set: vec![0; size], memory: zeros(selection_population_len(shape))? })
    }
}

/// A training of a layer, whichever it is: what comes before and after its steps is compiled once.
pub trait LayerTraining<T: Scalar>: Training<T> {
    /// The layer as it stands.
    fn layer(&self) -> LayerView<'_, T>;

    /// The stream, at the next sample or set to draw; none where none is drawn.
    fn stream(&self) -> Option<SampleStream>;

    /// Norm of the gradient over the sets of the next step, where it is known.
    ///
    /// # Errors
    /// What the core refuses, and [`Ended::Memory`].
    fn gradient_norm(&mut self) -> Result<Option<f64>, Ended> {
        Ok(None)
    }

    /// The exact excess loss, where it is known.
    ///
    /// # Errors
    /// What the core refuses.
    fn excess_loss(&mut self) -> Result<Option<f64>, Ended> {
        Ok(None)
    }
}

/// On samples that are drawn.
impl<T: Scalar, L: Labels<T>> LayerTraining<T> for LayerOnline<'_, T, L>
where
    L::Query: DrawnQuery,
{
    fn layer(&self) -> LayerView<'_, T> {
        self.layer()
    }

    fn stream(&self) -> Option<SampleStream> {
        Some(self.source().stream)
    }
}

/// On all inputs, and all sets or many.
pub struct ExactTraining<'a, T> {
    exact: SelectionPopulation<'a, T>,
    /// Over which its loss is measured.
    test: Sets,
}

impl<'a, T: Scalar> ExactTraining<'a, T> {
    /// Where there are too many sets to list, each step draws others from `stream`, and the loss is always that of the same.
    ///
    /// # Errors
    /// What the core refuses.
    pub fn new(
        model: &'a mut Model<T>,
        teacher: &'a [T],
        (stream, test): (SampleStream, SampleStream),
        memory: &'a mut ExactMemory<T>,
    ) -> Result<Self, Ended> {
        let (layer, settings) = model.layer()?;
        let tokens = layer.shape().shape().tokens();
        let all = all_listed(tokens, memory.set.len());
        let sets = |stream| if all { Sets::All } else { Sets::Drawn { stream, count: LISTED } };
        let ExactMemory { set, memory } = memory;
        let exact = SelectionPopulation::new(layer, settings, teacher, sets(stream), set, memory)?;
        Ok(Self { exact, test: sets(test) })
    }
}

impl<T: Scalar> Training<T> for ExactTraining<'_, T> {
    fn steps(&self) -> u64 {
        self.layer().steps()
    }

    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        self.exact.step(descent)
    }
}

impl<T: Scalar> LayerTraining<T> for ExactTraining<'_, T> {
    fn layer(&self) -> LayerView<'_, T> {
        self.exact.layer()
    }

    fn stream(&self) -> Option<SampleStream> {
        match self.exact.sets() {
            Sets::All => None,
            Sets::Drawn { stream, .. } => Some(stream),
        }
    }

    fn gradient_norm(&mut self) -> Result<Option<f64>, Ended> {
        let mut squared = 0.0;
        for parameter in [Parameter::Value, Parameter::KeyQuery] {
            let mut gradient = zeros::<T>(self.exact.layer().get(parameter).len())?;
            self.exact.gradient(parameter, &mut gradient)?;
            squared += gradient.iter().map(|x| x.to_f64() * x.to_f64()).sum::<f64>();
        }
        Ok(Some(Scalar::sqrt(squared)))
    }

    fn excess_loss(&mut self) -> Result<Option<f64>, Ended> {
        Ok(Some(self.exact.excess_loss(self.test)?.to_f64()))
    }
}
