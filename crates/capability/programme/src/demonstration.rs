//! How a demonstration prefecture steers the programme: all invented, and marked so.
//!
//! The measures themselves are real and seeded as such; here each gets a further version with invented owners, status
//! and milestones, and that version and all after it carry the mark of an invention. The council cycle is run through
//! the same actions as a real one, by a director and three members who exist in no list of accounts.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date};
use serde::Deserialize;
use shinayaka_kernel::{
    Error, Label, ObjectId, Principal, Result,
    access::{FilterValue, Keep, Kernel, ListRequest},
    clock::Timestamp,
    http::Viewer,
    label::Role,
};
use shinayaka_model::{
    council::{AnswerKind, CouncilCycle, Member, Score},
    indicator::{Grade, Reading, Subject},
    measure::{Budget, Evidence, Measure, MeasureStatus, Milestone},
};

use crate::service::{
    council::{self, SentScores},
    day,
    indicators::definitions,
    measures,
    proposals::{self, NewAnswer, NewProposal},
    report,
};

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Days that the members of the invented cycle have for their scores.
const DAYS_TO_SCORE: i64 = 14;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Demonstration {
    #[serde(rename = "remark")]
    _remark: String,
    measures: Vec<InventedMeasure>,
    readings: Vec<InventedReadings>,
    cycle: InventedCycle,
}

