//! Ranges as the ecosystems write them, as VERS: npm, Conan, RubyGems, PyPI, Maven, NuGet, nginx, OpenSSL, and lists
//! of comparators for the rest.

use super::range::{Comparator, Constraint, Range};
use super::{Scheme, Undecidable};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NativeError {
    #[error("\"{text}\" is not a range of {scheme}: {reason}")]
    Form { scheme: &'static str, text: String, reason: &'static str },
    #[error(transparent)]
    Undecidable(#[from] Undecidable),
}

type Converted = Result<Vec<Constraint>, &'static str>;

/// # Errors
/// What the ecosystem would not read as a range either, with the reason.
pub fn from_native(scheme: Scheme, text: &str) -> Result<Range, NativeError> {
    let trimmed = text.trim();
    let everything = trimmed == "*" && scheme != Scheme::Conan || trimmed == "all" && scheme == Scheme::Nginx;
    if everything {
        return Ok(Range::all(scheme));
    }
    let constraints = match scheme {
        Scheme::Npm => npm(trimmed),
        Scheme::Conan => conan(trimmed),
        Scheme::Gem => gem(trimmed),
        Scheme::Pypi => pypi(trimmed),
        Scheme::Maven | Scheme::Nuget => brackets(trimmed, scheme),
        Scheme::Nginx => nginx(trimmed),
        _ => comparators(trimmed),
    };
    let constraints = constraints.map_err(|reason| NativeError::Form {
        scheme: scheme.name(),
        text: trimmed.chars().take(200).collect(),
        reason,
    })?;
    let mut range = Range::of(scheme, constraints);
    range.sort();
    Ok(range)
}

fn constraint(comparator: Comparator, version: impl Into<String>) -> Constraint {
    Constraint { comparator, version: version.into() }
}

fn from_to(from: String, to: String) -> Vec<Constraint> {
    vec![constraint(Comparator::GreaterOrEqual, from), constraint(Comparator::Less, to)]
}

/// `>=1.0, <2.0` or `1.0 1.1`: comparators between commas or blanks.
fn comparators(text: &str) -> Converted {
    let mut out = Vec::new();
    let mut pending: Option<Comparator> = None;
    for token in text.split([',', ' ', '|', '\t']).filter(|token| !token.is_empty()) {
        let (comparator, version) = take(token);
        match (pending.take(), version) {
            (None, "") => pending = Some(comparator),
            (Some(first), version) if !version.is_empty() && comparator == Comparator::Equal => {
                out.push(constraint(first, version));
            }
            (None, version) => out.push(constraint(comparator, version)),
            (Some(_), _) => return Err("two comparators in a row"),
        }
    }
    if pending.is_some() {
        return Err("a comparator without a version");
    }
    Ok(out)
}

fn take(token: &str) -> (Comparator, &str) {
    let token = token.strip_prefix("==").unwrap_or(token);
    Comparator::take(token)
}

/// The numbers of a partial version; a missing one or `x`, `X`, `*` ends them.
fn partial(version: &str) -> Result<(Vec<u64>, &str), &'static str> {
    let version = version.strip_prefix(['v', '=']).unwrap_or(version);
    let core = version.split('+').next().unwrap_or(version);
    let (numbers, before) = core.split_once('-').map_or((core, ""), |(numbers, before)| (numbers, before));
    let mut out = Vec::new();
    for part in numbers.split('.') {
        if matches!(part, "x" | "X" | "*" | "") {
            break;
        }
        out.push(part.parse().map_err(|_| "a part that is not a number")?);
    }
    if out.len() > 3 {
        return Err("more than three numbers");
    }
    Ok((out, before))
}

fn three(numbers: &[u64], before: &str) -> String {
    let at = |index: usize| numbers.get(index).copied().unwrap_or(0);
    let dash = if before.is_empty() { "" } else { "-" };
    format!("{}.{}.{}{dash}{before}", at(0), at(1), at(2))
}

