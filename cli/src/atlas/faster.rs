//! Beyond the article: the step rules beside plain descent, on one teacher, with the lines along which they should fall.

use std::ops::ControlFlow;

use tutee::Error;
use tutee::activation::Activation;
use tutee::gradient::population::{PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::ruled::{RuledPopulation, length_limit, ruled_scratch_len};
use tutee::recovery::verdict::resolution;
use tutee::step::{Descent, Rules};
use tutee::student::{StudentViewMut, student_len};
use tutee::trace::Schedule;
use tutee::training::{Measured, run};

use super::cell::{Curve, Found, Number, word};
use super::lab::{Teacher, Until, go_on, population};
use crate::step_rules::{Line, RuleName, StepRules, ValueRuleName};

/// K.
const GROUP: usize = 4;

/// Trains by a rule, and looks at spaced steps, or at all for a rule that is done after some dozens.
pub fn train(
    teacher: &Teacher,
    rules: StepRules,
    (rate, attention_rate): (f64, f64),
    steps: u64,
) -> Result<Curve, Error> {
    let shape = teacher.shape;
    let rules: Rules<f64> = rules.cast();
    let (mut memory, mut taken) = (vec![0.0; student_len(shape)], 0);
    let student = StudentViewMut::new(shape, &mut memory, &mut taken)?;
    let mut scratch = vec![0.0; population_scratch_len(shape)];
    let scratch = PopulationScratchViewMut::new(shape, &mut scratch)?;
    let (mut state, mut work) = (vec![0.0; rules.attention.state_len(shape)], vec![0.0; ruled_scratch_len(shape)]);
    let mut training = RuledPopulation::new(student, teacher.view()?, scratch, rules, &mut state, &mut work)?;
    let descent = Descent { value_limit: 1e6, ..Descent::new(rate).with_attention_rate(attention_rate) };
    let mut curve = Curve::new();
    run(&mut training, &descent, &Until(steps), Schedule::per_decade(60), |training| {
        curve.push((training.student().steps(), training.measure().excess_loss));
        ControlFlow::Continue(())
    })?;
    go_on()?;
    Ok(curve)
}

/// All rules on average pooling with a ReLU, with so many steps of plain descent.
fn rules(tokens: usize, [plain, mirror, normalised]: [u64; 3]) -> Result<Found, Error> {
    let teacher = Teacher::pooling([4, 6, tokens, tokens], GROUP, Activation::Relu)?;
    let rate = GROUP as f64 / tokens as f64;
    let of = |rule, value_rule, theta| StepRules { rule, value_rule, theta };
    let length = length_limit(teacher.view()?, rate).map(|limit| 0.5 * limit);
    let polyak = of(RuleName::Polyak, ValueRuleName::Projected, Some(1.0));
    let normal = of(RuleName::Normalised, ValueRuleName::Gd, length);
    let along = of(RuleName::Mirror, ValueRuleName::Gd, None);
    let own = train(&teacher, polyak, (rate, rate), 100)?;
    let by_mirror = train(&teacher, along, (rate, tokens as f64 * rate), mirror)?;
    let by_length = train(&teacher, normal, (rate, rate), normalised)?;
    let adam = train(&teacher, of(RuleName::Adam, ValueRuleName::Gd, None), (rate, rate), mirror)?;
    let descended = population(&teacher, rate, plain)?;
    let ratio = |rules: StepRules, curve: &Curve| {
        let line: Option<Line> = rules.line(GROUP, tokens);
        line.and_then(|line| line.ratio(curve, resolution(f64::EPSILON, None))).unwrap_or(f64::NAN)
    };
    let end = own.iter().find(|point| point.1 < 1e-26 * own.first().map_or(0.0, |point| point.1));
    let numbers = vec![
        Number::exact("Polyak, W projected: rate over theta", 1.0, ratio(polyak, &own), 1e-3),
        Number::exact("mirror: slope over -2", 1.0, ratio(along, &by_mirror), 0.01),
        Number::exact("normalised: rate over 2 s sqrt(kappa)", 1.0, ratio(normal, &by_length), 0.01),
        Number::exact(
            "1e-26 of the start within 65 steps",
            1.0,
            if end.is_some_and(|point| point.0 <= 65) { 1.0 } else { 0.0 },
            0.0,
        ),
    ];
    let why = "rows flatten as they converge: dividing by the gradient undoes that, and Polyak's step knows how far, as the least loss is zero";
    let beside =
        vec![("plain descent", descended.curve), ("mirror", by_mirror), ("normalised", by_length), ("Adam", adam)];
    Ok(Found { beside, ..Found::new(numbers, word(&own, None, None), why, own) })
}

pub fn at_16() -> Result<Found, Error> {
    rules(16, [200_000, 40_000, 1_000])
}
