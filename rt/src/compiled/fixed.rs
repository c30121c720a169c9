//! The state of generated rules in arrays: what `portent_compiler::build::fixed_rules` prints the names of instead.
//!
//! How long the arrays are is known when the rules are compiled: `limit runs` by `limit partitions`. So nothing is allocated,
//! not at the start either, and a rule does what it does elsewhere with these limits. Texts are symbols of at most 22 bytes
//! ([`Symbol::inline`](super::Symbol::inline)); a place for matches is a closure, or a `heapless::Vec` that was made large enough.

use super::runs::{RunArena, RunNode};
use super::stopped::{Counted, RuleStats};
use super::{Deadline, Partition, PartitionLimit, Room, Stopped};
use crate::bound::Bound;
use crate::room::Room as Policy;
use core::hash::{BuildHasher, Hash};
use foldhash::fast::FixedState;

/// At most `N` runs of a rule.
pub type Runs<R, const N: usize> = RunArena<heapless::Vec<RunNode<R>, N>>;

/// What a program of `N` rules has counted.
pub type Stats<const N: usize> = Counted<[RuleStats; N]>;

const NONE: u32 = u32::MAX;

/// At most `N` partitions of a rule by key: a hash table whose chains go through the slots.
///
/// Invariant: a slot that is not vacant is in the chain of its key's hash, beginning in `heads` and ending in `NONE`; the
/// others are in that of `free`.
#[derive(Debug)]
pub struct Partitions<K, C, const N: usize> {
    heads: [u32; N],
    slots: heapless::Vec<Slot<K, C>, N>,
    free: u32,
    len: u32,
    policy: Policy,
    hasher: FixedState,
}

#[derive(Debug)]
struct Slot<K, C> {
    key: K,
    partition: Partition<C>,
    next: u32,
}

impl<K: Hash + Eq + Clone, C: Default, const N: usize> Partitions<K, C, N> {
    /// No partitions.
    pub fn new(limit: PartitionLimit) -> Self {
        assert!(limit.max as usize <= N, "Partitions: an array holds what the limits of the rule allow");
        Self {
            heads: [NONE; N],
            slots: heapless::Vec::new(),
            free: NONE,
            len: 0,
            policy: Policy::new(limit.max, limit.fails, true),
            hasher: FixedState::with_seed(0),
        }
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Events that the limit kept from the rule.
    pub const fn dropped(&self) -> u64 {
        self.policy.dropped()
    }

    /// The slot of a key.
    #[inline]
    pub fn find(&self, key: &K) -> Option<u32> {
        let mut at = self.heads[self.chain(key)];
        while let Some(slot) = self.slots.get(at as usize) {
            if slot.key == *key {
                return Some(at);
            }
            at = slot.next;
        }
        None
    }

    fn chain(&self, key: &K) -> usize {
        (self.hasher.hash_one(key) % N as u64) as usize
    }

    /// The partition in a slot.
    #[inline]
    pub fn at(&mut self, slot: u32) -> &mut Partition<C> {
        &mut self.slots[slot as usize].partition
    }

    /// The partition in a slot, unless it has been given up.
    #[inline]
    pub fn live(&mut self, slot: u32) -> Option<&mut Partition<C>> {
        let slot = self.slots.get_mut(slot as usize);
        slot.map(|slot| &mut slot.partition).filter(|partition| !partition.vacant)
    }

    /// Whether one more may be opened.
    pub fn room(&mut self) -> Room {
        self.policy.admit(self.len)
    }

    /// Opens the partition of a key that has none, after [`Self::room`] has said so.
    pub fn open(&mut self, key: &K) -> u32 {
        let chain = self.chain(key);
        let fresh = Slot { key: key.clone(), partition: Partition::default(), next: self.heads[chain] };
        let slot = match self.slots.get_mut(self.free as usize) {
            Some(free) => {
                let slot = self.free;
                self.free = free.next;
                *free = fresh;
                slot
            }
            None => {
                let full = self.slots.push(fresh).is_err();
                assert!(!full, "Partitions: an array holds what the limits of the rule allow");
                self.slots.len() as u32 - 1
            }
        };
        self.heads[chain] = slot;
        self.len += 1;
        slot
    }

    /// All partitions, for a sweep.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Partition<C>> {
        self.slots.iter_mut().map(|slot| &mut slot.partition).filter(|partition| !partition.vacant)
    }

    /// Ends a sweep for room: forgets the partitions that have been given up.
    pub fn swept(&mut self) {
        self.forget();
        self.policy.swept(self.len);
    }

    /// Ends any other sweep: forgets the partitions that have been given up. All chains are made anew.
    pub fn forget(&mut self) {
        (self.heads, self.free, self.len) = ([NONE; N], NONE, 0);
        for at in 0..self.slots.len() {
            let chain = self.chain(&self.slots[at].key);
            let slot = &mut self.slots[at];
            let head = if slot.partition.vacant {
                &mut self.free
            } else {
                self.len += 1;
                &mut self.heads[chain]
            };
            slot.next = core::mem::replace(head, at as u32);
        }
    }
}

/// At most `N` deadlines, in ascending order.
#[derive(Debug)]
pub struct Deadlines<const N: usize>(heapless::Deque<Deadline, N>);

