//! Awards over HTTP: a holder's own under `/account/awards`, the reviewers' queue of doubtful
//! matches under `/staff/matches`, what holders report under `/staff/reports`.
//!
//! An award's address is a keyed hash. Whose it is not, for them it is not there.

mod matches;
mod own;
mod pages;
mod report;
mod reports;
mod views;

use axum::routing::{get, post};

pub(in crate::web) use views::{FactsView, reason};

use super::routes::routes;

routes! {
    /// Every route of awards.
    ROUTES, routes {
        get "/account/awards" => own::list;
        get "/account/awards/{id}" => own::one;
        post "/account/awards/{id}/certificate" => own::certificate;
        get "/account/awards/{id}/report" => report::form;
        post "/account/awards/{id}/report" => report::send;
        get "/staff/reports" => reports::queue;
        get "/staff/reports/{id}" => reports::one;
        post "/staff/reports/{id}" => reports::decide;
        get "/staff/matches" => matches::queue;
        get "/staff/matches/{id}" => matches::one;
        post "/staff/matches/{id}" => matches::decide;
    }
}
