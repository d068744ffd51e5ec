//! Office documents: A4 pages of text and rules.
//!
//! Made by printpdf without its own layout: that wants 80 more crates, and sets what fonts lack as nothing. Here each character is looked up
//! first, as for certificates, and printpdf gets subsets that hold what the document uses: it would embed whole fonts.

use std::collections::{BTreeMap, BTreeSet};

use printpdf::{
    FontId, FontMetrics, Line, LinePoint, Mm, OffsetDateTime, Op, ParsedFont, PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions, Point,
    Pt, TextItem, TextMatrix,
};
use subsetter::GlyphRemapper;

use crate::domain::digest::Digest;
use crate::domain::time::Instant;

use super::fonts::{Chain, FaceId, FontError, FontLibrary, Glyph};

/// The face of the text; others stand in for what it lacks.
const TEXT_FACE: &str = "NotoSerifSC-Regular.ttf";
/// The face of headings.
const BOLD_FACE: &str = "NotoSerifSC-Bold.ttf";

/// Why there is no PDF.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// No face has a glyph for a character.
    #[error("字体中没有“{0}”（U+{code:04X}）/ no font has this character", code = u32::from(*.0))]
    Missing(char),
    /// A font cannot be used.
    #[error(transparent)]
    Font(#[from] FontError),
}

/// A face's glyphs as the document uses them.
struct Embedded {
    id: FontId,
    known: BTreeSet<char>,
}

/// Text in one of the two weights.
#[derive(Clone, Copy)]
pub(super) enum Weight {
    Text,
    Bold,
}

/// What has been looked up for a document.
pub(super) struct Setter<'a> {
    library: &'a FontLibrary,
    text: Chain,
    bold: Chain,
    used: BTreeMap<FaceId, BTreeMap<char, Glyph>>,
}

impl<'a> Setter<'a> {
    /// Over the faces of a library.
    pub(super) fn new(library: &'a FontLibrary) -> Result<Self, SheetError> {
        let face = |file: &str| library.find(file).ok_or_else(|| FontError::Missing { file: file.to_owned() });
        let (text, bold) = (library.chain(face(TEXT_FACE)?, None), library.chain(face(BOLD_FACE)?, None));
        Ok(Self { library, text, bold, used: BTreeMap::new() })
    }

    fn glyph(&self, weight: Weight, character: char) -> Result<Glyph, SheetError> {
        let chain = match weight {
            Weight::Text => &self.text,
            Weight::Bold => &self.bold,
        };
        self.library.glyph(chain, character).ok_or(SheetError::Missing(character))
    }

    /// Notes every character of a text.
    pub(super) fn note(&mut self, weight: Weight, text: &str) -> Result<(), SheetError> {
        for character in text.chars() {
            let glyph = self.glyph(weight, character)?;
            self.used.entry(glyph.face).or_default().insert(character, glyph);
        }
        Ok(())
    }

    /// Breaks a text into lines of at most `width` points; in Chinese any character may begin a line.
    pub(super) fn lines(&self, weight: Weight, text: &str, size: f32, width: f32) -> Result<Vec<String>, SheetError> {
        let (mut lines, mut line, mut length) = (Vec::new(), String::new(), 0.0);
        for character in text.chars() {
            let advance = self.glyph(weight, character)?.advance * size;
            if length + advance > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                length = 0.0;
            }
            line.push(character);
            length += advance;
        }
        lines.push(line);
        Ok(lines)
    }

    /// How wide a text is, in points.
    pub(super) fn width(&self, weight: Weight, text: &str, size: f32) -> Result<f32, SheetError> {
        text.chars().map(|character| Ok(self.glyph(weight, character)?.advance * size)).sum()
    }

    /// Writes a document of A4 pages; every text on them was noted.
    pub(super) fn save(&self, title: &str, made_at: Instant, pages: &[Vec<Piece>]) -> Result<Vec<u8>, SheetError> {
        let mut document = PdfDocument::new(title);
        let info = &mut document.metadata.info;
        if let Ok(at) = OffsetDateTime::from_unix_timestamp(made_at.millis().div_euclid(1_000)) {
            (info.creation_date, info.modification_date, info.metadata_date) = (at, at, at);
        }
        "Yinxin".clone_into(&mut info.creator);
        let mut embedded = BTreeMap::new();
        for (face, glyphs) in &self.used {
            let known = glyphs.keys().copied().collect();
            let id = named(&mut document, &subset(self.library, *face, glyphs)?, embedded.len());
            embedded.insert(*face, Embedded { id, known });
        }
        let pages = pages.iter().map(|pieces| page(self, &embedded, pieces)).collect();
        // What the library warns of: glyphs that it does not find; each was looked up above.
        let options = PdfSaveOptions { optimize: true, ..PdfSaveOptions::default() };
        Ok(settled(document.with_pages(pages).save(&options, &mut Vec::new())))
    }
}

