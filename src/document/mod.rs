//! Certificate and template to PDF bytes.
//!
//! A *plate* is made once for each template, issuer and signature algorithm: everything that is the same on every certificate,
//! serialised and hashed. The *press* writes what differs behind it, in one pass, and leaves a slot for the signature. A *draft*
//! must pass its checks to become [`press::Checked`], the only thing that can be sealed.

pub mod checks;
pub mod edition;
pub mod evidence;
pub mod fonts;
pub mod letter;
pub mod look;
pub mod notice_sheet;
mod office;
pub mod plate;
pub mod portrait;
pub mod press;
pub mod preview;
pub mod qr;
pub mod rehearsal;
pub mod seal_svg;
pub mod template;

mod artwork;
mod colour_profile;
mod embed;
mod face_problem;
pub mod fee_receipt;
mod ids;
mod layout;
mod objects;
mod prefix;
mod seal_mark;
mod seal_picture;
mod stack;
mod tags;
mod typeset;
mod xmp;

pub use prefix::Prefix;
