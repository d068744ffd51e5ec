//! Certificates: searched by any field. What is private stands in no address, and each search is in the audit trail.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use crate::domain::certificate::Certificate;
use crate::domain::identity::IdentityDocument;
use crate::domain::number::CertificateNumber;
use crate::domain::programme::Programme;
use crate::domain::status::Status;
use crate::domain::telephone::Telephone;
use crate::domain::text::{fold_code, tidy};
use crate::registry::{CertificateFilter, StateFilter};
use crate::service::access::Issuer;
use crate::service::desk::Mandate;
use crate::web::advice::{MAX_TYPED, Message};
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::Failure;
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Sent, Signed};
use crate::web::view::Moment;

use super::{Desk, behind};

pub const PAGE: &str = "/staff/certificates";

/// A certificate as a list of the staff shows it.
pub struct Row {
    pub number: String,
    pub holder: String,
    pub school: String,
    pub achievement: String,
    pub programme: String,
    pub state: (&'static str, &'static str, &'static str),
    pub release: Moment,
}

impl Row {
    pub fn new(certificate: &Certificate) -> Self {
        let claims = &certificate.facts.claims;
        Self {
            number: claims.number.to_string(),
            holder: claims.holder.to_string(),
            school: claims.school.clone(),
            achievement: claims.achievement.phrase_zh(),
            programme: claims.short_name.clone(),
            state: word(&certificate.status),
            release: Moment(certificate.release),
        }
    }
}

/// The word for a state, in both languages, and its colour.
pub fn word(status: &Status) -> (&'static str, &'static str, &'static str) {
    match status {
        Status::Reserved => ("制作中", "Reserved", "corrected"),
        Status::Valid { .. } => ("有效", "Valid", "good"),
        Status::Revoked { .. } => ("已吊销", "Revoked", "revoked"),
        Status::Corrected { .. } => ("已更正换发", "Replaced", "corrected"),
    }
}

/// The search as it was typed; without a telephone or identity number, which are not shown again.
#[derive(Deserialize, Default)]
pub struct Search {
    token: String,
    #[serde(default)]
    pub number: String,
    #[serde(default)]
    pub holder: String,
    #[serde(default)]
    pub school: String,
    #[serde(default)]
    pub identity: String,
    #[serde(default)]
    pub telephone: String,
    #[serde(default)]
    pub programme: String,
    #[serde(default)]
    pub state: String,
    /// The last number of the page before.
    #[serde(default)]
    pub after: String,
}

impl Signed for Search {
    fn token(&self) -> &str {
        &self.token
    }
}

impl Search {
    fn filter(&self) -> Result<CertificateFilter, Message> {
        let typed = |text: &str| Some(tidy(text)).filter(|text| !text.is_empty());
        let long = [&self.number, &self.holder, &self.school, &self.identity, &self.telephone];
        if long.iter().any(|text| text.chars().count() > MAX_TYPED) {
            return Err(Message::new("输入过长，最多 100 字", "Too long: 100 characters are the most"));
        }
        let filter = CertificateFilter {
            number: typed(&self.number).map(|text| fold_code(&text)),
            holder: typed(&self.holder),
            school: typed(&self.school),
            document: typed(&self.identity).map(|text| IdentityDocument::parse_any(&text)).transpose().map_err(|e| Message::of(&e))?,
            telephone: typed(&self.telephone).map(|text| Telephone::parse(&text)).transpose().map_err(|e| Message::of(&e))?,
            programme: typed(&self.programme)
                .map(|text| text.parse())
                .transpose()
                .map_err(|_| Message::new("没有这个赛事或项目", "There is no such programme"))?,
            state: StateFilter::from_code(&self.state),
        };
        if filter.fields().is_empty() { Err(Message::new("请至少填写一项", "Fill in at least one field")) } else { Ok(filter) }
    }
}

/// What a search found.
struct Answer {
    rows: Vec<Row>,
    /// The last number, if there are more.
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "staff/certificates.html")]
struct Certificates<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    programmes: &'a [Programme],
    search: &'a Search,
    answer: Option<&'a Answer>,
    error: Option<&'a Message>,
}

impl Certificates<'_> {
    /// The word for a state that is searched.
    fn state_word(&self, state: StateFilter) -> (&'static str, &'static str) {
        match state {
            StateFilter::Reserved => ("制作中", "Reserved"),
            StateFilter::Valid => ("有效", "Valid"),
            StateFilter::Revoked => ("已吊销", "Revoked"),
            StateFilter::Corrected => ("已更正换发", "Replaced"),
        }
    }
}

async fn show(
    site: &Site,
    frame: Frame,
    issuer: &Issuer,
    search: &Search,
    answer: Result<Option<Answer>, Message>,
) -> Result<Response, Failure> {
    let page = Certificates {
        frame: &frame.at("account").on(PAGE),
        desk: &Desk::of(issuer.visitor(), PAGE),
        token: &site.service.form_token(issuer.visitor()),
        programmes: &site.service.programmes().await.map_err(behind)?,
        search,
        answer: answer.as_ref().ok().and_then(Option::as_ref),
        error: answer.as_ref().err(),
    };
    Ok(if answer.is_err() { render_with(axum::http::StatusCode::BAD_REQUEST, &page) } else { render(&page) })
}

/// GET /staff/certificates
pub async fn page(State(site): State<Site>, As(issuer): As<Issuer>, frame: Frame) -> Result<Response, Failure> {
    show(&site, frame, &issuer, &Search::default(), Ok(None)).await
}

/// POST /staff/certificates
pub async fn search(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Issuer, Search>) -> Result<Response, Failure> {
    let filter = match sent.form.filter() {
        Ok(filter) => filter,
        Err(message) => return show(&site, frame, &sent.who, &sent.form, Err(message)).await,
    };
    let after: Option<CertificateNumber> = sent.form.after.parse().ok();
    let found = site.service.find_certificates(&Mandate::of(&sent.who), &filter, after.as_ref(), now).await.map_err(behind)?;
    let rows: Vec<Row> = found.certificates.iter().map(Row::new).collect();
    let next = rows.last().filter(|_| found.more).map(|row| row.number.clone());
    show(&site, frame, &sent.who, &sent.form, Ok(Some(Answer { rows, next }))).await
}
