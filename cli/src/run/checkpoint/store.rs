//! The folder of checkpoints.
//!
//! `000042.whole` and `000043.change` are checkpoints 42 and 43; the second says what has changed since the first. A file is written
//! under another name, brought to the disk and then renamed, and the folder is brought to the disk: so it is there whole or not at all.
//! `lock` is held by the run that uses the folder.
//!
//! ```text
//! | magic: 8 bytes | the record, with its length | the snapshot, with its length (0: there is none) | XXH3 of all before |
//! ```

use super::record::Record;
use portent_rt::snapshot::codec::{Corrupt, Persist, Reader, load_bytes, save_bytes};
use portent_rt::snapshot::{Image, Snapshot, checksum};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: &[u8; 8] = b"PTNCKPT\x01";

/// A checkpoint in the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    /// Whether it needs no other.
    pub(crate) whole: bool,
}

impl Entry {
    fn name(self) -> String {
        format!("{:06}.{}", self.number, if self.whole { "whole" } else { "change" })
    }

    fn of(name: &str) -> Option<Self> {
        let (number, kind) = name.split_once('.')?;
        let whole = match kind {
            "whole" => true,
            "change" => false,
            _ => return None,
        };
        Some(Self { number: number.parse().ok()?, whole })
    }
}

/// What a file holds.
pub(crate) struct Content {
    pub(crate) record: Record,
    pub(crate) snapshot: Option<Snapshot>,
}

/// A checkpoint with all that it changes.
pub(crate) struct Loaded {
    pub(crate) entry: Entry,
    pub(crate) record: Record,
    pub(crate) image: Image,
}

/// A checkpoint that cannot be used, and why.
pub(crate) type Damaged = (PathBuf, String);

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    /// How many checkpoints are kept.
    keep: usize,
    /// In order of their numbers.
    entries: Vec<Entry>,
    /// Held while the folder is in use.
    _lock: Option<Arc<File>>,
}

impl Store {
    /// Makes the folder if it is not there, and takes it.
    pub(crate) fn open(folder: &Path, keep: usize) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let lock = File::options().create(true).write(true).truncate(false).open(folder.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => io::Error::other("another run is using it"),
            fs::TryLockError::Error(error) => error,
        })?;
        Ok(Self { _lock: Some(Arc::new(lock)), keep, ..Self::look(folder)? })
    }

    /// Looks into a folder that another run may be using.
    pub(crate) fn look(folder: &Path) -> io::Result<Self> {
        let mut entries = Vec::new();
        for file in fs::read_dir(folder)? {
            entries.extend(file?.file_name().to_str().and_then(Entry::of));
        }
        entries.sort_unstable();
        Ok(Self { folder: folder.to_owned(), keep: usize::MAX, entries, _lock: None })
    }

    /// The checkpoints, the oldest first.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Where one is.
    pub(crate) fn path(&self, entry: Entry) -> PathBuf {
        self.folder.join(entry.name())
    }

    /// Reads one.
    pub(crate) fn read(&self, entry: Entry) -> Result<Content, String> {
        let bytes = fs::read(self.path(entry)).map_err(|error| error.to_string())?;
        decode(&bytes)
    }

    /// The last checkpoint that can be used, and those that cannot, each with the reason.
    pub(crate) fn load(&mut self) -> (Option<Loaded>, Vec<Damaged>) {
        let mut damaged = Vec::new();
        let mut end = self.entries.len();
        while end > 0 {
            let Some(start) = self.entries[..end].iter().rposition(|entry| entry.whole) else {
                let entry = self.entries[end - 1];
                damaged.push((self.path(entry), "the whole one that it changes is missing".to_owned()));
                break;
            };
            match self.load_chain(start, end) {
                Ok(found) => return (Some(found), damaged),
                Err((at, why)) => {
                    damaged.push((self.path(self.entries[at]), why));
                    end = at;
                }
            }
        }
        (None, damaged)
    }

    /// Puts together what a whole one and those that follow it say; which of them is damaged, if one is.
    fn load_chain(&self, start: usize, end: usize) -> Result<Loaded, (usize, String)> {
        let (mut image, mut record) = (Image::default(), Record::default());
        for at in start..end {
            let content = self.read(self.entries[at]).map_err(|why| (at, why))?;
            if let Some(snapshot) = content.snapshot {
                image.apply(snapshot).map_err(|error| (at, error.to_string()))?;
            }
            record = content.record;
        }
        Ok(Loaded { entry: self.entries[end - 1], record, image })
    }

    /// Writes one, and removes those that are not needed any more.
    pub(crate) fn write(
        &mut self,
        entry: Entry,
        record: &Record,
        snapshot: Option<&Snapshot>,
    ) -> io::Result<()> {
        let bytes = encode(record, snapshot);
        let unfinished = self.folder.join("unfinished");
        let written =
            write_to_disk(&unfinished, &bytes).and_then(|()| fs::rename(&unfinished, self.path(entry)));
        if let Err(error) = written {
            // What is left of it is of no use, and in the way on a disk that is full.
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        sync_folder(&self.folder)?;
        // One that could not be used may have had the number.
        self.entries.retain(|known| known.number < entry.number);
        self.entries.push(entry);
        self.prune();
        Ok(())
    }

    /// Keeps the last so many, and what they need.
    fn prune(&mut self) {
        let first = self.entries.len().saturating_sub(self.keep.max(1));
        let needed = self.entries[..=first].iter().rposition(|entry| entry.whole).unwrap_or(0);
        for entry in self.entries.drain(..needed).collect::<Vec<_>>() {
            // One that cannot be removed is in nobody's way.
            let _ = fs::remove_file(self.path(entry));
        }
    }
}

