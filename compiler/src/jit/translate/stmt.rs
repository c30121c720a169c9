//! Statements: control flow, locals and cells; the larger ones have files of their own.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, types};
use cranelift_frontend::Switch;

use super::memory::Region;
use super::rows::SLOT_USED;
use super::{Flow, Slot, Translator};
use crate::hir::Policy;
use crate::lir::{Block, Expr, LocalId, StateId, Stmt, TypeId};
use portent_rt::state::{RuleState, Stop};
use std::mem::offset_of;

/// So many states are compared with that of a run, one after the other; more are a table of jumps.
const STATES_COMPARED: usize = 3;

/// Where the state of a run is in its record.
pub(super) const RUN_STATE: usize = 4;

impl Translator<'_, '_> {
    pub(super) fn block(&mut self, block: &Block) -> Flow {
        let tail = self.tail;
        for (index, stmt) in block.iter().enumerate() {
            let rest = &block[index + 1..];
            self.tail = tail && rest.is_empty();
            if *stmt == Stmt::End && (self.tail || rest.first() == Some(&Stmt::NextRun)) {
                self.end_and_next();
                self.tail = tail;
                return Flow::Leaves;
            }
            if self.stmt(stmt) == Flow::Leaves {
                self.tail = tail;
                return Flow::Leaves;
            }
        }
        self.tail = tail;
        Flow::Falls
    }

    fn stmt(&mut self, stmt: &Stmt) -> Flow {
        match stmt {
            Stmt::ForRows(body) => self.for_rows(body),
            Stmt::OnType(arms) => return self.on_type(arms),
            Stmt::ForDeadlines { before, body } => self.for_deadlines(before, body),
            Stmt::ForSlots(body) => self.for_slots(body),
            Stmt::ForRuns(body) => self.for_runs(body),
            Stmt::NextRun => {
                let next = self.innermost().next;
                self.jump(next);
                return Flow::Leaves;
            }
            Stmt::LeaveRuns => {
                let exit = self.innermost().exit;
                self.jump(exit);
                return Flow::Leaves;
            }
            Stmt::OnState(arms) => return self.on_state(arms),
            Stmt::If { condition, then, otherwise } => return self.choose_block(condition, then, otherwise),
            Stmt::Let(local, value) => self.assign(*local, value),
            Stmt::Set(register, value) => self.set_register(*register, value),
            Stmt::Accumulate(register, value) => self.accumulate(*register, value),
            Stmt::Append { list, value } => self.append(*list, value),
            Stmt::ListOverflow => return self.list_overflow(),
            Stmt::Goto(state) => self.goto(*state),
            Stmt::Copy => self.copy_run(),
            Stmt::End => self.end_run(),
            Stmt::Start { state, body } => self.start_run(*state, body),
            Stmt::SetCell(cell, value) => self.set_cell(*cell, value),
            Stmt::Schedule(time) => self.schedule(time),
            Stmt::Emit { at_deadline, values } => self.emit(*at_deadline, values),
            Stmt::Reset(register) => self.reset(*register),
            Stmt::WithRun(body) => self.with_run(body),
            Stmt::CountIdle => self.count(types::I64, offset_of!(RuleState, counters.partitions_idle), 1),
            Stmt::FreeSlot => {
                // The driver finds it by that, and gives it back.
                let (slot, no) = (self.slot().address, self.b.ins().iconst(types::I32, 0));
                self.store(Region::Record, no, slot, SLOT_USED);
            }
        }
        Flow::Falls
    }

    pub(super) fn slot(&self) -> Slot {
        self.env.slot.expect("a slot is current")
    }

    fn innermost(&self) -> super::RunLoop {
        *self.loops.last().expect("a loop over runs")
    }

    fn choose_block(&mut self, condition: &Expr, then: &Block, otherwise: &Block) -> Flow {
        let (first, after) = (self.b.create_block(), self.b.create_block());
        let second = if otherwise.is_empty() { after } else { self.b.create_block() };
        self.condition(condition, first, second);
        self.enter(first);
        let mut flow = self.block_to(then, after);
        if second == after {
            flow = Flow::Falls;
        } else {
            self.enter(second);
            if self.block_to(otherwise, after) == Flow::Falls {
                flow = Flow::Falls;
            }
        }
        self.after(flow, after)
    }

