//! Teachers and their mixings, in `double`. The file of this name in `generated/f32` is made from this one.

use tutee::teacher::{TeacherView, convolution, graph, group_sparse};

use crate::api::mixing::Place;
use crate::api::teacher::Parts;
use crate::api::{self, teacher};
use crate::raw_types::tutee_sure_link;
use crate::status::{status, tutee_status};
use crate::types::*;

/// Words (uint64_t) of a teacher: `*words` = TUTEE_TEACHER_WORDS_F64(filters, features, tokens, outputs).
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_teacher_words_f64(shape: *const tutee_shape, words: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::words::<tutee_teacher<f64>>(shape, words) })
}

/// Makes a teacher f*(X) = act(value X mixing) from its matrices, both copied.
///
/// `memory` has at least tutee_teacher_words_f64 `words`; `*teacher` then points to it. `slope` is looked at for
/// TUTEE_LEAKY_RELU alone. `value[filters][features]` has `n_value` = filters * features elements,
/// `mixing[outputs][tokens]` has `n_mixing` = outputs * tokens elements, the caller's own or what a tutee_mixing_ function filled
/// in. A student recovers rows of a mixing that are
/// averages: entries not negative, sum 1. Others are legal.
///
/// Errors: TUTEE_ERROR_ENUM or _OUT_OF_RANGE (activation), _NOT_FINITE, _ZERO, _TOO_LARGE (shape), _FLOAT_ENVIRONMENT.
/// Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_teacher_init_f64(
    memory: *mut u64,
    words: usize,
    shape: *const tutee_shape,
    activation: i32,
    slope: f64,
    value: *const f64,
    n_value: usize,
    mixing: *const f64,
    n_mixing: usize,
    teacher: *mut *mut tutee_teacher<f64>,
) -> tutee_status {
    let parts = Parts { memory, words, shape, activation, slope, value, n_value, mixing, n_mixing };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { teacher::init(parts, teacher) })
}

/// Fills `mixing[outputs][tokens]`, `n_mixing` = outputs * tokens elements, for a convolution with average pooling: outputs
/// average blocks of `group` consecutive tokens. With outputs = tokens, output j averages the block that token j lies in; with
/// outputs = tokens / group, output j averages block j.
///
/// Errors: TUTEE_ERROR_ZERO (shape, group), _TOO_LARGE (shape), _DOES_NOT_DIVIDE (the tokens), _OUT_OF_RANGE (any other number
/// of outputs), _FLOAT_ENVIRONMENT; so have all functions that fill a mixing. They cost outputs * tokens, and what they say.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_mixing_convolution_f64(
    shape: *const tutee_shape,
    group: usize,
    mixing: *mut f64,
    n_mixing: usize,
) -> tutee_status {
    let place = Place { shape, mixing, n_mixing };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { place.described(|mixing| convolution::average_pooling(mixing, group)) })
}

/// Fills a mixing, as tutee_mixing_convolution_f64 does, for a convolution with average pooling over the windows that tile a grid
/// of patches. With outputs = tokens, output j averages the window that token j lies in; with one output a window, numbered row
/// by row, output j averages window j.
///
/// Errors: also TUTEE_ERROR_ZERO (a side), _DOES_NOT_DIVIDE (a side of the grid), _LENGTH (the grid has not as many
/// patches as there are tokens), _OUT_OF_RANGE (any other number of outputs). Costs writing `mixing` once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_mixing_window_f64(
    shape: *const tutee_shape,
    window: *const tutee_window,
    mixing: *mut f64,
    n_mixing: usize,
) -> tutee_status {
    let place = Place { shape, mixing, n_mixing };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { place.window(window) })
}

/// Fills a mixing, as tutee_mixing_convolution_f64 does, for a graph convolution on a cycle: each node averages itself and its
/// `reach` nearest nodes on either side. A token is a node; outputs = tokens.
///
/// Errors: also TUTEE_ERROR_LENGTH (outputs are not tokens), _OUT_OF_RANGE (2 reach + 1 exceeds the tokens). Costs writing `mixing` once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_mixing_cycle_f64(
    shape: *const tutee_shape,
    reach: usize,
    mixing: *mut f64,
    n_mixing: usize,
) -> tutee_status {
    let place = Place { shape, mixing, n_mixing };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { place.described(|mixing| graph::cycle(mixing, reach)) })
}

/// Fills a mixing, as tutee_mixing_convolution_f64 does, for a graph convolution. A token is a node; outputs = tokens. `edges` are
/// `n_edges` pairs of different nodes, each edge once, in either direction: edge i joins edges[2 * i] and edges[2 * i + 1]. NULL
/// is legal for no edges. `normalisation` is one of tutee_normalisation.
///
/// Errors: also TUTEE_ERROR_LENGTH (outputs are not tokens), _ENUM (normalisation), _INDEX (no such node), _OUT_OF_RANGE
/// (an edge from a node to itself), _DUPLICATE, _EMPTY_NEIGHBOURHOOD (TUTEE_NEIGHBOURS). Costs n_edges * (n_edges + tokens)
/// comparisons.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_mixing_graph_f64(
    shape: *const tutee_shape,
    edges: *const usize,
    n_edges: usize,
    normalisation: i32,
    mixing: *mut f64,
    n_mixing: usize,
) -> tutee_status {
    let place = Place { shape, mixing, n_mixing };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { place.graph(edges, n_edges, normalisation) })
}

