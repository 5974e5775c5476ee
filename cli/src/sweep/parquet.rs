//! The table of a sweep as Parquet: the columns of the CSV with their types, so that whoever reads it has numbers and gaps and no text to
//! parse. One row group without compression: a table is small, and its bytes depend on its cells alone.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use crate::whole::whole;

/// Columns of whole numbers, which have no sign.
const WHOLE: [&str; 14] = [
    "index",
    "seed",
    "steps",
    "batch",
    "filters",
    "features",
    "tokens",
    "outputs",
    "group",
    "code_width",
    "keys",
    "stop_every",
    "steps_needed",
    "test_samples",
];

/// Columns of words, beside those of numbers.
const WORDS: [&str; 26] = [
    "task",
    "teacher",
    "student",
    "mode",
    "scalar",
    "input",
    "test_input",
    "activation",
    "student_activation",
    "chosen",
    "embedding",
    "encoding",
    "attention",
    "scale",
    "start",
    "queries",
    "train",
    "loss",
    "rule",
    "value_rule",
    "stopped",
    "ended",
    "verdict",
    "digest",
    "reason",
    "failed",
];

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    Words,
    Whether,
    Number,
}

impl Kind {
    fn of(column: &str) -> Self {
        match column {
            "stop_unchanged" => Self::Whether,
            // A token's number is counted from 0, too.
            "teacher_token" => Self::Whole,
            _ if WHOLE.contains(&column) => Self::Whole,
            _ if WORDS.contains(&column) => Self::Words,
            _ => Self::Number,
        }
    }

    fn field(self, name: &str) -> Result<TypePtr> {
        let (physical, logical) = match self {
            Self::Whole => (Physical::INT64, Some(LogicalType::integer(64, false))),
            Self::Words => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Self::Whether => (Physical::BOOLEAN, None),
            Self::Number => (Physical::DOUBLE, None),
        };
        let field = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
        Ok(Arc::new(field.with_logical_type(logical).build()?))
    }
}

/// The table; an empty cell is a gap.
///
/// # Errors
/// What the format refuses.
pub fn bytes(columns: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>> {
    let fields = columns.iter().map(|name| Kind::of(name).field(name)).collect::<Result<_>>()?;
    let schema = Arc::new(Type::group_type_builder("runs").with_fields(fields).build()?);
    let properties = WriterProperties::builder().set_compression(Compression::UNCOMPRESSED);
    let properties = properties.set_created_by(concat!("tutee ", env!("CARGO_PKG_VERSION")).to_owned()).build();
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    for (place, name) in columns.iter().enumerate() {
        let cells: Vec<_> = rows.iter().map(|row| row.get(place).map_or("", String::as_str)).collect();
        match Kind::of(name) {
            // Stored by their bits.
            Kind::Whole => {
                column::<Int64Type>(&mut group, &cells, |text| whole(text, 0, u64::MAX).ok().map(u64::cast_signed))?
            }
            Kind::Words => column::<ByteArrayType>(&mut group, &cells, |text| Some(ByteArray::from(text)))?,
            Kind::Whether => column::<BoolType>(&mut group, &cells, |text| text.parse().ok())?,
            Kind::Number => column::<DoubleType>(&mut group, &cells, |text| text.parse().ok())?,
        }
    }
    group.close()?;
    file.into_inner()
}

/// Writes the next column.
fn column<D: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    cells: &[&str],
    read: impl Fn(&str) -> Option<D::T>,
) -> Result<()> {
    let read = |cell: &&str| if cell.is_empty() { None } else { read(cell) };
    let values: Vec<_> = cells.iter().map(read).collect();
    let there: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    if let Some(mut writer) = group.next_column()? {
        writer.typed::<D>().write_batch(&values.into_iter().flatten().collect::<Vec<_>>(), Some(&there), None)?;
        writer.close()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::*;

    fn read(written: &[u8]) -> SerializedFileReader<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(written).unwrap();
        SerializedFileReader::new(file).unwrap()
    }

    #[test]
    fn cells_have_their_types_and_gaps_stay_gaps() {
        let columns = ["index", "task", "seed", "law_ratio", "stop_unchanged", "steps"];
        let row = |cells: [&str; 6]| cells.map(str::to_owned).to_vec();
        let rows = [
            row(["0", "conv-relu", "18446744073709551615", "0.1", "true", "1e6"]),
            row(["1", "größer, \"so\"", "2", "", "", "30"]),
            row(["2", "", "3", "-1e-300", "false", "40"]),
        ];
        let written = bytes(&columns, &rows).unwrap();
        assert_eq!(written, bytes(&columns, &rows).unwrap());
        let file = read(&written);
        let read: Vec<_> = file.get_row_iter(None).unwrap().map(|row| row.unwrap()).collect();
        assert_eq!(read.len(), 3);
        let field = |row: usize, column: &str| {
            let found = read[row].get_column_iter().find(|(name, _)| *name == column);
            found.map(|(_, field)| field.clone()).unwrap()
        };
        assert_eq!((field(0, "seed"), field(2, "seed")), (Field::ULong(u64::MAX), Field::ULong(3)));
        assert_eq!((field(0, "law_ratio"), field(1, "law_ratio")), (Field::Double(0.1), Field::Null));
        assert_eq!(field(2, "law_ratio"), Field::Double(-1e-300));
        assert_eq!((field(0, "stop_unchanged"), field(1, "stop_unchanged")), (Field::Bool(true), Field::Null));
        assert_eq!((field(1, "task"), field(2, "task")), (Field::Str("größer, \"so\"".to_owned()), Field::Null));
        assert_eq!(field(0, "steps"), Field::ULong(1_000_000));
    }

    #[test]
    fn no_rows_are_a_table_too() {
        let written = bytes(&["index", "task"], &[]).unwrap();
        assert_eq!(read(&written).metadata().file_metadata().num_rows(), 0);
    }
}
