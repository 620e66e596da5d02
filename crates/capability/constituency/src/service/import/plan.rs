//! One organisation of a file: what is registered, what the file makes of it, and the difference.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use shinayaka_kernel::{
    Error,
    object::{Record, Stored},
};
use shinayaka_model::{
    citizen_service::CitizenService, contact::Contact, organisation::Organisation,
    product_in_use::ProductInUse,
};

use super::{ChangedMember, ImportStatus, ImportedOrganisation};
use crate::{
    service::holdings::Holding,
    table::{
        Part,
        read::{RowFault, column_of},
    },
};

/// What is to be done with an organisation of the file.
pub struct Planned {
    pub line: u64,
    pub status: ImportStatus,
    pub synthetic: bool,
    pub before: Option<Stored<Organisation>>,
    pub after: Organisation,
    pub contacts: Vec<(Option<Stored<Contact>>, Contact)>,
    pub services: Vec<(Option<Stored<CitizenService>>, CitizenService)>,
    pub products: Vec<(Option<Stored<ProductInUse>>, ProductInUse)>,
    pub changes: Vec<ChangedMember>,
}

impl Planned {
    pub fn told(&self) -> ImportedOrganisation {
        ImportedOrganisation {
            line: self.line,
            code: self.after.code.clone(),
            name: self.after.name().to_owned(),
            status: self.status,
            changes: self.changes.clone(),
        }
    }
}

/// A record that hangs on an organisation, as a file names it.
pub trait Held: Holding {
    const PART: Part;

    /// The one of those registered that the row speaks of.
    fn find<'a>(before: &'a [Stored<Self>], row: &Map<String, Value>) -> Option<&'a Stored<Self>>;
    /// How it is called when its changes are told.
    fn called(&self) -> String;
    /// Puts right what a file may say and a person may not.
    fn accept_file(&mut self) {}
}

fn text<'a>(row: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    row.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

impl Held for Contact {
    const PART: Part = Part::Contact;

    fn find<'a>(before: &'a [Stored<Self>], row: &Map<String, Value>) -> Option<&'a Stored<Self>> {
        let (channel, address) = (text(row, "channel")?, text(row, "address").unwrap_or_default());
        before.iter().find(|one| one.record.channel.as_str() == channel && one.record.address == address)
    }

    fn called(&self) -> String {
        format!("contact {} {}", self.channel, self.address).trim_end().to_owned()
    }

    fn accept_file(&mut self) {
        let import = shinayaka_model::contact::Verification::Import;
        match (self.verified_at, self.verified_by) {
            (Some(_), None) => self.verified_by = Some(import),
            (None, Some(_)) => self.verified_by = None,
            _ => {}
        }
    }
}

impl Held for CitizenService {
    const PART: Part = Part::Service;

    fn find<'a>(before: &'a [Stored<Self>], row: &Map<String, Value>) -> Option<&'a Stored<Self>> {
        before.iter().find(|one| match (text(row, "name_ja"), text(row, "name_en")) {
            (Some(name), _) => one.record.name_ja == name,
            (None, Some(name)) => one.record.name_en == name,
            (None, None) => false,
        })
    }

    fn called(&self) -> String {
        format!("service {}", self.title())
    }
}

impl Held for ProductInUse {
    const PART: Part = Part::Product;

    fn find<'a>(before: &'a [Stored<Self>], row: &Map<String, Value>) -> Option<&'a Stored<Self>> {
        before.iter().find(|one| match (text(row, "purl"), text(row, "cpe"), text(row, "name")) {
            (Some(purl), _, _) => one.record.purl.as_deref() == Some(purl),
            (None, Some(cpe), _) => one.record.cpe.as_deref() == Some(cpe),
            (None, None, Some(name)) => one.record.name == name,
            _ => false,
        })
    }

    fn called(&self) -> String {
        format!("product {}", self.title())
    }
}

/// Lays what a row says over what is registered; gathers faults and differences.
pub struct Merge {
    line: u64,
    pub faults: Vec<RowFault>,
    pub changes: Vec<ChangedMember>,
}

impl Merge {
    pub fn new(line: u64) -> Self {
        Self { line, faults: Vec::new(), changes: Vec::new() }
    }

    pub fn fault(&mut self, field: &str, reason: String) {
        self.faults.push(RowFault::new(self.line, field, reason));
    }

