//! Pairs (X, Y) of somebody else's: how long one takes, with the least working memory and with the most.

use tutee::Shape;
use tutee::activation::Activation;
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len, sample_scratch_wide_len};
use tutee::input::SampleStream;
use tutee::student::{StudentViewMut, student_len};
use tutee::vector::Level;
use tutee_bench::loops::Number;
use tutee_bench::steps::{SIZES, Sizes};

use crate::levels::batch;
use crate::table::{Table, number};
use crate::timing::Timer;

/// Prints the table.
pub(crate) fn run(timer: Timer) -> Result<(), String> {
    Level::WIDEST.limit();
    let words = ["type", "M", "d", "D = J", "least memory", "one by one", "ratio", "together", "ratio"];
    let mut table = Table::new(1, &words);
    for sizes in SIZES {
        row::<f32>(timer, sizes, &mut table)?;
        row::<f64>(timer, sizes, &mut table)?;
    }
    table.print(&format!(
        "Pairs of one's own: microseconds a pair with the widest vectors; with more memory, one pair a call and {} pairs, and how \
         many times as fast that is",
        batch(timer)
    ));
    Ok(())
}

fn row<T: Number>(timer: Timer, sizes: Sizes, table: &mut Table) -> Result<(), String> {
    let [filters, features, tokens, _] = sizes;
    let time = |len, many| time::<T>(timer, sizes, len, many).map_err(|error| error.to_string());
    let least = time(sample_scratch_len, false)?;
    let (single, together) = (time(sample_scratch_wide_len, false)?, time(sample_scratch_wide_len, true)?);
    let ratio = |time: f64| format!("{:.2}", least / time);
    let words = [T::NAME.to_owned(), filters.to_string(), features.to_string(), tokens.to_string(), number(least)];
    table.row(words.into_iter().chain([number(single), ratio(single), number(together), ratio(together)]));
    Ok(())
}

/// Microseconds a pair.
fn time<T: Number>(
    timer: Timer,
    [filters, features, tokens, outputs]: Sizes,
    scratch_len: fn(Shape) -> usize,
    many: bool,
) -> Result<f64, tutee::Error> {
    let shape = Shape::new(filters, features, tokens, outputs)?;
    let pairs = batch(timer) as usize;
    let (mut x, mut y) = (vec![T::ZERO; pairs * shape.input_len()], vec![T::ZERO; pairs * shape.output_len()]);
    SampleStream::new(1).sample().gaussian_fill(&mut x);
    SampleStream::new(2).sample().gaussian_fill(&mut y);
    let (mut memory, mut steps) = (vec![T::ZERO; student_len(shape)], 0);
    let mut student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
    let mut value = vec![T::ZERO; shape.value_len()];
    SampleStream::new(3).sample().gaussian_fill(&mut value);
    student.set_value(&value)?;
    let (mut scratch, mut batch_loss) = (vec![T::ZERO; scratch_len(shape)], BatchLoss::ZERO);
    let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
    let mut samples = Samples::new(student, Activation::Relu, scratch)?;
    let nanoseconds = timer.nanoseconds(|| {
        samples.begin();
        if many {
            samples.accumulate_many(pairs, &x, &y).expect("the pairs have their sizes");
        } else {
            for (x, y) in x.chunks(shape.input_len()).zip(y.chunks(shape.output_len())) {
                samples.accumulate(x, y).expect("a pair has its sizes");
            }
        }
    });
    Ok(nanoseconds / (1e3 * pairs as f64))
}
