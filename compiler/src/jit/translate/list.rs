//! Lists of a run: items are nodes in a chain.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::Translator;
use super::memory::{NODES, Region};
use super::value::{Payload, Val};
use crate::jit::shims::Shim;
use crate::lir::{Expr, RegId};
use portent_rt::state::{NODE_BYTES, NONE};

const HEAD: usize = 0;
const TAIL: usize = 4;
/// Where a list register has its length.
pub(super) const LENGTH: usize = 8;
const NODE_VALUE: usize = 8;

impl Translator<'_, '_> {
    /// The address of a list register of the current run.
    pub(super) fn list(&mut self, register: RegId) -> Value {
        let offset = self.unit().layout.run.places[register.index()].offset;
        let run = self.run_address();
        self.b.ins().iadd_imm_s(run, offset as i64)
    }

    pub(super) fn list_full(&mut self, register: RegId) -> Value {
        let list = self.list(register);
        let length = self.load(Region::Record, types::I32, list, LENGTH);
        let max = crate::jit::list_max(&self.unit().rule.limits);
        self.compare_int(IntCC::UnsignedGreaterThanOrEqual, length, i64::from(max))
    }

    pub(super) fn append(&mut self, register: RegId, value: &Expr) {
        let value = self.expr(value);
        let words = self.node_words(value);
        let index = self.take(NODES, NODE_BYTES);
        let node = self.record(NODES, index, NODE_BYTES);
        let valid = self.valid(value);
        let valid = self.widen_bool(valid);
        let valid = self.b.ins().ishl_imm_u(valid, 32);
        let links = self.b.ins().bor_imm_u(valid, i64::from(NONE));
        self.store(Region::Record, links, node, 0);
        for (number, word) in words.into_iter().enumerate() {
            self.store(Region::Record, word, node, NODE_VALUE + number * 8);
        }

        let list = self.list(register);
        let length = self.load(Region::Record, types::I32, list, LENGTH);
        let tail = self.load(Region::Record, types::I32, list, TAIL);
        let last = self.record(NODES, tail, NODE_BYTES);
        let first = self.compare_int(IntCC::Equal, length, 0);
        // A list begins with its head as a node does with its link.
        let link = self.b.ins().select(first, list, last);
        self.store(Region::Record, index, link, HEAD);
        self.store(Region::Record, index, list, TAIL);
        let length = self.b.ins().iadd_imm_s(length, 1);
        self.store(Region::Record, length, list, LENGTH);
    }

    /// The words of an item: of a long text the tail is an offset of the heap.
    fn node_words(&mut self, value: Val) -> Vec<Value> {
        let (head, tail) = match value.payload {
            Payload::Word(word) => return vec![self.full_word(word)],
            Payload::Text(head, tail) => (head, tail),
        };
        vec![head, self.stored_tail(head, tail)]
    }

    /// Copies a list to a place of a match.
    pub(super) fn emit_list(&mut self, register: RegId, to: Value, texts: bool) {
        let list = self.list(register);
        let texts = self.int(i64::from(texts));
        self.call_or_stop(Shim::MatchList, &[self.state, list, to, texts]);
    }
}
