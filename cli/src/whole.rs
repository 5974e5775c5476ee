//! Numbers on the command line: whole ones also in scientific notation, and what is legal when one is refused.

/// Reads a whole number from `least` to `most`: `1000000`, `1e6`, `2.5e3`.
pub fn whole(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let number = text.parse().ok().or_else(|| scientific(text)).filter(|number| (least..=most).contains(number));
    // The largest number that there is is worth a word only to those who have met it.
    let larger = || text.parse().is_ok_and(|number: f64| number >= u64::MAX as f64);
    number.ok_or_else(|| match most {
        u64::MAX if !larger() => format!("expected a whole number from {least}"),
        _ => format!("expected a whole number from {least} to {most}"),
    })
}

/// A decimal fraction times a power of ten that is a whole number, without rounding.
fn scientific(text: &str) -> Option<u64> {
    let (mantissa, exponent) = text.split_once(['e', 'E'])?;
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let shift = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(after.len()).ok()?)?;
    let mut number = digits.trim_start_matches('0').to_owned();
    if number.is_empty() {
        return Some(0);
    }
    if shift >= 0 {
        // No number of more than 20 digits fits.
        let zeros = usize::try_from(shift).ok().filter(|&zeros| zeros <= 20)?;
        number.push_str(&"0".repeat(zeros));
    } else {
        let kept = number.len().checked_sub(usize::try_from(shift.unsigned_abs()).ok()?)?;
        if number.get(kept..)?.bytes().any(|digit| digit != b'0') {
            return None;
        }
        number.truncate(kept);
    }
    number.parse().ok()
}

/// Reads a positive number.
pub fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|&number: &f64| number > 0.0 && number.is_finite());
    number.ok_or_else(|| "expected a positive number".into())
}

/// Reads a number from zero.
pub fn from_zero(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|&number: &f64| number >= 0.0 && number.is_finite());
    number.ok_or_else(|| "expected a number from 0".into())
}

/// Reads a number that is finite.
pub fn finite(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| "expected a finite number".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scientific_notation_is_read_to_the_last_digit() {
        let read = |text| whole(text, 0, u64::MAX).ok();
        for (text, number) in [
            ("0", 0),
            ("1e6", 1_000_000),
            ("1E+6", 1_000_000),
            ("2.5e3", 2500),
            ("1.50e1", 15),
            ("100e-2", 1),
            ("0e99999", 0),
            ("18446744073709551615", u64::MAX),
            ("1.8446744073709551615e19", u64::MAX),
            ("9007199254740993e0", 9_007_199_254_740_993),
        ] {
            assert_eq!(read(text), Some(number), "{text}");
        }
        for text in
            ["", "e", "e6", ".e3", "1e", "1.5", "1.55e1", "1e-1", "-1", "-1e6", "1e20", "1.8446744073709551616e19"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        for text in
            ["1e9999999999999999999", "1e-9223372036854775808", "1e6x", "0x10", "1_000", "1e6 ", "nan", "inf", "１e6"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_refusal_says_what_is_legal() {
        assert_eq!(whole("0", 1, 1_000).unwrap_err(), "expected a whole number from 1 to 1000");
        assert_eq!(whole("1e30", 1, 8).unwrap_err(), "expected a whole number from 1 to 8");
        for text in ["1e30", "18446744073709551616", "1e999"] {
            let told = whole(text, 0, u64::MAX).unwrap_err();
            assert_eq!(told, "expected a whole number from 0 to 18446744073709551615", "{text}");
        }
        assert_eq!(whole("x", 1, u64::MAX).unwrap_err(), "expected a whole number from 1");
    }
}
