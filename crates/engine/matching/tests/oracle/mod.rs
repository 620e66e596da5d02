//! Direct comparators, written from the descriptions of the tools: two cursors, no keys.

use std::cmp::Ordering;

fn split_number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

fn number(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn epoch(text: &str) -> (&str, &str) {
    text.split_once(':').unwrap_or(("0", text))
}

/// dpkg, `verrevcmp`.
fn debian_part(mut a: &str, mut b: &str) -> Ordering {
    let order = |text: &str| match text.bytes().next() {
        None => 0,
        Some(c) if c.is_ascii_digit() => 0,
        Some(b'~') => -1,
        Some(c) if c.is_ascii_alphabetic() => i32::from(c),
        Some(c) => i32::from(c) + 256,
    };
    while !a.is_empty() || !b.is_empty() {
        let word = |text: &str| text.bytes().next().is_some_and(|c| !c.is_ascii_digit());
        while word(a) || word(b) {
            match order(a).cmp(&order(b)) {
                Ordering::Equal => {}
                other => return other,
            }
            a = a.get(1..).unwrap_or("");
            b = b.get(1..).unwrap_or("");
        }
        let ((left, rest_a), (right, rest_b)) = (split_number(a), split_number(b));
        match number(left, right) {
            Ordering::Equal => {}
            other => return other,
        }
        (a, b) = (rest_a, rest_b);
    }
    Ordering::Equal
}

pub fn debian(a: &str, b: &str) -> Ordering {
    let ((epoch_a, a), (epoch_b, b)) = (epoch(a), epoch(b));
    let (upstream_a, revision_a) = a.rsplit_once('-').unwrap_or((a, ""));
    let (upstream_b, revision_b) = b.rsplit_once('-').unwrap_or((b, ""));
    number(epoch_a, epoch_b)
        .then_with(|| debian_part(upstream_a, upstream_b))
        .then_with(|| debian_part(revision_a, revision_b))
}

/// rpm, `rpmvercmp`.
fn rpm_part(mut a: &str, mut b: &str) -> Ordering {
    let skip = |text: &str| {
        text.find(|c: char| c.is_ascii_alphanumeric() || c == '~' || c == '^').unwrap_or(text.len())
    };
    loop {
        a = &a[skip(a)..];
        b = &b[skip(b)..];
        let (tilde_a, tilde_b) = (a.starts_with('~'), b.starts_with('~'));
        if tilde_a || tilde_b {
            if !tilde_a {
                return Ordering::Greater;
            }
            if !tilde_b {
                return Ordering::Less;
            }
            (a, b) = (&a[1..], &b[1..]);
            continue;
        }
        let (caret_a, caret_b) = (a.starts_with('^'), b.starts_with('^'));
        if caret_a || caret_b {
            if a.is_empty() {
                return Ordering::Less;
            }
            if b.is_empty() {
                return Ordering::Greater;
            }
            if !caret_a {
                return Ordering::Greater;
            }
            if !caret_b {
                return Ordering::Less;
            }
            (a, b) = (&a[1..], &b[1..]);
            continue;
        }
        if a.is_empty() || b.is_empty() {
            return a.len().min(1).cmp(&b.len().min(1));
        }
        let digits = a.as_bytes()[0].is_ascii_digit();
        let class = |c: char| if digits { c.is_ascii_digit() } else { c.is_ascii_alphabetic() };
        let end = |text: &str| text.find(|c: char| !class(c)).unwrap_or(text.len());
        let (end_a, end_b) = (end(a), end(b));
        if end_b == 0 {
            return if digits { Ordering::Greater } else { Ordering::Less };
        }
        let found = if digits { number(&a[..end_a], &b[..end_b]) } else { a[..end_a].cmp(&b[..end_b]) };
        if found.is_ne() {
            return found;
        }
        (a, b) = (&a[end_a..], &b[end_b..]);
    }
}

pub fn rpm(a: &str, b: &str) -> Ordering {
    let ((epoch_a, a), (epoch_b, b)) = (epoch(a), epoch(b));
    let (main_a, release_a) = a.rsplit_once('-').unwrap_or((a, ""));
    let (main_b, release_b) = b.rsplit_once('-').unwrap_or((b, ""));
    number(epoch_a, epoch_b)
        .then_with(|| rpm_part(main_a, main_b))
        .then_with(|| rpm_part(release_a, release_b))
}

/// pacman, `rpmvercmp` of libalpm.
fn arch_part(mut a: &str, mut b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    while !a.is_empty() && !b.is_empty() {
        let skip = |text: &str| text.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(text.len());
        let (seps_a, seps_b) = (skip(a), skip(b));
        (a, b) = (&a[seps_a..], &b[seps_b..]);
        if a.is_empty() || b.is_empty() {
            break;
        }
        if seps_a != seps_b {
            return seps_a.cmp(&seps_b);
        }
        let digits = a.as_bytes()[0].is_ascii_digit();
        let class = |c: char| if digits { c.is_ascii_digit() } else { c.is_ascii_alphabetic() };
        let end = |text: &str| text.find(|c: char| !class(c)).unwrap_or(text.len());
        let (end_a, end_b) = (end(a), end(b));
        if end_b == 0 {
            return if digits { Ordering::Greater } else { Ordering::Less };
        }
        let found = if digits { number(&a[..end_a], &b[..end_b]) } else { a[..end_a].cmp(&b[..end_b]) };
        if found.is_ne() {
            return found;
        }
        (a, b) = (&a[end_a..], &b[end_b..]);
    }
    let letter = |text: &str| text.bytes().next().is_some_and(|c| c.is_ascii_alphabetic());
    match (a.is_empty(), b.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) if !letter(b) => Ordering::Less,
        _ if letter(a) => Ordering::Less,
        _ => Ordering::Greater,
    }
}

