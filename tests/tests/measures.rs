//! What is said of a student, worked out a second time: the test excess from its definition, the recovery of hand-made
//! students, the digest from its documented bytes, the loss of an angle from its whole series, the batches of an online
//! training from its source.

use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratch, Source};
use tutee::gradient::population::{Population, PopulationScratch};
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::matrix::Matrix;
use tutee::predict::forward;
use tutee::recovery::out_of_distribution::{TestExcess, TestSet, test_excess, test_scratch_len};
use tutee::recovery::{Recovery, recovery};
use tutee::step::Descent;
use tutee::student::{Student, StudentView, StudentViewMut, student_len};
use tutee::teacher::{Teacher, TeacherView, convolution};
use tutee::training::Training;
use tutee::{Error, Scalar, Shape};

/// A linear teacher and a student that is off in its filters and its attention: two filters, two features, three tokens,
/// two outputs.
struct Pair {
    shape: Shape,
    value: [f64; 4],
    mixing: [f64; 6],
    memory: Vec<f64>,
}

impl Pair {
    fn new() -> Self {
        let shape = Shape::new(2, 2, 3, 2).unwrap();
        let (mut memory, mut steps) = (vec![0.0; student_len(shape)], 0);
        let mut student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
        student.set_value(&[0.9, 0.2, -0.4, 0.7]).unwrap();
        // Odds of 2 : 1 : 1 and of 1 : 1 : 4.
        student.set_logits(&[libm::log(2.0), 0.0, 0.0, 0.0, 0.0, libm::log(4.0)]).unwrap();
        Self { shape, value: [1.0, 0.0, -0.6, 0.8], mixing: [0.5, 0.5, 0.0, 0.0, 0.0, 1.0], memory }
    }

    fn teacher(&self) -> TeacherView<'_, f64> {
        TeacherView::new(self.shape, Activation::Identity, &self.value, &self.mixing).unwrap()
    }

    fn student(&self) -> StudentView<'_, f64> {
        StudentView::resume(self.shape, &self.memory, 0).unwrap()
    }

    fn test(&self, test: &TestSet<f64>) -> TestExcess {
        let mut scratch = vec![7.0; test_scratch_len(self.shape)];
        test_excess(self.student(), self.teacher(), test, &mut scratch).unwrap()
    }

    /// `sum 1/2 (y* + e - y)^2 - 1/2 e^2` of one input, with label noise `e` in every entry, and its quadratic part.
    fn by_definition(&self, x: &[f64], e: f64) -> (f64, f64) {
        let attention = [0.5, 0.25, 0.25, 1.0 / 6.0, 1.0 / 6.0, 4.0 / 6.0];
        let (mut excess, mut quadratic) = (0.0, 0.0);
        for j in 0..2 {
            for m in 0..2 {
                let answer = |value: &[f64], weights: &[f64]| -> f64 {
                    let hidden = |t: usize| value[2 * m] * x[2 * t] + value[2 * m + 1] * x[2 * t + 1];
                    (0..3).map(|t| weights[3 * j + t] * hidden(t)).sum()
                };
                let off = answer(&self.value, &self.mixing) - answer(self.student().value(), &attention);
                excess += 0.5 * (off + e) * (off + e) - 0.5 * e * e;
                quadratic += 0.5 * off * off;
            }
        }
        (excess, quadratic)
    }
}

fn near(found: f64, expected: f64, what: &str) {
    // Some dozens of roundings of numbers of order one.
    assert!((found - expected).abs() <= 1e-13 * (1.0 + expected.abs()), "{what}: {found}, not {expected}");
}

