//! The two doors, sizes in the type and sizes at run time, run the same code and give the same bits: for every public
//! algorithm, in both number types.

use std::ops::ControlFlow;

use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratch, OnlineScratchViewMut, Source, online_scratch_len};
use tutee::gradient::population::{Population, PopulationScratch, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratch, SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::matrix::{Matrix, MatrixViewMut};
use tutee::predict::forward;
use tutee::recovery::out_of_distribution::{TestSet, test_excess, test_scratch_len};
use tutee::recovery::{Recovery, recovery};
use tutee::step::Descent;
use tutee::student::{Student, StudentView, StudentViewMut, student_len};
use tutee::teacher::{Teacher, TeacherView, convolution};
use tutee::trace::Schedule;
use tutee::training::{Measure, Measured, StopRule, Training, run};
use tutee::{Scalar, Shape};
use tutee_tests::cases::seeded_filters;

const FILTERS: usize = 3;
const FEATURES: usize = 5;
const TOKENS: usize = 12;
const OUTPUTS: usize = 4;
const STEPS: u64 = 300;

/// Everything that can be asked of a student, as bits.
fn answers<T: Scalar>(student: StudentView<'_, T>, teacher: TeacherView<'_, T>, measure: Measure<T>) -> Vec<u64> {
    let shape = student.shape();
    let mut attention = vec![T::ZERO; shape.mixing_len()];
    student.attention(&mut attention).unwrap();
    let mut x = vec![T::ZERO; shape.input_len()];
    SampleStream::new(3).sample().gaussian_fill(&mut x);
    let (mut hidden, mut y) = (vec![T::ZERO; shape.tokens()], vec![T::ZERO; shape.output_len()]);
    student.predict(teacher.activation(), &attention, &x, &mut hidden, &mut y).unwrap();
    let Recovery { value_cosine_min, value_cosine_mean, attention_error_max, mass_mean, mass_min } =
        recovery(student, teacher, &mut hidden).unwrap();
    let mut scratch = vec![T::ZERO; test_scratch_len(shape)];
    let test = TestSet { input: Input::Exponential, seed: 1, samples: 20, noise_mean: T::ONE };
    let tested = test_excess(student, teacher, &test, &mut scratch).unwrap();
    let mut bits = vec![digest(student), tested.excess.to_bits(), tested.standard_error.to_bits()];
    let scalars = [measure.excess_loss, measure.gradient_norm, attention_error_max, mass_mean, mass_min];
    let cosines = [value_cosine_min.unwrap(), value_cosine_mean.unwrap()];
    bits.extend(attention.iter().chain(&y).chain(&scalars).chain(&cosines).map(|x| x.to_bits_u64()));
    bits
}

fn steps<T: Scalar>(training: &mut impl Measured<T>) -> Measure<T> {
    let descent = Descent::new(T::from_f64(0.5)).with_attention_rate(T::from_f64(0.75));
    run(training, &descent, &StopRule::steps(STEPS), Schedule::NEVER, |_| ControlFlow::Continue(())).unwrap();
    training.measure()
}

/// Steps from pairs that the test itself makes up, as a simulator would.
fn steps_from_samples<T: Scalar>(samples: &mut Samples<'_, T>, teacher: TeacherView<'_, T>) {
    let shape = teacher.shape();
    let (mut x, mut y) = (vec![T::ZERO; shape.input_len()], vec![T::ZERO; shape.output_len()]);
    let mut hidden = vec![T::ZERO; shape.tokens()];
    let mut stream = SampleStream::new(11);
    for _ in 0..STEPS / 10 {
        for _ in 0..5 {
            stream.sample().gaussian_fill(&mut x);
            forward(shape, teacher.activation(), (teacher.value(), teacher.mixing()), &x, &mut hidden, &mut y).unwrap();
            samples.accumulate(&x, &y).unwrap();
        }
        assert_eq!(samples.batch_loss().count(), 5);
        assert!(samples.batch_loss().mean_loss().unwrap() >= T::ZERO);
        samples.step(&Descent::new(T::from_f64(0.5))).unwrap();
    }
}

fn source<T: Scalar>() -> Source<T> {
    Source { noise: LabelNoise { mean: T::ZERO, standard_deviation: T::from_f64(0.1) }, ..Source::gaussian(5, 4) }
}

fn both_doors<T: Scalar>(activation: Activation<T>) {
    let shape = Shape::new(FILTERS, FEATURES, TOKENS, OUTPUTS).unwrap();

    let filters = seeded_filters::<T>(FILTERS, FEATURES, 1);
    let mut mixing = vec![T::ZERO; shape.mixing_len()];
    convolution::average_pooling(MatrixViewMut::new("mixing", &mut mixing, OUTPUTS, TOKENS).unwrap(), 3).unwrap();
    let run_time = TeacherView::new(shape, activation, &filters, &mixing).unwrap();

    let mut value = Matrix::<T, FILTERS, FEATURES>::ZERO;
    value.as_mut_slice().copy_from_slice(&filters);
    let mut owned = Teacher::<T, FILTERS, FEATURES, TOKENS, OUTPUTS>::ZERO;
    owned.fill(activation, &value, |mixing| convolution::average_pooling(mixing, 3)).unwrap();
    assert_eq!(owned.view().value(), run_time.value());
    assert_eq!(owned.view().mixing(), run_time.mixing());

    type Owned<T> = Student<T, FILTERS, FEATURES, TOKENS, OUTPUTS>;
    let (mut memory, mut count) = (vec![T::ZERO; student_len(shape)], 0);

    // Exact gradient.
    let mut student = Owned::<T>::ZERO;
    let mut scratch = PopulationScratch::ZERO;
    let measure = steps(&mut Population::of(&mut student, &owned, &mut scratch));
    let from_type = answers(student.view(), owned.view(), measure);
    let mut scratch = vec![T::ZERO; population_scratch_len(shape)];
    let scratch = PopulationScratchViewMut::new(shape, &mut scratch).unwrap();
    let view = StudentViewMut::new(shape, &mut memory, &mut count).unwrap();
    let mut training = Population::new(view, run_time, scratch).unwrap();
    let measure = steps(&mut training);
    assert_eq!(answers(training.student(), run_time, measure), from_type, "population");

    // Online.
    student.reset();
    let mut scratch = OnlineScratch::ZERO;
    let measure = steps(&mut Online::of(&mut student, &owned, source(), &mut scratch).unwrap());
    let from_type = answers(student.view(), owned.view(), measure);
    let (mut scratch, mut batch_loss) = (vec![T::ZERO; online_scratch_len(shape)], BatchLoss::ZERO);
    let scratch = OnlineScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
    let mut view = StudentViewMut::new(shape, &mut memory, &mut count).unwrap();
    view.reset();
    let mut training = Online::new(view, run_time, source(), scratch).unwrap();
    let measure = steps(&mut training);
    assert_eq!(training.stream(), SampleStream::at(5, 4 * STEPS));
    assert_eq!(answers(training.student(), run_time, measure), from_type, "online");

    // Samples.
    student.reset();
    let mut scratch = SampleScratch::ZERO;
    steps_from_samples(&mut Samples::of(&mut student, activation, &mut scratch).unwrap(), owned.view());
    let nothing = Measure { excess_loss: T::ZERO, gradient_norm: T::ZERO };
    let from_type = answers(student.view(), owned.view(), nothing);
    let (mut scratch, mut batch_loss) = (vec![T::ZERO; sample_scratch_len(shape)], BatchLoss::ZERO);
    let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
    let mut view = StudentViewMut::new(shape, &mut memory, &mut count).unwrap();
    view.reset();
    let mut samples = Samples::new(view, activation, scratch).unwrap();
    steps_from_samples(&mut samples, run_time);
    assert_eq!(answers(samples.student(), run_time, nothing), from_type, "samples");
}

#[test]
fn same_bits_through_both_doors() {
    for slope in [0.0, 0.1, 1.0] {
        both_doors(Activation::LeakyRelu(slope));
        both_doors(Activation::LeakyRelu(slope as f32));
    }
    both_doors(Activation::<f64>::Relu);
    both_doors(Activation::<f32>::Identity);
}

/// A student fits a `static`: no large value passes through the stack on its way there.
#[test]
fn a_student_can_be_a_static() {
    use std::sync::Mutex;
    static STUDENT: Mutex<Student<f32, 64, 64, 256, 256>> = Mutex::new(Student::ZERO);
    static SCRATCH: Mutex<PopulationScratch<f32, 64, 256, 256>> = Mutex::new(PopulationScratch::ZERO);
    static TEACHER: Mutex<Teacher<f32, 64, 64, 256, 256>> = Mutex::new(Teacher::ZERO);
    // The student alone is 557,064 bytes; a thread with 64 KiB of stack could not hold it.
    let trained = std::thread::Builder::new().stack_size(64 * 1024).spawn(|| {
        let (mut student, mut scratch, mut teacher) =
            (STUDENT.lock().unwrap(), SCRATCH.lock().unwrap(), TEACHER.lock().unwrap());
        static VALUE: Matrix<f32, 64, 64> = Matrix::from_rows([[0.125; 64]; 64]);
        teacher.fill(Activation::Relu, &VALUE, |mixing| convolution::average_pooling(mixing, 4)).unwrap();
        Population::of(&mut student, &teacher, &mut scratch).step(&Descent::new(1.0 / 64.0)).unwrap();
        student.steps()
    });
    assert_eq!(trained.unwrap().join().unwrap(), 1);
}

/// A student answers through its type, through its view and while it is trained: to the same bits, which are those of the sum written
/// out. What does not fit is refused and writes nothing.
fn predicts<T: Scalar>() {
    let activation = Activation::LeakyRelu(T::from_f64(0.25));
    let (mut student, mut scratch) = (Student::<T, 2, 3, 5, 4>::ZERO, SampleScratch::ZERO);
    let mut stream = SampleStream::new(5);
    let (mut x, mut y) = ([[T::ZERO; 3]; 5], [[T::ZERO; 2]; 4]);
    let mut samples = Samples::of(&mut student, activation, &mut scratch).unwrap();
    for _ in 0..6 {
        stream.sample().gaussian_fill(x.as_flattened_mut());
        y[2][1] = x[0][1] + x[4][2];
        samples.accumulate(x.as_flattened(), y.as_flattened()).unwrap();
        samples.step(&Descent::new(T::from_f64(0.5))).unwrap();
    }
    // In the middle of a batch, which stays as it is.
    samples.accumulate(x.as_flattened(), y.as_flattened()).unwrap();
    stream.sample().gaussian_fill(x.as_flattened_mut());
    let batch = *samples.batch_loss();
    let mut trained = [[T::ZERO; 2]; 4];
    samples.predict(x.as_flattened(), trained.as_flattened_mut()).unwrap();
    assert_eq!(*samples.batch_loss(), batch);
    let mut kept = trained;
    assert!(samples.predict(&x.as_flattened()[1..], kept.as_flattened_mut()).is_err());
    assert!(samples.predict(x.as_flattened(), &mut kept.as_flattened_mut()[1..]).is_err());
    assert_eq!(kept, trained);

    let mut attention = Matrix::ZERO;
    student.attention(&mut attention);
    let (mut hidden, mut typed, mut viewed) = ([T::ZERO; 5], [[T::ZERO; 2]; 4], [[T::ZERO; 2]; 4]);
    student.predict(activation, &attention, &x, &mut hidden, &mut typed);
    let (view, weights) = (student.view(), attention.as_slice());
    view.predict(activation, weights, x.as_flattened(), &mut hidden, viewed.as_flattened_mut()).unwrap();
    assert_eq!((typed, viewed), (trained, trained));
    for lengths in [[19, 15, 5, 8], [20, 14, 5, 8], [20, 15, 4, 8], [20, 15, 5, 7]] {
        let (weights, x) = (&weights[..lengths[0]], &x.as_flattened()[..lengths[1]]);
        let (hidden, y) = (&mut hidden[..lengths[2]], &mut viewed.as_flattened_mut()[..lengths[3]]);
        assert!(view.predict(activation, weights, x, hidden, y).is_err(), "{lengths:?}");
    }
    assert_eq!(viewed, trained);

    let of = |x: T| x.to_f64();
    for (j, (answer, weights)) in typed.iter().zip(attention.as_slice().chunks(5)).enumerate() {
        for (m, (&answer, w)) in answer.iter().zip(student.value().as_slice().chunks(3)).enumerate() {
            let dot = |x: &[T; 3]| x.iter().zip(w).map(|(&x, &w)| of(x) * of(w)).sum::<f64>();
            let u: f64 = weights.iter().zip(&x).map(|(&s, x)| of(s) * dot(x)).sum();
            let expected = if u < 0.0 { 0.25 * u } else { u };
            assert!((of(answer) - expected).abs() < 1e-5, "{j} {m}: {answer} {expected}");
        }
    }
}

#[test]
fn a_student_predicts_by_every_door() {
    predicts::<f32>();
    predicts::<f64>();
}
