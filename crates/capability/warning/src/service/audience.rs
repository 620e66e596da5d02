//! Whom a warning concerns, worked out from the register and frozen at issue.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use shinayaka_kernel::{
    Error, Label, ObjectId, Principal, Result,
    access::{FilterValue, Keep, Kernel, Reader, Writer},
    object::Stored,
};
use shinayaka_model::{
    delivery::{AudiencePart, RECIPIENTS_OF_A_PART, Recipient},
    organisation::{Inventory, Organisation},
    product_in_use::{ProductInUse, product_keys},
    warning::{AffectedProduct, Content, Exposure, Target, Warning},
};

use super::all;

/// Recipients of one warning.
pub const MAXIMUM_RECIPIENTS: usize = 200_000;

/// How many a warning would address now, without saying whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AudienceSize {
    pub affected: u32,
    /// Organisations that have not said whether they run the product.
    pub unknown_exposure: u32,
    /// Organisations that have said all that they run, and the product is not among it.
    pub not_affected: u32,
}

/// Whom the content addresses, by code. The order is that of the codes, so that the same register gives the same parts.
///
/// # Errors
/// [`Error::Invalid`] for more than [`MAXIMUM_RECIPIENTS`], and when the store does not answer.
pub async fn addressed(kernel: &Kernel, content: &Content) -> Result<(Vec<Recipient>, AudienceSize)> {
    let node = Principal::node();
    let reader = kernel.reader(&node);
    let running = running(reader, &content.products).await?;
    let mut found = BTreeMap::new();
    let mut size = AudienceSize::default();
    for organisation in all::<Organisation>(reader, Vec::new()).await? {
        let record = organisation.record;
        match judge(&record, content, running.as_ref()) {
            Verdict::Outside => {}
            Verdict::NotAffected => size.not_affected += 1,
            Verdict::Recipient(exposure) => {
                match exposure {
                    Exposure::Affected => size.affected += 1,
                    Exposure::Unknown => size.unknown_exposure += 1,
                }
                found.insert(record.code.clone(), recipient(record, exposure));
            }
        }
    }
    if found.len() > MAXIMUM_RECIPIENTS {
        return Err(Error::invalid("content.target", format!("addresses more than {MAXIMUM_RECIPIENTS}")));
    }
    Ok((found.into_values().collect(), size))
}

enum Verdict {
    Outside,
    NotAffected,
    Recipient(Exposure),
}

/// A list of names addresses in any case; a target of sectors, areas and hubs is cut by what runs the product.
fn judge(organisation: &Organisation, content: &Content, running: Option<&BTreeSet<String>>) -> Verdict {
    if content.target.organisations.contains(&organisation.code) {
        return Verdict::Recipient(Exposure::Affected);
    }
    if !is_targeted(organisation, &content.target) {
        return Verdict::Outside;
    }
    match running {
        None => Verdict::Recipient(Exposure::Affected),
        Some(running) if running.contains(&organisation.code) => Verdict::Recipient(Exposure::Affected),
        Some(_) if organisation.inventory == Inventory::Complete => Verdict::NotAffected,
        Some(_) => Verdict::Recipient(Exposure::Unknown),
    }
}

fn is_targeted(organisation: &Organisation, target: &Target) -> bool {
    if target.is_list_only() {
        return false;
    }
    let sector = target.sectors.is_empty()
        || organisation.sector.is_some_and(|sector| target.sectors.contains(&sector));
    let prefecture = target.prefectures.is_empty()
        || organisation.prefecture.as_ref().is_some_and(|code| target.prefectures.contains(code));
    let hub = target.hubs.is_empty() || organisation.hubs.iter().any(|hub| target.hubs.contains(hub));
    sector && prefecture && hub
}

fn recipient(organisation: Organisation, exposure: Exposure) -> Recipient {
    Recipient {
        name: organisation.name().to_owned(),
        organisation: organisation.code,
        sector: organisation.sector,
        prefecture: organisation.prefecture,
        hubs: organisation.hubs,
        exposure,
    }
}

/// The codes of the organisations that say they run one of the products; `None` when no product is named.
async fn running(reader: Reader<'_>, products: &[AffectedProduct]) -> Result<Option<BTreeSet<String>>> {
    if products.is_empty() {
        return Ok(None);
    }
    let mut codes = BTreeSet::new();
    for product in products {
        let identifier = product.identifier.as_deref();
        for key in product_keys(&product.name, identifier, identifier) {
            let filter = vec![("product", FilterValue::Text(key.clone()))];
            for used in all::<ProductInUse>(reader, filter).await? {
                if used.record.keys().contains(&key) {
                    codes.insert(used.record.organisation);
                }
            }
        }
    }
    Ok(Some(codes))
}

/// Adds the audience to the commit that issues the warning.
///
/// # Errors
/// As [`Writer::create_with_id`].
pub async fn freeze(
    writer: &mut Writer<'_>,
    warning: &Stored<Warning>,
    recipients: &[Recipient],
) -> Result<()> {
    let label: Label =
        Warning { state: shinayaka_model::warning::State::Draft, ..warning.record.clone() }.label();
    for (number, part) in recipients.chunks(RECIPIENTS_OF_A_PART).enumerate() {
        let number =
            u16::try_from(number).map_err(|_| Error::invalid("content.target", "has too many parts"))?;
        let record = AudiencePart { warning: warning.id, number, recipients: part.to_vec() };
        let keep = Keep { label: label.clone(), owner: None, synthetic: warning.synthetic };
        writer.create_with_id(AudiencePart::id(warning.id, number), &record, &keep).await?;
    }
    Ok(())
}

/// The audience as it was frozen.
///
/// # Errors
/// When the store does not answer.
pub async fn frozen(kernel: &Kernel, warning: ObjectId) -> Result<Vec<Recipient>> {
    let node = Principal::node();
    let filter = vec![("warning", FilterValue::Text(warning.to_string()))];
    let mut parts = all::<AudiencePart>(kernel.reader(&node), filter).await?;
    parts.sort_by_key(|part| part.record.number);
    Ok(parts.into_iter().flat_map(|part| part.record.recipients).collect())
}

/// Adds those who were not addressed before as further parts; nobody is ever taken out.
///
/// # Errors
/// As [`freeze`].
pub async fn extend(
    writer: &mut Writer<'_>,
    warning: &Stored<Warning>,
    before: usize,
    added: &[Recipient],
) -> Result<()> {
    if added.is_empty() {
        return Ok(());
    }
    // Parts before this one may be short: their numbers are below that of the number of recipients.
    let first = before + 1;
    let label = Warning { state: shinayaka_model::warning::State::Draft, ..warning.record.clone() }.label();
    for (place, part) in added.chunks(RECIPIENTS_OF_A_PART).enumerate() {
        let number = u16::try_from(first + place)
            .map_err(|_| Error::invalid("content.target", "has too many parts"))?;
        let record = AudiencePart { warning: warning.id, number, recipients: part.to_vec() };
        let keep = Keep { label: label.clone(), owner: None, synthetic: warning.synthetic };
        writer.create_with_id(AudiencePart::id(warning.id, number), &record, &keep).await?;
    }
    Ok(())
}
