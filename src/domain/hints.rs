//! What may be wrong with a number that no certificate has. Judged by what was typed and by the form of the issuers' numbers, which
//! anyone can see on two certificates; never by the records, so that no hint tells whether another number exists.

use std::collections::BTreeSet;

use super::identity::{DocumentKind, IdentityDocument};
use super::number::{CertificateNumber, Pattern, Slot};
use super::text::{fold_code, half_width, is_separator};

/// The most hints that are of use at once.
const MOST: usize = 6;
/// Certificates of this field with a year in their number are not older.
const FIRST_YEAR: i16 = 1990;

/// What a hint is about; the codes are part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HintKind {
    /// The text reads as an identity number.
    IdentityNumber,
    /// A character that is often taken for another.
    Lookalike,
    /// Another character than numbers of this form have in that place.
    Character,
    /// Two neighbours in the wrong order.
    Swapped,
    /// A character too few.
    Missing,
    /// A character too many.
    Extra,
    /// The year in the number cannot be.
    Year,
    /// No issuer here has numbers of this form.
    Form,
    /// The form is right: a digit may not be.
    Digits,
    /// Full-width characters, which were understood.
    Width,
}

impl HintKind {
    /// The name in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::IdentityNumber => "identity_number",
            Self::Lookalike => "lookalike",
            Self::Character => "character",
            Self::Swapped => "swapped",
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Year => "year",
            Self::Form => "form",
            Self::Digits => "digits",
            Self::Width => "width",
        }
    }
}

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What it is about.
    pub kind: HintKind,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Hint {
    fn new(kind: HintKind, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { kind, zh: zh.into(), en: en.into() }
    }
}

/// What to look at in `number`, typed as `typed`, where numbers are made by `patterns`; `this_year` is the last year that can be in one.
#[must_use]
pub fn hints(typed: &str, number: &CertificateNumber, patterns: &[&Pattern], this_year: i16) -> Vec<Hint> {
    if looks_like_identity(typed, patterns) {
        return vec![Hint::new(
            HintKind::IdentityNumber,
            "输入的像是身份证件号码，不是证书编号；请改用“按证件号码”查询",
            "this looks like an identity number, not a certificate number: look it up by identity number instead",
        )];
    }
    let text: Vec<char> = number.as_str().chars().collect();
    let forms: Vec<Vec<Slot>> = patterns.iter().map(|p| p.slots()).collect();
    let mut judged: Vec<(usize, Vec<Hint>)> = forms.iter().filter_map(|form| judge(&text, form, this_year)).collect();
    judged.sort_by_key(|(cost, _)| *cost);
    let best = judged.first().map(|(cost, _)| *cost);
    let mut out: Vec<Hint> = Vec::new();
    for hint in judged.into_iter().filter(|(cost, _)| Some(*cost) == best).flat_map(|(_, hints)| hints) {
        if !out.contains(&hint) {
            out.push(hint);
        }
    }
    if best.is_none() {
        out = odd_ones(&text);
        out.extend(known_forms(&forms));
    }
    out.truncate(MOST);
    if typed.chars().any(|c| half_width(c) != c && !is_separator(half_width(c))) {
        let (zh, en) = ("全角字符已按半角理解，不必改", "full-width characters were read as ordinary ones: no need to change them");
        out.push(Hint::new(HintKind::Width, zh, en));
    }
    out
}

/// Whether a text may be an identity number, right or mistyped: then it belongs into no address and onto no page. What has the form of
/// the issuers' own numbers is none.
#[must_use]
pub fn looks_like_identity(typed: &str, patterns: &[&Pattern]) -> bool {
    let folded: Vec<char> = fold_code(typed).chars().take(40).collect();
    let code: Vec<char> = folded.iter().copied().filter(char::is_ascii_alphanumeric).collect();
    if patterns.iter().any(|p| fits(&code, &p.slots())) {
        return false;
    }
    // The card has 18 characters, its first edition had 15: a slip makes them one more or less, or puts a letter for a digit.
    let digits = |part: &[char]| part.iter().filter(|c| c.is_ascii_digit()).count();
    let strange = folded.iter().filter(|c| !c.is_ascii_digit() && **c != 'X' && twin_digit(**c).is_none()).count();
    let head = folded.get(..6).is_some_and(|head| digits(head) >= 5);
    let card = (15..=20).contains(&folded.len()) && head && strange <= 1 && digits(&folded) + 4 >= folded.len();
    let permit = || {
        let text: String = folded.iter().collect();
        IdentityDocument::parse_any(&text).is_ok_and(|document| document.kind() != DocumentKind::Passport)
    };
    card || permit()
}

