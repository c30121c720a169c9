//! LIR to Rust: the same statements that the JIT makes machine code of, printed as what a person would have written.
//!
//! ```text
//!  lir::Program --[`names`]--> what everything is called
//!     event types, outputs --[`types`]--> structs, `enum Match`
//!                          --[`row`]--> what rules look at of an event, with texts where they lie
//!     guards               --[`expr`]--> a function each
//!     rules                --[`rule`], [`stmt`], [`start`]--> a state each, with a function for each event type
//!     window operators     --[`window`]--> a state each, the struct of what it aggregates, and that of its rows
//!     all of it            --[`program`], [`push`]--> `Rules`: push, watermark, finish
//! ```
//!
//! What is printed calls `portent_rt::compiled` and nothing else. It decides nothing: what a rule keeps and in which order it
//! tests is in the LIR. Rows come one at a time here, and the program fires deadlines of all rules in the order of time
//! before each; so the deadlines that a step kernel would pop first have been popped when it is called.

mod ahead;
mod dynamic;
mod expr;
mod fixed;
mod interface;
mod layout;
mod names;
mod own;
mod program;
mod push;
mod row;
mod rule;
mod select;
mod start;
mod stmt;
mod types;
mod wake;
mod window;

pub use fixed::{Capacity, NotFixed, obstacles};
pub use interface::{EventNames, Module, OutputNames, RowNames, module};

use crate::lir;
use names::Names;
use proc_macro2::TokenStream;
use quote::quote;
use rule::Printed;
use window::Blocks;

/// How a program is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmitOptions {
    /// Where the generated code finds `portent_rt::compiled`: `::portent::compiled` unless said otherwise.
    pub runtime: String,
    /// The module that holds everything. Without one, items stand at the top of the text.
    pub module: Option<String>,
    /// The file that the rules are from, as comments name it.
    pub source: String,
    /// Whether matches and events can also be had by name: `compiled::Program`, for tests and tools.
    pub dynamic: bool,
    /// Whether all state is in arrays, and how long those are that no rule limits: then nothing is allocated, and `portent-rt`
    /// needs no feature. [`obstacles`] says for which rules that is not possible.
    pub fixed: Option<Capacity>,
    /// Event types that are structs of the program's own, with the paths of these.
    pub structs: Vec<(String, String)>,
}

impl Default for EmitOptions {
    fn default() -> Self {
        let (runtime, source) = ("::portent::compiled".to_owned(), "rules.ptn".to_owned());
        Self { runtime, module: None, source, dynamic: false, fixed: None, structs: Vec::new() }
    }
}

/// A verified program as formatted Rust.
///
/// # Panics
/// If what it prints is no Rust, which is a bug, if `options.runtime` is no path, if one of `options.structs` is not the path of a
/// type, or if state is to be in arrays in spite of [`obstacles`].
pub fn rust(program: &lir::Program, options: &EmitOptions) -> String {
    let obstacles = options.fixed.map_or_else(Vec::new, |_| obstacles(program));
    assert!(obstacles.is_empty(), "emit: state in arrays where rules allow it: {obstacles:?}");
    let items = items(Emitter::new(program, options));
    let file = match &options.module {
        None => items,
        Some(name) => {
            let name = names::ident(name);
            let doc = names::doc(&format!("The rules of {}.", names::code(&options.source)));
            quote! {
                #doc
                #[allow(dead_code, unreachable_pub, reason = "an interface of which a program uses what it needs")]
                #[allow(
                    clippy::collapsible_if,
                    clippy::collapsible_match,
                    clippy::if_same_then_else,
                    clippy::too_many_lines,
                    reason = "states have an arm each, and conditions a way each"
                )]
                #[allow(
                    clippy::needless_pass_by_value,
                    clippy::unnecessary_wraps,
                    clippy::unused_self,
                    reason = "the interface is the same for all rules"
                )]
                #[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "a key is looked up, whatever its type")]
                #[allow(
                    clippy::float_cmp,
                    clippy::large_enum_variant,
                    clippy::len_zero,
                    clippy::struct_excessive_bools,
                    clippy::struct_field_names,
                    reason = "conditions and fields are those of the rules"
                )]
                #[allow(non_camel_case_types, non_snake_case, reason = "names are those of the rules")]
                pub mod #name { #items }
            }
        }
    };
    let parsed = syn::parse2(file.clone());
    let parsed = parsed.unwrap_or_else(|error| panic!("emit: what is printed is Rust: {error}\n{file}"));
    let header = format!("// Generated by portent from {}. Do not edit.\n\n", options.source);
    header + &layout::spaced(&prettyplease::unparse(&parsed))
}

