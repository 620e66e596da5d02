//! What a node needs: a tree of `all`, `any`, `k_of_n` and `weighted` over suppliers.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::duration::Duration;
use super::timing::{Evidence, Timing};

/// A condition over suppliers.
#[derive(Clone, Debug, PartialEq)]
pub enum Gate {
    /// Holds while this supplier delivers.
    Supplier(Supplier),
    /// Holds while every member holds. The empty `all` always holds.
    All(Vec<Gate>),
    /// Holds while at least one member holds.
    Any(Vec<Gate>),
    /// Holds while at least `k` members hold.
    KOfN { k: u32, of: Vec<Gate> },
    /// Holds while the members that hold carry at least `share` of the total weight.
    Weighted { share: f64, of: Vec<Gate> },
}

/// One edge: the supplier's id, and how the dependence on it behaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Supplier {
    pub node: String,
    /// Boxed because most edges of large graphs say nothing more.
    pub terms: Option<Box<Terms>>,
}

/// Whether losing the supplier stops the dependent or only slows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EdgeGrade {
    /// The gate fails without it.
    #[default]
    Hard,
    /// The dependent goes on at `degraded_to` of its performance.
    Degrading,
}

/// The terms of one edge; everything is optional.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    #[serde(default, skip_serializing_if = "is_default")]
    pub grade: EdgeGrade,
    /// Performance left, 0..1, when a degrading supplier is lost. Default 0.5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded_to: Option<f64>,
    /// How long the dependent goes on without the supplier (battery, cache, stock, manual work-around);
    /// full again as soon as the supplier is back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buffer: Option<Timing>,
    /// For an alternative: the time from the loss of the others until this one carries the load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch: Option<Timing>,
    /// The share of the dependent's need, 0..1, that this supplier can carry. Default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<f64>,
    /// Weight inside a `weighted` gate. Default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Shared causes that cut this edge (a building, an update channel, a GNSS receiver).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// How the edge is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// Recovery time the supplier promises in the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_rto: Option<Duration>,
    /// Whether a plan exists for leaving this supplier (DORA register, B_07.01).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_plan: Option<bool>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The terms of an edge on which nothing was said.
static PLAIN: Terms = Terms {
    grade: EdgeGrade::Hard,
    degraded_to: None,
    buffer: None,
    switch: None,
    capacity: None,
    weight: None,
    causes: Vec::new(),
    evidence: None,
    contract_rto: None,
    exit_plan: None,
};

impl Supplier {
    /// A plain hard edge.
    pub fn new(node: impl Into<String>) -> Self {
        Self { node: node.into(), terms: None }
    }

    /// The terms, or the defaults.
    pub fn terms(&self) -> &Terms {
        self.terms.as_deref().unwrap_or(&PLAIN)
    }
}

impl Gate {
    /// A plain edge to `node`.
    pub fn on(node: impl Into<String>) -> Self {
        Self::Supplier(Supplier::new(node))
    }

    /// The members, empty for a supplier.
    pub fn members(&self) -> &[Gate] {
        match self {
            Self::Supplier(_) => &[],
            Self::All(of) | Self::Any(of) | Self::KOfN { of, .. } | Self::Weighted { of, .. } => of,
        }
    }

    /// Every supplier of the tree, in the order written.
    pub fn suppliers(&self) -> Vec<&Supplier> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(gate) = open.pop() {
            match gate {
                Self::Supplier(supplier) => found.push(supplier),
                _ => open.extend(gate.members().iter().rev()),
            }
        }
        found
    }

    /// Suppliers without which the gate cannot hold: those under nothing but `all`.
    pub fn required(&self) -> Vec<&Supplier> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(gate) = open.pop() {
            match gate {
                Self::Supplier(supplier) => found.push(supplier),
                Self::All(of) => open.extend(of.iter().rev()),
                _ if gate.members().len() == 1 => open.push(&gate.members()[0]),
                _ => {}
            }
        }
        found
    }
}

impl Serialize for Supplier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            node: &'a str,
            #[serde(flatten)]
            terms: &'a Terms,
        }
        match &self.terms {
            None => serializer.serialize_str(&self.node),
            Some(terms) => Written { node: &self.node, terms }.serialize(serializer),
        }
    }
}

