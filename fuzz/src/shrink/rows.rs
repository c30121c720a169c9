//! Inputs by the names of types and fields, so that they outlive changes of the declarations.

use portent_compiler::hir::{Program, TypeId};
use portent_compiler::oracle::{Input, InputEvent};
use portent_rt::Value;

/// An input.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Row {
    Event { ty: String, values: Vec<(String, Value)> },
    Watermark(i64),
}

/// Inputs of a program as rows.
pub(super) fn from_inputs(inputs: &[Input], program: &Program) -> Vec<Row> {
    let row = |input: &Input| match input {
        Input::Watermark(at) => Row::Watermark(*at),
        Input::Event(event) => {
            let ty = program.ty(event.ty);
            let names = ty.fields.iter().map(|field| field.name.clone());
            Row::Event { ty: ty.name.clone(), values: names.zip(event.values.iter().cloned()).collect() }
        }
    };
    inputs.iter().map(row).collect()
}

/// Rows as inputs of a program, which may no longer have all of the types and fields.
pub(super) fn to_inputs(rows: &[Row], program: &Program) -> Vec<Input> {
    let input = |row: &Row| match row {
        Row::Watermark(at) => Some(Input::Watermark(*at)),
        Row::Event { ty, values } => {
            let (id, ty) =
                (0..).map(TypeId).zip(&program.types).find(|(_, declared)| declared.name == *ty)?;
            let value = |field: &portent_compiler::hir::Field| {
                let (_, value) = values.iter().find(|(name, _)| *name == field.name)?;
                (field.ty.nullable || *value != Value::Null).then(|| value.clone())
            };
            let values = ty.fields.iter().map(value).collect::<Option<Vec<Value>>>()?;
            Some(Input::Event(InputEvent { ty: id, values }))
        }
    };
    rows.iter().filter_map(input).collect()
}

/// Rows that are one value simpler.
pub(super) fn simpler(row: &Row) -> Vec<Row> {
    let Row::Event { ty, values } = row else { return Vec::new() };
    let mut all = Vec::new();
    for (index, (_, value)) in values.iter().enumerate() {
        for simple in simple(value) {
            if simple != *value {
                let mut values = values.clone();
                values[index].1 = simple;
                all.push(Row::Event { ty: ty.clone(), values });
            }
        }
    }
    all
}

const SECOND: i64 = 1_000_000_000;

fn simple(value: &Value) -> Vec<Value> {
    match value {
        Value::Null | Value::List(_) => Vec::new(),
        Value::Bool(_) => vec![Value::Bool(false)],
        Value::I64(0 | 1) => Vec::new(),
        Value::I64(_) => vec![Value::I64(0), Value::I64(1)],
        Value::F64(value) if *value == 0.0 => Vec::new(),
        Value::F64(_) => vec![Value::F64(0.0), Value::F64(1.0)],
        Value::Str(text) if text == "a" => Vec::new(),
        Value::Str(_) => vec![Value::Str("a".to_owned())],
        Value::Timestamp(at) if *at <= 0 => Vec::new(),
        Value::Timestamp(at) => {
            let whole = at.div_euclid(SECOND) * SECOND;
            [0, SECOND, whole - SECOND, whole]
                .into_iter()
                .filter(|less| less < at)
                .map(Value::Timestamp)
                .collect()
        }
        Value::Duration(0) => Vec::new(),
        Value::Duration(_) => vec![Value::Duration(0), Value::Duration(SECOND)],
    }
}
