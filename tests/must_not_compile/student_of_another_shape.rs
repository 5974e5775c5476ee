//! A student with five filters cannot learn from a teacher with four.
use tutee::gradient::population::{Population, PopulationScratch};
use tutee::student::Student;
use tutee::teacher::Teacher;

fn main() {
    let teacher = Teacher::<f32, 4, 6, 16, 16>::ZERO;
    let mut student = Student::<f32, 5, 6, 16, 16>::ZERO;
    let mut scratch = PopulationScratch::ZERO;
    Population::of(&mut student, &teacher, &mut scratch);
}
