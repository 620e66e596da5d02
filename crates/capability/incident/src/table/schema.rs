//! The published description of the columns, for people and for programs.

use serde_json::{Map, Value, json};

use super::{COLUMNS, Form, TableColumn};

/// A JSON Schema (draft 2020-12) of one row: an object of the cells' texts by column.
pub fn json_schema() -> Value {
    let properties: Map<String, Value> =
        COLUMNS.iter().map(|column| (column.name.to_owned(), property(column))).collect();
    let required: Vec<&str> =
        COLUMNS.iter().filter(|column| column.required).map(|column| column.name).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:shinayaka:schema:incident.csv",
        "title": "A row of the accident registry as CSV",
        "type": "object",
        "properties": properties,
        "required": required,
        "anyOf": [
            { "required": ["title_ja"], "properties": { "title_ja": { "minLength": 1 } } },
            { "required": ["title_en"], "properties": { "title_en": { "minLength": 1 } } },
        ],
        "additionalProperties": false,
    })
}

fn property(column: &TableColumn) -> Value {
    let mut property = json!({ "type": "string", "description": column.meaning });
    match column.form {
        // JSON Schema counts characters; no text has more of them than bytes.
        Form::Text { maximum_bytes } => property["maxLength"] = json!(maximum_bytes),
        Form::Pattern(pattern) => property["pattern"] = json!(pattern),
        Form::Words(words) => {
            let words = words();
            if column.name == "effects" {
                let word = format!("({})", words.join("|"));
                property["pattern"] = json!(format!("^({word}( *; *{word})*)?$"));
            } else {
                let empty = (!column.required).then_some("");
                property["enum"] = empty.into_iter().chain(words).collect();
            }
        }
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
            Form::Words(words) => {
                words().iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
            }
        };
        let example = match column.example {
            "" => String::new(),
            example => format!("`{}`", example.replace('|', "\\|")),
        };
        let needed = if column.required { "yes" } else { "" };
        let meaning = column.meaning.replace('|', "\\|");
        out.push_str(&format!("| `{}` | {needed} | {meaning} | {form} | {example} |\n", column.name));
    }
    out
}

const PREFACE: &str = "\
# The columns of `incident.csv`

Written from `crates/capability/incident/src/table.rs`; a test fails when this page or
`incident.csv.schema.json` beside it is stale.

* Text is UTF-8, with or without a byte order mark; lines end in LF or CRLF; cells are quoted as in RFC 4180.
  Shift_JIS and UTF-16 are refused with a hint.
* The first line names the columns, in any order. Unknown columns are refused, so that a misspelt one is noticed.
* A file has at most 64 MiB and 50,000 rows; a row has at most 512 KiB.
* A file is taken whole or not at all: every bad row is listed with line, column and reason, and nothing is saved.
* Cells that a spreadsheet would run as a formula (beginning with `=`, `+`, `-`, `@` or their full-width forms) are
  written with an apostrophe before them; reading takes one apostrophe away from such a cell. So export and import give
  back the same text.
* In list cells (`magnitudes`, `costs`, `sources`) entries are separated by `;` and their parts by `|`; `\\` before `\\`,
  `|` or `;` means the sign itself.

| column | needed | meaning | form | example |
| --- | --- | --- | --- | --- |
";
