//! How many different values there are, estimated from their hashes, which are the argument.

use super::fold::{Fold, Inverse, persistent};
use super::registers::{Counted, Registers};
use super::source::{Int, Seen};
use crate::column::Column;
use crate::plan::window::Function;

/// Of windows that lose no rows.
#[derive(Debug)]
pub(crate) struct Estimate;

impl Fold for Estimate {
    type Source = Int;
    type State = Registers;
    type Gathered = ();
    persistent!();

    #[inline]
    fn push(&self, state: &mut Registers, seen: Seen<i64>) {
        if let Seen::Value(hash) = seen {
            state.push(hash);
        }
    }
    fn combine(&self, state: &mut Registers, later: &Registers) {
        state.join(later);
    }
    fn lower(&self, _: Function, state: &mut Registers, out: &mut Column) -> bool {
        out.push_i64(state.estimate());
        false
    }
    fn held(&self, state: &Registers) -> usize {
        state.bytes()
    }
}

/// Of windows that move.
#[derive(Debug)]
pub(crate) struct CountedEstimate;

impl Fold for CountedEstimate {
    type Source = Int;
    type State = Counted;
    type Gathered = ();
    persistent!();

    #[inline]
    fn push(&self, state: &mut Counted, seen: Seen<i64>) {
        if let Seen::Value(hash) = seen {
            state.push(hash);
        }
    }
    fn combine(&self, state: &mut Counted, later: &Counted) {
        state.join(later);
    }
    fn lower(&self, _: Function, state: &mut Counted, out: &mut Column) -> bool {
        out.push_i64(state.estimate());
        false
    }
    fn held(&self, state: &Counted) -> usize {
        state.bytes()
    }
}

impl Inverse for CountedEstimate {
    #[inline]
    fn pull(&self, state: &mut Counted, seen: Seen<i64>) {
        if let Seen::Value(hash) = seen {
            state.pull(hash);
        }
    }
}
