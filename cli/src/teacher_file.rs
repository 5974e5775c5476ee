//! Reads a teacher from a JSON file.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use tutee::activation::Activation;
use tutee::teacher::TeacherView;
use tutee::teacher::per_sample::{Map, SelfAttention};
use tutee::{Error, Shape};

use crate::failure::Failure;
use crate::memory::LARGEST;
use crate::record::ActivationRecord;
use crate::task::Task;
use crate::text::shown;

/// Characters of a file's text that a message repeats.
const LONGEST_QUOTE: usize = 40;
/// Bytes of the largest file: sixteen for a number of the largest matrix, and a bound on what is no teacher at all.
const LONGEST_FILE: u64 = 1 << 30;

const NO_MEMORY: &str = "no memory for so many numbers; expected fewer";
const FIELDS: &str = "an object with the fields activation, value and mixing";
const ACTIVATIONS: &str = r#""identity", "relu" or {"leaky_relu": slope}, for example {"leaky_relu": 0.1}"#;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with the fields activation, value and mixing")]
struct TeacherFile {
    #[serde(deserialize_with = "activation")]
    activation: ActivationRecord,
    value: Matrix,
    mixing: Matrix,
    map: Option<Matrix>,
    #[serde(default, deserialize_with = "given_number")]
    scale: Option<f64>,
    #[serde(default, deserialize_with = "given_number")]
    share: Option<f64>,
}

/// What a teacher that is a layer has beside a mixing: its weights are `(1 - share) softmax(scale <map x_i, map x_j>)
/// + share mixing`.
#[derive(Clone, Debug)]
pub struct Looks {
    /// Rows of `features` entries.
    pub map: Vec<f64>,
    pub scale: f64,
    pub share: f64,
}

/// Reads the teacher in `path`, which is not to be a layer.
///
/// # Errors
/// One line that names the file, the field and what was expected.
pub fn read(path: &Path) -> Result<Task, Failure> {
    match read_any(path)? {
        (task, None) => Ok(task),
        (task, Some(_)) => {
            let why = "looks at content, which attention on positions alone does not; expected --student layer with it";
            Err(Failure::usage(format!("{}: map: {why}", task.origin)))
        }
    }
}

/// Reads the teacher in `path`, and at what it looks if it is a layer.
///
/// # Errors
/// One line that names the file, the field and what was expected.
pub fn read_any(path: &Path) -> Result<(Task, Option<Looks>), Failure> {
    let file = path.display();
    let refuse = |message: String| Failure::usage(format!("{file}: {message}"));
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| refuse(format!("{error}; expected a teacher in JSON")))?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(refuse(format!("more than {LONGEST_FILE} bytes; expected a teacher in JSON")));
    }
    let text = String::from_utf8(bytes).map_err(|_| refuse("expected JSON in UTF-8".into()))?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    parse(&text, name, file.to_string()).map_err(refuse)
}

