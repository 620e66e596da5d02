//! `shinayaka crypto …`: what cryptography is in use, and what national policies say of it in a year.

mod probe;

use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use schemars::schema_for;
use serde::Serialize;
use shinayaka_cryptography::inventory::{Asset, AssetKind, bill, certificate};
use shinayaka_cryptography::ledger::{Horizon, Ledger, ledger};
use shinayaka_cryptography::matrix::{Matrix, Row, matrix};
use shinayaka_cryptography::names::Registry;
use shinayaka_cryptography::policy::{Policies, Policy};
use shinayaka_cryptography::report::{JudgedAsset, Report, report};

use crate::Outcome;

/// What cryptography is in use, judged by national policy and year.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge a CycloneDX file, a certificate file, a TLS server (HOST:PORT) or an algorithm's name
    Judge(JudgeArguments),
    /// Where policies contradict each other
    Matrix(MatrixArguments),
    /// What must migrate to algorithms that resist quantum computers, and by when
    Ledger(LedgerArguments),
    /// The policies with date and source
    Policies(ListArguments),
    /// The JSON Schema of what a command prints with --json
    Schema(SchemaArguments),
}

#[derive(clap::Args)]
struct Question {
    /// CycloneDX (JSON, XML), certificates (PEM, DER), HOST:PORT, or - for standard input
    #[arg(required_unless_present = "algorithm")]
    target: Option<String>,
    /// Judge this name instead, such as AES-128-GCM; repeatable
    #[arg(long, value_name = "NAME")]
    algorithm: Vec<String>,
    /// The policy
    #[arg(long, value_name = "ID", default_value = "cryptrec-2026")]
    policy: String,
    /// The year for which the verdict is asked; this year when absent
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i16).range(2000..=2200))]
    year: Option<i16>,
    /// Seconds until a server that does not answer is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=120))]
    timeout: u64,
    /// Name that is asked of the server; the host when absent
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
}

#[derive(clap::Args)]
struct JudgeArguments {
    #[command(flatten)]
    question: Question,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct LedgerArguments {
    #[command(flatten)]
    question: Question,
    /// Years for which the protected data must stay secret or provable
    #[arg(long, default_value_t = 10)]
    shelf_life: u16,
    /// Years that the migration takes
    #[arg(long, default_value_t = 5)]
    migration: u16,
    /// First year in which a quantum computer that breaks keys is assumed
    #[arg(long, default_value_t = 2035)]
    threat: i16,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct MatrixArguments {
    /// The year of the verdicts; this year when absent
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i16).range(2000..=2200))]
    year: Option<i16>,
    /// Only rows in which policies contradict each other
    #[arg(long)]
    conflicts: bool,
    /// Only this algorithm, by any of its names
    #[arg(long, value_name = "NAME")]
    algorithm: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct ListArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct SchemaArguments {
    #[arg(value_enum)]
    what: What,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Judge,
    Matrix,
    Ledger,
}

pub fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    let registry = Registry::embedded()?;
    let policies = Policies::embedded(&registry)?;
    match arguments.command {
        Command::Judge(arguments) => judge(&registry, &policies, &arguments),
        Command::Matrix(arguments) => show_matrix(&registry, &policies, &arguments),
        Command::Ledger(arguments) => show_ledger(&registry, &policies, &arguments),
        Command::Policies(arguments) => list(&policies, &arguments),
        Command::Schema(arguments) => schema(arguments.what),
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

fn this_year() -> i16 {
    jiff::Zoned::now().year()
}

/// What was found, what it was found in, and what could not be seen.
struct Inventory {
    target: String,
    assets: Vec<Asset>,
    limits: Vec<String>,
}

fn inventory(registry: &Registry, question: &Question) -> anyhow::Result<Inventory> {
    if !question.algorithm.is_empty() {
        let named = |name: &String| Asset::named(registry, AssetKind::Algorithm, "command line", name);
        let assets = question.algorithm.iter().map(named).collect();
        return Ok(Inventory { target: question.algorithm.join(", "), assets, limits: Vec::new() });
    }
    let target = question.target.clone().context("a file or HOST:PORT is needed")?;
    let path = Path::new(&target);
    if target != "-" && !path.exists() && looks_like_server(&target) {
        let (assets, limits) =
            probe::server(registry, &target, question.server_name.as_deref(), question.timeout)
                .with_context(|| target.clone())?;
        return Ok(Inventory { target, assets, limits });
    }
    let bytes = read(path)?;
    let assets = from_bytes(registry, &bytes).with_context(|| target.clone())?;
    let limits =
        if assets.is_empty() { vec!["the file names no cryptographic asset".into()] } else { Vec::new() };
    Ok(Inventory { target, assets, limits })
}

/// `host:443`, `[::1]:443`; a path has a separator or an extension and no port.
fn looks_like_server(target: &str) -> bool {
    target.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && !host.contains(std::path::MAIN_SEPARATOR) && port.parse::<u16>().is_ok()
    })
}

