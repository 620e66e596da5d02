//! Markdown of several blocks.

use super::inline;
use super::{Block, Item};

/// Blocks inside blocks beyond this depth are read as paragraphs.
const DEEPEST: usize = 16;

/// Reads Markdown; nothing is refused.
pub fn parse(text: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().collect();
    parse_lines(&lines, 0)
}

fn parse_lines(lines: &[&str], depth: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if line.trim().is_empty() {
            at += 1;
            continue;
        }
        let (block, used) = block(&lines[at..], depth);
        blocks.push(block);
        at += used;
    }
    blocks
}

fn block(lines: &[&str], depth: usize) -> (Block, usize) {
    let line = lines[0];
    if line.starts_with("```")
        && let Some(end) = lines[1..].iter().position(|line| line.trim_end() == "```")
    {
        return (Block::Preformatted(lines[1..=end].join("\n")), end + 2);
    }
    if let Some((level, text)) = heading(line) {
        return (Block::Heading(level, inline::parse(text)), 1);
    }
    if matches!(line.trim_end(), "---" | "***" | "___") {
        return (Block::Rule, 1);
    }
    if line.starts_with('|')
        && let Some((table, used)) = table(lines)
    {
        return (table, used);
    }
    if depth < DEEPEST {
        if line.starts_with('>') {
            return quotation(lines, depth);
        }
        if let Some((ordered, _)) = marker(line) {
            return list(lines, ordered, depth);
        }
    }
    let used = 1 + lines[1..].iter().take_while(|line| !ends_paragraph(line, depth)).count();
    (Block::Paragraph(inline::parse(&lines[..used].join("\n"))), used)
}

fn ends_paragraph(line: &str, depth: usize) -> bool {
    line.trim().is_empty() || heading(line).is_some() || (depth < DEEPEST && begins_list(line))
}

/// A paragraph is only broken by a list that starts with a bullet or with one.
fn begins_list(line: &str) -> bool {
    marker(line).is_some_and(|(ordered, _)| !ordered || line.starts_with("1. "))
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.len() - line.trim_start_matches('#').len();
    let text = line[level..].strip_prefix(' ')?;
    (1..=6).contains(&level).then_some((level, text.trim()))
}

/// Whether a line begins a point of a list: is it numbered, and how wide is its mark.
fn marker(line: &str) -> Option<(bool, usize)> {
    if let Some(mark @ ("* " | "- " | "+ ")) = line.get(..2) {
        return Some((false, mark.len()));
    }
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    ((1..=9).contains(&digits) && matches!(line.get(digits..digits + 2), Some(". " | ") ")))
        .then_some((true, digits + 2))
}

fn quotation(lines: &[&str], depth: usize) -> (Block, usize) {
    let used = lines.iter().take_while(|line| line.starts_with('>')).count();
    let strip = |line: &&'_ str| -> String {
        let inside = &line[1..];
        inside.strip_prefix(' ').unwrap_or(inside).to_owned()
    };
    let inside: Vec<String> = lines[..used].iter().map(strip).collect();
    let inside: Vec<&str> = inside.iter().map(String::as_str).collect();
    (Block::Quotation(parse_lines(&inside, depth + 1)), used)
}

fn list(lines: &[&str], ordered: bool, depth: usize) -> (Block, usize) {
    let mut items = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some((kind, width)) = marker(lines[at]) else { break };
        if kind != ordered {
            break;
        }
        let more = lines[at + 1..]
            .iter()
            .scan(false, |blank, line| {
                let inside = line.trim().is_empty()
                    || line.starts_with(' ')
                    || (!*blank && marker(line).is_none() && !ends_paragraph(line, depth));
                *blank = line.trim().is_empty();
                inside.then_some(())
            })
            .count();
        let mut inside = vec![&lines[at][width..]];
        inside.extend(lines[at + 1..=at + more].iter().map(|line| dedent(line, width)));
        items.push(item(&inside, depth));
        at += 1 + more;
    }
    (Block::List { ordered, items }, at)
}

fn dedent(line: &str, width: usize) -> &str {
    let blanks = line.bytes().take(width).take_while(|&byte| byte == b' ').count();
    &line[blanks..]
}

fn item(lines: &[&str], depth: usize) -> Item {
    let mut blocks = parse_lines(lines, depth + 1);
    match blocks.first_mut() {
        Some(Block::Paragraph(text)) => {
            let text = std::mem::take(text);
            blocks.remove(0);
            Item { text, blocks }
        }
        _ => Item { text: Vec::new(), blocks },
    }
}

