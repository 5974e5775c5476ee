use std::vec::Vec;
use std::{format, vec};

use super::super::head::crc32;
use super::super::{inspect, load};
use super::*;
use crate::Shape;
use crate::activation::Activation;
use crate::digest::layer_digest;
use crate::error::SnapshotField;
use crate::gradient::layer::{
    LayerOnline, LayerSamples, LayerScratchViewMut, LayerSource, layer_drawn_len, layer_scratch_len,
};
use crate::gradient::samples::BatchLoss;
use crate::layer::Start;
use crate::step::Descent;
use crate::student::{StudentViewMut, student_len};
use crate::teacher::per_sample::Selection;
use crate::training::Training;

const TOKENS: Form = Form::concatenated(3);

/// One of every kind of everything, each with a seed of its own.
fn forms() -> [Form; 5] {
    let separate = KeyQuery::Separate { keys: 2 };
    [
        TOKENS,
        Form { embedding: Embedding::Content, codes: Codes::None, queries: Queries::Vectors { width: 4 }, ..TOKENS },
        Form { embedding: Embedding::Added, codes: Codes::Learned { width: 2 }, key_query: separate, ..TOKENS },
        Form { codes: Codes::Fresh { width: 3 }, queries: Queries::Sets, ..TOKENS },
        Form { codes: Codes::Learned { width: 3 }, key_query: separate, queries: Queries::Sets, ..TOKENS },
    ]
}

fn shape(form: Form) -> LayerShape {
    LayerShape::new(Shape::new(1, 2, 3, 3).unwrap(), form).unwrap()
}

/// Memory of a layer whose parameters and carries are all something else than zero.
fn memory<T: Scalar>(shape: LayerShape, seed: u64) -> Vec<T> {
    let mut memory = vec![T::ZERO; layer_len(shape)];
    SampleStream::new(seed).sample().gaussian_fill(&mut memory);
    memory
}

fn settings<T: Scalar>(shape: LayerShape) -> LayerSettings<T> {
    LayerSettings { scale: T::from_f64(0.7), ..LayerSettings::new(shape, Activation::LeakyRelu(T::from_f64(0.1))) }
}

fn context<T: Scalar>(shape: LayerShape) -> LayerContext<T> {
    LayerContext { stream: Some(SampleStream::at(7, 8)), settings: settings(shape) }
}

fn snapshot<T: Scalar>(shape: LayerShape, memory: &[T], context: &LayerContext<T>) -> Vec<u8> {
    let mut bytes = vec![0; layer_snapshot_len::<T>(shape)];
    let layer = LayerView::resume(shape, memory, 9).unwrap();
    save_layer(layer, context, &mut bytes).unwrap();
    let mut pieces = vec![];
    let keep = |piece: &[u8]| -> Result<(), Error> {
        pieces.extend_from_slice(piece);
        Ok(())
    };
    save_layer_pieces(layer, context, keep).unwrap();
    assert_eq!(pieces, bytes);
    bytes
}

