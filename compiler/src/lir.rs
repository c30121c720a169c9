//! What runs: guards over events, and for each rule kernels over columns and runs. Backends print this and decide nothing.
//!
//! A program has its [`Guard`]s (predicates over one event, shared by all rules) and its [`Rule`]s. A rule has up to three
//! [`Kernel`]s of structured statements, with all loops inside:
//!
//! | kernel | called | does |
//! | --- | --- | --- |
//! | `step` | for each batch of rows that the rule wants | moves runs on, starts them, emits matches |
//! | `timer` | when time moves on | completes and ends runs whose deadline has passed |
//! | `sweep` | now and then | frees the runs and partitions that time has ended |
//!
//! Statements work on an implicit *current* row, partition (slot) and run, which the loops bind; expressions read them through
//! the leaves of [`ExprKind`]. [`verify`] lists and checks every invariant; [`text`] prints the whole.

mod kernel;
mod placement;
pub mod text;
pub mod verify;
mod window;

pub use kernel::{AccKind, AccRead, Block, Expr, ExprKind, Kernel, Local, Stmt, walk_block};
pub use placement::{Placement, RowNumbers};
pub use window::{Aggregate, Window};

use crate::hir::Limits;
use crate::scalar::{Kind, Type};
use portent_rt::TimeUnit;
use portent_rt::output::OutputSchema;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(pub u32);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl $name {
            /// As an index.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// An event type, of [`Program::types`].
    TypeId = "t";
    /// A field of an event type.
    FieldId = "f";
    /// A guard, of [`Program::guards`].
    GuardId = "g";
    /// A register of the current run, of [`Rule::registers`].
    RegId = "r";
    /// A register of the current partition, of [`Rule::cells`].
    CellId = "c";
    /// A local of a kernel, of [`Kernel::locals`].
    LocalId = "v";
    /// A state of a run, of [`Rule::states`].
    StateId = "s";
}

/// A whole program.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Event types: the inputs first, in declaration order, then one for each rule and window operator, in evaluation order.
    pub types: Vec<EventType>,
    /// Predicates over one event, each once.
    pub guards: Vec<Guard>,
    /// Which of them are found together; a backend may ask each for itself instead.
    pub indexes: Vec<Index>,
    /// Window operators in evaluation order. Each is evaluated before the rules with greater types.
    pub windows: Vec<Window>,
    /// Rules in evaluation order.
    pub rules: Vec<Rule>,
    /// Where each rule and window operator runs if there are several workers, in order of the types of their rows.
    pub placements: Vec<Placement>,
    /// For each event type a hash of what it means, by which state is told that may be taken over; 0 where the program does not
    /// come from a rule file.
    pub fingerprints: Vec<u64>,
}

impl Program {
    /// Where the operator that makes rows of a type runs; none of an input.
    pub fn placement(&self, ty: TypeId) -> Option<&Placement> {
        self.placements.get(ty.index().checked_sub(self.types.len() - self.placements.len())?)
    }
}

/// Guards that want one field (of words, not bools) in a range of its own each: one look at a value finds all that want it.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// The event type.
    pub ty: TypeId,
    /// The field.
    pub field: FieldId,
    /// What they want, in order of guards; at least one.
    pub ranges: Vec<IndexRange>,
}

/// What a guard wants of the field of an index. Of doubles, ends are their keys ([`portent_rt::kernels::key`]), both zeros being `0.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexRange {
    /// The least value.
    pub least: i64,
    /// The greatest, not less.
    pub greatest: i64,
    /// The guard, which is in no other range.
    pub guard: GuardId,
    /// Whether this is all that its condition says.
    pub exact: bool,
}

/// An event type.
#[derive(Clone, Debug, PartialEq)]
pub struct EventType {
    /// Its name.
    pub name: String,
    /// Its fields; of a rule's type one for each scalar that it emits.
    pub fields: Vec<Field>,
    /// Further fields, over [`ExprKind::Column`]s of the declared ones: numbered behind them. Only window operators read them.
    pub computed: Vec<Expr>,
    /// Where its events come from.
    pub source: Source,
    /// The `///` text.
    pub doc: String,
}

/// A field of an event type.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// How integers of the input are read.
    pub unit: TimeUnit,
    /// Whether any kernel, guard, key or time reads it.
    pub used: bool,
    /// The `///` text.
    pub doc: String,
    /// Whether it holds lists, of items of this type that may be null: of the rows of a window operator, for matches alone.
    pub list: bool,
}

/// Where events come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// From outside.
    Input {
        /// The event time over [`ExprKind::Column`]s; `None`: the time of arrival.
        time: Option<Expr>,
        /// In nanoseconds.
        lateness: i64,
    },
    /// The matches of rule number `rule`; field `i` is column `columns[i]` of its output.
    Rule {
        /// An index of [`Program::rules`].
        rule: usize,
        /// For each field.
        columns: Vec<usize>,
    },
    /// The rows of a window operator: an index of [`Program::windows`].
    Window(usize),
}

