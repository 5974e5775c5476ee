//! Words and digests as results have them.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// A word of the program. One that is read from a result stays as long as the program runs, as those that are compiled in do.
pub type Word = &'static str;

/// A word of a result.
///
/// # Errors
/// Where it is no text.
pub fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    Ok(String::deserialize(deserializer)?.leak())
}

pub(super) fn word_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Word>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(|text| &*text.leak()))
}

pub(super) fn two_words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[Word; 2], D::Error> {
    Ok(<[String; 2]>::deserialize(deserializer)?.map(|text| &*text.leak()))
}

/// A digest as results write it.
pub fn hexadecimal<S: Serializer>(digest: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{digest:016x}"))
}

/// A digest as results have it.
///
/// # Errors
/// Where it is none.
pub fn from_hexadecimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    u64::from_str_radix(&text, 16).map_err(D::Error::custom)
}
