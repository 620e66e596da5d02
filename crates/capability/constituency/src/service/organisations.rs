//! Organisations: finding, reading, registering, changing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Reader, Result, Writer,
    access::{FilterValue, ListRequest},
    label::Action,
    object::{Record, Stored},
    page::{DEFAULT_LIMIT, MAXIMUM_LIMIT, Page},
};
use shinayaka_model::{
    citizen_service::CitizenService,
    contact::{Contact, ContactState},
    delegation::Delegation,
    drill::DrillOutcome,
    incident::Sector,
    organisation::{Inventory, Organisation, OrganisationKind, SizeBand},
    product_in_use::ProductInUse,
};

use super::{
    ORGANISATION_SAVED, Saved, all,
    contacts::{ContactEntry, ContactHealth, entries, entry},
    delegations, demand_place,
    holdings::{Holding, keep_for, of, relabel},
    policy::verified_since,
    read_version,
};

/// Drills shown with an organisation.
const OUTCOMES_SHOWN: u32 = 20;

/// An organisation in a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OrganisationEntry {
    #[serde(flatten)]
    pub stored: Stored<Organisation>,
    pub contacts: ContactHealth,
    pub may_edit: bool,
}

/// An organisation with everything that hangs on it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OrganisationFile {
    #[serde(flatten)]
    pub stored: Stored<Organisation>,
    /// In the order of the escalation ladder.
    pub contacts: Vec<ContactEntry>,
    pub services: Vec<Stored<CitizenService>>,
    pub products: Vec<Stored<ProductInUse>>,
    /// Those in which it is the member or the delegate.
    pub delegations: Vec<Stored<Delegation>>,
    /// What the last drills found, newest first.
    pub drills: Vec<Stored<DrillOutcome>>,
    pub may_edit: bool,
    /// True if the reader may add contacts, services and products.
    pub may_add: bool,
    /// True if the reader may change who sees it: its hubs.
    pub may_label: bool,
}

/// Of what health the contacts of an organisation must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthFilter {
    /// At least one contact is verified.
    Verified,
    /// None is: it may be out of reach.
    NoneVerified,
    /// At least one has gone stale.
    Stale,
    /// At least one is dead.
    Dead,
}

/// Which organisations are wanted; what is absent does not matter.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrganisationFilter {
    /// Words in names, code or note.
    pub q: Option<String>,
    pub kind: Option<OrganisationKind>,
    pub sector: Option<Sector>,
    /// JIS X 0401.
    pub prefecture: Option<String>,
    /// JIS X 0402.
    pub municipality: Option<String>,
    pub size: Option<SizeBand>,
    /// Code of a hub of which it is a member.
    pub hub: Option<String>,
    /// Code of the organisation of which it is a part.
    pub parent: Option<String>,
    pub inventory: Option<Inventory>,
    #[param(inline)]
    pub health: Option<HealthFilter>,
    /// Only invented ones, or only real ones.
    pub synthetic: Option<bool>,
}

impl OrganisationFilter {
    pub(super) fn values(&self) -> Vec<(&'static str, FilterValue)> {
        let values = [
            ("kind", self.kind.map(|word| word.to_string())),
            ("sector", self.sector.map(|word| word.to_string())),
            ("prefecture", self.prefecture.clone()),
            ("municipality", self.municipality.clone()),
            ("size", self.size.map(|word| word.to_string())),
            ("hub", self.hub.clone()),
            ("parent", self.parent.clone()),
            ("inventory", self.inventory.map(|word| word.to_string())),
            ("synthetic", self.synthetic.map(|value| value.to_string())),
        ];
        let given = values.into_iter().filter_map(|(field, value)| value.map(|value| (field, value)));
        given.map(|(field, value)| (field, FilterValue::Text(value))).collect()
    }

    /// The same question asked of one organisation, for hits of the text search.
    fn admits(&self, stored: &Stored<Organisation>) -> bool {
        let record = &stored.record;
        let same = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
        self.kind.is_none_or(|kind| kind == record.kind)
            && (self.sector.is_none() || self.sector == record.sector)
            && same(&self.prefecture, &record.prefecture)
            && same(&self.municipality, &record.municipality)
            && (self.size.is_none() || self.size == record.size)
            && self.hub.as_ref().is_none_or(|hub| record.hubs.contains(hub))
            && same(&self.parent, &record.parent)
            && self.inventory.is_none_or(|inventory| inventory == record.inventory)
            && self.synthetic.is_none_or(|synthetic| synthetic == stored.synthetic)
    }
}

/// One page of organisations, by name, or newest first for a text search.
///
/// # Errors
/// [`Error::Forbidden`] for whoever keeps no part of the register; [`Error::Invalid`] for a page token of another list
/// or a limit out of range.
pub async fn list(
    reader: Reader<'_>,
    filter: &OrganisationFilter,
    after: Option<String>,
    limit: Option<u32>,
) -> Result<Page<OrganisationEntry>> {
    demand_place(reader)?;
    let page = match filter.health {
        Some(health) => {
            let healthy = Health::of(reader, health).await?;
            let mut found = Page { items: Vec::new(), next: after };
            let wanted = limit.unwrap_or(DEFAULT_LIMIT).min(MAXIMUM_LIMIT) as usize;
            loop {
                let page = chosen(reader, filter, found.next.take(), limit).await?;
                let fitting = page.items.into_iter().filter(|one| healthy.admits(&one.record.code));
                found.items.extend(fitting);
                found.next = page.next;
                // A page may be a little longer than asked for: what was read is told.
                if found.next.is_none() || found.items.len() >= wanted {
                    break found;
                }
            }
        }
        None => chosen(reader, filter, after, limit).await?,
    };
    let since = verified_since(reader).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for stored in page.items {
        let contacts = of::<Contact>(reader, &stored.record.code).await?;
        let contacts = ContactHealth::of(contacts.iter().map(|contact| &contact.record), since);
        items.push(OrganisationEntry { may_edit: reader.may(&stored, Action::Update), contacts, stored });
    }
    Ok(Page { items, next: page.next })
}

