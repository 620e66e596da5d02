//! From a text to a checked [`Model`]: every wrong field is named with its line, all of them in one go.

mod fields;
mod parts;

use std::collections::BTreeMap;
use std::io::Read;

use crate::error::{Fault, LossError};
use crate::model::Model;
use crate::tree::{self, Format, Node};
use fields::{Faults, Fields};

/// Reads and checks a model.
///
/// # Errors
/// [`LossError::Invalid`] with every fault found (at most 100), [`LossError::TooLarge`] above 16 MiB.
pub fn read_model(reader: impl Read, format: Format) -> Result<Model, LossError> {
    let text = tree::read_text(reader, "model")?;
    parse_model(&text, format)
}

/// [`read_model`] on a text.
///
/// # Errors
/// As [`read_model`].
pub fn parse_model(text: &str, format: Format) -> Result<Model, LossError> {
    decode(&tree::parse(text, format)?)
}

/// Checks a model that a program made.
///
/// # Errors
/// [`LossError::Invalid`] with every fault found.
pub fn check(model: &Model) -> Result<(), LossError> {
    let value = serde_json::to_value(model).map_err(|error| LossError::field("", error.to_string()))?;
    decode(&tree::from_json(&value)).map(|_| ())
}

fn decode(root: &Node) -> Result<Model, LossError> {
    let faults = Faults::default();
    let model = parts::model(&mut Fields::of(root, String::new(), &faults));
    cross_check(&model, root, &faults);
    let found = faults.into_vec();
    if found.is_empty() { Ok(model) } else { Err(LossError::Invalid(found)) }
}

/// What no single field can show: names used twice and names that nothing has.
fn cross_check(model: &Model, root: &Node, faults: &Faults) {
    unique(root, "shock", model.shock.iter().map(|item| item.id.as_str()), faults);
    unique(root, "scenario", model.scenario.iter().map(|item| item.id.as_str()), faults);
    unique(root, "layer", model.layer.iter().map(|item| item.id.as_str()), faults);
    unique(root, "control", model.control.iter().map(|item| item.id.as_str()), faults);
    for (index, scenario) in model.scenario.iter().enumerate() {
        for (position, link) in scenario.shocks.iter().enumerate() {
            let field = format!("scenario[{index}].shocks[{position}]");
            let line = line_of(root, &field);
            let Some(shock) = model.shock.iter().find(|shock| shock.id == link.id) else {
                let reason = format!(
                    "unknown shock {:?}; {}",
                    link.id,
                    known(model.shock.iter().map(|item| &item.id))
                );
                faults.add(Fault { line, field: format!("{field}.id"), reason });
                continue;
            };
            if shock.probability.is_none() && link.probability.is_none() {
                let reason = format!("neither this link nor shock {:?} gives a probability", link.id);
                faults.add(Fault { line, field: format!("{field}.probability"), reason });
            }
            if scenario.shocks[..position].iter().any(|other| other.id == link.id) {
                faults.add(Fault { line, field, reason: format!("shock {:?} is linked twice", link.id) });
            }
        }
    }
    for (index, control) in model.control.iter().enumerate() {
        for target in &control.acts_on {
            if !model.scenario.iter().any(|scenario| scenario.id == *target) {
                let field = format!("control[{index}].acts_on");
                let ids = known(model.scenario.iter().map(|item| &item.id));
                let line = line_of(root, &field);
                faults.add(Fault { line, field, reason: format!("unknown scenario {target:?}; {ids}") });
            }
        }
    }
}

fn known<'a>(ids: impl Iterator<Item = &'a String>) -> String {
    let ids: Vec<_> = ids.take(20).map(|id| format!("{id:?}")).collect();
    if ids.is_empty() { "the file has none".to_owned() } else { format!("the file has {}", ids.join(", ")) }
}

fn unique<'a>(root: &Node, table: &str, ids: impl Iterator<Item = &'a str>, faults: &Faults) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, id) in ids.enumerate() {
        if let Some(earlier) = first.insert(id, index) {
            let field = format!("{table}[{index}].id");
            let reason = format!("{id:?} is already the id of {table}[{earlier}]");
            faults.add(Fault { line: line_of(root, &field), field, reason });
        }
    }
}

/// The line of a path such as `scenario[2].shocks[0]`, or of the last part of it that exists.
fn line_of(root: &Node, path: &str) -> usize {
    let mut node = root;
    for step in path.split(['.', '[']) {
        let next = match (&node.value, step.trim_end_matches(']').parse::<usize>()) {
            (tree::Value::List(items), Ok(index)) => items.get(index),
            (tree::Value::Table(entries), _) => {
                entries.iter().find(|(key, _)| key == step).map(|(_, item)| item)
            }
            _ => None,
        };
        let Some(next) = next else { break };
        node = next;
    }
    node.line
}
