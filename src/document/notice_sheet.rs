//! The PDF of a public notice: what it says of the contest, and its list as a table.
//!
//! An office document, made by printpdf without its own layout: that wants 80 more crates, and sets what fonts lack as nothing. Here each
//! character is looked up first, as for certificates, and printpdf gets subsets that hold what the document uses: it would embed whole fonts.

use std::collections::{BTreeMap, BTreeSet};

use printpdf::{
    FontId, FontMetrics, Line, LinePoint, Mm, OffsetDateTime, Op, ParsedFont, PdfDocument, PdfFontHandle, PdfPage, PdfSaveOptions, Point,
    Pt, TextItem, TextMatrix,
};
use subsetter::GlyphRemapper;

use crate::domain::time::Instant;

use super::fonts::{Chain, FaceId, FontError, FontLibrary, Glyph};

/// The face of the text; others stand in for what it lacks.
const TEXT_FACE: &str = "NotoSerifSC-Regular.ttf";
/// The face of headings.
const BOLD_FACE: &str = "NotoSerifSC-Bold.ttf";

/// Measures in points; A4 is 595.28 by 841.89.
const LEFT: f32 = 42.0;
const RIGHT: f32 = 553.0;
const TOP: f32 = 796.0;
const BOTTOM: f32 = 64.0;
const SIZE: f32 = 8.5;
const LEADING: f32 = 11.5;
const PADDING: f32 = 3.5;
/// Where each column begins, and after the last where the table ends.
const COLUMNS: [f32; 7] = [LEFT, 76.0, 176.0, 318.0, 366.0, 446.0, RIGHT];
/// No cell is taller: what is longer ends with a mark.
const MOST_LINES: usize = 4;

/// What is set.
#[derive(Debug, Clone)]
pub struct NoticeSheet {
    /// The heading of the first page.
    pub title: String,
    /// What the notice says of the contest: label and text.
    pub facts: Vec<(String, String)>,
    /// The titles of the columns: number, category, work, level, name, school.
    pub columns: [String; 6],
    /// The table.
    pub rows: Vec<[String; 6]>,
    /// What stands at the foot of each page beside its number.
    pub foot: String,
    /// When the document was made up.
    pub made_at: Instant,
}

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
enum Weight {
    Text,
    Bold,
}

struct Setter<'a> {
    library: &'a FontLibrary,
    text: Chain,
    bold: Chain,
    used: BTreeMap<FaceId, BTreeMap<char, Glyph>>,
}

impl Setter<'_> {
    fn glyph(&self, weight: Weight, character: char) -> Result<Glyph, SheetError> {
        let chain = match weight {
            Weight::Text => &self.text,
            Weight::Bold => &self.bold,
        };
        self.library.glyph(chain, character).ok_or(SheetError::Missing(character))
    }

    /// Notes every character of a text.
    fn note(&mut self, weight: Weight, text: &str) -> Result<(), SheetError> {
        for character in text.chars() {
            let glyph = self.glyph(weight, character)?;
            self.used.entry(glyph.face).or_default().insert(character, glyph);
        }
        Ok(())
    }

    /// Breaks a text into lines of at most `width` points; in Chinese any character may begin a line.
    fn lines(&self, text: &str, size: f32, width: f32) -> Result<Vec<String>, SheetError> {
        let (mut lines, mut line, mut length) = (Vec::new(), String::new(), 0.0);
        for character in text.chars() {
            let advance = self.glyph(Weight::Text, character)?.advance * size;
            if length + advance > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                length = 0.0;
            }
            line.push(character);
            length += advance;
        }
        lines.push(line);
        if lines.len() > MOST_LINES {
            lines.truncate(MOST_LINES);
            if let Some(last) = lines.last_mut() {
                last.pop();
                last.push('…');
            }
        }
        Ok(lines)
    }
}

