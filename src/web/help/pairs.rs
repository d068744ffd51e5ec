//! A paper says things twice, in Chinese and in English: a page takes what is in its language.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::domain::text::is_han;
use crate::web::language::Language;

/// Of Chinese lines of a block that English ones follow, and of a Chinese paragraph that an English one follows, the page has those in its
/// language. What is said once stays.
pub fn spoken(events: Vec<Event<'_>>, language: Language) -> Vec<Event<'_>> {
    paragraphs(lines(events, language), language)
}

fn lines(events: Vec<Event<'_>>, language: Language) -> Vec<Event<'_>> {
    let mut kept = Vec::with_capacity(events.len());
    for block in events.chunk_by(|one, next| is_inline(one) && is_inline(next)) {
        let lines: Vec<&[Event<'_>]> = block.split(|event| matches!(event, Event::SoftBreak)).collect();
        // Said twice is what is Chinese to a line and English from there on.
        let speaks: Vec<Option<Language>> = lines.iter().map(|line| language_of(line)).collect();
        let turn = speaks.iter().take_while(|spoken| **spoken == Some(Language::Chinese)).count();
        let is_twice = turn > 0 && speaks.iter().skip(turn).all(|spoken| *spoken == Some(Language::English));
        let (zh, en) = lines.split_at(turn);
        let chosen = match language {
            _ if !is_twice || en.is_empty() => &lines[..],
            Language::Chinese => zh,
            Language::English => en,
        };
        for (index, line) in chosen.iter().enumerate() {
            if index > 0 {
                kept.push(Event::SoftBreak);
            }
            kept.extend_from_slice(line);
        }
    }
    kept
}

fn paragraphs(events: Vec<Event<'_>>, language: Language) -> Vec<Event<'_>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for (index, event) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::Paragraph) => start = index,
            Event::End(TagEnd::Paragraph) => found.push(start..index + 1),
            _ => {}
        }
    }
    let speaks = |range: &Range<usize>| events.get(range.clone()).and_then(language_of);
    let pairs = found.iter().zip(found.iter().skip(1)).filter(|(one, next)| one.end == next.start);
    let pairs = pairs.filter(|(one, next)| speaks(one) == Some(Language::Chinese) && speaks(next) == Some(Language::English));
    let dropped: Vec<Range<usize>> = pairs.map(|(zh, en)| if language == Language::Chinese { en.clone() } else { zh.clone() }).collect();
    let kept = events.into_iter().enumerate().filter(|(index, _)| !dropped.iter().any(|range| range.contains(index)));
    kept.map(|(_, event)| event).collect()
}

fn is_inline(event: &Event<'_>) -> bool {
    let is_mark = match event {
        Event::Start(tag) => matches!(tag, Tag::Strong | Tag::Emphasis | Tag::Link { .. }),
        Event::End(end) => matches!(end, TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link),
        _ => false,
    };
    is_mark || matches!(event, Event::Text(_) | Event::Code(_) | Event::SoftBreak | Event::InlineHtml(_))
}

/// What language the words are in, if there are any: a Chinese text has Latin words in it, an English one a Chinese word.
pub fn language_of(events: &[Event<'_>]) -> Option<Language> {
    let (mut han, mut latin) = (0_usize, 0_usize);
    for event in events {
        if let Event::Text(words) = event {
            han += words.chars().filter(|c| is_han(*c)).count();
            latin += words.chars().filter(char::is_ascii_alphabetic).count();
        }
    }
    // A Chinese character says as much as some three letters.
    match (han, latin) {
        (0, 0) => None,
        (han, latin) if 3 * han >= latin => Some(Language::Chinese),
        _ => Some(Language::English),
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::events;
    use super::*;

    /// The words that stay, a line a block.
    fn words(source: &str, language: Language) -> Vec<String> {
        let mut words = vec![String::new()];
        for event in spoken(events(source).collect(), language) {
            match event {
                Event::Text(text) => words.last_mut().unwrap().push_str(&text),
                Event::SoftBreak => words.last_mut().unwrap().push('|'),
                Event::Start(Tag::Item | Tag::Paragraph) => words.push(String::new()),
                _ => {}
            }
        }
        words.split_off(1)
    }

    #[test]
    fn a_page_takes_what_is_in_its_language() {
        let source = "读 Excel 名单。\n\nIt reads a list\nof “姓名”.\n\nSaid in English alone.\n\n- **一行**：一个人。\n  **A row** is\n  a person.\n- 只有中文。\n- 混写 both at once\n";
        let zh = ["读 Excel 名单。", "Said in English alone.", "一行：一个人。", "只有中文。", "混写 both at once"];
        let en = ["It reads a list|of “姓名”.", "Said in English alone.", "A row is|a person.", "只有中文。", "混写 both at once"];
        assert_eq!(words(source, Language::Chinese), zh);
        assert_eq!(words(source, Language::English), en);
    }
}
