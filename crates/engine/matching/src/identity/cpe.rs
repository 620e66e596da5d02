//! CPE names: the 2.3 formatted string and the 2.2 URI (NISTIR 7695), and name matching (NISTIR 7696).

use std::fmt;

use super::Met;

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attribute {
    /// `*`
    Any,
    /// `-`
    NotApplicable,
    /// In lower case, escapes kept as in the formatted string (`\:`), so that wildcards stay apart from signs.
    Value(String),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CpeError {
    #[error("a CPE name starts with 'cpe:2.3:' or 'cpe:/'")]
    Prefix,
    #[error("longer than 2048 bytes")]
    TooLong,
    #[error("{0} attributes where 11 are needed")]
    Count(usize),
    #[error("part is one of a, o, h, *")]
    Part,
    #[error("attribute {0}: a sign that is neither escaped nor a wildcard at the start or end")]
    Value(usize),
}

/// The eleven attributes in their order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cpe {
    pub part: Attribute,
    pub vendor: Attribute,
    pub product: Attribute,
    pub version: Attribute,
    /// update, edition, language, sw_edition, target_sw, target_hw, other
    pub rest: [Attribute; 7],
}

/// How two attribute values or names relate as sets (NISTIR 7696, table 6-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetRelation {
    Disjoint,
    Subset,
    Superset,
    Equal,
    /// Both carry wildcards.
    Undefined,
}

impl Attribute {
    fn from_formatted(text: &str, at: usize) -> Result<Self, CpeError> {
        match text {
            "*" | "" => return Ok(Attribute::Any),
            "-" => return Ok(Attribute::NotApplicable),
            _ => {}
        }
        let bytes = text.as_bytes();
        let mut escaped = false;
        for (place, &byte) in bytes.iter().enumerate() {
            if escaped {
                escaped = false;
                continue;
            }
            let edge = place == 0
                || place + 1 == bytes.len()
                || bytes[..place].iter().all(|&b| b == b'?')
                || bytes[place..].iter().all(|&b| b == b'?');
            match byte {
                b'\\' => escaped = true,
                b'*' | b'?' if edge => {}
                b if b.is_ascii_alphanumeric() || b"._-~%".contains(&b) || !b.is_ascii() => {}
                _ => return Err(CpeError::Value(at)),
            }
        }
        if escaped { Err(CpeError::Value(at)) } else { Ok(Attribute::Value(text.to_lowercase())) }
    }

    /// A component of a URI: percent-encoded, `%01` and `%02` for the wildcards `?` and `*`.
    fn from_uri(text: &str, at: usize) -> Result<Self, CpeError> {
        match text {
            "" | "*" => return Ok(Attribute::Any),
            "-" => return Ok(Attribute::NotApplicable),
            _ => {}
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (sign, length) = match rest.get(..3).filter(|_| first == '%') {
                Some("%01") => ("?".to_owned(), 3),
                Some("%02") => ("*".to_owned(), 3),
                Some(code) => {
                    let byte = u8::from_str_radix(&code[1..], 16).map_err(|_| CpeError::Value(at))?;
                    (format!("\\{}", char::from(byte)), 3)
                }
                None if first.is_alphanumeric() || matches!(first, '_' | '.' | '-') => {
                    (first.to_string(), first.len_utf8())
                }
                None => (format!("\\{first}"), first.len_utf8()),
            };
            out.push_str(&sign);
            rest = &rest[length..];
        }
        Ok(Attribute::Value(out.to_lowercase()))
    }

    fn has_wildcard(&self) -> bool {
        let Attribute::Value(text) = self else { return false };
        let mut escaped = false;
        text.chars().any(|c| {
            let wild = !escaped && matches!(c, '*' | '?');
            escaped = !escaped && c == '\\';
            wild
        })
    }

    /// The value with escapes kept, when it is a single one.
    pub fn plain(&self) -> Option<&str> {
        match self {
            Attribute::Value(text) if !self.has_wildcard() => Some(text),
            _ => None,
        }
    }

    /// The value without escapes: a version as its scheme writes it.
    pub fn text(&self) -> Option<String> {
        let plain = self.plain()?;
        let mut out = String::with_capacity(plain.len());
        let mut escaped = false;
        for c in plain.chars() {
            if c == '\\' && !escaped {
                escaped = true;
            } else {
                out.push(c);
                escaped = false;
            }
        }
        Some(out)
    }

