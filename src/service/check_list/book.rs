//! The answer to a list as a workbook: the list as it was, with the verdicts beside its rows.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use crate::service::answers::{PublicCertificate, PublicState};
use crate::service::award_list::problem::shortened;
use crate::service::award_list::report::new_workbook;

use super::sheet::{Line, ListSheet};
use super::{CheckedList, RowAnswer};

/// Excel's limit for the text of a cell.
const CELL_CHARS: usize = 32_000;

/// The workbook could not be written.
#[derive(Debug, thiserror::Error)]
#[error("无法生成核验结果 / the workbook could not be written: {0}")]
pub struct BookError(#[from] XlsxError);

/// The words for one row, Chinese first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// In one word: 有效, 未能核实 …
    pub verdict: (&'static str, &'static str),
    /// How calm or alarming that is.
    pub mood: Mood,
    /// What to do.
    pub advice: (String, String),
}

/// The colour of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It stands.
    Good,
    /// It does not stand.
    Bad,
    /// Look again.
    Unsure,
}

impl Said {
    /// The words for a row with its answer, or without one because of what the row itself holds.
    #[must_use]
    pub fn of(line: &Line, answer: Option<&RowAnswer>) -> Self {
        let said = |verdict, mood, zh: &str, en: &str| Self { verdict, mood, advice: (zh.to_owned(), en.to_owned()) };
        match (answer, &line.content) {
            (Some(RowAnswer::Confirmed(certificate)), _) => Self::of_certificate(certificate),
            (Some(RowAnswer::NotConfirmed), _) => said(
                ("未能核实", "Not confirmed"),
                Mood::Unsure,
                "编号与姓名未能一并核实：请对照证书核对这两项，或请申请人提供 PDF 原文件或二维码",
                "Number and name are not confirmed together: compare both with the certificate, or ask the applicant for the PDF or the code",
            ),
            (Some(RowAnswer::Later), _) => said(
                ("暂未核验", "Not checked yet"),
                Mood::Unsure,
                "该编号近期已用多个姓名核验，请明天再试，或请申请人提供 PDF 原文件或二维码",
                "Many names were tried on this number of late: try again tomorrow, or ask the applicant for the PDF or the code",
            ),
            (None, Err(fault)) => {
                let text = fault.to_string();
                let (zh, en) = text.split_once(" / ").unwrap_or((&text, &text));
                said(("本行有误", "Row not readable"), Mood::Unsure, zh, en)
            }
            // Every row that could be asked has an answer.
            (None, Ok(_)) => said(("暂未核验", "Not checked yet"), Mood::Unsure, "请重新上传", "Send the list again"),
        }
    }

    fn of_certificate(certificate: &PublicCertificate) -> Self {
        match &certificate.state {
            PublicState::Valid => Self {
                verdict: ("有效", "Valid"),
                mood: Mood::Good,
                advice: (
                    "编号与姓名相符，证书登记在册、有效".to_owned(),
                    "Number and name agree; the certificate is on record and stands".to_owned(),
                ),
            },
            PublicState::Revoked { at, reason } => Self {
                verdict: ("已吊销", "Revoked"),
                mood: Mood::Bad,
                advice: (
                    format!("已于 {} 吊销：{reason}。不再有效，请勿采信", at.beijing_date()),
                    format!("Revoked on {}: {reason}. It no longer stands", at.beijing_date()),
                ),
            },
            PublicState::Corrected { at, successor, reason } => Self {
                verdict: ("已更正换发", "Replaced"),
                mood: Mood::Unsure,
                advice: (
                    format!("已于 {} 由新证书 {successor} 取代：{reason}。请核验新证书", at.beijing_date()),
                    format!("Replaced on {} by {successor}: {reason}. Check the new certificate", at.beijing_date()),
                ),
            },
        }
    }
}

/// The titles of the columns that are added.
const ADDED: [(&str, f64); 7] = [
    ("核验结果 Verdict", 18.0),
    ("姓名核对 Name check", 18.0),
    ("证明内容 Certified", 38.0),
    ("赛事/项目 Programme", 34.0),
    ("颁发机构 Issuer", 34.0),
    ("颁发日期 Issued on", 14.0),
    ("说明 What to do", 70.0),
];