/// Days are counted from the day of the demonstration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedMeasure {
    no: u8,
    status: MeasureStatus,
    milestones: Vec<InventedMilestone>,
    owner: Option<String>,
    #[serde(default)]
    partners: BTreeSet<String>,
    #[serde(default)]
    note: String,
    #[serde(default)]
    evidence: Vec<String>,
    /// Yen.
    budget: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedMilestone {
    title: String,
    due: i64,
    done: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedReadings {
    subject: Subject,
    key: String,
    n: u64,
    source: String,
    expires: i64,
    values: Vec<InventedValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedValue {
    at: i64,
    value: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedCycle {
    title: String,
    members: Vec<InventedMember>,
    proposals: Vec<InventedProposal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedMember {
    name: String,
    scores: Vec<Score>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InventedProposal {
    /// Place among the members.
    member: usize,
    measure: u8,
    text: String,
    addressee: String,
    follow_up: i64,
    answer: Option<AnswerKind>,
    #[serde(default)]
    reason: String,
    date: Option<i64>,
}

fn invented() -> Result<Demonstration> {
    serde_json::from_str(include_str!("../../../../data/programme-demonstration.json"))
        .map_err(|error| Error::Unavailable(format!("the demonstration data are wrong: {error}")))
}

fn later(today: Date, days: i64) -> Result<Date> {
    today.checked_add(days.days()).map_err(|_| Error::invalid("time", "is beyond the calendar"))
}

/// Saves the demonstration where it is missing.
///
/// # Errors
/// When the store does not take it.
pub async fn demonstrate(kernel: &Kernel) -> Result<()> {
    let demonstration = invented()?;
    let node = Viewer(Principal::node());
    steer(kernel, &node, &demonstration.measures).await?;
    report_figures(kernel, &node, &demonstration.readings).await?;
    let cycles = kernel.reader(&node.0).count::<CouncilCycle>(None).await?;
    if cycles == 0 {
        review(kernel, &demonstration.cycle).await?;
    }
    Ok(())
}

async fn steer(kernel: &Kernel, node: &Viewer, invented: &[InventedMeasure]) -> Result<()> {
    let mut writer = node.writer(kernel);
    let today = day(writer.at())?;
    let mut changed = false;
    for read in measures::all(node.reader(kernel)).await? {
        let measure = invented.iter().find(|one| one.no == read.record.no);
        let Some(measure) = measure.filter(|_| !read.synthetic && read.version == 1) else { continue };
        let record = measure.steered(&read.record, today)?;
        writer.update_as(&read, &record, measure.owner.clone(), true).await?;
        changed = true;
    }
    if changed {
        writer.emit("measure.changed", None, &serde_json::json!({}))?;
    }
    writer.commit().await?;
    Ok(())
}

impl InventedMeasure {
    fn steered(&self, printed: &Measure, today: Date) -> Result<Measure> {
        let mut milestones = Vec::with_capacity(self.milestones.len());
        for milestone in &self.milestones {
            milestones.push(Milestone {
                title: milestone.title.clone(),
                due: later(today, milestone.due)?,
                done_on: milestone.done.map(|days| later(today, days)).transpose()?,
            });
        }
        let evidence = |title: &String| Evidence { title: title.clone(), url: None, object: None };
        Ok(Measure {
            owner: self.owner.clone(),
            partners: self.partners.clone(),
            status: self.status,
            milestones,
            budget: self.budget.map(|amount| Budget {
                amount,
                currency: "JPY".into(),
                fiscal_year: u16::try_from(today.year()).unwrap_or_default(),
                source: "訓練用データ".into(),
            }),
            evidence: self.evidence.iter().map(evidence).collect(),
            note: self.note.clone(),
            ..printed.clone()
        })
    }
}

async fn report_figures(kernel: &Kernel, node: &Viewer, invented: &[InventedReadings]) -> Result<()> {
    let definitions = definitions(node.reader(kernel)).await?;
    let mut writer = node.writer(kernel);
    let now = writer.at();
    let today = day(now)?;
    for figure in invented {
        let of = |one: &&shinayaka_kernel::object::Stored<shinayaka_model::indicator::Indicator>| {
            one.record.subject == figure.subject && one.record.key == figure.key
        };
        let unknown =
            || Error::Unavailable(format!("no indicator {} {}", figure.subject.as_str(), figure.key));
        let indicator = definitions.iter().find(of).ok_or_else(unknown)?.id;
        let request = ListRequest {
            filters: vec![("indicator", FilterValue::Text(indicator.to_string()))],
            limit: Some(1),
            ..ListRequest::default()
        };
        if !node.reader(kernel).list::<Reading>(&request).await?.items.is_empty() {
            continue;
        }
        for value in &figure.values {
            let reading = figure.reading(indicator, value, now, today)?;
            let keep = Keep { label: Label::members(), owner: None, synthetic: true };
            writer.create(&reading, &keep).await?;
        }
    }
    writer.commit().await?;
    Ok(())
}

impl InventedReadings {
    fn reading(
        &self,
        indicator: ObjectId,
        value: &InventedValue,
        now: Timestamp,
        today: Date,
    ) -> Result<Reading> {
        Ok(Reading {
            indicator,
            subject: self.subject.clone(),
            at: now.plus_seconds(value.at * DAY),
            value: value.value,
            n: Some(self.n),
            interval: None,
            grade: Grade::Reported,
            source: self.source.clone(),
            expires: Some(later(today, self.expires)?),
        })
    }
}

/// Somebody invented, who acts in the demonstration and cannot sign in.
fn actor(name: &str, role: Role, organisation: Option<&str>) -> Viewer {
    Viewer(Principal {
        account: Some(ObjectId::named(&format!("programme/demonstration/{name}"))),
        name: name.to_owned(),
        organisation: organisation.map(ToOwned::to_owned),
        communities: BTreeSet::new(),
        roles: BTreeSet::from([role]),
    })
}

/// A whole cycle: snapshot, scores, closing, proposals, answers, report.
async fn review(kernel: &Kernel, invented: &InventedCycle) -> Result<()> {
    let director = actor("director", Role::Director, None);
    let members: Vec<Viewer> =
        invented.members.iter().map(|member| actor(&member.name, Role::Council, None)).collect();
    let seats = members
        .iter()
        .filter_map(|member| Some(Member { account: member.0.account?, name: member.0.name.clone() }));
    let today = day(kernel.now())?;
    let due = later(today, DAYS_TO_SCORE)?;
    let (cycle, _) =
        council::open(kernel, &director, invented.title.clone(), seats.collect(), due, true).await?;
    for (member, said) in members.iter().zip(&invented.members) {
        council::score(kernel, member, cycle, SentScores { scores: said.scores.clone() }).await?;
    }
    council::close(kernel, &director, cycle).await?;
    for proposal in &invented.proposals {
        let Some(member) = members.get(proposal.member) else { continue };
        let new = NewProposal {
            measure: proposal.measure,
            text: proposal.text.clone(),
            addressee: proposal.addressee.clone(),
            follow_up: later(today, proposal.follow_up)?,
        };
        let number = proposals::propose(kernel, member, cycle, new).await?;
        let Some(answer) = proposal.answer else { continue };
        let date = proposal.date.map(|days| later(today, days)).transpose()?;
        let officer = actor("officer", Role::Officer, Some(&proposal.addressee));
        let answer = NewAnswer { answer, reason: proposal.reason.clone(), date };
        proposals::answer(kernel, &officer, cycle, number, answer).await?;
    }
    report::publish(kernel, &director, cycle).await?;
    Ok(())
}
