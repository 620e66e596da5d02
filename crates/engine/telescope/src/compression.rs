//! Inputs that are gzip or Zstandard are opened by their first bytes, whatever their name is.

use std::io::{self, BufReader, Chain, Cursor, Read};

/// An input, unpacked if it was packed.
pub type Unpacked<'a> = Box<dyn Read + 'a>;

/// Looks at the first four bytes and unpacks gzip (RFC 1952, several members) and Zstandard (RFC 8878).
///
/// # Errors
/// Errors of the reader, and of starting the unpacker. Damaged packed data shows as an error of a later read.
pub fn unpack<'a>(mut input: impl Read + 'a) -> io::Result<Unpacked<'a>> {
    let mut head = [0u8; 4];
    let mut filled = 0;
    while filled < head.len() {
        match input.read(&mut head[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let whole: Chain<Cursor<Vec<u8>>, _> = Cursor::new(head[..filled].to_vec()).chain(input);
    Ok(match head {
        [0x1f, 0x8b, ..] => {
            Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(1 << 16, whole)))
        }
        [0x28, 0xb5, 0x2f, 0xfd] => {
            let mut decoder = zstd::stream::read::Decoder::new(whole)?;
            // 128 MiB of history is what `zstd --ultra -22` may ask for; more would let a file choose our memory.
            decoder.window_log_max(27)?;
            Box::new(decoder)
        }
        _ => Box::new(whole),
    })
}
