//! The first page of the staff: what waits for whoever looks at it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::domain::account::Office;
use crate::domain::notice::NoticeState;
use crate::domain::time::Instant;
use crate::registry::{Chores, JobOutcome};
use crate::service::access::{Staff, Visitor};
use crate::service::desk::overview::{Overview, ProgrammeStanding};
use crate::web::assets;
use crate::web::clock::Now;
use crate::web::errors::Failure;
use crate::web::language::Frame;
use crate::web::pages::render;
use crate::web::router::Site;
use crate::web::session::As;
use crate::web::view::Moment;

use super::issuing::BatchView;
use super::{Desk, SECTIONS, behind, names};

/// Certificates for signing that end within so many milliseconds are told of: 90 days.
const ENDS_SOON: i64 = 90 * 86_400_000;
/// Dates that are shown.
const DATES: usize = 8;
/// Batches that are shown.
const BATCHES: usize = 5;

/// Something that waits for the visitor.
pub struct Waiting {
    pub zh: String,
    pub en: String,
    pub count: u64,
    /// The oldest of them.
    pub oldest: Option<Moment>,
    /// Where it is done, if the visitor can go there.
    pub path: Option<&'static str>,
    /// Something is wrong, rather than to be done.
    pub alarming: bool,
}

/// A date of a contest that is still to come.
pub struct Date {
    pub at: Moment,
    /// The instant as it is read: the end of a day as that day.
    pub said: String,
    pub contest: String,
    pub zh: &'static str,
    pub en: &'static str,
}

#[derive(Template)]
#[template(path = "staff/start.html")]
struct Start<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
    waiting: &'a [Waiting],
    dates: &'a [Date],
    batches: &'a [BatchView],
    /// There is nothing to work with yet.
    is_new: bool,
    is_administrator: bool,
    is_issuer: bool,
}

/// GET /staff
pub async fn page(State(site): State<Site>, Now(now): Now, As(staff): As<Staff>, frame: Frame) -> Result<Response, Failure> {
    let overview = site.service.overview(&staff, now).await.map_err(behind)?;
    let visitor = staff.visitor();
    let is_issuer = visitor.offices().has(Office::Issuer);
    let batches: Vec<BatchView> = if is_issuer {
        let names = names(&site, visitor, overview.batches.iter().map(|job| job.actor.as_str())).await?;
        overview.batches.iter().take(BATCHES).map(|job| BatchView::new(job, &names, &overview.programmes)).collect()
    } else {
        Vec::new()
    };
    let mut waiting = waiting(visitor, &overview, now);
    if visitor.offices().has(Office::Cashier) {
        let counts = site.service.order_counts().await.map_err(behind)?;
        let due = Chores { count: counts.due_back, oldest: None };
        let placed = Chores { count: counts.placed, oldest: None };
        let cash = [
            chores(("款项待退回", "Payments due back"), due, at("/staff/orders"), false),
            chores(("订单待支付", "Orders to be paid"), placed, at("/staff/orders"), false),
        ];
        waiting.extend(cash.into_iter().filter(|waiting| waiting.count > 0));
    }
    let frame = frame.at("account");
    Ok(render(&Start {
        frame: &frame,
        desk: &Desk::of(visitor, "/staff"),
        waiting: &waiting,
        dates: &dates(&frame, &overview.programmes, now),
        batches: &batches,
        is_new: overview.programmes.iter().all(|standing| standing.counts.awards == 0),
        is_administrator: visitor.offices().has(Office::Administrator),
        is_issuer,
    }))
}

/// A part of the staff's side, once there is one.
fn at(path: &str) -> Option<&'static str> {
    SECTIONS.iter().map(|section| section.path).find(|known| *known == path)
}

