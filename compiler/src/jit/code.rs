//! Kernels as CLIF, and as machine code in memory.
//!
//! All kernels of a program are one stretch of code: it is allocated once, patched once, made executable once, and freed
//! with the plan.

use std::collections::BTreeMap;
use std::sync::Mutex;

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{AbiParam, Function, Signature, UserFuncName, types};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use cranelift_module::{
    FuncId, Linkage, Module, ModuleReloc, ModuleRelocTarget, ModuleResult, default_libcall_names,
};

use super::host::host;
use super::pool::Pool;
use super::shims::Shim;
use super::translate::{RuleUnit, Translator};
use super::{JitError, Opt};
use crate::lir::{FieldId, GuardId, Program, Source, TypeId};
use portent_rt::state::KernelFn;

/// Kernels start at multiples of this: a line of the instruction cache.
const ALIGNMENT: usize = 64;
/// Fewer kernels than this are not worth a thread.
const KERNELS_OF_THREAD: usize = 16;

/// Which kernel of a program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum KernelId {
    /// The times of an event type.
    Time(TypeId),
    /// A computed field of an event type, by its number among these.
    Column(TypeId, usize),
    /// A guard.
    Guard(GuardId),
    /// Of a rule, by its number.
    Step(usize),
    Timer(usize),
    Sweep(usize),
}

impl KernelId {
    /// How it is optimized where the program is to be optimized so.
    ///
    /// PERF: guards, times and computed columns are straight lines over columns, of which little can be made better, and a sweep is rare: they
    /// run as fast (within 3 %) and are there three times sooner.
    const fn opt(self, opt: Opt) -> Opt {
        match self {
            KernelId::Step(_) | KernelId::Timer(_) => opt,
            KernelId::Time(_) | KernelId::Column(..) | KernelId::Guard(_) | KernelId::Sweep(_) => Opt::None,
        }
    }

    /// Its name, for people.
    pub(super) fn name(self, program: &Program) -> String {
        match self {
            KernelId::Time(ty) => format!("{}.time", program.types[ty.index()].name),
            KernelId::Column(ty, number) => {
                let ty = &program.types[ty.index()];
                format!("{}.{}", ty.name, FieldId((ty.fields.len() + number) as u32))
            }
            KernelId::Guard(guard) => guard.to_string(),
            KernelId::Step(rule) => format!("{}.step", program.rules[rule].name),
            KernelId::Timer(rule) => format!("{}.timer", program.rules[rule].name),
            KernelId::Sweep(rule) => format!("{}.sweep", program.rules[rule].name),
        }
    }
}

/// The kernels of a program as CLIF, and what their code will point to.
pub(super) struct Kernels<'a> {
    pub(super) functions: Vec<(KernelId, Function)>,
    /// For each rule.
    pub(super) units: Vec<RuleUnit<'a>>,
    pub(super) pool: Pool,
}

/// Translates every kernel.
pub(super) fn translate(program: &Program) -> Result<Kernels<'_>, JitError> {
    let host = host(Opt::None)?;
    let mut pool = Pool::new(program)?;
    let units: Vec<_> = program.rules.iter().map(|rule| RuleUnit::new(rule, &mut pool)).collect();
    let mut workspace = FunctionBuilderContext::new();
    let mut functions = Vec::new();
    let frontend = host.frontend_config();
    let mut add = |id, unit, pool: &mut Pool, build: &dyn Fn(Translator<'_, '_>)| {
        let mut signature = Signature::new(frontend.default_call_conv);
        signature.params.push(AbiParam::new(types::I64));
        let name = UserFuncName::user(1, functions.len() as u32);
        let mut function = Function::with_name_signature(name, signature);
        let builder = FunctionBuilder::new(&mut function, &mut workspace);
        build(Translator::new(builder, program, unit, pool));
        functions.push((id, function));
    };
    for (index, ty) in program.types.iter().enumerate() {
        let id = TypeId(index as u32);
        if let Source::Input { time: Some(time), .. } = &ty.source {
            add(KernelId::Time(id), None, &mut pool, &|t| t.times(id, time, frontend));
        }
        for (number, value) in ty.computed.iter().enumerate() {
            add(KernelId::Column(id, number), None, &mut pool, &|t| t.computed(id, value, frontend));
        }
    }
    let found: BTreeMap<GuardId, bool> = program
        .indexes
        .iter()
        .flat_map(|index| index.ranges.iter().map(|range| (range.guard, range.exact)))
        .collect();
    for guard in (0..program.guards.len() as u32).map(GuardId) {
        match found.get(&guard) {
            // An index finds all that there is to be found.
            Some(true) => continue,
            Some(false) => {
                add(KernelId::Guard(guard), None, &mut pool, &|t| t.narrowing_guard(guard, frontend));
                continue;
            }
            None => {}
        }
        add(KernelId::Guard(guard), None, &mut pool, &|t| t.guard(guard, frontend));
    }
    for (index, unit) in units.iter().enumerate() {
        let rule = unit.rule;
        let timer = rule.timer.as_ref().map(|kernel| (KernelId::Timer(index), kernel));
        let sweep = rule.sweep.as_ref().map(|kernel| (KernelId::Sweep(index), kernel));
        // The runtime copies the columns of a projection.
        let step = rule.projected().is_none().then_some((KernelId::Step(index), &rule.step));
        for (id, kernel) in [step, timer, sweep].into_iter().flatten() {
            add(id, Some(unit), &mut pool, &|t| t.kernel(kernel, frontend));
        }
    }
    Ok(Kernels { functions, units, pool })
}

