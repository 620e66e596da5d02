//! Who sees what: every way to an object, for those who may and those who may not.

use std::sync::Arc;

use futures::future::join_all;
use shinayaka_kernel::{
    Error, Label, ObjectId, Principal,
    access::{FilterValue, Keep, ListRequest},
    label::Role,
};

use crate::{
    Backend,
    node::{Node, analyst, community, nobody, organisation, person, random, random_principal, stranger},
    oracle::World,
    records::{Notice, Remark},
};

/// Asks for an object in every way there is and finds nothing of it, as if it had never been.
async fn does_not_exist(node: &Node, who: &Principal, id: ObjectId, neighbour: Option<ObjectId>) {
    let reader = node.kernel.reader(who);
    let absent = ObjectId::named("conformance/absent");
    for id in [id, absent] {
        assert_eq!(reader.get::<Notice>(id).await, Err(Error::NotFound));
        assert_eq!(reader.version::<Notice>(id, 1).await, Err(Error::NotFound));
        assert_eq!(reader.raw_version(id, 1).await, Err(Error::NotFound));
        assert_eq!(reader.history(id).await, Err(Error::NotFound));
        assert_eq!(reader.relations(id).await, Err(Error::NotFound));
        assert_eq!(reader.hit(id).await, Err(Error::NotFound));
        assert_eq!(reader.entries(id).await, Err(Error::NotFound));
    }
    node.store.sequence().await.expect("sequences");
    for placed in node.store.entries_of(id).await.expect("entries") {
        assert_eq!(reader.may_see_entry(&placed).await, Ok(false), "it travels as a hash");
    }
    let requests = [
        ListRequest::default(),
        ListRequest { sort: Some(("title", false)), ..ListRequest::default() },
        ListRequest {
            filters: vec![("sector", FilterValue::Text("water".into()))],
            ..ListRequest::default()
        },
    ];
    for request in requests {
        let listed = node.list_all::<Notice>(who, &request).await;
        assert!(listed.iter().all(|stored| stored.id != id));
    }
    assert!(!node.search_all(who, "秘密", 10).await.contains(&id));
    if let Some(neighbour) = neighbour {
        assert_eq!(reader.relations(neighbour).await, Ok(Vec::new()), "relations lead to nothing hidden");
    }
}

pub async fn an_empty_audience_is_nobody(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let author = analyst();
    let id = node.create(&author, &Notice::titled("秘密"), &nobody()).await;
    for role in Role::ALL {
        let who = person("analyst", role, Some("house"), &["hub"]);
        does_not_exist(&node, &who, id, None).await;
        let reader = node.kernel.reader(&who);
        assert_eq!(reader.count::<Notice>(None).await, Ok(0), "{role:?}");
        assert_eq!(reader.facet::<Notice>("sector").await, Ok(Vec::new()), "{role:?}");
    }
    for who in [author, Principal::node(), Principal::public()] {
        does_not_exist(&node, &who, id, None).await;
    }
}

pub async fn what_may_not_be_seen_does_not_exist(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let open = node.create(&who, &Notice::titled("公開"), &Label::public()).await;
    let mut hidden = Vec::new();
    for label in [community("hub"), organisation("house")] {
        let id = node.create(&who, &Notice::titled("秘密の話"), &label).await;
        let read = node.get(&who, id).await;
        let mut writer = node.kernel.writer(&who);
        writer.relate(&read, "evidence_for", open).await.expect("may relate");
        writer.commit().await.expect("is saved");
        hidden.push(id);
    }
    let reader = node.kernel.reader(&who);
    assert_eq!(reader.relations(open).await.map(|found| found.len()), Ok(2));
    assert_eq!(reader.count::<Notice>(None).await, Ok(3));
    assert_eq!(node.search_all(&who, "秘密", 10).await, [hidden[1], hidden[0]]);
    for other in [stranger(), Principal::public()] {
        for id in &hidden {
            does_not_exist(&node, &other, *id, Some(open)).await;
        }
        let reader = node.kernel.reader(&other);
        assert_eq!(reader.count::<Notice>(None).await, Ok(1));
        assert_eq!(reader.facet::<Notice>("sector").await, Ok(vec![("water".into(), 1)]));
        assert_eq!(reader.get::<Notice>(open).await.map(|stored| stored.version), Ok(1));
        // A page that ends before what is hidden has no next page, and a full one tells nothing of what follows.
        let request = ListRequest { limit: Some(1), ..ListRequest::default() };
        assert_eq!(reader.list::<Notice>(&request).await.expect("lists").next, None);
        assert_eq!(reader.search("公開", &[], None, Some(1)).await.expect("searches").next, None);
    }
    // To tie something to what one may not see is to ask whether it exists.
    let read = node.kernel.reader(&stranger()).get::<Notice>(open).await.expect("is public");
    let other = stranger();
    let mut writer = node.kernel.writer(&other);
    assert_eq!(writer.relate(&read, "answers", hidden[0]).await, Err(Error::NotFound));
}

