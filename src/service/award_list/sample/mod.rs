//! Invented lists for the demonstration, the tests and the benchmarks. Nobody in them exists.
//!
//! Identity numbers have valid check characters and birth dates, but their regions end in `9900`, which GB/T 2260 assigns to no
//! place, so that no card bears them. Telephones begin with `12`, which no mobile network has. The same seed gives the same bytes.

mod card;
mod names;
mod people;
mod picture;

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::report::new_workbook;
pub use card::SampleCard;
use people::Invented;

/// The sample could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The workbook.
    #[error("无法生成示例名单 / the sample list could not be written: {0}")]
    Workbook(#[from] XlsxError),
    /// A portrait.
    #[error("无法生成示例照片 / a sample portrait could not be written: {0}")]
    Picture(#[from] image::ImageError),
}

/// An ability list with the portraits that it names.
#[derive(Debug, Clone)]
pub struct AbilitySample {
    /// The list, `.xlsx`.
    pub list: Vec<u8>,
    /// File names and JPEG files.
    pub portraits: Vec<(String, Vec<u8>)>,
}

/// How many works the sample award list has for each contest.
const WORKS_OF_A_CONTEST: usize = 75;

const AWARD_TITLES: [&str; 13] =
    ["序号", "赛事", "赛类", "科目", "作品名称", "奖项", "姓名", "证件类型", "证件号码", "手机号", "学校", "共同创作者", "指导教师"];

/// An award list of invented winners, at least 75 works for each of `contests` (keys or names, as the column 赛事 gives them).
///
/// # Errors
/// [`SampleError`] if the workbook cannot be made.
pub fn sample_award_list(seed: u64, contests: &[&str]) -> Result<Vec<u8>, SampleError> {
    let mut invented = Invented::new(seed);
    let mut workbook = new_workbook()?;
    let sheet = workbook.add_worksheet();
    let titles = Format::new().set_bold();
    sheet.set_name("获奖名单")?;
    sheet.merge_range(0, 0, 0, 12, "获奖名单（示例，人物均属虚构） Award list (sample; the people are invented)", &titles)?;
    write_row(sheet, 1, AWARD_TITLES.iter().map(|t| (*t).to_owned()))?;
    let mut row = 2;
    for contest in contests {
        for number in 0..WORKS_OF_A_CONTEST {
            for line in invented.work(contest, number) {
                let place = (row - 1).to_string();
                write_row(sheet, row, std::iter::once(place).chain(line))?;
                row += 1;
            }
        }
    }
    Ok(workbook.save_to_buffer()?)
}

/// An ability list of `people` invented applicants with drawn portraits; `programme` is what the column 项目 says.
///
/// # Errors
/// [`SampleError`] if the workbook or a portrait cannot be made.
pub fn sample_ability_list(seed: u64, programme: &str, people: usize) -> Result<AbilitySample, SampleError> {
    let mut invented = Invented::new(seed);
    let mut workbook = new_workbook()?;
    let sheet = workbook.add_worksheet();
    sheet.set_name("岗位能力名单")?;
    let titles = ["项目", "姓名", "证件类型", "证件号码", "手机号", "学校", "证书名称", "等级", "照片"];
    write_row(sheet, 0, titles.iter().map(|t| (*t).to_owned()))?;
    let mut portraits = Vec::with_capacity(people);
    for (row, number) in (1u32..).zip(0..people) {
        let file = format!("portrait-{:04}.jpg", number + 1);
        write_row(sheet, row, invented.applicant(programme, number, &file))?;
        portraits.push((file, picture::portrait(seed, number)?));
    }
    Ok(AbilitySample { list: workbook.save_to_buffer()?, portraits })
}

/// An award list of `rows` winners, each of a work of their own, for benchmarks.
///
/// # Errors
/// [`SampleError`] if the workbook cannot be made.
pub fn big_award_list(seed: u64, contest: &str, rows: usize) -> Result<Vec<u8>, SampleError> {
    let mut workbook = new_workbook()?;
    let sheet = workbook.add_worksheet();
    for (row, line) in (0u32..).zip(big_lines(Invented::new(seed), contest, rows)) {
        write_row(sheet, row, line.into_iter())?;
    }
    Ok(workbook.save_to_buffer()?)
}

/// The same list as [`big_award_list`] makes, as `.csv` in UTF-8.
#[must_use]
pub fn big_award_csv(seed: u64, contest: &str, rows: usize) -> Vec<u8> {
    award_csv_of_others(seed, contest, rows, 0)
}

/// The same with other people than the first `known` of the other lists.
#[must_use]
pub fn award_csv_of_others(seed: u64, contest: &str, rows: usize, known: usize) -> Vec<u8> {
    let mut out = String::new();
    for line in big_lines(Invented::after(seed, known), contest, rows) {
        for (i, field) in line.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { "," });
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        }
        out.push_str("\r\n");
    }
    out.into_bytes()
}

