//! Objects of any kind: search, history, relations, journal proof.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Reader,
    access::Hit,
    clock::Timestamp,
    http::{Parameters, Problem, Viewer},
    journal::{self, EntryKind},
    object::{Relation, VersionSummary},
    page::Page,
    store::Placed,
};

use super::reader;
use crate::{journal::hex, node::Node};

/// Characters of a search; longer ones are answered with an error.
const MAXIMUM_QUERY_CHARACTERS: usize = 200;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Words to be found; all of them.
    q: String,
    /// Only records of this kind.
    kind: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// Rows wanted, 1 to 500; 50 by default.
    limit: Option<u32>,
}

/// An object with everything around it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ObjectView {
    pub hit: Hit,
    pub relations: Vec<RelationView>,
    /// Newest first.
    pub history: Vec<VersionSummary>,
    pub proofs: Vec<Proof>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RelationView {
    pub relation: Relation,
    /// The object at the other end.
    pub other: Hit,
}

/// That an entry stands in the journal: `leaf` and `path` lead to `root` (RFC 6962, 2.1.1).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Proof {
    pub position: u64,
    pub entry: EntryView,
    /// Hexadecimal, as all hashes here.
    pub leaf: String,
    pub path: Vec<String>,
    /// Leaves of the journal under `root`.
    pub size: u64,
    pub root: String,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EntryView {
    pub kind: EntryKind,
    pub object: ObjectId,
    pub version: u32,
    pub at: Timestamp,
    pub commitment: String,
}

impl EntryView {
    pub fn of(placed: &Placed) -> Self {
        let entry = &placed.entry;
        Self {
            kind: entry.kind,
            object: entry.object,
            version: entry.version,
            at: entry.at,
            commitment: hex(&entry.commitment),
        }
    }
}

/// A version as it was saved.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct VersionView {
    pub version: u32,
    pub schema: u16,
    pub author: ObjectId,
    pub recorded_at: Timestamp,
    #[schema(value_type = Object)]
    pub body: serde_json::Value,
}

/// Search everything that one may see, newest first
#[utoipa::path(get, path = "/search", tag = "objects", operation_id = "objects_search",
    params(Search), responses((status = 200, body = Page<Hit>)))]
pub async fn search(
    State(node): State<Arc<Node>>,
    viewer: Viewer,
    Parameters(given): Parameters<Search>,
) -> Result<Json<Page<Hit>>, Problem> {
    if given.q.chars().count() > MAXIMUM_QUERY_CHARACTERS {
        let reason = format!("must have at most {MAXIMUM_QUERY_CHARACTERS} characters");
        return Err(Error::invalid("q", reason).into());
    }
    let kinds = match given.kind.as_deref().filter(|kind| !kind.is_empty()) {
        None => Vec::new(),
        Some(name) => {
            let kind = node.kernel.kinds().find(|kind| kind.name == name);
            vec![kind.ok_or_else(|| Error::invalid("kind", "is not a kind of record here"))?.name]
        }
    };
    let reader = reader(&node, &viewer);
    Ok(Json(reader.search(&given.q, &kinds, given.after.as_deref(), given.limit).await?))
}

/// An object: its name, relations, history and proofs
#[utoipa::path(get, path = "/objects/{id}", tag = "objects", operation_id = "objects_show",
    params(("id" = ObjectId, Path)), responses((status = 200, body = ObjectView)))]
pub async fn show_object(
    State(node): State<Arc<Node>>,
    viewer: Viewer,
    Path(id): Path<ObjectId>,
) -> Result<Json<ObjectView>, Problem> {
    let reader = reader(&node, &viewer);
    let hit = reader.hit(id).await?;
    let relations = related(reader, id).await?;
    let history = reader.history(id).await?;
    let proofs = prove(&node, reader.entries(id).await?).await?;
    Ok(Json(ObjectView { hit, relations, history, proofs }))
}

async fn related(reader: Reader<'_>, id: ObjectId) -> Result<Vec<RelationView>, Error> {
    let mut views = Vec::new();
    for relation in reader.relations(id).await? {
        let other = if relation.from == id { relation.to } else { relation.from };
        match reader.hit(other).await {
            Ok(other) => views.push(RelationView { relation, other }),
            // Erased: there is nothing left to show.
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(views)
}

/// Entries with their paths to the root over the journal as this process knows it.
///
/// # Errors
/// [`Error::Unavailable`] if the store does not answer.
pub async fn prove(node: &Node, entries: Vec<Placed>) -> Result<Vec<Proof>, Error> {
    let Some(last) = entries.iter().map(|placed| placed.position).max() else { return Ok(Vec::new()) };
    let size = node.journal.size().max(last + 1);
    let places: Vec<u64> = entries.iter().map(|placed| placed.position).collect();
    let tiles = node.store.tiles(&journal::tiles_for(size, &places)).await?;
    let root = hex(&journal::root(size, &tiles)?);
    let mut proofs = Vec::with_capacity(entries.len());
    for placed in entries {
        let path = journal::inclusion_proof(placed.position, size, &tiles)?;
        proofs.push(Proof {
            position: placed.position,
            entry: EntryView::of(&placed),
            leaf: hex(&placed.entry.leaf_hash()),
            path: path.iter().map(|hash| hex(hash)).collect(),
            size,
            root: root.clone(),
        });
    }
    Ok(proofs)
}

/// A version of an object as it was saved
#[utoipa::path(get, path = "/objects/{id}/versions/{version}", tag = "objects", operation_id = "objects_version",
    params(("id" = ObjectId, Path), ("version" = u32, Path)), responses((status = 200, body = VersionView)))]
pub async fn show_version(
    State(node): State<Arc<Node>>,
    viewer: Viewer,
    Path((id, version)): Path<(ObjectId, u32)>,
) -> Result<Json<VersionView>, Problem> {
    let object = reader(&node, &viewer).raw_version(id, version).await?;
    let body = serde_json::from_str(&object.body)
        .map_err(|error| Error::Unavailable(format!("a stored body is unreadable: {error}")))?;
    Ok(Json(VersionView {
        version: object.version,
        schema: object.schema,
        author: object.author,
        recorded_at: object.recorded_at,
        body,
    }))
}
