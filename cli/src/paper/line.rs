//! Straight lines through logarithms.

use tutee::Scalar;

use super::record::Measured;

/// A slope by least squares.
#[derive(Clone, Copy, Debug)]
pub struct Slope {
    pub slope: f64,
    /// Standard error of the slope, of points that lie about the line independently of each other.
    pub error: f64,
}

impl Slope {
    /// A number of a check, if there is one.
    pub fn measured(run: &str, slope: Option<Self>) -> Measured {
        Measured { error: slope.map(|slope| slope.error), ..Measured::plain(run, slope.map(|slope| slope.slope)) }
    }
}

/// The slope of `ln |y|` over `ln x`; none with fewer than three points that have logarithms.
pub fn slope(points: impl Iterator<Item = (f64, f64)>) -> Option<Slope> {
    let logs: Vec<(f64, f64)> =
        points.filter(|&(x, y)| x > 0.0 && y != 0.0).map(|(x, y)| (Scalar::ln(x), Scalar::ln(y.abs()))).collect();
    let count = logs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(|p| p.0), mean(|p| p.1));
    let variance: f64 = logs.iter().map(|(x, _)| (x - mean_x) * (x - mean_x)).sum();
    let slope = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>() / variance;
    let apart = |(x, y): &(f64, f64)| y - mean_y - slope * (x - mean_x);
    let residual: f64 = logs.iter().map(|point| apart(point) * apart(point)).sum();
    let found = Slope { slope, error: Scalar::sqrt(residual / (count - 2.0) / variance) };
    (logs.len() > 2 && slope.is_finite()).then_some(found)
}

/// The points of the last so many decades.
pub fn tail(points: &[(f64, f64)], decades: f64) -> impl Iterator<Item = (f64, f64)> + '_ {
    let last = points.last().map_or(0.0, |point| point.0);
    let from = last / Scalar::exp(decades * std::f64::consts::LN_10) * (1.0 - 1e-9);
    points.iter().copied().filter(move |&(x, _)| x >= from)
}

/// The middle of some numbers; of an even count the mean of the two in the middle.
pub fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let upper = *numbers.get(middle)?;
    let even = numbers.len().is_multiple_of(2);
    let lower = numbers.get(middle.wrapping_sub(1)).filter(|_| even).copied();
    Some(lower.map_or(upper, |lower| 0.5 * (lower + upper)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_has_its_slope_and_no_error() {
        let power: Vec<_> = (1..40).map(|i| (f64::from(i * i), -3.0 / f64::from(i * i * i))).collect();
        let found = slope(power.iter().copied()).unwrap();
        assert!((found.slope + 1.5).abs() < 1e-12 && found.error < 1e-12, "{found:?}");
        // Residuals of 1, -2, 1 about the line through logarithms 0, 1, 2: sqrt(6 / 1 / 2).
        let e = Scalar::exp(1.0_f64);
        let bent = [(1.0, e), (e, 1.0 / (e * e)), (e * e, e)];
        let found = slope(bent.into_iter()).unwrap();
        assert!(found.slope.abs() < 1e-12 && (found.error - Scalar::sqrt(3.0)).abs() < 1e-12, "{found:?}");
        assert!(slope(bent[..2].iter().copied()).is_none() && slope([(1.0, 1.0); 9].into_iter()).is_none());
    }

    #[test]
    fn tails_and_medians() {
        let points: Vec<_> = [1.0, 9.0, 10.0, 40.0, 100.0].map(|x| (x, x)).into();
        assert_eq!(tail(&points, 1.0).map(|point| point.0).collect::<Vec<_>>(), [10.0, 40.0, 100.0]);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
    }
}
