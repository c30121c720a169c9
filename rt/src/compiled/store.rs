//! Where items are kept that are added one by one and never taken away: memory that grows, or an array.

use core::ops::DerefMut;

/// A sequence of items.
pub trait Store: DerefMut<Target = [Self::Item]> + Default {
    /// What it holds.
    type Item;

    /// Adds an item behind the others.
    ///
    /// # Panics
    /// If there is no room. An array is as long as the limits of its rule, which are asked first.
    fn add(&mut self, item: Self::Item);
}

#[cfg(feature = "alloc")]
impl<T> Store for alloc::vec::Vec<T> {
    type Item = T;

    #[inline]
    fn add(&mut self, item: T) {
        self.push(item);
    }
}

impl<T, const N: usize> Store for heapless::Vec<T, N> {
    type Item = T;

    #[inline]
    fn add(&mut self, item: T) {
        let full = self.push(item).is_err();
        assert!(!full, "Store: an array holds what the limits of the rule allow");
    }
}
