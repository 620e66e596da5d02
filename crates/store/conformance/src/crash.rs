//! A writer is killed in the middle of its work: every commit is there as a whole or not at all, and every one that
//! was acknowledged is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    time::Duration,
};

use rand::{RngExt, rngs::StdRng};
use shinayaka_kernel::{
    Label,
    access::{Keep, ListRequest},
};

use crate::{
    Backend,
    node::{Node, analyst, random},
    records::{Notice, Remark},
    verification::{recount, verify_journal},
};

const ADDRESS: &str = "SHINAYAKA_CONFORMANCE_CRASH";
/// Notices in one commit of the writer, besides a remark that is tied to each of them.
const NOTICES: usize = 3;

/// Set in the process that is to be killed.
pub fn address_to_write_to() -> Option<String> {
    std::env::var(ADDRESS).ok()
}

/// Saves groups of objects from several tasks; says the name of each group when its commit has returned.
pub async fn write_until_killed(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let writers = (0..4).map(|writer| {
        let node = &node;
        async move {
            for number in 0_u64.. {
                let group = format!("{}-{writer}-{number}", std::process::id());
                save_group(node, &group).await;
                let mut out = std::io::stdout().lock();
                writeln!(out, "saved {group}").and_then(|()| out.flush()).expect("the parent reads");
            }
        }
    });
    futures::future::join_all(writers).await;
}

async fn save_group(node: &Node, group: &str) {
    let who = analyst();
    let keep = Keep::labelled(Label::members());
    let mut writer = node.kernel.writer(&who);
    let remark = writer.create(&Remark { text: group.into() }, &keep).await.expect("may create");
    for number in 0..NOTICES {
        let notice = Notice { tags: vec![group.into()], ..Notice::titled(&format!("{group}/{number}")) };
        let id = writer.create(&notice, &keep).await.expect("may create");
        writer.relate_new(remark, "answers", id).expect("may relate");
    }
    writer.emit("notice.recorded", Some(remark), &()).expect("may tell");
    writer.commit().await.expect("is saved");
}

pub async fn a_killed_writer_leaves_whole_commits(backend: &dyn Backend) {
    let mut random = random();
    let mut acknowledged = BTreeSet::new();
    for round in 0..6 {
        let address = backend.address();
        let wait = Duration::from_millis(random.random_range(5..200));
        let killed = tokio::task::spawn_blocking(move || write_and_kill(&address, wait));
        acknowledged.extend(killed.await.expect("the writer was killed"));
        let node = Node::start(backend).await;
        check(&node, &acknowledged, &mut random).await;
        assert!(round < 5 || acknowledged.len() > 6, "something was acknowledged: {acknowledged:?}");
        node.store.close().await;
    }
}

/// Starts this test binary again as the writer, kills it `wait` after its first acknowledged commit, and returns what
/// was acknowledged.
fn write_and_kill(address: &str, wait: Duration) -> Vec<String> {
    let program = std::env::current_exe().expect("this test binary");
    let mut child = Command::new(program)
        .args(["crash_writer", "--exact", "--nocapture"])
        .env(ADDRESS, address)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the test binary starts again");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut acknowledged = Vec::new();
    for line in lines.map_while(Result::ok) {
        let Some(group) = line.strip_prefix("saved ").or_else(|| line.split_once("saved ").map(|(_, g)| g))
        else {
            continue;
        };
        if acknowledged.is_empty() {
            kill_after(&mut child, wait);
        }
        acknowledged.push(group.to_owned());
    }
    child.wait().expect("has ended");
    acknowledged
}

fn kill_after(child: &mut Child, wait: Duration) {
    std::thread::sleep(wait);
    child.kill().expect("is killed");
}

async fn check(node: &Node, acknowledged: &BTreeSet<String>, random: &mut StdRng) {
    let who = analyst();
    let mut groups: BTreeMap<String, usize> = BTreeMap::new();
    let request = ListRequest { limit: Some(500), ..ListRequest::default() };
    for stored in node.list_all::<Notice>(&who, &request).await {
        *groups.entry(stored.record.tags[0].clone()).or_default() += 1;
    }
    let remarks = node.list_all::<Remark>(&who, &request).await;
    assert_eq!(remarks.len(), groups.len());
    for remark in &remarks {
        assert_eq!(groups.get(&remark.record.text), Some(&NOTICES), "{}", remark.record.text);
        if random.random_range(0..10) == 0 {
            let relations = node.kernel.reader(&who).relations(remark.id).await.expect("relations");
            assert_eq!(relations.len(), NOTICES);
        }
    }
    for group in acknowledged {
        assert!(groups.contains_key(group), "{group} was acknowledged and is gone");
    }
    let census = node.store.census().await.expect("census");
    assert_eq!(census.jobs_ready, 2 * groups.len() as u64, "two reactions to each event");
    assert_eq!(verify_journal(node).await, ((2 * NOTICES + 1) * groups.len()) as u64);
    recount(node).await;
}
