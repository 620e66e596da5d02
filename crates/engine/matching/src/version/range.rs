//! VERS ranges: `vers:npm/>=1.0.0|<2.0.0`. Reading (strict or as found), canonical writing, containment, and the form
//! in which the index holds them: half-open intervals of keys.

use std::fmt;

use super::{Scheme, Undecidable};

/// Constraints of one range; a longer list is refused.
const MOST_CONSTRAINTS: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comparator {
    NotEqual,
    Less,
    LessOrEqual,
    Equal,
    Greater,
    GreaterOrEqual,
}

impl Comparator {
    const ALL: [(&'static str, Comparator); 6] = [
        ("!=", Comparator::NotEqual),
        ("<=", Comparator::LessOrEqual),
        (">=", Comparator::GreaterOrEqual),
        ("<", Comparator::Less),
        (">", Comparator::Greater),
        ("=", Comparator::Equal),
    ];

    /// Splits a leading comparator off; without one it is equality.
    pub fn take(text: &str) -> (Self, &str) {
        for (sign, comparator) in Self::ALL {
            if let Some(rest) = text.strip_prefix(sign) {
                return (comparator, rest);
            }
        }
        (Comparator::Equal, text)
    }

    /// As written in VERS, where equality has no sign.
    pub fn sign(self) -> &'static str {
        match self {
            Comparator::Equal => "",
            other => {
                Self::ALL.iter().find(|(_, comparator)| *comparator == other).map_or("", |(sign, _)| sign)
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    pub comparator: Comparator,
    pub version: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    #[error("not a VERS range: {0}")]
    Form(&'static str),
    #[error("\"{0}\" is not a known versioning scheme")]
    Scheme(String),
    #[error("non-canonical VERS: {0}")]
    NotCanonical(&'static str),
    #[error(transparent)]
    Undecidable(#[from] Undecidable),
}

/// A range of versions of one scheme. No constraint at all is the empty range unless `all`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    pub scheme: Scheme,
    /// `*`: every version.
    pub all: bool,
    pub constraints: Vec<Constraint>,
}

/// Keys from `floor` (included; none: from the beginning) to `ceiling` (excluded; none: to the end).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    pub floor: Vec<u8>,
    pub ceiling: Option<Vec<u8>>,
}

/// A range as the index holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// Sorted, disjoint.
    pub intervals: Vec<Interval>,
    /// Versions named one by one which the scheme has no place for; equal as strings or not at all.
    pub exact: Vec<String>,
}

impl Range {
    pub fn all(scheme: Scheme) -> Self {
        Self { scheme, all: true, constraints: Vec::new() }
    }

    pub fn of(scheme: Scheme, constraints: Vec<Constraint>) -> Self {
        Self { scheme, all: false, constraints }
    }

    /// Reads a range as found: white space and repeated bars are forgiven, constraints are sorted when their scheme can.
    ///
    /// # Errors
    /// What is not a range, an unknown scheme, a wrong percent encoding, more than 100,000 constraints.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (scheme, constraints) = split(&compact)?;
        let mut range = Self { scheme, all: false, constraints: Vec::new() };
        for part in constraints.split('|').filter(|part| !part.is_empty()) {
            if part == "*" {
                range.all = true;
                continue;
            }
            range.push(part)?;
        }
        if range.all && !range.constraints.is_empty() {
            return Err(RangeError::Form("'*' stands alone"));
        }
        range.sort();
        Ok(range)
    }

    /// Reads a range that must already be canonical.
    ///
    /// # Errors
    /// As [`Range::parse`], and [`RangeError::NotCanonical`] with the first deviation.
    pub fn parse_canonical(text: &str) -> Result<Self, RangeError> {
        if text.chars().any(char::is_whitespace) {
            return Err(RangeError::NotCanonical("whitespace is not permitted"));
        }
        let after = text.strip_prefix("vers:").ok_or(RangeError::Form("it does not start with 'vers:'"))?;
        let (name, constraints) =
            after.split_once('/').ok_or(RangeError::Form("no '/' behind the scheme"))?;
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(RangeError::NotCanonical("the scheme must be lowercase"));
        }
        if constraints.starts_with('|') {
            return Err(RangeError::NotCanonical("leading pipe is not permitted"));
        }
        if constraints.ends_with('|') {
            return Err(RangeError::NotCanonical("trailing pipe is not permitted"));
        }
        if constraints.contains("||") {
            return Err(RangeError::NotCanonical("consecutive pipes are not permitted"));
        }
        if constraints.is_empty() {
            return Err(RangeError::Form("no constraint"));
        }
        let (scheme, _) = split(text)?;
        let mut range = Self { scheme, all: false, constraints: Vec::new() };
        for part in constraints.split('|') {
            match part {
                "*" => range.all = true,
                _ if part.starts_with('=') => {
                    return Err(RangeError::NotCanonical("equality is written without a comparator"));
                }
                _ => range.push(part)?,
            }
        }
        if range.all && !range.constraints.is_empty() {
            return Err(RangeError::NotCanonical("'*' stands alone"));
        }
        range.check_order()?;
        Ok(range)
    }

    fn push(&mut self, part: &str) -> Result<(), RangeError> {
        let (comparator, version) = Comparator::take(part);
        let version = percent_decoded(version)
            .ok_or(RangeError::NotCanonical("invalid percent-encoding in version"))?;
        if version.is_empty() {
            return Err(RangeError::Form("a comparator without a version"));
        }
        if self.scheme == Scheme::Datetime && version.contains(['t', 'z']) {
            return Err(RangeError::NotCanonical("datetime must use uppercase T and Z"));
        }
        if self.constraints.len() == MOST_CONSTRAINTS {
            return Err(RangeError::Form("more than 100,000 constraints"));
        }
        self.constraints.push(Constraint { comparator, version });
        Ok(())
    }

    fn check_order(&self) -> Result<(), RangeError> {
        for pair in self.constraints.windows(2) {
            let [left, right] = pair else { continue };
            match self.scheme.compare(&left.version, &right.version) {
                Ok(std::cmp::Ordering::Less) => {}
                Ok(std::cmp::Ordering::Equal) => {
                    return Err(RangeError::NotCanonical("a version is repeated"));
                }
                Ok(std::cmp::Ordering::Greater) => {
                    return Err(RangeError::NotCanonical("constraints are not sorted by version"));
                }
                // Without an order only single versions can stand in a list, in the order of their text.
                Err(undecidable) => {
                    let single = |constraint: &Constraint| constraint.comparator == Comparator::Equal;
                    if !(single(left) && single(right)) {
                        return Err(undecidable.into());
                    }
                    if left.version >= right.version {
                        return Err(RangeError::NotCanonical("constraints are not sorted by version"));
                    }
                }
            }
        }
        Ok(())
    }

    /// By version, then by comparator as text; unchanged when a version has no place in the scheme.
    pub fn sort(&mut self) {
        let keys: Result<Vec<_>, _> = self.constraints.iter().map(|c| self.scheme.key(&c.version)).collect();
        if let Ok(keys) = keys {
            let mut order: Vec<usize> = (0..self.constraints.len()).collect();
            order.sort_by(|&a, &b| {
                let sign = |at: usize| self.constraints[at].comparator.sign();
                keys[a].cmp(&keys[b]).then_with(|| sign(a).cmp(sign(b)))
            });
            self.constraints = order.iter().map(|&at| self.constraints[at].clone()).collect();
        }
    }

    /// Is the version in the range?
    ///
    /// # Errors
    /// When the scheme has no place for the version, or for one of the range that matters.
    pub fn contains(&self, version: &str) -> Result<bool, Undecidable> {
        let compiled = self.compile()?;
        compiled.contains(self.scheme, version)
    }

    /// # Errors
    /// When the scheme has no place for a version that bounds the range.
    pub fn compile(&self) -> Result<Compiled, Undecidable> {
        let mut points = Vec::new();
        let mut holes = Vec::new();
        let mut exact = Vec::new();
        let mut edges = Vec::new();
        for constraint in &self.constraints {
            let bounds = self.scheme.bounds(&constraint.version);
            match (constraint.comparator, bounds) {
                (Comparator::Equal, Ok((floor, ceiling))) => {
                    points.push(Interval { floor, ceiling: Some(ceiling) })
                }
                (Comparator::Equal, Err(_)) => exact.push(constraint.version.clone()),
                (Comparator::NotEqual, bounds) => holes.push(bounds?),
                (comparator, bounds) => edges.push((bounds?, comparator)),
            }
        }
        edges.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.sign().cmp(b.1.sign())));
        let mut intervals = pair_up(edges);
        if self.all || intervals.is_empty() && points.is_empty() && exact.is_empty() && !holes.is_empty() {
            intervals = vec![Interval { floor: Vec::new(), ceiling: None }];
        }
        for (floor, ceiling) in holes {
            intervals = without(intervals, &floor, &ceiling);
        }
        intervals.extend(points);
        Ok(Compiled { intervals: merged(intervals), exact })
    }
}

