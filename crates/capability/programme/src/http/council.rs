//! Routes of council cycles and their public reports.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Serialize;
use shinayaka_kernel::{
    Error, ObjectId,
    access::Person,
    http::{App, Body, PageParameters, Parameters, Problem, SignedIn},
    label::Action,
    object::Stored,
    page::Page,
};
use shinayaka_model::council::{
    Agreement, CouncilCycle, CouncilProposal, CouncilReport, CouncilScore, Score,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Made;
use crate::service::{
    council::{self, CycleView, NewCycle, SentScores},
    proposals::{self, NewAnswer, NewProposal},
    report::{self, ReportSummary},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(members))
        .routes(routes!(cycles, create))
        .routes(routes!(cycle))
        .routes(routes!(score))
        .routes(routes!(close))
        .routes(routes!(agreement))
        .routes(routes!(propose))
        .routes(routes!(answer))
        .routes(routes!(publish))
        .routes(routes!(reports))
        .routes(routes!(one_report))
}

/// Accounts that can be asked to score.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Candidates {
    pub items: Vec<Person>,
}

/// The scores of the one who sent some, merged with the earlier ones.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OwnScores {
    pub scores: Vec<Score>,
}

/// The number of a proposal in its cycle.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Numbered {
    pub number: u16,
}

fn id(text: &str) -> Result<ObjectId, Problem> {
    text.parse().map_err(|_| Error::NotFound.into())
}

/// Accounts with the role council, from which the director chooses the members of a cycle.
#[utoipa::path(get, path = "/programme/council/members", tag = "programme", operation_id = "council_members",
    responses((status = 200, body = Candidates), (status = "default", body = Problem)))]
async fn members(State(app): State<App>, SignedIn(viewer): SignedIn) -> Result<Json<Candidates>, Problem> {
    Ok(Json(Candidates { items: council::candidates(viewer.reader(&app.kernel)).await? }))
}

/// Council cycles, newest first; without snapshots and comments, which a single cycle has.
#[utoipa::path(get, path = "/programme/council/cycles", tag = "programme", operation_id = "council_cycles",
    params(PageParameters),
    responses((status = 200, body = Page<Stored<CouncilCycle>>), (status = "default", body = Problem)))]
async fn cycles(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<Stored<CouncilCycle>>>, Problem> {
    Ok(Json(council::list(viewer.reader(&app.kernel), page.after, page.limit).await?))
}

/// Makes a cycle: freezes the state of all measures and opens it for scores.
#[utoipa::path(post, path = "/programme/council/cycles", tag = "programme", operation_id = "create_council_cycle",
    request_body = NewCycle,
    responses((status = 201, body = Made), (status = "default", body = Problem)))]
async fn create(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    new: Result<Body<NewCycle>, Problem>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    viewer.reader(&app.kernel).demand::<CouncilCycle>(Action::Create)?;
    let Body(new) = new?;
    let (id, version) = council::create(&app.kernel, &viewer, new).await?;
    Ok((StatusCode::CREATED, Json(Made { id, version })))
}

/// One cycle with its proposals and the scores of the one who asks.
#[utoipa::path(get, path = "/programme/council/cycles/{id}", tag = "programme", operation_id = "council_cycle",
    params(("id" = ObjectId, Path)),
    responses((status = 200, body = CycleView), (status = "default", body = Problem)))]
async fn cycle(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Path(cycle): Path<String>,
) -> Result<Json<CycleView>, Problem> {
    Ok(Json(council::detail(viewer.reader(&app.kernel), id(&cycle)?).await?))
}

/// Saves scores of a member. Nobody else sees them, before or after closing.
#[utoipa::path(post, path = "/programme/council/cycles/{id}/scores", tag = "programme",
    operation_id = "send_council_scores", params(("id" = ObjectId, Path)), request_body = SentScores,
    responses((status = 200, body = OwnScores), (status = "default", body = Problem)))]
async fn score(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Path(cycle): Path<String>,
    sent: Result<Body<SentScores>, Problem>,
) -> Result<Json<OwnScores>, Problem> {
    viewer.reader(&app.kernel).demand::<CouncilScore>(Action::Create)?;
    let Body(sent) = sent?;
    let scores = council::score(&app.kernel, &viewer, id(&cycle)?, sent).await?;
    Ok(Json(OwnScores { scores }))
}

