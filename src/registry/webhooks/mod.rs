//! Notices to issuers' own systems: what is to be told is written by the commit that does it, given to the endpoints of its issuer
//! afterwards, and sent by whichever process takes it.

mod deliveries;
mod endpoints;
mod outbox;

pub use deliveries::{AttemptRecord, DeliveryRecord, DueDelivery};
pub use endpoints::{EndpointRecord, NewEndpoint};
