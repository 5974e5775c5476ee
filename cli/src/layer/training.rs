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

/// A training of a layer.
#[allow(clippy::large_enum_variant, reason = "a run has one of it")]
pub enum LayerTraining<'a, T, L> {
    /// On samples that are drawn.
    Online(LayerOnline<'a, T, L>),
    /// On all inputs, and all sets or many; with the sets over which its loss is measured.
    Exact(SelectionPopulation<'a, T>, Sets),
}

impl<'a, T: Scalar, L: Labels<T>> LayerTraining<'a, T, L>
where
    L::Query: DrawnQuery,
{
    /// On all inputs. Where there are too many sets to list, each step draws others from `stream`, and the loss is always that of the same.
    ///
    /// # Errors
    /// What the core refuses.
    pub fn exact(
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
        Ok(Self::Exact(exact, sets(test)))
    }

    /// The layer as it stands.
    pub fn layer(&self) -> LayerView<'_, T> {
        match self {
            Self::Online(online) => online.layer(),
            Self::Exact(exact, _) => exact.layer(),
        }
    }

    /// The stream, at the next sample or set to draw; none where none is drawn.
    pub fn stream(&self) -> Option<SampleStream> {
        match self {
            Self::Online(online) => Some(online.source().stream),
            Self::Exact(exact, _) => match exact.sets() {
                Sets::All => None,
                Sets::Drawn { stream, .. } => Some(stream),
            },
        }
    }

    /// Norm of the gradient over the sets of the next step, where it is known.
    ///
    /// # Errors
    /// What the core refuses, and [`Ended::Memory`].
    pub fn gradient_norm(&mut self) -> Result<Option<f64>, Ended> {
        let Self::Exact(exact, _) = self else { return Ok(None) };
        let mut squared = 0.0;
        for parameter in [Parameter::Value, Parameter::KeyQuery] {
            let mut gradient = zeros::<T>(exact.layer().get(parameter).len())?;
            exact.gradient(parameter, &mut gradient)?;
            squared += gradient.iter().map(|x| x.to_f64() * x.to_f64()).sum::<f64>();
        }
        Ok(Some(Scalar::sqrt(squared)))
    }

    /// The exact excess loss, where it is known.
    ///
    /// # Errors
    /// What the core refuses.
    pub fn excess_loss(&mut self) -> Result<Option<f64>, Ended> {
        match self {
            Self::Online(_) => Ok(None),
            Self::Exact(exact, sets) => Ok(Some(exact.excess_loss(*sets)?.to_f64())),
        }
    }
}

impl<T: Scalar, L: Labels<T>> Training<T> for LayerTraining<'_, T, L>
where
    L::Query: DrawnQuery,
{
    fn steps(&self) -> u64 {
        self.layer().steps()
    }

    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        match self {
            Self::Online(online) => online.step(descent),
            Self::Exact(exact, _) => exact.step(descent),
        }
    }
}
