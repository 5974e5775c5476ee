//! The smallest useful firmware: learns from pairs that sensors and whatever they drive produce, and predicts. No random
//! numbers, no exact gradient, nothing measured.
#![no_std]
#![no_main]

// Brings what `take` needs on a Cortex-M0.
#[cfg(target_arch = "arm")]
use cortex_m as _;
use semihosting::{println, process};
use static_cell::ConstStaticCell;
use tutee::Error;
use tutee::activation::Activation;
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::matrix::Matrix;
use tutee::step::Descent;
use tutee::student::Student;

/// Eight sensors with four readings each, and two responses at each.
type Readings = [[f32; 4]; 8];
type Responses = [[f32; 2]; 8];

/// Predictions after training.
const TESTS: u16 = 20;

static STUDENT: ConstStaticCell<Student<f32, 2, 4, 8, 8>> = ConstStaticCell::new(Student::ZERO);
static SCRATCH: ConstStaticCell<SampleScratch<f32, 2, 4, 8, 8>> = ConstStaticCell::new(SampleScratch::ZERO);
static ATTENTION: ConstStaticCell<Matrix<f32, 8, 8>> = ConstStaticCell::new(Matrix::ZERO);

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    match run() {
        Ok([error, nothing]) => {
            println!("mean error of a prediction {error:.4}, of none {nothing:.4}");
            process::exit(if error < 0.1 * nothing { 0 } else { 1 })
        }
        Err(refused) => {
            println!("{refused}");
            process::exit(1)
        }
    }
}

/// Learns, then predicts what it has not seen; gives the mean error, and that of predicting zero.
fn run() -> Result<[f32; 2], Error> {
    let mut plant = Plant { state: 1 };
    let mut samples = Samples::of(STUDENT.take(), Activation::Relu, SCRATCH.take())?;
    let descent = Descent::new(0.3).with_attention_rate(30.0);
    for _ in 0..500 {
        for _ in 0..8 {
            let (readings, responses) = plant.sample();
            samples.accumulate(readings.as_flattened(), responses.as_flattened())?;
        }
        samples.step(&descent)?;
    }

    let attention = ATTENTION.take();
    samples.student().attention(attention.as_mut_slice())?;
    println!("the first sensor's responses depend on sensors by {:.2?}", attention[0]);
    let (mut errors, mut magnitudes) = (0.0, 0.0);
    for _ in 0..TESTS {
        let (readings, responses) = plant.sample();
        let mut predicted = Responses::default();
        samples.predict(readings.as_flattened(), predicted.as_flattened_mut())?;
        for (p, r) in predicted.as_flattened().iter().zip(responses.as_flattened()) {
            errors += (p - r).abs();
            magnitudes += r.abs();
        }
    }
    Ok([errors, magnitudes].map(|sum| sum / f32::from(TESTS * 16)))
}

/// In place of sensors: eight in a ring, whose responses are those of a sensor and its neighbours together.
struct Plant {
    state: u32,
}

impl Plant {
    fn sample(&mut self) -> (Readings, Responses) {
        let (mut readings, mut responses) = ([[0.0; 4]; 8], [[0.0; 2]; 8]);
        for reading in readings.as_flattened_mut() {
            // Marsaglia's xorshift, and noise between -1.7 and 1.7: of variance 1.
            self.state ^= self.state << 13;
            self.state ^= self.state >> 17;
            self.state ^= self.state << 5;
            *reading = ((self.state >> 8) as f32 / 8_388_608.0 - 1.0) * 1.7;
        }
        for (place, response) in responses.iter_mut().enumerate() {
            for neighbour in [place + 7, place, place + 1] {
                let [a, b, c, d] = readings[neighbour % 8];
                response[0] += (0.5 * a - 0.5 * b + 0.5 * c + 0.5 * d) / 3.0;
                response[1] += (0.8 * a + 0.6 * d) / 3.0;
            }
            for r in response {
                *r = if *r > 0.0 { *r } else { 0.0 };
            }
        }
        (readings, responses)
    }
}
