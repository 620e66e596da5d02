//! What hangs on an organisation: contacts, services, products, delegations.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use shinayaka_kernel::{
    Kernel, ObjectId,
    http::{Body, Parameters, Problem, SignedIn},
};
use shinayaka_model::{
    citizen_service::CitizenService, contact::Contact, delegation::Delegation, product_in_use::ProductInUse,
};

use super::{Id, SavedRecord};
use crate::service::{contacts::ContactEntry, delegations, holdings, organisations};

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Removal {
    /// The version that was read.
    version: u32,
}

/// The contacts of an organisation, in the order of the escalation ladder.
#[utoipa::path(
    get, path = "/constituency/organisations/{id}/contacts", tag = "constituency",
    params(("id" = ObjectId, Path)),
    responses((status = 200, body = Vec<ContactEntry>), (status = 401, body = Problem), (status = 404, body = Problem)),
)]
pub async fn contacts_of(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
) -> Result<Json<Vec<ContactEntry>>, Problem> {
    Ok(Json(organisations::contacts_of(viewer.reader(&kernel), id).await?))
}

/// A contact to be added; the organisation that it names is not asked.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    record: Contact,
}

/// A new version of a contact.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedContact {
    /// The version that was read.
    version: u32,
    record: Contact,
}

/// Adds a contact to an organisation.
#[utoipa::path(
    post, path = "/constituency/organisations/{id}/contacts", tag = "constituency",
    params(("id" = ObjectId, Path)),
    request_body = NewContact,
    responses(
        (status = 201, body = SavedRecord), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
    ),
)]
pub async fn add_contact(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Body(new): Body<NewContact>,
) -> Result<(StatusCode, Json<SavedRecord>), Problem> {
    let (id, version) = holdings::add(viewer.writer(&kernel), id, new.record).await?;
    Ok((StatusCode::CREATED, Json(SavedRecord { id, version })))
}

/// Saves a new version of a contact.
#[utoipa::path(
    put, path = "/constituency/contacts/{id}", tag = "constituency",
    params(("id" = ObjectId, Path)),
    request_body = ChangedContact,
    responses(
        (status = 200, body = SavedRecord), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    ),
)]
pub async fn change_contact(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Body(changed): Body<ChangedContact>,
) -> Result<Json<SavedRecord>, Problem> {
    let version = holdings::change(viewer.writer(&kernel), id, changed.version, changed.record).await?;
    Ok(Json(SavedRecord { id, version }))
}

/// Removes a contact: its content is erased, that it was there stays on record.
#[utoipa::path(
    delete, path = "/constituency/contacts/{id}", tag = "constituency",
    params(("id" = ObjectId, Path), Removal),
    responses(
        (status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
    ),
)]
pub async fn remove_contact(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Parameters(removal): Parameters<Removal>,
) -> Result<StatusCode, Problem> {
    holdings::remove::<Contact>(viewer.writer(&kernel), id, removal.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A service to citizens to be added; the organisation that it names is not asked.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCitizenService {
    record: CitizenService,
}

/// A new version of a service to citizens.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedCitizenService {
    /// The version that was read.
    version: u32,
    record: CitizenService,
}

/// Adds a service to citizens to an organisation.
#[utoipa::path(
    post, path = "/constituency/organisations/{id}/services", tag = "constituency",
    params(("id" = ObjectId, Path)),
    request_body = NewCitizenService,
    responses(
        (status = 201, body = SavedRecord), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
    ),
)]
pub async fn add_service(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Body(new): Body<NewCitizenService>,
) -> Result<(StatusCode, Json<SavedRecord>), Problem> {
    let (id, version) = holdings::add(viewer.writer(&kernel), id, new.record).await?;
    Ok((StatusCode::CREATED, Json(SavedRecord { id, version })))
}

/// Saves a new version of a service to citizens.
#[utoipa::path(
    put, path = "/constituency/services/{id}", tag = "constituency",
    params(("id" = ObjectId, Path)),
    request_body = ChangedCitizenService,
    responses(
        (status = 200, body = SavedRecord), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    ),
)]
pub async fn change_service(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Body(changed): Body<ChangedCitizenService>,
) -> Result<Json<SavedRecord>, Problem> {
    let version = holdings::change(viewer.writer(&kernel), id, changed.version, changed.record).await?;
    Ok(Json(SavedRecord { id, version }))
}

