//! Markup in XML. White space that indentation made counts as one blank; a line break alone is kept.

use super::{Block, Inline, Item};
use crate::xml::{Child, Element, escape};

pub fn blocks(elements: &[&Element]) -> Vec<Block> {
    elements.iter().map(|element| block(element)).collect()
}

fn block(element: &Element) -> Block {
    match &*element.name {
        "ol" | "ul" => {
            let items = element.elements().filter(|child| &*child.name == "li").map(item).collect();
            Block::List { ordered: &*element.name == "ol", items }
        }
        "pre" => Block::Preformatted(element.text().trim_matches('\n').to_owned()),
        "blockquote" => match element.elements().any(|child| super::is_block(&child.name)) {
            true => Block::Quotation(blocks(&element.elements().collect::<Vec<_>>())),
            false => Block::Quotation(vec![Block::Paragraph(inlines(&element.children))]),
        },
        "table" => table(element),
        "hr" => Block::Rule,
        "img" => Block::Paragraph(inlines(&[Child::Element(element.clone())])),
        name => match name.strip_prefix('h').and_then(|level| level.parse().ok()) {
            Some(level) => Block::Heading(level, inlines(&element.children)),
            None => Block::Paragraph(inlines(&element.children)),
        },
    }
}

fn item(element: &Element) -> Item {
    let is_block = |child: &Child| matches!(child, Child::Element(element) if super::is_block(&element.name) && &*element.name != "img");
    let first = element.children.iter().position(is_block).unwrap_or(element.children.len());
    let text = inlines(&element.children[..first]);
    let rest: Vec<&Element> = element.children[first..]
        .iter()
        .filter_map(|child| match child {
            Child::Element(element) => Some(element),
            Child::Text(_) => None,
        })
        .collect();
    let mut blocks = blocks(&rest);
    match (text.is_empty(), blocks.first_mut()) {
        (true, Some(Block::Paragraph(first))) => {
            let text = std::mem::take(first);
            blocks.remove(0);
            Item { text, blocks }
        }
        _ => Item { text, blocks },
    }
}

fn table(element: &Element) -> Block {
    let mut rows = Vec::new();
    collect_rows(element, &mut rows);
    let heads = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
    Block::Table { heads, rows }
}

fn collect_rows(element: &Element, rows: &mut Vec<Vec<Vec<Inline>>>) {
    for child in element.elements() {
        match &*child.name {
            "tr" => rows.push(child.elements().map(|cell| inlines(&cell.children)).collect()),
            _ => collect_rows(child, rows),
        }
    }
}

/// The inlines of mixed content, without the white space that indentation made at both ends.
pub fn inlines(children: &[Child]) -> Vec<Inline> {
    let mut out = Vec::new();
    append(children, &mut out);
    let broken = |space: &str| space.contains('\n');
    if let (Some(Child::Text(raw)), Some(Inline::Text(first))) = (children.first(), out.first_mut())
        && broken(&raw[..raw.len() - raw.trim_start().len()])
    {
        *first = first.trim_start().to_owned();
    }
    if let (Some(Child::Text(raw)), Some(Inline::Text(last))) = (children.last(), out.last_mut())
        && broken(&raw[raw.trim_end().len()..])
    {
        *last = last.trim_end().to_owned();
    }
    out.retain(|inline| !matches!(inline, Inline::Text(text) if text.is_empty()));
    out
}

fn append(children: &[Child], out: &mut Vec<Inline>) {
    for child in children {
        let element = match child {
            Child::Text(text) => {
                let text = collapse(text);
                match out.last_mut() {
                    Some(Inline::Text(before)) => before.push_str(&text),
                    _ => out.push(Inline::Text(text)),
                }
                continue;
            }
            Child::Element(element) => element,
        };
        let inside = || {
            let mut inside = Vec::new();
            append(&element.children, &mut inside);
            inside.retain(|inline| !matches!(inline, Inline::Text(text) if text.is_empty()));
            inside
        };
        let attribute = |name: &str| element.attribute(name).map(str::to_owned);
        match &*element.name {
            "em" | "i" => out.push(Inline::Emphasis(inside())),
            "strong" | "b" => out.push(Inline::Strong(inside())),
            "code" => out.push(Inline::Code(collapse(&element.text()))),
            "q" => out.push(Inline::Quotation(inside())),
            "sub" => out.push(Inline::Subscript(inside())),
            "sup" => out.push(Inline::Superscript(inside())),
            "a" => out.push(Inline::Link {
                href: attribute("href").unwrap_or_default(),
                title: attribute("title"),
                text: inside(),
            }),
            "img" => out.push(Inline::Image {
                source: attribute("src").unwrap_or_default(),
                alternative: attribute("alt").unwrap_or_default(),
                title: attribute("title"),
            }),
            "insert" => out.push(Inline::Insert {
                kind: attribute("type").unwrap_or_else(|| "param".to_owned()),
                id: attribute("id-ref").or_else(|| attribute("param-id")).unwrap_or_default(),
            }),
            "br" => out.push(Inline::Break),
            _ => append(&element.children, out),
        }
    }
}

