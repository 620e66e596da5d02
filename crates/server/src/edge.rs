//! What every request passes on its way in and every answer on its way out.

use std::{
    any::Any,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;
use shinayaka_kernel::http::{MAXIMUM_JSON_BYTES, Problem};
use tokio::{sync::Semaphore, time::Instant};

use crate::{
    messages::{Language, problem},
    node::Node,
};

/// Where the API begins; what is below answers JSON only.
pub const API: &str = "/api/v1";
/// Nothing is loaded from or sent to anywhere else, nothing inline runs, no page may be framed.
const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";
/// Bytes of an error text that another layer wrote and that is made into a problem.
const MAXIMUM_REASON_BYTES: usize = 4096;

/// The address of the machine that asks, behind trusted proxies.
#[derive(Debug, Clone, Copy)]
pub struct Address(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self(Ipv4Addr::LOCALHOST.into())))
    }
}

/// The language that the person reads.
impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::choose(parts.uri.query(), &parts.headers))
    }
}

fn address_of(node: &Node, request: &Request) -> Address {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(peer)| peer.ip().to_canonical());
    let trusted = &node.configuration.server.trusted_proxies;
    if !trusted.contains(&peer) {
        return Address(peer);
    }
    // Each proxy adds at the end whom it heard: the last one that is not itself a trusted proxy is the client.
    let forwarded =
        request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<IpAddr> = forwarded
        .flat_map(|value| value.split(','))
        .filter_map(|hop| hop.trim().parse::<IpAddr>().ok())
        .map(|hop| hop.to_canonical())
        .collect();
    Address(hops.into_iter().rev().find(|hop| !trusted.contains(hop)).unwrap_or(peer))
}

/// Outermost: the clock of the request, its line in the log, its place in the metrics, and the headers that every
/// answer has.
pub async fn observe(State(node): State<Arc<Node>>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let address = address_of(&node, &request);
    request.extensions_mut().insert(address);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let secure = node.configuration.server.is_secure();
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    add_headers(response.headers_mut(), secure);
    let took = start.elapsed();
    node.metrics.count_request(known_method(&method), &route, status, took);
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    // The path is left out: a one-time secret or a person's search must not stand in a log.
    if status >= 500 {
        tracing::error!(%method, route, status, milliseconds, "answered");
    } else {
        tracing::debug!(%method, route, status, milliseconds, address = %address.0, "answered");
    }
    response
}

/// A method as a label: anybody can invent more of them.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn add_headers(headers: &mut HeaderMap, secure: bool) {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=()",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if secure {
        let value = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    // What was answered to one person must not be kept for another.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Bounds how many requests are worked on at once and for how long.
pub async fn bound(
    State((node, places)): State<(Arc<Node>, Arc<Semaphore>)>,
    request: Request,
    next: Next,
) -> Response {
    let limit = Duration::from_secs(node.configuration.server.request_seconds);
    let answer = tokio::time::timeout(limit, async {
        let place = places.acquire().await;
        let response = next.run(request).await;
        drop(place);
        response
    });
    answer.await.unwrap_or_else(|_| {
        let seconds = limit.as_secs();
        problem(StatusCode::SERVICE_UNAVAILABLE, "timeout")
            .with_detail(format!("not done within {seconds} seconds"))
            .into_response()
    })
}

/// Answers a fault of the program; the message goes to the log only.
pub fn answer_panic(fault: Box<dyn Any + Send + 'static>) -> Response {
    let text = fault.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| fault.downcast_ref::<&str>().copied()).unwrap_or("unknown");
    tracing::error!(fault = text, "a request met a fault of the program");
    problem(StatusCode::INTERNAL_SERVER_ERROR, "internal").into_response()
}

/// Finds out who asks, refuses what another site made the browser send, and sets the limit of the body.
pub async fn admit(State(node): State<Arc<Node>>, mut request: Request, next: Next) -> Response {
    let unsafe_method = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // The link itself is the leave to answer, wherever it is pressed; no cookie counts there. And our own pages, which
    // tell nobody where they are, send `Origin: null`.
    let by_link = request.uri().path().starts_with("/a/");
    if unsafe_method
        && !by_link
        && let Err(refused) = demand_same_site(&node, request.uri(), request.headers())
    {
        return refused.into_response();
    }
    match node.authenticate(request.headers()).await {
        Ok(session) => {
            request.extensions_mut().insert(Node::viewer(session.as_ref()));
            if let Some(session) = session {
                request.extensions_mut().insert(session);
            }
        }
        Err(refused) => return refused.into_response(),
    }
    let limit = if request.uri().path().ends_with("/import") {
        node.configuration.server.maximum_upload_bytes
    } else {
        MAXIMUM_JSON_BYTES
    };
    DefaultBodyLimit::max(limit).apply(&mut request);
    let response = next.run(request).await;
    if unsafe_method && response.status().is_success() {
        node.wake();
    }
    response
}

/// Browsers say where a request comes from; programs without one are not carried along by a person's cookie.
fn demand_same_site(node: &Node, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let refused = |detail: &str| Err(problem(StatusCode::FORBIDDEN, "cross-site").with_detail(detail));
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site"))
        && !matches!(site, "same-origin" | "none")
    {
        return refused("sent by a page of another site");
    }
    if let Some(origin) = text(header::ORIGIN) {
        let host = text(header::HOST).or_else(|| uri.authority().map(|authority| authority.as_str()));
        let own = node.configuration.server.url();
        let same = origin == own
            || host.is_some_and(|host| origin.split_once("://").is_some_and(|(_, from)| from == host));
        if !same {
            return refused("sent by a page of another site");
        }
    }
    // A form can be sent across sites without asking first; the API takes none.
    let content_type = text(header::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    let form = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    if uri.path().starts_with("/api/") && form.iter().any(|form| content_type.starts_with(form)) {
        return refused("the API takes no forms");
    }
    Ok(())
}

/// Below the API every error is a problem, also those that other layers answer in their own way.
pub async fn tell_problems(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !path.starts_with("/api/") && path != "/ready" && path != "/metrics" {
        return next.run(request).await;
    }
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/problem+json"));
    if is_problem { response } else { as_problem(response).await }
}

async fn as_problem(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let reason = reason_of(body).await;
    let status = parts.status;
    let told = match status {
        StatusCode::NOT_FOUND => problem(status, "not-found"),
        StatusCode::METHOD_NOT_ALLOWED => problem(status, "method-not-allowed"),
        StatusCode::PAYLOAD_TOO_LARGE => problem(status, "too-large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            problem(StatusCode::BAD_REQUEST, "invalid")
        }
        StatusCode::UNAUTHORIZED => problem(status, "unauthenticated"),
        StatusCode::FORBIDDEN => problem(status, "forbidden"),
        _ if status.is_client_error() => problem(status, "invalid"),
        _ => problem(status, "internal"),
    };
    let mut answer = match reason {
        // The words of a fault inside are for the log.
        Some(reason) if status.is_client_error() => told.with_detail(reason),
        _ => told,
    }
    .into_response();
    if let Some(allowed) = parts.headers.get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    answer
}

async fn reason_of(body: Body) -> Option<String> {
    let limited = http_body_util::Limited::new(body, MAXIMUM_REASON_BYTES);
    let bytes = limited.collect().await.ok()?.to_bytes();
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    (!text.trim().is_empty()).then_some(text)
}
