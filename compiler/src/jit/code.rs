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
use cranelift_module::{FuncId, Linkage, Module, ModuleReloc, ModuleRelocTarget, default_libcall_names};

use super::JitError;
use super::layout::Layout;
use super::pool::Pool;
use super::shims::Shim;
use super::translate::{RuleUnit, Translator};
use crate::lir::{GuardId, Program, Source, TypeId};
use portent_rt::state::KernelFn;

/// Kernels start at multiples of this: a line of the instruction cache.
const ALIGNMENT: usize = 64;

/// Which kernel of a program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum KernelId {
    /// The times of an event type.
    Time(TypeId),
    /// A guard.
    Guard(GuardId),
    /// Of a rule, by its number.
    Step(usize),
    Timer(usize),
    Sweep(usize),
}

impl KernelId {
    /// Its name, for people.
    pub(super) fn name(self, program: &Program) -> String {
        match self {
            KernelId::Time(ty) => format!("{}.time", program.types[ty.index()].name),
            KernelId::Guard(guard) => guard.to_string(),
            KernelId::Step(rule) => format!("{}.step", program.rules[rule].name),
            KernelId::Timer(rule) => format!("{}.timer", program.rules[rule].name),
            KernelId::Sweep(rule) => format!("{}.sweep", program.rules[rule].name),
        }
    }
}

/// The kernels of a program as CLIF, and what their code will point to.
pub(super) struct Kernels {
    pub(super) functions: Vec<(KernelId, Function)>,
    /// For each rule.
    pub(super) layouts: Vec<Layout>,
    pub(super) pool: Pool,
}

/// Translates every kernel.
pub(super) fn translate(program: &Program, host: &OwnedTargetIsa) -> Result<Kernels, JitError> {
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
        if let Source::Input { time: Some(time), .. } = &ty.source {
            let ty = TypeId(index as u32);
            add(KernelId::Time(ty), None, &mut pool, &|t| t.times(ty, time, frontend));
        }
    }
    for index in 0..program.guards.len() {
        let guard = GuardId(index as u32);
        add(KernelId::Guard(guard), None, &mut pool, &|t| t.guard(guard, frontend));
    }
    for (index, unit) in units.iter().enumerate() {
        let rule = unit.rule;
        let timer = rule.timer.as_ref().map(|kernel| (KernelId::Timer(index), kernel));
        let sweep = rule.sweep.as_ref().map(|kernel| (KernelId::Sweep(index), kernel));
        for (id, kernel) in [Some((KernelId::Step(index), &rule.step)), timer, sweep].into_iter().flatten() {
            add(id, Some(unit), &mut pool, &|t| t.kernel(kernel, frontend));
        }
    }
    let layouts = units.into_iter().map(|unit| unit.layout).collect();
    Ok(Kernels { functions, layouts, pool })
}

/// The code of a program. It lives as long as this does.
pub(super) struct Code {
    addresses: BTreeMap<KernelId, usize>,
    module: Mutex<Option<JITModule>>,
    /// What the code points to.
    #[expect(dead_code, reason = "compiled code reads it")]
    pool: Pool,
}

impl Code {
    /// A kernel, if the program has it. The code must outlive what is done with it.
    pub(super) fn kernel(&self, id: KernelId) -> Option<KernelFn> {
        let address = *self.addresses.get(&id)?;
        // SAFETY: the address is that of a function of this signature and calling convention, which was made executable.
        Some(unsafe { std::mem::transmute::<usize, KernelFn>(address) })
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        let module = self.module.get_mut().map_or(None, Option::take);
        if let Some(module) = module {
            // SAFETY: the plan that owns this is gone, so nobody can call a kernel any more, and nobody is in one: a call
            // borrows the plan.
            unsafe { module.free_memory() };
        }
    }
}

/// Machine code that is not yet in its place.
#[derive(Default)]
struct Blob {
    bytes: Vec<u8>,
    starts: Vec<(KernelId, usize)>,
    relocations: Vec<ModuleReloc>,
}

impl Blob {
    fn add(&mut self, id: KernelId, context: &Context) {
        let start = self.bytes.len().next_multiple_of(ALIGNMENT);
        self.bytes.resize(start, 0);
        let code = context.compiled_code().expect("a kernel that was compiled");
        self.bytes.extend_from_slice(code.code_buffer());
        self.starts.push((id, start));
        for relocation in code.buffer.relocs() {
            let mut relocation = ModuleReloc::from_mach_reloc(relocation, &context.func, FuncId::from_u32(0));
            relocation.offset += start as u32;
            self.relocations.push(relocation);
        }
    }
}

/// Generates the code of all kernels, and puts it in its place.
pub(super) fn generate(kernels: Kernels, program: &Program, host: &OwnedTargetIsa) -> Result<Code, JitError> {
    let Kernels { functions, pool, .. } = kernels;
    let mut blob = Blob::default();
    let mut context = Context::new();
    for (id, function) in functions {
        context.clear();
        context.func = function;
        compile(&mut context, id, program, host)?;
        blob.add(id, &context);
    }
    let (module, base) = place(&mut blob, host).map_err(|error| JitError::Memory(error.to_string()))?;
    let addresses = blob.starts.into_iter().map(|(id, start)| (id, base + start)).collect();
    Ok(Code { addresses, module: Mutex::new(module), pool })
}

/// Generates the code of a kernel, in its context.
pub(super) fn compile(
    context: &mut Context,
    id: KernelId,
    program: &Program,
    host: &OwnedTargetIsa,
) -> Result<(), JitError> {
    let result = context.compile(&**host, &mut ControlPlane::default());
    let error = |why: String| JitError::Kernel { name: id.name(program), why };
    result.map(drop).map_err(|failed| error(failed.inner.to_string()))
}

/// Puts code in its place: what owns it, and where it is.
fn place(blob: &mut Blob, host: &OwnedTargetIsa) -> Result<(Option<JITModule>, usize), Box<dyn std::error::Error>> {
    if blob.bytes.is_empty() {
        return Ok((None, 0));
    }
    let mut builder = JITBuilder::with_isa(host.clone(), default_libcall_names());
    builder.memory_provider(Box::new(ArenaMemoryProvider::new_with_size(blob.bytes.len() + ALIGNMENT)?));
    let mut called = BTreeMap::new();
    for relocation in &blob.relocations {
        if let Some(shim) = target(&relocation.name) {
            builder.symbol(shim.name(), shim.address());
            called.insert(shim, None);
        }
    }
    let mut module = JITModule::new(builder);
    for (shim, id) in &mut called {
        let signature = shim.signature(module.isa().default_call_conv());
        *id = Some(module.declare_function(shim.name(), Linkage::Import, &signature)?);
    }
    for relocation in &mut blob.relocations {
        if let Some(Some(id)) = target(&relocation.name).map(|shim| called[&shim]) {
            relocation.name = id.into();
        }
    }
    let all = module.declare_anonymous_function(&module.make_signature())?;
    module.define_function_bytes(all, ALIGNMENT as u64, &blob.bytes, &blob.relocations)?;
    module.finalize_definitions()?;
    let base = module.get_finalized_function(all) as usize;
    Ok((Some(module), base))
}

/// The function of the runtime that a relocation names.
fn target(name: &ModuleRelocTarget) -> Option<Shim> {
    match name {
        ModuleRelocTarget::User { namespace: 0, index } => Shim::from_number(*index),
        _ => None,
    }
}
