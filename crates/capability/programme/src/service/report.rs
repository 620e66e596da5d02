//! The public report of a council cycle.

use serde::Serialize;
use shinayaka_kernel::{
    Error, Label, ObjectId, Principal, Result,
    access::{Keep, Kernel, ListRequest},
    clock::Timestamp,
    http::Viewer,
    label::Role,
    object::Stored,
    page::Page,
};
use shinayaka_model::council::{
    CouncilCycle, CouncilProposal, CouncilReport, CycleState, FrozenMeasure, MeasureAgreement,
    ReportedMeasure, ReportedProposal,
};

use super::{demand_role, proposals};
use crate::reference;

/// A line of the list of reports.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ReportSummary {
    pub id: ObjectId,
    pub title: String,
    pub published_at: Timestamp,
    pub members: u32,
    pub members_scored: u32,
    pub alpha: Option<f64>,
    pub proposals: u32,
    /// Proposals that the organisation addressed has not answered.
    pub unanswered: u32,
    pub synthetic: bool,
}

/// Publishes the report of a closed cycle. Publishing again makes a new version of the same report with the answers
/// that came since.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but the director, [`Error::Conflict`] while the cycle is open.
pub async fn publish(kernel: &Kernel, viewer: &Viewer, id: ObjectId) -> Result<Stored<CouncilReport>> {
    let reader = viewer.reader(kernel);
    let cycle = reader.get::<CouncilCycle>(id).await?;
    demand_role(reader, Role::Director, "the director")?;
    let proposals = proposals::of_cycle(reader, id).await?;
    let mut writer = viewer.writer(kernel);
    let report = compose(&cycle, &proposals, writer.at())?;
    let report_id = CouncilReport::id_of(id);
    if cycle.record.state == CycleState::Published {
        let published = reader.get::<CouncilReport>(report_id).await?;
        writer.update(&published, &report).await?;
    } else {
        let keep = Keep { label: Label::public(), owner: None, synthetic: cycle.synthetic };
        writer.create_with_id(report_id, &report, &keep).await?;
    }
    let record =
        CouncilCycle { state: CycleState::Published, report: Some(report_id), ..cycle.record.clone() };
    writer.decide(&cycle, &record).await?;
    writer.emit("council.published", Some(report_id), &serde_json::json!({ "cycle": id }))?;
    writer.commit().await?;
    reader.get::<CouncilReport>(report_id).await
}

fn compose(
    cycle: &Stored<CouncilCycle>,
    proposals: &[Stored<CouncilProposal>],
    now: Timestamp,
) -> Result<CouncilReport> {
    let open = || Error::Conflict("the cycle is still open: close it first".into());
    let agreement = cycle.record.agreement.as_ref().ok_or_else(open)?;
    let closed_at = cycle.record.closed_at.ok_or_else(open)?;
    let pairs = cycle.record.snapshot.iter().filter_map(|frozen| {
        let agreed = agreement.by_measure.iter().find(|agreed| agreed.no == frozen.no)?;
        Some(reported(frozen, agreed))
    });
    Ok(CouncilReport {
        cycle: cycle.id,
        title: cycle.record.title.clone(),
        frozen_at: cycle.record.frozen_at,
        closed_at,
        published_at: now,
        members: u32::try_from(cycle.record.members.len()).unwrap_or(u32::MAX),
        members_scored: agreement.members,
        alpha: agreement.alpha,
        measures: pairs.collect(),
        proposals: proposals
            .iter()
            .map(|Stored { record, .. }| ReportedProposal {
                number: record.number,
                measure: record.measure,
                text: record.text.clone(),
                addressee: record.addressee.clone(),
                follow_up: record.follow_up,
                answer: record.answer.clone(),
            })
            .collect(),
        follow_ups: cycle.record.follow_ups.clone(),
    })
}

fn reported(frozen: &FrozenMeasure, agreed: &MeasureAgreement) -> ReportedMeasure {
    let printed = reference::programme().measures.iter().find(|measure| measure.no == frozen.no);
    let title =
        |pick: fn(&reference::PrintedMeasure) -> &String| printed.map(pick).cloned().unwrap_or_default();
    ReportedMeasure {
        no: frozen.no,
        title_ja: title(|measure| &measure.title_ja),
        title_en: title(|measure| &measure.title_en),
        status: frozen.status,
        owner: frozen.owner.clone(),
        scores: agreed.scores.clone(),
        conflicts: agreed.conflicts,
        spread: agreed.spread,
        disagrees: agreed.disagrees,
    }
}

/// A page of public reports, newest first.
///
/// # Errors
/// [`Error::Invalid`] for a wrong page token or limit.
pub async fn list(kernel: &Kernel, after: Option<String>, limit: Option<u32>) -> Result<Page<ReportSummary>> {
    let public = Principal::public();
    let request = ListRequest { after, limit, ..ListRequest::default() };
    let page = kernel.reader(&public).list::<CouncilReport>(&request).await?;
    Ok(page.map(|stored| {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let report = stored.record;
        ReportSummary {
            id: stored.id,
            published_at: report.published_at,
            members: report.members,
            members_scored: report.members_scored,
            alpha: report.alpha,
            unanswered: count(report.proposals.iter().filter(|proposal| proposal.answer.is_none()).count()),
            proposals: count(report.proposals.len()),
            title: report.title,
            synthetic: stored.synthetic,
        }
    }))
}

/// One public report.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn detail(kernel: &Kernel, id: ObjectId) -> Result<Stored<CouncilReport>> {
    let public = Principal::public();
    kernel.reader(&public).get::<CouncilReport>(id).await
}
