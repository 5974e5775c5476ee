//! The core follows the committed trainings of an independent program by every step rule, with W by descent and projected.

use tutee::Error;
use tutee::activation::Activation;
use tutee::gradient::population::{PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::ruled::{RuledPopulation, ruled_scratch_len};
use tutee::recovery::least_loss::attainable;
use tutee::step::{Rule, RuleKind, Rules, ValueRule};
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::training::{Measured, Training};
use tutee_tests::model::entrywise_distance;
use tutee_tests::rule_vectors::{RuleTeacher, RuleVectors};
use tutee_tests::tolerance::TRAJECTORY;

const ACTIVATIONS: [Activation<f64>; 3] = [Activation::Identity, Activation::Relu, Activation::LeakyRelu(0.1)];
const VALUE_RULES: [ValueRule; 2] = [ValueRule::GradientDescent, ValueRule::Projected];

/// Calls `work` with a training from the start of `teacher`, or says why there is none; working memory is dirty.
fn with<R>(
    teacher: &RuleTeacher,
    activation: Activation<f64>,
    rules: Rules<f64>,
    work: impl FnOnce(&mut RuledPopulation<'_, f64>) -> R,
) -> Result<R, Error> {
    let shape = teacher.shape();
    let (value, mixing) = (teacher.value.concat(), teacher.mixing.concat());
    let (mut student, mut steps) = (vec![0.0; student_len(shape)], 0);
    let mut state = vec![0.0; rules.attention.state_len(shape)];
    let (mut scratch, mut memory) = (vec![7.0; population_scratch_len(shape)], vec![7.0; ruled_scratch_len(shape)]);
    let mut student = StudentViewMut::new(shape, &mut student, &mut steps)?;
    student.set_value(&teacher.start.value.concat())?;
    student.set_logits(&teacher.start.logits.concat())?;
    let teacher = TeacherView::new(shape, activation, &value, &mixing)?;
    let scratch = PopulationScratchViewMut::new(shape, &mut scratch)?;
    let mut training = RuledPopulation::new(student, teacher, scratch, rules, &mut state, &mut memory)?;
    Ok(work(&mut training))
}

/// W, logits and excess loss at every checkpoint. The rules that divide by a gradient have sizes for which the vectors' program
/// has proved that no difference grows to a hundred times its size: so nothing is looser here than in plain descent.
#[test]
fn every_rule_follows_the_independent_program() {
    let vectors = RuleVectors::committed();
    for run in &vectors.runs {
        let teacher = vectors.teacher(run);
        let followed = with(teacher, run.activation(), run.rules(), |training| {
            for checkpoint in &run.checkpoints {
                while training.student().steps() < checkpoint.step {
                    training.step(&teacher.descent()).unwrap();
                }
                let loss = [training.measure().excess_loss];
                let student = training.student();
                let pairs = [
                    ("W", student.value(), checkpoint.value.concat()),
                    ("A", student.logits(), checkpoint.logits.concat()),
                    ("the loss", &loss[..], vec![checkpoint.excess_loss.unwrap()]),
                ];
                for (what, found, expected) in pairs {
                    let distance = entrywise_distance(found, &expected);
                    let step = checkpoint.step;
                    assert!(distance <= TRAJECTORY.value, "{}, step {step}: {what} is {distance:e} off", run.name);
                }
            }
            training.student().steps()
        });
        assert_eq!(followed, Ok(run.steps), "{}: the last checkpoint is the end", run.name);
        let steps: Vec<u64> = run.checkpoints.iter().map(|checkpoint| checkpoint.step).collect();
        assert_eq!(steps, [1, 3, 50], "{}", run.name);
    }
}

/// Every teacher with every activation and every pair of rules, once; but where the core refuses it, which is Polyak's rule with a
/// teacher that no student equals.
#[test]
fn every_combination_is_in_the_file() {
    let vectors = RuleVectors::committed();
    let (mut legal, mut refused) = (0, 0);
    for teacher in &vectors.teachers {
        for activation in ACTIVATIONS {
            for kind in RuleKind::ALL {
                for value in VALUE_RULES {
                    let found: Vec<_> = vectors
                        .runs
                        .iter()
                        .filter(|run| {
                            let rules = run.rules();
                            vectors.teacher(run).name == teacher.name
                                && run.activation() == activation
                                && (rules.attention.kind(), rules.value) == (kind, value)
                        })
                        .collect();
                    let what = format!("{} {activation:?} {kind:?} {value:?}", teacher.name);
                    if let [run] = found[..] {
                        assert_eq!(with(teacher, activation, run.rules(), |_| ()), Ok(()), "{what}");
                        legal += 1;
                    } else {
                        assert_eq!((found.len(), kind), (0, RuleKind::Polyak), "{what}");
                        let rules = Rules { attention: Rule::Polyak { theta: 1.0 }, value };
                        let made = with(teacher, activation, rules, |_| ());
                        assert!(matches!(made, Err(Error::OutOfRange { .. })), "{what}: {made:?}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert_eq!((legal, refused, vectors.runs.len()), (84, 6, 84));
}

/// The teachers are what they are for: two that a student can equal, one beyond reach whose best W is of the other sign.
#[test]
fn the_teachers_are_of_each_kind() {
    let vectors = RuleVectors::committed();
    let kinds: Vec<_> = vectors
        .teachers
        .iter()
        .map(|teacher| {
            let (value, mixing) = (teacher.value.concat(), teacher.mixing.concat());
            let view = TeacherView::new(teacher.shape(), Activation::Relu, &value, &mixing).unwrap();
            let runs = vectors.runs.iter().filter(|run| vectors.teacher(run).name == teacher.name);
            let opposite = runs
                .filter(|run| run.rules().value == ValueRule::Projected)
                .flat_map(|run| &run.checkpoints)
                .filter(|checkpoint| {
                    let products = checkpoint.value.concat().into_iter().zip(&value).map(|(w, v)| w * v);
                    products.sum::<f64>() < 0.0
                })
                .count();
            (teacher.name.as_str(), attainable(view), opposite)
        })
        .collect();
    // Four rules, three activations, three checkpoints.
    assert_eq!(kinds, [("pooled", true, 0), ("irregular", true, 0), ("signed", false, 36)]);
}
