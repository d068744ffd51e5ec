//! What a template can ask of a certificate, by name.

use crate::domain::award::{AbilityLevel, Achievement, AwardLevel, CertificateKind, Role};
use crate::domain::claims::Claims;
use crate::domain::name::PersonName;
use crate::domain::number::CertificateNumber;
use jiff::civil::Date;

use super::super::layout::Composed;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)*) => {
        /// A fact of the certificate as a template prints it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Field {
            $($(#[$doc])* $variant,)*
        }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name between braces in a template.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

fields! {
    /// The holder's name; never broken.
    Holder = "holder",
    /// The school; may be empty.
    School = "school",
    /// The contest or programme.
    Programme = "programme",
    /// Its English name; may be empty.
    ProgrammeEn = "programme_en",
    /// Its short name.
    ShortName = "short_name",
    /// The issuer.
    Issuer = "issuer",
    /// The issuer's English name.
    IssuerEn = "issuer_en",
    /// 主办, 承办, joined by `、`; may be empty.
    Organisers = "organisers",
    /// The certificate's number.
    Number = "number",
    /// The number of the certificate that this one replaces; empty on a first one.
    Replaces = "replaces",
    /// The masked document number; may be empty.
    DocumentMasked = "document_masked",
    /// The address where it can be checked.
    VerifyAt = "verify_at",
    /// `2024年1月1日`.
    IssuedOn = "issued_on",
    /// `1 January 2024`.
    IssuedOnEn = "issued_on_en",
    /// 一等奖, or 初级.
    Level = "level",
    /// First Prize, or Junior.
    LevelEn = "level_en",
    /// 赛类; award certificates only, may be empty.
    Category = "category",
    /// 科目; award certificates only, may be empty.
    Subject = "subject",
    /// The work's title; award certificates only, may be empty.
    Work = "work",
    /// 获奖选手, 共同创作者, 指导教师; award certificates only.
    Role = "role",
    /// The same in English; award certificates only.
    RoleEn = "role_en",
    /// The role unless it is 获奖选手; award certificates only.
    OtherRole = "other_role",
    /// The same in English; award certificates only.
    OtherRoleEn = "other_role_en",
    /// The others of the work, joined by `、`; award certificates only, may be empty.
    Team = "team",
    /// 指导教师 of the work, joined by `、`; award certificates only, may be empty.
    Instructors = "instructors",
    /// The post; ability certificates only.
    Title = "title",
}

const DIGITS: &str = "0123456789";
const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl Field {
    /// The field of that name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|f| f.code() == code)
    }

    /// Whether certificates of `kind` have it.
    #[must_use]
    pub fn exists_for(self, kind: CertificateKind) -> bool {
        match self {
            Self::Category
            | Self::Subject
            | Self::Work
            | Self::Role
            | Self::RoleEn
            | Self::OtherRole
            | Self::OtherRoleEn
            | Self::Team
            | Self::Instructors => kind == CertificateKind::Award,
            Self::Title => kind == CertificateKind::Ability,
            _ => true,
        }
    }

    /// The characters that the field prints whatever the certificate says; they are embedded once with the template.
    #[must_use]
    pub fn alphabet(self, kind: CertificateKind, issuer: (&str, &str)) -> String {
        let award = kind == CertificateKind::Award;
        let levels = |award_text: fn(AwardLevel) -> &'static str, ability_text: fn(AbilityLevel) -> &'static str| -> String {
            if award { AwardLevel::ALL.map(award_text).concat() } else { AbilityLevel::ALL.map(ability_text).concat() }
        };
        match self {
            Self::Number | Self::Replaces => format!("{DIGITS}{CAPITALS}"),
            Self::DocumentMasked => format!("{DIGITS}*X"),
            Self::IssuedOn => format!("{DIGITS}年月日"),
            Self::IssuedOnEn => format!("{DIGITS} {}", MONTHS.concat()),
            Self::Level => levels(AwardLevel::zh, AbilityLevel::zh),
            Self::LevelEn => levels(AwardLevel::en, AbilityLevel::en),
            Self::Role | Self::OtherRole => Role::ALL.map(Role::zh).concat(),
            Self::RoleEn | Self::OtherRoleEn => Role::ALL.map(Role::en).concat(),
            Self::Issuer => issuer.0.to_owned(),
            Self::IssuerEn => issuer.1.to_owned(),
            Self::Team | Self::Instructors | Self::Organisers => "、".to_owned(),
            _ => String::new(),
        }
    }

    /// Adds the field's text.
    pub(in crate::document) fn compose(self, claims: &Claims, out: &mut Composed) {
        match (self, &claims.achievement) {
            (Self::Holder, _) => out.name(claims.holder.as_str()),
            (Self::School, _) => out.fact(&claims.school),
            (Self::Programme, _) => out.fact(&claims.programme.name),
            (Self::ProgrammeEn, _) => out.fact(&claims.programme.name_en),
            (Self::ShortName, _) => out.fact(&claims.short_name),
            (Self::Issuer, _) => out.fact(&claims.issuer.name),
            (Self::IssuerEn, _) => out.fact(&claims.issuer.name_en),
            (Self::Organisers, _) => list(claims.organisers.iter().map(String::as_str), |o, t| o.fact(t), out),
            (Self::Number, _) => out.name(claims.number.as_str()),
            (Self::Replaces, _) => out.name(claims.replaces.as_ref().map_or("", CertificateNumber::as_str)),
            (Self::VerifyAt, _) => out.name(&claims.verify_at),
            (Self::DocumentMasked, _) => out.name(&claims.document_masked),
            (Self::IssuedOn, _) => out.name(&date_zh(claims.issued_on)),
            (Self::IssuedOnEn, _) => out.name(&date_en(claims.issued_on)),
            (Self::Level, Achievement::Award { level, .. }) => out.name(level.zh()),
            (Self::Level, Achievement::Ability { level, .. }) => out.name(level.zh()),
            (Self::LevelEn, Achievement::Award { level, .. }) => out.name(level.en()),
            (Self::LevelEn, Achievement::Ability { level, .. }) => out.name(level.en()),
            (Self::Title, Achievement::Ability { title, .. }) => out.fact(title),
            (field, Achievement::Award { role, category, subject, work, team, instructors, .. }) => match field {
                Self::Category => out.fact(category),
                Self::Subject => out.fact(subject),
                Self::Work => out.fact(work),
                Self::Role => out.name(role.zh()),
                Self::RoleEn => out.name(role.en()),
                Self::OtherRole if *role != Role::Winner => out.name(role.zh()),
                Self::OtherRoleEn if *role != Role::Winner => out.name(role.en()),
                Self::Team => list(team.iter().map(PersonName::as_str), |o, t| o.name(t), out),
                Self::Instructors => list(instructors.iter().map(PersonName::as_str), |o, t| o.name(t), out),
                _ => {}
            },
            // `exists_for` keeps these out of a template of the other kind.
            (_, Achievement::Ability { .. }) => {}
        }
    }
}

fn list<'a>(items: impl Iterator<Item = &'a str>, add: fn(&mut Composed, &str), out: &mut Composed) {
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.fixed("、");
        }
        add(out, item);
    }
}

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// `2024年1月1日`
#[must_use]
pub fn date_zh(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// `1 January 2024`
#[must_use]
pub fn date_en(date: Date) -> String {
    let month = usize::try_from(date.month()).ok().and_then(|m| MONTHS.get(m.wrapping_sub(1))).copied().unwrap_or_default();
    format!("{} {month} {}", date.day(), date.year())
}
