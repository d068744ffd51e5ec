//! Accounts over HTTP: registering, signing in, recovery, the account's own page, and the staff's page of accounts.
//!
//! What needs a session takes its handle by [`As`](super::session::As) or [`Sent`](super::session::Sent); forms before a session are refused
//! from other sites. No telephone, name or code stands in an address.

mod account;
mod email;
mod pages;
mod recover;
mod register;
mod second_factor;
mod sign_in;
mod staff;
mod telephone;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use crate::domain::telephone::Telephone;
use crate::service::access::{AccessError, Secret};

use super::advice::Message;
use super::errors::{Door, Failure};
use super::pages::{render, render_with};
use super::routes::routes;

routes! {
    /// Every route of accounts.
    ROUTES, routes {
        get "/register" => register::form;
        post "/register" => register::send;
        post "/register/confirm" => register::confirm;
        get "/sign-in" => sign_in::form;
        post "/sign-in" => sign_in::enter;
        post "/sign-in/code" => sign_in::send;
        get "/recover" => recover::form;
        post "/recover" => recover::send;
        post "/recover/confirm" => recover::confirm;
        post "/sign-out" => account::sign_out;
        get "/account" => account::page;
        post "/account/sessions/end" => account::end;
        post "/account/sessions/end-others" => account::end_others;
        get "/account/password" => account::password_form;
        post "/account/password" => account::change_password;
        get "/account/email" => email::form;
        post "/account/email" => email::send;
        post "/account/email/confirm" => email::confirm;
        post "/account/email/remove" => email::remove;
        get "/account/telephone" => telephone::form;
        post "/account/telephone" => telephone::send;
        post "/account/telephone/confirm" => telephone::confirm;
        get "/account/second-factor" => second_factor::form;
        post "/account/second-factor" => second_factor::show;
        get "/staff/accounts" => staff::page;
        post "/staff/accounts" => staff::search;
        post "/staff/accounts/new" => staff::appoint;
        get "/staff/accounts/{id}" => staff::account;
        post "/staff/accounts/{id}/roles" => staff::assign;
        post "/staff/accounts/{id}/sessions" => staff::end_sessions;
        post "/staff/accounts/{id}/second-factor" => staff::remove_second_factor;
        post "/staff/accounts/{id}/closed" => staff::close;
    }
}

/// What a form says when it comes back.
struct Refusal {
    status: StatusCode,
    message: Message,
    /// In how many seconds another try makes sense.
    retry_after: Option<u64>,
}

impl Refusal {
    fn new(message: Message) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message, retry_after: None }
    }

    /// The message of what somebody may put right; a failure behind the scenes is one for [`Failure`].
    fn of(error: AccessError) -> Result<Self, Failure> {
        match error {
            AccessError::Service(error) => Err(Failure::service(Door::Page, &error)),
            AccessError::TooMany(wait) => {
                let message = Message::of(&error);
                Ok(Self { status: StatusCode::TOO_MANY_REQUESTS, message, retry_after: Some(wait.seconds) })
            }
            _ => Ok(Self::new(Message::of(&error))),
        }
    }
}

/// A page, with the status of what was wrong with its form.
fn printed(page: &impl askama::Template, refusal: Option<&Refusal>) -> Response {
    let Some(refusal) = refusal else { return render(page) };
    let mut response = render_with(refusal.status, page);
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Reads a telephone as typed.
fn telephone(typed: &str) -> Result<Telephone, Refusal> {
    Telephone::parse(typed).map_err(|error| Refusal::new(Message::of(&error)))
}

/// Reads the ticket that a page keeps for its code; one that is broken belongs to no code.
fn ticket(typed: &str) -> Result<Secret, Refusal> {
    Secret::read(typed).ok_or_else(|| Refusal::new(Message::of(&AccessError::Code)))
}

fn to(path: &str) -> Response {
    Redirect::to(path).into_response()
}
