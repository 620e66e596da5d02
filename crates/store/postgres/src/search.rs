//! Full-text search, newest first.
//!
//! The index knows which objects have a word, not which of them are new. A word that nearly every object has would be
//! collected from millions to show fifty, so a search for a reader of much looks in three places, and each answers the
//! words that the one before cannot: the newest objects one by one (frequent words), the newest stretches through the
//! index, everything through the index (seldom words).

use shinayaka_kernel::{
    error::Result,
    object::Object,
    search::Term,
    store::{SearchQuery, Visible},
};
use sqlx::{Postgres, QueryBuilder};

use crate::{PostgresStore, unavailable};

/// Objects that are looked at one by one, if as many of them are visible as the reader sees on the whole.
const LOOKED_AT: f64 = 1000.0;
const LOOKED_AT_AT_MOST: f64 = 50_000.0;
/// Labels that a query of the index can name.
const NAMED_LABELS: usize = 256;

/// The stretch of objects that a row number lies in.
pub fn stretch(sequence: i64) -> i64 {
    sequence >> 15
}

/// A `tsquery` as text; every token is quoted, so nothing that a reader types is syntax.
fn expression(query: &SearchQuery, kinds: &[i64]) -> String {
    let term = |term: &Term| match term {
        Term::Phrase(tokens) => {
            let quoted: Vec<String> = tokens.iter().map(|token| format!("'{token}'")).collect();
            format!("({})", quoted.join(" <-> "))
        }
        Term::Prefix(token) => format!("'{token}':*"),
    };
    let mut parts: Vec<String> = query.terms.iter().map(term).collect();
    if !kinds.is_empty() {
        parts.push(any('K', kinds));
    }
    parts.join(" & ")
}

fn any(letter: char, numbers: &[i64]) -> String {
    let quoted: Vec<String> = numbers.iter().map(|number| format!("'{letter}{number}'")).collect();
    format!("({})", quoted.join(" | "))
}

/// Where one of the three looks.
struct Place<'a> {
    visible: &'a Visible,
    before: i64,
    limit: i64,
}

impl PostgresStore {
    pub async fn find(&self, query: &SearchQuery, visible: &Visible) -> Result<Vec<Object>> {
        if visible.labels.is_empty() {
            return Ok(Vec::new());
        }
        let mut kinds = Vec::new();
        for kind in &query.kinds {
            kinds.push(self.dictionary.read().await.kind(kind)?);
        }
        let words = expression(query, &kinds);
        let before = match &query.after {
            Some(after) => self.sequence_of(after.id).await?,
            None => i64::MAX,
        };
        let place = Place { visible, before, limit: i64::from(query.limit) };
        let full = |found: &Vec<Object>| found.len() == query.limit as usize;
        let scan = visible.prefers_scan(query.limit);
        if scan {
            let found = self.find_newest(&words, &place).await?;
            if full(&found) {
                return Ok(found);
            }
            let found = self.find_in_stretches(&words, &place).await?;
            if full(&found) {
                return Ok(found);
            }
        }
        let words = if !scan || visible.labels.len() <= NAMED_LABELS {
            format!("{words} & {}", any('L', &visible.labels))
        } else {
            words
        };
        self.find_through_index(&words, &place).await
    }

    async fn find_newest(&self, words: &str, place: &Place<'_>) -> Result<Vec<Object>> {
        let share = (place.visible.total as f64 + 1.0) / (place.visible.seen as f64 + 1.0);
        let looked_at = (LOOKED_AT * share).clamp(LOOKED_AT, LOOKED_AT_AT_MOST);
        let mut sql = QueryBuilder::new(include_str!("../queries/object_columns.sql"));
        sql.push(
            " FROM (SELECT s.sequence FROM (SELECT sequence, label, content FROM search WHERE sequence < ",
        );
        sql.push_bind(place.before).push(" ORDER BY sequence DESC LIMIT ").push_bind(looked_at as i64);
        // Labels first: a text is long and is fetched only for the reader who may see it.
        sql.push(") s WHERE CASE WHEN s.label = ANY (").push_bind(place.visible.labels.to_vec());
        sql.push(") THEN s.content @@ ").push_bind(words.to_owned()).push("::TSQUERY ELSE FALSE END");
        self.fetch_newest(sql, place.limit).await
    }

    async fn find_in_stretches(&self, words: &str, place: &Place<'_>) -> Result<Vec<Object>> {
        let newest: Option<i64> = sqlx::query_scalar("SELECT max(sequence) FROM search WHERE sequence < $1")
            .bind(place.before)
            .fetch_one(&self.pool)
            .await
            .map_err(unavailable)?;
        let Some(newest) = newest.map(stretch) else { return Ok(Vec::new()) };
        let words = format!("{words} & {}", any('S', &[newest, newest - 1]));
        self.find_through_index(&words, place).await
    }

    async fn find_through_index(&self, words: &str, place: &Place<'_>) -> Result<Vec<Object>> {
        let mut sql = QueryBuilder::new(include_str!("../queries/object_columns.sql"));
        sql.push(" FROM (SELECT s.sequence FROM (SELECT sequence, label FROM search WHERE content @@ ");
        // The offset keeps PostgreSQL from walking along the row numbers instead.
        sql.push_bind(words.to_owned()).push("::TSQUERY OFFSET 0) s WHERE s.label = ANY (");
        sql.push_bind(place.visible.labels.to_vec()).push(") AND s.sequence < ").push_bind(place.before);
        self.fetch_newest(sql, place.limit).await
    }

    async fn fetch_newest(&self, mut sql: QueryBuilder<Postgres>, limit: i64) -> Result<Vec<Object>> {
        sql.push(" ORDER BY s.sequence DESC LIMIT ").push_bind(limit);
        sql.push(") s JOIN object o ON o.sequence = s.sequence JOIN version b ON b.object = o.sequence ");
        sql.push("AND b.version = o.version ORDER BY s.sequence DESC");
        let rows = sql.build().fetch_all(&self.pool).await.map_err(unavailable)?;
        let mut objects = Vec::with_capacity(rows.len());
        for row in rows {
            objects.push(self.named(&row).await?);
        }
        Ok(objects)
    }
}
