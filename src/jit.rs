//! Rules compiled to machine code in the running process.
//!
//! An [`Engine`] is a compiled program; it may be shared between threads and makes any number of [`Instance`]s, each with
//! a state of its own. Compiling one program while others run needs no care.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portent_compiler::diag::{self, Diagnostics};
use portent_compiler::jit::{JitError, JitOptions};
use portent_compiler::{Rules, compile};
use portent_rt::plan::Plan;
use portent_rt::{Batch, Chunk, EventSchema, Matches, OutputSchema, Type, Value};

pub use portent_compiler::jit::Opt;
pub use portent_rt::instance::{
    Carried, Changes, EngineError, Options, Rejected, ReplaceError, RestoreError, SourceId, Stats,
};
pub use portent_rt::snapshot::{Image, Snapshot, Tracker};
pub use portent_rt::workers::{Done, Given, ResumeError, Workers, WorkersError, WorkersOptions};

use crate::{Columns, ColumnsError};

/// A compiled program.
#[derive(Clone, Debug)]
pub struct Engine {
    plan: Arc<Plan>,
    inputs: Arc<[EventSchema]>,
    warnings: Arc<str>,
    compile_time: Duration,
}

/// Why rules could not be compiled.
#[derive(Debug)]
pub enum CompileError {
    /// The rules have mistakes.
    Rules {
        /// How many errors there are.
        errors: usize,
        /// All diagnostics as a person reads them, with the lines of the source.
        report: String,
    },
    /// The rules are right, but no machine code could be made of them here.
    Machine(JitError),
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rules { report, .. } => f.write_str(report),
            Self::Machine(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CompileError {}

impl Engine {
    /// Compiles rule text.
    ///
    /// # Errors
    /// If it has mistakes, all of them, rendered with their places; or if this machine cannot run the code.
    pub fn compile(source: &str) -> Result<Self, CompileError> {
        Self::compile_named("rules", source)
    }

    /// Compiles rule text; `name` (a path, say) stands in diagnostics.
    ///
    /// # Errors
    /// As [`Engine::compile`].
    pub fn compile_named(name: &str, source: &str) -> Result<Self, CompileError> {
        let start = Instant::now();
        let mut diagnostics = Diagnostics::default();
        let rules = compile(source, &mut diagnostics);
        let report = diag::render(&diagnostics, name, source, false);
        match rules {
            None => {
                let errors =
                    diagnostics.iter().filter(|found| found.severity() == diag::Severity::Error).count();
                Err(CompileError::Rules { errors, report })
            }
            Some(rules) => {
                let mut engine = Self::of_rules(&rules).map_err(CompileError::Machine)?;
                engine.warnings = report.into();
                engine.compile_time = start.elapsed();
                Ok(engine)
            }
        }
    }

    /// Makes machine code of rules that have been compiled so far.
    ///
    /// # Errors
    /// If this machine cannot run the code.
    pub fn of_rules(rules: &Rules) -> Result<Self, JitError> {
        let start = Instant::now();
        let plan = Arc::new(portent_compiler::jit::compile(&rules.lir, &JitOptions::default())?);
        let inputs = plan.inputs.iter().map(|input| input.schema.clone()).collect();
        Ok(Self { plan, inputs, warnings: "".into(), compile_time: start.elapsed() })
    }

    /// The event types that the rules read from outside, in order of declaration.
    pub fn inputs(&self) -> &[EventSchema] {
        &self.inputs
    }

    /// What the rules emit, in order of evaluation: what [`Matches`] are made for.
    pub fn outputs(&self) -> &[OutputSchema] {
        &self.plan.outputs
    }

    /// Warnings about the rules, as a person reads them; empty if there are none.
    pub fn warnings(&self) -> &str {
        &self.warnings
    }

    /// How long compiling took, from text to machine code.
    pub const fn compile_time(&self) -> Duration {
        self.compile_time
    }

    /// The number of an event type, for [`on_batch`](portent_rt::instance::Instance::on_batch).
    pub fn input(&self, name: &str) -> Option<usize> {
        self.inputs.iter().position(|input| input.name == name)
    }

    /// A builder of columns of an event type.
    pub fn columns(&self, name: &str) -> Columns<'_> {
        Columns::new(name, self.input(name).map(|number| &self.inputs[number]))
    }

    /// An empty chunk of events of all types.
    pub fn chunk(&self) -> Chunk {
        Chunk::new(&self.inputs)
    }

    /// A running program that has seen nothing.
    pub fn instance(&self) -> Instance {
        self.instance_with(Options::default())
    }

    /// The same, with options.
    pub fn instance_with(&self, options: Options) -> Instance {
        self.run(portent_rt::instance::Instance::new(Arc::clone(&self.plan), options))
    }

    /// A running program that goes on where the one of a snapshot was, also in another process. What has become of each rule is
    /// told beside it: with [`Changes::Allow`] rules that did not change keep their state, and the others begin anew.
    ///
    /// # Errors
    /// If the snapshot is damaged, or of rules that differ and may not.
    pub fn restore(
        &self,
        image: &Image,
        options: Options,
        changes: Changes,
    ) -> Result<(Instance, Carried), RestoreError> {
        let plan = Arc::clone(&self.plan);
        let (inner, carried) = portent_rt::instance::Instance::restore(plan, options, image, changes)?;
        Ok((self.run(inner), carried))
    }

    fn run(&self, inner: portent_rt::instance::Instance) -> Instance {
        Instance { inner, inputs: Arc::clone(&self.inputs), single: Chunk::new(&self.inputs) }
    }
}

impl Engine {
    /// A running program on several threads, with the output of [`Engine::instance`] whatever their number: see [`Workers`].
    ///
    /// ```
    /// # use portent::jit::{Engine, SourceId, WorkersOptions};
    /// # use portent::Matches;
    /// # use std::sync::Arc;
    /// let engine = Engine::compile(
    ///     "event Tick { symbol: str, price: f64, at: timestamp(s) } time at
    ///      pattern Rise partition by symbol match a: Tick -> b: Tick[price > 2.0 * a.price] within 10s",
    /// )?;
    /// let options = WorkersOptions { count: 2, ..WorkersOptions::default() };
    /// let mut workers = engine.workers(&options)?;
    /// let mut matches = Matches::new(engine.outputs());
    /// let ticks = engine
    ///     .columns("Tick")
    ///     .str("symbol", ["IBM", "ACME", "IBM"])
    ///     .f64("price", vec![10.0, 5.0, 21.0])
    ///     .timestamp("at", [1, 2, 3].map(|second| second * 1_000_000_000).to_vec())
    ///     .build()?;
    /// workers.on_batch(SourceId::default(), 0, Arc::new(ticks), &mut matches)?;
    /// workers.finish(&mut matches)?;
    /// assert_eq!(matches.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a thread cannot be started, or not be bound to a core.
    pub fn workers(&self, options: &WorkersOptions) -> std::io::Result<Workers> {
        Workers::start(Arc::clone(&self.plan), options)
    }

