//! Checks that hold of every store at every moment, computed from what it dumps and not from what it claims.

use std::collections::{BTreeMap, BTreeSet};

use shinayaka_kernel::{
    access::Envelope,
    archive::{ArchiveRow, Base64, Value},
    batch::{WHOLE, derived_rows},
    canonical::to_canonical,
    journal::{EntryKind, Hash, empty_root, inclusion_proof, node_hash, root, tiles_for, verify_inclusion},
    object::LabelId,
    store::{Content, Store, Visible},
};

use crate::node::Node;

/// Everything that the store keeps, sorted, so that two stores can be compared.
pub async fn dump(store: &dyn Store) -> Vec<ArchiveRow> {
    let mut rows = Vec::new();
    let mut sink = |row: ArchiveRow| {
        row.checked_table()?;
        rows.push(row);
        Ok(())
    };
    store.dump(&mut sink).await.expect("dumps");
    rows
}

pub fn table<'a>(rows: &'a [ArchiveRow], name: &'a str) -> impl Iterator<Item = &'a ArchiveRow> {
    rows.iter().filter(move |row| row.table == name)
}

/// All entries with what they commit to.
pub async fn contents(node: &Node) -> Vec<Content> {
    // Where several processes write, entries get their place now.
    node.store.sequence().await.expect("sequences");
    let mut all = Vec::new();
    loop {
        // An odd limit, so that pages do not end where tiles do.
        let page = node.store.contents(all.len() as u64, 97).await.expect("contents");
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// RFC 6962 section 2.1 as the text defines it.
pub fn plain_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&plain_root(left), &plain_root(right))
        }
    }
}

/// Recomputes the journal from its entries and every content from its body. Returns the number of entries.
pub async fn verify_journal(node: &Node) -> u64 {
    let size = node.store.sequence().await.expect("sequences");
    let contents = contents(node).await;
    assert_eq!(contents.len() as u64, size, "the journal is as long as it says");
    let leaves: Vec<Hash> = contents.iter().map(|content| content.entry.leaf_hash()).collect();
    let places: Vec<u64> = (0..size).collect();
    let tiles = node.store.tiles(&tiles_for(size, &places)).await.expect("tiles");
    let whole = root(size, &tiles).expect("the tiles are complete");
    assert_eq!(whole, plain_root(&leaves), "the root over the tiles is the root over the entries");
    for (content, place) in contents.iter().zip(0..) {
        assert_eq!(content.position, place, "no place is empty or taken twice");
        let leaf = content.entry.leaf_hash();
        if size < 1000 || place % 37 == 0 || place + 3 > size {
            let path = inclusion_proof(place, size, &tiles).expect("a proof");
            assert!(verify_inclusion(&leaf, place, size, &path, &whole), "entry {place} is proven");
        }
    }
    verify_contents(node, &contents).await;
    size
}

/// Every saved version that has not been erased still has the content that its entry commits to, and every version
/// has exactly one entry.
async fn verify_contents(node: &Node, contents: &[Content]) {
    let labels: BTreeMap<LabelId, _> = node.store.labels(0).await.expect("labels").into_iter().collect();
    let erased: BTreeSet<_> = contents
        .iter()
        .filter(|content| content.entry.kind == EntryKind::Erased)
        .map(|content| content.entry.object)
        .collect();
    let mut versions = BTreeSet::new();
    for content in contents.iter().filter(|content| content.entry.kind == EntryKind::Saved) {
        let named = (content.entry.object, content.entry.version);
        assert!(versions.insert(named), "{named:?} has one entry");
        let Some((salt, object)) = &content.saved else {
            assert!(erased.contains(&named.0), "{named:?} lost its content without having been erased");
            continue;
        };
        assert!(!erased.contains(&named.0), "{named:?} was erased and still has its content");
        assert_eq!((object.id, object.version), named);
        let label = to_canonical(&labels[&object.label]).expect("a label");
        let envelope = Envelope {
            kind: &object.kind,
            schema: object.schema,
            label: &label,
            owner: object.owner.as_deref(),
            author: object.author,
            synthetic: object.synthetic,
        };
        assert_eq!(envelope.commitment(salt, &object.body), content.entry.commitment, "{named:?}");
        assert_eq!(object.recorded_at, content.entry.at);
    }
    assert_eq!(node.store.census().await.expect("census").versions, versions.len() as u64);
}

/// Counts the objects themselves and compares with the counters of every field, value and label.
pub async fn recount(node: &Node) {
    let rows = dump(node.store.as_ref()).await;
    let kinds: BTreeMap<i64, &str> = table(&rows, "kind").map(|row| (row.integer(0), row.text(1))).collect();
    let facets: BTreeMap<i64, (&str, &str)> = table(&rows, "field")
        .filter(|row| row.integer(3) == 1)
        .map(|row| (row.integer(0), (kinds[&row.integer(1)], row.text(2))))
        .collect();
    let mut counted = BTreeMap::new();
    for row in table(&rows, "object") {
        assert_eq!(row.integer(9) == 1, row.bytes(10).is_empty(), "erased objects have no index values");
        derived_rows(
            row.integer(0),
            row.integer(3),
            row.bytes(10),
            |field| facets.contains_key(&field),
            &mut counted,
        );
    }
    let labels: Vec<LabelId> = table(&rows, "label").map(|row| row.integer(0)).collect();
    for label in labels {
        let visible = Visible { labels: [label].into(), seen: 1, total: 1 };
        for (field, (kind, name)) in &facets {
            let expected: Vec<(Vec<u8>, u64)> = counted
                .iter()
                .filter(|((of, _, with), _)| of == field && *with == label)
                .map(|((_, value, _), n)| (value.clone(), n.cast_unsigned()))
                .collect();
            let facet = node.store.facet(kind, name, &visible).await.expect("facet");
            assert_eq!(facet, expected, "{kind}.{name} for label {label}");
            for (value, n) in &expected {
                let count = node.store.count(kind, Some((name, value)), &visible).await;
                assert_eq!(count, Ok(*n), "{kind}.{name} = {value:?} for label {label}");
            }
            if *name == WHOLE {
                let n = expected.first().map_or(0, |(_, n)| *n);
                let by_label = node.store.label_counts(kind).await.expect("label counts");
                assert_eq!(by_label.get(&label).copied().unwrap_or(0), n, "{kind} with label {label}");
            }
        }
    }
}

/// The bytes of a dump's column, for texts that must not be there any more.
pub fn holds(rows: &[ArchiveRow], needle: &str) -> bool {
    rows.iter().flat_map(|row| &row.values).any(|value| match value {
        Value::Text(text) => text.contains(needle),
        Value::Bytes(Base64(bytes)) => bytes.windows(needle.len()).any(|window| window == needle.as_bytes()),
        Value::Null | Value::Integer(_) => false,
    })
}
