//! What the site has to read: guides, each in both languages, and papers, each in both at once.

use std::sync::LazyLock;

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::web::language::Language;
use crate::web::routes;

use super::markdown::{self, Lead, Setting, Text};
use super::source::{anchor, events, half, headings};

/// A source as it lies in `docs`.
struct Source {
    /// Its path in `docs`.
    file: &'static str,
    /// The name in its address on the site.
    slug: &'static str,
    markdown: &'static str,
}

macro_rules! source {
    ($slug:literal, $file:literal) => {
        Source { file: $file, slug: $slug, markdown: include_str!(concat!("../../../docs/", $file)) }
    };
}

/// Each guide, in Chinese and in English.
const GUIDES: [[Source; 2]; 5] = [
    [source!("student", "help/student.md"), source!("student", "help/student.en.md")],
    [source!("school", "help/school.md"), source!("school", "help/school.en.md")],
    [source!("reviewer", "help/reviewer.md"), source!("reviewer", "help/reviewer.en.md")],
    [source!("issuer", "help/issuer.md"), source!("issuer", "help/issuer.en.md")],
    [source!("employer", "help/employer.md"), source!("employer", "help/employer.en.md")],
];

/// What the guides name besides.
const PAPERS: [Source; 5] = [
    source!("award-lists", "award-lists.md"),
    source!("portraits", "portraits.md"),
    source!("statements", "statements.md"),
    source!("qr-code", "qr-code.md"),
    source!("certificate-json", "certificate-json.md"),
];

/// The table of the guides.
const INDEX: &str = include_str!("../../../docs/help/README.md");
const INDEX_FILE: &str = "help/README.md";

const LANGUAGES: [Language; 2] = [Language::Chinese, Language::English];

/// A guide in the list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub slug: &'static str,
    pub title: String,
    /// For whom it is.
    pub who: String,
    /// What they want.
    pub what: String,
}

/// Everything, made into pages.
pub struct Shelf {
    /// Name, language and page.
    texts: Vec<(&'static str, Language, Text)>,
    entries: Vec<(Language, Entry)>,
}

impl Shelf {
    /// The shelf of this program.
    pub fn get() -> &'static Self {
        static SHELF: LazyLock<Shelf> = LazyLock::new(Shelf::make);
        &SHELF
    }

    /// A text by its name.
    pub fn text(&self, slug: &str, language: Language) -> Option<&Text> {
        self.texts.iter().find(|(name, spoken, _)| *name == slug && *spoken == language).map(|(_, _, text)| text)
    }

    /// The guides in the order of the table.
    pub fn guides(&self, language: Language) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |(spoken, _)| *spoken == language).map(|(_, entry)| entry)
    }

    fn make() -> Self {
        let mut texts = Vec::new();
        for pair in &GUIDES {
            for (language, source) in LANGUAGES.into_iter().zip(pair) {
                texts.push((source.slug, language, page(source, language, true)));
            }
        }
        for source in &PAPERS {
            texts.extend(LANGUAGES.map(|language| (source.slug, language, page(source, language, false))));
        }
        let entries = LANGUAGES.into_iter().flat_map(|language| entries(language, &texts)).collect();
        Self { texts, entries }
    }
}

fn page(source: &'static Source, language: Language, is_guide: bool) -> Text {
    let lead = |target: &str| lead(source, language, target);
    let setting = Setting { language, is_guide, ids: &ids(source), lead: &lead, is_page: &is_page };
    markdown::text(source.markdown, &setting)
}

/// The ids of a source's headings: the English words' in both languages, so that a link from elsewhere need not know its reader's.
fn ids(source: &Source) -> Vec<String> {
    let named = GUIDES.iter().find(|pair| pair.iter().any(|one| one.file == source.file)).map_or(source, |[_, english]| english);
    let headings = headings(named.markdown).into_iter().skip(1);
    headings.map(|(_, words)| anchor(half(&words, Language::English))).collect()
}

/// The id of the heading that a link into a source names.
fn place(source: &Source, named: &str) -> Option<String> {
    let mut headings = headings(source.markdown).into_iter().skip(1);
    let index = headings.position(|(_, words)| anchor(&words) == named)?;
    ids(source).into_iter().nth(index)
}

