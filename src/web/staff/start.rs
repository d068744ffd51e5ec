//! The first page of the staff.

use askama::Template;
use axum::response::Response;

use crate::service::access::Staff;
use crate::web::assets;
use crate::web::language::Frame;
use crate::web::pages::render;
use crate::web::session::As;

use super::Desk;

#[derive(Template)]
#[template(path = "staff/start.html")]
struct Start<'a> {
    frame: &'a Frame,
    desk: &'a Desk,
}

/// GET /staff
pub async fn page(As(staff): As<Staff>, frame: Frame) -> Response {
    render(&Start { frame: &frame.at("account"), desk: &Desk::of(staff.visitor(), "/staff") })
}
