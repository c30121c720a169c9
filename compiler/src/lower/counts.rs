//! How many runs of a partition are in a state: what tells a loop over runs that it has seen all that it is for.
//!
//! Runs of a partition are one list, oldest first, whatever state they are in. An event that moves runs of one state alone would look
//! at all the others in vain. So for such states the partition has a cell that says how many runs are in it, *at the most*: whatever
//! brings a run to the state adds one, and a loop over the runs of the state takes away those that leave it. What else ends runs (time,
//! a limit, a skip) leaves the cell as it is; a loop that then looks for runs that are gone comes to the end of the list, and
//! knows the number again.
//!
//! Where events are taken by copies (`~>`), runs leave their state by time alone, so that a loop hardly ever sees the last of a state before
//! the end of the list, while each copy adds one. Such rules keep no counts.

use super::runs::Builder;
use crate::lir::{Block, Cell, CellId, Expr, ExprKind, LocalId, StateId, Stmt};
use crate::scalar::{Compare, Kind, Type, Value};

/// How many runs a loop has still to see.
const LEFT: &str = "left";
const COUNT: Type = Type::new(Kind::I64);

impl Builder<'_> {
    /// The loop for the runs of one state, of which `block` is made when it is known that it counts.
    pub(super) fn counted_loop(&mut self, state: StateId, block: impl FnOnce(&mut Self) -> Block) -> Block {
        self.counted.insert(state);
        self.counting = true;
        let block = block(self);
        self.counting = false;
        let left = self.local(LEFT, COUNT);
        let mut body = vec![Stmt::Let(left, minus(of_local(left), number(1)))];
        body.extend(block);
        body.push(Stmt::If {
            condition: compare(Compare::Eq, of_local(left)),
            then: vec![Stmt::LeaveRuns],
            otherwise: vec![],
        });
        let in_state = self.in_state(state);
        let then = vec![
            Stmt::Let(left, in_state.clone()),
            Stmt::ForRuns(vec![Stmt::OnState(vec![(vec![state], body)])]),
            // What the loop was left to see is not there.
            self.set_in_state(state, minus(in_state.clone(), of_local(left))),
        ];
        vec![Stmt::If { condition: compare(Compare::Gt, in_state), then, otherwise: vec![] }]
    }

    /// Notes that a run has come to a state.
    pub(super) fn enters(&self, state: StateId) -> Option<Stmt> {
        let more = |of| Expr::new(ExprKind::Next(Box::new(of)), COUNT);
        self.counted.contains(&state).then(|| self.set_in_state(state, more(self.in_state(state))))
    }

    /// Notes that a run has left a state, where its loop counts.
    pub(super) fn leaves(&self, state: Option<StateId>) -> Option<Stmt> {
        let state = state.filter(|_| self.counting)?;
        Some(self.set_in_state(state, minus(self.in_state(state), number(1))))
    }

    /// Notes that no run is in any state.
    pub(super) fn leave_all(&self) -> impl Iterator<Item = Stmt> {
        self.counted.iter().map(|state| self.set_in_state(*state, number(0)))
    }

    /// The cells, behind all others.
    pub(super) fn count_cells(&self) -> impl Iterator<Item = Cell> {
        self.counted.iter().map(|state| Cell { name: format!("in_{state}"), ty: COUNT })
    }

    fn in_state(&self, state: StateId) -> Expr {
        Expr::new(ExprKind::Cell(self.count_cell(state)), COUNT)
    }

    fn set_in_state(&self, state: StateId, count: Expr) -> Stmt {
        Stmt::SetCell(self.count_cell(state), count)
    }

    fn count_cell(&self, state: StateId) -> CellId {
        let place = self.counted.iter().position(|counted| *counted == state);
        CellId((self.other_cells() + place.expect("a state that is counted")) as u32)
    }
}

fn of_local(local: LocalId) -> Expr {
    Expr::new(ExprKind::Local(local), COUNT)
}

fn number(value: i64) -> Expr {
    Expr::new(ExprKind::Const(Value::I64(value)), COUNT)
}

fn minus(from: Expr, what: Expr) -> Expr {
    Expr::new(ExprKind::Minus(Box::new(from), Box::new(what)), COUNT)
}

/// Compares with zero.
fn compare(how: Compare, of: Expr) -> Expr {
    Expr::bool(ExprKind::Compare(how, Box::new(of), Box::new(number(0))))
}
