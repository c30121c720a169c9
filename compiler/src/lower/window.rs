//! Queries that aggregate: computed columns, a window operator over them, and a stateless rule over its rows.

use super::{Lowering, expr, field, line_of};
use crate::hir::{self, RuleBody, RuleId, WindowOp, WindowRule};
use crate::lir;
use crate::scalar::{Func, Kind, Type, Value, is_same};

/// A window operator that one query needs, or several.
pub(super) struct Operator {
    /// The first of them.
    pub(super) first: RuleId,
    /// The types of what they emit.
    outputs: Vec<hir::TypeId>,
    /// What they are like, with the aggregates of all.
    pub(super) window: WindowRule,
}

/// The operators of a program in evaluation order. Queries over the same events, groups and windows share one.
pub(super) fn operators(program: &hir::Program) -> Vec<Operator> {
    let mut all: Vec<Operator> = Vec::new();
    for (id, rule) in (0..).map(RuleId).zip(&program.rules) {
        let RuleBody::Window(window) = &rule.body else { continue };
        match all.iter_mut().find(|known| are_shared(&known.window, window)) {
            None => {
                all.push(Operator { first: id, outputs: vec![rule.output], window: window.clone() });
            }
            Some(known) => {
                known.outputs.push(rule.output);
                for aggregate in &window.aggregates {
                    if !known.window.aggregates.iter().any(|other| is_same(other, aggregate)) {
                        known.window.aggregates.push(aggregate.clone());
                    }
                }
            }
        }
    }
    all
}

/// Whether two queries differ in nothing but what they aggregate and emit.
fn are_shared(a: &WindowRule, b: &WindowRule) -> bool {
    a.from == b.from
        && a.window == b.window
        // What a bound has dropped is counted for each query that writes one.
        && [a, b].iter().all(|window| window.limits == window.window.limits())
        && is_same(&a.guard, &b.guard)
        && is_same(&a.keys, &b.keys)
        // The bound on rows is on windows that keep them.
        && a.keeps_rows() == b.keeps_rows()
}

impl Lowering<'_> {
    /// The operator that makes the rows of a query.
    fn operator_of(&self, rule: &hir::Rule) -> &Operator {
        let found = self.operators.iter().find(|known| known.outputs.contains(&rule.output));
        found.expect("every query that aggregates has an operator")
    }

    /// The operator of a query, if no earlier one has it.
    pub(super) fn window(&mut self, id: RuleId) -> Option<lir::Window> {
        let at = self.operators.iter().position(|operator| operator.first == id)?;
        let (rule, window) = (self.hir.rule(id), self.operators[at].window.clone());
        Some(self.operator(rule, &window))
    }

    fn operator(&mut self, rule: &hir::Rule, window: &WindowRule) -> lir::Window {
        let input = self.ty(window.from);
        let wants = self.wanted(input, window.guard.iter(), &self.part_of(rule, "from"));
        let keys = window.keys.iter().map(|key| self.column(input, key)).collect();
        let filter = self.part_of(rule, "filter");
        let aggregates = window.aggregates.iter().map(|aggregate| lir::Aggregate {
            op: aggregate.op,
            distinct: aggregate.distinct,
            value: aggregate.value.as_ref().map(|value| match aggregate.op {
                WindowOp::ApproxDistinct => self.column(input, &hash_of(value)),
                _ => self.column(input, value),
            }),
            by: aggregate.by.as_ref().map(|by| self.column(input, by)),
            filter: aggregate.filter.as_ref().map(|guard| self.guards.intern(input, guard, &filter)),
        });
        let aggregates = aggregates.collect();
        lir::Window {
            name: rule.name.clone(),
            input,
            wants,
            window: window.window,
            keys,
            aggregates,
            output_type: self.rows_of(rule),
            limits: window.limits,
        }
    }

    /// The rule that makes matches of the rows of the operator.
    pub(super) fn projection(&mut self, rule: &hir::Rule, window: &WindowRule) -> lir::Rule {
        let ty = self.rows_of(rule);
        let operator = self.operator_of(rule).window.clone();
        let known = row_fields(&operator);
        let mut columns = |leaf: &hir::Expr| row_column(leaf, window, &operator, &known);
        let condition = window.having.as_ref().map(|having| expr::lower(having, &mut columns));
        let wants = match condition {
            Some(condition) => {
                let origin = self.part_of(rule, "having");
                lir::Rows::Any(vec![self.guards.intern_lowered(ty, condition, &origin)])
            }
            None => lir::Rows::All,
        };
        let list = |column| operator_column(column, window, &operator);
        self.stateless(rule, (ty, wants), &mut columns, list)
    }

    /// Where a guard of a query is from, for people.
    fn part_of(&self, rule: &hir::Rule, clause: &str) -> String {
        let line = line_of(self.source, rule.span);
        let (line, _) = line.split_once(':').unwrap_or((&line, ""));
        format!("{line}: {clause} of {}", rule.name)
    }

    /// The number of the type of the rows of a query's operator: right before that of the first query that has it.
    fn rows_of(&self, rule: &hir::Rule) -> lir::TypeId {
        let first = self.operator_of(rule).first;
        lir::TypeId(self.ty(self.hir.rule(first).output).0 - 1)
    }

    /// The field that holds the value of an expression: one of the event, or a computed one, each once.
    fn column(&mut self, ty: lir::TypeId, value: &hir::Expr) -> lir::FieldId {
        if let hir::ExprKind::Field(known) = value.kind() {
            return field(*known);
        }
        let declared = self.fields_of(ty);
        let value = expr::lower(value, &mut expr::columns);
        let all = self.computed.entry(ty).or_default();
        let index = all.iter().position(|known| is_same(known, &value)).unwrap_or_else(|| {
            all.push(value);
            all.len() - 1
        });
        lir::FieldId((declared + index) as u32)
    }

    fn fields_of(&self, ty: lir::TypeId) -> usize {
        let index = self.types.iter().position(|known| *known == ty);
        self.hir.types[index.expect("rules read types that rules may name")].fields.len()
    }

    /// The type of an operator's rows, which has no name that rules can say.
    pub(super) fn row_type(name: &str, window: &WindowRule, number: usize) -> lir::EventType {
        lir::EventType {
            name: format!("{name}.rows"),
            fields: row_fields(window),
            computed: Vec::new(),
            source: lir::Source::Window(number),
            doc: String::new(),
        }
    }
}

