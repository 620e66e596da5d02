//! Drills told: one by one, over the years, who stays silent, and as files.

use std::collections::BTreeMap;

use csv::{Terminator, WriterBuilder};
use serde::Serialize;
use shinayaka_kernel::{
    Error, Kernel, ObjectId, Principal, Reader, Result,
    access::ListRequest,
    clock::Timestamp,
    label::Action,
    object::Stored,
    page::{MAXIMUM_LIMIT, Page},
};
use shinayaka_model::{
    contact::Contact,
    drill::{Drill, DrillAudience, DrillOutcome, DrillResult},
    organisation::Organisation,
    spreadsheet::guard,
};

use super::{
    analysis::{SILENT_AFTER, silent_in_a_row},
    contacts::ContactHealth,
    drill_close::{newest, outcomes_of, standing},
    holdings::of,
    policy::verified_since,
};

/// Drills looked at for who stays silent.
const DRILLS_FOR_SILENCE: usize = 12;
/// Organisations told as silent.
const SILENT_TOLD: usize = 500;
/// Drills compared.
const DRILLS_COMPARED: usize = 500;

/// A drill with what it found, or has found so far.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DrillEntry {
    #[serde(flatten)]
    pub stored: Stored<Drill>,
    /// Of a closed drill its result; of an open one the figures of this moment.
    pub figures: DrillResult,
    pub open: bool,
}

/// One page of drills, the newest first.
///
/// # Errors
/// [`Error::Forbidden`] for whoever may not see drills.
pub async fn list(
    kernel: &Kernel,
    principal: &Principal,
    after: Option<String>,
    limit: Option<u32>,
) -> Result<Page<DrillEntry>> {
    let reader = kernel.reader(principal);
    reader.demand::<Drill>(Action::Read)?;
    let request = ListRequest { sort: Some(("started", true)), after, limit, ..ListRequest::default() };
    let page = reader.list::<Drill>(&request).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for stored in page.items {
        items.push(entry(kernel, stored).await?);
    }
    Ok(Page { items, next: page.next })
}

/// One drill.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(kernel: &Kernel, principal: &Principal, id: ObjectId) -> Result<DrillEntry> {
    let stored = kernel.reader(principal).get(id).await?;
    entry(kernel, stored).await
}

async fn entry(kernel: &Kernel, stored: Stored<Drill>) -> Result<DrillEntry> {
    let figures = standing(kernel, stored.id, &stored).await?;
    Ok(DrillEntry { open: stored.record.result.is_none(), figures, stored })
}

/// The drills of one audience, year by year.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Comparison {
    pub audience: DrillAudience,
    pub years: Vec<ComparedYear>,
}

/// The last drill of a year.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ComparedYear {
    /// In UTC.
    pub year: String,
    /// How many drills of this audience the year had.
    pub drills: u32,
    /// The last of them.
    pub drill: ObjectId,
    pub title: String,
    pub started_at: Timestamp,
    pub result: DrillResult,
    pub synthetic: bool,
}

/// Closed drills by audience and year; years with several are told by their last.
///
/// # Errors
/// [`Error::Forbidden`] for whoever may not see drills.
pub async fn comparison(reader: Reader<'_>) -> Result<Vec<Comparison>> {
    reader.demand::<Drill>(Action::Read)?;
    let mut by_audience = BTreeMap::<_, (DrillAudience, BTreeMap<String, ComparedYear>)>::new();
    for stored in newest(reader, DRILLS_COMPARED).await? {
        let Drill { title, audience, started_at, result, .. } = stored.record;
        let Some(result) = result else { continue };
        let key = (audience.hub.clone(), audience.sector, audience.prefecture.clone());
        let (_, years) = by_audience.entry(key).or_insert_with(|| (audience, BTreeMap::new()));
        let year = started_at.date()[..4].to_owned();
        // The newest comes first, and is the one that is told.
        let compared = years.entry(year.clone()).or_insert_with(|| ComparedYear {
            year,
            drills: 0,
            drill: stored.id,
            title,
            started_at,
            result,
            synthetic: stored.synthetic,
        });
        compared.drills += 1;
    }
    let comparison = |(audience, years): (DrillAudience, BTreeMap<_, ComparedYear>)| Comparison {
        audience,
        years: years.into_values().collect(),
    };
    Ok(by_audience.into_values().map(comparison).collect())
}

/// An organisation that has not answered several drills in a row.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct SilentOrganisation {
    pub id: ObjectId,
    pub code: String,
    pub name_ja: String,
    pub name_en: String,
    /// Drills in a row, up to the newest that asked it.
    pub drills: u32,
    pub contacts: ContactHealth,
    pub synthetic: bool,
}

