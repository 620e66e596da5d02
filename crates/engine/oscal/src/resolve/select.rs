//! Which controls a directive selects: by identifier, by pattern, with children and parents, less what is excluded.

use std::sync::Arc;

use super::{Item, Loose, Parts};
use crate::tree::{Node, Object};

/// The selection of an `import` or of an `insert-controls`.
pub(super) struct Rule<'a> {
    all: bool,
    top_only: bool,
    include: Vec<Call<'a>>,
    exclude: Vec<Call<'a>>,
}

struct Call<'a> {
    ids: Vec<&'a str>,
    patterns: Vec<&'a str>,
    children: bool,
    parents: bool,
}

/// What is known of a control from the calls: itself, its children, its parents.
#[derive(Clone, Copy, Default)]
struct Hit {
    itself: bool,
    children: bool,
    parents: bool,
}

impl<'a> Rule<'a> {
    /// The rule of an import; one that includes nothing includes all.
    pub fn of_import(directive: &'a Object, source: &Parts) -> Rule<'a> {
        // In the time of the release candidates a control did not bring the controls it is part of.
        let mut rule = Rule::of(directive, !source.candidate);
        rule.all |= directive.get("include-controls").is_none();
        rule
    }

    /// The rule of an `insert-controls`; `parents`: whether a control brings the controls it is part of.
    pub fn of(directive: &'a Object, parents: bool) -> Rule<'a> {
        let calls = |name: &str, parents: bool| {
            let nodes = match directive.get(name) {
                Some(node) if node.as_object().is_some() => std::slice::from_ref(node),
                Some(node) => node.items(),
                None => &[],
            };
            nodes.iter().filter_map(Node::as_object).map(|call| Call::of(call, parents)).collect()
        };
        let all = directive.get("include-all");
        let top_only =
            all.and_then(|all| all.get("with-child-controls")).and_then(Node::as_text) == Some("no");
        let include = calls("include-controls", parents);
        // To leave a control out does not leave out what it is part of.
        Rule { all: all.is_some(), top_only, include, exclude: calls("exclude-controls", false) }
    }

    /// Identifiers that are called and that no control has.
    pub fn unknown_ids(&self, parts: &Parts) -> Vec<&'a str> {
        let mut wanted: Vec<&str> = self.include.iter().flat_map(|call| call.ids.iter().copied()).collect();
        if wanted.is_empty() {
            return wanted;
        }
        let mut known = std::collections::HashSet::new();
        fn collect<'b>(items: &'b [Item], known: &mut std::collections::HashSet<&'b str>) {
            for item in items {
                known.extend(item.id());
                collect(&item.controls, known);
                collect(&item.groups, known);
            }
        }
        collect(&parts.controls, &mut known);
        collect(&parts.groups, &mut known);
        wanted.retain(|id| !known.contains(id));
        wanted
    }

    /// Keeps what is selected. Groups stay, even empty ones, for the merge phase to judge.
    pub fn select(&self, mut parts: Parts) -> Parts {
        let controls = std::mem::take(&mut parts.controls);
        parts.controls = self.controls(controls, &mut parts.loose);
        let groups = std::mem::take(&mut parts.groups);
        parts.groups = groups.into_iter().map(|group| self.group(group, &mut parts.loose)).collect();
        parts
    }

    fn group(&self, mut group: Item, loose: &mut Vec<Loose>) -> Item {
        group.controls = self.controls(group.controls, loose);
        group.groups = group.groups.into_iter().map(|inner| self.group(inner, loose)).collect();
        group
    }

    /// The selected controls of a list; a child of one that is not selected takes its place.
    pub fn controls(&self, controls: Vec<Item>, loose: &mut Vec<Loose>) -> Vec<Item> {
        let mut out = Vec::new();
        for control in controls {
            self.control(control, (false, false, false), &mut out, loose);
        }
        out
    }

