//! A single-precision student does not learn from a double-precision teacher by accident.
use tutee::gradient::online::{Online, OnlineScratch, Source};
use tutee::student::Student;
use tutee::teacher::Teacher;

fn main() {
    let teacher = Teacher::<f64, 1, 2, 8, 4>::ZERO;
    let mut student = Student::<f32, 1, 2, 8, 4>::ZERO;
    let mut scratch = OnlineScratch::ZERO;
    let _ = Online::of(&mut student, &teacher, Source::gaussian(1, 8), &mut scratch);
}
