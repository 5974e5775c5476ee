//! Numbers as tables and pictures of the atlas write them.

use crate::report::number::log10;

/// A number with four digits.
pub fn short(x: f64) -> String {
    let plain = x == 0.0 || (1e-3..1e5).contains(&x.abs());
    if !plain {
        return format!("{x:.3e}");
    }
    let digits = if x == 0.0 { 0 } else { (3 - log10(x.abs()).floor() as i32).clamp(0, 6) as usize };
    let text = format!("{x:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (x, text) in
            [(0.0, "0"), (1.0, "1"), (0.5754, "0.5754"), (2e-7, "2.000e-7"), (12345.6, "12346"), (-0.25, "-0.25")]
        {
            assert_eq!(short(x), text);
        }
    }
}
