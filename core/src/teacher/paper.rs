//! The six experiments of the paper, at any size.
//!
//! arXiv 2603.22801, section 5: pooled convolution and graph convolution with ReLU and leaky ReLU, sparse token selection
//! and a group-sparse linear predictor, both linear. The paper gives no slope of the leaky ReLU; here it is 0.1.

use super::family::Family;
use crate::activation::Activation;
use crate::error::Error;
use crate::scalar::Scalar;

/// An experiment of the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperTask {
    /// Convolution with average pooling, ReLU.
    ConvRelu,
    /// Convolution with average pooling, leaky ReLU.
    ConvLeaky,
    /// Graph convolution on a cycle, ReLU.
    GraphRelu,
    /// Graph convolution on a cycle, leaky ReLU.
    GraphLeaky,
    /// Sparse token selection, identity.
    TokenSelection,
    /// Group-sparse linear predictor, identity; one filter.
    GroupSparse,
}

impl PaperTask {
    /// All six, in the order of every table.
    pub const ALL: [Self; 6] =
        [Self::ConvRelu, Self::ConvLeaky, Self::GraphRelu, Self::GraphLeaky, Self::TokenSelection, Self::GroupSparse];

    /// What tables and the command line call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConvRelu => "conv-relu",
            Self::ConvLeaky => "conv-leaky",
            Self::GraphRelu => "graph-relu",
            Self::GraphLeaky => "graph-leaky",
            Self::TokenSelection => "token-selection",
            Self::GroupSparse => "group-sparse",
        }
    }

    /// Its activation.
    pub fn activation<T: Scalar>(self) -> Activation<T> {
        match self {
            Self::ConvRelu | Self::GraphRelu => Activation::Relu,
            Self::ConvLeaky | Self::GraphLeaky => Activation::LeakyRelu(T::from_f64(0.1)),
            Self::TokenSelection | Self::GroupSparse => Activation::Identity,
        }
    }

    /// K, the tokens that one output averages unless another number is asked for.
    pub const fn group(self) -> usize {
        match self {
            Self::ConvRelu | Self::ConvLeaky => 4,
            Self::GraphRelu | Self::GraphLeaky | Self::TokenSelection => 3,
            Self::GroupSparse => 1,
        }
    }

    /// M, the filters unless another number is asked for.
    pub const fn filters(self) -> usize {
        match self {
            Self::GroupSparse => 1,
            _ => 4,
        }
    }

    /// Who averages whom, with `group` tokens for each output. Token selection averages the tokens `chosen`, and the
    /// group-sparse predictor reads the first of them; the other tasks have no use for them.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a group that the task cannot have: an even one on a cycle, where a node averages itself and
    /// as many neighbours on either side; another than the number of chosen tokens; another than 1 for the group-sparse
    /// predictor. What the mixing's size refuses is for [`Family::fill`] to say.
    pub fn family(self, group: usize, chosen: &[usize]) -> Result<Family<'_>, Error> {
        match (self, chosen) {
            (Self::ConvRelu | Self::ConvLeaky, _) => Ok(Family::Pooling { group }),
            (Self::GraphRelu | Self::GraphLeaky, _) if group % 2 == 1 => Ok(Family::Cycle { reach: group / 2 }),
            (Self::GraphRelu | Self::GraphLeaky, _) => {
                Err(Error::OutOfRange { what: "the group of a cycle must be odd: a node and as many on either side" })
            }
            (Self::TokenSelection, tokens) if tokens.len() == group => Ok(Family::Selection { tokens }),
            (Self::TokenSelection, _) => {
                Err(Error::OutOfRange { what: "the group of a token selection must be the number of chosen tokens" })
            }
            (Self::GroupSparse, &[chosen, ..]) if group == 1 => Ok(Family::Group { group: chosen }),
            (Self::GroupSparse, _) => {
                Err(Error::OutOfRange { what: "the group of a group-sparse predictor must be 1, and chosen" })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_task_has_its_family_and_refuses_a_group_that_it_cannot_have() {
        let chosen = [5, 2, 7];
        for task in PaperTask::ALL {
            let family = task.family(task.group(), &chosen).unwrap();
            match task {
                PaperTask::ConvRelu | PaperTask::ConvLeaky => assert_eq!(family, Family::Pooling { group: 4 }),
                PaperTask::GraphRelu | PaperTask::GraphLeaky => {
                    assert_eq!(family, Family::Cycle { reach: 1 });
                    assert!(matches!(task.family(4, &chosen), Err(Error::OutOfRange { .. })));
                    assert!(matches!(task.family(0, &chosen), Err(Error::OutOfRange { .. })));
                }
                PaperTask::TokenSelection => {
                    assert_eq!(family, Family::Selection { tokens: &chosen });
                    assert!(matches!(task.family(2, &chosen), Err(Error::OutOfRange { .. })));
                }
                PaperTask::GroupSparse => {
                    assert_eq!(family, Family::Group { group: 5 });
                    assert!(matches!(task.family(2, &chosen), Err(Error::OutOfRange { .. })));
                    assert!(matches!(task.family(1, &[]), Err(Error::OutOfRange { .. })));
                }
            }
        }
    }
}
