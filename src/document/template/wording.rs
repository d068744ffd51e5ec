//! The wording around the facts.

use super::fields::Field;
use super::read::{hint, nearest};
use crate::document::layout::Composed;
use crate::domain::award::CertificateKind;
use crate::domain::claims::Claims;

/// A text with places for facts: `在{programme}[（{category}）]中`. What stands in square brackets is left out where a fact in it
/// is empty. `{{`, `}}`, `[[` and `]]` print one brace or bracket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Fixed(String),
    Field(Field),
    Optional(Vec<Piece>),
}

impl Wording {
    /// # Errors
    /// Everything that is wrong with the text, for the template's author.
    pub fn parse(text: &str, kind: CertificateKind) -> Result<Self, Vec<String>> {
        let mut slips = Vec::new();
        let mut open: Vec<Vec<Piece>> = Vec::new();
        let mut current: Vec<Piece> = Vec::new();
        let mut fixed = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c.is_control() {
                slips.push("文字中不能有换行或制表符，分行请用 lines / no line break or tab in a text: use “lines”".to_owned());
                continue;
            }
            if !matches!(c, '{' | '}' | '[' | ']') || chars.next_if_eq(&c).is_some() {
                fixed.push(c);
                continue;
            }
            if !fixed.is_empty() {
                current.push(Piece::Fixed(std::mem::take(&mut fixed)));
            }
            match c {
                '{' => match field(&mut chars, kind) {
                    Ok(field) => current.push(Piece::Field(field)),
                    Err(slip) => slips.push(slip),
                },
                '[' => open.push(std::mem::take(&mut current)),
                _ => match (c, open.pop()) {
                    (']', Some(outer)) => {
                        let inner = std::mem::replace(&mut current, outer);
                        // Where a field in it is misspelt, that is said already.
                        if !has_field(&inner) && slips.is_empty() {
                            slips.push("方括号内没有字段 / square brackets without a field in them".to_owned());
                        }
                        current.push(Piece::Optional(inner));
                    }
                    _ => slips.push(format!("多余的“{c}”，要印出它请写两个 / “{c}” closes nothing; to print it, write it twice")),
                },
            }
        }
        if !open.is_empty() {
            slips.push("“[”没有对应的“]” / “[” is never closed".to_owned());
        }
        if !fixed.is_empty() {
            current.push(Piece::Fixed(fixed));
        }
        slips.dedup();
        if slips.is_empty() { Ok(Self(current)) } else { Err(slips) }
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
        let hint = hint(nearest(&name, known.iter().copied()));
        format!("没有字段“{name}” / there is no field “{name}”{hint}；有 / there are: {}", known.join(", "))
    })?;
    if !field.exists_for(kind) {
        return Err(format!("{}没有字段“{name}” / certificates of kind {} have no field “{name}”", kind.zh(), kind.code()));
    }
    Ok(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::award::Achievement;
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
        let slips = Wording::parse("{holdr}\n[{wrk}] x}", CertificateKind::Award).unwrap_err();
        assert_eq!(slips.len(), 4, "{slips:#?}");
        assert!(slips[0].contains("“holder”?") && slips[2].contains("“work”?"), "{slips:#?}");
    }
}
