//! Working memory of a batch: the matrices of some samples, and what is common to all of them.

use super::layers::Layers;
use crate::error::Error;
use crate::kernel::product::transpose;
use crate::matrix::BlocksMut;
#[cfg(target_arch = "x86_64")]
use crate::matrix::check_length;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::vector::Plain;

/// Samples for which a type that knows its sizes has room.
#[cfg(target_arch = "x86_64")]
const SAMPLES: usize = 4;

/// Filters of all samples of a microbatch, about: as many rows do the products well with, and their matrices fit in the caches.
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

/// Elements that the matrices of one pair take.
const fn pair_len(shape: Shape) -> usize {
    shape.input_len() + 2 * shape.filters() * shape.tokens() + 2 * shape.output_len()
}

/// Elements of the memory that [`PairsViewMut::new`] takes for one microbatch.
#[inline]
pub(crate) const fn pairs_of_one_len(shape: Shape) -> usize {
    shape.mixing_len().saturating_add(pair_len(shape).saturating_mul(samples_together(shape)))
}

/// Elements of the memory that [`MatricesViewMut::new`] takes for so many samples.
#[inline]
pub(crate) const fn matrices_len(shape: Shape, samples: usize) -> usize {
    (2 * shape.mixing_len()).saturating_add((shape.input_len() + pair_len(shape)).saturating_mul(samples))
}

/// Elements that [`MatricesViewMut::new`] takes for one microbatch, which is what a single thread needs.
#[inline]
pub(crate) const fn matrices_of_one_len(shape: Shape) -> usize {
    matrices_len(shape, samples_together(shape))
}

/// Elements that [`MatricesViewMut::new`] takes for a crew of `threads` and batches of `batch` samples: a few microbatches for each
/// of several, or the whole batch.
#[inline]
pub(crate) const fn matrices_of_crew_len(shape: Shape, batch: u32, threads: usize) -> usize {
    let together = samples_together(shape);
    let most = if threads > 1 { threads.saturating_mul(4 * together) } else { together };
    // Compared in a type that holds both.
    let samples = if most as u64 > batch as u64 { batch as usize } else { most };
    matrices_len(shape, samples)
}

/// Room for the matrices of a few pairs, with its sizes in its type.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Debug)]
pub(crate) struct Pairs<T, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    by_token: [[T; OUTPUTS]; TOKENS],
    by_feature: [[[T; FEATURES]; TOKENS]; SAMPLES],
    hidden: [[[T; TOKENS]; FILTERS]; SAMPLES],
    d_hidden: [[[T; TOKENS]; FILTERS]; SAMPLES],
    outputs: [[[T; OUTPUTS]; FILTERS]; SAMPLES],
    targets: [[[T; OUTPUTS]; FILTERS]; SAMPLES],
}

#[cfg(target_arch = "x86_64")]
impl<T: Scalar, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    Pairs<T, FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    pub(crate) const ZERO: Self = Self {
        by_token: [[T::ZERO; OUTPUTS]; TOKENS],
        by_feature: [[[T::ZERO; FEATURES]; TOKENS]; SAMPLES],
        hidden: [[[T::ZERO; TOKENS]; FILTERS]; SAMPLES],
        d_hidden: [[[T::ZERO; TOKENS]; FILTERS]; SAMPLES],
        outputs: [[[T::ZERO; OUTPUTS]; FILTERS]; SAMPLES],
        targets: [[[T::ZERO; OUTPUTS]; FILTERS]; SAMPLES],
    };

    #[inline]
    pub(crate) const fn view_mut(&mut self) -> PairsViewMut<'_, T> {
        PairsViewMut {
            by_token: self.by_token.as_flattened_mut(),
            layers: LayersViewMut {
                by_feature: self.by_feature.as_flattened_mut().as_flattened_mut(),
                hidden: self.hidden.as_flattened_mut().as_flattened_mut(),
                d_hidden: self.d_hidden.as_flattened_mut().as_flattened_mut(),
                outputs: self.outputs.as_flattened_mut().as_flattened_mut(),
                targets: self.targets.as_flattened_mut().as_flattened_mut(),
            },
        }
    }
}

/// What is needed beside [`Pairs`] where the library draws the samples, with its sizes in its type.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Debug)]
pub(crate) struct Drawn<T, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    mixing: [[T; OUTPUTS]; TOKENS],
    x: [[[T; FEATURES]; TOKENS]; SAMPLES],
}