async fn chosen(
    reader: Reader<'_>,
    filter: &OrganisationFilter,
    after: Option<String>,
    limit: Option<u32>,
) -> Result<Page<Stored<Organisation>>> {
    let Some(text) = filter.q.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
        let sort = Some(("code", false));
        return reader.list(&ListRequest { filters: filter.values(), sort, after, limit }).await;
    };
    let mut items = Vec::new();
    let hits = reader.search(text, &[Organisation::KIND], after.as_deref(), limit).await?;
    for hit in hits.items {
        match reader.get::<Organisation>(hit.id).await {
            Ok(stored) if filter.admits(&stored) => items.push(stored),
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Page { items, next: hits.next })
}

/// The organisations that a health filter lets through, told by their contacts.
struct Health {
    codes: BTreeSet<String>,
    wanted: bool,
}

impl Health {
    async fn of(reader: Reader<'_>, health: HealthFilter) -> Result<Self> {
        let since = verified_since(reader).await?;
        let state = match health {
            HealthFilter::Verified | HealthFilter::NoneVerified => ContactState::Verified,
            HealthFilter::Stale => ContactState::Stale,
            HealthFilter::Dead => ContactState::Dead,
        };
        let contacts = all::<Contact>(reader, &[], None).await?;
        let of_state = contacts.into_iter().filter(|contact| contact.record.state(since) == state);
        let codes = of_state.map(|contact| contact.record.organisation).collect();
        Ok(Self { codes, wanted: health != HealthFilter::NoneVerified })
    }

    fn admits(&self, code: &str) -> bool {
        self.codes.contains(code) == self.wanted
    }
}

/// One organisation with everything that hangs on it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(reader: Reader<'_>, id: ObjectId) -> Result<OrganisationFile> {
    let stored: Stored<Organisation> = reader.get(id).await?;
    let code = &stored.record.code;
    let since = verified_since(reader).await?;
    let mut contacts = of::<Contact>(reader, code).await?;
    contacts.sort_by_key(|contact| (contact.record.order, contact.id));
    let outcomes = ListRequest {
        filters: vec![("organisation", FilterValue::Text(code.clone()))],
        limit: Some(OUTCOMES_SHOWN),
        ..ListRequest::default()
    };
    let may_edit = reader.may(&stored, Action::Update);
    Ok(OrganisationFile {
        contacts: contacts.into_iter().map(|contact| entry(&reader, contact, since)).collect(),
        services: of(reader, code).await?,
        products: of(reader, code).await?,
        delegations: delegations::of(reader, code).await?,
        drills: reader.list(&outcomes).await?.items,
        may_add: may_edit && reader.may_create::<Contact>(),
        may_label: reader.may(&stored, Action::Label),
        may_edit,
        stored,
    })
}

/// Registers an organisation with its first contact. Without a code it gets one.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Conflict`] if the code is taken, [`Error::Invalid`] naming the field.
pub async fn register(
    mut writer: Writer<'_>,
    fresh_code: String,
    mut record: Organisation,
    mut contact: Contact,
) -> Result<(ObjectId, u32)> {
    if record.code.is_empty() {
        record.code = fresh_code;
    }
    let keep = keep_for(&record.code, record.label(), false);
    let id = Organisation::id_of(&record.code);
    writer.create_with_id(id, &record, &keep).await?;
    contact.set_organisation(&record.code);
    contact.settle(None);
    writer.create(&contact, &keep).await.map_err(|error| match error {
        Error::Invalid { field, reason } => Error::invalid(format!("contact.{field}"), reason),
        other => other,
    })?;
    writer.emit(ORGANISATION_SAVED, Some(id), &Saved { count: 1 })?;
    writer.commit().await.map_err(|error| match error {
        Error::Conflict(_) => Error::Conflict("an organisation with this code is registered".into()),
        other => other,
    })?;
    Ok((id, 1))
}

/// Saves a new version of an organisation. Other hubs let others see it and everything that hangs on it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`], [`Error::Forbidden`], or [`Error::Invalid`] naming the field.
pub async fn change(mut writer: Writer<'_>, id: ObjectId, version: u32, record: Organisation) -> Result<u32> {
    let stored: Stored<Organisation> = read_version(&writer, id, version).await?;
    if record.code != stored.record.code {
        return Err(Error::invalid("code", "names the organisation for good and cannot be changed"));
    }
    save(&mut writer, &stored, &record).await?;
    writer.emit(ORGANISATION_SAVED, Some(id), &Saved { count: 1 })?;
    writer.commit().await?;
    Ok(version + 1)
}

/// Adds the change of an organisation, and of the labels that follow from it, to a commit.
pub(super) async fn save(
    writer: &mut Writer<'_>,
    stored: &Stored<Organisation>,
    record: &Organisation,
) -> Result<()> {
    let label = record.label();
    writer.update_labelled(stored, record, label.clone()).await?;
    if label != stored.label {
        relabel::<Contact>(writer, &record.code, &label).await?;
        relabel::<CitizenService>(writer, &record.code, &label).await?;
        relabel::<ProductInUse>(writer, &record.code, &label).await?;
        delegations::relabel(writer, record).await?;
    }
    Ok(())
}

/// The contacts of an organisation, in the order of the ladder.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn contacts_of(reader: Reader<'_>, id: ObjectId) -> Result<Vec<ContactEntry>> {
    let stored: Stored<Organisation> = reader.get(id).await?;
    entries(reader, of(reader, &stored.record.code).await?).await
}
