//! Guards of the whole program, each once; which exclude each other; and the splitting of a step's condition into what one event
//! decides alone and what needs a run.

use super::automaton::Test;
use super::expr::{columns, lower};
use crate::hir;
use crate::lir::{Expr, ExprKind, FieldId, Guard, GuardId, TypeId};
use crate::scalar::{Compare, Kind, Type, Value, is_same};
use std::cmp::Ordering;

/// The guards found so far.
#[derive(Default)]
pub(super) struct Guards {
    pub(super) all: Vec<Guard>,
}

impl Guards {
    /// The guard for `condition` on events of `ty`, new or known.
    pub(super) fn intern(&mut self, ty: TypeId, condition: &hir::Expr, origin: &str) -> GuardId {
        self.intern_lowered(ty, lower(condition, &mut columns), origin)
    }

    /// The guard for what is left of a test on the first event of a run, when no variable has an event and no aggregate a
    /// value.
    pub(super) fn intern_first(&mut self, test: &Test) -> Option<GuardId> {
        let Some(condition) = &test.condition else { return test.guard };
        let condition = lower(condition, &mut |leaf: &hir::Expr| match leaf.kind() {
            hir::ExprKind::Aggregate { op: hir::AggOp::Count, .. } => {
                Expr::new(ExprKind::Const(Value::I64(0)), leaf.ty())
            }
            hir::ExprKind::Var(..) | hir::ExprKind::Aggregate { .. } => {
                Expr::new(ExprKind::Const(Value::Null), Type::nullable(leaf.ty().kind))
            }
            _ => columns(leaf),
        });
        let event = test.guard.map(|guard| self.all[guard.index()].clone());
        let origin = event.as_ref().map_or(String::new(), |guard| guard.origin.clone());
        let condition = match event {
            None => condition,
            Some(guard) => {
                Expr::new(ExprKind::And(vec![guard.condition, condition]), Type::nullable(Kind::Bool))
            }
        };
        Some(self.intern_lowered(test.ty, condition, &origin))
    }

    /// The guard for a condition over columns.
    pub(super) fn intern_lowered(&mut self, ty: TypeId, condition: Expr, origin: &str) -> GuardId {
        let known = self.all.iter().position(|guard| guard.ty == ty && is_same(&guard.condition, &condition));
        let index = known.unwrap_or_else(|| {
            self.all.push(Guard { ty, condition, origin: origin.to_owned() });
            self.all.len() - 1
        });
        GuardId(index as u32)
    }
}

/// A condition, split at its outermost `and`s. Under `and`, the whole is true exactly if both parts are.
pub(super) struct Split {
    /// What the event alone decides.
    pub(super) event: Option<hir::Expr>,
    /// What reads the run.
    pub(super) run: Option<hir::Expr>,
}

/// Splits `condition`.
pub(super) fn split(condition: &hir::Expr) -> Split {
    let conjuncts = match condition.kind() {
        hir::ExprKind::And(all) => all.clone(),
        _ => vec![condition.clone()],
    };
    let (event, run): (Vec<_>, Vec<_>) = conjuncts.into_iter().partition(is_over_event);
    let join = |parts: Vec<hir::Expr>| (!parts.is_empty()).then(|| hir::Expr::and(parts));
    Split { event: join(event), run: join(run) }
}

fn is_over_event(expr: &hir::Expr) -> bool {
    let mut only_fields = true;
    expr.walk(&mut |inner| {
        use hir::ExprKind::{Aggregate, Item, Var};
        only_fields &= !matches!(inner.kind(), Var(..) | Aggregate { .. } | Item(_));
    });
    only_fields
}

/// Whether it is seen at a glance that no event satisfies both guards: they demand different things of the same field.
pub(super) fn excludes(a: &Guard, b: &Guard) -> bool {
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    spans(&a.condition, &mut of_a);
    spans(&b.condition, &mut of_b);
    a.ty == b.ty && of_a.iter().any(|one| of_b.iter().any(|other| one.misses(other)))
}

/// What a condition demands of a field, as an interval. Null is in none; NaN in none whose ends are numbers.
pub(super) struct Span<'a> {
    pub(super) field: FieldId,
    pub(super) low: End<'a>,
    pub(super) high: End<'a>,
}

