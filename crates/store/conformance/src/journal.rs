//! The Merkle journal as the stores keep it.

use std::sync::Arc;

use futures::future::join_all;
use shinayaka_kernel::{
    Error, Label,
    journal::{
        EntryKind, Hash, consistency_proof, inclusion_proof, root, tiles_for, verify_consistency,
        verify_inclusion,
    },
};

use crate::{
    Backend,
    node::{Node, analyst, community, organisation, random},
    oracle::World,
    records::Notice,
    verification::{contents, dump, holds, plain_root, verify_journal},
};

pub async fn every_entry_is_proven_and_recomputed(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    assert_eq!(verify_journal(&node).await, 0, "an empty journal is a journal");
    // Over the first tile's end, with commits of one and of many entries.
    World::random(&node, &mut random(), 200, &[]).await;
    for size in [1, 2, 55, 256, 30] {
        let mut writer = node.kernel.writer(&who);
        let keep = shinayaka_kernel::access::Keep::labelled(community("hub"));
        for number in 0..size {
            writer.create(&Notice::titled(&format!("{size}/{number}")), &keep).await.expect("may create");
        }
        writer.commit().await.expect("is saved");
    }
    assert_eq!(verify_journal(&node).await, 544);
    // After opening again the journal goes on where it ended.
    node.store.close().await;
    let node = Node::start(backend).await;
    let id = node.create(&who, &Notice::titled("again"), &Label::members()).await;
    assert_eq!(verify_journal(&node).await, 545);
    let placed = node.kernel.reader(&who).entries(id).await.expect("entries");
    assert_eq!(placed.len(), 1);
    assert_eq!(
        (placed[0].position, placed[0].entry.kind, placed[0].entry.version),
        (544, EntryKind::Saved, 1)
    );
    assert_eq!(node.kernel.reader(&who).may_see_entry(&placed[0]).await, Ok(true));
    assert_eq!(node.store.entries(540, 100).await.expect("entries").len(), 5);
    assert_eq!(node.store.entries(1000, 10).await, Ok(Vec::new()));
}

pub async fn any_two_sizes_are_consistent(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let mut roots = vec![plain_root(&[])];
    let mut leaves = Vec::new();
    for number in 0..40 {
        node.create(&analyst(), &Notice::titled(&number.to_string()), &Label::members()).await;
        leaves = contents(&node).await.iter().map(|content| content.entry.leaf_hash()).collect::<Vec<Hash>>();
        assert_eq!(leaves.len(), number + 1);
        roots.push(plain_root(&leaves));
    }
    for size in 0..=40_u64 {
        for old in 0..=size {
            let ids = tiles_for(size, &[old, old.saturating_sub(1)]);
            let tiles = node.store.tiles(&ids).await.expect("tiles");
            let (before, now) = (roots[old as usize], roots[size as usize]);
            assert_eq!(root(size, &tiles), Ok(now), "an earlier root can be had later");
            let path = consistency_proof(old, size, &tiles).expect("a proof");
            assert!(verify_consistency(old, &before, size, &now, &path), "{old} to {size}");
            if old < size {
                let path = inclusion_proof(old, size, &tiles).expect("a proof");
                assert!(verify_inclusion(&leaves[old as usize], old, size, &path, &now), "{old} in {size}");
            }
        }
    }
    assert!(matches!(
        consistency_proof(41, 40, &std::collections::BTreeMap::new()),
        Err(Error::Invalid { .. })
    ));
}

pub async fn erasure_leaves_proofs_and_destroys_content(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let secret =
        Notice { text: "tokumeikiboushano".into(), tags: vec!["jitaku".into()], ..Notice::titled("himitsu") };
    let id = node.create(&who, &secret, &organisation("house")).await;
    let other = node.create(&who, &Notice::titled("other"), &organisation("house")).await;
    node.change(&who, id, |notice| notice.severity = 2).await;
    let stale = node.get(&who, id).await;
    let leaves: Vec<Hash> = contents(&node).await.iter().map(|content| content.entry.leaf_hash()).collect();
    assert!(holds(&dump(node.store.as_ref()).await, "tokumeikiboushano"));
    node.erase(&who, id).await;

    let reader = node.kernel.reader(&who);
    assert_eq!(reader.get::<Notice>(id).await, Err(Error::NotFound));
    assert_eq!(reader.hit(id).await, Err(Error::NotFound));
    assert_eq!(reader.version::<Notice>(id, 1).await, Err(Error::NotFound));
    assert_eq!(reader.raw_version(id, 1).await, Err(Error::NotFound));
    assert_eq!(reader.count::<Notice>(None).await, Ok(1));
    let history = reader.history(id).await.expect("that it was there stays on record");
    assert!(history.len() == 2 && history.iter().all(|version| version.erased));
    node.store.sequence().await.expect("sequences");
    let entries = reader.entries(id).await.expect("entries");
    let kinds: Vec<EntryKind> = entries.iter().map(|placed| placed.entry.kind).collect();
    assert_eq!(kinds, [EntryKind::Saved, EntryKind::Saved, EntryKind::Erased]);
    let rows = dump(node.store.as_ref()).await;
    for word in ["tokumeikiboushano", "jitaku", "himitsu"] {
        assert!(!holds(&rows, word), "{word} is still there");
    }
    let after: Vec<Hash> = contents(&node).await.iter().map(|content| content.entry.leaf_hash()).collect();
    assert_eq!(after[..leaves.len()], leaves, "no earlier entry has changed");
    assert_eq!(verify_journal(&node).await, 4);
    assert_eq!(node.get(&who, other).await.record.title, "other");

    // What has been erased is not saved over, erased again or brought back.
    let mut writer = node.kernel.writer(&who);
    writer.update(&stale, &secret).await.expect("may update");
    assert!(matches!(writer.commit().await, Err(Error::Conflict(_))));
    let mut writer = node.kernel.writer(&who);
    writer.erase(&stale).expect("may erase");
    assert!(matches!(writer.commit().await, Err(Error::Conflict(_))));
}

pub async fn concurrent_writers_leave_no_gap(backend: &dyn Backend) {
    let nodes = [Arc::new(Node::start(backend).await), Arc::new(Node::start(backend).await)];
    let writers = (0..24_usize).map(|number| {
        let node = nodes[number % 2].clone();
        tokio::spawn(async move {
            for step in 0..8 {
                node.create(&analyst(), &Notice::titled(&format!("{number}/{step}")), &Label::members())
                    .await;
                if step % 4 == 3 {
                    // Somebody asks for places while others are writing.
                    node.store.sequence().await.expect("sequences");
                }
            }
        })
    });
    for writer in join_all(writers).await {
        writer.expect("is saved");
    }
    assert_eq!(verify_journal(&nodes[0]).await, 192);
    assert_eq!(verify_journal(&nodes[1]).await, 192);
}

pub async fn settings_are_set_once_if_asked(backend: &dyn Backend) {
    let store = backend.open().await;
    assert_eq!(store.setting("key").await, Ok(None));
    assert_eq!(store.set_setting("key", &[0, 1, 255], true).await, Ok(vec![0, 1, 255]));
    assert_eq!(store.set_setting("key", &[9], true).await, Ok(vec![0, 1, 255]));
    assert_eq!(store.set_setting("key", &[9], false).await, Ok(vec![9]));
    assert_eq!(store.setting("key").await, Ok(Some(vec![9])));
    store.close().await;
    let store = backend.open().await;
    assert_eq!(store.setting("key").await, Ok(Some(vec![9])));
    store.ping().await.expect("answers");
}
