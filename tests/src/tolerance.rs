//! The one table of tolerances. A test takes its tolerance from here, so that whoever loosens one has to say why.

/// How far a number may be from what it should be.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Name of the row.
    pub name: &'static str,
    /// Relative to the scale that the test says, unless the reason says otherwise.
    pub value: f64,
    /// Why not smaller, and why not larger.
    pub reason: &'static str,
}

macro_rules! table {
    ($($name:ident = $value:expr, $reason:literal;)*) => {
        $(
            #[doc = $reason]
            pub const $name: Tolerance = Tolerance { name: stringify!($name), value: $value, reason: $reason };
        )*
        /// All rows.
        pub const TABLE: &[Tolerance] = &[$($name),*];
    };
}

table! {
    FINITE_DIFFERENCE = 1e-7,
        "Of the largest entry. Central differences with a step of 1e-5: truncation 1e-10 of the third derivative, rounding \
         1e-11 of the loss; 2e-9 measured. A wrong term is wrong by a percent or more.";
    ORACLE = 1e-11,
        "Two f64 programs that sum in different orders, and an acos that loses digits near 1: 3e-13 measured at the worst \
         of the random points.";
    STANDARD_ERRORS = 4.0,
        "Standard errors, not relative. One entry in 16,000 lies farther out by chance; there are 8,000, the seed is fixed, \
         and the farthest lies at 3.6.";
    TRAJECTORY = 1e-10,
        "2,000 f64 steps against 256-bit arithmetic, entry by entry: the promise. 1e-13 measured, 1e-11 where an entry is \
         zero but for rounding.";
    NEAR_OPTIMUM = 1e-3,
        "The aim: three correct digits of f32 when the excess loss is a millionth of its start; 4e-4 measured. Formulas \
         that subtract nearly equal numbers have none left there.";
    NEAR_OPTIMUM_LAST_DIGITS = 1.5,
        "Not relative: in units of what one EPSILON of the largest entry of W makes of dL/dW. 0.7 measured; the softmax's \
         own rounding is worth about as much.";
    LONG_STUDENT = 1e-5,
        "The loss of an f32 student up to 6,000 times as large as its teacher, up to some dozens of tokens: 6e-6 measured at \
         the worst of many thousand. It is mostly its own square, whose sums take it farther off with more tokens.";
    UNNORMALISED = 5.0,
        "Not relative: in units of EPSILON times the larger of (c - 1)^2 and (1/c - 1)^2 times the loss of a student of zeros: \
         such parts cancel near the optimum of a teacher whose rows sum to c. 2.3 measured at the worst of a thousand.";
    INVARIANT = 1e-10,
        "Absolute, on parameters of order 1 to 10 in f64: rounding, carried through 100,000 steps.";
    SELECTION_LAW = 0.01,
        "Relative, of the law on which the excess loss ends: the promise at 20,000 steps; 0.7 % measured, which shrinks with \
         more of them.";
    LENGTHS = 0.05,
        "Absolute, of the attention on a set: the closed form is that of orthogonal codes, and products of those of 128 signs are a \
         tenth of their squares; 0.028 measured.";
    CONTENT_FLOOR = 0.02,
        "Relative, of the least loss of attention on position: 4,000 samples of a test have it to 1 %, and 3,000 steps are within 1 % of \
         their end.";
    SEMANTIC_ATTENTION = 0.1,
        "Relative, of the test errors that theory has for many dimensions: medians of 25 draws with 200 are within 8 percent of it (means of 60 within 6). One \
         draw scatters by 6 to 12 percent, a median of five by as much as it was off once.";
    LABEL_LAW = 0.05,
        "Relative, of the law on which the loss of a label ends: the promise at 10,000 steps; 4.5 % measured, which shrinks with \
         more of them.";
    LABEL_QUADRATURE = 1e-6,
        "Relative. The two-dimensional mean by Simpson's rule, whose error falls with the fourth power of its points: 5e-6 was \
         measured with a third of them. A wrong coefficient is wrong by a percent.";
    MILLION_F32_STEPS = 0.01,
        "Relative, of the excess loss: the promise. Compensated f32 keeps five digits; plain f32 is off by 6 %.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_row_is_used_by_a_test() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let mut tests = String::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                tests += &std::fs::read_to_string(path).unwrap();
            }
        }
        for row in TABLE {
            assert!(tests.contains(row.name), "no test uses {}", row.name);
            assert!(row.value > 0.0 && row.reason.ends_with('.'), "{} has no value or no reason", row.name);
        }
    }
}