/// First key of the version, first key above it, and what the version bounds.
type Edge = ((Vec<u8>, Vec<u8>), Comparator);

/// Turns sorted comparators into intervals. Of several lower bounds in a row the first counts, of several upper bounds
/// the last (VERS, "simplify"), so that a union of overlapping ranges written in one list keeps its meaning.
fn pair_up(edges: Vec<Edge>) -> Vec<Interval> {
    let mut intervals: Vec<Interval> = Vec::new();
    let mut open: Option<Vec<u8>> = None;
    let mut closed_last = false;
    for (at, ((floor, ceiling), comparator)) in edges.into_iter().enumerate() {
        match comparator {
            Comparator::Greater | Comparator::GreaterOrEqual => {
                let start = if comparator == Comparator::Greater { ceiling } else { floor };
                open.get_or_insert(start);
                closed_last = false;
            }
            _ => {
                let end = if comparator == Comparator::LessOrEqual { ceiling } else { floor };
                match open.take() {
                    Some(start) => intervals.push(Interval { floor: start, ceiling: Some(end) }),
                    None if closed_last => {
                        if let Some(last) = intervals.last_mut() {
                            last.ceiling = Some(end);
                        }
                    }
                    None if at == 0 => intervals.push(Interval { floor: Vec::new(), ceiling: Some(end) }),
                    None => {}
                }
                closed_last = true;
            }
        }
    }
    if let Some(start) = open {
        intervals.push(Interval { floor: start, ceiling: None });
    }
    intervals
}