fn accepts(slot: Slot, c: char) -> bool {
    match slot {
        Slot::Fixed(fixed) => c == fixed,
        Slot::Year(_) | Slot::Digit => c.is_ascii_digit(),
    }
}

fn fits(text: &[char], form: &[Slot]) -> bool {
    text.len() == form.len() && text.iter().zip(form).all(|(c, slot)| accepts(*slot, *c))
}

/// How far `text` is from a form, and what is to be said of it; nothing if it is another kind of number altogether.
fn judge(text: &[char], form: &[Slot], this_year: i16) -> Option<(usize, Vec<Hint>)> {
    match (text.len(), form.len()) {
        (typed, wanted) if typed == wanted => same_length(text, form, this_year),
        (typed, wanted) if typed + 1 == wanted => {
            let fits_with_one_more = (0..wanted).any(|at| {
                let shorter: Vec<Slot> = without(form, at);
                fits(text, &shorter)
            });
            fits_with_one_more.then(|| (3, vec![length(HintKind::Missing, form, typed)]))
        }
        (typed, wanted) if typed == wanted + 1 => {
            let fits_with_one_less = (0..typed).any(|at| fits(&without(text, at), form));
            fits_with_one_less.then(|| (3, vec![length(HintKind::Extra, form, typed)]))
        }
        // Further apart, the letters at the start still tell what it was meant to be.
        (typed, wanted) => {
            let letters = prefix(form);
            let same = letters.len() >= 2 && text.iter().collect::<String>().starts_with(&letters);
            same.then(|| (5, vec![length(if typed < wanted { HintKind::Missing } else { HintKind::Extra }, form, typed)]))
        }
    }
}

fn without<T: Copy>(all: &[T], at: usize) -> Vec<T> {
    all.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, item)| *item).collect()
}

fn same_length(text: &[char], form: &[Slot], this_year: i16) -> Option<(usize, Vec<Hint>)> {
    let wrong: Vec<usize> =
        (0..text.len()).filter(|i| !text.get(*i).zip(form.get(*i)).is_some_and(|(c, slot)| accepts(*slot, *c))).collect();
    if wrong.is_empty() {
        return Some((0, right_form(text, form, this_year)));
    }
    let swapped = (1..text.len()).find(|at| {
        let mut other = text.to_vec();
        other.swap(at - 1, *at);
        fits(&other, form)
    });
    if let Some(at) = swapped {
        let zh = format!("第 {at} 位和第 {} 位是否输反了？", at + 1);
        let en = format!("are characters {at} and {} in the wrong order?", at + 1);
        return Some((1, vec![Hint::new(HintKind::Swapped, zh, en)]));
    }
    let place = |i: usize| Some(wrong_place(i, *text.get(i)?, *form.get(i)?));
    let hints: Vec<Hint> = wrong.iter().filter_map(|i| place(*i)).collect();
    let twins = hints.iter().filter(|hint| hint.kind == HintKind::Lookalike).count();
    // A number of another kind differs in most of its letters.
    let near = wrong.len() - twins <= 2 && wrong.len() * 2 < text.len();
    near.then(|| (twins + 3 * (wrong.len() - twins), hints))
}

fn wrong_place(at: usize, c: char, slot: Slot) -> Hint {
    let place = at + 1;
    let (zh, en) = match slot {
        Slot::Fixed(fixed) => (name_zh(fixed), name_en(fixed)),
        Slot::Year(_) | Slot::Digit => match twin_digit(c) {
            Some(digit) => (name_zh(digit), name_en(digit)),
            None => ("数字".to_owned(), "a digit".to_owned()),
        },
    };
    let is_twin = match slot {
        Slot::Fixed(fixed) => twins(c, fixed),
        Slot::Year(_) | Slot::Digit => twin_digit(c).is_some(),
    };
    let kind = if is_twin { HintKind::Lookalike } else { HintKind::Character };
    Hint::new(
        kind,
        format!("第 {place} 位是{}，是否应为{zh}？", name_zh(c)),
        format!("character {place} is {}: should it be {en}?", name_en(c)),
    )
}

/// Letters that are read for digits.
const TWINS: [(char, char); 9] =
    [('O', '0'), ('D', '0'), ('Q', '0'), ('I', '1'), ('L', '1'), ('Z', '2'), ('S', '5'), ('G', '6'), ('B', '8')];

fn twin_digit(c: char) -> Option<char> {
    TWINS.iter().find(|(letter, _)| *letter == c).map(|(_, digit)| *digit)
}

