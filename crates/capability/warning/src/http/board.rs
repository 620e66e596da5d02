//! The board over HTTP: as it stands, at a past moment, live, drilled down and as a file.

use std::{
    convert::Infallible,
    sync::{Arc, PoisonError},
    time::Duration,
};

use axum::{
    Extension, Json,
    extract::State,
    http::header,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, stream};
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Kernel, ObjectId, Result,
    clock::Timestamp,
    http::{App, PageParameters, Parameters, Problem, SignedIn, Viewer},
    page::Page,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Id, KernelState};
use crate::{
    board::{
        counts::Counts,
        view::{self, BoardView, RecipientFilter, RecipientView, View},
    },
    room::{Room, SharedRoom},
    service::inbox,
};

/// How often a live board looks for something new.
const TICK: Duration = Duration::from_millis(250);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_board))
        .routes(routes!(live_board))
        .routes(routes!(board_timeline))
        .routes(routes!(list_recipients))
        .routes(routes!(export_board))
}

/// Who sees which rows of this board; nothing for whoever may not see the warning.
async fn view_of(kernel: &Kernel, viewer: &Viewer, id: ObjectId) -> Result<View> {
    let view = View::of(&viewer.0)?;
    let warning = inbox::get(kernel, viewer, id).await?;
    if warning.record.state.was_issued() { Ok(view) } else { Err(Error::NotFound) }
}

async fn drawn(room: &Room, kernel: &Kernel, view: &View, id: ObjectId) -> Result<BoardView> {
    let board = room.boards.fresh(kernel, id).await?;
    let small_cell = room.facts()?.settings.small_cell;
    let board = board.read().unwrap_or_else(PoisonError::into_inner);
    Ok(view::draw(&board, view, kernel.now(), small_cell))
}

/// Affected, reached, acted, cannot, silent, by sector, prefecture and hub: the house sees all, a hub its members, an
/// organisation itself and protected totals.
#[utoipa::path(get, path = "/warnings/{id}/board", tag = "warning", operation_id = "warning_board",
    params(("id" = ObjectId, Path)),
    responses((status = 200, body = BoardView), (status = 404, body = Problem)))]
async fn show_board(
    State(kernel): KernelState,
    Extension(room): Extension<SharedRoom>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
) -> Result<Json<BoardView>, Problem> {
    let view = view_of(&kernel, &viewer, id).await?;
    Ok(Json(drawn(&room, &kernel, &view, id).await?))
}

/// The board as it changes: server-sent events named `board`, each a whole board as JSON, the first at once. A comment
/// every ten seconds shows that the line holds.
#[utoipa::path(get, path = "/warnings/{id}/board/live", tag = "warning", operation_id = "warning_board_live",
    params(("id" = ObjectId, Path)),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 404, body = Problem)))]
async fn live_board(
    State(kernel): KernelState,
    Extension(room): Extension<SharedRoom>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
) -> Result<Response, Problem> {
    let view = view_of(&kernel, &viewer, id).await?;
    let events = follow(room, kernel, view, id);
    let alive = KeepAlive::new().interval(Duration::from_secs(10));
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

fn follow(
    room: SharedRoom,
    kernel: Arc<Kernel>,
    view: View,
    id: ObjectId,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    stream::unfold((room, kernel, view, ticks, 0), move |(room, kernel, view, mut ticks, seen)| async move {
        loop {
            ticks.tick().await;
            match shared(&room, &kernel, &view, id, seen).await {
                Ok(Some((revision, text))) => {
                    let event = Event::default().event("board").id(revision.to_string()).data(text.as_ref());
                    return Some((Ok(event), (room, kernel, view, ticks, revision)));
                }
                Ok(None) => {}
                // The watcher's browser connects again and says since when it was without.
                Err(error) => {
                    tracing::warn!(%error, "a live board ends");
                    return None;
                }
            }
        }
    })
}

/// The board as text, if it is newer than what was seen. Viewers who see the same share one text.
async fn shared(
    room: &Room,
    kernel: &Kernel,
    view: &View,
    id: ObjectId,
    seen: u64,
) -> Result<Option<(u64, Arc<str>)>> {
    let board = room.boards.fresh(kernel, id).await?;
    let small_cell = room.facts()?.settings.small_cell;
    let board = board.read().unwrap_or_else(PoisonError::into_inner);
    if board.revision == seen {
        return Ok(None);
    }
    let text = room.boards.text(&board, view, || {
        let drawn = view::draw(&board, view, kernel.now(), small_cell);
        serde_json::to_string(&drawn).map_err(|error| Error::Unavailable(error.to_string()))
    })?;
    Ok(Some((board.revision, text)))
}

/// Moments at which the board is wanted.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct TimelineParameters {
    /// How many, 2 to 500, from issue to now; 60 without it.
    points: Option<u32>,
}

