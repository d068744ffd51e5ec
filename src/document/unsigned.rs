//! A checked document with the place for its signature still empty: the only thing that can be sealed.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest as _, Sha256, Sha512};

/// The bytes that all documents of a plate begin with, hashed once: each document goes on from a copy of the digest's state.
#[derive(Clone)]
pub struct Prefix {
    bytes: Vec<u8>,
    sha256: Sha256,
    sha512: Sha512,
}

impl Prefix {
    /// Hashes `bytes` with both digests that signatures use.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { sha256: Sha256::new_with_prefix(&bytes), sha512: Sha512::new_with_prefix(&bytes), bytes }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The SHA-256 state after the bytes.
    #[must_use]
    pub fn sha256(&self) -> Sha256 {
        self.sha256.clone()
    }

    /// The SHA-512 state after the bytes.
    #[must_use]
    pub fn sha512(&self) -> Sha512 {
        self.sha512.clone()
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prefix").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// A document that passed its checks. It consists of a shared prefix and a tail of its own, which holds the slot.
pub struct Checked {
    prefix: Arc<Prefix>,
    tail: Vec<u8>,
    slot: Range<usize>,
}

/// The slot and the signature do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlotError {
    /// The offsets are not those of a `<…>` with an even number of places, behind the prefix.
    #[error("签名位置不是文件尾部的十六进制串 / the slot at {start}..{end} is no hexadecimal string behind the prefix")]
    Misplaced {
        /// The first byte of the slot.
        start: usize,
        /// The byte after its last.
        end: usize,
    },
    /// The signature needs more bytes than were reserved.
    #[error("签名需要 {needed} 字节，只预留了 {reserved} 字节 / the signature needs {needed} bytes, {reserved} are reserved")]
    TooSmall {
        /// Bytes of the signature.
        needed: usize,
        /// Bytes that the slot holds.
        reserved: usize,
    },
}

impl Checked {
    /// For the checks alone: whoever calls this says that every check has passed. `slot` are the offsets in the whole file of
    /// the `<…>` that takes the signature, brackets included.
    ///
    /// # Errors
    /// [`SlotError::Misplaced`] if there is no such string in the tail.
    pub(crate) fn new(prefix: Arc<Prefix>, tail: Vec<u8>, slot: Range<usize>) -> Result<Self, SlotError> {
        let before = prefix.bytes.len();
        let place = match (slot.start.checked_sub(before), slot.end.checked_sub(before)) {
            (Some(start), Some(end)) => tail.get(start..end),
            _ => None,
        };
        match place {
            Some([b'<', digits @ .., b'>']) if digits.len() % 2 == 0 => Ok(Self { prefix, tail, slot }),
            _ => Err(SlotError::Misplaced { start: slot.start, end: slot.end }),
        }
    }

    /// The part shared with other documents.
    #[must_use]
    pub fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// The document's own part.
    #[must_use]
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// The offsets of the slot in the whole file, brackets included.
    #[must_use]
    pub fn slot(&self) -> Range<usize> {
        self.slot.clone()
    }

    /// The tail before and after the slot: with the prefix, all that the signature covers.
    #[must_use]
    pub fn covered_tail(&self) -> (&[u8], &[u8]) {
        let before = self.prefix.bytes.len();
        (&self.tail[..self.slot.start - before], &self.tail[self.slot.end - before..])
    }

    /// The whole file with `der` in the slot, in lower-case hexadecimal digits, filled up with zeros.
    ///
    /// # Errors
    /// [`SlotError::TooSmall`] if `der` is longer than the slot.
    pub fn fill(self, der: &[u8]) -> Result<Vec<u8>, SlotError> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let reserved = (self.slot.len() - 2) / 2;
        if der.len() > reserved {
            return Err(SlotError::TooSmall { needed: der.len(), reserved });
        }
        let (head, rest) = self.covered_tail();
        let mut file = Vec::with_capacity(self.prefix.bytes.len() + self.tail.len());
        file.extend_from_slice(&self.prefix.bytes);
        file.extend_from_slice(head);
        file.push(b'<');
        for byte in der {
            file.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        file.resize(self.slot.end - 1, b'0');
        file.push(b'>');
        file.extend_from_slice(rest);
        Ok(file)
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked").field("prefix", &self.prefix).field("tail", &self.tail.len()).field("slot", &self.slot).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_filled_to_its_last_digit() {
        let made = |slot| Checked::new(Arc::new(Prefix::new(b"%PDF".to_vec())), b" a <00000000> z".to_vec(), slot);
        assert_eq!(made(7..17).unwrap().fill(&[0xAB, 0x01]).unwrap(), b"%PDF a <ab010000> z");
        assert_eq!(made(7..17).unwrap().fill(&[0; 5]), Err(SlotError::TooSmall { needed: 5, reserved: 4 }));
        for slot in [0..4, 6..17, 7..16, 7..18, 7..99, 8..17] {
            assert!(made(slot).is_err());
        }
    }
}
