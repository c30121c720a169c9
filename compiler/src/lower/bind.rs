//! What binding an event does to registers, and what reads them: variables and aggregates at a moment of a run.

use super::expr::{columns, lower};
use super::output::Leaf;
use super::registers::Purpose;
use super::runs::Builder;
use crate::hir::{self, AggOp, VarId};
use crate::lir::{Block, Expr, ExprKind, RegId, Stmt};
use crate::scalar::{Compare, Func, Kind, Type, Value};

/// When an expression is evaluated: what the event at hand is to the run.
pub(super) enum Moment<'m> {
    /// It is being tested by a guard; variables hold earlier events.
    Guard,
    /// It has just completed the match, bound to these variables.
    Event(&'m [VarId]),
    /// It alone is the match, bound to these variables; all others have none.
    First(&'m [VarId]),
    /// It has ended the match without being in it.
    Now,
    /// There is none: a deadline has completed the match.
    Deadline,
}

impl<'m> Moment<'m> {
    /// The variables that the event at hand is bound to.
    pub(super) const fn binds(&self) -> &'m [VarId] {
        match self {
            Moment::Event(binds) | Moment::First(binds) => binds,
            Moment::Guard | Moment::Now | Moment::Deadline => &[],
        }
    }
}

impl Builder<'_> {
    /// What stands for a leaf of an expression.
    pub(super) fn leaf(&mut self, leaf: &hir::Expr, moment: &Moment<'_>) -> Expr {
        use hir::ExprKind as H;
        let ty = leaf.ty();
        let is_bound_now = |variable: &VarId| moment.binds().contains(variable);
        let is_unbound =
            |variable: &VarId| matches!(moment, Moment::First(binds) if !binds.contains(variable));
        match leaf.kind() {
            H::Var(variable, field) if is_bound_now(variable) => {
                let column = self.column_type(*variable, *field);
                Expr::new(ExprKind::Column(super::field(*field)), column)
            }
            H::Aggregate { op: AggOp::Last, variable, item: Some(item) } if is_bound_now(variable) => {
                lower(item, &mut columns)
            }
            H::Aggregate { op: AggOp::Count, variable, .. } if is_unbound(variable) => {
                Expr::new(ExprKind::Const(Value::I64(0)), ty)
            }
            H::Var(variable, _) | H::Aggregate { variable, .. } if is_unbound(variable) => {
                Expr::new(ExprKind::Const(Value::Null), Type::nullable(ty.kind))
            }
            H::Var(variable, field) if let Some(column) = self.key_at_hand(*variable, *field) => column,
            H::Var(variable, field) => self.registers.read(Purpose::Field(*variable, *field), ty),
            H::Aggregate { op, variable, item } => {
                self.registers.aggregate(*op, *variable, item.as_deref(), ty)
            }
            _ => columns(leaf),
        }
    }

    /// The partition key of the row at hand, where it stands for a field of an earlier event: they are of one partition. Not for
    /// doubles, whose zeros and NaNs differ.
    fn key_at_hand(&self, variable: VarId, field: hir::FieldId) -> Option<Expr> {
        let bound = &self.rule.variables[variable.0 as usize];
        let own = self.rule.types.iter().position(|ty| *ty == bound.ty)?;
        let component = self.rule.keys.iter().position(|fields| fields[own] == field)?;
        let key = &self.keys[component];
        let input = self.inputs.iter().position(|input| Some(input.ty) == self.row)?;
        let column = key.fields[input];
        let at_hand = &self.registers.program().ty(self.inputs[input].hir).fields[column.index()];
        let nullable = at_hand.ty.nullable && self.column_type(variable, field).nullable;
        let kind = key.kind;
        let is_bound = !bound.optional && !self.registers.is_loose(variable);
        (is_bound && kind != Kind::F64).then(|| Expr::new(ExprKind::Column(column), Type { kind, nullable }))
    }

    fn column_type(&self, variable: VarId, field: hir::FieldId) -> Type {
        let ty = self.rule.variables[variable.0 as usize].ty;
        self.registers.program().ty(ty).fields[field.0 as usize].ty
    }

    /// The value of an output column.
    pub(super) fn leaf_value(&mut self, leaf: &Leaf, moment: &Moment<'_>) -> Expr {
        match leaf {
            Leaf::Value(value) => self.lower(value, moment),
            Leaf::Collected(..) => unreachable!("only queries have windows"),
            Leaf::List(variable, item) => {
                let list = self.registers.get(Purpose::List(*variable, item.clone()));
                Expr::new(ExprKind::List(list), Type::nullable(item.ty().kind))
            }
            Leaf::Present(variable) => match moment {
                _ if moment.binds().contains(variable) => Expr::truth(),
                Moment::First(_) => Expr::bool(ExprKind::Const(Value::Bool(false))),
                _ => self.registers.read(Purpose::Bound(*variable), Type::new(Kind::Bool)),
            },
        }
    }

    /// Ends the run instead if one of the lists that the event would be added to is full.
    pub(super) fn refuse_full(&mut self, binds: &[VarId]) -> Block {
        let all = binds.iter().flat_map(|variable| self.registers.of_variable(*variable));
        // The lists of a variable are equally long, so one of them speaks for all.
        let Some((list, _)) = all.into_iter().find(|(_, purpose)| matches!(purpose, Purpose::List(..)))
        else {
            return vec![];
        };
        let condition = Expr::bool(ExprKind::ListFull(list));
        vec![Stmt::If {
            condition,
            then: vec![Stmt::ListOverflow, Stmt::End, Stmt::NextRun],
            otherwise: vec![],
        }]
    }

    /// Binds the event at hand. `complete`: the match is complete with it, so only what adds up events matters, for the
    /// event itself is at hand.
    pub(super) fn bind(&mut self, binds: &[VarId], complete: bool) -> Block {
        let mut block = Block::new();
        for variable in binds {
            let mut registers = self.registers.of_variable(*variable);
            // Whether this is the first event is asked before it is counted.
            registers.sort_by_key(|(_, purpose)| matches!(purpose, Purpose::Count(..)));
            for (register, purpose) in registers {
                if !(complete && is_at_hand(&purpose)) {
                    block.extend(self.update(register, &purpose));
                }
            }
        }
        block
    }

    fn update(&mut self, register: RegId, purpose: &Purpose) -> Block {
        use Purpose::*;
        let i64_type = Type::new(Kind::I64);
        let set = |value| vec![Stmt::Set(register, value)];
        let value = |item: &hir::Expr| lower(item, &mut columns);
        match purpose {
            Start | StartSeq | StartCount | LastSeq | WaitSeq => unreachable!("does not follow a variable"),
            Field(variable, field) => {
                let ty = self.column_type(*variable, *field);
                set(Expr::new(ExprKind::Column(super::field(*field)), ty))
            }
            Bound(_) => set(Expr::truth()),
            LastSeqOf(_) => set(Expr::seq()),
            FirstSeqOf(_) => {
                let own = Expr::new(ExprKind::Reg(register), Type::nullable(Kind::I64));
                let condition = Expr::bool(ExprKind::IsNull(Box::new(own)));
                vec![Stmt::If { condition, then: set(Expr::seq()), otherwise: vec![] }]
            }
            First(variable, item) => {
                let count = self.registers.read(Count(*variable, None), i64_type);
                let zero = Expr::new(ExprKind::Const(Value::I64(0)), i64_type);
                let condition = Expr::bool(ExprKind::Compare(Compare::Eq, Box::new(count), Box::new(zero)));
                vec![Stmt::If { condition, then: set(value(item)), otherwise: vec![] }]
            }
            Last(_, item) => set(value(item)),
            Min(_, item) => self.update_extreme(register, value(item), Compare::Lt),
            Max(_, item) => self.update_extreme(register, value(item), Compare::Gt),
            Count(_, item) => {
                let own = Expr::new(ExprKind::Reg(register), i64_type);
                let count = set(Expr::new(ExprKind::Next(Box::new(own)), i64_type));
                match item.as_ref().filter(|item| item.ty().nullable) {
                    None => count,
                    Some(item) => {
                        let condition = Expr::bool(ExprKind::IsNull(Box::new(value(item))));
                        vec![Stmt::If { condition, then: vec![], otherwise: count }]
                    }
                }
            }
            Acc(_, _, item) => vec![Stmt::Accumulate(register, value(item))],
            List(_, item) => vec![Stmt::Append { list: register, value: value(item) }],
        }
    }

    /// Keeps the least or greatest value: the new one where there is none yet or it compares so to the old one.
    fn update_extreme(&mut self, register: RegId, new: Expr, compare: Compare) -> Block {
        let own = Expr::new(ExprKind::Reg(register), Type::nullable(new.ty.kind));
        if new.ty.kind == Kind::F64 {
            return update_extreme_f64(register, own, new, compare);
        }
        let unset = Expr::bool(ExprKind::IsNull(Box::new(own.clone())));
        let beats = Expr::new(
            ExprKind::Compare(compare, Box::new(new.clone()), Box::new(own)),
            Type::nullable(Kind::Bool),
        );
        let condition = Expr::new(ExprKind::Or(vec![unset, beats]), Type::nullable(Kind::Bool));
        vec![Stmt::If { condition, then: vec![Stmt::Set(register, new)], otherwise: vec![] }]
    }

    /// Takes their events from variables.
    pub(super) fn unbind(&mut self, variables: &[VarId]) -> Block {
        let registers = variables.iter().flat_map(|variable| self.registers.of_variable(*variable));
        registers.map(|(register, _)| Stmt::Reset(register)).collect()
    }
}

