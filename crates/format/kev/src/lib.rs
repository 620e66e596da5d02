//! A reader of catalogues of known exploited vulnerabilities in the form that CISA publishes, JSON and CSV.
//!
//! ```
//! let file = r#"{"title":"A catalogue","catalogVersion":"2030.01.02","dateReleased":"2030-01-02T00:00:00Z","count":1,
//!  "vulnerabilities":[{"cveID":"CVE-2030-0001","vendorProject":"Example","product":"Gate","vulnerabilityName":"Open door",
//!   "dateAdded":"2030-01-01","shortDescription":"…","requiredAction":"Close it.","dueDate":"2030-01-22",
//!   "knownRansomwareCampaignUse":"Known","notes":"","cwes":["CWE-284"]}]}"#;
//! let catalogue = shinayaka_kev::read(file.as_bytes())?;
//! let entry = &catalogue.entries[0];
//! assert_eq!((entry.cve.as_str(), entry.due_date.as_deref(), entry.ransomware), ("CVE-2030-0001", Some("2030-01-22"), Some(true)));
//! # Ok::<(), shinayaka_kev::Fault>(())
//! ```
//!
//! The reader is strict about identifiers and dates, since due dates are computed from them, and says the entry that
//! is wrong. Several catalogues stay several: which of them says what is for the caller to show.
//! Source: CISA, schema of the Known Exploited Vulnerabilities catalogue.

use serde::{Deserialize, Serialize};

/// One catalogue at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    pub title: Option<String>,
    /// `2024.12.31`; a CSV has none.
    pub version: Option<String>,
    /// As written.
    pub released: Option<String>,
    /// In the order of the file.
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    #[serde(rename = "cveID")]
    pub cve: String,
    #[serde(rename = "vendorProject", default)]
    pub vendor: String,
    #[serde(default)]
    pub product: String,
    #[serde(rename = "vulnerabilityName", default)]
    pub name: String,
    /// Year-month-day.
    #[serde(rename = "dateAdded")]
    pub date_added: String,
    #[serde(rename = "shortDescription", default)]
    pub description: String,
    #[serde(rename = "requiredAction", default)]
    pub action: String,
    /// Year-month-day; catalogues without a directive behind them have none.
    #[serde(rename = "dueDate", default)]
    pub due_date: Option<String>,
    /// Known to be used for ransomware; nothing when the catalogue does not say (a CSV of before 2023).
    #[serde(rename = "knownRansomwareCampaignUse", default, with = "known")]
    pub ransomware: Option<bool>,
    #[serde(default)]
    pub notes: String,
    #[serde(default)]
    pub cwes: Vec<String>,
}

/// `Known` and `Unknown`.
mod known {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
        match Option::<String>::deserialize(deserializer)?.as_deref() {
            None | Some("") => Ok(None),
            Some("Known") => Ok(Some(true)),
            Some("Unknown") => Ok(Some(false)),
            Some(_) => Err(D::Error::custom("must be `Known` or `Unknown`")),
        }
    }

    pub fn serialize<S: Serializer>(value: &Option<bool>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(true) => serializer.serialize_str("Known"),
            Some(false) => serializer.serialize_str("Unknown"),
            None => serializer.serialize_none(),
        }
    }
}

/// A catalogue that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, {path}: {reason}")]
pub struct Fault {
    /// From 1; 0 when only the path is known.
    pub line: u64,
    pub path: String,
    pub reason: String,
}

/// Bytes of a catalogue; CISA's had 1.3 MB in 2025.
pub const MAXIMUM_BYTES: usize = 64 << 20;

