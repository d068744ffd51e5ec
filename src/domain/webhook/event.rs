//! What a notice tells.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Value, json};

use crate::domain::claim::{ClaimEvent, ClaimId, ClaimState};
use crate::domain::issuer::Slug;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// A certificate is complete; the public sees it from its release on.
    CertificateIssued,
    /// It was taken back.
    CertificateRevoked,
    /// It was replaced by another.
    CertificateCorrected,
    /// A claim came.
    ClaimSubmitted,
    /// It was paid for, or costs nothing.
    ClaimPaid,
    /// What paid it went back without being asked for.
    ClaimUnpaid,
    /// Everything is there: the centre decides.
    ClaimInReview,
    /// It was sent back.
    ClaimReturned,
    /// It was approved.
    ClaimApproved,
    /// Its certificate is complete.
    ClaimIssued,
    /// It was refused.
    ClaimRefused,
    /// Its holder took it back, or nobody paid for it in time.
    ClaimWithdrawn,
}

impl EventKind {
    /// Every kind, in the order of the form.
    pub const ALL: [Self; 12] = [
        Self::CertificateIssued,
        Self::CertificateRevoked,
        Self::CertificateCorrected,
        Self::ClaimSubmitted,
        Self::ClaimPaid,
        Self::ClaimUnpaid,
        Self::ClaimInReview,
        Self::ClaimReturned,
        Self::ClaimApproved,
        Self::ClaimIssued,
        Self::ClaimRefused,
        Self::ClaimWithdrawn,
    ];

    /// The name in notices.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CertificateIssued => "certificate.issued",
            Self::CertificateRevoked => "certificate.revoked",
            Self::CertificateCorrected => "certificate.corrected",
            Self::ClaimSubmitted => "claim.submitted",
            Self::ClaimPaid => "claim.paid",
            Self::ClaimUnpaid => "claim.unpaid",
            Self::ClaimInReview => "claim.in_review",
            Self::ClaimReturned => "claim.returned",
            Self::ClaimApproved => "claim.approved",
            Self::ClaimIssued => "claim.issued",
            Self::ClaimRefused => "claim.refused",
            Self::ClaimWithdrawn => "claim.withdrawn",
        }
    }

    /// The inverse of [`EventKind::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// As people read it: Chinese and English.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::CertificateIssued => ("证书已签发", "Certificate issued"),
            Self::CertificateRevoked => ("证书已吊销", "Certificate revoked"),
            Self::CertificateCorrected => ("证书已更正换发", "Certificate corrected"),
            Self::ClaimSubmitted => ("申领已提交", "Claim submitted"),
            Self::ClaimPaid => ("申领已缴费", "Claim paid"),
            Self::ClaimUnpaid => ("申领的缴费被退回", "Claim’s fee paid back"),
            Self::ClaimInReview => ("申领进入审核", "Claim in review"),
            Self::ClaimReturned => ("申领已退回", "Claim sent back"),
            Self::ClaimApproved => ("申领已通过", "Claim approved"),
            Self::ClaimIssued => ("申领已发证", "Claim’s certificate issued"),
            Self::ClaimRefused => ("申领未通过", "Claim refused"),
            Self::ClaimWithdrawn => ("申领已撤回", "Claim withdrawn"),
        }
    }

    /// What a move of a claim tells: nothing of a submission that only waits for its payment again.
    #[must_use]
    pub fn of_claim(event: Option<ClaimEvent>, after: ClaimState) -> Vec<Self> {
        let mut told = Vec::new();
        match event {
            None => told.push(Self::ClaimSubmitted),
            Some(ClaimEvent::Pay { .. }) => told.push(Self::ClaimPaid),
            Some(ClaimEvent::Unpay) => told.push(Self::ClaimUnpaid),
            Some(ClaimEvent::Return) => told.push(Self::ClaimReturned),
            Some(ClaimEvent::Approve) => told.push(Self::ClaimApproved),
            Some(ClaimEvent::Issue) => told.push(Self::ClaimIssued),
            Some(ClaimEvent::Refuse) => told.push(Self::ClaimRefused),
            Some(ClaimEvent::Withdraw | ClaimEvent::Lapse) => told.push(Self::ClaimWithdrawn),
            Some(
                ClaimEvent::PlaceOrder | ClaimEvent::EndOrder | ClaimEvent::Verify | ClaimEvent::Unverify | ClaimEvent::Resubmit { .. },
            ) => {}
        }
        if after == ClaimState::InReview {
            told.push(Self::ClaimInReview);
        }
        told
    }
}

