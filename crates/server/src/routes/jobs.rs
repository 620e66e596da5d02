//! Work that waits or has failed for good, for operators.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use shinayaka_kernel::{event::JobSummary, http::Problem, page::Page};

use crate::{node::Node, sign_in::session::Operator};

const SHOWN: u32 = 500;

/// Jobs that are not done, dead ones first
#[utoipa::path(get, path = "/jobs", tag = "jobs", operation_id = "jobs_list",
    responses((status = 200, body = Page<JobSummary>)))]
pub async fn list_jobs(
    State(node): State<Arc<Node>>,
    _operator: Operator,
) -> Result<Json<Page<JobSummary>>, Problem> {
    Ok(Json(Page { items: node.store.jobs(SHOWN).await?, next: None }))
}

/// Try a dead job again
#[utoipa::path(post, path = "/jobs/{id}/revive", tag = "jobs", operation_id = "jobs_revive",
    params(("id" = i64, Path)), responses((status = 204)))]
pub async fn revive_job(
    State(node): State<Arc<Node>>,
    _operator: Operator,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    node.store.revive_job(id, node.kernel.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
