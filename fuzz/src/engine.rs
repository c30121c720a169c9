//! Whatever executes rules, behind one trait.

pub mod generated;
#[cfg(feature = "jit")]
mod jit;
mod oracle;
#[cfg(feature = "jit")]
mod workers;

use crate::outcome::Outcome;
use crate::text::Schema;
use portent_compiler::Rules;
use portent_compiler::oracle::Input;

pub use generated::Generated;
#[cfg(feature = "jit")]
pub use jit::{Jit, Restored};
pub use oracle::Oracle;
#[cfg(feature = "jit")]
pub use workers::Spread;

/// Executes rules.
pub trait Engine: Sync + std::fmt::Debug {
    /// As it is called in the names of tests.
    fn name(&self) -> &'static str;

    /// Gives the whole input to new state of the rules, and ends it.
    ///
    /// # Errors
    /// If the engine cannot execute the rules at all. A bound that stops the program is an outcome.
    fn run(&self, rules: &Rules, inputs: &[Input], cut: Cut) -> Result<Outcome, String>;

    /// Does once what [`Engine::run`] need not do again for other inputs of the same rules.
    ///
    /// # Errors
    /// As [`Engine::run`].
    fn prepare<'a>(&'a self, rules: &'a Rules) -> Result<Box<Prepared<'a>>, String> {
        Ok(Box::new(move |inputs, cut| self.run(rules, inputs, cut)))
    }
}

/// Rules that are ready to run: [`Engine::run`] for inputs alone.
pub type Prepared<'a> = dyn Fn(&[Input], Cut) -> Result<Outcome, String> + 'a;

/// Every engine there is, the oracle first.
pub fn all() -> Vec<&'static dyn Engine> {
    let mut all: Vec<&'static dyn Engine> = vec![&Oracle];
    all.extend(compared());
    all
}

/// The engines that are held to the oracle, and take any program. [`Generated`] takes those that were compiled with it.
pub fn compared() -> Vec<&'static dyn Engine> {
    vec![
        #[cfg(feature = "jit")]
        &Jit,
        #[cfg(feature = "jit")]
        &Restored,
        #[cfg(feature = "jit")]
        &Spread,
    ]
}

/// How many programs there are to each that is also restored, and that is also run on several workers.
const RESTORED: u64 = 32;
const SPREAD: u64 = 64;

/// The engines that the random program of a seed is compared through.
///
/// PERF: restoring a program and starting threads for it cost more than running it, and the machine code is the same: they have a
/// part of the programs.
pub fn compared_for(seed: u64) -> Vec<&'static dyn Engine> {
    let mut engines = compared();
    engines.retain(|engine| match engine.name() {
        "restored" => seed % RESTORED == 3,
        "workers" => seed % SPREAD == 5,
        _ => true,
    });
    engines
}

/// How an input is cut into calls of the engine. It changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// One call, as far as the watermarks of the input allow.
    Whole,
    /// So many events in a call.
    Every(usize),
    /// One to sixteen events in a call, by this seed.
    Random(u64),
}

impl Cut {
    /// Those that the corpus is run with.
    pub const FIXED: [Cut; 5] = [Cut::Whole, Cut::Every(1), Cut::Every(2), Cut::Every(7), Cut::Every(1024)];

    /// The sizes of the calls, one after the other, without end.
    pub fn sizes(self) -> impl Iterator<Item = usize> {
        let mut random = match self {
            Cut::Random(seed) => Some(fastrand::Rng::with_seed(seed)),
            Cut::Whole | Cut::Every(_) => None,
        };
        std::iter::repeat_with(move || match (self, &mut random) {
            (Cut::Every(size), _) => size.max(1),
            (_, Some(random)) => random.usize(1..=16),
            _ => usize::MAX,
        })
    }
}

/// The input with a watermark behind each event that says what is known anyway. It changes nothing.
pub fn with_redundant_watermarks(rules: &Rules, inputs: &[Input]) -> Vec<Input> {
    let schema = Schema::new(&rules.hir);
    let lateness = |ty: &portent_compiler::hir::EventType| match ty.source {
        portent_compiler::hir::Source::Input { lateness, .. } => lateness,
        portent_compiler::hir::Source::Rule(_) => 0,
    };
    let lateness = rules.hir.types.iter().map(lateness).max().unwrap_or(0);
    let mut greatest: Option<i64> = None;
    let mut all = Vec::with_capacity(2 * inputs.len());
    for input in inputs {
        all.push(input.clone());
        if let Input::Event(event) = input {
            greatest = greatest.max(schema.time_of(event));
            all.extend(greatest.map(|time| Input::Watermark(time.saturating_sub(lateness))));
        }
    }
    all
}
