//! Snapshots that an earlier version of the library wrote, for ever: they load to the bits that they had, and training goes
//! on from them as if it had never stopped. What is committed in `vectors/snapshots` was written by the library as it stood
//! before version 2 of the format; the digests were printed by the same program, which also went on training.

use std::fs;
use std::path::Path;

use tutee::Scalar;
use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratch, Source};
use tutee::gradient::population::{Population, PopulationScratch};
use tutee::input::SampleStream;
use tutee::matrix::Matrix;
use tutee::snapshot::{Model, inspect, load, save, snapshot_len};
use tutee::step::Descent;
use tutee::student::{Student, StudentViewMut, student_len};
use tutee::teacher::{Teacher, convolution};
use tutee::training::Training;

type Learner<T> = Student<T, 2, 3, 4, 2>;

/// Steps before and after the snapshot.
const BEFORE: u64 = 20;
const AFTER: u64 = 30;

fn teacher<T: Scalar>() -> Teacher<T, 2, 3, 4, 2> {
    let t = T::from_f64;
    let value = Matrix::from_rows([[t(0.6), t(0.0), t(0.8)], [t(0.0), t(-1.0), t(0.25)]]);
    let mut teacher = Teacher::ZERO;
    teacher.fill(Activation::LeakyRelu(t(0.125)), &value, |mixing| convolution::average_pooling(mixing, 2)).unwrap();
    teacher
}

/// By the exact gradient, or with the stream, from its place on; where it stands then.
fn train<T: Scalar>(student: &mut Learner<T>, stream: Option<SampleStream>, steps: u64) -> Option<SampleStream> {
    let teacher = teacher();
    let Some(stream) = stream else {
        let mut scratch = PopulationScratch::ZERO;
        let mut training = Population::of(student, &teacher, &mut scratch);
        for _ in 0..steps {
            training.step(&Descent::new(T::from_f64(0.3))).unwrap();
        }
        return None;
    };
    let mut scratch = OnlineScratch::ZERO;
    let source = Source { stream, ..Source::gaussian(0, 3) };
    let mut training = Online::of(student, &teacher, source, &mut scratch).unwrap();
    for _ in 0..steps {
        training.step(&Descent::new(T::from_f64(0.2))).unwrap();
    }
    Some(training.stream())
}

fn comes_back<T: Scalar>(name: &str, begin: Option<SampleStream>, saved: u64, gone_on: u64) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/snapshots").join(format!("version-1-{name}.bin"));
    let bytes = fs::read(&path).unwrap();
    let header = inspect(&bytes).unwrap();
    let mut never_stopped = Learner::<T>::ZERO;
    let shape = never_stopped.view().shape();
    assert_eq!((header.version, header.model, header.activation()), (1, Model::Position, None), "{name}");
    assert_eq!((header.scalar_bits, header.shape, header.steps), (T::BITS, shape, BEFORE), "{name}");
    let stream = begin.map(|begin| SampleStream::at(begin.seed(), 3 * BEFORE));
    assert_eq!(header.stream, stream, "{name}");

    // Sizes in types, and sizes at run time.
    let (mut owner, mut memory, mut steps) = (Learner::<T>::ZERO, vec![T::ONE; student_len(shape)], 7);
    let mut view = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
    assert_eq!(load(&bytes, &mut view), Ok(stream), "{name}");
    assert_eq!(load(&bytes, &mut owner.view_mut()), Ok(stream), "{name}");
    assert_eq!(digest(view.view()), saved, "{name}");
    assert_eq!(digest(owner.view()), saved, "{name}");

    // Saved again it is of this version, and says the same.
    let mut again = vec![0; snapshot_len::<T>(shape)];
    save(view.view(), stream, &mut again).unwrap();
    owner.reset();
    assert_eq!(load(&again, &mut owner.view_mut()), Ok(stream), "{name}");
    assert_eq!(digest(owner.view()), saved, "{name}");

    train(&mut owner, stream, AFTER);
    assert_eq!(digest(owner.view()), gone_on, "{name}");
    let stream = train(&mut never_stopped, begin, BEFORE);
    assert_eq!(digest(never_stopped.view()), saved, "{name}");
    train(&mut never_stopped, stream, AFTER);
    assert_eq!(digest(never_stopped.view()), gone_on, "{name}");
}

#[test]
fn snapshots_of_the_first_version_come_back_with_every_bit() {
    let stream = Some(SampleStream::new(8));
    comes_back::<f32>("f32", None, 0xDB7F_C872_49C5_C496, 0x2820_E243_4957_7F9E);
    comes_back::<f32>("f32-stream", stream, 0xAF0C_67EB_9FF5_2DBF, 0x1618_8290_1DA2_BCB4);
    comes_back::<f64>("f64", None, 0xD2A3_598D_D35E_1C92, 0xBA27_47C1_C9C4_7041);
    comes_back::<f64>("f64-stream", stream, 0x6583_5BAF_5869_08C4, 0xF6B0_DE08_B256_64D8);
}
