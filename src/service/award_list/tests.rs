//! Lists as committees send them, read whole.

use proptest::prelude::*;
use rust_xlsxwriter::{Format, Formula, Workbook};

use super::sample::{big_award_csv, big_award_list, sample_ability_list, sample_award_list};
use super::*;
use crate::document::portrait::{PortraitRule, intake};
use crate::domain::award::{Achievement, AwardLevel, Role};
use crate::domain::holding::Registration;
use crate::domain::programme::{Contest, ProgrammeKind, Timeline};
use crate::domain::time::{Instant, Period};

pub(super) fn programme(id: &str, name: &str, contest: bool) -> Programme {
    let at = |day| Instant::start_of(jiff::civil::date(2023, 12, day)).unwrap();
    let timeline = Timeline::new(Period::new(at(1), at(8)).unwrap(), at(9), at(10), at(20)).unwrap();
    let kind = Contest {
        edition: String::new(),
        document_number: String::new(),
        organisers: vec![],
        groups: vec![],
        categories: vec![],
        registration: Registration::NotNeeded,
        timeline,
    };
    Programme {
        id: id.parse().unwrap(),
        issuer: "lanhai".parse().unwrap(),
        template: "award".parse().unwrap(),
        pattern: "LQ{year}{seq:5}".parse().unwrap(),
        series: 1,
        name: name.into(),
        name_en: format!("{id} in English"),
        short_name: id.into(),
        kind: if contest { ProgrammeKind::Contest(kind) } else { ProgrammeKind::Ability },
    }
}

fn programmes() -> Vec<Programme> {
    vec![
        programme("lanhai-14", "第十四届蓝海杯大赛", true),
        programme("jiangnan", "江南杯", true),
        programme("ability", "岗位能力评价", false),
    ]
}

