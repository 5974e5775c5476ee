//! Numbers in words: how the pictures and the page write a value, and the few operations on ranges they share.

use tutee::scalar::Scalar;

/// What stands where a number does not apply.
pub const NOTHING: &str = "–";

/// Decimal logarithm of a positive number.
pub fn log10(x: f64) -> f64 {
    Scalar::ln(x) / Scalar::ln(10.0)
}

/// Smallest and largest of the finite values; `None` where there is none.
pub fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| v.is_finite()).fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((low, high)) => Some((Scalar::smaller(low, v), Scalar::larger(high, v))),
    })
}

/// A fixed number of decimals, with a true minus sign and without a negative zero.
pub fn fixed(x: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", x.abs());
    let zero = digits.chars().all(|c| c == '0' || c == '.');
    if x < 0.0 && !zero { format!("−{digits}") } else { digits }
}

/// Two significant digits, as a plain decimal where that is short and as a multiple of a power of ten elsewhere.
pub fn short(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return fixed(x, 0);
    }
    let scientific = format!("{:.1e}", x.abs());
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    match exponent {
        0..3 => fixed(x, if exponent == 0 { 1 } else { 0 }),
        -3..0 => fixed(x, exponent.unsigned_abs() as usize + 1),
        _ => format!("{}{digits}·10{}", if x < 0.0 { "−" } else { "" }, superscript(exponent)),
    }
}

/// An integer in raised digits: -3 is `⁻³`.
pub fn superscript(exponent: i32) -> String {
    let raise = |c| match c {
        '-' => '⁻',
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        _ => '⁹',
    };
    exponent.to_string().chars().map(raise).collect()
}

/// A count with its thousands set apart by narrow spaces.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(c);
    }
    text
}

/// A number of things with its thousands set apart, of which one is one.
pub fn several(n: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A setting as somebody would write it: four significant digits, and no more than it has.
pub fn setting(x: f64) -> String {
    let rounded: f64 = format!("{x:.3e}").parse().unwrap_or(x);
    rounded.to_string().replace('-', "−")
}

/// [`fixed`], or a dash.
pub fn fixed_or_nothing(x: Option<f64>, decimals: usize) -> String {
    x.map_or_else(|| NOTHING.to_owned(), |x| fixed(x, decimals))
}

/// [`short`], or a dash.
pub fn short_or_nothing(x: Option<f64>) -> String {
    x.map_or_else(|| NOTHING.to_owned(), short)
}

/// Cosine of the angle between two vectors of the same length; `None` where one of them is zero.
pub fn cosine(a: &[f64], b: &[f64]) -> Option<f64> {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let norms = product(a, a).sqrt() * product(b, b).sqrt();
    (norms > 0.0).then(|| product(a, b) / norms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_a_reader_expects_them() {
        assert_eq!(fixed(-1.0057, 3), "−1.006");
        assert_eq!(fixed(-0.0001, 2), "0.00");
        assert_eq!(short(0.0), "0");
        assert_eq!(short(0.00412), "0.0041");
        assert_eq!(short(-0.0999), "−0.10");
        assert_eq!(short(2.04), "2.0");
        assert_eq!(short(999.0), "1.0·10³");
        assert_eq!(short(0.000_41), "4.1·10⁻⁴");
        assert_eq!(count(1_000_000), "1\u{202f}000\u{202f}000");
        assert_eq!(count(999), "999");
        assert_eq!([0, 1, 2000].map(|n| several(n, "pair")), ["0 pairs", "1 pair", "2\u{202f}000 pairs"]);
        assert_eq!([1.0 / 6.0, 0.1875, 3.0, 0.041_666_67].map(setting), ["0.1667", "0.1875", "3", "0.04167"]);
    }

    #[test]
    fn an_extent_ignores_what_is_not_finite() {
        assert_eq!(extent([2.0, f64::NAN, -1.0, f64::INFINITY]), Some((-1.0, 2.0)));
        assert_eq!(extent([f64::NAN]), None);
    }

    #[test]
    fn decades_are_the_logarithm_to_rounding() {
        for exponent in -12..12 {
            let power: f64 = format!("1e{exponent}").parse().unwrap();
            assert!((log10(power) - f64::from(exponent)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_zero_vector_has_no_cosine() {
        assert_eq!(cosine(&[0.0, 0.0], &[1.0, 2.0]), None);
        assert_eq!(cosine(&[3.0, 4.0], &[6.0, 8.0]), Some(1.0));
    }
}