impl Serialize for Gate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = match self {
            Self::Supplier(supplier) => return supplier.serialize(serializer),
            _ => serializer.serialize_map(None)?,
        };
        match self {
            Self::Supplier(_) => {}
            Self::All(of) => map.serialize_entry("all", of)?,
            Self::Any(of) => map.serialize_entry("any", of)?,
            Self::KOfN { k, of } => {
                map.serialize_entry("k_of_n", k)?;
                map.serialize_entry("of", of)?;
            }
            Self::Weighted { share, of } => {
                map.serialize_entry("weighted", share)?;
                map.serialize_entry("of", of)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Gate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GateVisitor)
    }
}

struct GateVisitor;

impl<'de> de::Visitor<'de> for GateVisitor {
    type Value = Gate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a node id, {node: ...}, {all: [...]}, {any: [...]}, {k_of_n: 2, of: [...]} or {weighted: 0.6, of: [...]}")
    }

    fn visit_str<E: de::Error>(self, id: &str) -> Result<Gate, E> {
        Ok(Gate::on(id))
    }

    /// An id may look like a number (an AS number).
    fn visit_u64<E: de::Error>(self, id: u64) -> Result<Gate, E> {
        Ok(Gate::on(id.to_string()))
    }

    /// A bare list is an `all`.
    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Gate, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = list.next_element()? {
            members.push(member);
        }
        Ok(Gate::All(members))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Gate, A::Error> {
        let mut fields = GateFields::default();
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            match &*key {
                "all" => fields.kind("all", map.next_value()?)?,
                "any" => fields.kind("any", map.next_value()?)?,
                "k_of_n" => fields.counted("k_of_n", map.next_value()?)?,
                "weighted" => fields.counted("weighted", map.next_value()?)?,
                "of" => fields.of = Some(map.next_value()?),
                "k" | "share" => fields.number = Some(map.next_value()?),
                "node" => fields.node = Some(map.next_value()?),
                _ => fields.terms_field(&key, &mut map)?,
            }
        }
        fields.finish()
    }
}

/// `k_of_n` and `weighted` may hold the number, the members, or both.
#[derive(Deserialize)]
#[serde(untagged)]
enum Counted {
    Number(f64),
    Members(Vec<Gate>),
    Both {
        #[serde(alias = "k", alias = "share")]
        at_least: f64,
        of: Vec<Gate>,
    },
}

/// The keys of a gate's mapping, collected before they are judged together.
#[derive(Default)]
struct GateFields {
    kind: Option<&'static str>,
    of: Option<Vec<Gate>>,
    number: Option<f64>,
    node: Option<String>,
    terms: Option<Box<Terms>>,
}

impl GateFields {
    fn kind<E: de::Error>(&mut self, kind: &'static str, of: Vec<Gate>) -> Result<(), E> {
        self.name_kind(kind)?;
        self.of = Some(of);
        Ok(())
    }

    fn counted<E: de::Error>(&mut self, kind: &'static str, value: Counted) -> Result<(), E> {
        self.name_kind(kind)?;
        match value {
            Counted::Number(number) => self.number = Some(number),
            Counted::Members(of) => self.of = Some(of),
            Counted::Both { at_least, of } => (self.number, self.of) = (Some(at_least), Some(of)),
        }
        Ok(())
    }

    fn name_kind<E: de::Error>(&mut self, kind: &'static str) -> Result<(), E> {
        match self.kind.replace(kind) {
            None => Ok(()),
            Some(other) => Err(E::custom(format!("a gate is `{other}` or `{kind}`, not both"))),
        }
    }

    fn terms_field<'de, A: de::MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let terms = self.terms.get_or_insert_default();
        match key {
            "grade" => terms.grade = map.next_value()?,
            "degraded_to" => terms.degraded_to = map.next_value()?,
            "buffer" => terms.buffer = map.next_value()?,
            "switch" => terms.switch = map.next_value()?,
            "capacity" => terms.capacity = map.next_value()?,
            "weight" => terms.weight = map.next_value()?,
            "causes" => terms.causes = map.next_value()?,
            "evidence" => terms.evidence = map.next_value()?,
            "contract_rto" => terms.contract_rto = map.next_value()?,
            "exit_plan" => terms.exit_plan = map.next_value()?,
            other => {
                return Err(de::Error::custom(format!(
                    "unknown key `{other}` in a gate (all, any, k_of_n, weighted, node and its terms)"
                )));
            }
        }
        Ok(())
    }

    fn finish<E: de::Error>(self) -> Result<Gate, E> {
        if let Some(node) = self.node {
            if self.kind.is_some() || self.of.is_some() {
                return Err(E::custom(format!("`{node}` is one supplier; it has no members")));
            }
            return Ok(Gate::Supplier(Supplier { node, terms: self.terms }));
        }
        let kind =
            self.kind.ok_or_else(|| E::custom("a gate needs one of node, all, any, k_of_n, weighted"))?;
        if self.terms.is_some() {
            return Err(E::custom(format!("terms such as buffer belong to a `node`, not to `{kind}`")));
        }
        let of = self.of.ok_or_else(|| E::custom(format!("`{kind}` needs its members under `of`")))?;
        let number = || self.number.ok_or_else(|| E::custom(format!("`{kind}` needs its number")));
        Ok(match kind {
            "all" => Gate::All(of),
            "any" => Gate::Any(of),
            "k_of_n" => {
                let k = number()?;
                if k.fract() != 0.0 || !(0.0..=f64::from(u32::MAX)).contains(&k) {
                    return Err(E::custom(format!("k of `k_of_n` is {k}, not a whole number")));
                }
                Gate::KOfN { k: k as u32, of }
            }
            _ => Gate::Weighted { share: number()?, of },
        })
    }
}