/// Closes a cycle and answers the agreement of its members.
#[utoipa::path(post, path = "/programme/council/cycles/{id}/close", tag = "programme",
    operation_id = "close_council_cycle", params(("id" = ObjectId, Path)),
    responses((status = 200, body = Agreement), (status = "default", body = Problem)))]
async fn close(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Path(cycle): Path<String>,
) -> Result<Json<Agreement>, Problem> {
    Ok(Json(council::close(&app.kernel, &viewer, id(&cycle)?).await?))
}

/// The agreement of a closed cycle.
#[utoipa::path(get, path = "/programme/council/cycles/{id}/agreement", tag = "programme",
    operation_id = "council_agreement", params(("id" = ObjectId, Path)),
    responses((status = 200, body = Agreement), (status = "default", body = Problem)))]
async fn agreement(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Path(cycle): Path<String>,
) -> Result<Json<Agreement>, Problem> {
    Ok(Json(council::agreement(viewer.reader(&app.kernel), id(&cycle)?).await?))
}

/// Makes a proposal in a closed cycle.
#[utoipa::path(post, path = "/programme/council/cycles/{id}/proposals", tag = "programme",
    operation_id = "make_council_proposal", params(("id" = ObjectId, Path)), request_body = NewProposal,
    responses((status = 201, body = Numbered), (status = "default", body = Problem)))]
async fn propose(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Path(cycle): Path<String>,
    new: Result<Body<NewProposal>, Problem>,
) -> Result<(StatusCode, Json<Numbered>), Problem> {
    viewer.reader(&app.kernel).demand::<CouncilProposal>(Action::Create)?;
    let Body(new) = new?;
    let number = proposals::propose(&app.kernel, &viewer, id(&cycle)?, new).await?;
    Ok((StatusCode::CREATED, Json(Numbered { number })))
}

/// Answers a proposal for the organisation that it is addressed to.
#[utoipa::path(post, path = "/programme/council/cycles/{id}/proposals/{number}/answer", tag = "programme",
    operation_id = "answer_council_proposal",
    params(("id" = ObjectId, Path), ("number" = u16, Path)), request_body = NewAnswer,
    responses((status = 200, body = CouncilProposal), (status = "default", body = Problem)))]
async fn answer(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Path((cycle, number)): Path<(String, String)>,
    new: Result<Body<NewAnswer>, Problem>,
) -> Result<Json<CouncilProposal>, Problem> {
    viewer.reader(&app.kernel).demand::<CouncilProposal>(Action::Decide)?;
    let Body(new) = new?;
    let number = number.parse().map_err(|_| Problem::from(Error::NotFound))?;
    Ok(Json(proposals::answer(&app.kernel, &viewer, id(&cycle)?, number, new).await?))
}

/// Publishes the report of a closed cycle, or a new version of it with the answers that came since.
#[utoipa::path(post, path = "/programme/council/cycles/{id}/publish", tag = "programme",
    operation_id = "publish_council_report", params(("id" = ObjectId, Path)),
    responses((status = 200, body = Stored<CouncilReport>), (status = "default", body = Problem)))]
async fn publish(
    State(app): State<App>,
    SignedIn(viewer): SignedIn,
    Path(cycle): Path<String>,
) -> Result<Json<Stored<CouncilReport>>, Problem> {
    Ok(Json(report::publish(&app.kernel, &viewer, id(&cycle)?).await?))
}

/// Public reports, newest first; no account needed.
#[utoipa::path(get, path = "/programme/council/reports", tag = "programme", operation_id = "council_reports",
    params(PageParameters), security(()),
    responses((status = 200, body = Page<ReportSummary>), (status = "default", body = Problem)))]
async fn reports(
    State(app): State<App>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<ReportSummary>>, Problem> {
    Ok(Json(report::list(&app.kernel, page.after, page.limit).await?))
}

/// One public report; no account needed.
#[utoipa::path(get, path = "/programme/council/reports/{id}", tag = "programme",
    operation_id = "council_report", params(("id" = ObjectId, Path)), security(()),
    responses((status = 200, body = Stored<CouncilReport>), (status = "default", body = Problem)))]
async fn one_report(
    State(app): State<App>,
    Path(report): Path<String>,
) -> Result<Json<Stored<CouncilReport>>, Problem> {
    Ok(Json(report::detail(&app.kernel, id(&report)?).await?))
}
