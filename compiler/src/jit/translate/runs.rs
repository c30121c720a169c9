//! Runs: the loop over a slot's runs, and starting, copying and ending one.
//!
//! The runs of a slot are a chain from its `head`. A loop reads the link of a run before its body, so that the body may
//! end the run or put a copy behind it; it keeps the number of the last live run before, to which ending one links.

use std::collections::BTreeSet;
use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::memory::{RUNS, Region};
use super::stmt::RUN_STATE;
use super::{Flow, Run, RunLoop, Translator};
use crate::hir::Policy;
use crate::jit::shims::Shim;
use crate::lir::{Block, Expr, ExprKind, RegId, StateId, Stmt, walk_block};
use crate::scalar::Kind;
use portent_rt::state::{NONE, RUN_HEADER, RuleState, Stop};

const SLOT_HEAD: usize = 0;
const SLOT_TAIL: usize = 4;
const SLOT_COUNT: usize = 8;

impl Translator<'_, '_> {
    pub(super) fn run(&self) -> Run {
        self.env.run.expect("a run is current")
    }

    pub(super) fn run_address(&mut self) -> Value {
        let address = self.run().address;
        self.b.use_var(address)
    }

    /// Computes the addresses of runs again.
    pub(super) fn rebase_runs(&mut self) {
        let base = self.load_state(types::I64, RUNS.base());
        if let Some(variable) = self.runs_base {
            self.b.def_var(variable, base);
        }
        for run in self.bound.clone() {
            let address = self.record_of_run(run.index);
            self.b.def_var(run.address, address);
        }
    }

    fn record_of_run(&mut self, index: Value) -> Value {
        self.record(RUNS, index, self.unit().layout.run.bytes)
    }

    /// Makes a run the current one.
    fn bind_run(&mut self, index: Value) -> Run {
        let address = self.record_of_run(index);
        let run = Run { index, address: self.variable(types::I64, address) };
        self.env.run = Some(run);
        self.bound.push(run);
        run
    }

    pub(super) fn no_runs(&mut self) -> Value {
        let slot = self.slot().address;
        let count = self.load(Region::Record, types::I32, slot, SLOT_COUNT);
        self.compare_int(IntCC::Equal, count, 0)
    }

    pub(super) fn for_runs(&mut self, body: &Block) {
        let (head, inner) = (self.b.create_block(), self.b.create_block());
        let (next, exit) = (self.b.create_block(), self.b.create_block());
        let slot = self.slot().address;
        let first = self.load(Region::Record, types::I32, slot, SLOT_HEAD);
        let current = self.variable(types::I32, first);
        let mut edits = false;
        walk_block(body, &mut |stmt| edits |= matches!(stmt, Stmt::End | Stmt::Copy));
        let links = edits.then(|| {
            let none = self.none();
            (self.variable(types::I32, none), self.variable(types::I32, none))
        });
        let env = self.env;
        self.jump(head);

        self.b.switch_to_block(head);
        let index = self.b.use_var(current);
        let done = self.is_none(index);
        self.branch(done, exit, inner);

        self.enter(inner);
        self.bind_run(index);
        let address = self.run_address();
        let following = self.load(Region::Record, types::I32, address, 0);
        if let Some((_, behind)) = links {
            self.b.def_var(behind, index);
        }
        let (inside, outer_tail) = (self.env, std::mem::replace(&mut self.tail, true));
        self.loops.push(RunLoop { next, exit, links, end: None });
        if self.block(body) == Flow::Falls {
            self.jump(next);
        }
        if let Some(end) = self.loops.last().and_then(|inner| inner.end) {
            self.enter(end);
            self.env = inside;
            self.end_run();
            self.jump(next);
        }
        self.loops.pop();
        self.tail = outer_tail;
        self.bound.pop();
        self.env = env;

        self.enter(next);
        self.b.def_var(current, following);
        if let Some((before, behind)) = links {
            let last = self.b.use_var(behind);
            self.b.def_var(before, last);
        }
        self.jump(head);
        self.b.seal_block(head);
        self.enter(exit);
    }

