//! Where bytes come from: a file or standard input, decompressed if it is gzip or zstd.
//!
//! Compression is recognised by the first bytes, never by the name, so that a pipe works like a file.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

/// Compressed bytes are read this many at a time.
const COMPRESSED_READ_BYTES: usize = 128 << 10;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// How an input is compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    /// It is not.
    None,
    /// gzip, of one or more members (RFC 1952).
    Gzip,
    /// Zstandard, of one or more frames (RFC 8878).
    Zstd,
}

/// An open input.
pub struct Source {
    /// Its bytes, decompressed.
    pub read: Box<dyn Read + Send>,
    /// How they are compressed.
    pub compression: Compression,
    /// Whether bytes may come in slowly: it is not a regular file. Readers of a live input return with
    /// the rows that are there.
    pub live: bool,
    /// The size of the file as it lies on disk, where that is known.
    pub bytes_total: Option<u64>,
    bytes_read: Arc<AtomicU64>,
}

impl Source {
    /// Opens `path`, or standard input for `-`.
    ///
    /// # Errors
    /// If it cannot be opened, is a directory, or its first bytes cannot be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::open_at(path, 0)
    }

    /// Whether bytes of `path`, or of standard input for `-`, may come in slowly: it is not a regular file. Opens nothing, so it
    /// does not wait for the writer of a named pipe.
    ///
    /// # Errors
    /// If there is no such file, or it is a directory.
    pub fn is_live(path: &Path) -> io::Result<bool> {
        if path == Path::new("-") {
            return Ok(stdin_file()?.is_none());
        }
        let metadata = std::fs::metadata(path)?;
        match metadata.is_dir() {
            true => Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory")),
            false => Ok(!metadata.is_file()),
        }
    }

    /// Opens `path`, or standard input for `-`, so many bytes of the decompressed input after its start. In a plain file it
    /// goes there at once; all else is read, up to there, from the start.
    ///
    /// # Errors
    /// As [`Source::open`], and if the input is shorter.
    pub fn open_at(path: &Path, bytes: u64) -> io::Result<Self> {
        let mut source = match path == Path::new("-") {
            true => match stdin_file()? {
                Some(file) => Self::rest_of(file)?,
                None => Self::new(Box::new(io::stdin()), true, None)?,
            },
            false => {
                let live = Self::is_live(path)?;
                let mut file = File::open(path)?;
                if live {
                    Self::new(Box::new(file), true, None)?
                } else if bytes > 0 && detect(&mut file)?.1 == Compression::None {
                    return Self::middle_of(file, bytes);
                } else {
                    file.rewind()?;
                    Self::rest_of(file)?
                }
            }
        };
        let skipped = io::copy(&mut (&mut source.read).take(bytes), &mut io::sink())?;
        if skipped < bytes {
            return Err(too_short(skipped, bytes));
        }
        Ok(source)
    }

    /// What is to come of a regular file.
    fn rest_of(mut file: File) -> io::Result<Self> {
        let len = file.metadata()?.len().saturating_sub(file.stream_position()?);
        Self::new(Box::new(file), false, Some(len))
    }

    /// A plain file from its middle on.
    fn middle_of(mut file: File, bytes: u64) -> io::Result<Self> {
        let len = file.metadata()?.len();
        if len < bytes {
            return Err(too_short(len, bytes));
        }
        file.seek(SeekFrom::Start(bytes))?;
        let bytes_read = Arc::new(AtomicU64::new(bytes));
        let read = Counted { read: Box::new(file), count: Arc::clone(&bytes_read), bytes_min: len };
        let compression = Compression::None;
        Ok(Self { read: Box::new(read), compression, live: false, bytes_total: Some(len), bytes_read })
    }

    /// An input from any bytes, compressed or not. Waits for the first byte, and for more only while they
    /// look like the start of a compressed stream. If `bytes_total` says how long it is, an earlier end is an error.
    ///
    /// # Errors
    /// If the first bytes cannot be read.
    pub fn new(read: Box<dyn Read + Send>, live: bool, bytes_total: Option<u64>) -> io::Result<Self> {
        let bytes_read = Arc::new(AtomicU64::new(0));
        let bytes_min = bytes_total.unwrap_or(0);
        let mut read = Counted { read, count: Arc::clone(&bytes_read), bytes_min };
        let (head, compression) = detect(&mut read)?;
        let raw = Cursor::new(head).chain(read);
        let read: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(raw),
            Compression::Gzip => {
                Box::new(MultiGzDecoder::new(BufReader::with_capacity(COMPRESSED_READ_BYTES, raw)))
            }
            Compression::Zstd => {
                Box::new(zstd::Decoder::with_buffer(BufReader::with_capacity(COMPRESSED_READ_BYTES, raw))?)
            }
        };
        Ok(Self { read, compression, live, bytes_total, bytes_read })
    }

    /// A counter of the bytes read from the device, compressed as they are: with
    /// [`Source::bytes_total`], how far a file has been read.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes_read)
    }
}

