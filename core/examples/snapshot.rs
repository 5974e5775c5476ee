//! Saves an online training half way, loads it into another student, and ends with the bits of a run that never stopped.
//!
//! `cargo run --release -p tutee --example snapshot`

use tutee::Error;
use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratch, Source};
use tutee::input::SampleStream;
use tutee::matrix::Matrix;
use tutee::snapshot::{load, save, snapshot_len};
use tutee::step::Descent;
use tutee::student::Student;
use tutee::teacher::Teacher;
use tutee::teacher::family::Family;
use tutee::training::Training;

type Learner = Student<f32, 2, 3, 8, 8>;

/// Goes on from where `student` and `stream` stand; returns where the stream stands then.
fn train(
    student: &mut Learner,
    teacher: &Teacher<f32, 2, 3, 8, 8>,
    stream: SampleStream,
    steps: u32,
) -> Result<SampleStream, Error> {
    let mut scratch = OnlineScratch::ZERO;
    let source = Source { stream, ..Source::gaussian(0, 16) };
    let mut training = Online::of(student, teacher, source, &mut scratch)?;
    for _ in 0..steps {
        training.step(&Descent::new(0.2))?;
    }
    Ok(training.stream())
}

fn main() -> Result<(), Error> {
    let mut teacher = Teacher::ZERO;
    let filters = Matrix::from_rows([[0.6, 0.0, 0.8], [0.0, 1.0, 0.0]]);
    teacher.fill(Activation::LeakyRelu(0.1), &filters, |mixing| Family::Pooling { group: 4 }.fill(mixing))?;

    let mut whole = Student::ZERO;
    train(&mut whole, &teacher, SampleStream::new(5), 2_000)?;

    let mut first = Student::ZERO;
    let stream = train(&mut first, &teacher, SampleStream::new(5), 1_000)?;
    let mut bytes = vec![0; snapshot_len::<f32>(first.view().shape())];
    save(first.view(), Some(stream), &mut bytes)?;
    println!("saved after {} steps: {} bytes", first.steps(), bytes.len());

    let mut second = Learner::ZERO;
    let stream = load(&bytes, &mut second.view_mut())?.unwrap_or(stream);
    train(&mut second, &teacher, stream, 1_000)?;
    println!("never stopped  {:016x}", digest(whole.view()));
    println!("gone on        {:016x}", digest(second.view()));
    assert_eq!(digest(whole.view()), digest(second.view()));
    Ok(())
}
