//! Many rows in one statement: what makes bulk import fast.

use shinayaka_kernel::error::Result;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, query_builder::Separated};

use crate::unavailable;

/// Values in one statement; SQLite takes 32,766. A statement should hold all rows of a commit: at the end of each
/// statement of several rows the full-text index writes what it has gathered.
const VALUES: usize = 8192;

/// The statements that insert `rows`, each bound when it is asked for. Remainders go in halves, so that few different
/// statements are prepared. `head` ends in the column list, `tail` may hold an ON CONFLICT clause.
pub fn statements<'row, T>(
    head: &'static str,
    tail: &'static str,
    mut rows: &'row [T],
    mut bind: impl FnMut(&mut Separated<'_, Sqlite, &'static str>, &'row T),
) -> impl Iterator<Item = QueryBuilder<Sqlite>> {
    let columns = head.matches(',').count() + 1;
    let mut size = (VALUES / columns).next_power_of_two() / 2;
    std::iter::from_fn(move || {
        if rows.is_empty() {
            return None;
        }
        while size > rows.len() {
            size /= 2;
        }
        let (now, later) = rows.split_at(size);
        let mut statement = QueryBuilder::new(head);
        statement.push_values(now, |mut row, value| bind(&mut row, value));
        statement.push(tail);
        rows = later;
        Some(statement)
    })
}

pub async fn insert<'row, T>(
    connection: &mut SqliteConnection,
    head: &'static str,
    tail: &'static str,
    rows: &'row [T],
    bind: impl FnMut(&mut Separated<'_, Sqlite, &'static str>, &'row T),
) -> Result<()> {
    for mut statement in statements(head, tail, rows, bind) {
        statement.build().execute(&mut *connection).await.map_err(unavailable)?;
    }
    Ok(())
}