/// Reads until the compression is certain; returns what was read.
fn detect(read: &mut impl Read) -> io::Result<(Vec<u8>, Compression)> {
    let mut head = Vec::new();
    loop {
        for (magic, compression) in [(GZIP_MAGIC, Compression::Gzip), (ZSTD_MAGIC, Compression::Zstd)] {
            if head.starts_with(magic) {
                return Ok((head, compression));
            }
        }
        let undecided = GZIP_MAGIC.starts_with(&head) || ZSTD_MAGIC.starts_with(&head);
        let mut more = [0; 4];
        let count = if undecided { read.read(&mut more)? } else { 0 };
        if count == 0 {
            return Ok((head, Compression::None));
        }
        head.extend_from_slice(&more[..count]);
    }
}

/// Standard input if it is a regular file, which is none to wait for: `portent run rules.ptn < events.jsonl`.
#[cfg(unix)]
fn stdin_file() -> io::Result<Option<File>> {
    use std::os::fd::AsFd;
    let Ok(stdin) = io::stdin().as_fd().try_clone_to_owned() else { return Ok(None) };
    let file = File::from(stdin);
    Ok(file.metadata()?.is_file().then_some(file))
}

/// Elsewhere it may always be one to wait for.
#[cfg(not(unix))]
fn stdin_file() -> io::Result<Option<File>> {
    Ok(None)
}

fn too_short(bytes: u64, bytes_min: u64) -> io::Error {
    let message = format!("it ends after {bytes} bytes, and had {bytes_min}: it was cut, or is another one");
    io::Error::new(io::ErrorKind::UnexpectedEof, message)
}

/// Counts what passes.
struct Counted {
    read: Box<dyn Read + Send>,
    count: Arc<AtomicU64>,
    /// How long the input was when it was opened. It may grow, but not be cut while it is read.
    bytes_min: u64,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.read.read(into)?;
        let before = self.count.fetch_add(count as u64, Ordering::Relaxed);
        if count == 0 && !into.is_empty() && before < self.bytes_min {
            return Err(too_short(before, self.bytes_min));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn read_all(bytes: Vec<u8>) -> (Vec<u8>, Compression) {
        let mut source = Source::new(Box::new(Cursor::new(bytes)), false, None).unwrap();
        let mut text = Vec::new();
        source.read.read_to_end(&mut text).unwrap();
        (text, source.compression)
    }

    #[test]
    fn compression_is_seen_in_the_bytes() {
        for text in [&b""[..], b"(", b"\x1f", b"a,b\n1,2\n", b"(x)", b"{}\n"] {
            assert_eq!(read_all(text.to_vec()), (text.to_vec(), Compression::None));
        }
        let members = [gzip(b"a,b\n"), gzip(b"1,2\n")].concat();
        assert_eq!(read_all(members), (b"a,b\n1,2\n".to_vec(), Compression::Gzip));
        let frames = [&b"a,b\n"[..], b"1,2\n"].map(|text| zstd::encode_all(text, 1).unwrap()).concat();
        assert_eq!(read_all(frames), (b"a,b\n1,2\n".to_vec(), Compression::Zstd));
    }

    #[test]
    fn a_cut_stream_is_an_error_not_an_end() {
        let mut bytes = gzip(&[b'x'; 10_000]);
        bytes.truncate(bytes.len() / 2);
        let mut source = Source::new(Box::new(Cursor::new(bytes)), false, None).unwrap();
        assert!(source.read.read_to_end(&mut Vec::new()).is_err());
    }

    #[test]
    fn an_input_is_opened_in_its_middle() {
        let text: Vec<u8> = (0..40_000u32).flat_map(u32::to_le_bytes).collect();
        let folder = tempfile::tempdir().unwrap();
        let files =
            [("plain", text.clone()), ("gz", gzip(&text)), ("zst", zstd::encode_all(&text[..], 1).unwrap())];
        for (name, bytes) in &files {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            for at in [0, 1, 5, 70_000, text.len() - 1, text.len()] {
                let mut source = Source::open_at(&path, at as u64).unwrap();
                let mut rest = Vec::new();
                source.read.read_to_end(&mut rest).unwrap();
                assert!(rest == text[at..], "{name} {at}");
                assert_eq!(source.bytes_read().load(Ordering::Relaxed), bytes.len() as u64);
            }
            let error = Source::open_at(&path, text.len() as u64 + 1).err().unwrap();
            assert!(error.to_string().contains("it was cut"), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_cut_while_it_is_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, vec![b'x'; 1000]).unwrap();
        let mut source = Source::open(&path).unwrap();
        let mut some = [0; 100];
        source.read.read_exact(&mut some).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(300).unwrap();
        let error = source.read.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "it ends after 300 bytes, and had 1000: it was cut, or is another one");
        std::fs::write(&path, vec![b'x'; 1000]).unwrap();
        let mut source = Source::open(&path).unwrap();
        File::options().append(true).open(&path).unwrap().write_all(b"more").unwrap();
        assert_eq!(source.read.read_to_end(&mut Vec::new()).unwrap(), 1004, "one that grows is not");
    }

    #[test]
    fn the_device_is_counted() {
        let bytes = gzip(&[b'x'; 10_000]);
        let size = bytes.len() as u64;
        let mut source = Source::new(Box::new(Cursor::new(bytes)), false, Some(size)).unwrap();
        source.read.read_to_end(&mut Vec::new()).unwrap();
        assert_eq!(source.bytes_read().load(Ordering::Relaxed), size);
    }
}
