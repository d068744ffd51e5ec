//! What can be read in a Markdown source before it becomes a page.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeStream};

use crate::web::language::Language;

/// The source, piece by piece; one piece of text is not several.
pub fn events(source: &str) -> impl Iterator<Item = Event<'_>> {
    TextMergeStream::new(Parser::new_ext(source, Options::ENABLE_TABLES))
}

/// The headings of a source, the title first: level and words.
pub fn headings(source: &str) -> Vec<(HeadingLevel, String)> {
    let mut found: Vec<(HeadingLevel, String)> = Vec::new();
    let mut inside = false;
    for event in events(source) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                found.push((level, String::new()));
                inside = true;
            }
            Event::End(TagEnd::Heading(_)) => inside = false,
            Event::Text(words) | Event::Code(words) if inside => {
                if let Some((_, text)) = found.last_mut() {
                    text.push_str(&words);
                }
            }
            _ => {}
        }
    }
    found
}

/// The name that GitHub gives to the place of a heading.
pub fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ')).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The half of a `中文 / English` in a language; a text that is no such pair is whole.
pub fn half(text: &str, language: Language) -> &str {
    match text.split_once(" / ") {
        Some((zh, en)) => match language {
            Language::Chinese => zh,
            Language::English => en,
        },
        None => text,
    }
}
