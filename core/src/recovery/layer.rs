//! How much of a teacher that averages fixed tokens a whole layer has recovered, and in which blocks of its matrices it stands.

use super::cosine;
use crate::error::Error;
use crate::layer::{LayerView, Parameter, Trained};
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

/// Sums over pairs of numbers, one of the layer's and one of the teacher's, of which closeness is made.
#[derive(Clone, Copy)]
pub(super) struct Sums<T> {
    product: T,
    ours: T,
    theirs: T,
    apart: T,
}

impl<T: Scalar> Sums<T> {
    pub(super) const ZERO: Self = Self { product: T::ZERO, ours: T::ZERO, theirs: T::ZERO, apart: T::ZERO };

    pub(super) fn add(&mut self, [ours, theirs]: [T; 2], weight: T) {
        self.product += weight * (ours * theirs);
        self.ours += weight * (ours * ours);
        self.theirs += weight * (theirs * theirs);
        self.apart += weight * ((ours - theirs) * (ours - theirs));
    }

    pub(super) fn closeness(self) -> Closeness<T> {
        let norms = self.ours.sqrt() * self.theirs.sqrt();
        Closeness {
            // Rounding may carry the quotient an ulp past one.
            cosine: (norms > T::ZERO && norms.is_finite())
                .then(|| (self.product / norms).smaller(T::ONE).larger(-T::ONE)),
            error: (self.theirs > T::ZERO && self.theirs.is_finite()).then(|| (self.apart / self.theirs).sqrt()),
        }
    }
}

/// What a layer has recovered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerRecovery<T> {
    /// The content columns of W_V beside V*. The cosine is the mean of those of the filters, of which none may be zero.
    pub value: Closeness<T>,
    /// The attention beside S*.
    pub attention: Closeness<T>,
    /// In which blocks its matrices stand.
    pub shares: Shares<T>,
}

/// Shares of the squared norms of a layer's matrices in their blocks; `None` where a matrix is zero or a square overflows, and of a block that
/// a layer of its form does not have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares<T> {
    /// Of W_V: its columns for content, those for position.
    pub value: [Option<T>; 2],
    /// Of W_KQ, or of the product `W_K^T W_Q` of separate matrices, which is what is identified of the two: content with content,
    /// content with position, position with content, position with position, the key's part first.
    pub key_query: [[Option<T>; 2]; 2],
}

impl<T: Copy> Shares<T> {
    /// W_V in its columns for content: the left block of figure 1 of the paper.
    #[inline]
    pub const fn value_content(&self) -> Option<T> {
        let [content, _] = self.value;
        content
    }

    /// W_KQ in positions with positions: the bottom right block of figure 1 of the paper.
    #[inline]
    pub const fn position_position(&self) -> Option<T> {
        let [_, [_, position]] = self.key_query;
        position
    }
}

/// In which blocks the matrices of a layer stand. Costs what
/// [`key_query_squares`](crate::layer::LayerView::key_query_squares) does.
pub fn shares<T: Scalar>(layer: LayerView<'_, T>) -> Shares<T> {
    let has = Trained::all(layer.shape());
    let [value, _] = layer.block_squares(Parameter::Value);
    let key_query = layer.key_query_squares();
    let of = |squares: &[[T; 2]]| {
        let sum = squares.iter().flatten().fold(T::ZERO, |sum, &x| sum + x);
        move |part: T, there: bool| (there && sum > T::ZERO && sum.is_finite()).then(|| part / sum)
    };
    let (of_value, of_key_query) = (of(&[value]), of(&key_query));
    let [content, position] = value;
    let [[content_content, content_position], [position_content, position_position]] = key_query;
    Shares {
        value: [of_value(content, has.value_content), of_value(position, has.value_position)],
        key_query: [
            [of_key_query(content_content, has.content_content), of_key_query(content_position, has.content_position)],
            [
                of_key_query(position_content, has.position_content),
                of_key_query(position_position, has.position_position),
            ],
        ],
    }
}

/// How close the codes of a layer are to others: those that they set out from, or those of another layer.
///
/// Learned codes P, a row a position, are identified up to `P R` with any invertible R: W_KQ becomes `R^-1 W_KQ R^-T` in positions with
/// positions, and every answer is as it was. What does not depend on R is the attention, which [`layer_recovery`] compares. Descent takes
/// less freedom: codes that set out turned by a rotation R, and W_KQ with them, stay so, so that R is that of the start, and the
/// products `P P^T` of codes with each other do not depend on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodesRecovery<T> {
    /// Entry by entry: both in one frame, as codes are and those that they set out from.
    pub codes: Closeness<T>,
    /// Products of all codes with each other, `P P^T`: whatever frame either is in, as long as one is a rotation of the other.
    pub products: Closeness<T>,
}

/// Compares the codes of a layer, fixed or learned, with `others`, `tokens x code_width`. Costs `D^2 c` multiplications; sums in
/// sequence.
///
/// # Errors
/// [`Error::Length`] for `others`, of which there are none for a layer without codes of its own.
pub fn codes_recovery<T: Scalar>(layer: LayerView<'_, T>, others: &[T]) -> Result<CodesRecovery<T>, Error> {
    let (codes, width) = (layer.get(Parameter::Codes), layer.shape().code_width());
    check_length("codes to compare with", others, codes.len())?;
    let rows = || Rows::new(codes, width).zip(Rows::new(others, width));
    let mut products = Sums::ZERO;
    for (a, b) in rows() {
        for (c, d) in rows() {
            products.add([in_sequence(a, c), in_sequence(b, d)], T::ONE);
        }
    }
    Ok(CodesRecovery {
        codes: Closeness {
            cosine: cosine(codes, others),
            error: relative_error(codes.iter().copied().zip(others.iter().copied())),
        },
        products: products.closeness(),
    })
}

fn in_sequence<T: Scalar>(x: &[T], y: &[T]) -> T {
    x.iter().zip(y).fold(T::ZERO, |sum, (&x, &y)| sum + x * y)
}

/// Compares a layer with a teacher of the same sizes. `attention` is the layer's for some input, `outputs x tokens`: where what
/// has been learned is attention on position, it is the same for every input. Costs O(M e + e g + J D), of separate matrices e g h.
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
    Ok(LayerRecovery { value, attention, shares: shares(layer) })
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
