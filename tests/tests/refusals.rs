//! Doors and limits: what is refused on the way in, what may go no further, and what is forgotten on request. Each
//! refusal is named and leaves every bit as it was.

use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratch, Source};
use tutee::gradient::population::{Population, PopulationScratch};
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::matrix::Matrix;
use tutee::step::{Descent, LOGIT_STEP_LIMIT};
use tutee::student::{Student, StudentViewMut, student_len};
use tutee::teacher::{Teacher, TeacherView, convolution};
use tutee::training::{Measured, Training};
use tutee::{Error, Scalar, Shape};
use tutee_tests::model::{ACTIVATIONS, Model, largest};
use tutee_tests::random::Random;

const NOT_FINITE: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

fn shape() -> Shape {
    Shape::new(2, 3, 4, 2).unwrap()
}

fn teacher<T: Scalar>() -> Teacher<T, 2, 3, 4, 2> {
    let mut teacher = Teacher::ZERO;
    let value = Matrix::from_rows([[0.6, 0.8, 0.0], [0.0, -0.6, 0.8]].map(|row| row.map(T::from_f64)));
    teacher.fill(Activation::Relu, &value, |mixing| convolution::average_pooling(mixing, 2)).unwrap();
    teacher
}

/// A student in which every matrix holds a carry.
fn trained() -> Student<f32, 2, 3, 4, 2> {
    let (teacher, mut student, mut scratch) = (teacher(), Student::ZERO, PopulationScratch::ZERO);
    let mut training = Population::of(&mut student, &teacher, &mut scratch);
    for _ in 0..20 {
        training.step(&Descent::new(0.3)).unwrap();
    }
    let nonzero = |carry: &[f32]| carry.iter().any(|&c| c != 0.0);
    assert!(nonzero(student.view().value_carry()) && nonzero(student.view().logits_carry()));
    student
}

/// The parts as bits: value, its carry, logits, their carry.
fn parts(student: &Student<f32, 2, 3, 4, 2>) -> [Vec<u32>; 4] {
    let view = student.view();
    [view.value(), view.value_carry(), view.logits(), view.logits_carry()]
        .map(|part| part.iter().map(|x| x.to_bits()).collect())
}

#[test]
fn replacing_a_matrix_forgets_its_carry_and_nothing_else() {
    let new = [0.5, -0.25, 3.0, 1.0, 0.0, 2.0, -7.0, 0.125];
    let bits = |x: &[f32]| -> Vec<u32> { x.iter().map(|x| x.to_bits()).collect() };

    let mut student = trained();
    let [.., logits, logits_carry] = parts(&student);
    student.view_mut().set_value(&new[..6]).unwrap();
    assert_eq!(parts(&student), [bits(&new[..6]), vec![0; 6], logits, logits_carry]);
    assert_eq!(student.steps(), 20);

    let mut student = trained();
    let [value, value_carry, ..] = parts(&student);
    student.view_mut().set_logits(&new).unwrap();
    assert_eq!(parts(&student), [value, value_carry, bits(&new), vec![0; 8]]);
    assert_eq!(student.steps(), 20);
}

#[test]
fn a_reset_student_is_a_new_one() {
    for through_view in [false, true] {
        let mut student = trained();
        if through_view {
            student.view_mut().reset();
        } else {
            student.reset();
        }
        assert_eq!(parts(&student), [vec![0; 6], vec![0; 6], vec![0; 8], vec![0; 8]]);
        assert_eq!(student.steps(), 0);
    }
}

#[test]
fn a_matrix_that_is_not_finite_or_has_another_size_is_not_taken() {
    let mut student = trained();
    let before = digest(student.view());
    for bad in NOT_FINITE.map(|x| x as f32) {
        for index in 0..8 {
            let mut elements = [0.5; 8];
            elements[index] = bad;
            let refused = student.view_mut().set_logits(&elements);
            assert_eq!(refused, Err(Error::NotFinite { what: "logits", index }));
            if index < 6 {
                let refused = student.view_mut().set_value(&elements[..6]);
                assert_eq!(refused, Err(Error::NotFinite { what: "value", index }));
            }
        }
    }
    for found in [5, 7] {
        let refused = student.view_mut().set_value(&[0.5; 8][..found]);
        assert_eq!(refused, Err(Error::Length { what: "value", expected: 6, found }));
    }
    for found in [7, 9] {
        let refused = student.view_mut().set_logits(&[0.5; 9][..found]);
        assert_eq!(refused, Err(Error::Length { what: "logits", expected: 8, found }));
    }
    assert_eq!(digest(student.view()), before);
}

