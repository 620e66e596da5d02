//! Identifiers given twice, and circles of dependencies, at bounded memory.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::model::{Limits, Problem, ProblemKind, RelationKind};

/// Bytes of names that are kept for messages.
const NAME_BYTES: usize = 16 << 20;
/// Names that one message holds.
const NAMES: usize = 8;

#[derive(Debug)]
struct Node {
    /// Where it is defined; 0 when it is only spoken of.
    line: u64,
    name: Option<Box<str>>,
}

#[derive(Debug)]
pub struct Graph {
    limits: Limits,
    /// 128 bits stand for the identifier: two that differ do not meet by accident.
    indexes: HashMap<u128, u32>,
    nodes: Vec<Node>,
    name_bytes: usize,
    edges: Vec<(u32, u32, u64)>,
    problems: Vec<Problem>,
    more_problems: u64,
    unchecked: bool,
}

fn key(identifier: &str) -> u128 {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        (seed, identifier).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(1) << 64 | half(2)
}

impl Graph {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            indexes: HashMap::new(),
            nodes: Vec::new(),
            name_bytes: 0,
            edges: Vec::new(),
            problems: Vec::new(),
            more_problems: 0,
            unchecked: false,
        }
    }

    /// An element with this identifier stands here.
    pub fn define(&mut self, identifier: &str, line: u64) {
        let Some(index) = self.node(identifier) else { return };
        let node = &mut self.nodes[index as usize];
        if node.line == 0 {
            node.line = line;
            return;
        }
        let first = node.line;
        let reason = format!("the identifier `{}` was given at line {first} already", short(identifier));
        self.report(Problem { kind: ProblemKind::DuplicateIdentifier, line, reason });
    }

    pub fn relate(&mut self, from: &str, kind: RelationKind, to: &str, line: u64) {
        if !matches!(kind, RelationKind::DependsOn | RelationKind::Contains) {
            return;
        }
        if self.edges.len() >= self.limits.relations {
            self.unchecked = true;
            return;
        }
        if let (Some(from), Some(to)) = (self.node(from), self.node(to)) {
            self.edges.push((from, to, line));
        }
    }

    fn node(&mut self, identifier: &str) -> Option<u32> {
        if let Some(index) = self.indexes.get(&key(identifier)) {
            return Some(*index);
        }
        if self.nodes.len() >= self.limits.identifiers {
            self.unchecked = true;
            return None;
        }
        let index = u32::try_from(self.nodes.len()).ok()?;
        let name = (self.name_bytes + identifier.len() <= NAME_BYTES).then(|| short(identifier).into());
        self.name_bytes += identifier.len();
        self.indexes.insert(key(identifier), index);
        self.nodes.push(Node { line: 0, name });
        Some(index)
    }

    fn report(&mut self, problem: Problem) {
        if self.problems.len() < self.limits.problems {
            self.problems.push(problem);
        } else {
            self.more_problems += 1;
        }
    }

    /// The problems by line, how many more there are, and whether something was not looked at.
    pub fn finish(mut self) -> (Vec<Problem>, u64, bool) {
        self.edges.sort_unstable();
        self.circles();
        self.problems.sort_by_key(|problem| problem.line);
        (self.problems, self.more_problems, self.unchecked)
    }

    /// One problem for every relation that leads back to where the walk came from.
    fn circles(&mut self) {
        const NEW: u8 = 0;
        const OPEN: u8 = 1;
        const DONE: u8 = 2;
        let count = self.nodes.len();
        let mut starts = vec![0u32; count + 1];
        for (from, ..) in &self.edges {
            starts[*from as usize + 1] += 1;
        }
        for index in 0..count {
            starts[index + 1] += starts[index];
        }
        let mut state = vec![NEW; count];
        // What is open, each with the place of its next relation.
        let mut open: Vec<(u32, u32)> = Vec::new();
        for root in 0..count {
            if state[root] != NEW {
                continue;
            }
            state[root] = OPEN;
            open.push((root as u32, starts[root]));
            while let Some((node, next)) = open.last_mut() {
                if *next == starts[*node as usize + 1] {
                    state[*node as usize] = DONE;
                    open.pop();
                    continue;
                }
                let (_, to, line) = self.edges[*next as usize];
                *next += 1;
                match state[to as usize] {
                    NEW => {
                        state[to as usize] = OPEN;
                        open.push((to, starts[to as usize]));
                    }
                    // Looking up the way back takes long; it is done for what is kept only.
                    OPEN if self.problems.len() >= self.limits.problems => self.more_problems += 1,
                    OPEN => {
                        let begin = open.iter().position(|(node, _)| *node == to).unwrap_or(0);
                        let members: Vec<u32> = open[begin..].iter().map(|(node, _)| *node).collect();
                        let problem = self.circle(&members, line);
                        self.report(problem);
                    }
                    _ => {}
                }
            }
        }
    }

    fn circle(&self, members: &[u32], line: u64) -> Problem {
        let name = |index: &u32| match &self.nodes[*index as usize] {
            Node { name: Some(name), .. } => name.to_string(),
            Node { line, .. } => format!("the component of line {line}"),
        };
        let mut names: Vec<String> = members.iter().take(NAMES).map(name).collect();
        if members.len() > NAMES {
            names.push(format!("({} more)", members.len() - NAMES));
        }
        names.push(name(&members[0]));
        let reason = format!("a circle of dependencies: {}", names.join(" -> "));
        Problem { kind: ProblemKind::Circle, line, reason }
    }
}

pub fn short(text: &str) -> &str {
    let mut end = text.len().min(200);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(edges: &[(&str, &str)]) -> Vec<String> {
        let mut graph = Graph::new(Limits::default());
        for (line, (from, to)) in edges.iter().enumerate() {
            graph.relate(from, RelationKind::DependsOn, to, line as u64 + 1);
        }
        graph.finish().0.into_iter().map(|problem| format!("{} {}", problem.line, problem.reason)).collect()
    }

    #[test]
    fn a_circle_is_named_and_a_diamond_is_none() {
        assert!(problems(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]).is_empty());
        assert_eq!(
            problems(&[("a", "b"), ("b", "c"), ("c", "a")]),
            ["3 a circle of dependencies: a -> b -> c -> a"]
        );
        assert_eq!(problems(&[("a", "a")]), ["1 a circle of dependencies: a -> a"]);
    }

    #[test]
    fn an_identifier_given_twice_is_told_with_both_lines() {
        let mut graph = Graph::new(Limits { problems: 1, ..Limits::default() });
        graph.relate("x", RelationKind::DependsOn, "y", 1);
        for line in 5..8 {
            graph.define("x", line);
        }
        let (problems, more, unchecked) = graph.finish();
        assert_eq!(
            (problems[0].line, problems[0].reason.as_str()),
            (6, "the identifier `x` was given at line 5 already")
        );
        assert_eq!((problems.len(), more, unchecked), (1, 1, false));
    }

    #[test]
    fn memory_is_bounded_and_a_long_chain_needs_no_stack() {
        let mut graph = Graph::new(Limits { identifiers: 3, ..Limits::default() });
        for name in ["a", "b", "c", "d", "a"] {
            graph.define(name, 1);
        }
        let (problems, _, unchecked) = graph.finish();
        assert_eq!((problems.len(), unchecked), (1, true));
        let mut graph = Graph::new(Limits::default());
        for number in 0..200_000u32 {
            graph.relate(
                &number.to_string(),
                RelationKind::DependsOn,
                &((number + 1) % 200_000).to_string(),
                1,
            );
        }
        assert_eq!(graph.finish().0.len(), 1);
    }
}
