//! Shape and settings of a layer: numbers of C  <->  those of the core.

use tutee::Scalar;
use tutee::layer::{Codes, Embedding, Form, KeyQuery, LayerSettings, LayerShape, Queries, Trained};
use tutee::loss::Loss;

use crate::layer_types::{
    tutee_codes, tutee_embedding, tutee_key_query, tutee_layer_settings, tutee_layer_shape, tutee_loss, tutee_queries,
    tutee_train,
};
use crate::object::shape_of;
use crate::settings::{activation, activation_to_words};
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::tutee_shape;

fn size(size: u32) -> Outcome<usize> {
    usize::try_from(size).map_err(|_| TUTEE_ERROR_TOO_LARGE)
}

/// The sizes and choices that a C program gave.
pub(crate) fn layer_shape_of(shape: tutee_layer_shape) -> Outcome<LayerShape> {
    let tutee_layer_shape { sizes, embedding, codes, key_query, queries, code_width, key_width, query_width } = shape;
    let embedding = match embedding {
        i if i == tutee_embedding::TUTEE_CONTENT as i32 => Embedding::Content,
        i if i == tutee_embedding::TUTEE_CONCATENATED as i32 => Embedding::Concatenated,
        i if i == tutee_embedding::TUTEE_ADDED as i32 => Embedding::Added,
        _ => return Err(TUTEE_ERROR_ENUM),
    };
    let width = size(code_width)?;
    let (codes, has_codes) = match codes {
        i if i == tutee_codes::TUTEE_CODES_NONE as i32 => (Codes::None, false),
        i if i == tutee_codes::TUTEE_CODES_FIXED as i32 => (Codes::Fixed { width }, true),
        i if i == tutee_codes::TUTEE_CODES_LEARNED as i32 => (Codes::Learned { width }, true),
        i if i == tutee_codes::TUTEE_CODES_FRESH as i32 => (Codes::Fresh { width }, true),
        _ => return Err(TUTEE_ERROR_ENUM),
    };
    let (key_query, separate) = match key_query {
        i if i == tutee_key_query::TUTEE_MERGED as i32 => (KeyQuery::Merged, false),
        i if i == tutee_key_query::TUTEE_SEPARATE as i32 => (KeyQuery::Separate { keys: size(key_width)? }, true),
        _ => return Err(TUTEE_ERROR_ENUM),
    };
    let (queries, vectors) = match queries {
        i if i == tutee_queries::TUTEE_QUERIES_TOKENS as i32 => (Queries::Tokens, false),
        i if i == tutee_queries::TUTEE_QUERIES_SETS as i32 => (Queries::Sets, false),
        i if i == tutee_queries::TUTEE_QUERIES_VECTORS as i32 => (Queries::Vectors { width: size(query_width)? }, true),
        _ => return Err(TUTEE_ERROR_ENUM),
    };
    for (width, used) in [(code_width, has_codes), (key_width, separate), (query_width, vectors)] {
        if width != 0 && !used {
            return Err(TUTEE_ERROR_OUT_OF_RANGE);
        }
    }
    let form = Form { embedding, codes, key_query, queries };
    Ok(LayerShape::new(shape_of(sizes)?, form)?)
}

