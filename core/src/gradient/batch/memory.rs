//! Working memory of a batch: the matrices of some samples, and what is common to all of them.

use super::stack::Stack;
use crate::input::SampleStream;
use crate::matrix::BlocksMut;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// Samples for which a type that knows its sizes has room.
#[cfg(target_arch = "x86_64")]
const SAMPLES: usize = 4;

/// Filters of all samples of a stack, about: as many rows do the products well with, and their matrices fit in the caches.
const ROWS: usize = 128;

/// Samples that are worked on together, at most.
pub(super) const MOST_SAMPLES: usize = 32;

/// Samples of this shape that are best worked on together.
pub(super) const fn samples_together(shape: Shape) -> usize {
    match ROWS.checked_div(shape.filters()) {
        None | Some(0) => 1,
        Some(samples) if samples > MOST_SAMPLES => MOST_SAMPLES,
        Some(samples) => samples,
    }
}

/// Elements that the matrices of one sample take.
const fn sample_len(shape: Shape) -> usize {
    2 * shape.input_len() + 2 * shape.filters() * shape.tokens() + 2 * shape.output_len()
}

/// Elements of the memory that [`MatricesViewMut::new`] takes for so many samples.
#[inline]
pub(crate) const fn matrices_len(shape: Shape, samples: usize) -> usize {
    (2 * shape.mixing_len()).saturating_add(sample_len(shape).saturating_mul(samples))
}

/// The same for one stack, which is what a single thread needs.
#[inline]
pub(crate) const fn matrices_of_one_len(shape: Shape) -> usize {
    matrices_len(shape, samples_together(shape))
}

/// The same for a crew of `threads` and batches of `batch` samples: a few stacks for each of several, or the whole batch.
#[inline]
pub(crate) const fn matrices_of_crew_len(shape: Shape, batch: u32, threads: usize) -> usize {
    let together = samples_together(shape);
    let most = if threads > 1 { threads.saturating_mul(4 * together) } else { together };
    // Compared in a type that holds both.
    let samples = if most as u64 > batch as u64 { batch as usize } else { most };
    matrices_len(shape, samples)
}

/// Room for the matrices of a few samples, with its sizes in its type.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Debug)]
pub(crate) struct Matrices<T, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    attention: [[T; OUTPUTS]; TOKENS],
    mixing: [[T; OUTPUTS]; TOKENS],
    x: [[[T; FEATURES]; TOKENS]; SAMPLES],
    by_feature: [[[T; FEATURES]; TOKENS]; SAMPLES],
    hidden: [[[T; TOKENS]; FILTERS]; SAMPLES],
    d_hidden: [[[T; TOKENS]; FILTERS]; SAMPLES],
    outputs: [[[T; OUTPUTS]; FILTERS]; SAMPLES],
    targets: [[[T; OUTPUTS]; FILTERS]; SAMPLES],
}

#[cfg(target_arch = "x86_64")]
impl<T: Scalar, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    Matrices<T, FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    pub(crate) const ZERO: Self = Self {
        attention: [[T::ZERO; OUTPUTS]; TOKENS],
        mixing: [[T::ZERO; OUTPUTS]; TOKENS],
        x: [[[T::ZERO; FEATURES]; TOKENS]; SAMPLES],
        by_feature: [[[T::ZERO; FEATURES]; TOKENS]; SAMPLES],
        hidden: [[[T::ZERO; TOKENS]; FILTERS]; SAMPLES],
        d_hidden: [[[T::ZERO; TOKENS]; FILTERS]; SAMPLES],
        outputs: [[[T::ZERO; OUTPUTS]; FILTERS]; SAMPLES],
        targets: [[[T::ZERO; OUTPUTS]; FILTERS]; SAMPLES],
    };

    #[inline]
    pub(crate) const fn view_mut(&mut self) -> MatricesViewMut<'_, T> {
        MatricesViewMut {
            attention: self.attention.as_flattened_mut(),
            mixing: self.mixing.as_flattened_mut(),
            samples: SamplesViewMut {
                x: self.x.as_flattened_mut().as_flattened_mut(),
                by_feature: self.by_feature.as_flattened_mut().as_flattened_mut(),
                hidden: self.hidden.as_flattened_mut().as_flattened_mut(),
                d_hidden: self.d_hidden.as_flattened_mut().as_flattened_mut(),
                outputs: self.outputs.as_flattened_mut().as_flattened_mut(),
                targets: self.targets.as_flattened_mut().as_flattened_mut(),
            },
        }
    }
}

