//! Files to organisations: all of a file or nothing of it, and before that a look at what it would change.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shinayaka_kernel::{
    Error, Kernel, ObjectId, Principal, Reader, Result, Writer, access::FilterValue, access::ListRequest,
    http::read_json, label::Action, object::Stored,
};
use shinayaka_model::{
    citizen_service::CitizenService, contact::Contact, organisation::Organisation,
    product_in_use::ProductInUse,
};

use super::{
    ORGANISATION_SAVED, Saved,
    holdings::{Holding, keep_for, of},
};
use crate::table::{
    Part,
    read::{MAXIMUM_ROWS, Row, RowFault, column_of, read},
};

mod plan;

use plan::{Held, Merge, Planned};

/// Bytes of an imported file.
pub const MAXIMUM_FILE_BYTES: usize = 16 << 20;
/// Organisations of a file of which the changes are told one by one; the counts are of all.
const TOLD: usize = 2_000;

/// In which form the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrganisationImportFormat)]
pub enum ImportFormat {
    /// The columns of `docs/schema/organisation.csv.md`.
    Csv,
    /// An array of [`ImportedRecord`].
    Json,
}

/// An organisation in a JSON file. Members that are left out stay as they are; `null` clears one.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedRecord {
    /// Members of an organisation; `code` or a name among them.
    #[schema(value_type = Object)]
    organisation: Map<String, Value>,
    /// Members of contacts, without the organisation; channel and address name one.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    contacts: Vec<Map<String, Value>>,
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    services: Vec<Map<String, Value>>,
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    products: Vec<Map<String, Value>>,
    #[serde(default)]
    synthetic: bool,
}

/// What becomes of an organisation of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportStatus {
    Created,
    Changed,
    Unchanged,
}

/// A member that would have another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ChangedMember {
    /// `sector`, or `contact email soc@city.example: order`.
    pub member: String,
    pub from: String,
    pub to: String,
}

/// What the file does to one organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ImportedOrganisation {
    pub line: u64,
    pub code: String,
    pub name: String,
    pub status: ImportStatus,
    pub changes: Vec<ChangedMember>,
}

/// What is in a file, and whether it was saved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ImportedConstituency)]
pub struct Imported {
    pub organisations: u64,
    pub created: u64,
    pub changed: u64,
    pub unchanged: u64,
    /// False on a trial run and when a row is bad: then nothing was saved.
    pub saved: bool,
    /// What happens to each, in the order of the file; at most 2,000, those that change nothing left out first.
    pub told: Vec<ImportedOrganisation>,
    /// Every bad row. If there is one, nothing is saved.
    pub errors: Vec<RowFault>,
}

/// Reads a file and, unless it is a trial run or a row is bad, saves all of it in one commit.
///
/// # Errors
/// [`Error::Forbidden`] for whoever may change no organisation, [`Error::Invalid`] for a file over
/// [`MAXIMUM_FILE_BYTES`], [`Error::Unavailable`] if nothing could be saved. Bad rows are no error: they are in the answer.
pub async fn import(
    kernel: &Kernel,
    principal: &Principal,
    format: ImportFormat,
    content: Vec<u8>,
    dry_run: bool,
) -> Result<Imported> {
    let mut writer = kernel.writer(principal);
    writer.reader().demand::<Organisation>(Action::Update)?;
    if content.len() > MAXIMUM_FILE_BYTES {
        return Err(Error::invalid("body", format!("the file is larger than {MAXIMUM_FILE_BYTES} bytes")));
    }
    // Reading a large file takes a while and must not hold up other requests.
    let parsed = tokio::task::spawn_blocking(move || parse(format, &content)).await;
    let (rows, mut errors) =
        parsed.map_err(|error| Error::Unavailable(format!("the reader stopped: {error}")))?;
    let rows = gather(rows, &mut errors);
    let mut planned = Vec::with_capacity(rows.len());
    let mut seen = HashSet::new();
    for row in rows {
        let fresh = || fresh_code(kernel);
        match resolve(writer.reader(), &row, fresh).await? {
            Ok(one) if seen.insert(one.after.code.clone()) => planned.push(one),
            Ok(one) => {
                let reason = format!("{} is in the file twice", one.after.code);
                errors.push(RowFault::new(row.line, "code", reason));
            }
            Err(faults) => errors.extend(faults),
        }
    }
    errors.sort_by_key(|fault| fault.line);
    let mut imported = told(&planned);
    imported.errors = errors;
    if dry_run || !imported.errors.is_empty() {
        return Ok(imported);
    }
    save(&mut writer, &planned).await?;
    writer.commit().await?;
    imported.saved = true;
    Ok(imported)
}

