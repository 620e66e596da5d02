//! The advisory council's review of the programme (item S5): a cycle with a frozen snapshot, scores given blind,
//! proposals with the answers of those addressed, and the public report.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Result,
    clock::Timestamp,
    object::{Field, FieldValues, Record},
};

use crate::{
    bounds::{MAXIMUM_NOTE_BYTES, MAXIMUM_TITLE_BYTES, check_entries, check_line, check_text},
    indicator::Unit,
    measure::{MAXIMUM_ORGANISATION_BYTES, MEASURE_COUNT, MeasureStatus},
};

/// Members of one cycle. With [`MAXIMUM_COMMENT_BYTES`] it keeps a closed cycle under the size of a body.
pub const MAXIMUM_MEMBERS: usize = 15;
/// Bytes of a comment to a score.
pub const MAXIMUM_COMMENT_BYTES: usize = 600;
/// The best score; 0 is the worst.
pub const MAXIMUM_SCORE: u8 = 4;
/// Proposals of one cycle.
pub const MAXIMUM_PROPOSALS: u16 = 200;

fn check_measure(field: &str, no: u8) -> Result<()> {
    if (1..=MEASURE_COUNT).contains(&no) {
        return Ok(());
    }
    Err(Error::invalid(field, format!("must be a measure from 1 to {MEASURE_COUNT}")))
}

/// Where a cycle stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CycleState {
    /// Members score, blind.
    Open,
    /// Scores are aggregated and shown; proposals are made and answered.
    Closed,
    /// The public report exists.
    Published,
}

impl CycleState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Published => "published",
        }
    }
}

/// Somebody who scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    pub account: ObjectId,
    pub name: String,
}

/// That a member has scored, and when last. Not what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scored {
    pub member: ObjectId,
    pub at: Timestamp,
    /// Measures scored or declared in conflict, of 42.
    pub measures: u8,
}

/// The value of an indicator at the moment of the snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FrozenIndicator {
    pub id: ObjectId,
    pub name_ja: String,
    pub name_en: String,
    pub unit: Unit,
    /// Absent when it was unknown or expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
}

/// A measure at the moment of the snapshot: what the members judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FrozenMeasure {
    pub no: u8,
    /// The version of the measure's record; the whole of it can be read under this number for good.
    pub version: u32,
    pub status: MeasureStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    pub milestones: u32,
    pub milestones_done: u32,
    /// Past due and not done.
    pub milestones_late: u32,
    pub indicators: Vec<FrozenIndicator>,
}

/// What became of a proposal of an earlier cycle, found when this one was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowUp {
    pub proposal: ObjectId,
    pub measure: u8,
    pub text: String,
    #[schema(value_type = String, format = Date)]
    pub follow_up: Date,
    /// Absent when the owner stayed silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerKind>,
    pub status_then: MeasureStatus,
    pub status_now: MeasureStatus,
}

/// What the members together say of one measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureAgreement {
    pub no: u8,
    /// Sorted, so that nobody's can be told from its place.
    pub scores: Vec<u8>,
    /// Members who declared a conflict of interest; their scores do not count.
    pub conflicts: u8,
    /// The greatest score minus the least.
    pub spread: u8,
    /// To be discussed.
    pub disagrees: bool,
    /// Sorted, without names.
    #[serde(default)]
    pub comments: Vec<String>,
}

/// The agreement of a closed cycle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// Krippendorff's alpha for ordinal data; absent when it is undefined (fewer than two scores on every measure, or
    /// no variation at all).
    pub alpha: Option<f64>,
    /// Members whose scores went in.
    pub members: u32,
    /// Scores that could be compared with another one of the same measure.
    pub pairable: u32,
    pub by_measure: Vec<MeasureAgreement>,
}

/// One review of the programme.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouncilCycle {
    pub title: String,
    pub members: Vec<Member>,
    #[schema(value_type = String, format = Date)]
    pub due: Date,
    pub state: CycleState,
    pub frozen_at: Timestamp,
    pub snapshot: Vec<FrozenMeasure>,
    #[serde(default)]
    pub follow_ups: Vec<FollowUp>,
    #[serde(default)]
    pub scored: Vec<Scored>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ObjectId>,
}

impl Record for CouncilCycle {
    const KIND: &'static str = "council_cycle";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] =
        &[Field { name: "state", facet: true }, Field { name: "synthetic", facet: true }];

