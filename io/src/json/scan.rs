//! Scans a row: finds its type and the cells of its used fields, and checks that it is a JSON object.

use std::collections::HashMap;

use portent_rt::EventSchema;

use super::dialect::string;
use super::shape::{NodeId, Shapes, Use};
use super::string::unescape;
use super::syntax::{SyntaxError, byte, error, key_end, line_end, skip_space, string_end, value_end};
use crate::bad::{BadRowReason, similar};
use crate::cell::Cell;

/// The rows of one event type that were scanned and are to be decoded.
#[derive(Default)]
pub(super) struct Rows {
    /// Row after row, a cell for each used field.
    pub(super) cells: Vec<Cell>,
    /// How many there are: a type may have no used field.
    pub(super) count: usize,
}

/// What a scanner knows of an event type.
struct TypeInfo {
    name: String,
    /// The name as it stands in the input.
    quoted: Vec<u8>,
    /// The numbers of the used fields, among these.
    slots: HashMap<Vec<u8>, u32>,
}

/// Scans rows of some event types.
pub(super) struct Scanner {
    types: Vec<TypeInfo>,
    type_field: String,
    /// The type that all rows have, if that is so.
    only: Option<usize>,
    shapes: Shapes,
    last_type: usize,
    /// Values that came before the type of their row was known.
    kept: Vec<Kept>,
}

/// A value of a key, by its node, or by its text where the node is fleeting.
struct Kept {
    node: NodeId,
    key: Option<Box<[u8]>>,
    cell: Cell,
}

/// Why a row was not scanned.
pub(super) enum RowError {
    Syntax(SyntaxError),
    Reason(BadRowReason),
}

impl From<SyntaxError> for RowError {
    fn from(error: SyntaxError) -> Self {
        Self::Syntax(error)
    }
}

impl From<BadRowReason> for RowError {
    fn from(reason: BadRowReason) -> Self {
        Self::Reason(reason)
    }
}

/// A row that was scanned: its type, and where its line feed is.
pub(super) struct Scanned {
    pub(super) ty: usize,
    pub(super) end: usize,
}

impl Scanner {
    pub(super) fn new(schemas: &[EventSchema], type_field: &str, only: Option<usize>) -> Self {
        let info = |schema: &EventSchema| {
            let used = schema.fields.iter().filter(|field| field.used);
            let slots = used.enumerate().map(|(slot, field)| (field.name.as_bytes().to_vec(), slot as u32));
            TypeInfo {
                name: schema.name.clone(),
                quoted: format!("\"{}\"", schema.name).into_bytes(),
                slots: slots.collect(),
            }
        };
        // Where there is one type, a field of it that is named like the type field is just that.
        let only_schema = only.and_then(|ty| schemas.get(ty));
        let declared =
            only_schema.is_some_and(|schema| schema.fields.iter().any(|field| field.name == type_field));
        Self {
            types: schemas.iter().map(info).collect(),
            type_field: if declared { String::new() } else { type_field.to_owned() },
            only,
            shapes: Shapes::new(schemas.len() + 1),
            last_type: 0,
            kept: Vec::new(),
        }
    }

    /// Scans the row that starts at `start` of `text` and adds it to the rows of its type. On an error nothing
    /// is added.
    pub(super) fn row(&mut self, text: &[u8], start: usize, rows: &mut [Rows]) -> Result<Scanned, RowError> {
        let mut row = Row { ty: None, first_cell: 0, context: self.types.len() };
        let scanned = self.scan(text, start, rows, &mut row);
        if let (Err(_), Some(ty)) = (&scanned, row.ty) {
            rows[ty].cells.truncate(row.first_cell);
            rows[ty].count -= 1;
        }
        scanned
    }

    #[inline(always)]
    fn scan(
        &mut self,
        text: &[u8],
        start: usize,
        rows: &mut [Rows],
        row: &mut Row,
    ) -> Result<Scanned, RowError> {
        if let Some(ty) = self.only {
            self.begin(ty, row, rows);
        }
        self.kept.clear();
        self.shapes.tidy();
        let (mut at, mut node) = (start, row.context as NodeId);
        loop {
            (node, at) = match self.shapes.predicted(node, text, at) {
                Some(next) => next,
                None => match self.next_key(text, start, at, node, row.context)? {
                    Next::Key(node, at) => (node, at),
                    Next::End(at) => return self.end(text, at, row.ty),
                },
            };
            if byte(text, at) <= b' ' {
                // More space than was predicted.
                at = skip_space(text, at);
            }
            let (end, escaped) = value_end(text, at)?;
            let cell = Cell::new(at, end).escaped(escaped);
            match self.shapes.node(node).usage {
                Use::Skip => {}
                Use::Slot(slot) => row.set(slot, cell, rows),
                Use::Keep => self.keep(node, cell),
                Use::Type(slot) => {
                    let ty = self.find_type(text, cell)?;
                    if let Some(slot) = slot {
                        row.set(slot, cell, rows);
                    }
                    if row.ty.is_none() {
                        self.begin(ty, row, rows);
                        self.place_kept(node, cell, row, rows);
                        node = row.context as NodeId;
                    } else if row.ty != Some(ty) {
                        return Err(BadRowReason::TwoTypes.into());
                    }
                }
            }
            at = end;
        }
    }

    /// Makes room for a row of type `ty`.
    #[inline(always)]
    fn begin(&self, ty: usize, row: &mut Row, rows: &mut [Rows]) {
        let of_type = &mut rows[ty];
        *row = Row { ty: Some(ty), first_cell: of_type.cells.len(), context: ty };
        of_type.cells.resize(row.first_cell + self.types[ty].slots.len(), Cell::MISSING);
        of_type.count += 1;
    }