/// A code for an organisation that has none: short, and not one that anybody would choose.
pub fn fresh_code(kernel: &Kernel) -> String {
    let id = ObjectId::new(kernel.now(), kernel.entropy()).to_string().replace('-', "");
    format!("o-{}", &id[id.len() - 12..])
}

fn parse(format: ImportFormat, content: &[u8]) -> (Vec<Row>, Vec<RowFault>) {
    match format {
        ImportFormat::Csv => read(content),
        ImportFormat::Json => match read_json::<Vec<ImportedRecord>>(content) {
            Ok(records) if records.len() > MAXIMUM_ROWS => {
                let reason = format!("the file has more than {MAXIMUM_ROWS} organisations: split it");
                (Vec::new(), vec![RowFault::new(1, "body", reason)])
            }
            Ok(records) => {
                let row = |(place, one): (usize, ImportedRecord)| Row {
                    line: place as u64 + 1,
                    organisation: one.organisation,
                    contacts: one.contacts,
                    services: one.services,
                    products: one.products,
                    synthetic: one.synthetic,
                };
                (records.into_iter().enumerate().map(row).collect(), Vec::new())
            }
            Err(Error::Invalid { field, reason }) => (Vec::new(), vec![RowFault::new(1, field, reason)]),
            Err(error) => (Vec::new(), vec![RowFault::new(1, "body", error.to_string())]),
        },
    }
}