/// Who has not answered the last three drills that asked them, the longest silent first; at most 500.
///
/// # Errors
/// [`Error::Forbidden`] for whoever may not see drills.
pub async fn silent(reader: Reader<'_>) -> Result<Vec<SilentOrganisation>> {
    reader.demand::<Drill>(Action::Read)?;
    let mut drills = Vec::new();
    for drill in newest(reader, DRILLS_FOR_SILENCE).await? {
        if drill.record.result.is_some() {
            drills.push(outcomes_of(reader, drill.id).await?);
        }
    }
    let in_a_row = silent_in_a_row(drills.iter().map(Vec::as_slice));
    let mut longest: Vec<_> = in_a_row.into_iter().filter(|(_, drills)| *drills >= SILENT_AFTER).collect();
    longest.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
    let since = verified_since(reader).await?;
    let mut told = Vec::new();
    for (code, drills) in longest.into_iter().take(SILENT_TOLD) {
        let stored: Stored<Organisation> = match reader.get(Organisation::id_of(&code)).await {
            Ok(stored) => stored,
            Err(Error::NotFound) => continue,
            Err(error) => return Err(error),
        };
        let contacts = of::<Contact>(reader, &code).await?;
        told.push(SilentOrganisation {
            id: stored.id,
            contacts: ContactHealth::of(contacts.iter().map(|contact| &contact.record), since),
            synthetic: stored.synthetic,
            name_ja: stored.record.name_ja,
            name_en: stored.record.name_en,
            code,
            drills,
        });
    }
    Ok(told)
}

/// All closed drills as CSV, the newest first: one line a drill.
///
/// # Errors
/// [`Error::Forbidden`] for whoever may not take drills out of the node.
pub async fn export(reader: Reader<'_>) -> Result<Vec<u8>> {
    reader.demand::<Drill>(Action::Export)?;
    let mut request =
        ListRequest { sort: Some(("started", true)), limit: Some(MAXIMUM_LIMIT), ..ListRequest::default() };
    let mut lines = vec![DRILL_COLUMNS.map(str::to_owned).to_vec()];
    loop {
        let page = reader.list::<Drill>(&request).await?;
        lines.extend(page.items.iter().filter_map(drill_line));
        match page.next {
            Some(next) => request.after = Some(next),
            None => return table(lines),
        }
    }
}

const DRILL_COLUMNS: [&str; 19] = [
    "drill",
    "title",
    "sector",
    "prefecture",
    "hub",
    "started_at",
    "closes_at",
    "asked",
    "reached",
    "answered",
    "reach_rate_percent",
    "answer_rate_percent",
    "median_minutes",
    "p90_minutes",
    "dead_channels",
    "stale_contacts",
    "silent_in_three",
    "year",
    "synthetic",
];

fn drill_line(stored: &Stored<Drill>) -> Option<Vec<String>> {
    let Drill { title, audience, started_at, closes_at, result, .. } = &stored.record;
    let result = result.as_ref()?;
    let shown = |figure: Option<f64>| figure.map(|figure| figure.to_string()).unwrap_or_default();
    Some(vec![
        stored.id.to_string(),
        title.clone(),
        audience.sector.map(|sector| sector.to_string()).unwrap_or_default(),
        audience.prefecture.clone().unwrap_or_default(),
        audience.hub.clone().unwrap_or_default(),
        started_at.to_string(),
        closes_at.to_string(),
        result.asked.to_string(),
        result.reached.to_string(),
        result.answered.to_string(),
        shown(result.reach_rate),
        shown(result.answer_rate),
        shown(result.median_minutes),
        shown(result.p90_minutes),
        result.dead_channels.to_string(),
        result.stale_contacts.to_string(),
        result.silent_in_three.to_string(),
        started_at.date()[..4].to_owned(),
        stored.synthetic.to_string(),
    ])
}

/// What one drill found about each organisation, as CSV: one line an organisation.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Forbidden`] for whoever may not take drills out of the node.
pub async fn export_outcomes(reader: Reader<'_>, id: ObjectId) -> Result<Vec<u8>> {
    let drill: Stored<Drill> = reader.get(id).await?;
    reader.demand::<DrillOutcome>(Action::Export)?;
    let head = ["organisation", "standing", "answered_after_minutes", "dead_channels", "stale_contacts"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    let mut outcomes = outcomes_of(reader, drill.id).await?;
    outcomes.sort_by(|one, other| one.organisation.cmp(&other.organisation));
    for outcome in outcomes {
        let minutes = |seconds: u64| ((seconds as f64 / 60.0 * 100.0).round() / 100.0).to_string();
        let reasons: Vec<&str> = outcome.failed.iter().map(|failed| failed.reason.as_str()).collect();
        lines.push(vec![
            outcome.organisation.clone(),
            outcome.standing.to_string(),
            outcome.answered_after_seconds.map(minutes).unwrap_or_default(),
            reasons.join("; "),
            outcome.stale_contacts.to_string(),
        ]);
    }
    table(lines)
}

fn table(lines: Vec<Vec<String>>) -> Result<Vec<u8>> {
    let unwritten = |error: String| Error::Unavailable(format!("CSV: {error}"));
    // Spreadsheets need the byte order mark for Japanese.
    let mut writer =
        WriterBuilder::new().terminator(Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    for line in lines {
        let cells: Vec<String> = line.iter().map(|cell| guard(cell)).collect();
        writer.write_record(&cells).map_err(|error| unwritten(error.to_string()))?;
    }
    writer.into_inner().map_err(|error| unwritten(error.to_string()))
}
