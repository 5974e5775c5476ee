//! All cells of the atlas: what each is, what should come of it, and what measures it.

use tutee::Error;

use super::cell::{Found, Word};
use super::{faster, layers, mixings, moments, noise, sampled};

/// What was guessed before the first measurement, where that was wrong.
pub const FIRST_GUESSES: [(&str, &str); 6] = [
    ("laplacian", "a floor, reached from zero"),
    ("top-two-layer", "learned"),
    ("equal-tokens", "stuck, W and S alike"),
    ("tokens-of-another-sum", "stuck, whatever the sum"),
    ("equicorrelated", "attention later by 1 / (1 - rho), which is true of its start alone"),
    ("small-data", "noise fitted whole up to p / (J M) pairs, p the number of parameters"),
];

/// A cell that has not been measured.
pub struct Entry {
    /// By which it is asked for.
    pub name: &'static str,
    /// What is out of the ordinary.
    pub what: &'static str,
    /// What learns.
    pub student: &'static str,
    /// What should come of it, in words.
    pub prediction: &'static str,
    /// And as the word that the curve is to say.
    pub expected: Word,
    /// What trains, and measures.
    pub measure: fn() -> Result<Found, Error>,
}

const POSITION: &str = "position";
const LAYER: &str = "layer";

const fn entry(
    name: &'static str,
    student: &'static str,
    (what, prediction): (&'static str, &'static str),
    expected: Word,
    measure: fn() -> Result<Found, Error>,
) -> Entry {
    Entry { name, what, student, prediction, expected, measure }
}

