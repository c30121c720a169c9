//! The strategy *runs*: the automaton of a pattern as kernels over linked lists of runs.
//!
//! Registers are made when code that reads them is built, and code that sets them can only be built when all are known;
//! so everything is built again until no new register turns up (twice, in practice).

use std::collections::BTreeSet;

use super::automaton::{Automaton, Decision, Move, Target, ends_at_within};
use super::bind::Moment;
use super::guards::excludes;
use super::output::{Emission, Leaf};
use super::position::TestId;
use super::registers::{Purpose, Registers};
use super::share;
use crate::hir::{self, AfterMatch, Deadline, PatternRule, VarId, Within};
use crate::lir::{
    Block, Cell, CellId, Expr, ExprKind, Guard, GuardId, Kernel, Key, Local, LocalId, Register, Rows,
    StateId, Stmt, TypeId,
};
use crate::scalar::{Binary, Compare, Func, Kind, Type, Value};

/// A leading absence, lowered: the partition remembers when it was last violated.
pub(super) struct Leading {
    pub(super) ty: TypeId,
    pub(super) guard: Option<GuardId>,
    pub(super) span_ns: i64,
}

/// An event type of the rule.
pub(super) struct RowType {
    pub(super) ty: TypeId,
    /// The same type in the HIR.
    pub(super) hir: hir::TypeId,
    /// The rows of it that the step kernel sees.
    pub(super) sees: Rows,
}

/// The kernels of a pattern, and what they need.
pub(super) struct Built {
    pub(super) registers: Vec<Register>,
    pub(super) cells: Vec<Cell>,
    pub(super) states: Vec<String>,
    pub(super) step: Kernel,
    pub(super) timer: Option<Kernel>,
    pub(super) sweep: Kernel,
}

struct Kernels {
    step: Kernel,
    timer: Option<Kernel>,
    sweep: Kernel,
}

impl Kernels {
    fn all(&self) -> Vec<&Kernel> {
        [&self.step, &self.sweep].into_iter().chain(&self.timer).collect()
    }
}

/// What kernels are built from.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) rule: &'a PatternRule,
    pub(super) automaton: &'a Automaton,
    pub(super) emission: &'a Emission,
    pub(super) leading: &'a [Leading],
    /// Those of the program.
    pub(super) guards: &'a [Guard],
    /// The rule's event types.
    pub(super) inputs: &'a [RowType],
    /// The partition key.
    pub(super) keys: &'a [Key],
}

/// Builds kernels.
pub(super) struct Builder<'a> {
    pub(super) rule: &'a PatternRule,
    pub(super) automaton: &'a Automaton,
    pub(super) emission: &'a Emission,
    pub(super) leading: &'a [Leading],
    /// Those of the program.
    guards: &'a [Guard],
    /// The rule's event types.
    pub(super) inputs: &'a [RowType],
    /// The partition key.
    pub(super) keys: &'a [Key],
    pub(super) registers: Registers<'a>,
    /// The type of the row at hand, if there is one.
    pub(super) row: Option<TypeId>,
    /// A guard that is known to hold for it.
    given: Option<GuardId>,
    locals: Vec<Local>,
    /// The states of which a partition knows how many runs are in them.
    pub(super) counted: BTreeSet<StateId>,
    /// Whether the loop at hand counts those that leave its state.
    pub(super) counting: bool,
}

/// The type of a cell that holds the time of an event, if there was one.
const LAST: Type = Type::nullable(Kind::Timestamp);
/// `past`: a match skips past this event.
const PAST: &str = "past";
/// `dirty`: a skip has marked runs as dead.
const DIRTY: &str = "dirty";
/// `mark`: the sequence number that decides which runs a skip ends.
const MARK: &str = "mark";

impl<'a> Builder<'a> {
    pub(super) const fn new(parts: Parts<'a>, registers: Registers<'a>) -> Self {
        let Parts { rule, automaton, emission, leading, guards, inputs, keys } = parts;
        Self {
            rule,
            automaton,
            emission,
            leading,
            guards,
            inputs,
            keys,
            registers,
            row: None,
            given: None,
            locals: Vec::new(),
            counted: BTreeSet::new(),
            counting: false,
        }
    }

