//! Edge lists as CSV, and the `provider|customer|-1` lists of AS relationships.
//!
//! The header names the columns. Needed: `dependent` and `supplier` (or `node`/`depends_on`, `consumer`/`provider`).
//! Optional: `phase` (run, start, repair), `group` (rows of one dependent with the same group stand in for each other),
//! `k` (how many of the group are needed), `buffer`, `switch`, `weight`, `capacity`, `grade` (hard, degrading),
//! `degraded_to`, `contract_rto`. A file of two columns without such a header is read as dependent, supplier.

use csv::StringRecord;

use super::Imported;
use super::links::{Link, Links, note};
use crate::error::{Error, Result};
use crate::graph::Phase;
use crate::model::{Duration, EdgeGrade, Terms, Timing};

const FORMAT: &str = "CSV edge list";
const COLUMNS: [(&str, &str); 15] = [
    ("dependent", "dependent"),
    ("node", "dependent"),
    ("consumer", "dependent"),
    ("supplier", "supplier"),
    ("depends_on", "supplier"),
    ("provider", "supplier"),
    ("phase", "phase"),
    ("group", "group"),
    ("k", "k"),
    ("buffer", "buffer"),
    ("switch", "switch"),
    ("weight", "weight"),
    ("capacity", "capacity"),
    ("grade", "grade"),
    ("contract_rto", "contract_rto"),
];

/// Reads an edge list.
///
/// # Errors
/// `Parse` with line and column for an unknown column, an empty id or a value that is not what its column holds.
pub fn read_csv(text: &str) -> Result<Imported> {
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or("");
    if first.split('|').count() >= 3 && !first.contains(',') {
        return relationships(text);
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut columns: Option<Vec<&'static str>> = None;
    let mut links = Links::default();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(1, |position| position.line() as usize);
            Error::Parse { format: FORMAT, line, column: 1, message: error.to_string() }
        })?;
        match &columns {
            None => match header(&record)? {
                Some(named) => columns = Some(named),
                None => {
                    columns = Some(vec!["dependent", "supplier"]);
                    row(&record, &["dependent", "supplier"], &mut links)?;
                }
            },
            Some(columns) => row(&record, columns, &mut links)?,
        }
    }
    Ok(Imported { model: links.model(None), notes: Vec::new() })
}

fn bad(record: &StringRecord, column: usize, message: impl Into<String>) -> Error {
    let line = record.position().map_or(1, |position| position.line() as usize);
    Error::Parse { format: FORMAT, line, column: column + 1, message: message.into() }
}

/// The meaning of each column, or `None` when the first row is data.
fn header(record: &StringRecord) -> Result<Option<Vec<&'static str>>> {
    let known = |name: &str| {
        let name = name.trim().trim_start_matches('\u{feff}').to_ascii_lowercase();
        COLUMNS.iter().find(|(alias, _)| *alias == name).map(|(_, meaning)| *meaning)
    };
    let found: Vec<Option<&'static str>> = record.iter().map(known).collect();
    if !found.contains(&Some("dependent")) || !found.contains(&Some("supplier")) {
        return match record.len() {
            2 => Ok(None),
            _ => Err(bad(record, 0, "the header needs the columns `dependent` and `supplier`")),
        };
    }
    let named = found.iter().enumerate().map(|(at, found)| {
        found.ok_or_else(|| bad(record, at, format!("unknown column `{}`", record.get(at).unwrap_or(""))))
    });
    named.collect::<Result<_>>().map(Some)
}

fn row(record: &StringRecord, columns: &[&'static str], links: &mut Links) -> Result<()> {
    if record.len() > columns.len() {
        return Err(bad(record, columns.len(), "more values than columns"));
    }
    let (mut dependent, mut supplier) = (None, None);
    let mut link = Link {
        dependent: 0,
        supplier: 0,
        phase: Phase::Run,
        terms: Terms::default(),
        group: None,
        at_least: 1,
    };
    for (at, (column, value)) in columns.iter().zip(record).enumerate() {
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        let duration = || Duration::parse(value).map_err(|message| bad(record, at, message));
        let number = || value.parse().map_err(|_| bad(record, at, format!("`{value}` is not a number")));
        match *column {
            "dependent" => dependent = Some(links.node(value)?),
            "supplier" => supplier = Some(links.node(value)?),
            "phase" => {
                let phase = Phase::ALL.into_iter().find(|phase| phase.name() == value);
                link.phase =
                    phase.ok_or_else(|| bad(record, at, format!("`{value}` is not run, start or repair")))?;
            }
            "group" => link.group = Some(value.to_owned()),
            "k" => {
                link.at_least =
                    value.parse().map_err(|_| bad(record, at, format!("`{value}` is not a whole number")))?;
            }
            "buffer" => link.terms.buffer = Some(Timing::from(duration()?)),
            "switch" => link.terms.switch = Some(Timing::from(duration()?)),
            "contract_rto" => link.terms.contract_rto = Some(duration()?),
            "weight" => link.terms.weight = Some(number()?),
            "capacity" => link.terms.capacity = Some(number()?),
            _ => {
                link.terms.grade = match value {
                    "hard" => EdgeGrade::Hard,
                    "degrading" | "soft" => EdgeGrade::Degrading,
                    other => return Err(bad(record, at, format!("`{other}` is not hard or degrading"))),
                }
            }
        }
    }
    link.dependent = dependent.ok_or_else(|| bad(record, 0, "the dependent is empty"))?;
    match supplier {
        Some(supplier) => links.add(Link { supplier, ..link }),
        // A dependent alone is a node without needs.
        None => Ok(()),
    }
}

/// `provider|customer|-1`: a customer needs one of its providers. `peer|peer|0` says nothing about need.
fn relationships(text: &str) -> Result<Imported> {
    let mut links = Links::default();
    let mut peers = 0;
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let error = |message: &str| Error::Parse {
            format: "relationship list",
            line: at + 1,
            column: 1,
            message: message.into(),
        };
        let mut parts = line.split('|').map(str::trim);
        let (Some(provider), Some(customer), Some(kind)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(error("needs provider|customer|kind"));
        };
        if provider.is_empty() || customer.is_empty() {
            return Err(error("an empty id"));
        }
        let (supplier, dependent) = (links.node(provider)?, links.node(customer)?);
        match kind {
            "-1" => links.add(Link {
                dependent,
                supplier,
                phase: Phase::Run,
                terms: Terms::default(),
                group: Some("transit".into()),
                at_least: 1,
            })?,
            "0" => peers += 1,
            other => return Err(error(&format!("`{other}` is not -1 (provider to customer) or 0 (peers)"))),
        }
    }
    Ok(Imported {
        model: links.model(None),
        notes: note(peers, "peerings say nothing about need; left out").into_iter().collect(),
    })
}
