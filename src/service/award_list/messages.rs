//! The words for each problem, Chinese and English: what is wrong, and what to do.

use std::fmt;

use super::columns::Column;
use super::problem::{Fault, Foreign, Problem};
use crate::domain::award::CertificateKind;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.zh, self.en)
    }
}

fn words(zh: impl Into<String>, en: impl Into<String>) -> Words {
    Words { zh: zh.into(), en: en.into() }
}

/// Messages of the domain hold both languages around ` / `.
fn both(message: &str) -> Words {
    match message.split_once(" / ") {
        Some((zh, en)) => words(zh, en),
        None => words(message, message),
    }
}

fn listed(columns: &[Column]) -> (String, String) {
    (columns.iter().map(|c| c.zh()).collect::<Vec<_>>().join("、"), columns.iter().map(|c| c.en()).collect::<Vec<_>>().join(", "))
}

impl fmt::Display for Problem {
    /// Place, what is wrong, what to do: one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.to_string();
        let gap = if place.is_empty() { "" } else { ": " };
        write!(f, "{place}{gap}{}。{}", self.fault.message(), self.fault.advice())
    }
}

impl Fault {
    /// What is wrong.
    #[must_use]
    pub fn message(&self) -> Words {
        match self {
            Self::Empty => words("文件是空的", "the file is empty"),
            Self::TooLarge(bytes) => {
                words(format!("文件有 {bytes} 字节，超过上限"), format!("the file has {bytes} bytes, more than the limit"))
            }
            Self::Format(foreign) => foreign.message(),
            Self::Truncated => words("文件不完整，末尾缺失", "the file is incomplete: its end is missing"),
            Self::Damaged => words("文件内部损坏，无法读取", "the inside of the file is damaged"),
            Self::Expands => words("文件解压后过大，已拒绝打开", "the file would grow beyond the limits when opened; it was not opened"),
            Self::Encoding => words("文本编码无法识别", "the encoding of the text is not known"),
            Self::OpenQuote => words("此行有引号未闭合", "a quotation mark in this row is never closed"),
            Self::NoTitles(found) => words(
                format!("前 10 行中没有找到标题行，找到的内容：{}", shown(found)),
                format!("no row of column titles within the first 10 rows; found: {}", shown(found)),
            ),
            Self::NoRows => words("标题行下面没有名单", "there is no row under the titles"),
            Self::TooManyRows => words("名单超过 200000 行", "the list has more than 200,000 rows"),
            Self::TooManyColumns => words("工作表超过 200 列", "the sheet has more than 200 columns"),
            Self::MissingColumns(kind, missing, found) => {
                let (zh, en) = listed(missing);
                words(
                    format!("{}名单缺少列：{zh}；找到的标题：{}", kind.zh(), shown(found)),
                    format!("the list of {}s lacks: {en}; titles found: {}", kind.en().to_lowercase(), shown(found)),
                )
            }
            Self::InstructorColumns(missing, found) => {
                let (zh, en) = listed(missing);
                words(
                    format!("指导教师名单缺少列：{zh}；找到的标题：{}", shown(found)),
                    format!("the list of instructors lacks: {en}; titles found: {}", shown(found)),
                )
            }
            Self::TooManyInstructors(most) => {
                words(format!("一份名单最多 {most} 位指导教师"), format!("a list has at most {most} instructors"))
            }
            Self::UnknownKind(found) => words(
                format!("看不出是获奖名单还是岗位能力名单；找到的标题：{}", shown(found)),
                format!("the columns are those of neither or of both kinds of list; titles found: {}", shown(found)),
            ),
            Self::RepeatedColumn(column) => {
                words(format!("“{}”列重复", column.zh()), format!("there is a second column “{}”", column.en()))
            }
            Self::HiddenRows(from, to) => {
                words(format!("第 {from} 至 {to} 行被隐藏或筛掉"), format!("rows {from} to {to} are hidden or filtered out"))
            }
            _ => self.message_of_cell(),
        }
    }

    fn message_of_cell(&self) -> Words {
        match self {
            Self::Blank => words("此格不能为空", "this cell must not be empty"),
            Self::Merged(region) => words(
                format!("{region} 是合并单元格，看不出每行的内容"),
                format!("{region} is merged: the rows have no content of their own"),
            ),
            Self::LostDigits => {
                words("号码被存成数字，末几位已丢失", "the number was stored as a numeric value and has lost its last digits")
            }
            Self::NumberCell => {
                words("号码被存成数字，开头的 0 可能已丢失", "the number was stored as a numeric value and may have lost leading zeros")
            }
            Self::DateCell => words("此格是日期", "this cell is a date"),
            Self::FormulaError => words("公式出错", "the formula has failed"),
            Self::Uncomputed => words("公式尚无计算结果", "the formula has no computed value"),
            Self::TooLong(most) => words(format!("内容超过 {most} 字"), format!("the text has more than {most} characters")),
            Self::Control => words("内容含有不可见的控制字符", "the text has a control character"),
            Self::Name(error) => both(&error.to_string()),
            Self::Document(error) => both(&error.to_string()),
            Self::DocumentKind => words("无法识别的证件类型", "not a known type of document"),
            Self::Telephone => both(&crate::domain::telephone::TelephoneError.to_string()),
            Self::Award => words("无法识别的奖项", "not a known award"),
            Self::Role => words("无法识别的角色", "not a known role"),
            Self::Level => words("无法识别的等级", "not a known level"),
            Self::Programme(_) => words("没有这个赛事或项目", "there is no such contest or programme"),
            Self::ProgrammeUnsaid(_) => words("没有写明赛事或项目", "the contest or programme is not named"),
            Self::ProgrammeKind => words("该赛事或项目不发这种证书", "the contest or programme gives no certificates of this kind"),
            _ => self.message_of_row(),
        }
    }