impl<const N: usize> Deadlines<N> {
    /// None.
    pub const fn new() -> Self {
        Self(heapless::Deque::new())
    }

    /// Notes a deadline.
    ///
    /// # Errors
    /// If there are `N` already.
    #[inline]
    pub fn note(&mut self, deadline: Deadline) -> Result<(), Bound> {
        let ascends = self.0.back().is_none_or(|last| last.time <= deadline.time);
        debug_assert!(ascends, "Deadlines: noted in ascending order");
        self.0.push_back(deadline).map_err(|_| Bound::Records)
    }

    /// The first, or the end of time, which no deadline is before.
    #[inline]
    pub fn first(&self) -> i64 {
        self.0.front().map_or(i64::MAX, |first| first.time)
    }

    /// Takes the first, if it is before `now`.
    #[inline]
    pub fn pop_before(&mut self, now: i64) -> Option<Deadline> {
        if self.first() < now { self.0.pop_front() } else { None }
    }
}

impl<const N: usize> Default for Deadlines<N> {
    fn default() -> Self {
        Self::new()
    }
}

/// At most `N` events that wait for the watermark, and leave in time order; ties in order of arrival.
///
/// Invariant: times descend, and of two events at one time the one that came first is behind the other.
#[derive(Debug)]
pub struct Waiting<E, const N: usize> {
    events: heapless::Vec<(i64, E), N>,
    max: usize,
}

impl<E, const N: usize> Waiting<E, N> {
    /// Nothing waits; at most `max` events may, and `N`.
    pub const fn new(max: usize) -> Self {
        Self { events: heapless::Vec::new(), max: if max < N { max } else { N } }
    }

    /// Adds an event behind all others at its time.
    ///
    /// # Errors
    /// If there are too many.
    pub fn insert(&mut self, time: i64, event: E) -> Result<(), Stopped> {
        if self.events.len() == self.max {
            return Err(Stopped::disorder(self.max));
        }
        let at = self.events.partition_point(|(other, _)| *other > time);
        self.events.insert(at, (time, event)).map_err(|_| Stopped::disorder(self.max))
    }

    /// Takes the first event away, if its time is `upto` or before.
    pub fn pop(&mut self, upto: i64) -> Option<(i64, E)> {
        self.events.last().filter(|(time, _)| *time <= upto)?;
        self.events.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn deadlines_and_waiting_events_are_bounded() {
        let mut deadlines: Deadlines<2> = Deadlines::new();
        let at = |time| Deadline { time, slot: 0, row: time };
        assert_eq!([1, 2, 3].map(|time| deadlines.note(at(time)).is_ok()), [true, true, false]);
        assert_eq!(
            [2, 2, 3].map(|now| deadlines.pop_before(now).map(|it| it.time)),
            [Some(1), None, Some(2)]
        );
        assert_eq!(deadlines.first(), i64::MAX);
        let mut waiting: Waiting<char, 3> = Waiting::new(1 << 24);
        for (time, event) in [(5, 'a'), (3, 'b'), (5, 'c')] {
            waiting.insert(time, event).unwrap();
        }
        assert_eq!(waiting.insert(9, 'd'), Err(Stopped::disorder(3)));
        let mut out = Vec::new();
        assert_eq!(waiting.pop(2), None);
        while let Some((_, event)) = waiting.pop(5) {
            out.push(event);
        }
        assert_eq!(out, ['b', 'a', 'c']);
    }

    proptest! {
        /// As the partitions that grow, whatever keys come and go.
        #[test]
        fn partitions_do_as_those_that_grow(keys in prop::collection::vec((0..12u64, any::<bool>()), 0..200)) {
            let limit = PartitionLimit { max: 5, fails: false };
            let mut fixed: Partitions<u64, i64, 5> = Partitions::new(limit);
            let mut grown: crate::compiled::Partitions<u64, i64> = crate::compiled::Partitions::new(limit);
            for (key, leaves) in keys {
                prop_assert_eq!(fixed.find(&key).is_some(), grown.find(&key).is_some());
                if let (Some(one), Some(other)) = (fixed.find(&key), grown.find(&key)) {
                    (fixed.at(one).cells, grown.at(other).cells) = (i64::from(leaves), i64::from(leaves));
                    continue;
                }
                let (one, other) = (fixed.room(), grown.room());
                prop_assert_eq!(one, other);
                match one {
                    Room::Open => {
                        fixed.open(&key);
                        grown.open(&key);
                    }
                    Room::Sweep => {
                        fixed.iter_mut().filter(|it| it.cells == 1).for_each(Partition::vacate);
                        grown.iter_mut().filter(|it| it.cells == 1).for_each(Partition::vacate);
                        fixed.swept();
                        grown.swept();
                    }
                    Room::Drop | Room::Fail => {}
                }
                prop_assert_eq!((fixed.len(), fixed.dropped()), (grown.len(), grown.dropped()));
            }
            let mut cells: [Vec<i64>; 2] = [
                fixed.iter_mut().map(|partition| partition.cells).collect(),
                grown.iter_mut().map(|partition| partition.cells).collect(),
            ];
            cells.iter_mut().for_each(|cells| cells.sort_unstable());
            prop_assert_eq!(&cells[0], &cells[1]);
        }
    }
}
