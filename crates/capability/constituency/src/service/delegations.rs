//! Delegations: a hub, or another organisation, acts for a member.

use shinayaka_kernel::{
    Error, Label, ObjectId, Reader, Result, Writer,
    access::Keep,
    label::{Audience, Party},
    object::Stored,
};
use shinayaka_model::{delegation::Delegation, organisation::Organisation};

use super::{ORGANISATION_SAVED, Saved, all, read_version};

/// Those in which an organisation is the member or the delegate.
///
/// # Errors
/// [`Error::Unavailable`] if the store does not answer.
pub async fn of(reader: Reader<'_>, code: &str) -> Result<Vec<Stored<Delegation>>> {
    let mut found = all(reader, &[("member", code)], None).await?;
    found.extend(all(reader, &[("delegate", code)], None).await?);
    Ok(found)
}

/// Seen by whoever sees the member, and by the delegate.
pub(crate) fn label(member: &Organisation, delegate: &str) -> Label {
    let label = member.label();
    let seeing = label.audience.0.iter().flatten().cloned();
    let delegate = [Party::Organisation(delegate.to_owned()), Party::Community(delegate.to_owned())];
    Label { audience: Audience::any_of(seeing.chain(delegate)), ..label }
}

/// Writes down that an organisation acts for the member with this id. One that is there already gets a new version.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], or [`Error::Invalid`] naming the field.
pub async fn delegate(
    mut writer: Writer<'_>,
    member: ObjectId,
    mut record: Delegation,
) -> Result<(ObjectId, u32)> {
    let organisation: Stored<Organisation> = writer.reader().get(member).await?;
    let member = &organisation.record;
    record.member.clone_from(&member.code);
    let id = Delegation::id_of(&record.member, &record.delegate);
    let label = label(member, &record.delegate);
    let version = match writer.reader().get::<Delegation>(id).await {
        Ok(stored) => {
            writer.update(&stored, &record).await?;
            stored.version + 1
        }
        Err(Error::NotFound) => {
            let keep = Keep { label, owner: Some(member.code.clone()), synthetic: organisation.synthetic };
            writer.create_with_id(id, &record, &keep).await?;
            1
        }
        Err(error) => return Err(error),
    };
    writer.emit(ORGANISATION_SAVED, Some(id), &Saved { count: 1 })?;
    writer.commit().await?;
    Ok((id, version))
}

/// Changes what the delegate may do or until when; member and delegate stay.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Conflict`], or [`Error::Invalid`] naming the field.
pub async fn change(
    mut writer: Writer<'_>,
    id: ObjectId,
    version: u32,
    mut record: Delegation,
) -> Result<u32> {
    let stored: Stored<Delegation> = read_version(&writer, id, version).await?;
    record.member.clone_from(&stored.record.member);
    record.delegate.clone_from(&stored.record.delegate);
    writer.update(&stored, &record).await?;
    writer.emit(ORGANISATION_SAVED, Some(id), &Saved { count: 1 })?;
    writer.commit().await?;
    Ok(version + 1)
}

/// Saves the delegations of a member anew because other hubs see it now.
pub(super) async fn relabel(writer: &mut Writer<'_>, member: &Organisation) -> Result<()> {
    for stored in all::<Delegation>(writer.reader(), &[("member", &member.code)], None).await? {
        let label = label(member, &stored.record.delegate);
        if label != stored.label {
            writer.update_labelled(&stored, &stored.record, label).await?;
        }
    }
    Ok(())
}
