//! Matches.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::Translator;
use super::memory::{MATCHES, Region};
use super::value::{Payload, Val};
use crate::jit::shims::Shim;
use crate::lir::{Expr, ExprKind, RegId};
use portent_rt::state::{AT_DEADLINE, MATCH_HEADER};

/// What a column is to have.
enum Emitted {
    Scalar(Val),
    List(RegId),
    /// A list that the runtime copies from the current row of the rule's input.
    ListOfRow,
}

impl Translator<'_, '_> {
    pub(super) fn emit(&mut self, at_deadline: bool, values: &[Expr]) {
        let time = self.time();
        let seq = match at_deadline {
            true => {
                let noted = self.row_number();
                self.b.ins().iadd_imm_s(noted, AT_DEADLINE)
            }
            false => self.row_seq(),
        };
        let emitted: Vec<_> = values.iter().map(|expr| self.emitted(expr)).collect();
        let record = self.match_record();
        self.store(Region::Record, time, record, 0);
        self.store(Region::Record, seq, record, 8);
        self.store_match_valid(record, &emitted);
        for (column, value) in emitted.iter().enumerate() {
            let offset = self.unit().layout.matched.places[column].offset;
            match value {
                Emitted::ListOfRow => {
                    let row = self.env.row.expect("a row is current").index;
                    self.store(Region::Record, row, record, offset);
                }
                Emitted::List(register) => {
                    let to = self.b.ins().iadd_imm_s(record, offset as i64);
                    let texts = self.unit().rule.output.columns[column].ty == crate::scalar::Kind::Str;
                    self.emit_list(*register, to, texts);
                }
                Emitted::Scalar(value) => match value.payload {
                    Payload::Word(word) => {
                        let word = self.full_word(word);
                        self.store(Region::Record, word, record, offset);
                    }
                    Payload::Text(head, tail) => {
                        self.store(Region::Record, head, record, offset);
                        self.store(Region::Record, tail, record, offset + 8);
                    }
                },
            }
        }
    }

    /// The value of a column; a long text is copied to where those of matches are.
    fn emitted(&mut self, expr: &Expr) -> Emitted {
        if let ExprKind::List(register) = expr.kind {
            return Emitted::List(register);
        }
        if let ExprKind::ListColumn(_) = expr.kind {
            return Emitted::ListOfRow;
        }
        let value = self.expr(expr);
        let Payload::Text(head, tail) = value.payload else { return Emitted::Scalar(value) };
        let kept = self.variable(types::I64, tail);
        let long = self.is_long(head);
        self.rarely(long, |t| {
            let pointer = t.call_out(Shim::MatchText, &[t.state, head, tail]);
            t.b.def_var(kept, pointer);
        });
        let tail = self.b.use_var(kept);
        Emitted::Scalar(Val::text(head, tail, value.valid))
    }

    /// The address of a new match. Matches are freed together, so there is no chain of free ones.
    fn match_record(&mut self) -> Value {
        let bytes = self.unit().layout.matched.bytes;
        let len = self.load_state(types::I32, MATCHES.len());
        let capacity = self.load_state(types::I32, MATCHES.capacity());
        let full = self.b.ins().icmp(IntCC::Equal, len, capacity);
        self.rarely(full, |t| t.grow(MATCHES));
        let longer = self.b.ins().iadd_imm_s(len, 1);
        self.store_state(longer, MATCHES.len());
        self.store_state(longer, MATCHES.live());
        self.record(MATCHES, len, bytes)
    }

    /// Writes the words of validity bits, each once.
    fn store_match_valid(&mut self, record: Value, emitted: &[Emitted]) {
        let matched = &self.unit().layout.matched;
        let words = matched.valid_bytes / 8;
        let mut bits: Vec<_> = (0..words).map(|_| self.int(0)).collect();
        for (place, value) in matched.places.iter().zip(emitted) {
            let Some(bit) = place.valid_bit else { continue };
            let (word, bit) = (bit / 64 - MATCH_HEADER / 8, (bit % 64) as i64);
            let valid = match value {
                Emitted::Scalar(value) => self.valid(*value),
                Emitted::List(_) | Emitted::ListOfRow => self.truth(true),
            };
            let valid = self.widen_bool(valid);
            let valid = self.b.ins().ishl_imm_u(valid, bit);
            bits[word] = self.b.ins().bor(bits[word], valid);
        }
        for (word, bits) in bits.into_iter().enumerate() {
            self.store(Region::Record, bits, record, MATCH_HEADER + word * 8);
        }
    }
}
