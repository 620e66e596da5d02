//! JSON in and out. Own reader, since no maintained library keeps lines, digits and the order of members together.

use crate::error::{Error, Place, Result};
use crate::limits::{Limits, Meter, place_of};
use crate::tree::{Node, Object, Value};

/// Reads one JSON value (RFC 8259); a name that comes twice in an object is refused.
///
/// # Errors
/// [`Error::Syntax`] with line and column.
pub fn read(text: &str, limits: &Limits) -> Result<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { text, at: 0, line: 1, counted: 0, meter: Meter::new(limits) };
    reader.skip_space();
    let node = reader.value(0)?;
    reader.skip_space();
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.fault("json", "text after the document")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    counted: usize,
    meter: Meter<'a>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn place(&self) -> Place {
        place_of(self.text.as_bytes(), self.at)
    }

    fn fault(&self, rule: &'static str, reason: impl Into<String>) -> Error {
        Error::syntax(self.place(), rule, reason)
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// The line of the current position; each byte is looked at once over the whole document.
    fn line(&mut self) -> u32 {
        let passed = &self.text.as_bytes()[self.counted..self.at];
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count() as u32;
        self.counted = self.at;
        self.line
    }

    fn value(&mut self, depth: usize) -> Result<Node> {
        let (bytes, at) = (self.text.as_bytes(), self.at);
        self.meter.count(depth, || place_of(bytes, at))?;
        let line = self.line();
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Boolean(true))?,
            Some(b'f') => self.word("false", Value::Boolean(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(_) => return Err(self.fault("json", "a value was expected here")),
            None => return Err(self.fault("json", "the document ends where a value was expected")),
        };
        Ok(Node::new(line, value))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.fault("json", "a value was expected here"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Value> {
        let mut object = Object::new();
        let mut names = Names::default();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(object));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.fault("json", "a property name was expected here"));
            }
            let start = self.at;
            let name = self.string()?;
            if !names.insert(&object, &name) {
                self.at = start;
                return Err(self.fault("unique-property", format!("property {name:?} comes twice")));
            }
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.fault("json", "a colon was expected here"));
            }
            self.at += 1;
            self.skip_space();
            let node = self.value(depth + 1)?;
            object.push(name, node);
            if self.closes(b'}')? {
                return Ok(Value::Object(object));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.closes(b']')? {
                items.shrink_to_fit();
                return Ok(Value::Array(items));
            }
        }
    }

    /// Passes a comma (false) or the closing bracket (true).
    fn closes(&mut self, bracket: u8) -> Result<bool> {
        self.skip_space();
        let closed = match self.peek() {
            Some(b',') => false,
            Some(byte) if byte == bracket => true,
            _ => {
                return Err(self.fault("json", format!("a comma or {:?} was expected here", bracket as char)));
            }
        };
        self.at += 1;
        self.skip_space();
        Ok(closed)
    }

    fn number(&mut self) -> Result<Value> {
        let start = self.at;
        let digits = |reader: &mut Self| {
            let from = reader.at;
            while let Some(b'0'..=b'9') = reader.peek() {
                reader.at += 1;
            }
            reader.at - from
        };
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.at;
        let whole = digits(self);
        let mut good = whole == 1 || (whole > 1 && self.text.as_bytes()[first] != b'0');
        if self.peek() == Some(b'.') {
            self.at += 1;
            good &= digits(self) > 0;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            good &= digits(self) > 0;
        }
        match good {
            true => Ok(Value::Number(self.text[start..self.at].into())),
            false => Err(self.fault("json", "not a number")),
        }
    }

    fn string(&mut self) -> Result<Box<str>> {
        self.at += 1;
        let start = self.at;
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b'"') => {
                    let text = &self.text[start..self.at];
                    self.at += 1;
                    return Ok(text.into());
                }
                Some(b'\\') => return self.escaped_string(start),
                Some(0..=0x1f) => return Err(self.fault("json", "a control character inside a string")),
                Some(_) => self.at += 1,
                None => return Err(self.fault("json", "the document ends inside a string")),
            }
        }
    }

    fn escaped_string(&mut self, start: usize) -> Result<Box<str>> {
        let mut text = self.text[start..self.at].to_owned();
        loop {
            let from = self.at;
            while !matches!(self.peek(), Some(b'"' | b'\\' | 0..=0x1f) | None) {
                self.at += 1;
            }
            text.push_str(&self.text[from..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text.into());
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.fault("json", "a control character inside a string")),
                None => return Err(self.fault("json", "the document ends inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        self.at += 1;
        let letter = self.peek();
        self.at += 1;
        Ok(match letter {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte as char,
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => {
                self.at -= 1;
                return Err(self.fault("json", "an unknown escape"));
            }
        })
    }

    fn unicode(&mut self) -> Result<char> {
        let first = self.hexadecimal()?;
        let code = match first {
            0xd800..=0xdbff if self.text[self.at..].starts_with("\\u") => {
                self.at += 2;
                let second = self.hexadecimal()?;
                match second {
                    0xdc00..=0xdfff => 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00),
                    _ => first,
                }
            }
            _ => first,
        };
        char::from_u32(code).ok_or_else(|| self.fault("json", "half of a surrogate pair"))
    }

    fn hexadecimal(&mut self) -> Result<u32> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.fault("json", "four hexadecimal digits were expected here")),
        }
    }
}

