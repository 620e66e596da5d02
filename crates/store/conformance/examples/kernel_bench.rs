//! How fast the kernel is on a data base: bulk import, lists, totals, search and single saves.
//!
//! Run by `bench/kernel/run`; prints a Markdown table. Everything goes through the handles that capabilities have, so
//! permission, journal, counters, index rows and search text are included.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Parser;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Kernel, Label, ObjectId, Principal, Result,
    access::{FilterValue, Keep, ListRequest},
    clock::{SystemClock, SystemEntropy},
    label::{Action, Audience, Party, ReleaseView, Role, Tlp},
    object::{Field, FieldValues, Grant, Record, RecordKind, Scope},
    store::Store,
};
use shinayaka_store_postgres::PostgresStore;
use shinayaka_store_sqlite::SqliteStore;

#[derive(Parser)]
struct Arguments {
    /// A file for SQLite, or a `postgres://` URL.
    #[arg(long)]
    database: String,
    /// Objects to import before the reads are measured; 0 measures what is there.
    #[arg(long, default_value_t = 200_000)]
    objects: u64,
    /// Objects in one commit of the import.
    #[arg(long, default_value_t = 2000)]
    commit: u64,
    /// Commits that are prepared or waited for at the same time.
    #[arg(long, default_value_t = 8)]
    builders: u64,
    /// Times that each read is measured.
    #[arg(long, default_value_t = 40)]
    repeat: usize,
    /// How long single saves are measured.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

const ORGANISATIONS: usize = 2000;
const COMMUNITIES: usize = 300;
const CLIENTS: usize = 50;
const PAGE: u32 = 50;

/// About 1 kB as canonical JSON, with four index fields and text in both languages.
#[derive(Serialize, Deserialize)]
struct Report {
    title: String,
    summary_ja: String,
    summary_en: String,
    sector: String,
    cause: String,
    status: String,
    occurred_on: i64,
    reference: String,
}

impl Record for Report {
    const KIND: &'static str = "bench_report";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[
        Field { name: "sector", facet: true },
        Field { name: "cause", facet: true },
        Field { name: "status", facet: true },
        Field { name: "occurred_on", facet: false },
    ];

    fn validate(&self) -> Result<()> {
        Ok(())
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("sector", &self.sector);
        values.text("cause", &self.cause);
        values.text("status", &self.status);
        values.integer("occurred_on", self.occurred_on);
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.title, &self.summary_ja, &self.summary_en]
    }
}

const GRANTS: &[Grant] = &[Grant { role: Role::Analyst, actions: &Action::ALL, scope: Scope::Any }];

const SECTORS: [&str; 19] = [
    "telecom",
    "finance",
    "aviation",
    "airport",
    "rail",
    "power",
    "gas",
    "government",
    "medical",
    "water",
    "logistics",
    "chemical",
    "credit",
    "oil",
    "port",
    "municipality",
    "enterprise",
    "individual",
    "research",
];
const CAUSES: [&str; 13] = [
    "malware",
    "intrusion",
    "denial_of_service",
    "insider",
    "theft_or_loss",
    "misuse",
    "operating_error",
    "configuration_error",
    "software_fault",
    "hardware_fault",
    "supplier",
    "nature",
    "unknown",
];
/// From the frequent to the seldom: a word is drawn by the square of a uniform number.
const JAPANESE: [&str; 40] = [
    "障害",
    "復旧",
    "業務",
    "停止",
    "利用者",
    "原因",
    "調査",
    "機器",
    "通信",
    "設定",
    "更新",
    "担当者",
    "侵入",
    "検知",
    "攻撃",
    "電源",
    "火災",
    "誤操作",
    "委託先",
    "漏えい",
    "ウイルス",
    "脆弱性",
    "停電",
    "地震",
    "浸水",
    "紛失",
    "盗難",
    "改ざん",
    "踏み台",
    "監視",
    "予備系",
    "切替",
    "手順書",
    "訓練",
    "保険",
    "報告",
    "公表",
    "鉄道",
    "空港",
    "水門",
];
const ENGLISH: [&str; 24] = [
    "outage",
    "restored",
    "service",
    "customers",
    "operator",
    "update",
    "failed",
    "network",
    "vendor",
    "patch",
    "mail",
    "server",
    "backup",
    "power",
    "switch",
    "router",
    "stolen",
    "laptop",
    "phishing",
    "intrusion",
    "malware",
    "flood",
    "earthquake",
    "sluice",
];
/// Two characters each: frequent, less frequent and seldom words, and two that cross from one word into the next.
const SEARCHED: [&str; 8] = ["障害", "侵入", "停電", "鉄道", "水門", "検知", "害復", "門障"];

