//! Markdown within a line: one pass with a stack of what is open, so that no text takes more than linear time.

use super::Inline;

/// Beyond this many open marks the rest is taken literally.
const DEEPEST: usize = 32;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Strong,
    Emphasis,
    Quotation,
    Subscript,
    Superscript,
    Link,
    Image,
}

struct Open {
    mark: Mark,
    raw: &'static str,
    content: Vec<Inline>,
}

/// What stands between `{{` and `}}` when it is an insertion: its type and identifier.
pub fn insert_parts(inside: &str) -> Option<(&str, &str)> {
    let (kind, id) = inside.trim().strip_prefix("insert:")?.split_once(',')?;
    let (kind, id) = (kind.trim(), id.trim());
    let token = |text: &str| {
        !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | ','))
    };
    (token(kind) && token(id)).then_some((kind, id))
}

/// Reads a line of Markdown. Nothing is refused: what is no markup is text.
pub fn parse(text: &str) -> Vec<Inline> {
    let mut parser = Parser { text, at: 0, open: Vec::new(), content: Vec::new() };
    parser.run();
    while let Some(open) = parser.open.pop() {
        parser.unwrap_literally(open);
    }
    parser.content
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    open: Vec<Open>,
    content: Vec<Inline>,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn target(&mut self) -> &mut Vec<Inline> {
        match self.open.last_mut() {
            Some(open) => &mut open.content,
            None => &mut self.content,
        }
    }

    fn push_text(&mut self, text: &str) {
        append_text(self.target(), text);
    }

    fn run(&mut self) {
        while self.at < self.text.len() {
            let rest = self.rest();
            let plain = rest.find(['\\', '`', '*', '"', '~', '^', '[', ']', '!', '{']).unwrap_or(rest.len());
            if plain > 0 {
                self.push_text(&rest[..plain]);
                self.at += plain;
                continue;
            }
            match rest.as_bytes()[0] {
                b'\\' => self.escape(),
                b'`' => self.code(),
                b'*' => self.stars(),
                b'"' => self.symmetric(Mark::Quotation, "\""),
                b'~' => self.symmetric(Mark::Subscript, "~"),
                b'^' => self.symmetric(Mark::Superscript, "^"),
                b'[' => self.opening(Mark::Link, "["),
                b'!' if rest.starts_with("![") => self.opening(Mark::Image, "!["),
                b']' => self.closing_bracket(),
                b'{' if self.insertion() => {}
                _ => {
                    self.push_text(&rest[..1]);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self) {
        let next = self.rest()[1..].chars().next();
        match next {
            Some('\n') => {
                self.target().push(Inline::Break);
                self.at += 2;
            }
            Some(letter) if letter.is_ascii_punctuation() => {
                self.push_text(letter.encode_utf8(&mut [0; 4]));
                self.at += 2;
            }
            _ => {
                self.push_text("\\");
                self.at += 1;
            }
        }
    }

    fn code(&mut self) {
        let rest = self.rest();
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let fence = &rest[..ticks];
        let mut from = ticks;
        while let Some(found) = rest[from..].find('`') {
            let start = from + found;
            let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
            if run == ticks {
                let inside = &rest[ticks..start];
                let padded =
                    ticks > 1 && inside.len() > 2 && inside.starts_with(' ') && inside.ends_with(' ');
                let code = if padded { &inside[1..inside.len() - 1] } else { inside };
                if !code.is_empty() {
                    self.target().push(Inline::Code(code.to_owned()));
                    self.at += start + run;
                    return;
                }
            }
            from = start + run;
            // An unclosed fence would be searched for again and again.
            if from > ticks + 65_536 {
                break;
            }
        }
        self.push_text(fence);
        self.at += ticks;
    }

    fn flanks(&self, length: usize) -> (bool, bool) {
        let before = self.text[..self.at].chars().next_back();
        let after = self.text[self.at + length..].chars().next();
        let solid = |letter: Option<char>| letter.is_some_and(|letter| !letter.is_whitespace());
        (solid(before), solid(after))
    }

    fn stars(&mut self) {
        let run = self.rest().len() - self.rest().trim_start_matches('*').len();
        let (solid_before, solid_after) = self.flanks(run);
        let mut left = run;
        while left > 0 {
            let innermost =
                self.open.iter().rev().find(|open| matches!(open.mark, Mark::Strong | Mark::Emphasis));
            let innermost = innermost.map(|open| open.mark);
            let used = match innermost {
                Some(Mark::Emphasis) if solid_before && self.close(Mark::Emphasis) => 1,
                Some(Mark::Strong) if solid_before && left >= 2 && self.close(Mark::Strong) => 2,
                _ if solid_after && left >= 2 && self.begin(Mark::Strong, "**") => 2,
                _ if solid_after && self.begin(Mark::Emphasis, "*") => 1,
                _ => {
                    self.push_text("*");
                    1
                }
            };
            left -= used;
            self.at += used;
        }
    }

    fn symmetric(&mut self, mark: Mark, raw: &'static str) {
        let (solid_before, solid_after) = self.flanks(1);
        let is_open = self.open.iter().any(|open| open.mark == mark);
        let done = match is_open {
            true => solid_before && self.close(mark),
            false => solid_after && self.begin(mark, raw),
        };
        if !done {
            self.push_text(raw);
        }
        self.at += 1;
    }

    fn opening(&mut self, mark: Mark, raw: &'static str) {
        if !self.begin(mark, raw) {
            self.push_text(raw);
        }
        self.at += raw.len();
    }

    fn begin(&mut self, mark: Mark, raw: &'static str) -> bool {
        let fits = self.open.len() < DEEPEST;
        if fits {
            self.open.push(Open { mark, raw, content: Vec::new() });
        }
        fits
    }

    /// Takes the innermost open mark off as text when it never closed.
    fn unwrap_literally(&mut self, open: Open) {
        self.push_text(open.raw);
        let target = self.target();
        for inline in open.content {
            match inline {
                Inline::Text(text) => append_text(target, &text),
                other => target.push(other),
            }
        }
    }

    /// The content of the innermost open mark of that kind, what opened inside it and never closed taken literally.
    fn take(&mut self, mark: Mark) -> Option<Open> {
        if !self.open.iter().any(|open| open.mark == mark) {
            return None;
        }
        while let Some(open) = self.open.pop() {
            if open.mark == mark {
                return Some(open);
            }
            self.unwrap_literally(open);
        }
        None
    }

    fn close(&mut self, mark: Mark) -> bool {
        let filled = self
            .open
            .iter()
            .rev()
            .find(|open| open.mark == mark)
            .is_some_and(|open| !open.content.is_empty());
        let innermost = self.open.last().is_some_and(|open| open.mark == mark);
        if !filled && innermost {
            return false;
        }
        let Some(open) = self.take(mark) else { return false };
        let content = open.content;
        let wrapped = match mark {
            Mark::Strong => Inline::Strong(content),
            Mark::Emphasis => Inline::Emphasis(content),
            Mark::Quotation => Inline::Quotation(content),
            Mark::Subscript => Inline::Subscript(content),
            _ => Inline::Superscript(content),
        };
        self.target().push(wrapped);
        true
    }

    fn closing_bracket(&mut self) {
        let innermost = self
            .open
            .iter()
            .rev()
            .find(|open| matches!(open.mark, Mark::Link | Mark::Image))
            .map(|open| open.mark);
        let destination = destination(&self.rest()[1..]);
        let (Some(mark), Some((href, title, length))) = (innermost, destination) else {
            // A bracket without a destination closes nothing: its opening is text.
            if let Some(at) = self.open.iter().rposition(|open| open.mark == Mark::Link)
                && at + 1 == self.open.len()
                && let Some(open) = self.open.pop()
            {
                self.unwrap_literally(open);
            }
            self.push_text("]");
            self.at += 1;
            return;
        };
        if let Some(open) = self.take(mark) {
            self.target().push(match mark {
                Mark::Link => Inline::Link { href, title, text: open.content },
                _ => Inline::Image { source: href, alternative: plain(&open.content), title },
            });
        }
        self.at += 1 + length;
    }

    fn insertion(&mut self) -> bool {
        let rest = self.rest();
        let Some(inside) = rest.strip_prefix("{{") else { return false };
        let end = inside.bytes().take(512).position(|byte| byte == b'}');
        let Some(end) = end.filter(|&end| inside[end..].starts_with("}}")) else { return false };
        let Some((kind, id)) = insert_parts(&inside[..end]) else { return false };
        self.target().push(Inline::Insert { kind: kind.to_owned(), id: id.to_owned() });
        self.at += end + 4;
        true
    }
}

/// `(href "title")`: the two and the length of it all.
fn destination(text: &str) -> Option<(String, Option<String>, usize)> {
    let inside = text.strip_prefix('(')?;
    let mut depth = 0;
    let mut end = None;
    for (at, byte) in inside.bytes().enumerate().take(8192) {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => {
                end = Some(at);
                break;
            }
            b')' => depth -= 1,
            b'\n' => return None,
            _ => {}
        }
    }
    let end = end?;
    let whole = inside[..end].trim();
    let (href, title) = match whole.split_once(" \"") {
        Some((href, title)) => (href, Some(title.strip_suffix('"')?.replace("\\\"", "\""))),
        None => (whole, None),
    };
    (!href.contains(char::is_whitespace)).then(|| (href.to_owned(), title, end + 2))
}

fn append_text(target: &mut Vec<Inline>, text: &str) {
    match target.last_mut() {
        Some(Inline::Text(before)) => before.push_str(text),
        _ => target.push(Inline::Text(text.to_owned())),
    }
}

/// The text of inlines without their marks.
pub fn plain(inlines: &[Inline]) -> String {
    inlines
        .iter()
        .map(|inline| match inline {
            Inline::Text(text) | Inline::Code(text) => text.clone(),
            Inline::Strong(inside) | Inline::Emphasis(inside) | Inline::Quotation(inside) => plain(inside),
            Inline::Subscript(inside) | Inline::Superscript(inside) => plain(inside),
            Inline::Link { text, .. } => plain(text),
            Inline::Image { alternative, .. } => alternative.clone(),
            Inline::Insert { .. } | Inline::Break => String::new(),
        })
        .collect()
}

/// Writes a line of Markdown, with escapes only when it would not read back otherwise.
pub fn write(inlines: &[Inline]) -> String {
    let mut bare = String::new();
    append(inlines, false, &mut bare);
    if parse(&bare) == inlines {
        return bare;
    }
    let mut escaped = String::new();
    append(inlines, true, &mut escaped);
    escaped
}

fn append(inlines: &[Inline], escape: bool, out: &mut String) {
    let wrap = |mark: &str, inside: &[Inline], out: &mut String| {
        out.push_str(mark);
        append(inside, escape, out);
        out.push_str(mark);
    };
    let quoted = |title: &Option<String>| {
        title.as_ref().map(|title| format!(" \"{}\"", title.replace('"', "\\\""))).unwrap_or_default()
    };
    for inline in inlines {
        match inline {
            Inline::Text(text) if escape => append_escaped(text, out),
            Inline::Text(text) => out.push_str(text),
            Inline::Code(code) => append_code(code, out),
            Inline::Strong(inside) => wrap("**", inside, out),
            Inline::Emphasis(inside) => wrap("*", inside, out),
            Inline::Quotation(inside) => wrap("\"", inside, out),
            Inline::Subscript(inside) => wrap("~", inside, out),
            Inline::Superscript(inside) => wrap("^", inside, out),
            Inline::Link { href, title, text } => {
                out.push('[');
                append(text, escape, out);
                out.extend(["](", href, &quoted(title), ")"]);
            }
            Inline::Image { source, alternative, title } => {
                out.push_str("![");
                append_escaped(alternative, out);
                out.extend(["](", source, &quoted(title), ")"]);
            }
            Inline::Insert { kind, id } => out.extend(["{{ insert: ", kind, ", ", id, " }}"]),
            Inline::Break => out.push_str("\\\n"),
        }
    }
}

fn append_code(code: &str, out: &mut String) {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    match longest {
        0 => out.extend(["`", code, "`"]),
        _ => {
            let fence = "`".repeat(longest + 1);
            let pad = if code.starts_with('`') || code.ends_with('`') { " " } else { "" };
            out.extend([&fence, pad, code, pad, &fence]);
        }
    }
}

fn append_escaped(text: &str, out: &mut String) {
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let marks = match letter {
            '*' | '`' | '~' | '^' | '"' | '[' | ']' => true,
            '\\' => letters.peek().is_some_and(|next| next.is_ascii_punctuation() || *next == '\n'),
            '{' => letters.peek() == Some(&'{'),
            _ => false,
        };
        if marks {
            out.push('\\');
        }
        out.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn returns(text: &str) {
        assert_eq!(write(&parse(text)), text);
    }

    #[test]
    fn what_came_from_json_returns_as_it_was() {
        for text in [
            "plain",
            "a *b* and **c** and ***d***",
            "the \"quoted\" word and 5\" of it",
            "H~2~O and x^2^ and a ~ b",
            "see [NIST](https://nist.gov/a_(b) \"the title\") and ![alt](a.png)",
            "every {{ insert: param, ac-1_prm_1 }} days",
            "`code` and ``a ` b``".trim(),
            "an *open star, a [bracket] and {{ no insert }}",
            "2 * 3 * 4",
            "[a] [b](c) \\ d",
        ] {
            returns(text);
        }
    }

    #[test]
    fn marks_nest() {
        let text = |text: &str| Inline::Text(text.to_owned());
        assert_eq!(parse("**a *b***"), [Inline::Strong(vec![text("a "), Inline::Emphasis(vec![text("b")])])]);
        let link =
            Inline::Link { href: "#x".into(), title: None, text: vec![Inline::Emphasis(vec![text("y")])] };
        assert_eq!(parse("[*y*](#x)"), [link]);
    }

    #[test]
    fn literal_marks_are_escaped_when_they_must_be() {
        let literal = [Inline::Text("*not emphasised* and \"q\"".into())];
        assert_eq!(write(&literal), "\\*not emphasised\\* and \\\"q\\\"");
        assert_eq!(parse(&write(&literal)), literal);
    }

    #[test]
    fn a_hundred_thousand_open_marks_take_no_time() {
        for mark in ["*", "[", "\"", "`a", "{{", "![", "**a ", "]("] {
            let _ = parse(&mark.repeat(100_000));
        }
    }
}