impl JsonSchema for Supplier {
    fn schema_name() -> Cow<'static, str> {
        "Supplier".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Terms::json_schema(generator);
        if let Some(serde_json::Value::Object(properties)) = schema.get_mut("properties") {
            properties.insert(
                "node".into(),
                serde_json::json!({"type": "string", "description": "Id of the supplier."}),
            );
        }
        schema.insert("required".into(), serde_json::json!(["node"]));
        schema
    }
}

impl JsonSchema for Gate {
    fn schema_name() -> Cow<'static, str> {
        "Gate".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let supplier = generator.subschema_for::<Supplier>();
        let members = serde_json::json!({"type": "array", "items": generator.subschema_for::<Gate>()});
        let of = |kind: &str, number: serde_json::Value| {
            serde_json::json!({
                "type": "object", "required": [kind, "of"], "additionalProperties": false,
                "properties": { kind: number, "of": members },
            })
        };
        let plain = |kind: &str| {
            serde_json::json!({
                "type": "object", "required": [kind], "additionalProperties": false, "properties": { kind: members },
            })
        };
        json_schema!({
            "description": "A node id, one supplier with its terms, or a tree over them.",
            "anyOf": [
                {"type": "string"},
                supplier,
                plain("all"),
                plain("any"),
                of("k_of_n", serde_json::json!({"type": "integer", "minimum": 0})),
                of("weighted", serde_json::json!({"type": "number", "minimum": 0, "maximum": 1})),
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Gate, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_form_survives_a_round_trip() {
        for text in [
            r#""a""#,
            r#"{"node":"a","buffer":"3h","causes":["update:x"],"evidence":"contract/2026-01-01"}"#,
            r#"{"all":["a",{"any":["b","c"]}]}"#,
            r#"{"k_of_n":2,"of":["a","b","c"]}"#,
            r#"{"k_of_n":{"k":2,"of":["a","b","c"]}}"#,
            r#"{"k_of_n":["a","b","c"],"k":2}"#,
            r#"{"weighted":0.6,"of":[{"node":"a","weight":2.0},"b"]}"#,
            r#"{"weighted":{"share":0.6,"of":["a","b"]}}"#,
            r#"["a","b"]"#,
        ] {
            let gate = read(text).unwrap();
            assert_eq!(read(&serde_json::to_string(&gate).unwrap()).unwrap(), gate, "{text}");
        }
        assert_eq!(read(r#"{"k_of_n":{"k":2,"of":["a"]}}"#), read(r#"{"of":["a"],"k_of_n":2}"#));
    }

    #[test]
    fn broken_gates_say_what_is_wrong() {
        for (text, part) in [
            (r#"{"all":["a"],"any":["b"]}"#, "not both"),
            (r#"{"node":"a","any":["b"]}"#, "one supplier"),
            (r#"{"k_of_n":1.5,"of":["a"]}"#, "whole number"),
            (r#"{"k_of_n":["a"]}"#, "needs its number"),
            (r#"{"weighted":0.5}"#, "needs its members"),
            (r#"{"buffer":"3h"}"#, "needs one of"),
            (r#"{"al":["a"]}"#, "unknown key `al`"),
            (r#"{"any":["a"],"buffer":"1h"}"#, "belong to a `node`"),
            (r#"{"node":"a","buffer":-1}"#, "finite number above 0"),
            ("3.5", "a node id"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
