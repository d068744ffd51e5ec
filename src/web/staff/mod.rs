//! The staff's side: what each office works with, under `/staff`.
//!
//! A page takes the handle of its office by [`As`](super::session::As) or [`Sent`](super::session::Sent), and extends `staff/shell.html`, which
//! shows the sections that the visitor may open.

mod audit;
mod catalogue;
mod certificate;
mod certificates;
mod contests;
mod correction;
mod exports;
mod issuing;
mod objections;
mod start;
mod webhooks;

use std::collections::BTreeMap;

use axum::routing::{get, post};

use crate::domain::account::Office;
use crate::service::ServiceError;
use crate::service::access::Visitor;

use super::errors::{Door, Failure, ProblemKind};
use super::help;
use super::router::Site;
use super::routes::routes;

pub use catalogue::ROUTES as CATALOGUE;
pub(in crate::web) use catalogue::routes as catalogue;
pub use contests::{MAX_UPLOAD, ROUTES as CONTESTS, UPLOADS};
pub(in crate::web) use contests::{routes as contests, uploads};
pub use objections::ROUTES as OBJECTIONS;
pub(in crate::web) use objections::routes as objections;
pub use webhooks::ROUTES as WEBHOOKS;
pub(in crate::web) use webhooks::routes as webhooks;

routes! {
    /// Every route of the staff's side but for `/staff/accounts`.
    ROUTES, routes {
        get "/staff" => start::page;
        get "/staff/issuing" => issuing::page;
        post "/staff/issuing" => issuing::start;
        get "/staff/issuing/{job}" => issuing::one;
        get "/staff/issuing/{job}/events" => issuing::events;
        post "/staff/issuing/{job}/stop" => issuing::stop;
        post "/staff/issuing/{job}/problems" => exports::problems;
        get "/staff/certificates" => certificates::page;
        post "/staff/certificates" => certificates::search;
        get "/staff/certificates/{certificate}" => certificate::page;
        get "/staff/certificates/{certificate}/pdf" => certificate::pdf;
        post "/staff/certificates/{certificate}/revoke" => certificate::revoke;
        get "/staff/certificates/{certificate}/correct" => correction::form;
        post "/staff/certificates/{certificate}/correct" => correction::correct;
        get "/staff/audit" => audit::page;
        post "/staff/audit/check" => audit::check;
        get "/staff/exports" => exports::page;
        post "/staff/exports/certificates" => exports::certificates;
        post "/staff/exports/contest" => exports::contest;
        post "/staff/exports/awards" => exports::awards;
        post "/staff/exports/accounts" => exports::accounts;
        post "/staff/exports/audit" => exports::audit;
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
    Section { path: "/staff/contests", zh: "赛事与公示", en: "Contests", office: Some(Office::Issuer) },
    Section { path: "/staff/catalogue", zh: "证书目录", en: "Catalogue", office: Some(Office::Issuer) },
    Section { path: "/staff/objections", zh: "异议", en: "Objections", office: Some(Office::ObjectionsOfficer) },
    Section { path: "/staff/issuing", zh: "签发", en: "Issuing", office: Some(Office::Issuer) },
    Section { path: "/staff/certificates", zh: "证书", en: "Certificates", office: Some(Office::Issuer) },
    Section { path: "/staff/reports", zh: "证书反馈", en: "Reports", office: Some(Office::Issuer) },
    Section { path: "/staff/reviews", zh: "认证审核", en: "Reviews", office: Some(Office::Reviewer) },
    Section { path: "/staff/matches", zh: "获奖匹配", en: "Matches", office: Some(Office::Reviewer) },
    Section { path: "/staff/moves", zh: "换号申请", en: "Moves", office: Some(Office::Reviewer) },
    Section { path: "/staff/instructors", zh: "指导教师核对", en: "Instructors", office: Some(Office::Reviewer) },
    Section { path: "/staff/claims", zh: "申领审核", en: "Claims", office: Some(Office::CentreReviewer) },
    Section {
        path: "/staff/centre-reviews", zh: "中心认证审核", en: "Centre’s verifications", office: Some(Office::CentreReviewer)
    },
    Section { path: "/staff/orders", zh: "订单与款项", en: "Orders", office: Some(Office::Cashier) },
    Section { path: "/staff/coupons", zh: "优惠券", en: "Coupons", office: Some(Office::Cashier) },
    Section { path: "/staff/webhooks", zh: "事件通知", en: "Webhooks", office: Some(Office::Issuer) },
    Section { path: "/staff/exports", zh: "导出", en: "Exports", office: None },
    Section { path: "/staff/accounts", zh: "账号与角色", en: "Accounts and roles", office: Some(Office::Administrator) },
    Section { path: "/staff/audit", zh: "审计记录", en: "Audit trail", office: Some(Office::Administrator) },
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

    /// The address of what the guides say of the section; of the first page, the guide of what the visitor does.
    pub fn help(&self) -> &'static str {
        let own = self.sections.iter().find(|section| section.office.is_some()).filter(|_| self.here == "/staff");
        match own {
            Some(section) => help::of_section(section.path).split('#').next().unwrap_or_default(),
            None => help::of_section(self.here),
        }
    }

    /// Whether the page belongs to a section.
    pub fn is_at(&self, section: &Section) -> bool {
        self.here == section.path
    }
}

/// A failure behind the scenes of a page.
fn behind(error: ServiceError) -> Failure {
    Failure::service(Door::Page, &error)
}

/// The names of the people behind accounts that acted.
async fn names<'a>(site: &Site, visitor: &Visitor, actors: impl IntoIterator<Item = &'a str>) -> Result<BTreeMap<String, String>, Failure> {
    let staff = visitor.staff().ok_or_else(|| Failure::page(ProblemKind::Forbidden))?;
    site.service.actors(&staff, actors).await.map_err(behind)
}
