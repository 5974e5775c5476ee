//! A whole layer learns on the chip: eight tokens of four readings with the code of their place, separate key and query matrices of
//! four rows, two filters, eight outputs, single precision. Which tokens an output depends on is for it to find: each averages
//! its neighbours on a ring, and content says nothing of them. Says what a sample costs, and fails when that is above its bound.
#![no_std]
#![no_main]

// Brings what `take` needs on a Cortex-M0.
#[cfg(target_arch = "arm")]
use cortex_m as _;
use semihosting::{println, process};
use static_cell::ConstStaticCell;
use tutee::activation::Activation;
use tutee::digest::layer_digest;
use tutee::gradient::layer::{LayerSamples, LayerScratch, layer_scratch_len};
use tutee::layer::{
    Form, KeyQuery, Layer, LayerInput, LayerSettings, LayerShape, Parameter, Sizes, Start, Trained, layer_len,
};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::step::Descent;
use tutee::{Error, Shape};

#[path = "../machine/mod.rs"]
mod machine;

use machine::Machine;

const TOKENS: usize = 8;
const FEATURES: usize = 4;
const BATCHES: u32 = 400;
const BATCH: u32 = 4;
/// The most instructions of a sample, its share of the step included, and bytes of stack: with single precision in hardware, on a
/// RISC-V without, and on an ARM without.
const BOUNDS: (u64, usize) = if cfg!(float_unit) {
    (38_000, 3_328)
} else if cfg!(target_arch = "riscv32") {
    (450_000, 3_328)
} else {
    (820_000, 3_456)
};

struct Mine;

impl Sizes for Mine {
    const SHAPE: LayerShape = {
        let Ok(shape) = Shape::new(2, FEATURES, TOKENS, TOKENS) else { panic!("sizes") };
        let form = Form { key_query: KeyQuery::Separate { keys: 4 }, ..Form::concatenated(TOKENS) };
        let Ok(shape) = LayerShape::new(shape, form) else { panic!("form") };
        shape
    };
}

/// All that training takes of the chip's memory, known before it is flashed.
const STATE: usize = size_of::<Layer<f32, Mine, { layer_len(Mine::SHAPE) }>>();
const WORKING: usize = size_of::<LayerScratch<f32, Mine, { layer_scratch_len(Mine::SHAPE) }>>();

static LAYER: ConstStaticCell<Layer<f32, Mine, { layer_len(Mine::SHAPE) }>> = ConstStaticCell::new(Layer::ZERO);
static SCRATCH: ConstStaticCell<LayerScratch<f32, Mine, { layer_scratch_len(Mine::SHAPE) }>> =
    ConstStaticCell::new(LayerScratch::ZERO);

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let mut machine = Machine::take();
    let (learned, cost) = machine.measure(learn);
    match learned {
        Ok(Learned { first, last, digest }) => {
            let sample = cost.instructions / u64::from(BATCHES * BATCH);
            println!("layer: loss of a batch {first:.4} at first, {last:.4} at last, digest {digest:016x}");
            println!(
                "| {sample} instructions a sample, {} bytes of stack, {STATE} of state, {WORKING} of working memory",
                cost.stack
            );
            println!(
                "| deepest stack: {} bytes; searched: {}; all statics: {}",
                machine.deepest_stack(),
                machine::capacity(),
                machine::static_memory()
            );
            let well = last < 0.1 * first && sample <= BOUNDS.0 && cost.stack <= BOUNDS.1;
            process::exit(if well { 0 } else { 1 })
        }
        Err(refused) => {
            println!("{refused}");
            process::exit(1)
        }
    }
}

struct Learned {
    first: f32,
    last: f32,
    digest: u64,
}

fn learn() -> Result<Learned, Error> {
    let layer = LAYER.take();
    let mut unit = [0.0; TOKENS * TOKENS];
    codes::identity(MatrixViewMut::new("codes", &mut unit, TOKENS, TOKENS)?)?;
    let mut start = layer.view_mut();
    start.set(Parameter::Codes, &unit)?;
    start.start(Start::Gaussian { deviation: 0.5, seed: 1 }, Trained::all(Mine::SHAPE))?;
    let settings = LayerSettings { scale: 1.0, ..LayerSettings::new(Mine::SHAPE, Activation::Identity) };
    let mut samples = LayerSamples::of(layer, settings, SCRATCH.take())?;
    let (mut state, mut first, mut last) = (1, 0.0, 0.0);
    for batch in 0..BATCHES {
        for _ in 0..BATCH {
            let (x, y) = sample(&mut state);
            samples.accumulate(&LayerInput::of(x.as_flattened()), y.as_flattened())?;
        }
        last = samples.batch_loss().mean_loss().unwrap_or(0.0);
        first = if batch == 0 { last } else { first };
        samples.step(&Descent::new(0.1).with_attention_rate(0.1))?;
    }
    Ok(Learned { first, last, digest: layer_digest(samples.layer()) })
}

/// In place of sensors: readings, and responses that are those of a sensor and its neighbours together.
fn sample(state: &mut u32) -> ([[f32; FEATURES]; TOKENS], [[f32; 2]; TOKENS]) {
    let (mut readings, mut responses) = ([[0.0; FEATURES]; TOKENS], [[0.0; 2]; TOKENS]);
    for reading in readings.as_flattened_mut() {
        // Marsaglia's xorshift, and noise between -1.7 and 1.7: of variance 1.
        *state ^= *state << 13;
        *state ^= *state >> 17;
        *state ^= *state << 5;
        *reading = ((*state >> 8) as f32 / 8_388_608.0 - 1.0) * 1.7;
    }
    for (place, [y, z]) in responses.iter_mut().enumerate() {
        for neighbour in [place + TOKENS - 1, place, place + 1] {
            let [a, b, c, d] = readings[neighbour % TOKENS];
            *y += (0.5 * a - 0.5 * b + 0.5 * c + 0.5 * d) / 3.0;
            *z += (0.8 * a + 0.6 * d) / 3.0;
        }
    }
    (readings, responses)
}
