//! Whether another partition may be opened, and when those that time has emptied are to be given up.
//!
//! What depends on when partitions are given up is `limit partitions`; so it is decided by the rows that were seen, never by
//! where a batch ends.

/// Sweeping fewer partitions than this is not worth it unless the limit says so.
const SWEEP_MIN: u32 = 1024;
/// At the limit, a sweep follows the last one only after one attempt to open a partition for each so many that are live.
const SWEEP_PATIENCE: u32 = 64;

/// Whether one more partition may be opened.
#[derive(Debug)]
pub(crate) struct Room {
    /// `limit partitions`.
    max: u32,
    fails: bool,
    /// Whether there is a sweep kernel.
    sweeps: bool,
    /// How many live partitions make a sweep due.
    sweep_at: u32,
    /// How many attempts to open one there have to be between sweeps.
    patience: u32,
    attempts: u32,
    /// Whether the attempt at hand comes right after a sweep.
    just_swept: bool,
    dropped: u64,
    /// As `max`, for as long as there is no memory for more.
    memory_max: u32,
    dropped_for_memory: u64,
}

/// Whether another partition may be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admit {
    /// Yes.
    Open,
    /// First partitions have to be swept.
    Sweep,
    /// No: the event is not seen.
    Drop,
    /// No, and the program stops.
    Fail,
}

impl Room {
    /// Room for `max` partitions; whether one more fails, and whether there are sweeps.
    pub(crate) fn new(max: u32, fails: bool, sweeps: bool) -> Self {
        let mut room = Self {
            max,
            fails,
            sweeps,
            sweep_at: 0,
            patience: 0,
            attempts: 0,
            just_swept: false,
            dropped: 0,
            memory_max: u32::MAX,
            dropped_for_memory: 0,
        };
        room.swept(0);
        room.just_swept = false;
        room
    }

    /// Asks to open one more than there are.
    pub(crate) fn admit(&mut self, live: u32) -> Admit {
        let full = live >= self.max.min(self.memory_max);
        let due = (full || live >= self.sweep_at) && (self.attempts >= self.patience || full && self.fails);
        if self.sweeps && due && !self.just_swept {
            return Admit::Sweep;
        }
        self.just_swept = false;
        self.attempts = self.attempts.saturating_add(1);
        match full {
            false => Admit::Open,
            true if self.fails => Admit::Fail,
            true => {
                let count = if live >= self.max { &mut self.dropped } else { &mut self.dropped_for_memory };
                *count += 1;
                Admit::Drop
            }
        }
    }

    /// Attempts that were refused.
    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Attempts that were refused since there was no memory.
    #[cfg(feature = "alloc")]
    pub(crate) const fn dropped_for_memory(&self) -> u64 {
        self.dropped_for_memory
    }

    /// Bounds how many there may be for want of memory, or no longer. Where one too many is an error, nothing is dropped for it.
    #[cfg(feature = "alloc")]
    pub(crate) fn bound(&mut self, max: Option<u32>) {
        self.memory_max = max.filter(|_| !self.fails).unwrap_or(u32::MAX);
    }

    /// PERF: sweeps cost as much as the partitions that they visit. They come when the number has doubled, and at the limit
    /// not for every row that it keeps out.
    pub(crate) fn swept(&mut self, live: u32) {
        self.sweep_at = live.saturating_mul(2).max(SWEEP_MIN).min(self.max);
        self.patience = live / SWEEP_PATIENCE;
        self.attempts = 0;
        self.just_swept = true;
    }

    /// Writes what it has decided so far.
    #[cfg(feature = "alloc")]
    pub(crate) fn save(&self, out: &mut alloc::vec::Vec<u8>) {
        use crate::snapshot::codec::Persist;
        (self.sweep_at, self.patience, self.attempts).save(out);
        (self.just_swept, self.dropped, self.dropped_for_memory).save(out);
    }

    /// Reads what [`Room::save`] has written; whether what was refused is counted here.
    #[cfg(feature = "alloc")]
    pub(crate) fn load(
        &mut self,
        from: &mut crate::snapshot::codec::Reader<'_>,
        counts: bool,
    ) -> Result<(), crate::snapshot::codec::Corrupt> {
        (self.sweep_at, self.patience, self.attempts) = from.read()?;
        let (dropped, for_memory): (u64, u64);
        (self.just_swept, dropped, for_memory) = from.read()?;
        if counts {
            self.dropped += dropped;
            self.dropped_for_memory += for_memory;
        }
        Ok(())
    }
}
