//! Trampolines: functions that preserve every register around the call of a [`Shim`] of a rare path.
//!
//! They are made once for the process, by the code generator that calls them.
//!
//! PERF: without them a kernel's values are spilled around its rare paths, that is, always, for most registers do not survive
//! an ordinary call.

use std::sync::OnceLock;

use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{Function, InstBuilder, UserFuncName, types};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};

use super::Shim;
use crate::jit::code::{Blob, Placed};
use crate::jit::host::host;
use crate::jit::{JitError, Opt};

/// The code of all trampolines, which is never freed, and where each begins.
struct Trampolines {
    code: Placed,
    starts: Vec<(Shim, usize)>,
}

/// The trampoline of a cold shim.
pub(super) fn address(shim: Shim) -> Result<*const u8, JitError> {
    static ALL: OnceLock<Result<Trampolines, JitError>> = OnceLock::new();
    let all = ALL.get_or_init(make).as_ref().map_err(Clone::clone)?;
    let start = all.starts.iter().find(|(known, _)| *known == shim).map(|(_, start)| *start);
    Ok((all.code.base() + start.expect("a cold shim has a trampoline")) as *const u8)
}

fn make() -> Result<Trampolines, JitError> {
    let host = host(Opt::None)?;
    let mut blob = Blob::default();
    let (mut context, mut workspace) = (Context::new(), FunctionBuilderContext::new());
    let mut starts = Vec::new();
    for shim in Shim::ALL.iter().copied().filter(|shim| shim.is_cold()) {
        context.clear();
        context.func = trampoline(shim, host, &mut workspace);
        let result = context.compile(&**host, &mut ControlPlane::default());
        let error = |why: String| JitError::Kernel { name: shim.name().to_owned(), why };
        result.map(drop).map_err(|failed| error(failed.inner.to_string()))?;
        starts.push((shim, blob.add(&context)));
    }
    Ok(Trampolines { code: blob.place(host)?, starts })
}

fn trampoline(shim: Shim, host: &OwnedTargetIsa, workspace: &mut FunctionBuilderContext) -> Function {
    let outer = shim.signature_for(CallConv::PreserveAll);
    let mut function = Function::with_name_signature(UserFuncName::user(2, shim.number()), outer);
    let mut b = FunctionBuilder::new(&mut function, workspace);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    b.seal_block(entry);
    let arguments = b.block_params(entry).to_vec();
    let inner = b.import_signature(shim.signature_for(host.default_call_conv()));
    let address = b.ins().iconst(types::I64, shim.function() as i64);
    b.ins().call_indirect(inner, address, &arguments);
    b.ins().return_(&[]);
    b.finalize(host.frontend_config());
    function
}