    /// Builds all kernels, until the registers are complete.
    pub(super) fn build(mut self) -> Built {
        // A list is bounded even if the pattern can never be complete and nothing would read it.
        for leaf in &self.emission.leaves {
            if let Leaf::List(variable, item) = leaf {
                self.registers.get(Purpose::List(*variable, item.clone()));
            }
        }
        let mut kernels = loop {
            let before = (self.registers.len(), self.counted.len());
            let kernels = self.kernels();
            if (self.registers.len(), self.counted.len()) == before {
                break kernels;
            }
        };
        let mut states: Vec<String> = self.automaton.states.iter().map(|state| state.name.clone()).collect();
        if self.marks() {
            states.push("dead".to_owned());
        }
        if let Some(places) = share::places(self.registers.registers(), states.len(), &kernels.all()) {
            self.registers.share(&places);
            kernels = self.kernels();
        }
        let cells = self.cells();
        let Kernels { step, timer, sweep } = kernels;
        Built { registers: self.registers.into_registers(), cells, states, step, timer, sweep }
    }

    fn kernels(&mut self) -> Kernels {
        let step = self.kernel(Self::step);
        let timer = self.has_deadlines().then(|| self.kernel(Self::timer));
        let sweep = self.kernel(Self::sweep);
        Kernels { step, timer, sweep }
    }

    fn kernel(&mut self, body: impl FnOnce(&mut Self) -> Block) -> Kernel {
        let body = body(self);
        Kernel { locals: std::mem::take(&mut self.locals), body }
    }

    pub(super) fn local(&mut self, name: &str, ty: Type) -> LocalId {
        let known = self.locals.iter().position(|local| local.name == name);
        let index = known.unwrap_or_else(|| {
            self.locals.push(Local { name: name.to_owned(), ty });
            self.locals.len() - 1
        });
        LocalId(index as u32)
    }

    fn flag(&mut self, name: &str) -> LocalId {
        self.local(name, Type::new(Kind::Bool))
    }

    fn set_flag(&mut self, name: &str, value: bool) -> Stmt {
        Stmt::Let(self.flag(name), Expr::bool(ExprKind::Const(Value::Bool(value))))
    }

    fn flag_is_set(&mut self, name: &str) -> Expr {
        Expr::bool(ExprKind::Local(self.flag(name)))
    }

    /// The state of runs that a skip has ended, until they are freed.
    fn dead(&self) -> StateId {
        StateId(self.automaton.states.len() as u32)
    }

    fn within_ns(&self) -> Option<i64> {
        match self.rule.within {
            Some(Within::Time(span_ns)) => Some(span_ns),
            _ => None,
        }
    }

    fn counts_events(&self) -> Option<u64> {
        match self.rule.within {
            Some(Within::Events(most)) => Some(most),
            _ => None,
        }
    }

    /// Whether runs may complete as time passes.
    fn has_deadlines(&self) -> bool {
        self.rule.trailing.is_some() || ends_at_within(self.rule)
    }

    /// The nanoseconds from the last step to the deadline, for a trailing `for`.
    fn hold_ns(&self) -> Option<i64> {
        match self.rule.trailing.as_ref()?.deadline {
            Deadline::After(hold_ns) => Some(hold_ns),
            Deadline::Within => None,
        }
    }

    // Cells: one for each leading absence, then the count of events, then the time of the last event, then the numbers of runs.

    fn cells(&self) -> Vec<Cell> {
        let leading = (0..self.leading.len())
            .map(|index| Cell { name: format!("absent{index}"), ty: Type::nullable(Kind::Timestamp) });
        let seen = self.counts_events().map(|_| Cell { name: "seen".to_owned(), ty: Type::new(Kind::I64) });
        let last = self.rule.limits.idle.map(|_| Cell { name: "last".to_owned(), ty: LAST });
        leading.chain(seen).chain(last).chain(self.count_cells()).collect()
    }

    /// How many cells there are for anything but numbers of runs.
    pub(super) fn other_cells(&self) -> usize {
        let counts = usize::from(self.counts_events().is_some());
        self.leading.len() + counts + usize::from(self.rule.limits.idle.is_some())
    }

    fn seen(&self) -> Expr {
        Expr::new(ExprKind::Cell(CellId(self.leading.len() as u32)), Type::new(Kind::I64))
    }

    // Idle partitions.

    /// The cell of the time of the last event, and how long after it the partition ends.
    fn idle(&self) -> Option<(CellId, i64)> {
        let seen = usize::from(self.counts_events().is_some());
        self.rule.limits.idle.map(|span_ns| (CellId((self.leading.len() + seen) as u32), span_ns))
    }

