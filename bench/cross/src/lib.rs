//! Online steps in single precision on a student of middling size, as a function for a program in C or JavaScript that counts
//! or times them. Without the standard library, because WebAssembly's has nothing that is needed here; a build that unwinds,
//! which is none of these, would need it.
#![no_std]

use static_cell::ConstStaticCell;
use tutee::Error;
use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratch, Source};
use tutee::input::SampleStream;
use tutee::matrix::Matrix;
use tutee::step::Descent;
use tutee::student::Student;
use tutee::teacher::family::unit_filters;
use tutee::teacher::{Teacher, convolution};
use tutee::training::Training;
use tutee::vector::Level;

const FILTERS: usize = 16;
const FEATURES: usize = 16;
const TOKENS: usize = 64;
const BATCH: u32 = 64;
/// Tokens that an output of the teacher averages.
const GROUP: usize = 4;

static STUDENT: ConstStaticCell<Student<f32, FILTERS, FEATURES, TOKENS, TOKENS>> = ConstStaticCell::new(Student::ZERO);
static TEACHER: ConstStaticCell<Teacher<f32, FILTERS, FEATURES, TOKENS, TOKENS>> = ConstStaticCell::new(Teacher::ZERO);
static SCRATCH: ConstStaticCell<OnlineScratch<f32, FILTERS, FEATURES, TOKENS, TOKENS>> =
    ConstStaticCell::new(OnlineScratch::ZERO);

/// Takes `steps` steps with registers no wider than those of the level at position `level` of the list of all, and gives the
/// low half of the student's digest; zero for a level that is not to be had, and when it is called again.
#[unsafe(no_mangle)]
pub extern "C" fn online_steps(level: u32, steps: u32) -> u32 {
    let level = usize::try_from(level).ok().and_then(|level| Level::ALL.get(level));
    match level {
        Some(level) if *level <= Level::best() => {
            level.limit();
            take(steps).map_or(0, |digest| digest as u32)
        }
        _ => 0,
    }
}

fn take(steps: u32) -> Result<u64, Error> {
    let again = Error::OutOfRange { what: "a second run" };
    let (Some(student), Some(teacher)) = (STUDENT.try_take(), TEACHER.try_take()) else { return Err(again) };
    let Some(scratch) = SCRATCH.try_take() else { return Err(again) };
    let mut filters = [[0.0; FEATURES]; FILTERS];
    unit_filters(filters.as_flattened_mut(), FEATURES, &mut SampleStream::new(1).sample());
    let filters = Matrix::from_rows(filters);
    teacher.fill(Activation::Relu, &filters, |mixing| convolution::average_pooling(mixing, GROUP))?;
    let mut online = Online::of(student, teacher, Source::gaussian(1, BATCH), scratch)?;
    let descent = Descent::new(0.0125).with_attention_rate(0.8);
    for _ in 0..steps {
        online.step(&descent)?;
    }
    Ok(digest(online.student()))
}

#[cfg(not(panic = "unwind"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    {
        unsafe extern "C" {
            safe fn abort() -> !;
        }
        abort()
    }
}

#[cfg(all(not(panic = "unwind"), not(target_family = "wasm")))]
#[path = "../../../ffi/src/personality.rs"]
mod personality;
