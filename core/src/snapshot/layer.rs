//! Snapshots of a whole layer: its parameters, its form, the settings that it is trained with, and where its sample stream
//! stands. The [format](super::format) is that of all snapshots.

use super::head::{
    Block, Header, Model, Reader, cut, len, numbers_of, put, read_head, read_scalars, seal, table_end, write_head,
    write_scalars,
};
use super::pieces::{Pieces, refused};
use crate::error::{Error, SnapshotFault};
use crate::input::SampleStream;
use crate::layer::{
    Codes, Embedding, Form, KeyQuery, LayerSettings, LayerShape, LayerView, LayerViewMut, Parameter, Queries, Trained,
    layer_len,
};
use crate::loss::Loss;
use crate::scalar::Scalar;
use crate::step::RuleKind;
use crate::student::check_carried;

/// Bytes of the form.
const FORM_LEN: usize = 28;
/// The most that stands before the first matrix.
const LONGEST_HEADER: usize = table_end(Parameter::ALL.len()) + FORM_LEN;

/// What is saved beside the parameters of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerContext<T> {
    /// Where the sample stream stands, if there is one.
    pub stream: Option<SampleStream>,
    /// The settings that the layer is trained with.
    pub settings: LayerSettings<T>,
}

/// What a snapshot of a layer says of itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerHeader {
    /// What every snapshot says.
    pub header: Header,
    /// Sizes and form.
    pub shape: LayerShape,
    /// Settings; an `f64` holds a number of either width exactly.
    pub settings: LayerSettings<f64>,
}

/// Bytes of a snapshot of a layer of scalar `T`. Where that overflows it is `usize::MAX`, and no slice is that long.
pub fn layer_snapshot_len<T: Scalar>(shape: LayerShape) -> usize {
    len(header_len(shape), layer_len(shape), T::BITS)
}

fn header_len(shape: LayerShape) -> usize {
    table_end(blocks(shape).count()) + FORM_LEN
}

/// The matrices that the layer has, in their order.
fn blocks(shape: LayerShape) -> impl Iterator<Item = Block> {
    Parameter::ALL.into_iter().filter_map(move |parameter| {
        let (rows, columns) = shape.dimensions(parameter)?;
        let kind = match parameter {
            Parameter::Value => 1,
            Parameter::KeyQuery => 3,
            Parameter::Key => 4,
            Parameter::Query => 5,
            Parameter::Codes => 6,
        };
        let carry = parameter != Parameter::Codes || matches!(shape.form().codes, Codes::Learned { .. });
        Some(Block { kind, carry, rows: rows as u64, columns: columns as u64 })
    })
}

/// Writes a snapshot of `layer`, with what `context` says, to `bytes`. Costs a few nanoseconds a byte.
///
/// # Errors
/// [`Error::Length`] unless there are exactly [`layer_snapshot_len`] bytes; what [`LayerSettings::check`] refuses;
/// [`Error::NotFinite`] for a layer that [`load_layer`] would refuse, which no training makes. Nothing is written then.
pub fn save_layer<T: Scalar>(
    layer: LayerView<'_, T>,
    context: &LayerContext<T>,
    bytes: &mut [u8],
) -> Result<(), Error> {
    let shape = layer.shape();
    let (expected, found) = (layer_snapshot_len::<T>(shape), bytes.len());
    let wrong = Error::Length { what: "snapshot", expected, found };
    if found != expected {
        return Err(wrong);
    }
    let header = checked(layer, context)?;
    let [head, parameters] = cut(bytes, header_len(shape)).ok_or(wrong)?;
    write_heads(&mut head.iter_mut(), &header, shape, &context.settings);
    write_scalars(parts(layer).flatten().copied(), parameters);
    seal(bytes);
    Ok(())
}

/// Hands the bytes that [`save_layer`] writes to `sink`, in their order and [`PIECE_LEN`](super::PIECE_LEN) at a time, the last maybe fewer:
/// nothing else needs memory. Costs as much as [`save_layer`].
///
/// # Errors
/// Those of [`save_layer`] but for the bytes' own length, before the first piece. Then what `sink` says: it is not asked again.
pub fn save_layer_pieces<T: Scalar, E: From<Error>>(
    layer: LayerView<'_, T>,
    context: &LayerContext<T>,
    sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let header = refused(checked(layer, context))?;
    let mut head = [0; LONGEST_HEADER];
    write_heads(&mut head.iter_mut(), &header, layer.shape(), &context.settings);
    let mut pieces = Pieces::new(sink);
    pieces.write(head.get(..header_len(layer.shape())).unwrap_or_default())?;
    pieces.write_scalars(parts(layer).flatten().copied())?;
    pieces.seal()
}

