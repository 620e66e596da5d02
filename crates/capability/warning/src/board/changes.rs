//! Deliveries and answers of one warning in the order in which they changed: one stretch of an index.

use shinayaka_kernel::{
    ObjectId, Result,
    access::{ListRequest, Reader},
    clock::Timestamp,
    object::{Record, Stored, encode_text},
    page::{Cursor, MAXIMUM_LIMIT},
};
use shinayaka_model::delivery::{Answer, Delivery, change_key};

/// # Errors
/// When the store does not answer.
pub async fn deliveries(
    reader: Reader<'_>,
    warning: ObjectId,
    since: Option<Timestamp>,
    most: usize,
) -> Result<Vec<Stored<Delivery>>> {
    changed(reader, warning, since, most, |delivery: &Delivery| delivery.warning).await
}

/// # Errors
/// When the store does not answer.
pub async fn answers(
    reader: Reader<'_>,
    warning: ObjectId,
    since: Option<Timestamp>,
    most: usize,
) -> Result<Vec<Stored<Answer>>> {
    changed(reader, warning, since, most, |answer: &Answer| answer.warning).await
}

async fn changed<T: Record>(
    reader: Reader<'_>,
    warning: ObjectId,
    since: Option<Timestamp>,
    most: usize,
    warning_of: fn(&T) -> ObjectId,
) -> Result<Vec<Stored<T>>> {
    let key = change_key(warning, since.unwrap_or_default());
    let start = Cursor { value: encode_text(&key), id: ObjectId::from_bytes([0; 16]) };
    let limit = u32::try_from(most).unwrap_or(MAXIMUM_LIMIT).min(MAXIMUM_LIMIT);
    let mut request = ListRequest {
        filters: Vec::new(),
        sort: Some(("change", false)),
        after: Some(start.encode()),
        limit: Some(limit),
    };
    let mut found = Vec::new();
    loop {
        let page = reader.list::<T>(&request).await?;
        for stored in page.items {
            if warning_of(&stored.record) != warning || found.len() >= most {
                return Ok(found);
            }
            found.push(stored);
        }
        match page.next {
            Some(next) => request.after = Some(next),
            None => return Ok(found),
        }
    }
}
