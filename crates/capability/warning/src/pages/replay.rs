//! A replay: what happened, with sources, and what a board would have told, with invented recipients. The time is moved
//! with a slider in a plain form, so it works without JavaScript and every moment has an address of its own.

use std::sync::LazyLock;

use axum::{
    Extension,
    extract::{Path, Query},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use minijinja::context;
use serde::Deserialize;
use shinayaka_kernel::{Result, clock::Timestamp};
use shinayaka_model::warning::{Choice, Wording};

use super::{cached, draw};
use crate::{board::counts::Counts, room::SharedRoom, words::Words};

const WANNACRY: &str = include_str!("../../../../../data/replays/wannacry-2017.json");
const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replay {
    id: String,
    title: Wording,
    note: Wording,
    /// When the recipients are warned.
    alert: Timestamp,
    facts: Vec<Fact>,
    synthetic_recipients: Vec<Invented>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fact {
    /// A day or a moment.
    at: String,
    text: Wording,
    source: String,
}

/// Minutes are counted from the alert.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invented {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "sector")]
    _sector: String,
    reached: Option<i64>,
    choice: Option<Choice>,
    answered: Option<i64>,
}

static REPLAYS: LazyLock<Vec<Replay>> = LazyLock::new(|| {
    vec![serde_json::from_str(WANNACRY).expect("the replay is built in and a test reads it")]
});

impl Fact {
    fn moment(&self) -> Option<Timestamp> {
        self.at.parse().or_else(|_| format!("{}T00:00:00Z", self.at).parse()).ok()
    }
}

impl Replay {
    /// Days from the first fact to the last.
    fn days(&self) -> i64 {
        let moments = || self.facts.iter().filter_map(Fact::moment).map(Timestamp::microseconds);
        let span = moments().max().unwrap_or(0) - moments().min().unwrap_or(0);
        span / 1_000_000 / DAY + 1
    }

    fn first(&self) -> Timestamp {
        self.facts.iter().filter_map(Fact::moment).min().unwrap_or_default()
    }

    /// What a board would have shown at a moment.
    fn counts(&self, at: Timestamp) -> Counts {
        let mut counts = Counts::default();
        if at < self.alert {
            return counts;
        }
        let passed = |minutes: Option<i64>| {
            minutes.is_some_and(|minutes| self.alert.plus_seconds(minutes * MINUTE) <= at)
        };
        for one in &self.synthetic_recipients {
            counts.affected += 1;
            counts.reached += u32::from(passed(one.reached));
            match one.choice.filter(|_| passed(one.answered)) {
                Some(Choice::Done) => counts.acted += 1,
                Some(Choice::Cannot) => counts.cannot += 1,
                Some(Choice::Call) => counts.call += 1,
                Some(Choice::Withdrawn) | None => counts.silent += 1,
            }
        }
        counts
    }
}

#[derive(Deserialize)]
pub struct Asked {
    lang: Option<String>,
    /// Days from the first fact.
    day: Option<i64>,
}

pub async fn show(
    Extension(room): Extension<SharedRoom>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let words = Words::chosen(asked.lang.as_deref(), &headers);
    let Some(replay) = REPLAYS.iter().find(|replay| replay.id == id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Ok(facts) = room.facts() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let day = asked.day.unwrap_or(0).clamp(0, replay.days());
    let drawn: Result<String> = draw(facts, words, "replay.html", values(replay, words, day));
    match drawn {
        Ok(text) => cached("text/html; charset=utf-8", text, 60),
        Err(error) => {
            tracing::error!(%error, "a replay cannot be drawn");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn values(replay: &Replay, words: Words, day: i64) -> minijinja::Value {
    let told = |wording: &Wording| wording.told(words.japanese).to_owned();
    // The end of the day, in the zone of the house that looks.
    let now = replay.first().plus_seconds((day + 1) * DAY - 1);
    let counts = replay.counts(now);
    let happened = replay.facts.iter().filter(|fact| fact.moment().is_some_and(|at| at <= now));
    let jumps = replay.facts.iter().filter_map(|fact| {
        let at = fact.moment()?;
        let day = (at.microseconds() - replay.first().microseconds()) / 1_000_000 / DAY;
        Some(context! { day => day, at => fact.at.get(..10).unwrap_or_default() })
    });
    let numbers = [
        ("warning.board.affected", counts.affected),
        ("warning.board.reached", counts.reached),
        ("warning.board.acted", counts.acted),
        ("warning.board.cannot", counts.cannot),
        ("warning.board.call", counts.call),
        ("warning.board.silent", counts.silent),
    ];
    context! {
        title => told(&replay.title),
        note => told(&replay.note),
        id => replay.id.clone(),
        other => if words.japanese { "en" } else { "ja" },
        day => day,
        last => replay.days(),
        date => now.date(),
        facts => happened.map(|fact| context! {
            at => fact.at.clone(), text => told(&fact.text), source => fact.source.clone(),
        }).collect::<Vec<_>>(),
        jumps => jumps.collect::<Vec<_>>(),
        numbers => numbers.map(|(key, n)| context! { name => words.text(key).to_owned(), n => n }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_replay_goes_from_the_correction_to_the_audit_and_its_numbers_add_up() {
        let replay = &REPLAYS[0];
        assert!(replay.facts.iter().all(|fact| fact.moment().is_some() && !fact.source.is_empty()));
        assert_eq!(replay.counts(replay.first()), Counts::default());
        let last = replay.counts(replay.first().plus_seconds(replay.days() * DAY));
        assert_eq!(last.affected as usize, replay.synthetic_recipients.len());
        assert_eq!(last.acted + last.cannot + last.call + last.silent, last.affected);
        assert!(last.silent > 0 && last.reached < last.affected, "it shows what nobody saw then");
        let middle = replay.counts(replay.alert.plus_seconds(DAY));
        assert!(middle.acted < last.acted);
    }
}