/// The catalogue, JSON or CSV.
///
/// # Errors
/// [`Fault`] with the place of what is no catalogue, an identifier that is no CVE or a date that is none.
pub fn read(bytes: &[u8]) -> Result<Catalogue, Fault> {
    if bytes.len() > MAXIMUM_BYTES {
        return Err(fault(1, "catalogue", format!("is longer than {MAXIMUM_BYTES} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() as u64;
        fault(line, "catalogue", "is not UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let catalogue = if text.trim_start().starts_with('{') { read_json(text)? } else { read_csv(text)? };
    for (index, entry) in catalogue.entries.iter().enumerate() {
        let place = |name: &str| format!("vulnerabilities[{index}].{name}");
        if !is_cve(&entry.cve) {
            return Err(fault(0, place("cveID"), format!("`{}` is no CVE identifier", short(&entry.cve))));
        }
        for (name, date) in [("dateAdded", Some(&entry.date_added)), ("dueDate", entry.due_date.as_ref())] {
            if let Some(date) = date.filter(|date| !is_date(date)) {
                return Err(fault(0, place(name), format!("`{}` is no date", short(date))));
            }
        }
    }
    Ok(catalogue)
}

fn fault(line: u64, path: impl Into<String>, reason: impl Into<String>) -> Fault {
    Fault { line, path: path.into(), reason: reason.into() }
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    title: Option<String>,
    catalog_version: Option<String>,
    date_released: Option<String>,
    count: Option<usize>,
    vulnerabilities: Vec<Entry>,
}

fn read_json(text: &str) -> Result<Catalogue, Fault> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read: Json = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        let reason = error.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
        fault(error.line() as u64, path, reason.chars().take(200).collect::<String>())
    })?;
    deserializer.end().map_err(|error| fault(error.line() as u64, "catalogue", "something follows it"))?;
    if let Some(count) = read.count.filter(|count| *count != read.vulnerabilities.len()) {
        let reason = format!("says {count}, but there are {} entries", read.vulnerabilities.len());
        return Err(fault(0, "count", reason));
    }
    Ok(Catalogue {
        title: read.title,
        version: read.catalog_version,
        released: read.date_released,
        entries: read.vulnerabilities,
    })
}

fn read_csv(text: &str) -> Result<Catalogue, Fault> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let wrong = |error: &csv::Error| {
        let line = error.position().map_or(0, csv::Position::line);
        fault(line, "catalogue", short(&error.to_string()))
    };
    let header = reader.headers().map_err(|error| wrong(&error))?.clone();
    let column = |name: &str| header.iter().position(|title| title == name);
    let (Some(cve), Some(added)) = (column("cveID"), column("dateAdded")) else {
        return Err(fault(1, "catalogue", "has no columns `cveID` and `dateAdded`"));
    };
    let mut entries = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(&error))?;
        let text = |name: &str| column(name).and_then(|index| record.get(index)).unwrap_or("").to_owned();
        let line = record.position().map_or(0, csv::Position::line);
        let ransomware = match text("knownRansomwareCampaignUse").as_str() {
            "" => None,
            "Known" => Some(true),
            "Unknown" => Some(false),
            _ => return Err(fault(line, "knownRansomwareCampaignUse", "must be `Known` or `Unknown`")),
        };
        entries.push(Entry {
            cve: record.get(cve).unwrap_or("").to_owned(),
            vendor: text("vendorProject"),
            product: text("product"),
            name: text("vulnerabilityName"),
            date_added: record.get(added).unwrap_or("").to_owned(),
            description: text("shortDescription"),
            action: text("requiredAction"),
            due_date: Some(text("dueDate")).filter(|date| !date.is_empty()),
            ransomware,
            notes: text("notes"),
            cwes: text("cwes")
                .split(',')
                .map(|cwe| cwe.trim().to_owned())
                .filter(|cwe| !cwe.is_empty())
                .collect(),
        });
    }
    Ok(Catalogue { entries, ..Catalogue::default() })
}

fn is_cve(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix("CVE-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(year, number)| year.len() == 4 && digits(year) && number.len() >= 4 && digits(number))
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |text: &str, width: usize, range: std::ops::RangeInclusive<u32>| {
        text.len() == width
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse().is_ok_and(|number| range.contains(&number))
    };
    matches!(parts.as_slice(), [year, month, day]
        if number(year, 4, 1900..=9999) && number(month, 2, 1..=12) && number(day, 2, 1..=31))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_catalogue_is_told_its_place() {
        let csv = "cveID,dateAdded,dueDate,knownRansomwareCampaignUse\nCVE-2030-0001,2030-01-02,,Known\n";
        assert_eq!(read(csv.as_bytes()).unwrap().entries[0].due_date, None);
        let cases = [
            (
                csv.replace("CVE-2030-0001", "CVE-30-1"),
                "line 0, vulnerabilities[0].cveID: `CVE-30-1` is no CVE identifier",
            ),
            (
                csv.replace("2030-01-02", "2030-13-02"),
                "line 0, vulnerabilities[0].dateAdded: `2030-13-02` is no date",
            ),
            (
                csv.replace("Known", "Perhaps")
                    .replace("knownRansomwareCampaignUse", "x")
                    .replace("Perhaps", "x"),
                "",
            ),
            (
                csv.replace(",Known", ",Perhaps"),
                "line 2, knownRansomwareCampaignUse: must be `Known` or `Unknown`",
            ),
            ("a,b\n1,2\n".into(), "line 1, catalogue: has no columns `cveID` and `dateAdded`"),
            (
                r#"{"vulnerabilities":[{"cveID":3}]}"#.into(),
                "line 1, vulnerabilities[0].cveID: invalid type: integer `3`, expected a string",
            ),
            (r#"{"count":2,"vulnerabilities":[]}"#.into(), "line 0, count: says 2, but there are 0 entries"),
        ];
        for (file, expected) in cases {
            let found = read(file.as_bytes()).err().map_or_else(String::new, |fault| fault.to_string());
            assert_eq!(found, expected, "{file}");
        }
        assert_eq!(read(b"a\xFF").unwrap_err().reason, "is not UTF-8");
    }
}
