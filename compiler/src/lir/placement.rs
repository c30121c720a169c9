//! Where an operator runs if there are several workers.

use super::Key;

/// Where an operator runs if there are several workers, each of which sees all input. It never changes what is emitted.
#[derive(Clone, Debug, PartialEq)]
pub enum Placement {
    /// Whole, on one worker: that of this number, modulo how many there are.
    Whole(u32),
    /// On every worker, over the rows of inputs whose key is of the worker's shard. Of a rule with a key, or of a window
    /// operator: its own; of a stateless rule that others read: what will be theirs.
    ByKey(Vec<Key>),
    /// On every worker, over one batch of an input after the other in turn: a stateless rule whose rows may be anywhere.
    InTurn,
    /// On every worker, over what the operator that it reads has made there. If it has a key, that is the other's too.
    Beside,
}

/// By what a rule tells which of two rows came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowNumbers {
    /// By the sequence numbers of events, which are the same on every worker: it reads inputs alone.
    OfEvents,
    /// By a count of its own: matches may share the number of the event that completed them.
    Own,
}
