//! The accident registry: the continuous collection of accident data by a public body, as the strategy of 2003 asked
//! for it. Attacks and the accidents that nobody intended are equals; every record says through which channel it became
//! known, how late, who says so and what it cost, because every figure that is later made of it depends on that.
//!
//! Serves measure **M31** (a published method of quantitative risk, and the data for it), **M18** (investigation: what
//! happened before), **M16** and **M20** (sharing: counts by column) and the item **S6** (making risk visible). It
//! opens with the 34 accidents that the strategy itself prints, and reproduces its two tables from the live records.
//!
//! * [`service`] the actions: record, change, list, matrix, timeline, import, export. The only place with rules.
//! * [`table`] accidents as CSV, with published columns; [`veris`] VERIS to accidents.
//! * [`reference`] what comes with the program: the founding accidents and an invented prefecture's.
//! * [`http`] the routes under `/api/v1/registry`. It reacts to nothing.
//!
//! **To add a word** to one of the lists (a cause, a unit): add it in `model/src/incident/vocabulary.rs`, name it in
//! `i18n/` under `registry.LIST.WORD`, and write the pages of `docs/schema/` anew (their test says how).
//! **To add a member** to the record: see `model/src/incident.rs`; give it a column in [`table::COLUMNS`], a line in
//! `table/read.rs` and in `table/write.rs`; the round-trip test fails until all three agree.
//! **To add a format**: a reader in `crates/format/NAME`, its mapping beside [`veris`], an arm in
//! [`service::import`], its name in [`IncidentRegistry::formats`].

pub mod http;
pub mod reference;
pub mod service;
pub mod table;
pub mod veris;

use async_trait::async_trait;
use shinayaka_kernel::{
    Error, Kernel, Principal, Result,
    capability::{Capability, Format},
    http::App,
    object::RecordKind,
};
use shinayaka_model::incident::Incident;
use utoipa_axum::router::OpenApiRouter;

use crate::service::{
    GRANTS,
    export::{ExportFormat, export_all},
    import::{ImportFormat, import},
};

/// Bad rows told on the command line; the trial run over HTTP lists all.
const FAULTS_TOLD: usize = 20;

/// The capability of this crate.
pub fn capability() -> IncidentRegistry {
    IncidentRegistry
}

/// The accident registry as a room of the house.
#[derive(Debug, Clone, Copy)]
pub struct IncidentRegistry;

#[async_trait]
impl Capability for IncidentRegistry {
    fn name(&self) -> &'static str {
        "incident"
    }

    fn kinds(&self) -> Vec<RecordKind> {
        vec![RecordKind::of::<Incident>(GRANTS)]
    }

    fn routes(&self) -> OpenApiRouter<App> {
        http::routes()
    }

    async fn seed(&self, kernel: &Kernel) -> Result<()> {
        reference::seed(kernel).await
    }

    async fn demonstrate(&self, kernel: &Kernel) -> Result<()> {
        reference::demonstrate(kernel).await
    }

    fn formats(&self) -> Vec<Format> {
        vec![
            Format { name: "incident-csv", reads: true, writes: true },
            Format { name: "incident-json", reads: false, writes: true },
            Format { name: "veris", reads: true, writes: false },
        ]
    }

    async fn import(
        &self,
        kernel: &Kernel,
        principal: &Principal,
        format: &str,
        content: &[u8],
    ) -> Result<u64> {
        let format = match format {
            "incident-csv" => ImportFormat::Csv,
            "veris" => ImportFormat::Veris,
            other => return Err(Error::invalid("format", format!("{other} cannot be read"))),
        };
        let imported = import(kernel.writer(principal), format, content.to_vec(), false).await?;
        let Some(first) = imported.errors.first() else { return Ok(imported.saved) };
        let told = imported.errors.iter().skip(1).take(FAULTS_TOLD - 1);
        let mut reason = first.reason.clone();
        for fault in told {
            reason.push_str(&format!("\nline {}, {}: {}", fault.line, fault.field, fault.reason));
        }
        let untold = imported.errors.len().saturating_sub(FAULTS_TOLD);
        if untold > 0 {
            reason.push_str(&format!("\nand {untold} more; nothing was saved"));
        } else {
            reason.push_str("\nnothing was saved");
        }
        Err(Error::invalid(format!("line {}, {}", first.line, first.field), reason))
    }

    async fn export(&self, kernel: &Kernel, principal: &Principal, format: &str) -> Result<Vec<u8>> {
        let format = match format {
            "incident-csv" => ExportFormat::Csv,
            "incident-json" => ExportFormat::Json,
            other => return Err(Error::invalid("format", format!("{other} cannot be written"))),
        };
        export_all(kernel.reader(principal), format).await
    }
}