    fn links(&self) -> (cranelift_frontend::Variable, cranelift_frontend::Variable) {
        self.loops.last().and_then(|inner| inner.links).expect("a loop over runs that edits them")
    }

    /// Ends the run and goes on to the next one, in a block that all ways to do so share.
    pub(super) fn end_and_next(&mut self) {
        let b = &mut self.b;
        let inner = self.loops.last_mut().expect("a loop over runs");
        let end = *inner.end.get_or_insert_with(|| b.create_block());
        self.jump(end);
    }

    pub(super) fn end_run(&mut self) {
        let (before, behind) = self.links();
        let (run, slot) = (self.run(), self.slot().address);
        let address = self.run_address();
        let following = self.load(Region::Record, types::I32, address, 0);
        let previous = self.b.use_var(before);
        let first = self.is_none(previous);
        let previous_address = self.record_of_run(previous);
        // A slot begins with its head as a run does with its link.
        let link = self.b.ins().select(first, slot, previous_address);
        self.store(Region::Record, following, link, 0);
        let tail = self.load(Region::Record, types::I32, slot, SLOT_TAIL);
        let last = self.is_none(following);
        let tail = self.b.ins().select(last, previous, tail);
        self.store(Region::Record, tail, slot, SLOT_TAIL);
        self.count_runs(slot, -1);
        self.release(address);
        self.give(RUNS, run.index, address);
        let old = self.b.use_var(behind);
        let is_last = self.b.ins().icmp(IntCC::Equal, old, run.index);
        let new = self.b.ins().select(is_last, previous, old);
        self.b.def_var(behind, new);
    }

    fn count_runs(&mut self, slot: Value, by: i64) {
        let count = self.load(Region::Record, types::I32, slot, SLOT_COUNT);
        let count = self.b.ins().iadd_imm_s(count, by);
        self.store(Region::Record, count, slot, SLOT_COUNT);
    }

    /// Whether a run has anything beside its record; none if no run of the rule can have.
    fn owns(&mut self, address: Value) -> Option<Value> {
        let shape = &self.unit().shape;
        let mut owns = None;
        for offset in &shape.texts {
            let head = self.load(Region::Record, types::I64, address, *offset);
            let long = self.is_long(head);
            owns = Some(owns.map_or(long, |before| self.b.ins().bor(before, long)));
        }
        for (offset, _) in &shape.lists {
            let length = self.load(Region::Record, types::I32, address, offset + super::list::LENGTH);
            let some = self.compare_int(IntCC::NotEqual, length, 0);
            owns = Some(owns.map_or(some, |before| self.b.ins().bor(before, some)));
        }
        owns
    }

    /// Frees what a run has beside its record.
    fn release(&mut self, address: Value) {
        let Some(owns) = self.owns(address) else { return };
        self.rarely(owns, |t| {
            let shape = t.shape();
            t.call(Shim::ReleaseRun, &[t.state, address, shape]);
        });
    }

    fn shape(&mut self) -> Value {
        let address = self.unit().shape_address;
        self.int(address)
    }

    /// What `limit runs` allows, for an unsigned comparison with the count of a slot.
    fn runs_max(&self) -> i64 {
        crate::jit::runs_max(&self.unit().rule.limits).into()
    }

    fn count_dropped(&mut self) {
        self.count(types::I64, offset_of!(RuleState, counters.runs_dropped), 1);
    }

    fn drop_oldest(&mut self, slot: Value) {
        let shape = self.shape();
        self.call(Shim::DropOldest, &[self.state, slot, shape]);
    }