    /// How `self`, the source, relates to the target.
    pub fn relate(&self, target: &Attribute) -> SetRelation {
        use Attribute::{Any, NotApplicable, Value};
        match (self, target) {
            (Any, Any) | (NotApplicable, NotApplicable) => SetRelation::Equal,
            (_, Value(_)) if target.has_wildcard() => match self {
                Value(source) if self.has_wildcard() => {
                    if self == target && !source.is_empty() {
                        SetRelation::Equal
                    } else {
                        SetRelation::Undefined
                    }
                }
                Any => SetRelation::Superset,
                _ => SetRelation::Undefined,
            },
            (Any, _) => SetRelation::Superset,
            (_, Any) => SetRelation::Subset,
            (NotApplicable, Value(_)) | (Value(_), NotApplicable) => SetRelation::Disjoint,
            (Value(source), Value(value)) if source == value => SetRelation::Equal,
            (Value(source), Value(value)) if self.has_wildcard() && wildcard(source, value) => {
                SetRelation::Superset
            }
            (Value(_), Value(_)) => SetRelation::Disjoint,
        }
    }
}

/// `*` stands for any run, `?` for one sign or none; both only at the ends.
fn wildcard(pattern: &str, value: &str) -> bool {
    let strip = |text: &str| (text.starts_with('*'), text.ends_with('*') && !text.ends_with("\\*"));
    let (open_start, open_end) = strip(pattern);
    let questions_start = pattern.chars().take_while(|&c| c == '?').count();
    let body = pattern.trim_start_matches(['*', '?']);
    let trimmed = body.trim_end_matches(['*', '?']);
    let core = if trimmed.ends_with('\\') { &body[..trimmed.len() + 1] } else { trimmed };
    let questions_end = body[core.len()..].chars().filter(|&c| c == '?').count();
    value.match_indices(core).any(|(at, _)| {
        let before = value[..at].chars().filter(|&c| c != '\\').count();
        let after = value[at + core.len()..].chars().filter(|&c| c != '\\').count();
        (open_start || before <= questions_start) && (open_end || after <= questions_end)
    })
}

impl Cpe {
    /// # Errors
    /// What is not a CPE name of either binding.
    pub fn parse(text: &str) -> Result<Self, CpeError> {
        let text = text.trim();
        if text.len() > 2048 {
            return Err(CpeError::TooLong);
        }
        let (values, uri) = if let Some(rest) = text.strip_prefix("cpe:2.3:") {
            (split_escaped(rest), false)
        } else if let Some(rest) = text.strip_prefix("cpe:/") {
            (rest.split(':').map(str::to_owned).collect(), true)
        } else {
            return Err(CpeError::Prefix);
        };
        if values.len() > if uri { 7 } else { 11 } || !uri && values.len() != 11 {
            return Err(CpeError::Count(values.len()));
        }
        let mut attributes = Vec::with_capacity(11);
        for (at, value) in values.iter().enumerate() {
            if uri && at == 5 && value.starts_with('~') {
                // A packed edition: ~edition~sw_edition~target_sw~target_hw~other
                for part in value.split('~').skip(1).take(5) {
                    attributes.push(Attribute::from_uri(part, at)?);
                }
                continue;
            }
            attributes.push(if uri {
                Attribute::from_uri(value, at)?
            } else {
                Attribute::from_formatted(value, at)?
            });
        }
        if uri && attributes.len() > 7 {
            // The packed edition came before the language.
            let language = if values.len() == 7 { attributes.pop() } else { None };
            while attributes.len() < 10 {
                attributes.push(Attribute::Any);
            }
            attributes.insert(6, language.unwrap_or(Attribute::Any));
        }
        attributes.resize(11, Attribute::Any);
        Self::from_attributes(attributes)
    }

    fn from_attributes(attributes: Vec<Attribute>) -> Result<Self, CpeError> {
        let count = attributes.len();
        let [part, vendor, product, version, rest @ ..] =
            <[Attribute; 11]>::try_from(attributes).map_err(|_| CpeError::Count(count))?;
        match &part {
            Attribute::Any => {}
            Attribute::Value(value) if matches!(value.as_str(), "a" | "o" | "h") => {}
            _ => return Err(CpeError::Part),
        }
        Ok(Self { part, vendor, product, version, rest })
    }

    fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        [&self.part, &self.vendor, &self.product, &self.version].into_iter().chain(&self.rest)
    }

    /// How the set of products named by `self` relates to that named by `target` (NISTIR 7696, table 6-4).
    pub fn relate(&self, target: &Cpe) -> SetRelation {
        let mut all = SetRelation::Equal;
        for (source, target) in self.attributes().zip(target.attributes()) {
            all = match (all, source.relate(target)) {
                (_, SetRelation::Disjoint) => return SetRelation::Disjoint,
                (all, SetRelation::Equal) => all,
                (SetRelation::Equal, found) => found,
                (all, found) if all == found => all,
                _ => SetRelation::Undefined,
            };
        }
        all
    }

    /// Does this name, of an advisory, hold the attributes after the version of an inventory's name?
    pub(super) fn covers_beyond_version(&self, target: &Cpe) -> Met {
        let mut met = Met::Yes;
        for (wanted, found) in self.rest.iter().zip(&target.rest) {
            match wanted.relate(found) {
                SetRelation::Equal | SetRelation::Superset => {}
                SetRelation::Disjoint => return Met::No,
                SetRelation::Subset | SetRelation::Undefined => met = Met::Unknown,
            }
        }
        met
    }

    /// Are all attributes after the version `*`?
    pub fn is_broad(&self) -> bool {
        self.rest.iter().all(|attribute| *attribute == Attribute::Any)
    }
}

fn split_escaped(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == ':' && !escaped {
            out.push(String::new());
            continue;
        }
        escaped = c == '\\' && !escaped;
        if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    out
}

impl fmt::Display for Cpe {
    /// The formatted string of CPE 2.3.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("cpe:2.3")?;
        for attribute in self.attributes() {
            match attribute {
                Attribute::Any => formatter.write_str(":*")?,
                Attribute::NotApplicable => formatter.write_str(":-")?,
                Attribute::Value(value) => write!(formatter, ":{value}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(source: &str, target: &str) -> SetRelation {
        Cpe::parse(source).unwrap().relate(&Cpe::parse(target).unwrap())
    }

    #[test]
    fn both_bindings_read_to_the_same_name() {
        let uri = Cpe::parse("cpe:/a:hp:insight_diagnostics:7.4.0.1570::~~online~win2003~x64~").unwrap();
        assert_eq!(uri.to_string(), "cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:*:*:*:online:win2003:x64:*");
        let signs = Cpe::parse("cpe:/a:foo%5cbar:big%24money_manager_2010").unwrap();
        assert_eq!(signs, Cpe::parse(r"cpe:2.3:a:foo\\bar:big\$money_manager_2010:*:*:*:*:*:*:*:*").unwrap());
    }

    #[test]
    fn names_relate_as_sets() {
        let all = "cpe:2.3:a:microsoft:internet_explorer:8.*:*:*:*:*:*:*:*";
        let one = "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*";
        assert_eq!(relation(all, one), SetRelation::Superset);
        assert_eq!(relation(one, one), SetRelation::Equal);
        let other = "cpe:2.3:a:microsoft:internet_explorer:9.0:*:*:*:*:*:*:*";
        assert_eq!(relation(all, other), SetRelation::Disjoint);
        let single = "cpe:2.3:a:microsoft:internet_explorer:8.??:*:*:*:*:*:*:*";
        assert_eq!(relation(single, one), SetRelation::Disjoint);
        assert_eq!(relation("cpe:/a:a:b:-", "cpe:/a:a:b:1"), SetRelation::Disjoint);
        assert_eq!(relation("cpe:/a:a:b:1", "cpe:/a:a:b"), SetRelation::Subset);
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_attribute() {
        assert_eq!(Cpe::parse("cpe:2.3:a:b"), Err(CpeError::Count(2)));
        assert_eq!(Cpe::parse("cpe:2.3:x:b:c:*:*:*:*:*:*:*:*"), Err(CpeError::Part));
        assert_eq!(Cpe::parse("cpe:2.3:a:b$:c:*:*:*:*:*:*:*:*"), Err(CpeError::Value(1)));
        assert_eq!(Cpe::parse("pkg:npm/a"), Err(CpeError::Prefix));
    }
}