/// The kinds that an endpoint wants: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventKinds(BTreeSet<EventKind>);

/// No kind, or one that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("请至少选择一种事件 / choose at least one kind of event")]
pub struct EventKindsError;

impl EventKinds {
    /// # Errors
    /// [`EventKindsError`].
    pub fn parse<'a>(codes: impl IntoIterator<Item = &'a str>) -> Result<Self, EventKindsError> {
        let kinds = codes.into_iter().map(|code| EventKind::from_code(code).ok_or(EventKindsError)).collect::<Result<BTreeSet<_>, _>>()?;
        if kinds.is_empty() { Err(EventKindsError) } else { Ok(Self(kinds)) }
    }

    /// Whether it is among them.
    #[must_use]
    pub fn has(&self, kind: EventKind) -> bool {
        self.0.contains(&kind)
    }

    /// Each, in the order of the form.
    pub fn iter(&self) -> impl Iterator<Item = EventKind> + '_ {
        self.0.iter().copied()
    }
}

impl fmt::Display for EventKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iter().map(EventKind::code).collect::<Vec<_>>().join(" "))
    }
}

/// The name of a notice, the same however often it is sent: `evt_` and 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(String);

/// Not the id of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("不是事件标识 / not the id of an event")]
pub struct EventIdError;

impl EventId {
    /// # Errors
    /// [`EventIdError`].
    pub fn parse(text: &str) -> Result<Self, EventIdError> {
        let digits = text.strip_prefix("evt_").ok_or(EventIdError)?;
        let right = digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if right { Ok(Self(text.to_owned())) } else { Err(EventIdError) }
    }

    /// The id that is made of random bytes: of a test, which nothing stands behind.
    #[must_use]
    pub fn of_random(bytes: [u8; 16]) -> Self {
        Self("evt_".to_owned() + &crate::domain::digest::hexadecimal(&bytes))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A certificate as a notice tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFact {
    /// Its number.
    pub number: CertificateNumber,
    /// Whose it is to issue.
    pub issuer: Slug,
    /// Of which programme.
    pub programme: Slug,
    /// Its date.
    pub issued_on: jiff::civil::Date,
    /// From when on the public sees it.
    pub release: Instant,
    /// The one that it replaces.
    pub replaces: Option<CertificateNumber>,
    /// The one that replaces it.
    pub successor: Option<CertificateNumber>,
}

/// A claim as a notice tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimFact {
    /// Its number.
    pub claim: ClaimId,
    /// Whose certificate is claimed.
    pub issuer: Slug,
    /// What is claimed.
    pub offer: Slug,
    /// Its state now.
    pub state: ClaimState,
    /// The number of its certificate, once it is issued.
    pub certificate: Option<CertificateNumber>,
}

/// A notice before it has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The name of its kind.
    pub kind: &'static str,
    /// To whose systems it goes.
    pub issuer: Slug,
    /// What it is about.
    pub subject: String,
    /// When it happened.
    pub at: Instant,
    /// JSON as it is sent: the specification's `type`, `timestamp`, `data`.
    pub body: String,
}

impl Event {
    /// What happened to a certificate.
    #[must_use]
    pub fn of_certificate(kind: EventKind, fact: &CertificateFact, at: Instant) -> Self {
        let state = match kind {
            EventKind::CertificateRevoked => "revoked",
            EventKind::CertificateCorrected => "corrected",
            _ => "valid",
        };
        let mut data = json!({
            "number": fact.number.as_str(), "issuer": fact.issuer.as_str(), "programme": fact.programme.as_str(), "state": state,
            "issued_on": fact.issued_on.to_string(), "public_from": fact.release.rfc3339_beijing(),
        });
        for (name, number) in [("replaces", &fact.replaces), ("successor", &fact.successor)] {
            if let Some(number) = number {
                data[name] = number.as_str().into();
            }
        }
        Self::new(kind.code(), &fact.issuer, fact.number.to_string(), at, &data)
    }