/// Fills a mixing, as tutee_mixing_convolution_f64 does, for a sparse token selection: every output averages the same `n_tokens`
/// tokens, each listed once, in any order.
///
/// Errors: also TUTEE_ERROR_ZERO (no tokens), _INDEX (no such token), _DUPLICATE. Costs n_tokens^2 comparisons.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_mixing_selection_f64(
    shape: *const tutee_shape,
    tokens: *const usize,
    n_tokens: usize,
    mixing: *mut f64,
    n_mixing: usize,
) -> tutee_status {
    let place = Place { shape, mixing, n_mixing };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { place.selection(tokens, n_tokens) })
}

/// Fills a mixing, as tutee_mixing_convolution_f64 does, for a group-sparse predictor: every output reads the token `group` alone.
///
/// Errors: also TUTEE_ERROR_INDEX (no such group). Costs writing `mixing` once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_mixing_group_f64(
    shape: *const tutee_shape,
    group: usize,
    mixing: *mut f64,
    n_mixing: usize,
) -> tutee_status {
    let place = Place { shape, mixing, n_mixing };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { place.described(|mixing| group_sparse::select_group(mixing, group)) })
}

/// Writes the entries of any S = `mixing[outputs][tokens]` that stand out, the farthest from zero first, up to `n_links` of them, each with how
/// many students of parts of the data have it, too; `*count` is how many stand out in all. S is what tutee_raw_explain_f64 writes, or
/// tutee_student_get_f64 as TUTEE_ATTENTION of a student at rates of one's own. What is left of `links` behind those that stand out stays as it is; of equal weights the first output and token come first.
///
/// In each row the entries stand out, taken from the largest down whatever their signs, that weigh at least a hundredth of the row's largest
/// and a quarter more than the mean of all entries of the row that weigh less, up to the first that does not: none in a row in
/// which all weigh the same, and the one of a row of one token unless it is zero.
///
/// `parts[n][outputs][tokens]` is S of n other students, `n_parts` its elements, 0 or more whole matrices: usually of two, each trained on half
/// of the pairs. A link counts in a part where it stands out in the part's own row, with the same sign, and exceeds the mean of what does
/// not in that row by three times what the weights of the parts differ from those of `mixing`, root of the mean square of all or
/// of those of the row, whichever is larger: one that both have is no accident of a few pairs. `parts` may be NULL with `n_parts` 0: then nobody knows, and `found` and `parts` of each link
/// are 0.
///
/// Errors: TUTEE_ERROR_ZERO, _TOO_LARGE (shape), _LENGTH (no place, more than there are entries, or parts of another size), _NOT_FINITE
/// (mixing, parts), _FLOAT_ENVIRONMENT. Costs a pass over each part, and two over a row for each of its links, here and in every part.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_mixing_links_f64(
    shape: *const tutee_shape,
    mixing: *const f64,
    n_mixing: usize,
    parts: *const f64,
    n_parts: usize,
    links: *mut tutee_sure_link<f64>,
    n_links: usize,
    count: *mut usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::mixing::links(shape, (mixing, n_mixing), (parts, n_parts), (links, n_links), count) })
}

/// Copies the teacher's filters to `value[filters][features]`, `n_value` = filters * features elements.
///
/// Errors: those of every function alone. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_teacher_value_f64(
    teacher: *const tutee_teacher<f64>,
    value: *mut f64,
    n_value: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { teacher::get(teacher, TeacherView::value, value, n_value) })
}

/// Copies the teacher's mixing to `mixing[outputs][tokens]`, `n_mixing` = outputs * tokens elements.
///
/// Errors: those of every function alone. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_teacher_mixing_f64(
    teacher: *const tutee_teacher<f64>,
    mixing: *mut f64,
    n_mixing: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { teacher::get(teacher, TeacherView::mixing, mixing, n_mixing) })
}

/// The teacher's answers to `inputs` inputs, one after the other: `x[inputs][tokens][features]` and
/// `y[inputs][outputs][filters]`. `scratch` has at least TUTEE_PREDICT_SCRATCH elements.
///
/// Errors: TUTEE_ERROR_ZERO (inputs), _NOT_FINITE (x), _FLOAT_ENVIRONMENT. Costs filters * tokens * (features + outputs)
/// multiplications an input.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_teacher_answer_f64(
    teacher: *const tutee_teacher<f64>,
    inputs: usize,
    x: *const f64,
    n_x: usize,
    scratch: *mut f64,
    n_scratch: usize,
    y: *mut f64,
    n_y: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { teacher::answer(teacher, inputs, (x, n_x), (scratch, n_scratch), (y, n_y)) })
}
