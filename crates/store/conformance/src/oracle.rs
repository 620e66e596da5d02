//! What a reader must get, said plainly: everything in memory, everything looked at one by one.

use rand::{RngExt, rngs::StdRng};
use shinayaka_kernel::{
    Label, ObjectId, Principal,
    access::{FilterValue, ListRequest},
    label::{Action, Role, permits},
    object::{Record, encode_text},
    search::{self, Term},
};

use crate::{
    node::{Node, ORGANISATIONS, person, pick, random_label, random_notice},
    records::Notice,
};

/// An object as it was last saved.
#[derive(Debug, Clone)]
pub struct Kept {
    pub id: ObjectId,
    pub notice: Notice,
    pub label: Label,
    pub owner: Option<String>,
    pub author: ObjectId,
}

impl Kept {
    pub fn seen_by(&self, who: &Principal) -> bool {
        let any = [Role::Analyst, Role::Assessor, Role::Public].iter().any(|role| who.has_role(*role));
        let own =
            who.account == Some(self.author) || (self.owner.is_some() && self.owner == who.organisation);
        permits(&self.label, who, Action::Read) && (any || (who.has_role(Role::Officer) && own))
    }

    fn passes(&self, (field, value): &(&'static str, FilterValue)) -> bool {
        let text = |held: &str| matches!(value, FilterValue::Text(wanted) if encode_text(wanted) == encode_text(held));
        match *field {
            "sector" => text(&self.notice.sector),
            "title" => text(&self.notice.title),
            "tag" => self.notice.tags.iter().any(|tag| text(tag)),
            "severity" => *value == FilterValue::Integer(self.notice.severity),
            "due" => self.notice.due.is_some_and(|due| *value == FilterValue::Integer(due)),
            other => panic!("{other} is not a field of a notice"),
        }
    }

    pub fn found_by(&self, text: &str) -> bool {
        let document = search::document(self.notice.texts());
        let tokens: Vec<&str> = document.split(' ').collect();
        search::query(text).iter().all(|term| match term {
            Term::Phrase(phrase) => tokens.windows(phrase.len()).any(|window| window == phrase.as_slice()),
            Term::Prefix(prefix) => tokens.iter().any(|token| token.starts_with(prefix.as_str())),
        })
    }
}

/// Objects in the order in which they were first saved.
#[derive(Debug, Default)]
pub struct World(pub Vec<Kept>);

impl World {
    /// Saves `size` random notices by one author after another, with labels drawn from `labels`.
    pub async fn random(node: &Node, random: &mut StdRng, size: usize, labels: &[Label]) -> Self {
        let mut world = Self::default();
        let authors = ["p0", "p1", "p2"].map(|name| person(name, Role::Analyst, Some("house"), &["hub"]));
        for number in 0..size {
            let (who, notice) = (pick(random, &authors), random_notice(random, number));
            let label = if labels.is_empty() { random_label(random) } else { pick(random, labels) };
            let owned = random.random_range(0..2) == 0;
            let owner = owned.then(|| pick(random, &ORGANISATIONS).to_owned());
            let id = node.create_owned(&who, &notice, &label, owner.as_deref()).await;
            let author = who.account.unwrap_or(id);
            world.0.push(Kept { id, notice, label, owner, author });
        }
        world
    }

    /// The ids of a list, newest first or in the order asked for.
    pub fn list(&self, who: &Principal, request: &ListRequest) -> Vec<ObjectId> {
        let passing =
            |kept: &&Kept| kept.seen_by(who) && request.filters.iter().all(|filter| kept.passes(filter));
        let mut listed: Vec<(usize, &Kept)> =
            self.0.iter().enumerate().filter(|(_, kept)| passing(kept)).collect();
        match request.sort {
            None => listed.reverse(),
            Some((field, descending)) => {
                listed.retain(|(_, kept)| field != "due" || kept.notice.due.is_some());
                listed.sort_by_key(|(place, kept)| match field {
                    "due" => (kept.notice.due, Vec::new(), *place),
                    "severity" => (Some(kept.notice.severity), Vec::new(), *place),
                    "title" => (None, encode_text(&kept.notice.title), *place),
                    _ => (None, encode_text(&kept.notice.sector), *place),
                });
                if descending {
                    listed.reverse();
                }
            }
        }
        listed.into_iter().map(|(_, kept)| kept.id).collect()
    }

