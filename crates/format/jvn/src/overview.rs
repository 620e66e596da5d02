//! One item of JVNRSS.

use serde::{Deserialize, Serialize};

use crate::tree::Element;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// `JVNDB-2030-000001`.
    pub identifier: String,
    pub title: String,
    pub link: String,
    pub description: String,
    pub creator: Option<String>,
    pub references: Vec<Reference>,
    pub cpes: Vec<Cpe>,
    pub cvss: Vec<Cvss>,
    /// Times as written (RFC 3339): of this entry, first published, last changed.
    pub date: Option<String>,
    pub issued: Option<String>,
    pub modified: Option<String>,
}

impl Overview {
    /// Identifiers of CVE that the references name.
    pub fn cves(&self) -> Vec<&str> {
        let ids = self.references.iter().filter_map(|reference| reference.id.as_deref());
        ids.filter(|id| id.starts_with("CVE-")).collect()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// `JVN`, `CVE`, `NVD`; references of weaknesses have none.
    pub source: Option<String>,
    /// `JVN#12345678`, `CVE-2030-0001`, `CWE-79`.
    pub id: Option<String>,
    pub title: Option<String>,
    pub url: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cpe {
    /// `2.2`.
    pub version: Option<String>,
    pub vendor: Option<String>,
    pub product: Option<String>,
    pub name: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cvss {
    /// `2.0`, `3.0` …
    pub version: Option<String>,
    /// `Base`.
    pub kind: Option<String>,
    /// `Low`, `Medium`, `High`, `Critical`.
    pub severity: Option<String>,
    /// From 0.0 to 10.0.
    pub score: Option<f64>,
    pub vector: Option<String>,
}

pub fn overview(item: &Element) -> Overview {
    let owned = |element: &Element, name: &str| element.attribute(name).map(str::to_owned);
    Overview {
        identifier: item.text_of("identifier").unwrap_or_default(),
        title: item.text_of("title").unwrap_or_default(),
        link: item.text_of("link").unwrap_or_default(),
        description: item.text_of("description").unwrap_or_default(),
        creator: item.text_of("creator"),
        references: item
            .each("references")
            .map(|reference| Reference {
                source: owned(reference, "source"),
                id: owned(reference, "id"),
                title: owned(reference, "title"),
                url: reference.text.trim().to_owned(),
            })
            .collect(),
        cpes: item
            .each("cpe")
            .chain(item.each("cpe-item"))
            .map(|cpe| Cpe {
                version: owned(cpe, "version"),
                vendor: owned(cpe, "vendor").or_else(|| cpe.text_of("vname")),
                product: owned(cpe, "product").or_else(|| cpe.text_of("title")),
                name: owned(cpe, "name").unwrap_or_else(|| cpe.text.trim().to_owned()),
            })
            .collect(),
        cvss: item
            .each("cvss")
            .map(|cvss| Cvss {
                version: owned(cvss, "version"),
                kind: owned(cvss, "type"),
                severity: owned(cvss, "severity"),
                score: cvss.attribute("score").and_then(score),
                vector: owned(cvss, "vector"),
            })
            .collect(),
        date: item.text_of("date"),
        issued: item.text_of("issued"),
        modified: item.text_of("modified"),
    }
}

/// A score from 0.0 to 10.0.
pub fn score(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|score| (0.0..=10.0).contains(score))
}