impl Builder<'_> {
    /// Takes their current events from variables that begin another iteration and may get none in it.
    pub(super) fn renew(&mut self, variables: &[VarId]) -> Block {
        let loose = variables.iter().filter(|variable| self.registers.is_loose(**variable));
        let registers = loose.flat_map(|variable| self.registers.of_variable(*variable));
        let current = registers.filter(|(_, purpose)| matches!(purpose, Purpose::Field(..)));
        current.map(|(register, _)| Stmt::Reset(register)).collect()
    }
}

/// As `update_extreme`, by the functions `min` and `max`: they tell zeros apart and prefer numbers to NaN.
fn update_extreme_f64(register: RegId, own: Expr, new: Expr, compare: Compare) -> Block {
    let func = if compare == Compare::Lt { Func::MinF } else { Func::MaxF };
    let nullable = Type::nullable(Kind::F64);
    let both = Expr::new(ExprKind::Call(func, vec![own.clone(), new.clone()]), nullable);
    let unset = Expr::bool(ExprKind::IsNull(Box::new(own)));
    let value = ExprKind::If(Box::new(unset), Box::new(new.clone()), Box::new(both));
    let set = Stmt::Set(register, Expr::new(value, nullable));
    if !new.ty.nullable {
        return vec![set];
    }
    let condition = Expr::bool(ExprKind::IsNull(Box::new(new)));
    vec![Stmt::If { condition, then: vec![], otherwise: vec![set] }]
}

/// Whether what a register is for can be read from the event at hand, once the variable is bound to it.
const fn is_at_hand(purpose: &Purpose) -> bool {
    matches!(purpose, Purpose::Field(..) | Purpose::Bound(_) | Purpose::LastSeqOf(_) | Purpose::Last(..))
}
