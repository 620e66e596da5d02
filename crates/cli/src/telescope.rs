//! `shinayaka telescope`: captures, flows and logs to events and series.

use std::fs::File;
use std::io::{BufWriter, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;
use shinayaka_telescope::contact::Contact;
use shinayaka_telescope::distinct::Distinct;
use shinayaka_telescope::hash::HashKey;
use shinayaka_telescope::reader::ReadOptions;
use shinayaka_telescope::series::Subject;
use shinayaka_telescope::{
    Event, EventLimits, EventTable, KnownScanners, ReadReport, Resolution, SeriesBuilder, SeriesRow, read,
};

use crate::Outcome;

/// Read packets, flows and logs.
#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Read captures, flow exports and logs into events and series
    Read(ReadArguments),
}

#[derive(Args)]
struct ReadArguments {
    /// pcap, pcapng, NetFlow 5/9, IPFIX, Zeek conn, Suricata EVE, Cowrie, DShield or firewall log; gzip and Zstandard are unpacked
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Finest bin of the series: 1s, 60s, 10m, 1h, 1d; coarser ones of 1 min, 1 h and 1 d are added
    #[arg(long, default_value = "60s", value_parser = seconds)]
    bin: u32,
    /// Write the events as CSV
    #[arg(long, value_name = "OUT")]
    events: Option<PathBuf>,
    /// Write the series as CSV; a silent sensor is a row with gap = true
    #[arg(long, value_name = "OUT")]
    series: Option<PathBuf>,
    /// Addresses and prefixes of known survey scanners, one a line
    #[arg(long, value_name = "FILE")]
    scanners: Option<PathBuf>,
    /// Seconds of silence that end an event
    #[arg(long, default_value_t = EventLimits::default().idle_seconds)]
    idle: u32,
    /// Live events kept apart before further sources are added up per service
    #[arg(long, default_value_t = EventLimits::default().live_events)]
    live: usize,
    /// Year of syslog lines without one
    #[arg(long)]
    year: Option<i16>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// `60s`, `10m`, `1h`, `1d` or plain seconds.
fn seconds(text: &str) -> Result<u32, String> {
    let (number, unit) = text.split_at(text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len());
    let factor = match unit {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(format!("\"{unit}\" is no unit of time; use s, m, h or d")),
    };
    number
        .parse::<u32>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| format!("\"{text}\" is no length of time"))
}

/// The report; `--json` prints it. Fields are only ever added.
#[derive(Serialize)]
struct Report {
    packets: u64,
    bytes: u64,
    wire_bytes: u64,
    contacts: u64,
    decode_errors: u64,
    fragments: u64,
    skipped: u64,
    sources: u64,
    /// False if `sources` is an estimate (standard error 0.8 %).
    sources_exact: bool,
    events: u64,
    /// Contacts after their bin of the series was closed.
    late: u64,
    clock_jumps: u64,
    suspect_times: u64,
    seconds: f64,
    packets_per_second: f64,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Problem {
    file: String,
    problem: String,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    match arguments.action {
        Action::Read(arguments) => read_files(&arguments),
    }
}

/// Distinct sources: exact up to four million addresses, an estimate beyond.
#[derive(Default)]
struct Sources {
    exact: std::collections::HashSet<u64, std::hash::BuildHasherDefault<PassThrough>>,
    sketch: Option<Distinct>,
    last: Option<IpAddr>,
}

/// The keys are hashes already.
#[derive(Default)]
struct PassThrough(u64);

impl std::hash::Hasher for PassThrough {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

const EXACT_SOURCES: usize = 4_000_000;
const SOURCES_LG: u8 = 14;

impl Sources {
    fn add(&mut self, source: IpAddr, key: HashKey) {
        if self.last.replace(source) == Some(source) {
            return;
        }
        let hash = key.of_address(source);
        if let Some(sketch) = &mut self.sketch {
            sketch.add(hash, SOURCES_LG);
            return;
        }
        self.exact.insert(hash);
        if self.exact.len() > EXACT_SOURCES {
            let mut sketch = Distinct::default();
            self.exact.drain().for_each(|hash| sketch.add(hash, SOURCES_LG));
            self.exact.shrink_to_fit();
            self.sketch = Some(sketch);
        }
    }

