//! Reads that name a kind and its fields as text, for questions that are stored as data (indicators, charts) and so
//! cannot name a type. They pass the same labels and grants as every other read.

use serde_json::Value;

use super::{FilterValue, Reader};
use crate::{
    error::{Error, Result},
    label::Action,
    object::{RecordKind, Scope},
    page::{Cursor, MAXIMUM_LIMIT},
    store::{Order, Query},
};

impl Reader<'_> {
    /// As [`Reader::count`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for a kind that this node does not have or a field that is not a facet field of it.
    pub async fn count_kind(&self, kind: &str, filter: Option<(&str, &FilterValue)>) -> Result<u64> {
        let kind = self.kernel.kind(kind)?;
        if kind.scope(self.principal, Action::Read) != Some(Scope::Any) {
            return Ok(0);
        }
        let encoded = match filter {
            None => None,
            Some((field, value)) => Some((facet(kind, field)?, value.encode())),
        };
        let filter = encoded.as_ref().map(|(field, value)| (*field, value.as_slice()));
        self.kernel.store.count(kind.name, filter, &self.permitted().await?).await
    }

    /// True if the reader's roles let them read every object of the kind that labels show them. What they count of another
    /// kind is nothing, not the truth.
    pub fn reads_kind(&self, kind: &str) -> bool {
        self.kernel
            .kinds
            .get(kind)
            .is_some_and(|kind| kind.scope(self.principal, Action::Read) == Some(Scope::Any))
    }

    /// As [`Reader::facet`] for a kind that is named.
    ///
    /// # Errors
    /// As [`Reader::count_kind`].
    pub async fn facet_values(&self, kind: &str, field: &str) -> Result<Vec<(String, u64)>> {
        let kind = self.kernel.kind(kind)?;
        let field = facet(kind, field)?;
        if kind.scope(self.principal, Action::Read) != Some(Scope::Any) {
            return Ok(Vec::new());
        }
        let counts = self.kernel.store.facet(kind.name, field, &self.permitted().await?).await?;
        Ok(counts.into_iter().map(|(value, n)| (String::from_utf8_lossy(&value).into_owned(), n)).collect())
    }

    /// As [`Reader::facet`], without the values themselves: how many objects have each of them.
    ///
    /// # Errors
    /// As [`Reader::count_kind`].
    pub async fn facet_kind(&self, kind: &str, field: &str) -> Result<Vec<u64>> {
        let kind = self.kernel.kind(kind)?;
        let field = facet(kind, field)?;
        if kind.scope(self.principal, Action::Read) != Some(Scope::Any) {
            return Ok(Vec::new());
        }
        let counts = self.kernel.store.facet(kind.name, field, &self.permitted().await?).await?;
        Ok(counts.into_iter().map(|(_, n)| n).filter(|n| *n > 0).collect())
    }

    /// The bodies of the newest `limit` objects of a kind, in its present schema, newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a kind that this node does not have or a field that it does not declare.
    pub async fn bodies(
        &self,
        kind: &str,
        filter: Option<(&str, &FilterValue)>,
        limit: usize,
    ) -> Result<Vec<Value>> {
        let kind = self.kernel.kind(kind)?;
        let mut filters = Vec::new();
        if let Some((field, value)) = filter {
            let declared = kind.fields.iter().find(|declared| declared.name == field);
            let undeclared = || Error::invalid(field, format!("is not a field of {}", kind.name));
            filters.push((declared.ok_or_else(undeclared)?.name, value.encode()));
        }
        let mut bodies = Vec::new();
        if kind.scope(self.principal, Action::Read).is_none() {
            return Ok(bodies);
        }
        let visible = self.visible(Some(kind.name)).await?;
        let mut query =
            Query { kind: kind.name, filters, order: Order::Newest, after: None, limit: MAXIMUM_LIMIT };
        loop {
            let rows = self.kernel.store.list(&query, &visible).await?;
            let full = rows.len() == MAXIMUM_LIMIT as usize;
            query.after = rows.last().map(|row| Cursor { value: row.sort_value.clone(), id: row.object.id });
            for row in rows {
                if !row.object.erased && self.may_read(&row.object)? {
                    bodies.push((kind.body)(row.object.schema, &row.object.body)?);
                }
            }
            if !full || bodies.len() >= limit {
                bodies.truncate(limit);
                return Ok(bodies);
            }
        }
    }
}

fn facet(kind: &RecordKind, field: &str) -> Result<&'static str> {
    let declared = kind.fields.iter().find(|declared| declared.facet && declared.name == field);
    let undeclared = || Error::invalid(field, format!("is not a facet field of {}", kind.name));
    Ok(declared.ok_or_else(undeclared)?.name)
}
