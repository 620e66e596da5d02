//! Segments, aliases, policy and a moment in time, as one view of what is known; and the findings of an inventory in it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Serialize;
use serde_json::{Value, json};

use crate::alias::AliasGraph;
use crate::identity::map::{Names, TIER};
use crate::identity::purl::Purl;
use crate::identity::{Identity, Met, Requirement, cpe::Cpe};
use crate::index::inventory::Details;
use crate::index::{AssertionView, Hit, Inventory, Segment, join, join_packages};
use crate::verdict::{Decision, Policy, Said, Verdict, decide};

/// The two times of a view: what had been put down by then, about what holds at that time (seconds since 1970).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub known_at: i64,
    pub valid_at: i64,
}

impl Moment {
    /// Everything that is put down, about the given time.
    pub fn now(seconds: i64) -> Self {
        Self { known_at: i64::MAX, valid_at: seconds }
    }
}

/// A verdict on one vulnerability of one component with its proof.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    pub component: String,
    pub vulnerability: String,
    pub aliases: Vec<String>,
    pub verdict: Verdict,
    /// 1 package or file, 2 stated CPE name, 3 through the identity map, 4 equal words.
    pub tier: u8,
    pub proof: Value,
    /// The inventory that holds the component.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
    #[serde(skip)]
    pub exposed: Option<bool>,
}

pub struct Index {
    segments: Vec<Segment>,
    pub aliases: AliasGraph,
    policy: Policy,
    names: Names,
    moment: Moment,
    /// By segment and document: heard at the moment?
    heard: Vec<Vec<bool>>,
}

impl Index {
    pub fn new(segments: Vec<Segment>, policy: Policy, names: Names, moment: Moment) -> Self {
        let aliases = AliasGraph::new(segments.iter().flat_map(Segment::aliases));
        let heard = heard(&segments, moment);
        Self { segments, aliases, policy, names, moment, heard }
    }

    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub fn names(&self) -> &Names {
        &self.names
    }

    /// All findings of an inventory, sorted by component and vulnerability. `wanted` can leave verdicts out early.
    pub fn findings(&self, inventory: &Inventory, wanted: impl Fn(Verdict) -> bool) -> Vec<Finding> {
        self.findings_of(inventory, self.hits(inventory), wanted)
    }

    /// What bears on the components of an inventory, to be turned into findings component by component: of ten million
    /// components not all findings fit into memory.
    pub fn matches<'i>(&'i self, inventory: &'i Inventory) -> Matches<'i> {
        let hits = self.grouped(self.hits(inventory));
        let mut starts = Vec::new();
        let mut at = 0;
        for group in hits.chunk_by(|a, b| a.1.component == b.1.component) {
            starts.push(at as u32);
            at += group.len();
        }
        Matches { index: self, inventory, hits, starts }
    }

    /// The identifiers that a segment speaks of.
    pub fn names_in(&self, segment: usize) -> BTreeSet<String> {
        let segment = &self.segments[segment];
        (0..segment.assertions()).map(|assertion| segment.vulnerability_of(assertion).to_owned()).collect()
    }

    /// The other direction: every finding on the given vulnerabilities, wherever the statements about them stand.
    pub fn findings_about(&self, names: &BTreeSet<String>, inventory: &Inventory) -> Vec<Finding> {
        let mut wanted: HashSet<&str> = HashSet::new();
        for name in names {
            wanted.insert(name);
            wanted.extend(self.aliases.names_of(name).iter().map(String::as_str));
        }
        let mut hits = Vec::new();
        for (at, of) in self.segments.iter().enumerate() {
            let about = of.about(&wanted);
            let found = join_packages(of, inventory, &about.packages).into_iter();
            let heard = &self.heard[at];
            hits.extend(
                found
                    .filter(|hit| about.assertions.binary_search(&hit.assertion).is_ok())
                    .filter(|hit| heard[of.document_of(hit.assertion) as usize])
                    .map(|hit| (at as u32, hit)),
            );
        }
        self.findings_of(inventory, hits, |_| true)
    }

