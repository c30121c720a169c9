//! Records: taking them from arenas and giving them back, setting their registers and cells.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value, types};

use super::Translator;
use super::memory::{ArenaAt, Region};
use super::value::{Payload, Val};
use crate::jit::layout::Place;
use crate::jit::shims::Shim;
use crate::jit::shims::state::ArenaOf;
use crate::lir::{CellId, Expr, RegId, RegisterKind};
use crate::scalar::Kind;
use portent_rt::aggregate::STATE_BYTES;

impl Translator<'_, '_> {
    /// A record of an arena: its number (i32). It is not zeroed. The kernel stops if there can be no more.
    pub(super) fn take(&mut self, arena: ArenaAt, bytes: usize) -> Value {
        let (reuse, bump, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I32);
        let free = self.load_state(types::I32, arena.free());
        let none_free = self.is_none(free);
        self.branch(none_free, bump, reuse);

        self.enter(reuse);
        let address = self.record(arena, free, bytes);
        let next = self.load(Region::Record, types::I32, address, 0);
        self.store_state(next, arena.free());
        self.b.ins().jump(done, &[BlockArg::Value(free)]);

        self.enter(bump);
        let len = self.load_state(types::I32, arena.len());
        let capacity = self.load_state(types::I32, arena.capacity());
        let full = self.b.ins().icmp(IntCC::Equal, len, capacity);
        self.rarely(full, |t| t.grow(arena));
        let longer = self.b.ins().iadd_imm_s(len, 1);
        self.store_state(longer, arena.len());
        self.b.ins().jump(done, &[BlockArg::Value(len)]);

        self.enter(done);
        self.count(types::I32, arena.live(), 1);
        result
    }

    /// Makes room; every address of a record of the arena that is kept is computed again.
    pub(super) fn grow(&mut self, arena: ArenaAt) {
        let of = self.int(arena.of as i64);
        self.call_or_stop(Shim::GrowArena, &[self.state, of]);
        if arena.of == ArenaOf::Runs {
            self.rebase_runs();
        }
    }

    /// Gives a record back, whose links may be overwritten.
    pub(super) fn give(&mut self, arena: ArenaAt, index: Value, address: Value) {
        let free = self.load_state(types::I32, arena.free());
        self.store(Region::Record, free, address, 0);
        self.store_state(index, arena.free());
        self.count(types::I32, arena.live(), -1);
    }

    /// The address of a record.
    pub(super) fn record(&mut self, arena: ArenaAt, index: Value, bytes: usize) -> Value {
        let base = match (arena.of == ArenaOf::Runs, self.runs_base) {
            (true, Some(base)) => self.b.use_var(base),
            _ => self.load_state(types::I64, arena.base()),
        };
        let index = self.widen(index);
        self.element(base, index, bytes)
    }

    /// Fills a range of a record with zeros.
    pub(super) fn zero_bytes(&mut self, record: Value, from: usize, to: usize) {
        let zero = self.int(0);
        (from..to).step_by(8).for_each(|offset| self.store(Region::Record, zero, record, offset));
    }

    /// Writes a value at its place, and whether it is there.
    pub(super) fn store_place(&mut self, record: Value, place: Place, value: Val) {
        self.store_valid(record, place, value);
        match value.payload {
            Payload::Word(word) => {
                let word = self.full_word(word);
                self.store(Region::Record, word, record, place.offset);
            }
            Payload::Text(head, tail) => {
                self.store(Region::Record, head, record, place.offset);
                self.store(Region::Record, tail, record, place.offset + 8);
            }
        }
    }

    /// A bool as eight bytes, anything else as it is.
    pub(super) fn full_word(&mut self, word: Value) -> Value {
        match self.b.func.dfg.value_type(word) {
            types::I8 => self.widen_bool(word),
            _ => word,
        }
    }

    /// Sets the validity bit of a place, if it has one.
    fn store_valid(&mut self, record: Value, place: Place, value: Val) {
        let Some(bit) = place.valid_bit else { return };
        let (byte, bit) = (bit / 8, (bit % 8) as i64);
        let bits = self.load(Region::Record, types::I8, record, byte);
        let bits = match value.valid {
            None => self.b.ins().bor_imm_u(bits, 1 << bit),
            Some(valid) => {
                let cleared = self.b.ins().band_imm_u(bits, 0xff & !(1 << bit));
                let set = self.b.ins().ishl_imm_u(valid, bit);
                self.b.ins().bor(cleared, set)
            }
        };
        self.store(Region::Record, bits, record, byte);
    }

    /// Puts a register back to null, zero or empty.
    pub(super) fn reset(&mut self, register: RegId) {
        let unit = self.unit();
        let place = unit.layout.run.places[register.index()];
        let run = self.run_address();
        let at = self.b.ins().iadd_imm_s(run, place.offset as i64);
        match unit.rule.registers[register.index()].kind {
            RegisterKind::Acc(_) => self.zero_bytes(run, place.offset, place.offset + STATE_BYTES),
            RegisterKind::List(kind) => {
                let length = self.load(Region::Record, types::I32, at, super::list::LENGTH);
                self.rarely(length, |t| {
                    let texts = t.int(i64::from(kind == Kind::Str));
                    t.call(Shim::FreeList, &[t.state, at, texts]);
                });
                self.zero_bytes(run, place.offset, place.offset + 16);
            }
            RegisterKind::Scalar(ty) => {
                let null = self.null(ty.kind);
                self.set_place(register, place, null);
            }
        }
    }

    pub(super) fn set_cell(&mut self, cell: CellId, value: &Expr) {
        let value = self.expr(value);
        let place = self.unit().layout.slot.places[cell.index()];
        let slot = self.slot();
        self.store_place(slot.address, place, value);
    }

    pub(super) fn set_register(&mut self, register: RegId, expr: &Expr) {
        let value = self.expr(expr);
        let place = self.unit().layout.run.places[register.index()];
        self.set_place(register, place, value);
    }

    fn set_place(&mut self, register: RegId, place: Place, value: Val) {
        let run = self.run_address();
        let Payload::Text(head, tail) = value.payload else { return self.store_place(run, place, value) };
        // A long text is copied into the heap, and the one that was there is freed.
        self.store_valid(run, place, value);
        if self.unset.remove(&register) {
            let tail = self.stored_tail(head, tail);
            return self.store_place(run, Place { valid_bit: None, ..place }, Val::text(head, tail, None));
        }
        let long = self.is_long(head);
        let old = self.load(Region::Record, types::I64, run, place.offset);
        let old = self.is_long(old);
        let costly = self.b.ins().bor(long, old);
        let (cold, short, on) = (self.cold_block(), self.b.create_block(), self.b.create_block());
        self.branch(costly, cold, short);
        self.enter(cold);
        let at = self.b.ins().iadd_imm_s(run, place.offset as i64);
        self.call(Shim::SetText, &[self.state, at, head, tail]);
        self.jump(on);
        self.enter(short);
        self.store(Region::Record, head, run, place.offset);
        self.store(Region::Record, tail, run, place.offset + 8);
        self.jump(on);
        self.enter(on);
    }

    /// The tail of a text as it is kept in the state: a long one is copied to the heap, and its tail is the offset there.
    pub(super) fn stored_tail(&mut self, head: Value, tail: Value) -> Value {
        let stored = self.variable(types::I64, tail);
        let long = self.is_long(head);
        self.rarely(long, |t| {
            let offset = t.call_out(Shim::StoreText, &[t.state, head, tail]);
            t.b.def_var(stored, offset);
        });
        self.b.use_var(stored)
    }
}
