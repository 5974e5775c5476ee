//! How long it takes until 1 % of the excess loss is left: exact steps of the library, and online steps of the fastest
//! peer, each at the best of a few rates.
//!
//! How many steps a peer needs is not its own doing: they are counted with the library's online steps.

use tutee::training::Measured;
use tutee::{Error, Scalar};
use tutee_bench::steps::{Gradient, SIZES, Sizes, Task, train};

use super::case::{Case, Precision};
use super::contest::{Effort, Tutee, seconds};

const LEFT: f64 = 0.01;
/// At D = 64.
const THESE: Sizes = SIZES[1];
/// What the rates are multiplied by, as in [`Case::descent`]. W oscillates above `4 K / J`; the attention bears far more.
const VALUE_FACTORS: [f64; 3] = [1.0, 2.0, 3.0];
const ATTENTION_FACTORS: [f64; 6] = [1e5, 1e4, 1e3, 1e2, 1e1, 1.0];
/// Exact steps after which a pair of rates is given up.
const MOST: u64 = 100_000;
/// Online steps, to one exact step of the best rates, after which it is.
const MOST_ONLINE: u64 = 100;

struct Best {
    steps: u64,
    factors: [f64; 2],
}

/// Prints both times and their ratio. `speed` gives the name of the fastest peer and its online steps a second at a size.
pub(super) fn run(speed: impl FnOnce(Sizes) -> Option<(String, f64)>) -> Result<(), String> {
    let shown = |error: Error| error.to_string();
    let case = |gradient| Case::new(gradient, Precision::F32, THESE);
    let (exact, online) = (case(Gradient::Exact), case(Gradient::Online));
    let task = Task::<f32>::new(THESE).map_err(shown)?;
    let best_exact = best(&exact, &task, MOST)?;
    let best_online = best(&online, &task, MOST_ONLINE * best_exact.steps)?;
    let mut took = f64::INFINITY;
    for _ in 0..Effort::FULL.rounds {
        let time = |training: &mut dyn Measured<f32>| {
            seconds(&mut Tutee { training, descent: exact.descent(best_exact.factors) }, best_exact.steps)
        };
        let this = train(&task, exact.gradient, exact.batch, 1, time).map_err(shown)??;
        took = if this < took { this } else { took };
    }
    let (name, speed) = speed(THESE).ok_or("no peer was timed")?;
    let peer = best_online.steps as f64 / speed;
    let [_, _, tokens, _] = THESE;
    println!("\nUntil {:.0} % of the excess loss is left, conv-relu, D = {tokens}, f32:", LEFT * 100.0);
    for (who, Best { steps, factors: [value, attention] }, took) in
        [("exact steps here", &best_exact, took), (&*format!("online steps by {name}"), &best_online, peer)]
    {
        println!("- {steps} {who}, rates {value} and {attention:e} times K/J: {:.2} ms", took * 1e3);
    }
    println!("- {:.0} times faster", peer / took);
    Ok(())
}

/// The rates that take the fewest steps, if that is fewer than `most`.
fn best(case: &Case, task: &Task<f32>, most: u64) -> Result<Best, String> {
    let mut best = Best { steps: most, factors: [0.0; 2] };
    for attention in ATTENTION_FACTORS {
        for value in VALUE_FACTORS {
            let factors = [value, attention];
            let fewest = best.steps;
            let steps = train(task, case.gradient, case.batch, 1, |training| count(case, training, factors, fewest));
            if let Some(steps) = steps.map_err(|error| error.to_string())? {
                best = Best { steps, factors };
            }
        }
    }
    if best.steps < most { Ok(best) } else { Err("no rate reaches the loss".into()) }
}

/// Steps until little enough is left; `None` when that takes `most` steps or more, or the training diverges.
fn count<T: Scalar>(case: &Case, training: &mut dyn Measured<T>, factors: [f64; 2], most: u64) -> Option<u64> {
    let descent = case.descent(factors);
    let goal = training.measure().excess_loss * T::from_f64(LEFT);
    for steps in 1..most {
        training.step(&descent).ok()?;
        if training.measure().excess_loss <= goal {
            return Some(steps);
        }
    }
    None
}
