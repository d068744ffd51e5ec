//! The staff's side: what each office works with, under `/staff`.
//!
//! A page takes the handle of its office by [`As`](super::session::As) or [`Sent`](super::session::Sent), and extends `staff/shell.html`, which
//! shows the sections that the visitor may open.

mod start;

use axum::routing::get;

use crate::domain::account::Office;
use crate::service::access::Visitor;

use super::routes::routes;

routes! {
    /// Every route of the staff's side but for `/staff/accounts`.
    ROUTES, routes {
        get "/staff" => start::page;
    }
}

/// A part of the staff's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    pub path: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    /// Whose it is; without any, everybody's.
    pub office: Option<Office>,
}

/// Each part, in the order of the navigation.
pub const SECTIONS: &[Section] = &[
    Section { path: "/staff", zh: "工作台", en: "Desk", office: None },
    Section { path: "/staff/reviews", zh: "认证审核", en: "Reviews", office: Some(Office::Reviewer) },
    Section { path: "/staff/instructors", zh: "指导教师核对", en: "Instructors", office: Some(Office::Reviewer) },
    Section { path: "/staff/accounts", zh: "账号与角色", en: "Accounts and roles", office: Some(Office::Administrator) },
];

/// What a page of the staff shows around its own content.
pub struct Desk {
    /// The section that the page belongs to.
    here: &'static str,
    /// The sections that the visitor may open.
    pub sections: Vec<Section>,
}

impl Desk {
    /// The surroundings of a page for a visitor; `here` is the path of its section.
    pub fn of(visitor: &Visitor, here: &'static str) -> Self {
        let may = |section: &&Section| section.office.is_none_or(|office| visitor.offices().has(office));
        Self { here, sections: SECTIONS.iter().filter(may).copied().collect() }
    }

    /// Whether the page belongs to a section.
    pub fn is_at(&self, section: &Section) -> bool {
        self.here == section.path
    }
}
