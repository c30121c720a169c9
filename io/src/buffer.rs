//! The bytes of an input that were read and not yet taken, in one piece.
//!
//! ```text
//!  | taken | window: read, not taken | room to read into | padding |
//!          ^start                    ^end                          ^bytes.len()
//! ```

use std::io::{self, ErrorKind, Read};

use memchr::memchr;

/// Bytes that can always be looked at past the end of the window, so that scanners load whole words.
pub(crate) const PADDING: usize = 64;

/// What one read of the device asks for at the least.
const READ_BYTES: usize = 256 << 10;

/// A window on an input.
///
/// Invariant: `start <= end` and `end + PADDING <= bytes.len()`, once anything was read.
pub(crate) struct Buffer {
    read: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes taken before `start`, over the whole input.
    taken: u64,
    ended: bool,
    /// Whether the last line feed is not the input's.
    closed: bool,
}

impl Buffer {
    pub(crate) fn new(read: Box<dyn Read + Send>) -> Self {
        Self { read, bytes: Vec::new(), start: 0, end: 0, taken: 0, ended: false, closed: false }
    }

    /// Says that the window, as it is, begins so many bytes into the input.
    pub(crate) const fn begins_at(&mut self, bytes: u64) {
        self.taken = bytes;
    }

    /// Bytes in the window.
    pub(crate) const fn len(&self) -> usize {
        self.end - self.start
    }

    /// The window and the padding after it, whose content means nothing.
    pub(crate) fn padded(&self) -> &[u8] {
        match self.bytes.is_empty() {
            true => &[0; PADDING],
            false => &self.bytes[self.start..self.end + PADDING],
        }
    }

    /// The window.
    pub(crate) fn window(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Whether the device has nothing more.
    pub(crate) const fn ended(&self) -> bool {
        self.ended
    }

    /// Bytes of the input that are done with, if `done` bytes of the window are.
    pub(crate) const fn taken(&self, done: usize) -> u64 {
        self.taken + done as u64 - (self.closed && done == self.len()) as u64
    }

    /// Takes the first `count` bytes off the window.
    pub(crate) fn take(&mut self, count: usize) {
        debug_assert!(count <= self.len(), "taking what is there");
        self.start += count;
        self.taken += count as u64;
    }

    /// Takes a byte order mark off the window; whether there was one. To be asked at the start of the input.
    pub(crate) fn take_byte_order_mark(&mut self) -> bool {
        let marked = self.taken == 0 && self.window().starts_with(b"\xef\xbb\xbf");
        if marked {
            self.take(3);
        }
        marked
    }

    /// Waits for more bytes: one read of the device, of at least as many bytes as the window holds, so
    /// that a long row costs time linear in its length. At the end of the input a last line without a
    /// newline is given one. Returns the number of new bytes; none is the end.
    fn fill(&mut self) -> io::Result<usize> {
        if self.ended {
            return Ok(0);
        }
        self.make_room(READ_BYTES.max(self.len()));
        let room = self.bytes.len() - PADDING;
        let count = loop {
            match self.read.read(&mut self.bytes[self.end..room]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.end += count;
        if count == 0 {
            self.ended = true;
            return Ok(self.end_last_line());
        }
        Ok(count)
    }

    /// Waits for bytes that end a line, for more than `bytes_max` in the window, or for the end.
    pub(crate) fn fill_line(&mut self, bytes_max: usize) -> io::Result<()> {
        loop {
            let before = self.len();
            let count = self.fill()?;
            if count == 0 || self.len() > bytes_max || memchr(b'\n', &self.window()[before..]).is_some() {
                return Ok(());
            }
        }
    }

    /// Puts a newline after a last line that has none. There is room: `fill` made it and nothing was read.
    fn end_last_line(&mut self) -> usize {
        let open = self.window().last().is_some_and(|&last| last != b'\n');
        if open {
            self.bytes[self.end] = b'\n';
            self.end += 1;
            self.closed = true;
        }
        usize::from(open)
    }

    fn make_room(&mut self, room: usize) {
        if self.bytes.len() >= self.end + room + PADDING {
            return;
        }
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let needed = self.end + room + PADDING;
        if self.bytes.len() < needed {
            self.bytes.resize(needed, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_line_is_ended_and_the_rest_moves_to_the_front() {
        let mut buffer = Buffer::new(Box::new(&b"ab\ncd"[..]));
        assert_eq!(buffer.fill().unwrap(), 5);
        buffer.take(3);
        assert_eq!(buffer.fill().unwrap(), 1);
        assert_eq!(buffer.window(), b"cd\n");
        assert!(buffer.ended());
        assert_eq!(buffer.padded().len(), 3 + PADDING);
        assert_eq!((buffer.taken(0), buffer.taken(2), buffer.taken(3)), (3, 5, 5));
        buffer.take(3);
        assert_eq!(buffer.taken(0), 5, "the line feed that was put there is not the input's");
    }
}
