//! Editions: a template as it lies on disk today, frozen with its fonts and the issuer's seal; and the plates of editions that were
//! frozen earlier.

use std::path::Path;
use std::sync::Arc;

use crate::document::edition::{Edition, SealFile};
use crate::document::fonts::FontLibrary;
use crate::document::template::Template;
use crate::domain::certificate::Facts;
use crate::domain::digest::Digest;
use crate::domain::issuer::Issuer;
use crate::domain::programme::Programme;

use super::issue::IssueError;
use super::library::{self, LibraryError};
use super::press_room::{PressError, PressRoom};
use super::{Service, ServiceError};

impl Service {
    /// The edition that certificates of a programme are printed with today.
    pub(super) fn edition_of_today(&self, room: &PressRoom, programme: &Programme, issuer: &Issuer) -> Result<Edition, PressError> {
        let template = library::template(&self.config.templates.join(programme.template.as_str()))?;
        let faces = Template::parse(&template).map_err(PressError::Template)?.faces();
        let fonts = faces.into_iter().filter_map(|file| room.fonts().digest(&file).map(|digest| (file, digest))).collect();
        let seal = self.config.seals.get(&issuer.id).map(|path| seal(path)).transpose()?;
        Ok(Edition { template, fonts, seal })
    }

    /// Keeps an edition for as long as a certificate names it: the archive in the registry, the bytes of its fonts in the vault.
    pub(super) async fn keep_edition(&self, edition: &Edition, name: &str) -> Result<(), IssueError> {
        let mut new = Vec::new();
        for (file, digest) in &edition.fonts {
            if !self.vault.has(digest).await.map_err(ServiceError::from)? {
                let bytes = library::font(&self.config.fonts.join(file), digest).map_err(PressError::from)?;
                new.push((*digest, bytes));
            }
        }
        if !new.is_empty() {
            self.vault.put_many(new).await.map_err(ServiceError::from)?;
            self.vault.barrier().await.map_err(ServiceError::from)?;
        }
        Ok(self.registry.put_template_version(&edition.digest(), name, &edition.to_bytes()).await?)
    }

    /// Makes the plate for recorded facts, from the edition that they name.
    pub(super) async fn prepare_plate(&self, room: &PressRoom, facts: &Facts) -> Result<(), IssueError> {
        if room.has_plate(facts) {
            return Ok(());
        }
        let archive = self.registry.template_version(&facts.template).await?.ok_or(PressError::NoTemplate(facts.template))?;
        let edition = Edition::from_bytes(&archive).map_err(|_| PressError::NoTemplate(facts.template))?;
        let fonts = match room.fonts_of(&edition) {
            Some(fonts) => fonts,
            None => self.fonts_from_vault(&edition).await?,
        };
        Ok(room.prepare(facts, &edition, fonts)?)
    }

    /// The fonts of an edition whose files were replaced since.
    async fn fonts_from_vault(&self, edition: &Edition) -> Result<Arc<FontLibrary>, IssueError> {
        let mut files = Vec::new();
        for (name, digest) in &edition.fonts {
            let bytes = self.vault.get(digest).await.map_err(ServiceError::from)?;
            let bytes = bytes.filter(|b| Digest::of(b) == *digest).ok_or_else(|| PressError::NoFont(name.clone(), *digest))?;
            files.push((name.clone(), Arc::from(bytes)));
        }
        let fonts = FontLibrary::new(files).map_err(|e| PressError::Library(LibraryError::Fonts(e)))?;
        Ok(Arc::new(fonts))
    }
}

fn seal(path: &Path) -> Result<SealFile, LibraryError> {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("seal").to_owned();
    Ok(SealFile { name, bytes: library::seal(path)? })
}
