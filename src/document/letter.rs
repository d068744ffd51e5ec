//! The letter of authorisation (委托书) that a school stamps: one A4 page in both languages, with places for what is filled in by hand.

use crate::domain::time::Instant;

use super::fonts::FontLibrary;
use super::office::{Piece, Setter, Weight, text};

pub use super::office::SheetError;

const LEFT: f32 = 72.0;
const RIGHT: f32 = 523.0;
const TOP: f32 = 770.0;
const ZH: f32 = 12.0;
const EN: f32 = 9.5;

/// What is set.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The school's official name.
    pub school: String,
    /// The person who is authorised: the name of the account.
    pub person: String,
    /// The telephone of the account with its middle hidden.
    pub telephone: String,
    /// Where the account is used.
    pub site: String,
    /// When it was made.
    pub made_at: Instant,
}

/// Sets the letter.
///
/// # Errors
/// [`SheetError::Missing`] naming the first character that no face has.
pub fn compose(letter: &Letter, library: &FontLibrary) -> Result<Vec<u8>, SheetError> {
    let mut setter = Setter::new(library)?;
    let body = paragraphs(letter);
    let signs = signs(letter);
    for text in [TITLE, TITLE_EN] {
        setter.note(Weight::Bold, text)?;
    }
    setter.note(Weight::Bold, &letter.school)?;
    for text in body.iter().chain(&signs).flat_map(|(zh, en)| [zh, en]) {
        setter.note(Weight::Text, text)?;
    }
    for text in [STAMP, STAMP_EN, NOTE, NOTE_EN] {
        setter.note(Weight::Text, text)?;
    }
    let mut page = Vec::new();
    let mut y = TOP;
    centred(&setter, &mut page, (Weight::Bold, 24.0), &mut y, TITLE)?;
    y -= 2.0;
    centred(&setter, &mut page, (Weight::Bold, 11.0), &mut y, TITLE_EN)?;
    y -= 22.0;
    for (zh, en) in &body {
        paragraph(&setter, &mut page, (zh, ZH, 22.0), &mut y)?;
        y -= 2.0;
        paragraph(&setter, &mut page, (en, EN, 15.0), &mut y)?;
        y -= 12.0;
    }
    y -= 6.0;
    stamp(&setter, &mut page, y)?;
    for (zh, en) in &signs {
        page.push(text(Weight::Text, ZH, LEFT, y - ZH, zh.as_str()));
        page.push(text(Weight::Text, EN, LEFT, y - ZH - 14.0, en.as_str()));
        y -= 46.0;
        page.push(Piece::Rule { x: LEFT, y: y + 2.0, x2: LEFT + 236.0, y2: y + 2.0 });
        y -= 12.0;
    }
    let mut foot = 92.0;
    paragraph(&setter, &mut page, (NOTE, 9.0, 14.0), &mut foot)?;
    paragraph(&setter, &mut page, (NOTE_EN, 8.0, 12.0), &mut foot)?;
    page.push(Piece::Rule { x: LEFT, y: 100.0, x2: RIGHT, y2: 100.0 });
    setter.save(TITLE, letter.made_at, &[page])
}

const TITLE: &str = "委 托 书";
const TITLE_EN: &str = "Letter of Authorisation";
const STAMP: &str = "学校公章";
const STAMP_EN: &str = "Seal of the school";
const NOTE: &str = "请打印后填写空白处，加盖学校公章，拍照或扫描为 JPG、PNG 图片，在院校认证页面上传。公章须盖在方框内，字迹清晰。";
const NOTE_EN: &str = "Print it, fill in what is blank, put the seal of the school into the square, and upload a clear photograph or scan (JPEG or PNG) on the page of the verification.";

fn paragraphs(letter: &Letter) -> Vec<(String, String)> {
    let Letter { school, person, telephone, site, .. } = letter;
    vec![
        (
            format!("兹委托 {person}（账号手机号 {telephone}）代表 {school} 在 {site} 办理院校账号的注册、认证，填报和维护本校获奖指导教师信息，查询和下载相关获奖证书。"),
            format!(
                "{school} authorises {person} (telephone of the account: {telephone}) to register and verify its account at {site}, to enter and keep up the records of its award-winning instructors, and to look up and download their award certificates."
            ),
        ),
        (
            "本校确认所填报的学校信息和指导教师信息真实、准确；受托人在上述范围内的操作，本校予以认可。委托期限自签署之日起，至本校书面通知撤销为止。".to_owned(),
            "The school confirms that what is entered of it and of its instructors is true, and stands by what the person does within these limits. The authorisation holds from the date below until the school revokes it in writing.".to_owned(),
        ),
    ]
}