fn without(intervals: Vec<Interval>, floor: &[u8], ceiling: &[u8]) -> Vec<Interval> {
    let mut kept = Vec::new();
    for interval in intervals {
        let ends_before = interval.ceiling.as_deref().is_some_and(|end| end <= floor);
        if ends_before || interval.floor.as_slice() >= ceiling {
            kept.push(interval);
            continue;
        }
        if interval.floor.as_slice() < floor {
            kept.push(Interval { floor: interval.floor, ceiling: Some(floor.to_vec()) });
        }
        if interval.ceiling.as_deref().is_none_or(|end| end > ceiling) {
            kept.push(Interval { floor: ceiling.to_vec(), ceiling: interval.ceiling });
        }
    }
    kept
}

/// Sorted, joined where they touch, empty ones left out.
pub fn merged(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.retain(|interval| interval.ceiling.as_ref().is_none_or(|end| *end > interval.floor));
    intervals.sort();
    let mut out: Vec<Interval> = Vec::with_capacity(intervals.len());
    for interval in intervals {
        match out.last_mut() {
            Some(last) if last.ceiling.as_ref().is_none_or(|end| *end >= interval.floor) => {
                let further = match (&last.ceiling, &interval.ceiling) {
                    (None, _) | (_, None) => None,
                    (Some(a), Some(b)) => Some(a.max(b).clone()),
                };
                last.ceiling = further;
            }
            _ => out.push(interval),
        }
    }
    out
}

impl Compiled {
    /// # Errors
    /// When the scheme has no place for the version and the range is more than a list of single versions.
    pub fn contains(&self, scheme: Scheme, version: &str) -> Result<bool, Undecidable> {
        if self.exact.iter().any(|exact| exact == version) {
            return Ok(true);
        }
        if let [Interval { floor, ceiling: None }] = self.intervals.as_slice()
            && floor.is_empty()
        {
            return Ok(true);
        }
        match scheme.key(version) {
            Ok(key) => Ok(self.intervals.iter().any(|interval| interval.contains(&key))),
            Err(_) if self.intervals.is_empty() => Ok(false),
            Err(undecidable) => Err(undecidable),
        }
    }

    /// Everything that is not in here; versions named one by one have no complement and are left to the caller.
    pub fn complement(&self) -> Vec<Interval> {
        let mut out = vec![Interval { floor: Vec::new(), ceiling: None }];
        for interval in &self.intervals {
            let Some(last) = out.pop() else { break };
            if interval.floor > last.floor {
                out.push(Interval { floor: last.floor, ceiling: Some(interval.floor.clone()) });
            }
            match &interval.ceiling {
                Some(end) => out.push(Interval { floor: end.clone(), ceiling: None }),
                None => return out,
            }
        }
        out
    }
}

impl Interval {
    pub fn contains(&self, key: &[u8]) -> bool {
        key >= self.floor.as_slice() && self.ceiling.as_ref().is_none_or(|end| key < end.as_slice())
    }
}

fn split(text: &str) -> Result<(Scheme, &str), RangeError> {
    let after = text.strip_prefix("vers:").ok_or(RangeError::Form("it does not start with 'vers:'"))?;
    let (name, constraints) = after.split_once('/').ok_or(RangeError::Form("no '/' behind the scheme"))?;
    let scheme =
        Scheme::from_name(name).ok_or_else(|| RangeError::Scheme(name.chars().take(64).collect()))?;
    Ok((scheme, constraints))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let value = digit(bytes.next())? * 16 + digit(bytes.next())?;
            out.push(u8::try_from(value).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

impl fmt::Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "vers:{}/", self.scheme.name())?;
        if self.all {
            return formatter.write_str("*");
        }
        for (at, constraint) in self.constraints.iter().enumerate() {
            if at > 0 {
                formatter.write_str("|")?;
            }
            formatter.write_str(constraint.comparator.sign())?;
            for c in constraint.version.chars() {
                if matches!(c, '%' | '|' | '<' | '>' | '=' | '!' | '*' | ',' | '/') || c.is_whitespace() {
                    let mut bytes = [0; 4];
                    for byte in c.encode_utf8(&mut bytes).bytes() {
                        write!(formatter, "%{byte:02X}")?;
                    }
                } else {
                    write!(formatter, "{c}")?;
                }
            }
        }
        Ok(())
    }
}
