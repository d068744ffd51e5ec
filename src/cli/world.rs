//! From the place on the command line to an open service.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{Config, Defaults};
use crate::domain::bucket::Access;
use crate::domain::time::Instant;
use crate::service::Service;
use crate::service::clock;
use crate::service::key_folder::{KeyFolder, Passphrase};
use crate::service::press_room::PressRoom;

use super::{Failure, Place};

/// The environment variable with the passphrase of the private keys.
const PASSPHRASE: &str = "YINXIN_PASSPHRASE";

/// The configuration of the data folder.
pub fn config(place: &Place) -> Result<Config, Failure> {
    Ok(Config::load(&place.data, &defaults(place))?)
}

/// Where things lie when the configuration does not say.
pub fn defaults(place: &Place) -> Defaults {
    Defaults {
        templates: shipped("certificate-templates"),
        fonts: shipped("fonts"),
        database: place.database.clone(),
        access: Access::of(|name| std::env::var(name).ok()),
    }
}

/// The service over the data folder, its tables brought to this version.
pub async fn service(place: &Place) -> Result<Service, Failure> {
    let config = config(place)?;
    let service = Service::open(config, passphrase().as_ref()).await?;
    Ok(service.looking_with(std::env::current_exe()?))
}

/// The press room with the signing keys.
pub fn press_room(service: &Service) -> Result<Arc<PressRoom>, Failure> {
    let keys = KeyFolder::new(&service.config().keys).load(service.config(), passphrase().as_ref())?;
    Ok(Arc::new(PressRoom::open(service.config(), keys, service.trust())?))
}

/// The passphrase from the environment, where one is set.
pub fn passphrase() -> Option<Passphrase> {
    std::env::var(PASSPHRASE).ok().filter(|p| !p.is_empty()).map(Passphrase::new)
}

/// The instant now.
pub fn now() -> Result<Instant, Failure> {
    Ok(clock::now()?)
}

/// Who acts, for the audit trail: the account of the operating system.
pub fn actor() -> String {
    std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "cli".to_owned())
}

/// A folder that ships with the program: in the working folder, beside the program, or where it was built.
pub fn shipped(name: &str) -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(|folder| folder.join(name)));
    let candidates = [Some(PathBuf::from(name)), beside, Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))];
    let found = candidates.into_iter().flatten().find(|p| p.is_dir()).unwrap_or_else(|| PathBuf::from(name));
    // Absolute, so that a path in the configuration that is relative to the data folder does not take it along.
    std::path::absolute(&found).unwrap_or(found)
}