    /// The same, going on where the program of a snapshot was, which any number of workers may have taken: see
    /// [`Engine::restore`].
    ///
    /// # Errors
    /// If the snapshot is damaged or of rules that differ and may not, or a thread cannot be started.
    pub fn resume_workers(
        &self,
        image: &Image,
        options: &WorkersOptions,
        changes: Changes,
    ) -> Result<(Workers, Carried), ResumeError> {
        Workers::restore(Arc::clone(&self.plan), options, image, changes)
    }
}

/// A running program: events in, matches out.
///
/// It dereferences to the runtime's instance, which takes chunks and batches by number, watermarks and several sources.
#[derive(Debug)]
pub struct Instance {
    inner: portent_rt::instance::Instance,
    inputs: Arc<[EventSchema]>,
    single: Chunk,
}

impl std::ops::Deref for Instance {
    type Target = portent_rt::instance::Instance;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl std::ops::DerefMut for Instance {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.inner
    }
}

/// Why an event was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushError {
    /// The event does not fit its type.
    Event(ColumnsError),
    /// A bound was reached whose policy is to fail.
    Engine(EngineError),
}

impl fmt::Display for PushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(error) => error.fmt(f),
            Self::Engine(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PushError {}

impl Instance {
    /// Goes on with other rules. Those that did not change, nor what they read, keep their state; the others begin anew. No event
    /// is lost: what waits for the watermark waits on.
    ///
    /// [`Matches`] are made for the outputs of an engine: those to come need new ones.
    ///
    /// # Errors
    /// If the program has failed, or an event that waits lacks a field that the new rules read. Everything is then as it was.
    pub fn replace(&mut self, engine: &Engine) -> Result<Carried, ReplaceError> {
        let carried = self.inner.replace(Arc::clone(&engine.plan))?;
        self.inputs = Arc::clone(&engine.inputs);
        self.single = Chunk::new(&self.inputs);
        Ok(carried)
    }

    /// Takes one event: a value for each field, in order of declaration. Matches that it completes are appended.
    ///
    /// # Errors
    /// If there is no such type, a value does not fit its field, or a bound is reached whose policy is to fail.
    pub fn push(&mut self, ty: &str, values: &[Value], matches: &mut Matches) -> Result<(), PushError> {
        let number = self.check(ty, values).map_err(PushError::Event)?;
        self.single.clear();
        self.single.push(&self.inputs, number, values);
        self.inner.on_chunk(SourceId::default(), &self.single, matches).map_err(PushError::Engine)
    }

    fn check(&self, ty: &str, values: &[Value]) -> Result<usize, ColumnsError> {
        let number = self.number(ty)?;
        let fields = &self.inputs[number].fields;
        if fields.len() != values.len() {
            let (wanted, given) = (fields.len(), values.len());
            return Err(ColumnsError::Length { field: ty.to_owned(), wanted, given });
        }
        for (field, value) in fields.iter().zip(values) {
            match type_of(value) {
                None if field.nullable => {}
                None => return Err(ColumnsError::Null(field.name.clone())),
                Some(given) if given == field.ty => {}
                Some(given) => {
                    return Err(ColumnsError::WrongType {
                        field: field.name.clone(),
                        wanted: field.ty,
                        given,
                    });
                }
            }
        }
        Ok(number)
    }

    fn number(&self, ty: &str) -> Result<usize, ColumnsError> {
        let number = self.inputs.iter().position(|input| input.name == ty);
        number.ok_or_else(|| ColumnsError::NoType(ty.to_owned()))
    }

    /// Takes events of one type by column, which [`Engine::columns`] has built. They are not copied if they are in order.
    ///
    /// # Errors
    /// If there is no such type, or a bound is reached whose policy is to fail.
    ///
    /// # Panics
    /// If the batch was built for another type.
    pub fn push_columns(&mut self, ty: &str, batch: &Batch, matches: &mut Matches) -> Result<(), PushError> {
        let number = self.number(ty).map_err(PushError::Event)?;
        self.inner.on_batch(SourceId::default(), number, batch, matches).map_err(PushError::Engine)
    }
}

/// The type of a value; none of null. A list, which no event holds, counts as text.
const fn type_of(value: &Value) -> Option<Type> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => Type::Bool,
        Value::I64(_) => Type::I64,
        Value::F64(_) => Type::F64,
        Value::Str(_) | Value::List(_) => Type::Str,
        Value::Timestamp(_) => Type::Timestamp,
        Value::Duration(_) => Type::Duration,
    })
}