pub fn arch(a: &str, b: &str) -> Ordering {
    let ((epoch_a, a), (epoch_b, b)) = (epoch(a), epoch(b));
    let (main_a, release_a) = a.rsplit_once('-').unwrap_or((a, ""));
    let (main_b, release_b) = b.rsplit_once('-').unwrap_or((b, ""));
    number(epoch_a, epoch_b)
        .then_with(|| arch_part(main_a, main_b))
        .then_with(|| arch_part(release_a, release_b))
}

/// RubyGems, `Gem::Version#<=>` on canonical segments.
pub fn gem(a: &str, b: &str) -> Ordering {
    let segments = |text: &str| {
        // `Gem::Version` scans for runs of digits and runs of letters: `a0` is two segments without a dot.
        let mut all: Vec<String> = Vec::new();
        for part in text.split('.') {
            for run in part.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
                all.push(String::from_utf8_lossy(run).into_owned());
            }
        }
        let is_number = |s: &String| s.bytes().all(|c| c.is_ascii_digit());
        let first = all.iter().position(|s| !is_number(s)).unwrap_or(all.len());
        let trim = |part: &[String]| {
            let zero = |s: &String| is_number(s) && s.bytes().all(|c| c == b'0');
            let kept = part.iter().rposition(|s| !zero(s)).map_or(0, |at| at + 1);
            part[..kept].to_vec()
        };
        [trim(&all[..first]), trim(&all[first..])].concat()
    };
    let (a, b) = (segments(a), segments(b));
    let zero = "0".to_owned();
    for at in 0..a.len().max(b.len()) {
        let (left, right) = (a.get(at).unwrap_or(&zero), b.get(at).unwrap_or(&zero));
        let digits = |text: &String| text.bytes().all(|c| c.is_ascii_digit());
        let found = match (digits(left), digits(right)) {
            (true, true) => number(left, right),
            (false, true) => Ordering::Less,
            (true, false) => Ordering::Greater,
            (false, false) => left.cmp(right),
        };
        if found.is_ne() {
            return found;
        }
    }
    Ordering::Equal
}

struct Parts<'a> {
    numbers: Vec<&'a str>,
    letter: &'a str,
    suffixes: Vec<(&'a str, &'a str)>,
    revision: Option<&'a str>,
}

