//! The form of a backup: what its texts say, and how they are read. `docs/operator.md` describes it for people.
//!
//! ```text
//! manifest.json        what it is a copy of: counts, tables with columns, the end of the audit trail
//! manifest.sha256      its digest
//! SHA256SUMS           the digest of every other file, as sha256sum writes it
//! tables/NAME.jsonl    a row a line: an array of integers, texts, nulls, and bytes as base64
//! vault/..             the sealed files as they are
//! config/..            yinxin.toml and the files that it names
//! keys/..              the public keys; the private ones if that was asked for
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::digest::Digest;
use crate::registry::{Cell, CellKind, Table};

/// The name of the form; another one is not read.
pub const FORM: &str = "yinxin-backup/1";
pub const MANIFEST: &str = "manifest.json";
pub const MANIFEST_DIGEST: &str = "manifest.sha256";
pub const SUMS: &str = "SHA256SUMS";

/// What a backup is a copy of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORM`].
    pub form: String,
    /// The version of the program that made it.
    pub program: String,
    /// When, in Beijing's time (RFC 3339).
    pub made_at: String,
    /// Where the public reaches the service.
    pub public_url: String,
    /// The version of the tables.
    pub schema: i64,
    /// A keyed hash of nothing: who has the key of the personal data can tell that it is the one that belongs to these records.
    pub data_key: String,
    /// The end of the audit trail.
    pub trail: Trail,
    /// Every table.
    pub tables: Vec<TableForm>,
    /// The vault.
    pub vault: VaultForm,
    /// Which keys are in it.
    pub keys: KeysForm,
    /// The other digests.
    pub sums: SumsForm,
}

/// The end of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trail {
    /// The last entry's number.
    pub last: i64,
    /// Its digest, which binds all before it.
    pub digest: String,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableForm {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Its columns in order, each with what it holds.
    pub columns: Vec<(String, ColumnForm)>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnForm {
    /// A whole number.
    Integer,
    /// A text.
    Text,
    /// Bytes, as base64 (RFC 4648, 4).
    Bytes,
}

/// The vault's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultForm {
    /// Files.
    pub files: u64,
    /// Their bytes, as they are sealed.
    pub bytes: u64,
    /// Files that were deleted, by retention, between the first look at the vault and the copying.
    pub deleted_meanwhile: Vec<String>,
}

/// Which keys a backup has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeysForm {
    /// What everybody may have.
    Public,
    /// The private ones too: whoever has this backup can sign.
    All,
}

/// Of [`SUMS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SumsForm {
    /// How many files it lists.
    pub files: u64,
    /// Its own digest.
    pub digest: String,
}

impl From<CellKind> for ColumnForm {
    fn from(kind: CellKind) -> Self {
        match kind {
            CellKind::Integer => Self::Integer,
            CellKind::Text => Self::Text,
            CellKind::Bytes => Self::Bytes,
        }
    }
}

impl TableForm {
    /// A table of the catalogue with so many rows.
    pub fn of(table: &Table, rows: u64) -> Self {
        let columns = table.columns.iter().map(|(name, kind)| (name.clone(), ColumnForm::from(*kind))).collect();
        Self { name: table.name.clone(), rows, columns }
    }

    /// The path of its file in the backup.
    pub fn path(&self) -> String {
        format!("tables/{}.jsonl", self.name)
    }

    /// Whether the name is one that a table here can have: it becomes the name of a file.
    pub fn is_named_well(&self) -> bool {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        !self.name.is_empty() && self.name.len() <= 63 && self.name.bytes().all(plain)
    }

    /// Whether a table of a database has exactly these columns.
    pub fn is_of(&self, table: &Table) -> bool {
        *self == Self::of(table, self.rows)
    }
}

/// Why a line is no row of its table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowProblem {
    /// Not an array in JSON.
    #[error("不是 JSON 数组 / not an array in JSON: {0}")]
    Json(String),
    /// Not as many values as columns.
    #[error("应有 {expected} 个值，实有 {found} 个 / so many values are wanted, so many are there")]
    Width {
        /// Columns of the table.
        expected: usize,
        /// Values of the line.
        found: usize,
    },
    /// A value that its column cannot have.
    #[error("列 {0} 的值类型不符 / the column cannot hold this value")]
    Value(String),
}

/// The line of a row, without its end.
pub fn write_row(cells: &[Cell]) -> String {
    let value = |cell: &Cell| match cell {
        Cell::Null => Value::Null,
        Cell::Integer(number) => Value::from(*number),
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Bytes(bytes) => Value::from(STANDARD.encode(bytes)),
    };
    Value::Array(cells.iter().map(value).collect()).to_string()
}

/// Reads the line of a row.
///
/// # Errors
/// [`RowProblem`].
pub fn read_row(columns: &[(String, ColumnForm)], line: &str) -> Result<Vec<Cell>, RowProblem> {
    let values: Vec<Value> = serde_json::from_str(line).map_err(|e| RowProblem::Json(e.to_string()))?;
    if values.len() != columns.len() {
        return Err(RowProblem::Width { expected: columns.len(), found: values.len() });
    }
    let cell = |(value, (name, form)): (Value, &(String, ColumnForm))| {
        let read = match (value, form) {
            (Value::Null, _) => Some(Cell::Null),
            (Value::Number(number), ColumnForm::Integer) => number.as_i64().map(Cell::Integer),
            (Value::String(text), ColumnForm::Text) => Some(Cell::Text(text)),
            (Value::String(text), ColumnForm::Bytes) => STANDARD.decode(text).ok().map(Cell::Bytes),
            _ => None,
        };
        read.ok_or_else(|| RowProblem::Value(name.clone()))
    };
    values.into_iter().zip(columns).map(cell).collect()
}