    pub(super) fn copy_run(&mut self) {
        let done = self.b.create_block();
        let slot = self.slot().address;
        let count = self.load(Region::Record, types::I32, slot, SLOT_COUNT);
        let full = self.compare_int(IntCC::UnsignedGreaterThanOrEqual, count, self.runs_max());
        self.rarely(full, |t| t.make_room_for_copy(slot, done));

        let unit = self.unit();
        let index = self.take(RUNS, unit.layout.run.bytes);
        let (run, from) = (self.run(), self.run_address());
        let copy = self.record_of_run(index);
        // The link is copied too: the copy is followed by what followed the run.
        for offset in (0..unit.layout.run.bytes).step_by(8) {
            let word = self.load(Region::Record, types::I64, from, offset);
            self.store(Region::Record, word, copy, offset);
        }
        self.store(Region::Record, index, from, 0);
        let tail = self.load(Region::Record, types::I32, slot, SLOT_TAIL);
        let was_last = self.b.ins().icmp(IntCC::Equal, tail, run.index);
        let tail = self.b.ins().select(was_last, index, tail);
        self.store(Region::Record, tail, slot, SLOT_TAIL);
        self.count_runs(slot, 1);
        if let Some(owns) = self.owns(copy) {
            self.rarely(owns, |t| {
                let shape = t.shape();
                t.call_or_stop(Shim::AdoptRun, &[t.state, copy, shape]);
            });
        }
        let (_, behind) = self.links();
        let old = self.b.use_var(behind);
        let first_copy = self.b.ins().icmp(IntCC::Equal, old, run.index);
        let new = self.b.ins().select(first_copy, index, old);
        self.b.def_var(behind, new);
        self.jump(done);
        self.enter(done);
    }

    /// At the limit: the oldest run gives way to a copy, or there is no copy (then control goes to `done`), or the
    /// program stops. The run that is copied does not give way.
    fn make_room_for_copy(&mut self, slot: Value, done: cranelift_codegen::ir::Block) {
        match self.unit().rule.limits.runs.policy {
            Policy::Fail => self.fail(),
            Policy::DropNew => {
                self.count_dropped();
                self.skip_to(done);
            }
            Policy::DropOldest => {
                let oldest = self.load(Region::Record, types::I32, slot, SLOT_HEAD);
                let index = self.run().index;
                let itself = self.b.ins().icmp(IntCC::Equal, oldest, index);
                self.rarely(itself, |t| {
                    t.count_dropped();
                    t.skip_to(done);
                });
                self.drop_oldest(slot);
                let (before, _) = self.links();
                let previous = self.b.use_var(before);
                let was_previous = self.b.ins().icmp(IntCC::Equal, previous, oldest);
                let none = self.none();
                let previous = self.b.ins().select(was_previous, none, previous);
                self.b.def_var(before, previous);
            }
        }
    }

    /// Goes to `to`; what is translated next is never reached.
    fn skip_to(&mut self, to: cranelift_codegen::ir::Block) {
        self.jump(to);
        let unreachable = self.b.create_block();
        self.enter(unreachable);
    }

    /// Stops the program at `limit runs`; what is translated next is never reached.
    fn fail(&mut self) {
        self.stop(Stop::Runs);
        self.b.ins().return_(&[]);
        let unreachable = self.b.create_block();
        self.enter(unreachable);
    }

