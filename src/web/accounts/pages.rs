//! The pages of accounts: one typed context for each template under `pages/account/`.

use askama::Template;

use crate::domain::account::Office;
use crate::domain::telephone::Telephone;
use crate::service::access::Visitor;
use crate::web::advice::Message;
use crate::web::assets;
use crate::web::language::Frame;
use crate::web::staff::Desk;

use super::account::SessionView;
use super::staff::AccountView;

/// Registering, the first step.
#[derive(Template)]
#[template(path = "account/register.html")]
pub struct Register<'a> {
    pub frame: &'a Frame,
    pub telephone: &'a str,
    pub office: Office,
    pub error: Option<&'a Message>,
}

/// Registering, with the code in hand.
#[derive(Template)]
#[template(path = "account/register_confirm.html")]
pub struct RegisterConfirm<'a> {
    pub frame: &'a Frame,
    pub telephone: &'a Telephone,
    pub office: Office,
    pub ticket: &'a str,
    pub name: &'a str,
    pub error: Option<&'a Message>,
}

/// Signing in.
#[derive(Template)]
#[template(path = "account/sign_in.html")]
pub struct SignIn<'a> {
    pub frame: &'a Frame,
    pub telephone: &'a str,
    /// Of the code that was sent; empty if none was.
    pub ticket: &'a str,
    /// Whether the page offers to send a code.
    pub code_needed: bool,
    pub next: &'a str,
    pub said: Option<&'a Message>,
    pub error: Option<&'a Message>,
}

/// Recovery, the first step.
#[derive(Template)]
#[template(path = "account/recover.html")]
pub struct Recover<'a> {
    pub frame: &'a Frame,
    pub telephone: &'a str,
    pub error: Option<&'a Message>,
}

/// Recovery, with the code in hand.
#[derive(Template)]
#[template(path = "account/recover_confirm.html")]
pub struct RecoverConfirm<'a> {
    pub frame: &'a Frame,
    pub telephone: &'a Telephone,
    pub ticket: &'a str,
    pub error: Option<&'a Message>,
}

/// The account's own page.
#[derive(Template)]
#[template(path = "account/account.html")]
pub struct Account<'a> {
    pub frame: &'a Frame,
    pub visitor: &'a Visitor,
    pub sessions: &'a [SessionView],
    pub token: &'a str,
}

/// A new password.
#[derive(Template)]
#[template(path = "account/password.html")]
pub struct Password<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    /// For the browser's store of passwords.
    pub telephone: &'a str,
    pub error: Option<&'a Message>,
}

/// The account's e-mail address, the first step.
#[derive(Template)]
#[template(path = "account/email.html")]
pub struct Email<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    /// The address that it has.
    pub now: Option<&'a str>,
    pub email: &'a str,
    pub error: Option<&'a Message>,
}

/// The account's e-mail address, with the code in hand.
#[derive(Template)]
#[template(path = "account/email_confirm.html")]
pub struct EmailConfirm<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub email: &'a str,
    pub ticket: &'a str,
    pub error: Option<&'a Message>,
}

/// Another telephone for the account.
#[derive(Template)]
#[template(path = "account/telephone.html")]
pub struct NewTelephone<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    /// The one that it has, masked.
    pub now: &'a str,
    pub telephone: &'a str,
    /// Whether an earlier account can be asked for.
    pub is_student: bool,
    pub error: Option<&'a Message>,
}

/// Another telephone for the account, with the code in hand.
#[derive(Template)]
#[template(path = "account/telephone_confirm.html")]
pub struct NewTelephoneConfirm<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub telephone: &'a Telephone,
    pub ticket: &'a str,
    pub error: Option<&'a Message>,
}

/// A code of the second factor is asked for.
#[derive(Template)]
#[template(path = "account/second_factor.html")]
pub struct SecondFactor<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub next: &'a str,
    pub error: Option<&'a Message>,
}

/// A second factor is offered.
#[derive(Template)]
#[template(path = "account/second_factor_offer.html")]
pub struct SecondFactorOffer<'a> {
    pub frame: &'a Frame,
    pub token: &'a str,
    pub next: &'a str,
    pub error: Option<&'a Message>,
    pub secret: &'a str,
    /// The same in groups of four.
    pub spaced: &'a str,
    /// The QR code's side in modules, its quiet zone included.
    pub side: usize,
    /// Its dark modules.
    pub path: &'a str,
    /// Whether it must be set up.
    pub staff: bool,
}

/// The administrators' page of accounts.
#[derive(Template)]
#[template(path = "account/staff_accounts.html")]
pub struct StaffAccounts<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub token: &'a str,
    pub staff: &'a [AccountView],
    pub query: &'a str,
    pub found: Option<&'a [AccountView]>,
    pub search_error: Option<&'a Message>,
    pub appoint_error: Option<&'a Message>,
}

/// One account as an administrator sees it.
#[derive(Template)]
#[template(path = "account/staff_account.html")]
pub struct StaffAccount<'a> {
    pub frame: &'a Frame,
    pub desk: &'a Desk,
    pub token: &'a str,
    pub account: &'a AccountView,
    pub is_staff: bool,
    pub sessions: &'a [SessionView],
    pub error: Option<&'a Message>,
}
