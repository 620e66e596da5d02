//! Saving and reading: versions, conflicts, many writers.

use std::{collections::BTreeSet, sync::Arc};

use futures::future::join_all;
use shinayaka_kernel::{
    Error, Label, ObjectId, Principal,
    access::Keep,
    batch::{Change, Commit},
    journal::commitment,
    object::{MAXIMUM_BODY_BYTES, MAXIMUM_FIELDS, Relation},
};

use crate::{
    Backend,
    node::{Node, analyst},
    records::{Notice, Remark},
    verification::{recount, verify_journal},
};

pub async fn a_saved_record_is_read_back_with_all_its_versions(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let mut notice =
        Notice { due: Some(-7), tags: vec!["停電".into()], ..Notice::titled("ﾆｭｰｽ \u{0}\"\\ 一") };
    notice.title = notice.title.replace('\u{0}', "");
    let keep = Keep { label: Label::members(), owner: Some("house".into()), synthetic: true };
    let mut writer = node.kernel.writer(&who);
    let id = writer.create(&notice, &keep).await.expect("may create");
    let receipt = writer.commit().await.expect("is saved");
    assert_eq!(receipt.saved, [(id, 1)]);
    let first = node.get(&who, id).await;
    assert_eq!((first.version, &first.record, first.synthetic), (1, &notice, true));
    assert_eq!((first.owner.as_deref(), Some(first.author)), (Some("house"), who.account));
    assert_eq!((first.created_at, first.recorded_at), (node.kernel.now(), node.kernel.now()));
    node.clock.advance_seconds(60);
    node.change(&who, id, |notice| notice.severity = 2).await;
    node.clock.advance_seconds(60);
    node.change(&who, id, |notice| notice.severity = 3).await;
    node.store.close().await;

    let node = Node::start(backend).await;
    let reader = node.kernel.reader(&who);
    let last = node.get(&who, id).await;
    assert_eq!((last.version, last.record.severity, last.created_at), (3, 3, first.created_at));
    assert_eq!(last.recorded_at, first.recorded_at.plus_seconds(120));
    assert!(last.synthetic, "the mark of an invention stays");
    assert_eq!(reader.version::<Notice>(id, 1).await.expect("version 1"), first);
    assert_eq!(reader.version::<Notice>(id, 2).await.expect("version 2").record.severity, 2);
    let history = reader.history(id).await.expect("history");
    assert_eq!(history.iter().map(|v| v.version).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(history[2].recorded_at, first.recorded_at);
    for version in [0, 4, u32::MAX] {
        assert_eq!(reader.version::<Notice>(id, version).await, Err(Error::NotFound));
    }
    assert_eq!(reader.get::<Remark>(id).await, Err(Error::NotFound), "another kind is not this object");
    let hit = reader.hit(id).await.expect("hit");
    assert_eq!((hit.kind.as_str(), hit.title), ("conformance_notice", notice.title));
}

pub async fn a_save_over_an_older_version_saves_nothing(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let id = node.create(&who, &Notice::titled("one"), &Label::members()).await;
    let read = node.get(&who, id).await;
    node.change(&who, id, |notice| notice.severity = 2).await;
    let before = node.store.census().await.expect("census");
    let mut writer = node.kernel.writer(&who);
    let new = writer.create(&Notice::titled("two"), &Keep::labelled(Label::members())).await.expect("create");
    writer.update(&read, &Notice::titled("three")).await.expect("may update");
    writer.relate_new(new, "answers", id).expect("may relate");
    writer.emit("notice.recorded", Some(new), &()).expect("may tell");
    let refused = writer.commit().await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert_eq!(node.store.census().await.expect("census"), before);
    assert_eq!(node.kernel.reader(&who).get::<Notice>(new).await, Err(Error::NotFound));
    assert_eq!(node.kernel.reader(&who).count::<Notice>(None).await, Ok(1));
    assert_eq!(node.search_all(&who, "two", 10).await, []);
    assert_eq!(node.kernel.reader(&who).relations(id).await, Ok(Vec::new()));
}

pub async fn of_many_who_save_over_one_version_one_wins(backend: &dyn Backend) {
    let node = Arc::new(Node::start(backend).await);
    // A second process on the same data base takes part.
    let other = Arc::new(Node::start(backend).await);
    let who = analyst();
    let id = node.create(&who, &Notice::titled("contested"), &Label::members()).await;
    for round in 0..20_u32 {
        let read = node.get(&who, id).await;
        let saves = (0..8_i64).map(|number| {
            let (node, read) = (if number % 2 == 0 { node.clone() } else { other.clone() }, read.clone());
            tokio::spawn(async move {
                let record = Notice { severity: number, ..read.record.clone() };
                let who = analyst();
                let mut writer = node.kernel.writer(&who);
                writer.update(&read, &record).await.expect("may update");
                (number, writer.commit().await)
            })
        });
        let results = join_all(saves).await;
        let mut won = Vec::new();
        for result in results {
            match result.expect("no panic") {
                (number, Ok(_)) => won.push(number),
                (_, Err(Error::Conflict(_))) => {}
                (_, Err(error)) => panic!("only conflicts are expected: {error}"),
            }
        }
        assert_eq!(won.len(), 1, "exactly one wins in round {round}");
        let now = node.get(&who, id).await;
        assert_eq!((now.version, now.record.severity), (round + 2, won[0]));
    }
    verify_journal(&node).await;
    recount(&node).await;
}

pub async fn many_creators_lose_nothing(backend: &dyn Backend) {
    let node = Arc::new(Node::start(backend).await);
    let creators = (0..64).map(|creator| {
        let node = node.clone();
        tokio::spawn(async move {
            let mut ids = Vec::new();
            for number in 0..10 {
                let notice = Notice::titled(&format!("{creator}/{number}"));
                ids.push((node.create(&analyst(), &notice, &Label::members()).await, notice.title));
            }
            ids
        })
    });
    let mut ids = BTreeSet::new();
    for created in join_all(creators).await {
        for (id, title) in created.expect("no panic") {
            assert_eq!(node.get(&analyst(), id).await.record.title, title);
            assert!(ids.insert(id), "an id is given once");
        }
    }
    assert_eq!(ids.len(), 640);
    assert_eq!(node.kernel.reader(&analyst()).count::<Notice>(None).await, Ok(640));
    assert_eq!(verify_journal(&node).await, 640);
    recount(&node).await;
}

pub async fn a_commit_that_is_refused_does_not_hurt_its_neighbours(backend: &dyn Backend) {
    let node = Arc::new(Node::start(backend).await);
    let who = analyst();
    let id = node.create(&who, &Notice::titled("old"), &Label::members()).await;
    let stale = node.get(&who, id).await;
    node.change(&who, id, |notice| notice.severity = 9).await;
    let commits = (0..40).map(|number| {
        let (node, stale) = (node.clone(), stale.clone());
        tokio::spawn(async move {
            if number % 2 == 0 {
                node.create(&analyst(), &Notice::titled(&format!("new {number}")), &Label::members()).await;
                return;
            }
            let who = analyst();
            let mut writer = node.kernel.writer(&who);
            writer.update(&stale, &stale.record).await.expect("may update");
            assert!(matches!(writer.commit().await, Err(Error::Conflict(_))));
        })
    });
    for commit in join_all(commits).await {
        commit.expect("as each expects");
    }
    assert_eq!(node.kernel.reader(&who).count::<Notice>(None).await, Ok(21));
    assert_eq!(node.get(&who, id).await.version, 2);
    verify_journal(&node).await;
}

pub async fn an_id_is_given_once(backend: &dyn Backend) {
    let node = Arc::new(Node::start(backend).await);
    let other = Arc::new(Node::start(backend).await);
    let id = ObjectId::named("conformance/reference");
    let seeds = (0..12).map(|number| {
        let node = if number % 2 == 0 { node.clone() } else { other.clone() };
        tokio::spawn(async move {
            let who = analyst();
            let mut writer = node.kernel.writer(&who);
            let record = Notice::titled(&format!("seed {number}"));
            let keep = Keep::labelled(Label::members());
            writer.create_with_id(id, &record, &keep).await.expect("may create");
            writer.commit().await
        })
    });
    let results = join_all(seeds).await;
    let saved = results.iter().filter(|result| matches!(result, Ok(Ok(_)))).count();
    let refused = results.iter().filter(|result| matches!(result, Ok(Err(Error::Conflict(_))))).count();
    assert_eq!((saved, refused), (1, 11), "{results:?}");
    assert_eq!(node.kernel.reader(&analyst()).count::<Notice>(None).await, Ok(1));
    assert_eq!(verify_journal(&node).await, 1);
}

pub async fn what_a_commit_names_must_be_there(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let id = node.create(&who, &Notice::titled("there"), &Label::members()).await;
    let read = node.get(&who, id).await;
    let mut absent = read.clone();
    absent.id = ObjectId::named("conformance/absent");
    let mut writer = node.kernel.writer(&who);
    writer.update(&absent, &read.record).await.expect("may update");
    assert_eq!(writer.commit().await, Err(Error::NotFound));
    let mut writer = node.kernel.writer(&who);
    assert_eq!(writer.relate(&read, "answers", absent.id).await, Err(Error::NotFound));
    let mut writer = node.kernel.writer(&who);
    writer.update(&read, &read.record).await.expect("may update");
    writer.update(&read, &read.record).await.expect("may update");
    let twice = writer.commit().await;
    assert!(matches!(twice, Err(Error::Invalid { .. })), "{twice:?}");
    let relation = Relation { from: id, name: "answers".into(), to: absent.id };
    let commitment = commitment(&[0; 16], &[]);
    let commit = Commit { at: node.kernel.now(), changes: vec![Change::Relate { relation, commitment }] };
    assert_eq!(node.store.commit(commit).await, Err(Error::NotFound));
    assert_eq!(node.kernel.writer(&who).commit().await.expect("an empty commit").saved, []);
    assert_eq!(verify_journal(&node).await, 1);
}

pub async fn records_that_must_not_be_saved_are_refused_by_name(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let keep = Keep::labelled(Label::members());
    let long = Notice { text: "長".repeat(MAXIMUM_BODY_BYTES / 3 + 1), ..Notice::titled("long") };
    let tags = (0..=MAXIMUM_FIELDS).map(|number| number.to_string()).collect();
    let many = Notice { tags, ..Notice::titled("many") };
    for (notice, place) in [(Notice::titled(""), "title"), (long, "body"), (many, "body")] {
        let refused = node.kernel.writer(&who).create(&notice, &keep).await;
        assert!(matches!(&refused, Err(Error::Invalid { field, .. }) if field == place), "{refused:?}");
    }
    let refused = node.kernel.writer(&Principal::public()).create(&Notice::titled("x"), &keep).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    // As long as may be, with an index value that is cut inside a character's neighbourhood.
    let most = Notice { text: "a".repeat(MAXIMUM_BODY_BYTES - 400), ..Notice::titled(&"長".repeat(40)) };
    let id = node.create(&who, &most, &Label::members()).await;
    assert_eq!(node.get(&who, id).await.record, most);
}

pub async fn bodies_of_an_older_schema_are_read(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let id = node.create(&who, &Notice::titled("now"), &Label::members()).await;
    let label = node.everything().await.labels[0];
    let salt = [3; 16];
    let body = r#"{"due":null,"sector":"rail","severity":1,"text":"","title":"before"}"#;
    let save = |schema: u16, name: &str| shinayaka_kernel::batch::Save {
        id: ObjectId::named(name),
        kind: "conformance_notice",
        expected: None,
        schema,
        body: body.into(),
        label,
        owner: None,
        author: who.account.expect("an account"),
        synthetic: false,
        fields: Vec::new(),
        text: "before".into(),
        salt,
        commitment: commitment(&salt, &[body.as_bytes()]),
    };
    let changes = vec![Change::Save(Box::new(save(1, "old"))), Change::Save(Box::new(save(9, "future")))];
    node.store.commit(Commit { at: node.kernel.now(), changes }).await.expect("is saved");
    let old = node.get(&who, ObjectId::named("old")).await;
    assert_eq!((old.record.title.as_str(), old.record.tags.len()), ("before", 0));
    let future = node.kernel.reader(&who).get::<Notice>(ObjectId::named("future")).await;
    assert!(matches!(future, Err(Error::Unavailable(_))), "{future:?}");
    assert_eq!(node.get(&who, id).await.record.title, "now");
}

pub async fn relations_are_made_and_ended(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let (a, b) = (
        node.create(&who, &Notice::titled("a"), &Label::members()).await,
        node.create(&who, &Notice::titled("b"), &Label::members()).await,
    );
    let read = node.get(&who, a).await;
    let mut writer = node.kernel.writer(&who);
    writer.relate(&read, "caused_by", b).await.expect("may relate");
    writer.relate(&read, "answers", b).await.expect("may relate");
    // Twice is once; to itself is a relation like another.
    writer.relate(&read, "answers", b).await.expect("may relate");
    writer.relate(&read, "answers", a).await.expect("may relate");
    let remark = Remark { text: "because".into() };
    let new = writer.create(&remark, &Keep::labelled(Label::members())).await.expect("may create");
    writer.relate_new(new, "evidence_for", a).expect("may relate");
    assert!(matches!(writer.relate_new(a, "answers", b), Err(Error::Forbidden(_))));
    writer.commit().await.expect("is saved");
    let relation = |from, name: &str, to| Relation { from, name: name.into(), to };
    let mut expected = vec![
        relation(a, "answers", b),
        relation(a, "answers", a),
        relation(a, "caused_by", b),
        relation(new, "evidence_for", a),
    ];
    expected.sort();
    let reader = node.kernel.reader(&who);
    let mut found = reader.relations(a).await.expect("relations");
    found.sort();
    assert_eq!(found, expected);
    let mut writer = node.kernel.writer(&who);
    writer.unrelate(&read, "answers", b).expect("may end it");
    writer.unrelate(&read, "never", b).expect("ending what is not there changes nothing");
    writer.commit().await.expect("is saved");
    assert_eq!(reader.relations(b).await, Ok(vec![relation(a, "caused_by", b)]));
    verify_journal(&node).await;
}
