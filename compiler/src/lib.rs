//! The Portent compiler: rule text in, native code out.
//!
//! ```text
//!  .ptn text --dsl::parse--> ast --resolve--> hir --lower--> lir --verify--> --jit--> machine code (rt::Plan)
//!                                              |
//!                                              +--> oracle: the definition, interpreted
//! ```
//!
//! | stage | type | what it holds |
//! | --- | --- | --- |
//! | written | [`ast::File`] | what the user wrote, spans everywhere |
//! | meant | [`hir::Program`] | names and types resolved; an ill-typed one cannot exist |
//! | executed | [`lir::Program`] | guards, automata as kernels; printable as text, verified |
//! | native | `portent_rt::plan::Plan` | machine code; a backend decides nothing |
//!
//! The compiler does no IO, parsing never fails as a whole, and no input makes it panic: the user's mistakes are
//! [`diag::Diagnostic`]s.

pub mod ast;
pub mod build;
pub mod diag;
pub mod dsl;
pub mod emit;
mod fingerprint;
pub mod hir;
#[cfg(feature = "jit")]
pub mod jit;
pub mod lir;
pub mod lower;
pub mod oracle;
pub mod resolve;
pub mod scalar;
pub mod span;

use diag::Diagnostics;

/// Rules that have been understood: the stages of one source text.
#[derive(Clone, Debug)]
pub struct Rules {
    /// As written.
    pub ast: ast::File,
    /// As meant.
    pub hir: hir::Program,
    /// As executed.
    pub lir: lir::Program,
}

/// Understands rule text. `None` if there are errors; warnings may come with a result.
///
/// # Panics
/// If the compiler breaks an invariant of its own, with the invariant's name.
pub fn compile(source: &str, diagnostics: &mut Diagnostics) -> Option<Rules> {
    let ast = dsl::parse(source, diagnostics);
    let hir = resolve::resolve(&ast, diagnostics)?;
    if diagnostics.has_errors() {
        return None;
    }
    let mut lir = match lower::program(&hir, source) {
        Ok(lir) => lir,
        Err(refused) => {
            refused.into_iter().for_each(|diagnostic| diagnostics.push(diagnostic));
            return None;
        }
    };
    lir.fingerprints = fingerprint::fingerprints(&ast, &lir);
    if let Err(broken) = lir::verify::verify(&lir) {
        panic!("invariant of lir::verify broken: {broken}");
    }
    Some(Rules { ast, hir, lir })
}
