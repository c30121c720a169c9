//! The functions that compiled code calls: [`text`] and [`number`] compute what is too large to inline, by the definitions
//! of `portent_rt::scalar`; [`guard`] looks at whole columns; [`state`] does the slow paths of memory.
//!
//! Those of rare paths are *cold*: a kernel calls them through a [`trampoline`] that preserves every register, so that what a
//! kernel keeps in registers need not survive a call that hardly ever happens. They give nothing; what they find out they
//! write through a pointer, and where they fail they leave a `Stop` in the state.
//!
//! They take and give what two machine registers hold. A text is two words, its tail a pointer if it is long (see
//! `portent_rt::string`); a text that a function makes goes into the scratch arena, and comes back through a pointer. They
//! are `extern "C"`, which never unwinds: a panic in one would be a bug of ours and ends the process with its message. No
//! code of a user runs in them.

pub(super) mod guard;
pub(super) mod number;
pub(super) mod state;
pub(super) mod text;
mod trampoline;

use cranelift_codegen::ir::{AbiParam, Signature, Type, types};
use cranelift_codegen::isa::CallConv;

use super::JitError;

const I: Type = types::I64;
const F: Type = types::F64;
const B: Type = types::I8;

macro_rules! shims {
    ($($temperature:ident $name:ident = $function:path: $parameters:tt -> $results:tt;)*) => {
        /// A function that compiled code may call.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub(super) enum Shim {
            $(#[doc = concat!("`", stringify!($function), "`")] $name),*
        }

        impl Shim {
            const ALL: &[Shim] = &[$(Shim::$name),*];

            /// The name, for listings.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Shim::$name => stringify!($function)),* }
            }

            /// Whether it is called through a trampoline.
            pub(super) const fn is_cold(self) -> bool {
                match self { $(Shim::$name => matches!(stringify!($temperature).as_bytes(), b"cold")),* }
            }

            /// Where the function itself is.
            fn function(self) -> *const u8 {
                match self { $(Shim::$name => $function as *const u8),* }
            }

            const fn types(self) -> (&'static [Type], &'static [Type]) {
                match self { $(Shim::$name => (&$parameters, &$results)),* }
            }
        }
    };
}

shims! {
    cold TextSame = text::same: [I, I, I, I, I] -> [];
    warm TextOrder = text::order: [I, I, I, I] -> [I];
    warm Like = text::like: [I, I, I, I] -> [B];
    warm Matches = text::matches: [I, I, I] -> [B];
    warm Contains = text::contains: [I, I, I, I] -> [B];
    warm StartsWith = text::starts_with: [I, I, I, I] -> [B];
    warm EndsWith = text::ends_with: [I, I, I, I] -> [B];
    warm Length = text::length: [I, I] -> [I];
    warm HashStr = text::hash: [I, I] -> [I];
    warm Trim = text::trim: [I, I, I] -> [];
    warm SubstrFrom = text::substr_from: [I, I, I, I] -> [];
    warm Substr = text::substr: [I, I, I, I, I] -> [];
    warm SplitPart = text::split_part: [I, I, I, I, I, I] -> [];
    warm Lower = text::lower: [I, I, I, I] -> [];
    warm Upper = text::upper: [I, I, I, I] -> [];
    warm Concat = text::concat: [I, I, I, I, I, I] -> [];
    warm Replace = text::replace: [I, I, I, I, I, I, I, I] -> [];
    warm PrintBool = text::print_bool: [I, I, I] -> [];
    warm PrintInt = text::print_int: [I, I, I] -> [];
    warm PrintFloat = text::print_float: [I, F, I] -> [];
    warm PrintTimestamp = text::print_timestamp: [I, I, I] -> [];
    warm PrintDuration = text::print_duration: [I, I, I] -> [];
    warm ParseBool = text::parse_bool: [I, I, I] -> [B];
    warm ParseInt = text::parse_int: [I, I, I] -> [B];
    warm ParseFloat = text::parse_float: [I, I, I] -> [B];
    warm ParseTimestamp = text::parse_timestamp: [I, I, I] -> [B];
    warm Rem = number::rem: [F, F] -> [F];
    warm Round = number::round: [F] -> [F];
    warm RoundTo = number::round_to: [F, I] -> [F];
    warm Exp = number::exp: [F] -> [F];
    warm Ln = number::ln: [F] -> [F];
    warm Log10 = number::log10: [F] -> [F];
    warm Pow = number::pow: [F, F] -> [F];
    warm Sin = number::sin: [F] -> [F];
    warm Cos = number::cos: [F] -> [F];
    warm Atan2 = number::atan2: [F, F] -> [F];
    warm Year = number::year: [I] -> [I];
    warm Month = number::month: [I] -> [I];
    warm Day = number::day: [I] -> [I];
    warm Hour = number::hour: [I] -> [I];
    warm Minute = number::minute: [I] -> [I];
    warm Second = number::second: [I] -> [I];
    warm DayOfWeek = number::day_of_week: [I] -> [I];
    warm DateTrunc = number::date_trunc: [I, I, I] -> [B];
    warm HashBool = number::hash_bool: [I] -> [I];
    warm HashInt = number::hash_int: [I] -> [I];
    warm HashFloat = number::hash_float: [F] -> [I];
    warm CopyTimes = number::copy_times: [I, I, I, I] -> [];
    warm WithinInt = guard::within_int: [I, I, I, I, I, I, I] -> [];
    warm WithinFloat = guard::within_float: [I, I, I, I, I, F, F] -> [];
    warm Truths = guard::truths: [I, I, I, I, I] -> [];
    warm IsText = guard::is_text: [I, I, I, I, I, I, I] -> [];
    warm FitTexts = guard::fit_texts: [I, I, I, I, I, I] -> [];
    warm MeanInt = number::mean_int: [I] -> [F];
    warm MeanWhole = number::mean_whole: [I] -> [I];
    cold GrowArena = state::grow_arena: [I, I] -> [];
    cold PushDeadline = state::push_deadline: [I, I, I, I] -> [];
    cold SetText = state::set_text: [I, I, I, I] -> [];
    cold StoreText = state::store_text: [I, I, I, I] -> [];
    cold ReleaseRun = state::release_run: [I, I, I] -> [];
    cold AdoptRun = state::adopt_run: [I, I, I] -> [];
    cold DropOldest = state::drop_oldest: [I, I, I] -> [];
    cold MatchText = state::match_text: [I, I, I, I] -> [];
    warm MatchList = state::match_list: [I, I, I, I] -> [];
    cold FreeList = state::release_list: [I, I, I] -> [];
}

impl Shim {
    /// Where kernels call it.
    pub(super) fn address(self) -> Result<*const u8, JitError> {
        if self.is_cold() { trampoline::address(self) } else { Ok(self.function()) }
    }

    /// The number that names it in CLIF.
    pub(super) const fn number(self) -> u32 {
        self as u32
    }

    /// The one of a number.
    pub(super) fn from_number(number: u32) -> Option<Shim> {
        Self::ALL.get(number as usize).copied()
    }

    /// How kernels call it, which themselves follow `convention`.
    pub(super) fn signature(self, convention: CallConv) -> Signature {
        self.signature_for(if self.is_cold() { CallConv::PreserveAll } else { convention })
    }

    fn signature_for(self, convention: CallConv) -> Signature {
        let (parameters, results) = self.types();
        let mut signature = Signature::new(convention);
        signature.params = parameters.iter().map(|ty| AbiParam::new(*ty)).collect();
        signature.returns = results.iter().map(|ty| AbiParam::new(*ty)).collect();
        signature
    }
}
