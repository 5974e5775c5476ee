//! Working memory for eight tokens does not serve a student with sixteen.
use tutee::activation::Activation;
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::student::Student;

fn main() {
    let mut student = Student::<f32, 1, 2, 16, 4>::ZERO;
    let mut scratch = SampleScratch::<f32, 1, 2, 8, 4>::ZERO;
    let _ = Samples::of(&mut student, Activation::Relu, &mut scratch);
}
