//! What `clients/digests_exact.h` prints, computed without the C interface.

use std::ops::ControlFlow;

use tutee::activation::Activation;
use tutee::digest::{Digest, digest, layer_digest};
use tutee::gradient::label::{GroupLabel, LabelPopulation, label_population_len};
use tutee::gradient::layer::{SelectionPopulation, Sets, selection_population_len};
use tutee::input::SampleStream;
use tutee::layer::{Codes, Form, LayerSettings, LayerShape, LayerViewMut, Parameter, Queries, Trained, layer_len};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::trace::Schedule;
use tutee::training::{Measured, StopRule, Training, run};
use tutee::{Scalar, Shape};

use super::numbers::simulate;

fn line<T: Scalar>(training: &str, digest: u64, losses: &[T]) -> String {
    let mut hash = Digest::new();
    hash.scalars(losses);
    format!("exact {training} f{} {digest:016x} {:016x}", T::BITS, hash.finish())
}

pub fn exact_label<T: Scalar>() -> String {
    let shape = Shape::new(1, 3, 4, 3).unwrap();
    let mut state = 1;
    let direction: Vec<T> = (0..3).map(|_| simulate(&mut state)).collect();
    let (mut memory, mut steps) = (vec![T::ZERO; student_len(shape)], 0);
    let mut scratch = vec![T::ZERO; label_population_len(shape)];
    let label = GroupLabel::new(&direction, 1, T::from_f64(0.75), T::from_f64(0.125)).unwrap();
    let student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
    let mut training = LabelPopulation::new(student, label, &mut scratch).unwrap();
    let descent = Descent::new(T::HALF);
    run(&mut training, &descent, &StopRule::steps(60), Schedule::NEVER, |_| ControlFlow::Continue(())).unwrap();
    let (loss, measure) = (training.loss().unwrap(), training.measure());
    line("label", digest(training.student()), &[loss, measure.excess_loss, measure.gradient_norm])
}

pub fn exact_selection<T: Scalar>() -> String {
    let form = Form { codes: Codes::Fixed { width: 2 }, queries: Queries::Sets, ..Form::concatenated(2) };
    let shape = LayerShape::new(Shape::new(2, 3, 4, 3).unwrap(), form).unwrap();
    let mut state = 1;
    let value: Vec<T> = (0..6).map(|_| simulate(&mut state)).collect();
    let settings = LayerSettings {
        scale: T::from_f64(0.75),
        trained: Trained { value_content: true, position_position: true, ..Trained::NONE },
        ..LayerSettings::new(shape, Activation::LeakyRelu(T::from_f64(0.125)))
    };
    let (mut memory, mut steps) = (vec![T::ZERO; layer_len(shape)], 0);
    let (mut set, mut scratch) = ([0; 2], vec![T::ZERO; selection_population_len(shape)]);
    let mut filled = [T::ZERO; 8];
    codes::sine(MatrixViewMut::new("codes", &mut filled, 4, 2).unwrap());
    LayerViewMut::new(shape, &mut memory, &mut steps).unwrap().set(Parameter::Codes, &filled).unwrap();
    let mut drawn = Sets::Drawn { stream: SampleStream::new(11), count: 18 };
    let mut with = |sets: Sets, count: u32| {
        let layer = LayerViewMut::new(shape, &mut memory, &mut steps).unwrap();
        let mut training = SelectionPopulation::new(layer, settings, &value, sets, &mut set, &mut scratch).unwrap();
        for _ in 0..count {
            training.step(&Descent::new(T::from_f64(0.125))).unwrap();
        }
        let (sets, digest) = (training.sets(), layer_digest(training.layer()));
        (sets, digest, training.excess_loss(sets).unwrap())
    };
    (drawn, ..) = with(drawn, 20);
    let (_, digest, over_all) = with(Sets::All, 20);
    let (.., over_drawn) = with(drawn, 0);
    line("selection", digest, &[over_all, over_drawn])
}
