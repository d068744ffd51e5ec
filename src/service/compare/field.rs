//! The fields of a certificate that a reader compares, with their names.

/// A field of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldName {
    /// 证书编号
    Number,
    /// 证书类别
    Kind,
    /// 持证人
    Holder,
    /// 学校
    School,
    /// 证件号码, masked
    Document,
    /// 奖项, 等级
    Level,
    /// 岗位
    Title,
    /// 获奖身份
    Role,
    /// 类别 · 科目
    Subject,
    /// 作品
    Work,
    /// 团队成员
    Team,
    /// 指导教师
    Instructors,
    /// 赛事, 项目
    Programme,
    /// 主办单位
    Organisers,
    /// 颁发机构
    Issuer,
    /// 颁发日期
    IssuedOn,
    /// 查验网址
    VerifyAt,
}

impl FieldName {
    /// The name in answers of the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Kind => "kind",
            Self::Holder => "holder",
            Self::School => "school",
            Self::Document => "document",
            Self::Level => "level",
            Self::Title => "title",
            Self::Role => "role",
            Self::Subject => "subject",
            Self::Work => "work",
            Self::Team => "team",
            Self::Instructors => "instructors",
            Self::Programme => "programme",
            Self::Organisers => "organisers",
            Self::Issuer => "issuer",
            Self::IssuedOn => "issued_on",
            Self::VerifyAt => "verify_at",
        }
    }

    /// In Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Number => "证书编号",
            Self::Kind => "证书类别",
            Self::Holder => "持证人",
            Self::School => "学校",
            Self::Document => "证件号码",
            Self::Level => "奖项 / 等级",
            Self::Title => "岗位",
            Self::Role => "获奖身份",
            Self::Subject => "类别与科目",
            Self::Work => "作品",
            Self::Team => "团队成员",
            Self::Instructors => "指导教师",
            Self::Programme => "赛事 / 项目",
            Self::Organisers => "主办单位",
            Self::Issuer => "颁发机构",
            Self::IssuedOn => "颁发日期",
            Self::VerifyAt => "查验网址",
        }
    }

    /// In English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Number => "Number",
            Self::Kind => "Kind",
            Self::Holder => "Holder",
            Self::School => "School",
            Self::Document => "Identity number",
            Self::Level => "Level",
            Self::Title => "Post",
            Self::Role => "Role",
            Self::Subject => "Category and subject",
            Self::Work => "Work",
            Self::Team => "Team",
            Self::Instructors => "Instructors",
            Self::Programme => "Programme",
            Self::Organisers => "Organisers",
            Self::Issuer => "Issuer",
            Self::IssuedOn => "Date of issue",
            Self::VerifyAt => "To be checked at",
        }
    }
}
