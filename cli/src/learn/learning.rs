//! A training of a student that is told from others by nothing but this, whichever it is: what comes before and after its steps is
//! compiled once.

use tutee::Scalar;
use tutee::executor::Executor;
use tutee::gradient::label::LabelPopulation;
use tutee::gradient::online::Online;
use tutee::gradient::population::Population;
use tutee::gradient::ruled::RuledPopulation;
use tutee::gradient::ruled_online::RuledOnline;
use tutee::input::SampleStream;
use tutee::training::Measured;

/// A training that can be gone on from.
pub(super) trait Learning<T: Scalar>: Measured<T> {
    /// The stream, at the next sample to draw; none where none is drawn.
    fn stream(&self) -> Option<SampleStream> {
        None
    }

    /// What its rule keeps; nothing of plain descent.
    fn kept(&self) -> &[T] {
        &[]
    }
}

impl<T: Scalar> Learning<T> for Population<'_, T> {}

impl<T: Scalar> Learning<T> for LabelPopulation<'_, T> {}

impl<T: Scalar> Learning<T> for RuledPopulation<'_, T> {
    fn kept(&self) -> &[T] {
        self.kept()
    }
}

impl<T: Scalar, C: Executor> Learning<T> for Online<'_, T, C> {
    fn stream(&self) -> Option<SampleStream> {
        Some(self.stream())
    }
}

impl<T: Scalar, C: Executor> Learning<T> for RuledOnline<'_, '_, T, C> {
    fn stream(&self) -> Option<SampleStream> {
        Some(self.stream())
    }

    fn kept(&self) -> &[T] {
        self.kept()
    }
}
