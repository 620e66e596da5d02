//! The constituency of a demonstration prefecture: organisations, contacts, products, delegations and the drills of four
//! years, all invented and marked so. Everything has a fixed identifier and is saved once.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date};
use serde::Deserialize;
use shinayaka_kernel::{
    Error, Kernel, ObjectId, Principal, Result, Writer, access::Keep, clock::Timestamp, http::read_json,
};
use shinayaka_model::{
    citizen_service::CitizenService,
    contact::{Channel, Contact, ContactRole, Dead, Language, Verification},
    delegation::{DelegatedAct, Delegation},
    drill::{Drill, DrillAudience, DrillOutcome, FailedChannel},
    organisation::Organisation,
    product_in_use::ProductInUse,
};

use crate::service::{
    CONTACT_SAVED, DRILL_CLOSED, ORGANISATION_SAVED, Saved,
    analysis::{self, Evidence},
    drill_close::save_outcomes,
    drills,
    holdings::{Holding, keep_for},
};

const DEMONSTRATION: &str = include_str!("../../../../data/constituency-demonstration.json");
/// Seconds of a day.
const DAY: i64 = 86_400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Demonstration {
    #[serde(rename = "remark")]
    _remark: String,
    organisations: Vec<InventedOrganisation>,
    delegations: Vec<InventedDelegation>,
    drills: Vec<InventedDrill>,
}

