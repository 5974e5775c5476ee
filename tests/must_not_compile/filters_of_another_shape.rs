//! A teacher with six features cannot take filters with seven.
use tutee::activation::Activation;
use tutee::matrix::Matrix;
use tutee::teacher::Teacher;

fn main() {
    let filters = Matrix::<f32, 4, 7>::ZERO;
    let mut teacher = Teacher::<f32, 4, 6, 16, 16>::ZERO;
    let _ = teacher.fill(Activation::Relu, &filters, |_| Ok(()));
}
