//! Whole steps, both precisions, at each vector level, with sizes that are known at run time and in types that know
//! them.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tutee::Scalar;
use tutee_bench::level::{levels, name};
use tutee_bench::loops::Number;
use tutee_bench::steps::{BATCH, Gradient, SIZES, with, with_fixed};

fn steps<T: Number + Scalar>(criterion: &mut Criterion) {
    for level in levels() {
        level.limit();
        let mut group = criterion.benchmark_group(format!("{}, {}", T::NAME, name(level)));
        group.sample_size(10);
        for gradient in Gradient::ALL {
            for sizes in SIZES {
                let [_, _, tokens, _] = sizes;
                let id = |which| BenchmarkId::new(format!("{} {which}", gradient.name()), tokens);
                with::<T, _>(gradient, sizes, BATCH, |step| {
                    group.bench_function(id("run-time"), |b| b.iter(|| black_box(&mut *step)()));
                })
                .expect("the sizes are legal");
                with_fixed::<T, _>(gradient, sizes, BATCH, |step| {
                    group.bench_function(id("const-generic"), |b| b.iter(|| black_box(&mut *step)()));
                })
                .expect("the sizes are those of a table");
            }
        }
        group.finish();
    }
}

fn all(criterion: &mut Criterion) {
    steps::<f32>(criterion);
    steps::<f64>(criterion);
}

criterion_group!(benches, all);
criterion_main!(benches);
