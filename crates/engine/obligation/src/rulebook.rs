//! All regimes, calendars and the vocabulary together, names looked up.

use crate::calendar::Calendar;
use crate::error::{Error, Result};
use crate::facts::Vocabulary;
use crate::form::Spine;
use crate::regime::{DutyId, Regime};

macro_rules! regimes {
    ($($id:literal),* $(,)?) => { &[$(($id, include_str!(concat!("../regimes/", $id, ".toml")))),*] };
}

const FILES: &[(&str, &str)] = regimes![
    "ch-isg",
    "eu-ai-act",
    "eu-cra",
    "eu-dora",
    "eu-gdpr",
    "eu-gdpr-omnibus",
    "eu-nis2",
    "jp-active-cyber-defence",
    "jp-appi",
    "jp-common-forms",
    "jp-telecom",
    "us-circia",
    "us-sec-8k",
];

/// Regimes, calendars, vocabulary and the neutral form.
#[derive(Debug, Clone)]
pub struct Rulebook {
    vocabulary: Vocabulary,
    calendars: Vec<Calendar>,
    regimes: Vec<Regime>,
    /// Places of each regime's own calendars.
    pub(crate) calendars_of: Vec<Vec<usize>>,
    spine: Spine,
}

impl Rulebook {
    /// The regimes of this build.
    ///
    /// # Errors
    /// `Parse`, `Invalid` or `NotFound` when a data file of this crate contradicts itself; a test reads them all.
    pub fn embedded() -> Result<Self> {
        Self::from_files(FILES)
    }

    fn from_files(files: &[(&str, &str)]) -> Result<Self> {
        let vocabulary = Vocabulary::embedded()?;
        let calendars = Calendar::all()?;
        let spine = Spine::embedded()?;
        let regimes = files
            .iter()
            .enumerate()
            .map(|(at, (id, text))| Regime::read(id, text, at, &vocabulary))
            .collect::<Result<Vec<_>>>()?;
        let mut calendars_of = Vec::new();
        for regime in &regimes {
            spine.check(regime)?;
            calendars_of.push(
                regime.calendars.iter().map(|id| calendar_at(&calendars, id)).collect::<Result<Vec<_>>>()?,
            );
        }
        Ok(Self { vocabulary, calendars, regimes, calendars_of, spine })
    }

    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    #[must_use]
    pub fn calendars(&self) -> &[Calendar] {
        &self.calendars
    }

    #[must_use]
    pub fn regimes(&self) -> &[Regime] {
        &self.regimes
    }

    #[must_use]
    pub fn spine(&self) -> &Spine {
        &self.spine
    }

    /// The regime of this id.
    ///
    /// # Errors
    /// `NotFound` with the ids that exist.
    pub fn regime(&self, id: &str) -> Result<&Regime> {
        self.regime_at(id).map(|at| &self.regimes[at])
    }

    pub(crate) fn regime_at(&self, id: &str) -> Result<usize> {
        self.regimes.iter().position(|regime| regime.id == id).ok_or_else(|| Error::NotFound {
            what: "regime",
            id: id.chars().take(80).collect(),
            known: self.regimes.iter().map(|regime| regime.id.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// The duty `regime/duty`.
    ///
    /// # Errors
    /// `NotFound` with the ids that exist.
    pub fn duty_at(&self, name: &str) -> Result<DutyId> {
        let (regime, duty) = name.split_once('/').unwrap_or((name, ""));
        let at = self.regime_at(regime)?;
        let duties = &self.regimes[at].duties;
        let found = duties.iter().position(|other| other.id == duty);
        found.map(|duty| DutyId { regime: at, duty }).ok_or_else(|| Error::NotFound {
            what: "duty",
            id: name.chars().take(80).collect(),
            known: duties.iter().map(|duty| format!("{regime}/{}", duty.id)).collect::<Vec<_>>().join(", "),
        })
    }

    pub(crate) fn calendar_at(&self, id: &str) -> Result<usize> {
        calendar_at(&self.calendars, id)
    }

    /// The names of deadlines that laws leave open.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        let clocks = self.regimes.iter().flat_map(|regime| &regime.duties).flat_map(|duty| &duty.clocks);
        clocks.filter_map(|clock| clock.parameter.as_deref())
    }

    pub(crate) fn check_parameter(&self, name: &str) -> Result<()> {
        if self.parameters().any(|known| known == name) {
            return Ok(());
        }
        Err(Error::NotFound {
            what: "parameter",
            id: name.chars().take(80).collect(),
            known: self.parameters().collect::<Vec<_>>().join(", "),
        })
    }
}

fn calendar_at(calendars: &[Calendar], id: &str) -> Result<usize> {
    calendars.iter().position(|calendar| calendar.id == id).ok_or_else(|| Error::NotFound {
        what: "calendar",
        id: id.chars().take(80).collect(),
        known: calendars.iter().map(|calendar| calendar.id.as_str()).collect::<Vec<_>>().join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_regime_reads_and_says_its_source() {
        let rulebook = Rulebook::embedded().unwrap();
        for regime in rulebook.regimes() {
            assert!(!regime.law.is_empty() && !regime.source.is_empty(), "{}", regime.id);
            let plain = regime.standing == crate::regime::Standing::InForce;
            assert!(plain || !regime.note.is_empty(), "{}: what is to be verified?", regime.id);
        }
    }
}