    /// A block that goes on at `after`, with what is current being as before.
    fn block_to(&mut self, block: &Block, after: cranelift_codegen::ir::Block) -> Flow {
        let env = self.env;
        let flow = self.block(block);
        self.env = env;
        if flow == Flow::Falls {
            self.jump(after);
        }
        flow
    }

    /// Goes on at `after`, if anything comes there.
    fn after(&mut self, flow: Flow, after: cranelift_codegen::ir::Block) -> Flow {
        if flow == Flow::Falls {
            self.enter(after);
        }
        flow
    }

    fn on_type(&mut self, arms: &[(TypeId, Block)]) -> Flow {
        let row = self.env.row.expect("a row is current");
        let inputs = &self.unit().rule.inputs;
        if let Some(ty) = row.ty {
            return arms
                .iter()
                .find(|(arm, _)| *arm == ty)
                .map_or(Flow::Falls, |(_, block)| self.block(block));
        }
        let mut switch = Switch::new();
        let after = self.b.create_block();
        let mut blocks = Vec::new();
        for (ty, body) in arms {
            let index = inputs.iter().position(|input| input.ty == *ty).expect("an input of the rule");
            let block = self.b.create_block();
            switch.set_entry(index as u128, block);
            blocks.push((block, *ty, body));
        }
        switch.emit(&mut self.b, row.input.expect("the input of the row"), after);
        let env = self.env;
        for (block, ty, body) in blocks {
            self.enter(block);
            self.env.row = Some(super::Row { ty: Some(ty), ..row });
            if self.block(body) == Flow::Falls {
                self.jump(after);
            }
            self.env = env;
        }
        self.enter(after);
        Flow::Falls
    }

    fn on_state(&mut self, arms: &[(Vec<StateId>, Block)]) -> Flow {
        let run = self.run_address();
        let state = self.load(Region::Record, types::I32, run, RUN_STATE);
        let after = self.b.create_block();
        let blocks: Vec<_> = arms.iter().map(|(_, body)| (self.b.create_block(), body)).collect();
        let targets = arms.iter().zip(&blocks).flat_map(|((states, _), (block, _))| {
            let block = *block;
            states.iter().map(move |state| (state.0, block))
        });
        let targets: Vec<_> = targets.collect();
        // Arms may cover every state that a run can have, but nothing says so: the rest does nothing.
        if targets.len() <= STATES_COMPARED {
            for (wanted, block) in targets {
                let is_wanted = self.compare_int(IntCC::Equal, state, wanted.into());
                let next = self.b.create_block();
                self.branch(is_wanted, block, next);
                self.enter(next);
            }
            self.jump(after);
        } else {
            let mut switch = Switch::new();
            targets.into_iter().for_each(|(wanted, block)| switch.set_entry(wanted.into(), block));
            switch.emit(&mut self.b, state, after);
        }
        for (block, body) in blocks {
            self.enter(block);
            self.block_to(body, after);
        }
        self.enter(after);
        Flow::Falls
    }

    fn assign(&mut self, local: LocalId, value: &Expr) {
        let value = self.expr(value);
        let variable = self.locals[local.index()];
        self.b.def_var(variable.word, value.as_word());
        if let Some(valid) = variable.valid {
            let there = self.valid(value);
            self.b.def_var(valid, there);
        }
    }

    fn goto(&mut self, state: StateId) {
        let run = self.run_address();
        let state = self.b.ins().iconst(types::I32, i64::from(state.0));
        self.store(Region::Record, state, run, RUN_STATE);
    }

    fn list_overflow(&mut self) -> Flow {
        self.count(types::I64, offset_of!(RuleState, counters.lists_dropped), 1);
        if self.unit().rule.limits.repetition.policy != Policy::Fail {
            return Flow::Falls;
        }
        self.stop(Stop::Repetition);
        self.b.ins().return_(&[]);
        Flow::Leaves
    }

    /// Notes why the program stops.
    pub(super) fn stop(&mut self, stop: Stop) {
        let stop = self.b.ins().iconst(types::I32, stop as i64);
        self.store_state(stop, offset_of!(RuleState, stop));
    }
}
