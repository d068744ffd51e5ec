//! The columns of a list and how committees title them.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use crate::domain::award::CertificateKind;
use crate::domain::text::{half_width, is_han, is_invisible};

/// What a column of a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// 姓名
    Name,
    /// 证件类型
    DocumentKind,
    /// 证件号码
    DocumentNumber,
    /// 手机号
    Telephone,
    /// 学校
    School,
    /// 赛事, or the ability programme
    Programme,
    /// 赛类
    Category,
    /// 科目
    Subject,
    /// 作品
    Work,
    /// 队伍: what tells two works of one title apart
    Team,
    /// 奖项
    Award,
    /// 角色
    Role,
    /// 共同创作者
    CoCreators,
    /// 指导教师
    Instructors,
    /// 证书名称
    Title,
    /// 等级
    Level,
    /// 照片
    Portrait,
}

use Column::*;

/// Every column with its titles: first the Chinese and the English one that the examples use, then what else committees write.
const TITLES: [(Column, &[&str]); 17] = [
    (
        Name,
        &[
            "姓名",
            "Name",
            "获奖者",
            "获奖者姓名",
            "获奖人",
            "获奖人姓名",
            "选手",
            "选手姓名",
            "学生姓名",
            "持证人",
            "full name",
            "holder",
            "winner",
        ],
    ),
    (DocumentKind, &["证件类型", "Document type", "证件种类", "证件类别", "id type", "document kind"]),
    (
        DocumentNumber,
        &[
            "证件号码",
            "ID number",
            "证件号",
            "身份证号",
            "身份证号码",
            "身份证",
            "居民身份证号",
            "护照号",
            "护照号码",
            "document number",
            "id no",
            "id card",
            "id",
            "document no",
            "passport number",
        ],
    ),
    (
        Telephone,
        &[
            "手机号",
            "Phone",
            "手机",
            "手机号码",
            "电话",
            "联系电话",
            "联系方式",
            "telephone",
            "mobile",
            "phone number",
            "mobile phone",
            "tel",
        ],
    ),
    (
        School,
        &[
            "学校",
            "School",
            "院校",
            "学校名称",
            "院校名称",
            "所在学校",
            "所属学校",
            "就读学校",
            "单位",
            "所在单位",
            "university",
            "college",
            "institution",
        ],
    ),
    (
        Programme,
        &[
            "赛事",
            "Contest",
            "比赛",
            "大赛",
            "赛事名称",
            "比赛名称",
            "大赛名称",
            "竞赛名称",
            "专项赛",
            "项目",
            "项目名称",
            "competition",
            "programme",
            "program",
        ],
    ),
    (Category, &["赛类", "Category", "类别", "赛项类别", "组别", "参赛类别", "group"]),
    (Subject, &["科目", "Subject", "赛道", "赛项", "科目名称", "参赛科目", "track"]),
    (Work, &["作品", "Work", "作品名称", "作品名", "参赛作品", "作品题目", "work title", "title of work", "project"]),
    (
        Team,
        &[
            "队伍",
            "Team",
            "队伍编号",
            "团队",
            "队名",
            "队伍名称",
            "团队名称",
            "作品编号",
            "team name",
            "team id",
            "team number",
            "work number",
        ],
    ),
    (Award, &["奖项", "Award", "获奖等级", "奖项等级", "获奖级别", "获奖奖项", "奖次", "获奖情况", "award level", "prize"]),
    (Role, &["角色", "Role", "身份", "参与角色", "人员类型"]),
    (
        CoCreators,
        &[
            "共同创作者",
            "Co-creators",
            "共同作者",
            "合作者",
            "团队成员",
            "队员",
            "其他作者",
            "成员",
            "co-creator",
            "team members",
            "members",
            "co-authors",
        ],
    ),
    (
        Instructors,
        &[
            "指导教师",
            "Instructors",
            "指导老师",
            "指导教师姓名",
            "导师",
            "教练",
            "instructor",
            "teacher",
            "teachers",
            "advisor",
            "advisors",
            "coach",
        ],
    ),
    (Title, &["证书名称", "Title", "岗位", "岗位名称", "能力名称", "证书", "certificate", "certificate title", "certificate name"]),
    (Level, &["等级", "Level", "级别", "证书等级", "证书级别", "能力等级", "grade"]),
    (
        Portrait,
        &["照片", "Portrait", "照片文件", "照片文件名", "证件照", "相片", "头像", "photo", "picture", "portrait file", "photo file"],
    ),
];

