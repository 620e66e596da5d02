//! The Merkle journal: an append-only log over every change, hashed as RFC 6962 section 2 says.
//!
//! The tree is kept in *tiles* of 256 hashes (the layout of c2sp.org/tlog-tiles): tile (0, n) holds the leaf
//! hashes 256n…256n+255, and entry i of tile (t+1, n) is the root over the full tile (t, 256n+i). Any node of
//! the tree is computed from one tile, a proof from a handful of them, and appending touches one tile a level.
//!
//! A leaf is the hash of an [`Entry`], 61 bytes that name the object, its version and a *commitment*: the hash of
//! a random salt and the content. Erasing salt and body leaves every proof intact and the content unguessable.

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    clock::Timestamp,
    error::{Error, Result},
    id::ObjectId,
};

pub type Hash = [u8; 32];

/// log2 of the hashes in a tile.
pub const TILE_HEIGHT: u32 = 8;
/// Hashes in a full tile.
pub const TILE_WIDTH: u64 = 1 << TILE_HEIGHT;
/// Bytes of an [`Entry`].
pub const ENTRY_BYTES: usize = 61;

/// What a journal entry says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A version of an object was saved.
    Saved = 1,
    /// Salt and body of a version were destroyed.
    Erased = 2,
    /// A relation was added, or ended.
    Related = 3,
    Unrelated = 4,
    /// The originator consented to a wider label.
    Consented = 5,
    /// An account was made or its rights were changed.
    Account = 6,
}

impl EntryKind {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Saved, Self::Erased, Self::Related, Self::Unrelated, Self::Consented, Self::Account]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub kind: EntryKind,
    /// The object, or the account for [`EntryKind::Account`].
    pub object: ObjectId,
    /// The version for `Saved` and `Erased`, else 0.
    pub version: u32,
    pub at: Timestamp,
    pub commitment: Hash,
}

impl Entry {
    pub fn to_bytes(&self) -> [u8; ENTRY_BYTES] {
        let mut out = [0; ENTRY_BYTES];
        out[0] = self.kind as u8;
        out[1..17].copy_from_slice(self.object.as_bytes());
        out[17..21].copy_from_slice(&self.version.to_be_bytes());
        out[21..29].copy_from_slice(&self.at.microseconds().to_be_bytes());
        out[29..61].copy_from_slice(&self.commitment);
        out
    }

    /// `None` if the bytes are not an entry.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; ENTRY_BYTES] = bytes.try_into().ok()?;
        let (kind, rest) = bytes.split_first()?;
        let (object, rest) = rest.split_first_chunk::<16>()?;
        let (version, rest) = rest.split_first_chunk::<4>()?;
        let (at, commitment) = rest.split_first_chunk::<8>()?;
        Some(Self {
            kind: EntryKind::from_byte(*kind)?,
            object: ObjectId::from_bytes(*object),
            version: u32::from_be_bytes(*version),
            at: Timestamp::from_microseconds(i64::from_be_bytes(*at)),
            commitment: commitment.try_into().ok()?,
        })
    }

    pub fn leaf_hash(&self) -> Hash {
        leaf_hash(&self.to_bytes())
    }
}

/// The commitment of an entry: SHA-256 over the salt and each part with its length in front of it, so that no
/// two lists of parts have the same bytes.
pub fn commitment(salt: &[u8; 16], parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new_with_prefix(salt);
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// RFC 6962, 2.1: the hash of a leaf.
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(data).finalize().into()
}

/// RFC 6962, 2.1: the hash of an inner node.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// RFC 6962, 2.1: the root of a tree without leaves.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Which tile: its level (0 holds leaf hashes) and its number on that level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    pub level: u32,
    pub number: u64,
}

impl TileId {
    /// One integer for a tile: level * 2^48 + number.
    pub fn key(self) -> i64 {
        (i64::from(self.level) << 48) | self.number.cast_signed()
    }

    /// The last tile of each level of a journal of this size, from level 0 up to the first that may be missing.
    pub fn lasts(size: u64) -> Vec<Self> {
        let mut ids = Vec::new();
        let (mut level, mut width) = (0, size);
        while width > 0 {
            ids.push(Self { level, number: (width - 1) / TILE_WIDTH });
            width /= TILE_WIDTH;
            level += 1;
        }
        ids
    }
}

/// Where tiles are read from. Missing or short tiles are an error of the source.
pub trait Tiles {
    /// The hashes of a tile, as many as are known, 32 bytes each.
    fn tile(&self, id: TileId) -> Option<&[u8]>;
}

impl Tiles for std::collections::BTreeMap<TileId, Vec<u8>> {
    fn tile(&self, id: TileId) -> Option<&[u8]> {
        self.get(&id).map(Vec::as_slice)
    }
}