#[test]
fn memory_that_is_not_finite_is_no_student() {
    let (mut memory, mut steps) = (vec![0.5; student_len(shape())], 3);
    assert!(StudentViewMut::new(shape(), &mut memory, &mut steps).is_ok());
    for bad in NOT_FINITE {
        for index in 0..memory.len() {
            memory[index] = bad;
            let refused = StudentViewMut::new(shape(), &mut memory, &mut steps).err();
            assert_eq!(refused, Some(Error::NotFinite { what: "student memory", index }));
            memory[index] = 0.5;
        }
    }
    let found = memory.len() - 1;
    let refused = StudentViewMut::new(shape(), &mut memory[..found], &mut steps).err();
    assert_eq!(refused, Some(Error::Length { what: "student memory", expected: found + 1, found }));
}

#[test]
fn matrices_that_are_not_finite_are_no_teacher() {
    let (mut value, mut mixing) = ([0.5; 6], [0.25; 8]);
    let refused = |value: &[f64], mixing: &[f64]| TeacherView::new(shape(), Activation::Relu, value, mixing).err();
    assert_eq!(refused(&value, &mixing), None);
    for bad in NOT_FINITE {
        for index in 0..6 {
            value[index] = bad;
            assert_eq!(refused(&value, &mixing), Some(Error::NotFinite { what: "value", index }));
            value[index] = 0.5;
        }
        for index in 0..8 {
            mixing[index] = bad;
            assert_eq!(refused(&value, &mixing), Some(Error::NotFinite { what: "mixing", index }));
            mixing[index] = 0.25;
        }
    }
    assert_eq!(refused(&value[..5], &mixing), Some(Error::Length { what: "value", expected: 6, found: 5 }));
    assert_eq!(refused(&value, &mixing[..7]), Some(Error::Length { what: "mixing", expected: 8, found: 7 }));
    let slope = TeacherView::new(shape(), Activation::LeakyRelu(1.5), &value, &mixing).err();
    assert!(matches!(slope, Some(Error::OutOfRange { .. })), "{slope:?}");
}

/// The group of a mixing of two outputs over four tokens.
fn group<T: Scalar>(mixing: [[f64; 4]; 2]) -> Option<usize> {
    let mixing = mixing.map(|row| row.map(T::from_f64));
    let value = [T::ONE; 6];
    TeacherView::new(shape(), Activation::Identity, &value, mixing.as_flattened()).unwrap().group()
}

fn only_regular_mixings_have_a_group<T: Scalar>() {
    let (regular, third) = ([0.0, 0.5, 0.0, 0.5], 1.0 / 3.0);
    assert_eq!(group::<T>([regular, [0.5, 0.5, 0.0, 0.0]]), Some(2));
    assert_eq!(group::<T>([[third, third, third, 0.0], [0.0, third, third, third]]), Some(3));
    assert_eq!(group::<T>([[0.25; 4]; 2]), Some(4));
    // The last place of a share may be rounded, and no more.
    let near = |ulps: f64| [0.5 * (1.0 + ulps * T::EPSILON.to_f64()), 0.5, 0.0, 0.0];
    assert_eq!(group::<T>([regular, near(1.0)]), Some(2));
    let irregular = [
        ("another number of entries", [1.0, 0.0, 0.0, 0.0]),
        ("more entries", [0.25; 4]),
        ("unequal shares", [0.75, 0.25, 0.0, 0.0]),
        ("shares that do not add up to one", [0.25, 0.25, 0.0, 0.0]),
        ("a share that is not positive", [0.5, -0.5, 0.0, 0.0]),
        ("shares that are nearly equal", near(4.0)),
        ("no entry", [0.0; 4]),
    ];
    for (what, row) in irregular {
        assert_eq!(group::<T>([regular, row]), None, "{what}, second");
        assert_eq!(group::<T>([row, regular]), None, "{what}, first");
    }
    assert_eq!(group::<T>([[0.0; 4]; 2]), None);
}