#[cfg(target_arch = "x86_64")]
impl<T: Scalar, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> Drawn<T, FEATURES, TOKENS, OUTPUTS> {
    pub(crate) const ZERO: Self =
        Self { mixing: [[T::ZERO; OUTPUTS]; TOKENS], x: [[[T::ZERO; FEATURES]; TOKENS]; SAMPLES] };

    #[inline]
    pub(crate) const fn view_mut<'a>(&'a mut self, pairs: PairsViewMut<'a, T>) -> MatricesViewMut<'a, T> {
        let x = self.x.as_flattened_mut().as_flattened_mut();
        MatricesViewMut { mixing: self.mixing.as_flattened_mut(), x, pairs }
    }
}

/// Room for the matrices of some pairs, at least one.
#[derive(Debug)]
pub(crate) struct PairsViewMut<'a, T> {
    /// S^T, `tokens x outputs`.
    pub(super) by_token: &'a mut [T],
    pub(super) layers: LayersViewMut<'a, T>,
}

/// Room for pairs where there are wide registers for it, and perhaps none; elsewhere it takes no memory.
#[derive(Debug)]
pub(crate) struct Room<'a, T> {
    #[cfg(target_arch = "x86_64")]
    pairs: Option<PairsViewMut<'a, T>>,
    #[cfg(not(target_arch = "x86_64"))]
    pairs: core::marker::PhantomData<&'a mut T>,
}

impl<'a, T: Scalar> Room<'a, T> {
    /// Room for as many pairs as fit in `memory`.
    #[inline]
    pub(crate) fn new(shape: Shape, memory: &'a mut [T]) -> Self {
        Self::of(if cfg!(target_arch = "x86_64") { PairsViewMut::new(shape, memory) } else { None })
    }

    /// The room that these pairs are, if there are any; none where there are no wide registers.
    #[inline]
    pub(crate) const fn of(pairs: Option<PairsViewMut<'a, T>>) -> Self {
        #[cfg(not(target_arch = "x86_64"))]
        let pairs = {
            let _ = pairs;
            core::marker::PhantomData
        };
        Self { pairs }
    }

    /// Refuses room of another shape.
    #[inline]
    pub(crate) fn check(&self, shape: Shape) -> Result<(), Error> {
        #[cfg(target_arch = "x86_64")]
        if let Some(pairs) = &self.pairs {
            return pairs.check(shape);
        }
        let _ = shape;
        Ok(())
    }

    /// What there is, borrowed for a shorter time.
    #[inline]
    pub(crate) const fn get(&mut self) -> Option<PairsViewMut<'_, T>> {
        #[cfg(target_arch = "x86_64")]
        if let Some(pairs) = &mut self.pairs {
            return Some(pairs.reborrow());
        }
        None
    }

    /// What there is, for somebody else.
    #[cfg(target_arch = "x86_64")]
    #[inline]
    pub(crate) const fn take(&mut self) -> Option<PairsViewMut<'a, T>> {
        self.pairs.take()
    }
}

/// Room for the matrices of samples that are drawn here.
#[derive(Debug)]
pub(crate) struct MatricesViewMut<'a, T> {
    /// The teacher's S^T, `tokens x outputs`.
    pub(super) mixing: &'a mut [T],
    /// X of every sample.
    pub(super) x: &'a mut [T],
    pub(super) pairs: PairsViewMut<'a, T>,
}

/// What each pair takes, for all of them: see [`Layers`].
#[derive(Debug)]
pub(crate) struct LayersViewMut<'a, T> {
    by_feature: &'a mut [T],
    hidden: &'a mut [T],
    d_hidden: &'a mut [T],
    outputs: &'a mut [T],
    targets: &'a mut [T],
}

impl<'a, T: Scalar> PairsViewMut<'a, T> {
    /// Room for as many pairs as fit in `memory`; `None` if there is not enough for one.
    pub(crate) fn new(shape: Shape, memory: &'a mut [T]) -> Option<Self> {
        let (by_token, memory) = memory.split_at_mut_checked(shape.mixing_len())?;
        let pairs = memory.len().checked_div(pair_len(shape))?;
        Some(Self { by_token, layers: LayersViewMut::new(shape, memory, pairs)? })
    }

    /// Refuses memory that was cut into parts for another shape.
    #[cfg(target_arch = "x86_64")]
    fn check(&self, shape: Shape) -> Result<(), Error> {
        let (what, LayersViewMut { by_feature, hidden, outputs, .. }) = ("sample scratch of the pairs", &self.layers);
        let pairs = match self.layers.count(shape) {
            0 => 1,
            pairs => pairs,
        };
        check_length(what, self.by_token, shape.mixing_len())?;
        check_length(what, by_feature, pairs * shape.input_len())?;
        check_length(what, hidden, pairs * shape.filters() * shape.tokens())?;
        check_length(what, outputs, pairs * shape.output_len())
    }