fn write_to_disk(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Brings the names in a folder to the disk, where systems have that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn encode(record: &Record, snapshot: Option<&Snapshot>) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    let mut bytes = Vec::new();
    record.save(&mut bytes);
    save_bytes(&bytes, &mut out);
    save_bytes(&snapshot.map(Snapshot::to_bytes).unwrap_or_default(), &mut out);
    checksum(&out).save(&mut out);
    out
}

fn decode(bytes: &[u8]) -> Result<Content, String> {
    let damaged = |Corrupt| "it is cut short or damaged".to_owned();
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| match MAGIC.starts_with(bytes) {
        true => damaged(Corrupt),
        false => "it is no checkpoint of this version of Portent".to_owned(),
    })?;
    let (content, sum) = bytes.split_at(bytes.len().saturating_sub(8));
    if sum != checksum(content).to_le_bytes() {
        return Err("it is cut short or damaged (its checksum is wrong)".to_owned());
    }
    let mut from = Reader::new(rest);
    let record = Reader::new(load_bytes(&mut from).map_err(damaged)?).read().map_err(damaged)?;
    let snapshot = match load_bytes(&mut from).map_err(damaged)? {
        [] => None,
        bytes => Some(Snapshot::from_bytes(bytes).map_err(|error| error.to_string())?),
    };
    Ok(Content { record, snapshot })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(at: i64) -> Record {
        Record { at, ..Record::default() }
    }

    /// Checkpoints of a state of one region.
    fn write(store: &mut Store, numbers: std::ops::RangeInclusive<u64>) {
        let mut tracker = portent_rt::snapshot::Tracker::new();
        for number in numbers {
            if number % 4 == 1 {
                tracker.restart();
            }
            let taken = tracker.take(|sink| {
                sink.region("0/x", &number.to_le_bytes());
                Ok::<_, ()>(())
            });
            let taken = taken.unwrap();
            let entry = Entry { number, whole: !taken.is_incremental() };
            store.write(entry, &record(number as i64), Some(&taken)).unwrap();
        }
    }

    fn loaded(folder: &Path) -> (Option<u64>, usize) {
        let (found, damaged) = Store::look(folder).unwrap().load();
        let number = found.map(|Loaded { entry, record, image }| {
            assert_eq!(record.at, entry.number as i64);
            assert_eq!(image.get("0/x"), Some(&entry.number.to_le_bytes()[..]));
            entry.number
        });
        (number, damaged.len())
    }

    #[test]
    fn the_last_are_kept_with_what_they_need() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), 3).unwrap();
        write(&mut store, 1..=11);
        let numbers: Vec<u64> =
            Store::look(folder.path()).unwrap().entries().iter().map(|e| e.number).collect();
        assert_eq!(numbers, [9, 10, 11]);
        write(&mut store, 12..=13);
        let numbers: Vec<u64> = store.entries().iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [9, 10, 11, 12, 13], "11 and 12 need 9");
        assert_eq!(loaded(folder.path()), (Some(13), 0));
    }

    #[test]
    fn of_damaged_ones_that_before_them_counts() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), 9).unwrap();
        write(&mut store, 1..=7);
        let path = |number: u64| store.path(store.entries()[number as usize - 1]);
        let whole = fs::read(path(7)).unwrap();
        for length in 0..whole.len() {
            fs::write(path(7), &whole[..length]).unwrap();
            assert_eq!(loaded(folder.path()), (Some(6), 1), "cut to {length}");
        }
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            fs::write(path(7), &flipped).unwrap();
            assert_eq!(loaded(folder.path()), (Some(6), 1), "a bit of byte {at}");
        }
        fs::write(path(6), b"something else").unwrap();
        assert_eq!(loaded(folder.path()), (Some(5), 1), "without 6 nothing can be said of 7");
        fs::remove_file(path(5)).unwrap();
        // What 6 and 7 change is missing, so 4 is the last one, by the whole one before.
        fs::remove_file(path(6)).unwrap();
        fs::remove_file(path(7)).unwrap();
        assert_eq!(loaded(folder.path()), (Some(4), 0));
        fs::remove_file(path(1)).unwrap();
        assert_eq!(loaded(folder.path()), (None, 1));
    }

    #[test]
    fn a_folder_is_used_by_one_run() {
        let folder = tempfile::tempdir().unwrap();
        let _used = Store::open(folder.path(), 3).unwrap();
        assert!(Store::open(folder.path(), 3).unwrap_err().to_string().contains("another run"));
    }
}
