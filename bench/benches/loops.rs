//! The inner loops one by one, both precisions, at each vector level.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tutee_bench::level::{levels, name, repeat};
use tutee_bench::loops::{Inner, Kernel, LENGTHS, Number};

fn loops<T: Number>(criterion: &mut Criterion) {
    for level in levels() {
        level.limit();
        let mut group = criterion.benchmark_group(format!("{}, {}", T::NAME, name(level)));
        for kernel in Kernel::ALL {
            for n in LENGTHS {
                let mut inner = Inner::<T>::new(kernel, n);
                group.throughput(Throughput::Elements(n as u64));
                group.bench_function(BenchmarkId::new(kernel.name(), n), |b| b.iter(|| repeat(level, 1, &mut inner)));
            }
        }
        group.finish();
    }
}

fn all(criterion: &mut Criterion) {
    loops::<f32>(criterion);
    loops::<f64>(criterion);
}

criterion_group!(benches, all);
criterion_main!(benches);
