//! LIR to CLIF: one function for each kernel, statement by statement.
//!
//! | file | translates |
//! | --- | --- |
//! | [`value`] | what an expression is in machine words |
//! | [`memory`] | loads and stores, and what they may assume |
//! | [`inputs`] | columns, bitmaps, times: hoisted addresses and reads |
//! | [`expr`], [`logic`], [`arith`], [`text`], [`call`], [`acc`] | expressions |
//! | [`stmt`], [`rows`], [`deadlines`], [`runs`], [`record`], [`list`], [`emit`] | statements |
//! | [`guard`] | guards |
//! | [`bitmap`] | time kernels and computed columns, row by row |
//!
//! A kernel is one function over the `Context` of `portent_rt::state`. What is current (row, time, slot, run) is in
//! [`Env`]; a slow path is a block out of the way that calls one of the [`Shim`]s. Where a slow path or a policy stops
//! the program, the kernel returns at once, with the reason in the state.

mod acc;
mod arith;
mod bitmap;
mod call;
mod deadlines;
mod emit;
mod expr;
mod guard;
mod inputs;
mod list;
mod logic;
mod memory;
mod record;
mod rows;
mod runs;
mod stmt;
mod text;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use cranelift_codegen::ir::{Block, FuncRef, InstBuilder, Type, Value, types};
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_frontend::{FunctionBuilder, Variable};

use super::layout::Layout;
use super::pool::Pool;
use super::shims::Shim;
use crate::lir::{Kernel, Local, Program, RegId, RegisterKind, Rule, Stmt, TypeId, walk_block};
use crate::scalar::Kind;
use inputs::Inputs;
use portent_rt::plan::RunShape;
use portent_rt::state::RuleState;

/// A rule with what the backend adds to it.
pub(super) struct RuleUnit<'a> {
    pub(super) rule: &'a Rule,
    pub(super) layout: Layout,
    pub(super) shape: RunShape,
    /// Where the shape is for compiled code.
    pub(super) shape_address: i64,
}

impl<'a> RuleUnit<'a> {
    pub(super) fn new(rule: &'a Rule, pool: &mut Pool) -> Self {
        let layout = Layout::new(rule);
        let mut shape = RunShape { texts: Vec::new(), lists: Vec::new() };
        for (register, place) in rule.registers.iter().zip(&layout.run.places) {
            match register.kind {
                RegisterKind::Scalar(ty) if ty.kind == Kind::Str => shape.texts.push(place.offset),
                RegisterKind::List(kind) => shape.lists.push((place.offset, kind == Kind::Str)),
                _ => {}
            }
        }
        let shape_address = pool.shape(shape.clone());
        Self { rule, layout, shape, shape_address }
    }
}

/// What is current.
#[derive(Clone, Copy, Default)]
struct Env {
    row: Option<Row>,
    time: Option<Value>,
    slot: Option<Slot>,
    run: Option<Run>,
    /// The number of the row that noted the current deadline.
    row_number: Option<Value>,
}

/// The current row.
#[derive(Clone, Copy)]
struct Row {
    /// Which of the kernel's entries it is.
    number: Value,
    /// Its number in the batch of its type (i64).
    index: Value,
    /// Its type, where that is known here.
    ty: Option<TypeId>,
    /// The number of its type among the rule's inputs (i64), if there are several.
    input: Option<Value>,
}

/// The current partition.
#[derive(Clone, Copy)]
struct Slot {
    /// Its number (i64).
    index: Value,
    address: Value,
}

/// The current run.
#[derive(Clone, Copy)]
struct Run {
    /// Its number (i32).
    index: Value,
    /// A variable, for runs move when their arena grows.
    address: Variable,
}

/// A loop over runs: where its statements may jump to, and its variables (i32).
#[derive(Clone, Copy)]
struct RunLoop {
    next: Block,
    exit: Block,
    /// If the body ends or copies runs: the live run before the current one, and the one behind which the loop goes on
    /// (the current one, or the last copy made of it, or what is left of these).
    links: Option<(Variable, Variable)>,
    /// Where the current run is ended before the next one is looked at.
    end: Option<Block>,
}

/// A local of the kernel.
#[derive(Clone, Copy)]
struct LocalVariable {
    word: Variable,
    valid: Option<Variable>,
}

/// Whether control comes to the end of a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Falls,
    Leaves,
}

/// The translator of one kernel.
pub(super) struct Translator<'f, 'p> {
    b: FunctionBuilder<'f>,
    program: &'p Program,
    unit: Option<&'p RuleUnit<'p>>,
    pool: &'p mut Pool,
    shims: BTreeMap<Shim, FuncRef>,
    regions: memory::Regions,
    /// The address of the context.
    context: Value,
    /// The address of the rule's state; of a kernel without one, unused.
    state: Value,
    inputs: Inputs,
    locals: Vec<LocalVariable>,
    env: Env,
    loops: Vec<RunLoop>,
    /// Whether the statement at hand is the last of an iteration of the innermost loop over runs.
    tail: bool,
    /// The runs that are bound here, the innermost last: their addresses follow their arena.
    bound: Vec<Run>,
    /// Text registers of the run that is being started that have not been set, so that there is nothing to free.
    unset: BTreeSet<RegId>,
    /// Where runs and slots are.
    runs_base: Option<Variable>,
    slots_base: Option<Value>,
    /// The first deadline of the queue, or the end of time.
    first_deadline: Option<Variable>,
}

