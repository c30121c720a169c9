//! Columns of events, built by name and checked against the event type that the rules declare.

use std::fmt;

use portent_rt::{Batch, Column, EventSchema, Type};

/// A builder of a [`Batch`]: one column for each field that the rules read, all equally long.
///
/// ```
/// use portent::jit::Engine;
/// use portent::Matches;
///
/// let engine = Engine::compile(
///     "event Load { cpu: f64, at: timestamp } time at
///      query High from Load[cpu > 0.9] emit { cpu }",
/// )?;
/// let batch = engine
///     .columns("Load")
///     .f64("cpu", vec![0.5, 0.95, 0.2])
///     .timestamp("at", vec![1, 2, 3])
///     .build()?;
/// let mut instance = engine.instance();
/// let mut matches = Matches::new(engine.outputs());
/// instance.push_columns("Load", &batch, &mut matches)?;
/// instance.finish(&mut matches)?;
/// assert_eq!(matches.outputs[0].ts, [2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Columns<'a> {
    schema: Option<&'a EventSchema>,
    columns: Vec<Option<Column>>,
    error: Option<ColumnsError>,
}

/// What does not fit in columns of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnsError {
    /// The rules declare no event type of this name.
    NoType(String),
    /// The event type has no field of this name.
    NoField {
        /// The event type.
        ty: String,
        /// The field.
        field: String,
    },
    /// The column is of another type than the field.
    WrongType {
        /// The field.
        field: String,
        /// Its type.
        wanted: Type,
        /// That of the column.
        given: Type,
    },
    /// The column has nulls and the field may not.
    Null(String),
    /// The rules read the field and there is no column for it.
    Missing(String),
    /// The column is not as long as the others.
    Length {
        /// The field.
        field: String,
        /// The rows of the others.
        wanted: usize,
        /// The rows of this one.
        given: usize,
    },
}

impl fmt::Display for ColumnsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoType(ty) => write!(f, "the rules declare no event `{ty}`"),
            Self::NoField { ty, field } => write!(f, "the event `{ty}` has no field `{field}`"),
            Self::WrongType { field, wanted, given } => {
                write!(f, "the field `{field}` is {}, the column {}", wanted.name(), given.name())
            }
            Self::Null(field) => write!(f, "the field `{field}` may not be null, and the column has nulls"),
            Self::Missing(field) => {
                write!(f, "the rules read the field `{field}`, and there is no column for it")
            }
            Self::Length { field, wanted, given } => {
                write!(f, "the column `{field}` has {given} rows, the others have {wanted}")
            }
        }
    }
}

impl std::error::Error for ColumnsError {}

impl<'a> Columns<'a> {
    /// A builder for events of a type, which the rules declare (`None`: they do not declare `name`).
    pub(crate) fn new(name: &str, schema: Option<&'a EventSchema>) -> Self {
        let fields = schema.map_or(0, |schema| schema.fields.len());
        let error = schema.is_none().then(|| ColumnsError::NoType(name.to_owned()));
        Self { schema, columns: vec![None; fields], error }
    }

    /// A column of truth values.
    #[must_use]
    pub fn bool(self, field: &str, values: Vec<bool>) -> Self {
        self.column(field, Column::from_bool(values))
    }

    /// A column of integers.
    #[must_use]
    pub fn i64(self, field: &str, values: Vec<i64>) -> Self {
        self.column(field, Column::from_i64(Type::I64, values))
    }

    /// A column of doubles.
    #[must_use]
    pub fn f64(self, field: &str, values: Vec<f64>) -> Self {
        self.column(field, Column::from_f64(values))
    }

    /// A column of text.
    #[must_use]
    pub fn str<'t>(self, field: &str, values: impl IntoIterator<Item = &'t str>) -> Self {
        self.column(field, Column::from_strs(values))
    }

    /// A column of times, in nanoseconds since the epoch.
    #[must_use]
    pub fn timestamp(self, field: &str, values: Vec<i64>) -> Self {
        self.column(field, Column::from_i64(Type::Timestamp, values))
    }

    /// A column of durations, in nanoseconds.
    #[must_use]
    pub fn duration(self, field: &str, values: Vec<i64>) -> Self {
        self.column(field, Column::from_i64(Type::Duration, values))
    }

    /// A column of any type, perhaps with nulls.
    #[must_use]
    pub fn column(mut self, field: &str, column: Column) -> Self {
        if let (Some(schema), None) = (self.schema, &self.error) {
            match Self::place(schema, field, column) {
                Ok((index, column)) => self.columns[index] = Some(column),
                Err(error) => self.error = Some(error),
            }
        }
        self
    }

    fn place(schema: &EventSchema, field: &str, mut column: Column) -> Result<(usize, Column), ColumnsError> {
        let Some(index) = schema.fields.iter().position(|known| known.name == field) else {
            return Err(ColumnsError::NoField { ty: schema.name.clone(), field: field.to_owned() });
        };
        let known = &schema.fields[index];
        if known.ty != column.ty() {
            return Err(ColumnsError::WrongType {
                field: field.to_owned(),
                wanted: known.ty,
                given: column.ty(),
            });
        }
        if !known.nullable && (0..column.len()).any(|row| column.is_null(row)) {
            return Err(ColumnsError::Null(field.to_owned()));
        }
        if known.nullable {
            column.make_nullable();
        }
        Ok((index, column))
    }

    /// The batch.
    ///
    /// # Errors
    /// The first column that does not fit, or that is missing.
    pub fn build(self) -> Result<Batch, ColumnsError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let schema = self.schema.expect("a builder without a schema has an error");
        let rows = self.columns.iter().flatten().map(Column::len).next().unwrap_or(0);
        let mut columns = Vec::with_capacity(self.columns.len());
        for (field, column) in schema.fields.iter().zip(self.columns) {
            match column {
                Some(column) if column.len() != rows => {
                    let (wanted, given) = (rows, column.len());
                    return Err(ColumnsError::Length { field: field.name.clone(), wanted, given });
                }
                Some(column) => columns.push(column),
                None if field.used => return Err(ColumnsError::Missing(field.name.clone())),
                None => columns.push(Column::new(field.ty, field.nullable)),
            }
        }
        Ok(Batch { columns, len: rows })
    }
}
