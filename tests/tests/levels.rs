//! Wide registers give the bits of narrow ones. (`tutee-reference` holds every level to the committed list; its students are
//! small, and here are those that fill tiles of every size and leave rests of every size.)

use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_len, online_scratch_wide_len};
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len, sample_scratch_wide_len};
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::recovery::out_of_distribution::{TestExcess, TestSet, test_excess, test_scratch_len, test_scratch_wide_len};
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::training::{Measure, Measured, Training};
use tutee::vector::{Level, MAY_BE_WIDE};
use tutee::{Scalar, Shape};

/// M, d, D, J: every number of rows beside a tile, of columns beside sixteen and thirty-two, of terms.
const SHAPES: [[usize; 4]; 14] = [
    [1, 1, 1, 1],
    [1, 3, 15, 1],
    [2, 8, 16, 16],
    [3, 7, 17, 15],
    [4, 16, 32, 33],
    [5, 9, 33, 31],
    [6, 15, 31, 48],
    [7, 17, 47, 49],
    [8, 4, 64, 16],
    [9, 33, 16, 64],
    [11, 2, 40, 1],
    [12, 31, 5, 70],
    [16, 16, 65, 63],
    [23, 18, 34, 36],
];

/// A mixing whose rows weigh few tokens, many, or none.
fn mixing<T: Scalar>(tokens: usize, outputs: usize) -> Vec<T> {
    let mut mixing = vec![T::ZERO; tokens * outputs];
    for (j, row) in mixing.chunks_mut(tokens).enumerate() {
        let (first, count) = ((j * 5) % tokens, [3, 1, tokens, 0][(j / 3) % 4]);
        let count = count.min(tokens - first);
        for s in &mut row[first..first + count] {
            *s = T::ONE / T::from_usize(count);
        }
    }
    mixing
}

struct Run<T> {
    shape: Shape,
    activation: Activation<T>,
    input: Input<T>,
    noise: LabelNoise<T>,
    value: Vec<T>,
    mixing: Vec<T>,
}

impl<T: Scalar> Run<T> {
    fn new([filters, features, tokens, outputs]: [usize; 4], activation: Activation<T>) -> Self {
        let shape = Shape::new(filters, features, tokens, outputs).unwrap();
        let mut value = vec![T::ZERO; shape.value_len()];
        SampleStream::new(9).sample().gaussian_fill(&mut value);
        let noisy = filters % 2 == 0;
        let noise = LabelNoise { mean: T::HALF, standard_deviation: T::ONE };
        Self {
            shape,
            activation,
            input: if filters % 3 == 0 { Input::Correlated { correlation: T::HALF } } else { Input::Gaussian },
            noise: if noisy { noise } else { LabelNoise::ZERO },
            value,
            mixing: mixing(tokens, outputs),
        }
    }

    fn online(&self, scratch_len: fn(Shape) -> usize) -> u64 {
        let (mut memory, mut steps) = (vec![T::ZERO; student_len(self.shape)], 0);
        let student = StudentViewMut::new(self.shape, &mut memory, &mut steps).unwrap();
        let teacher = TeacherView::new(self.shape, self.activation, &self.value, &self.mixing).unwrap();
        let source = Source { stream: SampleStream::new(2), input: self.input, noise: self.noise, batch: 5 };
        // What it holds before must not matter.
        let (mut scratch, mut batch_loss) = (vec![T::from_f64(7.5); scratch_len(self.shape)], BatchLoss::ZERO);
        let scratch = OnlineScratchViewMut::new(self.shape, &mut scratch, &mut batch_loss).unwrap();
        let mut online = Online::new(student, teacher, source, scratch).unwrap();
        for _ in 0..3 {
            online.step(&Descent::new(T::from_f64(0.01))).unwrap();
        }
        assert_eq!(online.stream().index(), 15);
        digest(online.student())
    }

    /// Pairs of somebody else, some of them one by one: the student, and loss and gradient of a last batch.
    fn samples(&self, scratch_len: fn(Shape) -> usize) -> (u64, u64, Vec<u64>) {
        const PAIRS: usize = 41;
        let (input_len, output_len) = (self.shape.input_len(), self.shape.output_len());
        let (mut x, mut y) = (vec![T::ZERO; PAIRS * input_len], vec![T::ZERO; PAIRS * output_len]);
        SampleStream::new(4).sample().gaussian_fill(&mut x);
        SampleStream::new(5).sample().gaussian_fill(&mut y);
        let (mut memory, mut steps) = (vec![T::ZERO; student_len(self.shape)], 0);
        let mut student = StudentViewMut::new(self.shape, &mut memory, &mut steps).unwrap();
        student.set_value(&self.value).unwrap();
        let (mut scratch, mut batch_loss) = (vec![T::from_f64(7.5); scratch_len(self.shape)], BatchLoss::ZERO);
        let scratch = SampleScratchViewMut::new(self.shape, &mut scratch, &mut batch_loss).unwrap();
        // The first batch is begun without wide registers, and goes on with them.
        let level = Level::best();
        Level::Baseline.limit();
        let mut samples = Samples::new(student, self.activation, scratch).unwrap();
        level.limit();
        for step in 0..3 {
            // More than are worked on together, then single ones.
            let together = [PAIRS - 2, 3, PAIRS - 1][step];
            let (many, single) = (x.split_at(together * input_len), y.split_at(together * output_len));
            samples.accumulate_many(together, many.0, single.0).unwrap();
            for (x, y) in many.1.chunks(input_len).zip(single.1.chunks(output_len)).take(2) {
                samples.accumulate(x, y).unwrap();
            }
            if step < 2 {
                samples.step(&Descent::new(T::from_f64(0.001))).unwrap();
            }
        }
        let (mut d_value, mut d_logits) = (vec![T::ZERO; self.value.len()], vec![T::ZERO; self.mixing.len()]);
        samples.gradient(&mut d_value, &mut d_logits).unwrap();
        let gradient = d_value.iter().chain(&d_logits).map(|d| d.to_bits_u64()).collect();
        (digest(samples.student()), samples.batch_loss().mean_loss().unwrap().to_bits_u64(), gradient)
    }

