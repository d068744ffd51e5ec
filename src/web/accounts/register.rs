//! Registering: a code goes to the telephone, and whoever can read it fills in the rest.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::Response;
use serde::Deserialize;

use crate::domain::account::{CodePurpose, Office};
use crate::domain::name::PersonName;
use crate::domain::telephone::Telephone;
use crate::service::access::{Attempt, CodeQuestion, CodeTyped, Registration};
use crate::service::entropy;
use crate::web::advice::{Message, bounded};
use crate::web::errors::{Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::origin::SameSite;
use crate::web::question::Asker;
use crate::web::router::Site;
use crate::web::session::{Cookie, Next, browser_name};

use super::{Refusal, pages, printed, sign_in, telephone, ticket, to};

/// The first form.
#[derive(Deserialize)]
pub struct Begin {
    telephone: String,
    #[serde(default)]
    office: String,
}

/// The second.
#[derive(Deserialize)]
pub struct Confirm {
    telephone: String,
    office: String,
    ticket: String,
    code: String,
    name: String,
    password: String,
}

fn page(frame: Frame, typed: &str, office: Office, refusal: Option<&Refusal>) -> Response {
    let frame = frame.at("account").on("/register");
    let page = pages::Register { frame: &frame, telephone: &bounded(typed), office, error: refusal.map(|r| &r.message) };
    printed(&page, refusal)
}

/// A student's or a school's; the staff do not register.
fn office(code: &str) -> Option<Office> {
    [Office::Student, Office::School].into_iter().find(|office| office.code() == code)
}

fn no_office() -> Refusal {
    Refusal::new(Message::new("请选择账号类型：学生或院校", "Choose the kind of account: student or school"))
}

fn form_of<T>(form: Result<Form<T>, FormRejection>) -> Result<T, Failure> {
    form.map(|Form(form)| form).map_err(|refused| Failure::page(ProblemKind::of_status(refused.status())))
}

/// GET /register
pub async fn form(frame: Frame) -> Response {
    page(frame, "", Office::Student, None)
}

/// POST /register: sends a code to the telephone; the answer does not tell whether it has an account.
pub async fn send(
    State(site): State<Site>,
    _: SameSite,
    asker: Asker,
    frame: Frame,
    headers: axum::http::HeaderMap,
    form: Result<Form<Begin>, FormRejection>,
) -> Result<Response, Failure> {
    let form = form_of(form)?;
    let Some(office) = office(&form.office) else { return Ok(page(frame, &form.telephone, Office::Student, Some(&no_office()))) };
    let telephone = match telephone(&form.telephone) {
        Ok(telephone) => telephone,
        Err(refusal) => return Ok(page(frame, &form.telephone, office, Some(&refusal))),
    };
    let browser = Cookie::Browser.read(&headers, &site);
    let question = CodeQuestion {
        purpose: CodePurpose::Register,
        telephone: &telephone,
        browser: browser.as_ref(),
        from: asker.address,
        now: asker.now,
    };
    match site.service.send_code(&question, &mut entropy::fill).await {
        Ok(ticket) => Ok(second(frame, &telephone, office, &ticket.text(), "", None)),
        Err(error) => Ok(page(frame, &form.telephone, office, Some(&Refusal::of(error)?))),
    }
}

fn second(frame: Frame, telephone: &Telephone, office: Office, ticket: &str, name: &str, refusal: Option<&Refusal>) -> Response {
    let frame = frame.at("account").on("/register");
    let page =
        pages::RegisterConfirm { frame: &frame, telephone, office, ticket, name: &bounded(name), error: refusal.map(|r| &r.message) };
    printed(&page, refusal)
}

/// POST /register/confirm: makes the account and signs in.
pub async fn confirm(
    State(site): State<Site>,
    _: SameSite,
    asker: Asker,
    frame: Frame,
    headers: axum::http::HeaderMap,
    form: Result<Form<Confirm>, FormRejection>,
) -> Result<Response, Failure> {
    let form = form_of(form)?;
    let Some(office) = office(&form.office) else { return Ok(page(frame, &form.telephone, Office::Student, Some(&no_office()))) };
    let telephone = match telephone(&form.telephone) {
        Ok(telephone) => telephone,
        Err(refusal) => return Ok(page(frame, &form.telephone, office, Some(&refusal))),
    };
    match made(&site, &asker, &telephone, office, &form).await? {
        Err(refusal) => Ok(second(frame, &telephone, office, &form.ticket, &form.name, Some(&refusal))),
        Ok(()) => {
            let browser = Cookie::Browser.read(&headers, &site);
            let attempt = Attempt {
                telephone: &telephone,
                password: &form.password,
                code: None,
                browser: browser.as_ref(),
                browser_name: &browser_name(&headers),
                from: asker.address,
                now: asker.now,
            };
            match site.service.sign_in(&attempt, &mut entropy::fill).await {
                Ok(entered) => sign_in::entered(&site, &headers, &entered, Next::ACCOUNT).await,
                // The account is there; what keeps it from signing in now is the number of attempts.
                Err(_) => Ok(to("/sign-in")),
            }
        }
    }
}

async fn made(site: &Site, asker: &Asker, telephone: &Telephone, office: Office, form: &Confirm) -> Result<Result<(), Refusal>, Failure> {
    let name = match PersonName::parse(&form.name) {
        Ok(name) => name,
        Err(error) => return Ok(Err(Refusal::new(Message::of(&error)))),
    };
    let ticket = match ticket(&form.ticket) {
        Ok(ticket) => ticket,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let registration = Registration {
        telephone,
        name: &name,
        office,
        code: CodeTyped { ticket: &ticket, code: &form.code },
        password: &form.password,
        from: asker.address,
        now: asker.now,
    };
    match site.service.register(&registration, &mut entropy::fill).await {
        Ok(_) => Ok(Ok(())),
        Err(error) => Ok(Err(Refusal::of(error)?)),
    }
}
