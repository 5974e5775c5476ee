//! The least excess loss that any student of position-only attention has beside a teacher, where it is known: a softmax has weights of
//! one sign that sum to one, so that mixings of both signs, or of rows with different sums, leave a loss.

use crate::activation::Activation;
use crate::matrix::Rows;
use crate::scalar::Scalar;
use crate::teacher::TeacherView;

/// What each row of the teacher's mixing sums to, if all sum to the same, to rounding.
pub fn row_sum<T: Scalar>(teacher: TeacherView<'_, T>) -> Option<f64> {
    let mut sums = Rows::new(teacher.mixing(), teacher.shape().tokens()).map(sum);
    let first = sums.next()?;
    let tolerance = 64.0 * T::EPSILON.to_f64() * first.abs();
    sums.all(|other| (other - first).abs() <= tolerance).then_some(first)
}

fn sum<T: Scalar>(row: &[T]) -> f64 {
    row.iter().map(|s| s.to_f64()).sum()
}

/// Whether some student of position-only attention equals the teacher, so that the least excess loss is zero: the weights of the
/// mixing have one sign, and all its rows have one sum, to rounding. Filters take sign and sum.
pub fn attainable<T: Scalar>(teacher: TeacherView<'_, T>) -> bool {
    let weights = || teacher.mixing().iter();
    (weights().all(|&s| s >= T::ZERO) || weights().all(|&s| s <= T::ZERO)) && row_sum(teacher).is_some()
}

/// The least excess loss of any student of position-only attention, for standard Gaussian inputs, where it is known in closed
/// form: zero where the weights of the mixing have one sign and its rows one common sum; with the identity
///
/// ```text
/// 1/2 |V*|^2  min over c of  sum over j of  dist( s*_j, c simplex )^2
/// ```
///
/// as for given attention the best W is a multiple of V*. The distances are convex in c on either side of zero, so that both minima
/// are found by narrowing an interval. `None` for other activations with other mixings. Costs some 200 passes of bisection
/// over the mixing, in double precision.
pub fn best_loss<T: Scalar>(teacher: TeacherView<'_, T>) -> Option<f64> {
    if attainable(teacher) {
        return Some(0.0);
    }
    if teacher.activation() != Activation::Identity {
        return None;
    }
    let rows = || Rows::new(teacher.mixing(), teacher.shape().tokens());
    let distance = |c: f64| rows().map(|row| distance_to_simplex(row, c)).sum::<f64>();
    // No row is nearer to a simplex that is larger than all its weights together.
    let reach = rows().map(|row| row.iter().map(|s| s.to_f64().abs()).sum::<f64>()).fold(0.0, Scalar::larger);
    let least = [least_convex(0.0, reach, distance), least_convex(-reach, 0.0, distance)];
    let squared: f64 = teacher.value().iter().map(|v| v.to_f64() * v.to_f64()).sum();
    Some(0.5 * squared * least.into_iter().fold(f64::INFINITY, Scalar::smaller))
}

/// Least value of a convex function between `low` and `high`, by thirds.
fn least_convex(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..80 {
        let third = (high - low) / 3.0;
        let (left, right) = (low + third, high - third);
        if f(left) <= f(right) {
            high = right;
        } else {
            low = left;
        }
    }
    f(low + 0.5 * (high - low)).smaller(f(low)).smaller(f(high))
}

/// Squared distance of a row from `c` times the simplex: what is nearest is `max(s - t, 0)` for the t at which that sums to c.
fn distance_to_simplex<T: Scalar>(row: &[T], c: f64) -> f64 {
    let (sign, c) = if c < 0.0 { (-1.0, -c) } else { (1.0, c) };
    let weights = || row.iter().map(|s| sign * s.to_f64());
    let part = |t: f64| weights().map(|s| (s - t).larger(0.0)).sum::<f64>();
    let largest = weights().fold(f64::NEG_INFINITY, Scalar::larger);
    let (mut low, mut high) = (largest - c - 1.0, largest);
    for _ in 0..64 {
        let middle = low + 0.5 * (high - low);
        if part(middle) > c {
            low = middle;
        } else {
            high = middle;
        }
    }
    weights().map(|s| s - (s - high).larger(0.0)).map(|d| d * d).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Shape;

    /// A softmax has no negative weights, and filters have any sign.
    #[test]
    fn a_student_equals_teachers_of_weights_of_one_sign() {
        let shape = Shape::new(1, 1, 2, 2).unwrap();
        let is = |mixing: [f64; 4]| attainable(TeacherView::new(shape, Activation::Relu, &[1.0], &mixing).unwrap());
        assert!(is([-0.5, -0.5, -1.0, 0.0]));
        assert!(is([2.0, 0.0, 1.0, 1.0]));
        assert!(!is([1.0, 0.0, -1.0, 0.0]), "two signs");
        assert!(!is([1.0, 0.0, 0.5, 0.0]), "two sums");
    }

    fn best(activation: Activation<f64>, mixing: &[f64; 16]) -> Option<f64> {
        let shape = Shape::new(2, 2, 4, 4).unwrap();
        best_loss(TeacherView::new(shape, activation, &[1.0, 0.5, 0.3, -1.0], mixing).unwrap())
    }

    /// `|V*|^2 = 2.34`; the nearest simplex was found by hand.
    #[test]
    fn the_best_loss_of_signed_rows_is_known() {
        let cycle = |s: f64, t: f64| [s, t, 0., 0., 0., s, t, 0., 0., 0., s, t, t, 0., 0., s];
        let near = |found: Option<f64>, expected: f64| assert!((found.unwrap() - expected).abs() < 1e-12, "{found:?}");
        near(best(Activation::Identity, &cycle(1.0, -1.0)), 0.5 * 2.34 * 4.0);
        near(best(Activation::Identity, &cycle(1.0, -0.5)), 0.5 * 2.34 * 1.0);
        near(best(Activation::Identity, &cycle(-1.0, 0.5)), 0.5 * 2.34 * 1.0);
        near(best(Activation::Identity, &cycle(1.0, 1.0)), 0.0);
        assert_eq!(best(Activation::Relu, &cycle(0.5, 0.5)), Some(0.0));
        assert_eq!(best(Activation::Relu, &cycle(1.0, -0.5)), None);
        // Rows that sum to 1 and to 3: c = 2 leaves (1 + 1) / 2 a row of each kind.
        let mut rows = [0.0; 16];
        for (j, row) in rows.chunks_mut(4).enumerate() {
            row.fill(0.0);
            row[0] = if j < 2 { 1.0 } else { 3.0 };
        }
        near(best(Activation::Identity, &rows), {
            // With weight free to spread, the distance is (1 - c)^2 below and, above, that of what is too much spread over four.
            let distance = |c: f64| {
                let spread = |s: f64| if c <= s { (s - c) * (s - c) } else { (c - s) * (c - s) / 4.0 };
                2.0 * spread(1.0) + 2.0 * spread(3.0)
            };
            let least = (0..=30_000).map(|i| distance(f64::from(i) * 1e-4)).fold(f64::INFINITY, Scalar::smaller);
            0.5 * 2.34 * least
        });
    }

    #[test]
    fn rows_have_one_sum_or_none() {
        let shape = Shape::new(1, 1, 2, 2).unwrap();
        let sum = |mixing: [f64; 4]| row_sum(TeacherView::new(shape, Activation::Identity, &[1.0], &mixing).unwrap());
        assert_eq!(sum([1.0, 1.0, 2.0, 0.0]), Some(2.0));
        assert_eq!(sum([1.0, 1.0, 1.0, 0.0]), None);
    }
}
