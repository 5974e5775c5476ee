//! Inputs that are not Gaussian: with a second moment, and without.

use tutee::activation::Activation;
use tutee::input::{Input, SampleRng, SampleStream};
use tutee::{Error, Scalar};

use super::setting::{SIZES, course};
use crate::atlas::cell::{Curve, Found, Number, Word, word};
use crate::atlas::lab::{Pairs, SEED, Student, Teacher, answers, fresh, fresh_from, gaussian, mean};

/// What fills an input.
type Fill<'a> = &'a dyn Fn(&mut SampleRng, &mut [f64]);

/// Trainings on inputs of one kind.
const INPUT_SEEDS: u64 = 8;
/// A step on the way, long before the law holds.
const MIDST: u64 = 1_550;

/// Trainings on inputs of one kind, a seed each, with the loss on the way and at the end.
fn of_inputs(
    activation: Activation<f64>,
    fill: Fill<'_>,
    (rate, steps): (f64, u64),
) -> Result<Vec<(Curve, [f64; 2])>, Error> {
    let teacher = Teacher::pooling(SIZES, 2, activation)?;
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        fill(rng, x);
        answers(&teacher, x, y, |j, h| activation.apply(h.iter().skip(j / 2 * 2).take(2).sum::<f64>() / 2.0));
        Ok(())
    };
    let of_seed = |seed: u64| {
        let mut others = SampleStream::new(SEED ^ 0x7E57 ^ (seed << 32));
        let tests = Pairs::draw(teacher.shape, 4_000, &mut others, &draw)?;
        let look = |student: &Student| tests.mean_loss(student);
        let stream = SampleStream::new(SEED ^ (seed << 40));
        let trained = fresh_from(stream, teacher.shape, course(activation, rate, steps), 16, &draw, &look)?;
        let at = |at: u64| trained.curve.iter().find(|point| point.0 >= at).map_or(f64::NAN, |point| point.1);
        let losses = [at(MIDST), at(steps)];
        Ok((trained.curve, losses))
    };
    (0..INPUT_SEEDS).map(of_seed).collect()
}

