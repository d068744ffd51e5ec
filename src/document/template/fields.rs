//! What a template can ask of a certificate, by name, and the wording around it.

use crate::domain::award::{AbilityLevel, Achievement, AwardLevel, CertificateKind, Role};
use crate::domain::claims::Claims;
use crate::domain::name::PersonName;
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
    /// The masked document number; may be empty.
    DocumentMasked = "document_masked",
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
            Self::Number => format!("{DIGITS}{CAPITALS}"),
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

/// A text with places for facts: `在{programme}[（{category}）]中`. What stands in square brackets is left out where a fact in it
/// is empty. `{{`, `}}`, `[[` and `]]` print one brace or bracket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Fixed(String),
    Field(Field),
    Optional(Vec<Piece>),
}

impl Wording {
    /// # Errors
    /// What is wrong with the text, for the template's author.
    pub fn parse(text: &str, kind: CertificateKind) -> Result<Self, String> {
        let mut open: Vec<Vec<Piece>> = vec![Vec::new()];
        let mut fixed = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if matches!(c, '{' | '}' | '[' | ']') && chars.next_if_eq(&c).is_some() {
                fixed.push(c);
                continue;
            }
            if !matches!(c, '{' | '}' | '[' | ']') {
                fixed.push(c);
                continue;
            }
            let depth = open.len();
            let Some(current) = open.last_mut() else { return Err("内部错误 / internal".to_owned()) };
            if !fixed.is_empty() {
                current.push(Piece::Fixed(std::mem::take(&mut fixed)));
            }
            match c {
                '{' => current.push(Piece::Field(field(&mut chars, kind)?)),
                '[' => open.push(Vec::new()),
                ']' if depth > 1 => {
                    let inner = open.pop().unwrap_or_default();
                    if !has_field(&inner) {
                        return Err("方括号内没有字段 / square brackets without a field in them".to_owned());
                    }
                    if let Some(outer) = open.last_mut() {
                        outer.push(Piece::Optional(inner));
                    }
                }
                _ => return Err(format!("多余的“{c}” / “{c}” closes nothing")),
            }
        }
        if open.len() > 1 {
            return Err("“[”没有对应的“]” / “[” is never closed".to_owned());
        }
        let mut pieces = open.pop().unwrap_or_default();
        if !fixed.is_empty() {
            pieces.push(Piece::Fixed(fixed));
        }
        Ok(Self(pieces))
    }

    /// Whether the text is the same on every certificate.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        !has_field(&self.0)
    }

    /// The fields in it, in order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        fn walk(pieces: &[Piece], out: &mut Vec<Field>) {
            for piece in pieces {
                match piece {
                    Piece::Fixed(_) => {}
                    Piece::Field(field) => out.push(*field),
                    Piece::Optional(inner) => walk(inner, out),
                }
            }
        }
        let mut out = Vec::new();
        walk(&self.0, &mut out);
        out
    }

    /// The characters that it prints by itself, those of its fields' alphabets included.
    #[must_use]
    pub fn alphabet(&self, kind: CertificateKind, issuer: (&str, &str)) -> String {
        fn walk(pieces: &[Piece], out: &mut String) {
            for piece in pieces {
                match piece {
                    Piece::Fixed(text) => out.push_str(text),
                    Piece::Field(_) => {}
                    Piece::Optional(inner) => walk(inner, out),
                }
            }
        }
        let mut out = String::new();
        walk(&self.0, &mut out);
        for field in self.fields() {
            out.push_str(&field.alphabet(kind, issuer));
        }
        out
    }

    /// The text for a certificate; `None` if it has fields and all of them are empty.
    pub(in crate::document) fn compose(&self, claims: &Claims) -> Option<Composed> {
        let mut out = Composed::default();
        let facts = compose_pieces(&self.0, claims, &mut out);
        (facts.any || self.is_fixed()).then_some(out)
    }

    /// The text of a wording without fields.
    pub(in crate::document) fn fixed_text(&self) -> Composed {
        let mut out = Composed::default();
        for piece in &self.0 {
            if let Piece::Fixed(text) = piece {
                out.fixed(text);
            }
        }
        out
    }
}

/// What became of the fields of some pieces.
struct Facts {
    any: bool,
    all: bool,
}

fn compose_pieces(pieces: &[Piece], claims: &Claims, out: &mut Composed) -> Facts {
    let mut facts = Facts { any: false, all: true };
    for piece in pieces {
        match piece {
            Piece::Fixed(text) => out.fixed(text),
            Piece::Field(field) => {
                let before = out.text.len();
                field.compose(claims, out);
                let filled = out.text.len() > before;
                facts.any |= filled;
                facts.all &= filled;
            }
            Piece::Optional(inner) => {
                let mark = out.mark();
                let inside = compose_pieces(inner, claims, out);
                if inside.all {
                    facts.any |= inside.any;
                } else {
                    out.rewind(mark);
                }
            }
        }
    }
    facts
}

fn has_field(pieces: &[Piece]) -> bool {
    pieces.iter().any(|p| match p {
        Piece::Fixed(_) => false,
        Piece::Field(_) => true,
        Piece::Optional(inner) => has_field(inner),
    })
}

fn field(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, kind: CertificateKind) -> Result<Field, String> {
    let mut name = String::new();
    loop {
        match chars.next() {
            Some('}') => break,
            Some(c) => name.push(c),
            None => return Err("“{”没有对应的“}” / “{” is never closed".to_owned()),
        }
    }
    let field = Field::from_code(&name).ok_or_else(|| {
        let known: Vec<&str> = Field::ALL.iter().filter(|f| f.exists_for(kind)).map(|f| f.code()).collect();
        format!("没有字段“{name}” / there is no field “{name}”; there are: {}", known.join(", "))
    })?;
    if !field.exists_for(kind) {
        return Err(format!("{}没有字段“{name}” / certificates of kind {} have no field “{name}”", kind.zh(), kind.code()));
    }
    Ok(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::claims::tests::{ability_claims, award_claims};

    fn text(wording: &str, claims: &Claims) -> Option<String> {
        Wording::parse(wording, claims.kind()).unwrap().compose(claims).map(|c| c.text)
    }

    #[test]
    fn brackets_drop_out_where_a_fact_is_empty() {
        let mut claims = award_claims();
        let wording = "在{programme}[（{category}[·{subject}]）]中[，以作品《{work}》]荣获";
        assert_eq!(text(wording, &claims).as_deref(), Some("在第十四届蓝海杯大赛（软件类·C/C++程序设计）中，以作品《星海》荣获"));
        if let Achievement::Award { category, work, .. } = &mut claims.achievement {
            category.clear();
            work.clear();
        }
        assert_eq!(text(wording, &claims).as_deref(), Some("在第十四届蓝海杯大赛中荣获"));
        assert_eq!(text("指导教师：{instructors}", &claims), None);
        assert_eq!(text("[[{{固定}}]]", &claims).as_deref(), Some("[{固定}]"));
        assert_eq!(
            text("{issued_on} / {issued_on_en} / {other_role}", &claims).as_deref(),
            Some("2024年1月1日 / 1 January 2024 / 共同创作者")
        );
        assert_eq!(text("{title}（{level}）", &ability_claims()).as_deref(), Some("区块链金融行业工程师（初级）"));
    }

    #[test]
    fn slips_of_an_author_are_explained() {
        for bad in ["{holdr}", "{holder", "a}", "[x]", "[{work}", "{work}]", "{title}"] {
            assert!(Wording::parse(bad, CertificateKind::Award).is_err(), "{bad}");
        }
        assert!(Wording::parse("{work}", CertificateKind::Ability).is_err());
    }
}