    /// Ends the partition if it is idle. Its cells are then as of a new one; so it is found once.
    fn end_idle(&self) -> Option<Stmt> {
        let (last, span_ns) = self.idle()?;
        let known = Expr::new(ExprKind::Cell(last), LAST);
        let last_or_now = ExprKind::Coalesce(Box::new(known), Box::new(Expr::time()));
        let last_or_now = Expr::new(last_or_now, Type::new(Kind::Timestamp));
        let condition = Expr::bool(ExprKind::MoreThan(Box::new(last_or_now), span_ns));
        let mut then = vec![Stmt::CountIdle, Stmt::ForRuns(vec![Stmt::End])];
        let absent = (0..self.leading.len() as u32).map(CellId);
        let never = |cell| Stmt::SetCell(cell, Expr::new(ExprKind::Const(Value::Null), LAST));
        then.extend(absent.chain([last]).map(never));
        then.extend(self.leave_all());
        Some(Stmt::If { condition, then, otherwise: vec![] })
    }

    // The step kernel.

    fn step(&mut self) -> Block {
        let mut body = Block::new();
        if self.has_deadlines() {
            let due = self.deadline();
            body.push(Stmt::ForDeadlines { before: Expr::time(), body: due });
        }
        if let Some((last, _)) = self.idle() {
            body.extend(self.end_idle());
            body.push(Stmt::SetCell(last, Expr::time()));
        }
        if self.counts_events().is_some() {
            let next = Expr::new(ExprKind::Next(Box::new(self.seen())), Type::new(Kind::I64));
            body.push(Stmt::SetCell(CellId(self.leading.len() as u32), next));
        }
        let mut arms: Vec<(TypeId, Block)> = Vec::new();
        for input in self.inputs {
            self.row = Some(input.ty);
            arms.push((input.ty, self.on_row(input.ty)));
            self.row = None;
        }
        match arms.len() {
            1 => body.append(&mut arms[0].1),
            _ => body.push(Stmt::OnType(arms)),
        }
        vec![Stmt::ForRows(body)]
    }

    /// What a row of type `ty` does: to the runs there are, then as the first event of a new one.
    fn on_row(&mut self, ty: TypeId) -> Block {
        let mut block = self.expire_first();
        let (mut runs, mut cleanup) = (self.runs(ty), Block::new());
        if uses_flag(&runs, &self.locals, DIRTY) {
            block.push(self.set_flag(DIRTY, false));
            cleanup.push(self.bury());
        }
        let past = uses_flag(&runs, &self.locals, PAST);
        if past {
            block.push(self.set_flag(PAST, false));
            let condition = self.flag_is_set(PAST);
            cleanup.push(Stmt::If {
                condition,
                then: vec![Stmt::ForRuns(vec![Stmt::End])],
                otherwise: vec![],
            });
        }
        block.append(&mut runs);
        block.append(&mut cleanup);
        let start = self.start(ty);
        match (past, start.is_empty()) {
            (_, true) => {}
            (true, false) => {
                let condition = Expr::bool(ExprKind::Not(Box::new(self.flag_is_set(PAST))));
                block.push(Stmt::If { condition, then: start, otherwise: vec![] });
            }
            (false, false) => block.extend(start),
        }
        for (index, leading) in self.leading.iter().enumerate().filter(|(_, leading)| leading.ty == ty) {
            let note = Stmt::SetCell(CellId(index as u32), Expr::time());
            block.push(when(self.guard(ty, leading.guard), vec![note]));
        }
        block
    }

    /// Frees the runs that a skip has marked.
    fn bury(&mut self) -> Stmt {
        let end_dead = Stmt::OnState(vec![(vec![self.dead()], vec![Stmt::End])]);
        let condition = self.flag_is_set(DIRTY);
        Stmt::If { condition, then: vec![Stmt::ForRuns(vec![end_dead])], otherwise: vec![] }
    }

    /// What a row does to the runs of its partition. Where only guards of the row decide whether it moves any run at all, they
    /// are asked once, before the loop.
    fn runs(&mut self, ty: TypeId) -> Block {
        let moving = self.moving_guards(ty);
        let Some(guards) = moving.filter(|_| self.sees_more_than_one_guard(ty)) else {
            return self.run_loop(ty, true);
        };
        let still = self.run_loop(ty, false);
        if self.exclude_each_other(&guards) {
            return guards.iter().rev().fold(still, |otherwise, guard| {
                self.given = Some(*guard);
                let then = self.run_loop(ty, true);
                self.given = None;
                vec![Stmt::If { condition: Expr::bool(ExprKind::Guard(*guard)), then, otherwise }]
            });
        }
        let bits = guards.iter().map(|guard| Expr::bool(ExprKind::Guard(*guard))).collect();
        let condition = Expr::bool(ExprKind::Or(bits));
        vec![Stmt::If { condition, then: self.run_loop(ty, true), otherwise: still }]
    }

