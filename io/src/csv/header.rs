//! The header of a CSV file: which column holds which used field.

use portent_rt::EventSchema;

use super::dialect::unquote;
use crate::bad::similar;
use crate::error::ReadError;

/// The columns of a file, as far as they are read.
#[derive(Debug)]
pub(super) struct Header {
    /// How many columns there are.
    pub(super) columns: usize,
    /// The used fields.
    pub(super) used: Vec<UsedColumn>,
}

/// Where a used field stands.
#[derive(Debug)]
pub(super) struct UsedColumn {
    /// Its number in the event type.
    pub(super) field: usize,
    /// The column of the file, from 0.
    pub(super) column: usize,
}

impl Header {
    /// Reads the header's fields.
    pub(super) fn new<'a>(
        cells: impl Iterator<Item = &'a [u8]>,
        schema: &EventSchema,
    ) -> Result<Self, ReadError> {
        let names = cells.map(name).collect::<Result<Vec<_>, _>>()?;
        for (index, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..index].contains(name) {
                return Err(ReadError::TwoColumns { name: name.clone() });
            }
        }
        let fields = schema.fields.iter().enumerate().filter(|(_, field)| field.used);
        let used = fields
            .map(|(number, field)| {
                let column = names.iter().position(|name| *name == field.name);
                let column = column.ok_or_else(|| ReadError::NoColumn {
                    event: schema.name.clone(),
                    field: field.name.clone(),
                    similar: similar(&field.name, names.iter().map(String::as_str)),
                    header: names.clone(),
                })?;
                Ok(UsedColumn { field: number, column })
            })
            .collect::<Result<Vec<_>, ReadError>>()?;
        Ok(Self { columns: names.len(), used })
    }
}

/// A column's name: unquoted, without spaces around it.
fn name(raw: &[u8]) -> Result<String, ReadError> {
    let text = unquote(raw).map_err(|_| ReadError::BadHeader { what: "its quotes do not match" })?;
    match str::from_utf8(&text) {
        Ok(name) => Ok(name.trim().to_owned()),
        Err(_) => Err(ReadError::BadHeader { what: "it is not UTF-8" }),
    }
}

#[cfg(test)]
mod tests {
    use portent_rt::{FieldSchema, TimeUnit, Type};

    use super::*;

    fn header(line: &str, fields: &[(&str, bool)]) -> Result<Header, ReadError> {
        let field = |&(name, used): &(&str, bool)| FieldSchema {
            name: name.into(),
            ty: Type::I64,
            nullable: true,
            unit: TimeUnit::Nanos,
            used,
        };
        let schema = EventSchema { name: "Tick".into(), fields: fields.iter().map(field).collect() };
        Header::new(line.split(',').map(str::as_bytes), &schema)
    }

    #[test]
    fn used_fields_are_found_by_name() {
        let header = header("a,\"b\", c", &[("c", true), ("x", false), ("b", true)]).unwrap();
        assert_eq!(header.columns, 3);
        let used: Vec<_> = header.used.iter().map(|used| (used.field, used.column)).collect();
        assert_eq!(used, [(0, 2), (2, 1)]);
    }

    #[test]
    fn what_a_header_may_not_be() {
        let error = header("price,Volume", &[("volume", true)]).unwrap_err().to_string();
        assert!(error.contains("`volume`") && error.ends_with("did you mean `Volume`?"), "{error}");
        let error = header("a,b", &[("quantity", true)]).unwrap_err().to_string();
        assert!(error.ends_with("it has: a, b"), "{error}");
        assert!(matches!(header("a,b,a", &[]), Err(ReadError::TwoColumns { .. })));
        assert!(header("a,,", &[("a", true)]).is_ok());
        assert!(matches!(header("\"a", &[]), Err(ReadError::BadHeader { .. })));
    }
}
