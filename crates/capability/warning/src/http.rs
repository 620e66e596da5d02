//! The routes of warnings under `/api/v1`. Handlers hold no rule.

mod board;

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Kernel, ObjectId,
    http::{App, Body, PageParameters, Parameters, Problem, SignedIn, Viewer},
    label::Action,
    object::Stored,
    page::Page,
};
use shinayaka_model::warning::{AnswerVia, Content, Warning, WarningTemplate, Wording};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    pages,
    room::SharedRoom,
    service::{
        answer::{self, NewAnswer, Recorded, Source},
        cap,
        draft::{self, Checked, WarningFilter},
        inbox::{self, InboxEntry},
        is_house,
        issue::{self, Issued, Update},
        silent::{self, Call},
        template,
    },
};

pub fn routes(room: SharedRoom) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_warnings, draft_warning))
        .routes(routes!(check_warning))
        .routes(routes!(list_templates, make_template))
        .routes(routes!(import_cap))
        .routes(routes!(get_warning, change_warning))
        .routes(routes!(approve_warning))
        .routes(routes!(issue_warning))
        .routes(routes!(update_warning))
        .routes(routes!(approve_update))
        .routes(routes!(cancel_warning))
        .routes(routes!(correct_warning))
        .routes(routes!(answer_warning))
        .routes(routes!(open_warning))
        .routes(routes!(remind))
        .routes(routes!(call_list))
        .routes(routes!(print_pack))
        .routes(routes!(warning_cap))
        .routes(routes!(show_inbox))
        .merge(board::routes())
        .layer(Extension(room))
}

/// The identifier in the path; what is no identifier names nothing.
struct Id(ObjectId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(text)| text.parse().ok());
        id.map(Self).ok_or_else(|| Error::NotFound.into())
    }
}

type KernelState = State<Arc<Kernel>>;

/// What was made.
#[derive(Serialize, utoipa::ToSchema)]
struct SavedWarning {
    id: ObjectId,
    version: u32,
}

/// A draft to be made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWarning {
    content: Content,
    /// The template it was made from.
    template: Option<ObjectId>,
}

/// The version that was read.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WarningVersion {
    version: u32,
}

/// Only whoever could write a warning learns from the faults of a body.
fn demand_author(viewer: &Viewer, kernel: &Kernel) -> Result<(), Problem> {
    Ok(viewer.reader(kernel).demand::<Warning>(Action::Create)?)
}

/// Warnings that the viewer may see, newest first. An organisation finds those that were sent to it in its inbox.
#[utoipa::path(get, path = "/warnings", tag = "warning", operation_id = "list_warnings",
    params(WarningFilter, PageParameters),
    responses((status = 200, body = Page<Stored<Warning>>), (status = 400, body = Problem)))]
async fn list_warnings(
    State(kernel): KernelState,
    viewer: Viewer,
    Parameters(filter): Parameters<WarningFilter>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<Stored<Warning>>>, Problem> {
    Ok(Json(draft::list(&viewer, &kernel, &filter, page.after, page.limit).await?))
}

/// Saves a new draft.
#[utoipa::path(post, path = "/warnings", tag = "warning", operation_id = "draft_warning", request_body = NewWarning,
    responses((status = 201, body = SavedWarning), (status = 400, body = Problem), (status = 403, body = Problem)))]
async fn draft_warning(
    State(kernel): KernelState,
    Extension(room): Extension<SharedRoom>,
    SignedIn(viewer): SignedIn,
    new: Result<Body<NewWarning>, Problem>,
) -> Result<(StatusCode, Json<SavedWarning>), Problem> {
    demand_author(&viewer, &kernel)?;
    let Body(new) = new?;
    let synthetic = room.facts()?.demonstration;
    let made = draft::make(viewer.writer(&kernel), new.content, new.template, None, synthetic).await?;
    Ok((StatusCode::CREATED, Json(SavedWarning { id: made.0, version: made.1 })))
}

/// A content to be looked at.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ToCheck {
    content: Content,
    /// The draft itself, which is not its own duplicate.
    own: Option<ObjectId>,
}

/// What is missing, what is not plain, which open warnings say the same, and how many it would address. Saves nothing.
#[utoipa::path(post, path = "/warnings/check", tag = "warning", operation_id = "check_warning",
    request_body = ToCheck, responses((status = 200, body = Checked), (status = 400, body = Problem)))]