/// The code of a program. It lives as long as this does.
pub(super) struct Code {
    starts: BTreeMap<KernelId, usize>,
    code: Placed,
    /// What the code points to.
    #[expect(dead_code, reason = "compiled code reads it")]
    pool: Pool,
}

impl Code {
    /// A kernel, if the program has it. The code must outlive what is done with it.
    pub(super) fn kernel(&self, id: KernelId) -> Option<KernelFn> {
        let address = self.code.base() + self.starts.get(&id)?;
        // SAFETY: the address is that of a function of this signature and calling convention, which was made executable.
        Some(unsafe { std::mem::transmute::<usize, KernelFn>(address) })
    }
}

/// Generates the code of all kernels, and puts it in its place.
pub(super) fn generate(kernels: Kernels, program: &Program, opt: Opt) -> Result<Code, JitError> {
    let Kernels { functions, pool, .. } = kernels;
    let (mut blob, mut starts) = (Blob::default(), BTreeMap::new());
    for part in in_parallel(functions, program, opt)? {
        let first = blob.append(part.blob);
        starts.extend(part.starts.into_iter().map(|(id, start)| (id, first + start)));
    }
    Ok(Code { starts, code: blob.place(host(Opt::None)?)?, pool })
}

/// The code of some kernels.
#[derive(Default)]
struct Part {
    blob: Blob,
    starts: Vec<(KernelId, usize)>,
}

/// Generates code, on several threads if there is much to do.
fn in_parallel(
    functions: Vec<(KernelId, Function)>,
    program: &Program,
    opt: Opt,
) -> Result<Vec<Part>, JitError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(functions.len() / KERNELS_OF_THREAD).max(1);
    if threads == 1 {
        return Ok(vec![part(functions, program, opt)?]);
    }
    // Dealt out in turn, for the kernels of a kind are alike.
    let mut hands: Vec<Vec<_>> = (0..threads).map(|_| Vec::new()).collect();
    functions.into_iter().enumerate().for_each(|(index, function)| hands[index % threads].push(function));
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            hands.into_iter().map(|hand| scope.spawn(move || part(hand, program, opt))).collect();
        let finished = |worker: std::thread::ScopedJoinHandle<'_, _>| match worker.join() {
            Ok(part) => part,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        workers.into_iter().map(finished).collect()
    })
}

fn part(functions: Vec<(KernelId, Function)>, program: &Program, opt: Opt) -> Result<Part, JitError> {
    let mut part = Part::default();
    let mut context = Context::new();
    for (id, function) in functions {
        context.clear();
        context.func = function;
        compile(&mut context, id, program, opt)?;
        part.starts.push((id, part.blob.add(&context)));
    }
    Ok(part)
}

/// Generates the code of a kernel, in its context.
pub(super) fn compile(
    context: &mut Context,
    id: KernelId,
    program: &Program,
    opt: Opt,
) -> Result<(), JitError> {
    let result = context.compile(&**host(id.opt(opt))?, &mut ControlPlane::default());
    let error = |why: String| JitError::Kernel { name: id.name(program), why };
    result.map(drop).map_err(|failed| error(failed.inner.to_string()))
}

