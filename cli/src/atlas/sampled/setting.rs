//! What cells from samples have in common: sizes, a training of plain gradient descent, and a floor that training comes to.

use tutee::Error;
use tutee::activation::Activation;
use tutee::input::SampleStream;
use tutee::step::Rule;

use crate::atlas::cell::{Found, Number};
use crate::atlas::lab::{Course, Draw, Pairs, SEED, Student, Teacher, fresh, test_pairs};

/// M, d, D, J.
pub(super) const SIZES: [usize; 4] = [2, 3, 8, 8];
pub(super) const TOKENS: usize = 8;
pub(super) const FILTERS: f64 = 2.0;
pub(super) const OUTPUTS: f64 = 8.0;
pub(super) const BATCH: usize = 32;
pub(super) const TESTS: usize = 20_000;

pub(super) fn course(activation: Activation<f64>, rate: f64, steps: u64) -> Course {
    Course { activation, rate, attention_rate: rate, steps, late: 1.0, every: None, rule: Rule::GradientDescent }
}

/// A floor: its least loss by theory, beside it the loss of the predictor that reaches it as an integral, where there is one, and over
/// pairs; and what training comes to on the same pairs.
pub(super) fn on_a_floor(
    teacher: &Teacher,
    (least, integrated): (f64, Option<f64>),
    best: &Student,
    (rate, steps): (f64, u64),
    draw: &Draw<'_>,
    why: &'static str,
) -> Result<Found, Error> {
    let tests = test_pairs(teacher.shape, TESTS, draw)?;
    let few = Pairs::draw(teacher.shape, 1_000, &mut SampleStream::new(SEED ^ 0xFE3), draw)?;
    // What a student loses more than the best does on the same pairs, which both have the noise of: beside the least, its loss.
    let look = |student: &Student| Ok(least + few.difference(student, best)?.0);
    let cooled = Course { late: 0.1, ..course(best.activation, rate, steps) };
    let trained = fresh(teacher.shape, cooled, BATCH, None, draw, &look)?;
    let more = tests.difference(&trained.student, best)?;
    let integrated =
        integrated.map(|loss| Number::exact("loss of the best predictor, constructed: integral", least, loss, 1e-6));
    let over_pairs = [
        Number::sampled("loss of the best predictor, constructed", least, tests.loss(best)?, 1e-9),
        Number::sampled("what training comes to over that", 1.0, (1.0 + more.0 / least, more.1 / least), 0.01),
    ];
    let numbers = integrated.into_iter().chain(over_pairs).collect();
    let verdict = trained.word(Some(least), None);
    Ok(Found { least: Some(least), ..Found::new(numbers, verdict, why, trained.curve) })
}