fn read_with(bytes: &[u8], portraits: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<ReadList, Rejection> {
    let programmes = programmes();
    let default = "lanhai-14".parse().unwrap();
    let check = |kind, bytes: &[u8]| intake(bytes, &PortraitRule::of(kind)).map(|p| p.jpeg).map_err(|e| e.to_string());
    let context = ListContext { programmes: &programmes, default_programme: Some(&default), portraits, check_portrait: &check };
    read("名单.xlsx", bytes, &context)
}

fn read_csv(text: &str) -> Result<ReadList, Rejection> {
    read_with(text.as_bytes(), &|_| None)
}

/// Codes with their places, for instance `B2 document`.
fn faults(read: Result<ReadList, Rejection>) -> Vec<String> {
    let shown = |p: &Problem| match (p.place.row, p.place.column) {
        (Some(row), Some((column, _))) => format!("{}{row} {}", grid::letters(column), p.fault.code()),
        (row, _) => format!("{} {}", row.map(|r| r.to_string()).unwrap_or_default(), p.fault.code()),
    };
    read.unwrap_err().problems.iter().map(shown).collect()
}

fn people(read: &ReadList) -> Vec<String> {
    let shown = |a: &crate::domain::award::Award| match &a.achievement {
        Achievement::Award { level, role, team, instructors, .. } => {
            let names = |n: &[crate::domain::name::PersonName]| n.iter().map(|n| n.as_str()).collect::<Vec<_>>().join("+");
            format!("{} {} {} [{}] [{}]", a.holder.name, role.code(), level.code(), names(team), names(instructors))
        }
        Achievement::Ability { title, level } => format!("{} {title} {}", a.holder.name, level.code()),
    };
    read.list.awards.iter().map(shown).collect()
}

#[test]
fn the_people_of_a_work_are_brought_together() {
    let read = read_csv(
        "蓝海杯获奖名单,,,,,,\n\n姓名,身份证号,学校,作品,奖项,团队成员,指导老师\n\
         李明,11010519491231002X,蓝海大学,星海,一等奖,王芳、陈㛃,赵老师\n\
         王芳,E12345678,蓝海大学,星海,１等奖,,赵老师，钱老师\n\
         孙一,H12345678,蓝海大学,,三等奖,无,周老师\n\
         孙二,M12345678,蓝海大学,,一等奖,,周老师\n",
    )
    .unwrap();
    assert_eq!(
        people(&read),
        [
            "李明 winner first [王芳+陈㛃] [赵老师+钱老师]",
            "陈㛃 co-creator first [李明+王芳] [赵老师+钱老师]",
            "赵老师 instructor first [李明+王芳+陈㛃] [赵老师+钱老师]",
            "王芳 winner first [李明+陈㛃] [赵老师+钱老师]",
            "钱老师 instructor first [李明+王芳+陈㛃] [赵老师+钱老师]",
            "孙一 winner third [] [周老师]",
            "周老师 instructor first [孙二] [周老师]",
            "孙二 winner first [] [周老师]",
        ]
    );
    assert!(read.notices.iter().any(|n| n.words.en.contains("instructors are named more than once")));
    assert_eq!(read.list.awards[0].programme.as_str(), "lanhai-14");
}

#[test]
fn every_problem_comes_at_once_and_nothing_else_does() {
    let read = read_csv(
        "赛事,姓名,证件号码,手机,学校,作品,奖项,共同创作者,指导教师\n\
         不知名,,11010519491231002X,1,蓝海大学,甲,四等奖,王五 赵六,\n\
         江南杯,李明,1.10105E+17,,蓝海大学,乙,一等奖,,\n\
         江南杯,王芳,110105194912310020,,#REF!,丙,一等奖,,王芳\n\
         岗位能力评价,张三,,,蓝海大学,丁,一等奖,,\n",
    );
    assert_eq!(
        faults(read),
        [
            "A2 programme",
            "B2 blank",
            "D2 telephone",
            "G2 award",
            "H2 unclear-names",
            "C3 lost-digits",
            "C4 document",
            "E4 formula-error",
            "A5 programme-kind",
            "C5 blank",
        ]
    );
    let between = read_csv(
        "姓名,证件号码,学校,作品,奖项,指导教师\n李明,11010519491231002X,蓝海大学,甲,一等奖,\n李明,11010519491231002X,蓝海大学,甲,一等奖,\n\
         李鸣,11010519491231002X,蓝海大学,乙,一等奖,李鸣\n王芳,E12345678,蓝海大学,乙,二等奖,\n",
    );
    assert_eq!(faults(between), ["A3 duplicate", "A4 two-names", "F4 both-roles", "E5 two-awards"]);
}

#[test]
fn what_excel_does_to_a_sheet() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, title) in (0u16..).zip(["姓名", "证件类型", "证件号码", "手机号", "学校", "奖项"]) {
        sheet.write_string(0, column, title).unwrap();
    }
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for row in 1..5u32 {
        sheet.write_string(row, 0, ["李明", "王芳", "张三", "赵六"][usize::try_from(row).unwrap() - 1]).unwrap();
        sheet.write_string(row, 5, "一等奖").unwrap();
    }
    sheet.merge_range(1, 4, 4, 4, "蓝海大学", &Format::new()).unwrap();
    sheet.write_string(1, 2, "11010519491231002X").unwrap().write_number(1, 3, 13_800_138_000.0).unwrap();
    sheet.write_number(2, 2, 110_105_194_912_310_020.0).unwrap();
    sheet.write_number_with_format(3, 2, 45_254.0, &date).unwrap();
    sheet.write_formula(4, 2, Formula::new("=VLOOKUP(1,2)").set_result("#N/A")).unwrap();
    let file = workbook.save_to_buffer().unwrap();
    assert_eq!(faults(read_with(&file, &|_| None)), ["C3 lost-digits", "C4 date-cell", "C5 formula-error"]);
    let sheet = workbook.worksheet_from_index(0).unwrap();
    for (row, number) in [(2u32, "E12345678"), (3, "H12345678"), (4, "12345678")] {
        sheet.write_string(row, 2, number).unwrap();
    }
    let read = read_with(&workbook.save_to_buffer().unwrap(), &|_| None).unwrap();
    assert!(read.list.awards.iter().all(|a| a.holder.school == "蓝海大学"), "merged cells hold for every row");
    assert_eq!(read.list.awards[0].holder.telephone.as_ref().unwrap().as_str(), "13800138000");
    let sheet = workbook.worksheet_from_index(0).unwrap();
    sheet.set_row_hidden(2).unwrap().set_row_hidden(3).unwrap();
    assert_eq!(faults(read_with(&workbook.save_to_buffer().unwrap(), &|_| None)), ["3 hidden-rows"]);
}

