//! `shinayaka duties`: who must be told by when. Exit 1 when a duty is late.

use std::io::{BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use clap::ValueEnum;
use jiff::Timestamp;
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use shinayaka_obligation::event::MAXIMUM_BYTES;
use shinayaka_obligation::report::{DutyRecord, Report, report};
use shinayaka_obligation::{Event, Rulebook, Status, form};

use crate::Outcome;

/// Who must be told by when.
#[derive(clap::Args)]
pub struct Arguments {
    /// Event (TOML or JSON), or events one a line (.ndjson, .jsonl); - is standard input
    #[arg(required_unless_present_any = ["regimes", "facts", "items", "schema"])]
    event: Option<PathBuf>,
    /// Only this regime; repeatable
    #[arg(long, value_name = "ID")]
    regime: Vec<String>,
    /// Answer as of this moment, from what was known then; now when absent
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// A deadline that the law leaves open, as NAME=30d
    #[arg(long, value_name = "NAME=PERIOD")]
    parameter: Vec<String>,
    /// Draft the form of this duty (REGIME/DUTY) from the event's answers
    #[arg(long, value_name = "DUTY")]
    form: Option<String>,
    /// Also duties that are not triggered
    #[arg(long)]
    all: bool,
    /// Print JSON; for events one a line, one report a line without duties that are not triggered (unless --all)
    #[arg(long)]
    json: bool,
    /// For events one a line: print only how many duties have which status
    #[arg(long)]
    totals: bool,
    /// List the regimes with their status and source
    #[arg(long)]
    regimes: bool,
    /// List the facts, their kinds and words
    #[arg(long)]
    facts: bool,
    /// List the items of the neutral form
    #[arg(long)]
    items: bool,
    /// Print a JSON Schema
    #[arg(long, value_enum)]
    schema: Option<What>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Event,
    Report,
    Totals,
}

/// What `duties --totals --json` prints.
#[derive(Default, Serialize, JsonSchema)]
struct Totals {
    events: u64,
    not_triggered: u64,
    running: u64,
    met: u64,
    late: u64,
    cannot_be_computed: u64,
    /// Time for reading, checking and answering all events.
    seconds: f64,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    if let Some(what) = arguments.schema {
        let schema = match what {
            What::Event => schema_for!(Event),
            What::Report => schema_for!(Report),
            What::Totals => schema_for!(Totals),
        };
        print(&format!("{}\n", serde_json::to_string_pretty(&schema)?))?;
        return Ok(Outcome::Done);
    }
    let rulebook = Rulebook::embedded()?;
    if arguments.regimes || arguments.facts || arguments.items {
        list(&rulebook, arguments)?;
        return Ok(Outcome::Done);
    }
    let path = arguments.event.as_deref().context("an event is needed")?;
    let lines = path.extension().is_some_and(|extension| extension == "ndjson" || extension == "jsonl");
    if lines { many(&rulebook, arguments, path) } else { one(&rulebook, arguments, path) }
}

fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    Ok(if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(path).with_context(|| path.display().to_string())?)
    })
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

fn parameters(arguments: &Arguments, event: &mut Event) -> anyhow::Result<()> {
    for text in &arguments.parameter {
        let Some((name, period)) = text.split_once('=') else {
            bail!("--parameter {text}: write NAME=PERIOD")
        };
        event.parameters.insert(name.to_owned(), period.to_owned());
    }
    Ok(())
}

fn one(rulebook: &Rulebook, arguments: &Arguments, path: &Path) -> anyhow::Result<Outcome> {
    let name = path.display().to_string();
    let mut text = String::new();
    open(path)?.take(MAXIMUM_BYTES as u64 + 1).read_to_string(&mut text).with_context(|| name.clone())?;
    let mut event = Event::read(&text).with_context(|| name.clone())?;
    parameters(arguments, &mut event)?;
    if let Some(duty) = &arguments.form {
        return draft(rulebook, &event, duty);
    }
    let at = arguments.at.unwrap_or_else(Timestamp::now);
    let answer = report(rulebook, &event, at, &arguments.regime).with_context(|| name)?;
    let late = answer.late();
    if arguments.json {
        print(&format!("{}\n", serde_json::to_string_pretty(&answer)?))?;
    } else {
        print(&table(&answer, arguments.all))?;
    }
    Ok(if late { Outcome::Finding } else { Outcome::Done })
}

fn draft(rulebook: &Rulebook, event: &Event, duty: &str) -> anyhow::Result<Outcome> {
    rulebook.duty_at(duty)?;
    rulebook.spine().check_answers(&event.answers)?;
    let (regime, id) = duty.split_once('/').context("write REGIME/DUTY")?;
    let regime = rulebook.regime(regime)?;
    let found = regime.duties.iter().find(|duty| duty.id == id).context("no such duty")?;
    let draft = form::draft(regime, found, &event.answers).context("this duty has no form")?;
    let missing = !form::missing(&draft).is_empty();
    print(&format!("{}\n", serde_json::to_string_pretty(&draft)?))?;
    Ok(if missing { Outcome::Finding } else { Outcome::Done })
}

