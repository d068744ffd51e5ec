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

    /// Adds a problem at a line that is known already.
    pub(super) fn add_at_line(&mut self, line: usize, what: impl Into<String>) {
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

/// How many lines after a slip of TOML others are taken for its echo.
const ECHO: usize = 3;

/// One problem for each slip: what the parser says of the lines right after one follows from it.
pub(super) fn slips_of_toml(file: &str, errors: &[toml::de::Error], source: &str) -> Vec<TemplateProblem> {
    let mut lines: Vec<(Option<usize>, &str)> = errors.iter().map(|e| (e.span().map(|s| line_of(source, s.start)), e.message())).collect();
    lines.sort_by_key(|(line, _)| *line);
    let mut out = Vec::new();
    let mut last: Option<usize> = None;
    for (line, message) in lines {
        let echo = last.zip(line).is_some_and(|(last, line)| (last..=last + ECHO).contains(&line));
        last = line.or(last);
        if !echo {
            let what = format!("TOML 语法有误，请检查引号、逗号和括号 / not TOML, look at quotes, commas and brackets: {message}");
            out.push(TemplateProblem { file: file.to_owned(), line, what });
        }
    }
    out
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
                let typed = key.get_ref();
                let hint = hint(nearest(typed, self.taken.iter().copied()));
                problems.add(key.span().start, format!("不认识的设置“{typed}” / unknown setting “{typed}”{hint}"));
            }
        }
    }
}

/// The known word that was probably meant: at most two slips away, one in words of up to three letters.
pub(in crate::document) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let slips = if typed.chars().count() <= 3 { 1 } else { 2 };
    let near = known.into_iter().map(|k| (distance(typed, k), k)).filter(|(d, _)| *d <= slips);
    near.min_by_key(|(d, _)| *d).map(|(_, k)| k)
}

/// A hint at the end of a problem.
pub(in crate::document) fn hint(meant: Option<&str>) -> String {
    meant.map(|m| format!("（是否“{m}”？ / did you mean “{m}”?）")).unwrap_or_default()
}

/// How many letters must be changed, added, dropped or swapped with their neighbours (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().take(64).collect(), b.to_lowercase().chars().take(64).collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows.last().and_then(|r| r.last()).copied().unwrap_or(0)
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
