//! The catalogue: which ability certificates are offered, for which awards, and how many of the real lists' awards that is.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};

use crate::domain::award::AbilityLevel;
use crate::domain::contest_form::{Edge, write_instant};
use crate::domain::issuer::Slug;
use crate::domain::offer::{MAX_RULES, Offer, OfferState, Rule};
use crate::domain::offer_form::{Field, Typed, TypedRule};
use crate::domain::time::Instant;
use crate::registry::{ClaimError, OfferRecord, RegistryError};
use crate::service::ServiceError;
use crate::service::access::{ContestMandate, Issuer};
use crate::service::catalogue::OfferOverview;
use crate::service::contests::SaveError;
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::routes::routes;
use crate::web::session::{As, Bare, Fields, Gate, Sent};

use super::{Desk, behind};

const SECTION: &str = "/staff/catalogue";
/// The path of the form of a new offer; so no offer has this id.
const NEW: &str = "new";

routes! {
    /// The pages of the catalogue.
    ROUTES, routes {
        get "/staff/catalogue" => list;
        get "/staff/catalogue/new" => new;
        post "/staff/catalogue/new" => add;
        get "/staff/catalogue/{offer}" => one;
        get "/staff/catalogue/{offer}/edit" => edit;
        post "/staff/catalogue/{offer}/edit" => save;
        post "/staff/catalogue/{offer}/publish" => publish;
        post "/staff/catalogue/{offer}/withdraw" => withdraw;
    }
}

/// One that can be chosen.
struct Choice {
    value: String,
    label: String,
}

/// An offer as the pages show it.
struct OfferView {
    id: String,
    name: Message,
    state: OfferState,
    class: &'static str,
    fee: String,
    issuer: String,
    template: String,
    pattern: String,
    series: u32,
    opens: String,
    closes: String,
}

impl OfferView {
    fn of(site: &Site, record: &OfferRecord) -> Self {
        let (offer, programme) = (&record.offer, &record.offer.programme);
        let issuer = site.service.config().issuers.iter().find(|issuer| issuer.id == programme.issuer);
        Self {
            id: programme.id.to_string(),
            name: Message::new(offer.zh(), offer.en()),
            state: record.state,
            class: match record.state {
                OfferState::Draft => "",
                OfferState::Published => "good",
                OfferState::Withdrawn => "corrected",
            },
            fee: offer.fee.to_string(),
            issuer: issuer.map_or_else(|| programme.issuer.to_string(), |issuer| issuer.name.clone()),
            template: programme.template.to_string(),
            pattern: programme.pattern.to_string(),
            series: programme.series,
            opens: write_instant(offer.period.start(), Edge::Start),
            closes: write_instant(offer.period.end(), Edge::End),
        }
    }
}

#[derive(Template)]
#[template(path = "staff/catalogue.html")]
struct List<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    offers: &'a [OfferView],
}

/// A rule in words, with how many awards it fits.
struct RuleView {
    contest: String,
    what: Message,
    awards: u64,
}

#[derive(Template)]
#[template(path = "staff/offer.html")]
struct One<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    offer: &'a OfferView,
    rules: &'a [RuleView],
    awards: u64,
    claims: &'a [(Message, u64)],
}

#[derive(Template)]
#[template(path = "staff/offer_form.html")]
struct Page<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    /// The offer that is changed; none for a new one.
    id: Option<&'a str>,
    /// Whether only period and rules may change.
    is_fixed: bool,
    typed: &'a Typed,
    slips: &'a [(Field, Message)],
    refused: Option<&'a Message>,
    issuers: &'a [Choice],
    templates: &'a [Choice],
    contests: &'a [Choice],
    /// The rules that were filled in, and room for more.
    rows: &'a [TypedRule],
    /// How many awards the rules fit, if they can be read.
    awards: Option<u64>,
}

impl Page<'_> {
    fn slip(&self, field: Field) -> Option<&Message> {
        self.slips.iter().find(|(at, _)| *at == field).map(|(_, message)| message)
    }

    fn rule_slip(&self, row: &usize) -> Option<&Message> {
        self.slip(Field::Rule(*row))
    }
}

/// What the form shows again.
#[derive(Default)]
struct Again {
    slips: Vec<(Field, Message)>,
    refused: Option<Message>,
}

fn desk(issuer: &Issuer) -> Desk {
    Desk::of(issuer.visitor(), SECTION)
}

fn slug(typed: &str) -> Result<Slug, Failure> {
    typed.parse().map_err(|_| Failure::page(ProblemKind::NotFound))
}

/// GET /staff/catalogue
async fn list(State(site): State<Site>, As(issuer): As<Issuer>, frame: Frame) -> Result<Response, Failure> {
    let records = site.service.catalogue(&ContestMandate::of(&issuer)).await.map_err(behind)?;
    let offers: Vec<OfferView> = records.iter().map(|record| OfferView::of(&site, record)).collect();
    Ok(render(&List { frame: &frame.at("account"), desk: &desk(&issuer), offers: &offers }))
}

