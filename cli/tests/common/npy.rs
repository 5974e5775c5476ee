//! Files in NumPy's format.

use std::fs::File;
use std::path::Path;

use npyz::{AutoSerialize, Order, WriterBuilder};

/// Writes an array.
pub fn write<N: AutoSerialize + Copy>(path: &Path, order: Order, shape: &[usize], numbers: &[N]) {
    let shape: Vec<u64> = shape.iter().map(|&side| side as u64).collect();
    let options = npyz::WriteOptions::new().default_dtype().order(order).shape(&shape);
    let mut writer = options.writer(File::create(path).unwrap()).begin_nd().unwrap();
    writer.extend(numbers.iter().copied()).unwrap();
    writer.finish().unwrap();
}
