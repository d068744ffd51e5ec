//! What stands in a line of a text: links, code, words in quotes, Chinese on an English page.

use pulldown_cmark::{CowStr, Event};

use crate::domain::text::is_han;
use crate::web::language::Language;

use super::markdown::{Lead, Silent, Writer};

impl<'a> Writer<'a> {
    pub(super) fn link(&mut self, target: &str) {
        let (start, end) = match (self.setting.lead)(target) {
            Lead::To(address) => {
                self.begins_with_links |= self.headings == 1 && address.starts_with('#');
                (format!("<a href=\"{}\">", attribute(&address)), "</a>")
            }
            Lead::Abroad(address, language) => (format!("<a href=\"{}\" hreflang=\"{}\">", attribute(&address), language.tag()), "</a>"),
            Lead::Nowhere => (String::new(), ""),
            Lead::Around => {
                self.silent = Silent::Paragraph;
                return;
            }
        };
        self.links.push(end);
        self.raw(start);
    }

    /// Code; the address of a page leads there.
    pub(super) fn code(&mut self, words: &CowStr<'a>) {
        let is_page = (self.setting.is_page)(words);
        if is_page {
            self.raw(format!("<a href=\"{}\">", attribute(words)));
        }
        self.raw("<code>");
        self.runs(words);
        self.raw("</code>");
        if is_page {
            self.raw("</a>");
        }
    }

    /// Text; in a guide what stands in quotes is a word of a page. Typewriters' marks become those of print.
    pub(super) fn say(&mut self, words: &str) {
        if !self.setting.is_guide {
            return self.runs(words);
        }
        let words = words.replace('\'', "’");
        let mut rest = &*words;
        while let Some(at) = rest.find(['"', '“', '”']) {
            let (before, after) = rest.split_at(at);
            self.runs(before);
            let mark = after.chars().next().map_or(0, char::len_utf8);
            let opens = after.starts_with('“') || after.starts_with('"') && !self.quoted;
            if opens {
                self.raw("<b class=\"word\">");
            }
            self.out.push(Event::Text(CowStr::Borrowed(if opens { "“" } else { "”" })));
            if !opens {
                self.raw("</b>");
            }
            self.quoted = opens;
            rest = after.get(mark..).unwrap_or_default();
        }
        self.runs(rest);
    }

    /// Text in which Chinese is marked as such on an English page.
    pub(super) fn runs(&mut self, words: &str) {
        if self.setting.language == Language::Chinese {
            return self.out.push(Event::Text(CowStr::from(words.to_owned())));
        }
        let mut rest = words;
        while let Some(at) = rest.find(is_han) {
            let (before, after) = rest.split_at(at);
            let end = after.find(|c: char| !is_han(c) && !matches!(c, '\u{3000}'..='\u{303F}')).unwrap_or(after.len());
            let (han, after) = after.split_at(end);
            self.out.push(Event::Text(CowStr::from(before.to_owned())));
            self.raw("<span lang=\"zh-CN\">");
            self.out.push(Event::Text(CowStr::from(han.to_owned())));
            self.raw("</span>");
            rest = after;
        }
        self.out.push(Event::Text(CowStr::from(rest.to_owned())));
    }
}

/// An address in an attribute.
pub fn attribute(address: &str) -> String {
    address.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