/// What the header says; refuses what [`load_layer`] would.
fn checked<T: Scalar>(layer: LayerView<'_, T>, context: &LayerContext<T>) -> Result<Header, Error> {
    let (shape, settings) = (layer.shape(), &context.settings);
    settings.check(shape)?;
    layer.check()?;
    Ok(Header {
        version: super::head::FORMAT_VERSION,
        model: Model::Layer,
        scalar_bits: T::BITS,
        shape: shape.shape(),
        steps: layer.steps(),
        stream: context.stream,
        rule: RuleKind::GradientDescent,
        activation: numbers_of(Some(settings.activation))?,
    })
}

/// All that stands before the first matrix.
fn write_heads<'a, T: Scalar>(
    places: &mut impl Iterator<Item = &'a mut u8>,
    header: &Header,
    shape: LayerShape,
    settings: &LayerSettings<T>,
) {
    let loss = match settings.loss {
        Loss::Squared => 0,
        Loss::Logistic => 1,
    };
    write_head(places, header, loss, header_len(shape), (blocks(shape).count(), blocks(shape)));
    for (len, number) in form_fields(shape.form(), settings.trained) {
        put(places, len, number);
    }
    put(places, 8, settings.scale.to_bits_u64());
}

/// The parameters, in their order.
fn parts<T: Scalar>(layer: LayerView<'_, T>) -> impl Iterator<Item = &[T]> {
    Parameter::ALL.into_iter().flat_map(move |parameter| [layer.get(parameter), layer.carry(parameter)])
}

/// The form but for the scale, each number with its bytes.
fn form_fields(form: Form, trained: Trained) -> [(usize, u64); 9] {
    let embedding = match form.embedding {
        Embedding::Content => 0,
        Embedding::Concatenated => 1,
        Embedding::Added => 2,
    };
    let codes = match form.codes {
        Codes::None => 0,
        Codes::Fixed { .. } => 1,
        Codes::Learned { .. } => 2,
        Codes::Fresh { .. } => 3,
    };
    let (key_query, keys) = match form.key_query {
        KeyQuery::Merged => (0, 0),
        KeyQuery::Separate { keys } => (1, keys as u64),
    };
    let (queries, vectors) = match form.queries {
        Queries::Tokens => (0, 0),
        Queries::Sets => (1, 0),
        Queries::Vectors { width } => (2, width as u64),
    };
    let width = form.codes.width() as u64;
    let trained = bits(trained);
    [
        (1, embedding),
        (1, codes),
        (1, key_query),
        (1, queries),
        (4, width),
        (4, keys),
        (4, vectors),
        (1, trained),
        (3, 0),
    ]
}

/// A bit for each block that trains.
fn bits(trained: Trained) -> u64 {
    let Trained {
        value_content,
        value_position,
        content_content,
        content_position,
        position_content,
        position_position,
        encoding,
    } = trained;
    [value_content, value_position, content_content, content_position, position_content, position_position, encoding]
        .into_iter()
        .rev()
        .fold(0, |bits, trains| bits << 1 | u64::from(trains))
}

/// Back from [`bits`]; what is no block must be zero.
fn trained_of(bits: u64) -> Option<Trained> {
    let bit = |place: u32| bits >> place & 1 == 1;
    let trained = Trained {
        value_content: bit(0),
        value_position: bit(1),
        content_content: bit(2),
        content_position: bit(3),
        position_content: bit(4),
        position_position: bit(5),
        encoding: bit(6),
    };
    (bits >> 7 == 0).then_some(trained)
}

/// Checks everything that can be checked without a layer, the checksum included, and says what the snapshot holds.
///
/// # Errors
/// [`Error::Snapshot`], also for a snapshot of another kind of model; [`Error::Zero`] or [`Error::TooLarge`] for sizes that no layer
/// of this machine can have.
pub fn inspect_layer(bytes: &[u8]) -> Result<LayerHeader, Error> {
    let (header, reader) = read_head(bytes)?;
    read(header, reader).map(|(header, _)| header)
}

