//! How many accidents each year had, by cause. Read from counters.

use std::collections::BTreeMap;

use serde::Serialize;
use shinayaka_kernel::{Reader, Result};
use shinayaka_model::incident::Incident;

/// The years that have accidents, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Timeline {
    pub years: Vec<Year>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Year {
    pub year: u16,
    pub n: u64,
    /// How many of `n` are invented.
    pub synthetic: u64,
    /// By cause; causes without accidents are left out.
    pub by_cause: BTreeMap<String, u64>,
}

/// Counts what the reader may see.
///
/// # Errors
/// [`shinayaka_kernel::Error::Unavailable`] if the store does not answer.
pub async fn timeline(reader: Reader<'_>) -> Result<Timeline> {
    let mut years = BTreeMap::<u16, Year>::new();
    for (value, n) in reader.facet::<Incident>("year_cause").await? {
        let mut words = value.splitn(3, '/');
        let (kept, year, cause) = (words.next(), words.next(), words.next());
        let (Some(Ok(year)), Some(cause), true) = (year.map(str::parse), cause, n > 0) else { continue };
        let new = || Year { year, n: 0, synthetic: 0, by_cause: BTreeMap::new() };
        let entry = years.entry(year).or_insert_with(new);
        entry.n += n;
        entry.synthetic += if kept == Some("synthetic") { n } else { 0 };
        *entry.by_cause.entry(cause.to_owned()).or_default() += n;
    }
    Ok(Timeline { years: years.into_values().collect() })
}
