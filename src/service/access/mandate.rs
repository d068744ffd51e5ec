//! What lets somebody run contests, or read and decide objections: the handle of the office, or the machine on which the service runs.

use super::{Issuer, ObjectionsOfficer};

macro_rules! mandates {
    ($($(#[$doc:meta])* $name:ident of $handle:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone)]
            pub struct $name {
                actor: String,
            }

            impl $name {
                /// That of a session.
                #[must_use]
                pub fn of(handle: &$handle) -> Self {
                    Self { actor: handle.actor() }
                }

                /// The operator's, who has the data folder and its keys in hand.
                #[must_use]
                pub fn of_operator(name: &str) -> Self {
                    Self { actor: name.to_owned() }
                }

                /// The name under which the audit trail has what is done with it.
                pub(in crate::service) fn actor(&self) -> &str {
                    &self.actor
                }
            }
        )*
    };
}

mandates! {
    /// Contests, their lists and their notices.
    ContestMandate of Issuer;
    /// Objections: reading and deciding them.
    ObjectionsMandate of ObjectionsOfficer;
}