#[test]
fn only_a_regular_mixing_has_a_group() {
    only_regular_mixings_have_a_group::<f64>();
    only_regular_mixings_have_a_group::<f32>();
}

#[test]
fn an_illegal_source_is_refused_and_named() {
    let teacher = teacher::<f64>();
    let (mut student, mut scratch) = (Student::ZERO, OnlineScratch::ZERO);
    let legal = Source { noise: LabelNoise { mean: -0.5, standard_deviation: 0.5 }, ..Source::gaussian(1, 8) };
    let noise = |mean, standard_deviation| Source { noise: LabelNoise { mean, standard_deviation }, ..legal };
    let input = |input| Source { input, ..legal };
    let mut refused = |source: Source<f64>| {
        let found = Online::of(&mut student, &teacher, source, &mut scratch).err();
        assert_eq!(found, source.check().err());
        found
    };
    assert_eq!(refused(legal), None);
    for (source, part) in [
        (noise(0.0, f64::NAN), "standard deviation"),
        (noise(0.0, f64::INFINITY), "standard deviation"),
        (noise(0.0, -0.5), "standard deviation"),
        (noise(f64::NAN, 0.5), "mean of the label noise"),
        (noise(f64::NEG_INFINITY, 0.0), "mean of the label noise"),
        (input(Input::Shifted { mean: f64::NAN }), "shifted"),
        (input(Input::Correlated { correlation: 1.0 }), "correlation"),
        (input(Input::StudentT { degrees_of_freedom: 2 }), "degrees of freedom"),
    ] {
        match refused(source) {
            Some(Error::OutOfRange { what }) => assert!(what.contains(part), "{source:?}: {what}"),
            other => panic!("{source:?}: {other:?}"),
        }
    }
    assert_eq!(refused(Source { batch: 0, ..legal }), Some(Error::Zero { what: "the batch" }));
}

/// Rows of unequal norm, so that it matters which one a bound takes; the largest norm, 1, is neither first nor last.
const MIXING: [f64; 12] = [0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.25, 0.25, 0.25, 0.25];

fn random_model(random: &mut Random, activation: Activation<f64>, value: f64, student: f64) -> Model<f64> {
    let shape = Shape::new(2, 3, 4, 3).unwrap();
    let mut model = Model::new(shape, activation, &random.normals(6, value), &MIXING);
    model.place(&random.normals(6, student), &random.normals(12, 1.0));
    model
}

fn norm(x: &[f64]) -> f64 {
    libm::sqrt(x.iter().map(|x| x * x).sum())
}

/// Takes a step that must be refused, and sees that nothing has changed.
fn refuses(training: &mut impl Measured<f64>, descent: &Descent<f64>) {
    let before = digest(training.student());
    assert_eq!(training.step(descent), Err(Error::Diverged), "{descent:?}");
    assert_eq!(digest(training.student()), before, "a refused step changed the student");
}

/// The promise, whatever the bound behind it: at the gradient as it is, rates that carry W a thousandth past the limit, or
/// a logit a thousandth further than the limit of a step, are refused. The scales make each part of the bound matter.
#[test]
fn no_exact_step_goes_past_a_limit() {
    let mut random = Random::new(5);
    for activation in ACTIVATIONS {
        for (value, student) in [(1.0, 0.0), (1.0, 1.0), (1e4, 1e-3), (1e-3, 1e4)] {
            let mut model = random_model(&mut random, activation, value, student);
            let (d_value, d_logits) = model.population_gradient();
            let w = model.oracle_student().value.concat();
            let rate = 0.7;
            let reached: Vec<f64> = w.iter().zip(&d_value).map(|(w, d)| w - rate * d).collect();
            let limit = norm(&reached) / 1.001;
            refuses(&mut model.population(), &Descent { value_limit: limit, ..Descent::new(rate) });
            if student > 0.0 {
                let attention_rate = 1.001 * 4.0 * LOGIT_STEP_LIMIT / largest(&d_logits);
                let descent = Descent::new(0.0).with_attention_rate(attention_rate);
                refuses(&mut model.population(), &Descent { value_limit: 1e100, ..descent });
            }
        }
    }
}

