//! Several entries of several parts in one cell: `a|b|c; d|e`. In a part, `\` before `\`, `|` or `;` means the sign
//! itself.

use super::{guard, unguard};

/// Entries of a cell; more than any record may have.
const MAXIMUM_ENTRIES: usize = 100;

/// The entries of a cell, each with its parts, without the white space around them.
pub fn split(cell: &str) -> Result<Vec<Vec<String>>, String> {
    let mut entries = vec![vec![String::new()]];
    let mut characters = cell.chars();
    while let Some(character) = characters.next() {
        if entries.len() > MAXIMUM_ENTRIES {
            return Err(format!("has more than {MAXIMUM_ENTRIES} entries"));
        }
        let entry = entries.last_mut().expect("there is always an open entry");
        match character {
            ';' => entries.push(vec![String::new()]),
            '|' => entry.push(String::new()),
            _ => {
                let part = entry.last_mut().expect("an entry always has an open part");
                part.push(if character == '\\' {
                    let escaped = characters.next().filter(|next| matches!(next, '\\' | '|' | ';'));
                    escaped.ok_or("has a \\ that stands before none of \\ | ;")?
                } else {
                    character
                });
            }
        }
    }
    let trimmed = |part: String| unguard(part.trim()).to_owned();
    let entries = entries.into_iter().map(|parts| parts.into_iter().map(trimmed).collect::<Vec<_>>());
    Ok(entries.filter(|parts| parts.iter().any(|part| !part.is_empty())).collect())
}

/// Undoes [`split`]; empty parts at the end of an entry are left out.
pub fn join(entries: impl Iterator<Item = Vec<String>>) -> String {
    let write = |parts: Vec<String>| {
        let filled = parts.iter().rposition(|part| !part.is_empty()).map_or(0, |last| last + 1);
        let escaped = parts[..filled].iter().map(|part| {
            let mut out = String::with_capacity(part.len());
            for character in guard(part).chars() {
                if matches!(character, '\\' | '|' | ';') {
                    out.push('\\');
                }
                out.push(character);
            }
            out
        });
        escaped.collect::<Vec<_>>().join("|")
    };
    entries.map(write).collect::<Vec<_>>().join("; ")
}
