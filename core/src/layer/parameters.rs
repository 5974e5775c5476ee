//! The parameters of a layer, each with the rounding errors that the compensated update carries along.

use core::marker::PhantomData;

use super::shape::{LayerShape, Parameter};
use crate::error::Error;
use crate::matrix::{check_finite, check_length};
use crate::memory::take;
use crate::scalar::Scalar;
use crate::student::check_carried;

/// Elements of the carry of a matrix; codes that stand need none.
#[inline]
const fn carry_len(shape: LayerShape, parameter: Parameter) -> usize {
    match parameter {
        Parameter::Codes if !shape.learns_codes() => 0,
        _ => shape.parameter_len(parameter),
    }
}

/// Where a matrix begins.
const fn offset(shape: LayerShape, parameter: Parameter) -> usize {
    let mut offset = 0;
    let mut i = 0;
    while i < Parameter::ALL.len() {
        if Parameter::ALL[i] as usize == parameter as usize {
            break;
        }
        offset += shape.parameter_len(Parameter::ALL[i]) + carry_len(shape, Parameter::ALL[i]);
        i += 1;
    }
    offset
}

/// Elements of the memory of a layer: every matrix of [`Parameter::ALL`] that it has, in that order, each followed by its carry,
/// which codes that stand do not have.
#[inline]
pub const fn layer_len(shape: LayerShape) -> usize {
    offset(shape, Parameter::Codes) + shape.parameter_len(Parameter::Codes) + carry_len(shape, Parameter::Codes)
}

/// The sizes of a layer as a type, for [`Layer`]:
///
/// ```
/// use tutee::layer::{Form, Layer, LayerShape, Sizes, layer_len};
/// use tutee::Shape;
///
/// struct Mine;
/// impl Sizes for Mine {
///     const SHAPE: LayerShape = match Shape::new(2, 4, 8, 8) {
///         Ok(shape) => match LayerShape::new(shape, Form::concatenated(8)) {
///             Ok(shape) => shape,
///             Err(_) => panic!("the sizes of a layer"),
///         },
///         Err(_) => panic!("the sizes of a layer"),
///     };
/// }
/// static LAYER: Layer<f32, Mine, { layer_len(Mine::SHAPE) }> = Layer::ZERO;
/// # assert_eq!(LAYER.view().steps(), 0);
/// ```
pub trait Sizes {
    /// The sizes.
    const SHAPE: LayerShape;
}

/// A layer that owns its parameters, with its sizes in its type; `LEN` is [`layer_len`] of them, or the program does not
/// compile.
///
/// It is large; let it live in a `static` or in its final place from the start (`Layer::ZERO`), not on the stack.
pub struct Layer<T, S, const LEN: usize> {
    memory: [T; LEN],
    steps: u64,
    sizes: PhantomData<fn() -> S>,
}

impl<T: Scalar, S: Sizes, const LEN: usize> Layer<T, S, LEN> {
    const FITS: () = assert!(LEN == layer_len(S::SHAPE), "the number of elements is layer_len of the sizes");

    /// Every parameter zero, codes too.
    pub const ZERO: Self = {
        let () = Self::FITS;
        Self { memory: [T::ZERO; LEN], steps: 0, sizes: PhantomData }
    };

    /// The layer as the algorithms see it.
    #[inline]
    pub const fn view(&self) -> LayerView<'_, T> {
        LayerView { shape: S::SHAPE, memory: &self.memory, steps: self.steps }
    }

    /// The layer as the algorithms change it.
    #[inline]
    pub const fn view_mut(&mut self) -> LayerViewMut<'_, T> {
        LayerViewMut { shape: S::SHAPE, memory: &mut self.memory, steps: &mut self.steps }
    }
}

impl<T: Clone, S, const LEN: usize> Clone for Layer<T, S, LEN> {
    fn clone(&self) -> Self {
        Self { memory: self.memory.clone(), steps: self.steps, sizes: PhantomData }
    }
}

/// The parameters of a layer, read only.
#[derive(Clone, Copy, Debug)]
pub struct LayerView<'a, T> {
    shape: LayerShape,
    memory: &'a [T],
    steps: u64,
}

impl<'a, T: Scalar> LayerView<'a, T> {
    /// Sees `memory` that a layer of this shape left behind as a layer, read only; costs the same for every size.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`layer_len`] elements.
    #[inline]
    pub fn resume(shape: LayerShape, memory: &'a [T], steps: u64) -> Result<Self, Error> {
        check_length("layer memory", memory, layer_len(shape))?;
        Ok(Self { shape, memory, steps })
    }

    /// The sizes.
    #[inline]
    pub const fn shape(self) -> LayerShape {
        self.shape
    }

