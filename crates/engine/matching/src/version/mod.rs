//! Version schemes. Each compiles a version into a byte key whose `memcmp` order is the order of the scheme; what a
//! scheme cannot order is [`Undecidable`], with the reason, and never silently a plain string comparison.
//!
//! **To add a scheme**: a file with its `write`, a variant of [`Scheme`] with its names in [`NAMES`], an arm in
//! [`Scheme::write_key`], and a direct comparator in `tests/oracle` that the property test compares with.

mod alpine;
mod arch;
mod conan;
mod date;
mod debian;
mod gem;
mod generic;
mod gentoo;
mod key;
mod maven;
mod native;
mod openssl;
mod pypi;
mod range;
mod rpm;
mod semver;

use std::cmp::Ordering;

pub use native::{NativeError, from_native};
pub use range::{Comparator, Compiled, Constraint, Interval, Range, RangeError, merged};

/// No version of any known scheme is longer (bytes).
pub const LONGEST: usize = 512;

/// Why two versions have no order, or one no place in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{scheme} cannot order \"{}\": {reason}", version.escape_debug())]
pub struct Undecidable {
    pub scheme: &'static str,
    pub version: String,
    pub reason: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Scheme {
    Semver,
    Npm,
    Pypi,
    Maven,
    Debian,
    Rpm,
    Alpine,
    Arch,
    Gentoo,
    Nuget,
    Golang,
    Gem,
    Conan,
    Openssl,
    Datetime,
    Date,
    Generic,
    Intdot,
    Lexicographic,
    Cargo,
    Hex,
    Pub,
    Composer,
    Nginx,
    Github,
    Swift,
    /// Revisions of a version-control system: equal or not, never earlier or later.
    Git,
}

/// Names as the VERS types have them, the first of a scheme is the one written.
const NAMES: [(&str, Scheme); 41] = [
    ("semver", Scheme::Semver),
    ("npm", Scheme::Npm),
    ("pypi", Scheme::Pypi),
    ("maven", Scheme::Maven),
    ("deb", Scheme::Debian),
    ("rpm", Scheme::Rpm),
    ("apk", Scheme::Alpine),
    ("alpm", Scheme::Arch),
    ("gentoo", Scheme::Gentoo),
    ("nuget", Scheme::Nuget),
    ("golang", Scheme::Golang),
    ("gem", Scheme::Gem),
    ("conan", Scheme::Conan),
    ("openssl", Scheme::Openssl),
    ("datetime", Scheme::Datetime),
    ("date", Scheme::Date),
    ("generic", Scheme::Generic),
    ("intdot", Scheme::Intdot),
    ("lexicographic", Scheme::Lexicographic),
    ("cargo", Scheme::Cargo),
    ("hex", Scheme::Hex),
    ("pub", Scheme::Pub),
    ("composer", Scheme::Composer),
    ("nginx", Scheme::Nginx),
    ("github", Scheme::Github),
    ("swift", Scheme::Swift),
    ("git", Scheme::Git),
    ("semantic", Scheme::Semver),
    ("node", Scheme::Npm),
    ("python", Scheme::Pypi),
    ("pep440", Scheme::Pypi),
    ("debian", Scheme::Debian),
    ("dpkg", Scheme::Debian),
    ("alpine", Scheme::Alpine),
    ("arch", Scheme::Arch),
    ("archlinux", Scheme::Arch),
    ("ebuild", Scheme::Gentoo),
    ("go", Scheme::Golang),
    ("rubygems", Scheme::Gem),
    ("rubygem", Scheme::Gem),
    ("rust", Scheme::Cargo),
];

impl Scheme {
    /// By a name of VERS or one in use for the same; letter case does not matter.
    pub fn from_name(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        NAMES.iter().find(|(known, _)| *known == lower).map(|(_, scheme)| *scheme)
    }

    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, scheme)| *scheme == self).map_or("generic", |(name, _)| name)
    }

    /// Names that are written, one a scheme.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES[..=Scheme::Git as usize].iter().map(|(name, _)| *name)
    }

    /// As stored in a segment.
    pub fn from_code(code: u8) -> Option<Self> {
        NAMES.get(usize::from(code)).filter(|(_, scheme)| *scheme as u8 == code).map(|(_, scheme)| *scheme)
    }

    /// The scheme that packages of a purl type follow; `None` where the type says nothing about versions.
    pub fn of_purl_type(kind: &str) -> Option<Self> {
        Some(match kind {
            "npm" => Scheme::Npm,
            "pypi" => Scheme::Pypi,
            "maven" => Scheme::Maven,
            "deb" => Scheme::Debian,
            "rpm" => Scheme::Rpm,
            "apk" => Scheme::Alpine,
            "alpm" => Scheme::Arch,
            "ebuild" | "gentoo" => Scheme::Gentoo,
            "nuget" => Scheme::Nuget,
            "golang" => Scheme::Golang,
            "gem" => Scheme::Gem,
            "conan" => Scheme::Conan,
            "cargo" => Scheme::Cargo,
            "hex" => Scheme::Hex,
            "pub" => Scheme::Pub,
            "composer" => Scheme::Composer,
            "swift" => Scheme::Swift,
            _ => return None,
        })
    }

    fn undecidable(self, version: &str, reason: &'static str) -> Undecidable {
        Undecidable { scheme: self.name(), version: version.chars().take(LONGEST).collect(), reason }
    }

    /// Appends the key of a version. On an error `out` may hold a part of it.
    pub fn write_key(self, version: &str, out: &mut Vec<u8>) -> Result<(), Undecidable> {
        self.write(version, out).map(|_| ()).map_err(|reason| self.undecidable(version, reason))
    }

    pub fn key(self, version: &str) -> Result<Vec<u8>, Undecidable> {
        let mut out = Vec::with_capacity(24);
        self.write_key(version, &mut out)?;
        Ok(out)
    }

    /// The first key of the version and the first key above it.
    pub fn bounds(self, version: &str) -> Result<(Vec<u8>, Vec<u8>), Undecidable> {
        let mut floor = Vec::with_capacity(24);
        let whole_family =
            self.write(version, &mut floor).map_err(|reason| self.undecidable(version, reason))?;
        let mut ceiling = floor.clone();
        ceiling.push(if whole_family { 0xFF } else { 0x00 });
        Ok((floor, ceiling))
    }

    /// True when the key stands for a family of versions (an Arch version without a release).
    fn write(self, version: &str, out: &mut Vec<u8>) -> Result<bool, &'static str> {
        let version = version.trim_matches(|c: char| c.is_ascii_whitespace());
        if version.is_empty() {
            return Err("empty");
        }
        if version.len() > LONGEST {
            return Err("longer than 512 bytes");
        }
        if self != Scheme::Lexicographic && version.bytes().any(|b| b.is_ascii_control() || b == b' ') {
            return Err("white space or a control character");
        }
        match self {
            Scheme::Golang => semver::write(version, semver::Flavour::Go, out)?,
            Scheme::Nuget => semver::write(version, semver::Flavour::NuGet, out)?,
            Scheme::Semver
            | Scheme::Npm
            | Scheme::Cargo
            | Scheme::Hex
            | Scheme::Pub
            | Scheme::Composer
            | Scheme::Nginx
            | Scheme::Github
            | Scheme::Swift => semver::write(version, semver::Flavour::Semantic, out)?,
            Scheme::Pypi => pypi::write(version, out)?,
            Scheme::Maven => maven::write(version, out)?,
            Scheme::Debian => debian::write(version, out)?,
            Scheme::Rpm => rpm::write(version, out)?,
            Scheme::Alpine => alpine::write(version, out)?,
            Scheme::Arch => return arch::write(version, out),
            Scheme::Gentoo => gentoo::write(version, out)?,
            Scheme::Gem => gem::write(version, out)?,
            Scheme::Conan => conan::write(version, out)?,
            Scheme::Openssl => openssl::write(version, out)?,
            Scheme::Datetime => date::write(version, true, out)?,
            Scheme::Date => date::write(version, false, out)?,
            Scheme::Generic => generic::write(version, out)?,
            Scheme::Intdot => generic::write_leading(version, out)?,
            Scheme::Lexicographic => out.extend_from_slice(version.as_bytes()),
            Scheme::Git => return Err("revisions have no order"),
        }
        Ok(false)
    }

    /// Order of two versions. Equal strings are equal in every scheme.
    pub fn compare(self, left: &str, right: &str) -> Result<Ordering, Undecidable> {
        if left == right {
            return Ok(Ordering::Equal);
        }
        let (left_floor, left_ceiling) = self.bounds(left)?;
        let (right_floor, right_ceiling) = self.bounds(right)?;
        // A version that stands for a family is equal to each member.
        let within = |key: &Vec<u8>, floor: &Vec<u8>, ceiling: &Vec<u8>| key >= floor && key < ceiling;
        if within(&left_floor, &right_floor, &right_ceiling)
            || within(&right_floor, &left_floor, &left_ceiling)
        {
            return Ok(Ordering::Equal);
        }
        Ok(left_floor.cmp(&right_floor))
    }
}
