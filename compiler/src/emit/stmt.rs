//! Statements: one construct of Rust for each.
//!
//! A run is a reference into the arena of its rule's runs. What changes the arena (an inner loop over runs, a copy) ends the
//! reference; it is taken again where it is next needed.

use super::expr::{Binds, Place};
use super::names::{ident, mentions, uses};
use super::start;
use crate::hir::Policy;
use crate::lir::{Block, Expr, ExprKind, LocalId, RegisterKind, StateId, Stmt, TypeId};
use crate::scalar::Kind;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// Whether control comes to the end of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Falls,
    Leaves,
}

/// Prints the body of one function.
pub(super) struct Body<'a> {
    pub(super) place: Place<'a>,
    /// The slot of the current partition, for deadlines.
    pub(super) slot: TokenStream,
    /// How many loops over runs are around.
    depth: usize,
    /// Whether the reference to the current run has ended.
    stale: bool,
    /// Locals that have been declared.
    declared: Vec<LocalId>,
    cursors: Vec<Ident>,
}

const RUNS: [&str; 3] = ["run", "other", "third"];
const CURSORS: [&str; 3] = ["cursor", "others", "thirds"];

impl<'a> Body<'a> {
    pub(super) fn new(place: Place<'a>, slot: TokenStream) -> Self {
        Self { place, slot, depth: 0, stale: false, declared: Vec::new(), cursors: Vec::new() }
    }