async fn check_warning(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    to_check: Result<Body<ToCheck>, Problem>,
) -> Result<Json<Checked>, Problem> {
    demand_author(&viewer, &kernel)?;
    let Body(ToCheck { content, own }) = to_check?;
    Ok(Json(draft::check(&kernel, viewer.reader(&kernel), &content, own).await?))
}

/// Templates, by name.
#[derive(Serialize, utoipa::ToSchema)]
struct WarningTemplates {
    items: Vec<Stored<WarningTemplate>>,
}

/// Warnings to start from.
#[utoipa::path(get, path = "/warnings/templates", tag = "warning", operation_id = "list_warning_templates",
    responses((status = 200, body = WarningTemplates)))]
async fn list_templates(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
) -> Result<Json<WarningTemplates>, Problem> {
    Ok(Json(WarningTemplates { items: template::list(viewer.reader(&kernel)).await? }))
}

/// Saves a template.
#[utoipa::path(post, path = "/warnings/templates", tag = "warning", operation_id = "make_warning_template",
    request_body = WarningTemplate, responses((status = 201, body = SavedWarning), (status = 400, body = Problem)))]
async fn make_template(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    new: Result<Body<WarningTemplate>, Problem>,
) -> Result<(StatusCode, Json<SavedWarning>), Problem> {
    viewer.reader(&kernel).demand::<WarningTemplate>(Action::Create)?;
    let Body(new) = new?;
    let id = template::make(viewer.writer(&kernel), new).await?;
    Ok((StatusCode::CREATED, Json(SavedWarning { id, version: 1 })))
}

/// Makes a draft of the alert of another agency: CAP 1.2 as XML in the body.
#[utoipa::path(post, path = "/warnings/cap", tag = "warning", operation_id = "import_cap",
    request_body(content = String, content_type = "application/cap+xml"),
    responses((status = 201, body = SavedWarning), (status = 400, body = Problem)))]
async fn import_cap(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    body: Bytes,
) -> Result<(StatusCode, Json<SavedWarning>), Problem> {
    demand_author(&viewer, &kernel)?;
    let made = cap::import(viewer.writer(&kernel), &body).await?;
    Ok((StatusCode::CREATED, Json(SavedWarning { id: made.0, version: made.1 })))
}

/// One warning: by its label, or because it was sent to the viewer's organisation.
#[utoipa::path(get, path = "/warnings/{id}", tag = "warning", operation_id = "get_warning",
    params(("id" = ObjectId, Path)),
    responses((status = 200, body = Stored<Warning>), (status = 404, body = Problem)))]
async fn get_warning(
    State(kernel): KernelState,
    viewer: Viewer,
    Id(id): Id,
) -> Result<Json<Stored<Warning>>, Problem> {
    Ok(Json(inbox::get(&kernel, &viewer, id).await?))
}

/// A changed draft.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangedWarning {
    /// The version that was read.
    version: u32,
    content: Content,
}

