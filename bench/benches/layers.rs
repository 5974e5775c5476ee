//! Whole online steps of a layer, both precisions, at each vector level.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tutee_bench::layers::{Matrices, SIZES, with};
use tutee_bench::level::{levels, name};
use tutee_bench::loops::Number;
use tutee_bench::steps::BATCH;

fn layers<T: Number>(criterion: &mut Criterion) {
    for level in levels() {
        level.limit();
        let mut group = criterion.benchmark_group(format!("{}, {}", T::NAME, name(level)));
        group.sample_size(10);
        for matrices in Matrices::ALL {
            for sizes in SIZES {
                let [_, _, tokens, _] = sizes;
                with::<T, _>(matrices, sizes, BATCH, |step| {
                    let id = BenchmarkId::new(format!("layer {}", matrices.name()), tokens);
                    group.bench_function(id, |b| b.iter(|| black_box(&mut *step)()));
                })
                .expect("the sizes are legal");
            }
        }
        group.finish();
    }
}

fn all(criterion: &mut Criterion) {
    layers::<f32>(criterion);
    layers::<f64>(criterion);
}

criterion_group!(benches, all);
criterion_main!(benches);