fn from_bytes(registry: &Registry, bytes: &[u8]) -> shinayaka_cryptography::Result<Vec<Asset>> {
    let content = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    match content.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'<' | b'[') => bill::read(registry, bytes),
        _ => certificate::read(registry, bytes),
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let limit = bill::MAXIMUM_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).context("standard input")?;
    } else {
        let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
        file.take(limit).read_to_end(&mut bytes).with_context(|| path.display().to_string())?;
    }
    Ok(bytes)
}

fn judge(registry: &Registry, policies: &Policies, arguments: &JudgeArguments) -> anyhow::Result<Outcome> {
    let question = &arguments.question;
    let policy = policies.get(&question.policy)?;
    let found = inventory(registry, question)?;
    let year = question.year.unwrap_or_else(this_year);
    let report = report(registry, policy, &found.target, &found.assets, year, found.limits);
    if arguments.json {
        print_json(&report)?;
    } else {
        print(&text(&report))?;
    }
    Ok(if report.findings == 0 { Outcome::Done } else { Outcome::Finding })
}

fn heading(policy: &shinayaka_cryptography::report::PolicyRecord, year: i16) -> String {
    let checked =
        if policy.checked == "primary text" { String::new() } else { format!(" [{}]", policy.checked) };
    format!("{} ({}){checked}, year {year}\n", policy.document, policy.date)
}

fn text(report: &Report) -> String {
    let mut text = format!("{} under {}", report.target, heading(&report.policy, report.year));
    if !report.policy.note.is_empty() {
        text.push_str(&format!("note: {}\n", report.policy.note));
    }
    for asset in &report.assets {
        text.push_str(&lines(asset));
    }
    for limit in &report.limits {
        text.push_str(&format!("not seen: {limit}\n"));
    }
    text.push_str(&format!("{} of {} need attention\n", report.findings, report.assets.len()));
    text
}

fn lines(asset: &JudgedAsset) -> String {
    let verdict = asset.verdict.map_or_else(|| "no verdict".into(), |verdict| verdict.words());
    let mut text = format!("{}: {verdict}  ({})\n", asset.name, asset.place);
    if let Some(obsolete) = &asset.obsolete {
        text.push_str(&format!("    {obsolete}\n"));
    }
    for part in &asset.algorithms {
        let size = part.parameter.map_or(String::new(), |size| format!(" {size}"));
        let curve = part.curve.as_ref().map_or(String::new(), |curve| format!(" on {curve}"));
        text.push_str(&format!(
            "    {}{size}{curve}: {} [{}]",
            part.title,
            part.verdict.words(),
            part.clauses.join("; ")
        ));
        if let Some(condition) = &part.condition {
            text.push_str(&format!("; {condition}"));
        }
        text.push('\n');
    }
    if !asset.unknown.is_empty() {
        text.push_str(&format!("    not known: {}\n", asset.unknown.join(", ")));
    }
    text
}

