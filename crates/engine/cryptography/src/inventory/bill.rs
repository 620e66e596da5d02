//! Cryptographic assets of a CycloneDX bill of materials (1.6, 1.7; JSON or XML), held against all rules of its schema.

use std::collections::BTreeMap;

use quick_xml::events::Event;
use serde_json::{Map, Value};
use shinayaka_sbom::Limits;

use super::{Asset, AssetKind, obsolete_version, suite};
use crate::error::{Error, Result};
use crate::names::{Component, Family, Kind, Registry};

/// Largest file, in bytes.
pub const MAXIMUM_BYTES: usize = 128 << 20;
/// Deepest nesting.
const MAXIMUM_DEPTH: usize = 100;
/// Most assets of a file.
const MAXIMUM_ASSETS: usize = 100_000;

/// Reads the cryptographic assets of a bill; a document that breaks a rule of its schema is refused.
///
/// # Errors
/// `Parse` or `Invalid` with line or path and rule, `TooLarge` over the bounds.
pub fn read(registry: &Registry, bytes: &[u8]) -> Result<Vec<Asset>> {
    if bytes.len() > MAXIMUM_BYTES {
        return Err(Error::TooLarge { what: "bytes of the bill of materials", limit: MAXIMUM_BYTES });
    }
    let findings = shinayaka_sbom::validate(bytes, Limits::default())
        .map_err(|fault| Error::parse("bill of materials", fault.to_string()))?;
    if let Some(finding) = findings.first() {
        let line = finding.line.map_or(String::new(), |line| format!("line {line}, "));
        let more = findings.len() - 1;
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        return Err(Error::invalid(format!("{line}{}", finding.path), format!("{}{more}", finding.rule)));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let tree = if first == Some(&b'<') { tree(bytes)? } else { json(bytes)? };
    collect(registry, &tree)
}

fn json(bytes: &[u8]) -> Result<Value> {
    serde_json::from_slice(bytes).map_err(|error| {
        Error::parse(format!("line {}, column {}", error.line(), error.column()), error.to_string())
    })
}

fn add(open: &mut [Element], text: &str) {
    if let Some((_, _, so_far)) = open.last_mut() {
        so_far.push_str(text);
    }
}

/// Name, attributes and children, text so far.
type Element = (String, Map<String, Value>, String);

/// XML as the same kind of tree: an element is an object of its attributes and children, a leaf is its text.
fn tree(bytes: &[u8]) -> Result<Value> {
    let mut reader = quick_xml::Reader::from_reader(bytes);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = vec![(String::new(), Map::new(), String::new())];
    let mut buffer = Vec::new();
    loop {
        let at = reader.buffer_position();
        let fault = |message: String| Error::parse(format!("byte {at}"), message);
        match reader.read_event_into(&mut buffer).map_err(|error| fault(error.to_string()))? {
            Event::Start(start) => {
                if open.len() > MAXIMUM_DEPTH {
                    return Err(fault(format!("more than {MAXIMUM_DEPTH} elements inside of each other")));
                }
                let mut attributes = Map::new();
                for attribute in start.attributes() {
                    let attribute = attribute.map_err(|error| fault(error.to_string()))?;
                    let key = attribute.key.local_name().as_ref().to_owned();
                    let value = attribute.value.clone().into_owned();
                    attributes.insert(key, Value::String(value));
                }
                let name = start.local_name().as_ref().to_owned();
                open.push((name, attributes, String::new()));
            }
            Event::End(_) => {
                let Some((name, map, text)) = open.pop() else {
                    return Err(fault("an end without a start".into()));
                };
                let value =
                    if map.is_empty() { Value::String(text.trim().to_owned()) } else { Value::Object(map) };
                let Some((_, parent, _)) = open.last_mut() else {
                    return Err(fault("an end without a start".into()));
                };
                match parent.get_mut(&name) {
                    Some(Value::Array(list)) => list.push(value),
                    Some(other) => *other = Value::Array(vec![other.take(), value]),
                    None => drop(parent.insert(name, value)),
                }
            }
            Event::Text(text) => add(&mut open, &text),
            Event::CData(text) => add(&mut open, &text),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().ok().flatten();
                let character = character.or(match &*reference {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => None,
                });
                let Some(character) = character else {
                    return Err(fault("an entity is not expanded".into()));
                };
                add(&mut open, character.encode_utf8(&mut [0; 4]));
            }
            Event::Eof => break,
            _ => {}
        }
        buffer.clear();
    }
    Ok(Value::Object(open.swap_remove(0).1))
}

fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(value, |value, key| value.get(key))?.as_str()
}

/// The items of a list: a JSON array, or the children `item` of an XML element.
fn items<'a>(value: &'a Value, key: &str, item: &str) -> Vec<&'a Value> {
    match value.get(key) {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(Value::Object(map)) => match map.get(item) {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one) => vec![one],
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

struct Found<'a> {
    path: String,
    component: &'a Value,
    properties: &'a Value,
}

fn collect(registry: &Registry, tree: &Value) -> Result<Vec<Asset>> {
    let mut found = Vec::new();
    find(tree, String::new(), &mut found)?;
    let mut assets = Vec::new();
    let mut by_reference: BTreeMap<&str, Vec<Component>> = BTreeMap::new();
    for asset in found.iter().filter(|asset| text(asset.properties, &["assetType"]) == Some("algorithm")) {
        let read = algorithm(registry, asset);
        if let Some(reference) = text(asset.component, &["bom-ref"]) {
            by_reference.insert(reference, read.components.clone());
        }
        assets.push(read);
    }
    for asset in &found {
        match text(asset.properties, &["assetType"]) {
            Some("protocol") => protocol(registry, asset, &mut assets),
            Some("certificate") => certificate(asset, &by_reference, &mut assets),
            Some("related-crypto-material") => material(registry, asset, &by_reference, &mut assets),
            _ => {}
        }
    }
    Ok(assets)
}

