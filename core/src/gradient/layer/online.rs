//! Online training of a layer: every step draws a fresh batch from the seeded stream, has it labelled, and steps along its
//! gradient.

use super::samples::LayerSamples;
use crate::error::Error;
use crate::input::{Input, LabelNoise, SampleStream};
use crate::layer::{Codes, LayerInput, LayerShape, LayerSizes, LayerView, Queries, Query};
use crate::loss::Loss;
use crate::matrix::{MatrixViewMut, RowsMut, check_length};
use crate::memory::layout;
use crate::position::codes;
use crate::scalar::Scalar;
use crate::step::Descent;
use crate::teacher::labels::Labels;
use crate::teacher::per_sample::draw_set;
use crate::training::Training;

/// Where the samples of a layer come from. A sample has a generator of its own, from which are drawn, in this order: the input;
/// the set of each output, where sets ask; the signs of the codes, where codes come with the sample; the noise of the
/// answer, or whether the label is flipped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerSource<T> {
    /// The stream, at the next sample to draw.
    pub stream: SampleStream,
    /// How inputs are distributed.
    pub input: Input<T>,
    /// What is added to answers; nothing to labels.
    pub noise: LabelNoise<T>,
    /// How likely a label is flipped, from 0 to 1, within 2^-32. Answers that are no labels know no flips.
    pub flips: T,
    /// Samples a step; at least 1.
    pub batch: u32,
}

impl<T: Scalar> LayerSource<T> {
    /// Standard Gaussian inputs and labels without noise, from the start of the stream that `seed` names.
    pub const fn gaussian(seed: u64, batch: u32) -> Self {
        let stream = SampleStream::new(seed);
        Self { stream, input: Input::Gaussian, noise: LabelNoise::ZERO, flips: T::ZERO, batch }
    }

    /// Refuses an empty batch and illegal parameters.
    ///
    /// # Errors
    /// [`Error::Zero`] or [`Error::OutOfRange`], naming the setting.
    pub fn check(&self) -> Result<(), Error> {
        if self.batch == 0 {
            return Err(Error::Zero { what: "the batch" });
        }
        if !(self.flips >= T::ZERO && self.flips <= T::ONE) {
            return Err(Error::OutOfRange { what: "the probability of a flip must lie between zero and one" });
        }
        self.input.check()?;
        self.noise.check()
    }
}

/// What comes with a sample that is drawn, as a teacher asks for it: nothing, or the sets of all outputs.
pub trait DrawnQuery {
    /// Whether there have to be sets.
    const SETS: bool;

    /// The query, of the sets of all outputs.
    fn of(sets: &[u32]) -> &Self;
}

impl DrawnQuery for () {
    const SETS: bool = false;

    fn of(_: &[u32]) -> &Self {
        &()
    }
}

impl DrawnQuery for [u32] {
    const SETS: bool = true;

    fn of(sets: &[u32]) -> &Self {
        sets
    }
}

/// Elements of the memory that [`LayerOnline::new`] takes for what is drawn.
#[inline]
pub const fn layer_drawn_len(shape: LayerShape) -> usize {
    Drawn::<f64>::len(LayerSizes::of(shape))
}

layout! {
    /// What is drawn of one sample, and its answer.
    struct Drawn at LayerSizes {
        x: matrix(tokens, features),
        hidden: matrix(tokens),
        codes: matrix(tokens, code_width) if codes_are_fresh,
        /// The answer: numbers of all outputs, or one.
        y: matrix(outputs, filters),
    }
}

/// Training a layer on samples that are drawn for every step and that a teacher labels.
#[derive(Debug)]
pub struct LayerOnline<'a, T, L> {
    samples: LayerSamples<'a, T>,
    labels: L,
    source: LayerSource<T>,
    x: &'a mut [T],
    hidden: &'a mut [T],
    y: &'a mut [T],
    codes: &'a mut [T],
    sets: &'a mut [u32],
}

