//! The letter of authorisation, made for the account that asks.

use crate::document::letter::{self, Letter, SheetError};
use crate::domain::proofing::{CaseKind, Field};
use crate::domain::time::Instant;
use crate::service::access::School;
use crate::service::library::{self, LibraryError};
use crate::service::{Service, ServiceError};

/// Why there is no letter.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// The form does not name a school of the list yet.
    #[error("请先选择学校并保存，再下载委托书 / choose the school and save the form first")]
    NoSchool,
    /// A character or a font is missing.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The fonts cannot be read.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// Registry or task failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Service {
    /// The letter of authorisation for the school that the account's form names, as a PDF to be stamped.
    ///
    /// # Errors
    /// [`LetterError`].
    pub async fn letter_of_authorisation(&self, school: &School, now: Instant) -> Result<Vec<u8>, LetterError> {
        let visitor = school.visitor();
        let case = self.registry.live_case(visitor.id(), CaseKind::School).await.map_err(ServiceError::from)?;
        let typed = case.map(|case| case.typed.get(Field::School).to_owned()).unwrap_or_default();
        let named = self.registry.school_named(&typed).await.map_err(ServiceError::from)?.ok_or(LetterError::NoSchool)?;
        let letter = Letter {
            school: named.name,
            person: visitor.name().as_str().to_owned(),
            telephone: visitor.telephone_masked(),
            site: self.public_url().to_owned(),
            made_at: now,
        };
        let folder = self.config.fonts.clone();
        let make = move || {
            let fonts = library::fonts(&folder)?;
            Ok::<_, LetterError>(letter::compose(&letter, &fonts)?)
        };
        tokio::task::spawn_blocking(make).await.map_err(ServiceError::from)?
    }
}
