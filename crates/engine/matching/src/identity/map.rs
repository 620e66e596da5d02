//! The curated identity map: which names mean the same product. A person decided each entry; matching only reads them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Identity;

/// Where a finding that goes through the map stands among the confidence tiers.
pub const TIER: u8 = 3;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// Named in proofs, so that a verdict can be traced to the edition of the map.
    pub version: String,
    #[serde(default)]
    pub note: Option<String>,
    pub entries: Vec<Entry>,
}

/// Names of one product. `names` are keys as [`Identity`] writes them: `pkg:npm/lodash`, `cpe:a:lodash:lodash`,
/// `product:lodash/lodash`, `model:vendor/number`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub id: String,
    pub names: Vec<Identity>,
    /// Who decided, and when.
    pub decided: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    #[error("identity map: {0}")]
    Form(String),
    #[error("identity map: \"{name}\" stands in entries {first} and {second}")]
    Twice { name: String, first: String, second: String },
}

/// The map ready for use: each name with the names of its entry.
#[derive(Debug, Clone, Default)]
pub struct Names {
    version: String,
    by_name: BTreeMap<Identity, usize>,
    entries: Vec<Entry>,
}

impl Map {
    /// # Errors
    /// What is not JSON of this form, with line and column.
    pub fn read(text: &str) -> Result<Self, MapError> {
        serde_json::from_str(text).map_err(|error| MapError::Form(error.to_string()))
    }

    /// The map that comes with the program.
    ///
    /// # Panics
    /// Never: a test reads the embedded file.
    pub fn built_in() -> Self {
        Self::read(include_str!("../../data/identity-map.json")).expect("a test reads the embedded map")
    }

    /// # Errors
    /// A name in two entries would join them behind the back of whoever decided.
    pub fn names(self) -> Result<Names, MapError> {
        let mut by_name: BTreeMap<Identity, usize> = BTreeMap::new();
        for (at, entry) in self.entries.iter().enumerate() {
            for name in &entry.names {
                if let Some(before) = by_name.insert(name.clone(), at) {
                    return Err(MapError::Twice {
                        name: name.to_string(),
                        first: self.entries[before].id.clone(),
                        second: entry.id.clone(),
                    });
                }
            }
        }
        Ok(Names { version: self.version, by_name, entries: self.entries })
    }
}

impl Names {
    /// The other names of the product, with the name of the entry.
    pub fn others(&self, name: &Identity) -> Option<(&Entry, impl Iterator<Item = &Identity>)> {
        let entry = &self.entries[*self.by_name.get(name)?];
        let own = name.clone();
        Some((entry, entry.names.iter().filter(move |other| **other != own)))
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    /// Does an entry hold this key?
    pub fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_map_is_sound() {
        let names = Map::built_in().names().unwrap();
        let lodash = Identity::from_key("cpe:a:lodash:lodash");
        let (entry, others) = names.others(&lodash).unwrap();
        assert_eq!(entry.id, "lodash");
        assert!(others.into_iter().any(|name| name.as_str() == "pkg:npm/lodash"));
    }

    #[test]
    fn a_name_in_two_entries_is_refused() {
        let text = r#"{"version":"1","entries":[
            {"id":"a","names":["pkg:npm/a"],"decided":"x"},{"id":"b","names":["pkg:npm/a"],"decided":"x"}]}"#;
        assert!(matches!(Map::read(text).unwrap().names(), Err(MapError::Twice { .. })));
    }
}