fn organisation(number: usize) -> String {
    format!("organisation-{number:04}")
}

fn community(number: usize) -> String {
    format!("community-{number:03}")
}

/// About 10,000 labels. Communities get the most objects, so that a reader of all communities sees nearly everything.
fn labels() -> Vec<Label> {
    let amber = |parties: Vec<Party>, tlp, view| Label {
        tlp,
        audience: Audience::any_of(parties),
        view,
        ..Label::members()
    };
    let mut labels = Vec::new();
    for number in 0..COMMUNITIES {
        for view in [ReleaseView::Technical, ReleaseView::Whole] {
            for tlp in [Tlp::Green, Tlp::Amber] {
                labels.push(amber(vec![Party::Community(community(number))], tlp, view));
            }
        }
    }
    for number in 0..ORGANISATIONS {
        let own = || Party::Organisation(organisation(number));
        for shared in [number % COMMUNITIES, (number * 7 + 1) % COMMUNITIES, (number * 13 + 5) % COMMUNITIES]
        {
            labels.push(amber(
                vec![own(), Party::Community(community(shared))],
                Tlp::Amber,
                ReleaseView::Technical,
            ));
        }
        labels.push(amber(vec![own()], Tlp::AmberStrict, ReleaseView::Technical));
    }
    labels
}

fn words(random: &mut StdRng, from: &[&str], number: usize, between: &str) -> String {
    let mut text = String::new();
    for place in 0..number {
        let uniform: f64 = random.random();
        let word = from[(uniform * uniform * from.len() as f64) as usize % from.len()];
        if place > 0 {
            text.push_str(between);
        }
        text.push_str(word);
    }
    text
}

fn report(random: &mut StdRng, number: u64) -> Report {
    let pick = |random: &mut StdRng, from: &[&str]| from[random.random_range(0..from.len())].to_owned();
    Report {
        title: format!("{}{number}", words(random, &JAPANESE, 3, "")),
        summary_ja: words(random, &JAPANESE, 60, "の"),
        summary_en: words(random, &ENGLISH, 24, " "),
        sector: pick(random, &SECTORS),
        cause: pick(random, &CAUSES),
        status: pick(random, &["open", "closed", "draft"]),
        occurred_on: random.random_range(10_000..21_000),
        reference: format!("REF-{number:010}-{:032x}", random.random::<u128>()),
    }
}

fn analyst(
    name: &str,
    organisation_number: Option<usize>,
    communities: impl Iterator<Item = usize>,
) -> Principal {
    Principal {
        account: Some(ObjectId::named(name)),
        name: name.into(),
        organisation: organisation_number.map(organisation),
        communities: communities.map(community).collect(),
        roles: [Role::Analyst].into(),
    }
}

