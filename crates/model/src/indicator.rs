//! What a measure is steered by: the definition of an indicator, and its readings over time.
//!
//! An indicator is a [`Query`] stored as data and evaluated over live records, or a hand-entered figure that carries
//! its source and expires. There is no third way to put a number on the board.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Result,
    access::FilterValue,
    clock::Timestamp,
    object::{Field, FieldValues, Record},
};

use crate::{
    bounds::{MAXIMUM_TITLE_BYTES, check_finite, check_line},
    measure::MEASURE_COUNT,
};

/// Bytes of the name of a kind, a field or a path in a query.
const MAXIMUM_NAME_BYTES: usize = 64;

/// What an indicator belongs to: a measure (`M01` to `M42`) or an item outside the annex table (`S1` to `S6`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, pattern = "^(M[0-9]{2}|S[1-6])$")]
pub struct Subject(String);

impl Subject {
    /// # Errors
    /// [`Error::Invalid`] for a measure that is not there.
    pub fn measure(no: u8) -> Result<Self> {
        Self::try_from(format!("M{no:02}"))
    }

    /// The number of the measure, unless the subject is an item.
    pub fn measure_no(&self) -> Option<u8> {
        self.0.strip_prefix('M').and_then(|no| no.parse().ok())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Subject {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        let item = matches!(text.as_bytes(), [b'S', b'1'..=b'6']);
        let measure = match text.as_bytes() {
            [b'M', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
                (1..=MEASURE_COUNT).contains(&((tens - b'0') * 10 + ones - b'0'))
            }
            _ => false,
        };
        if item || measure {
            return Ok(Self(text));
        }
        Err(Error::invalid("subject", "must be M01 to M42 or S1 to S6"))
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.0
    }
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IndicatorUnit)]
pub enum Unit {
    Percent,
    /// Percentage points between two shares.
    Points,
    Count,
    Minutes,
    Hours,
    Days,
    /// A skill score: 0 is as good as the climatology, 1 is perfect.
    Score,
    /// Base year = 100.
    Index,
    /// Herfindahl-Hirschman index, 0 to 10,000.
    Hhi,
    /// Per thousand lines of code.
    PerKloc,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Up,
    Down,
}

/// The value that a declared index field must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Literal {
    Integer(i64),
    Text(String),
}

impl From<&Literal> for FilterValue {
    fn from(literal: &Literal) -> Self {
        match literal {
            Literal::Integer(number) => Self::Integer(*number),
            Literal::Text(text) => Self::Text(text.clone()),
        }
    }
}

/// Records of one kind, or those of them whose index field has a value. One condition and no more: it is answered
/// from counters at any size of the register; a record type that is asked for two at once declares a field for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Literal>,
}

impl Selection {
    /// The condition, if there is one.
    pub fn condition(&self) -> Option<(&str, &Literal)> {
        self.field.as_deref().zip(self.value.as_ref())
    }

    fn check(&self, place: &str) -> Result<()> {
        check_line(&format!("{place}.kind"), &self.kind, MAXIMUM_NAME_BYTES)?;
        if self.field.is_some() != self.value.is_some() {
            return Err(Error::invalid(format!("{place}.field"), "goes together with a value"));
        }
        if let Some(field) = &self.field {
            check_line(&format!("{place}.field"), field, MAXIMUM_NAME_BYTES)?;
        }
        if let Some(Literal::Text(text)) = &self.value {
            check_line(&format!("{place}.value"), text, MAXIMUM_NAME_BYTES)?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Selection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.condition() {
            None => formatter.write_str(&self.kind),
            Some((field, Literal::Integer(number))) => write!(formatter, "{}[{field}={number}]", self.kind),
            Some((field, Literal::Text(text))) => write!(formatter, "{}[{field}={text}]", self.kind),
        }
    }
}

/// A question about live records, stored as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Query {
    /// How many there are.
    Count { of: Selection },
    /// How many of the whole are in the part, in percent.
    Share {
        part: Selection,
        whole: Selection,
        /// The whole is a sample of something larger, so the share has an interval.
        #[serde(default)]
        sample: bool,
    },
    /// How many of the `of` values that a facet field can have occur, in percent.
    Coverage { kind: String, field: String, of: u32 },
    /// Of the entries of a list in each record that are done or past due: how many were done by the day due, in
    /// percent.
    Timely {
        among: Selection,
        list: String,
        /// Name of the date by which an entry is due.
        due: String,
        /// Name of the date on which it was done.
        done: String,
    },
    /// The median number of days between two dates of each record that has both (paths with dots).
    MedianDays { among: Selection, from: String, to: String },
    /// How many of the records have, in a facet field that holds days, one of the last `days` days, in percent.
    Recent { kind: String, field: String, days: u16 },
    /// A figure of the newest record that has one (paths with dots); `n` names the number of observations beside it.
    Latest { of: Selection, path: String, n: String },
}

