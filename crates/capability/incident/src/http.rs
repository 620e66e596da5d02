//! The routes of the registry under `/api/v1`.

use std::sync::Arc;

use axum::{
    Json,
    body::Body as ResponseBody,
    extract::{DefaultBodyLimit, FromRequest, Path, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Kernel, Label, ObjectId,
    http::{App, Body, PageParameters, Parameters, Problem, SignedIn, Viewer},
    page::Page,
};
use shinayaka_model::incident::Incident;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::service::{
    change, export, export::ExportFormat, export::Exported, import, import::ImportFormat, import::Imported,
    import::MAXIMUM_FILE_BYTES, list, list::Entry, list::Filter, list::Sort, matrix, matrix::Matrix, record,
    timeline, timeline::Timeline,
};

pub fn routes() -> OpenApiRouter<App> {
    let import =
        OpenApiRouter::new().routes(routes!(import_file)).layer(DefaultBodyLimit::max(MAXIMUM_FILE_BYTES));
    OpenApiRouter::new()
        .routes(routes!(list_incidents, record_incident))
        .routes(routes!(get_incident, change_incident, erase_incident))
        .routes(routes!(relabel_incident))
        .routes(routes!(registry_matrix))
        .routes(routes!(registry_timeline))
        .routes(routes!(export_file))
        .merge(import)
}

/// The identifier in the path; what is no identifier names nothing.
struct Id(ObjectId);

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(text)| text.parse().ok());
        id.map(Self).ok_or_else(|| Error::NotFound.into())
    }
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Sorting {
    /// `date`, `-date` (latest first) or `recorded` (newest first), which is what is meant without it.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
}

/// Accidents, filtered and sorted, in pages.
#[utoipa::path(
    get, path = "/registry/incidents", tag = "registry",
    params(Filter, Sorting, PageParameters),
    responses((status = 200, body = Page<Entry>), (status = 400, body = Problem)),
)]
async fn list_incidents(
    State(kernel): State<Arc<Kernel>>,
    viewer: Viewer,
    Parameters(filter): Parameters<Filter>,
    Parameters(sorting): Parameters<Sorting>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<Entry>>, Problem> {
    let page = list::list(viewer.reader(&kernel), &filter, sorting.sort, page.after, page.limit).await?;
    Ok(Json(page))
}

/// One accident.
#[utoipa::path(
    get, path = "/registry/incidents/{id}", tag = "registry",
    params(("id" = ObjectId, Path)),
    responses((status = 200, body = Entry), (status = 404, body = Problem)),
)]
async fn get_incident(
    State(kernel): State<Arc<Kernel>>,
    viewer: Viewer,
    Id(id): Id,
) -> Result<Json<Entry>, Problem> {
    Ok(Json(list::get(viewer.reader(&kernel), id).await?))
}

/// An accident to be recorded.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewIncident {
    /// For members of the node unless said otherwise.
    label: Option<Label>,
    record: Incident,
}

/// Which version of which accident was saved.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SavedIncident {
    id: ObjectId,
    version: u32,
}

/// Records an accident.
#[utoipa::path(
    post, path = "/registry/incidents", tag = "registry",
    request_body = NewIncident,
    responses(
        (status = 201, body = SavedIncident), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
    ),
)]
async fn record_incident(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Body(new): Body<NewIncident>,
) -> Result<(StatusCode, Json<SavedIncident>), Problem> {
    let (id, version) = record::record(viewer.writer(&kernel), new.record, new.label).await?;
    Ok((StatusCode::CREATED, Json(SavedIncident { id, version })))
}

/// A new version of an accident.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangedIncident {
    /// The version that was read.
    version: u32,
    record: Incident,
}

/// Saves a new version of an accident.
#[utoipa::path(
    put, path = "/registry/incidents/{id}", tag = "registry",
    params(("id" = ObjectId, Path)),
    request_body = ChangedIncident,
    responses(
        (status = 200, body = SavedIncident), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    ),
)]
async fn change_incident(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Body(changed): Body<ChangedIncident>,
) -> Result<Json<SavedIncident>, Problem> {
    let version = change::change(viewer.writer(&kernel), id, changed.version, changed.record).await?;
    Ok(Json(SavedIncident { id, version }))
}

/// Another label for an accident.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RelabelledIncident {
    /// The version that was read.
    version: u32,
    label: Label,
}