/// Days are counted from the day of the demonstration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedOrganisation {
    organisation: Organisation,
    contacts: Vec<InventedContact>,
    services: Vec<InventedService>,
    products: Vec<InventedProduct>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedContact {
    role: ContactRole,
    name: String,
    channel: Channel,
    address: String,
    language: Language,
    order: u8,
    /// Days ago.
    verified: Option<i64>,
    dead: Option<InventedDeath>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedDeath {
    /// Days ago.
    since: i64,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedService {
    name_ja: String,
    name_en: String,
    people_served: Option<u64>,
    tolerable_outage_hours: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedProduct {
    name: String,
    version: String,
    purl: Option<String>,
    cpe: Option<String>,
    exposure: shinayaka_model::product_in_use::Exposure,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedDelegation {
    member: String,
    delegate: String,
    acts: Vec<DelegatedAct>,
    from: i64,
    until: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedDrill {
    title: String,
    audience: DrillAudience,
    day: i64,
    hours: i64,
    asked: Vec<String>,
    answered_minutes: BTreeMap<String, i64>,
    unreached: Vec<String>,
    stale_contacts: BTreeMap<String, u32>,
    /// Why the first contact of an organisation failed.
    failed: BTreeMap<String, String>,
}

fn invented() -> Result<Demonstration> {
    read_json(DEMONSTRATION.as_bytes())
        .map_err(|error| Error::Unavailable(format!("the demonstration constituency is wrong: {error}")))
}

/// Saves the demonstration where it is missing.
///
/// # Errors
/// When the store does not take it.
pub async fn demonstrate(kernel: &Kernel) -> Result<()> {
    let demonstration = invented()?;
    register(kernel, &demonstration).await?;
    hold_drills(kernel, &demonstration.drills).await
}

async fn is_there<T: shinayaka_kernel::object::Record>(kernel: &Kernel, id: ObjectId) -> Result<bool> {
    let node = Principal::node();
    match kernel.reader(&node).get::<T>(id).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn register(kernel: &Kernel, demonstration: &Demonstration) -> Result<()> {
    let node = Principal::node();
    let mut writer = kernel.writer(&node);
    let labels: Vec<_> = demonstration.organisations.iter().map(|one| one.organisation.label()).collect();
    writer.prepare_labels(&labels).await?;
    let mut count = 0;
    for one in &demonstration.organisations {
        if is_there::<Organisation>(kernel, Organisation::id_of(&one.organisation.code)).await? {
            continue;
        }
        one.save(&mut writer).await?;
        count += 1;
    }
    if count == 0 {
        return Ok(());
    }
    for one in &demonstration.delegations {
        one.save(&mut writer, &demonstration.organisations).await?;
    }
    writer.emit(ORGANISATION_SAVED, None, &Saved { count })?;
    writer.emit(CONTACT_SAVED, None, &Saved { count })?;
    writer.commit().await?;
    Ok(())
}

impl InventedOrganisation {
    async fn save(&self, writer: &mut Writer<'_>) -> Result<()> {
        let code = &self.organisation.code;
        let keep = keep_for(code, self.organisation.label(), true);
        writer.create_with_id(Organisation::id_of(code), &self.organisation, &keep).await?;
        for (place, contact) in self.contacts.iter().enumerate() {
            self.hang(writer, "contact", place, contact.record(writer.at()), &keep).await?;
        }
        for (place, service) in self.services.iter().enumerate() {
            let record = CitizenService {
                name_ja: service.name_ja.clone(),
                name_en: service.name_en.clone(),
                people_served: service.people_served,
                tolerable_outage_hours: service.tolerable_outage_hours,
                ..CitizenService::default()
            };
            self.hang(writer, "service", place, record, &keep).await?;
        }
        for (place, product) in self.products.iter().enumerate() {
            let record = ProductInUse {
                name: product.name.clone(),
                version: product.version.clone(),
                purl: product.purl.clone(),
                cpe: product.cpe.clone(),
                exposure: product.exposure,
                ..ProductInUse::default()
            };
            self.hang(writer, "product", place, record, &keep).await?;
        }
        Ok(())
    }

    async fn hang<T: Holding>(
        &self,
        writer: &mut Writer<'_>,
        what: &str,
        place: usize,
        mut record: T,
        keep: &Keep,
    ) -> Result<()> {
        let code = &self.organisation.code;
        record.set_organisation(code);
        writer.create_with_id(hung_id(what, code, place), &record, keep).await
    }
}

impl InventedContact {
    fn record(&self, now: Timestamp) -> Contact {
        let ago = |days: i64| now.plus_seconds(-days * DAY);
        Contact {
            organisation: String::new(),
            role: self.role,
            name: self.name.clone(),
            channel: self.channel,
            address: self.address.clone(),
            language: self.language,
            order: self.order,
            verified_at: self.verified.map(ago),
            verified_by: self.verified.map(|_| Verification::Answer),
            dead: self.dead.as_ref().map(|dead| Dead { since: ago(dead.since), reason: dead.reason.clone() }),
        }
    }
}

impl InventedDelegation {
    async fn save(&self, writer: &mut Writer<'_>, organisations: &[InventedOrganisation]) -> Result<()> {
        let mut known = organisations.iter().map(|one| &one.organisation);
        let Some(member) = known.find(|one| one.code == self.member) else { return Ok(()) };
        let today: Date = writer.at().date().parse().map_err(|_| beyond())?;
        let day = |days: i64| today.checked_add(days.days()).map_err(|_| beyond());
        let record = Delegation {
            member: self.member.clone(),
            delegate: self.delegate.clone(),
            acts: self.acts.iter().copied().collect(),
            valid_from: day(self.from)?,
            valid_until: self.until.map(day).transpose()?,
            note: String::new(),
        };
        let label = crate::service::delegations::label(member, &self.delegate);
        let id = Delegation::id_of(&self.member, &self.delegate);
        writer.create_with_id(id, &record, &keep_for(&self.member, label, true)).await
    }
}

fn beyond() -> Error {
    Error::invalid("time", "is beyond the calendar")
}

/// The drills of the past, the oldest first, so that each knows who was silent before it.
async fn hold_drills(kernel: &Kernel, invented: &[InventedDrill]) -> Result<()> {
    let mut held: Vec<Vec<DrillOutcome>> = Vec::new();
    for (place, one) in invented.iter().enumerate() {
        let id = ObjectId::named(&format!("constituency/demonstration/drill/{place}"));
        let evidence = one.evidence(kernel.now());
        let outcomes = analysis::outcomes(id, &evidence);
        let silent = analysis::silent_in_a_row(held.iter().rev().map(Vec::as_slice));
        let result = analysis::result(&outcomes, &silent);
        held.push(outcomes);
        if is_there::<Drill>(kernel, id).await? {
            continue;
        }
        save_outcomes(kernel, held.last().map(Vec::as_slice).unwrap_or_default(), true).await?;
        let drill = Drill {
            title: one.title.clone(),
            audience: one.audience.clone(),
            started_at: evidence.started_at,
            closes_at: evidence.closes_at,
            notice: None,
            result: Some(result),
        };
        let keep = Keep { synthetic: true, ..Keep::labelled(drills::label(&one.audience)) };
        let node = Principal::node();
        let mut writer = kernel.writer(&node);
        writer.create_with_id(id, &drill, &keep).await?;
        writer.emit(DRILL_CLOSED, Some(id), &Saved { count: 1 })?;
        writer.commit().await?;
    }
    Ok(())
}

fn failed(code: &str, reason: &str) -> FailedChannel {
    FailedChannel { contact: hung_id("contact", code, 0), reason: reason.to_owned() }
}

/// The id of the first, second, … thing of a kind that hangs on an organisation.
fn hung_id(what: &str, code: &str, place: usize) -> ObjectId {
    ObjectId::named(&format!("constituency/demonstration/{what}/{code}/{place}"))
}

impl InventedDrill {
    fn evidence(&self, now: Timestamp) -> Evidence {
        let started_at = now.plus_seconds(self.day * DAY);
        let after = |minutes: i64| started_at.plus_seconds(minutes * 60);
        let stale = |code: &String| self.stale_contacts.get(code).copied().unwrap_or(0);
        let reached = |code: &&String| !self.unreached.contains(code);
        Evidence {
            started_at,
            closes_at: after(self.hours * 60),
            asked: self.asked.iter().map(|code| (code.clone(), stale(code))).collect(),
            delivered: self.asked.iter().filter(reached).cloned().collect(),
            failed: self
                .failed
                .iter()
                .map(|(code, reason)| (code.clone(), vec![failed(code, reason)]))
                .collect(),
            answers: self
                .answered_minutes
                .iter()
                .map(|(code, minutes)| (code.clone(), after(*minutes)))
                .collect(),
        }
    }
}
