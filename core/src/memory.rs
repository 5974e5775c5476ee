//! Working memory from one declaration. What it is made of is written once; from that come its size, how it is cut from a
//! slice, whether it fits a shape, and the type that owns it and knows its sizes.
//!
//! ```text
//! layout! {
//!     /// Working memory of something, with its sizes in its type.
//!     pub struct Scratch<FILTERS, TOKENS, OUTPUTS>;
//!     /// Working memory of something.
//!     pub struct ScratchViewMut: "scratch" {
//!         hidden: matrix(FILTERS, TOKENS),
//!         norms: matrix(OUTPUTS),
//!     }
//!     /// Elements of the memory that it takes.
//!     pub const fn scratch_len;
//! }
//! ```
//!
//! A part is of one of these kinds:
//!
//! | kind | what it is | in the view |
//! |---|---|---|
//! | `matrix(A, B)`, `matrix(A)` | a matrix, or one row of numbers | `&mut [T]` |
//! | `matrices(N, A, B)` | `N` matrices, one behind the other | `&mut [T]` |
//! | `most(N, A, B)` | `N` rows of a matrix, or as many as it has; the owner has all of them | `&mut [T]` |
//! | `records(A, N)` | `N` numbers about each of `A` | `&mut [[T; N]]` |
//! | `memory(O<..>, V)` | what was declared before, its owner and its view | `V` |
//! | `wide(O<..>, V)` | the same of what memory is left: it makes for speed, and may be missing | `Spare<V>` |
//! | `state(name, S)` | a value that is no number, handed over beside the memory | `&mut S` |
//!
//! Sizes are those of a [`Shape`], by the names that types give them; [`SAMPLES`](SIDE_BY_SIDE) and [`BATCHES`], which an
//! owner has where there are wide registers, and a view as many as were asked for, and one; or a constant.
//!
//! Memory whose sizes are no [`Shape`]'s says whose they are, and names methods of that type. Its owner is a piece of memory of as
//! many elements as the view's `len`; the view takes what it is handed, which whoever hands it over has checked:
//!
//! ```text
//! layout! {
//!     /// Working memory of something.
//!     pub(crate) struct Something at LayerSizes {
//!         hidden: matrix(filters, samples, tokens),
//!         d_codes: matrix(tokens, code_width) if learns_codes,
//!     }
//!     /// Where it stands in the memory, and its elements.
//!     const fn hidden_place of hidden;
//! }
//! layout! {
//!     /// Several of them, and matrices, one behind the other.
//!     pub(crate) struct All at LayerSizes of {
//!         something: memory(Something),
//!         targets: matrix(samples, outputs, filters),
//!     }
//! }
//! ```
//!
//! The header of the C interface has these sizes as constant expressions, which `cargo run -p tutee-generate` makes of the
//! declarations.

use crate::shape::Shape;
use crate::vector::SIDE_BY_SIDE;

/// What an owner has of matrices that all samples side by side share: one, where there are such samples.
pub(crate) const BATCHES: usize = if SIDE_BY_SIDE > 0 { 1 } else { 0 };

/// Elements that something takes of a piece of memory. A number that is too large stays the largest there is, which no slice
/// has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Need(usize);

impl Need {
    /// Nothing.
    pub(crate) const NONE: Self = Self(0);

    /// So many elements.
    #[inline(always)]
    pub(crate) const fn of(elements: usize) -> Self {
        Self(elements)
    }

    /// This, so many times.
    #[inline(always)]
    pub(crate) const fn times(self, count: usize) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// This, and the other behind it.
    #[inline(always)]
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// How many elements.
    #[inline(always)]
    pub(crate) const fn elements(self) -> usize {
        self.0
    }
}

/// What decides how large parts are: the sizes of a model, and how many samples are side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) shape: Shape,
    pub(crate) samples: usize,
}

impl Sizes {
    /// Of working memory for one sample after the other.
    #[inline(always)]
    pub(crate) const fn of(shape: Shape) -> Self {
        Self { shape, samples: 0 }
    }
}

/// A slice of which one part after the other is taken.
#[derive(Debug)]
pub(crate) struct Cut<'a, T> {
    rest: &'a mut [T],
}