    /// Statements of one segment that bear on nothing in the inventory, with the reason: a supplier who wrote them
    /// believes that they are heard.
    pub fn dead(&self, segment: usize, inventory: &Inventory) -> Vec<Value> {
        let of = &self.segments[segment];
        let mut met: HashMap<u32, Vec<u32>> = HashMap::new();
        for hit in join(of, inventory) {
            met.entry(hit.assertion).or_default().push(hit.component);
        }
        let mut dead = Vec::new();
        for number in 0..of.assertions() {
            let view = of.assertion(number);
            let reason = match met.get(&number) {
                None if !inventory.has(view.subject) => "no component has this identity",
                None => "no version of the component lies in the range",
                Some(_) if view.reason.is_some() => "the range cannot be evaluated",
                Some(components) => {
                    let heard = components.iter().any(|&component| {
                        let known = Known::new(inventory.text(component), inventory.details(component));
                        known.within(&view) && known.required(&view) != Some(Met::No)
                    });
                    if heard {
                        continue;
                    }
                    "every component fails the scope or the qualifier that the statement requires"
                }
            };
            let document = of.document(view.document);
            dead.push(json!({
                "source": document.source,
                "document": document.id,
                "vulnerability": view.vulnerability,
                "statement": view.statement,
                "subject": view.subject,
                "range": view.range,
                "scope": view.scope,
                "requirement": view.requirement,
                "reason": reason,
            }));
        }
        dead
    }

    fn hits(&self, inventory: &Inventory) -> Vec<(u32, Hit)> {
        let mut hits = Vec::new();
        for (at, segment) in self.segments.iter().enumerate() {
            let heard = &self.heard[at];
            let found = join(segment, inventory).into_iter();
            hits.extend(
                found
                    .filter(|hit| heard[segment.document_of(hit.assertion) as usize])
                    .map(|hit| (at as u32, hit)),
            );
        }
        hits
    }

    /// By component; hits of one segment come so already.
    fn grouped(&self, mut hits: Vec<(u32, Hit)>) -> Vec<(u32, Hit)> {
        if self.segments.len() > 1 {
            hits.sort_unstable_by_key(|(at, hit)| (hit.component, *at, hit.assertion));
        }
        hits
    }

    fn findings_of(
        &self,
        inventory: &Inventory,
        hits: Vec<(u32, Hit)>,
        wanted: impl Fn(Verdict) -> bool,
    ) -> Vec<Finding> {
        let hits = self.grouped(hits);
        let mut findings = Vec::new();
        for group in hits.chunk_by(|a, b| a.1.component == b.1.component) {
            self.component(inventory, group, &wanted, &mut findings);
        }
        findings.sort_by(|a, b| {
            (&a.component, &a.source, &a.vulnerability).cmp(&(&b.component, &b.source, &b.vulnerability))
        });
        findings
    }

    fn component(
        &self,
        inventory: &Inventory,
        hits: &[(u32, Hit)],
        wanted: &impl Fn(Verdict) -> bool,
        findings: &mut Vec<Finding>,
    ) {
        let number = hits[0].1.component;
        let known = Known::new(inventory.text(number), inventory.details(number));
        let mut by_vulnerability: BTreeMap<&str, Vec<Said>> = BTreeMap::new();
        for &(at, hit) in hits {
            let segment = &self.segments[at as usize];
            let view = segment.assertion(hit.assertion);
            if !(view.valid_from..view.valid_until).contains(&self.moment.valid_at) {
                continue;
            }
            let mut undecidable = hit.undecidable.then(|| known.why(&view));
            if !known.within(&view) {
                continue;
            }
            match known.required(&view) {
                Some(Met::No) => continue,
                Some(Met::Unknown) => {
                    let wanted = view.requirement.unwrap_or_default();
                    undecidable
                        .get_or_insert_with(|| format!("the component does not say whether it is {wanted}"));
                }
                _ => {}
            }
            let document = segment.document(view.document);
            let name = self.aliases.canonical(view.vulnerability);
            by_vulnerability.entry(name).or_default().push(Said {
                view,
                document,
                undecidable,
                tier: hit.tier,
            });
        }
        for (name, said) in by_vulnerability {
            let Some(decision) = decide(&self.policy, said) else { continue };
            if wanted(decision.verdict) {
                findings.push(self.finding(&known, name, &decision));
            }
        }
    }

    fn finding(&self, known: &Known, name: &str, decision: &Decision) -> Finding {
        let names = self.aliases.names_of(name);
        Finding {
            component: known.text.to_owned(),
            vulnerability: name.to_owned(),
            aliases: names.iter().filter(|other| *other != name).cloned().collect(),
            verdict: decision.verdict,
            tier: decision.decided_by.tier,
            proof: self.proof(known, decision),
            source: known.details.source.clone(),
            exposed: known.details.exposed,
        }
    }