    /// Whether a row satisfies one of these guards at most. Then each can have a loop of its own, which asks of a run only
    /// what that guard may do to it.
    fn exclude_each_other(&self, guards: &[GuardId]) -> bool {
        let pairs =
            guards.iter().enumerate().flat_map(|(index, a)| guards[..index].iter().map(move |b| (*a, *b)));
        pairs.into_iter().all(|(a, b)| self.excludes(a, b))
    }

    fn excludes(&self, a: GuardId, b: GuardId) -> bool {
        excludes(&self.guards[a.index()], &self.guards[b.index()])
    }

    /// The guards one of which holds for every row of type `ty` that moves a run; `None` if other rows may.
    fn moving_guards(&self, ty: TypeId) -> Option<Vec<GuardId>> {
        let mut guards = Vec::new();
        for state in &self.automaton.states {
            for (_, decision) in state.decisions.iter().filter(|(of, _)| *of == ty) {
                let mut rest = decision;
                while let Decision::If(test, then, otherwise) = rest {
                    let guard = self.automaton.tests[test.0 as usize].guard;
                    if **then != Decision::Then(Move::Stay) {
                        guards.push(guard?);
                    }
                    rest = otherwise;
                }
                if *rest != Decision::Then(Move::Stay) {
                    return None;
                }
            }
        }
        guards.sort();
        guards.dedup();
        Some(guards)
    }

    fn sees_more_than_one_guard(&self, ty: TypeId) -> bool {
        let sees = self.inputs.iter().find(|input| input.ty == ty).map(|input| &input.sees);
        !matches!(sees, Some(Rows::Any(guards)) if guards.len() < 2)
    }

    /// Looks at each run; `moves`: the row may move it, otherwise time alone does.
    fn run_loop(&mut self, ty: TypeId, moves: bool) -> Block {
        if moves
            && !self.automaton.forks()
            && let Some(state) = self.only_moved(ty)
        {
            return self.counted_loop(state, |builder| builder.on_run(ty, true, state));
        }
        let automaton = self.automaton;
        let mut arms: Vec<(Vec<StateId>, Block)> = Vec::new();
        for state in (0..automaton.states.len() as u32).map(StateId) {
            let block = self.on_run(ty, moves, state);
            match arms.iter_mut().find(|(_, known)| *known == block) {
                _ if block.is_empty() => {}
                Some((states, _)) => states.push(state),
                None => arms.push((vec![state], block)),
            }
        }
        let alone = automaton.states.len() == 1 && !self.marks();
        match (arms.len(), alone) {
            (0, _) => vec![],
            (1, true) => vec![Stmt::ForRuns(arms.remove(0).1)],
            _ => vec![Stmt::ForRuns(vec![Stmt::OnState(arms)])],
        }
    }

    /// What a row does to a run in a state.
    fn on_run(&mut self, ty: TypeId, moves: bool, state: StateId) -> Block {
        let of = &self.automaton.states[state.index()];
        let decision = of.decisions.iter().find(|(of, _)| moves && *of == ty).map(|(_, decision)| decision);
        let mut block = Block::new();
        if self.hold_ns().is_some() && !of.waits {
            block.extend(self.expire(vec![]));
        }
        if let Some(decision) = decision {
            block.extend(self.decision(ty, decision, Some(state)));
        }
        block
    }

    /// The state whose runs are the only ones that a row of type `ty` does anything to, if there are other states.
    fn only_moved(&mut self, ty: TypeId) -> Option<StateId> {
        let states = self.automaton.states.len();
        let moved = |state: &StateId| !self.on_run(ty, true, *state).is_empty();
        let mut moved = (0..states as u32).map(StateId).filter(moved);
        let only = moved.next().filter(|_| states > 1)?;
        moved.next().is_none().then_some(only)
    }

    /// Ends the runs whose time is up, unless that depends on where they are. Runs are in order of their start, so these
    /// come first.
    fn expire_first(&mut self) -> Block {
        let expire = if self.hold_ns().is_some() { vec![] } else { self.expire(vec![Stmt::LeaveRuns]) };
        if expire.is_empty() { vec![] } else { vec![Stmt::ForRuns(expire)] }
    }

