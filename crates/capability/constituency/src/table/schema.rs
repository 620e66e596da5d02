//! The published description of the columns, for people and for programs.

use serde_json::{Map, Value, json};

use super::{COLUMNS, Form, TableColumn};

/// A JSON Schema (draft 2020-12) of one row: an object of the cells' texts by column.
pub fn json_schema() -> Value {
    let properties: Map<String, Value> =
        COLUMNS.iter().map(|column| (column.name.to_owned(), property(column))).collect();
    let named = |name: &str| json!({ "required": [name], "properties": { name: { "minLength": 1 } } });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:shinayaka:schema:organisation.csv",
        "title": "A row of the constituency as CSV",
        "type": "object",
        "properties": properties,
        "anyOf": [named("code"), named("name_ja"), named("name_en")],
        "additionalProperties": false,
    })
}

fn property(column: &TableColumn) -> Value {
    let mut property = json!({ "type": "string", "description": column.meaning });
    match column.form {
        // JSON Schema counts characters; no text has more of them than bytes.
        Form::Text { maximum_bytes } => property["maxLength"] = json!(maximum_bytes),
        Form::Pattern(pattern) => property["pattern"] = json!(pattern),
        Form::Number => property["pattern"] = json!(r"^(\d[\d,]*)?$"),
        Form::Codes => property["maxLength"] = json!(2_000),
        Form::Truth => property["enum"] = json!(["", "true", "false"]),
        Form::Words(words) => property["enum"] = std::iter::once("").chain(words()).collect(),
    }
    property
}

/// The page of the book about the columns.
pub fn page() -> String {
    let mut out = String::from(PREFACE);
    for column in &COLUMNS {
        let form = match column.form {
            Form::Text { maximum_bytes } => format!("text, at most {maximum_bytes} bytes"),
            Form::Pattern(pattern) => format!("`{}`", pattern.replace('|', "\\|")),
            Form::Number => "whole number".to_owned(),
            Form::Codes => "codes, separated by `;`".to_owned(),
            Form::Truth => "`true`, `false`".to_owned(),
            Form::Words(words) => {
                words().iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
            }
        };
        let example = match column.example {
            "" => String::new(),
            example => format!("`{}`", example.replace('|', "\\|")),
        };
        out.push_str(&format!("| `{}` | {} | {form} | {example} |\n", column.name, column.meaning));
    }
    out
}

const PREFACE: &str = "\
# The columns of `organisation.csv`

Written from `crates/capability/constituency/src/table.rs`; a test fails when this page or
`organisation.csv.schema.json` beside it is stale.

* Text is UTF-8, with or without a byte order mark; lines end in LF or CRLF; cells are quoted as in RFC 4180.
  Shift_JIS and UTF-16 are refused with a hint.
* The first line names the columns, in any order; `code`, `name_ja` or `name_en` must be among them. Unknown columns are
  refused, so that a misspelt one is noticed.
* A file has at most 16 MiB and 50,000 rows; a row has at most 64 KiB.
* A row is an organisation with at most one contact, one service and one product. More of them stand on further rows with
  the same code (or, without a code, the same name), which may leave the other cells of the organisation empty.
* A file adds and changes; it never takes away. An empty cell says nothing about what is registered.
* A file is taken whole or not at all: every bad row is listed with line, column and reason, and nothing is saved. A trial
  run shows what would change.
* Cells that a spreadsheet would run as a formula (beginning with `=`, `+`, `-`, `@` or their full-width forms) are
  written with an apostrophe before them; reading takes one apostrophe away from such a cell. So export and import give
  back the same text.

| column | meaning | form | example |
| --- | --- | --- | --- |
";