/// Builders prepare the next commits while the store writes some; enough of them that it never waits for one.
async fn import(kernel: &Arc<Kernel>, arguments: &Arguments, labels: &Arc<Vec<Label>>) -> Result<Duration> {
    let started = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let (objects, size, seed) = (arguments.objects, arguments.commit, arguments.seed);
    let builders: Vec<_> = (0..arguments.builders)
        .map(|_| {
            let (kernel, labels, next) = (kernel.clone(), labels.clone(), next.clone());
            tokio::spawn(async move {
                let who = analyst("importer", None, std::iter::empty());
                loop {
                    let first = next.fetch_add(size, Ordering::Relaxed);
                    if first >= objects {
                        return Ok(());
                    }
                    let mut random = StdRng::seed_from_u64(seed ^ (first << 20));
                    let mut writer = kernel.writer(&who);
                    for number in first..(first + size).min(objects) {
                        let label = labels[random.random_range(0..labels.len())].clone();
                        let label =
                            if random.random_range(0..10) < 8 { shared(&labels, &mut random) } else { label };
                        let keep = Keep { label, owner: None, synthetic: true };
                        writer.create(&report(&mut random, number), &keep).await?;
                    }
                    writer.commit().await?;
                }
            })
        })
        .collect();
    for builder in builders {
        builder.await.expect("no panic")?;
    }
    Ok(started.elapsed())
}

/// The label of a whole community.
fn shared(labels: &[Label], random: &mut StdRng) -> Label {
    labels[random.random_range(0..COMMUNITIES * 4)].clone()
}

/// Median and 95th percentile in milliseconds.
fn figures(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1000.0;
    (at(0.5), at(0.95))
}

fn row(what: &str, times: Vec<Duration>, bar: Option<f64>, note: &str) {
    let (median, late) = figures(times);
    let verdict = bar.map_or(String::from("–"), |bar| {
        format!("≤ {bar:.0} ms: {}", if median <= bar { "held" } else { "MISSED" })
    });
    println!("| {what} | {median:.2} ms | {late:.2} ms | {verdict} | {note} |");
}

/// Runs a read again and again, each time another one.
async fn measure<T>(repeat: usize, mut read: impl AsyncFnMut(usize) -> Result<T>) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(repeat);
    for number in 0..repeat {
        let started = Instant::now();
        read(number).await?;
        times.push(started.elapsed());
    }
    Ok(times)
}

async fn reads(kernel: &Kernel, name: &str, who: &Principal, repeat: usize) -> Result<()> {
    let reader = kernel.reader(who);
    let total = reader.count::<Report>(None).await?;
    let filtered = |number: usize, after: Option<String>| ListRequest {
        filters: vec![("sector", FilterValue::Text(SECTORS[number % SECTORS.len()].into()))],
        sort: None,
        after,
        limit: Some(PAGE),
    };
    let times = measure(repeat, async |n| reader.list::<Report>(&filtered(n, None)).await).await?;
    let (first, _) = figures(times.clone());
    row(&format!("{name}: first page of a filtered list"), times, Some(20.0), &format!("sees {total}"));

    let (mut after, mut page, mut before) = (None, 1, None);
    while page < 1000 {
        let next = reader.list::<Report>(&filtered(0, after.clone())).await?.next;
        let Some(next) = next else { break };
        before = after.replace(next);
        page += 1;
    }
    let last = if page == 1000 { after } else { before };
    let times = measure(repeat, async |_| reader.list::<Report>(&filtered(0, last.clone())).await).await?;
    let own = measure(repeat, async |_| reader.list::<Report>(&filtered(0, None)).await).await?;
    let note = format!("page {page}; {:.2} of its first page", figures(times.clone()).0 / figures(own).0);
    row(&format!("{name}: 1,000th page, or the last"), times, Some((first * 2.0).max(1.0)), &note);

    let sorted =
        |n: usize| ListRequest { sort: Some(("occurred_on", n.is_multiple_of(2))), ..filtered(n, None) };
    let times = measure(repeat, async |n| reader.list::<Report>(&sorted(n)).await).await?;
    row(&format!("{name}: first page, filtered and sorted by date"), times, None, "");
    let times = measure(repeat, async |n| {
        let value = FilterValue::Text(CAUSES[n % CAUSES.len()].into());
        reader.count::<Report>(Some(("cause", value))).await
    });
    row(&format!("{name}: a total"), times.await?, Some(20.0), "");
    let times = measure(repeat, async |_| reader.facet::<Report>("sector").await).await?;
    row(&format!("{name}: totals by sector"), times, Some(20.0), "19 values");
    for word in SEARCHED {
        let mut hits = 0;
        let times = measure(repeat.min(20), async |_| {
            hits = reader.search(word, &[], None, Some(PAGE)).await?.items.len();
            Ok(())
        });
        row(
            &format!("{name}: search {word}"),
            times.await?,
            Some(150.0),
            &format!("{hits} hits on the page"),
        );
    }
    Ok(())
}