/// Changes a draft; an approval that it had is gone.
#[utoipa::path(put, path = "/warnings/{id}", tag = "warning", operation_id = "change_warning",
    params(("id" = ObjectId, Path)), request_body = ChangedWarning,
    responses((status = 200, body = Stored<Warning>), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn change_warning(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    changed: Result<Body<ChangedWarning>, Problem>,
) -> Result<Json<Stored<Warning>>, Problem> {
    demand_author(&viewer, &kernel)?;
    let Body(ChangedWarning { version, content }) = changed?;
    Ok(Json(draft::change(viewer.writer(&kernel), id, version, content).await?))
}

/// Approves a draft. Whoever wrote it cannot.
#[utoipa::path(post, path = "/warnings/{id}/approve", tag = "warning", operation_id = "approve_warning",
    params(("id" = ObjectId, Path)), request_body = WarningVersion,
    responses((status = 200, body = Stored<Warning>), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn approve_warning(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    version: Result<Body<WarningVersion>, Problem>,
) -> Result<Json<Stored<Warning>>, Problem> {
    viewer.reader(&kernel).demand::<Warning>(Action::Decide)?;
    let Body(WarningVersion { version }) = version?;
    Ok(Json(draft::approve(viewer.writer(&kernel), id, version).await?))
}

/// Issues a draft: freezes the audience and sends. Above level 3 only after approval by a second person.
#[utoipa::path(post, path = "/warnings/{id}/issue", tag = "warning", operation_id = "issue_warning",
    params(("id" = ObjectId, Path)), request_body = WarningVersion,
    responses((status = 200, body = Issued), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn issue_warning(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    version: Result<Body<WarningVersion>, Problem>,
) -> Result<Json<Issued>, Problem> {
    demand_author(&viewer, &kernel)?;
    let Body(WarningVersion { version }) = version?;
    Ok(Json(issue::issue(&kernel, &viewer, id, version).await?))
}

/// Tells an open warning anew. To a level above 3 it waits for a second person (`told` is false then).
#[utoipa::path(post, path = "/warnings/{id}/update", tag = "warning", operation_id = "update_warning",
    params(("id" = ObjectId, Path)), request_body = Update,
    responses((status = 200, body = Issued), (status = 409, body = Problem)))]
async fn update_warning(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    update: Result<Body<Update>, Problem>,
) -> Result<Json<Issued>, Problem> {
    demand_author(&viewer, &kernel)?;
    let Body(update) = update?;
    Ok(Json(issue::update(&kernel, &viewer, id, update).await?))
}

/// Approves the update that waits, and tells it. Whoever wrote it cannot.
#[utoipa::path(post, path = "/warnings/{id}/update/approve", tag = "warning", operation_id = "approve_warning_update",
    params(("id" = ObjectId, Path)), request_body = WarningVersion,
    responses((status = 200, body = Issued), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn approve_update(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    version: Result<Body<WarningVersion>, Problem>,
) -> Result<Json<Issued>, Problem> {
    viewer.reader(&kernel).demand::<Warning>(Action::Decide)?;
    let Body(WarningVersion { version }) = version?;
    Ok(Json(issue::approve_update(&kernel, &viewer, id, version).await?))
}

/// Why a warning is over.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Cancellation {
    /// The version that was read.
    version: u32,
    note: Wording,
}

/// Ends a warning; a last message says so to everybody who was told.
#[utoipa::path(post, path = "/warnings/{id}/cancel", tag = "warning", operation_id = "cancel_warning",
    params(("id" = ObjectId, Path)), request_body = Cancellation,
    responses((status = 200, body = Issued), (status = 409, body = Problem)))]
async fn cancel_warning(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    cancellation: Result<Body<Cancellation>, Problem>,
) -> Result<Json<Issued>, Problem> {
    demand_author(&viewer, &kernel)?;
    let Body(Cancellation { version, note }) = cancellation?;
    Ok(Json(issue::cancel(&kernel, &viewer, id, version, note).await?))
}

/// What was wrong, and what is right.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCorrection {
    /// The version that was read.
    version: u32,
    was: Wording,
    is: Wording,
}

/// Adds to the log of corrections.
#[utoipa::path(post, path = "/warnings/{id}/corrections", tag = "warning", operation_id = "correct_warning",
    params(("id" = ObjectId, Path)), request_body = NewCorrection,
    responses((status = 200, body = SavedWarning), (status = 409, body = Problem)))]
async fn correct_warning(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    new: Result<Body<NewCorrection>, Problem>,
) -> Result<Json<SavedWarning>, Problem> {
    demand_author(&viewer, &kernel)?;
    let Body(NewCorrection { version, was, is }) = new?;
    let version = issue::correct(viewer.writer(&kernel), id, version, was, is).await?;
    Ok(Json(SavedWarning { id, version }))
}