    /// Keeps the transpose of the attention for the batch that begins.
    pub(crate) fn attend(&mut self, shape: Shape, attention: &[T]) {
        transpose(Plain, attention, shape.tokens(), self.by_token, shape.outputs());
    }

    /// Lends this memory for a shorter time.
    #[inline]
    pub(crate) const fn reborrow(&mut self) -> PairsViewMut<'_, T> {
        PairsViewMut { by_token: self.by_token, layers: self.layers.reborrow() }
    }
}

impl<'a, T: Scalar> MatricesViewMut<'a, T> {
    /// Room for as many samples as fit in `memory`; `None` if there is not enough for one.
    pub(crate) fn new(shape: Shape, memory: &'a mut [T]) -> Option<Self> {
        let (by_token, memory) = memory.split_at_mut_checked(shape.mixing_len())?;
        let (mixing, memory) = memory.split_at_mut_checked(shape.mixing_len())?;
        let samples = memory.len().checked_div(shape.input_len() + pair_len(shape))?;
        let (x, memory) = memory.split_at_mut_checked(samples * shape.input_len())?;
        let layers = LayersViewMut::new(shape, memory, samples)?;
        Some(Self { mixing, x, pairs: PairsViewMut { by_token, layers } })
    }

    /// Lends this memory for a shorter time.
    #[inline]
    pub(crate) const fn reborrow(&mut self) -> MatricesViewMut<'_, T> {
        MatricesViewMut { mixing: self.mixing, x: self.x, pairs: self.pairs.reborrow() }
    }
}

impl<'a, T: Scalar> LayersViewMut<'a, T> {
    /// The memory in parts, for `pairs` pairs; `None` if there are none.
    fn new(shape: Shape, memory: &'a mut [T], pairs: usize) -> Option<Self> {
        if pairs == 0 {
            return None;
        }
        let (by_token, by_output) = (pairs * shape.filters() * shape.tokens(), pairs * shape.output_len());
        let (by_feature, memory) = memory.split_at_mut_checked(pairs * shape.input_len())?;
        let (hidden, memory) = memory.split_at_mut_checked(by_token)?;
        let (d_hidden, memory) = memory.split_at_mut_checked(by_token)?;
        let (outputs, memory) = memory.split_at_mut_checked(by_output)?;
        let (targets, _) = memory.split_at_mut_checked(by_output)?;
        Some(Self { by_feature, hidden, d_hidden, outputs, targets })
    }

    pub(super) const fn reborrow(&mut self) -> LayersViewMut<'_, T> {
        let Self { by_feature, hidden, d_hidden, outputs, targets } = self;
        LayersViewMut { by_feature, hidden, d_hidden, outputs, targets }
    }

    /// How many pairs there is room for.
    pub(super) const fn count(&self, shape: Shape) -> usize {
        match self.by_feature.len().checked_div(shape.input_len()) {
            Some(count) => count,
            None => 0,
        }
    }

    /// Room for `count` pairs in microbatches, each of `together` or, the last, fewer.
    pub(super) fn microbatches(
        self,
        shape: Shape,
        (mut count, together): (usize, usize),
    ) -> impl Iterator<Item = Layers<'a, T>> {
        let (by_token, by_output) = (together * shape.filters() * shape.tokens(), together * shape.output_len());
        let mut by_feature = BlocksMut::new(self.by_feature, together * shape.input_len());
        let mut hidden = BlocksMut::new(self.hidden, by_token);
        let mut d_hidden = BlocksMut::new(self.d_hidden, by_token);
        let mut outputs = BlocksMut::new(self.outputs, by_output);
        let mut targets = BlocksMut::new(self.targets, by_output);
        core::iter::from_fn(move || {
            let pairs = if count < together { count } else { together };
            if pairs == 0 {
                return None;
            }
            count -= pairs;
            Some(Layers {
                pairs,
                by_feature: by_feature.next()?.get_mut(..pairs * shape.input_len())?,
                hidden: hidden.next()?.get_mut(..pairs * shape.filters() * shape.tokens())?,
                d_hidden: d_hidden.next()?.get_mut(..pairs * shape.filters() * shape.tokens())?,
                outputs: outputs.next()?.get_mut(..pairs * shape.output_len())?,
                targets: targets.next()?.get_mut(..pairs * shape.output_len())?,
            })
        })
    }
}
