//! Full-text search, in Japanese above all.

use rand::RngExt;
use shinayaka_kernel::{Error, Label, Principal, access::Keep, label::Role};

use crate::{
    Backend,
    node::{Node, analyst, community, nobody, organisation, person, pick, random, stranger},
    oracle::{Kept, World},
    records::{Notice, Remark},
};

pub async fn japanese_is_found_as_it_is_typed(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let texts = [
        "庁内ネットワークへの不正侵入を検知",
        "ｳｲﾙｽ対策ソフトの誤作動による業務停止",
        "ＶＰＮ機器の脆弱性 CVE-2026-12345 を悪用",
        "the operator pressed the wrong button; CVE-2026-1234 was not involved",
        "雷",
        "「停電」(一部)で・復旧、作業中",
        "𠮷野家ビルの火災",
        "랜섬웨어 감염",
    ];
    let mut ids = Vec::new();
    for text in texts {
        ids.push(
            node.create(&who, &Notice { text: text.into(), ..Notice::titled("件") }, &Label::members()).await,
        );
    }
    let cases: [(&str, &[usize]); 26] = [
        ("侵入", &[0]),
        ("不正侵入", &[0]),
        ("侵 入", &[0]),
        ("入侵", &[]),
        ("侵入検知", &[]),
        ("侵", &[0]),
        ("知", &[0]),
        ("ウイルス", &[1]),
        ("ｳｲﾙｽ", &[1]),
        ("ウイルス 停止", &[1]),
        ("ウイルス 侵入", &[]),
        ("vpn", &[2]),
        ("ＶＰＮ", &[2]),
        ("VPN機器", &[2]),
        ("CVE-2026-12345", &[2]),
        ("cve-2026-1234", &[3]),
        ("cve", &[]),
        ("CVE-2026-9999", &[]),
        ("operator", &[3]),
        ("oper", &[]),
        ("雷", &[4]),
        ("停電(一部)", &[5]),
        ("復旧作業", &[]),
        ("𠮷野", &[6]),
        ("감염", &[7]),
        ("件", &[7, 6, 5, 4, 3, 2, 1, 0]),
    ];
    for (text, places) in cases {
        let expected: Vec<_> = places.iter().map(|place| ids[*place]).collect();
        assert_eq!(node.search_all(&who, text, 3).await, expected, "{text}");
    }
    // What looks like the syntax of a data base is text, or nothing to search for.
    for text in
        ["\" OR content:*", "侵入 AND (NEAR", "a:b & !c | 'd", "k1", "l1", "handling", "(((", "--", "%", ""]
    {
        match node.kernel.reader(&who).search(text, &[], None, None).await {
            Ok(page) => assert!(page.items.len() <= 1, "{text} found {:?}", page.items),
            Err(error) => assert!(matches!(&error, Error::Invalid { field, .. } if field == "q"), "{error}"),
        }
    }
    let long = "侵入検知攻撃".repeat(2000);
    assert!(node.kernel.reader(&who).search(&long, &[], None, None).await.is_ok(), "a long query is bounded");
}

pub async fn the_newest_version_is_searched_and_no_other(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let id = node.create(&who, &Notice::titled("断水のおそれ"), &Label::members()).await;
    assert_eq!(node.search_all(&who, "断水", 5).await, [id]);
    node.change(&who, id, |notice| notice.title = "停電のおそれ".into()).await;
    assert_eq!(node.search_all(&who, "断水", 5).await, [], "the old text is not found any more");
    assert_eq!(node.search_all(&who, "停電", 5).await, [id]);
    node.relabel(&who, id, community("hub")).await;
    assert_eq!(node.search_all(&who, "停電", 5).await, [id]);
    assert_eq!(node.search_all(&stranger(), "停電", 5).await, []);
    node.erase(&who, id).await;
    assert_eq!(node.search_all(&who, "停電", 5).await, []);
    let mut writer = node.kernel.writer(&who);
    let keep = Keep::labelled(Label::members());
    writer.create(&Remark { text: "停電の注".into() }, &keep).await.expect("may create");
    writer.create(&Notice::titled("停電の報"), &keep).await.expect("may create");
    writer.commit().await.expect("is saved");
    let reader = node.kernel.reader(&who);
    for (kinds, n) in
        [(&[][..], 2), (&["conformance_remark"], 1), (&["conformance_notice", "conformance_remark"], 2)]
    {
        assert_eq!(reader.search("停電", kinds, None, None).await.map(|page| page.items.len()), Ok(n));
    }
    let unknown = reader.search("停電", &["no_such_kind"], None, None).await;
    assert!(matches!(unknown, Err(Error::Invalid { .. })), "{unknown:?}");
}

/// Saves `size` notices, most of them for `common`, a few for each of `rare`.
async fn uneven(node: &Node, common: &Label, rare: &[Label], size: usize) -> World {
    let mut random = random();
    let mut world = World::default();
    let who = analyst();
    for number in 0..size {
        let label = if number % 9 == 0 { pick(&mut random, rare) } else { common.clone() };
        let text = if random.random_range(0..2) == 0 { "侵入を検知" } else { "障害" };
        let notice = Notice { text: text.into(), ..Notice::titled(&format!("第{number}号")) };
        let id = node.create(&who, &notice, &label).await;
        let author = who.account.unwrap_or(id);
        world.0.push(Kept { id, notice, label, owner: None, author });
    }
    node.clock.advance_seconds(3);
    world
}

pub async fn sparse_and_dense_readers_find_alike(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let rare = [organisation("house"), organisation("third"), community("ring"), nobody()];
    let world = uneven(&node, &community("hub"), &rare, 300).await;
    let dense = analyst();
    let sparse = person("sparse", Role::Analyst, Some("third"), &["ring"]);
    for who in [dense, sparse, stranger(), Principal::public()] {
        for text in ["侵入", "侵", "障害", "第 号", "検知 号", "ない"] {
            for limit in [1, 7, 300] {
                assert_eq!(
                    node.search_all(&who, text, limit).await,
                    world.search(&who, text),
                    "{text} as {who:?}"
                );
            }
        }
    }
}

pub async fn pages_of_hits_are_complete(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let world = uneven(&node, &Label::members(), &[Label::public()], 120).await;
    let who = analyst();
    let expected = world.search(&who, "侵入");
    assert!(expected.len() > 20, "there are several pages: {}", expected.len());
    for limit in [1, 2, 19, 120] {
        assert_eq!(node.search_all(&who, "侵入", limit).await, expected);
    }
}
