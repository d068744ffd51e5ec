//! Dates are moved later, once the list is published.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use crate::domain::contest_form::{Edge, read_instant, write_instant};
use crate::domain::postponement::{MoveReason, Postponement};
use crate::domain::programme::Timeline;
use crate::domain::time::Instant;
use crate::registry::{ContestError, RegistryError};
use crate::service::ServiceError;
use crate::service::access::{ContestMandate, Issuer};
use crate::service::contest_desk::{ContestAct, ContestOverview};
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::Failure;
use crate::web::language::Frame;
use crate::web::router::Site;
use crate::web::session::{As, Gate, Sent, Signed};

use super::super::Desk;
use super::{SECTION, desk, known, not_allowed, printed, to};

/// A date of the form.
struct DateField {
    code: &'static str,
    name: Message,
    now: String,
    typed: String,
    slip: Option<Message>,
}

#[derive(Template)]
#[template(path = "staff/contest_dates.html")]
struct Page<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    id: &'a str,
    name_zh: &'a str,
    name_en: &'a str,
    fields: &'a [DateField],
    reason: &'a str,
    reason_slip: Option<&'a Message>,
    waits: Option<&'a Message>,
    wrong: Option<&'a Message>,
}

/// The form as it was sent.
#[derive(Deserialize)]
pub struct Moved {
    token: String,
    #[serde(default)]
    registration: String,
    #[serde(default)]
    release: String,
    #[serde(default)]
    claims: String,
    #[serde(default)]
    reason: String,
}

impl Signed for Moved {
    fn token(&self) -> &str {
        &self.token
    }
}

/// What was typed, and what was wrong with it.
struct Again {
    fields: Vec<DateField>,
    reason: String,
    reason_slip: Option<Message>,
    wrong: Option<Message>,
}

fn fields(timeline: &Timeline, typed: Option<[&str; 3]>) -> Vec<DateField> {
    let all = [
        ("registration", ("注册认证截止", "Registration ends"), timeline.registration_deadline, Edge::End),
        ("release", ("获奖证书发布", "Award certificates from"), timeline.release, Edge::Start),
        ("claims", ("能力证书申领截止", "Claims end"), timeline.claim_deadline, Edge::End),
    ];
    let mut typed = typed.into_iter().flatten();
    all.into_iter()
        .map(|(code, name, at, edge)| {
            let now = write_instant(at, edge);
            let typed = typed.next().map_or_else(|| now.clone(), str::to_owned);
            let slip = read_instant(&typed, edge).err().map(|error| Message::of(&error));
            DateField { code, name: Message::new(name.0, name.1), now, typed, slip }
        })
        .collect()
}

fn show(site: &Site, frame: Frame, issuer: &Issuer, overview: &ContestOverview, again: &Again, now: Instant) -> Response {
    let waits = overview.may(ContestAct::Move, now).err().map(|obstacle| Message::of(&obstacle));
    let programme = &overview.record.programme;
    let wrong = again.wrong.is_some() || again.reason_slip.is_some() || again.fields.iter().any(|field| field.slip.is_some());
    let page = Page {
        frame: &frame.at("account"),
        desk: &desk(issuer),
        token: &site.service.form_token(issuer.visitor()),
        id: programme.id.as_str(),
        name_zh: &programme.name,
        name_en: &programme.name_en,
        fields: &again.fields,
        reason: &again.reason,
        reason_slip: again.reason_slip.as_ref(),
        waits: waits.as_ref(),
        wrong: again.wrong.as_ref(),
    };
    printed(&page, wrong)
}

/// GET /staff/contests/{contest}/dates
pub async fn form(
    State(site): State<Site>,
    Now(now): Now,
    As(issuer): As<Issuer>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let overview = known(&site, &issuer, &id, now).await?;
    let again = Again { fields: fields(&overview.record.timeline, None), reason: String::new(), reason_slip: None, wrong: None };
    Ok(show(&site, frame, &issuer, &overview, &again, now))
}

/// POST /staff/contests/{contest}/dates
pub async fn move_later(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Issuer, Moved>,
) -> Result<Response, Gate> {
    let overview = known(&site, &sent.who, &id, now).await?;
    let Moved { registration, release, claims, reason, .. } = &sent.form;
    let mut again = Again {
        fields: fields(&overview.record.timeline, Some([registration, release, claims])),
        reason: reason.clone(),
        reason_slip: None,
        wrong: None,
    };
    let parsed = MoveReason::parse(reason).map_err(|error| again.reason_slip = Some(Message::of(&error)));
    let read = (read_instant(registration, Edge::End), read_instant(release, Edge::Start), read_instant(claims, Edge::End));
    let ((Ok(registration_deadline), Ok(release), Ok(claim_deadline)), Ok(reason)) = (read, parsed) else {
        return Ok(show(&site, frame, &sent.who, &overview, &again, now));
    };
    let moved = Postponement { registration_deadline, release, claim_deadline };
    let contest = &overview.record.programme.id;
    match site.service.postpone(contest, &moved, &reason, &ContestMandate::of(&sent.who), now).await {
        Ok(_) => Ok(to(&format!("{SECTION}/{contest}"))),
        Err(ServiceError::Registry(RegistryError::Contest(ContestError::Dates { source, .. }))) => {
            again.wrong = Some(Message::of(&source));
            Ok(show(&site, frame, &sent.who, &overview, &again, now))
        }
        Err(error) => {
            again.wrong = Some(not_allowed(&error)?);
            Ok(show(&site, frame, &sent.who, &overview, &again, now))
        }
    }
}
