//! The state of a window operator in a snapshot: its groups, which cells their windows have, and the states of these cells.
//!
//! It is read group by group into new slots and cells, so that groups may be left out, and those of several parts joined.

use alloc::format;
use alloc::vec::Vec;

use super::sessions::Session;
use super::{Open, Shape, WindowRun};
use crate::instance::rule::Part;
use crate::partition::saved::Key;
use crate::plan::window::WindowPlan;
use crate::snapshot::Sink;
use crate::snapshot::codec::{Corrupt, Persist, Reader, load_bytes, persist, save_bytes};
use crate::state::NONE;

persist!(Open { cell, start, last, first });

/// From slots or cells of a snapshot to those of the operator; of what is left out there is none.
struct Places(Vec<u32>);

impl Places {
    fn set(&mut self, from: u32, to: u32) {
        let at = from as usize;
        if self.0.len() <= at {
            self.0.resize(at + 1, NONE);
        }
        self.0[at] = to;
    }

    fn get(&self, from: u32) -> Option<u32> {
        self.0.get(from as usize).copied().filter(|to| *to != NONE)
    }
}

impl WindowRun {
    /// Writes the state as regions whose names begin with this one.
    pub(crate) fn save(&self, name: &str, sink: &mut dyn Sink) {
        let mut out = Vec::new();
        (self.selected, self.emitted, self.rows_dropped, self.faults).save(&mut out);
        self.seen.save(&mut out);
        self.groups.save(name, &mut out, sink);
        let mut cells = Vec::new();
        match &self.shape {
            Shape::Panes(panes) => panes.save(&mut out, |cell| cells.push(cell)),
            Shape::Sessions(sessions) => sessions.save(&mut out, |cell| cells.push(cell)),
            Shape::Rings(rings) => {
                rings.save(&mut out);
                cells.extend(self.groups.known());
            }
            Shape::Batch { .. } | Shape::Running => {
                let open: Vec<(u32, Open)> =
                    (0..).zip(&self.open).filter_map(|(slot, open)| Some((slot, (*open)?))).collect();
                cells.extend(open.iter().map(|(_, open)| open.cell));
                open.save(&mut out);
            }
        }
        sink.region(name, &out);
        out.clear();
        let (mut states, rows) = (Vec::new(), !matches!(self.shape, Shape::Rings(_)));
        for cell in cells {
            states.clear();
            self.cells.aggregates.iter().for_each(|aggregate| aggregate.save(cell, &mut states));
            (cell, if rows { self.cells.count(cell) } else { 0 }).save(&mut out);
            save_bytes(&states, &mut out);
        }
        sink.region(&format!("{name}/cells"), &out);
    }

    /// After all parts were taken over.
    pub(crate) fn settle(&mut self) {
        if let Shape::Panes(panes) = &mut self.shape {
            panes.settle();
        }
    }

    /// Takes over groups of a snapshot; [`WindowRun::settle`] follows.
    pub(crate) fn absorb(&mut self, plan: &WindowPlan, part: &Part<'_, '_>) -> Result<(), Corrupt> {
        let mut from = Reader::new((part.regions)(part.name).ok_or(Corrupt)?);
        let counts: (u64, u64, u64, u64) = from.read()?;
        if part.counts {
            self.selected += counts.0;
            self.emitted += counts.1;
            self.rows_dropped += counts.2;
            self.faults += counts.3;
        }
        self.seen = from.read()?;
        let mut slots = Places(Vec::new());
        self.groups.absorb(part, &mut from, |from, to| slots.set(from, to))?;
        let mut cells = Places(Vec::new());
        self.absorb_shape(&mut from, &slots, &mut cells)?;
        from.end()?;
        if !plan.keys.is_empty() && !part.whole {
            self.groups.settle();
        }
        self.cells.reserve();
        let groups = self.groups.len();
        self.cells.aggregates.iter_mut().for_each(|aggregate| aggregate.reserve(groups));
        let mut from = Reader::new((part.regions)(&format!("{}/cells", part.name)).unwrap_or_default());
        while !from.is_empty() {
            let (cell, rows): (u32, u32) = from.read()?;
            let mut states = Reader::new(load_bytes(&mut from)?);
            let Some(cell) = cells.get(cell) else { continue };
            for aggregate in &mut self.cells.aggregates {
                aggregate.load(cell, &mut states)?;
            }
            states.end()?;
            if !matches!(self.shape, Shape::Rings(_)) {
                *self.cells.rows(cell) = rows;
            }
        }
        Ok(())
    }

    fn absorb_shape(
        &mut self,
        from: &mut Reader<'_>,
        slots: &Places,
        cells: &mut Places,
    ) -> Result<(), Corrupt> {
        let groups = self.groups.len();
        let mut place = |cell: u32| {
            let to = self.cells.take();
            cells.set(cell, to);
            to
        };
        match &mut self.shape {
            Shape::Panes(panes) => {
                panes.reserve(groups);
                panes.absorb(from, |slot, cell| Some((slots.get(slot)?, place(cell))))
            }
            Shape::Sessions(sessions) => {
                sessions.reserve(groups);
                let (count, open): (u64, Vec<(u32, Session)>) = from.read()?;
                for (slot, mut session) in open {
                    if let Some(slot) = slots.get(slot) {
                        session.cell = place(session.cell);
                        sessions.absorb(slot, session);
                    }
                }
                sessions.begin_at(count);
                Ok(())
            }
            Shape::Rings(rings) => {
                rings.reserve(groups);
                // The cells of moving windows are numbered as their groups.
                rings.absorb(from, |slot| {
                    let to = slots.get(slot)?;
                    cells.set(slot, to);
                    Some(to)
                })
            }
            Shape::Batch { .. } | Shape::Running => {
                self.open.resize(groups.max(self.open.len()), None);
                for (slot, open) in from.read::<Vec<(u32, Open)>>()? {
                    if let Some(slot) = slots.get(slot) {
                        self.open[slot as usize] = Some(Open { cell: place(open.cell), ..open });
                    }
                }
                Ok(())
            }
        }
    }
}

/// The components of a key.
pub(super) fn components<'a>(
    key: Key<'a>,
    mut each: impl FnMut(Option<Component<'a>>),
) -> Result<(), Corrupt> {
    match key {
        Key::One => {}
        Key::Null => each(None),
        Key::Word(word) => each(Some(Component::Word(word))),
        Key::Text(text) => each(Some(Component::Text(text))),
        Key::Composite(bytes) => {
            let mut from = Reader::new(bytes);
            while !from.is_empty() {
                match from.read::<u8>()? {
                    0 => each(None),
                    1 => each(Some(Component::Word(from.read()?))),
                    2 => {
                        let len: u32 = from.read()?;
                        each(Some(Component::Text(from.bytes(len as usize)?)));
                    }
                    _ => return Err(Corrupt),
                }
            }
        }
    }
    Ok(())
}

/// A component that is not null.
#[derive(Clone, Copy, Debug)]
pub(super) enum Component<'a> {
    Word(u64),
    Text(&'a [u8]),
}
