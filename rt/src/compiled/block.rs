//! Columns in blocks: what is found out of many rows at once, before rules look at them one by one.

use core::ops::Range;

/// How many rows a block has at most.
pub const BLOCK: usize = 1024;

/// The rows of columns in blocks that stay in the cache next to the core while they are read twice.
pub fn blocks(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(BLOCK).map(move |start| start..rows.min(start + BLOCK))
}

/// The rows of a block that are wanted, in order; `places` is where they are noted.
///
/// PERF: whether a row is wanted is anybody's guess, so nothing branches on it.
#[inline]
pub fn choose(places: &mut [u16; BLOCK], rows: usize, mut wants: impl FnMut(usize) -> bool) -> &[u16] {
    debug_assert!(rows <= BLOCK, "a block of rows");
    let mut count = 0;
    for row in 0..rows {
        places[count % BLOCK] = row as u16;
        count += usize::from(wants(row));
    }
    &places[..count]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wanted_rows_are_chosen_in_order() {
        let mut places = [0; BLOCK];
        assert_eq!(choose(&mut places, 7, |row| row % 3 == 0), [0, 3, 6]);
        assert_eq!(choose(&mut places, BLOCK, |_| true).len(), BLOCK);
        assert!(choose(&mut places, 0, |_| true).is_empty());
        assert!(blocks(2 * BLOCK + 1).eq([0..BLOCK, BLOCK..2 * BLOCK, 2 * BLOCK..2 * BLOCK + 1]));
    }
}