fn show_matrix(
    registry: &Registry,
    policies: &Policies,
    arguments: &MatrixArguments,
) -> anyhow::Result<Outcome> {
    let year = arguments.year.unwrap_or_else(this_year);
    let mut found = matrix(registry, policies, year);
    if let Some(name) = &arguments.algorithm {
        let ids: Vec<&str> = registry
            .recognise(name)
            .components
            .iter()
            .map(|part| registry.algorithm(*part).id.as_str())
            .collect();
        if ids.is_empty() {
            bail!("--algorithm {name}: no such algorithm");
        }
        found.rows.retain(|row| ids.contains(&row.algorithm.as_str()));
    }
    if arguments.conflicts {
        found.rows.retain(|row| row.conflict);
    }
    let conflict = found.rows.iter().any(|row| row.conflict);
    if arguments.json {
        print_json(&found)?;
    } else {
        print(&matrix_text(&found))?;
    }
    Ok(if conflict { Outcome::Finding } else { Outcome::Done })
}

fn row_name(row: &Row) -> String {
    let parameter = row.parameter.map_or(String::new(), |parameter| format!(" {parameter}"));
    let curve = row.curve.as_ref().map_or(String::new(), |curve| format!(" {curve}"));
    format!("{}{parameter}{curve}", row.algorithm)
}

fn matrix_text(matrix: &Matrix) -> String {
    let mut text = format!("algorithm in {}", matrix.year);
    for policy in &matrix.policies {
        let mark = if policy.checked == "recalled" { " (recalled)" } else { "" };
        text.push_str(&format!("\t{}{mark}", policy.id));
    }
    text.push_str("\tconflict\n");
    for row in &matrix.rows {
        text.push_str(&row_name(row));
        for cell in &row.cells {
            text.push_str(&format!("\t{}", cell.verdict.words()));
        }
        text.push_str(if row.conflict { "\tyes\n" } else { "\t\n" });
    }
    text
}

fn show_ledger(
    registry: &Registry,
    policies: &Policies,
    arguments: &LedgerArguments,
) -> anyhow::Result<Outcome> {
    let question = &arguments.question;
    let policy = policies.get(&question.policy)?;
    let found = inventory(registry, question)?;
    let horizon = Horizon {
        year: question.year.unwrap_or_else(this_year),
        shelf_life: arguments.shelf_life,
        migration: arguments.migration,
        threat: arguments.threat,
    };
    let answer = ledger(registry, policy, &found.assets, horizon);
    if arguments.json {
        print_json(&answer)?;
    } else {
        print(&ledger_text(&answer, policy))?;
    }
    Ok(if answer.late > 0 { Outcome::Finding } else { Outcome::Done })
}

fn ledger_text(answer: &Ledger, policy: &Policy) -> String {
    let mut text = format!(
        "{}: {} vulnerable, {} hybrid, {} resistant; {} late\n",
        policy.document, answer.vulnerable, answer.hybrid, answer.resistant, answer.late
    );
    for line in &answer.lines {
        let begin = line.begin_by.map_or(String::new(), |year| format!(", begin by {year}"));
        let target = if line.has_target { "" } else { ", the policy lists nothing to migrate to yet" };
        let late = if line.late { " LATE" } else { "" };
        text.push_str(&format!("{:?}{late}: {} ({}){begin}{target}\n", line.progress, line.name, line.place));
    }
    text
}

fn list(policies: &Policies, arguments: &ListArguments) -> anyhow::Result<Outcome> {
    let rows: Vec<serde_json::Value> = policies
        .iter()
        .map(|policy| {
            serde_json::json!({
                "id": policy.id, "title": policy.title, "title_ja": policy.title_ja, "publisher": policy.publisher,
                "document": policy.document, "date": policy.date, "checked": policy.checked, "note": policy.note,
            })
        })
        .collect();
    if arguments.json {
        print_json(&rows)?;
    } else {
        for policy in policies.iter() {
            print(&format!(
                "{}\t{}\t{}\t{}\t{}\n",
                policy.id, policy.date, policy.checked, policy.document, policy.note
            ))?;
        }
    }
    Ok(Outcome::Done)
}

fn schema(what: What) -> anyhow::Result<Outcome> {
    let schema = match what {
        What::Judge => schema_for!(Report),
        What::Matrix => schema_for!(Matrix),
        What::Ledger => schema_for!(Ledger),
    };
    print_json(&schema)?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_and_files_are_told_apart() {
        assert!(looks_like_server("localhost:443") && looks_like_server("[::1]:8443"));
        assert!(
            !looks_like_server("bill.json")
                && !looks_like_server("./a:b")
                && !looks_like_server("host:99999")
        );
    }
}
