//! How much of a teacher that averages fixed tokens a whole layer has recovered, and in which blocks of its matrices it stands.

use super::cosine;
use crate::error::Error;
use crate::layer::{LayerView, Parameter};
use crate::matrix::{Rows, check_length};
use crate::scalar::Scalar;
use crate::teacher::TeacherView;

/// How close one matrix is to another: the angle, and the distance, which sees the length, too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Closeness<T> {
    /// Cosine of the angle between the two as vectors; `None` where one is zero or a square overflows.
    pub cosine: Option<T>,
    /// Frobenius norm of the difference over that of the teacher's; `None` where the latter is zero.
    pub error: Option<T>,
}

/// What a layer has recovered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerRecovery<T> {
    /// The content columns of W_V beside V*. The cosine is the mean of those of the filters, of which none may be zero.
    pub value: Closeness<T>,
    /// The attention beside S*.
    pub attention: Closeness<T>,
    /// Share of the squared norm of W_V in its content columns; `None` where it is zero.
    pub value_share: Option<T>,
    /// Share of the squared norm of W_KQ in the block of positions with positions; `None` where it is zero, and
    /// zero where there is no such block. Of separate matrices it is the smaller of the shares of W_K and W_Q in their columns for
    /// positions.
    pub position_share: Option<T>,
}

/// Compares a layer with a teacher of the same sizes. `attention` is the layer's for some input, `outputs x tokens`: where what
/// has been learned is attention on position, it is the same for every input. Costs O(M e + e g + J D).
///
/// # Errors
/// [`Error::Length`] when the sizes differ.
pub fn layer_recovery<T: Scalar>(
    layer: LayerView<'_, T>,
    teacher: TeacherView<'_, T>,
    attention: &[T],
) -> Result<LayerRecovery<T>, Error> {
    let shape = layer.shape();
    shape.shape().check_equal(teacher.shape())?;
    check_length("attention", attention, shape.shape().mixing_len())?;
    let features = shape.shape().features();
    let pairs = || {
        let rows = Rows::new(layer.get(Parameter::Value), shape.token_width());
        rows.filter_map(move |row| row.get(..features)).zip(Rows::new(teacher.value(), features))
    };
    let mut cosines = Some(T::ZERO);
    for (w, v) in pairs() {
        cosines = cosines.zip(cosine(w, v)).map(|(sum, cosine)| sum + cosine);
    }
    let value = Closeness {
        cosine: cosines.map(|sum| sum / T::from_usize(shape.shape().filters())),
        error: relative_error(pairs().flat_map(|(w, v)| w.iter().copied().zip(v.iter().copied()))),
    };
    let mixing = teacher.mixing();
    let attention = Closeness {
        cosine: cosine(attention, mixing),
        error: relative_error(attention.iter().copied().zip(mixing.iter().copied())),
    };
    let [of_value, of_merged, of_key, of_query] =
        [Parameter::Value, Parameter::KeyQuery, Parameter::Key, Parameter::Query].map(|p| layer.block_squares(p));
    let merged = share(of_merged, |[_, [_, both]]| both);
    let columns = |squares| share(squares, |[[_, position], [_, more]]: [[T; 2]; 2]| position + more);
    let separate = columns(of_key).zip(columns(of_query)).map(|(key, query)| key.smaller(query));
    Ok(LayerRecovery {
        value,
        attention,
        value_share: share(of_value, |[[content, _], _]| content),
        position_share: merged.or(separate),
    })
}

/// The part of all squares that `part` picks.
fn share<T: Scalar>(squares: [[T; 2]; 2], part: impl Fn([[T; 2]; 2]) -> T) -> Option<T> {
    let sum = squares.iter().flatten().fold(T::ZERO, |sum, &x| sum + x);
    (sum > T::ZERO && sum.is_finite()).then(|| part(squares) / sum)
}

/// `|x - y| / |y|`, sums in sequence.
fn relative_error<T: Scalar>(pairs: impl Iterator<Item = (T, T)>) -> Option<T> {
    let (mut difference, mut squared) = (T::ZERO, T::ZERO);
    for (x, y) in pairs {
        difference += (x - y) * (x - y);
        squared += y * y;
    }
    (squared > T::ZERO && squared.is_finite()).then(|| (difference / squared).sqrt())
}
