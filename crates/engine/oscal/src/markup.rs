//! OSCAL's markup: a small part of HTML in XML, a small part of Markdown in JSON and YAML, and a tree between them
//! (Metaschema specification, "Markup data types"). Beside what both languages have, `"q"` is a quotation, `~x~` a
//! subscript, `^x^` a superscript and `{{ insert: param, id }}` the place of a parameter's value.
//!
//! Markdown is written without escapes wherever it then reads back as the same markup, so that text which came from
//! JSON returns to JSON as it was.

mod html;
mod inline;
mod markdown;

use crate::xml::Element;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Inline {
    Text(String),
    Code(String),
    Strong(Vec<Inline>),
    Emphasis(Vec<Inline>),
    Quotation(Vec<Inline>),
    Subscript(Vec<Inline>),
    Superscript(Vec<Inline>),
    Link { href: String, title: Option<String>, text: Vec<Inline> },
    Image { source: String, alternative: String, title: Option<String> },
    Insert { kind: String, id: String },
    Break,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Paragraph(Vec<Inline>),
    Heading(usize, Vec<Inline>),
    List { ordered: bool, items: Vec<Item> },
    Preformatted(String),
    Quotation(Vec<Block>),
    Table { heads: Vec<Vec<Inline>>, rows: Vec<Vec<Vec<Inline>>> },
    Rule,
}

/// A point of a list: its own line, and what stands below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Item {
    pub text: Vec<Inline>,
    pub blocks: Vec<Block>,
}

/// Whether an element of that name is a block of markup.
pub(crate) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "ol"
            | "ul"
            | "pre"
            | "table"
            | "blockquote"
            | "hr"
            | "img"
    )
}

/// Blocks of XML as Markdown.
pub(crate) fn from_elements(elements: &[&Element]) -> String {
    markdown::write(&html::blocks(elements))
}

/// The content of an element as one line of Markdown.
pub(crate) fn line_from_element(element: &Element) -> String {
    inline::write(&html::inlines(&element.children))
}

/// Markdown as blocks of XML.
pub(crate) fn write_blocks(text: &str, depth: usize, out: &mut String) {
    html::write_blocks(&markdown::parse(text), depth, out);
}

/// One line of Markdown as XML.
pub(crate) fn write_line(text: &str, out: &mut String) {
    html::write_inlines(&inline::parse(text), out);
}

/// The identifiers that `{{ insert: param, id }}` names in a text.
pub(crate) fn inserted_parameters<'a>(text: &'a str, visit: &mut impl FnMut(&'a str)) {
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        rest = &rest[at + 2..];
        let Some(end) = rest.find("}}") else { return };
        if let Some(("param", id)) = inline::insert_parts(&rest[..end]) {
            visit(id);
        }
    }
}