    fn validate(&self) -> Result<()> {
        check_line("title", &self.title, MAXIMUM_TITLE_BYTES)?;
        if self.members.is_empty() {
            return Err(Error::invalid("members", "at least one member must score"));
        }
        check_entries("members", self.members.len(), MAXIMUM_MEMBERS)?;
        let accounts: BTreeSet<ObjectId> = self.members.iter().map(|member| member.account).collect();
        if accounts.len() != self.members.len() {
            return Err(Error::invalid("members", "names somebody twice"));
        }
        if self.scored.iter().any(|scored| !accounts.contains(&scored.member)) {
            return Err(Error::invalid("scored", "names somebody who is not a member"));
        }
        if (self.state == CycleState::Open) != self.agreement.is_none() {
            return Err(Error::invalid("agreement", "belongs to a cycle that was closed"));
        }
        if (self.state == CycleState::Published) != self.report.is_some() {
            return Err(Error::invalid("report", "belongs to a cycle that was published"));
        }
        self.snapshot.iter().try_for_each(|measure| check_measure("snapshot", measure.no))
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("state", self.state.as_str());
        values.text("synthetic", if values.is_synthetic() { "true" } else { "false" });
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.title]
    }
}

/// What a member says of a measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Score {
    #[schema(minimum = 1, maximum = 42)]
    pub measure: u8,
    /// 0 (nothing was done) to 4 (done, and it works); may be left out only with a conflict of interest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 4)]
    pub score: Option<u8>,
    #[serde(default)]
    pub comment: String,
    /// A conflict of interest: the score does not count.
    #[serde(default)]
    pub conflict: bool,
}

/// The scores of one member in one cycle. Its label names the member and the node, so nobody else can read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouncilScore {
    pub cycle: ObjectId,
    pub member: ObjectId,
    /// By measure.
    pub scores: Vec<Score>,
}

impl CouncilScore {
    /// The id of a member's scores in a cycle: there is one such record and never two.
    pub fn id_of(cycle: ObjectId, member: ObjectId) -> ObjectId {
        ObjectId::named(&format!("programme/score/{cycle}/{member}"))
    }
}

impl Record for CouncilScore {
    const KIND: &'static str = "council_score";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[Field { name: "cycle", facet: false }];

    fn validate(&self) -> Result<()> {
        check_entries("scores", self.scores.len(), usize::from(MEASURE_COUNT))?;
        let mut seen = BTreeSet::new();
        for (place, score) in self.scores.iter().enumerate() {
            let name = |part: &str| format!("scores[{place}].{part}");
            check_measure(&name("measure"), score.measure)?;
            if !seen.insert(score.measure) {
                return Err(Error::invalid(name("measure"), "is scored twice"));
            }
            match score.score {
                Some(value) if value > MAXIMUM_SCORE => {
                    return Err(Error::invalid(name("score"), format!("must be from 0 to {MAXIMUM_SCORE}")));
                }
                None if !score.conflict => {
                    return Err(Error::invalid(name("score"), "is missing, and no conflict is declared"));
                }
                _ => {}
            }
            check_text(&name("comment"), &score.comment, MAXIMUM_COMMENT_BYTES)?;
        }
        Ok(())
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("cycle", &self.cycle.to_string());
    }

    fn title(&self) -> String {
        format!("{}/42", self.scores.len())
    }

    fn texts(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// How the owner of a measure answers a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    Accept,
    Part,
    Refuse,
}

/// The owner's answer, with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub answer: AnswerKind,
    pub reason: String,
    /// By when it will be done; not for a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub date: Option<Date>,
    #[schema(value_type = String, format = Date)]
    pub answered_on: Date,
}

/// What the council asks of the owner of a measure. The organisation addressed owns the object, so its officer and no
/// other can answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouncilProposal {
    pub cycle: ObjectId,
    /// 1, 2, 3 … within the cycle.
    pub number: u16,
    pub measure: u8,
    pub text: String,
    pub addressee: String,
    /// The day on which somebody will look what came of it.
    #[schema(value_type = String, format = Date)]
    pub follow_up: Date,
    #[schema(value_type = String, format = Date)]
    pub made_on: Date,
    /// Status of the measure when it was made.
    pub status_then: MeasureStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

impl CouncilProposal {
    /// The id of a proposal: two members who propose at once cannot get the same number.
    pub fn id_of(cycle: ObjectId, number: u16) -> ObjectId {
        ObjectId::named(&format!("programme/proposal/{cycle}/{number}"))
    }
}

