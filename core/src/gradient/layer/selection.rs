//! Selection of sets that are given with the sample, exactly: the mean over all inputs in closed form, and that over sets by listing
//! or drawing them.
//!
//! The teacher answers `y = act(V* mean of x_i over a set)`, tokens are independent, `x_i ~ N(0, I)`. The student is a layer whose
//! keys are tokens with their codes and whose queries are sums of codes over the set, of which two blocks stand, W of W_V for content
//! and B of W_KQ for positions:
//!
//! ```text
//! G_is = scale <p_i, B p_s>          A_i = sum over s in the set of G_is          f = act(W X softmax(A))
//! ```
//!
//! For one set that is position-only attention with one output, so that several sets are several outputs of one student, with one W:
//! its exact gradient ([`crate::gradient::exact`]) has dL/dW and dL/dA of each, and
//!
//! ```text
//! dL/dG_is = sum over sets with s in them of dL/dA_i          dL/dB = scale P^T (dL/dG) P,   P with the codes in its rows
//! ```
//!
//! Sixteen sets are worked on together, and memory is for these alone, however many sets there are. A layer of J outputs has the sum
//! of J independent sets in its loss, which is J times the mean over sets.
//!
//! **The law.** From zero, with orthonormal codes, in expectation W stays a multiple of V* and B is `alpha I + beta 1 1^T` in the
//! codes. With `a = scale alpha` the mass on a set is `q e^a / (q e^a + D - q)`, what of it is missing falls like `1/sqrt(t)`, and the
//! excess loss ends on `(D - 1) / (4 scale^2 rate t)`, whatever the size of sets, the filters and J
//! ([`selection_law`](crate::recovery::laws::selection_law)).
//!
//! **Order of summation.** Over sets in blocks of sixteen, each as the exact gradient sums over outputs, then one block after the
//! other, and for G one set after the other; products over codes and tokens in sequence.

use super::descend::descend;
use super::scratch::Sums;
use super::sets::{EachSet, Sets};
use crate::error::Error;
use crate::gradient::exact::Exact;
use crate::gradient::overflow::GRADIENT_TOO_LARGE;
use crate::gradient::population::{PopulationScratchViewMut, population_scratch_len};
use crate::layer::{
    Codes, Embedding, KeyQuery, LayerSettings, LayerShape, LayerSizes, LayerView, LayerViewMut, Parameter, Queries,
    Trained,
};
use crate::loss::Loss;
use crate::matrix::{Rows, RowsMut, all_finite, check_finite, check_length};
use crate::memory::layout;
use crate::predict::project;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::step::Descent;
use crate::student::StudentView;
use crate::teacher::TeacherView;
use crate::training::Training;
use crate::vector::lane::LANES;

/// The shape of the student whose outputs are `count` sets.
const fn outputs(shape: LayerShape, count: usize) -> Result<Shape, Error> {
    let sizes = shape.shape();
    Shape::new(sizes.filters(), sizes.features(), sizes.tokens(), count)
}

/// Elements of the memory that [`SelectionPopulation::new`] takes; largest where it would not be a number any more.
pub const fn selection_population_len(shape: LayerShape) -> usize {
    // Two matrices of every pair of tokens, which no shape promises to be a number on a machine of 32 bits.
    if shape.shape().tokens() >= 1 << (usize::BITS / 2 - 2) {
        return usize::MAX;
    }
    Sums::<f64>::len(LayerSizes::of(shape)) + SetsMemory::<f64>::len(BlockSizes(shape))
}

/// The sizes of a layer, for sets that are worked on together.
#[derive(Clone, Copy, Debug)]
struct BlockSizes(LayerShape);

impl BlockSizes {
    const fn filters(self) -> usize {
        self.0.shape().filters()
    }

    const fn features(self) -> usize {
        self.0.shape().features()
    }

    const fn tokens(self) -> usize {
        self.0.shape().tokens()
    }

    const fn code_width(self) -> usize {
        self.0.code_width()
    }

    const fn sets(self) -> usize {
        LANES
    }

    /// Elements of working memory of the exact gradient.
    const fn exact(self) -> usize {
        match outputs(self.0, LANES) {
            Ok(block) => population_scratch_len(block),
            Err(_) => 0,
        }
    }
}

layout! {
    /// Working memory beside the sums of a step.
    struct SetsMemory at BlockSizes {
        value: matrix(filters, features),
        d_value: matrix(filters, features),
        codes: matrix(tokens, tokens),
        d_codes: matrix(tokens, tokens),
        keyed: matrix(tokens, code_width),
        mixing: matrix(sets, tokens),
        logits: matrix(sets, tokens),
        d_logits: matrix(sets, tokens),
        exact: matrix(exact),
    }
}

