//! Requests counted for a monitor, in the text form of Prometheus (version 0.0.4), on a listener of its own. Routes, status classes and
//! times are counted, never a path, an address or a name.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::service::Service;
use crate::service::gauges::Gauge;

use super::routes;

/// Upper bounds of the histogram, in microseconds.
const BOUNDS: [u64; 10] = [1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 10_000_000];
/// A request that no route matches.
const NONE: &str = "(none)";

/// Counts requests. Counting one takes no lock.
pub struct Meter {
    places: HashMap<&'static str, usize>,
    routes: Vec<Counts>,
}

#[derive(Default)]
struct Counts {
    route: &'static str,
    /// By the first digit of the status.
    classes: [AtomicU64; 5],
    /// Of each bound those that took no longer and longer than the bound before; the last took longer than all.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Default for Meter {
    fn default() -> Self {
        let mut meter = Self { places: HashMap::new(), routes: Vec::new() };
        for route in routes::all().map(|(_, path)| path).chain([NONE]) {
            if let std::collections::hash_map::Entry::Vacant(place) = meter.places.entry(route) {
                place.insert(meter.routes.len());
                meter.routes.push(Counts { route, ..Counts::default() });
            }
        }
        meter
    }
}

impl Meter {
    /// Counts an answer.
    pub fn count(&self, route: Option<&str>, status: StatusCode, latency: Duration) {
        let place = route.and_then(|route| self.places.get(route)).or_else(|| self.places.get(NONE));
        let Some(counts) = place.and_then(|at| self.routes.get(*at)) else { return };
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|bound| micros <= *bound).unwrap_or(BOUNDS.len());
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        for counter in [counts.classes.get(class), counts.buckets.get(bucket)].into_iter().flatten() {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        counts.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Everything that was counted, with gauges; routes that nobody asked for are left out.
    fn text(&self, gauges: &[Gauge], schema: i64) -> String {
        let mut out = String::with_capacity(16 * 1024);
        let version = env!("CARGO_PKG_VERSION");
        // Writing to a String cannot fail.
        let _ = writeln!(out, "# HELP yinxin_build_info The program and its tables.\n# TYPE yinxin_build_info gauge");
        let _ = writeln!(out, "yinxin_build_info{{version=\"{version}\",schema=\"{schema}\"}} 1");
        let mut told = "";
        for Gauge { name, help, label, value } in gauges {
            if told != *name {
                let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge");
                told = name;
            }
            let _ = match label {
                Some((label, part)) => writeln!(out, "{name}{{{label}=\"{part}\"}} {value}"),
                None => writeln!(out, "{name} {value}"),
            };
        }
        let _ = writeln!(
            out,
            "# HELP yinxin_http_requests_total Requests by route and class of status.\n# TYPE yinxin_http_requests_total counter"
        );
        let asked = || self.routes.iter().filter(|counts| counts.total() > 0);
        for counts in asked() {
            for (class, counter) in counts.classes.iter().enumerate() {
                let (count, class) = (counter.load(Ordering::Relaxed), class + 1);
                if count > 0 {
                    let _ = writeln!(out, "yinxin_http_requests_total{{route=\"{}\",class=\"{class}xx\"}} {count}", counts.route);
                }
            }
        }
        let name = "yinxin_http_request_duration_seconds";
        let _ = writeln!(out, "# HELP {name} Time from request to answer.\n# TYPE {name} histogram");
        for counts in asked() {
            counts.write_histogram(name, &mut out);
        }
        out
    }
}

impl Counts {
    fn total(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).sum()
    }

    fn write_histogram(&self, name: &str, out: &mut String) {
        let (route, mut sum) = (self.route, 0);
        let bounds = BOUNDS.iter().map(|bound| seconds(*bound)).chain(["+Inf".to_owned()]);
        for (bucket, bound) in self.buckets.iter().zip(bounds) {
            sum += bucket.load(Ordering::Relaxed);
            let _ = writeln!(out, "{name}_bucket{{route=\"{route}\",le=\"{bound}\"}} {sum}");
        }
        let _ = writeln!(out, "{name}_sum{{route=\"{route}\"}} {}", seconds(self.micros.load(Ordering::Relaxed)));
        let _ = writeln!(out, "{name}_count{{route=\"{route}\"}} {sum}");
    }
}

/// Microseconds as seconds in decimal digits.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The listener's own routes: `/metrics` and nothing else.
pub fn metrics_router(service: Arc<Service>, meter: Arc<Meter>) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state((service, meter))
}

type Watched = (Arc<Service>, Arc<Meter>);

/// GET /metrics
async fn metrics(State((service, meter)): State<Watched>) -> Response {
    let read = async {
        let now = service.clock().now().map_err(|_| crate::service::ServiceError::Clock)?;
        Ok::<_, crate::service::ServiceError>((service.gauges(now).await?, service.schema_version().await?))
    };
    match read.await {
        Ok((gauges, schema)) => {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], meter.text(&gauges, schema)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "metrics cannot be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_route_and_never_by_path() {
        let meter = Meter::default();
        meter.count(Some("/c/{number}"), StatusCode::OK, Duration::from_micros(900));
        meter.count(Some("/c/{number}"), StatusCode::OK, Duration::from_millis(30));
        meter.count(Some("/c/{number}"), StatusCode::NOT_FOUND, Duration::from_secs(60));
        meter.count(Some("/c/LH01420240001"), StatusCode::NOT_FOUND, Duration::ZERO);
        meter.count(None, StatusCode::NOT_FOUND, Duration::ZERO);
        let gauge = |name, label, value| Gauge { name, help: "A.", label, value };
        let parts = [gauge("yinxin_b", Some(("state", "x")), 1), gauge("yinxin_b", Some(("state", "y")), 2)];
        let text = meter.text(&[&[gauge("yinxin_a", None, 7)], &parts[..]].concat(), 15);
        assert_eq!(text.matches("# TYPE yinxin_b gauge\n").count(), 1);
        for line in [
            "yinxin_a 7",
            "yinxin_b{state=\"x\"} 1",
            "yinxin_b{state=\"y\"} 2",
            "yinxin_http_requests_total{route=\"/c/{number}\",class=\"2xx\"} 2",
            "yinxin_http_requests_total{route=\"/c/{number}\",class=\"4xx\"} 1",
            "yinxin_http_requests_total{route=\"(none)\",class=\"4xx\"} 2",
            "yinxin_http_request_duration_seconds_bucket{route=\"/c/{number}\",le=\"0.001\"} 1",
            "yinxin_http_request_duration_seconds_bucket{route=\"/c/{number}\",le=\"0.05\"} 2",
            "yinxin_http_request_duration_seconds_bucket{route=\"/c/{number}\",le=\"10\"} 2",
            "yinxin_http_request_duration_seconds_bucket{route=\"/c/{number}\",le=\"+Inf\"} 3",
            "yinxin_http_request_duration_seconds_sum{route=\"/c/{number}\"} 60.0309",
            "yinxin_http_request_duration_seconds_count{route=\"/c/{number}\"} 3",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
        }
        assert!(!text.contains("LH0142"), "no path");
    }
}
