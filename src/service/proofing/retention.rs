//! How long pictures are kept.

use crate::domain::time::Instant;
use crate::service::{Service, ServiceError};

const DAY: i64 = 86_400_000;
/// Files that are deleted before the queue is asked again.
const AT_ONCE: u32 = 100;

impl Service {
    /// Deletes the pictures that are kept no longer, and files of the vault that nothing refers to. Answers how many pictures went.
    ///
    /// # Errors
    /// [`ServiceError`]; what was not deleted is the next time.
    pub async fn sweep_verification(&self, now: Instant) -> Result<u64, ServiceError> {
        let setting = &self.config.verification;
        let before = |days: u32| now.plus_millis(-DAY * i64::from(days));
        let gone = self.registry.expire_pictures(before(setting.keep_approved_days), before(setting.keep_abandoned_days), now).await?;
        loop {
            let files = self.registry.discarded_files(now, AT_ONCE).await?;
            for file in &files {
                self.vault.delete(file).await?;
                self.registry.forget_discarded(file).await?;
            }
            if files.is_empty() {
                return Ok(gone);
            }
        }
    }
}