/// Training a layer on sets that come with the sample, by the exact gradient over all inputs.
#[derive(Debug)]
pub struct SelectionPopulation<'a, T> {
    layer: LayerViewMut<'a, T>,
    settings: LayerSettings<T>,
    teacher: &'a [T],
    sets: Sets,
    set: &'a mut [u32],
    blocks: Blocks<'a, T>,
    sums: Sums<'a, T>,
    /// dL/dW of a block.
    d_value: &'a mut [T],
    /// dL/dA of a block, a row for each set.
    d_logits: &'a mut [T],
    /// dL/dG, `tokens x tokens`.
    d_codes: &'a mut [T],
}

/// What makes outputs of sets.
#[derive(Debug)]
struct Blocks<'a, T> {
    /// W, `filters x features`.
    value: &'a mut [T],
    /// G, `tokens x tokens`.
    codes: &'a mut [T],
    /// `P B`, and later `(dL/dG) P`: `tokens x code_width`.
    keyed: &'a mut [T],
    /// S* of a block, a row for each set.
    mixing: &'a mut [T],
    /// A of a block, a row for each set.
    logits: &'a mut [T],
    exact: &'a mut [T],
}

/// Some sets as the outputs of one student.
struct Block<'b, T> {
    exact: Exact<'b, T>,
    student: StudentView<'b, T>,
    /// Room for rows of weights.
    rows: &'b mut [T],
    /// A row for each set, not zero at its members.
    mixing: &'b [T],
}

impl<'a, T: Scalar> SelectionPopulation<'a, T> {
    /// A layer learns from the teacher with the filters `teacher`, `filters x features`, and the activation of `settings`. The
    /// length of `set` is the size of sets. What the pieces of memory hold does not matter.
    ///
    /// # Errors
    /// What [`LayerSettings::check`] refuses; [`Error::OutOfRange`] for a layer of another form than concatenated tokens with fixed
    /// codes, one matrix W_KQ and sets that ask, for another loss than the squared, where another block than content of W_V and
    /// position with position of W_KQ trains or is not zero, and for sets that are empty, larger than there are tokens, or
    /// more than 32 bits count; [`Error::Zero`] for no sets; [`Error::CannotMove`] where nothing could move; [`Error::Length`] and
    /// [`Error::NotFinite`] for `teacher`, and [`Error::Length`] unless `memory` has [`selection_population_len`] elements.
    pub fn new(
        layer: LayerViewMut<'a, T>,
        settings: LayerSettings<T>,
        teacher: &'a [T],
        sets: Sets,
        set: &'a mut [u32],
        memory: &'a mut [T],
    ) -> Result<Self, Error> {
        let shape = layer.shape();
        let form = shape.form();
        let fits = form.embedding == Embedding::Concatenated
            && matches!(form.codes, Codes::Fixed { .. })
            && form.key_query == KeyQuery::Merged
            && form.queries == Queries::Sets;
        if !fits {
            let what =
                "the mean over inputs is known of concatenated tokens with fixed codes, one W_KQ, and sets that ask";
            return Err(Error::OutOfRange { what });
        }
        settings.check(shape)?;
        if settings.loss != Loss::Squared {
            return Err(Error::OutOfRange { what: "the mean over inputs is known of the squared loss" });
        }
        let Trained { value_content, position_position, .. } = settings.trained;
        let elsewhere = [Parameter::Value, Parameter::KeyQuery].map(|parameter| layer.view().block_squares(parameter));
        let [[[_, value], _], [content, [aside, _]]] = elsewhere;
        let zero = value == T::ZERO && content == [T::ZERO; 2] && aside == T::ZERO;
        if settings.trained != (Trained { value_content, position_position, ..Trained::NONE }) || !zero {
            let what = "the mean over inputs is known where content of W_V and position with position of W_KQ train, \
                        and all else is zero";
            return Err(Error::OutOfRange { what });
        }
        layer.view().check_start(settings.trained)?;
        check_length("the teacher's filters", teacher, shape.shape().value_len())?;
        check_finite("the teacher's filters", teacher)?;
        EachSet::new(sets, shape.shape().tokens(), set.len())?;
        outputs(shape, LANES)?;
        check_length("memory of a mean over sets", memory, selection_population_len(shape))?;
        let mut rest = memory;
        let sums = Sums::cut(LayerSizes::of(shape), &mut rest);
        let SetsMemory { value, d_value, codes, d_codes, keyed, mixing, logits, d_logits, exact } =
            SetsMemory::cut(BlockSizes(shape), &mut rest);
        let blocks = Blocks { value, codes, keyed, mixing, logits, exact };
        Ok(Self { layer, settings, teacher, sets, set, blocks, sums, d_value, d_logits, d_codes })
    }

