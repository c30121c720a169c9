//! The queue of deadlines: notes and pops inline; a call only where it has to grow.
//!
//! In a kernel that pops deadlines the time of the first one is in a variable, so that a row that no deadline precedes
//! costs one comparison.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_frontend::Variable;

use super::Translator;
use super::memory::Region;
use super::rows::SLOT_USED;
use crate::jit::shims::Shim;
use crate::lir::{Block, Expr, Stmt, walk_block};
use portent_rt::state::queue::DeadlineEntry;
use portent_rt::state::{DeadlineQueue, RuleState};

const QUEUE: usize = offset_of!(RuleState, deadlines);
const BASE: usize = QUEUE + offset_of!(DeadlineQueue, base);
const MASK: usize = QUEUE + offset_of!(DeadlineQueue, mask);
const HEAD: usize = QUEUE + offset_of!(DeadlineQueue, head);
const LEN: usize = QUEUE + offset_of!(DeadlineQueue, len);

impl Translator<'_, '_> {
    /// Reads the first deadline, if the kernel pops any.
    pub(super) fn prepare_deadlines(&mut self, body: &Block) {
        let mut pops = false;
        walk_block(body, &mut |stmt| pops |= matches!(stmt, Stmt::ForDeadlines { .. }));
        if pops {
            let end = self.int(i64::MAX);
            self.first_deadline = Some(self.variable(types::I64, end));
            self.peek();
        }
    }

    fn first_deadline(&self) -> Variable {
        self.first_deadline.expect("a kernel that pops deadlines")
    }

    /// Reads the first deadline.
    fn peek(&mut self) {
        let (some, on) = (self.b.create_block(), self.b.create_block());
        let end = self.int(i64::MAX);
        let first = self.first_deadline();
        self.b.def_var(first, end);
        let len = self.load_state(types::I64, LEN);
        self.branch(len, some, on);
        self.enter(some);
        let head = self.load_state(types::I64, HEAD);
        let entry = self.queue_entry(head);
        let time = self.load(Region::Record, types::I64, entry, offset_of!(DeadlineEntry, time));
        self.b.def_var(first, time);
        self.jump(on);
        self.enter(on);
    }

    /// The address of the entry of an unwrapped number.
    fn queue_entry(&mut self, number: Value) -> Value {
        let mask = self.load_state(types::I64, MASK);
        let base = self.load_state(types::I64, BASE);
        let at = self.b.ins().band(number, mask);
        self.element(base, at, size_of::<DeadlineEntry>())
    }

    pub(super) fn for_deadlines(&mut self, before: &Expr, body: &Block) {
        let before = self.expr(before).as_word();
        let first = self.first_deadline();
        let (head, due, exit) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let env = self.env;
        self.jump(head);
        self.b.switch_to_block(head);
        let time = self.b.use_var(first);
        let is_due = self.b.ins().icmp(IntCC::SignedLessThan, time, before);
        self.branch(is_due, due, exit);
        self.enter(due);
        self.env.row = None;
        self.env.time = Some(time);
        let (slot, row) = self.pop();
        self.env.row_number = Some(row);
        self.bind_slot(slot);
        let used = self.load(Region::Record, types::I32, self.slot().address, SLOT_USED);
        let live = self.b.create_block();
        self.branch(used, live, head);
        self.enter(live);
        self.block(body);
        self.jump(head);
        self.b.seal_block(head);
        self.enter(exit);
        self.env = env;
    }

    /// Takes the first deadline away; its slot and the number of the row that noted it.
    fn pop(&mut self) -> (Value, Value) {
        let head = self.load_state(types::I64, HEAD);
        let entry = self.queue_entry(head);
        let slot = self.load(Region::Record, types::I64, entry, offset_of!(DeadlineEntry, slot));
        let row = self.load(Region::Record, types::I64, entry, offset_of!(DeadlineEntry, row));
        let next = self.b.ins().iadd_imm_s(head, 1);
        self.store_state(next, HEAD);
        self.count(types::I64, LEN, -1);
        self.peek();
        (slot, row)
    }

    /// Notes a deadline of the current slot.
    pub(super) fn schedule(&mut self, time: &Expr) {
        let time = self.expr(time).as_word();
        let slot = self.slot().index;
        let row = self.row_number();
        let len = self.load_state(types::I64, LEN);
        let mask = self.load_state(types::I64, MASK);
        let (full, room, on) = (self.cold_block(), self.b.create_block(), self.b.create_block());
        // Room is mask + 1, but without memory it is 0 while the mask is 0 too: then the first entry goes the long way.
        let has_room = self.b.ins().icmp(IntCC::UnsignedLessThan, len, mask);
        self.branch(has_room, room, full);
        self.enter(full);
        let queue = self.b.ins().iadd_imm_s(self.state, QUEUE as i64);
        self.call(Shim::PushDeadline, &[queue, time, slot, row]);
        self.jump(on);
        self.enter(room);
        let head = self.load_state(types::I64, HEAD);
        let number = self.b.ins().iadd(head, len);
        let entry = self.queue_entry(number);
        self.store(Region::Record, time, entry, offset_of!(DeadlineEntry, time));
        self.store(Region::Record, slot, entry, offset_of!(DeadlineEntry, slot));
        self.store(Region::Record, row, entry, offset_of!(DeadlineEntry, row));
        let len = self.b.ins().iadd_imm_s(len, 1);
        self.store_state(len, LEN);
        self.jump(on);
        self.enter(on);
        if let Some(first) = self.first_deadline {
            // Deadlines are noted in ascending order: this one is first if there is none.
            let old = self.b.use_var(first);
            let new = self.b.ins().smin(old, time);
            self.b.def_var(first, new);
        }
    }
}
