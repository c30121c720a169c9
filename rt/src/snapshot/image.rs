//! The regions of a state, put together from a whole snapshot and those that follow it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{BLOCK, Identity, Snapshot, hash};

/// A whole state.
#[derive(Clone, Debug, Default)]
pub struct Image {
    regions: Vec<(String, Vec<u8>)>,
    identity: u64,
}

/// Why a snapshot does not follow another, or is not what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyError {
    /// It is incremental, and there is nothing that it could change.
    NoBase,
    /// It changes another state than this one.
    OtherBase,
    /// What comes out is not the state that it says it is.
    Damaged,
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoBase => "it says what has changed since a snapshot that is not here",
            Self::OtherBase => "it says what has changed since another snapshot than the one before it",
            Self::Damaged => "its content is not what it was when it was written",
        })
    }
}

impl core::error::Error for ApplyError {}

impl Image {
    /// The state of a whole snapshot.
    ///
    /// # Errors
    /// If it is not whole, or damaged.
    pub fn new(whole: Snapshot) -> Result<Self, ApplyError> {
        if whole.is_incremental() {
            return Err(ApplyError::NoBase);
        }
        let mut image = Self { regions: Vec::new(), identity: 0 };
        image.change(whole)?;
        Ok(image)
    }

    /// Makes it the state of a snapshot that follows, or that is whole.
    ///
    /// # Errors
    /// If it follows another one, or is damaged. The image is then of no further use.
    pub fn apply(&mut self, next: Snapshot) -> Result<(), ApplyError> {
        match next.base() {
            None => *self = Self::new(next)?,
            Some(base) if base == self.identity => self.change(next)?,
            Some(_) => return Err(ApplyError::OtherBase),
        }
        Ok(())
    }

    fn change(&mut self, next: Snapshot) -> Result<(), ApplyError> {
        let mut old = core::mem::take(&mut self.regions);
        let mut hashes = Identity::default();
        for region in next.regions {
            let found = old.iter().position(|(name, _)| *name == region.name);
            let mut bytes = found.map_or_else(Vec::new, |at| old.swap_remove(at).1);
            let pieces = region.pieces.iter().map(|(from, piece)| from.saturating_add(piece.len()));
            if pieces.max().unwrap_or(0) > region.len {
                return Err(ApplyError::Damaged);
            }
            match <[_; 1]>::try_from(region.pieces) {
                Ok([(0, whole)]) if whole.len() == region.len => bytes = whole,
                pieces => {
                    let pieces = pieces.map_or_else(|pieces| pieces, Vec::from);
                    bytes.resize(region.len, 0);
                    for (from, piece) in pieces {
                        bytes[from..from + piece.len()].copy_from_slice(&piece);
                    }
                }
            }
            let blocks: Vec<u64> = bytes.chunks(BLOCK).map(hash).collect();
            hashes.region(&region.name, bytes.len(), &blocks);
            self.regions.push((region.name, bytes));
        }
        self.identity = hashes.finish();
        if self.identity != next.identity {
            return Err(ApplyError::Damaged);
        }
        Ok(())
    }

    /// A hash of all of it.
    pub const fn identity(&self) -> u64 {
        self.identity
    }

    /// The bytes of a region.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.regions.iter().find(|(of, _)| of == name).map(|(_, bytes)| bytes.as_slice())
    }

    /// Every region: its name and bytes.
    pub fn regions(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.regions.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }
}
