//! Listings of what is generated, for `explain`: each kernel under the LIR that it was made of.

use std::fmt::Write;

use cranelift_codegen::Context;
use cranelift_codegen::ir::Function;

use super::code::{self, KernelId, Kernels};
use super::shims::Shim;
use super::{JitError, Opt};
use crate::lir::{Program, Source, TypeId, text};

/// The CLIF of every kernel.
pub(super) fn clif(program: &Program, kernels: &Kernels) -> String {
    let mut out = String::new();
    for (id, function) in &kernels.functions {
        header(program, *id, function, &mut out);
        // Writing to a String does not fail.
        let _ = writeln!(out, "{}", function.display());
    }
    out
}

/// The machine code of every kernel.
pub(super) fn assembly(program: &Program, kernels: Kernels, opt: Opt) -> Result<String, JitError> {
    let mut out = String::new();
    let mut context = Context::new();
    for (id, function) in kernels.functions {
        context.clear();
        context.func = function;
        context.set_disasm(true);
        code::compile(&mut context, id, program, opt)?;
        header(program, id, &context.func, &mut out);
        let code = context.compiled_code().expect("a kernel that was compiled");
        let listing = code.vcode.as_deref().unwrap_or("no listing");
        let _ = writeln!(out, "; {} bytes\n{listing}", code.code_buffer().len());
    }
    Ok(out)
}

/// Comments: the name of a kernel, its LIR, and the functions that it may call.
fn header(program: &Program, id: KernelId, function: &Function, out: &mut String) {
    let mut comment = |line: &str| {
        let _ = writeln!(out, "; {line}");
    };
    comment(&id.name(program));
    lir(program, id).lines().for_each(|line| comment(&format!("    {line}")));
    for (reference, callee) in function.dfg.ext_funcs.iter() {
        if let cranelift_codegen::ir::ExternalName::User(name) = callee.name {
            let number = function.params.user_named_funcs()[name].index;
            if let Some(shim) = Shim::from_number(number) {
                comment(&format!("{reference} (u0:{number}) = {}", shim.name()));
            }
        }
    }
}

fn lir(program: &Program, id: KernelId) -> String {
    let of_rule = |index: usize| &program.rules[index];
    match id {
        KernelId::Time(TypeId(index)) => match &program.types[index as usize].source {
            Source::Input { time: Some(time), .. } => text::expr_text(program, TypeId(index), time),
            _ => String::new(),
        },
        KernelId::Column(ty, number) => {
            text::expr_text(program, ty, &program.types[ty.index()].computed[number])
        }
        KernelId::Guard(guard) => {
            let guard = &program.guards[guard.index()];
            text::expr_text(program, guard.ty, &guard.condition)
        }
        KernelId::Step(rule) => text::kernel_text(program, of_rule(rule), &of_rule(rule).step, 0),
        KernelId::Timer(rule) => kernel(program, of_rule(rule), of_rule(rule).timer.as_ref()),
        KernelId::Sweep(rule) => kernel(program, of_rule(rule), of_rule(rule).sweep.as_ref()),
    }
}

fn kernel(program: &Program, rule: &crate::lir::Rule, kernel: Option<&crate::lir::Kernel>) -> String {
    kernel.map_or_else(String::new, |kernel| text::kernel_text(program, rule, kernel, 0))
}
