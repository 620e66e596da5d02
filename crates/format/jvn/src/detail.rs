//! One vulnerability of VULDEF.

use serde::{Deserialize, Serialize};

use crate::{
    overview::{Cvss, score},
    tree::Element,
};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// `JVNDB-2030-000001`.
    pub id: String,
    pub title: String,
    pub overview: String,
    pub affected: Vec<AffectedItem>,
    pub impact: Impact,
    /// What to do, one text for each item.
    pub solutions: Vec<String>,
    pub related: Vec<RelatedItem>,
    pub history: Vec<HistoryItem>,
    /// Times as written (RFC 3339).
    pub first_published: Option<String>,
    pub last_updated: Option<String>,
    /// When the vulnerability became public anywhere.
    pub public: Option<String>,
}

impl Detail {
    /// Identifiers of CVE among the related items.
    pub fn cves(&self) -> Vec<&str> {
        let ids = self.related.iter().filter_map(|item| item.id.as_deref());
        ids.filter(|id| id.starts_with("CVE-")).collect()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffectedItem {
    pub vendor: String,
    pub product: String,
    /// CPE 2.2, of vendor and product only.
    pub cpe: Option<String>,
    /// As written: sentences like `1.4.2 より前`.
    pub versions: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Impact {
    pub cvss: Vec<Cvss>,
    /// What may happen, one text for each item.
    pub descriptions: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedItem {
    /// `advisory`, `vendor`, `cwe`.
    pub kind: Option<String>,
    pub name: Option<String>,
    /// `CVE-2030-0001`, `CWE-79`, `JVN#12345678`.
    pub id: Option<String>,
    pub title: Option<String>,
    pub url: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryItem {
    pub number: Option<String>,
    pub time: Option<String>,
    pub description: Option<String>,
}

pub fn detail(vulinfo: &Element) -> Detail {
    let nothing = Element::default();
    let data = vulinfo.child("VulinfoData").unwrap_or(&nothing);
    let inside = |name: &str| data.child(name).unwrap_or(&nothing);
    let descriptions = |parent: &Element, name: &str| -> Vec<String> {
        parent
            .children
            .iter()
            .filter(|item| item.name == name)
            .filter_map(|item| item.text_of("Description"))
            .collect()
    };
    let (impact, solution) = (inside("Impact"), inside("Solution"));
    Detail {
        id: vulinfo.text_of("VulinfoID").unwrap_or_default(),
        title: data.text_of("Title").unwrap_or_default(),
        overview: inside("VulinfoDescription").text_of("Overview").unwrap_or_default(),
        affected: inside("Affected").each("AffectedItem").map(affected_item).collect(),
        impact: Impact {
            cvss: impact.each("Cvss").map(cvss).collect(),
            descriptions: descriptions(impact, "ImpactItem"),
        },
        solutions: descriptions(solution, "SolutionItem"),
        related: inside("Related")
            .each("RelatedItem")
            .map(|item| RelatedItem {
                kind: item.attribute("type").map(str::to_owned),
                name: item.text_of("Name"),
                id: item.text_of("VulinfoID"),
                title: item.text_of("Title"),
                url: item.text_of("URL"),
            })
            .collect(),
        history: inside("History")
            .each("HistoryItem")
            .map(|item| HistoryItem {
                number: item.text_of("HistoryNo"),
                time: item.text_of("DateTime"),
                description: item.text_of("Description"),
            })
            .collect(),
        first_published: data.text_of("DateFirstPublished"),
        last_updated: data.text_of("DateLastUpdated"),
        public: data.text_of("DatePublic"),
    }
}

fn affected_item(item: &Element) -> AffectedItem {
    AffectedItem {
        vendor: item.text_of("Name").unwrap_or_default(),
        product: item.text_of("ProductName").unwrap_or_default(),
        cpe: item.text_of("Cpe"),
        versions: item
            .each("VersionNumber")
            .map(|version| version.text.trim().to_owned())
            .filter(|version| !version.is_empty())
            .collect(),
    }
}

fn cvss(element: &Element) -> Cvss {
    let severity = element.child("Severity");
    Cvss {
        version: element.attribute("version").map(str::to_owned),
        kind: severity.and_then(|severity| severity.attribute("type")).map(str::to_owned),
        severity: element.text_of("Severity"),
        score: element.text_of("Base").as_deref().and_then(score),
        vector: element.text_of("Vector"),
    }
}