/// The text of [`SUMS`].
pub fn write_sums(sums: &BTreeMap<String, Digest>) -> String {
    sums.iter().fold(String::new(), |mut text, (path, digest)| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{digest}  {path}");
        text
    })
}

/// Reads the text of [`SUMS`]; answers the number of the first line that is none.
///
/// # Errors
/// The line, counted from 1: no digest and path, a path that leads out of the folder, or one that was there before.
pub fn read_sums(text: &str) -> Result<BTreeMap<String, Digest>, usize> {
    let mut sums = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let read = line.split_once("  ").and_then(|(digest, path)| Some((digest.parse::<Digest>().ok()?, path)));
        let (digest, path) = read.filter(|(_, path)| is_inside(path)).ok_or(at + 1)?;
        if sums.insert(path.to_owned(), digest).is_some() {
            return Err(at + 1);
        }
    }
    Ok(sums)
}

/// Whether a path stays in the folder that it is read from, and is no file of the form itself.
pub fn is_inside(path: &str) -> bool {
    let tops = ["tables/", "vault/", "config/", "keys/"];
    tops.iter().any(|top| path.starts_with(top))
        && !path.contains(['\\', '\n', '\r', '\0'])
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn columns() -> Vec<(String, ColumnForm)> {
        [("n", ColumnForm::Integer), ("t", ColumnForm::Text), ("b", ColumnForm::Bytes)].map(|(n, f)| (n.to_owned(), f)).to_vec()
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let row = vec![Cell::Integer(i64::MIN), Cell::Text("换\n行 \u{2028} \"引号\" 𬭎".into()), Cell::Bytes(vec![0, 255, 10])];
        let line = write_row(&row);
        assert!(!line.contains('\n'), "a row is one line");
        assert_eq!(read_row(&columns(), &line), Ok(row));
        let nothing = vec![Cell::Null, Cell::Null, Cell::Null];
        assert_eq!(read_row(&columns(), &write_row(&nothing)), Ok(nothing));
    }

    #[test]
    fn what_is_no_row_is_refused_with_its_column() {
        let problem = |line: &str| read_row(&columns(), line).unwrap_err();
        assert!(matches!(problem(""), RowProblem::Json(_)));
        assert!(matches!(problem("{}"), RowProblem::Json(_)));
        assert!(matches!(problem(r#"[1,"a","AA==""#), RowProblem::Json(_)));
        assert_eq!(problem("[1]"), RowProblem::Width { expected: 3, found: 1 });
        assert_eq!(problem("[1.5,null,null]"), RowProblem::Value("n".into()));
        assert_eq!(problem("[9223372036854775808,null,null]"), RowProblem::Value("n".into()));
        assert_eq!(problem("[1,2,null]"), RowProblem::Value("t".into()));
        assert_eq!(problem(r#"[1,"a","A"]"#), RowProblem::Value("b".into()));
        assert_eq!(problem(r#"[1,"a","AB=="]"#), RowProblem::Value("b".into()), "not the one spelling of its byte");
    }

    #[test]
    fn digests_are_listed_once_and_inside() {
        let sums = BTreeMap::from([("config/学校 名单.txt".to_owned(), Digest::of(b"a")), ("tables/a.jsonl".to_owned(), Digest::of(b"b"))]);
        assert_eq!(read_sums(&write_sums(&sums)), Ok(sums));
        let digest = Digest::of(b"");
        for bad in ["tables/../../x", "/etc/passwd", "tables//a", "tables/.", "manifest.json", "other/a", "tables\\a", "vault/a\0"] {
            assert_eq!(read_sums(&format!("{digest}  tables/a\n{digest}  {bad}\n")), Err(2), "{bad}");
        }
        assert_eq!(read_sums(&format!("{digest}  tables/a\n{digest}  tables/a\n")), Err(2));
        assert_eq!(read_sums(&format!("{digest} tables/a\n")), Err(1));
        assert_eq!(read_sums("00  tables/a\n"), Err(1));
    }

    proptest! {
        #[test]
        fn any_row_comes_back(n in any::<Option<i64>>(), t in any::<Option<String>>(), b in any::<Option<Vec<u8>>>()) {
            let row = vec![n.map_or(Cell::Null, Cell::Integer), t.map_or(Cell::Null, Cell::Text), b.map_or(Cell::Null, Cell::Bytes)];
            let line = write_row(&row);
            prop_assert!(!line.contains(['\n', '\r']));
            prop_assert_eq!(read_row(&columns(), &line), Ok(row));
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let _ = read_row(&columns(), &text);
            if let Ok(sums) = read_sums(&text) {
                prop_assert!(sums.keys().all(|path| is_inside(path)));
            }
        }
    }
}
