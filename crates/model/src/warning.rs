//! A warning (or the notice of a drill): what may happen, to whom, how sure that is, and the one thing to do. It grows
//! from a draft to an issued message and is then told anew or cancelled, never deleted; what was wrong stays in the log
//! of corrections.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Label, ObjectId, Result,
    clock::Timestamp,
    label::{Audience, Pap, Party, ReleaseView, Tlp},
    object::{Field, FieldValues, Record},
};

pub use self::vocabulary::{
    ActionFor, AnswerVia, CannotReason, CertaintyWord, Choice, DeliveryChannel, DeliveryState, Exposure,
    Level, Purpose, Rung, State,
};
use crate::{
    area::check_prefecture,
    bounds::{check_entries, check_line, check_text, check_url},
    incident::Sector,
    organisation::check_code,
};

mod vocabulary;

/// Bytes of a headline or an action in one language.
pub const MAXIMUM_LINE_BYTES: usize = 400;
/// Bytes of a longer text in one language.
pub const MAXIMUM_PARAGRAPH_BYTES: usize = 6_000;
/// Lines of "how to do it".
pub const MAXIMUM_STEPS: usize = 3;
/// Products, sources, facts known or not known.
pub const MAXIMUM_ENTRIES: usize = 40;
/// Organisations named one by one.
pub const MAXIMUM_LIST: usize = 2_000;
/// Editions and corrections of one warning.
pub const MAXIMUM_EDITIONS: usize = 200;
/// Minutes of the longest step of a ladder: two weeks.
pub const MAXIMUM_MINUTES: u32 = 14 * 24 * 60;

/// A text in both languages. Japanese may not be missing where the text is needed; English may follow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    #[serde(default)]
    pub ja: String,
    #[serde(default)]
    pub en: String,
}

impl Wording {
    pub fn new(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ja: ja.into(), en: en.into() }
    }

    pub fn is_empty(&self) -> bool {
        self.ja.trim().is_empty() && self.en.trim().is_empty()
    }

    /// The text in Japanese or English; the other language when there is none in this one.
    pub fn told(&self, japanese: bool) -> &str {
        match (japanese, self.ja.is_empty(), self.en.is_empty()) {
            (true, false, _) | (false, false, true) => &self.ja,
            _ => &self.en,
        }
    }

    fn check(&self, field: &str, maximum: usize, line: bool) -> Result<()> {
        for (language, text) in [("ja", &self.ja), ("en", &self.en)] {
            let name = format!("{field}.{language}");
            check_text(&name, text, maximum)?;
            if line && text.contains('\n') {
                return Err(Error::invalid(name, "must be one line"));
            }
        }
        Ok(())
    }

    fn demand(&self, field: &str) -> Result<()> {
        for (language, text) in [("ja", &self.ja), ("en", &self.en)] {
            if text.trim().is_empty() {
                return Err(Error::invalid(format!("{field}.{language}"), "must not be empty"));
            }
        }
        Ok(())
    }
}

/// The one thing that somebody is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = WarningAction)]
#[serde(deny_unknown_fields)]
pub struct Action {
    pub text: Wording,
    /// At most three lines of how to do it.
    #[serde(default)]
    pub steps: Vec<Wording>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Timestamp>,
}

/// A product that the warning speaks of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AffectedProduct {
    /// As people call it; compared with what organisations say that they run.
    pub name: String,
    /// Package URL without a version, or a CPE 2.3 name, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Which versions, as text: "7.2 and before".
    #[serde(default)]
    pub versions: String,
}

/// Whom the warning addresses. Nothing named at all means every organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WarningTarget)]
pub struct Target {
    /// Only organisations of these sectors; empty: of any.
    #[serde(default)]
    pub sectors: BTreeSet<Sector>,
    /// Only organisations in these prefectures (JIS X 0401, `01` to `47`); empty: in any.
    #[serde(default)]
    pub prefectures: BTreeSet<String>,
    /// Only members of the hubs with these codes; empty: of any or none.
    #[serde(default)]
    pub hubs: BTreeSet<String>,
    /// Besides those: the organisations with these codes, in any case.
    #[serde(default)]
    pub organisations: BTreeSet<String>,
}

impl Target {
    /// True if only the organisations named one by one are addressed.
    pub fn is_list_only(&self) -> bool {
        !self.organisations.is_empty()
            && self.sectors.is_empty()
            && self.prefectures.is_empty()
            && self.hubs.is_empty()
    }
}

/// How sure the issuer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WarningCertainty)]
pub struct Certainty {
    pub word: CertaintyWord,
    /// Probability in per cent, when one was estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    pub percent: Option<u8>,
}