#[test]
fn the_test_excess_of_two_samples_is_its_definition() {
    let pair = Pair::new();
    for (input, noise_mean) in [
        (Input::Gaussian, 0.0),
        (Input::Exponential, 1.0),
        (Input::Exponential, -0.75),
        (Input::Shifted { mean: 2.0 }, 3.0),
        (Input::Gumbel, 0.5),
        (Input::Correlated { correlation: 0.5 }, 0.25),
    ] {
        let what = format!("{input:?}, noise of mean {noise_mean}");
        let mut stream = SampleStream::new(12);
        let samples = [(); 2].map(|()| {
            let mut x = [0.0; 6];
            input.fill(&mut stream.sample(), 2, &mut x);
            pair.by_definition(&x, noise_mean)
        });
        let [(first, first_square), (second, second_square)] = samples;
        let found = pair.test(&TestSet { input, seed: 12, samples: 2, noise_mean });
        let (excess, second_order) = ((first + second) / 2.0, (first_square + second_square) / 2.0);
        near(found.excess, excess, &what);
        near(found.second_order, second_order, &what);
        near(found.first_order, excess - second_order, &what);
        // Of two numbers the variance (over n - 1) is half their difference squared; that of their mean half of that.
        assert!((first - second).abs() > 1e-3, "{what}: the samples must differ for the next line to say anything");
        near(found.standard_error, (first - second).abs() / 2.0, &what);
    }
}

/// Estimates from 200 seeds scatter as the standard error says. A standard deviation from 200 numbers is itself known
/// to 5 %, somewhat less for these skewed ones.
#[test]
fn the_standard_error_is_the_scatter_over_seeds() {
    let pair = Pair::new();
    let seeds = 200;
    for (input, noise_mean) in [(Input::Gaussian, 0.0), (Input::Exponential, 1.0)] {
        let found: Vec<TestExcess> =
            (0..seeds).map(|seed| pair.test(&TestSet { input, seed, samples: 100, noise_mean })).collect();
        let mean = |of: &dyn Fn(&TestExcess) -> f64| found.iter().map(of).sum::<f64>() / seeds as f64;
        let centre = mean(&|t| t.excess);
        let scatter = libm::sqrt(mean(&|t| (t.excess - centre) * (t.excess - centre)));
        let ratio = mean(&|t| t.standard_error) / scatter;
        println!("{input:?}: mean standard error over scatter {ratio}");
        assert!((0.8..=1.2).contains(&ratio), "{input:?}: {ratio}");
    }
}

#[test]
fn a_test_set_that_says_nothing_is_refused() {
    let pair = Pair::new();
    let legal = TestSet { input: Input::Gaussian, seed: 1, samples: 2, noise_mean: 0.0 };
    let refused = |test: TestSet<f64>, scratch: usize| {
        test_excess(pair.student(), pair.teacher(), &test, &mut vec![0.0; scratch]).err()
    };
    let len = test_scratch_len(pair.shape);
    assert_eq!(refused(legal, len), None);
    for test in [
        TestSet { samples: 1, ..legal },
        TestSet { samples: 0, ..legal },
        TestSet { noise_mean: f64::NAN, ..legal },
        TestSet { input: Input::Shifted { mean: f64::INFINITY }, ..legal },
    ] {
        assert!(matches!(refused(test, len), Some(Error::OutOfRange { .. })), "{test:?}");
    }
    let found = len - 1;
    assert_eq!(refused(legal, found), Some(Error::Length { what: "test scratch", expected: len, found }));
}