/// All cells, in the order of the page.
pub static ENTRIES: [Entry; 40] = [
    entry(
        "all-tokens",
        POSITION,
        ("every output averages all tokens", "S is right from the start; W converges linearly"),
        Word::Learned,
        mixings::all_tokens,
    ),
    entry(
        "all-but-one",
        POSITION,
        ("every output averages all tokens but one", "the law K J (D - K) / (4 rate t) with K = D - 1"),
        Word::Learned,
        mixings::all_but_one,
    ),
    entry(
        "irregular-graph",
        POSITION,
        ("a graph whose nodes have two to eight neighbours, averaged", "each row its own law, and their sum"),
        Word::Learned,
        mixings::irregular_graph,
    ),
    entry(
        "symmetric-graph",
        POSITION,
        ("the same graph, weighed by D^-1/2 (A + I) D^-1/2", "a floor in closed form: W has one scale for all rows"),
        Word::Floor,
        mixings::symmetric_graph,
    ),
    entry(
        "positive-weights",
        POSITION,
        ("different weights, none of them zero", "an optimum inside: linear convergence, along its smallest curvature"),
        Word::Learned,
        mixings::positive_weights,
    ),
    entry(
        "weights-and-zeros",
        POSITION,
        ("four different weights a row, the others zero", "1/t, by the law of equal weights"),
        Word::Learned,
        mixings::positive_weights_and_zeros,
    ),
    entry(
        "sharpening",
        POSITION,
        ("rows 3/2, -1/4, -1/4", "a floor in closed form: the distance from one scale of the simplex"),
        Word::Floor,
        mixings::sharpening,
    ),
    entry(
        "laplacian",
        POSITION,
        ("rows 1, -1/2, -1/2", "a floor in closed form - and stuck above it, at the start"),
        Word::Stuck,
        mixings::laplacian,
    ),
    entry(
        "mixing-by-filter",
        POSITION,
        ("each filter averages other tokens", "a floor: one head is of rank one"),
        Word::Floor,
        moments::mixing_by_filter,
    ),
    entry(
        "max-pooling",
        POSITION,
        ("the largest of four tokens", "a floor, E max^2 - 1/4 a number"),
        Word::Floor,
        sampled::max_pooling,
    ),
    entry(
        "relu-before-pooling",
        POSITION,
        ("a ReLU before the average; the student has one, too", "a floor, from the moments of two correlated ReLUs"),
        Word::Floor,
        sampled::relu_before_pooling,
    ),
    entry(
        "bias",
        POSITION,
        ("a bias of 1/2 in every answer", "a floor, bias^2 / 2 a number"),
        Word::Floor,
        sampled::biased,
    ),
    entry(
        "tanh",
        POSITION,
        ("the tanh of three times the average", "a floor, by Stein's lemma"),
        Word::Floor,
        sampled::tanh,
    ),
    entry("gelu", POSITION, ("GELU after the average", "a floor, by Stein's lemma"), Word::Floor, sampled::gelu),
    entry(
        "relu-for-linear",
        POSITION,
        ("the teacher has a ReLU, the student none", "a floor, a quarter of the variance before the ReLU"),
        Word::Floor,
        sampled::relu_teacher,
    ),
    entry(
        "linear-for-relu",
        POSITION,
        ("the student has a ReLU, the teacher none", "a floor, half of the teacher's variance"),
        Word::Floor,
        sampled::relu_student,
    ),
    entry(
        "top-two",
        POSITION,
        ("the two tokens with the largest first entry", "a floor: the variance that positions do not explain"),
        Word::Floor,
        sampled::top_two,
    ),
    entry(
        "top-two-layer",
        LAYER,
        (
            "the two tokens with the largest first entry",
            "a floor: the best softmax of scores, with the best W and its offset",
        ),
        Word::Floor,
        layers::top_two,
    ),
    entry(
        "learned-weights",
        POSITION,
        ("the softmax of twice the first entry", "a floor: the variance that positions do not explain"),
        Word::Floor,
        sampled::learned_weights,
    ),
    entry(
        "learned-weights-layer",
        LAYER,
        ("the softmax of twice the first entry", "learned"),
        Word::Learned,
        layers::learned_weights,
    ),
    entry(
        "sets",
        POSITION,
        ("each output averages a set that comes with the sample", "a floor: the set is not shown"),
        Word::Floor,
        sampled::sets,
    ),
    entry(
        "sets-layer",
        LAYER,
        ("an output averages a set that the query names", "the law (T - 1) / (4 rate t)"),
        Word::Learned,
        layers::sets,
    ),
    entry(
        "parity",
        LAYER,
        ("the product of four signs", "not learned by one layer from zero: no better than a constant"),
        Word::Floor,
        layers::parity,
    ),
    entry(
        "matching-of-three",
        LAYER,
        ("whether three tokens add up to zero", "not learned by one layer from zero: no better than a constant"),
        Word::Floor,
        layers::matching,
    ),
    entry(
        "deterministic-walk",
        POSITION,
        ("the next state of a walk that goes around a circle", "stuck: the gradient is zero, bit for bit"),
        Word::Stuck,
        moments::deterministic_walk,
    ),
    entry(
        "equal-tokens",
        POSITION,
        ("all tokens of an input are equal", "S stuck: its gradient is zero, bit for bit; W learned"),
        Word::Floor,
        moments::equal_tokens,
    ),
    entry(
        "tokens-of-one-sum",
        POSITION,
        ("tokens that add up to zero", "stuck: the gradient is zero, bit for bit"),
        Word::Stuck,
        moments::tokens_of_one_sum,
    ),
    entry(
        "tokens-of-another-sum",
        POSITION,
        (
            "tokens that add up to one number that is not zero",
            "learned in 1/t: W's first gradient is V* c c' / D, c the sum",
        ),
        Word::Learned,
        moments::tokens_of_another_sum,
    ),
    entry(
        "absolute-value",
        POSITION,
        ("a leaky ReLU of slope -1 in the teacher", "stuck: the gradient is zero, bit for bit"),
        Word::Stuck,
        moments::mirrored_activation,
    ),
    entry(
        "equicorrelated",
        POSITION,
        (
            "tokens with a correlation of 1/2",
            "the same law; attention sets out at 1 - rho of the pace, and takes 2/3 of the steps of white tokens in the end",
        ),
        Word::Learned,
        moments::equicorrelated,
    ),
    entry(
        "other-inputs",
        POSITION,
        (
            "uniform, Laplace, Student's t and Gumbel inputs in training",
            "the law of Gaussian inputs; with a ReLU another constant on the way",
        ),
        Word::Learned,
        sampled::other_inputs,
    ),
    entry(
        "heavy-tails",
        POSITION,
        ("Student's t with two degrees of freedom", "no population loss: training diverges or wanders"),
        Word::Diverged,
        sampled::heavy_tails,
    ),
    entry(
        "inputs-with-a-mean",
        POSITION,
        ("inputs with a mean of one", "slower by the condition number, by which its rate is smaller"),
        Word::Slower,
        moments::inputs_with_a_mean,
    ),
    entry(
        "scaled-features",
        POSITION,
        ("a feature four times as large as the other", "slower by the condition number, by which its rate is smaller"),
        Word::Slower,
        moments::scaled_features,
    ),
    entry(
        "label-noise",
        POSITION,
        (
            "noisy labels, online, attention held on the teacher's",
            "W's floor (J / K) M d rate tau^2 / (4 N) to first order; exact training as without noise",
        ),
        Word::Floor,
        sampled::label_noise,
    ),
    entry(
        "small-data",
        POSITION,
        (
            "a fixed data set with noisy labels, over its size",
            "the gap between test and training is p tau^2 / n, p the statistical dimension of small changes of W S; below D / 2 pairs training fits the noise",
        ),
        Word::Learned,
        sampled::small_data,
    ),
    entry(
        "surpasses-its-teacher",
        POSITION,
        ("answers that are rounded to halves", "the student's error is below its teacher's"),
        Word::Learned,
        sampled::surpasses,
    ),
    entry(
        "translation",
        POSITION,
        ("a pooled teacher, its input shifted", "the student forgives what its teacher forgives"),
        Word::Learned,
        mixings::translation,
    ),
    entry(
        "step-rules",
        POSITION,
        (
            "average pooling of 16 tokens, by other steps than plain descent",
            "e^(-theta t), t^-2 and e^(-2 s sqrt(kappa) t)",
        ),
        Word::Learned,
        faster::at_16,
    ),
    entry(
        "polyak-from-samples",
        POSITION,
        (
            "Polyak's step with projected values, along the gradient of a batch",
            "1/t: the rate that it takes settles, for the noise is all there is of a late gradient",
        ),
        Word::Learned,
        noise::polyak_from_samples,
    ),
];