fn waiting(visitor: &Visitor, overview: &Overview, now: Instant) -> Vec<Waiting> {
    let mut waiting = Vec::new();
    if visitor.offices().has(Office::ObjectionsOfficer) {
        waiting.push(chores(("异议待处理", "Objections to decide"), overview.objections, at("/staff/objections"), false));
    }
    if visitor.offices().has(Office::Reviewer) {
        let late = overview.reviews.oldest.is_some_and(|due| due <= now);
        waiting.push(chores(("认证待审核", "Verifications to review"), overview.reviews, at("/staff/reviews"), late));
        waiting.push(chores(("获奖匹配待核对", "Matches to decide"), overview.matches, at("/staff/matches"), false));
    }
    if visitor.offices().has(Office::Reviewer) {
        waiting.push(chores(("换号申请待审核", "Accounts that ask to move"), overview.moves, at("/staff/moves"), false));
    }
    if visitor.offices().has(Office::CentreReviewer) {
        let late = overview.centre_reviews.oldest.is_some_and(|due| due <= now);
        let words = ("中心认证待审核", "Verifications of the centre to review");
        waiting.push(chores(words, overview.centre_reviews, at("/staff/centre-reviews"), late));
        let late = overview.claims.oldest.is_some_and(|due| due <= now);
        waiting.push(chores(("申领待审核", "Claims to review"), overview.claims, at("/staff/claims"), late));
    }
    if visitor.offices().has(Office::Issuer) {
        waiting.push(chores(("证书反馈待处理", "Reported mistakes"), overview.reports, at("/staff/reports"), false));
        waiting.extend(of_issuer(overview, now));
        let stopped = ("事件通知的接收地址已停用", "Webhook endpoints that stopped");
        waiting.push(chores(stopped, overview.stopped_webhooks, at("/staff/webhooks"), true));
    }
    if visitor.offices().has(Office::Administrator) {
        let second = ("工作人员未设动态验证码", "Staff without a second factor");
        waiting.push(chores(second, overview.without_second_factor, at("/staff/accounts"), false));
        waiting.push(chores(("短信发送不出", "Messages that do not go out"), overview.messages, None, true));
        for (issuer, until) in &overview.signing_until {
            if until.millis() - now.millis() < ENDS_SOON {
                let en = if issuer.name_en.is_empty() { &issuer.name } else { &issuer.name_en };
                let (zh, en) = (format!("{}的签名证书即将到期", issuer.name), format!("The signing certificate of {en} ends soon"));
                waiting.push(Waiting { zh, en, count: 1, oldest: Some(Moment(*until)), path: None, alarming: true });
            }
        }
    }
    waiting.retain(|waiting| waiting.count > 0);
    waiting
}

fn of_issuer(overview: &Overview, now: Instant) -> Vec<Waiting> {
    let ready = overview.programmes.iter().filter(|standing| standing.not_yet.is_none());
    // Where registration is required, whoever is ready is found when a batch begins.
    let open = |standing: &ProgrammeStanding| if standing.programme.registration_deadline().is_some() { 0 } else { standing.counts.open };
    let open: u64 = ready.map(|standing| open(standing) + standing.counts.reserved).sum();
    let to_close: Vec<Instant> = overview
        .contests
        .iter()
        .filter(|contest| matches!(contest.state, NoticeState::Published { .. }) && contest.timeline.notice.end() <= now)
        .map(|contest| contest.timeline.notice.end())
        .collect();
    let close = Chores { count: u64::try_from(to_close.len()).unwrap_or(0), oldest: to_close.into_iter().min() };
    // Only the last batch of a programme: an earlier failure is made up for.
    let mut seen = std::collections::BTreeSet::new();
    let last = overview.batches.iter().filter(|job| seen.insert(&job.programme));
    let failed: Vec<Instant> = last
        .filter_map(|job| job.ended.filter(|(_, how)| matches!(how, JobOutcome::Refused | JobOutcome::Failed)).map(|(at, _)| at))
        .collect();
    let failed = Chores { count: u64::try_from(failed.len()).unwrap_or(0), oldest: failed.into_iter().min() };
    vec![
        chores(("奖项可以签发", "Awards that can be issued"), Chores { count: open, oldest: None }, at("/staff/issuing"), false),
        chores(("公示已到期，待结束", "Notices to be closed"), close, at("/staff/contests"), false),
        chores(("签发批次未成功", "Batches that did not succeed"), failed, at("/staff/issuing"), true),
    ]
}

fn chores((zh, en): (&str, &str), chores: Chores, path: Option<&'static str>, alarming: bool) -> Waiting {
    Waiting { zh: zh.to_owned(), en: en.to_owned(), count: chores.count, oldest: chores.oldest.map(Moment), path, alarming }
}

fn dates(frame: &Frame, programmes: &[ProgrammeStanding], now: Instant) -> Vec<Date> {
    let mut dates = Vec::new();
    for standing in programmes {
        let Some(contest) = standing.programme.contest() else { continue };
        let timeline = contest.timeline;
        let all = [
            (timeline.notice.start(), false, "公示开始", "notice opens"),
            (timeline.notice.end(), true, "公示截止", "notice closes"),
            (timeline.registration_deadline, true, "注册截止", "registration ends"),
            (timeline.release, false, "颁发证书", "release"),
            (timeline.claim_deadline, true, "申领截止", "claims end"),
        ];
        dates.extend(all.into_iter().filter(|(at, ..)| *at > now).map(|(at, ends, zh, en)| {
            let said = if ends { frame.end(&Moment(at)) } else { frame.moment(&Moment(at)) };
            Date { at: Moment(at), said, contest: standing.programme.short_name.clone(), zh, en }
        }));
    }
    dates.sort_by_key(|date| date.at.0);
    dates.truncate(DATES);
    dates
}
