//! A notice is published, closed or withdrawn: what that fixes and signs is said before, and the contest's id typed to confirm it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use crate::domain::issuer::Slug;
use crate::domain::notice::WithdrawalReason;
use crate::domain::time::Instant;
use crate::registry::{ContestError, RegistryError};
use crate::service::ServiceError;
use crate::service::access::{ContestMandate, Issuer};
use crate::service::contest_desk::{ContestAct, ContestOverview};
use crate::service::contests::SaveError;
use crate::service::notice::PublishError;
use crate::web::advice::{Message, bounded};
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::Failure;
use crate::web::language::Frame;
use crate::web::router::Site;
use crate::web::session::{As, Gate, Sent, Signed};
use crate::web::view::Moment;

use super::super::Desk;
use super::{SECTION, desk, failed, known, printed, to};

#[derive(Template)]
#[template(path = "staff/contest_act.html")]
struct Page<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    token: &'a str,
    act: Act,
    id: &'a str,
    name_zh: &'a str,
    name_en: &'a str,
    opens: &'a str,
    closes: &'a str,
    /// How many entries the list has.
    entries: u64,
    /// The digest that is fixed; empty where it is not known before.
    digest: &'a str,
    /// Whether the period has begun before the list is published.
    late: bool,
    /// Whether certificates could still be held back by it.
    is_closed: bool,
    waits: Option<&'a Message>,
    wrong: Option<&'a Message>,
    typed: &'a str,
    reason: &'a str,
}

/// Which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Publish,
    Close,
    Withdraw,
}

impl Act {
    fn path(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Close => "close",
            Self::Withdraw => "withdraw",
        }
    }

    fn is_withdrawal(self) -> bool {
        self == Self::Withdraw
    }

    fn of_contest(self) -> ContestAct {
        match self {
            Self::Publish => ContestAct::Publish,
            Self::Close => ContestAct::Close,
            Self::Withdraw => ContestAct::Withdraw,
        }
    }

    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Publish => ("发布公示", "Publish the notice"),
            Self::Close => ("结束公示", "Close the notice"),
            Self::Withdraw => ("撤下公示", "Withdraw the notice"),
        }
    }
}

/// What was typed and what was wrong with it.
#[derive(Default)]
struct Again<'a> {
    typed: &'a str,
    reason: &'a str,
    wrong: Option<Message>,
}

async fn show(
    site: &Site,
    frame: Frame,
    issuer: &Issuer,
    (act, overview): (Act, &ContestOverview),
    again: Again<'_>,
    now: Instant,
) -> Result<Response, Failure> {
    let frame = frame.at("account");
    let mut waits = overview.may(act.of_contest(), now).err().map(|obstacle| Message::of(&obstacle));
    let mut digest = String::new();
    let mut entries = overview.record.state.publication().map_or(overview.counts.awards, |p| u64::from(p.entries));
    if act == Act::Publish && waits.is_none() {
        match site.service.would_publish(&ContestMandate::of(issuer), overview).await.map_err(|e| failed(&e))? {
            Ok(would) => (entries, digest) = (u64::try_from(would.entries).unwrap_or(u64::MAX), would.digest),
            Err(error) => waits = Some(Message::of(&error)),
        }
    }
    let (programme, notice) = (&overview.record.programme, overview.record.timeline.notice);
    let wrong = again.wrong.is_some();
    let page = Page {
        frame: &frame,
        desk: &desk(issuer),
        token: &site.service.form_token(issuer.visitor()),
        act,
        id: programme.id.as_str(),
        name_zh: &programme.name,
        name_en: &programme.name_en,
        opens: &frame.moment(&Moment(notice.start())),
        closes: &frame.end(&Moment(notice.end())),
        entries,
        digest: &digest,
        late: now >= notice.start(),
        is_closed: overview.record.state.closing().is_some(),
        waits: waits.as_ref(),
        wrong: again.wrong.as_ref(),
        typed: &bounded(again.typed),
        reason: again.reason,
    };
    Ok(printed(&page, wrong))
}