    /// Ends the run if its time is up; otherwise does `alive`. Runs with a deadline are ended by it.
    fn expire(&mut self, alive: Block) -> Block {
        if ends_at_within(self.rule) {
            return vec![];
        }
        let condition = match self.rule.within {
            None => return vec![],
            Some(Within::Time(span_ns)) => {
                let start = self.registers.read(Purpose::Start, Type::new(Kind::Timestamp));
                Expr::bool(ExprKind::MoreThan(Box::new(start), span_ns))
            }
            Some(Within::Events(most)) => {
                let first = self.registers.read(Purpose::StartCount, Type::new(Kind::I64));
                let since = ExprKind::Binary(Binary::SubI, Box::new(self.seen()), Box::new(first));
                let since = Expr::new(since, Type::nullable(Kind::I64));
                let most = Expr::new(
                    ExprKind::Const(Value::I64(most.min(i64::MAX as u64) as i64)),
                    Type::new(Kind::I64),
                );
                let compare = ExprKind::Compare(Compare::Ge, Box::new(since), Box::new(most));
                Expr::new(compare, Type::nullable(Kind::Bool))
            }
        };
        vec![Stmt::If { condition, then: vec![Stmt::End, Stmt::NextRun], otherwise: alive }]
    }

    /// Ends the run if its time is up and it does not wait out a negation.
    fn expire_unless_waiting(&mut self) -> Block {
        let states = self.automaton.states.iter().enumerate().filter(|(_, state)| !state.waits);
        let states: Vec<_> = states.map(|(index, _)| StateId(index as u32)).collect();
        match states.is_empty() {
            true => vec![],
            false => vec![Stmt::OnState(vec![(states, self.expire(vec![]))])],
        }
    }

    /// Whether the rule's skip marks runs as dead.
    fn marks(&self) -> bool {
        match self.rule.skip {
            AfterMatch::None => false,
            AfterMatch::PastLast => self.has_deadlines(),
            AfterMatch::ToNext | AfterMatch::ToFirst(_) | AfterMatch::ToLast(_) => true,
        }
    }

    fn decision(&mut self, ty: TypeId, decision: &Decision, state: Option<StateId>) -> Block {
        match decision {
            Decision::Then(made) => self.make(made, state),
            Decision::If(test, _, otherwise) if self.is_ruled_out(*test) => {
                self.decision(ty, otherwise, state)
            }
            Decision::If(test, then, otherwise) => {
                let condition = self.test(ty, *test, state.is_none());
                let then = self.decision(ty, then, state);
                let otherwise = self.decision(ty, otherwise, state);
                match condition {
                    None => then,
                    Some(condition) => vec![Stmt::If { condition, then, otherwise }],
                }
            }
        }
    }

    /// Whether the guard that is given excludes that of a test.
    fn is_ruled_out(&self, test: TestId) -> bool {
        let guard = self.automaton.tests[test.0 as usize].guard;
        matches!((self.given, guard), (Some(given), Some(guard)) if self.excludes(given, guard))
    }

    /// The condition of a test on a row of type `ty`; `None` if every row that the kernel sees satisfies it. On the first
    /// event of a run no variable is bound yet.
    fn test(&mut self, ty: TypeId, id: TestId, first: bool) -> Option<Expr> {
        let test = &self.automaton.tests[id.0 as usize];
        let guard = self.guard(ty, test.guard);
        let moment = if first { Moment::First(&[]) } else { Moment::Guard };
        let condition = test.condition.as_ref().map(|condition| self.lower(condition, &moment));
        match (guard, condition) {
            (Some(guard), Some(condition)) => {
                let ty = condition.ty;
                Some(Expr::new(ExprKind::And(vec![guard, condition]), ty))
            }
            (guard, condition) => guard.or(condition),
        }
    }

    /// The bit of a guard, unless it is known to be set in every row that the kernel sees.
    fn guard(&self, ty: TypeId, guard: Option<GuardId>) -> Option<Expr> {
        let guard = guard?;
        match self.inputs.iter().find(|input| input.ty == ty).map(|input| &input.sees) {
            Some(Rows::Any(guards)) if guards[..] == [guard] => None,
            _ if self.given == Some(guard) => None,
            _ => Some(Expr::bool(ExprKind::Guard(guard))),
        }
    }