    /// A whole body.
    pub(super) fn print(&mut self, block: &Block) -> TokenStream {
        let mut early = Vec::new();
        let (_, _, kernel) = self.place.rule.expect("a rule is current");
        for number in 0..kernel.locals.len() {
            let local = LocalId(number as u32);
            if block.iter().any(|stmt| reads_local(stmt, local)) && !covers(block, local) {
                early.push(local);
            }
        }
        let declarations: Vec<_> = early.iter().map(|local| self.declaration(*local)).collect();
        self.declared.extend(early);
        let (body, _) = self.block(block, false);
        quote! { #(#declarations)* #body }
    }

    fn declaration(&self, local: LocalId) -> TokenStream {
        let local = &self.place.rule.expect("a rule is current").2.locals[local.index()];
        let name = ident(&local.name);
        let value = match (local.ty.nullable, local.ty.kind) {
            (true, _) => quote! { None },
            (false, Kind::Bool) => quote! { false },
            (false, Kind::F64) => quote! { 0.0 },
            (false, _) => quote! { 0 },
        };
        quote! { let mut #name = #value; }
    }

    /// The statements of a block; `last`: whether going on at its end is going on to the next run.
    fn block(&mut self, block: &Block, last: bool) -> (TokenStream, Flow) {
        let declared = self.declared.len();
        let mut out = TokenStream::new();
        let mut flow = Flow::Falls;
        for (at, stmt) in block.iter().enumerate() {
            if needs_run(stmt) && self.stale {
                let (run, cursor) = (&self.place.run, self.cursor());
                out.extend(quote! { let #run = #cursor.run(&mut self.runs); });
                self.stale = false;
            }
            let is_last = last && at + 1 == block.len();
            let (tokens, left) = self.stmt(stmt, &block[at + 1..], is_last);
            out.extend(tokens);
            if left == Flow::Leaves {
                flow = Flow::Leaves;
                break;
            }
        }
        self.declared.truncate(declared);
        (out, flow)
    }

    fn cursor(&self) -> Ident {
        self.cursors.last().expect("a loop over runs").clone()
    }

    fn register(&self, register: usize) -> &'a Ident {
        let (number, ..) = self.place.rule.expect("a rule is current");
        &self.place.emitter.names.rules[number].registers[register]
    }

    fn stmt(&mut self, stmt: &Stmt, rest: &[Stmt], last: bool) -> (TokenStream, Flow) {
        let run = self.place.run.clone();
        let (number, rule, kernel) = self.place.rule.expect("a rule is current");
        let tokens = match stmt {
            Stmt::ForRows(_) | Stmt::ForSlots(_) | Stmt::ForDeadlines { .. } => {
                unreachable!("loops over rows, slots and deadlines are outermost")
            }
            Stmt::OnType(arms) => {
                let arm = arms.iter().find(|(ty, _)| Some(*ty) == self.place.row);
                return arm.map_or((quote! {}, Flow::Falls), |(_, block)| self.block(block, last));
            }
            Stmt::ForRuns(body) => self.for_runs(body),
            Stmt::NextRun if last => quote! {},
            Stmt::NextRun => return (quote! { continue; }, Flow::Leaves),
            Stmt::LeaveRuns => return (quote! { break; }, Flow::Leaves),
            Stmt::OnState(arms) => self.on_state(arms, last),
            Stmt::If { condition, then, otherwise } => return self.choice(condition, then, otherwise, last),
            Stmt::Let(local, value) => self.assign(*local, value, rest),
            Stmt::Set(register, value) => {
                let field = self.register(register.index());
                if let ExprKind::Next(of) = &value.kind
                    && of.kind == ExprKind::Reg(*register)
                {
                    return (quote! { #run.#field += 1; }, Flow::Falls);
                }
                let RegisterKind::Scalar(ty) = rule.registers[register.index()].kind else {
                    unreachable!("a scalar register")
                };
                let value = self.place.kept(value, ty.nullable);
                quote! { #run.#field = #value; }
            }
            Stmt::Accumulate(register, value) => self.accumulate(register.index(), value),
            Stmt::Append { list, value } => {
                let field = self.register(list.index());
                let value = self.place.kept(value, super::types::items_nullable(rule, *list));
                quote! { #run.#field.push(#value); }
            }
            Stmt::Reset(register) => {
                let field = self.register(register.index());
                match rule.registers[register.index()].kind {
                    RegisterKind::List(_) => quote! { #run.#field.clear(); },
                    RegisterKind::Scalar(ty) if ty.nullable => quote! { #run.#field = None; },
                    _ => quote! { #run.#field = Default::default(); },
                }
            }
            Stmt::WithRun(body) => self.with_run(body),
            Stmt::ListOverflow => {
                let count = quote! { self.overflowed += 1; };
                if rule.limits.repetition.policy != Policy::Fail {
                    return (count, Flow::Falls);
                }
                let stopped = self.stopped(quote! { Bound::Repetition }, rule.limits.repetition.max);
                return (quote! { #count return Err(#stopped); }, Flow::Leaves);
            }
            Stmt::Goto(_) if rule.states.len() == 1 => quote! {},
            Stmt::Goto(state) => {
                let state = self.state(*state);
                quote! { #run.step = #state; }
            }
            Stmt::Copy => self.copy(),
            Stmt::End => {
                let cursor = self.cursor();
                quote! { #cursor.end(&mut self.runs, &mut partition.runs); }
            }
            Stmt::Start { state, body } => self.start(*state, body),
            Stmt::SetCell(cell, value) => {
                let field = &self.place.emitter.names.rules[number].cell_fields[cell.index()];
                if let ExprKind::Next(of) = &value.kind
                    && of.kind == ExprKind::Cell(*cell)
                {
                    return (quote! { partition.cells.#field += 1; }, Flow::Falls);
                }
                if let ExprKind::Minus(of, what) = &value.kind
                    && of.kind == ExprKind::Cell(*cell)
                {
                    let what = self.place.plain(what);
                    return (quote! { partition.cells.#field -= #what; }, Flow::Falls);
                }
                let value = self.place.kept(value, rule.cells[cell.index()].ty.nullable);
                quote! { partition.cells.#field = #value; }
            }
            Stmt::Schedule(time) => {
                let (time, slot, row) = (self.place.plain(time), &self.slot, &self.place.seq);
                let slot = if slot.to_string() == "slot" {
                    quote! { slot }
                } else {
                    quote! { slot: #slot }
                };
                let noted = self.place.emitter.noted(rule);
                quote! { self.deadlines.note(Deadline { time: #time, #slot, row: #row }) #noted; }
            }
            Stmt::Emit { values, .. } => self.place.emitter.emit(number, rule, kernel, &self.place, values),
            Stmt::CountIdle => quote! { self.idled += 1; },
            Stmt::FreeSlot => quote! { partition.vacate(); },
        };
        (tokens, Flow::Falls)
    }

    fn for_runs(&mut self, body: &Block) -> TokenStream {
        if body[..] == [Stmt::End] {
            self.stale = self.depth > 0;
            return quote! { self.runs.clear(&mut partition.runs); };
        }
        let (run, cursor) = (format_ident!("{}", RUNS[self.depth]), format_ident!("{}", CURSORS[self.depth]));
        let outer = std::mem::replace(&mut self.place.run, run.clone());
        self.cursors.push(cursor.clone());
        self.depth += 1;
        self.stale = false;
        let tokens = match ends_first(body) {
            Some(condition) => {
                let is_over = self.place.truth(condition);
                quote! { self.runs.end_while(&mut partition.runs, |#run| #is_over); }
            }
            None => {
                let (body, _) = self.block(body, true);
                let next = match uses(&body, &run) {
                    false => quote! { #cursor.advance(&mut self.runs).is_some() },
                    true => quote! { let Some(#run) = #cursor.advance(&mut self.runs) },
                };
                quote! {
                    let mut #cursor = Cursor::new(&partition.runs);
                    while #next { #body }
                }
            }
        };
        self.depth -= 1;
        self.cursors.pop();
        self.place.run = outer;
        self.stale = self.depth > 0;
        tokens
    }

    /// A block on a way that others do not take.
    fn branch(&mut self, block: &Block, last: bool) -> (TokenStream, Flow, bool) {
        let stale = self.stale;
        let (tokens, flow) = self.block(block, last);
        let ended = std::mem::replace(&mut self.stale, stale);
        (tokens, flow, ended && flow == Flow::Falls)
    }

    fn choice(
        &mut self,
        condition: &Expr,
        then: &Block,
        otherwise: &Block,
        last: bool,
    ) -> (TokenStream, Flow) {
        if *condition == Expr::truth() || self.place.is_known(condition) {
            return self.block(then, last);
        }
        if let ([Stmt::If { condition: inner, then, otherwise: none }], true) =
            (&then[..], otherwise.is_empty())
            && none.is_empty()
        {
            let both = Expr::bool(ExprKind::And(vec![condition.clone(), inner.clone()]));
            return self.choice(&both, then, otherwise, last);
        }
        let condition = self.place.truth(condition);
        let (then, first, a) = self.branch(then, last);
        let (otherwise, second, b) = self.branch(otherwise, last);
        self.stale |= a || b;
        let flow = if (first, second) == (Flow::Leaves, Flow::Leaves) { Flow::Leaves } else { Flow::Falls };
        let tokens = match (then.is_empty(), otherwise.is_empty()) {
            (true, true) => quote! {},
            (false, true) => quote! { if #condition { #then } },
            (true, false) => quote! { if !(#condition) { #otherwise } },
            // What follows a way that leaves needs no `else`.
            (false, false) if first == Flow::Leaves => {
                return (quote! { if #condition { #then } #otherwise }, second);
            }
            (false, false) if is_if(&otherwise) => quote! { if #condition { #then } else #otherwise },
            (false, false) => quote! { if #condition { #then } else { #otherwise } },
        };
        (tokens, flow)
    }

    fn state(&self, state: StateId) -> TokenStream {
        let (number, ..) = self.place.rule.expect("a rule is current");
        let names = &self.place.emitter.names.rules[number];
        let (step, state) = (&names.step, &names.steps[state.index()]);
        quote! { #step::#state }
    }

    fn on_state(&mut self, arms: &[(Vec<StateId>, Block)], last: bool) -> TokenStream {
        let run = self.place.run.clone();
        let (_, rule, _) = self.place.rule.expect("a rule is current");
        let covered: usize = arms.iter().map(|(states, _)| states.len()).sum();
        if covered == 0 {
            // No run comes where it would do something.
            return quote! {};
        }
        if let [(states, block)] = arms
            && covered < rule.states.len()
        {
            return self.in_states(states, block, last);
        }
        let mut printed = Vec::new();
        let mut stale = false;
        for (states, block) in arms {
            let states: Vec<_> = states.iter().map(|state| self.state(*state)).collect();
            let (block, _, ended) = self.branch(block, last);
            stale |= ended;
            printed.push((states, block));
        }
        self.stale |= stale;
        match &printed[..] {
            [(_, block)] if covered == rule.states.len() => block.clone(),
            _ => {
                let rest = self.other_states(arms);
                let arms = printed.iter().map(|(states, block)| quote! { #(#states)|* => { #block } });
                quote! { match #run.step { #(#arms)* #rest } }
            }
        }
    }

    /// The arm of the states for which there is nothing to do; one is named.
    fn other_states(&self, arms: &[(Vec<StateId>, Block)]) -> Option<TokenStream> {
        let (_, rule, _) = self.place.rule.expect("a rule is current");
        let all = (0..rule.states.len() as u32).map(StateId);
        let others: Vec<_> = all.filter(|state| arms.iter().all(|(of, _)| !of.contains(state))).collect();
        match &others[..] {
            [] => None,
            [only] => {
                let state = self.state(*only);
                Some(quote! { #state => {} })
            }
            _ => Some(quote! { _ => {} }),
        }
    }

    /// A block for some states alone.
    fn in_states(&mut self, states: &[StateId], block: &Block, last: bool) -> TokenStream {
        let run = self.place.run.clone();
        let printed: Vec<_> = states.iter().map(|state| self.state(*state)).collect();
        let is_there = match &printed[..] {
            [state] => quote! { #run.step == #state },
            _ => quote! { matches!(#run.step, #(#printed)|*) },
        };
        let (test, block) = match &block[..] {
            [Stmt::If { condition, then, otherwise }] if otherwise.is_empty() => {
                let condition = self.place.truth_at(condition, Binds::And);
                (quote! { #is_there && #condition }, then)
            }
            _ => (is_there, block),
        };
        let (block, _, ended) = self.branch(block, last);
        self.stale |= ended;
        quote! { if #test { #block } }
    }

    fn assign(&mut self, local: LocalId, value: &Expr, rest: &[Stmt]) -> TokenStream {
        let (_, _, kernel) = self.place.rule.expect("a rule is current");
        let of = &kernel.locals[local.index()];
        let name = ident(&of.name);
        if let ExprKind::Minus(from, what) = &value.kind
            && from.kind == ExprKind::Local(local)
        {
            let what = self.place.plain(what);
            return quote! { #name -= #what; };
        }
        let value = self.place.kept(value, of.ty.nullable);
        if self.declared.contains(&local) {
            return quote! { #name = #value; };
        }
        self.declared.push(local);
        let changes = rest.iter().any(|stmt| assigns(stmt, local));
        let mutable = changes.then(|| quote! { mut });
        quote! { let #mutable #name = #value; }
    }

    fn accumulate(&mut self, register: usize, value: &Expr) -> TokenStream {
        let (_, rule, _) = self.place.rule.expect("a rule is current");
        let RegisterKind::Acc(kind) = rule.registers[register].kind else {
            unreachable!("an aggregate register")
        };
        let (run, field) = (&self.place.run, self.register(register));
        let widens = kind != crate::lir::AccKind::SumI && value.ty.kind != Kind::F64;
        let number = |tokens: TokenStream| {
            if widens {
                quote! { scalar::int::to_float(#tokens) }
            } else {
                tokens
            }
        };
        let operand = self.place.plain(value);
        match value.ty.nullable {
            false => {
                let operand = number(operand);
                quote! { #run.#field.push(#operand); }
            }
            true => {
                let item = number(quote! { value });
                quote! { if let Some(value) = #operand { #run.#field.push(#item); } }
            }
        }
    }

    fn with_run(&mut self, body: &Block) -> TokenStream {
        let fields = start::fields(&self.place, body);
        let literal = self.literal(StateId(0), &fields);
        let name = format_ident!("match_run");
        let outer = std::mem::replace(&mut self.place.run, name.clone());
        let (rest, _) = self.block(&fields.rest, false);
        self.place.run = outer;
        let mutable = changes_run(&fields.rest).then(|| quote! { mut });
        quote! { let #mutable #name = #literal; #rest }
    }

    /// A run in a state, with what is known of its registers.
    fn literal(&self, state: StateId, fields: &start::Fields) -> TokenStream {
        let (number, rule, _) = self.place.rule.expect("a rule is current");
        let names = &self.place.emitter.names.rules[number];
        let run = &names.run;
        let step = (rule.states.len() > 1).then(|| {
            let state = self.state(state);
            quote! { step: #state, }
        });
        let values = fields.values.iter().map(|(register, value)| {
            let field = &names.registers[register.index()];
            quote! { #field: #value, }
        });
        let rest = (fields.values.len() < rule.registers.len()).then(|| quote! { ..#run::default() });
        quote! { #run { #step #(#values)* #rest } }
    }

    fn start(&mut self, state: StateId, body: &Block) -> TokenStream {
        let fields = start::fields(&self.place, body);
        let literal = self.literal(state, &fields);
        let outer = std::mem::replace(&mut self.place.run, format_ident!("run"));
        let stale = std::mem::replace(&mut self.stale, false);
        let (rest, _) = self.block(&fields.rest, false);
        let run = std::mem::replace(&mut self.place.run, outer);
        self.stale = stale || self.depth > 0;
        let (_, rule, _) = self.place.rule.expect("a rule is current");
        let bound = rule.limits.runs;
        let max = max(bound.max);
        let uses_run = mentions(&rest, &run) > 0;
        match bound.policy {
            Policy::DropOldest => {
                let binding = uses_run.then(|| quote! { let #run = });
                quote! { #binding self.runs.start_dropping_oldest(&mut partition.runs, #max, #literal); #rest }
            }
            Policy::DropNew => {
                let start = quote! { self.runs.start_unless_full(&mut partition.runs, #max, #literal) };
                match (rest.is_empty(), uses_run) {
                    (true, _) => quote! { #start; },
                    (false, true) => quote! { if let Some(#run) = #start { #rest } },
                    (false, false) => quote! { if #start.is_some() { #rest } },
                }
            }
            Policy::Fail => {
                let stopped = self.stopped(quote! { bound }, bound.max);
                let binding = uses_run.then(|| quote! { let #run = });
                quote! {
                    #binding self.runs.start_or_stop(&mut partition.runs, #max, #literal).map_err(|bound| #stopped)?;
                    #rest
                }
            }
        }
    }

    fn copy(&mut self) -> TokenStream {
        let (_, rule, _) = self.place.rule.expect("a rule is current");
        let (bound, cursor) = (rule.limits.runs, self.cursor());
        let max = max(bound.max);
        self.stale = true;
        match bound.policy {
            Policy::DropOldest => {
                quote! { #cursor.copy_dropping_oldest(&mut self.runs, &mut partition.runs, #max); }
            }
            Policy::DropNew => {
                quote! { #cursor.copy_unless_full(&mut self.runs, &mut partition.runs, #max); }
            }
            Policy::Fail => {
                let stopped = self.stopped(quote! { bound }, bound.max);
                quote! {
                    #cursor.copy_or_stop(&mut self.runs, &mut partition.runs, #max).map_err(|bound| #stopped)?;
                }
            }
        }
    }

    /// The error of a bound of the rule.
    fn stopped(&self, bound: TokenStream, limit: u64) -> TokenStream {
        let (_, rule, _) = self.place.rule.expect("a rule is current");
        let (name, limit) = (&rule.name, super::expr::int(i64::try_from(limit).unwrap_or(i64::MAX)));
        quote! { Stopped::rule(#name, #bound, #limit) }
    }
}

/// A bound as the runtime counts.
pub(super) fn max(bound: u64) -> TokenStream {
    super::expr::int(i64::from(u32::try_from(bound).unwrap_or(u32::MAX)))
}

/// Whether tokens are one `if`, with its `else`s.
fn is_if(tokens: &TokenStream) -> bool {
    syn::parse2::<syn::ExprIf>(tokens.clone()).is_ok()
}

/// Whether a statement itself, not one in a block of it, needs the current run.
fn needs_run(stmt: &Stmt) -> bool {
    let reads = |expr: &&Expr| {
        let mut found = false;
        expr.walk(&mut |inner| {
            use ExprKind::{Acc, List, ListFull, Reg};
            found |= matches!(inner.kind, Reg(_) | Acc(..) | List(_) | ListFull(_));
        });
        found
    };
    use Stmt::{Accumulate, Append, Goto, OnState, Reset, Set};
    matches!(stmt, Set(..) | Accumulate(..) | Append { .. } | Reset(_) | Goto(_) | OnState(_))
        || stmt.exprs().iter().any(reads)
}

/// Whether a block changes its run, outside its own loops over runs.
fn changes_run(block: &Block) -> bool {
    block.iter().any(|stmt| {
        use Stmt::{Accumulate, Append, ForRuns, Goto, Reset, Set, Start};
        matches!(stmt, Set(..) | Accumulate(..) | Append { .. } | Reset(_) | Goto(_))
            || !matches!(stmt, ForRuns(_) | Start { .. }) && stmt.blocks().into_iter().any(changes_run)
    })
}

/// What the first runs have in common that a loop ends, and that it ends with them.
fn ends_first(body: &Block) -> Option<&Expr> {
    match &body[..] {
        [Stmt::If { condition, then, otherwise }]
            if then[..] == [Stmt::End, Stmt::NextRun] && otherwise[..] == [Stmt::LeaveRuns] =>
        {
            Some(condition)
        }
        _ => None,
    }
}

fn mentions_local(expr: &Expr, local: LocalId) -> bool {
    let mut found = false;
    expr.walk(&mut |inner| found |= inner.kind == ExprKind::Local(local));
    found
}

/// Whether a statement, or one in it, reads or assigns a local.
fn reads_local(stmt: &Stmt, local: LocalId) -> bool {
    assigns(stmt, local)
        || stmt.exprs().into_iter().any(|expr| mentions_local(expr, local))
        || stmt.blocks().into_iter().flatten().any(|inner| reads_local(inner, local))
}

fn assigns(stmt: &Stmt, local: LocalId) -> bool {
    matches!(stmt, Stmt::Let(of, _) if *of == local)
        || stmt.blocks().into_iter().flatten().any(|inner| assigns(inner, local))
}

/// Whether every use of a local comes after an assignment in the same block or one around it: then it is declared there.
fn covers(block: &Block, local: LocalId) -> bool {
    for stmt in block {
        if stmt.exprs().into_iter().any(|expr| mentions_local(expr, local)) {
            return false;
        }
        if matches!(stmt, Stmt::Let(of, _) if *of == local) {
            return true;
        }
        if !stmt.blocks().into_iter().all(|inner| covers(inner, local)) {
            return false;
        }
    }
    true
}

/// The statements of the only loop of a step kernel that are for one event type.
pub(super) fn of_rows(body: &Block) -> &[Stmt] {
    let [Stmt::ForRows(rows)] = &body[..] else { unreachable!("a step kernel is a loop over rows") };
    match &rows[..] {
        // The program has fired the deadlines before this row.
        [Stmt::ForDeadlines { before, .. }, rest @ ..] if *before == Expr::time() => rest,
        rest => rest,
    }
}

/// Whether the statements do anything for rows of a type.
pub(super) fn concerns(stmts: &[Stmt], ty: TypeId) -> bool {
    stmts.iter().any(|stmt| match stmt {
        Stmt::OnType(arms) => arms.iter().any(|(of, block)| *of == ty && !block.is_empty()),
        _ => true,
    })
}
