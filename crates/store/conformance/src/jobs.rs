//! Events and jobs: written with the records they speak of, done at least once, their effect made exactly once.

use std::{collections::BTreeSet, sync::Arc};

use futures::future::join_all;
use shinayaka_kernel::{
    Error, Label,
    access::Keep,
    event::{Job, LEASE_SECONDS, MAXIMUM_ATTEMPTS, NewJob, retry_seconds},
};

use crate::{
    Backend,
    node::{Node, analyst},
    records::Notice,
    verification::{dump, table, verify_journal},
};

fn new_job(node: &Node, key: Option<&str>) -> NewJob {
    NewJob {
        name: "conformance.work".into(),
        payload: r#"{"n":1}"#.into(),
        run_at: node.kernel.now(),
        unique_key: key.map(str::to_owned),
    }
}

async fn enqueue(node: &Node, job: NewJob) {
    let who = analyst();
    let mut writer = node.kernel.writer(&who);
    writer.enqueue(job);
    writer.commit().await.expect("is saved");
}

async fn take(node: &Node) -> Option<Job> {
    node.store.take_job(node.kernel.now()).await.expect("takes")
}

/// The effect of a job: a notice, saved with the job's end.
async fn effect(node: &Node, job: &Job, title: &str) -> Result<(), Error> {
    let who = analyst();
    let mut writer = node.kernel.writer(&who);
    writer.create(&Notice::titled(title), &Keep::labelled(Label::members())).await?;
    writer.complete(job.ticket);
    writer.commit().await.map(|_| ())
}

