//! What-if patches: a second, partial model laid over the first.

use serde_json::{Map, Value};

use super::{Model, read};
use crate::error::{Error, Result};

/// Lays the partial model `patch` (YAML or JSON) over `model` and returns the variant.
///
/// Entries of `nodes`, `crews` and `causes` are matched by `id`: a key that the patch gives replaces that key, `null`
/// removes it, an unknown id is added, `{id: x, remove: true}` takes the entry out. `faults`, when given, replaces all
/// faults.
///
/// # Errors
/// `Parse` or `Invalid` when the patch or the result is not a model.
pub fn apply_patch(model: &Model, patch: &str) -> Result<Model> {
    let mut whole =
        serde_json::to_value(model).map_err(|error| Error::invalid("model", error.to_string()))?;
    let Value::Object(patch) = read::yaml::<Value>(patch)? else {
        return Err(Error::invalid("patch", "not a mapping"));
    };
    let Value::Object(target) = &mut whole else {
        return Err(Error::invalid("model", "not a mapping"));
    };
    for (key, value) in patch {
        match (key.as_str(), value) {
            ("nodes" | "crews" | "causes", Value::Array(entries)) => merge_entries(target, &key, entries)?,
            (_, value) => {
                target.insert(key, value);
            }
        }
    }
    serde_json::from_value(whole).map_err(|error| Error::invalid("patch", error.to_string()))
}

fn merge_entries(target: &mut Map<String, Value>, key: &str, entries: Vec<Value>) -> Result<()> {
    let list = target.entry(key).or_insert_with(|| Value::Array(Vec::new()));
    let Value::Array(list) = list else { return Err(Error::invalid(key, "not a list")) };
    for (at, entry) in entries.into_iter().enumerate() {
        let place = || format!("patch, {key}[{at}]");
        let Value::Object(mut fields) = entry else { return Err(Error::invalid(place(), "not a mapping")) };
        let id = fields.get("id").cloned().ok_or_else(|| Error::invalid(place(), "needs an id"))?;
        let found = list.iter().position(|old| old.get("id") == Some(&id));
        if fields.remove("remove") == Some(Value::Bool(true)) {
            let found =
                found.ok_or_else(|| Error::invalid(place(), format!("nothing called {id} to remove")))?;
            list.remove(found);
            continue;
        }
        match found.and_then(|found| list[found].as_object_mut()) {
            Some(old) => {
                for (name, value) in fields {
                    if value.is_null() {
                        old.remove(&name);
                    } else {
                        old.insert(name, value);
                    }
                }
            }
            None => list.push(Value::Object(fields)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::read_yaml;

    #[test]
    fn a_patch_replaces_adds_and_removes() {
        let model =
            read_yaml("nodes: [{id: a, restart: 1h, rto: 4h}, {id: b}]\nfaults: [{node: a}]").unwrap();
        let patch =
            "nodes: [{id: a, restart: 2h, rto: null}, {id: b, remove: true}, {id: c, run: a}]\nfaults: []";
        let variant = apply_patch(&model, patch).unwrap();
        let expected = read_yaml("nodes: [{id: a, restart: 2h}, {id: c, run: a}]").unwrap();
        assert_eq!(variant, expected);
        assert!(apply_patch(&model, "nodes: [{id: z, remove: true}]").is_err());
        assert!(apply_patch(&model, "nodes: [{restart: 1h}]").is_err());
        assert!(apply_patch(&model, "nodes: [{id: a, restrat: 1h}]").is_err());
    }
}
