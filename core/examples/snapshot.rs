//! Saves an online training every hundred steps, in turn to two places. The power goes while one is being written; the training
//! goes on from the other, and ends with the bits of a run that never stopped.
//!
//! `cargo run --release -p tutee --example snapshot`

use tutee::Error;
use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratch, Source};
use tutee::input::SampleStream;
use tutee::matrix::Matrix;
use tutee::snapshot::store::{RECORD_LEN, read, seal, slot_len};
use tutee::snapshot::{Context, load, save_with, snapshot_len};
use tutee::step::Descent;
use tutee::student::Student;
use tutee::teacher::Teacher;
use tutee::teacher::family::Family;
use tutee::training::Training;

type Learner = Student<f32, 2, 3, 8, 8>;

const ACTIVATION: Activation<f32> = Activation::LeakyRelu(0.1);
const STEPS: u32 = 2_000;
/// Steps from one snapshot to the next.
const LEG: u32 = 100;

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

/// Two pages of flash, or two files.
struct Pages([Vec<u8>; 2]);

impl Pages {
    /// Erased, and written as far as there is power.
    fn save(&mut self, student: &Learner, stream: SampleStream, power: Option<usize>) -> Result<(), Error> {
        let context = Context { stream: Some(stream), activation: Some(ACTIVATION) };
        let slots = read([&self.0[0], &self.0[1]]);
        let (next, sequence) = (slots.next, slots.sequence);
        let mut image = vec![0; slot_len(snapshot_len::<f32>(student.view().shape()))];
        save_with(student.view(), &context, &mut image[RECORD_LEN..])?;
        seal(&mut image, sequence)?;
        let written = power.unwrap_or(image.len());
        self.0[next].fill(0xFF);
        self.0[next][..written].copy_from_slice(&image[..written]);
        Ok(())
    }

    /// What was saved last, if there is any: the student, and where its stream stands.
    fn load(&self, student: &mut Learner) -> Result<Option<SampleStream>, Error> {
        match read([&self.0[0], &self.0[1]]).newest {
            Some(bytes) => load(bytes, &mut student.view_mut()),
            None => Ok(None),
        }
    }
}

fn main() -> Result<(), Error> {
    let mut teacher = Teacher::ZERO;
    let filters = Matrix::from_rows([[0.6, 0.0, 0.8], [0.0, 1.0, 0.0]]);
    teacher.fill(ACTIVATION, &filters, |mixing| Family::Pooling { group: 4 }.fill(mixing))?;

    let mut whole = Learner::ZERO;
    train(&mut whole, &teacher, SampleStream::new(5), STEPS)?;

    let mut pages = Pages([vec![0xFF; 2048], vec![0xFF; 2048]]);
    let mut first = Learner::ZERO;
    let mut stream = SampleStream::new(5);
    for leg in 1..=10 {
        stream = train(&mut first, &teacher, stream, LEG)?;
        pages.save(&first, stream, if leg == 10 { Some(500) } else { None })?;
    }
    println!("the power goes at step {}", first.steps());

    let mut second = Learner::ZERO;
    let stream = pages.load(&mut second)?.unwrap_or(SampleStream::new(5));
    println!("what is whole is of step {}", second.steps());
    assert_eq!(second.steps(), 900);
    train(&mut second, &teacher, stream, STEPS - 900)?;
    println!("never stopped  {:016x}", digest(whole.view()));
    println!("gone on        {:016x}", digest(second.view()));
    assert_eq!(digest(whole.view()), digest(second.view()));
    Ok(())
}
