//! LIR to machine code, by Cranelift.
//!
//! ```text
//!  lir::Program --translate--> CLIF, a function for each kernel --[`host`]--> bytes --[`code`]--> rt::plan::Plan
//! ```
//!
//! This backend decides nothing: a kernel's statements become CLIF one by one (`translate`), over the record units of
//! `layout` and the functions of `shims`. The code of a program is one region of memory, writable or executable but never
//! both, which is freed with the plan. Compiling needs nothing but the program, so it may go on while others run.
//!
//! PERF: `Opt::Speed` is the default. Measured in a release build on x86-64, one core of a busy machine, for a keyed `A -> B within`
//! with two guards of its own (five kernels, 1.1 kB of code for its step):
//!
//! | | `Opt::None` | `Opt::Speed` |
//! | --- | --- | --- |
//! | to compile it | 0.57 ms | 0.82 ms |
//! | the first program of a process | 1.5 ms | 1.8 ms |
//! | 1,000 such rules with 2,000 guards, on two threads | 0.41 s | 0.64 s |
//! | its step, a row | 8.4 ns | 5.4 ns |

mod code;
mod host;
mod layout;
mod listing;
mod plan;
mod pool;
mod search;
mod shims;
#[cfg(test)]
mod tests;
mod translate;

use std::fmt;

use crate::hir::Limits;
use crate::lir::Program;
use portent_rt::plan::Plan;

/// How much the code generator tries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Opt {
    /// Registers are allocated in one pass: the code is there sooner.
    None,
    /// Registers are allocated well.
    #[default]
    Speed,
}

/// How to compile.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct JitOptions {
    /// How much to optimize.
    pub opt: Opt,
}

/// Why a program could not be compiled. None of it is a mistake in the rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JitError {
    /// There is no code generator for this machine.
    Host(String),
    /// The system gave no memory for code.
    Memory(String),
    /// The code generator refused a kernel: it is too large.
    Kernel {
        /// Which: `Rule.step`.
        name: String,
        /// Why.
        why: String,
    },
    /// A regular expression does not compile (the front ends have checked them; another limit may be set here).
    Regex(String),
}

impl fmt::Display for JitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JitError::Host(why) => write!(f, "no machine code can be made on this host: {why}"),
            JitError::Memory(why) => write!(f, "no memory for machine code: {why}"),
            JitError::Kernel { name, why } => write!(f, "{name} cannot be compiled: {why}"),
            JitError::Regex(why) => write!(f, "a regular expression cannot be compiled: {why}"),
        }
    }
}

impl std::error::Error for JitError {}

/// Compiles a program, which has been verified.
///
/// # Errors
/// See [`JitError`].
pub fn compile(program: &Program, options: &JitOptions) -> Result<Plan, JitError> {
    let mut kernels = code::translate(program)?;
    let units = std::mem::take(&mut kernels.units);
    let code = code::generate(kernels, program, options.opt)?;
    Ok(plan::plan(program, &units, code))
}

/// The CLIF of a program: each kernel under its LIR.
///
/// # Errors
/// As [`compile`].
pub fn clif(program: &Program) -> Result<String, JitError> {
    Ok(listing::clif(program, &code::translate(program)?))
}

/// The machine code of a program: each kernel under its LIR, with symbolic names where there are calls.
///
/// # Errors
/// As [`compile`].
pub fn disassembly(program: &Program, options: &JitOptions) -> Result<String, JitError> {
    listing::assembly(program, code::translate(program)?, options.opt)
}

/// `limit runs`, as records count.
fn runs_max(limits: &Limits) -> u32 {
    u32::try_from(limits.runs.max).unwrap_or(u32::MAX)
}

/// `limit repetition`, as records count.
fn list_max(limits: &Limits) -> u32 {
    u32::try_from(limits.repetition.max).unwrap_or(u32::MAX)
}