/// A value, and whether it is itself inside; `None` if there is no bound.
pub(super) type End<'a> = Option<(&'a Value, bool)>;

impl Span<'_> {
    fn misses(&self, other: &Self) -> bool {
        self.field == other.field && (is_below(self.high, other.low) || is_below(other.high, self.low))
    }
}

fn is_below(high: End<'_>, low: End<'_>) -> bool {
    let (Some((high, high_in)), Some((low, low_in))) = (high, low) else { return false };
    match order(high, low) {
        Some(Ordering::Less) => true,
        Some(Ordering::Equal) => !(high_in && low_in),
        _ => false,
    }
}

/// The order of two constants of one type.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::I64(a), Value::I64(b))
        | (Value::Timestamp(a), Value::Timestamp(b))
        | (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        (Value::F64(a), Value::F64(b)) => a.partial_cmp(b),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// The spans that a condition demands all of.
pub(super) fn spans<'a>(condition: &'a Expr, into: &mut Vec<Span<'a>>) {
    match &condition.kind {
        ExprKind::And(all) => all.iter().for_each(|part| spans(part, into)),
        ExprKind::Column(field) => into.push(Span::only(*field, &Value::Bool(true))),
        ExprKind::Not(of) => {
            if let ExprKind::Column(field) = of.kind {
                into.push(Span::only(field, &Value::Bool(false)));
            }
        }
        ExprKind::Compare(op, a, b) => match (&a.kind, &b.kind) {
            (ExprKind::Column(field), ExprKind::Const(value)) => into.extend(Span::of(*field, *op, value)),
            (ExprKind::Const(value), ExprKind::Column(field)) => {
                into.extend(Span::of(*field, op.mirrored(), value));
            }
            _ => {}
        },
        _ => {}
    }
}

impl<'a> Span<'a> {
    const fn only(field: FieldId, value: &'a Value) -> Self {
        Self { field, low: Some((value, true)), high: Some((value, true)) }
    }

    fn of(field: FieldId, op: Compare, value: &'a Value) -> Option<Self> {
        let (low, high) = match op {
            Compare::Eq => return Some(Self::only(field, value)),
            Compare::Ne => return None,
            Compare::Lt => (None, Some((value, false))),
            Compare::Le => (None, Some((value, true))),
            Compare::Gt => (Some((value, false)), None),
            Compare::Ge => (Some((value, true)), None),
        };
        Some(Self { field, low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(parts: &[(u32, Compare, f64)]) -> Guard {
        let part = |&(field, op, value): &(u32, Compare, f64)| {
            let ty = Type::new(Kind::F64);
            let column = Expr::new(ExprKind::Column(FieldId(field)), ty);
            let value = Expr::new(ExprKind::Const(Value::F64(value)), ty);
            Expr::bool(ExprKind::Compare(op, Box::new(column), Box::new(value)))
        };
        let condition = Expr::bool(ExprKind::And(parts.iter().map(part).collect()));
        Guard { ty: TypeId(0), condition, origin: String::new() }
    }

    #[test]
    fn guards_exclude_each_other_where_their_spans_do_not_meet() {
        use Compare::{Eq, Ge, Gt, Le, Lt, Ne};
        let small = guard(&[(0, Eq, 1.0), (1, Lt, 10.0)]);
        for (other, wanted) in [
            (guard(&[(0, Eq, 2.0)]), true),
            (guard(&[(0, Eq, 1.0)]), false),
            (guard(&[(1, Ge, 10.0)]), true),
            (guard(&[(1, Gt, 9.0)]), false),
            (guard(&[(1, Le, 10.0)]), false),
            (guard(&[(1, Eq, f64::NAN)]), false),
            (guard(&[(0, Ne, 1.0)]), false),
            (guard(&[(2, Ge, 10.0), (0, Gt, 1.0)]), true),
            (guard(&[]), false),
        ] {
            assert_eq!((excludes(&small, &other), excludes(&other, &small)), (wanted, wanted), "{other:?}");
        }
    }
}
