//! Keyset paging: a page starts after the last row of the one before, so page 1,000 costs what page 1 costs.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

use crate::{
    error::{Error, Result},
    id::ObjectId,
};

/// Rows in a page unless the caller says otherwise.
pub const DEFAULT_LIMIT: u32 = 50;
/// Most rows in a page.
pub const MAXIMUM_LIMIT: u32 = 500;

/// Where a page ended: the value that the list is sorted by and the object. (Not the object's row number: the gaps
/// between row numbers would tell how many objects a reader does not see.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub value: Vec<u8>,
    pub id: ObjectId,
}

impl Cursor {
    pub fn encode(&self) -> String {
        let mut bytes = self.id.as_bytes().to_vec();
        bytes.extend_from_slice(&self.value);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// # Errors
    /// [`Error::Invalid`] for anything that [`Cursor::encode`] did not make.
    pub fn decode(text: &str) -> Result<Self> {
        let bad = || Error::invalid("after", "is not a page token of this list: start again without it");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        let (head, value) = bytes.split_first_chunk::<16>().ok_or_else(bad)?;
        if value.len() > crate::object::MAXIMUM_FIELD_BYTES {
            return Err(bad());
        }
        Ok(Self { id: ObjectId::from_bytes(*head), value: value.to_vec() })
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Give this as `after` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}