    /// What happened to a claim.
    #[must_use]
    pub fn of_claim(kind: EventKind, fact: &ClaimFact, at: Instant) -> Self {
        let mut data = json!({
            "claim": fact.claim.0, "issuer": fact.issuer.as_str(), "offer": fact.offer.as_str(), "state": fact.state.code(),
        });
        if let Some(number) = &fact.certificate {
            data["certificate_number"] = number.as_str().into();
        }
        Self::new(kind.code(), &fact.issuer, fact.claim.to_string(), at, &data)
    }

    /// A test, which nothing stands behind.
    #[must_use]
    pub fn test(issuer: &Slug, endpoint: &super::EndpointId, at: Instant) -> Self {
        let data = json!({ "issuer": issuer.as_str(), "endpoint": endpoint.as_str() });
        Self::new("endpoint.test", issuer, endpoint.to_string(), at, &data)
    }

    fn new(kind: &'static str, issuer: &Slug, subject: String, at: Instant, data: &Value) -> Self {
        let body = json!({ "type": kind, "timestamp": at.rfc3339_beijing(), "data": data }).to_string();
        Self { kind, issuer: issuer.clone(), subject, at, body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_move_of_a_claim_tells_what_it_is() {
        let told = |event, after| EventKind::of_claim(event, after).into_iter().map(EventKind::code).collect::<Vec<_>>();
        assert_eq!(told(None, ClaimState::Submitted), ["claim.submitted"]);
        assert_eq!(told(Some(ClaimEvent::Pay { verified: true }), ClaimState::InReview), ["claim.paid", "claim.in_review"]);
        assert_eq!(told(Some(ClaimEvent::Pay { verified: false }), ClaimState::AwaitingVerification), ["claim.paid"]);
        assert_eq!(told(Some(ClaimEvent::Verify), ClaimState::InReview), ["claim.in_review"]);
        assert_eq!(told(Some(ClaimEvent::Lapse), ClaimState::Withdrawn), ["claim.withdrawn"]);
        assert!(told(Some(ClaimEvent::PlaceOrder), ClaimState::AwaitingPayment).is_empty());
    }

    #[test]
    fn kinds_are_named_once_and_read_back() {
        assert!(EventKind::ALL.into_iter().all(|kind| EventKind::from_code(kind.code()) == Some(kind)));
        let kinds = EventKinds::parse(["claim.issued", "certificate.issued", "claim.issued"]).unwrap();
        assert_eq!(kinds.to_string(), "certificate.issued claim.issued");
        assert_eq!(EventKinds::parse(kinds.to_string().split(' ')), Ok(kinds));
        assert_eq!(EventKinds::parse(["certificate.made"]), Err(EventKindsError));
        assert_eq!(EventKinds::parse([]), Err(EventKindsError));
    }

    #[test]
    fn a_notice_has_the_three_fields_of_the_specification() {
        let fact = ClaimFact {
            claim: ClaimId(7),
            issuer: "xinghe".parse().unwrap(),
            offer: "chain-junior".parse().unwrap(),
            state: ClaimState::Issued,
            certificate: CertificateNumber::parse_typed("GXRCPJ033202000019").ok(),
        };
        let event = Event::of_claim(EventKind::ClaimIssued, &fact, Instant::EPOCH);
        let body: Value = serde_json::from_str(&event.body).unwrap();
        assert_eq!(body["type"], "claim.issued");
        assert_eq!(body["timestamp"], "1970-01-01T08:00:00+08:00");
        assert_eq!(
            body["data"],
            json!({"claim": 7, "issuer": "xinghe", "offer": "chain-junior", "state": "issued", "certificate_number": "GXRCPJ033202000019"})
        );
    }
}
