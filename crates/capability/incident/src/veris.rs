//! VERIS to the registry's own words, and what of it the registry has no place for.
//!
//! One accident of VERIS may have several actions; the registry asks for one cause. The first of these that is there
//! decides: malware, hacking, social, misuse, physical, error, environmental. `docs/registry.md` has the whole table.

mod cause;
mod sector;

use std::collections::BTreeSet;

use shinayaka_kernel::Error;
use shinayaka_model::{
    bounds::MAXIMUM_NUMBER,
    incident::{
        Channel, Cost, CostKind, Effect, Incident, MAXIMUM_ENTRIES, MAXIMUM_SUMMARY_BYTES,
        MAXIMUM_TEXT_BYTES, Magnitude, Place, Source, Unit,
    },
    partial_date::PartialDate,
};
use shinayaka_veris::{Entry, Incident as Veris, Moment};

use crate::table::read::RowFault;

/// Characters of a title made from a summary.
const TITLE_CHARACTERS: usize = 120;

/// A record of VERIS in the registry's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    pub incident: Incident,
    /// Paths of members that were not taken over.
    pub unmapped: BTreeSet<String>,
}

/// An error about a record as a fault of its line.
pub fn fault(line: u64, error: Error) -> RowFault {
    match error {
        Error::Invalid { field, reason } => RowFault::new(line, field, reason),
        other => RowFault::new(line, "record", other.to_string()),
    }
}

/// Takes over what the registry has a place for.
///
/// # Errors
/// The fault of a record without a year, without any action, or one that turned out to be no accident.
pub fn map(entry: &Entry) -> Result<Mapped, RowFault> {
    let veris = &entry.incident;
    let fault = |field: &str, reason: &str| RowFault::new(entry.line, field, reason);
    if veris.security_incident.as_deref() == Some("False positive") {
        return Err(fault(
            "security_incident",
            "is a false positive: it is no accident, take it out of the file",
        ));
    }
    let date = moment(&veris.timeline.incident)
        .ok_or_else(|| fault("timeline.incident.year", "is missing or is no year from 1900 to 2199"))?;
    let cause = cause::of(veris).ok_or_else(|| fault("action", "names no action"))?;
    let mut unmapped: BTreeSet<String> = entry.unread.iter().cloned().collect();
    unmapped.extend(left_out(veris));
    let reported_on = moment(&veris.plus.timeline.notification);
    // A notification before the accident is a slip of the record; the accident is worth more than the slip.
    let reported_on = reported_on.filter(|reported| {
        let possible = !reported.is_surely_before(&date);
        if !possible {
            unmapped.insert("plus.timeline.notification".into());
        }
        possible
    });
    let summary = cut(veris.summary.as_deref().unwrap_or_default(), MAXIMUM_SUMMARY_BYTES);
    let incident = Incident {
        title_ja: String::new(),
        title_en: title(veris, &summary),
        summary_ja: String::new(),
        summary_en: summary,
        date,
        end: None,
        sector: sector::of(veris.victim.industry.as_deref()),
        place: place(veris),
        cause,
        malicious: cause::stated_malice(veris, cause),
        effects: effects(veris),
        magnitudes: magnitudes(veris, &mut unmapped),
        channel: channel(veris),
        reported_on,
        costs: costs(veris, &mut unmapped),
        sources: sources(veris),
        founding: None,
    };
    Ok(Mapped { incident: incident.trimmed(), unmapped })
}