impl Certainty {
    /// CAP: "likely" is more than about 50 %, and a thing observed has happened.
    fn check(self) -> Result<()> {
        let Some(percent) = self.percent else { return Ok(()) };
        let fits = match self.word {
            CertaintyWord::Observed => percent == 100,
            CertaintyWord::Likely => (50..=100).contains(&percent),
            CertaintyWord::Possible => (1..=50).contains(&percent),
            CertaintyWord::Unlikely => percent <= 10,
            CertaintyWord::Unknown => false,
        };
        if fits {
            return Ok(());
        }
        let range =
            "observed 100, likely 50 to 100, possible 1 to 50, unlikely 0 to 10, unknown without a number";
        Err(Error::invalid("content.certainty.percent", format!("does not fit the word: {range}")))
    }
}

/// Where a statement comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WarningSource {
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A step of the escalation ladder: what happens when an organisation has been silent for so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LadderStep {
    /// Minutes after the issue.
    pub after_minutes: u32,
    pub rung: Rung,
}

/// What a warning says. Also what a template holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WarningContent)]
pub struct Content {
    #[serde(default = "Content::default_purpose")]
    pub purpose: Purpose,
    #[schema(minimum = 1, maximum = 5)]
    pub level: u8,
    pub headline: Wording,
    /// What happened or may happen.
    #[serde(default)]
    pub description: Wording,
    /// The same for somebody who is not of the trade.
    #[serde(default)]
    pub plain: Wording,
    #[serde(default)]
    pub actions: BTreeMap<ActionFor, Action>,
    #[serde(default)]
    pub products: Vec<AffectedProduct>,
    #[serde(default)]
    pub target: Target,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    pub certainty: Certainty,
    #[serde(default)]
    pub sources: Vec<WarningSource>,
    #[serde(default)]
    pub known: Vec<Wording>,
    #[serde(default)]
    pub not_known: Vec<Wording>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_update: Option<Timestamp>,
    /// On the public page too, for everybody.
    #[serde(default)]
    pub public: bool,
    /// Empty: the ladder of the level.
    #[serde(default)]
    pub ladder: Vec<LadderStep>,
}

/// Somebody of the house, at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WarningSignature)]
pub struct Signature {
    pub account: ObjectId,
    pub name: String,
    pub at: Timestamp,
}

/// One message of the chain: the first issue, each update, the cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WarningEdition)]
pub struct Edition {
    /// From 1.
    pub number: u32,
    pub kind: EditionKind,
    pub by: Signature,
    #[schema(minimum = 1, maximum = 5)]
    pub level: u8,
    /// What is new, or why it is over.
    #[serde(default)]
    pub note: Wording,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EditionKind {
    Issue,
    Update,
    Cancel,
}

/// Something that was said and was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WarningCorrection)]
pub struct Correction {
    pub by: Signature,
    /// The edition that was wrong.
    pub edition: u32,
    pub was: Wording,
    pub is: Wording,
}

/// The alert of another agency from which a draft was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WarningOrigin)]
pub struct Origin {
    pub sender: String,
    pub identifier: String,
    pub sent: String,
}

/// What is to be told next, and waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PendingUpdate {
    pub content: Content,
    #[serde(default)]
    pub note: Wording,
    pub by: Signature,
}

/// A warning with its course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Warning {
    pub content: Content,
    pub state: State,
    pub drafted: Signature,
    /// Who said yes; above level 3 at least one who is not the author.
    #[serde(default)]
    pub approvals: Vec<Signature>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingUpdate>,
    #[serde(default)]
    pub editions: Vec<Edition>,
    #[serde(default)]
    pub corrections: Vec<Correction>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<ObjectId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Organisations addressed and those of unknown exposure, frozen at issue.
    #[serde(default)]
    pub affected: u32,
    #[serde(default)]
    pub unknown: u32,
}

/// A warning to start from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WarningTemplate {
    pub name: Wording,
    pub content: Content,
}

impl Content {
    fn default_purpose() -> Purpose {
        Purpose::Warning
    }

    /// # Errors
    /// [`Error::Invalid`] for a level that is none.
    pub fn level(&self) -> Result<Level> {
        Level::new(self.level)
    }

    /// What a draft must already keep to.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field.
    pub fn check(&self) -> Result<()> {
        self.level().map_err(|_| Error::invalid("content.level", "must be from 1 to 5"))?;
        self.headline.check("content.headline", MAXIMUM_LINE_BYTES, true)?;
        self.description.check("content.description", MAXIMUM_PARAGRAPH_BYTES, false)?;
        self.plain.check("content.plain", MAXIMUM_PARAGRAPH_BYTES, false)?;
        self.certainty.check()?;
        for (whom, action) in &self.actions {
            action.check(&format!("content.actions.{whom}"))?;
        }
        self.check_lists()?;
        self.check_target()?;
        self.check_times()
    }