/// Machine code that is not yet in its place.
#[derive(Default)]
pub(super) struct Blob {
    bytes: Vec<u8>,
    relocations: Vec<ModuleReloc>,
}

impl Blob {
    /// Adds a function that has been compiled; where it starts.
    pub(super) fn add(&mut self, context: &Context) -> usize {
        let start = self.bytes.len().next_multiple_of(ALIGNMENT);
        self.bytes.resize(start, 0);
        let code = context.compiled_code().expect("a function that was compiled");
        self.bytes.extend_from_slice(code.code_buffer());
        for relocation in code.buffer.relocs() {
            let mut relocation = ModuleReloc::from_mach_reloc(relocation, &context.func, FuncId::from_u32(0));
            relocation.offset += start as u32;
            self.relocations.push(relocation);
        }
        start
    }

    /// Puts other code behind this; where it starts.
    fn append(&mut self, other: Blob) -> usize {
        let start = self.bytes.len().next_multiple_of(ALIGNMENT);
        self.bytes.resize(start, 0);
        self.bytes.extend_from_slice(&other.bytes);
        let moved = |mut relocation: ModuleReloc| {
            relocation.offset += start as u32;
            relocation
        };
        self.relocations.extend(other.relocations.into_iter().map(moved));
        start
    }

    /// Puts the code in its place.
    pub(super) fn place(mut self, host: &OwnedTargetIsa) -> Result<Placed, JitError> {
        if self.bytes.is_empty() {
            return Ok(Placed { base: 0, module: Mutex::new(None) });
        }
        let memory = |error: &dyn std::error::Error| JitError::Memory(error.to_string());
        let mut builder = JITBuilder::with_isa(host.clone(), default_libcall_names());
        let arena = ArenaMemoryProvider::new_with_size(self.bytes.len() + ALIGNMENT);
        builder.memory_provider(Box::new(arena.map_err(|error| memory(&error))?));
        let mut called = BTreeMap::new();
        for shim in self.relocations.iter().filter_map(|relocation| target(&relocation.name)) {
            if called.insert(shim, None).is_none() {
                builder.symbol(shim.name(), shim.address()?);
            }
        }
        let mut module = JITModule::new(builder);
        let base = self.define(&mut module, &mut called).map_err(|error| memory(&error))?;
        Ok(Placed { base, module: Mutex::new(Some(module)) })
    }

    #[expect(clippy::result_large_err, reason = "it is cranelift's")]
    fn define(
        &mut self,
        module: &mut JITModule,
        called: &mut BTreeMap<Shim, Option<FuncId>>,
    ) -> ModuleResult<usize> {
        for (shim, id) in called.iter_mut() {
            let signature = shim.signature(module.isa().default_call_conv());
            *id = Some(module.declare_function(shim.name(), Linkage::Import, &signature)?);
        }
        for relocation in &mut self.relocations {
            if let Some(Some(id)) = target(&relocation.name).map(|shim| called[&shim]) {
                relocation.name = id.into();
            }
        }
        let all = module.declare_anonymous_function(&module.make_signature())?;
        module.define_function_bytes(all, ALIGNMENT as u64, &self.bytes, &self.relocations)?;
        module.finalize_definitions()?;
        Ok(module.get_finalized_function(all) as usize)
    }
}

/// Machine code in its place: executable, not writable, and freed with this.
pub(super) struct Placed {
    base: usize,
    module: Mutex<Option<JITModule>>,
}

impl Placed {
    /// Where it is.
    pub(super) const fn base(&self) -> usize {
        self.base
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        if let Some(module) = self.module.get_mut().map_or(None, Option::take) {
            // SAFETY: the plan that owns this is gone, so nobody can call a kernel any more, and nobody is in one: a call
            // borrows the plan. (Trampolines are never dropped.)
            unsafe { module.free_memory() };
        }
    }
}

/// The function of the runtime that a relocation names.
fn target(name: &ModuleRelocTarget) -> Option<Shim> {
    match name {
        ModuleRelocTarget::User { namespace: 0, index } => Shim::from_number(*index),
        _ => None,
    }
}
