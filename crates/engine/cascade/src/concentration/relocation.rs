//! Time until half and nine tenths of a provider's users could be elsewhere, given the spare capacity of the others.
//!
//! A user can move to another provider of the layer that its own gate names as an alternative, after the switch time
//! of that edge, if there is room. Room is the alternative's spare capacity, which may grow by the day. The number that
//! can be elsewhere at a time is a maximum matching of users to room, so nobody is counted in two places and nobody
//! is left out because another took the only seat he could use.

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::model::{Gate, Model, Node};

/// Largest number of ways (users times alternatives) in one matching.
const MAXIMUM_WAYS: usize = 2_000_000;
const DAY: f64 = 86_400_000.0;

/// How fast the users of a provider could be elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Relocation {
    /// Direct users of the provider.
    pub users: usize,
    /// Users that could be elsewhere at some time, with the growth that alternatives state.
    pub movable: usize,
    /// Hours until half of the users are elsewhere; `null` for never.
    pub half_h: Option<f64>,
    /// Hours until nine tenths are elsewhere; `null` for never.
    pub ninety_h: Option<f64>,
}

/// A user may go to `seat` from `time` (milliseconds) on.
#[derive(Clone, Copy)]
struct Way {
    time: u64,
    user: usize,
    seat: usize,
}

/// Computes the relocation of the direct users of `provider` among `providers`.
///
/// # Errors
/// `TooLarge` beyond two million ways.
pub fn relocate(model: &Model, graph: &Graph, provider: u32, providers: &[u32]) -> Result<Relocation> {
    let users: Vec<&Node> = model
        .nodes
        .iter()
        .filter(|node| node.run.iter().flat_map(Gate::suppliers).any(|edge| edge.node == graph.id(provider)))
        .collect();
    let seats: Vec<u32> = providers.iter().copied().filter(|other| *other != provider).collect();
    let mut ways = Vec::new();
    for (user, node) in users.iter().enumerate() {
        for edge in node.run.iter().flat_map(Gate::suppliers) {
            let number = graph.node(&edge.node)?;
            if let Some(seat) = seats.iter().position(|seat| *seat == number) {
                let time =
                    edge.terms().switch.as_ref().map_or(0, |switch| switch.law.median().milliseconds());
                ways.push(Way { time, user, seat });
            }
        }
        if ways.len() > MAXIMUM_WAYS {
            return Err(Error::TooLarge {
                what: format!("ways from `{}` to its alternatives", graph.id(provider)),
                limit: MAXIMUM_WAYS as u64,
                advice: "split the layer".into(),
            });
        }
    }
    let room = |seat: &u32| Room::of(&model.nodes[*seat as usize]);
    Ok(timeline(users.len(), &seats.iter().map(room).collect::<Vec<_>>(), ways))
}

/// Seats of one alternative over time.
struct Room {
    /// `None` for as many as come.
    spare: Option<f64>,
    per_day: f64,
}

impl Room {
    fn of(node: &Node) -> Self {
        Self { spare: node.spare_capacity, per_day: node.growth_per_day.unwrap_or(0.0) }
    }

    fn seats(&self, time: u64) -> usize {
        self.spare.map_or(usize::MAX, |spare| (spare + self.per_day * time as f64 / DAY + 1e-9) as usize)
    }

    /// The times at which a further seat appears, for at most `most` seats.
    fn growth(&self, most: usize) -> Vec<u64> {
        let Some(spare) = self.spare.filter(|_| self.per_day > 0.0) else { return Vec::new() };
        let first = spare.floor() + 1.0;
        let at = |seat: usize| (((first + seat as f64 - spare) / self.per_day * DAY).ceil()) as u64;
        (0..most.saturating_sub(spare as usize)).map(at).collect()
    }
}

fn timeline(users: usize, rooms: &[Room], mut ways: Vec<Way>) -> Relocation {
    ways.sort_by_key(|way| (way.time, way.user, way.seat));
    let mut times: Vec<u64> = ways.iter().map(|way| way.time).collect();
    times.extend(rooms.iter().flat_map(|room| room.growth(users)));
    times.sort_unstable();
    times.dedup();
    let mut matching = Matching::new(users, rooms.len());
    let mut result = Relocation { users, ..Relocation::default() };
    let mut next = 0;
    for time in times {
        while let Some(way) = ways.get(next).filter(|way| way.time <= time) {
            matching.ways[way.user].push(way.seat);
            next += 1;
        }
        let seats: Vec<usize> = rooms.iter().map(|room| room.seats(time)).collect();
        matching.grow(&seats);
        let hours = time as f64 / 3_600_000.0;
        if matching.matched * 2 >= users {
            result.half_h.get_or_insert(hours);
        }
        if matching.matched * 10 >= users * 9 {
            result.ninety_h.get_or_insert(hours);
        }
        if matching.matched == users {
            break;
        }
    }
    result.movable = matching.matched;
    result
}

