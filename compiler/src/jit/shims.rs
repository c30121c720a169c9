//! The functions that compiled code calls: [`text`] and [`number`] compute what is too large to inline, by the definitions
//! of `portent_rt::scalar`; [`state`] does the slow paths of memory.
//!
//! They take and give what two machine registers hold. A text is two words, its tail a pointer if it is long (see
//! `portent_rt::string`); a text that a function makes goes into the scratch arena, and comes back through a pointer. They
//! are `extern "C"`, which never unwinds: a panic in one would be a bug of ours and ends the process with its message. No
//! code of a user runs in them.

pub(super) mod number;
pub(super) mod state;
pub(super) mod text;

use cranelift_codegen::ir::{AbiParam, Signature, Type, types};
use cranelift_codegen::isa::CallConv;

const I: Type = types::I64;
const F: Type = types::F64;
const B: Type = types::I8;

macro_rules! shims {
    ($($name:ident = $function:path: $parameters:tt -> $results:tt;)*) => {
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

            /// Where it is.
            pub(super) fn address(self) -> *const u8 {
                match self { $(Shim::$name => $function as *const u8),* }
            }

            const fn types(self) -> (&'static [Type], &'static [Type]) {
                match self { $(Shim::$name => (&$parameters, &$results)),* }
            }
        }
    };
}

shims! {
    TextSame = text::same: [I, I, I, I] -> [B];
    TextOrder = text::order: [I, I, I, I] -> [I];
    Like = text::like: [I, I, I, I] -> [B];
    Matches = text::matches: [I, I, I] -> [B];
    Contains = text::contains: [I, I, I, I] -> [B];
    StartsWith = text::starts_with: [I, I, I, I] -> [B];
    EndsWith = text::ends_with: [I, I, I, I] -> [B];
    Length = text::length: [I, I] -> [I];
    HashStr = text::hash: [I, I] -> [I];
    Trim = text::trim: [I, I, I] -> [];
    SubstrFrom = text::substr_from: [I, I, I, I] -> [];
    Substr = text::substr: [I, I, I, I, I] -> [];
    SplitPart = text::split_part: [I, I, I, I, I, I] -> [];
    Lower = text::lower: [I, I, I, I] -> [];
    Upper = text::upper: [I, I, I, I] -> [];
    Concat = text::concat: [I, I, I, I, I, I] -> [];
    Replace = text::replace: [I, I, I, I, I, I, I, I] -> [];
    PrintBool = text::print_bool: [I, I, I] -> [];
    PrintInt = text::print_int: [I, I, I] -> [];
    PrintFloat = text::print_float: [I, F, I] -> [];
    PrintTimestamp = text::print_timestamp: [I, I, I] -> [];
    PrintDuration = text::print_duration: [I, I, I] -> [];
    ParseBool = text::parse_bool: [I, I, I] -> [B];
    ParseInt = text::parse_int: [I, I, I] -> [B];
    ParseFloat = text::parse_float: [I, I, I] -> [B];
    ParseTimestamp = text::parse_timestamp: [I, I, I] -> [B];
    Rem = number::rem: [F, F] -> [F];
    Round = number::round: [F] -> [F];
    RoundTo = number::round_to: [F, I] -> [F];
    Exp = number::exp: [F] -> [F];
    Ln = number::ln: [F] -> [F];
    Log10 = number::log10: [F] -> [F];
    Pow = number::pow: [F, F] -> [F];
    Sin = number::sin: [F] -> [F];
    Cos = number::cos: [F] -> [F];
    Atan2 = number::atan2: [F, F] -> [F];
    Year = number::year: [I] -> [I];
    Month = number::month: [I] -> [I];
    Day = number::day: [I] -> [I];
    Hour = number::hour: [I] -> [I];
    Minute = number::minute: [I] -> [I];
    Second = number::second: [I] -> [I];
    DayOfWeek = number::day_of_week: [I] -> [I];
    DateTrunc = number::date_trunc: [I, I, I] -> [B];
    HashBool = number::hash_bool: [I] -> [I];
    HashInt = number::hash_int: [I] -> [I];
    HashFloat = number::hash_float: [F] -> [I];
    MeanInt = number::mean_int: [I] -> [F];
    MeanWhole = number::mean_whole: [I] -> [I];
    GrowArena = state::grow_arena: [I] -> [B];
    PushDeadline = state::push_deadline: [I, I, I] -> [];
    SetText = state::set_text: [I, I, I, I] -> [];
    StoreText = state::store_text: [I, I, I] -> [I];
    ReleaseRun = state::release_run: [I, I, I] -> [];
    AdoptRun = state::adopt_run: [I, I, I] -> [B];
    DropOldest = state::drop_oldest: [I, I, I] -> [];
    MatchText = state::match_text: [I, I, I] -> [I];
    MatchList = state::match_list: [I, I, I, I] -> [B];
    FreeList = state::release_list: [I, I, I] -> [];
}

impl Shim {
    /// The number that names it in CLIF.
    pub(super) const fn number(self) -> u32 {
        self as u32
    }

    /// The one of a number.
    pub(super) fn from_number(number: u32) -> Option<Shim> {
        Self::ALL.get(number as usize).copied()
    }

    /// What it takes and gives.
    pub(super) fn signature(self, convention: CallConv) -> Signature {
        let (parameters, results) = self.types();
        let mut signature = Signature::new(convention);
        signature.params = parameters.iter().map(|ty| AbiParam::new(*ty)).collect();
        signature.returns = results.iter().map(|ty| AbiParam::new(*ty)).collect();
        signature
    }
}