impl<'a, T> Cut<'a, T> {
    #[inline(always)]
    pub(crate) const fn new(memory: &'a mut [T]) -> Self {
        Self { rest: memory }
    }

    /// The next part; `None` if there is less.
    #[inline(always)]
    pub(crate) fn take(&mut self, need: Need) -> Option<&'a mut [T]> {
        let (part, rest) = core::mem::take(&mut self.rest).split_at_mut_checked(need.0)?;
        self.rest = rest;
        Some(part)
    }

    /// Everything that is left.
    #[inline(always)]
    pub(crate) fn rest(&mut self) -> &'a mut [T] {
        core::mem::take(&mut self.rest)
    }
}

/// The first `len` elements of what is left; none if there are not so many.
#[inline]
pub(crate) fn take<'a, T>(rest: &mut &'a mut [T], len: usize) -> &'a mut [T] {
    match core::mem::take(rest).split_at_mut_checked(len) {
        Some((taken, after)) => {
            *rest = after;
            taken
        }
        None => &mut [],
    }
}

/// What makes for speed where there are wide registers, and may be missing even there. Elsewhere it takes no memory.
pub(crate) type Spare<V> = [Option<V>; BATCHES];

/// What becomes of a part whose sizes are methods of a type.
macro_rules! part_at {
    (len $at:ident matrix($size:ident $(, $more:ident)*) if $when:ident $(&& $and:ident)*) => {
        if $at.$when() $(&& $at.$and())* { $crate::memory::part_at!(len $at matrix($size $(, $more)*)) } else { 0 }
    };
    (len $at:ident matrix($size:ident $(, $more:ident)*)) => { $at.$size() $(* $at.$more())* };
    (len $at:ident memory($View:ident)) => { $View::<T>::len($at) };

    (view memory($View:ident)) => { $View<'a, T> };
    (view matrix $of:tt) => { &'a mut [T] };

    (cut $at:ident, $rest:ident, memory($View:ident)) => { $View::cut($at, $rest) };
    (cut $at:ident, $rest:ident, matrix $($of:tt)*) => {
        $crate::memory::take($rest, $crate::memory::part_at!(len $at matrix $($of)*))
    };
}

/// What becomes of a part in each of the things that a declaration makes.
macro_rules! part {
    // A size by its name; what has no rule is a constant.
    (size $at:ident FILTERS) => { $at.shape.filters() };
    (size $at:ident FEATURES) => { $at.shape.features() };
    (size $at:ident TOKENS) => { $at.shape.tokens() };
    (size $at:ident OUTPUTS) => { $at.shape.outputs() };
    (size $at:ident SAMPLES) => { $at.samples };
    (size $at:ident BATCHES) => { 1 };
    (size $at:ident $constant:tt) => { $constant };

    // Its type in the owner.
    (owner matrix($a:tt)) => { [T; $a] };
    (owner matrix($a:tt, $b:tt)) => { $crate::matrix::Matrix<T, $a, $b> };
    (owner matrices($n:tt, $a:tt, $b:tt)) => { [[[T; $b]; $a]; $n] };
    (owner most($n:tt, $a:tt, $b:tt)) => { $crate::matrix::Matrix<T, $a, $b> };
    (owner records($a:tt, $n:tt)) => { [[T; $n]; $a] };
    (owner state($state:ident, $State:ty)) => { $State };
    (owner $kind:ident($Owner:ident<$($size:ident),*>, $($view:tt)*)) => { $Owner<T, $($size),*> };

    // Its value in the owner, before it is used.
    (zero matrix($a:tt)) => { [T::ZERO; $a] };
    (zero matrix($a:tt, $b:tt)) => { $crate::matrix::Matrix::ZERO };
    (zero matrices($n:tt, $a:tt, $b:tt)) => { [[[T::ZERO; $b]; $a]; $n] };
    (zero most($n:tt, $a:tt, $b:tt)) => { $crate::matrix::Matrix::ZERO };
    (zero records($a:tt, $n:tt)) => { [[T::ZERO; $n]; $a] };
    (zero state($state:ident, $State:ty)) => { <$State>::ZERO };
    (zero $kind:ident($Owner:ident<$($size:ident),*>, $($view:tt)*)) => { $Owner::ZERO };

    // What the owner lends.
    (lend $place:expr, matrix($a:tt)) => { &mut $place };
    (lend $place:expr, matrices $of:tt) => { $place.as_flattened_mut().as_flattened_mut() };
    (lend $place:expr, records $of:tt) => { &mut $place };
    (lend $place:expr, state $of:tt) => { &mut $place };
    (lend $place:expr, memory $of:tt) => { $place.view_mut() };
    (lend $place:expr, wide $of:tt) => {{
        let mut spare = [const { None }; $crate::memory::BATCHES];
        if let Some(spare) = spare.first_mut() {
            *spare = Some($place.view_mut());
        }
        spare
    }};
    (lend $place:expr, $kind:ident $of:tt) => { $place.as_mut_slice() };

    // Its type in the view.
    (view records($a:tt, $n:tt)) => { &'a mut [[T; $n]] };
    (view state($state:ident, $State:ty)) => { &'a mut $State };
    (view memory($Owner:ident<$($size:ident),*>, $View:ident $(, $state:ident)?)) => { $View<'a, T> };
    (view wide($Owner:ident<$($size:ident),*>, $View:ident)) => { $crate::memory::Spare<$View<'a, T>> };
    (view $kind:ident $of:tt) => { &'a mut [T] };

    // How much memory it takes.
    (need $at:ident matrix($a:tt)) => { $crate::memory::Need::of($crate::memory::part!(size $at $a)) };
    (need $at:ident matrix($a:tt, $b:tt)) => {
        $crate::memory::Need::of($crate::memory::part!(size $at $a) * $crate::memory::part!(size $at $b))
    };
    (need $at:ident matrices($n:tt, $a:tt, $b:tt)) => {
        $crate::memory::part!(need $at matrix($a, $b)).times($crate::memory::part!(size $at $n))
    };
    (need $at:ident most($n:tt, $a:tt, $b:tt)) => {{
        let rows = $crate::memory::part!(size $at $a);
        let rows = if rows < $n { rows } else { $n };
        $crate::memory::Need::of(rows * $crate::memory::part!(size $at $b))
    }};
    (need $at:ident records($a:tt, $n:tt)) => { $crate::memory::Need::of($crate::memory::part!(size $at $a) * $n) };
    (need $at:ident memory($Owner:ident<$($size:ident),*>, $View:ident $(, $state:ident)?)) => { $View::<T>::need($at) };
    (need $at:ident $kind:ident $of:tt) => { $crate::memory::Need::NONE };

    // What it is cut into.
    (cut $at:ident, $cut:ident, state($state:ident, $State:ty)) => { $state };
    (cut $at:ident, $cut:ident, records $of:tt) => { $cut.take($crate::memory::part!(need $at records $of))?.as_chunks_mut().0 };
    (cut $at:ident, $cut:ident, memory($Owner:ident<$($size:ident),*>, $View:ident $(, $state:ident)?)) => {
        $View::cut($at, $cut $(, $state)?)?
    };
    (cut $at:ident, $cut:ident, wide($Owner:ident<$($size:ident),*>, $View:ident)) => {
        core::array::from_fn(|_| $View::all($at.shape, $cut.rest()))
    };
    (cut $at:ident, $cut:ident, $kind:ident $of:tt) => { $cut.take($crate::memory::part!(need $at $kind $of))? };

    // The view's part, lent for a shorter time.
    (reborrow $place:expr, memory $of:tt) => { $place.reborrow() };
    (reborrow $place:expr, wide $of:tt) => {{
        let mut shorter = [const { None }; $crate::memory::BATCHES];
        if let (Some(shorter), Some(Some(spare))) = (shorter.first_mut(), $place.first_mut()) {
            *shorter = Some(spare.reborrow());
        }
        shorter
    }};
    (reborrow $place:expr, $kind:ident $of:tt) => { $place };

    // Whether it is of these sizes.
    (check $what:literal, $at:ident, $place:expr, state $of:tt) => { Ok(()) };
    (check $what:literal, $at:ident, $place:expr, memory $of:tt) => { $place.check($at) };
    (check $what:literal, $at:ident, $place:expr, wide $of:tt) => {
        match $place.first() {
            Some(Some(spare)) => spare.check($crate::memory::Sizes { samples: spare.samples($at.shape), ..$at }),
            _ => Ok(()),
        }
    };
    (check $what:literal, $at:ident, $place:expr, most $of:tt) => {{
        let (expected, found) = ($crate::memory::part!(need $at most $of).elements(), $place.len());
        let error = $crate::error::Error::Length { what: concat!("a part of the ", $what), expected, found };
        if found < expected { Err(error) } else { Ok(()) }
    }};
    (check $what:literal, $at:ident, $place:expr, records($a:tt, $n:tt)) => {
        $crate::matrix::check_length(concat!("a part of the ", $what), $place, $crate::memory::part!(size $at $a))
    };
    (check $what:literal, $at:ident, $place:expr, $kind:ident $of:tt) => {{
        let need = $crate::memory::part!(need $at $kind $of);
        $crate::matrix::check_length(concat!("a part of the ", $what), $place, need.elements())
    }};
}

/// Declares working memory; see [the module](self).
macro_rules! layout {
    (
        $(#[$view_meta:meta])*
        $visible:vis struct $View:ident at $At:ident {
            $($(#[$part_meta:meta])* $part_visible:vis $part:ident: matrix $of:tt $(if $when:ident $(&& $and:ident)*)?,)*
        }
        $($(#[$place_meta:meta])* $place_visible:vis const fn $place:ident of $placed:ident;)?
    ) => {
        $(#[$view_meta])*
        #[derive(Debug)]
        $visible struct $View<'a, T> {
            $($(#[$part_meta])* $part_visible $part: &'a mut [T],)*
        }

        impl<'a, T> $View<'a, T> {
            /// Elements of each part, in order.
            const fn lens(at: $At) -> [usize; [$(stringify!($part)),*].len()] {
                [$($crate::memory::part_at!(len at matrix $of $(if $when $(&& $and)*)?)),*]
            }

            /// What [`cut`](Self::cut) takes.
            pub(crate) const fn len(at: $At) -> usize {
                let [$($part),*] = Self::lens(at);
                0 $(+ $part)*
            }

            /// Cuts the memory into its parts, in the order in which they are declared, and leaves the rest.
            pub(crate) fn cut(at: $At, rest: &mut &'a mut [T]) -> Self {
                let [$($part),*] = Self::lens(at).map(|len| $crate::memory::take(rest, len));
                Self { $($part),* }
            }
        }

        $crate::memory::layout! { place in $View at $At { $($part)* } $($(#[$place_meta])* $place_visible $place of $placed)? }
    };
    (place in $View:ident at $At:ident { $($part:ident)* }) => {};
    (place in $View:ident at $At:ident { $($part:ident)* } $(#[$meta:meta])* $visible:vis $place:ident of $placed:ident) => {
        impl<T> $View<'_, T> {
            $(#[$meta])*
            #[allow(unused_variables, reason = "of all places one is asked for")]
            $visible const fn $place(at: $At) -> (usize, usize) {
                let [$($part),*] = Self::lens(at);
                let end = 0;
                $(
                    let $part = (end, $part);
                    let end = end + $part.1;
                )*
                $placed
            }
        }
    };
    (
        $(#[$view_meta:meta])*
        $visible:vis struct $View:ident at $At:ident of {
            $($(#[$part_meta:meta])* $part_visible:vis $part:ident: $kind:ident $of:tt $(if $when:ident $(&& $and:ident)*)?,)*
        }
    ) => {
        $(#[$view_meta])*
        $visible struct $View<'a, T> {
            $($(#[$part_meta])* $part_visible $part: $crate::memory::part_at!(view $kind $of),)*
        }

        impl<T: core::fmt::Debug> core::fmt::Debug for $View<'_, T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($View))$(.field(stringify!($part), &self.$part))*.finish()
            }
        }

        impl<'a, T> $View<'a, T> {
            /// What [`cut`](Self::cut) takes.
            pub(crate) const fn len(at: $At) -> usize {
                0 $(+ $crate::memory::part_at!(len at $kind $of $(if $when $(&& $and)*)?))*
            }

            /// Cuts the memory into its parts, in the order in which they are declared, and leaves the rest.
            pub(crate) fn cut(at: $At, rest: &mut &'a mut [T]) -> Self {
                Self { $($part: $crate::memory::part_at!(cut at, rest, $kind $of $(if $when $(&& $and)*)?),)* }
            }
        }
    };
    (
        $(#[$owner_meta:meta])*
        $owner_visible:vis struct $Owner:ident<$($size:ident),*> $(at $Line:ident)?;
        $(#[$view_meta:meta])*
        $visible:vis struct $View:ident: $what:literal $(with $state:ident: $State:ty)? {
            $($(#[$part_meta:meta])* $part_visible:vis $part:ident: $kind:ident $of:tt,)*
        }
        $($(#[$len_meta:meta])* $len_visible:vis const fn $len:ident;)?
    ) => {
        $(#[$owner_meta])*
        $owner_visible struct $Owner<T, $(const $size: usize),*> {
            $(_line: $Line,)?
            $($part_visible $part: $crate::memory::part!(owner $kind $of),)*
        }

        impl<T: $crate::scalar::Scalar, $(const $size: usize),*> $Owner<T, $($size),*> {
            /// Working memory that has not been used yet.
            $owner_visible const ZERO: Self = Self {
                $(_line: $Line,)?
                $($part: $crate::memory::part!(zero $kind $of),)*
            };

            /// The memory as the algorithms take it.
            #[inline]
            $owner_visible const fn view_mut(&mut self) -> $View<'_, T> {
                $View { $($part: $crate::memory::part!(lend self.$part, $kind $of),)* }
            }
        }

        // `derive` does not see through the macros that name the types.
        impl<T: Clone, $(const $size: usize),*> Clone for $Owner<T, $($size),*> {
            fn clone(&self) -> Self {
                Self { $(_line: $Line,)? $($part: self.$part.clone(),)* }
            }
        }

        impl<T: core::fmt::Debug, $(const $size: usize),*> core::fmt::Debug for $Owner<T, $($size),*> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($Owner))$(.field(stringify!($part), &self.$part))*.finish()
            }
        }

        $crate::memory::layout! {
            $(#[$view_meta])*
            $visible struct $View: $what $(with $state: $State)? {
                $($(#[$part_meta])* $part_visible $part: $kind $of,)*
            }
            $($(#[$len_meta])* $len_visible const fn $len;)?
        }
    };
    (
        $(#[$view_meta:meta])*
        $visible:vis struct $View:ident: $what:literal $(with $state:ident: $State:ty)? {
            $($(#[$part_meta:meta])* $part_visible:vis $part:ident: $kind:ident $of:tt,)*
        }
        $($(#[$len_meta:meta])* $len_visible:vis const fn $len:ident;)?
    ) => {
        $($(#[$len_meta])*
        #[inline]
        $len_visible const fn $len(shape: $crate::shape::Shape) -> usize {
            // Of either precision: both have as many elements.
            $View::<f32>::need($crate::memory::Sizes::of(shape)).elements()
        })?

        $(#[$view_meta])*
        $visible struct $View<'a, T> {
            $($(#[$part_meta])* $part_visible $part: $crate::memory::part!(view $kind $of),)*
        }

        impl<T: core::fmt::Debug> core::fmt::Debug for $View<'_, T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($View))$(.field(stringify!($part), &self.$part))*.finish()
            }
        }

        #[allow(dead_code, reason = "not everything that can be made of a declaration is asked of each")]
        impl<'a, T: $crate::scalar::Scalar> $View<'a, T> {
            /// What [`cut`](Self::cut) takes.
            #[inline(always)]
            pub(crate) const fn need(at: $crate::memory::Sizes) -> $crate::memory::Need {
                $crate::memory::Need::NONE$(.and($crate::memory::part!(need at $kind $of)))*
            }

            /// Cuts the memory into its parts, in the order in which they are declared; `None` if there is too little.
            #[inline(always)]
            pub(crate) fn cut(
                at: $crate::memory::Sizes,
                cut: &mut $crate::memory::Cut<'a, T>,
                $($state: &'a mut $State,)?
            ) -> Option<Self> {
                Some(Self { $($part: $crate::memory::part!(cut at, cut, $kind $of),)* })
            }

            /// All of the memory for as many samples side by side as fit in; `None` if it is not enough for one.
            pub(crate) fn all(shape: $crate::shape::Shape, memory: &'a mut [T] $(, $state: &'a mut $State)?) -> Option<Self> {
                let need = |samples| Self::need($crate::memory::Sizes { shape, samples }).elements();
                let samples = memory.len().checked_sub(need(0))?.checked_div(need(1) - need(0)).filter(|&n| n > 0)?;
                let at = $crate::memory::Sizes { shape, samples };
                Self::cut(at, &mut $crate::memory::Cut::new(memory) $(, $state)?)
            }

            /// Lends this memory for a shorter time.
            #[inline]
            $visible const fn reborrow(&mut self) -> $View<'_, T> {
                $View { $($part: $crate::memory::part!(reborrow self.$part, $kind $of),)* }
            }

            /// Refuses memory that was cut for other sizes.
            pub(crate) fn check(&self, at: $crate::memory::Sizes) -> Result<(), $crate::error::Error> {
                $($crate::memory::part!(check $what, at, self.$part, $kind $of)?;)*
                Ok(())
            }
        }
    };
}

pub(crate) use {layout, part, part_at};

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::error::Error;
    use crate::scalar::Scalar;

    layout! {
        struct Few<FILTERS>;
        struct FewViewMut: "few" {
            about: records(FILTERS, 3),
        }
    }

    layout! {
        struct Side<FILTERS, TOKENS, OUTPUTS>;
        struct SideViewMut: "side" {
            shared: matrices(BATCHES, OUTPUTS, TOKENS),
            hidden: matrices(SAMPLES, FILTERS, TOKENS),
        }
    }
    const SAMPLES: usize = SIDE_BY_SIDE;

    impl<T: Scalar> SideViewMut<'_, T> {
        fn samples(&self, shape: Shape) -> usize {
            self.hidden.len() / (shape.filters() * shape.tokens())
        }
    }

    layout! {
        struct All<FILTERS, FEATURES, TOKENS, OUTPUTS>;
        struct AllViewMut: "all" with norm: f64 {
            few: memory(Few<FILTERS>, FewViewMut),
            value: matrix(FILTERS, FEATURES),
            row: matrix(TOKENS),
            rows: most(2, OUTPUTS, TOKENS),
            norm: state(norm, f64),
            side: wide(Side<FILTERS, TOKENS, OUTPUTS>, SideViewMut),
        }
        const fn all_len;
    }

    const SHAPE: Shape = crate::shape::checked_shape(2, 3, 4, 5);

    #[test]
    fn parts_stand_one_behind_the_other() {
        let (mut norm, len) = (0.0, 2 * 3 + 2 * 3 + 4 + 2 * 4);
        assert_eq!(all_len(SHAPE), len);
        let mut numbers: Vec<f64> = (0..len).map(|i| i as f64).collect();
        let parts = AllViewMut::cut(Sizes::of(SHAPE), &mut Cut::new(&mut numbers), &mut norm).unwrap();
        let parts = [parts.few.about.as_flattened(), parts.value, parts.row, parts.rows];
        assert_eq!(parts.map(|part| (part[0], part.len())), [(0.0, 6), (6.0, 6), (12.0, 4), (16.0, 8)]);
        for few in 0..len {
            let cut = AllViewMut::cut(Sizes::of(SHAPE), &mut Cut::new(&mut numbers[..few]), &mut norm);
            assert!(cut.is_none(), "{few}");
        }
    }

    #[test]
    fn an_owner_is_as_large_as_its_parts_and_fits_its_shape_alone() {
        let beyond = (5 - 2) * 4;
        let side = if SIDE_BY_SIDE > 0 { 5 * 4 + SIDE_BY_SIDE * 2 * 4 } else { 0 };
        assert_eq!(size_of::<All<f64, 2, 3, 4, 5>>(), 8 * (all_len(SHAPE) + beyond + 1 + side));
        let mut all = All::<f64, 2, 3, 4, 5>::ZERO;
        let mut all = all.view_mut();
        let all = all.reborrow();
        assert_eq!(all.side.iter().flatten().count(), BATCHES);
        assert_eq!(all.check(Sizes::of(SHAPE)), Ok(()));
        for (sizes, expected, found) in
            [([3, 3, 4, 5], 3, 2), ([2, 4, 4, 5], 8, 6), ([2, 3, 3, 5], 3, 4), ([3, 2, 4, 5], 3, 2)]
        {
            let [filters, features, tokens, outputs] = sizes;
            let other = Shape::new(filters, features, tokens, outputs).unwrap();
            let refused = Err(Error::Length { what: "a part of the all", expected, found });
            let few = Err(Error::Length { what: "a part of the few", expected, found });
            assert_eq!(all.check(Sizes::of(other)), if filters == 2 { refused } else { few }, "{sizes:?}");
        }
    }

    #[test]
    fn as_many_samples_as_fit_and_at_least_one() {
        let mut numbers = [0.0_f64; 60];
        for len in 0..numbers.len() {
            let samples = SideViewMut::all(SHAPE, &mut numbers[..len]).map(|side| side.samples(SHAPE));
            assert_eq!(samples, (len >= 28).then(|| (len - 20) / 8), "{len}");
        }
    }

    /// Sizes that are no [`Shape`]'s.
    #[derive(Clone, Copy, Debug)]
    struct Own(usize);

    impl Own {
        const fn two(self) -> usize {
            2
        }

        const fn own(self) -> usize {
            self.0
        }

        const fn is_odd(self) -> bool {
            self.0 % 2 == 1
        }

        const fn is_large(self) -> bool {
            self.0 > 3
        }
    }

    layout! {
        struct Inner at Own {
            always: matrix(own),
            odd: matrix(two, own) if is_odd,
            both: matrix(two, two, own) if is_odd && is_large,
            last: matrix(two),
        }
        const fn place_of_last of last;
    }

    layout! {
        struct Outer at Own of {
            first: memory(Inner),
            between: matrix(own, two) if is_large,
            second: memory(Inner),
        }
    }

    #[test]
    fn sizes_of_other_types_decide_which_parts_there_are() {
        for (own, lens) in [(2, [2, 0, 0, 2]), (3, [3, 6, 0, 2]), (4, [4, 0, 0, 2]), (5, [5, 10, 20, 2])] {
            let (at, inner) = (Own(own), lens.iter().sum::<usize>());
            assert_eq!(Inner::<f64>::len(at), inner, "{own}");
            assert_eq!(Inner::<f64>::place_of_last(at), (inner - 2, 2), "{own}");
            let between = if own > 3 { 2 * own } else { 0 };
            assert_eq!(Outer::<f64>::len(at), 2 * inner + between, "{own}");
            let mut numbers: Vec<f64> = (0..2 * inner + between + 7).map(|i| i as f64).collect();
            let mut rest = numbers.as_mut_slice();
            let outer = Outer::cut(at, &mut rest);
            let Inner { always, odd, both, last } = &outer.first;
            assert_eq!([always.len(), odd.len(), both.len(), last.len()], lens, "{own}");
            assert_eq!((outer.first.last[0], outer.between.len()), ((inner - 2) as f64, between), "{own}");
            assert_eq!((outer.second.always[0], rest.len()), ((inner + between) as f64, 7), "{own}");
        }
    }

    #[test]
    fn what_is_too_large_stays_the_largest() {
        let most = Need::of(usize::MAX);
        assert_eq!(Need::of(usize::MAX / 2 + 1).times(2), most);
        assert_eq!(most.and(Need::of(1)), most);
        assert_eq!(Need::of(3).times(4).and(Need::of(5)).elements(), 17);
        let need = SideViewMut::<f64>::need(Sizes { shape: SHAPE, samples: usize::MAX / 8 });
        assert_eq!(need, most);
    }
}