    fn message_of_row(&self) -> Words {
        match self {
            Self::NameTwice(name) => words(format!("“{name}”在此格中出现两次"), format!("“{name}” stands twice in this cell")),
            Self::UnclearNames => words("看不出空格隔开的是一个姓名还是几个", "words with spaces between may be one name or several"),
            Self::BothRoles(name) => {
                words(format!("“{name}”既是作者又是指导教师"), format!("“{name}” is both an author and an instructor of the work"))
            }
            Self::CoCreatorsOfNothing => words("有共同创作者而没有作品或队伍", "co-creators are named, but no work or team"),
            Self::Duplicate(other) => words(format!("与 {other} 重复"), format!("the same award as {other}")),
            Self::SameInstructor(other) => words(format!("与 {other} 是同一位指导教师"), format!("the same instructor as {other}")),
            Self::TwoNames(other) => {
                words(format!("同一证件号码在 {other} 是另一个姓名"), format!("{other} has another name under the same document number"))
            }
            Self::TwoAwards(other) => {
                words(format!("同一作品在 {other} 是另一个奖项"), format!("{other} has another award for the same work"))
            }
            Self::PortraitMissing => words("没有收到这个照片文件", "no picture of this name came with the list"),
            Self::Portrait(reason) => {
                let reason = both(reason);
                words(format!("照片不合要求：{}", reason.zh), format!("the portrait does not conform: {}", reason.en))
            }
            Self::PortraitTwice(other) => {
                words(format!("与 {other} 的另一个人是同一张照片"), format!("the same picture as that of another person, {other}"))
            }
            _ => words(String::new(), String::new()),
        }
    }

    /// What to do.
    #[must_use]
    pub fn advice(&self) -> Words {
        match self {
            Self::Empty | Self::NoRows => words("请填写名单后重新上传", "Fill in the list and send it again."),
            Self::TooManyInstructors(_) => words("请分几次上传", "Send it in parts."),
            Self::TooLarge(_) | Self::TooManyRows => {
                words("请删去图片，或拆成几个文件", "Remove pictures, or split the list into several files.")
            }
            Self::Expands | Self::TooManyColumns => {
                words("请把名单复制到新建的工作簿后另存", "Copy the list into a new workbook and save that.")
            }
            Self::Format(foreign) => foreign.advice(),
            Self::Truncated | Self::Damaged => words(
                "请重新上传；若仍不行，用 Excel 或 WPS 打开并另存为 .xlsx",
                "Send it again; if that fails, open it in Excel and save it as .xlsx.",
            ),
            Self::Encoding => words("请另存为 .xlsx 或 UTF-8 编码的 .csv", "Save it as .xlsx, or as .csv in UTF-8."),
            Self::OpenQuote => words("请补上引号或删去它", "Close the quotation mark or remove it."),
            Self::NoTitles(_) => words(
                "请加上标题行，例如：姓名、证件号码、学校、奖项",
                "Add a row of titles, for instance: Name, ID number, School, Award.",
            ),
            Self::MissingColumns(..) | Self::InstructorColumns(..) => {
                words("请加上这些列，或改正标题", "Add these columns, or correct their titles.")
            }
            Self::UnknownKind(_) => words(
                "获奖名单要有“奖项”列；岗位能力名单要有“证书名称”“等级”“照片”列，两者分开上传",
                "An award list has “Award”; an ability list has “Title”, “Level” and “Portrait”. Send them as separate sheets.",
            ),
            Self::RepeatedColumn(_) => words("请删去其中一列", "Remove one of them."),
            Self::HiddenRows(..) => {
                words("要发证的请取消隐藏或清除筛选，不发证的请删除", "Unhide the rows to be certified, delete the others.")
            }
            _ => self.advice_of_cell(),
        }
    }

