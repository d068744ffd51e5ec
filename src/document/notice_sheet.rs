//! The PDF of a public notice: what it says of the contest, and its list as a table.

use crate::domain::time::Instant;

use super::fonts::FontLibrary;
use super::office::{Piece, Setter, Weight, text};

pub use super::office::SheetError;

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

/// Sets the document.
///
/// # Errors
/// [`SheetError::Missing`] naming the first character that no face has.
pub fn compose(sheet: &NoticeSheet, library: &FontLibrary) -> Result<Vec<u8>, SheetError> {
    let mut setter = Setter::new(library)?;
    setter.note(Weight::Bold, &sheet.title)?;
    setter.note(Weight::Text, "0123456789/…")?;
    let labels = sheet.facts.iter().flat_map(|(label, text)| [label, text]);
    for text in labels.chain(&sheet.columns).chain(sheet.rows.iter().flatten()).chain([&sheet.foot]) {
        setter.note(Weight::Text, text)?;
    }
    let mut pages = paginate(sheet, &setter)?;
    let total = pages.len();
    for (number, page) in (1..).zip(&mut pages) {
        page.push(text(Weight::Text, 7.5, LEFT, 40.0, sheet.foot.as_str()));
        page.push(text(Weight::Text, 8.5, RIGHT - 60.0, 40.0, format!("{number} / {total}")));
    }
    setter.save(&sheet.title, sheet.made_at, &pages)
}

/// A text in lines, of which the last says that there are more than a cell takes.
fn lines(setter: &Setter<'_>, text: &str, size: f32, width: f32) -> Result<Vec<String>, SheetError> {
    let mut lines = setter.lines(Weight::Text, text, size, width)?;
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        if let Some(last) = lines.last_mut() {
            last.pop();
            last.push('…');
        }
    }
    Ok(lines)
}

/// Fills page after page; each begins with the titles of the columns.
fn paginate(sheet: &NoticeSheet, setter: &Setter<'_>) -> Result<Vec<Vec<Piece>>, SheetError> {
    let mut pages = Vec::new();
    let mut page = Vec::new();
    let mut y = TOP;
    for line in lines(setter, &sheet.title, 16.0, RIGHT - LEFT)? {
        page.push(text(Weight::Bold, 16.0, LEFT, y - 16.0, line));
        y -= 22.0;
    }
    y -= 6.0;
    for (label, value) in &sheet.facts {
        page.push(text(Weight::Text, 9.5, LEFT, y - 9.5, label.clone()));
        for line in lines(setter, value, 9.5, RIGHT - LEFT - 80.0)? {
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
    let cell = |(text, column): (&String, &[f32])| lines(setter, text, SIZE, column[1] - column[0] - 2.0 * PADDING);
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