    fn count(&self) -> u64 {
        self.sketch.as_ref().map_or(self.exact.len() as u64, Distinct::count)
    }
}

fn read_files(arguments: &ReadArguments) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let scanners = match &arguments.scanners {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("{}", path.display()))?
            .parse::<KnownScanners>()
            .with_context(|| format!("{}", path.display()))?,
        None => KnownScanners::default(),
    };
    let limits =
        EventLimits { idle_seconds: arguments.idle, live_events: arguments.live, ..EventLimits::default() };
    let key = HashKey::default();
    let mut table = EventTable::new(limits, key, scanners.clone());
    if arguments.events.is_none() {
        table = table.counting_only();
    }
    let mut events = output(arguments.events.as_deref(), EVENT_HEADER)?;
    let mut rows = output(arguments.series.as_deref(), SERIES_HEADER)?;
    let mut builder = rows.as_ref().map(|_| {
        let mut resolutions = vec![Resolution(arguments.bin)];
        resolutions.extend(Resolution::STANDARD.into_iter().filter(|coarser| coarser.0 > arguments.bin));
        SeriesBuilder::new(&resolutions, 65_536, key, scanners)
    });
    let mut sources = Sources::default();
    let mut total = ReadReport::default();
    let mut problems = Vec::new();
    for path in &arguments.files {
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| name.clone())?;
        let input = Progress::new(file, started);
        let mut sink = |contact: &Contact| {
            sources.add(contact.source, key);
            table.add(contact, &mut |event| events.iter_mut().for_each(|out| out.push(event_fields(&event))));
            if let Some(builder) = &mut builder {
                builder.add(contact, &mut |row| rows.iter_mut().for_each(|out| out.push(row_fields(&row))));
            }
        };
        let options = ReadOptions { year: arguments.year };
        let report = read(input, options, &mut sink).with_context(|| name.clone())?;
        add(&mut total, &report);
        problems.extend(report.problem.map(|problem| Problem { file: name, problem }));
    }
    let (clock_jumps, suspect_times) = (table.clock().jumps(), table.clock().suspects());
    let ended = table.finish(&mut |event| events.iter_mut().for_each(|out| out.push(event_fields(&event))));
    let late = builder.map_or(0, |builder| {
        builder.finish(&mut |row| rows.iter_mut().for_each(|out| out.push(row_fields(&row))))
    });
    for out in [events, rows].into_iter().flatten() {
        out.finish()?;
    }
    let seconds = started.elapsed().as_secs_f64();
    let report = Report {
        packets: total.packets,
        bytes: total.bytes,
        wire_bytes: total.wire_bytes,
        contacts: total.contacts,
        decode_errors: total.decode_errors,
        fragments: total.fragments,
        skipped: total.skipped,
        sources: sources.count(),
        sources_exact: sources.sketch.is_none(),
        events: ended,
        late,
        clock_jumps,
        suspect_times,
        seconds,
        packets_per_second: total.packets as f64 / seconds.max(1e-9),
        problems,
    };
    print(&report, arguments.json)?;
    Ok(Outcome::Done)
}

fn add(total: &mut ReadReport, report: &ReadReport) {
    total.packets += report.packets;
    total.bytes += report.bytes;
    total.wire_bytes = total.wire_bytes.saturating_add(report.wire_bytes);
    total.contacts += report.contacts;
    total.decode_errors += report.decode_errors;
    total.fragments += report.fragments;
    total.skipped += report.skipped;
}

fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(report)?);
        return Ok(());
    }
    println!("{} packets, {} bytes, {} decode errors", report.packets, report.bytes, report.decode_errors);
    println!("{} sources, {} events", report.sources, report.events);
    println!("{:.2} s, {:.0} packets/s", report.seconds, report.packets_per_second);
    for problem in &report.problems {
        eprintln!("{}: {}", problem.file, problem.problem);
    }
    Ok(())
}

/// Shows how far a file is, if that takes over a second and somebody watches.
struct Progress {
    file: File,
    size: u64,
    done: u64,
    started: Instant,
    bar: Option<indicatif::ProgressBar>,
}

impl Progress {
    fn new(file: File, started: Instant) -> Self {
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        Self { file, size, done: 0, started, bar: None }
    }
}

impl Read for Progress {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.done += count as u64;
        if self.bar.is_none() && self.started.elapsed() > Duration::from_secs(1) {
            // indicatif draws on stderr, and only if that is a terminal.
            self.bar = Some(indicatif::ProgressBar::new(self.size));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
        Ok(count)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

const EVENT_HEADER: &[&str] = &[
    "first",
    "last",
    "source",
    "service",
    "kind",
    "packets",
    "bytes",
    "destinations",
    "sources",
    "tools",
    "known_scanner",
];
const SERIES_HEADER: &[&str] = &[
    "time",
    "resolution",
    "seconds",
    "service",
    "kind",
    "known_scanner",
    "gap",
    "packets",
    "bytes",
    "sources",
];

/// A CSV file that keeps its first error until the end, since events arrive in a callback.
struct Output {
    writer: csv::Writer<BufWriter<File>>,
    path: PathBuf,
    error: Option<csv::Error>,
}

fn output(path: Option<&Path>, header: &[&str]) -> anyhow::Result<Option<Output>> {
    let Some(path) = path else { return Ok(None) };
    let file = File::create(path).with_context(|| format!("{}", path.display()))?;
    let mut writer = csv::Writer::from_writer(BufWriter::with_capacity(1 << 18, file));
    writer.write_record(header)?;
    Ok(Some(Output { writer, path: path.to_owned(), error: None }))
}

impl Output {
    fn push(&mut self, fields: Vec<String>) {
        if self.error.is_none() {
            self.error = self.writer.write_record(&fields).err();
        }
    }

    fn finish(mut self) -> anyhow::Result<()> {
        if let Some(error) = self.error {
            return Err(error).with_context(|| format!("{}", self.path.display()));
        }
        self.writer.flush().with_context(|| format!("{}", self.path.display()))
    }
}

fn decimal(nanoseconds: i64) -> String {
    format!("{}.{:09}", nanoseconds.div_euclid(1_000_000_000), nanoseconds.rem_euclid(1_000_000_000))
}

fn event_fields(event: &Event) -> Vec<String> {
    vec![
        decimal(event.first),
        decimal(event.last),
        event.source.map_or_else(|| "many".to_owned(), |source| source.to_string()),
        event.service.to_string(),
        event.kind.name().to_owned(),
        event.packets.to_string(),
        event.bytes.to_string(),
        event.destinations.to_string(),
        event.sources.to_string(),
        event.tools.names().collect::<Vec<_>>().join(" "),
        event.known_scanner.to_string(),
    ]
}

fn row_fields(row: &SeriesRow) -> Vec<String> {
    let (service, kind, known) = match row.subject {
        Subject::Sensor => ("sensor".to_owned(), "", false),
        Subject::Remainder => ("remainder".to_owned(), "", false),
        Subject::Service { service, kind, known_scanner } => {
            (service.to_string(), kind.name(), known_scanner)
        }
    };
    let count = |value: u64| if row.gap { String::new() } else { value.to_string() };
    vec![
        row.start.to_string(),
        row.resolution.to_string(),
        row.seconds.to_string(),
        service,
        kind.to_owned(),
        known.to_string(),
        row.gap.to_string(),
        count(row.packets),
        count(row.bytes),
        count(row.sources),
    ]
}
