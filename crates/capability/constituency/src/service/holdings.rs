//! What hangs on an organisation: contacts, services, products. Owned by the organisation and seen by whoever sees it.

use shinayaka_kernel::{
    Error, Label, ObjectId, Reader, Result, Writer,
    access::Keep,
    object::{Record, Stored},
};
use shinayaka_model::{
    citizen_service::CitizenService, contact::Contact, organisation::Organisation,
    product_in_use::ProductInUse,
};

use super::{CONTACT_SAVED, ORGANISATION_SAVED, Saved, all, read_version};

/// A record that belongs to an organisation.
pub trait Holding: Record + Clone + PartialEq {
    /// How many one organisation may have.
    const MAXIMUM: usize;
    /// What is told when one was saved.
    const SAVED: &'static str;

    fn organisation(&self) -> &str;
    fn set_organisation(&mut self, code: &str);

    /// Puts right what is not for the sender to say, before a new version (or a first one) is saved.
    fn settle(&mut self, _before: Option<&Self>) {}
}

macro_rules! holding {
    ($record:ty, $maximum:literal, $saved:expr $(, $settle:item)?) => {
        impl Holding for $record {
            const MAXIMUM: usize = $maximum;
            const SAVED: &'static str = $saved;

            fn organisation(&self) -> &str {
                &self.organisation
            }

            fn set_organisation(&mut self, code: &str) {
                code.clone_into(&mut self.organisation);
            }

            $($settle)?
        }
    };
}

holding!(
    Contact,
    40,
    CONTACT_SAVED,
    /// That a contact works is found out, not said: see [`super::contacts::verify`]. Another address is another road.
    fn settle(&mut self, before: Option<&Self>) {
        let same_road = before.filter(|old| (old.channel, &old.address) == (self.channel, &self.address));
        self.verified_at = same_road.and_then(|old| old.verified_at);
        self.verified_by = same_road.and_then(|old| old.verified_by);
    }
);
holding!(CitizenService, 200, ORGANISATION_SAVED);
holding!(ProductInUse, 2_000, ORGANISATION_SAVED);

/// All of one kind that an organisation has.
///
/// # Errors
/// [`Error::Unavailable`] if the store does not answer.
pub async fn of<T: Holding>(reader: Reader<'_>, code: &str) -> Result<Vec<Stored<T>>> {
    all(reader, &[("organisation", code)], None).await
}

/// How a record that belongs to an organisation is kept.
pub fn keep_for(code: &str, label: Label, synthetic: bool) -> Keep {
    Keep { label, owner: Some(code.to_owned()), synthetic }
}

/// Adds one to the organisation with this id. Whatever organisation the record itself names is not asked.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], or [`Error::Invalid`] naming the field.
pub async fn add<T: Holding>(mut writer: Writer<'_>, to: ObjectId, mut record: T) -> Result<(ObjectId, u32)> {
    let organisation: Stored<Organisation> = writer.reader().get(to).await?;
    let code = &organisation.record.code;
    if of::<T>(writer.reader(), code).await?.len() >= T::MAXIMUM {
        let reason = format!("an organisation has at most {} of them", T::MAXIMUM);
        return Err(Error::invalid("organisation", reason));
    }
    record.set_organisation(code);
    record.settle(None);
    let keep = keep_for(code, organisation.record.label(), organisation.synthetic);
    let id = writer.create(&record, &keep).await?;
    writer.emit(T::SAVED, Some(id), &Saved { count: 1 })?;
    writer.commit().await?;
    Ok((id, 1))
}

/// Saves a new version of one; it stays with its organisation. Returns the new version's number.
///
/// # Errors
/// As [`add`], and [`Error::Conflict`].
pub async fn change<T: Holding>(
    mut writer: Writer<'_>,
    id: ObjectId,
    version: u32,
    mut record: T,
) -> Result<u32> {
    let stored: Stored<T> = read_version(&writer, id, version).await?;
    record.set_organisation(stored.record.organisation());
    record.settle(Some(&stored.record));
    writer.update(&stored, &record).await?;
    writer.emit(T::SAVED, Some(id), &Saved { count: 1 })?;
    writer.commit().await?;
    Ok(version + 1)
}

/// Removes one: its content is erased in all versions, that it was there stays on record.
///
/// # Errors
/// As [`change`].
pub async fn remove<T: Holding>(mut writer: Writer<'_>, id: ObjectId, version: u32) -> Result<()> {
    let stored: Stored<T> = read_version(&writer, id, version).await?;
    writer.erase(&stored)?;
    writer.emit(T::SAVED, Some(id), &Saved { count: 1 })?;
    writer.commit().await?;
    Ok(())
}

/// Saves everything of one kind anew under another label, because the organisation has other hubs now.
///
/// # Errors
/// [`Error::Forbidden`] without the right to label.
pub async fn relabel<T: Holding>(writer: &mut Writer<'_>, code: &str, label: &Label) -> Result<()> {
    for stored in of::<T>(writer.reader(), code).await? {
        if stored.label != *label {
            writer.update_labelled(&stored, &stored.record, label.clone()).await?;
        }
    }
    Ok(())
}