fn items(mut emitter: Emitter<'_>) -> TokenStream {
    let Emitter { program, options, .. } = emitter;
    let rules: Vec<_> = (0..program.rules.len()).map(|rule| emitter.rule(rule)).collect();
    emitter.blocks = emitter.blocks(rules.iter().any(Printed::stops));
    let windows: Vec<_> = (0..program.windows.len()).map(|window| emitter.window(window)).collect();
    let shape = emitter.shape(&rules, &windows);
    let types = emitter.types(&shape);
    let whole = emitter.program(&rules, &windows, &shape);
    let guards = emitter.guards();
    let statics = emitter.statics();
    let states = windows.iter().map(|window| &window.items).chain(rules.iter().map(|rule| &rule.items));
    let dynamic = options.dynamic.then(|| emitter.dynamic());
    let body = quote! { #types #whole #(#states)* #guards #statics #dynamic };
    let imports = emitter.imports(&body);
    quote! { #imports #body }
}

/// A program with the names of its parts.
struct Emitter<'a> {
    program: &'a lir::Program,
    options: &'a EmitOptions,
    names: Names,
    /// Of each window, how it takes blocks of columns, if it does.
    blocks: Vec<Option<Blocks>>,
    /// Whether rows of references are there for other generated code.
    open: bool,
}

impl<'a> Emitter<'a> {
    fn new(program: &'a lir::Program, options: &'a EmitOptions) -> Self {
        Self { program, options, names: Names::new(program), blocks: Vec::new(), open: false }
    }

    /// `use` of what is mentioned.
    fn imports(&self, body: &TokenStream) -> TokenStream {
        let mentioned = names::mentioned(body);
        let is_used = |name: &&&str| match name.starts_with(char::is_uppercase) {
            true => mentioned.contains(**name) || **name == "ToTree" && mentioned.contains("to_tree"),
            false => names::calls(body, name) || **name == "float_key" && mentioned.contains("float_key"),
        };
        let used = names::RUNTIME.iter().filter(is_used);
        let in_arrays = |name: &&&str| self.options.fixed.is_some() && names::IN_ARRAYS.contains(name);
        let (fixed, used): (Vec<_>, Vec<_>) = used.partition(in_arrays);
        let idents = |all: Vec<&&str>| all.into_iter().map(|name| names::ident(name)).collect::<Vec<_>>();
        let (fixed, used) = (idents(fixed), idents(used));
        let runtime: syn::Path = syn::parse_str(&self.options.runtime).expect("the path of the runtime");
        let fixed = self.options.fixed.map(|_| quote! { use #runtime::fixed::{#(#fixed),*}; });
        // The methods of aggregates are those of traits.
        let subtracts = self.program.windows.iter().any(|window| self.subtracts(window));
        let folds = subtracts || self.program.windows.iter().any(window::folds);
        let fold = match (folds, subtracts) {
            (false, _) => None,
            (true, false) => Some(quote! { use #runtime::window::Fold as _; }),
            (true, true) => Some(quote! { use #runtime::window::{Fold as _, Inverse as _}; }),
        };
        quote! { use #runtime::{#(#used),*}; #fixed #fold }
    }
}
