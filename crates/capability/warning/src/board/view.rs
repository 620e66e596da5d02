//! What of a board somebody may see: the house all of it, a hub its members, an organisation itself and protected totals.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{Error, ObjectId, Principal, Result, clock::Timestamp, label::Role, page::Page};
use shinayaka_model::{
    incident::Sector,
    warning::{CannotReason, Choice, DeliveryState, Exposure},
};

use super::{
    Board, Row,
    counts::{Counts, ProtectedCounts, protected},
};
use crate::service::is_house;

/// Which rows somebody may see.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum View {
    House,
    /// The members of these hubs, and the secretary's own organisation.
    Hubs(std::collections::BTreeSet<String>, Option<String>),
    Own(String),
}

impl View {
    /// # Errors
    /// [`Error::NotFound`] for somebody who is none of them.
    pub fn of(principal: &Principal) -> Result<Self> {
        if is_house(principal) {
            return Ok(Self::House);
        }
        if principal.account.is_some() && principal.has_role(Role::Secretary) {
            let mut hubs = principal.communities.clone();
            // The organisation of a secretary is the hub itself.
            hubs.extend(principal.organisation.clone());
            return Ok(Self::Hubs(hubs, principal.organisation.clone()));
        }
        let own = [Role::Officer, Role::Clerk].iter().any(|role| principal.has_role(*role));
        match &principal.organisation {
            Some(organisation) if own && principal.account.is_some() => Ok(Self::Own(organisation.clone())),
            _ => Err(Error::NotFound),
        }
    }

    pub fn lets_in(&self, row: &Row) -> bool {
        match self {
            Self::House => true,
            Self::Hubs(hubs, own) => {
                row.recipient.hubs.iter().any(|hub| hubs.contains(hub))
                    || own.as_ref() == Some(&row.recipient.organisation)
            }
            Self::Own(organisation) => row.recipient.organisation == *organisation,
        }
    }
}

/// The counts of one sector, prefecture or hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Cell {
    /// The word of the sector, the code of the prefecture or hub; `unknown` when the register does not say.
    pub key: String,
    #[serde(flatten)]
    pub counts: Counts,
}

/// The board as somebody sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct BoardView {
    pub warning: ObjectId,
    /// Grows when something changes.
    pub revision: u64,
    pub at: Timestamp,
    /// Those known to be concerned, as far as the viewer may see them.
    pub totals: Counts,
    /// Those of whom nobody knows whether they are concerned: never added to the totals.
    pub unknown_exposure: Counts,
    pub by_sector: Vec<Cell>,
    pub by_prefecture: Vec<Cell>,
    pub by_hub: Vec<Cell>,
    /// Deliveries by state.
    pub deliveries: BTreeMap<String, u32>,
    /// Of all organisations, small counts left out; for those who do not see all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub everybody: Option<ProtectedCounts>,
}

/// Draws the board for a viewer.
pub fn draw(board: &Board, view: &View, at: Timestamp, small_cell: u32) -> BoardView {
    let affected = |row: &Row| row.recipient.exposure == Exposure::Affected;
    let (mut by_sector, mut by_prefecture, mut by_hub) =
        <(BTreeMap<_, _>, BTreeMap<_, _>, BTreeMap<_, _>)>::default();
    let mut deliveries: BTreeMap<String, u32> = BTreeMap::new();
    let (mut totals, mut unknown) = (Counts::default(), Counts::default());
    for row in board.rows.iter().filter(|row| view.lets_in(row)) {
        for sent in row.sent.values() {
            *deliveries.entry(sent.state.to_string()).or_default() += 1;
        }
        if !affected(row) {
            unknown.add(row);
            continue;
        }
        totals.add(row);
        let sector = row.recipient.sector.map_or("unknown", Sector::as_str);
        add(&mut by_sector, sector, row);
        add(&mut by_prefecture, row.recipient.prefecture.as_deref().unwrap_or("unknown"), row);
        for hub in &row.recipient.hubs {
            if let View::Hubs(own, _) = view
                && !own.contains(hub)
            {
                continue;
            }
            add(&mut by_hub, hub, row);
        }
    }
    if matches!(view, View::Own(_)) {
        // To which hubs it belongs it knows; how they stand it does not.
        by_hub.clear();
    }
    let everybody = (*view != View::House).then(|| protected(&board.counts(affected), small_cell));
    BoardView {
        warning: board.warning,
        revision: board.revision,
        at,
        totals,
        unknown_exposure: unknown,
        by_sector: cells(by_sector),
        by_prefecture: cells(by_prefecture),
        by_hub: cells(by_hub),
        deliveries,
        everybody,
    }
}

fn add(cells: &mut BTreeMap<String, Counts>, key: &str, row: &Row) {
    match cells.get_mut(key) {
        Some(counts) => counts.add(row),
        None => cells.entry(key.to_owned()).or_default().add(row),
    }
}

fn cells(counted: BTreeMap<String, Counts>) -> Vec<Cell> {
    counted.into_iter().map(|(key, counts)| Cell { key, counts }).collect()
}

/// The number of the board that a list drills down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    Affected,
    UnknownExposure,
    Unreached,
    Reached,
    Acted,
    Cannot,
    Call,
    Silent,
}

/// Which recipients a list shows.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RecipientFilter {
    #[param(inline)]
    pub group: Option<Group>,
    #[param(inline)]
    pub sector: Option<Sector>,
    pub prefecture: Option<String>,
    /// Code of a hub.
    pub hub: Option<String>,
}