fn lead(from: &Source, language: Language, target: &str) -> Lead {
    if target.starts_with("https://") {
        return Lead::To(target.to_owned());
    }
    let (file, named) = target.split_once('#').map_or((target, None), |(file, named)| (file, Some(named)));
    let folder = from.file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let file = match file.strip_prefix("../") {
        _ if file.is_empty() => from.file.to_owned(),
        Some(above) => above.to_owned(),
        None if folder.is_empty() => file.to_owned(),
        None => format!("{folder}/{file}"),
    };
    if file == INDEX_FILE {
        return Lead::To("/help".to_owned());
    }
    let guides = GUIDES.iter().flat_map(|pair| LANGUAGES.into_iter().zip(pair));
    let Some((spoken, to)) = guides.chain(PAPERS.iter().map(|paper| (language, paper))).find(|(_, source)| source.file == file) else {
        return Lead::Nowhere;
    };
    if to.slug == from.slug && spoken != language {
        return Lead::Around;
    }
    let id = match named.map(|named| place(to, named)) {
        None => String::new(),
        Some(Some(id)) => format!("#{id}"),
        Some(None) => return Lead::Nowhere,
    };
    if to.file == from.file {
        return Lead::To(id);
    }
    let address = format!("/help/{}", to.slug);
    if spoken == language { Lead::To(address + &id) } else { Lead::Abroad(format!("{address}?lang={}{id}", spoken.code()), spoken) }
}

/// Whether an address is that of a page that can simply be opened.
fn is_page(path: &str) -> bool {
    !path.contains('{') && routes::all().any(|(method, route)| method == "get" && route == path)
}

/// The rows of the table: for whom, what they want, and the guide that the first link leads to.
fn entries(language: Language, texts: &[(&'static str, Language, Text)]) -> Vec<(Language, Entry)> {
    let mut entries = Vec::new();
    let (mut cells, mut file): (Vec<String>, Option<String>) = (Vec::new(), None);
    for event in events(INDEX) {
        match event {
            Event::Start(Tag::TableRow) => (cells, file) = (Vec::new(), None),
            Event::Start(Tag::TableCell) => cells.push(String::new()),
            Event::Start(Tag::Link { dest_url, .. }) => _ = file.get_or_insert_with(|| format!("help/{dest_url}")),
            Event::Text(words) => cells.last_mut().into_iter().for_each(|cell| cell.push_str(&words)),
            Event::End(TagEnd::TableRow) => {
                let named = GUIDES.iter().flatten().find(|source| file.as_deref() == Some(source.file));
                let text = named.and_then(|source| texts.iter().find(|(slug, spoken, _)| *slug == source.slug && *spoken == language));
                if let (Some((slug, _, text)), [who, what, _]) = (text, &cells[..]) {
                    let [who, what] = [who, what].map(|both| half(both, language).replace('\'', "’"));
                    entries.push((language, Entry { slug, title: text.title.clone(), who, what }));
                }
            }
            _ => {}
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guide_has_the_same_parts_in_both_languages() {
        for [zh, en] in &GUIDES {
            let levels = |source: &Source| headings(source.markdown).into_iter().map(|(level, _)| level).collect::<Vec<_>>();
            assert_eq!(levels(zh), levels(en), "{}", zh.file);
            assert!(levels(zh).len() > 3);
        }
    }

    #[test]
    fn no_link_of_a_text_is_lost() {
        let guides = GUIDES.iter().flat_map(|pair| LANGUAGES.into_iter().zip(pair));
        let papers = PAPERS.iter().flat_map(|paper| LANGUAGES.map(|language| (language, paper)));
        let mut links = 0;
        for (language, source) in guides.chain(papers) {
            for event in events(source.markdown) {
                if let Event::Start(Tag::Link { dest_url, .. }) = event {
                    assert_ne!(lead(source, language, &dest_url), Lead::Nowhere, "{}: {dest_url}", source.file);
                    links += 1;
                }
            }
        }
        assert!(links > 50, "{links}");
    }

    #[test]
    fn words_in_quotes_end_where_they_began() {
        for (slug, language, text) in Shelf::get().texts.iter().filter(|(slug, _, _)| PAPERS.iter().all(|paper| paper.slug != *slug)) {
            let words: Vec<&str> = text.body.split("<b class=\"word\">").skip(1).collect();
            assert!(words.len() > 15, "{slug}");
            for word in words {
                let (word, _) = word.split_once("</b>").unwrap();
                let plain = word.replace("<span lang=\"zh-CN\">", "").replace("</span>", "");
                assert!(plain.starts_with('“') && plain.ends_with('”') && !plain.contains('<'), "{slug} {language:?}: {word}");
            }
        }
    }

    #[test]
    fn the_index_has_each_guide() {
        for language in LANGUAGES {
            let slugs: Vec<&str> = Shelf::get().guides(language).map(|entry| entry.slug).collect();
            assert_eq!(slugs, GUIDES.each_ref().map(|[source, _]| source.slug), "{language:?}");
            assert!(
                Shelf::get().guides(language).all(|entry| !entry.who.contains('/') && !entry.what.contains('/') && !entry.title.is_empty())
            );
        }
    }
}
