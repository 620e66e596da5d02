//! Cells that a spreadsheet would run.
//!
//! A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@`. [`guard`] puts an apostrophe before such a cell (and
//! before one that already begins with apostrophes and such a sign), [`unguard`] takes one away again: so an exported
//! file is harmless when opened, and reading it back gives what was written.

/// True for what a spreadsheet would take for a formula, perhaps behind apostrophes.
fn looks_like_formula(text: &str) -> bool {
    let sign = text.trim_start_matches('\'').chars().next();
    matches!(sign, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'))
}

/// Makes a text harmless in a spreadsheet.
pub fn guard(text: &str) -> String {
    if looks_like_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// Undoes [`guard`].
pub fn unguard(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if looks_like_formula(rest) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guarded_cell_is_no_formula_and_comes_back() {
        for text in ["=1+1", "+81-3", "-", "@x", "＝A1", "'=1", "''+", "plain", "", "'quoted'"] {
            let guarded = guard(text);
            assert!(!guarded.starts_with(['=', '+', '-', '@', '＝']), "{guarded}");
            assert_eq!(unguard(&guarded), text);
        }
    }
}
