//! Accounts that move to a new telephone over HTTP: the holder asks under `/account/telephone/move`, reviewers compare both accounts under
//! `/staff/moves`. No number stands in an address.

mod desk;
mod own;
mod pages;

use axum::routing::{get, post};

use super::routes::routes;

routes! {
    /// Every route of moves.
    ROUTES, routes {
        get "/account/telephone/move" => own::form;
        post "/account/telephone/move" => own::send;
        get "/staff/moves" => desk::queue;
        get "/staff/moves/{id}" => desk::one;
        post "/staff/moves/{id}" => desk::decide;
    }
}
