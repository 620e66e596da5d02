//! The routes of the constituency under `/api/v1`. Handlers hold no rule.

mod drills;
mod files;
mod holdings;

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Kernel, ObjectId,
    http::{App, Body, PageParameters, Parameters, Problem, SignedIn},
    page::Page,
};
use shinayaka_model::{
    constituency_policy::ConstituencyPolicy, contact::Contact, organisation::Organisation,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::service::{
    contacts::{self, ContactEntry, ContactFilter, HealthReport},
    drills::Dispatch,
    import::{MAXIMUM_FILE_BYTES, fresh_code},
    organisations::{self, OrganisationEntry, OrganisationFile, OrganisationFilter},
    policy::{self, PolicyInForce},
};

pub fn routes(dispatch: Arc<dyn Dispatch>) -> OpenApiRouter<App> {
    let import = OpenApiRouter::new()
        .routes(routes!(files::import_organisations))
        .layer(DefaultBodyLimit::max(MAXIMUM_FILE_BYTES));
    let drills = OpenApiRouter::new()
        .routes(routes!(drills::list_drills, drills::start_drill))
        .layer(Extension(dispatch));
    OpenApiRouter::new()
        .routes(routes!(list_organisations, register_organisation))
        .routes(routes!(get_organisation, change_organisation))
        .routes(routes!(list_contacts))
        .routes(routes!(contact_health))
        .routes(routes!(contact_policy, agree_policy))
        .routes(routes!(holdings::contacts_of, holdings::add_contact))
        .routes(routes!(holdings::change_contact, holdings::remove_contact))
        .routes(routes!(verify_contact))
        .routes(routes!(holdings::add_service))
        .routes(routes!(holdings::change_service, holdings::remove_service))
        .routes(routes!(holdings::add_product))
        .routes(routes!(holdings::change_product, holdings::remove_product))
        .routes(routes!(holdings::add_delegation))
        .routes(routes!(holdings::change_delegation))
        .routes(routes!(files::export_organisations))
        .routes(routes!(drills::compare_drills))
        .routes(routes!(drills::silent_organisations))
        .routes(routes!(drills::export_drills))
        .routes(routes!(drills::get_drill))
        .routes(routes!(drills::export_drill))
        .merge(drills)
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

/// Which version of which record was saved.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SavedInConstituency)]
struct SavedRecord {
    id: ObjectId,
    version: u32,
}

/// Which version was read.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadVersion {
    version: u32,
}

/// Organisations that the reader sees, filtered, in pages.
#[utoipa::path(
    get, path = "/constituency/organisations", tag = "constituency",
    params(OrganisationFilter, PageParameters),
    responses(
        (status = 200, body = Page<OrganisationEntry>), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem),
    ),
)]
async fn list_organisations(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Parameters(filter): Parameters<OrganisationFilter>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<OrganisationEntry>>, Problem> {
    let page = organisations::list(viewer.reader(&kernel), &filter, page.after, page.limit).await?;
    Ok(Json(page))
}

/// An organisation to be registered. Nothing is required beyond a name and one contact.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOrganisation {
    /// With an empty code it gets one.
    record: Organisation,
    /// The organisation that it names is not asked.
    contact: Contact,
}

/// Registers an organisation with its first contact.
#[utoipa::path(
    post, path = "/constituency/organisations", tag = "constituency",
    request_body = NewOrganisation,
    responses(
        (status = 201, body = SavedRecord), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem),
    ),
)]
async fn register_organisation(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Body(new): Body<NewOrganisation>,
) -> Result<(StatusCode, Json<SavedRecord>), Problem> {
    let fresh = fresh_code(&kernel);
    let (id, version) =
        organisations::register(viewer.writer(&kernel), fresh, new.record, new.contact).await?;
    Ok((StatusCode::CREATED, Json(SavedRecord { id, version })))
}

