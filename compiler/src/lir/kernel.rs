//! Kernels: structured statements and typed expressions.

use super::{CellId, FieldId, GuardId, LocalId, RegId, StateId, TypeId};
use crate::scalar::{Binary, Cast, Compare, Func, Kind, Type, Unary, Value};

/// A piece of code that a backend makes one function of.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Kernel {
    /// Its locals.
    pub locals: Vec<Local>,
    /// What it does.
    pub body: Block,
}

/// A mutable local. Starts as null, or zero where it is not nullable, at each entry of the kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// For people.
    pub name: String,
    /// Its type; not text.
    pub ty: Type,
}

/// Statements in order.
pub type Block = Vec<Stmt>;

/// A statement. What it needs to be current is said in brackets.
#[derive(Clone, Debug, PartialEq)]
pub enum Stmt {
    /// For each selected row in time order: binds the row (with its event type), its time and sequence number, and the
    /// slot of its partition. Step kernels only, outermost.
    ForRows(Block),
    /// \[row\] By the event type of the row. Types without an arm do nothing.
    OnType(Vec<(TypeId, Block)>),
    /// Pops every deadline before the time `before`, in order: binds the slot, the time (the deadline) and the number of the row that
    /// noted it; there is no row.
    /// Those of slots that are no longer in use (`used` is 0) are dropped. The bindings outside are back afterwards.
    ForDeadlines {
        /// A timestamp: only deadlines less than it are popped.
        before: Expr,
        /// For each.
        body: Block,
    },
    /// Every slot that is in use: binds it. Sweep kernels only, outermost; the time is the watermark.
    ForSlots(Block),
    /// \[slot\] Each run of the slot, in order: binds it. A run that `Copy` makes is not visited by this loop.
    ForRuns(Block),
    /// \[run, in a ForRuns\] On to the next run.
    NextRun,
    /// \[in a ForRuns\] Leaves the innermost loop over runs.
    LeaveRuns,
    /// \[run\] By the state of the run. States without an arm do nothing.
    OnState(Vec<(Vec<StateId>, Block)>),
    /// A choice; null counts as false.
    If {
        /// A bool.
        condition: Expr,
        /// Where it is true.
        then: Block,
        /// Where it is false or null.
        otherwise: Block,
    },
    /// Assigns a local.
    Let(LocalId, Expr),
    /// \[run\] Assigns a scalar register. Long text is copied into the rule's state.
    Set(RegId, Expr),
    /// \[run\] Adds a value to an aggregate; null is skipped.
    Accumulate(RegId, Expr),
    /// \[run\] Appends a value, which may be null, to a list that is not full.
    Append {
        /// The list.
        list: RegId,
        /// The value.
        value: Expr,
    },
    /// \[run\] Puts a register back to its start: null, zero or empty.
    Reset(RegId),
    /// \[slot\] Binds a run that is in no partition's list, all registers at their start, for the block; it is freed behind it. For a
    /// match that its first event completes.
    WithRun(Block),
    /// Counts a run that ends because a list is full; with `Policy::Fail` the kernel stops with an error.
    ListOverflow,
    /// \[run\] Moves the run to a state.
    Goto(StateId),
    /// \[run, in a ForRuns over all states\] Makes a copy of the run, right behind it, in the same state and with the same registers. Counts as a
    /// new run for `limit runs`.
    Copy,
    /// \[run, in a ForRuns\] Unlinks and frees the run; only `NextRun`, `LeaveRuns` and statements that read no register may follow for it.
    End,
    /// \[slot\] Starts a run behind all others: binds it for `body`. At the limit the policy acts (and is counted): the
    /// oldest run of the slot ends first, or nothing is done, or the kernel stops with an error.
    Start {
        /// Its state.
        state: StateId,
        /// What to do with it.
        body: Block,
    },
    /// \[slot\] Assigns a cell.
    SetCell(CellId, Expr),
    /// \[row, slot\] Notes a deadline of this slot, with the number of the row. Deadlines are noted in ascending order.
    Schedule(Expr),
    /// Appends a match: its time is the current one.
    Emit {
        /// Whether a deadline completed it (then it comes after all matches of events at that time), rather than the row.
        at_deadline: bool,
        /// A value for each column of the rule's output.
        values: Vec<Expr>,
    },
    /// \[slot\] Counts a partition that ends since no event of it came.
    CountIdle,
    /// \[slot, in a ForSlots\] Frees the slot, which has no run.
    FreeSlot,
}

/// A typed expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// The form.
    pub kind: ExprKind,
    /// The type.
    pub ty: Type,
}