fn parts(text: &str) -> Parts<'_> {
    let (main, revision) = match text.split_once("-r") {
        Some((main, revision)) => (main, Some(revision)),
        None => (text, None),
    };
    let mut pieces = main.split('_');
    let head = pieces.next().unwrap_or("");
    let numbers_end = head.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(head.len());
    let suffixes = pieces
        .map(|piece| piece.split_at(piece.find(|c: char| c.is_ascii_digit()).unwrap_or(piece.len())))
        .collect();
    Parts {
        numbers: head[..numbers_end].split('.').collect(),
        letter: &head[numbers_end..],
        suffixes,
        revision,
    }
}

fn rank(word: &str) -> i32 {
    ["alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"]
        .iter()
        .position(|w| *w == word)
        .unwrap_or(4) as i32
}

/// Package Manager Specification, algorithms 3.1 to 3.7.
pub fn gentoo(a: &str, b: &str) -> Ordering {
    let (a, b) = (parts(a), parts(b));
    let mut found = number(a.numbers[0], b.numbers[0]);
    for at in 1..a.numbers.len().min(b.numbers.len()) {
        found = found.then_with(|| {
            let (left, right) = (a.numbers[at], b.numbers[at]);
            if left.starts_with('0') || right.starts_with('0') {
                left.trim_end_matches('0').cmp(right.trim_end_matches('0'))
            } else {
                number(left, right)
            }
        });
    }
    found = found.then(a.numbers.len().cmp(&b.numbers.len())).then_with(|| a.letter.cmp(b.letter));
    for at in 0..a.suffixes.len().max(b.suffixes.len()) {
        found = found.then_with(|| match (a.suffixes.get(at), b.suffixes.get(at)) {
            (Some(left), Some(right)) => {
                rank(left.0).cmp(&rank(right.0)).then_with(|| number(left.1, right.1))
            }
            (Some(left), None) => rank(left.0).cmp(&rank("")),
            (None, Some(right)) => rank("").cmp(&rank(right.0)),
            (None, None) => Ordering::Equal,
        });
    }
    found.then_with(|| number(a.revision.unwrap_or("0"), b.revision.unwrap_or("0")))
}

/// apk-tools 3: the kind of the next token decides where the values do not.
pub fn alpine(a: &str, b: &str) -> Ordering {
    let tokens = |text: &str| {
        let parts = parts(text);
        // Kinds as in the source of apk-tools; the lower kind is the later version, a pre-release suffix the earlier.
        let mut out: Vec<(i32, i32, String)> = Vec::new();
        for (at, digits) in parts.numbers.iter().enumerate() {
            out.push((i32::from(at > 0), 0, (*digits).to_owned()));
        }
        if !parts.letter.is_empty() {
            out.push((2, 0, parts.letter.to_owned()));
        }
        for (word, digits) in &parts.suffixes {
            out.push((3, rank(word), String::new()));
            if !digits.is_empty() {
                out.push((4, 0, (*digits).to_owned()));
            }
        }
        if let Some(revision) = parts.revision {
            out.push((6, 0, revision.to_owned()));
        }
        out.push((7, 0, String::new()));
        out
    };
    let (a, b) = (tokens(a), tokens(b));
    for (left, right) in a.iter().zip(&b) {
        let early = |token: &(i32, i32, String)| token.0 == 3 && token.1 < 4;
        if left.0 != right.0 {
            return match (early(left), early(right)) {
                (true, _) => Ordering::Less,
                (_, true) => Ordering::Greater,
                _ => right.0.cmp(&left.0),
            };
        }
        let found = match left.0 {
            1 if left.2.starts_with('0') || right.2.starts_with('0') => left.2.cmp(&right.2),
            2 => left.2.cmp(&right.2),
            3 => left.1.cmp(&right.1),
            _ => number(&left.2, &right.2),
        };
        if found.is_ne() {
            return found;
        }
    }
    Ordering::Equal
}

/// Numbers between dots, zeros at the end without weight.
pub fn numbers(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('.').collect(), b.split('.').collect());
    (0..a.len().max(b.len()))
        .map(|at| number(a.get(at).unwrap_or(&"0"), b.get(at).unwrap_or(&"0")))
        .fold(Ordering::Equal, Ordering::then)
}