impl<'f, 'p> Translator<'f, 'p> {
    /// A translator at the start of a function of type `KernelFn`.
    pub(super) fn new(
        mut b: FunctionBuilder<'f>,
        program: &'p Program,
        unit: Option<&'p RuleUnit<'p>>,
        pool: &'p mut Pool,
    ) -> Self {
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        b.seal_block(entry);
        let context = b.block_params(entry)[0];
        let regions = memory::Regions::new(&mut b);
        let mut translator = Self {
            b,
            program,
            unit,
            pool,
            shims: BTreeMap::new(),
            regions,
            context,
            state: context,
            inputs: Inputs::default(),
            locals: Vec::new(),
            env: Env::default(),
            loops: Vec::new(),
            tail: false,
            bound: Vec::new(),
            unset: BTreeSet::new(),
            runs_base: None,
            slots_base: None,
            first_deadline: None,
        };
        if unit.is_some() {
            translator.state = translator.load_context(memory::context::STATE);
        }
        translator
    }

    /// Translates a kernel of a rule.
    pub(super) fn kernel(mut self, kernel: &Kernel, frontend: TargetFrontendConfig) {
        self.declare_locals(&kernel.locals);
        self.slots_base = Some(self.load_state(types::I64, memory::SLOTS.base()));
        let mut runs = false;
        walk_block(&kernel.body, &mut |stmt| {
            runs |= matches!(stmt, Stmt::ForRuns(_) | Stmt::Start { .. } | Stmt::WithRun(_))
        });
        if runs {
            let base = self.load_state(types::I64, memory::RUNS.base());
            self.runs_base = Some(self.variable(types::I64, base));
        }
        self.prepare_deadlines(&kernel.body);
        self.block(&kernel.body);
        self.finish(frontend);
    }

    /// Ends the function.
    fn finish(mut self, frontend: TargetFrontendConfig) {
        self.b.ins().return_(&[]);
        self.b.seal_all_blocks();
        self.b.finalize(frontend);
    }

    fn unit(&self) -> &'p RuleUnit<'p> {
        self.unit.expect("a kernel of a rule")
    }

    /// Declares the kernel's locals, null or zero.
    fn declare_locals(&mut self, locals: &[Local]) {
        for local in locals {
            let ty = value::word_type(local.ty.kind);
            let word = self.b.declare_var(ty);
            let zero = self.zero(ty);
            self.b.def_var(word, zero);
            let valid = local.ty.nullable.then(|| {
                let valid = self.b.declare_var(types::I8);
                let no = self.b.ins().iconst(types::I8, 0);
                self.b.def_var(valid, no);
                valid
            });
            self.locals.push(LocalVariable { word, valid });
        }
    }

    /// A variable with its first value.
    fn variable(&mut self, ty: Type, value: Value) -> Variable {
        let variable = self.b.declare_var(ty);
        self.b.def_var(variable, value);
        variable
    }

    /// Goes on in a block to which all jumps have been made.
    fn enter(&mut self, block: Block) {
        self.b.switch_to_block(block);
        self.b.seal_block(block);
    }

    /// A block for what is rare.
    fn cold_block(&mut self) -> Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }

    fn jump(&mut self, block: Block) {
        self.b.ins().jump(block, &[]);
    }

    fn branch(&mut self, condition: Value, then: Block, otherwise: Block) {
        self.b.ins().brif(condition, then, &[], otherwise, &[]);
    }

    /// Where `condition` holds, does what `rare` does, out of the way; then goes on.
    fn rarely(&mut self, condition: Value, rare: impl FnOnce(&mut Self)) {
        let (cold, on) = (self.cold_block(), self.b.create_block());
        self.branch(condition, cold, on);
        self.enter(cold);
        rare(self);
        self.jump(on);
        self.enter(on);
    }

    /// Where `condition` holds, does what `rare` does, out of the way, and returns.
    fn stop_if(&mut self, condition: Value, rare: impl FnOnce(&mut Self)) {
        let (cold, on) = (self.cold_block(), self.b.create_block());
        self.branch(condition, cold, on);
        self.enter(cold);
        rare(self);
        self.b.ins().return_(&[]);
        self.enter(on);
    }

    /// Calls a function of the runtime.
    fn call(&mut self, shim: Shim, arguments: &[Value]) -> Option<Value> {
        let function = self.shim(shim);
        let call = self.b.ins().call(function, arguments);
        self.b.inst_results(call).first().copied()
    }

    /// Calls a function of the runtime that gives a value.
    fn call_value(&mut self, shim: Shim, arguments: &[Value]) -> Value {
        self.call(shim, arguments).expect("a shim that gives a value")
    }

    /// Calls a function of the runtime that writes a word through its last argument.
    fn call_out(&mut self, shim: Shim, arguments: &[Value]) -> Value {
        let out = self.stack(8);
        let arguments: Vec<_> = arguments.iter().copied().chain([out]).collect();
        self.call(shim, &arguments);
        self.load(memory::Region::Record, types::I64, out, 0)
    }

    /// Calls a function of the runtime that may stop the program; then the kernel returns.
    fn call_or_stop(&mut self, shim: Shim, arguments: &[Value]) {
        self.call(shim, arguments);
        let stop = self.load_state(types::I32, std::mem::offset_of!(RuleState, stop));
        self.stop_if(stop, |_| ());
    }

    fn shim(&mut self, shim: Shim) -> FuncRef {
        use cranelift_codegen::ir::{ExtFuncData, ExternalName, UserExternalName};
        if let Some(known) = self.shims.get(&shim) {
            return *known;
        }
        let convention = self.b.func.signature.call_conv;
        let signature = self.b.import_signature(shim.signature(convention));
        let name = UserExternalName::new(0, shim.number());
        let name = ExternalName::user(self.b.func.declare_imported_user_function(name));
        let function = ExtFuncData { name, signature, colocated: false, patchable: false };
        let function = self.b.import_function(function);
        self.shims.insert(shim, function);
        function
    }
}
