//! How many accidents of each cause each sector had, and the strategy's own two tables. Read from counters.

use std::collections::BTreeMap;

use serde::Serialize;
use shinayaka_kernel::{Reader, Result};
use shinayaka_model::incident::{Cause, Column, Incident, Sector};

/// Counts by sector and cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Matrix {
    /// All sectors, in their order.
    pub sectors: Vec<Sector>,
    /// All causes, in their order.
    pub causes: Vec<Cause>,
    /// The cells that are not empty, by sector and cause.
    pub cells: Vec<Cell>,
    /// All accidents that the reader may see.
    pub n: u64,
    /// How many of them are invented.
    pub synthetic: u64,
    pub founding: FoundingTables,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Cell {
    pub sector: Sector,
    pub cause: Cause,
    pub n: u64,
    /// How many of `n` are invented.
    pub synthetic: u64,
}

/// The founding accidents by the table and column in which the strategy printed them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FoundingTables {
    pub availability: FoundingColumns,
    pub confidentiality_integrity: FoundingColumns,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FoundingColumns {
    pub government: u64,
    pub critical_infrastructure: u64,
    pub firms_individuals: u64,
}

/// Counts what the reader may see.
///
/// # Errors
/// [`shinayaka_kernel::Error::Unavailable`] if the store does not answer.
pub async fn matrix(reader: Reader<'_>) -> Result<Matrix> {
    let mut counts = BTreeMap::<(Sector, Cause), (u64, u64)>::new();
    for (value, n) in reader.facet::<Incident>("sector_cause").await? {
        let mut words = value.splitn(3, '/');
        let (kept, sector, cause) = (words.next(), words.next(), words.next());
        let (Some(Ok(sector)), Some(Ok(cause))) = (sector.map(str::parse), cause.map(str::parse)) else {
            continue;
        };
        let cell = counts.entry((sector, cause)).or_default();
        cell.0 += n;
        cell.1 += if kept == Some("synthetic") { n } else { 0 };
    }
    let cells = counts.into_iter().filter(|(_, (n, _))| *n > 0);
    let cells: Vec<Cell> =
        cells.map(|((sector, cause), (n, synthetic))| Cell { sector, cause, n, synthetic }).collect();
    Ok(Matrix {
        sectors: Sector::ALL.to_vec(),
        causes: Cause::ALL.to_vec(),
        n: cells.iter().map(|cell| cell.n).sum(),
        synthetic: cells.iter().map(|cell| cell.synthetic).sum(),
        cells,
        founding: founding(reader).await?,
    })
}

async fn founding(reader: Reader<'_>) -> Result<FoundingTables> {
    let mut tables = FoundingTables::default();
    for (value, n) in reader.facet::<Incident>("founding_cell").await? {
        let Some((table, column)) = value.split_once('/') else { continue };
        let table = match table {
            "availability" => &mut tables.availability,
            _ => &mut tables.confidentiality_integrity,
        };
        match column.parse()? {
            Column::Government => table.government += n,
            Column::CriticalInfrastructure => table.critical_infrastructure += n,
            Column::FirmsIndividuals => table.firms_individuals += n,
        }
    }
    Ok(tables)
}