fn successor(numbers: &[u64], at: usize) -> Result<String, &'static str> {
    let mut next: Vec<u64> = numbers.iter().copied().take(at + 1).collect();
    let last = next.last_mut().ok_or("no number")?;
    *last = last.checked_add(1).ok_or("a number beyond 64 bits")?;
    Ok(three(&next, ""))
}

/// node-semver: sets joined by `||`, comparators joined by blanks, `^`, `~`, x-ranges, hyphen ranges.
fn npm(text: &str) -> Converted {
    let mut out = Vec::new();
    for set in text.split("||") {
        if let Some((from, to)) = set.split_once(" - ") {
            out.extend(npm_hyphen(from.trim(), to.trim())?);
            continue;
        }
        let mut sign = "";
        for token in set.split_whitespace() {
            let detached = !sign.is_empty();
            let end = token.find(|c: char| !matches!(c, '<' | '>' | '=' | '^' | '~')).unwrap_or(token.len());
            if end == token.len() {
                if detached {
                    return Err("two comparators in a row");
                }
                sign = token;
                continue;
            }
            if detached && end > 0 {
                return Err("two comparators in a row");
            }
            let operator = if detached { sign } else { &token[..end] };
            out.extend(npm_comparator(operator, &token[end..], detached)?);
            sign = "";
        }
        if !sign.is_empty() {
            return Err("a comparator without a version");
        }
    }
    Ok(out)
}

fn npm_hyphen(from: &str, to: &str) -> Converted {
    let ((low, low_before), (high, high_before)) = (partial(from)?, partial(to)?);
    let first = constraint(Comparator::GreaterOrEqual, three(&low, low_before));
    Ok(match high.len() {
        0 => vec![first],
        3 => vec![first, constraint(Comparator::LessOrEqual, three(&high, high_before))],
        given => vec![first, constraint(Comparator::Less, successor(&high, given - 1)?)],
    })
}

fn npm_comparator(operator: &str, version: &str, detached: bool) -> Converted {
    let (numbers, before) = partial(version)?;
    let wild = version.split(['.', '-']).any(|part| matches!(part, "x" | "X" | "*"));
    if numbers.is_empty() {
        return Ok(vec![constraint(Comparator::GreaterOrEqual, "0.0.0")]);
    }
    let full = three(&numbers, before);
    match operator {
        "^" => {
            let leading = numbers.iter().position(|&number| number != 0).unwrap_or(numbers.len() - 1);
            Ok(from_to(full, successor(&numbers, leading)?))
        }
        "~" | "~>" => npm_tilde(&numbers, before),
        // A sign that stands apart from an x-range is read as the x-range alone, as the VERS suite has it.
        _ if wild && (detached || operator.is_empty() || operator == "=")
            || numbers.len() < 3 && operator.is_empty() =>
        {
            Ok(from_to(full, successor(&numbers, numbers.len() - 1)?))
        }
        "<=" if wild => Ok(vec![constraint(Comparator::Less, successor(&numbers, numbers.len() - 1)?)]),
        ">" if wild => {
            Ok(vec![constraint(Comparator::GreaterOrEqual, successor(&numbers, numbers.len() - 1)?)])
        }
        "" | "=" | "<" | "<=" | ">" | ">=" => Ok(vec![constraint(Comparator::take(operator).0, full)]),
        _ => Err("an unknown comparator"),
    }
}

/// `~1.2.3-pre` takes in the prereleases of 1.2.3 from `pre` on, and the releases of 1.2.
fn npm_tilde(numbers: &[u64], before: &str) -> Converted {
    let upper_at = if numbers.len() == 1 { 0 } else { 1 };
    let core = three(numbers, "");
    let upper = successor(numbers, upper_at)?;
    if before.is_empty() {
        return Ok(from_to(core, upper));
    }
    let upper = if numbers.get(2).is_none_or(|&patch| patch == 0) { core.clone() } else { upper };
    let mut padded = numbers.to_vec();
    padded.resize(3, 0);
    let mut out = from_to(three(numbers, before), successor(&padded, 2)?);
    out.extend(from_to(core, upper));
    Ok(out)
}

