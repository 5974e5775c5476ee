//! Who does work that can be shared: the library starts no threads of its own, its caller may.

/// Works on items, in any order or at the same time. What comes of them does not depend on that.
pub trait Executor {
    /// How many items can be worked on at the same time; at least 1.
    fn size(&self) -> usize;

    /// Calls `work` once for each of the `items`, and returns when all calls have.
    fn for_each<P: Send>(&self, items: &mut [P], work: impl Fn(&mut P) + Sync);
}

/// The thread that asks for the work: one item after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Serial;

impl Executor for Serial {
    #[inline]
    fn size(&self) -> usize {
        1
    }

    #[inline]
    fn for_each<P: Send>(&self, items: &mut [P], work: impl Fn(&mut P) + Sync) {
        for item in items {
            work(item);
        }
    }
}

impl<C: Executor> Executor for &C {
    #[inline]
    fn size(&self) -> usize {
        (**self).size()
    }

    #[inline]
    fn for_each<P: Send>(&self, items: &mut [P], work: impl Fn(&mut P) + Sync) {
        (**self).for_each(items, work);
    }
}
