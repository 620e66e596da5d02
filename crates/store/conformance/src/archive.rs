//! Backup and restore: the same node again, on the same or on another data base.

use shinayaka_kernel::{
    Error, Label,
    access::Keep,
    account::Account,
    archive::ArchiveRow,
    event::NewJob,
    journal::{Entry, EntryKind, root, tiles_for},
    label::Role,
    store::Store,
};

use crate::{
    Backend,
    node::{Node, analyst, community, organisation, person, random, random_notice, random_principal},
    oracle::World,
    records::{Notice, kinds},
    verification::{dump, recount, verify_journal},
};

/// A node with something in every table, and what a reader must get from it.
async fn lived_in(node: &Node) -> World {
    let mut random = random();
    let mut world = World::random(node, &mut random, 80, &[]).await;
    let who = analyst();
    for number in 0..20 {
        let notice = random_notice(&mut random, number);
        let label = if number % 2 == 0 { Label::members() } else { community("hub") };
        let id = node.create_owned(&who, &notice, &label, Some("house")).await;
        let mut notice = notice;
        notice.title = format!("改{number}");
        node.change(&who, id, |record| *record = notice.clone()).await;
        if number == 3 {
            let read = node.get(&who, id).await;
            let mut writer = node.kernel.writer(&who);
            writer.consent(&read, &Label::public()).await.expect("the originator");
            writer.relate(&read, "answers", id).await.expect("may relate");
            writer.emit("notice.recorded", Some(id), &number).expect("may tell");
            writer.commit().await.expect("is saved");
        }
        if number == 5 {
            node.erase(&who, id).await;
            continue;
        }
        let author = who.account.unwrap_or(id);
        world.0.push(crate::oracle::Kept { id, notice, label, owner: Some("house".into()), author });
    }
    let now = node.kernel.now();
    let account = Account {
        id: person("clerk", Role::Clerk, None, &[]).account.expect("an account"),
        name: "clerk".into(),
        organisation: None,
        communities: ["hub".to_owned()].into(),
        roles: [Role::Clerk].into(),
        password_hash: Some("hash".into()),
        totp_secret: Some(vec![1, 0, 200]),
        totp_last_step: 5,
        oidc_subject: None,
        disabled: false,
        created_at: now,
    };
    let entry =
        Entry { kind: EntryKind::Account, object: account.id, version: 0, at: now, commitment: [5; 32] };
    node.store.save_account(&account, entry).await.expect("is saved");
    node.store.set_setting("signing_key", &[1, 2, 3], true).await.expect("is set");
    world
}

/// As a backup file holds it: one JSON value a line.
async fn lines(store: &dyn Store) -> Vec<String> {
    let rows = dump(store).await;
    rows.iter().map(|row| serde_json::to_string(row).expect("has a JSON form")).collect()
}

