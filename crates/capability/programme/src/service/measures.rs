//! Reading and steering the 42 measures.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Label, ObjectId, Result,
    access::{Keep, Kernel, ListRequest, Reader},
    http::Viewer,
    label::Action,
    object::Stored,
};
use shinayaka_model::{
    council::{CouncilProposal, MeasureAgreement},
    indicator::Subject,
    measure::{Budget, Evidence, Measure, MeasureStatus, Milestone, PrintedColumn, PrintedRow},
};

use super::{
    council,
    indicators::{self, IndicatorValue},
    proposals,
};
use crate::reference::{self, BaseYear, Dependency, Item, Strategy};

/// A card of the board.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MeasureSummary {
    pub id: ObjectId,
    pub no: u8,
    pub strategy: u8,
    pub printed_row: PrintedRow,
    pub printed_column: PrintedColumn,
    pub group_heading: String,
    pub group_heading_en: String,
    pub effective_phase: PrintedRow,
    pub title_ja: String,
    pub title_en: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_title_as: Option<u8>,
    pub status: MeasureStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The first milestone that is not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_milestone: Option<Milestone>,
    pub indicators: Vec<IndicatorValue>,
    pub version: u32,
    /// True if the one who asks may change it.
    pub may_edit: bool,
    /// Its owner, status and milestones were invented for a demonstration.
    pub synthetic: bool,
}

/// All measures in the order of the annex table, without values.
///
/// # Errors
/// When the store does not answer.
pub async fn all(reader: Reader<'_>) -> Result<Vec<Stored<Measure>>> {
    let request = ListRequest { sort: Some(("no", false)), limit: Some(100), ..ListRequest::default() };
    Ok(reader.list::<Measure>(&request).await?.items)
}

/// The board.
///
/// # Errors
/// [`Error::Forbidden`] for a reader without a role.
pub async fn board(reader: Reader<'_>) -> Result<Vec<MeasureSummary>> {
    reader.demand::<Measure>(Action::Read)?;
    let mut values = indicators::values(reader, |subject| subject.measure_no().is_some()).await?;
    let measures = all(reader).await?.into_iter();
    measures.map(|stored| summary(reader, stored, &mut values)).collect()
}

fn summary(
    reader: Reader<'_>,
    stored: Stored<Measure>,
    values: &mut BTreeMap<Subject, Vec<IndicatorValue>>,
) -> Result<MeasureSummary> {
    let may_edit = reader.may(&stored, Action::Update);
    let measure = stored.record;
    let open = measure.milestones.into_iter().filter(|milestone| milestone.done_on.is_none());
    Ok(MeasureSummary {
        id: stored.id,
        no: measure.no,
        strategy: measure.strategy,
        printed_row: measure.printed_row,
        printed_column: measure.printed_column,
        group_heading: measure.group_heading,
        group_heading_en: measure.group_heading_en,
        effective_phase: measure.effective_phase,
        title_ja: measure.title_ja,
        title_en: measure.title_en,
        same_title_as: measure.same_title_as,
        status: measure.status,
        owner: measure.owner,
        next_milestone: open.min_by_key(|milestone| milestone.due),
        indicators: values.remove(&Subject::measure(measure.no)?).unwrap_or_default(),
        version: stored.version,
        may_edit,
        synthetic: stored.synthetic,
    })
}

/// The programme as a whole.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProgrammeView {
    pub source: &'static str,
    pub strategies: &'static [Strategy],
    pub items: Vec<ItemView>,
    pub base_year: &'static BaseYear,
    pub dependencies: &'static [Dependency],
    /// Measures by status; a status that no measure has stands with 0.
    pub status_counts: BTreeMap<&'static str, u64>,
}

/// An item outside the annex table, with its indicators.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ItemView {
    #[serde(flatten)]
    pub item: Item,
    pub indicators: Vec<IndicatorValue>,
}

/// The programme as a whole: strategies, items, base year, how many measures stand where.
///
/// # Errors
/// [`Error::Forbidden`] for a reader without a role.
pub async fn programme(reader: Reader<'_>) -> Result<ProgrammeView> {
    reader.demand::<Measure>(Action::Read)?;
    let printed = reference::programme();
    let mut status_counts: BTreeMap<&'static str, u64> =
        MeasureStatus::ALL.iter().map(|status| (status.as_str(), 0)).collect();
    for (status, n) in reader.facet::<Measure>("status").await? {
        if let Some(count) = status_counts.get_mut(status.as_str()) {
            *count = n;
        }
    }
    let mut values = indicators::values(reader, |subject| subject.measure_no().is_none()).await?;
    let mut items = Vec::new();
    for item in &printed.items {
        let indicators = values.remove(&Subject::try_from(item.id.clone())?).unwrap_or_default();
        items.push(ItemView { item: item.clone(), indicators });
    }
    Ok(ProgrammeView {
        source: &printed.source,
        strategies: &printed.strategies,
        items,
        base_year: &printed.base_year,
        dependencies: &printed.dependencies,
        status_counts,
    })
}

/// What a council cycle said of a measure.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Review {
    pub cycle: ObjectId,
    pub title: String,
    pub synthetic: bool,
    pub agreement: MeasureAgreement,
}

