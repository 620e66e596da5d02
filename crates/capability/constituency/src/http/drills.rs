//! Reach drills.

use std::sync::Arc;

use axum::{Extension, Json, extract::State, http::StatusCode, response::Response};
use shinayaka_kernel::{
    Kernel, ObjectId,
    http::{Body, PageParameters, Parameters, Problem, SignedIn},
    page::Page,
};

use super::{Id, files::file};
use crate::service::{
    drill_report::{self, Comparison, DrillEntry, SilentOrganisation},
    drills::{self, Dispatch, NewDrill, StartedDrill},
};

/// Drills that the reader sees, the newest first, with their figures.
#[utoipa::path(
    get, path = "/constituency/drills", tag = "constituency",
    params(PageParameters),
    responses(
        (status = 200, body = Page<DrillEntry>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem),
    ),
)]
pub async fn list_drills(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<DrillEntry>>, Problem> {
    Ok(Json(drill_report::list(&kernel, &viewer.0, page.after, page.limit).await?))
}

/// Sends a drill to a sector, prefecture or hub, or to everybody. It closes by itself.
#[utoipa::path(
    post, path = "/constituency/drills", tag = "constituency",
    request_body = NewDrill,
    responses(
        (status = 201, body = StartedDrill), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 503, body = Problem),
    ),
)]
pub async fn start_drill(
    State(kernel): State<Arc<Kernel>>,
    Extension(dispatch): Extension<Arc<dyn Dispatch>>,
    SignedIn(viewer): SignedIn,
    Body(new): Body<NewDrill>,
) -> Result<(StatusCode, Json<StartedDrill>), Problem> {
    let started = drills::start(&kernel, &viewer.0, dispatch.as_ref(), new).await?;
    Ok((StatusCode::CREATED, Json(started)))
}

/// One drill with its figures: of an open one those of this moment.
#[utoipa::path(
    get, path = "/constituency/drills/{id}", tag = "constituency",
    params(("id" = ObjectId, Path)),
    responses((status = 200, body = DrillEntry), (status = 401, body = Problem), (status = 404, body = Problem)),
)]
pub async fn get_drill(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
) -> Result<Json<DrillEntry>, Problem> {
    Ok(Json(drill_report::get(&kernel, &viewer.0, id).await?))
}

/// Closed drills by audience, year by year.
#[utoipa::path(
    get, path = "/constituency/drills/comparison", tag = "constituency",
    responses((status = 200, body = Vec<Comparison>), (status = 401, body = Problem), (status = 403, body = Problem)),
)]
pub async fn compare_drills(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
) -> Result<Json<Vec<Comparison>>, Problem> {
    Ok(Json(drill_report::comparison(viewer.reader(&kernel)).await?))
}

/// Who has not answered the last three drills that asked them.
#[utoipa::path(
    get, path = "/constituency/drills/silent", tag = "constituency",
    responses(
        (status = 200, body = Vec<SilentOrganisation>), (status = 401, body = Problem),
        (status = 403, body = Problem),
    ),
)]
pub async fn silent_organisations(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
) -> Result<Json<Vec<SilentOrganisation>>, Problem> {
    Ok(Json(drill_report::silent(viewer.reader(&kernel)).await?))
}

/// All closed drills as CSV.
#[utoipa::path(
    get, path = "/constituency/drills/export", tag = "constituency",
    responses(
        (status = 200, content((String = "text/csv"))), (status = 401, body = Problem),
        (status = 403, body = Problem),
    ),
)]
pub async fn export_drills(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
) -> Result<Response, Problem> {
    let content = drill_report::export(viewer.reader(&kernel)).await?;
    Ok(file("text/csv; charset=utf-8", "drills.csv", content))
}

/// What one drill found about each organisation that the reader sees, as CSV.
#[utoipa::path(
    get, path = "/constituency/drills/{id}/export", tag = "constituency",
    params(("id" = ObjectId, Path)),
    responses(
        (status = 200, content((String = "text/csv"))), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
    ),
)]
pub async fn export_drill(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
) -> Result<Response, Problem> {
    let content = drill_report::export_outcomes(viewer.reader(&kernel), id).await?;
    Ok(file("text/csv; charset=utf-8", "drill.csv", content))
}