/// Decides anew who may see an accident.
#[utoipa::path(
    put, path = "/registry/incidents/{id}/label", tag = "registry",
    params(("id" = ObjectId, Path)),
    request_body = RelabelledIncident,
    responses(
        (status = 200, body = SavedIncident), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    ),
)]
async fn relabel_incident(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Body(relabelled): Body<RelabelledIncident>,
) -> Result<Json<SavedIncident>, Problem> {
    let version = change::relabel(viewer.writer(&kernel), id, relabelled.version, relabelled.label).await?;
    Ok(Json(SavedIncident { id, version }))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Erasure {
    /// The version that was read.
    version: u32,
}

/// Destroys the content of an accident on a lawful request; that it was erased stays on record.
#[utoipa::path(
    delete, path = "/registry/incidents/{id}", tag = "registry",
    params(("id" = ObjectId, Path), Erasure),
    responses(
        (status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    ),
)]
async fn erase_incident(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Parameters(erasure): Parameters<Erasure>,
) -> Result<StatusCode, Problem> {
    change::erase(viewer.writer(&kernel), id, erasure.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Counts by sector and cause, and the strategy's own two tables.
#[utoipa::path(
    get, path = "/registry/matrix", tag = "registry",
    responses((status = 200, body = Matrix)),
)]
async fn registry_matrix(State(kernel): State<Arc<Kernel>>, viewer: Viewer) -> Result<Json<Matrix>, Problem> {
    Ok(Json(matrix::matrix(viewer.reader(&kernel)).await?))
}

/// Counts by year and cause.
#[utoipa::path(
    get, path = "/registry/timeline", tag = "registry",
    responses((status = 200, body = Timeline)),
)]
async fn registry_timeline(
    State(kernel): State<Arc<Kernel>>,
    viewer: Viewer,
) -> Result<Json<Timeline>, Problem> {
    Ok(Json(timeline::timeline(viewer.reader(&kernel)).await?))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportParameters {
    #[param(inline)]
    format: ImportFormat,
    /// Reads and checks the file and saves nothing.
    #[serde(default)]
    dry_run: bool,
}

/// A file of a type that the format may have. Naming the type also keeps forms of other sites out.
struct File(Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for File {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        const TYPES: [&str; 3] = ["text/csv", "application/json", "application/x-ndjson"];
        let named = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !named.is_some_and(|named| TYPES.iter().any(|known| named.starts_with(known))) {
            let reason = format!("the request must say content-type: one of {}", TYPES.join(", "));
            return Err(Error::invalid("content-type", reason).into());
        }
        match axum::body::Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes.into())),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(Problem::too_large(MAXIMUM_FILE_BYTES))
            }
            Err(rejection) => Err(Error::invalid("body", rejection.body_text()).into()),
        }
    }
}

/// Reads a file of accidents and saves all of it or nothing. A trial run always answers 200; otherwise bad rows answer
/// 422 with the same body, and nothing was saved.
#[utoipa::path(
    post, path = "/registry/import", tag = "registry",
    params(ImportParameters),
    request_body(content((String = "text/csv"), (String = "application/json"), (String = "application/x-ndjson"))),
    responses(
        (status = 200, body = Imported), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 413, body = Problem), (status = 422, body = Imported),
    ),
)]
async fn import_file(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Parameters(parameters): Parameters<ImportParameters>,
    File(content): File,
) -> Result<(StatusCode, Json<Imported>), Problem> {
    let ImportParameters { format, dry_run } = parameters;
    let imported = import::import(viewer.writer(&kernel), format, content, dry_run).await?;
    let refused = !dry_run && !imported.errors.is_empty();
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Json(imported)))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportParameters {
    #[param(inline)]
    format: ExportFormat,
}

/// The accidents that the reader may take out of the node, as a file; filtered like the list.
#[utoipa::path(
    get, path = "/registry/export", tag = "registry",
    params(ExportParameters, Filter),
    responses(
        (status = 200, content((String = "text/csv"), (Vec<Exported> = "application/json"))),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    ),
)]
async fn export_file(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Parameters(parameters): Parameters<ExportParameters>,
    Parameters(filter): Parameters<Filter>,
) -> Result<Response, Problem> {
    let mut begun = export::Export::begin(viewer.reader(&kernel), parameters.format, filter)?;
    // The first piece is made before the answer begins, so that an error can still be told as one.
    let first = begun.next(viewer.reader(&kernel)).await?.unwrap_or_default();
    let rest = futures::stream::unfold((begun, kernel, viewer), |(mut begun, kernel, viewer)| async {
        let piece = begun.next(viewer.reader(&kernel)).await.transpose()?;
        Some((piece, (begun, kernel, viewer)))
    });
    // Fused: the compression of the answer asks once more after the end.
    let rest = futures::StreamExt::fuse(rest);
    let pieces = futures::StreamExt::chain(futures::stream::iter([Ok(first)]), rest);
    let (content_type, name) = match parameters.format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"incidents.csv\""),
        ExportFormat::Json => ("application/json", "attachment; filename=\"incidents.json\""),
    };
    let headers = [(header::CONTENT_TYPE, content_type), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, ResponseBody::from_stream(pieces)).into_response())
}