/// White space with a line break and more in it was made by indentation: one blank.
fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(char::is_whitespace) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
        let space = &rest[..end];
        match space.contains('\n') && space.len() > 1 {
            true => out.push(' '),
            false => out.push_str(space),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

pub fn write_blocks(blocks: &[Block], depth: usize, out: &mut String) {
    for block in blocks {
        indent(depth, out);
        write_block(block, depth, out);
        out.push('\n');
    }
}

fn indent(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("   ", depth));
}

fn write_block(block: &Block, depth: usize, out: &mut String) {
    match block {
        Block::Paragraph(text) => wrap("p", text, out),
        Block::Heading(level, text) => wrap(&format!("h{level}"), text, out),
        Block::Preformatted(text) => {
            out.push_str("<pre>");
            escape(text, false, out);
            out.push_str("</pre>");
        }
        Block::Quotation(blocks) => {
            out.push_str("<blockquote>\n");
            write_blocks(blocks, depth + 1, out);
            indent(depth, out);
            out.push_str("</blockquote>");
        }
        Block::List { ordered, items } => {
            let name = if *ordered { "ol" } else { "ul" };
            out.extend(["<", name, ">\n"]);
            for item in items {
                indent(depth + 1, out);
                out.push_str("<li>");
                write_inlines(&item.text, out);
                if !item.blocks.is_empty() {
                    out.push('\n');
                    write_blocks(&item.blocks, depth + 2, out);
                    indent(depth + 1, out);
                }
                out.push_str("</li>\n");
            }
            indent(depth, out);
            out.extend(["</", name, ">"]);
        }
        Block::Table { heads, rows } => write_table(heads, rows, depth, out),
        Block::Rule => out.push_str("<hr/>"),
    }
}

fn write_table(heads: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>], depth: usize, out: &mut String) {
    out.push_str("<table>\n");
    let mut row = |cells: &[Vec<Inline>], name: &str| {
        indent(depth + 1, out);
        out.push_str("<tr>");
        cells.iter().for_each(|cell| wrap(name, cell, out));
        out.push_str("</tr>\n");
    };
    row(heads, "th");
    rows.iter().for_each(|cells| row(cells, "td"));
    indent(depth, out);
    out.push_str("</table>");
}

fn wrap(name: &str, text: &[Inline], out: &mut String) {
    out.extend(["<", name, ">"]);
    write_inlines(text, out);
    out.extend(["</", name, ">"]);
}

pub fn write_inlines(inlines: &[Inline], out: &mut String) {
    let attribute = |name: &str, value: &str, out: &mut String| {
        out.extend([" ", name, "=\""]);
        escape(value, true, out);
        out.push('"');
    };
    for inline in inlines {
        match inline {
            Inline::Text(text) => escape(text, false, out),
            Inline::Code(code) => {
                out.push_str("<code>");
                escape(code, false, out);
                out.push_str("</code>");
            }
            Inline::Strong(inside) => wrap("strong", inside, out),
            Inline::Emphasis(inside) => wrap("em", inside, out),
            Inline::Quotation(inside) => wrap("q", inside, out),
            Inline::Subscript(inside) => wrap("sub", inside, out),
            Inline::Superscript(inside) => wrap("sup", inside, out),
            Inline::Link { href, title, text } => {
                out.push_str("<a");
                attribute("href", href, out);
                title.iter().for_each(|title| attribute("title", title, out));
                out.push('>');
                write_inlines(text, out);
                out.push_str("</a>");
            }
            Inline::Image { source, alternative, title } => {
                out.push_str("<img");
                attribute("alt", alternative, out);
                attribute("src", source, out);
                title.iter().for_each(|title| attribute("title", title, out));
                out.push_str("/>");
            }
            Inline::Insert { kind, id } => {
                out.push_str("<insert");
                attribute("type", kind, out);
                attribute("id-ref", id, out);
                out.push_str("/>");
            }
            Inline::Break => out.push_str("<br/>"),
        }
    }
}
