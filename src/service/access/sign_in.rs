//! Signing in.
//!
//! Wrong passwords are counted for each account over all browsers that it does not know. When there were too many, such a browser needs a
//! code by SMS besides; a browser that the account has signed in from before goes on as ever, under a count of its own. So guessing is
//! stopped, and nobody can lock another person out.

use std::net::IpAddr;

use crate::domain::account::{CodePurpose, Session};
use crate::domain::password::Password;
use crate::domain::telephone::Telephone;
use crate::domain::time::Instant;
use crate::registry::Account;
use crate::service::Service;
use crate::service::limits::{LimitedError, Policy};

use super::{ATTEMPTS_FROM, AccessError, CodeTyped, MINUTE, Random, Secret, fixed, password, random};

/// Wrong passwords for one account from browsers that it does not know.
const UNKNOWN_BROWSERS: Policy = fixed("password", 10, 30 * MINUTE);
/// Wrong passwords for one account from one browser that it knows.
const KNOWN_BROWSER: Policy = fixed("known browser", 20, 5 * MINUTE);
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// How long a browser is known.
const KNOWN: i64 = 400 * DAY;
/// The longest name of a browser that is kept.
const BROWSER_CHARS: usize = 60;

/// What someone fills in to sign in.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// The telephone.
    pub telephone: &'a Telephone,
    /// The password as typed.
    pub password: &'a str,
    /// A code by SMS, if one was asked for.
    pub code: Option<CodeTyped<'a>>,
    /// The cookie of a browser that signed in before.
    pub browser: Option<&'a Secret>,
    /// The browser's name for itself.
    pub browser_name: &'a str,
    /// From where.
    pub from: IpAddr,
    /// When.
    pub now: Instant,
}

/// Someone has got in.
#[derive(Debug)]
pub struct Entered {
    /// For the session's cookie.
    pub session: Secret,
    /// For the browser's cookie, if it has none yet.
    pub browser: Option<Secret>,
    /// Whether the second factor is asked for next.
    pub second_factor: bool,
    /// Whether it is one of the staff, whose session does not outlive the browser.
    pub staff: bool,
}

impl Service {
    /// Signs in.
    ///
    /// # Errors
    /// [`AccessError::Credentials`], [`AccessError::CodeNeeded`], [`AccessError::Code`], [`AccessError::TooMany`], the same for
    /// telephones with and without an account.
    pub async fn sign_in(&self, attempt: &Attempt<'_>, source: Random<'_>) -> Result<Entered, AccessError> {
        self.take_from_address(ATTEMPTS_FROM, attempt.from, attempt.now).await?;
        let account = self.open_account(attempt.telephone).await?;
        let known = self.knows_browser(attempt.browser, account.as_ref(), attempt.now).await?;
        let counted = self.count_attempt(attempt, known).await?;
        let typed = Password::typed(attempt.password).ok_or(AccessError::Credentials)?;
        let right = password::is_right(typed, account.as_ref().map(|a| a.password.clone())).await?;
        match account {
            Some(account) if right => {
                // Only wrong passwords stay counted: otherwise the count would tell that somebody signed in.
                if let Some(policy) = counted {
                    self.give_back_for_telephone(policy, attempt.telephone).await?;
                }
                self.enter(&account, attempt, known, source).await
            }
            _ => Err(AccessError::Credentials),
        }
    }

    /// Counts an attempt before its password is looked at; answers what was counted for the telephone. A right code by SMS stands in for the
    /// count of unknown browsers.
    async fn count_attempt(&self, attempt: &Attempt<'_>, known: bool) -> Result<Option<Policy>, AccessError> {
        if let (true, Some(secret)) = (known, attempt.browser) {
            let bucket = self.registry.keys().secret_hash("browser bucket", &[secret.bytes()]);
            self.take_all(&bucket, KNOWN_BROWSER, 1, attempt.now).await?;
            return Ok(None);
        }
        if let Some(code) = attempt.code.filter(|typed| !typed.code.trim().is_empty()) {
            self.spend_code(CodePurpose::SignIn, attempt.telephone.as_str(), code, attempt.now).await?;
            return Ok(None);
        }
        match self.take_for_telephone(UNKNOWN_BROWSERS, attempt.telephone, attempt.now).await {
            Err(LimitedError::TooMany(_)) => Err(AccessError::CodeNeeded),
            other => other.map(|()| Some(UNKNOWN_BROWSERS)).map_err(AccessError::from),
        }
    }

    async fn enter(&self, account: &Account, attempt: &Attempt<'_>, known: bool, source: Random<'_>) -> Result<Entered, AccessError> {
        let now = attempt.now;
        let session = Secret::new(random(source));
        let name: [u8; 8] = random(source);
        let staff = account.offices.is_staff();
        let record = Session {
            name: name.iter().map(|b| format!("{b:02x}")).collect(),
            began: now,
            seen: now,
            ends: ends(staff, now, now),
            browser: attempt.browser_name.chars().take(BROWSER_CHARS).collect(),
            second_factor: false,
        };
        self.registry.begin_session(session.bytes(), account.id, &record).await?;
        let browser = if known {
            None
        } else {
            // A browser has one cookie for all accounts that it serves; one that it brought is used again.
            let secret = attempt.browser.cloned().unwrap_or_else(|| Secret::new(random(source)));
            self.registry.remember_browser(secret.bytes(), account.id, now.plus_millis(KNOWN)).await?;
            Some(secret)
        };
        Ok(Entered { session, browser, second_factor: staff || account.totp.is_some(), staff })
    }
}

/// When a session that began then and is used now ends: the public's after two weeks without use and after 90 days in any case, the staff's
/// after two hours and after half a day.
pub(super) fn ends(staff: bool, began: Instant, now: Instant) -> Instant {
    let (idle, whole) = if staff { (2 * HOUR, 12 * HOUR) } else { (14 * DAY, 90 * DAY) };
    now.plus_millis(idle).min(began.plus_millis(whole))
}
