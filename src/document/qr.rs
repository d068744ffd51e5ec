//! The QR code of a certificate.

/// What the code says: an upper-case address, so that it stays in alphanumeric mode, and a decimal token, for numeric mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrText {
    /// The address up to and including `/Q/`.
    pub prefix: String,
    /// The token: decimal digits.
    pub digits: String,
}

impl QrText {
    /// The address as a camera reads it.
    #[must_use]
    pub fn whole(&self) -> String {
        format!("{}{}", self.prefix, self.digits)
    }
}
