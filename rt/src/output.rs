//! Matches: what rules emit, as columns, in the order of the events that completed them.

use alloc::string::String;
use alloc::vec::Vec;

use crate::column::{Column, Value};
use crate::schema::Type;

/// What one rule emits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputSchema {
    /// The rule's name, which is the name of the event type that it emits.
    pub name: String,
    /// The emitted fields, in order.
    pub fields: Vec<OutputField>,
    /// The columns that hold the leaves of the fields.
    pub columns: Vec<OutputColumn>,
}

/// A named part of what is emitted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputField {
    /// Its name.
    pub name: String,
    /// What stands there.
    pub shape: Shape,
}

/// How columns make up an emitted field. Numbers are of [`OutputSchema::columns`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shape {
    /// One value.
    Scalar(usize),
    /// A list of values.
    List(usize),
    /// A whole event; null where the `bool` column `present` is false.
    Record {
        /// Whether the event is there, if it may be missing.
        present: Option<usize>,
        /// Its fields.
        fields: Vec<OutputField>,
    },
    /// The events of a repetition: fields that are lists of equal length.
    Records(Vec<OutputField>),
}

/// A leaf column of an output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutputColumn {
    /// The type of its values, or of the items of its lists.
    pub ty: Type,
    /// Whether null is a value of it.
    pub nullable: bool,
    /// Whether it holds lists.
    pub list: bool,
}

/// The matches of one rule.
#[derive(Clone, Debug, Default)]
pub struct OutputBatch {
    /// When each match completed.
    pub ts: Vec<i64>,
    /// The leaves, by [`OutputSchema::columns`], each as long as `ts`: [`Matches::clear`] leaves alone what has no `ts`.
    pub columns: Vec<Column>,
}

impl OutputBatch {
    /// No matches of the given shape.
    pub fn new(schema: &OutputSchema) -> Self {
        let column = |of: &OutputColumn| match of.list {
            true => Column::list(of.ty),
            false => Column::new(of.ty, of.nullable),
        };
        Self { ts: Vec::new(), columns: schema.columns.iter().map(column).collect() }
    }

    /// Appends the matches of another batch of the same shape.
    ///
    /// # Panics
    /// If the shape is another.
    pub fn append(&mut self, from: &Self) {
        self.ts.extend_from_slice(&from.ts);
        self.columns.iter_mut().zip(&from.columns).for_each(|(to, from)| to.append(from));
    }

    /// Forgets all matches, keeping the memory.
    pub fn clear(&mut self) {
        self.ts.clear();
        self.columns.iter_mut().for_each(Column::clear);
    }
}

/// The matches that a stretch of input gave, of all rules.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    /// By rule, in the order of the program's outputs.
    pub outputs: Vec<OutputBatch>,
    /// All of them in order: by time of completion, then by completing event, then by rule.
    pub order: Vec<MatchRef>,
}

/// One match: a row of a rule's output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MatchRef {
    /// The rule, a number of [`Matches::outputs`].
    pub rule: u32,
    /// The row of its batch.
    pub row: u32,
}

impl Matches {
    /// No matches of the given rules.
    pub fn new(schemas: &[OutputSchema]) -> Self {
        Self { outputs: schemas.iter().map(OutputBatch::new).collect(), order: Vec::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Every match in order.
    pub fn iter<'a>(&'a self, schemas: &'a [OutputSchema]) -> impl Iterator<Item = Match<'a>> {
        self.order.iter().map(|at| Match {
            schema: &schemas[at.rule as usize],
            batch: &self.outputs[at.rule as usize],
            row: at.row as usize,
        })
    }

    /// Appends other matches, of the same rules, behind these.
    ///
    /// # Panics
    /// If the rules are others.
    pub fn append(&mut self, from: &Self) {
        let bases: Vec<u32> = self.outputs.iter().map(|output| output.ts.len() as u32).collect();
        self.outputs.iter_mut().zip(&from.outputs).for_each(|(to, from)| to.append(from));
        let moved = |at: &MatchRef| MatchRef { rule: at.rule, row: at.row + bases[at.rule as usize] };
        self.order.extend(from.order.iter().map(moved));
    }

    /// Forgets all matches, keeping the memory.
    pub fn clear(&mut self) {
        // PERF: of a thousand rules most have matched nothing, and have three columns each.
        self.outputs.iter_mut().filter(|output| !output.ts.is_empty()).for_each(OutputBatch::clear);
        self.order.clear();
    }
}

/// A view of one match.
#[derive(Clone, Copy, Debug)]
pub struct Match<'a> {
    /// What the rule emits.
    pub schema: &'a OutputSchema,
    /// Where the match lies.
    pub batch: &'a OutputBatch,
    /// At which row.
    pub row: usize,
}

/// An emitted value that may be nested, for tests and writers.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// A scalar or a list of scalars.
    Value(Value),
    /// A whole event.
    Record(Vec<(String, Tree)>),
    /// The events of a repetition.
    Records(Vec<Vec<(String, Tree)>>),
}

impl Match<'_> {
    /// When the match completed, in nanoseconds since the epoch.
    pub fn ts(&self) -> i64 {
        self.batch.ts[self.row]
    }

    /// The emitted fields, by name and in order.
    pub fn fields(&self) -> Vec<(String, Tree)> {
        self.record(&self.schema.fields)
    }

    /// One emitted field.
    pub fn get(&self, name: &str) -> Option<Tree> {
        let field = self.schema.fields.iter().find(|field| field.name == name)?;
        Some(self.tree(&field.shape))
    }

    fn record(&self, fields: &[OutputField]) -> Vec<(String, Tree)> {
        fields.iter().map(|field| (field.name.clone(), self.tree(&field.shape))).collect()
    }

    fn tree(&self, shape: &Shape) -> Tree {
        match shape {
            Shape::Scalar(column) | Shape::List(column) => Tree::Value(self.value(*column)),
            Shape::Record { present: Some(present), .. } if self.value(*present) != Value::Bool(true) => {
                Tree::Value(Value::Null)
            }
            Shape::Record { fields, .. } => Tree::Record(self.record(fields)),
            Shape::Records(fields) => Tree::Records(self.records(fields)),
        }
    }

    fn value(&self, column: usize) -> Value {
        self.batch.columns[column].get(self.row)
    }

    fn records(&self, fields: &[OutputField]) -> Vec<Vec<(String, Tree)>> {
        let mut rows: Vec<Vec<(String, Tree)>> = Vec::new();
        for field in fields {
            let Shape::List(column) = field.shape else { unreachable!("records are made of lists") };
            let Value::List(items) = self.value(column) else { unreachable!("a list column holds lists") };
            rows.resize(items.len(), Vec::new());
            for (row, item) in rows.iter_mut().zip(items) {
                row.push((field.name.clone(), Tree::Value(item)));
            }
        }
        rows
    }
}
