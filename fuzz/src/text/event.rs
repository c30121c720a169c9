//! Inputs as lines: `Tick IBM 100.0 @1` and `watermark @5`.

use super::time::{Unit, parse_time, print_time};
use super::token::tokens;
use super::value::{parse_value, print_value};
use portent_compiler::hir::{self, ExprKind, Program, Source, TypeId};
use portent_compiler::oracle::{Input, InputEvent};
use portent_rt::Value;

/// What lines of a program's events look like.
#[derive(Clone, Debug)]
pub struct Schema {
    types: Vec<Declared>,
    unit: Unit,
}

#[derive(Clone, Debug)]
struct Declared {
    id: TypeId,
    name: String,
    fields: Vec<hir::Field>,
    /// The field that is the event's time, if it is one.
    time: Option<usize>,
}

impl Schema {
    /// Of the declared event types of a program.
    pub fn new(program: &Program) -> Schema {
        let mut types = Vec::new();
        for (id, ty) in (0..).map(TypeId).zip(&program.types) {
            let Source::Input { time, .. } = &ty.source else { continue };
            let time = match time.as_ref().map(hir::Expr::kind) {
                Some(ExprKind::Field(field)) => Some(field.0 as usize),
                _ => None,
            };
            types.push(Declared { id, name: ty.name.clone(), fields: ty.fields.clone(), time });
        }
        let own = |ty: &Declared| ty.time.map(|field| ty.fields[field].unit);
        let unit = types.iter().find_map(own).unwrap_or(Unit::Seconds);
        Schema { types, unit }
    }

    /// The unit of times that are of no field of the input: that of the first declared event time, otherwise seconds.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// The time of an event that is the value of one of its fields.
    pub fn time_of(&self, event: &InputEvent) -> Option<i64> {
        let ty = self.types.iter().find(|ty| ty.id == event.ty)?;
        match event.values[ty.time?] {
            Value::Timestamp(at) => Some(at),
            _ => None,
        }
    }
}

/// Reads a line; or says what is wrong with it.
pub fn parse_input(line: &str, schema: &Schema) -> Result<Input, String> {
    let mut words = tokens(line)?;
    if words.is_empty() {
        return Err("an empty line".to_owned());
    }
    let name = words.remove(0).text;
    if name == "watermark" {
        let at = words.first().and_then(|word| parse_time(&word.text, schema.unit));
        return at
            .map(Input::Watermark)
            .ok_or_else(|| "`watermark` takes a time, as in `watermark @5`".to_owned());
    }
    let Some(ty) = schema.types.iter().find(|ty| ty.name == name) else {
        return Err(format!("there is no event `{name}`"));
    };
    if words.len() != ty.fields.len() {
        return Err(format!("`{name}` has {} fields, and {} values are given", ty.fields.len(), words.len()));
    }
    // The time may stand last, wherever its field does.
    if let Some(time) = ty.time.filter(|time| !words[*time].text.starts_with('@'))
        && words.last().is_some_and(|last| !last.quoted && last.text.starts_with('@'))
    {
        let last = words.pop().expect("it was looked at");
        words.insert(time, last);
    }
    let value = |(word, field): (_, &hir::Field)| {
        let value = parse_value(word, field.ty.kind, field.unit);
        let value = value
            .ok_or_else(|| format!("{word:?} is no value of `{}`, which is `{}`", field.name, field.ty))?;
        match value == Value::Null && !field.ty.nullable {
            true => Err(format!("`{}` may not be null", field.name)),
            false => Ok(value),
        }
    };
    let values = words.iter().zip(&ty.fields).map(value).collect::<Result<Vec<Value>, String>>()?;
    Ok(Input::Event(InputEvent { ty: ty.id, values }))
}

/// Writes what [`parse_input`] reads.
///
/// # Panics
/// If the event is not of the schema's program.
pub fn print_input(input: &Input, schema: &Schema) -> String {
    let event = match input {
        Input::Event(event) => event,
        Input::Watermark(at) => {
            let mut line = "watermark ".to_owned();
            print_time(*at, schema.unit, &mut line);
            return line;
        }
    };
    let ty = schema.types.iter().find(|ty| ty.id == event.ty).expect("an event of a declared type");
    let mut line = ty.name.clone();
    for (value, field) in event.values.iter().zip(&ty.fields) {
        line.push(' ');
        match value {
            Value::Null => line.push('_'),
            value => print_value(value, field.unit, &mut line),
        }
    }
    line
}