    fn proof(&self, known: &Known, decision: &Decision) -> Value {
        let said = &decision.decided_by;
        let subject = Identity::from_key(said.view.subject);
        let through = match said.tier {
            TIER => {
                let entry =
                    self.names.others(&subject).map(|(entry, _)| entry.id.clone()).unwrap_or_default();
                json!({ "kind": "identity map", "entry": entry, "version": self.names.version() })
            }
            _ if said.view.subject.starts_with("pkg:") => json!({ "kind": "package URL" }),
            _ if said.view.subject.starts_with("cpe:") => {
                json!({ "kind": "CPE name", "stated": known.details.cpes })
            }
            _ if said.view.subject.starts_with("hash:") => json!({ "kind": "digest" }),
            _ => json!({ "kind": "equal words" }),
        };
        json!({
            "assertion": assertion(said),
            "range": said.view.range,
            "scheme": said.view.scheme.name(),
            "identity": { "component": known.text, "subject": said.view.subject, "through": through },
            "reason": said.undecidable,
            "overrode": decision.overrode.iter().map(assertion).collect::<Vec<_>>(),
            "policy": format!("{} {}", self.policy.name, self.policy.version),
        })
    }
}

/// Components of an inventory on which something bears.
pub struct Matches<'i> {
    index: &'i Index,
    inventory: &'i Inventory,
    hits: Vec<(u32, Hit)>,
    starts: Vec<u32>,
}

impl<'i> Matches<'i> {
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Name of the component of a group.
    pub fn text(&self, group: usize) -> &'i str {
        self.inventory.text(self.hits[self.starts[group] as usize].1.component)
    }

    /// The inventory that holds the component.
    pub fn source(&self, group: usize) -> String {
        self.inventory.details(self.hits[self.starts[group] as usize].1.component).source
    }

    /// Findings of one component, by vulnerability.
    pub fn findings(&self, group: usize, wanted: &impl Fn(Verdict) -> bool) -> Vec<Finding> {
        let end = self.starts.get(group + 1).map_or(self.hits.len(), |&end| end as usize);
        let mut findings = Vec::new();
        self.index.component(
            self.inventory,
            &self.hits[self.starts[group] as usize..end],
            wanted,
            &mut findings,
        );
        findings
    }
}

fn assertion(said: &Said) -> Value {
    json!({
        "source": said.document.source,
        "document": said.document.id,
        "revision": said.document.revision,
        "hash": Some(&said.document.hash).filter(|hash| !hash.is_empty()),
        "authority": said.document.authority,
        "recorded_at": said.document.recorded_at,
        "vulnerability": said.view.vulnerability,
        "statement": said.view.statement,
        "range": said.view.range,
        "scope": said.view.scope,
        "requirement": said.view.requirement,
        "undecidable": said.undecidable,
    })
}

/// Of each document the newest revision known at the moment is heard, unless it is a retraction.
fn heard(segments: &[Segment], moment: Moment) -> Vec<Vec<bool>> {
    let mut newest: HashMap<(&str, &str), i64> = HashMap::new();
    for segment in segments {
        for number in 0..segment.documents() {
            let (source, id, recorded_at) = segment.document_key(number);
            if recorded_at <= moment.known_at {
                let time = newest.entry((source, id)).or_insert(recorded_at);
                *time = (*time).max(recorded_at);
            }
        }
    }
    let of = |segment: &Segment| {
        (0..segment.documents())
            .map(|number| {
                let (source, id, recorded_at) = segment.document_key(number);
                newest.get(&(source, id)) == Some(&recorded_at) && !segment.retracted(number)
            })
            .collect()
    };
    segments.iter().map(of).collect()
}

/// What is known of the component at hand; parsed only when a statement asks for it.
struct Known<'a> {
    text: &'a str,
    details: Details,
}

impl<'a> Known<'a> {
    fn new(text: &'a str, details: Details) -> Self {
        Self { text, details }
    }

    fn meets(&self, requirement: &Requirement) -> Met {
        let cpes: Vec<Cpe> = self.details.cpes.iter().filter_map(|text| Cpe::parse(text).ok()).collect();
        let qualifiers = Purl::read(self.text).map(|purl| purl.qualifiers).unwrap_or_default();
        let joined: Vec<String> = qualifiers.iter().map(|(key, value)| format!("{key}={value}")).collect();
        requirement.met(&joined.join("&"), &cpes)
    }

    fn within(&self, view: &AssertionView) -> bool {
        view.scope.is_none_or(|scope| crate::import::csaf::in_scope(scope, &self.details.context))
    }

    fn required(&self, view: &AssertionView) -> Option<Met> {
        view.requirement.and_then(Requirement::parse).map(|requirement| self.meets(&requirement))
    }

    /// Why a statement could not be evaluated for the component.
    fn why(&self, view: &AssertionView) -> String {
        if let Some(reason) = view.reason {
            return reason.to_owned();
        }
        format!("{} cannot place the version of {} among {}", view.scheme.name(), self.text, view.range)
    }
}
