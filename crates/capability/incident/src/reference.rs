//! Accidents that come with the program: the 34 of the strategy, which every node has, and those of an invented
//! prefecture, which a demonstration has. Both have fixed identifiers and are saved once.

use serde::Deserialize;
use shinayaka_kernel::{Error, Kernel, Label, ObjectId, Principal, Result, access::Keep, http::read_json};
use shinayaka_model::incident::Incident;

use crate::service::{RECORDED, Recorded};

const FOUNDING: &str = include_str!("../../../../data/accidents-2003.json");
const DEMONSTRATION: &str = include_str!("../../../../data/accidents-demonstration.json");

/// An accident that comes with the program.
struct Known {
    id: ObjectId,
    incident: Incident,
    keep: Keep,
}

/// The identifier of a founding accident, the same on every node.
pub fn founding_id(number: u8) -> ObjectId {
    ObjectId::named(&format!("incident/founding/{number}"))
}

/// The accidents of the strategy of 2003, in its order.
///
/// # Errors
/// [`Error::Unavailable`] if the data of the program is broken, which a test excludes.
pub fn founding() -> Result<Vec<Incident>> {
    read_json(FOUNDING.as_bytes()).map_err(|error| Error::Unavailable(format!("founding accidents: {error}")))
}

/// Saves the founding accidents that this node does not have yet. One that was changed or erased here stays so.
///
/// # Errors
/// [`Error::Unavailable`] if the store does not take them.
pub async fn seed(kernel: &Kernel) -> Result<()> {
    let mut known = Vec::new();
    for incident in founding()? {
        let number = incident.founding.map_or(0, |founding| founding.number);
        let keep = Keep::labelled(Label::public());
        known.push(Known { id: founding_id(number), incident, keep });
    }
    save_missing(kernel, known).await
}

#[derive(Deserialize)]
struct Invented {
    audience: InventedAudience,
    record: Incident,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum InventedAudience {
    Public,
    Members,
}

/// Saves the accidents of the invented prefecture, all marked synthetic.
///
/// # Errors
/// As [`seed`].
pub async fn demonstrate(kernel: &Kernel) -> Result<()> {
    let invented: Vec<Invented> = read_json(DEMONSTRATION.as_bytes())
        .map_err(|error| Error::Unavailable(format!("demonstration accidents: {error}")))?;
    let known = invented.into_iter().enumerate().map(|(number, invented)| {
        let label = match invented.audience {
            InventedAudience::Public => Label::public(),
            InventedAudience::Members => Label::members(),
        };
        Known {
            id: ObjectId::named(&format!("incident/demonstration/{}", number + 1)),
            incident: invented.record,
            keep: Keep { label, owner: None, synthetic: true },
        }
    });
    save_missing(kernel, known.collect()).await
}

async fn save_missing(kernel: &Kernel, known: Vec<Known>) -> Result<()> {
    let node = Principal::node();
    let mut missing = Vec::new();
    for accident in known {
        // The history is also there of what was erased.
        match kernel.reader(&node).history(accident.id).await {
            Ok(_) => {}
            Err(Error::NotFound) => missing.push(accident),
            Err(error) => return Err(error),
        }
    }
    match save(kernel, &node, &missing).await {
        // Somebody has hidden one of them from the node's own account: the others are still wanted.
        Err(Error::Conflict(_)) => {}
        other => return other,
    }
    for accident in missing.chunks(1) {
        match save(kernel, &node, accident).await {
            Ok(()) | Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn save(kernel: &Kernel, node: &Principal, accidents: &[Known]) -> Result<()> {
    if accidents.is_empty() {
        return Ok(());
    }
    let mut writer = kernel.writer(node);
    for accident in accidents {
        writer.create_with_id(accident.id, &accident.incident, &accident.keep).await?;
    }
    writer.emit(RECORDED, None, &Recorded { count: accidents.len() as u64 })?;
    writer.commit().await?;
    Ok(())
}