/// Sets the document.
///
/// # Errors
/// [`SheetError::Missing`] naming the first character that no face has.
pub fn compose(sheet: &NoticeSheet, library: &FontLibrary) -> Result<Vec<u8>, SheetError> {
    let face = |file: &str| library.find(file).ok_or_else(|| FontError::Missing { file: file.to_owned() });
    let (text, bold) = (library.chain(face(TEXT_FACE)?, None), library.chain(face(BOLD_FACE)?, None));
    let mut setter = Setter { library, text, bold, used: BTreeMap::new() };
    setter.note(Weight::Bold, &sheet.title)?;
    setter.note(Weight::Text, "0123456789/…")?;
    let labels = sheet.facts.iter().flat_map(|(label, text)| [label, text]);
    for text in labels.chain(&sheet.columns).chain(sheet.rows.iter().flatten()).chain([&sheet.foot]) {
        setter.note(Weight::Text, text)?;
    }
    let mut document = PdfDocument::new(&sheet.title);
    let info = &mut document.metadata.info;
    if let Ok(at) = OffsetDateTime::from_unix_timestamp(sheet.made_at.millis().div_euclid(1_000)) {
        (info.creation_date, info.modification_date, info.metadata_date) = (at, at, at);
    }
    "Yinxin".clone_into(&mut info.creator);
    let mut embedded = BTreeMap::new();
    for (face, glyphs) in &setter.used {
        let known = glyphs.keys().copied().collect();
        embedded.insert(*face, Embedded { id: document.add_font(&subset(library, *face, glyphs)?), known });
    }
    let pages = paginate(sheet, &setter)?;
    let total = pages.len();
    let pages = pages.into_iter().enumerate().map(|(n, pieces)| page(&setter, &embedded, &pieces, (n + 1, total), &sheet.foot)).collect();
    // What the library warns of: glyphs that it does not find; each was looked up above.
    Ok(document.with_pages(pages).save(&PdfSaveOptions { optimize: true, ..PdfSaveOptions::default() }, &mut Vec::new()))
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
enum Piece {
    Text { weight: Weight, size: f32, x: f32, y: f32, text: String },
    Rule { x: f32, y: f32, x2: f32, y2: f32 },
}

fn text(weight: Weight, size: f32, x: f32, y: f32, text: impl Into<String>) -> Piece {
    Piece::Text { weight, size, x, y, text: text.into() }
}

/// Fills page after page; each begins with the titles of the columns.
fn paginate(sheet: &NoticeSheet, setter: &Setter<'_>) -> Result<Vec<Vec<Piece>>, SheetError> {
    let mut pages = Vec::new();
    let mut page = Vec::new();
    let mut y = TOP;
    for line in setter.lines(&sheet.title, 16.0, RIGHT - LEFT)? {
        page.push(text(Weight::Bold, 16.0, LEFT, y - 16.0, line));
        y -= 22.0;
    }
    y -= 6.0;
    for (label, value) in &sheet.facts {
        page.push(text(Weight::Text, 9.5, LEFT, y - 9.5, label.clone()));
        for line in setter.lines(value, 9.5, RIGHT - LEFT - 80.0)? {
            page.push(text(Weight::Text, 9.5, LEFT + 80.0, y - 9.5, line));
            y -= 14.0;
        }
    }
    y -= 8.0;
    let mut top = titles(sheet, setter, &mut page, &mut y)?;
    for row in &sheet.rows {
        let cells = cells(setter, row)?;
        let height = height(&cells);
        if y - height < BOTTOM {
            uprights(&mut page, top, y);
            pages.push(std::mem::take(&mut page));
            y = TOP;
            top = titles(sheet, setter, &mut page, &mut y)?;
        }
        put_row(&mut page, cells, height, &mut y);
    }
    uprights(&mut page, top, y);
    pages.push(page);
    Ok(pages)
}

fn titles(sheet: &NoticeSheet, setter: &Setter<'_>, page: &mut Vec<Piece>, y: &mut f32) -> Result<f32, SheetError> {
    let top = *y;
    page.push(Piece::Rule { x: LEFT, y: top, x2: RIGHT, y2: top });
    let cells = cells(setter, &sheet.columns)?;
    let height = height(&cells);
    put_row(page, cells, height, y);
    Ok(top)
}

fn cells(setter: &Setter<'_>, row: &[String; 6]) -> Result<Vec<Vec<String>>, SheetError> {
    let cell = |(text, column): (&String, &[f32])| setter.lines(text, SIZE, column[1] - column[0] - 2.0 * PADDING);
    row.iter().zip(COLUMNS.windows(2)).map(cell).collect()
}

#[allow(clippy::cast_precision_loss, reason = "a few lines")]
fn height(cells: &[Vec<String>]) -> f32 {
    cells.iter().map(Vec::len).max().unwrap_or(1) as f32 * LEADING + 2.0 * PADDING
}

fn put_row(page: &mut Vec<Piece>, cells: Vec<Vec<String>>, height: f32, y: &mut f32) {
    for (lines, x) in cells.into_iter().zip(COLUMNS) {
        let mut baseline = *y - PADDING - SIZE;
        for line in lines {
            page.push(text(Weight::Text, SIZE, x + PADDING, baseline, line));
            baseline -= LEADING;
        }
    }
    *y -= height;
    page.push(Piece::Rule { x: LEFT, y: *y, x2: RIGHT, y2: *y });
}

fn uprights(page: &mut Vec<Piece>, top: f32, bottom: f32) {
    page.extend(COLUMNS.map(|x| Piece::Rule { x, y: top, x2: x, y2: bottom }));
}

fn page(
    setter: &Setter<'_>,
    embedded: &BTreeMap<FaceId, Embedded>,
    pieces: &[Piece],
    (number, total): (usize, usize),
    foot: &str,
) -> PdfPage {
    let mut ops = vec![Op::SetOutlineThickness { pt: Pt(0.4) }];
    for piece in pieces {
        if let Piece::Rule { x, y, x2, y2 } = piece {
            let point = |x: f32, y: f32| LinePoint { p: Point { x: Pt(x), y: Pt(y) }, bezier: false };
            ops.push(Op::DrawLine { line: Line { points: vec![point(*x, *y), point(*x2, *y2)], is_closed: false } });
        }
    }
    ops.push(Op::StartTextSection);
    let feet = [text(Weight::Text, 7.5, LEFT, 40.0, foot), text(Weight::Text, 8.5, RIGHT - 60.0, 40.0, format!("{number} / {total}"))];
    for piece in pieces.iter().chain(&feet) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::fonts::tests::library;

    fn sheet(rows: usize) -> NoticeSheet {
        let row = |n: usize| {
            [
                n.to_string(),
                "软件类 · C/C++程序设计".into(),
                format!("星海 {n} 号：面向智慧城市的多模态感知与决策平台"),
                "一等奖".into(),
                "**𬭎".into(),
                "蓝海大学".into(),
            ]
        };
        NoticeSheet {
            title: "首届沧海杯创意大赛获奖名单公示".into(),
            facts: vec![("文号".into(), "沧海杯组字[2023]62号".into())],
            columns: ["序号", "赛类", "作品", "奖项", "姓名", "学校"].map(String::from),
            rows: (1..=rows).map(row).collect(),
            foot: "SHA-256 0123456789abcdef".into(),
            made_at: Instant::EPOCH,
        }
    }

    #[test]
    fn a_list_is_set_page_by_page_and_a_missing_glyph_is_named() {
        let pdf = compose(&sheet(100), &library()).unwrap();
        assert!(pdf.starts_with(b"%PDF-") && pdf.len() < 600_000, "{}", pdf.len());
        let mut odd = sheet(1);
        odd.rows[0][2] = "作品\u{E000}".into();
        assert_eq!(compose(&odd, &library()), Err(SheetError::Missing('\u{E000}')));
    }
}