/// Writes the workbook. The same answers to the same list give the same bytes.
///
/// Everything is written as text: identity numbers keep their digits, and a cell that begins with `=`, `+`, `-` or `@` stays a text,
/// also for who edits it or saves the sheet in another form.
///
/// # Errors
/// [`BookError`] if the workbook cannot be made.
pub fn write(checked: &CheckedList, public_url: &str) -> Result<Vec<u8>, BookError> {
    let mut workbook = new_workbook()?;
    let looks = Looks::new();
    write_summary(workbook.add_worksheet(), checked, public_url, &looks)?;
    for (index, sheet) in checked.list.sheets.iter().enumerate() {
        write_sheet(workbook.add_worksheet(), index, sheet, &looks)?;
    }
    write_verdicts(&mut workbook, checked, &looks)?;
    Ok(workbook.save_to_buffer()?)
}

struct Looks {
    title: Format,
    text: Format,
    /// A text that a spreadsheet would take for a formula.
    quoted: Format,
    wrapped: Format,
    moods: [Format; 3],
}

impl Looks {
    fn new() -> Self {
        let text = Format::new().set_num_format("@").set_align(FormatAlign::Top);
        let mood = |paper, ink| text.clone().set_bold().set_background_color(Color::RGB(paper)).set_font_color(Color::RGB(ink));
        Self {
            title: text.clone().set_bold().set_border_bottom(FormatBorder::Thin).set_border_bottom_color(Color::RGB(0x00A6_2B23)),
            quoted: text.clone().set_quote_prefix(),
            wrapped: text.clone().set_text_wrap(),
            moods: [mood(0x00ED_F5F0, 0x001B_6144), mood(0x00FB_EEEC, 0x0086_201A), mood(0x00FB_F4E2, 0x007C_5306)],
            text,
        }
    }

    fn of(&self, mood: Mood) -> &Format {
        let [good, bad, unsure] = &self.moods;
        match mood {
            Mood::Good => good,
            Mood::Bad => bad,
            Mood::Unsure => unsure,
        }
    }

    fn plain(&self, text: &str) -> &Format {
        if text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) { &self.quoted } else { &self.text }
    }
}

fn both(zh: &str, en: &str) -> String {
    if en.is_empty() || zh == en { zh.to_owned() } else { format!("{zh} / {en}") }
}

/// The counts in words: what, how many, what it means.
#[must_use]
pub fn counts(tally: &super::Tally) -> [(&'static str, &'static str, Mood, usize); 6] {
    [
        ("有效", "Valid", Mood::Good, tally.valid),
        ("已吊销", "Revoked", Mood::Bad, tally.revoked),
        ("已更正换发", "Replaced", Mood::Unsure, tally.corrected),
        ("未能核实", "Not confirmed", Mood::Unsure, tally.not_confirmed),
        ("暂未核验", "Not checked yet", Mood::Unsure, tally.later),
        ("本行有误", "Row not readable", Mood::Unsure, tally.unread),
    ]
}

fn write_summary(sheet: &mut Worksheet, checked: &CheckedList, public_url: &str, looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name("核验概要 Summary")?;
    sheet.set_column_width(0, 34.0)?.set_column_width(1, 60.0)?;
    sheet.write_string_with_format(0, 0, "证书核验结果 Verdicts on certificates", &looks.title)?;
    let mut row = 2;
    let mut line = |sheet: &mut Worksheet, title: &str, text: &str, look: &Format| {
        sheet.write_string_with_format(row, 0, title, &looks.text)?;
        sheet.write_string_with_format(row, 1, shortened(text, CELL_CHARS), look)?;
        row += 1;
        Ok::<(), XlsxError>(())
    };
    line(sheet, "名单文件的 SHA-256 of the list", &checked.source.to_string(), &looks.text)?;
    line(sheet, "核验时间 Checked at", &format!("{} 北京时间 Beijing time", checked.checked_at.display_beijing()), &looks.text)?;
    line(sheet, "核验网站 Checked by", public_url, &looks.text)?;
    line(sheet, "行数 Rows", &checked.tally.rows.to_string(), &looks.text)?;
    for (zh, en, mood, count) in counts(&checked.tally) {
        line(sheet, &format!("{zh} {en}"), &count.to_string(), if count > 0 { looks.of(mood) } else { &looks.text })?;
    }
    for name in &checked.list.aside {
        line(sheet, "未读取的工作表 Sheet not read", name, looks.plain(name))?;
    }
    let note = "只有编号与持证人姓名相符的行才显示证书内容。“未能核实”不说明编号是否存在。结果以核验时间为准，此后证书仍可能被吊销或更正。\n\
                Details are shown only where number and holder’s name agree. “Not confirmed” does not tell whether a number exists. \
                The verdicts hold for the time above: a certificate may be revoked or replaced later.";
    line(sheet, "说明 Note", note, &looks.wrapped)
}