/// A measure with everything that belongs to it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MeasureView {
    pub measure: Stored<Measure>,
    pub may_edit: bool,
    pub indicators: Vec<IndicatorValue>,
    /// Proposals of the council about it, newest first.
    pub council: Vec<CouncilProposal>,
    /// What closed cycles said of it, newest first.
    pub reviews: Vec<Review>,
    /// Measures that must work before this one can.
    pub needs: Vec<Dependency>,
    /// Measures that wait for this one.
    pub needed_by: Vec<u8>,
}

/// One measure.
///
/// # Errors
/// [`Error::NotFound`] when there is none with this number for this reader.
pub async fn detail(reader: Reader<'_>, no: u8) -> Result<MeasureView> {
    let measure = reader.get::<Measure>(Measure::id_of(no)).await?;
    let subject = Subject::measure(no)?;
    let mut values = indicators::values(reader, |of| *of == subject).await?;
    let mut reviews = Vec::new();
    for cycle in council::newest(reader).await? {
        let of_measure = cycle.record.agreement.into_iter().flat_map(|agreement| agreement.by_measure);
        reviews.extend(of_measure.filter(|one| one.no == no).map(|agreement| Review {
            cycle: cycle.id,
            title: cycle.record.title.clone(),
            synthetic: cycle.synthetic,
            agreement,
        }));
    }
    let dependencies = &reference::programme().dependencies;
    Ok(MeasureView {
        may_edit: reader.may(&measure, Action::Update),
        measure,
        indicators: values.remove(&subject).unwrap_or_default(),
        council: proposals::about(reader, no).await?,
        reviews,
        needs: dependencies.iter().filter(|one| one.measure == no).cloned().collect(),
        needed_by: dependencies.iter().filter(|one| one.needs.contains(&no)).map(|one| one.measure).collect(),
    })
}

/// How a measure is to be steered from now on. What was printed cannot be changed.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureChange {
    /// The version read before.
    pub version: u32,
    /// The organisation that answers for the measure. Only the director and analysts hand a measure over.
    #[serde(default)]
    pub owner: Option<String>,
    pub partners: BTreeSet<String>,
    pub status: MeasureStatus,
    pub milestones: Vec<Milestone>,
    #[serde(default)]
    pub budget: Option<Budget>,
    pub evidence: Vec<Evidence>,
    pub note: String,
}

/// Changes a measure.
///
/// # Errors
/// [`Error::Conflict`] when the version read is not the newest, [`Error::Forbidden`] without the right,
/// [`Error::Invalid`] naming the field.
pub async fn change(
    kernel: &Kernel,
    viewer: &Viewer,
    no: u8,
    change: MeasureChange,
) -> Result<Stored<Measure>> {
    let reader = viewer.reader(kernel);
    let read = reader.get::<Measure>(Measure::id_of(no)).await?;
    if read.version != change.version {
        return Err(Error::Conflict(format!(
            "version {} was read, but version {} is the newest",
            change.version, read.version
        )));
    }
    let mut writer = viewer.writer(kernel);
    let today = super::day(writer.at())?;
    let trimmed = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let owner = change.owner.and_then(trimmed);
    let record = Measure {
        owner: owner.clone(),
        partners: change.partners.into_iter().filter_map(trimmed).collect(),
        status: change.status,
        milestones: change.milestones,
        budget: change.budget,
        evidence: change.evidence,
        note: change.note,
        ..read.record.clone()
    };
    check_steering(&record, today)?;
    check_evidence(reader, &record, &read.record).await?;
    writer.update_as(&read, &record, owner, false).await?;
    writer.emit("measure.changed", Some(read.id), &serde_json::json!({ "no": no }))?;
    writer.commit().await?;
    reader.get::<Measure>(read.id).await
}

/// What the record alone cannot know: the day, and that nothing is achieved without evidence.
fn check_steering(measure: &Measure, today: Date) -> Result<()> {
    for (place, milestone) in measure.milestones.iter().enumerate() {
        if milestone.done_on.is_some_and(|done| done > today) {
            return Err(Error::invalid(format!("milestones[{place}].done_on"), "lies in the future"));
        }
    }
    if measure.status == MeasureStatus::Achieved && measure.evidence.is_empty() {
        return Err(Error::invalid("evidence", "nothing is achieved without evidence"));
    }
    Ok(())
}

/// Evidence that names an object of this node must name one that the editor sees.
async fn check_evidence(reader: Reader<'_>, measure: &Measure, before: &Measure) -> Result<()> {
    for (place, evidence) in measure.evidence.iter().enumerate() {
        let Some(object) = evidence.object else { continue };
        if before.evidence.iter().any(|known| known.object == Some(object)) {
            continue;
        }
        reader.hit(object).await.map_err(|error| match error {
            Error::NotFound => Error::invalid(format!("evidence[{place}].object"), "is not a record here"),
            other => other,
        })?;
    }
    Ok(())
}

/// Saves the measures that this node does not have yet, as printed.
///
/// # Errors
/// When the store does not take it.
pub async fn seed(kernel: &Kernel, viewer: &Viewer) -> Result<()> {
    let known: BTreeSet<u8> =
        all(viewer.reader(kernel)).await?.iter().map(|stored| stored.record.no).collect();
    let mut writer = viewer.writer(kernel);
    for measure in reference::printed_measures()? {
        if !known.contains(&measure.no) {
            let keep = Keep::labelled(Label::members());
            writer.create_with_id(Measure::id_of(measure.no), &measure, &keep).await?;
        }
    }
    writer.commit().await?;
    Ok(())
}