/// Rows of one organisation become one. Where a further row says something else of it, that is a fault.
fn gather(rows: Vec<Row>, faults: &mut Vec<RowFault>) -> Vec<Row> {
    let mut places = HashMap::<(&'static str, String), usize>::new();
    let mut gathered: Vec<Row> = Vec::new();
    for mut row in rows {
        let named = ["code", "name_ja", "name_en"]
            .into_iter()
            .find_map(|name| Some((name, row.organisation.get(name)?.as_str()?.to_owned())));
        let Some(key) = named else {
            faults.push(RowFault::new(row.line, "code", "a code or a name is needed"));
            continue;
        };
        let Some(first) = places.get(&key).and_then(|place| gathered.get_mut(*place)) else {
            places.insert(key, gathered.len());
            gathered.push(row);
            continue;
        };
        for (member, value) in &row.organisation {
            match first.organisation.get(member) {
                Some(known) if known == value => {}
                Some(_) => {
                    let reason =
                        format!("says something else than line {} of the same organisation", first.line);
                    faults.push(RowFault::new(row.line, column_of(Part::Organisation, member), reason));
                }
                None => {
                    first.organisation.insert(member.clone(), value.clone());
                }
            }
        }
        first.contacts.append(&mut row.contacts);
        first.services.append(&mut row.services);
        first.products.append(&mut row.products);
        first.synthetic |= row.synthetic;
    }
    gathered
}

/// What a row does: to the organisation that it names, or to a new one.
async fn resolve(
    reader: Reader<'_>,
    row: &Row,
    fresh: impl FnOnce() -> String,
) -> Result<Result<Planned, Vec<RowFault>>> {
    let fault = |field: &str, reason: &str| Err(vec![RowFault::new(row.line, field, reason)]);
    let before = match known(reader, row).await? {
        Ok(before) => before,
        Err(reason) => return Ok(fault("code", &reason)),
    };
    match &before {
        // For whoever may not register, an organisation that is not there and one that they may not see are the same.
        None if !reader.may_create::<Organisation>() => {
            return Ok(fault("code", "is none of your organisations; new ones are registered by the house"));
        }
        Some(stored) if !reader.may(stored, Action::Update) => {
            return Ok(fault("code", "is not for you to change"));
        }
        _ => {}
    }
    let mut merge = Merge::new(row.line);
    let organisation =
        merge.organisation(before.as_ref().map(|stored| &stored.record), &row.organisation, fresh);
    let Some(after) = organisation else { return Ok(Err(merge.faults)) };
    if let Some(stored) = &before
        && after.label() != stored.label
        && !reader.may(stored, Action::Label)
    {
        return Ok(fault("hubs", "is decided by the house"));
    }
    let code = before.as_ref().map(|stored| stored.record.code.as_str());
    let contacts = held::<Contact>(reader, code, &after.code, &row.contacts, &mut merge).await?;
    let services = held::<CitizenService>(reader, code, &after.code, &row.services, &mut merge).await?;
    let products = held::<ProductInUse>(reader, code, &after.code, &row.products, &mut merge).await?;
    if before.is_none() && row.contacts.is_empty() {
        merge.fault("contact_channel", "a new organisation needs at least one contact".into());
    }
    if !merge.faults.is_empty() {
        return Ok(Err(merge.faults));
    }
    let status = match (&before, merge.changes.is_empty()) {
        (None, _) => ImportStatus::Created,
        (Some(_), true) => ImportStatus::Unchanged,
        (Some(_), false) => ImportStatus::Changed,
    };
    Ok(Ok(Planned {
        line: row.line,
        status,
        synthetic: row.synthetic,
        before,
        after,
        contacts,
        services,
        products,
        changes: merge.changes,
    }))
}

/// The organisation that the row names, by its code or else by its name; or why that is not clear.
async fn known(reader: Reader<'_>, row: &Row) -> Result<Result<Option<Stored<Organisation>>, String>> {
    let text = |name: &str| row.organisation.get(name).and_then(Value::as_str);
    if let Some(code) = text("code") {
        return match reader.get(Organisation::id_of(code)).await {
            Ok(stored) => Ok(Ok(Some(stored))),
            Err(Error::NotFound) => Ok(Ok(None)),
            Err(error) => Err(error),
        };
    }
    let Some(name) = text("name_ja").or_else(|| text("name_en")) else {
        return Ok(Ok(None));
    };
    let request =
        ListRequest { filters: vec![("name", FilterValue::Text(name.to_owned()))], ..ListRequest::default() };
    let page = reader.list::<Organisation>(&request).await?;
    let same = |one: &Stored<Organisation>| one.record.name_ja == name || one.record.name_en == name;
    let mut found: Vec<_> = page.items.into_iter().filter(same).collect();
    if found.len() > 1 {
        return Ok(Err("several organisations have this name: give the code".into()));
    }
    Ok(Ok(found.pop()))
}

async fn held<T: Held>(
    reader: Reader<'_>,
    known: Option<&str>,
    code: &str,
    rows: &[Map<String, Value>],
    merge: &mut Merge,
) -> Result<Vec<(Option<Stored<T>>, T)>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let before = match known {
        Some(code) => of::<T>(reader, code).await?,
        None => Vec::new(),
    };
    if before.len() + rows.len() > T::MAXIMUM {
        // Some of the rows may name what is there already; then this is too strict by those.
        let new = rows.iter().filter(|row| T::find(&before, row).is_none()).count();
        if before.len() + new > T::MAXIMUM {
            merge.fault(T::KIND, format!("an organisation has at most {} of them", T::MAXIMUM));
            return Ok(Vec::new());
        }
    }
    Ok(merge.held(before, code, rows))
}

