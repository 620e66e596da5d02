//! A drill from its start to its figures, and what the register learns of it.

use shinayaka_constituency::service::{drill_report, drills, organisations};
use shinayaka_kernel::{
    Error, Label, ObjectId, Principal,
    access::Keep,
    clock::Timestamp,
    label::{Action, Role},
};
use shinayaka_model::{
    contact::{Contact, ContactState},
    delivery::{Answer, AudiencePart, Delivery, Recipient},
    drill::{Drill, DrillAudience, DrillOutcome, DrillStanding},
    organisation::Organisation,
    warning::{AnswerVia, Choice, DeliveryChannel, DeliveryState, Exposure, Purpose, Rung},
};

use crate::node::{Node, PostOffice, field, person};

async fn start(node: &Node, who: &Principal, audience: DrillAudience) -> Result<ObjectId, Error> {
    let new = drills::NewDrill { title: "疎通確認".into(), audience, hours: None };
    drills::start(&node.kernel, who, node.post.as_ref(), new).await.map(|started| started.id)
}

fn hub(code: &str) -> DrillAudience {
    DrillAudience { hub: Some(code.into()), ..DrillAudience::default() }
}

/// What the delivering room writes: `a` answers after 30 minutes, `b` is delivered to, `c` bounces.
async fn deliver(node: &Node, started: Timestamp) {
    let notice = PostOffice::notice();
    let principal = Principal::node();
    let mut writer = node.kernel.writer(&principal);
    let keep = Keep::labelled(Label::members());
    let recipient = |code: &str| Recipient {
        organisation: code.into(),
        name: code.into(),
        sector: None,
        prefecture: None,
        hubs: [].into(),
        exposure: Exposure::Affected,
    };
    let recipients = ["a", "b", "c"].map(recipient).to_vec();
    let part = AudiencePart { warning: notice, number: 0, recipients };
    writer.create(&part, &keep).await.unwrap();
    for (code, state) in
        [("a", DeliveryState::Delivered), ("b", DeliveryState::Delivered), ("c", DeliveryState::Failed)]
    {
        let contacts = organisations::contacts_of(writer.reader(), Organisation::id_of(code)).await.unwrap();
        let delivery = Delivery {
            warning: notice,
            edition: 1,
            purpose: Purpose::Drill,
            organisation: code.into(),
            contact: Some(contacts[0].stored.id),
            channel: DeliveryChannel::Email,
            rung: Rung::First,
            address: contacts[0].stored.record.address.clone(),
            language: "ja".into(),
            state,
            attempts: vec![],
            message_id: None,
            receipt: None,
            reason: (state == DeliveryState::Failed).then(|| "550 no such user".into()),
            queued_at: started,
            delivered_at: None,
            changed_at: started,
        };
        writer.create_with_id(delivery.id(), &delivery, &keep).await.unwrap();
        if code == "a" {
            let at = started.plus_seconds(1_800);
            let answer = Answer {
                warning: notice,
                purpose: Purpose::Drill,
                organisation: code.into(),
                choice: Choice::Done,
                reason: None,
                note: String::new(),
                via: AnswerVia::Link,
                by: "a".into(),
                delivery: Some(delivery.id()),
                first_at: at,
                at,
                clicks: 1,
            };
            writer.create(&answer, &keep).await.unwrap();
        }
    }
    writer.commit().await.unwrap();
}

#[tokio::test]
async fn a_drill_is_sent_watched_and_closed_by_itself() {
    let node = Node::start().await;
    let director = person(Role::Director, "csirt", &[]);
    for code in ["a", "b", "c"] {
        node.register(code, &["hub"]).await;
    }
    let id = start(&node, &director, hub("hub")).await.unwrap();
    let call = node.post.0.lock().unwrap().remove(0);
    assert_eq!((call.drill, call.audience.hub.as_deref()), (id, Some("hub")));
    deliver(&node, node.kernel.now()).await;
    node.clock.advance_seconds(3_600);
    node.work().await;
    let open = drill_report::get(&node.kernel, &director, id).await.unwrap();
    assert!(open.open, "it is not over yet");
    assert_eq!((open.figures.asked, open.figures.reached, open.figures.answered), (3, 2, 1));
    assert_eq!(open.figures.stale_contacts, 3);

    node.clock.advance_seconds(24 * 3_600);
    node.work().await;
    let closed = drill_report::get(&node.kernel, &director, id).await.unwrap();
    assert!(!closed.open);
    assert_eq!(closed.figures.reach_rate, Some(66.67));
    assert_eq!(closed.figures.median_minutes, Some(30.0));
    assert_eq!(closed.figures.dead_channels, 1);
    assert_eq!(node.count::<DrillOutcome>().await, 3);

    // The register has learnt: who answered works, what bounced is dead.
    let state = async |code: &str| {
        let id = Organisation::id_of(code);
        let contacts = organisations::contacts_of(node.kernel.reader(&director), id).await.unwrap();
        (contacts[0].state, contacts[0].stored.record.clone())
    };
    let (a, record) = state("a").await;
    assert_eq!(a, ContactState::Verified);
    assert_eq!(record.verified_at, Some(open.stored.record.started_at.plus_seconds(1_800)));
    assert_eq!(state("b").await.0, ContactState::Stale);
    let (c, record) = state("c").await;
    assert_eq!((c, record.dead.unwrap().reason.as_str()), (ContactState::Dead, "550 no such user"));

    // Closing once more changes nothing.
    shinayaka_constituency::service::drill_close::close(&node.kernel, id, None).await.unwrap();
    let again: Drill = node.kernel.reader(&director).get(id).await.unwrap().record;
    assert_eq!(again, closed.stored.record);
    let file = drill_report::export_outcomes(node.kernel.reader(&director), id).await.unwrap();
    let text = String::from_utf8(file).unwrap();
    assert!(
        text.contains("a,answered,30,,1\r\n") && text.contains("c,unreached,,550 no such user,1\r\n"),
        "{text}"
    );
}

