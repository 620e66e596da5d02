//! The console's files: built into the program in a release, read from the disk in a debug build.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use rust_embed::{Embed, EmbeddedFile};

#[derive(Embed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Console;

/// Files whose name carries the hash of their content never change.
const HASHED: &str = "assets/";

fn answer(path: &str, file: EmbeddedFile) -> Response {
    let content_type = content_type(path, file.metadata.mimetype());
    let cache = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let content_type = HeaderValue::from_str(&content_type);
    let content_type = content_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers =
        [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, HeaderValue::from_static(cache))];
    (headers, file.data.into_owned()).into_response()
}

fn content_type(path: &str, guessed: &str) -> String {
    let text = guessed.starts_with("text/") || path.ends_with(".js") || path.ends_with(".svg");
    if text { format!("{guessed}; charset=utf-8") } else { guessed.to_owned() }
}

pub fn file(path: &str) -> Option<Response> {
    if path.is_empty() || path == "index.html" {
        return index();
    }
    Console::get(path).map(|file| answer(path, file))
}

/// The one page of the console.
pub fn index() -> Option<Response> {
    Console::get("index.html").map(|file| answer("index.html", file))
}
