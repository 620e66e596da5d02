//! Lists: filters, order, pages.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rand::RngExt;
use shinayaka_kernel::{
    Error, Label, ObjectId,
    access::{FilterValue, ListRequest},
    object::{LabelId, encode_integer, encode_text},
    page::Cursor,
    search,
    store::{Order, Query, SearchQuery, Visible},
};

use crate::{
    Backend,
    node::{Node, analyst, community, pick, random},
    oracle::World,
    records::{Notice, Remark},
};

pub async fn filters_sorts_and_pages_agree_with_the_oracle(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let mut random = random();
    let world = World::random(&node, &mut random, 300, &[Label::members(), community("hub")]).await;
    for _ in 0..3 {
        node.clock.advance_seconds(3);
        world.compare_reads(&node, &analyst(), &mut random).await;
    }
    // Extreme values keep their order: byte order is the order of the numbers.
    let mut ids = Vec::new();
    for due in [i64::MIN, -1, 0, 1, i64::MAX] {
        let notice = Notice { due: Some(due), sector: "edge".into(), ..Notice::titled("edge") };
        ids.push(node.create(&analyst(), &notice, &Label::members()).await);
    }
    let request = ListRequest {
        filters: vec![("sector", FilterValue::Text("edge".into()))],
        sort: Some(("due", false)),
        after: None,
        limit: Some(2),
    };
    let listed: Vec<_> = node.list_all::<Notice>(&analyst(), &request).await.iter().map(|s| s.id).collect();
    assert_eq!(listed, ids);
}

pub async fn paging_is_complete_while_others_insert(backend: &dyn Backend) {
    let node = Arc::new(Node::start(backend).await);
    let mut random = random();
    let world = World::random(&node, &mut random, 120, &[Label::members()]).await;
    let go_on = Arc::new(AtomicBool::new(true));
    let inserting = tokio::spawn({
        let (node, go_on) = (node.clone(), go_on.clone());
        async move {
            let mut number = 0;
            while go_on.load(Ordering::SeqCst) {
                number += 1;
                let notice =
                    Notice { due: Some(number * 7 % 400), ..Notice::titled(&format!("侵入{number}")) };
                node.create(&analyst(), &notice, &Label::members()).await;
            }
            number
        }
    });
    let before: BTreeSet<ObjectId> = world.0.iter().map(|kept| kept.id).collect();
    for sort in [None, Some(("title", false)), Some(("title", true)), Some(("severity", true))] {
        let request = ListRequest { sort, limit: Some(7), ..ListRequest::default() };
        let listed: Vec<_> =
            node.list_all::<Notice>(&analyst(), &request).await.iter().map(|s| s.id).collect();
        let distinct: BTreeSet<ObjectId> = listed.iter().copied().collect();
        assert_eq!(distinct.len(), listed.len(), "nothing comes twice, sorted by {sort:?}");
        assert!(distinct.is_superset(&before), "nothing is left out, sorted by {sort:?}");
    }
    let found: BTreeSet<_> = node.search_all(&analyst(), "侵入", 7).await.into_iter().collect();
    assert!(world.search(&analyst(), "侵入").iter().all(|id| found.contains(id)));
    go_on.store(false, Ordering::SeqCst);
    assert!(inserting.await.expect("inserts") > 0, "somebody did insert");
}

/// The same question with numbers that make one or the other way look better.
pub async fn both_ways_of_running_a_list_answer_alike(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let mut random = random();
    World::random(&node, &mut random, 250, &[]).await;
    let all = node.everything().await.labels;
    let mut compared = 0;
    for _ in 0..60 {
        let labels: Arc<[LabelId]> = all.iter().copied().filter(|_| random.random_range(0..3) == 0).collect();
        let scanning = Visible { labels: labels.clone(), seen: 1_000_000, total: 1_000_000 };
        let collecting = Visible { labels, seen: 0, total: 1_000_000 };
        let filters = [
            ("sector", encode_text(pick(&mut random, &["water", "rail"]))),
            ("severity", encode_integer(random.random_range(-1..2))),
            ("tag", encode_text("vpn")),
        ];
        let order = match random.random_range(0..4) {
            0 => Order::Field { name: "due", descending: true },
            1 => Order::Field { name: "title", descending: false },
            _ => Order::Newest,
        };
        let number = random.random_range(0..3);
        let limit = random.random_range(1..30);
        let mut query = Query {
            kind: "conformance_notice",
            filters: filters[..number].to_vec(),
            order,
            after: None,
            limit,
        };
        assert!(scanning.prefers_scan(limit) && !collecting.prefers_scan(limit));
        loop {
            let one = node.store.list(&query, &scanning).await.expect("lists");
            let other = node.store.list(&query, &collecting).await.expect("lists");
            let ids = |rows: &[shinayaka_kernel::store::Row]| {
                rows.iter().map(|row| (row.object.id, row.sort_value.clone())).collect::<Vec<_>>()
            };
            assert_eq!(ids(&one), ids(&other), "{query:?}");
            assert_eq!(
                one.iter().map(|r| &r.object).collect::<Vec<_>>(),
                other.iter().map(|r| &r.object).collect::<Vec<_>>()
            );
            compared += one.len();
            let Some(last) = one.last().filter(|_| one.len() == limit as usize) else { break };
            query.after = Some(Cursor { value: last.sort_value.clone(), id: last.object.id });
        }
        let terms = search::query(pick(&mut random, &["侵入", "障害 vpn", "攻"]));
        let query = SearchQuery { kinds: vec!["conformance_notice"], terms, after: None, limit };
        let one = node.store.search(&query, &scanning).await.expect("searches");
        let other = node.store.search(&query, &collecting).await.expect("searches");
        assert_eq!(one, other, "{query:?}");
    }
    assert!(compared > 100, "the question was not empty: {compared}");
}

pub async fn what_is_not_a_page_or_a_field_is_refused(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let id = node.create(&who, &Notice::titled("one"), &Label::members()).await;
    let reader = node.kernel.reader(&who);
    let bad = |request: ListRequest, place: &'static str| async move {
        let refused = reader.list::<Notice>(&request).await;
        assert!(matches!(&refused, Err(Error::Invalid { field, .. }) if field == place), "{refused:?}");
    };
    let long = Cursor { value: vec![0; 65], id }.encode();
    for token in ["", "?", "AAAA", long.as_str()] {
        bad(ListRequest { after: Some(token.into()), ..ListRequest::default() }, "after").await;
    }
    for limit in [0, 501] {
        bad(ListRequest { limit: Some(limit), ..ListRequest::default() }, "limit").await;
    }
    let filters = vec![("colour", FilterValue::Integer(1))];
    bad(ListRequest { filters, ..ListRequest::default() }, "colour").await;
    bad(ListRequest { sort: Some(("colour", true)), ..ListRequest::default() }, "colour").await;
    let refused = reader.count::<Notice>(Some(("title", FilterValue::Text("one".into())))).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    let refused = reader.facet::<Remark>("sector").await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    // A token whose object this store does not know gives some page, never an error of the data base.
    let absent = Cursor { value: Vec::new(), id: ObjectId::named("conformance/absent") }.encode();
    let page = reader.list::<Notice>(&ListRequest { after: Some(absent), ..ListRequest::default() }).await;
    assert!(page.is_ok(), "{page:?}");
    // A value that looks like syntax is a value.
    let filters = vec![("sector", FilterValue::Text("' OR 1=1 --".into()))];
    let none =
        reader.list::<Notice>(&ListRequest { filters, ..ListRequest::default() }).await.expect("lists");
    assert_eq!(none.items.len(), 0);
}
