//! The constituency: whom a warning can reach. Organisations with their contacts, the services that citizens need of them,
//! the products that they run and who acts for whom; and the reach drill (疎通確認) that finds out every year whose
//! contacts have gone stale, before an accident does.
//!
//! Serves measures **M16** and **M20** (sharing among and with operators: a list that works), **M29** (reaching those whose
//! products are affected), **M07** and **M12** (warnings that arrive) and the item **S1**.
//!
//! * [`service`] the actions: find, register, change, verify, import, export; start, close and compare drills. The only
//!   place with rules, and the place where it is said who sees what.
//! * [`service::analysis`] what a drill found: pure functions over what is known of its messages.
//! * [`table`] organisations as CSV, with published columns.
//! * [`react`] closes drills when their time is over, and learns from warnings. [`demonstration`] an invented prefecture.
//! * [`http`] the routes under `/api/v1/constituency`.
//!
//! **It delivers nothing itself**: a drill travels the road of a warning, and [`Dispatch`] is the question to whoever
//! delivers those; the server answers it (`server/src/wiring/`).
//!
//! **To add a member** to a record: see its file in `model/`; a column in [`table::COLUMNS`] names it, and reading and
//! writing follow. **To add a kind of thing that hangs on an organisation**: a record in `model/`, a line in
//! `service/holdings.rs` (it says what is asked of it), its routes, its part of the organisation's page.

pub mod demonstration;
pub mod http;
pub mod react;
pub mod service;
pub mod table;

use std::sync::Arc;

use async_trait::async_trait;
use shinayaka_kernel::{
    Error, Kernel, Principal, Result,
    capability::{Capability, Format, Reaction},
    event::Job,
    http::App,
    object::RecordKind,
};
use shinayaka_model::{
    citizen_service::CitizenService,
    constituency_policy::ConstituencyPolicy,
    contact::Contact,
    delegation::Delegation,
    drill::{Drill, DrillOutcome},
    organisation::Organisation,
    product_in_use::ProductInUse,
};
use utoipa_axum::router::OpenApiRouter;

pub use crate::service::drills::{Dispatch, DrillCall, NoDispatch};
use crate::service::{
    DELEGATION_GRANTS, DRILL_GRANTS, HOLDING_GRANTS, ORGANISATION_GRANTS, OUTCOME_GRANTS, POLICY_GRANTS,
    export::{ExportFormat, export},
    import::{ImportFormat, Imported, import},
    organisations::OrganisationFilter,
};

/// Bad rows told on the command line; the trial run over HTTP lists all.
const FAULTS_TOLD: usize = 20;

/// The capability of this crate; `dispatch` sends its drills.
pub fn capability(dispatch: Arc<dyn Dispatch>) -> Constituency {
    Constituency { dispatch }
}

/// The constituency as a room of the house.
#[derive(Clone)]
pub struct Constituency {
    dispatch: Arc<dyn Dispatch>,
}

#[async_trait]
impl Capability for Constituency {
    fn name(&self) -> &'static str {
        "constituency"
    }

    fn kinds(&self) -> Vec<RecordKind> {
        vec![
            RecordKind::of::<Organisation>(ORGANISATION_GRANTS),
            RecordKind::of::<Contact>(HOLDING_GRANTS),
            RecordKind::of::<CitizenService>(HOLDING_GRANTS),
            RecordKind::of::<ProductInUse>(HOLDING_GRANTS),
            RecordKind::of::<Delegation>(DELEGATION_GRANTS),
            RecordKind::of::<Drill>(DRILL_GRANTS),
            RecordKind::of::<DrillOutcome>(OUTCOME_GRANTS),
            RecordKind::of::<ConstituencyPolicy>(POLICY_GRANTS),
        ]
    }

    fn routes(&self) -> OpenApiRouter<App> {
        http::routes(self.dispatch.clone())
    }

    fn reactions(&self) -> Vec<Reaction> {
        react::REACTIONS.to_vec()
    }

    async fn run_job(&self, kernel: &Kernel, job: &Job) -> Result<()> {
        react::run(kernel, job).await
    }

    async fn demonstrate(&self, kernel: &Kernel) -> Result<()> {
        demonstration::demonstrate(kernel).await
    }

    fn formats(&self) -> Vec<Format> {
        vec![
            Format { name: "organisation-csv", reads: true, writes: true },
            Format { name: "organisation-json", reads: true, writes: true },
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
            "organisation-csv" => ImportFormat::Csv,
            "organisation-json" => ImportFormat::Json,
            other => return Err(Error::invalid("format", format!("{other} cannot be read"))),
        };
        let imported = import(kernel, principal, format, content.to_vec(), false).await?;
        refusal(&imported).map_or(Ok(imported.created + imported.changed), Err)
    }

    async fn export(&self, kernel: &Kernel, principal: &Principal, format: &str) -> Result<Vec<u8>> {
        let format = match format {
            "organisation-csv" => ExportFormat::Csv,
            "organisation-json" => ExportFormat::Json,
            other => return Err(Error::invalid("format", format!("{other} cannot be written"))),
        };
        export(kernel.reader(principal), format, &OrganisationFilter::default()).await
    }
}

/// The bad rows of a file as one error for a terminal.
fn refusal(imported: &Imported) -> Option<Error> {
    let first = imported.errors.first()?;
    let mut reason = first.reason.clone();
    for fault in imported.errors.iter().skip(1).take(FAULTS_TOLD - 1) {
        reason.push_str(&format!("\nline {}, {}: {}", fault.line, fault.field, fault.reason));
    }
    match imported.errors.len().saturating_sub(FAULTS_TOLD) {
        0 => reason.push_str("\nnothing was saved"),
        untold => reason.push_str(&format!("\nand {untold} more; nothing was saved")),
    }
    Some(Error::invalid(format!("line {}, {}", first.line, first.field), reason))
}