    /// A move of the current run; of no run yet where `state` is none.
    fn make(&mut self, made: &Move, state: Option<StateId>) -> Block {
        match made {
            Move::Stay => vec![],
            Move::Shift(to) => self.goto(state, *to),
            Move::Die => self.end(state),
            Move::Complete => {
                let mut block = self.complete(&Moment::Now, false);
                block.extend(self.end(state));
                block
            }
            Move::Take { to: Target::State(to), binds, renews, .. } if state.is_none() => {
                vec![self.begin(*to, binds, renews)]
            }
            Move::Take { to: Target::Accept, binds, .. } if state.is_none() => self.complete_at_once(binds),
            Move::Take { to, fork, binds, unbinds, renews } => {
                let mut block = if *fork { vec![Stmt::Copy] } else { vec![] };
                block.extend(self.refuse_full(binds));
                match to {
                    Target::State(to) => {
                        block.extend(self.bind(binds, false));
                        block.extend(self.unbind(unbinds));
                        block.extend(self.renew(renews));
                        block.extend(self.arrive(*to));
                        block.extend(self.goto(state, *to));
                    }
                    Target::Accept => {
                        block.extend(self.bind(binds, true));
                        block.extend(self.unbind(unbinds));
                        block.extend(self.complete(&Moment::Event(binds), false));
                        block.extend(self.end(state));
                        if self.rule.skip == AfterMatch::PastLast {
                            let condition = self.flag_is_set(PAST);
                            block.push(Stmt::If {
                                condition,
                                then: vec![Stmt::LeaveRuns],
                                otherwise: vec![],
                            });
                        }
                    }
                }
                block
            }
        }
    }

    /// Moves the run on from a state.
    fn goto(&self, from: Option<StateId>, to: StateId) -> Block {
        let mut block = Block::new();
        if from != Some(to) {
            block.extend(self.leaves(from));
            block.extend(self.enters(to));
        }
        block.push(Stmt::Goto(to));
        block
    }

    /// Ends the run, which is in a state.
    fn end(&self, state: Option<StateId>) -> Block {
        self.leaves(state).into_iter().chain([Stmt::End]).collect()
    }

    /// What an event that has been taken leaves behind, on the way to a state.
    fn arrive(&mut self, to: StateId) -> Block {
        let mut block = Block::new();
        if let Some(last) = self.registers.known(&Purpose::LastSeq) {
            block.push(Stmt::Set(last, Expr::seq()));
        }
        if let (true, Some(hold_ns)) = (self.automaton.states[to.index()].waits, self.hold_ns()) {
            block.push(Stmt::Set(self.registers.get(Purpose::WaitSeq), Expr::seq()));
            block.push(Stmt::Schedule(due_in(hold_ns)));
        }
        block
    }

    // New runs.

    fn start(&mut self, ty: TypeId) -> Block {
        let automaton = self.automaton;
        let Some((_, decision)) = automaton.start.iter().find(|(of, _)| *of == ty) else { return vec![] };
        let block = self.decision(ty, decision, None);
        let absent = (0..self.leading.len()).map(|index| self.is_long_absent(index)).collect::<Vec<_>>();
        match absent.len() {
            0 => block,
            1 => vec![Stmt::If { condition: absent[0].clone(), then: block, otherwise: vec![] }],
            _ => vec![Stmt::If {
                condition: Expr::bool(ExprKind::And(absent)),
                then: block,
                otherwise: vec![],
            }],
        }
    }

    /// Whether leading absence number `index` holds now.
    fn is_long_absent(&self, index: usize) -> Expr {
        let cell = |ty| Expr::new(ExprKind::Cell(CellId(index as u32)), ty);
        let never = Expr::bool(ExprKind::IsNull(Box::new(cell(Type::nullable(Kind::Timestamp)))));
        let last = Box::new(cell(Type::new(Kind::Timestamp)));
        let long_ago = Expr::bool(ExprKind::MoreThan(last, self.leading[index].span_ns));
        Expr::bool(ExprKind::Or(vec![never, long_ago]))
    }

    fn begin(&mut self, to: StateId, binds: &[VarId], renews: &[VarId]) -> Stmt {
        let mut body = Block::new();
        for (purpose, value) in [
            (Purpose::Start, Expr::time()),
            (Purpose::StartSeq, Expr::seq()),
            (Purpose::StartCount, self.seen()),
        ] {
            if let Some(register) = self.registers.known(&purpose) {
                body.push(Stmt::Set(register, value));
            }
        }
        body.extend(self.bind(binds, false));
        body.extend(self.renew(renews));
        body.extend(self.arrive(to));
        if let (true, Some(span_ns)) = (ends_at_within(self.rule), self.within_ns()) {
            body.push(Stmt::Schedule(due_in(span_ns)));
        }
        body.extend(self.enters(to));
        Stmt::Start { state: to, body }
    }

