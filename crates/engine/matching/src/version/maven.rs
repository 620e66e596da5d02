//! Maven: `ComparableVersion`, as the VERS suite has it (a zero before `.word` keeps its place, as up to Maven 3.8).
//!
//! Maven's comparison is no order for a few odd forms: a zero that a lower qualifier follows is below the end, and yet
//! above a service pack, which is above the end. Here what is below the end stays below it.

use super::key::{number, text};

enum Item {
    Number(String),
    Word(Qualifier),
    /// A word with digits straight behind it: `rc1`.
    Combination(Qualifier, String),
    List(Vec<Item>),
}

/// Position in alpha, beta, milestone, rc, snapshot, release, sp; unknown words come last, by text.
struct Qualifier {
    rank: u8,
    word: String,
}

const RELEASE: u8 = 5;
const UNKNOWN: u8 = 7;

const WORD_BEFORE: u8 = 0x01;
const LIST_BEFORE: u8 = 0x02;
const ZERO_BEFORE: u8 = 0x03;
const END: u8 = 0x04;
const WORD_AFTER: u8 = 0x05;
const LIST_AFTER: u8 = 0x06;

pub fn write(version: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let lower = version.to_lowercase();
    let items = normalised(Parser::default().parse(&lower));
    write_list(&items, out)
}

fn qualifier(word: &str, digit_follows: bool) -> Qualifier {
    let rank = match word {
        "alpha" => 0,
        "a" if digit_follows => 0,
        "beta" => 1,
        "b" if digit_follows => 1,
        "milestone" => 2,
        "m" if digit_follows => 2,
        "rc" | "cr" => 3,
        "snapshot" => 4,
        "" | "ga" | "final" | "release" => RELEASE,
        "sp" => 6,
        _ => return Qualifier { rank: UNKNOWN, word: word.to_owned() },
    };
    Qualifier { rank, word: String::new() }
}

/// Nested lists under construction: each hyphen, and each change between digits and letters, opens one.
#[derive(Default)]
struct Parser {
    open: Vec<Vec<Item>>,
    list: Vec<Item>,
}

impl Parser {
    fn nest(&mut self) {
        if !self.list.is_empty() {
            self.open.push(std::mem::take(&mut self.list));
        }
    }

    fn add(&mut self, combination: bool, digits: bool, piece: &str) {
        self.list.push(if combination {
            let joined = piece.replace('-', "");
            let split = joined.bytes().position(|byte| byte.is_ascii_digit()).unwrap_or(joined.len());
            Item::Combination(qualifier(&joined[..split], true), joined[split..].to_owned())
        } else if digits {
            Item::Number(piece.to_owned())
        } else {
            Item::Word(qualifier(piece, false))
        });
    }

    fn parse(mut self, version: &str) -> Vec<Item> {
        let bytes = version.as_bytes();
        let (mut digits, mut combination, mut start) = (false, false, 0);
        for (at, &byte) in bytes.iter().enumerate() {
            match byte {
                b'.' => {
                    self.add_or_zero(combination, digits, &version[start..at]);
                    combination = false;
                    start = at + 1;
                }
                b'-' => {
                    if at > start && !digits && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
                        combination = true;
                        continue;
                    }
                    self.add_or_zero(combination, digits, &version[start..at]);
                    start = at + 1;
                    self.nest();
                    combination = false;
                }
                byte if byte.is_ascii_digit() => {
                    if !digits && at > start {
                        combination = true;
                        self.nest();
                    }
                    digits = true;
                }
                _ => {
                    if digits && at > start {
                        self.add(combination, true, &version[start..at]);
                        start = at;
                        self.nest();
                        combination = false;
                    }
                    digits = false;
                }
            }
        }
        if version.len() > start {
            self.add(combination, digits, &version[start..]);
        }
        let mut list = self.list;
        while let Some(mut parent) = self.open.pop() {
            parent.push(Item::List(normalised(list)));
            list = parent;
        }
        list
    }

    fn add_or_zero(&mut self, combination: bool, digits: bool, piece: &str) {
        if piece.is_empty() {
            self.list.push(Item::Number("0".to_owned()));
        } else {
            self.add(combination, digits, piece);
        }
    }
}

fn is_null(item: &Item) -> bool {
    match item {
        Item::Number(digits) => digits.bytes().all(|byte| byte == b'0'),
        Item::Word(word) => word.rank == RELEASE,
        Item::Combination(..) => false,
        Item::List(items) => items.is_empty(),
    }
}

/// Takes out what stands for nothing from the end backwards; lists are stepped over, anything else with weight stops.
fn normalised(mut items: Vec<Item>) -> Vec<Item> {
    for at in (0..items.len()).rev() {
        if is_null(&items[at]) {
            items.remove(at);
        } else if !matches!(items[at], Item::List(_)) {
            break;
        }
    }
    items
}

/// How a sequence compares with nothing: -1, 0 or 1.
fn sign(items: &[Item]) -> i32 {
    for item in items {
        let sign = match item {
            Item::Number(_) => i32::from(!is_null(item)),
            Item::Word(word) | Item::Combination(word, _) => word.rank.cmp(&RELEASE) as i32,
            Item::List(inner) => sign(inner),
        };
        if sign != 0 {
            return sign;
        }
    }
    0
}

fn write_list(items: &[Item], out: &mut Vec<u8>) -> Result<(), &'static str> {
    for (at, item) in items.iter().enumerate() {
        let falls = sign(&items[at + 1..]) <= 0;
        match item {
            Item::Number(_) if is_null(item) && falls => out.push(ZERO_BEFORE),
            Item::Word(word) if word.rank == RELEASE && falls => {
                return Err(
                    "a release word before a lower one, which Maven orders differently from case to case",
                );
            }
            Item::Number(digits) => number(out, digits),
            Item::Word(word) => {
                write_qualifier(word, out);
                out.push(0);
            }
            Item::Combination(word, digits) => {
                write_qualifier(word, out);
                out.push(1);
                number(out, digits);
            }
            Item::List(inner) => {
                out.push(if sign(inner) < 0 { LIST_BEFORE } else { LIST_AFTER });
                write_list(inner, out)?;
            }
        }
    }
    out.push(END);
    Ok(())
}

fn write_qualifier(qualifier: &Qualifier, out: &mut Vec<u8>) {
    out.push(if qualifier.rank < RELEASE { WORD_BEFORE } else { WORD_AFTER });
    out.push(qualifier.rank);
    if qualifier.rank == UNKNOWN {
        text(out, &qualifier.word);
    }
}