impl Record for CouncilProposal {
    const KIND: &'static str = "council_proposal";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[
        Field { name: "cycle", facet: false },
        Field { name: "number", facet: false },
        Field { name: "measure", facet: false },
        Field { name: "answered", facet: true },
        Field { name: "synthetic", facet: true },
    ];

    fn validate(&self) -> Result<()> {
        if !(1..=MAXIMUM_PROPOSALS).contains(&self.number) {
            return Err(Error::invalid("number", format!("must be from 1 to {MAXIMUM_PROPOSALS}")));
        }
        check_measure("measure", self.measure)?;
        check_text("text", &self.text, MAXIMUM_NOTE_BYTES)?;
        if self.text.trim().is_empty() {
            return Err(Error::invalid("text", "must say what is proposed"));
        }
        check_line("addressee", &self.addressee, MAXIMUM_ORGANISATION_BYTES)?;
        if self.follow_up < self.made_on {
            return Err(Error::invalid("follow_up", "is before the day of the proposal"));
        }
        let Some(answer) = &self.answer else { return Ok(()) };
        check_text("reason", &answer.reason, MAXIMUM_NOTE_BYTES)?;
        if answer.reason.trim().is_empty() {
            return Err(Error::invalid("reason", "an answer needs its reason"));
        }
        if (answer.answer == AnswerKind::Refuse) == answer.date.is_some() {
            return Err(Error::invalid(
                "date",
                "is for what will be done, wholly or in part, and needed there",
            ));
        }
        Ok(())
    }

    fn index(&self, values: &mut FieldValues) {
        let truth = |value: bool| if value { "true" } else { "false" };
        values.text("cycle", &self.cycle.to_string());
        values.integer("number", i64::from(self.number));
        values.integer("measure", i64::from(self.measure));
        values.text("answered", truth(self.answer.is_some()));
        values.text("synthetic", truth(values.is_synthetic()));
    }

    fn title(&self) -> String {
        let line = self.text.lines().next().unwrap_or_default();
        format!("M{:02} {}", self.measure, line.chars().take(80).collect::<String>())
    }

    fn texts(&self) -> Vec<&str> {
        let reason = self.answer.iter().map(|answer| answer.reason.as_str());
        [self.text.as_str(), &self.addressee].into_iter().chain(reason).collect()
    }
}

/// What the public is told of a measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedMeasure {
    pub no: u8,
    pub title_ja: String,
    pub title_en: String,
    pub status: MeasureStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Sorted.
    pub scores: Vec<u8>,
    pub conflicts: u8,
    pub spread: u8,
    pub disagrees: bool,
}

/// What the public is told of a proposal. Without an answer the owner stayed silent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedProposal {
    pub number: u16,
    pub measure: u8,
    pub text: String,
    pub addressee: String,
    #[schema(value_type = String, format = Date)]
    pub follow_up: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// The public report of a cycle. Members' names and comments are not in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouncilReport {
    pub cycle: ObjectId,
    pub title: String,
    pub frozen_at: Timestamp,
    pub closed_at: Timestamp,
    pub published_at: Timestamp,
    /// Members asked, and members who scored.
    pub members: u32,
    pub members_scored: u32,
    pub alpha: Option<f64>,
    pub measures: Vec<ReportedMeasure>,
    pub proposals: Vec<ReportedProposal>,
    pub follow_ups: Vec<FollowUp>,
}

impl CouncilReport {
    /// The id of the report of a cycle: it is published once.
    pub fn id_of(cycle: ObjectId) -> ObjectId {
        ObjectId::named(&format!("programme/report/{cycle}"))
    }
}

impl Record for CouncilReport {
    const KIND: &'static str = "council_report";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[];

    fn validate(&self) -> Result<()> {
        check_line("title", &self.title, MAXIMUM_TITLE_BYTES)?;
        self.measures.iter().try_for_each(|measure| check_measure("measures", measure.no))
    }

    fn index(&self, _values: &mut FieldValues) {}

    fn title(&self) -> String {
        self.title.clone()
    }

    fn texts(&self) -> Vec<&str> {
        let proposals = self.proposals.iter().map(|proposal| proposal.text.as_str());
        std::iter::once(self.title.as_str()).chain(proposals).collect()
    }
}

#[cfg(test)]
mod tests;
