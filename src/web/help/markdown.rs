//! Markdown becomes HTML: headings with ids, links that lead to pages of the site, words in quotes set off. Raw HTML is left out.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Tag, TagEnd, html};

use crate::web::language::Language;

use super::pairs;
use super::source::{events, half, headings};
use super::words::attribute;

/// What a page shows.
pub struct Text {
    pub title: String,
    /// The first paragraph, as HTML.
    pub lead: String,
    pub sections: Vec<Section>,
    /// Whether it begins with links to its sections by itself.
    pub begins_with_links: bool,
    /// The rest, as HTML.
    pub body: String,
}

/// A part of a text under a heading of the second level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub id: String,
    pub title: String,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lead {
    /// To an address of the site, or of another one.
    To(String),
    /// To an address of the site in a language of its own.
    Abroad(String, Language),
    /// To what the page has around the text: the rest of its paragraph is left out.
    Around,
    /// To nothing that the site serves: the words stay, without a link.
    Nowhere,
}

/// What is to be known of a text besides itself.
pub struct Setting<'a> {
    pub language: Language,
    /// Whether words in quotes are words of pages, and each text is in one language.
    pub is_guide: bool,
    /// The ids of its headings of the second and further levels, in order.
    pub ids: &'a [String],
    /// Where a link leads.
    pub lead: &'a dyn Fn(&str) -> Lead,
    /// Whether an address is that of a page.
    pub is_page: &'a dyn Fn(&str) -> bool,
}

/// The page of a source.
pub fn text(source: &str, setting: &Setting<'_>) -> Text {
    let mut titles = headings(source).into_iter().map(|(level, words)| (level, half(&words, setting.language).to_owned()));
    let title = titles.next().map_or_else(String::new, |(_, title)| title);
    let titles: Vec<(HeadingLevel, String)> = titles.collect();
    let named = titles.iter().zip(setting.ids);
    let sections = named.filter(|((level, _), _)| *level == HeadingLevel::H2);
    let sections = sections.map(|((_, title), id)| Section { id: id.clone(), title: title.clone() }).collect();
    let events: Vec<Event<'_>> = events(source).collect();
    let events = if setting.is_guide { events } else { pairs::spoken(events, setting.language) };
    let mut writer = Writer { titles: &titles, ..Writer::new(setting) };
    for (index, event) in events.iter().enumerate() {
        writer.write(event, events.get(index + 1..).unwrap_or_default());
    }
    Text { title, lead: writer.lead, sections, begins_with_links: writer.begins_with_links, body: printed(writer.out) }
}

fn printed(events: Vec<Event<'_>>) -> String {
    let mut written = String::new();
    html::push_html(&mut written, events.into_iter());
    written
}

/// Whether what comes is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silent {
    No,
    /// To the end of the heading.
    Heading,
    /// To the end of the paragraph.
    Paragraph,
}

pub(super) struct Writer<'a> {
    pub(super) setting: &'a Setting<'a>,
    titles: &'a [(HeadingLevel, String)],
    /// How many headings there were, the title among them.
    pub(super) headings: usize,
    pub(super) silent: Silent,
    /// The ends of links that are open.
    pub(super) links: Vec<&'static str>,
    /// Whether a quote is open.
    pub(super) quoted: bool,
    in_table_head: bool,
    in_cell: bool,
    in_code: bool,
    /// Whether the table has more than two columns.
    wide: bool,
    /// What its columns are called.
    columns: Vec<String>,
    /// Whether the cell is a heading.
    is_head: bool,
    /// Cells of the row so far.
    cells: usize,
    lead: String,
    pub(super) begins_with_links: bool,
    pub(super) out: Vec<Event<'a>>,
}

impl<'a> Writer<'a> {
    fn new(setting: &'a Setting<'a>) -> Self {
        Self {
            setting,
            titles: &[],
            headings: 0,
            silent: Silent::No,
            links: Vec::new(),
            quoted: false,
            in_table_head: false,
            in_cell: false,
            in_code: false,
            wide: false,
            columns: Vec::new(),
            is_head: false,
            cells: 0,
            lead: String::new(),
            begins_with_links: false,
            out: Vec::new(),
        }
    }

    pub(super) fn raw(&mut self, html: impl Into<CowStr<'a>>) {
        self.out.push(Event::InlineHtml(html.into()));
    }

