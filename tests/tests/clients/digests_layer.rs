//! What `clients/digests_layer.h` prints, computed without the C interface.

use tutee::activation::Activation;
use tutee::digest::{Digest, layer_digest};
use tutee::gradient::layer::{
    LayerOnline, LayerSamples, LayerScratchViewMut, LayerSource, layer_drawn_len, layer_scratch_len,
};
use tutee::gradient::samples::BatchLoss;
use tutee::input::LabelNoise;
use tutee::layer::{
    Codes, Form, KeyQuery, LayerInput, LayerSettings, LayerShape, LayerViewMut, Parameter, Queries, Query, Start,
    Trained, layer_len,
};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::step::Descent;
use tutee::teacher::per_sample::Selection;
use tutee::training::Training;
use tutee::{Scalar, Shape};

use super::numbers::simulate;

const PAIRS: usize = 5;

fn sizes(form: Form) -> LayerShape {
    LayerShape::new(Shape::new(2, 3, 4, 3).unwrap(), form).unwrap()
}

fn numbers<T: Scalar>(n: usize, state: &mut u64) -> Vec<T> {
    (0..n).map(|_| simulate(state)).collect()
}

/// Lets `train` at a layer that has set out, and digests it with what is answered and attended to at the end.
fn line<T: Scalar>(
    name: &str,
    form: Form,
    train: impl FnOnce(LayerSamples<'_, T>, &mut dyn FnMut(&[T], &mut LayerSamples<'_, T>)),
) -> String {
    let shape = sizes(form);
    let settings = LayerSettings {
        scale: T::from_f64(0.75),
        ..LayerSettings::new(shape, Activation::LeakyRelu(T::from_f64(0.125)))
    };
    let (mut memory, mut steps) = (vec![T::ZERO; layer_len(shape)], 0);
    let mut layer = LayerViewMut::new(shape, &mut memory, &mut steps).unwrap();
    layer.start(Start::Gaussian { deviation: T::from_f64(0.5), seed: 3 }, Trained::all(shape)).unwrap();
    if let Codes::Learned { width } = form.codes {
        let mut learned = vec![T::ZERO; 4 * width];
        codes::sine(MatrixViewMut::new("codes", &mut learned, 4, width).unwrap());
        layer.set(Parameter::Codes, &learned).unwrap();
    }
    let (mut scratch, mut batch_loss) = (vec![T::ZERO; layer_scratch_len(shape)], BatchLoss::ZERO);
    let scratch = LayerScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
    let mut hash = Digest::new();
    let mut digest = 0;
    train(LayerSamples::new(layer, settings, scratch).unwrap(), &mut |answers, samples| {
        hash.scalars(answers);
        hash.scalars(samples.attention());
        digest = layer_digest(samples.layer());
    });
    format!("layer {name} f{} {digest:016x} {:016x}", T::BITS, hash.finish())
}

pub fn layer_pairs<T: Scalar>() -> String {
    let form = Form {
        codes: Codes::Fresh { width: 2 },
        key_query: KeyQuery::Separate { keys: 3 },
        queries: Queries::Vectors { width: 5 },
        ..Form::concatenated(2)
    };
    line("pairs", form, |mut samples, end| {
        let (mut state, mut answers) = (1, vec![]);
        for step in 0..20 {
            let [x, queries, codes, y] = [12, 15, 8, 6].map(|one| numbers::<T>(PAIRS * one, &mut state));
            let inputs: Vec<_> = x
                .chunks(12)
                .zip(queries.chunks(15))
                .zip(codes.chunks(8))
                .map(|((x, u), codes)| LayerInput { x, query: Query::Vectors(u), codes })
                .collect();
            for (input, y) in inputs.iter().zip(y.chunks(6)) {
                samples.accumulate(input, y).unwrap();
            }
            samples.step(&Descent::new(T::from_f64(0.0625))).unwrap();
            if step == 19 {
                for input in &inputs {
                    let mut f = [T::ZERO; 6];
                    samples.predict(input, &mut f).unwrap();
                    answers.extend(f);
                }
            }
        }
        end(&answers, &mut samples);
    })
}

pub fn layer_online<T: Scalar>() -> String {
    let form = Form { codes: Codes::Learned { width: 2 }, queries: Queries::Sets, ..Form::concatenated(2) };
    line("online", form, |samples, end| {
        let mut state = 1;
        let value = numbers::<T>(6, &mut state);
        let shape = sizes(form);
        let labels = Selection::new(shape.shape(), samples.settings().activation, &value).unwrap();
        let noise = LabelNoise { mean: T::ZERO, standard_deviation: T::from_f64(0.125) };
        let source = LayerSource { noise, ..LayerSource::gaussian(11, 4) };
        let (mut drawn, mut sets) = (vec![T::ZERO; layer_drawn_len(shape)], [0; 6]);
        let mut online = LayerOnline::new(samples, labels, source, &mut drawn, &mut sets).unwrap();
        for _ in 0..20 {
            online.step(&Descent::new(T::from_f64(0.0625))).unwrap();
        }
        let (x, mut f) = (numbers::<T>(12, &mut state), [T::ZERO; 6]);
        let input = LayerInput { x: &x, query: Query::Sets(&[0, 3, 2, 1, 1, 3]), codes: &[] };
        online.samples().predict(&input, &mut f).unwrap();
        end(&f, online.samples());
    })
}