fn parse(text: &str, name: String, origin: String) -> Result<(Task, Option<Looks>), String> {
    // Some editors begin a file with a byte order mark.
    let text = text.trim_start_matches('\u{feff}');
    // Of a list serde would take the fields in order, without their names.
    if text.trim_start().starts_with('[') {
        return Err(format!("a list; expected {FIELDS}"));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let TeacherFile { activation, value, mixing, map, scale, share } =
        serde_path_to_error::deserialize(&mut json).map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    let (filters, features) = value.size("value")?;
    let (outputs, tokens) = mixing.size("mixing")?;
    let shape = Shape::new(filters, features, tokens, outputs).map_err(|error| error.to_string())?;
    let mut task = Task {
        name,
        origin,
        shape,
        activation,
        value: value.elements,
        mixing: mixing.elements,
        group: None,
        chosen: None,
    };
    let teacher = task.teacher::<f64>().map_err(|_| NO_MEMORY)?;
    task.group = teacher.view().and_then(check).map_err(|error| error.to_string())?;
    let Some(map) = map else {
        return match (scale, share) {
            (None, None) => Ok((task, None)),
            (Some(_), _) => Err("scale: expected map with it".into()),
            _ => Err("share: expected map with it".into()),
        };
    };
    let (_, entries) = map.size("map")?;
    if entries != features {
        return Err(format!("map: row 0 has {entries} entries; expected {features} as in value"));
    }
    let looks = Looks { map: map.elements, scale: scale.unwrap_or(1.0), share: share.unwrap_or(0.0) };
    // Its weights are no mixing that every sample has.
    task.group = None;
    self_attention(&task, &looks).map_err(|error| error.to_string())?;
    Ok((task, Some(looks)))
}

/// The name of an activation, or an object with its slope.
pub fn activation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ActivationRecord, D::Error> {
    struct Activation;

    impl<'de> Visitor<'de> for Activation {
        type Value = ActivationRecord;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(ACTIVATIONS)
        }

        fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
            match name {
                "identity" => Ok(ActivationRecord::Identity),
                "relu" => Ok(ActivationRecord::Relu),
                "leaky_relu" => {
                    Err(E::custom(r#""leaky_relu" without its slope; expected for example {"leaky_relu": 0.1}"#))
                }
                other => Err(E::custom(format!("{:?}; expected {ACTIVATIONS}", shown(other, LONGEST_QUOTE)))),
            }
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let refuse = |what: &str| de::Error::custom(format!("{what}; expected {ACTIVATIONS}"));
            match map.next_key::<String>()?.as_deref() {
                Some("leaky_relu") => {}
                Some(other) => return Err(refuse(&format!("an object with {:?}", shown(other, LONGEST_QUOTE)))),
                None => return Err(refuse("an empty object")),
            }
            let Slope(slope) = map.next_value()?;
            match map.next_key::<de::IgnoredAny>()? {
                None => Ok(ActivationRecord::LeakyRelu(slope)),
                Some(_) => Err(refuse("an object with more than leaky_relu")),
            }
        }
    }

    deserializer.deserialize_any(Activation)
}

/// The slope of a leaky activation, as the core takes it.
struct Slope(f64);

impl<'de> Deserialize<'de> for Slope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let slope = number(deserializer, r#"a slope in [0, 1], for example {"leaky_relu": 0.1}"#)?;
        if (0.0..=1.0).contains(&slope) {
            Ok(Self(slope))
        } else {
            Err(de::Error::custom(format!("the leaky slope is {slope:?}; expected a number in [0, 1]")))
        }
    }
}

/// An entry of a matrix.
struct Entry(f64);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        number(deserializer, "a number").map(Self)
    }
}

/// A number of a field that need not be there.
fn given_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    number(deserializer, "a number").map(Some)
}

/// A number, or else a message in words of JSON and not of Rust.
fn number<'de, D: Deserializer<'de>>(deserializer: D, expected: &'static str) -> Result<f64, D::Error> {
    struct Number(&'static str);

    impl Visitor<'_> for Number {
        type Value = f64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_f64<E: de::Error>(self, number: f64) -> Result<f64, E> {
            Ok(number)
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<f64, E> {
            Ok(number as f64)
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<f64, E> {
            Ok(number as f64)
        }
    }

    deserializer.deserialize_f64(Number(expected))
}

/// The rows of a matrix, one after the other; memory for it is asked for as its numbers come.
#[derive(Debug, Default)]
pub struct Matrix {
    pub elements: Vec<f64>,
    rows: usize,
    /// Entries of the first row.
    cols: usize,
    /// The first row that is of another length, and its length.
    odd: Option<(usize, usize)>,
}

impl Matrix {
    /// Rows and columns.
    ///
    /// # Errors
    /// One line that names the field, the row and what was expected.
    pub fn size(&self, field: &str) -> Result<(usize, usize), String> {
        match (self.rows, self.cols, self.odd) {
            (0, ..) => Err(format!("{field}: no rows; expected at least one")),
            (_, cols, Some((at, found))) => {
                let entries = if found == 1 { "entry" } else { "entries" };
                Err(format!("{field}: row {at} has {found} {entries}; expected {cols} as in row 0"))
            }
            (_, 0, _) => Err(format!("{field}: row 0 is empty; expected at least one entry")),
            (rows, cols, None) => Ok((rows, cols)),
        }
    }
}

impl<'de> Deserialize<'de> for Matrix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows;
        struct Row<'a>(&'a mut Vec<f64>);

        impl<'de> Visitor<'de> for Rows {
            type Value = Matrix;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of rows, each a list of numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Self::Value, A::Error> {
                let mut matrix = Matrix::default();
                while let Some(length) = rows.next_element_seed(Row(&mut matrix.elements))? {
                    if matrix.rows == 0 {
                        matrix.cols = length;
                    } else if length != matrix.cols && matrix.odd.is_none() {
                        matrix.odd = Some((matrix.rows, length));
                    }
                    matrix.rows += 1;
                }
                Ok(matrix)
            }
        }

        /// Appends the numbers and says how many there were.
        impl<'de> Visitor<'de> for Row<'_> {
            type Value = usize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row: a list of numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Self::Value, A::Error> {
                let before = self.0.len();
                while let Some(Entry(number)) = numbers.next_element()? {
                    if self.0.len() >= LARGEST {
                        return Err(de::Error::custom(format!("more than {LARGEST} numbers; expected fewer")));
                    }
                    let room = self.0.try_reserve(1);
                    room.map_err(|_| de::Error::custom(NO_MEMORY))?;
                    self.0.push(number);
                }
                Ok(self.0.len() - before)
            }
        }

        impl<'de> DeserializeSeed<'de> for Row<'_> {
            type Value = usize;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
                deserializer.deserialize_seq(self)
            }
        }

        deserializer.deserialize_seq(Rows)
    }
}

