//! Where operators run if there are several workers.
//!
//! Operators that read each other's rows are a *component*. It is divided over the workers if that cannot be seen in what it emits:
//!
//! - what reads inputs alone has a key, by which its rows are divided, or is stateless;
//! - what reads matches finds those of its partition on one worker: it is stateless, or its key is the key of what it reads;
//! - no bound counts over all partitions, or stops the program.
//!
//! Any other component runs whole on one worker. Deadlines and windows over matches are refused a division since their
//! order (by the first event in them) is one of matches, which have no numbers that are the same on all workers.

use crate::hir::{self, AggOp, EmitValue, ExprKind, Limits, PatternRule, Policy, RuleBody, VarId};
use crate::lir::{self, EventType, Expr, FieldId, Key, Placement, Rule, Source, Stmt, TypeId, Window};

/// Windows of more hops stay whole: so many may end together at the end of time, where their order takes part of
/// a number of limited size.
const HOPS_MAX: i64 = 1 << 16;

/// What has been lowered.
pub(super) struct Lowered<'a> {
    pub(super) hir: &'a hir::Program,
    pub(super) types: &'a [EventType],
    pub(super) windows: &'a [Window],
    pub(super) rules: &'a [Rule],
}

/// The place of each operator, in order of the types of their rows.
pub(super) fn places(lowered: &Lowered<'_>) -> Vec<Placement> {
    let operators = lowered.operators();
    let components = lowered.components(&operators);
    let count = components.iter().max().map_or(0, |last| last + 1);
    let mut places: Vec<Option<Placement>> = vec![None; operators.len()];
    for component in 0..count {
        let members: Vec<usize> = (0..operators.len()).filter(|&of| components[of] == component).collect();
        let divided = Division { lowered, operators: &operators, members: &members }.places();
        for (at, &member) in members.iter().enumerate() {
            let place = divided.as_ref().map(|places| places[at].clone());
            places[member] = Some(place.unwrap_or(Placement::Whole(component as u32)));
        }
    }
    places.into_iter().flatten().collect()
}

/// What makes rows of a type.
#[derive(Clone, Copy)]
enum Operator<'a> {
    Window(&'a Window),
    Rule(&'a Rule, &'a hir::Rule),
}

impl Operator<'_> {
    fn reads(&self) -> Vec<TypeId> {
        match self {
            Self::Window(window) => vec![window.input],
            Self::Rule(rule, _) => rule.inputs.iter().map(|input| input.ty).collect(),
        }
    }
}

impl<'a> Lowered<'a> {
    fn inputs(&self) -> usize {
        self.types.iter().filter(|ty| matches!(ty.source, Source::Input { .. })).count()
    }

    fn operators(&self) -> Vec<Operator<'a>> {
        let operator = |ty: &EventType| match &ty.source {
            Source::Input { .. } => None,
            Source::Window(number) => Some(Operator::Window(&self.windows[*number])),
            Source::Rule { rule, .. } => Some(Operator::Rule(&self.rules[*rule], &self.hir.rules[*rule])),
        };
        self.types.iter().filter_map(operator).collect()
    }

    /// The number of the operator that makes rows of a type; none if they come from outside.
    fn maker(&self, ty: TypeId) -> Option<usize> {
        ty.index().checked_sub(self.inputs())
    }

    /// For each operator the number of its component, in order of their first operators.
    fn components(&self, operators: &[Operator<'_>]) -> Vec<usize> {
        let mut component: Vec<usize> = (0..operators.len()).collect();
        for (number, operator) in operators.iter().enumerate() {
            for maker in operator.reads().into_iter().filter_map(|ty| self.maker(ty)) {
                let (one, other) = (component[number], component[maker]);
                let joined = one.min(other);
                component.iter_mut().filter(|of| **of == one || **of == other).for_each(|of| *of = joined);
            }
        }
        let mut first: Vec<usize> = component.clone();
        first.sort_unstable();
        first.dedup();
        let rank = |of: &usize| first.binary_search(of).expect("a component is named by its first operator");
        component.iter().map(rank).collect()
    }
}

/// How the rows of a type are divided over the workers.
#[derive(Clone, Debug)]
enum Rows {
    /// By a key: for each component of it the field of the rows that holds it, if one does.
    ByKey(Vec<Option<FieldId>>),
    /// In any way.
    Anyhow,
}

/// The attempt to divide a component.
struct Division<'a> {
    lowered: &'a Lowered<'a>,
    operators: &'a [Operator<'a>],
    /// In order.
    members: &'a [usize],
}

