//! Routes of the programme: measures and indicators here, the council in [`council`].
//!
//! A route that takes a body asks for the right before it looks at the body, so that nobody without the right learns
//! from its errors.

mod council;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Serialize;
use shinayaka_kernel::{
    Error, ObjectId,
    http::{App, Body, Problem, SignedIn},
    label::Action,
    object::Stored,
};
use shinayaka_model::{indicator::Reading, measure::Measure};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::service::{
    indicators::{self, EnteredReading},
    measures::{self, MeasureChange, MeasureSummary, MeasureView, ProgrammeView},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(programme))
        .routes(routes!(board))
        .routes(routes!(measure, change))
        .routes(routes!(enter_reading))
        .routes(routes!(enter_item_reading))
        .merge(council::routes())
}

/// All measures, in the order of the annex table.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Board {
    pub items: Vec<MeasureSummary>,
}

/// What was made.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Made {
    pub id: ObjectId,
    pub version: u32,
}

fn number(text: &str) -> Result<u8, Problem> {
    // A number that is none cannot be told from a measure that is not there.
    text.parse().map_err(|_| Error::NotFound.into())
}

/// The programme: strategies, items outside the annex table, base year, and how many measures stand where.
#[utoipa::path(get, path = "/programme", tag = "programme", operation_id = "programme",
    responses((status = 200, body = ProgrammeView), (status = "default", body = Problem)))]
async fn programme(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
) -> Result<Json<ProgrammeView>, Problem> {
    Ok(Json(measures::programme(viewer.reader(&app.kernel)).await?))
}

/// The board of the 42 measures.
#[utoipa::path(get, path = "/programme/measures", tag = "programme", operation_id = "programme_measures",
    responses((status = 200, body = Board), (status = "default", body = Problem)))]
async fn board(State(app): State<App>, SignedIn(viewer): SignedIn) -> Result<Json<Board>, Problem> {
    Ok(Json(Board { items: measures::board(viewer.reader(&app.kernel)).await? }))
}

/// One measure with its indicators and what the council said.
#[utoipa::path(get, path = "/programme/measures/{no}", tag = "programme", operation_id = "programme_measure",
    params(("no" = u8, Path, description = "1 to 42")),
    responses((status = 200, body = MeasureView), (status = "default", body = Problem)))]
async fn measure(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Path(no): Path<String>,
) -> Result<Json<MeasureView>, Problem> {
    Ok(Json(measures::detail(viewer.reader(&app.kernel), number(&no)?).await?))
}

/// Changes how a measure is steered; what was printed cannot be changed.
#[utoipa::path(put, path = "/programme/measures/{no}", tag = "programme", operation_id = "change_measure",
    params(("no" = u8, Path, description = "1 to 42")), request_body = MeasureChange,
    responses((status = 200, body = Stored<Measure>), (status = "default", body = Problem)))]
async fn change(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Path(no): Path<String>,
    change: Result<Body<MeasureChange>, Problem>,
) -> Result<Json<Stored<Measure>>, Problem> {
    viewer.reader(&app.kernel).demand::<Measure>(Action::Update)?;
    let Body(change) = change?;
    Ok(Json(measures::change(&app.kernel, &viewer, number(&no)?, change).await?))
}

/// Enters a figure for an indicator of a measure.
#[utoipa::path(post, path = "/programme/measures/{no}/readings", tag = "programme",
    operation_id = "enter_measure_reading", params(("no" = u8, Path, description = "1 to 42")),
    request_body = EnteredReading,
    responses((status = 201, body = Made), (status = "default", body = Problem)))]
async fn enter_reading(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Path(no): Path<String>,
    entered: Result<Body<EnteredReading>, Problem>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    viewer.reader(&app.kernel).demand::<Reading>(Action::Create)?;
    let Body(entered) = entered?;
    let id = indicators::enter(&app.kernel, &viewer, number(&no)?, entered).await?;
    Ok((StatusCode::CREATED, Json(Made { id, version: 1 })))
}

/// Enters a figure for an indicator of an item outside the annex table.
#[utoipa::path(post, path = "/programme/items/{id}/readings", tag = "programme",
    operation_id = "enter_item_reading", params(("id" = String, Path, description = "S1 to S6")),
    request_body = EnteredReading,
    responses((status = 201, body = Made), (status = "default", body = Problem)))]
async fn enter_item_reading(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Path(item): Path<String>,
    entered: Result<Body<EnteredReading>, Problem>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    viewer.reader(&app.kernel).demand::<Reading>(Action::Create)?;
    let Body(entered) = entered?;
    let id = indicators::enter_for_item(&app.kernel, &viewer, &item, entered).await?;
    Ok((StatusCode::CREATED, Json(Made { id, version: 1 })))
}
