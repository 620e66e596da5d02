//! Giving an object another label, and whose consent that needs.

use shinayaka_kernel::{Error, Label, ObjectId, Principal, label::Role, object::Stored};

use crate::{
    Backend,
    node::{Node, analyst, community, organisation, person, stranger},
    records::Notice,
    verification::{recount, verify_journal},
};

async fn relabelled(node: &Node, who: &Principal, read: &Stored<Notice>, label: &Label) -> Result<(), Error> {
    let mut writer = node.kernel.writer(who);
    writer.relabel(read, label.clone()).await?;
    writer.commit().await.map(|_| ())
}

async fn consented(node: &Node, who: &Principal, read: &Stored<Notice>, label: &Label) -> Result<(), Error> {
    let mut writer = node.kernel.writer(who);
    writer.consent(read, label).await?;
    writer.commit().await.map(|_| ())
}

/// An object of `house`, for the hub; handled by an analyst of another organisation in the hub.
async fn shared(node: &Node) -> (ObjectId, Principal) {
    let id = node.create_owned(&analyst(), &Notice::titled("分担"), &community("hub"), Some("house")).await;
    (id, person("handler", Role::Analyst, Some("elsewhere"), &["hub"]))
}

pub async fn a_wider_label_needs_the_originator(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let (id, handler) = shared(&node).await;
    let read = node.get(&handler, id).await;
    let refused = relabelled(&node, &handler, &read, &Label::members()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let refused = consented(&node, &handler, &read, &Label::members()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "only the originator consents: {refused:?}");
    assert_eq!(node.kernel.reader(&stranger()).count::<Notice>(None).await, Ok(0));

    consented(&node, &analyst(), &read, &Label::members()).await.expect("the originator consents");
    relabelled(&node, &handler, &read, &Label::members()).await.expect("with consent");
    assert_eq!(node.get(&stranger(), id).await.version, 2);
    assert_eq!(node.kernel.reader(&stranger()).count::<Notice>(None).await, Ok(1));
    assert_eq!(node.search_all(&stranger(), "分担", 5).await, [id]);
    node.store.sequence().await.expect("sequences");
    let entries = node.kernel.reader(&handler).entries(id).await.expect("entries");
    assert_eq!(entries.len(), 3, "saved, consented, saved");

    // Narrower again needs nobody; then it is gone for the stranger.
    let read = node.get(&handler, id).await;
    relabelled(&node, &handler, &read, &community("hub")).await.expect("narrower");
    assert_eq!(node.kernel.reader(&stranger()).get::<Notice>(id).await, Err(Error::NotFound));
    assert_eq!(node.kernel.reader(&stranger()).count::<Notice>(None).await, Ok(0));
    assert_eq!(node.search_all(&stranger(), "分担", 5).await, []);
    // The originator widens by its own hand.
    let read = node.get(&analyst(), id).await;
    relabelled(&node, &analyst(), &read, &Label::public()).await.expect("the originator");
    assert_eq!(node.get(&Principal::public(), id).await.version, 4);
    verify_journal(&node).await;
    recount(&node).await;
}

pub async fn earlier_versions_keep_their_labels(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let id = node.create_owned(&who, &Notice::titled("内"), &organisation("house"), Some("house")).await;
    node.change(&who, id, |notice| notice.title = "外".into()).await;
    node.relabel(&who, id, Label::public()).await;
    let public = Principal::public();
    let reader = node.kernel.reader(&public);
    let seen: Vec<u32> = reader.history(id).await.expect("history").iter().map(|v| v.version).collect();
    assert_eq!(seen, [3], "versions from before the publication stay inside");
    assert_eq!(reader.version::<Notice>(id, 1).await, Err(Error::NotFound));
    assert_eq!(reader.raw_version(id, 2).await, Err(Error::NotFound));
    assert_eq!(reader.version::<Notice>(id, 3).await.map(|stored| stored.label), Ok(Label::public()));
    let own = node.kernel.reader(&who).history(id).await.expect("history");
    assert_eq!(own.len(), 3);

    node.relabel(&who, id, organisation("house")).await;
    assert_eq!(reader.version::<Notice>(id, 3).await, Err(Error::NotFound), "the newest label counts too");
    assert_eq!(reader.history(id).await, Err(Error::NotFound));
}

pub async fn consent_is_for_one_version_and_one_label(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let (id, handler) = shared(&node).await;
    let first = node.get(&handler, id).await;
    consented(&node, &analyst(), &first, &Label::members()).await.expect("consents");
    let refused = relabelled(&node, &handler, &first, &Label::public()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "consent was for members: {refused:?}");
    node.change(&handler, id, |notice| notice.text = "もっと".into()).await;
    let second = node.get(&handler, id).await;
    let refused = relabelled(&node, &handler, &second, &Label::members()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "consent was for version 1: {refused:?}");
    let late = consented(&node, &analyst(), &first, &Label::public()).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "consent to what is no longer the newest: {late:?}");
    consented(&node, &analyst(), &second, &Label::members()).await.expect("consents");
    consented(&node, &analyst(), &second, &Label::members()).await.expect("consents again");
    relabelled(&node, &handler, &second, &Label::members()).await.expect("with consent");
    verify_journal(&node).await;
}
