//! What partners' systems do with a key: hand in lists that are issued, and read how claims stand. Nothing of it names a person.

pub mod claims;
pub mod issuances;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::Response;

use crate::domain::api_key::{ApiKey, Scope};
use crate::domain::issuer::Slug;
use crate::domain::time::Instant;

use super::advice::Message;
use super::caller::Caller;
use super::errors::{Failure, ProblemKind};
use super::router::Site;
use super::view::Moment;

/// A key that may read claims.
pub struct Reader(Partner);
/// A key that may hand in lists.
pub struct Hander(Partner);

/// A caller with a key for an issuer. One question of it is counted already.
pub struct Partner {
    caller: Caller,
    key: ApiKey,
    issuer: Slug,
}

impl Partner {
    async fn of<S: Send + Sync>(parts: &mut Parts, state: &S, scope: Scope) -> Result<Self, Failure>
    where
        Site: FromRef<S>,
    {
        let caller = Caller::of_any_scope(parts, state).await?;
        caller.ask(&Site::from_ref(state).service, 1).await?;
        let Some(key) = caller.key().cloned() else {
            let message = Message::new("此操作须以 Authorization: Bearer 附上密钥", "This needs a key in Authorization: Bearer");
            return Err(Failure::api(ProblemKind::InvalidApiKey).detail(message));
        };
        let issuer = key.scopes.issuer_for(scope).cloned().ok_or_else(|| Failure::api(ProblemKind::InsufficientScope))?;
        Ok(Self { caller, key, issuer })
    }
}

macro_rules! scoped {
    ($($extractor:ident: $scope:ident;)*) => {
        $(
            impl<S: Send + Sync> FromRequestParts<S> for $extractor
            where
                Site: FromRef<S>,
            {
                type Rejection = Failure;

                async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
                    Partner::of(parts, state, Scope::$scope).await.map(Self)
                }
            }
        )*
    };
}

scoped! {
    Reader: ClaimsRead;
    Hander: Issue;
}

fn bad(zh: &str, en: &str) -> Failure {
    Failure::api(ProblemKind::BadRequest).detail(Message::new(zh, en))
}

/// An answer that belongs to one key.
fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, super::headers::NO_STORE);
    response.extensions_mut().insert(super::caller::SameOriginOnly);
    response
}

/// What the document shows as examples.
pub(super) mod examples {
    use super::claims::{ClaimStateView, ClaimView, ClaimsView};
    use super::issuances::{IssuanceReceipt, IssuanceState, IssuanceView, IssuedState, IssuedView};
    use super::{Instant, Moment};

    fn at(hours: i64) -> Moment {
        Moment(Instant::EPOCH.plus_millis(1_795_600_800_000 + hours * 3_600_000))
    }

    pub fn claim() -> ClaimView {
        ClaimView {
            claim: 17,
            offer: "chain-junior".to_owned(),
            state: ClaimStateView::Issued,
            submitted_at: at(0),
            changed_at: at(40),
            due_at: Some(at(1_440)),
            certificate_number: Some("GXRCPJ033202000019".to_owned()),
        }
    }

    pub fn claims() -> ClaimsView {
        ClaimsView { claims: vec![claim()], next: Some(17) }
    }

    pub fn receipt(base: &str) -> IssuanceReceipt {
        IssuanceReceipt {
            id: "is0011223344556677".to_owned(),
            url: format!("{base}/api/v1/issuances/is0011223344556677"),
            programme: "lanhai-14".to_owned(),
            awards: 1,
            new: 1,
            created_at: at(0),
        }
    }

    pub fn issuance(base: &str) -> IssuanceView {
        let item = IssuedView { index: 0, state: IssuedState::Valid, number: Some("GXRCPJ033202000019".to_owned()) };
        IssuanceView { receipt: receipt(base), state: IssuanceState::Complete, certified: 1, items: vec![item] }
    }
}