/// Inputs of unit variance and independent entries: the law is that of Gaussian ones, whatever the activation.
pub fn other_inputs() -> Result<Found, Error> {
    let gumbel = |rng: &mut SampleRng, x: &mut [f64]| Input::Gumbel.fill(rng, 3, x);
    let student_t = |rng: &mut SampleRng, x: &mut [f64]| Input::StudentT { degrees_of_freedom: 5 }.fill(rng, 3, x);
    let kinds: [(&'static str, &'static str, Activation<f64>, Fill<'_>); 6] = [
        ("uniform", "loss over that of Gaussian inputs: uniform", Activation::Identity, &|rng, x| {
            Input::Uniform.fill(rng, 3, x)
        }),
        ("Laplace", "Laplace", Activation::Identity, &|rng, x| Input::Laplace.fill(rng, 3, x)),
        ("Student's t", "Student's t, 5", Activation::Identity, &student_t),
        ("Gumbel", "Gumbel", Activation::Identity, &gumbel),
        ("Laplace, ReLU", "with a ReLU, at the end: Laplace", Activation::Relu, &|rng, x| {
            Input::Laplace.fill(rng, 3, x)
        }),
        ("Gumbel, ReLU", "Gumbel", Activation::Relu, &gumbel),
    ];
    let (rate, steps) = (0.08, 20_000);
    let law = 2.0 * 8.0 * 6.0 / (4.0 * rate * steps as f64);
    let (mut numbers, mut curves) = (Vec::new(), Vec::new());
    // How far from that of Gaussian inputs the loss is on the way, in standard errors over seeds: the furthest linear one, and the last.
    let (mut linear, mut bent) = (0.0, 0.0);
    // Of Gaussian inputs, from batches too, which pull the loss of either up.
    let mut beside: Option<(Activation<f64>, Vec<[f64; 2]>)> = None;
    for (name, what, activation, fill) in kinds {
        let runs = |fill: Fill<'_>| of_inputs(activation, fill, (rate, steps));
        if beside.as_ref().is_none_or(|(other, _)| *other != activation) {
            let gaussian = runs(&|rng, x| gaussian(rng, x))?;
            beside = Some((activation, gaussian.iter().map(|run| run.1).collect()));
        }
        let gaussian = beside.iter().flat_map(|(_, losses)| losses);
        let own = runs(fill)?;
        let ratios: Vec<[f64; 2]> =
            own.iter().zip(gaussian).map(|(own, other)| [own.1[0] / other[0], own.1[1] / other[1]]).collect();
        numbers.push(Number::sampled(what, 1.0, mean(&ratios.iter().map(|ratio| ratio[1]).collect::<Vec<_>>()), 0.02));
        let (there, error) = mean(&ratios.iter().map(|ratio| ratio[0]).collect::<Vec<_>>());
        let away = (there - 1.0).abs() / error;
        if activation == Activation::Identity {
            linear = away.larger(linear)
        } else {
            bent = away
        }
        curves.extend(own.into_iter().next().map(|run| (name, run.0)));
    }
    let holds = |x: bool| if x { 1.0 } else { 0.0 };
    numbers.push(Number::exact(
        "after 1,600 steps more than five errors away: with a ReLU, Gumbel",
        1.0,
        holds(bent > 5.0),
        0.0,
    ));
    numbers.push(Number::exact("the same of a linear one", 0.0, holds(linear > 5.0), 0.0));
    let curve = curves.remove(0).1;
    let verdict = word(&curve, None, Some(law));
    let why = "a linear student sees nothing of its inputs but their second moment, and that is the same; one with a ReLU sees \
               more of them on the way, and ends on the same law";
    Ok(Found { beside: curves, ..Found::new(numbers, verdict, why, curve) })
}

/// Student's t with two degrees of freedom has no variance.
pub fn heavy_tails() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 2, Activation::Identity)?;
    let draw = |heavy: bool, rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        let mut square = vec![0.0; x.len()];
        gaussian(rng, x);
        Input::Exponential.fill(rng, 3, &mut square);
        if heavy {
            x.iter_mut().zip(square).for_each(|(x, e)| *x /= e.sqrt());
        }
        answers(&teacher, x, y, |j, h| h.iter().skip(j / 2 * 2).take(2).sum::<f64>() / 2.0);
        Ok(())
    };
    let look = |student: &Student| student.excess(&teacher);
    let (mut numbers, mut curves) = (Vec::new(), Vec::new());
    let mut refused = false;
    for (what, name, rate, heavy) in [
        ("refused, or the loss doubled between two looks: rate 0.08", "0.08", 0.08, true),
        ("rate 0.02", "rate 0.02", 0.02, true),
        ("rate 0.005", "rate 0.005", 0.005, true),
        ("rate 0.00125", "rate 0.00125", 0.001_25, true),
        ("rate 0.08 with Gaussian inputs", "Gaussian inputs, 0.08", 0.08, false),
    ] {
        let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| draw(heavy, rng, x, y);
        let trained = fresh(teacher.shape, course(Activation::Identity, rate, 200_000), 16, None, &draw, &look)?;
        let rises = trained.curve.windows(2).filter(|pair| pair[1].1 > 2.0 * pair[0].1).count();
        let holds = |x: bool| if x { 1.0 } else { 0.0 };
        numbers.push(Number::exact(what, holds(heavy), holds(trained.refused || rises > 0), 0.0));
        refused |= trained.refused && curves.is_empty();
        curves.push((name, trained.curve));
    }
    let curve = curves.remove(0).1;
    let verdict = if refused { Word::Diverged } else { word(&curve, None, None) };
    let why = "without a second moment an input comes sooner or later for which the step is too long: a low rate is thrown up and wanders, a \
               higher one diverges";
    Ok(Found { beside: curves, ..Found::new(numbers, verdict, why, curve) })
}
