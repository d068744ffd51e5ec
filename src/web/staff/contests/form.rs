//! A contest is made or changed, until its list is published.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use crate::domain::contest_form::{Field, Typed};
use crate::domain::issuer::Slug;
use crate::domain::programme::{Contest, Programme};
use crate::registry::{ContestError, RegistryError};
use crate::service::ServiceError;
use crate::service::access::{ContestMandate, Issuer};
use crate::service::contest_desk::{Obstacle, example};
use crate::service::contests::SaveError;
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::router::Site;
use crate::web::session::{As, Gate, Sent, Signed};

use super::super::Desk;
use super::{SECTION, desk, failed, printed, slug, to};

/// The path of the form of a new contest; so no contest has this id.
const NEW: &str = "new";

/// One that can be chosen.
struct Choice {
    value: String,
    label: String,
}

#[derive(Template)]
#[template(path = "staff/contest_form.html")]
struct Page<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    /// The contest that is changed; none for a new one.
    id: Option<&'a str>,
    typed: &'a Typed,
    slips: &'a [(Field, Message)],
    /// What stands in the way of any change.
    refused: Option<&'a Message>,
    issuers: &'a [Choice],
    templates: &'a [Choice],
    example: &'a str,
}

impl Page<'_> {
    fn slip(&self, code: &str) -> Option<&Message> {
        self.slips.iter().find(|(field, _)| field.code() == code).map(|(_, message)| message)
    }
}

/// The form as it was sent.
#[derive(Deserialize)]
pub struct Filled {
    token: String,
    #[serde(flatten)]
    typed: Typed,
}

impl Signed for Filled {
    fn token(&self) -> &str {
        &self.token
    }
}

/// What the form shows again.
#[derive(Default)]
struct Again {
    slips: Vec<(Field, Message)>,
    refused: Option<Message>,
}

fn show(site: &Site, frame: Frame, issuer: &Issuer, id: Option<&Slug>, typed: &Typed, again: &Again) -> Response {
    let service = &site.service;
    let issuers: Vec<Choice> = service.config().issuers.iter().map(|i| Choice { value: i.id.to_string(), label: i.name.clone() }).collect();
    let templates: Vec<Choice> =
        service.template_names().into_iter().map(|name| Choice { value: name.to_string(), label: name.to_string() }).collect();
    let number = typed.parse().ok().and_then(|p| example(&p, &p.contest()?.timeline)).map(|n| n.to_string()).unwrap_or_default();
    let page = Page {
        frame: &frame.at("account"),
        desk: &desk(issuer),
        token: &service.form_token(issuer.visitor()),
        id: id.map(Slug::as_str),
        typed,
        slips: &again.slips,
        refused: again.refused.as_ref(),
        issuers: &issuers,
        templates: &templates,
        example: &number,
    };
    printed(&page, again.refused.is_some() || !again.slips.is_empty())
}

/// GET /staff/contests/new
pub async fn new(State(site): State<Site>, As(issuer): As<Issuer>, frame: Frame) -> Response {
    let typed = Typed { template: "award".into(), pattern: "AW{series:2}{year}{seq:5}".into(), series: "1".into(), ..Typed::default() };
    show(&site, frame, &issuer, None, &typed, &Again::default())
}

/// What a save was refused for, at its field if it has one.
fn refusal(error: SaveError) -> Result<Again, Failure> {
    let message = Message::of(&error);
    let at = |field| Ok(Again { slips: vec![(field, message.clone())], refused: None });
    match error {
        SaveError::Issuer { .. } => at(Field::Issuer),
        SaveError::Template(_) => at(Field::Template),
        SaveError::Exists(_) | SaveError::Taken(_) | SaveError::NoContest(_) => at(Field::Id),
        SaveError::Numbers { .. } => at(Field::Pattern),
        SaveError::Service(ServiceError::Registry(RegistryError::Contest(ContestError::ListFixed(_)))) => {
            Ok(Again { slips: Vec::new(), refused: Some(message) })
        }
        SaveError::Service(error) => Err(failed(&error)),
    }
}

fn slips(typed: &Typed) -> Result<Programme, Again> {
    let told = |slips: Vec<_>| Again { slips: slips.into_iter().map(|(field, slip)| (field, Message::of(&slip))).collect(), refused: None };
    typed.parse().map_err(told)
}

/// POST /staff/contests/new
pub async fn add(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Issuer, Filled>) -> Result<Response, Gate> {
    let (issuer, typed) = (&sent.who, &sent.form.typed);
    let programme = match slips(typed) {
        Ok(programme) => programme,
        Err(again) => return Ok(show(&site, frame, issuer, None, typed, &again)),
    };
    if programme.id.as_str() == NEW {
        let again = Again { slips: vec![(Field::Id, Message::new("请换一个标识", "Choose another id"))], refused: None };
        return Ok(show(&site, frame, issuer, None, typed, &again));
    }
    match site.service.add_contest(&programme, &ContestMandate::of(issuer), now).await {
        Ok(()) => Ok(to(&format!("{SECTION}/{}", programme.id))),
        Err(error) => Ok(show(&site, frame, issuer, None, typed, &refusal(error)?)),
    }
}

/// The contest that a form changes, with what stands in the way.
async fn changed(site: &Site, issuer: &Issuer, id: &Slug) -> Result<(Programme, Contest, Option<Message>), Failure> {
    let found = site.service.editable_contest(&ContestMandate::of(issuer), id).await.map_err(|e| failed(&e))?;
    let (programme, contest, state) = found.ok_or_else(|| Failure::page(ProblemKind::NotFound))?;
    Ok((programme, contest, state.is_fixed().then(|| Message::of(&Obstacle::Fixed))))
}

/// GET /staff/contests/{contest}/edit
pub async fn edit(State(site): State<Site>, As(issuer): As<Issuer>, frame: Frame, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = slug(&id)?;
    let (programme, contest, refused) = changed(&site, &issuer, &id).await?;
    let again = Again { slips: Vec::new(), refused };
    let mut response = show(&site, frame, &issuer, Some(&id), &Typed::of(&programme, &contest), &again);
    // Nothing was sent that could be wrong.
    *response.status_mut() = axum::http::StatusCode::OK;
    Ok(response)
}

/// POST /staff/contests/{contest}/edit: the id stays.
pub async fn save(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Issuer, Filled>,
) -> Result<Response, Gate> {
    let (issuer, id) = (&sent.who, slug(&id)?);
    let typed = Typed { id: id.to_string(), ..sent.form.typed.clone() };
    let (_, _, refused) = changed(&site, issuer, &id).await?;
    if refused.is_some() {
        return Ok(show(&site, frame, issuer, Some(&id), &typed, &Again { slips: Vec::new(), refused }));
    }
    let programme = match slips(&typed) {
        Ok(programme) => programme,
        Err(again) => return Ok(show(&site, frame, issuer, Some(&id), &typed, &again)),
    };
    match site.service.save_contest(&programme, &ContestMandate::of(issuer), now).await {
        Ok(()) => Ok(to(&format!("{SECTION}/{id}"))),
        Err(error) => Ok(show(&site, frame, issuer, Some(&id), &typed, &refusal(error)?)),
    }
}
