//! The audit trail at the desk: read by administrators, and checked.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::time::Instant;
use crate::registry::{Event, TrailFilter, TrailPage};
use crate::service::access::Warrant;
use crate::service::{Service, ServiceError};

/// Entries on one page.
pub const PAGE: u32 = 50;

/// A trail with no more entries is checked whole whenever it is looked at; a longer one when somebody asks for it.
const CHECKED_AT_ONCE: i64 = 1_000;

/// What the trail has for a check of the whole.
const CHECK: &str = "check trail";

/// Whether the trail is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wholeness {
    /// Every entry up to this one fits.
    Intact(i64),
    /// At this entry something was changed or is gone.
    BrokenAt(i64),
    /// Every number is there and every entry of this page fits; the rest was last checked as this entry says, if at all.
    Gapless {
        /// The last entry.
        last: i64,
        /// The last check of the whole.
        checked: Option<Event>,
    },
}

/// A page of the trail.
#[derive(Debug, Clone)]
pub struct Trail {
    /// Its entries.
    pub page: TrailPage,
    /// The names of the people behind accounts that acted.
    pub names: BTreeMap<String, String>,
    /// Whether the trail is whole.
    pub wholeness: Wholeness,
    /// The words for what was done.
    pub actions: Vec<String>,
}

impl Service {
    /// Entries before `before`, or the latest ones.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn trail(&self, _: &Warrant, filter: &TrailFilter, before: Option<i64>) -> Result<Trail, ServiceError> {
        let page = self.registry.trail(filter, before, PAGE).await?;
        let actors: BTreeSet<String> = page.events.iter().map(|event| event.actor.clone()).collect();
        let names = self.registry.account_names(&actors).await?;
        let names = names.into_iter().map(|(id, name)| (id, name.as_str().to_owned())).collect();
        let wholeness = self.wholeness(&page).await?;
        Ok(Trail { names, wholeness, actions: self.registry.trail_actions().await?, page })
    }

    async fn wholeness(&self, page: &TrailPage) -> Result<Wholeness, ServiceError> {
        if page.last > CHECKED_AT_ONCE && page.is_gapless && page.broken.is_empty() {
            return Ok(Wholeness::Gapless { last: page.last, checked: self.registry.latest(CHECK).await? });
        }
        let broken = self.registry.verify_event_chain().await?;
        Ok(broken.map_or(Wholeness::Intact(page.last), Wholeness::BrokenAt))
    }

    /// Checks every entry, and notes what was found. Answers the first one that does not fit.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub async fn check_trail(&self, warrant: &Warrant, at: Instant) -> Result<Option<i64>, ServiceError> {
        let broken = self.registry.verify_event_chain().await?;
        let detail = broken.map_or_else(|| "intact".to_owned(), |entry| format!("broken at {entry}"));
        self.registry.note(warrant.actor(), CHECK, "", &detail, at).await?;
        Ok(broken)
    }
}