impl EventType {
    /// The type of a field, declared or computed.
    pub fn field(&self, field: FieldId) -> Option<Type> {
        let computed = || self.computed.get(field.index().checked_sub(self.fields.len())?);
        self.fields.get(field.index()).map(|field| field.ty).or_else(|| computed().map(|value| value.ty))
    }
}

/// A predicate over one event. In a batch it fills a bitmap.
#[derive(Clone, Debug, PartialEq)]
pub struct Guard {
    /// The type of the event.
    pub ty: TypeId,
    /// A bool over [`ExprKind::Column`]s; null counts as false.
    pub condition: Expr,
    /// Where the rules say so, for people: `file line: text` of the first use.
    pub origin: String,
}

/// How a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// A row at a time, without state.
    Stateless,
    /// Without state, too, and each match is fields of a row as they are ([`Rule::projected`]): a backend may copy columns
    /// instead of making code of the step kernel.
    Projection,
    /// Prioritised runs with registers.
    Runs,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The `///` text.
    pub doc: String,
    /// How it runs.
    pub strategy: Strategy,
    /// The event types that it reads, in order of [`TypeId`].
    pub inputs: Vec<Input>,
    /// The components of the partition key. Empty: one partition, slot 0.
    pub keys: Vec<Key>,
    /// What [`ExprKind::Seq`] is.
    pub row_numbers: RowNumbers,
    /// What a run keeps.
    pub registers: Vec<Register>,
    /// What a partition keeps.
    pub cells: Vec<Cell>,
    /// The states of a run; names are for people.
    pub states: Vec<String>,
    /// Over rows.
    pub step: Kernel,
    /// Over deadlines.
    pub timer: Option<Kernel>,
    /// Over partitions.
    pub sweep: Option<Kernel>,
    /// What it emits; [`Stmt::Emit`] has a value for each column.
    pub output: OutputSchema,
    /// The type of its events.
    pub output_type: TypeId,
    /// For each field of that type, the column of the output that it is.
    pub event_columns: Vec<usize>,
    /// The bounds of its state.
    pub limits: Limits,
}

impl Rule {
    /// For each column of the output of a [`Strategy::Projection`] the field that it is.
    pub fn projected(&self) -> Option<Vec<FieldId>> {
        match (self.strategy, self.step.body.as_slice()) {
            (Strategy::Projection, [Stmt::ForRows(rows)]) => fields_emitted(rows),
            _ => None,
        }
    }
}

/// The fields that a block emits, if it does nothing else.
pub(crate) fn fields_emitted(block: &Block) -> Option<Vec<FieldId>> {
    let [Stmt::Emit { at_deadline: false, values }] = block.as_slice() else { return None };
    let field = |value: &Expr| match value.kind {
        ExprKind::Column(field) => Some(field),
        _ => None,
    };
    values.iter().map(field).collect()
}

/// An event type that a rule reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The type.
    pub ty: TypeId,
    /// Which of its rows the step kernel is to see, in a partition that exists.
    pub wants: Rows,
    /// Which of these make a partition that does not exist yet. Other rows of such a partition are not seen.
    pub opens: Rows,
}

/// A choice of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Rows {
    /// Every row.
    All,
    /// Rows for which one of these guards holds. Empty: none.
    Any(Vec<GuardId>),
}

/// A component of a partition key. Null is a key; so are NaN, and zero of either sign.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The kind of value.
    pub kind: Kind,
    /// The field that holds it, of each of the rule's inputs.
    pub fields: Vec<FieldId>,
}

/// What a run keeps. All of it starts as null, zero or empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Register {
    /// For people: `a.price`; of one that keeps several things, never two at once, `a.price | b.price`.
    pub name: String,
    /// What is kept.
    pub kind: RegisterKind,
}

impl Register {
    /// What stands between the names of what shares a register.
    pub const SHARED: &str = " | ";

    /// The name of the first thing that it keeps, and those of what it keeps at other times.
    pub fn names(&self) -> (&str, impl Iterator<Item = &str>) {
        let mut names = self.name.split(Self::SHARED);
        (names.next().unwrap_or_default(), names)
    }
}

/// The kinds of register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterKind {
    /// A value. One that is not nullable holds zero, 0.0, false or "" until it is set.
    Scalar(Type),
    /// The state of an aggregate.
    Acc(AccKind),
    /// A list of values (which may be null), to be emitted.
    List(Kind),
}

/// What a partition keeps. Starts as null, or zero where it is not nullable.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// For people.
    pub name: String,
    /// Its type; not text.
    pub ty: Type,
}
