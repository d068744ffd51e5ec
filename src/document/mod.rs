//! Certificate and template to PDF bytes.

pub mod qr;
pub mod unsigned;
