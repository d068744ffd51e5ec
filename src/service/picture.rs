//! Pictures of certificates, made from the kept file when somebody asks for one.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::document::preview::{self, Dpi, Ink, PreviewError};
use crate::domain::number::CertificateNumber;

use super::{Service, ServiceError};

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// No certificate has this number.
    #[error("没有编号为 {0} 的证书 / no certificate has the number {0}")]
    NotFound(CertificateNumber),
    /// The certificate was never completed, or its file is not in the vault.
    #[error("证书 {0} 的文件不在库中，请运行 yinxin doctor / the file of {0} is not in the vault: run yinxin doctor")]
    NoFile(CertificateNumber),
    /// The file cannot be drawn.
    #[error(transparent)]
    Preview(#[from] PreviewError),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// How many pictures are made at once: half of the cores, so that lookups go on beside any number of them.
#[derive(Debug, Clone)]
pub struct Easels(Arc<Semaphore>);

impl Default for Easels {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new((cores / 2).max(1))))
    }
}

impl Easels {
    /// A place for one piece of work; it waits while others work, and is given back when dropped.
    pub(super) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed; were it, the work would still be done.
        Arc::clone(&self.0).acquire_owned().await.ok()
    }
}

impl Service {
    /// The picture of the certificate `number`, released or not: for the staff.
    ///
    /// # Errors
    /// [`PictureError`] saying why there is none.
    pub async fn picture(&self, number: &CertificateNumber, dpi: Dpi, ink: Ink) -> Result<Vec<u8>, PictureError> {
        let certificate = self.registry.certificate(number).await.map_err(ServiceError::from)?;
        let certificate = certificate.ok_or_else(|| PictureError::NotFound(number.clone()))?;
        let file = certificate.status.file().ok_or_else(|| PictureError::NoFile(number.clone()))?;
        let pdf = self.vault.get(&file.digest).await.map_err(ServiceError::from)?;
        self.draw(pdf.ok_or_else(|| PictureError::NoFile(number.clone()))?, dpi, ink).await
    }

    /// The picture of `pdf`, off the threads that answer requests. It waits while others are being made; whoever stops waiting
    /// gives up the place, and a picture that was begun keeps it until it is done.
    ///
    /// # Errors
    /// [`PictureError::Preview`] if the file cannot be drawn.
    pub async fn draw(&self, pdf: Vec<u8>, dpi: Dpi, ink: Ink) -> Result<Vec<u8>, PictureError> {
        let place = self.easels.place().await;
        let drawn = tokio::task::spawn_blocking(move || {
            let drawn = preview::png(&pdf, dpi, ink);
            drop(place);
            drawn
        });
        Ok(drawn.await.map_err(ServiceError::from)??)
    }
}
