//! The firmware's trainings on a workstation: what every microcontroller must print.

use tutee::Scalar;
use tutee_firmware::lesson::{SHOWN, lessons};
use tutee_firmware::report::{HEAD, Line};
use tutee_firmware::train::Classroom;

fn main() {
    println!("{HEAD}");
    let mut single = Classroom::<f32>::ZERO;
    teach(&mut single);
    let mut double = Classroom::<f64>::ZERO;
    teach(&mut double);
    let outcome = single.train(SHOWN);
    println!("\n{}\n{}", Line::<f32>::new(SHOWN, &outcome), single.findings());
}

fn teach<T: Scalar>(room: &mut Classroom<T>) {
    for lesson in lessons() {
        println!("{}", Line::<T>::new(lesson, &room.train(lesson)));
    }
}
