//! The variables of a pattern, and where each can be read from.

use super::Context;
use super::shape::{Element, Sequence};
use crate::ast::Step;
use crate::diag::{Code, Diagnostic};
use crate::hir::{self, TypeId, VarId};
use crate::span::Span;
use std::collections::HashMap;

/// An element that encloses a step, and which side of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Enclosing {
    element: u32,
    side: u32,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Any,
    All,
    Repeat { many: bool, optional: bool },
}

impl Enclosing {
    pub(super) const fn any(element: u32, side: usize) -> Self {
        Self { element, side: side as u32, form: Form::Any }
    }

    pub(super) const fn all(element: u32, side: usize) -> Self {
        Self { element, side: side as u32, form: Form::All }
    }

    pub(super) fn repeat(element: u32, min: u32, max: Option<u32>) -> Self {
        Self { element, side: 0, form: Form::Repeat { many: max != Some(1), optional: min == 0 } }
    }

    fn is_optional(self) -> bool {
        matches!(self.form, Form::Any | Form::Repeat { optional: true, .. })
    }

    fn is_many(self) -> bool {
        matches!(self.form, Form::Repeat { many: true, .. })
    }
}

/// A place in a pattern: what encloses it, outermost first, and which step (or negation) of the text it is.
#[derive(Clone, Default, Debug)]
pub(super) struct Place {
    pub(super) path: Vec<Enclosing>,
    pub(super) step: u32,
}

impl Place {
    /// Behind the whole pattern.
    pub(super) fn end() -> Self {
        Self { path: Vec::new(), step: u32::MAX }
    }
}

/// A variable.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) span: Span,
    /// `None`: unknown, which was reported.
    pub(super) ty: Option<TypeId>,
    place: Place,
}

/// How a variable can be read from a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sight {
    /// It is one event; perhaps none.
    One { optional: bool },
    /// It is several events; perhaps none.
    Many { empty: bool },
    /// It is this step's own variable, and bound by it.
    Own,
    /// It is bound later.
    Later,
    /// It is of another side of `|` or `&`.
    OtherSide,
}

/// The variables of a pattern, in order of appearance.
#[derive(Default)]
pub(super) struct Variables {
    list: Vec<Variable>,
    by_name: HashMap<String, VarId>,
}

impl Variables {
    /// Finds all variables of a pattern; reports those that are bound twice.
    pub(super) fn of(body: &Sequence<'_>, context: &mut Context<'_>) -> Self {
        let mut collector = Collector { variables: Self::default(), place: Place::default(), context };
        collector.sequence(body);
        collector.variables
    }

    /// The variable of a name.
    pub(super) fn find(&self, name: &str) -> Option<VarId> {
        self.by_name.get(name).copied()
    }

    /// A variable.
    pub(super) fn get(&self, id: VarId) -> &Variable {
        &self.list[id.0 as usize]
    }

    /// All, with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (VarId, &Variable)> {
        self.list.iter().enumerate().map(|(index, variable)| (VarId(index as u32), variable))
    }

    /// All names, for suggestions.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|variable| variable.name.as_str())
    }
}

impl Variable {
    /// Whether it may be bound more than once.
    pub(super) fn repeated(&self) -> bool {
        self.place.path.iter().any(|enclosing| enclosing.is_many())
    }

    /// Whether a match may leave it without an event.
    pub(super) fn optional(&self) -> bool {
        self.place.path.iter().any(|enclosing| enclosing.is_optional())
    }

    /// For the next stage, unless its type is unknown.
    pub(super) fn to_hir(&self) -> Option<hir::Variable> {
        let (repeated, optional) = (self.repeated(), self.optional());
        self.ty.map(|ty| hir::Variable { name: self.name.clone(), ty, repeated, optional, span: self.span })
    }

