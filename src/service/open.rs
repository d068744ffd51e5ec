//! Opening a service over a data folder.

use std::sync::Arc;

use crate::config::{Config, VaultPlace};
use crate::domain::certificate::Certificate;
use crate::domain::number::CertificateNumber;
use crate::registry::{DataKeys, Registry, RegistryError, Vault, VaultError};
use crate::sealing::verify::Verifier;

use super::check_qr::{Codes, HeadingCache, MOST};
use super::clock::Clock;
use super::contests::Known;
use super::key_folder::{KeyFolder, KeyFolderError, Passphrase};
use super::limits::Leases;
use super::looker::Looker;
use super::messages::{Console, MailError, Mailer};
use super::notice_pdf::NoticeFiles;
use super::offer_sample::Samples;
use super::picture::Easels;
use super::seals::Seals;
use super::statement::StatesCell;
use super::{Service, ServiceError};

/// Why a service cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyFolderError),
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The mail server's settings.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The trust anchors.
    #[error(transparent)]
    Trust(#[from] crate::sealing::keyring::TrustError),
}

/// The vault at a place.
pub(super) fn vault(place: &VaultPlace, keys: DataKeys) -> Result<Vault, VaultError> {
    match place {
        VaultPlace::Folder(folder) => Vault::in_folder(folder, keys),
        VaultPlace::Bucket(bucket, access) => Vault::in_bucket(bucket, access, keys),
    }
}

impl Service {
    /// Opens registry and vault, and brings the tables to this version.
    ///
    /// # Errors
    /// [`OpenError`] naming what is missing or does not answer.
    pub async fn open(config: Config, passphrase: Option<&Passphrase>) -> Result<Self, OpenError> {
        let folder = KeyFolder::new(&config.keys);
        let keys = DataKeys::from_master(folder.data_key(passphrase)?.bytes());
        let trust = folder.trust()?;
        let signer = Arc::new(folder.statement_signer(passphrase)?);
        let vault = vault(&config.vault, keys.clone())?;
        match vault.ask().await {
            // Lookups need no file of it: a store that is away does not keep them from being answered.
            Err(outage) if outage.is_outage() => tracing::warn!(%outage, "the vault does not answer"),
            answer => answer?,
        }
        let registry = Registry::connect(&config.database, keys).await?;
        registry.migrate().await?;
        let (seals, known) =
            (Seals::of(&config.issuers), Known::of(&config.programmes, registry.contests().await?, registry.offers().await?));
        let mailer = config.mail.as_ref().map(|mail| Mailer::new(mail, &config.public_url)).transpose()?;
        Ok(Self {
            verifier: Verifier::new(&trust)?,
            config,
            registry,
            vault,
            trust: Arc::new(trust),
            leases: Leases::default(),
            codes: Codes::new(MOST),
            headings: HeadingCache::default(),
            easels: Easels::default(),
            looker: Looker::default(),
            seals,
            samples: Samples::default(),
            known,
            signer,
            states: StatesCell::default(),
            courier: Arc::new(Console),
            mailer,
            notice_files: NoticeFiles::default(),
            clock: Clock::default(),
            webhook_client: super::webhooks::Client::default(),
            room: None,
        })
    }

    /// Certificates in the order of their numbers, after `after`, in whatever state: for the staff.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn certificates(&self, after: Option<&CertificateNumber>, limit: u32) -> Result<Vec<Certificate>, ServiceError> {
        Ok(self.registry.certificates(after, limit).await?)
    }

    /// The version of the tables.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn schema_version(&self) -> Result<i64, ServiceError> {
        Ok(self.registry.schema_version().await?)
    }
}
