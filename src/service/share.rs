//! What a holder decides about others: links that show a certificate to one reader, and whether an identity number finds it.
//!
//! The token in a link is a keyed digest of a random nonce that the holder's form carries, so that a form sent twice makes one link. It is
//! shown once and kept nowhere. Opening takes a click: it is counted, and gives a pass of half an hour to what the page shows.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::certificate::Certificate;
use crate::domain::share::{Purpose, Span};
use crate::domain::time::Instant;
use crate::registry::{NewShare, ShareId, ShareRecord};

use super::download::{Download, DownloadError, LinkToken, same};
use super::{Service, ServiceError};

/// The most links of one certificate that are open at once.
pub const MAX_OPEN: u32 = 20;
/// The most links of one certificate that its holder sees, the newest first.
pub const MAX_SHOWN: u32 = 100;
/// How long a pass lasts, in milliseconds.
const PASS_MILLIS: i64 = 1_800_000;
/// Who did it, in the audit trail.
const ACTOR: &str = "holder";

/// The token in a shared link: 128 bits in base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct ShareToken([u8; 16]);

/// The text is no token of a shared link, or no pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("链接不完整或有误 / the link is incomplete or wrong")]
pub struct ShareTokenError;

impl fmt::Display for ShareToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// A token opens a certificate: it is shown in full only where a link is made.
impl fmt::Debug for ShareToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShareToken([elided])")
    }
}

impl FromStr for ShareToken {
    type Err = ShareTokenError;

    fn from_str(text: &str) -> Result<Self, ShareTokenError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ShareTokenError)?;
        bytes.try_into().map(Self).map_err(|_| ShareTokenError)
    }
}

/// What a reader got by opening a link: `EXPIRY.CODE`.
#[derive(Clone, PartialEq, Eq)]
pub struct Pass {
    until: Instant,
    mac: [u8; 16],
}

impl fmt::Display for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.until.millis(), URL_SAFE_NO_PAD.encode(self.mac))
    }
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pass([elided])")
    }
}

impl FromStr for Pass {
    type Err = ShareTokenError;

    fn from_str(text: &str) -> Result<Self, ShareTokenError> {
        let (until, mac) = text.split_once('.').ok_or(ShareTokenError)?;
        let until = until.parse().ok().and_then(|millis| Instant::from_millis(millis).ok()).ok_or(ShareTokenError)?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok().and_then(|mac| mac.try_into().ok()).ok_or(ShareTokenError)?;
        Ok(Self { until, mac })
    }
}

/// Why a shared link does not open.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// There is no such link.
    #[error("链接无效 / the link is not valid")]
    Unknown,
    /// It expired, or its holder ended it.
    #[error("链接已失效 / the link no longer opens")]
    Closed,
    /// It opens, but the pass does not or no longer.
    #[error("请重新打开 / open it again")]
    NoPass,
    /// The file cannot be had now.
    #[error("证书文件暂不可用 / the file cannot be had now")]
    NoFile,
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// Whether a link opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareState {
    /// It does.
    Open,
    /// The holder ended it.
    Ended(Instant),
    /// Its time is over.
    Expired,
}

/// A link as its holder sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldShare {
    /// What is recorded.
    pub record: ShareRecord,
    /// Whether it opens.
    pub state: ShareState,
    /// When it was opened, the last first; at most the first 100.
    pub opened_at: Vec<Instant>,
}

/// What a holder decided about one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sharing {
    /// The certificate.
    pub certificate: Certificate,
    /// Its links, the newest first.
    pub shares: Vec<HeldShare>,
    /// Whether its holder cannot be found by identity number; nothing if they have none on record.
    pub unlisted: Option<bool>,
}

/// What a reader of a link sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The link.
    pub record: ShareRecord,
    /// The certificate, whole.
    pub certificate: Certificate,
}

impl Service {
    /// What the holder whose link it is decided.
    ///
    /// # Errors
    /// [`DownloadError`] saying why the holder's link does not open.
    pub async fn sharing(&self, holder: &LinkToken, now: Instant) -> Result<Sharing, DownloadError> {
        let certificate = self.held(holder, now).await?;
        let records = self.registry.shares(holder.number(), MAX_SHOWN).await.map_err(ServiceError::from)?;
        let mut shares = Vec::with_capacity(records.len());
        for record in records {
            let opened_at = match record.openings {
                0 => Vec::new(),
                _ => self.registry.share_openings(&record.id).await.map_err(ServiceError::from)?,
            };
            shares.push(HeldShare { state: state(&record, now), record, opened_at });
        }
        let unlisted = self.registry.is_unlisted(holder.number()).await.map_err(ServiceError::from)?;
        Ok(Sharing { certificate, shares, unlisted })
    }

