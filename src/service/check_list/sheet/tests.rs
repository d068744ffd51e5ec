use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

use super::*;

fn csv(text: &str) -> Result<List, ListFault> {
    read(text.as_bytes(), MAX_LINES)
}

/// Row, number and name of each line.
fn lines(list: &List) -> Vec<(u32, String)> {
    let shown = |line: &Line| match &line.content {
        Ok(row) => format!("{} {}", row.number, row.name),
        Err(fault) => fault.to_string().split(" / ").next().unwrap().to_owned(),
    };
    list.lines().map(|(_, line)| (line.row, shown(line))).collect()
}

fn line(row: u32, text: &str) -> (u32, String) {
    (row, text.to_owned())
}

#[test]
fn columns_are_found_by_their_titles_or_by_what_they_hold() {
    let expected = [line(2, "LH14202400001 李明"), line(3, "LH14202400002 王芳")];
    for titles in [
        "部门,姓名,证书编号",
        "dept,Name,Certificate No.",
        "x,full name,NUMBER",
        "序号,应聘者,编号（必填）",
        "编号,姓名 Name,证书编号 Number",
    ] {
        let list = csv(&format!("{titles}\nA,李明,LH14202400001\nB,王芳,lh14-2024-00002\n")).unwrap();
        assert_eq!((lines(&list), list.sheets[0].titles), (expected.to_vec(), Some(1)), "{titles}");
    }
    for bare in ["LH14202400001,李明\n", "李明,LH14202400001\n"] {
        assert_eq!(lines(&csv(bare).unwrap()), [line(1, "LH14202400001 李明")]);
    }
    let headed = csv("应聘人员名单,,\n\n证书编号,姓名\nLH14202400001,李明\n证书编号,姓名\n,合计 1 人\n,\n").unwrap();
    assert_eq!(lines(&headed), [line(4, "LH14202400001 李明"), line(6, "A6 没有证书编号")]);
}

#[test]
fn a_file_that_is_no_list_says_where_and_why() {
    let fault = |text: &str| csv(text).unwrap_err();
    assert_eq!(fault("证书编号,部门\nLH14202400001,A\n"), ListFault::NoNames("A1".into()));
    assert_eq!(fault("部门,姓名\nA,李明\n"), ListFault::NoNumbers("B1".into()));
    assert_eq!(fault("证书编号,姓名,证书号\n"), ListFault::Repeated("A1".into(), "C1".into()));
    assert_eq!(fault("\n部门,电话\nA,1\n"), ListFault::NoColumns("A2".into()));
    assert_eq!(fault("证书编号,姓名\n"), ListFault::NoRows);
    for (file, says) in [
        (&b""[..], "空"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04 cut", "不完整"),
        (b"\xFF\xFF\xFF", "编码"),
        ("编号,姓名\n\"A".as_bytes(), "第 2 行"),
    ] {
        let said = read(file, MAX_LINES).unwrap_err().to_string();
        assert!(said.contains(says) && said.contains(" / "), "{said}");
    }
}

#[test]
fn a_row_that_cannot_be_asked_says_why_and_the_others_are_asked() {
    let list = csv(
        "编号,姓名\nLH1,李明\nLH14202400001,\nLH14202400001,李1\nLH14202400001,李明\nLH14202400001,王芳\nLH14202400001,李　明\n#N/A,王芳\n",
    )
    .unwrap();
    let expected = [
        line(2, "A2：证书编号应为 6 至 32 位，实际 3 位"),
        line(3, "B3 没有姓名"),
        line(4, "B4：姓名含有不应出现的字符“1”"),
        line(5, "LH14202400001 李明"),
        line(6, "第 5 行已用另一姓名列出同一编号，本行未核验"),
        line(7, "LH14202400001 李明"),
        line(8, "A8 是日期或没有结果的公式"),
    ];
    assert_eq!(lines(&list), expected);
}

#[test]
fn a_message_names_the_cell_in_both_languages() {
    let fault = number(&Value::Text("LH1".into()), "A2").unwrap_err();
    assert_eq!(fault.to_string(), "A2：证书编号应为 6 至 32 位，实际 3 位 / A2: a certificate number has 6 to 32 characters, this has 3");
}

#[test]
fn a_list_of_people_with_their_identity_numbers_is_no_list_of_certificates() {
    for bare in ["11010519491231002X,李明\n", "李明,11010519491231002X\n"] {
        assert_eq!(csv(bare).unwrap_err(), ListFault::NoColumns("A1".into()));
    }
}

#[test]
fn a_workbook_of_several_sheets_and_numbers_in_cells() {
    let mut book = Workbook::new();
    let notes = book.add_worksheet();
    notes.set_name("说明").unwrap().write_string(0, 0, "请填写").unwrap();
    for (name, number) in [("甲", 202_400_001.0), ("乙", 1.234_567_890_123_456_7e17)] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap().write_row(1, 0, ["编号", "姓名"]).unwrap();
        sheet.write_number(2, 0, number).unwrap().write_string(2, 1, "李明").unwrap();
    }
    let list = read(&book.save_to_buffer().unwrap(), MAX_LINES).unwrap();
    assert_eq!(lines(&list), [line(3, "202400001 李明"), line(3, "乙!A3 的编号被存成数字，末几位已丢失，请改为文本格式重新填写")]);
    assert_eq!(list.aside, ["说明"]);
}

#[test]
fn five_thousand_rows_and_no_more() {
    let rows = |n: usize| format!("编号,姓名\n{}", (0..n).map(|i| format!("LH142024{i:05},李明\n")).collect::<String>());
    assert_eq!(csv(&rows(5_000)).unwrap().lines().count(), 5_000);
    for n in [5_001, 20_000] {
        assert_eq!(csv(&rows(n)).unwrap_err(), ListFault::TooManyRows(5_000));
    }
    assert_eq!(read(rows(11).as_bytes(), 10).unwrap_err(), ListFault::TooManyRows(10));
}

proptest! {
    #[test]
    fn any_bytes_and_any_text_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in "[\\PC,;\"\n\t]{0,200}", packed in any::<bool>()) {
        let bytes = if packed { [b"PK\x03\x04".as_slice(), &bytes].concat() } else { bytes };
        let _ = read(&bytes, MAX_LINES);
        if let Ok(list) = csv(&format!("编号,姓名\n{text}")) {
            prop_assert!(list.lines().count() > 0);
        }
    }
}
