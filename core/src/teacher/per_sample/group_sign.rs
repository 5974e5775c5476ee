//! The label of one group.

use super::filters::{Filters, dot};
use crate::activation::Activation;
use crate::error::Error;
use crate::matrix::{Rows, check_length};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::teacher::labels::Labels;

/// `y = sign <v*, x_g>`, one label for each sample (Zhang, Meng and Cao 2025), for the logistic loss. A product that is zero has
/// the label +1.
#[derive(Clone, Copy, Debug)]
pub struct GroupSign<'a, T> {
    filters: Filters<'a, T>,
    group: usize,
}

impl<'a, T: Scalar> GroupSign<'a, T> {
    /// A teacher that looks at token `group` along `value`, which is one filter.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::NotFinite`], [`Error::OutOfRange`] for more than one filter, or [`Error::IndexOutOfRange`] for the
    /// group.
    pub fn new(shape: Shape, value: &'a [T], group: usize) -> Result<Self, Error> {
        if shape.filters() != 1 {
            return Err(Error::OutOfRange { what: "a label is of one filter" });
        }
        if group >= shape.tokens() {
            return Err(Error::IndexOutOfRange { what: "group", index: group, limit: shape.tokens() });
        }
        Ok(Self { filters: Filters::new(shape, Activation::Identity, value)?, group })
    }
}

/// Costs `d` additions and multiplications a label.
impl<T: Scalar> Labels<T> for GroupSign<'_, T> {
    type Query = ();

    fn shape(&self) -> Shape {
        self.filters.shape
    }

    fn activation(&self) -> Activation<T> {
        Activation::Identity
    }

    /// Writes one label to `y`, which is all of it.
    fn answer(&self, x: &[T], (): &(), _: &mut [T], y: &mut [T]) -> Result<(), Error> {
        check_length("x", x, self.filters.shape.input_len())?;
        check_length("y", y, 1)?;
        let token = Rows::new(x, self.filters.shape.features()).nth(self.group).unwrap_or_default();
        let label = if dot(self.filters.value, token) >= T::ZERO { T::ONE } else { -T::ONE };
        y.fill(label);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_the_side_of_the_group() {
        let shape = Shape::new(1, 2, 3, 3).unwrap();
        let value = [1.0, -2.0];
        let teacher = GroupSign::new(shape, &value, 1).unwrap();
        let mut label = [9.0];
        for (token, expected) in [([3.0, 1.0], 1.0), ([3.0, 2.0], -1.0), ([2.0, 1.0], 1.0)] {
            let x = [-9.0, 9.0, token[0], token[1], -9.0, 9.0];
            teacher.answer(&x, &(), &mut [], &mut label).unwrap();
            assert_eq!(label, [expected]);
        }
        assert!(GroupSign::new(shape, &value, 3).is_err());
        assert!(GroupSign::new(Shape::new(2, 1, 3, 3).unwrap(), &value, 1).is_err());
    }
}