/// Clients that each save one object, wait until it is acknowledged, and save the next.
async fn saves(kernel: &Arc<Kernel>, seconds: u64, labels: &Arc<Vec<Label>>) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(seconds);
    let clients: Vec<_> = (0..CLIENTS as u64)
        .map(|client| {
            let (kernel, labels) = (kernel.clone(), labels.clone());
            tokio::spawn(async move {
                let who = analyst("client", None, std::iter::empty());
                let mut random = StdRng::seed_from_u64(client);
                let mut times = Vec::new();
                while Instant::now() < until {
                    let label = shared(&labels, &mut random);
                    let keep = Keep { label, owner: None, synthetic: true };
                    let started = Instant::now();
                    let mut writer = kernel.writer(&who);
                    writer.create(&report(&mut random, client), &keep).await?;
                    writer.commit().await?;
                    times.push(started.elapsed());
                }
                Result::Ok(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.expect("no panic")?);
    }
    let rate = times.len() as u64 / seconds;
    let verdict = if rate >= 500 { "held" } else { "MISSED" };
    row(
        &format!("single save, {CLIENTS} clients"),
        times,
        None,
        &format!("{rate} saves/s; ≥ 500/s: {verdict}"),
    );
    Ok(())
}

async fn run(arguments: Arguments) -> Result<()> {
    let (store, bar): (Arc<dyn Store>, f64) = if arguments.database.starts_with("postgres") {
        (Arc::new(PostgresStore::open(&arguments.database).await?), 6000.0)
    } else {
        (Arc::new(SqliteStore::open(&PathBuf::from(&arguments.database)).await?), 12_000.0)
    };
    let kinds = vec![RecordKind::of::<Report>(GRANTS)];
    let kernel =
        Kernel::open(store.clone(), Arc::new(SystemClock), Arc::new(SystemEntropy), kinds, Vec::new());
    let kernel = Arc::new(kernel.await?);
    let labels = Arc::new(labels());
    store.intern_labels(&labels).await?;
    println!(
        "## {}, {} objects, {} labels, seed {}\n",
        store.name(),
        arguments.objects,
        labels.len(),
        arguments.seed
    );
    println!("| what | median | 95th percentile | bar | |\n|---|---:|---:|---|---|");
    if arguments.objects > 0 {
        let body =
            serde_json::to_string(&report(&mut StdRng::seed_from_u64(1), 1)).map_or(0, |body| body.len());
        let took = import(&kernel, &arguments, &labels).await?;
        let rate = arguments.objects as f64 / took.as_secs_f64();
        let verdict = if rate >= bar { "held" } else { "MISSED" };
        println!(
            "| bulk import | {rate:.0} objects/s | | ≥ {bar:.0}/s: {verdict} | bodies of {body} bytes, {:.1} s |",
            took.as_secs_f64()
        );
    }
    let everything = analyst("everything", None, 0..COMMUNITIES);
    let few = analyst("few", None, [3, 77, 205].into_iter());
    let one = analyst("one", Some(1234), std::iter::empty());
    for (name, who) in
        [("nearly everything", &everything), ("three communities", &few), ("one organisation", &one)]
    {
        reads(&kernel, name, who, arguments.repeat).await?;
    }
    if arguments.seconds > 0 {
        saves(&kernel, arguments.seconds, &labels).await?;
    }
    store.close().await;
    Ok(())
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kernel_bench: {error}");
            std::process::ExitCode::from(2)
        }
    }
}
