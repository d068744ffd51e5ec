//! What a form of a kind must say before it is sent in: the one place that knows the kinds apart.

use crate::domain::identity::IdentityDocument;
use crate::domain::proofing::{CaseKind, Enrolment, Place, RealName, School, SchoolForm, Slip, Typed};
use crate::domain::time::Instant;
use crate::registry::Case;

/// A form that is right.
pub struct Checked {
    /// In its one spelling.
    pub typed: Typed,
    /// The document that it names.
    pub document: Option<IdentityDocument>,
    /// The school that it is about, by its name.
    pub school: Option<String>,
}

/// Asks every field and picture at once.
pub fn check(case: &Case, school: Option<School>, now: Instant) -> Result<Checked, Vec<(Place, Slip)>> {
    let read = match case.kind {
        CaseKind::RealName | CaseKind::Centre => {
            RealName::parse(&case.typed).map(|form| Checked { typed: form.typed(), document: Some(form.document), school: None })
        }
        CaseKind::Enrolment => Enrolment::parse(&case.typed, school, now.beijing_date()).map(|form| Checked {
            typed: form.typed(),
            document: None,
            school: None,
        }),
        CaseKind::School => SchoolForm::parse(&case.typed, school).map(|form| Checked {
            typed: form.typed(),
            document: None,
            school: Some(form.school.name),
        }),
    };
    let missing = case.kind.missing(|slot| case.picture(slot).is_some());
    match read {
        Ok(checked) if missing.is_empty() => Ok(checked),
        read => Err(read.err().unwrap_or_default().into_iter().chain(missing).collect()),
    }
}