impl Column {
    /// The usual Chinese title.
    #[must_use]
    pub fn zh(self) -> &'static str {
        self.titles().first().copied().unwrap_or_default()
    }

    /// The usual English title.
    #[must_use]
    pub fn en(self) -> &'static str {
        self.titles().get(1).copied().unwrap_or_default()
    }

    fn titles(self) -> &'static [&'static str] {
        TITLES.iter().find(|(c, _)| *c == self).map(|(_, t)| *t).unwrap_or_default()
    }

    /// Understands a title with remarks in brackets, stars, a second language after a slash, a line break or nothing at all.
    #[must_use]
    pub fn parse_title(typed: &str) -> Option<Self> {
        let open = typed.find(['(', '（', '[', '【']).unwrap_or(typed.len());
        let title = if open == 0 { typed } else { &typed[..open] };
        if title.chars().count() > 60 {
            return None;
        }
        by_exact(&folded(title)).or_else(|| by_parts(title))
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.zh(), self.en())
    }
}

fn folded(title: &str) -> String {
    let aside = |c: &char| c.is_whitespace() || is_invisible(*c) || matches!(c, '*' | '＊' | ':' | '：' | '-' | '_' | '.' | '\'' | '"');
    title.chars().filter(|c| !aside(c)).map(half_width).filter(|c| !aside(c)).flat_map(char::to_lowercase).collect()
}

fn by_exact(title: &str) -> Option<Column> {
    static FOLDED: LazyLock<HashMap<String, Column>> =
        LazyLock::new(|| TITLES.iter().flat_map(|(column, titles)| titles.iter().map(|t| (folded(t), *column))).collect());
    FOLDED.get(title).copied()
}

/// `姓名/Name`, `姓名 Name`: every part must name the same column.
fn by_parts(title: &str) -> Option<Column> {
    let mut parts = vec![String::new()];
    let mut han_before = None;
    for c in title.chars() {
        let han = is_han(c);
        let breaks = matches!(c, '/' | '／' | '|' | '、' | '\n') || (c.is_alphabetic() && han_before.is_some_and(|h| h != han));
        if c.is_alphabetic() {
            han_before = Some(han);
        }
        if breaks {
            parts.push(String::new());
        }
        if let (Some(part), false) = (parts.last_mut(), matches!(c, '/' | '／' | '|' | '、' | '\n')) {
            part.push(c);
        }
    }
    let mut columns = parts.iter().filter(|p| !folded(p).is_empty()).map(|p| by_exact(&folded(p)));
    let first = columns.next()??;
    columns.all(|c| c == Some(first)).then_some(first)
}

/// The columns that a list of a kind cannot be without.
#[must_use]
pub fn required(kind: CertificateKind) -> &'static [Column] {
    match kind {
        CertificateKind::Award => &[Name, DocumentNumber, School, Award],
        CertificateKind::Ability => &[Name, DocumentNumber, Title, Level, Portrait],
    }
}

/// Which kind of list has these columns; nothing if they tell of neither or of both.
#[must_use]
pub fn kind_of(columns: &[Column]) -> Option<CertificateKind> {
    let has = |c| columns.contains(&c);
    match (has(Award), has(Title) || has(Level) && has(Portrait)) {
        (true, false) => Some(CertificateKind::Award),
        (false, true) => Some(CertificateKind::Ability),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_as_committees_write_them() {
        for (typed, column) in [
            ("姓　名", Some(Name)),
            ("＊姓名：", Some(Name)),
            ("姓名（必填）", Some(Name)),
            ("姓名/Name", Some(Name)),
            ("姓名\nName", Some(Name)),
            ("姓名 Full Name", Some(Name)),
            ("身份证号/护照号", Some(DocumentNumber)),
            ("ＩＤ number", Some(DocumentNumber)),
            ("co_creators", Some(CoCreators)),
            ("获奖等级", Some(Award)),
            ("等级", Some(Level)),
            ("学校代码", None),
            ("学校 English", None),
            ("序号", None),
            ("（备注）", None),
            ("", None),
        ] {
            assert_eq!(Column::parse_title(typed), column, "{typed}");
        }
    }

    #[test]
    fn no_title_names_two_columns() {
        let mut all: Vec<String> = TITLES.iter().flat_map(|(_, titles)| titles.iter().map(|t| folded(t))).collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