    pub fn search(&self, who: &Principal, text: &str) -> Vec<ObjectId> {
        let found = self.0.iter().rev().filter(|kept| kept.seen_by(who) && kept.found_by(text));
        found.map(|kept| kept.id).collect()
    }

    /// A total from counters: those who read only their own get none.
    pub fn count(&self, who: &Principal, filter: Option<&(&'static str, FilterValue)>) -> u64 {
        if !(who.has_role(Role::Analyst) || who.has_role(Role::Assessor) || who.has_role(Role::Public)) {
            return 0;
        }
        let counted = self.0.iter().filter(|kept| kept.seen_by(who) && filter.is_none_or(|f| kept.passes(f)));
        counted.count() as u64
    }

    /// Asks the node everything that a reader can ask of a list and compares.
    pub async fn compare_reads(&self, node: &Node, who: &Principal, random: &mut StdRng) {
        let reader = node.kernel.reader(who);
        for request in random_requests(random) {
            let listed: Vec<ObjectId> =
                node.list_all::<Notice>(who, &request).await.into_iter().map(|stored| stored.id).collect();
            assert_eq!(listed, self.list(who, &request), "{request:?} as {who:?}");
        }
        let filters: Vec<_> =
            random_requests(random).into_iter().filter_map(|r| r.filters.into_iter().next()).collect();
        assert_eq!(reader.count::<Notice>(None).await, Ok(self.count(who, None)), "as {who:?}");
        for filter in filters.into_iter().filter(|(field, _)| !matches!(*field, "title" | "due")) {
            let n = reader.count::<Notice>(Some(filter.clone())).await;
            assert_eq!(n, Ok(self.count(who, Some(&filter))), "{filter:?} as {who:?}");
        }
        for (value, n) in reader.facet::<Notice>("sector").await.expect("facet") {
            let filter = ("sector", FilterValue::Text(value));
            assert_eq!(n, self.count(who, Some(&filter)), "{filter:?} as {who:?}");
        }
        for text in ["侵入", "攻", "ウイルス", "vpn 障害", "操作誤り", "入検"] {
            let found = node.search_all(who, text, random.random_range(1..30)).await;
            assert_eq!(found, self.search(who, text), "{text} as {who:?}");
        }
    }

    /// Reads every object by its id and compares.
    pub async fn compare_objects(&self, node: &Node, who: &Principal) {
        let reader = node.kernel.reader(who);
        for kept in &self.0 {
            let got = reader.get::<Notice>(kept.id).await.ok().map(|stored| (stored.record, stored.label));
            let expected = kept.seen_by(who).then(|| (kept.notice.clone(), kept.label.clone()));
            assert_eq!(got, expected, "{} as {who:?}", kept.id);
            assert_eq!(reader.hit(kept.id).await.is_ok(), kept.seen_by(who));
            assert_eq!(reader.history(kept.id).await.is_ok(), kept.seen_by(who));
            assert_eq!(reader.entries(kept.id).await.is_ok(), kept.seen_by(who));
        }
    }
}

fn random_requests(random: &mut StdRng) -> Vec<ListRequest> {
    let text = |field, value: &str| (field, FilterValue::Text(value.into()));
    let sector = text("sector", pick(random, &["water", "power", "rail", "nowhere"]));
    let tag = text("tag", pick(random, &["侵入", "vpn", "操作誤り"]));
    let severity = ("severity", FilterValue::Integer(random.random_range(-2..3)));
    let sorts = [
        None,
        Some(("due", true)),
        Some(("due", false)),
        Some(("title", true)),
        Some(("title", false)),
        Some(("severity", false)),
        Some(("sector", true)),
    ];
    let filters = [
        vec![],
        vec![sector.clone()],
        vec![tag.clone()],
        vec![severity.clone()],
        vec![sector.clone(), severity.clone()],
        vec![sector, tag, severity],
    ];
    let limit = Some(random.random_range(1..40));
    let request = |filters: &Vec<_>, sort| ListRequest { filters: filters.clone(), sort, after: None, limit };
    let mut requests: Vec<_> = filters.iter().map(|filters| request(filters, None)).collect();
    for sort in sorts {
        let filters = pick(random, &filters);
        requests.push(request(&filters, sort));
    }
    requests
}