async fn save(writer: &mut Writer<'_>, planned: &[Planned]) -> Result<()> {
    let labels: Vec<_> = planned.iter().map(|one| one.after.label()).collect();
    writer.prepare_labels(&labels).await?;
    let mut count = 0;
    for (one, label) in planned.iter().zip(labels) {
        if one.status == ImportStatus::Unchanged {
            continue;
        }
        count += 1;
        if count % 256 == 0 {
            tokio::task::yield_now().await;
        }
        let synthetic = one.synthetic || one.before.as_ref().is_some_and(|stored| stored.synthetic);
        let keep = keep_for(&one.after.code, label.clone(), synthetic);
        match &one.before {
            None => {
                let id = Organisation::id_of(&one.after.code);
                writer.create_with_id(id, &one.after, &keep).await?;
            }
            Some(stored) if stored.record != one.after => {
                let relabelled = stored.label != label;
                if relabelled {
                    // What hangs on it and is in the file, too, must not be saved twice in one commit.
                    relabel_others(writer, stored, one).await?;
                }
                writer.update_labelled(stored, &one.after, label.clone()).await?;
            }
            Some(_) => {}
        }
        for (before, after) in &one.contacts {
            save_held(writer, before.as_ref(), after, &keep).await?;
        }
        for (before, after) in &one.services {
            save_held(writer, before.as_ref(), after, &keep).await?;
        }
        for (before, after) in &one.products {
            save_held(writer, before.as_ref(), after, &keep).await?;
        }
    }
    if count > 0 {
        writer.emit(ORGANISATION_SAVED, None, &Saved { count })?;
        writer.emit(super::CONTACT_SAVED, None, &Saved { count })?;
    }
    Ok(())
}

async fn save_held<T: Holding>(
    writer: &mut Writer<'_>,
    before: Option<&Stored<T>>,
    after: &T,
    keep: &shinayaka_kernel::access::Keep,
) -> Result<()> {
    match before {
        None => writer.create(after, keep).await.map(|_| ()),
        Some(stored) if stored.record == *after && stored.label == keep.label => Ok(()),
        Some(stored) => writer.update_labelled(stored, after, keep.label.clone()).await,
    }
}

async fn relabel_others(writer: &mut Writer<'_>, stored: &Stored<Organisation>, one: &Planned) -> Result<()> {
    let label = one.after.label();
    let code = &stored.record.code;
    let ids = |held: Vec<Option<ObjectId>>| held.into_iter().flatten().collect::<HashSet<_>>();
    let contacts = ids(one.contacts.iter().map(|(before, _)| before.as_ref().map(|b| b.id)).collect());
    let services = ids(one.services.iter().map(|(before, _)| before.as_ref().map(|b| b.id)).collect());
    let products = ids(one.products.iter().map(|(before, _)| before.as_ref().map(|b| b.id)).collect());
    relabel_but::<Contact>(writer, code, &label, &contacts).await?;
    relabel_but::<CitizenService>(writer, code, &label, &services).await?;
    relabel_but::<ProductInUse>(writer, code, &label, &products).await?;
    super::delegations::relabel(writer, &one.after).await
}

async fn relabel_but<T: Holding>(
    writer: &mut Writer<'_>,
    code: &str,
    label: &shinayaka_kernel::Label,
    but: &HashSet<ObjectId>,
) -> Result<()> {
    for stored in of::<T>(writer.reader(), code).await? {
        if !but.contains(&stored.id) && stored.label != *label {
            writer.update_labelled(&stored, &stored.record, label.clone()).await?;
        }
    }
    Ok(())
}

fn told(planned: &[Planned]) -> Imported {
    let count = |status| planned.iter().filter(|one| one.status == status).count() as u64;
    let mut imported = Imported {
        organisations: planned.len() as u64,
        created: count(ImportStatus::Created),
        changed: count(ImportStatus::Changed),
        unchanged: count(ImportStatus::Unchanged),
        ..Imported::default()
    };
    let all_fit = planned.len() <= TOLD;
    let shown = planned.iter().filter(|one| all_fit || one.status != ImportStatus::Unchanged);
    imported.told = shown.take(TOLD).map(Planned::told).collect();
    imported
}
