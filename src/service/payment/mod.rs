//! Who takes the money: transfers, which a cashier confirms, or a gateway, which confirms by signed notices.

mod gateway;

pub use gateway::{GatewayDoor, Heard, NotHeard};

use crate::config::Offline;
use crate::domain::issuer::Slug;

use super::Service;

/// The name of transfers in records.
pub const OFFLINE: &str = "offline";

/// A way to pay.
#[derive(Debug)]
pub enum Provider<'a> {
    /// By transfer to an account, which a cashier confirms.
    Offline(&'a Offline),
    /// At a gateway.
    Gateway(GatewayDoor<'a>),
}

impl Service {
    /// The ways to pay, the one that needs nobody's hand first.
    #[must_use]
    pub fn providers(&self) -> Vec<Provider<'_>> {
        let gateway = self.gateway().map(Provider::Gateway);
        gateway.into_iter().chain([Provider::Offline(&self.config.payment.offline)]).collect()
    }

    /// The gateway, if there is one.
    #[must_use]
    pub fn gateway(&self) -> Option<GatewayDoor<'_>> {
        self.config.payment.gateway.as_ref().map(|gateway| GatewayDoor::new(gateway, &self.config.public_url))
    }

    /// The gateway of this name.
    pub(super) fn gateway_named(&self, name: &str) -> Option<GatewayDoor<'_>> {
        name.parse::<Slug>().ok().and_then(|name| self.gateway().filter(|gateway| *gateway.id() == name))
    }
}