/// `hash(value)`, which is what approximate counts are made of.
fn hash_of(value: &hir::Expr) -> hir::Expr {
    let func = match value.ty().kind {
        Kind::Bool => Func::HashBool,
        Kind::I64 => Func::HashI,
        Kind::F64 => Func::HashF,
        Kind::Str => Func::HashStr,
        Kind::Timestamp => Func::HashTimestamp,
        Kind::Duration => Func::HashDuration,
    };
    hir::Expr::call(func, vec![value.clone()])
}

/// The fields of an operator's rows. The runtime's aggregates may all be null but those that count.
fn row_fields(window: &WindowRule) -> Vec<lir::Field> {
    let new = |name: String, ty: Type, list: bool| lir::Field {
        name,
        ty,
        unit: portent_rt::TimeUnit::default(),
        // Nobody has to ask for keys and aggregates.
        used: true,
        list,
        doc: String::new(),
    };
    let keys = window.keys.iter().enumerate().map(|(index, key)| new(format!("key{index}"), key.ty(), false));
    let bounds: &[&str] = if window.window.is_timed() { &["start", "end"] } else { &[] };
    let bounds = bounds.iter().map(|name| lir::Field {
        used: false,
        ..new(format!("window.{name}"), Type::new(Kind::Timestamp), false)
    });
    let aggregates = window.aggregates.iter().enumerate().map(|(index, aggregate)| {
        let ty = match aggregate.op {
            op if op.counts() => aggregate.ty,
            _ => aggregate.ty.or_null(true),
        };
        new(format!("{}{index}", aggregate.op.name()), ty, aggregate.op == WindowOp::Collect)
    });
    keys.chain(bounds).chain(aggregates).collect()
}

/// A column of an operator's row. Where the aggregate is known never to be null, a value that is never used stands for null.
fn row_column(
    leaf: &hir::Expr,
    query: &WindowRule,
    operator: &WindowRule,
    fields: &[lir::Field],
) -> lir::Expr {
    let hir::ExprKind::Field(id) = leaf.kind() else {
        unreachable!("the row of a group has only its columns, not {:?}", leaf.kind())
    };
    let id = operator_column(*id, query, operator);
    let ty = fields[id.0 as usize].ty;
    let column = lir::Expr::new(lir::ExprKind::Column(field(id)), ty);
    if !ty.nullable || leaf.ty().nullable {
        return column;
    }
    let never = lir::Expr::new(lir::ExprKind::Const(any_value(ty.kind)), leaf.ty());
    lir::Expr::new(lir::ExprKind::Coalesce(Box::new(column), Box::new(never)), leaf.ty())
}

/// The column of an operator's row that is a column of the row of one of its queries.
fn operator_column(id: hir::FieldId, query: &WindowRule, operator: &WindowRule) -> hir::FieldId {
    let first = WindowRule::aggregate_column(query.window, query.keys.len(), 0).0;
    let Some(number) = id.0.checked_sub(first) else { return id };
    let wanted = &query.aggregates[number as usize];
    let at = operator.aggregates.iter().position(|known| is_same(known, wanted));
    hir::FieldId(first + at.expect("an operator has the aggregates of its queries") as u32)
}

fn any_value(kind: Kind) -> Value {
    match kind {
        Kind::Bool => Value::Bool(false),
        Kind::I64 => Value::I64(0),
        Kind::F64 => Value::F64(0.0),
        Kind::Str => Value::Str(String::new()),
        Kind::Timestamp => Value::Timestamp(0),
        Kind::Duration => Value::Duration(0),
    }
}
