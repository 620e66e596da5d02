//! The real binary under faults: killed during a write storm, on a full disk, and with PostgreSQL stopped under it.
//! After each of them nothing that was acknowledged is missing, and `shinayaka journal verify` holds.
//!
//! `SHINAYAKA_FAULT_ROUNDS` sets how often the server is killed (10 unless it says otherwise; the figures in
//! docs/performance.md are of 50). Times are random; the seed is printed and `SHINAYAKA_SEED` repeats it.

mod disk;
mod postgres;
mod server;
mod storm;

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use server::Server;
use storm::{Storm, check};

/// A generator whose seed is printed, so that a failure can be repeated.
fn random() -> StdRng {
    let given = std::env::var("SHINAYAKA_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| rand::rng().random::<u32>().into());
    eprintln!("SHINAYAKA_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

fn rounds() -> usize {
    std::env::var("SHINAYAKA_FAULT_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(10)
}

#[test]
fn killed_during_a_write_storm_nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut random = random();
    let mut server = Server::start(folder.path(), &[], None);
    let who = server.new_analyst();
    let mut storm = Storm::default();
    for round in 0..rounds() {
        let running = storm.begin(&server, &who);
        std::thread::sleep(Duration::from_millis(random.random_range(20..600)));
        server.kill();
        storm.end(running);
        server = Server::start(folder.path(), &[], None);
        check(&server, &who, &storm);
        server.verify_journal();
        eprintln!("round {round}: {} records acknowledged so far, none missing", storm.acknowledged.len());
    }
    assert!(storm.acknowledged.len() > rounds(), "the storm did write");
    server.kill();
}

#[test]
fn a_full_disk_is_a_clear_error_and_loses_nothing() {
    let disk = disk::Small::new();
    let mut server = Server::start(disk.folder(), &[], disk.limit());
    let who = server.new_analyst();
    let mut storm = Storm::default();
    let running = storm.begin(&server, &who);
    let refused = running.first_refusal(Duration::from_secs(120));
    storm.end(running);
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(refused.body.contains("urn:shinayaka:problem:unavailable"), "{}", refused.body);
    // What is there can still be read.
    check(&server, &who, &storm);
    server.kill();

    disk.grow();
    server = Server::start(disk.folder(), &[], None);
    check(&server, &who, &storm);
    server.verify_journal();
    let before = storm.acknowledged.len();
    let running = storm.begin(&server, &who);
    std::thread::sleep(Duration::from_millis(500));
    storm.end(running);
    assert!(storm.acknowledged.len() > before, "with room again, it saves again");
    check(&server, &who, &storm);
    server.kill();
}

#[test]
fn postgresql_stopped_in_mid_request_is_a_clear_error_and_loses_nothing() {
    let Some(cluster) = postgres::Cluster::new() else { return };
    let mut random = random();
    let folder = tempfile::tempdir().expect("a folder");
    let url = cluster.url();
    let mut server = Server::start(folder.path(), &["--database", &url], None);
    let who = server.new_analyst();
    let mut storm = Storm::default();
    for round in 0..rounds().div_ceil(5) {
        let running = storm.begin(&server, &who);
        std::thread::sleep(Duration::from_millis(random.random_range(100..800)));
        cluster.stop();
        let refused = running.first_refusal(Duration::from_secs(60));
        assert_eq!(refused.status, 503, "{}", refused.body);
        assert!(refused.body.contains("urn:shinayaka:problem:unavailable"), "{}", refused.body);
        cluster.start();
        // The same process goes on when the data base is back.
        running.first_success_after_refusal(Duration::from_secs(60));
        if round % 2 == 1 {
            server.kill();
        }
        storm.end(running);
        if round % 2 == 1 {
            server = Server::start(folder.path(), &["--database", &url], None);
        }
        check(&server, &who, &storm);
        server.verify_journal();
        eprintln!("round {round}: {} records acknowledged so far, none missing", storm.acknowledged.len());
    }
    server.kill();
}
