//! The price of determinism: the library's loops, each with its one written order of summation and without fused
//! operations, beside the same loops in C built with `-O3 -march=native -ffast-math`, which may reorder and fuse.

use std::collections::HashMap;
use std::env;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use tutee::activation::Activation;
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::kernel::{compare, reduce, softmax};
use tutee::student::{StudentViewMut, student_len};
use tutee::vector::Level;
use tutee::{Error, Scalar, Shape};

use crate::table::Table;
use crate::timing::Timer;

/// Sizes of the loops, those of `c/free_order.c`.
const SIZES: [usize; 3] = [16, 64, 256];
const LOOPS: [&str; 6] = ["sum", "dot", "compare", "softmax", "d_logits", "pair"];
const FILTERS: usize = 4;
const FEATURES: usize = 8;

/// What a loop is called, by type, name and size.
type Key = (&'static str, &'static str, usize);

/// Prints the table.
pub(crate) fn run(timer: Timer) -> Result<(), String> {
    Level::WIDEST.limit();
    let free = free_order()?;
    let mut fixed = HashMap::new();
    for n in SIZES {
        fixed.extend(times::<f32>(timer, "f32", n).map_err(|error| error.to_string())?);
        fixed.extend(times::<f64>(timer, "f64", n).map_err(|error| error.to_string())?);
    }
    let sizes = SIZES.map(|n| format!("n = {n}"));
    let mut table = Table::new(2, &[&["loop", "type"][..], &sizes.each_ref().map(String::as_str)].concat());
    for name in LOOPS {
        for scalar in ["f32", "f64"] {
            let mut row = vec![name.to_owned(), scalar.to_owned()];
            for n in SIZES {
                let missing = || format!("no time for {scalar} {name} {n}");
                let fixed = fixed.get(&(scalar, name, n)).ok_or_else(missing)?;
                let free = free.get(&format!("{scalar} {name} {n}")).ok_or_else(missing)?;
                row.push(format!("{:.2}", fixed / free));
            }
            table.row(row);
        }
    }
    table.print(
        "Time of the loop with its order fixed, divided by the time of C with -O3 -march=native -ffast-math\n\
         (below 1: faster; n is the length of a row, and the tokens and outputs of a pair)",
    );
    Ok(())
}

/// Nanoseconds a call of every loop in Rust, at one size.
fn times<T: Scalar>(timer: Timer, scalar: &'static str, n: usize) -> Result<Vec<(Key, f64)>, Error> {
    let x: Vec<T> = (0..n).map(|i| T::ONE / T::from_usize(i + 2)).collect();
    let y = vec![T::ONE / T::from_usize(n); n];
    let mut z = vec![T::ZERO; n];
    let mut found = vec![];
    let mut time = |name, work: &mut dyn FnMut()| found.push(((scalar, name, n), timer.nanoseconds(work)));
    time("sum", &mut || {
        black_box(reduce::sum(black_box(&x)));
    });
    time("dot", &mut || {
        black_box(reduce::dot(black_box(&x), black_box(&y)));
    });
    time("compare", &mut || {
        black_box(compare::compare(black_box(&x), black_box(&y)));
    });
    time("softmax", &mut || softmax::softmax(black_box(&x), black_box(&mut z)));
    time("d_logits", &mut || {
        for (to, d) in black_box(&mut z).iter_mut().zip(softmax::d_logits(black_box(&y), black_box(&x))) {
            *to = d;
        }
    });
    time_pair::<T>(n, |work| time("pair", work)).map(|()| found)
}

/// Hands over the accumulation of one sample of `n` tokens and outputs.
fn time_pair<T: Scalar>(n: usize, time: impl FnOnce(&mut dyn FnMut())) -> Result<(), Error> {
    let shape = Shape::new(FILTERS, FEATURES, n, n)?;
    let (mut student, mut steps) = (vec![T::ZERO; student_len(shape)], 0);
    let mut student = StudentViewMut::new(shape, &mut student, &mut steps)?;
    let value: Vec<T> = (0..shape.value_len()).map(|i| T::from_usize(i % 5) / T::from_usize(4)).collect();
    student.set_value(&value)?;
    let (mut scratch, mut batch_loss) = (vec![T::ZERO; sample_scratch_len(shape)], BatchLoss::ZERO);
    let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
    let mut samples = Samples::new(student, Activation::Relu, scratch)?;
    let x: Vec<T> = (0..shape.input_len()).map(|i| T::from_usize(i % 7) - T::from_usize(3)).collect();
    let y: Vec<T> = (0..shape.output_len()).map(|i| T::from_usize(i % 3)).collect();
    let mut accumulated = Ok(());
    time(&mut || {
        if let Err(error) = samples.accumulate(black_box(&x), black_box(&y)) {
            accumulated = Err(error);
        }
    });
    accumulated
}

/// Compiles the C loops, runs them, and takes their times in nanoseconds by type, name and size.
fn free_order() -> Result<HashMap<String, f64>, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("c/free_order.c");
    let program = env::temp_dir().join(format!("tutee-free-order-{}", std::process::id()));
    let printed = compile(&source, &program).and_then(|()| output(&mut Command::new(&program)));
    // Best effort: the folder is a temporary one.
    let _ = std::fs::remove_file(&program);
    let time = |line: &str| {
        let (name, time) = line.rsplit_once(' ')?;
        Some((name.to_owned(), time.parse().ok()?))
    };
    printed?.lines().map(|line| time(line).ok_or_else(|| format!("the C loops printed {line:?}"))).collect()
}

fn compile(source: &Path, program: &Path) -> Result<(), String> {
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let mut command = Command::new(&compiler);
    command.args(["-std=c11", "-O3", "-march=native", "-ffast-math", "-o"]).arg(program).arg(source).arg("-lm");
    output(&mut command).map(drop)
}

fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let found = command.output().map_err(|error| format!("{name}: {error}"))?;
    if !found.status.success() {
        return Err(format!("{name}: {}\n{}", found.status, String::from_utf8_lossy(&found.stderr)));
    }
    String::from_utf8(found.stdout).map_err(|error| format!("{name}: {error}"))
}
