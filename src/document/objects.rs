//! Numbered PDF objects, written one after another with their offsets.

use flate2::{Compress, Compression, FlushCompress, Status};
use pdf_writer::{Chunk, Ref, Settings};

/// Objects of one part of the file.
pub(super) struct Objects {
    pub(super) bytes: Vec<u8>,
    /// Where the part begins in the file.
    base: usize,
    /// Numbers and offsets in the file, in the order in which they were written.
    pub(super) offsets: Vec<(i32, usize)>,
    scratch: Chunk,
}

/// No line breaks for people in what only programs read.
fn settings() -> Settings {
    Settings { pretty: false }
}

impl Objects {
    /// Objects that follow `base` bytes, of which `bytes` are already there.
    pub(super) fn after(base: usize, bytes: Vec<u8>) -> Self {
        Self { bytes, base, offsets: Vec::with_capacity(64), scratch: Chunk::with_settings_and_capacity(settings(), 0) }
    }

    /// The offset in the file at which the next byte will stand.
    pub(super) fn position(&self) -> usize {
        self.base + self.bytes.len()
    }

    /// Writes the object `id` with one of pdf-writer's typed writers.
    pub(super) fn put(&mut self, id: Ref, write: impl FnOnce(&mut Chunk)) {
        self.offsets.push((id.get(), self.position()));
        let mut chunk = std::mem::replace(&mut self.scratch, Chunk::with_settings_and_capacity(settings(), 512));
        write(&mut chunk);
        self.bytes.extend_from_slice(chunk.as_bytes());
    }

    /// Begins the object `id`, whose body the caller appends to `bytes`.
    pub(super) fn begin(&mut self, id: Ref) {
        self.offsets.push((id.get(), self.position()));
        self.bytes.extend_from_slice(format!("{} 0 obj\n", id.get()).as_bytes());
    }

    /// Ends an object that was begun.
    pub(super) fn end(&mut self) {
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    /// Writes a whole object: `body` between `obj` and `endobj`.
    pub(super) fn raw(&mut self, id: Ref, body: &[u8]) {
        self.begin(id);
        self.bytes.extend_from_slice(body);
        self.end();
    }

    /// Writes a stream; `entries` are those of its dictionary but the length.
    pub(super) fn stream(&mut self, id: Ref, entries: &str, data: &[u8]) {
        self.begin(id);
        self.bytes.extend_from_slice(format!("<<{entries}/Length {}>>stream\n", data.len()).as_bytes());
        self.bytes.extend_from_slice(data);
        self.bytes.extend_from_slice(b"\nendstream");
        self.end();
    }
}

/// Gives out object numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers(i32);

impl Numbers {
    pub(super) fn from(first: i32) -> Self {
        Self(first)
    }

    pub(super) fn take(&mut self) -> Ref {
        let id = Ref::new(self.0);
        self.0 += 1;
        id
    }

    /// The number that is given out next: one more than the largest so far.
    pub(super) fn next(self) -> i32 {
        self.0
    }
}

/// A zlib compressor that is used again, since making one costs more than a small stream does.
#[derive(Debug)]
pub(super) struct Deflater(Compress);

impl Deflater {
    /// Level 1 of zlib-rs has fixed codes and leaves a tenth more; level 2 takes as good as no longer.
    pub(super) fn fast() -> Self {
        Self(Compress::new(Compression::new(2), true))
    }

    pub(super) fn best() -> Self {
        Self(Compress::new(Compression::best(), true))
    }

    /// The zlib stream of `data`.
    pub(super) fn deflate(&mut self, data: &[u8]) -> Vec<u8> {
        self.0.reset();
        let mut out = Vec::with_capacity(data.len() / 2 + 64);
        loop {
            let done = usize::try_from(self.0.total_in()).unwrap_or(data.len()).min(data.len());
            match self.0.compress_vec(&data[done..], &mut out, FlushCompress::Finish) {
                Ok(Status::StreamEnd) => return out,
                // The room was too small; memory is the only thing that can be short.
                _ => out.reserve(data.len() / 4 + 256),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn deflating_is_undone_by_inflating_and_repeats() {
        let mut deflater = Deflater::fast();
        let noise: Vec<u8> = (0u32..20_000).map(|i| (i.wrapping_mul(2_654_435_761) >> 24).try_into().unwrap()).collect();
        for data in [&b""[..], b"abc", &noise] {
            let once = deflater.deflate(data);
            let mut back = Vec::new();
            flate2::read::ZlibDecoder::new(&once[..]).read_to_end(&mut back).unwrap();
            assert_eq!(back, data);
            assert_eq!(deflater.deflate(data), once);
        }
    }
}