    /// The organisation as it would be, or nothing when it would be wrong.
    pub fn organisation(
        &mut self,
        before: Option<&Organisation>,
        row: &Map<String, Value>,
        fresh: impl FnOnce() -> String,
    ) -> Option<Organisation> {
        let old = before.map(members).unwrap_or_default();
        let mut new = laid_over(&old, row);
        if before.is_none() && !new.contains_key("code") {
            new.insert("code".into(), fresh().into());
        }
        // A municipality lies in its prefecture.
        let municipality = new.get("municipality").and_then(Value::as_str).and_then(|code| code.get(..2));
        if let Some(prefecture) = municipality.map(ToOwned::to_owned)
            && !row.contains_key("prefecture")
        {
            new.insert("prefecture".into(), prefecture.into());
        }
        let record: Organisation = self.checked(Part::Organisation, &new)?;
        self.tell("", &old, &members(&record));
        Some(record)
    }

    /// The records of one kind as they would be; what is registered and not in the file is not among them.
    pub fn held<T: Held>(
        &mut self,
        before: Vec<Stored<T>>,
        code: &str,
        rows: &[Map<String, Value>],
    ) -> Vec<(Option<Stored<T>>, T)> {
        let mut merged: Vec<(Option<Stored<T>>, T)> = Vec::with_capacity(rows.len());
        for row in rows {
            let found = T::find(&before, row).cloned();
            if let Some(stored) = &found
                && merged.iter().any(|(other, _)| other.as_ref().is_some_and(|other| other.id == stored.id))
            {
                // The same contact on several rows, as when each row repeats it: it is told once.
                continue;
            }
            let old = found.as_ref().map(|stored| members(&stored.record)).unwrap_or_default();
            let mut new = laid_over(&old, row);
            new.insert("organisation".into(), code.into());
            if let Some(verified) = row.get("verified_at")
                && old.get("verified_at") != Some(verified)
            {
                new.remove("verified_by");
                // Said another way it may still be the same moment.
                let same = |one: &Value| one.as_str().and_then(|text| text.parse::<Moment>().ok());
                if let Some(known) = old.get("verified_at")
                    && same(known).is_some()
                    && same(known) == same(verified)
                {
                    new.insert("verified_at".into(), known.clone());
                    if let Some(by) = old.get("verified_by") {
                        new.insert("verified_by".into(), by.clone());
                    }
                }
            }
            let Some(record) = self.held_record::<T>(new) else { continue };
            if found.is_none() && merged.iter().any(|(_, other)| *other == record) {
                continue;
            }
            self.tell(&format!("{}: ", record.called()), &old, &members(&record));
            merged.push((found, record));
        }
        merged
    }

    fn held_record<T: Held>(&mut self, new: Map<String, Value>) -> Option<T> {
        let mut record: T = match read_members(T::PART, new) {
            Ok(record) => record,
            Err((field, reason)) => {
                self.fault(&field, reason);
                return None;
            }
        };
        record.accept_file();
        match record.validate() {
            Ok(()) => Some(record),
            Err(error) => {
                let (field, reason) = named(T::PART, error);
                self.fault(&field, reason);
                None
            }
        }
    }

    fn checked<T: Record>(&mut self, part: Part, members: &Map<String, Value>) -> Option<T> {
        let read = read_members::<T>(part, members.clone());
        let checked = read.and_then(|record| {
            record.validate().map_err(|error| named(part, error))?;
            Ok(record)
        });
        checked.map_err(|(field, reason)| self.fault(&field, reason)).ok()
    }

    fn tell(&mut self, of: &str, old: &Map<String, Value>, new: &Map<String, Value>) {
        let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names {
            let (from, to) = (shown(old.get(name)), shown(new.get(name)));
            if from != to && name != "organisation" {
                self.changes.push(ChangedMember { member: format!("{of}{name}"), from, to });
            }
        }
    }
}

type Moment = shinayaka_kernel::clock::Timestamp;

fn read_members<T: DeserializeOwned>(part: Part, members: Map<String, Value>) -> Result<T, (String, String)> {
    serde_path_to_error::deserialize(Value::Object(members)).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner().to_string();
        // An unknown or missing member has no path of its own.
        let field = if path == "." { "row".to_owned() } else { column_of(part, &path) };
        (field, reason)
    })
}

fn named(part: Part, error: Error) -> (String, String) {
    match error {
        Error::Invalid { field, reason } => (column_of(part, &field), reason),
        other => ("row".to_owned(), other.to_string()),
    }
}

fn members<T: serde::Serialize>(record: &T) -> Map<String, Value> {
    match serde_json::to_value(record) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn laid_over(old: &Map<String, Value>, row: &Map<String, Value>) -> Map<String, Value> {
    let mut new = old.clone();
    for (name, value) in row {
        if value.is_null() {
            new.remove(name);
        } else {
            new.insert(name.clone(), value.clone());
        }
    }
    new
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => list.iter().map(|one| shown(Some(one))).collect::<Vec<_>>().join("; "),
        Some(other) => other.to_string(),
    }
}