fn table(lines: &[&str]) -> Option<(Block, usize)> {
    let rule = lines.get(1)?;
    let is_rule = rule.starts_with('|')
        && rule.contains('-')
        && rule.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
    if !is_rule {
        return None;
    }
    let used = lines.iter().take_while(|line| line.starts_with('|')).count();
    let row = |line: &&str| cells(line).iter().map(|cell| inline::parse(cell)).collect();
    Some((Block::Table { heads: row(&lines[0]), rows: lines[2..used].iter().map(row).collect() }, used))
}

/// The cells between upright strokes; `\|` is a stroke inside one.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|');
    let mut cells = vec![String::new()];
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = cells.len() - 1;
        match letter {
            '\\' if letters.peek() == Some(&'|') => cells[last].extend(letters.next()),
            '|' => cells.push(String::new()),
            other => cells[last].push(other),
        }
    }
    if cells.last().is_some_and(|cell| cell.trim().is_empty()) && cells.len() > 1 {
        cells.pop();
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// Writes Markdown, each block after an empty line.
pub fn write(blocks: &[Block]) -> String {
    blocks.iter().map(write_block).collect::<Vec<_>>().join("\n\n")
}

fn write_block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => {
            let bare = inline::write(text);
            match parse(&bare).as_slice() {
                [Block::Paragraph(same)] if same == text => bare,
                _ => guard(&bare),
            }
        }
        Block::Heading(level, text) => format!("{} {}", "#".repeat(*level), one_line(&inline::write(text))),
        Block::List { ordered, items } => write_list(*ordered, items),
        Block::Preformatted(text) => format!("```\n{text}\n```"),
        Block::Quotation(blocks) => {
            write(blocks).lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
        }
        Block::Table { heads, rows } => write_table(heads, rows),
        Block::Rule => "---".to_owned(),
    }
}

fn one_line(text: &str) -> String {
    text.split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
}

/// A paragraph whose first sign would make it another block, or whose lines would break it up.
fn guard(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let text = lines.join(" ");
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match parse(&text).as_slice() {
        [Block::Paragraph(_)] | [] => text,
        _ if digits > 0 => format!("{}\\{}", &text[..digits], &text[digits..]),
        _ => format!("\\{text}"),
    }
}

fn write_list(ordered: bool, items: &[Item]) -> String {
    let written = items.iter().enumerate().map(|(index, item)| {
        let mark = if ordered { format!("{}. ", index + 1) } else { "* ".to_owned() };
        let mut body = one_line(&inline::write(&item.text));
        for block in &item.blocks {
            let separator = match block {
                Block::List { .. } => "\n",
                _ => "\n\n",
            };
            if !body.is_empty() {
                body.push_str(separator);
            }
            body.push_str(&write_block(block));
        }
        let indent = " ".repeat(mark.len());
        let mut lines = body.lines();
        let mut out = format!("{mark}{}", lines.next().unwrap_or_default());
        for line in lines {
            out.push('\n');
            if !line.is_empty() {
                out.extend([&indent, line]);
            }
        }
        out
    });
    written.collect::<Vec<_>>().join("\n")
}

fn write_table(heads: &[Vec<super::Inline>], rows: &[Vec<Vec<super::Inline>>]) -> String {
    let row = |cells: &[Vec<super::Inline>]| {
        let cells =
            cells.iter().map(|cell| format!(" {} |", one_line(&inline::write(cell)).replace('|', "\\|")));
        format!("|{}", cells.collect::<String>())
    };
    let mut lines = vec![row(heads), format!("|{}", " --- |".repeat(heads.len()))];
    lines.extend(rows.iter().map(|cells| row(cells)));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_from_json_returns_as_it_was() {
        for text in [
            "one\n\ntwo",
            "soft\nbreak",
            "* a\n* b\n  * c\n  * d\n* e",
            "1. a\n2. b\n   1. c",
            "intro:\n\n* a\n* b\n\nafter",
            "# head\n\ntext",
            "```\n  code\n```",
            "> said\n> so",
            "| a | b |\n| --- | --- |\n| c \\| d | *e* |",
            "3 apples",
        ] {
            assert_eq!(write(&parse(text)), text);
        }
    }

    #[test]
    fn text_that_looks_like_another_block_is_guarded() {
        for text in ["# no head", "1. no list", "- no list", "> no quotation", "| no\n| - |", "---"] {
            let literal = vec![Block::Paragraph(vec![super::super::Inline::Text(text.replace('\n', " "))])];
            assert_eq!(parse(&write(&literal)), literal, "{text:?}");
        }
    }
}