/// Conan 2: as npm, with upper bounds that keep prereleases of the next version out (`<2-`).
fn conan(text: &str) -> Converted {
    let mut out = Vec::new();
    if text.is_empty() {
        return Ok(out);
    }
    for set in text.split("||") {
        for token in set.split([' ', ',']).filter(|token| !token.is_empty()) {
            if token == "*" {
                out.push(constraint(Comparator::GreaterOrEqual, "0.0.0"));
                continue;
            }
            let (first, rest) = token.split_at(token.chars().next().map_or(0, char::len_utf8));
            match first {
                "~" => {
                    let dots = rest.split('-').next().unwrap_or(rest).split('.').count();
                    out.extend(from_to(rest.to_owned(), conan_upper(rest, usize::from(dots > 1))?));
                }
                "^" => {
                    let main = rest.split(['-', '+']).next().unwrap_or(rest);
                    let items: Vec<&str> = main.split('.').collect();
                    let zero = |item: &&str| item.bytes().all(|byte| byte == b'0');
                    let leading = items.iter().position(|item| !zero(item)).unwrap_or(items.len() - 1);
                    out.extend(from_to(rest.to_owned(), conan_upper(rest, leading)?));
                }
                _ => {
                    let (comparator, version) = take(token);
                    if version.is_empty() {
                        return Err("a comparator without a version");
                    }
                    out.push(constraint(comparator, version));
                }
            }
        }
    }
    Ok(out)
}

fn conan_upper(version: &str, at: usize) -> Result<String, &'static str> {
    let main = version.split(['-', '+']).next().unwrap_or(version);
    let items: Vec<&str> = main.split('.').collect();
    let last: u64 = items.get(at).and_then(|item| item.parse().ok()).ok_or("no number to count up")?;
    let mut next: Vec<String> = items[..at].iter().map(|&item| item.to_owned()).collect();
    next.push(last.checked_add(1).ok_or("a number beyond 64 bits")?.to_string());
    Ok(next.join(".") + "-")
}

/// RubyGems: comparators between commas; `~> 2.0.8` is 2.0.8 and up within 2.0.
fn gem(text: &str) -> Converted {
    let mut out = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let Some(version) = part.strip_prefix("~>").map(str::trim) else {
            out.extend(comparators(part)?);
            continue;
        };
        let numbers: Vec<&str> = version
            .split('.')
            .take_while(|item| !item.is_empty() && item.bytes().all(|b| b.is_ascii_digit()))
            .collect();
        let kept = if numbers.len() > 1 { numbers.len() - 1 } else { numbers.len() };
        let last: u64 = numbers
            .get(kept.wrapping_sub(1))
            .and_then(|item| item.parse().ok())
            .ok_or("no number behind '~>'")?;
        let mut upper: Vec<String> = numbers[..kept - 1].iter().map(|&item| item.to_owned()).collect();
        upper.push(last.checked_add(1).ok_or("a number beyond 64 bits")?.to_string());
        out.extend(from_to(version.to_owned(), upper.join(".")));
    }
    Ok(out)
}

/// PEP 440 version specifiers between commas, with `~=`, `==1.*` and `===`.
fn pypi(text: &str) -> Converted {
    let mut out = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let end = part.find(|c: char| !matches!(c, '<' | '>' | '=' | '!' | '~')).unwrap_or(part.len());
        let (operator, version) = (&part[..end], part[end..].trim());
        if version.is_empty() || version.contains(' ') {
            return Err("a comparator without a version, or words behind it");
        }
        match (operator, version.strip_suffix(".*")) {
            ("==" | "=" | "", Some(prefix)) => {
                out.extend(from_to(format!("{prefix}.dev0"), python_next(prefix, 0)?));
            }
            ("!=", Some(_)) => return Err("'!=' with a wildcard has no single list of constraints"),
            (_, Some(_)) => return Err("a wildcard behind an ordering comparator"),
            ("~=", None) => out.extend(from_to(version.to_owned(), python_next(version, 1)?)),
            ("===" | "==" | "", None) => out.push(constraint(Comparator::Equal, version)),
            ("<" | "<=" | ">" | ">=" | "!=" | "=", None) => {
                out.push(constraint(Comparator::take(operator).0, version));
            }
            _ => return Err("an unknown comparator"),
        }
    }
    Ok(out)
}

