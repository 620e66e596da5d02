//! Triggers: three-valued predicates over the facts of an event.

use serde::Deserialize;

use crate::clock::{Basis, Context};
use crate::error::{Error, Result};
use crate::facts::{FactId, Kind, Value, Vocabulary};
use crate::regime::{DutyId, Names};

/// A trigger as a regime file writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Written {
    All {
        all: Vec<Written>,
    },
    Any {
        any: Vec<Written>,
    },
    Not {
        not: Box<Written>,
    },
    /// The organisation has this role.
    Role {
        role: String,
    },
    /// The fact has been stated, whatever its value.
    Known {
        known: String,
    },
    /// A number over a bound.
    MoreThan {
        fact: String,
        more_than: u64,
    },
    /// A number at or over a bound.
    AtLeast {
        fact: String,
        at_least: u64,
    },
    /// A word equals, or a list contains.
    Has {
        fact: String,
        has: String,
    },
    /// A moment later than a delay from another.
    Later {
        fact: String,
        later_than: super::clock::WrittenBasis,
    },
    /// A report of the same regime has been submitted.
    Reported {
        reported: String,
    },
    /// A flag is true.
    Flag {
        fact: String,
    },
}

/// A trigger with its names looked up.
#[derive(Debug, Clone)]
pub enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Known(FactId),
    AtLeast(FactId, u64),
    Has(FactId, String),
    Later(FactId, Basis),
    Reported(DutyId),
    Flag(FactId, Option<bool>),
}

/// True, false, or not known.
pub(crate) type Truth = Option<bool>;

impl Written {
    pub(crate) fn resolve(&self, names: &Names<'_>, place: &str) -> Result<Condition> {
        let vocabulary = names.vocabulary;
        let list =
            |parts: &[Self]| parts.iter().map(|part| part.resolve(names, place)).collect::<Result<Vec<_>>>();
        Ok(match self {
            Self::All { all } => Condition::All(list(all)?),
            Self::Any { any } => Condition::Any(list(any)?),
            Self::Not { not } => Condition::Not(Box::new(not.resolve(names, place)?)),
            Self::Role { role } => has(vocabulary, "roles", role, place)?,
            Self::Known { known } => Condition::Known(vocabulary.id(known)?),
            Self::MoreThan { fact, more_than } => count(vocabulary, fact, more_than + 1, place)?,
            Self::AtLeast { fact, at_least } => count(vocabulary, fact, *at_least, place)?,
            Self::Has { fact, has: word } => has(vocabulary, fact, word, place)?,
            Self::Later { fact, later_than } => Condition::Later(
                of_kind(vocabulary, fact, &[Kind::Instant], place)?,
                later_than.resolve(names, place)?,
            ),
            Self::Reported { reported } => Condition::Reported(names.duty(reported)?),
            Self::Flag { fact } => {
                let id = of_kind(vocabulary, fact, &[Kind::Flag], place)?;
                Condition::Flag(id, vocabulary.definition(id).absent)
            }
        })
    }
}

fn of_kind(vocabulary: &Vocabulary, name: &str, kinds: &[Kind], place: &str) -> Result<FactId> {
    let id = vocabulary.id(name)?;
    if kinds.contains(&vocabulary.definition(id).kind) {
        return Ok(id);
    }
    Err(Error::invalid(place, format!("`{name}` is of another kind than its use here")))
}

fn count(vocabulary: &Vocabulary, name: &str, bound: u64, place: &str) -> Result<Condition> {
    Ok(Condition::AtLeast(of_kind(vocabulary, name, &[Kind::Count], place)?, bound))
}

fn has(vocabulary: &Vocabulary, name: &str, word: &str, place: &str) -> Result<Condition> {
    let id = of_kind(vocabulary, name, &[Kind::Word, Kind::Words], place)?;
    if !vocabulary.definition(id).words.iter().any(|known| known == word) {
        return Err(Error::invalid(place, format!("`{word}` is no word of `{name}`")));
    }
    Ok(Condition::Has(id, word.to_owned()))
}

impl Condition {
    /// Evaluates by Kleene's rules: "not known" decides nothing that the known parts do not decide.
    pub(crate) fn truth(&self, context: &Context<'_>) -> Truth {
        match self {
            Self::All(parts) => parts
                .iter()
                .try_fold(Some(true), |so_far, part| match part.truth(context) {
                    Some(false) => Err(()),
                    Some(true) => Ok(so_far),
                    None => Ok(None),
                })
                .unwrap_or(Some(false)),
            Self::Any(parts) => parts
                .iter()
                .try_fold(Some(false), |so_far, part| match part.truth(context) {
                    Some(true) => Err(()),
                    Some(false) => Ok(so_far),
                    None => Ok(None),
                })
                .unwrap_or(Some(true)),
            Self::Not(part) => part.truth(context).map(|truth| !truth),
            Self::Known(fact) => Some(context.value(*fact).is_some()),
            Self::AtLeast(fact, bound) => match context.value(*fact) {
                Some(Value::Count(count)) => Some(count >= bound),
                _ => None,
            },
            Self::Has(fact, word) => match context.value(*fact) {
                Some(Value::Words(words)) => Some(words.iter().any(|other| other == word)),
                _ => None,
            },
            Self::Later(fact, basis) => match context.value(*fact) {
                Some(Value::Instant(at, _)) => Some(basis.end(context).is_some_and(|end| *at > end)),
                _ => Some(false),
            },
            Self::Reported(duty) => Some(context.belief.report(*duty).is_some()),
            Self::Flag(fact, absent) => match context.value(*fact) {
                Some(Value::Flag(flag)) => Some(*flag),
                _ => *absent,
            },
        }
    }

    /// The facts that keep the answer open.
    pub(crate) fn open(&self, context: &Context<'_>, into: &mut Vec<FactId>) {
        if self.truth(context).is_some() {
            return;
        }
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.open(context, into));
            }
            Self::Not(part) => part.open(context, into),
            Self::Reported(_) => {}
            Self::Known(fact)
            | Self::AtLeast(fact, _)
            | Self::Has(fact, _)
            | Self::Later(fact, _)
            | Self::Flag(fact, _) => {
                if !into.contains(fact) {
                    into.push(*fact);
                }
            }
        }
    }
}