    /// The layer as it stands.
    #[inline]
    pub const fn layer(&self) -> LayerView<'_, T> {
        self.layer.view()
    }

    /// Over which sets the next step takes the mean.
    #[inline]
    pub const fn sets(&self) -> Sets {
        self.sets
    }

    /// The exact excess loss of the layer as it stands, mean over all inputs and over these sets: of all outputs together. Costs about
    /// two thirds of a step over as many sets.
    ///
    /// # Errors
    /// Those of [`SelectionPopulation::new`] for the sets; [`Error::OutOfRange`] where numbers are so large that it overflows.
    pub fn excess_loss(&mut self, sets: Sets) -> Result<T, Error> {
        let mut each = EachSet::new(sets, self.layer.shape().shape().tokens(), self.set.len())?;
        let count = each.left();
        let mut sum = T::ZERO;
        let of = (self.layer.view(), &self.settings, self.teacher);
        self.blocks.prepare(of);
        while let Some(mut block) = self.blocks.next(of, &mut each, self.set)? {
            sum += block.exact.measure(block.student, block.rows).excess_loss;
        }
        let mean = sum / self.samples(count);
        if mean.is_finite() {
            Ok(mean)
        } else {
            Err(Error::OutOfRange { what: "numbers so large that the loss overflows" })
        }
    }

    /// The gradient of [`SelectionPopulation::excess_loss`] over the sets of the next step, without a step, with respect to W_V or
    /// W_KQ; zero in blocks that do not train.
    ///
    /// # Errors
    /// [`Error::Length`] also for other matrices, [`Error::OutOfRange`] where numbers are so large that it might overflow. Nothing is
    /// written then.
    pub fn gradient(&mut self, parameter: Parameter, to: &mut [T]) -> Result<(), Error> {
        let shape = self.layer.shape();
        check_length("the gradient of a matrix", to, self.sums.get(shape, parameter).len())?;
        let (count, _) = self.accumulate()?;
        let samples = self.samples(count);
        let sums = self.sums.get(shape, parameter);
        if !all_finite(sums) {
            return Err(GRADIENT_TOO_LARGE);
        }
        for (to, &from) in to.iter_mut().zip(sums) {
            *to = from / samples;
        }
        let width = shape.dimensions(parameter).map_or(0, |(_, cols)| cols);
        self.settings.trained.mask(shape, parameter).apply(width, to);
        Ok(())
    }

    /// By what sums over so many sets are divided: each output asks one of them.
    fn samples(&self, count: u32) -> T {
        T::from_u32(count) / T::from_usize(self.layer.shape().shape().outputs())
    }

    /// Sums the gradients over the sets of a step. Their number, and the sets after these.
    fn accumulate(&mut self) -> Result<(u32, Sets), Error> {
        let Self { layer, settings, teacher, set, blocks, sums, d_value, d_logits, d_codes, .. } = self;
        let shape = layer.shape();
        let (features, tokens) = (shape.shape().features(), shape.shape().tokens());
        let mut each = EachSet::new(self.sets, tokens, set.len())?;
        let count = each.left();
        sums.clear();
        d_codes.fill(T::ZERO);
        let of = (layer.view(), &*settings, *teacher);
        blocks.prepare(of);
        while let Some(mut block) = blocks.next(of, &mut each, set)? {
            let d_logits = d_logits.get_mut(..block.mixing.len()).unwrap_or_default();
            block.exact.gradient(block.student, (d_value, d_logits), block.rows)?;
            let rows = RowsMut::new(sums.value, shape.token_width()).zip(Rows::new(d_value, features));
            for (sum, d_w) in rows {
                for (sum, &d) in sum.iter_mut().zip(d_w) {
                    *sum += d;
                }
            }
            for (d_row, members) in Rows::new(d_logits, tokens).zip(Rows::new(block.mixing, tokens)) {
                for (d_codes, &d) in RowsMut::new(d_codes, tokens).zip(d_row) {
                    for (sum, &member) in d_codes.iter_mut().zip(members) {
                        if member != T::ZERO {
                            *sum += d;
                        }
                    }
                }
            }
        }
        // dL/dB = scale P^T (dL/dG) P, in the rows of W_KQ that are of positions.
        let (codes, width) = (layer.view().get(Parameter::Codes), shape.code_width());
        multiply(d_codes, (codes, width), blocks.keyed);
        let (_, d_positions) = sums.query_map.split_at_mut_checked(features * width).unwrap_or_default();
        for (code, keyed) in Rows::new(codes, width).zip(Rows::new(blocks.keyed, width)) {
            for (row, &p) in RowsMut::new(d_positions, width).zip(code) {
                add_scaled(settings.scale * p, keyed, row);
            }
        }
        Ok((count, each.sets()))
    }
}

