//! The attention of a student has a row an output and a column a token, not the other way round.
use tutee::matrix::Matrix;
use tutee::student::Student;

fn main() {
    let student = Student::<f64, 1, 2, 8, 4>::ZERO;
    let mut attention = Matrix::<f64, 8, 4>::ZERO;
    student.attention(&mut attention);
}
