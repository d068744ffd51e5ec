//! Pictures of cases: decoded within bounds, encoded anew, and sealed in the vault behind random bytes, so that their address there tells
//! nothing.

use crate::document::evidence::{self, EvidenceError};
use crate::document::portrait::{PortraitError, PortraitRule, intake};
use crate::domain::digest::Digest;
use crate::domain::proofing::{CaseKind, Slot};
use crate::domain::time::Instant;
use crate::service::access::Random;
use crate::service::{Service, ServiceError};

/// The largest picture as it is sent, in bytes.
pub const MAX_PICTURE_BYTES: usize = 10 << 20;
/// The shorter side of a picture of a card at least, in pixels: below it the print cannot be read.
pub const LEAST_SIDE: u32 = 600;
/// The largest logo as it is sent, in bytes.
pub const MAX_LOGO_BYTES: usize = 2 << 20;
/// The shorter side of a logo at least, in pixels.
pub const LEAST_LOGO: u32 = 120;
/// Random bytes before a file in the vault.
const VEIL: usize = 32;
/// A file that nothing refers to after so many milliseconds is deleted.
const ANNOUNCED: i64 = 3_600_000;

/// Why a picture is not taken, in words for its sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It is no portrait as the rules ask for.
    #[error(transparent)]
    Portrait(#[from] PortraitError),
    /// It is no picture of a card that can be read.
    #[error(transparent)]
    Card(#[from] EvidenceError),
}

/// What is kept of a picture: a JPEG without metadata.
pub(super) fn read((kind, slot): (CaseKind, Slot), sent: &[u8]) -> Result<Vec<u8>, PictureError> {
    match slot {
        Slot::Portrait if kind == CaseKind::Centre => Ok(intake(sent, &PortraitRule::of_centre(MAX_PICTURE_BYTES))?.jpeg),
        Slot::Portrait => Ok(intake(sent, &PortraitRule::of_verification(MAX_PICTURE_BYTES))?.jpeg),
        Slot::CardFront | Slot::CardBack | Slot::StudentCard | Slot::CodeCertificate | Slot::AuthorisationLetter => {
            Ok(evidence::card(sent, MAX_PICTURE_BYTES, LEAST_SIDE)?)
        }
        Slot::Logo => Ok(evidence::card(sent, MAX_LOGO_BYTES, LEAST_LOGO)?),
    }
}

impl Service {
    /// Writes a file that something is about to refer to. Should nothing do so, it is swept.
    pub(in crate::service) async fn put_veiled(&self, content: Vec<u8>, now: Instant, source: Random<'_>) -> Result<Digest, ServiceError> {
        let mut bytes = vec![0; VEIL];
        source(&mut bytes);
        bytes.extend_from_slice(&content);
        let file = Digest::of(&bytes);
        self.registry.announce_file(&file, now.plus_millis(ANNOUNCED)).await?;
        self.vault.put_many(vec![(file, bytes)]).await?;
        self.vault.barrier().await?;
        Ok(file)
    }

    /// Reads what [`Service::put_veiled`] wrote.
    pub(in crate::service) async fn get_veiled(&self, file: &Digest) -> Result<Option<Vec<u8>>, ServiceError> {
        Ok(self.vault.get(file).await?.map(|mut bytes| bytes.split_off(VEIL.min(bytes.len()))))
    }
}