async fn known(site: &Site, issuer: &Issuer, id: &Slug) -> Result<OfferOverview, Failure> {
    let found = site.service.offer_overview(&ContestMandate::of(issuer), id).await.map_err(behind)?;
    found.ok_or_else(|| Failure::page(ProblemKind::NotFound))
}

fn in_words(rule: &Rule) -> Message {
    let all = |names: &[String], zh: &str, en: &str| match names.is_empty() {
        true => (zh.to_owned(), en.to_owned()),
        false => (names.join("、"), names.join(", ")),
    };
    let category = all(&rule.categories, "不限赛类", "any category");
    let subject = all(&rule.subjects, "不限科目", "any subject");
    let (levels, levels_en): (Vec<_>, Vec<_>) = rule.levels.iter().map(|level| (level.zh(), level.en())).unzip();
    let (roles, roles_en): (Vec<_>, Vec<_>) = rule.roles.iter().map(|role| (role.zh(), role.en())).unzip();
    let level =
        if levels.is_empty() { ("不限奖项".to_owned(), "any level".to_owned()) } else { (levels.join("、"), levels_en.join(", ")) };
    let role = match roles.is_empty() {
        true => ("获奖选手、共同创作者".to_owned(), "winners, co-creators".to_owned()),
        false => (roles.join("、"), roles_en.join(", ")),
    };
    Message::new([category.0, subject.0, level.0, role.0].join(" · "), [category.1, subject.1, level.1, role.1].join(" · "))
}

/// GET /staff/catalogue/{offer}
async fn one(State(site): State<Site>, As(issuer): As<Issuer>, frame: Frame, Path(id): Path<String>) -> Result<Response, Failure> {
    let overview = known(&site, &issuer, &slug(&id)?).await?;
    let programmes = site.service.programmes().await.map_err(behind)?;
    let rules: Vec<RuleView> = overview
        .record
        .offer
        .rules
        .iter()
        .zip(&overview.by_rule)
        .map(|(rule, awards)| RuleView {
            contest: programmes.iter().find(|p| p.id == rule.contest).map_or_else(|| rule.contest.to_string(), |p| p.name.clone()),
            what: in_words(rule),
            awards: *awards,
        })
        .collect();
    let claims: Vec<(Message, u64)> = overview.claims.iter().map(|(state, n)| (Message::new(state.zh(), state.en()), *n)).collect();
    Ok(render(&One {
        frame: &frame.at("account"),
        desk: &desk(&issuer),
        token: &site.service.form_token(issuer.visitor()),
        offer: &OfferView::of(&site, &overview.record),
        rules: &rules,
        awards: overview.awards,
        claims: &claims,
    }))
}