/// Members that the vocabulary has and the registry has not.
fn left_out(veris: &Veris) -> Vec<String> {
    let duration = |duration: &shinayaka_veris::Duration| duration.value.is_some();
    let timeline = &veris.timeline;
    let availability = veris.attribute.availability.as_ref();
    [
        ("asset.assets", !veris.asset.assets.is_empty()),
        ("attribute.availability.variety", availability.is_some_and(|part| !part.variety.is_empty())),
        (
            "attribute.confidentiality.data",
            veris.attribute.confidentiality.as_ref().is_some_and(|part| !part.data.is_empty()),
        ),
        (
            "attribute.integrity.variety",
            veris.attribute.integrity.as_ref().is_some_and(|part| !part.variety.is_empty()),
        ),
        ("campaign_id", veris.campaign_id.is_some()),
        ("confidence", veris.confidence.is_some()),
        ("impact.overall_rating", veris.impact.overall_rating.is_some()),
        ("notes", veris.notes.is_some()),
        ("security_incident", veris.security_incident.as_deref().is_some_and(|word| word != "Confirmed")),
        ("targeted", veris.targeted.is_some()),
        ("timeline.compromise", duration(&timeline.compromise)),
        ("timeline.containment", duration(&timeline.containment)),
        ("timeline.discovery", duration(&timeline.discovery)),
        ("timeline.exfiltration", duration(&timeline.exfiltration)),
        ("timeline.incident.time", timeline.incident.time.is_some()),
        ("victim.employee_count", veris.victim.employee_count.is_some()),
        ("victim.country", veris.victim.country.len() > 1),
    ]
    .into_iter()
    .filter(|(_, there)| *there)
    .map(|(path, _)| path.to_owned())
    .collect()
}

/// As much of the date as holds together; a time has no zone in VERIS and is left out.
fn moment(moment: &Moment) -> Option<PartialDate> {
    let year = format!("{:04}", moment.year?);
    let month = moment.month.map(|month| format!("{year}-{month:02}"));
    let day = month.as_ref().zip(moment.day).map(|(month, day)| format!("{month}-{day:02}"));
    [day, month, Some(year)].into_iter().flatten().find_map(|text| text.parse().ok())
}

fn cut(text: &str, maximum: usize) -> String {
    let mut end = text.len().min(maximum);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// VERIS has no titles: the first sentence of the summary, or else who was hit and by what.
fn title(veris: &Veris, summary: &str) -> String {
    let sentence = summary.split_inclusive(['.', '!', '?', '。', '\n']).next().unwrap_or("").trim();
    if !sentence.is_empty() {
        let short: String = sentence.chars().take(TITLE_CHARACTERS).collect();
        return if short.len() < sentence.len() { format!("{short}…") } else { short };
    }
    let victim = cut(veris.victim.victim_id.as_deref().unwrap_or("unnamed victim"), TITLE_CHARACTERS);
    let words = cause::varieties(veris).take(3).collect::<Vec<_>>().join(", ");
    let words = if words.is_empty() { "unknown action".to_owned() } else { cut(&words, TITLE_CHARACTERS) };
    format!("{words}: {victim}").replace(['\n', '\t'], " ")
}

fn place(veris: &Veris) -> Place {
    let country = veris
        .victim
        .country
        .first()
        .filter(|country| country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()));
    Place {
        country: country.cloned(),
        prefecture: None,
        text: cut(veris.victim.state.as_deref().unwrap_or_default(), MAXIMUM_TEXT_BYTES),
    }
}

fn effects(veris: &Veris) -> BTreeSet<Effect> {
    let attribute = &veris.attribute;
    let disclosed = |part: &shinayaka_veris::Confidentiality| part.data_disclosure.as_deref() != Some("No");
    [
        (attribute.availability.is_some(), Effect::Availability),
        (attribute.confidentiality.as_ref().is_some_and(disclosed), Effect::Confidentiality),
        (attribute.integrity.is_some(), Effect::Integrity),
    ]
    .into_iter()
    .filter(|(harmed, _)| *harmed)
    .map(|(_, effect)| effect)
    .collect()
}

/// A number of the file as a whole number, if it is one that can be kept.
fn whole(number: f64) -> Option<u64> {
    let rounded = number.round();
    // The comparison makes the cast exact.
    (rounded >= 1.0 && rounded <= MAXIMUM_NUMBER as f64).then_some(rounded as u64)
}

fn magnitudes(veris: &Veris, unmapped: &mut BTreeSet<String>) -> Vec<Magnitude> {
    let records = veris.attribute.confidentiality.as_ref().and_then(|part| part.data_total);
    let mut found: Vec<(u64, Unit)> = [
        (records, Unit::Records),
        (veris.asset.total_amount, Unit::Systems),
        (veris.victim.locations_affected, Unit::Sites),
    ]
    .into_iter()
    .filter_map(|(number, unit)| number.and_then(whole).map(|value| (value, unit)))
    .collect();
    if let Some(duration) = veris.attribute.availability.as_ref().map(|part| &part.duration)
        && let Some(value) = duration.value
    {
        match lasting(value, duration.unit.as_deref().unwrap_or_default()) {
            Some(lasted) => found.push(lasted),
            None => drop(unmapped.insert("attribute.availability.duration".into())),
        }
    }
    let magnitude =
        |(value, unit)| Magnitude { value, upper: None, unit, approximate: false, note: String::new() };
    found.into_iter().map(magnitude).collect()
}