async fn load(store: &dyn Store, lines: &[String]) -> Result<(), Error> {
    let mut rows = lines.iter().map(|line| {
        let row: Result<ArchiveRow, _> = serde_json::from_str(line);
        row.map_err(|error| Error::invalid("archive", error.to_string()))
    });
    let kinds = kinds();
    let text_of = |kind: &str, schema: u16, body: &str| {
        let kind = kinds.iter().find(|known| known.name == kind);
        (kind.ok_or_else(|| Error::invalid("kind", "unknown"))?.text)(schema, body)
    };
    store.load(&mut rows, &text_of).await
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

/// Carries a node from one data base into another, empty one and compares everything.
pub async fn carries_over(from: &dyn Backend, to: &dyn Backend) {
    let node = Node::start(from).await;
    let world = lived_in(&node).await;
    let archived = lines(node.store.as_ref()).await;
    let target = to.open().await;
    load(target.as_ref(), &archived).await.expect("loads");
    assert_eq!(
        sorted(lines(target.as_ref()).await),
        sorted(archived.clone()),
        "a dump of the copy is the dump"
    );
    let copy = Node::on(target).await;
    let size = verify_journal(&node).await;
    assert_eq!(verify_journal(&copy).await, size);
    let ids = tiles_for(size, &[]);
    let one = root(size, &node.store.tiles(&ids).await.expect("tiles"));
    let other = root(size, &copy.store.tiles(&ids).await.expect("tiles"));
    assert_eq!(one, other);
    assert_eq!(copy.store.census().await, node.store.census().await);
    assert_eq!(copy.store.accounts().await, node.store.accounts().await);
    assert_eq!(copy.store.setting("signing_key").await, Ok(Some(vec![1, 2, 3])));
    assert_eq!(copy.store.jobs(50).await, node.store.jobs(50).await);
    recount(&copy).await;
    let mut random = random();
    for _ in 0..6 {
        let who = random_principal(&mut random);
        copy.clock.advance_seconds(3);
        world.compare_reads(&copy, &who, &mut random).await;
        world.compare_objects(&copy, &who).await;
    }
    goes_on(&copy, &world, size).await;
}

/// A restored node is worked on like any other: new rows find free numbers.
async fn goes_on(copy: &Node, world: &World, size: u64) {
    let who = analyst();
    let mut writer = copy.kernel.writer(&who);
    let keep = Keep { label: organisation("nova"), owner: None, synthetic: false };
    let id = writer.create(&Notice::titled("復元後"), &keep).await.expect("a label that is new here");
    writer.emit("notice.recorded", Some(id), &()).expect("may tell");
    writer.enqueue(NewJob {
        name: "x".into(),
        payload: "{}".into(),
        run_at: copy.kernel.now(),
        unique_key: None,
    });
    writer.commit().await.expect("is saved");
    let kept = world.0.iter().find(|kept| kept.owner.as_deref() == Some("house") && kept.seen_by(&who));
    let kept = kept.expect("the house has something");
    copy.change(&who, kept.id, |notice| notice.title = "復元後".into()).await;
    assert_eq!(copy.search_all(&who, "復元後", 5).await, [kept.id]);
    assert_eq!(verify_journal(copy).await, size + 2);
    recount(copy).await;
}

pub async fn a_restored_node_is_the_same_node(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    lived_in(&node).await;
    let archived = lines(node.store.as_ref()).await;
    // Two dumps of one moment are the same bytes.
    assert_eq!(lines(node.store.as_ref()).await, archived);
    let refused = load(node.store.as_ref(), &archived).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "only into an empty store: {refused:?}");
    assert_eq!(lines(node.store.as_ref()).await, archived, "and nothing has changed");
}

pub async fn an_archive_is_loaded_whole_or_not_at_all(backend: &dyn Backend) {
    let target = backend.open().await;
    let row = |text: &str| text.to_owned();
    let kind = row(r#"{"table":"kind","values":[{"integer":1},{"text":"conformance_notice"}]}"#);
    let label = row(r#"{"table":"label","values":[{"integer":1},{"text":"{}"}]}"#);
    let broken = [
        row(r#"{"table":"label","values":[{"integer":2}]}"#),
        row(r#"{"table":"label","values":[{"text":"2"},{"text":"{}"}]}"#),
        row(r#"{"table":"sqlite_master","values":[]}"#),
        row(r#"{"table":"label","values":[{"integer":1},{"text":"twice"}]}"#),
        row("{"),
    ];
    for broken in broken {
        let refused = load(target.as_ref(), &[kind.clone(), label.clone(), broken.clone()]).await;
        assert!(refused.is_err(), "{broken}");
        assert_eq!(lines(target.as_ref()).await, Vec::<String>::new(), "nothing of it stays: {broken}");
    }
    load(target.as_ref(), std::slice::from_ref(&kind)).await.expect("an archive of one row");
    assert_eq!(lines(target.as_ref()).await, [kind]);
}