fn twins(a: char, b: char) -> bool {
    let group = |c: char| twin_digit(c).unwrap_or(c);
    group(a) == group(b)
}

fn name_zh(c: char) -> String {
    format!("{} {c}", if c.is_ascii_digit() { "数字" } else { "字母" })
}

fn name_en(c: char) -> String {
    format!("the {} {c}", if c.is_ascii_digit() { "digit" } else { "letter" })
}

fn right_form(text: &[char], form: &[Slot], this_year: i16) -> Vec<Hint> {
    let years = form.iter().zip(text).enumerate().filter(|(_, (slot, _))| matches!(slot, Slot::Year(_)));
    let (mut first, mut year) = (None, 0i16);
    for (at, (_, digit)) in years.take(4) {
        first.get_or_insert(at + 1);
        year = year * 10 + digit.to_digit(10).and_then(|d| i16::try_from(d).ok()).unwrap_or(0);
    }
    if let Some(first) = first.filter(|_| !(FIRST_YEAR..=this_year).contains(&year)) {
        let last = first + 3;
        return vec![Hint::new(
            HintKind::Year,
            format!("第 {first} 至 {last} 位是颁发年份，不会是 {year:04}"),
            format!("characters {first} to {last} are the year of issue, which cannot be {year:04}"),
        )];
    }
    vec![Hint::new(
        HintKind::Digits,
        "位数和字母都符合编号的格式；请逐位核对数字，看有没有认错，或把相邻两位输反",
        "its length and letters are those of a certificate number: compare the digits one by one, and look for two neighbours in the wrong order",
    )]
}

/// The letters and digits that all numbers of a form begin with.
fn prefix(form: &[Slot]) -> String {
    form.iter().map_while(|slot| if let Slot::Fixed(c) = slot { Some(*c) } else { None }).collect()
}

fn length(kind: HintKind, form: &[Slot], typed: usize) -> Hint {
    let (letters, wanted) = (prefix(form), form.len());
    let (whose_zh, whose_en) = if letters.is_empty() {
        (String::new(), "certificate numbers".to_owned())
    } else {
        (format!("以 {letters} 开头的"), format!("numbers that begin with {letters}"))
    };
    let (zh, en) = if typed < wanted { ("是否漏输？", "is one missing?") } else { ("是否多输？", "is one too many?") };
    Hint::new(
        kind,
        format!("{whose_zh}编号有 {wanted} 位，您输入了 {typed} 位，{zh}"),
        format!("{whose_en} have {wanted} characters and you entered {typed}: {en}"),
    )
}

/// The forms that there are, where what was typed is near none of them.
fn known_forms(forms: &[Vec<Slot>]) -> Option<Hint> {
    let known: BTreeSet<(String, usize)> =
        forms.iter().map(|form| (prefix(form), form.len())).filter(|(letters, _)| !letters.is_empty()).collect();
    if known.is_empty() || known.len() > MOST {
        return None;
    }
    let zh = known.iter().map(|(letters, length)| format!("{letters}…（共 {length} 位）")).collect::<Vec<_>>().join("、");
    let en = known.iter().map(|(letters, length)| format!("{letters}… ({length} characters)")).collect::<Vec<_>>().join(", ");
    Some(Hint::new(
        HintKind::Form,
        format!("本站目前的编号形如 {zh}；更早的证书可能不同"),
        format!("numbers issued here at present look like {en}; older ones may differ"),
    ))
}

