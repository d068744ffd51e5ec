//! The audit trail: the latest first, with whether it is whole.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};

use crate::domain::time::Instant;
use crate::registry::{Event, TrailFilter};
use crate::service::access::{Administrator, Warrant};
use crate::service::desk::trail::{Trail, Wholeness};
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::Failure;
use crate::web::language::Frame;
use crate::web::pages::{render, render_with};
use crate::web::router::Site;
use crate::web::session::{As, Bare, Sent};
use crate::web::view::Moment;

use super::{Desk, behind};

const PAGE: &str = "/staff/audit";

/// The filter as it stands in the address: accounts, acts, numbers and days, none of them private.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub struct Asked {
    #[serde(default)]
    pub actor: String,
    #[serde(default)]
    pub act: String,
    #[serde(default)]
    pub subject: String,
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub to: String,
    #[serde(default)]
    before: String,
}

impl Asked {
    /// What is looked for; `to` is the last day, which counts in full.
    pub fn filter(&self) -> Result<TrailFilter, Message> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let day = |text: &str| given(text).map(|text| Instant::parse_beijing(&text)).transpose().map_err(|e| Message::of(&e));
        let end = given(&self.to).map(|text| if text.contains([' ', 'T']) { text } else { format!("{text} 24:00") });
        Ok(TrailFilter {
            actor: given(&self.actor),
            action: given(&self.act),
            subject: given(&self.subject),
            from: day(&self.from)?,
            until: day(&end.unwrap_or_default())?,
        })
    }
}

/// An entry as the page shows it.
struct Entry {
    id: i64,
    at: Moment,
    by: String,
    by_account: Option<String>,
    action: String,
    subject: String,
    detail: String,
    broken: bool,
}

impl Entry {
    fn new(event: Event, names: &BTreeMap<String, String>, broken: bool) -> Self {
        let name = names.get(&event.actor).cloned();
        Self {
            id: event.id,
            at: Moment(event.at),
            by_account: name.is_some().then(|| event.actor.clone()),
            by: name.unwrap_or(event.actor),
            action: event.action,
            subject: event.subject,
            detail: event.detail,
            broken,
        }
    }
}

#[derive(Template)]
#[template(path = "staff/audit.html")]
struct Audit<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    asked: &'a Asked,
    entries: &'a [Entry],
    actions: &'a [String],
    wholeness: &'a Wholeness,
    /// The address of the next page.
    next: Option<&'a str>,
    error: Option<&'a Message>,
}

/// GET /staff/audit
pub async fn page(
    State(site): State<Site>,
    As(admin): As<Administrator>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let (filter, error) = match asked.filter() {
        Ok(filter) => (filter, None),
        Err(message) => (TrailFilter::default(), Some(message)),
    };
    let trail = site.service.trail(&Warrant::of(&admin), &filter, asked.before.parse().ok()).await.map_err(behind)?;
    let Trail { page, names, wholeness, actions } = trail;
    let more = page.events.len() >= usize::try_from(crate::service::desk::trail::PAGE).unwrap_or(usize::MAX);
    let next = page.events.last().filter(|_| more).map(|last| address(&asked, last.id));
    let broken = page.broken;
    let entries: Vec<Entry> = page.events.into_iter().map(|e| Entry::new(e.clone(), &names, broken.contains(&e.id))).collect();
    let context = Audit {
        frame: &frame.at("account"),
        desk: &Desk::of(admin.visitor(), PAGE),
        token: &site.service.form_token(admin.visitor()),
        asked: &asked,
        entries: &entries,
        actions: &actions,
        wholeness: &wholeness,
        next: next.as_deref(),
        error: error.as_ref(),
    };
    Ok(if error.is_some() { render_with(axum::http::StatusCode::BAD_REQUEST, &context) } else { render(&context) })
}

/// The page after an entry, with the same filter.
fn address(asked: &Asked, before: i64) -> String {
    let escape = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
                other => out += &format!("%{other:02X}"),
            }
            out
        })
    };
    let fields = [("actor", &asked.actor), ("act", &asked.act), ("subject", &asked.subject), ("from", &asked.from), ("to", &asked.to)];
    let fields: String =
        fields.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={}&", escape(value))).collect();
    format!("{PAGE}?{fields}before={before}")
}

/// POST /staff/audit/check: every entry is held against its digest.
pub async fn check(State(site): State<Site>, Now(now): Now, sent: Sent<Administrator, Bare>) -> Result<Response, Failure> {
    site.service.check_trail(&Warrant::of(&sent.who), now).await.map_err(behind)?;
    Ok(Redirect::to(PAGE).into_response())
}