/// Replaces `layer` by the one in the snapshot and returns what was saved beside it.
///
/// # Errors
/// What [`inspect_layer`] refuses; [`Error::Snapshot`] when the snapshot is of another scalar, shape or form than `layer`;
/// [`Error::NotFinite`] for what [`LayerViewMut::new`] would refuse, too. The layer is unchanged then.
pub fn load_layer<T: Scalar>(bytes: &[u8], layer: &mut LayerViewMut<'_, T>) -> Result<LayerContext<T>, Error> {
    let (header, reader) = read_head(bytes)?;
    let (LayerHeader { header, shape, settings }, parameters) = read(header, reader)?;
    if header.scalar_bits != T::BITS {
        return Err(Error::Snapshot(SnapshotFault::OtherScalar));
    }
    if shape != layer.shape() {
        return Err(Error::Snapshot(SnapshotFault::OtherShape));
    }
    let width = (T::BITS / 8) as usize;
    let scalars = |first: usize| read_scalars::<T>(parameters.get(first * width..).unwrap_or_default());
    let mut first = 0;
    for block in blocks(shape) {
        // As many as fit in memory: the shape has been checked.
        let count = (block.rows * block.columns) as usize;
        if block.carry {
            check_carried("snapshot", first, count, scalars(first).zip(scalars(first + count)).take(count))?;
            first += 2 * count;
        } else {
            if let Some(index) = scalars(first).take(count).position(|x| !x.is_finite()) {
                return Err(Error::NotFinite { what: "snapshot", index: first + index });
            }
            first += count;
        }
    }
    let mut scalars = scalars(0);
    layer.each_mut(|_, parameters, carries| {
        for (parameter, scalar) in parameters.iter_mut().chain(carries).zip(&mut scalars) {
            *parameter = scalar;
        }
    });
    layer.set_steps(header.steps);
    let settings = LayerSettings {
        scale: T::from_f64(settings.scale),
        activation: settings.activation.cast(),
        loss: settings.loss,
        trained: settings.trained,
    };
    Ok(LayerContext { stream: header.stream, settings })
}

/// The header whole, and the bytes of the parameters.
pub(super) fn read<'a>(mut header: Header, mut reader: Reader<'a>) -> Result<(LayerHeader, &'a [u8]), Error> {
    if header.model != Model::Layer {
        return Err(reader.refusal(SnapshotFault::OtherModel));
    }
    let foreign = reader.refusal(SnapshotFault::Foreign);
    // What the blocks should be follows from the form, which stands behind their table.
    let mut form = reader.behind_table()?;
    let (embedding, codes, key_query, queries) = (form.field(1)?, form.field(1)?, form.field(1)?, form.field(1)?);
    let mut size = || form.field(4).map(|size| size as usize);
    let (width, keys, vectors) = (size()?, size()?, size()?);
    let (trained, zero, scale) = (form.field(1)?, form.field(3)?, form.field(8)?);
    let embedding = match embedding {
        0 => Embedding::Content,
        1 => Embedding::Concatenated,
        2 => Embedding::Added,
        _ => return Err(foreign),
    };
    let codes = match (codes, width) {
        (0, 0) => Codes::None,
        (1, width) => Codes::Fixed { width },
        (2, width) => Codes::Learned { width },
        (3, width) => Codes::Fresh { width },
        _ => return Err(foreign),
    };
    let key_query = match (key_query, keys) {
        (0, 0) => KeyQuery::Merged,
        (1, keys) => KeyQuery::Separate { keys },
        _ => return Err(foreign),
    };
    let queries = match (queries, vectors) {
        (0, 0) => Queries::Tokens,
        (1, 0) => Queries::Sets,
        (2, width) => Queries::Vectors { width },
        _ => return Err(foreign),
    };
    let form = Form { embedding, codes, key_query, queries };
    let shape = LayerShape::new(header.shape, form).map_err(|error| match error {
        Error::TooLarge { .. } | Error::Zero { .. } if reader.is_sealed() => error,
        _ => foreign,
    })?;
    let settings = LayerSettings {
        scale: header.scalar(scale),
        activation: header.activation().ok_or(foreign)?,
        loss: if reader.loss == 0 { Loss::Squared } else { Loss::Logistic },
        trained: trained_of(trained).ok_or(foreign)?,
    };
    // The high half of a scale of 32 bits is zero.
    if zero != 0 || settings.check(shape).is_err() || (header.scalar_bits == 32 && scale >> 32 != 0) {
        return Err(foreign);
    }
    reader.table(&header, blocks(shape))?;
    let parameters = reader.parameters(&mut header, header_len(shape), layer_len(shape))?;
    Ok((LayerHeader { header, shape, settings }, parameters))
}

#[cfg(test)]
mod tests;
