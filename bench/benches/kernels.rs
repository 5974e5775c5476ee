//! The inner loops one by one, both precisions, over sizes below, at and above the number of lanes.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tutee::Scalar;
use tutee::kernel::{reduce, softmax, update};

const SIZES: [usize; 6] = [7, 8, 9, 16, 64, 256];

fn kernels<T: Scalar>(criterion: &mut Criterion, scalar: &str) {
    let mut group = criterion.benchmark_group(scalar);
    for n in SIZES {
        let x: Vec<T> = (0..n).map(|i| T::ONE / T::from_usize(i + 2)).collect();
        let y = vec![T::ONE / T::from_usize(n); n];
        let (mut z, mut carry) = (vec![T::ZERO; n], vec![T::ZERO; n]);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::new("sum", n), |b| b.iter(|| reduce::sum(black_box(&x))));
        group.bench_function(BenchmarkId::new("dot", n), |b| b.iter(|| reduce::dot(black_box(&x), black_box(&y))));
        group.bench_function(BenchmarkId::new("compare", n), |b| {
            b.iter(|| reduce::compare(black_box(&x), black_box(&y)))
        });
        group.bench_function(BenchmarkId::new("softmax", n), |b| {
            b.iter(|| softmax::softmax(black_box(&x), black_box(&mut z)))
        });
        for (name, compensated) in [("advance", true), ("advance-plain", false)] {
            group.bench_function(BenchmarkId::new(name, n), |b| {
                b.iter(|| {
                    for ((z, carry), &x) in black_box(&mut z).iter_mut().zip(&mut carry).zip(&x) {
                        update::advance(z, carry, x, compensated);
                    }
                })
            });
        }
    }
    group.finish();
}

fn all(criterion: &mut Criterion) {
    kernels::<f32>(criterion, "f32");
    kernels::<f64>(criterion, "f64");
}

criterion_group!(benches, all);
criterion_main!(benches);
