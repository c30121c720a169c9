//! What has changed since the last snapshot.

use alloc::string::String;
use alloc::vec::Vec;

use super::{BLOCK, Identity, Region, Sink, Snapshot, hash};

/// A region as the last snapshot had it.
#[derive(Debug)]
struct Known {
    name: String,
    /// The hash of each block.
    blocks: Vec<u64>,
}

/// Takes snapshots of one program, each of what has changed since the one before.
///
/// It keeps 8 bytes for each block of 4,096. A block that has changed and whose hash has not would be missed, with a probability of
/// 2^-64 for each.
#[derive(Debug, Default)]
pub struct Tracker {
    known: Vec<Known>,
    /// The identity of the last snapshot.
    last: Option<u64>,
    // The snapshot at hand.
    at: usize,
    regions: Vec<Region>,
}

impl Tracker {
    /// A tracker whose first snapshot is whole.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the next snapshot a whole one.
    pub fn restart(&mut self) {
        self.last = None;
        self.known.clear();
    }

    /// Takes a snapshot of what `write` writes: whole if it is the first, otherwise what has changed.
    ///
    /// # Errors
    /// Those of `write`; the tracker is then as before its first snapshot.
    pub fn take<E>(&mut self, write: impl FnOnce(&mut dyn Sink) -> Result<(), E>) -> Result<Snapshot, E> {
        (self.at, self.regions) = (0, Vec::new());
        if let Err(error) = write(self) {
            self.restart();
            return Err(error);
        }
        self.known.truncate(self.at);
        let mut identity = Identity::default();
        for (known, region) in self.known.iter().zip(&self.regions) {
            identity.region(&known.name, region.len, &known.blocks);
        }
        let identity = identity.finish();
        let base = self.last.replace(identity);
        Ok(Snapshot { base, identity, regions: core::mem::take(&mut self.regions) })
    }

    /// The region that was there at this place, if it had this name: an empty one otherwise.
    fn known(&mut self, name: &str) -> &mut Known {
        let at = self.at;
        self.at += 1;
        if self.known.get(at).is_none_or(|known| known.name != name) {
            // What was at later places may still be there under its name: it moves behind the new one.
            let found = self.known.iter().skip(at).position(|known| known.name == name);
            let known = match found {
                Some(offset) => self.known.remove(at + offset),
                None => Known { name: name.into(), blocks: Vec::new() },
            };
            self.known.insert(at, known);
        }
        &mut self.known[at]
    }
}

impl Sink for Tracker {
    fn region(&mut self, name: &str, bytes: &[u8]) {
        let known = self.known(name);
        let mut pieces: Vec<(usize, Vec<u8>)> = Vec::new();
        for (number, block) in bytes.chunks(BLOCK).enumerate() {
            let new = hash(block);
            match known.blocks.get_mut(number) {
                Some(old) if *old == new => continue,
                Some(old) => *old = new,
                None => known.blocks.push(new),
            }
            let at = number * BLOCK;
            match pieces.last_mut() {
                Some((from, piece)) if *from + piece.len() == at => piece.extend_from_slice(block),
                _ => pieces.push((at, block.to_vec())),
            }
        }
        known.blocks.truncate(bytes.len().div_ceil(BLOCK));
        self.regions.push(Region { name: name.into(), len: bytes.len(), pieces });
    }
}