impl Query {
    /// The kinds of record that it reads.
    pub fn kinds(&self) -> Vec<&str> {
        match self {
            Self::Count { of: one }
            | Self::Latest { of: one, .. }
            | Self::Timely { among: one, .. }
            | Self::MedianDays { among: one, .. } => {
                vec![&one.kind]
            }
            Self::Share { part, whole, .. } if part.kind == whole.kind => vec![&part.kind],
            Self::Share { part, whole, .. } => vec![&part.kind, &whole.kind],
            Self::Coverage { kind, .. } | Self::Recent { kind, .. } => vec![kind],
        }
    }

    fn check(&self) -> Result<()> {
        let name = |place: &str, text: &str| check_line(&format!("query.{place}"), text, MAXIMUM_NAME_BYTES);
        match self {
            Self::Count { of } => of.check("query.of"),
            Self::Share { part, whole, .. } => {
                part.check("query.part")?;
                whole.check("query.whole")
            }
            Self::Coverage { kind, field, of } => {
                name("kind", kind)?;
                name("field", field)?;
                if *of == 0 { Err(Error::invalid("query.of", "must be at least 1")) } else { Ok(()) }
            }
            Self::Timely { among, list, due, done } => {
                among.check("query.among")?;
                name("list", list)?;
                name("due", due)?;
                name("done", done)
            }
            Self::MedianDays { among, from, to } => {
                among.check("query.among")?;
                name("from", from)?;
                name("to", to)
            }
            Self::Recent { kind, field, days } => {
                name("kind", kind)?;
                name("field", field)?;
                if *days == 0 { Err(Error::invalid("query.days", "must be at least 1")) } else { Ok(()) }
            }
            Self::Latest { of, path, n } => {
                of.check("query.of")?;
                name("path", path)?;
                name("n", n)
            }
        }
    }
}

/// The query as a formula that people of every language read.
impl std::fmt::Display for Query {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count { of } => write!(formatter, "count({of})"),
            Self::Share { part, whole, .. } => write!(formatter, "count({part}) / count({whole})"),
            Self::Coverage { kind, field, of } => write!(formatter, "distinct({kind}.{field}) / {of}"),
            Self::Timely { among, list, due, done } => {
                write!(formatter, "{among}.{list}: count({done} <= {due}) / count({done} or {due} < today)")
            }
            Self::MedianDays { among, from, to } => {
                write!(formatter, "median({among}: {to} - {from})")
            }
            Self::Recent { kind, field, days } => {
                write!(formatter, "count({kind}[{field} >= today - {days}]) / count({kind})")
            }
            Self::Latest { of, path, n } => write!(formatter, "latest({of}).{path} (n = {n})"),
        }
    }
}

/// Where the value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Method {
    Query { query: Query },
    Entered,
}

/// The definition of an indicator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    pub subject: Subject,
    /// Its place among the indicators of the subject; the first is the one on the board.
    pub position: u8,
    /// Names it within the subject for good.
    pub key: String,
    pub name_ja: String,
    pub name_en: String,
    pub unit: Unit,
    pub direction: Direction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    pub method: Method,
}

impl Indicator {
    /// The id of a defined indicator, the same on every node.
    pub fn id(&self) -> ObjectId {
        ObjectId::named(&format!("programme/indicator/{}/{}", self.subject.as_str(), self.key))
    }
}

impl Record for Indicator {
    const KIND: &'static str = "indicator";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] =
        &[Field { name: "subject", facet: true }, Field { name: "method", facet: true }];

