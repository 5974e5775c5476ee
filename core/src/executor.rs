//! Who does work that comes in pieces: the library starts no threads of its own, its caller may.

/// Does pieces of work, in any order or at the same time. What comes of them does not depend on that.
pub trait Executor {
    /// How many pieces can be worked on at the same time; at least 1.
    fn size(&self) -> usize;

    /// Calls `work` once for each of the `pieces`, and returns when all calls have.
    fn for_each<P: Send>(&self, pieces: &mut [P], work: impl Fn(&mut P) + Sync);
}

/// The thread that asks for the work: one piece after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Serial;

impl Executor for Serial {
    #[inline]
    fn size(&self) -> usize {
        1
    }

    #[inline]
    fn for_each<P: Send>(&self, pieces: &mut [P], work: impl Fn(&mut P) + Sync) {
        for piece in pieces {
            work(piece);
        }
    }
}

impl<C: Executor> Executor for &C {
    #[inline]
    fn size(&self) -> usize {
        (**self).size()
    }

    #[inline]
    fn for_each<P: Send>(&self, pieces: &mut [P], work: impl Fn(&mut P) + Sync) {
        (**self).for_each(pieces, work);
    }
}
