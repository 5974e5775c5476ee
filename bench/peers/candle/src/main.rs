//! The online step in candle, a Rust framework, with its automatic differentiation, as a peer that answers on standard
//! input and output (see `../README.md`).
//!
//! Tokens are columns of X. A batch is `features x (batch * tokens)`, so that `filters x (batch * tokens)` seen as
//! `(filters * batch) x tokens` makes every product of the step one product of two matrices.

use std::error::Error;
use std::io::{Write, stdin, stdout};

use candle_core::{D, DType, Device, Tensor, Var};

/// The version that Cargo.toml pins.
const CANDLE: &str = "0.11.1";
const CPU: Device = Device::Cpu;

struct Training {
    tokens: usize,
    /// Of a batch.
    x: (usize, usize),
    batch: f64,
    rates: [f64; 2],
    v: Tensor,
    mixing: Tensor,
    w: Var,
    a: Var,
}

impl Training {
    /// From the words of a task; `None` for a kind of step that is no business of this framework.
    fn begin(words: &[&str]) -> Result<Option<Self>, Box<dyn Error>> {
        let ["online", "f32", filters, features, tokens, group, batch, value_rate, logits_rate, _seed, value @ ..] =
            words
        else {
            return Ok(None);
        };
        let (filters, features): (usize, usize) = (filters.parse()?, features.parse()?);
        let (tokens, group, batch): (usize, usize, usize) = (tokens.parse()?, group.parse()?, batch.parse()?);
        let value = value.iter().map(|x| x.parse()).collect::<Result<Vec<f32>, _>>()?;
        let same_group = |i: usize| i / tokens / group == i % tokens / group;
        let mixing = (0..tokens * tokens).map(|i| if same_group(i) { 1.0 / group as f32 } else { 0.0 });
        Ok(Some(Self {
            tokens,
            x: (features, batch * tokens),
            batch: batch as f64,
            rates: [value_rate.parse()?, logits_rate.parse()?],
            v: Tensor::from_vec(value, (filters, features), &CPU)?,
            mixing: Tensor::from_iter(mixing, &CPU)?.reshape((tokens, tokens))?,
            w: Var::zeros((filters, features), DType::F32, &CPU)?,
            a: Var::zeros((tokens, tokens), DType::F32, &CPU)?,
        }))
    }

    fn step(&self) -> candle_core::Result<()> {
        // Its generator on the CPU takes no seed.
        let x = Tensor::randn(0f32, 1f32, self.x, &CPU)?;
        let labels = self.output(&self.v, &self.mixing, &x)?;
        let a = self.a.as_tensor();
        let exponentials = a.broadcast_sub(&a.max_keepdim(D::Minus1)?.detach())?.exp()?;
        let s = exponentials.broadcast_div(&exponentials.sum_keepdim(D::Minus1)?)?;
        let loss = ((self.output(&self.w, &s, &x)? - labels)?.sqr()?.sum_all()? * (0.5 / self.batch))?;
        let gradients = loss.backward()?;
        for (parameter, rate) in [&self.w, &self.a].into_iter().zip(self.rates) {
            let gradient = gradients.get(parameter).expect("the loss depends on both");
            parameter.set(&(parameter.as_tensor() - (gradient * rate)?)?)?;
        }
        Ok(())
    }

    fn output(&self, value: &Tensor, mixing: &Tensor, x: &Tensor) -> candle_core::Result<Tensor> {
        let u = value.matmul(x)?.reshape(((), self.tokens))?.matmul(&mixing.t()?)?;
        // Its slope at 0 is 1; with that of `relu`, which is 0, a student at zero never moves.
        u.ge(0f32)?.where_cond(&u, &u.zeros_like()?)
    }

    fn student(&self) -> candle_core::Result<String> {
        let mut entries = self.w.flatten_all()?.to_vec1::<f32>()?;
        entries.extend(self.a.flatten_all()?.to_vec1::<f32>()?);
        Ok(entries.iter().map(f32::to_string).collect::<Vec<_>>().join(" "))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("candle autodiff\tcandle-core {}", CANDLE);
    let mut training = None;
    for line in stdin().lines() {
        let line = line?;
        match (&*line.split_whitespace().collect::<Vec<_>>(), &training) {
            (["start", words @ ..], _) => {
                training = Training::begin(words)?;
                println!("{}", if training.is_some() { "ready" } else { "none" });
            }
            (["steps", count], Some(training)) => {
                (0..count.parse::<u64>()?).try_for_each(|_| training.step())?;
                println!("done");
            }
            (["student"], Some(training)) => println!("{}", training.student()?),
            _ => return Err(format!("no such request: {line}").into()),
        }
        stdout().flush()?;
    }
    Ok(())
}
