//! Fields of a result, as they are read back.

use clap::ValueEnum;
use serde::Deserialize;

use crate::args::Precision;
use crate::text::{LONGEST_NAME, shown};

/// What a point of a curve has at least: its step, and the digest of the student then.
#[derive(Debug, Deserialize)]
pub struct Point {
    #[serde(rename = "step")]
    _step: u64,
    #[serde(rename = "digest")]
    _digest: String,
}

/// A field that is there.
///
/// # Errors
/// The field, and what was expected.
pub fn given<T>(field: &str, value: Option<T>, expected: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("{field}: null; expected {expected}"))
}

/// The type that trained.
///
/// # Errors
/// The field, and what was expected.
pub fn precision(scalar: &str) -> Result<Precision, String> {
    match scalar {
        "f32" => Ok(Precision::F32),
        "f64" => Ok(Precision::F64),
        other => Err(format!("scalar: {other:?}; expected f32 or f64")),
    }
}

/// A field that is written as on the command line.
///
/// # Errors
/// The field, and what was expected.
pub fn parsed<T>(field: &str, text: Option<String>, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, String> {
    let text = given(field, text, "a word")?;
    parse(&text).map_err(|expected| format!("{field}: {:?}; {expected}", shown(&text, LONGEST_NAME)))
}

/// One of the words of a choice.
///
/// # Errors
/// The field, and what was expected.
pub fn choice<T: ValueEnum>(field: &str, word: Option<&str>) -> Result<T, String> {
    let names = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let expected = names.map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(", ");
    let word = given(field, word, &expected)?;
    T::from_str(word, false).map_err(|_| format!("{field}: {:?}; expected {expected}", shown(word, LONGEST_NAME)))
}
