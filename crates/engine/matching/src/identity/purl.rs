//! Package URLs (ECMA-427): reading, canonical form, and the rules of each registered type.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::purl_types::{Namespace, rules};

/// Longer package URLs are refused (bytes).
pub const LONGEST: usize = 8192;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PurlError {
    #[error("a package URL starts with 'pkg:'")]
    Scheme,
    #[error("longer than {LONGEST} bytes")]
    TooLong,
    #[error("no type before the first '/'")]
    MissingType,
    #[error("\"{0}\" is not a type: letters, digits, '.' and '-', a letter first")]
    Type(String),
    #[error("no name")]
    MissingName,
    #[error("wrong percent encoding in the {0}")]
    Encoding(&'static str),
    #[error("a '/' inside a segment of the {0}")]
    Slash(&'static str),
    #[error("\"{0}\" is not a qualifier key: letters, digits, '.', '-' and '_', a letter first")]
    Key(String),
    #[error("qualifier \"{0}\" is given twice")]
    RepeatedKey(String),
    #[error("type {0} needs a namespace")]
    NamespaceRequired(String),
    #[error("type {0} has no namespace")]
    NamespaceProhibited(String),
    #[error("type {kind} needs the qualifier \"{key}\"")]
    QualifierRequired { kind: String, key: &'static str },
    #[error("the {part} is not one of type {kind}: {reason}")]
    Part { kind: String, part: &'static str, reason: &'static str },
}

/// A package URL in its parts, decoded and normalised by the rules of its type.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Purl {
    #[serde(rename = "type")]
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
    pub version: Option<String>,
    /// Sorted by key.
    pub qualifiers: BTreeMap<String, String>,
    pub subpath: Option<String>,
}

impl Purl {
    /// Reads and checks against the rules of the type.
    ///
    /// # Errors
    /// What ECMA-427 or the definition of the type does not allow.
    pub fn parse(text: &str) -> Result<Self, PurlError> {
        let purl = Self::read(text)?;
        purl.check()?;
        Ok(purl)
    }

    /// Reads and normalises, but forgives what only the definition of the type forbids (inventories hold such names).
    ///
    /// # Errors
    /// What is not a package URL at all.
    pub fn read(text: &str) -> Result<Self, PurlError> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(PurlError::TooLong);
        }
        let scheme =
            text.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("pkg:")).ok_or(PurlError::Scheme)?;
        let rest = text[scheme.len()..].trim_start_matches('/');
        let (rest, subpath) = match rest.split_once('#') {
            Some((rest, subpath)) => (rest, segments(subpath, "subpath", true)?),
            None => (rest, None),
        };
        let (rest, qualifiers) = match rest.split_once('?') {
            Some((rest, qualifiers)) => (rest, read_qualifiers(qualifiers)?),
            None => (rest, BTreeMap::new()),
        };
        let (rest, version) = match rest.rsplit_once('@') {
            // A '/' behind '@' says that it belongs to a scope such as `@angular/core`.
            Some((rest, version)) if !version.contains('/') => (rest, Some(decoded(version, "version")?)),
            _ => (rest, None),
        };
        let (kind, rest) = rest.split_once('/').ok_or_else(|| no_type(rest))?;
        check_type(kind)?;
        let rest = rest.trim_start_matches('/');
        if rest.is_empty() || rest.ends_with('/') {
            return Err(PurlError::MissingName);
        }
        let (namespace, name) = match rest.rsplit_once('/') {
            Some((namespace, name)) => (segments(namespace, "namespace", false)?, name),
            None => (None, rest),
        };
        let name = decoded(name, "name")?.into_owned();
        let version = version.filter(|version| !version.is_empty()).map(Cow::into_owned);
        let mut purl =
            Self { kind: kind.to_ascii_lowercase(), namespace, name, version, qualifiers, subpath };
        purl.normalise();
        if purl.name.is_empty() { Err(PurlError::MissingName) } else { Ok(purl) }
    }

    /// From decoded parts; empty ones count as absent.
    ///
    /// # Errors
    /// As [`Purl::parse`].
    pub fn build(parts: Purl) -> Result<Self, PurlError> {
        let mut purl = parts;
        if purl.kind.is_empty() {
            return Err(PurlError::MissingType);
        }
        check_type(&purl.kind)?;
        purl.kind.make_ascii_lowercase();
        purl.name = purl.name.trim_matches('/').to_owned();
        if purl.name.is_empty() {
            return Err(PurlError::MissingName);
        }
        purl.namespace = purl.namespace.and_then(|namespace| tidy(&namespace, false));
        purl.subpath = purl.subpath.and_then(|subpath| tidy(&subpath, true));
        purl.version = purl.version.filter(|version| !version.is_empty());
        let mut qualifiers = BTreeMap::new();
        for (key, value) in std::mem::take(&mut purl.qualifiers) {
            add_qualifier(&mut qualifiers, &key, value)?;
        }
        purl.qualifiers = qualifiers;
        purl.normalise();
        purl.check()?;
        Ok(purl)
    }

    fn normalise(&mut self) {
        let rules = rules(&self.kind);
        let lower = |text: &mut String| {
            if text.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
                *text = text.to_lowercase();
            }
        };
        if rules.lowers('n') {
            lower(&mut self.name);
        }
        if rules.lowers('s') {
            self.namespace.as_mut().map(lower);
        }
        if rules.lowers('v') {
            self.version.as_mut().map(lower);
        }
        if rules.lowers('p') {
            self.subpath.as_mut().map(lower);
        }
        match self.kind.as_str() {
            "pypi" | "hackage" if self.name.contains('_') => self.name = self.name.replace('_', "-"),
            "pub" => self.name = self.name.replace(|c: char| !c.is_ascii_alphanumeric(), "_"),
            "cpan" => {
                if let Some(author) = &mut self.namespace {
                    author.make_ascii_uppercase();
                }
            }
            // Databricks does not look at case, other MLflow servers do.
            "mlflow"
                if self.qualifiers.get("repository_url").is_some_and(|url| url.contains("databricks")) =>
            {
                lower(&mut self.name);
            }
            _ => {}
        }
    }

    /// The rules of the type that normalising cannot mend.
    fn check(&self) -> Result<(), PurlError> {
        let rules = rules(&self.kind);
        let kind = || self.kind.clone();
        match (rules.namespace, &self.namespace) {
            (Namespace::Required, None) => return Err(PurlError::NamespaceRequired(kind())),
            (Namespace::Prohibited, Some(_)) => return Err(PurlError::NamespaceProhibited(kind())),
            _ => {}
        }
        if let Some(key) = rules.required_qualifier
            && !self.qualifiers.contains_key(key)
        {
            return Err(PurlError::QualifierRequired { kind: kind(), key });
        }
        let wrong = |part, reason| Err(PurlError::Part { kind: kind(), part, reason });
        let version = self.version.as_deref();
        match self.kind.as_str() {
            "chrome-extension"
                if self.name.len() != 32 || !self.name.bytes().all(|b| matches!(b, b'a'..=b'p')) =>
            {
                wrong("name", "32 letters from a to p")
            }
            "chrome-extension" if version.is_some_and(|version| !dotted_numbers(version, 4)) => {
                wrong("version", "one to four numbers between dots")
            }
            "cpan" if self.name.contains("::") => wrong("name", "a distribution, not a module with '::'"),
            "cocoapods"
                if self.name.starts_with('.')
                    || self.name.contains(|c: char| c == '+' || c.is_whitespace()) =>
            {
                wrong("name", "no '+', no white space, no '.' at the start")
            }
            "swid" if self.namespace.as_deref().is_some_and(|space| space.split('/').count() > 2) => {
                wrong("namespace", "at most the name and the registration of its creator")
            }
            _ => Ok(()),
        }
    }

    /// Type, namespace and name, encoded: what identifies the package without version and qualifiers.
    pub fn package(&self) -> String {
        let mut out = String::with_capacity(self.kind.len() + self.name.len() + 40);
        out.push_str("pkg:");
        out.push_str(&self.kind);
        if let Some(namespace) = &self.namespace {
            for segment in namespace.split('/') {
                out.push('/');
                encode(segment, &mut out);
            }
        }
        out.push('/');
        encode(&self.name, &mut out);
        out
    }
}

