//! Who averages whom: filling a mixing from a family's own description, and which entries of one stand out.
//!
//! A function for each family, and not one for [`tutee::teacher::family::Family`], so that a program links the families that
//! it names and no other.

use tutee::matrix::MatrixViewMut;
use tutee::readings::{SureLink, sure_links};
use tutee::teacher::convolution::{WindowPooling, window_pooling};
use tutee::teacher::graph::{SelfLoops, from_edges, symmetric};
use tutee::teacher::token_selection::select;
use tutee::{Error, Scalar};

use super::product;
use crate::memory::{Input, Output, Span, disjoint, settings};
use crate::object::shape_of;
use crate::raw_types::tutee_sure_link;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_normalisation, tutee_shape, tutee_window};

// A list of links is written where the caller has it.
const _: () = assert!(size_of::<tutee_sure_link<f64>>() == size_of::<SureLink<f64>>());
const _: () = assert!(size_of::<tutee_sure_link<f32>>() == size_of::<SureLink<f32>>());

/// The mixing to be filled, as the caller names it.
pub(crate) struct Place<T> {
    pub(crate) shape: *const tutee_shape,
    pub(crate) mixing: *mut T,
    pub(crate) n_mixing: usize,
}

impl<T: Scalar> Place<T> {
    /// Lets `fill` at the mixing, which leaves it as it was when it refuses; it reads the memory of `read`.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    unsafe fn fill(self, read: &[Span], fill: impl FnOnce(MatrixViewMut<'_, T>) -> Result<(), Error>) -> Outcome {
        crate::environment::check()?;
        // SAFETY: as promised.
        let shape = shape_of(unsafe { settings(self.shape)? })?;
        let mixing = Output::new(self.mixing, self.n_mixing, shape.mixing_len())?;
        disjoint(&[mixing.span], read)?;
        // SAFETY: as promised; the mixing is apart from what is read.
        let mixing = unsafe { mixing.slice() };
        Ok(fill(MatrixViewMut::new("mixing", mixing, shape.outputs(), shape.tokens())?)?)
    }

    /// From a description that is passed by value.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    pub(crate) unsafe fn described(self, fill: impl FnOnce(MatrixViewMut<'_, T>) -> Result<(), Error>) -> Outcome {
        // SAFETY: as promised.
        unsafe { self.fill(&[], fill) }
    }

    /// From windows on a grid of patches.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    pub(crate) unsafe fn window(self, window: *const tutee_window) -> Outcome {
        // SAFETY: as promised.
        let tutee_window { grid_rows, grid_cols, window_rows, window_cols } = unsafe { settings(window)? };
        let size = |size: u32| usize::try_from(size).map_err(|_| TUTEE_ERROR_TOO_LARGE);
        let pooling = WindowPooling {
            grid_rows: size(grid_rows)?,
            grid_cols: size(grid_cols)?,
            window_rows: size(window_rows)?,
            window_cols: size(window_cols)?,
        };
        // SAFETY: as promised.
        unsafe { self.described(|mixing| window_pooling(mixing, &pooling)) }
    }

    /// From the edges of a graph, two nodes each.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    pub(crate) unsafe fn graph(self, edges: *const usize, n_edges: usize, normalisation: i32) -> Outcome {
        const NORMALISATIONS: [tutee_normalisation; 3] = [
            tutee_normalisation::TUTEE_NEIGHBOURS,
            tutee_normalisation::TUTEE_NEIGHBOURS_AND_SELF,
            tutee_normalisation::TUTEE_SYMMETRIC,
        ];
        let normalisation =
            NORMALISATIONS.into_iter().find(|&name| name as i32 == normalisation).ok_or(TUTEE_ERROR_ENUM)?;
        let edges = Input::any(edges, product(n_edges, 2)?)?;
        let fill = |mixing: MatrixViewMut<'_, T>| {
            // SAFETY: as promised; `fill` has found it apart from what it writes.
            let (edges, _) = unsafe { edges.slice() }.as_chunks::<2>();
            match normalisation {
                tutee_normalisation::TUTEE_NEIGHBOURS => from_edges(mixing, edges, SelfLoops::Omit),
                tutee_normalisation::TUTEE_NEIGHBOURS_AND_SELF => from_edges(mixing, edges, SelfLoops::Add),
                tutee_normalisation::TUTEE_SYMMETRIC => symmetric(mixing, edges),
            }
        };
        // SAFETY: as promised.
        unsafe { self.fill(&[edges.span], fill) }
    }

    /// From a list of tokens.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    pub(crate) unsafe fn selection(self, tokens: *const usize, n_tokens: usize) -> Outcome {
        let tokens = Input::any(tokens, n_tokens)?;
        // SAFETY: as promised; `fill` has found them apart from what it writes.
        unsafe { self.fill(&[tokens.span], |mixing| select(mixing, tokens.slice())) }
    }
}

/// The entries of S that stand out, and in how many parts they do.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn links<T: Scalar>(
    shape: *const tutee_shape,
    (mixing, n_mixing): (*const T, usize),
    (parts, n_parts): (*const T, usize),
    (links, n_links): (*mut tutee_sure_link<T>, usize),
    count: *mut usize,
) -> Outcome {
    crate::environment::check()?;
    // SAFETY: as promised.
    let shape = shape_of(unsafe { settings(shape)? })?;
    let of_one = shape.mixing_len();
    let mixing = Input::new(mixing, n_mixing, of_one)?;
    let parts = Input::any(parts, n_parts)?;
    let links = Output::new(links.cast::<SureLink<T>>(), n_links, n_links)?;
    // No size is zero.
    if n_links == 0 || n_links > of_one || !n_parts.is_multiple_of(of_one) {
        return Err(TUTEE_ERROR_LENGTH);
    }
    let count = Output::one(count)?;
    disjoint(&[links.span, count.span], &[mixing.span, parts.span])?;
    // SAFETY: as promised; both structs are of the same numbers in the same order, and apart from what is read.
    let (mixing, parts, links) = unsafe { (mixing.slice(), parts.slice(), links.slice()) };
    let found = sure_links(shape.tokens(), mixing, parts, links)?;
    // SAFETY: as promised.
    unsafe { count.write(found) };
    Ok(())
}