    /// How the variable can be read one by one from `reader`.
    pub(super) fn seen_from(&self, reader: &Place) -> Sight {
        let shared = self.shared(reader);
        if let Some(other) = self.other_side(reader, shared) {
            return other;
        }
        let own = &self.place.path[shared..];
        let optional = own.iter().any(|enclosing| enclosing.is_optional());
        let many = own.iter().any(|enclosing| enclosing.is_many());
        match self.place.step.cmp(&reader.step) {
            std::cmp::Ordering::Less if many => Sight::Many { empty: optional },
            std::cmp::Ordering::Less => Sight::One { optional },
            std::cmp::Ordering::Equal => Sight::Own,
            std::cmp::Ordering::Greater => Sight::Later,
        }
    }

    /// How an aggregate at `reader` sees the variable: what has been bound so far, in earlier iterations too.
    pub(super) fn aggregated_from(&self, reader: &Place) -> Sight {
        if !self.repeated() {
            return self.seen_from(reader);
        }
        let shared = self.shared(reader);
        if let Some(other) = self.other_side(reader, shared) {
            return other;
        }
        let before = self.place.step < reader.step;
        let again = self.place.path[..shared].iter().any(|enclosing| enclosing.is_many());
        if !before && !again {
            return Sight::Later;
        }
        Sight::Many {
            empty: !before || self.place.path[shared..].iter().any(|enclosing| enclosing.is_optional()),
        }
    }

    /// How many enclosing elements the variable has in common with a place.
    fn shared(&self, reader: &Place) -> usize {
        self.place.path.iter().zip(&reader.path).take_while(|(mine, theirs)| mine == theirs).count()
    }

    fn other_side(&self, reader: &Place, shared: usize) -> Option<Sight> {
        let (mine, theirs) = (self.place.path.get(shared)?, reader.path.get(shared)?);
        (mine.element == theirs.element).then_some(Sight::OtherSide)
    }
}

struct Collector<'c, 'd> {
    variables: Variables,
    place: Place,
    context: &'c mut Context<'d>,
}

impl Collector<'_, '_> {
    /// Steps are counted as `guards` counts them: negations before the part that they guard.
    fn sequence(&mut self, sequence: &Sequence<'_>) {
        for part in &sequence.parts {
            self.place.step += part.absent.len() as u32;
            match &part.element {
                Element::Step(step) => self.step(step),
                Element::Any(number, sides) => {
                    self.sides(sides, |side| Enclosing::any(*number, side));
                }
                Element::All(number, sides) => {
                    self.sides(sides, |side| Enclosing::all(*number, side));
                }
                Element::Repeat(number, repeat) => {
                    self.place.path.push(Enclosing::repeat(*number, repeat.min, repeat.max));
                    self.sequence(&repeat.body);
                    self.place.path.pop();
                }
            }
        }
    }

    fn sides(&mut self, sides: &[Sequence<'_>], enclosing: impl Fn(usize) -> Enclosing) {
        for (index, side) in sides.iter().enumerate() {
            self.place.path.push(enclosing(index));
            self.sequence(side);
            self.place.path.pop();
        }
    }

    fn step(&mut self, step: &Step) {
        self.place.step += 1;
        let Some(name) = &step.variable else { return };
        let id = VarId(self.variables.list.len() as u32);
        if let Some(earlier) = self.variables.find(&name.name) {
            let message = format!("the variable `{}` is bound twice", name.name);
            let diagnostic = Diagnostic::new(Code::DuplicateVariable, name.span, message)
                .label(self.variables.get(earlier).span, "bound here first")
                .label(name.span, "bound again")
                .help("give this step another name, or none");
            self.context.report(diagnostic);
        } else {
            self.variables.by_name.insert(name.name.clone(), id);
        }
        // A type that is not declared is reported where the step is resolved.
        let ty = self.context.catalog.find(&step.ty.name).flatten();
        let place = self.place.clone();
        self.variables.list.push(Variable { name: name.name.clone(), span: name.span, ty, place });
    }
}