    /// Gradient steps taken since the start.
    #[inline]
    pub const fn steps(self) -> u64 {
        self.steps
    }

    /// A matrix of parameters, row after row; empty where the layer has none.
    #[inline]
    pub fn get(self, parameter: Parameter) -> &'a [T] {
        self.part(offset(self.shape, parameter), self.shape.parameter_len(parameter))
    }

    /// What rounding has taken from a matrix and the next compensated step will give back; empty where there is none.
    #[inline]
    pub fn carry(self, parameter: Parameter) -> &'a [T] {
        let start = offset(self.shape, parameter) + self.shape.parameter_len(parameter);
        self.part(start, carry_len(self.shape, parameter))
    }

    /// The matrix of the queries, `key_width x query_width`: W_KQ or W_Q.
    #[inline]
    pub(crate) fn query_map(self) -> &'a [T] {
        let merged = self.get(Parameter::KeyQuery);
        if merged.is_empty() { self.get(Parameter::Query) } else { merged }
    }

    #[inline]
    fn part(self, start: usize, len: usize) -> &'a [T] {
        self.memory.get(start..).and_then(|rest| rest.get(..len)).unwrap_or_default()
    }

    /// Refuses a layer that no step can have left behind; the index is that of the element in the memory.
    pub(crate) fn check(self) -> Result<(), Error> {
        let what = "layer memory";
        for parameter in Parameter::ALL {
            let (first, elements, carry) = (offset(self.shape, parameter), self.get(parameter), self.carry(parameter));
            if carry.is_empty() {
                if let Some(index) = elements.iter().position(|x| !x.is_finite()) {
                    return Err(Error::NotFinite { what, index: first + index });
                }
            } else {
                let pairs = elements.iter().copied().zip(carry.iter().copied());
                check_carried(what, first, elements.len(), pairs)?;
            }
        }
        Ok(())
    }
}

/// The parameters of a layer, for change.
#[derive(Debug)]
pub struct LayerViewMut<'a, T> {
    shape: LayerShape,
    memory: &'a mut [T],
    steps: &'a mut u64,
}

impl<'a, T: Scalar> LayerViewMut<'a, T> {
    /// Sees `memory` as a layer; its elements are taken as they are, in the order that [`layer_len`] says.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`layer_len`] elements, [`Error::NotFinite`] for an element that is no number,
    /// or a carry so large that a step could make its parameter infinite: twice the carry and the parameter must have a
    /// finite sum.
    pub fn new(shape: LayerShape, memory: &'a mut [T], steps: &'a mut u64) -> Result<Self, Error> {
        let layer = Self::resume(shape, memory, steps)?;
        layer.view().check()?;
        Ok(layer)
    }

    /// Sees `memory` that a layer of this shape left behind, which is finite, as a layer: costs the same for every size. What is
    /// done with a layer that is not finite gives numbers without meaning, and nothing worse.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`layer_len`] elements.
    #[inline]
    pub fn resume(shape: LayerShape, memory: &'a mut [T], steps: &'a mut u64) -> Result<Self, Error> {
        check_length("layer memory", memory, layer_len(shape))?;
        Ok(Self { shape, memory, steps })
    }

    /// The sizes.
    #[inline]
    pub const fn shape(&self) -> LayerShape {
        self.shape
    }

