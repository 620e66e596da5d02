//! From elements to the tree in JSON's shape, by the table of the model.

use super::element::{Child, Element, parse};
use crate::error::{Error, Place, Result};
use crate::limits::Limits;
use crate::markup;
use crate::model::{Datatype, Definition, Member, Model, Type};
use crate::tree::{Node, Object, Value};

/// Reads an OSCAL document. What the model does not know is kept: an attribute as a string under its name, an element
/// as an object with its content under `#xml`.
///
/// # Errors
/// [`Error::Syntax`] with the line; a root that is no OSCAL document has the rule `root`.
pub fn read(text: &str, limits: &Limits) -> Result<Node> {
    let root = parse(text, limits)?;
    let definition = if root.foreign { None } else { Model::get().root(&root.name) };
    let Some(definition) = definition else {
        let place = Place { line: root.line, column: 0 };
        let reason = format!("<{}> is no OSCAL document of the namespace {}", root.name, super::NAMESPACE);
        return Err(Error::syntax(place, "root", reason));
    };
    let mut document = Object::new();
    document.push(root.name.clone(), object(definition, &root));
    Ok(Node::new(root.line, Value::Object(document)))
}

fn object(definition: &Definition, element: &Element) -> Node {
    let mut out = Object::new();
    for (name, value) in &element.attributes {
        if name.starts_with("xsi:") {
            continue;
        }
        let value = match definition.flag(name) {
            Some(Member { shape: Type::Leaf(datatype), .. }) => datatype.value_of(value.trim()),
            _ => Value::Text(value.clone()),
        };
        out.push(name.clone(), Node::new(element.line, value));
    }
    if let Some((name, datatype)) = definition.value {
        out.set(name, Node::new(element.line, leaf(datatype, element)));
        return Node::new(element.line, Value::Object(out));
    }
    let children: Vec<_> = element.elements().collect();
    let mut at = 0;
    while at < children.len() {
        at += member(definition, &children[at..], &mut out);
    }
    if definition.bare().is_none() || children.is_empty() {
        keep_stray_text(element, &mut out);
    }
    Node::new(element.line, Value::Object(out))
}

/// Text where the model has none: kept, so that validation can name it.
fn keep_stray_text(element: &Element, out: &mut Object) {
    let stray: String = element
        .children
        .iter()
        .filter_map(|child| match child {
            Child::Text(text) => Some(text.trim()),
            Child::Element(_) => None,
        })
        .collect();
    if !stray.is_empty() {
        out.set("#text", Node::new(element.line, Value::Text(stray.into())));
    }
}

/// Adds the first of `children` to the object, and returns how many it has used.
fn member(definition: &Definition, children: &[&Element], out: &mut Object) -> usize {
    let first = children[0];
    if let (Some(member), false) = (definition.by_element(&first.name), first.foreign)
        && member.wrapper.is_none()
    {
        place(member, first, out);
        return 1;
    }
    let wrapped = definition.members.iter().find(|member| member.wrapper == Some(&*first.name));
    if let Some(member) = wrapped {
        let array = out.array_mut(member.json);
        first.elements().for_each(|item| array.push(value(member, item)));
        return 1;
    }
    if let Some(member) = definition.bare()
        && markup::is_block(&first.name)
    {
        let blocks = children.iter().take_while(|child| markup::is_block(&child.name)).count();
        let prose = markup::from_elements(&children[..blocks]);
        let prose = match out.text(member.json) {
            Some(before) => format!("{before}\n\n{prose}"),
            None => prose,
        };
        out.set(member.json, Node::new(first.line, Value::Text(prose.into())));
        return blocks;
    }
    let mut unknown = Object::new();
    first.attributes.iter().for_each(|(name, value)| unknown.push(name.clone(), (&**value).into()));
    let mut inner = String::new();
    first.inner_xml(&mut inner);
    unknown.push("#xml".into(), inner.as_str().into());
    out.array_mut(&first.name).push(Node::new(first.line, Value::Object(unknown)));
    1
}

fn place(member: &Member, element: &Element, out: &mut Object) {
    let node = value(member, element);
    match out.get_mut(member.json) {
        None if member.occurs.many() => {
            let line = node.line;
            out.push(member.json.into(), Node::new(line, Value::Array(vec![node])));
        }
        None => out.push(member.json.into(), node),
        // A second one where one is allowed becomes an array, which validation refuses by its place.
        Some(_) => out.array_mut(member.json).push(node),
    }
}

fn value(member: &Member, element: &Element) -> Node {
    match member.shape {
        Type::Object(index) => object(Model::get().definition(index), element),
        Type::Leaf(datatype) => Node::new(element.line, leaf(datatype, element)),
    }
}

fn leaf(datatype: Datatype, element: &Element) -> Value {
    match datatype {
        Datatype::MarkupLine => Value::Text(markup::line_from_element(element).into()),
        Datatype::MarkupMultiline => {
            let blocks: Vec<_> = element.elements().collect();
            let loose = element
                .children
                .iter()
                .any(|child| matches!(child, Child::Text(text) if !text.trim().is_empty()));
            match loose {
                true => Value::Text(markup::line_from_element(element).into()),
                false => Value::Text(markup::from_elements(&blocks).into()),
            }
        }
        Datatype::Base64 => Value::Text(element.text().split_whitespace().collect::<String>().into()),
        _ => datatype.value_of(element.text().trim()),
    }
}