/// Room for the matrices of some samples, at least one.
#[derive(Debug)]
pub(crate) struct MatricesViewMut<'a, T> {
    /// S^T and the teacher's, `tokens x outputs`.
    pub(super) attention: &'a mut [T],
    pub(super) mixing: &'a mut [T],
    pub(super) samples: SamplesViewMut<'a, T>,
}

/// What each sample takes, for all of them: see [`Stack`].
#[derive(Debug)]
pub(crate) struct SamplesViewMut<'a, T> {
    x: &'a mut [T],
    by_feature: &'a mut [T],
    hidden: &'a mut [T],
    d_hidden: &'a mut [T],
    outputs: &'a mut [T],
    targets: &'a mut [T],
}

impl<'a, T: Scalar> MatricesViewMut<'a, T> {
    /// As many samples as there is room for in `memory`; `None` if there is not enough for one.
    pub(crate) fn new(shape: Shape, memory: &'a mut [T]) -> Option<Self> {
        let (attention, memory) = memory.split_at_mut_checked(shape.mixing_len())?;
        let (mixing, memory) = memory.split_at_mut_checked(shape.mixing_len())?;
        let samples = memory.len().checked_div(sample_len(shape))?;
        if samples == 0 {
            return None;
        }
        let (by_token, by_output) = (samples * shape.filters() * shape.tokens(), samples * shape.output_len());
        let (x, memory) = memory.split_at_mut_checked(samples * shape.input_len())?;
        let (by_feature, memory) = memory.split_at_mut_checked(samples * shape.input_len())?;
        let (hidden, memory) = memory.split_at_mut_checked(by_token)?;
        let (d_hidden, memory) = memory.split_at_mut_checked(by_token)?;
        let (outputs, memory) = memory.split_at_mut_checked(by_output)?;
        let (targets, _) = memory.split_at_mut_checked(by_output)?;
        let samples = SamplesViewMut { x, by_feature, hidden, d_hidden, outputs, targets };
        Some(Self { attention, mixing, samples })
    }

    /// The same memory, borrowed for a shorter time.
    pub(crate) const fn reborrow(&mut self) -> MatricesViewMut<'_, T> {
        let Self { attention, mixing, samples } = self;
        MatricesViewMut { attention, mixing, samples: samples.reborrow() }
    }
}

impl<'a, T: Scalar> SamplesViewMut<'a, T> {
    pub(super) const fn reborrow(&mut self) -> SamplesViewMut<'_, T> {
        let Self { x, by_feature, hidden, d_hidden, outputs, targets } = self;
        SamplesViewMut { x, by_feature, hidden, d_hidden, outputs, targets }
    }

    /// How many there are.
    pub(super) const fn count(&self, shape: Shape) -> usize {
        match self.x.len().checked_div(shape.input_len()) {
            Some(count) => count,
            None => 0,
        }
    }

    /// Stacks for the next `count` samples of `stream`, each of `together` or, the last, fewer.
    pub(super) fn stacks(
        self,
        shape: Shape,
        (mut stream, mut count, together): (SampleStream, usize, usize),
    ) -> impl Iterator<Item = Stack<'a, T>> {
        let (by_token, by_output) = (together * shape.filters() * shape.tokens(), together * shape.output_len());
        let mut x = BlocksMut::new(self.x, together * shape.input_len());
        let mut by_feature = BlocksMut::new(self.by_feature, together * shape.input_len());
        let mut hidden = BlocksMut::new(self.hidden, by_token);
        let mut d_hidden = BlocksMut::new(self.d_hidden, by_token);
        let mut outputs = BlocksMut::new(self.outputs, by_output);
        let mut targets = BlocksMut::new(self.targets, by_output);
        core::iter::from_fn(move || {
            let samples = if count < together { count } else { together };
            if samples == 0 {
                return None;
            }
            let stack = Stack {
                stream,
                samples,
                x: x.next()?.get_mut(..samples * shape.input_len())?,
                by_feature: by_feature.next()?.get_mut(..samples * shape.input_len())?,
                hidden: hidden.next()?.get_mut(..samples * shape.filters() * shape.tokens())?,
                d_hidden: d_hidden.next()?.get_mut(..samples * shape.filters() * shape.tokens())?,
                outputs: outputs.next()?.get_mut(..samples * shape.output_len())?,
                targets: targets.next()?.get_mut(..samples * shape.output_len())?,
            };
            count -= samples;
            stream = stream.after(samples as u64);
            Some(stack)
        })
    }
}
