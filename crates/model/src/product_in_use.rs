//! A product that an organisation runs, named as sharply as it can: by package URL, by CPE, or in free words.

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Result,
    object::{Field, FieldValues, Record},
};

use crate::{
    bounds::{MAXIMUM_NOTE_BYTES, check_text},
    organisation::{check_code, check_name},
    vocabulary::vocabulary,
};

/// Bytes of a package URL or CPE name.
pub const MAXIMUM_IDENTIFIER_BYTES: usize = 500;

vocabulary! {
    /// Whether the internet can reach it.
    #[derive(Default)]
    Exposure("exposure") {
        InternetFacing = "internet_facing",
        Internal = "internal",
        #[default]
        Unknown = "unknown",
    }
}

/// A product in use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductInUse {
    /// Code of the organisation that runs it.
    pub organisation: String,
    /// As people call it. At least one of name, purl and cpe is there.
    #[serde(default)]
    pub name: String,
    /// In the words of its maker.
    #[serde(default)]
    pub version: String,
    /// Package URL (purl specification, ECMA-427).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purl: Option<String>,
    /// Formatted string of CPE 2.3 (NIST IR 7695).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpe: Option<String>,
    #[serde(default)]
    pub exposure: Exposure,
    #[serde(default)]
    pub note: String,
}

impl ProductInUse {
    /// Under which keys the product is found: see [`product_keys`].
    pub fn keys(&self) -> Vec<String> {
        product_keys(&self.name, self.purl.as_deref(), self.cpe.as_deref())
    }
}

/// The keys under which a product is found, whatever its version: `purl:npm/left-pad`, `cpe:vendor:product`,
/// `name:words in lower case`. An index value holds their first 64 bytes; compare the whole key, too.
pub fn product_keys(name: &str, purl: Option<&str>, cpe: Option<&str>) -> Vec<String> {
    let words = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let name = (!words.is_empty()).then(|| format!("name:{words}"));
    let purl = purl.and_then(purl_name).map(|name| format!("purl:{name}"));
    let cpe = cpe.and_then(cpe_name).map(|name| format!("cpe:{name}"));
    [name, purl, cpe].into_iter().flatten().collect()
}

/// Type, namespace and name of a package URL, in lower case.
fn purl_name(purl: &str) -> Option<String> {
    let rest = purl.trim().strip_prefix("pkg:")?.trim_start_matches('/');
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let path = &rest[..end];
    // A version begins after the last @ that is behind the last slash; a scope (@angular/core) has its @ before one.
    let after_slash = path.rfind('/')? + 1;
    let path = match path[after_slash..].rfind('@') {
        Some(0) | None => path,
        Some(place) => &path[..after_slash + place],
    };
    let (kind, name) = path.split_once('/')?;
    (!kind.is_empty() && !name.is_empty()).then(|| path.to_lowercase())
}

/// Vendor and product of a CPE 2.3 formatted string, in lower case.
fn cpe_name(cpe: &str) -> Option<String> {
    let rest = cpe.trim().strip_prefix("cpe:2.3:")?;
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for character in rest.chars() {
        if character == ':' && !escaped {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(character);
        }
        escaped = character == '\\' && !escaped;
    }
    let [part, vendor, product, ..] = parts.as_slice() else { return None };
    let named = ["a", "o", "h"].contains(&part.as_str()) && !vendor.is_empty() && !product.is_empty();
    (named && product != "*").then(|| format!("{vendor}:{product}").to_lowercase())
}

impl Record for ProductInUse {
    const KIND: &'static str = "product_in_use";
    const SCHEMA: u16 = 1;
    const LABEL_FOLLOWS_RECORD: bool = true;
    const FIELDS: &'static [Field] = &[
        Field { name: "organisation", facet: false },
        Field { name: "product", facet: false },
        Field { name: "exposure", facet: true },
        Field { name: "synthetic", facet: true },
    ];

    fn validate(&self) -> Result<()> {
        check_code("organisation", &self.organisation)?;
        check_name("name", &self.name)?;
        if self.name.is_empty() && self.purl.is_none() && self.cpe.is_none() {
            return Err(Error::invalid("name", "a name, a package URL or a CPE name is needed"));
        }
        check_name("version", &self.version)?;
        if let Some(purl) = &self.purl {
            check_text("purl", purl, MAXIMUM_IDENTIFIER_BYTES)?;
            purl_name(purl)
                .ok_or_else(|| Error::invalid("purl", "must be a package URL: pkg:npm/left-pad@1.3.0"))?;
        }
        if let Some(cpe) = &self.cpe {
            check_text("cpe", cpe, MAXIMUM_IDENTIFIER_BYTES)?;
            let form = "must be a CPE 2.3 name: cpe:2.3:a:vendor:product:1.0:*:*:*:*:*:*:*";
            cpe_name(cpe).ok_or_else(|| Error::invalid("cpe", form))?;
        }
        check_text("note", &self.note, MAXIMUM_NOTE_BYTES)
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("organisation", &self.organisation);
        for key in self.keys() {
            values.text("product", &key);
        }
        values.text("exposure", self.exposure.as_str());
        values.text("synthetic", if values.is_synthetic() { "true" } else { "false" });
    }

    fn title(&self) -> String {
        let named = [Some(self.name.as_str()), self.purl.as_deref(), self.cpe.as_deref()];
        named.into_iter().flatten().find(|name| !name.is_empty()).unwrap_or_default().to_owned()
    }

    fn texts(&self) -> Vec<&str> {
        let identifiers = [self.purl.as_deref(), self.cpe.as_deref()].into_iter().flatten();
        let texts = [self.name.as_str(), &self.note].into_iter();
        texts.chain(identifiers).filter(|text| !text.is_empty()).collect()
    }
}
