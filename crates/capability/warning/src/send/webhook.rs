//! Webhooks: one POST of JSON, signed with HMAC-SHA-256 over time and body, so that the receiver knows from whom it is
//! and that it is not an old one. `Idempotency-Key` is the delivery: it is the same in every try.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, StatusCode, header};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use shinayaka_model::delivery::Delivery;

use super::{Outcome, message::Letter};
use crate::link::keyed_hash;

/// Bytes of the answer that are read for the receipt.
const READ: usize = 4096;

/// The key that a receiver checks with: each address has its own, so that no receiver can write to another one.
pub fn key_for(signing: &[u8; 32], address: &str) -> [u8; 32] {
    keyed_hash(signing, &[b"webhook", address.as_bytes()])
}

/// `t=SECONDS,v1=HEX` over `SECONDS.BODY`.
pub fn signature(key: &[u8; 32], seconds: i64, body: &[u8]) -> String {
    let mac = keyed_hash(key, &[seconds.to_string().as_bytes(), b".", body]);
    let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

pub async fn send(signing: &[u8; 32], delivery: &Delivery, letter: &Letter, limit: Duration) -> Outcome {
    let body = letter.json.clone();
    let signed = signature(&key_for(signing, &delivery.address), letter.seconds, body.as_bytes());
    let request = Request::post(delivery.address.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "shinayaka")
        .header("idempotency-key", delivery.id().to_string())
        .header("shinayaka-signature", signed)
        .body(Full::new(Bytes::from(body)));
    let request = match request {
        Ok(request) => request,
        Err(error) => return Outcome::Never(format!("{}: {error}", delivery.address)),
    };
    let provider = rustls::crypto::ring::default_provider();
    let connector = match hyper_rustls::HttpsConnectorBuilder::new().with_provider_and_native_roots(provider)
    {
        Ok(builder) => builder.https_or_http().enable_http1().wrap_connector(plain(limit)),
        Err(error) => return Outcome::Later(format!("the certificates of this machine: {error}")),
    };
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    match tokio::time::timeout(limit, client.request(request)).await {
        Err(_) => Outcome::Unknown(format!("no answer within {} s", limit.as_secs())),
        // Nothing was sent before there was a connection.
        Ok(Err(error)) if error.is_connect() => Outcome::Later(told(&error)),
        Ok(Err(error)) => Outcome::Unknown(told(&error)),
        Ok(Ok(response)) => {
            let status = response.status();
            let body = Limited::new(response.into_body(), READ).collect();
            let read = tokio::time::timeout(limit, body).await;
            let text = read.ok().and_then(Result::ok).map(|body| body.to_bytes()).unwrap_or_default();
            judge(status, &String::from_utf8_lossy(&text))
        }
    }
}

fn plain(limit: Duration) -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(limit));
    connector
}

fn told(error: &hyper_util::client::legacy::Error) -> String {
    use std::error::Error;
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// 2xx: taken. 5xx, 408, 425 and 429: the receiver says that it has not, and may later. Anything else: never.
fn judge(status: StatusCode, text: &str) -> Outcome {
    let said = format!("{} {}", status.as_u16(), text.lines().next().unwrap_or_default());
    let later = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    if status.is_success() {
        Outcome::Taken(said)
    } else if status.is_server_error() || later.contains(&status) {
        Outcome::Later(said)
    } else {
        Outcome::Never(said)
    }
}
