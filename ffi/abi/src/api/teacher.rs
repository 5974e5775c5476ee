//! Making a teacher, and asking it.

use tutee::matrix::{MatrixViewMut, Rows, RowsMut, check_finite};
use tutee::predict::forward;
use tutee::teacher::TeacherView;
use tutee::teacher::convolution::{WindowPooling, window_pooling};
use tutee::teacher::graph::{SelfLoops, from_edges};
use tutee::{Error, Scalar};

use super::{predict_scratch_len, product};
use crate::environment;
use crate::memory::{Input, Output, Span, disjoint, settings};
use crate::object::{Object, shape_of, teacher_state};
use crate::settings::activation;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_shape, tutee_teacher, tutee_window};

/// What every way to make a teacher is given: where, how large, the activation and the filters.
pub(crate) struct Parts<T> {
    pub(crate) memory: *mut u64,
    pub(crate) words: usize,
    pub(crate) shape: *const tutee_shape,
    pub(crate) activation: i32,
    pub(crate) slope: T,
    pub(crate) value: *const T,
    pub(crate) n_value: usize,
    pub(crate) teacher: *mut *mut tutee_teacher<T>,
}

impl<T: Scalar> Parts<T> {
    /// Makes the teacher. `mixing` fills in the mixing and leaves it as it was when it refuses; it reads the memory of
    /// `read`.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    unsafe fn make(
        self,
        read: Option<Span>,
        mixing: impl FnOnce(MatrixViewMut<'_, T>) -> Result<(), Error>,
    ) -> Outcome {
        environment::check()?;
        // SAFETY: as promised.
        let shape = shape_of(unsafe { settings(self.shape)? })?;
        let place = Object::<tutee_teacher<T>>::place(self.memory, self.words, shape)?;
        let value = Input::new(self.value, self.n_value, shape.value_len())?;
        let out = Output::one(self.teacher)?;
        disjoint(&[place.span, out.span], &[value.span, read.unwrap_or(value.span)])?;
        let activation = activation(self.activation, self.slope)?;
        // SAFETY: as promised; `place` is apart from `value` and `read`.
        let (value, scalars) = unsafe { (value.slice(), place.scalars_mut()) };
        check_finite("value", value)?;
        let (to, rest) = scalars.split_at_mut_checked(shape.value_len()).ok_or(TUTEE_ERROR_INTERNAL)?;
        mixing(MatrixViewMut::new("mixing", rest, shape.outputs(), shape.tokens())?)?;
        copy(value, to);
        // SAFETY: as promised; the slices into the place are used no more.
        unsafe { out.write(place.establish(teacher_state(activation))) };
        Ok(())
    }

    /// From the mixing itself.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    pub(crate) unsafe fn mixing(self, mixing: *const T, n_mixing: usize) -> Outcome {
        // SAFETY: as promised.
        let shape = shape_of(unsafe { settings(self.shape)? })?;
        let mixing = Input::new(mixing, n_mixing, shape.mixing_len())?;
        let fill = |mut to: MatrixViewMut<'_, T>| {
            // SAFETY: as promised; `make` has found it apart from what it writes.
            let mixing = unsafe { mixing.slice() };
            check_finite("mixing", mixing)?;
            copy(mixing, to.as_mut_slice());
            Ok(())
        };
        // SAFETY: as promised.
        unsafe { self.make(Some(mixing.span), fill) }
    }

    /// From a description that is passed by value.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    pub(crate) unsafe fn described(self, fill: impl FnOnce(MatrixViewMut<'_, T>) -> Result<(), Error>) -> Outcome {
        // SAFETY: as promised.
        unsafe { self.make(None, fill) }
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
    pub(crate) unsafe fn graph(self, edges: *const usize, n_edges: usize, self_loops: i32) -> Outcome {
        let self_loops = match self_loops {
            0 => SelfLoops::Omit,
            1 => SelfLoops::Add,
            _ => return Err(TUTEE_ERROR_ENUM),
        };
        let edges = Input::any(edges, product(n_edges, 2)?)?;
        let fill = |mixing: MatrixViewMut<'_, T>| {
            // SAFETY: as promised; `make` has found it apart from what it writes.
            let (edges, _) = unsafe { edges.slice() }.as_chunks::<2>();
            from_edges(mixing, edges, self_loops)
        };
        // SAFETY: as promised.
        unsafe { self.make(Some(edges.span), fill) }
    }

    /// From a list of tokens.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    pub(crate) unsafe fn selection(self, tokens: *const usize, n_tokens: usize) -> Outcome {
        let tokens = Input::any(tokens, n_tokens)?;
        let fill = |mixing: MatrixViewMut<'_, T>| {
            // SAFETY: as promised; `make` has found it apart from what it writes.
            tutee::teacher::token_selection::select(mixing, unsafe { tokens.slice() })
        };
        // SAFETY: as promised.
        unsafe { self.make(Some(tokens.span), fill) }
    }
}

/// For slices of equal length; unlike `copy_from_slice` it has no panicking path.
pub(crate) fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

/// Writes a part of a teacher to `out`.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn get<'a, T: Scalar>(
    teacher: *const tutee_teacher<T>,
    part: impl FnOnce(TeacherView<'a, T>) -> &'a [T],
    out: *mut T,
    n_out: usize,
) -> Outcome {
    // SAFETY: as promised.
    let teacher = unsafe { Object::open(teacher)? };
    // SAFETY: as promised; nothing has been written yet.
    let part = part(unsafe { teacher.view()? });
    let out = Output::new(out, n_out, part.len())?;
    disjoint(&[out.span], &[teacher.span])?;
    // SAFETY: as promised; `out` is apart from the teacher.
    copy(part, unsafe { out.slice() });
    Ok(())
}

/// The teacher's answers to `inputs` inputs.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn answer<T: Scalar>(
    teacher: *const tutee_teacher<T>,
    inputs: usize,
    (x, n_x): (*const T, usize),
    (scratch, n_scratch): (*mut T, usize),
    (y, n_y): (*mut T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let teacher = unsafe { Object::open(teacher)? };
    let shape = teacher.shape;
    if inputs == 0 {
        return Err(TUTEE_ERROR_ZERO);
    }
    let x = Input::new(x, n_x, product(inputs, shape.input_len())?)?;
    let scratch = Output::scratch(scratch, n_scratch, predict_scratch_len(shape), shape.tokens())?;
    let y = Output::new(y, n_y, product(inputs, shape.output_len())?)?;
    disjoint(&[y.span, scratch.span], &[x.span, teacher.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let (x, hidden, y, teacher) = unsafe { (x.slice(), scratch.slice(), y.slice(), teacher.view()?) };
    check_finite("x", x)?;
    answers(teacher.shape(), teacher.activation(), (teacher.value(), teacher.mixing()), x, hidden, y)
}

/// `forward` for every input of `x`.
pub(crate) fn answers<T: Scalar>(
    shape: tutee::Shape,
    activation: tutee::activation::Activation<T>,
    parts: (&[T], &[T]),
    x: &[T],
    hidden: &mut [T],
    y: &mut [T],
) -> Outcome {
    for (x, y) in Rows::new(x, shape.input_len()).zip(RowsMut::new(y, shape.output_len())) {
        forward(shape, activation, parts, x, hidden, y)?;
    }
    Ok(())
}
