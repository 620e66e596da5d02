//! The server's own part of the API, one file a subject, and the whole document.

pub mod account;
pub mod accounts;
pub mod jobs;
pub mod journal;
pub mod objects;
pub mod session;

use std::sync::Arc;

use axum::Router;
use shinayaka_kernel::{
    Reader, Result,
    capability::Capability,
    http::{App, Problem},
    object::RecordKind,
};
use utoipa::{
    OpenApi,
    openapi::{
        Components, ContentBuilder, OpenApi as Document, Ref, RefOr, ResponseBuilder, Server,
        path::Operation,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::node::Node;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Shinayaka",
        description = "Warn before, contain during, learn after. Every error is a Problem (RFC 9457)."
    ),
    components(schemas(Problem))
)]
struct Head;

fn own() -> OpenApiRouter<Arc<Node>> {
    OpenApiRouter::with_openapi(Head::openapi())
        .routes(routes!(session::show, session::sign_in, session::sign_out))
        .routes(routes!(session::accept_invitation))
        .routes(routes!(account::change_password))
        .routes(routes!(account::offer_totp, account::confirm_totp, account::remove_totp))
        .routes(routes!(account::list_tokens, account::make_token))
        .routes(routes!(account::end_token))
        .routes(routes!(accounts::list_accounts, accounts::add_account))
        .routes(routes!(accounts::change_account))
        .routes(routes!(accounts::invite))
        .routes(routes!(objects::search))
        .routes(routes!(objects::show_object))
        .routes(routes!(objects::show_version))
        .routes(routes!(journal::checkpoint))
        .routes(routes!(journal::proof))
        .routes(routes!(journal::entries))
        .routes(routes!(jobs::list_jobs))
        .routes(routes!(jobs::revive_job))
}

/// The routes under `/api/v1` and the document that describes them.
pub fn api(node: &Arc<Node>) -> (Router, Document) {
    let (router, document) = own().split_for_parts();
    let mut router = router.with_state(node.clone());
    let mut whole = document;
    let app = App { kernel: node.kernel.clone() };
    for capability in &node.capabilities {
        let (part, document) = capability.routes().split_for_parts();
        router = router.merge(part.with_state(app.clone()));
        whole.merge(document);
    }
    (router, finish(whole))
}

/// The document without a node, for `shinayaka openapi`.
pub fn document(capabilities: &[Box<dyn Capability>]) -> Document {
    let (_, mut whole) = own().split_for_parts();
    for capability in capabilities {
        whole.merge(capability.routes().split_for_parts().1);
    }
    finish(whole)
}

/// As it is committed: indented, with a line break at the end.
///
/// # Errors
/// [`shinayaka_kernel::Error::Invalid`] if the document has no JSON form.
pub fn document_text(document: &Document) -> Result<String> {
    let text = document.to_pretty_json();
    let text = text.map_err(|error| shinayaka_kernel::Error::invalid("openapi", error.to_string()))?;
    Ok(format!("{text}\n"))
}

/// Adds what holds for every operation: where the API is, how to sign in, how errors look.
fn finish(mut document: Document) -> Document {
    document.servers = Some(vec![Server::new(crate::edge::API)]);
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    let components = document.components.get_or_insert_with(Components::new);
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("shinayaka")));
    components.add_security_scheme("session", cookie);
    let token = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    components.add_security_scheme("token", token);
    let needs = |name: &str| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
    document.security = Some(vec![needs("session"), needs("token"), SecurityRequirement::default()]);
    let content = ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build();
    let problem = ResponseBuilder::new()
        .description("What went wrong")
        .content("application/problem+json", content)
        .build();
    for item in document.paths.paths.values_mut() {
        let operations: [&mut Option<Operation>; 5] =
            [&mut item.get, &mut item.post, &mut item.put, &mut item.delete, &mut item.patch];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.insert("default".into(), problem.clone().into());
        }
    }
    document
}

/// Every kind of record that the capabilities declare.
pub fn kinds(capabilities: &[Box<dyn Capability>]) -> Vec<RecordKind> {
    capabilities.iter().flat_map(|capability| capability.kinds()).collect()
}

/// Makes a reader's handle out of who is asking.
pub(crate) fn reader<'a>(node: &'a Node, viewer: &'a shinayaka_kernel::http::Viewer) -> Reader<'a> {
    viewer.reader(&node.kernel)
}