    /// A match of one event. Only aggregates need a run, for the moment.
    fn complete_at_once(&mut self, binds: &[VarId]) -> Block {
        let set = self.bind(binds, true);
        let block = self.complete(&Moment::First(binds), false);
        if !reads_run(&block) {
            return block;
        }
        // The skip of such a match looks at the runs of the partition, not at this one; it loops over them itself.
        vec![Stmt::WithRun([set, block].concat())]
    }

    // Matches.

    /// Emits the match of the current run if `where` allows it, and skips.
    fn complete(&mut self, moment: &Moment<'_>, at_deadline: bool) -> Block {
        let leaves = &self.emission.leaves;
        let values = leaves.iter().map(|leaf| self.leaf_value(leaf, moment)).collect();
        let mut block = vec![Stmt::Emit { at_deadline, values }];
        block.extend(self.skip(moment));
        let filter = self.rule.filter.as_ref().map(|filter| self.lower(filter, moment));
        vec![match filter {
            None => return block,
            Some(condition) => Stmt::If { condition, then: block, otherwise: vec![] },
        }]
    }

    fn skip(&mut self, moment: &Moment<'_>) -> Block {
        let seq = Type::new(Kind::I64);
        match (self.rule.skip, moment) {
            (AfterMatch::None, _) | (AfterMatch::ToNext, Moment::First(_)) => vec![],
            (AfterMatch::PastLast, Moment::Event(_)) => vec![self.set_flag(PAST, true)],
            (AfterMatch::PastLast, Moment::First(_)) => vec![Stmt::ForRuns(vec![Stmt::End])],
            (AfterMatch::PastLast, _) => {
                let last = self.registers.read(Purpose::LastSeq, seq);
                self.mark_runs(last, Compare::Le, false)
            }
            (AfterMatch::ToNext, _) => {
                let own = self.registers.read(Purpose::StartSeq, seq);
                self.mark_runs(own, Compare::Eq, false)
            }
            (AfterMatch::ToFirst(variable), _) => {
                self.skip_to(Purpose::FirstSeqOf(variable), variable, moment)
            }
            (AfterMatch::ToLast(variable), _) => self.skip_to(Purpose::LastSeqOf(variable), variable, moment),
        }
    }

    fn skip_to(&mut self, purpose: Purpose, variable: VarId, moment: &Moment<'_>) -> Block {
        let at_end = matches!(purpose, Purpose::LastSeqOf(_));
        let single = !self.rule.variables[variable.0 as usize].repeated;
        let now = moment.binds().contains(&variable);
        let to = match (now, moment) {
            (false, Moment::First(_)) => return vec![],
            (true, Moment::First(_)) => Expr::seq(),
            (true, _) if at_end || single => Expr::seq(),
            _ => self.registers.read(purpose, Type::nullable(Kind::I64)),
        };
        self.mark_runs(to, Compare::Lt, matches!(moment, Moment::First(_)))
    }

    /// Marks the runs whose first event has a sequence number that compares so to `bound`; or ends them, where no loop
    /// over runs is under way.
    fn mark_runs(&mut self, bound: Expr, compare: Compare, at_once: bool) -> Block {
        let mark = self.local(MARK, Type::nullable(Kind::I64));
        let start = self.registers.read(Purpose::StartSeq, Type::new(Kind::I64));
        let limit = Expr::new(ExprKind::Local(mark), Type::nullable(Kind::I64));
        let compare = ExprKind::Compare(compare, Box::new(start), Box::new(limit));
        let condition = Expr::new(compare, Type::nullable(Kind::Bool));
        let then = if at_once { vec![Stmt::End] } else { vec![Stmt::Goto(self.dead())] };
        let mut block = vec![
            Stmt::Let(mark, bound),
            Stmt::ForRuns(vec![Stmt::If { condition, then, otherwise: vec![] }]),
        ];
        if !at_once {
            block.push(self.set_flag(DIRTY, true));
        }
        block
    }

    // Time.

    fn timer(&mut self) -> Block {
        let body = self.deadline();
        vec![Stmt::ForDeadlines { before: Expr::time(), body }]
    }

