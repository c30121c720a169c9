//! Loads and stores, and what they may assume.
//!
//! All addresses are those of `#[repr(C)]` structures of `portent_rt::state` or of what they point to, so no access traps,
//! and all are aligned. Three disjoint regions let the optimizer keep what it has read: inputs, which no kernel
//! writes; the state with its counts and bases; and records.

use std::borrow::Cow;
use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AliasRegionData, InstBuilder, MemFlagsData, Type, Value, types};
use cranelift_frontend::FunctionBuilder;

use super::Translator;
use crate::jit::shims::state::ArenaOf;
use portent_rt::state::{Arena, NONE, RuleState};

/// Offsets in `Context`.
pub(super) mod context {
    use portent_rt::state::Context;
    use std::mem::offset_of;

    pub(in super::super) const BATCHES: usize = offset_of!(Context, batches);
    pub(in super::super) const GUARDS: usize = offset_of!(Context, guards);
    pub(in super::super) const SCRATCH: usize = offset_of!(Context, scratch);
    pub(in super::super) const STATE: usize = offset_of!(Context, state);
    pub(in super::super) const ENTRIES: usize = offset_of!(Context, entries);
    pub(in super::super) const INPUTS: usize = offset_of!(Context, inputs);
    pub(in super::super) const LEN: usize = offset_of!(Context, len);
    pub(in super::super) const FIRST: usize = offset_of!(Context, first);
    pub(in super::super) const NOW: usize = offset_of!(Context, now);
    pub(in super::super) const TIMES: usize = offset_of!(Context, times);
    pub(in super::super) const TIMES_VALID: usize = offset_of!(Context, times_valid);
    pub(in super::super) const FAULTS: usize = offset_of!(Context, faults);
}

/// An arena of the state.
#[derive(Clone, Copy)]
pub(super) struct ArenaAt {
    pub(super) of: ArenaOf,
    /// Bytes from the start of the state.
    offset: usize,
}

pub(super) const RUNS: ArenaAt = ArenaAt { of: ArenaOf::Runs, offset: offset_of!(RuleState, runs) };
pub(super) const SLOTS: ArenaAt = ArenaAt { of: ArenaOf::Slots, offset: offset_of!(RuleState, slots) };
pub(super) const NODES: ArenaAt = ArenaAt { of: ArenaOf::Nodes, offset: offset_of!(RuleState, nodes) };
pub(super) const MATCHES: ArenaAt = ArenaAt { of: ArenaOf::Matches, offset: offset_of!(RuleState, matches) };

impl ArenaAt {
    pub(super) const fn base(self) -> usize {
        self.offset + offset_of!(Arena, base)
    }

    pub(super) const fn len(self) -> usize {
        self.offset + offset_of!(Arena, len)
    }

    pub(super) const fn capacity(self) -> usize {
        self.offset + offset_of!(Arena, capacity)
    }

    pub(super) const fn free(self) -> usize {
        self.offset + offset_of!(Arena, free)
    }

    pub(super) const fn live(self) -> usize {
        self.offset + offset_of!(Arena, live)
    }
}

/// Kinds of memory that do not overlap.
#[derive(Clone, Copy)]
pub(super) enum Region {
    /// The context, columns, bitmaps, entries: not written while a kernel runs.
    Input,
    /// `RuleState` itself, and the queue of deadlines.
    State,
    /// Runs, slots, nodes, matches; and what guard and time kernels write.
    Record,
}

/// The flags of an access to each kind of memory.
pub(super) struct Regions {
    input: MemFlagsData,
    state: MemFlagsData,
    record: MemFlagsData,
}

impl Regions {
    pub(super) fn new(b: &mut FunctionBuilder<'_>) -> Self {
        let mut region = |user_id, description| {
            let data = AliasRegionData { user_id, description: Cow::Borrowed(description) };
            Some(b.func.dfg.alias_regions.insert(data))
        };
        let input = region(0, "input");
        let state = region(1, "state");
        let record = region(2, "records");
        let trusted = MemFlagsData::trusted();
        // PERF: not `can_move`: a load that may move is done where it is used, however often, instead of before the loop.
        let input = trusted.with_readonly().with_alias_region(input);
        Self { input, state: trusted.with_alias_region(state), record: trusted.with_alias_region(record) }
    }