/// Embeds a font under a name of its place: the library's own is random.
fn named(document: &mut PdfDocument, font: &ParsedFont, place: usize) -> FontId {
    let random = document.add_font(font);
    let id = FontId(format!("F{place}"));
    if let Some(font) = document.resources.fonts.map.remove(&random) {
        document.resources.fonts.map.insert(id.clone(), font);
    }
    id
}

/// The file with an identifier (ISO 32000-2, 14.4) made from what it says, where the library writes a random one: the same document is the
/// same file.
fn settled(mut pdf: Vec<u8>) -> Vec<u8> {
    const HEAD: &[u8] = b"/ID[(";
    const LENGTH: usize = 32;
    let Some(at) = pdf.windows(HEAD.len()).rposition(|window| window == HEAD).map(|at| at + HEAD.len()) else { return pdf };
    let id: Vec<u8> = Digest::of(&pdf[..at]).to_string().into_bytes().into_iter().take(LENGTH).collect();
    for start in [at, at + LENGTH + 2] {
        if let Some(place) = pdf.get_mut(start..start + LENGTH).filter(|place| place.iter().all(u8::is_ascii_alphanumeric)) {
            place.copy_from_slice(&id);
        }
    }
    pdf
}

/// A face that holds the glyphs of some characters.
fn subset(library: &FontLibrary, face: FaceId, glyphs: &BTreeMap<char, Glyph>) -> Result<ParsedFont, SheetError> {
    let mut remapper = GlyphRemapper::new();
    let (mut codes, mut widths) = (BTreeMap::new(), BTreeMap::new());
    for (character, glyph) in glyphs {
        let id = remapper.remap(glyph.id);
        codes.insert(u32::from(*character), id);
        widths.insert(id, thousandths(glyph.advance * 1_000.0).unsigned_abs());
    }
    let face = library.face(face);
    let metrics = face.metrics();
    let metrics = FontMetrics { ascent: thousandths(metrics.ascent), descent: thousandths(metrics.descent) };
    Ok(ParsedFont::with_glyph_data(face.subset(&remapper)?, 0, Some(face.name().to_owned()), codes, widths, 1_000, metrics))
}

#[allow(clippy::cast_possible_truncation, reason = "bounded just before")]
fn thousandths(value: f32) -> i16 {
    value.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
}

/// Something on a page.
pub(super) enum Piece {
    Text { weight: Weight, size: f32, x: f32, y: f32, text: String },
    Rule { x: f32, y: f32, x2: f32, y2: f32 },
}

pub(super) fn text(weight: Weight, size: f32, x: f32, y: f32, text: impl Into<String>) -> Piece {
    Piece::Text { weight, size, x, y, text: text.into() }
}

fn page(setter: &Setter<'_>, embedded: &BTreeMap<FaceId, Embedded>, pieces: &[Piece]) -> PdfPage {
    let mut ops = vec![Op::SetOutlineThickness { pt: Pt(0.4) }];
    for piece in pieces {
        if let Piece::Rule { x, y, x2, y2 } = piece {
            let point = |x: f32, y: f32| LinePoint { p: Point { x: Pt(x), y: Pt(y) }, bezier: false };
            ops.push(Op::DrawLine { line: Line { points: vec![point(*x, *y), point(*x2, *y2)], is_closed: false } });
        }
    }
    ops.push(Op::StartTextSection);
    for piece in pieces {
        if let Piece::Text { weight, size, x, y, text } = piece {
            ops.push(Op::SetTextMatrix { matrix: TextMatrix::Translate(Pt(*x), Pt(*y)) });
            for (face, run) in runs(setter, *weight, text) {
                let Some(font) = embedded.get(&face).filter(|font| run.chars().all(|c| font.known.contains(&c))) else { continue };
                ops.push(Op::SetFont { font: PdfFontHandle::External(font.id.clone()), size: Pt(*size) });
                ops.push(Op::ShowText { items: vec![TextItem::Text(run)] });
            }
        }
    }
    ops.push(Op::EndTextSection);
    PdfPage::new(Mm(210.0), Mm(297.0), ops)
}

/// A text in pieces of one face each.
fn runs(setter: &Setter<'_>, weight: Weight, text: &str) -> Vec<(FaceId, String)> {
    let mut runs: Vec<(FaceId, String)> = Vec::new();
    for character in text.chars() {
        let Ok(glyph) = setter.glyph(weight, character) else { continue };
        match runs.last_mut() {
            Some((face, run)) if *face == glyph.face => run.push(character),
            _ => runs.push((glyph.face, character.to_string())),
        }
    }
    runs
}
