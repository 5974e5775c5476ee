//! `vectors/rules.json`: trainings by every step rule that an independent program computed. The file's own `_comment` and
//! `vectors/README.md` say what the fields mean.

use serde::Deserialize;
use tutee::Shape;
use tutee::activation::Activation;
use tutee::step::{Descent, Rule, Rules, ValueRule};

use crate::vectors::{ActivationName, Checkpoint, Matrix, Sizes};

/// The whole file.
#[derive(Debug, Deserialize)]
pub struct RuleVectors {
    /// What is learned.
    pub teachers: Vec<RuleTeacher>,
    /// The trainings.
    pub runs: Vec<RuleRun>,
}

/// A teacher with its rates, and where its students begin.
#[derive(Debug, Deserialize)]
pub struct RuleTeacher {
    /// What runs call it.
    pub name: String,
    shape: Sizes,
    /// V*: filters x features.
    pub value: Matrix,
    /// S* transposed: outputs x tokens.
    pub mixing: Matrix,
    rate: f64,
    attention_rate: f64,
    /// W and A before the first step.
    pub start: RuleStart,
}

/// W and A.
#[derive(Debug, Deserialize)]
pub struct RuleStart {
    /// W
    pub value: Matrix,
    /// A
    pub logits: Matrix,
}

/// One training.
#[derive(Debug, Deserialize)]
pub struct RuleRun {
    /// What a failing test says.
    pub name: String,
    teacher: String,
    activation: ActivationName,
    rule: RuleName,
    value_rule: ValueRuleName,
    size: Option<f64>,
    /// Steps of the whole run.
    pub steps: u64,
    /// The state after some of the steps.
    pub checkpoints: Vec<Checkpoint>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RuleName {
    GradientDescent,
    Mirror,
    Normalised,
    Polyak,
    Adam,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ValueRuleName {
    GradientDescent,
    Projected,
}

impl RuleVectors {
    /// The committed file, which is part of this program.
    ///
    /// # Panics
    /// When it is not what `make_rules.py` writes.
    pub fn committed() -> Self {
        serde_json::from_str(include_str!("../vectors/rules.json")).expect("rules.json can be read")
    }

    /// The teacher of a run.
    ///
    /// # Panics
    /// When the file has none of its name.
    pub fn teacher(&self, run: &RuleRun) -> &RuleTeacher {
        self.teachers.iter().find(|teacher| teacher.name == run.teacher).expect("a run's teacher is in the file")
    }
}

impl RuleTeacher {
    /// The sizes, checked.
    ///
    /// # Panics
    /// When a size is zero.
    pub fn shape(&self) -> Shape {
        let Sizes { filters, features, tokens, outputs } = self.shape;
        Shape::new(filters, features, tokens, outputs).expect("the sizes of a vector make a shape")
    }

    /// Both rates.
    pub fn descent(&self) -> Descent<f64> {
        Descent::new(self.rate).with_attention_rate(self.attention_rate)
    }
}

impl RuleRun {
    /// The activation as the core knows it.
    pub const fn activation(&self) -> Activation<f64> {
        self.activation.activation()
    }

    /// The rules as the core knows them.
    ///
    /// # Panics
    /// When a rule that has a size has none here.
    pub fn rules(&self) -> Rules<f64> {
        let size = || self.size.expect("this rule has a size");
        let attention = match self.rule {
            RuleName::GradientDescent => Rule::GradientDescent,
            RuleName::Mirror => Rule::Mirror,
            RuleName::Normalised => Rule::Normalised { length: size() },
            RuleName::Polyak => Rule::Polyak { theta: size() },
            RuleName::Adam => Rule::Adam,
        };
        let value = match self.value_rule {
            ValueRuleName::GradientDescent => ValueRule::GradientDescent,
            ValueRuleName::Projected => ValueRule::Projected,
        };
        Rules { attention, value }
    }
}
