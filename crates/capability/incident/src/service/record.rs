//! Recording an accident.

use shinayaka_kernel::{Error, Label, ObjectId, Result, Writer, access::Keep};
use shinayaka_model::incident::Incident;

use super::{FOUNDING_IS_FIXED, RECORDED, Recorded, check_past};

/// Records one accident, owned by the principal's organisation. Without a label it is for members of the node.
///
/// # Errors
/// [`Error::Invalid`] naming the field, [`Error::Forbidden`] if the principal's roles may not record accidents.
pub async fn record(
    mut writer: Writer<'_>,
    incident: Incident,
    label: Option<Label>,
) -> Result<(ObjectId, u32)> {
    let incident = incident.trimmed();
    if incident.founding.is_some() {
        return Err(Error::invalid("founding", FOUNDING_IS_FIXED));
    }
    check_past(&incident, writer.at())?;
    let owner = writer.reader().principal().organisation.clone();
    let keep = Keep { owner, ..Keep::labelled(label.unwrap_or_else(Label::members)) };
    let id = writer.create(&incident, &keep).await?;
    writer.emit(RECORDED, Some(id), &Recorded { count: 1 })?;
    writer.commit().await?;
    Ok((id, 1))
}
