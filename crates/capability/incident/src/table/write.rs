//! Accidents to CSV: UTF-8 with a byte order mark (spreadsheets need it for Japanese), CRLF, RFC 4180 quotes.

use csv::{Terminator, WriterBuilder};
use shinayaka_kernel::{Error, ObjectId, Result};
use shinayaka_model::incident::{Cost, Incident, Magnitude, Source};

use super::{COLUMNS, guard, list_cell};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The first line of a file.
pub fn header() -> Vec<u8> {
    let names = COLUMNS.map(|column| column.name).join(",");
    format!("{BYTE_ORDER_MARK}{names}\r\n").into_bytes()
}

/// Some lines of a file.
///
/// # Errors
/// [`Error::Unavailable`] if a line cannot be written, which memory alone could cause.
pub fn lines<'a>(accidents: impl Iterator<Item = (ObjectId, bool, &'a Incident)>) -> Result<Vec<u8>> {
    let unwritten = |error: String| Error::Unavailable(format!("CSV: {error}"));
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    for (id, synthetic, incident) in accidents {
        let cells = cells(id, synthetic, incident).map(|cell| guard(&cell));
        writer.write_record(&cells).map_err(|error| unwritten(error.to_string()))?;
    }
    writer.into_inner().map_err(|error| unwritten(error.to_string()))
}

fn cells(id: ObjectId, synthetic: bool, incident: &Incident) -> [String; COLUMNS.len()] {
    fn shown<T: ToString>(value: Option<&T>) -> String {
        value.map(ToString::to_string).unwrap_or_default()
    }
    let effects: Vec<&str> = incident.effects.iter().map(|effect| effect.as_str()).collect();
    let founding = incident.founding.as_ref();
    [
        id.to_string(),
        incident.title_ja.clone(),
        incident.title_en.clone(),
        incident.summary_ja.clone(),
        incident.summary_en.clone(),
        incident.date.to_string(),
        shown(incident.end.as_ref()),
        incident.sector.to_string(),
        shown(incident.place.country.as_ref()),
        shown(incident.place.prefecture.as_ref()),
        incident.place.text.clone(),
        incident.cause.to_string(),
        shown(incident.malicious.as_ref()),
        effects.join(";"),
        list_cell::join(incident.magnitudes.iter().map(magnitude)),
        incident.channel.to_string(),
        shown(incident.reported_on.as_ref()),
        list_cell::join(incident.costs.iter().map(cost)),
        list_cell::join(incident.sources.iter().map(source)),
        shown(founding.map(|founding| &founding.table)),
        shown(founding.map(|founding| &founding.column)),
        shown(founding.map(|founding| &founding.number)),
        synthetic.to_string(),
    ]
}

fn magnitude(magnitude: &Magnitude) -> Vec<String> {
    let value = match magnitude.upper {
        Some(upper) => format!("{}-{upper}", magnitude.value),
        None => magnitude.value.to_string(),
    };
    let about = if magnitude.approximate { "about" } else { "" };
    vec![value, magnitude.unit.to_string(), about.into(), magnitude.note.clone()]
}

fn cost(cost: &Cost) -> Vec<String> {
    let n = cost.n.map(|n| n.to_string()).unwrap_or_default();
    vec![cost.kind.to_string(), cost.amount.to_string(), cost.currency.clone(), cost.source.clone(), n]
}

fn source(source: &Source) -> Vec<String> {
    let date = source.date.as_ref().map(ToString::to_string).unwrap_or_default();
    vec![source.title.clone(), source.url.clone().unwrap_or_default(), date]
}