/// A complete subtree: the hash over leaves `number * 2^height .. (number + 1) * 2^height`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    pub height: u32,
    pub number: u64,
}

impl Node {
    fn tile(self) -> TileId {
        let level = self.height / TILE_HEIGHT;
        TileId { level, number: (self.number << (self.height % TILE_HEIGHT)) >> TILE_HEIGHT }
    }

    fn hash(self, tiles: &impl Tiles) -> Result<Hash> {
        let within = self.height % TILE_HEIGHT;
        let first = usize::try_from((self.number << within) & (TILE_WIDTH - 1)).unwrap_or(0);
        let count = 1usize << within;
        let tile = tiles.tile(self.tile()).and_then(|bytes| bytes.get(first * 32..(first + count) * 32));
        let bytes = tile.ok_or_else(|| {
            Error::Unavailable(format!("journal tile {:?} is missing or short", self.tile()))
        })?;
        let mut hashes: Vec<Hash> = bytes.as_chunks::<32>().0.to_vec();
        while hashes.len() > 1 {
            hashes = hashes.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
        }
        Ok(hashes[0])
    }
}

/// The complete subtrees that make up leaves `from..to`, left to right, when `from` is where a complete subtree
/// at least as large as the range begins (0, or the start of the right half in a proof).
fn complete_subtrees(from: u64, to: u64) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut place = from;
    while place < to {
        let height = (63 - (to - place).leading_zeros()).min(place.trailing_zeros());
        nodes.push(Node { height, number: place >> height });
        place += 1 << height;
    }
    nodes
}

/// MTH over leaves `from..to` (RFC 6962, 2.1).
fn range_root(from: u64, to: u64, tiles: &impl Tiles) -> Result<Hash> {
    let mut hashes = Vec::new();
    for node in complete_subtrees(from, to) {
        hashes.push(node.hash(tiles)?);
    }
    let last = hashes.pop();
    Ok(last.map_or_else(empty_root, |last| {
        hashes.iter().rev().fold(last, |right, left| node_hash(left, &right))
    }))
}

/// The largest power of two smaller than `n` (n > 1).
fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// Every tile that proofs and roots over `size` leaves may need for the leaves or sizes in `places`.
pub fn tiles_for(size: u64, places: &[u64]) -> Vec<TileId> {
    let mut ids = std::collections::BTreeSet::new();
    let mut level = 0;
    let mut width = size;
    while width > 0 {
        let number = |place: u64| (place >> (TILE_HEIGHT * level)) >> TILE_HEIGHT;
        for place in places.iter().copied().chain([size.saturating_sub(1)]) {
            // A proof takes siblings from the tile of the place itself and, at size boundaries, from the one before.
            for place in [place, place.saturating_sub(1)] {
                if place < size {
                    ids.insert(TileId { level, number: number(place) });
                }
            }
        }
        // The full tiles left of the last one are summed up one level higher.
        width >>= TILE_HEIGHT;
        level += 1;
    }
    ids.into_iter().collect()
}

/// The root over the first `size` leaves.
///
/// # Errors
/// [`Error::Unavailable`] if a tile is missing.
pub fn root(size: u64, tiles: &impl Tiles) -> Result<Hash> {
    range_root(0, size, tiles)
}