#[test]
fn the_samples_are_read_whole() {
    let file = sample_award_list(14, &["lanhai-14", "江南杯", "jiangnan in English"]).unwrap();
    let read = read_with(&file, &|_| None).unwrap_or_else(|r| panic!("{:?}", r.problems));
    let winners = read.list.awards.iter().filter(|a| matches!(&a.achievement, Achievement::Award { role: Role::Winner, .. }));
    assert!(winners.count() >= 200);
    assert!(read.list.awards.iter().any(|a| a.holder.name.as_str() == "阿卜杜热合曼·麦麦提依明"));
    let sample = sample_ability_list(14, "ability", 30).unwrap();
    let portrait = |name: &str| sample.portraits.iter().find(|(n, _)| n == name).map(|(_, p)| p.clone());
    let read = read_with(&sample.list, &portrait).unwrap_or_else(|r| panic!("{:?}", r.problems));
    assert_eq!((read.list.awards.len(), read.portraits.len()), (30, 30));
    assert_eq!(read.sheets[0].kind, CertificateKind::Ability);
    assert_eq!(faults(read_with(&sample.list, &|_| None)).len(), 30);
}

#[test]
fn the_report_comes_back_as_a_list_that_reads_the_same() {
    let text = "姓名,证件号码,学校,奖项\n=1+1,11010519491231002X,蓝海大学,一等奖\n李明,012345678901234567,蓝海大学,\n";
    let rejection = read_csv(text).unwrap_err();
    let first = report("名单.csv", &rejection).unwrap();
    assert_eq!(first, report("名单.csv", &rejection).unwrap());
    let again = read_with(&first, &|_| None);
    assert_eq!(faults(again), ["B2 name", "C3 document", "E3 blank"], "one column further right, nothing evaluated, no digit lost");
    let unreadable = read_with(b"%PDF-1.4", &|_| None).unwrap_err();
    assert_eq!(faults(read_with(&report("x", &unreadable).unwrap(), &|_| None)), [" no-titles"]);
}

#[test]
fn a_large_list_is_read_in_seconds() {
    let (xlsx, csv) = (big_award_list(1, "lanhai-14", 40_000).unwrap(), big_award_csv(1, "lanhai-14", 40_000));
    let timed = |file: &[u8]| {
        let start = std::time::Instant::now();
        let read = read_with(file, &|_| None).unwrap();
        (read.list, start.elapsed())
    };
    let ((a, slow), (b, fast)) = (timed(&xlsx), timed(&csv));
    println!("40,000 rows: xlsx {} bytes {slow:?}, csv {} bytes {fast:?}", xlsx.len(), csv.len());
    assert_eq!(a.awards, b.awards);
    assert!(a.awards.len() > 40_000 && slow.as_secs() < 10, "{slow:?}");
    assert!(matches!(&a.awards[0].achievement, Achievement::Award { level: AwardLevel::Grand, .. }));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400), packed in any::<bool>()) {
        let bytes = if packed { [b"PK\x03\x04".as_slice(), &bytes].concat() } else { bytes };
        prop_assert!(read_with(&bytes, &|_| None).is_err());
    }

    #[test]
    fn any_text_is_answered(rows in proptest::collection::vec("[\\PC,;\"\n\t]{0,40}", 0..8)) {
        if let Ok(read) = read_csv(&format!("姓名,证件号码,学校,奖项\n{}", rows.join("\n"))) {
            prop_assert!(!read.list.awards.is_empty());
        }
    }

    #[test]
    fn any_change_of_a_workbook_is_answered(at in any::<prop::sample::Index>(), to in any::<u8>(), part in 0usize..12, text in "[<>/\"=a-z0-9 :]{0,30}") {
        let file = sample_award_list(1, &["lanhai-14"]).unwrap();
        let mut flipped = file.clone();
        flipped[at.index(file.len())] = to;
        let _ = read_with(&flipped, &|_| None);
        let mut parts = archive::open(&file, &grid::Bounds::IMPORT).unwrap();
        let count = parts.len();
        let bytes = &mut parts[part % count].bytes;
        let at = at.index(bytes.len());
        let end = (at + text.len()).min(bytes.len());
        bytes.splice(at..end, text.bytes());
        let _ = read_with(&archive::pack(&parts).unwrap(), &|_| None);
    }
}