impl<'a, T: Scalar, L: Labels<T>> LayerOnline<'a, T, L>
where
    L::Query: DrawnQuery,
{
    /// Draws from `source` and asks `labels`; `memory` is for what is drawn, and `sets` for the sets of all outputs, one after
    /// the other: its length over the outputs is the size of a set. It is empty where no sets ask. The batch of `samples` begins
    /// anew.
    ///
    /// # Errors
    /// What [`LayerSource::check`] refuses; [`Error::Length`] unless teacher and layer have one shape, `memory` has
    /// [`layer_drawn_len`] elements, and `sets` some for each output or none, as the layer asks; [`Error::OutOfRange`] for a layer
    /// that vectors ask, for a teacher of another kind of query than the layer, and for sets that are larger than there are tokens.
    pub fn new(
        mut samples: LayerSamples<'a, T>,
        labels: L,
        source: LayerSource<T>,
        memory: &'a mut [T],
        sets: &'a mut [u32],
    ) -> Result<Self, Error> {
        source.check()?;
        let shape = samples.layer().shape();
        shape.shape().check_equal(labels.shape())?;
        check_length("memory of what is drawn", memory, layer_drawn_len(shape))?;
        let asked = match shape.form().queries {
            Queries::Tokens => false,
            Queries::Sets => true,
            Queries::Vectors { .. } => return Err(Error::OutOfRange { what: "vectors that ask are not drawn" }),
        };
        // A teacher of sets needs them; one that needs none may label for a layer that is shown some.
        if <L::Query as DrawnQuery>::SETS && !asked {
            return Err(Error::OutOfRange { what: "the teacher answers sets, and no sets ask" });
        }
        let outputs = shape.shape().outputs();
        let size = if asked { sets.len().checked_div(outputs).unwrap_or(0) } else { 0 };
        check_length("memory of sets", sets, size * outputs)?;
        if asked && size == 0 {
            return Err(Error::Zero { what: "the size of a set" });
        }
        if size > shape.shape().tokens() {
            return Err(Error::OutOfRange { what: "a set has at most as many members as there are tokens" });
        }
        samples.begin();
        let mut rest = memory;
        let Drawn { x, hidden, codes, y } = Drawn::cut(LayerSizes::of(shape), &mut rest);
        let y = y.get_mut(..samples.targets_len()).unwrap_or_default();
        Ok(Self { samples, labels, source, x, hidden, y, codes, sets })
    }

    /// The layer as it stands.
    #[inline]
    pub const fn layer(&self) -> LayerView<'_, T> {
        self.samples.layer()
    }

    /// Where the next batch comes from.
    #[inline]
    pub const fn source(&self) -> &LayerSource<T> {
        &self.source
    }

    /// Training from pairs, with an empty batch, at the layer as it stands: to measure and to predict.
    #[inline]
    pub const fn samples(&mut self) -> &mut LayerSamples<'a, T> {
        &mut self.samples
    }

    /// The mean loss over `count` samples that `stream` names, drawn and labelled as those of training are; the stream of
    /// training does not move. With another seed it is the loss on samples that training never sees.
    ///
    /// # Errors
    /// [`Error::Zero`] for no samples, and what the teacher refuses.
    pub fn mean_loss(&mut self, mut stream: SampleStream, count: u32) -> Result<T, Error> {
        if count == 0 {
            return Err(Error::Zero { what: "the number of samples" });
        }
        let mut sum = T::ZERO;
        for _ in 0..count {
            self.draw(&mut stream)?;
            let Self { samples, x, y, codes, sets, .. } = self;
            sum += samples.loss(&input(samples.layer().shape(), x, codes, sets), y)?;
        }
        Ok(sum / T::from_u32(count))
    }

    /// The next sample of a stream.
    fn draw(&mut self, stream: &mut SampleStream) -> Result<(), Error> {
        let shape = self.samples.layer().shape();
        let mut rng = stream.sample();
        self.source.input.fill(&mut rng, shape.shape().features(), self.x);
        let size = self.sets.len().checked_div(shape.shape().outputs()).unwrap_or(0);
        for set in RowsMut::new(self.sets, size) {
            draw_set(&mut rng, shape.shape().tokens(), set)?;
        }
        if let Codes::Fresh { width } = shape.form().codes {
            let what = "the position codes of a sample";
            codes::signs(MatrixViewMut::new(what, self.codes, shape.shape().tokens(), width)?, &mut rng);
        }
        self.labels.answer(self.x, <L::Query as DrawnQuery>::of(self.sets), self.hidden, self.y)?;
        if self.samples.settings().loss == Loss::Logistic {
            if self.source.flips > T::ZERO {
                let uniform = T::from_u64(rng.uniform_bits() >> 32) * T::from_f64(1.0 / 4_294_967_296.0);
                if uniform < self.source.flips {
                    for label in &mut *self.y {
                        *label = -*label;
                    }
                }
            }
        } else {
            self.source.noise.add(&mut rng, self.y);
        }
        Ok(())
    }
}

fn input<'s, T: Scalar>(shape: LayerShape, x: &'s [T], codes: &'s [T], sets: &'s [u32]) -> LayerInput<'s, T> {
    let query = if shape.form().queries == Queries::Sets { Query::Sets(sets) } else { Query::Tokens };
    LayerInput { x, query, codes }
}

impl<T: Scalar, L: Labels<T>> Training<T> for LayerOnline<'_, T, L>
where
    L::Query: DrawnQuery,
{
    fn steps(&self) -> u64 {
        self.samples.layer().steps()
    }

    /// A refused step leaves the stream where it was, so that it can be tried again with a lower rate.
    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        descent.check()?;
        let LayerSource { mut stream, input: distribution, noise, batch, .. } = self.source;
        self.samples.begin();
        let mut left = usize::try_from(batch).unwrap_or(usize::MAX);
        if let Some(teacher) = self.labels.teacher() {
            while left > 0 {
                let drawn = self.samples.draw(teacher, (distribution, noise), stream, left);
                if drawn == 0 {
                    break;
                }
                stream = stream.after(drawn as u64);
                left -= drawn;
            }
        }
        for _ in 0..left {
            self.draw(&mut stream)?;
            let Self { samples, x, y, codes, sets, .. } = self;
            let input = input(samples.layer().shape(), x, codes, sets);
            samples.check(&input, y)?;
            samples.take_checked(&input, y);
        }
        self.samples.add_taken(&[]);
        self.samples.step(descent)?;
        self.source.stream = stream;
        Ok(())
    }
}
