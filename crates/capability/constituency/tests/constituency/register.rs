//! Registering, changing, verifying, growing stale.

use shinayaka_constituency::service::{
    contacts::{self, ContactFilter, ContactHealth},
    delegations, holdings,
    organisations::{self, HealthFilter, OrganisationFilter},
    policy,
};
use shinayaka_kernel::{Error, label::Role};
use shinayaka_model::{
    constituency_policy::ConstituencyPolicy,
    contact::{Contact, ContactState, Verification},
    delegation::{DelegatedAct, Delegation},
    organisation::Organisation,
    product_in_use::ProductInUse,
};

use crate::node::{Node, email, field, organisation, person};

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_name_and_one_contact_are_enough() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    let record = Organisation { name_en: "Clinic".into(), ..Organisation::default() };
    let writer = node.kernel.writer(&analyst);
    let (id, _) =
        organisations::register(writer, "o-1".into(), record, email("a@clinic.example")).await.unwrap();
    let file = organisations::get(node.kernel.reader(&analyst), id).await.unwrap();
    assert_eq!(file.stored.record.code, "o-1");
    assert_eq!(file.contacts.len(), 1);
    assert_eq!(file.contacts[0].state, ContactState::Stale, "nobody has tried it yet");
    assert_eq!(file.stored.owner.as_deref(), Some("o-1"));
}

#[tokio::test]
async fn a_code_is_taken_once_and_kept() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    let id = node.register("city", &[]).await;
    let writer = node.kernel.writer(&analyst);
    let again =
        organisations::register(writer, String::new(), organisation("city", &[]), email("b@c.example"));
    assert!(matches!(again.await, Err(Error::Conflict(_))));
    let renamed = organisations::change(node.kernel.writer(&analyst), id, 1, organisation("town", &[])).await;
    assert_eq!(field(renamed.unwrap_err()), "code");
    let wrong = organisations::register(
        node.kernel.writer(&analyst),
        String::new(),
        organisation("x", &[]),
        email("no address"),
    );
    assert_eq!(field(wrong.await.unwrap_err()), "contact.address");
    assert_eq!(node.count::<Organisation>().await, 1, "nothing was half saved");
}

#[tokio::test]
async fn a_contact_is_verified_goes_stale_and_is_counted() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    let clerk = person(Role::Clerk, "a", &[]);
    let id = node.register("a", &[]).await;
    node.register("b", &[]).await;
    let of = |id| organisations::contacts_of(node.kernel.reader(&analyst), id);
    let contact = of(id).await.unwrap().remove(0).stored;
    contacts::verify(node.kernel.writer(&clerk), contact.id, contact.version).await.unwrap();
    let verified = of(id).await.unwrap().remove(0);
    assert_eq!(verified.state, ContactState::Verified);
    assert_eq!(verified.stored.record.verified_by, Some(Verification::Organisation));
    let report = contacts::health(node.kernel.reader(&analyst)).await.unwrap();
    assert_eq!(report.contacts, ContactHealth { verified: 1, stale: 1, dead: 0 });
    assert_eq!((report.total, report.verified_percent, report.verification_days), (2, Some(50.0), 90));
    // The last day still counts, the next one does not.
    node.clock.advance_seconds(90 * DAY);
    assert_eq!(of(id).await.unwrap()[0].state, ContactState::Verified);
    node.clock.advance_seconds(DAY);
    assert_eq!(of(id).await.unwrap()[0].state, ContactState::Stale);
    let director = person(Role::Director, "csirt", &[]);
    let longer = ConstituencyPolicy { verification_days: 120 };
    assert!(matches!(
        policy::agree(node.kernel.writer(&analyst), 0, longer.clone()).await,
        Err(Error::Forbidden(_))
    ));
    policy::agree(node.kernel.writer(&director), 0, longer).await.unwrap();
    assert_eq!(of(id).await.unwrap()[0].state, ContactState::Verified);
    let report = contacts::health(node.kernel.reader(&clerk)).await.unwrap();
    assert_eq!((report.total, report.verification_days), (1, 120), "a clerk counts their own");
}

#[tokio::test]
async fn another_address_is_another_road() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    let id = node.register("a", &[]).await;
    let of = |id| organisations::contacts_of(node.kernel.reader(&analyst), id);
    let one = of(id).await.unwrap().remove(0).stored;
    contacts::verify(node.kernel.writer(&analyst), one.id, 1).await.unwrap();
    let claimed = Contact {
        verified_at: Some("2030-01-01T00:00:00Z".parse().unwrap()),
        verified_by: Some(Verification::Person),
        ..one.record.clone()
    };
    let renamed = Contact { name: "宿直".into(), ..claimed.clone() };
    holdings::change(node.kernel.writer(&analyst), one.id, 2, renamed).await.unwrap();
    let kept = of(id).await.unwrap().remove(0);
    assert_eq!(kept.state, ContactState::Verified, "a name changes nothing");
    assert!(kept.stored.record.verified_at.unwrap() < "2027-01-01T00:00:00Z".parse().unwrap());
    let moved = Contact { address: "z@a.example".into(), ..claimed };
    holdings::change(node.kernel.writer(&analyst), one.id, 3, moved).await.unwrap();
    assert_eq!(of(id).await.unwrap()[0].state, ContactState::Stale);
    holdings::remove::<Contact>(node.kernel.writer(&analyst), one.id, 4).await.unwrap();
    assert_eq!(of(id).await.unwrap().len(), 0);
}

