//! Verification over HTTP: an account's own cases under `/account/verification`, the reviewers' queue under `/staff/reviews`, that of
//! the issuing centre under `/staff/centre-reviews`.
//!
//! Nothing private stands in an address. Pictures have links of some minutes, each for one account or one reviewer's session.

pub mod own;
mod pages;
mod queue;
mod review;
mod sent;
pub mod views;

use axum::routing::{get, post};

use crate::service::access::{CentreReviewer, Reviewer};
use crate::service::proofing::{ApplyError, MAX_PICTURE_BYTES};

use super::advice::Message;
use super::errors::{Door, Failure, ProblemKind};
use super::routes::routes;

routes! {
    /// What is asked in an address or a small form.
    ROUTES, routes {
        get "/account/verification" => own::overview;
        get "/account/verification/schools" => own::schools;
        post "/account/verification/{kind}/anew" => own::anew;
        get "/account/verification/{kind}/pictures/{slot}/{until}/{code}" => own::picture;
        get "/staff/reviews" => queue::page::<Reviewer>;
        post "/staff/reviews/next" => queue::next::<Reviewer>;
        get "/staff/reviews/{id}" => review::page::<Reviewer>;
        post "/staff/reviews/{id}/approve" => review::approve::<Reviewer>;
        post "/staff/reviews/{id}/return" => review::send_back::<Reviewer>;
        get "/staff/reviews/{id}/pictures/{slot}/{until}/{code}" => review::picture::<Reviewer>;
        get "/staff/centre-reviews" => queue::page::<CentreReviewer>;
        post "/staff/centre-reviews/next" => queue::next::<CentreReviewer>;
        get "/staff/centre-reviews/{id}" => review::page::<CentreReviewer>;
        post "/staff/centre-reviews/{id}/approve" => review::approve::<CentreReviewer>;
        post "/staff/centre-reviews/{id}/return" => review::send_back::<CentreReviewer>;
        get "/staff/centre-reviews/{id}/pictures/{slot}/{until}/{code}" => review::picture::<CentreReviewer>;
    }
    /// A form with its pictures.
    UPLOADS, uploads {
        get "/account/verification/{kind}" => own::form;
        post "/account/verification/{kind}" => own::send;
    }
}

/// A form of the largest kind with all its pictures, and what a browser puts between them.
pub const MAX_BODY: usize = 3 * MAX_PICTURE_BYTES + (1 << 20);

/// The answer to a link that opens nothing, or nothing for the one who asks.
fn ended() -> Failure {
    Failure::page(ProblemKind::NotFound)
        .detail(Message::new("照片链接已失效，请刷新原页面", "The link to the picture has ended: load its page again"))
}

/// A failure that no form can show.
pub fn failed(error: ApplyError) -> Failure {
    match error {
        ApplyError::Service(error) => Failure::service(Door::Page, &error),
        ApplyError::Case(_) => Failure::page(ProblemKind::NotFound),
        ApplyError::Slips(_) | ApplyError::Picture(_) => Failure::page(ProblemKind::BadRequest),
    }
}