/// A maximum matching of users to seats that only grows, by augmenting paths.
struct Matching {
    ways: Vec<Vec<usize>>,
    place: Vec<Option<usize>>,
    guests: Vec<Vec<usize>>,
    matched: usize,
}

impl Matching {
    fn new(users: usize, seats: usize) -> Self {
        Self {
            ways: vec![Vec::new(); users],
            place: vec![None; users],
            guests: vec![Vec::new(); seats],
            matched: 0,
        }
    }

    fn grow(&mut self, seats: &[usize]) {
        // Failed searches stay failed until a search succeeds, so the marks are shared.
        let mut seen = vec![false; seats.len()];
        for user in 0..self.ways.len() {
            if self.place[user].is_none() && self.augment(user, seats, &mut seen) {
                self.matched += 1;
                seen.fill(false);
            }
        }
    }

    /// Breadth first from `user` over seats and the guests who could leave them; without recursion.
    fn augment(&mut self, user: usize, seats: &[usize], seen: &mut [bool]) -> bool {
        let mut reached: Vec<(usize, usize, usize)> = Vec::new();
        let mut open = std::collections::VecDeque::from([(user, usize::MAX)]);
        while let Some((here, before)) = open.pop_front() {
            for at in 0..self.ways[here].len() {
                let seat = self.ways[here][at];
                if std::mem::replace(&mut seen[seat], true) {
                    continue;
                }
                reached.push((here, seat, before));
                let step = reached.len() - 1;
                if self.guests[seat].len() < seats[seat] {
                    self.follow(&reached, step);
                    return true;
                }
                open.extend(self.guests[seat].iter().map(|guest| (*guest, step)));
            }
        }
        false
    }

    fn follow(&mut self, reached: &[(usize, usize, usize)], mut step: usize) {
        while step != usize::MAX {
            let (user, seat, before) = reached[step];
            if let Some(old) = self.place[user].replace(seat) {
                self.guests[old].retain(|guest| *guest != user);
            }
            self.guests[seat].push(user);
            step = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::build;
    use crate::model::read_yaml;

    fn solve(text: &str) -> Relocation {
        let model = read_yaml(text).unwrap();
        let graph = build(&model).unwrap();
        let providers: Vec<u32> =
            (0..).zip(&model.nodes).filter(|(_, node)| node.layer.is_some()).map(|(at, _)| at).collect();
        relocate(&model, &graph, 0, &providers).unwrap()
    }

    /// Ten users of `big`; `small` has room for four and grows by two a day.
    #[test]
    fn seats_fill_up_and_grow() {
        let mut text = "nodes:\n  - {id: big, layer: dns}\n".to_owned();
        text += "  - {id: small, layer: dns, spare_capacity: 4, growth_per_day: 2}\n";
        for user in 0..10 {
            text += &format!("  - {{id: u{user}, run: {{any: [big, {{node: small, switch: 6h}}]}}}}\n");
        }
        let found = solve(&text);
        assert_eq!((found.users, found.movable), (10, 10));
        assert_eq!(found.half_h, Some(12.0), "the fifth seat appears after half a day");
        assert_eq!(found.ninety_h, Some(60.0), "the ninth after two and a half days");
    }

    /// Who has only one place to go must not lose it to a user who has two.
    #[test]
    fn nobody_is_left_out_by_the_order() {
        let text = "nodes:
  - {id: big, layer: dns}
  - {id: a, layer: dns, spare_capacity: 1}
  - {id: b, layer: dns, spare_capacity: 1}
  - {id: u0, run: {any: [big, {node: a, switch: 1h}, {node: b, switch: 2h}]}}
  - {id: u1, run: {any: [big, {node: a, switch: 3h}]}}
  - {id: u2, run: {all: [big]}}
";
        let found = solve(text);
        assert_eq!((found.users, found.movable, found.half_h, found.ninety_h), (3, 2, Some(3.0), None));
    }
}