fn no_type(rest: &str) -> PurlError {
    if check_type(rest).is_ok() { PurlError::MissingName } else { PurlError::MissingType }
}

fn check_type(kind: &str) -> Result<(), PurlError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    if kind.starts_with(|first: char| first.is_ascii_alphabetic()) && kind.bytes().all(allowed) {
        Ok(())
    } else {
        Err(PurlError::Type(kind.chars().take(64).collect()))
    }
}

fn dotted_numbers(text: &str, most: usize) -> bool {
    text.split('.').count() <= most
        && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn read_qualifiers(text: &str) -> Result<BTreeMap<String, String>, PurlError> {
    let mut out = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        add_qualifier(&mut out, key, decoded(value, "qualifiers")?.into_owned())?;
    }
    Ok(out)
}

fn add_qualifier(into: &mut BTreeMap<String, String>, key: &str, value: String) -> Result<(), PurlError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if !key.starts_with(|first: char| first.is_ascii_alphabetic()) || !key.bytes().all(allowed) {
        return Err(PurlError::Key(key.chars().take(64).collect()));
    }
    if value.is_empty() {
        return Ok(());
    }
    match into.insert(key.to_ascii_lowercase(), value) {
        Some(_) => Err(PurlError::RepeatedKey(key.to_ascii_lowercase())),
        None => Ok(()),
    }
}

