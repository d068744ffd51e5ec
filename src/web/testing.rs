//! The service that this room's tests ask, with what is known of its records.

use std::sync::Arc;

use crate::service::Service;

use super::clock;

/// A service with four certificates and the texts that lead to them.
pub struct TestService {
    pub service: Arc<Service>,
    /// A certificate that stands.
    pub valid: &'static str,
    /// One that was revoked, with the beginning of the reason.
    pub revoked: (&'static str, &'static str),
    /// One that was replaced, with its successor.
    pub corrected: (&'static str, &'static str),
    /// No certificate has it.
    pub unknown: &'static str,
    /// The identity number and the name of the holder of `valid`.
    pub holder: (&'static str, &'static str),
    /// The digits of a code whose proof holds, of `valid`.
    pub qr: String,
    /// The file of `valid`.
    pub pdf: Vec<u8>,
    /// A link to it, and one whose time is over.
    pub links: (String, String),
}

pub fn test_service() -> TestService {
    let service = Service::sample().unwrap();
    let number = "LH14202400001".parse().unwrap();
    let now = clock::now().unwrap();
    let link = |millis| service.link(&number, now.plus_millis(millis)).to_string();
    TestService {
        valid: "LH14202400001",
        revoked: ("LH14202400002", "参赛作品"),
        corrected: ("LH14202400003", "GXRCPJ033202000019"),
        unknown: "LH14202499999",
        holder: ("11010519491231002X", "欧阳娜娜"),
        qr: "1".to_owned(),
        pdf: b"%PDF-2.0 sample".to_vec(),
        links: (link(60_000), link(-1)),
        service: Arc::new(service),
    }
}