/// RFC 6962, 2.1.1: the audit path of leaf `index` in the tree over `size` leaves, leaf side first.
///
/// # Errors
/// [`Error::Invalid`] if the leaf is not in the tree, [`Error::Unavailable`] if a tile is missing.
pub fn inclusion_proof(index: u64, size: u64, tiles: &impl Tiles) -> Result<Vec<Hash>> {
    if index >= size {
        return Err(Error::invalid("index", "is not in a journal of this size"));
    }
    let (mut from, mut to) = (0, size);
    let mut path = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            path.push(range_root(middle, to, tiles)?);
            to = middle;
        } else {
            path.push(range_root(from, middle, tiles)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// RFC 6962, 2.1.2: the proof that the first `old` leaves of the tree over `size` leaves are unchanged.
///
/// # Errors
/// [`Error::Invalid`] if `old` is larger than `size`, [`Error::Unavailable`] if a tile is missing.
pub fn consistency_proof(old: u64, size: u64, tiles: &impl Tiles) -> Result<Vec<Hash>> {
    if old > size {
        return Err(Error::invalid("old", "is larger than the journal"));
    }
    let (mut from, mut to) = (0, size);
    let mut whole = true;
    let mut path = Vec::new();
    if old == 0 || old == size {
        return Ok(path);
    }
    while old != to {
        let middle = from + split(to - from);
        if old <= middle {
            path.push(range_root(middle, to, tiles)?);
            to = middle;
        } else {
            path.push(range_root(from, middle, tiles)?);
            from = middle;
            whole = false;
        }
    }
    if !whole {
        path.push(range_root(from, to, tiles)?);
    }
    path.reverse();
    Ok(path)
}

/// Checks an audit path (RFC 9162, 2.1.3.2).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Checks a consistency proof (RFC 9162, 2.1.4.2).
pub fn verify_consistency(old: u64, old_root: &Hash, size: u64, root: &Hash, path: &[Hash]) -> bool {
    if old == size {
        return path.is_empty() && old_root == root;
    }
    if old == 0 || old > size {
        return old == 0 && path.is_empty();
    }
    let mut hashes = path.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { hashes.next() };
    let Some(first) = first else { return false };
    let (mut place, mut last) = (old - 1, size - 1);
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in hashes {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *root
}

/// Appends leaf hashes to the tiles. `size` is the number of leaves before; `last` holds the last, possibly
/// partial, tile of each level. Returns every tile that is new or has grown, whole, to be written.
pub fn append(
    size: u64,
    leaves: &[Hash],
    last: &mut std::collections::BTreeMap<u32, Vec<u8>>,
) -> Vec<(TileId, Vec<u8>)> {
    let mut changed = Vec::new();
    let (mut level, mut first, mut hashes) = (0, size, leaves.to_vec());
    while !hashes.is_empty() {
        let mut above = Vec::new();
        let mut place = first;
        let tile = last.entry(level).or_default();
        for hash in &hashes {
            if place % TILE_WIDTH == 0 {
                tile.clear();
            }
            tile.extend_from_slice(hash);
            place += 1;
            if place % TILE_WIDTH == 0 {
                let id = TileId { level, number: place / TILE_WIDTH - 1 };
                above.push(tile_root(tile));
                changed.push((id, tile.clone()));
            }
        }
        if place % TILE_WIDTH != 0 {
            changed.push((TileId { level, number: place / TILE_WIDTH }, tile.clone()));
        }
        first >>= TILE_HEIGHT;
        level += 1;
        hashes = above;
    }
    changed
}

fn tile_root(tile: &[u8]) -> Hash {
    let mut hashes: Vec<Hash> = tile.as_chunks::<32>().0.to_vec();
    while hashes.len() > 1 {
        hashes = hashes.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    hashes[0]
}

/// A signed statement of the journal's size and root, as a signed note (c2sp.org/signed-note, Ed25519).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the node, a host name or any text without line breaks.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// The note: body, empty line, one signature line.
    pub fn sign(&self, key: &SigningKey) -> String {
        let body = self.body();
        let mut line = key_id(&self.origin, &key.verifying_key()).to_vec();
        line.extend_from_slice(&key.sign(body.as_bytes()).to_bytes());
        format!("{body}\n\u{2014} {} {}\n", self.origin, STANDARD.encode(line))
    }

    /// Reads a note and checks its signature.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the line that is wrong.
    pub fn verify(note: &str, key: &VerifyingKey) -> Result<Self> {
        let bad = |line: &str, why: &str| Error::invalid(format!("checkpoint, {line}"), why);
        let (body, signatures) =
            note.split_once("\n\n").ok_or_else(|| bad("line 4", "an empty line must follow the root"))?;
        let mut lines = body.lines();
        let mut next = |name: &str| lines.next().ok_or_else(|| bad(name, "is missing"));
        let origin = next("line 1")?.to_owned();
        let size = next("line 2")?.parse().map_err(|_| bad("line 2", "must be the number of leaves"))?;
        let root = STANDARD.decode(next("line 3")?).ok().and_then(|root| root.try_into().ok());
        let root = root.ok_or_else(|| bad("line 3", "must be a SHA-256 hash in base64"))?;
        let checkpoint = Self { origin, size, root };
        let prefix = format!("\u{2014} {} ", checkpoint.origin);
        let valid = signatures.lines().filter_map(|line| line.strip_prefix(&prefix)).any(|encoded| {
            let bytes = STANDARD.decode(encoded).unwrap_or_default();
            let Some((id, signature)) = bytes.split_first_chunk::<4>() else { return false };
            let Ok(signature) = Signature::from_slice(signature) else { return false };
            *id == key_id(&checkpoint.origin, key)
                && key.verify(checkpoint.body().as_bytes(), &signature).is_ok()
        });
        if valid { Ok(checkpoint) } else { Err(bad("signature", "does not match the key")) }
    }
}

/// c2sp.org/signed-note: the first four bytes of SHA-256 over name, line break, algorithm (1 = Ed25519) and key.
fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let digest =
        Sha256::new_with_prefix(name).chain_update([b'\n', 1]).chain_update(key.as_bytes()).finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// RFC 6962 section 2.1, written as the text defines it: the oracle.
    fn oracle_root(leaves: &[Hash]) -> Hash {
        match leaves.len() {
            0 => empty_root(),
            1 => leaves[0],
            n => {
                let k = split(n as u64) as usize;
                node_hash(&oracle_root(&leaves[..k]), &oracle_root(&leaves[k..]))
            }
        }
    }

    fn hex(hash: &[u8]) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn leaves(n: u64) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    fn tiles(chunks: &[Vec<Hash>]) -> BTreeMap<TileId, Vec<u8>> {
        let (mut size, mut last, mut tiles) = (0, BTreeMap::new(), BTreeMap::new());
        for chunk in chunks {
            tiles.extend(append(size, chunk, &mut last));
            size += chunk.len() as u64;
        }
        tiles
    }

    /// The published test tree of the certificate-transparency project: eight leaves and their root.
    #[test]
    fn the_roots_of_rfc_6962_test_vectors() {
        assert_eq!(hex(&empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let data: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let hashes: Vec<Hash> = data.iter().map(|leaf| leaf_hash(leaf)).collect();
        let tiles = tiles(std::slice::from_ref(&hashes));
        assert_eq!(
            hex(&root(1, &tiles).expect("root")),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        assert_eq!(
            hex(&root(8, &tiles).expect("root")),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
        let path = inclusion_proof(5, 8, &tiles).expect("proof");
        assert_eq!(hex(&path[0]), "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
    }

    #[test]
    fn proofs_over_three_levels_of_tiles() {
        let all = leaves(70_000);
        let tiles = tiles(std::slice::from_ref(&all));
        for (old, size, index) in [(1, 70_000, 69_999), (65_536, 70_000, 65_535), (65_535, 65_537, 256)] {
            let old_root = root(old, &tiles).expect("root");
            let new_root = root(size, &tiles).expect("root");
            assert_eq!(new_root, oracle_root(&all[..size as usize]));
            let path = consistency_proof(old, size, &tiles).expect("proof");
            assert!(verify_consistency(old, &old_root, size, &new_root, &path));
            let path = inclusion_proof(index, size, &tiles).expect("proof");
            assert!(verify_inclusion(&all[index as usize], index, size, &path, &new_root));
        }
    }

    proptest! {
        #[test]
        fn every_proof_holds_and_no_other(sizes in prop::collection::vec(1usize..300, 1..5), pick in any::<(u64, u64, u64)>()) {
            let all = leaves(sizes.iter().sum::<usize>() as u64);
            let mut rest = all.as_slice();
            let chunks: Vec<Vec<Hash>> = sizes.iter().map(|n| { let (a, b) = rest.split_at(*n); rest = b; a.to_vec() }).collect();
            let tiles = tiles(&chunks);
            let size = 1 + pick.0 % all.len() as u64;
            let (index, old) = (pick.1 % size, pick.2 % (size + 1));
            let needed = tiles_for(size, &[index, old]);
            let tiles: BTreeMap<_, _> = tiles.into_iter().filter(|(id, _)| needed.contains(id)).collect();
            let whole = root(size, &tiles).expect("root");
            prop_assert_eq!(whole, oracle_root(&all[..size as usize]));
            let path = inclusion_proof(index, size, &tiles).expect("proof");
            prop_assert!(verify_inclusion(&all[index as usize], index, size, &path, &whole));
            prop_assert!(!verify_inclusion(&leaf_hash(b"another"), index, size, &path, &whole));
            let old_root = oracle_root(&all[..old as usize]);
            let path = consistency_proof(old, size, &tiles).expect("proof");
            prop_assert!(verify_consistency(old, &old_root, size, &whole, &path));
            if old > 0 && old < size {
                prop_assert!(!verify_consistency(old, &leaf_hash(b"another"), size, &whole, &path));
            }
        }

        #[test]
        fn an_entry_survives_its_bytes(version in any::<u32>(), at in any::<i64>(), hash in any::<[u8; 32]>()) {
            let entry = Entry {
                kind: EntryKind::Saved,
                object: ObjectId::from_bytes([3; 16]),
                version,
                at: Timestamp::from_microseconds(at),
                commitment: hash,
            };
            prop_assert_eq!(Entry::from_bytes(&entry.to_bytes()), Some(entry));
        }
    }

    #[test]
    fn a_checkpoint_is_read_back_and_a_forged_one_refused() {
        let key = SigningKey::from_bytes(&[9; 32]);
        let checkpoint = Checkpoint { origin: "node.example".into(), size: 8, root: [5; 32] };
        let note = checkpoint.sign(&key);
        assert_eq!(Checkpoint::verify(&note, &key.verifying_key()), Ok(checkpoint));
        let forged = note.replacen("\n8\n", "\n9\n", 1);
        assert!(Checkpoint::verify(&forged, &key.verifying_key()).is_err());
        let other = SigningKey::from_bytes(&[8; 32]);
        assert!(Checkpoint::verify(&note, &other.verifying_key()).is_err());
    }
}
