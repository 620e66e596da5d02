//! The edge that all capabilities share: who is asking, how input is read, how errors are told.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    access::{Kernel, Reader, Writer},
    error::Error,
    label::Principal,
};

/// What every handler is given.
#[derive(Clone)]
pub struct App {
    pub kernel: Arc<Kernel>,
}

impl axum::extract::FromRef<App> for Arc<Kernel> {
    fn from_ref(app: &App) -> Self {
        app.kernel.clone()
    }
}

/// Who is asking, as the sign-in layer found out; the public when nobody signed in.
#[derive(Clone, Debug)]
pub struct Viewer(pub Principal);

impl Viewer {
    pub fn reader<'a>(&'a self, kernel: &'a Kernel) -> Reader<'a> {
        kernel.reader(&self.0)
    }

    pub fn writer<'a>(&'a self, kernel: &'a Kernel) -> Writer<'a> {
        kernel.writer(&self.0)
    }
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self(Principal::public())))
    }
}

/// As [`Viewer`], but answers 401 when nobody signed in.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Viewer);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(viewer) = Viewer::from_request_parts(parts, state).await;
        if viewer.0.account.is_some() { Ok(Self(viewer)) } else { Err(Problem::unauthenticated()) }
    }
}

/// An error as RFC 9457 (`application/problem+json`). The title is in both languages under a stable type; `detail` is
/// for people, `field` names the place in the input.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// `urn:shinayaka:problem:` and one of: not-found, conflict, forbidden, unauthenticated, invalid, unavailable,
    /// too-many-requests, too-large.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub title_ja: String,
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds after which trying again makes sense; also sent as the header Retry-After.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u16>,
}

impl Problem {
    pub fn new(status: StatusCode, name: &str, title: &str, title_ja: &str) -> Self {
        Self {
            kind: format!("urn:shinayaka:problem:{name}"),
            title: title.into(),
            title_ja: title_ja.into(),
            status: status.as_u16(),
            detail: None,
            field: None,
            retry_after: None,
        }
    }

    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub fn unauthenticated() -> Self {
        let title_ja = "サインインが必要です";
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Sign in first", title_ja)
    }

    pub fn too_large(limit: usize) -> Self {
        let title_ja = "データが大きすぎます";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The input is too large", title_ja)
            .with_detail(format!("at most {limit} bytes are taken"))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        let new = Self::new;
        match error {
            Error::NotFound => new(StatusCode::NOT_FOUND, "not-found", "Not found", "見つかりません"),
            Error::Conflict(_) => {
                let title = "Somebody else changed it meanwhile: read it again";
                let title_ja = "ほかの人が先に変更しました。もう一度読み込んでください";
                new(StatusCode::CONFLICT, "conflict", title, title_ja).with_detail(detail)
            }
            Error::Forbidden(_) => {
                new(StatusCode::FORBIDDEN, "forbidden", "Not permitted", "許可されていません")
                    .with_detail(detail)
            }
            Error::Invalid { field, reason } => {
                let title_ja = "入力に誤りがあります";
                let mut problem = new(StatusCode::BAD_REQUEST, "invalid", "The input is wrong", title_ja)
                    .with_detail(reason);
                problem.field = Some(field);
                problem
            }
            Error::Unavailable(reason) => {
                tracing::error!(reason, "unavailable");
                let title = "Nothing was saved: try again in a moment";
                let title_ja = "保存されませんでした。しばらくしてからもう一度お試しください";
                new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title, title_ja)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        let seconds = self.retry_after.or((status == StatusCode::SERVICE_UNAVAILABLE).then_some(5));
        if let Some(seconds) = seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A JSON body; a wrong one is answered with the path of the fault.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        // Demanding this type also keeps forms of other sites out: a browser asks before it sends JSON elsewhere.
        if !content_type.is_some_and(|value| value.starts_with("application/json")) {
            let reason = "the request must say content-type: application/json";
            return Err(Error::invalid("content-type", reason).into());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::too_large(MAXIMUM_JSON_BYTES)
            } else {
                Error::invalid("body", rejection.body_text()).into()
            }
        })?;
        read_json(&bytes).map(Self).map_err(Problem::from)
    }
}

/// Bytes of a JSON request.
pub const MAXIMUM_JSON_BYTES: usize = 2 << 20;

/// Reads untrusted JSON; the error names the path and the line.
///
/// # Errors
/// [`Error::Invalid`].
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        // A text that is no JSON at all has no path.
        let field = if matches!(path.as_str(), "." | "?") { "body".to_owned() } else { path };
        Error::invalid(field, error.into_inner().to_string())
    })?;
    deserializer.end().map_err(|error| Error::invalid("body", error.to_string()))?;
    Ok(value)
}

/// Query parameters; a wrong one is answered with its name.
pub struct Parameters<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        query.map(|Query(value)| Self(value)).map_err(|rejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            let (field, reason) = text.split_once(": ").unwrap_or(("query", text));
            Error::invalid(field, reason).into()
        })
    }
}

/// Page parameters of every list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// `next` of the page before.
    pub after: Option<String>,
    /// Rows wanted, 1 to 500; 50 by default.
    pub limit: Option<u32>,
}
