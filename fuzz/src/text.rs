//! Values, events and matches as the lines of a case: what people write, and what differences are shown in.
//!
//! | | written |
//! | --- | --- |
//! | null | `null`; in events also `_` |
//! | `bool`, `i64`, `f64` | `true`, `-7`, `0.5`, `1e300`, `NaN`, `-inf` |
//! | `str` | `IBM`, or `"any text"` with the escapes of the rule language |
//! | `timestamp` | `@3`, `@3.5`: a number in the unit of the field |
//! | `duration` | `1h30m`, `-250ms` |
//! | list, event, events | `[1, 2]`, `{v=1 at=@3}`, `[{v=1}, {v=2}]` |

mod event;
mod outcome;
mod time;
mod token;
mod value;

pub use event::{Schema, parse_input, print_input};
pub use outcome::{normalized, print_match, print_stats};
pub use time::{Unit, parse_time, print_time};
pub use value::{print_tree, print_value};