/// Refuses what the core refuses.
fn self_attention(task: &Task, looks: &Looks) -> Result<(), Error> {
    let map = Map { rows: &looks.map, scale: looks.scale };
    let activation = Activation::from(task.activation);
    SelfAttention::new(task.shape, activation, &task.value, map, (&task.mixing, looks.share)).map(drop)
}

/// The group size of a teacher that the core accepts, if it is regular.
fn check(teacher: TeacherView<'_, f64>) -> Result<Option<usize>, Error> {
    Ok(teacher.group())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse(text, "t".into(), "t.json".into()).expect_err(text)
    }

    #[test]
    fn a_teacher_of_ones_own() {
        let text = r#"{"activation": {"leaky_relu": 0.1}, "value": [[1, 2, 3]], "mixing": [[0.5, 0.5], [0, 1]]}"#;
        let (task, looks) = parse(text, "t".into(), "t.json".into()).unwrap();
        assert!(looks.is_none());
        assert_eq!((task.shape.filters(), task.shape.features()), (1, 3));
        assert_eq!((task.shape.outputs(), task.shape.tokens()), (2, 2));
        assert_eq!(task.group, None);
        assert_eq!(task.activation, ActivationRecord::LeakyRelu(0.1));
        let regular = r#"{"activation": "relu", "value": [[1]], "mixing": [[0.5, 0.5, 0], [0, 0.5, 0.5]]}"#;
        assert_eq!(parse(regular, "t".into(), "t.json".into()).unwrap().0.group, Some(2));
    }

    #[test]
    fn a_layer_of_ones_own() {
        let text = r#"{"activation": "identity", "value": [[1, 2]], "mixing": [[0.5, 0.5], [0, 1]], "map": [[1, -1], [0, 2], [3, 0]]"#;
        let read = |more: &str| parse(&format!("{text}{more}}}"), "t".into(), "t.json".into()).unwrap();
        let (task, looks) = read(", \"scale\": 2, \"share\": 0.25");
        let looks = looks.unwrap();
        assert_eq!((looks.map.len(), looks.scale, looks.share, task.group), (6, 2.0, 0.25, None));
        let (_, looks) = read("");
        assert_eq!(looks.map(|looks| (looks.scale, looks.share)), Some((1.0, 0.0)));
    }

    #[test]
    fn every_mistake_is_named() {
        for (text, expected) in [
            ("{", "EOF"),
            (r#"{"activation": "tanh", "value": [[1]], "mixing": [[1]]}"#, "tanh"),
            (r#"{"activation": "relu", "value": [[1]]}"#, "mixing"),
            (r#"{"activation": "relu", "value": [[1]], "mixing": [[1]], "bias": 1}"#, "bias"),
            (r#"{"activation": "relu", "value": [], "mixing": [[1]]}"#, "value: no rows"),
            (r#"{"activation": "relu", "value": [[1], [1, 2]], "mixing": [[1]]}"#, "value: row 1 has 2 entries"),
            (r#"{"activation": "relu", "value": [[1]], "mixing": [[]]}"#, "mixing: row 0 is empty"),
            (r#"{"activation": {"leaky_relu": 2}, "value": [[1]], "mixing": [[1]]}"#, "leaky slope"),
            (
                r#"{"activation": {"leaky_relu": -0.1}, "value": [[1]], "mixing": [[1]]}"#,
                "activation.leaky_relu: the leaky slope is -0.1; expected a number in [0, 1]",
            ),
            (
                r#"{"activation": {"leaky_relu": null}, "value": [[1]], "mixing": [[1]]}"#,
                r#"activation.leaky_relu: invalid type: null, expected a slope in [0, 1], for example {"leaky_relu": 0.1}"#,
            ),
            (
                r#"{"activation": {"leaky_relu": "0.1"}, "value": [[1]], "mixing": [[1]]}"#,
                r#"expected a slope in [0, 1], for example {"leaky_relu": 0.1}"#,
            ),
            (
                r#"{"activation": {"leaky_relu": [0.1]}, "value": [[1]], "mixing": [[1]]}"#,
                r#"expected a slope in [0, 1], for example {"leaky_relu": 0.1}"#,
            ),
            (r#"{"activation": "relu", "value": [["1"]], "mixing": [[1]]}"#, r#"string "1", expected a number"#),
            (
                r#"{"activation": "relu", "value": [[1]], "mixing": [[[1]]]}"#,
                "mixing[0][0]: invalid type: sequence, expected a number",
            ),
            (r#"{"activation": "relu", "value": [["a"]], "mixing": [[1]]}"#, "value[0][0]: invalid type: string"),
            (r#"{"activation": "relu", "value": [[1]], "mixing": [[1, null]]}"#, "mixing[0][1]"),
            (r#"{"activation": 1, "value": [[1]], "mixing": [[1]]}"#, "activation"),
            (r#"{"activation": "leaky_relu", "value": [[1]], "mixing": [[1]]}"#, r#"activation: "leaky_relu" without"#),
            (r#"{"activation": {}, "value": [[1]], "mixing": [[1]]}"#, "activation: an empty object; expected"),
            (
                r#"{"activation": {"relu": 1}, "value": [[1]], "mixing": [[1]]}"#,
                r#"activation: an object with "relu";"#,
            ),
            (r#"{"activation": {"relu": null}, "value": [[1]], "mixing": [[1]]}"#, "an object with"),
            (r#"{"activation": {"leaky_relu": "a"}, "value": [[1]], "mixing": [[1]]}"#, "activation"),
            (r#"{"activation": {"leaky_relu": 0.1, "x": 1}, "value": [[1]], "mixing": [[1]]}"#, "more than leaky_relu"),
            (r#"{"activation": ["relu"], "value": [[1]], "mixing": [[1]]}"#, r#"expected "identity", "relu" or"#),
            (r#" ["relu", [[1]], [[1]]]"#, "a list; expected an object with the fields"),
            (r#"{"activation": "relu", "value": [1], "mixing": [[1]]}"#, "value[0]: invalid type"),
            (r#"{"activation": "relu", "value": 1, "mixing": [[1]]}"#, "value: invalid type"),
            (r#"{"activation": "relu", "value": [[]], "mixing": [[1]]}"#, "value: row 0 is empty"),
            (r#"{"activation": "relu", "value": [[1]], "value": [[1]], "mixing": [[1]]}"#, "duplicate field"),
            (r#"{"activation": "relu", "value": [[1]], "mixing": [[1]]} more"#, "trailing characters"),
            (r#"{"activation": "relu", "value": [[1]], "mixing": [[1]], "share": 0.5}"#, "share: expected map"),
            (
                r#"{"activation": "relu", "value": [[1]], "mixing": [[1]], "map": [[1]], "scale": "1"}"#,
                "expected a number",
            ),
            (r#"{"activation": "relu", "value": [[1]], "mixing": [[1]], "scale": 1}"#, "scale: expected map"),
            (
                r#"{"activation": "relu", "value": [[1]], "mixing": [[1]], "map": [[1, 2]]}"#,
                "map: row 0 has 2 entries; expected 1",
            ),
            (r#"{"activation": "relu", "value": [[1]], "mixing": [[1]], "map": []}"#, "map: no rows"),
            (
                r#"{"activation": "relu", "value": [[1]], "mixing": [[1]], "map": [[1]], "share": 1.5}"#,
                "the share of fixed weights",
            ),
            (
                r#"{"activation": "relu", "value": [[1]], "mixing": [[1, 0]], "map": [[1]]}"#,
                "one for each token that asks",
            ),
            ("7", "an object with the fields activation, value and mixing"),
            (r#"{"activation": "relu", "value": [[1e999]], "mixing": [[1]]}"#, "number out of range"),
        ] {
            let message = message(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
