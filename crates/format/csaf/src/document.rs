//! The document as plain structs, for both versions. Times are kept as written (RFC 3339).
//!
//! Members of 2.0 only and of 2.1 only stand side by side; what the structs do not name is kept in `more`, so that a
//! document that is read and written again says the same.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

type More = Map<String, Value>;

macro_rules! members {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $kind,)*
            #[serde(flatten)]
            pub more: More,
        }
    };
}

members! {
    /// One CSAF document.
    Advisory {
        document: Document,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product_tree: Option<ProductTree>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        vulnerabilities: Vec<Vulnerability>,
    }
}

members! {
    Document {
        /// `csaf_base`, `csaf_security_advisory`, `csaf_vex` …
        category: String,
        /// `2.0`, `2.1`.
        csaf_version: String,
        title: String,
        publisher: Publisher,
        tracking: Tracking,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lang: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<Note>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        references: Vec<Reference>,
    }
}

impl Document {
    /// The label of the Traffic Light Protocol: `WHITE` (2.0), `CLEAR` (2.1) …
    pub fn tlp(&self) -> Option<&str> {
        self.more.get("distribution")?.get("tlp")?.get("label")?.as_str()
    }
}

members! {
    Publisher {
        /// `coordinator`, `discoverer`, `multiplier` (2.1), `other`, `translator`, `user`, `vendor`.
        category: String,
        name: String,
        /// Its address on the web, which with the identifier of the document makes it unique.
        namespace: String,
    }
}

members! {
    Tracking {
        id: String,
        /// `draft`, `final`, `interim`.
        status: String,
        version: String,
        initial_release_date: String,
        current_release_date: String,
        #[serde(default)]
        revision_history: Vec<Revision>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        aliases: Vec<String>,
    }
}

members! {
    Revision {
        number: String,
        date: String,
        summary: String,
    }
}

members! {
    Note {
        category: String,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    }
}

members! {
    Reference {
        url: String,
        summary: String,
        /// `external`, `self`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<String>,
    }
}

members! {
    ProductTree {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        branches: Vec<Branch>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        full_product_names: Vec<FullProductName>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        product_groups: Vec<ProductGroup>,
        /// 2.0.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        relationships: Vec<Relationship>,
        /// 2.1.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        product_paths: Vec<ProductPath>,
    }
}

members! {
    Branch {
        category: String,
        name: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        branches: Vec<Branch>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product: Option<FullProductName>,
    }
}

members! {
    FullProductName {
        name: String,
        product_id: String,
        #[serde(rename = "product_identification_helper", default, skip_serializing_if = "Option::is_none")]
        helper: Option<Helper>,
    }
}

members! {
    /// What a product is recognised by.
    Helper {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cpe: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        hashes: Vec<Hashes>,
        /// With `*` and `?` as placeholders.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        model_numbers: Vec<String>,
        /// 2.0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        purl: Option<String>,
        /// 2.1.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        purls: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sbom_urls: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        serial_numbers: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        skus: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        x_generic_uris: Vec<UniqueIdentifier>,
    }
}

members! {
    Hashes {
        filename: String,
        #[serde(default)]
        file_hashes: Vec<FileHash>,
    }
}

members! {
    FileHash {
        algorithm: String,
        value: String,
    }
}

members! {
    UniqueIdentifier {
        namespace: String,
        uri: String,
    }
}

members! {
    ProductGroup {
        group_id: String,
        #[serde(default)]
        product_ids: Vec<String>,
    }
}

members! {
    /// 2.0: a component as part of, on, or with another product.
    Relationship {
        /// `default_component_of`, `external_component_of`, `installed_on`, `installed_with`, `optional_component_of`.
        category: String,
        full_product_name: FullProductName,
        product_reference: String,
        relates_to_product_reference: String,
    }
}

members! {
    /// 2.1: the same through several steps.
    ProductPath {
        beginning_product_reference: String,
        full_product_name: FullProductName,
        #[serde(default)]
        subpaths: Vec<Subpath>,
    }
}

members! {
    Subpath {
        category: String,
        next_product_reference: String,
    }
}

members! {
    Vulnerability {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cve: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ids: Vec<Identifier>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// 2.0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cwe: Option<Weakness>,
        /// 2.1.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cwes: Vec<Weakness>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        product_status: Option<ProductStatus>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        flags: Vec<Flag>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remediations: Vec<Remediation>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        threats: Vec<Threat>,
        /// 2.0.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        scores: Vec<Score>,
        /// 2.1.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        metrics: Vec<Metric>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        notes: Vec<Note>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        references: Vec<Reference>,
    }
}

members! {
    /// A name that another system gave the vulnerability.
    Identifier {
        system_name: String,
        text: String,
    }
}

members! {
    Weakness {
        id: String,
        name: String,
    }
}

members! {
    /// Identifiers of products by status.
    ProductStatus {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        first_affected: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        first_fixed: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fixed: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        known_affected: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        known_not_affected: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        last_affected: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        recommended: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        under_investigation: Vec<String>,
        /// 2.1.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unknown: Vec<String>,
    }
}

members! {
    /// Why a product is not affected, by a label of VEX.
    Flag {
        label: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        product_ids: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        group_ids: Vec<String>,
    }
}

members! {
    Remediation {
        /// `fix_planned`, `mitigation`, `no_fix_planned`, `none_available`, `optional_patch`, `vendor_fix`, `workaround`.
        category: String,
        details: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        date: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        product_ids: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        group_ids: Vec<String>,
    }
}

members! {
    Threat {
        /// `exploit_status`, `impact`, `target_set`.
        category: String,
        details: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        product_ids: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        group_ids: Vec<String>,
    }
}

members! {
    /// 2.0: `cvss_v2`, `cvss_v3` in `more`.
    Score {
        #[serde(default)]
        products: Vec<String>,
    }
}

members! {
    /// 2.1.
    Metric {
        /// `cvss_v2`, `cvss_v3`, `cvss_v4`, `epss`, `ssvc_v2`.
        content: More,
        #[serde(default)]
        products: Vec<String>,
    }
}

impl Vulnerability {
    /// Every CVSS vector with the products that it is for, of both versions of the format.
    pub fn cvss_vectors(&self) -> impl Iterator<Item = (&str, &[String])> {
        let old = self.scores.iter().map(|score| (&score.more, score.products.as_slice()));
        let new = self.metrics.iter().map(|metric| (&metric.content, metric.products.as_slice()));
        old.chain(new).flat_map(|(content, products)| {
            ["cvss_v4", "cvss_v3", "cvss_v2"]
                .into_iter()
                .filter_map(move |name| Some((content.get(name)?.get("vectorString")?.as_str()?, products)))
        })
    }

    /// Identifiers of the weakness (CWE), of both versions of the format.
    pub fn weaknesses(&self) -> impl Iterator<Item = &str> {
        self.cwe.iter().chain(&self.cwes).map(|weakness| weakness.id.as_str())
    }
}
