//! Signing in.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use crate::domain::account::CodePurpose;
use crate::service::access::{AccessError, Attempt, CodeQuestion, CodeTyped, Entered};
use crate::service::entropy;
use crate::web::advice::{Message, bounded};
use crate::web::errors::{Door, Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::origin::SameSite;
use crate::web::question::Asker;
use crate::web::router::Site;
use crate::web::session::{Cookie, Gate, Next, Perhaps, SECOND_FACTOR, browser_name};

use super::{Refusal, pages, printed, telephone, ticket, to};

/// What the address says.
#[derive(Deserialize)]
pub struct Asked {
    next: Option<String>,
    done: Option<String>,
}

/// The form.
#[derive(Deserialize)]
pub struct SignIn {
    telephone: String,
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    next: String,
}

/// The form that asks for a code.
#[derive(Deserialize)]
pub struct AskCode {
    telephone: String,
    #[serde(default)]
    next: String,
}

/// What stands on the page.
#[derive(Default)]
struct Shown<'a> {
    telephone: &'a str,
    ticket: &'a str,
    /// Whether a code is needed, so that the page offers to send one.
    code_needed: bool,
    said: Option<Message>,
}

fn page(frame: Frame, next: Next, shown: &Shown<'_>, refusal: Option<&Refusal>) -> Response {
    let frame = frame.at("account").on("/sign-in");
    let page = pages::SignIn {
        frame: &frame,
        telephone: &bounded(shown.telephone),
        ticket: shown.ticket,
        code_needed: shown.code_needed,
        next: next.path(),
        said: shown.said.as_ref(),
        error: refusal.map(|r| &r.message),
    };
    printed(&page, refusal)
}

/// GET /sign-in
pub async fn form(Perhaps(visitor): Perhaps, frame: Frame, Query(asked): Query<Asked>) -> Response {
    let next = Next::read(asked.next.as_deref());
    if visitor.is_some() {
        return to(next.path());
    }
    let said = (asked.done.as_deref() == Some("recovered")).then(|| {
        Message::new(
            "新密码已设定，请登录。原有的登录已全部结束。",
            "The new password is set: sign in with it. All sessions before have ended.",
        )
    });
    page(frame, next, &Shown { said, ..Shown::default() }, None)
}

/// POST /sign-in
pub async fn enter(
    State(site): State<Site>,
    _: SameSite,
    asker: Asker,
    frame: Frame,
    headers: HeaderMap,
    form: Result<Form<SignIn>, FormRejection>,
) -> Result<Response, Gate> {
    let Form(form) = form.map_err(|refused| Failure::page(ProblemKind::of_status(refused.status())))?;
    let next = Next::read(Some(&form.next));
    let mut shown = Shown { telephone: &form.telephone, ticket: &form.ticket, ..Shown::default() };
    let telephone = match telephone(&form.telephone) {
        Ok(telephone) => telephone,
        Err(refusal) => return Ok(page(frame, next, &shown, Some(&refusal))),
    };
    let ticket = match Some(form.ticket.as_str()).filter(|t| !t.is_empty()).map(ticket).transpose() {
        Ok(ticket) => ticket,
        Err(refusal) => return Ok(page(frame, next, &Shown { ticket: "", ..shown }, Some(&refusal))),
    };
    let browser = Cookie::Browser.read(&headers, &site);
    let attempt = Attempt {
        telephone: &telephone,
        password: &form.password,
        code: ticket.as_ref().map(|ticket| CodeTyped { ticket, code: &form.code }),
        browser: browser.as_ref(),
        browser_name: &browser_name(&headers),
        from: asker.address,
        now: asker.now,
    };
    match site.service.sign_in(&attempt, &mut entropy::fill).await {
        Ok(entered) => Ok(self::entered(&site, &headers, &entered, next).await?),
        Err(error) => {
            shown.code_needed = matches!(error, AccessError::CodeNeeded | AccessError::Code);
            Ok(page(frame, next, &shown, Some(&Refusal::of(error)?)))
        }
    }
}

/// Gives the browser its new secrets. A session that it had before ends: nobody goes on with a secret from before.
pub(super) async fn entered(site: &Site, headers: &HeaderMap, entered: &Entered, next: Next) -> Result<Response, Failure> {
    if let Some(before) = Cookie::Session.read(headers, site) {
        site.service.leave(&before).await.map_err(|e| Failure::service(Door::Page, &e))?;
    }
    let mut response = if entered.second_factor { to(&second_factor_then(next)) } else { to(next.path()) };
    Cookie::Session.set(&mut response, &entered.session, !entered.staff, site);
    if let Some(browser) = &entered.browser {
        Cookie::Browser.set(&mut response, browser, true, site);
    }
    Ok(response)
}

fn second_factor_then(next: Next) -> String {
    if next == Next::ACCOUNT { SECOND_FACTOR.to_owned() } else { format!("{SECOND_FACTOR}?next={}", next.path()) }
}

/// POST /sign-in/code: sends a code; the answer does not tell whether the telephone has an account.
pub async fn send(
    State(site): State<Site>,
    _: SameSite,
    asker: Asker,
    frame: Frame,
    headers: HeaderMap,
    form: Result<Form<AskCode>, FormRejection>,
) -> Result<Response, Failure> {
    let Form(form) = form.map_err(|refused| Failure::page(ProblemKind::of_status(refused.status())))?;
    let next = Next::read(Some(&form.next));
    let mut shown = Shown { telephone: &form.telephone, code_needed: true, ..Shown::default() };
    let telephone = match telephone(&form.telephone) {
        Ok(telephone) => telephone,
        Err(refusal) => return Ok(page(frame, next, &shown, Some(&refusal))),
    };
    let browser = Cookie::Browser.read(&headers, &site);
    let question = CodeQuestion {
        purpose: CodePurpose::SignIn,
        telephone: &telephone,
        browser: browser.as_ref(),
        from: asker.address,
        now: asker.now,
    };
    match site.service.send_code(&question, &mut entropy::fill).await {
        Ok(ticket) => {
            let ticket = ticket.text();
            shown.said = Some(Message::new(
                "如果该手机号已注册，验证码已经发出，10 分钟内有效。请输入密码和验证码登录。",
                "If this number has an account, a code is on its way and good for 10 minutes. Sign in with password and code.",
            ));
            Ok(page(frame, next, &Shown { ticket: &ticket, ..shown }, None))
        }
        Err(error) => Ok(page(frame, next, &shown, Some(&Refusal::of(error)?))),
    }
}
