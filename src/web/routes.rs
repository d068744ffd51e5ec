//! What the public reaches: every route as its method, its path and its handler, in groups by how much a request may bring.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tower_http::limit::RequestBodyLimitLayer;

use super::router::Site;
use super::{
    WebSettings, accounts, api, assets, awards, bulk, certificate, claims, download, embed, errors, help, list, lookup, moving, notices,
    objections, openapi, orders, partners, qr, scan, school, shared, sharing, staff, statement, upload, verification, verify, well_known,
};

/// The largest form or JSON document, in bytes.
const MAX_FORM_BYTES: usize = 16 * 1024;

/// A group of routes: their methods and paths, which a test of who may ask for what holds its table against, and the routes themselves.
macro_rules! routes {
    ($($(#[$doc:meta])* $paths:ident, $routes:ident { $($method:ident $path:literal => $handler:path;)* })*) => {
        $(
            $(#[$doc])*
            pub const $paths: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

            pub(in crate::web) fn $routes() -> axum::Router<crate::web::router::Site> {
                axum::Router::new()$(.route($path, $method($handler)))*
            }
        )*
    };
}
pub(in crate::web) use routes;

routes! {
    /// What is asked in an address or a small form.
    SMALL, small {
        get "/" => lookup::start;
        get "/lookup" => lookup::by_number;
        post "/lookup" => lookup::by_identity;
        get "/c/{number}/statement" => statement::get;
        get "/.well-known/jwks.json" => well_known::key_set;
        get "/.well-known/revocations.jws" => well_known::states;
        get "/c/{number}" => certificate::get;
        post "/c/{number}" => certificate::compare;
        get "/q/{digits}" => qr::get;
        get "/Q/{digits}" => qr::get;
        get "/p/{token}" => download::glimpse;
        get "/d/{token}" => download::page;
        get "/d/{token}/pdf" => download::pdf;
        get "/d/{token}/png" => download::png;
        get "/d/{token}/code" => download::code;
        get "/d/{token}/sharing" => sharing::get;
        post "/d/{token}/sharing" => sharing::make;
        post "/d/{token}/sharing/{id}/end" => sharing::end;
        post "/d/{token}/listing" => sharing::listing;
        get "/s/{token}" => shared::door;
        post "/s/{token}" => shared::open;
        get "/s/{token}/{pass}" => shared::page;
        get "/s/{token}/{pass}/pdf" => shared::pdf;
        get "/s/{token}/{pass}/png" => shared::png;
        get "/problems" => errors::page;
        get "/api" => openapi::page;
        get "/api/v1/openapi.json" => openapi::document;
        get "/api/v1/certificates/{number}" => api::certificate;
        post "/api/v1/lookups" => api::lookup;
        get "/api/v1/claims" => partners::claims::claims;
        get "/api/v1/claims/{claim}" => partners::claims::claim;
        get "/api/v1/issuances/{issuance}" => partners::issuances::issuance;
        get "/assets/{name}" => assets::get;
        get "/scan" => scan::page;
        get "/sw.js" => scan::service_worker;
        get "/manifest.webmanifest" => scan::manifest;
        get "/assets/scan/{version}/{*path}" => scan::file;
        get "/embed" => embed::form;
        get "/embed.js" => embed::script;
        get "/embed/guide" => embed::guide;
        get "/help" => help::index;
        get "/help/{guide}" => help::guide;
        get "/favicon.ico" => assets::favicon;
        get "/healthz" => api::health;
        get "/readyz" => api::ready;
    }
    /// A file is brought to be checked.
    FILES, files {
        get "/verify" => verify::form;
        post "/verify" => verify::check;
        post "/api/v1/verifications" => api::verification;
    }
    /// Public notices.
    NOTICES, notices {
        get "/notices" => notices::all;
        get "/notices/{contest}" => notices::one;
        post "/notices/{contest}/search" => notices::search;
        get "/notices/{contest}/pdf" => notices::pdf;
        get "/notices/{contest}/lists/{digest}" => notices::list;
        get "/notices/{contest}/statements/{seq}" => notices::statement;
        get "/objections" => objections::follow_form;
        post "/objections" => objections::follow;
    }
    /// Objections, with their files.
    HANDED_IN, handed_in {
        get "/notices/{contest}/objection" => objections::form;
        post "/notices/{contest}/objection" => objections::hand_in;
    }
    /// Many numbers at once, by a program.
    BULK, bulk {
        post "/api/v1/lookups/bulk" => bulk::lookups;
    }
    /// A partner's list.
    HANDED, handed {
        post "/api/v1/issuances" => partners::issuances::issue;
    }
    /// A list of certificates is brought to be checked.
    LISTS, lists {
        get "/list" => list::form;
        post "/list" => list::check;
        post "/list/files" => list::save;
    }
}

/// Every route of the site.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    [
        SMALL,
        FILES,
        NOTICES,
        HANDED_IN,
        BULK,
        HANDED,
        LISTS,
        accounts::ROUTES,
        awards::ROUTES,
        moving::ROUTES,
        orders::ROUTES,
        staff::ROUTES,
        verification::ROUTES,
        verification::UPLOADS,
        staff::CATALOGUE,
        claims::ROUTES,
        staff::CONTESTS,
        staff::UPLOADS,
        staff::OBJECTIONS,
        staff::WEBHOOKS,
        school::ROUTES,
        school::UPLOADS,
        school::SHEETS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The routes, what each may bring bounded. An upload is read to its end, so that the sender hears why it is refused.
pub(super) fn bounded(settings: WebSettings) -> Router<Site> {
    let forms = small()
        .merge(notices())
        .merge(accounts::routes())
        .merge(awards::routes())
        .merge(moving::routes())
        .merge(staff::routes())
        .merge(verification::routes());
    let forms = forms.merge(staff::contests()).merge(staff::objections()).merge(school::routes());
    let forms = forms.merge(staff::catalogue()).merge(claims::routes()).merge(orders::routes()).merge(staff::webhooks());
    let forms = forms.layer((RequestBodyLimitLayer::new(MAX_FORM_BYTES), DefaultBodyLimit::max(MAX_FORM_BYTES)));
    let uploads = |routes: Router<Site>, bytes: usize| routes.layer((RequestBodyLimitLayer::new(bytes), DefaultBodyLimit::disable()));
    let bulk = bulk().layer((RequestBodyLimitLayer::new(bulk::MAX_BYTES), DefaultBodyLimit::max(bulk::MAX_BYTES)));
    forms
        .merge(bulk)
        .merge(uploads(handed(), partners::issuances::MAX_BYTES))
        .merge(uploads(files(), upload::drained(settings)))
        .merge(uploads(handed_in(), objections::MAX_BODY))
        .merge(uploads(staff::uploads(), staff::MAX_UPLOAD))
        .merge(uploads(verification::uploads(), verification::MAX_BODY))
        .merge(uploads(school::uploads(), verification::MAX_BODY))
        .merge(uploads(school::sheets(), school::MAX_SHEET))
        .merge(uploads(lists(), upload::drained(list::settings(settings))))
}