/// Makes the checksum fit whatever the bytes have become.
fn forge(bytes: &mut [u8]) {
    let end = bytes.len() - 4;
    let checksum = crc32(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
}

/// What a layer of this form becomes by loading: everything that is saved, or the refusal, after which nothing has changed.
fn loaded<T: Scalar>(shape: LayerShape, bytes: &[u8]) -> Result<(u64, LayerContext<T>), Error> {
    let (mut elements, mut steps) = (memory::<T>(shape, 77), 5);
    let mut layer = LayerViewMut::resume(shape, &mut elements, &mut steps).unwrap();
    let before = layer_digest(layer.view());
    let loaded = load_layer(bytes, &mut layer);
    let after = layer_digest(layer.view());
    if loaded.is_err() {
        assert_eq!(after, before, "a refused snapshot changes nothing");
    }
    loaded.map(|context| (after, context))
}

fn comes_back<T: Scalar>() {
    for (form, seed) in forms().into_iter().zip(1..) {
        let shape = shape(form);
        let elements = memory::<T>(shape, seed);
        let digest = layer_digest(LayerView::resume(shape, &elements, 9).unwrap());
        for stream in [None, Some(SampleStream::at(u64::MAX, 1 << 60))] {
            let context = LayerContext { stream, ..context(shape) };
            let bytes = snapshot(shape, &elements, &context);
            assert_eq!(loaded(shape, &bytes), Ok((digest, context)), "{form:?}");
            let header = inspect_layer(&bytes).unwrap();
            assert_eq!((header.shape, header.settings.trained), (shape, Trained::all(shape)));
            assert_eq!(T::from_f64(header.settings.scale), context.settings.scale);
            assert_eq!(inspect(&bytes), Ok(header.header));
            assert_eq!((header.header.model, header.header.steps, header.header.stream), (Model::Layer, 9, stream));
        }
    }
}

#[test]
fn what_is_saved_comes_back() {
    comes_back::<f32>();
    comes_back::<f64>();
}

#[test]
fn the_format_is_as_written_down() {
    let form = Form {
        codes: Codes::Fixed { width: 1 },
        key_query: KeyQuery::Separate { keys: 2 },
        queries: Queries::Vectors { width: 3 },
        ..TOKENS
    };
    let shape = LayerShape::new(Shape::new(1, 2, 2, 1).unwrap(), form).unwrap();
    let (mut elements, mut steps) = (vec![0.0_f32; layer_len(shape)], 0x0102);
    let mut layer = LayerViewMut::new(shape, &mut elements, &mut steps).unwrap();
    layer.set(Parameter::Value, &[1.0, -2.0, 0.5]).unwrap();
    layer.set(Parameter::Codes, &[1.0, -2.0]).unwrap();
    let trained = Trained { value_content: true, position_content: true, ..Trained::NONE };
    let settings = LayerSettings { scale: 1.0, activation: Activation::Identity, loss: Loss::Logistic, trained };
    let mut bytes = vec![0; layer_snapshot_len::<f32>(shape)];
    save_layer(layer.view(), &LayerContext { stream: None, settings }, &mut bytes).unwrap();
    let mut expected = vec![0x89, b'T', b'U', b'T', b'E', b'E', 13, 10, 2, 0, 32, 0];
    expected.extend([1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]);
    expected.extend([2, 1, 0, 0, 0, 0, 0, 0]);
    expected.extend([0; 16]);
    // The header: 72, four blocks and the form.
    expected.extend([148, 0, 1, 4, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expected.extend([1, 1, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 4, 1, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]);
    expected.extend([5, 1, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]);
    expected.extend([1, 1, 1, 2, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0b1_0001, 0, 0, 0]);
    expected.extend([0, 0, 0x80, 0x3F, 0, 0, 0, 0]);
    assert_eq!(expected.len(), 148);
    expected.extend([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F]);
    expected.extend(vec![0; 4 * (3 + 2 * 6 + 2 * 6)]);
    expected.extend([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]);
    let checksum = crc32(&expected).to_le_bytes();
    expected.extend(checksum);
    assert_eq!(bytes, expected);
}

/// With the checksum as it was every flipped bit is refused; with one that fits it is refused or leads to something else.
fn every_bit_counts<T: Scalar>() {
    for (form, seed) in forms().into_iter().zip(1..) {
        let shape = shape(form);
        let mut bytes = snapshot(shape, &memory::<T>(shape, seed), &context(shape));
        let good = (loaded::<T>(shape, &bytes).unwrap(), inspect_layer(&bytes).unwrap());
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(loaded::<T>(shape, &bytes).is_err() && inspect(&bytes).is_err(), "bit {bit}");
            if bit < (bytes.len() - 4) * 8 {
                let mut forged = bytes.clone();
                forge(&mut forged);
                if let Ok(found) = loaded::<T>(shape, &forged) {
                    assert_ne!((found, inspect_layer(&forged).unwrap()), good, "{form:?} bit {bit}");
                }
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(loaded::<T>(shape, &bytes).is_ok());
    }
}

#[test]
fn every_single_bit_flip_is_refused_or_seen() {
    every_bit_counts::<f32>();
    every_bit_counts::<f64>();
}

#[test]
fn truncated_and_trailing_bytes_are_refused() {
    for form in forms() {
        let shape = shape(form);
        let mut bytes = snapshot(shape, &memory::<f64>(shape, 1), &context(shape));
        for end in 0..bytes.len() {
            let refusal = loaded::<f64>(shape, &bytes[..end]).unwrap_err();
            assert_eq!(refusal, Error::Snapshot(SnapshotFault::Truncated), "{end}");
        }
        bytes.push(0);
        assert_eq!(loaded::<f64>(shape, &bytes), Err(Error::Snapshot(SnapshotFault::Trailing)));
    }
}

#[test]
fn other_kinds_scalars_and_shapes_are_refused() {
    let all = forms().map(shape);
    for (shape, own) in all.into_iter().zip(0..) {
        for (other, place) in all.into_iter().zip(0..) {
            let bytes = snapshot(other, &memory::<f64>(other, 1), &context(other));
            let expected = Err(Error::Snapshot(SnapshotFault::OtherShape));
            assert!(own == place || loaded::<f64>(shape, &bytes) == expected, "{own} {place}");
        }
        let narrow = snapshot(shape, &memory::<f32>(shape, 1), &context(shape));
        assert_eq!(loaded::<f64>(shape, &narrow), Err(Error::Snapshot(SnapshotFault::OtherScalar)));
    }
    // A student where a layer is wanted, and the other way round.
    let (shape, other) = (all[0], Err(Error::Snapshot(SnapshotFault::OtherModel)));
    let (mut elements, mut steps) = (vec![0.5; student_len(shape.shape())], 5);
    let mut student = StudentViewMut::new(shape.shape(), &mut elements, &mut steps).unwrap();
    let mut bytes = vec![0; super::super::snapshot_len::<f64>(shape.shape())];
    super::super::save(student.view(), None, &mut bytes).unwrap();
    assert_eq!(loaded::<f64>(shape, &bytes), other);
    assert!(inspect_layer(&bytes).is_err());
    let layer = snapshot(shape, &memory::<f64>(shape, 1), &context(shape));
    assert_eq!(load(&layer, &mut student).map(|_| ()), Err(other.unwrap_err()));
    assert!(student.view().value().iter().all(|&value| value == 0.5));
}

#[test]
fn headers_that_nobody_writes_are_refused_even_with_a_good_checksum() {
    let shape = shape(forms()[4]);
    let good = snapshot(shape, &memory::<f32>(shape, 1), &context(shape));
    let refused = |offset: usize, byte: u8, expected: SnapshotFault| {
        let mut bytes = good.clone();
        bytes[offset] = byte;
        forge(&mut bytes);
        assert_eq!(loaded::<f32>(shape, &bytes), Err(Error::Snapshot(expected)), "{offset} {byte}");
    };
    let unknown = |what, number| SnapshotFault::Unknown { what, number };
    refused(54, 4, unknown(SnapshotField::Model, 4));
    refused(57, 2, unknown(SnapshotField::Loss, 2));
    refused(72, 11, unknown(SnapshotField::Block, 11));
    // An activation that was not saved, another number of blocks, a block without its carry.
    for (offset, byte) in [(56, 0), (55, 3), (55, 5), (52, 1), (72, 2), (73, 0), (109, 0)] {
        refused(offset, byte, SnapshotFault::Foreign);
    }
    // The form, behind four blocks: kinds that are none, widths of what has none, blocks that do not exist, no scale.
    let form = table_end(4);
    for (place, byte) in [(0, 3), (1, 4), (1, 0), (2, 2), (2, 0), (3, 3), (3, 0), (12, 1), (16, 0xFF), (17, 1), (24, 1)]
    {
        refused(form + place, byte, SnapshotFault::Foreign);
    }
    let mut bytes = good.clone();
    bytes[form + 20..form + 24].copy_from_slice(&f32::INFINITY.to_le_bytes());
    forge(&mut bytes);
    assert_eq!(loaded::<f32>(shape, &bytes), Err(Error::Snapshot(SnapshotFault::Foreign)));
    // A width for which there is no memory is not followed.
    for place in [4, 8] {
        let mut bytes = good.clone();
        bytes[form + place..form + place + 4].fill(0xFF);
        forge(&mut bytes);
        assert!(matches!(loaded::<f32>(shape, &bytes), Err(Error::TooLarge { .. })), "{place}");
    }
}

#[test]
fn parameters_that_are_no_numbers_are_refused_even_with_a_good_checksum() {
    for form in [TOKENS, forms()[4]] {
        let shape = shape(form);
        let good = snapshot(shape, &memory::<f32>(shape, 1), &context(shape));
        for index in 0..layer_len(shape) {
            let mut bytes = good.clone();
            bytes[header_len(shape) + 4 * index..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
            forge(&mut bytes);
            assert_eq!(loaded::<f32>(shape, &bytes), Err(Error::NotFinite { what: "snapshot", index }));
        }
    }
}

#[test]
fn a_layer_that_could_not_be_loaded_is_not_saved() {
    let shape = shape(TOKENS);
    let mut elements = memory::<f64>(shape, 1);
    let refused = |elements: &[f64], context: &LayerContext<f64>, len: usize| {
        let mut bytes = vec![7; len];
        let refusal = save_layer(LayerView::resume(shape, elements, 0).unwrap(), context, &mut bytes).unwrap_err();
        assert!(bytes.iter().all(|&byte| byte == 7), "{refusal}");
        if len == layer_snapshot_len::<f64>(shape) {
            let never = |_: &[u8]| -> Result<(), Error> { panic!("a piece of what is refused") };
            let layer = LayerView::resume(shape, elements, 0).unwrap();
            assert_eq!(save_layer_pieces(layer, context, never), Err(refusal));
        }
        refusal
    };
    let (len, mut wrong) = (layer_snapshot_len::<f64>(shape), context(shape));
    let length = Error::Length { what: "snapshot", expected: len, found: len - 1 };
    assert_eq!(refused(&elements, &wrong, len - 1), length);
    wrong.settings.trained.encoding = true;
    assert!(matches!(refused(&elements, &wrong, len), Error::OutOfRange { .. }));
    let last = elements.len() - 1;
    elements[last] = f64::NAN;
    assert_eq!(refused(&elements, &context(shape), len), Error::NotFinite { what: "layer memory", index: last });
}

/// Trains on sets that are drawn, from `stream` on.
fn train<T: Scalar>(layer: LayerViewMut<'_, T>, context: &LayerContext<T>, steps: u32) -> SampleStream {
    let shape = layer.shape();
    let value = [T::ONE, T::from_f64(-0.5)];
    let labels = Selection::new(shape.shape(), context.settings.activation, &value).unwrap();
    let (mut scratch, mut batch_loss) = (vec![T::ZERO; layer_scratch_len(shape)], BatchLoss::ZERO);
    let scratch = LayerScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
    let samples = LayerSamples::new(layer, context.settings, scratch).unwrap();
    let source = LayerSource { stream: context.stream.unwrap(), ..LayerSource::gaussian(0, 2) };
    let (mut drawn, mut sets) = (vec![T::ZERO; layer_drawn_len(shape)], [0; 6]);
    let mut online = LayerOnline::new(samples, labels, source, &mut drawn, &mut sets).unwrap();
    let descent = Descent::new(T::from_f64(0.05));
    for _ in 0..steps {
        online.step(&descent).unwrap();
    }
    online.source().stream
}

/// A run that was saved, loaded and gone on with has the digest of one that never stopped.
fn goes_on<T: Scalar>() {
    let shape = shape(forms()[4]);
    let context = LayerContext { stream: Some(SampleStream::new(5)), settings: settings(shape) };
    let (mut through, mut stopped) = ((memory::<T>(shape, 1), 0), (memory::<T>(shape, 1), 0));
    for (elements, steps) in [&mut through, &mut stopped] {
        let mut layer = LayerViewMut::resume(shape, elements, steps).unwrap();
        layer.start(Start::Gaussian { deviation: T::from_f64(0.3), seed: 3 }, Trained::all(shape)).unwrap();
    }
    train(LayerViewMut::resume(shape, &mut through.0, &mut through.1).unwrap(), &context, 30);
    let stream = train(LayerViewMut::resume(shape, &mut stopped.0, &mut stopped.1).unwrap(), &context, 12);
    let mut bytes = vec![0; layer_snapshot_len::<T>(shape)];
    let context = LayerContext { stream: Some(stream), ..context };
    save_layer(LayerView::resume(shape, &stopped.0, stopped.1).unwrap(), &context, &mut bytes).unwrap();
    let (mut elements, mut steps) = (memory::<T>(shape, 2), 0);
    let mut resumed = LayerViewMut::resume(shape, &mut elements, &mut steps).unwrap();
    let context = load_layer(&bytes, &mut resumed).unwrap();
    train(resumed.reborrow(), &context, 18);
    let through = LayerView::resume(shape, &through.0, through.1).unwrap();
    assert_eq!((resumed.view().steps(), layer_digest(resumed.view())), (30, layer_digest(through)));
    assert!(through.carry(Parameter::Codes).iter().any(|&carry| carry != T::ZERO), "the carries are tested, too");
}

#[test]
fn a_run_goes_on_with_the_same_bits() {
    goes_on::<f32>();
    goes_on::<f64>();
}

#[test]
fn a_fault_of_kind_has_a_sentence_of_its_own() {
    let fault = Error::Snapshot(SnapshotFault::OtherModel);
    assert_eq!(format!("{fault}"), "the snapshot holds another kind of model");
}