pub async fn an_event_makes_the_jobs_of_its_reactions(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let who = analyst();
    let mut writer = node.kernel.writer(&who);
    let id =
        writer.create(&Notice::titled("一"), &Keep::labelled(Label::members())).await.expect("may create");
    writer.emit("notice.recorded", Some(id), &["extra"]).expect("may tell");
    writer.emit("nobody.listens", None, &1).expect("may tell");
    writer.commit().await.expect("is saved");
    let mut names = BTreeSet::new();
    while let Some(job) = take(&node).await {
        let payload: serde_json::Value = serde_json::from_str(&job.payload).expect("JSON");
        assert_eq!(
            (&payload["event"], &payload["object"]),
            (&"notice.recorded".into(), &id.to_string().into())
        );
        node.store.complete_job(job.ticket).await.expect("completes");
        names.insert(job.name);
    }
    assert_eq!(names, BTreeSet::from(["conformance.count".to_owned(), "conformance.tell".to_owned()]));
    assert_eq!(node.store.jobs(10).await, Ok(Vec::new()));
    let rows = dump(node.store.as_ref()).await;
    let events: Vec<_> = table(&rows, "event").map(|row| (row.text(1), row.text(4), row.bytes(2))).collect();
    assert_eq!(
        events,
        [("notice.recorded", r#"["extra"]"#, &id.as_bytes()[..]), ("nobody.listens", "1", &[])]
    );
}

pub async fn a_job_is_leased_given_back_and_dies(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let mut later = new_job(&node, None);
    later.run_at = node.kernel.now().plus_seconds(10);
    enqueue(&node, later).await;
    assert_eq!(take(&node).await, None, "it is not due yet");
    node.clock.advance_seconds(10);
    for attempt in 1..=MAXIMUM_ATTEMPTS {
        let job = take(&node).await.expect("is due");
        assert_eq!(
            (job.attempts, job.name.as_str(), job.payload.as_str()),
            (attempt, "conformance.work", r#"{"n":1}"#)
        );
        assert_eq!(take(&node).await, None, "it is leased");
        let retry = node.kernel.now().plus_seconds(retry_seconds(attempt));
        node.store.fail_job(job.ticket, &format!("理由 {attempt}"), retry).await.expect("is given back");
        let again = node.store.fail_job(job.ticket, "again", retry).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "the ticket is spent: {again:?}");
        assert_eq!(take(&node).await, None, "not before its time");
        node.clock.advance_seconds(retry_seconds(attempt));
    }
    assert_eq!(take(&node).await, None, "it is dead");
    let shown = node.store.jobs(10).await.expect("jobs");
    assert_eq!((shown.len(), shown[0].state.as_str(), shown[0].attempts), (1, "dead", MAXIMUM_ATTEMPTS));
    assert_eq!(shown[0].last_error.as_deref(), Some("理由 8"));
    assert_eq!(node.store.census().await.expect("census").jobs_dead, 1);
    node.store.revive_job(shown[0].id, node.kernel.now()).await.expect("revives");
    assert_eq!(node.store.revive_job(shown[0].id, node.kernel.now()).await, Err(Error::NotFound));
    assert_eq!(node.store.revive_job(987, node.kernel.now()).await, Err(Error::NotFound));
    let job = take(&node).await.expect("is ready again");
    assert_eq!(job.attempts, 1);
    effect(&node, &job, "done").await.expect("completes");
    assert_eq!((take(&node).await, node.store.jobs(10).await), (None, Ok(Vec::new())));
}

pub async fn a_lease_that_ran_out_is_taken_over(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    enqueue(&node, new_job(&node, None)).await;
    let slow = take(&node).await.expect("is due");
    node.clock.advance_seconds(LEASE_SECONDS - 1);
    assert_eq!(take(&node).await, None);
    node.clock.advance_seconds(1);
    let quick = take(&node).await.expect("the lease ran out");
    assert_eq!((quick.id, quick.attempts), (slow.id, 2));
    assert_ne!(quick.ticket, slow.ticket);
    let late = effect(&node, &slow, "slow").await;
    assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
    let late = node.store.complete_job(slow.ticket).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
    let late = node.store.fail_job(slow.ticket, "late", node.kernel.now()).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
    effect(&node, &quick, "quick").await.expect("holds the lease");
    assert_eq!(node.search_all(&analyst(), "slow", 5).await, []);
    assert_eq!(node.search_all(&analyst(), "quick", 5).await.len(), 1);
    verify_journal(&node).await;
}

pub async fn an_effect_is_made_once(backend: &dyn Backend) {
    let nodes = [Arc::new(Node::start(backend).await), Arc::new(Node::start(backend).await)];
    for round in 0..10 {
        enqueue(&nodes[0], new_job(&nodes[0], None)).await;
        let first = take(&nodes[0]).await.expect("is due");
        for node in &nodes {
            node.clock.advance_seconds(LEASE_SECONDS);
        }
        let second = take(&nodes[1]).await.expect("the lease ran out");
        assert_eq!(first.id, second.id);
        // Both workers finish at the same moment, each several times over.
        let tries = [&first, &second, &first, &second].into_iter().enumerate().map(|(number, job)| {
            let (node, job) = (nodes[number % 2].clone(), job.clone());
            tokio::spawn(async move { effect(&node, &job, &format!("round{round}")).await })
        });
        let mut done = 0;
        for result in join_all(tries).await {
            match result.expect("no panic") {
                Ok(()) => done += 1,
                Err(Error::Conflict(_)) => {}
                Err(error) => panic!("only conflicts are expected: {error}"),
            }
        }
        assert_eq!(done, 1);
        assert_eq!(nodes[0].search_all(&analyst(), &format!("round{round}"), 5).await.len(), 1);
    }
    assert_eq!(verify_journal(&nodes[0]).await, 10);
}

pub async fn completing_twice_in_one_group_hurts_nobody_else(backend: &dyn Backend) {
    let node = Arc::new(Node::start(backend).await);
    for _ in 0..10 {
        enqueue(&node, new_job(&node, None)).await;
        let job = take(&node).await.expect("is due");
        let commits = (0..30).map(|number| {
            let (node, job) = (node.clone(), job.clone());
            tokio::spawn(async move {
                if number % 3 == 0 {
                    return effect(&node, &job, "effect").await.is_ok();
                }
                node.create(&analyst(), &Notice::titled("bystander"), &Label::members()).await;
                false
            })
        });
        let completed =
            join_all(commits).await.into_iter().filter(|done| *done.as_ref().expect("is saved")).count();
        assert_eq!(completed, 1);
    }
    assert_eq!(node.search_all(&analyst(), "effect", 50).await.len(), 10);
    assert_eq!(node.search_all(&analyst(), "bystander", 50).await.len(), 200);
}

pub async fn a_unique_key_is_kept_once(backend: &dyn Backend) {
    let node = Arc::new(Node::start(backend).await);
    let makers = (0..8).map(|_| {
        let node = node.clone();
        tokio::spawn(async move {
            enqueue(&node, new_job(&node, Some("daily/2026-11-22"))).await;
        })
    });
    for maker in join_all(makers).await {
        maker.expect("is saved");
    }
    enqueue(&node, new_job(&node, Some("daily/2026-11-23"))).await;
    enqueue(&node, new_job(&node, None)).await;
    enqueue(&node, new_job(&node, None)).await;
    let mut taken = 0;
    while let Some(job) = take(&node).await {
        node.store.complete_job(job.ticket).await.expect("completes");
        taken += 1;
    }
    assert_eq!(taken, 4);
    enqueue(&node, new_job(&node, Some("daily/2026-11-22"))).await;
    assert_eq!(take(&node).await, None, "known also when it is done");
}

pub async fn workers_share_the_work(backend: &dyn Backend) {
    let nodes = [Arc::new(Node::start(backend).await), Arc::new(Node::start(backend).await)];
    for _ in 0..40 {
        enqueue(&nodes[0], new_job(&nodes[0], None)).await;
    }
    let workers = (0..6_usize).map(|number| {
        let node = nodes[number % 2].clone();
        tokio::spawn(async move {
            let mut done = Vec::new();
            while let Some(job) = take(&node).await {
                effect(&node, &job, "shared").await.expect("holds the lease");
                done.push(job.id);
            }
            done
        })
    });
    let mut all = Vec::new();
    for worker in join_all(workers).await {
        all.extend(worker.expect("no panic"));
    }
    all.sort_unstable();
    let number = all.len();
    all.dedup();
    assert_eq!((all.len(), number), (40, 40), "every job is done, and by one worker");
}
