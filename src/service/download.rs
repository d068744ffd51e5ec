//! Links through which a holder downloads a certificate: unguessable, expiring, and kept nowhere, since the code in them is a
//! keyed digest of number and expiry.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::document::qr::{QUIET, QrText, Symbol};
use crate::domain::certificate::Certificate;
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;
use crate::sealing::verify::{StatedError, stated_with_proof};

use super::{Service, ServiceError};

/// The token in a download link: `NUMBER.EXPIRY.CODE`, the expiry in milliseconds since 1970, the code 128 bits in base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken {
    pub(super) number: CertificateNumber,
    pub(super) expires: Instant,
    pub(super) mac: [u8; 16],
}

/// The text is no link token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("链接不完整或有误 / the link is incomplete or wrong")]
pub struct LinkTokenError;

/// Why a link gives no file.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The code is not the one that belongs to number and expiry.
    #[error("链接无效 / the link is not valid")]
    Invalid,
    /// The link's time is over.
    #[error("链接已过期 / the link has expired")]
    Expired,
    /// The certificate cannot be had yet.
    #[error("证书尚未开放下载 / the certificate is not released yet")]
    NotReleased {
        /// From when on.
        at: Instant,
    },
    /// The certificate was never completed, or its file is not in the vault.
    #[error("证书文件暂不可用 / the file cannot be had now")]
    NotFound,
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// Why there is no code of a certificate.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// What the file says of itself is wrong, which no file of this service's own is.
    #[error(transparent)]
    File(#[from] StatedError),
    /// The registry failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// A file with the name under which a person saves it.
#[derive(Clone, PartialEq, Eq)]
pub struct Download {
    /// The certificate.
    pub number: CertificateNumber,
    /// `NUMBER.pdf`.
    pub file_name: String,
    /// The file.
    pub pdf: Vec<u8>,
}

impl Service {
    /// A link for the holder of `number` that ends at `expires`.
    #[must_use]
    pub fn link(&self, number: &CertificateNumber, expires: Instant) -> LinkToken {
        LinkToken { number: number.clone(), expires, mac: self.registry.keys().link_mac(number, expires) }
    }

    /// The link as a URL.
    #[must_use]
    pub fn link_url(&self, token: &LinkToken) -> String {
        format!("{}/d/{token}", self.public_url())
    }

    /// The file that a link opens at `now`.
    ///
    /// # Errors
    /// [`DownloadError`] saying why not.
    pub async fn download(&self, link: &LinkToken, now: Instant) -> Result<Download, DownloadError> {
        let certificate = self.held(link, now).await?;
        self.file_of(&certificate).await
    }

    /// The QR code of a certificate as an SVG of its own, with its quiet zone: what the holder shows on a screen. Where the one that was
    /// printed is not kept, it is that of the file's own proof.
    ///
    /// # Errors
    /// [`CodeError`].
    pub async fn code_of(&self, download: &Download) -> Result<String, CodeError> {
        let (_, text) = stated_with_proof(&download.pdf, &self.trust)?;
        let (prefix, digits) = text.rsplit_once('/').ok_or(StatedError::Missing)?;
        let printed = self.registry.code(&download.number).await.map_err(ServiceError::from)?;
        let text = QrText { prefix: format!("{prefix}/"), digits: printed.unwrap_or_else(|| digits.to_owned()) };
        let symbol = Symbol::encode(&text).map_err(|_| StatedError::Missing)?;
        let side = symbol.size() + 2 * QUIET;
        Ok(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"{0}\" height=\"{0}\" \
             shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{1}\"/></svg>\n",
            side * 8,
            symbol.svg_path()
        ))
    }

    /// The certificate that a holder's link names at `now`.
    ///
    /// # Errors
    /// [`DownloadError`] saying why the link does not open.
    pub(super) async fn held(&self, link: &LinkToken, now: Instant) -> Result<Certificate, DownloadError> {
        let expected = self.registry.keys().link_mac(&link.number, link.expires);
        if !same(&expected, &link.mac) {
            return Err(DownloadError::Invalid);
        }
        if now >= link.expires {
            return Err(DownloadError::Expired);
        }
        let certificate = self.registry.certificate(&link.number).await.map_err(ServiceError::from)?.ok_or(DownloadError::NotFound)?;
        if now < certificate.release {
            return Err(DownloadError::NotReleased { at: certificate.release });
        }
        Ok(certificate)
    }

    /// The file of a certificate.
    pub(super) async fn file_of(&self, certificate: &Certificate) -> Result<Download, DownloadError> {
        let file = certificate.status.file().ok_or(DownloadError::NotFound)?;
        let pdf = self.vault.get(&file.digest).await.map_err(ServiceError::from)?.ok_or(DownloadError::NotFound)?;
        let number = certificate.facts.claims.number.clone();
        Ok(Download { file_name: format!("{number}.pdf"), number, pdf })
    }
}

/// Compares without telling by its time how much agrees.
pub(super) fn same(a: &[u8; 16], b: &[u8; 16]) -> bool {
    a.iter().zip(b).fold(0, |difference, (x, y)| difference | (x ^ y)) == 0
}

impl LinkToken {
    /// The certificate that the link names.
    #[must_use]
    pub fn number(&self) -> &CertificateNumber {
        &self.number
    }
}

impl fmt::Display for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.number, self.expires.millis(), URL_SAFE_NO_PAD.encode(self.mac))
    }
}

/// A token opens a file: it is shown in full only where a link is made.
impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LinkToken({}, [elided])", self.number)
    }
}

impl FromStr for LinkToken {
    type Err = LinkTokenError;

    fn from_str(text: &str) -> Result<Self, LinkTokenError> {
        let mut parts = text.splitn(3, '.');
        let mut next = || parts.next().ok_or(LinkTokenError);
        let number = next()?.parse().map_err(|_| LinkTokenError)?;
        let millis: i64 = next()?.parse().map_err(|_| LinkTokenError)?;
        let mac = URL_SAFE_NO_PAD.decode(next()?).map_err(|_| LinkTokenError)?;
        let expires = Instant::from_millis(millis).map_err(|_| LinkTokenError)?;
        let token = Self { number, expires, mac: mac.try_into().map_err(|_| LinkTokenError)? };
        if token.to_string() == text { Ok(token) } else { Err(LinkTokenError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_one_spelling() {
        let token =
            LinkToken { number: "LH14202400001".parse().unwrap(), expires: Instant::from_millis(1_704_067_200_000).unwrap(), mac: [7; 16] };
        let text = token.to_string();
        assert_eq!(text.parse(), Ok(token));
        assert_eq!(text.replace("1704", "+1704").parse::<LinkToken>(), Err(LinkTokenError));
        assert_eq!(text[..text.len() - 1].parse::<LinkToken>(), Err(LinkTokenError));
        assert_eq!("".parse::<LinkToken>(), Err(LinkTokenError));
    }
}
