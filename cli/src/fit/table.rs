//! Tables of numbers as text, with commas between them: a pair a row.

use std::fs::File;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::arrays::{Array, MOST, Wanted};
use crate::failure::Failure;
use crate::text::shown;

/// Characters of a field that a message shows.
const LONGEST_FIELD: usize = 20;

/// Whether a file's name says that it is such a table.
pub fn is_table(wanted: &Wanted<'_>) -> bool {
    wanted.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

/// Reads a table whose fields `parse` understands. The first line may be a heading: one in which no field is a number.
///
/// # Errors
/// One line that names the file, the line and the column, and what was expected.
pub fn read<N>(wanted: &Wanted<'_>, parse: impl Fn(&str) -> Option<N>, expected: &str) -> Result<Array<N>, Failure> {
    let sizes = wanted.pair.iter().map(|&(_, size)| size).collect::<Option<Vec<_>>>().ok_or_else(|| {
        let options: Vec<_> = wanted.pair.iter().map(|&(option, _)| option).collect();
        wanted.refuse(&format!("a table does not say its sizes; expected {} with it", options.join(" and ")))
    })?;
    let file = File::open(wanted.path)
        .map_err(|error| wanted.refuse(&format!("{error}; expected a table with commas, a pair a row")))?;
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(file);
    let (mut numbers, mut columns, mut rows, mut first) = (Vec::new(), 0, 0_usize, true);
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            wanted.refuse(&format!("line {line}: cannot be read; expected a table as text in UTF-8"))
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        if std::mem::take(&mut first) && is_heading(&record) {
            continue;
        }
        if rows == 0 {
            columns = record.len();
            check_columns(wanted, &sizes, columns)?;
        } else if record.len() != columns {
            let found = record.len();
            return Err(wanted.refuse(&format!("line {line}: {found} fields; expected {columns}, as in the first row")));
        }
        rows += 1;
        if (rows as u64).saturating_mul(columns as u64) > MOST || numbers.try_reserve(columns).is_err() {
            return Err(wanted.refuse(&format!("more than {} rows; expected at most {MOST} numbers", rows - 1)));
        }
        for (column, field) in record.iter().enumerate() {
            let number = parse(field).ok_or_else(|| {
                let (column, field) = (column + 1, shown(field, LONGEST_FIELD));
                wanted.refuse(&format!("line {line}, column {column}: {field:?}; expected {expected}"))
            })?;
            numbers.push(number);
        }
    }
    if rows == 0 {
        return Err(wanted.refuse("no row of numbers; expected a pair a row"));
    }
    let mut shape = vec![rows];
    shape.extend(&sizes);
    if wanted.dimensions > shape.len() {
        shape.push(columns / sizes.iter().product::<usize>().max(1));
    }
    Ok(Array { shape, numbers })
}

/// Words alone.
fn is_heading(record: &StringRecord) -> bool {
    record.iter().all(|field| field.parse::<f64>().is_err())
}

/// A row holds what the sizes say, or whole times as much where one side is open.
fn check_columns(wanted: &Wanted<'_>, sizes: &[usize], columns: usize) -> Result<(), Failure> {
    let product = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size)).unwrap_or(usize::MAX);
    let open = wanted.dimensions > sizes.len() + 1;
    if product == columns || (open && columns.is_multiple_of(product)) {
        return Ok(());
    }
    let said: Vec<_> = wanted.pair.iter().zip(sizes).map(|((option, _), size)| format!("{option} {size}")).collect();
    let expected = match (said.is_empty(), open) {
        (true, _) => "1, a label".to_owned(),
        (false, true) => format!("a multiple of {product}, {}", said.join(" times ")),
        (false, false) => format!("{product}, {}", said.join(" times ")),
    };
    Err(wanted.refuse(&format!("{columns} numbers a row; expected {expected}")))
}