#[tokio::test]
async fn lists_filter_by_state_and_health() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    for code in ["a", "b", "c"] {
        node.register(code, &[]).await;
    }
    let reader = node.kernel.reader(&analyst);
    let of = |code: &'static str| organisations::contacts_of(reader, Organisation::id_of(code));
    let (a, b) = (of("a").await.unwrap().remove(0).stored, of("b").await.unwrap().remove(0).stored);
    contacts::verify(node.kernel.writer(&analyst), a.id, 1).await.unwrap();
    let dead = serde_json::json!({"since": "2026-11-01T00:00:00Z", "reason": "550"});
    let gone = Contact { dead: serde_json::from_value(dead).unwrap(), ..b.record.clone() };
    holdings::change(node.kernel.writer(&analyst), b.id, 1, gone).await.unwrap();
    let state = async |state| {
        let filter = ContactFilter { state: Some(state), ..ContactFilter::default() };
        let page = contacts::list(reader, &filter, None, None).await.unwrap();
        page.items.into_iter().map(|one| one.stored.record.organisation).collect::<Vec<_>>()
    };
    assert_eq!(state(ContactState::Verified).await, ["a"]);
    assert_eq!(state(ContactState::Dead).await, ["b"]);
    assert_eq!(state(ContactState::Stale).await, ["c"]);
    let health = async |health| {
        let filter = OrganisationFilter { health: Some(health), ..OrganisationFilter::default() };
        let page = organisations::list(reader, &filter, None, None).await.unwrap();
        page.items.into_iter().map(|one| one.stored.record.code).collect::<Vec<_>>()
    };
    assert_eq!(health(HealthFilter::Verified).await, ["a"]);
    assert_eq!(health(HealthFilter::NoneVerified).await, ["b", "c"]);
    assert_eq!(health(HealthFilter::Dead).await, ["b"]);
    assert_eq!(health(HealthFilter::Stale).await, ["c"]);
    let filter = OrganisationFilter { q: Some("b市".into()), ..OrganisationFilter::default() };
    let page = organisations::list(reader, &filter, None, None).await.unwrap();
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn pages_of_a_health_filter_lose_nobody() {
    let node = Node::start().await;
    let analyst = person(Role::Analyst, "csirt", &[]);
    for number in 0..7 {
        node.register(&format!("o{number}"), &[]).await;
    }
    let reader = node.kernel.reader(&analyst);
    let filter =
        OrganisationFilter { health: Some(HealthFilter::NoneVerified), ..OrganisationFilter::default() };
    let (mut codes, mut after) = (Vec::new(), None);
    loop {
        let page = organisations::list(reader, &filter, after, Some(2)).await.unwrap();
        codes.extend(page.items.into_iter().map(|one| one.stored.record.code));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(codes, ["o0", "o1", "o2", "o3", "o4", "o5", "o6"]);
}

#[tokio::test]
async fn products_and_delegations_hang_on_their_organisation() {
    let node = Node::start().await;
    let officer = person(Role::Officer, "a", &[]);
    let id = node.register("a", &["hub"]).await;
    let product = ProductInUse { organisation: "other".into(), name: "Gateway".into(), ..Default::default() };
    let (product, _) = holdings::add(node.kernel.writer(&officer), id, product).await.unwrap();
    let record = Delegation {
        member: String::new(),
        delegate: "hub".into(),
        acts: [DelegatedAct::Answer].into(),
        valid_from: "2026-04-01".parse().unwrap(),
        valid_until: None,
        note: String::new(),
    };
    let (delegation, version) =
        delegations::delegate(node.kernel.writer(&officer), id, record.clone()).await.unwrap();
    assert_eq!(version, 1);
    let again = delegations::delegate(node.kernel.writer(&officer), id, record).await.unwrap();
    assert_eq!(again, (delegation, 2), "one delegation between two, with its history");
    let file = organisations::get(node.kernel.reader(&officer), id).await.unwrap();
    assert_eq!(file.products[0].id, product);
    assert_eq!(file.products[0].record.organisation, "a", "what the sender names is not asked");
    assert_eq!(file.delegations.len(), 1);
}
