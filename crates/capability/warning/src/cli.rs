//! `shinayaka warning issue|list|show|board`: for duty officers at a terminal and for scripts.

use std::{io::Write, sync::PoisonError};

use clap::{Arg, ArgAction, ArgMatches, Command};
use shinayaka_kernel::{
    Error, ObjectId, Principal, Result, access::Kernel, capability::Outcome, http::Viewer, http::read_json,
};
use shinayaka_model::warning::Content;

use crate::{
    board::view::{View, draw},
    room::Room,
    service::{draft, inbox, issue},
};

pub fn command() -> Command {
    let json = || Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON for scripts");
    let id = || Arg::new("id").required(true).value_name("ID");
    let file =
        Arg::new("file").required(true).value_name("FILE").help("The content as JSON, or the id of a draft");
    let open = Arg::new("open").long("open").action(ArgAction::SetTrue).help("Only those that are not over");
    Command::new("warning")
        .about("Warnings: issue, list, show, and the board of who acted")
        .subcommand_required(true)
        .subcommand(
            Command::new("issue").about("Issue a warning from a file or a draft").arg(file).arg(json()),
        )
        .subcommand(Command::new("list").about("Warnings, newest first").arg(open).arg(json()))
        .subcommand(Command::new("show").about("One warning").arg(id()).arg(json()))
        .subcommand(
            Command::new("board").about("Who was reached, acted, cannot, is silent").arg(id()).arg(json()),
        )
}

/// Runs the command and prints what it says. `board` is a finding while somebody is silent.
///
/// # Errors
/// When the store does not answer, or what is named is not there.
pub async fn run(
    room: &Room,
    kernel: &Kernel,
    principal: &Principal,
    matches: &ArgMatches,
) -> Result<Outcome> {
    let viewer = Viewer(principal.clone());
    let (text, outcome) = match matches.subcommand() {
        Some(("issue", matches)) => (issue_one(kernel, &viewer, matches).await?, Outcome::Done),
        Some(("list", matches)) => (list(kernel, &viewer, matches).await?, Outcome::Done),
        Some(("show", matches)) => (show(kernel, &viewer, matches).await?, Outcome::Done),
        Some(("board", matches)) => board(room, kernel, &viewer, matches).await?,
        _ => return Err(Error::invalid("command", "is not known: try `warning list`")),
    };
    match writeln!(std::io::stdout().lock(), "{text}") {
        // A reader that has seen enough (`| head`) is no fault.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::Unavailable(format!("standard output: {error}")))
        }
        _ => Ok(outcome),
    }
}

fn json_of(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Unavailable(error.to_string()))
}

fn id_of(matches: &ArgMatches) -> Result<ObjectId> {
    matches.get_one::<String>("id").map_or("", String::as_str).parse()
}

async fn issue_one(kernel: &Kernel, viewer: &Viewer, matches: &ArgMatches) -> Result<String> {
    let file = matches.get_one::<String>("file").map_or("", String::as_str);
    let (id, version) = match file.parse::<ObjectId>() {
        Ok(id) => (id, viewer.reader(kernel).get::<shinayaka_model::warning::Warning>(id).await?.version),
        Err(_) => {
            let bytes = tokio::fs::read(file).await;
            let bytes = bytes.map_err(|error| Error::invalid(file, error.to_string()))?;
            let content: Content = read_json(&bytes)?;
            draft::make(viewer.writer(kernel), content, None, None, false).await?
        }
    };
    let issued = issue::issue(kernel, viewer, id, version).await?;
    if matches.get_flag("json") {
        return json_of(&issued);
    }
    let issue::Issued { affected, unknown_exposure, deliveries, .. } = issued;
    Ok(format!("{id}\naffected {affected}, unknown exposure {unknown_exposure}, deliveries {deliveries}"))
}

async fn list(kernel: &Kernel, viewer: &Viewer, matches: &ArgMatches) -> Result<String> {
    let filter = draft::WarningFilter {
        open: matches.get_flag("open").then_some(true),
        ..draft::WarningFilter::default()
    };
    let page = draft::list(viewer, kernel, &filter, None, Some(200)).await?;
    if matches.get_flag("json") {
        return json_of(&page.items);
    }
    let line = |stored: &shinayaka_kernel::object::Stored<shinayaka_model::warning::Warning>| {
        let content = &stored.record.content;
        format!(
            "{}  {}  {:<9}  {}",
            stored.id,
            content.level,
            stored.record.state,
            content.headline.told(true)
        )
    };
    Ok(page.items.iter().map(line).collect::<Vec<_>>().join("\n"))
}

async fn show(kernel: &Kernel, viewer: &Viewer, matches: &ArgMatches) -> Result<String> {
    let stored = inbox::get(kernel, viewer, id_of(matches)?).await?;
    if matches.get_flag("json") {
        return json_of(&stored);
    }
    let content = &stored.record.content;
    let level = content.level()?;
    let actions = content
        .actions
        .iter()
        .map(|(whom, action)| format!("  {whom}: {} / {}", action.text.ja, action.text.en));
    let mut lines = vec![
        format!("{} / {}", level.name_ja(), level.name_en()),
        format!("{} / {}", content.headline.ja, content.headline.en),
        format!("{} (version {})", stored.record.state, stored.version),
    ];
    lines.extend(actions);
    Ok(lines.join("\n"))
}

async fn board(
    room: &Room,
    kernel: &Kernel,
    viewer: &Viewer,
    matches: &ArgMatches,
) -> Result<(String, Outcome)> {
    let id = id_of(matches)?;
    let view = View::of(&viewer.0)?;
    inbox::get(kernel, viewer, id).await?;
    let board = room.boards.fresh(kernel, id).await?;
    let small_cell = room.facts()?.settings.small_cell;
    let drawn = {
        let board = board.read().unwrap_or_else(PoisonError::into_inner);
        draw(&board, &view, kernel.now(), small_cell)
    };
    let outcome = if drawn.totals.silent > 0 { Outcome::Finding } else { Outcome::Done };
    if matches.get_flag("json") {
        return Ok((json_of(&drawn)?, outcome));
    }
    let totals = drawn.totals;
    let text = format!(
        "affected {}  reached {}  acted {}  cannot {}  call {}  silent {}  (unknown exposure {})",
        totals.affected,
        totals.reached,
        totals.acted,
        totals.cannot,
        totals.call,
        totals.silent,
        drawn.unknown_exposure.affected
    );
    Ok((text, outcome))
}