fn big_lines(mut invented: Invented, contest: &str, rows: usize) -> impl Iterator<Item = Vec<String>> {
    let titles = AWARD_TITLES.iter().map(|t| (*t).to_owned()).collect();
    std::iter::once(titles).chain((0..rows).map(move |number| {
        let mut line = vec![(number + 1).to_string()];
        line.extend(invented.winner(contest, number));
        line
    }))
}

fn write_row(sheet: &mut Worksheet, row: u32, fields: impl Iterator<Item = String>) -> Result<(), XlsxError> {
    for (column, field) in (0u16..).zip(fields) {
        if !field.is_empty() {
            sheet.write_string(row, column, field)?;
        }
    }
    Ok(())
}

/// A portrait as the samples use it: an abstract head and shoulders, JPEG, one inch.
///
/// # Errors
/// [`SampleError`] if the picture cannot be encoded.
pub fn sample_portrait(seed: u64, number: usize) -> Result<Vec<u8>, SampleError> {
    Ok(picture::portrait(seed, number)?)
}

/// The same portrait in two inches.
///
/// # Errors
/// [`SampleError`] if the picture cannot be encoded.
pub fn sample_portrait_two_inch(seed: u64, number: usize) -> Result<Vec<u8>, SampleError> {
    Ok(picture::portrait_two_inch(seed, number)?)
}

/// A card that is nobody's, with 样例 across it, JPEG.
///
/// # Errors
/// [`SampleError`] if the picture cannot be encoded.
pub fn sample_card(kind: SampleCard) -> Result<Vec<u8>, SampleError> {
    Ok(card::card(kind)?)
}

/// A line as a pen might draw it, JPEG: a signature of nobody.
///
/// # Errors
/// [`SampleError`] if the picture cannot be encoded.
pub fn sample_signature() -> Result<Vec<u8>, SampleError> {
    Ok(picture::signature()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::portrait::{PortraitRule, intake};
    use crate::domain::award::CertificateKind;

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        assert_eq!(sample_award_list(7, &["a"]).unwrap(), sample_award_list(7, &["a"]).unwrap());
        assert_ne!(sample_award_list(7, &["a"]).unwrap(), sample_award_list(8, &["a"]).unwrap());
    }

    #[test]
    fn portraits_conform_and_no_two_people_have_one() {
        let rule = PortraitRule::of(CertificateKind::Ability);
        let mut seen = std::collections::HashSet::new();
        for (name, jpeg) in sample_ability_list(7, "p", 120).unwrap().portraits {
            let portrait = intake(&jpeg, &rule).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(jpeg.len() < 40_000 && portrait.jpeg.len() < 40_000, "{}", jpeg.len());
            assert!(seen.insert(portrait.digest), "{name}");
        }
    }

    #[test]
    fn what_is_drawn_for_verification_is_taken_there() {
        for number in 0..6 {
            let portrait = sample_portrait_two_inch(14, number).unwrap();
            let taken = intake(&portrait, &PortraitRule::of_verification(1 << 20)).unwrap();
            assert_eq!((taken.width, taken.height), (413, 579));
        }
        for kind in [SampleCard::Front, SampleCard::Back, SampleCard::Student] {
            let card = sample_card(kind).unwrap();
            assert!(crate::document::evidence::card(&card, 1 << 20, 600).is_ok(), "{kind:?}");
        }
    }
}