/// Recovery of a student with these rows of W: three filters, of which the second is `second`; two outputs over four
/// tokens, on odds of 3 : 1 (over the wrong tokens) and of 1 : 1.
fn recovered(second: [f64; 2], w: [[f64; 2]; 3]) -> Recovery<f64> {
    let shape = Shape::new(3, 2, 4, 2).unwrap();
    let value = [[2.0, 0.0], second, [0.0, -1.0]];
    let mixing = [0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.5, 0.5];
    let teacher = TeacherView::new(shape, Activation::Relu, value.as_flattened(), &mixing).unwrap();
    let (mut memory, mut steps) = (vec![0.0; student_len(shape)], 0);
    let mut student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
    student.set_value(w.as_flattened()).unwrap();
    let odds = libm::log(3.0);
    student.set_logits(&[odds, odds, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
    recovery(student.view(), teacher, &mut [0.0; 4]).unwrap()
}

#[test]
fn the_mass_is_averaged_over_the_outputs() {
    let found = recovered([1.0, 1.0], [[1.0, 0.0]; 3]);
    near(found.mass_mean, (0.75 + 0.5) / 2.0, "mean mass");
    near(found.mass_min, 0.5, "smallest mass");
    // The second output gives 1/4 to tokens that should have none or 1/2; the first is off by 1/8.
    near(found.attention_error_max, 0.25, "attention error");
}

#[test]
fn a_zero_filter_is_left_out_and_a_zero_row_of_the_student_is_not() {
    let diagonal = libm::sqrt(0.5);
    let cosines = |second, w| {
        let found = recovered(second, w);
        found.value_cosine_min.zip(found.value_cosine_mean)
    };
    let check = |what: &str, found: Option<(f64, f64)>, smallest: f64, mean: f64| {
        let (found_smallest, found_mean) = found.expect(what);
        near(found_smallest, smallest, what);
        near(found_mean, mean, what);
    };
    // Cosines 1, -1 and sqrt(1/2).
    let three = cosines([1.0, 1.0], [[3.0, 0.0], [-2.0, -2.0], [5.0, -5.0]]);
    check("three filters", three, -1.0, diagonal / 3.0);
    // The row that imitates the zero filter does not matter, zero or not.
    for imitation in [[0.0, 0.0], [-2.0, 7.0]] {
        let two = cosines([0.0, 0.0], [[3.0, 0.0], imitation, [5.0, -5.0]]);
        check("two filters and a zero one", two, diagonal, (1.0 + diagonal) / 2.0);
    }
    for zero in 0..3 {
        let mut w = [[3.0, 0.0], [1.0, 1.0], [0.0, -5.0]];
        w[zero] = [0.0, 0.0];
        assert_eq!(cosines([1.0, 1.0], w), None, "row {zero} of the student is zero");
    }
}

/// FNV-1a over the bytes that the digest's documentation lists, written out again.
fn digest_by_hand<T: Scalar>(student: StudentView<'_, T>) -> u64 {
    let shape = student.shape();
    let width = T::BITS as usize / 8;
    let mut bytes = T::BITS.to_le_bytes().to_vec();
    for size in [shape.filters(), shape.features(), shape.tokens(), shape.outputs()] {
        bytes.extend((size as u64).to_le_bytes());
    }
    bytes.extend(student.steps().to_le_bytes());
    for part in [student.value(), student.value_carry(), student.logits(), student.logits_carry()] {
        for x in part {
            bytes.extend(&x.to_bits_u64().to_le_bytes()[..width]);
        }
    }
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |state, &byte| (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}

/// One filter, one feature, two tokens, one output: value, value carry, two logits, two carries.
fn six_numbers<T: Scalar>(numbers: [f64; 6], steps: u64) -> u64 {
    let memory = numbers.map(T::from_f64);
    let student = StudentView::resume(Shape::new(1, 1, 2, 1).unwrap(), &memory, steps).unwrap();
    let found = digest(student);
    assert_eq!(found, digest_by_hand(student));
    found
}

#[test]
fn the_digest_depends_on_everything() {
    let numbers = [0.5, 0.0, 1.0, -1.0, 0.25, 0.0];
    let mut seen = vec![six_numbers::<f64>(numbers, 7), six_numbers::<f32>(numbers, 7)];
    seen.extend([six_numbers::<f64>(numbers, 8), six_numbers::<f64>(numbers, 7 | 1 << 40)]);
    for position in 0..6 {
        let mut other = numbers;
        other[position] += 0.125;
        seen.push(six_numbers::<f64>(other, 7));
        // Not even the sign of a zero is lost.
        other[position] = if numbers[position] == 0.0 { -0.0 } else { 0.0 };
        seen.push(six_numbers::<f64>(other, 7));
    }
    // The same 32 elements in every one of these shapes.
    for [filters, features, tokens, outputs] in [[2, 4, 4, 2], [4, 2, 4, 2], [2, 4, 2, 4], [2, 2, 3, 4], [8, 1, 8, 1]] {
        let shape = Shape::new(filters, features, tokens, outputs).unwrap();
        let memory = [0.0; 32];
        let student = StudentView::<f64>::resume(shape, &memory, 0).unwrap();
        assert_eq!(digest(student), digest_by_hand(student));
        seen.push(digest(student));
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count, "two different students have one digest");
}

/// `1 - cos(theta) + (theta cos(theta) - sin(theta)) / pi`, by both power series, far past the last digit, and summed
/// from the smallest term.
fn kink_loss_by_series(theta: f64) -> f64 {
    let mut terms = vec![];
    // power = theta^n / n!, of which both series take their terms.
    let mut power = 1.0;
    for n in 1..=25u32 {
        power *= theta / f64::from(n);
        let sign = if n / 2 % 2 == 1 { 1.0 } else { -1.0 };
        terms.push(if n % 2 == 0 {
            // 1 - cos: theta^2/2! - theta^4/4! + ...
            sign * power
        } else {
            // theta cos - sin: sum over odd n of (-1)^((n - 1) / 2) (n - 1) theta^n / n!
            -sign * f64::from(n - 1) * power / std::f64::consts::PI
        });
    }
    terms.iter().rev().sum()
}

#[test]
fn the_loss_of_an_angle_keeps_its_digits_on_both_sides_of_the_switch() {
    for theta in [1e-6, 1e-3, 0.01, 0.05, 0.1, 0.15, 0.2, 0.24, 0.249, 0.25 - 1e-9, 0.25, 0.26, 0.3, 0.4] {
        let half = libm::sin(theta / 2.0);
        let found = f64::kink_loss(2.0 * half * half, theta);
        let expected = kink_loss_by_series(theta);
        let off = (found - expected).abs() / expected;
        // Some roundings. The last coefficient of the series is worth 7e-13 at 1/4.
        assert!(off <= 5e-15, "{theta}: {found:e} is {off:e} off {expected:e}");
    }
}

fn teacher() -> Teacher<f64, 3, 2, 6, 2> {
    let mut teacher = Teacher::ZERO;
    let value = Matrix::from_rows([[0.6, 0.8], [-1.0, 0.0], [0.28, -0.96]]);
    teacher.fill(Activation::LeakyRelu(0.1), &value, |mixing| convolution::average_pooling(mixing, 3)).unwrap();
    teacher
}

/// A student on its way, so that every input and every label has a say in its next step.
fn student() -> Student<f64, 3, 2, 6, 2> {
    let (teacher, mut student, mut scratch) = (teacher(), Student::ZERO, PopulationScratch::ZERO);
    let mut training = Population::of(&mut student, &teacher, &mut scratch);
    for _ in 0..3 {
        training.step(&Descent::new(0.5)).unwrap();
    }
    student
}

/// Two online steps are two steps from pairs that are drawn and labelled here, as the source says.
#[test]
fn an_online_step_takes_its_batch_from_its_source() {
    let (teacher, descent, batch) = (teacher(), Descent::new(0.25), 5);
    let view = teacher.view();
    let mut digests = vec![];
    for input in [Input::Gaussian, Input::Exponential, Input::Shifted { mean: 1.5 }] {
        for (mean, standard_deviation) in [(0.0, 0.0), (0.5, 0.0), (-0.5, 0.75)] {
            let noise = LabelNoise { mean, standard_deviation };
            let source = Source { stream: SampleStream::at(9, 1000), input, noise, batch };
            let (mut trained, mut scratch) = (student(), OnlineScratch::ZERO);
            let mut online = Online::of(&mut trained, &teacher, source, &mut scratch).unwrap();
            online.step(&descent).unwrap();
            online.step(&descent).unwrap();
            assert_eq!(online.stream(), SampleStream::at(9, 1000 + 2 * u64::from(batch)));

            let (mut expected, mut scratch) = (student(), SampleScratch::ZERO);
            let mut samples = Samples::of(&mut expected, view.activation(), &mut scratch).unwrap();
            let (mut x, mut hidden, mut y) = ([0.0; 12], [0.0; 6], [0.0; 6]);
            for number in 0..2 * batch {
                let mut rng = SampleStream::new(9).rng(1000 + u64::from(number));
                input.fill(&mut rng, 2, &mut x);
                let parts = (view.value(), view.mixing());
                forward(view.shape(), view.activation(), parts, &x, &mut hidden, &mut y).unwrap();
                noise.add(&mut rng, &mut y);
                samples.accumulate(&x, &y).unwrap();
                if (number + 1) % batch == 0 {
                    samples.step(&descent).unwrap();
                }
            }
            assert_eq!(digest(trained.view()), digest(expected.view()), "{source:?}");
            digests.push(digest(trained.view()));
        }
    }
    // No input and no noise is like another.
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), 9);
}
