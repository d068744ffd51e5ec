//! A school's account over HTTP: its verification and its instructors under `/account/school`, what is in doubt of them under
//! `/staff/instructors`.

mod instructors;
mod list;
mod pages;
mod review;
mod verification;
mod views;

use axum::routing::{get, post};

use super::routes::routes;

routes! {
    /// What is asked in an address or a small form.
    ROUTES, routes {
        get "/account/school" => verification::overview;
        get "/account/school/schools" => verification::schools;
        get "/account/school/letter" => verification::letter;
        post "/account/school/verification/anew" => verification::anew;
        get "/account/school/verification/pictures/{slot}/{until}/{code}" => verification::picture;
        get "/account/school/instructors" => instructors::page;
        post "/account/school/instructors/search" => instructors::search;
        get "/account/school/instructors/new" => instructors::new;
        post "/account/school/instructors/new" => instructors::enter;
        get "/account/school/instructors/template" => list::template;
        get "/account/school/instructors/{id}" => instructors::edit;
        post "/account/school/instructors/{id}" => instructors::change;
        post "/account/school/instructors/{id}/remove" => instructors::remove;
        get "/staff/instructors" => review::queue;
        get "/staff/instructors/{id}" => review::page;
        post "/staff/instructors/{id}" => review::decide;
    }
    /// A form with its pictures.
    UPLOADS, uploads {
        get "/account/school/verification" => verification::form;
        post "/account/school/verification" => verification::send;
    }
    /// A spreadsheet, and what it held when it comes back to be confirmed.
    SHEETS, sheets {
        get "/account/school/instructors/list" => list::page;
        post "/account/school/instructors/list" => list::preview;
        post "/account/school/instructors/list/confirm" => list::confirm;
    }
}

/// A spreadsheet as large as its reader takes, and what a browser puts around it.
pub const MAX_SHEET: usize = (4 << 20) + (64 << 10);