    fn advice_of_cell(&self) -> Words {
        match self {
            Self::Merged(_) => words("请取消合并，每行都填写", "Unmerge the cells and fill in each row."),
            Self::LostDigits | Self::NumberCell => {
                words("请把整列设为“文本”格式，再重新填写号码", "Set the column to “Text”, then type the number again.")
            }
            Self::DateCell => words("请把此格设为“文本”格式，再重新填写", "Set the cell to “Text”, then type it again."),
            Self::FormulaError | Self::Uncomputed => {
                words("请把公式换成值：复制，再选择性粘贴为“值”", "Replace the formula by its value: copy, paste special, values.")
            }
            Self::DocumentKind => words(
                "可用：居民身份证、港澳台居民居住证、港澳居民来往内地通行证、台湾居民来往大陆通行证、外国人永久居留身份证、护照",
                "Known: resident identity card, residence permit, mainland travel permit, foreign permanent resident ID card, passport.",
            ),
            Self::Award => words("可用：特等奖、一等奖、二等奖、三等奖、优秀奖", "Known: Grand, First, Second, Third Prize, Merit Award."),
            Self::Role => words("可用：获奖选手、共同创作者、指导教师", "Known: Winner, Co-creator, Instructor."),
            Self::Level => words("可用：初级、中级、高级", "Known: Junior, Intermediate, Senior."),
            Self::Programme(known) | Self::ProgrammeUnsaid(known) => words(format!("可用：{known}"), format!("Known: {known}.")),
            Self::ProgrammeKind => words("请核对赛事或项目", "Check the contest or programme."),
            Self::NameTwice(_) => {
                words("请删去一个；若是同名的两人，请各占一行并填证件号码", "Remove one; two people of one name need a row each.")
            }
            Self::UnclearNames => {
                words("几个姓名请用“、”隔开，一个姓名请删去空格", "Separate names by “、” or a comma; take the space out of one name.")
            }
            Self::BothRoles(_) => {
                words("请改正；若是同名的两人，请给指导教师单独一行", "Correct it; if they are two people, give the instructor a row.")
            }
            Self::CoCreatorsOfNothing => words("请填写作品名称或队伍", "Name the work or the team."),
            Self::Duplicate(_) => {
                words("请删去一行；若是两项奖，请写明不同的科目或作品", "Delete one row; two awards differ in subject or work.")
            }
            Self::SameInstructor(_) => words("请删去一行", "Delete one row."),
            Self::TwoNames(_) => words("请核对姓名和证件号码", "Check the names and the document number."),
            Self::TwoAwards(_) => {
                words("请改正；若是两个同名作品，请加“队伍”列区分", "Correct it; two works of one title need a “Team” column.")
            }
            Self::PortraitMissing => words("请核对文件名，与名单一起上传", "Check the file name and send the picture with the list."),
            Self::Portrait(_) => words("请换一张照片", "Send another picture."),
            Self::PortraitTwice(_) => words("请核对照片文件名", "Check the file names."),
            _ => words("请核对后改正", "Check and correct it."),
        }
    }
}

fn shown(titles: &[String]) -> String {
    if titles.is_empty() { "—".to_owned() } else { titles.iter().map(|t| format!("“{t}”")).collect::<Vec<_>>().join(" ") }
}

impl Foreign {
    fn message(self) -> Words {
        match self {
            Self::OldWorkbook => words("这是旧版 Excel（.xls）文件", "this is a workbook of Excel 97–2003 (.xls)"),
            Self::Encrypted => words("文件有密码保护", "the file is under a password"),
            Self::BinaryWorkbook => words("这是 Excel 二进制（.xlsb）文件", "this is a binary workbook (.xlsb)"),
            Self::OpenDocument => words("这是 OpenDocument（.ods）文件", "this is an OpenDocument file"),
            Self::Word => words("这是 Word 文档", "this is a Word document"),
            Self::Pdf => words("这是 PDF 文件", "this is a PDF file"),
            Self::Picture => words("这是图片", "this is a picture"),
            Self::WebPage => words("这是网页（HTML），不是 Excel 文件", "this is a web page (HTML), not a workbook"),
            Self::XmlWorkbook => words("这是 Excel 2003 XML 文件", "this is an XML file, perhaps of Excel 2003"),
            Self::Archive => words("这是压缩包", "this is an archive of other files"),
            Self::Unknown => words("这不是名单文件", "this is no list"),
        }
    }

    fn advice(self) -> Words {
        match self {
            Self::Encrypted => words("请在 Excel 中取消密码后另存", "Remove the password in Excel and save the file."),
            Self::Archive => words("请解压后上传其中的名单", "Unpack it and send the list inside."),
            Self::Pdf | Self::Picture | Self::Word | Self::Unknown => words("请上传 .xlsx 或 .csv 名单", "Send the list as .xlsx or .csv."),
            _ => words("请用 Excel 或 WPS 打开，另存为 .xlsx", "Open it in Excel and save it as .xlsx."),
        }
    }
}

/// The name of a kind of list.
#[must_use]
pub fn list_name(kind: CertificateKind) -> Words {
    words(format!("{}名单", kind.zh()), format!("list of {}s", kind.en().to_lowercase()))
}
