//! A batch that several threads share gives the bits of one that a single thread draws.

use std::sync::atomic::{AtomicUsize, Ordering};

use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::executor::{Executor, Serial};
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_len, online_scratch_parallel_len};
use tutee::gradient::samples::{BatchLoss, SampleScratch, Samples};
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::step::Descent;
use tutee::student::{Student, StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::training::Training;
use tutee::vector::Level;
use tutee::{Scalar, Shape};

/// Samples a step: divided by no number of threads below, and more than a stack of few filters has.
const BATCH: u32 = 71;

const STEPS: u64 = 2;

/// M, d, D, J: more filters than a stack has rows, fewer rows than threads, rests of all kinds.
const SHAPES: [[usize; 4]; 6] =
    [[1, 3, 5, 2], [3, 7, 17, 15], [4, 8, 16, 16], [5, 9, 33, 31], [23, 18, 34, 36], [130, 3, 9, 41]];

/// A thread for every item, the last item first.
struct Spawning<'c> {
    size: usize,
    items: &'c AtomicUsize,
}

impl Executor for Spawning<'_> {
    fn size(&self) -> usize {
        self.size
    }

    fn for_each<P: Send>(&self, items: &mut [P], work: impl Fn(&mut P) + Sync) {
        self.items.fetch_add(items.len(), Ordering::Relaxed);
        std::thread::scope(|scope| {
            for item in items.iter_mut().rev() {
                scope.spawn(|| work(item));
            }
        });
    }
}

struct Run<T> {
    shape: Shape,
    value: Vec<T>,
    mixing: Vec<T>,
    source: Source<T>,
}

impl<T: Scalar> Run<T> {
    fn new([filters, features, tokens, outputs]: [usize; 4], noise: bool) -> Self {
        let shape = Shape::new(filters, features, tokens, outputs).unwrap();
        let mut value = vec![T::ZERO; shape.value_len()];
        SampleStream::new(9).sample().gaussian_fill(&mut value);
        let weighed = |j: usize, t: usize| (t + tokens - j % tokens) % tokens < 3.min(tokens);
        let weight = T::ONE / T::from_usize(3.min(tokens));
        let mixing = (0..outputs).flat_map(|j| (0..tokens).map(move |t| if weighed(j, t) { weight } else { T::ZERO }));
        let mixing = mixing.collect();
        let (mut noises, mut input) = (LabelNoise::ZERO, Input::Gaussian);
        if noise {
            noises = LabelNoise { mean: T::HALF, standard_deviation: T::ONE };
            input = Input::Laplace;
        }
        Self {
            shape,
            value,
            mixing,
            source: Source { stream: SampleStream::new(2), input, noise: noises, batch: BATCH },
        }
    }

    fn digest(&self, executor: impl Executor, scratch_len: usize) -> u64 {
        let (mut memory, mut steps) = (vec![T::ZERO; student_len(self.shape)], 0);
        let student = StudentViewMut::new(self.shape, &mut memory, &mut steps).unwrap();
        let teacher = TeacherView::new(self.shape, Activation::Relu, &self.value, &self.mixing).unwrap();
        // What it holds before must not matter.
        let (mut scratch, mut batch_loss) = (vec![T::from_f64(7.5); scratch_len], BatchLoss::ZERO);
        let scratch = OnlineScratchViewMut::new(self.shape, &mut scratch, &mut batch_loss).unwrap();
        let mut online = Online::with_executor(student, teacher, self.source, scratch, executor).unwrap();
        for _ in 0..STEPS {
            online.step(&Descent::new(T::from_f64(0.01))).unwrap();
        }
        assert_eq!(online.stream().index(), STEPS * u64::from(BATCH));
        digest(online.student())
    }
}

fn every_executor_gives_the_bits_of_one_thread<T: Scalar>() -> usize {
    let mut compared = 0;
    for shape in SHAPES {
        for noise in [false, true] {
            let run = Run::<T>::new(shape, noise);
            // One filter after the other, as where there are no wide registers.
            let expected = run.digest(Serial, online_scratch_len(run.shape));
            for size in [1, 2, 3, 5] {
                let enough = online_scratch_parallel_len(run.shape, BATCH, size);
                let one_sample = online_scratch_parallel_len(run.shape, 1, size);
                for scratch_len in [enough, one_sample, one_sample + (enough - one_sample) / 3] {
                    let items = AtomicUsize::new(0);
                    let found = run.digest(Spawning { size, items: &items }, scratch_len);
                    assert_eq!(found, expected, "{shape:?}, noise {noise}, {size} threads, {scratch_len} elements");
                    // Where registers are narrow nobody is asked.
                    let shared = items.into_inner();
                    assert_eq!(shared > 0, Level::best() > Level::Baseline, "{shared} items");
                    compared += 1;
                }
            }
        }
    }
    compared
}

