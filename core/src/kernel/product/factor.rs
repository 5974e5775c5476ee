//! The factors of a product: how their elements are met, term after term.

use crate::scalar::Scalar;

/// A matrix by rows: row `i` starts at `elements[i * stride]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strided<'a, T> {
    pub elements: &'a [T],
    pub stride: usize,
}

/// A matrix with rows of `stride` elements.
#[inline(always)]
pub(crate) fn by<T>(elements: &[T], stride: usize) -> Strided<'_, T> {
    Strided { elements, stride }
}

impl<'a, T> Strided<'a, T> {
    /// The rows in the order of `terms`, from number `first` on, each with all elements that follow.
    #[inline(always)]
    pub(super) fn rows(self, terms: TermOrder, first: usize) -> RowsInTurns<'a, T> {
        let Self { elements, stride } = self;
        let (turn, within) = (first.checked_div(terms.turn).unwrap_or(0), first.checked_rem(terms.turn).unwrap_or(0));
        let (start, step) = (turn * stride, terms.step * stride);
        RowsInTurns { elements, start, at: start + within * step, within, turn: terms.turn, step, stride }
    }

    /// The rows one after the other, each with all elements that follow.
    #[inline(always)]
    pub(super) fn in_order(self) -> impl Iterator<Item = &'a [T]> + Clone {
        let (mut rest, stride) = (Some(self.elements), self.stride);
        core::iter::from_fn(
            #[inline(always)]
            move || {
                let row = rest?;
                rest = row.get(stride..);
                Some(row)
            },
        )
    }

    /// How many rows have `len` elements, with those of later rows if they are shorter.
    #[inline(always)]
    pub(super) fn rows_of(self, len: usize) -> usize {
        self.elements.len().checked_sub(len).map_or(0, |more| more.checked_div(self.stride).unwrap_or(0) + 1)
    }

    /// This matrix from row `row` on.
    #[inline(always)]
    pub(super) fn from(self, row: usize) -> Self {
        Self { elements: self.elements.get(row * self.stride..).unwrap_or_default(), ..self }
    }

    /// This matrix from column `column` on.
    #[inline(always)]
    pub(super) fn columns_from(self, column: usize) -> Self {
        Self { elements: self.elements.get(column..).unwrap_or_default(), ..self }
    }
}

/// The order of the terms: row `turn_number + step * i` for `i` from zero to before `turn`, turn after turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TermOrder {
    turn: usize,
    step: usize,
}

impl TermOrder {
    /// One row after the other.
    pub(crate) const IN_ORDER: Self = Self { turn: 1, step: 0 };

    /// Of rows that are sorted by filters and then by samples: by samples and then by filters.
    pub(crate) const fn by_samples(filters: usize, samples: usize) -> Self {
        // Of one sample they are sorted already.
        if samples == 1 { Self::IN_ORDER } else { Self { turn: filters, step: samples } }
    }
}

/// Rows of a matrix in some order.
pub(super) struct RowsInTurns<'a, T> {
    elements: &'a [T],
    /// Where the turn starts, and where the next row does.
    start: usize,
    at: usize,
    /// How many rows of this turn have been met, and of how many.
    within: usize,
    turn: usize,
    step: usize,
    stride: usize,
}

impl<'a, T> Iterator for RowsInTurns<'a, T> {
    type Item = &'a [T];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a [T]> {
        let row = self.elements.get(self.at..)?;
        self.within += 1;
        if self.within == self.turn {
            self.within = 0;
            self.start += self.stride;
            self.at = self.start;
        } else {
            self.at += self.step;
        }
        Some(row)
    }
}

/// A left factor, which is met a few rows and a few terms at a time.
pub(crate) trait Left<T>: Copy {
    /// The terms from `first` to before `end`, in order, `K` at a time; what is left of them is not met. `None` unless there
    /// are `R` rows from `row` on with so many.
    fn terms<const R: usize, const K: usize>(
        self,
        row: usize,
        first: usize,
        end: usize,
    ) -> Option<impl Iterator<Item = impl Terms<T>>>;
}

/// The elements of a few rows that belong to a few terms.
pub(crate) trait Terms<T> {
    /// That of row `i` and term `k` among them.
    fn element(&self, i: usize, k: usize) -> T;
}

/// A factor stored by rows: `A[i][k]`.
#[derive(Clone, Copy)]
pub(crate) struct ByRows<'a, T>(pub Strided<'a, T>);

/// A few elements of each row.
#[derive(Clone, Copy)]
struct Across<'a, T, const R: usize>([&'a [T]; R]);

impl<T: Scalar, const R: usize> Terms<T> for Across<'_, T, R> {
    #[inline(always)]
    fn element(&self, i: usize, k: usize) -> T {
        self.0.get(i).and_then(|row| row.get(k)).copied().unwrap_or(T::ZERO)
    }
}

impl<T: Scalar> Left<T> for ByRows<'_, T> {
    #[inline(always)]
    fn terms<const R: usize, const K: usize>(
        self,
        row: usize,
        first: usize,
        end: usize,
    ) -> Option<impl Iterator<Item = impl Terms<T>>> {
        let Strided { elements, stride } = self.0;
        let mut rows: [&[[T; K]]; R] = [&[]; R];
        for (i, to) in rows.iter_mut().enumerate() {
            *to = elements.get((row + i) * stride + first..)?.get(..end - first)?.as_chunks().0;
        }
        Some((0..rows.first()?.len()).map_while(
            #[inline(always)]
            move |k| {
                let mut across: [&[T]; R] = [&[]; R];
                for (to, row) in across.iter_mut().zip(rows) {
                    *to = row.get(k)?;
                }
                Some(Across(across))
            },
        ))
    }
}

/// A factor stored by terms, that is, transposed: `A'[k][i]`, with the order in which its rows are the terms.
#[derive(Clone, Copy)]
pub(crate) struct ByTerms<'a, T>(pub Strided<'a, T>, pub TermOrder);

/// A few elements of each term.
#[derive(Clone, Copy)]
struct Along<'a, T, const K: usize>([&'a [T]; K]);

impl<T: Scalar, const K: usize> Terms<T> for Along<'_, T, K> {
    #[inline(always)]
    fn element(&self, i: usize, k: usize) -> T {
        self.0.get(k).and_then(|term| term.get(i)).copied().unwrap_or(T::ZERO)
    }
}

impl<T: Scalar> Left<T> for ByTerms<'_, T> {
    #[inline(always)]
    fn terms<const R: usize, const K: usize>(
        self,
        row: usize,
        first: usize,
        end: usize,
    ) -> Option<impl Iterator<Item = impl Terms<T>>> {
        let mut terms = self.0.columns_from(row).rows(self.1, first);
        Some((0..(end - first) / K).map_while(
            #[inline(always)]
            move |_| {
                let mut along: [&[T]; K] = [&[]; K];
                for to in &mut along {
                    *to = terms.next()?.first_chunk::<R>()?;
                }
                Some(Along(along))
            },
        ))
    }
}
