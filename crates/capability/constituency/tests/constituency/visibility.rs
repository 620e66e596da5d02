//! Who sees whom: a member itself, a hub its members, the house everybody; and nobody learns what else there is.

use shinayaka_constituency::service::{
    contacts::{self, ContactFilter},
    export::{ExportFormat, export},
    holdings,
    organisations::{self, OrganisationFilter},
};
use shinayaka_kernel::{Error, ObjectId, Principal, label::Role};
use shinayaka_model::{contact::Contact, organisation::Organisation, product_in_use::ProductInUse};

use crate::node::{Node, email, organisation, person};

async fn seen(node: &Node, who: &Principal) -> Vec<String> {
    let filter = OrganisationFilter::default();
    let page = organisations::list(node.kernel.reader(who), &filter, None, None);
    page.await.unwrap().items.into_iter().map(|one| one.stored.record.code).collect()
}

#[tokio::test]
async fn everybody_sees_their_part() {
    let node = Node::start().await;
    node.register("a", &["hub"]).await;
    node.register("b", &["hub", "other"]).await;
    node.register("c", &[]).await;
    for role in [Role::Director, Role::Analyst, Role::Operator] {
        assert_eq!(seen(&node, &person(role, "csirt", &[])).await, ["a", "b", "c"], "{role:?}");
    }
    assert_eq!(seen(&node, &person(Role::Secretary, "hub", &["hub"])).await, ["a", "b"]);
    assert_eq!(seen(&node, &person(Role::Secretary, "other", &["other"])).await, ["b"]);
    // A member of the hub is in its community, and still sees itself alone.
    assert_eq!(seen(&node, &person(Role::Officer, "a", &["hub"])).await, ["a"]);
    assert_eq!(seen(&node, &person(Role::Clerk, "c", &[])).await, ["c"]);
    for role in [Role::Assessor, Role::Council] {
        let who = person(role, "a", &["hub"]);
        let reader = node.kernel.reader(&who);
        let refused = organisations::list(reader, &OrganisationFilter::default(), None, None).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{role:?}");
    }
}

#[tokio::test]
async fn what_one_may_not_see_is_as_if_it_were_not_there() {
    let node = Node::start().await;
    node.register("a", &["hub"]).await;
    node.register("b", &["hub"]).await;
    let officer = person(Role::Officer, "a", &["hub"]);
    let (there, not_there) = (Organisation::id_of("b"), Organisation::id_of("z"));
    for id in [there, not_there] {
        let reader = node.kernel.reader(&officer);
        assert!(matches!(organisations::get(reader, id).await, Err(Error::NotFound)));
        assert!(matches!(organisations::contacts_of(reader, id).await, Err(Error::NotFound)));
        let product = ProductInUse { name: "x".into(), ..ProductInUse::default() };
        let added = holdings::add(node.kernel.writer(&officer), id, product).await;
        assert!(matches!(added, Err(Error::NotFound)));
        let saved = organisations::change(node.kernel.writer(&officer), id, 1, organisation("b", &[])).await;
        assert!(matches!(saved, Err(Error::NotFound)));
    }
    let contacts = contacts::list(node.kernel.reader(&officer), &ContactFilter::default(), None, None).await;
    assert_eq!(contacts.unwrap().items.len(), 1);
    let reader = node.kernel.reader(&officer);
    assert_eq!(reader.search("b市", &[], None, None).await.unwrap().items.len(), 0);
    assert_eq!(reader.count::<Organisation>(None).await.unwrap(), 0, "no totals for who sees a part");
    let file = export(reader, ExportFormat::Csv, &OrganisationFilter::default()).await.unwrap();
    let text = String::from_utf8(file).unwrap();
    assert!(text.contains("a@a.example") && !text.contains("b@b.example"));
}

#[tokio::test]
async fn a_new_hub_sees_the_organisation_and_what_hangs_on_it() {
    let node = Node::start().await;
    let id = node.register("a", &["hub"]).await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    let other = person(Role::Secretary, "other", &["other"]);
    let hub = person(Role::Secretary, "hub", &["hub"]);
    let contact = organisations::contacts_of(node.kernel.reader(&hub), id).await.unwrap().remove(0).stored;
    let sees_contact =
        async |who: &Principal, id: ObjectId| node.kernel.reader(who).get::<Contact>(id).await.is_ok();
    assert!(sees_contact(&hub, contact.id).await && !sees_contact(&other, contact.id).await);
    organisations::change(node.kernel.writer(&analyst), id, 1, organisation("a", &["other"])).await.unwrap();
    assert!(!sees_contact(&hub, contact.id).await && sees_contact(&other, contact.id).await);
    assert!(seen(&node, &hub).await.is_empty());
    // A hub cannot draw an organisation to itself, nor a member join by itself; the rest they may change.
    let mut version = 2;
    for who in [other, person(Role::Officer, "a", &[])] {
        let both = organisation("a", &["other", "third"]);
        let saved = organisations::change(node.kernel.writer(&who), id, version, both).await;
        assert!(matches!(saved, Err(Error::Forbidden(_))), "{}", who.name);
        let noted = Organisation { note: who.name.clone(), ..organisation("a", &["other"]) };
        version = organisations::change(node.kernel.writer(&who), id, version, noted).await.unwrap();
    }
    assert_eq!(version, 4);
}

#[tokio::test]
async fn only_the_house_registers() {
    let node = Node::start().await;
    for who in [
        person(Role::Secretary, "hub", &["hub"]),
        person(Role::Officer, "z", &[]),
        person(Role::Clerk, "z", &[]),
        person(Role::Operator, "csirt", &[]),
    ] {
        let new = organisations::register(
            node.kernel.writer(&who),
            String::new(),
            organisation("z", &["hub"]),
            email("a@z.example"),
        );
        assert!(matches!(new.await, Err(Error::Forbidden(_))), "{}", who.name);
    }
    assert_eq!(node.count::<Contact>().await, 0);
}
