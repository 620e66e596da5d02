//! A reader that watches JSON go by: where one is, whether it is UTF-8, how long a text and how deep the nesting gets.
//! The parser behind it would collect a text of any length before anyone could look at it.

use std::{
    cell::{Cell, RefCell},
    io::{self, BufRead, Read},
    rc::Rc,
};

use crate::model::Limits;

/// Shared between the guard and those who build on the parser.
#[derive(Debug)]
pub struct Place {
    pub line: Cell<u64>,
    /// Bytes that may still come before the element that is being kept gets too long.
    pub budget: Cell<u64>,
    pub refused: RefCell<Option<String>>,
}

impl Place {
    pub fn new() -> Rc<Self> {
        Rc::new(Self { line: Cell::new(1), budget: Cell::new(u64::MAX), refused: RefCell::new(None) })
    }
}

pub struct Guard<R> {
    source: R,
    place: Rc<Place>,
    limits: Limits,
    in_string: bool,
    escaped: bool,
    string_bytes: u64,
    depth: u32,
    /// UTF-8: how many bytes of a character are still to come, and within which bounds the next lies.
    missing: u8,
    next: (u8, u8),
}

impl<R: BufRead> Guard<R> {
    pub fn new(source: R, place: Rc<Place>, limits: Limits) -> Self {
        let next = (0x80, 0xBF);
        Self {
            source,
            place,
            limits,
            in_string: false,
            escaped: false,
            string_bytes: 0,
            depth: 0,
            missing: 0,
            next,
        }
    }

    fn watch(&mut self, byte: u8) -> Result<(), String> {
        let budget = self.place.budget.get();
        if budget == 0 {
            return Err(format!("an element is longer than {} bytes", self.limits.element_bytes));
        }
        self.place.budget.set(budget - 1);
        self.watch_encoding(byte)?;
        if self.in_string {
            self.string_bytes += 1;
            if self.string_bytes > self.limits.text_bytes {
                return Err(format!("a text is longer than {} bytes", self.limits.text_bytes));
            }
            if self.escaped {
                self.escaped = false;
            } else if byte == b'\\' {
                self.escaped = true;
            } else if byte == b'"' {
                self.in_string = false;
            }
            return Ok(());
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.string_bytes = 0;
            }
            b'{' | b'[' => {
                self.depth += 1;
                if self.depth > self.limits.depth {
                    return Err(format!("is nested deeper than {} levels", self.limits.depth));
                }
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b'\n' => self.place.line.set(self.place.line.get() + 1),
            _ => {}
        }
        Ok(())
    }

    /// UTF-8 by the table of the Unicode Standard (3.9, well-formed byte sequences).
    fn watch_encoding(&mut self, byte: u8) -> Result<(), String> {
        if self.missing > 0 {
            if !(self.next.0..=self.next.1).contains(&byte) {
                return Err(format!("byte {byte:#04X} is not UTF-8 here"));
            }
            self.missing -= 1;
            self.next = (0x80, 0xBF);
            return Ok(());
        }
        if byte < 0x80 {
            return Ok(());
        }
        (self.missing, self.next) = match byte {
            0xC2..=0xDF => (1, (0x80, 0xBF)),
            0xE0 => (2, (0xA0, 0xBF)),
            0xED => (2, (0x80, 0x9F)),
            0xE1..=0xEF => (2, (0x80, 0xBF)),
            0xF0 => (3, (0x90, 0xBF)),
            0xF1..=0xF3 => (3, (0x80, 0xBF)),
            0xF4 => (3, (0x80, 0x8F)),
            _ => return Err(format!("byte {byte:#04X} is not UTF-8")),
        };
        Ok(())
    }
}

impl<R: BufRead> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The parser may ask again after an error; the first reason stands.
        if self.place.refused.borrow().is_some() {
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        let chunk = self.source.fill_buf()?;
        let count = chunk.len().min(buffer.len());
        buffer[..count].copy_from_slice(&chunk[..count]);
        self.source.consume(count);
        for byte in &buffer[..count] {
            self.watch(*byte).map_err(|reason| {
                *self.place.refused.borrow_mut() = Some(reason);
                io::Error::from(io::ErrorKind::InvalidData)
            })?;
        }
        Ok(count)
    }
}

/// Hands on XML or text, and stops when more came than was allowed since the last [`Allowance::renew`].
pub struct Allowance<R> {
    source: R,
    limit: u64,
    left: u64,
    pub line: u64,
    pub exceeded: bool,
}

impl<R: BufRead> Allowance<R> {
    pub fn new(source: R, limit: u64) -> Self {
        Self { source, limit, left: limit, line: 1, exceeded: false }
    }

    pub fn limit(&self) -> u64 {
        self.limit
    }

    pub fn renew(&mut self) {
        self.left = self.limit;
    }
}

impl<R: BufRead> Read for Allowance<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = self.fill_buf()?;
        let count = chunk.len().min(buffer.len());
        buffer[..count].copy_from_slice(&chunk[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Allowance<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            self.exceeded = true;
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        let chunk = self.source.fill_buf()?;
        let count = chunk.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        Ok(&chunk[..count])
    }

    fn consume(&mut self, count: usize) {
        if let Ok(chunk) = self.source.fill_buf() {
            let lines = chunk[..count.min(chunk.len())].iter().filter(|byte| **byte == b'\n').count();
            self.line += lines as u64;
        }
        self.source.consume(count);
        self.left = self.left.saturating_sub(count as u64);
    }
}