#[test]
fn executors_have_equal_bits() {
    let compared =
        every_executor_gives_the_bits_of_one_thread::<f32>() + every_executor_gives_the_bits_of_one_thread::<f64>();
    println!("{compared} runs equal at {:?}", Level::best());
    assert_eq!(compared, 2 * SHAPES.len() * 2 * 4 * 3);
}

/// Threads that share the pairs of a step read one student and copy it, for a batch has its student for itself; what they
/// gather is merged in one order, whoever was done first.
#[test]
fn threads_that_copy_one_student_have_the_bits_of_one_thread() {
    type Pupil<T> = Student<T, 3, 4, 8, 8>;
    type Pairs<T> = [([T; 32], [T; 24])];
    struct Part<T> {
        pupil: Pupil<T>,
        scratch: SampleScratch<T, 3, 4, 8, 8>,
    }
    impl<T: Scalar> Part<T> {
        fn of(pupil: &Pupil<T>) -> Self {
            Self { pupil: pupil.clone(), scratch: SampleScratch::ZERO }
        }
        fn gather(&mut self, pairs: &Pairs<T>) -> Samples<'_, T> {
            let mut samples = Samples::of(&mut self.pupil, Activation::Relu, &mut self.scratch).unwrap();
            pairs.iter().for_each(|(x, y)| samples.accumulate(x, y).unwrap());
            samples
        }
    }
    /// A student after some steps; also of all pairs in one batch.
    fn trained<T: Scalar>(pairs: &Pairs<T>, (first_part, threads): (usize, bool)) -> (u64, Vec<T>) {
        let mut pupil = Pupil::<T>::ZERO;
        for _ in 0..20 {
            let (first, second) = pairs.split_at(first_part);
            let (mut one, mut two) = (Part::of(&pupil), Part::of(&pupil));
            let (mut batch, other) = if threads {
                let (shared, one, two) = (&pupil, &mut one, &mut two);
                std::thread::scope(|scope| {
                    // The second is begun first; each makes its copy while the other may do so.
                    let second = scope.spawn(move || {
                        *two = Part::of(shared);
                        two.gather(second)
                    });
                    let first = scope.spawn(move || {
                        *one = Part::of(shared);
                        one.gather(first)
                    });
                    (first.join().unwrap(), second.join().unwrap())
                })
            } else {
                (one.gather(first), two.gather(second))
            };
            batch.merge(&other).unwrap();
            assert_eq!(batch.batch_loss().count(), 12);
            batch.step(&Descent::new(T::from_f64(0.1))).unwrap();
            pupil = one.pupil;
        }
        (digest(pupil.view()), pupil.view().value().to_vec())
    }
    fn check<T: Scalar>(tolerance: f64) {
        let pairs: Vec<([T; 32], [T; 24])> = (0..12)
            .map(|i| {
                let (mut x, mut y) = ([T::ZERO; 32], [T::ZERO; 24]);
                let mut sample = SampleStream::at(7, i).sample();
                sample.gaussian_fill(&mut x);
                sample.gaussian_fill(&mut y);
                (x, y)
            })
            .collect();
        let (expected, near) = trained(&pairs, (5, false));
        for _ in 0..4 {
            assert_eq!(trained(&pairs, (5, true)).0, expected);
        }
        // All pairs in one batch are the same sums but for rounding: of both types the order of summation shows.
        let (one_after_the_other, whole) = trained(&pairs, (12, false));
        assert_ne!(one_after_the_other, expected);
        for (near, whole) in near.iter().zip(&whole) {
            assert!((*near - *whole).to_f64().abs() < tolerance, "{near:?} {whole:?}");
        }
    }
    check::<f32>(1e-5);
    check::<f64>(1e-13);
}
