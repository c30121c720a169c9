//! The times of rows: in a list of their own, or in the column of whoever called, where they lie.

use alloc::vec::Vec;
use core::ops::Deref;
use core::slice;

/// A time for each row.
///
/// Invariant: if `lies`, it has the first address and the number of times that stand until [`Times::clear`], and `own` is empty.
#[derive(Debug, Default)]
pub(crate) struct Times {
    own: Vec<i64>,
    lies: Option<(*const i64, usize)>,
}

// SAFETY: as for the columns of rows: what lies elsewhere is borrowed during a call of the instance, and not read after it.
unsafe impl Send for Times {}
// SAFETY: as above; times are only read.
unsafe impl Sync for Times {}

impl Deref for Times {
    type Target = [i64];

    fn deref(&self) -> &[i64] {
        match self.lies {
            // SAFETY: the invariant.
            Some((first, count)) => unsafe { slice::from_raw_parts(first, count) },
            None => &self.own,
        }
    }
}

impl Times {
    /// Has none; the memory is kept.
    pub(crate) fn clear(&mut self) {
        self.lies = None;
        self.own.clear();
    }

    /// Becomes these, where they lie.
    ///
    /// # Safety
    /// They stand unchanged until [`Times::clear`], or whatever else replaces them here, is called.
    pub(crate) const unsafe fn lie(&mut self, times: &[i64]) {
        debug_assert!(self.own.is_empty(), "times that lie elsewhere are all there are");
        self.lies = Some((times.as_ptr(), times.len()));
    }

    /// Becomes the first `count` of others. What is in a list is moved.
    ///
    /// # Safety
    /// If the others lie elsewhere, those stand until this is cleared.
    pub(crate) unsafe fn take(&mut self, others: &mut Self, count: usize) {
        self.clear();
        match others.lies {
            // SAFETY: the caller's promise; fewer stand where more do.
            Some(_) => unsafe { self.lie(&others[..count]) },
            None if others.own.len() == count => core::mem::swap(&mut self.own, &mut others.own),
            None => self.own.extend_from_slice(&others.own[..count]),
        }
    }

    /// One more.
    pub(crate) fn push(&mut self, time: i64) {
        debug_assert!(self.lies.is_none(), "times are not added to what lies elsewhere");
        self.own.push(time);
    }

    /// Room for as many, to be written.
    pub(crate) fn make(&mut self, count: usize) -> &mut [i64] {
        self.clear();
        self.own.resize(count, 0);
        &mut self.own
    }
}