impl Division<'_> {
    /// The place of each member, if the component can be divided.
    fn places(&self) -> Option<Vec<Placement>> {
        let mut rows: Vec<Option<Rows>> = vec![None; self.operators.len()];
        let mut places = Vec::new();
        for &member in self.members {
            let (place, made) = match self.operators[member] {
                Operator::Window(window) => self.window(window)?,
                Operator::Rule(rule, meant) => match &meant.body {
                    RuleBody::Pattern(pattern) => self.pattern(rule, meant, pattern, &rows)?,
                    RuleBody::Select(_) | RuleBody::Window(_) => self.stateless(rule, &rows)?,
                },
            };
            places.push(place);
            rows[member] = Some(made);
        }
        Some(places)
    }

    fn window(&self, window: &Window) -> Option<(Placement, Rows)> {
        let hops = match window.window {
            hir::Window::Hopping { size, every, .. } => size / every,
            _ => 1,
        };
        let outside = self.lowered.maker(window.input).is_none();
        if !outside || window.keys.is_empty() || hops > HOPS_MAX || !may_divide(&window.limits) {
            return None;
        }
        let ty = &self.lowered.types[window.input.index()];
        let key = |field: &FieldId| Some(Key { kind: ty.field(*field)?.kind, fields: vec![*field] });
        let keys = window.keys.iter().map(key).collect::<Option<Vec<_>>>()?;
        // The first columns of its rows are the keys.
        let columns = (0..keys.len() as u32).map(|key| Some(FieldId(key))).collect();
        Some((Placement::ByKey(keys), Rows::ByKey(columns)))
    }

    fn pattern(
        &self,
        rule: &Rule,
        meant: &hir::Rule,
        pattern: &PatternRule,
        rows: &[Option<Rows>],
    ) -> Option<(Placement, Rows)> {
        if rule.keys.is_empty() || !may_divide(&rule.limits) {
            return None;
        }
        let emitted = Rows::ByKey(pattern.keys.iter().map(|key| emitted_key(meant, pattern, key)).collect());
        if rule.inputs.iter().all(|input| self.lowered.maker(input.ty).is_none()) {
            return Some((Placement::ByKey(rule.keys.clone()), emitted));
        }
        let [only] = &rule.inputs[..] else { return None };
        let Some(Rows::ByKey(there)) = &rows[self.lowered.maker(only.ty)?] else { return None };
        let same = rule.keys.len() == there.len()
            && rule.keys.iter().zip(there).all(|(key, there)| *there == Some(key.fields[0]));
        (same && rule.timer.is_none()).then_some((Placement::Beside, emitted))
    }

    fn stateless(&self, rule: &Rule, rows: &[Option<Rows>]) -> Option<(Placement, Rows)> {
        let from = rule.inputs[0].ty;
        if let Some(maker) = self.lowered.maker(from) {
            let made = match rows[maker].as_ref()? {
                Rows::Anyhow => Rows::Anyhow,
                Rows::ByKey(there) => {
                    let kept = |field: &Option<FieldId>| {
                        (0..rule.event_columns.len() as u32)
                            .map(FieldId)
                            .find(|own| field.is_some() && copied(rule, *own) == *field)
                    };
                    Rows::ByKey(there.iter().map(kept).collect())
                }
            };
            return Some((Placement::Beside, made));
        }
        let Some(wanted) = self.wanted(rule.output_type)? else {
            return Some((Placement::InTurn, Rows::Anyhow));
        };
        let ty = &self.lowered.types[from.index()];
        let key = |own: &FieldId| {
            let field = copied(rule, *own)?;
            Some(Key { kind: ty.field(field)?.kind, fields: vec![field] })
        };
        let keys = wanted.iter().map(key).collect::<Option<Vec<_>>>()?;
        Some((Placement::ByKey(keys), Rows::ByKey(wanted.into_iter().map(Some).collect())))
    }

    /// By which fields those that read rows of a type want them divided, if any does; none if they do not agree.
    fn wanted(&self, ty: TypeId) -> Option<Option<Vec<FieldId>>> {
        let mut all: Option<Vec<FieldId>> = None;
        for operator in self.members.iter().map(|&member| self.operators[member]) {
            let Operator::Rule(rule, _) = operator else { continue };
            let Some(at) = rule.inputs.iter().position(|input| input.ty == ty) else { continue };
            let wanted = match rule.strategy {
                lir::Strategy::Runs => Some(rule.keys.iter().map(|key| key.fields[at]).collect()),
                lir::Strategy::Stateless | lir::Strategy::Projection => {
                    match self.wanted(rule.output_type)? {
                        None => None,
                        Some(own) => {
                            Some(own.iter().map(|own| copied(rule, *own)).collect::<Option<Vec<_>>>()?)
                        }
                    }
                }
            };
            if let Some(wanted) = wanted
                && *all.get_or_insert_with(|| wanted.clone()) != wanted
            {
                return None;
            }
        }
        Some(all)
    }
}

/// Whether no bound counts over all partitions, or stops the program.
fn may_divide(limits: &Limits) -> bool {
    let stops =
        [limits.runs, limits.repetition, limits.rows].iter().any(|bound| bound.policy == Policy::Fail);
    limits.partitions == Limits::default().partitions && !stops
}

/// The field of what a stateless rule reads that a field of its rows is a copy of.
fn copied(rule: &Rule, own: FieldId) -> Option<FieldId> {
    let [Stmt::ForRows(body)] = &rule.step.body[..] else { return None };
    let [Stmt::Emit { values, .. }] = &body[..] else { return None };
    match values[rule.event_columns[own.index()]] {
        Expr { kind: lir::ExprKind::Column(field), .. } => Some(field),
        _ => None,
    }
}

/// The field of a pattern's matches that holds a component of its key, whatever the match.
fn emitted_key(meant: &hir::Rule, pattern: &PatternRule, key: &[hir::FieldId]) -> Option<FieldId> {
    let holds = |variable: VarId, field: hir::FieldId| {
        let variable = &pattern.variables[variable.0 as usize];
        let at = pattern.types.iter().position(|ty| *ty == variable.ty);
        !variable.optional && at.is_some_and(|at| key[at] == field)
    };
    let is_key = |value: &hir::Expr| match value.kind() {
        ExprKind::Var(variable, field) => holds(*variable, *field),
        ExprKind::Aggregate { op: AggOp::First | AggOp::Last, variable, item: Some(item) } => {
            matches!(item.kind(), ExprKind::Item(field) if holds(*variable, *field))
        }
        _ => false,
    };
    let scalars = meant.emit.iter().filter_map(|emit| match &emit.value {
        EmitValue::Scalar(value) => Some(value),
        _ => None,
    });
    (0..).map(FieldId).zip(scalars).find(|(_, value)| is_key(value)).map(|(field, _)| field)
}