    /// What a deadline of a slot does.
    fn deadline(&mut self) -> Block {
        let automaton = self.automaton;
        let done: Vec<StateId> = (0..automaton.states.len() as u32)
            .map(StateId)
            .filter(|state| automaton.states[state.index()].completes)
            .collect();
        // No run may come to such a state: a greedy repetition may take every event that the step behind it waits for.
        let complete = if done.is_empty() { Block::new() } else { self.complete(&Moment::Deadline, true) };
        let dirty = uses_flag(&complete, &self.locals, DIRTY);
        // Which runs a deadline is of is told by the row that noted it: of equal deadlines, each completes its own runs.
        let is_due = |purpose, registers: &mut Registers<'_>| {
            let noted = registers.read(purpose, Type::new(Kind::I64));
            Expr::bool(ExprKind::Compare(Compare::Le, Box::new(noted), Box::new(Expr::seq())))
        };
        let loop_body = if self.hold_ns().is_none() {
            // Runs are in order of their start, so those that are due come first.
            let condition = is_due(Purpose::StartSeq, &mut self.registers);
            let then = vec![Stmt::OnState(vec![(done, complete)]), Stmt::End, Stmt::NextRun];
            Stmt::If { condition, then, otherwise: vec![Stmt::LeaveRuns] }
        } else {
            let condition = is_due(Purpose::WaitSeq, &mut self.registers);
            let mut then = complete;
            then.push(Stmt::End);
            Stmt::OnState(vec![(done, vec![Stmt::If { condition, then, otherwise: vec![] }])])
        };
        let mut block = Block::from_iter(self.end_idle());
        if dirty {
            block.push(self.set_flag(DIRTY, false));
        }
        block.push(Stmt::ForRuns(vec![loop_body]));
        if dirty {
            block.push(self.bury());
        }
        block
    }

    /// Frees what time has ended: runs, and partitions that hold nothing any more.
    fn sweep(&mut self) -> Block {
        let mut body = Block::from_iter(self.end_idle());
        if self.within_ns().is_some() {
            let expire = match self.hold_ns() {
                None => self.expire(vec![Stmt::LeaveRuns]),
                Some(_) => self.expire_unless_waiting(),
            };
            if !expire.is_empty() {
                body.push(Stmt::ForRuns(expire));
            }
        }
        if !self.rule.keys.is_empty() {
            let mut empty = vec![Expr::bool(ExprKind::NoRuns)];
            empty.extend((0..self.leading.len()).map(|index| self.is_long_absent(index)));
            let condition = match empty.len() {
                1 => empty.remove(0),
                _ => Expr::bool(ExprKind::And(empty)),
            };
            body.push(Stmt::If { condition, then: vec![Stmt::FreeSlot], otherwise: vec![] });
        }
        vec![Stmt::ForSlots(body)]
    }

    pub(super) fn lower(&mut self, expr: &hir::Expr, moment: &Moment<'_>) -> Expr {
        super::expr::lower(expr, &mut |leaf: &hir::Expr| self.leaf(leaf, moment))
    }
}

/// `block`, if `condition` is there only where it holds.
fn when(condition: Option<Expr>, block: Block) -> Stmt {
    let condition = condition.unwrap_or_else(Expr::truth);
    Stmt::If { condition, then: block, otherwise: vec![] }
}

/// So many nanoseconds from now, as a deadline: before the end of time.
fn due_in(span_ns: i64) -> Expr {
    let timestamp = |kind| Expr::new(kind, Type::new(Kind::Timestamp));
    let due = timestamp(ExprKind::Later(Box::new(Expr::time()), span_ns));
    let last = timestamp(ExprKind::Const(Value::Timestamp(Deadline::LAST)));
    timestamp(ExprKind::Call(Func::MinTimestamp, vec![due, last]))
}

/// Whether a block assigns the flag of this name.
fn uses_flag(block: &Block, locals: &[Local], name: &str) -> bool {
    let mut uses = false;
    crate::lir::walk_block(block, &mut |stmt| {
        uses |= matches!(stmt, Stmt::Let(local, _) if locals[local.index()].name == name);
    });
    uses
}

/// Whether a block reads registers outside its own loops over runs.
fn reads_run(block: &Block) -> bool {
    block.iter().any(|stmt| {
        let reads = |expr: &&Expr| {
            let mut found = false;
            expr.walk(&mut |inner| {
                found |= matches!(inner.kind, ExprKind::Reg(_) | ExprKind::Acc(..) | ExprKind::List(_))
            });
            found
        };
        stmt.exprs().iter().any(reads)
            || !matches!(stmt, Stmt::ForRuns(_)) && stmt.blocks().into_iter().any(reads_run)
    })
}
