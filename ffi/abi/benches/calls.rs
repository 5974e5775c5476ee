//! What a call through the C ABI costs beside the same call in Rust, and what sizes at run time cost beside sizes in the
//! type: one exact step, one accumulated pair and one step of a batch, over small sizes.
//!
//! `rust_const` and `rust_run_time` differ in the door, `rust_run_time` and `c_abi` in the boundary: its checks of pointers,
//! headers, lengths, overlap and the floating-point environment. `c_abi_wide` has a sampler for wide vector registers, as
//! `rust_const` has, too.

use std::hint::black_box;
use std::ptr;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use tutee::Shape;
use tutee::activation::Activation;
use tutee::gradient::population::{Population, PopulationScratch, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratch, SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::input::SampleStream;
use tutee::matrix::Matrix;
use tutee::step::Descent;
use tutee::student::{Student, StudentViewMut, student_len};
use tutee::teacher::{Teacher, TeacherView, group_sparse};
use tutee::training::Training;
use tutee_abi::*;

const RATE: f64 = 0.01;

/// One teacher in the three forms that the benches take.
struct Model<const M: usize, const F: usize, const D: usize, const J: usize> {
    shape: Shape,
    owned: Teacher<f64, M, F, D, J>,
    value: Vec<f64>,
    mixing: Vec<f64>,
}

impl<const M: usize, const F: usize, const D: usize, const J: usize> Model<M, F, D, J> {
    fn new() -> Self {
        let mut value = Matrix::<f64, M, F>::ZERO;
        SampleStream::new(1).sample().gaussian_fill(value.as_mut_slice());
        let mut owned = Teacher::ZERO;
        owned.fill(Activation::Relu, &value, |mixing| group_sparse::select_group(mixing, D - 1)).unwrap();
        let (value, mixing) = (owned.view().value().to_vec(), owned.view().mixing().to_vec());
        Self { shape: Shape::new(M, F, D, J).unwrap(), owned, value, mixing }
    }

    fn pair(&self) -> (Vec<f64>, Vec<f64>) {
        let (mut x, mut y) = (vec![0.0; self.shape.input_len()], vec![0.0; self.shape.output_len()]);
        SampleStream::new(2).sample().gaussian_fill(&mut x);
        SampleStream::new(3).sample().gaussian_fill(&mut y);
        (x, y)
    }
}

fn ok(status: tutee_status) {
    assert_eq!(status as i32, 0);
}

fn population<const M: usize, const F: usize, const D: usize, const J: usize>(
    group: &mut BenchmarkGroup<'_, WallTime>,
) {
    let model = Model::<M, F, D, J>::new();
    let descent = Descent::new(RATE);

    let (mut student, mut scratch) = (Box::new(Student::ZERO), Box::new(PopulationScratch::ZERO));
    group.bench_function("rust_const", |bench| {
        bench.iter(|| Population::of(&mut student, &model.owned, &mut scratch).step(black_box(&descent)).unwrap());
    });

    let (mut memory, mut steps) = (vec![0.0; student_len(model.shape)], 0);
    let mut scratch = vec![0.0; population_scratch_len(model.shape)];
    group.bench_function("rust_run_time", |bench| {
        bench.iter(|| {
            let teacher = TeacherView::resume(model.shape, Activation::Relu, &model.value, &model.mixing).unwrap();
            let student = StudentViewMut::resume(black_box(model.shape), &mut memory, &mut steps).unwrap();
            let scratch = PopulationScratchViewMut::new(model.shape, &mut scratch).unwrap();
            Population::new(student, teacher, scratch).unwrap().step(black_box(&descent)).unwrap();
        });
    });

    let c = CModel::new(&model);
    group.bench_function("c_abi", |bench| {
        bench.iter(|| {
            // SAFETY: the objects were initialised and the lengths are theirs.
            ok(unsafe {
                tutee_population_step_f64(c.student, c.teacher, &c.descent, scratch.as_mut_ptr(), scratch.len())
            });
        });
    });
}

fn samples<const M: usize, const F: usize, const D: usize, const J: usize>(group: &mut BenchmarkGroup<'_, WallTime>) {
    let model = Model::<M, F, D, J>::new();
    let (x, y) = model.pair();

    let (mut student, mut scratch) = (Box::new(Student::ZERO), Box::new(SampleScratch::<f64, M, F, D, J>::ZERO));
    let mut samples = Samples::of(&mut student, Activation::Relu, &mut scratch).unwrap();
    group.bench_function("rust_const", |bench| {
        bench.iter(|| samples.accumulate(black_box(&x), black_box(&y)).unwrap());
    });

    let (mut memory, mut steps) = (vec![0.0; student_len(model.shape)], 0);
    let (mut scratch, mut batch_loss) = (vec![0.0; sample_scratch_len(model.shape)], BatchLoss::ZERO);
    group.bench_function("rust_run_time", |bench| {
        let scratch = SampleScratchViewMut::new(model.shape, &mut scratch, &mut batch_loss).unwrap();
        let student = StudentViewMut::new(black_box(model.shape), &mut memory, &mut steps).unwrap();
        let mut samples = Samples::new(student, Activation::Relu, scratch).unwrap();
        bench.iter(|| samples.accumulate(black_box(&x), black_box(&y)).unwrap());
    });

    for (name, sampler_words) in
        [("c_abi", tutee_sampler_words_f64 as SizeOf), ("c_abi_wide", tutee_sampler_words_wide_f64)]
    {
        let c = CModel::with_sampler(&model, sampler_words);
        // SAFETY: the objects were initialised and the lengths are theirs.
        ok(unsafe { tutee_samples_begin_f64(c.student, c.sampler, 1, 0.0) });
        group.bench_function(name, |bench| {
            bench.iter(|| {
                // SAFETY: as above.
                ok(unsafe {
                    tutee_samples_accumulate_f64(c.student, c.sampler, 1, x.as_ptr(), x.len(), y.as_ptr(), y.len())
                });
            });
        });
    }
}

/// The cheapest call that computes nothing: what the checks of one object cost.
fn steps(group: &mut BenchmarkGroup<'_, WallTime>) {
    let model = Model::<2, 3, 8, 8>::new();
    let c = CModel::new(&model);
    group.bench_function("c_abi", |bench| {
        bench.iter(|| {
            let mut steps = 0;
            // SAFETY: the student was initialised.
            ok(unsafe { tutee_student_steps_f64(black_box(c.student), &mut steps) });
            steps
        });
    });
}

/// The objects of a C program.
struct CModel {
    _memory: [Vec<u64>; 3],
    teacher: *mut tutee_teacher<f64>,
    student: *mut tutee_student<f64>,
    sampler: *mut tutee_sampler<f64>,
    descent: tutee_descent<f64>,
}

type SizeOf = unsafe extern "C" fn(*const tutee_shape, *mut usize) -> tutee_status;

impl CModel {
    fn new<const M: usize, const F: usize, const D: usize, const J: usize>(model: &Model<M, F, D, J>) -> Self {
        Self::with_sampler(model, tutee_sampler_words_f64)
    }

    fn with_sampler<const M: usize, const F: usize, const D: usize, const J: usize>(
        model: &Model<M, F, D, J>,
        sampler_words: SizeOf,
    ) -> Self {
        let shape = tutee_shape { filters: M as u32, features: F as u32, tokens: D as u32, outputs: J as u32 };
        let mut words = [0; 3];
        let (mut teacher, mut student, mut sampler) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        let mut descent = tutee_descent { value_rate: 0.0, attention_rate: 0.0, value_limit: 0.0, compensated: 0 };
        // SAFETY: every pointer is to a place of its own, every length is that of its slice.
        unsafe {
            ok(tutee_teacher_words_f64(&shape, &mut words[0]));
            ok(tutee_student_words_f64(&shape, &mut words[1]));
            ok(sampler_words(&shape, &mut words[2]));
            let mut memory = words.map(|words| vec![0_u64; words]);
            let [a, b, c] = &mut memory;
            let (value, mixing) = (&model.value, &model.mixing);
            ok(tutee_teacher_init_f64(
                a.as_mut_ptr(),
                a.len(),
                &shape,
                1,
                0.0,
                value.as_ptr(),
                value.len(),
                mixing.as_ptr(),
                mixing.len(),
                &mut teacher,
            ));
            ok(tutee_student_init_f64(b.as_mut_ptr(), b.len(), &shape, &mut student));
            ok(tutee_sampler_init_f64(c.as_mut_ptr(), c.len(), &shape, &mut sampler));
            ok(tutee_descent_default_f64(RATE, &mut descent));
            Self { _memory: memory, teacher, student, sampler, descent }
        }
    }
}

fn all(criterion: &mut Criterion) {
    macro_rules! sizes {
        ($(($m:literal, $f:literal, $d:literal, $j:literal)),*) => {
            $(
                let name = concat!("step/", $m, "x", $f, "x", $d, "x", $j);
                population::<$m, $f, $d, $j>(&mut criterion.benchmark_group(name));
            )*
            $(
                let name = concat!("accumulate/", $m, "x", $f, "x", $d, "x", $j);
                samples::<$m, $f, $d, $j>(&mut criterion.benchmark_group(name));
            )*
        };
    }
    steps(&mut criterion.benchmark_group("steps"));
    sizes!((1, 1, 1, 1), (2, 3, 8, 8), (4, 6, 16, 16));
}

criterion_group!(benches, all);
criterion_main!(benches);
