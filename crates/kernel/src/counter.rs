//! Totals in blocks: how many objects have a value of a field, by label.
//!
//! A reader of much has thousands of labels, and a total over them must not read thousands of rows. So the counts of
//! [`BLOCK`] labels that follow one another share a row, packed as pairs of (labels passed over, count), each number as
//! LEB128, the count with its sign in the lowest bit. A row that waits to be added to another has the same form.

use std::collections::BTreeMap;

use crate::{batch::CounterKey, object::LabelId};

/// Labels in a block.
const BLOCK: i64 = 256;

/// Field, value, number of the block.
pub type BlockKey = (i64, Vec<u8>, i64);
/// Counts, or changes of counts, by label; zeros are left out.
pub type Counts = BTreeMap<LabelId, i64>;

/// The changes of a batch, by the rows that they change.
pub fn by_block(changes: &BTreeMap<CounterKey, i64>) -> BTreeMap<BlockKey, Counts> {
    let mut blocks: BTreeMap<BlockKey, Counts> = BTreeMap::new();
    for ((field, value, label), change) in changes {
        if *change != 0 {
            let key = (*field, value.clone(), label.div_euclid(BLOCK));
            blocks.entry(key).or_default().insert(*label, *change);
        }
    }
    blocks
}

/// Adds the counts of a packed row.
pub fn add(counts: &mut Counts, block: i64, packed: &[u8]) {
    for (label, n) in unpack(block, packed) {
        *counts.entry(label).or_default() += n;
    }
}

pub fn pack(block: i64, counts: &Counts) -> Vec<u8> {
    let mut packed = Vec::with_capacity(counts.len() * 3);
    let mut next = block * BLOCK;
    for (label, n) in counts.iter().filter(|(_, n)| **n != 0) {
        push(&mut packed, label.abs_diff(next));
        push(&mut packed, ((n << 1) ^ (n >> 63)).cast_unsigned());
        next = label + 1;
    }
    packed
}

/// Labels with their counts, growing. A row that is damaged ends where it cannot be read.
pub fn unpack(block: i64, mut packed: &[u8]) -> impl Iterator<Item = (LabelId, i64)> {
    let mut next = block * BLOCK;
    std::iter::from_fn(move || {
        let label = next.checked_add_unsigned(pull(&mut packed)?)?;
        let n = pull(&mut packed)?;
        next = label + 1;
        Some((label, (n >> 1).cast_signed() ^ -(n & 1).cast_signed()))
    })
}

/// The sum over the labels that may be seen, which are sorted.
pub fn visible_sum(block: i64, packed: &[u8], labels: &[LabelId]) -> i64 {
    let from = labels.partition_point(|label| *label < block * BLOCK);
    let mut labels = labels[from..].iter().peekable();
    unpack(block, packed)
        .filter(|(label, _)| {
            while labels.next_if(|known| *known < label).is_some() {}
            labels.peek() == Some(&label)
        })
        .map(|(_, n)| n)
        .sum()
}

fn push(packed: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        packed.push(number as u8 | 0x80);
        number >>= 7;
    }
    packed.push(number as u8);
}

fn pull(packed: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = packed.split_first()?;
        *packed = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts() -> impl Strategy<Value = Counts> {
        prop::collection::btree_map(512_i64..768, any::<i64>().prop_map(|n| n >> 2), 0..40)
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(counts in counts()) {
            let kept: Counts = counts.iter().filter(|(_, n)| **n != 0).map(|(label, n)| (*label, *n)).collect();
            prop_assert_eq!(unpack(2, &pack(2, &counts)).collect::<Counts>(), kept);
        }

        #[test]
        fn a_sum_sees_its_labels_only(
            counts in prop::collection::btree_map(0_i64..256, 0_i64..1000, 0..40),
            labels in prop::collection::btree_set(0_i64..600, 0..60),
        ) {
            let labels: Vec<LabelId> = labels.into_iter().collect();
            let expected: i64 = counts.iter().filter(|(label, _)| labels.contains(label)).map(|(_, n)| n).sum();
            prop_assert_eq!(visible_sum(0, &pack(0, &counts), &labels), expected);
        }

        #[test]
        fn damaged_rows_end(packed in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(unpack(1, &packed).count() <= packed.len());
        }
    }

    #[test]
    fn changes_go_to_the_block_of_their_label() {
        let changes =
            [((1, b"a".to_vec(), 255), 2), ((1, b"a".to_vec(), 256), -1), ((1, b"b".to_vec(), 3), 0)];
        let blocks = by_block(&changes.into());
        let expected =
            [((1, b"a".to_vec(), 0), [(255, 2)].into()), ((1, b"a".to_vec(), 1), [(256, -1)].into())];
        assert_eq!(blocks, expected.into());
        let mut counts = Counts::new();
        add(&mut counts, 1, &pack(1, &[(256, 5)].into()));
        add(&mut counts, 1, &pack(1, &[(256, -1), (300, 1)].into()));
        assert_eq!(counts, [(256, 4), (300, 1)].into());
    }
}