impl RecipientFilter {
    fn lets_in(&self, row: &Row) -> bool {
        let choice = row.choice();
        let affected = row.recipient.exposure == Exposure::Affected;
        let group = match self.group {
            None => true,
            Some(Group::UnknownExposure) => !affected,
            Some(group) => {
                affected
                    && match group {
                        Group::Affected | Group::UnknownExposure => true,
                        Group::Unreached => !row.is_reached(),
                        Group::Reached => row.is_reached(),
                        Group::Acted => choice == Some(Choice::Done),
                        Group::Cannot => choice == Some(Choice::Cannot),
                        Group::Call => choice == Some(Choice::Call),
                        Group::Silent => choice.is_none(),
                    }
            }
        };
        let prefecture = self.prefecture.as_ref();
        group
            && self.sector.is_none_or(|sector| row.recipient.sector == Some(sector))
            && prefecture.is_none_or(|code| row.recipient.prefecture.as_ref() == Some(code))
            && self.hub.as_ref().is_none_or(|hub| row.recipient.hubs.contains(hub))
    }
}

/// One organisation on the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RecipientView {
    pub organisation: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector: Option<Sector>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefecture: Option<String>,
    pub hubs: Vec<String>,
    #[schema(inline)]
    pub exposure: Exposure,
    pub reached: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<CannotReason>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// Deliveries that failed, with the reason of the last.
    pub failed: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<String>,
    /// Deliveries under way.
    pub under_way: u32,
}

pub fn recipient(row: &Row) -> RecipientView {
    let choice = row.choice();
    let said = row.said.as_ref().filter(|_| choice.is_some());
    let failed = || row.sent.values().filter(|sent| sent.state == DeliveryState::Failed);
    let under_way = row.sent.values();
    let under_way =
        under_way.filter(|sent| matches!(sent.state, DeliveryState::Queued | DeliveryState::Sending)).count();
    RecipientView {
        organisation: row.recipient.organisation.clone(),
        name: row.recipient.name.clone(),
        sector: row.recipient.sector,
        prefecture: row.recipient.prefecture.clone(),
        hubs: row.recipient.hubs.iter().cloned().collect(),
        exposure: row.recipient.exposure,
        reached: row.is_reached(),
        reached_at: row.reached_at,
        choice,
        reason: said.and_then(|said| said.reason),
        note: said.map(|said| said.note.clone()).unwrap_or_default(),
        answered_at: said.map(|said| said.at),
        failed: u32::try_from(failed().count()).unwrap_or(u32::MAX),
        last_failure: failed().filter_map(|sent| sent.reason.clone()).max(),
        under_way: u32::try_from(under_way).unwrap_or(u32::MAX),
    }
}

/// A page of the recipients that a viewer may see, by code.
///
/// # Errors
/// [`Error::Invalid`] for a limit out of range.
pub fn recipients(
    board: &Board,
    view: &View,
    filter: &RecipientFilter,
    after: Option<&str>,
    limit: Option<u32>,
) -> Result<Page<RecipientView>> {
    use shinayaka_kernel::page::{DEFAULT_LIMIT, MAXIMUM_LIMIT};
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAXIMUM_LIMIT).contains(&limit) {
        return Err(Error::invalid("limit", format!("must be from 1 to {MAXIMUM_LIMIT}")));
    }
    let mut rows: Vec<&Row> =
        board.rows.iter().filter(|row| view.lets_in(row) && filter.lets_in(row)).collect();
    rows.sort_by(|a, b| a.recipient.organisation.cmp(&b.recipient.organisation));
    let start =
        after.map_or(0, |after| rows.partition_point(|row| row.recipient.organisation.as_str() <= after));
    let mut rest = rows[start..].iter();
    let items: Vec<RecipientView> = rest.by_ref().take(limit as usize).map(|row| recipient(row)).collect();
    let next = rest.next().and(items.last()).map(|last| last.organisation.clone());
    Ok(Page { items, next })
}

/// Everybody that a viewer may see and the filter lets in, as CSV (RFC 4180) with a line of names.
///
/// # Errors
/// [`Error::Unavailable`] when the text cannot be written.
pub fn csv(board: &Board, view: &View, filter: &RecipientFilter) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fault = |error: csv::Error| Error::Unavailable(error.to_string());
    let names = [
        "organisation",
        "name",
        "sector",
        "prefecture",
        "hubs",
        "exposure",
        "reached",
        "reached_at",
        "choice",
        "reason",
        "note",
        "answered_at",
        "failed",
        "last_failure",
    ];
    writer.write_record(names).map_err(fault)?;
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let mut rows: Vec<&Row> =
        board.rows.iter().filter(|row| view.lets_in(row) && filter.lets_in(row)).collect();
    rows.sort_by(|a, b| a.recipient.organisation.cmp(&b.recipient.organisation));
    for row in rows {
        let one = recipient(row);
        let record = [
            one.organisation,
            one.name,
            one.sector.map(|sector| sector.to_string()).unwrap_or_default(),
            one.prefecture.unwrap_or_default(),
            one.hubs.join(" "),
            one.exposure.to_string(),
            one.reached.to_string(),
            time(one.reached_at),
            one.choice.map(|choice| choice.to_string()).unwrap_or_default(),
            one.reason.map(|reason| reason.to_string()).unwrap_or_default(),
            one.note,
            time(one.answered_at),
            one.failed.to_string(),
            one.last_failure.unwrap_or_default(),
        ];
        // A text that a spreadsheet would take for a formula is written as text.
        let safe =
            record.map(|cell| if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell });
        writer.write_record(&safe).map_err(fault)?;
    }
    writer.into_inner().map_err(|error| Error::Unavailable(error.to_string()))
}
