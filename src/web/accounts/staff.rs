//! The administrators' page: accounts found, roles given and taken, sessions ended.

use std::str::FromStr as _;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use crate::domain::account::{AccountId, Office, Offices};
use crate::domain::name::PersonName;
use crate::domain::telephone::Telephone;
use crate::registry::Account;
use crate::service::access::{AccessError, AccountQuery, Administrator, Appointment, Warrant};
use crate::service::entropy;
use crate::web::advice::{Message, bounded};
use crate::web::clock::Now;
use crate::web::errors::{Failure, ProblemKind};
use crate::web::language::Frame;
use crate::web::router::Site;
use crate::web::session::{As, Bare, Gate, Sent, Signed};
use crate::web::staff::Desk;

use super::account::{SessionView, behind};
use super::{Refusal, pages, printed, to};

const PAGE: &str = "/staff/accounts";

/// An account as an administrator sees it in a list: the telephone is not whole.
pub struct AccountView {
    pub id: String,
    pub name: String,
    pub telephone: String,
    pub offices: Vec<Office>,
    pub second_factor: bool,
    pub closed: bool,
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self {
            id: account.id.to_string(),
            name: account.name.as_str().to_owned(),
            telephone: account.telephone.masked(),
            offices: account.offices.iter().collect(),
            second_factor: account.totp.is_some(),
            closed: account.closed_at.is_some(),
        }
    }
}

/// What was searched, and found.
struct Found {
    query: String,
    accounts: Vec<AccountView>,
}

async fn show(
    site: &Site,
    frame: Frame,
    admin: &Administrator,
    found: Option<&Found>,
    (searching, appointing): (Option<&Refusal>, Option<&Refusal>),
) -> Result<Response, Failure> {
    let staff = site.service.staff(&Warrant::of(admin)).await.map_err(|e| behind(&e))?;
    let page = pages::StaffAccounts {
        frame: &frame.at("account").on(PAGE),
        desk: &Desk::of(admin.visitor(), PAGE),
        token: &site.service.form_token(admin.visitor()),
        staff: &staff.into_iter().map(AccountView::from).collect::<Vec<_>>(),
        query: found.map_or("", |f| &f.query),
        found: found.map(|f| f.accounts.as_slice()),
        search_error: searching.map(|r| &r.message),
        appoint_error: appointing.map(|r| &r.message),
    };
    Ok(printed(&page, searching.or(appointing)))
}

/// GET /staff/accounts
pub async fn page(State(site): State<Site>, As(admin): As<Administrator>, frame: Frame) -> Result<Response, Failure> {
    show(&site, frame, &admin, None, (None, None)).await
}

/// The search.
#[derive(Deserialize)]
pub struct Search {
    token: String,
    query: String,
}