fn find<'a>(value: &'a Value, path: String, into: &mut Vec<Found<'a>>) -> Result<()> {
    match value {
        Value::Object(map) => {
            if let Some(properties) = map.get("cryptoProperties") {
                if into.len() >= MAXIMUM_ASSETS {
                    return Err(Error::TooLarge { what: "cryptographic assets", limit: MAXIMUM_ASSETS });
                }
                into.push(Found { path: path.clone(), component: value, properties });
            }
            for (key, child) in map {
                if matches!(child, Value::Object(_) | Value::Array(_)) {
                    find(child, format!("{path}/{key}"), into)?;
                }
            }
        }
        Value::Array(list) => {
            for (at, child) in list.iter().enumerate() {
                find(child, format!("{path}/{at}"), into)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn title<'a>(found: &Found<'a>) -> &'a str {
    text(found.component, &["name"]).unwrap_or("")
}

fn algorithm(registry: &Registry, found: &Found<'_>) -> Asset {
    let properties = found.properties.get("algorithmProperties").unwrap_or(&Value::Null);
    let name = title(found);
    let mut asset = Asset::named(registry, AssetKind::Algorithm, &found.path, name);
    let oid = text(found.properties, &["oid"]).and_then(|oid| registry.oid(oid));
    if asset.components.is_empty() {
        // The identifier or the family says what the name does not.
        let family =
            text(properties, &["algorithmFamily"]).map(|family| registry.recognise(family).components);
        asset.components = oid.map(|component| vec![component]).or(family).unwrap_or_default();
    }
    if !asset.components.is_empty() {
        asset.unknown.clear();
    }
    let parameter = text(properties, &["parameterSetIdentifier"]);
    let number = parameter.and_then(|text| {
        let digits: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
        digits.parse::<u32>().ok()
    });
    let curve_name = text(properties, &["ellipticCurve"]).or_else(|| text(properties, &["curve"]));
    let curve = curve_name.and_then(|name| {
        let name = name.rsplit('/').next().unwrap_or(name);
        let curves = registry.recognise(name).components;
        curves.into_iter().find(|component| registry.algorithm(*component).kind == Kind::Curve)
    });
    for component in &mut asset.components {
        let family = registry.algorithm(*component).family;
        if matches!(family, Family::Cipher | Family::Integer | Family::Lattice)
            && component.parameter.is_none()
        {
            component.parameter = number.or(oid.and_then(|oid| oid.parameter));
        }
        if family == Family::Curve && component.curve.is_none() {
            component.curve = curve.map(|curve| curve.algorithm);
        }
    }
    hash_by_size(registry, name, number, &mut asset);
    for key in ["mode", "padding"] {
        if let Some(word) =
            text(properties, &[key]).filter(|word| !matches!(*word, "other" | "unknown" | "raw"))
        {
            add_detail(registry, word, &mut asset);
        }
    }
    asset
}

/// A family of hashes with its size as parameter: SHA-2 with 256.
fn hash_by_size(registry: &Registry, name: &str, number: Option<u32>, asset: &mut Asset) {
    if let (true, Some(number)) =
        (asset.components.is_empty() || matches!(name, "SHA" | "SHA-2" | "SHA2"), number)
    {
        let found = registry.recognise(&format!("{name}-{number}"));
        if found.unknown.is_empty() && !found.components.is_empty() {
            asset.components = found.components;
            asset.unknown.clear();
        }
    }
}

fn add_detail(registry: &Registry, word: &str, asset: &mut Asset) {
    let rsa = registry.place("rsa");
    match word {
        "oaep" | "pkcs1v15" => {
            let id = if word == "oaep" { "rsa-oaep" } else { "rsaes-pkcs1-v1_5" };
            for component in asset.components.iter_mut().filter(|component| Some(component.algorithm) == rsa)
            {
                if let Some(place) = registry.place(id) {
                    component.algorithm = place;
                }
            }
        }
        _ => {
            for component in registry.recognise(word).components {
                let known = asset.components.iter().any(|other| other.algorithm == component.algorithm);
                if !known && registry.algorithm(component).kind == Kind::Mode {
                    asset.components.push(component);
                }
            }
        }
    }
}

fn protocol(registry: &Registry, found: &Found<'_>, assets: &mut Vec<Asset>) {
    let properties = found.properties.get("protocolProperties").unwrap_or(&Value::Null);
    let kind = text(properties, &["type"]).unwrap_or("other");
    let version = text(properties, &["version"]).unwrap_or("");
    let mut asset = Asset::bare(AssetKind::Protocol, &found.path, format!("{kind} {version}").trim());
    if kind == "tls" {
        asset.obsolete = obsolete_version(version);
    }
    assets.push(asset);
    for (at, entry) in items(properties, "cipherSuites", "cipherSuite").into_iter().enumerate() {
        let Some(name) = text(entry, &["name"]) else { continue };
        let (components, unknown) = suite::components(registry, name);
        let place = format!("{}/cryptoProperties/protocolProperties/cipherSuites/{at}", found.path);
        let bare = Asset::bare(AssetKind::CipherSuite, place, name);
        assets.push(Asset { components, unknown, ..bare });
    }
}

fn certificate(found: &Found<'_>, known: &BTreeMap<&str, Vec<Component>>, assets: &mut Vec<Asset>) {
    let properties = found.properties.get("certificateProperties").unwrap_or(&Value::Null);
    let expires = text(properties, &["notValidAfter"]).map(str::to_owned);
    for (key, kind) in [
        ("signatureAlgorithmRef", AssetKind::CertificateSignature),
        ("subjectPublicKeyRef", AssetKind::CertificateKey),
    ] {
        let Some(reference) = text(properties, &[key]) else { continue };
        let mut asset = Asset::bare(kind, &found.path, &format!("{}, {reference}", title(found)));
        asset.expires.clone_from(&expires);
        match known.get(reference) {
            Some(components) => asset.components.clone_from(components),
            None => asset.unknown.push(reference.chars().take(200).collect()),
        }
        assets.push(asset);
    }
}

fn material(
    registry: &Registry,
    found: &Found<'_>,
    known: &BTreeMap<&str, Vec<Component>>,
    assets: &mut Vec<Asset>,
) {
    let properties = found.properties.get("relatedCryptoMaterialProperties").unwrap_or(&Value::Null);
    let kind = text(properties, &["type"]).unwrap_or("other");
    if !matches!(kind, "private-key" | "public-key" | "secret-key" | "key") {
        return;
    }
    let mut asset = Asset::bare(AssetKind::Key, &found.path, &format!("{} ({kind})", title(found)));
    asset.expires = text(properties, &["expirationDate"]).map(str::to_owned);
    let reference = text(properties, &["algorithmRef"]);
    match reference.and_then(|reference| known.get(reference)) {
        Some(components) => asset.components.clone_from(components),
        None => asset.components = registry.recognise(title(found)).components,
    }
    if asset.components.is_empty() {
        asset.unknown.push(reference.unwrap_or("algorithm not said").chars().take(200).collect());
    }
    let size = match properties.get("size") {
        Some(Value::Number(number)) => number.as_u64().and_then(|size| u32::try_from(size).ok()),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    for component in &mut asset.components {
        if component.parameter.is_none()
            && matches!(registry.algorithm(*component).family, Family::Cipher | Family::Integer)
        {
            component.parameter = size;
        }
    }
    assets.push(asset);
}
