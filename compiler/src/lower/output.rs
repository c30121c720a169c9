//! What a rule emits, as leaf columns.

use crate::hir::{self, Emit, EmitValue, FieldId, PatternRule, VarId};
use crate::scalar::{Kind, Type};
use portent_rt::output::{OutputColumn, OutputField, OutputSchema, Shape};

/// What fills one column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Leaf {
    /// A value.
    Value(hir::Expr),
    /// The list in a column of a window operator's row, with the type of its items.
    Collected(FieldId, Type),
    /// The value of each event of a repeated variable.
    List(VarId, hir::Expr),
    /// Whether a variable has an event.
    Present(VarId),
}

/// The columns of a rule's output.
pub(super) struct Emission {
    pub(super) schema: OutputSchema,
    pub(super) leaves: Vec<Leaf>,
    /// The column of each field of the rule's event type: of each scalar that is emitted.
    pub(super) event_columns: Vec<usize>,
}

/// Lays out `emit`; `pattern` is where its variables are, if it is that of a pattern.
pub(super) fn emission(
    program: &hir::Program,
    name: &str,
    emit: &[Emit],
    pattern: Option<&PatternRule>,
) -> Emission {
    let mut layout = Layout { program, pattern, columns: vec![], leaves: vec![] };
    let mut event_columns = Vec::new();
    let mut fields = Vec::new();
    for field in emit {
        let shape = match &field.value {
            EmitValue::Scalar(value) => {
                event_columns.push(layout.columns.len());
                Shape::Scalar(layout.value(value.clone()))
            }
            EmitValue::List { variable, item } => Shape::List(layout.list(*variable, item.clone())),
            EmitValue::Collected(column, ty) => {
                Shape::List(layout.add(Leaf::Collected(*column, *ty), *ty, true))
            }
            EmitValue::Record(variable) => layout.record(*variable),
            EmitValue::Records(variable) => layout.records(*variable),
        };
        fields.push(OutputField { name: field.name.clone(), shape });
    }
    let schema = OutputSchema { name: name.to_owned(), fields, columns: layout.columns };
    Emission { schema, leaves: layout.leaves, event_columns }
}

struct Layout<'a> {
    program: &'a hir::Program,
    pattern: Option<&'a PatternRule>,
    columns: Vec<OutputColumn>,
    leaves: Vec<Leaf>,
}

impl Layout<'_> {
    fn add(&mut self, leaf: Leaf, ty: Type, list: bool) -> usize {
        self.columns.push(OutputColumn { ty: ty.kind, nullable: ty.nullable, list });
        self.leaves.push(leaf);
        self.leaves.len() - 1
    }

    fn value(&mut self, value: hir::Expr) -> usize {
        let ty = value.ty();
        self.add(Leaf::Value(value), ty, false)
    }

    fn list(&mut self, variable: VarId, item: hir::Expr) -> usize {
        let ty = item.ty();
        self.add(Leaf::List(variable, item), ty, true)
    }

    fn fields_of(&self, variable: VarId) -> (bool, Vec<(String, FieldId, Type)>) {
        let pattern = self.pattern.expect("only patterns have variables");
        let variable = &pattern.variables[variable.0 as usize];
        let fields = &self.program.ty(variable.ty).fields;
        let list = fields
            .iter()
            .enumerate()
            .map(|(index, field)| (field.name.clone(), FieldId(index as u32), field.ty));
        (variable.optional, list.collect())
    }

    fn record(&mut self, variable: VarId) -> Shape {
        let (optional, fields) = self.fields_of(variable);
        let present = optional.then(|| self.add(Leaf::Present(variable), Type::new(Kind::Bool), false));
        let fields = fields.into_iter().map(|(name, field, ty)| {
            let column = self.value(hir::Expr::var(variable, field, ty, optional));
            OutputField { name, shape: Shape::Scalar(column) }
        });
        Shape::Record { present, fields: fields.collect() }
    }

    fn records(&mut self, variable: VarId) -> Shape {
        let (_, fields) = self.fields_of(variable);
        let fields = fields.into_iter().map(|(name, field, ty)| {
            let column = self.list(variable, hir::Expr::item(field, ty));
            OutputField { name, shape: Shape::List(column) }
        });
        Shape::Records(fields.collect())
    }
}
