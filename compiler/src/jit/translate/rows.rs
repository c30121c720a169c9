//! Loops over rows and over slots.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::inputs::Needs;
use super::memory::{Region, SLOTS, context};
use super::{Row, Slot, Translator};
use crate::lir::Block;
use portent_rt::state::Entry;
use std::mem::offset_of;

/// Where a slot says that it is in use.
pub(super) const SLOT_USED: usize = 12;

impl Translator<'_, '_> {
    /// A counted loop: `body` gets 0, 1 … below `len`.
    pub(super) fn count_to(&mut self, len: Value, body: impl FnOnce(&mut Self, Value)) {
        let zero = self.int(0);
        self.count_between(zero, len, body);
    }

    /// As `count_to`, from a number on.
    pub(super) fn count_between(&mut self, from: Value, len: Value, body: impl FnOnce(&mut Self, Value)) {
        let (head, inner, exit) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let counter = self.variable(types::I64, from);
        self.jump(head);
        self.b.switch_to_block(head);
        let index = self.b.use_var(counter);
        let more = self.b.ins().icmp(IntCC::UnsignedLessThan, index, len);
        self.branch(more, inner, exit);
        self.enter(inner);
        body(self, index);
        let next = self.b.ins().iadd_imm_s(index, 1);
        self.b.def_var(counter, next);
        self.jump(head);
        self.b.seal_block(head);
        self.enter(exit);
    }

    pub(super) fn for_rows(&mut self, body: &Block) {
        let rule = self.unit().rule;
        let needs = Needs::of_step(rule);
        let types: Vec<_> = rule.inputs.iter().map(|input| input.ty).collect();
        self.hoist(&needs, &types);
        let entries = self.load_context(context::ENTRIES);
        let len = self.load_context(context::LEN);
        let inputs = (types.len() > 1).then(|| self.load_context(context::INPUTS));
        let env = self.env;
        self.count_to(len, |t, index| {
            let entry = t.element(entries, index, size_of::<Entry>());
            let index_of_row = t.load_wide(Region::Input, entry, offset_of!(Entry, row));
            let slot = t.load_wide(Region::Input, entry, offset_of!(Entry, slot));
            let input = inputs.map(|inputs| {
                let address = t.b.ins().iadd(inputs, index);
                let input = t.load(Region::Input, types::I8, address, 0);
                t.widen(input)
            });
            let ty = if let [only] = types[..] { Some(only) } else { None };
            let row = Row { number: index, index: index_of_row, ty, input };
            t.env.row = Some(row);
            t.env.time = needs.time.then(|| t.row_time(row));
            t.bind_slot(slot);
            t.block(body);
        });
        self.env = env;
    }

    /// Makes a slot (i64) the current one.
    pub(super) fn bind_slot(&mut self, index: Value) {
        let address = self.slot_address(index);
        self.env.slot = Some(Slot { index, address });
    }

    /// Slots do not move while a kernel runs: their arena grows between batches.
    fn slot_address(&mut self, index: Value) -> Value {
        let base = self.slots_base.expect("slots of the rule");
        self.element(base, index, self.unit().layout.slot.bytes)
    }

    pub(super) fn for_slots(&mut self, body: &Block) {
        let len = self.load_state(types::I32, SLOTS.len());
        let len = self.widen(len);
        let env = self.env;
        self.count_to(len, |t, index| {
            let address = t.slot_address(index);
            t.env.slot = Some(Slot { index, address });
            let used = t.load(Region::Record, types::I32, address, SLOT_USED);
            let (inner, on) = (t.b.create_block(), t.b.create_block());
            t.branch(used, inner, on);
            t.enter(inner);
            t.block(body);
            t.jump(on);
            t.enter(on);
        });
        self.env = env;
    }
}