fn signs(letter: &Letter) -> Vec<(String, String)> {
    let sign = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    vec![
        (format!("受托人（{}）签字：", letter.person), "Signature of the person authorised".to_owned()),
        sign("受托人证件号码：", "Number of their identity document"),
        sign("学校负责人签字：", "Signature for the school"),
        sign("日期：          年       月       日", "Date"),
    ]
}

pub(super) fn centred(
    setter: &Setter<'_>,
    page: &mut Vec<Piece>,
    (weight, size): (Weight, f32),
    y: &mut f32,
    words: &str,
) -> Result<(), SheetError> {
    let x = (LEFT + RIGHT - setter.width(weight, words, size)?) / 2.0;
    page.push(text(weight, size, x, *y - size, words));
    *y -= size + 6.0;
    Ok(())
}

/// A paragraph whose lines do not begin with a stop, nor break an English word.
pub(super) fn paragraph(
    setter: &Setter<'_>,
    page: &mut Vec<Piece>,
    (words, size, leading): (&str, f32, f32),
    y: &mut f32,
) -> Result<(), SheetError> {
    let (mut line, mut length) = (String::new(), 0.0);
    for piece in pieces(words) {
        let width = setter.width(Weight::Text, piece, size)?;
        let fits = length + setter.width(Weight::Text, piece.trim_end(), size)? <= RIGHT - LEFT;
        if !fits && !line.is_empty() {
            page.push(text(Weight::Text, size, LEFT, *y - size, std::mem::take(&mut line)));
            *y -= leading;
            length = 0.0;
        }
        line.push_str(piece);
        length += width;
    }
    page.push(text(Weight::Text, size, LEFT, *y - size, line));
    *y -= leading;
    Ok(())
}

/// What stays together on a line: a word with the space after it, a Chinese character with the stops after it.
fn pieces(words: &str) -> Vec<&str> {
    let latin = |c: char| c.is_ascii_graphic() || matches!(c, '’' | '*');
    let stops = |c: char| matches!(c, '，' | '。' | '、' | '；' | '：' | '）' | '”' | '》' | ' ');
    let opens = |c: char| matches!(c, '（' | '“' | '《');
    let (mut all, mut start, mut before) = (Vec::new(), 0, ' ');
    for (at, c) in words.char_indices() {
        let together = (latin(before) && latin(c)) || stops(c) || opens(before);
        if at > start && !together {
            all.push(&words[start..at]);
            start = at;
        }
        before = c;
    }
    all.push(&words[start..]);
    all
}

/// The square for the stamp: official seals are at most 60 mm wide, those of schools 42 to 45.
fn stamp(setter: &Setter<'_>, page: &mut Vec<Piece>, top: f32) -> Result<(), SheetError> {
    const SIDE: f32 = 170.0;
    let (left, bottom) = (RIGHT - SIDE, top - SIDE);
    for (x, y, x2, y2) in [(left, top, RIGHT, top), (left, bottom, RIGHT, bottom), (left, top, left, bottom), (RIGHT, top, RIGHT, bottom)] {
        page.push(Piece::Rule { x, y, x2, y2 });
    }
    for (words, size, y) in [(STAMP, 11.0, bottom - 16.0), (STAMP_EN, 8.5, bottom - 30.0)] {
        let x = left + (SIDE - setter.width(Weight::Text, words, size)?) / 2.0;
        page.push(text(Weight::Text, size, x, y, words));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::fonts::tests::library;

    #[test]
    fn a_letter_is_set_and_a_missing_glyph_is_named() {
        let letter = Letter {
            school: "星河工业大学".into(),
            person: "古丽米热·阿卜力克木".into(),
            telephone: "138****8000".into(),
            site: "https://yinxin.example".into(),
            made_at: Instant::EPOCH,
        };
        let pdf = compose(&letter, &library()).unwrap();
        assert!(pdf.starts_with(b"%PDF-") && pdf.len() < 400_000, "{}", pdf.len());
        let odd = Letter { person: "李\u{E000}".into(), ..letter };
        assert_eq!(compose(&odd, &library()), Err(SheetError::Missing('\u{E000}')));
    }

    #[test]
    fn lines_break_where_they_may() {
        assert_eq!(pieces("兹委托 李明（账号）"), ["兹", "委", "托 ", "李", "明", "（账", "号）"]);
        assert_eq!(pieces("The school’s seal, here"), ["The ", "school’s ", "seal, ", "here"]);
    }
}
