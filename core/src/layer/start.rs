//! Where training sets out from.

use super::parameters::{LayerView, LayerViewMut};
use super::settings::Trained;
use super::shape::{Embedding, Parameter};
use crate::error::Error;
use crate::input::SampleStream;
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;

/// The start of W_KQ, or of W_K and W_Q. W_V always starts at zero.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Start<T> {
    /// Zero. Separate matrices never move from there, and training refuses it.
    Zero,
    /// Independent normal numbers.
    Gaussian {
        /// Their standard deviation; finite and not negative. A tenth is usual for separate matrices.
        deviation: T,
        /// They are drawn in the order of the rows, W_K before W_Q, from sample 0 of the [`SampleStream`] of this seed.
        seed: u64,
    },
    /// W_KQ = I; of separate matrices W_K = I and W_Q = 0, so that all logits begin at zero. Where the matrix is not square, ones
    /// stand on the diagonal from the first element on.
    Identity,
}

impl<T: Scalar> LayerViewMut<'_, T> {
    /// Sets out anew: W_V zero, W_KQ (or W_K and W_Q) as `start` says in the blocks that train and zero in the others, no carries
    /// and no steps. Position codes stay as they are, but for their carry: [`LayerViewMut::set`] replaces them.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for the deviation, and for blocks as [`Trained::check`] says; nothing has been changed then.
    pub fn start(&mut self, start: Start<T>, trained: Trained) -> Result<(), Error> {
        if let Start::Gaussian { deviation, .. } = start
            && !(deviation >= T::ZERO && deviation.is_finite())
        {
            let what = "the standard deviation of a start must be finite and not negative";
            return Err(Error::OutOfRange { what });
        }
        let shape = self.shape();
        trained.check(shape)?;
        let mut rng = match start {
            Start::Gaussian { seed, .. } => Some(SampleStream::new(seed).sample()),
            _ => None,
        };
        for parameter in Parameter::ALL {
            let width = shape.dimensions(parameter).map_or(0, |(_, cols)| cols);
            let (elements, carry) = self.pair_mut(parameter);
            carry.fill(T::ZERO);
            if parameter == Parameter::Codes {
                continue;
            }
            elements.fill(T::ZERO);
            if parameter == Parameter::Value {
                continue;
            }
            match (start, &mut rng) {
                (Start::Gaussian { deviation, .. }, Some(rng)) => {
                    rng.gaussian_fill(elements);
                    for element in &mut *elements {
                        *element *= deviation;
                    }
                }
                (Start::Identity, _) if parameter != Parameter::Query => {
                    for (r, row) in RowsMut::new(elements, width).enumerate() {
                        if let Some(diagonal) = row.get_mut(r) {
                            *diagonal = T::ONE;
                        }
                    }
                }
                _ => {}
            }
            trained.mask(shape, parameter).apply(width, elements);
        }
        self.set_steps(0);
        Ok(())
    }
}

impl<T: Scalar> LayerView<'_, T> {
    /// Refuses parameters from which what is to train never moves, whatever the samples are.
    pub(crate) fn check_start(self, trained: Trained) -> Result<(), Error> {
        let stuck = |what| Err(Error::CannotMove { what });
        if trained == Trained::NONE {
            return stuck("nothing is to train");
        }
        let zero = |parameter| all_zero(self.get(parameter));
        let values = trained.value_content || trained.value_position;
        if !values && zero(Parameter::Value) {
            return stuck("W_V is zero and does not train, so that no gradient passes it");
        }
        let separate = !self.get(Parameter::Key).is_empty();
        if separate && trained.attends() && zero(Parameter::Key) && zero(Parameter::Query) {
            return stuck("W_K and W_Q are both zero, and the gradient of each has the other as a factor");
        }
        if trained.encoding && zero(Parameter::Codes) && self.ignores_codes() {
            return stuck("the codes are zero, and so is every weight by which they are multiplied");
        }
        Ok(())
    }

    /// Whether every weight by which codes are multiplied is zero. Those that are added to content learn from what content
    /// learns.
    fn ignores_codes(self) -> bool {
        let shape = self.shape();
        let (key, query) = (shape.token_parts(), shape.query_parts());
        let zero_from = |parameter, row: usize, col: usize| {
            let width = shape.dimensions(parameter).map_or(0, |(_, cols)| cols);
            let rows = Rows::new(self.get(parameter), width).enumerate();
            rows.into_iter()
                .all(|(r, weights)| all_zero(if r >= row { weights } else { weights.get(col..).unwrap_or_default() }))
        };
        shape.form().embedding != Embedding::Added
            && zero_from(Parameter::Value, usize::MAX, key.content)
            && zero_from(Parameter::KeyQuery, key.content, query.content)
            && zero_from(Parameter::Key, usize::MAX, key.content)
            && zero_from(Parameter::Query, usize::MAX, query.content)
    }
}

fn all_zero<T: Scalar>(elements: &[T]) -> bool {
    elements.iter().all(|&x| x == T::ZERO)
}

#[cfg(test)]
mod tests {
    use super::super::parameters::layer_len;
    use super::super::shape::{Codes, Form, KeyQuery, LayerShape};
    use super::*;
    use crate::shape::Shape;
    use std::{vec, vec::Vec};

    const MERGED: Form = Form::concatenated(3);
    const SEPARATE: Form = Form { key_query: KeyQuery::Separate { keys: 2 }, ..MERGED };
    const LEARNED: Form = Form { codes: Codes::Learned { width: 3 }, ..MERGED };

