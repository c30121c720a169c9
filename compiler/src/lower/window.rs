//! Queries that aggregate: computed columns, a window operator over them, and a stateless rule over its rows.

use super::{Lowering, expr, field, line_of};
use crate::hir::{self, WindowOp, WindowRule};
use crate::lir;
use crate::scalar::{Kind, Type, Value};

impl Lowering<'_> {
    /// The operator of a query.
    pub(super) fn window(&mut self, rule: &hir::Rule, window: &WindowRule) -> lir::Window {
        let input = self.ty(window.from);
        let wants = self.wanted(input, window.guard.iter(), &self.part_of(rule, "from"));
        let keys = window.keys.iter().map(|key| self.column(input, key)).collect();
        let filter = self.part_of(rule, "filter");
        let aggregates = window.aggregates.iter().map(|aggregate| lir::Aggregate {
            op: aggregate.op,
            distinct: aggregate.distinct,
            value: aggregate.value.as_ref().map(|value| self.column(input, value)),
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
        let known = row_fields(window);
        let mut columns = |leaf: &hir::Expr| row_column(leaf, &known);
        let condition = window.having.as_ref().map(|having| expr::lower(having, &mut columns));
        let wants = match condition {
            Some(condition) => {
                let origin = self.part_of(rule, "having");
                lir::Rows::Any(vec![self.guards.intern_lowered(ty, condition, &origin)])
            }
            None => lir::Rows::All,
        };
        self.stateless(rule, ty, wants, &mut columns)
    }

    /// Where a guard of a query is from, for people.
    fn part_of(&self, rule: &hir::Rule, clause: &str) -> String {
        let line = line_of(self.source, rule.span);
        let (line, _) = line.split_once(':').unwrap_or((&line, ""));
        format!("{line}: {clause} of {}", rule.name)
    }

    /// The number of the type of the rows of a query's operator: right before that of the query itself.
    fn rows_of(&self, rule: &hir::Rule) -> lir::TypeId {
        lir::TypeId(self.ty(rule.output).0 - 1)
    }

    /// The field that holds the value of an expression: one of the event, or a computed one, each once.
    fn column(&mut self, ty: lir::TypeId, value: &hir::Expr) -> lir::FieldId {
        if let hir::ExprKind::Field(known) = value.kind() {
            return field(*known);
        }
        let declared = self.fields_of(ty);
        let value = expr::lower(value, &mut expr::columns);
        let all = self.computed.entry(ty).or_default();
        let index = all.iter().position(|known| *known == value).unwrap_or_else(|| {
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
        }
    }
}

/// The fields of an operator's rows. The runtime's aggregates may all be null but those that count.
fn row_fields(window: &WindowRule) -> Vec<lir::Field> {
    let new = |name: String, ty: Type, list: bool| lir::Field {
        name,
        ty,
        unit: portent_rt::TimeUnit::default(),
        used: true,
        list,
    };
    let keys = window.keys.iter().enumerate().map(|(index, key)| new(format!("key{index}"), key.ty(), false));
    let bounds: &[&str] = if window.window.is_timed() { &["start", "end"] } else { &[] };
    let bounds = bounds.iter().map(|name| new(format!("window.{name}"), Type::new(Kind::Timestamp), false));
    let aggregates = window.aggregates.iter().enumerate().map(|(index, aggregate)| {
        let ty = match aggregate.op {
            WindowOp::Count => aggregate.ty,
            _ => aggregate.ty.or_null(true),
        };
        new(format!("{}{index}", aggregate.op.name()), ty, aggregate.op == WindowOp::Collect)
    });
    keys.chain(bounds).chain(aggregates).collect()
}

/// A column of an operator's row. Where the aggregate is known never to be null, a value that is never used stands for null.
fn row_column(leaf: &hir::Expr, fields: &[lir::Field]) -> lir::Expr {
    let hir::ExprKind::Field(id) = leaf.kind() else {
        unreachable!("the row of a group has only its columns, not {:?}", leaf.kind())
    };
    let ty = fields[id.0 as usize].ty;
    let column = lir::Expr::new(lir::ExprKind::Column(field(*id)), ty);
    if !ty.nullable || leaf.ty().nullable {
        return column;
    }
    let never = lir::Expr::new(lir::ExprKind::Const(any_value(ty.kind)), leaf.ty());
    lir::Expr::new(lir::ExprKind::Coalesce(Box::new(column), Box::new(never)), leaf.ty())
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