    fn validate(&self) -> Result<()> {
        check_line("key", &self.key, MAXIMUM_NAME_BYTES)?;
        check_line("name_ja", &self.name_ja, MAXIMUM_TITLE_BYTES)?;
        check_line("name_en", &self.name_en, MAXIMUM_TITLE_BYTES)?;
        self.target.map_or(Ok(()), |target| check_finite("target", target))?;
        match &self.method {
            Method::Query { query } => query.check(),
            Method::Entered => Ok(()),
        }
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("subject", self.subject.as_str());
        values.text("method", if self.method == Method::Entered { "entered" } else { "query" });
    }

    fn title(&self) -> String {
        format!("{} {}", self.subject.as_str(), self.name_ja)
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.name_ja, &self.name_en]
    }
}

/// How well a value is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Computed from records of this node.
    Measured,
    /// Entered by somebody who names the source.
    Reported,
}

/// The 95 % interval of a share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// A value that an indicator had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    pub indicator: ObjectId,
    pub subject: Subject,
    pub at: Timestamp,
    pub value: f64,
    /// How many records, entries or observations the value rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    pub grade: Grade,
    /// The formula of a measured value; who says so for a reported one.
    pub source: String,
    /// The last day on which a reported value still holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub expires: Option<Date>,
}

impl Reading {
    /// The id of the measured reading of a day: measuring twice on a day makes versions of one reading.
    pub fn id_of_day(indicator: ObjectId, day: Date) -> ObjectId {
        ObjectId::named(&format!("programme/reading/{indicator}/{day}"))
    }
}

impl Record for Reading {
    const KIND: &'static str = "reading";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[
        Field { name: "indicator", facet: false },
        Field { name: "subject", facet: true },
        Field { name: "grade", facet: true },
        Field { name: "at", facet: false },
    ];

    fn validate(&self) -> Result<()> {
        check_finite("value", self.value)?;
        check_line("source", &self.source, MAXIMUM_TITLE_BYTES)?;
        if self.grade == Grade::Reported && self.expires.is_none() {
            return Err(Error::invalid(
                "expires",
                "a figure that was entered needs a day on which it expires",
            ));
        }
        Ok(())
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("indicator", &self.indicator.to_string());
        values.text("subject", self.subject.as_str());
        values.text("grade", if self.grade == Grade::Measured { "measured" } else { "reported" });
        values.integer("at", self.at.microseconds());
    }

    fn title(&self) -> String {
        format!("{} {}: {}", self.subject.as_str(), self.at.date(), self.value)
    }

    fn texts(&self) -> Vec<&str> {
        // Nobody searches for the formula of a measured value, and there is one a day.
        if self.grade == Grade::Reported { vec![&self.source] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shinayaka_kernel::object::read_body;

    #[test]
    fn the_frozen_samples_of_schema_1_load_whole() {
        let query: Indicator = read_body(1, include_str!("../tests/samples/indicator-1.json")).unwrap();
        query.validate().unwrap();
        let Method::Query { query } = &query.method else { panic!("the sample is a query") };
        assert_eq!(query.to_string(), "count(incident[has_cost=true]) / count(incident)");
        assert_eq!(query.kinds(), ["incident"]);
        let reading: Reading = read_body(1, include_str!("../tests/samples/reading-1.json")).unwrap();
        reading.validate().unwrap();
        assert_eq!((reading.value, reading.n), (73.2, Some(1741)));
    }

    #[test]
    fn subjects_are_measures_and_items() {
        for good in ["M01", "M42", "S1", "S6"] {
            assert!(Subject::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["M00", "M43", "M1", "S0", "S7", "m01", "M011", ""] {
            assert!(Subject::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        assert_eq!(Subject::measure(7).unwrap().measure_no(), Some(7));
        assert!(Subject::measure(43).is_err());
    }

    #[test]
    fn an_entered_figure_without_expiry_is_refused() {
        let mut reading: Reading = read_body(1, include_str!("../tests/samples/reading-1.json")).unwrap();
        reading.expires = None;
        assert!(matches!(reading.validate(), Err(Error::Invalid { field, .. }) if field == "expires"));
        reading.value = f64::NAN;
        assert!(matches!(reading.validate(), Err(Error::Invalid { field, .. }) if field == "value"));
    }

    #[test]
    fn a_condition_needs_both_halves() {
        let half = Selection { kind: "incident".into(), field: Some("cause".into()), value: None };
        let query = Query::Count { of: half };
        assert!(matches!(query.check(), Err(Error::Invalid { field, .. }) if field == "query.of.field"));
    }
}