/// The bound itself, as its documentation states it: it is taken just inside and refused just outside.
#[test]
fn the_bound_of_an_exact_step_is_the_documented_one() {
    let mut random = Random::new(6);
    for activation in ACTIVATIONS {
        let mut model = random_model(&mut random, activation, 1.0, 0.5);
        let (w, v) = (norm(&model.oracle_student().value.concat()), norm(&model.oracle_teacher().value.concat()));
        let (outputs, tokens, mixing_norm) = (3.0, 4.0, 1.0);
        let rate = 0.7;
        let reached = w + rate * outputs * (w + (3.0 + 2.0 * mixing_norm) * v);
        let d_logit = 2.0 * (1.0 + mixing_norm) * (1.0 + mixing_norm) * libm::sqrt(tokens) * (w * w + 2.0 * w * v);
        let frozen = Descent { value_limit: 1e100, ..Descent::new(0.0) };
        let farthest = tokens * LOGIT_STEP_LIMIT / d_logit;
        let narrow = |value_limit| Descent { value_limit, ..Descent::new(rate).with_attention_rate(0.0) };
        refuses(&mut model.population(), &narrow(reached * (1.0 - 1e-9)));
        refuses(&mut model.population(), &frozen.with_attention_rate(farthest * (1.0 + 1e-9)));
        assert_eq!(model.clone().population().step(&narrow(reached * (1.0 + 1e-9))), Ok(()), "{activation:?}");
        let inside = frozen.with_attention_rate(farthest * (1.0 - 1e-9));
        assert_eq!(model.population().step(&inside), Ok(()), "{activation:?}");
    }
}

/// The attention alone runs away: W is frozen and well inside its limit.
#[test]
fn an_attention_rate_without_measure_is_refused_by_every_training() {
    let descent = Descent::new(0.0).with_attention_rate(1e30);
    let teacher = teacher::<f64>();
    let mut student = Student::ZERO;
    student.view_mut().set_value(&[0.5, 0.25, -0.5, 0.5, 0.25, 0.125]).unwrap();

    let mut scratch = PopulationScratch::ZERO;
    refuses(&mut Population::of(&mut student, &teacher, &mut scratch), &descent);

    let mut scratch = OnlineScratch::ZERO;
    let mut online = Online::of(&mut student, &teacher, Source::gaussian(1, 8), &mut scratch).unwrap();
    refuses(&mut online, &descent);
    assert_eq!(online.stream(), SampleStream::new(1), "a refused step used up samples");

    // Two tokens that answer 1 and -1 and are averaged to 0: with a label of 4 the logits move by the attention rate.
    let mut model = Model::<f64>::new(Shape::new(1, 1, 2, 1).unwrap(), Activation::Identity, &[1.0], &[1.0, 0.0]);
    model.place(&[1.0], &[0.0, 0.0]);
    let mut samples = model.samples();
    samples.accumulate(&[1.0, -1.0], &[4.0]).unwrap();
    let before = (digest(samples.student()), *samples.batch_loss());
    for beyond in [1e30, LOGIT_STEP_LIMIT * (1.0 + 1e-9)] {
        assert_eq!(samples.step(&descent.with_attention_rate(beyond)), Err(Error::Diverged));
        assert_eq!((digest(samples.student()), *samples.batch_loss()), before);
    }
    samples.step(&descent.with_attention_rate(LOGIT_STEP_LIMIT)).unwrap();
    assert_eq!(samples.student().logits(), [LOGIT_STEP_LIMIT, -LOGIT_STEP_LIMIT]);
}
