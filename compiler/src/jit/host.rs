//! The code generator for this machine, set up once for each way of optimizing.

use std::sync::OnceLock;

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};

use super::{JitError, Opt};

/// The code generator for this machine.
pub(super) fn host(opt: Opt) -> Result<&'static OwnedTargetIsa, JitError> {
    static NONE: OnceLock<Result<OwnedTargetIsa, JitError>> = OnceLock::new();
    static SPEED: OnceLock<Result<OwnedTargetIsa, JitError>> = OnceLock::new();
    let once = match opt {
        Opt::None => &NONE,
        Opt::Speed => &SPEED,
    };
    once.get_or_init(|| build(opt)).as_ref().map_err(Clone::clone)
}

fn build(opt: Opt) -> Result<OwnedTargetIsa, JitError> {
    let mut flags = settings::builder();
    let allocation = match opt {
        Opt::None => "single_pass",
        Opt::Speed => "backtracking",
    };
    let verify = if cfg!(debug_assertions) { "true" } else { "false" };
    for (name, value) in [
        // PERF: what its optimizer would find has been done by the translation (addresses are hoisted, values are not computed
        // twice); what it adds is pressure on registers. Step kernels are 5 to 8 % slower with it, and compile a sixth longer.
        ("opt_level", "none"),
        ("regalloc_algorithm", allocation),
        ("enable_verifier", verify),
        // Code and the functions it calls may be further apart than a near call reaches.
        ("use_colocated_libcalls", "false"),
        ("is_pic", "false"),
        // Nothing unwinds through kernels.
        ("unwind_info", "false"),
        // Of a frame larger than a page every page is touched.
        ("enable_probestack", "true"),
        ("probestack_strategy", "inline"),
    ] {
        flags.set(name, value).expect("a setting of cranelift");
    }
    let builder = cranelift_native::builder().map_err(|why| JitError::Host(why.to_owned()))?;
    builder.finish(settings::Flags::new(flags)).map_err(|error| JitError::Host(error.to_string()))
}
