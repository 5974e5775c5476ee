//! While samples are being accumulated nobody else can change the student: its attention is remembered.
use tutee::activation::Activation;
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::student::Student;

fn main() {
    let mut student = Student::<f32, 1, 2, 8, 4>::ZERO;
    let mut scratch = SampleScratch::ZERO;
    let mut samples = Samples::of(&mut student, Activation::Relu, &mut scratch).unwrap();
    student.reset();
    samples.begin();
}
