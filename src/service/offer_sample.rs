//! What a certificate of an offer will look like: made of sample data with the offer's template, issuer, title and number, unsigned.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::document::preview::{Dpi, Ink};
use crate::domain::issuer::Slug;
use crate::domain::offer::{Offer, OfferState};
use crate::domain::time::Instant;

use super::picture::PictureError;
use super::sample_page::{self, SamplePageError};
use super::{Service, ServiceError, library};

/// When the offer was changed last, and its picture.
type Drawn = BTreeMap<Slug, (Instant, Arc<Vec<u8>>)>;

/// Samples that this process has drawn, each for a version of its offer.
#[derive(Debug, Default)]
pub struct Samples(Mutex<Drawn>);

/// Why there is no sample.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// Nothing of this name is offered.
    #[error("没有这项证书 / nothing of this name is offered")]
    Unknown,
    /// The page cannot be made.
    #[error(transparent)]
    Page(#[from] SamplePageError),
    /// The page cannot be drawn.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// Registry or a task failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Service {
    /// The picture of a sample of what is offered, as PNG.
    ///
    /// # Errors
    /// [`SampleError`].
    pub async fn offer_sample(&self, id: &Slug) -> Result<Arc<Vec<u8>>, SampleError> {
        let record = self.registry.offer(id).await.map_err(ServiceError::from)?.filter(|record| record.state != OfferState::Draft);
        let record = record.ok_or(SampleError::Unknown)?;
        if let Some((of, drawn)) = self.samples.lock().get(id)
            && *of == record.changed_at
        {
            return Ok(Arc::clone(drawn));
        }
        let pdf = self.sample_of(record.offer).await?;
        let drawn = Arc::new(self.draw(pdf, Dpi::SHARED, Ink::Colour).await?);
        self.samples.lock().insert(id.clone(), (record.changed_at, Arc::clone(&drawn)));
        Ok(drawn)
    }

    async fn sample_of(&self, offer: Offer) -> Result<Vec<u8>, SampleError> {
        let issuer = self.config.issuers.iter().find(|issuer| issuer.id == offer.programme.issuer).cloned().ok_or(SampleError::Unknown)?;
        let folder = self.config.templates.join(offer.programme.template.as_str());
        let fonts = self.config.fonts.clone();
        let place = self.easels.place().await;
        let made = tokio::task::spawn_blocking(move || {
            let made = library::fonts(&fonts)
                .map_err(SamplePageError::from)
                .and_then(|fonts| sample_page::of_offer(&folder, &fonts, &issuer, &offer));
            drop(place);
            made
        });
        Ok(made.await.map_err(ServiceError::from)??)
    }
}

impl Samples {
    fn lock(&self) -> std::sync::MutexGuard<'_, Drawn> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