    pub(super) fn start_run(&mut self, state: StateId, body: &Block) {
        let done = self.b.create_block();
        let slot = self.slot().address;
        let count = self.load(Region::Record, types::I32, slot, SLOT_COUNT);
        let count = self.variable(types::I32, count);
        let now = self.b.use_var(count);
        let full = self.compare_int(IntCC::UnsignedGreaterThanOrEqual, now, self.runs_max());
        self.rarely(full, |t| {
            match t.unit().rule.limits.runs.policy {
                Policy::Fail => t.fail(),
                Policy::DropNew => {
                    t.count_dropped();
                    t.skip_to(done);
                }
                Policy::DropOldest => t.drop_oldest(slot),
            }
            let left = t.load(Region::Record, types::I32, slot, SLOT_COUNT);
            t.b.def_var(count, left);
        });

        let index = self.take(RUNS, self.unit().layout.run.bytes);
        let env = self.env;
        self.bind_run(index);
        self.clear(state, &set_first(body));
        let tail = self.load(Region::Record, types::I32, slot, SLOT_TAIL);
        let last = self.record_of_run(tail);
        let count = self.b.use_var(count);
        let first = self.compare_int(IntCC::Equal, count, 0);
        let link = self.b.ins().select(first, slot, last);
        self.store(Region::Record, index, link, 0);
        self.store(Region::Record, index, slot, SLOT_TAIL);
        let count = self.b.ins().iadd_imm_s(count, 1);
        self.store(Region::Record, count, slot, SLOT_COUNT);

        self.unset = self.text_registers();
        let tail = std::mem::replace(&mut self.tail, false);
        let flow = self.block(body);
        self.tail = tail;
        self.unset.clear();
        self.bound.pop();
        self.env = env;
        if flow == Flow::Falls {
            self.jump(done);
        }
        self.enter(done);
    }

    /// Does what `body` says with a run that is in no chain, and frees it.
    pub(super) fn with_run(&mut self, body: &Block) {
        let index = self.take(RUNS, self.unit().layout.run.bytes);
        let env = self.env;
        self.bind_run(index);
        self.clear(StateId(0), &set_first(body));
        self.unset = self.text_registers();
        let tail = std::mem::replace(&mut self.tail, false);
        self.block(body);
        self.tail = tail;
        self.unset.clear();
        let address = self.run_address();
        self.release(address);
        self.give(RUNS, index, address);
        self.bound.pop();
        self.env = env;
    }

    /// Makes the record of a new run: its links, and zeros but for the registers `set`.
    fn clear(&mut self, state: StateId, set: &BTreeSet<RegId>) {
        let unit = self.unit();
        let run = self.run_address();
        let links = self.int((i64::from(state.0) << (8 * RUN_STATE)) | i64::from(NONE));
        self.store(Region::Record, links, run, 0);
        self.zero_bytes(run, RUN_HEADER, RUN_HEADER + unit.layout.run.valid_bytes);
        let mut starts: Vec<_> = unit.layout.run.places.iter().map(|place| place.offset).collect();
        starts.push(unit.layout.run.bytes);
        starts.sort_unstable();
        for (number, place) in unit.layout.run.places.iter().enumerate() {
            if !set.contains(&RegId(number as u32)) {
                let next = starts.iter().find(|start| **start > place.offset).copied();
                self.zero_bytes(run, place.offset, next.unwrap_or(unit.layout.run.bytes));
            }
        }
    }

    fn text_registers(&self) -> BTreeSet<RegId> {
        let registers = self.unit().rule.registers.iter().enumerate();
        let texts = registers.filter(|(_, register)| {
            matches!(register.kind, crate::lir::RegisterKind::Scalar(ty) if ty.kind == Kind::Str)
        });
        texts.map(|(number, _)| RegId(number as u32)).collect()
    }
}

/// The scalar registers that a block sets, whatever happens, before it reads them.
fn set_first(body: &Block) -> BTreeSet<RegId> {
    let (mut set, mut read) = (BTreeSet::new(), BTreeSet::new());
    for stmt in body {
        if !matches!(stmt, Stmt::Set(..) | Stmt::Let(..) | Stmt::SetCell(..) | Stmt::Schedule(_)) {
            break;
        }
        stmt.exprs().into_iter().for_each(|expr| reads(expr, &set, &mut read));
        if let Stmt::Set(register, _) = stmt
            && !read.contains(register)
        {
            set.insert(*register);
        }
    }
    set
}

fn reads(expr: &Expr, set: &BTreeSet<RegId>, read: &mut BTreeSet<RegId>) {
    expr.walk(&mut |inner| {
        if let ExprKind::Reg(register) = inner.kind
            && !set.contains(&register)
        {
            read.insert(register);
        }
    });
}
