//! Snapshots: what a running program holds, as bytes.
//!
//! ```text
//!  state --[`Sink`]--> regions          named stretches of bytes: arenas as they lie in memory, the rest by [`codec`]
//!    -> [`Snapshot`]                    whole, or only the blocks that have changed since the one before ([`Tracker`])
//!    -> bytes of a file                 with a version and a checksum ([`file`])
//!    -> [`Image`]                       the regions again, of a whole snapshot and those that follow it
//!    -> state                           every record is walked and copied, none is trusted
//! ```
//!
//! Arenas are addressed by index, so taking a snapshot copies memory and follows no pointer. Restoring goes the slow and safe
//! way: partition by partition into new arenas, with every index checked. That is also how the state of several workers is dealt out
//! to another number of them, and how rules that did not change are carried over into a program that did.
//!
//! What has changed is found by comparing a hash of each block with that of the last snapshot, so kernels do not have to note
//! what they write.

pub mod codec;
mod file;
mod image;
#[cfg(test)]
mod tests;
mod tracker;

pub use file::FileError;
pub use image::{ApplyError, Image};
pub use tracker::Tracker;

use alloc::string::String;
use alloc::vec::Vec;

/// Bytes of a block: what is hashed, and written if it has changed.
pub const BLOCK: usize = 4096;

/// Where state is written to, region by region.
pub trait Sink {
    /// A stretch of bytes under a name that no other region of the snapshot has.
    fn region(&mut self, name: &str, bytes: &[u8]);
}

/// What a program holds at one time, or what has changed since an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The identity of the state that this one changes; none: this is whole.
    pub(crate) base: Option<u64>,
    /// The identity of the state: a hash of all of it.
    pub(crate) identity: u64,
    /// In the order in which they were written.
    pub(crate) regions: Vec<Region>,
}

/// A region, or what has changed of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) name: String,
    /// Bytes of the whole region.
    pub(crate) len: usize,
    /// Stretches: where each begins, and its bytes. Of a whole snapshot one, of all bytes.
    pub(crate) pieces: Vec<(usize, Vec<u8>)>,
}

impl Snapshot {
    /// Whether it says only what has changed.
    pub const fn is_incremental(&self) -> bool {
        self.base.is_some()
    }

    /// A hash of the whole state, of one that is incremental too.
    pub const fn identity(&self) -> u64 {
        self.identity
    }

    /// The identity of the state that an incremental one changes.
    pub const fn base(&self) -> Option<u64> {
        self.base
    }

    /// One snapshot of those that several workers took at the same time, in order of their numbers. None if some are whole and
    /// others are not.
    #[cfg(feature = "std")]
    pub(crate) fn join(mut parts: Vec<Self>) -> Option<Self> {
        // A worker that has nothing to do leaves no trace.
        parts.retain(|part| !part.regions.is_empty());
        let bases: Vec<Option<u64>> = parts.iter().map(|part| part.base).collect();
        let base = match bases.iter().copied().collect::<Option<Vec<u64>>>() {
            Some(bases) => Some(joined(&bases)),
            None if bases.iter().all(Option::is_none) => None,
            None => return None,
        };
        let identities: Vec<u64> = parts.iter().map(|part| part.identity).collect();
        let regions = parts.into_iter().flat_map(|part| part.regions).collect();
        Some(Self { base, identity: joined(&identities), regions })
    }

    /// Bytes of the state.
    pub fn state_bytes(&self) -> usize {
        self.regions.iter().map(|region| region.len).sum()
    }

    /// Bytes of what it holds itself.
    pub fn held_bytes(&self) -> usize {
        self.regions.iter().flat_map(|region| &region.pieces).map(|(_, bytes)| bytes.len()).sum()
    }
}

/// The identity of the state of several workers, by those of each.
pub(crate) fn joined(identities: &[u64]) -> u64 {
    match identities {
        [only] => *only,
        several => {
            let bytes: Vec<u8> = several.iter().flat_map(|identity| identity.to_le_bytes()).collect();
            hash(&bytes)
        }
    }
}

/// A hash with a fixed meaning, for blocks and identities: XXH3 of 64 bits.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

/// The checksum of bytes: XXH3 of 64 bits.
pub fn checksum(bytes: &[u8]) -> u64 {
    hash(bytes)
}

/// Hashes what a state consists of.
#[derive(Default)]
pub(crate) struct Identity(Vec<u8>);

impl Identity {
    /// Adds a region by the hashes of its blocks.
    pub(crate) fn region(&mut self, name: &str, len: usize, blocks: &[u64]) {
        self.0.extend_from_slice(&hash(name.as_bytes()).to_le_bytes());
        self.0.extend_from_slice(&(len as u64).to_le_bytes());
        blocks.iter().for_each(|block| self.0.extend_from_slice(&block.to_le_bytes()));
    }

    /// The hash of all.
    pub(crate) fn finish(&self) -> u64 {
        hash(&self.0)
    }
}