/// Removes a service to citizens: its content is erased, that it was there stays on record.
#[utoipa::path(
    delete, path = "/constituency/services/{id}", tag = "constituency",
    params(("id" = ObjectId, Path), Removal),
    responses(
        (status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
    ),
)]
pub async fn remove_service(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Parameters(removal): Parameters<Removal>,
) -> Result<StatusCode, Problem> {
    holdings::remove::<CitizenService>(viewer.writer(&kernel), id, removal.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A product in use to be added; the organisation that it names is not asked.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProductInUse {
    record: ProductInUse,
}

/// A new version of a product in use.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedProductInUse {
    /// The version that was read.
    version: u32,
    record: ProductInUse,
}

/// Adds a product in use to an organisation.
#[utoipa::path(
    post, path = "/constituency/organisations/{id}/products", tag = "constituency",
    params(("id" = ObjectId, Path)),
    request_body = NewProductInUse,
    responses(
        (status = 201, body = SavedRecord), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
    ),
)]
pub async fn add_product(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Body(new): Body<NewProductInUse>,
) -> Result<(StatusCode, Json<SavedRecord>), Problem> {
    let (id, version) = holdings::add(viewer.writer(&kernel), id, new.record).await?;
    Ok((StatusCode::CREATED, Json(SavedRecord { id, version })))
}

/// Saves a new version of a product in use.
#[utoipa::path(
    put, path = "/constituency/products/{id}", tag = "constituency",
    params(("id" = ObjectId, Path)),
    request_body = ChangedProductInUse,
    responses(
        (status = 200, body = SavedRecord), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    ),
)]
pub async fn change_product(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Body(changed): Body<ChangedProductInUse>,
) -> Result<Json<SavedRecord>, Problem> {
    let version = holdings::change(viewer.writer(&kernel), id, changed.version, changed.record).await?;
    Ok(Json(SavedRecord { id, version }))
}

/// Removes a product in use: its content is erased, that it was there stays on record.
#[utoipa::path(
    delete, path = "/constituency/products/{id}", tag = "constituency",
    params(("id" = ObjectId, Path), Removal),
    responses(
        (status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
    ),
)]
pub async fn remove_product(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Parameters(removal): Parameters<Removal>,
) -> Result<StatusCode, Problem> {
    holdings::remove::<ProductInUse>(viewer.writer(&kernel), id, removal.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A delegation to be written down; the member that it names is not asked.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDelegation {
    record: Delegation,
}

/// A new version of a delegation; member and delegate stay.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedDelegation {
    /// The version that was read.
    version: u32,
    record: Delegation,
}

/// Writes down that another organisation acts for this one.
#[utoipa::path(
    post, path = "/constituency/organisations/{id}/delegations", tag = "constituency",
    params(("id" = ObjectId, Path)),
    request_body = NewDelegation,
    responses(
        (status = 201, body = SavedRecord), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
    ),
)]
pub async fn add_delegation(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Body(new): Body<NewDelegation>,
) -> Result<(StatusCode, Json<SavedRecord>), Problem> {
    let (id, version) = delegations::delegate(viewer.writer(&kernel), id, new.record).await?;
    Ok((StatusCode::CREATED, Json(SavedRecord { id, version })))
}

/// Changes what the delegate may do, or until when.
#[utoipa::path(
    put, path = "/constituency/delegations/{id}", tag = "constituency",
    params(("id" = ObjectId, Path)),
    request_body = ChangedDelegation,
    responses(
        (status = 200, body = SavedRecord), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
    ),
)]
pub async fn change_delegation(
    State(kernel): State<Arc<Kernel>>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Body(changed): Body<ChangedDelegation>,
) -> Result<Json<SavedRecord>, Problem> {
    let version = delegations::change(viewer.writer(&kernel), id, changed.version, changed.record).await?;
    Ok(Json(SavedRecord { id, version }))
}