    /// What an issued warning must say besides.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming what is missing.
    pub fn check_complete(&self) -> Result<()> {
        self.headline.demand("content.headline")?;
        let action = self.actions.get(&ActionFor::Affected);
        let missing = || Error::invalid("content.actions.affected", "exactly one action must be there");
        action.ok_or_else(missing)?.text.demand("content.actions.affected.text")?;
        if self.purpose == Purpose::Drill {
            return Ok(());
        }
        self.description.demand("content.description")?;
        self.plain.demand("content.plain")?;
        if self.public && !self.actions.contains_key(&ActionFor::Public) {
            return Err(Error::invalid(
                "content.actions.public",
                "a public warning says what everybody can do",
            ));
        }
        if self.sources.is_empty() {
            return Err(Error::invalid("content.sources", "no statement without its source"));
        }
        if self.not_known.is_empty() && self.next_update.is_none() {
            let reason = "say what is not known yet, or when more is said";
            return Err(Error::invalid("content.not_known", reason));
        }
        Ok(())
    }

    fn check_lists(&self) -> Result<()> {
        check_entries("content.products", self.products.len(), MAXIMUM_ENTRIES)?;
        for (number, product) in self.products.iter().enumerate() {
            check_line(&format!("content.products[{number}].name"), &product.name, MAXIMUM_LINE_BYTES)?;
            let versions = format!("content.products[{number}].versions");
            check_text(&versions, &product.versions, MAXIMUM_LINE_BYTES)?;
            if let Some(identifier) = &product.identifier {
                check_line(&format!("content.products[{number}].identifier"), identifier, 500)?;
            }
        }
        check_entries("content.sources", self.sources.len(), MAXIMUM_ENTRIES)?;
        for (number, source) in self.sources.iter().enumerate() {
            check_line(&format!("content.sources[{number}].title"), &source.title, MAXIMUM_LINE_BYTES)?;
            if let Some(url) = &source.url {
                check_url(&format!("content.sources[{number}].url"), url)?;
            }
        }
        for (field, list) in [("content.known", &self.known), ("content.not_known", &self.not_known)] {
            check_entries(field, list.len(), MAXIMUM_ENTRIES)?;
            for (number, fact) in list.iter().enumerate() {
                fact.check(&format!("{field}[{number}]"), MAXIMUM_LINE_BYTES * 2, false)?;
            }
        }
        check_entries("content.ladder", self.ladder.len(), 10)?;
        let mut last = 0;
        for (number, step) in self.ladder.iter().enumerate() {
            let field = format!("content.ladder[{number}].after_minutes");
            if step.after_minutes > MAXIMUM_MINUTES || step.after_minutes < last.max(1) {
                return Err(Error::invalid(field, "must grow from step to step, to two weeks at most"));
            }
            last = step.after_minutes;
        }
        Ok(())
    }

    fn check_target(&self) -> Result<()> {
        check_entries("content.target.organisations", self.target.organisations.len(), MAXIMUM_LIST)?;
        check_entries("content.target.hubs", self.target.hubs.len(), MAXIMUM_ENTRIES * 5)?;
        let target = &self.target;
        target.hubs.iter().try_for_each(|hub| check_code("content.target.hubs", hub))?;
        let mut organisations = target.organisations.iter();
        organisations.try_for_each(|code| check_code("content.target.organisations", code))?;
        let mut prefectures = target.prefectures.iter();
        prefectures.try_for_each(|code| check_prefecture("content.target.prefectures", code))
    }

    fn check_times(&self) -> Result<()> {
        if let (Some(from), Some(until)) = (self.valid_from, self.valid_until)
            && until <= from
        {
            return Err(Error::invalid("content.valid_until", "must be after valid_from"));
        }
        Ok(())
    }
}

impl Action {
    fn check(&self, field: &str) -> Result<()> {
        self.text.check(&format!("{field}.text"), MAXIMUM_LINE_BYTES, true)?;
        if self.text.is_empty() {
            return Err(Error::invalid(format!("{field}.text"), "must not be empty"));
        }
        check_entries(&format!("{field}.steps"), self.steps.len(), MAXIMUM_STEPS)?;
        for (number, step) in self.steps.iter().enumerate() {
            step.check(&format!("{field}.steps[{number}]"), MAXIMUM_LINE_BYTES, true)?;
        }
        Ok(())
    }
}

