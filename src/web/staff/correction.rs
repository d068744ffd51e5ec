//! Correcting a certificate at the desk: the right facts, what the public will read, the successor.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::domain::correction::{Correction, Edits};
use crate::domain::identity::IdentityDocument;
use crate::domain::number::CertificateNumber;
use crate::registry::RegistryError;
use crate::service::ServiceError;
use crate::service::access::Issuer;
use crate::service::correct::CorrectError;
use crate::service::desk::Mandate;
use crate::service::desk::certificates::CorrectAtDeskError;
use crate::service::issue::IssueError;
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::Failure;
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Gate, Sent, Signed};

use super::certificate::{FactView, dossier, facts, number_in};
use super::certificates::PAGE;
use super::{Desk, behind};

/// The right facts as typed, prefilled with those that the certificate states.
#[derive(Deserialize, Default)]
pub struct Typed {
    token: String,
    #[serde(default)]
    holder: String,
    #[serde(default)]
    school: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    work: String,
    #[serde(default)]
    team: String,
    #[serde(default)]
    instructors: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    identity: String,
    #[serde(default)]
    reason: String,
    /// `yes` on the page that shows what the public will read.
    #[serde(default)]
    confirmed: String,
}

impl Signed for Typed {
    fn token(&self) -> &str {
        &self.token
    }
}

impl Typed {
    fn value(&self, name: &str) -> &str {
        match name {
            "holder" => &self.holder,
            "school" => &self.school,
            "level" => &self.level,
            "role" => &self.role,
            "category" => &self.category,
            "subject" => &self.subject,
            "work" => &self.work,
            "team" => &self.team,
            "instructors" => &self.instructors,
            _ => &self.title,
        }
    }

    /// What differs from what the certificate states: what is left as it was prefilled stays.
    fn edits(&self, facts: &[FactView]) -> Result<Edits, Message> {
        let changed = |name: &str| {
            let typed = self.value(name);
            facts.iter().find(|fact| fact.name == name).filter(|fact| fact.value != typed).map(|_| typed.to_owned())
        };
        let document = match self.identity.trim() {
            "" => None,
            typed => Some(IdentityDocument::parse_any(typed).map_err(|error| Message::of(&error))?),
        };
        Ok(Edits {
            holder: changed("holder"),
            school: changed("school"),
            level: changed("level"),
            role: changed("role"),
            category: changed("category"),
            subject: changed("subject"),
            work: changed("work"),
            team: changed("team"),
            instructors: changed("instructors"),
            title: changed("title"),
            document,
            portrait: None,
        })
    }
}

/// A fact before and after.
pub struct Change {
    pub zh: &'static str,
    pub en: &'static str,
    pub before: String,
    pub after: String,
}

fn changes(before: &[FactView], correction: &Correction) -> Vec<Change> {
    let after = facts(correction.award());
    let facts = before.iter().zip(after).filter(|(before, after)| before.value != after.value);
    let mut changes: Vec<Change> =
        facts.map(|(before, after)| Change { zh: before.zh, en: before.en, before: before.value.clone(), after: after.value }).collect();
    if let Some(document) = correction.document() {
        changes.push(Change { zh: "证件", en: "Identity document", before: String::new(), after: document.masked() });
    }
    changes
}

#[derive(Template)]
#[template(path = "staff/correct.html")]
struct Correct<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    number: &'a str,
    facts: &'a [FactView],
    typed: &'a Typed,
    error: Option<&'a [Message]>,
    /// What the public will read, once it may be.
    preview: Option<&'a [Change]>,
    issues_here: bool,
}

fn show_form(
    site: &Site,
    frame: Frame,
    issuer: &Issuer,
    (number, facts): (&CertificateNumber, &[FactView]),
    typed: &Typed,
    outcome: Result<Option<Vec<Change>>, Vec<Message>>,
) -> Response {
    let page = Correct {
        frame: &frame.at("account").on(&format!("{PAGE}/{number}/correct")),
        desk: &Desk::of(issuer.visitor(), PAGE),
        token: &site.service.form_token(issuer.visitor()),
        number: number.as_str(),
        facts,
        typed,
        error: outcome.as_ref().err().map(Vec::as_slice),
        preview: outcome.as_ref().ok().and_then(|changes| changes.as_deref()),
        issues_here: site.service.issues(),
    };
    if outcome.is_err() { render_with(StatusCode::BAD_REQUEST, &page) } else { render(&page) }
}

/// GET /staff/certificates/{certificate}/correct
pub async fn form(
    State(site): State<Site>,
    Now(now): Now,
    As(issuer): As<Issuer>,
    frame: Frame,
    Path(typed): Path<String>,
) -> Result<Response, Failure> {
    let number = number_in(&typed)?;
    let facts = facts(&dossier(&site, &issuer, &number, now).await?.current.award);
    let mut typed = Typed::default();
    for fact in &facts {
        let value = fact.value.clone();
        match fact.name {
            "holder" => typed.holder = value,
            "school" => typed.school = value,
            "level" => typed.level = value,
            "role" => typed.role = value,
            "category" => typed.category = value,
            "subject" => typed.subject = value,
            "work" => typed.work = value,
            "team" => typed.team = value,
            "instructors" => typed.instructors = value,
            _ => typed.title = value,
        }
    }
    Ok(show_form(&site, frame, &issuer, (&number, &facts), &typed, Ok(None)))
}

/// POST /staff/certificates/{certificate}/correct: first what the public will read, then the successor.
pub async fn correct(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(typed): Path<String>,
    sent: Sent<Issuer, Typed>,
) -> Result<Response, Gate> {
    let number = number_in(&typed)?;
    let (issuer, form) = (&sent.who, &sent.form);
    let facts = facts(&dossier(&site, issuer, &number, now).await?.current.award);
    let mandate = Mandate::of(issuer);
    let edits = match form.edits(&facts) {
        Ok(edits) => edits,
        Err(message) => return Ok(show_form(&site, frame, issuer, (&number, &facts), form, Err(vec![message]))),
    };
    let outcome = if form.confirmed == "yes" {
        match site.service.correct_at_desk(&mandate, &number, edits, &form.reason).await {
            Ok(corrected) => return Ok(Redirect::to(&format!("{PAGE}/{}", corrected.successor)).into_response()),
            Err(error) => Err(error),
        }
    } else {
        site.service.preview_correction(&mandate, &number, &edits, &form.reason, now).await
    };
    let outcome = match outcome {
        Ok(correction) => Ok(Some(changes(&facts, &correction))),
        Err(error) => Err(slips(error)?),
    };
    Ok(show_form(&site, frame, issuer, (&number, &facts), form, outcome))
}

/// What the clerk can put right; a failure behind the scenes is another matter.
fn slips(error: CorrectAtDeskError) -> Result<Vec<Message>, Failure> {
    match error {
        CorrectAtDeskError::Correct(CorrectError::Facts(slips)) => Ok(slips.iter().map(Message::of).collect()),
        CorrectAtDeskError::Correct(CorrectError::Preflight(lines)) => Ok(lines.iter().map(Message::of).collect()),
        CorrectAtDeskError::Correct(CorrectError::Issue(IssueError::Service(ServiceError::Registry(
            error @ RegistryError::Transition { .. },
        )))) => Ok(vec![Message::of(&error)]),
        CorrectAtDeskError::Correct(CorrectError::Issue(IssueError::Service(error))) => Err(behind(error)),
        error => Ok(vec![Message::of(&error)]),
    }
}
