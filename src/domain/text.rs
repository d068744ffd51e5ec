//! What people type: full-width letters, ideographic spaces, hyphens of every kind.

use unicode_normalization::UnicodeNormalization;

/// Folds one full-width ASCII character (U+FF01 to U+FF5E) and the ideographic space to their half-width forms.
#[must_use]
pub fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

/// White space, hyphens, dots between groups and invisible characters: what a person adds to a code to read it more easily.
#[must_use]
pub fn is_separator(c: char) -> bool {
    c.is_whitespace() || is_invisible(c) || matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30FC}' | '\u{00B7}' | '.')
}

/// Zero-width and directional characters that copy and paste leave behind.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{00AD}')
}

/// A code as a person may type it, folded to upper-case ASCII without separators.
#[must_use]
pub fn fold_code(typed: &str) -> String {
    typed.chars().map(half_width).filter(|c| !is_separator(*c)).flat_map(char::to_uppercase).collect()
}

/// What of a text is searched: width, case and white space aside (NFKC, UAX #15).
#[must_use]
pub fn fold_search(text: &str) -> String {
    let visible = text.nfkc().filter(|c| !(c.is_whitespace() || is_invisible(*c)));
    visible.flat_map(char::to_lowercase).collect()
}

/// Free text of a list cell: trimmed, runs of white space made one space, invisible characters dropped, Latin letters with
/// their marks composed (NFC). Han characters stay the code points that were typed, compatibility ideographs included.
#[must_use]
pub fn tidy(typed: &str) -> String {
    let mut out = String::with_capacity(typed.len());
    for word in typed.split(|c: char| c.is_whitespace()).filter(|w| !w.is_empty()) {
        let visible: String = word.chars().filter(|c| !is_invisible(*c)).collect();
        if visible.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        compose_into(&visible, &mut out);
    }
    out
}

fn compose_into(word: &str, out: &mut String) {
    let mut run = String::new();
    for c in word.chars() {
        if is_han(c) {
            out.extend(run.nfc());
            run.clear();
            out.push(c);
        } else {
            run.push(c);
        }
    }
    out.extend(run.nfc());
}

/// Han characters of every block: unified, extensions A to I, compatibility, 〇 and 々.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3005 | 0x3007 | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_fold_to_one_spelling() {
        for typed in ["ＧＸＲＣＰＪ０３３", "gxrcpj033", " GXRC-PJ 033 ", "GXRC—PJ\u{200B}033", "GXRC\u{3000}PJ_033"] {
            assert_eq!(fold_code(typed), "GXRCPJ033", "{typed}");
        }
    }

    #[test]
    fn tidy_composes_latin_and_leaves_han_alone() {
        assert_eq!(tidy("  Nguye\u{302}\u{303}n   Thi\u{323} "), "Nguyễn Thị");
        assert_eq!(tidy("\u{F9DC}\u{3000}\u{FEFF}明"), "\u{F9DC} 明");
        assert_eq!(tidy("\u{200B} \u{FEFF}"), "");
    }
}
