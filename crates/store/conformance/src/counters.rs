//! Totals from counters.

use std::sync::Arc;

use futures::future::join_all;
use rand::RngExt;
use shinayaka_kernel::Label;

use crate::{
    Backend,
    node::{Node, analyst, community, organisation, pick, random, random_notice, stranger},
    oracle::World,
    records::Notice,
    verification::{recount, verify_journal},
};

pub async fn totals_equal_a_recount(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let (mut random, who) = (random(), analyst());
    let labels = [Label::public(), Label::members(), community("hub"), organisation("house")];
    let mut world = World::random(&node, &mut random, 60, &labels).await;
    // Given to the house, so that its analyst is the originator and may widen labels.
    for kept in &mut world.0 {
        let read = node.get(&who, kept.id).await;
        let mut writer = node.kernel.writer(&who);
        writer.update_as(&read, &kept.notice, Some("house".into()), false).await.expect("may give");
        writer.commit().await.expect("is saved");
        kept.owner = Some("house".into());
    }
    for number in 0..200 {
        let place = random.random_range(0..world.0.len());
        let kept = &mut world.0[place];
        match random.random_range(0..10) {
            0..6 => {
                let notice = random_notice(&mut random, number);
                node.change(&who, kept.id, |record| *record = notice.clone()).await;
                kept.notice = notice;
            }
            6..9 => {
                let label = pick(&mut random, &labels);
                node.relabel(&who, kept.id, label.clone()).await;
                kept.label = label;
            }
            _ => {
                node.erase(&who, kept.id).await;
                world.0.remove(place);
            }
        }
    }
    recount(&node).await;
    for who in [analyst(), stranger(), shinayaka_kernel::Principal::public()] {
        node.clock.advance_seconds(3);
        world.compare_reads(&node, &who, &mut random).await;
    }
    verify_journal(&node).await;
}

pub async fn totals_follow_concurrent_saves(backend: &dyn Backend) {
    let node = Arc::new(Node::start(backend).await);
    let other = Arc::new(Node::start(backend).await);
    let mut ids = Vec::new();
    for number in 0..16 {
        ids.push(node.create(&analyst(), &Notice::titled(&number.to_string()), &Label::members()).await);
    }
    // The other process learns of new labels after a while.
    other.clock.advance_seconds(3);
    let changes = ids.into_iter().enumerate().map(|(number, id)| {
        let node = if number % 2 == 0 { node.clone() } else { other.clone() };
        tokio::spawn(async move {
            for step in 0..10_i64 {
                node.change(&analyst(), id, |notice| notice.severity = step % 3).await;
                if step == 7 {
                    node.relabel(&analyst(), id, community("hub")).await;
                }
            }
            if number % 4 == 0 {
                node.erase(&analyst(), id).await;
            }
        })
    });
    for change in join_all(changes).await {
        change.expect("is saved");
    }
    recount(&node).await;
    assert_eq!(node.kernel.reader(&analyst()).count::<Notice>(None).await, Ok(12));
    assert_eq!(
        node.kernel.reader(&analyst()).facet::<Notice>("sector").await,
        Ok(vec![("water".into(), 12)])
    );
    assert_eq!(verify_journal(&node).await, 16 + 16 * 11 + 4);
}
