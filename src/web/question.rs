//! Who asks, and whether they may: extractors that handlers of public doors take instead of a bare clock.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::request::Parts;

use crate::domain::time::Instant;
use crate::service::limits::LimitedError;

use super::advice::Message;
use super::clock::Now;
use super::errors::{Door, Failure, ProblemKind};
use super::router::Site;

/// A question by number, code or file that was counted: with it in hand, a handler answers.
pub struct Question {
    /// When it is answered.
    pub now: Instant,
}

/// Who asks. What they ask is not counted yet.
pub struct Asker {
    /// When.
    pub now: Instant,
    /// From where.
    pub address: IpAddr,
}

const FORWARDED: &str = "x-forwarded-for";

impl<S: Send + Sync> FromRequestParts<S> for Asker
where
    Site: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Now(now) = Now::from_request_parts(parts, state).await?;
        let site = Site::from_ref(state);
        Ok(Self { now, address: address(parts, site.service.config().behind_proxy) })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Question
where
    Site: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Asker { now, address } = Asker::from_request_parts(parts, state).await?;
        let counted = Site::from_ref(state).service.count_question(address, now).await;
        counted.map_err(|e| refused(Door::of(parts.uri.path()), e))?;
        Ok(Self { now })
    }
}

/// The answer to one who asks too often.
pub fn refused(door: Door, error: LimitedError) -> Failure {
    match error {
        LimitedError::TooMany(wait) => Failure::new(door, ProblemKind::TooMany).retry_after(wait.seconds),
        LimitedError::NeverFits(most) => Failure::new(door, ProblemKind::TooManyAtOnce).detail(Message::new(
            format!("您一次至多可查 {most} 份；请分成几次，或使用配额更大的接口密钥"),
            format!("You may ask for at most {most} at once: send them in parts, or use an API key with a larger quota"),
        )),
        LimitedError::Service(error) => Failure::service(door, &error),
    }
}

/// The reader's address. Behind a proxy it is the last that the proxy wrote: what stands before it is the reader's own word. A request
/// without any address shares one bucket with all of its kind.
fn address(parts: &Parts, behind_proxy: bool) -> IpAddr {
    let forwarded = || {
        let last = parts.headers.get_all(FORWARDED).iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse().ok()
    };
    let peer = || parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    behind_proxy.then(forwarded).flatten().or_else(peer).unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_cannot_choose_an_address() {
        let parts = |forwarded: &[&str]| {
            let mut request = axum::http::Request::get("/").extension(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 80))));
            for value in forwarded {
                request = request.header(FORWARDED, *value);
            }
            request.body(()).unwrap().into_parts().0
        };
        let of = |forwarded: &[&str], behind| address(&parts(forwarded), behind).to_string();
        assert_eq!(of(&["192.0.2.9"], false), "10.0.0.1");
        assert_eq!(of(&["192.0.2.9, 198.51.100.7"], true), "198.51.100.7");
        assert_eq!(of(&["192.0.2.9", "198.51.100.8"], true), "198.51.100.8");
        assert_eq!(of(&["nonsense"], true), "10.0.0.1");
        assert_eq!(of(&[], true), "10.0.0.1");
    }
}