/// The board at one past moment.
#[derive(Serialize, utoipa::ToSchema)]
struct BoardMoment {
    at: Timestamp,
    counts: Counts,
}

#[derive(Serialize, utoipa::ToSchema)]
struct BoardTimeline {
    items: Vec<BoardMoment>,
}

/// The board at past moments, from issue to now: for the slider. For the house.
#[utoipa::path(get, path = "/warnings/{id}/board/timeline", tag = "warning", operation_id = "warning_board_timeline",
    params(("id" = ObjectId, Path), TimelineParameters),
    responses((status = 200, body = BoardTimeline), (status = 404, body = Problem)))]
async fn board_timeline(
    State(kernel): KernelState,
    Extension(room): Extension<SharedRoom>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Parameters(parameters): Parameters<TimelineParameters>,
) -> Result<Json<BoardTimeline>, Problem> {
    if view_of(&kernel, &viewer, id).await? != View::House {
        return Err(Error::NotFound.into());
    }
    let points = parameters.points.unwrap_or(60);
    if !(2..=500).contains(&points) {
        return Err(Error::invalid("points", "must be from 2 to 500").into());
    }
    let warning = inbox::get(&kernel, &viewer, id).await?;
    let from = warning.record.issued_at().unwrap_or_default();
    let board = room.boards.fresh(&kernel, id).await?;
    let board = board.read().unwrap_or_else(PoisonError::into_inner);
    let span = (kernel.now().microseconds() - from.microseconds()).max(0);
    let moments = (0..points).map(|number| {
        let part = i128::from(span) * i128::from(number) / i128::from(points - 1);
        let at = from.microseconds() + i64::try_from(part).unwrap_or(0);
        Timestamp::from_microseconds(at)
    });
    let items = moments.map(|at| BoardMoment { at, counts: board.counts_at(at) }).collect();
    Ok(Json(BoardTimeline { items }))
}

/// The recipients behind a number of the board, by code.
#[utoipa::path(get, path = "/warnings/{id}/recipients", tag = "warning", operation_id = "warning_recipients",
    params(("id" = ObjectId, Path), RecipientFilter, PageParameters),
    responses((status = 200, body = Page<RecipientView>), (status = 404, body = Problem)))]
async fn list_recipients(
    State(kernel): KernelState,
    Extension(room): Extension<SharedRoom>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Parameters(filter): Parameters<RecipientFilter>,
    Parameters(page): Parameters<PageParameters>,
) -> Result<Json<Page<RecipientView>>, Problem> {
    let view = view_of(&kernel, &viewer, id).await?;
    let board = room.boards.fresh(&kernel, id).await?;
    let board = board.read().unwrap_or_else(PoisonError::into_inner);
    Ok(Json(view::recipients(&board, &view, &filter, page.after.as_deref(), page.limit)?))
}

/// The recipients behind a number of the board as CSV.
#[utoipa::path(get, path = "/warnings/{id}/board/export", tag = "warning", operation_id = "export_warning_board",
    params(("id" = ObjectId, Path), RecipientFilter),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404, body = Problem)))]
async fn export_board(
    State(kernel): KernelState,
    Extension(room): Extension<SharedRoom>,
    SignedIn(viewer): SignedIn,
    Id(id): Id,
    Parameters(filter): Parameters<RecipientFilter>,
) -> Result<Response, Problem> {
    let view = view_of(&kernel, &viewer, id).await?;
    let board = room.boards.fresh(&kernel, id).await?;
    let text = {
        let board = board.read().unwrap_or_else(PoisonError::into_inner);
        view::csv(&board, &view, &filter)?
    };
    let name = format!("attachment; filename=\"board-{id}.csv\"");
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, text).into_response())
}
