//! Contests: which there are, one with what may be done with it now, and the way there.

mod acts;
mod dates;
mod form;
mod import;
mod upload;
mod view;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::domain::issuer::Slug;
use crate::domain::time::Instant;
use crate::registry::RegistryError;
use crate::service::ServiceError;
use crate::service::access::{ContestMandate, Issuer};
use crate::service::contest_desk::ContestOverview;
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::routes::routes;
use crate::web::session::As;

use super::Desk;
use view::{ConfiguredView, ContestRow, OverviewView};

pub use upload::MAX_UPLOAD;

const SECTION: &str = "/staff/contests";

routes! {
    /// The pages of contests.
    ROUTES, routes {
        get "/staff/contests" => list;
        get "/staff/contests/new" => form::new;
        post "/staff/contests/new" => form::add;
        get "/staff/contests/{contest}" => one;
        get "/staff/contests/{contest}/edit" => form::edit;
        post "/staff/contests/{contest}/edit" => form::save;
        get "/staff/contests/{contest}/dates" => dates::form;
        post "/staff/contests/{contest}/dates" => dates::move_later;
        get "/staff/contests/{contest}/publish" => acts::publish_form;
        post "/staff/contests/{contest}/publish" => acts::publish;
        get "/staff/contests/{contest}/close" => acts::close_form;
        post "/staff/contests/{contest}/close" => acts::close;
        get "/staff/contests/{contest}/withdraw" => acts::withdraw_form;
        post "/staff/contests/{contest}/withdraw" => acts::withdraw;
        get "/staff/contests/{contest}/import" => import::form;
        get "/staff/contests/{contest}/import/{draft}" => import::follow;
        post "/staff/contests/{contest}/import/{draft}" => import::confirm;
        get "/staff/contests/{contest}/import/{draft}/problems.xlsx" => import::problems;
    }
    /// A list is uploaded.
    UPLOADS, uploads {
        post "/staff/contests/{contest}/import" => import::upload;
    }
}

/// Every contest.
#[derive(Template)]
#[template(path = "staff/contests.html")]
struct Contests<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    contests: &'a [ContestRow],
    configured: &'a [ConfiguredView],
}

/// One contest.
#[derive(Template)]
#[template(path = "staff/contest.html")]
struct Contest<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    contest: &'a OverviewView,
}

fn failed(error: &ServiceError) -> Failure {
    Failure::service(Door::Page, error)
}

fn desk(issuer: &Issuer) -> Desk {
    Desk::of(issuer.visitor(), SECTION)
}

fn slug(typed: &str) -> Result<Slug, Failure> {
    typed.parse().map_err(|_| Failure::page(ProblemKind::NotFound))
}

fn to(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// A page, with the status of a form in which something was wrong.
fn printed(page: &impl Template, wrong: bool) -> Response {
    if wrong { render_with(StatusCode::BAD_REQUEST, page) } else { render(page) }
}

/// What the records do not allow, for the person; any other failure is one behind the scenes.
fn not_allowed(error: &ServiceError) -> Result<Message, Failure> {
    match error {
        ServiceError::Registry(RegistryError::Contest(error)) => Ok(Message::of(error)),
        error => Err(failed(error)),
    }
}

/// The contest that a page is about.
async fn known(site: &Site, issuer: &Issuer, typed: &str, now: Instant) -> Result<ContestOverview, Failure> {
    let found = site.service.contest_overview(&ContestMandate::of(issuer), &slug(typed)?, now).await.map_err(|e| failed(&e))?;
    found.ok_or_else(|| Failure::page(ProblemKind::NotFound))
}

/// GET /staff/contests
async fn list(State(site): State<Site>, Now(now): Now, As(issuer): As<Issuer>, frame: Frame) -> Result<Response, Failure> {
    let frame = frame.at("account");
    let recorded = site.service.contests().await.map_err(|e| failed(&e))?;
    let rows: Vec<ContestRow> = recorded.iter().map(|record| ContestRow::new(&frame, record, now)).collect();
    let only_configured = |id: &Slug| !recorded.iter().any(|record| record.programme.id == *id);
    let configured = site.service.config().programmes.iter().filter(|p| only_configured(&p.id));
    let configured: Vec<ConfiguredView> = configured.filter_map(|p| ConfiguredView::new(&frame, p, now)).collect();
    Ok(render(&Contests { frame: &frame, desk: &desk(&issuer), contests: &rows, configured: &configured }))
}

/// GET /staff/contests/{contest}
async fn one(
    State(site): State<Site>,
    Now(now): Now,
    As(issuer): As<Issuer>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let frame = frame.at("account");
    let overview = known(&site, &issuer, &id, now).await?;
    let view = OverviewView::new(&frame, &site, &overview, now);
    Ok(render(&Contest { frame: &frame, desk: &desk(&issuer), contest: &view }))
}