impl Signed for Search {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /staff/accounts: by telephone or name, neither of which stands in an address.
pub async fn search(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Administrator, Search>) -> Result<Response, Failure> {
    let (admin, typed) = (&sent.who, &sent.form.query);
    let query = match (Telephone::parse(typed), PersonName::parse(typed)) {
        (Ok(telephone), _) => AccountQuery::Telephone(telephone),
        (_, Ok(name)) => AccountQuery::Name(name),
        _ => {
            let refusal = Refusal::new(Message::new("请输入完整的手机号或姓名", "Enter a whole telephone number or a name"));
            let found = Found { query: bounded(typed), accounts: Vec::new() };
            return show(&site, frame, admin, Some(&found), (Some(&refusal), None)).await;
        }
    };
    let accounts = site.service.find_accounts(&Warrant::of(admin), &query, now).await.map_err(|e| behind(&e))?;
    let found = Found { query: bounded(typed), accounts: accounts.into_iter().map(AccountView::from).collect() };
    show(&site, frame, admin, Some(&found), (None, None)).await
}

/// Boxes that are ticked.
#[derive(Deserialize)]
pub struct Roles {
    token: String,
    #[serde(default)]
    telephone: String,
    #[serde(default)]
    name: String,
    student: Option<String>,
    school: Option<String>,
    reviewer: Option<String>,
    #[serde(rename = "objections-officer")]
    objections_officer: Option<String>,
    issuer: Option<String>,
    #[serde(rename = "centre-reviewer")]
    centre_reviewer: Option<String>,
    cashier: Option<String>,
    administrator: Option<String>,
}

impl Signed for Roles {
    fn token(&self) -> &str {
        &self.token
    }
}

impl Roles {
    fn offices(&self) -> Result<Offices, Refusal> {
        let boxes = [
            (Office::Student, &self.student),
            (Office::School, &self.school),
            (Office::Reviewer, &self.reviewer),
            (Office::ObjectionsOfficer, &self.objections_officer),
            (Office::Issuer, &self.issuer),
            (Office::CentreReviewer, &self.centre_reviewer),
            (Office::Cashier, &self.cashier),
            (Office::Administrator, &self.administrator),
        ];
        let ticked = boxes.into_iter().filter(|(_, ticked)| ticked.is_some()).map(|(office, _)| office);
        Offices::new(ticked).map_err(|error| Refusal::new(Message::of(&error)))
    }
}

/// POST /staff/accounts/new: the person sets their own password by way of recovery.
pub async fn appoint(State(site): State<Site>, Now(now): Now, frame: Frame, sent: Sent<Administrator, Roles>) -> Result<Response, Failure> {
    match appointed(&site, now, &sent).await? {
        Ok(id) => Ok(to(&format!("{PAGE}/{id}"))),
        Err(refusal) => show(&site, frame, &sent.who, None, (None, Some(&refusal))).await,
    }
}

async fn appointed(
    site: &Site,
    now: crate::domain::time::Instant,
    sent: &Sent<Administrator, Roles>,
) -> Result<Result<AccountId, Refusal>, Failure> {
    let read = || {
        let telephone = super::telephone(&sent.form.telephone)?;
        let name = PersonName::parse(&sent.form.name).map_err(|error| Refusal::new(Message::of(&error)))?;
        Ok((telephone, name, sent.form.offices()?))
    };
    let (telephone, name, offices) = match read() {
        Ok(read) => read,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let new = Appointment { telephone: &telephone, name: &name, offices, password: None, now };
    match site.service.appoint(&Warrant::of(&sent.who), &new, &mut entropy::fill).await {
        Ok(id) => Ok(Ok(id)),
        Err(AccessError::HasAccount) => Ok(Err(Refusal::new(Message::new(
            "该手机号已有账号，请在上面搜索",
            "This telephone number has an account: search for it above",
        )))),
        Err(error) => Ok(Err(Refusal::of(error)?)),
    }
}

fn id_of(typed: &str) -> Result<AccountId, Failure> {
    AccountId::from_str(typed).map_err(|_| Failure::page(ProblemKind::NotFound))
}

async fn show_one(
    site: &Site,
    frame: Frame,
    now: crate::domain::time::Instant,
    admin: &Administrator,
    id: AccountId,
    refusal: Option<&Refusal>,
) -> Result<Response, Failure> {
    let found = site.service.account(&Warrant::of(admin), id, now).await.map_err(|e| behind(&e))?;
    let (account, sessions) = found.ok_or_else(|| Failure::page(ProblemKind::NotFound))?;
    let here = admin.visitor().session();
    let page = pages::StaffAccount {
        frame: &frame.at("account").on(PAGE),
        desk: &Desk::of(admin.visitor(), PAGE),
        token: &site.service.form_token(admin.visitor()),
        is_staff: account.offices.is_staff(),
        sessions: &sessions.into_iter().map(|session| SessionView::of(session, here)).collect::<Vec<_>>(),
        account: &AccountView::from(account),
        error: refusal.map(|r| &r.message),
    };
    Ok(printed(&page, refusal))
}

/// GET /staff/accounts/{id}
pub async fn account(
    State(site): State<Site>,
    Now(now): Now,
    As(admin): As<Administrator>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    show_one(&site, frame, now, &admin, id_of(&id)?, None).await
}

/// Back to the account, or the account with what was wrong.
async fn done(
    site: &Site,
    frame: Frame,
    now: crate::domain::time::Instant,
    admin: &Administrator,
    id: AccountId,
    outcome: Result<(), AccessError>,
) -> Result<Response, Gate> {
    match outcome {
        Ok(()) => Ok(to(&format!("{PAGE}/{id}"))),
        Err(AccessError::Unknown) => Err(Failure::page(ProblemKind::NotFound).into()),
        Err(error) => Ok(show_one(site, frame, now, admin, id, Some(&Refusal::of(error)?)).await?),
    }
}

/// POST /staff/accounts/{id}/roles
pub async fn assign(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Administrator, Roles>,
) -> Result<Response, Gate> {
    let id = id_of(&id)?;
    match sent.form.offices() {
        Ok(offices) => {
            let outcome = site.service.assign(&Warrant::of(&sent.who), id, &offices, now).await;
            done(&site, frame, now, &sent.who, id, outcome).await
        }
        Err(refusal) => Ok(show_one(&site, frame, now, &sent.who, id, Some(&refusal)).await?),
    }
}

/// POST /staff/accounts/{id}/sessions
pub async fn end_sessions(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Administrator, Bare>,
) -> Result<Response, Gate> {
    let id = id_of(&id)?;
    let outcome = site.service.end_sessions_of(&Warrant::of(&sent.who), id, now).await.map(|_| ());
    done(&site, frame, now, &sent.who, id, outcome).await
}

/// POST /staff/accounts/{id}/second-factor: takes it away.
pub async fn remove_second_factor(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Administrator, Bare>,
) -> Result<Response, Gate> {
    let id = id_of(&id)?;
    let outcome = site.service.remove_second_factor(&Warrant::of(&sent.who), id, now).await;
    done(&site, frame, now, &sent.who, id, outcome).await
}

/// Whether an account shall be closed.
#[derive(Deserialize)]
pub struct Closing {
    token: String,
    closed: bool,
}

impl Signed for Closing {
    fn token(&self) -> &str {
        &self.token
    }
}

/// POST /staff/accounts/{id}/closed
pub async fn close(
    State(site): State<Site>,
    Now(now): Now,
    frame: Frame,
    Path(id): Path<String>,
    sent: Sent<Administrator, Closing>,
) -> Result<Response, Gate> {
    let id = id_of(&id)?;
    let outcome = site.service.close_account(&Warrant::of(&sent.who), id, sent.form.closed, now).await;
    done(&site, frame, now, &sent.who, id, outcome).await
}