impl Warning {
    /// Who sees it: the house; once a public one is issued, everybody. Recipients read theirs through their deliveries.
    pub fn label(&self) -> Label {
        if self.content.public && self.state.was_issued() {
            return Label::public();
        }
        Label {
            tlp: Tlp::AmberStrict,
            audience: Audience::any_of([Party::House]),
            pap: Pap::Amber,
            view: ReleaseView::Technical,
        }
    }

    /// The newest message of the chain.
    pub fn edition(&self) -> Option<&Edition> {
        self.editions.last()
    }

    pub fn issued_at(&self) -> Option<Timestamp> {
        self.editions.first().map(|edition| edition.by.at)
    }

    /// The action for a recipient; that for the affected when there is none of its own.
    pub fn action_for(&self, exposure: Exposure) -> Option<&Action> {
        let own = match exposure {
            Exposure::Affected => ActionFor::Affected,
            Exposure::Unknown => ActionFor::UnknownExposure,
        };
        self.content.actions.get(&own).or_else(|| self.content.actions.get(&ActionFor::Affected))
    }
}

impl Record for Warning {
    const KIND: &'static str = "warning";
    const SCHEMA: u16 = 1;
    const LABEL_FOLLOWS_RECORD: bool = true;
    const FIELDS: &'static [Field] = &[
        Field { name: "state", facet: true },
        Field { name: "level", facet: true },
        Field { name: "purpose", facet: true },
        Field { name: "open", facet: true },
        Field { name: "public", facet: true },
        Field { name: "issued_at", facet: false },
        Field { name: "next_update", facet: false },
    ];

    fn validate(&self) -> Result<()> {
        self.content.check()?;
        check_entries("editions", self.editions.len(), MAXIMUM_EDITIONS)?;
        check_entries("corrections", self.corrections.len(), MAXIMUM_EDITIONS)?;
        check_entries("approvals", self.approvals.len(), MAXIMUM_ENTRIES)?;
        for edition in &self.editions {
            edition.note.check("editions.note", MAXIMUM_PARAGRAPH_BYTES, false)?;
        }
        for correction in &self.corrections {
            correction.was.check("correction.was", MAXIMUM_PARAGRAPH_BYTES, false)?;
            correction.is.check("correction.is", MAXIMUM_PARAGRAPH_BYTES, false)?;
        }
        if let Some(pending) = &self.pending {
            pending.content.check_complete()?;
            pending.content.check()?;
        }
        if self.state.was_issued() {
            self.content.check_complete()?;
            if self.editions.is_empty() {
                return Err(Error::invalid("editions", "an issued warning has at least one"));
            }
        }
        Ok(())
    }

    fn index(&self, values: &mut FieldValues) {
        let truth = |value: bool| if value { "true" } else { "false" };
        values.text("state", self.state.as_str());
        values.integer("level", i64::from(self.content.level));
        values.text("purpose", self.content.purpose.as_str());
        values.text("open", truth(self.state.is_open()));
        values.text("public", truth(self.content.public && self.state.was_issued()));
        if let Some(at) = self.issued_at() {
            values.integer("issued_at", at.microseconds());
        }
        if let Some(at) = self.content.next_update.filter(|_| self.state.is_open()) {
            values.integer("next_update", at.microseconds());
        }
    }

    fn title(&self) -> String {
        self.content.headline.told(true).to_owned()
    }

    fn texts(&self) -> Vec<&str> {
        let content = &self.content;
        let wordings = [&content.headline, &content.description, &content.plain];
        let actions = content.actions.values().map(|action| &action.text);
        let facts = content.known.iter().chain(&content.not_known);
        let products = content.products.iter().map(|product| product.name.as_str());
        wordings
            .into_iter()
            .chain(actions)
            .chain(facts)
            .flat_map(|wording| [wording.ja.as_str(), wording.en.as_str()])
            .chain(products)
            .filter(|text| !text.is_empty())
            .collect()
    }
}

impl Record for WarningTemplate {
    const KIND: &'static str = "warning_template";
    const SCHEMA: u16 = 1;
    const FIELDS: &'static [Field] = &[Field { name: "name", facet: false }];

    fn validate(&self) -> Result<()> {
        check_line("name", self.name.told(true), MAXIMUM_LINE_BYTES)?;
        self.name.check("name", MAXIMUM_LINE_BYTES, true)?;
        self.content.check()
    }

    fn index(&self, values: &mut FieldValues) {
        values.text("name", self.name.told(true));
    }

    fn title(&self) -> String {
        self.name.told(true).to_owned()
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.name.ja, &self.name.en, &self.content.headline.ja, &self.content.headline.en]
    }
}

#[cfg(test)]
mod tests;