    /// The student, what is measured of it, and its test out of distribution.
    fn population(&self, scratch_len: fn(Shape) -> usize) -> [u64; 6] {
        let (mut memory, mut steps) = (vec![T::ZERO; student_len(self.shape)], 0);
        let student = StudentViewMut::new(self.shape, &mut memory, &mut steps).unwrap();
        let teacher = TeacherView::new(self.shape, self.activation, &self.value, &self.mixing).unwrap();
        let mut scratch = vec![T::from_f64(7.5); population_scratch_len(self.shape)];
        let scratch = PopulationScratchViewMut::new(self.shape, &mut scratch).unwrap();
        let mut population = Population::new(student, teacher, scratch).unwrap();
        for compensated in [true, false, true] {
            population.step(&Descent { compensated, ..Descent::new(T::from_f64(0.01)) }).unwrap();
        }
        let Measure { excess_loss, gradient_norm } = population.measure();
        let student = population.student();
        let mut scratch = vec![T::from_f64(7.5); scratch_len(self.shape)];
        // One sample more than are worked on at a time with wide registers, and an input that is not Gaussian.
        let test = TestSet { input: Input::Exponential, seed: 3, samples: 9, noise_mean: T::HALF };
        let TestExcess { excess, standard_error, second_order, .. } =
            test_excess(student, teacher, &test, &mut scratch).unwrap();
        let [excess, error, second] = [excess, standard_error, second_order].map(f64::to_bits);
        let [loss, norm] = [excess_loss, gradient_norm].map(T::to_bits_u64);
        [digest(student), loss, norm, excess, error, second]
    }
}

fn every_level_gives_the_bits_of_the_narrowest<T: Scalar>(levels: &[Level]) -> usize {
    let mut compared = 0;
    for shape in SHAPES {
        for activation in [Activation::Relu, Activation::LeakyRelu(T::from_f64(0.1)), Activation::Identity] {
            let run = Run::<T>::new(shape, activation);
            let least =
                || (run.online(online_scratch_len), run.samples(sample_scratch_len), run.population(test_scratch_len));
            Level::Baseline.limit();
            let narrow = least();
            for &level in levels {
                level.limit();
                assert_eq!(Level::best(), level);
                let wide = (
                    run.online(online_scratch_wide_len),
                    run.samples(sample_scratch_wide_len),
                    run.population(test_scratch_wide_len),
                );
                assert_eq!(wide, narrow, "{shape:?} {level:?}");
                assert_eq!(least(), narrow, "{shape:?} {level:?}, little memory");
                compared += 6;
            }
        }
    }
    compared
}

/// The loss of a student opposite to its teacher, as long as they can be: the square of their difference overflows, and
/// what is not there must not be multiplied by it.
fn overflow_is_that_of_the_narrowest<T: Scalar>(levels: &[Level], teacher_filter: T, filter: T) {
    for outputs in [1, 3, 16, 17] {
        let shape = Shape::new(1, 4, 2, outputs).unwrap();
        let mut value = vec![T::ZERO; shape.value_len()];
        let mut mixing = vec![T::ZERO; shape.mixing_len()];
        mixing.chunks_mut(2).for_each(|row| row[0] = T::from_f64(1e-3));
        let mut found = Vec::new();
        for level in [Level::Baseline].iter().chain(levels) {
            level.limit();
            let (mut memory, mut steps) = (vec![T::ZERO; student_len(shape)], 0);
            let mut student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
            value[0] = filter;
            student.set_value(&value).unwrap();
            value[0] = teacher_filter;
            let teacher = TeacherView::new(shape, Activation::LeakyRelu(T::HALF), &value, &mixing).unwrap();
            let mut scratch = vec![T::ZERO; population_scratch_len(shape)];
            let scratch = PopulationScratchViewMut::new(shape, &mut scratch).unwrap();
            found.push(Population::new(student, teacher, scratch).unwrap().measure().excess_loss);
        }
        assert!(found.iter().all(|&loss| loss == T::from_f64(f64::INFINITY)), "{outputs} outputs: {found:?}");
    }
}

/// One test and not several, because the level is the whole program's.
#[test]
fn levels_have_equal_bits() {
    let best = Level::best();
    let levels: Vec<Level> = Level::ALL.into_iter().filter(|&level| level <= best).collect();
    let compared = every_level_gives_the_bits_of_the_narrowest::<f32>(&levels)
        + every_level_gives_the_bits_of_the_narrowest::<f64>(&levels);
    overflow_is_that_of_the_narrowest(&levels, 1.7e19_f32, -0.17e19);
    overflow_is_that_of_the_narrowest(&levels, 1.3e154_f64, -0.13e154);
    println!("{compared} runs equal at {levels:?}");
    assert_eq!(compared, 2 * SHAPES.len() * 3 * 6 * levels.len());
    if MAY_BE_WIDE && levels.len() < Level::ALL.len() {
        println!("left out, for want of a processor that has them: {:?}", &Level::ALL[levels.len()..]);
        assert!(levels.len() > 1 || std::env::var_os("CI").is_none(), "nothing was compared with wide registers");
    }
}