async fn show(
    site: &Site,
    frame: Frame,
    issuer: &Issuer,
    (id, is_fixed): (Option<&Slug>, bool),
    typed: &Typed,
    again: &Again,
) -> Result<Response, Failure> {
    let service = &site.service;
    let programmes = service.programmes().await.map_err(behind)?;
    let choice = |value: &Slug, label: &str| Choice { value: value.to_string(), label: label.to_owned() };
    let contests: Vec<Choice> = programmes.iter().filter(|p| p.contest().is_some()).map(|p| choice(&p.id, &p.name)).collect();
    let issuers: Vec<Choice> = service.config().issuers.iter().map(|i| choice(&i.id, &i.name)).collect();
    let templates: Vec<Choice> = service.template_names().iter().map(|name| choice(name, name.as_str())).collect();
    let mut rows = typed.rules.clone();
    rows.resize((rows.len() + 2).clamp(3, MAX_RULES), TypedRule::default());
    let awards = match typed.parse() {
        Ok(offer) => Some(service.entitled(&offer.rules).await.map_err(behind)?.1),
        Err(_) => None,
    };
    let page = Page {
        frame: &frame.at("account"),
        desk: &desk(issuer),
        token: &service.form_token(issuer.visitor()),
        id: id.map(Slug::as_str),
        is_fixed,
        typed,
        slips: &again.slips,
        refused: again.refused.as_ref(),
        issuers: &issuers,
        templates: &templates,
        contests: &contests,
        rows: &rows,
        awards,
    };
    let wrong = again.refused.is_some() || !again.slips.is_empty();
    Ok(if wrong { render_with(axum::http::StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /staff/catalogue/new
async fn new(State(site): State<Site>, As(issuer): As<Issuer>, frame: Frame) -> Result<Response, Failure> {
    let typed = Typed {
        template: "ability".into(),
        pattern: "AB{series:3}{year}{seq:5}".into(),
        series: "1".into(),
        fee: "150.00".into(),
        level: "junior".into(),
        ..Typed::default()
    };
    show(&site, frame, &issuer, (None, false), &typed, &Again::default()).await
}

/// What a save was refused for, at its field if it has one.
fn refusal(error: SaveError) -> Result<Again, Failure> {
    let message = Message::of(&error);
    let at = |field| Ok(Again { slips: vec![(field, message.clone())], refused: None });
    match error {
        SaveError::Issuer { .. } => at(Field::Issuer),
        SaveError::Template(_) => at(Field::Template),
        SaveError::Exists(_) | SaveError::Taken(_) => at(Field::Id),
        SaveError::NoContest(_) => at(Field::Rule(0)),
        SaveError::Numbers { .. } => at(Field::Series),
        SaveError::Service(ServiceError::Registry(RegistryError::Claim(ClaimError::OfferFixed(_)))) => {
            Ok(Again { slips: Vec::new(), refused: Some(message) })
        }
        SaveError::Service(error) => Err(behind(error)),
    }
}

fn slips(typed: &Typed) -> Result<Offer, Again> {
    let told = |slips: Vec<_>| Again { slips: slips.into_iter().map(|(field, slip)| (field, Message::of(&slip))).collect(), refused: None };
    typed.parse().map_err(told)
}

/// POST /staff/catalogue/new
async fn add(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Issuer, Fields>) -> Result<Response, Gate> {
    let (issuer, typed) = (&sent.who, Typed::of_fields(&sent.form.0));
    let none = (None, false);
    let offer = match slips(&typed) {
        Ok(offer) => offer,
        Err(again) => return Ok(show(&site, frame, issuer, none, &typed, &again).await?),
    };
    if offer.programme.id.as_str() == NEW {
        let again = Again { slips: vec![(Field::Id, Message::new("请换一个标识", "Choose another id"))], refused: None };
        return Ok(show(&site, frame, issuer, none, &typed, &again).await?);
    }
    match site.service.add_offer(&offer, &ContestMandate::of(issuer), now).await {
        Ok(()) => Ok(to(&offer.programme.id)),
        Err(error) => Ok(show(&site, frame, issuer, none, &typed, &refusal(error)?).await?),
    }
}

fn to(id: &Slug) -> Response {
    Redirect::to(&format!("{SECTION}/{id}")).into_response()
}

/// GET /staff/catalogue/{offer}/edit
async fn edit(State(site): State<Site>, As(issuer): As<Issuer>, frame: Frame, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = slug(&id)?;
    let record = known(&site, &issuer, &id).await?.record;
    let which = (Some(&id), record.state != OfferState::Draft);
    show(&site, frame, &issuer, which, &Typed::of(&record.offer), &Again::default()).await
}

/// POST /staff/catalogue/{offer}/edit: the id stays; of a published one period and rules alone are taken.
async fn save(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Issuer, Fields>,
) -> Result<Response, Gate> {
    let (issuer, id) = (&sent.who, slug(&id)?);
    let record = known(&site, issuer, &id).await?.record;
    let is_fixed = record.state != OfferState::Draft;
    let sent = Typed { id: id.to_string(), ..Typed::of_fields(&sent.form.0) };
    let typed = match is_fixed {
        true => Typed { opens: sent.opens, closes: sent.closes, rules: sent.rules, ..Typed::of(&record.offer) },
        false => sent,
    };
    let which = (Some(&id), is_fixed);
    let offer = match slips(&typed) {
        Ok(offer) => offer,
        Err(again) => return Ok(show(&site, frame, issuer, which, &typed, &again).await?),
    };
    match site.service.save_offer(&offer, &ContestMandate::of(issuer), now).await {
        Ok(()) => Ok(to(&id)),
        Err(error) => Ok(show(&site, frame, issuer, which, &typed, &refusal(error)?).await?),
    }
}

async fn set(site: &Site, issuer: &Issuer, id: &str, state: OfferState, now: Instant) -> Result<Response, Gate> {
    let id = slug(id)?;
    known(site, issuer, &id).await?;
    site.service.set_offer_state(&id, state, &ContestMandate::of(issuer), now).await.map_err(behind)?;
    Ok(to(&id))
}

/// POST /staff/catalogue/{offer}/publish
async fn publish(State(site): State<Site>, Now(now): Now, Path(id): Path<String>, sent: Sent<Issuer, Bare>) -> Result<Response, Gate> {
    set(&site, &sent.who, &id, OfferState::Published, now).await
}

/// POST /staff/catalogue/{offer}/withdraw
async fn withdraw(State(site): State<Site>, Now(now): Now, Path(id): Path<String>, sent: Sent<Issuer, Bare>) -> Result<Response, Gate> {
    set(&site, &sent.who, &id, OfferState::Withdrawn, now).await
}
