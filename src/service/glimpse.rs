//! The picture of a certificate for a reader who has just shown that they hold it, on paper or as a file. Its address ends soon, and gives
//! the picture alone.

use crate::document::preview::{Dpi, Ink};
use crate::domain::number::CertificateNumber;
use crate::domain::time::Instant;

use super::answers::{PublicCertificate, PublicState};
use super::download::{LinkToken, same};
use super::picture::PictureError;
use super::{Service, ServiceError};

/// How long an answer's picture can be had, in milliseconds: a page that stays open is still whole when it is printed.
const LIFE: i64 = 10 * 60 * 1_000;

impl Service {
    /// The token of a picture that can be had for ten minutes. To be given only to one who holds the certificate.
    #[must_use]
    pub fn glimpse(&self, number: &CertificateNumber, now: Instant) -> LinkToken {
        let expires = now.plus_millis(LIFE);
        LinkToken { number: number.clone(), expires, mac: self.registry.keys().picture_mac(number, expires) }
    }

    /// The picture of a token, for as long as the certificate stands; nothing if the token is wrong or over.
    ///
    /// # Errors
    /// [`PictureError`] if the picture cannot be made.
    pub async fn glimpsed(&self, token: &LinkToken, now: Instant) -> Result<Option<Vec<u8>>, PictureError> {
        let expected = self.registry.keys().picture_mac(&token.number, token.expires);
        if !same(&expected, &token.mac) || now >= token.expires {
            return Ok(None);
        }
        let certificate = self.registry.certificate(&token.number).await.map_err(ServiceError::from)?;
        let stands = certificate.as_ref().and_then(|c| PublicCertificate::of(c, now)).is_some_and(|c| c.state == PublicState::Valid);
        if !stands {
            return Ok(None);
        }
        self.picture(&token.number, Dpi::SCREEN, Ink::Colour).await.map(Some)
    }
}
