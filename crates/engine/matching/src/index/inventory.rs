//! Components, sorted by identity and version key, so that an advisory is a range scan.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::layout::{self, Bytes, IndexError, Sections, column, count, u32_at};
use super::segment::NOTHING;
use super::strings::{Dictionary, Interner};
use crate::identity::map::{Names, TIER};
use crate::identity::purl::Purl;
use crate::identity::{Identity, cpe::Cpe};
use crate::version::Scheme;

const MAGIC: &[u8; 8] = b"SHINAINV";

mod section {
    pub const STRING_STARTS: usize = 0;
    pub const STRING_BYTES: usize = 1;
    pub const IDENTITIES: usize = 2;
    pub const KEY_STARTS: usize = 3;
    pub const KEY_BYTES: usize = 4;
    pub const VERSION_STARTS: usize = 5;
    pub const VERSION_BYTES: usize = 6;
    pub const ROW_COMPONENTS: usize = 7;
    pub const ROW_TIERS: usize = 8;
    pub const COMPONENT_STARTS: usize = 9;
    pub const COMPONENT_BYTES: usize = 10;
    pub const DETAILS: usize = 11;
    pub const COUNT: usize = 12;
}

/// What an inventory says of a component beside its package URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// CPE names that the inventory states for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cpes: Vec<String>,
    /// Identities of the products of which it is a part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Identity>,
    /// The inventory that holds it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Reachable by anyone over a public network, where the inventory knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposed: Option<bool>,
}

/// A component to be matched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Component {
    /// Its package URL, or the name under which findings show it.
    pub text: String,
    /// Names beside the package URL, each with its version.
    pub names: Vec<(Identity, Option<String>)>,
    pub details: Details,
}

#[derive(Clone, Copy)]
struct Row {
    identity: u32,
    key: u32,
    key_length: u16,
    version_length: u16,
    version: u32,
    component: u32,
    tier: u8,
}

pub struct InventoryBuilder<'m> {
    map: &'m Names,
    strings: Interner,
    schemes: Vec<Scheme>,
    rows: Vec<Row>,
    keys: Vec<u8>,
    versions: Vec<u8>,
    component_bytes: Vec<u8>,
    component_starts: Vec<u32>,
    details: Vec<u32>,
}

impl<'m> InventoryBuilder<'m> {
    pub fn new(map: &'m Names) -> Self {
        Self {
            map,
            strings: Interner::default(),
            schemes: Vec::new(),
            rows: Vec::new(),
            keys: Vec::new(),
            versions: Vec::new(),
            component_bytes: Vec::new(),
            component_starts: Vec::new(),
            details: Vec::new(),
        }
    }

    pub fn components(&self) -> usize {
        self.component_starts.len()
    }

    /// A component of which only the package URL is known. The common plain form is not parsed in full.
    pub fn push_purl(&mut self, text: &str) {
        match plain_purl(text) {
            Some((package, version)) if !self.map.has(package) => {
                let component = self.component(text, NOTHING);
                self.row(package.as_bytes(), Some(version), component, 1);
            }
            _ => self.push(&Component { text: text.to_owned(), ..Component::default() }),
        }
    }

    pub fn push(&mut self, component: &Component) {
        let details = if component.details == Details::default() {
            NOTHING
        } else {
            let text = serde_json::to_string(&component.details).unwrap_or_default();
            self.strings_of_details(&text)
        };
        let number = self.component(&component.text, details);
        let mut names: Vec<(Identity, Option<String>)> = Vec::new();
        if let Ok(purl) = Purl::read(&component.text) {
            names.push((Identity::of_purl(&purl), version_of(&purl)));
        }
        for text in &component.details.cpes {
            if let Ok(cpe) = Cpe::parse(text)
                && let Some(identity) = Identity::of_cpe(&cpe)
            {
                let version = cpe.version.text();
                names.push((identity, version.or_else(|| names.first().and_then(|first| first.1.clone()))));
            }
        }
        names.extend(component.names.iter().cloned());
        let mut taken: Vec<(Identity, Option<String>)> = Vec::new();
        for (identity, version) in names {
            self.once(&mut taken, identity.clone(), version.clone(), number, identity.tier());
            if let Some((_, others)) = self.map.others(&identity) {
                for other in others {
                    self.once(&mut taken, other.clone(), version.clone(), number, TIER);
                }
            }
        }
    }

