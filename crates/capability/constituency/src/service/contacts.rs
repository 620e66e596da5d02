//! Contacts over all organisations: in which state they are, and verifying one.

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    ObjectId, Reader, Result, Writer,
    access::{FilterValue, ListRequest},
    clock::Timestamp,
    label::Action,
    object::Stored,
    page::Page,
};
use shinayaka_model::contact::{Channel, Contact, ContactRole, ContactState, Verification};

use super::{
    CONTACT_SAVED, Saved, all, demand_place,
    policy::{policy, verified_since},
    read_version,
};

/// A contact with what follows from it today.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ContactEntry {
    #[serde(flatten)]
    pub stored: Stored<Contact>,
    pub state: ContactState,
    /// Whether the reader may change, verify and remove it.
    pub may_edit: bool,
}

/// How many contacts are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ContactHealth {
    pub verified: u64,
    pub stale: u64,
    pub dead: u64,
}

impl ContactHealth {
    pub fn of<'a>(contacts: impl Iterator<Item = &'a Contact>, since: Timestamp) -> Self {
        let mut health = Self::default();
        for contact in contacts {
            match contact.state(since) {
                ContactState::Verified => health.verified += 1,
                ContactState::Stale => health.stale += 1,
                ContactState::Dead => health.dead += 1,
            }
        }
        health
    }

    pub fn total(self) -> u64 {
        self.verified + self.stale + self.dead
    }
}

/// The health of all contacts that the reader sees.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct HealthReport {
    pub contacts: ContactHealth,
    pub total: u64,
    /// `verified` of `total`, in percent; nothing when there is no contact.
    pub verified_percent: Option<f64>,
    /// Days after which a verification no longer counts.
    pub verification_days: u16,
    /// The first day that still counts.
    #[schema(value_type = String, format = Date)]
    pub since: String,
    /// Who agreed on the days can change them; the version to name.
    pub policy_version: u32,
    pub may_edit_policy: bool,
}

/// Counts contacts by state, from counters where the reader sees every contact of a label.
///
/// # Errors
/// [`shinayaka_kernel::Error::Forbidden`] for whoever keeps no part of the register.
pub async fn health(reader: Reader<'_>) -> Result<HealthReport> {
    let in_force = policy(reader).await?;
    let since = verified_since(reader).await?;
    let first_day = since.date();
    let mut contacts = ContactHealth::default();
    let counted = reader.facet::<Contact>("standing").await?;
    if counted.is_empty() {
        let own = all::<Contact>(reader, &[], None).await?;
        contacts = ContactHealth::of(own.iter().map(|contact| &contact.record), since);
    }
    for (standing, n) in counted {
        match standing.as_str() {
            "dead" => contacts.dead += n,
            "never" => contacts.stale += n,
            // Days sort as their texts do.
            day if *day >= *first_day => contacts.verified += n,
            _ => contacts.stale += n,
        }
    }
    let total = contacts.total();
    let percent = (total > 0).then(|| (10_000.0 * contacts.verified as f64 / total as f64).round() / 100.0);
    Ok(HealthReport {
        contacts,
        total,
        verified_percent: percent,
        verification_days: in_force.policy.verification_days,
        since: first_day,
        policy_version: in_force.version,
        may_edit_policy: in_force.may_edit,
    })
}

/// Which contacts are wanted; what is absent does not matter.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactFilter {
    pub state: Option<ContactState>,
    pub channel: Option<Channel>,
    pub role: Option<ContactRole>,
}

/// One page of contacts. Stale ones come in the order of their last verification, the oldest first; verified ones the
/// newest first.
///
/// # Errors
/// As [`super::organisations::list`].
pub async fn list(
    reader: Reader<'_>,
    filter: &ContactFilter,
    after: Option<String>,
    limit: Option<u32>,
) -> Result<Page<ContactEntry>> {
    demand_place(reader)?;
    let since = verified_since(reader).await?;
    let text = |text: &str| FilterValue::Text(text.to_owned());
    let mut filters = Vec::new();
    filters.extend(filter.channel.map(|channel| ("channel", text(channel.as_str()))));
    filters.extend(filter.role.map(|role| ("role", text(role.as_str()))));
    let sort = match filter.state {
        None => None,
        Some(ContactState::Dead) => {
            filters.push(("dead", text("true")));
            None
        }
        Some(state) => {
            filters.push(("dead", text("false")));
            Some(("verified", state == ContactState::Verified))
        }
    };
    let mut page = reader.list::<Contact>(&ListRequest { filters, sort, after, limit }).await?;
    if let Some(state) = filter.state {
        // The list is sorted by the time that divides the states: behind the first other one nothing fits.
        let fitting = page.items.iter().take_while(|contact| contact.record.state(since) == state).count();
        if fitting < page.items.len() {
            page.items.truncate(fitting);
            page.next = None;
        }
    }
    Ok(page.map(|contact| entry(&reader, contact, since)))
}

pub(super) fn entry(reader: &Reader<'_>, stored: Stored<Contact>, since: Timestamp) -> ContactEntry {
    let may_edit = reader.may(&stored, Action::Update);
    ContactEntry { state: stored.record.state(since), may_edit, stored }
}

pub(super) async fn entries(
    reader: Reader<'_>,
    mut found: Vec<Stored<Contact>>,
) -> Result<Vec<ContactEntry>> {
    let since = verified_since(reader).await?;
    found.sort_by_key(|contact| (contact.record.order, contact.id));
    Ok(found.into_iter().map(|contact| entry(&reader, contact, since)).collect())
}

/// Writes down that the contact works today. Returns the new version's number.
///
/// # Errors
/// [`shinayaka_kernel::Error::NotFound`], `Conflict` or `Forbidden`.
pub async fn verify(mut writer: Writer<'_>, id: ObjectId, version: u32) -> Result<u32> {
    let stored: Stored<Contact> = read_version(&writer, id, version).await?;
    let own = stored.owner.is_some() && stored.owner == writer.reader().principal().organisation;
    let by = if own { Verification::Organisation } else { Verification::Person };
    let record = Contact {
        verified_at: Some(writer.at()),
        verified_by: Some(by),
        dead: None,
        ..stored.record.clone()
    };
    writer.update(&stored, &record).await?;
    writer.emit(CONTACT_SAVED, Some(id), &Saved { count: 1 })?;
    writer.commit().await?;
    Ok(version + 1)
}
