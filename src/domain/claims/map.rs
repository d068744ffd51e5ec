//! Maps with integer keys, written in their one spelling and read back.

use super::super::cbor::{Item, Writer};
use super::ClaimsError;

/// A map under construction: keys are added in ascending order, empty facts are left out.
#[derive(Default)]
pub struct Map {
    entries: usize,
    written: Writer,
}

impl Map {
    /// A key; exactly one item must be written after it.
    pub fn key(&mut self, key: u64) -> &mut Writer {
        self.entries += 1;
        self.written.unsigned(key);
        &mut self.written
    }

    pub fn text(&mut self, key: u64, text: &str) {
        if !text.is_empty() {
            self.key(key).text(text);
        }
    }

    pub fn texts<T>(&mut self, key: u64, texts: &[T], text: impl Fn(&T) -> &str) {
        if !texts.is_empty() {
            let out = self.key(key);
            out.array(texts.len());
            texts.iter().for_each(|t| out.text(text(t)));
        }
    }

    pub fn write(&self, out: &mut Writer) {
        out.map(self.entries, &self.written);
    }

    pub fn into_bytes(self) -> Vec<u8> {
        let mut out = Writer::default();
        self.write(&mut out);
        out.into_bytes()
    }
}

/// A map being read. Unknown fields make the bytes differ from their re-encoding and so are refused.
pub struct Fields<'a>(&'a [(u64, Item<'a>)]);

impl<'a> Fields<'a> {
    pub fn of(item: &'a Item<'a>) -> Result<Self, ClaimsError> {
        if let Item::Map(entries) = item { Ok(Self(entries)) } else { Err(ClaimsError::Shape) }
    }

    pub fn get(&self, key: u64) -> Option<&'a Item<'a>> {
        self.0.iter().find(|(k, _)| *k == key).map(|(_, item)| item)
    }

    pub fn text(&self, key: u64) -> String {
        self.get(key).and_then(Item::text).unwrap_or_default().to_owned()
    }

    pub fn texts(&self, key: u64) -> impl Iterator<Item = &'a str> {
        self.get(key).and_then(Item::items).unwrap_or_default().iter().filter_map(Item::text)
    }

    pub fn parsed<T>(&self, key: u64, field: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, ClaimsError> {
        self.get(key).and_then(Item::text).and_then(parse).ok_or(ClaimsError::Field(field))
    }
}
