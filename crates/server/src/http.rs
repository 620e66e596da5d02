//! The whole of what a node answers, and serving it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use shinayaka_kernel::{Error, Result, http::Problem};
use tokio::{net::TcpListener, sync::Semaphore, sync::watch};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use crate::{edge, messages::problem, node::Node, pages, routes, sign_in::session::Operator, worker};

/// Everything that a node answers.
pub fn router(node: &Arc<Node>) -> Router {
    let (api, document) = routes::api(node);
    let document = Arc::new(document);
    let places = Arc::new(Semaphore::new(node.configuration.server.maximum_concurrent_requests));
    let api = api.route("/openapi.json", get(move || async move { Json(document.as_ref().clone()) }));
    Router::new()
        .nest(edge::API, api)
        .merge(plumbing().with_state(node.clone()))
        .merge(pages::routes().with_state(node.clone()))
        .merge(pages::of_capabilities(node))
        .method_not_allowed_fallback(|| async {
            problem(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed").into_response()
        })
        .layer(from_fn_with_state(node.clone(), edge::admit))
        .layer(from_fn(edge::tell_problems))
        .layer(from_fn_with_state((node.clone(), places), edge::bound))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(edge::answer_panic))
        .layer(from_fn_with_state(node.clone(), edge::observe))
}

/// What watches a node.
fn plumbing() -> Router<Arc<Node>> {
    Router::new()
        .route("/health", get(|| async { "alive\n" }))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
}

async fn ready(State(node): State<Arc<Node>>) -> Result<&'static str, Problem> {
    node.store.ping().await?;
    Ok("ready\n")
}

async fn metrics(State(node): State<Arc<Node>>, Operator(_): Operator) -> Result<Response, Problem> {
    let text = node.metrics_text().await?;
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], text).into_response())
}

/// Serves until `stop` is done; then lets requests finish within the time that the settings give, ends the tasks and
/// closes the store.
///
/// # Errors
/// [`Error::Unavailable`] when the listener fails.
pub async fn serve(
    node: Arc<Node>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let (stopping, watched) = watch::channel(false);
    let mut tasks = worker::spawn(&node, &watched);
    let mut told = watched.clone();
    let service = router(&node).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        // The only failure is a sender that is gone, which also means the end.
        let _ = told.wait_for(|stop| *stop).await;
    });
    let mut server = tokio::spawn(server.into_future());
    let bound = Duration::from_secs(node.configuration.server.shutdown_seconds);
    let result = tokio::select! {
        ended = &mut server => ended.map_err(|error| Error::Unavailable(error.to_string())).and_then(served),
        () = stop => {
            tracing::info!("stopping");
            stopping.send_replace(true);
            match tokio::time::timeout(bound, &mut server).await {
                Ok(ended) => ended.map_err(|error| Error::Unavailable(error.to_string())).and_then(served),
                Err(_) => {
                    tracing::warn!(seconds = bound.as_secs(), "requests under way were cut off");
                    server.abort();
                    Ok(())
                }
            }
        }
    };
    stopping.send_replace(true);
    let ended = tokio::time::timeout(bound, async { while tasks.join_next().await.is_some() {} });
    if ended.await.is_err() {
        tracing::warn!("a job under way was cut off; another worker takes it when its lease ends");
    }
    drop(tasks);
    node.store.close().await;
    result
}

fn served(result: std::io::Result<()>) -> Result<()> {
    result.map_err(|error| Error::Unavailable(error.to_string()))
}

/// Works without answering requests, until `stop` is done.
pub async fn work(node: Arc<Node>, stop: impl Future<Output = ()>) {
    let (stopping, watched) = watch::channel(false);
    let mut tasks = worker::spawn(&node, &watched);
    stop.await;
    stopping.send_replace(true);
    let bound = Duration::from_secs(node.configuration.server.shutdown_seconds);
    if tokio::time::timeout(bound, async { while tasks.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!("a job under way was cut off; another worker takes it when its lease ends");
    }
    drop(tasks);
    node.store.close().await;
}
