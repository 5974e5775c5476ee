//! A layer moves along the mean gradient of a batch.

use super::scratch::Sums;
use crate::error::Error;
use crate::layer::{LayerViewMut, Parameter, Trained};
use crate::scalar::Scalar;
use crate::step::Descent;
use crate::step::rule::{Block, Gradient, take_step};

/// One step. Nothing of the layer is changed unless every matrix stays inside the limit.
pub(super) fn descend<T: Scalar>(
    layer: &mut LayerViewMut<'_, T>,
    sums: &mut Sums<'_, T>,
    samples: T,
    trained: Trained,
    descent: &Descent<T>,
) -> Result<(), Error> {
    let shape = layer.shape();
    // What does not train has the gradient zero for whoever looks; here it becomes so in memory.
    for parameter in Parameter::ALL {
        let width = shape.dimensions(parameter).map_or(0, |(_, cols)| cols);
        trained.mask(shape, parameter).apply(width, sums.get_mut(shape, parameter));
    }
    let sums = &*sums;
    let mut blocks = layer.each_mut(|parameter, parameters, carries| {
        let rate = match parameter {
            Parameter::Value | Parameter::Codes => descent.value_rate,
            Parameter::KeyQuery | Parameter::Key | Parameter::Query => descent.attention_rate,
        };
        let gradient = Gradient::Plain { gradient: sums.get(shape, parameter), norm_limit: descent.value_limit };
        Block { parameters, carries, gradient, rate: rate / samples }
    });
    take_step(blocks.as_mut_slice(), descent.compensated)?;
    layer.count_step();
    Ok(())
}
