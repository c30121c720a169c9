//! The time of day, behind a trait so that tests make time pass without waiting for it.

use super::feed::Message;
use std::cell::Cell;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Tells the time, and waits.
pub(crate) trait Clock {
    /// Nanoseconds since the epoch. Never less than before.
    fn now(&self) -> i64;

    /// The next message. Waits for it, but not longer than until the given time.
    fn receive(&self, messages: &Receiver<Message>, until: Option<i64>) -> Option<Message>;
}

/// The clock of the system.
#[derive(Debug)]
pub(crate) struct WallClock {
    /// The greatest time told.
    told: Cell<i64>,
}

impl WallClock {
    /// It has not told the time yet.
    pub(crate) const fn new() -> Self {
        Self { told: Cell::new(i64::MIN) }
    }
}

impl Clock for WallClock {
    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
        self.told.set(self.told.get().max(now));
        self.told.get()
    }

    fn receive(&self, messages: &Receiver<Message>, until: Option<i64>) -> Option<Message> {
        let Some(until) = until else { return messages.recv().ok() };
        loop {
            let left = u64::try_from(until.saturating_sub(self.now())).unwrap_or(0);
            match messages.recv_timeout(Duration::from_nanos(left)) {
                Ok(message) => return Some(message),
                // The wait may end early, by the clock of the system.
                Err(RecvTimeoutError::Timeout) if self.now() < until => {}
                Err(_) => return None,
            }
        }
    }
}

/// A clock that moves when it is waited for, and messages that come at given times.
#[cfg(test)]
pub(crate) struct Script {
    now: Cell<i64>,
    messages: std::cell::RefCell<std::collections::VecDeque<(i64, Message)>>,
    /// From when to when the machine sleeps.
    sleep: Cell<Option<(i64, i64)>>,
}

#[cfg(test)]
impl Script {
    /// Begins at a time; the messages are in order of theirs.
    pub(crate) fn new(now: i64, messages: impl IntoIterator<Item = (i64, Message)>) -> Self {
        let messages = std::cell::RefCell::new(messages.into_iter().collect());
        Self { now: Cell::new(now), messages, sleep: Cell::new(None) }
    }

    /// Has the machine sleep from one time to another: what comes meanwhile is brought a little after.
    pub(crate) fn sleep(&self, from: i64, to: i64) {
        self.sleep.set(Some((from, to)));
    }
}

#[cfg(test)]
impl Clock for std::rc::Rc<Script> {
    fn now(&self) -> i64 {
        self.now.get()
    }

    fn receive(&self, _: &Receiver<Message>, until: Option<i64>) -> Option<Message> {
        if let Some((from, to)) = self.sleep.get()
            && until.is_some_and(|until| (from..to).contains(&until))
        {
            self.sleep.set(None);
            self.now.set(to);
            let mut messages = self.messages.borrow_mut();
            messages.iter_mut().for_each(|(at, _)| *at = (*at).max(to + 1));
            return None;
        }
        let mut messages = self.messages.borrow_mut();
        let next = messages.front().map(|(at, _)| *at);
        let comes = next.filter(|&at| until.is_none_or(|until| at <= until));
        assert!(comes.is_some() || until.is_some(), "waiting for what will never come");
        self.now.set(self.now.get().max(comes.or(until).unwrap_or(i64::MIN)));
        comes.and_then(|_| messages.pop_front()).map(|(_, message)| message)
    }
}
