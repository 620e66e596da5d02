//! Versions of OSCAL: which exist, which is newer.

use std::fmt;

/// A version in the sense of semantic versioning; a candidate (`1.0.0-rc2`) comes before its release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    numbers: [u32; 3],
    candidate: Option<String>,
}

/// The newest version this crate knows.
pub const NEWEST: &str = "1.2.3";

const RELEASED: [&str; 15] = [
    "1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4", "1.0.5", "1.0.6", "1.1.0", "1.1.1", "1.1.2", "1.1.3",
    "1.2.0", "1.2.1", "1.2.2", "1.2.3",
];

impl Version {
    #[must_use]
    pub fn parse(text: &str) -> Option<Version> {
        let (numbers, candidate) = match text.split_once('-') {
            Some((numbers, candidate)) => (numbers, Some(candidate.to_owned())),
            None => (text, None),
        };
        let mut parts = numbers.split('.').map(|part| part.parse().ok());
        let version = [parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?];
        parts.next().is_none().then_some(Version { numbers: version, candidate })
    }

    #[must_use]
    pub fn major(&self) -> u32 {
        self.numbers[0]
    }

    /// Whether this is a candidate of a release, such as `1.0.0-rc2`.
    #[must_use]
    pub fn is_candidate(&self) -> bool {
        self.candidate.is_some()
    }

    /// Whether NIST released it (as of the newest version this crate knows), or it is a candidate of 1.0.0.
    #[must_use]
    pub fn is_known(&self) -> bool {
        RELEASED.contains(&self.to_string().as_str()) || (self.is_candidate() && self.numbers == [1, 0, 0])
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> std::cmp::Ordering {
        let key = |version: &Version| (version.numbers, version.candidate.is_none());
        key(self).cmp(&key(other)).then_with(|| self.candidate.cmp(&other.candidate))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(formatter, "{major}.{minor}.{patch}")?;
        self.candidate.iter().try_for_each(|candidate| write!(formatter, "-{candidate}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_comes_before_its_release() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("1.0.0-rc2") < version("1.0.0"));
        assert!(version("1.0.6") < version("1.1.0"));
        assert!(
            version("1.0.0-rc2").is_known() && version(NEWEST).is_known() && !version("1.9.0").is_known()
        );
        assert_eq!(Version::parse("TODO"), None);
    }
}
