//! A snapshot as the bytes of a file.
//!
//! ```text
//! | magic: 8 bytes | version: u32 | byte order: u32 | base: Option<u64> | identity: u64 | regions: u64 |
//! | for each: name, length: u64, pieces: u64, for each: from: u64, bytes with their length |
//! | XXH3 of everything before: u64 |
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::codec::{Corrupt, Persist, Reader, load_bytes, save_bytes};
use super::{Region, Snapshot, hash};

const MAGIC: &[u8; 8] = b"PORTENT\x01";
/// Raised when the bytes of a state get another meaning.
const VERSION: u32 = 3;
/// Arenas are written as they lie in memory.
const ORDER: u32 = u32::from_ne_bytes([1, 2, 3, 4]);

/// Why bytes are not a snapshot that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// It begins as something else.
    Foreign,
    /// Of another version of the format.
    Version(u32),
    /// Of a machine with another order of bytes.
    ByteOrder,
    /// It is cut short, or its checksum is wrong.
    Damaged,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str("it is not a snapshot of Portent"),
            Self::Version(found) => {
                write!(f, "it is of version {found} of the format; this program reads version {VERSION}")
            }
            Self::ByteOrder => f.write_str("it was written by a machine with another order of bytes"),
            Self::Damaged => f.write_str("it is cut short or damaged (its checksum is wrong)"),
        }
    }
}

impl core::error::Error for FileError {}

impl Snapshot {
    /// The bytes of a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.held_bytes() + 64 * (self.regions.len() + 1));
        out.extend_from_slice(MAGIC);
        VERSION.save(&mut out);
        ORDER.save(&mut out);
        self.base.save(&mut out);
        self.identity.save(&mut out);
        self.regions.len().save(&mut out);
        for region in &self.regions {
            region.name.save(&mut out);
            region.len.save(&mut out);
            region.pieces.len().save(&mut out);
            for (from, piece) in &region.pieces {
                from.save(&mut out);
                save_bytes(piece, &mut out);
            }
        }
        hash(&out).save(&mut out);
        out
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// If they are not those of a snapshot, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FileError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(match MAGIC.starts_with(bytes) {
            true => FileError::Damaged,
            false => FileError::Foreign,
        })?;
        let mut from = Reader::new(rest);
        let version = from.read().map_err(|Corrupt| FileError::Damaged)?;
        if version != VERSION {
            return Err(FileError::Version(version));
        }
        if from.read() != Ok(ORDER) {
            return Err(FileError::ByteOrder);
        }
        let (content, sum) = bytes.split_at(bytes.len().saturating_sub(8));
        if sum != hash(content).to_le_bytes() {
            return Err(FileError::Damaged);
        }
        Self::load(&mut from).map_err(|Corrupt| FileError::Damaged)
    }

    fn load(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let (base, identity) = (from.read()?, from.read()?);
        let count = from.len()?;
        let regions = (0..count).map(|_| {
            let (name, len): (String, usize) = (from.read()?, from.read()?);
            let count = from.len()?;
            let pieces = (0..count).map(|_| Ok((from.read()?, load_bytes(from)?.to_vec())));
            Ok(Region { name, len, pieces: pieces.collect::<Result<_, _>>()? })
        });
        Ok(Self { base, identity, regions: regions.collect::<Result<_, _>>()? })
    }
}
