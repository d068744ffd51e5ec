//! What the answer on a file says besides its verdict: why, and field by field beside the record.

use serde::Serialize;
use utoipa::ToSchema;

use crate::service::answers::QrAnswer;
use crate::service::compare::{Comparison, FieldLine};
use crate::service::file_reason::FileReason;

use super::view::Day;

/// Why a file is not genuine, or what there is to say of a picture. The codes are those of [`FileReason`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReasonView {
    pub code: &'static str,
    pub title_zh: &'static str,
    pub title_en: &'static str,
    /// What to do next.
    pub advice_zh: &'static str,
    pub advice_en: &'static str,
}

impl From<FileReason> for ReasonView {
    fn from(reason: FileReason) -> Self {
        let words = reason.words();
        Self { code: reason.code(), title_zh: words.zh, title_en: words.en, advice_zh: words.next_zh, advice_en: words.next_en }
    }
}

/// Whether file and record agree in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonView {
    /// They are the same.
    Same,
    /// They differ.
    Differs,
    /// The file does not show what the record says.
    NotFound,
}

/// A field of the file beside that of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldView {
    /// `number`, `kind`, `holder`, `school`, `document`, `level`, `title`, `role`, `subject`, `work`, `team`, `instructors`, `programme`,
    /// `organisers`, `issuer`, `issued_on`, `verify_at`.
    pub field: &'static str,
    pub name_zh: &'static str,
    pub name_en: &'static str,
    /// What the file states; null where nothing was found.
    pub in_file: Option<String>,
    /// What the record says; masked or null where it is not told to those who do not have it.
    pub in_record: Option<String>,
    pub comparison: ComparisonView,
}

impl From<FieldLine> for FieldView {
    fn from(line: FieldLine) -> Self {
        Self {
            field: line.field.code(),
            name_zh: line.field.zh(),
            name_en: line.field.en(),
            in_file: line.in_file,
            in_record: line.in_record,
            comparison: match line.comparison {
                Comparison::Same => ComparisonView::Same,
                Comparison::Differs => ComparisonView::Differs,
                Comparison::NotFound => ComparisonView::NotFound,
            },
        }
    }
}

/// The QR code in a file's picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum CodeView {
    /// Its proof holds: an issuer signed these facts, for whatever page they were printed on.
    Proven {
        number: String,
        kind_zh: &'static str,
        kind_en: &'static str,
        holder: String,
        achievement: String,
        programme: String,
        issued_on: Day,
        issuer: String,
    },
    /// It proves nothing.
    Forged { reason_zh: String, reason_en: String },
}

impl From<QrAnswer> for CodeView {
    fn from(answer: QrAnswer) -> Self {
        match answer {
            QrAnswer::Proven { facts, issuer_name, .. } => Self::Proven {
                number: facts.number.to_string(),
                kind_zh: facts.kind.zh(),
                kind_en: facts.kind.en(),
                holder: facts.holder.to_string(),
                achievement: facts.achievement,
                programme: facts.programme,
                issued_on: Day(facts.issued_on),
                issuer: issuer_name,
            },
            QrAnswer::Forged { reason_zh, reason_en } => Self::Forged { reason_zh, reason_en },
        }
    }
}