/// What is typed to confirm.
#[derive(Deserialize)]
pub struct Confirmed {
    token: String,
    #[serde(default)]
    contest: String,
    #[serde(default)]
    reason: String,
}

impl Signed for Confirmed {
    fn token(&self) -> &str {
        &self.token
    }
}

/// What the person may put right, or wait for.
fn told(error: PublishError) -> Result<Message, Failure> {
    match error {
        PublishError::List(error) => Ok(Message::of(&error)),
        PublishError::Notice { source, .. } => Ok(Message::of(&source)),
        PublishError::Service(error) => not_allowed(error),
        error @ PublishError::NoContest(_) => Ok(Message::of(&error)),
        PublishError::Save(SaveError::Service(error)) => not_allowed(error),
        PublishError::Save(error) => Ok(Message::of(&error)),
    }
}

fn not_allowed(error: ServiceError) -> Result<Message, Failure> {
    match error {
        ServiceError::Registry(RegistryError::Contest(ContestError::Notice { source, .. })) => Ok(Message::of(&source)),
        error => super::not_allowed(&error),
    }
}

async fn act(site: &Site, act: Act, sent: &Sent<Issuer, Confirmed>, id: &Slug, now: Instant) -> Result<Result<(), Message>, Failure> {
    let mandate = ContestMandate::of(&sent.who);
    if sent.form.contest.trim() != id.as_str() {
        let (zh, en) = (format!("请准确输入赛事标识 {id}"), format!("Type the contest’s id, {id}"));
        return Ok(Err(Message::new(zh, en)));
    }
    let done = match act {
        Act::Publish => site.service.publish_notice(id, &mandate, now).await.map(|_| ()),
        Act::Close => site.service.close_notice(id, &mandate, now).await.map(|_| ()),
        Act::Withdraw => match WithdrawalReason::parse(&sent.form.reason) {
            Ok(reason) => site.service.withdraw_notice(id, reason, &mandate, now).await.map_err(PublishError::from),
            Err(error) => return Ok(Err(Message::of(&error))),
        },
    };
    match done {
        Ok(()) => Ok(Ok(())),
        Err(error) => Ok(Err(told(error)?)),
    }
}

async fn confirmed(
    (site, frame, now): (Site, Frame, Instant),
    kind: Act,
    id: &str,
    sent: &Sent<Issuer, Confirmed>,
) -> Result<Response, Gate> {
    let overview = known(&site, &sent.who, id, now).await?;
    match act(&site, kind, sent, &overview.record.programme.id, now).await? {
        Ok(()) => Ok(to(&format!("{SECTION}/{id}"))),
        Err(message) => {
            let again = Again { typed: &sent.form.contest, reason: &sent.form.reason, wrong: Some(message) };
            Ok(show(&site, frame, &sent.who, (kind, &overview), again, now).await?)
        }
    }
}

macro_rules! pages {
    ($($act:ident: $form:ident, $post:ident;)*) => {
        $(
            /// GET: what it does, and the form that confirms it.
            pub async fn $form(
                State(site): State<Site>,
                Now(now): Now,
                As(issuer): As<Issuer>,
                frame: Frame,
                Path(id): Path<String>,
            ) -> Result<Response, Failure> {
                let overview = known(&site, &issuer, &id, now).await?;
                show(&site, frame, &issuer, (Act::$act, &overview), Again::default(), now).await
            }

            /// POST: it is done.
            pub async fn $post(
                State(site): State<Site>,
                Now(now): Now,
                frame: Frame,
                Path(id): Path<String>,
                sent: Sent<Issuer, Confirmed>,
            ) -> Result<Response, Gate> {
                confirmed((site, frame, now), Act::$act, &id, &sent).await
            }
        )*
    };
}

pages! {
    Publish: publish_form, publish;
    Close: close_form, close;
    Withdraw: withdraw_form, withdraw;
}
