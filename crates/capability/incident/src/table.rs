//! The registry as a table: one accident a row of a CSV file. The columns are published in
//! `docs/schema/incident.csv.md` and, for programs, `docs/schema/incident.csv.schema.json`; both are written from
//! [`COLUMNS`].
//!
//! Cells that a spreadsheet would run are written guarded ([`shinayaka_model::spreadsheet`]).

pub mod read;
pub mod schema;
pub mod write;

mod list_cell;

pub use shinayaka_model::spreadsheet::{guard, unguard};
use shinayaka_model::{
    bounds::MAXIMUM_TITLE_BYTES,
    incident::{Cause, Channel, Column, Effect, MAXIMUM_SUMMARY_BYTES, MAXIMUM_TEXT_BYTES, Malice, Sector},
};

/// A column of the table.
#[derive(Debug, Clone, Copy)]
pub struct TableColumn {
    pub name: &'static str,
    pub required: bool,
    pub meaning: &'static str,
    pub form: Form,
    pub example: &'static str,
}

/// What a cell may hold.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    Text { maximum_bytes: usize },
    Words(fn() -> Vec<&'static str>),
    Pattern(&'static str),
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|value| word(*value)).collect()
}

const DATE: &str = r"^(\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?)?)?)?$";
const UUID: &str = "^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?$";

const fn column(
    name: &'static str,
    required: bool,
    form: Form,
    example: &'static str,
    meaning: &'static str,
) -> TableColumn {
    TableColumn { name, required, meaning, form, example }
}

const fn text(
    name: &'static str,
    maximum_bytes: usize,
    example: &'static str,
    meaning: &'static str,
) -> TableColumn {
    column(name, false, Form::Text { maximum_bytes }, example, meaning)
}

/// Bytes of a cell that holds a list.
pub const MAXIMUM_LIST_BYTES: usize = 100_000;

/// The columns in the order in which they are written. Read by name, in any order.
pub const COLUMNS: [TableColumn; 23] = [
    column(
        "id",
        false,
        Form::Pattern(UUID),
        "",
        "The accident's identifier, as exported. A row whose accident is already registered with the same content is \
         left alone; with other content it is refused. Leave it empty for new accidents.",
    ),
    text(
        "title_ja",
        MAXIMUM_TITLE_BYTES,
        "証明書の窓口が止まる",
        "Title in Japanese. One of the titles is needed.",
    ),
    text("title_en", MAXIMUM_TITLE_BYTES, "Certificates stop", "Title in English."),
    text("summary_ja", MAXIMUM_SUMMARY_BYTES, "", "What happened, in Japanese."),
    text("summary_en", MAXIMUM_SUMMARY_BYTES, "", "What happened, in English."),
    column(
        "date",
        true,
        Form::Pattern(DATE),
        "2003-05",
        "When it began: a year, month, day, or a time with its zone. What is not known is left out.",
    ),
    column("end", false, Form::Pattern(DATE), "2003-05-14", "When it was over; as `date`."),
    column(
        "sector",
        true,
        Form::Words(|| words(Sector::ALL, Sector::as_str)),
        "municipality",
        "Where it happened: one of the fifteen critical-infrastructure sectors, or outside them.",
    ),
    column("country", false, Form::Pattern("^([A-Z]{2})?$"), "JP", "Country, ISO 3166-1."),
    column(
        "prefecture",
        false,
        Form::Pattern("^(0?[1-9]|[1-3][0-9]|4[0-7])?$"),
        "38",
        "Prefecture of Japan, JIS X 0401 (01 to 47). A spreadsheet may drop the leading 0.",
    ),
    text("place", MAXIMUM_TEXT_BYTES, "愛媛県新居浜市", "Place in words."),
    column(
        "cause",
        true,
        Form::Words(|| words(Cause::ALL, Cause::as_str)),
        "operating_error",
        "Why it happened; attacks and accidents are equals.",
    ),
    column(
        "malicious",
        false,
        Form::Words(|| words(Malice::ALL, Malice::as_str)),
        "",
        "Whether somebody meant it, if known better than the cause tells; else empty.",
    ),
    column(
        "effects",
        false,
        Form::Words(|| words(Effect::ALL, Effect::as_str)),
        "availability",
        "What was harmed: one or more of the words, separated by `;`.",
    ),
    text(
        "magnitudes",
        MAXIMUM_LIST_BYTES,
        "200|flights|about|delayed; 30-180|minutes",
        "How much: entries `value|unit|about|note`, separated by `;`. A range is `30-180`. The third part is `about` \
         or empty.",
    ),
    column(
        "channel",
        true,
        Form::Words(|| words(Channel::ALL, Channel::as_str)),
        "press",
        "How it became known.",
    ),
    column("reported_on", false, Form::Pattern(DATE), "2003-05-15", "When it became known; as `date`."),
    text(
        "costs",
        MAXIMUM_LIST_BYTES,
        "response_recovery|480000|JPY|city report|1",
        "Cost ledger: entries `kind|amount|currency|source|n`, separated by `;`. The amount is in whole units of the \
         currency (ISO 4217); n may be left out.",
    ),
    text(
        "sources",
        MAXIMUM_LIST_BYTES,
        "city report|https://example.jp/report|2003-06-01",
        "Who says so: entries `title|url|date`, separated by `;`.",
    ),
    column(
        "founding_table",
        false,
        Form::Pattern("^[12]?$"),
        "",
        "Only in exported rows of the 34 founding accidents: the table of the strategy.",
    ),
    column(
        "founding_column",
        false,
        Form::Words(|| words(Column::ALL, Column::as_str)),
        "",
        "Likewise: its column.",
    ),
    column(
        "founding_number",
        false,
        Form::Pattern("^([1-9]|[12][0-9]|3[0-4])?$"),
        "",
        "Likewise: its number.",
    ),
    column(
        "synthetic",
        false,
        Form::Words(|| vec!["true", "false"]),
        "false",
        "`true` for an invented accident; it stays marked as such.",
    ),
];

#[cfg(test)]
mod tests;
