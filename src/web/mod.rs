//! What people and machines reach over HTTP: lookup, the certificate's page, the QR code's landing page, verification of a
//! file, the holder's download, and the API. Every page works without JavaScript.
//!
//! A handler parses what was typed, asks the service, and hands the answer to [`view`]: page and API print the same view, so
//! they cannot disagree. [`errors`] dresses every failure, the router's own included, as a page or a problem document.

mod accounts;
mod advice;
mod answer;
mod api;
mod assets;
mod awards;
mod bulk;
mod caller;
mod certificate;
mod claims;
mod clock;
mod decision;
mod download;
mod embed;
mod errors;
mod etag;
mod file_view;
mod headers;
mod help;
mod language;
mod list;
mod lookup;
mod meter;
mod moving;
mod notice_pages;
mod notice_view;
mod notices;
mod objections;
mod offline;
mod openapi;
mod orders;
mod origin;
mod pages;
mod partners;
mod qr;
mod question;
mod router;
mod routes;
mod scan;
mod school;
mod server;
mod session;
mod shared;
mod sharing;
mod staff;
mod statement;
mod trace;
mod upload;
mod verification;
mod verify;
mod view;
mod well_known;

pub use meter::{Meter, metrics_router};
pub use offline::page as offline_page;
pub use router::{measured, router};
pub use routes::all as all_routes;
pub use server::serve;

/// What an operator may set.
#[derive(Debug, Clone, Copy)]
pub struct WebSettings {
    /// The largest file that can be verified, in bytes.
    pub max_file_bytes: usize,
    /// After which time a request is given up.
    pub timeout: std::time::Duration,
}

impl Default for WebSettings {
    fn default() -> Self {
        Self { max_file_bytes: 20 * 1024 * 1024, timeout: std::time::Duration::from_secs(30) }
    }
}
