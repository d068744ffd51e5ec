//! Reading TOML so that every slip is reported at once, each with its line.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::TemplateProblem;

/// Collects what is wrong with one file.
pub(super) struct Problems<'a> {
    file: &'a str,
    source: &'a str,
    pub(super) found: Vec<TemplateProblem>,
}

impl<'a> Problems<'a> {
    pub(super) fn of(file: &'a str, source: &'a str) -> Self {
        Self { file, source, found: Vec::new() }
    }

    /// Adds a problem at a byte offset of the file.
    pub(super) fn add(&mut self, at: usize, what: impl Into<String>) {
        let line = line_of(self.source, at);
        self.found.push(TemplateProblem { file: self.file.to_owned(), line: Some(line), what: what.into() });
    }

    pub(super) fn line(&self, at: usize) -> usize {
        line_of(self.source, at)
    }
}

/// Lines are counted from 1.
pub(super) fn line_of(source: &str, at: usize) -> usize {
    source.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

/// A table being read: each key is taken once, what remains at the end is unknown.
pub(super) struct Section<'t, 'i> {
    table: &'t DeTable<'i>,
    at: usize,
    taken: Vec<&'static str>,
}

impl<'t, 'i> Section<'t, 'i> {
    pub(super) fn of(table: &'t DeTable<'i>, at: usize) -> Self {
        Self { table, at, taken: Vec::new() }
    }

    /// Where the table begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The value of a key that may be absent.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.taken.push(key);
        self.table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, v)| v)
    }

    /// Where a key's value stands, or the table if it is absent.
    pub(super) fn place(&self, key: &str) -> usize {
        self.table.iter().find(|(k, _)| k.get_ref() == key).map_or(self.at, |(_, v)| v.span().start)
    }

    /// A value that `read` understands; a wrong one is reported as `wanted`.
    pub(super) fn value<T>(
        &mut self,
        key: &'static str,
        wanted: &str,
        problems: &mut Problems<'_>,
        read: impl FnOnce(&'t DeValue<'i>) -> Option<T>,
    ) -> Option<T> {
        let value = self.get(key)?;
        let read = read(value.get_ref());
        if read.is_none() {
            problems.add(value.span().start, format!("{key} 应为{wanted}"));
        }
        read
    }

    /// The same for a key that must be there.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        wanted: &str,
        problems: &mut Problems<'_>,
        read: impl FnOnce(&'t DeValue<'i>) -> Option<T>,
    ) -> Option<T> {
        if self.get(key).is_none() {
            problems.add(self.at, format!("缺少 {key} / {key} is missing"));
            return None;
        }
        self.value(key, wanted, problems, read)
    }

    /// A table inside this one.
    pub(super) fn section(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<Section<'t, 'i>> {
        let at = self.get(key)?.span().start;
        self.value(key, "表 / a table", problems, DeValue::as_table).map(|t| Section::of(t, at))
    }

    /// The entries of a table whose keys the author chooses.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'t str, &'t Spanned<DeValue<'i>>)> + use<'t, 'i> {
        self.table.iter().map(|(k, v)| (&**k.get_ref(), v))
    }

    /// Reports every key that nobody asked for: a misspelt setting must not be ignored.
    pub(super) fn finish(self, problems: &mut Problems<'_>) {
        for (key, _) in self.table {
            if !self.taken.contains(&&**key.get_ref()) {
                problems.add(key.span().start, format!("不认识的设置“{}” / unknown setting “{}”", key.get_ref(), key.get_ref()));
            }
        }
    }
}

pub(super) fn text(value: &DeValue<'_>) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(super) fn number(value: &DeValue<'_>) -> Option<f32> {
    let text = value.as_integer().map(|i| i.as_str()).or_else(|| value.as_float().map(|f| f.as_str()))?;
    text.replace('_', "").parse::<f32>().ok().filter(|n| n.is_finite())
}

pub(super) fn whole(value: &DeValue<'_>) -> Option<usize> {
    value.as_integer().and_then(|i| i.as_str().parse().ok())
}

pub(super) fn numbers<const N: usize>(value: &DeValue<'_>) -> Option<[f32; N]> {
    let items: Option<Vec<f32>> = value.as_array()?.iter().map(|v| number(v.get_ref())).collect();
    items?.try_into().ok()
}

pub(super) fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|v| text(v.get_ref())).collect()
}