/// The forms of an expression. Operands have the types that `scalar` says; null in, null out, but where noted.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant; null where the value is `Value::Null`.
    Const(Value),
    /// \[row\] A field of the row.
    Column(FieldId),
    /// \[row\] A field that holds lists; only as a value of `Emit`, in a list column. Its type is that of the items.
    ListColumn(FieldId),
    /// \[row\] Whether a guard on the row's type holds.
    Guard(GuardId),
    /// The current time.
    Time,
    /// \[row\] A number of the row (i64) that ascends: which of two came first. Of which kind is said by
    /// [`super::Rule::row_numbers`]. In a `ForDeadlines`: that of the row that noted the deadline.
    Seq,
    /// \[run\] A scalar register. The type of the expression may be without null where the register's is nullable: then it is
    /// known to be set here.
    Reg(RegId),
    /// \[run\] What an aggregate amounts to.
    Acc(RegId, AccRead),
    /// \[run\] A list; only as a value of `Emit`, in a list column. Its type is that of the items.
    List(RegId),
    /// \[run\] Whether a list is at the limit of the rule.
    ListFull(RegId),
    /// \[slot\] A cell.
    Cell(CellId),
    /// A local.
    Local(LocalId),
    /// \[slot\] Whether the slot has no run.
    NoRuns,
    /// Whether the current time is more than so many nanoseconds (not negative) after a timestamp (not null), which is not after it.
    MoreThan(Box<Expr>, i64),
    /// A timestamp (not null) plus nanoseconds, at most the end of time.
    Later(Box<Expr>, i64),
    /// An i64 (not null) plus one, wrapping.
    Next(Box<Expr>),
    /// An i64 (not null) less another (not null), wrapping.
    Minus(Box<Expr>, Box<Expr>),
    /// `-x`
    Unary(Unary, Box<Expr>),
    /// Arithmetic.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// A comparison.
    Compare(Compare, Box<Expr>, Box<Expr>),
    /// Conjunction with three values: false wins over null. Two or more.
    And(Vec<Expr>),
    /// Disjunction with three values: true wins over null. Two or more.
    Or(Vec<Expr>),
    /// Logical negation.
    Not(Box<Expr>),
    /// Whether null; never null.
    IsNull(Box<Expr>),
    /// The first if it is not null, else the second.
    Coalesce(Box<Expr>, Box<Expr>),
    /// The second where the first is true, else (false or null) the third.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A conversion.
    Cast(Cast, Box<Expr>),
    /// A function.
    Call(Func, Vec<Expr>),
    /// `like`.
    Like(Box<Expr>, String),
    /// A regular expression, found in the text.
    Matches(Box<Expr>, String),
}

/// Aggregates with a state of their own; `portent_rt::aggregate` has the types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AccKind {
    /// The exact sum and the count of integers, timestamps or durations.
    SumI,
    /// The compensated sum and the count of doubles.
    SumF,
    /// Count, mean and squared deviations of doubles.
    Moments,
}

/// What is read from an aggregate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AccRead {
    /// How many values: i64, 0 if none.
    Count,
    /// Their sum, null if none (or, of `SumI`, out of range).
    Sum,
    /// Their mean: f64, null if none.
    Avg,
    /// Of `SumI`: the mean of durations, a duration; null if none.
    AvgDuration,
    /// Of `Moments`: the sample standard deviation, null for fewer than two.
    Stddev,
}

impl Expr {
    /// An expression of the given type.
    pub const fn new(kind: ExprKind, ty: Type) -> Self {
        Self { kind, ty }
    }

    /// A bool that is never null.
    pub const fn bool(kind: ExprKind) -> Self {
        Self { kind, ty: Type::new(Kind::Bool) }
    }

    /// The constant `true`.
    pub const fn truth() -> Self {
        Self::bool(ExprKind::Const(Value::Bool(true)))
    }

    /// The current time.
    pub const fn time() -> Self {
        Self::new(ExprKind::Time, Type::new(Kind::Timestamp))
    }

    /// The sequence number of the row.
    pub const fn seq() -> Self {
        Self::new(ExprKind::Seq, Type::new(Kind::I64))
    }

    /// The operands.
    pub fn children(&self) -> Vec<&Expr> {
        use ExprKind::*;
        match &self.kind {
            Const(_) | Column(_) | ListColumn(_) | Guard(_) | Time | Seq | Reg(_) | Acc(..) | List(_)
            | ListFull(_) | Cell(_) | Local(_) | NoRuns => vec![],
            MoreThan(a, _)
            | Later(a, _)
            | Next(a)
            | Unary(_, a)
            | Not(a)
            | IsNull(a)
            | Cast(_, a)
            | Like(a, _)
            | Matches(a, _) => vec![a],
            Minus(a, b) | Binary(_, a, b) | Compare(_, a, b) | Coalesce(a, b) => vec![a, b],
            If(a, b, c) => vec![a, b, c],
            And(all) | Or(all) | Call(_, all) => all.iter().collect(),
        }
    }

    /// Calls `visit` for this expression and everything below it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        self.children().into_iter().for_each(|child| child.walk(visit));
    }
}

impl Stmt {
    /// The expressions of this statement itself, not of the blocks in it.
    pub fn exprs(&self) -> Vec<&Expr> {
        use Stmt::*;
        match self {
            ForDeadlines { before, .. } => vec![before],
            If { condition, .. } => vec![condition],
            Let(_, value)
            | Set(_, value)
            | Accumulate(_, value)
            | Append { value, .. }
            | SetCell(_, value)
            | Schedule(value) => {
                vec![value]
            }
            Emit { values, .. } => values.iter().collect(),
            ForRows(_)
            | OnType(_)
            | ForSlots(_)
            | ForRuns(_)
            | NextRun
            | LeaveRuns
            | OnState(_)
            | Goto(_)
            | Copy
            | End
            | ListOverflow
            | CountIdle
            | Reset(_)
            | WithRun(_)
            | Start { .. }
            | FreeSlot => vec![],
        }
    }

    /// The blocks in it.
    pub fn blocks(&self) -> Vec<&Block> {
        use Stmt::*;
        match self {
            ForRows(body)
            | ForDeadlines { body, .. }
            | ForSlots(body)
            | ForRuns(body)
            | WithRun(body)
            | Start { body, .. } => {
                vec![body]
            }
            If { then, otherwise, .. } => vec![then, otherwise],
            OnType(arms) => arms.iter().map(|(_, block)| block).collect(),
            OnState(arms) => arms.iter().map(|(_, block)| block).collect(),
            _ => vec![],
        }
    }
}

/// Calls `visit` for every statement of a block and of the blocks in it.
pub fn walk_block<'a>(block: &'a Block, visit: &mut dyn FnMut(&'a Stmt)) {
    for stmt in block {
        visit(stmt);
        stmt.blocks().into_iter().for_each(|inner| walk_block(inner, visit));
    }
}
