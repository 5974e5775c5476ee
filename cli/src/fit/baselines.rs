//! What a fit is compared with: predictors that know nothing of who depends on whom.

use tutee::Scalar;

use super::pairs::Pairs;

/// Mean losses of a predictor: over the pairs that it is taken from, and over others.
pub type Losses = (f64, Option<f64>);

/// A pivot below this share of its feature's power is rounding: the feature is a combination of those before it.
const LEAST_PIVOT: f64 = 1e-10;

/// Loss of the best answer that is the same for all inputs: the mean of the answers, or the margin of the labels' shares.
pub fn constant<T: Scalar>(pairs: &Pairs<T>, others: Option<&Pairs<T>>, labels: bool) -> Losses {
    let mean = mean_answer(pairs);
    let loss = |of: &Pairs<T>| {
        let mut sum = 0.0;
        for i in 0..of.count {
            for (mean, y) in mean.iter().zip(of.answer(i)) {
                let y = y.to_f64();
                // A label's share is a half of one more than the mean.
                sum += if labels { -Scalar::ln(0.5 * (1.0 + y * mean)) } else { 0.5 * (y - mean) * (y - mean) };
            }
        }
        sum / of.count as f64
    };
    (loss(pairs), others.map(loss))
}

/// Loss of the best predictor that sees no positions: an affine function of the mean of the tokens, its weights the same for
/// every output, its constants not; by least squares.
pub fn position_free<T: Scalar>(
    pairs: &Pairs<T>,
    others: Option<&Pairs<T>>,
    features: usize,
    filters: usize,
) -> Losses {
    let answers = mean_answer(pairs);
    let outputs = answers.len() / filters.max(1);
    let count = pairs.count as f64;
    let mut centre = vec![0.0; features];
    for i in 0..pairs.count {
        centre.iter_mut().zip(mean_token(pairs, i, features)).for_each(|(mean, x)| *mean += x / count);
    }
    // Inputs of 1e160 or 1e-300 have no squares: each feature in the largest of its deviations.
    let mut largest = vec![0.0; features];
    for i in 0..pairs.count {
        let tokens = mean_token(pairs, i, features);
        let deviations = tokens.iter().zip(&centre).map(|(x, mean)| (x - mean).abs());
        largest.iter_mut().zip(deviations).for_each(|(most, x)| *most = Scalar::larger(*most, x));
    }
    let deviation = |of: &Pairs<T>, i: usize| -> Vec<f64> {
        let deviations = mean_token(of, i, features).into_iter().zip(&centre).zip(&largest);
        deviations.map(|((x, mean), &largest)| if largest > 0.0 { (x - mean) / largest } else { 0.0 }).collect()
    };
    // Normal equations of all filters at once: one matrix, a right side for each.
    let mut normal = vec![vec![0.0; features]; features];
    let mut right = vec![vec![0.0; features]; filters];
    for i in 0..pairs.count {
        let x = deviation(pairs, i);
        for (row, a) in normal.iter_mut().zip(&x) {
            row.iter_mut().zip(&x).for_each(|(sum, b)| *sum += a * b * outputs as f64);
        }
        for (y, mean) in pairs.answer(i).chunks(filters).zip(answers.chunks(filters)) {
            for ((right, y), mean) in right.iter_mut().zip(y).zip(mean) {
                right.iter_mut().zip(&x).for_each(|(sum, a)| *sum += a * (y.to_f64() - mean));
            }
        }
    }
    let weights = solve(normal, right);
    let loss = |of: &Pairs<T>| {
        let mut sum = 0.0;
        for i in 0..of.count {
            let x = deviation(of, i);
            let moved: Vec<f64> = weights.iter().map(|w| w.iter().zip(&x).map(|(w, x)| w * x).sum()).collect();
            for (y, mean) in of.answer(i).chunks(filters).zip(answers.chunks(filters)) {
                for ((y, mean), moved) in y.iter().zip(mean).zip(&moved) {
                    let error = y.to_f64() - mean - moved;
                    sum += 0.5 * error * error;
                }
            }
        }
        sum / of.count as f64
    };
    (loss(pairs), others.map(loss))
}

/// The mean of all answers.
fn mean_answer<T: Scalar>(pairs: &Pairs<T>) -> Vec<f64> {
    let mut mean = vec![0.0; pairs.y.len() / pairs.count.max(1)];
    for i in 0..pairs.count {
        mean.iter_mut().zip(pairs.answer(i)).for_each(|(mean, y)| *mean += y.to_f64() / pairs.count as f64);
    }
    mean
}

/// The mean of the tokens of one input.
fn mean_token<T: Scalar>(pairs: &Pairs<T>, i: usize, features: usize) -> Vec<f64> {
    let mut mean = vec![0.0; features];
    let tokens = pairs.reading(i).chunks(features);
    let count = tokens.len() as f64;
    tokens.for_each(|token| mean.iter_mut().zip(token).for_each(|(mean, x)| *mean += x.to_f64() / count));
    mean
}

/// Solves `normal w = right` for every right side, by elimination; a feature that those before it make gets weight zero.
pub fn solve(mut normal: Vec<Vec<f64>>, mut right: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let size = normal.len();
    let power: Vec<f64> = (0..size).map(|n| normal[n][n]).collect();
    let kept = |normal: &[Vec<f64>], n: usize| normal[n][n] > LEAST_PIVOT * power[n];
    for n in 0..size {
        if !kept(&normal, n) {
            continue;
        }
        let (above, below) = normal.split_at_mut(n + 1);
        let pivot = &above[n];
        for (row, below) in below.iter_mut().zip(n + 1..) {
            let factor = row[n] / pivot[n];
            row.iter_mut().zip(pivot).skip(n).for_each(|(to, pivot)| *to -= factor * pivot);
            right.iter_mut().for_each(|right| right[below] -= factor * right[n]);
        }
    }
    for right in &mut right {
        for n in (0..size).rev() {
            let later: f64 = (n + 1..size).map(|column| normal[n][column] * right[column]).sum();
            right[n] = if kept(&normal, n) { (right[n] - later) / normal[n][n] } else { 0.0 };
        }
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_mean_token_says_is_found_and_a_repeated_feature_does_no_harm() {
        // Two tokens of three features, the third of which is the first once more.
        let x: Vec<f64> = (0..20)
            .flat_map(|i| {
                let (a, b) = (f64::from(i * 37 % 17), f64::from(i * 11 % 13));
                [a, b, a, b - a, 3.0, b - a]
            })
            .collect();
        let means = x.chunks(6).map(|x| [(x[0] + x[3]) / 2.0, (x[1] + x[4]) / 2.0]);
        let y: Vec<f64> = means.flat_map(|[p, q]| [2.0 * p - q + 7.0, 2.0 * p - q - 1.0]).collect();
        let pairs = Pairs { count: 20, x, y, sets: vec![], queries: vec![] };
        let (best, test) = position_free(&pairs, Some(&pairs), 3, 1);
        assert!(best < 1e-18 && test == Some(best), "{best}");
        assert!(constant(&pairs, None, false).0 > 1.0);
        // Of a size whose squares are beyond any number, or nothing.
        for unit in [1e160, 1e-300] {
            let x = pairs.x.iter().map(|x| unit * x).collect();
            let other = Pairs { count: 20, x, y: pairs.y.clone(), sets: vec![], queries: vec![] };
            let (best, _) = position_free(&other, None, 3, 1);
            assert!(best < 1e-18, "{unit}: {best}");
        }
    }
}
