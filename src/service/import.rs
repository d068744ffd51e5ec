//! Importing a list: read, check, record; or report every problem and change nothing.

use crate::document::portrait::{self, PortraitRule};
use crate::domain::digest::Digest;
use crate::domain::issuer::Slug;
use crate::domain::programme::Programme;
use crate::domain::time::Instant;
use crate::registry::Imported;

use super::access::ContestMandate;
use super::award_list::{self, Grid, ListContext, ReadList, Rejection, read};
use super::{Service, ServiceError};

/// A list as it lies on the desk.
pub struct ListFile<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The programme of rows that name none.
    pub programme: Option<&'a Slug>,
    /// Gives the portrait that a row names.
    pub portraits: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

/// Why a list was not imported. Nothing of it is recorded.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The list has problems.
    #[error("名单有问题，未导入任何内容 / the list has problems; nothing was imported")]
    Rejected(Box<Rejection>),
    /// Registry or vault failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Service {
    /// Records every award of a list, in one commit. The same awards again change nothing.
    ///
    /// # Errors
    /// [`ImportError::Rejected`] with every problem of the whole file; [`ImportError::Service`] with the reason if the list names a contest
    /// whose list was published.
    pub async fn import(&self, file: &ListFile<'_>, mandate: &ContestMandate, now: Instant) -> Result<Imported, ImportError> {
        let programmes = self.programmes().await?;
        let ReadList { list, portraits, .. } = read_list(&programmes, file).map_err(|r| ImportError::Rejected(Box::new(r)))?;
        // Portraits first: an award in the registry always has its portrait; a portrait without award harms nobody.
        self.vault.put_many(portraits).await.map_err(ServiceError::from)?;
        self.vault.barrier().await.map_err(ServiceError::from)?;
        Ok(self.registry.import(&list, now, mandate.actor()).await.map_err(ServiceError::from)?)
    }
}

pub(super) fn read_list(programmes: &[Programme], file: &ListFile<'_>) -> Result<ReadList, Rejection> {
    read(file.name, file.bytes, &context(programmes, file))
}

/// The same of rows that came in no file.
pub(super) fn read_grid(programmes: &[Programme], file: &ListFile<'_>, grid: Grid, source: Digest) -> Result<ReadList, Rejection> {
    award_list::read_grid(file.name, grid, source, &context(programmes, file))
}

fn context<'a>(programmes: &'a [Programme], file: &ListFile<'a>) -> ListContext<'a> {
    ListContext {
        programmes,
        default_programme: file.programme,
        portraits: file.portraits,
        check_portrait: &|kind, bytes| portrait::intake(bytes, &PortraitRule::of(kind)).map(|p| p.jpeg).map_err(|e| e.to_string()),
    }
}