/// Back to C.
pub(crate) fn c_layer_shape(shape: LayerShape) -> tutee_layer_shape {
    // No size exceeds tutee::shape::MAX_DIMENSION.
    let size = |size: usize| size as u32;
    let (sizes, form) = (shape.shape(), shape.form());
    tutee_layer_shape {
        sizes: tutee_shape {
            filters: size(sizes.filters()),
            features: size(sizes.features()),
            tokens: size(sizes.tokens()),
            outputs: size(sizes.outputs()),
        },
        embedding: match form.embedding {
            Embedding::Content => tutee_embedding::TUTEE_CONTENT as i32,
            Embedding::Concatenated => tutee_embedding::TUTEE_CONCATENATED as i32,
            Embedding::Added => tutee_embedding::TUTEE_ADDED as i32,
        },
        codes: match form.codes {
            Codes::None => tutee_codes::TUTEE_CODES_NONE as i32,
            Codes::Fixed { .. } => tutee_codes::TUTEE_CODES_FIXED as i32,
            Codes::Learned { .. } => tutee_codes::TUTEE_CODES_LEARNED as i32,
            Codes::Fresh { .. } => tutee_codes::TUTEE_CODES_FRESH as i32,
        },
        key_query: match form.key_query {
            KeyQuery::Merged => tutee_key_query::TUTEE_MERGED as i32,
            KeyQuery::Separate { .. } => tutee_key_query::TUTEE_SEPARATE as i32,
        },
        queries: match form.queries {
            Queries::Tokens => tutee_queries::TUTEE_QUERIES_TOKENS as i32,
            Queries::Sets => tutee_queries::TUTEE_QUERIES_SETS as i32,
            Queries::Vectors { .. } => tutee_queries::TUTEE_QUERIES_VECTORS as i32,
        },
        code_width: size(form.codes.width()),
        key_width: match form.key_query {
            KeyQuery::Merged => 0,
            KeyQuery::Separate { keys } => size(keys),
        },
        query_width: match form.queries {
            Queries::Tokens | Queries::Sets => 0,
            Queries::Vectors { width } => size(width),
        },
    }
}

/// Which flag stands for which block.
fn blocks(trained: &mut Trained) -> [(tutee_train, &mut bool); 7] {
    use tutee_train::*;
    [
        (TUTEE_TRAIN_VALUE_CONTENT, &mut trained.value_content),
        (TUTEE_TRAIN_VALUE_POSITION, &mut trained.value_position),
        (TUTEE_TRAIN_CONTENT_CONTENT, &mut trained.content_content),
        (TUTEE_TRAIN_CONTENT_POSITION, &mut trained.content_position),
        (TUTEE_TRAIN_POSITION_CONTENT, &mut trained.position_content),
        (TUTEE_TRAIN_POSITION_POSITION, &mut trained.position_position),
        (TUTEE_TRAIN_ENCODING, &mut trained.encoding),
    ]
}

fn trained_of(mut flags: i32) -> Outcome<Trained> {
    let mut trained = Trained::NONE;
    for (flag, block) in blocks(&mut trained) {
        *block = flags & flag as i32 != 0;
        flags &= !(flag as i32);
    }
    if flags == 0 { Ok(trained) } else { Err(TUTEE_ERROR_ENUM) }
}

pub(crate) fn flags_of(mut trained: Trained) -> i32 {
    blocks(&mut trained).into_iter().fold(0, |flags, (flag, block)| if *block { flags | flag as i32 } else { flags })
}

/// The settings that a C program gave, for a layer of this shape.
pub(crate) fn layer_settings<T: Scalar>(
    settings: tutee_layer_settings<T>,
    shape: LayerShape,
) -> Outcome<LayerSettings<T>> {
    let tutee_layer_settings { scale, slope, activation: act, loss, trained } = settings;
    if !scale.is_finite() {
        return Err(TUTEE_ERROR_NOT_FINITE);
    }
    let loss = match loss {
        i if i == tutee_loss::TUTEE_SQUARED as i32 => Loss::Squared,
        i if i == tutee_loss::TUTEE_LOGISTIC as i32 => Loss::Logistic,
        _ => return Err(TUTEE_ERROR_ENUM),
    };
    let settings = LayerSettings { scale, activation: activation(act, slope)?, loss, trained: trained_of(trained)? };
    settings.check(shape)?;
    Ok(settings)
}

/// Back to C.
pub(crate) fn c_layer_settings<T: Scalar>(settings: &LayerSettings<T>) -> tutee_layer_settings<T> {
    let [activation, slope] = activation_to_words(settings.activation);
    tutee_layer_settings {
        scale: settings.scale,
        slope: T::from_bits_u64(slope),
        // Its own number.
        activation: activation as i32,
        loss: match settings.loss {
            Loss::Squared => tutee_loss::TUTEE_SQUARED as i32,
            Loss::Logistic => tutee_loss::TUTEE_LOGISTIC as i32,
        },
        trained: flags_of(settings.trained),
    }
}
