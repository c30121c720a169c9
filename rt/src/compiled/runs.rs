//! The runs of a rule: one arena for all partitions, in which the runs of a partition are a chain, oldest first.
//!
//! A loop over a chain may end the run at hand and put copies right behind it. The next run is therefore known before the
//! body of the loop begins: a copy is not visited by the loop that makes it.

use super::store::Store;
use crate::bound::Bound;
#[cfg(feature = "alloc")]
use crate::prefetch::fetch;

const NONE: u32 = u32::MAX;

/// The runs of a rule, in a store of [`RunNode`]s.
///
/// Invariant: a node is in exactly one chain: that of a [`RunList`] made for these runs, or that of the free ones.
#[derive(Clone, Debug)]
pub struct RunArena<S> {
    nodes: S,
    free: u32,
    live: u32,
    dropped: u64,
}

/// The runs of a rule, as many as the memory holds.
#[cfg(feature = "alloc")]
pub type Runs<R> = RunArena<alloc::vec::Vec<RunNode<R>>>;

#[cfg(feature = "alloc")]
impl<R> Runs<R> {
    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<RunNode<R>>()
    }

    /// Has the first run of a list fetched.
    #[inline]
    pub(super) fn fetch(&self, list: &RunList) {
        if let Some(node) = self.nodes.get(list.head as usize) {
            fetch(core::ptr::from_ref(node).cast());
        }
    }
}

/// A run and its place in a chain.
#[derive(Clone, Debug)]
pub struct RunNode<R> {
    next: u32,
    run: R,
}

/// The chain of a partition.
#[derive(Clone, Debug)]
pub struct RunList {
    head: u32,
    tail: u32,
    len: u32,
}

impl Default for RunList {
    fn default() -> Self {
        Self { head: NONE, tail: NONE, len: 0 }
    }
}

impl RunList {
    /// Whether there is no run.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<S: Default> Default for RunArena<S> {
    fn default() -> Self {
        Self { nodes: S::default(), free: NONE, live: 0, dropped: 0 }
    }
}

