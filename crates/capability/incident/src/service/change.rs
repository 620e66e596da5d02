//! Changing an accident, who may see it, and erasing it on a lawful request.

use shinayaka_kernel::{Error, Label, ObjectId, Result, Writer, object::Stored};
use shinayaka_model::incident::Incident;

use super::{FOUNDING_IS_FIXED, RECORDED, Recorded, check_past};

async fn read(writer: &Writer<'_>, id: ObjectId, version: u32) -> Result<Stored<Incident>> {
    let stored: Stored<Incident> = writer.reader().get(id).await?;
    if stored.version == version {
        return Ok(stored);
    }
    Err(Error::Conflict(format!("version {} is the newest; you read version {version}", stored.version)))
}

/// Saves a new version over `version`. Returns the new one's number.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`], [`Error::Forbidden`], or [`Error::Invalid`] naming the field.
pub async fn change(mut writer: Writer<'_>, id: ObjectId, version: u32, incident: Incident) -> Result<u32> {
    let stored = read(&writer, id, version).await?;
    let incident = incident.trimmed();
    if incident.founding != stored.record.founding {
        return Err(Error::invalid("founding", FOUNDING_IS_FIXED));
    }
    check_past(&incident, writer.at())?;
    writer.update(&stored, &incident).await?;
    writer.emit(RECORDED, Some(id), &Recorded { count: 1 })?;
    writer.commit().await?;
    Ok(version + 1)
}

/// Gives an accident another label. Returns the new version's number.
///
/// # Errors
/// As [`change`]; [`Error::Forbidden`] also for a wider label without the originator's consent.
pub async fn relabel(mut writer: Writer<'_>, id: ObjectId, version: u32, label: Label) -> Result<u32> {
    let stored = read(&writer, id, version).await?;
    writer.relabel(&stored, label).await?;
    writer.commit().await?;
    Ok(version + 1)
}

/// Destroys the content of every version of an accident; that it was erased stays on record.
///
/// # Errors
/// As [`change`].
pub async fn erase(mut writer: Writer<'_>, id: ObjectId, version: u32) -> Result<()> {
    let stored = read(&writer, id, version).await?;
    writer.erase(&stored)?;
    writer.commit().await?;
    Ok(())
}
