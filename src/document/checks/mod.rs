//! What a document must pass before it may be sealed.

use std::ops::Range;
use std::sync::Arc;

use super::prefix::Prefix;
use super::qr::Symbol;
use super::template::Template;
use super::typeset::Placed;

pub(super) mod code;
mod structure;

/// What the press did, for the checks to compare with what it should have done.
#[derive(Debug)]
pub(super) struct Evidence {
    /// Glyphs that the page shows.
    pub(super) shown: usize,
    pub(super) symbol: Symbol,
    pub(super) qr: String,
    pub(super) placed: Vec<Placed>,
}

/// A printed document that nothing has checked yet.
#[derive(Debug)]
pub struct Draft {
    document: Checked,
    evidence: Evidence,
    template: Arc<Template>,
}

/// A document that passed: the only thing that can be sealed.
#[derive(Debug)]
pub struct Checked {
    prefix: Arc<Prefix>,
    tail: Vec<u8>,
    slot: Range<usize>,
}

/// A document that must not be sealed: the press has a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// Not as many glyphs as characters.
    #[error("字形数 {shown} 与字数 {wanted} 不符 / {shown} glyphs for {wanted} characters")]
    Glyphs {
        /// Characters of all texts.
        wanted: usize,
        /// Glyphs on the page.
        shown: usize,
    },
    /// A line outside its box.
    #[error("“{0}”超出边框 / “{0}” runs out of its box")]
    Overflow(String),
    /// The QR code does not read as its text.
    #[error("二维码无法读回 / the QR code does not read back")]
    Qr,
    /// The file's skeleton is not right.
    #[error("文件结构有误：{0} / the file's structure is wrong: {0}")]
    Structure(&'static str),
}

/// The signature does not fit into the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("签名有 {der} 字节，预留 {slot} 字节 / the signature has {der} bytes, {slot} were reserved")]
pub struct SlotError {
    /// Bytes of the signature.
    pub der: usize,
    /// Bytes reserved.
    pub slot: usize,
}

impl Draft {
    pub(super) fn new(prefix: Arc<Prefix>, tail: Vec<u8>, slot: Range<usize>, evidence: Evidence, template: Arc<Template>) -> Self {
        Self { document: Checked { prefix, tail, slot }, evidence, template }
    }

    /// Checks glyphs, boxes, the QR code and the file's skeleton.
    ///
    /// # Errors
    /// The first [`CheckError`] found.
    pub fn check(self) -> Result<Checked, CheckError> {
        self.evidence.glyphs()?;
        self.evidence.boxes(&self.template)?;
        if code::read(&self.evidence.symbol).as_deref() != Some(&*self.evidence.qr) {
            return Err(CheckError::Qr);
        }
        let Checked { prefix, tail, slot } = &self.document;
        structure::check(prefix.bytes(), tail, slot).map_err(CheckError::Structure)?;
        Ok(self.document)
    }
}

impl Evidence {
    /// Each character of each text but the spaces at line ends must have become a glyph.
    fn glyphs(&self) -> Result<(), CheckError> {
        let visible = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
        let set = |placed: &Placed| -> String { placed.fitted.lines.iter().flat_map(|l| &l.glyphs).map(|g| g.character).collect() };
        let wanted: usize = self.placed.iter().map(|p| visible(&p.wording)).sum();
        let kept: usize = self.placed.iter().map(|p| visible(&set(p))).sum();
        let glyphs: usize = self.placed.iter().flat_map(|p| &p.fitted.lines).map(|l| l.glyphs.len()).sum();
        if wanted == kept && glyphs == self.shown { Ok(()) } else { Err(CheckError::Glyphs { wanted, shown: self.shown }) }
    }

    /// Widths are added up again from the glyphs.
    fn boxes(&self, template: &Template) -> Result<(), CheckError> {
        for placed in &self.placed {
            let Some(text) = template.texts.get(placed.text) else { continue };
            let [left, bottom, right, top] = placed.area.to_pdf(template.page[1]);
            let size = placed.fitted.size;
            for (line, [x, y]) in placed.fitted.lines.iter().zip(&placed.origins) {
                let width =
                    super::layout::ems(&line.glyphs, text.setting.tracking) * size + super::layout::gaps(&line.glyphs) * line.spread;
                let inside = *x >= left - 0.1 && x + width <= right + 0.1 && *y >= bottom - 0.1 && y + size * 0.5 <= top + 0.1;
                if !inside {
                    return Err(CheckError::Overflow(placed.wording.clone()));
                }
            }
        }
        Ok(())
    }
}

impl Checked {
    /// A document made by hand, for the tests of the sealing room.
    #[cfg(test)]
    pub(crate) fn specimen(prefix: Arc<Prefix>, tail: Vec<u8>, slot: Range<usize>) -> Self {
        Self { prefix, tail, slot }
    }

    /// What all documents of the plate begin with.
    #[must_use]
    pub fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    /// What follows it in this document.
    #[must_use]
    pub fn tail(&self) -> &[u8] {
        &self.tail
    }

    /// Where the signature's `<…>`, brackets included, stands in the file. It lies in the tail.
    #[must_use]
    pub fn slot(&self) -> Range<usize> {
        self.slot.clone()
    }

    /// The parts of the tail that the signature covers: before the slot and after it.
    #[must_use]
    pub fn covered_tail(&self) -> (&[u8], &[u8]) {
        let before = self.prefix.bytes().len();
        let (head, rest) = self.tail.split_at(self.slot.start.saturating_sub(before).min(self.tail.len()));
        (head, rest.get(self.slot.len()..).unwrap_or_default())
    }

    /// The whole file with the signature in its slot, in lower-case hexadecimal, zeros after it.
    ///
    /// # Errors
    /// [`SlotError`] if it does not fit.
    pub fn fill(self, der: &[u8]) -> Result<Vec<u8>, SlotError> {
        let room = (self.slot.len() - 2) / 2;
        if der.len() > room {
            return Err(SlotError { der: der.len(), slot: room });
        }
        let mut file = Vec::with_capacity(self.prefix.bytes().len() + self.tail.len());
        file.extend_from_slice(self.prefix.bytes());
        file.extend_from_slice(&self.tail);
        let digits = file.get_mut(self.slot.start + 1..self.slot.end - 1).unwrap_or_default();
        for (pair, byte) in digits.chunks_exact_mut(2).zip(der) {
            pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
            pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
        }
        Ok(file)
    }
}

#[cfg(test)]
pub(crate) mod tests;
