//! The neutral form: 87 items in four groups and three phases, and what each regime's form calls them.
//!
//! The cut follows FIRE 1.0 of the Financial Stability Board (15 April 2025): 87 items, 48 essential and 39 optional,
//! of the essential ones 19 wanted at the first report, 33 at the second, 48 at the last. The names are ours, so an
//! item here is no item code of FIRE.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::error::{Error, Result};
use crate::regime::{Duty, Regime};

const FILE: &str = include_str!("../form/spine.toml");

/// The report at which an item is wanted, and the stage that a duty is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    Initial,
    Intermediate,
    Final,
}

/// The four groups of items.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    Reporting,
    Incident,
    Impact,
    Closure,
}

/// One item of the neutral form.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub id: String,
    pub group: Group,
    /// From this report on the item is wanted.
    pub phase: Phase,
    pub essential: bool,
    pub name: String,
}

/// All items.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spine {
    pub item: Vec<Item>,
}

/// A form of an authority, and where its fields come from.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Form {
    pub id: String,
    pub title: String,
    /// The provision that lists its content.
    pub source: String,
    pub field: Vec<Field>,
}

/// A field of an authority's form.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// What the form asks, in our words.
    pub label: String,
    /// The items of the spine that answer it.
    pub items: Vec<String>,
    /// The report from which it is wanted.
    pub phase: Phase,
}

/// A field of a draft.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct DraftField {
    pub label: String,
    /// The answers by item; an item without answer is missing.
    pub answers: BTreeMap<String, Json>,
    pub missing: Vec<String>,
}

/// A form filled as far as the answers go.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Draft {
    pub regime: String,
    pub duty: String,
    pub form: String,
    pub title: String,
    pub recipient: String,
    pub fields: Vec<DraftField>,
}

impl Spine {
    /// The spine of this build.
    ///
    /// # Errors
    /// `Parse` when the file of this crate is not of its form.
    pub fn embedded() -> Result<Self> {
        toml::from_str(FILE).map_err(|error| Error::parse("form/spine.toml", error.to_string()))
    }

    fn knows(&self, id: &str) -> bool {
        self.item.iter().any(|item| item.id == id)
    }

    /// Every field of a regime's forms stands on items that exist.
    pub(crate) fn check(&self, regime: &Regime) -> Result<()> {
        for form in &regime.forms {
            for field in &form.field {
                if let Some(item) = field.items.iter().find(|item| !self.knows(item)) {
                    let place = format!("regimes/{}.toml, form {}", regime.id, form.id);
                    return Err(Error::invalid(place, format!("{}: there is no item `{item}`", field.label)));
                }
            }
        }
        Ok(())
    }

    /// Checks the answers of an event.
    ///
    /// # Errors
    /// `Invalid` for an item that does not exist.
    pub fn check_answers(&self, answers: &BTreeMap<String, Json>) -> Result<()> {
        match answers.keys().find(|item| !self.knows(item)) {
            None => Ok(()),
            Some(item) => {
                let item: String = item.chars().take(60).collect();
                Err(Error::invalid(format!("answers.{item}"), "there is no such item in the neutral form"))
            }
        }
    }
}

/// Drafts the form of a duty: every field wanted at its phase, answered from the event.
#[must_use]
pub fn draft(regime: &Regime, duty: &Duty, answers: &BTreeMap<String, Json>) -> Option<Draft> {
    let form = regime.forms.iter().find(|form| Some(&form.id) == duty.form.as_ref())?;
    let wanted = form.field.iter().filter(|field| field.phase <= duty.phase);
    let fields = wanted.map(|field| {
        let (known, missing): (Vec<&String>, Vec<&String>) =
            field.items.iter().partition(|item| answers.contains_key(*item));
        DraftField {
            label: field.label.clone(),
            answers: known.into_iter().map(|item| (item.clone(), answers[item].clone())).collect(),
            missing: missing.into_iter().cloned().collect(),
        }
    });
    Some(Draft {
        regime: regime.id.clone(),
        duty: duty.id.clone(),
        form: form.id.clone(),
        title: form.title.clone(),
        recipient: duty.recipient.clone(),
        fields: fields.collect(),
    })
}

/// Items that a draft still lacks, each once.
#[must_use]
pub fn missing(draft: &Draft) -> BTreeSet<&str> {
    draft.fields.iter().flat_map(|field| &field.missing).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spine_has_the_cut_of_its_source() {
        let items = Spine::embedded().unwrap().item;
        assert_eq!(items.len(), 87);
        let essential =
            |phase: Phase| items.iter().filter(|item| item.essential && item.phase <= phase).count();
        assert_eq!(
            (essential(Phase::Initial), essential(Phase::Intermediate), essential(Phase::Final)),
            (19, 33, 48)
        );
        let ids: BTreeSet<&str> = items.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(ids.len(), 87, "an id stands twice");
        let groups: BTreeSet<Group> = items.iter().map(|item| item.group).collect();
        assert_eq!(groups.len(), 4);
    }
}