/// The release after all that start with `version`, `drop` numbers left out at its end; its development releases are
/// still outside.
fn python_next(version: &str, drop: usize) -> Result<String, &'static str> {
    let (epoch, release) = version
        .split_once('!')
        .map_or(("", version), |(_, rest)| version.split_at(version.len() - rest.len()));
    let numbers: Vec<u64> = release.split('.').map_while(|item| item.parse().ok()).collect();
    if numbers.len() <= drop {
        return Err("'~=' needs two numbers");
    }
    let mut kept: Vec<String> = numbers[..numbers.len() - drop].iter().map(u64::to_string).collect();
    if let Some(last) = kept.last_mut() {
        let value: u64 = last.parse().map_err(|_| "not a number")?;
        *last = value.checked_add(1).ok_or("a number beyond 64 bits")?.to_string();
    }
    Ok(format!("{epoch}{}.dev0", kept.join(".")))
}

/// Maven and NuGet: `[1.0,2.0)`, `(,1.0]`, `[1.0]`, several of them; a bare version is a minimum for NuGet and that
/// version (Maven's soft requirement) for Maven.
fn brackets(text: &str, scheme: Scheme) -> Converted {
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        rest = rest.trim_start_matches([',', ' ']);
        let open = match rest.chars().next() {
            Some(open @ ('[' | '(')) => open,
            None => break,
            Some('<' | '>' | '=' | '!') => {
                out.extend(comparators(rest)?);
                break;
            }
            Some(_) => {
                let end = rest.find(',').unwrap_or(rest.len());
                let floor =
                    if scheme == Scheme::Nuget { Comparator::GreaterOrEqual } else { Comparator::Equal };
                out.push(constraint(floor, rest[..end].trim()));
                rest = &rest[end..];
                continue;
            }
        };
        let end = rest.find([']', ')']).ok_or("a bracket that is not closed")?;
        let closed = rest[end..].starts_with(']');
        let inside = &rest[1..end];
        match inside.split_once(',') {
            None if open == '[' && closed && !inside.trim().is_empty() => {
                out.push(constraint(Comparator::Equal, inside.trim()));
            }
            None => return Err("a single version needs square brackets"),
            Some((from, to)) => {
                let low = if open == '[' { Comparator::GreaterOrEqual } else { Comparator::Greater };
                let high = if closed { Comparator::LessOrEqual } else { Comparator::Less };
                if !from.trim().is_empty() {
                    out.push(constraint(low, from.trim()));
                }
                if !to.trim().is_empty() {
                    out.push(constraint(high, to.trim()));
                }
            }
        }
        rest = &rest[end + 1..];
    }
    Ok(out)
}

/// nginx security advisories: `0.7.52-0.8.39`, `1.1.4+` (within the branch when it is a stable, even one), lists.
fn nginx(text: &str) -> Converted {
    let mut out = Vec::new();
    if text == "none" {
        return Ok(out);
    }
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        if let Some(from) = part.strip_suffix('+') {
            let (numbers, _) = partial(from)?;
            out.push(constraint(Comparator::GreaterOrEqual, from));
            if numbers.get(1).is_some_and(|minor| minor % 2 == 0) {
                out.push(constraint(Comparator::Less, successor(&numbers, 1)?));
            }
        } else if let Some((from, to)) = part.split_once('-') {
            out.push(constraint(Comparator::GreaterOrEqual, from.trim()));
            out.push(constraint(Comparator::LessOrEqual, to.trim()));
        } else {
            out.extend(comparators(part)?);
        }
    }
    Ok(out)
}
