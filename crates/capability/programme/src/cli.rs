//! `shinayaka programme status`: how the 42 measures stand, for people and for scripts.

use std::{collections::BTreeMap, io::Write};

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;
use shinayaka_kernel::{Error, Principal, Result, access::Kernel, capability::Outcome};

use crate::service::{
    indicators::{IndicatorState, IndicatorValue},
    measures::{self, MeasureSummary},
};

/// What `programme status --json` prints. Stable: members are added, never renamed.
#[derive(Serialize)]
struct Status {
    measures: Vec<MeasureSummary>,
    measure_count: usize,
}

pub fn command() -> Command {
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON for scripts");
    let language = Arg::new("language")
        .long("language")
        .value_parser(["ja", "en"])
        .default_value("ja")
        .help("Language of the table");
    Command::new("programme")
        .about("The 42 measures of the strategy")
        .subcommand_required(true)
        .subcommand(Command::new("status").about("How every measure stands").arg(json).arg(language))
}

/// Runs the command and prints what it says.
///
/// # Errors
/// When the store does not answer or the output cannot be written.
pub async fn run(kernel: &Kernel, principal: &Principal, matches: &ArgMatches) -> Result<Outcome> {
    let text = render(kernel, principal, matches).await?;
    match writeln!(std::io::stdout().lock(), "{text}") {
        // A reader that has seen enough (`| head`) is no fault.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::Unavailable(format!("standard output: {error}")))
        }
        _ => Ok(Outcome::Done),
    }
}

/// What the command says, as far as the principal may know it.
///
/// # Errors
/// [`Error::Forbidden`] for a principal without a role, and when the store does not answer.
pub async fn render(kernel: &Kernel, principal: &Principal, matches: &ArgMatches) -> Result<String> {
    let Some(("status", arguments)) = matches.subcommand() else {
        return Err(Error::invalid("command", "is not known: try `programme status`"));
    };
    let board = measures::board(kernel.reader(principal)).await?;
    if arguments.get_flag("json") {
        let status = Status { measure_count: board.len(), measures: board };
        return serde_json::to_string(&status).map_err(|error| Error::Unavailable(error.to_string()));
    }
    let language = arguments.get_one::<String>("language").map_or("ja", String::as_str);
    Ok(table(&board, &Words::of(language)?))
}

/// The sentences of one language.
struct Words {
    japanese: bool,
    catalogue: BTreeMap<String, String>,
}

impl Words {
    fn of(language: &str) -> Result<Self> {
        let text = match language {
            "en" => include_str!("../../../../i18n/en.json"),
            _ => include_str!("../../../../i18n/ja.json"),
        };
        let catalogue = serde_json::from_str(text).map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Self { japanese: language != "en", catalogue })
    }

    fn text<'a>(&'a self, key: &'a str) -> &'a str {
        self.catalogue.get(key).map_or(key, String::as_str)
    }

    fn value(&self, value: &IndicatorValue) -> String {
        let name = if self.japanese { &value.name_ja } else { &value.name_en };
        let state = match value.state {
            IndicatorState::Measured => "measured",
            IndicatorState::Reported => "reported",
            IndicatorState::Unknown => "unknown",
            IndicatorState::Expired => "expired",
        };
        let state = self.text(&format!("programme.state.{state}")).to_owned();
        let unit = serde_json::to_value(value.unit).ok();
        let unit = unit.as_ref().and_then(|unit| unit.as_str()).unwrap_or_default();
        let unit = self.text(&format!("programme.unit.{unit}")).to_owned();
        match (value.value, value.n) {
            (None, _) => format!("{name}: {state}"),
            (Some(number), None) => format!("{name}: {number}{unit} ({state})"),
            (Some(number), Some(n)) => format!("{name}: {number}{unit} (n={n}, {state})"),
        }
    }
}

fn table(board: &[MeasureSummary], words: &Words) -> String {
    let mut lines = Vec::with_capacity(board.len() + 1);
    for measure in board {
        let status = words.text(&format!("programme.status.{}", measure.status.as_str())).to_owned();
        let owner = measure.owner.as_deref().unwrap_or_else(|| words.text("programme.no_owner"));
        let title = if words.japanese { &measure.title_ja } else { &measure.title_en };
        let mark = if measure.synthetic { words.text("programme.synthetic") } else { "" };
        lines.push(format!("M{:02} [{status}] {title} / {owner} {mark}", measure.no).trim_end().to_owned());
        lines.extend(measure.indicators.iter().map(|value| format!("      {}", words.value(value))));
    }
    lines.push(words.text("programme.total").replace("{n}", &board.len().to_string()));
    lines.join("\n")
}