    /// This layer, read only.
    #[inline]
    pub const fn view(&self) -> LayerView<'_, T> {
        LayerView { shape: self.shape, memory: self.memory, steps: *self.steps }
    }

    /// This layer, borrowed for a shorter time.
    #[inline]
    pub const fn reborrow(&mut self) -> LayerViewMut<'_, T> {
        LayerViewMut { shape: self.shape, memory: self.memory, steps: self.steps }
    }

    /// Replaces a matrix of parameters, row after row, and forgets its carry.
    ///
    /// # Errors
    /// [`Error::Length`], also where the layer has no such matrix, or [`Error::NotFinite`].
    pub fn set(&mut self, parameter: Parameter, elements: &[T]) -> Result<(), Error> {
        let what = match parameter {
            Parameter::Value => "the value matrix",
            Parameter::KeyQuery => "W_KQ",
            Parameter::Key => "W_K",
            Parameter::Query => "W_Q",
            Parameter::Codes => "the position codes",
        };
        check_length(what, elements, self.shape.parameter_len(parameter))?;
        check_finite(what, elements)?;
        let (to, carry) = self.pair_mut(parameter);
        for (to, &from) in to.iter_mut().zip(elements) {
            *to = from;
        }
        carry.fill(T::ZERO);
        Ok(())
    }

    /// Every matrix with its carry, in the order of [`Parameter::ALL`].
    #[inline]
    pub(crate) fn each_mut<'s, R>(
        &'s mut self,
        mut to: impl FnMut(Parameter, &'s mut [T], &'s mut [T]) -> R,
    ) -> [R; Parameter::ALL.len()] {
        let (shape, mut rest) = (self.shape, &mut *self.memory);
        Parameter::ALL.map(|parameter| {
            let parameters = take(&mut rest, shape.parameter_len(parameter));
            to(parameter, parameters, take(&mut rest, carry_len(shape, parameter)))
        })
    }

    /// A matrix and its carry.
    #[inline]
    pub(super) fn pair_mut(&mut self, parameter: Parameter) -> (&mut [T], &mut [T]) {
        let (start, len) = (offset(self.shape, parameter), self.shape.parameter_len(parameter));
        let carry = carry_len(self.shape, parameter);
        let mut rest = &mut *self.memory;
        let _ = take(&mut rest, start);
        let parameters = take(&mut rest, len);
        (parameters, take(&mut rest, carry))
    }

    #[inline]
    pub(crate) const fn set_steps(&mut self, steps: u64) {
        *self.steps = steps;
    }

    #[inline]
    pub(crate) const fn count_step(&mut self) {
        *self.steps = self.steps.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::shape::{Codes, Form, KeyQuery};
    use super::*;
    use crate::shape::Shape;
    use std::vec;

    fn shape(form: Form) -> LayerShape {
        LayerShape::new(Shape::new(2, 2, 3, 3).unwrap(), form).unwrap()
    }

    /// Every element of the memory is in one matrix or one carry, in the order that is promised.
    #[test]
    fn matrices_and_carries_are_all_of_the_memory() {
        let form = Form::concatenated(3);
        let separate = Form { key_query: KeyQuery::Separate { keys: 2 }, ..form };
        for (form, expected) in [
            (form, 2 * (10 + 25) + 9),
            (Form { codes: Codes::Learned { width: 3 }, ..form }, 2 * (10 + 25 + 9)),
            (Form { codes: Codes::Fresh { width: 3 }, ..form }, 2 * (10 + 25)),
            (separate, 2 * (10 + 10 + 10) + 9),
        ] {
            let shape = shape(form);
            assert_eq!(layer_len(shape), expected, "{form:?}");
            let memory: vec::Vec<f64> = (0..expected).map(|i| i as f64).collect();
            let layer = LayerView::resume(shape, &memory, 0).unwrap();
            let parts = Parameter::ALL.into_iter().flat_map(|p| layer.get(p).iter().chain(layer.carry(p)));
            assert!(parts.eq(&memory), "{form:?}");
        }
    }

    #[test]
    fn memory_that_no_step_leaves_is_refused() {
        let shape = shape(Form::concatenated(3));
        let (mut memory, mut steps) = (vec![0.0_f32; layer_len(shape)], 0);
        let wrong = Error::Length { what: "layer memory", expected: 79, found: 78 };
        assert_eq!(LayerViewMut::new(shape, &mut memory[1..], &mut steps).err(), Some(wrong));
        for index in [0, 15, 69, 70, 78] {
            memory[index] = f32::NAN;
            let wrong = Error::NotFinite { what: "layer memory", index };
            assert_eq!(LayerViewMut::new(shape, &mut memory, &mut steps).err(), Some(wrong));
            memory[index] = 0.0;
        }
        // A carry beside which the parameter could become infinite.
        (memory[20], memory[45]) = (f32::MAX, 1e32);
        let wrong = Error::NotFinite { what: "layer memory", index: 45 };
        assert_eq!(LayerViewMut::new(shape, &mut memory, &mut steps).err(), Some(wrong));
    }

    #[test]
    fn a_matrix_is_replaced_whole_or_not_at_all() {
        let shape = shape(Form::concatenated(3));
        let (mut memory, mut steps) = (vec![1.0_f64; layer_len(shape)], 0);
        let mut layer = LayerViewMut::new(shape, &mut memory, &mut steps).unwrap();
        let wrong = Error::Length { what: "W_K", expected: 0, found: 1 };
        assert_eq!(layer.set(Parameter::Key, &[1.0]), Err(wrong));
        let mut value = [2.0; 10];
        value[3] = f64::INFINITY;
        let wrong = Error::NotFinite { what: "the value matrix", index: 3 };
        assert_eq!(layer.set(Parameter::Value, &value), Err(wrong));
        assert_eq!(layer.view().get(Parameter::Value), [1.0; 10]);
        value[3] = 2.0;
        layer.set(Parameter::Value, &value).unwrap();
        assert_eq!(
            (layer.view().get(Parameter::Value), layer.view().carry(Parameter::Value)),
            (&[2.0; 10][..], &[0.0; 10][..])
        );
    }
}
