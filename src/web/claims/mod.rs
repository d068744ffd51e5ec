//! Ability certificates over HTTP: what a holder may claim and has claimed under `/account/claims`, the holder's contests and certificates
//! beside it, and the centre's review under `/staff/claims`. Whose a claim is not, for them it is not there.

mod certificates;
mod contests;
mod form;
mod own;
mod queue;
mod review;
mod views;

use axum::routing::{get, post};

use super::routes::routes;

/// The path of a holder's claims.
pub const OWN: &str = "/account/claims";

routes! {
    /// Every route of claims.
    ROUTES, routes {
        get "/account/contests" => contests::list;
        get "/account/certificates" => certificates::list;
        get "/account/claims" => own::list;
        get "/account/claims/new" => form::new;
        post "/account/claims" => form::submit;
        get "/account/claims/{id}" => own::one;
        post "/account/claims/{id}/contact" => own::contact;
        post "/account/claims/{id}/resubmit" => own::resubmit;
        post "/account/claims/{id}/withdraw" => own::withdraw;
        get "/certificates/samples/{offer}" => certificates::sample;
        get "/staff/claims" => queue::page;
        post "/staff/claims" => queue::approve;
        get "/staff/claims/{id}" => review::page;
        post "/staff/claims/{id}" => review::decide;
    }
}
