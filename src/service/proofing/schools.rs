//! The list of schools: imported from a CSV file, and searched by who fills in a form.

use std::collections::BTreeSet;

use crate::domain::proofing::{School, SchoolError};
use crate::domain::time::Instant;
use crate::service::{Service, ServiceError};

/// The most schools of a list: China has some 3,100 universities and 7,000 vocational schools.
const MOST: usize = 50_000;
/// Schools that a search answers.
const FOUND: u32 = 20;

/// Why a list of schools is not taken.
#[derive(Debug, thiserror::Error)]
pub enum SchoolsError {
    /// The file is in neither encoding.
    #[error("文件应为 UTF-8 或 GB 18030 编码 / the file is neither UTF-8 nor GB 18030")]
    Encoding,
    /// Lines that are wrong, by their numbers, each with what is wrong with it.
    #[error("{}", .0.iter().map(|(line, what)| format!("第 {line} 行：{what}（line {line}）")).collect::<Vec<_>>().join("\n"))]
    Lines(Vec<(u64, String)>),
    /// No school at all.
    #[error("文件中没有学校：每行应为“代码,名称,所在地” / there is no school in it: each line is a code, a name and a region")]
    Empty,
    /// Too many.
    #[error("学校超过 {MOST} 所 / more than {MOST} schools")]
    TooMany,
    /// The registry does not answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Service {
    /// Puts a list of schools in the place of the one before it: a CSV file, each line a code, a name and, if one likes, a region; a first
    /// line whose code is `code` or 代码 is a heading. Answers how many there are.
    ///
    /// # Errors
    /// [`SchoolsError`] with every line that is wrong; the list before stays then.
    pub async fn import_schools(&self, file: &[u8], actor: &str, now: Instant) -> Result<usize, SchoolsError> {
        let schools = read(file)?;
        self.registry.replace_schools(&schools, actor, now).await.map_err(ServiceError::from)?;
        Ok(schools.len())
    }

    /// How many schools the list has.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn count_schools(&self) -> Result<u64, ServiceError> {
        Ok(self.registry.count_schools().await?)
    }

    /// Schools with what was typed in their names.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn find_schools(&self, typed: &str) -> Result<Vec<School>, ServiceError> {
        Ok(self.registry.schools_like(typed, FOUND).await?)
    }
}

fn read(file: &[u8]) -> Result<Vec<School>, SchoolsError> {
    let text = match std::str::from_utf8(file) {
        Ok(text) => text.trim_start_matches('\u{FEFF}').to_owned(),
        Err(_) => {
            encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(file).ok_or(SchoolsError::Encoding)?.into_owned()
        }
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let (mut schools, mut wrong) = (Vec::new(), Vec::new());
    let (mut codes, mut names) = (BTreeSet::new(), BTreeSet::new());
    for (at, record) in reader.records().enumerate() {
        let Ok(record) = record else {
            wrong.push((u64::try_from(at + 1).unwrap_or(u64::MAX), "无法读取 / cannot be read".to_owned()));
            continue;
        };
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |column: usize| record.get(column).unwrap_or_default();
        if at == 0 && matches!(cell(0), "code" | "代码" | "学校代码" | "学校标识码") {
            continue;
        }
        match School::new(cell(0), cell(1), cell(2)) {
            Err(error @ (SchoolError::Code | SchoolError::Name | SchoolError::Unknown)) => wrong.push((line, error.to_string())),
            Ok(school) if !codes.insert(school.code.clone()) => {
                wrong.push((line, format!("代码 {} 重复 / the code occurs twice", school.code.as_str())));
            }
            Ok(school) if !names.insert(school.folded()) => wrong.push((line, format!("{} 重复 / the name occurs twice", school.name))),
            Ok(school) => schools.push(school),
        }
    }
    match schools.len() {
        _ if !wrong.is_empty() => Err(SchoolsError::Lines(wrong)),
        0 => Err(SchoolsError::Empty),
        n if n > MOST => Err(SchoolsError::TooMany),
        _ => Ok(schools),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_or_every_bad_line_is_named() {
        let names = |file: &[u8]| read(file).unwrap().into_iter().map(|school| school.name).collect::<Vec<_>>();
        assert_eq!(names("\u{FEFF}代码,名称,所在地\r\n10001,北京大学,北京\r\n10003,\"清华大学\"\r\n".as_bytes()), ["北京大学", "清华大学"]);
        let (encoded, _, _) = encoding_rs::GB18030.encode("10001,北京大学,北京\n");
        assert_eq!(names(&encoded), ["北京大学"]);
        let Err(SchoolsError::Lines(wrong)) = read("10001,北京大学\n10001,清华大学\n10 03,某大学\n10004,京\n10005, 北京 大学\n".as_bytes())
        else {
            panic!("it has bad lines")
        };
        assert_eq!(wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 4, 5]);
        assert!(matches!(read(b"code,name\n"), Err(SchoolsError::Empty)));
        assert!(matches!(read(b"\xFF\xFF\xFF"), Err(SchoolsError::Encoding)));
    }
}