    fn with<R>(form: Form, look: impl FnOnce(&mut LayerViewMut<'_, f64>) -> R) -> R {
        let shape = LayerShape::new(Shape::new(2, 2, 3, 3).unwrap(), form).unwrap();
        let (mut memory, mut steps) = (vec![0.0; layer_len(shape)], 5);
        look(&mut LayerViewMut::new(shape, &mut memory, &mut steps).unwrap())
    }

    #[test]
    fn a_start_is_what_it_says_in_the_blocks_that_train() {
        with(MERGED, |layer| {
            let all = Trained::all(layer.shape());
            layer.set(Parameter::Value, &[1.0; 10]).unwrap();
            layer.set(Parameter::Codes, &[3.0; 9]).unwrap();
            layer.start(Start::Identity, all).unwrap();
            let identity: Vec<f64> = (0..25).map(|i| if i % 6 == 0 { 1.0 } else { 0.0 }).collect();
            assert_eq!(layer.view().get(Parameter::KeyQuery), identity);
            assert_eq!(layer.view().get(Parameter::Value), [0.0; 10]);
            assert_eq!(layer.view().get(Parameter::Codes), [3.0; 9], "codes stand");
            assert_eq!(layer.view().steps(), 0);

            layer.start(Start::Gaussian { deviation: 0.5, seed: 4 }, Trained::POSITION_ONLY).unwrap();
            let mut drawn = [0.0; 25];
            SampleStream::new(4).sample().gaussian_fill(&mut drawn);
            for (i, (&found, drawn)) in layer.view().get(Parameter::KeyQuery).iter().zip(drawn).enumerate() {
                let position = i / 5 >= 2 && i % 5 >= 2;
                assert_eq!(found, if position { 0.5 * drawn } else { 0.0 }, "{i}");
            }
        });
        with(SEPARATE, |layer| {
            let all = Trained::all(layer.shape());
            layer.start(Start::Gaussian { deviation: 2.0, seed: 4 }, all).unwrap();
            let mut rng = SampleStream::new(4).sample();
            for parameter in [Parameter::Key, Parameter::Query] {
                let mut drawn = [0.0; 10];
                rng.gaussian_fill(&mut drawn);
                assert_eq!(layer.view().get(parameter), drawn.map(|x| 2.0 * x), "{parameter:?}");
            }
            layer.start(Start::Identity, all).unwrap();
            assert_eq!(layer.view().get(Parameter::Key), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
            assert_eq!(layer.view().get(Parameter::Query), [0.0; 10]);
            for deviation in [-1.0, f64::NAN, f64::INFINITY] {
                assert!(layer.start(Start::Gaussian { deviation, seed: 4 }, all).is_err());
            }
            let some = Trained { content_content: true, position_position: true, ..Trained::NONE };
            assert!(layer.start(Start::Zero, some).is_err(), "not columns times columns");
            assert_eq!(layer.view().get(Parameter::Key).iter().sum::<f64>(), 2.0, "nothing has been changed");
        });
    }

    #[test]
    fn a_start_from_which_nothing_moves_is_refused() {
        let refused =
            |layer: &LayerViewMut<'_, f64>, trained: Trained, why: &str| match layer.view().check_start(trained) {
                Err(Error::CannotMove { what }) => assert!(what.contains(why), "{what}"),
                other => panic!("{why}: {other:?}"),
            };
        with(SEPARATE, |layer| {
            let all = Trained::all(layer.shape());
            refused(layer, all, "W_K and W_Q are both zero");
            let values = Trained { value_content: true, value_position: true, ..Trained::NONE };
            assert_eq!(layer.view().check_start(values), Ok(()), "they need not move");
            refused(layer, Trained::NONE, "nothing is to train");
            for parameter in [Parameter::Key, Parameter::Query] {
                let mut one = [0.0; 10];
                one[7] = 1e-300;
                layer.set(parameter, &one).unwrap();
                assert_eq!(layer.view().check_start(all), Ok(()), "one of the two is enough");
                layer.set(parameter, &[0.0; 10]).unwrap();
            }
        });
        with(MERGED, |layer| {
            let all = Trained::all(layer.shape());
            assert_eq!(layer.view().check_start(all), Ok(()), "W_V moves first");
            let attention = Trained { value_content: false, value_position: false, ..all };
            refused(layer, attention, "W_V is zero");
            layer.set(Parameter::Value, &[1.0; 10]).unwrap();
            assert_eq!(layer.view().check_start(attention), Ok(()));
        });
        with(LEARNED, |layer| {
            let all = Trained::all(layer.shape());
            refused(layer, all, "the codes are zero");
            assert_eq!(layer.view().check_start(Trained { encoding: false, ..all }), Ok(()));
            let place = |row: usize, col: usize| {
                let mut one = [0.0; 25];
                one[5 * row + col] = 1.0;
                one
            };
            layer.set(Parameter::KeyQuery, &place(1, 1)).unwrap();
            refused(layer, all, "the codes are zero");
            for (row, col) in [(1, 2), (2, 1), (4, 4)] {
                layer.set(Parameter::KeyQuery, &place(row, col)).unwrap();
                assert_eq!(layer.view().check_start(all), Ok(()), "{row} {col}");
            }
            layer.set(Parameter::KeyQuery, &[0.0; 25]).unwrap();
            layer.set(Parameter::Codes, &[1.0; 9]).unwrap();
            assert_eq!(layer.view().check_start(all), Ok(()));
        });
    }
}