/// The names of an object under construction: few are compared one by one, many are hashed.
#[derive(Default)]
pub(crate) struct Names {
    hashed: std::collections::HashSet<Box<str>>,
}

impl Names {
    const MANY: usize = 24;

    /// False when `object` has the name already.
    pub fn insert(&mut self, object: &Object, name: &str) -> bool {
        if object.len() < Names::MANY {
            return object.get(name).is_none();
        }
        if self.hashed.is_empty() {
            self.hashed = object.iter().map(|(known, _)| known.into()).collect();
        }
        self.hashed.insert(name.into())
    }
}

/// Writes with two blanks of indentation and a newline at the end.
#[must_use]
pub fn write(node: &Node) -> String {
    let mut out = String::new();
    write_value(node, 0, &mut out);
    out.push('\n');
    out
}

fn write_value(node: &Node, depth: usize, out: &mut String) {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Boolean(true) => out.push_str("true"),
        Value::Boolean(false) => out.push_str("false"),
        Value::Number(digits) => out.push_str(digits),
        Value::Text(text) => write_string(text, out),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(object) if object.is_empty() => out.push_str("{}"),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "[" } else { "," });
                indent(depth + 1, out);
                write_value(item, depth + 1, out);
            }
            indent(depth, out);
            out.push(']');
        }
        Value::Object(object) => {
            for (index, (name, item)) in object.iter().enumerate() {
                out.push_str(if index == 0 { "{" } else { "," });
                indent(depth + 1, out);
                write_string(name, out);
                out.push_str(": ");
                write_value(item, depth + 1, out);
            }
            indent(depth, out);
            out.push('}');
        }
    }
}

fn indent(depth: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// A JSON string with the escapes that RFC 8259 demands and no others.
pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for part in text.split_inclusive(|c: char| c < ' ' || c == '"' || c == '\\') {
        let Some(last) = part.chars().next_back() else { continue };
        let plain = &part[..part.len() - last.len_utf8()];
        match last {
            '"' => out.extend([plain, "\\\""]),
            '\\' => out.extend([plain, "\\\\"]),
            '\n' => out.extend([plain, "\\n"]),
            '\r' => out.extend([plain, "\\r"]),
            '\t' => out.extend([plain, "\\t"]),
            control if control < ' ' => out.push_str(&format!("{plain}\\u{:04x}", control as u32)),
            _ => out.push_str(part),
        }
    }
    out.push('"');
}
