//! A document as a tree in the shape of OSCAL's JSON: every property is kept, known or not, in the order in which it
//! came, numbers as they were written, and each value knows the line on which it began.

/// A value and the line on which it began (0 when it was made, not read). Lines do not take part in equality.
#[derive(Clone, Debug)]
pub struct Node {
    pub line: u32,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    /// A number in its original digits.
    Number(Box<str>),
    Text(Box<str>),
    Array(Vec<Node>),
    Object(Object),
}

/// Named members in their original order; a reader refuses a name that comes twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    members: Vec<(Box<str>, Node)>,
}

impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.value == other.value
    }
}

impl From<Value> for Node {
    fn from(value: Value) -> Node {
        Node { line: 0, value }
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Node {
        Value::Text(text.into()).into()
    }
}

impl From<Vec<Node>> for Node {
    fn from(items: Vec<Node>) -> Node {
        Value::Array(items).into()
    }
}

impl From<Object> for Node {
    fn from(object: Object) -> Node {
        Value::Object(object).into()
    }
}

impl Node {
    #[must_use]
    pub fn new(line: u32, value: Value) -> Node {
        Node { line, value }
    }

    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        match &self.value {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        match &mut self.value {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The items of an array; nothing for any other value.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.as_object()?.get(name)
    }

    /// What kind of value this is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Boolean(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }

    /// Calls `visit` with every text inside, keys not included.
    pub fn texts<'a>(&'a self, visit: &mut impl FnMut(&'a str)) {
        match &self.value {
            Value::Text(text) => visit(text),
            Value::Array(items) => items.iter().for_each(|item| item.texts(visit)),
            Value::Object(object) => object.iter().for_each(|(_, node)| node.texts(visit)),
            Value::Null | Value::Boolean(_) | Value::Number(_) => {}
        }
    }
}

impl Object {
    #[must_use]
    pub fn new() -> Object {
        Object::default()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.members.iter().map(|(name, node)| (&**name, node))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Node)> {
        self.members.iter_mut().map(|(name, node)| (&**name, node))
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.members.iter().find(|(known, _)| &**known == name).map(|(_, node)| node)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.members.iter_mut().find(|(known, _)| &**known == name).map(|(_, node)| node)
    }

    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_text()
    }

    /// The items of the array of that name; nothing when there is none.
    #[must_use]
    pub fn items(&self, name: &str) -> &[Node] {
        self.get(name).map_or(&[], Node::items)
    }

    /// Appends a member without looking for one of the same name: for readers, which have looked.
    pub(crate) fn push(&mut self, name: Box<str>, node: Node) {
        self.members.push((name, node));
    }

    /// Sets a member in its place, or appends it.
    pub fn set(&mut self, name: &str, node: impl Into<Node>) {
        let node = node.into();
        match self.get_mut(name) {
            Some(known) => *known = node,
            None => self.members.push((name.into(), node)),
        }
    }

    pub fn remove(&mut self, name: &str) -> Option<Node> {
        let at = self.members.iter().position(|(known, _)| &**known == name)?;
        Some(self.members.remove(at).1)
    }

    /// Takes the items of an array out of the object.
    pub fn take_items(&mut self, name: &str) -> Vec<Node> {
        match self.remove(name).map(|node| node.value) {
            Some(Value::Array(items)) => items,
            Some(single) => vec![single.into()],
            None => Vec::new(),
        }
    }

    /// The array of that name, made when it is absent.
    pub fn array_mut(&mut self, name: &str) -> &mut Vec<Node> {
        let at = match self.members.iter().position(|(known, _)| &**known == name) {
            Some(at) => at,
            None => {
                self.members.push((name.into(), Vec::new().into()));
                self.members.len() - 1
            }
        };
        let node = &mut self.members[at].1;
        if !matches!(node.value, Value::Array(_)) {
            node.value = Value::Array(vec![node.clone()]);
        }
        match &mut node.value {
            Value::Array(items) => items,
            _ => unreachable!("made an array above"),
        }
    }

    /// Brings the members into the order that `rank` gives their names; members of equal rank keep their order.
    pub fn sort_by_rank(&mut self, rank: impl Fn(&str) -> usize) {
        self.members.sort_by_key(|(name, _)| rank(name));
    }

    /// Removes arrays that have become empty, which OSCAL's schemas forbid.
    pub fn drop_empty_arrays(&mut self) {
        self.members.retain(|(_, node)| !matches!(&node.value, Value::Array(items) if items.is_empty()));
    }
}