/// An organisation with its contacts, services, products, delegations and drills.
#[utoipa::path(
    get, path = "/constituency/organisations/{id}", tag = "constituency",
    params(("id" = ObjectId, Path)),
    responses((status = 200, body = OrganisationFile), (status = 401, body = Problem), (status = 404, body = Problem)),
)]
async fn get_organisation(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
) -> Result<Json<OrganisationFile>, Problem> {
    Ok(Json(organisations::get(viewer.reader(&kernel), id).await?))
}

/// A new version of an organisation.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangedOrganisation {
    /// The version that was read.
    version: u32,
    record: Organisation,
}

/// Saves a new version of an organisation. Other hubs also decide who sees it and what hangs on it.
#[utoipa::path(
    put, path = "/constituency/organisations/{id}", tag = "constituency",
    params(("id" = ObjectId, Path)),
    request_body = ChangedOrganisation,
    responses(
        (status = 200, body = SavedRecord), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    ),
)]
async fn change_organisation(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Body(changed): Body<ChangedOrganisation>,
) -> Result<Json<SavedRecord>, Problem> {
    let version = organisations::change(viewer.writer(&kernel), id, changed.version, changed.record).await?;
    Ok(Json(SavedRecord { id, version }))
}

/// Contacts of all organisations that the reader sees, by state: the dead ones, the stale ones, the verified ones.
#[utoipa::path(
    get, path = "/constituency/contacts", tag = "constituency",
    params(ContactFilter, PageParameters),
    responses(
        (status = 200, body = Page<ContactEntry>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem),
    ),
)]
async fn list_contacts(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Parameters(filter): Parameters<ContactFilter>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<ContactEntry>>, Problem> {
    Ok(Json(contacts::list(viewer.reader(&kernel), &filter, page.after, page.limit).await?))
}

/// How many contacts are verified, stale and dead.
#[utoipa::path(
    get, path = "/constituency/health", tag = "constituency",
    responses((status = 200, body = HealthReport), (status = 401, body = Problem), (status = 403, body = Problem)),
)]
async fn contact_health(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
) -> Result<Json<HealthReport>, Problem> {
    Ok(Json(contacts::health(viewer.reader(&kernel)).await?))
}

/// How long the verification of a contact counts here.
#[utoipa::path(
    get, path = "/constituency/policy", tag = "constituency",
    responses((status = 200, body = PolicyInForce), (status = 401, body = Problem), (status = 403, body = Problem)),
)]
async fn contact_policy(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
) -> Result<Json<PolicyInForce>, Problem> {
    Ok(Json(policy::policy(viewer.reader(&kernel)).await?))
}

/// Another policy.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct AgreedPolicy {
    /// The version that was read; 0 when nothing was agreed on before.
    version: u32,
    record: ConstituencyPolicy,
}

/// Agrees on how long the verification of a contact counts.
#[utoipa::path(
    put, path = "/constituency/policy", tag = "constituency",
    request_body = AgreedPolicy,
    responses(
        (status = 200, body = SavedRecord), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem),
    ),
)]
async fn agree_policy(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Body(agreed): Body<AgreedPolicy>,
) -> Result<Json<SavedRecord>, Problem> {
    let version = policy::agree(viewer.writer(&kernel), agreed.version, agreed.record).await?;
    Ok(Json(SavedRecord { id: ConstituencyPolicy::id(), version }))
}

/// Writes down that a contact works today: somebody called, wrote or met, or the organisation itself says so.
#[utoipa::path(
    post, path = "/constituency/contacts/{id}/verify", tag = "constituency",
    params(("id" = ObjectId, Path)),
    request_body = ReadVersion,
    responses(
        (status = 200, body = SavedRecord), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
    ),
)]
async fn verify_contact(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Body(read): Body<ReadVersion>,
) -> Result<Json<SavedRecord>, Problem> {
    let version = contacts::verify(viewer.writer(&kernel), id, read.version).await?;
    Ok(Json(SavedRecord { id, version }))
}