/// Segments decoded and joined again; empty ones go, in a subpath `.` and `..` as well.
fn segments(text: &str, part: &'static str, path: bool) -> Result<Option<String>, PurlError> {
    let mut out = String::new();
    for segment in text.split('/') {
        let segment = decoded(segment, part)?;
        if segment.is_empty() || path && matches!(&*segment, "." | "..") {
            continue;
        }
        if segment.contains('/') {
            return Err(PurlError::Slash(part));
        }
        if !out.is_empty() {
            out.push('/');
        }
        out.push_str(&segment);
    }
    Ok(Some(out).filter(|out| !out.is_empty()))
}

fn tidy(text: &str, path: bool) -> Option<String> {
    let kept: Vec<&str> = text
        .split('/')
        .filter(|segment| !(segment.is_empty() || path && matches!(*segment, "." | "..")))
        .collect();
    Some(kept.join("/")).filter(|text| !text.is_empty())
}

fn decoded<'a>(text: &'a str, part: &'static str) -> Result<Cow<'a, str>, PurlError> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        match (digit(bytes.next()), digit(bytes.next())) {
            (Some(high), Some(low)) => out.push(u8::try_from(high * 16 + low).unwrap_or(b'?')),
            _ => return Err(PurlError::Encoding(part)),
        }
    }
    String::from_utf8(out).map(Cow::Owned).map_err(|_| PurlError::Encoding(part))
}

/// Letters, digits, `.`, `-`, `_`, `~` and the colon stay; everything else is percent-encoded as UTF-8.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            const HEX: [char; 16] =
                ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
            out.push('%');
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
        }
    }
}

impl fmt::Display for Purl {
    /// The canonical form.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = self.package();
        if let Some(version) = &self.version {
            out.push('@');
            encode(version, &mut out);
        }
        for (at, (key, value)) in self.qualifiers.iter().enumerate() {
            out.push(if at == 0 { '?' } else { '&' });
            out.push_str(key);
            out.push('=');
            encode(value, &mut out);
        }
        if let Some(subpath) = &self.subpath {
            for (at, segment) in subpath.split('/').enumerate() {
                out.push(if at == 0 { '#' } else { '/' });
                encode(segment, &mut out);
            }
        }
        formatter.write_str(&out)
    }
}