/// Names of sheets have at most 31 characters, no `[]:*?/\` and no apostrophe at the ends; the number keeps them apart.
fn sheet_name(index: usize, name: &str) -> String {
    let fit: String = name.chars().filter(|c| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'')).take(12).collect();
    format!("{} {}", index + 1, if fit.trim().is_empty() { "名单" } else { fit.trim() })
}

/// The row in the answer, from 0: one lower where titles are added to a list that had none.
fn row_in_answer(sheet: &ListSheet, row: u32) -> u32 {
    if sheet.titles.is_some() { row.saturating_sub(1) } else { row }
}

/// The first column that the list leaves free.
fn free_column(sheet: &ListSheet) -> u16 {
    let last = sheet.rows.iter().filter_map(|r| r.cells.last()).map(|c| c.column).max().unwrap_or(0);
    u16::try_from(last).unwrap_or(u16::MAX - 16).saturating_add(1)
}

fn write_sheet(copy: &mut Worksheet, index: usize, sheet: &ListSheet, looks: &Looks) -> Result<(), XlsxError> {
    copy.set_name(sheet_name(index, &sheet.name))?;
    for row in &sheet.rows {
        let look_as_title = sheet.titles == Some(row.number);
        for cell in &row.cells {
            let text = shortened(&cell.value.shown(), CELL_CHARS);
            let look = if look_as_title { &looks.title } else { looks.plain(&text) };
            copy.write_string_with_format(row_in_answer(sheet, row.number), u16::try_from(cell.column).unwrap_or(u16::MAX), text, look)?;
        }
    }
    let (titles, free) = (sheet.titles.map_or(0, |row| row.saturating_sub(1)), free_column(sheet));
    for column in 0..free {
        copy.set_column_width(column, 18.0)?;
    }
    for (at, (title, width)) in (free..).zip(ADDED) {
        copy.write_string_with_format(titles, at, title, &looks.title)?;
        copy.set_column_width(at, width)?;
    }
    copy.set_freeze_panes(titles.saturating_add(1), 0)?;
    if let Some(last) = sheet.lines.last() {
        copy.autofilter(titles, 0, row_in_answer(sheet, last.row), free.saturating_add(6))?;
    }
    Ok(())
}

fn write_verdicts(workbook: &mut Workbook, checked: &CheckedList, looks: &Looks) -> Result<(), XlsxError> {
    let mut verdicts = checked.verdicts();
    for (index, sheet) in checked.list.sheets.iter().enumerate() {
        let copy = workbook.worksheet_from_index(index + 1)?;
        let free = free_column(sheet);
        for (_, line, answer) in verdicts.by_ref().take(sheet.lines.len()) {
            write_verdict(copy, row_in_answer(sheet, line.row), free, line, answer, looks)?;
        }
    }
    Ok(())
}

fn write_verdict(
    copy: &mut Worksheet,
    row: u32,
    free: u16,
    line: &Line,
    answer: Option<&RowAnswer>,
    looks: &Looks,
) -> Result<(), XlsxError> {
    let said = Said::of(line, answer);
    let verdict = format!("{} {}", said.verdict.0, said.verdict.1);
    copy.write_string_with_format(row, free, verdict, looks.of(said.mood))?;
    let mut texts = [const { String::new() }; 5];
    if let Some(RowAnswer::Confirmed(certificate)) = answer {
        texts = [
            "相符 agrees".to_owned(),
            both(&certificate.achievement_zh, &certificate.achievement_en),
            both(&certificate.programme.name, &certificate.programme.name_en),
            both(&certificate.issuer.name, &certificate.issuer.name_en),
            certificate.issued_on.to_string(),
        ];
    }
    let advice = both(&said.advice.0, &said.advice.1);
    for (at, text) in (free.saturating_add(1)..).zip(texts.into_iter().chain([advice])).filter(|(_, text)| !text.is_empty()) {
        copy.write_string_with_format(row, at, shortened(&text, CELL_CHARS), looks.plain(&text))?;
    }
    Ok(())
}