    /// Decides on one control and what it holds. `above` says whether a control above it is included or excluded with its
    /// children, and whether there is one. Returns whether something here includes or excludes its parents.
    fn control(
        &self,
        mut control: Item,
        above: (bool, bool, bool),
        out: &mut Vec<Item>,
        loose: &mut Vec<Loose>,
    ) -> (bool, bool) {
        let id = control.id().unwrap_or_default();
        let included = hit(&self.include, id);
        let excluded = hit(&self.exclude, id);
        let (include_below, exclude_below) = (above.0 || included.children, above.1 || excluded.children);
        let mut inner = Vec::new();
        let (mut include_up, mut exclude_up) = (false, false);
        for child in std::mem::take(&mut control.controls) {
            let (include, exclude) =
                self.control(child, (include_below, exclude_below, true), &mut inner, loose);
            include_up |= include;
            exclude_up |= exclude;
        }
        let wanted = self.all || included.itself || above.0 || include_up;
        let barred = excluded.itself || above.1 || exclude_up || (self.top_only && above.2);
        if wanted && !barred {
            control.controls = inner;
            out.push(control);
        } else {
            let params = Arc::make_mut(&mut control.body).take_items("params");
            loose.extend(params.into_iter().map(|body| Loose { body, grouped: false }));
            out.append(&mut inner);
        }
        (include_up || included.parents, exclude_up || excluded.parents)
    }
}

impl<'a> Call<'a> {
    fn of(call: &'a Object, parents: bool) -> Call<'a> {
        let ids = call.items("with-ids").iter().filter_map(Node::as_text).collect();
        let pattern = |node: &'a Node| node.get("pattern").and_then(Node::as_text);
        let patterns =
            call.items("matching").iter().filter_map(pattern).filter(|pattern| !pattern.is_empty()).collect();
        let children = call.text("with-child-controls") == Some("yes");
        let parents = match call.text("with-parent-controls") {
            Some("yes") => true,
            Some("no") => false,
            _ => parents,
        };
        Call { ids, patterns, children, parents }
    }
}

fn hit(calls: &[Call<'_>], id: &str) -> Hit {
    let mut hit = Hit::default();
    for call in calls {
        if call.ids.contains(&id) || call.patterns.iter().any(|pattern| matches(pattern, id)) {
            hit.itself = true;
            hit.children |= call.children;
            hit.parents |= call.parents;
        }
    }
    hit
}

/// Whether a glob matches the whole text: `*` any run, `?` one character, `[ab]`, `[a-z]`, `[!a]` one of a set.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match one(&pattern[at..], text[from]) {
            Some(used) => {
                at += used;
                from += 1;
            }
            None if pattern.get(at) == Some(&'*') => {
                star = Some((at, from));
                at += 1;
            }
            None => match &mut star {
                Some((back, tried)) => {
                    *tried += 1;
                    (at, from) = (*back + 1, *tried);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&sign| sign == '*')
}

/// How many signs of the pattern the one character uses up, if they match it.
fn one(pattern: &[char], letter: char) -> Option<usize> {
    match pattern.first()? {
        '*' => None,
        '?' => Some(1),
        '[' => match set(pattern, letter) {
            Some((used, true)) => Some(used),
            Some((_, false)) => None,
            None => (letter == '[').then_some(1),
        },
        sign => (*sign == letter).then_some(1),
    }
}

fn set(pattern: &[char], letter: char) -> Option<(usize, bool)> {
    let negated = matches!(pattern.get(1), Some('!' | '^'));
    let start = if negated { 2 } else { 1 };
    let end = start + 1 + pattern.get(start + 1..)?.iter().position(|&sign| sign == ']')?;
    let inside = &pattern[start..end];
    let mut found = false;
    let mut at = 0;
    while at < inside.len() {
        if inside.get(at + 1) == Some(&'-') && at + 2 < inside.len() {
            found |= (inside[at]..=inside[at + 2]).contains(&letter);
            at += 3;
        } else {
            found |= inside[at] == letter;
            at += 1;
        }
    }
    Some((end + 1, found != negated))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_are_globs() {
        for (pattern, text, expected) in [
            ("a*", "a1", true),
            ("a*", "ba", false),
            ("?1", "b1", true),
            ("?1", "c3.a-1", false),
            ("*1", "c3.a-1", true),
            ("^a", "a1", false),
            ("ac-[12]", "ac-2", true),
            ("ac-[!12]", "ac-2", false),
            ("ac-[0-9]*", "ac-17", true),
            ("", "a", false),
            ("*", "", true),
            ("a**b", "axxb", true),
            ("[", "[", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
        assert!(!matches(&"a*".repeat(200), &"a".repeat(199)), "without backtracking this would never end");
    }
}