    /// Makes a link, the same for the same `nonce`; nothing if too many are open.
    ///
    /// # Errors
    /// [`DownloadError`] saying why the holder's link does not open.
    pub async fn share(
        &self,
        holder: &LinkToken,
        nonce: &[u8; 16],
        purpose: &Purpose,
        span: Span,
        now: Instant,
    ) -> Result<Option<ShareToken>, DownloadError> {
        self.held(holder, now).await?;
        let token = self.registry.keys().share_token(holder.number(), nonce);
        let share = NewShare { token: &token, certificate: holder.number(), purpose, made_at: now, expires_at: span.end(now) };
        let recorded = self.registry.add_share(&share, MAX_OPEN, ACTOR).await.map_err(ServiceError::from)?;
        Ok(recorded.then_some(ShareToken(token)))
    }

    /// Ends a link of the holder's certificate; nothing happens if it is none, or closed already.
    ///
    /// # Errors
    /// [`DownloadError`] saying why the holder's link does not open.
    pub async fn end_share(&self, holder: &LinkToken, id: &ShareId, now: Instant) -> Result<(), DownloadError> {
        self.held(holder, now).await?;
        self.registry.end_share(holder.number(), id, now, ACTOR).await.map_err(ServiceError::from)?;
        Ok(())
    }

    /// Lets others find the holder by identity number, or not, with all that they hold.
    ///
    /// # Errors
    /// [`DownloadError`] saying why the holder's link does not open; [`DownloadError::NotFound`] for a holder without a document.
    pub async fn set_unlisted(&self, holder: &LinkToken, unlisted: bool, now: Instant) -> Result<(), DownloadError> {
        self.held(holder, now).await?;
        let known = self.registry.is_unlisted(holder.number()).await.map_err(ServiceError::from)?;
        known.ok_or(DownloadError::NotFound)?;
        self.registry.set_unlisted(holder.number(), unlisted, now, ACTOR).await.map_err(ServiceError::from)?;
        Ok(())
    }

    /// The link as a URL.
    #[must_use]
    pub fn share_url(&self, token: &ShareToken) -> String {
        format!("{}/s/{token}", self.public_url())
    }

    /// A link that opens at `now`. Nothing is counted.
    ///
    /// # Errors
    /// [`ShareError`] saying why it does not open.
    pub async fn shared_link(&self, token: &ShareToken, now: Instant) -> Result<ShareRecord, ShareError> {
        let record = self.registry.share(&token.0).await.map_err(ServiceError::from)?.ok_or(ShareError::Unknown)?;
        if state(&record, now) == ShareState::Open { Ok(record) } else { Err(ShareError::Closed) }
    }

    /// Opens a link and counts it.
    ///
    /// # Errors
    /// [`ShareError`] saying why it does not open.
    pub async fn open_shared(&self, token: &ShareToken, now: Instant) -> Result<Pass, ShareError> {
        self.shared_link(token, now).await?;
        if !self.registry.open_share(&token.0, now).await.map_err(ServiceError::from)? {
            return Err(ShareError::Closed);
        }
        let until = now.plus_millis(PASS_MILLIS);
        Ok(Pass { until, mac: self.registry.keys().pass_mac(&token.0, until) })
    }

    /// What a link shows to the reader who opened it.
    ///
    /// # Errors
    /// [`ShareError`] saying why it shows nothing.
    pub async fn shared(&self, token: &ShareToken, pass: &Pass, now: Instant) -> Result<Shared, ShareError> {
        let record = self.shared_link(token, now).await?;
        if now >= pass.until || !same(&self.registry.keys().pass_mac(&token.0, pass.until), &pass.mac) {
            return Err(ShareError::NoPass);
        }
        let certificate = self.registry.certificate(&record.certificate).await.map_err(ServiceError::from)?;
        let certificate = certificate.filter(|c| c.is_public(now)).ok_or(ShareError::NoFile)?;
        Ok(Shared { record, certificate })
    }

    /// The file of a certificate that a link shows.
    ///
    /// # Errors
    /// [`ShareError::NoFile`] or [`ShareError::Service`].
    pub async fn shared_file(&self, shared: &Shared) -> Result<Download, ShareError> {
        self.file_of(&shared.certificate).await.map_err(|e| match e {
            DownloadError::Service(error) => ShareError::Service(error),
            _ => ShareError::NoFile,
        })
    }
}

fn state(record: &ShareRecord, now: Instant) -> ShareState {
    match record.ended_at {
        Some(at) => ShareState::Ended(at),
        None if now < record.expires_at => ShareState::Open,
        None => ShareState::Expired,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_passes_have_one_spelling_and_show_nothing() {
        let token = ShareToken([251; 16]);
        let text = token.to_string();
        assert_eq!((text.len(), text.parse()), (22, Ok(token.clone())));
        for wrong in ["", "AAAA", &text[..21], &format!("{text}A"), &text.replace('-', "+")] {
            assert_eq!(wrong.parse::<ShareToken>(), Err(ShareTokenError), "{wrong}");
        }
        let pass = Pass { until: Instant::from_millis(1_704_067_200_000).unwrap(), mac: [7; 16] };
        assert_eq!(pass.to_string().parse(), Ok(pass.clone()));
        assert!("1704067200000".parse::<Pass>().is_err() && "x.BwcHBwcHBwcHBwcHBwcHBw".parse::<Pass>().is_err());
        assert_eq!(format!("{token:?} {pass:?}"), "ShareToken([elided]) Pass([elided])");
    }
}