    fn once(
        &mut self,
        taken: &mut Vec<(Identity, Option<String>)>,
        identity: Identity,
        version: Option<String>,
        component: u32,
        tier: u8,
    ) {
        let name = (identity, version);
        if !taken.contains(&name) {
            self.row(name.0.as_str().as_bytes(), name.1.as_deref(), component, tier);
            taken.push(name);
        }
    }

    fn strings_of_details(&mut self, text: &str) -> u32 {
        self.intern(text.as_bytes())
    }

    fn intern(&mut self, text: &[u8]) -> u32 {
        let id = self.strings.intern(text);
        if id as usize == self.schemes.len() {
            let text = std::str::from_utf8(text).unwrap_or("");
            self.schemes.push(Identity::from_key(text).native_scheme());
        }
        id
    }

    fn component(&mut self, text: &str, details: u32) -> u32 {
        let number = self.component_starts.len() as u32;
        self.component_starts.push(self.component_bytes.len() as u32);
        self.component_bytes.extend_from_slice(text.as_bytes());
        self.details.push(details);
        number
    }

    fn row(&mut self, identity: &[u8], version: Option<&str>, component: u32, tier: u8) {
        let identity = self.intern(identity);
        let key = self.keys.len();
        let version = version.unwrap_or("");
        if self.schemes[identity as usize].write_key(version, &mut self.keys).is_err() {
            self.keys.truncate(key);
        }
        let version = &version[..version.len().min(usize::from(u16::MAX))];
        let row = Row {
            identity,
            key: key as u32,
            key_length: (self.keys.len() - key).min(usize::from(u16::MAX)) as u16,
            version: self.versions.len() as u32,
            version_length: version.len() as u16,
            component,
            tier,
        };
        self.versions.extend_from_slice(version.as_bytes());
        self.rows.push(row);
    }

    /// # Errors
    /// When the inventory would pass four thousand million bytes of anything; split it then.
    pub fn finish(self) -> Result<Vec<u8>, IndexError> {
        Ok(layout::write(MAGIC, &self.sections()?))
    }

    /// As [`InventoryBuilder::finish`] and [`Inventory::open`], without a copy in between.
    ///
    /// # Errors
    /// As [`InventoryBuilder::finish`].
    pub fn open(self) -> Result<Inventory, IndexError> {
        Ok(Inventory { sections: Sections::Built(Arc::new(self.sections()?)) })
    }

    fn sections(mut self) -> Result<Vec<Vec<u8>>, IndexError> {
        for (length, what) in [
            (self.rows.len(), "rows"),
            (self.keys.len(), "bytes of keys"),
            (self.versions.len(), "bytes of versions"),
            (self.component_bytes.len(), "bytes of names"),
        ] {
            count(length, what)?;
        }
        let sorted = self.strings.sorted()?;
        let (order, starts) = self.order(&sorted.ranks);
        let mut sections: Vec<Vec<u8>> = vec![Vec::new(); section::COUNT];
        sections[section::IDENTITIES] = column(starts.into_iter().flatten());
        let rows = || order.iter().map(|&at| &self.rows[at as usize]);
        sections[section::ROW_COMPONENTS] = column(rows().map(|row| row.component));
        sections[section::ROW_TIERS] = rows().map(|row| row.tier).collect();
        let (starts, bytes) = gathered(rows().map(|row| slice(&self.keys, row.key, row.key_length)));
        sections[section::KEY_STARTS] = starts;
        sections[section::KEY_BYTES] = bytes;
        self.keys = Vec::new();
        let rows = order.iter().map(|&at| &self.rows[at as usize]);
        let (starts, bytes) =
            gathered(rows.map(|row| slice(&self.versions, row.version, row.version_length)));
        sections[section::VERSION_STARTS] = starts;
        sections[section::VERSION_BYTES] = bytes;
        let end = self.component_bytes.len() as u32;
        sections[section::COMPONENT_STARTS] = column(self.component_starts.into_iter().chain([end]));
        sections[section::COMPONENT_BYTES] = self.component_bytes;
        let rank = |id: u32| if id == NOTHING { NOTHING } else { sorted.ranks[id as usize] };
        sections[section::DETAILS] = column(self.details.into_iter().map(rank));
        sections[section::STRING_STARTS] = sorted.starts;
        sections[section::STRING_BYTES] = sorted.bytes;
        Ok(sections)
    }

