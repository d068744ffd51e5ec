//! A holder's contests: the dates that bind, and what the holder won.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::domain::holding::Registration;
use crate::domain::programme::{Contest, Programme};
use crate::domain::time::Instant;
use crate::service::access::Student;
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::awards::FactsView;
use crate::web::clock::Now;
use crate::web::errors::{Door, Failure};
use crate::web::language::Frame;
use crate::web::pages::render;
use crate::web::router::Site;
use crate::web::session::As;
use crate::web::view::Moment;

/// A date of a contest.
struct StepView {
    name: Message,
    when: String,
    rfc3339: String,
    is_past: bool,
}

/// A contest with the account's awards in it.
struct ContestView {
    id: String,
    name_zh: String,
    name_en: String,
    steps: Vec<StepView>,
    awards: Vec<(String, FactsView)>,
}

impl ContestView {
    fn of(frame: &Frame, programme: &Programme, contest: &Contest, now: Instant) -> Self {
        let timeline = contest.timeline;
        let step = |zh, en, at: Instant, is_end: bool| StepView {
            name: Message::new(zh, en),
            when: if is_end { frame.end(&Moment(at)) } else { frame.moment(&Moment(at)) },
            rfc3339: at.rfc3339_beijing(),
            is_past: at <= now,
        };
        let mut steps = vec![step("公示截止", "Notice closes", timeline.notice.end(), true)];
        if contest.registration == Registration::Required {
            steps.push(step("注册认证截止", "Registration closes", timeline.registration_deadline, true));
        }
        steps.push(step("获奖证书开放下载", "Award certificates from", timeline.release, false));
        steps.push(step("能力证书申领截止", "Claims of ability certificates close", timeline.claim_deadline, true));
        Self {
            id: programme.id.to_string(),
            name_zh: programme.name.clone(),
            name_en: programme.name_en.clone(),
            steps,
            awards: Vec::new(),
        }
    }
}

#[derive(Template)]
#[template(path = "claims/contests.html")]
struct Page<'a> {
    frame: &'a Frame,
    contests: &'a [ContestView],
}

/// GET /account/contests
pub async fn list(State(site): State<Site>, Now(now): Now, As(student): As<Student>, frame: Frame) -> Result<Response, Failure> {
    let holdings = site.service.holdings(&student, now).await.map_err(|e| Failure::service(Door::Page, &e))?;
    let frame = frame.at("account");
    let mut contests: Vec<ContestView> = Vec::new();
    for own in holdings.own {
        let Some(programme) = &own.programme else { continue };
        let Some(contest) = programme.contest() else { continue };
        let award = (own.id.clone(), FactsView::of(&own.award));
        match contests.iter_mut().find(|view| view.id == programme.id.as_str()) {
            Some(view) => view.awards.push(award),
            None => contests.push(ContestView { awards: vec![award], ..ContestView::of(&frame, programme, contest, now) }),
        }
    }
    Ok(render(&Page { frame: &frame, contests: &contests }))
}
