//! What a form of a kind must say before it is sent in: the one place that knows the kinds apart.

use crate::domain::identity::IdentityDocument;
use crate::domain::proofing::{CaseKind, Enrolment, Place, RealName, School, Slip, Typed};
use crate::domain::time::Instant;
use crate::registry::Case;

/// A form that is right.
pub struct Checked {
    /// In its one spelling.
    pub typed: Typed,
    /// The document that it names.
    pub document: Option<IdentityDocument>,
}

/// Asks every field and picture at once.
pub fn check(case: &Case, school: Option<School>, now: Instant) -> Result<Checked, Vec<(Place, Slip)>> {
    let read = match case.kind {
        CaseKind::RealName => RealName::parse(&case.typed).map(|form| Checked { typed: form.typed(), document: Some(form.document) }),
        CaseKind::Enrolment => {
            Enrolment::parse(&case.typed, school, now.beijing_date()).map(|form| Checked { typed: form.typed(), document: None })
        }
    };
    let missing = case.kind.slots().iter().filter(|slot| case.picture(**slot).is_none());
    let missing: Vec<(Place, Slip)> = missing.map(|slot| (Place::Slot(*slot), Slip::NoPicture)).collect();
    match read {
        Ok(checked) if missing.is_empty() => Ok(checked),
        read => Err(read.err().unwrap_or_default().into_iter().chain(missing).collect()),
    }
}