impl<T: Scalar> Training<T> for SelectionPopulation<'_, T> {
    fn steps(&self) -> u64 {
        self.layer.view().steps()
    }

    /// A refused step leaves the stream of drawn sets where it was.
    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        descent.check()?;
        let (count, after) = self.accumulate().map_err(|_| Error::Diverged)?;
        let samples = self.samples(count);
        descend(&mut self.layer, &mut self.sums, samples, self.settings.trained, descent)?;
        self.sets = after;
        Ok(())
    }
}

impl<T: Scalar> Blocks<'_, T> {
    /// W and G of a layer.
    fn prepare(&mut self, (layer, settings, _): (LayerView<'_, T>, &LayerSettings<T>, &[T])) {
        let shape = layer.shape();
        let (features, tokens, width) = (shape.shape().features(), shape.shape().tokens(), shape.code_width());
        let rows = Rows::new(layer.get(Parameter::Value), shape.token_width());
        for (to, row) in RowsMut::new(self.value, features).zip(rows) {
            for (to, &w) in to.iter_mut().zip(row) {
                *to = w;
            }
        }
        let codes = layer.get(Parameter::Codes);
        let positions = layer.get(Parameter::KeyQuery).get(features * width..).unwrap_or_default();
        multiply(codes, (positions, width), self.keyed);
        for (row, keyed) in RowsMut::new(self.codes, tokens).zip(Rows::new(self.keyed, width)) {
            project(keyed, codes, row);
            for g in row {
                *g *= settings.scale;
            }
        }
    }

    /// The next sixteen sets, or as many as are left; `None` if there are none.
    fn next<'b>(
        &'b mut self,
        (layer, settings, teacher): (LayerView<'_, T>, &LayerSettings<T>, &'b [T]),
        each: &mut EachSet,
        set: &mut [u32],
    ) -> Result<Option<Block<'b, T>>, Error> {
        let count = usize::try_from(each.left()).map_or(LANES, |left| left.min(LANES));
        if count == 0 {
            return Ok(None);
        }
        let (shape, tokens) = (outputs(layer.shape(), count)?, layer.shape().shape().tokens());
        let Self { value, codes, mixing, logits, exact, .. } = self;
        let mixing = mixing.get_mut(..count * tokens).unwrap_or_default();
        let logits = logits.get_mut(..count * tokens).unwrap_or_default();
        let share = T::ONE / T::from_usize(set.len());
        for (target, row) in RowsMut::new(mixing, tokens).zip(RowsMut::new(logits, tokens)) {
            each.next(set)?;
            target.fill(T::ZERO);
            for &member in &*set {
                if let Some(target) = usize::try_from(member).ok().and_then(|member| target.get_mut(member)) {
                    *target = share;
                }
            }
            for (a, codes) in row.iter_mut().zip(Rows::new(codes, tokens)) {
                *a = T::ZERO;
                for (&g, &target) in codes.iter().zip(&*target) {
                    if target != T::ZERO {
                        *a += g;
                    }
                }
            }
        }
        let (mixing, exact) = (&*mixing, exact.get_mut(..population_scratch_len(shape)).unwrap_or_default());
        let PopulationScratchViewMut { terms, rows } = PopulationScratchViewMut::new(shape, exact)?;
        let exact = Exact::new(TeacherView::resume(shape, settings.activation, teacher, mixing)?, terms);
        Ok(Some(Block { exact, student: StudentView::still(shape, value, logits), rows, mixing }))
    }
}

/// `to = a b`, where b has rows of this width and a as many columns as b has rows; each element in sequence.
fn multiply<T: Scalar>(a: &[T], (b, width): (&[T], usize), to: &mut [T]) {
    let cols = b.len().checked_div(width).unwrap_or(0);
    for (row, to) in Rows::new(a, cols).zip(RowsMut::new(to, width)) {
        to.fill(T::ZERO);
        for (&factor, b) in row.iter().zip(Rows::new(b, width)) {
            add_scaled(factor, b, to);
        }
    }
}

/// `to += factor x`.
fn add_scaled<T: Scalar>(factor: T, x: &[T], to: &mut [T]) {
    for (to, &x) in to.iter_mut().zip(x) {
        *to += factor * x;
    }
}