#[tokio::test]
async fn a_crash_while_closing_is_made_good() {
    let node = Node::start().await;
    let director = person(Role::Director, "csirt", &[]);
    for code in ["a", "b", "c"] {
        node.register(code, &["hub"]).await;
    }
    let id = start(&node, &director, hub("hub")).await.unwrap();
    deliver(&node, node.kernel.now()).await;
    node.clock.advance_seconds(25 * 3_600);
    // As if the process had died after the outcomes and before the result.
    let outcome = DrillOutcome {
        drill: id,
        organisation: "a".into(),
        standing: DrillStanding::Answered,
        answered_after_seconds: Some(1_800),
        failed: vec![],
        stale_contacts: 1,
    };
    let principal = Principal::node();
    let mut writer = node.kernel.writer(&principal);
    let keep = Keep { owner: Some("a".into()), ..Keep::labelled(Label::members()) };
    writer.create_with_id(DrillOutcome::id_of(id, "a"), &outcome, &keep).await.unwrap();
    writer.commit().await.unwrap();
    node.work().await;
    assert_eq!(node.count::<DrillOutcome>().await, 3);
    let closed = drill_report::get(&node.kernel, &director, id).await.unwrap();
    assert_eq!(closed.figures.asked, 3);
}

#[tokio::test]
async fn a_hub_drills_its_own_members_only() {
    let node = Node::start().await;
    node.register("a", &["hub"]).await;
    let secretary = person(Role::Secretary, "hub", &["hub"]);
    let id = start(&node, &secretary, hub("hub")).await.unwrap();
    assert!(node.kernel.reader(&secretary).get::<Drill>(id).await.is_ok());
    for audience in [hub("other"), DrillAudience::default()] {
        assert!(matches!(start(&node, &secretary, audience).await, Err(Error::Forbidden(_))));
    }
    let other = person(Role::Secretary, "other", &["other"]);
    assert!(matches!(drill_report::get(&node.kernel, &other, id).await, Err(Error::NotFound)));
    for role in [Role::Officer, Role::Clerk, Role::Operator] {
        let who = person(role, "a", &["hub"]);
        assert!(matches!(start(&node, &who, hub("hub")).await, Err(Error::Forbidden(_))));
    }
    let officer = person(Role::Officer, "a", &["hub"]);
    assert!(node.kernel.reader(&officer).demand::<Drill>(Action::Read).is_err());
    assert_eq!(node.post.0.lock().unwrap().len(), 1, "what is refused is not sent");
    let analyst = person(Role::Analyst, "csirt", &[]);
    let wrong = DrillAudience { prefecture: Some("48".into()), ..DrillAudience::default() };
    assert_eq!(field(start(&node, &analyst, wrong).await.unwrap_err()), "audience.prefecture");
    let endless = drills::NewDrill { title: "x".into(), audience: hub("hub"), hours: Some(721) };
    let endless = drills::start(&node.kernel, &analyst, node.post.as_ref(), endless).await;
    assert_eq!(field(endless.unwrap_err()), "hours");
    assert_eq!(node.post.0.lock().unwrap().len(), 1);
    assert_eq!(node.count::<Contact>().await, 1);
}

#[tokio::test]
async fn a_warning_that_is_over_teaches_the_register_too() {
    let node = Node::start().await;
    let director = person(Role::Director, "csirt", &[]);
    for code in ["a", "b", "c"] {
        node.register(code, &[]).await;
    }
    deliver(&node, node.kernel.now()).await;
    let principal = Principal::node();
    let mut writer = node.kernel.writer(&principal);
    writer.emit("warning.cancelled", Some(PostOffice::notice()), &serde_json::json!({})).unwrap();
    writer.commit().await.unwrap();
    node.work().await;
    let mut states = Vec::new();
    for code in ["a", "b", "c"] {
        let id = Organisation::id_of(code);
        let contacts = organisations::contacts_of(node.kernel.reader(&director), id).await.unwrap();
        states.push(contacts[0].state);
    }
    assert_eq!(states, [ContactState::Verified, ContactState::Stale, ContactState::Dead]);
    assert_eq!(node.count::<DrillOutcome>().await, 0);
}
