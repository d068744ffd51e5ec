//! What a monitor reads of the service beside its requests: counts, and no word about anybody.

use crate::domain::proofing::CaseKind;
use crate::domain::time::Instant;

use super::{Service, ServiceError};

/// A count at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gauge {
    /// Its name by the habit of Prometheus.
    pub name: &'static str,
    /// What it counts.
    pub help: &'static str,
    /// Of which part, as a label and its value; those of one name follow each other.
    pub label: Option<(&'static str, &'static str)>,
    /// How much.
    pub value: u64,
}

impl Service {
    /// Counts what waits, each over an index.
    ///
    /// # Errors
    /// [`ServiceError`] if the registry does not answer.
    pub async fn gauges(&self, now: Instant) -> Result<Vec<Gauge>, ServiceError> {
        let queues = self.registry.queues().await?;
        let reviews = self.registry.cases_to_review(&CaseKind::ALL).await?;
        let claims = self.registry.claims_to_review().await?;
        let late = |due: Option<Instant>| due.map_or(0, |due| u64::try_from((now.millis() - due.millis()) / 1000).unwrap_or(0));
        let gauge = |name, help, value| Gauge { name, help, label: None, value };
        let mut gauges = vec![
            gauge("yinxin_issuing_jobs_waiting", "Batches that are queued or running.", queues.jobs),
            gauge("yinxin_certificates_reserved", "Certificates whose number is reserved and whose file is not made yet.", queues.reserved),
            gauge("yinxin_messages_queued", "Messages and letters that have not left yet.", queues.messages),
            gauge("yinxin_cases_waiting", "Cases of verification that wait for a reviewer.", reviews.count),
            gauge(
                "yinxin_cases_overdue_seconds",
                "For how long the oldest waiting case has been past its due date; 0 if none is.",
                late(reviews.oldest),
            ),
            gauge("yinxin_objections_open", "Objections that are not decided.", self.registry.open_objections().await?.count),
            gauge(
                "yinxin_reports_open",
                "Mistakes that holders reported and nobody decided.",
                self.registry.waiting_reports().await?.count,
            ),
            gauge(
                "yinxin_claims_overdue_seconds",
                "For how long the oldest claim in review has been past its due date; 0 if none is.",
                late(claims.oldest),
            ),
            gauge("yinxin_orders_placed", "Orders that wait to be paid.", queues.placed),
            gauge("yinxin_payments_due_back", "Payments that are due back.", queues.due_back),
            gauge("yinxin_webhook_deliveries_waiting", "Notices to issuers' systems that are tried, or tried again.", queues.deliveries),
            gauge(
                "yinxin_webhook_endpoints_stopped",
                "Endpoints of issuers' systems that stopped by themselves.",
                self.registry.stopped_webhooks().await?.count,
            ),
        ];
        let open = self.registry.open_claims().await?.into_iter();
        let help = "Claims that are not decided or whose certificate is not made, by state.";
        gauges.extend(open.map(|(state, value)| Gauge { name: "yinxin_claims_open", help, label: Some(("state", state.code())), value }));
        Ok(gauges)
    }
}
