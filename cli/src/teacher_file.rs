//! Reads a teacher from a JSON file.

use std::path::Path;

use serde::Deserialize;
use tutee::teacher::TeacherView;
use tutee::{Error, Shape};

use crate::failure::Failure;
use crate::record::ActivationRecord;
use crate::task::Task;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with the fields activation, value and mixing")]
struct TeacherFile {
    activation: ActivationRecord,
    value: Vec<Vec<f64>>,
    mixing: Vec<Vec<f64>>,
}

/// Reads the teacher in `path`.
///
/// # Errors
/// One line that names the file, the field and what was expected.
pub fn read(path: &Path) -> Result<Task, Failure> {
    let file = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::usage(format!("{file}: {error}")))?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    parse(&text, name, file.to_string()).map_err(|message| Failure::usage(format!("{file}: {message}")))
}

fn parse(text: &str, name: String, origin: String) -> Result<Task, String> {
    // Some editors begin a file with a byte order mark.
    let mut json = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
    let TeacherFile { activation, value, mixing } =
        serde_path_to_error::deserialize(&mut json).map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    let (filters, features) = size("value", &value)?;
    let (outputs, tokens) = size("mixing", &mixing)?;
    let shape = Shape::new(filters, features, tokens, outputs).map_err(|error| error.to_string())?;
    let mut task = Task {
        name,
        origin,
        shape,
        activation,
        value: value.into_iter().flatten().collect(),
        mixing: mixing.into_iter().flatten().collect(),
        group: None,
    };
    let teacher = task.teacher::<f64>();
    task.group = teacher.view().and_then(check).map_err(|error| error.to_string())?;
    Ok(task)
}

/// The group size of a teacher that the core accepts, if it is regular.
fn check(teacher: TeacherView<'_, f64>) -> Result<Option<usize>, Error> {
    Ok(teacher.group())
}

fn size(field: &str, rows: &[Vec<f64>]) -> Result<(usize, usize), String> {
    let first = rows.first().ok_or(format!("{field}: no rows; expected at least one"))?;
    match rows.iter().position(|row| row.len() != first.len()) {
        Some(at) => {
            Err(format!("{field}: row {at} has {} entries; expected {} as in row 0", rows[at].len(), first.len()))
        }
        None if first.is_empty() => Err(format!("{field}: row 0 is empty; expected at least one entry")),
        None => Ok((rows.len(), first.len())),
    }
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
        let task = parse(text, "t".into(), "t.json".into()).unwrap();
        assert_eq!((task.shape.filters(), task.shape.features()), (1, 3));
        assert_eq!((task.shape.outputs(), task.shape.tokens()), (2, 2));
        assert_eq!(task.group, None);
        assert_eq!(task.activation, ActivationRecord::LeakyRelu(0.1));
        let regular = r#"{"activation": "relu", "value": [[1]], "mixing": [[0.5, 0.5, 0], [0, 0.5, 0.5]]}"#;
        assert_eq!(parse(regular, "t".into(), "t.json".into()).unwrap().group, Some(2));
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
            (r#"{"activation": "relu", "value": [["a"]], "mixing": [[1]]}"#, "value[0][0]: invalid type: string"),
            (r#"{"activation": "relu", "value": [[1]], "mixing": [[1, null]]}"#, "mixing[0][1]"),
            (r#"{"activation": 1, "value": [[1]], "mixing": [[1]]}"#, "activation"),
            (r#"{"activation": "relu", "value": [[1]], "mixing": [[1]]} more"#, "trailing characters"),
            ("7", "an object with the fields activation, value and mixing"),
            (r#"{"activation": "relu", "value": [[1e999]], "mixing": [[1]]}"#, "number out of range"),
        ] {
            let message = message(text);
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