    /// Rows by identity, then key, then component; and where each identity starts. Rows are first dealt out to their
    /// identities, so that only small groups are sorted.
    fn order(&self, ranks: &[u32]) -> (Vec<u32>, Vec<[u32; 2]>) {
        let mut ends = vec![0u32; self.strings.len() + 1];
        for row in &self.rows {
            ends[ranks[row.identity as usize] as usize + 1] += 1;
        }
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        let starts: Vec<[u32; 2]> = (0..self.strings.len())
            .filter(|&rank| ends[rank + 1] > ends[rank])
            .map(|rank| [rank as u32, ends[rank]])
            .chain([[NOTHING, self.rows.len() as u32]])
            .collect();
        let mut order = vec![0u32; self.rows.len()];
        for (at, row) in self.rows.iter().enumerate() {
            let place = &mut ends[ranks[row.identity as usize] as usize];
            order[*place as usize] = at as u32;
            *place += 1;
        }
        let mut sorted: Vec<(u64, &[u8], u32)> = Vec::new();
        for pair in starts.windows(2) {
            let group = &mut order[pair[0][1] as usize..pair[1][1] as usize];
            if group.len() < 2 {
                continue;
            }
            sorted.clear();
            sorted.extend(group.iter().map(|&at| {
                let row = &self.rows[at as usize];
                let key = slice(&self.keys, row.key, row.key_length);
                (prefix(key), key, at)
            }));
            sorted.sort_unstable();
            for (place, (_, _, at)) in group.iter_mut().zip(&sorted) {
                *place = *at;
            }
        }
        (order, starts)
    }
}

/// The first eight bytes as a number, which sorts most keys without looking further.
fn prefix(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    let length = key.len().min(8);
    first[..length].copy_from_slice(&key[..length]);
    u64::from_be_bytes(first)
}

fn slice(bytes: &[u8], start: u32, length: u16) -> &[u8] {
    &bytes[start as usize..start as usize + usize::from(length)]
}

