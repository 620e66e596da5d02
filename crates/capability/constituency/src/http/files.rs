//! The constituency as a file, in and out.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequest, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use shinayaka_kernel::{
    Error, Kernel,
    http::{Parameters, Problem, SignedIn},
};

use crate::service::{
    export::{ExportFormat, ExportedOrganisation, export},
    import::{ImportFormat, Imported, ImportedRecord, MAXIMUM_FILE_BYTES, import},
    organisations::OrganisationFilter,
};

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportParameters {
    #[param(inline)]
    format: ImportFormat,
    /// Shows what would change and saves nothing.
    #[serde(default)]
    dry_run: bool,
}

/// A file of a type that the format may have. Naming the type also keeps forms of other sites out.
pub struct File(Vec<u8>);

impl<S: Send + Sync> FromRequest<S> for File {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        const TYPES: [&str; 2] = ["text/csv", "application/json"];
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

/// Reads a file of organisations and saves all of it or nothing. A trial run always answers 200 with what would change;
/// otherwise bad rows answer 422 with the same body, and nothing was saved.
#[utoipa::path(
    post, path = "/constituency/import", tag = "constituency",
    params(ImportParameters),
    request_body(content((String = "text/csv"), (Vec<ImportedRecord> = "application/json"))),
    responses(
        (status = 200, body = Imported), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 413, body = Problem), (status = 422, body = Imported),
    ),
)]
pub async fn import_organisations(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Parameters(parameters): Parameters<ImportParameters>,
    File(content): File,
) -> Result<(StatusCode, Json<Imported>), Problem> {
    let ImportParameters { format, dry_run } = parameters;
    let imported = import(&kernel, &viewer.0, format, content, dry_run).await?;
    let refused = !dry_run && !imported.errors.is_empty();
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Json(imported)))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportParameters {
    #[param(inline)]
    format: ExportFormat,
}

/// The organisations that the reader may take out of the node, as a file that the import reads back; filtered like the
/// list, but for the text search and the health of contacts.
#[utoipa::path(
    get, path = "/constituency/export", tag = "constituency",
    params(ExportParameters, OrganisationFilter),
    responses(
        (status = 200, content((String = "text/csv"), (Vec<ExportedOrganisation> = "application/json"))),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
    ),
)]
pub async fn export_organisations(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Parameters(parameters): Parameters<ExportParameters>,
    Parameters(filter): Parameters<OrganisationFilter>,
) -> Result<Response, Problem> {
    let content = export(viewer.reader(&kernel), parameters.format, &filter).await?;
    Ok(match parameters.format {
        ExportFormat::Csv => file("text/csv; charset=utf-8", "organisations.csv", content),
        ExportFormat::Json => file("application/json", "organisations.json", content),
    })
}

/// A file that the browser saves under a name.
pub fn file(content_type: &'static str, name: &str, content: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers =
        [(header::CONTENT_TYPE, content_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, content).into_response()
}