impl<R, S: Store<Item = RunNode<R>>> RunArena<S> {
    /// How many runs there are.
    pub const fn len(&self) -> usize {
        self.live as usize
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Runs that a limit has ended or not let start.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Starts a run behind all others of `list`. If there are `max` already, the oldest ends.
    #[inline]
    pub fn start_dropping_oldest(&mut self, list: &mut RunList, max: u32, run: R) -> &mut R {
        if list.len >= max {
            self.drop_oldest(list);
        }
        self.start(list, run)
    }

    /// Starts a run behind all others of `list`, unless there are `max` already.
    #[inline]
    pub fn start_unless_full(&mut self, list: &mut RunList, max: u32, run: R) -> Option<&mut R> {
        if list.len >= max {
            self.dropped += 1;
            return None;
        }
        Some(self.start(list, run))
    }

    /// Starts a run behind all others of `list`.
    ///
    /// # Errors
    /// If there are `max` already.
    #[inline]
    pub fn start_or_stop(&mut self, list: &mut RunList, max: u32, run: R) -> Result<&mut R, Bound> {
        if list.len >= max {
            return Err(Bound::Runs);
        }
        Ok(self.start(list, run))
    }

    /// Ends all runs of `list`.
    pub fn clear(&mut self, list: &mut RunList) {
        if list.len > 0 {
            self.nodes[list.tail as usize].next = self.free;
            self.free = list.head;
            self.live -= list.len;
            *list = RunList::default();
        }
    }

    /// Ends the first runs of `list`, up to one that is not over.
    #[inline]
    pub fn end_while(&mut self, list: &mut RunList, is_over: impl Fn(&R) -> bool) {
        while let Some(node) = self.nodes.get(list.head as usize)
            && is_over(&node.run)
        {
            let next = node.next;
            self.give(list.head);
            list.head = next;
            list.len -= 1;
            if next == NONE {
                list.tail = NONE;
            }
        }
    }

    #[inline]
    fn start(&mut self, list: &mut RunList, run: R) -> &mut R {
        let index = self.take(NONE, run);
        match list.len {
            0 => list.head = index,
            _ => self.nodes[list.tail as usize].next = index,
        }
        list.tail = index;
        list.len += 1;
        &mut self.nodes[index as usize].run
    }

    #[inline]
    fn take(&mut self, next: u32, run: R) -> u32 {
        self.live += 1;
        let index = self.free;
        match self.nodes.get_mut(index as usize) {
            Some(node) => {
                self.free = node.next;
                *node = RunNode { next, run };
                index
            }
            None => self.grow(RunNode { next, run }),
        }
    }

    #[cold]
    fn grow(&mut self, node: RunNode<R>) -> u32 {
        let index = u32::try_from(self.nodes.len()).ok().filter(|index| *index != NONE);
        self.nodes.add(node);
        index.expect("Runs: fewer than 2^32 - 1 runs of a rule")
    }

    fn give(&mut self, index: u32) {
        self.nodes[index as usize].next = self.free;
        self.free = index;
        self.live -= 1;
    }

    #[cold]
    fn drop_oldest(&mut self, list: &mut RunList) {
        let oldest = list.head;
        if oldest == NONE {
            return;
        }
        list.head = self.nodes[oldest as usize].next;
        list.len -= 1;
        if list.len == 0 {
            list.tail = NONE;
        }
        self.give(oldest);
        self.dropped += 1;
    }
}

/// A loop over the runs of a list.
#[derive(Clone, Debug)]
pub struct Cursor {
    /// The last live run before the current one.
    before: u32,
    current: u32,
    /// The last live run up to the next one: the current one, or the first copy that was made of it.
    behind: u32,
    next: u32,
}

impl Cursor {
    /// Before the first run of `list`.
    #[inline]
    pub const fn new(list: &RunList) -> Self {
        Self { before: NONE, current: NONE, behind: NONE, next: list.head }
    }

