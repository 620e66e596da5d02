//! A reach drill (疎通確認): a message that travels the road of a warning, to learn who can be reached and how fast. The
//! message itself, its deliveries and answers are those of a notice; here stand the question and what came of it.

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Result,
    clock::Timestamp,
    object::{Field, FieldValues, Record},
};

use crate::{
    area::check_prefecture,
    bounds::{MAXIMUM_TITLE_BYTES, check_entries, check_finite, check_line, check_text},
    incident::Sector,
    organisation::check_code,
    vocabulary::vocabulary,
};

/// Failed channels told of one organisation in one drill.
pub const MAXIMUM_FAILURES: usize = 40;
/// Bytes of the reason of a failure.
const MAXIMUM_REASON_BYTES: usize = 1_000;

/// Whom a drill asks: every organisation to which all that is said here applies. Nothing said means all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrillAudience {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector: Option<Sector>,
    /// JIS X 0401, `01` to `47`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefecture: Option<String>,
    /// Code of a hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
}

/// What came of a drill, counted when it closed. An organisation counts once, however many contacts it has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrillResult {
    /// Organisations asked.
    pub asked: u32,
    /// Those of them that answered, or to which at least one channel is known to have delivered.
    pub reached: u32,
    pub answered: u32,
    /// `reached` of `asked`, in percent; nothing when nobody was asked.
    pub reach_rate: Option<f64>,
    /// `answered` of `asked`, in percent.
    pub answer_rate: Option<f64>,
    /// Minutes from the start to the answer, of those who answered: the middle one.
    pub median_minutes: Option<f64>,
    /// Nine in ten of those who answered did so within this many minutes (nearest rank).
    pub p90_minutes: Option<f64>,
    /// Contacts whose channel failed.
    pub dead_channels: u32,
    /// Contacts of those asked that were not verified in time when the drill began.
    pub stale_contacts: u32,
    /// Organisations asked that answered neither this drill nor the two before it that asked them.
    pub silent_in_three: u32,
}

/// A drill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Drill {
    pub title: String,
    pub audience: DrillAudience,
    pub started_at: Timestamp,
    /// Answers after this do not count.
    pub closes_at: Timestamp,
    /// The notice that carries it; absent until it has been sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<ObjectId>,
    /// Present once the drill is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<DrillResult>,
}

impl Record for Drill {
    const KIND: &'static str = "drill";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[
        Field { name: "state", facet: true },
        Field { name: "sector", facet: true },
        Field { name: "prefecture", facet: true },
        Field { name: "hub", facet: true },
        Field { name: "year", facet: true },
        Field { name: "started", facet: false },
        Field { name: "synthetic", facet: true },
    ];

    fn validate(&self) -> Result<()> {
        check_line("title", &self.title, MAXIMUM_TITLE_BYTES)?;
        if let Some(prefecture) = &self.audience.prefecture {
            check_prefecture("audience.prefecture", prefecture)?;
        }
        if let Some(hub) = &self.audience.hub {
            check_code("audience.hub", hub)?;
        }
        if self.closes_at <= self.started_at {
            return Err(Error::invalid("closes_at", "must be after the start"));
        }
        let Some(result) = &self.result else { return Ok(()) };
        let figures = [result.reach_rate, result.answer_rate, result.median_minutes, result.p90_minutes];
        figures.into_iter().flatten().try_for_each(|figure| check_finite("result", figure))
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("state", if self.result.is_some() { "closed" } else { "open" });
        if let Some(sector) = self.audience.sector {
            values.text("sector", sector.as_str());
        }
        if let Some(prefecture) = &self.audience.prefecture {
            values.text("prefecture", prefecture);
        }
        if let Some(hub) = &self.audience.hub {
            values.text("hub", hub);
        }
        values.text("year", &self.started_at.date()[..4]);
        values.integer("started", self.started_at.microseconds());
        values.text("synthetic", if values.is_synthetic() { "true" } else { "false" });
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.title]
    }
}

vocabulary! {
    /// How one organisation stood when a drill closed.
    DrillStanding("standing") {
        Answered = "answered",
        /// Delivered, and no answer.
        Silent = "silent",
        /// No channel is known to have delivered.
        Unreached = "unreached",
    }
}

/// A channel that failed in a drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FailedChannel {
    pub contact: ObjectId,
    pub reason: String,
}

/// What a drill found about one organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrillOutcome {
    pub drill: ObjectId,
    /// Code of the organisation, which owns the record.
    pub organisation: String,
    pub standing: DrillStanding,
    /// Seconds from the start to the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_after_seconds: Option<u64>,
    #[serde(default)]
    pub failed: Vec<FailedChannel>,
    /// Contacts not verified in time when the drill began.
    #[serde(default)]
    pub stale_contacts: u32,
}

impl DrillOutcome {
    /// The id of the outcome of an organisation in a drill: a drill that closes twice writes it once.
    pub fn id_of(drill: ObjectId, organisation: &str) -> ObjectId {
        ObjectId::named(&format!("constituency/drill/{drill}/{organisation}"))
    }
}

impl Record for DrillOutcome {
    const KIND: &'static str = "drill_outcome";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[
        Field { name: "drill", facet: false },
        Field { name: "organisation", facet: false },
        Field { name: "standing", facet: true },
        Field { name: "synthetic", facet: true },
    ];

    fn validate(&self) -> Result<()> {
        check_code("organisation", &self.organisation)?;
        if (self.standing == DrillStanding::Answered) != self.answered_after_seconds.is_some() {
            return Err(Error::invalid("answered_after_seconds", "goes together with an answer"));
        }
        check_entries("failed", self.failed.len(), MAXIMUM_FAILURES)?;
        let mut reasons = self.failed.iter().enumerate();
        reasons.try_for_each(|(place, failed)| {
            check_text(&format!("failed[{place}].reason"), &failed.reason, MAXIMUM_REASON_BYTES)
        })
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("drill", &self.drill.to_string());
        values.text("organisation", &self.organisation);
        values.text("standing", self.standing.as_str());
        values.text("synthetic", if values.is_synthetic() { "true" } else { "false" });
    }

    fn title(&self) -> String {
        format!("{} {}", self.organisation, self.standing)
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.organisation]
    }
}
