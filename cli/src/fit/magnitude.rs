//! Numbers whose squares are no numbers: losses are sums of squares, and of answers of 1e160 or 1e-300 there are none.

use tutee::Scalar;

use super::pairs::Pairs;

/// One sentence on the numbers of pairs that cannot be learned from as they are, with the word of their option, `x` or `y`; none where
/// they can. Where readings are standardised, losses of answers are told in double precision and inputs of any size are scaled; else all
/// sums are of the type that trains.
pub fn out_of_range<T: Scalar>(pairs: &Pairs<T>, standardised: bool) -> Option<(&'static str, String)> {
    let (most, least, name) = if standardised || T::BITS == 64 {
        (f64::MAX, f64::MIN_POSITIVE / f64::EPSILON, "f64")
    } else {
        (f64::from(f32::MAX), f64::from(f32::MIN_POSITIVE / f32::EPSILON), "f32")
    };
    let largest = |numbers: &[T]| numbers.iter().map(|x| x.to_f64().abs()).fold(0.0, Scalar::larger);
    let [x, y] = [&pairs.x, &pairs.y].map(|numbers| largest(numbers));
    // Of standardised readings a sum of so many squares of differences, each at most twice as large, is a number; else the square alone, and
    // the core refuses what has too large a sum.
    let sums = |count: usize| if standardised { 4.0 * count.max(1) as f64 } else { 1.0 };
    let too_large = |largest: f64, count: usize| largest > Scalar::sqrt(most / sums(count));
    let beyond = |what: &str, size: f64| {
        format!("{what} of up to {size:.1e}: their squares are beyond {name}; expected them in another unit")
    };
    if too_large(y, pairs.y.len()) {
        return Some(("y", beyond("answers", y)));
    }
    if !standardised && too_large(x, pairs.x.len()) {
        return Some(("x", beyond("inputs", x) + ", or no --rate"));
    }
    (y > 0.0 && y < Scalar::sqrt(least)).then(|| {
        let text =
            format!("answers of at most {y:.1e}: their squares are lost in {name}; expected them in another unit");
        ("y", text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<T: Scalar>(x: f64, y: f64, standardised: bool) -> Option<(&'static str, String)> {
        let of = |number: f64| vec![T::from_f64(number), T::from_f64(-0.5 * number)];
        let pairs = Pairs { count: 2, x: of(x), y: of(y), sets: vec![], queries: vec![] };
        out_of_range(&pairs, standardised)
    }

    #[test]
    fn what_has_no_square_is_told() {
        let option = |told: Option<(&'static str, String)>| told.map(|(option, _)| option);
        for standardised in [true, false] {
            assert_eq!(told::<f64>(1e3, 1e-3, standardised), None);
            assert_eq!(option(told::<f64>(1.0, 1e160, standardised)), Some("y"));
            assert_eq!(option(told::<f64>(1.0, 1e-300, standardised)), Some("y"));
            assert_eq!(told::<f64>(1.0, 0.0, standardised), None);
        }
        // Readings of any size are scaled, and losses are told in double precision.
        assert_eq!(told::<f64>(1e160, 1.0, true), None);
        assert_eq!(told::<f32>(1e30, 1e30, true), None);
        assert_eq!(option(told::<f64>(1e160, 1.0, false)), Some("x"));
        assert_eq!(option(told::<f32>(1.0, 1e30, false)), Some("y"));
        assert_eq!(option(told::<f32>(1.0, 1e-20, false)), Some("y"));
        let (_, text) = told::<f64>(1.0, 1e160, true).unwrap();
        assert!(text.contains("1.0e160") && text.contains("another unit"), "{text}");
    }
}
