//! The nouns of the field and their rules. No I/O, no clock, no randomness: time comes in as an argument.

pub mod account;
pub mod api_key;
pub mod award;
pub mod award_list;
pub mod cbor;
pub mod certificate;
pub mod certificate_json;
pub mod certify;
pub mod claims;
pub mod correction;
pub mod digest;
pub mod eligibility;
pub mod hints;
pub mod identity;
pub mod issuer;
pub mod limit;
pub mod name;
pub mod number;
pub mod password;
pub mod programme;
pub mod qr_claims;
pub mod share;
pub mod status;
pub mod telephone;
pub mod text;
pub mod time;