    fn flags(&self, region: Region) -> MemFlagsData {
        match region {
            Region::Input => self.input,
            Region::State => self.state,
            Region::Record => self.record,
        }
    }
}

impl Translator<'_, '_> {
    pub(super) fn load(&mut self, region: Region, ty: Type, base: Value, offset: usize) -> Value {
        let flags = self.regions.flags(region);
        self.b.ins().load(ty, flags, base, offset as i32)
    }

    /// An i32 as an i64, zeros above.
    pub(super) fn load_wide(&mut self, region: Region, base: Value, offset: usize) -> Value {
        let flags = self.regions.flags(region);
        self.b.ins().uload32(flags, base, offset as i32)
    }

    pub(super) fn store(&mut self, region: Region, value: Value, base: Value, offset: usize) {
        let flags = self.regions.flags(region);
        self.b.ins().store(flags, value, base, offset as i32);
    }

    /// A word of the context.
    pub(super) fn load_context(&mut self, offset: usize) -> Value {
        self.load(Region::Input, types::I64, self.context, offset)
    }

    /// A part of the state.
    pub(super) fn load_state(&mut self, ty: Type, offset: usize) -> Value {
        self.load(Region::State, ty, self.state, offset)
    }

    pub(super) fn store_state(&mut self, value: Value, offset: usize) {
        self.store(Region::State, value, self.state, offset);
    }

    /// Adds to a word of the state.
    pub(super) fn count(&mut self, ty: Type, offset: usize, by: i64) {
        let old = self.load_state(ty, offset);
        let new = self.b.ins().iadd_imm_s(old, by);
        self.store_state(new, offset);
    }

    /// `base + index * size`, for an i64 index.
    pub(super) fn element(&mut self, base: Value, index: Value, size: usize) -> Value {
        let offset = match size.is_power_of_two() {
            true if size == 1 => index,
            true => self.b.ins().ishl_imm_u(index, i64::from(size.trailing_zeros())),
            false => self.b.ins().imul_imm_s(index, size as i64),
        };
        self.b.ins().iadd(base, offset)
    }

    /// An i32 as an i64, zeros above.
    pub(super) fn widen(&mut self, value: Value) -> Value {
        self.b.ins().uextend(types::I64, value)
    }

    /// A bool as an i64.
    pub(super) fn widen_bool(&mut self, value: Value) -> Value {
        self.b.ins().uextend(types::I64, value)
    }

    /// An i64 that is 0 or 1 as a bool.
    pub(super) fn narrow_bool(&mut self, value: Value) -> Value {
        self.b.ins().ireduce(types::I8, value)
    }

    /// Bit `row` of a bitmap, as a bool.
    pub(super) fn bit(&mut self, bitmap: Value, row: Value) -> Value {
        let word = self.b.ins().ushr_imm_u(row, 6);
        let address = self.element(bitmap, word, 8);
        let word = self.load(Region::Input, types::I64, address, 0);
        // The count is taken modulo 64.
        let shifted = self.b.ins().ushr(word, row);
        let low = self.narrow_bool(shifted);
        self.b.ins().band_imm_u(low, 1)
    }

    /// Whether an index (i32) is `NONE`.
    pub(super) fn is_none(&mut self, index: Value) -> Value {
        self.compare_int(IntCC::Equal, index, -1)
    }

    /// `NONE` (i32).
    pub(super) fn none(&mut self) -> Value {
        self.b.ins().iconst(types::I32, i64::from(NONE))
    }

    /// An address on the stack for `bytes` bytes.
    pub(super) fn stack(&mut self, bytes: u32) -> Value {
        use cranelift_codegen::ir::{StackSlotData, StackSlotKind};
        let slot = StackSlotData::new(StackSlotKind::ExplicitSlot, bytes, 3);
        let slot = self.b.create_sized_stack_slot(slot);
        self.b.ins().stack_addr(types::I64, slot, 0)
    }
}
