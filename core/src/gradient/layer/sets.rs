//! Sets of tokens, as many as a mean is taken over.

use crate::error::Error;
use crate::input::SampleStream;
use crate::teacher::per_sample::draw_set;

/// The sets over which a mean is taken; all are of one size, of different tokens each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sets {
    /// All that there are, in the order of their members: `{0, 1}, {0, 2}, ..., {1, 2}, ...`.
    All,
    /// Drawn uniformly and independently, each by a generator of its own ([`draw_set`]).
    Drawn {
        /// The stream, at the next set to draw.
        stream: SampleStream,
        /// How many; at least 1.
        count: u32,
    },
}

/// How many sets of `size` tokens there are; `None` where 32 bits do not count them.
pub fn set_count(tokens: usize, size: usize) -> Option<u32> {
    let size = size.min(tokens.checked_sub(size)?);
    let mut count = 1_u64;
    for k in 0..size {
        // A product of k + 1 numbers in sequence is divisible by (k + 1)!.
        count = count.checked_mul(u64::try_from(tokens - k).ok()?)? / (u64::try_from(k).ok()? + 1);
        if count > u64::from(u32::MAX) {
            return None;
        }
    }
    u32::try_from(count).ok()
}

/// Sets one after the other.
#[derive(Debug)]
pub(super) struct EachSet {
    sets: Sets,
    tokens: u32,
    /// How many are to come.
    left: u32,
    begun: bool,
}

impl EachSet {
    /// Sets of `size` tokens.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for sets that are empty or larger than there are tokens, and where there are more than 32 bits count;
    /// [`Error::Zero`] for no sets.
    pub(super) fn new(sets: Sets, tokens: usize, size: usize) -> Result<Self, Error> {
        if size == 0 || size > tokens {
            return Err(Error::OutOfRange {
                what: "a set has at least one member and at most as many as there are tokens",
            });
        }
        let left = match sets {
            Sets::Drawn { count: 0, .. } => return Err(Error::Zero { what: "the number of sets" }),
            Sets::Drawn { count, .. } => count,
            Sets::All => set_count(tokens, size).ok_or(Error::OutOfRange {
                what: "there are more sets than 32 bits count; some of them can be drawn",
            })?,
        };
        let tokens =
            u32::try_from(tokens).map_err(|_| Error::OutOfRange { what: "tokens that are counted by 32 bits" })?;
        Ok(Self { sets, tokens, left, begun: false })
    }

    /// How many are to come.
    pub(super) const fn left(&self) -> u32 {
        self.left
    }

    /// Where the next sets begin that are drawn.
    pub(super) const fn sets(&self) -> Sets {
        self.sets
    }

    /// Writes the next set; what `set` holds must be the one before.
    ///
    /// # Errors
    /// What [`draw_set`] refuses.
    pub(super) fn next(&mut self, set: &mut [u32]) -> Result<(), Error> {
        match &mut self.sets {
            Sets::Drawn { stream, .. } => {
                let mut rng = stream.sample();
                draw_set(&mut rng, usize::try_from(self.tokens).unwrap_or(usize::MAX), set)?;
            }
            Sets::All if self.begun => follow(set, self.tokens),
            Sets::All => count_up(set, 0),
        }
        self.begun = true;
        self.left = self.left.saturating_sub(1);
        Ok(())
    }
}

/// `from`, and the numbers after it.
fn count_up(set: &mut [u32], from: u32) {
    for (member, number) in set.iter_mut().zip(from..) {
        *member = number;
    }
}

/// The set after this one: the last member that can grows by one, and those behind it follow closely.
fn follow(set: &mut [u32], tokens: u32) {
    let room = set.iter().rev().zip((0..tokens).rev()).position(|(&member, last)| member < last);
    let grown = room.and_then(|behind| set.len().checked_sub(behind + 1));
    if let Some(rest) = grown.and_then(|grown| set.get_mut(grown..)) {
        let next = rest.first().map_or(0, |&member| member.saturating_add(1));
        count_up(rest, next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::vec::Vec;

    #[test]
    fn sets_are_counted() {
        for (tokens, size, count) in
            [(5, 2, 10), (10, 3, 120), (16, 3, 560), (4, 4, 1), (7, 1, 7), (34, 16, 2_203_961_430)]
        {
            assert_eq!(set_count(tokens, size), Some(count), "{tokens} {size}");
        }
        assert_eq!((set_count(3, 4), set_count(64, 32), set_count(usize::MAX, 9)), (None, None, None));
    }

    #[test]
    fn all_sets_come_once_and_in_order() {
        for (tokens, size) in [(5, 2), (6, 1), (6, 6), (7, 4)] {
            let mut each = EachSet::new(Sets::All, tokens, size).unwrap();
            let (mut set, mut found) = (std::vec![9; size], Vec::new());
            while each.left() > 0 {
                each.next(&mut set).unwrap();
                assert!(
                    set.windows(2).all(|pair| pair[0] < pair[1]) && set.iter().all(|&token| (token as usize) < tokens)
                );
                found.push(set.clone());
            }
            assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{found:?}");
            assert_eq!(found.len(), set_count(tokens, size).unwrap() as usize);
            assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len());
        }
    }

    #[test]
    fn drawn_sets_are_those_of_the_stream() {
        let stream = SampleStream::at(4, 7);
        let mut each = EachSet::new(Sets::Drawn { stream, count: 3 }, 9, 4).unwrap();
        for sample in 7..10 {
            let (mut set, mut expected) = ([0; 4], [0; 4]);
            each.next(&mut set).unwrap();
            draw_set(&mut stream.rng(sample), 9, &mut expected).unwrap();
            assert_eq!(set, expected);
        }
        assert_eq!((each.left(), each.sets()), (0, Sets::Drawn { stream: SampleStream::at(4, 10), count: 3 }));
    }

    #[test]
    fn sets_that_cannot_be_are_refused() {
        let refused = |sets, tokens, size| EachSet::new(sets, tokens, size).err();
        let range = |error| matches!(error, Some(Error::OutOfRange { .. }));
        assert!(
            range(refused(Sets::All, 4, 0)) && range(refused(Sets::All, 4, 5)) && range(refused(Sets::All, 64, 32))
        );
        let none = Sets::Drawn { stream: SampleStream::new(1), count: 0 };
        assert_eq!(refused(none, 4, 2), Some(Error::Zero { what: "the number of sets" }));
    }
}