fn many(rulebook: &Rulebook, arguments: &Arguments, path: &Path) -> anyhow::Result<Outcome> {
    let begun = Instant::now();
    let at = arguments.at.unwrap_or_else(Timestamp::now);
    let mut totals = Totals::default();
    let mut any_late = false;
    let mut reader = std::io::BufReader::new(open(path)?);
    let mut line = Vec::new();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for number in 1_u64.. {
        line.clear();
        let read = (&mut reader).take(MAXIMUM_BYTES as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        let place = || format!("{}, line {number}", path.display());
        let text = std::str::from_utf8(&line).with_context(place)?.trim();
        if text.is_empty() {
            continue;
        }
        let mut event = Event::read(text).with_context(place)?;
        parameters(arguments, &mut event)?;
        if arguments.totals {
            any_late |= count(rulebook, &event, at, arguments, &mut totals).with_context(place)?;
            continue;
        }
        let mut answer = report(rulebook, &event, at, &arguments.regime).with_context(place)?;
        any_late |= answer.late();
        if !arguments.all {
            answer.duties.retain(|duty| duty.status != Status::NotTriggered);
        }
        let written = if arguments.json {
            serde_json::to_writer(&mut out, &answer)
                .map_err(std::io::Error::from)
                .and_then(|()| writeln!(out))
        } else {
            write!(out, "{}", table(&answer, arguments.all))
        };
        match written {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(Outcome::Done),
            other => other.context("standard output")?,
        }
    }
    out.flush().context("standard output")?;
    if arguments.totals {
        totals.seconds = begun.elapsed().as_secs_f64();
        print(&format!("{}\n", serde_json::to_string(&totals)?))?;
    }
    Ok(if any_late { Outcome::Finding } else { Outcome::Done })
}

/// Adds the statuses of an event; whether a duty is late.
fn count(
    rulebook: &Rulebook,
    event: &Event,
    at: Timestamp,
    arguments: &Arguments,
    totals: &mut Totals,
) -> anyhow::Result<bool> {
    totals.events += 1;
    let late = totals.late;
    for (status, number) in shinayaka_obligation::report::count(rulebook, event, at, &arguments.regime)? {
        *match status {
            Status::NotTriggered => &mut totals.not_triggered,
            Status::Running => &mut totals.running,
            Status::Met => &mut totals.met,
            Status::Late => &mut totals.late,
            Status::CannotBeComputed => &mut totals.cannot_be_computed,
        } += number;
    }
    Ok(totals.late > late)
}

fn words(status: Status) -> &'static str {
    match status {
        Status::NotTriggered => "not triggered",
        Status::Running => "running",
        Status::Met => "met",
        Status::Late => "LATE",
        Status::CannotBeComputed => "cannot be computed",
    }
}

fn table(answer: &Report, all: bool) -> String {
    let mut text = format!("{} as of {}\n", answer.event, answer.at);
    for duty in answer.duties.iter().filter(|duty| all || duty.status != Status::NotTriggered) {
        text.push_str(&lines(duty));
    }
    text
}

fn lines(duty: &DutyRecord) -> String {
    let due = duty.due.as_deref().unwrap_or("no instant");
    let mut text =
        format!("{}/{}: {}; due {due} ({})\n", duty.regime, duty.duty, words(duty.status), duty.zone);
    let mut add = |label: &str, value: &str| text.push_str(&format!("    {label}: {value}\n"));
    add("what", &format!("{} ({}, {}), to {}", duty.title, duty.law, duty.article, duty.recipient));
    add("because", &duty.because);
    if duty.regime_status != "in force" {
        add("regime", &format!("{}. {}", duty.regime_status.to_uppercase(), duty.regime_note));
    }
    if let Some(anchor) = &duty.anchor {
        add("clock", &format!("{}; {} was {}", duty.clock.as_deref().unwrap_or("-"), anchor.name, anchor.at));
    }
    if !duty.missing_facts.is_empty() {
        add("missing", &duty.missing_facts.join(", "));
    }
    for (label, value) in [
        ("planned, if the report before is sent at its deadline", &duty.planned),
        ("guidance aims at", &duty.aim),
        ("latest reading", &duty.latest_reading),
        ("submitted", &duty.submitted),
    ] {
        if let Some(value) = value {
            add(label, value);
        }
    }
    for before in &duty.before {
        let due = before.due.as_deref().unwrap_or("no instant");
        add(&format!("believed until {}", before.until), &format!("{}, due {due}", words(before.status)));
    }
    text
}

/// An entry of a list: JSON when asked for, else a line.
fn list(rulebook: &Rulebook, arguments: &Arguments) -> anyhow::Result<()> {
    let mut rows: Vec<(String, serde_json::Value)> = Vec::new();
    if arguments.regimes {
        for regime in rulebook.regimes() {
            let duties: Vec<&str> = regime.duties.iter().map(|duty| duty.id.as_str()).collect();
            rows.push((
                format!("{}\t{}\t{}\t{}\t{}", regime.id, regime.standing.words(), regime.title, regime.law, regime.note),
                serde_json::json!({
                    "id": regime.id, "status": regime.standing.words(), "title": regime.title, "title_ja": regime.title_ja,
                    "law": regime.law, "source": regime.source, "note": regime.note, "from": regime.from,
                    "until": regime.until, "duties": duties,
                }),
            ));
        }
    }
    if arguments.facts {
        for (name, definition) in rulebook.vocabulary().entries() {
            rows.push((
                format!("{name}\t{}\t{}", definition.meaning, definition.words.join(" ")),
                serde_json::json!({
                    "name": name, "kind": definition.kind, "meaning": definition.meaning, "words": definition.words,
                    "absent": definition.absent,
                }),
            ));
        }
    }
    if arguments.items {
        for item in &rulebook.spine().item {
            let essential = if item.essential { "essential" } else { "optional" };
            rows.push((format!("{}\t{essential}\t{}", item.id, item.name), serde_json::to_value(item)?));
        }
    }
    if arguments.json {
        let values: Vec<&serde_json::Value> = rows.iter().map(|(_, value)| value).collect();
        return print(&format!("{}\n", serde_json::to_string_pretty(&values)?));
    }
    print(&rows.iter().map(|(line, _)| format!("{line}\n")).collect::<String>())
}
