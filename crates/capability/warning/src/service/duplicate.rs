//! Finds open warnings that may say the same: one accident, one warning.

use std::collections::BTreeSet;

use serde::Serialize;
use shinayaka_kernel::{
    ObjectId, Result,
    access::{FilterValue, Reader},
};
use shinayaka_model::{
    product_in_use::product_keys,
    warning::{Content, Purpose, Warning},
};

use super::all;

/// From here on two warnings are told to the author as alike.
const ALIKE_PERCENT: u32 = 40;
/// Told at most.
const TOLD: usize = 5;

/// An open warning that looks like this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Likeness {
    pub id: ObjectId,
    pub headline_ja: String,
    pub headline_en: String,
    pub level: u8,
    /// 0 to 100.
    pub percent: u32,
    /// Both name a product of the same key.
    pub same_product: bool,
}

/// Open warnings like this content, the most alike first.
///
/// # Errors
/// When the store does not answer.
pub async fn of(reader: Reader<'_>, content: &Content, own: Option<ObjectId>) -> Result<Vec<Likeness>> {
    if content.purpose == Purpose::Drill {
        return Ok(Vec::new());
    }
    let open = all::<Warning>(reader, vec![("open", FilterValue::Text("true".into()))]).await?;
    let others = open.into_iter().filter(|other| Some(other.id) != own);
    let mut found: Vec<Likeness> = others
        .filter(|other| other.record.content.purpose == Purpose::Warning)
        .map(|other| likeness(other.id, content, &other.record.content))
        .filter(|likeness| likeness.percent >= ALIKE_PERCENT)
        .collect();
    found.sort_by(|a, b| (b.percent, a.id).cmp(&(a.percent, b.id)));
    found.truncate(TOLD);
    Ok(found)
}

fn likeness(id: ObjectId, one: &Content, other: &Content) -> Likeness {
    let same_product = !keys(one).is_disjoint(&keys(other));
    let japanese = overlap(&pairs(&one.headline.ja), &pairs(&other.headline.ja));
    let english = overlap(&pairs(&one.headline.en), &pairs(&other.headline.en));
    let percent = japanese.max(english) + if same_product { 40 } else { 0 };
    Likeness {
        id,
        headline_ja: other.headline.ja.clone(),
        headline_en: other.headline.en.clone(),
        level: other.level,
        percent: percent.min(100),
        same_product,
    }
}

fn keys(content: &Content) -> BTreeSet<String> {
    let products = content.products.iter();
    let keys = products.flat_map(|product| {
        let identifier = product.identifier.as_deref();
        product_keys(&product.name, identifier, identifier)
    });
    keys.collect()
}

/// Overlapping pairs of letters, without case and spaces.
fn pairs(text: &str) -> BTreeSet<(char, char)> {
    let letters: Vec<char> =
        text.chars().flat_map(char::to_lowercase).filter(|letter| letter.is_alphanumeric()).collect();
    letters.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Dice's coefficient in percent.
fn overlap(one: &BTreeSet<(char, char)>, other: &BTreeSet<(char, char)>) -> u32 {
    let both = one.intersection(other).count();
    let all = one.len() + other.len();
    (200 * both).checked_div(all).map_or(0, |percent| u32::try_from(percent).unwrap_or(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_headline_is_alike_and_another_matter_is_not() {
        let same = overlap(&pairs("VPN機器の更新をしてください"), &pairs("VPN 機器の更新をして下さい"));
        let other = overlap(&pairs("VPN機器の更新をしてください"), &pairs("停電に備えてください"));
        assert!(same > 70, "{same}");
        assert!(other < ALIKE_PERCENT, "{other}");
        assert_eq!(overlap(&pairs(""), &pairs("")), 0);
    }
}