/// A duration in the largest unit in which it is a whole number.
fn lasting(value: f64, unit: &str) -> Option<(u64, Unit)> {
    let minutes = value
        * match unit {
            "Seconds" => 1.0 / 60.0,
            "Minutes" => 1.0,
            "Hours" => 60.0,
            "Days" => 1440.0,
            "Weeks" => 7.0 * 1440.0,
            _ => return None,
        };
    let minutes = whole(minutes.ceil())?;
    Some(match minutes {
        _ if minutes % 1440 == 0 => (minutes / 1440, Unit::Days),
        _ if minutes % 60 == 0 => (minutes / 60, Unit::Hours),
        _ => (minutes, Unit::Minutes),
    })
}

/// A community's collection of public reports, unless a record says nothing of where it comes from.
fn channel(veris: &Veris) -> Channel {
    if veris.reference.is_some() { Channel::Press } else { Channel::Own }
}

fn provenance(veris: &Veris) -> String {
    let parts =
        ["VERIS", veris.source_id.as_deref().unwrap_or(""), veris.incident_id.as_deref().unwrap_or("")];
    let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    cut(&text, MAXIMUM_TEXT_BYTES)
}

fn costs(veris: &Veris, unmapped: &mut BTreeSet<String>) -> Vec<Cost> {
    let total = veris.impact.overall_amount.map(|amount| (CostKind::Total, "impact.overall_amount", amount));
    let losses = veris.impact.loss.iter().filter_map(|loss| {
        let kind = match loss.variety.as_deref() {
            Some("Response and recovery") => CostKind::ResponseRecovery,
            Some("Business disruption") => CostKind::BusinessInterruption,
            Some("Asset and fraud") => CostKind::AssetFraud,
            Some("Legal and regulatory") => CostKind::LegalRegulatory,
            Some("Operating costs") => CostKind::OperatingCosts,
            Some("Brand damage") => CostKind::Reputation,
            Some("Competitive advantage") => CostKind::CompetitivePosition,
            _ => CostKind::Other,
        };
        loss.amount.map(|amount| (kind, "impact.loss", amount))
    });
    let currency = veris.impact.iso_currency_code.as_deref();
    let currency =
        currency.filter(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()));
    let mut costs = Vec::new();
    for (kind, path, amount) in total.into_iter().chain(losses) {
        // An amount without its currency is no amount.
        match (currency, whole(amount)) {
            (Some(currency), Some(amount)) if costs.len() < MAXIMUM_ENTRIES => {
                let (currency, source) = (currency.to_owned(), provenance(veris));
                costs.push(Cost { kind, amount, currency, n: None, source });
            }
            _ => drop(unmapped.insert(path.into())),
        }
    }
    costs
}

fn sources(veris: &Veris) -> Vec<Source> {
    let record = Source { title: provenance(veris), url: None, date: None };
    // Addresses are separated by `;`, by lines, and in old files by commas, which addresses may hold themselves.
    let references = veris.reference.as_deref().unwrap_or_default().replace(", http", "; http");
    let others = references.split([';', '\n']).map(str::trim).filter(|text| !text.is_empty()).map(|text| {
        let title = cut(text, MAXIMUM_TEXT_BYTES);
        let address = text.split_whitespace().next().unwrap_or(text);
        let is_address = address.starts_with("http://") || address.starts_with("https://");
        let url =
            (is_address && address.len() <= MAXIMUM_TEXT_BYTES).then(|| cut(address, MAXIMUM_TEXT_BYTES));
        Source { title, url, date: None }
    });
    std::iter::once(record).chain(others).take(MAXIMUM_ENTRIES).collect()
}

#[cfg(test)]
mod tests;