    /// Puts the values that came before the type, and the type itself, where they belong.
    #[inline(always)]
    fn place_kept(&mut self, type_node: NodeId, type_cell: Cell, row: &Row, rows: &mut [Rows]) {
        let slots = &self.types[row.context].slots;
        if slots.is_empty() {
            return;
        }
        let of_type = Kept { node: type_node, key: None, cell: type_cell };
        for Kept { node, key, cell } in self.kept.drain(..).chain([of_type]) {
            let key = key.as_deref().unwrap_or(&self.shapes.node(node).key);
            if let Some(&slot) = slots.get(key) {
                row.set(slot, cell, rows);
            }
        }
    }

    #[inline(always)]
    fn keep(&mut self, node: NodeId, cell: Cell) {
        let key = self.shapes.is_fleeting(node).then(|| self.shapes.node(node).key.clone());
        self.kept.push(Kept { node, key, cell });
    }

    /// Reads the next key, or the end of the object, by the grammar.
    #[inline(never)]
    fn next_key(
        &mut self,
        text: &[u8],
        start: usize,
        at: usize,
        after: NodeId,
        context: usize,
    ) -> Result<Next, RowError> {
        let mut key_at = skip_space(text, at);
        if at == start {
            if byte(text, key_at) != b'{' {
                return Err(not_an_object(text, key_at));
            }
            key_at = skip_space(text, key_at + 1);
        }
        match byte(text, key_at) {
            b'}' => return Ok(Next::End(key_at + 1)),
            b',' if at != start => key_at = skip_space(text, key_at + 1),
            _ if at != start => return Ok(error("`,` or `}` was expected", key_at)?),
            _ => {}
        }
        let value_at = key_end(text, key_at)?;
        let (key_text_end, escaped) = string_end(text, key_at + 1)?;
        let raw = &text[key_at + 1..key_text_end - 1];
        let (types, type_field) = (&self.types, &self.type_field);
        let node = self.shapes.learn(after, context, &text[at..value_at], || {
            // A key that is no text is no field's name.
            let key = match escaped {
                true => unescape(raw).map_or_else(|_| raw.to_vec(), String::into_bytes),
                false => raw.to_vec(),
            };
            let slot = types.get(context).and_then(|info| info.slots.get(&key).copied());
            let usage = match slot {
                _ if !type_field.is_empty() && key == type_field.as_bytes() => Use::Type(slot),
                Some(slot) => Use::Slot(slot),
                None if context == types.len() => Use::Keep,
                None => Use::Skip,
            };
            (key, usage)
        });
        Ok(Next::Key(node, value_at))
    }

    /// The end of the row, after its closing brace.
    #[inline(always)]
    fn end(&self, text: &[u8], at: usize, ty: Option<usize>) -> Result<Scanned, RowError> {
        let end = skip_space(text, at);
        if byte(text, end) != b'\n' {
            return Ok(error("text after the object", end)?);
        }
        match ty {
            Some(ty) => Ok(Scanned { ty, end }),
            None => Err(BadRowReason::NoType { field: self.type_field.clone() }.into()),
        }
    }

    /// The type that the type field's value names.
    #[inline(always)]
    fn find_type(&mut self, text: &[u8], cell: Cell) -> Result<usize, BadRowReason> {
        let raw = cell.of(text);
        let last = self.last_type;
        if self.types[last].quoted == raw && self.only.is_none_or(|only| only == last) {
            return Ok(last);
        }
        let ty = self.types.iter().position(|info| info.quoted == raw);
        self.last_type = match ty {
            Some(ty) if self.only.is_none_or(|only| only == ty) => ty,
            _ => self.find_type_by_text(text, cell)?,
        };
        Ok(self.last_type)
    }

    #[cold]
    fn find_type_by_text(&self, text: &[u8], cell: Cell) -> Result<usize, BadRowReason> {
        let name = match cell.of(text) {
            [b'"', ..] => string(text, cell)?,
            raw => String::from_utf8_lossy(raw),
        };
        let expected = |ty: &usize| self.only.is_none_or(|only| only == *ty);
        let types = (0..self.types.len()).filter(expected);
        let quoted = byte(text, cell.start as usize) == b'"';
        let found = types.clone().find(|&ty| quoted && self.types[ty].name == name);
        found.ok_or_else(|| BadRowReason::UnknownType {
            similar: similar(&name, types.map(|ty| self.types[ty].name.as_str())),
            name: crate::bad::shorten(name.as_bytes()),
        })
    }
}

/// What follows a value.
enum Next {
    /// A key, and where its value starts.
    Key(NodeId, usize),
    /// The end of the object.
    End(usize),
}

/// A row as far as it was scanned.
struct Row {
    ty: Option<usize>,
    /// The number of its first cell, among those of its type.
    first_cell: usize,
    /// Its type, or, not known yet, the number of types.
    context: usize,
}

impl Row {
    #[inline(always)]
    fn set(&self, slot: u32, cell: Cell, rows: &mut [Rows]) {
        rows[self.context].cells[self.first_cell + slot as usize] = cell;
    }
}

/// What to say of a line that is not an object: that, if it is JSON at all.
fn not_an_object(text: &[u8], at: usize) -> RowError {
    let value = value_end(text, at).map(|(end, _)| skip_space(text, end));
    match value {
        Ok(end) if end == line_end(text, at) => BadRowReason::NotAnObject.into(),
        Ok(end) => SyntaxError { what: "text after the value", at: end }.into(),
        Err(error) => error.into(),
    }
}
