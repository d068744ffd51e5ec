//! Reads the list of instructors that a school sends: the columns, the cells and the problems are those of award lists.

use std::collections::HashMap;

use crate::domain::award::CertificateKind;
use crate::domain::instructor::Instructor;
use crate::domain::issuer::Slug;
use crate::domain::programme::Programme;

use super::cells::RowReader;
use super::columns::Column;
use super::grid::Bounds;
use super::problem::{Fault, Problem, Problems};
use super::rows::Reader;
use super::tables::{Table, Wanted};
use super::{ListContext, Notice, Rejection, format, tables_of};

/// The most rows that one list may have.
pub const MAX_INSTRUCTORS: usize = 500;

/// Reads a list of instructors: names, telephones, documents if one likes, and the contest; `default` is the one that is meant where a row
/// names none.
///
/// # Errors
/// [`Rejection`] with every problem and its place, if there is any.
pub fn read_instructors(
    bytes: &[u8],
    programmes: &[Programme],
    default: Option<&Slug>,
) -> Result<(Vec<Instructor>, Vec<Notice>), Rejection> {
    let grid = format::read(bytes, &Bounds::PUBLIC).map_err(|problem| Rejection::of_file(*problem))?;
    let (mut problems, mut notices) = (Problems::default(), Vec::new());
    let tables = tables_of(&grid, Wanted::Instructors, &mut problems, &mut notices);
    let context = ListContext { programmes, default_programme: default, portraits: &|_| None, check_portrait: &|_, _| Err(String::new()) };
    let mut reader = Reader::new(&context);
    let (mut instructors, mut seen) = (Vec::new(), HashMap::new());
    for table in &tables {
        for row in &table.rows {
            let Some(instructor) = reader.instructor(&mut RowReader { table, row, problems: &mut problems }) else { continue };
            let key = (instructor.contest.clone(), instructor.name.search_key(), instructor.telephone.clone());
            match seen.get(&key) {
                Some(place) => problems.add(same(table, row.number, place)),
                None => {
                    seen.insert(key, table.place(row.number, None));
                    instructors.push(instructor);
                }
            }
        }
    }
    if instructors.len() > MAX_INSTRUCTORS {
        problems.add(Problem::of_file(Fault::TooManyInstructors(MAX_INSTRUCTORS)));
    }
    if problems.is_empty() {
        return Ok((instructors, notices));
    }
    let (problems, left_out) = problems.into_parts();
    Err(Rejection { problems, left_out, grid })
}

fn same(table: &Table<'_>, row: u32, other: &super::Place) -> Problem {
    let column = table.columns.iter().find(|(_, column)| *column == Column::Name).copied();
    Problem { place: table.place(row, column), value: String::new(), fault: Fault::SameInstructor(other.clone()) }
}

impl Reader<'_> {
    /// Every cell is read before any is missed, so that all problems of a row are noted at once.
    fn instructor(&mut self, row: &mut RowReader<'_, '_>) -> Option<Instructor> {
        let contest = self.programme(CertificateKind::Award, row);
        let name = row.name();
        let document = row.document(false);
        let telephone = row.telephone();
        if telephone == Some(None) {
            row.note(Column::Telephone, Fault::Blank);
        }
        Some(Instructor { contest: contest?, name: name?, telephone: telephone??, document: document? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::demo::CONTESTS;

    fn programmes() -> Vec<Programme> {
        CONTESTS.iter().map(|id| super::super::tests::programme(id, id, true)).collect()
    }

    fn problems(text: &str) -> Vec<(String, &'static str)> {
        let Err(rejection) = read_instructors(text.as_bytes(), &programmes(), None) else { panic!("it has problems") };
        rejection.problems.iter().map(|p| (p.place.to_string(), p.fault.code())).collect()
    }

    #[test]
    fn a_list_is_read_or_every_problem_is_placed() {
        let text = "姓名,手机号,证件号码,赛事\n李明,138 0013 8000,,lanhai-14\n阿卜杜·麦麦提,13800138001,11010519491231002X,xinghe-3\n";
        let (read, _) = read_instructors(text.as_bytes(), &programmes(), None).unwrap();
        assert_eq!(read.iter().map(|i| i.contest.as_str()).collect::<Vec<_>>(), ["lanhai-14", "xinghe-3"]);
        assert!(read[0].document.is_none() && read[1].document.is_some());
        let default = "lanhai-14".parse().unwrap();
        let (read, _) = read_instructors("姓名,手机\n李明,13800138000\n".as_bytes(), &programmes(), Some(&default)).unwrap();
        assert_eq!(read[0].contest, default);

        let bad = "姓名,手机号,证件号码,赛事\n李明1,1380013,110105194912310021,某某赛\n李明,,,lanhai-14\n王五,13800138000,,lanhai-14\n王 五,13800138000,,lanhai-14\n";
        assert_eq!(
            problems(bad),
            [
                ("A2（姓名 Name）".into(), "name"),
                ("B2（手机号 Phone）".into(), "telephone"),
                ("C2（证件号码 ID number）".into(), "document"),
                ("D2（赛事 Contest）".into(), "programme"),
                ("B3（手机号 Phone）".into(), "blank"),
                ("A5（姓名 Name）".into(), "same-instructor"),
            ]
        );
        assert_eq!(problems("姓名,学校\n李明,蓝海大学\n")[0].1, "instructor-columns");
        assert_eq!(problems("%PDF-1.7")[0].1, "format");
        let many: String = (0..501).map(|n| format!("李明,{}\n", 13_800_138_000_u64 + n)).collect();
        let rejection = read_instructors(format!("姓名,手机号\n{many}").as_bytes(), &programmes(), Some(&default)).unwrap_err();
        assert_eq!(rejection.problems[0].fault.code(), "too-many-instructors");
    }
}