    /// Goes on to the next run.
    #[inline]
    pub fn advance<'r, R, S: Store<Item = RunNode<R>>>(
        &mut self,
        runs: &'r mut RunArena<S>,
    ) -> Option<&'r mut R> {
        let node = runs.nodes.get_mut(self.next as usize)?;
        self.before = self.behind;
        self.current = self.next;
        self.behind = self.next;
        self.next = node.next;
        Some(&mut node.run)
    }

    /// The current run.
    #[inline]
    pub fn run<'r, R, S: Store<Item = RunNode<R>>>(&self, runs: &'r mut RunArena<S>) -> &'r mut R {
        &mut runs.nodes[self.current as usize].run
    }

    /// Ends the current run.
    #[inline]
    pub fn end<R, S: Store<Item = RunNode<R>>>(&mut self, runs: &mut RunArena<S>, list: &mut RunList) {
        let following = runs.nodes[self.current as usize].next;
        match self.before {
            NONE => list.head = following,
            before => runs.nodes[before as usize].next = following,
        }
        if following == NONE {
            list.tail = self.before;
        }
        list.len -= 1;
        runs.give(self.current);
        if self.behind == self.current {
            self.behind = self.before;
        }
    }

    /// Makes a copy of the current run, right behind it. If there are `max` runs already, the oldest ends; if that is the
    /// current one, there is no copy.
    pub fn copy_dropping_oldest<R: Clone, S: Store<Item = RunNode<R>>>(
        &mut self,
        runs: &mut RunArena<S>,
        list: &mut RunList,
        max: u32,
    ) {
        if list.len >= max {
            let oldest = list.head;
            if oldest == self.current {
                runs.dropped += 1;
                return;
            }
            runs.drop_oldest(list);
            if self.before == oldest {
                self.before = NONE;
            }
        }
        self.copy(runs, list);
    }

    /// Makes a copy of the current run, right behind it, unless there are `max` runs already.
    pub fn copy_unless_full<R: Clone, S: Store<Item = RunNode<R>>>(
        &mut self,
        runs: &mut RunArena<S>,
        list: &mut RunList,
        max: u32,
    ) {
        match list.len >= max {
            true => runs.dropped += 1,
            false => self.copy(runs, list),
        }
    }

    /// Makes a copy of the current run, right behind it.
    ///
    /// # Errors
    /// If there are `max` runs already.
    pub fn copy_or_stop<R: Clone, S: Store<Item = RunNode<R>>>(
        &mut self,
        runs: &mut RunArena<S>,
        list: &mut RunList,
        max: u32,
    ) -> Result<(), Bound> {
        if list.len >= max {
            return Err(Bound::Runs);
        }
        self.copy(runs, list);
        Ok(())
    }

    fn copy<R: Clone, S: Store<Item = RunNode<R>>>(&mut self, runs: &mut RunArena<S>, list: &mut RunList) {
        let node = runs.nodes[self.current as usize].clone();
        let index = runs.take(node.next, node.run);
        runs.nodes[self.current as usize].next = index;
        if list.tail == self.current {
            list.tail = index;
        }
        list.len += 1;
        if self.behind == self.current {
            self.behind = index;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn all<S: Store<Item = RunNode<i32>>>(runs: &mut RunArena<S>, list: &RunList) -> Vec<i32> {
        let (mut cursor, mut out) = (Cursor::new(list), Vec::new());
        while let Some(run) = cursor.advance(runs) {
            out.push(*run);
        }
        assert_eq!(out.len() as u32, list.len);
        out
    }

    #[test]
    fn runs_end_and_are_copied_while_a_loop_goes_over_them() {
        let (mut runs, mut list) = (Runs::default(), RunList::default());
        for run in 1..=4 {
            runs.start_dropping_oldest(&mut list, 10, run);
        }
        let mut cursor = Cursor::new(&list);
        while let Some(run) = cursor.advance(&mut runs) {
            let old = *run;
            *run *= 10;
            if old % 2 == 0 {
                cursor.copy_dropping_oldest(&mut runs, &mut list, 10);
            }
            if old % 3 != 0 && old != 2 {
                cursor.end(&mut runs, &mut list);
            }
        }
        assert_eq!(all(&mut runs, &list), [20, 20, 30, 40]);
        let mut of_another = RunList::default();
        for run in [1, 2, 9, 3] {
            runs.start_dropping_oldest(&mut of_another, 10, run);
        }
        runs.end_while(&mut of_another, |run| *run < 5);
        assert_eq!(all(&mut runs, &of_another), [9, 3]);
        runs.end_while(&mut of_another, |run| *run < 10);
        runs.end_while(&mut of_another, |_| unreachable!("no run is left"));
        assert!(of_another.is_empty() && of_another.tail == NONE);
        *runs.start_dropping_oldest(&mut list, 4, 0) += 50;
        assert_eq!((all(&mut runs, &list), runs.dropped(), runs.len()), (alloc::vec![20, 30, 40, 50], 1, 4));
        runs.clear(&mut list);
        assert!(runs.is_empty() && list.is_empty() && all(&mut runs, &list).is_empty());
        assert_eq!(runs.nodes.len(), 8);
    }

    #[test]
    fn a_copy_at_the_limit_ends_the_oldest_or_is_not_made() {
        let (mut runs, mut list) = (Runs::default(), RunList::default());
        for run in 1..=2 {
            runs.start_dropping_oldest(&mut list, 2, run);
        }
        let mut cursor = Cursor::new(&list);
        cursor.advance(&mut runs);
        cursor.copy_dropping_oldest(&mut runs, &mut list, 2);
        assert_eq!((all(&mut runs, &list), runs.dropped()), (alloc::vec![1, 2], 1));
        cursor.advance(&mut runs);
        cursor.copy_dropping_oldest(&mut runs, &mut list, 2);
        cursor.end(&mut runs, &mut list);
        assert_eq!((all(&mut runs, &list), runs.dropped()), (alloc::vec![2], 2));
    }
}