    fn write(&mut self, event: &Event<'a>, rest: &[Event<'a>]) {
        match event {
            Event::End(TagEnd::Heading(_)) if self.silent == Silent::Heading => self.silent = Silent::No,
            Event::End(TagEnd::Paragraph) => self.end_paragraph(),
            _ if self.silent != Silent::No => {}
            Event::Start(tag) => self.start(tag, rest),
            Event::End(end) => self.end(*end),
            Event::Text(words) if self.in_code => self.runs(words),
            Event::Text(words) if self.in_cell && !self.setting.is_guide => self.runs(half(words, self.setting.language)),
            Event::Text(words) => self.say(words),
            Event::Code(words) => self.code(words),
            // In a guide each thought has a line of its own; elsewhere lines only end.
            Event::SoftBreak if self.setting.is_guide => self.out.push(Event::HardBreak),
            Event::SoftBreak | Event::HardBreak | Event::Rule => self.out.push(event.clone()),
            // Raw HTML, and what these sources do not have: footnotes, tasks, formulas.
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'a>, rest: &[Event<'a>]) {
        match tag {
            Tag::Heading { level, .. } => self.heading(*level),
            Tag::Paragraph if self.is_lead() => self.raw(format!("<p class=\"lead\"{}>", self.foreign(rest, TagEnd::Paragraph))),
            Tag::Paragraph => self.raw(format!("<p{}>", self.foreign(rest, TagEnd::Paragraph))),
            Tag::Item => self.raw(format!("<li{}>", self.foreign(rest, TagEnd::Item))),
            Tag::Link { dest_url, .. } => self.link(dest_url),
            // On a telephone the rows of a wide one stand as blocks, which takes the meaning of a table from it; the roles give it back.
            Tag::Table(columns) => {
                self.wide = columns.len() > 2;
                self.raw(if self.wide { "<table class=\"wide\" role=\"table\">" } else { "<table>" });
            }
            Tag::TableHead => {
                (self.in_table_head, self.cells, self.columns) = (true, 0, Vec::new());
                self.raw(format!("<thead{}><tr{}>", self.role("rowgroup"), self.role("row")));
            }
            Tag::TableRow => {
                self.cells = 0;
                self.raw(format!("<tr{}>", self.role("row")));
            }
            Tag::TableCell => self.cell(rest),
            Tag::CodeBlock(_) => {
                self.in_code = true;
                self.raw("<pre><code>");
            }
            Tag::List(_) | Tag::Emphasis | Tag::Strong | Tag::BlockQuote(_) => self.out.push(Event::Start(tag.clone())),
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Item => self.raw("</li>\n"),
            TagEnd::Link => {
                if let Some(end) = self.links.pop() {
                    self.raw(end);
                }
            }
            TagEnd::Table => self.raw("</tbody></table>\n"),
            TagEnd::TableHead => {
                self.in_table_head = false;
                self.raw(format!("</tr></thead>\n<tbody{}>", self.role("rowgroup")));
            }
            TagEnd::TableRow => self.raw("</tr>\n"),
            TagEnd::TableCell => {
                self.in_cell = false;
                self.raw(if self.is_head { "</th>" } else { "</td>" });
            }
            TagEnd::CodeBlock => {
                self.in_code = false;
                self.raw("</code></pre>\n");
            }
            TagEnd::List(_) | TagEnd::Emphasis | TagEnd::Strong | TagEnd::BlockQuote(_) => self.out.push(Event::End(end)),
            _ => {}
        }
    }

    /// The title is the page's own; any other heading is its words with an id.
    fn heading(&mut self, level: HeadingLevel) {
        self.silent = Silent::Heading;
        let place = self.headings.checked_sub(1);
        self.headings += 1;
        let Some((index, (_, title))) = place.and_then(|index| Some((index, self.titles.get(index)?))) else { return };
        let id = self.setting.ids.get(index).map(|id| CowStr::from(id.clone()));
        self.out.push(Event::Start(Tag::Heading { level, id, classes: Vec::new(), attrs: Vec::new() }));
        self.runs(title);
        self.out.push(Event::End(TagEnd::Heading(level)));
    }

    /// Whether a paragraph is the first after the title.
    fn is_lead(&self) -> bool {
        self.headings == 1 && self.lead.is_empty() && self.out.is_empty()
    }

    fn end_paragraph(&mut self) {
        self.silent = Silent::No;
        while let Some(end) = self.links.pop() {
            self.raw(end);
        }
        self.raw("</p>\n");
        if self.headings == 1 && self.lead.is_empty() {
            self.lead = printed(std::mem::take(&mut self.out));
        }
    }

    /// A cell: one over a column or at the beginning of a row names what follows, unless it is empty.
    fn cell(&mut self, rest: &[Event<'a>]) {
        self.cells += 1;
        self.in_cell = true;
        let is_empty = matches!(rest.first(), Some(Event::End(TagEnd::TableCell)));
        let (kind, role) = match (self.in_table_head, self.cells) {
            (true, _) if is_empty => ("td", "cell"),
            (true, _) => ("th scope=\"col\"", "columnheader"),
            (false, 1) => ("th scope=\"row\"", "rowheader"),
            (false, _) => ("td", "cell"),
        };
        self.is_head = kind != "td";
        let label = self.label(rest);
        self.raw(format!("<{kind}{}{label}{}>", self.role(role), self.foreign(rest, TagEnd::TableCell)));
    }

    /// What a column is called, kept from its head; where a paper's rows stand as blocks each cell says so.
    fn label(&mut self, rest: &[Event<'a>]) -> String {
        if self.in_table_head {
            let inside = rest.iter().take_while(|event| !matches!(event, Event::End(TagEnd::TableCell)));
            let words = inside.filter_map(|event| if let Event::Text(words) = event { Some(&**words) } else { None });
            self.columns.push(half(&words.collect::<String>(), self.setting.language).to_owned());
            return String::new();
        }
        let column = self.cells.checked_sub(1).and_then(|index| self.columns.get(index)).filter(|words| !words.is_empty());
        match column {
            Some(words) if self.wide && !self.is_head && !self.setting.is_guide => format!(" data-label=\"{}\"", attribute(words)),
            _ => String::new(),
        }
    }

    fn role(&self, role: &str) -> String {
        if self.wide { format!(" role=\"{role}\"") } else { String::new() }
    }

    /// The mark of a block in English on a Chinese page. A guide is in one language.
    fn foreign(&self, rest: &[Event<'a>], end: TagEnd) -> &'static str {
        if self.setting.is_guide || self.setting.language == Language::English {
            return "";
        }
        let inside = rest.iter().take_while(|event| !matches!(event, Event::End(here) if *here == end));
        let inside: Vec<Event<'_>> = inside
            .map(|event| match event {
                // As it is shown.
                Event::Text(words) if end == TagEnd::TableCell => Event::Text(CowStr::Borrowed(half(words, self.setting.language))),
                event => event.clone(),
            })
            .collect();
        if pairs::language_of(&inside) == Some(Language::English) { " lang=\"en\"" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(source: &str, language: Language, is_guide: bool) -> Text {
        let lead = |target: &str| match target {
            "#there" => Lead::To("#there".to_owned()),
            "other.md" => Lead::Abroad("/help/other?lang=en&x".to_owned(), Language::English),
            "index.md" => Lead::Around,
            _ => Lead::Nowhere,
        };
        let ids = ["there".to_owned(), "then".to_owned()];
        text(source, &Setting { language, is_guide, ids: &ids, lead: &lead, is_page: &|path| path == "/account" })
    }

    #[test]
    fn raw_html_and_strange_links_are_left_out() {
        let source = "# T\n\nA <b onclick=\"x\">b</b> <script>c</script> & [d](javascript:e) ![f](g.png)\n\n<div>h</div>\n\n<!-- i -->\n\n`<j>` \"<k>\n";
        let text = page(source, Language::English, true);
        let all = text.lead + &text.body;
        for absent in ["<script", "onclick", "javascript", "<img", "<div", "<!--", "<j>", "<k>", " i "] {
            assert!(!all.contains(absent), "{absent}: {all}");
        }
        assert!(all.contains("A b c &amp; d f") && all.contains("<code>&lt;j&gt;</code>"), "{all}");
    }

    #[test]
    fn the_page_gets_what_stands_around_a_text() {
        let source = "# Title\n\nFirst words. [back](index.md) · [more](other.md)\n\n| [a](#there) | b | |\n| --- | --- | --- |\n| `/account` | “c” 发票 | d |\n\n## There\n\n- one: \"two\", it's\n  three\n\n### Then\n";
        let text = page(source, Language::English, true);
        assert_eq!((&*text.title, &*text.lead), ("Title", "<p class=\"lead\">First words. </p>\n"));
        assert_eq!(text.sections, [Section { id: "there".to_owned(), title: "There".to_owned() }]);
        assert!(text.begins_with_links);
        for part in [
            "<td role=\"cell\"></td></tr></thead>",
            "<th scope=\"row\" role=\"rowheader\"><a href=\"/account\"><code>/account</code></a></th>",
            "<td role=\"cell\"><b class=\"word\">“c”</b> <span lang=\"zh-CN\">发票</span></td>",
            "<h2 id=\"there\">There</h2>",
            "one: <b class=\"word\">“two”</b>, it’s<br />\nthree",
            "<h3 id=\"then\">Then</h3>",
        ] {
            assert!(text.body.contains(part), "{part}: {}", text.body);
        }
    }

    #[test]
    fn a_paper_shows_the_half_that_its_reader_reads() {
        let source = "# 题 / Title\n\n一句中文。\n\nA sentence.\n\n| 列 / column | 甲 / one | 乙 / two |\n| --- | --- | --- |\n| 行 row | 必需 / required | |\n\nIn \"English\" alone.\n\n## 段 / Part\n";
        let zh = page(source, Language::Chinese, false);
        assert_eq!((&*zh.title, &*zh.lead, &*zh.sections[0].title), ("题", "<p class=\"lead\">一句中文。</p>\n", "段"));
        for part in
            ["<td role=\"cell\" data-label=\"甲\">必需</td>", "<p lang=\"en\">In \"English\" alone.</p>", "<h2 id=\"there\">段</h2>"]
        {
            assert!(zh.body.contains(part), "{part}: {}", zh.body);
        }
        let en = page(source, Language::English, false);
        assert_eq!((&*en.title, &*en.lead, &*en.sections[0].title), ("Title", "<p class=\"lead\">A sentence.</p>\n", "Part"));
        assert!(
            en.body.contains("<span lang=\"zh-CN\">行</span> row</th>") && en.body.contains("data-label=\"one\">required"),
            "{}",
            en.body
        );
    }
}