/// Answers for one's own organisation; the house takes answers down at the telephone for any.
#[utoipa::path(post, path = "/warnings/{id}/answers", tag = "warning", operation_id = "answer_warning",
    params(("id" = ObjectId, Path)), request_body = NewAnswer,
    responses((status = 200, body = Recorded), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn answer_warning(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    new: Result<Body<NewAnswer>, Problem>,
) -> Result<Json<Recorded>, Problem> {
    if !inbox::may_answer(&viewer.0) {
        return Err(Error::Forbidden("your roles may not answer a warning".into()).into());
    }
    // Whoever was not sent it does not learn that it is there.
    inbox::get(&kernel, &viewer, id).await?;
    let Body(mut new) = new?;
    let own = viewer.0.organisation.clone();
    let organisation = new.organisation.take().or_else(|| own.clone());
    let is_own = organisation.is_some() && organisation == own;
    if !is_own && !is_house(&viewer.0) {
        return Err(Error::NotFound.into());
    }
    new.organisation = organisation;
    let via = if is_own { AnswerVia::Account } else { AnswerVia::Telephone };
    let source = Source { via, by: viewer.0.name.clone(), delivery: None };
    Ok(Json(answer::record(&kernel, &viewer.0, id, &new, &source).await?))
}

/// Notes that somebody of the viewer's organisation has opened a warning.
#[utoipa::path(post, path = "/warnings/{id}/opened", tag = "warning", operation_id = "open_warning",
    params(("id" = ObjectId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn open_warning(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    inbox::opened(&kernel, &viewer, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How many were asked again.
#[derive(Serialize, utoipa::ToSchema)]
struct Reminded {
    /// Messages on their way.
    deliveries: u32,
}

/// Which rung of the ladder to step on now.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Reminder {
    #[schema(inline)]
    rung: shinayaka_model::warning::Rung,
}

/// Asks everybody who is silent again now, before the timer does. Each rung is stepped on once an edition.
#[utoipa::path(post, path = "/warnings/{id}/remind", tag = "warning", operation_id = "remind_silent",
    params(("id" = ObjectId, Path)), request_body = Reminder,
    responses((status = 200, body = Reminded), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn remind(
    State(kernel): KernelState,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    reminder: Result<Body<Reminder>, Problem>,
) -> Result<Json<Reminded>, Problem> {
    demand_author(&viewer, &kernel)?;
    let Body(Reminder { rung }) = reminder?;
    let warning = viewer.reader(&kernel).get::<Warning>(id).await?.record;
    if !warning.state.is_open() {
        return Err(Error::Conflict("the warning is not open".into()).into());
    }
    let edition = warning.edition().map_or(1, |edition| edition.number);
    let deliveries = crate::service::escalate::ask_again(&kernel, id, edition, rung).await?;
    Ok(Json(Reminded { deliveries }))
}

/// Whom to telephone: those who asked for it first, then the silent.
#[derive(Serialize, utoipa::ToSchema)]
struct CallList {
    items: Vec<Call>,
}

/// The call list of a warning, as far as the viewer may see its recipients.
#[utoipa::path(get, path = "/warnings/{id}/calls", tag = "warning", operation_id = "warning_call_list",
    params(("id" = ObjectId, Path)),
    responses((status = 200, body = CallList), (status = 404, body = Problem)))]
async fn call_list(
    State(kernel): KernelState,
    Extension(room): Extension<SharedRoom>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
) -> Result<Json<CallList>, Problem> {
    Ok(Json(CallList { items: silent::call_list(&room, &kernel, &viewer, id).await? }))
}

/// The print pack: one A4 sheet for each recipient without an electronic contact, as HTML to be printed.
#[utoipa::path(get, path = "/warnings/{id}/print", tag = "warning", operation_id = "warning_print_pack",
    params(("id" = ObjectId, Path)),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = Problem)))]
async fn print_pack(
    State(kernel): KernelState,
    Extension(room): Extension<SharedRoom>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
) -> Result<Response, Problem> {
    Ok(pages::sheet::pack(&room, &kernel, &viewer, id).await?)
}

/// The newest message of a warning as signed CAP 1.2.
#[utoipa::path(get, path = "/warnings/{id}/cap", tag = "warning", operation_id = "warning_cap",
    params(("id" = ObjectId, Path)),
    responses((status = 200, content_type = "application/cap+xml", body = String), (status = 404, body = Problem)))]
async fn warning_cap(
    State(kernel): KernelState,
    Extension(room): Extension<SharedRoom>,
    viewer: Viewer,
    Id(id): Id,
) -> Result<Response, Problem> {
    let warning = inbox::get(&kernel, &viewer, id).await?;
    let document = cap::document(room.facts()?, &warning)?;
    Ok(([(header::CONTENT_TYPE, "application/cap+xml; charset=utf-8")], document).into_response())
}

/// The inbox of the viewer's organisation.
#[derive(Serialize, utoipa::ToSchema)]
struct Inbox {
    items: Vec<InboxEntry>,
}

/// What was sent to the viewer's organisation, newest first.
#[utoipa::path(get, path = "/inbox", tag = "warning", operation_id = "inbox",
    responses((status = 200, body = Inbox), (status = 403, body = Problem)))]
async fn show_inbox(State(kernel): KernelState, SignedIn(viewer): SignedIn) -> Result<Json<Inbox>, Problem> {
    Ok(Json(Inbox { items: inbox::list(&kernel, &viewer).await? }))
}
