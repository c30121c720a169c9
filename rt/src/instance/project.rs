//! Matches that are fields of rows as they are: columns are copied, no kernel is called and no record written.

use alloc::vec::Vec;

use super::rows::TypeRows;
use crate::column::{Column, Values};
use crate::output::OutputBatch;
use crate::string::RawStr;
use crate::window::source::Values as Rows;

/// Appends a match for each of the rows `selected` to `out`, of the fields that its columns are; `seqs` gets their sequence numbers.
pub(crate) fn project(
    fields: &[usize],
    rows: &TypeRows,
    selected: &[u32],
    out: &mut OutputBatch,
    seqs: &mut Vec<i64>,
) {
    seqs.clear();
    extend(seqs, &rows.seqs, selected);
    extend(&mut out.ts, &rows.times, selected);
    for (column, &field) in out.columns.iter_mut().zip(fields) {
        // SAFETY: the plan's promise: a column is of the type of the field that it is. The rows stand during the call.
        let from = unsafe { Rows::new(rows, field, column.ty()) };
        append(column, from, selected);
    }
}

/// Appends the values at the places `selected`, which ascend.
fn extend<T: Copy>(to: &mut Vec<T>, from: &[T], selected: &[u32]) {
    match selected.len() == from.len() {
        true => to.extend_from_slice(from),
        false => to.extend(selected.iter().map(|&row| from[row as usize])),
    }
}

fn append(column: &mut Column, from: Rows<'_>, selected: &[u32]) {
    match column.values_mut() {
        Values::Bool(to) => extend(to, from.slice::<u8>(), selected),
        Values::I64(to) => extend(to, from.slice::<i64>(), selected),
        Values::F64(to) => extend(to, from.slice::<f64>(), selected),
        Values::Str(to) => {
            let texts = from.slice::<RawStr>();
            for &row in selected {
                // SAFETY: a view of a column is of UTF-8 text that stands as long as the rows do. What a null row holds is not
                // looked at.
                to.push(if from.is_there(row as usize) { unsafe { texts[row as usize].text() } } else { "" });
            }
        }
        Values::List(_) => unreachable!("lists are not projected"),
    }
    let first = column.len() - selected.len();
    match from.validity() {
        None => column.extend_valid([]),
        Some(words) if selected.len() == from.len() => column.extend_valid_words(words),
        Some(_) => {
            let nulls = (first..).zip(selected).filter(|(_, row)| !from.is_there(**row as usize));
            column.extend_valid(nulls.map(|(place, _)| place));
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec;

    use super::super::rows::FieldShape;
    use super::*;
    use crate::column::Value;
    use crate::schema::Type;

    const LONG: &str = "a text of more than twelve bytes";

    #[test]
    fn rows_are_copied_with_their_nulls() {
        let types = [Type::Bool, Type::I64, Type::F64, Type::Str, Type::Timestamp];
        let value = |ty: Type, row: i64| match ty {
            _ if row % 5 == 3 => Value::Null,
            Type::Bool => Value::Bool(row % 2 == 0),
            Type::I64 => Value::I64(row),
            Type::F64 => Value::F64(row as f64 / 2.0),
            Type::Timestamp => Value::Timestamp(-row),
            _ => Value::Str(String::from(if row % 2 == 0 { LONG } else { "short" })),
        };
        let mut columns: Vec<Column> = types.iter().map(|ty| Column::new(*ty, true)).collect();
        (0..100).for_each(|row| columns.iter_mut().for_each(|column| column.push(&value(column.ty(), row))));
        let shapes = types.map(|ty| FieldShape { ty, nullable: true, used: true });
        let mut rows = TypeRows::new(shapes.to_vec(), 0);
        rows.borrow(columns.iter(), 7, 90);
        (0..90).for_each(|row| {
            rows.times.push(1000 + row);
            rows.seqs.push(2000 + row);
        });

        let mut out = OutputBatch { ts: vec![], columns: types.map(|ty| Column::new(ty, true)).to_vec() };
        let mut seqs = vec![];
        let all: Vec<u32> = (0..90).collect();
        for selected in [&[0, 5, 6, 89][..], &all[..], &[]] {
            out.clear();
            project(&[0, 1, 2, 3, 4], &rows, selected, &mut out, &mut seqs);
            let numbers = selected.iter().map(|row| i64::from(*row));
            assert!(numbers.clone().map(|row| 1000 + row).eq(out.ts.iter().copied()));
            assert!(numbers.clone().map(|row| 2000 + row).eq(seqs.iter().copied()));
            for (column, ty) in out.columns.iter().zip(types) {
                let values: Vec<Value> = (0..column.len()).map(|row| column.get(row)).collect();
                assert_eq!(values, numbers.clone().map(|row| value(ty, row + 7)).collect::<Vec<_>>());
            }
        }
    }
}
