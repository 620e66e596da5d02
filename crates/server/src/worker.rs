//! Work in the background: jobs of the capabilities, the order of the journal, the cleaning of what has expired.

use std::{sync::Arc, time::Duration};

use shinayaka_kernel::{
    Error, Result,
    event::{Job, LEASE_SECONDS, MAXIMUM_ATTEMPTS, retry_seconds},
};
use tokio::{sync::watch, task::JoinSet};

use crate::node::Node;

/// How soon leaves get their place while they keep coming, and how often somebody looks for those of other processes.
const SEQUENCE_BUSY: Duration = Duration::from_millis(100);
const SEQUENCE_IDLE: Duration = Duration::from_secs(1);
const CLEANING: Duration = Duration::from_secs(3600);
/// A job is given up before its lease ends, so that no second worker has it at the same time.
const JOB_SECONDS: u64 = LEASE_SECONDS as u64 - 5;

/// The tasks of a node; they end when `stopping` becomes true.
pub fn spawn(node: &Arc<Node>, stopping: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..node.configuration.worker.concurrency {
        tasks.spawn(work(node.clone(), stopping.clone()));
    }
    tasks.spawn(sequence(node.clone(), stopping.clone()));
    tasks.spawn(clean(node.clone(), stopping.clone()));
    tasks
}

/// Waits; true when it is time to end.
async fn pause(
    stopping: &mut watch::Receiver<bool>,
    wake: impl Future<Output = ()>,
    at_most: Duration,
) -> bool {
    tokio::select! {
        _ = stopping.wait_for(|stop| *stop) => true,
        () = wake => false,
        () = tokio::time::sleep(at_most) => false,
    }
}

async fn work(node: Arc<Node>, mut stopping: watch::Receiver<bool>) {
    let poll = Duration::from_millis(node.configuration.worker.poll_milliseconds);
    loop {
        match node.work_once().await {
            Ok(true) if !*stopping.borrow() => continue,
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "jobs cannot be taken"),
        }
        if pause(&mut stopping, node.work.notified(), poll).await {
            return;
        }
    }
}

async fn sequence(node: Arc<Node>, mut stopping: watch::Receiver<bool>) {
    loop {
        let busy = match node.sequence().await {
            Ok(busy) => busy,
            Err(error) => {
                tracing::error!(%error, "the journal cannot be put in order");
                node.metrics.count_sequencer_failure();
                false
            }
        };
        if *stopping.borrow() {
            return;
        }
        // Leaves are gathered for a moment: a tile written for many is cheaper than one for each.
        let stop = if busy {
            pause(&mut stopping, std::future::pending(), SEQUENCE_BUSY).await
        } else {
            pause(&mut stopping, node.leaves.notified(), SEQUENCE_IDLE).await
                || pause(&mut stopping, std::future::pending(), SEQUENCE_BUSY).await
        };
        if stop {
            // What was saved by the last requests gets its place before the end.
            if let Err(error) = node.sequence().await {
                tracing::error!(%error, "the journal cannot be put in order");
            }
            return;
        }
    }
}

async fn clean(node: Arc<Node>, mut stopping: watch::Receiver<bool>) {
    loop {
        if let Err(error) = node.store.remove_expired(node.kernel.now()).await {
            tracing::error!(%error, "expired credentials stay for now");
        }
        if pause(&mut stopping, std::future::pending(), CLEANING).await {
            return;
        }
    }
}

impl Node {
    /// Gives waiting leaves their place in the journal; true if there were any.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not answer.
    pub async fn sequence(&self) -> Result<bool> {
        self.journal.sequence(self.store.as_ref()).await
    }

    /// Does one job that is due; false if there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not answer. That the job itself fails is not an error here: it is
    /// put back, or dead and shown.
    pub async fn work_once(&self) -> Result<bool> {
        let Some(job) = self.store.take_job(self.kernel.now()).await? else { return Ok(false) };
        let limit = Duration::from_secs(JOB_SECONDS);
        let done = tokio::time::timeout(limit, self.do_job(&job)).await;
        let done = done.unwrap_or_else(|_| Err(Error::Unavailable(format!("not done in {JOB_SECONDS} s"))));
        match done {
            Ok(()) => {
                self.metrics.count_job(&job.name, "done");
                match self.store.complete_job(job.ticket).await {
                    // The job was completed by what it saved.
                    Ok(()) | Err(Error::Conflict(_) | Error::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Err(error) => {
                let dead = job.attempts >= MAXIMUM_ATTEMPTS;
                tracing::warn!(job = job.id, name = job.name, attempts = job.attempts, dead, %error, "job failed");
                self.metrics.count_job(&job.name, "failed");
                let retry_at = self.kernel.now().plus_seconds(retry_seconds(job.attempts));
                match self.store.fail_job(job.ticket, &error.to_string(), retry_at).await {
                    Ok(()) | Err(Error::Conflict(_) | Error::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        self.wake_sequencer();
        Ok(true)
    }

    async fn do_job(&self, job: &Job) -> Result<()> {
        let owner = job.name.split('.').next().unwrap_or_default();
        let capability = self.capabilities.iter().find(|capability| capability.name() == owner);
        let unknown = || Error::Unavailable(format!("no capability here does {}", job.name));
        capability.ok_or_else(unknown)?.run_job(&self.kernel, job).await
    }
}
