//! From an award to the claims of its certificate.

use jiff::civil::Date;

use super::award::{Achievement, Award};
use super::claims::{Claims, Named};
use super::issuer::Issuer;
use super::number::CertificateNumber;
use super::programme::{Programme, ProgrammeKind};
use super::time::Instant;

/// The day that certificates made at `now` bear: that of the release if it is still to come, else today, in Beijing.
#[must_use]
pub fn issue_day(programme: &Programme, now: Instant) -> Date {
    release(programme, now).beijing_date()
}

/// The instant from which certificates made at `now` are public.
#[must_use]
pub fn release(programme: &Programme, now: Instant) -> Instant {
    match &programme.kind {
        ProgrammeKind::Contest(contest) => contest.timeline.release.max(now),
        ProgrammeKind::Ability => now,
    }
}

/// What all certificates of one run share.
#[derive(Debug, Clone, Copy)]
pub struct Issue<'a> {
    /// The day that they bear.
    pub day: Date,
    /// The public URL of the service.
    pub verify_at: &'a str,
}

/// What the certificate of `award` states.
#[must_use]
pub fn claims(award: &Award, number: CertificateNumber, issuer: &Issuer, programme: &Programme, issue: &Issue<'_>) -> Claims {
    let organisers = match &programme.kind {
        ProgrammeKind::Contest(contest) => contest.organisers.clone(),
        ProgrammeKind::Ability => Vec::new(),
    };
    Claims {
        number,
        issuer: Named { id: issuer.id.clone(), name: issuer.name.clone(), name_en: issuer.name_en.clone() },
        programme: Named { id: programme.id.clone(), name: programme.name.clone(), name_en: programme.name_en.clone() },
        short_name: programme.short_name.clone(),
        organisers,
        holder: award.holder.name.clone(),
        school: award.holder.school.clone(),
        document_masked: document_masked(award),
        achievement: award.achievement.clone(),
        portrait: award.portrait,
        issued_on: issue.day,
        verify_at: issue.verify_at.to_owned(),
        replaces: None,
    }
}

/// What the certificate that replaces `original` states: the corrected `award`, everything else as it was certified. It is `issuer` who
/// signs today, under today's name.
#[must_use]
pub fn successor(original: &Claims, award: &Award, number: CertificateNumber, issuer: &Issuer, issue: &Issue<'_>) -> Claims {
    Claims {
        number,
        issuer: Named { id: issuer.id.clone(), name: issuer.name.clone(), name_en: issuer.name_en.clone() },
        holder: award.holder.name.clone(),
        school: award.holder.school.clone(),
        document_masked: document_masked(award),
        achievement: award.achievement.clone(),
        portrait: award.portrait,
        issued_on: issue.day,
        verify_at: issue.verify_at.to_owned(),
        replaces: Some(original.number.clone()),
        ..original.clone()
    }
}

/// An ability certificate serves as proof to employers who do not know its holder: it shows the masked document number.
fn document_masked(award: &Award) -> String {
    match (&award.achievement, &award.holder.document) {
        (Achievement::Ability { .. }, Some(document)) => document.masked(),
        _ => String::new(),
    }
}