/// Without a form to go by: a letter beside a digit and a digit among letters are worth a look, since most numbers are a run of letters
/// and a run of digits.
fn odd_ones(text: &[char]) -> Vec<Hint> {
    let digit_at = |i: Option<usize>| i.and_then(|i| text.get(i)).map(char::is_ascii_digit);
    let odd = |i: usize, c: char| {
        let (before, after) = (digit_at(i.checked_sub(1)), digit_at(i.checked_add(1)));
        if c.is_ascii_digit() { before != Some(true) && after == Some(false) } else { before == Some(true) || after == Some(true) }
    };
    let tell = |(i, c): (usize, &char)| {
        let meant = twin_digit(*c).or_else(|| TWINS.iter().find(|(_, digit)| digit == c).map(|(letter, _)| *letter))?;
        odd(i, *c).then(|| wrong_place(i, *c, Slot::Fixed(meant)))
    };
    text.iter().enumerate().filter_map(tell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn patterns() -> Vec<Pattern> {
        ["LH{series:2}{year}{seq:5}", "QL{series:2}{year}{seq:5}", "GXRCPJ{series:3}{year}{seq:5}"].map(|p| p.parse().unwrap()).into()
    }

    fn of(typed: &str) -> Vec<(HintKind, String)> {
        let patterns = patterns();
        let number = CertificateNumber::parse_typed(typed).unwrap();
        hints(typed, &number, &patterns.iter().collect::<Vec<_>>(), 2026).into_iter().map(|h| (h.kind, h.zh)).collect()
    }

    #[test]
    fn each_slip_is_named_with_its_place() {
        use HintKind::*;
        for (typed, kind, says) in [
            ("LH142O2400001", Lookalike, "第 6 位是字母 O，是否应为数字 0？"),
            ("LH14202400OO1", Lookalike, "第 11 位是字母 O，是否应为数字 0？"),
            ("1H14202400001", Lookalike, "第 1 位是数字 1，是否应为字母 L？"),
            ("LHI4Z0240000B", Lookalike, "第 3 位是字母 I，是否应为数字 1？"),
            ("LH1420240000S", Lookalike, "第 13 位是字母 S，是否应为数字 5？"),
            ("HL14202400001", Swapped, "第 1 位和第 2 位是否输反了？"),
            ("L1H4202400001", Swapped, "第 2 位和第 3 位是否输反了？"),
            ("LH1420240001", Missing, "以 LH 开头的编号有 13 位，您输入了 12 位，是否漏输？"),
            ("H14202400001", Missing, "以 LH 开头的编号有 13 位，您输入了 12 位，是否漏输？"),
            ("LH142024000011", Extra, "以 LH 开头的编号有 13 位，您输入了 14 位，是否多输？"),
            ("LH142024", Missing, "您输入了 8 位"),
            ("LH14022400001", Year, "第 5 至 8 位是颁发年份，不会是 0224"),
            ("LH14205400001", Year, "不会是 2054"),
            ("LH14202400001", Digits, "逐位核对数字"),
            ("GXRCPJ0332020000I9", Lookalike, "第 17 位是字母 I，是否应为数字 1？"),
            ("LK14202400001", Character, "第 2 位是字母 K，是否应为字母 H？"),
            ("ABCDEFGHIJ", Form, "GXRCPJ…（共 18 位）、LH…（共 13 位）、QL…（共 13 位）"),
        ] {
            let said = of(typed);
            assert!(said.iter().any(|(k, zh)| *k == kind && zh.contains(says)), "{typed}: {said:?}");
        }
        assert_eq!(of("ＬＨ１４202400001").last().unwrap().0, Width);
        assert!(of("LH-14 2024 00001").iter().all(|(kind, _)| *kind != Width));
        assert_eq!(of("110105194912310021")[0].0, IdentityNumber);
    }

    #[test]
    fn an_identity_number_is_seen_with_a_slip_in_it_and_a_number_is_none() {
        let patterns = patterns();
        let seen = |typed: &str| looks_like_identity(typed, &patterns.iter().collect::<Vec<_>>());
        for typed in [
            "11010519491231002x",
            "110105194912310021",
            "11010519491331002X",
            "1101051949123100X",
            "110105194912310022X",
            "11O105I9491231002X",
            "１１０１０５ 19491231-002X",
            "110105194912310",
            "990105194912310021",
            "110105194912310é2X",
            "H12345678",
            "USA123456789012",
            "12345678",
        ] {
            assert!(seen(typed), "{typed}");
        }
        for typed in ["GXRCPJ033202000019", "LH14202400001", "14202400001", "LH1420240000", "GXRCPJ0332O2000019", "123456", ""] {
            assert!(!seen(typed), "{typed}");
        }
        // Where an issuer numbers by digits alone, its numbers are its numbers.
        let digits: Pattern = "{series:3}{year}{seq:9}".parse().unwrap();
        assert!(!looks_like_identity("0332020000000019", &[&digits]));
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_no_identity_number_repeated(typed in "[A-Z0-9]{6,32}") {
            let patterns = patterns();
            let patterns: Vec<&Pattern> = patterns.iter().collect();
            let said = hints(&typed, &typed.parse().unwrap(), &patterns, 2026);
            prop_assert!(said.len() <= MOST + 1);
            if looks_like_identity(&typed, &patterns) {
                prop_assert!(said.len() == 1 && !said[0].zh.contains(&typed[..6]));
            }
        }

        #[test]
        fn any_characters_are_looked_at(typed in any::<String>()) {
            let _ = looks_like_identity(&typed, &[]);
        }
    }
}
