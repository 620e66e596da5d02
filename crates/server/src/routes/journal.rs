//! The journal, for anybody who wants to hold this node to what it said. What a reader may not see travels as hashes.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error,
    http::{Parameters, Problem, Viewer},
    journal,
    page::Page,
};

use super::{objects::EntryView, reader};
use crate::{journal::hex, node::Node};

const MAXIMUM_ENTRIES: u32 = 500;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Sizes {
    /// Size of the earlier checkpoint.
    from: u64,
    /// Size of the later one; the present size by default.
    to: Option<u64>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Range {
    /// Position of the first entry.
    #[serde(default)]
    from: u64,
    /// Entries wanted, 1 to 500; 50 by default.
    limit: Option<u32>,
}

/// That the journal of size `to` begins with the one of size `from` (RFC 6962, 2.1.2).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConsistencyProof {
    pub from: u64,
    pub to: u64,
    /// Hexadecimal.
    pub path: Vec<String>,
}

/// An entry; of those that the reader may not see only the hash.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PlacedEntry {
    pub position: u64,
    /// Hexadecimal.
    pub leaf: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryView>,
}

/// The newest signed checkpoint
///
/// A signed note (c2sp.org/signed-note) of the journal's size and root.
#[utoipa::path(get, path = "/journal/checkpoint", tag = "journal", operation_id = "journal_checkpoint",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn checkpoint(State(node): State<Arc<Node>>) -> Result<Response, Problem> {
    let note = node.checkpoint().await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response())
}

/// That nothing was changed between two checkpoints
#[utoipa::path(get, path = "/journal/proof", tag = "journal", operation_id = "journal_proof",
    params(Sizes), responses((status = 200, body = ConsistencyProof)))]
pub async fn proof(
    State(node): State<Arc<Node>>,
    Parameters(sizes): Parameters<Sizes>,
) -> Result<Json<ConsistencyProof>, Problem> {
    let size = node.journal.size();
    let to = sizes.to.unwrap_or(size);
    if to > size {
        return Err(Error::invalid("to", "is larger than the journal").into());
    }
    if sizes.from > to {
        return Err(Error::invalid("from", "is larger than the later size").into());
    }
    let tiles = node.store.tiles(&journal::tiles_for(to, &[sizes.from])).await?;
    let path = journal::consistency_proof(sizes.from, to, &tiles)?;
    Ok(Json(ConsistencyProof { from: sizes.from, to, path: path.iter().map(|hash| hex(hash)).collect() }))
}

/// Entries in order
#[utoipa::path(get, path = "/journal/entries", tag = "journal", operation_id = "journal_entries",
    params(Range), responses((status = 200, body = Page<PlacedEntry>)))]
pub async fn entries(
    State(node): State<Arc<Node>>,
    viewer: Viewer,
    Parameters(range): Parameters<Range>,
) -> Result<Json<Page<PlacedEntry>>, Problem> {
    let limit = range.limit.unwrap_or(shinayaka_kernel::page::DEFAULT_LIMIT);
    if !(1..=MAXIMUM_ENTRIES).contains(&limit) {
        return Err(Error::invalid("limit", format!("must be from 1 to {MAXIMUM_ENTRIES}")).into());
    }
    if range.from > i64::MAX.unsigned_abs() {
        return Err(Error::invalid("from", "is larger than any journal").into());
    }
    let placed = node.store.entries(range.from, limit).await?;
    let next = placed.last().filter(|_| placed.len() == limit as usize).map(|last| last.position + 1);
    let reader = reader(&node, &viewer);
    let mut items = Vec::with_capacity(placed.len());
    for one in placed {
        let entry = reader.may_see_entry(&one).await?.then(|| EntryView::of(&one));
        items.push(PlacedEntry { position: one.position, leaf: hex(&one.entry.leaf_hash()), entry });
    }
    Ok(Json(Page { items, next: next.map(|next| next.to_string()) }))
}
