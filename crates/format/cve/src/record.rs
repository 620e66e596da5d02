//! The format as plain structs. Times are kept as written: old records have them with and without a zone.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One CVE record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// `CVE_RECORD`.
    #[serde(default)]
    pub data_type: String,
    /// `5.0`, `5.1`, `5.1.1`, `5.2.0` …
    #[serde(default)]
    pub data_version: String,
    #[serde(rename = "cveMetadata")]
    pub metadata: Metadata,
    #[serde(default)]
    pub containers: Containers,
}

impl Record {
    /// Every container: the numbering authority's first, then those of the authorised data publishers.
    pub fn containers(&self) -> impl Iterator<Item = &Container> {
        std::iter::once(&self.containers.cna).chain(&self.containers.adp)
    }

    /// Every affected product with the container that says so.
    pub fn affected(&self) -> impl Iterator<Item = (&Container, &Affected)> {
        self.containers()
            .flat_map(|container| container.affected.iter().map(move |affected| (container, affected)))
    }

    /// Identifiers of the same flaw elsewhere, as the numbering authority gives them: its own advisory
    /// (`source.advisory`). References are not searched for names that look like identifiers.
    pub fn aliases(&self) -> impl Iterator<Item = &str> {
        self.containers().filter_map(|container| container.source.as_ref()?.get("advisory")?.as_str())
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    #[default]
    Published,
    Rejected,
    /// Given out, nothing published yet; the service answers so, the list does not hold such records.
    Reserved,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    #[serde(rename = "cveId")]
    pub id: String,
    #[serde(default)]
    pub assigner_org_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigner_short_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester_user_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<u64>,
    pub state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_reserved: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_published: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_updated: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_rejected: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Containers {
    #[serde(default)]
    pub cna: Container,
    /// Authorised data publishers: CISA's enrichment among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adp: Vec<Container>,
}

/// What one provider says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    pub provider_metadata: Provider,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_assigned: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_public: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub descriptions: Vec<Description>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub affected: Vec<Affected>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cpe_applicability: Vec<Configuration>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problem_types: Vec<ProblemType>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub impacts: Vec<Impact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub configurations: Vec<Description>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workarounds: Vec<Description>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub solutions: Vec<Description>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exploits: Vec<Description>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<TimelineEvent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<Credit>,
    /// Where the provider has it from: `advisory`, `defect`, `discovery` and whatever else, since the format leaves its
    /// members open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taxonomy_mappings: Vec<TaxonomyMapping>,
    /// Only in rejected records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rejected_reasons: Vec<Description>,
    /// Only in rejected records: the records to use instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaced_by: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Provider {
    pub org_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_updated: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Description {
    pub lang: String,
    pub value: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supporting_media: Vec<SupportingMedia>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SupportingMedia {
    #[serde(rename = "type", default)]
    pub media_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<bool>,
    #[serde(default)]
    pub value: String,
}

/// Whether a version is affected. What is not said is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Affected,
    Unaffected,
    #[default]
    Unknown,
}

impl Status {
    fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

/// One product and its versions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Affected {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Since 5.2.0: a package URL without a version.
    #[serde(rename = "packageURL", skip_serializing_if = "Option::is_none")]
    pub package_url: Option<String>,
    #[serde(rename = "collectionURL", skip_serializing_if = "Option::is_none")]
    pub collection_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_name: Option<String>,
    /// CPE 2.2 or 2.3 names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cpes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub program_files: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub program_routines: Vec<ProgramRoutine>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Status of every version that no entry of `versions` covers.
    #[serde(skip_serializing_if = "Status::is_unknown")]
    pub default_status: Status,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Version>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProgramRoutine {
    #[serde(default)]
    pub name: String,
}

/// One version, or a range from `version` (inclusive) to `lessThan` (exclusive) or `lessThanOrEqual`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Version {
    /// `0` stands for the first version, `*` for every.
    pub version: String,
    pub status: Status,
    /// `semver`, `git`, `maven`, `python`, `rpm`, `custom` … as written: the real ones are hundreds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub less_than: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub less_than_or_equal: Option<String>,
    /// Within a range, from `at` on the status is another.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    pub at: String,
    pub status: Status,
}

/// A CPE applicability statement (since 5.1).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Configuration {
    /// `AND` or `OR` of its nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negate: Option<bool>,
    pub nodes: Vec<Node>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Node {
    pub operator: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negate: Option<bool>,
    pub cpe_match: Vec<CpeMatch>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CpeMatch {
    /// False for the surroundings only ("running on").
    pub vulnerable: bool,
    /// A CPE 2.3 name.
    pub criteria: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_criteria_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_start_including: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_start_excluding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_end_including: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_end_excluding: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProblemType {
    pub descriptions: Vec<ProblemDescription>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProblemDescription {
    pub lang: String,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwe_id: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reference {
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Impact {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capec_id: Option<String>,
    pub descriptions: Vec<Description>,
}

/// A severity, or a judgement of another kind (`other`: `ssvc`, `kev`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metric {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<Scenario>,
    #[serde(rename = "cvssV4_0", skip_serializing_if = "Option::is_none")]
    pub cvss_v4_0: Option<Cvss>,
    #[serde(rename = "cvssV3_1", skip_serializing_if = "Option::is_none")]
    pub cvss_v3_1: Option<Cvss>,
    #[serde(rename = "cvssV3_0", skip_serializing_if = "Option::is_none")]
    pub cvss_v3_0: Option<Cvss>,
    #[serde(rename = "cvssV2_0", skip_serializing_if = "Option::is_none")]
    pub cvss_v2_0: Option<Cvss>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<OtherMetric>,
}

impl Metric {
    /// The CVSS objects that it holds, newest version first.
    pub fn cvss(&self) -> impl Iterator<Item = &Cvss> {
        [&self.cvss_v4_0, &self.cvss_v3_1, &self.cvss_v3_0, &self.cvss_v2_0].into_iter().flatten()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scenario {
    pub lang: String,
    pub value: String,
}

/// A published CVSS: the vector and the scores that the publisher wrote, which may contradict it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cvss {
    pub version: String,
    pub vector_string: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_severity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temporal_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environmental_score: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OtherMetric {
    #[serde(rename = "type")]
    pub kind: String,
    pub content: Value,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimelineEvent {
    pub time: String,
    pub lang: String,
    pub value: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Credit {
    pub lang: String,
    pub value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaxonomyMapping {
    pub taxonomy_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taxonomy_version: Option<String>,
    pub taxonomy_relations: Vec<TaxonomyRelation>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaxonomyRelation {
    pub taxonomy_id: String,
    pub relationship_name: String,
    pub relationship_value: String,
}