pub async fn own_means_owned_or_written(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let officer = person("officer", Role::Officer, Some("house"), &[]);
    let colleague = person("colleague", Role::Officer, Some("house"), &[]);
    let outsider = person("outsider", Role::Officer, Some("elsewhere"), &[]);
    let label = Label::members();
    let notice = Notice::titled("報告");
    let owned = node.create_owned(&officer, &notice, &label, Some("house")).await;
    let written = node.create_owned(&officer, &notice, &label, None).await;
    let theirs = node.create_owned(&outsider, &notice, &label, Some("elsewhere")).await;
    let expected = [(&officer, vec![written, owned]), (&colleague, vec![owned]), (&outsider, vec![theirs])];
    for (who, ids) in expected {
        // A limit of one makes the list go on past rows of others.
        let request = ListRequest { limit: Some(1), ..ListRequest::default() };
        let listed: Vec<_> = node.list_all::<Notice>(who, &request).await.iter().map(|s| s.id).collect();
        assert_eq!(listed, ids);
        assert_eq!(node.search_all(who, "報告", 1).await, ids);
        assert_eq!(node.kernel.reader(who).count::<Notice>(None).await, Ok(0), "totals know no owners");
        for id in [owned, written, theirs] {
            let got = node.kernel.reader(who).get::<Notice>(id).await;
            assert_eq!(got.is_ok(), ids.contains(&id));
            assert!(got.is_ok() || got == Err(Error::NotFound));
        }
    }
    let read = node.get(&analyst(), theirs).await;
    let mut writer = node.kernel.writer(&officer);
    let refused = writer.update(&read, &notice).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let keep = Keep { label, owner: Some("elsewhere".into()), synthetic: false };
    let refused = writer.create(&notice, &keep).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let read = node.get(&officer, owned).await;
    assert!(matches!(writer.erase(&read), Err(Error::Forbidden(_))), "no grant says that officers erase");
    let given = writer.update_as(&read, &notice, Some("elsewhere".into()), false).await;
    assert!(matches!(given, Err(Error::Forbidden(_))), "{given:?}");
}

pub async fn a_kind_without_a_grant_does_not_exist(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let mut writer = node.kernel.writer(&who);
    let keep = Keep::labelled(Label::public());
    let remark = writer.create(&Remark { text: "秘密の注".into() }, &keep).await.expect("may create");
    let notice = writer.create(&Notice::titled("秘密でない"), &keep).await.expect("may create");
    writer.relate_new(remark, "answers", notice).expect("may relate");
    writer.commit().await.expect("is saved");
    assert_eq!(node.search_all(&who, "秘密", 10).await.len(), 2);
    let assessor = person("assessor", Role::Assessor, Some("house"), &[]);
    for other in [Principal::public(), assessor] {
        let reader = node.kernel.reader(&other);
        assert_eq!(reader.get::<Remark>(remark).await, Err(Error::NotFound));
        assert_eq!(reader.hit(remark).await, Err(Error::NotFound));
        assert_eq!(reader.count::<Remark>(None).await, Ok(0));
        assert!(node.list_all::<Remark>(&other, &ListRequest::default()).await.is_empty());
        assert_eq!(node.search_all(&other, "秘密", 1).await, [notice]);
        assert_eq!(reader.relations(notice).await, Ok(Vec::new()));
    }
}

pub async fn labels_made_elsewhere_are_learnt(backend: &dyn Backend) {
    let (here, there) = (Node::start(backend).await, Node::start(backend).await);
    let who = analyst();
    here.create(&who, &Notice::titled("first"), &Label::members()).await;
    assert_eq!(here.kernel.reader(&who).count::<Notice>(None).await, Ok(1));
    there.create(&who, &Notice::titled("second"), &community("hub")).await;
    here.clock.advance_seconds(3);
    assert_eq!(here.kernel.reader(&who).count::<Notice>(None).await, Ok(2));
    assert_eq!(here.list_all::<Notice>(&who, &ListRequest::default()).await.len(), 2);
    let hub_only = person("other", Role::Analyst, None, &["ring"]);
    assert_eq!(here.kernel.reader(&hub_only).count::<Notice>(None).await, Ok(1));
}

/// Numbers of labels are given by two processes at once; no reader may pass over one that came late.
pub async fn labels_of_concurrent_writers_are_all_known(backend: &dyn Backend) {
    let nodes = [Arc::new(Node::start(backend).await), Arc::new(Node::start(backend).await)];
    let writers = (0..20_usize).map(|number| {
        let node = nodes[number % 2].clone();
        tokio::spawn(async move {
            for step in 0..5 {
                // Some names are made by both at once, some by one only.
                let name = format!("c{}", if step % 2 == 0 { step } else { number * 10 + step });
                node.create(&analyst(), &Notice::titled("x"), &community(&name)).await;
            }
        })
    });
    for writer in join_all(writers).await {
        writer.expect("is saved");
    }
    let names: Vec<String> = (0..20_usize)
        .flat_map(|number| [1, 3].map(|step| format!("c{}", number * 10 + step)))
        .chain([0, 2, 4].map(|step| format!("c{step}")))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let reader = person("reader", Role::Analyst, None, &names);
    for node in nodes {
        node.clock.advance_seconds(3);
        assert_eq!(node.kernel.reader(&reader).count::<Notice>(None).await, Ok(100));
        assert_eq!(node.list_all::<Notice>(&reader, &ListRequest::default()).await.len(), 100);
        assert_eq!(node.store.labels(0).await.map(|labels| labels.len()), Ok(names.len()));
    }
}

pub async fn random_readers_see_what_the_oracle_says(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let mut random = random();
    let world = World::random(&node, &mut random, 150, &[]).await;
    for _ in 0..12 {
        let who = random_principal(&mut random);
        // The counts by which a way to run a query is chosen are refreshed by time.
        node.clock.advance_seconds(3);
        world.compare_reads(&node, &who, &mut random).await;
        world.compare_objects(&node, &who).await;
    }
}
