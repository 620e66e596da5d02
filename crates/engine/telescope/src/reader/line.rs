//! Lines of bounded length.

use std::io::{self, BufRead};

/// A longer line is cut here; it then fails to decode and is counted, and the rest of it is passed over.
const MAXIMUM_LINE: usize = 1 << 20;

pub(super) struct LineReader<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> LineReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: Vec::new(), number: 0 }
    }

    /// Lines read so far.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line without its end.
    pub(super) fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let mut any = false;
        loop {
            let available = match self.input.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                break;
            }
            any = true;
            let end = available.iter().position(|byte| *byte == b'\n');
            let take = end.unwrap_or(available.len());
            let room = MAXIMUM_LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&available[..take.min(room)]);
            let used = take + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        self.number += u64::from(any);
        Ok(any.then_some(self.line.strip_suffix(b"\r").unwrap_or(&self.line)))
    }
}