fn gathered<'a>(parts: impl Iterator<Item = &'a [u8]>) -> (Vec<u8>, Vec<u8>) {
    let (mut starts, mut bytes) = (Vec::new(), Vec::new());
    for part in parts {
        starts.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    starts.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    (starts, bytes)
}

/// The version in the scheme of the type: an epoch that RPM purls keep in a qualifier goes in front.
pub fn version_of(purl: &Purl) -> Option<String> {
    let version = purl.version.as_ref()?;
    match purl.qualifiers.get("epoch") {
        Some(epoch) if purl.kind == "rpm" && !version.contains(':') => Some(format!("{epoch}:{version}")),
        _ => Some(version.clone()),
    }
}

/// Package and version when the text is canonical at first sight: lower case, nothing encoded, no qualifiers, no sign
/// that a rule of some type would touch.
fn plain_purl(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("pkg:")?;
    let (package, version) = rest.rsplit_once('@')?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-/".contains(&byte);
    let ordinary = |byte: u8| plain(byte) && byte != b'/' || b"_~+:".contains(&byte);
    if version.is_empty() || !version.bytes().all(ordinary) || !package.bytes().all(plain) {
        return None;
    }
    let (kind, name) = package.split_once('/')?;
    let special = matches!(kind, "pub" | "cpan" | "mlflow");
    let tidy = !name.is_empty() && !name.starts_with('/') && !name.ends_with('/') && !name.contains("//");
    (!special && tidy && kind.starts_with(|c: char| c.is_ascii_lowercase()))
        .then(|| (&text[..4 + package.len()], version))
}

/// An inventory where it lies.
#[derive(Clone)]
pub struct Inventory {
    sections: Sections,
}

impl Inventory {
    /// # Errors
    /// What is not an inventory of this layout, or was damaged.
    pub fn open(bytes: Bytes) -> Result<Self, IndexError> {
        Ok(Self { sections: Sections::open(bytes, MAGIC, section::COUNT)? })
    }

    /// # Errors
    /// When a byte is not the one that was written.
    pub fn verify(&self) -> Result<(), IndexError> {
        self.sections.verify()
    }

    fn dictionary(&self, starts: usize, bytes: usize) -> Dictionary<'_> {
        Dictionary { starts: self.sections.get(starts), bytes: self.sections.get(bytes) }
    }

    pub fn components(&self) -> u32 {
        (self.sections.get(section::DETAILS).len() / 4) as u32
    }

    pub fn rows(&self) -> u32 {
        self.sections.get(section::ROW_TIERS).len() as u32
    }

    pub fn text(&self, component: u32) -> &str {
        self.dictionary(section::COMPONENT_STARTS, section::COMPONENT_BYTES).text(component)
    }

    pub fn details(&self, component: u32) -> Details {
        match u32_at(self.sections.get(section::DETAILS), component as usize) {
            NOTHING => Details::default(),
            id => {
                let text = self.dictionary(section::STRING_STARTS, section::STRING_BYTES).text(id);
                serde_json::from_str(text).unwrap_or_default()
            }
        }
    }

    /// Does any component have this identity?
    pub fn has(&self, identity: &str) -> bool {
        self.find(identity.as_bytes()).is_some()
    }

    pub(super) fn identities(&self) -> usize {
        (self.sections.get(section::IDENTITIES).len() / 8).saturating_sub(1)
    }

    pub(super) fn identity(&self, at: usize) -> &[u8] {
        let id = u32_at(self.sections.get(section::IDENTITIES), at * 2);
        self.dictionary(section::STRING_STARTS, section::STRING_BYTES).get(id)
    }

    pub(super) fn find(&self, identity: &[u8]) -> Option<usize> {
        let (mut low, mut high) = (0, self.identities());
        while low < high {
            let middle = (low + high) / 2;
            match self.identity(middle).cmp(identity) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    pub(super) fn rows_of(&self, identity: usize) -> Rows<'_> {
        let column = self.sections.get(section::IDENTITIES);
        Rows {
            start: u32_at(column, identity * 2 + 1) as usize,
            end: u32_at(column, identity * 2 + 3) as usize,
            scheme: Identity::from_key(std::str::from_utf8(self.identity(identity)).unwrap_or(""))
                .native_scheme(),
            keys: self.dictionary(section::KEY_STARTS, section::KEY_BYTES),
            versions: self.dictionary(section::VERSION_STARTS, section::VERSION_BYTES),
            components: self.sections.get(section::ROW_COMPONENTS),
            tiers: self.sections.get(section::ROW_TIERS),
        }
    }
}

/// The rows of one identity, those without a key first, then by key.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) scheme: Scheme,
    keys: Dictionary<'a>,
    versions: Dictionary<'a>,
    components: &'a [u8],
    tiers: &'a [u8],
}

impl<'a> Rows<'a> {
    pub(super) fn component(&self, row: usize) -> (u32, u8) {
        (u32_at(self.components, row), self.tiers[row])
    }

    pub(super) fn version(&self, row: usize) -> &'a str {
        self.versions.text(row as u32)
    }

    /// First row with a key.
    pub(super) fn keyed(&self) -> usize {
        self.first(self.start, |key| !key.is_empty())
    }

    /// First row from `from` on whose key is not below `key`: steps that double, then halving, so that a full pass over
    /// close boundaries and a jump over millions of rows cost what they must.
    pub(super) fn reach(&self, from: usize, key: &[u8]) -> usize {
        self.first(from, |found| found >= key)
    }

    fn first(&self, from: usize, holds: impl Fn(&[u8]) -> bool) -> usize {
        let (mut low, mut step) = (from, 1);
        while low + step <= self.end && !holds(self.keys.get((low + step - 1) as u32)) {
            low += step;
            step *= 2;
        }
        let mut high = (low + step - 1).min(self.end);
        while low < high {
            let middle = (low + high) / 2;
            if holds(self.keys.get(middle as u32)) { high = middle } else { low = middle + 1 }
        }
        low
    }
}
